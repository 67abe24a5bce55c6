/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-coap-layer-private.h"

#include "base/gh-hash.h"
#include "base/gh-secret.h"

#include <sodium.h>
#include <string.h>

GhCoapLayer *
gh_coap_layer_new (const GhCoapLimits *limits, GhClock *clock, const GhCoapLayerOps *ops,
                   gpointer user_data)
{
  GhCoapLayer *layer = g_new0 (GhCoapLayer, 1);

  layer->limits = *limits;
  layer->clock = gh_clock_ref (clock);
  layer->ops = ops;
  layer->user_data = user_data;
  layer->answers.limit = limits->answers_all;
  layer->bodies.limit = limits->bodies_all;
  gh_random_bytes (layer->etag_key, sizeof layer->etag_key);
  layer->links = g_hash_table_new (g_int64_hash, g_int64_equal);
  gh_coap_timers_init (&layer->timers);
  return layer;
}

void
gh_coap_layer_free (GhCoapLayer *layer)
{
  g_autoptr (GList) links = g_hash_table_get_values (layer->links);

  for (GList *l = links; l != NULL; l = l->next)
    gh_coap_link_close (l->data);
  g_hash_table_unref (layer->links);
  gh_coap_timers_clear (&layer->timers);
  gh_clock_unref (layer->clock);
  g_free (layer);
}

static void
abandon (GhCoapLink *link)
{
  gh_coap_link_enter (link);
  while (!link->closed && link->exchanges.head != NULL)
    {
      GhCoapMessage message;

      gh_coap_message_init (&message, COAP_MESSAGE_ACK, 0);
      message.code = COAP_RESPONSE_CODE_SERVICE_UNAVAILABLE;
      gh_coap_exchange_respond (link->exchanges.head->data, &message, NULL);
    }
  gh_coap_link_leave (link);
}

void
gh_coap_layer_abandon (GhCoapLayer *layer)
{
  g_autoptr (GList) ids = g_hash_table_get_keys (layer->links);
  g_autoptr (GArray) kept = g_array_new (FALSE, FALSE, sizeof (guint64));

  /* One link may end another one by what it calls back. */
  for (GList *l = ids; l != NULL; l = l->next)
    g_array_append_vals (kept, l->data, 1);
  for (guint i = 0; i < kept->len; i++)
    {
      GhCoapLink *link = gh_coap_layer_find (layer, g_array_index (kept, guint64, i));

      if (link != NULL)
        abandon (link);
    }
}

gint64
gh_coap_layer_next_us (const GhCoapLayer *layer)
{
  return gh_coap_timers_next_us (&layer->timers);
}

void
gh_coap_layer_tick (GhCoapLayer *layer)
{
  gh_coap_timers_run (&layer->timers, gh_coap_layer_now_us (layer));
}

GhCoapLink *
gh_coap_layer_open (GhCoapLayer *layer, guint64 id, gsize max_datagram, gpointer data)
{
  GhCoapLink *link = g_new0 (GhCoapLink, 1);

  link->layer = layer;
  link->id = id;
  link->data = data;
  link->max_datagram = MIN (max_datagram, GH_COAP_MAX_DATAGRAM);
  link->answers.limit = layer->limits.answers;
  link->answers.all = &layer->answers;
  gh_random_bytes (&link->next_message_id, sizeof link->next_message_id);
  g_hash_table_insert (layer->links, &link->id, link);
  return link;
}

GhCoapLink *
gh_coap_layer_find (GhCoapLayer *layer, guint64 id)
{
  return g_hash_table_lookup (layer->links, &id);
}

static void
drop (GhCoapConfirm *confirm)
{
  GhCoapNotifyFunc notify = confirm->notify;
  gpointer owner = confirm->owner;

  gh_coap_confirm_cancel (confirm);
  if (notify != NULL)
    notify (FALSE, owner);
}

static void
link_free (GhCoapLink *link)
{
  while (link->exchanges.head != NULL)
    gh_coap_exchange_free (link->exchanges.head->data);
  while (link->sending.head != NULL)
    drop (link->sending.head->data);
  while (link->waiting.head != NULL)
    drop (link->waiting.head->data);
  while (link->bodies.head != NULL)
    gh_coap_body_free (link->bodies.head->data);
  gh_coap_answers_clear (&link->answers);
  g_free (link);
}

void
gh_coap_link_enter (GhCoapLink *link)
{
  link->busy++;
}

void
gh_coap_link_leave (GhCoapLink *link)
{
  if (--link->busy == 0 && link->closed)
    link_free (link);
}

void
gh_coap_link_close (GhCoapLink *link)
{
  if (link->closed)
    return;
  gh_coap_link_enter (link);
  link->closed = TRUE;
  g_hash_table_remove (link->layer->links, &link->id);
  gh_coap_call_close_all (link);
  gh_coap_link_leave (link);
}

