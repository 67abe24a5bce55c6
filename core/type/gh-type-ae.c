/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "base/gh-secret.h"
#include "service/gh-binding.h"
#include "service/gh-channel.h"
#include "service/gh-identity.h"
#include "service/gh-service-subscription.h"
#include "type/gh-behaviours.h"

/* TS-0001 7.1.3: R{authority-ID}.{reverse DNS}.{name}, with r as an alternative, or N{name} for a
 * non-registered one */
static gboolean
check_app_id (const GhDraft *draft, GhFault *fault)
{
  const char *app_id = gh_value_text (gh_draft_get (draft, "api"));
  const gboolean registered = app_id != NULL && (app_id[0] == 'R' || app_id[0] == 'r');
  if (app_id == NULL || (!registered && app_id[0] != 'N') || app_id[1] == '\0')
    return gh_fault_set (
      fault, GH_ERROR_BAD_REQUEST,
      "api: expected N and a name, or R and a registered identifier (TS-0001 7.1.3)");
  for (const char *p = app_id; *p != '\0'; p++)
    if (!gh_octet_is_unreserved (*p))
      return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                           "api: octet %u is none of letters, digits, '-', '.', '_' and '~'",
                           (guint) (p - app_id));
  if (registered && strchr (app_id, '.') == NULL)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "api: a registered App-ID has the form R{authority}.{reverse DNS}.{name}");
  return TRUE;
}

/* @pattern with its first "*" become what no client can guess to squat on; "*" by itself of the
 * kind asked for. */
static char *
stem_of_pattern (GhArena *arena, const char *pattern, char kind)
{
  guint8 random[8];
  char text[2 * sizeof random + 1];
  const char *star = strchr (pattern, '*');
  const char first[] = { star == pattern ? kind : '\0', '\0' };
  if (star == NULL)
    return gh_arena_strdup (arena, pattern);
  gh_random_bytes (random, sizeof random);
  for (guint i = 0; i < sizeof random; i++)
    g_snprintf (text + 2 * i, 3, "%02x", random[i]);
  char *stem = gh_arena_printf (arena, "%s%.*s%s%s", first, (int) (star - pattern), pattern, text,
                                star + 1);
  char *to = stem;
  for (const char *from = stem; from != NULL && *from != '\0'; from++)
    if (*from != '*')
      *to++ = *from;
  if (to != NULL)
    *to = '\0';
  return stem;
}

static char *
allocate_stem (GhChange *change, const char *pattern, char kind)
{
  GhNode node;
  char *stem;
  do
    stem = stem_of_pattern (change->arena, pattern, kind);
  while (stem != NULL && strchr (pattern, '*') != NULL
         && gh_view_find (&change->view, stem, &node));
  return stem;
}

/* What the owner of the credential was given before and does not use now: he is recognised from
 * it (TS-0001 11.3). @pattern: of the rule of a service subscription; @kind: C, S, or 0 for any. */
static const char *
retained_stem (const GhChange *change, const char *pattern, char kind)
{
  const char *const *identities = gh_principal_get_identities (change->intent->principal);
  GhNode node;
  if (gh_principal_get_credential (change->intent->principal) == 0)
    return NULL;
  for (guint i = 0; identities[i] != NULL; i++)
    if ((identities[i][0] == 'C' || identities[i][0] == 'S')
        && (kind == 0 || identities[i][0] == kind)
        && g_pattern_match_simple (pattern, identities[i])
        && !gh_view_find (&change->view, identities[i], &node))
      return identities[i];
  return NULL;
}

static gboolean
choose_stem (GhChange *change, const char *pattern, const char **out, GhFault *fault)
{
  const char *from = change->intent->request->from;
  const char asked[2] = { from != NULL && *from == 'S' ? 'S' : 'C', '\0' };
  const char *retained = retained_stem (change, pattern, from != NULL ? *from : 0);
  const GhService *service = change->host;
  if (retained != NULL)
    *out = gh_arena_strdup (change->arena, retained);
  else if (gh_principal_may_register_at (change->intent->principal, asked, &service->home))
    *out = allocate_stem (change, pattern, asked[0]);
  else
    return gh_fault_set (fault, GH_ERROR_APP_RULE,
                         "From: the credential may not ask for an AE-ID that begins with %s",
                         asked);
  return *out != NULL
         || gh_fault_set (fault, GH_ERROR_TOO_LARGE, "the request does not fit into its memory");
}

