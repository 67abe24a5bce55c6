/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-cert-path.h"

#include "security/gh-strength.h"

#include <string.h>

#define MIN_EC_BITS    256
#define MIN_RSA_BITS   2048
#define MAX_NAME       4096 /* octets of a distinguished name */
#define MAX_SIGNATURE  2048
#define MAX_EXTENSIONS 64
#define DER_SEQUENCE   0x30

void
gh_cert_path_clear (GhCertPath *path)
{
  for (guint i = 0; i < path->n; i++)
    gnutls_x509_crt_deinit (path->certificates[i]);
  path->n = 0;
  g_clear_pointer (&path->anchor, gh_credential_unref);
}

static gboolean refuse (GhFault *fault, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
refuse (GhFault *fault, const char *format, ...)
{
  va_list args;
  g_autofree char *text = NULL;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION, "%s", text);
}

static gnutls_x509_crt_t
import (const guint8 *octets, gsize length)
{
  const gnutls_datum_t der = { (unsigned char *) octets, (unsigned) length };
  gnutls_x509_crt_t certificate = NULL;

  if (length == 0 || length > GH_MAX_CERTIFICATE || gnutls_x509_crt_init (&certificate) < 0)
    return NULL;
  if (gnutls_x509_crt_import (certificate, &der, GNUTLS_X509_FMT_DER) >= 0)
    return certificate;
  gnutls_x509_crt_deinit (certificate);
  return NULL;
}

/* Octets of the definite-length element that begins at @octets, its header included; 0: none. */
static gsize
element_length (const guint8 *octets, gsize available)
{
  gsize header = 2, length = 0;

  if (available < 2 || octets[0] != DER_SEQUENCE)
    return 0;
  if (octets[1] < 0x80)
    length = octets[1];
  else
    {
      const gsize n = octets[1] & 0x7f;

      if (n == 0 || n > 3 || available < 2 + n)
        return 0;
      for (gsize i = 0; i < n; i++)
        length = length << 8 | octets[2 + i];
      header += n;
    }
  return length <= available - header ? header + length : 0;
}

/* What a certificate's signature is over: the first element inside it. */
static gboolean
signed_part (const guint8 *der, gsize length, gnutls_datum_t *out)
{
  const gsize whole = element_length (der, length);
  gsize header;

  if (whole != length)
    return FALSE;
  header = der[1] < 0x80 ? 2 : 2 + (gsize) (der[1] & 0x7f);
  out->data = (unsigned char *) der + header;
  out->size = (unsigned) element_length (der + header, length - header);
  return out->size > 0;
}

static gboolean
verify (gnutls_x509_crt_t certificate, gnutls_pubkey_t key)
{
  g_autofree guint8 *der = g_malloc (GH_MAX_CERTIFICATE);
  char octets[MAX_SIGNATURE];
  gsize length = GH_MAX_CERTIFICATE, size = sizeof octets;
  gnutls_datum_t part, signature = { (unsigned char *) octets, 0 };

  if (gnutls_x509_crt_export (certificate, GNUTLS_X509_FMT_DER, der, &length) < 0
      || !signed_part (der, length, &part)
      || gnutls_x509_crt_get_signature (certificate, octets, &size) < 0)
    return FALSE;
  signature.size = (unsigned) size;
  /* Which algorithms are good enough is judged later, with a reason of its own. */
  return gnutls_pubkey_verify_data2 (key, gnutls_x509_crt_get_signature_algorithm (certificate),
                                     GNUTLS_VERIFY_ALLOW_BROKEN, &part, &signature)
         >= 0;
}

static gboolean
names_match (gnutls_x509_crt_t issuer, gnutls_x509_crt_t certificate)
{
  gnutls_datum_t subject = { NULL, 0 }, wanted = { NULL, 0 };
  gboolean same = FALSE;

  if (gnutls_x509_crt_get_raw_dn (issuer, &subject) >= 0
      && gnutls_x509_crt_get_raw_issuer_dn (certificate, &wanted) >= 0)
    same = subject.size == wanted.size && subject.size <= MAX_NAME
           && memcmp (subject.data, wanted.data, subject.size) == 0;
  gnutls_free (subject.data);
  gnutls_free (wanted.data);
  return same;
}

