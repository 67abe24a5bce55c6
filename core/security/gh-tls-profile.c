/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "security/gh-tls-profile.h"

#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <string.h>

#define SUITE(first, second, kx, cipher, mac)                                                    \
  {                                                                                              \
    { first, second }, #kx "_" #cipher, GNUTLS_KX_##kx, GNUTLS_CIPHER_##cipher, GNUTLS_MAC_##mac \
  }
#define SUITE_13(second, cipher)                                                                   \
  {                                                                                                \
    { 0x13, second }, "TLS13_" #cipher, GNUTLS_KX_UNKNOWN, GNUTLS_CIPHER_##cipher, GNUTLS_MAC_AEAD \
  }

static const gnutls_protocol_t only_tls12[] = { GNUTLS_TLS1_2, 0 };
static const gnutls_protocol_t only_dtls12[] = { GNUTLS_DTLS1_2, 0 };
static const gnutls_protocol_t tls13_and_12[] = { GNUTLS_TLS1_3, GNUTLS_TLS1_2, 0 };

/* TS-0003 10.2: TLS and DTLS 1.2; these are also the four suites that the channel security of LwM2M
 * (8.1.1 to 8.1.3) requires: pre-shared keys, and ECDHE_ECDSA for raw keys and certificates, each
 * with AES_128_CCM_8 and with AES_128_CBC_SHA256. */
static const GhTlsSuite mandatory_suites[] = {
  SUITE (0xc0, 0xae, ECDHE_ECDSA, AES_128_CCM_8, AEAD),
  SUITE (0xc0, 0x23, ECDHE_ECDSA, AES_128_CBC, SHA256),
  SUITE (0xc0, 0xa8, PSK, AES_128_CCM_8, AEAD),
  SUITE (0x00, 0xae, PSK, AES_128_CBC, SHA256),
};

static const GhTlsSuite modern_suites[] = {
  SUITE_13 (0x01, AES_128_GCM),
  SUITE_13 (0x02, AES_256_GCM),
  SUITE_13 (0x03, CHACHA20_POLY1305),
  SUITE_13 (0x04, AES_128_CCM),
  SUITE (0xc0, 0x2b, ECDHE_ECDSA, AES_128_GCM, AEAD),
  SUITE (0xc0, 0x2c, ECDHE_ECDSA, AES_256_GCM, AEAD),
  SUITE (0xcc, 0xa9, ECDHE_ECDSA, CHACHA20_POLY1305, AEAD),
  SUITE (0xc0, 0xac, ECDHE_ECDSA, AES_128_CCM, AEAD),
  SUITE (0xc0, 0x2f, ECDHE_RSA, AES_128_GCM, AEAD),
  SUITE (0xc0, 0x30, ECDHE_RSA, AES_256_GCM, AEAD),
  SUITE (0xcc, 0xa8, ECDHE_RSA, CHACHA20_POLY1305, AEAD),
  SUITE (0xcc, 0xac, ECDHE_PSK, CHACHA20_POLY1305, AEAD),
  SUITE (0x00, 0xa8, PSK, AES_128_GCM, AEAD),
  SUITE (0x00, 0xa9, PSK, AES_256_GCM, AEAD),
  SUITE (0xcc, 0xab, PSK, CHACHA20_POLY1305, AEAD),
  SUITE (0xc0, 0xa4, PSK, AES_128_CCM, AEAD),
};

/* TS-0003 10.1: P-256 with SHA-256; the next stronger pair is allowed beside it. */
static const gnutls_group_t onem2m_groups[] = { GNUTLS_GROUP_SECP256R1, GNUTLS_GROUP_SECP384R1,
                                                GNUTLS_GROUP_INVALID };
static const gnutls_sign_algorithm_t onem2m_signatures[] = { GNUTLS_SIGN_ECDSA_SHA256,
                                                             GNUTLS_SIGN_ECDSA_SHA384,
                                                             GNUTLS_SIGN_UNKNOWN };

/* LwM2M 8.1.2, 8.1.3: no SHA-1, keys of at least 256 bits; nothing else about curves. */
static const gnutls_group_t lwm2m_groups[] = { GNUTLS_GROUP_SECP256R1, GNUTLS_GROUP_SECP384R1,
                                               GNUTLS_GROUP_SECP521R1, GNUTLS_GROUP_X25519,
                                               GNUTLS_GROUP_INVALID };
static const gnutls_sign_algorithm_t lwm2m_signatures[] = {
  GNUTLS_SIGN_ECDSA_SHA256, GNUTLS_SIGN_ECDSA_SHA384, GNUTLS_SIGN_ECDSA_SHA512, GNUTLS_SIGN_UNKNOWN
};

