/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-command.h"
#include "ghctl-json.h"
#include "ghctl-request.h"

#include "model/gh-attribute.h"

#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

/* The resources below one, as far as somebody can look at them: instances are only counted, and of
 * many children the first are shown. */

#define MAX_DEPTH      64
#define MAX_RESOURCES  5000
#define DEFAULT_LIMIT  40
#define COUNTED_BEYOND 1000

typedef struct {
  char *originator;
  gint depth, limit;
} Options;
#define AT(member) offsetof (Options, member)

typedef struct {
  GDBusConnection *connection;
  gboolean json;
  char *from;
  JsonArray *types; /* all but those of instances */
  guint depth, limit, shown;
} Walk;

/* --- one resource --- */

/* Its attributes, and references to its children. */
static JsonNode *
look (Walk *walk, const char *address, GError **error)
{
  g_autoptr (JsonObject) request = ghctl_request_new (GHCTL_RETRIEVE, address, walk->from);
  JsonObject *filter = json_object_new ();

  json_object_set_int_member (request, "rcn", 5);
  json_object_set_int_member (filter, "lvl", 1);
  json_object_set_int_member (filter, "lim", walk->limit + COUNTED_BEYOND);
  json_object_set_array_member (filter, "ty", json_array_ref (walk->types));
  json_object_set_object_member (request, "fc", filter);
  return ghctl_request_send (walk->connection, request, error);
}

static gint64
number_of (JsonObject *resource, const char *name)
{
  return json_object_get_int_member_with_default (resource, name, -1);
}

/* "12 B of 64.0 KiB" */
static char *
size_of (gint64 octets, gint64 most)
{
  g_autofree char *size = ghctl_size (octets);
  g_autofree char *bound = most >= 0 ? ghctl_size (most) : NULL;

  return bound != NULL ? g_strdup_printf (_ ("%s of %s"), size, bound) : g_steal_pointer (&size);
}

/* "3 of 100 instances, 12 B of 64.0 KiB" */
static void
add_limits (GString *text, JsonObject *resource)
{
  const gint64 count = number_of (resource, "cni"), most = number_of (resource, "mni");
  const gint64 octets = number_of (resource, "cbs");
  g_autofree char *instances = NULL;

  if (count < 0)
    return;
  if (most >= 0)
    instances = g_strdup_printf (ngettext ("%lld of %lld instance", "%lld of %lld instances", most),
                                 (long long) count, (long long) most);
  else
    instances = g_strdup_printf (ngettext ("%lld instance", "%lld instances", count),
                                 (long long) count);
  if (octets >= 0)
    {
      g_autofree char *size = size_of (octets, number_of (resource, "mbs"));
      /* Translators: of a list: what comes before, and one more */
      g_string_append_printf (text, _ ("%s, %s"), instances, size);
    }
  else
    g_string_append (text, instances);
}

static void
add_text (GString *text, JsonObject *resource, const char *name, const char *before)
{
  const char *value = ghctl_json_text (resource, name, NULL);

  if (value != NULL)
    g_string_append_printf (text, "%s%s%s", text->len > 0 ? "  " : "", before, value);
}

static void
add_list (GString *text, JsonObject *resource, const char *name, const char *before)
{
  g_autoptr (GPtrArray) list = ghctl_json_texts (resource, name);

  for (guint i = 0; i < list->len; i++)
    g_string_append_printf (text, "%s%s%s", text->len > 0 ? "  " : "", before,
                            (const char *) list->pdata[i]);
}

static guint
count_rules (JsonObject *resource)
{
  JsonArray *rules = ghctl_json_array (ghctl_json_object (resource, "pv"), "acr");

  return rules != NULL ? json_array_get_length (rules) : 0;
}

