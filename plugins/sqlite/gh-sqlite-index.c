/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-sqlite-store.h"

#include <string.h>

/* Above it a range of creation times is not narrowed down: the clock was put back too often. */
#define MAX_ERAS 256

/* Writing. */

gboolean
gh_sqlite_index_open (GhSqliteStore *store, GError **error)
{
  gint64 labels;

  g_clear_pointer (&store->tag_classes, g_hash_table_unref);
  store->tag_classes = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  if (!gh_sqlite_db_get_integer (&store->db, "SELECT EXISTS (SELECT 1 FROM instance_label)",
                                 &labels, error)
      || !gh_sqlite_db_get_integer (&store->db,
                                    "SELECT creation FROM instance ORDER BY number DESC LIMIT 1",
                                    &store->index.last_creation_us, error))
    return FALSE;
  store->index.instance_labels = labels != 0;
  return TRUE;
}

void
gh_sqlite_index_rolled_back (GhSqliteStore *store, const GhSqliteIndexState *state)
{
  store->index = *state;
  if (store->tag_classes != NULL)
    g_hash_table_remove_all (store->tag_classes);
}

static gboolean
put_labels (GhSqliteStore *store, GhSqlId id, const GhStoreRow *row, GError **error)
{
  for (const char *const *label = row->labels; label != NULL && *label != NULL; label++)
    {
      sqlite3_stmt *statement = gh_sqlite_batch_statement (store, id, error);

      if (statement == NULL)
        return FALSE;
      gh_sqlite_bind_number (statement, 1, row->number);
      sqlite3_bind_text (statement, 2, *label, -1, SQLITE_STATIC);
      if (!gh_sqlite_batch_run (store, statement, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
gh_sqlite_index_put_structural (GhSqliteStore *store, const GhStoreRow *row, GError **error)
{
  return gh_sqlite_batch_run_number (store, GH_SQL_PURGE_RESOURCE_LABELS, row->number, error)
         && put_labels (store, GH_SQL_PUT_RESOURCE_LABEL, row, error);
}

gboolean
gh_sqlite_index_put_instance (GhSqliteStore *store, const GhStoreRow *row, GError **error)
{
  const gboolean back = row->creation_us < store->index.last_creation_us;

  if (back && !gh_sqlite_batch_run_number (store, GH_SQL_PUT_ERA, row->number, error))
    return FALSE;
  store->index.last_creation_us = row->creation_us;
  if (row->labels == NULL)
    return TRUE;
  store->index.instance_labels = TRUE;
  return put_labels (store, GH_SQL_PUT_INSTANCE_LABEL, row, error);
}

gboolean
gh_sqlite_index_put_counters (GhSqliteStore *store, const GhStoreCounters *counters, GError **error)
{
  const gint64 class = gh_store_tag_class (counters->state_tag);
  gpointer known = g_hash_table_lookup (store->tag_classes, &counters->number);

  if (known == GSIZE_TO_POINTER ((gsize) class + 1))
    return TRUE;
  sqlite3_stmt *statement = gh_sqlite_batch_statement (store, GH_SQL_PUT_TAG_CLASS, error);
  if (statement == NULL)
    return FALSE;
  gh_sqlite_bind_number (statement, 1, counters->number);
  sqlite3_bind_int64 (statement, 2, class);
  if (!gh_sqlite_batch_run (store, statement, error))
    return FALSE;
  g_hash_table_replace (store->tag_classes, g_memdup2 (&counters->number, sizeof counters->number),
                        GSIZE_TO_POINTER ((gsize) class + 1));
  return TRUE;
}

void
gh_sqlite_index_forget (GhSqliteStore *store, guint64 number)
{
  g_hash_table_remove (store->tag_classes, &number);
}

/* Reading: first what the index says, then the rows. */

typedef struct {
  gint64 key;
  char *label;
  guint64 number;
} Entry;

static void
entry_clear (gpointer data)
{
  g_free (((Entry *) data)->label);
}

static gboolean
is_label (const GhStoreRange *range)
{
  return range->index == GH_INDEX_LABEL || range->index == GH_INDEX_LABEL_PREFIX;
}

/* GH_SQL_N: there is no such index. */
static GhSqlId
statement_of (const GhStoreRange *range)
{
  static const GhSqlId ids[][2] = {
    [GH_INDEX_LABEL] = { GH_SQL_RESOURCES_BY_LABEL, GH_SQL_INSTANCES_BY_LABEL },
    [GH_INDEX_LABEL_PREFIX] = { GH_SQL_RESOURCES_BY_LABEL, GH_SQL_INSTANCES_BY_LABEL },
    [GH_INDEX_TYPE] = { GH_SQL_RESOURCES_BY_TYPE, GH_SQL_N },
    [GH_INDEX_CREATION] = { GH_SQL_RESOURCES_BY_CREATION, GH_SQL_N },
    [GH_INDEX_MODIFICATION] = { GH_SQL_RESOURCES_BY_MODIFICATION, GH_SQL_N },
    [GH_INDEX_EXPIRATION] = { GH_SQL_RESOURCES_BY_EXPIRATION, GH_SQL_INSTANCES_BY_EXPIRATION },
    [GH_INDEX_STATE_TAG] = { GH_SQL_RESOURCES_BY_TAG, GH_SQL_N },
  };

  return ids[range->index][range->instances != FALSE];
}

static void
bind_keys (sqlite3_stmt *statement, const GhStoreRange *range, const GhStoreCursor *cursor)
{
  const gboolean tag = range->index == GH_INDEX_STATE_TAG;
  const gint64 from = tag ? gh_store_tag_class ((guint64) MAX (range->from, 0)) : range->from;
  const gint64 last = tag ? gh_store_tag_class ((guint64) MAX (range->below - 1, 0))
                          : range->below - 1;

  sqlite3_bind_int64 (statement, 1, cursor->begun ? cursor->key : from);
  sqlite3_bind_int64 (statement, 3, last);
}

/* The last label with a prefix: no octet of UTF-8 is as large as the one behind it. */
static void
bind_labels (sqlite3_stmt *statement, const GhStoreRange *range, const GhStoreCursor *cursor)
{
  const gboolean prefix = range->index == GH_INDEX_LABEL_PREFIX;
  g_autofree char *last = g_strconcat (range->text, prefix ? "\xff" : "", NULL);

  sqlite3_bind_text (statement, 1, cursor->begun ? cursor->text : range->text, -1,
                     SQLITE_TRANSIENT);
  sqlite3_bind_text (statement, 3, last, -1, SQLITE_TRANSIENT);
}

/* Bound, for at most @limit entries behind @cursor; NULL with @error. */
static sqlite3_stmt *
begin_entries (GhSqliteReader *reader, const GhStoreRange *range, const GhStoreCursor *cursor,
               guint limit, GError **error)
{
  const GhSqlId id = statement_of (range);

  if (id == GH_SQL_N)
    {
      gh_sqlite_refuse (reader->db.path, "these rows have no such index", error);
      return NULL;
    }
  sqlite3_stmt *statement = gh_sqlite_db_statement (&reader->db, id, error);
  if (statement == NULL)
    return NULL;
  if (is_label (range))
    bind_labels (statement, range, cursor);
  else
    bind_keys (statement, range, cursor);
  gh_sqlite_bind_number (statement, 2, cursor->number);
  sqlite3_bind_int64 (statement, 4, limit);
  return statement;
}

static gboolean
end_entries (GhSqliteReader *reader, sqlite3_stmt *statement, int result, GError **error)
{
  if (result != SQLITE_DONE)
    gh_sqlite_db_fail (&reader->db, "reading an index", error);
  sqlite3_reset (statement);
  return result == SQLITE_DONE;
}

static gboolean
read_entries (GhSqliteReader *reader, const GhStoreRange *range, const GhStoreCursor *cursor,
              guint limit, GArray *entries, GError **error)
{
  sqlite3_stmt *statement = begin_entries (reader, range, cursor, limit, error);
  int result;

  if (statement == NULL)
    return FALSE;
  while ((result = sqlite3_step (statement)) == SQLITE_ROW)
    {
      const char *label = is_label (range) ? (const char *) sqlite3_column_text (statement, 0)
                                           : NULL;
      const Entry entry = { .key = label == NULL ? sqlite3_column_int64 (statement, 0) : 0,
                            .label = g_strdup (label),
                            .number = (guint64) sqlite3_column_int64 (statement, 1) };
      g_array_append_val (entries, entry);
    }
  return end_entries (reader, statement, result, error);
}

static gboolean
count_entries (GhSqliteReader *reader, const GhStoreRange *range, guint most, guint *out_n,
               GError **error)
{
  const GhStoreCursor cursor = { .begun = FALSE };
  sqlite3_stmt *statement = begin_entries (reader, range, &cursor, most, error);
  int result;

  *out_n = 0;
  if (statement == NULL)
    return FALSE;
  while ((result = sqlite3_step (statement)) == SQLITE_ROW)
    ++*out_n;
  return end_entries (reader, statement, result, error);
}

typedef struct {
  GhStoreRowFunc func;
  gpointer user_data;
  guint64 last;
  guint n;
  gboolean stopped;
} Delivery;

static gboolean
deliver (const GhStoreRow *row, gpointer user_data)
{
  Delivery *delivery = user_data;

  delivery->last = row->number;
  delivery->n++;
  delivery->stopped = !delivery->func (row, delivery->user_data);
  return !delivery->stopped;
}

static gboolean
read_row (GhSqliteReader *reader, gboolean instance, guint64 number, Delivery *delivery,
          GError **error)
{
  sqlite3_stmt *statement = gh_sqlite_db_statement (
    &reader->db, instance ? GH_SQL_GET_INSTANCE : GH_SQL_GET_RESOURCE, error);

  if (statement == NULL)
    return FALSE;
  gh_sqlite_bind_number (statement, 1, number);
  return gh_sqlite_for_each_row (&reader->db, statement, deliver, delivery, error);
}

static void
move_cursor (GhStoreCursor *cursor, const Entry *entry)
{
  cursor->begun = TRUE;
  cursor->key = entry->key;
  cursor->number = entry->number;
  g_free (cursor->text);
  cursor->text = g_strdup (entry->label);
}

/* Creation of instances: a part of the order of their numbers. */

static gboolean
first_from (GhSqliteReader *reader, guint64 number, guint64 *out_number, gint64 *out_creation_us,
            GError **error)
{
  sqlite3_stmt *statement = gh_sqlite_db_statement (&reader->db, GH_SQL_CREATED_FROM, error);

  if (statement == NULL)
    return FALSE;
  gh_sqlite_bind_number (statement, 1, number);
  const int result = sqlite3_step (statement);
  *out_number = result == SQLITE_ROW ? (guint64) sqlite3_column_int64 (statement, 0) : G_MAXINT64;
  *out_creation_us = result == SQLITE_ROW ? sqlite3_column_int64 (statement, 1) : G_MAXINT64;
  if (result != SQLITE_ROW && result != SQLITE_DONE)
    gh_sqlite_db_fail (&reader->db, "reading an index", error);
  sqlite3_reset (statement);
  return result == SQLITE_ROW || result == SQLITE_DONE;
}

/* The lowest number in [low, high) from which on rows were created at @time_us or later; @high when
 * there is none. */
static gboolean
created_since (GhSqliteReader *reader, guint64 low, guint64 high, gint64 time_us, guint64 *out,
               GError **error)
{
  while (low < high)
    {
      const guint64 middle = low + (high - low) / 2;
      guint64 number;
      gint64 creation_us;

      if (!first_from (reader, middle, &number, &creation_us, error))
        return FALSE;
      if (number >= high || creation_us >= time_us)
        high = middle;
      else
        low = number + 1;
    }
  *out = low;
  return TRUE;
}

/* The numbers at which an era begins, and what is above all numbers. */
static gboolean
read_eras (GhSqliteReader *reader, GArray *eras, GError **error)
{
  sqlite3_stmt *statement = gh_sqlite_db_statement (&reader->db, GH_SQL_ERAS, error);
  guint64 number = 0;
  gint64 newest;
  int result;

  if (statement == NULL)
    return FALSE;
  g_array_append_val (eras, number);
  while ((result = sqlite3_step (statement)) == SQLITE_ROW)
    {
      number = (guint64) sqlite3_column_int64 (statement, 0);
      g_array_append_val (eras, number);
    }
  sqlite3_reset (statement);
  if (result != SQLITE_DONE)
    return gh_sqlite_db_fail (&reader->db, "reading an index", error);
  if (!gh_sqlite_db_get_integer (&reader->db, "SELECT max (number) FROM instance", &newest, error))
    return FALSE;
  number = (guint64) newest + 1;
  g_array_append_val (eras, number);
  return TRUE;
}

/* [first, last): what holds all instances of the range, and others where there are several eras. */
static gboolean
find_span (GhSqliteReader *reader, const GhStoreRange *range, guint64 *first, guint64 *last,
           GError **error)
{
  g_autoptr (GArray) eras = g_array_new (FALSE, FALSE, sizeof (guint64));

  if (!read_eras (reader, eras, error))
    return FALSE;
  *first = 0;
  *last = g_array_index (eras, guint64, eras->len - 1);
  if (eras->len > MAX_ERAS)
    return TRUE;
  *first = *last;
  *last = 0;
  for (guint i = 0; i + 1 < eras->len; i++)
    {
      const guint64 begin = g_array_index (eras, guint64, i);
      const guint64 end = g_array_index (eras, guint64, i + 1);
      guint64 from, below;

      if (!created_since (reader, begin, end, range->from, &from, error)
          || !created_since (reader, from, end, range->below, &below, error))
        return FALSE;
      if (from >= below)
        continue;
      *first = MIN (*first, from);
      *last = MAX (*last, below);
    }
  return TRUE;
}

static gboolean
read_span (GhSqliteReader *reader, const GhStoreRange *range, GhStoreCursor *cursor, guint limit,
           Delivery *delivery, GError **error)
{
  guint64 first, last;

  if (!cursor->begun)
    {
      if (!find_span (reader, range, &first, &last, error))
        return FALSE;
      cursor->begun = TRUE;
      cursor->number = first > 0 ? first - 1 : 0;
      cursor->key = last > 0 ? (gint64) last - 1 : 0;
    }
  sqlite3_stmt *statement = gh_sqlite_db_statement (&reader->db, GH_SQL_INSTANCES_IN_ORDER, error);
  if (statement == NULL)
    return FALSE;
  gh_sqlite_bind_number (statement, 1, cursor->number);
  sqlite3_bind_int64 (statement, 2, cursor->key);
  sqlite3_bind_int64 (statement, 3, limit);
  if (!gh_sqlite_for_each_row (&reader->db, statement, deliver, delivery, error))
    return FALSE;
  if (delivery->n > 0)
    cursor->number = delivery->last;
  return TRUE;
}

static gboolean
is_span (const GhStoreRange *range)
{
  return range->index == GH_INDEX_CREATION && range->instances;
}

gboolean
gh_sqlite_read_index (GhStoreReader *base, const GhStoreRange *range, GhStoreCursor *cursor,
                      guint limit, GhStoreRowFunc func, gpointer user_data, gboolean *out_more,
                      GError **error)
{
  GhSqliteReader *reader = (GhSqliteReader *) base;
  g_autoptr (GArray) entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  Delivery delivery = { .func = func, .user_data = user_data };

  g_array_set_clear_func (entries, entry_clear);
  if (!gh_sqlite_need_slice (reader, error))
    return FALSE;
  if (is_span (range))
    {
      const gboolean read = read_span (reader, range, cursor, limit, &delivery, error);
      *out_more = delivery.n == limit;
      return read;
    }
  if (!read_entries (reader, range, cursor, limit, entries, error))
    return FALSE;
  *out_more = entries->len == limit;
  for (guint i = 0; i < entries->len && !delivery.stopped; i++)
    {
      const Entry *entry = &g_array_index (entries, Entry, i);

      if (!read_row (reader, range->instances, entry->number, &delivery, error))
        return FALSE;
      move_cursor (cursor, entry);
    }
  return TRUE;
}

gboolean
gh_sqlite_count_index (GhStoreReader *base, const GhStoreRange *range, guint most, guint *out_n,
                       GError **error)
{
  GhSqliteReader *reader = (GhSqliteReader *) base;
  guint64 first, last;

  if (!gh_sqlite_need_slice (reader, error))
    return FALSE;
  if (is_span (range))
    {
      if (!find_span (reader, range, &first, &last, error))
        return FALSE;
      *out_n = (guint) MIN (last > first ? last - first : 0, (guint64) most);
      return TRUE;
    }
  return count_entries (reader, range, most, out_n, error);
}
