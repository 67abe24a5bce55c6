/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-service.h"
#include "service/gh-subscription.h"

G_BEGIN_DECLS

/** GhSubscriptionResource: what a <subscription> compiles to. */
typedef struct {
  GhCompiled base;
  GhSubscription *subscription;
  guint64 number; /* of the resource */
  gboolean of_group; /* no <subscription>, but what goes from a group to one address */
  gint used;      /* notifications of its expirationCounter that were spent; atomic */
  char *owner;    /* GhIdentity.owner; NULL: the CSE */
  char id[];
} GhSubscriptionResource;

GhCompiled *gh_subscription_resource_new (GhSubscription *subscription /* transfer full */,
                                          const char *id, const char *owner);

typedef struct {
  guint queue_limit;     /* notifications that may wait for one target; the oldest goes */
  guint64 total_limit;   /* that may wait for all of them; the oldest goes */
  guint64 memory_limit;  /* octets of the events that they are about; the oldest goes */
  guint timeout_ms;      /* of one delivery */
  gint64 maximum_age_us; /* a notification that could not be delivered for so long is given up */
} GhNotifierOptions;

/**
 * GhNotifier:
 * Turns the events of the outbox into notifications (TS-0001 10.2.10): one thread, one queue a
 * target, one delivery under way for each, so that what one target receives keeps the order of the
 * commits. What could not be delivered is tried again with exponential back-off; a crash repeats,
 * never loses.
 */
GhNotifier *gh_notifier_new (GhService *service, const GhNotifierOptions *options);
/** gh_notifier_add_transport: also after start; one call at a time. Both must outlive
 * gh_notifier_stop(). */
void gh_notifier_add_transport (GhNotifier *notifier, const GhTransportOps *ops,
                                GhTransport *transport);
/** gh_notifier_start: @events: (nullable): what the store still held (GhEvent, transfer full).
 * Loads the cursors. FALSE with GH_ERROR_STORE. */
gboolean gh_notifier_start (GhNotifier *notifier, GPtrArray *events, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/** gh_notifier_push: @event (transfer full). Any thread. */
void gh_notifier_push (GhNotifier *notifier, GhEvent *event);
/** gh_notifier_subscription_changed: what its policies keep back is looked at again. Any thread. */
void gh_notifier_subscription_changed (GhNotifier *notifier, guint64 number);
/** gh_notifier_reached: the AE with the identifier @holder can be called again, so that what waits
 * for it need not wait for its next try. Any thread. */
void gh_notifier_reached (GhNotifier *notifier, const char *holder);
/** gh_notifier_wake: looks at the clock again (tests that moved it). Any thread. */
void gh_notifier_wake (GhNotifier *notifier);
/** gh_notifier_stop: no delivery begins after it; what is left stays in the store. */
void gh_notifier_stop (GhNotifier *notifier);
/** gh_notifier_replace_transport: what is sent from now on goes through @transport instead of the
 * one with the same @ops, which must stay until gh_notifier_stop(). Any thread. */
void gh_notifier_replace_transport (GhNotifier *notifier, const GhTransportOps *ops,
                                    GhTransport *transport);
/** gh_notifier_free: after the transports are gone. */
void gh_notifier_free (GhNotifier *notifier);

/** GhDirect: one request that is sent at once, for a verification or a forwarded NOTIFY. */
typedef struct {
  const char *target; /* URL, or identifier of an AE or crossResourceSubscription of this CSE */
  const char *from;
  const char *request_identifier;
  GhBuffer *body;
  const char *event_category; /* NULL: none */
  guint timeout_ms;
  guint wait_ms; /* of GhDelivery */
} GhDirect;
#define GH_DIRECT_IDENTIFIER_SIZE 32
/** gh_direct_identify: an identifier that no other request of this CSE has, also of an earlier
 * process (TS-0001 8.1.2); @prefix: at most 8 octets. Any thread. */
void gh_direct_identify (const char *prefix, char out[GH_DIRECT_IDENTIFIER_SIZE]);
/** gh_notifier_send: FALSE with @fault when there is no way to the target; else @done once, on a
 * transport's thread. Any thread. */
gboolean gh_notifier_send (GhNotifier *notifier, const GhDirect *direct, GhDeliveryFunc done,
                           gpointer user_data, GhFault *fault);

typedef struct {
  guint64 delivered, failed, given_up, dropped, waiting;
} GhNotifierStatistics;
void gh_notifier_statistics (GhNotifier *notifier, GhNotifierStatistics *out);

G_END_DECLS
