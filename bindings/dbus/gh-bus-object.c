/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-object.h"

#include "base/gh-error.h"
#include "base/gh-log.h"
#include "gh-bus-agent.h"
#include "gh-bus-audit.h"
#include "gh-bus-credentials.h"
#include "gh-bus-interface.h"
#include "gh-bus-resources.h"
#include "gh-version.h"

#define PROPERTIES_INTERFACE "org.freedesktop.DBus.Properties"

struct _GhBusObject {
  GhCse *cse;
  GhBusJobs *jobs;
  GDBusConnection *connection;
  uid_t uid;
  guint registration, credentials_registration, audit_registration, associations_registration;
  guint resources_registration;
  GhBusAgent *agent; /* NULL once the object is withdrawn */
};

/* One call on its way: first through the rights, then to its handler. */
typedef struct {
  GhBusObject *object;
  GDBusMethodInvocation *invocation;
  gsize row; /* of the rights */
} BusCall;

static void
bus_object_clear (gpointer data)
{
  GhBusObject *object = data;

  g_clear_pointer (&object->jobs, gh_bus_jobs_unref);
  g_clear_object (&object->cse);
  g_clear_object (&object->connection);
}

static void
bus_object_unref (GhBusObject *object)
{
  g_rc_box_release_full (object, bus_object_clear);
}

static void
bus_call_free (BusCall *call)
{
  bus_object_unref (call->object);
  g_free (call);
}

static void
deny (GDBusMethodInvocation *invocation, const char *reason)
{
  gh_log (GH_LOG_NOTICE, "bus", "a caller was refused", "sender",
          g_dbus_method_invocation_get_sender (invocation), "member",
          g_dbus_method_invocation_get_method_name (invocation), "reason", reason, NULL);
  g_dbus_method_invocation_return_error (invocation, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED, "%s",
                                         reason);
}

/* --- properties --- */

static GVariant *
status_lookup (GVariant *status, const char *key, const char *type, const char *fallback)
{
  GVariant *value = g_variant_lookup_value (status, key, G_VARIANT_TYPE (type));

  return value != NULL ? value : g_variant_ref_sink (g_variant_new_parsed (fallback));
}

static GVariant *
property_version (GhBusObject *object)
{
  return g_variant_ref_sink (g_variant_new_string (gh_version_string ()));
}

static GVariant *
property_state (GhBusObject *object)
{
  g_autoptr (GVariant) status = gh_cse_dup_status (object->cse);

  return status_lookup (status, "state", "s", "'unknown'");
}

/* The configuration has the CSE-ID without its slash, oneM2M with it. */
static GVariant *
property_cse_id (GhBusObject *object)
{
  g_autoptr (GVariant) status = gh_cse_dup_status (object->cse);
  const char *id = "";

  g_variant_lookup (status, "cse-id", "&s", &id);
  return g_variant_ref_sink (g_variant_new_printf ("/%s", id));
}

static GVariant *
property_cse_name (GhBusObject *object)
{
  g_autoptr (GVariant) status = gh_cse_dup_status (object->cse);

  return status_lookup (status, "cse-name", "s", "''");
}

static GVariant *
property_administrator (GhBusObject *object)
{
  g_autoptr (GVariant) status = gh_cse_dup_status (object->cse);

  return status_lookup (status, "administrator", "s", "''");
}

static GVariant *
property_urls (GhBusObject *object)
{
  g_auto (GStrv) urls = gh_cse_dup_urls (object->cse);

  return g_variant_ref_sink (g_variant_new_strv ((const char *const *) urls, -1));
}

static GVariant *
property_plugins (GhBusObject *object)
{
  g_autoptr (GVariant) status = gh_cse_dup_status (object->cse);

  return status_lookup (status, "plugins", "aa{sv}", "@aa{sv} []");
}

static GVariant *
property_log_level (GhBusObject *object)
{
  return g_variant_ref_sink (g_variant_new_string (gh_log_level_to_string (gh_log_get_level ())));
}

static const struct {
  const char *name;
  const char *status_key; /* its name in GetStatus */
  GVariant *(*get) (GhBusObject *object);
} properties[] = {
  { "Version", "version", property_version },
  { "State", "state", property_state },
  { "CseId", "cse-id", property_cse_id },
  { "CseName", "cse-name", property_cse_name },
  { "Administrator", "administrator", property_administrator },
  { "Urls", "urls", property_urls },
  { "Plugins", "plugins", property_plugins },
  { "LogLevel", "log-level", property_log_level },
};

