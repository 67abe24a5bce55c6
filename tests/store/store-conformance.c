/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "store-fixture.h"

static void
test_a_new_store_is_empty (Fixture *f, gconstpointer data)
{
  assert_structural (f, "");
  assert_counters (f, "");
  assert_events (f, "");
  assert_cursors (f, "");
  assert_marks (f, 0, 0, 0);
  assert_meta (f, "cse-id", NULL);
  g_assert_cmpuint (find_number (f, 1, "a"), ==, 0);
  g_assert_cmpuint (next_number (f, 1, 0, TRUE), ==, 0);
  g_assert_cmpuint (next_number (f, 1, 0, FALSE), ==, 0);
}

static const GhStoreRow full_row = {
  .number = G_MAXINT64,
  .parent = G_MAXINT64 - 1,
  .type = 28,
  .resource_id = "C/\"';--\\ü",
  .name = "näme % _ \x01",
  .owner = "/cse-1/Cowner",
  .creation_us = -1,
  .modified_us = 2,
  .expiration_us = G_MAXINT64,
  .size = G_MAXINT64,
  .ended_sequence = 0,
  .body = "{\"con\":\"\xf0\x9f\x98\x80\"}",
  .body_length = 14,
};
static const GhStoreRow bare_row = {
  .number = 1,
  .parent = 0,
  .type = 5,
  .resource_id = "1",
  .body = "",
  .body_length = 0,
};

static void
test_every_member_of_a_row_comes_back (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) structural = row_copies_new (), instances = row_copies_new ();

  BEGIN;
  OK (f->ops->put_structural (f->store, &full_row, &f->error));
  OK (f->ops->put_structural (f->store, &bare_row, &f->error));
  OK (f->ops->put_instance (f->store, &full_row, &f->error));
  OK (f->ops->put_instance (f->store, &bare_row, &f->error));
  COMMIT;
  OK (f->ops->load_structural (f->store, row_copies_add, structural, &f->error));
  OK (f->ops->get_instance (f->store, 1, row_copies_add, instances, &f->error));
  OK (f->ops->get_instance (f->store, 2, row_copies_add, instances, &f->error));
  OK (f->ops->get_instance (f->store, G_MAXINT64, row_copies_add, instances, &f->error));
  g_assert_cmpuint (structural->len, ==, 2);
  g_assert_cmpuint (instances->len, ==, 2);
  assert_rows_equal (row_copies_get (structural, 0), &bare_row);
  assert_rows_equal (row_copies_get (structural, 1), &full_row);
  assert_rows_equal (row_copies_get (instances, 0), &bare_row);
  assert_rows_equal (row_copies_get (instances, 1), &full_row);
}

static void
test_a_large_body_comes_back (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) rows = row_copies_new ();
  g_autofree char *body = g_strnfill (300000, 'b');
  GhStoreRow row = bare_row;

  row.body = body;
  row.body_length = 300000;
  BEGIN;
  OK (f->ops->put_instance (f->store, &row, &f->error));
  COMMIT;
  OK (f->ops->get_instance (f->store, 1, row_copies_add, rows, &f->error));
  assert_rows_equal (row_copies_get (rows, 0), &row);
}

static void
test_structural_rows_load_in_number_order (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) rows = row_copies_new ();

  BEGIN;
  PUT_RESOURCE (.number = 300);
  PUT_RESOURCE (.number = 2);
  PUT_RESOURCE (.number = 10);
  PUT_RESOURCE (.number = 1);
  OK (f->ops->end_row (f->store, 10, FALSE, 7, &f->error));
  COMMIT;
  assert_structural (f, "1 2 -10 300");
  OK (f->ops->load_structural (f->store, stop_at_once, rows, &f->error));
  assert_numbers (rows, "1");
}

