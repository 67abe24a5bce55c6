/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tree/gh-tree.h"

GhChildren *
gh_children_ref (GhChildren *children)
{
  if (children != NULL)
    g_atomic_int_inc (&children->ref_count);
  return children;
}

void
gh_children_unref (GhChildren *children)
{
  if (children != NULL && g_atomic_int_dec_and_test (&children->ref_count))
    g_free (children);
}

static GhChildren *
children_copy (const GhChildren *children, const GhSlot *without, guint room)
{
  const guint n = children != NULL ? children->n : 0;
  GhChildren *copy = g_malloc (sizeof *copy + (n + room) * sizeof copy->items[0]);
  copy->ref_count = 1;
  copy->n = 0;
  for (guint i = 0; i < n; i++)
    if (children->items[i] != without)
      copy->items[copy->n++] = children->items[i];
  return copy;
}

GhChildren *
gh_children_with (const GhChildren *children, GhSlot *slot)
{
  GhChildren *copy = children_copy (children, slot, 1);
  copy->items[copy->n++] = slot;
  return copy;
}

GhChildren *
gh_children_without (const GhChildren *children, const GhSlot *slot)
{
  GhChildren *copy = children_copy (children, slot, 0);
  if (copy->n > 0)
    return copy;
  gh_children_unref (copy);
  return NULL;
}
