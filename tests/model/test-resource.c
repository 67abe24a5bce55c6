/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/gh-clock.h"
#include "model/gh-resource.h"
#include "primitive/gh-json-reader.h"
#include "primitive/gh-primitive.h"
#include "tests/model/model-samples.h"

#include <string.h>

#define CREATED_US G_GINT64_CONSTANT (1600000000000000)
#define EXPIRES_US G_GINT64_CONSTANT (1924991999123456)

static const GhIdentity identity = {
  .number = 42, .parent_number = 7, .resource_id = "cnt-2a", .parent_id = "ae-7", .name = "temp",
  .owner = "/cse/CAdmin", .creation_us = CREATED_US, .modified_us = CREATED_US + 1,
  .expiration_us = EXPIRES_US,
};

/* A draft in @arena, which has to be valid. */
static GhDraft
parse (gint number, gint operation, const char *json, GhArena *arena)
{
  GhFault fault = { 0 };
  GhValue content;
  GhDraft draft;

  if (!gh_json_parse (json, strlen (json), arena, &content, &fault)
      || !gh_draft_parse (gh_type_by_number (number), operation, 3, &content, arena, &draft,
                          &fault))
    g_error ("%s: %s", json, fault.text);
  return draft;
}

static GhResource *
make (gint number, const char *json)
{
  g_autoptr (GhArena) arena = gh_arena_new (1 << 20);
  const GhDraft draft = parse (number, GH_OPERATION_CREATE, json, arena);

  return gh_resource_new (draft.type, &identity, draft.values, draft.n_values);
}

static void
assert_renders (const GhResource *resource, const GhCounters *counters, const char *json)
{
  g_autoptr (GhBuffer) buffer = gh_render_resource (resource, counters);

  g_assert_cmpstr (buffer->data, ==, json);
  g_assert_cmpuint (buffer->length, ==, strlen (json));
}

static void
test_it_renders_in_the_order_of_the_table (void)
{
  const GhCounters counters = { .has_counters = TRUE, .state_tag = 3, .count = 2, .bytes = 17 };
  g_autoptr (GhResource) container = make (GH_TYPE_CONTAINER,
      "{\"m2m:cnt\":{\"or\":\"o\",\"mni\":5,\"rn\":\"x\",\"lbl\":[\"b\",\"a\"],\"disr\":false,"
      "\"cr\":null}}");

  assert_renders (container, &counters,
      "{\"m2m:cnt\":{\"rn\":\"temp\",\"ty\":3,\"ri\":\"cnt-2a\",\"pi\":\"ae-7\","
      "\"ct\":\"20200913T122640\",\"et\":\"20301231T235959,123456\","
      "\"lt\":\"20200913T122640,000001\",\"st\":3,\"lbl\":[\"b\",\"a\"],\"mni\":5,\"cni\":2,"
      "\"cbs\":17,\"or\":\"o\",\"disr\":false}}");
}

static void
test_what_has_no_value_is_left_out (void)
{
  GhIdentity eternal = identity;
  g_autoptr (GhResource) resource = NULL;

  eternal.expiration_us = GH_NEVER_US;
  eternal.parent_id = NULL;
  resource = gh_resource_new (gh_type_by_number (GH_TYPE_CONTAINER), &eternal, NULL, 0);
  assert_renders (resource, NULL,
      "{\"m2m:cnt\":{\"rn\":\"temp\",\"ty\":3,\"ri\":\"cnt-2a\",\"pi\":\"\","
      "\"ct\":\"20200913T122640\",\"lt\":\"20200913T122640,000001\"}}");
}

static char *
render_part (const GhResource *resource, const char *const *names, gint release, gboolean universal)
{
  const GhCounters counters = { .has_counters = TRUE, .state_tag = 3 };
  const GhRendering rendering = { resource, &counters, names, release, universal };
  g_autoptr (GhBuffer) buffer = NULL;
  GhJsonWriter writer;

  gh_json_writer_init (&writer, 64);
  gh_json_begin_object (&writer);
  gh_render_members (&writer, &rendering);
  gh_json_end_object (&writer);
  buffer = gh_json_writer_finish (&writer);
  return g_strdup (buffer->data);
}

