/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-config.h"
#include "gh-cse.h"

G_BEGIN_DECLS

/* How often a transport may be started in one run: what sent through it before stays until the CSE
 * stops. */
#define GH_CSE_MAX_STARTS 64

/**
 * gh_cse_stop_plugin:
 * @name: of a plugin that carries requests or proves identities; a store is in use as long as the
 * CSE runs
 * A transport closes its listeners; what has been asked for is answered, for GH_TRANSPORT_DRAIN_US
 * at most; the associations that peers have begun end; then its ports are free. What this CSE sends
 * is still sent. What proves identities is not asked any more: handshakes by what it alone judges
 * fail, and associations that rest on it end. Of a CSE that runs; blocks; one call of these
 * functions at a time. Returns: FALSE with GH_ERROR_NOT_FOUND, GH_ERROR_CONFLICT (it has been
 * stopped) or GH_ERROR_BAD_REQUEST (it cannot be)
 */
gboolean gh_cse_stop_plugin (GhCse *cse, const char *name, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/**
 * gh_cse_start_plugin: what was stopped, with the configuration as it is now. FALSE with the reason
 * when it was not stopped, was started too often, cannot listen because somebody else has its port,
 * or does not take its configuration.
 */
gboolean gh_cse_start_plugin (GhCse *cse, const char *name, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/**
 * gh_cse_load_plugin: one more, from the folders of [plugins] path, by the checks of the start; see
 * gh_plugin_manager_load(). Until the CSE stops. A listener that was opened before takes what a new
 * plugin proves by pre-shared keys or raw public keys only after it was stopped and started.
 */
gboolean gh_cse_load_plugin (GhCse *cse, const char *name, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_cse_dup_plugin_config: what plugins are started with. (transfer full) Any thread. */
GhConfig *gh_cse_dup_plugin_config (GhCse *cse);

G_END_DECLS
