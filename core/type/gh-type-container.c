/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "type/gh-behaviours.h"

/* TS-0001 9.6.6: what nobody could retrieve is not there when retrieval is allowed again. */
static gboolean
forgets_instances (const GhResource *before, const GhResource *now)
{
  return gh_resource_get_boolean (before, "disr", FALSE)
         && !gh_resource_get_boolean (now, "disr", FALSE);
}

const GhBehaviour gh_behaviour_container = {
  .type = GH_TYPE_CONTAINER,
  .forgets_instances = forgets_instances,
};
