/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl.h"

#include "gh-version.h"

#include <glib/gi18n.h>
#include <locale.h>
#include <string.h>

typedef struct {
  gboolean session, system, json;
  char *originator, *type, *attributes;
  char **filters;
  gint result_content;
} Options;

typedef struct {
  const char *name;
  const char *arguments;
  gint n_arguments;
  const char *summary;
  const char *description;
  gint operation; /* m2m:operation; 0: none */
} Command;

static const Command commands[] = {
  { "status", "", 0, N_ ("show what the daemon says about itself"),
    "Shows version, listeners, plugins and counters.", 0 },
  { "get", "TARGET", 1, N_ ("retrieve a resource"),
    "TARGET is an address as oneM2M writes it: gatehouse, gatehouse/sensor/temperature, "
    "gatehouse/sensor/temperature/la or a resource id.\n"
    "Examples:\n"
    "  ghctl get gatehouse\n"
    "  ghctl get gatehouse/sensor --rcn 4                    with its children\n"
    "  ghctl get gatehouse --rcn 6 --filter fu=1 --filter ty=3   addresses of all containers below",
    2 },
  { "create", "PARENT CONTENT", 2, N_ ("create a resource below PARENT"),
    "CONTENT is JSON, @FILE, or - for standard input; with the name of the type around it or "
    "without.\n"
    "Examples:\n"
    "  ghctl create gatehouse --ty ae -o Csensor "
    "'{\"rn\":\"sensor\",\"api\":\"N.example.sensor\",\"rr\":false,\"srv\":[\"3\"]}'\n"
    "  ghctl create gatehouse/sensor --ty cnt '{\"rn\":\"temperature\"}'\n"
    "  ghctl create gatehouse/sensor/temperature --ty cin '{\"con\":\"21.5\"}'",
    1 },
  { "update", "TARGET CONTENT", 2, N_ ("change attributes of a resource"),
    "CONTENT is JSON, @FILE, or - for standard input; with the name of the type around it, or "
    "without, and then the\n"
    "resource is retrieved first to learn its type. A value of null removes the attribute.\n"
    "Example:\n"
    "  ghctl update gatehouse/sensor/temperature '{\"mni\":100,\"lbl\":[\"indoors\"]}'",
    3 },
  { "delete", "TARGET", 1, N_ ("delete a resource and everything below it"),
    "Example:\n  ghctl delete gatehouse/sensor", 4 },
};

/* Commands with commands of their own. */
static const struct {
  const char *name, *summary;
  GhctlExit (*run) (int argc, char **argv);
} groups[] = {
  { "credential", N_ ("keys and certificates that devices prove themselves with"),
    ghctl_credential_main },
  { "ca", N_ ("the certification authority of this CSE"), ghctl_ca_main },
  { "association", N_ ("who is connected, and by which proof"), ghctl_association_main },
  { "audit", N_ ("what happened that somebody may have to answer for"), ghctl_audit_main },
  { "reload", N_ ("read configuration, certificates and revocation lists again"),
    ghctl_reload_main },
};

