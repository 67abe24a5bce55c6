/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "type/gh-behaviours.h"
#include "type/gh-missing-data.h"
#include "type/gh-type-bounds.h"
#include "write/gh-effect.h"

/* TS-0004 7.4.39.2.1: one instance a dataGenerationTime */
static gboolean
check_create (GhChange *change, GhFault *fault)
{
  const GhValue *content = gh_draft_get (change->draft, "con");
  g_autoptr (GError) error = NULL;
  guint64 number;

  if (!gh_type_check_bounds (change, fault))
    return FALSE;
  if (content->kind == GH_VALUE_OBJECT || content->kind == GH_VALUE_LIST)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "con: expected a string, a number or a truth value (TS-0004 7.4.39)");
  if (!gh_moment_parse (gh_draft_get (change->draft, "dgt"), &change->moment, fault))
    return FALSE;
  change->has_moment = TRUE;
  if (!gh_effect_find_moment (change->writer, &change->node, change->moment, change->moment,
                              &number, &error))
    {
      gh_fault_from_error (fault, error);
      return FALSE;
    }
  return number == 0
         || gh_fault_set (fault, GH_ERROR_CONFLICT,
                          "dgt: %s already has an instance of this dataGenerationTime",
                          change->node.slot->name);
}

const GhBehaviour gh_behaviour_time_series_instance = {
  .type = GH_TYPE_TIME_SERIES_INSTANCE,
  .check_create = check_create,
};
