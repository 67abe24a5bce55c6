/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-http-secure.h"

#include "primitive/gh-json-writer.h"

#include <string.h>

#define COPIED_BELOW    1024
#define BODY_FIRST_STEP 16384
#define SHED_RETRY_S    1

/* How far a request has come; on the listener's thread only. */
typedef enum { PHASE_HEAD, PHASE_BODY, PHASE_WAITING, PHASE_DONE } Phase;

/* Who owns the answer. RUNNING: dispatch has been called and has not returned, or nothing has.
 * ANSWERED: reply has left its answer. SUSPENDED: the connection sleeps, the answer comes later.
 * ABANDONED: woken by the server's end; a later answer is thrown away. */
enum { STATE_RUNNING, STATE_ANSWERED, STATE_SUSPENDED, STATE_ABANDONED };

struct _GhHttpExchange {
  gint ref_count;       /* libmicrohttpd's and reply's */
  gint state;           /* atomic; leaves SUSPENDED only under the connection's lock */
  GhHttpServer *server; /* not for reply, which may come when it is gone */
  struct MHD_Connection *connection;
  GhHttpConnection *peer; /* reply may use it while the state is SUSPENDED or ABANDONED */
  Phase phase;
  GhRequest *request; /* until dispatch takes it */
  GhHttpMapping mapping;
  GhHttpAnswerMedia media;
  char *body; /* a body that came in pieces */
  gsize body_length, body_size;
  gint64 reserved;          /* of the server's max-bodies */
  char *request_identifier; /* copies: dispatch frees the request */
  char release_version[12];
  char short_identifier[64];
  GThread *thread; /* the listener's, during dispatch */
  /* Written by reply before the state becomes ANSWERED: an answer, or what makes one. */
  struct MHD_Response *answer;
  guint answer_status;
  GhResponse kept;
  GhReport report; /* of that answer */
};

static void
exchange_unref (GhHttpExchange *exchange)
{
  if (!g_atomic_int_dec_and_test (&exchange->ref_count))
    return;
  if (exchange->answer != NULL)
    MHD_destroy_response (exchange->answer);
  gh_report_tell (&exchange->report, GH_NOT_ARRIVED);
  g_clear_pointer (&exchange->kept.buffer, gh_buffer_unref);
  g_free ((char *) exchange->kept.content_location);
  if (exchange->request_identifier != exchange->short_identifier)
    g_free (exchange->request_identifier);
  g_free (exchange);
}

/* The library goes on to take the query apart, into the memory of the connection. That costs time
 * for nothing, and when the memory is too small (a thousand parameters) 0.9.75 leaves the request
 * without an answer. The target is in its read buffer and our copy is made: an empty query is left
 * to it. */
static void
hide_query (const char *target)
{
  char *query = target != NULL ? strchr (target, '?') : NULL;

  if (query != NULL)
    query[1] = '\0';
}

void *
gh_http_exchange_begin (void *cls, const char *target, struct MHD_Connection *connection)
{
  GhHttpServer *server = cls;
  GhHttpExchange *exchange = g_new (GhHttpExchange, 1);

  memset (exchange, 0, G_STRUCT_OFFSET (GhHttpExchange, mapping));
  memset (&exchange->media, 0, sizeof *exchange - G_STRUCT_OFFSET (GhHttpExchange, media));
  exchange->ref_count = 1;
  exchange->server = server;
  exchange->connection = connection;
  exchange->request = gh_request_new (server->arena_limit);
  gh_http_mapping_begin (&exchange->mapping, exchange->request, target);
  hide_query (target);
  return exchange;
}

static void
release_buffer (void *cls)
{
  gh_buffer_unref (cls);
}

