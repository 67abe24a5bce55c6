/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "service/gh-schedule-resource.h"
#include "type/gh-behaviours.h"

/* TS-0004 7.4.9.2.1: coordination with a network is a matter of nodes. */
static gboolean
check (const GhDraft *draft, const GhType *parent, GhFault *fault)
{
  const GhValue *coordinated = gh_draft_get (draft, "nco");
  if (coordinated == NULL || coordinated->kind == GH_VALUE_NULL || parent->number == GH_TYPE_NODE)
    return TRUE;
  return gh_fault_set (fault, GH_ERROR_CONTENTS,
                       "nco: only a schedule of a node has it, not of a %s", parent->long_name);
}

static gboolean
check_create (GhChange *change, GhFault *fault)
{
  return check (change->draft, change->node.slot->type, fault);
}

static gboolean
check_update (GhChange *change, GhFault *fault)
{
  return check (change->draft, change->node.slot->parent->type, fault);
}

static void
schedule_free (GhCompiled *compiled)
{
  g_free (compiled);
}

static gboolean
parse_entry (const GhValue *entry, guint at, GhSchedule *out, GhFault *fault)
{
  GhFault wrong = { 0 };
  if (gh_schedule_parse (entry->text, out, &wrong))
    return TRUE;
  const char *reason = strchr (wrong.text, ' ');
  return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "se: entry %u:%s", at + 1,
                       reason != NULL ? reason : "");
}

static gboolean
compile (gpointer host, const GhResource *resource, GhCompiled **out, GhFault *fault)
{
  const GhValue *element = gh_resource_get (resource, "se");
  const GhValue *entries = element != NULL ? gh_value_member (element, "sce") : NULL;
  (void) host;
  const guint n = entries != NULL && entries->kind == GH_VALUE_LIST ? entries->length : 0;
  GhScheduleResource *schedule = g_malloc0 (sizeof *schedule + n * sizeof (GhSchedule));
  schedule->base.ref_count = 1;
  schedule->base.free = schedule_free;
  schedule->n = n;
  for (guint i = 0; i < n; i++)
    if (!parse_entry (&entries->items[i], i, &schedule->entries[i], fault))
      {
        g_free (schedule);
        return FALSE;
      }
  *out = &schedule->base;
  return TRUE;
}

const GhBehaviour gh_behaviour_schedule = {
  .type = GH_TYPE_SCHEDULE,
  .listed = TRUE,
  .check_create = check_create,
  .check_update = check_update,
  .compile = compile,
};