static void
test_names_select_attributes (void)
{
  static const char *const names[] = { "mni", "xyz", "st", "lt", "lbl", NULL };
  static const char *const none[] = { NULL };
  g_autoptr (GhResource) container = make (GH_TYPE_CONTAINER,
      "{\"m2m:cnt\":{\"mni\":5,\"mbs\":6}}");
  g_autofree char *part = render_part (container, names, 3, FALSE);
  g_autofree char *empty = render_part (container, none, 3, FALSE);
  g_autofree char *with = render_part (container, none, 3, TRUE);
  g_autofree char *without = render_part (container, NULL, 3, FALSE);

  g_assert_cmpstr (part, ==, "{\"lt\":\"20200913T122640,000001\",\"st\":3,\"mni\":5}");
  g_assert_cmpstr (empty, ==, "{}");
  g_assert_cmpstr (with, ==, "{\"rn\":\"temp\",\"ty\":3,\"ri\":\"cnt-2a\",\"pi\":\"ae-7\","
                             "\"ct\":\"20200913T122640\",\"et\":\"20301231T235959,123456\","
                             "\"lt\":\"20200913T122640,000001\"}");
  g_assert_cmpstr (without, ==, "{\"st\":3,\"mni\":5,\"mbs\":6,\"cni\":0,\"cbs\":0}");
}

static void
test_an_older_release_gets_no_newer_attribute (void)
{
  g_autoptr (GhResource) ae = make (GH_TYPE_AE,
      "{\"m2m:ae\":{\"api\":\"N1\",\"rr\":true,\"srv\":[\"3\"],\"trps\":true,\"csz\":[\"json\"]}}");
  g_autofree char *r1 = render_part (ae, NULL, 1, FALSE);
  g_autofree char *r2 = render_part (ae, NULL, 2, FALSE);
  g_autofree char *r3 = render_part (ae, NULL, 3, FALSE);
  g_autofree char *any = render_part (ae, NULL, 0, FALSE);

  g_assert_cmpstr (r1, ==, "{\"api\":\"N1\",\"rr\":true}");
  g_assert_cmpstr (r2, ==, "{\"api\":\"N1\",\"rr\":true,\"csz\":[\"json\"],\"srv\":[\"3\"]}");
  g_assert_cmpstr (r3, ==, "{\"api\":\"N1\",\"rr\":true,\"csz\":[\"json\"],\"srv\":[\"3\"],"
                           "\"trps\":true}");
  g_assert_cmpstr (any, ==, r3);
}

static void
test_update_merges (void)
{
  g_autoptr (GhArena) arena = gh_arena_new (1 << 20);
  g_autoptr (GhResource) old = make (GH_TYPE_CONTAINER,
      "{\"m2m:cnt\":{\"lbl\":[\"a\"],\"mni\":5,\"mbs\":6,\"or\":\"o\"}}");
  const GhDraft draft = parse (GH_TYPE_CONTAINER, GH_OPERATION_UPDATE,
      "{\"m2m:cnt\":{\"disr\":true,\"mni\":null,\"mia\":9,\"mbs\":7,\"et\":\"20310101T000000\","
      "\"acpi\":null}}", arena);
  g_autoptr (GhResource) new = gh_resource_updated (old, &draft, CREATED_US + 5, GH_NEVER_US);

  assert_renders (new, NULL,
      "{\"m2m:cnt\":{\"rn\":\"temp\",\"ty\":3,\"ri\":\"cnt-2a\",\"pi\":\"ae-7\","
      "\"ct\":\"20200913T122640\",\"lt\":\"20200913T122640,000005\",\"lbl\":[\"a\"],\"mbs\":7,"
      "\"mia\":9,\"or\":\"o\",\"disr\":true}}");
  g_assert_cmpint (gh_resource_get_integer (old, "mni", -1), ==, 5);
  g_assert_cmpint (gh_resource_get_integer (old, "mbs", -1), ==, 6);
  g_assert_cmpuint (new->identity.number, ==, 42);
  g_assert_cmpstr (new->identity.owner, ==, "/cse/CAdmin");
  g_assert_cmpint (new->identity.expiration_us, ==, GH_NEVER_US);
}

