/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-applications-private.h"

#include "base/gh-log.h"
#include "gh-bus-content.h"
#include "gh-bus-object.h"
#include "gh-bus-resources.h"

#include <string.h>

/* A program on the bus that has registered something, or has a call under way. Its watch ends what
 * it has when it leaves. */
struct _GhBusClient {
  GhBusApplications *applications;
  char *sender;
  guint watch;
  guint n_aes, n_running;
  GQueue held; /* GDBusMethodInvocation */
};

/* A call under way. */
typedef struct {
  GhBusApplications *applications; /* a reference */
  char *sender;
  GDBusMethodInvocation *invocation; /* NULL: answered */
  GhBusApplication *application;     /* a reference; NULL with Register, until it is there */
  GhBusRegistration registration;    /* with Register */
  GhBusUser user;
  GhAdmission admission; /* until an application has it */
  guint64 association;
} Call;

static void start_call (GhBusClient *client, GDBusMethodInvocation *invocation);

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

static void
applications_unref (GhBusApplications *applications)
{
  g_rc_box_release_full (applications, applications_clear);
}

static void
client_free (gpointer data)
{
  GhBusClient *client = data;
  GDBusMethodInvocation *invocation;

  while ((invocation = g_queue_pop_head (&client->held)) != NULL)
    g_dbus_method_invocation_return_error (invocation, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED,
                                           "the registration has ended");
  if (client->watch != 0)
    g_bus_unwatch_name (client->watch);
  g_free (client->sender);
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
  applications->clients = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, client_free);
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

static void
end_association (const GhBusApplications *applications, guint64 association, const char *reason)
{
  GhSecurity *security = gh_cse_get_security (applications->cse);

  if (security != NULL && association != 0)
    gh_security_association_closed (security, association, reason);
}

/* Somebody who neither has an AE nor waits for an answer is forgotten. */
static void
forget_idle (GhBusApplications *applications, const char *sender)
{
  const GhBusClient *client = g_hash_table_lookup (applications->clients, sender);

  if (client != NULL && client->n_aes == 0 && client->n_running == 0)
    g_hash_table_remove (applications->clients, sender);
}

void
gh_bus_application_drop (GhBusApplication *application, gboolean tell, const char *reason)
{
  GhBusApplications *applications = application->applications;

  if (application->client == NULL)
    return;
  gh_log (GH_LOG_NOTICE, "bus", "an application has gone", "ae", application->ae_id, "reason",
          reason, NULL);
  if (tell)
    g_dbus_connection_emit_signal (applications->connection, application->sender, GH_BUS_PATH,
                                   GH_BUS_APPLICATIONS_INTERFACE, "Closed",
                                   g_variant_new ("(s)", application->ae_id), NULL);
  g_hash_table_remove (applications->by_ae, application->ae_id);
  application->client->n_aes--;
  application->client = NULL;
  end_association (applications, application->association, reason);
  gh_bus_application_unref (application);
}

gboolean
gh_bus_application_is_admitted (GhBusApplication *application)
{
  GhSecurity *security = gh_cse_get_security (application->applications->cse);
  GhFault fault = { 0 };

  if (application->client == NULL || security == NULL)
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
  /* a call under way finds nobody any more */
  g_hash_table_remove (applications->clients, name);
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
  applications_unref (applications);
}

/* --- calls --- */

/* The next one of the same caller begins. */
static void
call_end (Call *call)
{
  GhBusApplications *applications = call->applications;
  GhBusClient *client = g_hash_table_lookup (applications->clients, call->sender);
  GDBusMethodInvocation *next = NULL;

  if (client != NULL)
    {
      client->n_running--;
      next = g_queue_pop_head (&client->held);
    }
  if (next != NULL)
    start_call (client, next);
  else
    forget_idle (applications, call->sender);
  if (call->application != NULL)
    gh_bus_application_unref (call->application);
  gh_bus_registration_clear (&call->registration);
  gh_admission_clear (&call->admission);
  g_free (call->sender);
  g_free (call);
  applications_unref (applications);
}

static void
end_with_fault (Call *call, const GhFault *fault)
{
  gh_bus_return_fault (call->invocation, fault);
  call_end (call);
}

static void
end_denied (Call *call)
{
  g_dbus_method_invocation_return_error (call->invocation, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED,
                                         "no AE-ID that was registered through this connection");
  call_end (call);
}

