/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "base/gh-log.h"
#include "gh-cse-private.h"
#include "service/gh-location.h"
#include "service/gh-management.h"

/* A command on its way from the writer's thread to the creator's main context. */
typedef struct {
  GhCse *cse;
  char *id, *name;
  GVariant *details;
} Handing;

static void
handing_free (gpointer data)
{
  Handing *handing = data;
  g_object_unref (handing->cse);
  g_variant_unref (handing->details);
  g_free (handing->id);
  g_free (handing->name);
  g_free (handing);
}

static gboolean
hand_over (gpointer data)
{
  const Handing *handing = data;
  GhFault fault = { 0 };
  GhCse *cse = handing->cse;
  if (cse->command_func != NULL)
    cse->command_func (cse, handing->id, handing->name, handing->details, cse->command_data);
  else if (cse->state == GH_CSE_RUNNING
           && !gh_management_report (cse->service, handing->id, GH_COMMAND_FAILED,
                                     "the agent has left", &fault))
    gh_log (GH_LOG_WARNING, "node", fault.text, "id", handing->id, NULL);
  return G_SOURCE_REMOVE;
}

static void
add_text (GVariantBuilder *builder, const char *name, const char *text)
{
  if (text != NULL)
    g_variant_builder_add (builder, "{sv}", name, g_variant_new_string (text));
}

static void
commanded (const GhCommand *command, gpointer user_data)
{
  GVariantBuilder details = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  GhCse *cse = user_data;
  Handing *handing = g_new0 (Handing, 1);
  add_text (&details, "originator", command->originator);
  add_text (&details, "url", command->url);
  add_text (&details, "version", command->version);
  add_text (&details, "name", command->subject);
  handing->cse = g_object_ref (cse);
  handing->id = g_strdup (command->id);
  handing->name = g_strdup (command->name);
  handing->details = g_variant_ref_sink (g_variant_builder_end (&details));
  gh_cse_call_creator (cse, hand_over, handing, handing_free);
}

void
gh_cse_commands_clear (GhCse *cse)
{
  const GDestroyNotify destroy = cse->command_destroy;
  const gpointer data = cse->command_data;
  cse->command_func = NULL;
  cse->command_data = NULL;
  cse->command_destroy = NULL;
  if (destroy != NULL)
    destroy (data);
}

void
gh_cse_set_command_func (GhCse *cse, GhCseCommandFunc func, gpointer user_data,
                         GDestroyNotify destroy)
{
  g_return_if_fail (GH_IS_CSE (cse) && cse->service != NULL);
  gh_cse_commands_clear (cse);
  cse->command_func = func;
  cse->command_data = user_data;
  cse->command_destroy = destroy;
  gh_management_set_agent (cse->service->management, func != NULL ? commanded : NULL, cse);
}

static gboolean
status_from_string (const char *text, GhCommandStatus *out)
{
  static const struct {
    const char *name;
    GhCommandStatus status;
  } names[] = { { "started", GH_COMMAND_STARTED },
                { "succeeded", GH_COMMAND_SUCCEEDED },
                { "failed", GH_COMMAND_FAILED } };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (text, names[i].name) == 0)
      {
        *out = names[i].status;
        return TRUE;
      }
  return FALSE;
}

gboolean
gh_cse_report_command (GhCse *cse, const char *id, const char *status, const char *message,
                       GError **error)
{
  GhCommandStatus number;
  GhFault fault = { 0 };
  g_return_val_if_fail (GH_IS_CSE (cse) && id != NULL && status != NULL, FALSE);
  if (cse->state != GH_CSE_RUNNING)
    gh_fault_set (&fault, GH_ERROR_CANCELLED, "the CSE is not running");
  else if (!status_from_string (status, &number))
    gh_fault_set (&fault, GH_ERROR_BAD_REQUEST,
                  "status: \"%.32s\" is not one of started, succeeded, failed", status);
  else if (gh_management_report (cse->service, id, number, message, &fault))
    return TRUE;
  gh_fault_propagate (&fault, error);
  return FALSE;
}

gboolean
gh_cse_set_position (GhCse *cse, double latitude, double longitude, double accuracy,
                     GError **error)
{
  GhFault fault = { 0 };
  g_return_val_if_fail (GH_IS_CSE (cse), FALSE);
  const GhFix fix = { .latitude = latitude,
                      .longitude = longitude,
                      .accuracy_m = accuracy,
                      .wall_us = gh_clock_wall_us (cse->clock) };
  if (cse->state != GH_CSE_RUNNING)
    gh_fault_set (&fault, GH_ERROR_CANCELLED, "the CSE is not running");
  else if (gh_location_publish (cse->service, &fix, &fault))
    return TRUE;
  gh_fault_propagate (&fault, error);
  return FALSE;
}

char *
gh_cse_dup_option (GhCse *cse, const char *group, const char *key)
{
  g_return_val_if_fail (GH_IS_CSE (cse) && group != NULL && key != NULL, NULL);
  return g_strdup (gh_config_get_string (cse->config, group, key));
}
