/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-command.h"
#include "ghctl-json.h"
#include "ghctl-request.h"

#include <glib/gi18n.h>
#include <string.h>

/* get, create, update and delete: one request and its answer. */

typedef struct {
  char *originator, *type, *attributes, *result_content;
  char **filters;
} Options;
#define AT(member) offsetof (Options, member)

static gboolean
add_filter (JsonObject *filters, const char *text, GError **error)
{
  const char *equals = strchr (text, '=');
  gint64 number;

  if (equals == NULL || equals == text)
    {
      g_set_error (error, GHCTL_ERROR, GHCTL_USAGE,
                   _ ("--filter: \"%s\" is not NAME=VALUE, such as lbl=indoors"), text);
      return FALSE;
    }
  g_autofree char *name = g_strndup (text, equals - text);
  JsonNode *value = json_node_new (JSON_NODE_VALUE);
  if (!g_str_equal (name, "lbl")
      && g_ascii_string_to_signed (equals + 1, 10, G_MININT64, G_MAXINT64, &number, NULL))
    json_node_set_int (value, number);
  else
    json_node_set_string (value, equals + 1);
  /* These are lists in a primitive: a repeated option adds to them. */
  if (!g_strv_contains ((const char *const[]){ "lbl", "ty", "cty", NULL }, name))
    {
      json_object_set_member (filters, name, value);
      return TRUE;
    }
  if (!json_object_has_member (filters, name))
    json_object_set_array_member (filters, name, json_array_new ());
  json_array_add_element (json_object_get_array_member (filters, name), value);
  return TRUE;
}

static gboolean
add_filters (JsonObject *request, char **texts, GError **error)
{
  g_autoptr (JsonObject) filters = json_object_new ();

  if (texts == NULL)
    return TRUE;
  for (gsize i = 0; texts[i] != NULL; i++)
    if (!add_filter (filters, texts[i], error))
      return FALSE;
  json_object_set_object_member (request, "fc", g_steal_pointer (&filters));
  return TRUE;
}

/* "m2m:cnt" for an existing resource; its content tells. */
static char *
retrieve_root_name (GDBusConnection *connection, const char *target, const char *from,
                    GError **error)
{
  g_autoptr (JsonObject) request = ghctl_request_new (GHCTL_RETRIEVE, target, from);
  g_autoptr (JsonNode) response = ghctl_request_send (connection, request, error);
  const char *root_name = NULL;

  if (response == NULL)
    return NULL;
  if (ghctl_response_is_accepted (response)
      && ghctl_content_resource (ghctl_response_content (response), &root_name) != NULL)
    return g_strdup (root_name);
  g_autofree char *refusal = ghctl_response_refusal (response);
  g_set_error (error, GHCTL_ERROR, GHCTL_REFUSED,
               _ ("%s; the type of \"%s\" cannot be learned by retrieving it: write it around the "
                  "content, as in {\"m2m:cnt\":{...}}"),
               refusal, target);
  return NULL;
}

/* Returns: %FALSE with @error; else the content is in @request */
static gboolean
add_content (GhctlRun *run, JsonObject *request, const char *from, GError **error)
{
  const Options *options = run->options;
  gint type = options->type != NULL ? ghctl_parse_type (options->type, error) : 0;
  g_autofree char *root_name = NULL;

  if (options->type != NULL && type == 0)
    return FALSE;
  g_autoptr (JsonNode) content = ghctl_read_content (run->arguments[1], error);
  if (content == NULL)
    return FALSE;
  if (type != 0)
    json_object_set_int_member (request, "ty", type);
  if (!ghctl_is_wrapped (content))
    {
      root_name = type != 0 ? g_strdup (ghctl_root_name (options->type))
                            : retrieve_root_name (run->connection, run->arguments[0], from, error);
      if (root_name == NULL)
        {
          if (type != 0)
            g_set_error (
              error, GHCTL_ERROR, GHCTL_USAGE,
              _ ("type %s does not tell which member stands around the content: name the "
                 "specialisation (--ty memory), or write it, as in {\"m2m:mem\":{...}}"),
              options->type);
          return FALSE;
        }
      content = ghctl_wrap_content (g_steal_pointer (&content), root_name);
    }
  json_object_set_member (request, "pc", g_steal_pointer (&content));
  return TRUE;
}

