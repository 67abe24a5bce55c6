/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "plugin/gh-file-trust.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "plugin-fixture.h"

#define GOOD "good octets"

static void
as_root (const char *folder)
{
  g_autofree char *other = g_build_filename (folder, "other", NULL);
  g_autofree char *link = g_build_filename (folder, "root-link", NULL);
  g_autofree char *loop = g_build_filename (folder, "root-loop", NULL);
  g_autofree char *dot = g_build_filename (folder, "root-dot", NULL);
  g_autofree char *owned = g_build_filename (folder, "owned", NULL);
  g_autofree char *foreign = g_build_filename (owned, "file", NULL);

  g_assert_cmpint (g_mkdir (other, 0755), ==, 0);
  g_assert_cmpint (chown (other, FIXTURE_OTHER_UID, (gid_t) -1), ==, 0);
  g_assert_cmpint (g_mkdir (owned, 0755), ==, 0);
  g_assert_true (g_file_set_contents (foreign, GOOD, -1, NULL));
  g_assert_cmpint (g_chmod (foreign, 0644), ==, 0);
  g_assert_cmpint (chown (foreign, FIXTURE_OTHER_UID, (gid_t) -1), ==, 0);
  g_assert_cmpint (symlink ("real/./deeper/../deeper", link), ==, 0);
  g_assert_cmpint (symlink ("root-loop", loop), ==, 0);
  g_assert_cmpint (symlink (".", dot), ==, 0);
}

static void
assert_folder_refused (const char *path, int code, const char *reason)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (gh_file_trust_open_folder (path, &error), ==, -1);
  assert_refused (error, code, reason);
}

static int
open_folder (const char *path)
{
  g_autoptr (GError) error = NULL;
  int fd = gh_file_trust_open_folder (path, &error);

  g_assert_no_error (error);
  g_assert_cmpint (fd, >=, 0);
  return fd;
}

/* What both readers say of @name in @folder. */
static void
assert_file_refused (const char *folder, const char *name, int code, const char *reason)
{
  g_autoptr (GError) error = NULL;
  guint8 digest[32];
  gsize length;
  int fd = open_folder (folder);

  g_assert_null (gh_file_trust_read (fd, folder, name, 4096, &length, &error));
  assert_refused (error, code, reason);
  g_clear_error (&error);
  g_assert_cmpint (gh_file_trust_seal (fd, folder, name, digest, &error), ==, -1);
  assert_refused (error, code, reason);
  close (fd);
}

static void
test_folder_paths (void)
{
  g_autofree char *missing = g_build_filename (fixture_folder (), "missing", "deeper", NULL);
  g_autofree char *dots = g_build_filename (fixture_folder (), "..", "tmp", NULL);
  g_autofree char *file = g_build_filename (fixture_folder (), "a-file", NULL);

  fixture_write (fixture_folder (), "a-file", GOOD, strlen (GOOD));
  assert_folder_refused ("", GH_ERROR_PLUGIN, "not an absolute path");
  assert_folder_refused ("relative/path", GH_ERROR_PLUGIN, "not an absolute path");
  assert_folder_refused (dots, GH_ERROR_PLUGIN, "a path with '.' or '..' in it");
  assert_folder_refused ("/usr/./lib", GH_ERROR_PLUGIN, "a path with '.' or '..' in it");
  assert_folder_refused (missing, GH_ERROR_NOT_FOUND, "/missing: cannot be opened");
  assert_folder_refused (file, GH_ERROR_PLUGIN, "/a-file: not a folder");
}

static void
test_folder_of_root_is_trusted (void)
{
  close (open_folder ("/usr"));
  close (open_folder ("//usr//lib/"));
}

static void
test_folder_below_a_sticky_one_is_trusted (void)
{
  g_autofree char *sticky = fixture_make_folder ("sticky");
  g_autofree char *below = g_build_filename (sticky, "below", NULL);

  g_assert_cmpint (g_chmod (sticky, 01777), ==, 0);
  g_assert_cmpint (g_mkdir (below, 0755), ==, 0);
  close (open_folder (below));
  assert_folder_refused (sticky, GH_ERROR_PLUGIN, "sticky or not, holds no plugins");
}

