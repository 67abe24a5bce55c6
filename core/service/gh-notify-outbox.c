/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-notifier-private.h"

/* What an event in memory costs beside its text. */
#define RECORD_OCTETS 256

GhRecord *
gh_notify_record_new (GhNotifier *notifier, GhEvent *event)
{
  GhRecord *record = g_new0 (GhRecord, 1);
  record->number = event->number;
  record->event = event;
  record->outstanding = 1;
  notifier->octets += event->body->length + RECORD_OCTETS;
  notifier->next_number = MAX (notifier->next_number, event->number + 1);
  g_tree_insert (notifier->records, &record->number, record);
  return record;
}

void
gh_notify_record_free (gpointer data)
{
  GhRecord *record = data;
  gh_event_unref (record->event);
  g_free (record);
}

void
gh_notify_record_done (GhNotifier *notifier, GhRecord *record)
{
  if (--record->outstanding > 0)
    return;
  if (notifier->parsed.record == record)
    notifier->parsed.record = NULL;
  notifier->octets -= record->event->body->length + RECORD_OCTETS;
  g_array_append_val (notifier->done, record->number);
  notifier->untidy++;
  g_tree_remove (notifier->records, &record->number);
}

GhCursor *
gh_notify_cursor (GhNotifier *notifier, const char *key)
{
  GhCursor *cursor = g_hash_table_lookup (notifier->cursors, key);
  if (cursor != NULL)
    return cursor;
  cursor = g_new0 (GhCursor, 1);
  cursor->key = g_strdup (key);
  g_hash_table_insert (notifier->cursors, cursor->key, cursor);
  return cursor;
}

void
gh_notify_cursor_free (gpointer data)
{
  GhCursor *cursor = data;
  g_free (cursor->key);
  g_free (cursor);
}

static void
list_cursor (GhNotifier *notifier, GhCursor *cursor)
{
  if (cursor->listed)
    return;
  cursor->listed = TRUE;
  g_ptr_array_add (notifier->listed, cursor);
}

void
gh_notify_cursor_leave (GhNotifier *notifier, GhCursor *cursor)
{
  /* the next look finds out whether it is still needed */
  if (--cursor->n_notes == 0)
    list_cursor (notifier, cursor);
}

void
gh_notify_cursor_found (const char *target, guint64 event, gpointer user_data)
{
  GhNotifier *notifier = user_data;
  GhCursor *cursor = gh_notify_cursor (notifier, target);
  cursor->found = cursor->stored = cursor->done = event;
  cursor->first = 1;
  list_cursor (notifier, cursor);
}

void
gh_notify_cursor_pass (GhNotifier *notifier, GhCursor *cursor, guint64 event)
{
  if (cursor->first == 0)
    cursor->first = event;
  cursor->done = MAX (cursor->done, event);
  notifier->untidy++;
  list_cursor (notifier, cursor);
}

/* Whether an event that the cursor has got, or may have got, is kept for somebody else. */
static gboolean
is_needed (GhNotifier *notifier, const GhCursor *cursor)
{
  const GTreeNode *node = cursor->first != 0
                            ? g_tree_lower_bound (notifier->records, &cursor->first)
                            : NULL;
  return node != NULL
         && ((const GhRecord *) g_tree_node_value ((GTreeNode *) node))->number <= cursor->done;
}

/* FALSE: there is nothing more to do about it. */
static gboolean
tidy_cursor (GhNotifier *notifier, GhCursor *cursor, GhIntent *intent)
{
  const guint64 value = is_needed (notifier, cursor) ? cursor->done : 0;
  if (value == 0)
    cursor->first = cursor->done = 0;
  if (value != cursor->stored)
    {
      g_ptr_array_add (intent->cursor_targets, g_strdup (cursor->key));
      g_array_append_val (intent->cursor_events, value);
      cursor->stored = value;
    }
  return value != 0;
}

static void
tidy_cursors (GhNotifier *notifier, GhIntent *intent)
{
  guint kept = 0;
  intent->cursor_targets = g_ptr_array_new_with_free_func (g_free);
  intent->cursor_events = g_array_new (FALSE, FALSE, sizeof (guint64));
  for (guint i = 0; i < notifier->listed->len; i++)
    {
      GhCursor *cursor = notifier->listed->pdata[i];
      if (tidy_cursor (notifier, cursor, intent))
        {
          notifier->listed->pdata[kept++] = cursor;
          continue;
        }
      cursor->listed = FALSE;
      if (cursor->n_notes == 0)
        g_hash_table_remove (notifier->cursors, cursor->key);
    }
  g_ptr_array_set_size (notifier->listed, (gint) kept);
}

static void
tidied (const GhResponse *response, gpointer user_data)
{
  (void) response;
  gh_notifier_input (user_data, GH_INPUT_TIDIED, NULL);
}

void
gh_notify_tidy (GhNotifier *notifier)
{
  if (notifier->tidying || notifier->untidy == 0)
    return;
  GhIntent *intent = gh_intent_new (GH_INTENT_OUTBOX);
  const GTreeNode *first = g_tree_node_first (notifier->records);
  intent->events_below = first != NULL
                           ? ((const GhRecord *) g_tree_node_value ((GTreeNode *) first))->number
                           : notifier->next_number;
  intent->events_done = g_array_new (FALSE, FALSE, sizeof (guint64));
  for (guint i = 0; i < notifier->done->len; i++)
    {
      const guint64 number = g_array_index (notifier->done, guint64, i);
      if (number > intent->events_below)
        g_array_append_val (intent->events_done, number);
    }
  g_array_set_size (notifier->done, 0);
  tidy_cursors (notifier, intent);
  intent->reply = tidied;
  intent->user_data = notifier;
  notifier->untidy = 0;
  notifier->tidying = TRUE;
  if (gh_writer_push (notifier->service->writer, intent))
    return;
  gh_intent_free (intent);
  notifier->tidying = FALSE;
}
