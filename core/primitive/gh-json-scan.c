/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "primitive/gh-json-scan.h"

#include <math.h>

#define TEXT_TOO_LARGE (G_MAXINT32 - GH_JSON_PADDING)

gboolean
gh_json_scan_fail (const GhJsonScan *scan, const char *at, const char *what)
{
  return gh_fault_set (scan->fault, GH_ERROR_BAD_REQUEST, "octet %" G_GSIZE_FORMAT ": %s",
                       (gsize) (at - scan->start), what);
}

gboolean
gh_json_scan_fail_memory (const GhJsonScan *scan)
{
  return gh_fault_set (scan->fault, GH_ERROR_TOO_LARGE,
                       "JSON: the text needs more memory than a message may have");
}

gboolean
gh_json_scan_init (GhJsonScan *scan, const char *data, gsize length, GhArena *arena, GhFault *fault)
{
  scan->arena = arena;
  scan->fault = fault;
  scan->start = length <= TEXT_TOO_LARGE ? gh_arena_alloc (arena, length + GH_JSON_PADDING) : NULL;
  if (scan->start == NULL)
    return gh_json_scan_fail_memory (scan);
  if (length > 0)
    memcpy (scan->start, data, length);
  scan->cursor = scan->start;
  scan->end = scan->start + length;
  return TRUE;
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
wrong_in_string (const GhJsonScan *scan, const char *p)
{
  if (p >= scan->end)
    return "the string does not end";
  return (guchar) *p < 0x20 ? "control character in a string" : "invalid UTF-8 in a string";
}

const char *
gh_json_scan_escaped (GhJsonScan *scan, char *text, char *in, guint32 *out_length)
{
  char *out = in;

  while (*in != '"')
    {
      const char *wrong = NULL;
      char *run = in;
      gsize length;

      if (*in == '\\')
        {
          const gunichar c = take_escape (in, &length, &wrong);

          if (wrong != NULL)
            wrong = in + 1 < scan->end ? wrong : "the string does not end";
          else
            out += g_unichar_to_utf8 (c, out);
          run = in + length;
          length = 0;
        }
      else
        {
          length = (guchar) *in >= 0x80 ? utf8_length (in) : 0;
          wrong = length == 0 ? wrong_in_string (scan, in) : NULL;
        }
      if (wrong != NULL)
        {
          gh_json_scan_fail (scan, in, wrong);
          return NULL;
        }
      /* What was unescaped is shorter than it was, so the rest moves to the front. */
      in = gh_json_skip_plain (run + length);
      if (out != run)
        memmove (out, run, (gsize) (in - run));
      out += in - run;
    }
  *out = '\0';
  scan->cursor = in + 1;
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

/* The number from @text to @end as a decimal. */
static gboolean
finish_decimal (GhJsonScan *scan, char *text, char *end, GhValue *out)
{
  const char *copy;

  if (end - text > GH_JSON_MAX_NUMBER)
    return gh_json_scan_fail (
      scan, text, "the number is longer than " G_STRINGIFY (GH_JSON_MAX_NUMBER) " characters");
  copy = gh_arena_strndup (scan->arena, text, (gsize) (end - text));
  if (copy == NULL)
    return gh_json_scan_fail_memory (scan);
  if (isinf (g_ascii_strtod (copy, NULL)))
    return gh_json_scan_fail (scan, text, "the number is too large for a double");
  *out = (GhValue){ .kind = GH_VALUE_DECIMAL, .length = (guint32) (end - text), .text = copy };
  scan->cursor = end;
  return TRUE;
}

/* Fraction and exponent behind the integer part that ends at @p. */
static gboolean
scan_decimal (GhJsonScan *scan, char *text, char *p, GhValue *out)
{
  if (*p == '.')
    {
      if (!g_ascii_isdigit (p[1]))
        return gh_json_scan_fail (scan, p, "digit expected after the point");
      p = skip_digits (p + 1);
    }
  if (*p == 'e' || *p == 'E')
    {
      p += p[1] == '+' || p[1] == '-' ? 2 : 1;
      if (!g_ascii_isdigit (*p))
        return gh_json_scan_fail (scan, p, "digit expected in the exponent");
      p = skip_digits (p);
    }
  return finish_decimal (scan, text, p, out);
}

gboolean
gh_json_scan_number (GhJsonScan *scan, GhValue *out)
{
  char *const text = scan->cursor;
  const gboolean negative = *text == '-';
  char *const digits = text + negative;
  char *p = digits;
  guint64 value = 0;

  /* Nineteen digits cannot wrap; what has more is no 64-bit integer, whatever wrapped to. */
  for (guint digit; (digit = (guint) (guchar) *p - '0') < 10; p++)
    value = 10 * value + digit;
  if (p == digits)
    return gh_json_scan_fail (scan, p, "digit expected");
  if (*digits == '0' && p - digits > 1)
    return gh_json_scan_fail (scan, digits, "leading zero");
  if (*p == '.' || *p == 'e' || *p == 'E')
    return scan_decimal (scan, text, p, out);
  if (p - digits > 19 || value > (guint64) G_MAXINT64 + negative)
    return finish_decimal (scan, text, p, out);
  out->kind = GH_VALUE_INTEGER;
  out->length = 0;
  out->integer = (gint64) (negative ? 0 - value : value);
  scan->cursor = p;
  return TRUE;
}

gboolean
gh_json_scan_word (GhJsonScan *scan, GhValue *out)
{
  static const struct {
    const char *word;
    gsize length;
    GhValue value;
  } words[] = {
    { "true", 4, { .kind = GH_VALUE_BOOLEAN, .boolean = TRUE } },
    { "false", 5, { .kind = GH_VALUE_BOOLEAN, .boolean = FALSE } },
    { "null", 4, { .kind = GH_VALUE_NULL } },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    {
      if (strncmp (scan->cursor, words[i].word, words[i].length) == 0)
        {
          *out = words[i].value;
          scan->cursor += words[i].length;
          return TRUE;
        }
    }
  return gh_json_scan_fail (scan, scan->cursor,
                            scan->cursor < scan->end ? "value expected" : "the text ends early");
}
