/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-command.h"
#include "ghctl-json.h"
#include "ghctl-request.h"
#include "ghctl-time.h"

#include "model/gh-attribute.h"

#include <glib/gi18n.h>
#include <string.h>

/* Filter criteria in words, and answers page by page. */

#define PAGE 500

typedef struct {
  gboolean with_types, any, identifiers;
  char *originator, *name, *creator, *labels_query;
  char *created_after, *created_before, *modified_after, *modified_before, *expires_after,
    *expires_before;
  char **types, **labels, **attributes;
  gint64 limit, larger, smaller;
  gint level;
} Options;
#define AT(member) offsetof (Options, member)

/* --- criteria --- */

/* @key: of the filter criterion. As oneM2M writes times, in UTC. */
static gboolean
add_time (JsonObject *filter, const char *key, const char *option, const char *text, GError **error)
{
  if (text == NULL)
    return TRUE;
  g_autoptr (GDateTime) utc = ghctl_time_parse (option, text, error);
  if (utc == NULL)
    return FALSE;
  g_autofree char *written = g_date_time_format (utc, "%Y%m%dT%H%M%S");
  json_object_set_string_member (filter, key, written);
  return TRUE;
}

static gboolean
add_times (JsonObject *filter, const Options *options, GError **error)
{
  return add_time (filter, "cra", "created-after", options->created_after, error)
         && add_time (filter, "crb", "created-before", options->created_before, error)
         && add_time (filter, "ms", "modified-after", options->modified_after, error)
         && add_time (filter, "us", "modified-before", options->modified_before, error)
         && add_time (filter, "exa", "expires-after", options->expires_after, error)
         && add_time (filter, "exb", "expires-before", options->expires_before, error);
}

static gboolean
add_types (JsonObject *filter, char **types, GError **error)
{
  JsonArray *list;

  if (types == NULL)
    return TRUE;
  list = json_array_new ();
  json_object_set_array_member (filter, "ty", list);
  for (gsize i = 0; types[i] != NULL; i++)
    {
      const gint type = ghctl_parse_type (types[i], error);
      if (type == 0)
        return FALSE;
      json_array_add_int_element (list, type);
    }
  return TRUE;
}

static void
add_attribute (JsonArray *list, const char *name, const char *value)
{
  JsonObject *one = json_object_new ();

  json_object_set_string_member (one, "nm", name);
  json_object_set_string_member (one, "val", value);
  json_array_add_object_element (list, one);
}

static gboolean
add_attributes (JsonObject *filter, const Options *options, GError **error)
{
  g_autoptr (JsonArray) list = json_array_new ();

  if (options->name != NULL)
    add_attribute (list, "rn", options->name);
  if (options->creator != NULL)
    add_attribute (list, "cr", options->creator);
  for (char **one = options->attributes; one != NULL && *one != NULL; one++)
    {
      const char *equals = strchr (*one, '=');
      if (equals == NULL || equals == *one)
        {
          g_set_error (error, GHCTL_ERROR, GHCTL_USAGE,
                       _ ("--attribute: \"%s\" is not NAME=VALUE, such as api=N.example.*"), *one);
          return FALSE;
        }
      g_autofree char *name = g_strndup (*one, equals - *one);
      add_attribute (list, name, equals + 1);
    }
  if (json_array_get_length (list) > 0)
    json_object_set_array_member (filter, "atr", g_steal_pointer (&list));
  return TRUE;
}

static void
add_numbers (JsonObject *filter, const Options *options)
{
  if (options->larger > 0)
    json_object_set_int_member (filter, "sza", options->larger);
  if (options->smaller > 0)
    json_object_set_int_member (filter, "szb", options->smaller);
  if (options->level > 0)
    json_object_set_int_member (filter, "lvl", options->level);
  if (options->any)
    json_object_set_int_member (filter, "fo", 2);
}

