/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-identity.h"

#include <string.h>

#include "service/gh-binding.h"
#include "service/gh-route.h"

/* Registration may leave From out, or give "C" or "S" to ask for an AE-ID of that kind
 * (TS-0001 10.2.2.2). */
static gboolean
registers_ae (const GhRequest *request)
{
  return request->operation == GH_OPERATION_CREATE && request->resource_type == GH_TYPE_AE;
}

static gboolean
asks_for_stem (const GhRequest *request)
{
  return registers_ae (request)
         && (request->from == NULL || *request->from == '\0' || strcmp (request->from, "C") == 0
             || strcmp (request->from, "S") == 0);
}

static gboolean
not_proven (GhFault *fault)
{
  return gh_fault_set (fault, GH_ERROR_NOT_AUTHENTICATED,
                       "From: not an identity that the credential of this association may use");
}

/* The administrator is made with a credential that says so: neither a registration nor a CSE that
 * speaks for its branch brings him. */
static gboolean
is_reserved (const GhService *service, const char *identity)
{
  return service->options.administrator != NULL
         && gh_originator_same (identity, service->options.administrator, &service->home);
}

/* The embedding program, and the plain listeners of --dev. The first may register AEs under
 * identities that are not yet its own: registration refuses those that are taken. */
static gboolean
check_local (GhJob *job, GhFault *fault)
{
  if (gh_principal_may_use_at (job->principal, job->request->from, &job->service->home))
    return TRUE;
  job->asked = registers_ae (job->request)
               && gh_principal_get_proof (job->principal) != GH_PROOF_NONE;
  return job->asked || not_proven (fault);
}

static gboolean
check_ae (GhJob *job, GhFault *fault)
{
  const char *from = job->request->from;
  const GhHome *home = &job->service->home;
  if (job->originator.ae_id == NULL || strcmp (job->originator.ae_id, from) != 0)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "From: on the association of an AE it is an AE-ID in stem form, C or S "
                         "and what follows");
  if (gh_principal_may_use_at (job->principal, from, home))
    return TRUE;
  job->asked = registers_ae (job->request) && !is_reserved (job->service, from)
               && gh_principal_may_register_at (job->principal, from, home);
  return job->asked || not_proven (fault);
}

/* Whether @ae_id, of a kind that names no branch, is an AE of this CSE or belongs to somebody who
 * proves it himself: no other CSE speaks for that. */
static gboolean
is_ours (const GhJob *job, const char *ae_id)
{
  const GhService *service = job->service;
  g_autoptr (GhCredential) holder = service->security != NULL ? gh_vault_find_identity (
                                      gh_security_get_vault (service->security), ae_id)
                                                              : NULL;
  GhView view = gh_view_begin (service->tree);
  GhNode node;
  const gboolean found = gh_view_find (&view, ae_id, &node);
  gh_view_end (&view);
  return found || holder != NULL;
}

/* No peer is this CSE, whatever its credential says, nor a registrar of this CSE's AEs. */
static gboolean
is_this_cse (const GhOriginator *originator, const GhHome *home)
{
  return g_strcmp0 (originator->sp_domain, home->sp_domain) == 0
         && g_strcmp0 (originator->cse_id, home->cse_id) == 0;
}

/* Whoever registered with the CSE of this association, by the name of its branch, which is that of
 * the CSE or of one of its descendants, or by having no registration here. */
static gboolean
is_of_branch (const GhJob *job, const char *cse_id, const GhOriginator *registree)
{
  const GhService *service = job->service;
  const GhOriginator *originator = &job->originator;
  const GhHome *home = &service->home;
  const gboolean same_provider = g_strcmp0 (originator->sp_domain, registree->sp_domain) == 0;
  if (!same_provider || registree->cse_id == NULL || is_reserved (job->service, job->request->from))
    return FALSE;
  if (originator->cse_id == NULL)
    return g_strcmp0 (originator->sp_domain, home->sp_domain) != 0
           || !is_ours (job, originator->ae_id);
  if (job->request->from[0] != '/' || is_this_cse (originator, home))
    return FALSE;
  GhView view = gh_view_begin (service->tree);
  const gboolean branch = gh_route_is_branch (service, &view, cse_id, originator);
  gh_view_end (&view);
  return branch;
}

/* The registrar speaks for everybody beyond it; that is not all a branch of the tree which this CSE
 * could know. It proves only itself (TS-0003 7.1.3). */
static gboolean
check_registrar (GhJob *job, const char *cse_id, GhFault *fault)
{
  const GhHome *home = &job->service->home;
  job->unproven = job->originator.ae_id != NULL
                  || !gh_originator_is (&job->originator, cse_id, home);
  if (job->request->from[0] != '/' || registers_ae (job->request))
    return gh_fault_set (fault, GH_ERROR_NOT_AUTHENTICATED,
                         "From: what the registrar passes on comes from elsewhere, in a form that "
                         "begins with /");
  /* nobody else has the rights of the administrator, nor those of this CSE itself */
  return (!is_reserved (job->service, job->request->from)
          && (job->originator.ae_id != NULL || !is_this_cse (&job->originator, home)))
         || not_proven (fault);
}

