/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-service.h"

G_BEGIN_DECLS

/** GhRegistrarOptions: [registrar] of the configuration; copied. */
typedef struct {
  const char *const *urls; /* points of access of the registrar, tried in this order */
  const char *name;        /* resource name of its CSEBase */
  gint64 lifetime_us;      /* of the registration; renewed when half of it is over */
  guint poll_s;            /* between two looks whether this CSE is still registered */
  guint retry_s;           /* longest wait between two tries */
  guint timeout_ms;        /* of one request */
  gboolean deregister;     /* at a clean stop */
  guint poll_wait_s;       /* of one poll of the channel there, when this CSE is reached by it */
} GhRegistrarOptions;

/**
 * GhRegistrar:
 * Keeps this CSE registered with another one (TS-0001 10.2.2.6): makes the <remoteCSE> there and
 * its mirror here, says there which CSEs are below this one, renews, and begins anew after loss.
 * One thread of its own, which waits for nobody else.
 */
GhRegistrar *gh_registrar_new (GhService *service, const GhRegistrarOptions *options);
/** gh_registrar_start: when the writer and the transports run. */
void gh_registrar_start (GhRegistrar *registrar);
/** gh_registrar_wake: something below this CSE has changed, or a test moved the clock. Any thread.
 */
void gh_registrar_wake (GhRegistrar *registrar);
/** gh_registrar_look: asks now whether this CSE is still registered, and tries at once when it is
 * not: time has passed that nobody has measured, or the network is another one. Any thread. */
void gh_registrar_look (GhRegistrar *registrar);
/** gh_registrar_stop: while the transports still run; deregisters when that is wanted. */
void gh_registrar_stop (GhRegistrar *registrar);
/** gh_registrar_free: when no transport is left. */
void gh_registrar_free (GhRegistrar *registrar);

/** gh_registrar_dup_status: "registered with /in", or why not. Any thread. (transfer full) */
char *gh_registrar_dup_status (GhRegistrar *registrar);
gboolean gh_registrar_is_registered (GhRegistrar *registrar);

G_END_DECLS
