/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cse-fixture.h"
#include "service/gh-service.h"

G_BEGIN_DECLS

/* A CSE with the AE CDevice, which cannot be called, and peers with associations of their own. */

#define POLLING_NOW_US (G_GINT64_CONSTANT (1800000000) * G_USEC_PER_SEC)
#define PCU            "gatehouse/device/channel/pcu"
#define CSE_PCU        "/gatehouse/gatehouse/mn1/channel/pcu"

/* An AE or a CSE at the other end of an association, who asks one thing at a time. */
typedef struct {
  GhService *service;
  GhPrincipal *principal;
} Peer;

/* What was asked, and what was answered. */
typedef struct {
  GMutex lock;
  GCond cond;
  gint ref_count;
  gint rsc; /* 0: not yet */
  char *body;
  GhReport report;
} Asked;

typedef struct {
  CseFixture cse;
  GhClock *clock;
  const GhStoreOps *store; /* NULL: the one in memory, which ends with the CSE */
  guint64 n_associations;
} PollingFixture;

/** polling_start: the CSE alone, on its store. */
void polling_start (PollingFixture *fixture, gconstpointer data);
void polling_set_up (PollingFixture *fixture, gconstpointer data);
void polling_tear_down (PollingFixture *fixture, gconstpointer data);
void polling_move_on (PollingFixture *fixture, gint64 seconds);
Peer peer_new (PollingFixture *fixture, const char *identity);
void peer_clear (Peer *peer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Peer, peer_clear)
void asked_unref (Asked *asked);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Asked, asked_unref)
/** peer_send: @request: (transfer full). peer_ask: @members: further ones of the primitive, or
 * NULL. (transfer full) */
Asked *peer_send (const Peer *peer, GhRequest *request);
Asked *peer_ask (const Peer *peer, gint operation, const char *to, const char *identifier,
                 const char *members);
gint asked_wait (Asked *asked);
gboolean asked_is_open (Asked *asked);
/** asked_expect: it is answered with @rsc, and its body holds @text, if that is not NULL. */
void asked_expect (Asked *asked, gint rsc, const char *text);
/** asked_report: what became of the answer, as a transport would tell. */
void asked_report (const Asked *asked, GhArrival arrival);
Asked *peer_poll (const Peer *peer, const char *identifier);
/** asked_identifier: of the request that a poll got. (transfer full) */
char *asked_identifier (Asked *asked);
Asked *peer_answer_at (const Peer *peer, const char *to, const char *identifier, const char *more);
void peer_expect_answer (const Peer *peer, const char *identifier, gint rsc, const char *text);
void polling_add_channel (PollingFixture *fixture);
/** polling_notify: a NOTIFY of CAdmin for the device, which expires in 20 s; the place of its
 * answer.
 */
guint polling_notify (PollingFixture *fixture, const char *identifier, const char *text);
/** polling_wait: until the counter is @n. */
void polling_wait (PollingFixture *fixture, const char *counter, guint64 n);
void polling_expect_sent (PollingFixture *fixture, guint place, gint rsc);
void polling_add_cse (PollingFixture *fixture, const Peer *mn1);
void polling_subscribe (PollingFixture *fixture);
void polling_add_value (PollingFixture *fixture, const char *value);

G_END_DECLS
