/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "primitive/gh-json-reader.h"

#include <math.h>
#include <string.h>

/* What the reader expects next. */
enum {
  STATE_VALUE,      /* at the start, after a colon, after a comma in a list */
  STATE_FIRST_ITEM, /* after "[": a value or "]" */
  STATE_FIRST_NAME, /* after "{": a name or "}" */
  STATE_AFTER,      /* after a value inside a list or object: a comma or the end */
  STATE_END,        /* after the root: white space only */
  STATE_FAILED,
};

#define TEXT_TOO_LARGE (G_MAXINT32 - 1)

static GhJsonToken fail (GhJsonReader *reader, const char *at, const char *what) G_GNUC_NO_INLINE;

static GhJsonToken
fail (GhJsonReader *reader, const char *at, const char *what)
{
  reader->state = STATE_FAILED;
  gh_fault_set (reader->fault, GH_ERROR_BAD_REQUEST, "octet %" G_GSIZE_FORMAT ": %s",
                (gsize) (at - reader->start), what);
  return GH_JSON_ERROR;
}

static GhJsonToken
fail_memory (GhJsonReader *reader)
{
  reader->state = STATE_FAILED;
  gh_fault_set (reader->fault, GH_ERROR_TOO_LARGE,
                "JSON: the text needs more memory than a message may have");
  return GH_JSON_ERROR;
}

void
gh_json_reader_init (GhJsonReader *reader, const char *data, gsize length, GhArena *arena,
                     GhFault *fault)
{
  g_return_if_fail (reader != NULL && arena != NULL && (data != NULL || length == 0));

  memset (reader, 0, sizeof *reader);
  reader->arena = arena;
  reader->fault = fault;
  reader->state = STATE_VALUE;
  /* The NULs behind the copy end every loop below: no JSON text holds one. */
  reader->start = length <= TEXT_TOO_LARGE ? gh_arena_alloc (arena, length + GH_JSON_PADDING)
                                           : NULL;
  if (reader->start == NULL)
    {
      fail_memory (reader);
      return;
    }
  if (length > 0)
    memcpy (reader->start, data, length);
  reader->cursor = reader->start;
  reader->end = reader->start + length;
}

static inline char *
skip_blanks (char *p)
{
  while (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')
    p++;
  return p;
}

/* Where the run of plain characters from @p on ends: at a quote, a backslash, a control character,
 * or an octet that is not ASCII. */
static inline char *
skip_plain (char *p)
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

static inline gboolean
is_tail (char octet)
{
  return ((guchar) octet & 0xc0) == 0x80;
}

/* The length of the character that begins at @p with an octet above 0x7f; 0 when it is no UTF-8
 * (overlong forms, surrogates and what lies beyond U+10FFFF among it). Looks at no octet behind the
 * first wrong one. */
static gsize
utf8_length (const char *p)
{
  const guchar first = (guchar) p[0];
  const guchar second = (guchar) p[1];

  if (first >= 0xc2 && first <= 0xdf)
    return is_tail (p[1]) ? 2 : 0;
  if ((first & 0xf0) == 0xe0)
    {
      if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f))
        return 0;
      return is_tail (p[1]) && is_tail (p[2]) ? 3 : 0;
    }
  if (first >= 0xf0 && first <= 0xf4)
    {
      if ((first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f))
        return 0;
      return is_tail (p[1]) && is_tail (p[2]) && is_tail (p[3]) ? 4 : 0;
    }
  return 0;
}

static int
hex4 (const char *p)
{
  int value = 0;

  for (int i = 0; i < 4; i++)
    {
      const int digit = g_ascii_xdigit_value (p[i]);

      if (digit < 0)
        return -1;
      value = 16 * value + digit;
    }
  return value;
}

/* "\uXXXX" at @p, with its second half when it is a surrogate. Returns what stands wrong there, or
 * NULL. */
static const char *
take_unicode (const char *p, gunichar *out, gsize *out_length)
{
  const int first = hex4 (p + 2);
  int second;

  if (first < 0)
    return "four hexadecimal digits expected after \\u";
  if (first == 0)
    return "U+0000 is not accepted in a string";
  if (first >= 0xdc00 && first <= 0xdfff)
    return "lone surrogate";
  *out = (gunichar) first;
  *out_length = 6;
  if (first < 0xd800 || first > 0xdbff)
    return NULL;
  second = p[6] == '\\' && p[7] == 'u' ? hex4 (p + 8) : -1;
  if (second < 0xdc00 || second > 0xdfff)
    return "lone surrogate";
  *out = 0x10000 + (((gunichar) first - 0xd800) << 10) + ((gunichar) second - 0xdc00);
  *out_length = 12;
  return NULL;
}

/* The character that the escape at @p stands for; 0 and a message when there is none. */
static gunichar
take_escape (const char *p, gsize *out_length, const char **out_wrong)
{
  static const char meant[256] = {
    ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
    ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t',
  };
  gunichar unicode = 0;

  *out_length = 2;
  *out_wrong = NULL;
  if (meant[(guchar) p[1]] != 0)
    return (gunichar) meant[(guchar) p[1]];
  if (p[1] == 'u')
    *out_wrong = take_unicode (p, &unicode, out_length);
  else
    *out_wrong = "unknown escape in a string";
  return *out_wrong == NULL ? unicode : 0;
}

