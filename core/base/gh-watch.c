/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/gh-watch.h"

struct _GhWatch {
  GMutex lock;
  GhWatchFunc func; /* written under the lock; atomic, to see that there is none */
  gpointer user_data;
};

GhWatch *
gh_watch_new (void)
{
  GhWatch *watch = g_new0 (GhWatch, 1);

  g_mutex_init (&watch->lock);
  return watch;
}

void
gh_watch_free (GhWatch *watch)
{
  g_mutex_clear (&watch->lock);
  g_free (watch);
}

void
gh_watch_set (GhWatch *watch, GhWatchFunc func, gpointer user_data)
{
  g_mutex_lock (&watch->lock);
  watch->user_data = user_data;
  __atomic_store_n (&watch->func, func, __ATOMIC_RELEASE);
  g_mutex_unlock (&watch->lock);
}

static gboolean
is_watched (GhWatch *watch)
{
  return watch != NULL && __atomic_load_n (&watch->func, __ATOMIC_ACQUIRE) != NULL;
}

void
gh_watch_tell (GhWatch *watch, GhWatchKind kind, const char *id)
{
  if (!is_watched (watch))
    return;
  g_mutex_lock (&watch->lock);
  if (watch->func != NULL)
    watch->func (kind, id, watch->user_data);
  g_mutex_unlock (&watch->lock);
}

void
gh_watch_tell_number (GhWatch *watch, GhWatchKind kind, guint64 number)
{
  char text[24];

  if (!is_watched (watch))
    return;
  g_snprintf (text, sizeof text, "%" G_GUINT64_FORMAT, number);
  gh_watch_tell (watch, kind, text);
}
