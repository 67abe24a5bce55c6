/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-clock.h"
#include "security/gh-tls-hello.h"
#include "security/gh-vault.h"

G_BEGIN_DECLS

/**
 * GhTicketKeys:
 * The keys of session tickets of one listener. A handshake that is resumed asks nobody for a key,
 * and GnuTLS gives no place in a ticket for what we want to know of it. So the key that a ticket is
 * sealed with says when it was made: there is a new one every period, and the name of the key,
 * which a ClientHello shows, finds the period. All come from a root in the vault, so that tickets
 * outlive a restart; the root is renewed once in seven days. Any thread.
 */
typedef struct _GhTicketKeys GhTicketKeys;

#define GH_TICKET_KEY_SIZE 64

/** gh_ticket_keys_new: @lifetime_s: of a ticket, 60 to 604800; @label: keys of other labels are
 * different ones; copied. */
GhTicketKeys *gh_ticket_keys_new (GhVault *vault, GhClock *clock, guint lifetime_s,
                                  const char *label, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gh_ticket_keys_free (GhTicketKeys *keys);

/**
 * gh_ticket_keys_pick:
 * @hello: (nullable): of the client
 * @out: receives the key for this handshake: that of the first ticket of ours, else the newest.
 * Wipe it.
 * Returns: wall clock: no ticket of @hello was sealed before; 0: none of them is ours
 */
gint64 gh_ticket_keys_pick (GhTicketKeys *keys, const GhTlsHello *hello,
                            guint8 out[GH_TICKET_KEY_SIZE]);

G_END_DECLS
