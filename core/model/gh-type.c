/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/gh-attribute.h"
#include "model/gh-syntax.h"
#include "model/gh-table.h"

#include <string.h>

/* What was added at start. An array is never changed once it is published: adding makes a new one,
 * and the old ones stay, because a reader may still be in them. */
typedef struct _Added Added;
struct _Added {
  const Added *before;
  guint n;
  const GhType *types[]; /* in the order of their root names */
};

static const Added *added;
static GMutex adding;

const GhType *
gh_type_by_number (gint number)
{
  guint low = 0, high = gh_table_n_bases;

  while (low < high)
    {
      const guint middle = (low + high) / 2;

      if (gh_table_bases[middle]->number == number)
        return gh_table_bases[middle];
      if (gh_table_bases[middle]->number < number)
        low = middle + 1;
      else
        high = middle;
    }
  return NULL;
}

static const GhType *
find_root (const GhType *const *types, guint n, const char *name)
{
  guint low = 0, high = n;

  while (low < high)
    {
      const guint middle = (low + high) / 2;
      const int order = strcmp (types[middle]->root_name, name);

      if (order == 0)
        return types[middle];
      if (order < 0)
        low = middle + 1;
      else
        high = middle;
    }
  return NULL;
}

const GhType *
gh_type_by_root_name (const char *name)
{
  const GhType *type = find_root (gh_table_roots, gh_table_n_roots, name);
  const Added *more = g_atomic_pointer_get (&added);

  return type != NULL || more == NULL ? type : find_root (more->types, more->n, name);
}

gboolean
gh_type_definition_is_known (const char *definition)
{
  const Added *more = g_atomic_pointer_get (&added);

  for (guint i = 0; i < gh_table_n_types; i++)
    if (g_strcmp0 (gh_table_types[i]->definition, definition) == 0)
      return TRUE;
  for (guint i = 0; more != NULL && i < more->n; i++)
    if (g_strcmp0 (more->types[i]->definition, definition) == 0)
      return TRUE;
  return FALSE;
}

/* TS-0004 7.4.37.2.1: a definition that is not available is another fault than a content that does
 * not fit to one. */
static gboolean
lacks_definition (gint number, const GhValue *attributes)
{
  const char *definition = gh_value_text (gh_value_member (attributes, "cnd"));

  return number == GH_TYPE_FLEX_CONTAINER && definition != NULL
         && !gh_type_definition_is_known (definition);
}

const GhType *
gh_type_of_content (gint number, const GhValue *content, GhFault *fault)
{
  const GhType *base = gh_type_by_number (number);
  const GhType *type;
  char quoted[GH_QUOTE_SIZE];

  if (base == NULL)
    {
      gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "ty: %d is not a type that this CSE has", number);
      return NULL;
    }
  if (!base->abstract)
    return base;
  if (content->kind != GH_VALUE_OBJECT || content->length != 1)
    {
      gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                    "content: expected an object with one member, a specialisation of %s",
                    base->long_name);
      return NULL;
    }
  type = gh_type_by_root_name (content->members[0].name);
  if (type != NULL && type->number == number && !type->abstract)
    return type;
  gh_fault_set (fault,
                lacks_definition (number, &content->members[0].value) ? GH_ERROR_NO_SCHEMA
                                                                      : GH_ERROR_BAD_REQUEST,
                "content: \"%s\" is no specialisation of %s that this CSE has (%s)",
                gh_syntax_quote (content->members[0].name, quoted), base->long_name, base->clause);
  return NULL;
}

const GhType *
gh_type_of_stored (gint number, const char *json, gsize length)
{
  const GhType *base = gh_type_by_number (number);
  const GhType *type;
  const char *start, *end;
  g_autofree char *name = NULL;

  const gboolean flex_instance = number == GH_TYPE_FLEX_CONTAINER_INSTANCE;

  if (base == NULL || (!base->abstract && !flex_instance))
    return base;
  /* {"m2m:mem":... as gh_render_resource wrote it: a root name needs no escapes */
  start = memchr (json, '"', length);
  end = start != NULL ? memchr (start + 1, '"', length - (gsize) (start + 1 - json)) : NULL;
  if (end == NULL)
    return NULL;
  name = g_strndup (start + 1, (gsize) (end - start - 1));
  type = gh_type_by_root_name (name);
  if (flex_instance && type != NULL)
    type = type->instances;
  return type != NULL && type->number == number && !type->abstract ? type : NULL;
}

