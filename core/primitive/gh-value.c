/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "primitive/gh-value.h"

#include <string.h>

#define ALIGNMENT   16
#define ALIGN_UP(n) (((n) + (ALIGNMENT - 1)) & ~(gsize) (ALIGNMENT - 1))

const GhValue *
gh_value_member (const GhValue *value, const char *name)
{
  if (value == NULL || value->kind != GH_VALUE_OBJECT)
    return NULL;
  for (guint32 i = 0; i < value->length; i++)
    {
      if (strcmp (value->members[i].name, name) == 0)
        return &value->members[i].value;
    }
  return NULL;
}

const char *
gh_value_text (const GhValue *value)
{
  return value != NULL && value->kind == GH_VALUE_STRING ? value->text : NULL;
}

/* Members are usually in the same order, so the one at the same place is tried first. */
static gboolean
members_equal (const GhValue *a, const GhValue *b)
{
  for (guint32 i = 0; i < a->length; i++)
    {
      const GhMember *member = &a->members[i];
      const GhValue *other = strcmp (b->members[i].name, member->name) == 0
                               ? &b->members[i].value
                               : gh_value_member (b, member->name);

      if (other == NULL || !gh_value_equal (&member->value, other))
        return FALSE;
    }
  return TRUE;
}

static gboolean
items_equal (const GhValue *a, const GhValue *b)
{
  for (guint32 i = 0; i < a->length; i++)
    {
      if (!gh_value_equal (&a->items[i], &b->items[i]))
        return FALSE;
    }
  return TRUE;
}

gboolean
gh_value_equal (const GhValue *a, const GhValue *b)
{
  g_return_val_if_fail (a != NULL && b != NULL, FALSE);

  if (a == b)
    return TRUE;
  if (a->kind != b->kind)
    return FALSE;
  switch ((GhValueKind) a->kind)
    {
    case GH_VALUE_NONE:
    case GH_VALUE_NULL:
      return TRUE;
    case GH_VALUE_BOOLEAN:
      return !a->boolean == !b->boolean;
    case GH_VALUE_INTEGER:
      return a->integer == b->integer;
    case GH_VALUE_DECIMAL:
    case GH_VALUE_STRING:
      return a->length == b->length && memcmp (a->text, b->text, a->length) == 0;
    case GH_VALUE_LIST:
      return a->length == b->length && items_equal (a, b);
    case GH_VALUE_OBJECT:
      return a->length == b->length && members_equal (a, b);
    }
  return FALSE;
}

/* A copy is two regions: all nodes (aligned), then all texts (packed), because most names have two
 * or three octets. */
typedef struct {
  gsize nodes, texts;
} Measure;

static void
measure (const GhValue *value, Measure *sum)
{
  switch ((GhValueKind) value->kind)
    {
    case GH_VALUE_DECIMAL:
    case GH_VALUE_STRING:
      sum->texts += (gsize) value->length + 1;
      break;
    case GH_VALUE_LIST:
      sum->nodes += value->length * sizeof (GhValue);
      for (guint32 i = 0; i < value->length; i++)
        measure (&value->items[i], sum);
      break;
    case GH_VALUE_OBJECT:
      sum->nodes += value->length * sizeof (GhMember);
      for (guint32 i = 0; i < value->length; i++)
        {
          sum->texts += strlen (value->members[i].name) + 1;
          measure (&value->members[i].value, sum);
        }
      break;
    case GH_VALUE_NONE:
    case GH_VALUE_NULL:
    case GH_VALUE_BOOLEAN:
    case GH_VALUE_INTEGER:
      break;
    }
}

gsize
gh_value_measure (const GhValue *value)
{
  Measure sum = { 0, 0 };

  g_return_val_if_fail (value != NULL, 0);

  measure (value, &sum);
  return ALIGN_UP (sum.nodes + sum.texts);
}

typedef struct {
  char *nodes, *texts;
} Cursor;

static const char *
copy_text (const char *text, gsize length, Cursor *cursor)
{
  char *copy = cursor->texts;

  memcpy (copy, text, length);
  copy[length] = '\0';
  cursor->texts += length + 1;
  return copy;
}

static GhValue
copy (const GhValue *value, Cursor *cursor)
{
  GhValue result = *value;

  if (value->kind == GH_VALUE_STRING || value->kind == GH_VALUE_DECIMAL)
    {
      result.text = copy_text (value->text, value->length, cursor);
    }
  else if (value->kind == GH_VALUE_LIST)
    {
      GhValue *items = (GhValue *) cursor->nodes;

      cursor->nodes += value->length * sizeof (GhValue);
      result.items = items;
      for (guint32 i = 0; i < value->length; i++)
        items[i] = copy (&value->items[i], cursor);
    }
  else if (value->kind == GH_VALUE_OBJECT)
    {
      GhMember *members = (GhMember *) cursor->nodes;

      cursor->nodes += value->length * sizeof (GhMember);
      result.members = members;
      for (guint32 i = 0; i < value->length; i++)
        {
          const GhMember *member = &value->members[i];

          members[i].name = copy_text (member->name, strlen (member->name), cursor);
          members[i].value = copy (&member->value, cursor);
        }
    }
  return result;
}

GhValue
gh_value_copy_into (const GhValue *value, char **cursor)
{
  Measure sum = { 0, 0 };
  Cursor at;
  GhValue result;

  g_return_val_if_fail (value != NULL && cursor != NULL, (GhValue){ 0 });

  measure (value, &sum);
  at = (Cursor){ *cursor, *cursor + sum.nodes };
  result = copy (value, &at);
  *cursor += ALIGN_UP (sum.nodes + sum.texts);
  return result;
}

gboolean
gh_value_dup (const GhValue *value, GhArena *arena, GhValue *out)
{
  char *cursor;

  g_return_val_if_fail (value != NULL && out != NULL, FALSE);

  cursor = gh_arena_alloc (arena, gh_value_measure (value));
  if (cursor == NULL)
    return FALSE;
  *out = gh_value_copy_into (value, &cursor);
  return TRUE;
}
