/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store/gh-store.h"
#include "tree/gh-tree.h"

G_BEGIN_DECLS

/**
 * GhInstance:
 * One instance as it is kept between the store and the readers: its row with the representation.
 * Immutable. A reader that keeps it beyond its read section takes a reference.
 */
typedef struct {
  gint ref_count;
  gint type;
  guint64 number, parent, size;
  gint64 creation_us, expiration_us;
  const char *name; /* the resource name */
  const char *owner;
  GhBuffer *body;
  char texts[];
} GhInstance;

/** gh_instance_new: from a row; the body is copied unless @body is given (a reference is taken).
 * (transfer full) */
GhInstance *gh_instance_new (const GhStoreRow *row, GhBuffer *body);
GhInstance *gh_instance_ref (GhInstance *instance);
void gh_instance_unref (GhInstance *instance);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GhInstance, gh_instance_unref)

/** gh_instance_type: with the rows of its specialisation, where there is one. */
const GhType *gh_instance_type (const GhInstance *instance);

/* Identifiers of instances carry their number, so that they need no index: "cin." and the number in
 * base 36. Specialisations have the prefix of their base, so that the identifier of what holds an
 * instance follows from its number and the type of the instance. */
#define GH_INSTANCE_ID_SIZE 24
void gh_instance_id_format (const GhType *type, guint64 number, char out[GH_INSTANCE_ID_SIZE]);
/** gh_instance_holder_id: the identifier of resource @number, which holds instances of @type. */
void gh_instance_holder_id (const GhType *type, guint64 number, char out[GH_INSTANCE_ID_SIZE]);
/** gh_instance_id_parse: FALSE when @id has not this form. */
gboolean gh_instance_id_parse (const char *id, const GhType **out_type, guint64 *out_number);

/**
 * GhInstanceCache:
 * Instances by number, bounded in octets; the least recently used go (a second chance each).
 * Look-ups take no lock and happen in a read section; insertion is by the writer and by workers.
 */
typedef struct _GhInstanceCache GhInstanceCache;

GhInstanceCache *gh_instance_cache_new (gsize limit_bytes);
void gh_instance_cache_free (GhInstanceCache *cache);
/** gh_instance_cache_lookup: valid until the read section ends; NULL: not cached. */
GhInstance *gh_instance_cache_lookup (GhInstanceCache *cache, guint64 number);
/** gh_instance_cache_insert: @instance (transfer none); does nothing when it is there or the cache
 * is off. Any thread, in or out of a read section. */
void gh_instance_cache_insert (GhInstanceCache *cache, GhInstance *instance);
/** gh_instance_cache_insert_read: of what was read in a view of @sequence, only while that is the
 * published one. The writer removes what a batch ended after it has published it, so nothing that
 * has ended stays. */
void gh_instance_cache_insert_read (GhInstanceCache *cache, GhInstance *instance, GhTree *tree,
                                    guint64 sequence);
void gh_instance_cache_remove (GhInstanceCache *cache, guint64 number);
gsize gh_instance_cache_bytes (GhInstanceCache *cache);

G_END_DECLS
