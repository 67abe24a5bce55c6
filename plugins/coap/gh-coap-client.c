/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-coap-client.h"

#include "gh-coap-endpoint.h"
#include "gh-coap-map.h"
#include "gh-coap-server.h"
#include "gh-coap-target.h"

#include "base/gh-log.h"

#include <string.h>
#include <unistd.h>

#define MAX_ANSWER         (1024 * 1024) /* of requests that are passed on, too */
#define RESOLVER_THREADS   2
#define DEFAULT_TIMEOUT_MS 10000

struct _GhCoapClient {
  const GhTransportHost *host;
  GThreadPool *resolver;
  GMutex lock;
  GhCoapEndpoint *endpoints[8]; /* see place_of(); made when they are needed */
  GhTlsContext *contexts[2];    /* of coaps, of coaps+tcp; likewise */
  gboolean stopping;
};

/* A parameter of a request that is passed on. */
typedef struct {
  guint16 number; /* in the current set, or Uri-Query */
  char *text;
} Parameter;

typedef struct {
  GhCoapTask task;
  GhCoapClient *client;
  GhDeliveryFunc done;
  gpointer user_data;
  GhCoapTarget target;
  GhPeer peer;
  GhOperation operation;
  char *cse_id; /* that the peer has to prove; NULL: its name is enough */
  char *from, *request_identifier, *release_version, *event_category;
  GArray *parameters; /* Parameter, of a request that is passed on; else NULL */
  gint resource_type, hops; /* -1: it does not say */
  GhBuffer *body;
  gint64 deadline_us; /* monotonic */
  GhCoapSet set;
  const char *refusal; /* static */
  GhDeliveryStatus refused_as;
  GhCoapPeer *at; /* while its request is under way */
} Job;

static void
finish (Job *job, const GhDeliveryResult *result)
{
  job->done (result, job->user_data);
  gh_coap_target_clear (&job->target);
  g_free (job->from);
  g_free (job->request_identifier);
  g_free (job->cse_id);
  g_free (job->release_version);
  g_free (job->event_category);
  g_clear_pointer (&job->parameters, g_array_unref);
  g_clear_pointer (&job->body, gh_buffer_unref);
  g_free (job);
}

/* Of a request that has not left. */
static void
fail (Job *job, GhDeliveryStatus status, const char *reason)
{
  const GhDeliveryResult result = { .status = status, .reason = reason, .unsent = TRUE };

  finish (job, &result);
}

static void
add_parameter (GhCoapMessage *message, const Job *job, guint16 current, const char *value)
{
  guint16 number = gh_coap_option_in_set (current, job->set);

  if (value != NULL && number != 0)
    (void) gh_coap_message_add (message, number, value, strlen (value));
}

static guint8
method_of (GhOperation operation)
{
  switch (operation)
    {
    case GH_OPERATION_RETRIEVE:
      return COAP_REQUEST_CODE_GET;
    case GH_OPERATION_UPDATE:
      return COAP_REQUEST_CODE_PUT;
    case GH_OPERATION_DELETE:
      return COAP_REQUEST_CODE_DELETE;
    case GH_OPERATION_CREATE:
    case GH_OPERATION_NOTIFY:
      return COAP_REQUEST_CODE_POST;
    case GH_OPERATION_NONE:
    default:
      return 0;
    }
}

