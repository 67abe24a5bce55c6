/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "store-fixture.h"

#define LABELS(...) \
  .labels = (const char *const[]) { __VA_ARGS__, NULL }

/* The rows of a range, in the order of the index, read @page at a time; ended ones negative. */
static void
assert_range (Fixture *f, GhStoreReader *reader, GhStoreRange range, guint page,
              const char *expected)
{
  g_autoptr (GPtrArray) rows = row_copies_new ();
  GhStoreCursor cursor = { .begun = FALSE };
  gboolean more = TRUE;

  while (more)
    {
      OK (f->ops->reader_begin (reader, &f->error));
      OK (
        f->ops->read_index (reader, &range, &cursor, page, row_copies_add, rows, &more, &f->error));
      f->ops->reader_end (reader);
    }
  gh_store_cursor_clear (&cursor);
  assert_numbers (rows, expected);
}

static void
assert_found (Fixture *f, GhStoreRange range, const char *expected)
{
  GhStoreReader *reader = f->ops->reader_new (f->store, &f->error);

  g_assert_nonnull (reader);
  for (guint page = 1; page < 6; page++)
    assert_range (f, reader, range, page, expected);
  f->ops->reader_free (reader);
}

static GhStoreRange
label (const char *text, gboolean prefix, gboolean instances)
{
  return (GhStoreRange){ .index = prefix ? GH_INDEX_LABEL_PREFIX : GH_INDEX_LABEL,
                         .instances = instances,
                         .text = text };
}

static GhStoreRange
between (GhStoreIndex index, gboolean instances, gint64 from, gint64 below)
{
  return (GhStoreRange){ .index = index, .instances = instances, .from = from, .below = below };
}

static void
test_rows_are_found_by_label (Fixture *f, gconstpointer data)
{
  guint purged;

  BEGIN;
  PUT_RESOURCE (.number = 2, .parent = 1, LABELS ("room:1", "a"));
  PUT_RESOURCE (.number = 3, .parent = 1, LABELS ("room:2"));
  PUT_RESOURCE (.number = 4, .parent = 1, LABELS ("room", "a", "a"));
  PUT_INSTANCE (.number = 5, .parent = 2, LABELS ("a", "ab"));
  PUT_INSTANCE (.number = 6, .parent = 2);
  PUT_INSTANCE (.number = 7, .parent = 2, LABELS ("a"));
  COMMIT;
  assert_found (f, label ("a", FALSE, FALSE), "2 4");
  assert_found (f, label ("a", FALSE, TRUE), "5 7");
  assert_found (f, label ("a", TRUE, TRUE), "5 7 5");
  assert_found (f, label ("room:", TRUE, FALSE), "2 3");
  assert_found (f, label ("room", TRUE, FALSE), "4 2 3");
  assert_found (f, label ("roo", FALSE, FALSE), "");
  assert_found (f, label ("", TRUE, TRUE), "5 7 5");
  /* a row that is replaced loses the labels that it had, one that is purged too */
  BEGIN;
  PUT_RESOURCE (.number = 2, .parent = 1, LABELS ("b"));
  OK (f->ops->end_row (f->store, 4, FALSE, 8, &f->error));
  OK (f->ops->purge_instance (f->store, 5, &f->error));
  COMMIT;
  assert_found (f, label ("a", FALSE, FALSE), "-4");
  assert_found (f, label ("b", FALSE, FALSE), "2");
  assert_found (f, label ("a", TRUE, TRUE), "7");
  BEGIN;
  OK (f->ops->purge_structural (f->store, 4, &f->error));
  OK (f->ops->purge_instances_below (f->store, 2, 8, 9, &purged, &f->error));
  COMMIT;
  f->ops->maintain (f->store, 1000);
  assert_found (f, label ("a", FALSE, FALSE), "");
  assert_found (f, label ("a", TRUE, TRUE), "");
}