static void
test_a_structural_row_is_replaced (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) rows = row_copies_new ();

  BEGIN;
  PUT_RESOURCE (.number = 5, .parent = 1, .modified_us = 1);
  PUT_RESOURCE (.number = 5, .parent = 1, .modified_us = 2);
  COMMIT;
  BEGIN;
  PUT_RESOURCE (.number = 5, .parent = 1, .modified_us = 3);
  PUT_RESOURCE (.number = 5, .parent = 1, .modified_us = 4, .owner = "o");
  COMMIT;
  OK (f->ops->load_structural (f->store, row_copies_add, rows, &f->error));
  g_assert_cmpuint (rows->len, ==, 1);
  g_assert_cmpint (row_copies_get (rows, 0)->modified_us, ==, 4);
  g_assert_cmpstr (row_copies_get (rows, 0)->owner, ==, "o");
}

static void
test_a_taken_number_is_refused (Fixture *f, gconstpointer data)
{
  BEGIN;
  PUT_INSTANCE (.number = 5, .parent = 1);
  REFUSED (f->ops->put_instance (
    f->store, &(GhStoreRow){ .number = 5, .resource_id = "x", .body = "" }, &f->error));
  put_event (f, 3, 1, 1, "first");
  REFUSED (f->ops->put_event (f->store, &(GhStoreEvent){ 3, 2, 2, "second", 6 }, &f->error));
  PUT_INSTANCE (.number = 6, .parent = 1);
  COMMIT;
  assert_events (f, "3:1,1,first ");
}

static void
test_counters_are_replaced_and_purged (Fixture *f, gconstpointer data)
{
  BEGIN;
  PUT_RESOURCE (.number = 2);
  OK (f->ops->put_counters (f->store, &(GhStoreCounters){ 2, 1, 1, 10, 3, 3 }, &f->error));
  OK (f->ops->put_counters (f->store, &(GhStoreCounters){ 2, 2, 0, 0, 0, 0 }, &f->error));
  COMMIT;
  assert_counters (f, "2:2,0,0,0,0 ");
  BEGIN;
  OK (f->ops->put_counters (f->store, &(GhStoreCounters){ 2, G_MAXINT64, 0, 0, 0, 0 }, &f->error));
  OK (f->ops->put_counters (f->store, &(GhStoreCounters){ 4, 1, 0, 0, 0, 0 }, &f->error));
  OK (f->ops->purge_structural (f->store, 4, &f->error));
  COMMIT;
  assert_counters (f, "2:9223372036854775807,0,0,0,0 ");
  BEGIN;
  OK (f->ops->purge_structural (f->store, 2, &f->error));
  COMMIT;
  assert_counters (f, "");
  assert_structural (f, "");
}

static void
test_the_first_tombstone_stays (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) rows = row_copies_new ();

  BEGIN;
  PUT_INSTANCE (.number = 3, .parent = 2);
  OK (f->ops->end_row (f->store, 3, TRUE, 8, &f->error));
  OK (f->ops->end_row (f->store, 3, TRUE, 9, &f->error));
  REFUSED (f->ops->end_row (f->store, 3, FALSE, 9, &f->error));
  REFUSED (f->ops->end_row (f->store, 4, TRUE, 9, &f->error));
  COMMIT;
  OK (f->ops->get_instance (f->store, 3, row_copies_add, rows, &f->error));
  g_assert_cmpuint (row_copies_get (rows, 0)->ended_sequence, ==, 8);
}

static void
test_purging_removes_rows (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) rows = row_copies_new ();

  BEGIN;
  PUT_INSTANCE (.number = 3, .parent = 2, .name = "a", .expiration_us = 1);
  PUT_INSTANCE (.number = 4, .parent = 2, .name = "b");
  COMMIT;
  BEGIN;
  OK (f->ops->purge_instance (f->store, 3, &f->error));
  OK (f->ops->purge_instance (f->store, 3, &f->error));
  OK (f->ops->purge_instance (f->store, 77, &f->error));
  OK (f->ops->purge_structural (f->store, 77, &f->error));
  REFUSED (f->ops->end_row (f->store, 3, TRUE, 9, &f->error));
  g_assert_cmpuint (find_number (f, 2, "a"), ==, 0);
  COMMIT;
  g_assert_cmpuint (find_number (f, 2, "a"), ==, 0);
  g_assert_cmpuint (find_number (f, 2, "b"), ==, 4);
  OK (f->ops->get_instance (f->store, 3, row_copies_add, rows, &f->error));
  OK (f->ops->list_expired (f->store, 10, 10, row_copies_add, rows, &f->error));
  assert_numbers (rows, "");
}

