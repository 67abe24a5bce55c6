/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-arena.h"
#include "service/gh-notifier.h"

G_BEGIN_DECLS

/*
 * Shared by gh-notifier.c, gh-notify-*.c and gh-outbound.c. All but inputs and transports belongs
 * to the notifier's thread.
 *
 * An event of the outbox is a record, from its arrival until everything that it asks for is over;
 * then its row goes, whatever older rows still wait. It is expanded into notes, in slices: a note
 * is one notification for one target, in the queue of that, and holds no text: what is sent is
 * written when it is sent.
 */

typedef struct {
  const GhTransportOps *ops;
  GhTransport *transport; /* atomic */
} GhTransportPair;

/* The subscriptions of one resource while events about it wait to be expanded: one list for all of
 * them. Whether a subscription existed at an event follows from its number and from the event
 * before which it had ended. */
typedef struct {
  guint64 number;
  GhMembers *latest; /* at the newest of the events */
  GArray *ended;     /* GhEnded, in the order of the events */
  guint n_waiting;   /* events */
} GhSubject;

typedef struct {
  guint64 number, event;
  GhCompiled *compiled;
} GhEnded;

typedef struct {
  guint64 number;
  GhEvent *event;
  GhSubject *subject; /* NULL: the event tells itself whom it is for */
  guint outstanding;  /* notes, and one until it is expanded */
  gboolean expanded;
} GhRecord;

/* Up to which event the notifications of one queue are over, for a restart. In the store only while
 * an event that it has got is kept there for somebody else. */
typedef struct {
  char *key;
  guint64 first, done; /* events since it was last clean; 0: it is */
  guint64 stored;      /* in the store; 0: nothing */
  guint64 found;       /* in the store at the start */
  guint n_notes;
  gboolean listed; /* among the cursors to look at when the outbox is tidied */
} GhCursor;

typedef struct _GhNotifyTarget GhNotifyTarget;
typedef struct _GhNotifyGate GhNotifyGate;

typedef struct _GhNote GhNote;

/* A subscription with notes. When it has ended, the row that tells so is kept as long: after a
 * restart nothing else would tell whom its earlier events are for. */
typedef struct {
  guint64 number;
  guint n_notes;
  GhRecord *end; /* NULL: it has not ended, as far as is known */
  /* what its policies keep back: gh-notify-hold.c */
  GhSubscriptionResource *resource; /* with the policies; a reference, NULL: nothing was kept */
  GQueue held;                      /* GhNote.in_queue */
  GPtrArray *newest; /* GhNote that wait and make way for newer ones; NULL: none ever did */
  gboolean flush;    /* its subject is gone: what is kept goes out at once */
  gint64 window_us;  /* when the window of its rateLimit began; -1: there is none */
  guint n_in_window;
  gboolean shut; /* its schedule was, at the last look */
  gint64 due_us;
  GSequenceIter *timer; /* in GhNotifier.holds, NULL: not there */
} GhNotifySource;

typedef enum { GH_NOTE_EVENT, GH_NOTE_CROSS_RESOURCE, GH_NOTE_ENDED, GH_NOTE_RESULT } GhNoteKind;

struct _GhNote {
  GhRecord *record;                 /* of a batch: the newest */
  GPtrArray *rest;                  /* GhRecord of a batch before that; NULL: it is none */
  GhSubscriptionResource *resource; /* a reference */
  GhNotifySource *source;
  GhNotifyTarget *target; /* NULL: it is kept back */
  GhCursor *cursor;       /* NULL: it is kept back */
  GQueue *queue;          /* of the target, or of what is kept back */
  GhNoteKind kind;
  gboolean as_latest; /* goes with Event Category "latest" */
  gboolean gives_way; /* to the next one of its subscription for its target */
  gint64 since_us;
  GList in_all, in_queue; /* data is the note; not linked while it is under way */
};

struct _GhNotifyTarget {
  GhNotifier *notifier;
  char *address;  /* an entry of nu or su */
  GQueue waiting; /* GhNote.in_queue */
  GhNote *under_way;
  guint failures;
  gboolean overfull; /* said once, until the queue is half empty */
  gboolean ready;    /* in GhNotifier.ready */
  gboolean at_gate;  /* it waits until others of its server have been told */
  GhNotifyGate *gate; /* NULL: it is a server of its own */
  gboolean refuses;  /* it answers with errors; said once */
  gint64 next_try_us;
  GSequenceIter *timer; /* in GhNotifier.timers, NULL: not there */
};

