/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "access/gh-schedule.h"
#include "service/gh-service.h"

G_BEGIN_DECLS

/** GhScheduleResource: what a <schedule> compiles to: it is open when one of its entries matches.
 */
typedef struct {
  GhCompiled base;
  guint n;
  GhSchedule entries[];
} GhScheduleResource;

/** gh_schedule_is_open: whether the <schedule> children of @node allow what they are about now. One
 * without any is always open (TS-0004 7.4.9.1). View's thread. */
gboolean gh_schedule_is_open (const GhService *service, const GhView *view, const GhNode *node);
/** gh_schedule_reaches: whether the node that @ae is on can be reached now, as far as its schedules
 * tell (TS-0001 9.6.9). View's thread. */
gboolean gh_schedule_reaches (const GhService *service, const GhView *view, const GhNode *ae);

G_END_DECLS
