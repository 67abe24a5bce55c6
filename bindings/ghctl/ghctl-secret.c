/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl.h"

#include "base/gh-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <signal.h>
#include <sodium.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#define MAX_OCTETS     65536
#define MIN_PASSPHRASE 8
#define MAX_KEY        64

static gboolean
fail_errno (const char *what, GError **error)
{
  g_set_error (error, GHCTL_ERROR, GHCTL_USAGE, "%s: %s", what, g_strerror (errno));
  return FALSE;
}

static gboolean
fail_text (const char *text, GError **error)
{
  g_set_error_literal (error, GHCTL_ERROR, GHCTL_USAGE, text);
  return FALSE;
}

void
ghctl_secret_clear (GhctlSecret *secret)
{
  /* Wipes. */
  sodium_free (secret->data);
  *secret = (GhctlSecret){ NULL, 0 };
}

static gboolean
secret_alloc (gsize capacity, GhctlSecret *out, GError **error)
{
  *out = (GhctlSecret){ sodium_init () >= 0 ? sodium_malloc (capacity) : NULL, 0 };
  return out->data != NULL || fail_text (_ ("no memory can be locked"), error);
}

gboolean
ghctl_secret_read_fd (int fd, GhctlSecret *out, GError **error)
{
  gssize n = 1;

  if (!secret_alloc (MAX_OCTETS + 1, out, error))
    {
      close (fd);
      return FALSE;
    }
  while (n != 0 && out->length <= MAX_OCTETS)
    {
      n = read (fd, out->data + out->length, MAX_OCTETS + 1 - out->length);
      if (n < 0 && errno != EINTR)
        break;
      out->length += n > 0 ? (gsize) n : 0;
    }
  if (n < 0)
    fail_errno (_ ("the secret cannot be read"), error);
  else if (out->length > MAX_OCTETS)
    fail_text (_ ("more than 65536 octets"), error);
  close (fd);
  return n >= 0 && out->length <= MAX_OCTETS;
}

gboolean
ghctl_secret_read (const char *path, GhctlSecret *out, GError **error)
{
  const int fd = strcmp (path, "-") == 0 ? dup (STDIN_FILENO) : open (path, O_RDONLY | O_CLOEXEC);

  *out = (GhctlSecret){ NULL, 0 };
  return fd >= 0 ? ghctl_secret_read_fd (fd, out, error) : fail_errno (path, error);
}