/* The reply of the CSE, when it is no refusal; otherwise the call has ended. */
static GhCseAnswer *
take_answer (Call *call, GObject *source, GAsyncResult *result)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GhCseAnswer) answer = gh_cse_send_finish (GH_CSE (source), result, &error);

  if (answer != NULL && answer->status < 4000)
    return g_steal_pointer (&answer);
  if (answer == NULL)
    gh_bus_return_error (call->invocation, error);
  else
    gh_bus_return_status (call->invocation, answer->status, answer->content);
  call_end (call);
  return NULL;
}

/* --- Register --- */

static void
tell_registered (Call *call, const char *ae_id)
{
  g_autofree char *address = g_strdup_printf ("/%s/%s", call->applications->cse_id, ae_id);

  g_dbus_method_invocation_return_value (call->invocation, g_variant_new ("(ss)", ae_id, address));
}

static void
add_application (Call *call, GhBusClient *client, const char *ae_id)
{
  GhBusApplications *applications = call->applications;
  GhBusApplication *application = g_rc_box_new0 (GhBusApplication);

  application->applications = applications;
  application->client = client;
  application->sender = g_strdup (call->sender);
  application->ae_id = g_strdup (ae_id);
  application->object = g_steal_pointer (&call->registration.object);
  application->by_call = call->registration.by_call;
  application->remove_on_exit = call->registration.remove_on_exit;
  application->admission = call->admission;
  call->admission = (GhAdmission){ 0 };
  application->association = call->association;
  call->association = 0;
  client->n_aes++;
  g_hash_table_insert (applications->by_ae, application->ae_id, application);
  gh_log (GH_LOG_NOTICE, "bus", "an application has registered", "ae", ae_id, "sender",
          call->sender, NULL);
}

static void
end_registration (Call *call)
{
  end_association (call->applications, call->association, "the registration was refused");
  call_end (call);
}

/* The AE-ID is the caller's, and its resource is there. */
static void
finish_registration (Call *call, const char *ae_id)
{
  GhBusApplications *applications = call->applications;
  GhBusClient *client = g_hash_table_lookup (applications->clients, call->sender);

  if (client == NULL || applications->closed)
    {
      g_dbus_method_invocation_return_error (
        call->invocation, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED, "the caller has left the bus");
      end_registration (call);
      return;
    }
  if (g_hash_table_contains (applications->by_ae, ae_id))
    {
      g_dbus_method_invocation_return_dbus_error (
        call->invocation, gh_error_bus_name (GH_ERROR_CONFLICT),
        "ae-id: another program, or this one, has it at the moment");
      end_registration (call);
      return;
    }
  add_application (call, client, ae_id);
  tell_registered (call, ae_id);
  gh_cse_application_reached (applications->cse, ae_id);
  call_end (call);
}

static void
created (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GhCseAnswer) answer = gh_cse_send_finish (GH_CSE (source), result, &error);
  const char *own = call->registration.ae_id;

  if (answer == NULL)
    gh_bus_return_error (call->invocation, error);
  else if (answer->status == GH_RSC_CREATED && answer->location != NULL)
    {
      const char *slash = strrchr (answer->location, '/');
      finish_registration (call, slash != NULL ? slash + 1 : answer->location);
      return;
    }
  else if (answer->status == gh_error_status (GH_ERROR_REGISTERED)
           && gh_principal_may_use (call->admission.principal, own))
    {
      /* of the same user, whose program takes it up again */
      finish_registration (call, own);
      return;
    }
  else
    gh_bus_return_status (call->invocation, answer->status, answer->content);
  end_registration (call);
}

static void
leave_thread (GhBusApplications *applications)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&applications->lock);

  applications->n_threads--;
  g_cond_broadcast (&applications->ended);
}

static void
admit_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Call *call = task_data;
  GhSecurity *security = gh_cse_get_security (call->applications->cse);
  GError *error = NULL;

  (void) source;
  (void) cancellable;
  call->association = security != NULL ? gh_security_next_association_id (security) : 0;
  if (security == NULL)
    g_set_error_literal (&error, GH_ERROR, GH_ERROR_CANCELLED, "the CSE does not run");
  const gboolean done = security != NULL
                        && gh_bus_admit_user (security, &call->user, call->association,
                                              &call->admission, &error);
  leave_thread (call->applications);
  if (done)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
