/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/gh-syntax.h"

#include "base/gh-clock.h"
#include "primitive/gh-address.h"

#include <arpa/inet.h>
#include <string.h>

typedef gboolean (*CheckFunc) (const char *text, gsize length);

/* No control characters but tab, line feed and carriage return: XML 1.0 has no others either. */
static gboolean
check_string (const char *text, gsize length)
{
  if (length > GH_SYNTAX_MAX_STRING)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    {
      const guchar c = (guchar) text[i];

      if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f)
        return FALSE;
    }
  return TRUE;
}

/* Neither blanks nor control characters, nor what RFC 3987 excludes and quoting could confuse. */
static gboolean
is_visible (const char *text, gsize length)
{
  for (gsize i = 0; i < length; i++)
    {
      const guchar c = (guchar) text[i];

      if (c <= 0x20 || c == 0x7f || c == '"' || c == '<' || c == '>' || c == '\\')
        return FALSE;
    }
  return length > 0;
}

static gboolean
check_uri (const char *text, gsize length)
{
  return length <= GH_SYNTAX_MAX_URI && is_visible (text, length);
}

static gboolean
check_id (const char *text, gsize length)
{
  return length <= GH_SYNTAX_MAX_ID && is_visible (text, length);
}

static gboolean
check_name (const char *text, gsize length G_GNUC_UNUSED)
{
  return gh_name_is_valid (text);
}

static gboolean
check_ncname (const char *text, gsize length)
{
  if (length == 0 || length > GH_SYNTAX_MAX_TOKEN)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    {
      const char c = text[i];
      const gboolean starts = g_ascii_isalpha (c) || c == '_' || (guchar) c >= 0x80;

      if (!starts && (i == 0 || (!g_ascii_isdigit (c) && c != '.' && c != '-')))
        return FALSE;
    }
  return TRUE;
}

/* xs:token: no blank at either end, no two together, no control characters. */
static gboolean
check_token (const char *text, gsize length)
{
  if (length == 0 || length > GH_SYNTAX_MAX_TOKEN || text[0] == ' ' || text[length - 1] == ' ')
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if ((guchar) text[i] < 0x20 || text[i] == 0x7f || (text[i] == ' ' && text[i + 1] == ' '))
      return FALSE;
  return TRUE;
}

static gboolean
check_timestamp (const char *text, gsize length)
{
  gint64 wall_us;

  return gh_timestamp_parse (text, length, &wall_us);
}

static gboolean
check_duration (const char *text, gsize length)
{
  gint64 us;

  return gh_duration_parse (text, length, &us);
}

