/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-service.h"

G_BEGIN_DECLS

/* What becomes of a notification target that wants to be one no longer (m2m:
 * notificationTargetPolicyAction, TS-0004 6.3.4.2.32). */
typedef enum {
  GH_LEAVE_ACCEPT = 1,
  GH_LEAVE_REJECT = 2,
  GH_LEAVE_ASK = 3,    /* the creator of the subscription decides */
  GH_LEAVE_INFORM = 4, /* the creator is told, and the target stays */
} GhLeaveAction;

/**
 * gh_self_reference_judge:
 * @subscription: whose notificationTargetSelfReference is deleted
 * By the policy that is in force for the target: the one that a notificationTargetMgmtPolicyRef
 * names, else the default one of the originator or of anybody; without any it may leave (TS-0004
 * 7.4.33.2.4). One whose rules do not hold now is a rejection. Thread of the view.
 */
GhLeaveAction gh_self_reference_judge (const GhService *service, const GhView *view,
                                       const GhNode *subscription, const GhOriginator *target);

/** gh_self_reference_is_target: @target is named in notificationURI. Thread of the view. */
gboolean gh_self_reference_is_target (const GhService *service, const GhNode *subscription,
                                      const GhOriginator *target);

/** GhLeave: what the creator of the subscription is told. */
typedef struct {
  char *creator, *subscription;
  gboolean ask; /* and not only told */
} GhLeave;
void gh_leave_free (GhLeave *leave);

/** gh_self_reference_tell: @intent (transfer full) is carried on when the creator allows it, else
 * refused. Takes @leave. */
void gh_self_reference_tell (GhService *service, GhIntent *intent, GhLeave *leave);

G_END_DECLS