gboolean
gh_type_counts_state (const GhType *type)
{
  const GhAttribute *row = gh_type_attribute (type, "st");

  return row != NULL
         && (type->counter_rows & G_GUINT64_CONSTANT (1) << (row - type->attributes)) != 0;
}

gboolean
gh_type_may_hold (const GhType *parent, gint child_number)
{
  for (const gint *child = parent->children; *child != 0; child++)
    if (*child == child_number)
      return TRUE;
  return FALSE;
}

gboolean
gh_type_may_hold_type (const GhType *parent, const GhType *child)
{
  if (!gh_type_may_hold (parent, child->number))
    return FALSE;
  return parent->special_children == NULL || !child->specialization
         || g_strv_contains (parent->special_children, child->root_name);
}

const GhType *const *
gh_types (guint *out_n)
{
  if (out_n != NULL)
    *out_n = gh_table_n_types;
  return gh_table_types;
}

static gboolean
is_same (const GhType *a, const GhType *b)
{
  if (a->number != b->number || a->n_attributes != b->n_attributes
      || g_strcmp0 (a->definition, b->definition) != 0)
    return FALSE;
  for (guint i = 0; i < a->n_attributes; i++)
    {
      const GhAttribute *x = &a->attributes[i], *y = &b->attributes[i];

      if (strcmp (x->short_name, y->short_name) != 0 || x->data != y->data || x->list != y->list
          || x->create != y->create || x->update != y->update)
        return FALSE;
    }
  return TRUE;
}

/* Whether @type can be found under its name and can be used as the others are. */
static gboolean
check_added (const GhType *type, GError **error)
{
  const GhType *base = gh_type_by_number (type->number);

  if (base == NULL || !base->abstract || !type->specialization)
    {
      g_set_error (error, GH_ERROR, GH_ERROR_CONFIG, "%s: type %d has no specialisations",
                   type->root_name, type->number);
      return FALSE;
    }
  if (type->n_attributes > GH_TYPE_MAX_ATTRIBUTES)
    {
      g_set_error (error, GH_ERROR, GH_ERROR_CONFIG, "%s: %u attributes, %d are the limit",
                   type->root_name, type->n_attributes, GH_TYPE_MAX_ATTRIBUTES);
      return FALSE;
    }
  for (guint i = 1; i < type->n_attributes; i++)
    if (type->index.keys[i - 1] >= type->index.keys[i])
      {
        g_set_error (error, GH_ERROR, GH_ERROR_CONFIG, "%s: attribute %s stands twice",
                     type->root_name, type->attributes[type->index.rows[i]].short_name);
        return FALSE;
      }
  return TRUE;
}

static void
publish (const GhType *type)
{
  const Added *old = added;
  const guint n = old != NULL ? old->n : 0;
  Added *now = g_malloc (sizeof *now + (n + 1) * sizeof now->types[0]);
  guint at = 0;

  while (at < n && strcmp (old->types[at]->root_name, type->root_name) < 0)
    at++;
  now->before = old;
  now->n = n + 1;
  for (guint i = 0; i < n; i++)
    now->types[i < at ? i : i + 1] = old->types[i];
  now->types[at] = type;
  g_atomic_pointer_set (&added, now);
}

gboolean
gh_types_add (const GhType *type, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&adding);
  const GhType *there;

  if (!check_added (type, error))
    return FALSE;
  there = gh_type_by_root_name (type->root_name);
  if (there == NULL)
    publish (type);
  if (there == NULL || is_same (there, type))
    return TRUE;
  g_set_error (error, GH_ERROR, GH_ERROR_CONFIG, "%s: the name stands for another type already",
               type->root_name);
  return FALSE;
}

gboolean
gh_attribute_is_known (const char *short_name)
{
  const guint64 key = gh_attribute_key (short_name);
  const Added *more = g_atomic_pointer_get (&added);
  guint low = 0, high = gh_table_n_keys;

  while (low < high)
    {
      const guint middle = (low + high) / 2;

      if (gh_table_keys[middle] == key)
        return TRUE;
      if (gh_table_keys[middle] < key)
        low = middle + 1;
      else
        high = middle;
    }
  for (guint i = 0; more != NULL && i < more->n; i++)
    if (gh_type_attribute (more->types[i], short_name) != NULL)
      return TRUE;
  return FALSE;
}
