/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-cert-judge.h"

/* The plugin itself: configuration and revocation lists around the judgement. */
struct _GhSecurityPlugin {
  const GhSecurityHost *host;
  GhCertRules rules;
  gboolean accept_stale, require_ocsp;
  GMutex lock; /* of the pointer to the lists; nothing is judged under it */
  GhCertLists *lists;
};

static gboolean
read_lists (GhSecurityPlugin *plugin, const GhConfig *config, GError **error)
{
  const char *const *files = gh_config_get_list (config, "cert", "crl-files");
  GhCertLists *lists = gh_cert_lists_load (files, error), *old;

  if (lists == NULL)
    return FALSE;
  g_mutex_lock (&plugin->lock);
  old = plugin->lists;
  plugin->lists = lists;
  g_mutex_unlock (&plugin->lock);
  if (old != NULL)
    gh_cert_lists_unref (old);
  return TRUE;
}

static void
prover_free (GhSecurityPlugin *plugin)
{
  g_clear_pointer (&plugin->lists, gh_cert_lists_unref);
  g_mutex_clear (&plugin->lock);
  g_free (plugin);
}

static GhSecurityPlugin *
prover_create (const GhSecurityHost *host, GError **error)
{
  const GhConfig *config = host->config;
  GhSecurityPlugin *plugin = g_new0 (GhSecurityPlugin, 1);

  plugin->host = host;
  g_mutex_init (&plugin->lock);
  plugin->rules.rsa_bits = (guint) gh_config_get_integer (config, "cert", "rsa-bits");
  plugin->rules.require_name_constraints = gh_config_get_boolean (config, "cert",
                                                                  "require-name-constraints");
  plugin->accept_stale = g_str_equal (gh_config_get_string (config, "cert", "stale-status"),
                                      "accept");
  plugin->require_ocsp = gh_config_get_boolean (config, "cert", "require-ocsp");
  if (read_lists (plugin, config, error))
    return plugin;
  prover_free (plugin);
  return NULL;
}

static gboolean
prover_judge (GhSecurityPlugin *plugin, const GhPeerEvidence *evidence, GhClaim *claim,
              GhFault *fault)
{
  g_autoptr (GhCertLists) lists = NULL;
  gboolean ok;

  g_mutex_lock (&plugin->lock);
  lists = gh_cert_lists_ref (plugin->lists);
  g_mutex_unlock (&plugin->lock);

  GhCertJudge judge = { .host = plugin->host,
                        .lists = lists,
                        .rules = plugin->rules,
                        .accept_stale = plugin->accept_stale,
                        .require_ocsp = plugin->require_ocsp };
  judge.rules.server = evidence->server;
  judge.rules.wall_us = evidence->wall_us;
  *claim = (GhClaim){ 0 };
  if (evidence->raw_key.data != NULL)
    ok = gh_cert_judge_key (&judge, evidence, claim, fault);
  else if (evidence->chain == NULL || evidence->n_chain == 0)
    ok = gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION, "the peer shows no certificate");
  else if (evidence->server)
    ok = gh_cert_judge_server (&judge, evidence, claim, fault);
  else
    ok = gh_cert_judge_peer (&judge, evidence, claim, fault);
  if (!ok)
    gh_claim_clear (claim);
  return ok;
}

const GhSecurityOps gh_cert_security_ops = {
  .struct_size = sizeof (GhSecurityOps),
  .name = "cert",
  .credential_kinds = 1u << GH_CREDENTIAL_X509 | 1u << GH_CREDENTIAL_RPK
                      | 1u << GH_CREDENTIAL_ANCHOR,
  .create = prover_create,
  .free = prover_free,
  .judge_peer = prover_judge,
  .reload = read_lists,
};
