/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-credentials.h"

#include "base/gh-log.h"
#include "gh-bus-draft.h"
#include "gh-bus-secret.h"
#include "security/gh-local-ca.h"
#include "security/gh-originator.h"
#include "security/gh-subject.h"

#include <string.h>

gboolean
gh_bus_authority_init (GhBusJob *job, GError **error)
{
  gboolean replace;

  g_variant_get (job->parameters, "(b)", &replace);
  if (!gh_cse_make_authority (job->cse, replace, error))
    return FALSE;
  gh_audit_record (gh_security_get_audit (job->security), GH_AUDIT_CREDENTIAL, "authority made",
                   NULL);
  gh_log (GH_LOG_NOTICE, "vault", "certification authority made", NULL);
  return TRUE;
}

/* Splits what is for the certificate from what is for the credential: "days" and "request". */
static GVariant *
take_order (GhBusJob *job, GVariant *properties, GhCaOrder *order, GhSecret **out_request,
            GError **error)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (properties);
  g_autoptr (GVariant) request = g_variant_dict_lookup_value (&dict, "request",
                                                              G_VARIANT_TYPE_HANDLE);

  g_variant_dict_lookup (&dict, "days", "u", &order->days);
  g_variant_dict_remove (&dict, "days");
  g_variant_dict_remove (&dict, "request");
  if (request != NULL
      && !gh_bus_read_handle (job, g_variant_get_handle (request), out_request, error))
    return NULL;
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

/* A certificate has an entry of its own, which is what admits it; another one for the same subject
 * takes its place. */
static GhCredential *
keep_certificate (GhBusJob *job, GhVaultDraft *draft, GBytes *chain, GError **error)
{
  g_autoptr (GhCredential) old = gh_vault_find (job->vault, GH_CREDENTIAL_X509, draft->subject);

  draft->kind = GH_CREDENTIAL_X509;
  draft->public_data = chain;
  if (old == NULL)
    return gh_vault_add (job->vault, draft, error);
  if (!gh_vault_rotate (job->vault, old->number, NULL, chain, error))
    return NULL;
  return gh_vault_find_number (job->vault, old->number);
}

/* Who this CSE is; borrowed from its configuration. */
static GhHome
home_of (const GhBusJob *job)
{
  const GhConfig *config = gh_security_get_config (job->security);

  return (GhHome){ .sp_domain = gh_config_get_string (config, "cse", "sp-domain"),
                   .cse_id = gh_config_get_string (config, "cse", "id") };
}

/* What From may be is what the certificate names, where it names an AE or CSE of ours. */
static char *
identity_of (const GhBusJob *job, const GhCaOrder *order)
{
  const GhHome home = home_of (job);
  const char *stem = strrchr (order->subject, '/');

  if (order->flavour == GH_CA_CSE)
    return gh_subject_cse_id (order->subject, home.sp_domain);
  if (order->flavour == GH_CA_AE && stem != NULL
      && gh_originator_same (stem + 1, order->subject, &home))
    return g_strdup (stem + 1);
  return NULL;
}

/* A certificate names the absolute AE-ID (TS-0003 10.1.1.5); people write "Cpump", "/in/Cpump" or
 * "Spump" (TS-0001 7.2). What is none of them is refused later, as it was written. */
static char *
complete_ae_id (const GhBusJob *job, const char *subject)
{
  const GhHome home = home_of (job);
  const char *slash = strchr (subject, '/');

  if (g_str_has_prefix (subject, "//"))
    return g_strdup (subject);
  if (slash == subject)
    return g_strconcat ("//", home.sp_domain, subject, NULL);
  if (slash == NULL && subject[0] == 'C')
    return g_strconcat ("//", home.sp_domain, "/", home.cse_id, "/", subject, NULL);
  if (slash == NULL && subject[0] == 'S')
    return g_strconcat ("//", home.sp_domain, "/", subject, NULL);
  return g_strdup (subject);
}

/* What the caller said; owned. */
typedef struct {
  GhBusDraft said;
  GhCaOrder order;
  GhSecret *request;
  GBytes *octets;
  char *subject;
} Issue;

static void
issue_clear (Issue *issue)
{
  gh_bus_draft_clear (&issue->said);
  g_clear_pointer (&issue->request, gh_secret_unref);
  g_clear_pointer (&issue->octets, g_bytes_unref);
  g_free (issue->subject);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Issue, issue_clear)