static void
handle_get (GhBusObject *object, GDBusMethodInvocation *invocation)
{
  const char *interface = NULL, *name = NULL;

  g_variant_get (g_dbus_method_invocation_get_parameters (invocation), "(&s&s)", &interface, &name);
  for (gsize i = 0; i < G_N_ELEMENTS (properties); i++)
    if (g_str_equal (properties[i].name, name))
      {
        g_autoptr (GVariant) value = properties[i].get (object);
        g_dbus_method_invocation_return_value (invocation, g_variant_new ("(v)", value));
        return;
      }
  g_dbus_method_invocation_return_error (invocation, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_PROPERTY,
                                         "there is no property \"%s\"", name);
}

static void
handle_get_all (GhBusObject *object, GDBusMethodInvocation *invocation)
{
  g_auto (GVariantBuilder) all = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  for (gsize i = 0; i < G_N_ELEMENTS (properties); i++)
    {
      g_autoptr (GVariant) value = properties[i].get (object);
      g_variant_builder_add (&all, "{sv}", properties[i].name, value);
    }
  g_dbus_method_invocation_return_value (invocation,
                                         g_variant_new ("(@a{sv})", g_variant_builder_end (&all)));
}

/* Returns: %FALSE when @invocation was answered with an error */
static gboolean
apply_log_level (GDBusMethodInvocation *invocation, const char *text)
{
  GhLogLevel level;

  if (!gh_log_level_from_string (text, &level))
    {
      g_dbus_method_invocation_return_error (
        invocation, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
        "log level: \"%.32s\" is not one of error, warning, notice, info, debug", text);
      return FALSE;
    }
  gh_log_set_level (level);
  gh_log (GH_LOG_NOTICE, "bus", "log level changed", "level", gh_log_level_to_string (level), NULL);
  return TRUE;
}

static void
handle_set (GhBusObject *object, GDBusMethodInvocation *invocation)
{
  const char *interface = NULL, *name = NULL;
  g_autoptr (GVariant) value = NULL;

  g_variant_get (g_dbus_method_invocation_get_parameters (invocation), "(&s&sv)", &interface, &name,
                 &value);
  if (!g_str_equal (name, "LogLevel"))
    {
      g_dbus_method_invocation_return_error (invocation, G_DBUS_ERROR,
                                             G_DBUS_ERROR_PROPERTY_READ_ONLY,
                                             "the property \"%s\" cannot be written", name);
      return;
    }
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    {
      g_dbus_method_invocation_return_error (invocation, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
                                             "LogLevel: a value of type %s is not a string",
                                             g_variant_get_type_string (value));
      return;
    }
  if (apply_log_level (invocation, g_variant_get_string (value, NULL)))
    g_dbus_method_invocation_return_value (invocation, NULL);
}

/* --- methods --- */

static void
handle_set_log_level (GhBusObject *object, GDBusMethodInvocation *invocation)
{
  const char *level = NULL;

  g_variant_get (g_dbus_method_invocation_get_parameters (invocation), "(&s)", &level);
  if (apply_log_level (invocation, level))
    g_dbus_method_invocation_return_value (invocation, NULL);
}

static void
handle_get_status (GhBusObject *object, GDBusMethodInvocation *invocation)
{
  g_autoptr (GVariant) status = gh_cse_dup_status (object->cse);
  g_auto (GVariantDict) all = G_VARIANT_DICT_INIT (status);

  for (gsize i = 0; i < G_N_ELEMENTS (properties); i++)
    {
      g_autoptr (GVariant) value = properties[i].get (object);
      g_variant_dict_insert_value (&all, properties[i].status_key, value);
    }
  g_dbus_method_invocation_return_value (invocation,
                                         g_variant_new ("(@a{sv})", g_variant_dict_end (&all)));
}

static void
request_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GDBusMethodInvocation *invocation = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *response = gh_cse_request_finish (GH_CSE (source), result, &error);

  if (response != NULL)
    g_dbus_method_invocation_return_value (invocation, g_variant_new ("(s)", response));
  else
    gh_bus_return_error (invocation, error);
}

static void
handle_request (GhBusObject *object, GDBusMethodInvocation *invocation)
{
  const char *primitive = NULL;

  g_variant_get (g_dbus_method_invocation_get_parameters (invocation), "(&s)", &primitive);
  gh_cse_request_async (object->cse, primitive, NULL, request_done, invocation);
}

