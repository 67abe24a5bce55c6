/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-kind.h"

#include "gh-bus-audit.h"
#include "gh-bus-draft.h"
#include "gh-bus-interface.h"
#include "gh-bus-object.h"
#include "gh-bus-plugin.h"
#include "gh-cse-security.h"
#include "gh-version.h"

#include <string.h>

#define PAGE 1000

/* --- the CSE --- */

static GVariant *
describe_cse (GhCse *cse, const char *id)
{
  g_autoptr (GVariant) status = gh_cse_dup_status (cse);
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (status);

  (void) id;
  g_variant_dict_insert (&dict, "version", "s", gh_version_string ());
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

/* --- plugins --- */

typedef gboolean (*PluginFunc) (GVariant *plugin, const char *name, gpointer user_data);

static void
each_plugin (GhCse *cse, PluginFunc func, gpointer user_data)
{
  g_autoptr (GVariant) status = gh_cse_dup_status (cse);
  g_autoptr (GVariant) all = g_variant_lookup_value (status, "plugins", G_VARIANT_TYPE ("aa{sv}"));

  for (gsize i = 0; all != NULL && i < g_variant_n_children (all); i++)
    {
      g_autoptr (GVariant) plugin = g_variant_get_child_value (all, i);
      const char *name = "";

      g_variant_lookup (plugin, "name", "&s", &name);
      if (!func (plugin, name, user_data))
        return;
    }
}

typedef struct {
  const char *name;
  GVariant *found;
} PluginSearch;

static gboolean
is_plugin (GVariant *plugin, const char *name, gpointer user_data)
{
  PluginSearch *search = user_data;

  if (strcmp (name, search->name) == 0)
    search->found = g_variant_ref (plugin);
  return search->found == NULL;
}

static GVariant *
describe_plugin (GhCse *cse, const char *id)
{
  PluginSearch search = { id, NULL };

  each_plugin (cse, is_plugin, &search);
  return search.found;
}

static gboolean
add_plugin (GVariant *plugin, const char *name, gpointer user_data)
{
  (void) plugin;
  g_strv_builder_add (user_data, name);
  return TRUE;
}

static char **
list_plugins (GhCse *cse, guint limit)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();

  (void) limit;
  each_plugin (cse, add_plugin, names);
  return g_strv_builder_end (names);
}

/* --- credentials --- */

static GVariant *
describe_credential (GhCse *cse, const char *id)
{
  GhSecurity *security = gh_cse_get_security (cse);
  g_autoptr (GhCredential) found = NULL;
  guint64 number;

  if (security == NULL || !g_ascii_string_to_unsigned (id, 10, 1, G_MAXUINT64, &number, NULL))
    return NULL;
  found = gh_vault_find_number (gh_security_get_vault (security), number);
  return found != NULL ? g_variant_ref_sink (gh_bus_describe (found)) : NULL;
}

static void
add_number (GPtrArray *ids, guint64 number)
{
  g_ptr_array_add (ids, g_strdup_printf ("%" G_GUINT64_FORMAT, number));
}

static char **
list_credentials (GhCse *cse, guint limit)
{
  GhSecurity *security = gh_cse_get_security (cse);
  GPtrArray *ids = g_ptr_array_new ();
  gboolean more = security != NULL;
  guint64 after = 0;

  while (more && ids->len < limit)
    {
      g_autoptr (GPtrArray) page = gh_vault_list (gh_security_get_vault (security), 0, after,
                                                  MIN (PAGE, limit - ids->len));

      for (guint i = 0; i < page->len; i++)
        {
          after = ((const GhCredential *) page->pdata[i])->number;
          add_number (ids, after);
        }
      more = page->len > 0;
    }
  g_ptr_array_add (ids, NULL);
  return (char **) g_ptr_array_free (ids, FALSE);
}

/* --- associations --- */

typedef struct {
  guint64 id;
  GVariant *found;
} AssociationSearch;

static void
take_association (const GhAssociationInfo *info, gpointer user_data)
{
  AssociationSearch *search = user_data;

  if (info->id == search->id)
    search->found = g_variant_ref_sink (gh_bus_describe_association (info));
}

static GVariant *
describe_association (GhCse *cse, const char *id)
{
  GhSecurity *security = gh_cse_get_security (cse);
  AssociationSearch search = { 0, NULL };

  if (security == NULL || !g_ascii_string_to_unsigned (id, 10, 1, G_MAXUINT64, &search.id, NULL))
    return NULL;
  gh_security_list_associations (security, search.id - 1, 1, take_association, &search);
  return search.found;
}

typedef struct {
  GPtrArray *ids;
  guint64 last;
} AssociationPage;

static void
add_association (const GhAssociationInfo *info, gpointer user_data)
{
  AssociationPage *page = user_data;

  page->last = info->id;
  add_number (page->ids, info->id);
}

static char **
list_associations (GhCse *cse, guint limit)
{
  GhSecurity *security = gh_cse_get_security (cse);
  AssociationPage page = { g_ptr_array_new (), 0 };
  gboolean more = security != NULL;

  while (more && page.ids->len < limit)
    {
      const guint before = page.ids->len;

      gh_security_list_associations (security, page.last, MIN (PAGE, limit - before),
                                     add_association, &page);
      more = page.ids->len > before;
    }
  g_ptr_array_add (page.ids, NULL);
  return (char **) g_ptr_array_free (page.ids, FALSE);
}

