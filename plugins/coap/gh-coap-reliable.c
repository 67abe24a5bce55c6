/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-coap-layer-private.h"

#include "gh-coap-signal.h"

#include <string.h>

GhCoapLink *
gh_coap_layer_open_stream (GhCoapLayer *layer, guint64 id, gpointer data)
{
  GhCoapLink *link = gh_coap_layer_open (layer, id, GH_COAP_MESSAGE_BASE, data);
  GhCoapMessage csm;

  link->reliable = TRUE;
  gh_coap_signal_csm (&csm, (guint32) layer->limits.max_message);
  (void) !gh_coap_link_send_frame (link, &csm);
  return link;
}

gboolean
gh_coap_link_send_frame (GhCoapLink *link, const GhCoapMessage *message)
{
  guint8 small[2048];
  g_autofree guint8 *large = NULL;
  gsize bound = gh_coap_message_bound (message), length;

  if (bound > sizeof small)
    large = g_malloc (bound);
  length = gh_coap_frame_write (message, large != NULL ? large : small, MAX (bound, sizeof small));
  if (length == 0 || length > link->max_datagram)
    return FALSE;
  gh_coap_link_send (link, large != NULL ? large : small, length);
  return TRUE;
}

gboolean
gh_coap_link_is_settled (const GhCoapLink *link)
{
  return link->settled;
}

gboolean
gh_coap_link_is_released (const GhCoapLink *link)
{
  return link->released || link->ended;
}

gboolean
gh_coap_link_has_ended (const GhCoapLink *link)
{
  return link->ended;
}

static void
end (GhCoapLink *link)
{
  if (link->ended || link->closed)
    return;
  link->ended = TRUE;
  link->layer->ops->ended (link->layer->user_data, link);
}

static void
abort_for (GhCoapLink *link, guint16 bad_option, const char *text)
{
  GhCoapMessage message;

  if (link->ended)
    return;
  gh_coap_signal_abort (&message, bad_option, text);
  if (!gh_coap_link_send_frame (link, &message))
    {
      message.payload_length = 0;
      (void) !gh_coap_link_send_frame (link, &message);
    }
  end (link);
}

void
gh_coap_link_abort (GhCoapLink *link, const char *text)
{
  gh_coap_link_enter (link);
  abort_for (link, 0, text);
  gh_coap_link_leave (link);
}

void
gh_coap_link_release (GhCoapLink *link)
{
  GhCoapMessage message;

  if (link->released || link->ended)
    return;
  gh_coap_link_enter (link);
  link->released = TRUE;
  gh_coap_message_init (&message, COAP_MESSAGE_NON, COAP_SIGNALING_RELEASE);
  (void) !gh_coap_link_send_frame (link, &message);
  gh_coap_reliable_progress (link);
  gh_coap_link_leave (link);
}

void
gh_coap_link_finish (GhCoapLink *link)
{
  gh_coap_link_enter (link);
  link->released = TRUE;
  gh_coap_call_close_all (link);
  gh_coap_reliable_progress (link);
  gh_coap_link_leave (link);
}

/* Signals. */

static void
take_csm (GhCoapLink *link, const GhCoapSignal *csm)
{
  const gsize limit = link->layer->limits.max_message;

  /* A CSM says only what has changed since the one before it (RFC 8323 5.3). */
  if (csm->max_message != 0)
    link->max_datagram = MIN (csm->max_message, limit);
  link->block_wise |= csm->block_wise;
  link->bert = link->block_wise && link->max_datagram > GH_COAP_MESSAGE_BASE;
  link->settled = TRUE;
}

static void
send_pong (GhCoapLink *link, const guint8 *token, guint8 token_length, gboolean custody)
{
  GhCoapMessage message;

  gh_coap_signal_pong (&message, token, token_length, custody);
  (void) !gh_coap_link_send_frame (link, &message);
}

/* All that came before exchange @until has been answered. */
static gboolean
is_processed (const GhCoapLink *link, guint64 until)
{
  const GhCoapExchange *oldest = link->exchanges.head != NULL ? link->exchanges.head->data : NULL;

  return oldest == NULL || oldest->id > until;
}

