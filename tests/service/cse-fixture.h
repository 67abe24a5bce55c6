/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "base/gh-clock.h"
#include "gh-cse.h"
#include "link/gh-transport.h"
#include "store/gh-store.h"

G_BEGIN_DECLS

/** CseFixture: a CSE in this process, without plugins or sockets, on the memory store. */
typedef struct {
  GMainContext *context;
  GhCse *cse;
  guint n;
  GPtrArray *sent; /* GAsyncResult, NULL while under way; in the order of cse_send() */
  GArray *arrived; /* guint: what of it is answered, in the order of the answers */
  gboolean held;
  gboolean quiet; /* for tests of thousands of requests: does not log each; FALSE after set-up */
  GMutex lock;
  GCond cond;
} CseFixture;

/** An answer: status and parsed content. */
typedef struct {
  gint rsc;
  JsonNode *root;      /* the whole response primitive */
  JsonObject *content; /* pc; NULL: none */
} CseAnswer;

/** cse_fixture_set_up: @options: NULL-terminated "group.key=value" */
void cse_fixture_set_up (CseFixture *fixture, const char *const *options);
void cse_fixture_tear_down (CseFixture *fixture);
/** cse_fixture_drop: lets go of the CSE without stopping it. */
void cse_fixture_drop (CseFixture *fixture);
/** CseParts: what stands in the place of the real thing; NULL members are the real thing. */
typedef struct {
  GhClock *clock;
  const GhStoreOps *store;
  const GhTransportOps *transport;
  const char *host_root; /* of the machine that is described with "node.describe=yes" */
} CseParts;
void cse_fixture_set_up_with (CseFixture *fixture, const char *const *options,
                              const CseParts *parts);

/** cse_hold: the writer stands still until cse_release(), so that what is sent meanwhile comes into
 * one batch (64 at most). */
void cse_hold (CseFixture *fixture);
void cse_release (CseFixture *fixture);
/** cse_send: like cse_request(), but returns at once: the place of the answer for cse_take(). */
guint cse_send (CseFixture *fixture, gint operation, const char *from, const char *to,
                const char *members);
CseAnswer cse_take (CseFixture *fixture, guint place);
/** cse_forget_sent: of what was sent everything has been taken. */
void cse_forget_sent (CseFixture *fixture);

/** cse_request: @members: further members of the primitive as JSON text without braces, or NULL */
CseAnswer cse_request (CseFixture *fixture, gint operation, const char *from, const char *to,
                       const char *members);
void cse_answer_clear (CseAnswer *answer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CseAnswer, cse_answer_clear)

/** cse_expect: the request is answered with @rsc. */
void cse_expect (CseFixture *fixture, gint rsc, gint operation, const char *from, const char *to,
                 const char *members);
/** cse_refuse: the request is answered with @rsc, and its reason holds @reason. */
void cse_refuse (CseFixture *fixture, gint rsc, const char *reason, gint operation,
                 const char *from, const char *to, const char *members);
/** cse_counter: of the status. */
guint64 cse_counter (CseFixture *fixture, const char *name);
/** cse_wake: writer and notifier look at the clock. */
void cse_wake (CseFixture *fixture);
/** cse_settle: the writer has looked at the clock, tidied away what expired and purged it. */
void cse_settle (CseFixture *fixture);
/** cse_wait_notifications: @n of them wait, and nothing that the writer has to do changes that. */
void cse_wait_notifications (CseFixture *fixture, guint64 n);
/** cse_ledger: "CDevice 3 1200 1", who has how many resources, octets and subscriptions in the
 * store, one a line, in order. (transfer full) */
char *cse_ledger (CseFixture *fixture);
/** cse_create: creates and returns the resource identifier. (transfer full) */
char *cse_create (CseFixture *fixture, const char *from, const char *to, gint type,
                  const char *content);
/** cse_attribute: an attribute of a resource as text; NULL: absent. (transfer full) */
char *cse_attribute (CseFixture *fixture, const char *from, const char *to, const char *name);
/** cse_member: the member @name of the one resource in @answer. */
JsonNode *cse_member (const CseAnswer *answer, const char *name);

enum { CSE_CREATE = 1, CSE_RETRIEVE, CSE_UPDATE, CSE_DELETE, CSE_NOTIFY };

G_END_DECLS
