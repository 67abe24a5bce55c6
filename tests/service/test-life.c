/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cse-fixture.h"

#include <string.h>

static void
set_up (CseFixture *fixture, gconstpointer data)
{
  cse_fixture_set_up (fixture, data);
}

static void
tear_down (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  cse_fixture_tear_down (fixture);
}

#define AE "{\"m2m:ae\":{\"rn\":\"device\",\"api\":\"Ndevice\",\"rr\":true,\"srv\":[\"3\"]}}"

static void
register_device (CseFixture *fixture)
{
  g_autofree char *id = cse_create (fixture, "CDevice", "gatehouse", 2, AE);
  g_assert_cmpstr (id, ==, "CDevice");
}

static void
assert_attribute (CseFixture *fixture, const char *to, const char *name, const char *expected)
{
  g_autofree char *found = cse_attribute (fixture, "CDevice", to, name);
  g_assert_cmpstr (found, ==, expected);
}

static void
test_measurement_is_read_back (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  register_device (fixture);
  g_autofree char *container = cse_create (fixture, "CDevice", "gatehouse/device", 3,
                                           "{\"m2m:cnt\":{\"rn\":\"load\",\"mni\":3}}");
  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *content = g_strdup_printf ("{\"m2m:cin\":{\"con\":\"%u\"}}", i);
      g_autofree char *instance = cse_create (fixture, "CDevice", container, 4, content);
      g_autofree char *latest = cse_attribute (fixture, "CDevice", "gatehouse/device/load/la",
                                               "ri");
      g_assert_cmpstr (latest, ==, instance);
    }
  assert_attribute (fixture, "gatehouse/device/load/la", "con", "4");
  assert_attribute (fixture, "gatehouse/device/load/ol", "con", "2");
  assert_attribute (fixture, "gatehouse/device/load", "cni", "3");
  assert_attribute (fixture, "gatehouse/device/load", "cbs", "3");
  assert_attribute (fixture, "gatehouse/device/load", "st", "5");
}

static void
test_names_and_identifiers_lead_to_the_same (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  register_device (fixture);
  g_autofree char *container = cse_create (fixture, "CDevice", "CDevice", 3,
                                           "{\"m2m:cnt\":{\"rn\":\"load\"}}");
  g_autofree char *instance = cse_create (fixture, "CDevice", container, 4,
                                          "{\"m2m:cin\":{\"rn\":\"first\",\"con\":\"x\"}}");
  const char *const addresses[] = { "gatehouse/device/load/first",
                                    "/gatehouse/gatehouse/device/load/first",
                                    "//localhost/gatehouse/gatehouse/device/load/first",
                                    "-/device/load/first",
                                    "gatehouse/device/load/la",
                                    instance };
  for (guint i = 0; i < G_N_ELEMENTS (addresses); i++)
    assert_attribute (fixture, addresses[i], "ri", instance);
  cse_expect (fixture, 4004, CSE_RETRIEVE, "CDevice", "gatehouse/device/load/second", NULL);
  cse_expect (fixture, 4004, CSE_RETRIEVE, "CDevice", "gatehouse/device/load/first/la", NULL);
  cse_expect (fixture, 4004, CSE_RETRIEVE, "CDevice", "/elsewhere/device", NULL);
  cse_expect (fixture, 4000, CSE_RETRIEVE, "CDevice", "gatehouse//device", NULL);
}

static void
test_names_that_look_generated (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  register_device (fixture);
  g_free (cse_create (fixture, "CDevice", "CDevice", 3, "{\"m2m:cnt\":{\"rn\":\"load\"}}"));
  g_free (cse_create (fixture, "CDevice", "gatehouse/device/load", 4,
                      "{\"m2m:cin\":{\"rn\":\"cin-1\",\"con\":\"x\"}}"));
  assert_attribute (fixture, "gatehouse/device/load/cin-1", "con", "x");
  cse_expect (fixture, 4000, CSE_CREATE, "CDevice", "gatehouse/device/load",
              "\"ty\":4,\"pc\":{\"m2m:cin\":{\"rn\":\"cin.1\",\"con\":\"x\"}}");
}

