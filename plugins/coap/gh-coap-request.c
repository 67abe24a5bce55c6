/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-coap-request.h"

#include "gh-coap-discovery.h"
#include "gh-coap-map.h"

#include <string.h>

#define SHED_RETRY_S 5

/* A request that the core has. */
typedef struct {
  GhCoapTask task; /* takes the answer to the endpoint's thread */
  GhCoapEndpoint *endpoint;
  guint64 link, exchange;
  GhCoapStyle style;
  gboolean links;                 /* it asks for "/.well-known/core" */
  GByteArray *observed;           /* it asks to observe; NULL */
  GhCoapObservation *observation; /* it was asked before; NULL */
  char short_identifier[32];
  char *request_identifier; /* that one, or allocated */
  /* the answer, when it comes from another thread: its message without payload, and that */
  guint8 *head;
  gsize head_length;
  GhBuffer *body;
  const guint8 *payload;
  gsize payload_length;
  GhReport report;
} Pending;

static void
pending_free (Pending *pending)
{
  gh_report_tell (&pending->report, GH_NOT_ARRIVED);
  if (pending->request_identifier != pending->short_identifier)
    g_free (pending->request_identifier);
  g_free (pending->head);
  g_clear_pointer (&pending->observed, g_byte_array_unref);
  g_clear_pointer (&pending->body, gh_buffer_unref);
  gh_coap_endpoint_unref (pending->endpoint);
  g_free (pending);
}

static GhCoapExchange *
find_exchange (GhCoapEndpoint *endpoint, const Pending *pending)
{
  GhCoapLink *link = gh_coap_layer_find (gh_coap_endpoint_get_layer (endpoint), pending->link);

  return link != NULL ? gh_coap_link_find_exchange (link, pending->exchange) : NULL;
}

/* GhCoapNotifyFunc */
static void
confirmed (gboolean acknowledged, gpointer user_data)
{
  g_autofree GhReport *report = user_data;

  gh_report_tell (report, acknowledged ? GH_ARRIVED : GH_ARRIVAL_UNKNOWN);
}

/* From here on it is the message layer that knows, or nobody. */
static void
watch_arrival (Pending *pending, GhCoapExchange *exchange)
{
  g_autofree GhReport *report = g_memdup2 (&pending->report, sizeof pending->report);

  if (pending->report.func != NULL && gh_coap_exchange_watch (exchange, confirmed, report))
    g_steal_pointer (&report);
  pending->report.func = NULL;
}

/* On the endpoint's thread. */
static void
give_answer (GhCoapEndpoint *endpoint, Pending *pending, GhCoapMessage *message, GhBuffer *owner)
{
  GhCoapExchange *exchange;

  if (pending->observation != NULL)
    {
      pending->report.func = NULL;
      gh_coap_observe_show (pending->observation, message, owner);
      return;
    }
  exchange = find_exchange (endpoint, pending);
  if (exchange == NULL)
    return;
  watch_arrival (pending, exchange);
  if (pending->observed != NULL && message->code == COAP_RESPONSE_CODE_CONTENT)
    gh_coap_observe_begin (gh_coap_link_get_data (gh_coap_exchange_get_link (exchange)),
                           pending->observed, message);
  gh_coap_exchange_respond (exchange, message, owner);
}

/* GhCoapTask.func */
static void
answer_here (GhCoapEndpoint *endpoint, GhCoapTask *task, gboolean run)
{
  Pending *pending = (Pending *) ((char *) task - G_STRUCT_OFFSET (Pending, task));
  GhCoapMessage message;

  if (run && gh_coap_frame_parse (&message, pending->head, pending->head_length) == GH_COAP_PARSED)
    {
      message.payload = pending->payload;
      message.payload_length = pending->payload_length;
      give_answer (endpoint, pending, &message, pending->body);
    }
  if (pending->observation != NULL)
    gh_coap_observation_unref (pending->observation);
  pending_free (pending);
}

/* Keeps the answer for the endpoint's thread; what it points to is the core's. */
static void
keep_answer (Pending *pending, GhCoapMessage *message, GhBuffer *owner)
{
  gsize bound;

  if (message->payload_length > 0)
    {
      pending->body = owner != NULL
                        ? gh_buffer_ref (owner)
                        : gh_buffer_new ((const char *) message->payload, message->payload_length);
      pending->payload = owner != NULL ? message->payload : (const guint8 *) pending->body->data;
      pending->payload_length = message->payload_length;
      message->payload_length = 0;
    }
  bound = gh_coap_message_bound (message);
  pending->head = g_malloc (bound);
  pending->head_length = gh_coap_frame_write (message, pending->head, bound);
}

