/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "plugin/gh-file-trust.h"

#include "base/gh-file.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK          65536
#define OTHERS_WRITE   (S_IWGRP | S_IWOTH)
#define PROC_PATH_SIZE 32

/* Where a walk stands. @path is the real path so far, without links, for errors. */
typedef struct {
  int fd;
  GString *path;
  GQueue rest; /* (char *) components still to walk */
  guint links;
} Walk;

static void
walk_clear (Walk *walk)
{
  if (walk->fd >= 0)
    close (walk->fd);
  if (walk->path != NULL)
    g_string_free (walk->path, TRUE);
  g_queue_clear_full (&walk->rest, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Walk, walk_clear)

static int
close_fd (int fd)
{
  if (fd >= 0)
    close (fd);
  return -1;
}

static gboolean
refuse_errno (GError **error, int saved_errno, const char *what, const char *path)
{
  g_set_error (error, GH_ERROR, saved_errno == ENOENT ? GH_ERROR_NOT_FOUND : GH_ERROR_PLUGIN,
               "%s: %s: %s", path, what, g_strerror (saved_errno));
  return FALSE;
}

static gboolean
refuse (GError **error, const char *path, const char *reason)
{
  g_set_error (error, GH_ERROR, GH_ERROR_PLUGIN, "%s: %s", path, reason);
  return FALSE;
}

static gboolean
owner_is_trusted (const struct stat *status, const char *path, GError **error)
{
  if (status->st_uid == 0 || status->st_uid == geteuid ())
    return TRUE;
  g_set_error (error, GH_ERROR, GH_ERROR_PLUGIN,
               "%s: owned by user %u, root or user %u was expected", path, (guint) status->st_uid,
               (guint) geteuid ());
  return FALSE;
}

/*
 * @last: the folder that holds the plugins. In a sticky one anybody could add names to files that
 * are not theirs.
 */
static gboolean
folder_is_trusted (const struct stat *status, const char *path, gboolean last, GError **error)
{
  if (!S_ISDIR (status->st_mode))
    return refuse (error, path, "not a folder");
  if (!owner_is_trusted (status, path, error))
    return FALSE;
  if ((status->st_mode & OTHERS_WRITE) == 0 || (!last && (status->st_mode & S_ISVTX)))
    return TRUE;
  if (last && (status->st_mode & S_ISVTX))
    return refuse (error, path,
                   "a folder that others can write to, sticky or not, holds no plugins");
  return refuse (error, path,
                 (status->st_mode & S_IWOTH) ? "a folder that everybody can write to"
                                             : "a folder that its group can write to");
}

/* Puts the components of @path before those that are left. */
static gboolean
walk_prepend (Walk *walk, const char *path, gboolean dots_allowed, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);

  for (guint i = g_strv_length (parts); i > 0; i--)
    {
      const char *part = parts[i - 1];

      if (*part == '\0' || (dots_allowed && strcmp (part, ".") == 0))
        continue;
      if (!dots_allowed && (strcmp (part, ".") == 0 || strcmp (part, "..") == 0))
        return refuse (error, path, "a path with '.' or '..' in it");
      g_queue_push_head (&walk->rest, g_strdup (part));
    }
  return TRUE;
}

