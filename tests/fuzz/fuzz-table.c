/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/gh-resource.h"
#include "primitive/gh-json-reader.h"
#include "primitive/gh-primitive.h"

#include <string.h>

#include "tests/model/model-samples.h"

/* Any attribute of any type: two octets choose type and operation, then pieces follow, each of them
 * an octet that chooses the attribute, one with the length, and the JSON text of the value. What is
 * no JSON is taken as a string. In a create the attributes that are mandatory and not among the
 * pieces get a good value, so that the end of the validation is reached with a few octets.
 *
 * What is accepted was accepted attribute by attribute, and comes back unchanged from its
 * representation; what is refused is refused with a reason. */

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static const GhIdentity identity = {
  .number = 1, .resource_id = "r-1", .parent_id = "p-1", .name = "name", .owner = "C1",
  .creation_us = G_GINT64_CONSTANT (1600000000000000),
  .modified_us = G_GINT64_CONSTANT (1600000000000001), .expiration_us = G_MAXINT64,
};

static void
check_round_trip (const GhResource *resource)
{
  const GhIdentity kept = { .number = 1, .owner = "C1" };
  const GhCounters counters = { .has_counters = TRUE, .state_tag = 1, .count = 2, .bytes = 3 };
  g_autoptr (GhBuffer) first = gh_render_resource (resource, &counters);
  GhFault fault = { 0 };
  const GhType *type = gh_type_of_stored (resource->type->number, first->data, first->length);
  g_autoptr (GhResource) again = NULL;
  g_autoptr (GhBuffer) second = NULL;

  /* instances of a flexContainer have the root name of its specialisation, not that of the base */
  if (type != resource->type && !resource->type->abstract
      && resource->type->number != GH_TYPE_FLEX_CONTAINER_INSTANCE)
    g_error ("%s: another type", first->data);
  again = gh_resource_from_json (&kept, resource->type, first->data, first->length, &fault);
  if (again == NULL)
    g_error ("%s: %s", first->data, fault.text);
  second = gh_render_resource (again, &counters);
  if (first->length != second->length || memcmp (first->data, second->data, first->length) != 0)
    g_error ("%s\n%s", first->data, second->data);
}

static void
check_values (const GhDraft *draft)
{
  for (guint i = 0; i < draft->n_values; i++)
    {
      const GhAttributeValue *value = &draft->values[i];
      GhFault fault = { 0 };

      if (value->value.kind != GH_VALUE_NULL && !value->attribute->fill
          && !gh_value_check (value->attribute, &value->value, &fault))
        g_error ("accepted: %s", fault.text);
    }
}

static void
check_content (const GhType *type, gint operation, const GhValue *content)
{
  g_autoptr (GhArena) arena = gh_arena_new (1 << 20);
  g_autoptr (GhResource) base = NULL;
  g_autoptr (GhResource) resource = NULL;
  GhFault fault = { 0 };
  GhDraft draft;

  if (!gh_draft_parse (type, operation, 3, content, arena, &draft, &fault))
    {
      if (!fault.set || fault.text[0] == '\0')
        g_error ("refused without a reason");
      return;
    }
  check_values (&draft);
  if (operation == GH_OPERATION_CREATE)
    resource = gh_resource_new (type, &identity, draft.values, draft.n_values);
  else
    {
      base = gh_resource_new (type, &identity, NULL, 0);
      resource = gh_resource_updated (base, &draft, identity.modified_us, identity.expiration_us);
    }
  check_round_trip (resource);
}

static void
append_member (GString *json, const char *name, const char *value, gsize length)
{
  g_autoptr (GhArena) arena = gh_arena_new (1 << 20);
  GhFault fault = { 0 };
  GhValue parsed;

  g_string_append_printf (json, "%s\"%s\":", g_str_has_suffix (json->str, "{") ? "" : ",", name);
  if (gh_json_parse (value, length, arena, &parsed, &fault))
    {
      g_string_append_len (json, value, (gssize) length);
      return;
    }
  g_string_append_c (json, '"');
  for (gsize i = 0; i < length; i++)
    if (value[i] == '"' || value[i] == '\\')
      g_string_append_printf (json, "\\%c", value[i]);
    else
      g_string_append_c (json, value[i]);
  g_string_append_c (json, '"');
}

static void
append_missing (GString *json, const GhType *type, guint64 given)
{
  for (guint i = 0; i < type->n_attributes; i++)
    {
      const GhAttribute *row = &type->attributes[i];
      g_autoptr (GString) good = g_string_new (NULL);

      if (row->create != GH_PRESENCE_M || (given >> i & 1) != 0)
        continue;
      sample_good (row, good);
      append_member (json, row->short_name, good->str, good->len);
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  guint n;
  const GhType *const *types = gh_types (&n);
  const GhType *type = size > 2 ? types[data[0] % n] : NULL;
  const gint operation = size > 2 && (data[1] & 1) != 0 ? GH_OPERATION_UPDATE : GH_OPERATION_CREATE;
  g_autoptr (GString) json = g_string_new (NULL);
  g_autoptr (GhArena) arena = gh_arena_new (16 * 1024 * 1024);
  GhFault fault = { 0 };
  GhValue content;
  guint64 given = 0;
  gsize at = 2;

  if (type == NULL)
    return 0;
  g_string_append_printf (json, "{\"%s\":{", type->root_name);
  while (at + 2 <= size)
    {
      const guint which = data[at] % type->n_attributes;
      const gsize length = MIN ((gsize) data[at + 1], size - at - 2);

      append_member (json, type->attributes[which].short_name, (const char *) data + at + 2,
                     length);
      given |= G_GUINT64_CONSTANT (1) << which;
      at += 2 + length;
    }
  if (operation == GH_OPERATION_CREATE)
    append_missing (json, type, given);
  g_string_append (json, "}}");
  if (gh_json_parse (json->str, json->len, arena, &content, &fault))
    check_content (type, operation, &content);
  return 0;
}
