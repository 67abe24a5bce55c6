/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/gh-attribute.h"

#include "model/gh-table.h"

#include <string.h>

/* The octets of the name, first one highest. */
guint64
gh_attribute_key (const char *short_name)
{
  guint64 key = 0;
  guint length;

  for (length = 0; short_name[length] != '\0'; length++)
    {
      if (length == 8)
        return 0;
      key = key << 8 | (guint8) short_name[length];
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
  const guint64 key = gh_attribute_key (name);
  gint found;

  if (index->slots != NULL)
    {
      const guint8 place = index->slots[(key * index->multiplier) >> index->shift];

      return place != 0xff && index->keys[place] == key ? &rows[index->rows[place]] : NULL;
    }
  found = find_key (index->keys, n, key);
  return found >= 0 ? &rows[index->rows[found]] : NULL;
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