static gboolean
has_issued (gnutls_x509_crt_t issuer, gnutls_x509_crt_t certificate)
{
  gnutls_pubkey_t key;
  gboolean ok;

  if (!names_match (issuer, certificate) || gnutls_pubkey_init (&key) < 0)
    return FALSE;
  ok = gnutls_pubkey_import_x509 (key, issuer, 0) >= 0 && verify (certificate, key);
  gnutls_pubkey_deinit (key);
  return ok;
}

static gnutls_x509_crt_t
anchor_certificate (const GhCredential *anchor)
{
  gsize size = 0;
  const guint8 *octets = anchor->public_data != NULL ? g_bytes_get_data (anchor->public_data, &size)
                                                     : NULL;

  /* A chain in one piece begins with the anchor itself. */
  return octets != NULL ? import (octets, element_length (octets, size)) : NULL;
}

static gboolean
end_at_anchor (GhCertPath *path, const GPtrArray *anchors)
{
  for (guint i = 0; i < anchors->len; i++)
    {
      GhCredential *anchor = anchors->pdata[i];
      gnutls_x509_crt_t certificate = anchor_certificate (anchor);

      if (certificate == NULL)
        continue;
      if (has_issued (certificate, path->certificates[path->n - 1]))
        {
          path->certificates[path->n++] = certificate;
          path->anchor = gh_credential_ref (anchor);
          return TRUE;
        }
      gnutls_x509_crt_deinit (certificate);
    }
  return FALSE;
}

static gboolean
no_anchor (const GhCertPath *path, GhFault *fault)
{
  if (names_match (path->certificates[path->n - 1], path->certificates[path->n - 1]))
    return refuse (fault, path->n == 1 ? "the certificate is self-signed, and no anchor vouches "
                                         "for it"
                                       : "the chain ends at an authority that is no anchor");
  return refuse (fault, "no anchor has signed the certificate or one of its chain");
}

/* Moves the issuer of the path's last certificate from @chain to the path. */
static gboolean
take_issuer (GhCertPath *path, gnutls_x509_crt_t *chain, guint n_chain)
{
  for (guint i = 0; i < n_chain; i++)
    if (chain[i] != NULL && has_issued (chain[i], path->certificates[path->n - 1]))
      {
        path->certificates[path->n++] = g_steal_pointer (&chain[i]);
        return TRUE;
      }
  return FALSE;
}

static gboolean
follow (GhCertPath *path, gnutls_x509_crt_t *chain, guint n_chain, const GPtrArray *anchors,
        GhFault *fault)
{
  while (!end_at_anchor (path, anchors))
    if (path->n == GH_MAX_CHAIN || !take_issuer (path, chain, n_chain))
      return no_anchor (path, fault);
  return TRUE;
}

gboolean
gh_cert_path_build (const gnutls_datum_t *chain, guint n_chain, const GPtrArray *anchors,
                    GhCertPath *path, GhFault *fault)
{
  gnutls_x509_crt_t others[GH_MAX_CHAIN] = { NULL };
  gboolean ok = TRUE;

  *path = (GhCertPath){ 0 };
  if (n_chain < 1 || n_chain > GH_MAX_CHAIN)
    return refuse (fault, "a chain of %u certificates, 1..%d were expected", n_chain, GH_MAX_CHAIN);
  for (guint i = 0; ok && i < n_chain; i++)
    {
      others[i] = import (chain[i].data, chain[i].size);
      ok = others[i] != NULL || refuse (fault, "certificate %u cannot be read", i + 1);
    }
  if (ok)
    {
      path->certificates[path->n++] = g_steal_pointer (&others[0]);
      ok = follow (path, others, n_chain, anchors, fault);
    }
  for (guint i = 0; i < n_chain; i++)
    if (others[i] != NULL)
      gnutls_x509_crt_deinit (others[i]);
  return ok;
}

gboolean
gh_cert_key_check (int algorithm, guint bits, guint rsa_bits, const char *whose, GhFault *fault)
{
  switch (algorithm)
    {
    case GNUTLS_PK_ECDSA:
      return bits >= MIN_EC_BITS
             || refuse (fault, "%s: a key on a curve of %u bits, at least %d were expected", whose,
                        bits, MIN_EC_BITS);
    case GNUTLS_PK_EDDSA_ED25519:
      return TRUE;
    case GNUTLS_PK_RSA:
    case GNUTLS_PK_RSA_PSS:
      if (rsa_bits == 0)
        return refuse (fault, "%s: an RSA key; [cert] rsa-bits allows none", whose);
      return bits >= MAX (rsa_bits, MIN_RSA_BITS)
             || refuse (fault, "%s: an RSA key of %u bits, at least %u were expected", whose, bits,
                        MAX (rsa_bits, MIN_RSA_BITS));
    default:
      return refuse (fault, "%s: a key of an algorithm that is not used", whose);
    }
}

