/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-own-node.h"

#include <string.h>

#include "base/gh-log.h"
#include "gh-version.h"
#include "service/gh-host-facts.h"
#include "service/gh-job.h"
#include "service/gh-workers.h"
#include "write/gh-effect.h"

#define ARENA 65536
/* memory that is freed or taken all the time is not worth a write */
#define MEMORY_STEPS 64

/* m2m:logStatus, m2m:logTypeId (TS-0004 6.3.4.2.23 and .24) */
enum { LOG_STARTED = 1, LOG_SYSTEM = 1 };

/* What one resource of the node becomes. */
typedef struct {
  const GhHostFacts *facts;
  GhService *service;
  GhArena *arena;
  const GhResource *now; /* NULL: it is made */
  GhDraft draft;
  gboolean failed;
} Portrait;

/* A value that is new. */
static void
put (Portrait *portrait, const char *name, GhValue value)
{
  const GhValue *now = portrait->now != NULL ? gh_resource_get (portrait->now, name) : NULL;
  if (now != NULL && gh_value_equal (now, &value))
    return;
  portrait->failed |= !gh_draft_set (&portrait->draft, portrait->arena, name, value);
}

static void
put_text (Portrait *portrait, const char *name, const char *text)
{
  if (text != NULL)
    put (portrait, name, gh_value_string (text, strlen (text)));
}

static void
put_integer (Portrait *portrait, const char *name, gint64 value)
{
  put (portrait, name, gh_value_integer (value));
}

static const char *
or_unknown (const char *text)
{
  return text != NULL ? text : "unknown";
}

static void
portray_device (Portrait *portrait)
{
  const GhHostFacts *facts = portrait->facts;
  put_text (portrait, "dlb", portrait->service->node_id);
  put_text (portrait, "man", or_unknown (facts->manufacturer));
  put_text (portrait, "mod", or_unknown (facts->model));
  put_text (portrait, "dty", or_unknown (facts->device_type));
  put_text (portrait, "dvnm", facts->name);
  put_text (portrait, "fwv", facts->firmware_version);
  put_text (portrait, "hwv", facts->hardware_version);
  put_text (portrait, "osv", facts->os_version);
  put_text (portrait, "swv", gh_version_string ());
}

static void
portray_memory (Portrait *portrait)
{
  const gint64 total = (gint64) portrait->facts->memory_total;
  const gint64 available = (gint64) portrait->facts->memory_available;
  const gint64 before = portrait->now != NULL
                          ? gh_resource_get_integer (portrait->now, "mma", -1)
                          : -1;
  put_integer (portrait, "mmt", total);
  if (before < 0 || ABS (before - available) > total / MEMORY_STEPS)
    put_integer (portrait, "mma", available);
}

static void
portray_battery (Portrait *portrait)
{
  enum { NOT_INSTALLED = 6 };
  const GhHostFacts *facts = portrait->facts;
  put_integer (portrait, "btl", facts->has_battery ? facts->battery_level : 0);
  put_integer (portrait, "bts", facts->has_battery ? facts->battery_status : NOT_INSTALLED);
}

/* Later it belongs to those who order updates. */
static void
portray_firmware (Portrait *portrait)
{
  const GhHostFacts *facts = portrait->facts;
  if (portrait->now != NULL)
    return;
  put_text (portrait, "vr", or_unknown (facts->firmware_version));
  put_text (portrait, "fwn", or_unknown (facts->os_id));
  put_text (portrait, "url", facts->os_url != NULL ? facts->os_url : "about:blank");
  put (portrait, "ud", gh_value_boolean (FALSE));
}

static void
portray_reboot (Portrait *portrait)
{
  (void) portrait;
}

static void
portray_log (Portrait *portrait)
{
  if (portrait->now != NULL)
    return;
  put_integer (portrait, "lgt", LOG_SYSTEM);
  put_text (portrait, "lgd", "");
  put_integer (portrait, "lgst", LOG_STARTED);
}