static void
options_clear (Options *options)
{
  g_clear_pointer (&options->originator, g_free);
  g_clear_pointer (&options->type, g_free);
  g_clear_pointer (&options->attributes, g_free);
  g_clear_pointer (&options->filters, g_strfreev);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static void
print_usage (void)
{
  g_print ("%s", _ ("Usage: ghctl COMMAND [OPTION…] [ARGUMENT…]\n\nAsks gatehoused over D-Bus.\n\n"
                    "Commands:\n"));
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    g_print ("  %-10s %-15s %s\n", commands[i].name, commands[i].arguments,
             _ (commands[i].summary));
  for (gsize i = 0; i < G_N_ELEMENTS (groups); i++)
    g_print ("  %-10s %-15s %s\n", groups[i].name, "COMMAND", _ (groups[i].summary));
  g_print (
    "%s",
    _ ("\n\"ghctl COMMAND --help\" shows the options of a command; ghctl(1) shows everything.\n"
       "Exit status: 0 done, 1 refused by the CSE, 2 wrong usage, 3 gatehoused not reached, 4 "
       "not permitted on the bus.\n"));
}

/* --- requests --- */

static gboolean
add_filter (JsonObject *filters, const char *text, GError **error)
{
  const char *equals = strchr (text, '=');
  gint64 number;

  if (equals == NULL || equals == text)
    {
      g_set_error (error, GHCTL_ERROR, GHCTL_USAGE,
                   "--filter: \"%s\" is not NAME=VALUE, such as lbl=indoors", text);
      return FALSE;
    }
  g_autofree char *name = g_strndup (text, equals - text);
  JsonNode *value = json_node_new (JSON_NODE_VALUE);
  if (g_ascii_string_to_signed (equals + 1, 10, G_MININT64, G_MAXINT64, &number, NULL))
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

/* The parameters that all commands share. */
static JsonObject *
new_request (gint operation, const char *to, const char *from)
{
  JsonObject *request = json_object_new ();
  g_autofree char *identifier = g_uuid_string_random ();

  json_object_set_int_member (request, "op", operation);
  json_object_set_string_member (request, "to", to);
  if (from[0] != '\0')
    json_object_set_string_member (request, "fr", from);
  json_object_set_string_member (request, "rqi", identifier);
  json_object_set_string_member (request, "rvi", "3");
  return request;
}

static JsonNode *
send_request (GDBusConnection *connection, JsonObject *request, GError **error)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), request);

  return ghctl_request (connection, node, error);
}

/* "m2m:cnt" for an existing resource; its content tells. */
static char *
retrieve_root_name (GDBusConnection *connection, const char *target, const char *from,
                    GError **error)
{
  g_autoptr (JsonObject) request = new_request (2, target, from);
  g_autoptr (JsonNode) response = send_request (connection, request, error);
  JsonNode *content = response != NULL
                        ? json_object_get_member (json_node_get_object (response), "pc")
                        : NULL;

  if (response == NULL)
    return NULL;
  if (content != NULL && JSON_NODE_HOLDS_OBJECT (content) && ghctl_is_wrapped (content))
    {
      g_autoptr (GList) names = json_object_get_members (json_node_get_object (content));
      return g_strdup (names->data);
    }
  gint64 code = json_object_get_int_member_with_default (json_node_get_object (response), "rsc", 0);
  const char *name = ghctl_status_name (code);
  g_set_error (
    error, GHCTL_ERROR, GHCTL_REFUSED,
    "%" G_GINT64_FORMAT
    " %s: the type of \"%s\" cannot be learned by retrieving it; write it around the content, "
    "as in {\"m2m:cnt\":{...}}",
    code, name != NULL ? name : "", target);
  return NULL;
}

/* Returns: %FALSE with @error; else the content is in @request */
static gboolean
add_content (GDBusConnection *connection, JsonObject *request, const Options *options,
             char **arguments, const char *from, GError **error)
{
  gint type = options->type != NULL ? ghctl_parse_type (options->type, error) : 0;
  g_autofree char *root_name = NULL;

  if (options->type != NULL && type == 0)
    return FALSE;
  g_autoptr (JsonNode) content = ghctl_read_content (arguments[1], error);
  if (content == NULL)
    return FALSE;
  if (type != 0)
    json_object_set_int_member (request, "ty", type);
  if (!ghctl_is_wrapped (content))
    {
      root_name = type != 0 ? g_strdup (ghctl_root_name (options->type))
                            : retrieve_root_name (connection, arguments[0], from, error);
      if (root_name == NULL)
        {
          if (type != 0)
            g_set_error (error, GHCTL_ERROR, GHCTL_USAGE,
                         "type %s does not tell which member stands around the content: name the "
                         "specialisation (--ty memory), or write it, as in {\"m2m:mem\":{...}}",
                         options->type);
          return FALSE;
        }
      content = ghctl_wrap_content (g_steal_pointer (&content), root_name);
    }
  json_object_set_member (request, "pc", g_steal_pointer (&content));
  return TRUE;
}

