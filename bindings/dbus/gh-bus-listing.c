/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-listing.h"

struct _GhBusListing {
  GhCse *cse;
  GHashTable *known;
  GPtrArray *invocations;
  GMainContext *context;
  GSource *ended;
  GhBusListedFunc done;
  gpointer user_data;
  GThread *thread;
};

void
gh_bus_listing_each (GhCse *cse, GhBusPathFunc func, gpointer user_data)
{
  static const char *const alone[] = { "", NULL };

  for (guint i = 0; i < gh_bus_n_kinds; i++)
    {
      const GhBusKind *kind = &gh_bus_kinds[i];
      g_auto (GStrv) ids = kind->list != NULL ? kind->list (cse, GH_BUS_MAX_LISTED)
                                              : g_strdupv ((char **) alone);

      for (guint k = 0; ids[k] != NULL; k++)
        func (gh_bus_kind_path (kind, ids[k]), user_data);
    }
}

static void
learn (char *path, gpointer user_data)
{
  GhBusListing *listing = user_data;
  g_autofree char *id = NULL;
  const GhBusKind *kind = gh_bus_kind_of_path (path, &id);
  GVariant *now = gh_bus_kind_properties (kind, listing->cse, id);

  if (now != NULL)
    g_hash_table_replace (listing->known, path, now);
  else
    g_free (path);
}

static GVariant *
managed_objects (GHashTable *known)
{
  g_auto (GVariantBuilder) all = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{oa{sa{sv}}}"));
  GHashTableIter iter;
  gpointer path, properties;

  g_hash_table_iter_init (&iter, known);
  while (g_hash_table_iter_next (&iter, &path, &properties))
    {
      g_autofree char *id = NULL;
      const GhBusKind *kind = gh_bus_kind_of_path (path, &id);
      g_auto (GVariantBuilder) one = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{sa{sv}}"));

      g_variant_builder_add (&one, "{s@a{sv}}", kind->info->name, properties);
      g_variant_builder_add (&all, "{o@a{sa{sv}}}", path, g_variant_builder_end (&one));
    }
  return g_variant_new ("(@a{oa{sa{sv}}})", g_variant_builder_end (&all));
}

/* The answer becomes octets in here, too. */
static gpointer
run (gpointer data)
{
  GhBusListing *listing = data;
  g_autoptr (GVariant) reply = NULL;

  if (g_hash_table_size (listing->known) == 0)
    gh_bus_listing_each (listing->cse, learn, listing);
  reply = g_variant_ref_sink (managed_objects (listing->known));
  for (guint i = 0; i < listing->invocations->len; i++)
    g_dbus_method_invocation_return_value (listing->invocations->pdata[i], reply);
  g_source_attach (listing->ended, listing->context);
  return NULL;
}

static gboolean
tell_done (gpointer data)
{
  const GhBusListing *listing = data;

  listing->done (listing->user_data);
  return G_SOURCE_REMOVE;
}

GhBusListing *
gh_bus_listing_start (GhCse *cse, GHashTable *known, GPtrArray *invocations, GhBusListedFunc done,
                      gpointer user_data)
{
  GhBusListing *listing = g_new0 (GhBusListing, 1);

  listing->cse = g_object_ref (cse);
  listing->known = g_hash_table_ref (known);
  listing->invocations = invocations;
  listing->done = done;
  listing->user_data = user_data;
  listing->context = g_main_context_ref_thread_default ();
  listing->ended = g_idle_source_new ();
  g_source_set_priority (listing->ended, G_PRIORITY_DEFAULT);
  g_source_set_callback (listing->ended, tell_done, listing, NULL);
  listing->thread = g_thread_new ("bus-listing", run, listing);
  return listing;
}

void
gh_bus_listing_free (GhBusListing *listing)
{
  g_thread_join (listing->thread);
  g_source_destroy (listing->ended);
  g_source_unref (listing->ended);
  g_main_context_unref (listing->context);
  g_ptr_array_unref (listing->invocations);
  g_hash_table_unref (listing->known);
  g_object_unref (listing->cse);
  g_free (listing);
}