static void
test_folder_that_others_can_write_to (void)
{
  g_autofree char *folder = fixture_make_folder ("open");
  g_autofree char *below = g_build_filename (folder, "below", NULL);

  g_assert_cmpint (g_mkdir (below, 0755), ==, 0);
  g_assert_cmpint (g_chmod (folder, 0775), ==, 0);
  assert_folder_refused (folder, GH_ERROR_PLUGIN, "a folder that its group can write to");
  assert_folder_refused (below, GH_ERROR_PLUGIN, "a folder that its group can write to");
  g_assert_cmpint (g_chmod (folder, 0757), ==, 0);
  assert_folder_refused (folder, GH_ERROR_PLUGIN, "a folder that everybody can write to");
  assert_folder_refused (below, GH_ERROR_PLUGIN, "a folder that everybody can write to");
  g_assert_cmpint (g_chmod (folder, 0755), ==, 0);
  close (open_folder (below));
}

static void
test_folder_of_somebody_else (void)
{
  g_autofree char *folder = g_build_filename (fixture_folder (), "other", NULL);

  if (!fixture_was_root ())
    g_test_skip ("only root can make a folder of somebody else");
  else
    assert_folder_refused (folder, GH_ERROR_PLUGIN, "/other: owned by user 1, root or user");
}

static void
test_link_of_ours_is_refused (void)
{
  g_autofree char *folder = fixture_make_folder ("linked");
  g_autofree char *link = g_build_filename (fixture_folder (), "our-link", NULL);
  g_autofree char *below = g_build_filename (link, "below", NULL);

  g_assert_cmpint (symlink (folder, link), ==, 0);
  assert_folder_refused (link, GH_ERROR_PLUGIN,
                         "/our-link: a symbolic link that root does not own");
  assert_folder_refused (below, GH_ERROR_PLUGIN, "/our-link: a symbolic link");
}

static void
test_link_of_root_is_walked (void)
{
  g_autofree char *link = g_build_filename (fixture_folder (), "root-link", NULL);
  g_autofree char *real = g_build_filename (fixture_folder (), "real", NULL);
  g_autofree char *deeper = g_build_filename (real, "deeper", NULL);
  g_autofree char *loop = g_build_filename (fixture_folder (), "root-loop", NULL);
  g_autofree char *dot = g_build_filename (fixture_folder (), "root-dot", NULL);

  if (!fixture_was_root ())
    {
      g_test_skip ("only root can make a link of root");
      return;
    }
  assert_folder_refused (link, GH_ERROR_NOT_FOUND, "/real: cannot be opened");
  g_assert_cmpint (g_mkdir (real, 0755), ==, 0);
  g_assert_cmpint (g_mkdir (deeper, 0755), ==, 0);
  close (open_folder (link));
  /* What the link leads to is checked like everything else. */
  g_assert_cmpint (g_chmod (real, 0777), ==, 0);
  assert_folder_refused (link, GH_ERROR_PLUGIN, "/real: a folder that everybody can write to");
  g_assert_cmpint (g_chmod (real, 0755), ==, 0);
  assert_folder_refused (loop, GH_ERROR_PLUGIN, "/root-loop: too many symbolic links");
  /* A link to "." must not hide that the folder it ends in is one that others can write to. */
  g_assert_cmpint (g_chmod (fixture_folder (), 01777), ==, 0);
  assert_folder_refused (dot, GH_ERROR_PLUGIN, "sticky or not, holds no plugins");
  g_assert_cmpint (g_chmod (fixture_folder (), 0755), ==, 0);
}

/*
 * A link in /proc leads straight to an open file, past every folder above it. It is never followed
 * as such: either it
 * is not root's, or its text is walked like that of any other link.
 */
