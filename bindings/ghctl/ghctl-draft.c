/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-draft.h"

#include "ghctl-json.h"
#include "ghctl-request.h"
#include "model/gh-attribute.h"

#include <string.h>

enum { TYPE_AE = 2, TYPE_CSE_BASE = 5 };

struct _GhctlDraft {
  char *from, *parent, *name;
  char *old_root, *new_root; /* new: known with the topmost resource */
  gboolean new_ids;
  GHashTable *ids; /* of structural resources: what they were to what they are */
};

GhctlDraft *
ghctl_draft_new (const char *from, const char *parent, const char *name, gboolean new_ids)
{
  GhctlDraft *draft = g_new0 (GhctlDraft, 1);

  draft->from = g_strdup (from);
  draft->parent = g_strdup (parent);
  draft->name = g_strdup (name);
  draft->new_ids = new_ids;
  draft->ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return draft;
}

void
ghctl_draft_free (GhctlDraft *draft)
{
  g_free (draft->from);
  g_free (draft->parent);
  g_free (draft->name);
  g_free (draft->old_root);
  g_free (draft->new_root);
  g_hash_table_unref (draft->ids);
  g_free (draft);
}

void
ghctl_draft_set_root (GhctlDraft *draft, const char *root)
{
  g_free (draft->old_root);
  draft->old_root = g_strdup (root);
}

const char *
ghctl_draft_from (const GhctlDraft *draft)
{
  return draft->from;
}

char *
ghctl_draft_address (GhctlDraft *draft, const char *path)
{
  const char *root = draft->new_root != NULL ? draft->new_root : draft->parent;

  return path[0] == '\0' ? g_strdup (root) : g_strconcat (root, "/", path, NULL);
}

/* --- what others name --- */

/* Returns: (transfer full): another name of it, or NULL when it stays */
static char *
translate (GhctlDraft *draft, const char *text)
{
  const gsize length = draft->old_root != NULL ? strlen (draft->old_root) : 0;
  const char *known = g_hash_table_lookup (draft->ids, text);

  if (known != NULL)
    return g_strdup (known);
  if (length > 0 && draft->new_root != NULL && strncmp (text, draft->old_root, length) == 0
      && (text[length] == '\0' || text[length] == '/'))
    return g_strconcat (draft->new_root, text + length, NULL);
  return NULL;
}

static void translate_node (GhctlDraft *draft, JsonNode *node);

static void
translate_member (JsonObject *object, const char *name, JsonNode *node, gpointer draft)
{
  translate_node (draft, node);
}

static void
translate_element (JsonArray *array, guint index, JsonNode *node, gpointer draft)
{
  translate_node (draft, node);
}

/* The reader of JSON bounds how deep it is. */
static void
translate_node (GhctlDraft *draft, JsonNode *node)
{
  g_autofree char *other = NULL;

  if (JSON_NODE_HOLDS_OBJECT (node))
    json_object_foreach_member (json_node_get_object (node), translate_member, draft);
  else if (JSON_NODE_HOLDS_ARRAY (node))
    json_array_foreach_element (json_node_get_array (node), translate_element, draft);
  else if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
    {
      other = translate (draft, json_node_get_string (node));
      if (other != NULL)
        json_node_set_string (node, other);
    }
}

/* Can it name resources? What people and applications wrote stays as it is. */
static gboolean
names_resources (const GhAttribute *attribute)
{
  switch (attribute->data)
    {
    case GH_DATA_URI:
    case GH_DATA_ID:
    case GH_DATA_OBJECT:
      return TRUE;
    default:
      return FALSE;
    }
}

/* --- requests --- */

static gboolean
is_kept (const GhType *type, const char *name, JsonObject *resource)
{
  const GhAttribute *attribute = gh_type_attribute (type, name);

  /* Instances that were not named get another name; the creator is whoever creates. */
  if (strcmp (name, "rn") == 0)
    return !type->instance
           || g_strcmp0 (ghctl_json_text (resource, "rn", NULL),
                         ghctl_json_text (resource, "ri", NULL))
                != 0;
  return attribute != NULL && attribute->create != GH_PRESENCE_NP && strcmp (name, "cr") != 0
         && !attribute->fill;
}

