/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-command.h"
#include "ghctl-draft.h"
#include "ghctl-json.h"
#include "ghctl-lines.h"
#include "ghctl-progress.h"
#include "ghctl-request.h"
#include "ghctl-transfer.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <string.h>

/* Makes the resources of an export below another parent, in the order of the file. The file is read
 * through before anything is changed. Instances are sent ahead of their answers, in order;
 * everything else one by one. */

#define WINDOW     32 /* a client of the bus may have 64 calls under way */
#define MAX_LISTED 20

typedef struct {
  gboolean keep_going, check, new_ids;
  char *originator, *name;
  gint64 from_line;
} Options;
#define AT(member) offsetof (Options, member)

typedef struct {
  const Options *options;
  gboolean json;
  const char *file;
  GDBusConnection *connection; /* NULL: the lines are only checked */
  GhctlDraft *draft;
  GhctlProgress progress;
  gint64 created, refused, lines, resources, next_line;
  guint pending;
  gboolean stop, interrupted;
  GError *error; /* the bus is gone */
} Import;

/** Sent: one instance on its way. */
typedef struct {
  Import *import;
  gint64 line;
} Sent;

/* --- answers --- */

static void
report_refusal (Import *import, gint64 line, const char *reason)
{
  import->refused++;
  if (!import->options->keep_going)
    import->stop = TRUE;
  if (import->refused > MAX_LISTED)
    return;
  ghctl_progress_end (&import->progress);
  g_printerr (_ ("ghctl: %s: line %lld: %s\n"), import->file, (long long) line, reason);
}

/* Returns: whether it was made */
static gboolean
judge (Import *import, gint64 line, JsonNode *response)
{
  if (ghctl_response_is_accepted (response))
    {
      import->created++;
      return TRUE;
    }
  g_autofree char *refusal = ghctl_response_refusal (response);
  report_refusal (import, line, refusal);
  return FALSE;
}

static void
answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Sent *sent = user_data;
  Import *import = sent->import;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) response = ghctl_request_finish (G_DBUS_CONNECTION (source), result, &error);

  import->pending--;
  if (response != NULL)
    judge (import, sent->line, response);
  else if (import->error == NULL)
    import->error = g_steal_pointer (&error);
}

static void
wait_until (Import *import, guint pending)
{
  while (import->pending > pending)
    g_main_context_iteration (NULL, TRUE);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}

/* --- lines --- */

static gboolean
refuse_line (Import *import, const char *reason, GError **error)
{
  g_set_error (error, GHCTL_ERROR, GHCTL_USAGE, _ ("%s: line %lld: %s"), import->file,
               (long long) import->lines, reason);
  return FALSE;
}

static gboolean
send_instance (Import *import, JsonObject *request)
{
  Sent *sent = g_new0 (Sent, 1);

  sent->import = import;
  sent->line = import->lines;
  import->pending++;
  ghctl_request_start (import->connection, request, answered, sent);
  wait_until (import, WINDOW - 1);
  return import->error == NULL;
}

/* What was made before is only looked at, because others name it. */
static gboolean
look_at (Import *import, const char *path, JsonObject *resource, GError **error)
{
  g_autofree char *address = ghctl_draft_address (import->draft, path);
  g_autoptr (JsonObject) request = ghctl_request_new (GHCTL_RETRIEVE, address,
                                                      ghctl_draft_from (import->draft));
  g_autoptr (JsonNode) response = ghctl_request_send (import->connection, request, error);

  if (response != NULL && ghctl_response_is_accepted (response))
    ghctl_draft_learn (import->draft, resource, ghctl_response_content (response));
  return response != NULL;
}