static void
test_second_registration_is_refused (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  register_device (fixture);
  cse_expect (
    fixture, 4117, CSE_CREATE, "CDevice", "gatehouse",
    "\"ty\":2,\"pc\":{\"m2m:ae\":{\"rn\":\"again\",\"api\":\"Nx\",\"rr\":false,\"srv\":[\"3\"]}}");
  cse_expect (fixture, 4105, CSE_CREATE, "COther", "gatehouse", "\"ty\":2,\"pc\":" AE);
  cse_expect (fixture, 2002, CSE_DELETE, "CDevice", "CDevice", NULL);
  register_device (fixture);
}

static void
test_stem_is_allocated (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  const char *const froms[] = { NULL, "", "C", "S" };
  for (guint i = 0; i < G_N_ELEMENTS (froms); i++)
    {
      g_autofree char *id = cse_create (
        fixture, froms[i], "gatehouse", 2,
        "{\"m2m:ae\":{\"api\":\"Nx\",\"rr\":false,\"srv\":[\"3\"]}}");
      g_assert_cmpint (id[0], ==, i == 3 ? 'S' : 'C');
      g_assert_cmpuint (strlen (id), >, 8);
    }
  cse_expect (fixture, 4000, CSE_RETRIEVE, NULL, "gatehouse", NULL);
  cse_expect (fixture, 4000, CSE_CREATE, NULL, "gatehouse", "\"ty\":3,\"pc\":{\"m2m:cnt\":{}}");
}

static void
test_deletion_takes_the_subtree (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  register_device (fixture);
  g_autofree char *container = cse_create (fixture, "CDevice", "CDevice", 3,
                                           "{\"m2m:cnt\":{\"rn\":\"load\"}}");
  g_autofree char *inner = cse_create (fixture, "CDevice", container, 3,
                                       "{\"m2m:cnt\":{\"rn\":\"inner\"}}");
  g_autofree char *instance = cse_create (fixture, "CDevice", inner, 4,
                                          "{\"m2m:cin\":{\"con\":\"x\"}}");
  cse_expect (fixture, 2002, CSE_DELETE, "CDevice", "gatehouse/device", NULL);
  const char *const gone[] = { "gatehouse/device", "CDevice",
                               container,          inner,
                               instance,           "gatehouse/device/load/inner/la" };
  for (guint i = 0; i < G_N_ELEMENTS (gone); i++)
    cse_expect (fixture, 4004, CSE_RETRIEVE, "CDevice", gone[i], NULL);
  register_device (fixture);
  cse_expect (fixture, 4004, CSE_RETRIEVE, "CDevice", "gatehouse/device/load", NULL);
}

static void
test_instances_are_deleted_from_both_ends_and_the_middle (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  char *ids[6];
  register_device (fixture);
  g_autofree char *container = cse_create (fixture, "CDevice", "CDevice", 3,
                                           "{\"m2m:cnt\":{\"rn\":\"load\"}}");
  for (guint i = 0; i < 6; i++)
    ids[i] = cse_create (fixture, "CDevice", container, 4, "{\"m2m:cin\":{\"con\":\"four\"}}");
  cse_expect (fixture, 2002, CSE_DELETE, "CDevice", ids[2], NULL);
  cse_expect (fixture, 4004, CSE_RETRIEVE, "CDevice", ids[2], NULL);
  cse_expect (fixture, 2002, CSE_DELETE, "CDevice", "gatehouse/device/load/la", NULL);
  assert_attribute (fixture, "gatehouse/device/load/la", "ri", ids[4]);
  cse_expect (fixture, 2002, CSE_DELETE, "CDevice", "gatehouse/device/load/ol", NULL);
  assert_attribute (fixture, "gatehouse/device/load/ol", "ri", ids[1]);
  assert_attribute (fixture, "gatehouse/device/load", "cni", "3");
  assert_attribute (fixture, "gatehouse/device/load", "cbs", "12");
  for (guint i = 0; i < 3; i++)
    cse_expect (fixture, 2002, CSE_DELETE, "CDevice", "gatehouse/device/load/la", NULL);
  cse_expect (fixture, 4004, CSE_RETRIEVE, "CDevice", "gatehouse/device/load/la", NULL);
  cse_expect (fixture, 4004, CSE_DELETE, "CDevice", "gatehouse/device/load/la", NULL);
  assert_attribute (fixture, "gatehouse/device/load", "cni", "0");
  for (guint i = 0; i < 6; i++)
    g_free (ids[i]);
}