static void
test_values_are_looked_up_by_name_and_kind (void)
{
  g_autoptr (GhResource) ae = make (GH_TYPE_AE,
      "{\"m2m:ae\":{\"api\":\"N1\",\"rr\":true,\"srv\":[\"3\"],\"trn\":7}}");

  g_assert_cmpstr (gh_resource_get_text (ae, "api"), ==, "N1");
  g_assert_null (gh_resource_get_text (ae, "rr"));
  g_assert_null (gh_resource_get_text (ae, "apn"));
  g_assert_null (gh_resource_get_text (ae, "nosuch"));
  g_assert_true (gh_resource_get_boolean (ae, "rr", FALSE));
  g_assert_true (gh_resource_get_boolean (ae, "api", TRUE));
  g_assert_cmpint (gh_resource_get_integer (ae, "trn", -1), ==, 7);
  g_assert_cmpint (gh_resource_get_integer (ae, "api", -1), ==, -1);
  g_assert_cmpuint (gh_resource_get (ae, "srv")->length, ==, 1);
  g_assert_null (gh_resource_get (ae, "ri")); /* in the identity */
}

static gboolean
is_stored (const GhAttribute *row, gpointer user_data)
{
  const GhType *type = user_data;
  const guint64 bit = G_GUINT64_CONSTANT (1) << (row - type->attributes);

  return (type->identity_rows & bit) == 0 && !row->fill;
}

/* A resource of @type with every attribute that it can have, whoever sets it. */
static GhResource *
make_full (const GhType *type, GhArena *arena)
{
  g_autofree char *json = sample_representation (type, is_stored, (gpointer) type);
  GhAttributeValue values[GH_TYPE_MAX_ATTRIBUTES];
  GhFault fault = { 0 };
  guint n = 0;
  GhValue content;

  g_assert_true (gh_json_parse (json, strlen (json), arena, &content, &fault));
  for (guint i = 0; i < type->n_attributes; i++)
    {
      const GhValue *value = gh_value_member (&content.members[0].value,
                                              type->attributes[i].short_name);

      if (value == NULL)
        continue;
      if (!gh_value_check (&type->attributes[i], value, &fault))
        g_error ("%s", fault.text);
      values[n++] = (GhAttributeValue){ &type->attributes[i], *value };
    }
  return gh_resource_new (type, &identity, values, n);
}

static void
assert_same (const GhResource *a, const GhResource *b)
{
  g_assert_true (a->type == b->type);
  g_assert_cmpuint (a->n_values, ==, b->n_values);
  for (guint i = 0; i < a->n_values; i++)
    {
      g_assert_true (a->values[i].attribute == b->values[i].attribute);
      g_assert_true (gh_value_equal (&a->values[i].value, &b->values[i].value));
    }
  g_assert_cmpuint (a->identity.number, ==, b->identity.number);
  g_assert_cmpuint (a->identity.parent_number, ==, b->identity.parent_number);
  g_assert_cmpstr (a->identity.resource_id, ==, b->identity.resource_id);
  g_assert_cmpstr (a->identity.parent_id, ==, b->identity.parent_id);
  g_assert_cmpstr (a->identity.name, ==, b->identity.name);
  g_assert_cmpstr (a->identity.owner, ==, b->identity.owner);
  g_assert_cmpint (a->identity.creation_us, ==, b->identity.creation_us);
  g_assert_cmpint (a->identity.modified_us, ==, b->identity.modified_us);
}