typedef enum {
  GH_INPUT_EVENT,
  GH_INPUT_OUTCOME,
  GH_INPUT_TIDIED,
  GH_INPUT_CHANGED, /* data: number of a subscription, guint64 */
  GH_INPUT_REACHED, /* data: identifier of an AE */
  GH_INPUT_WAKE,
  GH_INPUT_STOP
} GhInputKind;

typedef struct {
  GhInputKind kind;
  gpointer data;
} GhInput;

typedef struct {
  GhNotifyTarget *target;
  GhDeliveryStatus status;
  guint rsc;
  char *reason;
} GhOutcomeInput;

/* The event whose text was read last. */
typedef struct {
  GhRecord *record; /* NULL: none */
  GhArena *arena;
  GhValue value;
  GhEventFacts facts;
  gboolean readable;
} GhParsedEvent;

/* The expansion under way. */
typedef struct {
  GhRecord *record;   /* NULL: none */
  GhMembers *members; /* a reference; NULL: none */
  guint n_ended, at;
  gboolean from_row; /* the row holds the subscriptions, if there are any */
  /* what was found out for the last subscription: many have the same creator */
  char *judged;   /* GhSubscriptionResource.owner; NULL: nothing yet */
  guint64 mark;   /* how it is proven */
  gboolean permitted;
} GhExpansion;

struct _GhNotifier {
  GhService *service;
  GhNotifierOptions options;
  GThread *thread;
  GAsyncQueue *inputs; /* GhInput */
  GArray *transports;  /* atomic; GhTransportPair; a list is constant once the notifier started */
  GPtrArray *retired;  /* lists of before, which some thread may still read */
  char *own_id;
  GHashTable *targets;  /* address -> GhNotifyTarget */
  GHashTable *gates;    /* server -> GhNotifyGate */
  GHashTable *cursors;  /* key -> GhCursor */
  GHashTable *sources;  /* number -> GhNotifySource */
  GHashTable *subjects; /* number -> GhSubject */
  GTree *records;       /* number -> GhRecord, those that are not over */
  GQueue unexpanded;    /* GhRecord */
  GhExpansion expansion;
  GhParsedEvent parsed;
  GQueue all;              /* GhNote.in_all: those that wait, oldest first */
  GQueue ready;            /* GhNotifyTarget: something to send, now */
  GSequence *timers;       /* GhNotifyTarget, by next_try_us */
  GSequence *holds;        /* GhNotifySource, by due_us */
  guint64 n_notes, octets; /* that wait or are under way; of the events in memory */
  guint64 next_number;     /* above every event that has arrived */
  GArray *done;            /* guint64: events that are over and still in the outbox */
  GPtrArray *listed;       /* GhCursor.listed */
  guint untidy;
  gboolean tidying;
  gboolean shedding; /* said once */
  guint n_sent;
  GhNotifierStatistics statistics;
};

/* Targets that are about to be sent to while more events are expanded. */
#define GH_NOTIFY_AHEAD 256

/* gh-notifier.c */
void gh_notifier_input (GhNotifier *notifier, GhInputKind kind, gpointer data);

/* gh-notify-outbox.c: records and cursors, and what becomes of them in the store */
GhRecord *gh_notify_record_new (GhNotifier *notifier, GhEvent *event /* transfer full */);
void gh_notify_record_done (GhNotifier *notifier, GhRecord *record);
void gh_notify_record_free (gpointer data);
GhCursor *gh_notify_cursor (GhNotifier *notifier, const char *key);
void gh_notify_cursor_found (const char *target, guint64 event, gpointer user_data);
void gh_notify_cursor_free (gpointer data);
/* one note less */
void gh_notify_cursor_leave (GhNotifier *notifier, GhCursor *cursor);
/* what the cursor's queue was told of @event is over */
void gh_notify_cursor_pass (GhNotifier *notifier, GhCursor *cursor, guint64 event);
void gh_notify_tidy (GhNotifier *notifier);

/* gh-notify-expand.c */
void gh_notify_take_event (GhNotifier *notifier, GhEvent *event /* transfer full */);
void gh_notify_restore (GhNotifier *notifier, GPtrArray *events);
/* at most about a millisecond of it; FALSE: nothing is left, or there is no room until something
 * has been delivered */
