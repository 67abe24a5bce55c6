/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-cse.h"

G_BEGIN_DECLS

/* How often a transport may be started in one run: what sent through it before stays until the CSE
 * stops. */
#define GH_CSE_MAX_STARTS 64

/**
 * gh_cse_stop_plugin:
 * @name: of a plugin that is a transport, and nothing else
 * Closes its listeners; what has been asked for is answered, for GH_TRANSPORT_DRAIN_US at most;
 * ends the associations that peers have begun; then its ports are free. What this CSE sends is
 * still sent. A store or what proves identities is in use as long as the CSE runs. Of a CSE that
 * runs; blocks; one call at a time. Returns: FALSE with GH_ERROR_NOT_FOUND, GH_ERROR_CONFLICT (it
 * has been stopped) or GH_ERROR_BAD_REQUEST (it cannot be)
 */
gboolean gh_cse_stop_plugin (GhCse *cse, const char *name, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/**
 * gh_cse_start_plugin: listens again, where the configuration says. FALSE with the reason when it
 * was not stopped, was started too often, or cannot listen: somebody else has its port.
 */
gboolean gh_cse_start_plugin (GhCse *cse, const char *name, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
