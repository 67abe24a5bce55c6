/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-command.h"
#include "ghctl-explain.h"
#include "ghctl-request.h"
#include "ghctl-rule.h"

#include <glib/gi18n.h>
#include <string.h>

/* Access control policies, rule by rule. */

typedef struct {
  gboolean json; /* first: see ghctl_explain_run() */
  gboolean self, proven;
  char *originator, *at;
  char **who, **may, **networks;
} Options;
#define AT(member) offsetof (Options, member)

/* --- policies --- */

/* Returns: (transfer full): the content of the policy, which holds *@out_policy */
static JsonNode *
fetch (GhctlRun *run, const char *address, JsonObject **out_policy, GError **error)
{
  const Options *options = run->options;
  const char *root_name = NULL;
  g_autofree char *from = ghctl_from (run->connection, options->originator, error);
  g_autoptr (JsonNode) content = from != NULL
                                   ? ghctl_retrieve (run->connection, address, from, error)
                                   : NULL;

  if (content == NULL)
    return NULL;
  *out_policy = ghctl_content_resource (content, &root_name);
  if (*out_policy != NULL && strcmp (root_name, "m2m:acp") == 0)
    return g_steal_pointer (&content);
  g_set_error (error, GHCTL_ERROR, GHCTL_USAGE, _ ("%s: no access control policy"), address);
  return NULL;
}

/* @name: "pv" or "pvs". Borrowed; NULL: none */
static JsonArray *
rules_of (JsonObject *policy, const char *name)
{
  JsonNode *node = json_object_get_member (policy, name);
  JsonNode *rules = node != NULL && JSON_NODE_HOLDS_OBJECT (node)
                      ? json_object_get_member (json_node_get_object (node), "acr")
                      : NULL;

  return rules != NULL && JSON_NODE_HOLDS_ARRAY (rules) ? json_node_get_array (rules) : NULL;
}

static void
print_rules (JsonObject *policy, const char *name, const char *title)
{
  JsonArray *rules = rules_of (policy, name);

  ghctl_print_heading (title, "", 0);
  for (guint i = 0; rules != NULL && i < json_array_get_length (rules); i++)
    {
      JsonNode *node = json_array_get_element (rules, i);
      if (!JSON_NODE_HOLDS_OBJECT (node))
        continue;
      g_autofree char *text = ghctl_rule_describe (json_node_get_object (node));
      g_print ("  %2u  ", i + 1);
      ghctl_put (text, GHCTL_PLAIN, NULL);
      g_print ("\n");
    }
}

static gboolean
run_show (GhctlRun *run, GError **error)
{
  const Options *options = run->options;
  JsonObject *policy = NULL;
  g_autoptr (JsonNode) content = fetch (run, run->arguments[0], &policy, error);

  if (content == NULL)
    return FALSE;
  if (options->json)
    {
      ghctl_print_json (content);
      return TRUE;
    }
  print_rules (policy, "pv", _ ("what names this policy"));
  print_rules (policy, "pvs", _ ("the policy itself (--self)"));
  return TRUE;
}

static gboolean
print_one (GhctlRun *run, const char *address, GError **error)
{
  const Options *options = run->options;
  JsonObject *policy = NULL;
  g_autoptr (JsonNode) content = fetch (run, address, &policy, error);

  if (content == NULL)
    return FALSE;
  JsonArray *rules = rules_of (policy, "pv");
  const guint n = rules != NULL ? json_array_get_length (rules) : 0;
  if (options->json)
    {
      g_autofree char *text = json_to_string (content, FALSE);
      g_print ("%s\n", text);
      return TRUE;
    }
  ghctl_put (address, GHCTL_YELLOW, NULL);
  g_print ("  ");
  g_print (ngettext ("%u rule", "%u rules", n), n);
  g_print ("\n");
  return TRUE;
}

static gboolean
run_list (GhctlRun *run, GError **error)
{
  const Options *options = run->options;
  g_autoptr (GPtrArray) all = ghctl_find_type (run->connection, 1, options->originator, error);

  for (guint i = 0; all != NULL && i < all->len; i++)
    if (!print_one (run, all->pdata[i], error))
      return FALSE;
  return all != NULL;
}

/* --- changes --- */

/* Sends the rules back; the other list stays as it is. */
static gboolean
store_rules (GhctlRun *run, const char *name, JsonArray *rules, GError **error)
{
  const Options *options = run->options;
  g_autofree char *from = ghctl_from (run->connection, options->originator, error);
  JsonObject *content = json_object_new (), *policy = json_object_new (),
             *privileges = json_object_new ();

  json_object_set_array_member (privileges, "acr", json_array_ref (rules));
  json_object_set_object_member (policy, name, privileges);
  json_object_set_object_member (content, "m2m:acp", policy);
  if (from == NULL)
    {
      json_object_unref (content);
      return FALSE;
    }
  g_autoptr (JsonObject) request = ghctl_request_new (GHCTL_UPDATE, run->arguments[0], from);
  json_object_set_object_member (request, "pc", content);
  g_autoptr (JsonNode) answer = ghctl_request_content (run->connection, request, error);
  return answer != NULL;
}

static JsonArray *
array_of (char **texts)
{
  JsonArray *list = json_array_new ();

  for (gsize i = 0; texts != NULL && texts[i] != NULL; i++)
    json_array_add_string_element (list, texts[i]);
  return list;
}

/* Addresses of the two kinds stand in two lists. */
static void
add_networks (JsonObject *context, char **networks)
{
  JsonObject *both = json_object_new ();

  for (gsize i = 0; networks[i] != NULL; i++)
    {
      const char *list = strchr (networks[i], ':') != NULL ? "ipv6" : "ipv4";
      if (!json_object_has_member (both, list))
        json_object_set_array_member (both, list, json_array_new ());
      json_array_add_string_element (json_object_get_array_member (both, list), networks[i]);
    }
  json_object_set_object_member (context, "acip", both);
}

