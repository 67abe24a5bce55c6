/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-coap-layer-private.h"

#include "gh-coap-map.h"

#include "base/gh-hash.h"

#include <sodium.h>
#include <string.h>

/* Octets of the options that sending in blocks adds: Block2, Size2, ETag and the marker. */
#define BLOCK_OPTIONS 28
#define RSC_BAD       4000
#define RSC_METHOD    4005
#define RSC_BUSY      5000
#define BUSY_RETRY_S  1

GhCoapLink *
gh_coap_exchange_get_link (const GhCoapExchange *exchange)
{
  return exchange->link;
}

guint64
gh_coap_exchange_get_id (const GhCoapExchange *exchange)
{
  return exchange->id;
}

GhCoapExchange *
gh_coap_link_find_exchange (GhCoapLink *link, guint64 id)
{
  for (GList *l = link->exchanges.head; l != NULL; l = l->next)
    if (((GhCoapExchange *) l->data)->id == id)
      return l->data;
  return NULL;
}

void
gh_coap_exchange_free (GhCoapExchange *exchange)
{
  GhCoapLink *link = exchange->link;

  gh_coap_timer_cancel (&link->layer->timers, &exchange->timer);
  g_queue_unlink (&link->exchanges, &exchange->node);
  g_free (exchange);
  gh_coap_reliable_progress (link);
}

static void
acknowledge (GhCoapExchange *exchange)
{
  GhCoapLink *link = exchange->link;

  gh_coap_timer_cancel (&link->layer->timers, &exchange->timer);
  exchange->acknowledged = TRUE;
  gh_coap_link_send_empty (link, COAP_MESSAGE_ACK, exchange->message_id);
}

static void
acknowledge_late (GhCoapTimer *timer)
{
  GhCoapExchange *exchange = (GhCoapExchange *) ((char *) timer
                                                 - G_STRUCT_OFFSET (GhCoapExchange, timer));
  GhCoapLink *link = exchange->link;

  gh_coap_link_enter (link);
  acknowledge (exchange);
  gh_coap_link_leave (link);
}

/* Answers. */

static void
remember (GhCoapExchange *exchange, const guint8 *octets, gsize length)
{
  GhCoapLink *link = exchange->link;
  GhCoapAnswer *answer = NULL;

  /* Looked up again: it may have been forgotten while the request waited. */
  if (exchange->changes)
    answer = gh_coap_answers_find (&link->answers, exchange->key,
                                   gh_coap_layer_now_us (link->layer));
  if (answer != NULL)
    gh_coap_answers_keep (&link->answers, answer, octets, length);
}

/* One that is no longer piggybacked: what a duplicate gets is the ACK; the answer itself is sent
 * until it is acknowledged. */
static void
send_separate (GhCoapExchange *exchange, GhCoapMessage *message)
{
  const guint8 ack[] = { 0x60, COAP_EMPTY_CODE, (guint8) (exchange->message_id >> 8),
                         (guint8) exchange->message_id };
  GhCoapConfirm *confirm = gh_coap_confirm_send (exchange->link, message, NULL,
                                                 exchange->notify_data);

  if (confirm != NULL)
    confirm->notify = exchange->notify;
  else if (exchange->notify != NULL)
    exchange->notify (FALSE, exchange->notify_data);
  remember (exchange, ack, sizeof ack);
}

/* Only options can be too long, since the payload was cut. */
static void
shorten (GhCoapMessage *message)
{
  message->n_options = 0;
  message->code = COAP_RESPONSE_CODE_INTERNAL_ERROR;
  message->payload_length = 0;
}