static gboolean
walk_from_root (Walk *walk, GError **error)
{
  struct stat status;

  walk->fd = close_fd (walk->fd);
  walk->fd = open ("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (walk->fd < 0 || fstat (walk->fd, &status) < 0)
    return refuse_errno (error, errno, "cannot be opened", "/");
  g_string_assign (walk->path, "");
  return folder_is_trusted (&status, "/", FALSE, error);
}

/*
 * Only root's links are followed: what they point to is walked and checked like the rest. Takes
 * @fd.
 */
static gboolean
walk_link (Walk *walk, int fd, const struct stat *status, const char *path, GError **error)
{
  char target[PATH_MAX];
  ssize_t length = readlinkat (fd, "", target, sizeof target - 1);
  int saved_errno = errno;

  close (fd);
  if (status->st_uid != 0)
    return refuse (error, path, "a symbolic link that root does not own");
  if (length <= 0)
    return refuse_errno (error, saved_errno, "its target cannot be read", path);
  if (++walk->links > GH_FILE_TRUST_MAX_LINKS)
    return refuse (error, path, "too many symbolic links");
  target[length] = '\0';
  if (target[0] == '/' && !walk_from_root (walk, error))
    return FALSE;
  return walk_prepend (walk, target, TRUE, error);
}

static void
walk_enter (Walk *walk, int fd, const char *name)
{
  close_fd (walk->fd);
  walk->fd = fd;
  if (strcmp (name, "..") != 0)
    g_string_append_printf (walk->path, "/%s", name);
  else
    {
      const char *slash = strrchr (walk->path->str, '/');

      g_string_truncate (walk->path, slash != NULL ? (gsize) (slash - walk->path->str) : 0);
    }
}

static gboolean
walk_step (Walk *walk, const char *name, GError **error)
{
  g_autofree char *path = g_strconcat (walk->path->str, "/", name, NULL);
  int fd = openat (walk->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  struct stat status;

  if (fd < 0)
    return refuse_errno (error, errno, "cannot be opened", path);
  if (fstat (fd, &status) < 0)
    {
      int saved_errno = errno;

      close (fd);
      return refuse_errno (error, saved_errno, "cannot be examined", path);
    }
  if (S_ISLNK (status.st_mode))
    return walk_link (walk, fd, &status, path, error);
  if (!folder_is_trusted (&status, path, FALSE, error))
    {
      close (fd);
      return FALSE;
    }
  walk_enter (walk, fd, name);
  return TRUE;
}

/* Where the walk ended, whichever way it came: a link to "." ends where it began. */
static gboolean
walk_end (const Walk *walk, const char *path, GError **error)
{
  struct stat status;

  if (fstat (walk->fd, &status) < 0)
    return refuse_errno (error, errno, "cannot be examined", path);
  return folder_is_trusted (&status, walk->path->len > 0 ? walk->path->str : "/", TRUE, error);
}

int
gh_file_trust_open_folder (const char *path, GError **error)
{
  g_auto (Walk) walk = { .fd = -1, .path = g_string_new (NULL), .rest = G_QUEUE_INIT };
  gboolean ok;

  g_return_val_if_fail (path != NULL, -1);
  if (path[0] != '/' || strlen (path) >= PATH_MAX)
    {
      refuse (error, path, "not an absolute path");
      return -1;
    }
  ok = walk_from_root (&walk, error) && walk_prepend (&walk, path, FALSE, error);
  while (ok && !g_queue_is_empty (&walk.rest))
    {
      g_autofree char *name = g_queue_pop_head (&walk.rest);

      ok = walk_step (&walk, name, error);
    }
  return ok && walk_end (&walk, path, error) ? g_steal_fd (&walk.fd) : -1;
}

static gboolean
file_is_trusted (const struct stat *status, const char *path, gsize limit, GError **error)
{
  if (S_ISLNK (status->st_mode))
    return refuse (error, path, "a symbolic link");
  if (!S_ISREG (status->st_mode))
    return refuse (error, path, "not a regular file");
  if (!owner_is_trusted (status, path, error))
    return FALSE;
  if (status->st_mode & S_IWOTH)
    return refuse (error, path, "a file that everybody can write to");
  if (status->st_mode & S_IWGRP)
    return refuse (error, path, "a file that its group can write to");
  /* Package systems link root's files; a second name of a user's file is somebody's trick. */
  if (status->st_nlink > 1 && status->st_uid != 0)
    return refuse (error, path, "a file with a second name (hard link)");
  if (status->st_size == 0)
    return refuse (error, path, "empty");
  if ((guint64) status->st_size > limit)
    {
      g_set_error (error, GH_ERROR, GH_ERROR_PLUGIN,
                   "%s: %" G_GUINT64_FORMAT " octets, at most %" G_GSIZE_FORMAT " are read", path,
                   (guint64) status->st_size, limit);
      return FALSE;
    }
  return TRUE;
}

/*
 * The entry is looked at through a descriptor that cannot read, so that a device or a pipe is never
 * opened; what is
 * then opened for reading is that very descriptor, not the name again.
 */
static int
open_file (int folder, const char *path, const char *name, gsize limit, GError **error)
{
  int entry = openat (folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  char proc_path[PROC_PATH_SIZE];
  struct stat status;
  int fd = -1;

  if (entry < 0 || fstat (entry, &status) < 0)
    refuse_errno (error, errno, "cannot be opened", path);
  else if (file_is_trusted (&status, path, limit, error))
    {
      g_snprintf (proc_path, sizeof proc_path, "/proc/self/fd/%d", entry);
      fd = open (proc_path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
      if (fd < 0)
        refuse_errno (error, errno, "cannot be read", path);
    }
  close_fd (entry);
  return fd;
}

static ssize_t
read_some (int fd, gpointer buffer, gsize length)
{
  ssize_t got;

  do
    got = read (fd, buffer, length);
  while (got < 0 && errno == EINTR);
  return got;
}

static gboolean
name_is_plain (const char *name)
{
  return *name != '\0' && strchr (name, '/') == NULL && strcmp (name, ".") != 0
         && strcmp (name, "..") != 0;
}

char *
gh_file_trust_read (int folder, const char *folder_path, const char *name, gsize limit,
                    gsize *out_length, GError **error)
{
  g_autofree char *path = g_build_filename (folder_path, name, NULL);
  g_autoptr (GByteArray) octets = g_byte_array_new ();
  guint8 chunk[4096];
  ssize_t got;
  int fd;

  g_return_val_if_fail (name_is_plain (name), NULL);
  fd = open_file (folder, path, name, limit, error);
  if (fd < 0)
    return NULL;
  /* It may have grown since it was examined; the limit holds for what is read. */
  while ((got = read_some (fd, chunk, sizeof chunk)) > 0 && octets->len + (gsize) got <= limit)
    g_byte_array_append (octets, chunk, (guint) got);
  if (got < 0)
    refuse_errno (error, errno, "cannot be read", path);
  else if (got > 0)
    refuse (error, path, "grew while it was read");
  close (fd);
  if (got != 0)
    return NULL;
  *out_length = octets->len;
  g_byte_array_append (octets, (const guint8 *) "", 1);
  return (char *) g_byte_array_free (g_steal_pointer (&octets), FALSE);
}

static gboolean
copy_file (int from, int to, const char *path, GError **error)
{
  g_autofree guint8 *chunk = g_malloc (CHUNK);
  gsize total = 0;
  ssize_t got;

  while ((got = read_some (from, chunk, CHUNK)) > 0)
    {
      total += (gsize) got;
      if (total > GH_FILE_TRUST_MAX_MODULE)
        return refuse (error, path, "grew while it was read");
      if (!gh_file_write_all (to, chunk, (gsize) got))
        return refuse_errno (error, errno, "cannot be copied", path);
    }
  return got == 0 ? TRUE : refuse_errno (error, errno, "cannot be read", path);
}

static gboolean
hash_descriptor (int fd, const char *path, guint8 digest[32], GError **error)
{
  g_autofree guint8 *chunk = g_malloc (CHUNK);
  gnutls_hash_hd_t hash;
  gboolean ok = TRUE;
  off_t at = 0;
  ssize_t got;

  if (gnutls_hash_init (&hash, GNUTLS_DIG_SHA256) < 0)
    return refuse (error, path, "SHA-256 is not available");
  while (ok && (got = pread (fd, chunk, CHUNK, at)) > 0)
    {
      ok = gnutls_hash (hash, chunk, (gsize) got) == 0;
      at += got;
    }
  gnutls_hash_deinit (hash, digest);
  return (ok && got == 0) || refuse (error, path, "its digest cannot be computed");
}

/* Sealed first and hashed then: what was hashed is what the loader maps. */
static gboolean
seal (int fd, const char *path, GError **error)
{
  const int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

  if (fcntl (fd, F_ADD_SEALS, seals) < 0)
    return refuse_errno (error, errno, "its copy cannot be sealed", path);
  if ((fcntl (fd, F_GET_SEALS) & seals) != seals)
    return refuse (error, path, "its copy is not sealed");
  return TRUE;
}

int
gh_file_trust_seal (int folder, const char *folder_path, const char *name, guint8 out_digest[32],
                    GError **error)
{
  g_autofree char *path = g_build_filename (folder_path, name, NULL);
  gboolean ok;
  int from, to;

  g_return_val_if_fail (name_is_plain (name), -1);
  from = open_file (folder, path, name, GH_FILE_TRUST_MAX_MODULE, error);
  if (from < 0)
    return -1;
  to = memfd_create (name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (to < 0)
    ok = refuse_errno (error, errno, "no memory file for its copy", path);
  else
    ok = copy_file (from, to, path, error) && seal (to, path, error)
         && hash_descriptor (to, path, out_digest, error);
  close (from);
  return ok ? to : close_fd (to);
}
