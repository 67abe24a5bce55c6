/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-cost.h"

#include <string.h>

#define MAX_DEPTH       64 /* of arrays, structs and variants, as the protocol has it */
#define FIELD_SIGNATURE 8
#define FIELD_FDS       9

typedef struct {
  const guint8 *data;
  gsize at, end;
  gboolean big;
  guint values;
} Walk;

static gsize
aligned (gsize at, gsize to)
{
  return (at + to - 1) / to * to;
}

static guint32
read_u32 (const guint8 *data, gboolean big)
{
  guint32 value;

  memcpy (&value, data, sizeof value);
  return big ? GUINT32_FROM_BE (value) : GUINT32_FROM_LE (value);
}

static void
write_u32 (guint8 *data, guint32 value, gboolean big)
{
  const guint32 octets = big ? GUINT32_TO_BE (value) : GUINT32_TO_LE (value);

  memcpy (data, &octets, sizeof octets);
}

gboolean
gh_bus_head_parse (const guint8 *data, GhBusHead *out)
{
  if ((data[0] != 'l' && data[0] != 'B') || data[3] != 1)
    return FALSE;
  out->big = data[0] == 'B';
  out->header = aligned (GH_BUS_HEAD + (gsize) read_u32 (data + 12, out->big), 8);
  out->complete = out->header + read_u32 (data + 4, out->big);
  return TRUE;
}

static gboolean
skip (Walk *walk, gsize alignment, gsize n)
{
  const gsize at = aligned (walk->at, alignment);

  if (at > walk->end || n > walk->end - at)
    return FALSE;
  walk->at = at + n;
  return TRUE;
}

/* The octet before what comes next, or the four of them. */
static gboolean
take_length (Walk *walk, gsize size, gsize *out)
{
  if (!skip (walk, size, size))
    return FALSE;
  *out = size == 1 ? walk->data[walk->at - 1] : read_u32 (walk->data + walk->at - 4, walk->big);
  return TRUE;
}

/* NULL: there is none. It ends in a zero octet. */
static const char *
take_signature (Walk *walk)
{
  gsize length = 0;

  if (!take_length (walk, 1, &length) || !skip (walk, 1, length + 1)
      || walk->data[walk->at - 1] != '\0')
    return NULL;
  return (const char *) walk->data + walk->at - 1 - length;
}

static gsize
size_of (char type)
{
  switch (type)
    {
    case 'y':
      return 1;
    case 'n':
    case 'q':
      return 2;
    case 'i':
    case 'u':
    case 'b':
    case 'h':
      return 4;
    case 'x':
    case 't':
    case 'd':
      return 8;
    default:
      return 0;
    }
}

static gsize
alignment_of (char type)
{
  if (type == '(' || type == '{')
    return 8;
  return type == 's' || type == 'o' || type == 'a' ? 4 : MAX (size_of (type), 1);
}

static gboolean walk_value (Walk *walk, const char **type, guint depth);

/* An array of @element; octets are one value. @type goes behind it. */
static gboolean
walk_array (Walk *walk, const char **type, guint depth)
{
  const char *element = *type;
  const gsize end_of_all = walk->end;
  gsize length = 0;

  if (!g_variant_type_string_scan (element, NULL, type) || !take_length (walk, 4, &length)
      || !skip (walk, alignment_of (*element), 0) || length > walk->end - walk->at)
    return FALSE;
  if (*element == 'y')
    return skip (walk, 1, length);
  walk->end = walk->at + length;
  while (walk->at < walk->end)
    {
      const char *each = element;
      if (!walk_value (walk, &each, depth))
        return FALSE;
    }
  walk->end = end_of_all;
  return TRUE;
}

static gboolean
walk_struct (Walk *walk, const char **type, guint depth)
{
  if (!skip (walk, 8, 0))
    return FALSE;
  while (**type != ')' && **type != '}')
    if (!walk_value (walk, type, depth))
      return FALSE;
  (*type)++;
  return TRUE;
}