/* Sends @message, which fits, and ends the exchange. */
static void
finish (GhCoapExchange *exchange, GhCoapMessage *message)
{
  GhCoapLink *link = exchange->link;
  guint8 octets[GH_COAP_MAX_DATAGRAM];
  gsize length;

  gh_coap_message_set_token (message, exchange->token, exchange->token_length);
  if (exchange->type == COAP_MESSAGE_CON && exchange->acknowledged)
    send_separate (exchange, message);
  else if (link->reliable)
    {
      if (!gh_coap_link_send_frame (link, message))
        {
          shorten (message);
          (void) !gh_coap_link_send_frame (link, message);
        }
    }
  else
    {
      gboolean confirmable = exchange->type == COAP_MESSAGE_CON;

      message->type = confirmable ? COAP_MESSAGE_ACK : COAP_MESSAGE_NON;
      message->message_id = confirmable ? exchange->message_id : link->next_message_id++;
      length = gh_coap_message_write (message, octets, MIN (link->max_datagram, sizeof octets));
      if (length == 0)
        {
          shorten (message);
          length = gh_coap_message_write (message, octets, sizeof octets);
        }
      /* A duplicate of a message that is not confirmable gets nothing (RFC 7252 4.5). */
      if (confirmable)
        remember (exchange, octets, length);
      gh_coap_link_send (link, octets, length);
    }
  gh_coap_exchange_free (exchange);
}

/* What is to be cut into blocks. */
typedef struct {
  const guint8 *payload;
  gsize length;
  gsize chunk; /* octets of one message */
  guint8 szx;
} Body;

/* Cuts block @number out of @body. FALSE: it lies behind the end. */
static gboolean
cut_block (GhCoapMessage *message, const Body *body, guint32 number)
{
  const gsize size = body->chunk, length = body->length,
              at = number * gh_coap_block_unit (body->szx);
  const guint8 szx = body->szx;
  const GhCoapBlock block = { number, at + size < length, szx };

  if (at >= length && number > 0)
    return FALSE;
  message->payload = body->payload + at;
  message->payload_length = MIN (size, length - at);
  return gh_coap_message_add_block (message, COAP_OPTION_BLOCK2, &block);
}

/* The largest block that fits beside the options of @head and that the peer wants. */
static void
choose_size (const GhCoapExchange *exchange, const GhCoapMessage *head, Body *body)
{
  gsize beside = gh_coap_message_bound (head) + BLOCK_OPTIONS;

  body->szx = gh_coap_link_choose_szx (
    exchange->link, exchange->has_block2 ? exchange->block2.szx : GH_COAP_BLOCK_BERT, beside);
  body->chunk = gh_coap_link_chunk (exchange->link, body->szx, beside);
  /* Without a wish of the peer's a stream takes what fits its largest message. */
  if (exchange->link->reliable && !exchange->has_block2
      && beside + body->length <= exchange->link->max_datagram)
    body->chunk = MAX (body->chunk, body->length);
}

/* A block number counts blocks of the size that was asked for, which is not below ours. */
static guint32
first_block (const GhCoapExchange *exchange, const Body *body)
{
  return (guint32) (exchange->block2.number * gh_coap_block_unit (exchange->block2.szx)
                    / gh_coap_block_unit (body->szx));
}

static void
add_etag (const GhCoapLayer *layer, GhCoapMessage *answer, guint8 etag[8])
{
  (void) crypto_shorthash (etag, answer->payload, answer->payload_length, layer->etag_key);
  (void) gh_coap_message_add (answer, COAP_OPTION_ETAG, etag, 8);
}

/* Sends the answer in blocks when it must be, or when the peer asked so. */
static void
send_in_blocks (GhCoapExchange *exchange, GhCoapMessage *answer, GhBuffer *owner)
{
  Body body = { .payload = answer->payload, .length = answer->payload_length };
  guint8 etag[8];

  answer->payload_length = 0;
  choose_size (exchange, answer, &body);
  answer->payload_length = body.length;
  if (body.length <= body.chunk && !exchange->has_block2)
    {
      finish (exchange, answer);
      return;
    }
  if (body.length > body.chunk)
    {
      add_etag (exchange->link->layer, answer, etag);
      gh_coap_body_keep (exchange->link, exchange->body_key, answer, owner);
      (void) gh_coap_message_add_uint (answer, COAP_OPTION_SIZE2, (guint32) body.length);
    }
  if (!cut_block (answer, &body, exchange->has_block2 ? first_block (exchange, &body) : 0))
    {
      answer->n_options = 0;
      answer->code = COAP_RESPONSE_CODE_BAD_REQUEST;
      answer->payload_length = 0;
    }
  finish (exchange, answer);
}

