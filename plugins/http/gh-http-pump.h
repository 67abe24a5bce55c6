/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <curl/curl.h>

#include "gh-http-lookup.h"

#include "security/gh-stream.h"

G_BEGIN_DECLS

/**
 * GhHttpPump: one outgoing HTTPS connection. libcurl speaks plain HTTP into one end of a pair of
 * sockets; the pump carries the octets between the other end and a stream association, which has
 * judged the server before the first of them leaves. One thread; never blocks.
 */
typedef struct _GhHttpPump GhHttpPump;

typedef struct {
  GhSecurity *security;
  GhTlsContext *context;   /* a reference is taken */
  GhHttpLookup *lookup;    /* a reference is taken over */
  const char *server_name; /* of the URL, without brackets */
  const char *authority;   /* "host:port" */
  const char *cse_id;      /* that the server has to prove; NULL: its name is enough */
  gint64 deadline_us;      /* monotonic: connected and admitted until then */
  int inner;               /* our end of the pair, not blocking; taken over */
} GhHttpPumpOptions;

GhHttpPump *gh_http_pump_new (const GhHttpPumpOptions *options);
/** gh_http_pump_free: ends the association; libcurl sees the end of the connection. */
void gh_http_pump_free (GhHttpPump *pump);

/** gh_http_pump_run: moves what can be moved. FALSE: it has ended. */
gboolean gh_http_pump_run (GhHttpPump *pump);
#define GH_HTTP_PUMP_DESCRIPTORS 2
/** gh_http_pump_is_resolving: it waits for the addresses of the host, which no descriptor tells. */
gboolean gh_http_pump_is_resolving (const GhHttpPump *pump);
/** gh_http_pump_poll: what it waits for. Returns: how many of @out are filled */
guint gh_http_pump_poll (const GhHttpPump *pump, struct curl_waitfd out[GH_HTTP_PUMP_DESCRIPTORS]);
/** gh_http_pump_is_busy: it has more to move though nothing may happen on its descriptors. */
gboolean gh_http_pump_is_busy (const GhHttpPump *pump);
/** gh_http_pump_get_reason: why it ended, or NULL. */
const char *gh_http_pump_get_reason (const GhHttpPump *pump);
/** gh_http_pump_was_open: the server was admitted, so that something may have left. */
gboolean gh_http_pump_was_open (const GhHttpPump *pump);
/** gh_http_pump_get_principal: of the server, judged again; NULL: none. Borrowed. */
const GhPrincipal *gh_http_pump_get_principal (GhHttpPump *pump);
/** gh_http_pump_get_association: 0: none yet */
guint64 gh_http_pump_get_association (const GhHttpPump *pump);

G_END_DECLS