static void
test_update_changes_and_deletes_attributes (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  register_device (fixture);
  g_autofree char *container = cse_create (
    fixture, "CDevice", "CDevice", 3, "{\"m2m:cnt\":{\"rn\":\"load\",\"lbl\":[\"a\"],\"mni\":9}}");
  cse_expect (fixture, 2004, CSE_UPDATE, "CDevice", container,
              "\"pc\":{\"m2m:cnt\":{\"lbl\":[\"b\",\"c\"],\"mni\":null}}");
  assert_attribute (fixture, container, "lbl", "[\"b\",\"c\"]");
  assert_attribute (fixture, container, "mni", NULL);
  assert_attribute (fixture, container, "st", "1");
  cse_expect (fixture, 4000, CSE_UPDATE, "CDevice", container,
              "\"pc\":{\"m2m:cnt\":{\"rn\":\"other\"}}");
  cse_expect (fixture, 4000, CSE_UPDATE, "CDevice", container, "\"pc\":{\"m2m:cnt\":{\"cni\":7}}");
  cse_expect (fixture, 4000, CSE_UPDATE, "CDevice", container,
              "\"pc\":{\"m2m:ae\":{\"lbl\":[\"b\"]}}");
  cse_expect (fixture, 4000, CSE_UPDATE, "CDevice", container, NULL);
  cse_expect (fixture, 4005, CSE_UPDATE, "CAdmin", "gatehouse",
              "\"pc\":{\"m2m:cb\":{\"lbl\":[\"b\"]}}");
  cse_expect (fixture, 4005, CSE_DELETE, "CAdmin", "gatehouse", NULL);
}

static void
test_bounds_of_a_container_are_kept (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  register_device (fixture);
  g_autofree char *container = cse_create (fixture, "CDevice", "CDevice", 3,
                                           "{\"m2m:cnt\":{\"rn\":\"load\",\"mbs\":10}}");
  for (guint i = 0; i < 4; i++)
    g_free (cse_create (fixture, "CDevice", container, 4, "{\"m2m:cin\":{\"con\":\"four\"}}"));
  assert_attribute (fixture, container, "cni", "2");
  assert_attribute (fixture, container, "cbs", "8");
  cse_expect (fixture, 5207, CSE_CREATE, "CDevice", container,
              "\"ty\":4,\"pc\":{\"m2m:cin\":{\"con\":\"eleven char\"}}");
  cse_expect (fixture, 2004, CSE_UPDATE, "CDevice", container, "\"pc\":{\"m2m:cnt\":{\"mni\":1}}");
  assert_attribute (fixture, container, "cni", "1");
  cse_expect (fixture, 2004, CSE_UPDATE, "CDevice", container, "\"pc\":{\"m2m:cnt\":{\"mni\":0}}");
  assert_attribute (fixture, container, "cni", "0");
  cse_expect (fixture, 4004, CSE_RETRIEVE, "CDevice", "gatehouse/device/load/la", NULL);
  cse_expect (fixture, 5207, CSE_CREATE, "CDevice", container,
              "\"ty\":4,\"pc\":{\"m2m:cin\":{\"con\":\"x\"}}");
}

