/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-notifier.h"

G_BEGIN_DECLS

/**
 * GhWay: how an AE or a CSE is reached, copied out of a view. Of an AE of another CSE it is the way
 * to the next CSE.
 */
typedef struct {
  char *holder;       /* identifier of the <AE> or <remoteCSE>; NULL: the target is a URL */
  char *name;         /* its CSE-ID, "/mn1", which it has to prove, or AE-ID; NULL: as above */
  char *to;           /* To of a notification to it; NULL: the URL says all */
  GPtrArray *urls;    /* char*: points of access that some transport takes, in their order */
  gboolean polls;     /* it has a polling channel, for when no point of access takes a request */
  gboolean routed;    /* @holder is the next hop */
  gboolean release_1; /* it knows nothing of later releases */
} GhWay;

void gh_way_clear (GhWay *way);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GhWay, gh_way_clear)

/** gh_way_of: the way to an <AE> or <remoteCSE> of this CSE. FALSE with @fault (5103). View's
 * thread. */
gboolean gh_way_of (GhService *service, const GhView *view, const GhNode *holder, GhWay *out,
                    GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;
/**
 * gh_way_find: the way to @target, a URL, an AE of this CSE in any form, or what another CSE hosts
 * ("/mn1/Cx", "/mn1"). FALSE with @fault (5103). Any thread, outside of read sections.
 */
gboolean gh_way_find (GhService *service, const char *target, GhWay *out, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;
/**
 * gh_way_send:
 * @delivery: its url is not looked at; delivery->forwarded must stay until @done
 * Sends to the first point of access, and to the next one while nothing has left; at last by the
 * polling channel. @done once, on a transport's thread or before this returns. Any thread.
 */
void gh_way_send (GhService *service, const GhWay *way, const GhDelivery *delivery,
                  GhDeliveryFunc done, gpointer user_data);

G_END_DECLS
