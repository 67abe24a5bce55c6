/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tree/gh-overlay.h"

#include <string.h>

struct _GhOverlay {
  GhTree *tree;
  GPtrArray *entries; /* GhOverlayEntry, in the order of their first touch */
  GPtrArray *created; /* those of new slots; a batch is short, so they are searched one by one */
  GPtrArray *touched; /* see gh_overlay_each_touched() */
  GHashTable *by_slot;
};

GhOverlay *
gh_overlay_new (GhTree *tree)
{
  GhOverlay *overlay = g_new0 (GhOverlay, 1);
  overlay->tree = tree;
  overlay->entries = g_ptr_array_new ();
  overlay->created = g_ptr_array_new ();
  overlay->touched = g_ptr_array_new ();
  overlay->by_slot = g_hash_table_new (NULL, NULL);
  return overlay;
}

void
gh_overlay_free (GhOverlay *overlay)
{
  gh_overlay_drop (overlay);
  g_ptr_array_unref (overlay->entries);
  g_ptr_array_unref (overlay->created);
  g_ptr_array_unref (overlay->touched);
  g_hash_table_unref (overlay->by_slot);
  g_free (overlay);
}

static void
mark_touched (GhOverlay *overlay, GhOverlayEntry *entry)
{
  if (entry->touched)
    return;
  entry->touched = TRUE;
  g_ptr_array_add (overlay->touched, entry);
}

static GhOverlayEntry *
entry_add (GhOverlay *overlay, GhSlot *slot)
{
  GhOverlayEntry *entry = g_new0 (GhOverlayEntry, 1);
  entry->slot = slot;
  g_ptr_array_add (overlay->entries, entry);
  g_hash_table_insert (overlay->by_slot, slot, entry);
  mark_touched (overlay, entry);
  return entry;
}

GhOverlayEntry *
gh_overlay_touch (GhOverlay *overlay, const GhNode *node)
{
  GhOverlayEntry *entry = g_hash_table_lookup (overlay->by_slot, node->slot);
  if (entry != NULL)
    {
      mark_touched (overlay, entry);
      return entry;
    }
  entry = entry_add (overlay, node->slot);
  entry->resource = gh_resource_ref (node->resource);
  entry->compiled = gh_compiled_ref (node->compiled);
  entry->subscriptions = gh_members_ref (node->subscriptions);
  entry->children = gh_children_ref ((GhChildren *) node->children);
  entry->counters = *node->counters;
  return entry;
}

GhOverlayEntry *
gh_overlay_create (GhOverlay *overlay, GhSlot *parent, GhResource *resource, GhCompiled *compiled)
{
  GhOverlayEntry *entry = entry_add (overlay, gh_slot_new (overlay->tree, parent, resource));
  entry->created = TRUE;
  entry->resource_changed = TRUE;
  entry->resource = resource;
  entry->compiled = compiled;
  g_ptr_array_add (overlay->created, entry);
  return entry;
}

void
gh_overlay_set_resource (GhOverlayEntry *entry, GhResource *resource, GhCompiled *compiled)
{
  g_clear_pointer (&entry->resource, gh_resource_unref);
  gh_compiled_unref (entry->compiled);
  entry->resource = resource;
  entry->compiled = compiled;
  entry->resource_changed = TRUE;
}

void
gh_overlay_set_compiled (GhOverlayEntry *entry, GhCompiled *compiled)
{
  gh_compiled_unref (entry->compiled);
  entry->compiled = compiled;
  entry->compiled_changed = TRUE;
}

void
gh_overlay_set_subscriptions (GhOverlayEntry *entry, GhMembers *members)
{
  gh_members_unref (entry->subscriptions);
  entry->subscriptions = members;
}

void
gh_overlay_set_children (GhOverlayEntry *entry, GhChildren *children)
{
  gh_children_unref (entry->children);
  entry->children = children;
}