static gboolean
add_result_content (JsonObject *request, const char *text, GError **error)
{
  gint64 number;

  if (text == NULL)
    return TRUE;
  if (!g_ascii_string_to_signed (text, 10, 0, 99, &number, NULL))
    return ghctl_usage (_ ("--rcn: a number is expected, 0 to 9"), error);
  json_object_set_int_member (request, "rcn", number);
  return TRUE;
}

static JsonObject *
build_request (GhctlRun *run, gint operation, GError **error)
{
  const Options *options = run->options;
  g_autofree char *from = ghctl_from (run->connection, options->originator, error);

  if (from == NULL)
    return NULL;
  g_autoptr (JsonObject) request = ghctl_request_new (operation, run->arguments[0], from);
  if (!add_result_content (request, options->result_content, error)
      || !add_filters (request, options->filters, error))
    return NULL;
  if (options->attributes != NULL)
    {
      g_auto (GStrv) names = g_strsplit (options->attributes, ",", -1);
      JsonObject *content = json_object_new ();
      json_object_set_array_member (content, "m2m:atrl", ghctl_json_list (names));
      json_object_set_object_member (request, "pc", content);
    }
  if (run->n_arguments > 1 && !add_content (run, request, from, error))
    return NULL;
  return g_steal_pointer (&request);
}

static GhctlExit
show_response (const GhctlRun *run, JsonNode *response)
{
  JsonNode *content = ghctl_response_content (response);

  if (run->json)
    ghctl_print_json (response);
  if (!ghctl_response_is_accepted (response))
    {
      g_autofree char *refusal = ghctl_response_refusal (response);
      g_printerr ("ghctl: %s\n", refusal);
      return GHCTL_REFUSED;
    }
  if (!run->json && content != NULL)
    ghctl_print_content (content);
  else if (!run->json)
    {
      g_autofree char *code = ghctl_response_refusal (response);
      g_print ("%s\n", code);
    }
  return GHCTL_DONE;
}

static gboolean
run_operation (GhctlRun *run, gint operation, GError **error)
{
  g_autoptr (JsonObject) request = build_request (run, operation, error);
  g_autoptr (JsonNode) response = request != NULL
                                    ? ghctl_request_send (run->connection, request, error)
                                    : NULL;

  if (response == NULL)
    return FALSE;
  run->exit = show_response (run, response);
  return TRUE;
}

static gboolean
run_get (GhctlRun *run, GError **error)
{
  return run_operation (run, GHCTL_RETRIEVE, error);
}

static gboolean
run_create (GhctlRun *run, GError **error)
{
  const Options *options = run->options;

  if (options->type == NULL)
    return ghctl_usage (_ ("create: --ty must say what to create, for instance --ty cnt"), error);
  return run_operation (run, GHCTL_CREATE, error);
}

static gboolean
run_update (GhctlRun *run, GError **error)
{
  return run_operation (run, GHCTL_UPDATE, error);
}

static gboolean
run_delete (GhctlRun *run, GError **error)
{
  return run_operation (run, GHCTL_DELETE, error);
}

/* --- command line --- */

#define COMMON                                                       \
  { "originator",                                                    \
    'o',                                                             \
    G_OPTION_ARG_STRING,                                             \
    AT (originator),                                                 \
    N_ ("Who asks; default: the administrator; \"\": nobody named"), \
    "ID",                                                            \
    NULL },                                                          \
    { "rcn",                                                         \
      0,                                                             \
      G_OPTION_ARG_STRING,                                           \
      AT (result_content),                                           \
      N_ ("Result content, 0 to 9"),                                 \
      "N",                                                           \
      "0 1 2 3 4 5 6 8 9" },                                         \
  {                                                                  \
    NULL, 0, 0, 0, NULL, NULL, NULL                                  \
  }

