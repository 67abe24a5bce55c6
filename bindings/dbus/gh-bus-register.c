/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/gh-log.h"
#include "gh-bus-applications-private.h"
#include "gh-bus-resources.h"

#include <string.h>

/* The method Register: who calls, what the vault says of him, and then the AE itself. */

typedef struct {
  GhBusApplications *applications; /* a reference */
  char *sender;
  GDBusMethodInvocation *invocation;
  GhBusRegistration registration;
  GhBusUser user;
  GhAdmission admission; /* until an application has it */
  guint64 association;
} Call;

static void
call_free (Call *call)
{
  gh_bus_registration_clear (&call->registration);
  gh_admission_clear (&call->admission);
  g_free (call->sender);
  gh_bus_applications_unref (call->applications);
  g_free (call);
}

/* It was answered, and nothing has come of it. */
static void
end_refused (Call *call)
{
  gh_bus_applications_end_association (call->applications, call->association,
                                       "the registration was refused");
  gh_bus_applications_leave (call->applications, call->sender);
  call_free (call);
}

static void
end_denied (Call *call, const char *reason)
{
  g_dbus_method_invocation_return_error_literal (call->invocation, G_DBUS_ERROR,
                                                 G_DBUS_ERROR_ACCESS_DENIED, reason);
  end_refused (call);
}

static void
add_application (Call *call, const char *ae_id)
{
  GhBusApplication *application = g_rc_box_new0 (GhBusApplication);

  application->applications = call->applications;
  application->sender = g_strdup (call->sender);
  application->ae_id = g_strdup (ae_id);
  application->object = g_steal_pointer (&call->registration.object);
  application->by_call = call->registration.by_call;
  application->remove_on_exit = call->registration.remove_on_exit;
  application->admission = call->admission;
  call->admission = (GhAdmission){ 0 };
  application->association = call->association;
  g_hash_table_insert (call->applications->by_ae, application->ae_id, application);
  gh_log (GH_LOG_NOTICE, "bus", "an application has registered", "ae", ae_id, "sender",
          call->sender, NULL);
}

/* The AE-ID is the caller's, and its resource is there. */
static void
finish (Call *call, const char *ae_id)
{
  GhBusApplications *applications = call->applications;
  g_autofree char *address = g_strdup_printf ("/%s/%s", applications->cse_id, ae_id);

  if (!g_hash_table_contains (applications->clients, call->sender))
    {
      end_denied (call, "the caller has left the bus");
      return;
    }
  if (g_hash_table_contains (applications->by_ae, ae_id))
    {
      g_dbus_method_invocation_return_dbus_error (
        call->invocation, gh_error_bus_name (GH_ERROR_CONFLICT),
        "ae-id: another program, or this one, has it at the moment");
      end_refused (call);
      return;
    }
  add_application (call, ae_id);
  g_dbus_method_invocation_return_value (call->invocation, g_variant_new ("(ss)", ae_id, address));
  gh_cse_application_reached (applications->cse, ae_id);
  call_free (call);
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
      finish (call, slash != NULL ? slash + 1 : answer->location);
      return;
    }
  else if (answer->status == gh_error_status (GH_ERROR_REGISTERED)
           && gh_principal_may_use (call->admission.principal, own))
    {
      /* of the same user, whose program takes it up again */
      finish (call, own);
      return;
    }
  else
    gh_bus_return_status (call->invocation, answer->status, answer->content);
  end_refused (call);
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

/* FALSE: it was refused. Only who may register learns what is wrong with it. */
static gboolean
parse_options (Call *call)
{
  GVariant *parameters = g_dbus_method_invocation_get_parameters (call->invocation);
  g_autoptr (GVariant) options = g_variant_get_child_value (parameters, 0);
  GhFault fault = { 0 };

  if (gh_bus_registration_parse (options, &call->registration, &fault))
    {
      if (call->registration.ae_id == NULL)
        call->registration.ae_id = g_strdup ("C");
      return TRUE;
    }
  gh_bus_return_fault (call->invocation, &fault);
  call->association = 0;
  end_refused (call);
  return FALSE;
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
      end_refused (call);
      return;
    }
  if (!parse_options (call))
    return;
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
      end_denied (call, "the bus does not say who the caller is");
      return;
    }
  g_variant_lookup (all, "ProcessID", "u", &call->user.pid);
  call->user.system = call->applications->system;
  if (call->applications->closed)
    {
      end_denied (call, "gatehoused is stopping");
      return;
    }
  g_mutex_lock (&call->applications->lock);
  call->applications->n_threads++;
  g_mutex_unlock (&call->applications->lock);
  g_autoptr (GTask) task = g_task_new (NULL, NULL, admitted, call);
  g_task_set_task_data (task, call, NULL);
  g_task_run_in_thread (task, admit_in_thread);
}

void
gh_bus_applications_register (GhBusApplications *applications, GDBusMethodInvocation *invocation)
{
  const char *sender = g_dbus_method_invocation_get_sender (invocation);
  g_autoptr (GError) error = NULL;

  if (!gh_bus_applications_enter (applications, sender, &error))
    {
      gh_bus_return_error (invocation, error);
      return;
    }
  Call *call = g_new0 (Call, 1);
  call->applications = g_rc_box_acquire (applications);
  call->sender = g_strdup (sender);
  call->invocation = invocation;
  g_dbus_connection_call (applications->connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                          "org.freedesktop.DBus", "GetConnectionCredentials",
                          g_variant_new ("(s)", sender), G_VARIANT_TYPE ("(a{sv})"),
                          G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, credentials_known, call);
}
