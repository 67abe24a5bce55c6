/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-archive.h"
#include "ghctl-command.h"
#include "ghctl-progress.h"

#include "base/gh-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Puts a backup into the state folder of a gatehoused that does not run. Everything is read and
 * checked before the first file gets its name. */

#define CHUNK 65536

typedef struct {
  gboolean json, check, replace;
  char *passphrase_file;
} Options;
#define AT(member) offsetof (Options, member)

/* In the order in which they get their names: a store without its vault would be taken for a new
 * one. */
static const struct {
  const char *part, *name;
} parts[] = { { "key", "vault.key" }, { "vault", "vault" }, { "store", "gatehouse.db" } };

/* What must not stay beside another store. */
static const char *const old_files[] = {
  "gatehouse.db", "gatehouse.db-wal", "gatehouse.db-shm", "gatehouse.db-journal",
  "vault",        "vault.key"
};

typedef struct {
  GhctlArchive *archive;
  char *folder; /* NULL: only checked */
  gid_t group;
  uid_t owner;
  GhctlProgress progress;
  gint64 done;
} Restore;

static gboolean
fail_errno (const char *what, GError **error)
{
  g_set_error (error, GHCTL_ERROR, GHCTL_USAGE, "%s: %s", what, g_strerror (errno));
  return FALSE;
}

static gint64
length_of (Restore *restore, const char *part)
{
  JsonObject *header = ghctl_archive_header (restore->archive);

  return json_object_get_int_member_with_default (header, part, -1);
}

static char *
temporary_of (Restore *restore, const char *name)
{
  return g_strdup_printf ("%s/%s.restored", restore->folder, name);
}

/* --- reading --- */

static gboolean
copy_part (Restore *restore, gint64 length, int out, GError **error)
{
  guint8 *chunk = g_malloc (CHUNK);
  gboolean done = TRUE;

  for (gint64 left = length; done && left > 0;)
    {
      const gsize n = (gsize) MIN (CHUNK, left);
      done = ghctl_archive_read (restore->archive, chunk, n, error)
             && (out < 0 || gh_file_write_all (out, chunk, n)
                 || fail_errno (restore->folder, error));
      left -= (gint64) n;
      restore->done += (gint64) n;
      ghctl_progress_update (&restore->progress, restore->done, restore->done);
    }
  /* One of them was the key. */
  memset (chunk, 0, CHUNK);
  g_free (chunk);
  return done;
}

static gboolean
write_part (Restore *restore, const char *name, gint64 length, GError **error)
{
  g_autofree char *path = temporary_of (restore, name);
  const int fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  gboolean done;

  if (fd < 0)
    return fail_errno (path, error);
  /* Root puts it back for whom the folder belongs to. */
  done = copy_part (restore, length, fd, error)
         && ((geteuid () != 0 || fchown (fd, restore->owner, restore->group) == 0)
                 && fsync (fd) == 0
               ? TRUE
               : fail_errno (path, error));
  close (fd);
  return done;
}

/* In the order of the file. */
static gboolean
read_parts (Restore *restore, GError **error)
{
  for (gsize i = G_N_ELEMENTS (parts); i > 0; i--)
    {
      const gint64 length = length_of (restore, parts[i - 1].part);
      const gboolean kept = restore->folder != NULL && length > 0;
      if (length < 0 || (length == 0 && i > 1))
        return ghctl_usage (_ ("damaged: the header does not say how long it is"), error);
      if (!(kept ? write_part (restore, parts[i - 1].name, length, error)
                 : copy_part (restore, length, -1, error)))
        return FALSE;
    }
  return ghctl_archive_check_end (restore->archive, error);
}

/* --- the folder --- */

