/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-command.h"
#include "ghctl-json.h"
#include "ghctl-request.h"

#include <glib/gi18n.h>

/* Application entities. */

typedef struct {
  gboolean reachable;
  char *originator, *app, *id, *parent;
  char **points, **labels;
} Options;
#define AT(member) offsetof (Options, member)

static void
put_text (JsonObject *resource, const char *name, GhctlColour colour)
{
  const char *text = ghctl_json_text (resource, name, NULL);

  if (text == NULL)
    return;
  g_print ("  ");
  ghctl_put (text, colour, NULL);
}

static void
put_points (JsonObject *resource)
{
  g_autoptr (GPtrArray) points = ghctl_json_texts (resource, "poa");

  for (guint i = 0; i < points->len; i++)
    {
      g_print ("  %s", ghctl_unicode () ? "→ " : "-> ");
      ghctl_put (points->pdata[i], GHCTL_PLAIN, NULL);
    }
}

static void
print_line (const char *address, JsonObject *resource)
{
  ghctl_put (address, GHCTL_GREEN, NULL);
  put_text (resource, "aei", GHCTL_PLAIN);
  put_text (resource, "api", GHCTL_DIM);
  put_points (resource);
  g_print ("\n");
}

static const GhctlKind kind = { 2, "m2m:ae", N_ ("no application entity"), print_line };

static gboolean
run_list (GhctlRun *run, GError **error)
{
  const Options *options = run->options;

  return ghctl_kind_list (run->connection, &kind, options->originator, run->json, error);
}

static gboolean
run_show (GhctlRun *run, GError **error)
{
  const Options *options = run->options;
  JsonObject *resource = NULL;
  g_autoptr (JsonNode) content = ghctl_kind_fetch (run->connection, &kind, run->arguments[0],
                                                   options->originator, &resource, error);

  if (content == NULL)
    return FALSE;
  if (run->json)
    ghctl_print_json (content);
  else
    ghctl_print_content (content);
  return TRUE;
}

static JsonObject *
new_ae (const Options *options, const char *name)
{
  JsonObject *content = json_object_new (), *ae = json_object_new ();
  JsonArray *releases = json_array_new ();

  json_array_add_string_element (releases, "3");
  json_object_set_string_member (ae, "rn", name);
  json_object_set_string_member (ae, "api", options->app);
  json_object_set_boolean_member (ae, "rr", options->points != NULL || options->reachable);
  json_object_set_array_member (ae, "srv", releases);
  if (options->points != NULL)
    json_object_set_array_member (ae, "poa", ghctl_json_list (options->points));
  if (options->labels != NULL)
    json_object_set_array_member (ae, "lbl", ghctl_json_list (options->labels));
  json_object_set_object_member (content, "m2m:ae", ae);
  return content;
}

static gboolean
run_register (GhctlRun *run, GError **error)
{
  const Options *options = run->options;

  if (options->app == NULL)
    return ghctl_usage (_ ("--app: say which application it is, such as --app N.example.sensor"),
                        error);
  g_autofree char *parent = options->parent != NULL ? g_strdup (options->parent)
                                                    : ghctl_base_name (run->connection, error);
  if (parent == NULL)
    return FALSE;
  /* An AE registers itself. */
  g_autoptr (JsonObject) request = ghctl_request_new (GHCTL_CREATE, parent,
                                                      options->id != NULL ? options->id : "C");
  json_object_set_int_member (request, "ty", 2);
  json_object_set_object_member (request, "pc", new_ae (options, run->arguments[0]));
  g_autoptr (JsonNode) content = ghctl_request_content (run->connection, request, error);
  JsonObject *made = ghctl_content_resource (content, NULL);
  if (content == NULL)
    return FALSE;
  if (run->json)
    ghctl_print_json (content);
  else if (made != NULL)
    {
      ghctl_put (ghctl_json_text (made, "aei", ""), GHCTL_PLAIN, NULL);
      g_print ("\n");
    }
  return TRUE;
}

static gboolean
run_remove (GhctlRun *run, GError **error)
{
  const Options *options = run->options;
  JsonObject *resource = NULL;
  g_autoptr (JsonNode) content = ghctl_kind_fetch (run->connection, &kind, run->arguments[0],
                                                   options->originator, &resource, error);
  g_autofree char *from = content != NULL ? ghctl_from (run->connection, options->originator, error)
                                          : NULL;

  if (from == NULL)
    return FALSE;
  g_autoptr (JsonObject) request = ghctl_request_new (GHCTL_DELETE, run->arguments[0], from);
  g_autoptr (JsonNode) answer = ghctl_request_content (run->connection, request, error);
  return ghctl_done (run, answer != NULL);
}

static const GhctlCommand commands[] = {
  { "list", "", N_ ("list the application entities of this CSE"), 0, 0, run_list },
  { "show", "AE", N_ ("show one"), 1, 1, run_show },
  { "register", "NAME", N_ ("make one; its AE-ID is printed"), 1, 1, run_register },
  { "remove", "AE", N_ ("delete one and everything below it"), 1, 1, run_remove },
  { NULL, NULL, NULL, 0, 0, NULL },
};

static const GhctlOption option_table[] = {
  { "app", 0, G_OPTION_ARG_STRING, AT (app), N_ ("register: its App-ID"), "ID", NULL },
  { "id", 0, G_OPTION_ARG_STRING, AT (id),
    N_ ("register: its AE-ID; without it the CSE chooses one"), "ID", NULL },
  { "parent", 0, G_OPTION_ARG_STRING, AT (parent),
    N_ ("register: below this; default: the CSEBase"), "ADDRESS", NULL },
  { "point", 0, G_OPTION_ARG_STRING_ARRAY, AT (points),
    N_ ("register: where it is reached; may be repeated"), "URL", NULL },
  { "reachable", 0, G_OPTION_ARG_NONE, AT (reachable),
    N_ ("register: requests can be sent to it, also without a point"), NULL, NULL },
  { "label", 0, G_OPTION_ARG_STRING_ARRAY, AT (labels), N_ ("register: a label; may be repeated"),
    "LABEL", NULL },
  { "originator", 'o', G_OPTION_ARG_STRING, AT (originator),
    N_ ("Who asks; default: the administrator; \"\": nobody named"), "ID", NULL },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

const GhctlGroup ghctl_ae_group = {
  .name = "ae",
  .summary = N_ ("application entities: list, show, register, remove"),
  .commands = commands,
  .options = option_table,
  .examples = "  ghctl ae list\n"
              "  ghctl ae register sensor --app N.example.sensor --id Csensor\n"
              "  ghctl ae remove gatehouse/sensor\n",
  .size = sizeof (Options),
};
