/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "../../plugins/cert/gh-cert-judge.h"
#include "gh-cse-config.h"
#include "security/gh-credential-private.h"

/* The first octet says which evidence follows, then each part with its length in two octets: a
 * stapled answer, the certificate of an anchor, and the chain; or a raw key alone. */

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

typedef struct {
  const guint8 *octets;
  gsize left;
} Reader;

static gnutls_datum_t
take (Reader *reader)
{
  gnutls_datum_t part = { NULL, 0 };
  gsize length;

  if (reader->left < 2)
    return part;
  length = MIN ((gsize) reader->octets[0] << 8 | reader->octets[1], reader->left - 2);
  part.data = (unsigned char *) reader->octets + 2;
  part.size = (unsigned) length;
  reader->octets += 2 + length;
  reader->left -= 2 + length;
  return part;
}

static GhCredential *
host_find (gpointer core, GhCredentialKind kind, const char *subject)
{
  return NULL;
}

static GPtrArray *
host_anchors (gpointer core, guint purposes)
{
  GPtrArray *found = g_ptr_array_new_with_free_func ((GDestroyNotify) gh_credential_unref);

  g_ptr_array_add (found, gh_credential_ref (core));
  return found;
}

static GhCredential *
make_anchor (const gnutls_datum_t *certificate)
{
  g_autoptr (GBytes) octets = g_bytes_new (certificate->data, certificate->size);
  const GhCredential fields = { .kind = GH_CREDENTIAL_ANCHOR,
                                .state = GH_CREDENTIAL_ACTIVE,
                                .id = "anchor",
                                .subject = "anchor",
                                .purposes = GH_PURPOSE_ALL,
                                .not_after_us = GH_NEVER_US,
                                .public_data = octets };

  return gh_credential_new (&fields);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  Reader reader = { data + 1, size > 0 ? size - 1 : 0 };
  gnutls_datum_t chain[GH_MAX_CHAIN], anchor;
  GhPeerEvidence evidence = { .chain = chain,
                              .wall_us = G_GINT64_CONSTANT (1795500000) * G_USEC_PER_SEC };
  g_autoptr (GhConfig) config = gh_config_new (gh_cse_config_keys);
  g_autoptr (GhClock) clock = gh_clock_new_fake (evidence.wall_us);
  g_autoptr (GhCredential) credential = NULL;
  GhSecurityPlugin *plugin;
  GhClaim claim;
  GhFault fault = { 0 };

  if (size == 0)
    return 0;
  evidence.server = (data[0] & 1) != 0;
  evidence.expected_name = evidence.server ? "host.example.org" : NULL;
  if (data[0] & 2)
    evidence.raw_key = take (&reader);
  evidence.ocsp = take (&reader);
  anchor = take (&reader);
  while (reader.left > 2 && evidence.n_chain < GH_MAX_CHAIN)
    chain[evidence.n_chain++] = take (&reader);
  credential = make_anchor (&anchor);
  GhSecurityHost host = { .struct_size = sizeof host,
                          .core = credential,
                          .config = config,
                          .clock = clock,
                          .cse_id = "in",
                          .sp_domain = "example.org",
                          .find = host_find,
                          .anchors = host_anchors };
  plugin = gh_cert_security_ops.create (&host, NULL);
  if (gh_cert_security_ops.judge_peer (plugin, &evidence, &claim, &fault) == fault.set)
    g_error ("a claim and a fault, or neither");
  gh_claim_clear (&claim);
  gh_cert_security_ops.free (plugin);
  return 0;
}
