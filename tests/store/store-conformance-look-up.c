/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "store-fixture.h"

static void
test_an_ended_row_stays_for_readers_only (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) rows = row_copies_new ();
  GhStoreReader *reader = f->ops->reader_new (f->store, &f->error);

  BEGIN;
  PUT_INSTANCE (.number = 3, .parent = 2, .name = "a", .expiration_us = 5);
  PUT_RESOURCE (.number = 2, .parent = 1, .expiration_us = 5);
  COMMIT;
  BEGIN;
  OK (f->ops->end_row (f->store, 3, TRUE, 8, &f->error));
  OK (f->ops->end_row (f->store, 2, FALSE, 8, &f->error));
  g_assert_cmpuint (find_number (f, 2, "a"), ==, 0);
  COMMIT;
  g_assert_cmpuint (find_number (f, 2, "a"), ==, 0);
  g_assert_cmpuint (next_number (f, 2, 0, TRUE), ==, 0);
  OK (f->ops->list_expired (f->store, 10, 10, row_copies_add, rows, &f->error));
  assert_numbers (rows, "");
  OK (f->ops->get_instance (f->store, 3, row_copies_add, rows, &f->error));
  OK (f->ops->reader_begin (reader, &f->error));
  OK (f->ops->read_instance (reader, 3, row_copies_add, rows, &f->error));
  OK (f->ops->read_find (reader, 2, "a", row_copies_add, rows, &f->error));
  assert_numbers (rows, "-3 -3 -3");
  g_assert_cmpuint (row_copies_get (rows, 0)->ended_sequence, ==, 8);
  assert_children (f, reader, 2, TRUE, "-3");
  assert_children (f, reader, 1, FALSE, "-2");
  f->ops->reader_end (reader);
  f->ops->reader_free (reader);
}

static void
test_find_by_name_is_exact (Fixture *f, gconstpointer data)
{
  static const char *const others[] = { "Abc", "ab", "abcd", "ab%", "ab_", "%", "", "abc ", "id3" };

  BEGIN;
  PUT_INSTANCE (.number = 3, .parent = 2, .name = "abc");
  PUT_INSTANCE (.number = 4, .parent = 2);
  PUT_INSTANCE (.number = 5, .parent = 1, .name = "x");
  g_assert_cmpuint (find_number (f, 2, "abc"), ==, 3);
  COMMIT;
  g_assert_cmpuint (find_number (f, 2, "abc"), ==, 3);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    g_assert_cmpuint (find_number (f, 2, others[i]), ==, 0);
  g_assert_cmpuint (find_number (f, 2, "id4"), ==, 0);
  g_assert_cmpuint (find_number (f, 2, "x"), ==, 0);
  g_assert_cmpuint (find_number (f, 3, "abc"), ==, 0);
  g_assert_cmpuint (find_number (f, 1, "x"), ==, 5);
}

static guint64
find_moment (Fixture *f, guint64 parent, guint64 from, gint64 low, gint64 high)
{
  guint64 number = 99;

  OK (f->ops->find_moment (f->store, parent, from, low, high, &number, &f->error));
  return number;
}

static void
test_find_by_moment_takes_the_newest_alive_in_the_range (Fixture *f, gconstpointer data)
{
  BEGIN;
  PUT_INSTANCE (.number = 3, .parent = 2, .has_moment = TRUE, .moment = -100);
  PUT_INSTANCE (.number = 4, .parent = 2, .has_moment = TRUE, .moment = 200);
  PUT_INSTANCE (.number = 5, .parent = 2, .has_moment = TRUE, .moment = 150);
  PUT_INSTANCE (.number = 6, .parent = 2, .has_moment = TRUE, .moment = G_MAXINT64);
  PUT_INSTANCE (.number = 7, .parent = 2);
  PUT_INSTANCE (.number = 8, .parent = 1, .has_moment = TRUE, .moment = 160);
  g_assert_cmpuint (find_moment (f, 2, 0, 150, 150), ==, 5);
  COMMIT;
  g_assert_cmpuint (find_moment (f, 2, 0, -100, -100), ==, 3);
  g_assert_cmpuint (find_moment (f, 2, 0, 100, 200), ==, 5);
  g_assert_cmpuint (find_moment (f, 2, 5, 151, 200), ==, 0);
  g_assert_cmpuint (find_moment (f, 2, 4, 151, 200), ==, 4);
  g_assert_cmpuint (find_moment (f, 2, 0, G_MININT64, G_MAXINT64), ==, 6);
  g_assert_cmpuint (find_moment (f, 2, 0, 0, 0), ==, 0);
  g_assert_cmpuint (find_moment (f, 2, 0, 160, 160), ==, 0);
  g_assert_cmpuint (find_moment (f, 3, 0, G_MININT64, G_MAXINT64), ==, 0);
  BEGIN;
  OK (f->ops->end_row (f->store, 5, TRUE, 1, &f->error));
  OK (f->ops->purge_instance (f->store, 4, &f->error));
  g_assert_cmpuint (find_moment (f, 2, 0, 100, 200), ==, 0);
  f->ops->rollback (f->store);
  g_assert_cmpuint (find_moment (f, 2, 0, 100, 200), ==, 5);
}

