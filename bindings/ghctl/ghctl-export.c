/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-command.h"
#include "ghctl-file.h"
#include "ghctl-json.h"
#include "ghctl-progress.h"
#include "ghctl-request.h"
#include "ghctl-transfer.h"

#include "gh-version.h"
#include "model/gh-attribute.h"
#include "tree/gh-instance-cache.h"

#include <gio/gunixoutputstream.h>
#include <glib/gi18n.h>
#include <string.h>

/* A subtree as lines of JSON: a header, a line for each resource, parents before their children and
 * instances from the oldest on, and an end. In memory there is one page at a time. */

#define PAGE      1000
#define MAX_DEPTH 64

typedef struct {
  gboolean replace;
  char *originator;
} Options;
#define AT(member) offsetof (Options, member)

typedef struct {
  GDBusConnection *connection;
  char *from;
  GOutputStream *out; /* NULL: nothing is written, only counted */
  GhctlProgress progress;
  gint64 resources, total;
} Export;

/* --- lines --- */

static gboolean
write_line (Export *export, JsonNode *node, GError **error)
{
  g_autofree char *text = json_to_string (node, FALSE);
  g_autofree char *line = g_strconcat (text, "\n", NULL);

  return g_output_stream_write_all (export->out, line, strlen (line), NULL, NULL, error);
}

static gboolean
write_resource (Export *export, const char *path, const char *root_name, JsonObject *resource,
                GError **error)
{
  g_autoptr (JsonNode) line = json_node_new (JSON_NODE_OBJECT);
  JsonObject *outer = json_object_new (), *content = json_object_new ();

  json_node_take_object (line, outer);
  json_object_set_string_member (outer, "path", path);
  json_object_set_object_member (content, root_name, json_object_ref (resource));
  json_object_set_object_member (outer, "pc", content);
  export->resources++;
  ghctl_progress_update (&export->progress, export->resources, export->resources);
  return write_line (export, line, error);
}

static gboolean
write_header (Export *export, const char *root, GError **error)
{
  g_autoptr (JsonNode) line = json_node_new (JSON_NODE_OBJECT);
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *time = g_date_time_format (now, "%FT%TZ");
  JsonObject *header = json_object_new ();

  json_node_take_object (line, header);
  json_object_set_int_member (header, GHCTL_EXPORT_MARK, GHCTL_EXPORT_VERSION);
  json_object_set_string_member (header, "root", root);
  json_object_set_string_member (header, "time", time);
  json_object_set_string_member (header, "by", gh_version_string ());
  return write_line (export, line, error);
}

static gboolean
write_end (Export *export, GError **error)
{
  g_autoptr (JsonNode) line = json_node_new (JSON_NODE_OBJECT);
  JsonObject *end = json_object_new ();

  json_node_take_object (line, end);
  json_object_set_int_member (end, "end", export->resources);
  return write_line (export, line, error);
}

/* --- instances --- */

static char *
join (const char *path, const char *name)
{
  return path[0] == '\0' ? g_strdup (name) : g_strconcat (path, "/", name, NULL);
}

/* Instances of one resource, in the order of their numbers, which their identifiers carry. */
typedef struct {
  const char *address, *path;
  const GhType *type;
  guint64 last;  /* that is written */
  gint64 offset; /* where the next page begins */
  gint64 back;   /* how far to go back when it does not begin with what is written */
  gboolean laps; /* it should */
} Instances;

static JsonNode *
fetch_instances (Export *export, const Instances *instances, GError **error)
{
  g_autoptr (JsonObject) request = ghctl_request_new (GHCTL_RETRIEVE, instances->address,
                                                      export->from);
  JsonObject *filter = json_object_new ();
  JsonArray *types = json_array_new ();

  json_array_add_int_element (types, instances->type->number);
  json_object_set_int_member (request, "rcn", 8);
  json_object_set_array_member (filter, "ty", types);
  json_object_set_int_member (filter, "lvl", 1);
  json_object_set_int_member (filter, "lim", PAGE);
  if (instances->offset > 1)
    json_object_set_int_member (filter, "ofst", instances->offset);
  json_object_set_object_member (request, "fc", filter);
  g_autoptr (JsonNode) response = ghctl_request_send (export->connection, request, error);
  return response != NULL && ghctl_response_require (response, error) ? g_steal_pointer (&response)
                                                                      : NULL;
}

/* NULL: there are none. The response's. */
static JsonArray *
page_of (const Instances *instances, JsonNode *response)
{
  JsonObject *parent = ghctl_content_resource (ghctl_response_content (response), NULL);
  JsonNode *list = parent != NULL ? json_object_get_member (parent, instances->type->root_name)
                                  : NULL;
  JsonArray *page = list != NULL && JSON_NODE_HOLDS_ARRAY (list) ? json_node_get_array (list)
                                                                 : NULL;

  return page != NULL && json_array_get_length (page) > 0 ? page : NULL;
}

