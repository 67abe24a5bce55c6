/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-credential.h"

#include "ghctl-progress.h"

#include <glib/gi18n.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

/* Many symmetric keys at once, from standard input, in calls of whole lines. */

#define CHUNK_LINES 500
#define CHUNK_SIZE  28000

typedef struct {
  guint8 *data; /* CHUNK_SIZE octets, locked */
  gsize length;
  guint lines, before; /* in the chunk; in those that were sent */
  guint64 added;
  GhctlProgress progress;
} Chunk;

/* The error speaks of a line of the chunk: of the whole input it is another one. */
static void
shift_line (GError *error, guint before)
{
  const char *colon = strchr (error->message, ':');
  char *rest = NULL;
  guint64 line = 0;

  if (!g_str_has_prefix (error->message, "line ") || colon == NULL)
    return;
  line = g_ascii_strtoull (error->message + 5, NULL, 10);
  rest = g_strdup_printf ("line %" G_GUINT64_FORMAT "%s", line + before, colon);
  g_free (error->message);
  error->message = rest;
}

static gboolean
send_chunk (GDBusConnection *connection, const GhctlCredentialOptions *options, Chunk *chunk,
            GError **error)
{
  const GhctlSecret lines = { chunk->data, chunk->length };
  GhctlCall call = { GHCTL_CREDENTIALS, "Import", NULL, "(u)", -1, -1 };
  g_autoptr (GVariant) answer = NULL;
  GVariant *properties;
  GError *problem = NULL;
  guint added = 0;

  if (chunk->length == 0)
    return TRUE;
  properties = ghctl_credential_properties (options, NULL, error);
  call.fd_in = properties != NULL ? ghctl_secret_to_fd (&lines, error) : -1;
  if (call.fd_in < 0)
    return FALSE;
  call.arguments = g_variant_new ("(@a{sv}h)", properties, 0);
  answer = ghctl_call (connection, &call, &problem);
  close (call.fd_in);
  if (answer == NULL)
    {
      shift_line (problem, chunk->before);
      g_propagate_error (error, problem);
      return FALSE;
    }
  g_variant_get (answer, "(u)", &added);
  chunk->added += added;
  chunk->before += chunk->lines;
  chunk->lines = 0;
  chunk->length = 0;
  ghctl_progress_update (&chunk->progress, 0, (gint64) chunk->added);
  return TRUE;
}

/* Sends whole lines, so that each call is all or nothing; what follows the last end of a line stays
 * in @chunk. */
static gboolean
import_from (GDBusConnection *connection, const GhctlCredentialOptions *options, int fd,
             Chunk *chunk, GError **error)
{
  gsize kept = 0; /* octets of whole lines */
  gssize n;

  do
    {
      n = read (fd, chunk->data + chunk->length, CHUNK_SIZE - chunk->length);
      if (n < 0)
        return ghctl_usage (_ ("standard input cannot be read"), error);
      for (gsize i = chunk->length; i < chunk->length + (gsize) n; i++)
        if (chunk->data[i] == '\n')
          chunk->lines++, kept = i + 1;
      chunk->length += (gsize) n;
      if (n == 0)
        break;
      if (chunk->lines < CHUNK_LINES && chunk->length < CHUNK_SIZE)
        continue;
      if (kept == 0)
        return ghctl_usage (_ ("a line is longer than 28000 octets"), error);
      {
        const gsize rest = chunk->length - kept;

        chunk->length = kept;
        if (!send_chunk (connection, options, chunk, error))
          return FALSE;
        memmove (chunk->data, chunk->data + kept, rest);
        chunk->length = rest;
        kept = 0;
      }
    }
  while (n > 0);
  return send_chunk (connection, options, chunk, error);
}

gboolean
ghctl_credential_import (GhctlRun *run, GError **error)
{
  const GhctlCredentialOptions *options = run->options;
  Chunk chunk = {
    .data = sodium_init () >= 0 ? sodium_malloc (CHUNK_SIZE) : NULL,
    .progress.what = _ ("import"),
  };
  gboolean done;

  if (chunk.data == NULL)
    return ghctl_usage (_ ("no memory can be locked"), error);
  done = import_from (run->connection, options, STDIN_FILENO, &chunk, error);
  /* Wipes. */
  sodium_free (chunk.data);
  ghctl_progress_end (&chunk.progress);
  if (run->json)
    g_print ("{\"imported\":%" G_GUINT64_FORMAT "}\n", chunk.added);
  else
    g_print (ngettext ("%llu imported\n", "%llu imported\n", chunk.added),
             (unsigned long long) chunk.added);
  return done;
}
