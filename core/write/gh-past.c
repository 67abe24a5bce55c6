/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "write/gh-writer-private.h"

#include <string.h>

/*
 * Past events over an orderly restart: they stand in the store as one text from the stop until the
 * first change after the start, which is the moment from which it would not be all any more. After
 * a crash there is none.
 */

#define KEY "past-events"
/* Octets of the text; of more the oldest are left out. */
#define MOST_OCTETS (8 * 1024 * 1024)

typedef struct {
  guint64 policy_sequence;
  GPtrArray *lines;
} Keeping;

/* Whether the policies of then are those of now, which a restart makes unknowable: they are found
 * without their history. */
static gboolean
is_judged (const Keeping *keeping, const GhPastEvent *event)
{
  return event->sequence > keeping->policy_sequence;
}

/* "subject judged moment body" */
static void
write_line (guint64 subject, const GhPastEvent *event, gpointer data)
{
  Keeping *keeping = data;
  g_ptr_array_add (keeping->lines,
                   g_strdup_printf ("%" G_GUINT64_FORMAT " %d %" G_GINT64_FORMAT " %.*s\n",
                                    subject, is_judged (keeping, event), event->moment_us,
                                    (int) event->body->length, event->body->data));
}

static char *
write_text (const GhWriter *writer)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  Keeping keeping = { writer->policy_sequence, lines };
  GString *text = g_string_new (NULL);
  gsize octets = 0;
  guint first;
  gh_retained_each (writer->retained, write_line, &keeping);
  for (first = lines->len; first > 0; first--)
    {
      octets += strlen (lines->pdata[first - 1]);
      if (octets > MOST_OCTETS)
        break;
    }
  for (guint i = first; i < lines->len; i++)
    g_string_append (text, lines->pdata[i]);
  return g_string_free (text, FALSE);
}

static gboolean
put (GhWriter *writer, const char *text, GError **error)
{
  const GhStoreOps *ops = writer->config.ops;
  if (!ops->begin (writer->config.store, error))
    return FALSE;
  if (ops->put_meta (writer->config.store, KEY, text, error)
      && ops->put_marks (writer->config.store, writer->sequence, writer->number,
                         writer->event_number, error))
    return gh_writer_commit (writer, error);
  ops->rollback (writer->config.store);
  return FALSE;
}

void
gh_past_keep (GhWriter *writer)
{
  g_autoptr (GError) error = NULL;
  /* what was found at the start is still there when nothing has happened since */
  if (!gh_retained_is_on (writer->retained) || writer->in_doubt || writer->past_is_stored)
    return;
  g_autofree char *text = write_text (writer);
  if (*text != '\0' && !put (writer, text, &error))
    gh_log (GH_LOG_WARNING, "writer", "past events are forgotten", "reason", error->message, NULL);
}

static gboolean
read_number (char **at, gint64 *out)
{
  char *end;
  *out = g_ascii_strtoll (*at, &end, 10);
  if (end == *at || *end != ' ')
    return FALSE;
  *at = end + 1;
  return TRUE;
}

static gboolean
read_line (GhWriter *writer, char *line)
{
  gint64 subject, judged, moment_us;
  if (!read_number (&line, &subject) || !read_number (&line, &judged)
      || !read_number (&line, &moment_us) || *line != '{')
    return FALSE;
  g_autoptr (GhBuffer) buffer = gh_buffer_new (line, strlen (line));
  const GhPastEvent event = { .body = buffer,
                              .sequence = judged != 0 ? writer->sequence + 1 : 0,
                              .moment_us = moment_us };
  gh_retained_add (writer->retained, (guint64) subject, &event);
  return TRUE;
}

gboolean
gh_past_load (GhWriter *writer, GError **error)
{
  g_autofree char *text = NULL;
  gboolean good = TRUE;
  if (!writer->config.ops->get_meta (writer->config.store, KEY, &text, error))
    return FALSE;
  writer->past_is_stored = text != NULL;
  for (char *rest = text, *line; good && (line = strsep (&rest, "\n")) != NULL && *line != '\0';)
    good = read_line (writer, line);
  if (!good)
    gh_log (GH_LOG_WARNING, "writer", "past events cannot be read, and are forgotten", NULL);
  gh_retained_settle (writer->retained, good);
  return TRUE;
}

gboolean
gh_past_clear (GhWriter *writer, GError **error)
{
  return !writer->past_is_stored
         || writer->config.ops->put_meta (writer->config.store, KEY, NULL, error);
}
