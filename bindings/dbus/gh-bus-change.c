/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-change.h"

#include <string.h>

static const struct {
  const char *name;
  gsize of_credential, of_change;
} rows[] = {
  { "identities", G_STRUCT_OFFSET (GhCredential, identities),
    G_STRUCT_OFFSET (GhVaultChange, identities) },
  { "stems", G_STRUCT_OFFSET (GhCredential, stems), G_STRUCT_OFFSET (GhVaultChange, stems) },
  { "app-ids", G_STRUCT_OFFSET (GhCredential, app_ids), G_STRUCT_OFFSET (GhVaultChange, app_ids) },
};
G_STATIC_ASSERT (G_N_ELEMENTS (rows) == GH_BUS_N_LISTS);

void
gh_bus_change_clear (GhBusChange *change)
{
  for (guint i = 0; i < GH_BUS_N_LISTS; i++)
    g_clear_pointer (&change->lists[i], g_ptr_array_unref);
}

static gboolean
refuse (const char *key, const char *expected, GError **error)
{
  g_set_error (error, GH_ERROR, GH_ERROR_BAD_REQUEST, "%.32s: %s is expected", key, expected);
  return FALSE;
}

/* The list as it is to be, beginning with what it is; NULL at its end comes last. */
static GPtrArray *
list_of (GhBusChange *out, const GhCredential *credential, guint row)
{
  const char *const *now = G_STRUCT_MEMBER (const char *const *, credential,
                                            rows[row].of_credential);

  if (out->lists[row] == NULL)
    {
      out->lists[row] = g_ptr_array_new_null_terminated (8, g_free, TRUE);
      for (guint i = 0; now[i] != NULL; i++)
        g_ptr_array_add (out->lists[row], g_strdup (now[i]));
    }
  return out->lists[row];
}

static gboolean
change_list (GPtrArray *list, const char *name, gboolean adds, const char *text, GError **error)
{
  guint at;
  const gboolean there = g_ptr_array_find_with_equal_func (list, text, g_str_equal, &at);

  if (adds && !there)
    g_ptr_array_add (list, g_strdup (text));
  if (!adds && !there)
    {
      g_set_error (error, GH_ERROR, GH_ERROR_NOT_FOUND, "%s: \"%.128s\" is not among them", name,
                   text);
      return FALSE;
    }
  if (!adds)
    g_ptr_array_remove_index (list, at);
  return TRUE;
}

/* "add-stems", "remove-app-ids" */
static gboolean
set_list (GhBusChange *out, const GhCredential *credential, const char *key, GVariant *value,
          GError **error)
{
  const gboolean adds = g_str_has_prefix (key, "add-");
  const char *name = adds ? key + 4 : g_str_has_prefix (key, "remove-") ? key + 7 : "";
  g_autofree const char **texts = NULL;
  guint row = 0;

  while (row < G_N_ELEMENTS (rows) && strcmp (rows[row].name, name) != 0)
    row++;
  if (row == G_N_ELEMENTS (rows))
    {
      g_set_error (error, GH_ERROR, GH_ERROR_BAD_REQUEST, "%.32s: nothing that can be changed",
                   key);
      return FALSE;
    }
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY))
    return refuse (key, "as", error);
  texts = g_variant_get_strv (value, NULL);
  for (guint i = 0; texts[i] != NULL; i++)
    if (!change_list (list_of (out, credential, row), name, adds, texts[i], error))
      return FALSE;
  return TRUE;
}

static gboolean
set_time (GhBusChange *out, const char *key, GVariant *value, gint64 none, GError **error)
{
  gint64 *to = strcmp (key, "not-after") == 0 ? &out->change.not_after_us
                                              : &out->change.not_before_us;
  const gint64 seconds = g_variant_is_of_type (value, G_VARIANT_TYPE_INT64)
                           ? g_variant_get_int64 (value)
                           : -1;

  if (seconds < 0 || seconds > G_MAXINT64 / G_USEC_PER_SEC)
    return refuse (key, "seconds since 1970", error);
  *to = seconds == 0 ? none : seconds * G_USEC_PER_SEC;
  out->change.validity = TRUE;
  return TRUE;
}

static gboolean
set_key (GhBusChange *out, const GhCredential *credential, const char *key, GVariant *value,
         GError **error)
{
  if (strcmp (key, "not-before") == 0)
    return set_time (out, key, value, 0, error);
  if (strcmp (key, "not-after") == 0)
    return set_time (out, key, value, GH_NEVER_US, error);
  return set_list (out, credential, key, value, error);
}

gboolean
gh_bus_change_parse (GVariant *changes, const GhCredential *credential, GhBusChange *out,
                     GError **error)
{
  const gsize n = g_variant_n_children (changes);

  *out = (GhBusChange){ .change.not_before_us = credential->not_before_us,
                        .change.not_after_us = credential->not_after_us };
  if (n == 0)
    return refuse ("changes", "at least one", error);
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) value = NULL;
      const char *key;

      g_variant_get_child (changes, i, "{&sv}", &key, &value);
      if (!set_key (out, credential, key, value, error))
        return FALSE;
    }
  for (guint i = 0; i < GH_BUS_N_LISTS; i++)
    if (out->lists[i] != NULL)
      G_STRUCT_MEMBER (gpointer, &out->change, rows[i].of_change) = out->lists[i]->pdata;
  return TRUE;
}
