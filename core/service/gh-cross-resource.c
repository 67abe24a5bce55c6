/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-cross-resource.h"

#include <string.h>

#include "base/gh-log.h"
#include "model/gh-syntax.h"
#include "primitive/gh-json-reader.h"
#include "service/gh-job.h"
#include "write/gh-effect.h"

/* The window is the writer thread's: nobody else looks into it. */
typedef struct {
  GhCompiled base;
  GhWindowType type;
  gint64 size_us, began_us;
  guint n_subscriptions, n_seen;
  gboolean seen[]; /* of rrats, then of srat */
} Window;

static void
window_free (GhCompiled *compiled)
{
  g_free (compiled);
}

static guint
length_of (const GhResource *resource, const char *name)
{
  const GhValue *list = gh_resource_get (resource, name);
  return list != NULL ? list->length : 0;
}

GhCompiled *
gh_cross_resource_compile (GhService *service, const GhResource *resource, GhFault *fault)
{
  const guint n = length_of (resource, "rrat") + length_of (resource, "srat");
  const char *size = gh_resource_get_text (resource, "tws");
  gint64 size_us;
  if (size == NULL || !gh_duration_parse (size, strlen (size), &size_us) || size_us <= 0)
    {
      gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "tws: a time window takes longer than that");
      return NULL;
    }
  Window *window = g_malloc0 (sizeof *window + n * sizeof window->seen[0]);
  window->base.ref_count = 1;
  window->base.free = window_free;
  window->type = (GhWindowType) gh_resource_get_integer (resource, "twt", GH_WINDOW_PERIODIC);
  window->size_us = size_us;
  window->began_us = gh_clock_wall_us (service->clock);
  window->n_subscriptions = n;
  return &window->base;
}

static void
window_clear (Window *window)
{
  memset (window->seen, 0, window->n_subscriptions * sizeof window->seen[0]);
  window->n_seen = 0;
}

/* What came in a window that has ended is forgotten. */
static void
window_move (Window *window, gint64 now_us)
{
  const gint64 passed_us = now_us - window->began_us;
  const gboolean ended = passed_us < 0 || passed_us >= window->size_us;
  if (ended)
    window_clear (window);
  if (window->type == GH_WINDOW_PERIODIC && ended)
    window->began_us = now_us - (passed_us < 0 ? 0 : passed_us % window->size_us);
  else if (window->type == GH_WINDOW_SLIDING && window->n_seen == 0)
    window->began_us = now_us;
}

/* On its way from the notifier to the writer. */
typedef struct {
  GhService *service;
  char *id, *subscription;
} Arrival;

static void
arrival_free (Arrival *arrival)
{
  g_free (arrival->id);
  g_free (arrival->subscription);
  g_free (arrival);
}

static gboolean
is_subscription (const Arrival *arrival, const GhView *view, const GhValue *address)
{
  GhNode named, arrived;
  return gh_find_local (arrival->service, view, address->text, &named)
         && gh_find_local (arrival->service, view, arrival->subscription, &arrived)
         && named.slot == arrived.slot;
}

/* The place of the subscription that has notified; FALSE: it is none of these. */
static gboolean
find_place (const Arrival *arrival, const GhView *view, const GhResource *resource, guint *out)
{
  static const char *const lists[] = { "rrats", "srat" };
  guint at = 0;
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      const GhValue *list = gh_resource_get (resource, lists[i]);
      for (guint k = 0; list != NULL && k < list->length; k++, at++)
        if (is_subscription (arrival, view, &list->items[k]))
          {
            *out = at;
            return TRUE;
          }
    }
  return FALSE;
}

/* One notification less; the last one takes the resource along. */
static gboolean
spend (GhWriter *writer, const GhNode *node, GError **error)
{
  const gint64 left = gh_resource_get_integer (node->resource, "exc", 0);
  GhAttributeValue value = { gh_type_attribute (node->slot->type, "exc"),
                             gh_value_integer (left - 1) };
  const GhDraft draft = { .type = node->slot->type, .values = &value, .n_values = 1 };
  if (left == 0)
    return TRUE;
  if (left == 1)
    return gh_effect_delete (writer, node, NULL, error);
  return gh_effect_update (writer, node, &draft, NULL, error);
}

static gboolean
arrive (GhWriter *writer, const Arrival *arrival, GError **error)
{
  const GhView view = gh_effect_view (writer);
  GhNode node;
  guint place;
  if (!gh_view_find (&view, arrival->id, &node) || node.compiled == NULL
      || node.slot->type->number != GH_TYPE_CROSS_RESOURCE_SUBSCRIPTION
      || !find_place (arrival, &view, node.resource, &place))
    return TRUE;
  Window *window = (Window *) node.compiled;
  window_move (window, gh_clock_wall_us (arrival->service->clock));
  if (place >= window->n_subscriptions || window->seen[place])
    return TRUE;
  window->seen[place] = TRUE;
  if (++window->n_seen < window->n_subscriptions)
    return TRUE;
  window_clear (window);
  return gh_effect_notify_cross_resource (writer, &node, error) && spend (writer, &node, error);
}

static void
take_arrival (GhWriter *writer, gpointer data)
{
  Arrival *arrival = data;
  g_autoptr (GError) error = NULL;
  if (!arrive (writer, arrival, &error))
    gh_log (GH_LOG_WARNING, "notifier", "a cross-resource notification was lost", "resource",
            arrival->id, "reason", error->message, NULL);
  arrival_free (arrival);
}

static char *
reference_of (const GhBuffer *body)
{
  g_autoptr (GhArena) arena = gh_arena_new (body->length * 16 + 16384);
  GhValue root;
  if (!gh_json_parse (body->data, body->length, arena, &root, NULL))
    return NULL;
  const GhValue *notification = gh_value_member (&root, "m2m:sgn");
  return g_strdup (notification != NULL ? gh_value_text (gh_value_member (notification, "sur"))
                                        : NULL);
}

gboolean
gh_cross_resource_deliver (GhService *service, const char *id, const GhBuffer *body, GhFault *fault)
{
  g_autofree char *subscription = reference_of (body);
  if (subscription == NULL)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "content: not a notification");
  Arrival *arrival = g_new0 (Arrival, 1);
  GhIntent *intent = gh_intent_new (GH_INTENT_CALL);
  arrival->service = service;
  arrival->id = g_strdup (id);
  arrival->subscription = g_steal_pointer (&subscription);
  intent->call = take_arrival;
  intent->user_data = arrival;
  if (gh_writer_push (service->writer, intent))
    return TRUE;
  gh_intent_free (intent);
  arrival_free (arrival);
  return gh_fault_set (fault, GH_ERROR_OVERLOADED, "too many requests are waiting to be written");
}