static JsonObject *
build_request (GDBusConnection *connection, const Command *command, const Options *options,
               char **arguments, GError **error)
{
  g_autofree char *from = options->originator != NULL ? g_strdup (options->originator)
                                                      : ghctl_originator (connection, error);

  if (from == NULL)
    return NULL;
  g_autoptr (JsonObject) request = new_request (command->operation, arguments[0], from);
  if (options->result_content >= 0)
    json_object_set_int_member (request, "rcn", options->result_content);
  if (!add_filters (request, options->filters, error))
    return NULL;
  if (options->attributes != NULL)
    {
      g_auto (GStrv) names = g_strsplit (options->attributes, ",", -1);
      JsonArray *list = json_array_new ();
      for (gsize i = 0; names[i] != NULL; i++)
        json_array_add_string_element (list, names[i]);
      json_object_set_array_member (request, "atrl", list);
    }
  if (command->n_arguments > 1
      && !add_content (connection, request, options, arguments, from, error))
    return NULL;
  return g_steal_pointer (&request);
}

/* "ghctl: 4004 NOT_FOUND: to: there is no resource ..." */
static void
print_refusal (gint64 code, JsonNode *content)
{
  const char *name = ghctl_status_name (code);
  const char *reason = NULL;

  if (content != NULL && JSON_NODE_HOLDS_OBJECT (content))
    reason = json_object_get_string_member_with_default (json_node_get_object (content), "m2m:dbg",
                                                         NULL);
  g_printerr ("ghctl: %" G_GINT64_FORMAT " %s%s%s\n", code,
              name != NULL ? name : "(unknown status)", reason != NULL ? ": " : "",
              reason != NULL ? reason : "");
}

static GhctlExit
show_response (const Command *command, const Options *options, JsonNode *response)
{
  JsonObject *object = json_node_get_object (response);
  JsonNode *content = json_object_get_member (object, "pc");
  gint64 code = json_object_get_int_member_with_default (object, "rsc", 0);
  gboolean accepted = code >= 1000 && code < 3000;

  if (options->json)
    ghctl_print_json (response);
  if (!accepted)
    {
      print_refusal (code, content);
      return GHCTL_REFUSED;
    }
  if (!options->json && content != NULL)
    ghctl_print_content (content);
  else if (!options->json)
    {
      const char *name = ghctl_status_name (code);
      g_print ("%" G_GINT64_FORMAT " %s\n", code, name != NULL ? name : command->name);
    }
  return GHCTL_DONE;
}

/* --- commands --- */

static gboolean
parse_options (const Command *command, Options *options, int *argc, char ***argv, GError **error)
{
  const GOptionEntry common[] = {
    { "json", 'j', 0, G_OPTION_ARG_NONE, &options->json, N_ ("Print the answer as JSON"), NULL },
    { "session", 0, 0, G_OPTION_ARG_NONE, &options->session, N_ ("Only look on the session bus"),
      NULL },
    { "system", 0, 0, G_OPTION_ARG_NONE, &options->system, N_ ("Only look on the system bus"),
      NULL },
    G_OPTION_ENTRY_NULL,
  };
  const GOptionEntry requests[] = {
    { "originator", 'o', 0, G_OPTION_ARG_STRING, &options->originator,
      N_ ("Who asks; default: the administrator; \"\": nobody named"), "ID" },
    { "rcn", 0, 0, G_OPTION_ARG_INT, &options->result_content, N_ ("Result content, 0 to 9"), "N" },
    G_OPTION_ENTRY_NULL,
  };
  const GOptionEntry retrieves[] = {
    { "filter", 'f', 0, G_OPTION_ARG_STRING_ARRAY, &options->filters,
      N_ ("Filter criterion by its short name; may be repeated"), "NAME=VALUE" },
    { "attributes", 'a', 0, G_OPTION_ARG_STRING, &options->attributes,
      N_ ("Only these attributes, by short names, with commas"), "LIST" },
    G_OPTION_ENTRY_NULL,
  };
  const GOptionEntry creates[] = {
    { "ty", 't', 0, G_OPTION_ARG_STRING, &options->type,
      N_ ("Type of the new resource: ae, cnt, cin, sub, acp, or its number"), "TYPE" },
    G_OPTION_ENTRY_NULL,
  };
  g_autofree char *parameters = g_strdup_printf ("%s - %s", command->arguments,
                                                 _ (command->summary));
  g_autofree char *name = g_strdup_printf ("ghctl %s", command->name);
  g_autoptr (GOptionContext) context = g_option_context_new (parameters);

  g_set_prgname (name);
  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  g_option_context_set_description (context, command->description);
  if (command->operation == 2)
    g_option_context_add_main_entries (context, retrieves, NULL);
  if (command->operation == 1)
    g_option_context_add_main_entries (context, creates, NULL);
  if (command->operation != 0)
    g_option_context_add_main_entries (context, requests, NULL);
  g_option_context_add_main_entries (context, common, NULL);
  return g_option_context_parse (context, argc, argv, error);
}

