/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-command.h"
#include "ghctl-json.h"

#include <glib/gi18n.h>
#include <string.h>

#define AUDIT "org.gatehouse.Gatehouse1.Audit"
#define PAGE  500

typedef struct {
  gboolean verify;
  gint64 after;
  gint last;
} Options;
#define AT(member) offsetof (Options, member)

static const char *
text_of (JsonObject *record, const char *name)
{
  return ghctl_json_text (record, name, "");
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
verify (const GhctlRun *run, gboolean *out_intact, GError **error)
{
  g_autoptr (GVariant) answer = ghctl_call_simple (run->connection, AUDIT, "Verify", NULL,
                                                   "(a{sv})", error);
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
  if (run->json)
    ghctl_json_print_variant (state);
  else if (*out_intact)
    g_print (_ ("intact: records %llu to %llu\nhead: %s\n"), (unsigned long long) first,
             (unsigned long long) last, head);
  else
    g_print (_ ("BROKEN: record %llu does not follow from the one before\n"),
             (unsigned long long) broken);
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
print_records (const GhctlRun *run, GError **error)
{
  Options *options = run->options;
  guint64 after;
  gsize n;

  if (!find_start (run->connection, options, error))
    return FALSE;
  after = (guint64) options->after;
  do
    {
      g_autoptr (GVariant) answer = ghctl_call_simple (
        run->connection, AUDIT, "Read", g_variant_new ("(tu)", after, PAGE), "(as)", error);
      if (answer == NULL)
        return FALSE;
      g_autoptr (GVariant) records = g_variant_get_child_value (answer, 0);
      n = g_variant_n_children (records);
      for (gsize i = 0; i < n; i++)
        {
          const char *line;
          g_variant_get_child (records, i, "&s", &line);
          if (run->json)
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
    return ghctl_usage (_ ("audit: --after and --last take numbers that are not negative"), error);
  if (!(options->verify ? verify (run, &intact, error) : print_records (run, error)))
    return FALSE;
  run->exit = intact ? GHCTL_DONE : GHCTL_REFUSED;
  return TRUE;
}

static const GhctlCommand commands[] = {
  { NULL, "", N_ ("show what somebody answers for"), 0, 0, run_audit },
  { NULL, NULL, NULL, 0, 0, NULL },
};
static const GhctlOption option_table[] = {
  { "after", 0, G_OPTION_ARG_INT64, AT (after), N_ ("Only records after this number"), "NUMBER",
    NULL },
  { "last", 'n', G_OPTION_ARG_INT, AT (last), N_ ("Only the newest"), "N", NULL },
  { "verify", 0, G_OPTION_ARG_NONE, AT (verify),
    N_ ("Compute the chain again, and say whether it is intact"), NULL, NULL },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};
const GhctlGroup ghctl_audit_group = {
  .name = "audit",
  .summary = N_ ("what happened that somebody may have to answer for"),
  .commands = commands,
  .options = option_table,
  .examples = "  ghctl audit --last 20\n"
              "  ghctl audit --verify\n",
  .size = sizeof (Options),
};