static gboolean
is_there (Restore *restore, const char *name)
{
  g_autofree char *path = g_build_filename (restore->folder, name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static gboolean
stays (Restore *restore, const char *name)
{
  return strcmp (name, "vault.key") == 0 && length_of (restore, "key") == 0;
}

static gboolean
check_empty (Restore *restore, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (old_files); i++)
    if (is_there (restore, old_files[i]) && !stays (restore, old_files[i]))
      {
        g_set_error (error, GHCTL_ERROR, GHCTL_REFUSED,
                     _ ("%s: there is a %s already; --replace sets what is there aside"),
                     restore->folder, old_files[i]);
        return FALSE;
      }
  return TRUE;
}

/* What is there gets a folder of its own, and is not lost. */
static gboolean
set_aside (Restore *restore, GError **error)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *time = g_date_time_format (now, "before-restore-%Y%m%dT%H%M%S");
  g_autofree char *aside = g_build_filename (restore->folder, time, NULL);
  gboolean made = FALSE;

  for (gsize i = 0; i < G_N_ELEMENTS (old_files); i++)
    {
      g_autofree char *from = g_build_filename (restore->folder, old_files[i], NULL);
      g_autofree char *to = g_build_filename (aside, old_files[i], NULL);
      if (!is_there (restore, old_files[i]) || stays (restore, old_files[i]))
        continue;
      if (!made && mkdir (aside, 0700) != 0)
        return fail_errno (aside, error);
      made = TRUE;
      if (rename (from, to) != 0)
        return fail_errno (from, error);
    }
  if (made)
    g_printerr (_ ("ghctl: what was there is in %s\n"), aside);
  return TRUE;
}

static gboolean
give_names (Restore *restore, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autofree char *from = temporary_of (restore, parts[i].name);
      g_autofree char *to = g_build_filename (restore->folder, parts[i].name, NULL);
      if (length_of (restore, parts[i].part) == 0)
        continue;
      if (rename (from, to) != 0 || !gh_file_sync_folder (restore->folder))
        return fail_errno (to, error);
    }
  return TRUE;
}

static void
remove_temporaries (Restore *restore)
{
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autofree char *path = temporary_of (restore, parts[i].name);
      g_unlink (path);
    }
}

/* The lock that a daemon holds as long as it has the store open. Returns: a descriptor, or -1 */
static int
lock_folder (Restore *restore, GError **error)
{
  g_autofree char *path = g_build_filename (restore->folder, "gatehouse.db.lock", NULL);
  struct stat status;
  int fd;

  if (g_mkdir_with_parents (restore->folder, 0700) != 0 || stat (restore->folder, &status) != 0)
    return fail_errno (restore->folder, error), -1;
  restore->owner = status.st_uid;
  restore->group = status.st_gid;
  fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    return fail_errno (path, error), -1;
  if (geteuid () == 0 && fchown (fd, restore->owner, restore->group) != 0)
    g_printerr ("ghctl: %s: %s\n", path, g_strerror (errno));
  if (flock (fd, LOCK_EX | LOCK_NB) == 0)
    return fd;
  g_set_error (error, GHCTL_ERROR, GHCTL_REFUSED,
               _ ("%s: gatehoused is running there; stop it first"), restore->folder);
  close (fd);
  return -1;
}

static gboolean
restore_into (Restore *restore, gboolean replace, GError **error)
{
  const int lock = lock_folder (restore, error);
  gboolean done;

  if (lock < 0)
    return FALSE;
  done = (replace || check_empty (restore, error)) && read_parts (restore, error)
         && set_aside (restore, error) && give_names (restore, error);
  remove_temporaries (restore);
  close (lock);
  return done;
}

/* --- command --- */

static char *
state_folder (GhctlRun *run)
{
  if (run->n_arguments > 1)
    return g_strdup (run->arguments[1]);
  return geteuid () == 0 ? g_strdup (GH_STATE_DIR)
                         : g_build_filename (g_get_user_state_dir (), "gatehouse", NULL);
}

