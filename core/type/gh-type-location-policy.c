/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "model/gh-syntax.h"
#include "service/gh-job.h"
#include "service/gh-location.h"
#include "type/gh-behaviours.h"
#include "write/gh-effect.h"

/* TS-0004 6.3.4.2.8 and .9 */
enum { NETWORK_BASED = 1 };
enum { POSITION_FIX = 1 };

static gboolean
no_room (GhFault *fault)
{
  return gh_fault_set (fault, GH_ERROR_TOO_LARGE, "the request does not fit into its memory");
}

static gint64
integer_of (const GhDraft *draft, const char *name, gint64 fallback)
{
  const GhValue *value = gh_draft_get (draft, name);
  return value != NULL && value->kind == GH_VALUE_INTEGER ? value->integer : fallback;
}

/* "Zero shall not be stored with non zero values" (TS-0001 9.6.10) */
static gboolean
check_periods (const GhDraft *draft, GhFault *fault)
{
  const GhValue *periods = gh_draft_get (draft, "lou");
  guint zeros = 0;
  if (periods == NULL || periods->kind != GH_VALUE_LIST)
    return TRUE;
  for (guint i = 0; i < periods->length; i++)
    {
      gint64 us;
      if (!gh_duration_parse (periods->items[i].text, periods->items[i].length, &us))
        return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "lou: %.40s is not a duration",
                             periods->items[i].text);
      if (us > 0 && us < G_USEC_PER_SEC)
        return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "lou: %.40s is below a second",
                             periods->items[i].text);
      zeros += us == 0;
    }
  return zeros == 0 || periods->length == 1
         || gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "lou: zero stands alone or not at all");
}

/* What a server of an underlying network would be asked for; this CSE asks none. */
static gboolean
check_source (const GhDraft *draft, GhFault *fault)
{
  static const char *const network_only[] = { "rlkl", "luec" };
  const gint64 source = integer_of (draft, "los", 0);
  for (guint i = 0; source != NETWORK_BASED && i < G_N_ELEMENTS (network_only); i++)
    if (gh_draft_get (draft, network_only[i]) != NULL)
      return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                           "%s: only for a locationSource that is network based",
                           network_only[i]);
  if (source != NETWORK_BASED)
    return TRUE;
  if (gh_draft_get (draft, "lot") == NULL || gh_draft_get (draft, "lor") == NULL)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "los: network based needs locationTargetID and locationServer");
  return gh_fault_set (fault, GH_ERROR_NOT_IMPLEMENTED, "los: location servers are not asked");
}

static gboolean
check_information (const GhDraft *draft, GhFault *fault)
{
  return integer_of (draft, "lit", POSITION_FIX) == POSITION_FIX
         || gh_fault_set (fault, GH_ERROR_NOT_IMPLEMENTED, "lit: geo-fences are not evaluated");
}

/* The container that will stand beside the policy. */
static gboolean
name_container (GhChange *change, GhFault *fault)
{
  const GhService *service = change->host;
  const char *name = gh_value_text (gh_draft_get (change->draft, "lon"));
  GhNode taken;
  if (name == NULL)
    name = gh_arena_printf (change->arena, "location-%s", change->identity.resource_id);
  if (name == NULL)
    return no_room (fault);
  if (!gh_name_is_valid (name))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "lon: not a resource name");
  if (gh_view_child (&change->view, change->node.slot, name, &taken)
      || g_strcmp0 (gh_value_text (gh_draft_get (change->draft, "rn")), name) == 0)
    return gh_fault_set (fault, GH_ERROR_CONFLICT, "lon: %s already has a child called %s",
                         change->node.slot->name, name);
  const char *address = gh_arena_printf (change->arena, "%s/%s", service->options.cse_name, name);
  return (address != NULL
          && gh_draft_set (change->draft, change->arena, "loi",
                           gh_value_string (address, strlen (address))))
         || no_room (fault);
}

