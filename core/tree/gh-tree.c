/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tree/gh-tree.h"

#include <string.h>

#include "base/gh-hash.h"
#include "tree/gh-overlay.h"

/* What may wait for a grace period before the writer waits for the readers instead. */
#define RETIRED_LIMIT (64 * 1024 * 1024)

struct _GhTree {
  struct cds_lfht *by_id, *by_name;
  guint64 published;
  gint64 retired_bytes;
  gint64 n_slots;
  gint64 rendered_bytes, rendered_limit;
  GPtrArray *replaced_list;
  guint64 graced;
  guint64 gate[GH_GATE_PLACES];
};

typedef struct {
  const GhSlot *parent;
  const char *name;
} NameKey;

static unsigned long
hash_id (const char *id)
{
  return (unsigned long) gh_hash_text (id);
}

static unsigned long
hash_name (const GhSlot *parent, const char *name)
{
  return hash_id (name)
         ^ (unsigned long) (parent->number * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15));
}

static int
match_id (struct cds_lfht_node *node, const void *key)
{
  return strcmp (caa_container_of (node, GhSlot, by_id)->id, key) == 0;
}

static int
match_name (struct cds_lfht_node *node, const void *key)
{
  const GhSlot *slot = caa_container_of (node, GhSlot, by_name);
  const NameKey *wanted = key;
  return slot->parent == wanted->parent && strcmp (slot->name, wanted->name) == 0;
}

GhCompiled *
gh_compiled_ref (GhCompiled *compiled)
{
  if (compiled != NULL)
    g_atomic_int_inc (&compiled->ref_count);
  return compiled;
}

void
gh_compiled_unref (GhCompiled *compiled)
{
  if (compiled != NULL && g_atomic_int_dec_and_test (&compiled->ref_count))
    compiled->free (compiled);
}

GhMembers *
gh_members_ref (GhMembers *members)
{
  if (members != NULL)
    g_atomic_int_inc (&members->ref_count);
  return members;
}

void
gh_members_unref (GhMembers *members)
{
  if (members == NULL || !g_atomic_int_dec_and_test (&members->ref_count))
    return;
  for (guint i = 0; i < members->n; i++)
    gh_compiled_unref (members->items[i].compiled);
  g_free (members);
}

static GhMembers *
members_alloc (guint n)
{
  GhMembers *members = g_malloc (sizeof (GhMembers) + n * sizeof (members->items[0]));
  members->ref_count = 1;
  members->n = 0;
  return members;
}

static void
members_append (GhMembers *members, guint64 number, GhCompiled *compiled)
{
  members->items[members->n].number = number;
  members->items[members->n].compiled = gh_compiled_ref (compiled);
  members->n++;
}

GhMembers *
gh_members_with (const GhMembers *members, guint64 number, GhCompiled *compiled)
{
  guint n = members != NULL ? members->n : 0;
  GhMembers *copy = members_alloc (n + 1);
  gboolean placed = FALSE;
  for (guint i = 0; i < n; i++)
    {
      gboolean same = members->items[i].number == number;
      members_append (copy, members->items[i].number, same ? compiled : members->items[i].compiled);
      placed |= same;
    }
  if (!placed)
    members_append (copy, number, compiled);
  return copy;
}

GhMembers *
gh_members_without (const GhMembers *members, guint64 number)
{
  if (members == NULL)
    return NULL;
  GhMembers *copy = members_alloc (members->n);
  for (guint i = 0; i < members->n; i++)
    if (members->items[i].number != number)
      members_append (copy, members->items[i].number, members->items[i].compiled);
  if (copy->n > 0)
    return copy;
  gh_members_unref (copy);
  return NULL;
}

GhTree *
gh_tree_new (gsize rendered_limit)
{
  GhTree *tree = g_new0 (GhTree, 1);
  const int flags = CDS_LFHT_AUTO_RESIZE | CDS_LFHT_ACCOUNTING;
  tree->by_id = cds_lfht_new (1024, 1024, 0, flags, NULL);
  tree->by_name = cds_lfht_new (1024, 1024, 0, flags, NULL);
  tree->replaced_list = g_ptr_array_new ();
  tree->rendered_limit = (gint64) rendered_limit;
  return tree;
}

