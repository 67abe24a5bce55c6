/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-channel.h"
#include "service/gh-forward.h"
#include "type/gh-behaviours.h"

/* Who may make one is decided with the other rights: gh_channel_may_create(). */

static gboolean
check_create (GhChange *change, GhFault *fault)
{
  const GhChildren *children = change->node.children;
  for (guint i = 0; children != NULL && i < children->n; i++)
    {
      GhNode node;
      if (children->items[i]->type->number == GH_TYPE_POLLING_CHANNEL
          && gh_view_node (&change->view, children->items[i], &node))
        return gh_fault_set (fault, GH_ERROR_CONFLICT, "ty: %s has a polling channel already, %s",
                             change->node.slot->name, node.slot->name);
    }
  return TRUE;
}

/* What waits in it ends with it; what waited for its owner elsewhere can go out now. */
static gboolean
after (const GhEffect *effect, GError **error)
{
  (void) error;
  if (effect->kind == GH_EFFECT_DELETED && effect->parent.slot != NULL)
    gh_channels_touch (effect->host, effect->parent.slot->id);
  else if (effect->kind == GH_EFFECT_CREATED)
    gh_forwards_retry (effect->host);
  return TRUE;
}

const GhBehaviour gh_behaviour_polling_channel = {
  .type = GH_TYPE_POLLING_CHANNEL,
  .listed = TRUE,
  .check_create = check_create,
  .after = after,
};
