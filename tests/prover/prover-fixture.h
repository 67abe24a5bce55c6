/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "security/gh-security-plugin.h"

/* A vault made of a few records, as a security plugin sees it through its host. */

typedef struct {
  GhSecurityHost host;
  GhConfig *config;
  GPtrArray *credentials; /* GhCredential */
} ProverFixture;

/* @configuration: text of a file; CSE-ID "/in", domain "example.org", the clock is the system's */
void prover_fixture_init (ProverFixture *fixture, const char *configuration);
void prover_fixture_clear (ProverFixture *fixture);
/* Adds a copy of @fields; its id is "KIND-SUBJECT", validity without end unless set. */
void prover_fixture_add (ProverFixture *fixture, const GhCredential *fields);
/* The plugin of @ops over @fixture. */
GhSecurityPlugin *prover_fixture_create (ProverFixture *fixture, const GhSecurityOps *ops);
/* gh_security_find_key() needs a query; text with @length octets. */
GhKeyStatus prover_fixture_lookup (GhSecurityPlugin *plugin, const GhSecurityOps *ops,
                                   const char *identity, gsize length);

/* A folder with what make-pki makes; removed at exit. NULL: openssl or certtool is missing. */
const char *prover_fixture_pki (void);
GBytes *prover_fixture_read (const char *name);
