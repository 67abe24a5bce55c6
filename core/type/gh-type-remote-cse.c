/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "service/gh-binding.h"
#include "service/gh-channel.h"
#include "service/gh-forward.h"
#include "service/gh-identity.h"
#include "service/gh-registrar.h"
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
check_description (GhChange *change, GhFault *fault)
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

/* Whose branch @cse_id is in already, other than that of the registree @own; NULL: nobody's. */
static const char *
branch_of (const GhChange *change, const GhNode *root, const char *cse_id, const char *own)
{
  const GhHome *home = &((const GhService *) change->host)->home;
  for (guint i = 0; root->children != NULL && i < root->children->n; i++)
    {
      GhNode node;
      if (!gh_view_node (&change->view, root->children->items[i], &node)
          || node.slot->type->number != GH_TYPE_REMOTE_CSE)
        continue;
      const char *other = gh_resource_get_text (node.resource, "csi");
      const GhValue *below = gh_resource_get (node.resource, "dcse");
      if (other == NULL || (own != NULL && gh_originator_same (other, own, home)))
        continue;
      if (gh_originator_same (other, cse_id, home))
        return other;
      for (guint j = 0; below != NULL && j < below->length; j++)
        if (gh_originator_same (gh_value_text (&below->items[j]), cse_id, home))
          return other;
    }
  return NULL;
}

/* A registree names who is below it, and by that who it speaks for: not this CSE, nor one that
 * somebody else has. */
static gboolean
check_descendants (const GhChange *change, const GhNode *root, const char *own, GhFault *fault)
{
  const GhService *service = change->host;
  const GhValue *list = gh_draft_get (change->draft, "dcse");
  g_autofree char *here = g_strconcat ("/", service->options.cse_id, NULL);
  for (guint i = 0; list != NULL && list->kind == GH_VALUE_LIST && i < list->length; i++)
    {
      const char *cse_id = gh_value_text (&list->items[i]);
      if (cse_id == NULL || *cse_id != '/' || !gh_originator_is_well_formed (cse_id))
        return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                             "dcse: entry %u is not a CSE-ID, \"/cse\" or \"//domain/cse\"", i + 1);
      if (gh_originator_same (cse_id, here, &service->home))
        return gh_fault_set (fault, GH_ERROR_CONTENTS, "dcse: %s is this CSE", cse_id);
      const char *other = branch_of (change, root, cse_id, own);
      if (other != NULL)
        return gh_fault_set (fault, GH_ERROR_CONTENTS, "dcse: %s is in the branch of %s", cse_id,
                             other);
    }
  return TRUE;
}

/* What registers as itself is its owner's from then on. */
static gboolean
reserve (const GhChange *change, GhFault *fault)
{
  const GhIntent *intent = change->intent;
  return intent->facts.originator.ae_id != NULL || intent->originator == NULL
         || gh_reserve_identity (change->host, intent->principal, intent->originator, fault);
}

static gboolean
check_registration (GhChange *change, GhFault *fault)
{
  const GhService *service = change->host;
  if (service->options.cse_type == 3)
    return gh_fault_set (fault, GH_ERROR_NOT_ALLOWED, "ty: nobody registers with an ASN-CSE");
  return check_description (change, fault)
         && check_descendants (change, &change->node,
                               gh_value_text (gh_draft_get (change->draft, "csi")), fault)
         && reserve (change, fault);
}

static gboolean
check_update (GhChange *change, GhFault *fault)
{
  GhNode root;
  const GhService *service = change->host;
  return !gh_view_find (&change->view, service->root_id, &root)
         || check_descendants (change, &root, gh_resource_get_text (change->node.resource, "csi"),
                               fault);
}

/* The registrar is told who came and went; what waited for one of them goes out (10.2.2.9). */
static gboolean
after (const GhEffect *effect, GError **error)
{
  GhService *service = effect->host;
  (void) error;
  gh_forwards_retry (service);
  if (service->registrar != NULL)
    gh_registrar_wake (service->registrar);
  if (effect->kind == GH_EFFECT_CREATED)
    gh_bindings_keep (effect->host, effect->originator);
  else if (effect->kind == GH_EFFECT_DELETED)
    gh_channels_touch (effect->host, effect->node.slot->id);
  return TRUE;
}

const GhBehaviour gh_behaviour_remote_cse = {
  .type = GH_TYPE_REMOTE_CSE,
  .listed = TRUE,
  .check_create = check_registration,
  .check_update = check_update,
  .after = after,
};
