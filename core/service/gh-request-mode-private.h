/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-request-mode.h"

G_BEGIN_DECLS

/* Between gh-request-begin.c, which judges a request, and gh-request-mode.c, which sees it
 * through. */

typedef struct {
  gboolean flexible;
  GhBuffer *attributes; /* of its <request>; (transfer full) */
  gint64 expires_us;    /* of its <request>, wall time */
  gint64 execute_us;    /* wall time; 0: now */
  gboolean elsewhere;   /* another CSE carries it out */
  gboolean kept;        /* until it leaves for that, it may wait for it */
  char *promise;        /* gh_request_promise_render(); (transfer full); NULL: none */
} GhRequestModeOptions;

/** gh_request_mode_acknowledge_unheard: what waits for the peer is its binding: it is told that the
 * request was accepted, and no more. */
void gh_request_mode_acknowledge_unheard (const char *identifier, const char *release,
                                          GhReplyFunc reply, gpointer user_data);

/** gh_request_mode_new: how @job is answered from now on; takes the way to its originator. */
GhRequestMode *gh_request_mode_new (GhJob *job, const GhRequestModeOptions *options);
/** gh_request_mode_accept: makes the <request>, for which there is a reservation, and acknowledges;
 * then the job is carried out. Takes both. */
void gh_request_mode_accept (GhRequestMode *mode, GhJob *job);
/** gh_request_mode_go_on: of a job that an earlier process had promised to carry out with the
 * <request> @id. Takes both. Writer's thread. */
void gh_request_mode_go_on (GhRequestMode *mode, GhJob *job, const char *id);
/** gh_request_mode_block: of a flexible one that is about to be carried out: it is acknowledged
 * when it lasts. */
void gh_request_mode_block (GhRequestMode *mode);

G_END_DECLS
