/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-cse-settings-file.h"

#include "gh-cse-config.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD                                                                                    \
  " Written by gatehoused; see gatehoused(8). Change it with \"ghctl plugin set\" and \"ghctl " \
  "plugin reset\", or remove it while gatehoused does not run."

static void
copy_into (GKeyFile *to, GKeyFile *from)
{
  g_auto (GStrv) groups = g_key_file_get_groups (from, NULL);

  for (guint i = 0; groups[i] != NULL; i++)
    {
      g_auto (GStrv) keys = g_key_file_get_keys (from, groups[i], NULL, NULL);

      for (guint k = 0; keys != NULL && keys[k] != NULL; k++)
        {
          g_autofree char *value = g_key_file_get_value (from, groups[i], keys[k], NULL);

          g_key_file_set_value (to, groups[i], keys[k], value);
        }
    }
}

GKeyFile *
gh_cse_settings_copy (GKeyFile *from)
{
  GKeyFile *copy = g_key_file_new ();

  copy_into (copy, from);
  return copy;
}

gboolean
gh_cse_settings_apply (GKeyFile *from, GhConfig *config, gboolean only_new, GError **error)
{
  g_auto (GStrv) groups = g_key_file_get_groups (from, NULL);

  for (guint i = 0; groups[i] != NULL; i++)
    {
      g_auto (GStrv) keys = g_key_file_get_keys (from, groups[i], NULL, NULL);

      for (guint k = 0; keys != NULL && keys[k] != NULL; k++)
        {
          g_autofree char *value = g_key_file_get_value (from, groups[i], keys[k], NULL);

          if ((!only_new || !gh_config_is_overridden (config, groups[i], keys[k]))
              && !gh_config_set (config, groups[i], keys[k], value, error))
            return FALSE;
        }
    }
  return TRUE;
}

gboolean
gh_cse_settings_write (const char *path, GKeyFile *kept, GError **error)
{
  g_autoptr (GKeyFile) whole = gh_cse_settings_copy (kept);
  g_autofree char *text = NULL;
  g_autoptr (GError) local = NULL;
  gsize length;

  if (path == NULL)
    {
      g_set_error_literal (error, GH_ERROR, GH_ERROR_BAD_REQUEST,
                           "nothing is kept, because the store of this CSE is in memory; it can be "
                           "set for this run only");
      return FALSE;
    }
  (void) g_key_file_set_comment (whole, NULL, NULL, HEAD, NULL);
  text = g_key_file_to_data (whole, &length, NULL);
  if (g_file_set_contents_full (path, text, (gssize) length,
                                G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                &local))
    return TRUE;
  g_set_error (error, GH_ERROR, GH_ERROR_STORE, "settings: %s", local->message);
  return FALSE;
}

typedef struct {
  GKeyFile *into;
  const char *path;
  GError *error;
} Reading;

static void
take_key (const char *group, const char *key, const char *text, gpointer user_data)
{
  Reading *reading = user_data;
  const gboolean of_plugins = strcmp (group, "plugins") == 0 && strcmp (key, "load-also") == 0;

  if (of_plugins || gh_cse_config_is_of_plugin (group))
    g_key_file_set_value (reading->into, group, key, text);
  else if (reading->error == NULL)
    g_set_error (&reading->error, GH_ERROR, GH_ERROR_CONFIG,
                 "%s: [%s] %s: only keys of plugins stand here; put it into gatehouse.conf",
                 reading->path, group, key);
}

/* In a folder that is ours alone, but perhaps somebody has copied it there. */
static gboolean
check_owner (const char *path, GError **error)
{
  struct stat status;

  if (lstat (path, &status) != 0)
    g_set_error (error, GH_ERROR, GH_ERROR_CONFIG, "%s: %s", path, g_strerror (errno));
  else if (!S_ISREG (status.st_mode))
    g_set_error (error, GH_ERROR, GH_ERROR_CONFIG, "%s: is not a regular file", path);
  else if (status.st_uid != geteuid () && status.st_uid != 0)
    g_set_error (error, GH_ERROR, GH_ERROR_CONFIG, "%s: belongs to somebody else", path);
  else if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    g_set_error (error, GH_ERROR, GH_ERROR_CONFIG, "%s: others can write to it", path);
  else
    return TRUE;
  return FALSE;
}

gboolean
gh_cse_settings_read (const char *path, GKeyFile *into, GError **error)
{
  g_autoptr (GhConfig) file = NULL;
  Reading reading = { into, path, NULL };

  if (path == NULL || !g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  if (!check_owner (path, error))
    return FALSE;
  file = gh_config_load (path, gh_cse_config_keys, error);
  if (file == NULL)
    return FALSE;
  gh_config_each_set (file, take_key, &reading);
  if (reading.error == NULL)
    return TRUE;
  g_propagate_error (error, reading.error);
  return FALSE;
}
