/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-cert-judge.h"

#include "security/gh-strength.h"
#include "security/gh-subject.h"

#include <gio/gio.h>
#include <string.h>

static gboolean
refuse (GhFault *fault, const char *text)
{
  return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION, "%s", text);
}

/* An anchor of another purpose is told apart from no anchor at all: the operator has to know. */
static gboolean
explain_anchor (const GhCertJudge *judge, const GhPeerEvidence *evidence, GhFault *fault)
{
  const GhSecurityHost *host = judge->host;
  g_autoptr (GPtrArray) all = host->anchors (host->core, GH_PURPOSE_ALL);
  g_auto (GhCertPath) path = { 0 };

  if (gh_cert_path_build (evidence->chain, evidence->n_chain, all, &path, NULL))
    return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION,
                         "%.96s does not vouch for certificates of this kind", path.anchor->id);
  return FALSE;
}

/* From the chain to an anchor that has one of @purposes, everything but the name judged. */
static gboolean
find_path (const GhCertJudge *judge, const GhPeerEvidence *evidence, guint purposes,
           GhCertPath *path, GhFault *fault)
{
  const GhSecurityHost *host = judge->host;
  g_autoptr (GPtrArray) anchors = host->anchors (host->core, purposes);
  const GhCertOcspRules ocsp = { .wall_us = judge->rules.wall_us,
                                 .accept_stale = judge->accept_stale,
                                 .required = judge->require_ocsp && evidence->server };
  GhFault local = { 0 };

  if (!gh_cert_path_build (evidence->chain, evidence->n_chain, anchors, path, &local))
    {
      (void) explain_anchor (judge, evidence, fault);
      return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION, "%s", local.text);
    }
  return gh_cert_path_check (path, &judge->rules, fault)
         && gh_cert_lists_check (judge->lists, path, judge->rules.wall_us, judge->accept_stale,
                                 fault)
         && gh_cert_ocsp_check (&evidence->ocsp, path, &ocsp, fault);
}

static gboolean
is_entry_of (const GhCredential *credential, const gnutls_datum_t *certificate)
{
  gsize size;
  const guint8 *octets = credential->public_data != NULL
                           ? g_bytes_get_data (credential->public_data, &size)
                           : NULL;

  /* An entry without a certificate is for whatever an anchor certifies under that name. */
  return octets == NULL
         || (size >= certificate->size
             && memcmp (octets, certificate->data, certificate->size) == 0);
}

/* The entry of a certificate decides alone, also when it refuses; only a certificate without one is
 * its anchor's. */
static gboolean
claim_entry (const GhCertJudge *judge, GhCredential *entry, const gnutls_datum_t *certificate,
             GhClaim *claim, GhFault *fault)
{
  if (!gh_credential_check_usable (entry, judge->rules.wall_us, fault))
    return FALSE;
  if (!is_entry_of (entry, certificate))
    return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION,
                         "%.96s: another certificate than the one in the vault", entry->id);
  claim->credential = gh_credential_ref (entry);
  return TRUE;
}

static GhCredential *
find_entry (const GhCertJudge *judge, const char *name, const char *identity)
{
  const GhSecurityHost *host = judge->host;
  GhCredential *entry = host->find (host->core, GH_CREDENTIAL_X509, name);

  if (entry == NULL && identity != NULL && strcmp (identity, name) != 0)
    entry = host->find (host->core, GH_CREDENTIAL_X509, identity);
  return entry;
}

/* What the name stands for under this anchor; NULL: a node or device, of which only its entry knows
 * who runs on it. */
static char *
identity_of (const GhCertJudge *judge, const GhSubject *subject, guint purposes)
{
  if (subject->purposes == GH_PURPOSE_AE)
    return g_strdup (subject->text);
  /* "/Sabc" is an AE-ID (TS-0001 7.2): an anchor of CSEs does not vouch for AEs */
  if ((subject->purposes & purposes & GH_PURPOSE_CSE) && subject->text[0] != 'S')
    return gh_subject_cse_id (subject->text, judge->host->sp_domain);
  return NULL;
}

