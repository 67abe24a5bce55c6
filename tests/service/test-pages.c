/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cse-fixture.h"

#include "service/gh-bookmarks.h"

/* Nested answers page by page: what an offset leads to, and what pages have together while
 * something goes between them. */

#define NOW_US      (G_GINT64_CONSTANT (1800000000) * G_USEC_PER_SEC)
#define BELOW       "gatehouse/box"
#define N_INSTANCES 60

typedef struct {
  CseFixture cse;
  GhClock *clock;
  guint made; /* instances */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->clock = gh_clock_new_fake (NOW_US);
  const CseParts parts = { .clock = fixture->clock };

  cse_fixture_set_up_with (&fixture->cse, data, &parts);
  fixture->cse.quiet = TRUE;
  g_free (cse_create (&fixture->cse, "CAdmin", "gatehouse", 3, "{\"m2m:cnt\":{\"rn\":\"box\"}}"));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void) data;
  cse_fixture_tear_down (&fixture->cse);
  gh_clock_unref (fixture->clock);
}

static void
make_instances (Fixture *fixture, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *content = g_strdup_printf (
        "{\"m2m:cin\":{\"rn\":\"i%u\",\"con\":\"value\"}}", fixture->made++);
      g_free (cse_create (&fixture->cse, "CAdmin", BELOW, 4, content));
    }
}

static void
delete_instance (Fixture *fixture, guint i)
{
  g_autofree char *path = g_strdup_printf (BELOW "/i%u", i);

  cse_expect (&fixture->cse, 2002, CSE_DELETE, "CAdmin", path, NULL);
}

/* Containers that hold 0, 1 and 2 resources, instances around and between them. */
static void
make_tree (Fixture *fixture)
{
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *content = g_strdup_printf ("{\"m2m:cnt\":{\"rn\":\"c%u\"}}", i);
      g_autofree char *path = g_strdup_printf (BELOW "/c%u", i);

      g_free (cse_create (&fixture->cse, "CAdmin", BELOW, 3, content));
      for (guint k = 0; k < i; k++)
        g_free (cse_create (&fixture->cse, "CAdmin", path, 4, "{\"m2m:cin\":{\"con\":\"x\"}}"));
      make_instances (fixture, N_INSTANCES / 3);
    }
}

/* A page: names of direct children behind @names, and the offset of the next one; 0: none. */
static gint64
read_page (Fixture *fixture, const char *from, const char *criteria, gint64 offset,
           GPtrArray *names)
{
  static const char *const lists[] = { "m2m:cnt", "m2m:cin" };
  g_autofree char *members = g_strdup_printf ("\"rcn\":8,\"fc\":{%s\"ofst\":%" G_GINT64_FORMAT "}",
                                              criteria, offset);
  g_auto (CseAnswer) answer = cse_request (&fixture->cse, CSE_RETRIEVE, from, BELOW, members);

  g_assert_cmpint (answer.rsc, ==, 2000);
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      JsonNode *node = cse_member (&answer, lists[i]);
      JsonArray *list = node != NULL ? json_node_get_array (node) : NULL;

      for (guint k = 0; list != NULL && k < json_array_get_length (list); k++)
        {
          JsonObject *one = json_array_get_object_element (list, k);
          g_ptr_array_add (names, g_strdup (json_object_get_string_member (one, "rn")));
        }
    }
  return json_object_get_int_member_with_default (json_node_get_object (answer.root), "cnot", 0);
}

static guint
size_of (const char *name)
{
  return name[0] == 'c' ? 1 + (guint) (name[1] - '0') : 1;
}

/* From @offset on as many whole children as fit, counted here, from an answer with all of them. */
static void
assert_page (Fixture *fixture, const GPtrArray *all, gint64 limit, gint64 offset)
{
  g_autofree char *criteria = g_strdup_printf ("\"lim\":%" G_GINT64_FORMAT ",", limit);
  g_autoptr (GPtrArray) page = g_ptr_array_new_with_free_func (g_free);
  const gint64 next = read_page (fixture, "CAdmin", criteria, offset, page);
  guint n = 0, size = 0;

  for (guint i = (guint) offset - 1; i < all->len && size + size_of (all->pdata[i]) <= limit; i++)
    {
      g_assert_cmpuint (n, <, page->len);
      g_assert_cmpstr (page->pdata[n++], ==, all->pdata[i]);
      size += size_of (all->pdata[i]);
    }
  g_assert_cmpuint (page->len, ==, n);
  g_assert_cmpint (next, ==, offset - 1 + n < all->len ? offset + n : 0);
}