/* What stands below the node. */
static const struct {
  const char *root_name, *name;
  gint definition; /* m2m:mgmtDefinition */
  void (*portray) (Portrait *portrait);
} parts[] = {
  { "m2m:fwr", "firmware", 1001, portray_firmware },
  { "m2m:mem", "memory", 1003, portray_memory },
  { "m2m:bat", "battery", 1006, portray_battery },
  { "m2m:dvi", "device-info", 1007, portray_device },
  { "m2m:rbo", "reboot", 1009, portray_reboot },
  { "m2m:evl", "event-log", 1010, portray_log },
};

static gboolean
fits (const Portrait *portrait, const char *name, GError **error)
{
  if (!portrait->failed)
    return TRUE;
  g_set_error (error, GH_ERROR, GH_ERROR_FAILED, "%s: what the host says is too long", name);
  return FALSE;
}

/* A child that the CSE made itself, and not somebody under the same name. */
static gboolean
find_own (const GhView *view, GhSlot *parent, const char *name, const GhType *type, GhNode *out)
{
  return gh_view_child (view, parent, name, out) && out->slot->type == type
         && out->resource->identity.owner == NULL;
}

static gboolean
write_part (GhWriter *writer, Portrait *portrait, guint at, gboolean make, GError **error)
{
  const GhView view = gh_effect_view (writer);
  const GhType *type = gh_type_by_root_name (parts[at].root_name);
  GhNode root, node, part;
  if (!gh_view_find (&view, portrait->service->root_id, &root)
      || !gh_view_child (&view, root.slot, GH_OWN_NODE_NAME, &node))
    return TRUE;
  const gboolean there = find_own (&view, node.slot, parts[at].name, type, &part);
  if (!there && (!make || (parts[at].definition == 1006 && !portrait->facts->has_battery)))
    return TRUE;
  portrait->draft = (GhDraft){ .type = type };
  portrait->now = there ? part.resource : NULL;
  if (!there)
    {
      put_integer (portrait, "mgd", parts[at].definition);
      put_text (portrait, "rn", parts[at].name);
    }
  parts[at].portray (portrait);
  if (!fits (portrait, parts[at].name, error))
    return FALSE;
  if (!there)
    return gh_effect_create (writer, &node, &portrait->draft, NULL, NULL, error);
  return portrait->draft.n_values == 0
         || gh_effect_update (writer, &part, &portrait->draft, NULL, error);
}

static gboolean
write_node (GhWriter *writer, Portrait *portrait, const GhNode *root, GError **error)
{
  const GhView view = gh_effect_view (writer);
  const GhType *type = gh_type_by_number (GH_TYPE_NODE);
  GhNode node;
  const gboolean there = find_own (&view, root->slot, GH_OWN_NODE_NAME, type, &node);
  portrait->draft = (GhDraft){ .type = type };
  portrait->now = there ? node.resource : NULL;
  put_text (portrait, "ni", portrait->service->node_id);
  put_text (portrait, "hcl", portrait->service->root_id);
  if (!there)
    put_text (portrait, "rn", GH_OWN_NODE_NAME);
  if (!fits (portrait, GH_OWN_NODE_NAME, error))
    return FALSE;
  if (!there)
    return gh_effect_create (writer, root, &portrait->draft, NULL, NULL, error);
  return portrait->draft.n_values == 0
         || gh_effect_update (writer, &node, &portrait->draft, NULL, error);
}

static gboolean
link_node (GhWriter *writer, Portrait *portrait, GError **error)
{
  const GhView view = gh_effect_view (writer);
  GhNode root, node;
  if (!gh_view_find (&view, portrait->service->root_id, &root)
      || !gh_view_child (&view, root.slot, GH_OWN_NODE_NAME, &node))
    return TRUE;
  portrait->draft = (GhDraft){ .type = root.slot->type };
  portrait->now = root.resource;
  put_text (portrait, "nl", node.slot->id);
  return portrait->draft.n_values == 0
         || gh_effect_update (writer, &root, &portrait->draft, NULL, error);
}