/* An answer of oneM2M. Returns: the owner of its payload, a reference of it; NULL: it is borrowed.
 */
static GhBuffer *
make_answer (const Pending *pending, const GhResponse *response, GhCoapMessage *message)
{
  GhResponse own = *response;
  GhBuffer *owner = response->buffer;

  if (own.request_identifier == NULL)
    own.request_identifier = pending->request_identifier;
  gh_coap_map_response (&own, &pending->style, message);
  if (owner != NULL
      && (own.body < owner->data || own.body + own.body_length > owner->data + owner->length))
    owner = NULL;
  return owner != NULL ? gh_buffer_ref (owner) : NULL;
}

/* An answer without options of oneM2M: who may discover nothing sees nothing. */
static GhBuffer *
make_links (const GhResponse *response, GhCoapMessage *message)
{
  GhBuffer *links = gh_coap_discovery_links (
    response->body, response->status == GH_RSC_OK ? response->body_length : 0);

  message->code = COAP_RESPONSE_CODE_CONTENT;
  (void) gh_coap_message_add_uint (message, COAP_OPTION_CONTENT_FORMAT, GH_COAP_FORMAT_LINKS);
  (void) gh_coap_message_add_uint (message, COAP_OPTION_MAXAGE, 0);
  message->payload = (const guint8 *) links->data;
  message->payload_length = links->length;
  return links;
}

/* GhReplyFunc of dispatch. */
static void
take_reply (const GhResponse *response, gpointer user_data)
{
  Pending *pending = user_data;
  g_autoptr (GhBuffer) owner = NULL;
  GhCoapMessage message;

  pending->report = response->report;
  gh_coap_message_init (&message, COAP_MESSAGE_ACK, 0);
  owner = pending->links ? make_links (response, &message)
                         : make_answer (pending, response, &message);
  if (!gh_coap_endpoint_is_own_thread (pending->endpoint))
    {
      keep_answer (pending, &message, owner);
      pending->task.func = answer_here;
      gh_coap_endpoint_post (pending->endpoint, &pending->task);
      return;
    }
  give_answer (pending->endpoint, pending, &message, owner);
  if (pending->observation != NULL)
    gh_coap_observation_unref (pending->observation);
  pending_free (pending);
}

static Pending *
pending_new (GhCoapEndpoint *endpoint, const GhCoapStyle *style, const char *request_identifier)
{
  Pending *pending = g_new0 (Pending, 1);

  pending->endpoint = gh_coap_endpoint_ref (endpoint);
  pending->style = *style;
  pending->request_identifier = pending->short_identifier;
  if (g_strlcpy (pending->short_identifier, request_identifier, sizeof pending->short_identifier)
      >= sizeof pending->short_identifier)
    pending->request_identifier = g_strdup (request_identifier);
  return pending;
}

static void
set_exchange (Pending *pending, const GhCoapExchange *exchange)
{
  pending->link = gh_coap_link_get_id (gh_coap_exchange_get_link (exchange));
  pending->exchange = gh_coap_exchange_get_id (exchange);
}

static void
answer_fault (GhCoapExchange *exchange, const GhRequest *request, const GhCoapStyle *style,
              const GhFault *fault)
{
  /* A quotation may end inside a character. */
  g_autofree char *text = g_utf8_make_valid (fault->text, -1);
  const GhResponse response = {
    .status = gh_error_status (fault->code),
    .http_status = gh_error_http_status (fault->code),
    .retry_after_s = fault->code == GH_ERROR_OVERLOADED ? SHED_RETRY_S : 0,
    .request_identifier = request->request_identifier,
    .release_version = request->release_version,
  };
  GhCoapMessage message;

  gh_coap_message_init (&message, COAP_MESSAGE_ACK, 0);
  gh_coap_map_response (&response, style, &message);
  /* A diagnostic payload has no Content-Format (RFC 7252 5.5.2). */
  message.payload = (const guint8 *) text;
  message.payload_length = strlen (text);
  gh_coap_exchange_respond (exchange, &message, NULL);
}

/* What the association's principal may discover. */
static void
discover (Pending *pending, const GhCoapMessage *message, const GhPrincipal *principal)
{
  GhCoapEndpoint *endpoint = pending->endpoint;
  const GhCoapSettings *settings = gh_coap_endpoint_get_settings (endpoint);
  GhRequest *request = principal != NULL && !gh_coap_endpoint_is_quiet (endpoint)
                         ? gh_coap_discovery_request (settings->host, principal, message,
                                                      settings->arena_limit)
                         : NULL;
  const GhResponse nothing = { .status = GH_RSC_OK };

  pending->links = TRUE;
  if (request != NULL)
    settings->host->dispatch (settings->host->core, request, principal, take_reply, pending);
  else
    take_reply (&nothing, pending);
}