note_association (Call *call)
{
  GhSecurity *security = gh_cse_get_security (call->applications->cse);
  GhAssociationInfo info = { .id = call->association,
                             .transport = "dbus",
                             .peer = call->sender,
                             .suite = "bus-uid",
                             .since_us = g_get_real_time () };

  if (security == NULL)
    return;
  gh_admission_describe (&call->admission, &info);
  gh_security_association_opened (security, &info);
}

static void
admitted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  g_autoptr (GError) error = NULL;

  (void) source;
  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      gh_bus_return_error (call->invocation, error);
      call->association = 0;
      call_end (call);
      return;
    }
  note_association (call);
  g_autofree char *primitive = gh_bus_registration_to_json (&call->registration,
                                                            call->applications->cse_name);
  const GhCseSender sender = { .principal = call->admission.principal,
                               .from = call->registration.ae_id };
  gh_cse_send_async (call->applications->cse, &sender, primitive, created, call);
}

static void
credentials_known (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) all = NULL;
  g_autoptr (GVariant) answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result,
                                                               &error);

  if (answer != NULL)
    g_variant_get (answer, "(@a{sv})", &all);
  if (all == NULL || !g_variant_lookup (all, "UnixUserID", "u", &call->user.uid))
    {
      end_denied (call);
      return;
    }
  g_variant_lookup (all, "ProcessID", "u", &call->user.pid);
  call->user.system = call->applications->system;
  if (call->applications->closed)
    {
      end_denied (call);
      return;
    }
  g_mutex_lock (&call->applications->lock);
  call->applications->n_threads++;
  g_mutex_unlock (&call->applications->lock);
  g_autoptr (GTask) task = g_task_new (NULL, NULL, admitted, call);
  g_task_set_task_data (task, call, NULL);
  g_task_run_in_thread (task, admit_in_thread);
}

static void
call_register (Call *call, GVariant *parameters)
{
  const GhBusClient *client = g_hash_table_lookup (call->applications->clients, call->sender);
  g_autoptr (GVariant) options = g_variant_get_child_value (parameters, 0);
  GhFault fault = { 0 };

  if (client->n_aes >= GH_BUS_MAX_AES)
    {
      g_dbus_method_invocation_return_error (call->invocation, G_DBUS_ERROR,
                                             G_DBUS_ERROR_LIMITS_EXCEEDED,
                                             "this connection has %d AE-IDs", GH_BUS_MAX_AES);
      call_end (call);
      return;
    }
  if (!gh_bus_registration_parse (options, &call->registration, &fault))
    {
      end_with_fault (call, &fault);
      return;
    }
  if (call->registration.ae_id == NULL)
    call->registration.ae_id = g_strdup ("C");
  g_dbus_connection_call (
    call->applications->connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
    "org.freedesktop.DBus", "GetConnectionCredentials", g_variant_new ("(s)", call->sender),
    G_VARIANT_TYPE ("(a{sv})"), G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, credentials_known, call);
}

/* --- the other methods --- */

static void
requested (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *response = gh_cse_request_finish (GH_CSE (source), result, &error);

  if (response != NULL)
    g_dbus_method_invocation_return_value (call->invocation, g_variant_new ("(s)", response));
  else
    gh_bus_return_error (call->invocation, error);
  call_end (call);
}

static void
call_request (Call *call, GVariant *parameters)
{
  const char *primitive = NULL;

  g_variant_get_child (parameters, 1, "&s", &primitive);
  send_as (call->application, primitive, TRUE, requested, call);
}

static void
subscribed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  g_autoptr (GhCseAnswer) answer = take_answer (call, source, result);

  if (answer == NULL)
    return;
  g_dbus_method_invocation_return_value (
    call->invocation, g_variant_new ("(s)", answer->location != NULL ? answer->location : ""));
  call_end (call);
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
call_subscribe (Call *call, GVariant *parameters)
{
  g_autoptr (GVariant) criteria = g_variant_get_child_value (parameters, 2);
  g_autoptr (GVariant) options = g_variant_ref_sink (g_variant_new ("a{sv}", NULL));
  GhFault fault = { 0 };
  g_autoptr (GVariant) content = subscription_of (call->application, criteria, &fault);
  GhBusQuestion question = {
    .operation = GH_OPERATION_CREATE, .type = 23, .content = content, .options = options
  };

  g_variant_get_child (parameters, 1, "&s", &question.target);
  g_autofree char *primitive = content != NULL ? gh_bus_question_to_json (&question, &fault) : NULL;
  if (primitive != NULL)
    send_as (call->application, primitive, FALSE, subscribed, call);
  else
    end_with_fault (call, &fault);
}