/* --- all of them --- */

static const GhBusMember plugin_members[] = {
  { "Start", NULL, gh_bus_plugin_start, TRUE },
  { "Stop", NULL, gh_bus_plugin_stop, TRUE },
  { "Configure", NULL, gh_bus_plugin_configure, TRUE },
  { "Reset", NULL, gh_bus_plugin_reset, TRUE },
  { "Keep", NULL, gh_bus_plugin_keep, TRUE },
};

const GhBusKind gh_bus_kinds[] = {
  { GH_WATCH_CSE, GH_BUS_PATH "/cse", &org_gatehouse_gatehouse1_cse_interface, describe_cse, NULL,
    NULL, 0 },
  { GH_WATCH_APPLICATION, GH_BUS_PATH "/ae", &org_gatehouse_gatehouse1_application_interface,
    gh_cse_dup_application, gh_cse_list_applications, NULL, 0 },
  { GH_WATCH_PLUGIN, GH_BUS_PATH "/plugin", &org_gatehouse_gatehouse1_plugin_interface,
    describe_plugin, list_plugins, plugin_members, G_N_ELEMENTS (plugin_members) },
  { GH_WATCH_CREDENTIAL, GH_BUS_PATH "/credential", &org_gatehouse_gatehouse1_credential_interface,
    describe_credential, list_credentials, NULL, 0 },
  { GH_WATCH_ASSOCIATION, GH_BUS_PATH "/association",
    &org_gatehouse_gatehouse1_association_interface, describe_association, list_associations, NULL,
    0 },
};
const guint gh_bus_n_kinds = G_N_ELEMENTS (gh_bus_kinds);

const GhBusKind *
gh_bus_kind_of_watch (GhWatchKind watch)
{
  for (guint i = 0; i < gh_bus_n_kinds; i++)
    if (gh_bus_kinds[i].watch == watch)
      return &gh_bus_kinds[i];
  return NULL;
}

char *
gh_bus_kind_path (const GhBusKind *kind, const char *id)
{
  g_autofree char *escaped = NULL;

  if (kind->list == NULL)
    return g_strdup (kind->path);
  escaped = g_dbus_escape_object_path (id);
  return g_strconcat (kind->path, "/", escaped, NULL);
}

const GhBusKind *
gh_bus_kind_of_path (const char *path, char **out_id)
{
  for (guint i = 0; i < gh_bus_n_kinds; i++)
    {
      const GhBusKind *kind = &gh_bus_kinds[i];
      const gsize length = strlen (kind->path);
      g_autofree guint8 *id = NULL;

      if (kind->list == NULL && strcmp (path, kind->path) == 0)
        {
          *out_id = g_strdup ("");
          return kind;
        }
      if (kind->list == NULL || strncmp (path, kind->path, length) != 0 || path[length] != '/')
        continue;
      id = g_dbus_unescape_object_path (path + length + 1);
      *out_id = id != NULL && g_utf8_validate ((const char *) id, -1, NULL)
                  ? g_strdup ((const char *) id)
                  : NULL;
      return *out_id != NULL ? kind : NULL;
    }
  return NULL;
}

/* "PointsOfAccess" stands for "points-of-access". */
static char *
key_of (const char *property)
{
  GString *key = g_string_new (NULL);

  for (const char *p = property; *p != '\0'; p++)
    {
      if (g_ascii_isupper (*p) && p != property)
        g_string_append_c (key, '-');
      g_string_append_c (key, g_ascii_tolower (*p));
    }
  return g_string_free (key, FALSE);
}

/* What a property says of which there is nothing to say. */
static GVariant *
nothing_of (const char *type)
{
  switch (type[0])
    {
    case 'b':
      return g_variant_new_boolean (FALSE);
    case 'u':
      return g_variant_new_uint32 (0);
    case 't':
      return g_variant_new_uint64 (0);
    case 'x':
      return g_variant_new_int64 (0);
    case 'a':
      return g_variant_new_array (G_VARIANT_TYPE (type + 1), NULL, 0);
    default:
      return g_variant_new_string ("");
    }
}

GVariant *
gh_bus_kind_properties (const GhBusKind *kind, GhCse *cse, const char *id)
{
  g_autoptr (GVariant) said = kind->describe (cse, id);
  g_auto (GVariantBuilder) all = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  GVariant *properties;

  if (said == NULL)
    return NULL;
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (said);
  for (guint i = 0; kind->info->properties[i] != NULL; i++)
    {
      const GDBusPropertyInfo *property = kind->info->properties[i];
      const GVariantType *type = G_VARIANT_TYPE (property->signature);
      g_autofree char *key = key_of (property->name);
      GVariant *value = g_variant_dict_lookup_value (&dict, key, type);

      if (value == NULL)
        value = g_variant_ref_sink (nothing_of (property->signature));
      g_variant_builder_add (&all, "{sv}", property->name, value);
      g_variant_unref (value);
    }
  properties = g_variant_ref_sink (g_variant_builder_end (&all));
  /* Many of them are kept: as one block, instead of as a tree, each is a fifth as large. */
  (void) g_variant_get_data (properties);
  return properties;
}
