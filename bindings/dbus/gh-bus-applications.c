/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/gh-log.h"
#include "gh-bus-applications-private.h"
#include "gh-bus-content.h"
#include "gh-bus-object.h"
#include "gh-bus-resources.h"

/* A program on the bus that has an AE-ID, or is about to. Its watch ends what it has when it
 * leaves. */
typedef struct {
  guint watch;
  guint n_aes; /* and registrations under way */
} Client;

/* --- life --- */

static void
applications_clear (gpointer data)
{
  GhBusApplications *applications = data;

  g_hash_table_unref (applications->clients);
  g_hash_table_unref (applications->by_ae);
  g_object_unref (applications->cse);
  g_object_unref (applications->connection);
  g_free (applications->cse_name);
  g_free (applications->cse_id);
  g_mutex_clear (&applications->lock);
  g_cond_clear (&applications->ended);
}

void
gh_bus_applications_unref (GhBusApplications *applications)
{
  g_rc_box_release_full (applications, applications_clear);
}

static void
client_free (gpointer data)
{
  Client *client = data;

  g_bus_unwatch_name (client->watch);
  g_free (client);
}

GhBusApplications *
gh_bus_applications_new (GhCse *cse, GDBusConnection *connection, gboolean system)
{
  GhBusApplications *applications = g_rc_box_new0 (GhBusApplications);

  g_mutex_init (&applications->lock);
  g_cond_init (&applications->ended);
  applications->cse = g_object_ref (cse);
  applications->connection = g_object_ref (connection);
  applications->system = system;
  applications->cse_name = gh_cse_dup_option (cse, "cse", "name");
  applications->cse_id = gh_cse_dup_option (cse, "cse", "id");
  applications->clients = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, client_free);
  applications->by_ae = g_hash_table_new (g_str_hash, g_str_equal);
  gh_cse_set_applications (cse, &gh_bus_delivery_ops, applications);
  return applications;
}

static void
application_clear (gpointer data)
{
  GhBusApplication *application = data;

  gh_admission_clear (&application->admission);
  g_free (application->sender);
  g_free (application->ae_id);
  g_free (application->object);
}

void
gh_bus_application_unref (GhBusApplication *application)
{
  g_rc_box_release_full (application, application_clear);
}

void
gh_bus_applications_end_association (GhBusApplications *applications, guint64 association,
                                     const char *reason)
{
  GhSecurity *security = gh_cse_get_security (applications->cse);

  if (security != NULL && association != 0)
    gh_security_association_closed (security, association, reason);
}

void
gh_bus_applications_leave (GhBusApplications *applications, const char *sender)
{
  Client *client = g_hash_table_lookup (applications->clients, sender);

  if (client != NULL && --client->n_aes == 0)
    g_hash_table_remove (applications->clients, sender);
}

void
gh_bus_application_drop (GhBusApplication *application, gboolean tell, const char *reason)
{
  GhBusApplications *applications = application->applications;

  if (application->gone)
    return;
  gh_log (GH_LOG_NOTICE, "bus", "an application has gone", "ae", application->ae_id, "reason",
          reason, NULL);
  if (tell)
    g_dbus_connection_emit_signal (applications->connection, application->sender, GH_BUS_PATH,
                                   GH_BUS_APPLICATIONS_INTERFACE, "Closed",
                                   g_variant_new ("(s)", application->ae_id), NULL);
  g_hash_table_remove (applications->by_ae, application->ae_id);
  application->gone = TRUE;
  gh_bus_applications_leave (applications, application->sender);
  gh_bus_applications_end_association (applications, application->association, reason);
  gh_bus_application_unref (application);
}

gboolean
gh_bus_application_is_admitted (GhBusApplication *application)
{
  GhSecurity *security = gh_cse_get_security (application->applications->cse);
  GhFault fault = { 0 };

  if (application->gone || security == NULL)
    return FALSE;
  if (gh_security_still_admitted (security, &application->admission, &fault))
    return TRUE;
  gh_bus_application_drop (application, TRUE, "what proved it counts no more");
  return FALSE;
}

/* --- requests of an application --- */

static void
send_as (GhBusApplication *application, const char *primitive, gboolean as_text,
         GAsyncReadyCallback callback, gpointer user_data)
{
  const GhCseSender sender = { .principal = application->admission.principal,
                               .from = application->ae_id,
                               .as_text = as_text };

  gh_cse_send_async (application->applications->cse, &sender, primitive, callback, user_data);
}

