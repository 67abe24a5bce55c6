/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/gh-restore.h"

#include <glib/gstdio.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The exchange of a state folder, ended by somebody else after each step that the first one may
 * have been killed at. What changes names goes through renameat(), mkdirat() and unlinkat() of this
 * program, which counts. */

#define KILLED 77

static int steps_left = -1; /* -1: as many as it likes */

static void
step (void)
{
  if (steps_left == 0)
    _exit (KILLED);
  if (steps_left > 0)
    steps_left--;
}

int
renameat (int old_fd, const char *old_name, int new_fd, const char *new_name)
{
  step ();
  return (int) syscall (SYS_renameat2, old_fd, old_name, new_fd, new_name, 0);
}

int
mkdirat (int fd, const char *name, mode_t mode)
{
  step ();
  return (int) syscall (SYS_mkdirat, fd, name, mode);
}

int
unlinkat (int fd, const char *name, int flags)
{
  step ();
  return (int) syscall (SYS_unlinkat, fd, name, flags);
}

static void
put (const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

/* NULL: it is not there */
static char *
get (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? text : NULL;
}

static void
assert_file (const char *folder, const char *name, const char *expected)
{
  g_autofree char *text = get (folder, name);

  g_assert_cmpstr (text, ==, expected);
}

static void
remove_all (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *one = g_build_filename (path, name, NULL);
      remove_all (one);
    }
  g_remove (path);
}

static char *
old_folder (void)
{
  char *folder = g_dir_make_tmp ("gh-restore-XXXXXX", NULL);

  g_assert_nonnull (folder);
  put (folder, "gatehouse.db", "old store");
  put (folder, "gatehouse.db-wal", "old log");
  put (folder, "vault", "old vault");
  put (folder, "vault.key", "old key");
  return folder;
}

static gboolean
write_new (int fd, const char *name, const char *text)
{
  const int file = gh_restore_open (fd, name, NULL);
  const gboolean done = file >= 0 && write (file, text, strlen (text)) == (gssize) strlen (text);

  if (file >= 0)
    close (file);
  return done;
}

/* In a child that ends after @steps: what ghctl does. */
static gboolean
exchange (const char *folder, gboolean with_key)
{
  const int fd = gh_restore_begin (folder, NULL);
  const gboolean done = fd >= 0 && write_new (fd, "gatehouse.db", "new store")
                        && write_new (fd, "vault", "new vault")
                        && (!with_key || write_new (fd, "vault.key", "new key"))
                        && gh_restore_commit (folder, fd, NULL);

  if (fd >= 0)
    close (fd);
  return done && gh_restore_finish (folder, NULL, NULL);
}

/* Returns: what the child ended with */
static int
exchange_for (const char *folder, gboolean with_key, int steps)
{
  int status = 0;
  const pid_t child = fork ();

  g_assert_cmpint (child, >=, 0);
  if (child == 0)
    {
      steps_left = steps;
      _exit (exchange (folder, with_key) ? 0 : 1);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFEXITED (status));
  return WEXITSTATUS (status);
}

/* Killed once more in the middle of ending it. */
static void
finish_for (const char *folder, int steps)
{
  int status = 0;
  const pid_t child = fork ();

  g_assert_cmpint (child, >=, 0);
  if (child == 0)
    {
      steps_left = steps;
      _exit (gh_restore_finish (folder, NULL, NULL) ? 0 : 1);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFEXITED (status) && WEXITSTATUS (status) != 1);
}

static void
count_folders (const char *folder, guint *out_aside, guint *out_working)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  *out_aside = *out_working = 0;
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      *out_aside += g_str_has_prefix (name, "before-restore-");
      *out_working += g_str_has_prefix (name, "restore.");
    }
}