static void
version_destroy (GhVersion *version)
{
  g_clear_pointer (&version->resource, gh_resource_unref);
  if (version->rendered != NULL)
    __atomic_add_fetch (&version->tree->rendered_bytes, -(gint64) version->rendered->length,
                        __ATOMIC_RELAXED);
  g_clear_pointer (&version->rendered, gh_buffer_unref);
  gh_compiled_unref (version->compiled);
  gh_members_unref (version->subscriptions);
  gh_children_unref (version->children);
  g_free (version);
}

static gint64
version_cost (const GhVersion *version)
{
  gint64 cost = sizeof (GhVersion);
  if (version->rendered != NULL)
    cost += version->rendered->length;
  return cost;
}

static void
version_reclaim (struct rcu_head *head)
{
  GhVersion *version = caa_container_of (head, GhVersion, rcu);
  __atomic_add_fetch (&version->tree->retired_bytes, -version_cost (version), __ATOMIC_RELAXED);
  version_destroy (version);
}

static void
version_retire (GhTree *tree, GhVersion *version)
{
  __atomic_add_fetch (&tree->retired_bytes, version_cost (version), __ATOMIC_RELAXED);
  call_rcu (&version->rcu, version_reclaim);
}

static void
slot_reclaim (struct rcu_head *head)
{
  GhSlot *slot = caa_container_of (head, GhSlot, rcu);
  if (slot->newest != NULL)
    version_destroy (slot->newest);
  g_free (slot);
}

void
gh_tree_free (GhTree *tree)
{
  struct cds_lfht_iter iter;
  struct cds_lfht_node *node;

  rcu_barrier ();
  rcu_read_lock ();
  cds_lfht_for_each (tree->by_id, &iter, node)
  {
    GhSlot *slot = caa_container_of (node, GhSlot, by_id);
    cds_lfht_del (tree->by_id, &slot->by_id);
    cds_lfht_del (tree->by_name, &slot->by_name);
    call_rcu (&slot->rcu, slot_reclaim);
  }
  rcu_read_unlock ();
  rcu_barrier ();
  cds_lfht_destroy (tree->by_id, NULL);
  cds_lfht_destroy (tree->by_name, NULL);
  g_ptr_array_unref (tree->replaced_list);
  g_free (tree);
}

GhView
gh_view_begin (GhTree *tree)
{
  rcu_read_lock ();
  return (GhView){ .tree = tree, .sequence = __atomic_load_n (&tree->published, __ATOMIC_ACQUIRE) };
}

void
gh_view_end (const GhView *view)
{
  (void) view;
  rcu_read_unlock ();
}

guint64
gh_tree_sequence (GhTree *tree)
{
  return __atomic_load_n (&tree->published, __ATOMIC_ACQUIRE);
}

static const GhVersion *
slot_version (const GhSlot *slot, guint64 sequence)
{
  const GhVersion *version = rcu_dereference (slot->newest);
  while (version != NULL && version->sequence > sequence)
    version = rcu_dereference (version->older);
  return version;
}

static gboolean
node_from_entry (const GhOverlayEntry *entry, GhNode *out)
{
  if (entry->ended)
    return FALSE;
  *out = (GhNode){ .slot = entry->slot,
                   .resource = entry->resource,
                   .compiled = entry->compiled,
                   .subscriptions = entry->subscriptions,
                   .children = entry->children,
                   .counters = &entry->counters };
  return TRUE;
}

gboolean
gh_view_node (const GhView *view, GhSlot *slot, GhNode *out)
{
  if (view->overlay != NULL)
    {
      const GhOverlayEntry *entry = gh_overlay_lookup (view->overlay, slot);
      if (entry != NULL)
        return node_from_entry (entry, out);
    }
  const GhVersion *version = slot_version (slot, view->sequence);
  if (version == NULL || version->resource == NULL)
    return FALSE;
  *out = (GhNode){ .slot = slot,
                   .version = version,
                   .resource = version->resource,
                   .compiled = version->compiled,
                   .subscriptions = version->subscriptions,
                   .children = version->children,
                   .counters = &version->counters };
  return TRUE;
}