static char *
deletion_of (const char *target)
{
  g_autoptr (GVariant) options = g_variant_ref_sink (g_variant_new ("a{sv}", NULL));
  const GhBusQuestion question = { .operation = GH_OPERATION_DELETE,
                                   .target = target,
                                   .options = options };
  GhFault fault = { 0 };

  return gh_bus_question_to_json (&question, &fault);
}

static void
removed_on_exit (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GhCseAnswer) answer = gh_cse_send_finish (GH_CSE (source), result, &error);

  (void) user_data;
  if (answer == NULL || answer->status != GH_RSC_DELETED)
    gh_log (GH_LOG_WARNING, "bus", "the resource of an application that has gone is still there",
            "reason", error != NULL ? error->message : answer->content, NULL);
}

static void
left_the_bus (GDBusConnection *connection, const char *name, gpointer user_data)
{
  GhBusApplications *applications = user_data;
  g_autoptr (GPtrArray) gone = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  (void) connection;
  g_hash_table_iter_init (&iter, applications->by_ae);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (g_str_equal (((GhBusApplication *) value)->sender, name))
      g_ptr_array_add (gone, value);
  for (guint i = 0; i < gone->len; i++)
    {
      GhBusApplication *application = gone->pdata[i];
      g_autofree char *deletion = application->remove_on_exit ? deletion_of (application->ae_id)
                                                              : NULL;
      if (deletion != NULL && gh_bus_application_is_admitted (application))
        send_as (application, deletion, FALSE, removed_on_exit, NULL);
      gh_bus_application_drop (application, FALSE, "it has left the bus");
    }
  /* a registration under way finds nobody any more */
  g_hash_table_remove (applications->clients, name);
}

gboolean
gh_bus_applications_enter (GhBusApplications *applications, const char *sender, GError **error)
{
  Client *client = g_hash_table_lookup (applications->clients, sender);

  if (client == NULL)
    {
      client = g_new0 (Client, 1);
      g_hash_table_insert (applications->clients, g_strdup (sender), client);
      client->watch = g_bus_watch_name_on_connection (applications->connection, sender,
                                                      G_BUS_NAME_WATCHER_FLAGS_NONE, NULL,
                                                      left_the_bus, applications, NULL);
    }
  if (client->n_aes < GH_BUS_MAX_AES)
    {
      client->n_aes++;
      return TRUE;
    }
  g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED, "this connection has %d AE-IDs",
               GH_BUS_MAX_AES);
  return FALSE;
}

void
gh_bus_applications_close (GhBusApplications *applications)
{
  g_autoptr (GList) all = g_hash_table_get_values (applications->by_ae);

  applications->closed = TRUE;
  /* what looks into the vault has to end before the CSE does */
  g_mutex_lock (&applications->lock);
  while (applications->n_threads > 0)
    g_cond_wait (&applications->ended, &applications->lock);
  g_mutex_unlock (&applications->lock);
  gh_cse_set_applications (applications->cse, NULL, NULL);
  for (GList *l = all; l != NULL; l = l->next)
    gh_bus_application_drop (l->data, FALSE, "gatehoused stops");
  g_hash_table_remove_all (applications->clients);
  gh_bus_applications_unref (applications);
}

/* --- methods --- */

static void
call_request (GhBusApplication *application, GDBusMethodInvocation *invocation)
{
  const char *primitive = NULL;

  g_variant_get_child (g_dbus_method_invocation_get_parameters (invocation), 1, "&s", &primitive);
  send_as (application, primitive, TRUE, gh_bus_return_primitive, invocation);
}

static void
subscribed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GhCseAnswer) answer = gh_bus_take_answer (source, result, user_data);

  if (answer != NULL)
    g_dbus_method_invocation_return_value (
      user_data, g_variant_new ("(s)", answer->location != NULL ? answer->location : ""));
}

/* The attributes of the subscription: those of the caller, and the target of its notifications. */
static GVariant *
subscription_of (const GhBusApplication *application, GVariant *criteria, GhFault *fault)
{
  g_auto (GVariantDict) members = G_VARIANT_DICT_INIT (criteria);
  g_auto (GVariantDict) content = G_VARIANT_DICT_INIT (NULL);
  const char *const targets[] = { application->ae_id, NULL };

  if (g_variant_dict_contains (&members, "nu"))
    {
      gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "criteria: nu: it is the caller who is notified");
      return NULL;
    }
  g_variant_dict_insert_value (&members, "nu", g_variant_new_strv (targets, -1));
  g_variant_dict_insert_value (&content, "m2m:sub", g_variant_dict_end (&members));
  return g_variant_ref_sink (g_variant_dict_end (&content));
}

