/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-psk-prover.h"

#include "base/gh-log.h"

#include <string.h>

/* m2m:suid: its unit says what the credential is for, 2: a security association (TS-0004 6.3.4). */
#define SUID_USE(suid)       ((suid) % 10)
#define SUID_USE_ASSOCIATION 2

struct _GhSecurityPlugin {
  const GhSecurityHost *host;
};

static GhSecurityPlugin *
prover_create (const GhSecurityHost *host, GError **error)
{
  GhSecurityPlugin *plugin = g_new0 (GhSecurityPlugin, 1);

  plugin->host = host;
  return plugin;
}

static void
prover_free (GhSecurityPlugin *plugin)
{
  g_free (plugin);
}

static gboolean
check_use (const GhCredential *credential, GhFault *fault)
{
  gsize length = 0;

  if (credential->suid != 0 && SUID_USE (credential->suid) != SUID_USE_ASSOCIATION)
    return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION,
                         "%s: its SUID %u is not for security associations", credential->id,
                         credential->suid);
  if (credential->secret != NULL)
    (void) gh_secret_data (credential->secret, &length);
  if (length < GH_PSK_MIN_KEY)
    return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION,
                         "%s: its key has %" G_GSIZE_FORMAT " octets, at least %d were expected",
                         credential->id, length, GH_PSK_MIN_KEY);
  return TRUE;
}

/* Every way not to find a key ends alike for the peer; only the log of the operator knows why. */
static GhKeyStatus
unknown (const GhFault *fault)
{
  if (gh_log_has_room (GH_LOG_INFO))
    gh_log (GH_LOG_INFO, "psk", "no key for a peer", "reason", fault->text, NULL);
  return GH_KEY_UNKNOWN;
}

static GhKeyStatus
prover_lookup (GhSecurityPlugin *plugin, const GhKeyQuery *query, GhSecret **key, GhClaim *claim)
{
  const GhSecurityHost *host = plugin->host;
  g_autoptr (GhCredential) credential = NULL;
  g_autofree char *subject = NULL;
  GhFault fault = { 0 };

  if (!gh_kpsa_id_check (query->identity, query->length, &fault))
    return unknown (&fault);
  subject = g_strndup (query->identity, query->length);
  credential = host->find (host->core, GH_CREDENTIAL_PSK, subject);
  if (credential == NULL)
    {
      gh_fault_set (&fault, GH_ERROR_NO_ASSOCIATION, "%.128s is not in the vault", subject);
      return unknown (&fault);
    }
  if (!gh_credential_check_usable (credential, gh_clock_wall_us (host->clock), &fault)
      || !check_use (credential, &fault))
    return unknown (&fault);
  *key = gh_secret_ref (credential->secret);
  *claim = (GhClaim){ .proof = GH_PROOF_PSK,
                      .credential = g_steal_pointer (&credential),
                      .not_after_us = GH_NEVER_US };
  return GH_KEY_FOUND;
}

const GhSecurityOps gh_psk_security_ops = {
  .struct_size = sizeof (GhSecurityOps),
  .name = "psk",
  .credential_kinds = 1u << GH_CREDENTIAL_PSK,
  .create = prover_create,
  .free = prover_free,
  .psk_lookup = prover_lookup,
};