/* What is passed on as a whole or not at all. */
static gboolean
add_parameters (const Job *job, GhCoapMessage *message)
{
  for (guint i = 0; job->parameters != NULL && i < job->parameters->len; i++)
    {
      const Parameter *parameter = &g_array_index (job->parameters, Parameter, i);
      const guint16 number = parameter->number == COAP_OPTION_URI_QUERY
                               ? parameter->number
                               : gh_coap_option_in_set (parameter->number, job->set);

      /* without it a fan-out would be for all members */
      if (number == 0 && parameter->number == GH_COAP_OPTION_GTM)
        return FALSE;
      if (number != 0
          && !gh_coap_message_add (message, number, parameter->text, strlen (parameter->text)))
        return FALSE;
    }
  if (job->parameters != NULL && job->hops >= 0
      && !gh_coap_message_add_uint (message, COAP_OPTION_HOP_LIMIT,
                                    (guint32) MIN (job->hops, 254) + 1))
    return FALSE;
  return job->resource_type == 0
         || gh_coap_message_add_uint (message, gh_coap_option_in_set (GH_COAP_OPTION_TY, job->set),
                                      (guint32) job->resource_type);
}

static gboolean
make_message (const Job *job, GhCoapMessage *message)
{
  gh_coap_message_init (message, COAP_MESSAGE_CON, method_of (job->operation));
  if (!gh_coap_target_add (&job->target, message))
    return FALSE;
  add_parameter (message, job, GH_COAP_OPTION_FR, job->from);
  add_parameter (message, job, GH_COAP_OPTION_RQI, job->request_identifier);
  add_parameter (message, job, GH_COAP_OPTION_RVI, job->release_version);
  if (!add_parameters (job, message))
    return FALSE;
  if (job->event_category != NULL)
    (void) gh_coap_message_add_uint (message, gh_coap_option_in_set (GH_COAP_OPTION_EC, job->set),
                                     (guint32) g_ascii_strtoull (job->event_category, NULL, 10));
  if (job->operation != GH_OPERATION_NOTIFY)
    (void) gh_coap_message_add_uint (message, COAP_OPTION_ACCEPT, GH_COAP_FORMAT_JSON);
  if (job->body == NULL || job->body->length == 0)
    return TRUE;
  message->payload = (const guint8 *) job->body->data;
  message->payload_length = job->body->length;
  return gh_coap_message_add_uint (
    message, COAP_OPTION_CONTENT_FORMAT,
    job->operation == GH_OPERATION_NOTIFY ? GH_COAP_FORMAT_NOTIFICATION_JSON : GH_COAP_FORMAT_JSON);
}

static gboolean begin (Job *job, GhCoapPeer *peer);

/* A peer that knows only the older option numbers cannot but refuse the current ones. */
static gboolean
try_older_set (Job *job, const GhCoapMessage *answer)
{
  if (answer->code != COAP_RESPONSE_CODE_BAD_OPTION || job->set == GH_COAP_SET_OLD
      || gh_coap_message_find (answer, GH_COAP_OPTION_RSC) != NULL)
    return FALSE;
  job->set = GH_COAP_SET_OLD;
  return begin (job, job->at);
}

static void
take_end (GhCoapCallEnd end, const GhCoapMessage *answer, gpointer user_data)
{
  static const char *const reasons[] = {
    [GH_COAP_CALL_RESET] = "the target rejected the message",
    [GH_COAP_CALL_TIMEOUT] = "time-out",
    [GH_COAP_CALL_SILENT] = "time-out: the target is silent",
    [GH_COAP_CALL_BROKEN] = "the target's answer is broken, or has unknown critical options",
    [GH_COAP_CALL_CLOSED] = "the association ended",
  };
  Job *job = user_data;
  GhDeliveryResult result = { .status = GH_DELIVERY_DONE };
  GhCoapResponse response;

  if (end != GH_COAP_CALL_ANSWERED)
    {
      result.status = GH_DELIVERY_UNREACHABLE;
      result.reason = reasons[end];
      result.unsent = end == GH_COAP_CALL_RESET;
      /* a target that started again knows nothing of the association, and cannot say so: the next
       * request makes another one */
      if (end == GH_COAP_CALL_SILENT && job->at->association != NULL)
        gh_coap_endpoint_close_association (job->at->endpoint,
                                            gh_association_get_id (job->at->association));
      finish (job, &result);
      return;
    }
  if (try_older_set (job, answer))
    return;
  result.rsc = gh_coap_map_answer (answer);
  result.body = (const char *) answer->payload;
  result.body_length = answer->payload_length;
  if (result.rsc == 0)
    {
      result.status = GH_DELIVERY_UNREACHABLE;
      result.reason = "the target's answer contradicts itself";
    }
  else if (job->parameters != NULL)
    {
      gh_coap_map_answer_response (answer, &response);
      result.response = &response.response;
    }
  if (result.status == GH_DELIVERY_DONE)
    result.peer = gh_coap_peer_get_principal (job->at);
  finish (job, &result);
}

