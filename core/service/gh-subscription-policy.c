/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/gh-syntax.h"
#include "service/gh-subscription-private.h"

/* The policies of a subscription: which, when and how many notifications are sent. */

static gboolean
take_number (GhSubscriptionCompiler *compiler, const char *name, gint64 maximum, gint64 *out)
{
  const GhValue *value = gh_subscription_source_get (&compiler->source, name);

  if (value == NULL)
    return TRUE;
  if (value->kind != GH_VALUE_INTEGER || value->integer < 1 || value->integer > maximum)
    return gh_subscription_refuse (compiler, name, "must be a positive number");
  *out = value->integer;
  return TRUE;
}

static gboolean
take_duration (GhSubscriptionCompiler *compiler, const char *name, const GhValue *value,
               gint64 *out_us)
{
  if (value->kind != GH_VALUE_STRING || !gh_duration_parse (value->text, value->length, out_us)
      || *out_us < G_USEC_PER_SEC)
    return gh_subscription_refuse (compiler, name, "must be a duration of a second or more");
  return TRUE;
}

static gboolean
compile_batch (GhSubscriptionCompiler *compiler)
{
  const GhValue *batch = gh_subscription_source_get (&compiler->source, "bn");
  GhNotificationPolicy *policy = &compiler->subscription->policy;

  if (batch == NULL)
    return TRUE;
  const GhValue *number = batch->kind == GH_VALUE_OBJECT ? gh_value_member (batch, "num") : NULL;
  const GhValue *duration = batch->kind == GH_VALUE_OBJECT ? gh_value_member (batch, "dur") : NULL;
  if (number == NULL && duration == NULL)
    return gh_subscription_refuse (compiler, "bn", "must have num, dur or both");
  if (number != NULL
      && (number->kind != GH_VALUE_INTEGER || number->integer < 1 || number->integer > G_MAXINT))
    return gh_subscription_refuse (compiler, "bn.num", "must be a positive number");
  policy->batches = TRUE;
  policy->batch_number = number != NULL ? (guint) number->integer : 0;
  policy->batch_us = GH_SUBSCRIPTION_BATCH_US;
  return duration == NULL || take_duration (compiler, "bn.dur", duration, &policy->batch_us);
}

static gboolean
compile_rate (GhSubscriptionCompiler *compiler)
{
  const GhValue *rate = gh_subscription_source_get (&compiler->source, "rl");
  GhNotificationPolicy *policy = &compiler->subscription->policy;

  if (rate == NULL)
    return TRUE;
  const GhValue *number = rate->kind == GH_VALUE_OBJECT ? gh_value_member (rate, "mnn") : NULL;
  const GhValue *window = number != NULL ? gh_value_member (rate, "tww") : NULL;
  if (number == NULL || number->kind != GH_VALUE_INTEGER || number->integer < 1
      || number->integer > G_MAXINT)
    return gh_subscription_refuse (compiler, "rl.mnn",
                                   "must be a positive number; none would ever be sent");
  if (window == NULL)
    return gh_subscription_refuse (compiler, "rl.tww", "must be given");
  policy->rate_number = (guint) number->integer;
  return take_duration (compiler, "rl.tww", window, &policy->rate_us);
}

static gboolean
compile_latest (GhSubscriptionCompiler *compiler)
{
  const GhValue *latest = gh_subscription_source_get (&compiler->source, "ln");

  if (latest != NULL && latest->kind != GH_VALUE_BOOLEAN)
    return gh_subscription_refuse (compiler, "ln", "must be true or false");
  compiler->subscription->policy.latest = latest != NULL && latest->boolean;
  return TRUE;
}

gboolean
gh_subscription_compile_policies (GhSubscriptionCompiler *compiler)
{
  GhSubscription *subscription = compiler->subscription;
  const GhValue *creator = gh_subscription_source_get (&compiler->source, "cr");
  const GhValue *forwarding = gh_subscription_source_get (&compiler->source, "nfu");
  gint64 category = 0, pending = 0, priority = 0, past = 0;

  if (creator != NULL && gh_value_text (creator) != NULL)
    subscription->creator = g_string_chunk_insert (subscription->strings, gh_value_text (creator));
  /* a list in TS-0001, one in TS-0004, and one in what is sent */
  if (forwarding != NULL && forwarding->kind == GH_VALUE_LIST && forwarding->length > 0)
    forwarding = &forwarding->items[0];
  if (forwarding != NULL && gh_value_text (forwarding) != NULL)
    subscription->forwarding = g_string_chunk_insert (subscription->strings,
                                                      gh_value_text (forwarding));
  if (!take_number (compiler, "exc", G_MAXINT64, &subscription->expiration_counter)
      || !take_number (compiler, "nec", 999, &category)
      || !take_number (compiler, "pn", GH_PENDING_ALL, &pending)
      || !take_number (compiler, "nsp", G_MAXINT, &priority)
      || !take_number (compiler, "psn", G_MAXINT64, &past))
    return FALSE;
  subscription->past_events = (guint) MIN (past, G_MAXINT);
  subscription->event_category = (gint) category;
  subscription->policy.pending = (GhPendingNotification) pending;
  subscription->policy.priority = (guint) priority;
  return compile_latest (compiler) && compile_batch (compiler) && compile_rate (compiler);
}

const GhNotificationPolicy *
gh_subscription_get_policy (const GhSubscription *subscription)
{
  return &subscription->policy;
}

gboolean
gh_subscription_keeps_back (const GhSubscription *subscription)
{
  const GhNotificationPolicy *policy = &subscription->policy;
  return policy->batches || policy->rate_number > 0 || policy->pending != GH_PENDING_NONE;
}

gboolean
gh_subscription_get_missing_data (const GhSubscription *subscription, guint *out_number,
                                  gint64 *out_window_us)
{
  *out_number = subscription->missing_number;
  *out_window_us = subscription->missing_window_us;
  return subscription->events == 1u << GH_NET_MISSING_DATA;
}

gint64
gh_subscription_get_expiration_counter (const GhSubscription *subscription)
{
  return subscription->expiration_counter;
}

guint
gh_subscription_get_past_events (const GhSubscription *subscription)
{
  return subscription->past_events;
}

gint
gh_subscription_get_event_category (const GhSubscription *subscription)
{
  return subscription->event_category;
}