static void
test_children_are_nested_and_referenced (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  register_device (fixture);
  g_autofree char *container = cse_create (fixture, "CDevice", "CDevice", 3,
                                           "{\"m2m:cnt\":{\"rn\":\"load\"}}");
  for (guint i = 0; i < 300; i++)
    g_free (cse_create (fixture, "CDevice", container, 4, "{\"m2m:cin\":{\"con\":\"x\"}}"));
  g_auto (CseAnswer) nested = cse_request (fixture, CSE_RETRIEVE, "CDevice", "gatehouse/device",
                                           "\"rcn\":4");
  g_assert_cmpint (nested.rsc, ==, 2000);
  JsonArray *containers = json_node_get_array (cse_member (&nested, "m2m:cnt"));
  JsonObject *load = json_array_get_object_element (containers, 0);
  g_assert_cmpint (json_object_get_int_member (load, "cni"), ==, 300);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (load, "m2m:cin")), ==,
                    300);

  g_auto (CseAnswer) references = cse_request (fixture, CSE_RETRIEVE, "CDevice", "gatehouse/device",
                                               "\"rcn\":5");
  g_assert_cmpuint (json_array_get_length (json_node_get_array (cse_member (&references, "ch"))),
                    ==, 301);
  g_auto (CseAnswer) only = cse_request (fixture, CSE_RETRIEVE, "CDevice", "gatehouse/device",
                                         "\"rcn\":6");
  g_assert_cmpuint (json_array_get_length (json_node_get_array (cse_member (&only, "rrf"))), ==,
                    301);
  g_auto (CseAnswer) children = cse_request (fixture, CSE_RETRIEVE, "CDevice", container,
                                             "\"rcn\":8");
  g_assert_cmpuint (json_array_get_length (json_node_get_array (cse_member (&children, "m2m:cin"))),
                    ==, 300);
  g_assert_null (cse_member (&children, "ri"));
  cse_expect (fixture, 4000, CSE_RETRIEVE, "CDevice", container, "\"rcn\":9");
  cse_expect (fixture, 4000, CSE_RETRIEVE, "CDevice", container, "\"rcn\":0");
}

static void
test_result_content_of_a_create (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  register_device (fixture);
  g_auto (CseAnswer) nothing = cse_request (
    fixture, CSE_CREATE, "CDevice", "CDevice",
    "\"ty\":3,\"rcn\":0,\"pc\":{\"m2m:cnt\":{\"rn\":\"a\"}}");
  g_assert_cmpint (nothing.rsc, ==, 2001);
  g_assert_null (nothing.content);
  g_auto (CseAnswer) address = cse_request (
    fixture, CSE_CREATE, "CDevice", "CDevice",
    "\"ty\":3,\"rcn\":2,\"pc\":{\"m2m:cnt\":{\"rn\":\"b\"}}");
  g_assert_cmpstr (json_object_get_string_member (address.content, "m2m:uri"), ==,
                   "gatehouse/device/b");
  g_auto (CseAnswer) both = cse_request (fixture, CSE_CREATE, "CDevice", "CDevice",
                                         "\"ty\":3,\"rcn\":3,\"pc\":{\"m2m:cnt\":{\"rn\":\"c\"}}");
  g_assert_cmpstr (json_node_get_string (cse_member (&both, "uri")), ==, "gatehouse/device/c");
  g_assert_nonnull (cse_member (&both, "m2m:cnt"));
  g_auto (CseAnswer) modified = cse_request (
    fixture, CSE_CREATE, "CDevice", "CDevice",
    "\"ty\":3,\"rcn\":9,\"pc\":{\"m2m:cnt\":{\"rn\":\"d\",\"lbl\":[\"x\"]}}");
  g_assert_nonnull (cse_member (&modified, "ri"));
  g_assert_null (cse_member (&modified, "lbl"));
  cse_expect (fixture, 4000, CSE_CREATE, "CDevice", "CDevice",
              "\"ty\":3,\"rcn\":4,\"pc\":{\"m2m:cnt\":{\"rn\":\"e\"}}");
  cse_expect (fixture, 4105, CSE_CREATE, "CDevice", "CDevice",
              "\"ty\":3,\"pc\":{\"m2m:cnt\":{\"rn\":\"a\"}}");
}

