/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-registrar-private.h"

#include <string.h>

#include "base/gh-log.h"
#include "primitive/gh-json-writer.h"
#include "service/gh-route.h"
#include "write/gh-effect.h"

/* What the two CSEs of a registration keep of each other. */

#define ARENA 65536

static const char *const own_releases[] = { "1", "2", "2a", "3", NULL };

void
gh_registrar_facts_clear (GhRegistrarFacts *facts)
{
  g_clear_pointer (&facts->name, g_free);
  g_clear_pointer (&facts->releases, g_strfreev);
}

/* What is below this CSE, registree by registree. */
static void
put_descendants (GhJsonWriter *json, const GhService *service, const GhView *view,
                 const GhNode *root)
{
  guint n = 0;
  for (guint i = 0; root->children != NULL && i < root->children->n; i++)
    {
      GhNode node;
      if (root->children->items[i]->type->number != GH_TYPE_REMOTE_CSE
          || !gh_view_node (view, root->children->items[i], &node)
          || node.resource->identity.expiration_us <= gh_clock_wall_us (service->clock))
        continue;
      const char *cse_id = gh_resource_get_text (node.resource, "csi");
      const GhValue *below = gh_resource_get (node.resource, "dcse");
      if (cse_id == NULL || gh_route_is_registrar (service, cse_id))
        continue;
      if (n++ == 0)
        gh_json_begin_list (json);
      gh_json_string (json, cse_id, strlen (cse_id));
      for (guint j = 0; below != NULL && j < below->length; j++)
        gh_json_value (json, &below->items[j]);
    }
  if (n > 0)
    gh_json_end_list (json);
  else
    gh_json_null (json);
}

static gboolean
has_registrees (const GhService *service, const GhNode *root, const GhView *view)
{
  GhNode node;
  for (guint i = 0; root->children != NULL && i < root->children->n; i++)
    if (root->children->items[i]->type->number == GH_TYPE_REMOTE_CSE
        && gh_view_node (view, root->children->items[i], &node)
        && node.resource->identity.expiration_us > gh_clock_wall_us (service->clock)
        && !gh_route_is_registrar (service, gh_resource_get_text (node.resource, "csi")))
      return TRUE;
  return FALSE;
}

static void
put_fixed (GhJsonWriter *json, const GhService *service)
{
  g_autofree char *cse_id = g_strconcat ("/", service->options.cse_id, NULL);
  g_autofree char *base = g_strconcat (cse_id, "/", service->options.cse_name, NULL);
  gh_json_put_text (json, "rn", service->options.cse_id);
  gh_json_put_text (json, "csi", cse_id);
  gh_json_put_text (json, "cb", base);
  gh_json_name (json, "cst");
  gh_json_integer (json, service->options.cse_type);
}

GhBuffer *
gh_registrar_describe (GhService *service, gboolean create, gint64 expires_us)
{
  char expires[GH_TIMESTAMP_SIZE];
  GhJsonWriter json;
  GhNode root;
  gh_json_writer_init (&json, 512);
  gh_json_begin_object (&json);
  gh_json_name (&json, "m2m:csr");
  gh_json_begin_object (&json);
  if (create)
    put_fixed (&json, service);
  gh_json_name (&json, "srv");
  gh_json_begin_list (&json);
  for (const char *const *release = own_releases; *release != NULL; release++)
    gh_json_string (&json, *release, strlen (*release));
  gh_json_end_list (&json);
  GhView view = gh_view_begin (service->tree);
  const gboolean found = gh_view_find (&view, service->root_id, &root);
  const GhValue *poa = found ? gh_resource_get (root.resource, "poa") : NULL;
  gh_json_name (&json, "rr");
  gh_json_boolean (&json, poa != NULL && service->options.reachability != GH_REACHED_BY_POLLING);
  if (poa != NULL)
    {
      gh_json_name (&json, "poa");
      gh_json_value (&json, poa);
    }
  if (found && (!create || has_registrees (service, &root, &view)))
    {
      gh_json_name (&json, "dcse");
      put_descendants (&json, service, &view, &root);
    }
  gh_view_end (&view);
  if (expires_us != 0)
    {
      gh_timestamp_format (expires_us, expires);
      gh_json_put_text (&json, "et", expires);
    }
  gh_json_end_object (&json);
  gh_json_end_object (&json);
  return gh_json_writer_finish (&json);
}

/* A function on its way to the writer, and whether it has been there. */
typedef struct {
  void (*func) (GhWriter *writer, gpointer data);
  gpointer data;
  GMutex lock;
  GCond cond;
  gboolean done;
} Errand;

static void
run_errand (GhWriter *writer, gpointer data)
{
  Errand *errand = data;
  if (errand->func != NULL)
    errand->func (writer, errand->data);
}

