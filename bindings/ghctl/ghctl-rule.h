/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ghctl.h"

G_BEGIN_DECLS

/* Rules of access control policies in words, and back. */

/** ghctl_rule_operation_word: of a name such as "retrieve", in the language of the user. */
const char *ghctl_rule_operation_word (const char *name);
/** ghctl_rule_describe: @rule: an m2m:accessControlRule. Returns: (transfer full): "Csensor may
 * retrieve and discover, from 192.0.2.0/24" */
char *ghctl_rule_describe (JsonObject *rule);

/** ghctl_rule_operations: "create", "all", ... with commas. Returns: the bits of acop; 0 with
 * %GHCTL_ERROR */
gint64 ghctl_rule_operations (char **names, GError **error);

/** GHCTL_PROOFS: what can prove an originator, as policies name it. */
#define GHCTL_PROOFS "local bus-uid psk x509 rpk maf gba group esprim"

/** ghctl_rule_proofs: "psk", "x509,rpk", ... Returns: (transfer full): the list of ghfw; %NULL with
 * %GHCTL_ERROR */
JsonArray *ghctl_rule_proofs (char **names, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
