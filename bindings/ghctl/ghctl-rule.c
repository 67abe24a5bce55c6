/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-rule.h"

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

/* "a, b and c" */
static void
add_joined (GString *text, GPtrArray *words)
{
  for (guint i = 0; i < words->len; i++)
    g_string_append_printf (text, "%s%s",
                            i == 0                ? ""
                            : i + 1 == words->len ? _ (" and ")
                                                  : ", ",
                            (const char *) words->pdata[i]);
}

static void
collect (GPtrArray *words, JsonObject *object, const char *name)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;
  JsonArray *list = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node)
                                                                 : NULL;

  for (guint i = 0; list != NULL && i < json_array_get_length (list); i++)
    {
      JsonNode *item = json_array_get_element (list, i);
      if (JSON_NODE_HOLDS_VALUE (item) && json_node_get_value_type (item) == G_TYPE_STRING)
        g_ptr_array_add (words, g_strdup (json_node_get_string (item)));
      else
        g_ptr_array_add (words, json_to_string (item, FALSE));
    }
}

static void
add_list (GString *text, JsonObject *object, const char *const *names, const char *before)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);

  for (; *names != NULL; names++)
    collect (words, object, *names);
  if (words->len == 0)
    return;
  g_string_append (text, before);
  add_joined (text, words);
}

static void
add_who (GString *text, JsonObject *rule)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);

  collect (words, rule, "acor");
  for (guint i = 0; i < words->len; i++)
    if (strcmp (words->pdata[i], "all") == 0)
      {
        g_free (words->pdata[i]);
        words->pdata[i] = g_strdup (_ ("everybody"));
      }
  if (words->len == 0)
    g_ptr_array_add (words, g_strdup (_ ("nobody")));
  add_joined (text, words);
}

static void
add_operations (GString *text, gint64 bits)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (operations); i++)
    if ((bits & operations[i].bit) != 0)
      g_ptr_array_add (words, (char *) _ (operations[i].word));
  if ((bits & ALL) == ALL)
    g_string_append (text, _ ("do everything"));
  else if (words->len == 0)
    g_string_append (text, _ ("do nothing"));
  else
    add_joined (text, words);
}

static JsonObject *
object_member (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

/* One set of conditions: where from, when, and what else. */
static void
add_context (GString *text, JsonObject *context)
{
  JsonObject *networks = object_member (context, "acip");

  if (networks != NULL)
    add_list (text, networks, (const char *const[]){ "ipv4", "ipv6", NULL }, _ (", from "));
  add_list (text, context, (const char *const[]){ "actw", NULL }, _ (", at "));
  if (json_object_has_member (context, "aclr"))
    {
      g_autofree char *region = json_to_string (json_object_get_member (context, "aclr"), FALSE);
      g_string_append_printf (text, _ (", in the region %s"), region);
    }
}

static void
add_contexts (GString *text, JsonObject *rule)
{
  JsonNode *node = json_object_get_member (rule, "acco");
  JsonArray *list = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node)
                                                                 : NULL;

  for (guint i = 0; list != NULL && i < json_array_get_length (list); i++)
    if (JSON_NODE_HOLDS_OBJECT (json_array_get_element (list, i)))
      {
        if (i > 0)
          g_string_append (text, _ (", or"));
        add_context (text, json_array_get_object_element (list, i));
      }
}

/* What it is about: types of children, or of the resource. */
static void
add_objects (GString *text, JsonObject *rule)
{
  JsonNode *node = json_object_get_member (rule, "acod");
  JsonArray *list = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node)
                                                                 : NULL;

  for (guint i = 0; list != NULL && i < json_array_get_length (list); i++)
    {
      g_autofree char *detail = json_to_string (json_array_get_element (list, i), FALSE);
      g_string_append_printf (text, i == 0 ? _ (", of %s") : _ (" or %s"), detail);
    }
}

char *
ghctl_rule_describe (JsonObject *rule)
{
  g_autoptr (GString) text = g_string_new (NULL);

  add_who (text, rule);
  g_string_append (text, _ (" may "));
  add_operations (text, json_object_get_int_member_with_default (rule, "acop", 0));
  add_contexts (text, rule);
  add_objects (text, rule);
  if (json_object_get_boolean_member_with_default (rule, "acaf", FALSE))
    g_string_append (text, _ (", if that was proven"));
  return g_string_free (g_steal_pointer (&text), FALSE);
}