/* In ascending order pages go on where others ended, in the other one they do not. */
static void
assert_all_pages (Fixture *fixture)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (g_free);

  g_assert_cmpint (read_page (fixture, "CAdmin", "", 1, all), ==, 0);
  g_assert_cmpuint (all->len, >, 20);
  for (gint64 limit = 3; limit < 12; limit += 4)
    {
      for (gint64 offset = all->len; offset > 0; offset--)
        assert_page (fixture, all, limit, offset);
      for (gint64 offset = 1; offset <= all->len; offset++)
        assert_page (fixture, all, limit, offset);
    }
  g_autoptr (GPtrArray) none = g_ptr_array_new_with_free_func (g_free);
  g_assert_cmpint (read_page (fixture, "CAdmin", "", all->len + 1, none), ==, 0);
  g_assert_cmpuint (none->len, ==, 0);
}

static void
test_every_offset_begins_at_its_child (Fixture *fixture, gconstpointer data)
{
  (void) data;
  make_tree (fixture);
  assert_all_pages (fixture);
}

static void
forget_bookmarks (Fixture *fixture)
{
  gh_clock_advance (fixture->clock, 11 * G_TIME_SPAN_MINUTE);
  cse_settle (&fixture->cse);
}

static void
test_offsets_count_what_is_there (Fixture *fixture, gconstpointer data)
{
  (void) data;
  make_tree (fixture);
  assert_all_pages (fixture);
  for (guint i = 3; i < N_INSTANCES; i += 7)
    delete_instance (fixture, i);
  forget_bookmarks (fixture);
  assert_all_pages (fixture);
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CAdmin", BELOW,
              "\"pc\":{\"m2m:cnt\":{\"mni\":30}}");
  cse_expect (&fixture->cse, 2002, CSE_DELETE, "CAdmin", BELOW "/c1", NULL);
  forget_bookmarks (fixture);
  assert_all_pages (fixture);
}

/* Adds the names to @seen, where none is yet. */
static void
add_once (GHashTable *seen, const GPtrArray *names)
{
  for (guint i = 0; i < names->len; i++)
    g_assert_true (g_hash_table_add (seen, g_strdup (names->pdata[i])));
}

/* What has been given goes between two pages: nothing behind it is passed over for that. */
static void
test_pages_join_while_children_go (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  guint gone = 0;

  (void) data;
  make_tree (fixture);
  for (gint64 offset = 1; offset != 0;)
    {
      g_autoptr (GPtrArray) page = g_ptr_array_new_with_free_func (g_free);

      offset = read_page (fixture, "CAdmin", "\"lim\":7,\"ty\":[4],", offset, page);
      add_once (seen, page);
      g_assert_true (offset == 0 || page->len == 7);
      /* the newest of what was given first, so that the place itself goes, too */
      for (guint k = 0; offset != 0 && k < 5; k++)
        delete_instance (fixture, g_hash_table_size (seen) - 1 - k);
      gone += offset != 0 ? 5 : 0;
    }
  g_assert_cmpuint (g_hash_table_size (seen), ==, N_INSTANCES);
  g_assert_cmpuint (gone, >=, 35);
}

/* Who asks for the last child again gets it first; and what others read moves nothing. */
static void
test_pages_overlap_by_one (Fixture *fixture, gconstpointer data)
{
  g_autofree char *last = g_strdup ("i0");
  guint next = 1;

  (void) data;
  make_tree (fixture);
  for (gint64 offset = 4; offset != 0;)
    {
      g_autoptr (GPtrArray) page = g_ptr_array_new_with_free_func (g_free);
      g_autoptr (GPtrArray) other = g_ptr_array_new_with_free_func (g_free);
      const gint64 follows = read_page (fixture, "CAdmin", "\"lim\":7,\"ty\":[4],", offset, page);

      g_assert_cmpstr (page->pdata[0], ==, last);
      for (guint i = 1; i < page->len; i++, next++)
        {
          g_autofree char *name = g_strdup_printf ("i%u", next);
          g_assert_cmpstr (page->pdata[i], ==, name);
        }
      g_free (last);
      last = g_strdup (page->pdata[page->len - 1]);
      read_page (fixture, "CAdmin", "\"lim\":2,", 1, other);
      offset = follows != 0 ? follows - 1 : 0;
    }
  g_assert_cmpuint (next, ==, N_INSTANCES);
}

/* Each answer has one slice: wherever it ends, the next one goes on there. */
static void
test_what_slices_end_is_continued (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  const guint n = 700;

  (void) data;
  make_instances (fixture, n);
  for (gint64 offset = 1; offset != 0;)
    {
      g_autoptr (GPtrArray) page = g_ptr_array_new_with_free_func (g_free);

      offset = read_page (fixture, "CAdmin", "\"atr\":[{\"nm\":\"con\",\"val\":\"v*l*e\"}],",
                          offset, page);
      add_once (seen, page);
    }
  g_assert_cmpuint (g_hash_table_size (seen), ==, n);
  /* an offset far behind, on the way to which answers end */
  forget_bookmarks (fixture);
  g_autoptr (GPtrArray) rest = g_ptr_array_new_with_free_func (g_free);
  for (gint64 offset = n; offset != 0;)
    offset = read_page (fixture, "CAdmin", "", offset, rest);
  g_assert_cmpuint (rest->len, ==, 1);
  g_assert_cmpstr (rest->pdata[0], ==, "i699");
}

