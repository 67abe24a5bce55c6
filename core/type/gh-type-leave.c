/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "type/gh-type-leave.h"

#include "service/gh-service.h"
#include "write/gh-effect.h"

gboolean
gh_leave_notification_targets (GhChange *change, GhFault *fault, GError **error)
{
  const GhService *service = change->host;
  const GhIntent *intent = change->intent;
  const GhValue *targets = gh_resource_get (change->node.resource, "nu");
  const guint n = targets != NULL ? targets->length : 0;
  GhValue *left = gh_arena_new_array (change->arena, GhValue, n + 1);
  GhDraft draft = { .type = change->type };
  guint n_left = 0;

  for (guint i = 0; left != NULL && i < n; i++)
    if (!gh_originator_is (&intent->facts.originator, targets->items[i].text, &service->home))
      left[n_left++] = targets->items[i];
  if (left != NULL && n_left == n)
    return gh_fault_set (fault, GH_ERROR_NO_PRIVILEGE, "From: no longer a notification target");
  if (n_left == 0 && left != NULL)
    return gh_effect_delete (change->writer, &change->node, intent->originator, error);
  const GhValue list = { .kind = GH_VALUE_LIST, .length = n_left, .items = left };
  if (left == NULL || !gh_draft_set (&draft, change->arena, "nu", list))
    return gh_fault_set (fault, GH_ERROR_TOO_LARGE, "the request does not fit into its memory");
  return gh_effect_update (change->writer, &change->node, &draft, intent->originator, error);
}
