/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-command.h"
#include "ghctl-json.h"

#include <glib/gi18n.h>

static void
print_json (const char **restart, const char **now)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();

  json_node_take_object (node, object);
  json_object_set_array_member (object, "restart", ghctl_json_list ((char **) restart));
  json_object_set_array_member (object, "now", ghctl_json_list ((char **) now));
  ghctl_json_print_line (node);
}

static gboolean
run_reload (GhctlRun *run, GError **error)
{
  g_autoptr (GVariant) answer = ghctl_call_simple (run->connection, "org.gatehouse.Gatehouse1",
                                                   "Reload", NULL, "(asas)", error);
  g_autofree const char **restart = NULL, **now = NULL;

  if (answer == NULL)
    return FALSE;
  g_variant_get (answer, "(^a&s^a&s)", &restart, &now);
  if (run->json)
    print_json (restart, now);
  for (gsize i = 0; !run->json && now[i] != NULL; i++)
    g_print (_ ("counts from now on: %s\n"), now[i]);
  for (gsize i = 0; !run->json && restart[i] != NULL; i++)
    g_print (_ ("counts only after a restart: %s\n"), restart[i]);
  return TRUE;
}

static const GhctlCommand commands[] = {
  { NULL, "", NULL, 0, 0, run_reload },
  { NULL, NULL, NULL, 0, 0, NULL },
};

const GhctlGroup ghctl_reload_group = {
  .name = "reload",
  .summary = N_ ("read configuration, certificates and revocation lists again"),
  .commands = commands,
  .examples = "  ghctl reload\n",
};