static void
test_find_by_name_takes_the_newest_alive (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) rows = row_copies_new ();
  GhStoreReader *reader = f->ops->reader_new (f->store, &f->error);

  BEGIN;
  PUT_INSTANCE (.number = 3, .parent = 2, .name = "a");
  PUT_INSTANCE (.number = 4, .parent = 2, .name = "a");
  PUT_INSTANCE (.number = 5, .parent = 2, .name = "a");
  OK (f->ops->end_row (f->store, 5, TRUE, 1, &f->error));
  COMMIT;
  g_assert_cmpuint (find_number (f, 2, "a"), ==, 4);
  OK (f->ops->reader_begin (reader, &f->error));
  OK (f->ops->read_find (reader, 2, "a", row_copies_add, rows, &f->error));
  assert_numbers (rows, "-5 4 3");
  g_ptr_array_set_size (rows, 0);
  OK (f->ops->read_find (reader, 2, "a", stop_at_once, rows, &f->error));
  OK (f->ops->read_find (reader, 1, "a", stop_at_once, rows, &f->error));
  OK (f->ops->read_find (reader, 2, "b", stop_at_once, rows, &f->error));
  assert_numbers (rows, "-5");
  f->ops->reader_end (reader);
  f->ops->reader_free (reader);
}

static void
test_next_instance_walks_both_ways (Fixture *f, gconstpointer data)
{
  BEGIN;
  for (guint64 i = 3; i <= 9; i++)
    PUT_INSTANCE (.number = i, .parent = i == 5 ? 3 : 2, .size = i * 10, .creation_us = i * 1000);
  PUT_INSTANCE (.number = 10, .parent = 1, .size = 100, .creation_us = 10000);
  OK (f->ops->end_row (f->store, 7, TRUE, 1, &f->error));
  for (guint committed = 0; committed <= 1; committed++)
    {
      g_assert_cmpuint (next_number (f, 2, 0, TRUE), ==, 3);
      g_assert_cmpuint (next_number (f, 2, 3, TRUE), ==, 4);
      g_assert_cmpuint (next_number (f, 2, 4, TRUE), ==, 6);
      g_assert_cmpuint (next_number (f, 2, 6, TRUE), ==, 8);
      g_assert_cmpuint (next_number (f, 2, 9, TRUE), ==, 0);
      g_assert_cmpuint (next_number (f, 2, 0, FALSE), ==, 9);
      g_assert_cmpuint (next_number (f, 2, 8, FALSE), ==, 6);
      g_assert_cmpuint (next_number (f, 2, 3, FALSE), ==, 0);
      g_assert_cmpuint (next_number (f, 2, 1, FALSE), ==, 0);
      g_assert_cmpuint (next_number (f, 2, G_MAXINT64, FALSE), ==, 9);
      g_assert_cmpuint (next_number (f, 3, 0, FALSE), ==, 5);
      g_assert_cmpuint (next_number (f, 4, 0, TRUE), ==, 0);
      if (committed == 0)
        COMMIT;
    }
}

static void
test_expired_rows_come_soonest_first (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) rows = row_copies_new ();

  BEGIN;
  PUT_RESOURCE (.number = 1, .parent = 0);
  PUT_RESOURCE (.number = 2, .parent = 1, .expiration_us = 30);
  PUT_RESOURCE (.number = 3, .parent = 1, .expiration_us = 20);
  PUT_INSTANCE (.number = 4, .parent = 2, .expiration_us = 10);
  PUT_INSTANCE (.number = 6, .parent = 2, .expiration_us = 5);
  PUT_INSTANCE (.number = 5, .parent = 2, .expiration_us = 5);
  PUT_INSTANCE (.number = 7, .parent = 2);
  PUT_INSTANCE (.number = 8, .parent = 2, .expiration_us = 1);
  OK (f->ops->end_row (f->store, 8, TRUE, 1, &f->error));
  COMMIT;
  assert_expired (f, 4, 10, "");
  assert_expired (f, 5, 10, "5 6");
  assert_expired (f, 1000, 10, "3 2 5 6 4");
  assert_expired (f, 1000, 3, "3 2 5");
  assert_expired (f, 1000, 2, "3 2");
  assert_expired (f, 1000, 0, "");
  OK (f->ops->list_expired (f->store, 1000, 10, stop_at_once, rows, &f->error));
  assert_numbers (rows, "3");
  BEGIN;
  PUT_RESOURCE (.number = 3, .parent = 1);
  PUT_RESOURCE (.number = 2, .parent = 1, .expiration_us = 500);
  OK (f->ops->purge_instance (f->store, 5, &f->error));
  assert_expired (f, 499, 10, "6 4");
  assert_expired (f, G_MAXINT64 - 1, 10, "2 6 4");
  assert_expired (f, G_MAXINT64, 10, "2 6 4");
  COMMIT;
  assert_expired (f, 500, 10, "2 6 4");
}