static void
call_subscribe (GhBusApplication *application, GDBusMethodInvocation *invocation)
{
  GVariant *parameters = g_dbus_method_invocation_get_parameters (invocation);
  g_autoptr (GVariant) criteria = g_variant_get_child_value (parameters, 2);
  g_autoptr (GVariant) options = g_variant_ref_sink (g_variant_new ("a{sv}", NULL));
  GhFault fault = { 0 };
  g_autoptr (GVariant) content = subscription_of (application, criteria, &fault);
  GhBusQuestion question = {
    .operation = GH_OPERATION_CREATE, .type = 23, .content = content, .options = options
  };

  g_variant_get_child (parameters, 1, "&s", &question.target);
  g_autofree char *primitive = content != NULL ? gh_bus_question_to_json (&question, &fault) : NULL;
  if (primitive != NULL)
    send_as (application, primitive, FALSE, subscribed, invocation);
  else
    gh_bus_return_fault (invocation, &fault);
}

static void
unsubscribed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GhCseAnswer) answer = gh_bus_take_answer (source, result, user_data);

  if (answer != NULL)
    g_dbus_method_invocation_return_value (user_data, NULL);
}

static void
call_unsubscribe (GhBusApplication *application, GDBusMethodInvocation *invocation)
{
  const char *target = NULL;

  g_variant_get_child (g_dbus_method_invocation_get_parameters (invocation), 1, "&s", &target);
  g_autofree char *primitive = deletion_of (target);
  send_as (application, primitive, FALSE, unsubscribed, invocation);
}

typedef struct {
  GhBusApplication *application; /* a reference */
  GDBusMethodInvocation *invocation;
} Unregistration;

static void
unregistered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Unregistration *leaving = user_data;
  g_autoptr (GhCseAnswer) answer = gh_bus_take_answer (source, result, leaving->invocation);

  if (answer != NULL)
    {
      gh_bus_application_drop (leaving->application, FALSE, "it has unregistered");
      g_dbus_method_invocation_return_value (leaving->invocation, NULL);
    }
  gh_bus_application_unref (leaving->application);
}

static void
call_unregister (GhBusApplication *application, GDBusMethodInvocation *invocation)
{
  g_autofree char *primitive = deletion_of (application->ae_id);
  Unregistration *leaving = g_new0 (Unregistration, 1);

  leaving->application = g_rc_box_acquire (application);
  leaving->invocation = invocation;
  send_as (application, primitive, FALSE, unregistered, leaving);
}

/* Their first argument is an AE-ID of the caller. */
static const struct {
  const char *name;
  void (*run) (GhBusApplication *application, GDBusMethodInvocation *invocation);
} methods[] = {
  { "Request", call_request },
  { "Subscribe", call_subscribe },
  { "Unsubscribe", call_unsubscribe },
  { "Unregister", call_unregister },
};

/* NULL, in the same words whether there is such an AE, of somebody else, or not. */
static GhBusApplication *
find_application (GhBusApplications *applications, GDBusMethodInvocation *invocation)
{
  const char *ae_id = NULL;
  GhBusApplication *application;

  g_variant_get_child (g_dbus_method_invocation_get_parameters (invocation), 0, "&s", &ae_id);
  application = g_hash_table_lookup (applications->by_ae, ae_id);
  if (application != NULL
      && g_str_equal (application->sender, g_dbus_method_invocation_get_sender (invocation))
      && gh_bus_application_is_admitted (application))
    return application;
  g_dbus_method_invocation_return_error (invocation, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED,
                                         "no AE-ID that was registered through this connection");
  return NULL;
}

void
gh_bus_applications_call (GhBusApplications *applications, GDBusMethodInvocation *invocation)
{
  const char *name = g_dbus_method_invocation_get_method_name (invocation);
  GhBusApplication *application = find_application (applications, invocation);
  guint row = 0;

  if (application == NULL)
    return;
  while (row + 1 < G_N_ELEMENTS (methods) && !g_str_equal (methods[row].name, name))
    row++;
  methods[row].run (application, invocation);
}