/* "10.125.0.0/16", "abcd:ffff::/64": an address and an optional prefix length. */
static gboolean
check_address (const char *text, gsize length, int family, guint max_prefix)
{
  const char *slash = memchr (text, '/', length);
  const gsize address_length = slash != NULL ? (gsize) (slash - text) : length;
  char address[INET6_ADDRSTRLEN];
  guint8 octets[16];
  guint prefix = 0;

  if (address_length >= sizeof address)
    return FALSE;
  memcpy (address, text, address_length);
  address[address_length] = '\0';
  if (inet_pton (family, address, octets) != 1)
    return FALSE;
  if (slash == NULL)
    return TRUE;
  if (slash[1] == '\0' || (slash[1] == '0' && slash[2] != '\0'))
    return FALSE;
  for (const char *p = slash + 1; *p != '\0'; p++)
    {
      if (!g_ascii_isdigit (*p))
        return FALSE;
      prefix = prefix * 10 + (guint) (*p - '0');
      if (prefix > max_prefix)
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_ipv4 (const char *text, gsize length)
{
  return check_address (text, length, AF_INET, 32);
}

static gboolean
check_ipv6 (const char *text, gsize length)
{
  return check_address (text, length, AF_INET6, 128);
}

static gboolean
check_country (const char *text, gsize length)
{
  return length == 2 && g_ascii_isupper (text[0]) && g_ascii_isupper (text[1]);
}

/* A number of at most four digits; moves @cursor behind it. */
static gboolean
schedule_number (const char **cursor, guint *out)
{
  const char *p = *cursor;

  for (*out = 0; g_ascii_isdigit (*p) && p - *cursor < 4; p++)
    *out = *out * 10 + (guint) (*p - '0');
  if (p == *cursor)
    return FALSE;
  *cursor = p;
  return TRUE;
}

/* number, number-number, number-number/step, * or * /step */
static gboolean
schedule_element (const char **cursor, guint low, guint high)
{
  guint first, last, step;

  if (**cursor == '*')
    (*cursor)++;
  else
    {
      if (!schedule_number (cursor, &first) || first < low || first > high)
        return FALSE;
      if (**cursor != '-')
        return TRUE;
      (*cursor)++;
      if (!schedule_number (cursor, &last) || last < first || last > high)
        return FALSE;
    }
  if (**cursor != '/')
    return TRUE;
  (*cursor)++;
  return schedule_number (cursor, &step) && step > 0;
}

/* Second, minute, hour, day, month, day of the week, year (TS-0004 Table 7.4.9.1-4). */
static gboolean
check_schedule (const char *text, gsize length)
{
  static const struct { guint low, high; } fields[] = {
    { 0, 59 }, { 0, 59 }, { 0, 23 }, { 1, 31 }, { 1, 12 }, { 0, 6 }, { 2000, 9999 },
  };
  const char *cursor = text;

  if (length > GH_SYNTAX_MAX_SCHEDULE)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      gboolean all;

      if (i > 0 && *cursor++ != ' ')
        return FALSE;
      all = *cursor == '*';
      if (!schedule_element (&cursor, fields[i].low, fields[i].high))
        return FALSE;
      while (!all && *cursor == ',')
        {
          cursor++;
          if (!g_ascii_isdigit (*cursor)
              || !schedule_element (&cursor, fields[i].low, fields[i].high))
            return FALSE;
        }
    }
  return *cursor == '\0';
}

static gboolean
is_media_char (char c)
{
  return g_ascii_isalnum (c) || (c != '\0' && strchr ("!#$&-^_.+*", c) != NULL);
}

/* The length of "type/subtype[;parameters]" at the start of @text, without a colon; 0: none. */
static gsize
media_length (const char *text)
{
  gsize type = 0, subtype = 0, rest;

  while (is_media_char (text[type]))
    type++;
  if (type == 0 || text[type] != '/')
    return 0;
  while (is_media_char (text[type + 1 + subtype]))
    subtype++;
  rest = type + 1 + subtype;
  if (subtype == 0)
    return 0;
  if (text[rest] == ';')
    while (text[rest] >= 0x20 && text[rest] != 0x7f && text[rest] != ':')
      rest++;
  return rest;
}

/* media:encoding[:security], encodingType 0..2, contentSecurity 0..5 */
static gboolean
check_content_info (const char *text, gsize length)
{
  const gsize media = length <= GH_SYNTAX_MAX_TOKEN ? media_length (text) : 0;
  const char *rest = text + media;

  if (media == 0 || rest[0] != ':' || rest[1] < '0' || rest[1] > '2')
    return FALSE;
  if (rest[2] == '\0')
    return TRUE;
  return rest[2] == ':' && rest[3] >= '0' && rest[3] <= '5' && rest[4] == '\0';
}

/* A URI with the name of the protocol: "http://172.25.0.10:8080/xyz", "mqtt://host". */
static gboolean
check_poa (const char *text, gsize length)
{
  gsize scheme = 0;

  while (g_ascii_isalnum (text[scheme]) || (scheme > 0 && strchr ("+-.", text[scheme]) != NULL
                                            && text[scheme] != '\0'))
    scheme++;
  return scheme > 0 && g_ascii_isalpha (text[0]) && text[scheme] == ':' && scheme + 1 < length
         && check_uri (text, length);
}

static gboolean
check_serialization (const char *text, gsize length G_GNUC_UNUSED)
{
  return strcmp (text, "json") == 0 || strcmp (text, "xml") == 0 || strcmp (text, "cbor") == 0;
}

/* 1, 2, 2a, 3, and releases to come: what an AE supports beyond ours is no fault of its request. */
static gboolean
check_release (const char *text, gsize length)
{
  if (length == 0 || length > 3 || text[0] < '1' || text[0] > '9')
    return FALSE;
  if (length == 1 || strcmp (text, "2a") == 0)
    return TRUE;
  return text[0] >= '4' && g_ascii_isalpha (text[1]) && length == 2;
}

/* name@domain, the domain in lower case (TS-0004 6.3.3) */
static gboolean
check_role_id (const char *text, gsize length)
{
  const char *at = memchr (text, '@', length);

  if (length > GH_SYNTAX_MAX_TOKEN || at == NULL || at == text || at[1] == '\0')
    return FALSE;
  for (const char *p = text; p < at; p++)
    if (!g_ascii_isalnum (*p) && *p != '.' && *p != '_' && *p != '-')
      return FALSE;
  for (const char *p = at + 1; *p != '\0'; p++)
    if (!g_ascii_islower (*p) && !g_ascii_isdigit (*p) && *p != '.' && *p != '-')
      return FALSE;
  return TRUE;
}

/* RFC 4648 section 4, with its padding. */
static gboolean
check_base64 (const char *text, gsize length)
{
  gsize end = length;

  if (length == 0 || length > GH_SYNTAX_MAX_STRING || length % 4 != 0)
    return FALSE;
  while (end > length - 2 && text[end - 1] == '=')
    end--;
  for (gsize i = 0; i < end; i++)
    if (!g_ascii_isalnum (text[i]) && text[i] != '+' && text[i] != '/')
      return FALSE;
  return TRUE;
}

static const struct {
  CheckFunc check;            /* NULL: no string */
  const char *expectation;
} syntaxes[] = {
  [GH_DATA_ANY] = { NULL, "a value" },
  [GH_DATA_STRING] = { check_string, "a string without control characters" },
  [GH_DATA_URI] = { check_uri, "a URI" },
  [GH_DATA_ID] = { check_id, "an identifier" },
  [GH_DATA_NAME] = { check_name, "a resource name" },
  [GH_DATA_NCNAME] = { check_ncname, "a name" },
  [GH_DATA_TOKEN] = { check_token, "a token" },
  [GH_DATA_BOOLEAN] = { NULL, "true or false" },
  [GH_DATA_INTEGER] = { NULL, "an integer" },
  [GH_DATA_NON_NEGATIVE] = { NULL, "a non-negative integer" },
  [GH_DATA_POSITIVE] = { NULL, "a positive integer" },
  [GH_DATA_UNSIGNED_INT] = { NULL, "an integer of 32 bits" },
  [GH_DATA_NUMBER] = { NULL, "a number" },
  [GH_DATA_TIMESTAMP] = { check_timestamp, "a timestamp YYYYMMDDThhmmss[,f]" },
  [GH_DATA_ABS_REL_TIMESTAMP] = { check_timestamp, "a timestamp or milliseconds" },
  [GH_DATA_DURATION] = { check_duration, "a duration such as PT10S" },
  [GH_DATA_ENUM] = { NULL, "a number of the enumeration" },
  [GH_DATA_BITS] = { NULL, "a sum of bits" },
  [GH_DATA_IPV4] = { check_ipv4, "an IPv4 address or prefix" },
  [GH_DATA_IPV6] = { check_ipv6, "an IPv6 address or prefix" },
  [GH_DATA_COUNTRY] = { check_country, "a country code of two capital letters" },
  [GH_DATA_SCHEDULE] = { check_schedule, "a schedule of seven fields" },
  [GH_DATA_CONTENT_INFO] = { check_content_info, "media:encoding[:security]" },
  [GH_DATA_POA] = { check_poa, "a URI with its protocol" },
  [GH_DATA_SERIALIZATION] = { check_serialization, "xml, json or cbor" },
  [GH_DATA_RELEASE] = { check_release, "a release such as 2a or 3" },
  [GH_DATA_ROLE_ID] = { check_role_id, "a role name@domain" },
  [GH_DATA_EVENT_CATEGORY] = { NULL, "2, 3, 4 or 100..999" },
  [GH_DATA_BASE64] = { check_base64, "base64" },
  [GH_DATA_CIRCLE] = { NULL, "a list of latitude, longitude and radius" },
  [GH_DATA_OBJECT] = { NULL, "an object" },
};
G_STATIC_ASSERT (G_N_ELEMENTS (syntaxes) == GH_N_DATA);

gboolean
gh_syntax_check (GhDataType data, const char *text, gsize length)
{
  g_return_val_if_fail (data < GH_N_DATA, FALSE);

  return syntaxes[data].check != NULL && syntaxes[data].check (text, length);
}

const char *
gh_syntax_expectation (GhDataType data)
{
  g_return_val_if_fail (data < GH_N_DATA, "");

  return syntaxes[data].expectation;
}

const char *
gh_syntax_quote (const char *text, char out[GH_QUOTE_SIZE])
{
  const gsize most = GH_QUOTE_SIZE - sizeof "...";
  gsize i, dots = 0;

  for (i = 0; text[i] != '\0' && i < most; i++)
    out[i] = g_ascii_isprint (text[i]) && text[i] != '"' ? text[i] : '?';
  if (text[i] != '\0')
    dots = strlen ("...");
  memcpy (out + i, "...", dots);
  out[i + dots] = '\0';
  return out;
}

/* One "12H" or "2.5S" behind @cursor: the number in millionths, and its letter. */
static gboolean
duration_part (const char **cursor, gint64 *out_millionths, char *out_letter)
{
  const char *p = *cursor;
  gint64 number = 0, unit = G_USEC_PER_SEC;

  if (!g_ascii_isdigit (*p))
    return FALSE;
  for (; g_ascii_isdigit (*p); p++)
    if (__builtin_mul_overflow (number, 10, &number)
        || __builtin_add_overflow (number, *p - '0', &number))
      return FALSE;
  if (__builtin_mul_overflow (number, G_USEC_PER_SEC, &number))
    return FALSE;
  if (*p == '.')
    {
      if (!g_ascii_isdigit (*++p))
        return FALSE;
      for (; g_ascii_isdigit (*p); p++)
        {
          unit /= 10; /* finer than a microsecond is dropped */
          if (__builtin_add_overflow (number, unit * (*p - '0'), &number))
            return FALSE;
        }
      if (*p != 'S')
        return FALSE;
    }
  *out_millionths = number;
  *out_letter = *p;
  *cursor = p + 1;
  return *p != '\0';
}

gboolean
gh_duration_parse (const char *text, gsize length, gint64 *out_us)
{
  static const struct { char letter; gboolean time; gint64 seconds; } parts[] = {
    { 'Y', FALSE, 365 * 86400 }, { 'M', FALSE, 30 * 86400 }, { 'D', FALSE, 86400 },
    { 'H', TRUE, 3600 }, { 'M', TRUE, 60 }, { 'S', TRUE, 1 },
  };
  const char *cursor = text;
  gboolean in_time = FALSE;
  gint64 total = 0;
  gsize next = 0;

  if (length < 3 || length > 64 || *cursor++ != 'P')
    return FALSE;
  while (*cursor != '\0')
    {
      gint64 part;
      char letter;

      if (*cursor == 'T' && !in_time)
        {
          in_time = TRUE;
          cursor++;
        }
      if (!duration_part (&cursor, &part, &letter))
        return FALSE;
      while (next < G_N_ELEMENTS (parts)
             && (parts[next].letter != letter || parts[next].time != in_time))
        next++;
      if (next == G_N_ELEMENTS (parts)
          || __builtin_mul_overflow (part, parts[next].seconds, &part)
          || __builtin_add_overflow (total, part, &total))
        return FALSE;
      next++;
    }
  *out_us = total;
  return TRUE;
}
