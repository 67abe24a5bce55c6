/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "type/gh-type-bounds.h"

gboolean
gh_type_check_bounds (const GhChange *change, GhFault *fault)
{
  const GhResource *parent = change->node.resource;
  const gint64 size = gh_draft_get (change->draft, "cs")->integer;
  const gint64 bytes = gh_resource_get_integer (parent, "mbs", G_MAXINT64);

  if (size > bytes)
    return gh_fault_set (fault, GH_ERROR_NOT_ACCEPTABLE,
                         "con: %" G_GINT64_FORMAT
                         " octets are more than the maxByteSize of the parent, %" G_GINT64_FORMAT,
                         size, bytes);
  return gh_resource_get_integer (parent, "mni", 1) > 0
         || gh_fault_set (fault, GH_ERROR_NOT_ACCEPTABLE,
                          "the parent's maxNrOfInstances is 0");
}
