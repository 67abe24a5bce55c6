/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-explain.h"

#include "ghctl-rule.h"
#include "ghctl-time.h"

#include <glib/gi18n.h>
#include <string.h>

/* A dry run of the access decision, in words. */

typedef struct {
  int strength;
  char *type, *address, *at, *framework;
  char **attributes;
} Options;
#define AT(member) offsetof (Options, member)

static const char *
text_of (GVariant *dict, const char *key)
{
  const char *text = "";

  g_variant_lookup (dict, key, "&s", &text);
  return text;
}

/* Why a rule does not permit. */
static const char *
reason_of (const char *result)
{
  static const struct {
    const char *result, *words;
  } reasons[] = {
    { "permits", N_ ("permits") },
    { "originator", N_ ("no: it names others") },
    { "operation", N_ ("no: it does not allow the operation") },
    { "authentication", N_ ("no: the originator must be proven") },
    { "framework", N_ ("no: not by what would prove the originator") },
    { "strength", N_ ("no: what would prove the originator is too weak") },
    { "object", N_ ("no: it is about other types") },
    { "time", N_ ("no: not at this time") },
    { "address", N_ ("no: not from there") },
    { "not-understood", N_ ("no: it has a condition that this CSE cannot evaluate") },
    { "membership", N_ ("no: the originator is in none of its groups and has none of its roles") },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (reasons); i++)
    if (strcmp (reasons[i].result, result) == 0)
      return _ (reasons[i].words);
  return result;
}

static void
print_rule (GVariant *one)
{
  const char *result = text_of (one, "result");
  g_autoptr (JsonNode) node = json_from_string (text_of (one, "rule"), NULL);
  g_autofree char *words = node != NULL && JSON_NODE_HOLDS_OBJECT (node)
                             ? ghctl_rule_describe (json_node_get_object (node))
                             : g_strdup (text_of (one, "rule"));
  guint32 number = 0;

  g_variant_lookup (one, "number", "u", &number);
  g_print ("    %2u  ", number + 1); /* as ghctl acp show counts */
  ghctl_put (words, GHCTL_PLAIN, NULL);
  g_print ("\n        ");
  ghctl_put (reason_of (result), strcmp (result, "permits") == 0 ? GHCTL_GREEN : GHCTL_DIM, NULL);
  g_print ("\n");
}

static const char *
state_of (const char *state)
{
  return strcmp (state, "in-force") == 0    ? ""
         : strcmp (state, "missing") == 0   ? _ ("there is no such policy")
         : strcmp (state, "elsewhere") == 0 ? _ ("on another CSE")
         : strcmp (state, "expired") == 0   ? _ ("expired")
         : strcmp (state, "no-policy") == 0 ? _ ("is no policy")
                                            : state;
}

static void
print_policies (GVariant *explanation)
{
  g_autoptr (GVariant) policies = g_variant_lookup_value (explanation, "policies",
                                                          G_VARIANT_TYPE ("aa{sv}"));

  for (gsize i = 0; policies != NULL && i < g_variant_n_children (policies); i++)
    {
      g_autoptr (GVariant) policy = g_variant_get_child_value (policies, i);
      g_autoptr (GVariant) rules = g_variant_lookup_value (policy, "rules",
                                                           G_VARIANT_TYPE ("aa{sv}"));
      g_autofree char *reference = ghctl_printable (text_of (policy, "reference"));
      ghctl_print_heading (reference, state_of (text_of (policy, "state")), 2);
      for (gsize k = 0; rules != NULL && k < g_variant_n_children (rules); k++)
        {
          g_autoptr (GVariant) rule = g_variant_get_child_value (rules, k);
          print_rule (rule);
        }
    }
}

static char *
because (GVariant *explanation)
{
  const char *by = text_of (explanation, "by");

  if (strcmp (by, "administrator") == 0)
    return g_strdup (_ ("the administrator may do everything"));
  if (strcmp (by, "registration") == 0)
    return g_strdup (_ ("credentials decide who registers, not policies"));
  if (strcmp (by, "creator") == 0)
    return g_strdup_printf (_ ("the resource names no policies, so it is for %s alone"),
                            text_of (explanation, "owner"));
  return g_strdup_printf (_ ("by the policies of %s, their %s:"), text_of (explanation, "resource"),
                          text_of (explanation, "privileges"));
}

static void
print_decision (GhctlRun *run, gboolean allowed, GVariant *explanation)
{
  g_autofree char *reason = because (explanation);
  /* Translators: who, an operation, and an address */
  g_autofree char *line = g_strdup_printf (
    allowed ? _ ("%s may %s %s") : _ ("%s may not %s %s"), run->arguments[0],
    ghctl_rule_operation_word (run->arguments[1]), run->arguments[2]);

  ghctl_put (line, allowed ? GHCTL_GREEN : GHCTL_RED, NULL);
  g_print ("\n  ");
  ghctl_put (reason, GHCTL_PLAIN, NULL);
  g_print ("\n");
  print_policies (explanation);
}

