/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-cse.h"

G_BEGIN_DECLS

/**
 * gh_cse_pass_socket:
 * @scheme: of the listener that is to take it: "https", "coaps", "coaps+tcp"
 * @fd: a bound socket, listening when it is one of TCP; taken over, also on failure
 * A listener that somebody else has opened, such as the service manager; before start.
 * Returns: %FALSE with GH_ERROR_CONFIG when it is no socket for that
 */
gboolean gh_cse_pass_socket (GhCse *cse, const char *scheme, int fd, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
