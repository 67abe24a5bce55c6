/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-buffer.h"
#include "model/gh-attribute.h"
#include "primitive/gh-json-writer.h"

G_BEGIN_DECLS

typedef struct {
  const GhAttribute *attribute;
  GhValue value;
} GhAttributeValue;

/**
 * GhDraft:
 * What a create or update request says, validated against the table: in table order, nothing
 * computed yet. Lives in the request's arena, and points into the content it was made from. In an
 * update a value of kind GH_VALUE_NULL deletes the attribute; in a create only cr can be null, and
 * asks the CSE to fill it in.
 */
typedef struct {
  const GhType *type;
  GhAttributeValue *values;
  guint n_values;
} GhDraft;

/**
 * GhIdentity: what the hosting CSE gives a resource.
 */
typedef struct {
  guint64 number;            /* order of creation in this CSE; unique */
  guint64 parent_number;     /* 0: CSEBase */
  const char *resource_id;   /* unstructured CSE-relative ("cnt-2a") */
  const char *parent_id;     /* NULL: CSEBase, whose pi is empty */
  const char *name;
  const char *owner;         /* the creator, as the default policy knows it: originator in the form
                              * gh-principal gives; NULL: CSE itself */
  gint64 creation_us, modified_us, expiration_us; /* GH_NEVER_US: none */
} GhIdentity;

/**
 * GhResource:
 * An immutable resource in one allocation: identity, attributes in table order. References on any
 * thread. The attributes ty, ri, pi, rn, ct, lt and et stand in the identity, not in @values.
 * Counters of a container (cni, cbs, st) stand in its version in the tree, and are handed to
 * rendering as GhCounters.
 */
typedef struct {
  gint ref_count;
  const GhType *type;
  GhIdentity identity;
  guint n_values;
  const GhAttributeValue *values;
} GhResource;

/** GhCounters: of what holds instances; other resources have has_counters FALSE. */
typedef struct {
  gboolean has_counters;
  guint64 state_tag;         /* of a type without stateTag: for its behaviour */
  guint64 count, bytes;
  guint64 oldest, latest;    /* numbers of instances; 0: none */
} GhCounters;

/**
 * gh_resource_new: a deep copy of identity and values (sorted in table order by the caller). Values
 * that are null, or that stand in the identity or the counters, are left out: a draft can be
 * handed in as it is. Returns: (transfer full)
 * gh_resource_updated: @old with @draft merged (null deletes) and a new modification time. Any
 * thread.
 */
GhResource *gh_resource_new (const GhType *type, const GhIdentity *identity,
                             const GhAttributeValue *values, guint n_values);
GhResource *gh_resource_updated (const GhResource *old, const GhDraft *draft, gint64 modified_us,
                                 gint64 expiration_us);
GhResource *gh_resource_ref (GhResource *resource);
void gh_resource_unref (GhResource *resource);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GhResource, gh_resource_unref)
/** gh_resource_size: octets that one holds. */
gsize gh_resource_size (const GhResource *resource);
/** gh_resource_holds_instances: instances, la and ol may stand below it: always below a container
 * and a timeSeries, below a flexContainer when it asks for them by fcied, mni, mbs or mia. */
gboolean gh_resource_holds_instances (const GhResource *resource);
/** gh_value_octets: of a value as it travels in JSON, without the quotes of a string: what
 * contentSize counts (TS-0001 9.6.7). null and NULL have none. */
guint64 gh_value_octets (const GhValue *value);
/** gh_resource_get: the value of @short_name among the stored ones; NULL when absent. */
const GhValue *gh_resource_get (const GhResource *resource, const char *short_name);
const char *gh_resource_get_text (const GhResource *resource, const char *short_name);
gint64 gh_resource_get_integer (const GhResource *resource, const char *short_name,
                                gint64 fallback);
gboolean gh_resource_get_boolean (const GhResource *resource, const char *short_name,
                                  gboolean fallback);

/**
 * gh_draft_parse:
 * Validates the content of a create (@operation CREATE) or update request against @type: root name,
 * unknown attribute (4000), NP (4000), wrong type or range (4000), missing mandatory (4000), nulls
 * only in updates and only of what may be absent, to the leaf.
 * @release: of the request; what an older one does not have is not mandatory (srv of an AE in
 *   Release 1). 0: the newest
 * Returns: FALSE with @fault. Any thread.
 */
gboolean gh_draft_parse (const GhType *type, gint operation, gint release, const GhValue *content,
                         GhArena *arena, GhDraft *out, GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;
/**
 * gh_draft_get: value of @short_name in the draft, or NULL. gh_draft_set: adds or replaces, keeping
 * table order, with no check; FALSE: arena full.
 */
const GhValue *gh_draft_get (const GhDraft *draft, const char *short_name);
gboolean gh_draft_set (GhDraft *draft, GhArena *arena, const char *short_name, GhValue value)
  G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
  const GhResource *resource;
  const GhCounters *counters;       /* NULL when the type has none */
  const char *const *names;         /* NULL-terminated short names to keep; NULL: all */
  gint release;                     /* 1, 2, 3: attributes newer than it are left out; 0: newest */
  gboolean with_universal;          /* the identity too, whatever @names says. FALSE: only @names
                                     * (rcn=9, partial retrieve), or all but the identity */
} GhRendering;
/**
 * gh_render_members: the attribute members into an object that the caller opened, so that children
 * can be put beside them. Any thread.
 */
void gh_render_members (GhJsonWriter *writer, const GhRendering *rendering);
/**
 * gh_render_resource: the whole default representation {"m2m:cnt":{...}}. Returns: (transfer full)
 */
GhBuffer *gh_render_resource (const GhResource *resource, const GhCounters *counters);

/**
 * gh_resource_from_json: a resource again from its default representation as the store kept it.
 * @identity: gives number, parent_number and owner, which the representation does not hold; what
 *   else it leaves NULL or 0 is read from the representation
 * Unknown attributes (a newer schema) are a fault; counters are passed over.
 * Returns: (transfer full), NULL with @fault (GH_ERROR_STORE).
 */
GhResource *gh_resource_from_json (const GhIdentity *identity, const GhType *type,
                                   const char *json, gsize length, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