gboolean
gh_view_visible (const GhView *view, GhSlot *slot)
{
  GhNode node;
  for (; slot != NULL; slot = slot->parent)
    if (!gh_view_node (view, slot, &node))
      return FALSE;
  return TRUE;
}

gboolean
gh_view_find (const GhView *view, const char *id, GhNode *out)
{
  struct cds_lfht_iter iter;
  struct cds_lfht_node *node;

  if (view->overlay != NULL)
    {
      const GhOverlayEntry *entry = gh_overlay_lookup_id (view->overlay, id);
      if (entry != NULL)
        return node_from_entry (entry, out)
               && (entry->slot->parent == NULL || gh_view_visible (view, entry->slot->parent));
    }
  gboolean found = FALSE;
  /* the writer looks outside of a read section, and the table may be resized under it */
  rcu_read_lock ();
  cds_lfht_lookup (view->tree->by_id, hash_id (id), match_id, id, &iter);
  while (!found && (node = cds_lfht_iter_get_node (&iter)) != NULL)
    {
      GhSlot *slot = caa_container_of (node, GhSlot, by_id);
      found = gh_view_node (view, slot, out)
              && (slot->parent == NULL || gh_view_visible (view, slot->parent));
      cds_lfht_next_duplicate (view->tree->by_id, match_id, id, &iter);
    }
  rcu_read_unlock ();
  return found;
}

gboolean
gh_view_child (const GhView *view, GhSlot *parent, const char *name, GhNode *out)
{
  struct cds_lfht_iter iter;
  struct cds_lfht_node *node;
  const NameKey key = { parent, name };

  if (view->overlay != NULL)
    {
      const GhOverlayEntry *entry = gh_overlay_lookup_child (view->overlay, parent, name);
      if (entry != NULL)
        return node_from_entry (entry, out);
    }
  gboolean found = FALSE;
  rcu_read_lock ();
  cds_lfht_lookup (view->tree->by_name, hash_name (parent, name), match_name, &key,
                   &iter);
  while (!found && (node = cds_lfht_iter_get_node (&iter)) != NULL)
    {
      /* several slots share a name when one was deleted and made again */
      found = gh_view_node (view, caa_container_of (node, GhSlot, by_name), out);
      cds_lfht_next_duplicate (view->tree->by_name, match_name, &key, &iter);
    }
  rcu_read_unlock ();
  return found;
}

void
gh_view_each (const GhView *view, gint number,
              gboolean (*func) (const GhNode *node, gpointer user_data), gpointer user_data)
{
  struct cds_lfht_iter iter;
  struct cds_lfht_node *node;
  gboolean go_on = TRUE;

  rcu_read_lock ();
  for (cds_lfht_first (view->tree->by_id, &iter);
       go_on && (node = cds_lfht_iter_get_node (&iter)) != NULL;
       cds_lfht_next (view->tree->by_id, &iter))
    {
      GhSlot *slot = caa_container_of (node, GhSlot, by_id);
      GhNode found;

      if (slot->type->number == number && gh_view_node (view, slot, &found)
          && (slot->parent == NULL || gh_view_visible (view, slot->parent)))
        go_on = func (&found, user_data);
    }
  rcu_read_unlock ();
}