static const gnutls_group_t modern_groups[] = { GNUTLS_GROUP_X25519, GNUTLS_GROUP_SECP256R1,
                                                GNUTLS_GROUP_SECP384R1, GNUTLS_GROUP_SECP521R1,
                                                GNUTLS_GROUP_INVALID };
static const gnutls_sign_algorithm_t modern_signatures[] = { GNUTLS_SIGN_ECDSA_SECP256R1_SHA256,
                                                             GNUTLS_SIGN_ECDSA_SHA256,
                                                             GNUTLS_SIGN_ECDSA_SECP384R1_SHA384,
                                                             GNUTLS_SIGN_ECDSA_SHA384,
                                                             GNUTLS_SIGN_ECDSA_SECP521R1_SHA512,
                                                             GNUTLS_SIGN_ECDSA_SHA512,
                                                             GNUTLS_SIGN_EDDSA_ED25519,
                                                             GNUTLS_SIGN_RSA_PSS_RSAE_SHA256,
                                                             GNUTLS_SIGN_RSA_PSS_RSAE_SHA384,
                                                             GNUTLS_SIGN_RSA_PSS_RSAE_SHA512,
                                                             GNUTLS_SIGN_RSA_SHA256,
                                                             GNUTLS_SIGN_RSA_SHA384,
                                                             GNUTLS_SIGN_UNKNOWN };

static const GhTlsProfile profiles[] = {
  { "onem2m", mandatory_suites, G_N_ELEMENTS (mandatory_suites), only_tls12, only_dtls12,
    onem2m_groups, onem2m_signatures, 256, 0 },
  { "lwm2m", mandatory_suites, G_N_ELEMENTS (mandatory_suites), only_tls12, only_dtls12,
    lwm2m_groups, lwm2m_signatures, 256, 0 },
  { "modern", modern_suites, G_N_ELEMENTS (modern_suites), tls13_and_12, only_dtls12, modern_groups,
    modern_signatures, 256, 3072 },
};

static const char *const profile_names[] = { "onem2m", "lwm2m", "modern", NULL };

const GhTlsProfile *
gh_tls_profile_find (const char *name)
{
  for (guint i = 0; name != NULL && i < G_N_ELEMENTS (profiles); i++)
    if (strcmp (profiles[i].name, name) == 0)
      return &profiles[i];
  return NULL;
}

const char *const *
gh_tls_profile_names (void)
{
  return profile_names;
}

const GhTlsSuite *
gh_tls_profile_find_suite (const GhTlsProfile *profile, guint8 first, guint8 second)
{
  for (guint i = 0; i < profile->n_suites; i++)
    if (profile->suites[i].id[0] == first && profile->suites[i].id[1] == second)
      return &profile->suites[i];
  return NULL;
}

gboolean
gh_tls_suite_is_psk (const GhTlsSuite *suite)
{
  return suite->kx == GNUTLS_KX_PSK || suite->kx == GNUTLS_KX_ECDHE_PSK;
}

static gboolean
is_offered (const GhTlsSuite *suite, const GhTlsOffer *offer)
{
  return gh_tls_suite_is_psk (suite) ? offer->psk : offer->certificates;
}

/* Each word once, in the order of its first use. */
static void
add_word (GString *out, const char *prefix, const char *word)
{
  g_autofree char *item = g_strconcat (":+", prefix, word, NULL);
  gsize length = strlen (item);
  for (const char *at = strstr (out->str, item); at != NULL; at = strstr (at + 1, item))
    if (at[length] == '\0' || at[length] == ':')
      return;
  g_string_append (out, item);
}

/* External pre-shared keys are for 1.2 only: the two hashes that TLS 1.3 ties them to are not
 * provisioned with them. */
static void
add_versions (GString *out, const GhTlsProfile *profile, const GhTlsOffer *offer)
{
  const gnutls_protocol_t *versions = offer->datagram ? profile->datagram_versions
                                                      : profile->stream_versions;
  for (; *versions != 0; versions++)
    if (*versions != GNUTLS_TLS1_3 || !offer->psk)
      add_word (out, "VERS-", gnutls_protocol_get_name (*versions));
}

static void
add_certificate_types (GString *out, const GhTlsOffer *offer)
{
  if (offer->raw_keys && offer->raw_first)
    g_string_append (out, ":+CTYPE-CLI-RAWPK:+CTYPE-SRV-RAWPK");
  g_string_append (out, ":+CTYPE-CLI-X509:+CTYPE-SRV-X509");
  if (offer->raw_keys && !offer->raw_first)
    g_string_append (out, ":+CTYPE-CLI-RAWPK:+CTYPE-SRV-RAWPK");
}