static JsonObject *
new_content (GhctlDraft *draft, const GhType *type, JsonObject *resource, gboolean topmost)
{
  JsonObject *content = json_object_new ();
  g_autoptr (GList) names = json_object_get_members (resource);

  for (GList *one = names; one != NULL; one = one->next)
    {
      const char *name = one->data;
      if (!is_kept (type, name, resource))
        continue;
      JsonNode *value = json_node_copy (json_object_get_member (resource, name));
      if (strcmp (name, "rn") != 0 && names_resources (gh_type_attribute (type, name)))
        translate_node (draft, value);
      json_object_set_member (content, name, value);
    }
  if (topmost && draft->name != NULL)
    json_object_set_string_member (content, "rn", draft->name);
  return content;
}

/* An AE registers itself: it is the originator. */
static const char *
originator_of (GhctlDraft *draft, const GhType *type, JsonObject *resource, char letter[2])
{
  const char *id = ghctl_json_text (resource, "aei", NULL);

  if (type->number != TYPE_AE || id == NULL || id[0] == '\0')
    return draft->from;
  letter[0] = id[0];
  letter[1] = '\0';
  return draft->new_ids ? letter : id;
}

/* "a" of "a/b": where it is made. */
static char *
parent_of (GhctlDraft *draft, const char *path)
{
  const char *slash = strrchr (path, '/');
  g_autofree char *above = slash != NULL ? g_strndup (path, slash - path) : g_strdup ("");

  return path[0] == '\0' ? g_strdup (draft->parent) : ghctl_draft_address (draft, above);
}

/* Takes @address. A file may name a topmost resource twice: the last one is it. */
static void
set_new_root (GhctlDraft *draft, char *address)
{
  g_free (draft->new_root);
  draft->new_root = address;
}

JsonObject *
ghctl_draft_request (GhctlDraft *draft, const char *path, JsonObject *line, gboolean *out_instance)
{
  const char *root_name = NULL;
  JsonObject *resource = ghctl_content_resource (json_object_get_member (line, "pc"), &root_name);
  const GhType *type = gh_type_by_root_name (root_name);
  const char *name = ghctl_json_text (resource, "rn", "");
  char letter[2] = "";

  if (type == NULL)
    return NULL;
  *out_instance = type->instance;
  if (path[0] == '\0' && type->number == TYPE_CSE_BASE)
    {
      set_new_root (draft, g_strdup (draft->parent));
      return NULL;
    }
  g_autofree char *to = parent_of (draft, path);
  if (path[0] == '\0')
    set_new_root (draft,
                  g_strconcat (draft->parent, "/", draft->name != NULL ? draft->name : name, NULL));
  JsonObject *request = ghctl_request_new (GHCTL_CREATE, to,
                                           originator_of (draft, type, resource, letter));
  JsonObject *content = json_object_new ();
  json_object_set_object_member (content, root_name,
                                 new_content (draft, type, resource, path[0] == '\0'));
  json_object_set_int_member (request, "ty", type->number);
  json_object_set_int_member (request, "rcn", type->instance ? 0 : 1);
  json_object_set_object_member (request, "pc", content);
  return request;
}

static void
learn_member (GhctlDraft *draft, JsonObject *old, JsonObject *new, const char *name)
{
  const char *was = ghctl_json_text (old, name, NULL);
  const char *is = ghctl_json_text (new, name, NULL);

  if (was != NULL && is != NULL && strcmp (was, is) != 0)
    g_hash_table_replace (draft->ids, g_strdup (was), g_strdup (is));
}

void
ghctl_draft_learn (GhctlDraft *draft, JsonObject *exported, JsonNode *content)
{
  JsonObject *made = ghctl_content_resource (content, NULL);

  if (made == NULL)
    return;
  learn_member (draft, exported, made, "ri");
  learn_member (draft, exported, made, "aei");
}