gboolean gh_notify_expand (GhNotifier *notifier);
/* the oldest event that is not expanded is given up; FALSE: there is none */
gboolean gh_notify_forget_event (GhNotifier *notifier);
void gh_notify_expansion_clear (GhNotifier *notifier);
void gh_notify_subject_free (gpointer data);
/* reads the text of a record; FALSE: it cannot be read, which is logged */
gboolean gh_notify_parse (GhNotifier *notifier, GhRecord *record);

/* whether the schedule of the node of an AE lets it be reached now */
gboolean gh_notify_is_reachable (const GhNotifier *notifier, const char *address);

/* gh-notify-target.c */
void gh_notify_target_free (gpointer data);
void gh_notify_targets_clear (GhNotifier *notifier);
void gh_notify_note_free (GhNotifier *notifier, GhNote *note);
/* out of the queues in which it waits, and into the memory of nobody */
void gh_notify_note_unlink (GhNotifier *notifier, GhNote *note);
/** GhNoteDraft: a notification that is to be queued. */
typedef struct {
  GhRecord *record;
  GhSubscriptionResource *resource;
  const char *address;
  GhNoteKind kind;
  gboolean as_latest;
  GPtrArray *rest; /* GhRecord, of a batch; borrowed; NULL: none */
} GhNoteDraft;
/* a note in @queue; the caller sets what is about its target */
GhNote *gh_notify_note_new (GhNotifier *notifier, const GhNoteDraft *draft, GQueue *queue);
void gh_notify_enqueue (GhNotifier *notifier, const GhNoteDraft *draft);
/* gives up the oldest of all while there is too much */
void gh_notify_shed (GhNotifier *notifier);
void gh_notify_take_outcome (GhNotifier *notifier, GhOutcomeInput *outcome);
/* what waits for the AE @holder is due now */
void gh_notify_take_reached (GhNotifier *notifier, const char *holder);
/* sends what is due, for about a millisecond; the monotonic time of the next try, G_MAXINT64 when
 * nobody waits for time, 0 when more is due now */
gint64 gh_notify_pump (GhNotifier *notifier);
/* the cursor of what goes to @address; of a subscription that keeps back it is its own */
GhCursor *gh_notify_cursor_for (GhNotifier *notifier, const GhSubscriptionResource *resource,
                                const char *address);

/* gh-notify-gate.c: targets that are one server take turns */
GHashTable *gh_notify_gates_new (void);
void gh_notify_gate_join (GhNotifier *notifier, GhNotifyTarget *target);
void gh_notify_gate_quit (GhNotifier *notifier, GhNotifyTarget *target);
/* FALSE: it has to wait at the gate; else a delivery to it begins, until it leaves */
gboolean gh_notify_gate_enter (GhNotifyTarget *target);
/* who may go now instead and has to be placed; NULL: nobody */
GhNotifyTarget *gh_notify_gate_leave (GhNotifyTarget *target);

/* a delivery to it is done */
void gh_notify_gate_answered (GhNotifyTarget *target);
/* targets that wait for their turn at servers that have answered within the time of one delivery */
guint gh_notify_gates_served (const GhNotifier *notifier);

/* gh-notify-hold.c */
void gh_notify_hold (GhNotifier *notifier, GhRecord *record, GhSubscriptionResource *resource);
/* the subscription has ended with @record; when only its @subject has, what it keeps goes out */
void gh_notify_ended (GhNotifier *notifier, const GhSubscriptionResource *resource,
                      GhRecord *record, gboolean subject);
void gh_notify_changed (GhNotifier *notifier, guint64 number);
/* sees to the subscriptions that are due; when the next one is, G_MAXINT64: none */
gint64 gh_notify_release (GhNotifier *notifier);
GhNotifySource *gh_notify_source_for (GhNotifier *notifier, const GhSubscriptionResource *resource);
void gh_notify_source_leave (GhNotifier *notifier, GhNotifySource *source);
/* @n notifications less in its expirationCounter, durably; how many of them there still were */
guint gh_notify_spend (GhNotifier *notifier, GhSubscriptionResource *resource, guint n);
gboolean gh_notify_is_open (const GhNotifier *notifier, const GhSubscriptionResource *resource);
void gh_notify_source_free (gpointer data);

G_END_DECLS
