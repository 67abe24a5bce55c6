/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cse-fixture.h"

#include <string.h>

/*
 * A tree that is large enough for indexes to be worth it, in parts that are not: what is found in
 * the whole must be what is found in the parts, once each.
 */

#define N_PARTS      4
#define N_CONTAINERS 90
#define N_INSTANCES  3 /* of every third container; the first keeps one */

static char *
part_name (guint part)
{
  return g_strdup_printf ("part%u", part);
}

static void
make_container (CseFixture *fixture, const char *from, const char *path, guint i)
{
  g_autofree char *content = g_strdup_printf (
    "{\"m2m:cnt\":{\"rn\":\"c%u\",\"lbl\":[\"kind:%u\",\"n%u\"%s],\"mni\":%u%s}}", i, i % 7, i,
    i % 20 == 0 ? ",\"rare\"" : "", i + 1, i % 30 == 0 ? ",\"et\":\"20990101T000000\"" : "");
  g_autofree char *container = g_strdup_printf ("%s/c%u", path, i);

  g_free (cse_create (fixture, from, path, 3, content));
  for (guint k = 0; i % 3 == 0 && k < N_INSTANCES; k++)
    {
      g_autofree char *instance = g_strdup_printf (
        "{\"m2m:cin\":{\"con\":\"%u-%u\",\"cnf\":\"text/plain:0\"%s}}", i, k,
        k == 1 && i % 2 == 0 ? ",\"lbl\":[\"kind:2\",\"rare\"]" : "");
      g_free (cse_create (fixture, from, container, 4, instance));
    }
}

static void
set_up (CseFixture *fixture, gconstpointer data)
{
  cse_fixture_set_up (fixture, data);
  fixture->quiet = TRUE;
  for (guint part = 0; part < N_PARTS; part++)
    {
      g_autofree char *name = part_name (part);
      g_autofree char *from = g_strdup_printf ("C%s", name);
      g_autofree char *path = g_strdup_printf ("gatehouse/%s", name);
      g_autofree char *ae = g_strdup_printf (
        "{\"m2m:ae\":{\"rn\":\"%s\",\"api\":\"Nx\",\"rr\":true,\"srv\":[\"3\"],"
        "\"lbl\":[\"kind:ae\"]}}",
        name);
      g_free (cse_create (fixture, from, "gatehouse", 2, ae));
      for (guint i = 0; i < N_CONTAINERS; i++)
        make_container (fixture, from, path, i);
    }
}

static void
tear_down (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  cse_fixture_tear_down (fixture);
}

static gint
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static void
find (CseFixture *fixture, const char *to, const char *criteria, GPtrArray *found)
{
  g_autofree char *members = g_strdup_printf ("\"fc\":{\"fu\":1%s%s}", *criteria != '\0' ? "," : "",
                                              criteria);
  g_auto (CseAnswer) answer = cse_request (fixture, CSE_RETRIEVE, "CAdmin", to, members);

  g_assert_cmpint (answer.rsc, ==, 2000);
  g_assert_false (json_object_has_member (json_node_get_object (answer.root), "cnst"));
  JsonArray *list = json_object_get_array_member (answer.content, "m2m:uril");
  for (guint i = 0; i < json_array_get_length (list); i++)
    g_ptr_array_add (found, g_strdup (json_array_get_string_element (list, i)));
}

/* The whole finds what its parts find, and @least at the least. */
static void
assert_same (CseFixture *fixture, const char *criteria, guint least)
{
  g_autoptr (GPtrArray) whole = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);

  g_test_message ("%s", criteria);
  find (fixture, "gatehouse", criteria, whole);
  for (guint part = 0; part < N_PARTS; part++)
    {
      g_autofree char *path = g_strdup_printf ("gatehouse/part%u", part);
      find (fixture, path, criteria, parts);
    }
  /* the parts do not find themselves */
  for (guint i = whole->len; i-- > 0;)
    if (strchr (strchr (whole->pdata[i], '/') + 1, '/') == NULL)
      g_ptr_array_remove_index (whole, i);
  g_ptr_array_sort (whole, compare_texts);
  g_ptr_array_sort (parts, compare_texts);
  g_assert_cmpuint (whole->len, ==, parts->len);
  g_assert_cmpuint (whole->len, >=, least);
  for (guint i = 0; i < whole->len; i++)
    g_assert_cmpstr (whole->pdata[i], ==, parts->pdata[i]);
}

