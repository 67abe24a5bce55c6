/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-archive.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* A file of `ghctl backup`. No key is made of a passphrase: that would take a second. */

#define CHUNK 4096

static gboolean
read_part (GhctlArchive *archive, gint64 length)
{
  guint8 chunk[CHUNK];

  while (length > 0)
    {
      const gsize n = (gsize) MIN (length, CHUNK);
      g_autoptr (GError) error = NULL;
      const gboolean done = ghctl_archive_read (archive, chunk, n, &error);
      if (done == (error != NULL))
        g_error ("octets and an error, or neither");
      if (!done)
        return FALSE;
      length -= (gint64) n;
    }
  return length == 0;
}

static void
read_all (GhctlArchive *archive)
{
  GhctlKdf kdf;

  if (ghctl_archive_is_sealed (archive))
    {
      const gboolean bounded = ghctl_archive_check_kdf (archive, &kdf, NULL);
      if (bounded && (kdf.memory > (gint64) 1 << 30 || kdf.operations > 16))
        g_error ("a header that costs too much");
      if (read_part (archive, 1))
        g_error ("read without a passphrase");
      return;
    }
  if (read_part (archive, ghctl_archive_length (archive, "store"))
      && read_part (archive, ghctl_archive_length (archive, "vault"))
      && read_part (archive, ghctl_archive_length (archive, "key"))
      && ghctl_archive_check_end (archive, NULL) && read_part (archive, 1))
    g_error ("more behind the end");
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GError) error = NULL;
  const int fd = memfd_create ("backup", MFD_CLOEXEC);

  if (fd < 0 || write (fd, data, size) != (gssize) size || lseek (fd, 0, SEEK_SET) != 0)
    g_error ("no memory file");
  g_autoptr (GhctlArchive) archive = ghctl_archive_open (fd, &error);
  if ((archive == NULL) != (error != NULL))
    g_error ("an archive and an error, or neither");
  if (archive != NULL)
    read_all (archive);
  close (fd);
  return 0;
}
