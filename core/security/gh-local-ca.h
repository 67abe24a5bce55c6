/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "security/gh-vault.h"

G_BEGIN_DECLS

/* A certification authority for people who have none: everything on P-256 with SHA-256 (TS-0003
 * 10.1), its keys and certificates in items of the vault.
 *
 * There are two authorities. The root signs certificates of servers, CSEs, nodes and devices, and
 * the AE authority, which signs AE-ID certificates only and is constrained to the host part of
 * their URIs, as TS-0003 10.1.1.5 demands: a constraint on URIs in the root would make the URNs of
 * nodes invalid (RFC 5280 4.2.1.10). Names of the domain name system are constrained in the root.
 * Both are anchors of the vault; a certificate is admitted only by an entry of its own.
 *
 * All functions block on the disk; any thread, one at a time. */

/* Items of the vault. Certificates are DER, one after the other; keys PKCS #8, DER. */
#define GH_CA_ITEM_SERVER_KEY         "server-key"
#define GH_CA_ITEM_SERVER_CERTIFICATE "server-certificate"

typedef enum {
  GH_CA_AE,     /* "//example.org/mn1/Cpump": absolute AE-ID */
  GH_CA_CSE,    /* "mn1.in.example.org": public domain name of the CSE (TS-0001 6.5.1.1) */
  GH_CA_NODE,   /* "urn:dev:mac:0024befffe804ff1" or a domain name */
  GH_CA_DEVICE, /* "2.16.840.1.1:4.5.6": object identifier and value */
  GH_N_CA_FLAVOURS
} GhCaFlavour;

/** gh_ca_flavour_parse: "ae", "cse", "node", "device". */
gboolean gh_ca_flavour_parse (const char *name, GhCaFlavour *out);

/** GhCaSite: whom the authority works for; borrowed. */
typedef struct {
  const char *sp_domain, *cse_id; /* "example.org", "in" */
  const char *const *hosts;       /* names of this machine; NULL-terminated */
  GInetAddress *const *addresses; /* listeners' addresses; NULL-terminated, may be NULL */
} GhCaSite;

gboolean gh_local_ca_exists (GhVault *vault);

/** gh_local_ca_init: makes both authorities, valid for ten years, and their anchors. CONFLICT when
 * there are some, unless @replace: then the old ones stay anchors until they are revoked. */
gboolean gh_local_ca_init (GhVault *vault, GhClock *clock, const GhCaSite *site, gboolean replace,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** gh_local_ca_server_due: the server has no certificate, or this authority has signed it and it
 * ends within 30 days; that of somebody else is not ours to renew. */
gboolean gh_local_ca_server_due (GhVault *vault, GhClock *clock);
/** gh_local_ca_has_server: the server's certificate in the vault was signed by this authority. */
gboolean gh_local_ca_has_server (GhVault *vault);
/** gh_local_ca_issue_server: a certificate for one year: the hosts, the public domain name of the
 * CSE, and the addresses. @new_key: for another key; else for the one that there is, which peers
 * with raw public keys know. */
gboolean gh_local_ca_issue_server (GhVault *vault, GhClock *clock, const GhCaSite *site,
                                   gboolean new_key, GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
  GhCaFlavour flavour;
  const char *subject;
  GBytes *request; /* (nullable): PKCS #10, PEM or DER: its key, nothing else, is taken over */
  guint days;      /* of validity, 1..3650; 0: 365; it never outlives the authority */
} GhCaOrder;

/**
 * gh_local_ca_issue:
 * @out_key: (transfer full): the private key, PKCS #8 as DER; NULL with a request. Kept nowhere.
 * @out_chain: (transfer full): the certificate, and that of the AE authority, DER
 */
gboolean gh_local_ca_issue (GhVault *vault, GhClock *clock, const GhCaOrder *order,
                            GhSecret **out_key, GBytes **out_chain, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_local_ca_revoke: enters @certificate (DER; the first of a chain) into the list of the
 * authority that signed it; NOT_FOUND when none of ours did. TRUE when it is there already. */
gboolean gh_local_ca_revoke (GhVault *vault, GhClock *clock, GBytes *certificate, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_local_ca_export_lists: both revocation lists as PEM, signed anew, good for 30 days.
 * gh_local_ca_export_certificates: both authorities' as PEM. (transfer full) */
char *gh_local_ca_export_lists (GhVault *vault, GhClock *clock, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
char *gh_local_ca_export_certificates (GhVault *vault, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** gh_pem_encode: @label: "CERTIFICATE"; all DER elements of @data, one block each. (transfer full)
 * For what is no secret. */
char *gh_pem_encode (const char *label, GBytes *data, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
