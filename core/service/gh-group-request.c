/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-group-request.h"

#include "base/gh-hash.h"
#include "service/gh-job.h"

#include <string.h>

typedef struct {
  char *id;
  gint64 expires_us;
  GHashTable *targets; /* char* */
} GroupRequest;

struct _GhGroupRequests {
  GMutex lock;
  GHashTable *by_id; /* id of the GroupRequest -> GroupRequest */
  guint n_targets;
};

static void
group_request_free (gpointer data)
{
  GroupRequest *request = data;
  g_hash_table_unref (request->targets);
  g_free (request->id);
  g_free (request);
}

GhGroupRequests *
gh_group_requests_new (void)
{
  GhGroupRequests *requests = g_new0 (GhGroupRequests, 1);
  g_mutex_init (&requests->lock);
  requests->by_id = g_hash_table_new_full (gh_text_hash, g_str_equal, NULL, group_request_free);
  return requests;
}

void
gh_group_requests_free (GhGroupRequests *requests)
{
  g_hash_table_unref (requests->by_id);
  g_mutex_clear (&requests->lock);
  g_free (requests);
}

/* One spelling for every address of a resource of this CSE: its identifier, and what follows it
 * when that is virtual or an instance. */
static char *
canonical_target (GhService *service, const char *to)
{
  const char *fan_out = strstr (to, "/fopt");
  const char *end = fan_out != NULL ? fan_out : to + strlen (to);
  g_autofree char *head = g_strndup (to, (gsize) (end - to));
  char *canonical = NULL;
  GhNode node;
  GhView view = gh_view_begin (service->tree);
  if (gh_find_local (service, &view, head, &node))
    canonical = g_strconcat (node.slot->id, end, NULL);
  else
    {
      char *slash = strrchr (head, '/');
      if (slash != NULL)
        {
          *slash = '\0';
          if (gh_find_local (service, &view, head, &node))
            canonical = g_strconcat (node.slot->id, to + (slash - head), NULL);
        }
    }
  gh_view_end (&view);
  return canonical != NULL ? canonical : g_strdup (to);
}

static gboolean
has_expired (gpointer key, gpointer value, gpointer user_data)
{
  const GroupRequest *request = value;
  GhGroupRequests *requests = ((gpointer *) user_data)[0];
  const gint64 now_us = *(const gint64 *) ((gpointer *) user_data)[1];
  (void) key;
  if (request->expires_us > now_us)
    return FALSE;
  requests->n_targets -= g_hash_table_size (request->targets);
  return TRUE;
}

static gboolean
is_full (const GhGroupRequests *requests)
{
  return g_hash_table_size (requests->by_id) >= GH_GROUP_REQUESTS_MAX
         || requests->n_targets >= GH_GROUP_TARGETS_MAX;
}

/* Takes @target. */
static gboolean
admit (GhGroupRequests *requests, const char *id, char *target, gint64 expires_us, gint64 now_us,
       GhFault *fault)
{
  gpointer sweep[] = { requests, &now_us };
  if (is_full (requests))
    g_hash_table_foreach_remove (requests->by_id, has_expired, sweep);
  GroupRequest *request = g_hash_table_lookup (requests->by_id, id);
  if (request != NULL && request->expires_us <= now_us)
    {
      (void) has_expired (NULL, request, sweep);
      g_hash_table_remove (requests->by_id, id);
      request = NULL;
    }
  if (is_full (requests))
    {
      g_free (target);
      return gh_fault_set (fault, GH_ERROR_OVERLOADED,
                           "gid: too many group requests are under way; try again");
    }
  if (request == NULL)
    {
      request = g_new0 (GroupRequest, 1);
      request->id = g_strdup (id);
      request->expires_us = expires_us;
      request->targets = g_hash_table_new_full (gh_text_hash, g_str_equal, g_free, NULL);
      g_hash_table_insert (requests->by_id, request->id, request);
    }
  if (!g_hash_table_add (request->targets, target))
    return gh_fault_set (fault, GH_ERROR_GROUP_REQUEST,
                         "gid: this group request has been at this target before");
  requests->n_targets++;
  return TRUE;
}

gboolean
gh_group_requests_admit (GhService *service, const char *id, const char *to, gint64 expires_us,
                         GhFault *fault)
{
  GhGroupRequests *requests = service->group_requests;
  char *target = canonical_target (service, to);
  const gint64 now_us = gh_clock_wall_us (service->clock);
  g_mutex_lock (&requests->lock);
  const gboolean admitted = admit (requests, id, target, expires_us, now_us, fault);
  g_mutex_unlock (&requests->lock);
  return admitted;
}

void
gh_group_requests_forget (GhGroupRequests *requests, const char *id)
{
  g_mutex_lock (&requests->lock);
  const GroupRequest *request = g_hash_table_lookup (requests->by_id, id);
  if (request != NULL)
    {
      requests->n_targets -= g_hash_table_size (request->targets);
      g_hash_table_remove (requests->by_id, id);
    }
  g_mutex_unlock (&requests->lock);
}

guint
gh_group_requests_count (GhGroupRequests *requests)
{
  g_mutex_lock (&requests->lock);
  const guint n = g_hash_table_size (requests->by_id);
  g_mutex_unlock (&requests->lock);
  return n;
}
