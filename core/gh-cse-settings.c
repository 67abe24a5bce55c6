/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-cse-settings.h"

#include "base/gh-log.h"
#include "gh-cse-config.h"
#include "gh-cse-plugins.h"
#include "gh-cse-private.h"
#include "gh-cse-security.h"
#include "gh-cse-settings-file.h"

#include <string.h>

#define FILE_NAME "settings.conf"

struct _GhCseSettings {
  char *path;      /* NULL: nothing can be kept */
  GKeyFile *kept;  /* what stands in the file */
  GKeyFile *set;   /* in this run, whether it is kept or not */
  GHashTable *run; /* name of a plugin that runs -> GhConfig that it was started with */
};

gboolean
gh_cse_settings_start (GhCse *cse, GError **error)
{
  GhCseSettings *settings = g_new0 (GhCseSettings, 1);

  cse->settings = settings;
  settings->kept = g_key_file_new ();
  settings->set = g_key_file_new ();
  settings->run = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                         (GDestroyNotify) gh_config_unref);
  if (!gh_cse_is_volatile (cse))
    {
      g_autofree char *folder = gh_cse_state_folder (cse);

      settings->path = g_build_filename (folder, FILE_NAME, NULL);
    }
  cse->file_config = gh_config_copy (cse->config);
  if (!gh_cse_settings_read (settings->path, settings->kept, error)
      || !gh_cse_settings_apply (settings->kept, cse->config, TRUE, error))
    return FALSE;
  cse->plugin_config = gh_config_ref (cse->config);
  return TRUE;
}

void
gh_cse_settings_free (GhCse *cse)
{
  GhCseSettings *settings = g_steal_pointer (&cse->settings);

  if (settings == NULL)
    return;
  g_key_file_unref (settings->kept);
  g_key_file_unref (settings->set);
  g_hash_table_unref (settings->run);
  g_free (settings->path);
  g_free (settings);
}

/* --- changes --- */

static GhPlugin *
find_plugin (GhCse *cse, const char *name, GError **error)
{
  GhPlugin *plugin = gh_plugin_manager_get_plugin (cse->plugins, name);
  g_autofree char *shown = g_utf8_make_valid (name, -1);

  if (plugin == NULL)
    g_set_error (error, GH_ERROR, GH_ERROR_NOT_FOUND, "plugin: \"%.64s\" is not loaded", shown);
  return plugin;
}

static GhPlugin *
find_configurable (GhCse *cse, const char *name, GError **error)
{
  GhPlugin *plugin = find_plugin (cse, name, error);

  if (plugin == NULL || gh_cse_config_is_of_plugin (name))
    return plugin;
  g_set_error (error, GH_ERROR, GH_ERROR_BAD_REQUEST,
               "plugin %s: it has no keys that can be set while it runs", name);
  return NULL;
}

/* What the table cannot say. */
static gboolean
check_by_plugin (GhCse *cse, GhPlugin *plugin, const GhConfig *config, GError **error)
{
  const GhTransportOps *ops = gh_plugin_get_transport_ops (plugin);
  GhTransportHost host = cse->host;

  host.config = config;
  return ops == NULL || ops->check == NULL || ops->check (&host, error);
}

static void
note_change (const char *group, const char *key, gpointer user_data)
{
  (void) key;
  if (gh_cse_config_is_live (group, key))
    *(gboolean *) user_data = TRUE;
}

/* Those that count at once. */
static gboolean
take_live (GhCse *cse, const GhConfig *before, const GhConfig *config, GError **error)
{
  gboolean live = FALSE;

  gh_config_compare (before, config, note_change, &live);
  return !live || gh_security_reload (cse->security, config, error);
}

/* One change as a whole. */
typedef struct {
  const char *name;
  GKeyFile *kept, *set; /* as they will be */
  gboolean write;
  char **keys; /* that were named */
} Change;

static GVariant *
effect_of (const Change *change)
{
  g_auto (GVariantBuilder) effect = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{ss}"));

  for (guint i = 0; change->keys[i] != NULL; i++)
    g_variant_builder_add (&effect, "{ss}", change->keys[i],
                           gh_cse_config_is_live (change->name, change->keys[i]) ? "now"
                                                                                 : "restart");
  return g_variant_ref_sink (g_variant_builder_end (&effect));
}

static void
commit (GhCse *cse, const Change *change, GhConfig *config)
{
  GhCseSettings *settings = cse->settings;
  g_autofree char *keys = g_strjoinv (" ", change->keys);

  g_mutex_lock (&cse->lock);
  (void) g_key_file_ref (change->kept);
  (void) g_key_file_ref (change->set);
  g_key_file_unref (settings->kept);
  g_key_file_unref (settings->set);
  settings->kept = change->kept;
  settings->set = change->set;
  gh_config_unref (cse->plugin_config);
  cse->plugin_config = gh_config_ref (config);
  g_mutex_unlock (&cse->lock);
  gh_log (GH_LOG_NOTICE, "plugin", "settings changed", "plugin", change->name, "keys", keys, NULL);
  gh_audit_record (gh_security_get_audit (cse->security), GH_AUDIT_SERVICE,
                   "plugin settings changed", "plugin", change->name, "keys", keys, NULL);
  gh_watch_tell (cse->watch, GH_WATCH_PLUGIN, change->name);
}