static struct MHD_Response *
make_body (const GhResponse *response)
{
  const char *body = response->body;
  gsize length = body != NULL ? response->body_length : 0;
  GhBuffer *buffer = response->buffer;

  if (length == 0)
    return MHD_create_response_from_buffer (0, (void *) "", MHD_RESPMEM_PERSISTENT);
  if (length < COPIED_BELOW || buffer == NULL || body < buffer->data
      || body + length > buffer->data + buffer->length)
    return MHD_create_response_from_buffer (length, (void *) body, MHD_RESPMEM_MUST_COPY);
  return MHD_create_response_from_buffer_with_free_callback_cls (
    length, (void *) body, release_buffer, gh_buffer_ref (buffer));
}

static struct MHD_Response *
make_answer (const GhResponse *response, GhHttpAnswerMedia media, guint *out_status)
{
  GhHttpHead head;
  struct MHD_Response *answer = make_body (response);

  if (answer == NULL)
    return NULL;
  gh_http_map_response (response, media, &head);
  for (guint i = 0; i < head.n_fields; i++)
    if (head.fields[i].value[0] != '\0')
      (void) MHD_add_response_header (answer, head.fields[i].name, head.fields[i].value);
  *out_status = head.status;
  return answer;
}

/* The answer has been decided: from here on the peer has the time of one request to fetch it. */
static enum MHD_Result
queue_answer (GhHttpExchange *exchange, struct MHD_Response *answer, guint status)
{
  enum MHD_Result result;

  exchange->phase = PHASE_DONE;
  if (exchange->peer != NULL)
    {
      __atomic_store_n (&exchange->peer->progress_us,
                        gh_clock_monotonic_us (exchange->server->host->clock), __ATOMIC_RELAXED);
      g_atomic_int_set (&exchange->peer->turn, GH_HTTP_PEER_ANSWERING);
    }
  if (answer == NULL)
    return MHD_NO;
  result = MHD_queue_response (exchange->connection, status, answer);
  MHD_destroy_response (answer);
  return result;
}

static enum MHD_Result
answer_fault (GhHttpExchange *exchange, const GhFault *fault)
{
  const GhRequest *request = exchange->request;
  /* A quotation may end inside a character. */
  g_autofree char *text = g_utf8_make_valid (fault->text, -1);
  g_autoptr (GhBuffer) body = NULL;
  GhJsonWriter writer;
  GhResponse response = {
    .status = gh_error_status (fault->code),
    .http_status = gh_error_http_status (fault->code),
    .retry_after_s = fault->code == GH_ERROR_OVERLOADED ? SHED_RETRY_S : 0,
    .request_identifier = request != NULL ? request->request_identifier
                                          : exchange->request_identifier,
    .release_version = request != NULL ? request->release_version : exchange->release_version,
  };
  struct MHD_Response *answer;
  guint status = 500;

  gh_json_writer_init (&writer, 128);
  gh_json_begin_object (&writer);
  gh_json_name (&writer, "m2m:dbg");
  gh_json_string (&writer, text, strlen (text));
  gh_json_end_object (&writer);
  body = gh_json_writer_finish (&writer);
  response.body = body->data;
  response.body_length = body->length;
  answer = make_answer (&response, GH_HTTP_MEDIA_JSON, &status);
  if (answer != NULL && status == MHD_HTTP_METHOD_NOT_ALLOWED)
    (void) MHD_add_response_header (answer, "Allow", "DELETE, GET, POST, PUT");
  if (answer != NULL && exchange->mapping.framing_broken)
    (void) MHD_add_response_header (answer, "Connection", "close");
  gh_http_server_count (exchange->server, fault->code == GH_ERROR_OVERLOADED
                                            ? GH_HTTP_COUNT_SHED
                                            : GH_HTTP_COUNT_REFUSED);
  return queue_answer (exchange, answer, status);
}

static enum MHD_Result
answer_shed (GhHttpExchange *exchange, const char *reason)
{
  GhFault fault = { 0 };

  gh_fault_set (&fault, GH_ERROR_OVERLOADED, "%s", reason);
  return answer_fault (exchange, &fault);
}