static gboolean
make_resource (Import *import, const GhctlExportLine *line, GError **error)
{
  gboolean instance = FALSE;
  const gboolean skipped = import->lines < import->options->from_line;
  g_autoptr (JsonObject) request = ghctl_draft_request (import->draft, line->path, line->object,
                                                        &instance);

  if (request == NULL || (skipped && instance))
    return TRUE;
  if (skipped)
    return look_at (import, line->path, line->resource, error);
  if (instance)
    return send_instance (import, request);
  wait_until (import, 0);
  if (import->stop || import->error != NULL)
    return TRUE;
  g_autoptr (JsonNode) response = ghctl_request_send (import->connection, request, error);
  if (response == NULL)
    return FALSE;
  if (judge (import, import->lines, response))
    ghctl_draft_learn (import->draft, line->resource, ghctl_response_content (response));
  else
    import->next_line = import->lines;
  return TRUE;
}

/* @cut: it is the last one, without an end. FALSE with @error: the line is bad, or the bus is gone.
 */
static gboolean
take_line (Import *import, const char *text, gboolean cut, gboolean *out_ended, GError **error)
{
  g_auto (GhctlExportLine) line = { 0 };
  g_autoptr (GError) problem = NULL;

  if (!ghctl_export_line_parse (text, import->lines == 1, &line, &problem))
    return refuse_line (import, cut ? _ ("the file ends early") : problem->message, error);
  if (*out_ended)
    return refuse_line (import, _ ("there is something behind the end"), error);
  if (line.kind == GHCTL_LINE_END)
    {
      *out_ended = TRUE;
      return line.end == import->resources
             || refuse_line (import, _ ("the end counts other lines: the file is damaged"), error);
    }
  if (line.kind == GHCTL_LINE_HEADER)
    {
      if (import->draft != NULL)
        ghctl_draft_set_root (import->draft, line.root);
      return TRUE;
    }
  import->resources++;
  return import->connection == NULL || make_resource (import, &line, error);
}

static gboolean
read_lines (Import *import, GError **error)
{
  g_auto (GhctlLines) lines = { 0 };
  gboolean ended = FALSE;
  const char *text = "";
  GError *problem = NULL;

  if (!ghctl_lines_open (&lines, import->file, GHCTL_EXPORT_MAX_LINE, error))
    return FALSE;
  import->lines = import->resources = 0;
  import->progress.total = lines.size;
  while (!import->stop && import->error == NULL
         && (text = ghctl_lines_next (&lines, &problem)) != NULL)
    {
      import->lines = lines.number;
      import->next_line = lines.number + 1;
      if (!take_line (import, text, lines.cut, &ended, error))
        return FALSE;
      ghctl_progress_update (&import->progress, lines.octets, import->resources);
    }
  if (problem != NULL)
    {
      g_propagate_prefixed_error (error, problem, "%s: ", import->file);
      return FALSE;
    }
  if (text == NULL && !ended)
    {
      import->lines++;
      return refuse_line (import, _ ("the file ends early"), error);
    }
  return TRUE;
}

/* --- command --- */

static gboolean
interrupt (gpointer data)
{
  Import *import = data;

  import->stop = import->interrupted = TRUE;
  return G_SOURCE_CONTINUE;
}

/* Reads the file to its end before the first resource is made. */
static gboolean
check_file (Import *import, GError **error)
{
  Import check = { .options = import->options, .file = import->file };
  gboolean done;

  check.progress.what = _ ("check");
  done = read_lines (&check, error);
  ghctl_progress_end (&check.progress);
  import->resources = check.resources;
  import->lines = check.lines;
  return done;
}

/* @done: the file was read to its end */
static void
say_result (Import *import, gboolean done)
{
  const gboolean whole = done && !import->stop && import->error == NULL;

  if (import->json)
    g_print ("{\"created\":%" G_GINT64_FORMAT ",\"refused\":%" G_GINT64_FORMAT
             ",\"complete\":%s,\"next-line\":%" G_GINT64_FORMAT "}\n",
             import->created, import->refused, whole ? "true" : "false", import->next_line);
  else
    g_print (_ ("%lld created, %lld refused\n"), (long long) import->created,
             (long long) import->refused);
  /* Where nothing was made there is nothing to go on with. */
  if (!whole && import->created == 0 && import->options->from_line == 0)
    g_printerr ("%s", _ ("ghctl: nothing was made\n"));
  else if (!whole)
    g_printerr (
      _ ("ghctl: what stands before line %lld has been sent, and what was refused is named "
         "above; \"--from-line %lld\" goes on there\n"),
      (long long) import->next_line, (long long) import->next_line);
}

