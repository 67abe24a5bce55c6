/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/gh-resource.h"

#include "model/gh-syntax.h"
#include "primitive/gh-primitive.h"

#include <string.h>

/* The object below the one root member, which has to be that of @type. */
static const GhValue *
find_root (const GhType *type, const GhValue *content, GhFault *fault)
{
  char quoted[GH_QUOTE_SIZE];

  if (content->kind != GH_VALUE_OBJECT || content->length != 1)
    {
      gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                    "content: expected an object with the one member %s", type->root_name);
      return NULL;
    }
  if (strcmp (content->members[0].name, type->root_name) != 0)
    {
      gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "content: expected the member %s, found \"%s\"",
                    type->root_name, gh_syntax_quote (content->members[0].name, quoted));
      return NULL;
    }
  if (content->members[0].value.kind != GH_VALUE_OBJECT)
    {
      gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "content: expected an object in %s",
                    type->root_name);
      return NULL;
    }
  return &content->members[0].value;
}

static gboolean
check_null (const GhType *type, const GhAttribute *row, gint operation, GhFault *fault)
{
  if (operation == GH_OPERATION_CREATE && row->fill)
    return TRUE;
  if (operation == GH_OPERATION_CREATE)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%s: null in a create of %s (%s)",
                         row->short_name, type->long_name, row->clause);
  if (row->required)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "%s: mandatory in %s, cannot be deleted (%s)", row->short_name,
                         type->long_name, row->clause);
  return TRUE;
}

static gboolean
check_presence (const GhType *type, const GhAttribute *row, gint operation, GhFault *fault)
{
  if (operation == GH_OPERATION_CREATE && row->create == GH_PRESENCE_NP)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "%s: read-only, not allowed in a create of %s (%s)", row->short_name,
                         type->long_name, row->clause);
  if (operation != GH_OPERATION_CREATE && row->update == GH_PRESENCE_NP)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "%s: read-only, not allowed in an update of %s (%s)", row->short_name,
                         type->long_name, row->clause);
  return TRUE;
}

/* Which specialisation it is, said a second time. */
static gboolean
check_definition (const GhType *type, const GhAttribute *row, const GhValue *value, GhFault *fault)
{
  char quoted[GH_QUOTE_SIZE];

  if (row->id != GH_ATTRIBUTE_CND || type->definition == NULL
      || strcmp (value->text, type->definition) == 0)
    return TRUE;
  return gh_fault_set (fault,
                       gh_type_definition_is_known (value->text) ? GH_ERROR_BAD_REQUEST
                                                                 : GH_ERROR_NO_SCHEMA,
                       "cnd: expected \"%s\" for %s, found \"%s\"",
                       type->definition, type->root_name, gh_syntax_quote (value->text, quoted));
}

static gboolean
check_attribute (const GhType *type, const GhAttribute *row, gint operation, const GhValue *value,
                 GhFault *fault)
{
  if (!check_presence (type, row, operation, fault))
    return FALSE;
  if (value->kind == GH_VALUE_NULL)
    return check_null (type, row, operation, fault);
  if (operation == GH_OPERATION_CREATE && row->fill)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "%s: only null is allowed in a create of %s, the CSE fills it in "
                         "(TS-0004 7.3.3.3)", row->short_name, type->long_name);
  return gh_value_check (row, value, fault) && check_definition (type, row, value, fault);
}

/* Sorts the members of @root by row into @found. */
static gboolean
collect (const GhType *type, gint operation, const GhValue *root,
         const GhValue *found[GH_TYPE_MAX_ATTRIBUTES], GhFault *fault)
{
  char quoted[GH_QUOTE_SIZE];

  for (guint i = 0; i < root->length; i++)
    {
      const GhMember *member = &root->members[i];
      const GhAttribute *row = gh_type_attribute (type, member->name);

      if (row == NULL)
        return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%s: not an attribute of %s (%s)",
                             gh_syntax_quote (member->name, quoted), type->long_name, type->clause);
      if (found[row - type->attributes] != NULL)
        return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%s: stands twice", row->short_name);
      if (!check_attribute (type, row, operation, &member->value, fault))
        return FALSE;
      found[row - type->attributes] = &member->value;
    }
  return TRUE;
}

gboolean
gh_draft_parse (const GhType *type, gint operation, gint release, const GhValue *content,
                GhArena *arena, GhDraft *out, GhFault *fault)
{
  const GhValue *found[GH_TYPE_MAX_ATTRIBUTES];
  const gint newest = release > 0 ? release : GH_RELEASE_NEWEST;
  const GhValue *root;

  *out = (GhDraft){ .type = type };
  memset (found, 0, type->n_attributes * sizeof *found);
  root = find_root (type, content, fault);
  if (root == NULL || !collect (type, operation, root, found, fault))
    return FALSE;
  out->values = gh_arena_new_array (arena, GhAttributeValue, MAX (root->length, 1));
  if (out->values == NULL)
    return gh_fault_set (fault, GH_ERROR_TOO_LARGE, "content: too large");
  for (guint i = 0; i < type->n_attributes; i++)
    {
      const GhAttribute *row = &type->attributes[i];

      if (found[i] != NULL)
        out->values[out->n_values++] = (GhAttributeValue){ row, *found[i] };
      else if (operation == GH_OPERATION_CREATE && row->create == GH_PRESENCE_M
               && row->release <= newest)
        return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                             "%s: mandatory attribute is missing in a create of %s (%s)",
                             row->short_name, type->long_name, row->clause);
    }
  return TRUE;
}

const GhValue *
gh_draft_get (const GhDraft *draft, const char *short_name)
{
  const GhAttribute *row = gh_type_attribute (draft->type, short_name);

  for (guint i = 0; row != NULL && i < draft->n_values; i++)
    if (draft->values[i].attribute == row)
      return &draft->values[i].value;
  return NULL;
}

gboolean
gh_draft_set (GhDraft *draft, GhArena *arena, const char *short_name, GhValue value)
{
  const GhAttribute *row = gh_type_attribute (draft->type, short_name);
  GhAttributeValue *values;
  guint at = 0;

  g_return_val_if_fail (row != NULL, FALSE);

  while (at < draft->n_values && draft->values[at].attribute < row)
    at++;
  if (at < draft->n_values && draft->values[at].attribute == row)
    {
      draft->values[at].value = value;
      return TRUE;
    }
  values = gh_arena_new_array (arena, GhAttributeValue, draft->n_values + 1);
  if (values == NULL)
    return FALSE;
  if (at > 0)
    memcpy (values, draft->values, at * sizeof *values);
  values[at] = (GhAttributeValue){ row, value };
  if (at < draft->n_values)
    memcpy (values + at + 1, draft->values + at, (draft->n_values - at) * sizeof *values);
  draft->values = values;
  draft->n_values++;
  return TRUE;
}