GhBuffer *
gh_node_rendered (const GhNode *node)
{
  const GhCounters *counters = node->counters->has_counters ? node->counters : NULL;
  if (node->version == NULL)
    return gh_render_resource (node->resource, counters);

  GhVersion *version = (GhVersion *) node->version;
  GhBuffer *rendered = __atomic_load_n (&version->rendered, __ATOMIC_ACQUIRE);
  if (rendered != NULL)
    return gh_buffer_ref (rendered);
  rendered = gh_render_resource (node->resource, counters);
  GhTree *tree = version->tree;
  if (__atomic_load_n (&tree->rendered_bytes, __ATOMIC_RELAXED) + (gint64) rendered->length
      > tree->rendered_limit)
    return rendered;
  GhBuffer *none = NULL;
  gh_buffer_ref (rendered);
  if (__atomic_compare_exchange_n (&version->rendered, &none, rendered, FALSE, __ATOMIC_ACQ_REL,
                                   __ATOMIC_ACQUIRE))
    __atomic_add_fetch (&tree->rendered_bytes, (gint64) rendered->length, __ATOMIC_RELAXED);
  else
    gh_buffer_unref (rendered);
  return rendered;
}

GhSlot *
gh_slot_new (GhTree *tree, GhSlot *parent, const GhResource *resource)
{
  const char *id = resource->identity.resource_id, *name = resource->identity.name;
  gsize id_size = strlen (id) + 1;
  gsize name_size = strcmp (id, name) == 0 ? 0 : strlen (name) + 1;
  GhSlot *slot = g_malloc (sizeof (GhSlot) + id_size + name_size);

  memset (slot, 0, sizeof *slot);
  slot->tree = tree;
  slot->parent = parent;
  slot->number = resource->identity.number;
  slot->type = resource->type;
  memcpy (slot->id, id, id_size);
  slot->name = slot->id;
  if (name_size > 0)
    slot->name = memcpy (slot->id + id_size, name, name_size);
  return slot;
}

void
gh_slot_free_unpublished (GhSlot *slot)
{
  g_free (slot);
}

static const GhSlot root_parent = { .number = 0 };

void
gh_tree_insert (GhTree *tree, GhSlot *slot)
{
  const GhSlot *parent = slot->parent != NULL ? slot->parent : &root_parent;
  rcu_read_lock ();
  cds_lfht_node_init (&slot->by_id);
  cds_lfht_node_init (&slot->by_name);
  cds_lfht_add (tree->by_id, hash_id (slot->id), &slot->by_id);
  cds_lfht_add (tree->by_name, hash_name (parent, slot->name), &slot->by_name);
  rcu_read_unlock ();
  __atomic_add_fetch (&tree->n_slots, 1, __ATOMIC_RELAXED);
}

GhVersion *
gh_version_new (GhTree *tree, guint64 sequence)
{
  GhVersion *version = g_new0 (GhVersion, 1);
  version->tree = tree;
  version->sequence = sequence;
  return version;
}

void
gh_tree_stage (GhTree *tree, GhSlot *slot, GhVersion *version)
{
  GhVersion *older = slot->newest;
  version->older = older;
  rcu_assign_pointer (slot->newest, version);
  if (older != NULL)
    g_ptr_array_add (tree->replaced_list, older);
}

void
gh_tree_publish (GhTree *tree, guint64 sequence)
{
  __atomic_store_n (&tree->published, sequence, __ATOMIC_RELEASE);
  /* A reader that can still want a replaced version began before this store, and call_rcu waits for
   * it. The pointer to it stays in its successor, and nobody follows it any more: every later
   * reader's sequence is not below the successor's. */
  for (guint i = 0; i < tree->replaced_list->len; i++)
    version_retire (tree, tree->replaced_list->pdata[i]);
  g_ptr_array_set_size (tree->replaced_list, 0);
}

typedef struct {
  struct rcu_head rcu;
  GhTree *tree;
  guint64 sequence;
} Grace;

static void
grace_over (struct rcu_head *head)
{
  Grace *grace = caa_container_of (head, Grace, rcu);
  /* callbacks come in the order of their calls */
  __atomic_store_n (&grace->tree->graced, grace->sequence, __ATOMIC_RELEASE);
  g_free (grace);
}

void
gh_tree_mark_grace (GhTree *tree)
{
  Grace *grace = g_new (Grace, 1);
  grace->tree = tree;
  grace->sequence = gh_tree_sequence (tree);
  call_rcu (&grace->rcu, grace_over);
}

