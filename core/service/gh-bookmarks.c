/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-bookmarks.h"

#define MAX_AGE_US (10 * 60 * G_TIME_SPAN_SECOND)

/* There are few, so they are looked through; the lock is held for that alone. */
typedef struct {
  GhBookmark bookmark;
  char *originator;
  gint64 made_us;
} Entry;

struct _GhBookmarks {
  GMutex lock;
  guint next; /* the oldest */
  Entry entries[GH_BOOKMARKS_MAX];
};

GhBookmarks *
gh_bookmarks_new (void)
{
  GhBookmarks *bookmarks = g_new0 (GhBookmarks, 1);

  g_mutex_init (&bookmarks->lock);
  return bookmarks;
}

void
gh_bookmarks_free (GhBookmarks *bookmarks)
{
  if (bookmarks == NULL)
    return;
  for (guint i = 0; i < GH_BOOKMARKS_MAX; i++)
    g_free (bookmarks->entries[i].originator);
  g_mutex_clear (&bookmarks->lock);
  g_free (bookmarks);
}

/* Numbers begin at 1: what is empty has no root. */
static Entry *
find_entry (GhBookmarks *bookmarks, const GhBookmark *of, gint64 offset)
{
  for (guint i = 0; i < GH_BOOKMARKS_MAX; i++)
    {
      Entry *entry = &bookmarks->entries[i];

      if (entry->bookmark.root == of->root && entry->bookmark.offset == offset
          && g_strcmp0 (entry->originator, of->originator) == 0)
        return entry;
    }
  return NULL;
}

void
gh_bookmarks_put (GhBookmarks *bookmarks, const GhBookmark *bookmark, gint64 before, gint64 now_us)
{
  char *originator = g_strdup (bookmark->originator);

  g_mutex_lock (&bookmarks->lock);
  Entry *entry = find_entry (bookmarks, bookmark, bookmark->offset);
  if (entry == NULL)
    entry = find_entry (bookmarks, bookmark, before);
  if (entry == NULL)
    {
      entry = &bookmarks->entries[bookmarks->next];
      bookmarks->next = (bookmarks->next + 1) % GH_BOOKMARKS_MAX;
    }
  g_free (entry->originator);
  *entry = (Entry){ .bookmark = *bookmark, .originator = originator, .made_us = now_us };
  entry->bookmark.originator = NULL;
  g_mutex_unlock (&bookmarks->lock);
}

/* The clock may have been put back. */
static gboolean
is_fresh (const Entry *entry, gint64 now_us)
{
  return entry != NULL && now_us >= entry->made_us && now_us - entry->made_us <= MAX_AGE_US;
}

gboolean
gh_bookmarks_find (GhBookmarks *bookmarks, GhBookmark *bookmark, gint64 now_us)
{
  gboolean found;

  g_mutex_lock (&bookmarks->lock);
  const Entry *entry = find_entry (bookmarks, bookmark, bookmark->offset);
  found = is_fresh (entry, now_us);
  if (found)
    {
      bookmark->taken = entry->bookmark.taken;
      bookmark->number = entry->bookmark.number;
    }
  else
    {
      entry = find_entry (bookmarks, bookmark, bookmark->offset + 1);
      found = is_fresh (entry, now_us) && entry->bookmark.taken == bookmark->offset;
      if (found)
        {
          bookmark->offset = entry->bookmark.offset;
          bookmark->taken = entry->bookmark.taken - 1;
          bookmark->number = entry->bookmark.number - 1;
        }
    }
  g_mutex_unlock (&bookmarks->lock);
  return found;
}
