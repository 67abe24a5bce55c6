/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-coap-endpoint.h"

G_BEGIN_DECLS

/** GhCoapServer: the listeners of [coap]. */
typedef struct _GhCoapServer GhCoapServer;

/** gh_coap_settings_read: what [coap] says, of @n_threads that share its bounds. */
void gh_coap_settings_read (const GhTransportHost *host, guint n_threads, GhCoapSettings *out);

/** gh_coap_server_context: of coaps, or of coaps+tcp (@stream), as [coap] says. Returns: NULL with
 * @error */
GhTlsContext *gh_coap_server_context (const GhTransportHost *host, GhTlsRole role, gboolean stream,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** gh_coap_server_check: see GhTransportOps. */
gboolean gh_coap_server_check (const GhTransportHost *host, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
GhCoapServer *gh_coap_server_new (const GhTransportHost *host);
gboolean gh_coap_server_start (GhCoapServer *server, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gh_coap_server_stop (GhCoapServer *server);
/** gh_coap_server_release: after stop; see GhTransportOps. */
void gh_coap_server_release (GhCoapServer *server);
/** gh_coap_server_close_association: any thread, between start and free. */
void gh_coap_server_close_association (GhCoapServer *server, guint64 id);
void gh_coap_server_free (GhCoapServer *server);

G_END_DECLS