/* A response as nearly all are, which can be kept by few copies. */
static gboolean
is_common (const GhHttpExchange *exchange, const GhResponse *response)
{
  return response->from == NULL && response->originating_timestamp == NULL
         && response->result_expiration == NULL && response->vendor_information == NULL
         && response->assigned_token_ids == NULL && !response->signature_requested
         && response->content_status == 0
         && (response->release_version == NULL
             || strcmp (response->release_version, exchange->release_version) == 0);
}

/* For a reply on a thread of the core: the answer is made on the listener's thread, which has more
 * time than the one writer, and where its memory is also freed. */
static void
keep_response (GhHttpExchange *exchange, const GhResponse *response)
{
  const GhBuffer *buffer = response->buffer;
  GhResponse *kept = &exchange->kept;

  kept->status = response->status;
  kept->http_status = response->http_status;
  kept->retry_after_s = response->retry_after_s;
  kept->request_identifier = exchange->request_identifier;
  kept->release_version = response->release_version != NULL ? exchange->release_version : NULL;
  kept->content_location = g_strdup (response->content_location);
  if (response->body == NULL || response->body_length == 0)
    return;
  if (buffer != NULL && response->body >= buffer->data
      && response->body + response->body_length <= buffer->data + buffer->length)
    {
      kept->buffer = gh_buffer_ref (response->buffer);
      kept->body = response->body;
    }
  else
    {
      kept->buffer = gh_buffer_new (response->body, response->body_length);
      kept->body = kept->buffer->data;
    }
  kept->body_length = response->body_length;
}

/* GhReplyFunc of dispatch. */
static void
take_reply (const GhResponse *response, gpointer user_data)
{
  GhHttpExchange *exchange = user_data;
  GhResponse own = *response;

  exchange->report = response->report;
  if (own.request_identifier == NULL)
    own.request_identifier = exchange->request_identifier;
  if (exchange->thread != g_thread_self () && is_common (exchange, response))
    keep_response (exchange, response);
  else
    exchange->answer = make_answer (&own, exchange->media, &exchange->answer_status);
  if (!g_atomic_int_compare_and_exchange (&exchange->state, STATE_RUNNING, STATE_ANSWERED))
    {
      GhHttpConnection *peer = exchange->peer;

      /* The change of state and the call of resume belong together: whoever ends the server takes
       * this lock, and then knows that the connection is not between them. */
      g_mutex_lock (&peer->lock);
      if (g_atomic_int_compare_and_exchange (&exchange->state, STATE_SUSPENDED, STATE_ANSWERED))
        {
          peer->suspended = NULL;
          MHD_resume_connection (exchange->connection);
        }
      g_mutex_unlock (&peer->lock);
      gh_http_connection_unref (peer);
    }
  exchange_unref (exchange);
}

void
gh_http_exchange_abandon (GhHttpConnection *peer)
{
  GhHttpExchange *exchange;

  g_mutex_lock (&peer->lock);
  peer->closed = TRUE;
  exchange = g_steal_pointer (&peer->suspended);
  if (exchange != NULL)
    {
      g_atomic_int_set (&exchange->state, STATE_ABANDONED);
      MHD_resume_connection (exchange->connection);
    }
  g_mutex_unlock (&peer->lock);
}

/* Puts the connection to sleep until the answer comes. Returns the state that was reached. */
static int
wait_for_answer (GhHttpExchange *exchange)
{
  GhHttpConnection *peer = exchange->peer;
  int state;

  /* One more reference, for a reply that comes when the connection is gone. */
  g_atomic_int_inc (&peer->ref_count);
  g_mutex_lock (&peer->lock);
  state = peer->closed ? STATE_ABANDONED : STATE_SUSPENDED;
  if (!g_atomic_int_compare_and_exchange (&exchange->state, STATE_RUNNING, state))
    state = STATE_ANSWERED;
  else if (state == STATE_SUSPENDED)
    {
      exchange->phase = PHASE_WAITING;
      peer->suspended = exchange;
      MHD_suspend_connection (exchange->connection);
    }
  g_mutex_unlock (&peer->lock);
  if (state == STATE_ANSWERED)
    gh_http_connection_unref (peer);
  return state;
}

