/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-coap-message.h"

#include "security/gh-datagram.h"

G_BEGIN_DECLS

#define GH_COAP_MAX_URL 4096 /* octets; longer ones are refused */

/** GhCoapTarget: where a request of ours goes. */
typedef struct {
  char *host;      /* without brackets */
  char *authority; /* "host:port" */
  guint16 port;
  gboolean secure, stream;
  char **segments, **parameters; /* of path and query, decoded; NULL */
  char *to;                      /* behind that path or in its place; NULL */
} GhCoapTarget;

/**
 * gh_coap_target_parse:
 * @to: (nullable): becomes the path when @url has none: a point of access names the next hop only.
 * One that begins with '/' is for the CSE there and follows the path of @url
 * Returns: FALSE with @reason, static. Pure, any thread.
 */
gboolean gh_coap_target_parse (GhCoapTarget *target, const char *url, const char *to,
                               const char **reason) G_GNUC_WARN_UNUSED_RESULT;
void gh_coap_target_clear (GhCoapTarget *target);
/** gh_coap_target_add: Uri-Host, Uri-Path and Uri-Query; borrowed by @message. */
gboolean gh_coap_target_add (const GhCoapTarget *target, GhCoapMessage *message);
/** gh_coap_target_is_literal: the host is an address; @out is filled. */
gboolean gh_coap_target_is_literal (const GhCoapTarget *target, GhPeer *out);
/** gh_coap_target_resolve: asks the system's resolver; blocks. */
gboolean gh_coap_target_resolve (const GhCoapTarget *target, GhPeer *out);

G_END_DECLS
