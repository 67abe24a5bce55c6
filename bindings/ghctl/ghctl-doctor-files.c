/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-doctor.h"

#include "base/gh-error.h"
#include "gh-cse-config.h"
#include "plugin/gh-file-trust.h"
#include "plugin/gh-manifest.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* The part of the doctor that looks at files. */

#define LITTLE_SPACE (100 * 1024 * 1024)

/* --- configuration --- */

static char *
state_folder (const GhConfig *config)
{
  const char *path = gh_config_get_string (config, "store", "path");

  if (path != NULL)
    return g_path_get_dirname (path);
  return geteuid () == 0 ? g_strdup (GH_STATE_DIR)
                         : g_build_filename (g_get_user_state_dir (), "gatehouse", NULL);
}

void
ghctl_doctor_configuration (GhctlDoctor *doctor)
{
  const char *topic = N_ ("configuration");
  g_autoptr (GError) error = NULL;

  if (!g_file_test (doctor->config_path, G_FILE_TEST_EXISTS))
    ghctl_doctor_find (
      doctor, GHCTL_FINDING_OK, topic,
      g_strdup_printf (_ ("there is no %s: the defaults count"), doctor->config_path), NULL);
  else if ((doctor->config = gh_config_load (doctor->config_path, gh_cse_config_keys, &error))
           != NULL)
    ghctl_doctor_find (doctor, GHCTL_FINDING_OK, topic,
                       g_strdup_printf (_ ("%s is well-formed"), doctor->config_path), NULL);
  else
    ghctl_doctor_find (doctor, GHCTL_FINDING_ERROR, topic, g_strdup (error->message),
                       g_strdup (_ ("gatehouse.conf(5) describes every key; \"gatehoused "
                                    "--print-config\" prints them")));
  if (doctor->config == NULL)
    doctor->config = gh_config_new (gh_cse_config_keys);
  doctor->folder = state_folder (doctor->config);
}

/* --- the state folder --- */

static void
check_space (GhctlDoctor *doctor)
{
  struct statvfs space;

  if (statvfs (doctor->folder, &space) != 0)
    return;
  const gint64 free_octets = (gint64) space.f_bavail * (gint64) space.f_frsize;
  g_autofree char *size = ghctl_size (free_octets);
  if (free_octets < LITTLE_SPACE)
    ghctl_doctor_find (doctor, GHCTL_FINDING_ERROR, N_ ("space"),
                       g_strdup_printf (_ ("only %s are free for %s"), size, doctor->folder),
                       g_strdup (_ ("make room, or bound containers with [limits] instances")));
  else
    ghctl_doctor_find (doctor, GHCTL_FINDING_OK, N_ ("space"),
                       g_strdup_printf (_ ("%s are free for %s"), size, doctor->folder), NULL);
}

/* Ours, or of whom the folder is, and of nobody else's business. */
static gboolean
check_mode (GhctlDoctor *doctor, const char *path, const struct stat *folder, mode_t mode)
{
  struct stat status;

  if (lstat (path, &status) != 0)
    return TRUE;
  if ((status.st_mode & 07777 & ~mode) != 0)
    {
      ghctl_doctor_find (
        doctor, GHCTL_FINDING_ERROR, N_ ("files"),
        g_strdup_printf (_ ("%s: mode %04o lets others in"), path, (guint) status.st_mode & 07777),
        g_strdup_printf ("chmod %04o %s", (guint) mode, path));
      return FALSE;
    }
  if (status.st_uid != folder->st_uid)
    {
      ghctl_doctor_find (doctor, GHCTL_FINDING_ERROR, N_ ("files"),
                         g_strdup_printf (_ ("%s belongs to user %u, its folder to user %u"), path,
                                          (guint) status.st_uid, (guint) folder->st_uid),
                         g_strdup_printf ("chown %u %s", (guint) folder->st_uid, path));
      return FALSE;
    }
  return TRUE;
}