char *
gh_tls_profile_priority (const GhTlsProfile *profile, const GhTlsOffer *offer)
{
  GString *out = g_string_new ("NONE");
  add_versions (out, profile, offer);
  for (guint i = 0; i < profile->n_suites; i++)
    {
      const GhTlsSuite *suite = &profile->suites[i];
      if (!is_offered (suite, offer) || (suite->kx == GNUTLS_KX_UNKNOWN && offer->datagram))
        continue;
      add_word (out, "", gnutls_cipher_get_name (suite->cipher));
      add_word (out, "", gnutls_mac_get_name (suite->mac));
      if (suite->kx != GNUTLS_KX_UNKNOWN)
        add_word (out, "", gnutls_kx_get_name (suite->kx));
    }
  for (const gnutls_group_t *group = profile->groups; *group != GNUTLS_GROUP_INVALID; group++)
    add_word (out, "GROUP-", gnutls_group_get_name (*group));
  for (const gnutls_sign_algorithm_t *sign = profile->signatures; *sign != GNUTLS_SIGN_UNKNOWN;
       sign++)
    add_word (out, "SIGN-", gnutls_sign_get_name (*sign));
  add_certificate_types (out, offer);
  g_string_append (out, ":+COMP-NULL:%PROFILE_HIGH");
  return g_string_free (out, FALSE);
}

static gboolean
judge_version (const GhTlsProfile *profile, gnutls_protocol_t version, GhFault *fault)
{
  for (const gnutls_protocol_t *v = profile->stream_versions; *v != 0; v++)
    if (*v == version)
      return TRUE;
  for (const gnutls_protocol_t *v = profile->datagram_versions; *v != 0; v++)
    if (*v == version)
      return TRUE;
  return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION, "%s is not allowed by the profile %s",
                       gnutls_protocol_get_name (version), profile->name);
}

static gboolean
judge_suite (const GhTlsProfile *profile, gnutls_session_t session, gnutls_kx_algorithm_t kx,
             GhFault *fault)
{
  gnutls_cipher_algorithm_t cipher = gnutls_cipher_get (session);
  gnutls_mac_algorithm_t mac = gnutls_mac_get (session);
  gboolean is_13 = gnutls_protocol_get_version (session) == GNUTLS_TLS1_3;
  for (guint i = 0; i < profile->n_suites; i++)
    {
      const GhTlsSuite *suite = &profile->suites[i];
      if (suite->cipher == cipher && suite->mac == mac
          && (is_13 ? suite->kx == GNUTLS_KX_UNKNOWN : suite->kx == kx))
        return TRUE;
    }
  return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION, "%s with %s and %s is not in the profile %s",
                       gnutls_kx_get_name (kx), gnutls_cipher_get_name (cipher),
                       gnutls_mac_get_name (mac), profile->name);
}

static gboolean
judge_group (const GhTlsProfile *profile, gnutls_group_t used, GhFault *fault)
{
  for (const gnutls_group_t *group = profile->groups; *group != GNUTLS_GROUP_INVALID; group++)
    if (*group == used)
      return TRUE;
  return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION, "the group %s is not in the profile %s",
                       gnutls_group_get_name (used), profile->name);
}

/* @used is unknown where nothing was signed: pre-shared keys, TLS 1.3 resumed. */
static gboolean
judge_signature (const GhTlsProfile *profile, int used, GhFault *fault)
{
  if (used == GNUTLS_SIGN_UNKNOWN)
    return TRUE;
  for (const gnutls_sign_algorithm_t *sign = profile->signatures; *sign != GNUTLS_SIGN_UNKNOWN;
       sign++)
    if ((int) *sign == used)
      return TRUE;
  return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION, "the signature %s is not in the profile %s",
                       gnutls_sign_get_name ((gnutls_sign_algorithm_t) used), profile->name);
}

gboolean
gh_tls_profile_judge (const GhTlsProfile *profile, gnutls_session_t session, GhFault *fault)
{
  gnutls_kx_algorithm_t kx = gnutls_kx_get (session);
  if (!judge_version (profile, gnutls_protocol_get_version (session), fault)
      || !judge_suite (profile, session, kx, fault))
    return FALSE;
  if (kx != GNUTLS_KX_PSK && !judge_group (profile, gnutls_group_get (session), fault))
    return FALSE;
  return judge_signature (profile, gnutls_sign_algorithm_get (session), fault)
         && judge_signature (profile, gnutls_sign_algorithm_get_client (session), fault);
}