guint64
gh_coap_link_get_id (const GhCoapLink *link)
{
  return link->id;
}

gpointer
gh_coap_link_get_data (const GhCoapLink *link)
{
  return link->data;
}

gboolean
gh_coap_link_is_idle (GhCoapLink *link)
{
  gh_coap_answers_expire (&link->answers, gh_coap_layer_now_us (link->layer));
  return link->exchanges.length == 0 && link->bodies.length == 0 && link->sending.length == 0
         && link->calls.length == 0 && link->answers.queue.length == 0;
}

void
gh_coap_link_send (GhCoapLink *link, const guint8 *octets, gsize length)
{
  GhCoapLayer *layer = link->layer;

  if (!link->closed)
    layer->ops->send (layer->user_data, link, octets, length);
}

void
gh_coap_link_send_empty (GhCoapLink *link, guint8 type, guint16 message_id)
{
  GhCoapMessage message;
  guint8 octets[4];

  gh_coap_message_init (&message, type, COAP_EMPTY_CODE);
  message.message_id = message_id;
  gh_coap_link_send (link, octets, gh_coap_message_write (&message, octets, sizeof octets));
}

/* A response that comes again, because its ACK was lost, gets its ACK again: nobody waits for it
 * any more, and a Reset would say that it was never wanted (RFC 7252 4.5). */
static gboolean
send_again (GhCoapLink *link, guint64 key)
{
  const GhCoapAnswer *ack = gh_coap_answers_find (&link->answers, key,
                                                  gh_coap_layer_now_us (link->layer));

  if (ack == NULL || ack->octets == NULL)
    return FALSE;
  gh_coap_link_send (link, ack->octets, ack->length);
  return TRUE;
}

static void
acknowledge (GhCoapLink *link, guint16 message_id, guint64 key)
{
  const guint8 octets[] = { 0x60, COAP_EMPTY_CODE, (guint8) (message_id >> 8),
                            (guint8) message_id };
  GhCoapLayer *layer = link->layer;
  guint ignored;
  GhCoapAnswer *ack = gh_coap_answers_add (&link->answers, key, gh_coap_layer_now_us (layer),
                                           layer->limits.lifetime_us, &ignored);

  if (ack != NULL)
    gh_coap_answers_keep (&link->answers, ack, octets, sizeof octets);
  gh_coap_link_send (link, octets, sizeof octets);
}

/* A response that is no ACK. What nobody asked for on this link is rejected (RFC 7252 4.2, 5.3.2);
 * the same token on another one makes no difference. */
static void
take_response (GhCoapLink *link, GhCoapMessage *message, const guint8 *octets, gsize length)
{
  const gboolean confirmable = message->type == COAP_MESSAGE_CON;
  const guint64 key = gh_hash_octets (octets, length);
  const guint16 message_id = message->message_id;

  if (confirmable && send_again (link, key))
    return;
  if (message->refused_option != 0 || !gh_coap_call_take (link, message))
    {
      if (confirmable)
        gh_coap_link_send_empty (link, COAP_MESSAGE_RST, message_id);
    }
  else if (confirmable)
    acknowledge (link, message_id, key);
}

static void
take_message (GhCoapLink *link, GhCoapMessage *message, const guint8 *octets, gsize length)
{
  if (message->type == COAP_MESSAGE_ACK || message->type == COAP_MESSAGE_RST)
    {
      if (message->type == COAP_MESSAGE_RST ? message->code == COAP_EMPTY_CODE
                                            : !GH_COAP_IS_REQUEST (message->code))
        (void) gh_coap_confirm_take (link, message);
    }
  else if (message->code == COAP_EMPTY_CODE)
    {
      /* "CoAP ping" (4.3) */
      if (message->type == COAP_MESSAGE_CON)
        gh_coap_link_send_empty (link, COAP_MESSAGE_RST, message->message_id);
    }
  else if (GH_COAP_IS_REQUEST (message->code))
    gh_coap_exchange_take (link, message, octets, length);
  else
    take_response (link, message, octets, length);
}

void
gh_coap_link_receive (GhCoapLink *link, const guint8 *octets, gsize length)
{
  GhCoapMessage message;
  GhCoapParse parse = gh_coap_message_parse (&message, octets, length);

  if (parse == GH_COAP_IGNORED)
    return;
  gh_coap_link_enter (link);
  link->heard++;
  if (parse == GH_COAP_BROKEN)
    {
      if (message.type == COAP_MESSAGE_CON)
        gh_coap_link_send_empty (link, COAP_MESSAGE_RST, message.message_id);
    }
  else if (parse == GH_COAP_TOO_LARGE)
    gh_coap_exchange_refuse_large (link, &message);
  else
    take_message (link, &message, octets, length);
  gh_coap_link_leave (link);
}
