/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "type/gh-behaviours.h"
#include "type/gh-type-rules.h"

/* TS-0001 9.6.23 */
static gboolean
check_create (GhChange *change, GhFault *fault)
{
  return gh_rule_only_on_in_cse (change, fault);
}

const GhBehaviour gh_behaviour_stats_config = {
  .type = GH_TYPE_STATS_CONFIG,
  .check_create = check_create,
};
