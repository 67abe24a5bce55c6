/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "primitive/gh-json-reader.h"

#include "primitive/gh-json-scan.h"

#include <stdlib.h>
#include <string.h>

/* The children of what is still open wait on one stack and move to the arena when it is closed. */

#define STACK_FIRST 96

typedef struct {
  const char *name;
  guint64 hash;
  guint32 position;
  GhValue value;
} Entry;

typedef struct {
  GhJsonScan scan;
  guint depth;
  guint32 n, size;
  Entry *entries; /* first, or a larger one */
  Entry first[STACK_FIRST];
} Parser;

static gboolean parse_value (Parser *parser, guint32 index);

/* Names of up to eight octets, nearly all of oneM2M's, are told apart entirely. Collisions cost
 * nothing but a strcmp: the order that is used for large objects does not rest on this. The
 * reader's padding lets eight octets be taken from where a name begins. */
static inline guint64
hash_name (const char *name, guint32 length)
{
  guint64 head, tail;

  memcpy (&head, name, 8);
  head = GUINT64_FROM_LE (head);
  if (length < 8)
    return (head & ((G_GUINT64_CONSTANT (1) << (8 * length)) - 1)) ^ ((guint64) length << 56);
  memcpy (&tail, name + length - 8, 8);
  return head ^ (tail * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15)) ^ ((guint64) length << 56);
}

static gboolean
fail_duplicate (const Parser *parser, const Entry *entry)
{
  return gh_fault_set (parser->scan.fault, GH_ERROR_BAD_REQUEST,
                       "octet %u: the member %.40s occurs twice", entry->position, entry->name);
}

static int
compare_entries (const void *a, const void *b)
{
  const Entry *const *x = a, *const *y = b;

  if ((*x)->hash != (*y)->hash)
    return (*x)->hash < (*y)->hash ? -1 : 1;
  return strcmp ((*x)->name, (*y)->name);
}

static gboolean
check_many (const Parser *parser, const Entry *entries, guint32 n)
{
  g_autofree const Entry **sorted = g_new (const Entry *, n);

  for (guint32 i = 0; i < n; i++)
    sorted[i] = &entries[i];
  qsort (sorted, n, sizeof *sorted, compare_entries);
  for (guint32 i = 1; i < n; i++)
    {
      if (compare_entries (&sorted[i - 1], &sorted[i]) == 0)
        return fail_duplicate (parser, MAX (sorted[i - 1], sorted[i]));
    }
  return TRUE;
}

static gboolean
check_one (const Parser *parser, const Entry *entries, guint32 i)
{
  for (guint32 j = 0; j < i; j++)
    {
      if (entries[i].hash == entries[j].hash && strcmp (entries[i].name, entries[j].name) == 0)
        return fail_duplicate (parser, &entries[i]);
    }
  return TRUE;
}

/* A name can only be there twice if its bit of 64 is set already; that spares most comparisons. */
static inline gboolean
check_duplicates (const Parser *parser, const Entry *entries, guint32 n)
{
  guint64 seen = 0;

  if (n > 16)
    return check_many (parser, entries, n);
  for (guint32 i = 0; i < n; i++)
    {
      const guint64 mixed = entries[i].hash * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
      const guint64 bit = G_GUINT64_CONSTANT (1) << (mixed >> 58);

      if ((seen & bit) != 0 && !check_one (parser, entries, i))
        return FALSE;
      seen |= bit;
    }
  return TRUE;
}

static gboolean
grow (Parser *parser)
{
  const guint32 size = 2 * parser->size;

  /* What waits here must fit the arena once it is closed, so going on would be of no use. */
  if (parser->n * sizeof (GhValue) > gh_arena_available (parser->scan.arena))
    return gh_json_scan_fail_memory (&parser->scan);
  if (parser->entries == parser->first)
    {
      parser->entries = g_new (Entry, size);
      memcpy (parser->entries, parser->first, sizeof parser->first);
    }
  else
    {
      parser->entries = g_renew (Entry, parser->entries, size);
    }
  parser->size = size;
  return TRUE;
}

static inline Entry *
push (Parser *parser)
{
  if (G_UNLIKELY (parser->n == parser->size) && !grow (parser))
    return NULL;
  return &parser->entries[parser->n++];
}

/* Moves the children from @first on to the arena, as the value of the entry before them. */
static gboolean
close_object (Parser *parser, guint32 first)
{
  const guint32 n = parser->n - first;
  const Entry *entries = parser->entries + first;
  GhValue *out = &parser->entries[first - 1].value;
  GhMember *members = NULL;

  if (!check_duplicates (parser, entries, n))
    return FALSE;
  if (n > 0)
    {
      members = gh_arena_new_array (parser->scan.arena, GhMember, n);
      if (members == NULL)
        return gh_json_scan_fail_memory (&parser->scan);
    }
  for (guint32 i = 0; i < n; i++)
    members[i] = (GhMember){ entries[i].name, entries[i].value };
  *out = (GhValue){ .kind = GH_VALUE_OBJECT, .length = n, .members = members };
  parser->n = first;
  return TRUE;
}

static gboolean
close_list (Parser *parser, guint32 first)
{
  const guint32 n = parser->n - first;
  const Entry *entries = parser->entries + first;
  GhValue *out = &parser->entries[first - 1].value;
  GhValue *items = NULL;

  if (n > 0)
    {
      items = gh_arena_new_array (parser->scan.arena, GhValue, n);
      if (items == NULL)
        return gh_json_scan_fail_memory (&parser->scan);
    }
  for (guint32 i = 0; i < n; i++)
    items[i] = entries[i].value;
  *out = (GhValue){ .kind = GH_VALUE_LIST, .length = n, .items = items };
  parser->n = first;
  return TRUE;
}

