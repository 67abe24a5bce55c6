/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/gh-resource.h"
#include "primitive/gh-json-reader.h"
#include "primitive/gh-primitive.h"
#include "tests/model/model-samples.h"

#include <string.h>

#define ARENA_LIMIT (16 * 1024 * 1024)

typedef struct {
  const GhType *type;
  gint operation, release;
} Case;

static gboolean
parse_in (const Case *c, const char *json, GhArena *arena, GhDraft *draft, GhFault *fault)
{
  GhValue content;

  if (!gh_json_parse (json, strlen (json), arena, &content, fault))
    g_error ("%s: %s", json, fault->text);
  return gh_draft_parse (c->type, c->operation, c->release, &content, arena, draft, fault);
}

static void
assert_accepted (const Case *c, const char *json)
{
  g_autoptr (GhArena) arena = gh_arena_new (ARENA_LIMIT);
  GhFault fault = { 0 };
  GhDraft draft;

  if (!parse_in (c, json, arena, &draft, &fault))
    g_error ("%s: %s", json, fault.text);
  g_assert_false (fault.set);
  for (guint i = 1; i < draft.n_values; i++)
    g_assert_true (draft.values[i - 1].attribute < draft.values[i].attribute);
}

/* Refused with 4000, and the reason holds @words. */
static void
assert_refused (const Case *c, const char *json, const char *words)
{
  g_autoptr (GhArena) arena = gh_arena_new (ARENA_LIMIT);
  GhFault fault = { 0 };
  GhDraft draft;

  if (parse_in (c, json, arena, &draft, &fault))
    g_error ("accepted: %s", json);
  g_assert_true (fault.set);
  g_assert_cmpint (fault.code, ==, GH_ERROR_BAD_REQUEST);
  if (strstr (fault.text, words) == NULL)
    g_error ("%s: \"%s\" does not say \"%s\"", json, fault.text, words);
}

typedef struct {
  const GhAttribute *extra, *missing;
  gint release;
} Wanted;

static gboolean
is_wanted (const GhAttribute *row, gpointer user_data)
{
  const Wanted *wanted = user_data;

  return row != wanted->missing
         && (row == wanted->extra
             || (row->create == GH_PRESENCE_M && row->release <= wanted->release));
}

/* A create with what is mandatory, and @extra. */
static char *
make_create (const GhType *type, const GhAttribute *extra, const GhAttribute *missing)
{
  Wanted wanted = { extra, missing, 3 };

  return sample_representation (type, is_wanted, &wanted);
}

/* @value for @row: in an update alone, in a create beside what is mandatory. */
static char *
make_with_value (const Case *c, const GhAttribute *row, const char *value)
{
  g_autofree char *others = make_create (c->type, NULL, row);
  const char *members = others + strlen (c->type->root_name) + strlen ("{\"\":{");

  if (c->operation != GH_OPERATION_CREATE)
    members = "}}";
  return g_strdup_printf ("{\"%s\":{\"%s\":%s%s%s", c->type->root_name, row->short_name, value,
                          members[0] == '}' ? "" : ",", members);
}

typedef void (*CaseFunc) (const Case *c, const GhAttribute *row);

static void
for_each_attribute (gint operation, CaseFunc func)
{
  guint n, count = 0;
  const GhType *const *types = gh_types (&n);

  for (guint t = 0; t < n; t++)
    {
      const Case c = { types[t], operation, 3 };

      if (!types[t]->creatable || (operation == GH_OPERATION_UPDATE && !types[t]->updatable))
        continue;
      for (guint i = 0; i < types[t]->n_attributes; i++, count++)
        func (&c, &types[t]->attributes[i]);
    }
  g_test_message ("%u attributes", count);
  g_assert_cmpuint (count, >, 90);
}

static void
check_create_presence (const Case *c, const GhAttribute *row)
{
  g_autofree char *with = make_create (c->type, row, NULL);
  g_autofree char *without = make_create (c->type, NULL, row);
  g_autofree char *reason = g_strdup_printf ("%s: ", row->short_name);

  if (row->create == GH_PRESENCE_NP)
    assert_refused (c, with, "read-only");
  else
    assert_accepted (c, with);
  if (row->create == GH_PRESENCE_NP)
    assert_refused (c, with, reason);
  if (row->create == GH_PRESENCE_M)
    assert_refused (c, without, reason);
  else
    assert_accepted (c, without);
}