static void
test_links_of_proc_are_no_way_around (void)
{
  g_autofree char *above = fixture_make_folder ("proc");
  g_autofree char *folder = g_build_filename (above, "below", NULL);
  g_autofree char *path = NULL, *name = NULL;
  g_autoptr (GError) error = NULL;
  int fd, proc;
  gsize length;

  g_assert_cmpint (g_mkdir (folder, 0755), ==, 0);
  fd = open_folder (folder);
  g_assert_cmpint (g_chmod (above, 0777), ==, 0);
  path = g_strdup_printf ("/proc/self/fd/%d", fd);
  g_assert_cmpint (gh_file_trust_open_folder (path, &error), ==, -1);
  g_assert_error (error, GH_ERROR, GH_ERROR_PLUGIN);
  g_test_message ("refused: %s", error->message);
  g_clear_error (&error);
  proc = open ("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
  name = g_strdup_printf ("%d", fd);
  g_assert_null (gh_file_trust_read (proc, "/proc/self/fd", name, 4096, &length, &error));
  assert_refused (error, GH_ERROR_PLUGIN, "a symbolic link");
  close (proc);
  close (fd);
}

static void
test_file_is_read_whole (void)
{
  g_autofree char *folder = fixture_make_folder ("whole");
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  gsize length = 0;
  int fd = open_folder (folder);

  fixture_write (folder, "file", GOOD, strlen (GOOD));
  text = gh_file_trust_read (fd, folder, "file", strlen (GOOD), &length, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (length, ==, strlen (GOOD));
  g_assert_cmpstr (text, ==, GOOD);
  g_free (gh_file_trust_read (fd, folder, "file", strlen (GOOD) - 1, &length, &error));
  assert_refused (error, GH_ERROR_PLUGIN, "11 octets, at most 10 are read");
  close (fd);
}

static void
test_file_kinds_are_refused (void)
{
  g_autofree char *folder = fixture_make_folder ("kinds");
  g_autofree char *fifo = g_build_filename (folder, "fifo", NULL);
  g_autofree char *link = g_build_filename (folder, "link", NULL);
  g_autofree char *sub = g_build_filename (folder, "folder", NULL);
  g_autofree char *sock = g_build_filename (folder, "socket", NULL);
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int listener = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  fixture_write (folder, "file", GOOD, strlen (GOOD));
  fixture_write (folder, "empty", "", 0);
  g_assert_cmpint (mkfifo (fifo, 0644), ==, 0);
  g_assert_cmpint (symlink ("file", link), ==, 0);
  g_assert_cmpint (g_mkdir (sub, 0755), ==, 0);
  g_strlcpy (address.sun_path, sock, sizeof address.sun_path);
  g_assert_cmpint (bind (listener, (struct sockaddr *) &address, sizeof address), ==, 0);
  close (listener);

  assert_file_refused (folder, "missing", GH_ERROR_NOT_FOUND, "/missing: cannot be opened");
  /* Nobody writes to the pipe: opening it would wait for ever. */
  assert_file_refused (folder, "fifo", GH_ERROR_PLUGIN, "/fifo: not a regular file");
  assert_file_refused (folder, "socket", GH_ERROR_PLUGIN, "/socket: not a regular file");
  assert_file_refused (folder, "folder", GH_ERROR_PLUGIN, "/folder: not a regular file");
  assert_file_refused (folder, "link", GH_ERROR_PLUGIN, "/link: a symbolic link");
  assert_file_refused (folder, "empty", GH_ERROR_PLUGIN, "/empty: empty");
  assert_file_refused ("/dev", "null", GH_ERROR_PLUGIN, "/null: not a regular file");
}

static void
test_file_modes_are_refused (void)
{
  g_autofree char *folder = fixture_make_folder ("modes");
  g_autofree char *path = g_build_filename (folder, "file", NULL);
  g_autofree char *second = g_build_filename (folder, "second", NULL);

  fixture_write (folder, "file", GOOD, strlen (GOOD));
  g_assert_cmpint (g_chmod (path, 0646), ==, 0);
  assert_file_refused (folder, "file", GH_ERROR_PLUGIN,
                       "/file: a file that everybody can write to");
  g_assert_cmpint (g_chmod (path, 0664), ==, 0);
  assert_file_refused (folder, "file", GH_ERROR_PLUGIN,
                       "/file: a file that its group can write to");
  g_assert_cmpint (g_chmod (path, 0), ==, 0);
  assert_file_refused (folder, "file", GH_ERROR_PLUGIN, "/file: cannot be read");
  g_assert_cmpint (g_chmod (path, 0644), ==, 0);
  g_assert_cmpint (link (path, second), ==, 0);
  assert_file_refused (folder, "second", GH_ERROR_PLUGIN, "/second: a file with a second name");
  assert_file_refused (folder, "file", GH_ERROR_PLUGIN, "/file: a file with a second name");
}

static void
test_file_of_somebody_else (void)
{
  g_autofree char *folder = g_build_filename (fixture_folder (), "owned", NULL);

  if (!fixture_was_root ())
    g_test_skip ("only root can make a file of somebody else");
  else
    assert_file_refused (folder, "file", GH_ERROR_PLUGIN,
                         "/owned/file: owned by user 1, root or user");
}

static void
test_huge_file_is_refused (void)
{
  g_autofree char *folder = fixture_make_folder ("huge");
  g_autofree char *path = g_build_filename (folder, "file", NULL);

  fixture_write (folder, "file", GOOD, strlen (GOOD));
  g_assert_cmpint (truncate (path, (off_t) GH_FILE_TRUST_MAX_MODULE + 1), ==, 0);
  assert_file_refused (folder, "file", GH_ERROR_PLUGIN, "/file: 67108865 octets, at most ");
}

static void
test_sealed_copy_cannot_change (void)
{
  g_autofree char *folder = fixture_make_folder ("seal");
  g_autofree char *expected = fixture_hash (GOOD, strlen (GOOD));
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) hex = g_string_new (NULL);
  char octets[64];
  guint8 digest[32];
  int dir = open_folder (folder), fd;

  fixture_write (folder, "file", GOOD, strlen (GOOD));
  fd = gh_file_trust_seal (dir, folder, "file", digest, &error);
  g_assert_no_error (error);
  for (gsize i = 0; i < sizeof digest; i++)
    g_string_append_printf (hex, "%02x", digest[i]);
  g_assert_cmpstr (hex->str, ==, expected);

  /* Neither the file nor the descriptor reaches the copy any more. */
  fixture_write (folder, "file", "other octets", 12);
  g_assert_cmpint (pwrite (fd, "x", 1, 0), ==, -1);
  g_assert_cmpint (errno, ==, EPERM);
  g_assert_cmpint (ftruncate (fd, 0), ==, -1);
  g_assert_true (mmap (NULL, 1, PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
  g_assert_cmpint (fcntl (fd, F_ADD_SEALS, F_SEAL_WRITE), ==, -1);
  g_assert_cmpint (pread (fd, octets, sizeof octets, 0), ==, strlen (GOOD));
  g_assert_cmpmem (octets, strlen (GOOD), GOOD, strlen (GOOD));
  close (fd);
  close (dir);
}

/* What was checked is what is read, whatever takes its name afterwards. */
static void
test_folder_that_is_swapped_is_not_looked_up_again (void)
{
  g_autofree char *folder = fixture_make_folder ("swapped");
  g_autofree char *moved = g_strconcat (folder, "-moved", NULL);
  g_autofree char *evil = fixture_make_folder ("evil");
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;
  int fd;

  fixture_write (folder, "file", GOOD, strlen (GOOD));
  fixture_write (evil, "file", "evil", 4);
  fd = open_folder (folder);
  g_assert_cmpint (g_rename (folder, moved), ==, 0);
  g_assert_cmpint (symlink (evil, folder), ==, 0);
  text = gh_file_trust_read (fd, folder, "file", 4096, &length, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, GOOD);
  close (fd);
  assert_folder_refused (folder, GH_ERROR_PLUGIN, "a symbolic link that root does not own");
}

typedef struct {
  const char *folder;
  gint done;
} Swapper;

/* Puts one file, then the other, in the place of "file", as fast as it can. */
static gpointer
swap_files (gpointer data)
{
  Swapper *swapper = data;
  g_autofree char *path = g_build_filename (swapper->folder, "file", NULL);
  g_autofree char *next = g_build_filename (swapper->folder, "next", NULL);

  for (guint i = 0; !g_atomic_int_get (&swapper->done); i++)
    {
      gboolean link = i % 5 == 4;
      g_autofree char *octets = g_strnfill (100000 + i % 7, i % 2 ? 'a' : 'b');

      if (link && symlink ("/etc/passwd", next) == 0)
        g_assert_cmpint (g_rename (next, path), ==, 0);
      else if (g_file_set_contents_full (next, octets, -1, G_FILE_SET_CONTENTS_NONE, 0644, NULL))
        g_assert_cmpint (g_rename (next, path), ==, 0);
    }
  return NULL;
}

/*
 * Whatever is swapped in while we look: what we hold is one whole file, and the digest is of what
 * we hold.
 */
static void
test_race_does_not_mix_files (void)
{
  g_autofree char *folder = fixture_make_folder ("race");
  Swapper swapper = { folder, 0 };
  g_autofree char *octets = g_malloc (200000);
  int dir = open_folder (folder);
  GThread *thread;
  guint sealed = 0;

  fixture_write (folder, "file", "aaaa", 4);
  thread = g_thread_new ("swapper", swap_files, &swapper);
  for (guint i = 0; i < 400; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GString) hex = g_string_new (NULL);
      g_autofree char *expected = NULL;
      guint8 digest[32];
      int fd = gh_file_trust_seal (dir, folder, "file", digest, &error);
      ssize_t length;

      if (fd < 0)
        {
          g_assert_error (error, GH_ERROR, GH_ERROR_PLUGIN);
          continue;
        }
      sealed++;
      length = pread (fd, octets, 200000, 0);
      g_assert_cmpint (length, >, 0);
      expected = fixture_hash (octets, (gsize) length);
      for (gsize byte = 0; byte < sizeof digest; byte++)
        g_string_append_printf (hex, "%02x", digest[byte]);
      g_assert_cmpstr (hex->str, ==, expected);
      for (ssize_t at = 1; at < length; at++)
        g_assert_true (octets[at] == octets[0]);
      close (fd);
    }
  g_atomic_int_set (&swapper.done, 1);
  g_thread_join (thread);
  g_assert_cmpuint (sealed, >, 0);
  close (dir);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  fixture_init (NULL, as_root);
  g_test_add_func ("/file-trust/folder-paths", test_folder_paths);
  g_test_add_func ("/file-trust/folder-of-root-is-trusted", test_folder_of_root_is_trusted);
  g_test_add_func ("/file-trust/folder-below-a-sticky-one-is-trusted",
                   test_folder_below_a_sticky_one_is_trusted);
  g_test_add_func ("/file-trust/folder-that-others-can-write-to",
                   test_folder_that_others_can_write_to);
  g_test_add_func ("/file-trust/folder-of-somebody-else", test_folder_of_somebody_else);
  g_test_add_func ("/file-trust/link-of-ours-is-refused", test_link_of_ours_is_refused);
  g_test_add_func ("/file-trust/link-of-root-is-walked", test_link_of_root_is_walked);
  g_test_add_func ("/file-trust/links-of-proc-are-no-way-around",
                   test_links_of_proc_are_no_way_around);
  g_test_add_func ("/file-trust/file-is-read-whole", test_file_is_read_whole);
  g_test_add_func ("/file-trust/file-kinds-are-refused", test_file_kinds_are_refused);
  g_test_add_func ("/file-trust/file-modes-are-refused", test_file_modes_are_refused);
  g_test_add_func ("/file-trust/file-of-somebody-else", test_file_of_somebody_else);
  g_test_add_func ("/file-trust/huge-file-is-refused", test_huge_file_is_refused);
  g_test_add_func ("/file-trust/sealed-copy-cannot-change", test_sealed_copy_cannot_change);
  g_test_add_func ("/file-trust/folder-that-is-swapped-is-not-looked-up-again",
                   test_folder_that_is_swapped_is_not_looked_up_again);
  g_test_add_func ("/file-trust/race-does-not-mix-files", test_race_does_not_mix_files);
  status = g_test_run ();
  fixture_finish ();
  return status;
}