static void
test_a_reader_needs_a_slice (Fixture *f, gconstpointer data)
{
  GhStoreReader *reader = f->ops->reader_new (f->store, &f->error);

  g_assert_no_error (f->error);
  REFUSED (f->ops->read_instance (reader, 1, stop_at_once, NULL, &f->error));
  REFUSED (f->ops->read_find (reader, 1, "a", stop_at_once, NULL, &f->error));
  REFUSED (f->ops->read_children (reader, 1, TRUE, 0, TRUE, 1, stop_at_once, NULL, &f->error));
  OK (f->ops->reader_begin (reader, &f->error));
  REFUSED (f->ops->reader_begin (reader, &f->error));
  OK (f->ops->read_instance (reader, 1, stop_at_once, NULL, &f->error));
  f->ops->reader_end (reader);
  REFUSED (f->ops->read_instance (reader, 1, stop_at_once, NULL, &f->error));
  f->ops->reader_end (reader);
  f->ops->reader_free (reader);
}

static void
test_children_are_read_in_pages (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) rows = row_copies_new ();
  GhStoreReader *reader = f->ops->reader_new (f->store, &f->error);
  guint64 after = 0;

  BEGIN;
  for (guint64 i = 1; i <= 100; i++)
    {
      PUT_INSTANCE (.number = 2 * i, .parent = 7);
      PUT_INSTANCE (.number = 2 * i + 1, .parent = 8);
      PUT_RESOURCE (.number = 1000 + i, .parent = 7);
    }
  COMMIT;
  OK (f->ops->reader_begin (reader, &f->error));
  for (guint page = 0; page < 15; page++)
    {
      OK (f->ops->read_children (reader, 7, TRUE, after, TRUE, 7, row_copies_add, rows, &f->error));
      after = row_copies_get (rows, rows->len - 1)->number;
    }
  g_assert_cmpuint (rows->len, ==, 100);
  for (guint i = 0; i < rows->len; i++)
    g_assert_cmpuint (row_copies_get (rows, i)->number, ==, 2 * (i + 1));
  g_ptr_array_set_size (rows, 0);
  OK (f->ops->read_children (reader, 7, TRUE, 0, FALSE, 2, row_copies_add, rows, &f->error));
  OK (f->ops->read_children (reader, 7, TRUE, 7, FALSE, 9, row_copies_add, rows, &f->error));
  OK (f->ops->read_children (reader, 7, FALSE, 1098, TRUE, 9, row_copies_add, rows, &f->error));
  OK (f->ops->read_children (reader, 7, FALSE, 0, FALSE, 1, row_copies_add, rows, &f->error));
  OK (f->ops->read_children (reader, 7, TRUE, 0, TRUE, 0, row_copies_add, rows, &f->error));
  OK (f->ops->read_children (reader, 9, TRUE, 0, TRUE, 9, row_copies_add, rows, &f->error));
  OK (f->ops->read_children (reader, 7, TRUE, 0, TRUE, 9, stop_at_once, rows, &f->error));
  assert_numbers (rows, "200 198 6 4 2 1099 1100 1100 2");
  f->ops->reader_end (reader);
  f->ops->reader_free (reader);
}

static void
test_a_slice_does_not_move (Fixture *f, gconstpointer data)
{
  GhStoreReader *old = f->ops->reader_new (f->store, &f->error);
  GhStoreReader *young = f->ops->reader_new (f->store, &f->error);
  g_autoptr (GPtrArray) rows = row_copies_new ();

  put_base (f);
  OK (f->ops->reader_begin (old, &f->error));
  assert_children (f, old, 2, TRUE, "3 4 5");
  BEGIN;
  change_everything (f);
  OK (f->ops->reader_begin (young, &f->error));
  assert_children (f, young, 2, TRUE, "3 4 5");
  assert_children (f, young, 1, FALSE, "2");
  f->ops->reader_end (young);
  COMMIT;
  f->ops->maintain (f->store, 1000000);
  assert_children (f, old, 2, TRUE, "3 4 5");
  assert_children (f, old, 1, FALSE, "2");
  OK (f->ops->read_instance (old, 7, row_copies_add, rows, &f->error));
  OK (f->ops->read_find (old, 2, "n", row_copies_add, rows, &f->error));
  OK (f->ops->read_instance (old, 3, row_copies_add, rows, &f->error));
  assert_numbers (rows, "5 4 3 3");
  OK (f->ops->reader_begin (young, &f->error));
  assert_children (f, young, 2, TRUE, "-5 7");
  assert_children (f, young, 1, FALSE, "6");
  f->ops->reader_end (young);
  f->ops->reader_end (old);
  f->ops->maintain (f->store, 1000000);
  OK (f->ops->reader_begin (old, &f->error));
  assert_children (f, old, 2, TRUE, "-5 7");
  f->ops->reader_end (old);
  f->ops->reader_free (young);
  f->ops->reader_free (old);
}

