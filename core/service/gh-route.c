/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-route.h"

#include <string.h>

/* Whether @text, "/cse" or "//domain/cse", is @cse_id of @sp_domain. */
static gboolean
names (const GhService *service, const char *text, const char *sp_domain, const char *cse_id)
{
  const char *domain = service->home.sp_domain;
  gsize length = strlen (domain);
  if (text == NULL || text[0] != '/')
    return FALSE;
  text++;
  if (text[0] == '/')
    {
      domain = ++text;
      length = strcspn (text, "/");
      text += length;
      if (*text++ == '\0')
        return FALSE;
    }
  return strlen (sp_domain) == length && memcmp (domain, sp_domain, length) == 0
         && strcmp (text, cse_id) == 0;
}

static gboolean
is_in_domain (const GhService *service, const char *text, const char *sp_domain)
{
  const gsize length = strlen (sp_domain);
  if (text == NULL || strncmp (text, "//", 2) != 0)
    return strcmp (sp_domain, service->home.sp_domain) == 0;
  return strncmp (text + 2, sp_domain, length) == 0 && text[2 + length] == '/';
}

static gboolean
lists (const GhService *service, const GhNode *node, const char *sp_domain, const char *cse_id)
{
  const GhValue *descendants = gh_resource_get (node->resource, "dcse");
  for (guint i = 0; descendants != NULL && i < descendants->length; i++)
    if (names (service, gh_value_text (&descendants->items[i]), sp_domain, cse_id))
      return TRUE;
  return FALSE;
}

gboolean
gh_route_is_registrar (const GhService *service, const char *cse_id)
{
  return service->options.registrar != NULL && cse_id != NULL
         && gh_originator_same (cse_id, service->options.registrar, &service->home);
}

/* The <remoteCSE> resources of a view, one by one. */
typedef struct {
  const GhService *service;
  const GhView *view;
  const GhChildren *children;
  guint next;
  gint64 now_us;
} Walk;

static gboolean
begin (Walk *walk, const GhService *service, const GhView *view)
{
  GhNode root;
  if (!gh_view_find (view, service->root_id, &root))
    return FALSE;
  *walk = (Walk){ .service = service,
                  .view = view,
                  .children = root.children,
                  .now_us = gh_clock_wall_us (service->clock) };
  return TRUE;
}

static gboolean
next (Walk *walk, GhRoute *out)
{
  while (walk->children != NULL && walk->next < walk->children->n)
    {
      GhSlot *slot = walk->children->items[walk->next++];
      if (slot->type->number != GH_TYPE_REMOTE_CSE || !gh_view_node (walk->view, slot, &out->node)
          || out->node.resource->identity.expiration_us <= walk->now_us)
        continue;
      out->cse_id = gh_resource_get_text (out->node.resource, "csi");
      out->registrar = gh_route_is_registrar (walk->service, out->cse_id);
      if (out->cse_id != NULL)
        return TRUE;
    }
  return FALSE;
}

gboolean
gh_route_find (const GhService *service, const GhView *view, const char *sp_domain,
               const char *cse_id, GhRoute *out)
{
  GhRoute route, above = { .cse_id = NULL }, below = { .cse_id = NULL };
  Walk walk;
  if (sp_domain == NULL)
    sp_domain = service->home.sp_domain;
  const gboolean foreign = strcmp (sp_domain, service->home.sp_domain) != 0;
  if (!begin (&walk, service, view))
    return FALSE;
  while (next (&walk, &route))
    {
      if (names (service, route.cse_id, sp_domain, cse_id))
        {
          *out = route;
          return TRUE;
        }
      if (route.registrar)
        above = route;
      else if (lists (service, &route.node, sp_domain, cse_id)
               || (foreign && service->options.cse_type == 1
                   && is_in_domain (service, route.cse_id, sp_domain)))
        below = route;
    }
  *out = below.cse_id != NULL ? below : above;
  return out->cse_id != NULL;
}

gboolean
gh_route_find_cse (const GhService *service, const GhView *view, const char *cse_id, GhNode *out)
{
  GhRoute route;
  Walk walk;
  if (!begin (&walk, service, view))
    return FALSE;
  while (next (&walk, &route))
    if (gh_originator_same (route.cse_id, cse_id, &service->home))
      {
        *out = route.node;
        return TRUE;
      }
  return FALSE;
}

gboolean
gh_route_is_branch (const GhService *service, const GhView *view, const char *registree,
                    const GhOriginator *originator)
{
  GhNode node;
  if (originator->cse_id == NULL)
    return FALSE;
  if (names (service, registree, originator->sp_domain, originator->cse_id))
    return TRUE;
  return gh_route_find_cse (service, view, registree, &node)
         && lists (service, &node, originator->sp_domain, originator->cse_id);
}
