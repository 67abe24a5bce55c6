/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-channel-private.h"

#include <string.h>

#include "base/gh-hash.h"
#include "primitive/gh-json-reader.h"
#include "primitive/gh-json-writer.h"

/* Requests on their way through a polling channel, and the answers that come back. */

/* Beside the body of a request: its parameters, and what is kept about it. */
#define REQUEST_OCTETS 1024
/* Octets of memory that an octet of JSON may take while it is looked through. */
#define GROWTH 12
#define LEAST  65536

/* GhQueryFunc; user_data: the list, the last one first */
static void
add_pair (const char *name, const char *value, gpointer user_data)
{
  GQueue *pairs = user_data;
  GhQueryPair *pair = g_new0 (GhQueryPair, 1);
  *pair = (GhQueryPair){ .next = g_queue_peek_head (pairs),
                         .name = g_strdup (name),
                         .value = g_strdup (value) };
  g_queue_push_head (pairs, pair);
}

static void
pair_free (gpointer data)
{
  GhQueryPair *pair = data;
  g_free ((char *) pair->name);
  g_free ((char *) pair->value);
  g_free (pair);
}

/* {"m2m:rqp":{...}}, as it leaves now (TS-0004 7.2.1). How the originator wants to be answered is a
 * matter between it and this CSE. */
GhBuffer *
gh_channel_render (const GhQueued *request, gint64 now_us)
{
  const GhDelivery *delivery = &request->delivery;
  GhRequest leaving = { .result_content = GH_RCN_ABSENT, .delivery_aggregation = -1 };
  GQueue pairs = G_QUEUE_INIT;
  GhJsonWriter json;
  char expires[GH_ABSREL_TIMESTAMP_SIZE], result[GH_ABSREL_TIMESTAMP_SIZE];
  if (delivery->forwarded != NULL)
    {
      leaving = *delivery->forwarded;
      gh_request_list_query (delivery->forwarded, add_pair, &pairs);
    }
  const gint64 passed_us = now_us - request->entered_us;
  leaving.operation = delivery->operation;
  leaving.to = delivery->to;
  leaving.from = delivery->from;
  leaving.request_identifier = delivery->request_identifier;
  leaving.release_version = delivery->release_version;
  leaving.event_category = delivery->event_category;
  leaving.request_expiration = gh_absrel_timestamp_shorten (leaving.request_expiration, passed_us,
                                                            expires);
  leaving.result_expiration = gh_absrel_timestamp_shorten (leaving.result_expiration, passed_us,
                                                           result);
  leaving.query = g_queue_peek_head (&pairs);
  leaving.response_type = GH_RT_ABSENT;
  leaving.content = NULL;
  leaving.body = delivery->body != NULL ? delivery->body->data : NULL;
  leaving.body_length = delivery->body != NULL ? delivery->body->length : 0;
  g_autoptr (GhBuffer) primitive = gh_request_to_json (&leaving);
  g_queue_clear_full (&pairs, pair_free);
  gh_json_writer_init (&json, primitive->length + 16);
  gh_json_begin_object (&json);
  gh_json_name (&json, "m2m:rqp");
  gh_json_raw (&json, primitive->data, primitive->length);
  gh_json_end_object (&json);
  return gh_json_writer_finish (&json);
}

/* Requests come in */

static gboolean
is_json (const GhBuffer *body)
{
  GhValue root;
  g_autoptr (GhArena) arena = gh_arena_new (LEAST + GROWTH * body->length);
  return gh_json_parse (body->data, body->length, arena, &root, NULL);
}

/* What no polling channel can carry; NULL: nothing is wrong with it. */
static const char *
find_defect (const GhChannels *channels, const GhDelivery *delivery)
{
  if (delivery->body == NULL)
    return NULL;
  if (REQUEST_OCTETS + delivery->body->length > channels->options.octets_each)
    return "the content is longer than a polling channel takes";
  return delivery->forwarded == NULL || is_json (delivery->body)
           ? NULL
           : "the content is not JSON, which a polling channel needs";
}

/* With the lock held. */
static gboolean
has_share (const GhChannel *channel, const GhQueued *request)
{
  const GhService *service = request->channels->service;
  const GhChannelOptions *options = &request->channels->options;
  const GhShare own = gh_shares_get (channel->shares, request->share);
  return own.n < gh_share_of (service, options->requests_each)
         && (own.n == 0
             || own.octets + request->octets <= gh_share_of (service, options->octets_each));
}

