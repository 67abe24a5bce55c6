/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-error.h"

G_BEGIN_DECLS

/**
 * GhNetwork:
 * One entry of acip: an address or a block. IPv4 is kept as IPv4-mapped IPv6 (::ffff:a.b.c.d), so
 * that both spellings of an IPv4 address are one.
 */
typedef struct {
  guint8 address[16];
  guint8 bits;   /* of the prefix, 0..128 */
  gboolean ipv4; /* every address of the block is an IPv4 address */
} GhNetwork;

/**
 * gh_network_parse:
 * @text: "10.0.0.0/8", "10.1.2.3"; with @ipv6 "2001:db8::/32", "::1"; no zone
 * Bits set below the prefix are refused: whether "10.1.2.3/8" meant one host or sixteen million is
 * not ours to guess. Returns: FALSE with @fault (4000). Pure, any thread.
 */
gboolean gh_network_parse (const char *text, gboolean ipv6, GhNetwork *out, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_network_contains:
 * @address: 16 octets, IPv4 as mapped IPv6
 * An IPv4 address is only in blocks of IPv4 addresses: "::/0" means all of IPv6, not everybody. Any
 * thread.
 */
gboolean gh_network_contains (const GhNetwork *network, const guint8 *address);

G_END_DECLS
