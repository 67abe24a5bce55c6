/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "store-fixture.h"

#include <glib/gstdio.h>

#include <string.h>

static void
row_copy_free (gpointer data)
{
  RowCopy *copy = data;

  g_free (copy->resource_id);
  g_free (copy->name);
  g_free (copy->owner);
  g_free (copy->body);
  g_free (copy);
}

GPtrArray *
row_copies_new (void)
{
  return g_ptr_array_new_with_free_func (row_copy_free);
}

gboolean
row_copies_add (const GhStoreRow *row, gpointer user_data)
{
  RowCopy *copy = g_new0 (RowCopy, 1);

  copy->row = *row;
  copy->row.resource_id = copy->resource_id = g_strdup (row->resource_id);
  copy->row.name = copy->name = g_strdup (row->name);
  copy->row.owner = copy->owner = g_strdup (row->owner);
  copy->row.body = copy->body = g_strndup (row->body, row->body_length);
  g_ptr_array_add (user_data, copy);
  return TRUE;
}

const GhStoreRow *
row_copies_get (GPtrArray *rows, guint i)
{
  g_assert_cmpuint (i, <, rows->len);
  return &((RowCopy *) rows->pdata[i])->row;
}

void
assert_rows_equal (const GhStoreRow *a, const GhStoreRow *b)
{
  g_assert_cmpuint (a->number, ==, b->number);
  g_assert_cmpuint (a->parent, ==, b->parent);
  g_assert_cmpint (a->type, ==, b->type);
  g_assert_cmpstr (a->resource_id, ==, b->resource_id);
  g_assert_cmpstr (a->name, ==, b->name);
  g_assert_cmpstr (a->owner, ==, b->owner);
  g_assert_cmpint (a->creation_us, ==, b->creation_us);
  g_assert_cmpint (a->modified_us, ==, b->modified_us);
  g_assert_cmpint (a->expiration_us, ==, b->expiration_us);
  g_assert_cmpuint (a->size, ==, b->size);
  g_assert_cmpuint (a->ended_sequence, ==, b->ended_sequence);
  g_assert_cmpmem (a->body, a->body_length, b->body, b->body_length);
}

void
remove_folder (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);
      if (g_file_test (child, G_FILE_TEST_IS_DIR) && !g_file_test (child, G_FILE_TEST_IS_SYMLINK))
        remove_folder (child);
      else
        g_unlink (child);
    }
  g_rmdir (path);
}

void
fixture_set_up (Fixture *f, gconstpointer data)
{
  f->kind = data;
  f->ops = f->kind->ops;
  f->folder = g_dir_make_tmp ("gh-store-XXXXXX", &f->error);
  g_assert_no_error (f->error);
  f->store = f->kind->open (f->folder, &f->error);
  g_assert_no_error (f->error);
  g_assert_nonnull (f->store);
}

void
fixture_tear_down (Fixture *f, gconstpointer data)
{
  f->ops->close (f->store);
  remove_folder (f->folder);
  g_free (f->folder);
  g_assert_no_error (f->error);
}

/* Rows with little to say; the number stands in the identifier and in the body. */

void
put_row (Fixture *f, gboolean instance, const GhStoreRow *given)
{
  g_autofree char *id = g_strdup_printf ("id%" G_GUINT64_FORMAT, given->number);
  GhStoreRow row = *given;

  if (row.type == 0)
    row.type = instance ? 4 : 3;
  row.resource_id = id;
  row.body = id;
  row.body_length = strlen (id);
  if (row.expiration_us == 0)
    row.expiration_us = G_MAXINT64;
  if (instance)
    OK (f->ops->put_instance (f->store, &row, &f->error));
  else
    OK (f->ops->put_structural (f->store, &row, &f->error));
}

/* What was read, as text: "3 5 8", with a "-" before ended rows. */
static char *
numbers_of (GPtrArray *rows)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < rows->len; i++)
    {
      const GhStoreRow *row = row_copies_get (rows, i);
      g_string_append_printf (text, "%s%s%" G_GUINT64_FORMAT, i == 0 ? "" : " ",
                              row->ended_sequence != 0 ? "-" : "", row->number);
    }
  return g_string_free (text, FALSE);
}

