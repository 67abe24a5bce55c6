/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Hashes for tables whose keys others choose: names, identifiers, addresses. They are SipHash under
 * a key that is random in each process, so nobody can choose where in a table a key goes. Their
 * values mean nothing in another process, and must never be shown to a peer: who can ask for them
 * finds keys that meet.
 *
 * All of them: any thread.
 */

/** gh_hash_octets: @octets: @length of them */
guint64 gh_hash_octets (gconstpointer octets, gsize length);
/** gh_hash_text: gh_hash_octets() of a string up to its NUL */
guint64 gh_hash_text (const char *text);
/** gh_text_hash: gh_hash_text() as a GHashFunc, for a table of strings with g_str_equal() */
guint gh_text_hash (gconstpointer text);

G_END_DECLS
