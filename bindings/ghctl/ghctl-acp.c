/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-command.h"
#include "ghctl-explain.h"
#include "ghctl-json.h"
#include "ghctl-request.h"
#include "ghctl-rule.h"

#include <glib/gi18n.h>
#include <string.h>

/* Access control policies, rule by rule. */

typedef struct {
  gboolean self, proven;
  char *originator, *at;
  char **who, **may, **networks, **proofs;
  gint strength;
} Options;
#define AT(member) offsetof (Options, member)

/* --- policies --- */

/* @name: "pv" or "pvs". Borrowed; NULL: none */
static JsonArray *
rules_of (JsonObject *policy, const char *name)
{
  return ghctl_json_array (ghctl_json_object (policy, name), "acr");
}

static void
print_line (const char *address, JsonObject *policy)
{
  JsonArray *rules = rules_of (policy, "pv");
  const guint n = rules != NULL ? json_array_get_length (rules) : 0;

  ghctl_put (address, GHCTL_YELLOW, NULL);
  g_print ("  ");
  g_print (ngettext ("%u rule", "%u rules", n), n);
  g_print ("\n");
}

static const GhctlKind kind = { 1, "m2m:acp", N_ ("no access control policy"), print_line };

static JsonNode *
fetch (GhctlRun *run, JsonObject **out_policy, GError **error)
{
  const Options *options = run->options;

  return ghctl_kind_fetch (run->connection, &kind, run->arguments[0], options->originator,
                           out_policy, error);
}

static void
print_rule (guint number, JsonObject *rule)
{
  g_autofree char *text = ghctl_rule_describe (rule);

  g_print ("  %2u  ", number);
  ghctl_put (text, GHCTL_PLAIN, NULL);
  g_print ("\n");
}

static void
print_rule_json (guint number, JsonObject *rule)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();

  json_node_take_object (node, object);
  json_object_set_int_member (object, "number", number);
  json_object_set_object_member (object, "rule", json_object_ref (rule));
  ghctl_json_print_line (node);
}

static void
print_rules (JsonObject *policy, const char *name, const char *title)
{
  JsonArray *rules = rules_of (policy, name);

  ghctl_print_heading (title, "", 0);
  for (guint i = 0; rules != NULL && i < json_array_get_length (rules); i++)
    {
      JsonObject *rule = ghctl_json_object_at (rules, i);
      if (rule != NULL)
        print_rule (i + 1, rule);
    }
}

static gboolean
run_show (GhctlRun *run, GError **error)
{
  JsonObject *policy = NULL;
  g_autoptr (JsonNode) content = fetch (run, &policy, error);

  if (content == NULL)
    return FALSE;
  if (run->json)
    {
      ghctl_print_json (content);
      return TRUE;
    }
  print_rules (policy, "pv", _ ("what names this policy"));
  print_rules (policy, "pvs", _ ("the policy itself (--self)"));
  return TRUE;
}

