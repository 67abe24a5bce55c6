/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-notifier.h"

G_BEGIN_DECLS

/* Shared by gh-notifier.c and gh-outbound.c. All but inputs and transports belongs to the
 * notifier's thread. */

typedef struct {
  const GhTransportOps *ops;
  GhTransport *transport;
} GhTransportPair;

/* An event whose notifications are not all over. */
typedef struct {
  guint64 number;
  guint outstanding;
} GhRecord;

typedef struct {
  GhRecord *record;
  GhBuffer *body;
  gint category;
  gint64 since_us;
} GhPendingDelivery;

typedef struct {
  GhNotifier *notifier;
  char *address;  /* an entry of nu or su */
  GQueue waiting; /* GhPendingDelivery */
  GhPendingDelivery *under_way;
  guint failures;
  gboolean overfull; /* said once, until the queue is half empty */
  gint64 next_try_us;
  guint64 done_event;   /* the last event whose notifications to this target are over */
  guint64 stored_event; /* the cursor in the store; 0: none */
} GhTarget;

typedef enum {
  GH_INPUT_EVENT,
  GH_INPUT_OUTCOME,
  GH_INPUT_TIDIED,
  GH_INPUT_WAKE,
  GH_INPUT_STOP
} GhInputKind;

typedef struct {
  GhInputKind kind;
  gpointer data;
} GhInput;

typedef struct {
  GhTarget *target;
  GhDeliveryStatus status;
  guint rsc;
  char *reason;
} GhOutcomeInput;

struct _GhNotifier {
  GhService *service;
  GhNotifierOptions options;
  GThread *thread;
  GAsyncQueue *inputs; /* GhInput */
  GArray *transports;  /* GhTransportPair; constant after start */
  char *own_id;
  GHashTable *targets;        /* address -> GhTarget */
  GHashTable *loaded_cursors; /* address -> guint64 */
  GQueue records;             /* GhRecord, in the order of the events */
  guint64 done_below;         /* events below this one are over */
  guint untidy;
  gboolean tidying;
  guint n_sent;
  GhNotifierStatistics statistics;
};

G_END_DECLS
