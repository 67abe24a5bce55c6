/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"
#include <glib/gi18n.h>
#include <string.h>

#include "ghctl-request.h"

#include "ghctl-json.h"
#include "model/gh-attribute.h"

JsonObject *
ghctl_request_new (gint operation, const char *to, const char *from)
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

JsonNode *
ghctl_request_send (GDBusConnection *connection, JsonObject *request, GError **error)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), request);

  return ghctl_request (connection, node, error);
}

gint64
ghctl_response_code (JsonNode *response)
{
  return json_object_get_int_member_with_default (json_node_get_object (response), "rsc", 0);
}

gboolean
ghctl_response_is_accepted (JsonNode *response)
{
  const gint64 code = ghctl_response_code (response);

  return code >= 1000 && code < 3000;
}

JsonNode *
ghctl_response_content (JsonNode *response)
{
  return json_object_get_member (json_node_get_object (response), "pc");
}

char *
ghctl_response_refusal (JsonNode *response)
{
  JsonNode *content = ghctl_response_content (response);
  const gint64 code = ghctl_response_code (response);
  const char *name = ghctl_status_name (code);
  const char *reason = NULL;

  if (content != NULL && JSON_NODE_HOLDS_OBJECT (content))
    reason = ghctl_json_text (json_node_get_object (content), "m2m:dbg", NULL);
  g_autofree char *safe = ghctl_printable (reason != NULL ? reason : "");
  g_autofree char *status = g_strdup_printf ("%" G_GINT64_FORMAT " %s", code,
                                             name != NULL ? name : "?");
  return reason != NULL ? g_strdup_printf ("%s: %s", status, safe) : g_steal_pointer (&status);
}

JsonNode *
ghctl_request_content (GDBusConnection *connection, JsonObject *request, GError **error)
{
  g_autoptr (JsonNode) response = ghctl_request_send (connection, request, error);

  if (response == NULL)
    return NULL;
  if (!ghctl_response_require (response, error))
    return NULL;
  JsonNode *content = ghctl_response_content (response);
  return content != NULL ? json_node_copy (content) : json_node_new (JSON_NODE_NULL);
}

JsonNode *
ghctl_retrieve (GDBusConnection *connection, const char *to, const char *from, GError **error)
{
  g_autoptr (JsonObject) request = ghctl_request_new (GHCTL_RETRIEVE, to, from);

  return ghctl_request_content (connection, request, error);
}

JsonObject *
ghctl_content_resource (JsonNode *content, const char **out_root_name)
{
  if (content == NULL || !JSON_NODE_HOLDS_OBJECT (content) || !ghctl_is_wrapped (content))
    return NULL;
  JsonObject *object = json_node_get_object (content);
  g_autoptr (GList) names = json_object_get_members (object);
  if (out_root_name != NULL)
    *out_root_name = names->data;
  return json_object_get_object_member (object, names->data);
}

char *
ghctl_from (GDBusConnection *connection, const char *option, GError **error)
{
  return option != NULL ? g_strdup (option) : ghctl_originator (connection, error);
}

char *
ghctl_base_name (GDBusConnection *connection, GError **error)
{
  g_autoptr (GVariant) status = ghctl_status (connection, error);
  char *name = NULL;

  if (status != NULL && !g_variant_lookup (status, "cse-name", "s", &name))
    g_set_error_literal (error, GHCTL_ERROR, GHCTL_UNREACHABLE,
                         _ ("gatehoused does not say what its CSEBase is called: name a TARGET"));
  return name;
}

static gboolean
has_number (JsonArray *numbers, gint number)
{
  for (guint i = 0; i < json_array_get_length (numbers); i++)
    if (json_array_get_int_element (numbers, i) == number)
      return TRUE;
  return FALSE;
}

JsonArray *
ghctl_structural_types (void)
{
  JsonArray *numbers = json_array_new ();
  guint n = 0;
  const GhType *const *types = gh_types (&n);

  for (guint i = 0; i < n; i++)
    if (!types[i]->instance && !has_number (numbers, types[i]->number))
      json_array_add_int_element (numbers, types[i]->number);
  return numbers;
}

gboolean
ghctl_response_require (JsonNode *response, GError **error)
{
  if (ghctl_response_is_accepted (response))
    return TRUE;
  g_autofree char *refusal = ghctl_response_refusal (response);
  g_set_error_literal (error, GHCTL_ERROR, GHCTL_REFUSED, refusal);
  return FALSE;
}

