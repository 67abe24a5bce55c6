/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "security/gh-security-shown.h"

struct _GhShown {
  gint ref_count;
  GhPeerEvidence evidence; /* of the copies below */
  guint64 trust;
  gnutls_datum_t chain[GH_MAX_CHAIN];
};

static gnutls_datum_t
copy (const gnutls_datum_t *from)
{
  return (gnutls_datum_t){ g_memdup2 (from->data, from->size), from->size };
}

GhShown *
gh_shown_new (const GhPeerEvidence *evidence, guint64 trust)
{
  GhShown *shown;

  if (evidence->chain == NULL || evidence->n_chain == 0 || evidence->n_chain > GH_MAX_CHAIN)
    return NULL;
  shown = g_new0 (GhShown, 1);
  shown->ref_count = 1;
  shown->trust = trust;
  shown->evidence = *evidence;
  for (guint i = 0; i < evidence->n_chain; i++)
    shown->chain[i] = copy (&evidence->chain[i]);
  shown->evidence.chain = shown->chain;
  shown->evidence.ocsp = copy (&evidence->ocsp);
  shown->evidence.expected_name = g_strdup (evidence->expected_name);
  return shown;
}

GhShown *
gh_shown_ref (GhShown *shown)
{
  g_atomic_int_inc (&shown->ref_count);
  return shown;
}

void
gh_shown_unref (GhShown *shown)
{
  if (!g_atomic_int_dec_and_test (&shown->ref_count))
    return;
  for (guint i = 0; i < shown->evidence.n_chain; i++)
    g_free (shown->chain[i].data);
  g_free (shown->evidence.ocsp.data);
  g_free ((char *) shown->evidence.expected_name);
  g_free (shown);
}

guint64
gh_shown_get_trust (const GhShown *shown)
{
  return shown->trust;
}

gboolean
gh_shown_judge (const GhShown *shown, GhSecurity *security, guint64 number, GhFault *fault)
{
  GhPeerEvidence evidence = shown->evidence;
  GhClaim claim = { 0 };
  gboolean same;

  evidence.wall_us = gh_clock_wall_us (gh_security_get_clock (security));
  if (!gh_security_judge_peer (security, &evidence, &claim, fault))
    return FALSE;
  /* or the entry that its registration made of what the anchor vouched for */
  same = claim.credential->number == number || claim.credential->anchor == number;
  gh_claim_clear (&claim);
  return same
         || gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION,
                          "its certificates now prove another credential");
}
