/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/** GhHttpLookup: the addresses of a host, found on a thread of a pool, so that who asks can do
 * something else. References on any thread. */
typedef struct _GhHttpLookup GhHttpLookup;

/** gh_http_lookup_pool: for gh_http_lookup_new(). When it is freed, lookups may still be under
 * way. */
GThreadPool *gh_http_lookup_pool (void);

/** gh_http_lookup_new: @host: a name or an address without brackets. Returns: (transfer full) */
GhHttpLookup *gh_http_lookup_new (GThreadPool *pool, const char *host);
void gh_http_lookup_unref (GhHttpLookup *lookup);

/** gh_http_lookup_is_done: then gh_http_lookup_get() tells. */
gboolean gh_http_lookup_is_done (GhHttpLookup *lookup);
/** gh_http_lookup_get: (transfer none): the address to try as number @index; NULL: there are no
 * more. */
GInetAddress *gh_http_lookup_get (GhHttpLookup *lookup, guint index);

G_END_DECLS
