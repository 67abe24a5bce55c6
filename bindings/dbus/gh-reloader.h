/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-cse.h"
#include "gh-daemon-options.h"

G_BEGIN_DECLS

/**
 * GhReloader:
 * What SIGHUP and the bus ask for: the configuration is read again, what of it can change while the
 * daemon runs takes effect, and everything that the CSE has read from files is read again.
 */
typedef struct _GhReloader GhReloader;

/** gh_reloader_new: @options must outlive it, and are no longer changed. */
GhReloader *gh_reloader_new (GhCse *cse, const GhDaemonOptions *options);
void gh_reloader_free (GhReloader *reloader);

/**
 * gh_reloader_run: one at a time; the service manager is told of its begin and its end. Blocks. Any
 * thread; of a CSE that runs.
 * @out_now: (out) (transfer full): keys that have changed since they were read last, and count from
 * now on: "[quota] requests"
 * @out_restart: (out) (transfer full): keys that have changed, but count from the next start on:
 * "[http] listen"
 * Returns: FALSE with GH_ERROR_CONFIG: something could not be read, and is as it was
 */
gboolean gh_reloader_run (GhReloader *reloader, GStrv *out_now, GStrv *out_restart, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