/* After dispatch, and after the connection was woken. */
static enum MHD_Result
settle (GhHttpExchange *exchange)
{
  int state = g_atomic_int_get (&exchange->state);

  if (state == STATE_RUNNING)
    state = wait_for_answer (exchange);
  if (state == STATE_SUSPENDED)
    return MHD_YES;
  if (state == STATE_ABANDONED && g_atomic_int_get (&exchange->peer->turn) == GH_HTTP_PEER_CUT)
    return MHD_NO;
  if (state == STATE_ABANDONED)
    return answer_shed (exchange, "the server is stopping");
  if (exchange->answer == NULL && exchange->kept.status != 0)
    exchange->answer = make_answer (&exchange->kept, exchange->media, &exchange->answer_status);
  return queue_answer (exchange, g_steal_pointer (&exchange->answer), exchange->answer_status);
}

static void
keep_identifiers (GhHttpExchange *exchange)
{
  const GhRequest *request = exchange->request;

  if (strlen (request->request_identifier) < sizeof exchange->short_identifier)
    {
      g_strlcpy (exchange->short_identifier, request->request_identifier,
                 sizeof exchange->short_identifier);
      exchange->request_identifier = exchange->short_identifier;
    }
  else
    exchange->request_identifier = g_strdup (request->request_identifier);
  if (request->release_version != NULL)
    g_strlcpy (exchange->release_version, request->release_version,
               sizeof exchange->release_version);
}

/* Who sends it. FALSE with the fault of the mapping set. */
static const GhPrincipal *
principal_of (GhHttpExchange *exchange)
{
  const GhHttpConnection *peer = exchange->peer;
  GhHttpMapping *mapping = &exchange->mapping;

  if (peer != NULL && peer->association != 0)
    return peer->admission.principal;
  /* A name that somebody else points at loopback makes a page of theirs in a browser here the same
   * origin as this listener, where an originator is only claimed. */
  if (mapping->host_seen && !mapping->host_local)
    gh_fault_set (&mapping->fault, GH_ERROR_BAD_REQUEST,
                  "Host: a plain listener answers to localhost and loopback addresses only");
  else if (peer == NULL || peer->principal == NULL)
    gh_fault_set (&mapping->fault, GH_ERROR_NO_ASSOCIATION,
                  "a security association is required here");
  return mapping->fault.set ? NULL : peer->principal;
}

/* @target is @path, with or without a query. */
static gboolean
is_path (const char *target, const char *path)
{
  const gsize length = strlen (path);

  return strncmp (target, path, length) == 0 && (target[length] == '\0' || target[length] == '?');
}

/* The metrics are no resource: a program that collects them sends a GET and no header of oneM2M.
 * Whoever is not to have them is answered as for any other path. */
static gboolean
try_metrics (GhHttpExchange *exchange, const char *method, enum MHD_Result *out_result)
{
  GhHttpServer *server = exchange->server;
  const GhTransportHost *host = server->host;
  const GhHttpConnection *peer = exchange->peer;
  struct MHD_Response *answer;
  GhBuffer *text;

  if (host->metrics_path == NULL || !is_path (exchange->mapping.target, host->metrics_path)
      || strcmp (method, "GET") != 0 || exchange->body_length > 0 || peer == NULL
      || peer->association == 0 || !gh_http_server_enter (server))
    return FALSE;
  text = host->metrics (host->core, peer->admission.principal);
  gh_http_server_leave (server);
  if (text == NULL)
    return FALSE;
  answer = MHD_create_response_from_buffer_with_free_callback_cls (
    text->length, (void *) text->data, release_buffer, text);
  if (answer == NULL)
    gh_buffer_unref (text);
  else
    {
      (void) MHD_add_response_header (answer, "Content-Type",
                                      "text/plain; version=0.0.4; charset=utf-8");
      (void) MHD_add_response_header (answer, "Cache-Control", "no-store");
    }
  *out_result = queue_answer (exchange, answer, MHD_HTTP_OK);
  return TRUE;
}

