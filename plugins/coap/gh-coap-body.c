/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-coap-layer-private.h"

#include "base/gh-hash.h"

#include <string.h>

#define BODY_COST 256 /* octets beside those of the body */

/* FALSE when there is no room. */
static gboolean
account (GhCoapBody *body, gsize cost)
{
  GhCoapLayer *layer = body->link->layer;
  GhCoapLink *link = body->link;

  if (cost > body->cost
      && (link->bodies_used + cost - body->cost > layer->limits.bodies
          || layer->bodies.used + cost - body->cost > layer->bodies.limit))
    return FALSE;
  link->bodies_used += cost - body->cost;
  layer->bodies.used += cost - body->cost;
  body->cost = cost;
  return TRUE;
}

void
gh_coap_body_free (GhCoapBody *body)
{
  GhCoapLink *link = body->link;

  (void) account (body, 0);
  gh_coap_timer_cancel (&link->layer->timers, &body->timer);
  g_queue_unlink (&link->bodies, &body->node);
  g_clear_pointer (&body->octets, g_byte_array_unref);
  g_clear_pointer (&body->head, g_byte_array_unref);
  g_clear_pointer (&body->owner, gh_buffer_unref);
  g_free (body);
}

static void
body_expired (GhCoapTimer *timer)
{
  gh_coap_body_free ((GhCoapBody *) ((char *) timer - G_STRUCT_OFFSET (GhCoapBody, timer)));
}

static void
touch (GhCoapBody *body)
{
  GhCoapLayer *layer = body->link->layer;

  gh_coap_timer_set (&layer->timers, &body->timer,
                     gh_coap_layer_now_us (layer) + layer->limits.body_lifetime_us, body_expired);
}

static GhCoapBody *
find (GhCoapLink *link, guint64 key, gboolean incoming)
{
  for (GList *l = link->bodies.head; l != NULL; l = l->next)
    {
      GhCoapBody *body = l->data;

      if (body->key == key && body->incoming == incoming)
        return body;
    }
  return NULL;
}

static GhCoapBody *
body_new (GhCoapLink *link, guint64 key, gboolean incoming)
{
  GhCoapBody *body = find (link, key, incoming);

  if (body != NULL)
    gh_coap_body_free (body);
  body = g_new0 (GhCoapBody, 1);
  body->link = link;
  body->key = key;
  body->incoming = incoming;
  body->node.data = body;
  g_queue_push_tail_link (&link->bodies, &body->node);
  touch (body);
  return body;
}

guint64
gh_coap_body_key (const GhCoapMessage *message)
{
  guint64 sums[3] = { message->code, 0, 0 };

  for (guint i = 0; i < message->n_options; i++)
    {
      const GhCoapOption *option = &message->options[i];

      switch (option->number)
        {
        case COAP_OPTION_BLOCK1:
        case COAP_OPTION_BLOCK2:
        case COAP_OPTION_SIZE1:
        case COAP_OPTION_SIZE2:
        case COAP_OPTION_ETAG:
        case COAP_OPTION_OBSERVE:
        /* who asks for the next block of an answer sends nothing that would have a format */
        case COAP_OPTION_CONTENT_FORMAT:
          continue;
        default:
          break;
        }
      sums[1] = option->number;
      sums[2] = gh_hash_octets (gh_coap_option_value (option), option->length);
      sums[0] = gh_hash_octets (sums, sizeof sums);
    }
  return sums[0];
}

