/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ghctl-command.h"

G_BEGIN_DECLS

/** ghctl_explain_answer: what `ghctl explain ORIGINATOR OPERATION TARGET` does, with the arguments
 * of @run. @context: (nullable): a{sv}, what is known of the request; floating */
gboolean ghctl_explain_answer (GhctlRun *run, GVariant *context, GError **error);

G_END_DECLS