static const char *
wrong_in_string (const GhJsonReader *reader, const char *p)
{
  if (p >= reader->end)
    return "the string does not end";
  return (guchar) *p < 0x20 ? "control character in a string" : "invalid UTF-8 in a string";
}

/*
 * Reads the string whose opening quote is at the cursor. It is unescaped in place, which only makes
 * it shorter, and ended by a NUL where its closing quote (or something before that) stood. NULL
 * when the fault was set.
 */
static inline const char *
read_string (GhJsonReader *reader, guint32 *out_length)
{
  char *const text = reader->cursor + 1;
  char *in = skip_plain (text);
  char *out = in;

  while (*in != '"')
    {
      char *run;
      gsize length;

      if (*in == '\\')
        {
          const char *wrong;
          const gunichar c = take_escape (in, &length, &wrong);

          if (wrong != NULL)
            return fail (reader, in, in + 1 < reader->end ? wrong : "the string does not end"),
                   NULL;
          in += length;
          out += g_unichar_to_utf8 (c, out);
          length = 0;
        }
      else
        {
          length = (guchar) *in >= 0x80 ? utf8_length (in) : 0;
          if (length == 0)
            return fail (reader, in, wrong_in_string (reader, in)), NULL;
        }
      run = in;
      in = skip_plain (in + length);
      if (out != run)
        memmove (out, run, (gsize) (in - run));
      out += in - run;
    }
  *out = '\0';
  reader->cursor = in + 1;
  *out_length = (guint32) (out - text);
  return text;
}

static char *
skip_digits (char *p)
{
  while (g_ascii_isdigit (*p))
    p++;
  return p;
}

/* Fraction and exponent behind the integer part that ends at @p. NULL when the fault was set. */
static char *
skip_decimal_part (GhJsonReader *reader, char *p)
{
  if (*p == '.')
    {
      if (!g_ascii_isdigit (p[1]))
        return fail (reader, p, "digit expected after the point"), NULL;
      p = skip_digits (p + 1);
    }
  if (*p == 'e' || *p == 'E')
    {
      p += p[1] == '+' || p[1] == '-' ? 2 : 1;
      if (!g_ascii_isdigit (*p))
        return fail (reader, p, "digit expected in the exponent"), NULL;
      p = skip_digits (p);
    }
  return p;
}

static GhJsonToken
finish_decimal (GhJsonReader *reader, char *text, char *end)
{
  char *copy;

  if (end - text > GH_JSON_MAX_NUMBER)
    return fail (reader, text,
                 "the number is longer than " G_STRINGIFY (GH_JSON_MAX_NUMBER) " characters");
  copy = gh_arena_strndup (reader->arena, text, (gsize) (end - text));
  if (copy == NULL)
    return fail_memory (reader);
  if (isinf (g_ascii_strtod (copy, NULL)))
    return fail (reader, text, "the number is too large for a double");
  reader->scalar =
    (GhValue){ .kind = GH_VALUE_DECIMAL, .length = (guint32) (end - text), .text = copy };
  reader->cursor = end;
  return GH_JSON_SCALAR;
}

static GhJsonToken
read_number (GhJsonReader *reader)
{
  char *const text = reader->cursor;
  const gboolean negative = *text == '-';
  char *const digits = text + negative;
  char *p = digits;
  guint64 value = 0;
  gboolean fits = TRUE;

  if (!g_ascii_isdigit (*p))
    return fail (reader, p, "digit expected");
  for (; g_ascii_isdigit (*p); p++)
    {
      const guint64 digit = (guint64) (*p - '0');

      /* Eighteen digits always fit; the nineteenth is looked at closely. */
      if (p - digits >= 18 && (p - digits > 18 || value > (G_MAXUINT64 - digit) / 10))
        fits = FALSE;
      value = 10 * value + digit;
    }
  if (*digits == '0' && p - digits > 1)
    return fail (reader, digits, "leading zero");
  if (*p == '.' || *p == 'e' || *p == 'E')
    {
      p = skip_decimal_part (reader, p);
      return p != NULL ? finish_decimal (reader, text, p) : GH_JSON_ERROR;
    }
  if (!fits || value > (guint64) G_MAXINT64 + negative)
    return finish_decimal (reader, text, p);
  reader->scalar = gh_value_integer (negative ? (gint64) (0 - value) : (gint64) value);
  reader->cursor = p;
  return GH_JSON_SCALAR;
}

static GhJsonToken
read_literal (GhJsonReader *reader, const char *literal, gsize length, GhValue value)
{
  if (strncmp (reader->cursor, literal, length) != 0)
    return fail (reader, reader->cursor, "value expected");
  reader->cursor += length;
  reader->scalar = value;
  return GH_JSON_SCALAR;
}