/* All of the message is here. */
static enum MHD_Result
complete (GhHttpExchange *exchange, const char *method, const char *version)
{
  GhHttpServer *server = exchange->server;
  const GhPrincipal *principal;
  GhHttpMapping *mapping = &exchange->mapping;
  GhRequest *request = exchange->request;
  enum MHD_Result result;

  if (try_metrics (exchange, method, &result))
    return result;
  if (exchange->body != NULL)
    {
      request->body = gh_arena_strndup (request->arena, exchange->body, exchange->body_length);
      request->body_length = exchange->body_length;
      g_clear_pointer (&exchange->body, g_free);
      if (request->body == NULL)
        gh_fault_set (&mapping->fault, GH_ERROR_TOO_LARGE, "body: too large");
    }
  if (!gh_http_mapping_end (mapping, method, strcmp (version, "HTTP/1.0") != 0,
                            request->body != NULL))
    return answer_fault (exchange, &mapping->fault);
  /* The body may have taken long to come. */
  if (exchange->peer != NULL && exchange->peer->tls != NULL
      && !gh_http_secure_admit (server, exchange->connection, exchange->peer))
    return MHD_NO;
  principal = principal_of (exchange);
  if (principal == NULL)
    return answer_fault (exchange, &mapping->fault);
  if (!gh_http_server_enter (server))
    return answer_shed (exchange, "the server is stopping");
  exchange->media = gh_http_mapping_media (mapping);
  keep_identifiers (exchange);
  request->received_us = gh_clock_wall_us (server->host->clock);
  g_atomic_int_set (&exchange->peer->turn, GH_HTTP_PEER_BUSY);
  g_atomic_int_inc (&exchange->ref_count);
  exchange->request = NULL;
  exchange->thread = g_thread_self ();
  server->host->dispatch (server->host->core, request, principal, take_reply, exchange);
  gh_http_server_leave (server);
  return settle (exchange);
}

static gboolean
reserve (GhHttpExchange *exchange, gint64 octets)
{
  GhHttpServer *server = exchange->server;

  if (__atomic_add_fetch (&server->bodies, octets, __ATOMIC_RELAXED) > server->max_bodies)
    {
      __atomic_sub_fetch (&server->bodies, octets, __ATOMIC_RELAXED);
      return FALSE;
    }
  exchange->reserved += octets;
  return TRUE;
}

static enum MHD_Result
take_header (void *cls, enum MHD_ValueKind kind, const char *name, size_t name_size,
             const char *value, size_t value_size)
{
  gh_http_mapping_header (cls, name, name_size, value != NULL ? value : "", value_size);
  return MHD_YES;
}

/* Refuses before the body what could not be read to its end; an answer given here closes the
 * connection. */