void
gh_coap_exchange_respond (GhCoapExchange *exchange, GhCoapMessage *answer, GhBuffer *owner)
{
  GhCoapLink *link = exchange->link;

  gh_coap_link_enter (link);
  if (exchange->has_block1)
    (void) gh_coap_message_add_block (answer, COAP_OPTION_BLOCK1, &exchange->block1);
  send_in_blocks (exchange, answer, owner);
  gh_coap_link_leave (link);
}

/* Refusals of the message layer itself. */

static void
refuse (GhCoapExchange *exchange, const GhCoapMessage *message, guint8 code, const char *text)
{
  GhCoapMessage answer;
  guint rsc = code == COAP_RESPONSE_CODE_NOT_ALLOWED           ? RSC_METHOD
              : code == COAP_RESPONSE_CODE_SERVICE_UNAVAILABLE ? RSC_BUSY
                                                               : RSC_BAD;

  gh_coap_message_init (&answer, COAP_MESSAGE_ACK, code);
  gh_coap_map_refusal (message, code, rsc, text, &answer);
  if (code == COAP_RESPONSE_CODE_REQUEST_TOO_LARGE)
    (void) gh_coap_message_add_uint (&answer, COAP_OPTION_SIZE1,
                                     (guint32) exchange->link->layer->limits.max_body);
  exchange->has_block2 = FALSE;
  gh_coap_exchange_respond (exchange, &answer, NULL);
}

static void
refuse_busy (GhCoapExchange *exchange, const GhCoapMessage *message, guint retry_s,
             const char *text)
{
  GhCoapMessage answer;

  gh_coap_message_init (&answer, COAP_MESSAGE_ACK, 0);
  gh_coap_map_refusal (message, COAP_RESPONSE_CODE_SERVICE_UNAVAILABLE, RSC_BUSY, text, &answer);
  (void) gh_coap_message_add_uint (&answer, COAP_OPTION_MAXAGE, retry_s);
  exchange->has_block2 = FALSE;
  gh_coap_exchange_respond (exchange, &answer, NULL);
}

static GhCoapExchange *
exchange_new (GhCoapLink *link, const GhCoapMessage *message)
{
  GhCoapExchange *exchange = g_new0 (GhCoapExchange, 1);

  exchange->link = link;
  exchange->id = ++link->next_exchange;
  exchange->type = message->type;
  exchange->message_id = message->message_id;
  exchange->token_length = message->token_length;
  memcpy (exchange->token, message->token, message->token_length);
  exchange->node.data = exchange;
  g_queue_push_tail_link (&link->exchanges, &exchange->node);
  return exchange;
}

void
gh_coap_exchange_refuse_large (GhCoapLink *link, const GhCoapMessage *message)
{
  if (GH_COAP_IS_REQUEST (message->code) && message->type <= COAP_MESSAGE_NON)
    refuse (exchange_new (link, message), message, COAP_RESPONSE_CODE_REQUEST_TOO_LARGE,
            "the datagram is too large, send blocks");
}

/* Requests. */

/* A retrieve changes nothing and is simply answered again, but for a poll: what it took from its
 * channel would be lost with the first answer. */
static gboolean
is_repeatable (const GhCoapMessage *message)
{
  static const char last[] = "pcu";
  const GhCoapOption *segment = NULL;

  if (message->code != COAP_REQUEST_CODE_GET)
    return FALSE;
  for (guint i = 0; i < message->n_options; i++)
    if (message->options[i].number == COAP_OPTION_URI_PATH)
      segment = &message->options[i];
  return segment == NULL || segment->length != sizeof last - 1
         || memcmp (segment->value, last, sizeof last - 1) != 0;
}

/* TRUE when it is a duplicate, which has then got what it gets. */
static gboolean
take_duplicate (GhCoapLink *link, const GhCoapMessage *message, guint64 key)
{
  gboolean confirmable = message->type == COAP_MESSAGE_CON;
  GhCoapAnswer *answer;

  for (GList *l = link->exchanges.head; l != NULL; l = l->next)
    {
      GhCoapExchange *exchange = l->data;

      if (exchange->key != key)
        continue;
      if (confirmable)
        acknowledge (exchange);
      return TRUE;
    }
  if (is_repeatable (message))
    return FALSE;
  answer = gh_coap_answers_find (&link->answers, key, gh_coap_layer_now_us (link->layer));
  if (answer == NULL)
    return FALSE;
  if (answer->octets != NULL)
    gh_coap_link_send (link, answer->octets, answer->length);
  else if (confirmable)
    gh_coap_link_send_empty (link, COAP_MESSAGE_ACK, message->message_id);
  return TRUE;
}

