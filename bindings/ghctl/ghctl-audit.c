/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-command.h"

#include <string.h>

#define AUDIT        "org.gatehouse.Gatehouse1.Audit"
#define ASSOCIATIONS "org.gatehouse.Gatehouse1.Associations"
#define PAGE         500

typedef struct {
  gboolean json, verify;
  gint64 after;
  gint last;
} Options;

/* --- audit --- */

static const char *
text_of (JsonObject *record, const char *name)
{
  return json_object_get_string_member_with_default (record, name, "");
}

/* "2026-01-01 12:00:00  refusal       refused  from=Ceve rsc=4106 ...": control characters cannot
 * be in it, because the record is JSON and they are shown as it escapes them. */
static void
print_record (const char *line)
{
  g_autoptr (JsonNode) node = json_from_string (line, NULL);
  JsonObject *record = node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node)
                                                                     : NULL;
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;

  if (record == NULL)
    return;
  const char *time = text_of (record, "t");
  g_print ("%6" G_GINT64_FORMAT "  ", json_object_get_int_member_with_default (record, "n", 0));
  if (strlen (time) >= 15)
    g_print ("%.4s-%.2s-%.2s %.2s:%.2s:%.2s  ", time, time + 4, time + 6, time + 9, time + 11,
             time + 13);
  g_print ("%-14s %-9s", text_of (record, "kind"), text_of (record, "event"));
  json_object_iter_init_ordered (&iter, record);
  while (json_object_iter_next_ordered (&iter, &name, &value))
    if (!g_strv_contains ((const char *const[]){ "n", "t", "kind", "event", NULL }, name))
      {
        g_autofree char *text = json_to_string (value, FALSE);
        g_print (" %s=%s", name, text);
      }
  g_print ("\n");
}

static gboolean
verify (GDBusConnection *connection, gboolean *out_intact, GError **error)
{
  g_autoptr (GVariant) answer = ghctl_call_simple (connection, AUDIT, "Verify", NULL, "(a{sv})",
                                                   error);
  guint64 first = 0, last = 0, broken = 0;
  const char *head = "";

  if (answer == NULL)
    return FALSE;
  g_autoptr (GVariant) state = g_variant_get_child_value (answer, 0);
  g_variant_lookup (state, "first", "t", &first);
  g_variant_lookup (state, "last", "t", &last);
  g_variant_lookup (state, "broken", "t", &broken);
  g_variant_lookup (state, "head", "&s", &head);
  *out_intact = FALSE;
  g_variant_lookup (state, "intact", "b", out_intact);
  if (*out_intact)
    g_print ("intact: records %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT "\nhead: %s\n", first,
             last, head);
  else
    g_print ("BROKEN: record %" G_GUINT64_FORMAT " does not follow from the one before\n", broken);
  return TRUE;
}

/* The number after which the newest @last records begin. */
static gboolean
find_start (GDBusConnection *connection, Options *options, GError **error)
{
  guint64 newest = 0;

  if (options->last <= 0 || options->after > 0)
    return TRUE;
  g_autoptr (GVariant) answer = ghctl_call_simple (connection, AUDIT, "Verify", NULL, "(a{sv})",
                                                   error);
  if (answer == NULL)
    return FALSE;
  g_autoptr (GVariant) state = g_variant_get_child_value (answer, 0);
  g_variant_lookup (state, "last", "t", &newest);
  options->after = newest > (guint64) options->last ? (gint64) newest - options->last : 0;
  return TRUE;
}

static guint64
number_of (const char *line)
{
  return g_str_has_prefix (line, "{\"n\":") ? g_ascii_strtoull (line + 5, NULL, 10) : 0;
}

static gboolean
print_records (GDBusConnection *connection, Options *options, GError **error)
{
  guint64 after;
  gsize n;

  if (!find_start (connection, options, error))
    return FALSE;
  after = (guint64) options->after;
  do
    {
      g_autoptr (GVariant) answer = ghctl_call_simple (
        connection, AUDIT, "Read", g_variant_new ("(tu)", after, PAGE), "(as)", error);
      if (answer == NULL)
        return FALSE;
      g_autoptr (GVariant) records = g_variant_get_child_value (answer, 0);
      n = g_variant_n_children (records);
      for (gsize i = 0; i < n; i++)
        {
          const char *line;
          g_variant_get_child (records, i, "&s", &line);
          if (options->json)
            g_print ("%s\n", line);
          else
            print_record (line);
          after = MAX (after, number_of (line));
        }
    }
  while (n > 0);
  return TRUE;
}