static void
say_result (const Options *options, Restore *restore)
{
  JsonObject *header = ghctl_archive_header (restore->archive);
  g_autofree char *cse = ghctl_printable (
    json_object_get_string_member_with_default (header, "cse", "?"));
  g_autofree char *time = ghctl_printable (
    json_object_get_string_member_with_default (header, "time", "?"));

  if (options->json)
    {
      g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), header);
      ghctl_print_json (node);
    }
  else
    g_print (restore->folder == NULL ? _ ("intact: %s of %s\n") : _ ("restored: %s of %s\n"), cse,
             time);
  if (restore->folder != NULL && length_of (restore, "key") == 0
      && !is_there (restore, "vault.key"))
    g_printerr (_ ("ghctl: the key of the vault is not in this backup: put it into %s/vault.key "
                   "before gatehoused starts\n"),
                restore->folder);
}

static gboolean
restore_from (GhctlRun *run, int fd, GError **error)
{
  const Options *options = run->options;
  g_autoptr (GhctlArchive) archive = ghctl_archive_open (fd, error);
  g_auto (GhctlSecret) passphrase = { NULL, 0 };
  g_autofree char *folder = options->check ? NULL : state_folder (run);
  Restore restore = { .archive = archive, .folder = folder };
  gboolean done;

  if (archive == NULL)
    return FALSE;
  if (ghctl_archive_is_sealed (archive)
      && (!ghctl_secret_ask_passphrase (options->passphrase_file, FALSE, &passphrase, error)
          || !ghctl_archive_unlock (archive, &passphrase, error)))
    return FALSE;
  restore.progress.what = options->check ? _ ("check") : _ ("restore");
  restore.progress.total = length_of (&restore, "store") + length_of (&restore, "vault");
  done = folder == NULL ? read_parts (&restore, error)
                        : restore_into (&restore, options->replace, error);
  ghctl_progress_end (&restore.progress);
  if (done)
    say_result (options, &restore);
  return done;
}

static gboolean
run_restore (GhctlRun *run, GError **error)
{
  const char *file = run->arguments[0];
  const int fd = strcmp (file, "-") == 0 ? dup (STDIN_FILENO) : open (file, O_RDONLY | O_CLOEXEC);
  GError *problem = NULL;
  gboolean done;

  if (fd < 0)
    return fail_errno (file, error);
  done = restore_from (run, fd, &problem);
  close (fd);
  if (!done)
    g_propagate_prefixed_error (error, problem, "%s: ", file);
  return done;
}

static const GhctlCommand commands[] = {
  { NULL, "FILE [DIRECTORY]", NULL, 1, 2, run_restore },
  { NULL, NULL, NULL, 0, 0, NULL },
};

static const GhctlOption option_table[] = {
  { "check", 0, G_OPTION_ARG_NONE, AT (check), N_ ("Only look whether the backup is intact"), NULL,
    NULL },
  { "replace", 0, G_OPTION_ARG_NONE, AT (replace),
    N_ ("Also where there is something; it is set aside"), NULL, NULL },
  { "passphrase-file", 0, G_OPTION_ARG_FILENAME, AT (passphrase_file),
    N_ ("Take the passphrase from here, not from the terminal"), "FILE", NULL },
  { "json", 'j', G_OPTION_ARG_NONE, AT (json), N_ ("Print the answer as JSON"), NULL, NULL },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

const GhctlGroup ghctl_restore_group = {
  .name = "restore",
  .summary = N_ ("put a backup into the state folder of a gatehoused that does not run"),
  .commands = commands,
  .options = option_table,
  .notes = N_ (
    "Without DIRECTORY it is the state folder of the system, or of the user. Nothing is\n"
    "changed before all has been read and is what was written.\n"),
  .examples = "  ghctl restore gatehouse.backup --check\n"
              "  ghctl restore gatehouse.backup /var/lib/gatehouse --replace\n",
  .size = sizeof (Options),
  .local = TRUE,
};