static void
handle_resources (GhBusObject *object, GDBusMethodInvocation *invocation)
{
  gh_bus_resources_call (object->cse, invocation);
}

/* Answers nothing, or @error. Takes @invocation. */
static void
return_outcome (GDBusMethodInvocation *invocation, gboolean done, const GError *error)
{
  if (done)
    g_dbus_method_invocation_return_value (invocation, NULL);
  else
    gh_bus_return_error (invocation, error);
}

static void
handle_register_agent (GhBusObject *object, GDBusMethodInvocation *invocation)
{
  g_autoptr (GError) error = NULL;
  const char *sender = g_dbus_method_invocation_get_sender (invocation);
  const gboolean done = gh_bus_agent_register (object->agent, sender, &error);

  return_outcome (invocation, done, error);
}

static void
handle_unregister_agent (GhBusObject *object, GDBusMethodInvocation *invocation)
{
  g_autoptr (GError) error = NULL;
  const char *sender = g_dbus_method_invocation_get_sender (invocation);
  const gboolean done = gh_bus_agent_unregister (object->agent, sender, &error);

  return_outcome (invocation, done, error);
}

static void
handle_report_command (GhBusObject *object, GDBusMethodInvocation *invocation)
{
  g_autoptr (GError) error = NULL;
  const char *sender = g_dbus_method_invocation_get_sender (invocation);
  GVariant *parameters = g_dbus_method_invocation_get_parameters (invocation);
  const gboolean done = gh_bus_agent_report (object->agent, sender, parameters, &error);

  return_outcome (invocation, done, error);
}

static gboolean
run_reload (GhBusJob *job, GError **error)
{
  g_auto (GStrv) restart = NULL;

  if (!gh_reloader_run (job->reloader, &restart, error))
    return FALSE;
  job->reply = g_variant_new ("(^as)", restart);
  return TRUE;
}

/* --- rights --- */

