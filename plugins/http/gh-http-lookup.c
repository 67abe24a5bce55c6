/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-http-lookup.h"

#define MAX_THREADS 4

struct _GhHttpLookup {
  gint ref_count;
  gint done; /* atomic; then nothing changes any more */
  char *host;
  GList *addresses; /* GInetAddress */
};

void
gh_http_lookup_unref (GhHttpLookup *lookup)
{
  if (!g_atomic_int_dec_and_test (&lookup->ref_count))
    return;
  g_free (lookup->host);
  g_list_free_full (lookup->addresses, g_object_unref);
  g_free (lookup);
}

static void
find (gpointer data, gpointer user_data)
{
  GhHttpLookup *lookup = data;
  g_autoptr (GResolver) resolver = g_resolver_get_default ();

  lookup->addresses = g_resolver_lookup_by_name (resolver, lookup->host, NULL, NULL);
  g_atomic_int_set (&lookup->done, TRUE);
  gh_http_lookup_unref (lookup);
}

GThreadPool *
gh_http_lookup_pool (void)
{
  return g_thread_pool_new (find, NULL, MAX_THREADS, FALSE, NULL);
}

GhHttpLookup *
gh_http_lookup_new (GThreadPool *pool, const char *host)
{
  GhHttpLookup *lookup = g_new0 (GhHttpLookup, 1);
  GInetAddress *address = g_inet_address_new_from_string (host);

  lookup->ref_count = 1;
  lookup->host = g_strdup (host);
  if (address != NULL)
    {
      lookup->addresses = g_list_prepend (NULL, address);
      lookup->done = TRUE;
      return lookup;
    }
  g_atomic_int_inc (&lookup->ref_count);
  g_thread_pool_push (pool, lookup, NULL);
  return lookup;
}

gboolean
gh_http_lookup_is_done (GhHttpLookup *lookup)
{
  return g_atomic_int_get (&lookup->done);
}

GInetAddress *
gh_http_lookup_get (GhHttpLookup *lookup, guint index)
{
  return g_list_nth_data (lookup->addresses, index);
}