/* What of @change is in force from now on: everything, or nothing. */
static GVariant *
carry_out (GhCse *cse, GhPlugin *plugin, const Change *change, GError **error)
{
  g_autoptr (GhConfig) before = gh_cse_dup_plugin_config (cse);
  g_autoptr (GhConfig) config = gh_config_copy (cse->file_config);

  if (!gh_cse_settings_apply (change->kept, config, TRUE, error)
      || !gh_cse_settings_apply (change->set, config, FALSE, error)
      || !check_by_plugin (cse, plugin, config, error) || !take_live (cse, before, config, error))
    return NULL;
  if (change->write && !gh_cse_settings_write (cse->settings->path, change->kept, error))
    {
      if (!take_live (cse, config, before, NULL))
        gh_log (GH_LOG_WARNING, "plugin", "what was set could not be taken back", "plugin",
                change->name, NULL);
      return NULL;
    }
  commit (cse, change, config);
  return effect_of (change);
}

/* Whether @value may stand there; into both files. */
static gboolean
add_value (const Change *change, GhConfig *scratch, const char *key, const char *value,
           GError **error)
{
  if (!gh_config_set (scratch, change->name, key, value, error))
    return FALSE;
  g_key_file_set_value (change->set, change->name, key, value);
  if (change->write)
    g_key_file_set_value (change->kept, change->name, key, value);
  return TRUE;
}

GVariant *
gh_cse_configure_plugin (GhCse *cse, const char *name, GVariant *values, gboolean keep,
                         GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&cse->authority_lock);
  GhPlugin *plugin = find_configurable (cse, name, error);
  g_autoptr (GKeyFile) kept = gh_cse_settings_copy (cse->settings->kept),
                       set = gh_cse_settings_copy (cse->settings->set);
  g_autoptr (GhConfig) scratch = gh_config_new (gh_cse_config_keys);
  g_autoptr (GStrvBuilder) keys = g_strv_builder_new ();
  g_auto (GStrv) named = NULL;
  Change change = { .name = name, .kept = kept, .set = set, .write = keep };

  if (plugin == NULL)
    return NULL;
  for (gsize i = 0; i < g_variant_n_children (values); i++)
    {
      const char *key, *value;

      g_variant_get_child (values, i, "{&s&s}", &key, &value);
      if (!add_value (&change, scratch, key, value, error))
        return NULL;
      g_strv_builder_add (keys, key);
    }
  change.keys = named = g_strv_builder_end (keys);
  return carry_out (cse, plugin, &change, error);
}

GVariant *
gh_cse_reset_plugin (GhCse *cse, const char *name, const char *const *keys, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&cse->authority_lock);
  GhPlugin *plugin = find_configurable (cse, name, error);
  g_autoptr (GKeyFile) kept = gh_cse_settings_copy (cse->settings->kept),
                       set = gh_cse_settings_copy (cse->settings->set);
  g_autoptr (GhConfig) scratch = gh_config_new (gh_cse_config_keys);
  g_auto (GStrv) all = g_key_file_get_keys (set, name, NULL, NULL);
  g_auto (GStrv) old = g_key_file_get_keys (kept, name, NULL, NULL);
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  g_auto (GStrv) named = NULL;
  Change change = { .name = name, .kept = kept, .set = set };

  if (plugin == NULL)
    return NULL;
  for (guint i = 0; keys[0] == NULL && all != NULL && all[i] != NULL; i++)
    g_strv_builder_add (names, all[i]);
  for (guint i = 0; keys[0] == NULL && old != NULL && old[i] != NULL; i++)
    if (all == NULL || !g_strv_contains ((const char *const *) all, old[i]))
      g_strv_builder_add (names, old[i]);
  for (guint i = 0; keys[i] != NULL; i++)
    {
      if (!gh_config_has_key (scratch, name, keys[i], error))
        return NULL;
      g_strv_builder_add (names, keys[i]);
    }
  change.keys = named = g_strv_builder_end (names);
  for (guint i = 0; named[i] != NULL; i++)
    {
      change.write |= g_key_file_remove_key (kept, name, named[i], NULL);
      (void) g_key_file_remove_key (set, name, named[i], NULL);
    }
  return carry_out (cse, plugin, &change, error);
}

/* [plugins] load-also with or without @name. (transfer full) */
static char *
list_with (const GhConfig *config, const char *name, gboolean with)
{
  const char *const *before = gh_config_get_list (config, "plugins", "load-also");
  g_autoptr (GPtrArray) list = g_ptr_array_new ();

  for (; *before != NULL; before++)
    if (strcmp (*before, name) != 0)
      g_ptr_array_add (list, (gpointer) *before);
  if (with)
    g_ptr_array_add (list, (gpointer) name);
  g_ptr_array_add (list, NULL);
  return g_strjoinv (";", (char **) list->pdata);
}