static void
test_create_follows_the_presence_of_each_attribute (void)
{
  for_each_attribute (GH_OPERATION_CREATE, check_create_presence);
}

static void
check_update_presence (const Case *c, const GhAttribute *row)
{
  g_autoptr (GString) good = g_string_new (NULL);
  g_autofree char *reason = g_strdup_printf ("%s: ", row->short_name);
  g_autofree char *null = make_with_value (c, row, "null");
  g_autofree char *with = NULL;

  sample_good (row, good);
  with = make_with_value (c, row, good->str);
  if (row->update == GH_PRESENCE_NP)
    {
      assert_refused (c, with, reason);
      assert_refused (c, with, "read-only");
      assert_refused (c, null, reason);
    }
  else
    assert_accepted (c, with);
  if (row->update != GH_PRESENCE_NP && row->required)
    assert_refused (c, null, "cannot be deleted");
  else if (row->update != GH_PRESENCE_NP)
    assert_accepted (c, null);
}

static void
test_update_follows_the_presence_of_each_attribute (void)
{
  for_each_attribute (GH_OPERATION_UPDATE, check_update_presence);
}

static guint n_bad;

static void
check_bad_values (const Case *c, const GhAttribute *row)
{
  g_autoptr (GPtrArray) values = sample_bad (row);

  for (guint i = 0; i < values->len; i++)
    {
      g_autofree char *json = NULL;

      if (c->operation == GH_OPERATION_UPDATE && g_str_equal (values->pdata[i], "null"))
        continue;
      if (row->fill && g_str_equal (values->pdata[i], "null"))
        continue;
      json = make_with_value (c, row, values->pdata[i]);
      assert_refused (c, json, row->short_name);
      n_bad++;
    }
}

static void
test_wrong_values_are_refused_at_every_leaf (void)
{
  n_bad = 0;
  for_each_attribute (GH_OPERATION_CREATE, check_bad_values);
  for_each_attribute (GH_OPERATION_UPDATE, check_bad_values);
  g_test_message ("%u wrong values", n_bad);
  g_assert_cmpuint (n_bad, >, 2000);
}

static void
test_unknown_attributes_are_refused_by_name (void)
{
  guint n;
  const GhType *const *types = gh_types (&n);

  for (guint t = 0; t < n; t++)
    {
      const Case create = { types[t], GH_OPERATION_CREATE, 3 };
      const Case update = { types[t], GH_OPERATION_UPDATE, 3 };
      g_autofree char *reason = g_strdup_printf ("xyz: not an attribute of %s (%s)",
                                                 types[t]->long_name, types[t]->clause);
      g_autofree char *json = g_strdup_printf ("{\"%s\":{\"xyz\":1}}", types[t]->root_name);
      g_autofree char *long_name = g_strdup_printf ("{\"%s\":{\"resourceName\":\"a\"}}",
                                                    types[t]->root_name);

      assert_refused (&create, json, reason);
      assert_refused (&update, json, reason);
      assert_refused (&create, long_name, "resourceName: not an attribute");
    }
}

static void
test_the_cse_base_is_not_made_by_request (void)
{
  const Case create = { gh_type_by_number (GH_TYPE_CSE_BASE), GH_OPERATION_CREATE, 3 };
  const Case update = { gh_type_by_number (GH_TYPE_CSE_BASE), GH_OPERATION_UPDATE, 3 };

  assert_refused (&create, "{\"m2m:cb\":{\"csi\":\"/x\"}}", "csi: read-only");
  assert_refused (&update, "{\"m2m:cb\":{\"lbl\":[\"x\"]}}", "lbl: read-only");
}

static void
test_the_root_is_the_one_member_of_the_type (void)
{
  static const char *const wrong[] = {
    "{}", "[]", "1", "null", "\"m2m:cnt\"", "{\"m2m:ae\":{}}", "{\"cnt\":{}}",
    "{\"m2m:cnt\":[]}", "{\"m2m:cnt\":null}", "{\"m2m:cnt\":{},\"m2m:ae\":{}}", "{\"m2m:cntx\":{}}",
  };
  const Case c = { gh_type_by_number (GH_TYPE_CONTAINER), GH_OPERATION_CREATE, 3 };

  assert_accepted (&c, "{\"m2m:cnt\":{}}");
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    assert_refused (&c, wrong[i], "content: expected");
}

