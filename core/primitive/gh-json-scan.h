/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "primitive/gh-json-reader.h"

#include <string.h>

G_BEGIN_DECLS

/* Private to the JSON reader: the scanning of strings, numbers and words. */

#define GH_JSON_PADDING 8 /* NULs behind the copy of a text */

/**
 * GhJsonScan:
 * A copy of the text in the arena, in which strings are unescaped in place. The NULs behind it end
 * every loop, because no JSON text holds one. One thread.
 */
typedef struct {
  char *start, *cursor, *end;
  GhArena *arena;
  GhFault *fault;
} GhJsonScan;

/** gh_json_scan_init: FALSE with @fault when the text does not fit @arena. */
gboolean gh_json_scan_init (GhJsonScan *scan, const char *data, gsize length, GhArena *arena,
                            GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;
/** gh_json_scan_fail: "octet N: @what"; returns FALSE. */
gboolean gh_json_scan_fail (const GhJsonScan *scan, const char *at, const char *what);
/** gh_json_scan_fail_memory: the arena's bound was reached; returns FALSE. */
gboolean gh_json_scan_fail_memory (const GhJsonScan *scan);
/** gh_json_scan_escaped: goes on with the string that begins at @text where @in is no plain
 * character; NULL with the fault set. */
const char *gh_json_scan_escaped (GhJsonScan *scan, char *text, char *in, guint32 *out_length)
  G_GNUC_WARN_UNUSED_RESULT;
/** gh_json_scan_number: the number at the cursor. */
gboolean gh_json_scan_number (GhJsonScan *scan, GhValue *out) G_GNUC_WARN_UNUSED_RESULT;
/** gh_json_scan_word: true, false or null at the cursor. */
gboolean gh_json_scan_word (GhJsonScan *scan, GhValue *out) G_GNUC_WARN_UNUSED_RESULT;

static inline char *
gh_json_skip_blanks (char *p)
{
  while (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')
    p++;
  return p;
}

/* Where the run of plain characters from @p on ends: at a quote, a backslash, a control character,
 * or an octet that is not ASCII. */
static inline char *
gh_json_skip_plain (char *p)
{
  const guint64 ones = G_GUINT64_CONSTANT (0x0101010101010101);
  const guint64 tops = ones * 0x80;
  guint64 hits;

  /* Eight octets at a time; the padding makes that safe. A borrow can only spoil the octets above a
   * true hit, so the lowest one is always true. */
  for (;; p += 8)
    {
      guint64 word, quotes, slashes;

      memcpy (&word, p, 8);
      word = GUINT64_FROM_LE (word);
      quotes = word ^ (ones * '"');
      slashes = word ^ (ones * '\\');
      hits = ((quotes - ones) & ~quotes) | ((slashes - ones) & ~slashes) | (word - ones * 0x20)
             | word;
      hits &= tops;
      if (hits != 0)
        return p + __builtin_ctzll (hits) / 8;
    }
}

/* The string whose opening quote is at the cursor, ended by a NUL where its closing quote stood;
 * NULL with the fault set. */
static inline const char *
gh_json_scan_string (GhJsonScan *scan, guint32 *out_length)
{
  char *const text = scan->cursor + 1;
  char *const end = gh_json_skip_plain (text);

  if (*end != '"')
    return gh_json_scan_escaped (scan, text, end, out_length);
  *end = '\0';
  scan->cursor = end + 1;
  *out_length = (guint32) (end - text);
  return text;
}

G_END_DECLS
