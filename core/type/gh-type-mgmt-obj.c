/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "service/gh-job.h"
#include "service/gh-management.h"
#include "service/gh-own-node.h"
#include "type/gh-behaviours.h"

/* m2m:mgmtDefinition (TS-0004 6.3.4.2.13) of those that are linked to */
enum {
  CMDH_POLICY = 1011,
  CMDH_DEFAULTS = 1013,
  CMDH_DEF_EC_VALUE = 1014,
  CMDH_EC_DEF_PARAMS = 1015,
  CMDH_LIMITS = 1016,
  CMDH_NETWORK_RULES = 1017,
  CMDH_NW_RULE = 1018,
  CMDH_BUFFER = 1019
};

/* Attributes of which one request sets one only (annex D.3.2.2, D.9.2.2, D.10.2.2, D.11.2.2), and
 * whose value is always true where that is said. */
static const struct {
  const char *root_name, *one, *other;
  gboolean always_true;
} opposites[] = {
  { "m2m:swr", "in", "un", FALSE },  { "m2m:swr", "act", "dea", FALSE },
  { "m2m:dvc", "ena", "dis", TRUE }, { "m2m:rbo", "rbo", "far", TRUE },
  { "m2m:evl", "lga", "lgo", TRUE },
};

/* What the mgmtLink of a CMDH resource points to (annex D.12), and how often. */
static const struct {
  const char *root_name;
  gint definition;
  guint least, most;
} links[] = {
  { "m2m:cmp", CMDH_DEFAULTS, 1, 1 },
  { "m2m:cmp", CMDH_LIMITS, 1, G_MAXUINT },
  { "m2m:cmp", CMDH_NETWORK_RULES, 1, G_MAXUINT },
  { "m2m:cmp", CMDH_BUFFER, 1, G_MAXUINT },
  { "m2m:cmdf", CMDH_DEF_EC_VALUE, 1, G_MAXUINT },
  { "m2m:cmdf", CMDH_EC_DEF_PARAMS, 1, G_MAXUINT },
  { "m2m:cmnr", CMDH_NW_RULE, 0, G_MAXUINT },
};

static gboolean
is_true (const GhDraft *draft, const char *name)
{
  const GhValue *value = gh_draft_get (draft, name);
  return value != NULL && value->kind == GH_VALUE_BOOLEAN && value->boolean;
}

static gboolean
is_false (const GhDraft *draft, const char *name)
{
  const GhValue *value = gh_draft_get (draft, name);
  return value != NULL && value->kind == GH_VALUE_BOOLEAN && !value->boolean;
}

static gboolean
check_opposites (const GhDraft *draft, GhFault *fault)
{
  for (guint i = 0; i < G_N_ELEMENTS (opposites); i++)
    {
      const char *one = opposites[i].one, *other = opposites[i].other;
      if (strcmp (draft->type->root_name, opposites[i].root_name) != 0)
        continue;
      if (is_true (draft, one) && is_true (draft, other))
        return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%s: not together with %s", other, one);
      if (opposites[i].always_true && (is_false (draft, one) || is_false (draft, other)))
        return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%s: is always true (%s)",
                             is_false (draft, one) ? one : other, draft->type->clause);
    }
  return TRUE;
}

static guint
count_links (const GhValue *list, gint definition)
{
  guint n = 0;
  for (guint i = 0; i < list->length; i++)
    {
      const GhValue *type = gh_value_member (&list->items[i], "typ");
      n += type != NULL && type->integer == definition;
    }
  return n;
}

static gboolean
check_links (const GhDraft *draft, GhFault *fault)
{
  const gboolean has = gh_type_attribute (draft->type, "cmlk") != NULL;
  const GhValue *list = has ? gh_draft_get (draft, "cmlk") : NULL;
  guint known = 0;
  gboolean ruled = FALSE;
  if (list == NULL || list->kind != GH_VALUE_LIST)
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (links); i++)
    {
      if (strcmp (draft->type->root_name, links[i].root_name) != 0)
        continue;
      const guint n = count_links (list, links[i].definition);
      ruled = TRUE;
      known += n;
      if (n < links[i].least || n > links[i].most)
        return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                             "cmlk: %u links to a resource of mgmtDefinition %d, expected %s", n,
                             links[i].definition, links[i].most == 1 ? "one" : "at least one");
    }
  return !ruled || known == list->length
         || gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                          "cmlk: a %s does not link to resources of that kind",
                          draft->type->long_name);
}

/* An active policy is a policy, and of the same node (annex D.12.2). */
static gboolean
check_active_policy (const GhChange *change, const GhSlot *node, GhFault *fault)
{
  const gboolean has = gh_type_attribute (change->type, "acmlk") != NULL;
  const char *link = has ? gh_value_text (gh_draft_get (change->draft, "acmlk")) : NULL;
  GhNode policy;
  if (link == NULL)
    return TRUE;
  /* one that is not there yet may come */
  if (!gh_find_local (change->host, &change->view, link, &policy)
      || (strcmp (policy.slot->type->root_name, "m2m:cmp") == 0 && policy.slot->parent == node))
    return TRUE;
  return gh_fault_set (fault, GH_ERROR_CONTENTS, "acmlk: %.80s is no cmdhPolicy of this node",
                       link);
}

/* Starting and stopping the log is all of it that is ours to do for every node: its status says so.
 */
static gboolean
switch_log (GhChange *change, GhFault *fault)
{
  enum { STARTED = 1, STOPPED = 2 };
  if (strcmp (change->type->root_name, "m2m:evl") != 0)
    return TRUE;
  const gboolean start = is_true (change->draft, "lga"), stop = is_true (change->draft, "lgo");
  if (!start && !stop)
    return TRUE;
  return gh_draft_set (change->draft, change->arena, "lgst",
                       gh_value_integer (start ? STARTED : STOPPED))
         || gh_fault_set (fault, GH_ERROR_TOO_LARGE, "the request does not fit into its memory");
}

static gboolean
check_create (GhChange *change, GhFault *fault)
{
  return check_opposites (change->draft, fault) && check_links (change->draft, fault)
         && check_active_policy (change, change->node.slot, fault) && switch_log (change, fault);
}

static gboolean
check_update (GhChange *change, GhFault *fault)
{
  const GhSlot *node = change->node.slot->parent;
  return check_opposites (change->draft, fault) && check_links (change->draft, fault)
         && check_active_policy (change, node, fault) && switch_log (change, fault)
         && (!gh_own_node_is (change->host, &change->view, node)
             || gh_management_check_update (change, fault));
}

const GhBehaviour gh_behaviour_mgmt_obj = {
  .type = GH_TYPE_MGMT_OBJ,
  .check_create = check_create,
  .check_update = check_update,
};