/* Everything that can be called, and who may; what does not stand here is denied to everybody. */
static const struct {
  const char *interface;
  const char *member;
  enum { RIGHT_NOBODY, RIGHT_OWNER } right;
  void (*handle) (GhBusObject *object, GDBusMethodInvocation *invocation);
  GhBusJobFunc job; /* when it waits for the disk; then @handle is NULL */
  gboolean changes; /* of a job: one at a time */
} rights[] = {
  { GH_BUS_INTERFACE, "Request", RIGHT_OWNER, handle_request, NULL, FALSE },
  { GH_BUS_INTERFACE, "GetStatus", RIGHT_OWNER, handle_get_status, NULL, FALSE },
  { GH_BUS_INTERFACE, "SetLogLevel", RIGHT_OWNER, handle_set_log_level, NULL, FALSE },
  { GH_BUS_INTERFACE, "RegisterAgent", RIGHT_OWNER, handle_register_agent, NULL, FALSE },
  { GH_BUS_INTERFACE, "UnregisterAgent", RIGHT_OWNER, handle_unregister_agent, NULL, FALSE },
  { GH_BUS_INTERFACE, "ReportCommand", RIGHT_OWNER, handle_report_command, NULL, FALSE },
  { GH_BUS_INTERFACE, "Reload", RIGHT_OWNER, NULL, run_reload, FALSE },
  { GH_BUS_RESOURCES_INTERFACE, "Create", RIGHT_OWNER, handle_resources, NULL, FALSE },
  { GH_BUS_RESOURCES_INTERFACE, "Retrieve", RIGHT_OWNER, handle_resources, NULL, FALSE },
  { GH_BUS_RESOURCES_INTERFACE, "Update", RIGHT_OWNER, handle_resources, NULL, FALSE },
  { GH_BUS_RESOURCES_INTERFACE, "Delete", RIGHT_OWNER, handle_resources, NULL, FALSE },
  { GH_BUS_RESOURCES_INTERFACE, "Discover", RIGHT_OWNER, handle_resources, NULL, FALSE },
  { GH_BUS_RESOURCES_INTERFACE, "Notify", RIGHT_OWNER, handle_resources, NULL, FALSE },
  { GH_BUS_AUDIT_INTERFACE, "Read", RIGHT_OWNER, NULL, gh_bus_audit_read, FALSE },
  { GH_BUS_AUDIT_INTERFACE, "Verify", RIGHT_OWNER, NULL, gh_bus_audit_verify, FALSE },
  { GH_BUS_ASSOCIATIONS_INTERFACE, "List", RIGHT_OWNER, NULL, gh_bus_associations_list, FALSE },
  { GH_BUS_ASSOCIATIONS_INTERFACE, "Close", RIGHT_OWNER, NULL, gh_bus_associations_close, FALSE },
  { GH_BUS_CREDENTIALS_INTERFACE, "Add", RIGHT_OWNER, NULL, gh_bus_credentials_add, TRUE },
  { GH_BUS_CREDENTIALS_INTERFACE, "Generate", RIGHT_OWNER, NULL, gh_bus_credentials_generate,
    TRUE },
  { GH_BUS_CREDENTIALS_INTERFACE, "Import", RIGHT_OWNER, NULL, gh_bus_credentials_import, TRUE },
  { GH_BUS_CREDENTIALS_INTERFACE, "List", RIGHT_OWNER, NULL, gh_bus_credentials_list, TRUE },
  { GH_BUS_CREDENTIALS_INTERFACE, "Show", RIGHT_OWNER, NULL, gh_bus_credentials_show, TRUE },
  { GH_BUS_CREDENTIALS_INTERFACE, "SetState", RIGHT_OWNER, NULL, gh_bus_credentials_set_state,
    TRUE },
  { GH_BUS_CREDENTIALS_INTERFACE, "Change", RIGHT_OWNER, NULL, gh_bus_credentials_change, TRUE },
  { GH_BUS_CREDENTIALS_INTERFACE, "Rotate", RIGHT_OWNER, NULL, gh_bus_credentials_rotate, TRUE },
  { GH_BUS_CREDENTIALS_INTERFACE, "Renew", RIGHT_OWNER, NULL, gh_bus_credentials_renew, TRUE },
  { GH_BUS_CREDENTIALS_INTERFACE, "Remove", RIGHT_OWNER, NULL, gh_bus_credentials_remove, TRUE },
  { GH_BUS_CREDENTIALS_INTERFACE, "Export", RIGHT_OWNER, NULL, gh_bus_credentials_export, TRUE },
  { GH_BUS_CREDENTIALS_INTERFACE, "InitAuthority", RIGHT_OWNER, NULL, gh_bus_authority_init, TRUE },
  { GH_BUS_CREDENTIALS_INTERFACE, "IssueCertificate", RIGHT_OWNER, NULL, gh_bus_authority_issue,
    TRUE },
  { GH_BUS_CREDENTIALS_INTERFACE, "RevokeCertificate", RIGHT_OWNER, NULL, gh_bus_authority_revoke,
    TRUE },
  { GH_BUS_CREDENTIALS_INTERFACE, "GetAuthority", RIGHT_OWNER, NULL, gh_bus_authority_certificates,
    TRUE },
  { GH_BUS_CREDENTIALS_INTERFACE, "GetRevocationLists", RIGHT_OWNER, NULL, gh_bus_authority_lists,
    TRUE },
  { GH_BUS_CREDENTIALS_INTERFACE, "RenewServer", RIGHT_OWNER, NULL, gh_bus_authority_renew_server,
    TRUE },
  { GH_BUS_CREDENTIALS_INTERFACE, "RequestServer", RIGHT_OWNER, NULL,
    gh_bus_authority_request_server, TRUE },
  { GH_BUS_CREDENTIALS_INTERFACE, "InstallServer", RIGHT_OWNER, NULL,
    gh_bus_authority_install_server, TRUE },
  { PROPERTIES_INTERFACE, "Get", RIGHT_OWNER, handle_get, NULL, FALSE },
  { PROPERTIES_INTERFACE, "GetAll", RIGHT_OWNER, handle_get_all, NULL, FALSE },
  { PROPERTIES_INTERFACE, "Set", RIGHT_OWNER, handle_set, NULL, FALSE },
};

static void
uid_known (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BusCall *call = user_data;
  guint32 uid = G_MAXUINT32;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result,
                                                               &error);

  if (answer != NULL)
    g_variant_get (answer, "(u)", &uid);
  if (answer == NULL)
    deny (call->invocation, "the bus does not say who the caller is");
  else if (uid != call->object->uid)
    deny (call->invocation,
          "only the user who runs gatehoused, or root on the system bus, may use this");
  else if (call->object->agent == NULL)
    deny (call->invocation, "gatehoused is stopping");
  else if (rights[call->row].job != NULL)
    gh_bus_jobs_run (call->object->jobs, call->invocation, rights[call->row].job,
                     rights[call->row].changes);
  else
    rights[call->row].handle (call->object, call->invocation);
  bus_call_free (call);
}

