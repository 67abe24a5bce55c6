/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-rule.h"

#include "ghctl-json.h"
#include "model/gh-attribute.h"

#include <glib/gi18n.h>
#include <string.h>

enum { ALL = 63 };

static const struct {
  gint64 bit;
  const char *name, *word;
} operations[] = {
  { 1, "create", N_ ("create") },  { 2, "retrieve", N_ ("retrieve") },
  { 4, "update", N_ ("update") },  { 8, "delete", N_ ("delete") },
  { 16, "notify", N_ ("notify") }, { 32, "discover", N_ ("discover") },
};

gint64
ghctl_rule_operations (char **names, GError **error)
{
  gint64 bits = 0;

  for (gsize i = 0; names != NULL && names[i] != NULL; i++)
    {
      g_auto (GStrv) words = g_strsplit (names[i], ",", -1);
      for (gsize k = 0; words[k] != NULL; k++)
        {
          gint64 bit = strcmp (words[k], "all") == 0 ? ALL : 0;
          for (gsize o = 0; o < G_N_ELEMENTS (operations); o++)
            if (strcmp (operations[o].name, words[k]) == 0)
              bit = operations[o].bit;
          if (bit == 0)
            {
              g_set_error (error, GHCTL_ERROR, GHCTL_USAGE,
                           _ ("--may: \"%s\" is not create, retrieve, update, delete, notify, "
                              "discover or all"),
                           words[k]);
              return 0;
            }
          bits |= bit;
        }
    }
  if (bits == 0)
    g_set_error_literal (error, GHCTL_ERROR, GHCTL_USAGE,
                         _ ("--may: say what is allowed, such as --may retrieve,discover"));
  return bits;
}

JsonArray *
ghctl_rule_proofs (char **names, GError **error)
{
  g_autofree char *all = g_strjoinv (",", names);
  g_auto (GStrv) words = g_strsplit (all, ",", -1), known = g_strsplit (GHCTL_PROOFS, " ", -1);
  g_autofree char *list = g_strjoinv (", ", known);

  /* An empty list would never hold. */
  if (words[0] == NULL)
    {
      g_set_error (error, GHCTL_ERROR, GHCTL_USAGE, _ ("--proof: \"%s\" is none of %s"), "", list);
      return NULL;
    }
  for (gsize i = 0; words[i] != NULL; i++)
    if (!g_strv_contains ((const char *const *) known, words[i]))
      {
        g_set_error (error, GHCTL_ERROR, GHCTL_USAGE, _ ("--proof: \"%s\" is none of %s"), words[i],
                     list);
        return NULL;
      }
  return ghctl_json_list (words);
}

const char *
ghctl_rule_operation_word (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (operations); i++)
    if (strcmp (operations[i].name, name) == 0)
      return _ (operations[i].word);
  return name;
}

/* Every sentence and every list is made of whole formats, so that a language can order the words
 * as it does. */

static void
replace (char **text, char *other)
{
  g_free (*text);
  *text = other;
}

/* "a, b and c" */
static char *
join (GPtrArray *words)
{
  char *text = g_strdup (words->len > 0 ? words->pdata[0] : "");

  for (guint i = 1; i < words->len; i++)
    replace (&text, i + 1 == words->len
                      /* Translators: the end of a list: what comes before, and the last */
                      ? g_strdup_printf (_ ("%s and %s"), text, (const char *) words->pdata[i])
                      /* Translators: of a list: what comes before, and one more */
                      : g_strdup_printf (_ ("%s, %s"), text, (const char *) words->pdata[i]));
  return text;
}

static GPtrArray *
who_of (JsonObject *rule)
{
  GPtrArray *who = ghctl_json_texts (rule, "acor");

  for (guint i = 0; i < who->len; i++)
    if (strcmp (who->pdata[i], "all") == 0)
      {
        g_free (who->pdata[i]);
        who->pdata[i] = g_strdup (_ ("everybody"));
      }
  if (who->len == 0)
    g_ptr_array_add (who, g_strdup (_ ("nobody")));
  return who;
}

/* "Cphone and Ctablet may retrieve" */
static char *
permission_of (JsonObject *rule)
{
  const gint64 bits = json_object_get_int_member_with_default (rule, "acop", 0);
  g_autoptr (GPtrArray) who = who_of (rule), words = g_ptr_array_new ();
  g_autofree char *names = join (who), *what = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (operations); i++)
    if ((bits & operations[i].bit) != 0)
      g_ptr_array_add (words, (char *) _ (operations[i].word));
  what = join (words);
  if ((bits & ALL) == ALL)
    /* Translators: a rule; the number is of those who may */
    return g_strdup_printf (ngettext ("%s may do everything", "%s may do everything", who->len),
                            names);
  if (words->len == 0)
    return g_strdup_printf (ngettext ("%s may do nothing", "%s may do nothing", who->len), names);
  /* Translators: who, and operations: "Cphone and Cpad may retrieve and discover" */
  return g_strdup_printf (ngettext ("%s may %s", "%s may %s", who->len), names, what);
}

/* Is there a condition without a value that would do, or one that nobody can evaluate? */
static gboolean
never_holds (JsonObject *context)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;

  json_object_iter_init (&iter, context);
  while (json_object_iter_next (&iter, &name, &value))
    {
      JsonArray *list = JSON_NODE_HOLDS_ARRAY (value) ? json_node_get_array (value) : NULL;
      if (list != NULL && json_array_get_length (list) == 0)
        return TRUE;
      if (strcmp (name, "acip") == 0
          && (!JSON_NODE_HOLDS_OBJECT (value)
              || json_object_get_size (json_node_get_object (value)) == 0))
        return TRUE;
      if (!g_strv_contains ((const char *const[]){ "actw", "acip", "ghfw", "ghst", "aclr", NULL },
                            name))
        return TRUE;
    }
  return FALSE;
}