static void
test_purging_from_the_front_is_bounded (Fixture *f, gconstpointer data)
{
  GhStoreReader *reader = f->ops->reader_new (f->store, &f->error);
  guint purged = 99;

  BEGIN;
  for (guint64 i = 1; i <= 10; i++)
    PUT_INSTANCE (.number = i, .parent = i <= 8 ? 50 : 51);
  OK (f->ops->purge_instances_below (f->store, 50, 7, 4, &purged, &f->error));
  g_assert_cmpuint (purged, ==, 4);
  COMMIT;
  BEGIN;
  OK (f->ops->purge_instances_below (f->store, 50, 7, 4, &purged, &f->error));
  g_assert_cmpuint (purged, ==, 2);
  OK (f->ops->purge_instances_below (f->store, 50, 7, 4, &purged, &f->error));
  g_assert_cmpuint (purged, ==, 0);
  OK (f->ops->purge_instances_below (f->store, 52, G_MAXINT64, 4, &purged, &f->error));
  g_assert_cmpuint (purged, ==, 0);
  COMMIT;
  OK (f->ops->reader_begin (reader, &f->error));
  assert_children (f, reader, 50, TRUE, "7 8");
  assert_children (f, reader, 51, TRUE, "9 10");
  f->ops->reader_end (reader);
  f->ops->reader_free (reader);
}

static void
test_events_stay_until_deleted (Fixture *f, gconstpointer data)
{
  BEGIN;
  put_event (f, 12, 3, 2, "c");
  put_event (f, 2, 1, 2, "a");
  put_event (f, 11, 2, 0, "");
  COMMIT;
  assert_events (f, "2:1,2,a 11:2,0, 12:3,2,c ");
  BEGIN;
  OK (f->ops->delete_events_below (f->store, 2, &f->error));
  OK (f->ops->delete_events_below (f->store, 12, &f->error));
  put_event (f, 13, 4, 2, "d");
  COMMIT;
  assert_events (f, "12:3,2,c 13:4,2,d ");
  BEGIN;
  put_event (f, 14, 5, 2, "e");
  OK (f->ops->delete_event (f->store, 13, &f->error));
  OK (f->ops->delete_event (f->store, 13, &f->error));
  f->ops->rollback (f->store);
  assert_events (f, "12:3,2,c 13:4,2,d ");
  BEGIN;
  put_event (f, 14, 5, 2, "e");
  OK (f->ops->delete_event (f->store, 13, &f->error));
  COMMIT;
  assert_events (f, "12:3,2,c 14:5,2,e ");
}

static void
test_cursors_are_set_and_removed (Fixture *f, gconstpointer data)
{
  BEGIN;
  OK (f->ops->put_cursor (f->store, "b", 5, &f->error));
  OK (f->ops->put_cursor (f->store, "a", 6, &f->error));
  OK (f->ops->put_cursor (f->store, "b", 7, &f->error));
  OK (f->ops->put_cursor (f->store, "c", 0, &f->error));
  COMMIT;
  assert_cursors (f, "a=6 b=7 ");
  BEGIN;
  OK (f->ops->put_cursor (f->store, "a", 0, &f->error));
  COMMIT;
  assert_cursors (f, "b=7 ");
}

static void
test_meta_and_marks_are_kept (Fixture *f, gconstpointer data)
{
  BEGIN;
  OK (f->ops->put_meta (f->store, "k", "1", &f->error));
  OK (f->ops->put_meta (f->store, "k", "2", &f->error));
  OK (f->ops->put_meta (f->store, "gone", "x", &f->error));
  OK (f->ops->put_meta (f->store, "gone", NULL, &f->error));
  OK (f->ops->put_marks (f->store, 7, 8, 9, &f->error));
  assert_marks (f, 7, 8, 9);
  COMMIT;
  assert_meta (f, "k", "2");
  assert_meta (f, "gone", NULL);
  assert_marks (f, 7, 8, 9);
}

