/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cse-fixture.h"

#include <string.h>

/* Filter criteria, through the front door: a small tree, and what each of them finds in it. */

#define AE "{\"m2m:ae\":{\"rn\":\"device\",\"api\":\"Ndevice\",\"rr\":true,\"srv\":[\"3\"]}}"

static void
set_up (CseFixture *fixture, gconstpointer data)
{
  cse_fixture_set_up (fixture, data);
  g_free (cse_create (fixture, "CDevice", "gatehouse", 2, AE));
  g_free (cse_create (fixture, "CDevice", "gatehouse/device", 3,
                      "{\"m2m:cnt\":{\"rn\":\"inside\",\"lbl\":[\"room:1\",\"a b\"],\"mni\":10}}"));
  g_free (cse_create (fixture, "CDevice", "gatehouse/device", 3,
                      "{\"m2m:cnt\":{\"rn\":\"outside\",\"lbl\":[\"garden\"],\"mni\":20}}"));
  g_free (cse_create (fixture, "CDevice", "gatehouse/device/inside", 4,
                      "{\"m2m:cin\":{\"rn\":\"short\",\"con\":\"ab\",\"cnf\":\"text/plain:0\"}}"));
  g_free (cse_create (
    fixture, "CDevice", "gatehouse/device/inside", 4,
    "{\"m2m:cin\":{\"rn\":\"long\",\"con\":\"abcdefgh\",\"cnf\":\"application/json:0\"}}"));
}

