/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "security/gh-principal.h"

#include <string.h>

struct _GhPrincipal {
  gatomicrefcount ref_count;
  GhProof proof;
  gboolean has_peer;
  guint8 peer_address[16];
  guint n_identities;
  char **identities;
};

/* ::ffff:0:0/96, before the four octets of an IPv4 address (RFC 4291 2.5.5.2) */
static const guint8 mapped_prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

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

GhPrincipal *
gh_principal_new_claimed (GInetAddress *peer)
{
  GhPrincipal *principal = principal_new (GH_PROOF_NONE, 0);

  if (peer == NULL)
    return principal;
  if (g_inet_address_get_family (peer) == G_SOCKET_FAMILY_IPV4)
    {
      memcpy (principal->peer_address, mapped_prefix, sizeof mapped_prefix);
      memcpy (principal->peer_address + 12, g_inet_address_to_bytes (peer), 4);
    }
  else
    memcpy (principal->peer_address, g_inet_address_to_bytes (peer), 16);
  principal->has_peer = TRUE;
  return principal;
}

GhPrincipal *
gh_principal_new_local (GhProof proof, const char *const *identities)
{
  guint n = identities != NULL ? g_strv_length ((char **) identities) : 0;
  GhPrincipal *principal;

  g_return_val_if_fail (proof != GH_PROOF_NONE, NULL);
  principal = principal_new (proof, n);
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
  g_free (principal);
}

GhProof
gh_principal_get_proof (const GhPrincipal *principal)
{
  return principal->proof;
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
