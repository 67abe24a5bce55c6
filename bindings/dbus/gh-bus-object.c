/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-object.h"

#include "base/gh-error.h"
#include "base/gh-log.h"
#include "gh-bus-access.h"
#include "gh-bus-admission.h"
#include "gh-bus-agent.h"
#include "gh-bus-applications.h"
#include "gh-bus-audit.h"
#include "gh-bus-backup.h"
#include "gh-bus-credentials.h"
#include "gh-bus-exports.h"
#include "gh-bus-interface.h"
#include "gh-bus-objects.h"
#include "gh-bus-plugin.h"
#include "gh-bus-resources.h"
#include "gh-version.h"

struct _GhBusObject {
  GhCse *cse;
  GhBusJobs *jobs;
  GhBusRights *rights;
  GhBusExports *exports;
  GhBusAgent *agent;
  GhBusObjects *objects; /* NULL: not served yet */
  GhBusApplications *applications;
};

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

static GVariant *
get_all (const char *path, gpointer user_data)
{
  g_auto (GVariantBuilder) all = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  (void) path;
  for (gsize i = 0; i < G_N_ELEMENTS (properties); i++)
    {
      g_autoptr (GVariant) value = properties[i].get (user_data);
      g_variant_builder_add (&all, "{sv}", properties[i].name, value);
    }
  return g_variant_builder_end (&all);
}

static gboolean
apply_log_level (const char *text, GError **error)
{
  GhLogLevel level;

  if (!gh_log_level_from_string (text, &level))
    {
      g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
                   "log level: \"%.32s\" is not one of error, warning, notice, info, debug", text);
      return FALSE;
    }
  gh_log_set_level (level);
  gh_log (GH_LOG_NOTICE, "bus", "log level changed", "level", gh_log_level_to_string (level), NULL);
  return TRUE;
}

/* GLib has looked at the name, which is LogLevel, and at the type. */
static gboolean
set (const char *name, GVariant *value, gpointer user_data, GError **error)
{
  (void) name;
  (void) user_data;
  return apply_log_level (g_variant_get_string (value, NULL), error);
}

/* --- methods --- */

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
handle_set_log_level (GDBusMethodInvocation *invocation, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  const char *level = NULL;

  (void) user_data;
  g_variant_get (g_dbus_method_invocation_get_parameters (invocation), "(&s)", &level);
  const gboolean done = apply_log_level (level, &error);
  return_outcome (invocation, done, error);
}

