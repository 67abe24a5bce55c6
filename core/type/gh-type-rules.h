/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "write/gh-behaviour.h"

G_BEGIN_DECLS

/* What several behaviours ask of a change. On the writer's thread. */

/** gh_rule_merged: @short_name as it will be: of the draft, else of the resource that is updated.
 * NULL: absent. */
const GhValue *gh_rule_merged (const GhChange *change, const char *short_name);
const char *gh_rule_merged_text (const GhChange *change, const char *short_name);
gint64 gh_rule_merged_integer (const GhChange *change, const char *short_name, gint64 fallback);

/** gh_rule_set_text, gh_rule_set_integer: into the draft. FALSE with @fault: it is full. */
gboolean gh_rule_set_text (GhChange *change, const char *short_name, const char *text,
                           GhFault *fault);
gboolean gh_rule_set_integer (GhChange *change, const char *short_name, gint64 value,
                              GhFault *fault);

/** gh_rule_only_on_in_cse: the type does not exist on other CSEs. FALSE with @fault (4005). */
gboolean gh_rule_only_on_in_cse (const GhChange *change, GhFault *fault);

G_END_DECLS
