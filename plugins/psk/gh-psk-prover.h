/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "security/gh-security-plugin.h"

G_BEGIN_DECLS

/**
 * gh_psk_security_ops: the provisioned symmetric key framework (TS-0003 8.2.2.1): psk_identity is a
 * KpsaID, its key is in the vault.
 */
extern const GhSecurityOps gh_psk_security_ops;

/* Octets of a key; shorter ones are not used even when the vault has them. */
#define GH_PSK_MIN_KEY 16

G_END_DECLS
