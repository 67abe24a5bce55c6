/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "security/gh-tls-private.h"

#ifdef GH_TEST_KEY_LOG

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/gh-log.h"

enum { MAX_LABEL = 64, MAX_LINE = 512 };

static gsize
append_hex (char *line, gsize at, const gnutls_datum_t *octets)
{
  static const char digits[] = "0123456789abcdef";
  for (unsigned i = 0; i < octets->size; i++)
    {
      line[at++] = digits[octets->data[i] >> 4];
      line[at++] = digits[octets->data[i] & 15];
    }
  return at;
}

/* One write a line: sessions of several threads append to the same file. */
static gboolean
append_line (const char *path, const char *line, gsize length)
{
  int fd = open (path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    return FALSE;
  /* The file may have been there, open to others. */
  gboolean done = fchmod (fd, 0600) == 0 && write (fd, line, length) == (gssize) length;
  close (fd);
  return done;
}

/* Called by GnuTLS. A line is LABEL, the client's random, the secret. */
static int
log_key (gnutls_session_t session, const char *label, const gnutls_datum_t *secret)
{
  const char *path = g_getenv ("GH_TEST_KEY_LOG");
  gnutls_datum_t client, server;
  char line[MAX_LINE];
  if (path == NULL)
    return 0;
  gnutls_session_get_random (session, &client, &server);
  gsize at = strlen (label);
  if (at > MAX_LABEL || at + 2 * ((gsize) client.size + secret->size) + 3 > sizeof line)
    return 0;
  memcpy (line, label, at);
  line[at++] = ' ';
  at = append_hex (line, at, &client);
  line[at++] = ' ';
  at = append_hex (line, at, secret);
  line[at++] = '\n';
  if (!append_line (path, line, at))
    gh_log (GH_LOG_WARNING, "tls", "the key log cannot be written", "file", path, NULL);
  gnutls_memset (line, 0, sizeof line);
  return 0;
}

void
gh_tls_key_log_settle (gnutls_session_t session)
{
  gnutls_session_set_keylog_function (session, log_key);
}

#else

/* GnuTLS comes with a key log of its own, for whoever sets SSLKEYLOGFILE. */
void
gh_tls_key_log_settle (gnutls_session_t session)
{
  gnutls_session_set_keylog_function (session, NULL);
}

#endif