static void
test_every_type_comes_back_from_its_representation (void)
{
  const GhIdentity kept = { .number = 42, .parent_number = 7, .owner = "/cse/CAdmin" };
  const GhCounters counters = { .has_counters = TRUE, .state_tag = 3, .count = 2, .bytes = 17 };
  guint n;
  const GhType *const *types = gh_types (&n);

  for (guint t = 0; t < n; t++)
    {
      const GhCounters *given = types[t]->counter_rows != 0 ? &counters : NULL;
      g_autoptr (GhArena) arena = gh_arena_new (1 << 20);
      g_autoptr (GhResource) resource = make_full (types[t], arena);
      g_autoptr (GhBuffer) json = gh_render_resource (resource, given);
      GhFault fault = { 0 };
      g_autoptr (GhResource) again = gh_resource_from_json (&kept, types[t], json->data,
                                                            json->length, &fault);

      if (again == NULL)
        g_error ("%s", fault.text);
      assert_same (resource, again);
      assert_renders (again, given, json->data);
      g_assert_cmpuint (gh_resource_size (again), ==, gh_resource_size (resource));
    }
}

static void
test_what_the_caller_knows_wins_over_the_representation (void)
{
  g_autoptr (GhResource) resource = make (GH_TYPE_CONTAINER, "{\"m2m:cnt\":{\"mni\":1}}");
  g_autoptr (GhBuffer) json = gh_render_resource (resource, NULL);
  const GhIdentity known = { .number = 1, .resource_id = "cnt-9", .name = "other",
                             .expiration_us = GH_NEVER_US };
  GhFault fault = { 0 };
  g_autoptr (GhResource) again = gh_resource_from_json (&known, resource->type, json->data,
                                                        json->length, &fault);

  g_assert_nonnull (again);
  g_assert_cmpstr (again->identity.resource_id, ==, "cnt-9");
  g_assert_cmpstr (again->identity.name, ==, "other");
  g_assert_cmpstr (again->identity.parent_id, ==, "ae-7");
  g_assert_cmpint (again->identity.expiration_us, ==, GH_NEVER_US);
  g_assert_cmpint (again->identity.creation_us, ==, CREATED_US);
}

static void
test_a_damaged_representation_is_a_fault_of_the_store (void)
{
  static const char *const wrong[] = {
    "", "{", "[]", "{}", "{\"m2m:ae\":{}}", "{\"m2m:cnt\":1}", "{\"m2m:cnt\":{\"ty\":2}}",
    "{\"m2m:cnt\":{\"ty\":\"3\"}}", "{\"m2m:cnt\":{\"ct\":\"yesterday\"}}",
    "{\"m2m:cnt\":{\"mni\":\"1\"}}", "{\"m2m:cnt\":{\"mni\":null}}", "{\"m2m:cnt\":{\"newer\":1}}",
    "{\"m2m:cnt\":{\"mni\":1,\"mni\":2}}", "{\"m2m:cnt\":{}} ,", "{\"m2m:cnt\":{},\"m2m:ae\":{}}",
  };
  const GhType *type = gh_type_by_number (GH_TYPE_CONTAINER);

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      GhFault fault = { 0 };
      g_autoptr (GhResource) resource = gh_resource_from_json (&identity, type, wrong[i],
                                                               strlen (wrong[i]), &fault);

      g_assert_null (resource);
      g_assert_true (fault.set);
      g_assert_cmpint (fault.code, ==, GH_ERROR_STORE);
      g_assert_true (g_str_has_prefix (fault.text, "stored container: "));
    }
}

