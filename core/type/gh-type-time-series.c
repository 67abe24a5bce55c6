/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "service/gh-notifier.h"
#include "service/gh-service.h"
#include "type/gh-behaviours.h"
#include "type/gh-missing-data.h"
#include "write/gh-effect.h"

/* Attributes that stand still while missing data are watched for. */
static const char *const parameters[] = { "pei", "peid", "mdn", "mdt" };

static gboolean
no_room (GhFault *fault)
{
  return gh_fault_set (fault, GH_ERROR_TOO_LARGE, "the request does not fit into its memory");
}

/* What @name will be: -1 for none. */
static gint64
number_after (const GhChange *change, const char *name)
{
  const GhValue *asked = gh_draft_get (change->draft, name);

  if (asked != NULL)
    return asked->kind == GH_VALUE_INTEGER ? asked->integer : -1;
  return change->node.slot->type == change->type
           ? gh_resource_get_integer (change->node.resource, name, -1)
           : -1;
}

/* What is chosen here when nobody says it: a quarter of the interval, and less than the timer. */
static gboolean
choose_delta (GhChange *change, GhFault *fault)
{
  const gint64 interval = number_after (change, "pei"), timer = number_after (change, "mdt");
  gint64 delta = interval / 4;

  if (timer > 0 && delta >= timer)
    delta = timer - 1;
  return gh_draft_set (change->draft, change->arena, "peid", gh_value_integer (delta))
         || no_room (fault);
}

static gboolean
check_delta (GhChange *change, GhFault *fault)
{
  const gint64 interval = number_after (change, "pei");

  if (interval > 0 && gh_draft_get (change->draft, "pei") != NULL
      && gh_draft_get (change->draft, "peid") == NULL && !choose_delta (change, fault))
    return FALSE;
  const gint64 delta = number_after (change, "peid");
  return interval <= 0 || delta <= interval / 2
         || gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                          "peid: %" G_GINT64_FORMAT " is more than half of pei, %" G_GINT64_FORMAT,
                          delta, interval);
}

static gboolean
check_timer (const GhChange *change, GhFault *fault)
{
  const GhValue *detect = gh_draft_get (change->draft, "mdd");
  const gint64 timer = number_after (change, "mdt"), delta = number_after (change, "peid");

  if (detect == NULL || detect->kind != GH_VALUE_BOOLEAN || !detect->boolean)
    return TRUE;
  if (timer <= 0)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "mdt: must be set when mdd is true");
  return timer > delta
         || gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                          "mdt: %" G_GINT64_FORMAT " is not more than peid, %" G_GINT64_FORMAT,
                          timer, delta);
}

static gboolean
check_create (GhChange *change, GhFault *fault)
{
  if (!check_delta (change, fault) || !check_timer (change, fault))
    return FALSE;
  return gh_draft_set (change->draft, change->arena, "mdc", gh_value_integer (0))
         || no_room (fault);
}

static gboolean
names_parameter (const GhDraft *draft)
{
  for (guint i = 0; i < G_N_ELEMENTS (parameters); i++)
    if (gh_draft_get (draft, parameters[i]) != NULL)
      return TRUE;
  return FALSE;
}

/* TS-0004 7.4.38.2.3 */
static gboolean
check_update (GhChange *change, GhFault *fault)
{
  const GhValue *detect = gh_draft_get (change->draft, "mdd");
  const gboolean on = detect != NULL && detect->kind == GH_VALUE_BOOLEAN && detect->boolean;
  const gboolean named = names_parameter (change->draft);

  if (named
      && (detect != NULL || gh_resource_get_boolean (change->node.resource, "mdd", FALSE)))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "pei, peid, mdn, mdt: not while mdd is true, nor together with it");
  if (!check_delta (change, fault) || !check_timer (change, fault))
    return FALSE;
  if (!on && !named)
    return TRUE;
  /* what was missing by other rules, or before, says nothing any more */
  const GhValue none = { .kind = GH_VALUE_NULL };
  return (gh_draft_set (change->draft, change->arena, "mdlt", none)
          && gh_draft_set (change->draft, change->arena, "mdc", gh_value_integer (0)))
         || no_room (fault);
}

static gboolean
compile (gpointer host, const GhResource *resource, GhCompiled **out, GhFault *fault)
{
  const GhService *service = host;
  (void) fault;
  *out = &gh_monitor_new (resource, gh_clock_wall_us (service->clock))->base;
  return TRUE;
}

/* After an update what was known goes on, unless the watching began anew or ended. */
static gboolean
after (const GhEffect *effect, GError **error)
{
  const GhMonitor *old = (const GhMonitor *) effect->compiled_before;
  (void) error;

  if (effect->kind != GH_EFFECT_UPDATED || old == NULL)
    return TRUE;
  const gboolean watching = gh_draft_get (effect->draft, "mdd") == NULL;
  GhMonitor *monitor = gh_monitor_copy ((const GhMonitor *) effect->node.compiled);
  gh_monitor_carry (monitor, old, watching);
  gh_effect_set_state (effect->writer, &effect->node, &monitor->base,
                       watching ? effect->node.counters->state_tag : 0);
  return TRUE;
}