static void
test_every_index_finds_what_a_walk_finds (CseFixture *fixture, gconstpointer data)
{
  static const struct {
    const char *criteria;
    guint least;
  } cases[] = {
    { "\"lbl\":[\"rare\"]", N_PARTS * 5 },
    { "\"lbl\":[\"rare\",\"kind:2\"]", N_PARTS * 14 },
    { "\"lbl\":[\"rare\",\"none\"],\"ty\":[4]", N_PARTS * 10 },
    { "\"lbl\":[\"none\"]", 0 },
    { "\"lbq\":\"kind\"", N_PARTS * 90 },
    { "\"lbq\":\"kind IN (2, 3)\"", N_PARTS * 24 },
    { "\"lbq\":\"kind NE 2\"", N_PARTS * 60 },
    { "\"lbq\":\"rare, n5\"", N_PARTS * 5 },
    { "\"lbq\":\"NT kind\",\"lbl\":[\"rare\"]", 0 },
    { "\"ty\":[3]", N_PARTS * 90 },
    { "\"ty\":[4]", N_PARTS * 88 },
    { "\"ty\":[3,4],\"lbl\":[\"rare\"]", N_PARTS * 5 },
    { "\"ty\":[1]", 0 },
    { "\"stb\":1", N_PARTS * 100 },
    { "\"stb\":3", N_PARTS * 30 },
    { "\"sts\":2", N_PARTS * 60 },
    { "\"stb\":2,\"sts\":3", N_PARTS * 29 },
    { "\"cra\":\"20200101T000000\"", N_PARTS * 178 },
    { "\"crb\":\"20200101T000000\"", 0 },
    { "\"ms\":\"20200101T000000\",\"ty\":[3]", N_PARTS * 90 },
    { "\"us\":\"20200101T000000\"", 0 },
    { "\"exb\":\"20990102T000000\"", N_PARTS * 3 },
    { "\"exa\":\"20980102T000000\",\"exb\":\"20990102T000000\"", N_PARTS * 3 },
    { "\"exa\":\"20990102T000000\",\"lbl\":[\"rare\"]", N_PARTS * 4 },
    { "\"clbl\":[\"rare\"]", N_PARTS * 14 },
    { "\"chty\":[4]", N_PARTS * 30 },
    { "\"chty\":[4],\"clbl\":[\"rare\"],\"lbl\":[\"rare\"]", N_PARTS },
    { "\"fo\":2,\"chty\":[4],\"lbl\":[\"rare\"]", N_PARTS * 30 },
    { "\"fo\":2,\"lbl\":[\"rare\"],\"lbq\":\"kind:5\"", N_PARTS * 15 },
    { "\"fo\":2,\"lbl\":[\"rare\"],\"exb\":\"20990102T000000\"", N_PARTS * 7 },
    { "\"fo\":2,\"lbl\":[\"rare\"],\"stb\":3", N_PARTS * 30 },
    { "\"fo\":2,\"lbl\":[\"rare\"],\"atr\":[{\"nm\":\"mni\",\"val\":5}]", N_PARTS * 6 },
    { "\"lbl\":[\"rare\"],\"atr\":[{\"nm\":\"mni\",\"val\":\"*1\"}]", N_PARTS * 5 },
    { "\"lbl\":[\"rare\"],\"sza\":1", N_PARTS * 10 },
    { "\"lbl\":[\"rare\"],\"palb\":[\"rare\"]", N_PARTS },
    { "\"lbl\":[\"rare\"],\"arp\":\"la\"", N_PARTS * 2 },
  };

  (void) data;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_same (fixture, cases[i].criteria, cases[i].least);
}

/* The level is counted from where the search begins, whatever finds the candidates. */
static void
test_a_level_bounds_what_an_index_finds (CseFixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) first = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) second = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) third = g_ptr_array_new_with_free_func (g_free);

  (void) data;
  find (fixture, "gatehouse", "\"lvl\":1,\"lbq\":\"kind\"", first);
  find (fixture, "gatehouse", "\"lvl\":2,\"lbl\":[\"rare\"]", second);
  find (fixture, "gatehouse", "\"lvl\":3,\"lbl\":[\"rare\"]", third);
  g_assert_cmpuint (first->len, ==, N_PARTS);
  g_assert_cmpuint (second->len, ==, N_PARTS * 5);
  g_assert_cmpuint (third->len, ==, N_PARTS * 19);
}