static gboolean
check_create (GhChange *change, GhFault *fault)
{
  GhFix fix;
  const char *status = gh_location_latest (change->host, &fix) ? GH_LOCATION_LOCATED
                                                               : GH_LOCATION_UNKNOWN;
  if (!check_source (change->draft, fault) || !check_information (change->draft, fault)
      || !check_periods (change->draft, fault) || !name_container (change, fault))
    return FALSE;
  return (gh_draft_set (change->draft, change->arena, "lit", gh_value_integer (POSITION_FIX))
          && gh_draft_set (change->draft, change->arena, "lost",
                           gh_value_string (status, strlen (status))))
         || no_room (fault);
}

static gboolean
check_update (GhChange *change, GhFault *fault)
{
  static const char *const network_only[] = { "rlkl", "luec" };
  for (guint i = 0; i < G_N_ELEMENTS (network_only); i++)
    {
      const GhValue *value = gh_draft_get (change->draft, network_only[i]);
      if (value != NULL && value->kind != GH_VALUE_NULL)
        return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                             "%s: only for a locationSource that is network based",
                             network_only[i]);
    }
  return check_information (change->draft, fault) && check_periods (change->draft, fault);
}

/* Without a period only the newest position is kept. */
static gboolean
create_container (const GhEffect *effect, GError **error)
{
  g_autoptr (GhArena) arena = gh_arena_new (8192);
  const GhResource *policy = effect->node.resource;
  GhDraft draft = { .type = gh_type_by_number (GH_TYPE_CONTAINER) };
  const char *name = strrchr (gh_resource_get_text (policy, "loi"), '/') + 1;
  const char *id = policy->identity.resource_id;
  const GhValue *policies = gh_resource_get (policy, "acpi");
  gboolean set = gh_draft_set (&draft, arena, "rn", gh_value_string (name, strlen (name)))
                 && gh_draft_set (&draft, arena, "li", gh_value_string (id, strlen (id)));
  if (set && gh_location_period (policy) == 0)
    set = gh_draft_set (&draft, arena, "mni", gh_value_integer (1));
  if (set && policies != NULL)
    set = gh_draft_set (&draft, arena, "acpi", *policies);
  if (!set)
    {
      g_set_error_literal (error, GH_ERROR, GH_ERROR_FAILED, "the container is too large");
      return FALSE;
    }
  return gh_effect_create (effect->writer, &effect->parent, &draft, policy->identity.owner, NULL,
                           error);
}

static gboolean
delete_container (const GhEffect *effect, GError **error)
{
  const GhView view = gh_effect_view (effect->writer);
  GhNode container;
  return !gh_location_container (effect->host, &view, effect->node.resource, &container)
         || gh_effect_delete (effect->writer, &container, effect->originator, error);
}

static gboolean
after (const GhEffect *effect, GError **error)
{
  GhFix fix;
  if (effect->kind == GH_EFFECT_DELETED)
    return delete_container (effect, error);
  if (effect->kind != GH_EFFECT_CREATED)
    return TRUE;
  g_autoptr (GhResource) policy = gh_resource_ref (effect->node.resource);
  if (!create_container (effect, error))
    return FALSE;
  const GhView view = gh_effect_view (effect->writer);
  if (gh_location_latest (effect->host, &fix))
    gh_location_store (effect->host, &view, policy, &fix);
  return TRUE;
}

static gint64
due (gpointer host, const GhNode *node, gint64 after_us)
{
  const gint64 period_us = gh_location_period (node->resource);
  (void) host;
  return period_us > 0 && after_us < GH_NEVER_US - period_us ? after_us + period_us : GH_NEVER_US;
}

static gboolean
tick (const GhEffect *effect, GError **error)
{
  return gh_location_deliver (effect->host, effect->writer, &effect->node, error);
}

const GhBehaviour gh_behaviour_location_policy = {
  .type = GH_TYPE_LOCATION_POLICY,
  .listed = TRUE,
  .check_create = check_create,
  .check_update = check_update,
  .after = after,
  .due = due,
  .tick = tick,
};