/* 0: it is no instance. */
static guint64
number_of (JsonObject *one)
{
  const GhType *type;
  guint64 number;

  return one != NULL && gh_instance_id_parse (ghctl_json_text (one, "ri", ""), &type, &number)
           ? number
           : 0;
}

/* What of it is not written yet. */
static gboolean
write_page (Export *export, Instances *instances, JsonArray *page, GError **error)
{
  for (guint i = 0; i < json_array_get_length (page); i++)
    {
      JsonObject *one = ghctl_json_object_at (page, i);
      const char *name = one != NULL ? ghctl_json_text (one, "rn", NULL) : NULL;
      const guint64 number = number_of (one);

      if (name == NULL || number <= instances->last)
        continue;
      g_autofree char *below = join (instances->path, name);
      if (!write_resource (export, below, instances->type->root_name, one, error))
        return FALSE;
      instances->last = number;
    }
  return TRUE;
}

/* An offset counts what is there when it is asked for. Each page begins with the last instance of
 * the one before it; one that does not was moved by what went meanwhile, and something may lie
 * between the two: a step back, and a longer one the next time. A page that is empty ended on the
 * way to its offset, and the daemon goes on there when it is asked again. */
static gboolean
take_page (Export *export, Instances *instances, JsonNode *response, GError **error)
{
  JsonArray *page = page_of (instances, response);
  const gint64 next = ghctl_response_next (response);
  const gint64 begin = instances->offset;
  const guint64 first = page != NULL ? number_of (ghctl_json_object_at (page, 0)) : 0;

  if (begin > 1 && instances->laps && first > instances->last)
    {
      instances->offset = MAX (begin - instances->back, 1);
      instances->back *= 2;
      return TRUE;
    }
  if (page != NULL && !write_page (export, instances, page, error))
    return FALSE;
  instances->laps = page != NULL ? next > begin + 1 : instances->laps && next == begin;
  instances->offset = page != NULL && instances->laps ? next - 1 : next;
  instances->back = MAX ((next - begin) / 2, 1);
  return TRUE;
}

static gboolean
export_instances (Export *export, const char *address, const char *path, const GhType *type,
                  GError **error)
{
  Instances instances = { .address = address, .path = path, .type = type, .offset = 1, .back = 1 };

  while (instances.offset > 0)
    {
      g_autoptr (JsonNode) response = fetch_instances (export, &instances, error);

      if (response == NULL || !take_page (export, &instances, response, error))
        return FALSE;
    }
  return TRUE;
}

/* --- structural resources --- */

static gboolean visit (Export *export, const char *address, const char *path, guint level,
                       GError **error);

/* Policies first, so that they are there when others name them; what tells and what points last. */
static gint
rank_of (gint64 type)
{
  return type == 1 ? 0 : type == 9 || type == 23 ? 2 : 1;
}

static gint
compare_references (gconstpointer a, gconstpointer b)
{
  JsonObject *const *x = a, *const *y = b;

  return rank_of (json_object_get_int_member_with_default (*x, "typ", 0))
         - rank_of (json_object_get_int_member_with_default (*y, "typ", 0));
}

static gboolean
add_references (Export *export, const char *address, JsonArray *types, GPtrArray *all,
                GError **error)
{
  gint64 offset = 0;

  for (;;)
    {
      g_autoptr (JsonObject) request = ghctl_request_new (GHCTL_RETRIEVE, address, export->from);
      JsonObject *filter = json_object_new ();
      json_object_set_int_member (request, "rcn", 6);
      json_object_set_int_member (filter, "lvl", 1);
      json_object_set_int_member (filter, "lim", PAGE);
      json_object_set_array_member (filter, "ty", json_array_ref (types));
      if (offset > 0)
        json_object_set_int_member (filter, "ofst", offset);
      json_object_set_object_member (request, "fc", filter);
      g_autoptr (JsonNode) response = ghctl_request_send (export->connection, request, error);
      if (response == NULL || !ghctl_response_require (response, error))
        return FALSE;
      JsonArray *page = ghctl_response_references (response);
      for (guint i = 0; page != NULL && i < json_array_get_length (page); i++)
        if (ghctl_json_object_at (page, i) != NULL)
          g_ptr_array_add (all, json_object_ref (ghctl_json_object_at (page, i)));
      const gint64 next = ghctl_response_next (response);
      if (next <= offset)
        return TRUE;
      offset = next;
    }
}

