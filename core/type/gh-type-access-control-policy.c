/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/gh-log.h"
#include "service/gh-policy-resource.h"
#include "service/gh-service.h"
#include "type/gh-behaviours.h"

static void
policy_resource_free (GhCompiled *compiled)
{
  GhPolicyResource *resource = (GhPolicyResource *) compiled;
  g_clear_pointer (&resource->privileges, gh_policy_unref);
  g_clear_pointer (&resource->self_privileges, gh_policy_unref);
  g_free (resource);
}

static void
tell_inert (GhService *service, const GhResource *resource, const GhPolicyResource *compiled)
{
  const guint inert = gh_policy_get_inert (compiled->privileges)
                      + gh_policy_get_inert (compiled->self_privileges);
  if (inert == 0)
    return;
  gh_service_count (service, GH_COUNT_INERT);
  gh_logf (GH_LOG_NOTICE, "access",
           "policy %s: %u parts are not understood or have no source (location) and permit nothing",
           resource->identity.resource_id, inert);
}

static gboolean
compile (gpointer host, const GhResource *resource, GhCompiled **out, GhFault *fault)
{
  GhService *service = host;
  GhPolicyResource *compiled = g_new0 (GhPolicyResource, 1);
  compiled->base.ref_count = 1;
  compiled->base.free = policy_resource_free;
  compiled->privileges = gh_policy_compile (gh_resource_get (resource, "pv"), &service->home,
                                            fault);
  if (compiled->privileges != NULL)
    compiled->self_privileges = gh_policy_compile (gh_resource_get (resource, "pvs"),
                                                   &service->home, fault);
  if (compiled->self_privileges == NULL)
    {
      policy_resource_free (&compiled->base);
      return FALSE;
    }
  tell_inert (service, resource, compiled);
  *out = &compiled->base;
  return TRUE;
}

/* Without a rule in selfPrivileges nobody could ever change or delete it (TS-0001 9.6.2). */
static gboolean
check_self_privileges (GhChange *change, GhFault *fault)
{
  const GhValue *set = gh_draft_get (change->draft, "pvs");
  const GhValue *rules = set != NULL ? gh_value_member (set, "acr") : NULL;
  if (set != NULL && (rules == NULL || rules->kind != GH_VALUE_LIST || rules->length == 0))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "pvs: at least one rule is needed, or nobody could change the policy");
  return TRUE;
}

const GhBehaviour gh_behaviour_access_control_policy = {
  .type = GH_TYPE_ACCESS_CONTROL_POLICY,
  .check_create = check_self_privileges,
  .check_update = check_self_privileges,
  .compile = compile,
};
