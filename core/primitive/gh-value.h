/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-arena.h"

G_BEGIN_DECLS

typedef enum {
  GH_VALUE_NONE, /* absent */
  GH_VALUE_NULL, /* JSON null: "delete this attribute" in an update */
  GH_VALUE_BOOLEAN,
  GH_VALUE_INTEGER,
  GH_VALUE_DECIMAL, /* a number with fraction or exponent, or beyond 64 bits: its text is kept as it
                       came */
  GH_VALUE_STRING,
  GH_VALUE_LIST,
  GH_VALUE_OBJECT,
} GhValueKind;

typedef struct _GhValue GhValue;
typedef struct _GhMember GhMember;

/**
 * GhValue:
 * One node of a parsed primitive, independent of its serialization. Immutable after it was built;
 * strings are UTF-8, NUL-terminated and hold no NUL (the reader refuses U+0000). Memory belongs to
 * an arena or to a GhResource.
 */
struct _GhValue {
  guint32 kind;   /* GhValueKind */
  guint32 length; /* octets of text, items of a list, members of an object */
  union {
    gboolean boolean;
    gint64 integer;
    const char *text;        /* STRING, DECIMAL */
    const GhValue *items;    /* LIST */
    const GhMember *members; /* OBJECT */
  };
};

struct _GhMember {
  const char *name;
  GhValue value;
};

/** gh_value_member: the member @name of an object; NULL when @value is not an object or has none.
 */
const GhValue *gh_value_member (const GhValue *value, const char *name);
/** gh_value_text: the text of a STRING, else NULL. */
const char *gh_value_text (const GhValue *value);
/** gh_value_equal: same kind and contents; members in any order, list items in order. */
gboolean gh_value_equal (const GhValue *a, const GhValue *b);
/** gh_value_measure: octets that gh_value_copy_into needs for the nodes and texts below @value. */
gsize gh_value_measure (const GhValue *value);
/** gh_value_copy_into: deep copy to @cursor, which is moved on (16-octet aligned on entry and
 * exit); returns the new root by value. */
GhValue gh_value_copy_into (const GhValue *value, char **cursor);
/** gh_value_dup: deep copy into @arena; FALSE when its bound is reached. */
gboolean gh_value_dup (const GhValue *value, GhArena *arena, GhValue *out)
  G_GNUC_WARN_UNUSED_RESULT;

static inline GhValue
gh_value_string (const char *text, gsize length)
{
  return (GhValue){ .kind = GH_VALUE_STRING, .length = (guint32) length, .text = text };
}
static inline GhValue
gh_value_integer (gint64 integer)
{
  return (GhValue){ .kind = GH_VALUE_INTEGER, .integer = integer };
}
static inline GhValue
gh_value_boolean (gboolean boolean)
{
  return (GhValue){ .kind = GH_VALUE_BOOLEAN, .boolean = boolean };
}

G_END_DECLS
