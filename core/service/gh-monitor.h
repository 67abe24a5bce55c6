/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-job.h"

G_BEGIN_DECLS

/* Events of the operation monitor that may wait for the writer; what is beyond is lost, counted. */
#define GH_MONITOR_MAX_WAITING 10000

/**
 * gh_monitor_look:
 * Tells the subscriptions of @node that monitor operations (om) of the request, whatever becomes of
 * it (TS-0001 9.6.8). Once a request; costs a load while nobody monitors anything. View's thread.
 */
void gh_monitor_look (GhJob *job, const GhNode *node);

G_END_DECLS
