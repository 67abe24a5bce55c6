/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "service/gh-service.h"
#include "type/gh-behaviours.h"

/* Nobody is registered twice (TS-0004 7.4.4.2.1). */
static gboolean
check_not_registered (const GhChange *change, GhFault *fault)
{
  const GhHome *home = &((const GhService *) change->host)->home;
  const char *cse_id = gh_value_text (gh_draft_get (change->draft, "csi"));
  for (guint i = 0; cse_id != NULL && change->node.children != NULL && i < change->node.children->n;
       i++)
    {
      GhNode node;
      if (!gh_view_node (&change->view, change->node.children->items[i], &node)
          || node.slot->type->number != GH_TYPE_REMOTE_CSE)
        continue;
      const char *other = gh_value_text (gh_resource_get (node.resource, "csi"));
      if (other != NULL && gh_originator_same (other, cse_id, home))
        return gh_fault_set (fault, GH_ERROR_REGISTERED, "csi: %s is already registered", cse_id);
    }
  return TRUE;
}

/* Who is proven to be a CSE need not say which. */
static gboolean
fill_in (GhChange *change, GhFault *fault)
{
  const GhOriginator *originator = &change->intent->facts.originator;
  const char *cse_id = change->intent->originator;
  return originator->ae_id != NULL || cse_id == NULL
         || gh_draft_set (change->draft, change->arena, "csi",
                          gh_value_string (cse_id, strlen (cse_id)))
         || gh_fault_set (fault, GH_ERROR_TOO_LARGE, "the request does not fit into its memory");
}

/* A CSE registers as itself. The administrator, who is an AE, may describe any. */
static gboolean
check_create (GhChange *change, GhFault *fault)
{
  const GhService *service = change->host;
  const GhOriginator *originator = &change->intent->facts.originator;
  const char *cse_id = gh_value_text (gh_draft_get (change->draft, "csi"));
  g_autofree char *own = g_strconcat ("/", service->options.cse_id, NULL);
  if (cse_id == NULL)
    return fill_in (change, fault) && check_not_registered (change, fault);
  if (*cse_id != '/')
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "csi: expected a CSE-ID, \"/cse\" or \"//domain/cse\"");
  if (originator->ae_id == NULL && !gh_originator_is (originator, cse_id, &service->home))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "csi: %s is not From of this registration",
                         cse_id);
  if (gh_originator_same (cse_id, own, &service->home))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "csi: %s is this CSE", cse_id);
  return check_not_registered (change, fault);
}

const GhBehaviour gh_behaviour_remote_cse = {
  .type = GH_TYPE_REMOTE_CSE,
  .listed = TRUE,
  .check_create = check_create,
};
