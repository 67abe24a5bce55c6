/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "type/gh-type-rules.h"

#include <string.h>

#include "service/gh-service.h"

const GhValue *
gh_rule_merged (const GhChange *change, const char *short_name)
{
  const GhValue *value = gh_draft_get (change->draft, short_name);
  const gboolean update = change->type == change->node.slot->type
                          && change->identity.number == change->node.slot->number;
  if (value != NULL)
    return value->kind != GH_VALUE_NULL ? value : NULL;
  return update ? gh_resource_get (change->node.resource, short_name) : NULL;
}

const char *
gh_rule_merged_text (const GhChange *change, const char *short_name)
{
  const GhValue *value = gh_rule_merged (change, short_name);
  return value != NULL ? gh_value_text (value) : NULL;
}

gint64
gh_rule_merged_integer (const GhChange *change, const char *short_name, gint64 fallback)
{
  const GhValue *value = gh_rule_merged (change, short_name);
  return value != NULL && value->kind == GH_VALUE_INTEGER ? value->integer : fallback;
}

static gboolean
set (GhChange *change, const char *short_name, GhValue value, GhFault *fault)
{
  return gh_draft_set (change->draft, change->arena, short_name, value)
         || gh_fault_set (fault, GH_ERROR_TOO_LARGE, "the request does not fit into its memory");
}

gboolean
gh_rule_set_text (GhChange *change, const char *short_name, const char *text, GhFault *fault)
{
  return set (change, short_name, gh_value_string (text, strlen (text)), fault);
}

gboolean
gh_rule_set_integer (GhChange *change, const char *short_name, gint64 value, GhFault *fault)
{
  return set (change, short_name, gh_value_integer (value), fault);
}

gboolean
gh_rule_only_on_in_cse (const GhChange *change, GhFault *fault)
{
  const GhService *service = change->host;
  return service->options.cse_type == 1
         || gh_fault_set (fault, GH_ERROR_NOT_ALLOWED, "ty: a %s exists on an IN-CSE only",
                          change->type->long_name);
}
