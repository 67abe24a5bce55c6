/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ghctl-command.h"

G_BEGIN_DECLS

/** ghctl_explain_run: the command `ghctl explain ORIGINATOR OPERATION TARGET`, also of another
 * group. Its options begin with a gboolean that wants JSON. */
gboolean ghctl_explain_run (GhctlRun *run, GError **error);

G_END_DECLS
