/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/gh-resource.h"
#include "primitive/gh-json-reader.h"
#include "primitive/gh-primitive.h"

#include <string.h>

/* Content of a create and of an update, of whatever type its root member names. What is accepted
 * has to come back unchanged from its representation. */

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
  g_autoptr (GhResource) again = gh_resource_from_json (&kept, resource->type, first->data,
                                                        first->length, &fault);
  g_autoptr (GhBuffer) second = NULL;

  if (again == NULL)
    g_error ("%s: %s", first->data, fault.text);
  second = gh_render_resource (again, &counters);
  if (first->length != second->length || memcmp (first->data, second->data, first->length) != 0)
    g_error ("%s\n%s", first->data, second->data);
}

static void
check_draft (const GhType *type, GhOperation operation, gint release, const GhValue *content)
{
  g_autoptr (GhArena) arena = gh_arena_new (65536);
  g_autoptr (GhResource) base = NULL;
  g_autoptr (GhResource) resource = NULL;
  GhFault fault = { 0 };
  GhDraft draft;

  if (!gh_draft_parse (type, operation, release, content, arena, &draft, &fault))
    {
      if (!fault.set || fault.text[0] == '\0')
        g_error ("refused without a reason");
      return;
    }
  if (operation == GH_OPERATION_CREATE)
    resource = gh_resource_new (type, &identity, draft.values, draft.n_values);
  else
    {
      base = gh_resource_new (type, &identity, NULL, 0);
      resource = gh_resource_updated (base, &draft, identity.modified_us, identity.expiration_us);
    }
  check_round_trip (resource);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GhArena) arena = gh_arena_new (16 * 1024 * 1024);
  GhFault fault = { 0 };
  const GhType *type = NULL;
  GhValue content;

  if (!gh_json_parse ((const char *) data, size, arena, &content, &fault))
    return 0;
  if (content.kind == GH_VALUE_OBJECT && content.length > 0)
    type = gh_type_by_root_name (content.members[0].name);
  if (type == NULL)
    type = gh_type_by_number (GH_TYPE_CONTAINER);
  check_draft (type, GH_OPERATION_CREATE, 1, &content);
  check_draft (type, GH_OPERATION_CREATE, 3, &content);
  check_draft (type, GH_OPERATION_UPDATE, 3, &content);
  return 0;
}