gboolean
gh_cert_judge_peer (const GhCertJudge *judge, const GhPeerEvidence *evidence, GhClaim *claim,
                    GhFault *fault)
{
  g_auto (GhSubject) subject = { 0 };
  g_auto (GhCertPath) path = { 0 };
  g_autoptr (GhCredential) entry = NULL;

  if (!gh_subject_read_der (evidence->chain[0].data, evidence->chain[0].size, &subject, fault)
      || !find_path (judge, evidence, subject.purposes, &path, fault))
    return FALSE;
  *claim = (GhClaim){ .proof = GH_PROOF_X509,
                      .strength = path.strength,
                      .identity = identity_of (judge, &subject, path.anchor->purposes),
                      .not_after_us = MIN (path.not_after_us, path.anchor->not_after_us) };
  entry = find_entry (judge, subject.text, claim->identity);
  if (entry != NULL)
    {
      claim->anchor = gh_credential_ref (path.anchor);
      return claim_entry (judge, entry, &evidence->chain[0], claim, fault);
    }
  if (claim->identity == NULL)
    return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION,
                         "%.96s: a node or device that has no entry in the vault", subject.text);
  claim->credential = gh_credential_ref (path.anchor);
  return TRUE;
}

static gboolean
address_is (gnutls_x509_crt_t certificate, guint index, GInetAddress *address)
{
  guint8 octets[16];
  gsize length = sizeof octets;

  return gnutls_x509_crt_get_subject_alt_name (certificate, index, octets, &length, NULL) >= 0
         && length == g_inet_address_get_native_size (address)
         && memcmp (octets, g_inet_address_to_bytes (address), length) == 0;
}

/* "/mn1" is meant by its public domain name, a host by itself (FQDN certificates may name it in an
 * URI). */
static gboolean
text_is (const GhCertJudge *judge, guint type, const char *text, const char *expected)
{
  const char *host;
  gsize length;

  if (expected[0] == '/')
    {
      g_autofree char *identity = type == GNUTLS_SAN_DNSNAME
                                    ? gh_subject_cse_id (text, judge->host->sp_domain)
                                    : NULL;

      return identity != NULL && strcmp (identity, expected) == 0;
    }
  if (type == GNUTLS_SAN_DNSNAME)
    return g_ascii_strcasecmp (text, expected) == 0;
  return type == GNUTLS_SAN_URI && gh_cert_uri_host (text, &host, &length)
         && strlen (expected) == length && g_ascii_strncasecmp (host, expected, length) == 0;
}

/* Whether one of the names of the certificate is the one that we meant; never the common name.
 * @out_name: how it stands there; (transfer full) */
static gboolean
find_name (const GhCertJudge *judge, gnutls_x509_crt_t certificate, const char *expected,
           char **out_name, GhFault *fault)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (expected);
  gboolean found = FALSE;

  for (guint i = 0; i <= GH_SUBJECT_MAX_NAMES; i++)
    {
      g_autofree char *text = NULL;
      guint type = 0;
      gboolean end;

      if (!gh_subject_read_name (certificate, i, &type, &text, &end, fault))
        return FALSE;
      if (end)
        return found
               || gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION,
                                "the certificate of the server is not for %.96s", expected);
      if (address != NULL && type == GNUTLS_SAN_IPADDRESS)
        found = found || address_is (certificate, i, address);
      else if (address == NULL && text != NULL && text_is (judge, type, text, expected))
        {
          found = TRUE;
          if (*out_name == NULL)
            *out_name = g_steal_pointer (&text);
        }
    }
  return refuse (fault, "subjectAltName: too many names");
}

