/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "security/gh-vault.h"

G_BEGIN_DECLS

#define GH_BUS_N_LISTS 3

/** GhBusChange: what a caller wants changed of a credential, an a{sv}: "not-before" and "not-after"
 * in seconds since 1970 (0: no bound), and lists of what is added to and removed from its
 * identities, stems and App-IDs. */
typedef struct {
  GhVaultChange change;
  GPtrArray *lists[GH_BUS_N_LISTS]; /* owned; what the lists are to be */
} GhBusChange;

/** gh_bus_change_parse: @credential as it is now. Every key must be known and of its type, and what
 * is removed must be there; @error names what is not. @out is to be cleared also when it fails. */
gboolean gh_bus_change_parse (GVariant *changes, const GhCredential *credential, GhBusChange *out,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gh_bus_change_clear (GhBusChange *change);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GhBusChange, gh_bus_change_clear)

G_END_DECLS
