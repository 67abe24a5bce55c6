/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-statistics.h"
#include "type/gh-behaviours.h"
#include "type/gh-type-rules.h"

#define STATUS_ACTIVE     1
#define MODEL_EVENT_BASED 1

/* TS-0001 9.6.25. That there is such an event is the originator's care (TS-0004 7.4.25.2.1): it may
 * also be configured later. */
static gboolean
check (GhChange *change, GhFault *fault)
{
  return gh_rule_merged_integer (change, "sm", MODEL_EVENT_BASED) != MODEL_EVENT_BASED
         || gh_rule_merged (change, "evi") != NULL
         || gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "evi: needed with an event based statModel");
}

static gboolean
check_create (GhChange *change, GhFault *fault)
{
  const GhService *service = change->host;
  const char *id = gh_arena_printf (change->arena, "/%s/%s", service->options.cse_id,
                                    change->identity.resource_id);
  if (id == NULL)
    return gh_fault_set (fault, GH_ERROR_TOO_LARGE, "the request does not fit into its memory");
  return gh_rule_only_on_in_cse (change, fault) && check (change, fault)
         && gh_rule_set_text (change, "sci", id, fault);
}

static gboolean
compile (gpointer host, const GhResource *resource, GhCompiled **out, GhFault *fault)
{
  if (gh_resource_get_integer (resource, "srs", 0) != STATUS_ACTIVE)
    return TRUE;
  *out = gh_statistics_compile (host, resource, fault);
  return *out != NULL;
}

const GhBehaviour gh_behaviour_stats_collect = {
  .type = GH_TYPE_STATS_COLLECT,
  .listed = TRUE,
  .check_create = check_create,
  .check_update = check,
  .compile = compile,
};