static void
take_ping (GhCoapLink *link, const GhCoapMessage *message, const GhCoapSignal *signal)
{
  const gboolean processed = is_processed (link, link->next_exchange);
  GhCoapPing *ping;

  /* Without room for another one to wait, it is answered without the promise. */
  if (!signal->custody || processed || link->n_pings == GH_COAP_MAX_PINGS)
    {
      send_pong (link, message->token, message->token_length, processed);
      return;
    }
  ping = &link->pings[link->n_pings++];
  ping->until = link->next_exchange;
  ping->token_length = message->token_length;
  memcpy (ping->token, message->token, message->token_length);
}

static void
answer_pings (GhCoapLink *link)
{
  guint n = 0;

  while (n < link->n_pings && is_processed (link, link->pings[n].until))
    {
      send_pong (link, link->pings[n].token, link->pings[n].token_length, TRUE);
      n++;
    }
  link->n_pings -= n;
  memmove (link->pings, link->pings + n, link->n_pings * sizeof link->pings[0]);
}

void
gh_coap_reliable_progress (GhCoapLink *link)
{
  if (!link->reliable || link->closed || link->ended)
    return;
  answer_pings (link);
  if (link->released && link->exchanges.length == 0 && link->calls.length == 0)
    end (link);
}

static void
take_signal (GhCoapLink *link, const GhCoapMessage *message)
{
  GhCoapSignal signal;
  GhCoapSignalStatus status = gh_coap_signal_read (message, &signal);

  if (status == GH_COAP_SIGNAL_BAD_OPTION)
    {
      abort_for (link, message->code == COAP_SIGNALING_CSM ? signal.bad_option : 0,
                 "an option of the signal cannot be processed");
      return;
    }
  if (status == GH_COAP_SIGNAL_UNKNOWN)
    return;
  switch (signal.code)
    {
    case COAP_SIGNALING_CSM:
      take_csm (link, &signal);
      break;
    case COAP_SIGNALING_PING:
      take_ping (link, message, &signal);
      break;
    case COAP_SIGNALING_RELEASE:
      link->released = TRUE;
      gh_coap_reliable_progress (link);
      break;
    case COAP_SIGNALING_ABORT:
      end (link);
      break;
    case COAP_SIGNALING_PONG:
    default:
      break;
    }
}

/* Messages. */

static void
take_frame (GhCoapLink *link, GhCoapMessage *message, const guint8 *octets, gsize length)
{
  if (!link->settled && message->code != COAP_SIGNALING_CSM)
    abort_for (link, 0, "the first message must be a CSM");
  else if (GH_COAP_IS_SIGNAL (message->code))
    take_signal (link, message);
  else if (GH_COAP_IS_REQUEST (message->code))
    gh_coap_exchange_take (link, message, octets, length);
  /* An empty message means nothing (3.4), and neither does an answer to what was not asked on this
   * link. */
  else if (message->code != COAP_EMPTY_CODE)
    (void) gh_coap_call_take (link, message);
}

void
gh_coap_link_receive_frame (GhCoapLink *link, const guint8 *octets, gsize length)
{
  GhCoapMessage message;

  if (link->ended || link->closed)
    return;
  gh_coap_link_enter (link);
  if (length > link->layer->limits.max_message)
    abort_for (link, 0, "the message is larger than the CSM allows");
  else if (gh_coap_frame_parse (&message, octets, length) != GH_COAP_PARSED)
    abort_for (link, 0, "the message has a format error");
  else
    take_frame (link, &message, octets, length);
  gh_coap_link_leave (link);
}

void
gh_coap_link_sent (GhCoapLink *link)
{
  gh_coap_link_enter (link);
  gh_coap_confirm_sent (link);
  gh_coap_link_leave (link);
}

/* Sizes of blocks (RFC 7959, RFC 8323 6). */

gsize
gh_coap_link_chunk (const GhCoapLink *link, guint8 szx, gsize beside)
{
  const gsize unit = gh_coap_block_unit (szx);
  gsize room = link->max_datagram > beside ? link->max_datagram - beside : 0;

  return szx < GH_COAP_BLOCK_BERT ? unit : MAX (room / unit, 1) * unit;
}

guint8
gh_coap_link_choose_szx (const GhCoapLink *link, guint8 wanted, gsize beside)
{
  guint8 szx = MIN (wanted, link->bert ? GH_COAP_BLOCK_BERT : GH_COAP_BLOCK_SZX_MAX);

  while (szx > 0 && beside + gh_coap_block_unit (szx) > link->max_datagram)
    szx--;
  return szx;
}
