/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-location.h"

#include <math.h>
#include <string.h>

#include "base/gh-log.h"
#include "model/gh-syntax.h"
#include "primitive/gh-json-writer.h"
#include "service/gh-job.h"
#include "write/gh-effect.h"

struct _GhLocations {
  GMutex lock;
  GhFix fix;
  gboolean has_fix;
};

GhLocations *
gh_locations_new (void)
{
  GhLocations *locations = g_new0 (GhLocations, 1);
  g_mutex_init (&locations->lock);
  return locations;
}

void
gh_locations_free (GhLocations *locations)
{
  g_mutex_clear (&locations->lock);
  g_free (locations);
}

gboolean
gh_location_latest (GhService *service, GhFix *out)
{
  GhLocations *locations = service->locations;
  g_mutex_lock (&locations->lock);
  const gboolean has = locations->has_fix;
  *out = locations->fix;
  g_mutex_unlock (&locations->lock);
  return has;
}

gint64
gh_location_period (const GhResource *policy)
{
  const GhValue *periods = gh_resource_get (policy, "lou");
  gint64 us = 0;
  if (periods == NULL || periods->kind != GH_VALUE_LIST || periods->length == 0
      || !gh_duration_parse (periods->items[0].text, periods->items[0].length, &us))
    return 0;
  return us;
}

gboolean
gh_location_container (const GhService *service, const GhView *view, const GhResource *policy,
                       GhNode *out)
{
  const char *address = gh_resource_get_text (policy, "loi");
  return address != NULL && gh_find_local (service, view, address, out)
         && out->slot->type->number == GH_TYPE_CONTAINER
         && g_strcmp0 (gh_resource_get_text (out->resource, "li"), policy->identity.resource_id)
              == 0;
}

static void
put_number (GString *text, gdouble value, guint digits)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE], format[8];
  g_snprintf (format, sizeof format, "%%.%uf", digits);
  g_string_append (text, g_ascii_formatd (buffer, sizeof buffer, format, value));
}

/* GeoJSON (RFC 7946 3.1.2): longitude comes first. */
static char *
describe (const GhFix *fix)
{
  char stamp[GH_TIMESTAMP_SIZE];
  GString *text = g_string_new ("{\"type\":\"Point\",\"coordinates\":[");
  put_number (text, fix->longitude, 6);
  g_string_append_c (text, ',');
  put_number (text, fix->latitude, 6);
  if (fix->has_altitude)
    {
      g_string_append_c (text, ',');
      put_number (text, fix->altitude_m, 1);
    }
  g_string_append_c (text, ']');
  if (fix->accuracy_m >= 0)
    {
      g_string_append (text, ",\"accuracy\":");
      put_number (text, fix->accuracy_m, 1);
    }
  gh_timestamp_format (fix->wall_us, stamp);
  g_string_append_printf (text, ",\"time\":\"%s\"}", stamp);
  return g_string_free (text, FALSE);
}

static void
ignore_answer (const GhResponse *response, gpointer user_data)
{
  (void) response;
  (void) user_data;
}

/* The create of an instance is a request like any other, of the CSE itself. */
static GhIntent *
make_intent (const GhService *service, const char *container, const GhFix *fix)
{
  static const char info[] = "application/geo+json:0";
  GhIntent *intent = gh_intent_new (GH_INTENT_REQUEST);
  GhRequest *request = intent->request = gh_request_new (16384);
  g_autofree char *text = describe (fix);
  const char *content = gh_arena_strdup (request->arena, text);
  request->operation = GH_OPERATION_CREATE;
  request->resource_type = GH_TYPE_CONTENT_INSTANCE;
  request->to = gh_arena_strdup (request->arena, container);
  request->request_identifier = "location";
  request->received_us = gh_clock_wall_us (service->clock);
  intent->reply = ignore_answer;
  intent->target = (GhTargetRef){ .id = request->to, .which = GH_WHICH_RESOURCE };
  intent->draft.type = gh_type_by_number (GH_TYPE_CONTENT_INSTANCE);
  const gboolean set = content != NULL && request->to != NULL
                       && gh_draft_set (&intent->draft, request->arena, "cnf",
                                        gh_value_string (info, sizeof info - 1))
                       && gh_draft_set (&intent->draft, request->arena, "con",
                                        gh_value_string (content, strlen (content)));
  if (!set)
    g_clear_pointer (&intent, gh_intent_free);
  return intent;
}

gboolean
gh_location_store (GhService *service, const GhView *view, const GhResource *policy,
                   const GhFix *fix)
{
  GhNode container;
  if (!gh_location_container (service, view, policy, &container))
    return FALSE;
  GhIntent *intent = make_intent (service, container.slot->id, fix);
  if (intent != NULL && !gh_writer_push (service->writer, intent))
    gh_intent_free (intent);
  return TRUE;
}

static gboolean
set_status (GhWriter *writer, const GhNode *policy, const char *status, GError **error)
{
  const GhType *type = policy->slot->type;
  GhAttributeValue value = { gh_type_attribute (type, "lost"),
                             gh_value_string (status, strlen (status)) };
  const GhDraft draft = { .type = type, .values = &value, .n_values = 1 };
  return g_strcmp0 (gh_resource_get_text (policy->resource, "lost"), status) == 0
         || gh_effect_update (writer, policy, &draft, NULL, error);
}

gboolean
gh_location_deliver (GhService *service, GhWriter *writer, const GhNode *policy, GError **error)
{
  const GhView view = gh_effect_view (writer);
  const char *status = GH_LOCATION_LOCATED;
  GhFix fix;
  if (!gh_location_latest (service, &fix))
    status = GH_LOCATION_UNKNOWN;
  else if (!gh_location_store (service, &view, policy->resource, &fix))
    status = "the container has been deleted";
  return set_status (writer, policy, status, error);
}

/* Policies without a period are told of every change: their container has the newest only, so that
 * its latest is what the machine would answer now. */
static void
tell_policies (GhWriter *writer, gpointer data)
{
  GhService *service = data;
  const GhView view = gh_effect_view (writer);
  g_autoptr (GError) error = NULL;
  GhNode root, policy;
  if (!gh_view_find (&view, service->root_id, &root))
    return;
  for (guint i = 0; root.children != NULL && i < root.children->n; i++)
    if (gh_view_node (&view, root.children->items[i], &policy)
        && policy.slot->type->number == GH_TYPE_LOCATION_POLICY
        && gh_location_period (policy.resource) == 0
        && !gh_location_deliver (service, writer, &policy, &error))
      {
        gh_log (GH_LOG_WARNING, "location", "a position could not be stored", "reason",
                error->message, NULL);
        return;
      }
}

gboolean
gh_location_publish (GhService *service, const GhFix *fix, GhFault *fault)
{
  GhLocations *locations = service->locations;
  if (!isfinite (fix->latitude) || !isfinite (fix->longitude) || fabs (fix->latitude) > 90
      || fabs (fix->longitude) > 180)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "location: expected a latitude in -90..90 and a longitude in -180..180");
  if (!isfinite (fix->accuracy_m) || (fix->has_altitude && fabs (fix->altitude_m) > 1e6))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "location: accuracy or altitude is no distance");
  g_mutex_lock (&locations->lock);
  locations->fix = *fix;
  locations->has_fix = TRUE;
  g_mutex_unlock (&locations->lock);
  GhIntent *intent = gh_intent_new (GH_INTENT_CALL);
  intent->call = tell_policies;
  intent->user_data = service;
  if (!gh_writer_push (service->writer, intent))
    gh_intent_free (intent);
  return TRUE;
}