/* The bus vouches for the caller. Asked anew for each call: unique names cost one exchange, and
 * nothing goes stale. */
static void
object_called (GDBusConnection *connection, const char *sender, const char *path,
               const char *interface, const char *member, GVariant *parameters,
               GDBusMethodInvocation *invocation, gpointer user_data)
{
  GhBusObject *object = user_data;

  for (gsize i = 0; i < G_N_ELEMENTS (rights); i++)
    {
      if (!g_str_equal (rights[i].interface, interface) || !g_str_equal (rights[i].member, member))
        continue;
      if (rights[i].right != RIGHT_OWNER || sender == NULL)
        break;
      BusCall *call = g_new0 (BusCall, 1);
      call->object = g_rc_box_acquire (object);
      call->invocation = invocation;
      call->row = i;
      g_dbus_connection_call (connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                              "org.freedesktop.DBus", "GetConnectionUnixUser",
                              g_variant_new ("(s)", sender), G_VARIANT_TYPE ("(u)"),
                              G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, uid_known, call);
      return;
    }
  deny (invocation, "nobody may use this");
}

/* The interfaces of the object. */
static gboolean
register_all (GhBusObject *object, GError **error)
{
  /* Without accessors GLib sends Get, GetAll and Set to the same function as the methods. */
  static const GDBusInterfaceVTable vtable = { .method_call = object_called };
  const struct {
    const GDBusInterfaceInfo *info;
    guint *registration;
  } all[] = {
    { &org_gatehouse_gatehouse1_interface, &object->registration },
    { &org_gatehouse_gatehouse1_credentials_interface, &object->credentials_registration },
    { &org_gatehouse_gatehouse1_audit_interface, &object->audit_registration },
    { &org_gatehouse_gatehouse1_associations_interface, &object->associations_registration },
    { &org_gatehouse_gatehouse1_resources_interface, &object->resources_registration },
  };

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    {
      *all[i].registration = g_dbus_connection_register_object (object->connection, GH_BUS_PATH,
                                                                (GDBusInterfaceInfo *) all[i].info,
                                                                &vtable, object, NULL, error);
      if (*all[i].registration == 0)
        return FALSE;
    }
  return TRUE;
}

static void
unregister_all (GhBusObject *object)
{
  const guint all[] = { object->registration, object->credentials_registration,
                        object->audit_registration, object->associations_registration,
                        object->resources_registration };

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    if (all[i] != 0)
      g_dbus_connection_unregister_object (object->connection, all[i]);
}

GhBusObject *
gh_bus_object_export (GhCse *cse, GDBusConnection *connection, GhReloader *reloader, uid_t uid,
                      GError **error)
{
  GhBusObject *object = g_rc_box_new0 (GhBusObject);

  object->cse = g_object_ref (cse);
  object->connection = g_object_ref (connection);
  object->jobs = gh_bus_jobs_new (cse, reloader);
  object->uid = uid;
  if (register_all (object, error))
    {
      object->agent = gh_bus_agent_new (cse, connection);
      return object;
    }
  unregister_all (object);
  bus_object_unref (object);
  return NULL;
}

void
gh_bus_object_withdraw (GhBusObject *object)
{
  unregister_all (object);
  g_clear_pointer (&object->agent, gh_bus_agent_free);
  gh_bus_jobs_stop (object->jobs);
  bus_object_unref (object);
}

gboolean
gh_bus_object_own_name (GDBusConnection *connection, GError **error)
{
  enum { DO_NOT_QUEUE = 4, PRIMARY_OWNER = 1, ALREADY_OWNER = 4 };
  guint32 outcome = 0;
  g_autoptr (GVariant) answer = g_dbus_connection_call_sync (
    connection, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
    "RequestName", g_variant_new ("(su)", GH_BUS_NAME, DO_NOT_QUEUE), G_VARIANT_TYPE ("(u)"),
    G_DBUS_CALL_FLAGS_NONE, -1, NULL, error);

  if (answer == NULL)
    return FALSE;
  g_variant_get (answer, "(u)", &outcome);
  if (outcome == PRIMARY_OWNER || outcome == ALREADY_OWNER)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
               "another process has the bus name %s: is gatehoused already running?", GH_BUS_NAME);
  return FALSE;
}
