/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "type/gh-behaviours.h"
#include "type/gh-type-bounds.h"

/* What else an instance means, counting and evicting, is the writer's work for every kind of
 * instances (core/write/gh-instances.c). */
static gboolean
check_create (GhChange *change, GhFault *fault)
{
  return gh_type_check_bounds (change, fault);
}

const GhBehaviour gh_behaviour_content_instance = {
  .type = GH_TYPE_CONTENT_INSTANCE,
  .check_create = check_create,
};
