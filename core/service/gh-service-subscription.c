/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-service-subscription.h"

#include <string.h>

#include "access/gh-pattern.h"
#include "service/gh-job.h"

/* Goes on while it returns TRUE. */
typedef gboolean (*RuleFunc) (const GhResource *rule, gpointer user_data);

typedef struct {
  const GhService *service;
  const GhView *view;
  const GhSubscriptionQuestion *question;
  RuleFunc func;
  gpointer user_data;
  gboolean has_node; /* of this CSE */
} Walk;

static gboolean
is_in_force (const Walk *walk, const GhNode *node, gint type)
{
  return node->slot->type->number == type
         && node->resource->identity.expiration_us > gh_clock_wall_us (walk->service->clock);
}

static gboolean
walk_links (const Walk *walk, const GhResource *subscribed_node)
{
  const GhValue *links = gh_resource_get (subscribed_node, "rlk");
  for (guint i = 0; links != NULL && i < links->length; i++)
    {
      GhNode rule;
      if (!gh_find_local (walk->service, walk->view, links->items[i].text, &rule)
          || !is_in_force (walk, &rule, GH_TYPE_SERVICE_SUBSCRIBED_APP_RULE))
        continue;
      if (!walk->func (rule.resource, walk->user_data))
        return FALSE;
    }
  return TRUE;
}

static gboolean
walk_profile (Walk *walk, const GhNode *profile)
{
  for (guint i = 0; profile->children != NULL && i < profile->children->n; i++)
    {
      GhNode node;
      if (!gh_view_node (walk->view, profile->children->items[i], &node)
          || !is_in_force (walk, &node, GH_TYPE_SERVICE_SUBSCRIBED_NODE))
        continue;
      const char *cse_id = gh_resource_get_text (node.resource, "csi");
      if (cse_id == NULL
          || !gh_originator_same (cse_id, walk->question->cse_id, &walk->service->home))
        continue;
      walk->has_node = TRUE;
      if (!walk_links (walk, node.resource))
        return FALSE;
    }
  return TRUE;
}

static void
walk_rules (Walk *walk)
{
  GhNode root, profile;
  if (!gh_view_find (walk->view, walk->service->root_id, &root))
    return;
  for (guint i = 0; root.children != NULL && i < root.children->n; i++)
    if (gh_view_node (walk->view, root.children->items[i], &profile)
        && is_in_force (walk, &profile, GH_TYPE_SERVICE_SUBSCRIPTION_PROFILE)
        && !walk_profile (walk, &profile))
      return;
}

static gboolean
lists (const GhResource *rule, const char *name, const char *text)
{
  const GhValue *patterns = gh_resource_get (rule, name);
  for (guint i = 0; patterns != NULL && i < patterns->length; i++)
    if (gh_glob_matches (patterns->items[i].text, text))
      return TRUE;
  return FALSE;
}

static gboolean
is_for_credential (const GhResource *rule, const char *credential_id)
{
  if (credential_id == NULL)
    return gh_resource_get (rule, "apci") == NULL;
  return lists (rule, "apci", credential_id);
}

static gboolean
asks_for_stem (const char *stem)
{
  return stem == NULL || *stem == '\0' || strcmp (stem, "C") == 0 || strcmp (stem, "S") == 0;
}

/* A pattern that can give stems of the kind asked for (@kind 0: any). */
static gboolean
gives_kind (const char *pattern, char kind)
{
  return *pattern == '*' || kind == '\0' || *pattern == kind;
}

typedef struct {
  const GhSubscriptionQuestion *question;
  const char *pattern; /* what allows it; NULL: nothing yet */
} Search;

static const char *
find_pattern (const Search *search, const GhResource *rule)
{
  const char *asked = search->question->stem;
  const GhValue *patterns = gh_resource_get (rule, "aae");
  for (guint i = 0; patterns != NULL && i < patterns->length; i++)
    {
      const char *pattern = patterns->items[i].text;
      if (asks_for_stem (asked) ? gives_kind (pattern, asked != NULL ? *asked : '\0')
                                : gh_glob_matches (pattern, asked))
        return pattern;
    }
  return NULL;
}

static gboolean
search_rule (const GhResource *rule, gpointer user_data)
{
  Search *search = user_data;
  if (is_for_credential (rule, search->question->credential_id)
      && lists (rule, "aai", search->question->app_id))
    search->pattern = find_pattern (search, rule);
  return search->pattern == NULL;
}

gboolean
gh_service_subscription_decide (const GhService *service, const GhView *view,
                                const GhSubscriptionQuestion *question, const char **out_pattern,
                                GhFault *fault)
{
  Search search = { .question = question };
  Walk walk = { .service = service,
                .view = view,
                .question = question,
                .func = search_rule,
                .user_data = &search };
  walk_rules (&walk);
  if (!walk.has_node)
    return gh_fault_set (fault, GH_ERROR_NO_SUBSCRIPTION,
                         "no service subscription has a node with the CSE-ID %s", question->cse_id);
  if (search.pattern == NULL)
    return gh_fault_set (fault, GH_ERROR_APP_RULE,
                         "no rule of the service subscription allows %s as %s with this credential",
                         question->app_id,
                         asks_for_stem (question->stem) ? "any AE" : question->stem);
  if (out_pattern != NULL)
    *out_pattern = search.pattern;
  return TRUE;
}

typedef struct {
  const GhSubscriptionQuestion *question;
  const char *role_id;
  gboolean allowed;
} RoleSearch;

static gboolean
search_role (const GhResource *rule, gpointer user_data)
{
  RoleSearch *search = user_data;
  search->allowed = is_for_credential (rule, search->question->credential_id)
                    && lists (rule, "ari", search->role_id);
  return !search->allowed;
}

gboolean
gh_service_subscription_allows_role (const GhService *service, const GhView *view,
                                     const GhSubscriptionQuestion *question, const char *role_id)
{
  RoleSearch search = { .question = question, .role_id = role_id };
  Walk walk = { .service = service,
                .view = view,
                .question = question,
                .func = search_role,
                .user_data = &search };
  walk_rules (&walk);
  return search.allowed;
}