/* TRUE when the closing bracket @end stood at the cursor and was taken. */
static inline gboolean
take_end (GhJsonScan *scan, char end)
{
  scan->cursor = gh_json_skip_blanks (scan->cursor);
  if (*scan->cursor != end)
    return FALSE;
  scan->cursor++;
  return TRUE;
}

static inline gboolean
take_comma (GhJsonScan *scan, const char *expected)
{
  if (*scan->cursor != ',')
    return gh_json_scan_fail (scan, scan->cursor, expected);
  scan->cursor = gh_json_skip_blanks (scan->cursor + 1);
  return TRUE;
}

/* The name at the cursor and the colon behind it. */
static inline gboolean
parse_name (Parser *parser, Entry *entry)
{
  GhJsonScan *scan = &parser->scan;
  char *const start = scan->cursor;
  guint32 length;

  if (*start != '"')
    return gh_json_scan_fail (scan, start,
                              start < scan->end ? "member name expected" : "the text ends early");
  entry->name = gh_json_scan_string (scan, &length);
  if (entry->name == NULL)
    return FALSE;
  if (length > GH_JSON_MAX_NAME)
    return gh_json_scan_fail (scan, start,
                              "member name of more than " G_STRINGIFY (GH_JSON_MAX_NAME) " octets");
  entry->hash = hash_name (entry->name, length);
  entry->position = (guint32) (start - scan->start);
  scan->cursor = gh_json_skip_blanks (scan->cursor);
  if (*scan->cursor != ':')
    return gh_json_scan_fail (scan, scan->cursor, "colon expected after a member name");
  scan->cursor = gh_json_skip_blanks (scan->cursor + 1);
  return TRUE;
}

static gboolean
parse_members (Parser *parser)
{
  GhJsonScan *scan = &parser->scan;
  const guint32 first = parser->n;
  gboolean more = !take_end (scan, '}');

  while (more)
    {
      const guint32 index = parser->n;
      Entry *entry;

      if (index - first == GH_JSON_MAX_MEMBERS)
        return gh_json_scan_fail (
          scan, scan->cursor,
          "more than " G_STRINGIFY (GH_JSON_MAX_MEMBERS) " members in an object");
      entry = push (parser);
      if (entry == NULL || !parse_name (parser, entry) || !parse_value (parser, index))
        return FALSE;
      more = !take_end (scan, '}');
      if (more && !take_comma (scan, "comma or } expected"))
        return FALSE;
    }
  return close_object (parser, first);
}

static gboolean
parse_items (Parser *parser)
{
  GhJsonScan *scan = &parser->scan;
  const guint32 first = parser->n;
  gboolean more = !take_end (scan, ']');

  while (more)
    {
      const guint32 index = parser->n;

      if (index - first == GH_JSON_MAX_ITEMS)
        return gh_json_scan_fail (scan, scan->cursor,
                                  "more than " G_STRINGIFY (GH_JSON_MAX_ITEMS) " items in a list");
      if (push (parser) == NULL || !parse_value (parser, index))
        return FALSE;
      more = !take_end (scan, ']');
      if (more && !take_comma (scan, "comma or ] expected"))
        return FALSE;
    }
  return close_list (parser, first);
}

/* Recursion is bounded by GH_JSON_MAX_DEPTH; a level has a small frame. */
static gboolean
parse_container (Parser *parser)
{
  GhJsonScan *scan = &parser->scan;
  const gboolean object = *scan->cursor == '{';
  gboolean good;

  if (parser->depth == GH_JSON_MAX_DEPTH)
    return gh_json_scan_fail (scan, scan->cursor,
                              "nested deeper than " G_STRINGIFY (GH_JSON_MAX_DEPTH));
  scan->cursor++;
  parser->depth++;
  good = object ? parse_members (parser) : parse_items (parser);
  parser->depth--;
  return good;
}

/* Reads the value at the cursor into the entry @index, which is the last one. */
static gboolean
parse_value (Parser *parser, guint32 index)
{
  GhJsonScan *scan = &parser->scan;
  GhValue *out = &parser->entries[index].value;

  switch (*scan->cursor)
    {
    case '{':
    case '[':
      return parse_container (parser);
    case '"':
      out->kind = GH_VALUE_STRING;
      out->text = gh_json_scan_string (scan, &out->length);
      return out->text != NULL;
    case '-':
    case '0' ... '9':
      return gh_json_scan_number (scan, out);
    default:
      return gh_json_scan_word (scan, out);
    }
}

static gboolean
parse_text (Parser *parser)
{
  GhJsonScan *scan = &parser->scan;

  scan->cursor = gh_json_skip_blanks (scan->cursor);
  if (push (parser) == NULL || !parse_value (parser, 0))
    return FALSE;
  scan->cursor = gh_json_skip_blanks (scan->cursor);
  return scan->cursor == scan->end
         || gh_json_scan_fail (scan, scan->cursor, "octets after the value");
}

gboolean
gh_json_parse (const char *data, gsize length, GhArena *arena, GhValue *out, GhFault *fault)
{
  Parser parser;
  gboolean good;

  g_return_val_if_fail ((data != NULL || length == 0) && arena != NULL && out != NULL, FALSE);

  parser.depth = 0;
  parser.n = 0;
  parser.size = STACK_FIRST;
  parser.entries = parser.first;
  good = gh_json_scan_init (&parser.scan, data, length, arena, fault) && parse_text (&parser);
  if (good)
    *out = parser.entries[0].value;
  if (parser.entries != parser.first)
    g_free (parser.entries);
  return good;
}
