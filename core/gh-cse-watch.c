/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-cse-watch.h"

#include "gh-cse-private.h"

void
gh_cse_watch (GhCse *cse, GhWatchFunc func, gpointer user_data)
{
  g_return_if_fail (GH_IS_CSE (cse));
  gh_watch_set (cse->watch, func, user_data);
}

typedef struct {
  GPtrArray *ids;
  guint limit;
} Listing;

static gboolean
take_id (const GhNode *node, gpointer user_data)
{
  Listing *listing = user_data;

  if (listing->ids->len == listing->limit)
    return FALSE;
  g_ptr_array_add (listing->ids, g_strdup (node->slot->id));
  return TRUE;
}

char **
gh_cse_list_applications (GhCse *cse, guint limit)
{
  Listing listing = { g_ptr_array_new (), limit };

  g_return_val_if_fail (GH_IS_CSE (cse), NULL);
  if (g_atomic_int_get (&cse->state) == GH_CSE_RUNNING)
    {
      const GhView view = gh_view_begin (cse->tree);

      gh_view_each (&view, GH_TYPE_AE, take_id, &listing);
      gh_view_end (&view);
    }
  g_ptr_array_add (listing.ids, NULL);
  return (char **) g_ptr_array_free (listing.ids, FALSE);
}

static void
add_text (GVariantDict *dict, const char *key, const char *text)
{
  g_variant_dict_insert (dict, key, "s", text != NULL ? text : "");
}

static GVariant *
list_variant (const GhValue *list)
{
  g_auto (GVariantBuilder) texts = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_STRING_ARRAY);

  for (guint i = 0; list != NULL && list->kind == GH_VALUE_LIST && i < list->length; i++)
    g_variant_builder_add (&texts, "s", gh_value_text (&list->items[i]));
  return g_variant_builder_end (&texts);
}

static GVariant *
describe (const GhResource *resource)
{
  const GhIdentity *identity = &resource->identity;
  const gint64 expires_us = identity->expiration_us;
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  add_text (&dict, "ae-id", identity->resource_id);
  add_text (&dict, "app-id", gh_resource_get_text (resource, "api"));
  add_text (&dict, "app-name", gh_resource_get_text (resource, "apn"));
  add_text (&dict, "name", identity->name);
  g_variant_dict_insert_value (&dict, "points-of-access",
                               list_variant (gh_resource_get (resource, "poa")));
  g_variant_dict_insert (&dict, "reachable", "b", gh_resource_get_boolean (resource, "rr", FALSE));
  g_variant_dict_insert (&dict, "created", "x", identity->creation_us / G_USEC_PER_SEC);
  g_variant_dict_insert (&dict, "expires", "x",
                         expires_us == GH_NEVER_US ? (gint64) 0 : expires_us / G_USEC_PER_SEC);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

GVariant *
gh_cse_dup_application (GhCse *cse, const char *id)
{
  GVariant *found = NULL;
  GhNode node;

  g_return_val_if_fail (GH_IS_CSE (cse), NULL);
  if (g_atomic_int_get (&cse->state) != GH_CSE_RUNNING)
    return NULL;
  const GhView view = gh_view_begin (cse->tree);
  if (gh_view_find (&view, id, &node) && node.slot->type->number == GH_TYPE_AE)
    found = describe (node.resource);
  gh_view_end (&view);
  return found;
}
