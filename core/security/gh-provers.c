/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "security/gh-provers.h"

#include "base/gh-log.h"

/* One security plugin, and what it is handed as its core. */
typedef struct {
  GhProvers *provers;
  const GhSecurityOps *ops;
  GhSecurityPlugin *plugin; /* NULL: it is stopped, and proves nothing */
  GhSecurityHost host;
  GhConfig *config; /* of the host */
} Prover;

struct _GhProvers {
  GhSecurity *security;
  const char *cse_id, *sp_domain;
  GRWLock lock; /* of the array: handshakes read it; who loads, stops and starts plugins writes */
  GPtrArray *array;
  gint silent; /* atomic: bits of the kinds of credentials that only stopped plugins prove */
};

static void
prover_free (gpointer data)
{
  Prover *prover = data;
  if (prover->plugin != NULL)
    prover->ops->free (prover->plugin);
  g_clear_pointer (&prover->config, gh_config_unref);
  g_free (prover);
}

GhProvers *
gh_provers_new (GhSecurity *security, const char *cse_id, const char *sp_domain)
{
  GhProvers *provers = g_new0 (GhProvers, 1);
  provers->security = security;
  provers->cse_id = cse_id;
  provers->sp_domain = sp_domain;
  provers->array = g_ptr_array_new_with_free_func (prover_free);
  g_rw_lock_init (&provers->lock);
  return provers;
}

void
gh_provers_free (GhProvers *provers)
{
  g_ptr_array_unref (provers->array);
  g_rw_lock_clear (&provers->lock);
  g_free (provers);
}

static gboolean
proves (const Prover *prover, GhCredentialKind kind)
{
  return (prover->ops->credential_kinds & (1u << kind)) != 0;
}

static GhCredential *
host_find (gpointer core, GhCredentialKind kind, const char *subject)
{
  const Prover *prover = core;
  return proves (prover, kind)
           ? gh_vault_find (gh_security_get_vault (prover->provers->security), kind, subject)
           : NULL;
}

static GPtrArray *
host_anchors (gpointer core, guint purposes)
{
  const Prover *prover = core;
  const gint64 now_us = gh_clock_wall_us (gh_security_get_clock (prover->provers->security));
  GPtrArray *found = g_ptr_array_new_with_free_func ((GDestroyNotify) gh_credential_unref);
  if (!proves (prover, GH_CREDENTIAL_ANCHOR))
    return found;
  g_autoptr (GPtrArray) all = gh_vault_list_anchors (
    gh_security_get_vault (prover->provers->security));
  for (guint i = 0; i < all->len; i++)
    {
      GhCredential *anchor = all->pdata[i];
      if ((anchor->purposes & purposes) != 0 && gh_credential_check_usable (anchor, now_us, NULL))
        g_ptr_array_add (found, gh_credential_ref (anchor));
    }
  return found;
}

static guint
kinds_of (const GhProvers *provers, gboolean running)
{
  guint kinds = 0;
  for (guint i = 0; i < provers->array->len; i++)
    {
      const Prover *prover = provers->array->pdata[i];
      if ((prover->plugin != NULL) == running)
        kinds |= prover->ops->credential_kinds;
    }
  return kinds;
}

/* The lock is held for writing. */
static void
note_silent (GhProvers *provers)
{
  g_atomic_int_set (&provers->silent,
                    (gint) (kinds_of (provers, FALSE) & ~kinds_of (provers, TRUE)));
}

static Prover *
find_prover (GhProvers *provers, const GhSecurityOps *ops)
{
  for (guint i = 0; i < provers->array->len; i++)
    if (((Prover *) provers->array->pdata[i])->ops == ops)
      return provers->array->pdata[i];
  return NULL;
}

static Prover *
prover_new (GhProvers *provers, const GhSecurityOps *ops, const GhConfig *config, GError **error)
{
  Prover *prover = g_new0 (Prover, 1);
  prover->provers = provers;
  prover->ops = ops;
  /* tests prove by what needs none */
  prover->config = config != NULL ? gh_config_ref ((GhConfig *) config) : NULL;
  prover->host = (GhSecurityHost){
    .struct_size = sizeof (GhSecurityHost),
    .core = prover,
    .config = config,
    .clock = gh_security_get_clock (provers->security),
    .cse_id = provers->cse_id,
    .sp_domain = provers->sp_domain,
    .find = host_find,
    .anchors = host_anchors,
  };
  prover->plugin = ops->create (&prover->host, error);
  if (prover->plugin != NULL)
    return prover;
  prover_free (prover);
  return NULL;
}

gboolean
gh_provers_add (GhProvers *provers, const GhSecurityOps *ops, const GhConfig *config,
                GError **error)
{
  Prover *prover = prover_new (provers, ops, config, error), *before;
  if (prover == NULL)
    return FALSE;
  g_rw_lock_writer_lock (&provers->lock);
  before = find_prover (provers, ops);
  if (before != NULL)
    g_ptr_array_remove (provers->array, before);
  g_ptr_array_add (provers->array, prover);
  note_silent (provers);
  g_rw_lock_writer_unlock (&provers->lock);
  return TRUE;
}

