/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Readers are inline, and then twice as fast. liburcu misaligns its own reader record, which the
 * sanitizer would report in our code: in those builds they stay in the library. */
#ifndef GH_SANITIZED
#define _LGPL_SOURCE 1
#endif
#include <urcu-bp.h>
#include <urcu/rculfhash.h>

#include "model/gh-resource.h"

G_BEGIN_DECLS

/*
 * The published tree (design section 3). A slot stands for one structural resource and points to
 * its newest immutable version; a version carries the sequence of its batch and its predecessor.
 * The writer stages the versions of a batch, then stores the published sequence once. A reader
 * takes that sequence when it begins and uses of every slot the newest version not above it: a
 * batch is seen whole or not at all.
 *
 * One writer thread. Readers: any thread, between gh_view_begin() and gh_view_end(), in which
 * nothing may block.
 */

typedef struct _GhTree GhTree;
typedef struct _GhSlot GhSlot;
typedef struct _GhOverlay GhOverlay;

/**
 * GhCompiled: what a type's behaviour makes of a resource once (a policy, a subscription, parsed
 * addresses). Immutable; the first member of the behaviour's own struct.
 */
typedef struct _GhCompiled GhCompiled;
struct _GhCompiled {
  gint ref_count;
  void (*free) (GhCompiled *compiled);
};

GhCompiled *gh_compiled_ref (GhCompiled *compiled);
void gh_compiled_unref (GhCompiled *compiled);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GhCompiled, gh_compiled_unref)

/** GhMembers: an immutable list of compiled resources (the subscriptions of one resource), copied
 * when it changes. */
typedef struct {
  gint ref_count;
  guint n;
  struct {
    guint64 number;
    GhCompiled *compiled;
  } items[];
} GhMembers;

GhMembers *gh_members_ref (GhMembers *members);
void gh_members_unref (GhMembers *members);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GhMembers, gh_members_unref)
/** gh_members_with / gh_members_without: a changed copy; @members may be NULL, and NULL is the
 * empty list. (transfer full) */
GhMembers *gh_members_with (const GhMembers *members, guint64 number, GhCompiled *compiled);
GhMembers *gh_members_without (const GhMembers *members, guint64 number);

/**
 * GhChildren: an immutable list of children, in the order of their creation, copied when it
 * changes: those whose behaviour wants to find them again below their parent without the store
 * (GhBehaviour.listed). A slot in it lives as long as the view that gave the list.
 */
typedef struct {
  gint ref_count;
  guint n;
  GhSlot *items[];
} GhChildren;

GhChildren *gh_children_ref (GhChildren *children);
void gh_children_unref (GhChildren *children);
/** gh_children_with / gh_children_without: a changed copy; NULL is the empty list. (transfer full)
 */
GhChildren *gh_children_with (const GhChildren *children, GhSlot *slot);
GhChildren *gh_children_without (const GhChildren *children, const GhSlot *slot);

typedef struct _GhVersion GhVersion;
struct _GhVersion {
  struct rcu_head rcu;
  GhTree *tree;
  guint64 sequence;
  GhVersion *older;
  GhResource *resource;     /* NULL: the resource has ended */
  GhCompiled *compiled;     /* by the type's behaviour; may be NULL */
  GhMembers *subscriptions; /* of this resource; NULL: none */
  GhChildren *children;     /* those that are listed; NULL: none */
  GhCounters counters;
  GhBuffer *rendered; /* the default representation; attached once, by compare-and-swap */
};

struct _GhSlot {
  struct cds_lfht_node by_id, by_name;
  struct rcu_head rcu;
  GhTree *tree;
  GhSlot *parent; /* NULL: the CSEBase */
  GhVersion *newest;
  guint64 number;
  const GhType *type;
  const char *name;
  char id[];
};

/** GhView: a moment of the tree. @overlay: the changes of a batch under way (the writer only), else
 * NULL. */
typedef struct {
  GhTree *tree;
  guint64 sequence;
  const GhOverlay *overlay;
} GhView;

/** GhNode: a resource as one view sees it; pointers are valid as long as the view. slot NULL: there
 * is none. */
typedef struct {
  GhSlot *slot;
  const GhVersion *version; /* NULL while the resource is only in the overlay */
  GhResource *resource;
  GhCompiled *compiled;
  GhMembers *subscriptions;
  const GhChildren *children; /* those that are listed; NULL: none */
  const GhCounters *counters;
} GhNode;

/** gh_node_changed_since: the resource, or what the tree keeps with it, changed in the batch
 * @sequence or a later one; that of the view may be under way. */
