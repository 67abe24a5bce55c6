/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "primitive/gh-json-reader.h"

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
  GhJsonReader reader;
  Entry *entries; /* first, or a larger one */
  guint32 n, size;
  guint32 opened[GH_JSON_MAX_DEPTH]; /* index of the first child */
  Entry first[STACK_FIRST];
} Parser;

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
fail_memory (const Parser *parser)
{
  return gh_fault_set (parser->reader.fault, GH_ERROR_TOO_LARGE,
                       "JSON: the text needs more memory than a message may have");
}

static gboolean
fail_duplicate (Parser *parser, const Entry *entry)
{
  return gh_fault_set (parser->reader.fault, GH_ERROR_BAD_REQUEST,
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
check_many (Parser *parser, const Entry *entries, guint32 n)
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
check_one (Parser *parser, const Entry *entries, guint32 i)
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
check_duplicates (Parser *parser, const Entry *entries, guint32 n)
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
  if (parser->n * sizeof (GhValue) > gh_arena_available (parser->reader.arena))
    return fail_memory (parser);
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

/* Moves the children from @first on to the arena. */
static gboolean
close_object (Parser *parser, guint32 first, GhValue *out)
{
  const guint32 n = parser->n - first;
  const Entry *entries = parser->entries + first;
  GhMember *members;

  if (!check_duplicates (parser, entries, n))
    return FALSE;
  members = n > 0 ? gh_arena_new_array (parser->reader.arena, GhMember, n) : NULL;
  if (members == NULL && n > 0)
    return fail_memory (parser);
  for (guint32 i = 0; i < n; i++)
    members[i] = (GhMember){ entries[i].name, entries[i].value };
  *out = (GhValue){ .kind = GH_VALUE_OBJECT, .length = n, .members = members };
  return TRUE;
}

static gboolean
close_list (Parser *parser, guint32 first, GhValue *out)
{
  const guint32 n = parser->n - first;
  const Entry *entries = parser->entries + first;
  GhValue *items = n > 0 ? gh_arena_new_array (parser->reader.arena, GhValue, n) : NULL;

  if (items == NULL && n > 0)
    return fail_memory (parser);
  for (guint32 i = 0; i < n; i++)
    items[i] = entries[i].value;
  *out = (GhValue){ .kind = GH_VALUE_LIST, .length = n, .items = items };
  return TRUE;
}

/*
 * What an entry is for: a NAME makes one, whose value comes later; an item and the root make theirs
 * when the value begins. So the entry that waits for a value is always the last one that was pushed
 * before it.
 */
static gboolean
take_token (Parser *parser, GhJsonToken token)
{
  GhJsonReader *reader = &parser->reader;
  const gboolean closes = token == GH_JSON_OBJECT_END || token == GH_JSON_LIST_END;
  const guint parent = reader->depth
                       - (token == GH_JSON_OBJECT_BEGIN || token == GH_JSON_LIST_BEGIN);
  const gboolean is_member = parent > 0 && parent <= GH_JSON_MAX_DEPTH
                             && reader->in_object[parent - 1];
  Entry *entry;
  GhValue value;

  if (closes)
    {
      const guint32 first = parser->opened[reader->depth];

      if (!(token == GH_JSON_OBJECT_END ? close_object (parser, first, &value)
                                        : close_list (parser, first, &value)))
        return FALSE;
      parser->n = first;
      parser->entries[first - 1].value = value;
      return TRUE;
    }
  if (token == GH_JSON_NAME || !is_member)
    {
      entry = push (parser);
      if (entry == NULL)
        return FALSE;
      entry->name = NULL;
    }
  else
    {
      entry = &parser->entries[parser->n - 1];
    }
  if (token == GH_JSON_NAME)
    {
      entry->name = reader->name;
      entry->hash = hash_name (reader->name, reader->name_length);
      entry->position = reader->position;
    }
  else if (token == GH_JSON_SCALAR)
    {
      entry->value = reader->scalar;
    }
  else
    {
      parser->opened[parent] = parser->n;
    }
  return TRUE;
}

gboolean
gh_json_parse (const char *data, gsize length, GhArena *arena, GhValue *out, GhFault *fault)
{
  Parser parser;
  GhJsonToken token;

  g_return_val_if_fail (out != NULL, FALSE);

  gh_json_reader_init (&parser.reader, data, length, arena, fault);
  parser.entries = parser.first;
  parser.n = 0;
  parser.size = STACK_FIRST;
  do
    token = gh_json_reader_next (&parser.reader);
  while (token != GH_JSON_ERROR && token != GH_JSON_END && take_token (&parser, token));
  if (token == GH_JSON_END)
    *out = parser.entries[0].value;
  if (parser.entries != parser.first)
    g_free (parser.entries);
  return token == GH_JSON_END;
}
