/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-http-pump.h"

#include "link/gh-transport.h"

G_BEGIN_DECLS

/**
 * GhHttpLines: the connections of outgoing HTTPS, one GhHttpPump each, for the thread that runs
 * libcurl. All on that thread but gh_http_lines_end_association().
 */
typedef struct _GhHttpLines GhHttpLines;

/** GhHttpLineUser: a request, while it runs: what its connection must be, and why there is none. */
typedef struct {
  GhHttpLines *lines;
  char *server_name, *authority, *cse_id;
  char error[224];
  gboolean refused; /* the connection ended before anything could leave on it */
} GhHttpLineUser;

/** gh_http_lines_new: NULL, logged, when @host has nothing that proves servers. */
GhHttpLines *gh_http_lines_new (const GhTransportHost *host);
void gh_http_lines_free (GhHttpLines *lines);

/** gh_http_lines_prepare: makes @easy, whose URL says http, open its connections here for @user. */
void gh_http_lines_prepare (CURL *easy, GhHttpLineUser *user);
/** gh_http_lines_leave: @user ends; its connection may stay, for others. */
void gh_http_lines_leave (GhHttpLines *lines, const GhHttpLineUser *user);

/** gh_http_lines_find_peer: who the connection is with that @easy has its answer from; NULL: it is
 * gone, or its peer is no longer admitted. Borrowed. */
const GhPrincipal *gh_http_lines_find_peer (const GhHttpLines *lines, CURL *easy);

/** gh_http_lines_run: moves what can be moved. Returns: milliseconds until the next look, at most
 * @wait_ms */
int gh_http_lines_run (GhHttpLines *lines, int wait_ms);
/** gh_http_lines_poll: curl_multi_poll() for the sockets of @multi and those of the lines. */
void gh_http_lines_poll (const GhHttpLines *lines, CURLM *multi, int wait_ms);

/** gh_http_lines_end_association: from any thread; takes effect in gh_http_lines_run(). */
void gh_http_lines_end_association (GhHttpLines *lines, guint64 id);

G_END_DECLS