/* With the lock held. NULL: it is taken; else why not. */
static const char *
admit_request (const char *holder, GhQueued *request, GArray *givens, GhError *out_code)
{
  GhChannels *channels = request->channels;
  const GhChannelOptions *options = &channels->options;
  const gint64 wait_ms = MAX (request->delivery.wait_ms, request->delivery.timeout_ms);
  const GhPending pending = { .deadline_us = request->entered_us + wait_ms * 1000,
                              .over = gh_channel_request_over,
                              .data = request };
  GhChannel *channel = channels->stopped ? NULL : gh_channel_of (channels, holder);
  if (channel == NULL)
    return "the polling channel has ended";
  if (channel->waiting.length + g_hash_table_size (channel->out) >= options->requests_each
      || channel->octets + request->octets > options->octets_each
      || channels->octets + request->octets > options->octets)
    {
      channels->statistics.refused++;
      return "its polling channel is full";
    }
  if (!has_share (channel, request))
    {
      channels->statistics.refused++;
      *out_code = GH_ERROR_RATE;
      return "as much of its polling channel as one originator may have is taken ([forward] "
             "originator-share)";
    }
  request->channel = channel;
  request->pending = gh_pendings_add (channels->pendings, &pending);
  if (request->pending == 0)
    return "the CSE stops";
  channel->ref_count++;
  channel->octets += request->octets;
  channels->octets += request->octets;
  gh_shares_take (channel->shares, request->share, request->octets);
  g_queue_push_tail_link (&channel->waiting, &request->in_channel);
  gh_channel_match (channels, channel, givens);
  return NULL;
}

void
gh_channel_send (GhService *service, const char *holder, const GhDelivery *delivery,
                 GhDeliveryFunc done, gpointer user_data)
{
  GhChannels *channels = service->channels;
  GhDeliveryResult failure = { .status = GH_DELIVERY_UNREACHABLE, .unsent = TRUE };
  failure.reason = find_defect (channels, delivery);
  if (failure.reason != NULL)
    {
      failure.status = GH_DELIVERY_REFUSED;
      done (&failure, user_data);
      return;
    }
  g_autoptr (GArray) givens = gh_channel_givens_new ();
  GhQueued *request = g_new0 (GhQueued, 1);
  *request = (GhQueued){ .channels = channels,
                         .delivery = *delivery,
                         .done = done,
                         .user_data = user_data,
                         .share = gh_share_name (service, delivery->from),
                         .entered_us = gh_clock_wall_us (service->clock),
                         .octets = REQUEST_OCTETS
                                   + (delivery->body != NULL ? delivery->body->length : 0),
                         .in_channel = { .data = request } };
  g_mutex_lock (&channels->lock);
  failure.reason = admit_request (holder, request, givens, &failure.code);
  g_mutex_unlock (&channels->lock);
  gh_channel_give_out (givens);
  if (failure.reason == NULL)
    return;
  g_free (request->share);
  g_free (request);
  done (&failure, user_data);
}

/* Answers come in */

static gboolean
refuse_answer (const GhChannel *channel, const char *identifier, GhFault *fault)
{
  const guint hash = gh_text_hash (identifier), n = channel != NULL ? channel->n_past : 0;
  for (guint i = 0; i < MIN (n, GH_CHANNEL_MANY_ENDED); i++)
    {
      const GhPast *past = &channel->past[(n - 1 - i) % GH_CHANNEL_MANY_ENDED];
      if (past->hash != hash)
        continue;
      return past->how == GH_ENDED_LATE
               ? gh_fault_set (fault, GH_ERROR_TIMEOUT,
                               "rqi: the request %.80s has expired, its originator was told so",
                               identifier)
               : gh_fault_set (fault, GH_ERROR_CONFLICT,
                               "rqi: the request %.80s has been answered already", identifier);
    }
  return gh_fault_set (fault, GH_ERROR_NOT_FOUND,
                       "rqi: no request %.80s was handed out through this channel", identifier);
}

/* What was taken back has arrived after all when it is answered. */
static GhQueued *
find_asked (const GhChannel *channel, const char *identifier)
{
  GhQueued *request = g_hash_table_lookup (channel->out, identifier);
  for (GList *l = channel->waiting.head; l != NULL && request == NULL; l = l->next)
    {
      GhQueued *waiting = l->data;
      if (waiting->left && strcmp (waiting->delivery.request_identifier, identifier) == 0)
        request = waiting;
    }
  return request;
}

gboolean
gh_channels_answer (GhService *service, const char *holder, const GhResponse *response,
                    GhFault *fault)
{
  GhChannels *channels = service->channels;
  g_autoptr (GArray) givens = gh_channel_givens_new ();
  g_mutex_lock (&channels->lock);
  GhChannel *channel = g_hash_table_lookup (channels->channels, holder);
  GhQueued *request = channel != NULL ? find_asked (channel, response->request_identifier) : NULL;
  const gboolean found = request != NULL && gh_channel_take_request (request);
  if (found)
    {
      gh_channel_remember (request, GH_ENDED_ANSWERED);
      channels->statistics.answered++;
      gh_channel_match (channels, channel, givens);
    }
  else
    refuse_answer (channel, response->request_identifier, fault);
  g_mutex_unlock (&channels->lock);
  gh_channel_give_out (givens);
  if (!found)
    return FALSE;
  const GhDeliveryResult result = { .status = GH_DELIVERY_DONE,
                                    .rsc = response->status,
                                    .body = response->body,
                                    .body_length = response->body_length,
                                    .response = response };
  gh_channel_request_end (request, &result);
  return TRUE;
}
