/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "base/gh-secret.h"
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

/* An AE-ID that nobody has: the kind asked for, and what no client can guess to squat on. */
static char *
allocate_stem (GhChange *change, char kind)
{
  guint8 random[8];
  char text[2 * sizeof random + 1];
  GhNode node;
  char *stem;
  do
    {
      gh_random_bytes (random, sizeof random);
      for (guint i = 0; i < sizeof random; i++)
        g_snprintf (text + 2 * i, 3, "%02x", random[i]);
      stem = gh_arena_printf (change->arena, "%c%s", kind, text);
    }
  while (stem != NULL && gh_view_find (&change->view, stem, &node));
  return stem;
}

static gboolean
take_stem (GhChange *change, const char **out, GhFault *fault)
{
  const GhOriginator *originator = &change->intent->facts.originator;
  const char *from = change->intent->request->from;
  GhNode node;

  if (from == NULL || *from == '\0' || from[1] == '\0')
    {
      *out = allocate_stem (change, from != NULL && *from == 'S' ? 'S' : 'C');
      return *out != NULL
             || gh_fault_set (fault, GH_ERROR_TOO_LARGE,
                              "the request does not fit into its memory");
    }
  /* in stem form only: an AE registers here, not at the CSE that an address names
   * (TS-0004 7.4.5.2.1) */
  if (originator->ae_id == NULL || strcmp (originator->ae_id, from) != 0)
    return gh_fault_set (
      fault, GH_ERROR_BAD_REQUEST,
      "From: a registration gives an AE-ID-Stem, C or S and what follows, without the CSE");
  if (gh_view_find (&change->view, originator->ae_id, &node))
    return gh_fault_set (fault, GH_ERROR_REGISTERED, "From: %s is already registered",
                         originator->ae_id);
  *out = originator->ae_id;
  return TRUE;
}

static gboolean
check_create (GhChange *change, GhFault *fault)
{
  const char *stem = NULL;
  if (!check_app_id (change->draft, fault) || !take_stem (change, &stem, fault))
    return FALSE;
  if (strcmp (stem, change->node.slot->id) == 0 || strcmp (stem, change->node.slot->name) == 0)
    return gh_fault_set (fault, GH_ERROR_REGISTERED, "From: %s is this CSE", stem);
  change->identity.resource_id = stem;
  change->identity.owner = stem;
  return gh_draft_set (change->draft, change->arena, "aei", gh_value_string (stem, strlen (stem)))
         || gh_fault_set (fault, GH_ERROR_TOO_LARGE, "the request does not fit into its memory");
}

const GhBehaviour gh_behaviour_ae = {
  .type = GH_TYPE_AE,
  .check_create = check_create,
};
