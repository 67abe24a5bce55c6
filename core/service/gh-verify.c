/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-verify.h"

#include <string.h>

#include "service/gh-blocking.h"
#include "service/gh-notifier.h"

/* A pending request: no lock is held, and the answers carry it on. */
typedef struct {
  GhService *service;
  GhIntent *intent;
  gint left; /* answers, and one for the loop that asks */
  gint failed;
} Verification;

static gboolean
is_originator (const GhJob *job, const char *target)
{
  return job->originator_text != NULL
         && gh_originator_is (&job->originator, target, &job->service->home);
}

static gboolean
stands_in (const GhValue *list, const char *target)
{
  for (guint32 i = 0; list != NULL && i < list->length; i++)
    if (g_strcmp0 (list->items[i].text, target) == 0)
      return TRUE;
  return FALSE;
}

/* Those of @subscription that are to be asked: not who stands in @known already. */
static GPtrArray *
targets_to_ask (const GhJob *job, const GhSubscription *subscription, const GhValue *known)
{
  guint n;
  const GhNotificationTarget *targets = gh_subscription_get_targets (subscription, &n);
  g_autoptr (GPtrArray) asked = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < n; i++)
    if (!targets[i].is_url && !is_originator (job, targets[i].address)
        && !stands_in (known, targets[i].address))
      g_ptr_array_add (asked, g_strdup (targets[i].address));
  return asked->len > 0 ? g_steal_pointer (&asked) : NULL;
}

gboolean
gh_verify_concerns (const GhType *type)
{
  return type->number == GH_TYPE_SUBSCRIPTION
         || type->number == GH_TYPE_CROSS_RESOURCE_SUBSCRIPTION;
}

GPtrArray *
gh_verify_new_targets (GhJob *job, const GhView *view, const GhNode *node, const GhDraft *draft,
                       GhFault *fault)
{
  GhNode subject;
  GhFault broken = { 0 };
  if (gh_draft_get (draft, "nu") == NULL || !gh_view_node (view, node->slot->parent, &subject))
    return NULL;
  g_autoptr (GhResource) updated = gh_resource_updated (
    node->resource, draft, gh_clock_wall_us (job->service->clock),
    node->resource->identity.expiration_us);
  /* what cannot be is refused by the type, with the other attributes that it looks at */
  g_autoptr (GhSubscription) subscription = gh_subscription_compile (updated, &broken);
  if (subscription == NULL
      || (gh_subscription_is_blocking (subscription)
          && !gh_blocking_check (job, view, &subject, subscription, fault)))
    return NULL;
  return targets_to_ask (job, subscription, gh_resource_get (node->resource, "nu"));
}

GPtrArray *
gh_verify_targets (GhJob *job, const GhView *view, const GhNode *subject, const GhDraft *draft,
                   GhFault *fault)
{
  g_autoptr (GhSubscription) subscription = gh_subscription_compile_draft (
    draft, job->originator_text, fault);
  if (subscription == NULL
      || (gh_subscription_is_blocking (subscription)
          && !gh_blocking_check (job, view, subject, subscription, fault)))
    return NULL;
  return targets_to_ask (job, subscription, NULL);
}

static void
verification_step (Verification *verification, gboolean confirmed)
{
  if (!confirmed)
    g_atomic_int_set (&verification->failed, 1);
  if (!g_atomic_int_dec_and_test (&verification->left))
    return;
  GhIntent *intent = verification->intent;
  if (g_atomic_int_get (&verification->failed))
    {
      gh_fault_set (&intent->outcome.fault, GH_ERROR_VERIFICATION,
                    "nu: a target did not confirm the subscription");
      gh_service_answer (verification->service, intent);
    }
  else
    gh_service_submit (verification->service, intent);
  g_free (verification);
}

static void
verified (const GhDeliveryResult *result, gpointer user_data)
{
  verification_step (user_data, result->status == GH_DELIVERY_DONE && result->rsc == GH_RSC_OK);
}

/* With hide on, whoever must not tell a resource of this CSE anything does not learn by its answer,
 * nor by how long that takes, whether it is there: nobody is asked. */
static gboolean
may_ask (const GhService *service, const GhIntent *intent, const char *target)
{
  GhNode node;
  const GhAccessQuestion question = { .node = &node, .operation = GH_ACOP_NOTIFY };
  if (!service->options.hide || gh_strip_home (service, target) == NULL)
    return TRUE;
  GhView view = gh_view_begin (service->tree);
  const gboolean may = gh_find_local (service, &view, target, &node)
                       && gh_authorize_quietly (service, &view, &intent->facts, &question);
  gh_view_end (&view);
  return may;
}

void
gh_verify (GhService *service, GhIntent *intent, GPtrArray *targets)
{
  Verification *verification = g_new0 (Verification, 1);
  g_autofree char *from = g_strdup_printf ("/%s", service->home.cse_id);
  /* a new one has no identifier yet: its parent, and its name when it was given one */
  const char *name = gh_value_text (gh_draft_get (&intent->draft, "rn"));
  g_autofree char *reference = g_strdup_printf ("/%s/%s%s%s", service->home.cse_id,
                                                intent->target.id, name != NULL ? "/" : "",
                                                name != NULL ? name : "");
  g_autoptr (GhBuffer) body = gh_notification_render_verification (
    reference, intent->originator, gh_value_text (gh_draft_get (&intent->draft, "nfu")));

  verification->service = service;
  verification->intent = intent;
  verification->left = (gint) targets->len + 1;
  for (guint i = 0; i < targets->len; i++)
    {
      GhFault fault = { 0 };
      char identifier[GH_DIRECT_IDENTIFIER_SIZE];
      gh_direct_identify ("vrq", identifier);
      const GhDirect direct = { .target = targets->pdata[i],
                                .from = from,
                                .request_identifier = identifier,
                                .body = body,
                                .timeout_ms = service->options.verification_timeout_ms };
      if (!may_ask (service, intent, direct.target)
          || !gh_notifier_send (service->notifier, &direct, verified, verification, &fault))
        verification_step (verification, FALSE);
    }
  g_ptr_array_unref (targets);
  verification_step (verification, TRUE);
}