static gboolean
read_issue (GhBusJob *job, Issue *issue, GError **error)
{
  g_autoptr (GVariant) properties = NULL, rest = NULL;
  const char *flavour, *subject;
  gsize length;

  g_variant_get (job->parameters, "(&s&s@a{sv})", &flavour, &subject, &properties);
  if (!gh_ca_flavour_parse (flavour, &issue->order.flavour))
    {
      g_set_error (error, GH_ERROR, GH_ERROR_BAD_REQUEST,
                   "flavour: \"%.32s\" is not ae, cse, node or device", flavour);
      return FALSE;
    }
  rest = take_order (job, properties, &issue->order, &issue->request, error);
  if (rest == NULL || !gh_bus_draft_parse (rest, &issue->said, error))
    return FALSE;
  issue->subject = issue->order.flavour == GH_CA_AE ? complete_ae_id (job, subject)
                                                    : g_strdup (subject);
  issue->order.subject = issue->said.draft.subject = issue->subject;
  if (issue->request == NULL)
    return TRUE;
  gconstpointer octets = gh_secret_data (issue->request, &length);
  issue->octets = g_bytes_new (octets, length);
  issue->order.request = issue->octets;
  return TRUE;
}

gboolean
gh_bus_authority_issue (GhBusJob *job, GError **error)
{
  g_auto (Issue) issue = { .said.draft.kind = GH_CREDENTIAL_X509 };
  g_autoptr (GhSecret) key = NULL;
  g_autoptr (GBytes) chain = NULL;
  g_autoptr (GhCredential) kept = NULL;
  g_autofree char *identity = NULL;
  const char *own[] = { NULL, NULL };

  if (!read_issue (job, &issue, error)
      || !gh_local_ca_issue (job->vault, gh_security_get_clock (job->security), &issue.order, &key,
                             &chain, error))
    return FALSE;
  if (issue.said.draft.identities == NULL)
    {
      own[0] = identity = identity_of (job, &issue.order);
      issue.said.draft.identities = own;
    }
  kept = keep_certificate (job, &issue.said.draft, chain, error);
  if (kept == NULL)
    return FALSE;
  job->reply_fd = gh_bus_format_material (GH_CREDENTIAL_X509, key, chain, error);
  if (job->reply_fd < 0)
    return FALSE;
  gh_audit_record (gh_security_get_audit (job->security), GH_AUDIT_CREDENTIAL, "certificate issued",
                   "credential", kept->id, NULL);
  gh_log (GH_LOG_NOTICE, "vault", "certificate issued", "credential", kept->id, NULL);
  job->reply = g_variant_new ("(sh)", kept->id, 0);
  return TRUE;
}

gboolean
gh_bus_authority_revoke (GhBusJob *job, GError **error)
{
  g_autoptr (GhCredential) found = gh_bus_find_first (job, error);

  if (found == NULL)
    return FALSE;
  if (found->kind != GH_CREDENTIAL_X509 || found->public_data == NULL)
    {
      g_set_error (error, GH_ERROR, GH_ERROR_BAD_REQUEST,
                   "%.128s: no certificate of it is in the vault", found->id);
      return FALSE;
    }
  /* First what takes effect here. */
  return gh_vault_set_state (job->vault, found->number, GH_CREDENTIAL_REVOKED, error)
         && gh_local_ca_revoke (job->vault, gh_security_get_clock (job->security),
                                found->public_data, error);
}

gboolean
gh_bus_authority_certificates (GhBusJob *job, GError **error)
{
  g_autofree char *pem = gh_local_ca_export_certificates (job->vault, error);

  if (pem == NULL)
    return FALSE;
  job->reply = g_variant_new ("(s)", pem);
  return TRUE;
}

gboolean
gh_bus_authority_lists (GhBusJob *job, GError **error)
{
  g_autofree char *pem = gh_local_ca_export_lists (job->vault,
                                                   gh_security_get_clock (job->security), error);

  if (pem == NULL)
    return FALSE;
  job->reply = g_variant_new ("(s)", pem);
  return TRUE;
}

/* --- certificate of the servers --- */

gboolean
gh_bus_authority_renew_server (GhBusJob *job, GError **error)
{
  gboolean new_key;

  g_variant_get (job->parameters, "(b)", &new_key);
  return gh_cse_renew_server (job->cse, new_key, error);
}

gboolean
gh_bus_authority_request_server (GhBusJob *job, GError **error)
{
  g_autofree const char **hosts = NULL;
  g_autofree char *request = NULL;

  g_variant_get (job->parameters, "(^a&s)", &hosts);
  request = gh_cse_request_server (job->cse, hosts, error);
  if (request == NULL)
    return FALSE;
  job->reply = g_variant_new ("(s)", request);
  return TRUE;
}

gboolean
gh_bus_authority_install_server (GhBusJob *job, GError **error)
{
  const char *certificate;

  g_variant_get (job->parameters, "(&s)", &certificate);
  return gh_cse_install_server (job->cse, certificate, error);
}
