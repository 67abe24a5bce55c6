/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-job.h"

G_BEGIN_DECLS

/*
 * Events of type 5 (TS-0001 table 9.6.8-3 e, 10.2.4.4): who retrieves a <container> with its
 * children and finds no instance waits, and who has subscribed to that is told and may make one.
 */

/** GhRefills: those that wait. */
typedef struct _GhRefills GhRefills;
GhRefills *gh_refills_new (void);
/** gh_refills_free: nothing waits any more. */
void gh_refills_free (GhRefills *refills);

/** gh_refill_is_wanted: @job retrieves @node with its children, has no instance to get, and may
 * still wait for one. The first time the subscribers are told. View's thread. */
gboolean gh_refill_is_wanted (GhJob *job, const GhNode *node);
/** gh_refill_is_late: it has waited, there is still none, and it waits no longer. View's thread. */
gboolean gh_refill_is_late (const GhJob *job, const GhNode *node);
/** gh_refill_wait: takes the job, and runs it again when something has happened to the container,
 * or it is late. FALSE with @fault: it does not. Outside of read sections. */
gboolean gh_refill_wait (GhJob *job, GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;
/** gh_refill_wake: something was published about the resource with the number @subject: who waits
 * for it looks again. Any thread. */
void gh_refill_wake (GhService *service, guint64 subject);

G_END_DECLS
