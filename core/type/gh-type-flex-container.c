/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "type/gh-behaviours.h"

static gboolean
no_room (GhFault *fault)
{
  return gh_fault_set (fault, GH_ERROR_TOO_LARGE, "the request does not fit into its memory");
}

/* An attribute that not every flexContainer has. */
static gboolean
is_custom (const GhAttribute *row)
{
  const GhType *base = gh_type_by_number (GH_TYPE_FLEX_CONTAINER);

  return gh_type_attribute (base, row->short_name) == NULL;
}

/* contentSize: the sum of the custom attributes, as they will be (TS-0004 7.4.37.2.1, .3). */
static guint64
custom_size (const GhChange *change, const GhResource *old)
{
  guint64 size = 0;

  for (guint i = 0; i < change->draft->n_values; i++)
    if (is_custom (change->draft->values[i].attribute))
      size += gh_value_octets (&change->draft->values[i].value);
  for (guint i = 0; old != NULL && i < old->n_values; i++)
    if (is_custom (old->values[i].attribute)
        && gh_draft_get (change->draft, old->values[i].attribute->short_name) == NULL)
      size += gh_value_octets (&old->values[i].value);
  return size;
}

static gboolean
changes_custom (const GhDraft *draft)
{
  for (guint i = 0; i < draft->n_values; i++)
    if (is_custom (draft->values[i].attribute))
      return TRUE;
  return FALSE;
}

static gboolean
write_state (GhChange *change, const GhResource *old, gint64 state_tag, GhFault *fault)
{
  const gint64 size = (gint64) custom_size (change, old);
  const GhValue *asked = gh_draft_get (change->draft, "mbs");
  gint64 most = old != NULL ? gh_resource_get_integer (old, "mbs", G_MAXINT64) : G_MAXINT64;

  if (asked != NULL)
    most = asked->kind == GH_VALUE_INTEGER ? asked->integer : G_MAXINT64;
  if (size > most)
    return gh_fault_set (fault, GH_ERROR_NOT_ACCEPTABLE,
                         "the custom attributes have %" G_GINT64_FORMAT
                         " octets, more than maxByteSize, %" G_GINT64_FORMAT,
                         size, most);
  return (gh_draft_set (change->draft, change->arena, "st", gh_value_integer (state_tag))
          && gh_draft_set (change->draft, change->arena, "cs", gh_value_integer (size)))
         || no_room (fault);
}

static gboolean
check_create (GhChange *change, GhFault *fault)
{
  return write_state (change, NULL, 0, fault);
}

/* TS-0001 9.6.35: stateTag counts the changes of custom attributes. */
static gboolean
check_update (GhChange *change, GhFault *fault)
{
  const GhResource *old = change->node.resource;
  const gint64 state_tag = gh_resource_get_integer (old, "st", 0);

  return write_state (change, old, changes_custom (change->draft) ? state_tag + 1 : state_tag,
                      fault);
}

const GhBehaviour gh_behaviour_flex_container = {
  .type = GH_TYPE_FLEX_CONTAINER,
  .check_create = check_create,
  .check_update = check_update,
};
