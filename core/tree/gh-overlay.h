/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tree/gh-tree.h"

G_BEGIN_DECLS

/**
 * GhOverlay:
 * The changes of one batch on top of the published tree, seen by the later requests of the same
 * batch through a GhView whose overlay it is. Writer thread only. Dropped whole, or turned into
 * versions and published.
 */

typedef struct {
  GhSlot *slot;
  gboolean created; /* the slot is new in this batch */
  gboolean ended;
  gboolean touched; /* since the last gh_overlay_each_touched() */
  gboolean resource_changed, counters_changed, compiled_changed;
  GhResource *resource; /* NULL when ended */
  GhCompiled *compiled;
  GhMembers *subscriptions;
  GhChildren *children;
  GhCounters counters;
} GhOverlayEntry;

GhOverlay *gh_overlay_new (GhTree *tree);
void gh_overlay_free (GhOverlay *overlay);

/** gh_overlay_touch: the entry of an existing slot, copied from the tree at the first touch. */
GhOverlayEntry *gh_overlay_touch (GhOverlay *overlay, const GhNode *node);
/** gh_overlay_create: a new resource below @parent (NULL: the CSEBase itself). @resource,
 * @compiled: transfer full. */
GhOverlayEntry *gh_overlay_create (GhOverlay *overlay, GhSlot *parent, GhResource *resource,
                                   GhCompiled *compiled);
/** gh_overlay_set_resource: replaces the resource of an entry; both transfer full. */
void gh_overlay_set_resource (GhOverlayEntry *entry, GhResource *resource, GhCompiled *compiled);
/** gh_overlay_set_compiled: of the same resource; transfer full. */
void gh_overlay_set_compiled (GhOverlayEntry *entry, GhCompiled *compiled);
void gh_overlay_set_subscriptions (GhOverlayEntry *entry, GhMembers *members /* transfer full */);
/** gh_overlay_set_children: @children is transfer full. */
void gh_overlay_set_children (GhOverlayEntry *entry, GhChildren *children);
void gh_overlay_end (GhOverlayEntry *entry);

/** gh_overlay_each_touched: the entries that were handed out since the last time, each once. */
void gh_overlay_each_touched (GhOverlay *overlay,
                              void (*func) (GhOverlayEntry *entry, gpointer user_data),
                              gpointer user_data);

const GhOverlayEntry *gh_overlay_lookup (const GhOverlay *overlay, const GhSlot *slot);
const GhOverlayEntry *gh_overlay_lookup_id (const GhOverlay *overlay, const char *id);
const GhOverlayEntry *gh_overlay_lookup_child (const GhOverlay *overlay, const GhSlot *parent,
                                               const char *name);
guint gh_overlay_n_entries (const GhOverlay *overlay);
GhOverlayEntry *gh_overlay_entry (const GhOverlay *overlay, guint index);

/** gh_overlay_publish: stages a version a changed entry and publishes @sequence. The overlay is
 * empty afterwards. */
void gh_overlay_publish (GhOverlay *overlay, guint64 sequence);
/** gh_overlay_drop: forgets everything; new slots are freed. */
void gh_overlay_drop (GhOverlay *overlay);

G_END_DECLS
