/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl.h"

#include "model/gh-attribute.h"

#include <gio/gunixinputstream.h>
#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

#define CONTENT_LIMIT (16 * 1024 * 1024)

static char *
read_stream (GInputStream *stream, const char *name, GError **error)
{
  g_autoptr (GByteArray) all = g_byte_array_new ();
  guint8 chunk[16384];
  gssize n;

  while ((n = g_input_stream_read (stream, chunk, sizeof chunk, NULL, error)) > 0)
    {
      g_byte_array_append (all, chunk, n);
      if (all->len > CONTENT_LIMIT)
        {
          g_set_error (error, GHCTL_ERROR, GHCTL_USAGE, _ ("%s: longer than %d octets"), name,
                       CONTENT_LIMIT);
          return NULL;
        }
    }
  if (n < 0)
    return NULL;
  g_byte_array_append (all, (const guint8 *) "", 1);
  return (char *) g_byte_array_free (g_steal_pointer (&all), FALSE);
}

/* Returns: (transfer full): the text, and in @out_name what to call it in an error */
static char *
load_content (const char *argument, const char **out_name, GError **error)
{
  g_autoptr (GInputStream) stream = NULL;

  if (g_str_equal (argument, "-"))
    {
      *out_name = _ ("standard input");
      stream = g_unix_input_stream_new (STDIN_FILENO, FALSE);
    }
  else if (argument[0] == '@')
    {
      g_autoptr (GFile) file = g_file_new_for_path (argument + 1);
      *out_name = argument + 1;
      stream = G_INPUT_STREAM (g_file_read (file, NULL, error));
    }
  else
    {
      *out_name = _ ("content");
      return g_strdup (argument);
    }
  return stream != NULL ? read_stream (stream, *out_name, error) : NULL;
}

JsonNode *
ghctl_read_content (const char *argument, GError **error)
{
  const char *name = NULL;
  g_autoptr (GError) problem = NULL;
  g_autofree char *text = load_content (argument, &name, &problem);
  g_autoptr (JsonNode) node = NULL;

  if (text != NULL && !g_utf8_validate (text, -1, NULL))
    g_set_error_literal (&problem, GHCTL_ERROR, GHCTL_USAGE, _ ("not UTF-8"));
  else if (text != NULL)
    node = json_from_string (text, &problem);
  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node))
    return g_steal_pointer (&node);
  g_set_error (error, GHCTL_ERROR, GHCTL_USAGE, "%s: %s", name,
               problem != NULL ? problem->message
                               : _ ("not a JSON object, such as {\"rn\":\"sensor\"}"));
  return NULL;
}

gboolean
ghctl_is_wrapped (JsonNode *content)
{
  JsonObject *object = json_node_get_object (content);
  g_autoptr (GList) names = json_object_get_members (object);

  return names != NULL && names->next == NULL && strchr (names->data, ':') != NULL
         && JSON_NODE_HOLDS_OBJECT (json_object_get_member (object, names->data));
}

JsonNode *
ghctl_wrap_content (JsonNode *content, const char *root_name)
{
  if (ghctl_is_wrapped (content))
    return content;
  JsonObject *outer = json_object_new ();
  json_object_set_member (outer, root_name, content);
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);
  json_node_take_object (node, outer);
  return node;
}

static const GhType *
find_type (const char *text)
{
  guint n = 0;
  const GhType *const *types = gh_types (&n);

  for (guint i = 0; i < n; i++)
    if (g_str_equal (types[i]->short_name, text) || g_str_equal (types[i]->long_name, text))
      return types[i];
  return NULL;
}

gint
ghctl_parse_type (const char *text, GError **error)
{
  const GhType *type = find_type (text);
  guint64 number = 0;

  if (type != NULL)
    return type->number;
  if (g_ascii_string_to_unsigned (text, 10, 1, 65535, &number, NULL))
    return (gint) number;
  g_set_error (error, GHCTL_ERROR, GHCTL_USAGE,
               _ ("\"%s\" is not a resource type; expected a name, long or short, such as "
                  "container or cnt, or a number"),
               text);
  return 0;
}

const char *
ghctl_root_name (const char *text)
{
  const GhType *type = find_type (text);
  guint64 number = 0;

  if (type == NULL && g_ascii_string_to_unsigned (text, 10, 1, 65535, &number, NULL))
    type = gh_type_by_number ((gint) number);
  return type != NULL && !type->abstract ? type->root_name : NULL;
}