void
gh_overlay_end (GhOverlayEntry *entry)
{
  entry->ended = TRUE;
  entry->resource_changed = TRUE;
}

void
gh_overlay_each_touched (GhOverlay *overlay,
                         void (*func) (GhOverlayEntry *entry, gpointer user_data),
                         gpointer user_data)
{
  for (guint i = 0; i < overlay->touched->len; i++)
    {
      GhOverlayEntry *entry = overlay->touched->pdata[i];
      entry->touched = FALSE;
      func (entry, user_data);
    }
  g_ptr_array_set_size (overlay->touched, 0);
}

const GhOverlayEntry *
gh_overlay_lookup (const GhOverlay *overlay, const GhSlot *slot)
{
  return g_hash_table_lookup (overlay->by_slot, slot);
}

const GhOverlayEntry *
gh_overlay_lookup_id (const GhOverlay *overlay, const char *id)
{
  for (guint i = overlay->created->len; i > 0; i--)
    {
      const GhOverlayEntry *entry = overlay->created->pdata[i - 1];
      if (!entry->ended && strcmp (entry->slot->id, id) == 0)
        return entry;
    }
  return NULL;
}

const GhOverlayEntry *
gh_overlay_lookup_child (const GhOverlay *overlay, const GhSlot *parent, const char *name)
{
  for (guint i = overlay->created->len; i > 0; i--)
    {
      const GhOverlayEntry *entry = overlay->created->pdata[i - 1];
      if (!entry->ended && entry->slot->parent == parent && strcmp (entry->slot->name, name) == 0)
        return entry;
    }
  return NULL;
}

guint
gh_overlay_n_entries (const GhOverlay *overlay)
{
  return overlay->entries->len;
}

GhOverlayEntry *
gh_overlay_entry (const GhOverlay *overlay, guint index)
{
  return overlay->entries->pdata[index];
}

static void
entry_clear (GhOverlayEntry *entry)
{
  g_clear_pointer (&entry->resource, gh_resource_unref);
  gh_compiled_unref (entry->compiled);
  gh_members_unref (entry->subscriptions);
  gh_children_unref (entry->children);
  g_free (entry);
}

static void
overlay_empty (GhOverlay *overlay)
{
  g_ptr_array_set_size (overlay->entries, 0);
  g_ptr_array_set_size (overlay->created, 0);
  g_ptr_array_set_size (overlay->touched, 0);
  g_hash_table_remove_all (overlay->by_slot);
}

static void
entry_stage (GhOverlay *overlay, GhOverlayEntry *entry, guint64 sequence)
{
  GhVersion *version = gh_version_new (overlay->tree, sequence);
  version->counters = entry->counters;
  if (!entry->ended)
    {
      version->resource = g_steal_pointer (&entry->resource);
      version->compiled = g_steal_pointer (&entry->compiled);
      version->subscriptions = g_steal_pointer (&entry->subscriptions);
      version->children = g_steal_pointer (&entry->children);
    }
  /* the version first, so that a slot is never found without one by a reader of this sequence */
  gh_tree_stage (overlay->tree, entry->slot, version);
  if (entry->created)
    gh_tree_insert (overlay->tree, entry->slot);
}

void
gh_overlay_publish (GhOverlay *overlay, guint64 sequence)
{
  for (guint i = 0; i < overlay->entries->len; i++)
    {
      GhOverlayEntry *entry = overlay->entries->pdata[i];
      entry_stage (overlay, entry, sequence);
      entry_clear (entry);
    }
  overlay_empty (overlay);
  gh_tree_publish (overlay->tree, sequence);
}

void
gh_overlay_drop (GhOverlay *overlay)
{
  for (guint i = 0; i < overlay->entries->len; i++)
    {
      GhOverlayEntry *entry = overlay->entries->pdata[i];
      if (entry->created)
        gh_slot_free_unpublished (entry->slot);
      entry_clear (entry);
    }
  overlay_empty (overlay);
}
