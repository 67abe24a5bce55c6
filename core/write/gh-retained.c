/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "write/gh-retained.h"

/* What an event costs beside its text. */
#define ENTRY_OCTETS 192
/* The part of the memory that one event may take. */
#define LARGEST_PART 16

typedef struct {
  guint64 number;
  GQueue events; /* Entry.in_subject, oldest first */
} Subject;

typedef struct {
  GhPastEvent event;
  Subject *subject;
  gboolean fresh; /* not settled: at the end of all */
  GList in_all, in_subject; /* data is the entry */
} Entry;

struct _GhRetained {
  gsize limit, octets;
  GQueue all;           /* Entry.in_all, oldest first */
  GHashTable *subjects; /* number -> Subject */
};

GhRetained *
gh_retained_new (gsize limit)
{
  GhRetained *retained = g_new0 (GhRetained, 1);
  retained->limit = limit;
  g_queue_init (&retained->all);
  retained->subjects = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
  return retained;
}

static gsize
octets_of (const Entry *entry)
{
  return entry->event.body->length + ENTRY_OCTETS;
}

static void
drop (GhRetained *retained, Entry *entry)
{
  Subject *subject = entry->subject;
  retained->octets -= octets_of (entry);
  g_queue_unlink (&retained->all, &entry->in_all);
  g_queue_unlink (&subject->events, &entry->in_subject);
  if (g_queue_is_empty (&subject->events))
    g_hash_table_remove (retained->subjects, &subject->number);
  gh_buffer_unref (entry->event.body);
  g_free (entry);
}

void
gh_retained_free (GhRetained *retained)
{
  while (!g_queue_is_empty (&retained->all))
    drop (retained, g_queue_peek_head (&retained->all));
  g_hash_table_unref (retained->subjects);
  g_free (retained);
}

gboolean
gh_retained_is_on (const GhRetained *retained)
{
  return retained->limit > 0;
}

static Subject *
subject_for (GhRetained *retained, guint64 number)
{
  Subject *subject = g_hash_table_lookup (retained->subjects, &number);
  if (subject != NULL)
    return subject;
  subject = g_new0 (Subject, 1);
  subject->number = number;
  g_queue_init (&subject->events);
  g_hash_table_insert (retained->subjects, &subject->number, subject);
  return subject;
}

static void
forget (GhRetained *retained, guint64 number)
{
  Subject *subject;
  while ((subject = g_hash_table_lookup (retained->subjects, &number)) != NULL)
    drop (retained, g_queue_peek_head (&subject->events));
}

void
gh_retained_add (GhRetained *retained, guint64 number, const GhPastEvent *event)
{
  if (event->body->length + ENTRY_OCTETS > retained->limit / LARGEST_PART)
    {
      forget (retained, number);
      return;
    }
  Subject *subject = subject_for (retained, number);
  Entry *entry = g_new0 (Entry, 1);
  entry->subject = subject;
  entry->event = *event;
  entry->event.body = gh_buffer_ref (event->body);
  entry->fresh = TRUE;
  entry->in_all.data = entry->in_subject.data = entry;
  g_queue_push_tail_link (&retained->all, &entry->in_all);
  g_queue_push_tail_link (&subject->events, &entry->in_subject);
  retained->octets += octets_of (entry);
  if (g_queue_get_length (&subject->events) > GH_RETAINED_PER_SUBJECT)
    drop (retained, g_queue_peek_head (&subject->events));
  while (retained->octets > retained->limit)
    drop (retained, g_queue_peek_head (&retained->all));
}

void
gh_retained_settle (GhRetained *retained, gboolean kept)
{
  GList *item = retained->all.tail;
  while (item != NULL && ((const Entry *) item->data)->fresh)
    {
      Entry *entry = item->data;
      item = item->prev;
      entry->fresh = FALSE;
      if (!kept)
        drop (retained, entry);
    }
}

void
gh_retained_each (GhRetained *retained,
                  void (*func) (guint64 subject, const GhPastEvent *event, gpointer data),
                  gpointer data)
{
  for (const GList *item = retained->all.head; item != NULL; item = item->next)
    {
      const Entry *entry = item->data;
      func (entry->subject->number, &entry->event, data);
    }
}

GPtrArray *
gh_retained_get (GhRetained *retained, guint64 number)
{
  GPtrArray *events = g_ptr_array_new ();
  const Subject *subject = g_hash_table_lookup (retained->subjects, &number);
  for (GList *item = subject != NULL ? subject->events.head : NULL; item != NULL; item = item->next)
    g_ptr_array_add (events, &((Entry *) item->data)->event);
  return events;
}