JsonArray *
ghctl_response_references (JsonNode *response)
{
  JsonNode *content = ghctl_response_content (response);
  JsonObject *object = content != NULL && JSON_NODE_HOLDS_OBJECT (content)
                         ? json_node_get_object (content)
                         : NULL;
  JsonArray *bare = ghctl_json_array (object, "m2m:rrl");

  return bare != NULL ? bare : ghctl_json_array (ghctl_json_object (object, "m2m:rrl"), "rrf");
}

gint64
ghctl_response_next (JsonNode *response)
{
  JsonObject *object = json_node_get_object (response);

  return json_object_get_int_member_with_default (object, "cnst", 0) == 1
           ? json_object_get_int_member_with_default (object, "cnot", 0)
           : 0;
}

static void
take_addresses (JsonNode *response, GPtrArray *all)
{
  JsonArray *page = ghctl_response_references (response);

  for (guint i = 0; page != NULL && i < json_array_get_length (page); i++)
    {
      JsonNode *one = json_array_get_element (page, i);
      const char *address = JSON_NODE_HOLDS_OBJECT (one)
                              ? ghctl_json_text (json_node_get_object (one), "val", NULL)
                              : NULL;
      if (address != NULL)
        g_ptr_array_add (all, g_strdup (address));
    }
}

/* The addresses of all resources of a type, as far as @from may discover them. */
static GPtrArray *
find_all (GDBusConnection *connection, gint type, const char *from, GError **error)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *base = ghctl_base_name (connection, error);
  gint64 offset = 0, next = base != NULL ? 1 : 0;

  while (next > offset)
    {
      g_autoptr (JsonObject) request = ghctl_request_new (GHCTL_RETRIEVE, base, from);
      JsonObject *filter = json_object_new ();
      JsonArray *types = json_array_new ();
      json_array_add_int_element (types, type);
      json_object_set_int_member (request, "rcn", 6);
      json_object_set_int_member (filter, "fu", 1);
      json_object_set_array_member (filter, "ty", types);
      json_object_set_int_member (filter, "ofst", next);
      json_object_set_object_member (request, "fc", filter);
      g_autoptr (JsonNode) response = ghctl_request_send (connection, request, error);
      if (response == NULL || !ghctl_response_require (response, error))
        return NULL;
      take_addresses (response, all);
      offset = next;
      next = ghctl_response_next (response);
    }
  return base != NULL ? g_steal_pointer (&all) : NULL;
}

/* Of another type it is %NULL, without an error. */
static JsonObject *
resource_of_kind (const GhctlKind *kind, JsonNode *content)
{
  const char *root_name = NULL;
  JsonObject *resource = ghctl_content_resource (content, &root_name);

  return resource != NULL && strcmp (root_name, kind->root_name) == 0 ? resource : NULL;
}

JsonNode *
ghctl_kind_fetch (GDBusConnection *connection, const GhctlKind *kind, const char *address,
                  const char *originator, JsonObject **out_resource, GError **error)
{
  g_autofree char *from = ghctl_from (connection, originator, error);
  g_autoptr (JsonNode) content = from != NULL ? ghctl_retrieve (connection, address, from, error)
                                              : NULL;

  if (content == NULL)
    return NULL;
  *out_resource = resource_of_kind (kind, content);
  if (*out_resource != NULL)
    return g_steal_pointer (&content);
  g_set_error (error, GHCTL_ERROR, GHCTL_USAGE, "%s: %s", address, _ (kind->mismatch));
  return NULL;
}

gboolean
ghctl_kind_list (GDBusConnection *connection, const GhctlKind *kind, const char *originator,
                 gboolean json, GError **error)
{
  g_autofree char *from = ghctl_from (connection, originator, error);
  g_autoptr (GPtrArray) all = from != NULL ? find_all (connection, kind->type, from, error) : NULL;

  for (guint i = 0; all != NULL && i < all->len; i++)
    {
      g_autoptr (JsonNode) content = ghctl_retrieve (connection, all->pdata[i], from, error);
      JsonObject *resource = content != NULL ? resource_of_kind (kind, content) : NULL;
      if (content == NULL)
        return FALSE;
      if (json)
        ghctl_json_print_line (content);
      else if (resource != NULL)
        kind->print (all->pdata[i], resource);
    }
  return all != NULL;
}