gboolean
gh_cse_keep_plugin (GhCse *cse, const char *name, gboolean keep, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&cse->authority_lock);
  GhPlugin *plugin = find_plugin (cse, name, error);
  const char *const *named = gh_config_get_list (cse->config, "plugins", "load");
  g_autoptr (GKeyFile) kept = gh_cse_settings_copy (cse->settings->kept);
  g_autoptr (GhConfig) config = gh_cse_dup_plugin_config (cse);
  g_autofree char *list = NULL;
  char *keys[] = { (char *) "load-also", NULL };
  Change change = {
    .name = name, .kept = kept, .set = cse->settings->set, .write = TRUE, .keys = keys
  };
  g_autoptr (GVariant) effect = NULL;

  if (plugin == NULL)
    return FALSE;
  if (g_strv_contains (named, name))
    {
      g_set_error (error, GH_ERROR, GH_ERROR_BAD_REQUEST,
                   "plugin %s: it stands in [plugins] load, which decides", name);
      return FALSE;
    }
  list = list_with (config, name, keep);
  if (*list != '\0')
    g_key_file_set_value (kept, "plugins", "load-also", list);
  else
    (void) g_key_file_remove_key (kept, "plugins", "load-also", NULL);
  effect = carry_out (cse, plugin, &change, error);
  return effect != NULL;
}

GhConfig *
gh_cse_take_config (GhCse *cse, const GhConfig *config, GError **error)
{
  g_autoptr (GhConfig) both = gh_config_copy (config);
  GhConfig *file;

  if (!gh_cse_settings_apply (cse->settings->kept, both, TRUE, error)
      || !gh_cse_settings_apply (cse->settings->set, both, FALSE, error))
    return NULL;
  file = gh_config_copy (config);
  g_mutex_lock (&cse->lock);
  gh_config_unref (cse->file_config);
  cse->file_config = file;
  gh_config_unref (cse->plugin_config);
  cse->plugin_config = gh_config_ref (both);
  g_mutex_unlock (&cse->lock);
  return g_steal_pointer (&both);
}

/* --- what is told --- */

void
gh_cse_note_running (GhCse *cse, const char *name, const GhConfig *config)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&cse->lock);

  if (config == NULL)
    g_hash_table_remove (cse->settings->run, name);
  else
    g_hash_table_replace (cse->settings->run, g_strdup (name), gh_config_ref ((GhConfig *) config));
}

/* Lock held. */
static gboolean
is_pending (const GhCse *cse, const char *group, const char *key)
{
  const GhConfig *running = g_hash_table_lookup (cse->settings->run, group);

  return running != NULL && gh_cse_config_is_of_plugin (group)
         && !gh_cse_config_is_live (group, key)
         && g_strcmp0 (gh_config_get_text (running, group, key),
                       gh_config_get_text (cse->plugin_config, group, key))
              != 0;
}

gboolean
gh_cse_is_pending (GhCse *cse, const char *group, const char *key)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&cse->lock);

  return cse->settings != NULL && is_pending (cse, group, key);
}

static gboolean
was_set (const GhCse *cse, const char *group, const char *key)
{
  return g_key_file_has_key (cse->settings->set, group, key, NULL)
         || g_key_file_has_key (cse->settings->kept, group, key, NULL);
}

/* Lock held. */
static void
add_keys (const GhCse *cse, const char *name, GVariantDict *dict)
{
  g_auto (GVariantBuilder) values = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{ss}"));
  g_auto (GVariantBuilder) changed = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("as"));
  g_auto (GVariantBuilder) pending = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("as"));

  for (const GhConfigKey *row = gh_cse_config_keys; row->group != NULL; row++)
    {
      const char *text;

      if (strcmp (row->group, name) != 0)
        continue;
      text = gh_config_get_text (cse->plugin_config, row->group, row->key);
      if (text != NULL)
        g_variant_builder_add (&values, "{ss}", row->key, text);
      if (was_set (cse, row->group, row->key))
        g_variant_builder_add (&changed, "s", row->key);
      if (is_pending (cse, row->group, row->key))
        g_variant_builder_add (&pending, "s", row->key);
    }
  g_variant_dict_insert_value (dict, "settings", g_variant_builder_end (&values));
  g_variant_dict_insert_value (dict, "changed", g_variant_builder_end (&changed));
  g_variant_dict_insert_value (dict, "pending", g_variant_builder_end (&pending));
}

GVariant *
gh_cse_add_settings (GhCse *cse, GVariant *status)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&cse->lock);
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (status);
  const char *const *load, *const *also;
  const char *name = "";

  if (cse->settings == NULL || cse->plugin_config == NULL
      || !g_variant_lookup (status, "name", "&s", &name))
    return g_variant_ref (status);
  load = gh_config_get_list (cse->config, "plugins", "load");
  also = gh_config_get_list (cse->plugin_config, "plugins", "load-also");
  g_variant_dict_insert (&dict, "kept", "b",
                         g_strv_contains (load, name) || g_strv_contains (also, name));
  if (gh_cse_config_is_of_plugin (name))
    add_keys (cse, name, &dict);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}