void
gh_provers_stop (GhProvers *provers, const GhSecurityOps *ops)
{
  GhSecurityPlugin *plugin = NULL;
  Prover *prover;
  g_rw_lock_writer_lock (&provers->lock);
  prover = find_prover (provers, ops);
  if (prover != NULL)
    plugin = g_steal_pointer (&prover->plugin);
  note_silent (provers);
  g_rw_lock_writer_unlock (&provers->lock);
  if (plugin != NULL)
    ops->free (plugin);
}

gboolean
gh_provers_has (GhProvers *provers, const GhSecurityOps *ops)
{
  g_rw_lock_reader_lock (&provers->lock);
  const Prover *prover = find_prover (provers, ops);
  const gboolean runs = prover != NULL && prover->plugin != NULL;
  g_rw_lock_reader_unlock (&provers->lock);
  return runs;
}

gboolean
gh_provers_can_prove (GhProvers *provers, GhCredentialKind kind)
{
  g_rw_lock_reader_lock (&provers->lock);
  const guint kinds = kinds_of (provers, TRUE) | kinds_of (provers, FALSE);
  g_rw_lock_reader_unlock (&provers->lock);
  return (kinds & (1u << kind)) != 0;
}

gboolean
gh_provers_is_silent (GhProvers *provers, GhProof proof)
{
  const guint silent = (guint) g_atomic_int_get (&provers->silent);
  if (G_LIKELY (silent == 0))
    return FALSE;
  return (proof == GH_PROOF_PSK && (silent & (1u << GH_CREDENTIAL_PSK)) != 0)
         || (proof == GH_PROOF_X509 && (silent & (1u << GH_CREDENTIAL_X509)) != 0)
         || (proof == GH_PROOF_RPK && (silent & (1u << GH_CREDENTIAL_RPK)) != 0);
}

gboolean
gh_provers_reload (GhProvers *provers, const GhConfig *config, GError **error)
{
  gboolean done = TRUE;
  g_rw_lock_reader_lock (&provers->lock);
  for (guint i = 0; i < provers->array->len; i++)
    {
      const Prover *prover = provers->array->pdata[i];
      if (prover->plugin != NULL && GH_SECURITY_HAS (prover->ops, reload)
          && !prover->ops->reload (prover->plugin, config, done ? error : NULL))
        done = FALSE;
    }
  g_rw_lock_reader_unlock (&provers->lock);
  return done;
}

/* A plugin proves only what it is for: a claim for somebody else's credential is its defect. */
static gboolean
claim_is_sound (const Prover *prover, const GhClaim *claim)
{
  const GhCredential *credential = claim->credential;
  if (credential != NULL && proves (prover, credential->kind)
      && (credential->kind != GH_CREDENTIAL_ANCHOR || claim->identity != NULL))
    return TRUE;
  gh_log (GH_LOG_ERROR, "security", "a plugin claims what it may not prove", "plugin",
          prover->ops->name, "credential", credential != NULL ? credential->id : NULL, NULL);
  return FALSE;
}

static GhKeyStatus
find_key (GhProvers *provers, const GhKeyQuery *query, GhSecret **key, GhClaim *claim)
{
  for (guint i = 0; i < provers->array->len; i++)
    {
      const Prover *prover = provers->array->pdata[i];
      if (prover->plugin == NULL || !GH_SECURITY_HAS (prover->ops, psk_lookup))
        continue;
      const GhKeyStatus status = prover->ops->psk_lookup (prover->plugin, query, key, claim);
      if (status == GH_KEY_FOUND && !claim_is_sound (prover, claim))
        {
          gh_claim_clear (claim);
          g_clear_pointer (key, gh_secret_unref);
          continue;
        }
      if (status != GH_KEY_UNKNOWN)
        return status;
    }
  return GH_KEY_UNKNOWN;
}

GhKeyStatus
gh_provers_find_key (GhProvers *provers, const GhKeyQuery *query, GhSecret **key, GhClaim *claim)
{
  g_rw_lock_reader_lock (&provers->lock);
  const GhKeyStatus status = find_key (provers, query, key, claim);
  g_rw_lock_reader_unlock (&provers->lock);
  return status;
}

static gboolean
judge_peer (GhProvers *provers, const GhPeerEvidence *evidence, GhClaim *claim, GhFault *fault)
{
  for (guint i = 0; i < provers->array->len; i++)
    {
      const Prover *prover = provers->array->pdata[i];
      if (prover->plugin == NULL || !GH_SECURITY_HAS (prover->ops, judge_peer))
        continue;
      if (!prover->ops->judge_peer (prover->plugin, evidence, claim, fault))
        continue;
      if (claim_is_sound (prover, claim))
        return TRUE;
      gh_claim_clear (claim);
      return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION,
                           "the claim of a plugin was not accepted");
    }
  return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION,
                       "no security plugin judges certificates; [plugins] load names those that "
                       "are loaded");
}

gboolean
gh_provers_judge_peer (GhProvers *provers, const GhPeerEvidence *evidence, GhClaim *claim,
                       GhFault *fault)
{
  g_rw_lock_reader_lock (&provers->lock);
  const gboolean judged = judge_peer (provers, evidence, claim, fault);
  g_rw_lock_reader_unlock (&provers->lock);
  return judged;
}
