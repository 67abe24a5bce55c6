/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-error.h"
#include "primitive/gh-value.h"

G_BEGIN_DECLS

/* The strict JSON reader of the network side (design section 4). Limits, each refused with the
 * octet position: */
#define GH_JSON_MAX_DEPTH 16 /* nested lists and objects */
#define GH_JSON_MAX_MEMBERS \
  1024 /* members of one object, items of one list: see GH_JSON_MAX_ITEMS */
#define GH_JSON_MAX_ITEMS  65536 /* items of one list */
#define GH_JSON_MAX_NAME   128   /* octets of a member name */
#define GH_JSON_MAX_NUMBER 64    /* characters of a number */

#define GH_JSON_PADDING 8 /* NULs behind the copy of a text */

typedef enum {
  GH_JSON_ERROR,
  GH_JSON_END,
  GH_JSON_OBJECT_BEGIN,
  GH_JSON_OBJECT_END,
  GH_JSON_LIST_BEGIN,
  GH_JSON_LIST_END,
  GH_JSON_NAME,
  GH_JSON_SCALAR,
} GhJsonToken;

/**
 * GhJsonReader:
 * A pull reader. RFC 8259 only: no trailing octets, no invalid UTF-8 or lone surrogates, no U+0000,
 * no numbers that a double cannot hold, no leading zeros. Duplicate members are seen by
 * gh_json_parse(), which knows all names of an object. The text is copied once, and names and
 * strings stand in that copy. One thread.
 */
typedef struct {
  char *start, *cursor; /* the copy of the text in the arena, with GH_JSON_PADDING NULs behind it */
  char *end;
  guint depth;
  guint8 state;
  gboolean in_object[GH_JSON_MAX_DEPTH];
  guint32 count[GH_JSON_MAX_DEPTH]; /* members or items so far */
  GhArena *arena;
  GhFault *fault;
  const char *name; /* of the last NAME */
  guint32 name_length;
  guint32 position; /* octet at which the last token begins */
  GhValue scalar;   /* of the last SCALAR */
} GhJsonReader;

/**
 * gh_json_reader_init:
 * @data: need not outlive the call
 * @arena: holds all names and strings, until it is cleared
 * @fault: (nullable): receives the first error. A text that does not fit the arena is
 * GH_ERROR_TOO_LARGE.
 */
void gh_json_reader_init (GhJsonReader *reader, const char *data, gsize length, GhArena *arena,
                          GhFault *fault);
/** gh_json_reader_next: the next token; GH_JSON_ERROR sets the fault (GH_ERROR_BAD_REQUEST, "octet
 * 17: ..."). */
GhJsonToken gh_json_reader_next (GhJsonReader *reader);

/**
 * gh_json_parse:
 * @data: one JSON text of @length octets; need not be NUL-terminated
 * @out: (out caller-allocates): root; memory in @arena
 * Duplicate members are refused.
 * Returns: FALSE with @fault set.
 */
gboolean gh_json_parse (const char *data, gsize length, GhArena *arena, GhValue *out,
                        GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