static void
test_faults_name_attribute_place_and_expectation (void)
{
  static const struct { gint type; const char *json, *reason; } cases[] = {
    { 1, "{\"m2m:acp\":{\"pv\":{\"acr\":[{\"acor\":[\"a\"],\"acop\":1},"
         "{\"acor\":[\"a\"],\"acop\":64}]}}}", "acop: 64 is outside 0..63 in pv.acr[1]" },
    { 1, "{\"m2m:acp\":{\"pv\":{\"acr\":[{\"acop\":1}]}}}",
      "acor: mandatory member is missing in pv.acr[0]" },
    { 1, "{\"m2m:acp\":{\"pv\":{\"acr\":[{\"acor\":[\"a\"],\"acop\":1,\"acco\":[{\"acip\":"
         "{\"ipv4\":[\"1.2.3.4\",\"x\"]}}]}]}}}",
      "ipv4: expected an IPv4 address or prefix, found \"x\" in pv.acr[0].acco[0].acip.ipv4[1]" },
    { 1, "{\"m2m:acp\":{\"pv\":{},\"pvs\":{}}}", "acr: mandatory member is missing in pvs" },
    { 3, "{\"m2m:cnt\":{\"mni\":\"5\"}}", "mni: expected a non-negative integer, found a string" },
    { 3, "{\"m2m:cnt\":{\"mni\":-5}}", "mni: -5 is below 0" },
    { 3, "{\"m2m:cnt\":{\"lbl\":[\"a\",1]}}", "lbl: expected a token, found an integer in lbl[1]" },
    { 3, "{\"m2m:cnt\":{\"lbl\":[]}}", "lbl: expected at least one item, found an empty list" },
    { 3, "{\"m2m:cnt\":{\"cr\":\"CAdmin\"}}", "cr: only null is allowed in a create of container" },
    { 4, "{\"m2m:cin\":{\"cnf\":\"a/b\"}}", "cnf: expected media:encoding[:security], found" },
    { 23, "{\"m2m:sub\":{\"nct\":9}}", "nct: 9 is no m2m:notificationContentType (1..5)" },
    { 23, "{\"m2m:sub\":{\"nu\":[]}}", "nu: expected at least one item, found an empty list" },
    { 23, "{\"m2m:sub\":{\"enc\":{\"om\":[{}]}}}", "om: expected at least one member of "
                                                    "m2m:operationMonitor in enc.om[0]" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const Case c = { gh_type_by_number (cases[i].type), GH_OPERATION_CREATE, 3 };

      assert_refused (&c, cases[i].json, cases[i].reason);
    }
}

static void
test_hostile_names_are_quoted_short_and_printable (void)
{
  const Case c = { gh_type_by_number (GH_TYPE_CONTAINER), GH_OPERATION_CREATE, 3 };

  assert_refused (&c, "{\"m2m:cnt\":{\"a\\n\\u001b[2J\\\"\":1}}", "a??[2J?: not an attribute");
  assert_refused (&c, "{\"m2m:cnt\":{\"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee\":1}}",
                  "aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd...: not");
}

static void
test_release_1_does_not_need_what_it_does_not_have (void)
{
  const char *json = "{\"m2m:ae\":{\"api\":\"N1\",\"rr\":true}}";
  Case c = { gh_type_by_number (GH_TYPE_AE), GH_OPERATION_CREATE, 1 };

  assert_accepted (&c, json);
  c.release = 2;
  assert_refused (&c, json, "srv: mandatory attribute is missing");
  c.release = 3;
  assert_refused (&c, json, "srv: mandatory attribute is missing");
  c.release = 0; /* not given */
  assert_refused (&c, json, "srv: mandatory attribute is missing");
  assert_accepted (&c, "{\"m2m:ae\":{\"api\":\"N1\",\"rr\":true,\"srv\":[\"2a\",\"3\",\"5\"]}}");
}

static void
test_a_member_that_stands_twice_is_refused (void)
{
  /* The JSON reader refuses this; a value from elsewhere need not come from it. */
  const GhMember twice[] = { { "mni", gh_value_integer (1) }, { "mni", gh_value_integer (2) } };
  const GhMember root = { "m2m:cnt", { .kind = GH_VALUE_OBJECT, .length = 2, .members = twice } };
  const GhValue content = { .kind = GH_VALUE_OBJECT, .length = 1, .members = &root };
  g_autoptr (GhArena) arena = gh_arena_new (4096);
  GhFault fault = { 0 };
  GhDraft draft;

  g_assert_false (gh_draft_parse (gh_type_by_number (GH_TYPE_CONTAINER), GH_OPERATION_CREATE, 3,
                                  &content, arena, &draft, &fault));
  g_assert_nonnull (strstr (fault.text, "mni: stands twice"));
}

static void
test_a_full_arena_is_too_large (void)
{
  g_autoptr (GhArena) large = gh_arena_new (ARENA_LIMIT);
  g_autoptr (GhArena) small = gh_arena_new (16);
  const char *json = "{\"m2m:cnt\":{\"mni\":1,\"mbs\":2}}";
  GhFault fault = { 0 };
  GhValue content;
  GhDraft draft;

  g_assert_true (gh_json_parse (json, strlen (json), large, &content, &fault));
  g_assert_false (gh_draft_parse (gh_type_by_number (GH_TYPE_CONTAINER), GH_OPERATION_CREATE, 3,
                                  &content, small, &draft, &fault));
  g_assert_cmpint (fault.code, ==, GH_ERROR_TOO_LARGE);
}

static void
test_set_keeps_the_order_of_the_table (void)
{
  const Case c = { gh_type_by_number (GH_TYPE_CONTAINER), GH_OPERATION_CREATE, 3 };
  g_autoptr (GhArena) arena = gh_arena_new (ARENA_LIMIT);
  g_autoptr (GhArena) full = gh_arena_new (16);
  GhFault fault = { 0 };
  GhDraft draft;

  g_assert_true (parse_in (&c, "{\"m2m:cnt\":{\"mbs\":7,\"lbl\":[\"a\"]}}", arena, &draft, &fault));
  g_assert_null (gh_draft_get (&draft, "mni"));
  g_assert_null (gh_draft_get (&draft, "xyz"));
  g_assert_true (gh_draft_set (&draft, arena, "mni", gh_value_integer (3)));
  g_assert_true (gh_draft_set (&draft, arena, "mbs", gh_value_integer (8)));
  g_assert_true (gh_draft_set (&draft, arena, "et", gh_value_string ("20300101T000000", 15)));
  g_assert_true (gh_draft_set (&draft, arena, "disr", gh_value_boolean (TRUE)));
  g_assert_cmpuint (draft.n_values, ==, 5);
  for (guint i = 1; i < draft.n_values; i++)
    g_assert_true (draft.values[i - 1].attribute < draft.values[i].attribute);
  g_assert_cmpint (gh_draft_get (&draft, "mni")->integer, ==, 3);
  g_assert_cmpint (gh_draft_get (&draft, "mbs")->integer, ==, 8);
  g_assert_false (gh_draft_set (&draft, full, "or", gh_value_string ("x", 1)));
  g_assert_cmpuint (draft.n_values, ==, 5);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/draft/create-follows-the-presence-of-each-attribute",
                   test_create_follows_the_presence_of_each_attribute);
  g_test_add_func ("/draft/update-follows-the-presence-of-each-attribute",
                   test_update_follows_the_presence_of_each_attribute);
  g_test_add_func ("/draft/wrong-values-are-refused-at-every-leaf",
                   test_wrong_values_are_refused_at_every_leaf);
  g_test_add_func ("/draft/unknown-attributes-are-refused-by-name",
                   test_unknown_attributes_are_refused_by_name);
  g_test_add_func ("/draft/the-cse-base-is-not-made-by-request",
                   test_the_cse_base_is_not_made_by_request);
  g_test_add_func ("/draft/the-root-is-the-one-member-of-the-type",
                   test_the_root_is_the_one_member_of_the_type);
  g_test_add_func ("/draft/faults-name-attribute-place-and-expectation",
                   test_faults_name_attribute_place_and_expectation);
  g_test_add_func ("/draft/hostile-names-are-quoted-short-and-printable",
                   test_hostile_names_are_quoted_short_and_printable);
  g_test_add_func ("/draft/release-1-does-not-need-what-it-does-not-have",
                   test_release_1_does_not_need_what_it_does_not_have);
  g_test_add_func ("/draft/a-member-that-stands-twice-is-refused",
                   test_a_member_that_stands_twice_is_refused);
  g_test_add_func ("/draft/a-full-arena-is-too-large", test_a_full_arena_is_too_large);
  g_test_add_func ("/draft/set-keeps-the-order-of-the-table",
                   test_set_keeps_the_order_of_the_table);
  return g_test_run ();
}