gboolean
gh_cert_signature_check (int algorithm, const char *whose, GhFault *fault)
{
  const char *name;

  switch (algorithm)
    {
    case GNUTLS_SIGN_ECDSA_SHA256:
    case GNUTLS_SIGN_ECDSA_SHA384:
    case GNUTLS_SIGN_ECDSA_SHA512:
    case GNUTLS_SIGN_EDDSA_ED25519:
    case GNUTLS_SIGN_RSA_SHA256:
    case GNUTLS_SIGN_RSA_SHA384:
    case GNUTLS_SIGN_RSA_SHA512:
    case GNUTLS_SIGN_RSA_PSS_SHA256:
    case GNUTLS_SIGN_RSA_PSS_SHA384:
    case GNUTLS_SIGN_RSA_PSS_SHA512:
      return TRUE;
    default:
      name = gnutls_sign_get_name (algorithm);
      return refuse (fault, "%s: signed with %s, SHA-256 or better was expected", whose,
                     name != NULL ? name : "an unknown algorithm");
    }
}

/* "certificate 1" is the peer's own. */
static const char *
describe (const GhCertPath *path, guint at, char out[32])
{
  g_snprintf (out, 32, at + 1 == path->n ? "the anchor" : "certificate %u", at + 1);
  return out;
}

static gboolean
check_validity (GhCertPath *path, guint at, gint64 wall_us, GhFault *fault)
{
  char whose[32];
  const time_t from = gnutls_x509_crt_get_activation_time (path->certificates[at]);
  const time_t until = gnutls_x509_crt_get_expiration_time (path->certificates[at]);
  const gint64 now_s = wall_us / G_USEC_PER_SEC;

  if (from == (time_t) -1 || until == (time_t) -1)
    return refuse (fault, "%s: its validity cannot be read", describe (path, at, whose));
  if (now_s < (gint64) from)
    return refuse (fault, "%s: is not yet valid", describe (path, at, whose));
  if (now_s > (gint64) until)
    return refuse (fault, "%s: has expired", describe (path, at, whose));
  if ((gint64) until < G_MAXINT64 / G_USEC_PER_SEC)
    path->not_after_us = MIN (path->not_after_us, (gint64) until * G_USEC_PER_SEC);
  return TRUE;
}

