/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-filter.h"
#include "service/gh-job.h"

#define BIT(rcn) (1u << GH_RCN_##rcn)
#define CHILDREN                                                                                   \
  (BIT (ATTRIBUTES_AND_CHILDREN) | BIT (ATTRIBUTES_AND_REFERENCES) | BIT (REFERENCES)              \
   | BIT (CHILDREN))

/* TS-0001 table 8.1.2-1; a NOTIFY has none (table 8.1.2-3). */
static const guint valid[] = {
  [GH_OPERATION_CREATE] = BIT (NOTHING) | BIT (ATTRIBUTES) | BIT (ADDRESS)
                          | BIT (ADDRESS_AND_ATTRIBUTES) | BIT (MODIFIED),
  [GH_OPERATION_RETRIEVE] = BIT (ATTRIBUTES) | CHILDREN | BIT (ORIGINAL) | BIT (SEMANTIC),
  [GH_OPERATION_UPDATE] = BIT (NOTHING) | BIT (ATTRIBUTES) | BIT (MODIFIED),
  [GH_OPERATION_DELETE] = BIT (NOTHING) | BIT (ATTRIBUTES) | CHILDREN,
  [GH_OPERATION_NOTIFY] = 0,
};

gboolean
gh_check_result_content (const GhRequest *request, GhFault *fault)
{
  const gint rcn = request->result_content;
  const gboolean discovery = gh_filter_is_discovery (request);
  const guint allowed = discovery ? BIT (REFERENCES) : valid[request->operation];
  if (rcn == GH_RCN_ABSENT)
    return TRUE;
  if ((allowed >> rcn & 1) == 0)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "rcn: %d is not valid for %s (TS-0001 table 8.1.2-1)", rcn,
                         discovery ? "discovery" : gh_operation_name (request->operation));
  return rcn != GH_RCN_SEMANTIC
         || gh_fault_set (fault, GH_ERROR_NOT_IMPLEMENTED,
                          "rcn: 10 is for semantic queries, which this CSE does not answer");
}
