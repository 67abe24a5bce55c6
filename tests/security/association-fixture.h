/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gnutls/abstract.h>
#include <gnutls/x509.h>

#include "security/gh-datagram.h"
#include "security/gh-stream.h"

/* Two CSEs in one process, each with its own vault, and a network between their datagram layers
 * that a test can disturb. */

#define FIXTURE_WALL_US (G_GINT64_CONSTANT (1790000000) * G_USEC_PER_SEC)
#define FIXTURE_SECOND  ((gint64) G_USEC_PER_SEC)

typedef struct _Net Net;

typedef struct {
  Net *net;
  const char *name; /* "server", "client" */
  GhPeer address;
  GhSecurity *security;
  GhVault *vault;
  GhTlsContext *server, *client;
  GhDatagramLayer *layer;
  GPtrArray *opened; /* of GhAssociation that are open */
  GString *log;      /* "opened\n", "received TEXT\n", "closed REASON\n" */
  guint n_opened, n_closed, n_received;
  gboolean echo; /* what is received is sent back */
} Side;

typedef struct {
  GhPeer from, to;
  GBytes *octets;
} Datagram;

struct _Net {
  GhClock *clock;
  Side *sides[2];
  GQueue queue; /* of Datagram */
  guint n_sent;
  gsize n_octets;
  /* How often a datagram arrives: 0 lost, 1, 2 doubled; NULL: once. */
  guint (*disturb) (Net *net, const Datagram *datagram);
  GRand *random;
  gboolean reorder;
};

typedef struct {
  const char *profile; /* "onem2m" by default */
  guint ticket_s;      /* 24 h by default; G_MAXUINT: none */
  guint max_associations, max_per_source, max_handshakes;
  gint64 idle_us;
  gboolean require_certificate;
  GhClock *clock;
  GhVault *vault; /* of the server; (transfer full); NULL: a new one */
} FixtureOptions;

GhPeer fixture_peer (const char *address, guint16 port);
/** fixture_security: a CSE's security with a vault in memory that has a key and a certificate of a
 * server, and a plugin that proves all kinds of credentials by what the vault has. */
GhSecurity *fixture_security (GhClock *clock, GhVault *vault);
/** fixture_security_with: the same with another plugin. */
GhSecurity *fixture_security_with (GhClock *clock, GhVault *vault, const GhSecurityOps *ops);
/** fixture_add_client_keys: a certificate and a raw key that are shown to these. */
void fixture_add_client_keys (GhVault *vault, const char *x509_target, const char *rpk_target);
GhTlsContext *fixture_context (GhSecurity *security, GhTlsRole role, gboolean datagram,
                               const FixtureOptions *options);
Net *fixture_net_new (const FixtureOptions *options);
void fixture_net_free (Net *net);
/** fixture_net_restart: another layer for @side. */
void fixture_net_restart (Side *side, const GhDatagramOptions *options);
/** fixture_pump: until no datagram is under way. */
void fixture_pump (Net *net);
/** fixture_pass: time passes in steps that wake both layers when they ask for it. */
void fixture_pass (Net *net, gint64 us);
/** fixture_connect: the client's handshake is begun; @authority "server:5684" */
GhAssociation *fixture_connect (Net *net);
/** fixture_connected: the same, and succeeds. */
GhAssociation *fixture_connected (Net *net);
GhAssociation *fixture_last (Side *side);

/** fixture_share_psk: the same key on both sides; returns its number in the server's vault. */
guint64 fixture_share_psk (Net *net, const char *identity);
GhCredential *fixture_add_psk (GhVault *vault, const char *identity, const char *target,
                               const char *key);
/** fixture_share_certificate, fixture_share_raw_key: the client has a key of its own, which the
 * server knows; @curve: 0 for P-256. */
guint64 fixture_share_certificate (Net *net, gnutls_ecc_curve_t curve,
                                   gnutls_digest_algorithm_t digest);
guint64 fixture_share_raw_key (Net *net, gnutls_ecc_curve_t curve);
/** fixture_trust_server: the client accepts the server's certificate and raw key. */
void fixture_trust_server (Net *net);