/* On the endpoint's thread. FALSE: not sent, the job is still the caller's. */
static gboolean
begin (Job *job, GhCoapPeer *peer)
{
  GhCoapMessage message;

  job->at = peer;
  return peer != NULL && make_message (job, &message)
         && gh_coap_link_call (peer->link, &message, job->body, job->deadline_us, take_end, job);
}

/* Nothing has left for this peer yet. Judged for each request: credentials change. */
static gboolean
is_who_is_meant (const Job *job, const GhCoapPeer *peer)
{
  const GhPrincipal *principal = job->cse_id != NULL ? gh_coap_peer_get_principal (peer) : NULL;

  return job->cse_id == NULL
         || (principal != NULL && gh_principal_may_use (principal, job->cse_id));
}

static void
begin_or_fail (GhCoapPeer *peer, const char *reason, gpointer user_data)
{
  Job *job = user_data;

  if (peer == NULL)
    fail (job, GH_DELIVERY_UNREACHABLE, reason);
  else if (!is_who_is_meant (job, peer))
    fail (job, GH_DELIVERY_UNREACHABLE, "the target does not prove the CSE-ID that is meant");
  else if (!begin (job, peer))
    fail (job, GH_DELIVERY_UNREACHABLE, "too many requests wait for the target");
}

static void
connect_to (GhCoapEndpoint *endpoint, Job *job)
{
  const GhCoapDestination destination = { .address = &job->peer,
                                          .server_name = job->target.host,
                                          .authority = job->target.authority,
                                          .cse_id = job->cse_id };

  gh_coap_endpoint_connect (endpoint, &destination, begin_or_fail, job);
}

/* GhCoapTask.func */
static void
run_job (GhCoapEndpoint *endpoint, GhCoapTask *task, gboolean run)
{
  Job *job = (Job *) ((char *) task - G_STRUCT_OFFSET (Job, task));

  if (!run)
    fail (job, GH_DELIVERY_UNREACHABLE, "stopped");
  else if (job->refusal != NULL)
    fail (job, job->refused_as, job->refusal);
  else if (job->target.secure || job->target.stream)
    connect_to (endpoint, job);
  else
    begin_or_fail (gh_coap_endpoint_find_peer (endpoint, &job->peer), "too many targets at a time",
                   job);
}

/* The context of outgoing associations; NULL: there can be none. */
static GhTlsContext *
find_context (GhCoapClient *client, gboolean stream)
{
  const GhTransportHost *host = client->host;
  GhTlsContext **place = &client->contexts[stream ? 1 : 0];
  g_autoptr (GError) error = NULL;

  if (*place != NULL || host->security == NULL)
    return *place;
  *place = gh_coap_server_context (host, GH_TLS_CLIENT, stream, &error);
  if (*place == NULL)
    gh_log (GH_LOG_WARNING, "coap", "no outgoing coaps", "reason", error->message, NULL);
  return *place;
}