gboolean
gh_cert_judge_server (const GhCertJudge *judge, const GhPeerEvidence *evidence, GhClaim *claim,
                      GhFault *fault)
{
  const char *expected = evidence->expected_name;
  g_autofree char *name = NULL;
  g_auto (GhCertPath) path = { 0 };
  g_autoptr (GhCredential) entry = NULL;

  if (expected == NULL || expected[0] == '\0')
    return refuse (fault, "a server whose name is not known cannot be judged");
  if (!find_path (judge, evidence, expected[0] == '/' ? GH_PURPOSE_CSE : GH_PURPOSE_SERVER, &path,
                  fault)
      || !find_name (judge, path.certificates[0], expected, &name, fault))
    return FALSE;
  *claim = (GhClaim){ .proof = GH_PROOF_X509,
                      .strength = path.strength,
                      .identity = g_strdup (expected),
                      .not_after_us = MIN (path.not_after_us, path.anchor->not_after_us) };
  /* of a CSE it stands under the name in its certificate, as when that connects to us */
  entry = expected[0] == '/' && name != NULL ? find_entry (judge, name, expected)
                                             : find_entry (judge, expected, NULL);
  if (entry != NULL)
    {
      claim->anchor = gh_credential_ref (path.anchor);
      return claim_entry (judge, entry, &evidence->chain[0], claim, fault);
    }
  claim->credential = gh_credential_ref (path.anchor);
  return TRUE;
}

static gboolean
check_raw_key (const GhCertJudge *judge, const gnutls_datum_t *spki, guint *out_strength,
               GhFault *fault)
{
  gnutls_pubkey_t key;
  unsigned bits = 0;
  int algorithm = GNUTLS_PK_UNKNOWN;

  if (gnutls_pubkey_init (&key) < 0)
    return refuse (fault, "no memory for a key");
  if (gnutls_pubkey_import (key, spki, GNUTLS_X509_FMT_DER) >= 0)
    algorithm = gnutls_pubkey_get_pk_algorithm (key, &bits);
  gnutls_pubkey_deinit (key);
  *out_strength = gh_strength_of_key (algorithm, bits);
  return gh_cert_key_check (algorithm, bits, judge->rules.rsa_bits, "the raw key", fault);
}

/* A raw key proves a server only when its entry says so: targets or identities name it. */
static gboolean
key_is_of (const GhCredential *entry, const char *expected)
{
  const gsize length = expected != NULL ? strlen (expected) : 0;

  if (length == 0)
    return FALSE;
  for (guint i = 0; entry->targets[i] != NULL; i++)
    if (g_ascii_strncasecmp (entry->targets[i], expected, length) == 0
        && entry->targets[i][length] == ':')
      return TRUE;
  return g_strv_contains (entry->identities, expected);
}

gboolean
gh_cert_judge_key (const GhCertJudge *judge, const GhPeerEvidence *evidence, GhClaim *claim,
                   GhFault *fault)
{
  static const guint forms[] = { 256, 128, 120 };
  const GhSecurityHost *host = judge->host;
  const gnutls_datum_t *spki = &evidence->raw_key;
  g_autoptr (GhCredential) entry = NULL;
  g_autofree char *name = NULL;
  guint strength = 0;

  for (guint i = 0; i < G_N_ELEMENTS (forms) && entry == NULL; i++)
    {
      g_free (name);
      name = gh_subject_of_key (spki->data, spki->size, forms[i], fault);
      if (name == NULL)
        return FALSE;
      entry = host->find (host->core, GH_CREDENTIAL_RPK, name);
    }
  if (!check_raw_key (judge, spki, &strength, fault))
    return FALSE;
  if (entry == NULL)
    return refuse (fault, "the raw key is not in the vault");
  if (evidence->server && !key_is_of (entry, evidence->expected_name))
    return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION, "%.96s: not a key of %.96s", entry->id,
                         evidence->expected_name != NULL ? evidence->expected_name : "anybody");
  *claim = (GhClaim){
    .proof = GH_PROOF_RPK, .strength = strength, .not_after_us = GH_NEVER_US
  };
  return claim_entry (judge, entry, spki, claim, fault);
}