static JsonObject *
new_filter (const Options *options, GError **error)
{
  g_autoptr (JsonObject) filter = json_object_new ();

  json_object_set_int_member (filter, "fu", 1);
  if (!add_types (filter, options->types, error) || !add_times (filter, options, error)
      || !add_attributes (filter, options, error))
    return NULL;
  if (options->labels != NULL)
    json_object_set_array_member (filter, "lbl", ghctl_json_list (options->labels));
  if (options->labels_query != NULL)
    json_object_set_string_member (filter, "lbq", options->labels_query);
  add_numbers (filter, options);
  return g_steal_pointer (&filter);
}

/* --- answers --- */

static void
print_found (const GhctlRun *run, JsonObject *found)
{
  const Options *options = run->options;
  const char *address = ghctl_json_text (found, "val", "");
  const gint64 number = json_object_get_int_member_with_default (found, "typ", 0);
  const GhType *type = gh_type_by_number ((gint) number);

  if (run->json)
    {
      g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), found);
      ghctl_json_print_line (node);
      return;
    }
  ghctl_put (address, GHCTL_PLAIN, NULL);
  if (options->with_types)
    {
      g_print ("  ");
      ghctl_put (type != NULL ? type->long_name : "?", GHCTL_DIM, NULL);
    }
  g_print ("\n");
}

/* Returns: how many the page has */
static guint
print_page (const GhctlRun *run, JsonNode *response)
{
  JsonArray *list = ghctl_response_references (response);
  const guint n = list != NULL ? json_array_get_length (list) : 0;

  for (guint i = 0; i < n; i++)
    {
      JsonNode *one = json_array_get_element (list, i);
      if (JSON_NODE_HOLDS_OBJECT (one))
        print_found (run, json_node_get_object (one));
    }
  return n;
}

/* Until there is no more, or as many as were asked for. */
static gboolean
print_pages (GhctlRun *run, JsonObject *request, JsonObject *filter, GError **error)
{
  const Options *options = run->options;
  gint64 left = options->limit > 0 ? options->limit : G_MAXINT64, offset = 0;

  while (left > 0)
    {
      json_object_set_int_member (filter, "lim", MIN (left, PAGE));
      if (offset > 0)
        json_object_set_int_member (filter, "ofst", offset);
      g_autoptr (JsonNode) response = ghctl_request_send (run->connection, request, error);
      if (response == NULL || !ghctl_response_require (response, error))
        return FALSE;
      const gint64 next = ghctl_response_next (response);
      left -= print_page (run, response);
      if (next <= offset)
        return TRUE;
      offset = next;
    }
  return TRUE;
}

static gboolean
run_discover (GhctlRun *run, GError **error)
{
  const Options *options = run->options;
  g_autoptr (JsonObject) filter = new_filter (options, error);
  g_autofree char *target = NULL, *from = NULL;

  if (filter == NULL)
    return FALSE;
  if (options->limit < 0 || options->level < 0 || options->larger < 0 || options->smaller < 0)
    return ghctl_usage (_ ("discover: numbers must not be negative"), error);
  target = run->n_arguments > 0 ? g_strdup (run->arguments[0])
                                : ghctl_base_name (run->connection, error);
  from = target != NULL ? ghctl_from (run->connection, options->originator, error) : NULL;
  if (from == NULL)
    return FALSE;
  g_autoptr (JsonObject) request = ghctl_request_new (GHCTL_RETRIEVE, target, from);
  json_object_set_int_member (request, "rcn", 6);
  if (options->identifiers)
    json_object_set_int_member (request, "drt", 2);
  json_object_set_object_member (request, "fc", json_object_ref (filter));
  return print_pages (run, request, filter, error);
}

/* --- command line --- */

static const GhctlCommand commands[] = {
  { NULL, "[TARGET]", NULL, 0, 1, run_discover },
  { NULL, NULL, NULL, 0, 0, NULL },
};

