/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-buffer.h"
#include "primitive/gh-value.h"

G_BEGIN_DECLS

/**
 * GhJsonWriter:
 * Appends JSON to a growing buffer. Commas are placed by the writer; the caller keeps begin and end
 * in pairs. One thread.
 */
typedef struct {
  char *data;
  gsize length, size;
  gboolean comma; /* a comma is due before the next name or item */
} GhJsonWriter;

void gh_json_writer_init (GhJsonWriter *writer, gsize size_hint);
void gh_json_writer_clear (GhJsonWriter *writer);
/** gh_json_writer_finish: the octets written. The writer is cleared. Returns: (transfer full) */
GhBuffer *gh_json_writer_finish (GhJsonWriter *writer);

void gh_json_begin_object (GhJsonWriter *writer);
void gh_json_end_object (GhJsonWriter *writer);
void gh_json_begin_list (GhJsonWriter *writer);
void gh_json_end_list (GhJsonWriter *writer);
/** gh_json_name: @name must be ASCII that needs no escape (a short name). */
void gh_json_name (GhJsonWriter *writer, const char *name);
/** gh_json_string: @length octets of UTF-8, escaped as RFC 8259 demands and no more. */
void gh_json_string (GhJsonWriter *writer, const char *text, gsize length);
void gh_json_integer (GhJsonWriter *writer, gint64 value);
/** gh_json_put_text / gh_json_put_texts: a member with @text, or with a list of @texts, which ends
 * with NULL; no member at all when there is none. */
void gh_json_put_text (GhJsonWriter *writer, const char *name, const char *text);
void gh_json_put_texts (GhJsonWriter *writer, const char *name, const char *const *texts);
void gh_json_boolean (GhJsonWriter *writer, gboolean value);
void gh_json_null (GhJsonWriter *writer);
void gh_json_value (GhJsonWriter *writer, const GhValue *value);
/** gh_json_raw: @text must be one complete JSON value. */
void gh_json_raw (GhJsonWriter *writer, const char *text, gsize length);

G_END_DECLS