static const GhctlCommand get_commands[] = {
  { NULL, "TARGET", NULL, 1, 1, run_get },
  { NULL, NULL, NULL, 0, 0, NULL },
};
static const GhctlCommand create_commands[] = {
  { NULL, "PARENT CONTENT", NULL, 2, 2, run_create },
  { NULL, NULL, NULL, 0, 0, NULL },
};
static const GhctlCommand update_commands[] = {
  { NULL, "TARGET CONTENT", NULL, 2, 2, run_update },
  { NULL, NULL, NULL, 0, 0, NULL },
};
static const GhctlCommand delete_commands[] = {
  { NULL, "TARGET", NULL, 1, 1, run_delete },
  { NULL, NULL, NULL, 0, 0, NULL },
};

static const GhctlOption get_options[] = {
  { "filter", 'f', G_OPTION_ARG_STRING_ARRAY, AT (filters),
    N_ ("Filter criterion by its short name; may be repeated"), "NAME=VALUE", NULL },
  { "attributes", 'a', G_OPTION_ARG_STRING, AT (attributes),
    N_ ("Only these attributes, by short names, with commas"), "LIST", NULL },
  COMMON,
};
static const GhctlOption create_options[] = {
  { "ty", 't', G_OPTION_ARG_STRING, AT (type),
    N_ ("Type of the new resource: ae, cnt, cin, sub, acp, or its number"), "TYPE",
    "ae cnt cin sub acp grp nod flexContainer timeSeries" },
  COMMON,
};
static const GhctlOption other_options[] = { COMMON };

const GhctlGroup ghctl_get_group = {
  .name = "get",
  .summary = N_ ("retrieve a resource"),
  .commands = get_commands,
  .options = get_options,
  .notes = N_ (
    "TARGET is an address as oneM2M writes it: gatehouse, gatehouse/sensor/temperature,\n"
    "gatehouse/sensor/temperature/la or a resource id.\n"),
  .examples =
    "  ghctl get gatehouse\n"
    "  ghctl get gatehouse/sensor --rcn 4                      # with its children\n"
    "  ghctl get gatehouse --rcn 6 --filter fu=1 --filter ty=3   # all containers below\n",
  .size = sizeof (Options),
};
const GhctlGroup ghctl_create_group = {
  .name = "create",
  .summary = N_ ("create a resource below PARENT"),
  .commands = create_commands,
  .options = create_options,
  .notes = N_ (
    "CONTENT is JSON, @FILE, or - for standard input; with the name of the type around it or\n"
    "without.\n"),
  .examples = "  ghctl create gatehouse --ty ae -o Csensor "
              "'{\"rn\":\"sensor\",\"api\":\"N.example.sensor\",\"rr\":false,\"srv\":[\"3\"]}'\n"
              "  ghctl create gatehouse/sensor --ty cnt '{\"rn\":\"temperature\"}'\n"
              "  ghctl create gatehouse/sensor/temperature --ty cin '{\"con\":\"21.5\"}'\n",
  .size = sizeof (Options),
};
const GhctlGroup ghctl_update_group = {
  .name = "update",
  .summary = N_ ("change attributes of a resource"),
  .commands = update_commands,
  .options = other_options,
  .notes = N_ (
    "CONTENT is JSON, @FILE, or - for standard input; with the name of the type around it, or\n"
    "without, and then the resource is retrieved first to learn its type. A value of null\n"
    "removes the attribute.\n"),
  .examples = "  ghctl update gatehouse/sensor/temperature '{\"mni\":100,\"lbl\":[\"indoors\"]}'\n",
  .size = sizeof (Options),
};
const GhctlGroup ghctl_delete_group = {
  .name = "delete",
  .summary = N_ ("delete a resource and everything below it"),
  .commands = delete_commands,
  .options = other_options,
  .examples = "  ghctl delete gatehouse/sensor\n",
  .size = sizeof (Options),
};
