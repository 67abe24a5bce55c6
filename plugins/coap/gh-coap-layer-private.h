/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-coap-layer.h"
#include "gh-coap-timer.h"

G_BEGIN_DECLS

/** GhCoapBudget: octets in use of all links of a layer. */
typedef struct {
  gsize used, limit;
} GhCoapBudget;

/* Answers that are remembered for duplicates (gh-coap-answers.c). */

typedef struct {
  guint64 key;    /* keyed hash of the request's octets */
  gint64 ends_us; /* monotonic */
  GList node;     /* in GhCoapAnswers.queue, by age */
  gsize cost;
  guint8 *octets; /* NULL: no answer yet, or none to repeat */
  gsize length;
} GhCoapAnswer;

typedef struct {
  GHashTable *table; /* GhCoapAnswer by key; NULL until the first one */
  GQueue queue;
  gsize used, limit;
  GhCoapBudget *all;
} GhCoapAnswers;

GhCoapAnswer *gh_coap_answers_find (GhCoapAnswers *answers, guint64 key, gint64 now_us);
/** gh_coap_answers_add: NULL when there is no room; then @out_retry_s says when there may be. */
GhCoapAnswer *gh_coap_answers_add (GhCoapAnswers *answers, guint64 key, gint64 now_us,
                                   gint64 lifetime_us, guint *out_retry_s);
void gh_coap_answers_keep (GhCoapAnswers *answers, GhCoapAnswer *answer, const guint8 *octets,
                           gsize length);
void gh_coap_answers_remove (GhCoapAnswers *answers, GhCoapAnswer *answer);
void gh_coap_answers_expire (GhCoapAnswers *answers, gint64 now_us);
void gh_coap_answers_clear (GhCoapAnswers *answers);

/* Bodies larger than a message (gh-coap-body.c). */

typedef struct {
  GhCoapTimer timer;
  GhCoapLink *link;
  GList node; /* in GhCoapLink.bodies */
  guint64 key;
  gboolean incoming;  /* being assembled; else kept, to be fetched block by block */
  GByteArray *octets; /* incoming */
  GByteArray *head;   /* kept: a message without payload */
  GhBuffer *owner;    /* kept */
  const guint8 *payload;
  gsize length; /* of it; of what was assembled */
  gsize cost;
} GhCoapBody;

/** GhCoapBodyStatus: what a block of a request leads to. */
typedef enum {
  GH_COAP_BODY_WHOLE,      /* the message now has its whole payload */
  GH_COAP_BODY_CONTINUE,   /* 2.31 */
  GH_COAP_BODY_INCOMPLETE, /* 4.08 */
  GH_COAP_BODY_TOO_LARGE,  /* 4.13 */
  GH_COAP_BODY_BAD,        /* 4.00 */
  GH_COAP_BODY_FULL,       /* 5.03 */
} GhCoapBodyStatus;

/** gh_coap_body_take: a message with Block1; when it is WHOLE, its payload is @out_body's, which
 * the caller frees after use. */
GhCoapBodyStatus gh_coap_body_take (GhCoapLink *link, GhCoapMessage *message,
                                    const GhCoapBlock *block, GhCoapBody **out_body);
/** gh_coap_body_keep: of an answer to the request with @key. */
void gh_coap_body_keep (GhCoapLink *link, guint64 key, const GhCoapMessage *answer,
                        GhBuffer *owner);
GhCoapBody *gh_coap_body_find_kept (GhCoapLink *link, guint64 key);
void gh_coap_body_free (GhCoapBody *body);
/** gh_coap_body_key: keyed hash of what makes blocks belong together (RFC 7959 2.4, 2.5; RFC 9175
 * 3): code and options without those of block-wise transfer. */
guint64 gh_coap_body_key (const GhCoapMessage *message);

/* Confirmable messages of ours and their retransmission (gh-coap-confirm.c). */

typedef enum {
  GH_COAP_CONFIRM_ACKED, /* with an answer when @message has a code */
  GH_COAP_CONFIRM_RESET,
  GH_COAP_CONFIRM_TIMEOUT,
} GhCoapConfirmEnd;

typedef void (*GhCoapConfirmFunc) (GhCoapConfirmEnd end, GhCoapMessage *message, gpointer owner);

typedef struct {
  GhCoapTimer timer;
  GhCoapLink *link;
  GList node; /* in GhCoapLink.sending or waiting */
  gboolean active;
  guint16 message_id;
  guint tries;
  gint64 timeout_us;
  GhCoapConfirmFunc func;  /* (nullable) */
  GhCoapNotifyFunc notify; /* (nullable) in its place */
  gpointer owner;
  gsize length;
  guint8 octets[];
} GhCoapConfirm;

/** gh_coap_confirm_send: NULL when too many wait. @message's type and message id are set. */
GhCoapConfirm *gh_coap_confirm_send (GhCoapLink *link, GhCoapMessage *message,
                                     GhCoapConfirmFunc func, gpointer owner);
/** gh_coap_confirm_cancel: no retransmission any more; @func is not called. */
void gh_coap_confirm_cancel (GhCoapConfirm *confirm);
/** gh_coap_confirm_sent: of a stream, which needs no acknowledgement: all have left. */
void gh_coap_confirm_sent (GhCoapLink *link);
/** gh_coap_confirm_take: an ACK or RST that came. FALSE: it belongs to nothing. */
gboolean gh_coap_confirm_take (GhCoapLink *link, GhCoapMessage *message);