void
assert_numbers (GPtrArray *rows, const char *expected)
{
  g_autofree char *numbers = numbers_of (rows);

  g_assert_cmpstr (numbers, ==, expected);
}

void
assert_structural (Fixture *f, const char *expected)
{
  g_autoptr (GPtrArray) rows = row_copies_new ();

  OK (f->ops->load_structural (f->store, row_copies_add, rows, &f->error));
  assert_numbers (rows, expected);
}

void
assert_children (Fixture *f, GhStoreReader *reader, guint64 parent, gboolean instances,
                 const char *expected)
{
  g_autoptr (GPtrArray) rows = row_copies_new ();

  OK (f->ops->read_children (reader, parent, instances, 0, TRUE, G_MAXUINT, row_copies_add, rows,
                             &f->error));
  assert_numbers (rows, expected);
}

static void
add_counters_text (const GhStoreCounters *counters, gpointer text)
{
  g_string_append_printf (text,
                          "%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT
                          ",%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT " ",
                          counters->number, counters->state_tag, counters->count, counters->bytes,
                          counters->oldest, counters->latest);
}

static void
add_event_text (const GhStoreEvent *event, gpointer text)
{
  g_string_append_printf (
    text, "%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT ",%.*s ", event->number,
    event->sequence, event->subject, (int) event->body_length, event->body);
}

static void
add_cursor_text (const char *target, guint64 event, gpointer text)
{
  g_string_append_printf (text, "%s=%" G_GUINT64_FORMAT " ", target, event);
}

void
assert_counters (Fixture *f, const char *expected)
{
  g_autoptr (GString) text = g_string_new (NULL);

  OK (f->ops->load_counters (f->store, add_counters_text, text, &f->error));
  g_assert_cmpstr (text->str, ==, expected);
}

void
assert_events (Fixture *f, const char *expected)
{
  g_autoptr (GString) text = g_string_new (NULL);

  OK (f->ops->load_events (f->store, add_event_text, text, &f->error));
  g_assert_cmpstr (text->str, ==, expected);
}

void
assert_cursors (Fixture *f, const char *expected)
{
  g_autoptr (GString) text = g_string_new (NULL);

  OK (f->ops->load_cursors (f->store, add_cursor_text, text, &f->error));
  g_assert_cmpstr (text->str, ==, expected);
}

void
assert_marks (Fixture *f, guint64 sequence, guint64 number, guint64 event)
{
  guint64 s, n, e;

  OK (f->ops->get_marks (f->store, &s, &n, &e, &f->error));
  g_assert_cmpuint (s, ==, sequence);
  g_assert_cmpuint (n, ==, number);
  g_assert_cmpuint (e, ==, event);
}

void
assert_meta (Fixture *f, const char *key, const char *expected)
{
  g_autofree char *value = NULL;

  OK (f->ops->get_meta (f->store, key, &value, &f->error));
  g_assert_cmpstr (value, ==, expected);
}

guint64
find_number (Fixture *f, guint64 parent, const char *name)
{
  guint64 number = 99;

  OK (f->ops->find_instance (f->store, parent, name, &number, &f->error));
  return number;
}

guint64
next_number (Fixture *f, guint64 parent, guint64 after, gboolean forward)
{
  guint64 number = 99, size = 99;
  gint64 creation_us = 99;

  OK (f->ops->next_instance (f->store, parent, after, forward, &number, &size, &creation_us,
                             &f->error));
  g_assert_cmpuint (size, ==, number * 10);
  g_assert_cmpint (creation_us, ==, (gint64) number * 1000);
  return number;
}

gboolean
stop_at_once (const GhStoreRow *row, gpointer user_data)
{
  row_copies_add (row, user_data);
  return FALSE;
}

void
put_event (Fixture *f, guint64 number, guint64 sequence, guint64 subject, const char *body)
{
  const GhStoreEvent event = { number, sequence, subject, body, strlen (body) };

  OK (f->ops->put_event (f->store, &event, &f->error));
}

void
assert_expired (Fixture *f, gint64 now_us, guint limit, const char *expected)
{
  g_autoptr (GPtrArray) rows = row_copies_new ();

  OK (f->ops->list_expired (f->store, now_us, limit, row_copies_add, rows, &f->error));
  assert_numbers (rows, expected);
}