static gboolean
visit_children (Export *export, const char *address, const char *path, guint level, GError **error)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify) json_object_unref);
  g_autoptr (JsonArray) types = ghctl_structural_types ();

  if (!add_references (export, address, types, all, error))
    return FALSE;
  g_ptr_array_sort (all, compare_references);
  for (guint i = 0; i < all->len; i++)
    {
      const char *name = ghctl_json_text (all->pdata[i], "nm", NULL);
      const char *child = ghctl_json_text (all->pdata[i], "val", NULL);
      g_autofree char *below = name != NULL ? join (path, name) : NULL;
      if (name == NULL || child == NULL)
        continue;
      if (!visit (export, child, below, level + 1, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
visit (Export *export, const char *address, const char *path, guint level, GError **error)
{
  const char *root_name = NULL;
  g_autoptr (JsonNode) content = ghctl_retrieve (export->connection, address, export->from, error);
  JsonObject *resource = ghctl_content_resource (content, &root_name);
  const GhType *type = resource != NULL ? gh_type_by_root_name (root_name) : NULL;

  if (content == NULL)
    return FALSE;
  if (resource == NULL || level > MAX_DEPTH)
    {
      g_set_error (error, GHCTL_ERROR, GHCTL_REFUSED, _ ("%s: no resource, or too deep"), address);
      return FALSE;
    }
  export->total += 1 + MAX (0, json_object_get_int_member_with_default (resource, "cni", 0));
  if (export->out != NULL && !write_resource (export, path, root_name, resource, error))
    return FALSE;
  if (export->out != NULL && type != NULL && type->instances != NULL
      && !export_instances (export, address, path, type->instances, error))
    return FALSE;
  return visit_children (export, address, path, level, error);
}

/* --- command --- */

static gboolean
export_all (Export *export, const char *target, GError **error)
{
  return write_header (export, target, error) && visit (export, target, "", 0, error)
         && write_end (export, error);
}

static gboolean
write_file (Export *export, const char *target, const char *file, gboolean replace, GError **error)
{
  g_autofree char *temporary = NULL;
  const int fd = ghctl_file_begin (file, replace, &temporary, error);
  gboolean done;

  if (fd < 0)
    return FALSE;
  g_autoptr (GOutputStream) base = g_unix_output_stream_new (fd, TRUE);
  export->out = g_buffered_output_stream_new_sized (base, 65536);
  done = export_all (export, target, error) && g_output_stream_flush (export->out, NULL, error)
         && ghctl_file_commit (fd, temporary, file, error);
  ghctl_progress_end (&export->progress);
  if (!done)
    ghctl_file_abandon (temporary);
  /* "No space left on device" does not say where. */
  if (!done && error != NULL && (*error)->domain == G_IO_ERROR)
    g_prefix_error (error, "%s: ", file);
  g_clear_object (&export->out);
  return done;
}

static gboolean
run_export (GhctlRun *run, GError **error)
{
  const Options *options = run->options;
  const char *target = run->arguments[0], *file = run->arguments[1];
  g_autofree char *from = ghctl_from (run->connection, options->originator, error);
  Export export = { .connection = run->connection, .from = from };

  if (from == NULL)
    return FALSE;
  export.progress.what = _ ("export");
  /* Counted first, only for those who watch. */
  if (ghctl_progress_shown () && !visit (&export, target, "", 0, error))
    return FALSE;
  export.progress.total = export.total;
  if (!write_file (&export, target, file, options->replace, error))
    return FALSE;
  if (strcmp (file, "-") == 0)
    return TRUE;
  if (run->json)
    g_print ("{\"resources\":%" G_GINT64_FORMAT "}\n", export.resources);
  else
    g_print (ngettext ("%lld resource exported\n", "%lld resources exported\n", export.resources),
             (long long) export.resources);
  return TRUE;
}

static const GhctlCommand commands[] = {
  { NULL, "TARGET FILE", NULL, 2, 2, run_export },
  { NULL, NULL, NULL, 0, 0, NULL },
};

static const GhctlOption option_table[] = {
  { "replace", 0, G_OPTION_ARG_NONE, AT (replace), N_ ("Overwrite FILE when all is there"), NULL,
    NULL },
  { "originator", 'o', G_OPTION_ARG_STRING, AT (originator),
    N_ ("Who asks; default: the administrator; \"\": nobody named"), "ID", NULL },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

const GhctlGroup ghctl_export_group = {
  .name = "export",
  .summary = N_ ("write a resource and what is below it to a file"),
  .commands = commands,
  .options = option_table,
  .notes = N_ ("FILE gets lines of JSON; ghctl(1) describes them. - is standard output.\n"),
  .examples = "  ghctl export gatehouse/sensor sensor.jsonl\n"
              "  ghctl export gatehouse - | zstd >all.jsonl.zst\n",
  .size = sizeof (Options),
};