static void
test_rollback_takes_everything_back (Fixture *f, gconstpointer data)
{
  put_base (f);
  BEGIN;
  change_everything (f);
  f->ops->rollback (f->store);
  assert_base (f);
  BEGIN;
  change_everything (f);
  COMMIT;
  assert_changed (f);
  f->ops->rollback (f->store);
  assert_changed (f);
}

static void
test_a_savepoint_takes_back_one_request (Fixture *f, gconstpointer data)
{
  put_base (f);
  BEGIN;
  OK (f->ops->savepoint (f->store, &f->error));
  change_everything (f);
  OK (f->ops->release (f->store, FALSE, &f->error));
  assert_base (f);
  PUT_INSTANCE (.number = 8, .parent = 3, .name = "before");
  OK (f->ops->savepoint (f->store, &f->error));
  change_everything (f);
  OK (f->ops->release (f->store, TRUE, &f->error));
  OK (f->ops->savepoint (f->store, &f->error));
  PUT_INSTANCE (.number = 9, .parent = 3, .name = "taken back");
  OK (f->ops->release (f->store, FALSE, &f->error));
  PUT_INSTANCE (.number = 10, .parent = 3, .name = "after");
  COMMIT;
  assert_changed (f);
  g_assert_cmpuint (find_number (f, 3, "before"), ==, 8);
  g_assert_cmpuint (find_number (f, 3, "taken back"), ==, 0);
  g_assert_cmpuint (find_number (f, 3, "after"), ==, 10);
}

static void
test_a_batch_may_end_inside_a_savepoint (Fixture *f, gconstpointer data)
{
  put_base (f);
  BEGIN;
  OK (f->ops->savepoint (f->store, &f->error));
  change_everything (f);
  f->ops->rollback (f->store);
  assert_base (f);
  BEGIN;
  OK (f->ops->savepoint (f->store, &f->error));
  change_everything (f);
  COMMIT;
  assert_changed (f);
  BEGIN;
  OK (f->ops->savepoint (f->store, &f->error));
  OK (f->ops->release (f->store, TRUE, &f->error));
  COMMIT;
}

static void
test_calls_at_the_wrong_time_are_refused (Fixture *f, gconstpointer data)
{
  const GhStoreRow row = { .number = 1, .resource_id = "1", .body = "" };
  const GhStoreCounters counters = { .number = 1 };
  const GhStoreEvent event = { .number = 1, .body = "" };
  guint purged;

  REFUSED (f->ops->put_structural (f->store, &row, &f->error));
  REFUSED (f->ops->put_instance (f->store, &row, &f->error));
  REFUSED (f->ops->put_counters (f->store, &counters, &f->error));
  REFUSED (f->ops->end_row (f->store, 1, TRUE, 1, &f->error));
  REFUSED (f->ops->purge_structural (f->store, 1, &f->error));
  REFUSED (f->ops->purge_instance (f->store, 1, &f->error));
  REFUSED (f->ops->purge_instances_below (f->store, 1, 1, 1, &purged, &f->error));
  REFUSED (f->ops->put_event (f->store, &event, &f->error));
  REFUSED (f->ops->delete_events_below (f->store, 1, &f->error));
  REFUSED (f->ops->delete_event (f->store, 1, &f->error));
  REFUSED (f->ops->put_cursor (f->store, "t", 1, &f->error));
  REFUSED (f->ops->put_meta (f->store, "k", "v", &f->error));
  REFUSED (f->ops->put_marks (f->store, 1, 1, 1, &f->error));
  REFUSED (f->ops->savepoint (f->store, &f->error));
  REFUSED (f->ops->release (f->store, TRUE, &f->error));
  REFUSED (f->ops->commit (f->store, &f->error) != GH_COMMIT_NOT_DONE);
  f->ops->rollback (f->store);
  BEGIN;
  REFUSED (f->ops->begin (f->store, &f->error));
  REFUSED (f->ops->release (f->store, TRUE, &f->error));
  OK (f->ops->savepoint (f->store, &f->error));
  REFUSED (f->ops->savepoint (f->store, &f->error));
  OK (f->ops->release (f->store, TRUE, &f->error));
  COMMIT;
  assert_structural (f, "");
}