/* An extension that must be understood, and is not, makes a certificate unusable (RFC 5280 4.2). */
static gboolean
check_extensions (gnutls_x509_crt_t certificate, const char *whose, GhFault *fault)
{
  static const char *const known[] = { "2.5.29.14", "2.5.29.15", "2.5.29.17", "2.5.29.19",
                                       "2.5.29.30", "2.5.29.35", "2.5.29.37", NULL };

  for (unsigned i = 0; i <= MAX_EXTENSIONS; i++)
    {
      char object_id[128];
      gsize size = sizeof object_id;
      unsigned critical = 0;
      int result = gnutls_x509_crt_get_extension_info (certificate, i, object_id, &size, &critical);

      if (result == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
        return TRUE;
      if (result < 0)
        return refuse (fault, "%s: its extensions cannot be read", whose);
      if (critical && !g_strv_contains (known, object_id))
        return refuse (fault, "%s: the critical extension %s is not known here", whose, object_id);
    }
  return refuse (fault, "%s: more than %d extensions", whose, MAX_EXTENSIONS);
}

static gboolean
check_common (GhCertPath *path, guint at, const GhCertRules *rules, GhFault *fault)
{
  char whose[32];
  unsigned bits = 0;
  gnutls_x509_crt_t certificate = path->certificates[at];
  const int algorithm = gnutls_x509_crt_get_pk_algorithm (certificate, &bits);

  describe (path, at, whose);
  if (gnutls_x509_crt_get_version (certificate) != 3)
    return refuse (fault, "%s: not of version 3", whose);
  const guint strength = gh_strength_of_key (algorithm, bits);
  path->strength = at == 0 ? strength : MIN (path->strength, strength);
  return check_validity (path, at, rules->wall_us, fault)
         && check_extensions (certificate, whose, fault)
         && gh_cert_key_check (algorithm, bits, rules->rsa_bits, whose, fault)
         && (at + 1 == path->n /* nobody relies on the signature of an anchor */
             || gh_cert_signature_check (gnutls_x509_crt_get_signature_algorithm (certificate),
                                         whose, fault));
}

static gboolean
check_authority (const GhCertPath *path, guint at, GhFault *fault)
{
  char whose[32];
  unsigned critical, ca = 0, usage = 0;
  int length = -1;
  gnutls_x509_crt_t certificate = path->certificates[at];

  describe (path, at, whose);
  if (gnutls_x509_crt_get_basic_constraints (certificate, &critical, &ca, &length) < 0 || !ca)
    return refuse (fault, "%s: is no authority (basicConstraints)", whose);
  /* below this one: the peer's own, which does not count, and at - 1 authorities */
  if (length >= 0 && (guint) length < at - 1)
    return refuse (fault, "%s: %u authorities below it, its path length allows %d", whose, at - 1,
                   length);
  if (gnutls_x509_crt_get_key_usage (certificate, &usage, &critical) < 0
      || !(usage & GNUTLS_KEY_KEY_CERT_SIGN))
    return refuse (fault, "%s: its keyUsage does not have keyCertSign", whose);
  return TRUE;
}

/* Without the extension every purpose is allowed; with it, ours or any must be named. */
static gboolean
check_extended_usage (gnutls_x509_crt_t certificate, gboolean server, GhFault *fault)
{
  const char *wanted = server ? GNUTLS_KP_TLS_WWW_SERVER : GNUTLS_KP_TLS_WWW_CLIENT;

  for (unsigned i = 0; i <= MAX_EXTENSIONS; i++)
    {
      char object_id[128];
      gsize size = sizeof object_id;
      unsigned critical;
      int result = gnutls_x509_crt_get_key_purpose_oid (certificate, i, object_id, &size,
                                                        &critical);

      if (result == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE && i == 0)
        return TRUE;
      if (result < 0)
        break;
      if (strcmp (object_id, wanted) == 0 || strcmp (object_id, GNUTLS_KP_ANY) == 0)
        return TRUE;
    }
  return refuse (fault, "certificate 1: its extendedKeyUsage is not for a TLS %s",
                 server ? "server" : "client");
}

static gboolean
check_leaf (const GhCertPath *path, const GhCertRules *rules, GhFault *fault)
{
  unsigned critical, ca = 0, usage = 0;
  int length;
  gnutls_x509_crt_t certificate = path->certificates[0];

  if (gnutls_x509_crt_get_basic_constraints (certificate, &critical, &ca, &length) >= 0 && ca)
    return refuse (fault, "certificate 1: is an authority, not a peer (basicConstraints)");
  if (gnutls_x509_crt_get_key_usage (certificate, &usage, &critical) < 0)
    return refuse (fault, "certificate 1: has no keyUsage");
  if (!(usage & GNUTLS_KEY_DIGITAL_SIGNATURE))
    return refuse (fault, "certificate 1: its keyUsage does not have digitalSignature");
  return check_extended_usage (certificate, rules->server, fault);
}

static gboolean
check_names (const GhCertPath *path, guint at, gboolean required, GhFault *fault)
{
  gboolean any = FALSE;

  for (guint below = 0; below < at; below++)
    if (!gh_cert_constraints_check (path->certificates[at], path->certificates[below], &any, fault))
      return FALSE;
  if (required && !any)
    return refuse (fault, "the authority of certificate 1 has no nameConstraints");
  return TRUE;
}

gboolean
gh_cert_path_check (GhCertPath *path, const GhCertRules *rules, GhFault *fault)
{
  path->not_after_us = GH_NEVER_US;
  for (guint at = path->n; at-- > 0;)
    if (!check_common (path, at, rules, fault) || (at > 0 && !check_authority (path, at, fault)))
      return FALSE;
  if (!check_leaf (path, rules, fault))
    return FALSE;
  for (guint at = path->n; at-- > 1;)
    if (!check_names (path, at, at == 1 && rules->require_name_constraints, fault))
      return FALSE;
  return TRUE;
}
