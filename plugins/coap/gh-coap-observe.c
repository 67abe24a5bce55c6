/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-coap-observe.h"

#include "gh-coap-discovery.h"
#include "gh-coap-endpoint-private.h"
#include "gh-coap-request.h"

#include "base/gh-hash.h"

#include <string.h>

#define LOOK_US      (G_USEC_PER_SEC / 10) /* between two looks at the core's number */
#define ROUND_US     (10 * G_USEC_PER_SEC) /* all are asked again though nothing has changed */
#define LINKS_US     G_USEC_PER_SEC        /* between two discoveries for one observation */
#define LOOK_AT_ONCE 100                   /* questions of one look */
#define NUMBER_MASK  0xffffff              /* of the Observe option */

struct _GhCoapObservation {
  guint ref_count;
  GhCoapPeer *peer; /* NULL: it has ended */
  GList node;       /* in GhCoapPeer.observations */
  GList round;      /* in GhCoapEndpoint.observations */
  GByteArray *request;
  gint64 links_us;    /* the links are not asked for again before; 0: it is a resource */
  guint64 shown;      /* hash of what the peer knows */
  guint32 number;     /* of the last notification */
  gboolean asking;    /* the core has been asked */
  gboolean under_way; /* a notification has not been acknowledged yet */
};

GhCoapObservation *
gh_coap_observation_ref (GhCoapObservation *observation)
{
  observation->ref_count++;
  return observation;
}

void
gh_coap_observation_unref (GhCoapObservation *observation)
{
  if (--observation->ref_count > 0)
    return;
  g_byte_array_unref (observation->request);
  g_free (observation);
}

static void
remove_observation (GhCoapObservation *observation)
{
  GhCoapPeer *peer = g_steal_pointer (&observation->peer);

  if (peer == NULL)
    return;
  g_queue_unlink (&peer->observations, &observation->node);
  g_queue_unlink (&peer->endpoint->observations, &observation->round);
  gh_coap_observation_unref (observation);
}

gboolean
gh_coap_observe_wanted (const GhCoapMessage *message)
{
  guint32 value;

  return message->code == COAP_REQUEST_CODE_GET
         && gh_coap_message_uint (message, COAP_OPTION_OBSERVE, &value) && value == 0;
}

GByteArray *
gh_coap_observe_copy (const GhCoapMessage *message)
{
  GhCoapMessage copy = *message;
  GByteArray *octets = g_byte_array_new ();

  gh_coap_message_remove (&copy, COAP_OPTION_OBSERVE);
  g_byte_array_set_size (octets, (guint) gh_coap_message_bound (&copy));
  g_byte_array_set_size (octets, (guint) gh_coap_message_write (&copy, octets->data, octets->len));
  return octets;
}

static GhCoapObservation *
find (GhCoapPeer *peer, const guint8 *token, guint8 token_length)
{
  for (GList *l = peer->observations.head; l != NULL; l = l->next)
    {
      GhCoapObservation *observation = l->data;
      const guint8 *octets = observation->request->data;

      /* The token stands behind the header. */
      if ((octets[0] & 0xf) == token_length && memcmp (octets + 4, token, token_length) == 0)
        return observation;
    }
  return NULL;
}

void
gh_coap_observe_end (GhCoapPeer *peer, const guint8 *token, guint8 token_length)
{
  GhCoapObservation *observation = find (peer, token, token_length);

  if (observation != NULL)
    remove_observation (observation);
}

void
gh_coap_observe_forget (GhCoapPeer *peer)
{
  while (peer->observations.head != NULL)
    remove_observation (peer->observations.head->data);
}

static guint64
hash_answer (const GhCoapMessage *answer)
{
  return gh_hash_octets (answer->payload != NULL ? answer->payload : (const guint8 *) "",
                         answer->payload_length);
}

static void
add_number (GhCoapObservation *observation, GhCoapMessage *answer)
{
  observation->number = (observation->number + 1) & NUMBER_MASK;
  (void) gh_coap_message_add_uint (answer, COAP_OPTION_OBSERVE, observation->number);
}

void
gh_coap_observe_begin (GhCoapPeer *peer, GByteArray *request, GhCoapMessage *answer)
{
  GhCoapEndpoint *endpoint = peer->endpoint;
  const GhCoapSettings *settings = &endpoint->settings;
  GhCoapObservation *observation;
  GhCoapMessage message;

  gh_coap_observe_end (peer, request->data + 4, request->data[0] & 0xf);
  if (request->len > GH_COAP_MAX_DATAGRAM || peer->observations.length >= settings->max_observations
      || endpoint->observations.length >= settings->max_all_observations)
    return;
  observation = g_new0 (GhCoapObservation, 1);
  observation->ref_count = 1;
  observation->peer = peer;
  observation->request = g_byte_array_ref (request);
  observation->node.data = observation;
  observation->round.data = observation;
  if (gh_coap_message_parse (&message, request->data, request->len) == GH_COAP_PARSED
      && gh_coap_discovery_is_for (&message))
    observation->links_us = gh_clock_monotonic_us (settings->host->clock) + LINKS_US;
  observation->shown = hash_answer (answer);
  g_queue_push_tail_link (&peer->observations, &observation->node);
  g_queue_push_tail_link (&endpoint->observations, &observation->round);
  add_number (observation, answer);
}