/* One batch that changes everything that put_base made. */

void
put_base (Fixture *f)
{
  BEGIN;
  PUT_RESOURCE (.number = 1, .parent = 0);
  PUT_RESOURCE (.number = 2, .parent = 1, .expiration_us = 50);
  for (guint64 i = 3; i <= 5; i++)
    PUT_INSTANCE (.number = i, .parent = 2, .name = "n", .size = i * 10, .creation_us = i * 1000,
                  .expiration_us = 40 + i);
  OK (f->ops->put_counters (f->store, &(GhStoreCounters){ 2, 1, 3, 120, 3, 5 }, &f->error));
  put_event (f, 1, 1, 2, "e1");
  put_event (f, 2, 1, 2, "e2");
  OK (f->ops->put_cursor (f->store, "t", 1, &f->error));
  OK (f->ops->put_meta (f->store, "k", "v", &f->error));
  OK (f->ops->put_marks (f->store, 1, 5, 2, &f->error));
  COMMIT;
}

void
change_everything (Fixture *f)
{
  guint purged;

  PUT_RESOURCE (.number = 2, .parent = 1, .expiration_us = 60);
  PUT_RESOURCE (.number = 2, .parent = 1, .expiration_us = 70);
  PUT_RESOURCE (.number = 6, .parent = 1);
  OK (f->ops->put_counters (f->store, &(GhStoreCounters){ 6, 0, 0, 0, 0, 0 }, &f->error));
  PUT_INSTANCE (.number = 7, .parent = 2, .name = "m", .size = 70, .creation_us = 7000);
  OK (f->ops->end_row (f->store, 5, TRUE, 2, &f->error));
  OK (f->ops->purge_instance (f->store, 4, &f->error));
  OK (f->ops->purge_instances_below (f->store, 2, 4, 10, &purged, &f->error));
  OK (f->ops->put_counters (f->store, &(GhStoreCounters){ 2, 2, 1, 70, 7, 7 }, &f->error));
  OK (f->ops->end_row (f->store, 2, FALSE, 2, &f->error));
  OK (f->ops->purge_structural (f->store, 2, &f->error));
  OK (f->ops->delete_events_below (f->store, 2, &f->error));
  put_event (f, 3, 2, 2, "e3");
  OK (f->ops->put_cursor (f->store, "t", 2, &f->error));
  OK (f->ops->put_cursor (f->store, "u", 2, &f->error));
  OK (f->ops->put_meta (f->store, "k", NULL, &f->error));
  OK (f->ops->put_meta (f->store, "l", "w", &f->error));
  OK (f->ops->put_marks (f->store, 2, 7, 3, &f->error));
}

void
assert_base (Fixture *f)
{
  assert_structural (f, "1 2");
  assert_counters (f, "2:1,3,120,3,5 ");
  assert_events (f, "1:1,2,e1 2:1,2,e2 ");
  assert_cursors (f, "t=1 ");
  assert_meta (f, "k", "v");
  assert_meta (f, "l", NULL);
  assert_marks (f, 1, 5, 2);
  assert_expired (f, 100, 10, "2 3 4 5");
  g_assert_cmpuint (find_number (f, 2, "n"), ==, 5);
  g_assert_cmpuint (find_number (f, 2, "m"), ==, 0);
  g_assert_cmpuint (next_number (f, 2, 0, TRUE), ==, 3);
  g_assert_cmpuint (next_number (f, 2, 0, FALSE), ==, 5);
}

void
assert_changed (Fixture *f)
{
  assert_structural (f, "1 6");
  assert_counters (f, "6:0,0,0,0,0 ");
  assert_events (f, "2:1,2,e2 3:2,2,e3 ");
  assert_cursors (f, "t=2 u=2 ");
  assert_meta (f, "k", NULL);
  assert_meta (f, "l", "w");
  assert_marks (f, 2, 7, 3);
  assert_expired (f, 100, 10, "");
  g_assert_cmpuint (find_number (f, 2, "n"), ==, 0);
  g_assert_cmpuint (find_number (f, 2, "m"), ==, 7);
  g_assert_cmpuint (next_number (f, 2, 0, TRUE), ==, 7);
}