/* What is worth a line about it, beside name and type. */
static char *
details_of (JsonObject *resource, gint64 type)
{
  g_autoptr (GString) text = g_string_new (NULL);
  const char *arrow = ghctl_unicode () ? "→ " : "-> ";

  add_limits (text, resource);
  add_text (text, resource, "csi", "");
  add_text (text, resource, "aei", "");
  add_text (text, resource, "api", "");
  add_text (text, resource, "ni", "");
  add_text (text, resource, "cnd", "");
  add_list (text, resource, "nu", arrow);
  add_text (text, resource, "lnk", arrow);
  if (type == 1)
    g_string_append_printf (text, ngettext ("%u rule", "%u rules", count_rules (resource)),
                            count_rules (resource));
  if (number_of (resource, "cnm") >= 0)
    g_string_append_printf (
      text, ngettext ("%lld of %lld member", "%lld of %lld members", number_of (resource, "mnm")),
      (long long) number_of (resource, "cnm"), (long long) number_of (resource, "mnm"));
  add_list (text, resource, "lbl", "#");
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static GhctlColour
colour_of (gint64 type)
{
  switch (type)
    {
    case 1: /* accessControlPolicy */
      return GHCTL_YELLOW;
    case 2:  /* AE */
    case 5:  /* CSEBase */
    case 16: /* remoteCSE */
      return GHCTL_GREEN;
    case 3:  /* container */
    case 28: /* flexContainer */
    case 29: /* timeSeries */
      return GHCTL_BLUE;
    case 9: /* group */
      return GHCTL_CYAN;
    case 23: /* subscription */
      return GHCTL_MAGENTA;
    default:
      return GHCTL_BOLD;
    }
}

/* --- printing --- */

static void
print_line (const char *prefix, const char *name, const char *type_name, const char *details,
            GhctlColour colour)
{
  const guint width = ghctl_width (STDOUT_FILENO);
  guint room = width > 0 ? width : G_MAXUINT;

  ghctl_put (prefix, GHCTL_DIM, &room);
  ghctl_put (name, colour, &room);
  if (type_name[0] != '\0')
    ghctl_put ("  ", GHCTL_PLAIN, &room);
  ghctl_put (type_name, GHCTL_DIM, &room);
  if (details[0] != '\0')
    ghctl_put ("  ", GHCTL_PLAIN, &room);
  ghctl_put (details, GHCTL_PLAIN, &room);
  g_print ("\n");
}

/* What stands before the children of what @prefix stands before: its branch goes on, or ended. */
static char *
prefix_below (const char *prefix)
{
  const char *last = ghctl_unicode () ? "└─ " : "`- ", *other = ghctl_unicode () ? "├─ " : "|- ";

  if (g_str_has_suffix (prefix, last))
    return g_strdup_printf ("%.*s   ", (int) (strlen (prefix) - strlen (last)), prefix);
  if (g_str_has_suffix (prefix, other))
    return g_strdup_printf ("%.*s%s", (int) (strlen (prefix) - strlen (other)), prefix,
                            ghctl_unicode () ? "│  " : "|  ");
  return g_strdup (prefix);
}

static char *
branch (const char *prefix, gboolean is_last)
{
  return g_strconcat (
    prefix, ghctl_unicode () ? (is_last ? "└─ " : "├─ ") : (is_last ? "`- " : "|- "), NULL);
}

static void
print_more (const char *prefix, guint more, gboolean at_least)
{
  g_autofree char *start = branch (prefix, TRUE);
  g_autofree char *number =
    at_least ? g_strdup_printf (ngettext ("more than %u more", "more than %u more", more), more)
             : g_strdup_printf (ngettext ("%u more", "%u more", more), more);
  g_autofree char *text = g_strconcat (ghctl_unicode () ? "… " : "... ", number, NULL);

  print_line (start, text, "", "", GHCTL_DIM);
}

/* --- walking --- */

static gboolean visit (Walk *walk, const char *address, const char *prefix, guint level,
                       JsonObject *out, GError **error);

static gboolean
visit_children (Walk *walk, JsonArray *references, const char *prefix, guint level, JsonArray *out,
                GError **error)
{
  const guint n = MIN (json_array_get_length (references), walk->limit);
  const gboolean more = json_array_get_length (references) > walk->limit;

  for (guint i = 0; i < n && walk->shown < MAX_RESOURCES; i++)
    {
      JsonObject *item = ghctl_json_object_at (references, i);
      const char *address = item != NULL ? ghctl_json_text (item, "val", NULL) : NULL;
      g_autofree char *start = branch (prefix, i + 1 == n && !more);
      JsonObject *child = json_object_new ();
      json_array_add_object_element (out, child);
      if (address != NULL && !visit (walk, address, start, level + 1, child, error))
        return FALSE;
    }
  return TRUE;
}

/* Lists what is below, and says how much is not shown. */
static gboolean
descend (Walk *walk, JsonNode *response, const char *prefix, guint level, JsonObject *out,
         GError **error)
{
  JsonObject *resource = ghctl_content_resource (ghctl_response_content (response), NULL);
  JsonArray *references = ghctl_json_array (resource, "ch");
  const gboolean partial =
    json_object_get_int_member_with_default (json_node_get_object (response), "cnst", 0) == 1;
  const guint n = references != NULL ? json_array_get_length (references) : 0;
  g_autofree char *below = prefix_below (prefix);
  guint hidden = n;

  if (n == 0)
    return TRUE;
  if (level < walk->depth && walk->shown < MAX_RESOURCES)
    {
      JsonArray *children = json_array_new ();
      json_object_set_array_member (out, "children", children);
      if (!visit_children (walk, references, below, level, children, error))
        return FALSE;
      hidden = n - json_array_get_length (children);
    }
  if (hidden == 0)
    return TRUE;
  json_object_set_int_member (out, "more", hidden);
  if (!walk->json)
    print_more (below, hidden, partial);
  return TRUE;
}

static void
fill (JsonObject *out, JsonObject *resource, const char *address)
{
  static const char *const taken[] = { "rn",  "ty",  "ri",  "cni", "mni", "cbs", "mbs",
                                       "csi", "aei", "api", "lbl", "cnm", "mnm", "nu" };

  json_object_set_string_member (out, "address", address);
  for (gsize i = 0; i < G_N_ELEMENTS (taken); i++)
    if (json_object_has_member (resource, taken[i]))
      json_object_set_member (out, taken[i], json_object_dup_member (resource, taken[i]));
}

/* A child that went meanwhile, or that nobody may read, is a line; the root is an error. */
static gboolean
show_refusal (Walk *walk, JsonNode *response, const char *address, const char *prefix,
              JsonObject *out, GError **error)
{
  g_autofree char *refusal = ghctl_response_refusal (response);
  const char *name = strrchr (address, '/');

  if (prefix[0] == '\0')
    {
      g_set_error_literal (error, GHCTL_ERROR, GHCTL_REFUSED, refusal);
      return FALSE;
    }
  json_object_set_string_member (out, "address", address);
  json_object_set_string_member (out, "refused", refusal);
  if (!walk->json)
    print_line (prefix, name != NULL ? name + 1 : address, "", refusal, GHCTL_RED);
  return TRUE;
}

static gboolean
visit (Walk *walk, const char *address, const char *prefix, guint level, JsonObject *out,
       GError **error)
{
  g_autoptr (JsonNode) response = look (walk, address, error);
  const char *root_name = NULL;

  if (response == NULL)
    return FALSE;
  walk->shown++;
  JsonObject *resource = ghctl_response_is_accepted (response)
                           ? ghctl_content_resource (ghctl_response_content (response), &root_name)
                           : NULL;
  if (resource == NULL)
    return show_refusal (walk, response, address, prefix, out, error);
  fill (out, resource, address);
  if (!walk->json)
    {
      const GhType *type = gh_type_by_root_name (root_name);
      const gint64 number = number_of (resource, "ty");
      const char *name = ghctl_json_text (resource, "rn", address);
      g_autofree char *details = details_of (resource, number);
      print_line (prefix, name, type != NULL ? type->long_name : root_name, details,
                  colour_of (number));
    }
  return descend (walk, response, prefix, level, out, error);
}

static gboolean
run_tree (GhctlRun *run, GError **error)
{
  const Options *options = run->options;
  Walk walk = { .connection = run->connection, .json = run->json };

  if (options->depth < 0 || options->limit < 0)
    return ghctl_usage (_ ("tree: --depth and --limit take numbers that are not negative"), error);
  g_autofree char *target = run->n_arguments > 0 ? g_strdup (run->arguments[0])
                                                 : ghctl_base_name (run->connection, error);
  g_autofree char *from = target != NULL ? ghctl_from (run->connection, options->originator, error)
                                         : NULL;
  if (from == NULL)
    return FALSE;
  g_autoptr (JsonArray) types = ghctl_structural_types ();
  g_autoptr (JsonNode) all = json_node_new (JSON_NODE_OBJECT);
  json_node_take_object (all, json_object_new ());
  walk.from = from;
  walk.types = types;
  walk.depth = options->depth > 0 ? MIN (options->depth, MAX_DEPTH) : MAX_DEPTH;
  walk.limit = options->limit > 0 ? MIN (options->limit, MAX_RESOURCES) : DEFAULT_LIMIT;
  if (!visit (&walk, target, "", 0, json_node_get_object (all), error))
    return FALSE;
  if (run->json)
    ghctl_print_json (all);
  else if (walk.shown >= MAX_RESOURCES)
    g_printerr (
      _ ("ghctl: only %d resources are shown: name a TARGET, or use --depth or --limit\n"),
      MAX_RESOURCES);
  return TRUE;
}

static const GhctlCommand commands[] = {
  { NULL, "[TARGET]", NULL, 0, 1, run_tree },
  { NULL, NULL, NULL, 0, 0, NULL },
};

static const GhctlOption option_table[] = {
  { "depth", 'd', G_OPTION_ARG_INT, AT (depth), N_ ("So many levels below TARGET; default: all"),
    "N", NULL },
  { "limit", 'n', G_OPTION_ARG_INT, AT (limit), N_ ("So many children of each; default: 40"), "N",
    NULL },
  { "originator", 'o', G_OPTION_ARG_STRING, AT (originator),
    N_ ("Who asks; default: the administrator; \"\": nobody named"), "ID", NULL },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

const GhctlGroup ghctl_tree_group = {
  .name = "tree",
  .summary = N_ ("show what is below a resource, with types, sizes and limits"),
  .commands = commands,
  .options = option_table,
  .notes = N_ (
    "Without TARGET it begins at the CSEBase. Instances are counted, not listed; at most\n"
    "5,000 resources are shown.\n"),
  .examples = "  ghctl tree\n"
              "  ghctl tree gatehouse/sensor --depth 1\n"
              "  ghctl tree --json | jq '.children[].rn'\n",
  .size = sizeof (Options),
};