static gboolean
run_audit (GhctlRun *run, GError **error)
{
  Options *options = run->options;
  gboolean intact = TRUE;

  if (options->after < 0 || options->last < 0)
    return ghctl_usage ("audit: --after and --last take numbers that are not negative", error);
  if (!(options->verify ? verify (run->connection, &intact, error)
                        : print_records (run->connection, options, error)))
    return FALSE;
  run->exit = intact ? GHCTL_DONE : GHCTL_REFUSED;
  return TRUE;
}

GhctlExit
ghctl_audit_main (int argc, char **argv)
{
  static const GhctlCommand commands[] = {
    { NULL, "", "show what somebody answers for", 0, 0, run_audit },
    { NULL, NULL, NULL, 0, 0, NULL },
  };
  Options options = { .last = 0 };
  const GOptionEntry entries[] = {
    { "after", 0, 0, G_OPTION_ARG_INT64, &options.after, "Only records after this number",
      "NUMBER" },
    { "last", 'n', 0, G_OPTION_ARG_INT, &options.last, "Only the newest", "N" },
    { "verify", 0, 0, G_OPTION_ARG_NONE, &options.verify,
      "Compute the chain again, and say whether it is intact", NULL },
    { "json", 'j', 0, G_OPTION_ARG_NONE, &options.json, "One object a line, as it is kept", NULL },
    G_OPTION_ENTRY_NULL,
  };
  const GhctlGroup group = { "audit", commands, entries, NULL, &options };

  return ghctl_group_main (&group, argc, argv);
}

/* --- association --- */

static char *
time_text (GVariant *association, const char *name)
{
  gint64 us;

  if (!g_variant_lookup (association, name, "x", &us))
    return g_strdup ("-");
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (us / G_USEC_PER_SEC);
  return time != NULL ? g_date_time_format (time, "%F %T") : g_strdup ("-");
}

static guint64
print_association (GVariant *association, gboolean json)
{
  guint64 id = 0;
  gboolean resumed = FALSE, outgoing = FALSE;
  const char *transport = "", *peer = "", *suite = "", *credential = "";
  g_autofree char *since = time_text (association, "since");
  g_autofree char *ends = time_text (association, "ends");

  g_variant_lookup (association, "id", "t", &id);
  if (json)
    {
      g_autofree char *text = json_gvariant_serialize_data (association, NULL);
      g_print ("%s\n", text);
      return id;
    }
  g_variant_lookup (association, "transport", "&s", &transport);
  g_variant_lookup (association, "peer", "&s", &peer);
  g_variant_lookup (association, "suite", "&s", &suite);
  g_variant_lookup (association, "credential", "&s", &credential);
  g_variant_lookup (association, "resumed", "b", &resumed);
  g_variant_lookup (association, "outgoing", "b", &outgoing);
  g_print ("%6" G_GUINT64_FORMAT "  %-6s %s %-22s %s  since %s, ends %s\n        %s%s\n", id,
           transport, outgoing ? "->" : "<-", peer, credential, since, ends, suite,
           resumed ? ", resumed" : "");
  return id;
}

static gboolean
run_list (GhctlRun *run, GError **error)
{
  const Options *options = run->options;
  guint64 after = 0;
  gsize n;

  do
    {
      g_autoptr (GVariant) answer = ghctl_call_simple (run->connection, ASSOCIATIONS, "List",
                                                       g_variant_new ("(tu)", after, PAGE),
                                                       "(aa{sv})", error);
      if (answer == NULL)
        return FALSE;
      g_autoptr (GVariant) all = g_variant_get_child_value (answer, 0);
      n = g_variant_n_children (all);
      for (gsize i = 0; i < n; i++)
        {
          g_autoptr (GVariant) one = g_variant_get_child_value (all, i);
          after = MAX (after, print_association (one, options->json));
        }
    }
  while (n > 0);
  return TRUE;
}

static gboolean
run_close (GhctlRun *run, GError **error)
{
  guint64 id;

  if (!g_ascii_string_to_unsigned (run->arguments[0], 10, 1, G_MAXUINT64, &id, NULL))
    return ghctl_usage ("association: close ID: a number is expected", error);
  return ghctl_call_plain (run->connection, ASSOCIATIONS, "Close", g_variant_new ("(t)", id),
                           error);
}

GhctlExit
ghctl_association_main (int argc, char **argv)
{
  static const GhctlCommand commands[] = {
    { NULL, "", "show who is connected, and by which proof", 0, 0, run_list },
    { "list", "", "the same", 0, 0, run_list },
    { "close", "ID", "end an association", 1, 1, run_close },
    { NULL, NULL, NULL, 0, 0, NULL },
  };
  Options options = { .last = 0 };
  const GOptionEntry entries[] = {
    { "json", 'j', 0, G_OPTION_ARG_NONE, &options.json, "One object a line", NULL },
    G_OPTION_ENTRY_NULL,
  };
  const GhctlGroup group = { "association", commands, entries, NULL, &options };

  return ghctl_group_main (&group, argc, argv);
}