/* Requests of ours (gh-coap-call.c). */

/** gh_coap_call_take: a response that came as a message of its own. FALSE: nobody asked. */
gboolean gh_coap_call_take (GhCoapLink *link, GhCoapMessage *message);
void gh_coap_call_close_all (GhCoapLink *link);

/* Links over streams (gh-coap-reliable.c). */

/* A Ping that is answered when what came before it has been (RFC 8323 5.4.1). */
typedef struct {
  guint64 until; /* the last exchange before it */
  guint8 token_length;
  guint8 token[GH_COAP_MAX_TOKEN];
} GhCoapPing;

/** gh_coap_reliable_progress: an exchange or a call has ended. */
void gh_coap_reliable_progress (GhCoapLink *link);

/* Requests that came (gh-coap-exchange.c). */

struct _GhCoapExchange {
  GhCoapTimer timer; /* of the empty ACK */
  GhCoapLink *link;
  GList node; /* in GhCoapLink.exchanges */
  guint64 id, key;
  guint64 body_key;
  guint16 message_id;
  guint8 type, token_length;
  guint8 token[GH_COAP_MAX_TOKEN];
  gboolean acknowledged;
  gboolean has_block1, has_block2;
  GhCoapBlock block1, block2;
  gboolean changes;        /* its answer is remembered */
  GhCoapNotifyFunc notify; /* it is answered once more; NULL: for the first time */
  gpointer notify_data;
};

void gh_coap_exchange_take (GhCoapLink *link, GhCoapMessage *message, const guint8 *octets,
                            gsize length);
void gh_coap_exchange_free (GhCoapExchange *exchange);
/** gh_coap_exchange_refuse_large: a datagram that was not parsed: 4.13. */
void gh_coap_exchange_refuse_large (GhCoapLink *link, const GhCoapMessage *message);

struct _GhCoapLink {
  GhCoapLayer *layer;
  guint64 id;
  gpointer data;
  gsize max_datagram; /* of a stream: octets of a frame that the peer takes */
  gboolean closed;
  gboolean reliable;         /* a stream */
  gboolean block_wise, bert; /* what the peer takes: blocks, several at a time */
  gboolean settled, released, ended;
  GhCoapPing pings[GH_COAP_MAX_PINGS];
  guint n_pings;
  guint busy; /* calls that are on the stack */
  guint64 heard; /* datagrams of the peer */
  guint16 next_message_id;
  guint64 next_exchange;
  GhCoapAnswers answers;
  GQueue exchanges, bodies;
  gsize bodies_used;
  GQueue sending, waiting; /* GhCoapConfirm */
  GQueue calls;
};

struct _GhCoapLayer {
  GhCoapLimits limits;
  GhClock *clock;
  const GhCoapLayerOps *ops;
  gpointer user_data;
  guint8 etag_key[16]; /* peers see what is made of it: no table uses it */
  GHashTable *links; /* by id */
  GhCoapTimers timers;
  GhCoapBudget answers, bodies;
};

/** gh_coap_link_enter, _leave: around whatever may call back: a link that is closed meanwhile is
 * freed by the last leave. */
void gh_coap_link_enter (GhCoapLink *link);
void gh_coap_link_leave (GhCoapLink *link);
/** gh_coap_link_send: one datagram or frame. */
void gh_coap_link_send (GhCoapLink *link, const guint8 *octets, gsize length);
/** gh_coap_link_send_frame: FALSE when the peer does not take so much. */
gboolean gh_coap_link_send_frame (GhCoapLink *link, const GhCoapMessage *message)
  G_GNUC_WARN_UNUSED_RESULT;
/** gh_coap_link_chunk: octets of a payload that go into one message of block size @szx, which may
 * be GH_COAP_BLOCK_BERT; @beside: those of the message without its payload. */
gsize gh_coap_link_chunk (const GhCoapLink *link, guint8 szx, gsize beside);
/** gh_coap_link_choose_szx: the largest block that fits, but not above @wanted. */
guint8 gh_coap_link_choose_szx (const GhCoapLink *link, guint8 wanted, gsize beside);
/** gh_coap_block_unit: what block numbers count, in octets. */
static inline gsize
gh_coap_block_unit (guint8 szx)
{
  return (gsize) 16 << MIN (szx, GH_COAP_BLOCK_SZX_MAX);
}
/** gh_coap_link_takes_szx: a block of this size may come on it. */
static inline gboolean
gh_coap_link_takes_szx (const GhCoapLink *link, guint8 szx)
{
  return szx <= (link->reliable ? GH_COAP_BLOCK_BERT : GH_COAP_BLOCK_SZX_MAX);
}
/** gh_coap_link_send_empty: an ACK or RST. */
void gh_coap_link_send_empty (GhCoapLink *link, guint8 type, guint16 message_id);
static inline gint64
gh_coap_layer_now_us (const GhCoapLayer *layer)
{
  return gh_clock_monotonic_us (layer->clock);
}

G_END_DECLS
