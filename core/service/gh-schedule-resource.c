/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-schedule-resource.h"

#include "service/gh-job.h"

static gboolean
matches (const GhScheduleResource *schedule, const GhCivilTime *now)
{
  for (guint i = 0; i < schedule->n; i++)
    if (gh_schedule_matches (&schedule->entries[i], now))
      return TRUE;
  return FALSE;
}

gboolean
gh_schedule_is_open (const GhService *service, const GhView *view, const GhNode *node)
{
  const gint64 now_us = gh_clock_wall_us (service->clock);
  gboolean restricted = FALSE;
  GhCivilTime now;
  if (node->children == NULL)
    return TRUE;
  gh_civil_time (now_us, &now);
  for (guint i = 0; i < node->children->n; i++)
    {
      GhNode child;
      if (!gh_view_node (view, node->children->items[i], &child)
          || child.slot->type->number != GH_TYPE_SCHEDULE || child.compiled == NULL
          || child.resource->identity.expiration_us <= now_us)
        continue;
      if (matches ((const GhScheduleResource *) child.compiled, &now))
        return TRUE;
      restricted = TRUE;
    }
  return !restricted;
}

gboolean
gh_schedule_reaches (const GhService *service, const GhView *view, const GhNode *ae)
{
  const char *link = gh_resource_get_text (ae->resource, "nl");
  GhNode node;
  return link == NULL || !gh_find_local (service, view, link, &node)
         || node.slot->type->number != GH_TYPE_NODE || gh_schedule_is_open (service, view, &node);
}