static void
take_discovery (GhCoapEndpoint *endpoint, GhCoapExchange *exchange, const GhCoapMessage *message)
{
  GhCoapPeer *peer = gh_coap_link_get_data (gh_coap_exchange_get_link (exchange));
  const GhCoapStyle style = { .operation = GH_OPERATION_RETRIEVE };
  Pending *pending = pending_new (endpoint, &style, "");

  set_exchange (pending, exchange);
  if (gh_coap_observe_wanted (message))
    pending->observed = gh_coap_observe_copy (message);
  else if (gh_coap_message_find (message, COAP_OPTION_OBSERVE) != NULL)
    gh_coap_observe_end (peer, message->token, message->token_length);
  discover (pending, message, gh_coap_peer_get_principal (peer));
}

/* Only a resource itself is observed, and the links: other discoveries and children would keep the
 * workers busy. */
static void
take_observe (Pending *pending, GhCoapPeer *peer, const GhCoapMessage *message,
              const GhRequest *request)
{
  if (request->operation != GH_OPERATION_RETRIEVE)
    return;
  if (gh_coap_observe_wanted (message) && !request->filter.present
      && (request->result_content == GH_RCN_ABSENT || request->result_content == GH_RCN_ATTRIBUTES))
    pending->observed = gh_coap_observe_copy (message);
  else if (gh_coap_message_find (message, COAP_OPTION_OBSERVE) != NULL)
    gh_coap_observe_end (peer, message->token, message->token_length);
}

void
gh_coap_request_repeat (GhCoapEndpoint *endpoint, GhCoapPeer *peer, const GhCoapMessage *message,
                        GhCoapObservation *observation)
{
  const GhCoapSettings *settings = gh_coap_endpoint_get_settings (endpoint);
  const GhPrincipal *principal = gh_coap_peer_get_principal (peer);
  g_autoptr (GhRequest) request = gh_request_new (settings->arena_limit);
  GhFault fault = { 0 };
  GhCoapStyle style = { .operation = GH_OPERATION_RETRIEVE };
  Pending *pending;
  const GhResponse refused = { .status = gh_error_status (GH_ERROR_NO_ASSOCIATION) };
  const gboolean links = gh_coap_discovery_is_for (message);
  gboolean ok = !links && gh_coap_map_request (message, request, &style, &fault)
                && principal != NULL;

  pending = pending_new (endpoint, &style, ok ? request->request_identifier : "");
  pending->observation = gh_coap_observation_ref (observation);
  if (links)
    {
      discover (pending, message, principal);
      return;
    }
  request->received_us = gh_clock_wall_us (settings->host->clock);
  if (ok)
    settings->host->dispatch (settings->host->core, g_steal_pointer (&request), principal,
                              take_reply, pending);
  else
    take_reply (&refused, pending);
}

void
gh_coap_request_take (GhCoapEndpoint *endpoint, GhCoapExchange *exchange,
                      const GhCoapMessage *message)
{
  const GhCoapSettings *settings = gh_coap_endpoint_get_settings (endpoint);
  GhCoapPeer *peer = gh_coap_link_get_data (gh_coap_exchange_get_link (exchange));
  g_autoptr (GhRequest) request = NULL;
  GhFault fault = { 0 };
  const GhPrincipal *principal = gh_coap_peer_get_principal (peer);
  GhCoapStyle style;
  Pending *pending;
  gboolean ok;

  if (gh_coap_discovery_is_for (message))
    {
      take_discovery (endpoint, exchange, message);
      return;
    }
  request = gh_request_new (settings->arena_limit);
  ok = gh_coap_map_request (message, request, &style, &fault);
  if (ok && principal == NULL)
    ok = gh_fault_set (&fault, GH_ERROR_NO_ASSOCIATION, "a security association is required here");
  if (ok && gh_coap_endpoint_is_quiet (endpoint))
    ok = gh_fault_set (&fault, GH_ERROR_OVERLOADED, "the server is stopping");
  if (!ok)
    {
      gh_coap_endpoint_count (endpoint, GH_COAP_COUNT_REFUSED);
      answer_fault (exchange, request, &style, &fault);
      return;
    }
  request->received_us = gh_clock_wall_us (settings->host->clock);
  pending = pending_new (endpoint, &style, request->request_identifier);
  set_exchange (pending, exchange);
  take_observe (pending, peer, message, request);
  settings->host->dispatch (settings->host->core, g_steal_pointer (&request), principal, take_reply,
                            pending);
}