/* A block of an answer that is being fetched. FALSE: there is none, the request is a new one. */
static gboolean
take_later_block (GhCoapExchange *exchange, const GhCoapMessage *message)
{
  GhCoapBody *body = gh_coap_body_find_kept (exchange->link, exchange->body_key);
  GhCoapMessage answer;
  Body whole;

  if (body == NULL)
    {
      if (message->code == COAP_REQUEST_CODE_GET)
        return FALSE;
      refuse (exchange, message, COAP_RESPONSE_CODE_INCOMPLETE,
              "the answer is no longer kept, ask again");
      return TRUE;
    }
  if (gh_coap_frame_parse (&answer, body->head->data, body->head->len) != GH_COAP_PARSED)
    return FALSE;
  whole = (Body){ .payload = body->payload, .length = body->length };
  choose_size (exchange, &answer, &whole);
  if (!cut_block (&answer, &whole, first_block (exchange, &whole)))
    refuse (exchange, message, COAP_RESPONSE_CODE_BAD_REQUEST, "Block2: behind the end");
  else
    finish (exchange, &answer);
  return TRUE;
}

/* A request in blocks. FALSE: it has got an answer. */
static gboolean
take_block (GhCoapExchange *exchange, GhCoapMessage *message, GhCoapBody **out_body)
{
  GhCoapMessage answer;

  switch (gh_coap_body_take (exchange->link, message, &exchange->block1, out_body))
    {
    case GH_COAP_BODY_WHOLE:
      return TRUE;
    case GH_COAP_BODY_CONTINUE:
      gh_coap_message_init (&answer, COAP_MESSAGE_ACK, COAP_RESPONSE_CODE_CONTINUE);
      exchange->has_block2 = FALSE;
      gh_coap_exchange_respond (exchange, &answer, NULL);
      return FALSE;
    case GH_COAP_BODY_INCOMPLETE:
      refuse (exchange, message, COAP_RESPONSE_CODE_INCOMPLETE,
              "Block1: not the block that was expected, begin again");
      return FALSE;
    case GH_COAP_BODY_TOO_LARGE:
      refuse (exchange, message, COAP_RESPONSE_CODE_REQUEST_TOO_LARGE,
              "the body is over the limit of max-body");
      return FALSE;
    case GH_COAP_BODY_FULL:
      refuse_busy (exchange, message, BUSY_RETRY_S, "too many bodies are being received");
      return FALSE;
    case GH_COAP_BODY_BAD:
    default:
      refuse (exchange, message, COAP_RESPONSE_CODE_BAD_REQUEST,
              "Block1: a reserved size, or a payload of another one");
      return FALSE;
    }
}

/* What is refused before the core sees it. FALSE: it has got an answer. */
static gboolean
admit (GhCoapExchange *exchange, const GhCoapMessage *message)
{
  GhCoapLink *link = exchange->link;
  const GhCoapLimits *limits = &link->layer->limits;
  guint retry_s = 0;

  if (message->refused_option != 0)
    refuse (exchange, message, COAP_RESPONSE_CODE_BAD_OPTION,
            "a critical option is unknown, repeated or of a wrong length");
  else if (message->code > COAP_REQUEST_CODE_DELETE)
    refuse (exchange, message, COAP_RESPONSE_CODE_NOT_ALLOWED,
            "the method is not one of GET, POST, PUT and DELETE");
  else if (gh_coap_message_find (message, COAP_OPTION_PROXY_URI) != NULL
           || gh_coap_message_find (message, COAP_OPTION_PROXY_SCHEME) != NULL)
    refuse (exchange, message, COAP_RESPONSE_CODE_PROXYING_NOT_SUPPORTED, "this is no proxy");
  else if (exchange->has_block2 && !gh_coap_link_takes_szx (link, exchange->block2.szx))
    refuse (exchange, message, COAP_RESPONSE_CODE_BAD_REQUEST, "Block2: a reserved size");
  else if (link->exchanges.length > limits->max_exchanges)
    refuse_busy (exchange, message, BUSY_RETRY_S, "too many requests are waiting");
  else if (!is_repeatable (message) && !link->reliable
           && gh_coap_answers_add (&link->answers, exchange->key,
                                   gh_coap_layer_now_us (link->layer), limits->lifetime_us,
                                   &retry_s)
                == NULL)
    refuse_busy (exchange, message, retry_s, "no room to recognise duplicates");
  else
    {
      exchange->changes = !is_repeatable (message) && !link->reliable;
      return TRUE;
    }
  return FALSE;
}

