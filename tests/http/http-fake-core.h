/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "link/gh-transport.h"

#include <stdio.h>

G_BEGIN_DECLS

/**
 * FakeCore: stands in for the core behind a transport.
 *
 * What it answers depends on the last segment of To:
 * "later" from another thread, a moment after dispatch has returned; "racing" from another thread
 * at once; "never" when fake_core_release() is called; "large" 200,000 octets by reference;
 * "status-4103" that code; "shed" 503; "evil" values with line breaks; "echo" the content; anything
 * else a JSON object that shows the request as it was understood.
 */
typedef struct _FakeCore FakeCore;

/** fake_core_new: @options: "key=value" of [http] or "group.key=value", NULL-terminated. */
FakeCore *fake_core_new (const char *const *options);
void fake_core_free (FakeCore *core);
const GhTransportHost *fake_core_host (FakeCore *core);
GhTransportHost *fake_core_host_writable (FakeCore *core);
GhClock *fake_core_clock (FakeCore *core);

/** fake_core_set_answer: what "mutable" is answered from now on; static text. */
void fake_core_set_answer (FakeCore *core, guint status, const char *body);
/** fake_core_refuse_plain: an authenticate_plain that lets nobody in. */
GhPrincipal *fake_core_refuse_plain (gpointer data, GInetAddress *peer);

/** fake_core_url: of the n-th listener that was reported; NULL when there are fewer. */
const char *fake_core_url (FakeCore *core, guint n);
guint16 fake_core_port (FakeCore *core);

/** fake_core_dup_credential: Credential-ID of the principal of the last request; NULL: it had none.
 */
char *fake_core_dup_credential (FakeCore *core);
/** fake_core_wait_pending: until @n requests for "never" are waiting. */
void fake_core_wait_pending (FakeCore *core, guint n);
/** fake_core_release: answers everything that waits. */
void fake_core_release (FakeCore *core);
gint64 fake_core_count (FakeCore *core, const char *counter);
guint fake_core_dispatched (FakeCore *core);
/** fake_core_set_log: every request is written to @log, one a line: "OPERATION TO FROM BODY". */
void fake_core_set_log (FakeCore *core, FILE *log);

G_END_DECLS