static void
test_wrong_children_and_types_are_refused (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  register_device (fixture);
  cse_expect (fixture, 4108, CSE_CREATE, "CDevice", "CDevice",
              "\"ty\":4,\"pc\":{\"m2m:cin\":{\"con\":\"x\"}}");
  cse_expect (fixture, 4000, CSE_CREATE, "CDevice", "CDevice",
              "\"ty\":999,\"pc\":{\"m2m:cin\":{\"con\":\"x\"}}");
  cse_expect (fixture, 4005, CSE_CREATE, "CDevice", "CDevice", "\"ty\":5,\"pc\":{\"m2m:cb\":{}}");
  cse_expect (fixture, 4000, CSE_CREATE, "CDevice", "CDevice",
              "\"ty\":3,\"pc\":{\"m2m:cnt\":{\"nonsense\":1}}");
  cse_expect (fixture, 4000, CSE_CREATE, "CDevice", "CDevice",
              "\"ty\":3,\"pc\":{\"m2m:cnt\":{\"et\":\"20200101T000000\"}}");
  cse_expect (fixture, 4000, CSE_CREATE, "CDevice", "CDevice",
              "\"ty\":3,\"pc\":{\"m2m:cnt\":{\"rn\":\"a/b\"}}");
  cse_expect (fixture, 4000, CSE_CREATE, "CDevice", "CDevice",
              "\"ty\":3,\"pc\":{\"m2m:cnt\":{\"rn\":\"la\"}}");
  cse_expect (fixture, 4000, CSE_CREATE, "COther", "gatehouse",
              "\"ty\":2,\"pc\":{\"m2m:ae\":{\"api\":\"Xbad\",\"rr\":true,\"srv\":[\"3\"]}}");
  cse_expect (fixture, 4106, CSE_RETRIEVE, "CNobody", "gatehouse", NULL);
}

/* Pages of two, as a client asks for them: everything once, and an end. */
static void
test_pages_reach_everything_once (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  register_device (fixture);
  g_autofree char *outer = cse_create (fixture, "CDevice", "CDevice", 3,
                                       "{\"m2m:cnt\":{\"rn\":\"outer\"}}");
  for (guint i = 0; i < 3; i++)
    g_free (cse_create (fixture, "CDevice", outer, 3, "{\"m2m:cnt\":{}}"));
  for (guint i = 0; i < 2; i++)
    g_free (cse_create (fixture, "CDevice", outer, 4, "{\"m2m:cin\":{\"con\":\"x\"}}"));
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gint64 offset = 1;
  for (guint pages = 0; offset != 0; pages++)
    {
      g_assert_cmpuint (pages, <, 10);
      g_autofree char *members = g_strdup_printf (
        "\"fc\":{\"fu\":1,\"lim\":2,\"ofst\":%" G_GINT64_FORMAT "}", offset);
      g_auto (CseAnswer) page = cse_request (fixture, CSE_RETRIEVE, "CDevice", "CDevice", members);
      g_assert_cmpint (page.rsc, ==, 2000);
      JsonArray *paths = json_object_get_array_member (page.content, "m2m:uril");
      for (guint i = 0; i < json_array_get_length (paths); i++)
        g_assert_true (
          g_hash_table_add (seen, g_strdup (json_array_get_string_element (paths, i))));
      JsonObject *primitive = json_node_get_object (page.root);
      offset = json_object_get_int_member_with_default (primitive, "cnot", 0);
    }
  g_assert_cmpuint (g_hash_table_size (seen), ==, 6);
}