static void
say_checked (const Import *import)
{
  if (import->json)
    g_print ("{\"resources\":%" G_GINT64_FORMAT "}\n", import->resources);
  else
    g_print (
      ngettext ("%lld resource, no mistake\n", "%lld resources, no mistake\n", import->resources),
      (long long) import->resources);
}

static gboolean
import_file (Import *import, GError **error)
{
  const guint source = g_unix_signal_add (SIGINT, interrupt, import);
  gboolean done;

  import->progress.what = _ ("import");
  done = read_lines (import, error);
  wait_until (import, 0);
  g_source_remove (source);
  ghctl_progress_end (&import->progress);
  say_result (import, done);
  if (!done)
    return FALSE;
  if (import->error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&import->error));
  return FALSE;
}

static gboolean
run_import (GhctlRun *run, GError **error)
{
  const Options *options = run->options;
  Import import = { .options = options, .json = run->json, .file = run->arguments[0] };
  gboolean done;

  if (options->from_line < 0)
    return ghctl_usage (_ ("import: --from-line takes the number of a line"), error);
  if (strcmp (import.file, "-") != 0 && !check_file (&import, error))
    return FALSE;
  if (options->check)
    {
      say_checked (&import);
      return TRUE;
    }
  if (import.lines > 0 && options->from_line > import.lines)
    {
      g_set_error (error, GHCTL_ERROR, GHCTL_USAGE,
                   ngettext ("%s: --from-line: the file has %lld line",
                             "%s: --from-line: the file has %lld lines", (gulong) import.lines),
                   import.file, (long long) import.lines);
      return FALSE;
    }
  g_autofree char *from = ghctl_from (run->connection, options->originator, error);
  if (from == NULL)
    return FALSE;
  import.connection = run->connection;
  import.draft = ghctl_draft_new (from, run->arguments[1], options->name, options->new_ids);
  done = import_file (&import, error);
  ghctl_draft_free (import.draft);
  if (import.refused > 0 || import.interrupted)
    run->exit = GHCTL_REFUSED;
  return done;
}

static const GhctlCommand commands[] = {
  { NULL, "FILE PARENT", NULL, 2, 2, run_import },
  { NULL, NULL, NULL, 0, 0, NULL },
};

static const GhctlOption option_table[] = {
  { "name", 0, G_OPTION_ARG_STRING, AT (name), N_ ("What the topmost resource is called here"),
    "NAME", NULL },
  { "new-ids", 0, G_OPTION_ARG_NONE, AT (new_ids),
    N_ ("AEs get other AE-IDs; default: those that they had"), NULL, NULL },
  { "keep-going", 'k', G_OPTION_ARG_NONE, AT (keep_going),
    N_ ("Go on after what is refused; default: stop"), NULL, NULL },
  { "from-line", 0, G_OPTION_ARG_INT64, AT (from_line),
    N_ ("Go on at this line; what stands before has been made"), "N", NULL },
  { "check", 0, G_OPTION_ARG_NONE, AT (check), N_ ("Only look for mistakes in the file"), NULL,
    NULL },
  { "originator", 'o', G_OPTION_ARG_STRING, AT (originator),
    N_ ("Who asks; default: the administrator; \"\": nobody named"), "ID", NULL },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

const GhctlGroup ghctl_import_group = {
  .name = "import",
  .summary = N_ ("make what \"ghctl export\" wrote, below PARENT"),
  .commands = commands,
  .options = option_table,
  .notes = N_ ("The file is read through before anything is made; - is standard input, which is "
               "not.\nCreation times are new; names, order and what the types allow are kept.\n"),
  .examples = "  ghctl import sensor.jsonl gatehouse\n"
              "  ghctl import sensor.jsonl gatehouse --name sensor-2 --new-ids\n"
              "  zstd -dc all.jsonl.zst | ghctl import - gatehouse --keep-going\n",
  .size = sizeof (Options),
};