static void
test_what_the_cse_sets_may_be_empty (void)
{
  const GhType *type = gh_type_by_number (GH_TYPE_CONTAINER);
  const char *json = "{\"m2m:cnt\":{\"pi\":\"\",\"cr\":\"\"}}";
  const char *other = "{\"m2m:cnt\":{\"or\":\"\"}}";
  GhFault fault = { 0 };
  g_autoptr (GhResource) resource = gh_resource_from_json (&identity, type, json, strlen (json),
                                                           &fault);

  g_assert_nonnull (resource);
  g_assert_cmpstr (gh_resource_get_text (resource, "cr"), ==, "");
  g_assert_null (gh_resource_from_json (&identity, type, other, strlen (other), &fault));
}

static void
test_a_cut_representation_is_never_a_resource (void)
{
  g_autoptr (GhResource) resource = make (GH_TYPE_CONTAINER,
      "{\"m2m:cnt\":{\"lbl\":[\"a\",\"b\"],\"mni\":1}}");
  g_autoptr (GhBuffer) json = gh_render_resource (resource, NULL);

  for (gsize cut = 0; cut < json->length; cut++)
    {
      GhFault fault = { 0 };

      g_assert_null (gh_resource_from_json (&identity, resource->type, json->data, cut, &fault));
      g_assert_true (fault.set);
    }
}

static void
test_eight_attributes_take_less_than_a_kibibyte (void)
{
  g_autoptr (GhResource) resource = make (GH_TYPE_CONTAINER,
      "{\"m2m:cnt\":{\"acpi\":[\"acp-1\",\"acp-2\"],\"lbl\":[\"kind:sensor\",\"floor:2\"],"
      "\"at\":[\"/in-cse\"],\"aa\":[\"lbl\"],\"mni\":1000,\"mbs\":100000,\"or\":\"http://o/x\","
      "\"disr\":false}}");

  g_assert_cmpuint (resource->n_values, ==, 8);
  g_test_message ("%" G_GSIZE_FORMAT " octets", gh_resource_size (resource));
  g_assert_cmpuint (gh_resource_size (resource), <, 1024);
}

static gpointer
take_and_drop (gpointer data)
{
  for (guint i = 0; i < 10000; i++)
    gh_resource_unref (gh_resource_ref (data));
  return NULL;
}

static void
test_references_are_taken_on_any_thread (void)
{
  g_autoptr (GhResource) resource = make (GH_TYPE_CONTAINER, "{\"m2m:cnt\":{}}");
  GThread *threads[4];

  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("ref", take_and_drop, resource);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_assert_cmpint (resource->ref_count, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/resource/it-renders-in-the-order-of-the-table",
                   test_it_renders_in_the_order_of_the_table);
  g_test_add_func ("/resource/what-has-no-value-is-left-out", test_what_has_no_value_is_left_out);
  g_test_add_func ("/resource/names-select-attributes", test_names_select_attributes);
  g_test_add_func ("/resource/an-older-release-gets-no-newer-attribute",
                   test_an_older_release_gets_no_newer_attribute);
  g_test_add_func ("/resource/update-merges", test_update_merges);
  g_test_add_func ("/resource/values-are-looked-up-by-name-and-kind",
                   test_values_are_looked_up_by_name_and_kind);
  g_test_add_func ("/resource/every-type-comes-back-from-its-representation",
                   test_every_type_comes_back_from_its_representation);
  g_test_add_func ("/resource/what-the-caller-knows-wins-over-the-representation",
                   test_what_the_caller_knows_wins_over_the_representation);
  g_test_add_func ("/resource/a-damaged-representation-is-a-fault-of-the-store",
                   test_a_damaged_representation_is_a_fault_of_the_store);
  g_test_add_func ("/resource/what-the-cse-sets-may-be-empty",
                   test_what_the_cse_sets_may_be_empty);
  g_test_add_func ("/resource/a-cut-representation-is-never-a-resource",
                   test_a_cut_representation_is_never_a_resource);
  g_test_add_func ("/resource/eight-attributes-take-less-than-a-kibibyte",
                   test_eight_attributes_take_less_than_a_kibibyte);
  g_test_add_func ("/resource/references-are-taken-on-any-thread",
                   test_references_are_taken_on_any_thread);
  return g_test_run ();
}
