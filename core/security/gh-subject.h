/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gnutls/x509.h>

#include "security/gh-credential.h"

G_BEGIN_DECLS

/* What a certificate or a raw public key calls its holder: the subject of its credential in the
 * vault (TS-0003 10.1). Pure functions over DER. */

/* Limits; what is beyond them is refused. */
#define GH_SUBJECT_MAX_TEXT  255   /* octets of a name */
#define GH_SUBJECT_MAX_NAMES 32    /* names in one subjectAltName */
#define GH_SUBJECT_MAX_DER   16384 /* octets of a certificate */
#define GH_SUBJECT_MAX_KEY   2048  /* octets of a SubjectPublicKeyInfo */

/** GhSubject: the one name that a certificate has for its holder. */
typedef struct {
  guint purposes; /* GhPurpose bits: flavours that such a name can stand for; the anchor decides */
  char *text;     /* "//example.org/mn1/Cpump" (URI), "mn1.in.example.org" (dNSName),
                   * "urn:dev:mac:0024befffe804ff1" (URI), "2.16.840.1.1:4.5.6" (otherName) */
} GhSubject;

void gh_subject_clear (GhSubject *subject);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GhSubject, gh_subject_clear)

/**
 * gh_subject_read:
 * The name in the subjectAltName of @certificate. Names of one form only, and one of them, but for
 * hardware identifiers (otherName), of which the first counts; addresses and mail addresses are
 * passed over. Refused: no name, names that contradict each other, a wildcard, a zero octet and
 * everything else that is not printable ASCII. @out is to be cleared. Any thread.
 */
gboolean gh_subject_read (gnutls_x509_crt_t certificate, GhSubject *out, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_subject_read_der: gh_subject_read() of a certificate in DER. */
gboolean gh_subject_read_der (gconstpointer der, gsize length, GhSubject *out, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_subject_read_name: name @index of the subjectAltName.
 * @out_type: GNUTLS_SAN_DNSNAME, _URI, _OTHERNAME ("type:value") or another, whose text is NULL
 * @out_text: (transfer full)
 * @out_end: TRUE: there is no such name, and nothing else is set
 * Returns: FALSE with @fault: a name that is not printable ASCII, or that is a wildcard
 */
gboolean gh_subject_read_name (gnutls_x509_crt_t certificate, guint index, guint *out_type,
                               char **out_text, gboolean *out_end, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_subject_of_key:
 * @spki: SubjectPublicKeyInfo, DER
 * @bits: 256, 128 or 120: of the digest that is kept (RFC 6920 2: sha-256, sha-256-128,
 * sha-256-120)
 * Returns: (transfer full): "ni:///sha-256;f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkGk"; the
 * vault has the one of 256 bits. NULL with @fault when @spki is no public key. Any thread.
 */
char *gh_subject_of_key (gconstpointer spki, gsize length, guint bits, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_subject_cse_id: the CSE that a public domain name stands for (TS-0001 6.5.1.1).
 * @domain_name: "in.example.org", "mn1.in.example.org"
 * @sp_domain: of this CSE, "example.org"
 * Returns: (transfer full): "/mn1" in our service provider's domain, else "//example.com/in" with
 * the first label as its CSE-ID; NULL: not the name of a CSE
 */
char *gh_subject_cse_id (const char *domain_name, const char *sp_domain);

G_END_DECLS