static void
notified (gboolean acknowledged, gpointer user_data)
{
  GhCoapObservation *observation = user_data;

  observation->under_way = FALSE;
  /* Rejected, or nobody is there any more (RFC 7641 4.5). */
  if (!acknowledged)
    remove_observation (observation);
  gh_coap_observation_unref (observation);
}

void
gh_coap_observe_show (GhCoapObservation *observation, GhCoapMessage *answer, GhBuffer *owner)
{
  GhCoapPeer *peer = observation->peer;
  const gboolean ended = answer->code != COAP_RESPONSE_CODE_CONTENT;
  GhCoapMessage request;
  guint64 hash;

  observation->asking = FALSE;
  if (peer == NULL)
    return;
  hash = hash_answer (answer);
  if ((!ended && (hash == observation->shown || observation->under_way))
      || gh_coap_message_parse (&request, observation->request->data, observation->request->len)
           != GH_COAP_PARSED)
    return;
  if (!ended)
    add_number (observation, answer);
  /* One reference until it has arrived, and one for this call, in which it may fail already. */
  gh_coap_observation_ref (gh_coap_observation_ref (observation));
  observation->under_way = TRUE;
  if (!gh_coap_link_notify (peer->link, &request, answer, owner, notified, observation))
    {
      observation->under_way = FALSE;
      gh_coap_observation_unref (observation);
    }
  else
    {
      observation->shown = hash;
      if (ended)
        remove_observation (observation);
    }
  gh_coap_observation_unref (observation);
}

gint64
gh_coap_observe_next_us (const GhCoapEndpoint *endpoint)
{
  return endpoint->observations.length > 0 && !endpoint->quiet ? endpoint->look_us : G_MAXINT64;
}

/* A discovery costs more than a retrieve: one that comes too early waits for a round of its own. */
static gboolean
is_too_early (GhCoapEndpoint *endpoint, GhCoapObservation *observation, gint64 now_us)
{
  if (observation->links_us == 0)
    return FALSE;
  if (now_us < observation->links_us)
    {
      endpoint->round_us = MIN (endpoint->round_us, observation->links_us - ROUND_US);
      return TRUE;
    }
  observation->links_us = now_us + LINKS_US;
  return FALSE;
}

static void
ask (GhCoapEndpoint *endpoint, GhCoapObservation *observation, gint64 now_us)
{
  GhCoapMessage request;

  if (observation->asking || observation->under_way
      || gh_coap_message_parse (&request, observation->request->data, observation->request->len)
           != GH_COAP_PARSED
      || is_too_early (endpoint, observation, now_us))
    return;
  observation->asking = TRUE;
  gh_coap_request_repeat (endpoint, observation->peer, &request, observation);
}

/* Whether all are to be asked again. */
static gboolean
begin_round (GhCoapEndpoint *endpoint, gint64 now_us)
{
  const GhTransportHost *host = endpoint->settings.host;
  guint64 changes = host->changes != NULL ? host->changes (host->core) : 0;

  if (host->changes != NULL && changes == endpoint->changes_seen
      && now_us < endpoint->round_us + ROUND_US)
    return FALSE;
  endpoint->changes_seen = changes;
  endpoint->round_us = now_us;
  endpoint->to_look = endpoint->observations.length;
  return TRUE;
}

void
gh_coap_observe_look (GhCoapEndpoint *endpoint)
{
  gint64 now_us;

  if (endpoint->observations.length == 0 || endpoint->quiet)
    return;
  now_us = gh_clock_monotonic_us (endpoint->settings.host->clock);
  if (now_us < endpoint->look_us)
    return;
  endpoint->look_us = now_us + LOOK_US;
  if (endpoint->to_look == 0 && !begin_round (endpoint, now_us))
    return;
  for (guint i = 0; i < LOOK_AT_ONCE && endpoint->to_look > 0; i++)
    {
      GList *node = g_queue_peek_head_link (&endpoint->observations);

      if (node == NULL)
        break;
      endpoint->to_look--;
      g_queue_unlink (&endpoint->observations, node);
      g_queue_push_tail_link (&endpoint->observations, node);
      ask (endpoint, node->data, now_us);
    }
}
