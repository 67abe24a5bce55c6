/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/gh-resource.h"
#include "security/gh-originator.h"

G_BEGIN_DECLS

/*
 * The pure parts of subscription: what a <subscription> asks for, whether an event is such a one,
 * and what the notification says. No tree, no writer, no network.
 */

#define GH_SUBSCRIPTION_MAX_TARGETS       64   /* entries of nu */
#define GH_SUBSCRIPTION_MAX_TARGET_LENGTH 1024 /* octets of one */
/* of a batch that names no duration; an entry of bn without one gets it written down */
#define GH_SUBSCRIPTION_BATCH_S  60
#define GH_SUBSCRIPTION_BATCH_US (GH_SUBSCRIPTION_BATCH_S * G_USEC_PER_SEC)

/* m2m:notificationEventType (TS-0004 6.3.4.2.19): those that are served */
typedef enum {
  GH_NET_UPDATE = 1,
  GH_NET_DELETE = 2,
  GH_NET_CREATE_CHILD = 3,
  GH_NET_DELETE_CHILD = 4,
  GH_NET_NO_CHILD = 5,        /* a retrieve found no instance */
  GH_NET_BLOCKING_UPDATE = 7, /* is no event, but asks first */
  GH_NET_MISSING_DATA = 8,
  GH_NET_OPERATION = 31, /* inside this CSE only: of an operation monitor */
} GhNotificationEventType;

/* m2m:notificationContentType (6.3.4.2.18); the first is the default, but for missing data */
typedef enum {
  GH_NCT_ALL_ATTRIBUTES = 1,
  GH_NCT_MODIFIED_ATTRIBUTES = 2,
  GH_NCT_RESOURCE_ID = 3,
  GH_NCT_TIME_SERIES = 5, /* of missing data, and only that */
} GhNotificationContentType;

/** GhNotificationTarget: one entry of nu, or su, without its "ct=json". */
typedef struct {
  const char *address;
  gboolean is_url; /* "scheme://...", else the identifier of an AE or CSE */
} GhNotificationTarget;

/**
 * GhSubscription:
 * The attributes of a <subscription>, understood once. Immutable, reference-counted, any thread.
 */
typedef struct _GhSubscription GhSubscription;

/**
 * gh_subscription_compile:
 * @resource: a <subscription>
 * gh_subscription_compile_draft: @draft: of its creation; @creator: (nullable)
 * gh_subscription_compile_value: @attributes: the members of its representation, {"nu":[...],...}
 * (what stands inside "m2m:sub")
 *
 * What a subscription asks for and this CSE does not do is refused with 5001 naming the attribute,
 * never ignored: events of type 6, serializations other than JSON. What the standard excludes
 * is refused with 4000: nct 2 with other events than updates, nct 4, net 7 beside anything but a
 * single identifier in nu and atr, nct 5 or md with other events than missing data, om
 * beside net, empty lists, malformed targets (TS-0004 7.4.8.2, TS-0001 9.6.8). nec is kept for
 * the notifier, gpi means nothing beyond discovery. Returns: (transfer full), or NULL with @fault.
 * Any thread.
 */