static inline gboolean
gh_node_changed_since (const GhNode *node, guint64 sequence)
{
  return node->version == NULL || node->version->sequence >= sequence;
}

/** gh_tree_new: @rendered_limit: octets of default representations that stay attached to their
 * resources. */
GhTree *gh_tree_new (gsize rendered_limit);
/** gh_tree_free: no reader or writer may be left; waits for what was retired. */
void gh_tree_free (GhTree *tree);

/** gh_view_begin: opens a read section on the calling thread; must not block until gh_view_end().
 */
GhView gh_view_begin (GhTree *tree);
void gh_view_end (const GhView *view);
/** gh_tree_sequence: of the last published batch. Any thread. */
guint64 gh_tree_sequence (GhTree *tree);

/** gh_view_find: the resource with unstructured identifier @id; FALSE when the view has none. */
gboolean gh_view_find (const GhView *view, const char *id, GhNode *out);
/** gh_view_child: the child of @parent called @name. */
gboolean gh_view_child (const GhView *view, GhSlot *parent, const char *name, GhNode *out);
/** gh_view_node: what the view sees of @slot itself, whether or not its ancestors still exist. */
gboolean gh_view_node (const GhView *view, GhSlot *slot, GhNode *out);
/** gh_view_each: every resource of the type @number that the view sees, in no order; looks at all
 * slots. @func must not block. FALSE from it ends the walk. */
void gh_view_each (const GhView *view, gint number,
                   gboolean (*func) (const GhNode *node, gpointer user_data), gpointer user_data);
/** gh_view_visible: @slot and all its ancestors exist in the view. */
gboolean gh_view_visible (const GhView *view, GhSlot *slot);
/** gh_node_rendered: the default representation, made and attached at the first call. (transfer
 * full) */
GhBuffer *gh_node_rendered (const GhNode *node);

/* Writer only */

/** gh_slot_new: not yet in the tree. */
GhSlot *gh_slot_new (GhTree *tree, GhSlot *parent, const GhResource *resource);
void gh_slot_free_unpublished (GhSlot *slot);
/** gh_tree_insert: makes the slot findable; without a version it is invisible to every reader. */
void gh_tree_insert (GhTree *tree, GhSlot *slot);
/** gh_tree_stage: @version (transfer full) becomes the newest of @slot, for readers of its sequence
 * or later. */
void gh_tree_stage (GhTree *tree, GhSlot *slot, GhVersion *version);
GhVersion *gh_version_new (GhTree *tree, guint64 sequence);
/** gh_tree_publish: readers that begin from now on see the batch; retires what it replaced. */
void gh_tree_publish (GhTree *tree, guint64 sequence);
/** gh_tree_remove: takes an ended slot, whose children are gone, out of the tables; freed after the
 * readers of now. */
void gh_tree_remove (GhTree *tree, GhSlot *slot);
/** gh_tree_mark_grace: gh_tree_graced() reaches the published sequence when the readers of now are
 * gone. */
void gh_tree_mark_grace (GhTree *tree);
/** gh_tree_graced: no reader's view is older than this sequence, so that a slot which ended with it
 * may be removed: an older view could still look it up. */
guint64 gh_tree_graced (GhTree *tree);
/** gh_tree_lookup_slot: by identifier whether or not it is visible; NULL: none. */
GhSlot *gh_tree_lookup_slot (GhTree *tree, const char *id);
/** gh_tree_next_slot: another slot of the same identifier; NULL: no more. */
GhSlot *gh_tree_next_slot (GhTree *tree, GhSlot *slot);
/** gh_tree_throttle: waits for readers, only when more than the limit of octets is retired and not
 * yet reclaimed. */
void gh_tree_throttle (GhTree *tree);
/** gh_tree_count_slots / gh_tree_retired_bytes: for status. Any thread. */
guint64 gh_tree_count_slots (GhTree *tree);
gint64 gh_tree_retired_bytes (GhTree *tree);
/** gh_tree_rendered_bytes: of the representations that are attached. Any thread. */
gint64 gh_tree_rendered_bytes (GhTree *tree);

/**
 * GhReaderGate:
 * The sequences of readers that are longer than one read section (a discovery in slices). The
 * writer purges an ended row only when no registered reader is older. gh_gate_enter returns the
 * place to leave, or -1 when all are taken.
 */
#define GH_GATE_PLACES 64
int gh_gate_enter (GhTree *tree, guint64 *out_sequence);
void gh_gate_leave (GhTree *tree, int place);
/** gh_gate_oldest: the lowest sequence in use; G_MAXUINT64 when nobody is in. Writer. */
guint64 gh_gate_oldest (GhTree *tree);

G_END_DECLS