/* What a page of a nested answer holds, as "a(x,y) b", and the offset of the next one. */
static char *
page_of (CseFixture *fixture, gint64 limit, gint64 offset)
{
  GString *text = g_string_new (NULL);
  g_autofree char *members = g_strdup_printf (
    "\"rcn\":4,\"fc\":{\"lim\":%" G_GINT64_FORMAT ",\"ofst\":%" G_GINT64_FORMAT "}", limit, offset);
  g_auto (CseAnswer) answer = cse_request (fixture, CSE_RETRIEVE, "CDevice", "CDevice", members);
  JsonObject *primitive = json_node_get_object (answer.root);
  g_assert_cmpint (answer.rsc, ==, 2000);
  JsonNode *list = cse_member (&answer, "m2m:cnt");
  JsonArray *outer = list != NULL ? json_node_get_array (list) : NULL;
  for (guint i = 0; outer != NULL && i < json_array_get_length (outer); i++)
    {
      JsonObject *container = json_array_get_object_element (outer, i);
      JsonArray *inner = json_object_has_member (container, "m2m:cnt")
                           ? json_object_get_array_member (container, "m2m:cnt")
                           : NULL;
      g_string_append_printf (text, "%s%u ", json_object_get_string_member (container, "rn"),
                              inner != NULL ? json_array_get_length (inner) : 0);
    }
  g_string_append_printf (text, "%" G_GINT64_FORMAT,
                          json_object_has_member (primitive, "cnot")
                            ? json_object_get_int_member (primitive, "cnot")
                            : 0);
  return g_string_free (text, FALSE);
}

/* TS-0001 8.1.2: a direct child that does not fit with all that lies below it is not in the answer,
 * and the next one begins with it. */
static void
test_pages_hold_whole_children (CseFixture *fixture, gconstpointer data)
{
  static const struct {
    gint64 limit, offset;
    const char *page;
  } cases[] = {
    { 4, 1, "a2 2" },
    { 4, 2, "b3 3" },
    { 4, 3, "c0 0" },
    { 5, 1, "a2 2" },
    { 7, 1, "a2 b3 3" },
    { 8, 1, "a2 b3 c0 0" },
    { 3, 1, "a2 2" },
    { 0, 1, "1" },
    { 0, 2, "2" },
    /* what never fits is cut, and what lies behind it reached */
    { 2, 1, "a1 2" },
    { 2, 2, "b1 3" },
    { 1, 3, "c0 0" },
  };
  (void) data;
  register_device (fixture);
  static const guint below[] = { 2, 3, 0 };
  for (guint i = 0; i < G_N_ELEMENTS (below); i++)
    {
      g_autofree char *content = g_strdup_printf ("{\"m2m:cnt\":{\"rn\":\"%c\"}}", 'a' + (gint) i);
      g_autofree char *outer = cse_create (fixture, "CDevice", "CDevice", 3, content);
      for (guint k = 0; k < below[i]; k++)
        g_free (cse_create (fixture, "CDevice", outer, 3, "{\"m2m:cnt\":{}}"));
    }
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *page = page_of (fixture, cases[i].limit, cases[i].offset);
      g_assert_cmpstr (page, ==, cases[i].page);
    }
}

static void
add (const char *path, void (*test) (CseFixture *, gconstpointer))
{
  g_test_add (path, CseFixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/life/measurement-is-read-back", test_measurement_is_read_back);
  add ("/life/names-and-identifiers-lead-to-the-same", test_names_and_identifiers_lead_to_the_same);
  add ("/life/second-registration-is-refused", test_second_registration_is_refused);
  add ("/life/stem-is-allocated", test_stem_is_allocated);
  add ("/life/deletion-takes-the-subtree", test_deletion_takes_the_subtree);
  add ("/life/instances-are-deleted-from-both-ends-and-the-middle",
       test_instances_are_deleted_from_both_ends_and_the_middle);
  add ("/life/update-changes-and-deletes-attributes", test_update_changes_and_deletes_attributes);
  add ("/life/bounds-of-a-container-are-kept", test_bounds_of_a_container_are_kept);
  add ("/life/children-are-nested-and-referenced", test_children_are_nested_and_referenced);
  add ("/life/result-content-of-a-create", test_result_content_of_a_create);
  add ("/life/wrong-children-and-types-are-refused", test_wrong_children_and_types_are_refused);
  add ("/life/names-that-look-generated", test_names_that_look_generated);
  add ("/life/pages-reach-everything-once", test_pages_reach_everything_once);
  add ("/life/pages-hold-whole-children", test_pages_hold_whole_children);
  return g_test_run ();
}