/* A question that cannot be answered does not end like the answer no. */
static GVariant *
ask (GhctlRun *run, GVariant *context, GError **error)
{
  GError *failed = NULL;
  GVariant *answer = ghctl_call_simple (
    run->connection, "org.gatehouse.Gatehouse1.Access", "Explain",
    g_variant_new ("(sss@a{sv})", run->arguments[0], run->arguments[1], run->arguments[2], context),
    "(ba{sv})", &failed);

  if (g_error_matches (failed, GHCTL_ERROR, GHCTL_REFUSED))
    failed->code = GHCTL_USAGE;
  if (failed != NULL)
    g_propagate_error (error, failed);
  return answer;
}

gboolean
ghctl_explain_answer (GhctlRun *run, GVariant *context, GError **error)
{
  GVariant *known = context != NULL ? context
                                    : g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0);
  g_autoptr (GVariant) answer = ask (run, known, error);
  gboolean allowed = FALSE;

  if (answer == NULL)
    return FALSE;
  g_autoptr (GVariant) explanation = g_variant_get_child_value (answer, 1);
  g_variant_get_child (answer, 0, "b", &allowed);
  if (run->json)
    {
      g_autoptr (JsonNode) node = json_gvariant_serialize (explanation);
      json_object_set_boolean_member (json_node_get_object (node), "allowed", allowed);
      ghctl_print_json (node);
    }
  else
    print_decision (run, allowed, explanation);
  run->exit = allowed ? GHCTL_DONE : GHCTL_REFUSED;
  return TRUE;
}

/* Of the request that is only thought of. Returns: floating, or NULL with @error */
static GVariant *
context_of (const Options *options, GError **error)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GDateTime) time = options->at != NULL ? ghctl_time_parse ("at", options->at, error)
                                                   : NULL;
  const gint type = options->type != NULL ? ghctl_parse_type (options->type, error) : 0;

  if (options->strength < 0 || options->strength > 256)
    {
      ghctl_usage (_ ("--strength: 1 to 256 bits are expected"), error);
      return NULL;
    }
  if ((options->at != NULL && time == NULL) || (options->type != NULL && type == 0))
    return NULL;
  if (type != 0)
    g_variant_dict_insert (&dict, "type", "u", (guint32) type);
  if (time != NULL)
    g_variant_dict_insert (&dict, "time", "x", g_date_time_to_unix (time));
  if (options->address != NULL)
    g_variant_dict_insert (&dict, "address", "s", options->address);
  if (options->framework != NULL)
    g_variant_dict_insert (&dict, "framework", "s", options->framework);
  if (options->strength != 0)
    g_variant_dict_insert (&dict, "strength", "u", (guint32) options->strength);
  if (options->attributes != NULL)
    g_variant_dict_insert (&dict, "attributes", "^as", options->attributes);
  return g_variant_dict_end (&dict);
}

static gboolean
run_explain (GhctlRun *run, GError **error)
{
  const Options *options = run->options;
  GVariant *context = context_of (options, error);

  return context != NULL && ghctl_explain_answer (run, context, error);
}

static const GhctlCommand commands[] = {
  { NULL, "ORIGINATOR OPERATION TARGET", NULL, 3, 3, run_explain },
  { NULL, NULL, NULL, 0, 0, NULL },
};

static const GhctlOption option_table[] = {
  { "type", 't', G_OPTION_ARG_STRING, AT (type), N_ ("Of a create: what would be made"), "TYPE",
    "ae cnt cin sub acp grp nod flexContainer timeSeries" },
  { "attribute", 'a', G_OPTION_ARG_STRING_ARRAY, AT (attributes),
    N_ ("Of an update: what would be changed, such as acpi; may be repeated"), "NAME", NULL },
  { "address", 0, G_OPTION_ARG_STRING, AT (address),
    N_ ("Where the originator would be; default: nowhere"), "IP", NULL },
  { "at", 0, G_OPTION_ARG_STRING, AT (at), N_ ("When it would ask; default: now"), "TIME", NULL },
  { "proof", 0, G_OPTION_ARG_STRING, AT (framework),
    N_ ("How it would be proven; none: not at all"), "HOW", "none " GHCTL_PROOFS },
  { "strength", 0, G_OPTION_ARG_INT, AT (strength),
    N_ ("How strongly it would be proven; default: as strongly as can be"), "BITS",
    "112 128 192 256" },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

const GhctlGroup ghctl_explain_group = {
  .name = "explain",
  .summary = N_ ("may somebody do something, and why"),
  .commands = commands,
  .options = option_table,
  .notes = N_ ("OPERATION is create, retrieve, update, delete, notify or discover. Nothing is "
               "done.\nEnds with 0 when it is allowed, and with 1 when not.\n"),
  .examples = "  ghctl explain Cphone retrieve gatehouse/sensor/temperature\n"
              "  ghctl explain Cphone create gatehouse/sensor --type cnt --proof none\n"
              "  ghctl explain Cphone update gatehouse/sensor --attribute acpi\n"
              "  ghctl explain Cphone retrieve gatehouse/sensor --address 192.0.2.7 --at "
              "2026-12-24T18:00:00\n",
  .size = sizeof (Options),
};