/* Where from, when, and what else, behind the @sentence. Returns: (transfer full) */
static char *
add_context (const char *sentence, JsonObject *context)
{
  JsonObject *networks = ghctl_json_object (context, "acip");
  g_autoptr (GPtrArray) from = ghctl_json_texts (networks, "ipv4");
  g_autoptr (GPtrArray) others = ghctl_json_texts (networks, "ipv6");
  g_autoptr (GPtrArray) times = ghctl_json_texts (context, "actw");
  g_autoptr (GPtrArray) how = ghctl_json_texts (context, "ghfw");
  const int bits = (int) json_object_get_int_member_with_default (context, "ghst", 0);
  char *text = g_strdup (sentence);

  g_ptr_array_extend_and_steal (from, g_steal_pointer (&others));
  g_autofree char *places = join (from), *moments = join (times), *proofs = join (how);
  if (from->len > 0)
    /* Translators: a sentence, and addresses and networks */
    replace (&text, g_strdup_printf (_ ("%s, from %s"), text, places));
  if (times->len > 0)
    /* Translators: a sentence, and times */
    replace (&text, g_strdup_printf (_ ("%s, at %s"), text, moments));
  if (how->len > 0)
    /* Translators: a sentence, and names of frameworks such as psk and x509 */
    replace (&text, g_strdup_printf (_ ("%s, proven by %s"), text, proofs));
  if (bits > 0)
    /* Translators: a sentence, and how strong the proof must be */
    replace (&text, g_strdup_printf (_ ("%s, with a proof of at least %d bits"), text, bits));
  if (json_object_has_member (context, "aclr"))
    {
      g_autofree char *region = json_to_string (json_object_get_member (context, "aclr"), FALSE);
      /* Translators: a sentence, and a region */
      replace (&text, g_strdup_printf (_ ("%s, in the region %s"), text, region));
    }
  if (never_holds (context))
    /* Translators: a sentence with conditions */
    replace (&text, g_strdup_printf (_ ("%s, which never holds"), text));
  return text;
}

/* Any of them is enough. */
static void
add_contexts (char **sentence, JsonObject *rule)
{
  JsonArray *list = ghctl_json_array (rule, "acco");
  g_autofree char *all = NULL;

  for (guint i = 0; list != NULL && i < json_array_get_length (list); i++)
    {
      JsonObject *context = ghctl_json_object_at (list, i);
      g_autofree char *one = context != NULL ? add_context (*sentence, context) : NULL;
      if (all == NULL)
        all = g_steal_pointer (&one);
      else if (one != NULL)
        /* Translators: two sentences, of which one is enough */
        replace (&all, g_strdup_printf (_ ("%s; or %s"), all, one));
    }
  if (list != NULL && json_array_get_length (list) == 0)
    all = g_strdup_printf (_ ("%s, which never holds"), *sentence);
  if (all != NULL)
    replace (sentence, g_steal_pointer (&all));
}

static char *
type_name (gint64 number)
{
  const GhType *type = number > 0 && number <= G_MAXINT ? gh_type_by_number ((gint) number) : NULL;

  return type != NULL ? g_strdup (type->long_name) : g_strdup_printf ("%lld", (long long) number);
}

/* {"ty":3,"chty":[4]}: a type of resources, and of what may be made below */
static char *
describe_object (JsonNode *node)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  JsonArray *list = ghctl_json_array (object, "chty");
  g_autoptr (GPtrArray) children = g_ptr_array_new_with_free_func (g_free);

  if (object == NULL || json_object_get_size (object) > (list != NULL ? 2 : 1)
      || !json_object_has_member (object, "ty"))
    return json_to_string (node, FALSE);
  for (guint i = 0; list != NULL && i < json_array_get_length (list); i++)
    g_ptr_array_add (children, type_name (json_array_get_int_element (list, i)));
  g_autofree char *type = type_name (json_object_get_int_member_with_default (object, "ty", 0));
  g_autofree char *below = join (children);
  /* Translators: types of resources: "AE with container and subscription below" */
  return children->len > 0 ? g_strdup_printf (_ ("%s with %s below"), type, below)
                           : g_steal_pointer (&type);
}

/* What it is about: types of children, or of the resource. */
static void
add_objects (char **sentence, JsonObject *rule)
{
  JsonArray *list = ghctl_json_array (rule, "acod");
  g_autofree char *all = NULL;

  for (guint i = 0; list != NULL && i < json_array_get_length (list); i++)
    {
      g_autofree char *one = describe_object (json_array_get_element (list, i));
      if (all == NULL)
        all = g_steal_pointer (&one);
      else
        replace (&all, g_strdup_printf (_ ("%s or %s"), all, one));
    }
  if (all != NULL)
    /* Translators: a sentence, and types of resources */
    replace (sentence, g_strdup_printf (_ ("%s, of %s"), *sentence, all));
}

char *
ghctl_rule_describe (JsonObject *rule)
{
  char *sentence = permission_of (rule);

  add_objects (&sentence, rule);
  if (json_object_get_boolean_member_with_default (rule, "acaf", FALSE))
    /* Translators: a sentence, and a condition */
    replace (&sentence, g_strdup_printf (_ ("%s, if that was proven"), sentence));
  add_contexts (&sentence, rule);
  return sentence;
}
