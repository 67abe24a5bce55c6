/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/gh-attribute.h"

#include "model/gh-table.h"

#include <string.h>

/* A short name as a number in the order of the names: its octets, first one highest. 0, which no
 * name has, stands for what is empty or longer than eight octets. */
static guint64
pack_name (const char *name)
{
  guint64 key = 0;
  guint length;

  for (length = 0; name[length] != '\0'; length++)
    {
      if (length == 8)
        return 0;
      key = key << 8 | (guint8) name[length];
    }
  return length > 0 ? key << 8 * (8 - length) : 0;
}

/* The position of @key among @n ascending keys; -1 when it is not there. */
static gint
find_key (const guint64 *keys, guint n, guint64 key)
{
  guint low = 0;

  while (n > 1)
    {
      const guint half = n / 2;

      low += keys[low + half] <= key ? half : 0;
      n -= half;
    }
  return n == 1 && keys[low] == key ? (gint) low : -1;
}

static const GhAttribute *
find_row (const GhAttributeIndex *index, const GhAttribute *rows, guint n, const char *name)
{
  const gint found = find_key (index->keys, n, pack_name (name));

  return found >= 0 ? &rows[index->rows[found]] : NULL;
}

const GhType *
gh_type_by_number (gint number)
{
  guint low = 0, high = gh_table_n_types;

  while (low < high)
    {
      const guint middle = (low + high) / 2;

      if (gh_table_types[middle]->number == number)
        return gh_table_types[middle];
      if (gh_table_types[middle]->number < number)
        low = middle + 1;
      else
        high = middle;
    }
  return NULL;
}

const GhType *
gh_type_by_root_name (const char *name)
{
  for (guint i = 0; i < gh_table_n_types; i++)
    if (strcmp (gh_table_types[i]->root_name, name) == 0)
      return gh_table_types[i];
  return NULL;
}

const GhAttribute *
gh_type_attribute (const GhType *type, const char *short_name)
{
  return find_row (&type->index, type->attributes, type->n_attributes, short_name);
}

const GhAttribute *
gh_complex_member (const GhComplexType *complex, const char *short_name)
{
  return find_row (&complex->index, complex->members, complex->n_members, short_name);
}

gboolean
gh_type_may_hold (const GhType *parent, gint child_number)
{
  for (const gint *child = parent->children; *child != 0; child++)
    if (*child == child_number)
      return TRUE;
  return FALSE;
}

const GhType *const *
gh_types (guint *out_n)
{
  if (out_n != NULL)
    *out_n = gh_table_n_types;
  return gh_table_types;
}

gboolean
gh_attribute_is_known (const char *short_name)
{
  return find_key (gh_table_keys, gh_table_n_keys, pack_name (short_name)) >= 0;
}