static gboolean
check_usage (const Command *command, const Options *options, int argc, GError **error)
{
  if (argc - 1 != command->n_arguments)
    g_set_error (error, GHCTL_ERROR, GHCTL_USAGE, "%s takes %s%s, not %d argument%s", command->name,
                 command->n_arguments == 0 ? "no argument" : "exactly ", command->arguments,
                 argc - 1, argc == 2 ? "" : "s");
  else if (options->session && options->system)
    g_set_error_literal (error, GHCTL_ERROR, GHCTL_USAGE,
                         _ ("only one of --session and --system can be given"));
  else if (command->operation == 1 && options->type == NULL)
    g_set_error_literal (error, GHCTL_ERROR, GHCTL_USAGE,
                         _ ("create: --ty must say what to create, for instance --ty cnt"));
  else
    return TRUE;
  return FALSE;
}

static GhctlExit
report (const GError *error)
{
  g_printerr ("ghctl: %s\n", error->message);
  if (error->domain != GHCTL_ERROR)
    return GHCTL_USAGE;
  return error->code;
}

static GhctlExit
run_command (const Command *command, const Options *options, char **arguments)
{
  g_autoptr (GError) error = NULL;
  GhctlBus bus = options->session  ? GHCTL_BUS_SESSION
                 : options->system ? GHCTL_BUS_SYSTEM
                                   : GHCTL_BUS_EITHER;
  g_autoptr (GDBusConnection) connection = ghctl_connect (bus, &error);

  if (connection == NULL)
    return report (error);
  if (command->operation == 0)
    {
      g_autoptr (GVariant) status = ghctl_status (connection, &error);
      if (status == NULL)
        return report (error);
      if (options->json)
        {
          g_autoptr (JsonNode) node = json_gvariant_serialize (status);
          ghctl_print_json (node);
        }
      else
        ghctl_print_status (status);
      return GHCTL_DONE;
    }
  g_autoptr (JsonObject) request = build_request (connection, command, options, arguments, &error);
  g_autoptr (JsonNode) response = request != NULL ? send_request (connection, request, &error)
                                                  : NULL;
  return response != NULL ? show_response (command, options, response) : report (error);
}

static GhctlExit
start_command (const Command *command, int argc, char **argv)
{
  g_auto (Options) options = { .result_content = -1 };
  g_autoptr (GError) error = NULL;

  if (!parse_options (command, &options, &argc, &argv, &error)
      || !check_usage (command, &options, argc, &error))
    {
      g_printerr ("ghctl: %s\nTry \"ghctl %s --help\".\n", error->message, command->name);
      return GHCTL_USAGE;
    }
  return run_command (command, &options, argv + 1);
}

int
main (int argc, char **argv)
{
  const char *word = argc > 1 ? argv[1] : "";

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, GH_LOCALE_DIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  if (g_strv_contains ((const char *const[]){ "--help", "-h", "help", NULL }, word))
    {
      print_usage ();
      return GHCTL_DONE;
    }
  if (g_str_equal (word, "--version") || g_str_equal (word, "-V"))
    {
      g_print ("ghctl %s\n", gh_version_string ());
      return GHCTL_DONE;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (commands[i].name, word))
      return start_command (&commands[i], argc - 1, argv + 1);
  for (gsize i = 0; i < G_N_ELEMENTS (groups); i++)
    if (g_str_equal (groups[i].name, word))
      return groups[i].run (argc - 1, argv + 1);
  if (word[0] != '\0')
    g_printerr (
      _ ("ghctl: \"%s\" is not a command: status, get, create, update, delete, credential, ca, "
         "association or audit\n"),
      word);
  else
    g_printerr (
      "%s", _ ("ghctl: a command is missing: status, get, create, update, delete, credential, ca, "
               "association or audit\n"));
  g_printerr ("%s", _ ("Try \"ghctl --help\".\n"));
  return GHCTL_USAGE;
}