static enum MHD_Result
take_head (GhHttpExchange *exchange)
{
  GhHttpServer *server = exchange->server;
  GhHttpMapping *mapping = &exchange->mapping;
  const union MHD_ConnectionInfo *info = MHD_get_connection_info (
    exchange->connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

  exchange->peer = info != NULL ? info->socket_context : NULL;
  exchange->phase = PHASE_BODY;
  if (exchange->peer != NULL)
    gh_http_arrival_went_on (exchange->peer);
  if (exchange->peer != NULL && exchange->peer->tls != NULL
      && !gh_http_secure_admit (server, exchange->connection, exchange->peer))
    return MHD_NO;
  gh_http_server_count (server, GH_HTTP_COUNT_REQUESTS);
  MHD_get_connection_values_n (exchange->connection, MHD_HEADER_KIND, take_header, mapping);
  if (mapping->framing_broken)
    return answer_fault (exchange, &mapping->fault);
  if (mapping->content_length > server->max_body)
    {
      GhFault fault = { 0 };

      gh_fault_set (&fault, GH_ERROR_TOO_LARGE,
                    "body: %" G_GUINT64_FORMAT " octets are over the limit of %" G_GSIZE_FORMAT,
                    mapping->content_length, server->max_body);
      return answer_fault (exchange, &fault);
    }
  if (mapping->content_length > 0 && !reserve (exchange, (gint64) mapping->content_length))
    return answer_shed (exchange, "too many bodies are being received");
  return MHD_YES;
}

/* A body without a length has grown over a limit. What comes is thrown away, so that the refusal
 * can be read behind it; a peer that goes on to twice the limit is cut off. */
static enum MHD_Result
overflow (GhHttpExchange *exchange, gsize size, GhError code, const char *reason)
{
  gh_fault_set (&exchange->mapping.fault, code, "%s", reason);
  g_clear_pointer (&exchange->body, g_free);
  exchange->body_length += size;
  return exchange->body_length > 2 * exchange->server->max_body ? MHD_NO : MHD_YES;
}

static enum MHD_Result
take_body (GhHttpExchange *exchange, const char *data, gsize size)
{
  GhHttpServer *server = exchange->server;
  GhRequest *request = exchange->request;

  if (exchange->mapping.fault.set)
    return overflow (exchange, size, exchange->mapping.fault.code, "");
  if (exchange->body_length == 0 && size == exchange->mapping.content_length)
    {
      request->body = gh_arena_strndup (request->arena, data, size);
      request->body_length = exchange->body_length = size;
      return request->body != NULL ? MHD_YES
                                   : overflow (exchange, 0, GH_ERROR_TOO_LARGE, "body: too large");
    }
  if (size > server->max_body - exchange->body_length)
    return overflow (exchange, size, GH_ERROR_TOO_LARGE, "body: over the limit of max-body");
  if (exchange->body_length + size > (gsize) exchange->reserved
      && !reserve (exchange, (gint64) size))
    return overflow (exchange, size, GH_ERROR_OVERLOADED, "too many bodies are being received");
  if (exchange->body_length + size > exchange->body_size)
    {
      exchange->body_size = MAX (exchange->body_size * 2, exchange->body_length + size);
      exchange->body_size = MAX (exchange->body_size, BODY_FIRST_STEP);
      exchange->body = g_realloc (exchange->body, exchange->body_size);
    }
  memcpy (exchange->body + exchange->body_length, data, size);
  exchange->body_length += size;
  return MHD_YES;
}

enum MHD_Result
gh_http_exchange_handle (void *cls, struct MHD_Connection *connection, const char *url,
                         const char *method, const char *version, const char *data, size_t *size,
                         void **context)
{
  GhHttpExchange *exchange = *context;
  enum MHD_Result result;

  switch (exchange->phase)
    {
    case PHASE_HEAD:
      return take_head (exchange);
    case PHASE_BODY:
      if (*size == 0)
        return complete (exchange, method, version);
      result = take_body (exchange, data, *size);
      *size = 0;
      return result;
    case PHASE_WAITING:
      return settle (exchange);
    case PHASE_DONE:
    default:
      *size = 0;
      return MHD_YES;
    }
}

void
gh_http_exchange_end (void *cls, struct MHD_Connection *connection, void **context,
                      enum MHD_RequestTerminationCode code)
{
  GhHttpExchange *exchange = *context;

  *context = NULL;
  if (exchange == NULL)
    return;
  if (exchange->peer != NULL)
    (void) g_atomic_int_compare_and_exchange (&exchange->peer->turn, GH_HTTP_PEER_ANSWERING,
                                              GH_HTTP_PEER_READING);
  if (code == MHD_REQUEST_TERMINATED_COMPLETED_OK && exchange->peer != NULL
      && g_atomic_int_get (&exchange->state) == STATE_ANSWERED && exchange->report.func != NULL)
    {
      gh_http_arrival_watch (exchange->peer, &exchange->report);
      exchange->report.func = NULL;
    }
  if (exchange->reserved > 0)
    __atomic_sub_fetch (&exchange->server->bodies, exchange->reserved, __ATOMIC_RELAXED);
  g_clear_pointer (&exchange->request, gh_request_free);
  g_clear_pointer (&exchange->body, g_free);
  exchange_unref (exchange);
}
