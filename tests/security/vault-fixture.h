/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "security/gh-vault.h"

/* A vault in a folder of its own, with a key that is known and a clock that stands. */

#define FIXTURE_NOW_US G_GINT64_CONSTANT (1800000000000000)

typedef struct {
  char *folder, *path;
  GhSecret *key;
  GhClock *clock;
  GhVault *vault;
} VaultFixture;

void vault_fixture_set_up (VaultFixture *fixture, gconstpointer data);
void vault_fixture_tear_down (VaultFixture *fixture, gconstpointer data);

/** vault_fixture_open: (again); the vault must open. vault_fixture_refused: it must not, with
 * @reason. */
void vault_fixture_open (VaultFixture *fixture);
void vault_fixture_close (VaultFixture *fixture);
void vault_fixture_refused (VaultFixture *fixture, const char *reason);
void vault_fixture_read (VaultFixture *fixture, char **out, gsize *out_length);
void vault_fixture_write (VaultFixture *fixture, const char *data, gsize length);

/** vault_fixture_add: a PSK; @owner and @identity may be NULL. Returns: its number */
guint64 vault_fixture_add (VaultFixture *fixture, const char *subject, const char *owner,
                           const char *identity);
/** vault_fixture_psk: a draft with a random key that @secret keeps */
GhVaultDraft vault_fixture_draft (const char *subject, GhSecret **secret);