static gboolean
write_all (GhWriter *writer, Portrait *portrait, gboolean make, GError **error)
{
  const GhView view = gh_effect_view (writer);
  GhNode root;
  if (!gh_view_find (&view, portrait->service->root_id, &root))
    return TRUE;
  if (make && !write_node (writer, portrait, &root, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    if (!write_part (writer, portrait, i, make, error))
      return FALSE;
  return !make || link_node (writer, portrait, error);
}

/* On its way from where the machine was read to the writer. */
typedef struct {
  GhService *service;
  GhHostFacts facts;
  gboolean make;
} Reading;

static void
write_reading (GhWriter *writer, gpointer data)
{
  Reading *reading = data;
  g_autoptr (GhArena) arena = gh_arena_new (ARENA);
  g_autoptr (GError) error = NULL;
  Portrait portrait = { .facts = &reading->facts, .service = reading->service, .arena = arena };
  g_autofree char *started = g_strdup_printf ("gatehouse %s started, the host is up for %"
                                              G_GINT64_FORMAT " s",
                                              gh_version_string (), reading->facts.up_s);
  if (!write_all (writer, &portrait, reading->make, &error)
      || (reading->make && !gh_own_node_log (reading->service, started, &error)))
    gh_log (GH_LOG_WARNING, "node", "the host could not be described", "reason", error->message,
            NULL);
  gh_host_facts_clear (&reading->facts);
  g_free (reading);
}

static void
read_and_write (GhService *service, gboolean make)
{
  Reading *reading = g_new0 (Reading, 1);
  GhIntent *intent = gh_intent_new (GH_INTENT_CALL);
  reading->service = service;
  reading->make = make;
  gh_host_facts_read (service->options.host_root, &reading->facts);
  if (make && service->node_id == NULL)
    service->node_id = reading->facts.node_id != NULL ? g_strdup (reading->facts.node_id)
                                                      : g_strdup_printf ("gh-%s",
                                                                         service->options.cse_id);
  intent->call = write_reading;
  intent->user_data = reading;
  if (gh_writer_push (service->writer, intent))
    return;
  gh_intent_free (intent);
  gh_host_facts_clear (&reading->facts);
  g_free (reading);
}

void
gh_own_node_start (GhService *service)
{
  read_and_write (service, TRUE);
}

static void
refresh (GhJob *job)
{
  read_and_write (job->service, FALSE);
}

void
gh_own_node_refresh (GhService *service)
{
  GhJob *job = g_new0 (GhJob, 1);
  job->service = service;
  job->task = refresh;
  if (!gh_workers_push (service->workers, job))
    gh_job_free (job);
}

gboolean
gh_own_node_is (const GhService *service, const GhView *view, const GhSlot *node)
{
  GhNode root;
  return service->node_id != NULL && node != NULL && gh_view_find (view, service->root_id, &root)
         && g_strcmp0 (gh_resource_get_text (root.resource, "nl"), node->id) == 0;
}

/* @text without its oldest lines, as far as it is too long with @more octets behind it. */
static const char *
newest_lines (const char *text, gsize more)
{
  const gsize length = strlen (text);
  if (length + more <= GH_OWN_LOG_MAX)
    return text;
  const char *end = strchr (text + length + more - GH_OWN_LOG_MAX, '\n');
  return end != NULL ? end + 1 : "";
}

gboolean
gh_own_node_log (GhService *service, const char *line, GError **error)
{
  const GhView view = gh_effect_view (service->writer);
  GhNode root, node, log;
  char stamp[GH_TIMESTAMP_SIZE];
  if (!gh_view_find (&view, service->root_id, &root)
      || !gh_view_child (&view, root.slot, GH_OWN_NODE_NAME, &node)
      || !find_own (&view, node.slot, "event-log", gh_type_by_root_name ("m2m:evl"), &log)
      || gh_resource_get_integer (log.resource, "lgst", 0) != LOG_STARTED)
    return TRUE;
  gh_timestamp_format (gh_clock_wall_us (service->clock), stamp);
  g_autofree char *added = g_strdup_printf ("%s %.512s\n", stamp, line);
  const char *before = gh_resource_get_text (log.resource, "lgd");
  g_autofree char *all = g_strconcat (newest_lines (before != NULL ? before : "", strlen (added)),
                                      added, NULL);
  GhAttributeValue value = { gh_type_attribute (log.slot->type, "lgd"),
                             gh_value_string (all, strlen (all)) };
  const GhDraft draft = { .type = log.slot->type, .values = &value, .n_values = 1 };
  return gh_effect_update (service->writer, &log, &draft, NULL, error);
}