static void
handle_get_status (GDBusMethodInvocation *invocation, gpointer user_data)
{
  GhBusObject *object = user_data;
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
handle_request (GDBusMethodInvocation *invocation, gpointer user_data)
{
  const GhBusObject *object = user_data;
  const char *primitive = NULL;

  g_variant_get (g_dbus_method_invocation_get_parameters (invocation), "(&s)", &primitive);
  gh_cse_request_async (object->cse, primitive, NULL, gh_bus_return_primitive, invocation);
}

static void
handle_resources (GDBusMethodInvocation *invocation, gpointer user_data)
{
  const GhBusObject *object = user_data;

  gh_bus_resources_call (object->cse, invocation);
}

static void
handle_register_agent (GDBusMethodInvocation *invocation, gpointer user_data)
{
  const GhBusObject *object = user_data;
  g_autoptr (GError) error = NULL;
  const char *sender = g_dbus_method_invocation_get_sender (invocation);
  const gboolean done = gh_bus_agent_register (object->agent, sender, &error);

  return_outcome (invocation, done, error);
}

static void
handle_unregister_agent (GDBusMethodInvocation *invocation, gpointer user_data)
{
  const GhBusObject *object = user_data;
  g_autoptr (GError) error = NULL;
  const char *sender = g_dbus_method_invocation_get_sender (invocation);
  const gboolean done = gh_bus_agent_unregister (object->agent, sender, &error);

  return_outcome (invocation, done, error);
}

static void
handle_report_command (GDBusMethodInvocation *invocation, gpointer user_data)
{
  const GhBusObject *object = user_data;
  g_autoptr (GError) error = NULL;
  const char *sender = g_dbus_method_invocation_get_sender (invocation);
  GVariant *parameters = g_dbus_method_invocation_get_parameters (invocation);
  const gboolean done = gh_bus_agent_report (object->agent, sender, parameters, &error);

  return_outcome (invocation, done, error);
}

static gboolean
run_reload (GhBusJob *job, GError **error)
{
  g_auto (GStrv) now = NULL, restart = NULL;

  if (!gh_reloader_run (job->reloader, &now, &restart, error))
    return FALSE;
  job->reply = g_variant_new ("(^as^as)", restart, now);
  return TRUE;
}

static void
handle_register (GDBusMethodInvocation *invocation, gpointer user_data)
{
  const GhBusObject *object = user_data;

  gh_bus_applications_register (object->applications, invocation);
}

static void
handle_applications (GDBusMethodInvocation *invocation, gpointer user_data)
{
  const GhBusObject *object = user_data;

  gh_bus_applications_call (object->applications, invocation);
}

/* --- what is served; who may use it stands in gh-bus-rights.c --- */

static const GhBusMember members[] = {
  { "Request", handle_request, NULL, FALSE },
  { "GetStatus", handle_get_status, NULL, FALSE },
  { "SetLogLevel", handle_set_log_level, NULL, FALSE },
  { "RegisterAgent", handle_register_agent, NULL, FALSE },
  { "UnregisterAgent", handle_unregister_agent, NULL, FALSE },
  { "ReportCommand", handle_report_command, NULL, FALSE },
  { "Reload", NULL, run_reload, FALSE },
};

static const GhBusMember audit_members[] = {
  { "Read", NULL, gh_bus_audit_read, FALSE },
  { "Verify", NULL, gh_bus_audit_verify, FALSE },
};

static const GhBusMember associations_members[] = {
  { "List", NULL, gh_bus_associations_list, FALSE },
  { "Close", NULL, gh_bus_associations_close, FALSE },
};

static const GhBusMember credentials_members[] = {
  { "Add", NULL, gh_bus_credentials_add, TRUE },
  { "Generate", NULL, gh_bus_credentials_generate, TRUE },
  { "Import", NULL, gh_bus_credentials_import, TRUE },
  { "List", NULL, gh_bus_credentials_list, TRUE },
  { "Show", NULL, gh_bus_credentials_show, TRUE },
  { "SetState", NULL, gh_bus_credentials_set_state, TRUE },
  { "Change", NULL, gh_bus_credentials_change, TRUE },
  { "Rotate", NULL, gh_bus_credentials_rotate, TRUE },
  { "Renew", NULL, gh_bus_credentials_renew, TRUE },
  { "Remove", NULL, gh_bus_credentials_remove, TRUE },
  { "Export", NULL, gh_bus_credentials_export, TRUE },
  { "InitAuthority", NULL, gh_bus_authority_init, TRUE },
  { "IssueCertificate", NULL, gh_bus_authority_issue, TRUE },
  { "RevokeCertificate", NULL, gh_bus_authority_revoke, TRUE },
  { "GetAuthority", NULL, gh_bus_authority_certificates, TRUE },
  { "GetRevocationLists", NULL, gh_bus_authority_lists, TRUE },
  { "RenewServer", NULL, gh_bus_authority_renew_server, TRUE },
  { "RequestServer", NULL, gh_bus_authority_request_server, TRUE },
  { "InstallServer", NULL, gh_bus_authority_install_server, TRUE },
};

static const GhBusMember backup_members[] = {
  { "Save", NULL, gh_bus_backup_save, FALSE },
};

static const GhBusMember plugins_members[] = {
  { "Load", NULL, gh_bus_plugins_load, TRUE },
};

static const GhBusMember resources_members[] = {
  { "Create", handle_resources, NULL, FALSE },   { "Retrieve", handle_resources, NULL, FALSE },
  { "Update", handle_resources, NULL, FALSE },   { "Delete", handle_resources, NULL, FALSE },
  { "Discover", handle_resources, NULL, FALSE }, { "Notify", handle_resources, NULL, FALSE },
};

static const GhBusMember applications_members[] = {
  { "Register", handle_register, NULL, FALSE },
  { "Unregister", handle_applications, NULL, FALSE },
  { "Request", handle_applications, NULL, FALSE },
  { "Subscribe", handle_applications, NULL, FALSE },
  { "Unsubscribe", handle_applications, NULL, FALSE },
  { "Admit", NULL, gh_bus_applications_admit, TRUE },
};

static const GhBusMember access_members[] = {
  { "Explain", NULL, gh_bus_access_explain, FALSE },
};

static const GhBusFace faces[] = {
  { &org_gatehouse_gatehouse1_interface, members, G_N_ELEMENTS (members), get_all, set },
  { &org_gatehouse_gatehouse1_credentials_interface, credentials_members,
    G_N_ELEMENTS (credentials_members), NULL, NULL },
  { &org_gatehouse_gatehouse1_audit_interface, audit_members, G_N_ELEMENTS (audit_members), NULL,
    NULL },
  { &org_gatehouse_gatehouse1_associations_interface, associations_members,
    G_N_ELEMENTS (associations_members), NULL, NULL },
  { &org_gatehouse_gatehouse1_backup_interface, backup_members, G_N_ELEMENTS (backup_members), NULL,
    NULL },
  { &org_gatehouse_gatehouse1_plugins_interface, plugins_members, G_N_ELEMENTS (plugins_members),
    NULL, NULL },
  { &org_gatehouse_gatehouse1_resources_interface, resources_members,
    G_N_ELEMENTS (resources_members), NULL, NULL },
  { &org_gatehouse_gatehouse1_applications_interface, applications_members,
    G_N_ELEMENTS (applications_members), NULL, NULL },
  { &org_gatehouse_gatehouse1_access_interface, access_members, G_N_ELEMENTS (access_members), NULL,
    NULL },
};

static void
rights_changed (gpointer user_data)
{
  GhBusObject *object = user_data;

  gh_bus_objects_rights_changed (object->objects);
  gh_bus_agent_rights_changed (object->agent, object->rights);
}

GhBusObject *
gh_bus_object_export (GhCse *cse, GDBusConnection *connection, GhReloader *reloader,
                      gboolean system, GError **error)
{
  GhBusObject *object = g_new0 (GhBusObject, 1);

  object->cse = g_object_ref (cse);
  object->jobs = gh_bus_jobs_new (cse, reloader, system);
  object->rights = gh_bus_rights_new (connection, system);
  object->exports = gh_bus_exports_new (connection, object->rights, object->jobs);
  object->agent = gh_bus_agent_new (cse, connection);
  object->applications = gh_bus_applications_new (cse, connection, system);
  for (gsize i = 0; i < G_N_ELEMENTS (faces); i++)
    if (!gh_bus_exports_add (object->exports, GH_BUS_PATH, &faces[i], object, error))
      {
        gh_bus_object_withdraw (object);
        return NULL;
      }
  object->objects = gh_bus_objects_export (cse, connection, object->rights, object->exports, error);
  if (object->objects != NULL)
    {
      gh_bus_rights_watch (object->rights, rights_changed, object);
      return object;
    }
  gh_bus_object_withdraw (object);
  return NULL;
}

void
gh_bus_object_withdraw (GhBusObject *object)
{
  gh_bus_exports_close (object->exports);
  g_clear_pointer (&object->objects, gh_bus_objects_free);
  gh_bus_agent_free (object->agent);
  gh_bus_applications_close (object->applications);
  gh_bus_jobs_stop (object->jobs);
  gh_bus_jobs_unref (object->jobs);
  gh_bus_rights_unref (object->rights);
  g_object_unref (object->cse);
  g_free (object);
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
