/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-cse.h"

G_BEGIN_DECLS

/**
 * gh_passed_sockets_take:
 * Hands the sockets that the service manager has opened for this process (LISTEN_PID, LISTEN_FDS,
 * LISTEN_FDNAMES) to @cse, each to the listener that its name says, and takes the variables out of
 * the environment. Before start; once.
 * Returns: %FALSE with GH_ERROR_CONFIG: one of them is no socket for its listener
 */
gboolean gh_passed_sockets_take (GhCse *cse, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