/* One line of the terminal, without echo. */
static gboolean
read_silently (const char *prompt, GhctlSecret *out, GError **error)
{
  const int fd = open ("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  struct termios before, silent;
  gssize n = -1;

  if (fd < 0)
    return fail_text (_ ("there is no terminal to ask on: name a file that holds it"), error);
  if (!secret_alloc (1024, out, error))
    return close (fd), FALSE;
  if (tcgetattr (fd, &before) == 0)
    {
      silent = before;
      /* The key that interrupts ends the line, so that the terminal is not left without echo. */
      silent.c_lflag &= ~(tcflag_t) (ECHO | ISIG);
      silent.c_lflag |= ECHONL | ICANON;
      silent.c_cc[VEOL] = before.c_cc[VINTR];
      if (tcsetattr (fd, TCSAFLUSH, &silent) == 0)
        {
          if (write (fd, prompt, strlen (prompt)) >= 0)
            n = read (fd, out->data, 1023);
          tcsetattr (fd, TCSAFLUSH, &before);
        }
    }
  close (fd);
  if (n > 0 && before.c_cc[VINTR] != _POSIX_VDISABLE && out->data[n - 1] == before.c_cc[VINTR])
    raise (SIGINT);
  if (n < 0)
    return fail_errno (_ ("the terminal"), error);
  out->length = (gsize) n;
  return TRUE;
}

/* Hexadecimal if it can be, else base64, with white space around it. */
static gboolean
decode (const GhctlSecret *text, GhctlSecret *out, GError **error)
{
  const char *start = (const char *) text->data, *end = NULL;
  gsize length = text->length;

  while (length > 0 && g_ascii_isspace (start[length - 1]))
    length--;
  while (length > 0 && g_ascii_isspace (*start))
    start++, length--;
  if (!secret_alloc (MAX_KEY, out, error))
    return FALSE;
  if (length > 0
      && ((sodium_hex2bin (out->data, MAX_KEY, start, length, NULL, &out->length, &end) == 0
           && end == start + length)
          || (sodium_base642bin (out->data, MAX_KEY, start, length, NULL, &out->length, &end,
                                 sodium_base64_VARIANT_ORIGINAL)
                == 0
              && end == start + length)))
    return TRUE;
  return fail_text (_ ("the key is neither hexadecimal nor base64, or longer than 64 octets"),
                    error);
}

gboolean
ghctl_secret_ask (const char *path, GhctlSecret *out, GError **error)
{
  g_auto (GhctlSecret) text = { NULL, 0 }, again = { NULL, 0 };

  *out = (GhctlSecret){ NULL, 0 };
  if (path != NULL || !isatty (STDIN_FILENO))
    return ghctl_secret_read (path != NULL ? path : "-", &text, error)
           && decode (&text, out, error);
  if (!read_silently (_ ("Key (hexadecimal or base64): "), &text, error)
      || !read_silently (_ ("The same again: "), &again, error))
    return FALSE;
  if (text.length != again.length || sodium_memcmp (text.data, again.data, text.length) != 0)
    return fail_text (_ ("these are two different keys"), error);
  return decode (&text, out, error);
}

/* Without the end of the line, and not empty. */
static gboolean
trim_passphrase (GhctlSecret *secret, GError **error)
{
  while (secret->length > 0 && strchr ("\r\n", secret->data[secret->length - 1]) != NULL)
    secret->length--;
  return secret->length >= MIN_PASSPHRASE
         || fail_text (_ ("a passphrase has at least 8 octets"), error);
}

gboolean
ghctl_secret_ask_passphrase (const char *path, gboolean twice, GhctlSecret *out, GError **error)
{
  g_auto (GhctlSecret) again = { NULL, 0 };

  *out = (GhctlSecret){ NULL, 0 };
  if (path != NULL)
    return ghctl_secret_read (path, out, error) && trim_passphrase (out, error);
  if (!read_silently (_ ("Passphrase: "), out, error)
      || (twice && !read_silently (_ ("The same again: "), &again, error)))
    return FALSE;
  if (twice && (out->length != again.length || sodium_memcmp (out->data, again.data, again.length)))
    return fail_text (_ ("these are two different passphrases"), error);
  return trim_passphrase (out, error);
}

int
ghctl_secret_to_fd (const GhctlSecret *secret, GError **error)
{
  const int fd = memfd_create ("ghctl-secret", MFD_CLOEXEC | MFD_ALLOW_SEALING);

  if (fd >= 0 && gh_file_write_all (fd, secret->data, secret->length)
      && lseek (fd, 0, SEEK_SET) == 0
      && fcntl (fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0)
    return fd;
  fail_errno (_ ("memory file"), error);
  if (fd >= 0)
    close (fd);
  return -1;
}

gboolean
ghctl_secret_to_hex (const GhctlSecret *secret, GhctlSecret *out, GError **error)
{
  if (!secret_alloc (2 * secret->length + 1, out, error))
    return FALSE;
  sodium_bin2hex ((char *) out->data, 2 * secret->length + 1, secret->data, secret->length);
  out->length = 2 * secret->length;
  return TRUE;
}

static gboolean
is_standard (const char *path)
{
  return strcmp (path, "-") == 0;
}

void
ghctl_secret_file_clear (GhctlSecretFile *file)
{
  if (file->fd < 0)
    return;
  close (file->fd);
  if (!is_standard (file->path))
    unlink (file->path);
  file->fd = -1;
}

gboolean
ghctl_secret_file_open (const char *path, GhctlSecretFile *out, GError **error)
{
  *out = (GhctlSecretFile){ path, -1 };
  if (path == NULL)
    return TRUE;
  /* Of a file that is there, somebody may have a descriptor, or its mode may be another one. */
  out->fd = is_standard (path)
              ? dup (STDOUT_FILENO)
              : open (path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  return out->fd >= 0 || fail_errno (path, error);
}

gboolean
ghctl_secret_file_write (GhctlSecretFile *file, const GhctlSecret *secret, GError **error)
{
  if (file->fd < 0)
    return TRUE;
  if (!gh_file_write_all (file->fd, secret->data, secret->length))
    return fail_errno (file->path, error);
  close (file->fd);
  file->fd = -1;
  return TRUE;
}

/* @out has room for six times @text. Returns: how many octets it became */
static gsize
escape (const GhctlSecret *text, guint8 *out)
{
  static const char digits[] = "0123456789abcdef";
  gsize n = 0;

  for (gsize i = 0; i < text->length; i++)
    {
      const guint8 c = text->data[i];
      if (c < 0x20)
        {
          memcpy (out + n, "\\u00", 4);
          out[n + 4] = (guint8) digits[c >> 4];
          out[n + 5] = (guint8) digits[c & 15];
          n += 6;
          continue;
        }
      if (c == '"' || c == '\\')
        out[n++] = '\\';
      out[n++] = c;
    }
  return n;
}

static gboolean
is_text (const GhctlSecret *secret)
{
  for (gsize i = 0; i < secret->length; i++)
    if (secret->data[i] == 0 || secret->data[i] >= 0x7f)
      return FALSE;
  return TRUE;
}

gboolean
ghctl_secret_print_json (JsonObject *others, const char *name, const GhctlSecret *secret,
                         GError **error)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), others);
  g_autofree char *rest = json_to_string (node, FALSE), *start = NULL;
  g_auto (GhctlSecret) line = { NULL, 0 };
  g_auto (GhctlSecretFile) out = { NULL, -1 };
  gsize length;

  if (!is_text (secret))
    return fail_text (_ ("this is no text, which JSON needs: write it to a file with --output"),
                      error);
  start = g_strdup_printf ("{\"%s\":\"", name);
  length = strlen (start);
  if (!secret_alloc (length + 6 * secret->length + strlen (rest) + 4, &line, error))
    return FALSE;
  memcpy (line.data, start, length);
  length += escape (secret, line.data + length);
  line.data[length++] = '"';
  /* The others are an object of their own: only what is behind its brace. */
  if (json_object_get_size (others) > 0)
    line.data[length++] = ',';
  memcpy (line.data + length, rest + 1, strlen (rest) - 1);
  length += strlen (rest) - 1;
  line.data[length++] = '\n';
  line.length = length;
  return ghctl_secret_file_open ("-", &out, error) && ghctl_secret_file_write (&out, &line, error);
}