static void
tear_down (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  cse_fixture_tear_down (fixture);
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* The names that a discovery with @criteria finds below the AE, sorted and joined. */
static void
assert_found (CseFixture *fixture, const char *criteria, const char *expected)
{
  g_autofree char *members = g_strdup_printf ("\"fc\":{\"fu\":1%s%s}", *criteria != '\0' ? "," : "",
                                              criteria);
  g_auto (CseAnswer) answer = cse_request (fixture, CSE_RETRIEVE, "CDevice", "gatehouse/device",
                                           members);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autofree char *joined = NULL;
  JsonArray *list;

  g_assert_cmpint (answer.rsc, ==, 2000);
  list = json_object_get_array_member (answer.content, "m2m:uril");
  for (guint i = 0; i < json_array_get_length (list); i++)
    {
      const char *path = json_array_get_string_element (list, i);
      const char *slash = strrchr (path, '/');

      g_ptr_array_add (names, (gpointer) (slash != NULL ? slash + 1 : path));
    }
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  joined = g_strjoinv (" ", (char **) names->pdata);
  g_test_message ("%s", criteria);
  g_assert_cmpstr (joined, ==, expected);
}

static void
test_each_condition_finds_what_it_says (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  assert_found (fixture, "", "inside long outside short");
  assert_found (fixture, "\"ty\":[3]", "inside outside");
  assert_found (fixture, "\"ty\":[3,4]", "inside long outside short");
  assert_found (fixture, "\"lbl\":[\"garden\",\"a b\"]", "inside outside");
  assert_found (fixture, "\"lbl\":[\"room\"]", "");
  assert_found (fixture, "\"sza\":2", "long short");
  assert_found (fixture, "\"sza\":3", "long");
  assert_found (fixture, "\"szb\":8", "short");
  assert_found (fixture, "\"sza\":2,\"szb\":3", "short");
  assert_found (fixture, "\"cty\":[\"text/plain\"]", "short");
  assert_found (fixture, "\"cty\":[\"text\"]", "");
  assert_found (fixture, "\"cty\":[\"text/plain\",\"application/json\"]", "long short");
  assert_found (fixture, "\"crb\":\"20000101T000000\"", "");
  assert_found (fixture, "\"cra\":\"20000101T000000\"", "inside long outside short");
  assert_found (fixture, "\"us\":\"20000101T000000\"", "");
  assert_found (fixture, "\"exb\":\"20000101T000000\"", "");
}

static void
test_state_tags_are_those_of_the_counters (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  assert_found (fixture, "\"ty\":[3],\"stb\":2", "inside");
  assert_found (fixture, "\"ty\":[3],\"sts\":2", "outside");
  assert_found (fixture, "\"ty\":[3],\"stb\":0", "inside outside");
}

static void
test_attributes_match_with_stars (CseFixture *fixture, gconstpointer data)
{
  static const char *const found[][2] = {
    { "\"in*\"", "inside" },
    { "\"*side\"", "inside outside" },
    { "\"*\"", "inside outside" },
    { "\"*s*\"", "inside outside" },
    { "\"**u**\"", "outside" },
    { "\"inside\"", "inside" },
    { "\"inside*\"", "inside" },
    { "\"*inside\"", "inside" },
    { "\"in*in*\"", "" },
    { "\"i*e\"", "inside" },
    { "\"inside*inside\"", "" },
    { "\"\"", "" },
    { "\"side\"", "" },
    { "\"*x*\"", "" },
  };

  (void) data;
  for (gsize i = 0; i < G_N_ELEMENTS (found); i++)
    {
      g_autofree char *criteria = g_strdup_printf (
        "\"ty\":[3],\"atr\":[{\"nm\":\"rn\",\"val\":%s}]", found[i][0]);

      assert_found (fixture, criteria, found[i][1]);
    }
}

static void
test_attributes_of_every_kind_match (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  assert_found (fixture, "\"atr\":[{\"nm\":\"mni\",\"val\":10}]", "inside");
  assert_found (fixture, "\"atr\":[{\"nm\":\"mni\",\"val\":\"20\"}]", "outside");
  assert_found (fixture, "\"atr\":[{\"nm\":\"cni\",\"val\":2}]", "inside");
  assert_found (fixture, "\"atr\":[{\"nm\":\"cbs\",\"val\":10}]", "inside");
  assert_found (fixture, "\"atr\":[{\"nm\":\"con\",\"val\":\"abc*\"}]", "long");
  assert_found (fixture, "\"atr\":[{\"nm\":\"mni\",\"val\":10},{\"nm\":\"mni\",\"val\":20}]",
                "inside outside");
  assert_found (fixture, "\"atr\":[{\"nm\":\"api\",\"val\":\"*\"}]", "");
}

static void
test_children_and_parents_are_conditions (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (cse_create (fixture, "CDevice", "gatehouse/device/outside", 3,
                      "{\"m2m:cnt\":{\"rn\":\"shed\",\"lbl\":[\"tools\"]}}"));
  assert_found (fixture, "\"clbl\":[\"tools\"]", "outside");
  assert_found (fixture, "\"clbl\":[\"none\",\"tools\"]", "outside");
  assert_found (fixture, "\"clbl\":[\"garden\"]", "");
  assert_found (fixture, "\"palb\":[\"garden\"]", "shed");
  assert_found (fixture, "\"palb\":[\"a b\"]", "long short");
  assert_found (fixture, "\"chty\":[3]", "outside");
  assert_found (fixture, "\"chty\":[4]", "inside");
  assert_found (fixture, "\"chty\":[4,3]", "inside outside");
  assert_found (fixture, "\"pty\":[2]", "inside outside");
  assert_found (fixture, "\"pty\":[3]", "long shed short");
  assert_found (fixture, "\"catr\":[{\"nm\":\"rn\",\"val\":\"sh*\"}]", "inside outside");
  assert_found (fixture, "\"catr\":[{\"nm\":\"con\",\"val\":\"*h\"}]", "inside");
  assert_found (fixture, "\"patr\":[{\"nm\":\"mni\",\"val\":20}]", "shed");
  assert_found (fixture, "\"patr\":[{\"nm\":\"mni\",\"val\":10}],\"sza\":3", "long");
  assert_found (fixture, "\"fo\":2,\"palb\":[\"garden\"],\"chty\":[4]", "inside shed");
  assert_found (fixture, "\"palb\":[\"garden\"],\"chty\":[4]", "");
  /* the child may lie one level deeper than what is found */
  assert_found (fixture, "\"lvl\":1,\"clbl\":[\"tools\"]", "outside");
  assert_found (fixture, "\"lvl\":1,\"palb\":[\"garden\"]", "");
}

static void
test_labels_are_queried_by_key_and_value (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (cse_create (fixture, "CDevice", "gatehouse/device", 3,
                      "{\"m2m:cnt\":{\"rn\":\"hall\",\"lbl\":[\"room\",\"light:on\"]}}"));
  assert_found (fixture, "\"lbq\":\"room\"", "hall inside");
  assert_found (fixture, "\"lbq\":\"room:1\"", "inside");
  assert_found (fixture, "\"lbq\":\"room EQ 1\"", "inside");
  assert_found (fixture, "\"lbq\":\"room NE 1\"", "");
  assert_found (fixture, "\"lbq\":\"light NE off\"", "hall");
  assert_found (fixture, "\"lbq\":\"light IN (off, on)\"", "hall");
  assert_found (fixture, "\"lbq\":\"light NI (off,on)\"", "");
  assert_found (fixture, "\"lbq\":\"NT room\"", "outside");
  assert_found (fixture, "\"lbq\":\"garden, light:on\"", "hall outside");
  assert_found (fixture, "\"lbq\":\"roo\"", "");
}

static void
test_a_relative_path_leads_to_what_is_listed (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  assert_found (fixture, "\"lbl\":[\"garden\"],\"arp\":\"../inside\"", "inside");
  assert_found (fixture, "\"ty\":[3],\"arp\":\"la\"", "long");
  assert_found (fixture, "\"ty\":[3],\"arp\":\"ol\"", "short");
  assert_found (fixture, "\"ty\":[3],\"arp\":\"short\"", "short");
  assert_found (fixture, "\"ty\":[3],\"arp\":\"none\"", "");
  assert_found (fixture, "\"arp\":\"../../../../..\"", "");
  /* both lead to the same one */
  assert_found (fixture, "\"ty\":[3],\"arp\":\"../outside/.\"", "outside");
}

static void
test_an_inactive_ae_is_not_searched (CseFixture *fixture, gconstpointer data)
{
  g_auto (CseAnswer) before = cse_request (fixture, CSE_RETRIEVE, "CAdmin", "gatehouse",
                                           "\"fc\":{\"fu\":1,\"lbl\":[\"garden\"]}");
  g_auto (CseAnswer) after = { 0 };

  (void) data;
  cse_expect (fixture, 2004, CSE_UPDATE, "CDevice", "gatehouse/device",
              "\"pc\":{\"m2m:ae\":{\"regs\":2}}");
  after = cse_request (fixture, CSE_RETRIEVE, "CAdmin", "gatehouse",
                       "\"fc\":{\"fu\":1,\"lbl\":[\"garden\"]}");
  g_assert_cmpuint (
    json_array_get_length (json_object_get_array_member (before.content, "m2m:uril")), ==, 1);
  g_assert_cmpuint (
    json_array_get_length (json_object_get_array_member (after.content, "m2m:uril")), ==, 0);
  /* who asks it itself still may */
  assert_found (fixture, "\"lbl\":[\"garden\"]", "outside");
}

/* No slice is left: what has come so far, and that it is a part. */
static void
test_a_long_search_is_answered_in_part (CseFixture *fixture, gconstpointer data)
{
  g_auto (CseAnswer) answer = { 0 };

  (void) data;
  fixture->quiet = TRUE;
  for (guint i = 0; i < 2000; i++)
    cse_expect (fixture, 2001, CSE_CREATE, "CDevice", "gatehouse/device/outside",
                "\"ty\":3,\"pc\":{\"m2m:cnt\":{}}");
  answer = cse_request (fixture, CSE_RETRIEVE, "CDevice", "gatehouse/device",
                        "\"fc\":{\"fu\":1,\"atr\":[{\"nm\":\"rn\",\"val\":\"in*\"}]}");
  g_assert_cmpint (answer.rsc, ==, 2000);
  g_assert_cmpint (json_object_get_int_member (json_node_get_object (answer.root), "cnst"), ==, 1);
}

static void
test_conditions_are_joined_by_and_or_or (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  assert_found (fixture, "\"lbl\":[\"garden\"],\"ty\":[4]", "");
  assert_found (fixture, "\"fo\":1,\"lbl\":[\"garden\"],\"ty\":[3]", "outside");
  assert_found (fixture, "\"fo\":2,\"lbl\":[\"garden\"],\"ty\":[4]", "long outside short");
  assert_found (fixture, "\"fo\":2", "inside long outside short");
  assert_found (fixture, "\"fo\":2,\"sza\":5,\"szb\":3", "");
}

static void
test_one_resource_must_match_its_conditions (CseFixture *fixture, gconstpointer data)
{
  static const char inside[] = "gatehouse/device/inside", latest[] = "gatehouse/device/inside/la";
  static const char update[] = "\"pc\":{\"m2m:cnt\":{\"mni\":5}},\"fc\":{\"stb\":9}";

  (void) data;
  cse_expect (fixture, 2000, CSE_RETRIEVE, "CDevice", inside, "\"fc\":{\"lbl\":[\"room:1\"]}");
  cse_expect (fixture, 4004, CSE_RETRIEVE, "CDevice", inside, "\"fc\":{\"lbl\":[\"garden\"]}");
  cse_expect (fixture, 2000, CSE_RETRIEVE, "CDevice", latest, "\"fc\":{\"sza\":8}");
  cse_expect (fixture, 4004, CSE_RETRIEVE, "CDevice", latest, "\"fc\":{\"sza\":9}");
  cse_expect (fixture, 4004, CSE_UPDATE, "CDevice", inside, update);
  cse_expect (fixture, 2004, CSE_UPDATE, "CDevice", inside,
              "\"pc\":{\"m2m:cnt\":{\"mni\":5}},\"fc\":{\"sts\":9}");
  cse_expect (fixture, 5001, CSE_DELETE, "CDevice", latest, "\"fc\":{\"sza\":8}");
  cse_expect (fixture, 4004, CSE_DELETE, "CDevice", inside, "\"fc\":{\"us\":\"20000101T000000\"}");
  cse_expect (fixture, 2002, CSE_DELETE, "CDevice", inside, "\"fc\":{\"ms\":\"20000101T000000\"}");
}

/* What a list calls unstructured is found again under that address. */
static void
test_identifiers_are_given_as_they_are_wanted (CseFixture *fixture, gconstpointer data)
{
  g_auto (CseAnswer) answer = cse_request (fixture, CSE_RETRIEVE, "CDevice", "gatehouse/device",
                                           "\"fc\":{\"fu\":1},\"drt\":2");
  JsonArray *list = json_object_get_array_member (answer.content, "m2m:uril");

  (void) data;
  g_assert_cmpuint (json_array_get_length (list), ==, 4);
  for (guint i = 0; i < 4; i++)
    {
      const char *id = json_array_get_string_element (list, i);
      g_autofree char *found = cse_attribute (fixture, "CDevice", id, "ri");

      g_assert_null (strchr (id, '/'));
      g_assert_cmpstr (found, ==, id);
    }
}

static void
test_one_attribute_can_be_addressed (CseFixture *fixture, gconstpointer data)
{
  static const char inside[] = "gatehouse/device/inside#lbl";
  static const char *const labels[] = { inside, "gatehouse/device/inside/la#con" };

  (void) data;
  for (gsize i = 0; i < G_N_ELEMENTS (labels); i++)
    {
      g_auto (CseAnswer) answer = cse_request (fixture, CSE_RETRIEVE, "CDevice", labels[i], NULL);

      g_assert_cmpint (answer.rsc, ==, 2000);
      g_assert_nonnull (cse_member (&answer, strchr (labels[i], '#') + 1));
      g_assert_null (cse_member (&answer, "ri"));
    }
  cse_expect (fixture, 4000, CSE_RETRIEVE, "CDevice", "gatehouse/device/inside#zzz", NULL);
  cse_expect (fixture, 4000, CSE_DELETE, "CDevice", inside, NULL);
  cse_expect (fixture, 4000, CSE_UPDATE, "CDevice", inside, "\"pc\":{\"m2m:cnt\":{\"mni\":5}}");
  cse_expect (fixture, 2000, CSE_RETRIEVE, "CDevice", "gatehouse/device/inside", NULL);
}

static void
test_what_is_not_evaluated_is_refused (CseFixture *fixture, gconstpointer data)
{
  static const char device[] = "gatehouse/device";

  (void) data;
  cse_expect (fixture, 5001, CSE_RETRIEVE, "CDevice", device, "\"fc\":{\"fu\":1,\"smf\":[\"x\"]}");
  cse_expect (fixture, 5001, CSE_RETRIEVE, "CDevice", device, "\"fc\":{\"fu\":3}");
  cse_expect (fixture, 5001, CSE_DELETE, "CDevice", device, "\"fc\":{\"cfs\":1}");
  cse_expect (fixture, 5001, CSE_RETRIEVE, "CDevice", device, "\"fc\":{\"fu\":1,\"cfq\":\"x\"}");
  cse_refuse (fixture, 4000, "lbq: ", CSE_RETRIEVE, "CDevice", device,
              "\"fc\":{\"lbq\":\"color IS red\"}");
  cse_refuse (fixture, 4000, "clbl: ", CSE_RETRIEVE, "CDevice", device,
              "\"fc\":{\"clbl\":[\"garden\"]}");
  cse_refuse (fixture, 4000, "patr: ", CSE_DELETE, "CDevice", device,
              "\"fc\":{\"patr\":[{\"nm\":\"rn\",\"val\":\"x\"}]}");
  cse_refuse (fixture, 4000, "arp: ", CSE_RETRIEVE, "CDevice", device,
              "\"rcn\":4,\"fc\":{\"arp\":\"la\"}");
  cse_expect (fixture, 4000, CSE_RETRIEVE, "CDevice", device,
              "\"fc\":{\"fu\":1,\"atr\":[{\"nm\":\"zzz\",\"val\":1}]}");
  cse_expect (fixture, 4000, CSE_RETRIEVE, "CDevice", device,
              "\"fc\":{\"fu\":1,\"atr\":[{\"nm\":\"mni\",\"val\":[1]}]}");
  cse_expect (fixture, 4000, CSE_CREATE, "CDevice", device,
              "\"ty\":3,\"pc\":{\"m2m:cnt\":{}},\"fc\":{\"lbl\":[\"x\"]}");
}

/* The AE may be searched by all, the container "inside" only by its owner. */
static void
test_instances_of_a_hidden_container_stay_hidden (CseFixture *fixture, gconstpointer data)
{
  static const char open[] = "{\"m2m:acp\":{\"rn\":\"open\",\"pv\":{\"acr\":[{\"acor\":[\"all\"],"
                             "\"acop\":34}]},\"pvs\":{\"acr\":[{\"acor\":[\"CDevice\"],"
                             "\"acop\":63}]}}}";
  static const char shut[] =
    "{\"m2m:acp\":{\"rn\":\"shut\",\"pv\":{\"acr\":[{\"acor\":[\"CDevice\"],"
    "\"acop\":63}]},\"pvs\":{\"acr\":[{\"acor\":[\"CDevice\"],"
    "\"acop\":63}]}}}";
  static const char *const ways[] = { "\"fc\":{\"fu\":1}", "\"rcn\":4", "\"rcn\":5", "\"rcn\":6",
                                      "\"rcn\":8" };

  (void) data;
  g_free (cse_create (fixture, "CDevice", "gatehouse/device", 1, open));
  g_free (cse_create (fixture, "CDevice", "gatehouse/device", 1, shut));
  cse_expect (fixture, 2004, CSE_UPDATE, "CDevice", "gatehouse/device",
              "\"pc\":{\"m2m:ae\":{\"acpi\":[\"gatehouse/device/open\"]}}");
  cse_expect (fixture, 2004, CSE_UPDATE, "CDevice", "gatehouse/device/inside",
              "\"pc\":{\"m2m:cnt\":{\"acpi\":[\"gatehouse/device/shut\"]}}");
  for (gsize i = 0; i < G_N_ELEMENTS (ways); i++)
    {
      g_auto (CseAnswer) owner = cse_request (fixture, CSE_RETRIEVE, "CDevice", "gatehouse/device",
                                              ways[i]);
      g_auto (CseAnswer) other = cse_request (fixture, CSE_RETRIEVE, "COther", "gatehouse/device",
                                              ways[i]);
      g_autofree char *to_owner = json_to_string (owner.root, FALSE);
      g_autofree char *to_other = json_to_string (other.root, FALSE);

      g_assert_cmpint (other.rsc, ==, 2000);
      g_assert_nonnull (strstr (to_owner, "short"));
      g_assert_null (strstr (to_other, "inside"));
      g_assert_null (strstr (to_other, "short"));
    }
}

static void
assert_other_finds (CseFixture *fixture, const char *criteria, gboolean expected)
{
  g_auto (CseAnswer) answer = cse_request (fixture, CSE_RETRIEVE, "COther", "gatehouse/device",
                                           criteria);
  g_autofree char *text = json_to_string (answer.root, FALSE);

  g_assert_cmpint (answer.rsc, ==, 2000);
  g_assert_true ((strstr (text, "inside/long") != NULL) == expected);
}

/* Who may discover, but not retrieve, does not read by guessing. */
static void
test_attribute_criteria_need_the_right_to_retrieve (CseFixture *fixture, gconstpointer data)
{
  static const char discover[] = "{\"m2m:acp\":{\"rn\":\"seen\",\"pv\":{\"acr\":[{\"acor\":["
                                 "\"all\"],\"acop\":32}]},\"pvs\":{\"acr\":[{\"acor\":["
                                 "\"CDevice\"],\"acop\":63}]}}}";
  static const char guess[] = "\"fc\":{\"fu\":1,\"atr\":[{\"nm\":\"con\",\"val\":\"abcd*\"}]}";

  (void) data;
  g_free (cse_create (fixture, "CDevice", "gatehouse/device", 1, discover));
  cse_expect (fixture, 2004, CSE_UPDATE, "CDevice", "gatehouse/device",
              "\"pc\":{\"m2m:ae\":{\"acpi\":[\"gatehouse/device/seen\"]}}");
  cse_expect (fixture, 2004, CSE_UPDATE, "CDevice", "gatehouse/device/inside",
              "\"pc\":{\"m2m:cnt\":{\"acpi\":[\"gatehouse/device/seen\"]}}");
  assert_other_finds (fixture, "\"fc\":{\"fu\":1,\"ty\":[4]}", TRUE);
  assert_other_finds (fixture, guess, FALSE);
}

static const char *const few_slices[] = { "limits.reading-slices=1", NULL };
static const char *const long_answers[] = { "limits.answer-resources=3000", NULL };

/* @data: the options; with few slices the answer says that it is a part. */
static void
test_a_delete_reads_in_slices (CseFixture *fixture, gconstpointer data)
{
  fixture->quiet = TRUE;
  g_free (cse_create (fixture, "CDevice", "gatehouse/device", 3, "{\"m2m:cnt\":{\"rn\":\"x\"}}"));
  for (guint i = 0; i < 2000; i++)
    cse_expect (fixture, 2001, CSE_CREATE, "CDevice", "gatehouse/device/x",
                "\"ty\":3,\"pc\":{\"m2m:cnt\":{}}");
  g_auto (CseAnswer) answer = cse_request (fixture, CSE_DELETE, "CDevice", "gatehouse/device/x",
                                           "\"rcn\":6");
  g_assert_cmpint (answer.rsc, ==, 2002);
  JsonObject *list = json_object_get_object_member (answer.content, "m2m:rrl");
  const guint n = json_array_get_length (json_object_get_array_member (list, "rrf"));
  const gboolean partial = json_object_has_member (json_node_get_object (answer.root), "cnst");
  g_assert_cmpint (partial, ==, data == few_slices);
  g_assert_true (partial ? n < 2000 : n == 2000);
  cse_expect (fixture, 4004, CSE_RETRIEVE, "CDevice", "gatehouse/device/x", NULL);
}

#define ADD(name, function) \
  g_test_add ("/filter/" name, CseFixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("each-condition-finds-what-it-says", test_each_condition_finds_what_it_says);
  ADD ("state-tags-are-those-of-the-counters", test_state_tags_are_those_of_the_counters);
  ADD ("attributes-match-with-stars", test_attributes_match_with_stars);
  ADD ("attributes-of-every-kind-match", test_attributes_of_every_kind_match);
  ADD ("conditions-are-joined-by-and-or-or", test_conditions_are_joined_by_and_or_or);
  ADD ("one-resource-must-match-its-conditions", test_one_resource_must_match_its_conditions);
  ADD ("identifiers-are-given-as-they-are-wanted", test_identifiers_are_given_as_they_are_wanted);
  ADD ("one-attribute-can-be-addressed", test_one_attribute_can_be_addressed);
  ADD ("what-is-not-evaluated-is-refused", test_what_is_not_evaluated_is_refused);
  ADD ("instances-of-a-hidden-container-stay-hidden",
       test_instances_of_a_hidden_container_stay_hidden);
  ADD ("attribute-criteria-need-the-right-to-retrieve",
       test_attribute_criteria_need_the_right_to_retrieve);
  ADD ("children-and-parents-are-conditions", test_children_and_parents_are_conditions);
  ADD ("labels-are-queried-by-key-and-value", test_labels_are_queried_by_key_and_value);
  ADD ("a-relative-path-leads-to-what-is-listed", test_a_relative_path_leads_to_what_is_listed);
  ADD ("an-inactive-ae-is-not-searched", test_an_inactive_ae_is_not_searched);
  g_test_add ("/filter/a-long-search-is-answered-in-part", CseFixture, few_slices, set_up,
              test_a_long_search_is_answered_in_part, tear_down);
  g_test_add ("/filter/a-delete-reads-in-slices", CseFixture, long_answers, set_up,
              test_a_delete_reads_in_slices, tear_down);
  g_test_add ("/filter/a-delete-reads-in-few-slices", CseFixture, few_slices, set_up,
              test_a_delete_reads_in_slices, tear_down);
  return g_test_run ();
}