static void
hand_on (GhCoapExchange *exchange, GhCoapMessage *message)
{
  GhCoapLink *link = exchange->link;
  GhCoapLayer *layer = link->layer;
  guint64 id = exchange->id;

  layer->ops->request (layer->user_data, exchange, message);
  if (link->closed || message->type != COAP_MESSAGE_CON
      || gh_coap_link_find_exchange (link, id) == NULL)
    return;
  gh_coap_timer_set (&layer->timers, &exchange->timer,
                     gh_coap_layer_now_us (layer) + layer->limits.ack_delay_us, acknowledge_late);
}

void
gh_coap_exchange_take (GhCoapLink *link, GhCoapMessage *message, const guint8 *octets, gsize length)
{
  GhCoapExchange *exchange;
  GhCoapBody *body = NULL;
  guint64 key = link->reliable ? 0 : gh_hash_octets (octets, length);

  if (!link->reliable && take_duplicate (link, message, key))
    return;
  /* RFC 7252 5.4.1: in a message that is not confirmable it is rejected. */
  if (message->refused_option != 0 && message->type == COAP_MESSAGE_NON && !link->reliable)
    {
      gh_coap_link_send_empty (link, COAP_MESSAGE_RST, message->message_id);
      return;
    }
  exchange = exchange_new (link, message);
  exchange->key = key;
  exchange->has_block2 = gh_coap_message_block (message, COAP_OPTION_BLOCK2, &exchange->block2);
  if (!admit (exchange, message))
    return;
  exchange->has_block1 = gh_coap_message_block (message, COAP_OPTION_BLOCK1, &exchange->block1);
  exchange->body_key = gh_coap_body_key (message);
  if (exchange->has_block2 && exchange->block2.number > 0 && !exchange->has_block1
      && take_later_block (exchange, message))
    return;
  if (exchange->has_block1 && !take_block (exchange, message, &body))
    return;
  hand_on (exchange, message);
  if (body != NULL && !link->closed)
    gh_coap_body_free (body);
}

gboolean
gh_coap_exchange_watch (GhCoapExchange *exchange, GhCoapNotifyFunc func, gpointer user_data)
{
  if (exchange->type != COAP_MESSAGE_CON || !exchange->acknowledged)
    return FALSE;
  exchange->notify = func;
  exchange->notify_data = user_data;
  return TRUE;
}

gboolean
gh_coap_link_notify (GhCoapLink *link, const GhCoapMessage *request, GhCoapMessage *answer,
                     GhBuffer *owner, GhCoapNotifyFunc func, gpointer user_data)
{
  GhCoapExchange *exchange;

  if (link->closed || link->ended || link->waiting.length >= link->layer->limits.max_waiting
      || (link->reliable && link->sending.length >= link->layer->limits.max_waiting))
    return FALSE;
  exchange = exchange_new (link, request);
  exchange->type = COAP_MESSAGE_CON;
  exchange->acknowledged = TRUE;
  exchange->notify = func;
  exchange->notify_data = user_data;
  exchange->body_key = gh_coap_body_key (request);
  exchange->has_block2 = gh_coap_message_block (request, COAP_OPTION_BLOCK2, &exchange->block2);
  exchange->block2.number = 0;
  gh_coap_exchange_respond (exchange, answer, owner);
  return TRUE;
}
