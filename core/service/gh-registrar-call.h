/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-outbound.h"

G_BEGIN_DECLS

/* Requests of this CSE itself to its registrar, and threads that wait for the answers. */

/** GhRegistrarLine: of one thread that asks. */
typedef struct {
  GhService *service;
  GPtrArray *urls; /* char*: points of access of the registrar */
  char *own_id;    /* "/mn1" */
  GMutex lock;     /* of every call, and of what gh_registrar_ask() looks at while it waits */
  GCond cond;
} GhRegistrarLine;

/** gh_registrar_line_init: @urls: NULL-terminated; copied */
void gh_registrar_line_init (GhRegistrarLine *line, GhService *service, const char *const *urls);
/** gh_registrar_line_clear: when no transport is left that could still answer. */
void gh_registrar_line_clear (GhRegistrarLine *line);

/** GhRegistrarCall: an answer, or that there is none. */
typedef struct {
  GhRegistrarLine *line;
  GhRequest *request;
  gboolean over, abandoned; /* under the lock */
  GhDeliveryStatus status;
  guint rsc;
  char *reason, *location;
  GhBuffer *body;
  GhPrincipal *peer; /* who has answered; NULL: nobody was proven */
} GhRegistrarCall;

void gh_registrar_call_free (GhRegistrarCall *call);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GhRegistrarCall, gh_registrar_call_free)

/** gh_registrar_request_new: a request of this CSE; its identifier begins with @prefix. (transfer
 * full) Any thread. */
GhRequest *gh_registrar_request_new (const GhRegistrarLine *line, const char *prefix,
                                     GhOperation operation, const char *to);
/** gh_registrar_send: to the registrar and nobody else. @request stays until @done, which may be
 * called before this returns. Any thread. */
void gh_registrar_send (const GhRegistrarLine *line, const GhRequest *request, GhBuffer *body,
                        guint timeout_ms, GhDeliveryFunc done, gpointer user_data);
/** GhRegistrarWaitFunc: whether the answer is still waited for; with the lock held, whenever
 * somebody woke the condition. */
typedef gboolean (*GhRegistrarWaitFunc) (gconstpointer data);
/** gh_registrar_ask: @request: (transfer full). Waits for its answer. NULL: nobody waits for it any
 * more. (transfer full) */
GhRegistrarCall *gh_registrar_ask (GhRegistrarLine *line, GhRequest *request, GhBuffer *body,
                                   guint timeout_ms, GhRegistrarWaitFunc waits, gconstpointer data);

/** gh_registrar_call_address: of what was created, by Content-Location or by the identifier in the
 * @member of the content. NULL: it says neither. (transfer full) */
char *gh_registrar_call_address (const GhRegistrarCall *call, const char *member);

G_END_DECLS
