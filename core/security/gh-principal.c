/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "security/gh-principal.h"

#include "security/gh-strength.h"

#include <string.h>

struct _GhPrincipal {
  gatomicrefcount ref_count;
  GhProof proof;
  gboolean has_peer;
  guint8 peer_address[16];
  guint n_identities;
  char **identities;
  char **stems;       /* of a proven one; else NULL */
  char **app_ids;     /* of a proven one; else NULL */
  const char *cse_id; /* of a proven CSE: its only identity; else NULL */
  char *credential_id, *owner;
  guint64 credential, association, anchor;
  guint generation, strength;
};

static const char *const proof_names[] = {
  [GH_PROOF_NONE] = "none", [GH_PROOF_LOCAL] = "local", [GH_PROOF_BUS_UID] = "bus-uid",
  [GH_PROOF_PSK] = "psk",   [GH_PROOF_X509] = "x509",   [GH_PROOF_RPK] = "rpk",
  [GH_PROOF_MAF] = "maf",   [GH_PROOF_GBA] = "gba",     [GH_PROOF_GROUP] = "group",
  [GH_PROOF_ESPRIM] = "esprim",
};
G_STATIC_ASSERT (G_N_ELEMENTS (proof_names) == GH_PROOF_ESPRIM + 1);

/* ::ffff:0:0/96, before the four octets of an IPv4 address (RFC 4291 2.5.5.2) */
static const guint8 mapped_prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

const char *
gh_proof_name (GhProof proof)
{
  return proof_names[proof];
}

gboolean
gh_proof_parse (const char *name, GhProof *out)
{
  for (guint i = 0; i < G_N_ELEMENTS (proof_names); i++)
    if (strcmp (proof_names[i], name) == 0)
      {
        *out = (GhProof) i;
        return TRUE;
      }
  return FALSE;
}

static GhPrincipal *
principal_new (GhProof proof, guint n_identities)
{
  GhPrincipal *principal = g_new0 (GhPrincipal, 1);

  g_atomic_ref_count_init (&principal->ref_count);
  principal->proof = proof;
  principal->n_identities = n_identities;
  principal->identities = g_new0 (char *, (gsize) n_identities + 1);
  return principal;
}

static void
set_peer (GhPrincipal *principal, GInetAddress *peer)
{
  if (peer == NULL)
    return;
  if (g_inet_address_get_family (peer) == G_SOCKET_FAMILY_IPV4)
    {
      memcpy (principal->peer_address, mapped_prefix, sizeof mapped_prefix);
      memcpy (principal->peer_address + 12, g_inet_address_to_bytes (peer), 4);
    }
  else
    memcpy (principal->peer_address, g_inet_address_to_bytes (peer), 16);
  principal->has_peer = TRUE;
}

GhPrincipal *
gh_principal_new_claimed (GInetAddress *peer)
{
  GhPrincipal *principal = principal_new (GH_PROOF_NONE, 0);

  set_peer (principal, peer);
  return principal;
}

GhPrincipal *
gh_principal_new_proven (const GhPrincipalProof *proof)
{
  const guint n = g_strv_length ((char **) proof->identities);
  GhPrincipal *principal = principal_new (proof->proof, n);

  for (guint i = 0; i < n; i++)
    principal->identities[i] = g_strdup (proof->identities[i]);
  if (n == 1 && gh_originator_is_cse (principal->identities[0], NULL))
    principal->cse_id = principal->identities[0];
  principal->stems = g_strdupv ((char **) proof->stems);
  principal->app_ids = g_strdupv ((char **) proof->app_ids);
  principal->credential_id = g_strdup (proof->credential_id);
  principal->owner = g_strdup (proof->owner);
  principal->credential = proof->credential;
  principal->association = proof->association;
  principal->anchor = proof->anchor;
  principal->generation = proof->generation;
  principal->strength = proof->strength;
  set_peer (principal, proof->peer);
  if (proof->peer_address != NULL)
    {
      memcpy (principal->peer_address, proof->peer_address, 16);
      principal->has_peer = TRUE;
    }
  return principal;
}

GhPrincipal *
gh_principal_new_local (GhProof proof, const char *const *identities)
{
  guint n = identities != NULL ? g_strv_length ((char **) identities) : 0;
  GhPrincipal *principal;

  g_return_val_if_fail (proof != GH_PROOF_NONE, NULL);
  principal = principal_new (proof, n);
  principal->strength = GH_STRENGTH_MOST;
  for (guint i = 0; i < n; i++)
    principal->identities[i] = g_strdup (identities[i]);
  return principal;
}