static void
unsubscribed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  g_autoptr (GhCseAnswer) answer = take_answer (call, source, result);

  if (answer == NULL)
    return;
  g_dbus_method_invocation_return_value (call->invocation, NULL);
  call_end (call);
}

static void
call_unsubscribe (Call *call, GVariant *parameters)
{
  const char *target = NULL;

  g_variant_get_child (parameters, 1, "&s", &target);
  g_autofree char *primitive = deletion_of (target);
  send_as (call->application, primitive, FALSE, unsubscribed, call);
}

static void
unregistered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  g_autoptr (GhCseAnswer) answer = take_answer (call, source, result);

  if (answer == NULL)
    return;
  gh_bus_application_drop (call->application, FALSE, "it has unregistered");
  g_dbus_method_invocation_return_value (call->invocation, NULL);
  call_end (call);
}

static void
call_unregister (Call *call, GVariant *parameters)
{
  g_autofree char *primitive = deletion_of (call->application->ae_id);

  (void) parameters;
  send_as (call->application, primitive, FALSE, unregistered, call);
}

static const struct {
  const char *name;
  void (*run) (Call *call, GVariant *parameters);
  gboolean has_ae_id; /* its first argument is an AE-ID of the caller */
} methods[] = {
  { "Register", call_register, FALSE },    { "Request", call_request, TRUE },
  { "Subscribe", call_subscribe, TRUE },   { "Unsubscribe", call_unsubscribe, TRUE },
  { "Unregister", call_unregister, TRUE },
};

/* The same answer whether there is such an AE, of somebody else, or not. */
static gboolean
find_application (Call *call, GVariant *parameters)
{
  const char *ae_id = NULL;
  GhBusApplication *application;

  g_variant_get_child (parameters, 0, "&s", &ae_id);
  application = g_hash_table_lookup (call->applications->by_ae, ae_id);
  if (application == NULL || !g_str_equal (application->sender, call->sender)
      || !gh_bus_application_is_admitted (application))
    return FALSE;
  call->application = g_rc_box_acquire (application);
  return TRUE;
}

static void
start_call (GhBusClient *client, GDBusMethodInvocation *invocation)
{
  const char *name = g_dbus_method_invocation_get_method_name (invocation);
  GVariant *parameters = g_dbus_method_invocation_get_parameters (invocation);
  Call *call = g_new0 (Call, 1);
  guint row = 0;

  client->n_running++;
  call->applications = g_rc_box_acquire (client->applications);
  call->sender = g_strdup (client->sender);
  call->invocation = invocation;
  while (row + 1 < G_N_ELEMENTS (methods) && !g_str_equal (methods[row].name, name))
    row++;
  if (!methods[row].has_ae_id || find_application (call, parameters))
    methods[row].run (call, parameters);
  else
    end_denied (call);
}

static GhBusClient *
client_for (GhBusApplications *applications, const char *sender)
{
  GhBusClient *client = g_hash_table_lookup (applications->clients, sender);

  if (client != NULL)
    return client;
  client = g_new0 (GhBusClient, 1);
  client->applications = applications;
  client->sender = g_strdup (sender);
  g_hash_table_insert (applications->clients, client->sender, client);
  client->watch = g_bus_watch_name_on_connection (applications->connection, sender,
                                                  G_BUS_NAME_WATCHER_FLAGS_NONE, NULL, left_the_bus,
                                                  applications, NULL);
  return client;
}

void
gh_bus_applications_call (GhBusApplications *applications, GDBusMethodInvocation *invocation)
{
  GhBusClient *client = client_for (applications, g_dbus_method_invocation_get_sender (invocation));

  if (client->n_running < GH_BUS_MAX_RUNNING)
    start_call (client, invocation);
  else if (client->held.length < GH_BUS_MAX_HELD)
    g_queue_push_tail (&client->held, invocation);
  else
    g_dbus_method_invocation_return_error (invocation, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED,
                                           "%d calls of this connection wait for an answer",
                                           GH_BUS_MAX_RUNNING + GH_BUS_MAX_HELD);
}