static void
test_a_bookmark_is_its_originators (Fixture *fixture, gconstpointer data)
{
  GhBookmarks *bookmarks = gh_bookmarks_new ();
  const GhBookmark put = { .root = 5, .originator = "Ca", .offset = 8, .taken = 7, .number = 90 };
  GhBookmark find = { .root = 5, .originator = "Ca", .offset = 8 };
  GhBookmark lap = { .root = 5, .originator = "Ca", .offset = 7 };
  GhBookmark other = { .root = 5, .originator = "Cb", .offset = 8 };
  GhBookmark nobody = { .root = 5, .originator = NULL, .offset = 8 };
  GhBookmark root = { .root = 6, .originator = "Ca", .offset = 8 };

  (void) fixture;
  (void) data;
  gh_bookmarks_put (bookmarks, &put, 0, NOW_US);
  g_assert_true (gh_bookmarks_find (bookmarks, &find, NOW_US));
  g_assert_cmpint (find.taken, ==, 7);
  g_assert_cmpuint (find.number, ==, 90);
  g_assert_true (gh_bookmarks_find (bookmarks, &lap, NOW_US));
  g_assert_cmpint (lap.taken, ==, 6);
  g_assert_cmpint (lap.offset, ==, 8);
  g_assert_cmpuint (lap.number, ==, 89);
  g_assert_false (gh_bookmarks_find (bookmarks, &other, NOW_US));
  g_assert_false (gh_bookmarks_find (bookmarks, &nobody, NOW_US));
  g_assert_false (gh_bookmarks_find (bookmarks, &root, NOW_US));
  g_assert_false (gh_bookmarks_find (bookmarks, &find, NOW_US + G_TIME_SPAN_HOUR));
  g_assert_false (gh_bookmarks_find (bookmarks, &find, NOW_US - 1));
  for (guint i = 0; i < GH_BOOKMARKS_MAX; i++)
    {
      const GhBookmark more = { .root = 9,
                                .originator = "Cc",
                                .offset = 2 + (gint64) i,
                                .taken = 1 + (gint64) i,
                                .number = 1 + i };
      gh_bookmarks_put (bookmarks, &more, 0, NOW_US);
    }
  g_assert_false (gh_bookmarks_find (bookmarks, &find, NOW_US));
  gh_bookmarks_free (bookmarks);
}

/* One that goes on from page to page drives nobody else out. */
static void
test_a_long_reading_keeps_one_bookmark (Fixture *fixture, gconstpointer data)
{
  GhBookmarks *bookmarks = gh_bookmarks_new ();
  const GhBookmark put = { .root = 5, .originator = "Ca", .offset = 8, .taken = 7, .number = 90 };
  GhBookmark find = put;

  (void) fixture;
  (void) data;
  gh_bookmarks_put (bookmarks, &put, 0, NOW_US);
  for (gint64 i = 1; i < 3 * GH_BOOKMARKS_MAX; i++)
    {
      const GhBookmark more = {
        .root = 9, .originator = "Cc", .offset = i + 1, .taken = i, .number = (guint64) i
      };
      gh_bookmarks_put (bookmarks, &more, i, NOW_US);
    }
  g_assert_true (gh_bookmarks_find (bookmarks, &find, NOW_US));
  gh_bookmarks_free (bookmarks);
}

static void
add (const char *path, const char *const *options, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, options, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  static const char *const one_slice[] = { "limits.reading-slices=1", NULL };

  g_test_init (&argc, &argv, NULL);
  add ("/pages/every-offset-begins-at-its-child", NULL, test_every_offset_begins_at_its_child);
  add ("/pages/offsets-count-what-is-there", NULL, test_offsets_count_what_is_there);
  add ("/pages/join-while-children-go", NULL, test_pages_join_while_children_go);
  add ("/pages/overlap-by-one", NULL, test_pages_overlap_by_one);
  add ("/pages/what-slices-end-is-continued", one_slice, test_what_slices_end_is_continued);
  add ("/pages/a-bookmark-is-its-originators", NULL, test_a_bookmark_is_its_originators);
  add ("/pages/a-long-reading-keeps-one-bookmark", NULL, test_a_long_reading_keeps_one_bookmark);
  return g_test_run ();
}
