/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-coap-layer-private.h"

#include "base/gh-secret.h"

#include <string.h>

static void start (GhCoapConfirm *confirm);

static void
confirm_free (GhCoapConfirm *confirm)
{
  GhCoapLink *link = confirm->link;

  gh_coap_timer_cancel (&link->layer->timers, &confirm->timer);
  g_queue_unlink (confirm->active ? &link->sending : &link->waiting, &confirm->node);
  g_free (confirm);
}

/* Puts the next ones on their way (RFC 7252 4.7). */
static void
start_waiting (GhCoapLink *link)
{
  while (!link->closed && link->waiting.head != NULL
         && link->sending.length < link->layer->limits.nstart)
    start (link->waiting.head->data);
}

static void
end (GhCoapConfirm *confirm, GhCoapConfirmEnd how, GhCoapMessage *message)
{
  GhCoapConfirmFunc func = confirm->func;
  GhCoapNotifyFunc notify = confirm->notify;
  GhCoapLink *link = confirm->link;
  gpointer owner = confirm->owner;

  gh_coap_link_enter (link);
  confirm_free (confirm);
  if (func != NULL)
    func (how, message, owner);
  else if (notify != NULL)
    notify (how == GH_COAP_CONFIRM_ACKED, owner);
  start_waiting (link);
  gh_coap_link_leave (link);
}

static void
retransmit (GhCoapTimer *timer)
{
  GhCoapConfirm *confirm = (GhCoapConfirm *) ((char *) timer
                                              - G_STRUCT_OFFSET (GhCoapConfirm, timer));
  GhCoapLink *link = confirm->link;
  GhCoapLayer *layer = link->layer;

  if (confirm->tries > layer->limits.max_retransmit)
    {
      end (confirm, GH_COAP_CONFIRM_TIMEOUT, NULL);
      return;
    }
  confirm->tries++;
  confirm->timeout_us *= 2;
  gh_coap_timer_set (&layer->timers, timer, gh_coap_layer_now_us (layer) + confirm->timeout_us,
                     retransmit);
  gh_coap_link_enter (link);
  gh_coap_link_send (link, confirm->octets, confirm->length);
  gh_coap_link_leave (link);
}

static void
start (GhCoapConfirm *confirm)
{
  GhCoapLink *link = confirm->link;
  GhCoapLayer *layer = link->layer;
  guint16 random;

  gh_random_bytes (&random, sizeof random);
  g_queue_unlink (&link->waiting, &confirm->node);
  g_queue_push_tail_link (&link->sending, &confirm->node);
  confirm->active = TRUE;
  confirm->tries = 1;
  /* Between ACK_TIMEOUT and ACK_TIMEOUT * ACK_RANDOM_FACTOR (4.2, 4.8). */
  confirm->timeout_us = layer->limits.ack_timeout_us
                        + layer->limits.ack_timeout_us / 2 * random / G_MAXUINT16;
  gh_coap_timer_set (&layer->timers, &confirm->timer,
                     gh_coap_layer_now_us (layer) + confirm->timeout_us, retransmit);
  gh_coap_link_send (link, confirm->octets, confirm->length);
}

/* A stream delivers by itself; what is waited for is only that it has left. */
static GhCoapConfirm *
send_reliably (GhCoapLink *link, const GhCoapMessage *message, GhCoapConfirmFunc func,
               gpointer owner)
{
  GhCoapConfirm *confirm;

  if (link->closed || link->ended || link->sending.length >= link->layer->limits.max_waiting)
    return NULL;
  confirm = g_new0 (GhCoapConfirm, 1);
  confirm->link = link;
  confirm->func = func;
  confirm->owner = owner;
  confirm->node.data = confirm;
  confirm->active = TRUE;
  g_queue_push_tail_link (&link->sending, &confirm->node);
  if (gh_coap_link_send_frame (link, message))
    return confirm;
  confirm_free (confirm);
  return NULL;
}

void
gh_coap_confirm_sent (GhCoapLink *link)
{
  /* What is sent in the course of it waits for the next time. */
  for (guint n = link->sending.length; n > 0 && link->sending.head != NULL; n--)
    {
      GhCoapMessage nothing;

      gh_coap_message_init (&nothing, COAP_MESSAGE_ACK, COAP_EMPTY_CODE);
      end (link->sending.head->data, GH_COAP_CONFIRM_ACKED, &nothing);
    }
}

GhCoapConfirm *
gh_coap_confirm_send (GhCoapLink *link, GhCoapMessage *message, GhCoapConfirmFunc func,
                      gpointer owner)
{
  guint8 octets[GH_COAP_MAX_DATAGRAM];
  GhCoapConfirm *confirm;
  gsize length;

  if (link->reliable)
    return send_reliably (link, message, func, owner);
  message->type = COAP_MESSAGE_CON;
  message->message_id = link->next_message_id++;
  length = gh_coap_message_write (message, octets, sizeof octets);
  if (link->closed || length == 0 || link->waiting.length >= link->layer->limits.max_waiting)
    return NULL;
  confirm = g_malloc0 (sizeof *confirm + length);
  confirm->link = link;
  confirm->message_id = message->message_id;
  confirm->func = func;
  confirm->owner = owner;
  confirm->node.data = confirm;
  confirm->length = length;
  memcpy (confirm->octets, octets, length);
  g_queue_push_tail_link (&link->waiting, &confirm->node);
  start_waiting (link);
  return confirm;
}

void
gh_coap_confirm_cancel (GhCoapConfirm *confirm)
{
  GhCoapLink *link = confirm->link;

  confirm_free (confirm);
  start_waiting (link);
}

gboolean
gh_coap_confirm_take (GhCoapLink *link, GhCoapMessage *message)
{
  for (GList *l = link->sending.head; l != NULL; l = l->next)
    {
      GhCoapConfirm *confirm = l->data;

      if (confirm->message_id != message->message_id)
        continue;
      end (confirm,
           message->type == COAP_MESSAGE_RST ? GH_COAP_CONFIRM_RESET : GH_COAP_CONFIRM_ACKED,
           message);
      return TRUE;
    }
  return FALSE;
}