/* Page by page everything comes, and once. */
static void
test_pages_of_an_index_join (CseFixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gint64 offset = 1;

  (void) data;
  find (fixture, "gatehouse", "\"lbl\":[\"rare\",\"kind:2\"]", all);
  while (offset > 0)
    {
      g_autofree char *members = g_strdup_printf (
        "\"fc\":{\"fu\":1,\"lbl\":[\"rare\",\"kind:2\"],\"lim\":7,\"ofst\":%" G_GINT64_FORMAT "}",
        offset);
      g_auto (CseAnswer) answer = cse_request (fixture, CSE_RETRIEVE, "CAdmin", "gatehouse",
                                               members);
      JsonObject *primitive = json_node_get_object (answer.root);
      JsonArray *list = json_object_get_array_member (answer.content, "m2m:uril");

      for (guint i = 0; i < json_array_get_length (list); i++)
        g_assert_true (g_hash_table_add (seen, g_strdup (json_array_get_string_element (list, i))));
      offset = json_object_has_member (primitive, "cnot")
                 ? json_object_get_int_member (primitive, "cnot")
                 : 0;
    }
  g_assert_cmpuint (g_hash_table_size (seen), ==, all->len);
}

/* Who may not discover a container finds neither it nor its instances through an index. */
static void
test_an_index_shows_nothing_to_others (CseFixture *fixture, gconstpointer data)
{
  static const char *const criteria[] = { "\"lbl\":[\"rare\"]",  "\"ty\":[3]",
                                          "\"stb\":3",           "\"cra\":\"20200101T000000\"",
                                          "\"clbl\":[\"rare\"]", "\"exb\":\"20990102T000000\"" };

  (void) data;
  for (gsize i = 0; i < G_N_ELEMENTS (criteria); i++)
    {
      g_autofree char *members = g_strdup_printf ("\"fc\":{\"fu\":1,%s}", criteria[i]);
      g_auto (CseAnswer) answer = cse_request (fixture, CSE_RETRIEVE, "Cpart1", "gatehouse/part1",
                                               members);
      g_auto (CseAnswer) other = cse_request (fixture, CSE_RETRIEVE, "Cpart2", "gatehouse",
                                              members);
      g_autofree char *text = json_to_string (other.root, FALSE);

      g_assert_cmpint (answer.rsc, ==, 2000);
      g_assert_null (strstr (text, "part1/"));
    }
}

/* An index follows what changes. */
static void
test_an_index_follows_updates (CseFixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);

  (void) data;
  cse_expect (fixture, 2004, CSE_UPDATE, "CAdmin", "gatehouse/part0/c0",
              "\"pc\":{\"m2m:cnt\":{\"lbl\":[\"new\"]}}");
  cse_expect (fixture, 2002, CSE_DELETE, "CAdmin", "gatehouse/part0/c20", NULL);
  find (fixture, "gatehouse", "\"lbl\":[\"new\"]", found);
  g_assert_cmpuint (found->len, ==, 1);
  g_ptr_array_set_size (found, 0);
  find (fixture, "gatehouse", "\"ty\":[3],\"lbl\":[\"rare\"]", found);
  g_assert_cmpuint (found->len, ==, N_PARTS * 5 - 2);
  assert_same (fixture, "\"lbl\":[\"rare\"]", 1);
  assert_same (fixture, "\"chty\":[4]", 1);
}

/* What stays is found exactly once while the tree around it changes: what comes and goes, and is
 * counted, moves in the indexes that are read. */
static void
test_what_stays_is_found_once_while_others_change (CseFixture *fixture, gconstpointer data)
{
  static const char *const criteria[] = { "\"stb\":3,\"lbl\":[\"rare\"]",
                                          "\"lbq\":\"kind\"",
                                          "\"ms\":\"20200101T000000\",\"ty\":[3]",
                                          "\"ty\":[3,4]",
                                          "\"clbl\":[\"rare\"]",
                                          "\"cra\":\"20200101T000000\"" };

  (void) data;
  for (guint i = 0; i < 12; i++)
    {
      g_autofree char *members = g_strdup_printf ("\"fc\":{\"fu\":1,%s}",
                                                  criteria[i % G_N_ELEMENTS (criteria)]);
      g_autoptr (GPtrArray) before = g_ptr_array_new_with_free_func (g_free);
      g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

      find (fixture, "gatehouse", criteria[i % G_N_ELEMENTS (criteria)], before);
      for (guint k = 0; k < 20; k++)
        {
          g_autofree char *container = g_strdup_printf ("gatehouse/part%u/c%u", k % N_PARTS, 3 * k);
          cse_send (fixture, CSE_CREATE, "CAdmin", container,
                    "\"ty\":4,\"pc\":{\"m2m:cin\":{"
                    "\"con\":\"new\"}}");
          cse_send (fixture, CSE_UPDATE, "CAdmin", container,
                    "\"pc\":{\"m2m:cnt\":{\"mni\":1000}}");
        }
      const guint place = cse_send (fixture, CSE_RETRIEVE, "CAdmin", "gatehouse", members);
      g_auto (CseAnswer) answer = cse_take (fixture, place);
      JsonArray *list = json_object_get_array_member (answer.content, "m2m:uril");

      g_assert_cmpint (answer.rsc, ==, 2000);
      for (guint k = 0; k < json_array_get_length (list); k++)
        g_assert_true (g_hash_table_add (seen, g_strdup (json_array_get_string_element (list, k))));
      for (guint k = 0; k < before->len; k++)
        g_assert_true (g_hash_table_contains (seen, before->pdata[k]));
      for (guint k = 0; k < place; k++)
        {
          g_auto (CseAnswer) changed = cse_take (fixture, k);
          g_assert_cmpint (changed.rsc, <, 3000);
        }
      cse_forget_sent (fixture);
    }
}

