/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "service/gh-statistics.h"
#include "type/gh-behaviours.h"
#include "type/gh-type-rules.h"
#include "write/gh-effect.h"

/* What goes with one type of event only (TS-0004 table 7.4.24.1-3). */
static const struct {
  const char *name;
  GhStatisticsEvent event;
} particular[] = {
  { "evs", GH_STATISTICS_TIMER },
  { "eve", GH_STATISTICS_TIMER },
  { "opt", GH_STATISTICS_OPERATION },
  { "ds", GH_STATISTICS_STORAGE },
};

static gboolean
check_particular (const GhChange *change, gint64 event, GhFault *fault)
{
  for (guint i = 0; i < G_N_ELEMENTS (particular); i++)
    if (particular[i].event != event && gh_rule_merged (change, particular[i].name) != NULL)
      return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                           "%s: goes with eventType %d only, and evt is %" G_GINT64_FORMAT,
                           particular[i].name, particular[i].event, event);
  return TRUE;
}

static gboolean
moment (const char *text, gint64 *out_us)
{
  return text != NULL && gh_timestamp_parse (text, strlen (text), out_us);
}

static gboolean
check_times (const GhChange *change, GhFault *fault)
{
  gint64 start_us, end_us;
  return !moment (gh_rule_merged_text (change, "evs"), &start_us)
         || !moment (gh_rule_merged_text (change, "eve"), &end_us) || end_us > start_us
         || gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "eve: the end must come after the start");
}

/* TS-0004 7.4.24.2, TS-0001 10.2.11.6 */
static gboolean
check (GhChange *change, GhFault *fault)
{
  const gint64 event = gh_rule_merged_integer (change, "evt", 0);
  if (gh_rule_merged (change, "erts") != NULL && gh_rule_merged (change, "eris") != NULL)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "eris: an event is about types (erts) or about resources, not both");
  if (event == GH_STATISTICS_STORAGE && gh_rule_merged_integer (change, "ds", 0) <= 0)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "ds: a storage event needs a size above 0 octets");
  return check_particular (change, event, fault) && check_times (change, fault);
}

static gboolean
check_create (GhChange *change, GhFault *fault)
{
  const GhService *service = change->host;
  const char *id = gh_arena_printf (change->arena, "/%s/%s", service->options.cse_id,
                                    change->identity.resource_id);
  if (id == NULL)
    return gh_fault_set (fault, GH_ERROR_TOO_LARGE, "the request does not fit into its memory");
  return gh_rule_only_on_in_cse (change, fault) && check (change, fault)
         && gh_rule_set_text (change, "evi", id, fault);
}

/* A timer that has no end is over when it starts. */
static gint64
due (gpointer host, const GhNode *node, gint64 after_us)
{
  gint64 at_us;
  (void) host;
  if (gh_resource_get_integer (node->resource, "evt", 0) != GH_STATISTICS_TIMER
      || (!moment (gh_resource_get_text (node->resource, "eve"), &at_us)
          && !moment (gh_resource_get_text (node->resource, "evs"), &at_us)))
    return GH_NEVER_US;
  return at_us > after_us ? at_us : GH_NEVER_US;
}

static gboolean
tick (const GhEffect *effect, GError **error)
{
  const GhView view = gh_effect_view (effect->writer);
  (void) error;
  gh_statistics_elapse (effect->host, &view, &effect->node);
  return TRUE;
}

const GhBehaviour gh_behaviour_event_config = {
  .type = GH_TYPE_EVENT_CONFIG,
  .check_create = check_create,
  .check_update = check,
  .due = due,
  .tick = tick,
};
