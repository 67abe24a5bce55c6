/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "service/gh-job.h"
#include "service/gh-own-node.h"
#include "type/gh-behaviours.h"

/* What a link names here has to be of the right type; what it names elsewhere is not known. */
static gboolean
check_link (const GhChange *change, const char *name, const char *link, const gint *types,
            GhFault *fault)
{
  GhNode node;
  if (gh_strip_home (change->host, link) == NULL)
    return TRUE;
  if (!gh_find_local (change->host, &change->view, link, &node))
    return gh_fault_set (fault, GH_ERROR_CONTENTS, "%s: there is no %.80s", name, link);
  for (; *types != 0; types++)
    if (node.slot->type->number == *types)
      return TRUE;
  return gh_fault_set (fault, GH_ERROR_CONTENTS, "%s: %.80s is a %s", name, link,
                       node.slot->type->long_name);
}

static gboolean
check_links (const GhChange *change, GhFault *fault)
{
  static const gint cses[] = { GH_TYPE_CSE_BASE, GH_TYPE_REMOTE_CSE, 0 };
  static const gint aes[] = { GH_TYPE_AE, 0 };
  const char *cse = gh_value_text (gh_draft_get (change->draft, "hcl"));
  const GhValue *list = gh_draft_get (change->draft, "hael");
  if (cse != NULL && !check_link (change, "hcl", cse, cses, fault))
    return FALSE;
  for (guint i = 0; list != NULL && list->kind == GH_VALUE_LIST && i < list->length; i++)
    if (!check_link (change, "hael", list->items[i].text, aes, fault))
      return FALSE;
  return TRUE;
}

static gboolean
check_create (GhChange *change, GhFault *fault)
{
  return check_links (change, fault);
}

/* The identifier of the machine is not for anybody to change. */
static gboolean
check_update (GhChange *change, GhFault *fault)
{
  if (gh_draft_get (change->draft, "ni") != NULL
      && gh_own_node_is (change->host, &change->view, change->node.slot))
    return gh_fault_set (fault, GH_ERROR_CONTENTS, "ni: this node is the machine of the CSE");
  return check_links (change, fault);
}

/* The machine is looked at again. */
static gint64
due (gpointer host, const GhNode *node, gint64 after_us)
{
  const GhService *service = host;
  const char *id = gh_resource_get_text (node->resource, "ni");
  if (service->options.describe_s == 0 || g_strcmp0 (id, service->node_id) != 0)
    return GH_NEVER_US;
  return after_us + (gint64) service->options.describe_s * G_USEC_PER_SEC;
}

static gboolean
tick (const GhEffect *effect, GError **error)
{
  (void) error;
  gh_own_node_refresh (effect->host);
  return TRUE;
}

const GhBehaviour gh_behaviour_node = {
  .type = GH_TYPE_NODE,
  .check_create = check_create,
  .check_update = check_update,
  .due = due,
  .tick = tick,
};
