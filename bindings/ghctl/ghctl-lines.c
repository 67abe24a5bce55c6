/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-lines.h"

#include "ghctl.h"

#include <gio/gunixinputstream.h>
#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

#define CHUNK 65536

gboolean
ghctl_lines_open (GhctlLines *lines, const char *file, gsize most, GError **error)
{
  g_autoptr (GFile) path = g_file_new_for_path (file);
  g_autoptr (GFileInfo) info = NULL;

  *lines = (GhctlLines){ .most = most };
  if (strcmp (file, "-") == 0)
    lines->stream = g_unix_input_stream_new (STDIN_FILENO, FALSE);
  else
    lines->stream = G_INPUT_STREAM (g_file_read (path, NULL, error));
  if (lines->stream == NULL)
    return FALSE;
  if (G_IS_FILE_INPUT_STREAM (lines->stream))
    info = g_file_input_stream_query_info (G_FILE_INPUT_STREAM (lines->stream),
                                           G_FILE_ATTRIBUTE_STANDARD_SIZE, NULL, NULL);
  lines->size = info != NULL ? g_file_info_get_size (info) : 0;
  lines->buffer = g_byte_array_new ();
  return TRUE;
}

/* FALSE with @error; at the end of the file it is ended. */
static gboolean
fill (GhctlLines *lines, GError **error)
{
  g_autofree guint8 *chunk = g_malloc (CHUNK);
  gssize n;

  if (lines->start > 0)
    g_byte_array_remove_range (lines->buffer, 0, lines->start);
  lines->start = 0;
  n = g_input_stream_read (lines->stream, chunk, CHUNK, NULL, error);
  if (n < 0)
    return FALSE;
  if (n == 0)
    lines->ended = TRUE;
  g_byte_array_append (lines->buffer, chunk, (guint) n);
  return TRUE;
}

static const char *
refuse (GhctlLines *lines, const char *reason, GError **error)
{
  g_set_error (error, GHCTL_ERROR, GHCTL_USAGE, _ ("line %lld: %s"), (long long) lines->number,
               reason);
  return NULL;
}

static const char *
take (GhctlLines *lines, gsize length, GError **error)
{
  guint8 *line = lines->buffer->data + lines->start;

  lines->number++;
  line[length] = '\0';
  lines->start += length + 1;
  lines->octets += (gint64) length + 1;
  if (!g_utf8_validate ((const char *) line, (gssize) length, NULL))
    return refuse (lines, _ ("not UTF-8"), error);
  return (const char *) line;
}

const char *
ghctl_lines_next (GhctlLines *lines, GError **error)
{
  gsize looked = 0;

  for (;;)
    {
      const guint8 *from = lines->buffer->data != NULL ? lines->buffer->data + lines->start + looked
                                                       : NULL;
      const gsize left = lines->buffer->len - lines->start - looked;
      const guint8 *end = left > 0 ? memchr (from, '\n', left) : NULL;
      if (end != NULL)
        return take (lines, (gsize) (end - lines->buffer->data) - lines->start, error);
      looked += left;
      if (looked > lines->most)
        {
          lines->number++;
          return refuse (lines, _ ("too long"), error);
        }
      if (lines->ended && looked == 0)
        return NULL;
      if (lines->ended)
        {
          /* The last one, without an end. */
          lines->cut = TRUE;
          g_byte_array_append (lines->buffer, (const guint8 *) "", 1);
          return take (lines, looked, error);
        }
      if (!fill (lines, error))
        return NULL;
    }
}

void
ghctl_lines_clear (GhctlLines *lines)
{
  g_clear_object (&lines->stream);
  g_clear_pointer (&lines->buffer, g_byte_array_unref);
}