static gboolean
run_list (GhctlRun *run, GError **error)
{
  const Options *options = run->options;

  return ghctl_kind_list (run->connection, &kind, options->originator, run->json, error);
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

/* Where from, when, and how it is proven; all of it must hold. Empty when nothing was asked for. */
static JsonObject *
new_context (const Options *options, GError **error)
{
  g_autoptr (JsonObject) context = json_object_new ();
  JsonArray *proofs = options->proofs != NULL ? ghctl_rule_proofs (options->proofs, error) : NULL;

  if (options->proofs != NULL && proofs == NULL)
    return NULL;
  if (proofs != NULL)
    json_object_set_array_member (context, "ghfw", proofs);
  if (options->strength < 0 || options->strength > 256)
    {
      ghctl_usage (_ ("--strength: 1 to 256 bits are expected"), error);
      return NULL;
    }
  if (options->strength > 0)
    json_object_set_int_member (context, "ghst", options->strength);
  if (options->networks != NULL)
    add_networks (context, options->networks);
  if (options->at != NULL)
    json_object_set_array_member (context, "actw",
                                  ghctl_json_list ((char *[]){ options->at, NULL }));
  return g_steal_pointer (&context);
}

static JsonObject *
new_rule (const Options *options, GError **error)
{
  const gint64 operations = ghctl_rule_operations (options->may, error);
  g_autoptr (JsonObject) context = operations != 0 ? new_context (options, error) : NULL;
  JsonObject *rule;

  if (context == NULL)
    return NULL;
  rule = json_object_new ();
  json_object_set_array_member (rule, "acor", ghctl_json_list (options->who));
  json_object_set_int_member (rule, "acop", operations);
  if (options->proven)
    json_object_set_boolean_member (rule, "acaf", TRUE);
  if (json_object_get_size (context) > 0)
    {
      JsonArray *contexts = json_array_new ();
      json_array_add_object_element (contexts, g_steal_pointer (&context));
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
  g_autoptr (JsonNode) content = fetch (run, &policy, error);
  JsonArray *old = content != NULL ? rules_of (policy, name) : NULL;
  g_autoptr (JsonArray) rules = old != NULL ? json_array_ref (old) : json_array_new ();
  json_array_add_object_element (rules, rule);
  if (content == NULL || !store_rules (run, name, rules, error))
    return FALSE;
  if (run->json)
    print_rule_json (json_array_get_length (rules), rule);
  else
    print_rule (json_array_get_length (rules), rule);
  return TRUE;
}

static gboolean
run_remove (GhctlRun *run, GError **error)
{
  const Options *options = run->options;
  const char *name = options->self ? "pvs" : "pv";
  JsonObject *policy = NULL;
  guint64 number = 0;

  g_autoptr (JsonNode) content = fetch (run, &policy, error);
  if (content == NULL)
    return FALSE;
  JsonArray *rules = rules_of (policy, name);
  const guint n = rules != NULL ? json_array_get_length (rules) : 0;
  if (n == 0 || !g_ascii_string_to_unsigned (run->arguments[1], 10, 1, n, &number, NULL))
    {
      g_set_error (error, GHCTL_ERROR, GHCTL_USAGE,
                   _ ("\"%s\" is not the number of a rule; \"ghctl acp show %s\" lists them"),
                   run->arguments[1], run->arguments[0]);
      return FALSE;
    }
  json_array_remove_element (rules, (guint) number - 1);
  return ghctl_done (run, store_rules (run, name, rules, error));
}

static gboolean
run_explain (GhctlRun *run, GError **error)
{
  return ghctl_explain_answer (run, NULL, error);
}

static const GhctlCommand commands[] = {
  { "list", "", N_ ("list the policies of this CSE"), 0, 0, run_list },
  { "show", "POLICY", N_ ("show its rules in words"), 1, 1, run_show },
  { "add", "POLICY", N_ ("add a rule, by --who, --may, --from, --at, --proof"), 1, 1, run_add },
  { "remove", "POLICY NUMBER", N_ ("take a rule away"), 2, 2, run_remove },
  { "explain", "ORIGINATOR OPERATION TARGET", N_ ("may somebody do something, and why"), 3, 3,
    run_explain },
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
  { "proof", 0, G_OPTION_ARG_STRING_ARRAY, AT (proofs),
    N_ ("add: only if proven by one of these, with commas: psk, x509, rpk, bus-uid, …"), "HOW",
    GHCTL_PROOFS },
  { "strength", 0, G_OPTION_ARG_INT, AT (strength),
    N_ ("add: only if the proof has so many bits of strength"), "BITS", "112 128 192 256" },
  { "self", 0, G_OPTION_ARG_NONE, AT (self), N_ ("add, remove: rules of the policy itself"), NULL,
    NULL },
  { "originator", 'o', G_OPTION_ARG_STRING, AT (originator),
    N_ ("Who asks; default: the administrator; \"\": nobody named"), "ID", NULL },
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
              "  ghctl acp add gatehouse/p1 --who Cpump --may update --proof psk --strength 256\n"
              "  ghctl acp remove gatehouse/p1 2\n"
              "  ghctl acp explain Cphone retrieve gatehouse/sensor\n",
  .size = sizeof (Options),
};
