/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "primitive/gh-json-writer.h"

#include <string.h>

#define SMALLEST   64
#define MOST_SLACK 128 /* octets that a finished buffer may have to spare */

/* The text is written behind the header of what becomes a GhBuffer, so that finishing copies
 * nothing. */
#define HEADER offsetof (GhBuffer, data)

void
gh_json_writer_init (GhJsonWriter *writer, gsize size_hint)
{
  g_return_if_fail (writer != NULL);

  writer->size = MAX (size_hint, SMALLEST);
  writer->data = (char *) g_malloc (HEADER + writer->size + 1) + HEADER;
  writer->length = 0;
  writer->comma = FALSE;
}

void
gh_json_writer_clear (GhJsonWriter *writer)
{
  g_return_if_fail (writer != NULL);

  if (writer->data != NULL)
    g_free (writer->data - HEADER);
  memset (writer, 0, sizeof *writer);
}

GhBuffer *
gh_json_writer_finish (GhJsonWriter *writer)
{
  GhBuffer *buffer;

  g_return_val_if_fail (writer != NULL && writer->data != NULL, NULL);

  buffer = (GhBuffer *) (void *) (writer->data - HEADER);
  if (writer->size - writer->length > MOST_SLACK)
    buffer = g_realloc (buffer, HEADER + writer->length + 1);
  buffer->ref_count = 1;
  buffer->length = writer->length;
  buffer->data[writer->length] = '\0';
  memset (writer, 0, sizeof *writer);
  return buffer;
}

static void grow (GhJsonWriter *writer, gsize more) G_GNUC_NO_INLINE;

static void
grow (GhJsonWriter *writer, gsize more)
{
  gsize size;

  if (!g_size_checked_add (&size, writer->size, MAX (more, writer->size)))
    g_error ("JSON writer: %" G_GSIZE_FORMAT " octets more do not fit memory", more);
  writer->data = (char *) g_realloc (writer->data - HEADER, HEADER + size + 1) + HEADER;
  writer->size = size;
}

/* Makes room for @more octets behind what is written and returns where they go. */
static inline char *
reserve (GhJsonWriter *writer, gsize more)
{
  if (G_UNLIKELY (writer->size - writer->length < more))
    grow (writer, more);
  return writer->data + writer->length;
}

static inline void
put (GhJsonWriter *writer, const char *text, gsize length)
{
  memcpy (reserve (writer, length), text, length);
  writer->length += length;
}

static inline void
put_char (GhJsonWriter *writer, char c)
{
  *reserve (writer, 1) = c;
  writer->length++;
}

/* Before every value and name. */
static inline void
separate (GhJsonWriter *writer)
{
  if (writer->comma)
    put_char (writer, ',');
  writer->comma = TRUE;
}

static void
begin (GhJsonWriter *writer, char bracket)
{
  separate (writer);
  put_char (writer, bracket);
  writer->comma = FALSE;
}

static void
end (GhJsonWriter *writer, char bracket)
{
  put_char (writer, bracket);
  writer->comma = TRUE;
}

void
gh_json_begin_object (GhJsonWriter *writer)
{
  begin (writer, '{');
}

void
gh_json_end_object (GhJsonWriter *writer)
{
  end (writer, '}');
}

void
gh_json_begin_list (GhJsonWriter *writer)
{
  begin (writer, '[');
}

void
gh_json_end_list (GhJsonWriter *writer)
{
  end (writer, ']');
}

void
gh_json_name (GhJsonWriter *writer, const char *name)
{
  const gsize length = strlen (name);
  char *p;

  separate (writer);
  p = reserve (writer, length + 3);
  *p++ = '"';
  memcpy (p, name, length);
  p += length;
  *p++ = '"';
  *p = ':';
  writer->length += length + 3;
  writer->comma = FALSE;
}

/* 0: as it is; 'u': \u00XX; else the letter of the short escape. */
static const char escapes[256] = {
  [0 ... 7] = 'u', ['\b'] = 'b', ['\t'] = 't',          ['\n'] = 'n', [0x0b] = 'u',
  ['\f'] = 'f',    ['\r'] = 'r', [0x0e ... 0x1f] = 'u', ['"'] = '"',  ['\\'] = '\\',
};

static char *
put_escape (char *out, guchar c)
{
  static const char digits[] = "0123456789abcdef";

  *out++ = '\\';
  *out++ = escapes[c];
  if (escapes[c] != 'u')
    return out;
  *out++ = '0';
  *out++ = '0';
  *out++ = digits[c >> 4];
  *out++ = digits[c & 15];
  return out;
}

/* Copies what needs no escape from @text to @out; returns how much that was. Eight octets are
 * looked at and stored at a time. A borrow can only spoil the octets above a true hit, so the
 * lowest hit is always true. */