static void
test_reopen_drops_only_the_open_batch (Fixture *f, gconstpointer data)
{
  put_base (f);
  BEGIN;
  change_everything (f);
  OK (f->ops->reopen (f->store, &f->error));
  assert_base (f);
  BEGIN;
  change_everything (f);
  COMMIT;
  OK (f->ops->reopen (f->store, &f->error));
  assert_changed (f);
}

static void
test_reopen_wants_readers_closed (Fixture *f, gconstpointer data)
{
  GhStoreReader *reader = f->ops->reader_new (f->store, &f->error);

  put_base (f);
  REFUSED (f->ops->reopen (f->store, &f->error));
  f->ops->reader_free (reader);
  OK (f->ops->reopen (f->store, &f->error));
  assert_base (f);
}

static void
test_what_was_committed_outlives_the_store (Fixture *f, gconstpointer data)
{
  put_base (f);
  BEGIN;
  change_everything (f);
  f->ops->close (f->store);
  f->store = f->kind->open (f->folder, &f->error);
  g_assert_no_error (f->error);
  assert_base (f);
  BEGIN;
  change_everything (f);
  COMMIT;
  f->ops->maintain (f->store, 1000000);
  f->ops->close (f->store);
  f->store = f->kind->open (f->folder, &f->error);
  g_assert_no_error (f->error);
  assert_changed (f);
}

static const StoreCase batch_cases[] = {
  { "a-new-store-is-empty", test_a_new_store_is_empty },
  { "every-member-of-a-row-comes-back", test_every_member_of_a_row_comes_back },
  { "a-large-body-comes-back", test_a_large_body_comes_back },
  { "structural-rows-load-in-number-order", test_structural_rows_load_in_number_order },
  { "a-structural-row-is-replaced", test_a_structural_row_is_replaced },
  { "a-taken-number-is-refused", test_a_taken_number_is_refused },
  { "counters-are-replaced-and-purged", test_counters_are_replaced_and_purged },
  { "the-first-tombstone-stays", test_the_first_tombstone_stays },
  { "purging-removes-rows", test_purging_removes_rows },
  { "purging-from-the-front-is-bounded", test_purging_from_the_front_is_bounded },
  { "events-stay-until-deleted", test_events_stay_until_deleted },
  { "cursors-are-set-and-removed", test_cursors_are_set_and_removed },
  { "meta-and-marks-are-kept", test_meta_and_marks_are_kept },
  { "rollback-takes-everything-back", test_rollback_takes_everything_back },
  { "a-savepoint-takes-back-one-request", test_a_savepoint_takes_back_one_request },
  { "a-batch-may-end-inside-a-savepoint", test_a_batch_may_end_inside_a_savepoint },
  { "calls-at-the-wrong-time-are-refused", test_calls_at_the_wrong_time_are_refused },
  { "reopen-drops-only-the-open-batch", test_reopen_drops_only_the_open_batch },
  { "reopen-wants-readers-closed", test_reopen_wants_readers_closed },
  { NULL, NULL },
};

static void
add_case (const StoreKind *kind, const StoreCase *c)
{
  g_autofree char *path = g_strdup_printf ("/store/%s/%s", kind->name, c->name);

  g_test_add (path, Fixture, kind, fixture_set_up, c->func, fixture_tear_down);
}

void
store_conformance_add (const StoreKind *kind)
{
  static const StoreCase durable = { "what-was-committed-outlives-the-store",
                                     test_what_was_committed_outlives_the_store };

  for (const StoreCase *c = batch_cases; c->name != NULL; c++)
    add_case (kind, c);
  for (const StoreCase *c = store_look_up_cases; c->name != NULL; c++)
    add_case (kind, c);
  for (const StoreCase *c = store_index_cases; c->name != NULL; c++)
    add_case (kind, c);
  if (kind->durable)
    add_case (kind, &durable);
}
