/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-config.h"
#include "gh-cse.h"

G_BEGIN_DECLS

/** GhDaemonOptions: what the command line of gatehoused says. A zeroed struct is "nothing given".
 */
typedef struct {
  char *config_path;
  char *log_level;
  char **settings; /* GROUP.KEY=VALUE */
  gboolean development, session, system, no_bus, version, print_config, check_config;
  GhConfig *config; /* of gh_daemon_make_cse() */
} GhDaemonOptions;

void gh_daemon_options_clear (GhDaemonOptions *options);

/** gh_daemon_options_parse: Returns: %FALSE with a %G_OPTION_ERROR. */
gboolean gh_daemon_options_parse (GhDaemonOptions *options, int *argc, char ***argv, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_daemon_make_cse:
 * Reads the configuration that @options name, or else that of the system or of the user, and
 * overrides what they override, and sets the level of the log; @options keep it. Returns: (transfer
 * full): a CSE that is not started, or %NULL
 */
GhCse *gh_daemon_make_cse (GhDaemonOptions *options, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** gh_daemon_read_config: the configuration with what @options override, as it stands now. Returns:
 * (transfer full) */
GhConfig *gh_daemon_read_config (const GhDaemonOptions *options, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_daemon_print_config: every key with its default, as a file that can be used. */
void gh_daemon_print_config (void);

G_END_DECLS
