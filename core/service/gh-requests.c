/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-request-mode.h"
#include "base/gh-hash.h"
#include "service/gh-request-resource.h"

typedef struct {
  char *id, *originator;
  GhRequestMode *mode; /* a reference; NULL: it is over */
} Entry;

struct _GhRequests {
  guint most, most_each;
  GMutex lock;
  GHashTable *by_id;       /* id of the Entry -> Entry */
  GHashTable *originators; /* char* -> how many it has, with reservations */
  guint n;
};

static void
entry_free (gpointer data)
{
  Entry *entry = data;
  g_clear_pointer (&entry->mode, gh_request_mode_unref);
  g_free (entry->originator);
  g_free (entry->id);
  g_free (entry);
}

GhRequests *
gh_requests_new (guint most, guint most_each)
{
  GhRequests *requests = g_new0 (GhRequests, 1);
  requests->most = most;
  requests->most_each = most_each;
  g_mutex_init (&requests->lock);
  requests->by_id = g_hash_table_new_full (gh_text_hash, g_str_equal, NULL, entry_free);
  requests->originators = g_hash_table_new_full (gh_text_hash, g_str_equal, g_free, NULL);
  return requests;
}

void
gh_requests_free (GhRequests *requests)
{
  g_hash_table_unref (requests->by_id);
  g_hash_table_unref (requests->originators);
  g_mutex_clear (&requests->lock);
  g_free (requests);
}

static guint
count_of (const GhRequests *requests, const char *originator)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (requests->originators, originator));
}

static void
set_count (GhRequests *requests, const char *originator, guint n)
{
  if (n == 0)
    g_hash_table_remove (requests->originators, originator);
  else
    g_hash_table_insert (requests->originators, g_strdup (originator), GUINT_TO_POINTER (n));
}

static void
count_up (GhRequests *requests, const char *originator)
{
  requests->n++;
  set_count (requests, originator, count_of (requests, originator) + 1);
}

static void
count_down (GhRequests *requests, const char *originator)
{
  requests->n--;
  set_count (requests, originator, count_of (requests, originator) - 1);
}

gboolean
gh_requests_reserve (GhRequests *requests, const char *originator, GhFault *fault)
{
  g_mutex_lock (&requests->lock);
  const gboolean crowded = requests->n >= requests->most;
  const gboolean greedy = count_of (requests, originator) >= requests->most_each;
  if (!crowded && !greedy)
    count_up (requests, originator);
  g_mutex_unlock (&requests->lock);
  if (greedy)
    return gh_fault_set (fault, GH_ERROR_OVERLOADED,
                         "rt: this originator has %u <request> resources, the limit; delete some",
                         requests->most_each);
  return !crowded
         || gh_fault_set (fault, GH_ERROR_OVERLOADED,
                          "rt: this CSE has %u <request> resources, the limit", requests->most);
}

void
gh_requests_release (GhRequests *requests, const char *originator)
{
  g_mutex_lock (&requests->lock);
  count_down (requests, originator);
  g_mutex_unlock (&requests->lock);
}

static void
insert (GhRequests *requests, const char *id, const char *originator, GhRequestMode *mode)
{
  Entry *entry = g_new (Entry, 1);
  *entry = (Entry){ .id = g_strdup (id),
                    .originator = g_strdup (originator),
                    .mode = mode != NULL ? gh_request_mode_ref (mode) : NULL };
  g_hash_table_insert (requests->by_id, entry->id, entry);
}

void
gh_requests_made (GhRequests *requests, const char *id, const char *originator, GhRequestMode *mode)
{
  g_mutex_lock (&requests->lock);
  insert (requests, id, originator, mode);
  g_mutex_unlock (&requests->lock);
}

void
gh_requests_resumed (GhRequests *requests, const char *id, GhRequestMode *mode)
{
  g_mutex_lock (&requests->lock);
  Entry *entry = g_hash_table_lookup (requests->by_id, id);
  if (entry != NULL && entry->mode == NULL)
    entry->mode = gh_request_mode_ref (mode);
  g_mutex_unlock (&requests->lock);
}

void
gh_requests_over (GhRequests *requests, const char *id)
{
  GhRequestMode *mode = NULL;
  g_mutex_lock (&requests->lock);
  Entry *entry = g_hash_table_lookup (requests->by_id, id);
  if (entry != NULL)
    mode = g_steal_pointer (&entry->mode);
  g_mutex_unlock (&requests->lock);
  g_clear_pointer (&mode, gh_request_mode_unref);
}

void
gh_requests_ended (GhRequests *requests, const char *id)
{
  Entry *entry = NULL;
  g_mutex_lock (&requests->lock);
  if (g_hash_table_steal_extended (requests->by_id, id, NULL, (gpointer *) &entry))
    count_down (requests, entry->originator);
  g_mutex_unlock (&requests->lock);
  if (entry != NULL)
    entry_free (entry);
}

gboolean
gh_requests_note (GhRequests *requests, const char *id, const char *originator)
{
  g_mutex_lock (&requests->lock);
  const Entry *entry = g_hash_table_lookup (requests->by_id, id);
  const gboolean running = entry != NULL && entry->mode != NULL;
  if (entry == NULL)
    {
      count_up (requests, originator);
      insert (requests, id, originator, NULL);
    }
  g_mutex_unlock (&requests->lock);
  return running;
}

gboolean
gh_requests_cancel (GhRequests *requests, const char *id)
{
  GhRequestMode *mode = NULL;
  g_mutex_lock (&requests->lock);
  const Entry *entry = g_hash_table_lookup (requests->by_id, id);
  if (entry != NULL && entry->mode != NULL)
    mode = gh_request_mode_ref (entry->mode);
  g_mutex_unlock (&requests->lock);
  if (mode == NULL)
    return TRUE;
  const gboolean cancelled = gh_request_mode_cancel (mode);
  gh_request_mode_unref (mode);
  return cancelled;
}

guint
gh_requests_count (GhRequests *requests)
{
  g_mutex_lock (&requests->lock);
  const guint n = requests->n;
  g_mutex_unlock (&requests->lock);
  return n;
}