static void
test_rows_are_found_by_type_and_time (Fixture *f, gconstpointer data)
{
  BEGIN;
  PUT_RESOURCE (.number = 2, .parent = 1, .type = 3, .creation_us = 10, .modified_us = 40,
                .expiration_us = 100);
  PUT_RESOURCE (.number = 3, .parent = 1, .type = 3, .creation_us = 20, .modified_us = 30,
                .expiration_us = 50);
  PUT_RESOURCE (.number = 4, .parent = 1, .type = 2, .creation_us = 30, .modified_us = 30,
                .expiration_us = G_MAXINT64);
  PUT_RESOURCE (.number = 5, .parent = 1, .type = 9, .creation_us = 30, .modified_us = 50,
                .expiration_us = 100);
  COMMIT;
  assert_found (f, between (GH_INDEX_TYPE, FALSE, 3, 4), "2 3");
  assert_found (f, between (GH_INDEX_TYPE, FALSE, 2, 10), "4 2 3 5");
  assert_found (f, between (GH_INDEX_TYPE, FALSE, 10, 11), "");
  assert_found (f, between (GH_INDEX_CREATION, FALSE, 20, 31), "3 4 5");
  assert_found (f, between (GH_INDEX_CREATION, FALSE, 0, 30), "2 3");
  assert_found (f, between (GH_INDEX_MODIFICATION, FALSE, 30, G_MAXINT64), "3 4 2 5");
  assert_found (f, between (GH_INDEX_EXPIRATION, FALSE, 0, 101), "3 2 5");
  assert_found (f, between (GH_INDEX_EXPIRATION, FALSE, 51, G_MAXINT64), "2 5");
  BEGIN;
  PUT_RESOURCE (.number = 3, .parent = 1, .type = 3, .creation_us = 20, .modified_us = 60,
                .expiration_us = 50);
  COMMIT;
  assert_found (f, between (GH_INDEX_MODIFICATION, FALSE, 30, G_MAXINT64), "4 2 5 3");
  assert_found (f, between (GH_INDEX_MODIFICATION, FALSE, 30, 60), "4 2 5");
}

/* Those of the range are there; others may be where the clock was put back. */
static void
assert_created (Fixture *f, gint64 from_us, gint64 below_us, const char *expected)
{
  const GhStoreRange range = between (GH_INDEX_CREATION, TRUE, from_us, below_us);
  g_autoptr (GPtrArray) rows = row_copies_new ();
  g_autoptr (GPtrArray) within = g_ptr_array_new ();
  GhStoreReader *reader = f->ops->reader_new (f->store, &f->error);
  g_auto (GStrv) numbers = g_strsplit (expected, " ", -1);
  GhStoreCursor cursor = { .begun = FALSE };
  gboolean more = TRUE;
  guint n = 0;

  while (more)
    {
      OK (f->ops->reader_begin (reader, &f->error));
      OK (f->ops->read_index (reader, &range, &cursor, 2, row_copies_add, rows, &more, &f->error));
      f->ops->reader_end (reader);
    }
  gh_store_cursor_clear (&cursor);
  f->ops->reader_free (reader);
  for (guint i = 0; i < rows->len; i++)
    {
      const GhStoreRow *row = row_copies_get (rows, i);
      n += row->creation_us >= from_us && row->creation_us < below_us ? 1 : 0;
    }
  g_assert_cmpuint (n, ==, *expected == '\0' ? 0 : g_strv_length (numbers));
  for (guint i = 0; i < rows->len; i++)
    {
      g_autofree char *number = g_strdup_printf ("%" G_GUINT64_FORMAT,
                                                 row_copies_get (rows, i)->number);
      const gint64 creation_us = row_copies_get (rows, i)->creation_us;
      if (creation_us >= from_us && creation_us < below_us)
        g_assert_true (g_strv_contains ((const char *const *) numbers, number));
    }
}