guint64
gh_tree_graced (GhTree *tree)
{
  return __atomic_load_n (&tree->graced, __ATOMIC_ACQUIRE);
}

void
gh_tree_remove (GhTree *tree, GhSlot *slot)
{
  rcu_read_lock ();
  cds_lfht_del (tree->by_id, &slot->by_id);
  cds_lfht_del (tree->by_name, &slot->by_name);
  rcu_read_unlock ();
  __atomic_sub_fetch (&tree->n_slots, 1, __ATOMIC_RELAXED);
  call_rcu (&slot->rcu, slot_reclaim);
}

GhSlot *
gh_tree_lookup_slot (GhTree *tree, const char *id)
{
  struct cds_lfht_iter iter;
  rcu_read_lock ();
  cds_lfht_lookup (tree->by_id, hash_id (id), match_id, id, &iter);
  struct cds_lfht_node *node = cds_lfht_iter_get_node (&iter);
  rcu_read_unlock ();
  return node != NULL ? caa_container_of (node, GhSlot, by_id) : NULL;
}

GhSlot *
gh_tree_next_slot (GhTree *tree, GhSlot *slot)
{
  struct cds_lfht_iter iter;
  rcu_read_lock ();
  cds_lfht_lookup (tree->by_id, hash_id (slot->id), match_id, slot->id, &iter);
  struct cds_lfht_node *node = cds_lfht_iter_get_node (&iter);
  while (node != NULL && node != &slot->by_id)
    {
      cds_lfht_next_duplicate (tree->by_id, match_id, slot->id, &iter);
      node = cds_lfht_iter_get_node (&iter);
    }
  if (node != NULL)
    {
      cds_lfht_next_duplicate (tree->by_id, match_id, slot->id, &iter);
      node = cds_lfht_iter_get_node (&iter);
    }
  rcu_read_unlock ();
  return node != NULL ? caa_container_of (node, GhSlot, by_id) : NULL;
}

void
gh_tree_throttle (GhTree *tree)
{
  if (gh_tree_retired_bytes (tree) > RETIRED_LIMIT)
    rcu_barrier ();
}

gint64
gh_tree_rendered_bytes (GhTree *tree)
{
  return __atomic_load_n (&tree->rendered_bytes, __ATOMIC_RELAXED);
}

guint64
gh_tree_count_slots (GhTree *tree)
{
  return (guint64) __atomic_load_n (&tree->n_slots, __ATOMIC_RELAXED);
}

gint64
gh_tree_retired_bytes (GhTree *tree)
{
  return __atomic_load_n (&tree->retired_bytes, __ATOMIC_RELAXED);
}

int
gh_gate_enter (GhTree *tree, guint64 *out_sequence)
{
  for (int place = 0; place < GH_GATE_PLACES; place++)
    {
      guint64 none = 0, sequence = gh_tree_sequence (tree);
      /* 0 is "free", so sequences stand one higher */
      if (!__atomic_compare_exchange_n (&tree->gate[place], &none, sequence + 1, FALSE,
                                        __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
        continue;
      /* the writer may have looked before we stood there: take the sequence that was current
       * afterwards */
      for (guint64 now = gh_tree_sequence (tree); now != sequence; now = gh_tree_sequence (tree))
        {
          sequence = now;
          __atomic_store_n (&tree->gate[place], sequence + 1, __ATOMIC_SEQ_CST);
        }
      *out_sequence = sequence;
      return place;
    }
  return -1;
}

void
gh_gate_leave (GhTree *tree, int place)
{
  __atomic_store_n (&tree->gate[place], 0, __ATOMIC_RELEASE);
}

guint64
gh_gate_oldest (GhTree *tree)
{
  guint64 oldest = G_MAXUINT64;
  for (int place = 0; place < GH_GATE_PLACES; place++)
    {
      guint64 stands = __atomic_load_n (&tree->gate[place], __ATOMIC_SEQ_CST);
      if (stands != 0 && stands - 1 < oldest)
        oldest = stands - 1;
    }
  return oldest;
}