static gboolean
check_free (const GhChange *change, const char *stem, GhFault *fault)
{
  GhNode node;
  return !gh_view_find (&change->view, stem, &node)
         || gh_fault_set (fault, GH_ERROR_REGISTERED, "From: %s is already registered", stem);
}

static gboolean
take_stem (GhChange *change, const char *pattern, const char **out, GhFault *fault)
{
  const GhOriginator *originator = &change->intent->facts.originator;
  const char *from = change->intent->request->from;

  if (from == NULL || *from == '\0' || from[1] == '\0')
    return choose_stem (change, pattern, out, fault) && check_free (change, *out, fault);
  /* in stem form only: an AE registers here, not at the CSE that an address names
   * (TS-0004 7.4.5.2.1) */
  if (originator->ae_id == NULL || strcmp (originator->ae_id, from) != 0)
    return gh_fault_set (
      fault, GH_ERROR_BAD_REQUEST,
      "From: a registration gives an AE-ID-Stem, C or S and what follows, without the CSE");
  *out = originator->ae_id;
  return check_free (change, *out, fault);
}

/* TS-0004 7.3.2.7. The profiles are on the IN-CSE; another one that has not fetched them has none,
 * and nobody registers there. */
static gboolean
check_service_subscription (const GhChange *change, const char **out_pattern, GhFault *fault)
{
  const GhService *service = change->host;
  if (!service->options.service_subscription)
    return TRUE;
  const char *cse_id = gh_arena_printf (change->arena, "/%s", service->options.cse_id);
  const GhSubscriptionQuestion question = {
    .credential_id = change->intent->principal != NULL
                       ? gh_principal_get_credential_id (change->intent->principal)
                       : NULL,
    .cse_id = cse_id,
    .app_id = gh_value_text (gh_draft_get (change->draft, "api")),
    .stem = change->intent->request->from,
  };
  if (cse_id == NULL)
    return gh_fault_set (fault, GH_ERROR_TOO_LARGE, "the request does not fit into its memory");
  return gh_service_subscription_decide (service, &change->view, &question, out_pattern, fault);
}

static gboolean
check_create (GhChange *change, GhFault *fault)
{
  const char *stem = NULL, *pattern = "*";
  const char *app_id = gh_value_text (gh_draft_get (change->draft, "api"));
  if (!check_app_id (change->draft, fault))
    return FALSE;
  if (!gh_principal_may_run (change->intent->principal, app_id))
    return gh_fault_set (fault, GH_ERROR_APP_RULE,
                         "api: the credential is not for applications of this App-ID");
  if (!check_service_subscription (change, &pattern, fault)
      || !take_stem (change, pattern, &stem, fault))
    return FALSE;
  if (strcmp (stem, change->node.slot->id) == 0 || strcmp (stem, change->node.slot->name) == 0)
    return gh_fault_set (fault, GH_ERROR_REGISTERED, "From: %s is this CSE", stem);
  if (!gh_reserve_identity (change->host, change->intent->principal, stem, fault))
    return FALSE;
  change->identity.resource_id = stem;
  change->identity.owner = stem;
  return gh_draft_set (change->draft, change->arena, "aei", gh_value_string (stem, strlen (stem)))
         || gh_fault_set (fault, GH_ERROR_TOO_LARGE, "the request does not fit into its memory");
}

static gboolean
after (const GhEffect *effect, GError **error)
{
  const GhService *service = effect->host;

  (void) error;
  if (effect->kind == GH_EFFECT_CREATED)
    gh_bindings_keep (effect->host, effect->node.slot->id);
  else if (effect->kind == GH_EFFECT_DELETED)
    gh_channels_touch (effect->host, effect->node.slot->id);
  if (service->watch != NULL)
    g_ptr_array_add (service->changed, g_strdup (effect->node.slot->id));
  return TRUE;
}

const GhBehaviour gh_behaviour_ae = {
  .type = GH_TYPE_AE,
  .check_create = check_create,
  .after = after,
};