/* All old, or all new and the old ones kept. Returns: whether it is new */
static gboolean
assert_whole (const char *folder, gboolean with_key)
{
  g_autofree char *store = get (folder, "gatehouse.db");
  const gboolean is_new = g_strcmp0 (store, "new store") == 0;
  guint aside, working;

  count_folders (folder, &aside, &working);
  assert_file (folder, "gatehouse.db", is_new ? "new store" : "old store");
  assert_file (folder, "gatehouse.db-wal", is_new ? NULL : "old log");
  assert_file (folder, "vault", is_new ? "new vault" : "old vault");
  assert_file (folder, "vault.key", is_new && with_key ? "new key" : "old key");
  g_assert_cmpuint (aside, ==, is_new ? 1 : 0);
  if (is_new)
    g_assert_cmpuint (working, ==, 0);
  return is_new;
}

/* @again: steps of the one who ends it, before a third does. */
static void
run_all (gboolean with_key, int again)
{
  gboolean was_new = FALSE;
  int ended = KILLED;

  for (int steps = 0; ended == KILLED; steps++)
    {
      g_autofree char *folder = old_folder ();
      g_autoptr (GError) error = NULL;
      g_assert_cmpint (steps, <, 100);
      ended = exchange_for (folder, with_key, steps);
      g_assert_cmpint (ended, !=, 1);
      if (again >= 0)
        finish_for (folder, again);
      g_assert_true (gh_restore_finish (folder, NULL, &error));
      g_assert_no_error (error);
      /* Once it was decided, it stays so. */
      const gboolean is_new = assert_whole (folder, with_key);
      g_assert_true (is_new || !was_new);
      was_new = is_new;
      /* And the next restore is not in its way. */
      if (!is_new)
        {
          g_assert_cmpint (exchange_for (folder, with_key, -1), ==, 0);
          g_assert_true (assert_whole (folder, with_key));
        }
      remove_all (folder);
    }
  g_assert_true (was_new);
}

static void
test_killed (void)
{
  run_all (TRUE, -1);
  run_all (FALSE, -1);
}

static void
test_killed_twice (void)
{
  for (int again = 0; again < 14; again++)
    run_all (TRUE, again);
}

static void
test_empty (void)
{
  g_autofree char *folder = g_dir_make_tmp ("gh-restore-XXXXXX", NULL);
  g_autofree char *aside = NULL;
  guint kept, working;

  g_assert_true (gh_restore_finish (folder, &aside, NULL));
  g_assert_true (exchange (folder, TRUE));
  assert_file (folder, "gatehouse.db", "new store");
  assert_file (folder, "vault.key", "new key");
  count_folders (folder, &kept, &working);
  g_assert_cmpuint (kept + working, ==, 0);
  remove_all (folder);
}

static void
test_abandoned (void)
{
  g_autofree char *folder = old_folder ();
  const int fd = gh_restore_begin (folder, NULL);
  guint kept, working;

  g_assert_cmpint (fd, >=, 0);
  g_assert_true (write_new (fd, "vault", "new vault"));
  close (fd);
  gh_restore_abandon (folder);
  count_folders (folder, &kept, &working);
  g_assert_cmpuint (kept + working, ==, 0);
  g_assert_false (assert_whole (folder, TRUE));
  remove_all (folder);
}

/* Somebody who may write into the folder does not lead root elsewhere. */
static void
test_link (void)
{
  g_autofree char *folder = old_folder (), *elsewhere = old_folder ();
  g_autofree char *link = g_build_filename (folder, "restore.new", NULL);
  g_autofree char *ready = g_build_filename (folder, "restore.ready", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (symlink (elsewhere, link), ==, 0);
  g_assert_cmpint (gh_restore_begin (folder, &error), ==, -1);
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_assert_cmpint (symlink (elsewhere, ready), ==, 0);
  g_assert_false (gh_restore_finish (folder, NULL, &error));
  g_assert_nonnull (error);
  g_assert_false (assert_whole (elsewhere, TRUE));
  remove_all (elsewhere);
  g_unlink (link);
  g_unlink (ready);
  remove_all (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/restore/killed-at-every-step", test_killed);
  g_test_add_func ("/restore/killed-twice", test_killed_twice);
  g_test_add_func ("/restore/into-an-empty-folder", test_empty);
  g_test_add_func ("/restore/abandoned", test_abandoned);
  g_test_add_func ("/restore/links", test_link);
  return g_test_run ();
}