static inline gsize
copy_plain (char *out, const char *text, gsize length)
{
  const guint64 ones = G_GUINT64_CONSTANT (0x0101010101010101);
  const guint64 tops = ones * 0x80;
  gsize i = 0;

  for (; i + 8 <= length; i += 8)
    {
      guint64 word, quotes, slashes, hits;

      memcpy (&word, text + i, 8);
      memcpy (out + i, &word, 8);
      word = GUINT64_FROM_LE (word);
      quotes = word ^ (ones * '"');
      slashes = word ^ (ones * '\\');
      hits = ((quotes - ones) & ~quotes) | ((slashes - ones) & ~slashes)
             | ((word - ones * 0x20) & ~word);
      hits &= tops;
      if (hits != 0)
        return i + (gsize) __builtin_ctzll (hits) / 8;
    }
  for (; i < length && escapes[(guchar) text[i]] == 0; i++)
    out[i] = text[i];
  return i;
}

static void
put_string (GhJsonWriter *writer, const char *text, gsize length)
{
  /* Two quotes and the longest escape, beside what is left of the text. */
  char *out = reserve (writer, length + 8);

  *out++ = '"';
  for (;;)
    {
      const gsize plain = copy_plain (out, text, length);

      out += plain;
      if (plain == length)
        break;
      out = put_escape (out, (guchar) text[plain]);
      text += plain + 1;
      length -= plain + 1;
      writer->length = (gsize) (out - writer->data);
      out = reserve (writer, length + 8);
    }
  *out++ = '"';
  writer->length = (gsize) (out - writer->data);
}

void
gh_json_string (GhJsonWriter *writer, const char *text, gsize length)
{
  g_return_if_fail (text != NULL || length == 0);

  separate (writer);
  put_string (writer, text, length);
}

void
gh_json_put_text (GhJsonWriter *writer, const char *name, const char *text)
{
  if (text == NULL)
    return;
  gh_json_name (writer, name);
  gh_json_string (writer, text, strlen (text));
}

void
gh_json_put_texts (GhJsonWriter *writer, const char *name, const char *const *texts)
{
  if (texts == NULL)
    return;
  gh_json_name (writer, name);
  gh_json_begin_list (writer);
  for (; *texts != NULL; texts++)
    gh_json_string (writer, *texts, strlen (*texts));
  gh_json_end_list (writer);
}

void
gh_json_integer (GhJsonWriter *writer, gint64 value)
{
  char digits[20];
  char *p = digits + sizeof digits;
  guint64 rest = value < 0 ? 0 - (guint64) value : (guint64) value;

  do
    {
      *--p = (char) ('0' + rest % 10);
      rest /= 10;
    }
  while (rest > 0);
  if (value < 0)
    *--p = '-';
  separate (writer);
  put (writer, p, (gsize) (digits + sizeof digits - p));
}

void
gh_json_boolean (GhJsonWriter *writer, gboolean value)
{
  separate (writer);
  if (value)
    put (writer, "true", 4);
  else
    put (writer, "false", 5);
}

void
gh_json_null (GhJsonWriter *writer)
{
  separate (writer);
  put (writer, "null", 4);
}

void
gh_json_raw (GhJsonWriter *writer, const char *text, gsize length)
{
  separate (writer);
  put (writer, text, length);
}

static void
put_members (GhJsonWriter *writer, const GhMember *members, guint32 n)
{
  for (guint32 i = 0; i < n; i++)
    {
      /* An absent value has no member. */
      if (members[i].value.kind == GH_VALUE_NONE)
        continue;
      separate (writer);
      put_string (writer, members[i].name, strlen (members[i].name));
      put_char (writer, ':');
      writer->comma = FALSE;
      gh_json_value (writer, &members[i].value);
    }
}

void
gh_json_value (GhJsonWriter *writer, const GhValue *value)
{
  g_return_if_fail (value != NULL);

  switch ((GhValueKind) value->kind)
    {
    case GH_VALUE_NONE:
    case GH_VALUE_NULL:
      gh_json_null (writer);
      break;
    case GH_VALUE_BOOLEAN:
      gh_json_boolean (writer, value->boolean);
      break;
    case GH_VALUE_INTEGER:
      gh_json_integer (writer, value->integer);
      break;
    case GH_VALUE_DECIMAL:
      gh_json_raw (writer, value->text, value->length);
      break;
    case GH_VALUE_STRING:
      gh_json_string (writer, value->text, value->length);
      break;
    case GH_VALUE_LIST:
      gh_json_begin_list (writer);
      for (guint32 i = 0; i < value->length; i++)
        gh_json_value (writer, &value->items[i]);
      gh_json_end_list (writer);
      break;
    case GH_VALUE_OBJECT:
      gh_json_begin_object (writer);
      put_members (writer, value->members, value->length);
      gh_json_end_object (writer);
      break;
    }
}
