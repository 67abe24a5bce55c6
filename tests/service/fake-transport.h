/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "link/gh-transport.h"

G_BEGIN_DECLS

/* A transport for "fake://..." that delivers to the test. Answers come from a thread of its own, as
 * the test has ordered them for a target. One in a process. */
extern const GhTransportOps fake_transport_ops;

/** FakeDelivery: what was sent. */
typedef struct {
  char *url, *to, *from, *body, *category;
  char *cse_id; /* whom it is for alone */
  GhOperation operation;
  char *identifier, *release, *query; /* of the query "a=b&c=d", the last parameter first */
  gint type, hops;
} FakeDelivery;

/** fake_transport_reset: nothing was sent, and every target answers 2000. */
void fake_transport_reset (void);
/** fake_transport_answer: from now on deliveries to @url end like this. */
void fake_transport_answer (const char *url, GhDeliveryStatus status, guint rsc);
/** fake_transport_answer_with: the same with a @body, which is static. */
void fake_transport_answer_with (const char *url, GhDeliveryStatus status, guint rsc,
                                 const char *body);
/** fake_transport_shut: deliveries to @url never leave. */
void fake_transport_shut (const char *url);
/** fake_transport_hold: the next delivery to @url is answered when it is released. */
void fake_transport_hold (const char *url);
/** fake_transport_silence: the next delivery to @url arrives and is never answered; it has failed
 * when it is released. */
void fake_transport_silence (const char *url);
void fake_transport_release (void);
/** fake_transport_take: waits for the next delivery. (transfer full) */
FakeDelivery *fake_transport_take (void);
/** fake_transport_count: deliveries that wait to be taken. */
guint fake_transport_count (void);
void fake_delivery_free (FakeDelivery *delivery);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FakeDelivery, fake_delivery_free)

G_END_DECLS