/* The CSE itself is who its credential says. For those that registered there it speaks: their
 * requests pass, but nothing proves them here (TS-0003 7.1.3: only ESPrim would). Nobody registers
 * here through another CSE. */
static gboolean
check_registree (GhJob *job, const char *cse_id, GhFault *fault)
{
  const GhHome *home = &job->service->home;
  GhOriginator registree;
  if (job->originator.ae_id == NULL
      && gh_principal_may_use_at (job->principal, job->request->from, home)
      && !is_this_cse (&job->originator, home))
    return TRUE;
  job->unproven = TRUE;
  if (gh_originator_parse (cse_id, home, job->request->arena, &registree, NULL)
      && is_of_branch (job, cse_id, &registree) && !registers_ae (job->request))
    return TRUE;
  if (job->originator.ae_id == NULL)
    return gh_fault_set (fault, GH_ERROR_NOT_AUTHENTICATED,
                         "From: the CSE-ID of another CSE than that of this association, and of "
                         "none below it");
  return gh_fault_set (fault, GH_ERROR_NOT_AUTHENTICATED, "From: not an AE of the branch of %s",
                       cse_id);
}

static gboolean
check_by_kind (GhJob *job, GhFault *fault)
{
  const GhProof proof = gh_principal_get_proof (job->principal);
  const char *cse_id = gh_principal_get_cse_id (job->principal);
  if (proof == GH_PROOF_NONE || proof == GH_PROOF_LOCAL)
    return check_local (job, fault);
  if (cse_id == NULL)
    return check_ae (job, fault);
  return gh_route_is_registrar (job->service, cse_id) ? check_registrar (job, cse_id, fault)
                                                      : check_registree (job, cse_id, fault);
}

/* Whatever it may do: also who only registers, and who speaks for others. */
static gboolean
check_strength (const GhJob *job, GhFault *fault)
{
  const guint least = job->service->options.minimum_strength;
  const guint strength = gh_principal_get_strength (job->principal);
  return strength >= least
         || gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION,
                          "the credential of this association is worth %u bits; [access] "
                          "minimum-strength asks for %u",
                          strength, least);
}

gboolean
gh_check_identity (GhJob *job, GhFault *fault)
{
  GhRequest *request = job->request;
  if (job->principal == NULL)
    return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION,
                         "a security association is required: this listener knows nobody without "
                         "a credential");
  if (!check_strength (job, fault))
    return FALSE;
  if (asks_for_stem (request))
    return gh_principal_get_cse_id (job->principal) == NULL
           || gh_fault_set (fault, GH_ERROR_NOT_AUTHENTICATED,
                            "From: no AE registers here through another CSE");
  if (request->from == NULL || *request->from == '\0')
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "From: missing; only the registration of an AE may leave it out");
  if (!gh_originator_parse (request->from, &job->service->home, request->arena, &job->originator,
                            fault)
      || !check_by_kind (job, fault))
    return FALSE;
  job->originator_text = gh_originator_print (&job->originator, &job->service->home,
                                              request->arena);
  return job->originator_text != NULL
         || gh_fault_set (fault, GH_ERROR_TOO_LARGE, "the request does not fit into its memory");
}

GhRegistration
gh_check_registration (const GhService *service, const GhPrincipal *principal,
                       const GhRequestFacts *facts, const GhType *type, const GhSlot *parent,
                       GhFault *fault)
{
  const GhProof proof = gh_principal_get_proof (principal);
  const char *cse_id = gh_principal_get_cse_id (principal);
  if (parent->parent != NULL)
    return GH_REGISTRATION_NONE;
  if (type->number == GH_TYPE_AE)
    return GH_REGISTRATION_ALLOWED;
  const gboolean claimed = proof == GH_PROOF_NONE || proof == GH_PROOF_LOCAL;
  /* an administrator may make the <remoteCSE> of somebody else */
  if (type->number != GH_TYPE_REMOTE_CSE
      || (claimed
          && (facts->originator.ae_id != NULL
              || is_this_cse (&facts->originator, &service->home))))
    return GH_REGISTRATION_NONE;
  if (cse_id != NULL && gh_originator_is (&facts->originator, cse_id, &service->home))
    return GH_REGISTRATION_ALLOWED;
  gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION,
                "a CSE registers with a credential that proves its CSE-ID");
  return GH_REGISTRATION_REFUSED;
}

gboolean
gh_reserve_identity (GhService *service, const GhPrincipal *principal, const char *identity,
                     GhFault *fault)
{
  if (principal == NULL)
    return TRUE;
  /* who has him by his credential needs no registration to get him */
  if (is_reserved (service, identity) && gh_principal_get_association (principal) != 0
      && !gh_principal_may_use_at (principal, identity, &service->home))
    return not_proven (fault);
  return gh_bindings_reserve (service, principal, identity, fault);
}
