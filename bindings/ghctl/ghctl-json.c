/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-json.h"

JsonArray *
ghctl_json_array (JsonObject *object, const char *name)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

JsonObject *
ghctl_json_object (JsonObject *object, const char *name)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

JsonObject *
ghctl_json_object_at (JsonArray *array, guint index)
{
  JsonNode *node = json_array_get_element (array, index);

  return JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static gboolean
holds (JsonNode *node, GType type)
{
  return node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == type;
}

const char *
ghctl_json_text (JsonObject *object, const char *name, const char *otherwise)
{
  JsonNode *node = json_object_get_member (object, name);

  return holds (node, G_TYPE_STRING) ? json_node_get_string (node) : otherwise;
}

gint64
ghctl_json_number (JsonObject *object, const char *name, gint64 otherwise)
{
  JsonNode *node = json_object_get_member (object, name);

  return holds (node, G_TYPE_INT64) ? json_node_get_int (node) : otherwise;
}

GPtrArray *
ghctl_json_texts (JsonObject *object, const char *name)
{
  GPtrArray *texts = g_ptr_array_new_with_free_func (g_free);
  JsonArray *list = ghctl_json_array (object, name);

  for (guint i = 0; list != NULL && i < json_array_get_length (list); i++)
    {
      JsonNode *item = json_array_get_element (list, i);
      g_ptr_array_add (texts, holds (item, G_TYPE_STRING) ? g_strdup (json_node_get_string (item))
                                                          : json_to_string (item, FALSE));
    }
  return texts;
}

JsonArray *
ghctl_json_list (char **texts)
{
  JsonArray *list = json_array_new ();

  for (gsize i = 0; texts != NULL && texts[i] != NULL; i++)
    json_array_add_string_element (list, texts[i]);
  return list;
}

void
ghctl_json_print_line (JsonNode *node)
{
  g_autofree char *text = json_to_string (node, FALSE);

  g_print ("%s\n", text);
}

void
ghctl_json_print_text (const char *name, const char *text)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();

  json_node_take_object (node, object);
  json_object_set_string_member (object, name, text);
  ghctl_json_print_line (node);
}

void
ghctl_json_print_variant (GVariant *value)
{
  g_autofree char *text = json_gvariant_serialize_data (value, NULL);

  g_print ("%s\n", text);
}