static gboolean
add_instance (const GhChange *change, GhCounters *counters, GhCompiled **out, GError **error)
{
  const GhMonitor *monitor = (const GhMonitor *) change->node.compiled;
  gint64 anchor = (gint64) counters->state_tag;
  (void) error;

  if (!monitor->on || !change->has_moment)
    return TRUE;
  GhMonitor *now = gh_monitor_copy (monitor);
  gh_monitor_take (now, change->moment, change->now_us, &anchor);
  counters->state_tag = (guint64) anchor;
  *out = &now->base;
  return TRUE;
}

static gint64
due (gpointer host, const GhNode *node, gint64 after_us)
{
  (void) host;
  (void) after_us;
  return gh_monitor_due ((const GhMonitor *) node->compiled, (gint64) node->counters->state_tag);
}

/* The points that are missing now. FALSE: the store failed. */
static gboolean
find_missing (const GhEffect *effect, GhMonitor *monitor, GArray *missing, GError **error)
{
  const gint64 anchor = (gint64) effect->node.counters->state_tag;
  GhMissingPoint point;
  guint64 number;

  while (gh_monitor_judge (monitor, anchor, effect->now_us, &point))
    {
      if (!gh_effect_find_moment (effect->writer, &effect->node, point.moment - monitor->delta_us,
                                  point.moment + monitor->delta_us, &number, error))
        return FALSE;
      if (number == 0)
        g_array_append_val (missing, point);
    }
  return TRUE;
}

/* missingDataList: the newest first, at most missingDataMaxNr. */
static gboolean
write_list (const GhEffect *effect, guint most, const GArray *missing, GError **error)
{
  const GhType *type = effect->node.slot->type;
  const GhValue *old = gh_resource_get (effect->node.resource, "mdlt");
  const guint n_old = old != NULL ? old->length : 0;
  const guint n = MIN (missing->len + n_old, most);
  g_autofree GhValue *items = g_new0 (GhValue, n);
  g_autofree char *texts = g_malloc0_n (n, GH_MISSING_DATA_MOMENT);

  for (guint i = 0; i < n; i++)
    {
      char *text = texts + i * GH_MISSING_DATA_MOMENT;
      if (i >= missing->len)
        {
          items[i] = old->items[i - missing->len];
          continue;
        }
      gh_moment_format (g_array_index (missing, GhMissingPoint, missing->len - 1 - i).moment, text);
      items[i] = gh_value_string (text, strlen (text));
    }
  GhAttributeValue values[] = {
    { gh_type_attribute (type, "mdlt"),
      { .kind = GH_VALUE_LIST, .length = n, .items = items } },
    { gh_type_attribute (type, "mdc"), gh_value_integer (n) },
  };
  const GhDraft draft = { .type = type, .values = values, .n_values = G_N_ELEMENTS (values) };
  return gh_effect_update (effect->writer, &effect->node, &draft, NULL, error);
}

static gboolean
tell (const GhEffect *effect, const GhNode *node, GhMonitor *monitor, const GhMissingPoint *point,
      GError **error)
{
  for (guint i = 0; node->subscriptions != NULL && i < node->subscriptions->n; i++)
    {
      const guint64 number = node->subscriptions->items[i].number;
      const GhSubscriptionResource *resource
        = (const GhSubscriptionResource *) node->subscriptions->items[i].compiled;
      if (!gh_monitor_count (monitor, number, resource->subscription, point))
        continue;
      g_autoptr (GhBuffer) body = gh_monitor_tell (monitor, number);
      if (!gh_effect_notify (effect->writer, node, GH_EVENT_MISSING_DATA, number, body, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
tick (const GhEffect *effect, GError **error)
{
  const GhMonitor *monitor = (const GhMonitor *) effect->node.compiled;
  const guint64 anchor = effect->node.counters->state_tag;
  g_autoptr (GArray) missing = g_array_new (FALSE, FALSE, sizeof (GhMissingPoint));
  g_autoptr (GhCompiled) held = NULL;
  GhNode node;

  GhMonitor *now = gh_monitor_copy (monitor);
  held = &now->base;
  now->judged_us = effect->now_us;
  if (!find_missing (effect, now, missing, error))
    return FALSE;
  if (missing->len > 0 && !write_list (effect, now->most, missing, error))
    return FALSE;
  const GhView view = gh_effect_view (effect->writer);
  if (!gh_view_node (&view, effect->node.slot, &node))
    return TRUE;
  for (guint i = 0; i < missing->len; i++)
    if (!tell (effect, &node, now, &g_array_index (missing, GhMissingPoint, i), error))
      return FALSE;
  gh_effect_set_state (effect->writer, &node, g_steal_pointer (&held), anchor);
  return TRUE;
}

const GhBehaviour gh_behaviour_time_series = {
  .type = GH_TYPE_TIME_SERIES,
  .check_create = check_create,
  .check_update = check_update,
  .compile = compile,
  .after = after,
  .add_instance = add_instance,
  .due = due,
  .tick = tick,
};