static gboolean
walk_variant (Walk *walk, guint depth)
{
  const char *type = take_signature (walk);

  return type != NULL && walk_value (walk, &type, depth) && *type == '\0';
}

/* One value of the first type in @type, which goes behind that. */
static gboolean
walk_value (Walk *walk, const char **type, guint depth)
{
  const char code = **type;
  gsize length = 0;

  if (code == '\0' || depth == 0 || ++walk->values > GH_BUS_MAX_VALUES)
    return FALSE;
  (*type)++;
  switch (code)
    {
    case 's':
    case 'o':
      return take_length (walk, 4, &length) && skip (walk, 1, length + 1);
    case 'g':
      return take_signature (walk) != NULL;
    case 'v':
      return walk_variant (walk, depth - 1);
    case 'a':
      return walk_array (walk, type, depth - 1);
    case '(':
    case '{':
      return walk_struct (walk, type, depth - 1);
    default:
      return size_of (code) > 0 && skip (walk, size_of (code), size_of (code));
    }
}

/* A field of the header: its code, or -1. Where it begins, and its signature when it is one. */
static int
take_field (Walk *walk, gsize *from, const char **signature)
{
  const char *type;
  int code;

  if (!skip (walk, 8, 1))
    return -1;
  *from = walk->at - 1;
  code = walk->data[*from];
  type = take_signature (walk);
  if (type == NULL)
    return -1;
  if (code == FIELD_SIGNATURE && strcmp (type, "g") == 0)
    {
      *signature = take_signature (walk);
      return *signature != NULL ? code : -1;
    }
  return walk_value (walk, &type, MAX_DEPTH) && *type == '\0' ? code : -1;
}

static Walk
walk_header (const guint8 *data, const GhBusHead *head)
{
  return (Walk){ .data = data,
                 .at = GH_BUS_HEAD,
                 .end = GH_BUS_HEAD + read_u32 (data + 12, head->big),
                 .big = head->big };
}

gboolean
gh_bus_message_is_cheap (const guint8 *data, const GhBusHead *head)
{
  Walk walk = walk_header (data, head);
  const char *signature = "";
  gsize from;

  while (walk.at < walk.end)
    if (take_field (&walk, &from, &signature) < 0)
      return FALSE;
  walk.at = head->header;
  walk.end = head->complete;
  /* an offset is the one in the message, whose body begins at a multiple of eight */
  while (*signature != '\0')
    if (!walk_value (&walk, &signature, MAX_DEPTH))
      return FALSE;
  return TRUE;
}

static void
fill_up (GByteArray *out)
{
  static const guint8 zeros[8];

  g_byte_array_append (out, zeros, (guint) (aligned (out->len, 8) - out->len));
}

gboolean
gh_bus_message_strip (const guint8 *data, const GhBusHead *head, GByteArray *out)
{
  static const guint8 field[] = { FIELD_SIGNATURE, 1, 'g', 0, 1, 'g', 0 };
  static const guint8 body[] = { 0, 0 };
  Walk walk = walk_header (data, head);
  const char *signature;
  gsize from = 0;

  g_byte_array_set_size (out, 0);
  g_byte_array_append (out, data, GH_BUS_HEAD);
  while (walk.at < walk.end)
    {
      const int code = take_field (&walk, &from, &signature);
      if (code < 0)
        return FALSE;
      if (code == FIELD_SIGNATURE || code == FIELD_FDS)
        continue;
      fill_up (out);
      g_byte_array_append (out, data + from, (guint) (walk.at - from));
    }
  fill_up (out);
  g_byte_array_append (out, field, sizeof field);
  write_u32 (out->data + 4, sizeof body, head->big);
  write_u32 (out->data + 12, (guint32) (out->len - GH_BUS_HEAD), head->big);
  fill_up (out);
  g_byte_array_append (out, body, sizeof body);
  return TRUE;
}