static GhCoapEndpoint *
make_endpoint (GhCoapClient *client, int family, const GhCoapTarget *target)
{
  GhCoapContexts contexts = { .stream = target->stream };
  GhCoapSettings settings;
  GhPeer any = { 0 };
  int fd;

  any.address.any.sa_family = (sa_family_t) family;
  any.length = family == AF_INET6 ? sizeof any.address.v6 : sizeof any.address.v4;
  gh_coap_settings_read (client->host, 1, &settings);
  settings.limits.max_body = MAX_ANSWER;
  if (target->secure && (contexts.client = find_context (client, target->stream)) == NULL)
    return NULL;
  if (target->stream)
    return gh_coap_endpoint_new (&settings, &contexts, -1, NULL);
  fd = gh_coap_socket_bind ("client", SOCK_DGRAM, &any, FALSE, NULL);
  return fd >= 0 ? gh_coap_endpoint_new (&settings, &contexts, fd, NULL) : NULL;
}

static guint
place_of (int family, const GhCoapTarget *target)
{
  return (target->stream ? 4 : 0) + (target->secure ? 2 : 0) + (family == AF_INET6);
}

/* NULL: there is no such socket, or no association is possible. */
static GhCoapEndpoint *
find_endpoint (GhCoapClient *client, int family, const GhCoapTarget *target)
{
  GhCoapEndpoint **place = &client->endpoints[place_of (family, target)];
  GhCoapEndpoint *endpoint = NULL;

  g_mutex_lock (&client->lock);
  if (!client->stopping)
    {
      if (*place == NULL)
        *place = make_endpoint (client, family, target);
      endpoint = *place;
    }
  g_mutex_unlock (&client->lock);
  return endpoint;
}

static void
refuse (Job *job, GhDeliveryStatus status, const char *reason)
{
  job->refusal = reason;
  job->refused_as = status;
}

/* On a thread of the resolver: names may take their time. */
static void
resolve (gpointer data, gpointer user_data)
{
  GhCoapClient *client = user_data;
  Job *job = data;
  static const GhCoapTarget nowhere;
  GhCoapEndpoint *endpoint;

  if (job->refusal == NULL && !gh_coap_target_resolve (&job->target, &job->peer))
    refuse (job, GH_DELIVERY_UNREACHABLE, "the target's name has no address");
  endpoint = job->refusal == NULL
               ? find_endpoint (client, job->peer.address.any.sa_family, &job->target)
               : find_endpoint (client, AF_INET, &nowhere);
  if (endpoint != NULL)
    gh_coap_endpoint_post (endpoint, &job->task);
  else
    fail (job, GH_DELIVERY_UNREACHABLE, "no socket for this target");
}

GhCoapClient *
gh_coap_client_new (const GhTransportHost *host)
{
  GhCoapClient *client = g_new0 (GhCoapClient, 1);

  client->host = host;
  g_mutex_init (&client->lock);
  client->resolver = g_thread_pool_new (resolve, client, RESOLVER_THREADS, FALSE, NULL);
  return client;
}

void
gh_coap_client_free (GhCoapClient *client)
{
  g_thread_pool_free (client->resolver, FALSE, TRUE);
  g_mutex_lock (&client->lock);
  client->stopping = TRUE;
  g_mutex_unlock (&client->lock);
  for (guint i = 0; i < G_N_ELEMENTS (client->endpoints); i++)
    if (client->endpoints[i] != NULL)
      {
        gh_coap_endpoint_end (client->endpoints[i]);
        gh_coap_endpoint_unref (client->endpoints[i]);
      }
  for (guint i = 0; i < G_N_ELEMENTS (client->contexts); i++)
    g_clear_pointer (&client->contexts[i], gh_tls_context_unref);
  g_mutex_clear (&client->lock);
  g_free (client);
}

void
gh_coap_client_close_association (GhCoapClient *client, guint64 id)
{
  g_mutex_lock (&client->lock);
  for (guint i = 0; i < G_N_ELEMENTS (client->endpoints); i++)
    if (client->endpoints[i] != NULL && !client->stopping)
      gh_coap_endpoint_close_association (client->endpoints[i], id);
  g_mutex_unlock (&client->lock);
}

static void
parameter_clear (gpointer data)
{
  g_free (((Parameter *) data)->text);
}

