/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-restore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEW        "restore.new"
#define READY      "restore.ready"
#define PLACING    "restore.placing"
#define BEFORE     "before"

#define MOST_ASIDE 1000 /* names that are tried */

static const char *const placed[] = { "vault.key", "vault", "gatehouse.db" };

/* What must not stay beside another store. */
static const char *const old_files[] = {
  "gatehouse.db", "gatehouse.db-wal", "gatehouse.db-shm", "gatehouse.db-journal",
  "vault",        "vault.key"
};

static gboolean
fail (const char *what, GError **error)
{
  const int code = errno;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "%s: %s", what, g_strerror (code));
  return FALSE;
}

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
}
typedef int Descriptor;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Descriptor, close_fd)

/* Returns: -1 with errno */
static int
open_folder (int parent, const char *name)
{
  return openat (parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int
open_state (const char *folder, GError **error)
{
  const int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0)
    fail (folder, error);
  return fd;
}

static gboolean
is_there (int parent, const char *name)
{
  return faccessat (parent, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* --- writing --- */

/* Root works for whom the folder belongs to. */
static gboolean
give_away (int fd, int parent)
{
  struct stat status;

  return geteuid () != 0
         || (fstat (parent, &status) == 0 && fchown (fd, status.st_uid, status.st_gid) == 0);
}

static void
remove_new (int state)
{
  g_auto (Descriptor) fd = open_folder (state, NEW);

  for (gsize i = 0; fd >= 0 && i < G_N_ELEMENTS (placed); i++)
    unlinkat (fd, placed[i], 0);
  if (fd >= 0)
    unlinkat (fd, BEFORE, AT_REMOVEDIR);
  unlinkat (state, NEW, AT_REMOVEDIR);
}

static int
make_folder (int parent, const char *name)
{
  g_auto (Descriptor) fd = -1;

  if (mkdirat (parent, name, 0700) != 0)
    return -1;
  fd = open_folder (parent, name);
  return fd >= 0 && give_away (fd, parent) ? g_steal_fd (&fd) : -1;
}

int
gh_restore_begin (const char *folder, GError **error)
{
  g_auto (Descriptor) state = open_state (folder, error);
  g_auto (Descriptor) fd = -1, before = -1;

  if (state < 0)
    return -1;
  remove_new (state);
  fd = make_folder (state, NEW);
  before = fd >= 0 ? make_folder (fd, BEFORE) : -1;
  if (before >= 0)
    return g_steal_fd (&fd);
  fail (NEW, error);
  return -1;
}

int
gh_restore_open (int fd, const char *name, GError **error)
{
  g_auto (Descriptor) file = openat (fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

  if (file >= 0 && give_away (file, fd))
    return g_steal_fd (&file);
  fail (name, error);
  return -1;
}

gboolean
gh_restore_commit (const char *folder, int fd, GError **error)
{
  g_auto (Descriptor) state = open_state (folder, error);

  if (state < 0)
    return FALSE;
  return (fsync (fd) == 0 && renameat (state, NEW, state, READY) == 0 && fsync (state) == 0)
         || fail (READY, error);
}

void
gh_restore_abandon (const char *folder)
{
  g_auto (Descriptor) state = open_state (folder, NULL);

  if (state >= 0)
    remove_new (state);
}

/* --- placing: each step can have been done before --- */

/* What is in place goes aside. */
static gboolean
clear_places (int state, GError **error)
{
  g_auto (Descriptor) ready = open_folder (state, READY);
  g_auto (Descriptor) before = ready >= 0 ? open_folder (ready, BEFORE) : -1;

  if (before < 0)
    return fail (READY, error);
  for (gsize i = 0; i < G_N_ELEMENTS (old_files); i++)
    {
      const gboolean stays = strcmp (old_files[i], "vault.key") == 0
                             && !is_there (ready, "vault.key");
      if (!stays && is_there (state, old_files[i])
          && renameat (state, old_files[i], before, old_files[i]) != 0)
        return fail (old_files[i], error);
    }
  return (fsync (before) == 0 && fsync (state) == 0 && renameat (state, READY, state, PLACING) == 0
          && fsync (state) == 0)
         || fail (PLACING, error);
}

/* An empty one goes away. */
static gboolean
keep_aside (int state, int placing, char **out_aside, GError **error)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *time = g_date_time_format (now, "before-restore-%Y%m%dT%H%M%S");

  if (!is_there (placing, BEFORE) || unlinkat (placing, BEFORE, AT_REMOVEDIR) == 0)
    return TRUE;
  for (guint i = 0; i < MOST_ASIDE; i++)
    {
      g_autofree char *name = i == 0 ? g_strdup (time) : g_strdup_printf ("%s.%u", time, i);
      if (is_there (state, name))
        continue;
      if (renameat (placing, BEFORE, state, name) != 0)
        return fail (name, error);
      if (out_aside != NULL)
        *out_aside = g_steal_pointer (&name);
      return TRUE;
    }
  errno = EEXIST;
  return fail (time, error);
}

static gboolean
take_places (int state, char **out_aside, GError **error)
{
  g_auto (Descriptor) placing = open_folder (state, PLACING);

  if (placing < 0)
    return fail (PLACING, error);
  for (gsize i = 0; i < G_N_ELEMENTS (placed); i++)
    if (is_there (placing, placed[i]) && renameat (placing, placed[i], state, placed[i]) != 0)
      return fail (placed[i], error);
  if (fsync (state) != 0)
    return fail (PLACING, error);
  return keep_aside (state, placing, out_aside, error)
         && ((unlinkat (state, PLACING, AT_REMOVEDIR) == 0 && fsync (state) == 0)
             || fail (PLACING, error));
}

gboolean
gh_restore_finish (const char *folder, char **out_aside, GError **error)
{
  g_auto (Descriptor) state = open_state (folder, error);

  if (out_aside != NULL)
    *out_aside = NULL;
  if (state < 0)
    return FALSE;
  /* One that is placing was decided before one that is ready. */
  if (is_there (state, PLACING) && !take_places (state, out_aside, error))
    return FALSE;
  return !is_there (state, READY)
         || (clear_places (state, error) && take_places (state, out_aside, error));
}