/* Only now what it did, and what stood before it in the queue, can be seen. */
static void
end_errand (const GhResponse *response, gpointer data)
{
  Errand *errand = data;
  (void) response;
  g_mutex_lock (&errand->lock);
  errand->done = TRUE;
  g_cond_signal (&errand->cond);
  g_mutex_unlock (&errand->lock);
}

static void
carry (GhService *service, void (*func) (GhWriter *writer, gpointer data), gpointer data)
{
  Errand errand = { .func = func, .data = data };
  GhIntent *intent = gh_intent_new (GH_INTENT_CALL);
  g_mutex_init (&errand.lock);
  g_cond_init (&errand.cond);
  intent->call = run_errand;
  intent->reply = end_errand;
  intent->user_data = &errand;
  if (!gh_writer_push (service->writer, intent))
    gh_intent_free (intent);
  else
    {
      g_mutex_lock (&errand.lock);
      while (!errand.done)
        g_cond_wait (&errand.cond, &errand.lock);
      g_mutex_unlock (&errand.lock);
    }
  g_mutex_clear (&errand.lock);
  g_cond_clear (&errand.cond);
}

void
gh_registrar_settle (GhService *service)
{
  carry (service, NULL, NULL);
}

/* The mirror, on its way to the writer. */
typedef struct {
  GhService *service;
  const GhRegistrarFacts *facts;
  const char *const *urls;
  gboolean forget;
} Mirror;

static GhValue
list_value (GhArena *arena, const char *const *texts)
{
  const guint n = g_strv_length ((char **) texts);
  GhValue *items = gh_arena_new_array (arena, GhValue, n + 1);
  for (guint i = 0; items != NULL && i < n; i++)
    items[i] = gh_value_string (texts[i], strlen (texts[i]));
  return (GhValue){ .kind = GH_VALUE_LIST, .length = items != NULL ? n : 0, .items = items };
}

static gboolean
set_text (GhDraft *draft, GhArena *arena, const char *name, const char *text)
{
  return text != NULL && gh_draft_set (draft, arena, name, gh_value_string (text, strlen (text)));
}

static gboolean
fill (const Mirror *mirror, GhDraft *draft, GhArena *arena, gboolean create)
{
  const GhRegistrarFacts *facts = mirror->facts;
  const char *cse_id = mirror->service->options.registrar;
  const char *name = strrchr (cse_id, '/') + 1;
  const char *const *releases = facts->releases != NULL ? (const char *const *) facts->releases
                                                        : own_releases;
  gboolean set = gh_draft_set (draft, arena, "poa", list_value (arena, mirror->urls))
                 && gh_draft_set (draft, arena, "rr", gh_value_boolean (TRUE))
                 && gh_draft_set (draft, arena, "srv", list_value (arena, releases));
  if (!create)
    return set;
  if (facts->cse_type != 0)
    set = set && gh_draft_set (draft, arena, "cst", gh_value_integer (facts->cse_type));
  return set && set_text (draft, arena, "csi", cse_id)
         && set_text (draft, arena, "cb", gh_arena_printf (arena, "%s/%s", cse_id, facts->name))
         && set_text (draft, arena, "rn", gh_arena_printf (arena, "registrar-%s", name));
}

static void
write_mirror (GhWriter *writer, gpointer data)
{
  const Mirror *mirror = data;
  const GhService *service = mirror->service;
  const GhView view = gh_effect_view (writer);
  g_autoptr (GhArena) arena = gh_arena_new (ARENA);
  g_autoptr (GError) error = NULL;
  GhDraft draft = { .type = gh_type_by_number (GH_TYPE_REMOTE_CSE) };
  GhNode root, node;
  gboolean done = TRUE;
  if (!gh_view_find (&view, service->root_id, &root))
    return;
  const gboolean there = gh_route_find_cse (service, &view, service->options.registrar, &node);
  if (mirror->forget)
    done = !there || gh_effect_delete (writer, &node, NULL, &error);
  else if (!fill (mirror, &draft, arena, !there))
    g_set_error_literal (&error, GH_ERROR, GH_ERROR_TOO_LARGE, "its addresses are too long");
  else
    done = there ? gh_effect_update (writer, &node, &draft, NULL, &error)
                 : gh_effect_create (writer, &root, &draft, NULL, NULL, &error);
  if (error != NULL || !done)
    gh_log (GH_LOG_WARNING, "registrar", "the registrar's remoteCSE could not be kept here",
            "reason", error != NULL ? error->message : "unknown", NULL);
}

void
gh_registrar_mirror (GhService *service, const GhRegistrarFacts *facts, const char *const *urls)
{
  Mirror mirror = { .service = service, .facts = facts, .urls = urls };
  carry (service, write_mirror, &mirror);
}

void
gh_registrar_forget (GhService *service)
{
  Mirror mirror = { .service = service, .forget = TRUE };
  carry (service, write_mirror, &mirror);
}