static gboolean
judge_key (const GhTlsProfile *profile, gnutls_pk_algorithm_t algorithm, guint bits, GhFault *fault)
{
  switch ((int) algorithm)
    {
    case GNUTLS_PK_ECDSA:
      if (bits >= profile->min_ec_bits)
        return TRUE;
      return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION,
                           "an EC key of %u bits where the profile %s asks for %u", bits,
                           profile->name, profile->min_ec_bits);
    case GNUTLS_PK_RSA:
    case GNUTLS_PK_RSA_PSS:
      if (profile->min_rsa_bits > 0 && bits >= profile->min_rsa_bits)
        return TRUE;
      return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION,
                           "an RSA key of %u bits under the profile %s", bits, profile->name);
    case GNUTLS_PK_EDDSA_ED25519:
      if (profile->min_rsa_bits > 0)
        return TRUE;
      break;
    default:
      break;
    }
  return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION, "a key of the kind %s under the profile %s",
                       gnutls_pk_get_name (algorithm), profile->name);
}

/* A root vouches for itself by being trusted, not by its signature. */
static gboolean
judge_certificate_signature (gnutls_x509_crt_t certificate, GhFault *fault)
{
  int algorithm = gnutls_x509_crt_get_signature_algorithm (certificate);
  gnutls_sign_algorithm_t sign = algorithm > 0 ? (gnutls_sign_algorithm_t) algorithm
                                               : GNUTLS_SIGN_UNKNOWN;
  switch ((int) gnutls_sign_get_hash_algorithm (sign))
    {
    case GNUTLS_DIG_SHA256:
    case GNUTLS_DIG_SHA384:
    case GNUTLS_DIG_SHA512:
      return TRUE;
    default:
      break;
    }
  if (sign == GNUTLS_SIGN_EDDSA_ED25519)
    return TRUE;
  const char *name = gnutls_sign_get_name (sign);
  return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION, "a certificate is signed with %s",
                       name != NULL ? name : "something unknown");
}

static gboolean
judge_certificate (const GhTlsProfile *profile, const gnutls_datum_t *der, gboolean own,
                   GhFault *fault)
{
  if (der->size > GH_MAX_CERTIFICATE)
    return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION, "a certificate of %u octets, at most %d",
                         der->size, GH_MAX_CERTIFICATE);
  gnutls_x509_crt_t certificate;
  if (gnutls_x509_crt_init (&certificate) < 0)
    return gh_fault_set (fault, GH_ERROR_FAILED, "out of memory");
  gboolean ok = FALSE;
  unsigned bits = 0;
  int algorithm = -1;
  if (gnutls_x509_crt_import (certificate, der, GNUTLS_X509_FMT_DER) >= 0)
    algorithm = gnutls_x509_crt_get_pk_algorithm (certificate, &bits);
  if (algorithm < 0)
    gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION, "a certificate cannot be read");
  else
    ok = judge_key (profile, (gnutls_pk_algorithm_t) algorithm, bits, fault)
         && ((!own && gnutls_x509_crt_check_issuer (certificate, certificate) != 0)
             || judge_certificate_signature (certificate, fault));
  gnutls_x509_crt_deinit (certificate);
  return ok;
}

static gboolean
judge_raw_key (const GhTlsProfile *profile, const gnutls_datum_t *der, GhFault *fault)
{
  gnutls_pubkey_t key;
  if (gnutls_pubkey_init (&key) < 0)
    return gh_fault_set (fault, GH_ERROR_FAILED, "out of memory");
  gboolean ok = FALSE;
  unsigned bits = 0;
  int algorithm = -1;
  if (gnutls_pubkey_import (key, der, GNUTLS_X509_FMT_DER) >= 0)
    algorithm = gnutls_pubkey_get_pk_algorithm (key, &bits);
  if (algorithm < 0)
    gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION, "the raw public key cannot be read");
  else
    ok = judge_key (profile, (gnutls_pk_algorithm_t) algorithm, bits, fault);
  gnutls_pubkey_deinit (key);
  return ok;
}

gboolean
gh_tls_profile_judge_keys (const GhTlsProfile *profile, const GhPeerEvidence *evidence,
                           GhFault *fault)
{
  if (evidence->chain == NULL)
    return judge_raw_key (profile, &evidence->raw_key, fault);
  if (evidence->n_chain > GH_MAX_CHAIN)
    return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION, "a chain of %u certificates, at most %d",
                         evidence->n_chain, GH_MAX_CHAIN);
  for (guint i = 0; i < evidence->n_chain; i++)
    if (!judge_certificate (profile, &evidence->chain[i], i == 0, fault))
      return FALSE;
  return TRUE;
}