static void
test_instances_are_found_by_creation (Fixture *f, gconstpointer data)
{
  static const gint64 times[] = { 10, 20, 20, 30, 15, 25, 25, 5, 40 };

  for (guint i = 0; i < G_N_ELEMENTS (times); i++)
    {
      BEGIN;
      /* what is rolled back leaves no trace */
      PUT_INSTANCE (.number = 10 + i, .parent = 2, .creation_us = i % 2 == 0 ? 1 : 99);
      f->ops->rollback (f->store);
      BEGIN;
      PUT_INSTANCE (.number = 10 + i, .parent = 2, .creation_us = times[i]);
      OK (f->ops->savepoint (f->store, &f->error));
      PUT_INSTANCE (.number = 30 + i, .parent = 2, .creation_us = 3);
      OK (f->ops->release (f->store, FALSE, &f->error));
      COMMIT;
    }
  assert_created (f, 0, 100, "10 11 12 13 14 15 16 17 18");
  assert_created (f, 20, 21, "11 12");
  assert_created (f, 15, 26, "11 12 14 15 16");
  assert_created (f, 0, 6, "17");
  assert_created (f, 30, 41, "13 18");
  assert_created (f, 41, 100, "");
  assert_created (f, 20, 20, "");
}

static void
test_counters_are_found_by_state_tag (Fixture *f, gconstpointer data)
{
  const GhStoreRange high = between (GH_INDEX_STATE_TAG, FALSE, 100, G_MAXINT64);
  const GhStoreRange low = between (GH_INDEX_STATE_TAG, FALSE, 0, 5);

  BEGIN;
  for (guint64 number = 2; number < 6; number++)
    {
      const GhStoreCounters counters = { .number = number, .state_tag = number * number };
      PUT_RESOURCE (.number = number, .parent = 1);
      OK (f->ops->put_counters (f->store, &counters, &f->error));
    }
  COMMIT;
  assert_found (f, high, "");
  assert_found (f, low, "2");
  BEGIN;
  OK (f->ops->put_counters (
    f->store, &(GhStoreCounters){ .number = 3, .state_tag = G_GUINT64_CONSTANT (1) << 40 },
    &f->error));
  f->ops->rollback (f->store);
  assert_found (f, high, "");
  BEGIN;
  for (guint64 tag = 9; tag <= 1000; tag++)
    OK (f->ops->put_counters (f->store, &(GhStoreCounters){ .number = 3, .state_tag = tag },
                              &f->error));
  COMMIT;
  assert_found (f, high, "3");
  for (guint64 tag = 1; tag < 100000; tag++)
    g_assert_cmpint (gh_store_tag_class (tag), >=, gh_store_tag_class (tag - 1));
}

static void
test_a_range_is_counted_up_to_a_bound (Fixture *f, gconstpointer data)
{
  const GhStoreRange type = between (GH_INDEX_TYPE, FALSE, 3, 4);
  const GhStoreRange created = between (GH_INDEX_CREATION, TRUE, 110, 120);
  GhStoreReader *reader;
  guint n = 0;

  BEGIN;
  for (guint64 i = 100; i < 150; i++)
    {
      PUT_RESOURCE (.number = i, .parent = 1, .type = 3);
      PUT_INSTANCE (.number = i + 50, .parent = 2, .creation_us = (gint64) i);
    }
  COMMIT;
  reader = f->ops->reader_new (f->store, &f->error);
  g_assert_false (f->ops->count_index (reader, &type, 10, &n, NULL));
  OK (f->ops->reader_begin (reader, &f->error));
  OK (f->ops->count_index (reader, &type, 10, &n, &f->error));
  g_assert_cmpuint (n, ==, 10);
  OK (f->ops->count_index (reader, &type, 1000, &n, &f->error));
  g_assert_cmpuint (n, ==, 50);
  OK (f->ops->count_index (reader, &created, G_MAXUINT, &n, &f->error));
  g_assert_cmpuint (n, ==, 10);
  f->ops->reader_end (reader);
  f->ops->reader_free (reader);
}

const StoreCase store_index_cases[] = {
  { "rows-are-found-by-label", test_rows_are_found_by_label },
  { "rows-are-found-by-type-and-time", test_rows_are_found_by_type_and_time },
  { "instances-are-found-by-creation", test_instances_are_found_by_creation },
  { "counters-are-found-by-state-tag", test_counters_are_found_by_state_tag },
  { "a-range-is-counted-up-to-a-bound", test_a_range_is_counted_up_to_a_bound },
  { NULL, NULL },
};
