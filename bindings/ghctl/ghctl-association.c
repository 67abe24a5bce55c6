/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-command.h"
#include "ghctl-json.h"

#include <glib/gi18n.h>

#define ASSOCIATIONS "org.gatehouse.Gatehouse1.Associations"
#define PAGE         500

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
      ghctl_json_print_variant (association);
      return id;
    }
  g_variant_lookup (association, "transport", "&s", &transport);
  g_variant_lookup (association, "peer", "&s", &peer);
  g_variant_lookup (association, "suite", "&s", &suite);
  g_variant_lookup (association, "credential", "&s", &credential);
  g_variant_lookup (association, "resumed", "b", &resumed);
  g_variant_lookup (association, "outgoing", "b", &outgoing);
  g_autofree char *shown = ghctl_printable (credential);
  g_autofree char *times = g_strdup_printf (_ ("since %s, ends %s"), since, ends);
  g_print ("%6" G_GUINT64_FORMAT "  %-6s %s %-22s %s  %s\n        ", id, transport,
           outgoing ? "->" : "<-", peer, shown, times);
  g_print (resumed ? _ ("%s, resumed") : "%s", suite);
  g_print ("\n");
  return id;
}

static gboolean
run_list (GhctlRun *run, GError **error)
{
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
          after = MAX (after, print_association (one, run->json));
        }
    }
  while (n > 0);
  return TRUE;
}

/* FALSE with @error: there is none, or that cannot be asked. */
static gboolean
check_association (GhctlRun *run, guint64 id, GError **error)
{
  g_autoptr (GVariant) answer = ghctl_call_simple (
    run->connection, ASSOCIATIONS, "List", g_variant_new ("(tu)", id - 1, 1), "(aa{sv})", error);
  guint64 found = 0;

  if (answer == NULL)
    return FALSE;
  g_autoptr (GVariant) all = g_variant_get_child_value (answer, 0);
  if (g_variant_n_children (all) > 0)
    {
      g_autoptr (GVariant) one = g_variant_get_child_value (all, 0);
      g_variant_lookup (one, "id", "t", &found);
    }
  if (found == id)
    return TRUE;
  g_set_error (error, GHCTL_ERROR, GHCTL_REFUSED, _ ("there is no association %s"),
               run->arguments[0]);
  return FALSE;
}

static gboolean
run_close (GhctlRun *run, GError **error)
{
  guint64 id;

  if (!g_ascii_string_to_unsigned (run->arguments[0], 10, 1, G_MAXUINT64, &id, NULL))
    return ghctl_usage (_ ("close: the number of an association is expected"), error);
  if (!check_association (run, id, error))
    return FALSE;
  return ghctl_done (run, ghctl_call_plain (run->connection, ASSOCIATIONS, "Close",
                                            g_variant_new ("(t)", id), error));
}

static const GhctlCommand commands[] = {
  { NULL, "", N_ ("show who is connected, and by which proof"), 0, 0, run_list },
  { "list", "", N_ ("the same"), 0, 0, run_list },
  { "close", "ID", N_ ("end an association"), 1, 1, run_close },
  { NULL, NULL, NULL, 0, 0, NULL },
};
const GhctlGroup ghctl_association_group = {
  .name = "association",
  .summary = N_ ("who is connected, and by which proof"),
  .commands = commands,
  .examples = "  ghctl association\n"
              "  ghctl association close 4\n",
};
