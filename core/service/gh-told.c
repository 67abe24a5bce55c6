/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-told.h"

/* The mark is kept in the store: proof in the low octet, strength above it. */
#define PROOF_BITS 8
#define PROOF_MASK ((1u << PROOF_BITS) - 1)

static const GhValue *
attributes_of (const GhEventFacts *event)
{
  return &event->representation->members[0].value;
}

gboolean
gh_told_may_see (const GhService *service, const GhView *view, const GhRequestFacts *asking,
                 const GhNode *subject, const GhEventFacts *event)
{
  const GhType *type = gh_type_by_number (event->resource_type);
  const gboolean instance = type != NULL && type->instance;
  const gboolean of_child = event->type == GH_NET_CREATE_CHILD
                            || event->type == GH_NET_DELETE_CHILD;
  const char *id = gh_value_text (gh_value_member (attributes_of (event), "ri"));
  GhAccessQuestion question = { .node = subject,
                                .operation = GH_ACOP_RETRIEVE,
                                .instance_type = instance ? type->number : 0 };
  GhNode child;
  if (!of_child || instance)
    return gh_authorize_quietly (service, view, asking, &question);
  if (id != NULL && gh_view_find (view, id, &child))
    {
      question.node = &child;
      return gh_authorize_quietly (service, view, asking, &question);
    }
  const GhPastAccess gone = { .acpi = gh_value_member (attributes_of (event), "acpi"),
                              .owner = event->owner,
                              .type = event->resource_type,
                              .moment_us = asking->wall_us,
                              .before = GH_PAST_NOW };
  return gh_authorize_past (service, view, asking, &gone);
}

guint64
gh_told_mark (const GhRequestFacts *facts)
{
  return (guint64) facts->strength << PROOF_BITS | facts->proof;
}

guint64
gh_told_mark_of (const GhView *view, const GhSubscriptionResource *resource)
{
  GhNode node;
  /* of one that has ended it is not known any more */
  return gh_view_find (view, resource->id, &node) ? node.counters->state_tag : 0;
}

gboolean
gh_told_asking (const GhService *service, const GhView *view,
                const GhSubscriptionResource *resource, GhArena *arena, GhRequestFacts *out)
{
  GhFault fault = { 0 };
  const guint64 mark = gh_told_mark_of (view, resource);
  *out = (GhRequestFacts){ .proof = (GhProof) (mark & PROOF_MASK),
                           .strength = (guint) (mark >> PROOF_BITS),
                           .wall_us = gh_clock_wall_us (service->clock) };
  return gh_originator_parse (resource->owner, &service->home, arena, &out->originator, &fault);
}

gboolean
gh_told_of_end (gpointer data, const GhView *view, const GhCompiled *subscription,
                const GhNode *node)
{
  const GhService *service = data;
  const GhSubscriptionResource *resource = (const GhSubscriptionResource *) subscription;
  const GhAccessQuestion question = { .node = node, .operation = GH_ACOP_RETRIEVE };
  g_autoptr (GhArena) arena = gh_arena_new (GH_TOLD_ARENA);
  GhRequestFacts asking;
  return resource == NULL || resource->owner == NULL
         || (gh_told_asking (service, view, resource, arena, &asking)
             && gh_authorize_quietly (service, view, &asking, &question));
}