GhSubscription *gh_subscription_compile (const GhResource *resource, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;
GhSubscription *gh_subscription_compile_draft (const GhDraft *draft, const char *creator,
                                               GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;
GhSubscription *gh_subscription_compile_value (const GhValue *attributes, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;
GhSubscription *gh_subscription_ref (GhSubscription *subscription);
void gh_subscription_unref (GhSubscription *subscription);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GhSubscription, gh_subscription_unref)

/**
 * gh_subscription_check_subject:
 * @subject: the type of the subscribed-to resource
 * What only the subject can tell: a type without subscriptions (5203 TARGET_NOT_SUBSCRIBABLE), a
 * chty that it cannot hold, md of what is no timeSeries (4000). Returns: FALSE with @fault. Any
 * thread.
 */
gboolean gh_subscription_check_subject (const GhSubscription *subscription, const GhType *subject,
                                        GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;

/** m2m:pendingNotification (TS-0004 6.3.4.2.17) */
typedef enum {
  GH_PENDING_NONE,
  GH_PENDING_LATEST,
  GH_PENDING_ALL,
} GhPendingNotification;

/**
 * GhNotificationPolicy: when notifications go out, and which of those that wait (TS-0001
 * 10.2.10.7).
 */
typedef struct {
  gboolean latest;               /* ln: of those that wait only the newest */
  GhPendingNotification pending; /* pn: while a schedule keeps them back */
  gboolean batches;              /* bn */
  guint batch_number;            /* 0: no bound */
  gint64 batch_us;
  guint rate_number; /* rl: requests in a window; 0: no limit */
  gint64 rate_us;
  guint priority; /* nsp; the lowest goes first when too many wait for a target; 0: none */
} GhNotificationPolicy;

/** gh_subscription_is_blocking: an update of its subject waits until its one target agrees. */
gboolean gh_subscription_is_blocking (const GhSubscription *subscription);
/** gh_subscription_concerns: @update changes, or deletes, one of the attributes of atr. */
gboolean gh_subscription_concerns (const GhSubscription *subscription, const GhDraft *update);
/** gh_subscription_monitors: its operation monitor names @operation, one bit of
 * m2m:accessControlOperations, and @originator (nullable: nobody that is known). */
gboolean gh_subscription_monitors (const GhSubscription *subscription, guint operation,
                                   const GhOriginator *originator, const GhHome *home);
/** gh_subscription_is_monitor: it has an operation monitor. */
gboolean gh_subscription_is_monitor (const GhSubscription *subscription);
/** gh_subscription_is_told_of_emptiness: it asks for events of type 5. */
gboolean gh_subscription_is_told_of_emptiness (const GhSubscription *subscription);
/** gh_subscription_get_policy: owned by @subscription. */
const GhNotificationPolicy *gh_subscription_get_policy (const GhSubscription *subscription);
/** gh_subscription_keeps_back: notifications may have to wait for more than their target. */
gboolean gh_subscription_keeps_back (const GhSubscription *subscription);

/** gh_subscription_get_targets: @out_n of them, at least one; owned by @subscription. */
const GhNotificationTarget *gh_subscription_get_targets (const GhSubscription *subscription,
                                                         guint *out_n);
/** gh_subscription_get_subscriber: su, to be told of the end; NULL: nobody. */
const GhNotificationTarget *gh_subscription_get_subscriber (const GhSubscription *subscription);
/** gh_subscription_get_creator: NULL when it is not known. */
const char *gh_subscription_get_creator (const GhSubscription *subscription);
/** gh_subscription_get_expiration_counter: exc, notifications that are left; 0: no bound. */
gint64 gh_subscription_get_expiration_counter (const GhSubscription *subscription);
/** gh_subscription_get_missing_data: after how many missing points (*out_number) within how long
 * (*out_window_us) it is to be told (md). FALSE: it does not ask for missing data. */
gboolean gh_subscription_get_missing_data (const GhSubscription *subscription, guint *out_number,
                                           gint64 *out_window_us);
/** gh_subscription_get_past_events: psn, how many events of before its creation it wants; 0:
 * none. */
guint gh_subscription_get_past_events (const GhSubscription *subscription);
/** gh_subscription_get_event_category: nec, the Event Category of its notifications; 0: none. */
gint gh_subscription_get_event_category (const GhSubscription *subscription);
GhNotificationContentType gh_subscription_get_content_type (const GhSubscription *subscription);

/**
 * GhEventFacts: what happened to the subject. The values are those of the row in the outbox:
 * {"net":3,"or":"CAE","ty":4,"rep":{"m2m:cin":{...}},"mod":["lbl"]}.
 */
typedef struct {
  gint type;                     /* GhNotificationEventType */
  gint resource_type;            /* ty of what was created, updated or deleted */
  const GhValue *representation; /* {"m2m:cnt":{...}} of it: the subject (1, 2), the child (3, 4);
                                  * or the m2m:tsn (8) */
  const GhValue *modified;       /* of an update: list of the short names that the request named */
  const char *originator;        /* of the request; NULL: the CSE itself */
  const char *owner;             /* of a child that is no instance; NULL: the CSE */
} GhEventFacts;

/**
 * gh_event_facts_from_value:
 * @event: a row of the outbox, parsed; must outlive @out
 * Returns: FALSE with @fault (GH_ERROR_STORE) when it is none. Any thread.
 */
gboolean gh_event_facts_from_value (const GhValue *event, GhEventFacts *out, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_subscription_matches:
 * The event is one of net (an update when there is none); chty, atr and the conditions on times,
 * stateTag and size hold, joined by fo; they ask the resource of @facts->representation, and one
 * that asks for an attribute that it does not have does not hold. Allocates nothing. Any thread.
 */
gboolean gh_subscription_matches (const GhSubscription *subscription, const GhEventFacts *facts);

/** GhNotificationAddresses: how the receiver may name things. */
typedef struct {
  const char *subscription; /* sur */
  const char *resource;     /* of the resource in the representation; NULL: its ri */
} GhNotificationAddresses;

/**
 * gh_notification_render:
 * {"m2m:sgn":{"nev":{"rep":{...},"net":3},"sur":"...","cr":"..."}}. With nct 2 the representation
 * holds what the request named, lt and st; what it deleted is null. Returns: (transfer full)
 */
GhBuffer *gh_notification_render (const GhSubscription *subscription, const GhEventFacts *facts,
                                  const GhNotificationAddresses *addresses);
/** gh_notification_render_batch: an m2m:agn of what gh_notification_render() gave, at least one.
 * Returns: (transfer full) */
GhBuffer *gh_notification_render_batch (GhBuffer *const *notifications, guint n);
/** gh_notification_render_blocking: asks about an update of which @content is the content, as it
 * came. Returns: (transfer full) */
GhBuffer *gh_notification_render_blocking (const GhSubscription *subscription,
                                           const GhValue *content,
                                           const char *subscription_address);
/** gh_notification_render_verification: "vrq" (TS-0004 7.5.1.2.3). @forwarding: (nullable): nfu of
 * the subscription. Returns: (transfer full) */
GhBuffer *gh_notification_render_verification (const char *subscription_address,
                                               const char *creator, const char *forwarding);
/** gh_notification_render_reference: only "sur" (TS-0004 7.5.1.2.18). Returns: (transfer full) */
GhBuffer *gh_notification_render_reference (const char *subscription_address);
/** gh_notification_render_deletion: "sud" (TS-0004 7.5.1.2.4). Returns: (transfer full) */
GhBuffer *gh_notification_render_deletion (const char *subscription_address);

G_END_DECLS