static void
add_text (Job *job, guint16 number, const char *text)
{
  const Parameter parameter = { number, g_strdup (text) };

  if (text == NULL)
    return;
  if (strlen (text) > (number == GH_COAP_OPTION_GTM ? 512 : 255))
    refuse (job, GH_DELIVERY_REFUSED, "a parameter is longer than an option of CoAP may be");
  g_array_append_val (job->parameters, parameter);
}

/* GhQueryFunc */
static void
add_query (const char *name, const char *value, gpointer user_data)
{
  g_autofree char *pair = g_strdup_printf ("%s=%s", name, value);

  add_text (user_data, COAP_OPTION_URI_QUERY, pair);
}

static void
take_forwarded (Job *job, const GhRequest *request)
{
  g_autofree char *signatures = request->signatures != NULL
                                  ? g_strjoinv ("+", (char **) request->signatures)
                                  : NULL;
  g_autofree char *members = request->group_targets != NULL
                               ? g_strjoinv ("+", (char **) request->group_targets)
                               : NULL;

  job->parameters = g_array_new (FALSE, FALSE, sizeof (Parameter));
  g_array_set_clear_func (job->parameters, parameter_clear);
  job->resource_type = request->resource_type;
  job->hops = request->hops;
  add_text (job, GH_COAP_OPTION_OT, request->originating_timestamp);
  add_text (job, GH_COAP_OPTION_RQET, request->request_expiration);
  add_text (job, GH_COAP_OPTION_RSET, request->result_expiration);
  add_text (job, GH_COAP_OPTION_OET, request->execution_time);
  add_text (job, GH_COAP_OPTION_GID, request->group_request_id);
  add_text (job, GH_COAP_OPTION_VSI, request->vendor_information);
  add_text (job, GH_COAP_OPTION_AUS, signatures);
  add_text (job, GH_COAP_OPTION_GTM, members);
  gh_request_list_query (request, add_query, job);
}

void
gh_coap_client_send (GhCoapClient *client, const GhDelivery *delivery, GhDeliveryFunc done,
                     gpointer user_data)
{
  Job *job = g_new0 (Job, 1);
  guint timeout_ms = delivery->timeout_ms > 0 ? delivery->timeout_ms : DEFAULT_TIMEOUT_MS;
  const char *refusal = NULL;

  job->task.func = run_job;
  job->client = client;
  job->done = done;
  job->user_data = user_data;
  job->set = GH_COAP_SET_CURRENT;
  job->operation = delivery->operation;
  job->from = g_strdup (delivery->from);
  job->cse_id = g_strdup (delivery->cse_id);
  job->request_identifier = g_strdup (delivery->request_identifier);
  job->release_version = g_strdup (delivery->release_version);
  job->event_category = g_strdup (delivery->event_category);
  job->body = delivery->body != NULL ? gh_buffer_ref (delivery->body) : NULL;
  job->deadline_us = gh_clock_monotonic_us (client->host->clock)
                     + timeout_ms * (gint64) G_TIME_SPAN_MILLISECOND;
  if (!gh_coap_target_parse (&job->target, delivery->url, delivery->to, &refusal))
    refuse (job, GH_DELIVERY_REFUSED, refusal);
  else if (method_of (job->operation) == 0
           || (job->operation == GH_OPERATION_CREATE && delivery->forwarded == NULL))
    refuse (job, GH_DELIVERY_REFUSED, "not an operation that is sent");
  if (delivery->forwarded != NULL)
    take_forwarded (job, delivery->forwarded);
  if (job->refusal == NULL && gh_coap_target_is_literal (&job->target, &job->peer))
    {
      GhCoapEndpoint *endpoint = find_endpoint (client, job->peer.address.any.sa_family,
                                                &job->target);

      if (endpoint != NULL)
        {
          gh_coap_endpoint_post (endpoint, &job->task);
          return;
        }
    }
  g_thread_pool_push (client->resolver, job, NULL);
}
