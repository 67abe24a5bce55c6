/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "write/gh-behaviour.h"

G_BEGIN_DECLS

/**
 * gh_exec_check_cancel:
 * @node: an execInstance
 * @must: refuse (6028) when nothing is left of it to be cancelled
 * Refuses (6029) what cannot be cancelled while it is under way, and says so in its execStatus.
 * Writer's thread.
 */
gboolean gh_exec_check_cancel (const GhChange *change, const GhNode *node, gboolean must,
                               GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
