/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-coap-layer-private.h"

#include "base/gh-secret.h"

#include <string.h>

/* Octets that block options add to a request, with the payload marker. */
#define BLOCK_OPTIONS 16

/* A request of ours until its answer is whole. */
typedef struct {
  GhCoapTimer timer; /* deadline */
  GhCoapLink *link;
  guint64 heard;    /* of the link, at the start */
  GList node;       /* in GhCoapLink.calls */
  GByteArray *head; /* the request without payload, with its token */
  GhBuffer *owner;  /* of the payload */
  const guint8 *payload;
  gsize length;
  gsize beside; /* octets of a message without payload */
  gsize sent;   /* octets of the payload that have left, with the message under way */
  guint8 szx;
  gboolean in_blocks;
  GhCoapConfirm *confirm; /* NULL: acknowledged, the answer comes later */
  GByteArray *answer;     /* of an answer in blocks; NULL */
  GhCoapCallFunc func;
  gpointer user_data;
} Call;

static void confirmed (GhCoapConfirmEnd end, GhCoapMessage *message, gpointer owner);

static void
finish (Call *call, GhCoapCallEnd end, const GhCoapMessage *answer)
{
  GhCoapLink *link = call->link;

  g_queue_unlink (&link->calls, &call->node);
  gh_coap_timer_cancel (&link->layer->timers, &call->timer);
  if (call->confirm != NULL)
    gh_coap_confirm_cancel (g_steal_pointer (&call->confirm));
  call->func (end, answer, call->user_data);
  gh_coap_reliable_progress (link);
  g_byte_array_unref (call->head);
  g_clear_pointer (&call->answer, g_byte_array_unref);
  g_clear_pointer (&call->owner, gh_buffer_unref);
  g_free (call);
}

static GhCoapCallEnd
late_end (const Call *call)
{
  const GhCoapLink *link = call->link;

  return !link->reliable && link->heard == call->heard ? GH_COAP_CALL_SILENT
                                                       : GH_COAP_CALL_TIMEOUT;
}

static void
expired (GhCoapTimer *timer)
{
  Call *call = (Call *) ((char *) timer - G_STRUCT_OFFSET (Call, timer));
  GhCoapLink *link = call->link;

  gh_coap_link_enter (link);
  finish (call, late_end (call), NULL);
  gh_coap_link_leave (link);
}

/* The next message of @call; FALSE when it cannot be sent. */
static gboolean
transmit (Call *call, GhCoapMessage *message)
{
  call->confirm = gh_coap_confirm_send (call->link, message, confirmed, call);
  return call->confirm != NULL;
}

static gboolean
begin_message (const Call *call, GhCoapMessage *message)
{
  return gh_coap_message_parse (message, call->head->data, call->head->len) == GH_COAP_PARSED;
}

/* The whole request, or the block of it that begins at @at. */
static gboolean
send_payload (Call *call, gsize at)
{
  const gboolean in_blocks = call->in_blocks;
  const gsize size = in_blocks ? gh_coap_link_chunk (call->link, call->szx, call->beside)
                               : call->length;
  const GhCoapBlock block = { (guint32) (at / gh_coap_block_unit (call->szx)),
                              at + size < call->length, call->szx };
  GhCoapMessage message;

  if (!begin_message (call, &message))
    return FALSE;
  if (call->length > 0)
    message.payload = call->payload + at;
  message.payload_length = MIN (size, call->length - at);
  call->sent = at + message.payload_length;
  if (in_blocks && !gh_coap_message_add_block (&message, COAP_OPTION_BLOCK1, &block))
    return FALSE;
  if (in_blocks && at == 0)
    (void) gh_coap_message_add_uint (&message, COAP_OPTION_SIZE1, (guint32) call->length);
  return transmit (call, &message);
}

/* Asks for the block of the answer that is missing. */
static gboolean
ask_for_block (Call *call, guint8 szx)
{
  const GhCoapBlock block = { (guint32) (call->answer->len / gh_coap_block_unit (szx)), FALSE,
                              szx };
  GhCoapMessage message;

  if (!begin_message (call, &message))
    return FALSE;
  gh_coap_message_remove (&message, COAP_OPTION_CONTENT_FORMAT);
  return gh_coap_message_add_block (&message, COAP_OPTION_BLOCK2, &block)
         && transmit (call, &message);
}

static gboolean
is_whole_block (gsize length, guint8 szx)
{
  const gsize unit = gh_coap_block_unit (szx);

  return szx == GH_COAP_BLOCK_BERT ? length > 0 && length % unit == 0 : length == unit;
}

/* An answer in blocks. TRUE: it is whole, or has no blocks. */
static gboolean
collect (Call *call, GhCoapMessage *message, GhCoapCallEnd *out_end)
{
  GhCoapBlock block;

  *out_end = GH_COAP_CALL_ANSWERED;
  if (!gh_coap_message_block (message, COAP_OPTION_BLOCK2, &block)
      || (block.number == 0 && !block.more && call->answer == NULL))
    return TRUE;
  if (call->answer == NULL)
    call->answer = g_byte_array_new ();
  if (!gh_coap_link_takes_szx (call->link, block.szx)
      || block.number * gh_coap_block_unit (block.szx) != call->answer->len
      || (block.more && !is_whole_block (message->payload_length, block.szx))
      || call->answer->len + message->payload_length > call->link->layer->limits.max_body)
    {
      *out_end = GH_COAP_CALL_BROKEN;
      return TRUE;
    }
  g_byte_array_append (call->answer, message->payload, (guint) message->payload_length);
  if (block.more)
    {
      if (ask_for_block (call, block.szx))
        return FALSE;
      *out_end = GH_COAP_CALL_BROKEN;
      return TRUE;
    }
  message->payload = call->answer->data;
  message->payload_length = call->answer->len;
  return TRUE;
}