/* Octets of the block fit to what is there. */
static GhCoapBodyStatus
check_block (GhCoapLink *link, const GhCoapMessage *message, const GhCoapBlock *block,
             const GhCoapBody *body)
{
  const gsize size = gh_coap_block_unit (block->szx), length = message->payload_length;
  const gboolean bert = block->szx == GH_COAP_BLOCK_BERT;
  guint32 announced = 0;

  /* BERT: any number of blocks, only the last of which may be short (RFC 8323 6). */
  if (!gh_coap_link_takes_szx (link, block->szx)
      || (bert ? block->more && (length == 0 || length % size != 0)
               : (block->more ? length != size : length > size)))
    return GH_COAP_BODY_BAD;
  if ((gh_coap_message_uint (message, COAP_OPTION_SIZE1, &announced)
       && announced > link->layer->limits.max_body)
      || block->number * size + length > link->layer->limits.max_body)
    return GH_COAP_BODY_TOO_LARGE;
  if (block->number > 0 && (body == NULL || body->octets->len != block->number * size))
    return GH_COAP_BODY_INCOMPLETE;
  return GH_COAP_BODY_CONTINUE;
}

GhCoapBodyStatus
gh_coap_body_take (GhCoapLink *link, GhCoapMessage *message, const GhCoapBlock *block,
                   GhCoapBody **out_body)
{
  guint64 key = gh_coap_body_key (message);
  GhCoapBody *body = find (link, key, TRUE);
  GhCoapBodyStatus status = check_block (link, message, block, body);

  *out_body = NULL;
  if (status != GH_COAP_BODY_CONTINUE)
    {
      if (body != NULL)
        gh_coap_body_free (body);
      return status;
    }
  if (block->number == 0)
    {
      if (!block->more)
        return GH_COAP_BODY_WHOLE;
      body = body_new (link, key, TRUE);
      body->octets = g_byte_array_new ();
    }
  /* An array that grows may hold twice its octets. */
  if (!account (body, BODY_COST + 2 * (body->octets->len + message->payload_length)))
    {
      gh_coap_body_free (body);
      return GH_COAP_BODY_FULL;
    }
  g_byte_array_append (body->octets, message->payload, (guint) message->payload_length);
  touch (body);
  if (block->more)
    return GH_COAP_BODY_CONTINUE;
  message->payload = body->octets->data;
  message->payload_length = body->octets->len;
  *out_body = body;
  return GH_COAP_BODY_WHOLE;
}

/* Makes room by dropping what was kept longest on this link: it can be asked for again. */
static gboolean
make_room (GhCoapBody *body, gsize cost)
{
  GhCoapLink *link = body->link;

  for (GList *l = link->bodies.head, *next; l != NULL && !account (body, cost); l = next)
    {
      GhCoapBody *other = l->data;

      next = l->next;
      if (other != body && !other->incoming)
        gh_coap_body_free (other);
    }
  return body->cost == cost || account (body, cost);
}

void
gh_coap_body_keep (GhCoapLink *link, guint64 key, const GhCoapMessage *answer, GhBuffer *owner)
{
  GhCoapBody *body = body_new (link, key, FALSE);
  GhCoapMessage head = *answer;

  head.token_length = 0;
  head.payload = NULL;
  head.payload_length = 0;
  gh_coap_message_remove (&head, COAP_OPTION_BLOCK1);
  gh_coap_message_remove (&head, COAP_OPTION_BLOCK2);
  body->head = g_byte_array_sized_new ((guint) gh_coap_message_bound (&head));
  g_byte_array_set_size (body->head, (guint) gh_coap_message_bound (&head));
  body->head->len = (guint) gh_coap_frame_write (&head, body->head->data, body->head->len);
  if (!make_room (body, BODY_COST + body->head->len + answer->payload_length))
    {
      gh_coap_body_free (body);
      return;
    }
  body->owner = owner != NULL
                  ? gh_buffer_ref (owner)
                  : gh_buffer_new ((const char *) answer->payload, answer->payload_length);
  body->payload = owner != NULL ? answer->payload : (const guint8 *) body->owner->data;
  body->length = answer->payload_length;
}

GhCoapBody *
gh_coap_body_find_kept (GhCoapLink *link, guint64 key)
{
  GhCoapBody *body = find (link, key, FALSE);

  if (body != NULL)
    touch (body);
  return body;
}
