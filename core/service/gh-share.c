/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-share.h"

#include <string.h>

#include "service/gh-job.h"

static gint
compare_names (gconstpointer a, gconstpointer b, gpointer user_data)
{
  (void) user_data;
  return strcmp (a, b);
}

GhShares *
gh_shares_new (void)
{
  /* clients choose names, so nothing is hashed */
  return g_tree_new_full (compare_names, NULL, g_free, g_free);
}

void
gh_shares_free (GhShares *shares)
{
  g_tree_unref (shares);
}

char *
gh_share_name (const GhService *service, const char *from)
{
  const char *local = gh_strip_home (service, from), *end = from;
  if (local != NULL)
    return g_strdup (local);
  if (strncmp (from, "//", 2) == 0)
    end = from + 2 + strcspn (from + 2, "/");
  if (*end == '/')
    end += 1 + strcspn (end + 1, "/");
  else
    end += strlen (end);
  return g_strndup (from, (gsize) (end - from));
}

guint64
gh_share_of (const GhService *service, guint64 room)
{
  const guint64 percent = service->options.originator_share;
  return MAX (room / 100 * percent + room % 100 * percent / 100, 1);
}

GhShare
gh_shares_get (GhShares *shares, const char *name)
{
  const GhShare *share = g_tree_lookup (shares, name);
  return share != NULL ? *share : (GhShare){ 0 };
}

void
gh_shares_take (GhShares *shares, const char *name, guint64 octets)
{
  GhShare *share = g_tree_lookup (shares, name);
  if (share == NULL)
    {
      share = g_new0 (GhShare, 1);
      g_tree_insert (shares, g_strdup (name), share);
    }
  share->n++;
  share->octets += octets;
}

void
gh_shares_give_back (GhShares *shares, const char *name, guint64 octets)
{
  GhShare *share = g_tree_lookup (shares, name);
  share->octets -= octets;
  if (--share->n == 0)
    g_tree_remove (shares, name);
}