/* More of the request is to be sent. TRUE: and it was. */
static gboolean
go_on (Call *call, const GhCoapMessage *message)
{
  GhCoapBlock block;

  if (!gh_coap_message_block (message, COAP_OPTION_BLOCK1, &block)
      || !gh_coap_link_takes_szx (call->link, block.szx))
    return FALSE;
  if (message->code == COAP_RESPONSE_CODE_CONTINUE && call->sent < call->length)
    {
      call->szx = MIN (call->szx, block.szx);
      return send_payload (call, call->sent);
    }
  /* RFC 7959 2.9.3: the peer wants smaller ones. */
  if (message->code == COAP_RESPONSE_CODE_REQUEST_TOO_LARGE && block.szx < call->szx)
    {
      call->szx = block.szx;
      call->in_blocks = call->length > gh_coap_block_unit (call->szx);
      return send_payload (call, 0);
    }
  return FALSE;
}

static void
take_answer (Call *call, GhCoapMessage *message)
{
  GhCoapCallEnd end;

  if (call->confirm != NULL)
    gh_coap_confirm_cancel (g_steal_pointer (&call->confirm));
  if (message->refused_option == 0 && go_on (call, message))
    return;
  if (message->code == COAP_RESPONSE_CODE_CONTINUE || message->refused_option != 0)
    finish (call, GH_COAP_CALL_BROKEN, NULL);
  else if (collect (call, message, &end))
    finish (call, end, end == GH_COAP_CALL_ANSWERED ? message : NULL);
}

static gboolean
is_for (const Call *call, const GhCoapMessage *message)
{
  /* The token stands behind the header. */
  return message->token_length == (call->head->data[0] & 0xf)
         && memcmp (message->token, call->head->data + 4, message->token_length) == 0;
}

static void
confirmed (GhCoapConfirmEnd end, GhCoapMessage *message, gpointer owner)
{
  Call *call = owner;

  call->confirm = NULL;
  if (end != GH_COAP_CONFIRM_ACKED)
    finish (call, end == GH_COAP_CONFIRM_RESET ? GH_COAP_CALL_RESET : late_end (call), NULL);
  else if (message->code == COAP_EMPTY_CODE)
    return;
  else if (message->refused_option != 0 || !GH_COAP_IS_RESPONSE (message->code)
           || !is_for (call, message))
    finish (call, GH_COAP_CALL_BROKEN, NULL);
  else
    take_answer (call, message);
}

gboolean
gh_coap_call_take (GhCoapLink *link, GhCoapMessage *message)
{
  for (GList *l = link->calls.head; l != NULL; l = l->next)
    if (GH_COAP_IS_RESPONSE (message->code) && is_for (l->data, message))
      {
        take_answer (l->data, message);
        return TRUE;
      }
  return FALSE;
}

void
gh_coap_call_close_all (GhCoapLink *link)
{
  while (link->calls.head != NULL)
    finish (link->calls.head->data, GH_COAP_CALL_CLOSED, NULL);
}

static void
take_payload (Call *call, GhCoapMessage *request, GhBuffer *owner)
{
  gsize beside;

  call->length = request->payload_length;
  if (owner != NULL)
    {
      call->owner = gh_buffer_ref (owner);
      call->payload = request->payload;
    }
  else
    {
      call->owner = gh_buffer_new (request->payload != NULL ? (const char *) request->payload : "",
                                   request->payload_length);
      call->payload = (const guint8 *) call->owner->data;
    }
  request->payload = NULL;
  request->payload_length = 0;
  beside = gh_coap_message_bound (request) + BLOCK_OPTIONS;
  call->beside = beside;
  call->szx = gh_coap_link_choose_szx (call->link, GH_COAP_BLOCK_BERT, beside);
  /* A stream takes whatever fits the peer's largest message. */
  call->in_blocks = call->length > gh_coap_block_unit (call->szx)
                    && (!call->link->reliable || beside + call->length > call->link->max_datagram);
  call->head = g_byte_array_new ();
  g_byte_array_set_size (call->head, (guint) beside);
  call->head->len = (guint) gh_coap_message_write (request, call->head->data, beside);
}

gboolean
gh_coap_link_call (GhCoapLink *link, GhCoapMessage *request, GhBuffer *owner, gint64 deadline_us,
                   GhCoapCallFunc func, gpointer user_data)
{
  Call *call;
  guint8 token[GH_COAP_MAX_TOKEN];
  gboolean sent;

  if (link->closed || gh_coap_link_is_released (link)
      || link->waiting.length >= link->layer->limits.max_waiting
      || (link->reliable && link->calls.length >= link->layer->limits.max_waiting))
    return FALSE;
  gh_random_bytes (token, sizeof token);
  gh_coap_message_set_token (request, token, sizeof token);
  request->type = COAP_MESSAGE_CON;
  request->message_id = 0;
  call = g_new0 (Call, 1);
  call->link = link;
  call->heard = link->heard;
  call->func = func;
  call->user_data = user_data;
  call->node.data = call;
  take_payload (call, request, owner);
  gh_coap_link_enter (link);
  g_queue_push_tail_link (&link->calls, &call->node);
  sent = send_payload (call, 0);
  if (sent)
    gh_coap_timer_set (&link->layer->timers, &call->timer, deadline_us, expired);
  else
    {
      g_queue_unlink (&link->calls, &call->node);
      g_byte_array_unref (call->head);
      gh_buffer_unref (call->owner);
      g_free (call);
    }
  gh_coap_link_leave (link);
  return sent;
}