static const GhctlOption option_table[] = {
  { "type", 't', G_OPTION_ARG_STRING_ARRAY, AT (types),
    N_ ("Of this type: ae, container, its number; may be repeated"), "TYPE",
    "ae cnt cin sub acp grp nod flexContainer timeSeries" },
  { "label", 'l', G_OPTION_ARG_STRING_ARRAY, AT (labels), N_ ("With this label; may be repeated"),
    "LABEL", NULL },
  { "labels", 0, G_OPTION_ARG_STRING, AT (labels_query),
    N_ ("With labels like these: \"room EQ kitchen\", \"NT hidden\""), "QUERY", NULL },
  { "name", 0, G_OPTION_ARG_STRING, AT (name), N_ ("With this name; * stands for anything"), "NAME",
    NULL },
  { "creator", 0, G_OPTION_ARG_STRING, AT (creator), N_ ("Made by this originator"), "ID", NULL },
  { "attribute", 'a', G_OPTION_ARG_STRING_ARRAY, AT (attributes),
    N_ ("With this value, * stands for anything; may be repeated"), "NAME=VALUE", NULL },
  { "created-after", 0, G_OPTION_ARG_STRING, AT (created_after),
    N_ ("Made at this time or later; 2h means two hours ago"), "TIME", NULL },
  { "created-before", 0, G_OPTION_ARG_STRING, AT (created_before), N_ ("Made before"), "TIME",
    NULL },
  { "modified-after", 0, G_OPTION_ARG_STRING, AT (modified_after),
    N_ ("Changed at this time or later"), "TIME", NULL },
  { "modified-before", 0, G_OPTION_ARG_STRING, AT (modified_before),
    N_ ("Changed before, not since"), "TIME", NULL },
  { "expires-after", 0, G_OPTION_ARG_STRING, AT (expires_after),
    N_ ("Expires at this time or later, or never"), "TIME", NULL },
  { "expires-before", 0, G_OPTION_ARG_STRING, AT (expires_before), N_ ("Expires before"), "TIME",
    NULL },
  { "larger-than", 0, G_OPTION_ARG_INT64, AT (larger), N_ ("Instances with so many octets or more"),
    "N", NULL },
  { "smaller-than", 0, G_OPTION_ARG_INT64, AT (smaller), N_ ("Instances with fewer octets"), "N",
    NULL },
  { "level", 0, G_OPTION_ARG_INT, AT (level), N_ ("At most so many levels below TARGET"), "N",
    NULL },
  { "any", 0, G_OPTION_ARG_NONE, AT (any), N_ ("One of the criteria is enough"), NULL, NULL },
  { "limit", 'n', G_OPTION_ARG_INT64, AT (limit), N_ ("No more than so many; default: all"), "N",
    NULL },
  { "with-types", 0, G_OPTION_ARG_NONE, AT (with_types), N_ ("Print the type behind the address"),
    NULL, NULL },
  { "ids", 0, G_OPTION_ARG_NONE, AT (identifiers), N_ ("Print resource ids in the place of paths"),
    NULL, NULL },
  { "originator", 'o', G_OPTION_ARG_STRING, AT (originator),
    N_ ("Who asks; default: the administrator; \"\": nobody named"), "ID", NULL },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

const GhctlGroup ghctl_discover_group = {
  .name = "discover",
  .summary = N_ ("find resources below TARGET"),
  .commands = commands,
  .options = option_table,
  .notes = N_ ("Prints addresses, one a line. All criteria must hold; of one that is repeated, one "
               "value.\nTimes are 2026-11-22, 2026-11-22T06:15:00Z, or 90s, 30min, 2h, 7d ago.\n"),
  .examples = "  ghctl discover --type container --label indoors\n"
              "  ghctl discover gatehouse/sensor --type cin --created-after 2h --limit 10\n"
              "  ghctl discover --attribute 'api=N.example.*' --json\n",
  .size = sizeof (Options),
};
