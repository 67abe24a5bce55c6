/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl.h"

#include "ghctl-json.h"

#include "model/gh-attribute.h"

#include <string.h>
#include <unistd.h>

#define KEY_WIDTH 31

void
ghctl_print_heading (const char *text, const char *rest, guint indent)
{
  gboolean colours = ghctl_colours ();

  g_print ("%*s%s%s%s%s%s\n", (int) indent, "", colours ? "\033[1m" : "", text,
           colours ? "\033[m" : "", rest[0] != '\0' ? "  " : "", rest);
}

void
ghctl_print_pair (const char *key, const char *value, guint indent)
{
  gboolean colours = ghctl_colours ();
  g_autofree char *safe = ghctl_printable (value);

  g_print ("%*s%s%s%*s%s %s\n", (int) indent, "", colours ? "\033[36m" : "", key,
           (int) (KEY_WIDTH - MIN (KEY_WIDTH, ghctl_columns (key))), "", colours ? "\033[m" : "",
           safe);
}

static char *
format_scalar (JsonNode *node, const GhAttribute *attribute)
{
  if (json_node_get_value_type (node) != G_TYPE_STRING)
    return json_to_string (node, FALSE);
  if (attribute != NULL && attribute->data == GH_DATA_TIMESTAMP)
    return ghctl_timestamp (json_node_get_string (node));
  return g_strdup (json_node_get_string (node));
}

/* Lists of scalars read better without brackets; what is deeper stays JSON. */
static char *
format_value (JsonNode *node, const GhAttribute *attribute)
{
  if (JSON_NODE_HOLDS_VALUE (node))
    return format_scalar (node, attribute);
  if (!JSON_NODE_HOLDS_ARRAY (node))
    return json_to_string (node, FALSE);
  JsonArray *array = json_node_get_array (node);
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *item = json_array_get_element (array, i);
      g_autofree char *one = format_value (item, attribute);
      g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", one);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
print_attribute (const GhType *type, const char *name, JsonNode *value, guint indent)
{
  const GhAttribute *attribute = type != NULL ? gh_type_attribute (type, name) : NULL;
  g_autofree char *text = format_value (value, attribute);
  g_autofree char *key = attribute != NULL ? g_strdup_printf ("%s (%s)", attribute->long_name, name)
                                           : g_strdup (name);

  ghctl_print_pair (key, text, indent);
}

static void print_children (const char *name, JsonNode *node, guint indent);

static void
print_resource (const char *root_name, JsonObject *resource, guint indent)
{
  const GhType *type = gh_type_by_root_name (root_name);
  const char *name = ghctl_json_text (resource, "rn", "");
  g_autofree char *rest = ghctl_printable (name);
  g_autoptr (GList) members = json_object_get_members (resource);

  ghctl_print_heading (type != NULL ? type->long_name : root_name, rest, indent);
  for (GList *member = members; member != NULL; member = member->next)
    if (strchr (member->data, ':') == NULL)
      print_attribute (type, member->data, json_object_get_member (resource, member->data),
                       indent + 2);
  for (GList *member = members; member != NULL; member = member->next)
    if (strchr (member->data, ':') != NULL)
      print_children (member->data, json_object_get_member (resource, member->data), indent + 2);
}

static void
print_children (const char *name, JsonNode *node, guint indent)
{
  if (JSON_NODE_HOLDS_OBJECT (node))
    print_resource (name, json_node_get_object (node), indent);
  else if (JSON_NODE_HOLDS_ARRAY (node))
    {
      JsonArray *array = json_node_get_array (node);
      for (guint i = 0; i < json_array_get_length (array); i++)
        print_children (name, json_array_get_element (array, i), indent);
    }
  else
    {
      g_autofree char *text = format_value (node, NULL);
      ghctl_print_pair (name, text, indent);
    }
}

/* Addresses stand one a line, for other programs to read: m2m:uril is a list of them, m2m:uri one.
 */
static gboolean
print_addresses (const char *name, JsonNode *node)
{
  if (!g_str_equal (name, "m2m:uril") && !g_str_equal (name, "m2m:uri"))
    return FALSE;
  if (!JSON_NODE_HOLDS_ARRAY (node))
    {
      g_autofree char *text = format_value (node, NULL);
      g_print ("%s\n", text);
      return TRUE;
    }
  JsonArray *array = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      g_autofree char *text = format_value (json_array_get_element (array, i), NULL);
      g_print ("%s\n", text);
    }
  return TRUE;
}

/* m2m:rrl is {"rrf":[{"nm":name,"typ":type,"val":address}]}. */
static gboolean
print_references (const char *name, JsonNode *node)
{
  if (!g_str_equal (name, "m2m:rrl") || !JSON_NODE_HOLDS_OBJECT (node))
    return FALSE;
  JsonNode *list = json_object_get_member (json_node_get_object (node), "rrf");
  if (list == NULL || !JSON_NODE_HOLDS_ARRAY (list))
    return FALSE;
  JsonArray *array = json_node_get_array (list);
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *item = json_array_get_element (array, i);
      JsonNode *address = JSON_NODE_HOLDS_OBJECT (item)
                            ? json_object_get_member (json_node_get_object (item), "val")
                            : NULL;
      g_autofree char *text = format_value (address != NULL ? address : item, NULL);
      g_print ("%s\n", text);
    }
  return TRUE;
}

void
ghctl_print_content (JsonNode *content)
{
  if (!JSON_NODE_HOLDS_OBJECT (content))
    {
      ghctl_print_json (content);
      return;
    }
  JsonObject *object = json_node_get_object (content);
  g_autoptr (GList) members = json_object_get_members (object);
  for (GList *member = members; member != NULL; member = member->next)
    {
      JsonNode *node = json_object_get_member (object, member->data);
      if (!print_addresses (member->data, node) && !print_references (member->data, node))
        print_children (member->data, node, 0);
    }
}

void
ghctl_print_json (JsonNode *node)
{
  g_autofree char *text = json_to_string (node, TRUE);

  g_print ("%s\n", text);
}
