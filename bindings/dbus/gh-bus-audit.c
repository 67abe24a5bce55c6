/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-audit.h"

#include "base/gh-error.h"
#include "gh-bus-credentials.h"
#include "gh-cse-security.h"

#define MAX_RECORDS      1000 /* of one answer */
#define MAX_ASSOCIATIONS 1000

struct _GhBusAudit {
  GhCse *cse;
  GMutex lock; /* of what follows */
  GCond ended;
  guint under_way;
  gboolean stopping;
};

typedef struct {
  GhBusAudit *audit;
  GDBusMethodInvocation *invocation;
  void (*handle) (GhSecurity *security, GDBusMethodInvocation *invocation);
} Call;

GhBusAudit *
gh_bus_audit_new (GhCse *cse)
{
  GhBusAudit *audit = g_rc_box_new0 (GhBusAudit);

  audit->cse = g_object_ref (cse);
  g_mutex_init (&audit->lock);
  g_cond_init (&audit->ended);
  return audit;
}

static void
audit_clear (gpointer data)
{
  GhBusAudit *audit = data;

  g_object_unref (audit->cse);
  g_mutex_clear (&audit->lock);
  g_cond_clear (&audit->ended);
}

void
gh_bus_audit_unref (GhBusAudit *audit)
{
  g_rc_box_release_full (audit, audit_clear);
}

void
gh_bus_audit_stop (GhBusAudit *audit)
{
  g_mutex_lock (&audit->lock);
  audit->stopping = TRUE;
  while (audit->under_way > 0)
    g_cond_wait (&audit->ended, &audit->lock);
  g_mutex_unlock (&audit->lock);
}

static void
add_record (guint64 number, const char *record, gpointer user_data)
{
  (void) number;
  g_variant_builder_add (user_data, "s", record);
}

static void
handle_read (GhSecurity *security, GDBusMethodInvocation *invocation)
{
  guint64 after;
  guint32 limit;
  g_autoptr (GError) error = NULL;
  g_auto (GVariantBuilder) records = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_STRING_ARRAY);

  g_variant_get (g_dbus_method_invocation_get_parameters (invocation), "(tu)", &after, &limit);
  if (!gh_audit_read (gh_security_get_audit (security), after, MIN (limit, MAX_RECORDS), add_record,
                      &records, &error))
    gh_bus_return_error (invocation, error);
  else
    g_dbus_method_invocation_return_value (
      invocation, g_variant_new ("(@as)", g_variant_builder_end (&records)));
}

static void
handle_verify (GhSecurity *security, GDBusMethodInvocation *invocation)
{
  GhAuditState state;
  g_autoptr (GError) error = NULL;
  g_auto (GVariantDict) answer = G_VARIANT_DICT_INIT (NULL);

  if (!gh_audit_verify (gh_security_get_audit (security), &state, &error))
    {
      gh_bus_return_error (invocation, error);
      return;
    }
  g_variant_dict_insert (&answer, "first", "t", state.first);
  g_variant_dict_insert (&answer, "last", "t", state.last);
  g_variant_dict_insert (&answer, "intact", "b", state.intact);
  if (!state.intact)
    g_variant_dict_insert (&answer, "broken", "t", state.broken);
  g_variant_dict_insert (&answer, "head", "s", state.head);
  g_dbus_method_invocation_return_value (invocation,
                                         g_variant_new ("(@a{sv})", g_variant_dict_end (&answer)));
}

static void
add_association (const GhAssociationInfo *info, gpointer user_data)
{
  g_auto (GVariantDict) one = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&one, "id", "t", info->id);
  g_variant_dict_insert (&one, "transport", "s", info->transport != NULL ? info->transport : "");
  g_variant_dict_insert (&one, "peer", "s", info->peer != NULL ? info->peer : "");
  g_variant_dict_insert (&one, "suite", "s", info->suite != NULL ? info->suite : "");
  g_variant_dict_insert (&one, "credential", "s",
                         info->credential_id != NULL ? info->credential_id : "");
  g_variant_dict_insert (&one, "resumed", "b", info->resumed);
  g_variant_dict_insert (&one, "outgoing", "b", info->client);
  g_variant_dict_insert (&one, "since", "x", info->since_us);
  if (info->ends_us != GH_NEVER_US)
    g_variant_dict_insert (&one, "ends", "x", info->ends_us);
  g_variant_builder_add_value (user_data, g_variant_dict_end (&one));
}

static void
handle_list (GhSecurity *security, GDBusMethodInvocation *invocation)
{
  guint64 after;
  guint32 limit;
  g_auto (GVariantBuilder) all = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));

  g_variant_get (g_dbus_method_invocation_get_parameters (invocation), "(tu)", &after, &limit);
  gh_security_list_associations (security, after, MIN (limit, MAX_ASSOCIATIONS), add_association,
                                 &all);
  g_dbus_method_invocation_return_value (invocation,
                                         g_variant_new ("(@aa{sv})", g_variant_builder_end (&all)));
}

static gpointer
run (gpointer data)
{
  Call *call = data;
  GhBusAudit *audit = call->audit;
  GhSecurity *security = gh_cse_get_security (audit->cse);

  if (security != NULL)
    call->handle (security, call->invocation);
  else
    g_dbus_method_invocation_return_dbus_error (
      call->invocation, gh_error_bus_name (GH_ERROR_CANCELLED), "the CSE does not run");
  g_mutex_lock (&audit->lock);
  audit->under_way--;
  g_cond_broadcast (&audit->ended);
  g_mutex_unlock (&audit->lock);
  gh_bus_audit_unref (audit);
  g_free (call);
  return NULL;
}

static void
run_in_thread (GhBusAudit *audit, GDBusMethodInvocation *invocation,
               void (*handle) (GhSecurity *security, GDBusMethodInvocation *invocation))
{
  Call *call = g_new0 (Call, 1);
  g_autoptr (GError) error = NULL;

  *call = (Call){ g_rc_box_acquire (audit), invocation, handle };
  g_mutex_lock (&audit->lock);
  const gboolean refused = audit->stopping;
  audit->under_way += refused ? 0 : 1;
  g_mutex_unlock (&audit->lock);
  g_autoptr (GThread) thread = refused ? NULL
                                       : g_thread_try_new ("gh-audit-bus", run, call, &error);
  if (thread != NULL)
    return;
  if (!refused)
    {
      g_mutex_lock (&audit->lock);
      audit->under_way--;
      g_mutex_unlock (&audit->lock);
    }
  g_dbus_method_invocation_return_dbus_error (
    invocation, gh_error_bus_name (refused ? GH_ERROR_CANCELLED : GH_ERROR_OVERLOADED),
    refused ? "the CSE is stopping" : error->message);
  gh_bus_audit_unref (audit);
  g_free (call);
}

static void
handle_close (GhBusAudit *audit, GDBusMethodInvocation *invocation)
{
  guint64 id;

  g_variant_get (g_dbus_method_invocation_get_parameters (invocation), "(t)", &id);
  gh_cse_close_association (audit->cse, id);
  g_dbus_method_invocation_return_value (invocation, NULL);
}

void
gh_bus_audit_handle (GhBusAudit *audit, GDBusMethodInvocation *invocation)
{
  const char *member = g_dbus_method_invocation_get_method_name (invocation);

  if (g_str_equal (member, "Read"))
    run_in_thread (audit, invocation, handle_read);
  else if (g_str_equal (member, "Verify"))
    run_in_thread (audit, invocation, handle_verify);
  else if (g_str_equal (member, "List"))
    run_in_thread (audit, invocation, handle_list);
  else
    handle_close (audit, invocation);
}
