/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-credential.h"
#include "ghctl-json.h"

#include <glib/gi18n.h>
#include <string.h>

/* Credentials, as they are listed and shown. */

#define PAGE 500

static void
put_more (const char *text)
{
  g_print ("  ");
  ghctl_put (text, GHCTL_PLAIN, NULL);
}

/* "state      ID  owner: NAME  administrator  identities" */
static void
print_row (GVariant *credential)
{
  const char *id = "", *state = "", *owner = "";
  g_autofree const char **identities = NULL;
  g_autofree char *joined = NULL;
  gboolean administrator = FALSE;

  g_variant_lookup (credential, "id", "&s", &id);
  g_variant_lookup (credential, "state", "&s", &state);
  g_variant_lookup (credential, "owner", "&s", &owner);
  g_variant_lookup (credential, "identities", "^a&s", &identities);
  g_variant_lookup (credential, "administrator", "b", &administrator);
  joined = g_strjoinv (" ", (char **) identities);
  g_print ("%-10s ", state);
  ghctl_put (id, GHCTL_PLAIN, NULL);
  if (strcmp (id, owner) != 0)
    {
      g_autofree char *whose = g_strdup_printf (_ ("owner: %s"), owner);
      put_more (whose);
    }
  if (administrator)
    put_more (_ ("administrator"));
  if (joined[0] != '\0')
    put_more (joined);
  g_print ("\n");
}

gboolean
ghctl_credential_list (GhctlRun *run, GError **error)
{
  const GhctlCredentialOptions *options = run->options;
  guint64 after = 0;
  gsize n;

  do
    {
      GhctlCall call = { GHCTL_CREDENTIALS,
                         "List",
                         g_variant_new ("(stu)", options->kind != NULL ? options->kind : "", after,
                                        (guint32) PAGE),
                         "(aa{sv})",
                         -1,
                         -1 };
      g_autoptr (GVariant) answer = ghctl_call (run->connection, &call, error);
      g_autoptr (GVariant) list = NULL;

      if (answer == NULL)
        return FALSE;
      list = g_variant_get_child_value (answer, 0);
      n = g_variant_n_children (list);
      for (gsize i = 0; i < n; i++)
        {
          g_autoptr (GVariant) credential = g_variant_get_child_value (list, i);

          if (run->json)
            ghctl_json_print_variant (credential);
          else
            print_row (credential);
          g_variant_lookup (credential, "number", "t", &after);
        }
    }
  while (n == PAGE);
  return TRUE;
}

static void
print_time (const char *key, gint64 seconds)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (seconds);
  g_autofree char *text = time != NULL ? g_date_time_format_iso8601 (time) : NULL;

  g_print ("%-15s%s\n", key, text != NULL ? text : "?");
}

/* @value: of the key; what is empty is not shown */
static void
print_property (const char *key, GVariant *value)
{
  g_autofree char *text = NULL;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
    {
      if (g_variant_get_int64 (value) != 0)
        print_time (key, g_variant_get_int64 (value));
      return;
    }
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY))
    {
      g_autofree const char **texts = g_variant_get_strv (value, NULL);
      text = g_strjoinv (" ", (char **) texts);
    }
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    text = g_variant_dup_string (value, NULL);
  else
    text = g_variant_print (value, FALSE);
  if (text[0] == '\0')
    return;
  g_print ("%-15s", key);
  ghctl_put (text, GHCTL_PLAIN, NULL);
  g_print ("\n");
}

/* A dictionary has no order: what tells which one it is comes first, and the rest by the alphabet.
 */
static gint
compare_keys (gconstpointer a, gconstpointer b)
{
  static const char *const first[] = { "id", "kind", "subject", "state", NULL };
  const char *const *x = a, *const *y = b;
  gsize place_x = 0, place_y = 0;

  while (first[place_x] != NULL && strcmp (first[place_x], *x) != 0)
    place_x++;
  while (first[place_y] != NULL && strcmp (first[place_y], *y) != 0)
    place_y++;
  return place_x != place_y ? (place_x < place_y ? -1 : 1) : strcmp (*x, *y);
}

static void
print_credential (GVariant *credential)
{
  g_autoptr (GPtrArray) keys = g_ptr_array_new ();
  GVariantIter iter;
  const char *key;

  g_variant_iter_init (&iter, credential);
  while (g_variant_iter_next (&iter, "{&sv}", &key, NULL))
    g_ptr_array_add (keys, (char *) key);
  g_ptr_array_sort (keys, compare_keys);
  for (guint i = 0; i < keys->len; i++)
    {
      g_autoptr (GVariant) value = g_variant_lookup_value (credential, keys->pdata[i], NULL);
      print_property (keys->pdata[i], value);
    }
}

gboolean
ghctl_credential_show (GhctlRun *run, GError **error)
{
  GhctlCall call = { GHCTL_CREDENTIALS, "Show", g_variant_new ("(s)", run->arguments[0]),
                     "(a{sv})",         -1,     -1 };
  g_autoptr (GVariant) answer = ghctl_call (run->connection, &call, error);
  g_autoptr (GVariant) credential = NULL;

  if (answer == NULL)
    return FALSE;
  credential = g_variant_get_child_value (answer, 0);
  if (run->json)
    {
      g_autoptr (JsonNode) node = json_gvariant_serialize (credential);
      ghctl_print_json (node);
    }
  else
    print_credential (credential);
  return TRUE;
}