GhPrincipal *
gh_principal_with_identity (const GhPrincipal *principal, const char *identity)
{
  guint n = principal->n_identities;
  GhPrincipal *copy = principal_new (principal->proof, n + 1);

  copy->has_peer = principal->has_peer;
  memcpy (copy->peer_address, principal->peer_address, sizeof copy->peer_address);
  for (guint i = 0; i < n; i++)
    copy->identities[i] = g_strdup (principal->identities[i]);
  copy->identities[n] = g_strdup (identity);
  copy->stems = g_strdupv (principal->stems);
  copy->app_ids = g_strdupv (principal->app_ids);
  copy->credential_id = g_strdup (principal->credential_id);
  copy->owner = g_strdup (principal->owner);
  copy->credential = principal->credential;
  copy->association = principal->association;
  copy->anchor = principal->anchor;
  copy->generation = principal->generation;
  copy->strength = principal->strength;
  return copy;
}

GhPrincipal *
gh_principal_ref (GhPrincipal *principal)
{
  g_atomic_ref_count_inc (&principal->ref_count);
  return principal;
}

void
gh_principal_unref (GhPrincipal *principal)
{
  if (!g_atomic_ref_count_dec (&principal->ref_count))
    return;
  g_strfreev (principal->identities);
  g_strfreev (principal->stems);
  g_strfreev (principal->app_ids);
  g_free (principal->credential_id);
  g_free (principal->owner);
  g_free (principal);
}

GhProof
gh_principal_get_proof (const GhPrincipal *principal)
{
  return principal->proof;
}

guint
gh_principal_get_strength (const GhPrincipal *principal)
{
  return principal->strength;
}

gboolean
gh_principal_is_authenticated (const GhPrincipal *principal)
{
  return principal->proof != GH_PROOF_NONE;
}

const guint8 *
gh_principal_get_peer_address (const GhPrincipal *principal)
{
  return principal->has_peer ? principal->peer_address : NULL;
}

gboolean
gh_principal_may_use (const GhPrincipal *principal, const char *from)
{
  return gh_principal_may_use_at (principal, from, NULL);
}

gboolean
gh_principal_may_use_at (const GhPrincipal *principal, const char *from, const GhHome *home)
{
  if (principal->proof == GH_PROOF_NONE)
    return gh_originator_is_well_formed (from) || strcmp (from, "C") == 0
           || strcmp (from, "S") == 0;
  for (guint i = 0; i < principal->n_identities; i++)
    {
      if (gh_originator_same (principal->identities[i], from, home))
        return TRUE;
    }
  return FALSE;
}

const char *
gh_principal_get_credential_id (const GhPrincipal *principal)
{
  return principal->credential_id;
}

guint64
gh_principal_get_credential (const GhPrincipal *principal)
{
  return principal->credential;
}

guint64
gh_principal_get_anchor (const GhPrincipal *principal)
{
  return principal->anchor;
}

guint
gh_principal_get_generation (const GhPrincipal *principal)
{
  return principal->generation;
}

guint64
gh_principal_get_association (const GhPrincipal *principal)
{
  return principal->association;
}

const char *
gh_principal_get_owner (const GhPrincipal *principal)
{
  return principal->owner;
}

const char *const *
gh_principal_get_identities (const GhPrincipal *principal)
{
  return (const char *const *) principal->identities;
}

const char *
gh_principal_get_cse_id (const GhPrincipal *principal)
{
  return principal->cse_id;
}

/* "Cpump*" stands for every stem that begins so. */
static gboolean
stands_for (const char *pattern, const char *text)
{
  const gsize length = strlen (pattern);

  return length > 0 && pattern[length - 1] == '*' ? strncmp (pattern, text, length - 1) == 0
                                                  : strcmp (pattern, text) == 0;
}

gboolean
gh_principal_may_register_at (const GhPrincipal *principal, const char *stem, const GhHome *home)
{
  if (principal->stems == NULL || gh_principal_may_use_at (principal, stem, home))
    return TRUE;
  for (guint i = 0; principal->stems[i] != NULL; i++)
    if (stands_for (principal->stems[i], stem))
      return TRUE;
  return FALSE;
}

gboolean
gh_principal_may_run (const GhPrincipal *principal, const char *app_id)
{
  if (principal->app_ids == NULL || principal->app_ids[0] == NULL)
    return TRUE;
  for (guint i = 0; principal->app_ids[i] != NULL; i++)
    if (stands_for (principal->app_ids[i], app_id))
      return TRUE;
  return FALSE;
}
