/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-facts.h"

#include <string.h>

/* groups within groups */
#define MAX_DEPTH 8

typedef struct {
  const GhService *service;
  const GhView *view;
  const GhOriginator *originator;
  guint64 before;
  guint left; /* members that may still be looked at */
} Search;

static gboolean
counts (const Search *search, const GhNode *node)
{
  return search->before == GH_PAST_NOW || !gh_node_changed_since (node, search->before);
}

static gboolean group_has (Search *search, const char *address, guint depth);

/* The AE or CSE that a member stands for: by its identifier, or by the address of its resource. */
static gboolean
is_originator (Search *search, const char *member)
{
  GhNode node;
  if (gh_originator_is (search->originator, member, &search->service->home))
    return TRUE;
  if (!gh_find_local (search->service, search->view, member, &node) || !counts (search, &node))
    return FALSE;
  if (node.slot->type->number == GH_TYPE_AE)
    return gh_originator_is (search->originator, node.slot->id, &search->service->home);
  if (node.slot->type->number != GH_TYPE_REMOTE_CSE)
    return FALSE;
  const char *cse = gh_resource_get_text (node.resource, "csi");
  return cse != NULL && gh_originator_is (search->originator, cse, &search->service->home);
}

static gboolean
member_is (Search *search, const char *member, guint depth)
{
  static const char point[] = "/fopt";
  char address[512];
  const gsize length = strlen (member), tail = sizeof point - 1;
  if (length <= tail || strcmp (member + length - tail, point) != 0)
    return is_originator (search, member);
  if (length - tail >= sizeof address)
    return FALSE;
  memcpy (address, member, length - tail);
  address[length - tail] = '\0';
  return group_has (search, address, depth + 1);
}

static gboolean
group_has (Search *search, const char *address, guint depth)
{
  GhNode group;
  if (depth > MAX_DEPTH || !gh_find_local (search->service, search->view, address, &group)
      || group.slot->type->number != GH_TYPE_GROUP || !counts (search, &group)
      || group.resource->identity.expiration_us <= gh_clock_wall_us (search->service->clock))
    return FALSE;
  const GhValue *members = gh_resource_get (group.resource, "mid");
  for (guint i = 0; members != NULL && i < members->length && search->left > 0; i++)
    {
      search->left--;
      if (member_is (search, members->items[i].text, depth))
        return TRUE;
    }
  return FALSE;
}

gboolean
gh_fact_holds (const GhService *service, const GhView *view, const GhOriginator *originator,
               const GhFact *fact, guint64 before)
{
  Search search = { service, view, originator, before, GH_FACT_MAX_MEMBERS };
  return fact->kind == GH_FACT_GROUP_MEMBER && group_has (&search, fact->name, 0);
}