/* Contents that a search for "none" cannot pass over quickly. */
static void
make_long_instances (CseFixture *fixture)
{
  g_autofree char *n = g_strnfill (20000, 'n');
  g_autofree char *content = g_strdup_printf ("{\"m2m:cin\":{\"con\":\"%s\"}}", n);

  for (guint i = 0; i < 80; i++)
    g_free (cse_create (fixture, "Cpart0", "gatehouse/part0/c89", 4, content));
}

/* One worker: who needs it for a moment does not wait until all who need it for long have done.
 * Once in many tries is enough, where the machine lets this program sleep; never would be wrong. */
static void
test_a_short_request_overtakes_a_long_search (CseFixture *fixture, gconstpointer data)
{
  static const char never[] = "{\"nm\":\"con\",\"val\":\"*none*\"},";
  g_autoptr (GString) endless = g_string_new ("\"fc\":{\"fu\":1,\"fo\":2,\"atr\":[");
  for (guint k = 0; k < 24; k++)
    g_string_append (endless, never);
  endless->str[endless->len - 1] = ']';
  g_string_append_c (endless, '}');
  make_long_instances (fixture);
  const guint n_searches = 16;
  gboolean overtaken = FALSE;

  (void) data;
  for (guint i = 0; i < 50 && !overtaken; i++)
    {
      for (guint k = 0; k < n_searches; k++)
        cse_send (fixture, CSE_RETRIEVE, "CAdmin", "gatehouse", endless->str);
      cse_send (fixture, CSE_RETRIEVE, "CAdmin", "gatehouse/part0/c1", "\"rcn\":6");
      for (guint k = 0; k <= n_searches; k++)
        {
          g_auto (CseAnswer) answer = cse_take (fixture, k);
          g_assert_cmpint (answer.rsc, ==, 2000);
        }
      overtaken = g_array_index (fixture->arrived, guint, n_searches) != n_searches;
      cse_forget_sent (fixture);
    }
  g_assert_true (overtaken);
}

/* Its time passes while it searches. */
static void
test_a_search_ends_with_its_time (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  cse_expect (fixture, 4008, CSE_RETRIEVE, "CAdmin", "gatehouse",
              "\"rqet\":\"1\",\"fc\":{\"fu\":1,\"atr\":[{\"nm\":\"con\",\"val\":\"*none*\"}]}");
}

#define ADD(name, function) \
  g_test_add ("/discovery/" name, CseFixture, options, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  static const char *const options[] = { "limits.answer-resources=100000", "limits.workers=1",
                                         NULL };

  g_test_init (&argc, &argv, NULL);
  ADD ("every-index-finds-what-a-walk-finds", test_every_index_finds_what_a_walk_finds);
  ADD ("a-level-bounds-what-an-index-finds", test_a_level_bounds_what_an_index_finds);
  ADD ("pages-of-an-index-join", test_pages_of_an_index_join);
  ADD ("an-index-shows-nothing-to-others", test_an_index_shows_nothing_to_others);
  ADD ("an-index-follows-updates", test_an_index_follows_updates);
  ADD ("what-stays-is-found-once-while-others-change",
       test_what_stays_is_found_once_while_others_change);
  ADD ("a-short-request-overtakes-a-long-search", test_a_short_request_overtakes_a_long_search);
  ADD ("a-search-ends-with-its-time", test_a_search_ends_with_its_time);
  return g_test_run ();
}
