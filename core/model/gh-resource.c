/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/gh-resource.h"

#include <string.h>

/* One allocation: this, the values, the texts of the identity, and what the values point to. */
typedef struct {
  GhResource resource;
  gsize size;
} Block;

/* gh_value_copy_into keeps its cursor on 16 octets. */
#define ALIGN(size) (((size) + 15) & ~(gsize) 15)

/* Whether @value stands among the values of a resource: not what is in the identity or the
 * counters, and not null, which says "none". */
static gboolean
is_stored (const GhType *type, const GhAttributeValue *value)
{
  const guint64 bit = G_GUINT64_CONSTANT (1) << (value->attribute - type->attributes);

  return ((type->identity_rows | type->counter_rows) & bit) == 0
         && value->value.kind != GH_VALUE_NONE && value->value.kind != GH_VALUE_NULL;
}

static gsize
text_size (const char *text)
{
  return text != NULL ? strlen (text) + 1 : 0;
}

static const char *
copy_text (const char *text, char **cursor)
{
  const gsize size = text_size (text);
  char *copy = *cursor;

  if (text == NULL)
    return NULL;
  memcpy (copy, text, size);
  *cursor += size;
  return copy;
}

static gsize
identity_size (const GhIdentity *identity)
{
  return ALIGN (text_size (identity->resource_id) + text_size (identity->parent_id)
                + text_size (identity->name) + text_size (identity->owner));
}

static void
copy_identity (const GhIdentity *from, GhIdentity *to, char **cursor)
{
  char *start = *cursor;

  *to = *from;
  to->resource_id = copy_text (from->resource_id, cursor);
  to->parent_id = copy_text (from->parent_id, cursor);
  to->name = copy_text (from->name, cursor);
  to->owner = copy_text (from->owner, cursor);
  *cursor = start + identity_size (from);
}

GhResource *
gh_resource_new (const GhType *type, const GhIdentity *identity, const GhAttributeValue *values,
                 guint n_values)
{
  gsize size = ALIGN (sizeof (Block)) + identity_size (identity);
  GhAttributeValue *copies;
  guint n_stored = 0;
  char *cursor;
  Block *block;

  for (guint i = 0; i < n_values; i++)
    if (is_stored (type, &values[i]))
      {
        n_stored++;
        size += gh_value_measure (&values[i].value);
      }
  size += ALIGN (n_stored * sizeof *copies);
  block = g_malloc (size);
  cursor = (char *) block + ALIGN (sizeof (Block));
  copies = (GhAttributeValue *) (gpointer) cursor;
  cursor += ALIGN (n_stored * sizeof *copies);
  block->size = size;
  block->resource = (GhResource){ .ref_count = 1, .type = type, .n_values = n_stored,
                                  .values = copies };
  copy_identity (identity, &block->resource.identity, &cursor);
  for (guint i = 0; i < n_values; i++)
    if (is_stored (type, &values[i]))
      *copies++ = (GhAttributeValue){ values[i].attribute,
                                      gh_value_copy_into (&values[i].value, &cursor) };
  return &block->resource;
}

GhResource *
gh_resource_updated (const GhResource *old, const GhDraft *draft, gint64 modified_us,
                     gint64 expiration_us)
{
  GhAttributeValue merged[GH_TYPE_MAX_ATTRIBUTES];
  GhIdentity identity = old->identity;
  guint n = 0, i = 0, j = 0;

  g_return_val_if_fail (draft->type == old->type, NULL);

  identity.modified_us = modified_us;
  identity.expiration_us = expiration_us;
  /* Both are in table order, and the rows of a type are one array. */
  while (i < old->n_values || j < draft->n_values)
    {
      const GhAttributeValue *a = i < old->n_values ? &old->values[i] : NULL;
      const GhAttributeValue *b = j < draft->n_values ? &draft->values[j] : NULL;

      if (b == NULL || (a != NULL && a->attribute < b->attribute))
        {
          merged[n++] = *a;
          i++;
          continue;
        }
      if (a != NULL && a->attribute == b->attribute)
        i++;
      merged[n++] = *b;
      j++;
    }
  return gh_resource_new (old->type, &identity, merged, n);
}

GhResource *
gh_resource_ref (GhResource *resource)
{
  g_atomic_int_inc (&resource->ref_count);
  return resource;
}

void
gh_resource_unref (GhResource *resource)
{
  if (g_atomic_int_dec_and_test (&resource->ref_count))
    g_free (resource);
}

gsize
gh_resource_size (const GhResource *resource)
{
  return ((const Block *) resource)->size;
}

gboolean
gh_resource_holds_instances (const GhResource *resource)
{
  if (resource->type->instances == NULL || resource->type->number != GH_TYPE_FLEX_CONTAINER)
    return resource->type->instances != NULL;
  return gh_resource_get_boolean (resource, "fcied",
                                  gh_resource_get (resource, "mni") != NULL
                                    || gh_resource_get (resource, "mbs") != NULL
                                    || gh_resource_get (resource, "mia") != NULL);
}

const GhValue *
gh_resource_get (const GhResource *resource, const char *short_name)
{
  const GhAttribute *row = gh_type_attribute (resource->type, short_name);

  for (guint i = 0; row != NULL && i < resource->n_values; i++)
    if (resource->values[i].attribute == row)
      return &resource->values[i].value;
  return NULL;
}

const char *
gh_resource_get_text (const GhResource *resource, const char *short_name)
{
  const GhValue *value = gh_resource_get (resource, short_name);

  return value != NULL ? gh_value_text (value) : NULL;
}

gint64
gh_resource_get_integer (const GhResource *resource, const char *short_name, gint64 fallback)
{
  const GhValue *value = gh_resource_get (resource, short_name);

  return value != NULL && value->kind == GH_VALUE_INTEGER ? value->integer : fallback;
}

gboolean
gh_resource_get_boolean (const GhResource *resource, const char *short_name, gboolean fallback)
{
  const GhValue *value = gh_resource_get (resource, short_name);

  return value != NULL && value->kind == GH_VALUE_BOOLEAN ? value->boolean : fallback;
}
