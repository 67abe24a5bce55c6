/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-archive.h"
#include "ghctl-command.h"
#include "ghctl-json.h"
#include "ghctl-progress.h"

#include "base/gh-file.h"
#include "base/gh-restore.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Puts a backup into the state folder of a gatehoused that does not run. Everything is read and
 * checked before it is decided; from then on it is ended, even by the next start of the daemon. */

#define CHUNK 65536

typedef struct {
  gboolean check, replace;
  char *passphrase_file;
} Options;
#define AT(member) offsetof (Options, member)

/* In the order of the file. */
static const struct {
  const char *part, *name;
} parts[] = { { "store", "gatehouse.db" }, { "vault", "vault" }, { "key", "vault.key" } };

/* What is there already when one of these is. */
static const char *const old_files[] = { "gatehouse.db", "gatehouse.db-wal", "vault", "vault.key" };

typedef struct {
  GhctlArchive *archive;
  char *folder; /* NULL: only checked */
  int new_fd;   /* where its new files are written */
  GhctlProgress progress;
  gint64 done;
} Restore;

static gboolean
fail_errno (const char *what, GError **error)
{
  g_set_error (error, GHCTL_ERROR, GHCTL_USAGE, "%s: %s", what, g_strerror (errno));
  return FALSE;
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
  const int fd = gh_restore_open (restore->new_fd, name, error);
  gboolean done;

  if (fd < 0)
    return FALSE;
  done = copy_part (restore, length, fd, error) && (fsync (fd) == 0 || fail_errno (name, error));
  close (fd);
  return done;
}

static gboolean
read_parts (Restore *restore, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      const gint64 length = ghctl_archive_length (restore->archive, parts[i].part);
      const gboolean kept = restore->folder != NULL && length > 0;
      if (length < 0 || (length == 0 && strcmp (parts[i].part, "key") != 0))
        return ghctl_usage (_ ("damaged: the header does not say how long it is"), error);
      if (!(kept ? write_part (restore, parts[i].name, length, error)
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
  return strcmp (name, "vault.key") == 0 && ghctl_archive_length (restore->archive, "key") == 0;
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

/* What was decided is ended: now, or by an earlier one that was interrupted. */
static gboolean
finish (Restore *restore, GError **error)
{
  g_autofree char *aside = NULL;

  if (!gh_restore_finish (restore->folder, &aside, error))
    return FALSE;
  if (aside != NULL)
    g_printerr (_ ("ghctl: what was there is in %s/%s\n"), restore->folder, aside);
  return TRUE;
}

/* All is read and known to be genuine before it is decided. */
static gboolean
exchange (Restore *restore, GError **error)
{
  gboolean done;

  restore->new_fd = gh_restore_begin (restore->folder, error);
  if (restore->new_fd < 0)
    return FALSE;
  done = read_parts (restore, error) && gh_restore_commit (restore->folder, restore->new_fd, error);
  close (restore->new_fd);
  if (!done)
    gh_restore_abandon (restore->folder);
  return done && finish (restore, error);
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
  fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    return fail_errno (path, error), -1;
  if (geteuid () == 0 && fchown (fd, status.st_uid, status.st_gid) != 0)
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
  done = finish (restore, error) && (replace || check_empty (restore, error))
         && exchange (restore, error);
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
say_result (const GhctlRun *run, Restore *restore)
{
  JsonObject *header = ghctl_archive_header (restore->archive);
  g_autofree char *cse = ghctl_printable (ghctl_json_text (header, "cse", "?"));
  g_autofree char *time = ghctl_printable (ghctl_json_text (header, "time", "?"));

  if (run->json)
    {
      g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), header);
      ghctl_print_json (node);
    }
  else
    g_print (restore->folder == NULL ? _ ("intact: %s of %s\n") : _ ("restored: %s of %s\n"), cse,
             time);
  if (restore->folder != NULL && ghctl_archive_length (restore->archive, "key") == 0
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
  restore.progress.total = ghctl_archive_length (archive, "store")
                           + ghctl_archive_length (archive, "vault");
  done = folder == NULL ? read_parts (&restore, error)
                        : restore_into (&restore, options->replace, error);
  ghctl_progress_end (&restore.progress);
  if (done)
    say_result (run, &restore);
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