void
ghctl_doctor_files (GhctlDoctor *doctor)
{
  static const char *const names[] = { "gatehouse.db", "gatehouse.db-wal", "vault", "vault.key" };
  struct stat folder;
  gboolean good;

  if (stat (doctor->folder, &folder) != 0)
    {
      ghctl_doctor_find (
        doctor, errno == ENOENT ? GHCTL_FINDING_OK : GHCTL_FINDING_ERROR, N_ ("files"),
        errno == ENOENT ? g_strdup_printf (_ ("%s is made at the first start"), doctor->folder)
                        : g_strdup_printf ("%s: %s", doctor->folder, g_strerror (errno)),
        NULL);
      return;
    }
  check_space (doctor);
  /* That the folder is open to others matters only if what is in it is, too. */
  good = (folder.st_mode & 0022) == 0;
  if (!good)
    ghctl_doctor_find (doctor, GHCTL_FINDING_ERROR, N_ ("files"),
                       g_strdup_printf (_ ("%s: others may write into it"), doctor->folder),
                       g_strdup_printf ("chmod go-w %s", doctor->folder));
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (doctor->folder, names[i], NULL);
      good = check_mode (doctor, path, &folder, 0600) && good;
    }
  if (good)
    ghctl_doctor_find (doctor, GHCTL_FINDING_OK, N_ ("files"),
                       g_strdup_printf (_ ("%s is closed to others"), doctor->folder), NULL);
}

/* --- plugins --- */

/* The manifest, and the module that it is about. */
static gboolean
check_plugin_in (const char *path, const char *name, GError **error)
{
  g_autofree char *file = g_strconcat (name, ".plugin", NULL);
  const int folder = gh_file_trust_open_folder (path, error);
  gsize length = 0;
  guint8 digest[32];
  gboolean good = FALSE;

  if (folder < 0)
    return FALSE;
  g_autofree char *text = gh_file_trust_read (folder, path, file, GH_MANIFEST_MAX_SIZE, &length,
                                              error);
  g_autoptr (GhManifest) manifest = text != NULL ? gh_manifest_parse (text, length, file, error)
                                                 : NULL;
  const int module = manifest != NULL
                       ? gh_file_trust_seal (folder, path, manifest->module, digest, error)
                       : -1;
  if (module >= 0)
    {
      close (module);
      good = memcmp (digest, manifest->digest, sizeof digest) == 0;
      if (!good)
        g_set_error (error, GH_ERROR, GH_ERROR_PLUGIN,
                     _ ("%s/%s is not the module that its manifest is about"), path,
                     manifest->module);
    }
  close (folder);
  return good;
}

static void
check_plugin (GhctlDoctor *doctor, const char *name)
{
  const char *const *folders = gh_config_get_list (doctor->config, "plugins", "path");
  g_autoptr (GError) error = NULL;

  for (; folders != NULL && *folders != NULL; folders++)
    {
      g_autofree char *file = g_strdup_printf ("%s/%s.plugin", *folders, name);
      g_clear_error (&error);
      if (check_plugin_in (*folders, name, &error))
        {
          ghctl_doctor_find (doctor, GHCTL_FINDING_OK, N_ ("plugins"),
                             g_strdup_printf (_ ("%s: manifest and module belong together"), file),
                             NULL);
          return;
        }
      if (!g_error_matches (error, GH_ERROR, GH_ERROR_NOT_FOUND))
        break;
    }
  ghctl_doctor_find (
    doctor, GHCTL_FINDING_WARNING, N_ ("plugins"),
    g_strdup_printf ("%s: %s", name, error != NULL ? error->message : _ ("not found")),
    g_strdup (
      _ ("install it again, or take it out of [plugins] load; what a build has inside needs "
         "no file")));
}

void
ghctl_doctor_plugins (GhctlDoctor *doctor)
{
  const char *const *names = gh_config_get_list (doctor->config, "plugins", "load");

  for (; names != NULL && *names != NULL; names++)
    check_plugin (doctor, *names);
}