static void
test_a_slice_sees_nothing_of_a_rollback (Fixture *f, gconstpointer data)
{
  GhStoreReader *reader = f->ops->reader_new (f->store, &f->error);

  put_base (f);
  BEGIN;
  change_everything (f);
  OK (f->ops->reader_begin (reader, &f->error));
  f->ops->rollback (f->store);
  assert_children (f, reader, 2, TRUE, "3 4 5");
  assert_children (f, reader, 1, FALSE, "2");
  f->ops->reader_end (reader);
  f->ops->reader_free (reader);
}

/* Readers on threads of their own: every batch replaces one of the eight rows that are alive. */

typedef struct {
  Fixture *f;
  gint stop;
} Race;

static gboolean
count_alive (const GhStoreRow *row, gpointer user_data)
{
  guint *alive = user_data;

  *alive += row->ended_sequence == 0;
  return TRUE;
}

static gpointer
read_all_the_time (gpointer data)
{
  Race *race = data;
  const GhStoreOps *ops = race->f->ops;
  GError *error = NULL;
  GhStoreReader *reader = ops->reader_new (race->f->store, &error);
  guint slices = 0;

  g_assert_no_error (error);
  while (!g_atomic_int_get (&race->stop) || slices == 0)
    {
      g_assert_true (ops->reader_begin (reader, &error));
      for (guint again = 0; again < 2; again++)
        {
          guint alive = 0;
          g_assert_true (ops->read_children (reader, 2, TRUE, 0, again == 0, G_MAXUINT, count_alive,
                                             &alive, &error));
          g_assert_cmpuint (alive, ==, 8);
        }
      ops->reader_end (reader);
      slices++;
    }
  ops->reader_free (reader);
  return GUINT_TO_POINTER (slices);
}

static void
test_readers_run_beside_the_writer (Fixture *f, gconstpointer data)
{
  Race race = { f, 0 };
  GThread *threads[3];
  guint purged;

  BEGIN;
  for (guint64 i = 1; i <= 8; i++)
    PUT_INSTANCE (.number = i, .parent = 2, .name = "n");
  COMMIT;
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("reader", read_all_the_time, &race);
  for (guint64 i = 9; i < 400; i++)
    {
      BEGIN;
      PUT_INSTANCE (.number = i, .parent = 2, .name = "n");
      if (i % 7 == 0)
        {
          f->ops->rollback (f->store);
          BEGIN;
          PUT_INSTANCE (.number = i, .parent = 2, .name = "m");
        }
      OK (f->ops->end_row (f->store, i - 8, TRUE, i, &f->error));
      OK (f->ops->purge_instances_below (f->store, 2, i > 20 ? i - 20 : 0, 5, &purged, &f->error));
      COMMIT;
      f->ops->maintain (f->store, 1000);
    }
  g_atomic_int_set (&race.stop, 1);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_assert_cmpuint (GPOINTER_TO_UINT (g_thread_join (threads[i])), >, 0);
}

const StoreCase store_look_up_cases[] = {
  { "an-ended-row-stays-for-readers-only", test_an_ended_row_stays_for_readers_only },
  { "find-by-name-is-exact", test_find_by_name_is_exact },
  { "find-by-moment-takes-the-newest-alive-in-the-range",
    test_find_by_moment_takes_the_newest_alive_in_the_range },
  { "find-by-name-takes-the-newest-alive", test_find_by_name_takes_the_newest_alive },
  { "next-instance-walks-both-ways", test_next_instance_walks_both_ways },
  { "expired-rows-come-soonest-first", test_expired_rows_come_soonest_first },
  { "a-reader-needs-a-slice", test_a_reader_needs_a_slice },
  { "children-are-read-in-pages", test_children_are_read_in_pages },
  { "a-slice-does-not-move", test_a_slice_does_not_move },
  { "a-slice-sees-nothing-of-a-rollback", test_a_slice_sees_nothing_of_a_rollback },
  { "readers-run-beside-the-writer", test_readers_run_beside_the_writer },
  { NULL, NULL },
};