static JsonObject *
new_rule (const Options *options, GError **error)
{
  const gint64 operations = ghctl_rule_operations (options->may, error);
  JsonObject *rule;

  if (operations == 0)
    return NULL;
  rule = json_object_new ();
  json_object_set_array_member (rule, "acor", array_of (options->who));
  json_object_set_int_member (rule, "acop", operations);
  if (options->proven)
    json_object_set_boolean_member (rule, "acaf", TRUE);
  if (options->networks != NULL || options->at != NULL)
    {
      JsonObject *context = json_object_new ();
      JsonArray *contexts = json_array_new ();
      if (options->networks != NULL)
        add_networks (context, options->networks);
      if (options->at != NULL)
        json_object_set_array_member (context, "actw", array_of ((char *[]){ options->at, NULL }));
      json_array_add_object_element (contexts, context);
      json_object_set_array_member (rule, "acco", contexts);
    }
  return rule;
}

static gboolean
run_add (GhctlRun *run, GError **error)
{
  const Options *options = run->options;
  const char *name = options->self ? "pvs" : "pv";
  JsonObject *policy = NULL, *rule;

  if (options->who == NULL)
    return ghctl_usage (_ ("--who: say who may, such as --who Csensor or --who all"), error);
  rule = new_rule (options, error);
  if (rule == NULL)
    return FALSE;
  g_autoptr (JsonNode) content = fetch (run, run->arguments[0], &policy, error);
  JsonArray *old = content != NULL ? rules_of (policy, name) : NULL;
  g_autoptr (JsonArray) rules = old != NULL ? json_array_ref (old) : json_array_new ();
  g_autofree char *text = ghctl_rule_describe (rule);
  json_array_add_object_element (rules, rule);
  if (content == NULL || !store_rules (run, name, rules, error))
    return FALSE;
  g_print ("  %2u  ", json_array_get_length (rules));
  ghctl_put (text, GHCTL_PLAIN, NULL);
  g_print ("\n");
  return TRUE;
}

static gboolean
run_remove (GhctlRun *run, GError **error)
{
  const Options *options = run->options;
  const char *name = options->self ? "pvs" : "pv";
  JsonObject *policy = NULL;
  guint64 number = 0;

  g_autoptr (JsonNode) content = fetch (run, run->arguments[0], &policy, error);
  if (content == NULL)
    return FALSE;
  JsonArray *rules = rules_of (policy, name);
  const guint n = rules != NULL ? json_array_get_length (rules) : 0;
  if (!g_ascii_string_to_unsigned (run->arguments[1], 10, 1, n, &number, NULL))
    {
      g_set_error (error, GHCTL_ERROR, GHCTL_USAGE,
                   _ ("\"%s\" is not the number of a rule; \"ghctl acp show %s\" lists them"),
                   run->arguments[1], run->arguments[0]);
      return FALSE;
    }
  json_array_remove_element (rules, (guint) number - 1);
  return store_rules (run, name, rules, error);
}

static const GhctlCommand commands[] = {
  { "list", "", N_ ("list the policies of this CSE"), 0, 0, run_list },
  { "show", "POLICY", N_ ("show its rules in words"), 1, 1, run_show },
  { "add", "POLICY", N_ ("add a rule, by --who, --may, --from, --at"), 1, 1, run_add },
  { "remove", "POLICY NUMBER", N_ ("take a rule away"), 2, 2, run_remove },
  { "explain", "ORIGINATOR OPERATION TARGET", N_ ("may somebody do something, and why"), 3, 3,
    ghctl_explain_run },
  { NULL, NULL, NULL, 0, 0, NULL },
};

static const GhctlOption option_table[] = {
  { "who", 0, G_OPTION_ARG_STRING_ARRAY, AT (who),
    N_ ("add: an originator, or all; may be repeated"), "ID", "all" },
  { "may", 0, G_OPTION_ARG_STRING_ARRAY, AT (may),
    N_ ("add: create, retrieve, update, delete, notify, discover, all; with commas"), "WHAT",
    "create retrieve update delete notify discover all" },
  { "from", 0, G_OPTION_ARG_STRING_ARRAY, AT (networks),
    N_ ("add: only from this address or network; may be repeated"), "NETWORK", NULL },
  { "at", 0, G_OPTION_ARG_STRING, AT (at),
    N_ ("add: only then: second minute hour day month weekday year, * for any"), "SCHEDULE", NULL },
  { "proven", 0, G_OPTION_ARG_NONE, AT (proven), N_ ("add: only if the originator was proven"),
    NULL, NULL },
  { "self", 0, G_OPTION_ARG_NONE, AT (self), N_ ("add, remove: rules of the policy itself"), NULL,
    NULL },
  { "originator", 'o', G_OPTION_ARG_STRING, AT (originator),
    N_ ("Who asks; default: the administrator; \"\": nobody named"), "ID", NULL },
  { "json", 'j', G_OPTION_ARG_NONE, AT (json), N_ ("Print the answer as JSON"), NULL,
    NULL },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

const GhctlGroup ghctl_acp_group = {
  .name = "acp",
  .summary = N_ ("who may do what: access control policies in words"),
  .commands = commands,
  .options = option_table,
  .examples = "  ghctl acp list\n"
              "  ghctl acp show gatehouse/p1\n"
              "  ghctl acp add gatehouse/p1 --who Cphone --may retrieve,discover --from "
              "192.0.2.0/24\n"
              "  ghctl acp remove gatehouse/p1 2\n",
  .size = sizeof (Options),
};