static GhJsonToken
begin (GhJsonReader *reader, gboolean object)
{
  if (reader->depth == GH_JSON_MAX_DEPTH)
    return fail (reader, reader->cursor, "nested deeper than " G_STRINGIFY (GH_JSON_MAX_DEPTH));
  reader->in_object[reader->depth] = object;
  reader->count[reader->depth] = 0;
  reader->depth++;
  reader->cursor++;
  reader->state = object ? STATE_FIRST_NAME : STATE_FIRST_ITEM;
  return object ? GH_JSON_OBJECT_BEGIN : GH_JSON_LIST_BEGIN;
}

static GhJsonToken
end (GhJsonReader *reader, gboolean object)
{
  reader->depth--;
  reader->cursor++;
  reader->state = reader->depth > 0 ? STATE_AFTER : STATE_END;
  return object ? GH_JSON_OBJECT_END : GH_JSON_LIST_END;
}

static GhJsonToken
read_value (GhJsonReader *reader)
{
  GhJsonToken token;

  switch (*reader->cursor)
    {
    case '{':
      return begin (reader, TRUE);
    case '[':
      return begin (reader, FALSE);
    case '"':
      reader->scalar.kind = GH_VALUE_STRING;
      reader->scalar.text = read_string (reader, &reader->scalar.length);
      token = reader->scalar.text != NULL ? GH_JSON_SCALAR : GH_JSON_ERROR;
      break;
    case 't':
      token = read_literal (reader, "true", 4, gh_value_boolean (TRUE));
      break;
    case 'f':
      token = read_literal (reader, "false", 5, gh_value_boolean (FALSE));
      break;
    case 'n':
      token = read_literal (reader, "null", 4, (GhValue){ .kind = GH_VALUE_NULL });
      break;
    case '-':
    case '0' ... '9':
      token = read_number (reader);
      break;
    default:
      return fail (reader, reader->cursor,
                   reader->cursor < reader->end ? "value expected" : "the text ends early");
    }
  if (token == GH_JSON_SCALAR)
    reader->state = reader->depth > 0 ? STATE_AFTER : STATE_END;
  return token;
}

static GhJsonToken
read_item (GhJsonReader *reader)
{
  if (++reader->count[reader->depth - 1] > GH_JSON_MAX_ITEMS)
    return fail (reader, reader->cursor,
                 "more than " G_STRINGIFY (GH_JSON_MAX_ITEMS) " items in a list");
  return read_value (reader);
}

static GhJsonToken
read_name (GhJsonReader *reader)
{
  char *const start = reader->cursor;

  if (*start != '"')
    return fail (reader, start,
                 start < reader->end ? "member name expected" : "the text ends early");
  if (++reader->count[reader->depth - 1] > GH_JSON_MAX_MEMBERS)
    return fail (reader, start,
                 "more than " G_STRINGIFY (GH_JSON_MAX_MEMBERS) " members in an object");
  reader->name = read_string (reader, &reader->name_length);
  if (reader->name == NULL)
    return GH_JSON_ERROR;
  if (reader->name_length > GH_JSON_MAX_NAME)
    return fail (reader, start,
                 "member name of more than " G_STRINGIFY (GH_JSON_MAX_NAME) " octets");
  reader->cursor = skip_blanks (reader->cursor);
  if (*reader->cursor != ':')
    return fail (reader, reader->cursor, "colon expected after a member name");
  reader->cursor++;
  reader->state = STATE_VALUE;
  return GH_JSON_NAME;
}

/* After a value in a list or object. */
static GhJsonToken
read_after (GhJsonReader *reader)
{
  const gboolean object = reader->in_object[reader->depth - 1];

  if (*reader->cursor == (object ? '}' : ']'))
    return end (reader, object);
  if (*reader->cursor != ',')
    return fail (reader, reader->cursor, object ? "comma or } expected" : "comma or ] expected");
  reader->cursor = skip_blanks (reader->cursor + 1);
  reader->position = (guint32) (reader->cursor - reader->start);
  return object ? read_name (reader) : read_item (reader);
}

GhJsonToken
gh_json_reader_next (GhJsonReader *reader)
{
  g_return_val_if_fail (reader != NULL, GH_JSON_ERROR);

  if (G_UNLIKELY (reader->state == STATE_FAILED))
    return GH_JSON_ERROR;
  reader->cursor = skip_blanks (reader->cursor);
  reader->position = (guint32) (reader->cursor - reader->start);
  switch (reader->state)
    {
    case STATE_VALUE:
      return read_value (reader);
    case STATE_FIRST_ITEM:
      return *reader->cursor == ']' ? end (reader, FALSE) : read_item (reader);
    case STATE_FIRST_NAME:
      return *reader->cursor == '}' ? end (reader, TRUE) : read_name (reader);
    case STATE_AFTER:
      return read_after (reader);
    default:
      return reader->cursor == reader->end
               ? GH_JSON_END
               : fail (reader, reader->cursor, "octets after the value");
    }
}
