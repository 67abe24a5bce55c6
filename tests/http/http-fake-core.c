/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "http-fake-core.h"

#include "../../plugins/coap/gh-coap-config.h"
#include "../../plugins/http/gh-http-config.h"

#include "primitive/gh-json-writer.h"

#include <stdlib.h>
#include <string.h>

#define LARGE 200000

static const GhConfigKey keys[] = { GH_HTTP_CONFIG_KEYS, GH_COAP_CONFIG_KEYS, { NULL } };

typedef struct {
  GhReplyFunc reply;
  gpointer user_data;
  char *request_identifier;
} Pending;

struct _FakeCore {
  GhTransportHost host;
  GhConfig *config;
  GhClock *clock;
  GMutex lock;
  GCond changed;
  GPtrArray *urls;
  GHashTable *counts;
  GQueue pending;
  GThreadPool *pool;
  guint dispatched;
  guint mutable_status;
  const char *mutable_body; /* under the lock */
  char *credential_id; /* of the last request's principal */
  FILE *log;
};

static void
pending_answer (gpointer data, gpointer user_data)
{
  Pending *pending = data;
  GhResponse response = { .status = GH_RSC_UPDATED,
                          .request_identifier = pending->request_identifier };

  pending->reply (&response, pending->user_data);
  g_free (pending->request_identifier);
  g_free (pending);
}

static Pending *
pending_new (const GhRequest *request, GhReplyFunc reply, gpointer user_data)
{
  Pending *pending = g_new (Pending, 1);

  pending->reply = reply;
  pending->user_data = user_data;
  pending->request_identifier = g_strdup (request->request_identifier);
  return pending;
}

static void
write_text (GhJsonWriter *writer, const char *name, const char *value)
{
  if (value == NULL)
    return;
  gh_json_name (writer, name);
  gh_json_string (writer, value, strlen (value));
}

static void
write_texts (GhJsonWriter *writer, const char *name, const char *const *values)
{
  if (values == NULL)
    return;
  gh_json_name (writer, name);
  gh_json_begin_list (writer);
  for (gsize i = 0; values[i] != NULL; i++)
    gh_json_string (writer, values[i], strlen (values[i]));
  gh_json_end_list (writer);
}

static void
write_number (GhJsonWriter *writer, const char *name, gint64 value, gint64 absent)
{
  if (value == absent)
    return;
  gh_json_name (writer, name);
  gh_json_integer (writer, value);
}

static void
write_criteria (GhJsonWriter *writer, const GhFilterCriteria *filter)
{
  if (!filter->present)
    return;
  write_number (writer, "fu", filter->filter_usage, 0);
  write_number (writer, "lim", filter->limit, -1);
  write_texts (writer, "lbl", filter->labels);
  if (filter->resource_types != NULL)
    {
      gh_json_name (writer, "fty");
      gh_json_begin_list (writer);
      for (gsize i = 0; filter->resource_types[i] != 0; i++)
        gh_json_integer (writer, filter->resource_types[i]);
      gh_json_end_list (writer);
    }
  write_number (writer, "natr", filter->n_attributes, 0);
}

static GhBuffer *
describe (const GhRequest *request)
{
  GhJsonWriter writer;

  gh_json_writer_init (&writer, 256);
  gh_json_begin_object (&writer);
  write_text (&writer, "op", gh_operation_name (request->operation));
  write_text (&writer, "to", request->to);
  write_text (&writer, "fr", request->from);
  write_text (&writer, "rqi", request->request_identifier);
  write_text (&writer, "rvi", request->release_version);
  write_number (&writer, "ty", request->resource_type, 0);
  write_text (&writer, "ot", request->originating_timestamp);
  write_text (&writer, "rqet", request->request_expiration);
  write_text (&writer, "rset", request->result_expiration);
  write_text (&writer, "oet", request->execution_time);
  write_text (&writer, "ec", request->event_category);
  write_text (&writer, "gid", request->group_request_id);
  write_text (&writer, "vsi", request->vendor_information);
  write_texts (&writer, "rtu", request->notification_uris);
  write_texts (&writer, "atrl", request->attribute_list);
  write_texts (&writer, "rids", request->role_ids);
  write_texts (&writer, "tids", request->token_ids);
  write_texts (&writer, "ltids", request->local_token_ids);
  write_texts (&writer, "tkns", request->tokens);
  write_texts (&writer, "aus", request->signatures);
  write_number (&writer, "rt", request->response_type, 0);
  write_text (&writer, "rp", request->result_persistence);
  write_number (&writer, "rcn", request->result_content, GH_RCN_ABSENT);
  write_number (&writer, "da", request->delivery_aggregation, -1);
  write_number (&writer, "drt", request->desired_identifier_type, 0);
  write_criteria (&writer, &request->filter);
  write_number (&writer, "size", (gint64) request->body_length, 0);
  gh_json_end_object (&writer);
  return gh_json_writer_finish (&writer);
}

static GhBuffer *
make_large (void)
{
  GhBuffer *buffer = gh_buffer_alloc (LARGE);

  memset (buffer->data, 'x', LARGE);
  buffer->data[0] = buffer->data[LARGE - 1] = '"';
  return buffer;
}

static void
answer_now (const GhRequest *request, const char *name, GhReplyFunc reply, gpointer user_data)
{
  g_autoptr (GhBuffer) body = NULL;
  GhResponse response = {
    .status = request->operation == GH_OPERATION_CREATE ? GH_RSC_CREATED : GH_RSC_OK,
    .request_identifier = request->request_identifier,
    .release_version = request->release_version,
  };

  if (g_str_has_prefix (name, "status-"))
    response.status = (guint) atoi (name + 7);
  else if (strcmp (name, "shed") == 0)
    {
      response.status = 5000;
      response.http_status = 503;
      response.retry_after_s = 7;
    }
  else if (strcmp (name, "evil") == 0)
    {
      response.vendor_information = "a\r\nX-Injected: 1";
      response.from = "b\nX-Injected: 2";
      response.content_location = "cse/c\r\nX-Injected: 3";
    }
  else if (strcmp (name, "echo") == 0)
    body = gh_buffer_new (request->body != NULL ? request->body : "", request->body_length);
  else
    body = strcmp (name, "large") == 0 ? make_large () : describe (request);
  if (request->operation == GH_OPERATION_CREATE && response.content_location == NULL)
    response.content_location = "/id-in/cse/new one";
  if (body != NULL && body->length > 0)
    {
      response.body = body->data;
      response.body_length = body->length;
      response.buffer = body;
    }
  reply (&response, user_data);
}

void
fake_core_set_answer (FakeCore *core, guint status, const char *body)
{
  g_mutex_lock (&core->lock);
  core->mutable_status = status;
  core->mutable_body = body;
  g_mutex_unlock (&core->lock);
}

static void
answer_mutable (FakeCore *core, const GhRequest *request, GhReplyFunc reply, gpointer user_data)
{
  GhResponse response = { .request_identifier = request->request_identifier };

  g_mutex_lock (&core->lock);
  response.status = core->mutable_status;
  response.body = core->mutable_body;
  g_mutex_unlock (&core->lock);
  response.body_length = response.body != NULL ? strlen (response.body) : 0;
  reply (&response, user_data);
}

static void
core_dispatch (gpointer data, GhRequest *request, const GhPrincipal *principal, GhReplyFunc reply,
               gpointer user_data)
{
  FakeCore *core = data;
  g_autoptr (GhRequest) owned = request;
  const char *name = strrchr (request->to, '/');

  name = name != NULL ? name + 1 : request->to;
  g_assert_nonnull (principal);
  g_atomic_int_inc (&core->dispatched);
  g_mutex_lock (&core->lock);
  g_free (core->credential_id);
  core->credential_id = g_strdup (gh_principal_get_credential_id (principal));
  g_mutex_unlock (&core->lock);
  if (core->log != NULL)
    {
      fprintf (core->log, "%s %s %s %.*s\n", gh_operation_name (request->operation), request->to,
               request->from != NULL ? request->from : "-", (int) request->body_length,
               request->body != NULL ? request->body : "");
      fflush (core->log);
    }
  /* the discovery that is another form of "/.well-known/core" */
  if (strcmp (name, "mutable") == 0
      || g_strcmp0 (request->request_identifier, "well-known-core") == 0)
    answer_mutable (core, request, reply, user_data);
  else if (strcmp (name, "racing") == 0)
    g_thread_pool_push (core->pool, pending_new (request, reply, user_data), NULL);
  else if (strcmp (name, "later") == 0 || strcmp (name, "never") == 0)
    {
      g_mutex_lock (&core->lock);
      g_queue_push_tail (&core->pending, pending_new (request, reply, user_data));
      g_cond_broadcast (&core->changed);
      g_mutex_unlock (&core->lock);
      if (strcmp (name, "later") == 0)
        g_thread_pool_push (core->pool, GINT_TO_POINTER (1), NULL);
    }
  else
    answer_now (request, name, reply, user_data);
}

/* The pool's work: one answer, or (for "later") what waits longest. */
static void
pool_answer (gpointer data, gpointer user_data)
{
  FakeCore *core = user_data;

  if (data == GINT_TO_POINTER (1))
    {
      g_mutex_lock (&core->lock);
      data = g_queue_pop_head (&core->pending);
      g_mutex_unlock (&core->lock);
    }
  if (data != NULL)
    pending_answer (data, NULL);
}

static GhPrincipal *
core_authenticate (gpointer data, GInetAddress *peer)
{
  return gh_principal_new_claimed (peer);
}

GhPrincipal *
fake_core_refuse_plain (gpointer data, GInetAddress *peer)
{
  return NULL;
}

static void
core_listening (gpointer data, const char *url)
{
  g_ptr_array_add (((FakeCore *) data)->urls, g_strdup (url));
}

static void
core_count (gpointer data, const char *counter, gint64 by)
{
  FakeCore *core = data;

  g_mutex_lock (&core->lock);
  g_hash_table_insert (
    core->counts, (gpointer) counter,
    GSIZE_TO_POINTER (GPOINTER_TO_SIZE (g_hash_table_lookup (core->counts, counter)) + (gsize) by));
  g_mutex_unlock (&core->lock);
}

FakeCore *
fake_core_new (const char *const *options)
{
  FakeCore *core = g_new0 (FakeCore, 1);

  g_mutex_init (&core->lock);
  g_cond_init (&core->changed);
  core->urls = g_ptr_array_new_with_free_func (g_free);
  core->counts = g_hash_table_new (g_str_hash, g_str_equal);
  core->pool = g_thread_pool_new (pool_answer, core, 2, FALSE, NULL);
  core->config = gh_config_new (keys);
  core->clock = gh_clock_new_fake (G_GINT64_CONSTANT (1700000000) * G_USEC_PER_SEC);
  for (gsize i = 0; options != NULL && options[i] != NULL; i++)
    {
      const char *equals = strchr (options[i], '=');
      const char *dot = memchr (options[i], '.', (gsize) (equals - options[i]));
      g_autofree char *group = dot != NULL ? g_strndup (options[i], (gsize) (dot - options[i]))
                                           : g_strdup ("http");
      const char *name = dot != NULL ? dot + 1 : options[i];
      g_autofree char *key = g_strndup (name, (gsize) (equals - name));
      g_autoptr (GError) error = NULL;

      if (!gh_config_set (core->config, group, key, equals + 1, &error))
        g_error ("%s", error->message);
    }
  core->host = (GhTransportHost){
    .struct_size = sizeof (GhTransportHost),
    .core = core,
    .config = core->config,
    .clock = core->clock,
    .development = TRUE,
    .cse_id = "id-in",
    .cse_name = "cse",
    .dispatch = core_dispatch,
    .authenticate_plain = core_authenticate,
    .listening = core_listening,
    .count = core_count,
  };
  return core;
}

void
fake_core_free (FakeCore *core)
{
  fake_core_release (core);
  g_thread_pool_free (core->pool, FALSE, TRUE);
  g_ptr_array_unref (core->urls);
  g_hash_table_unref (core->counts);
  g_free (core->credential_id);
  gh_config_unref (core->config);
  gh_clock_unref (core->clock);
  g_mutex_clear (&core->lock);
  g_cond_clear (&core->changed);
  g_free (core);
}

const GhTransportHost *
fake_core_host (FakeCore *core)
{
  return &core->host;
}

GhTransportHost *
fake_core_host_writable (FakeCore *core)
{
  return &core->host;
}

GhClock *
fake_core_clock (FakeCore *core)
{
  return core->clock;
}

const char *
fake_core_url (FakeCore *core, guint n)
{
  return n < core->urls->len ? core->urls->pdata[n] : NULL;
}

guint16
fake_core_port (FakeCore *core)
{
  const char *url = fake_core_url (core, 0);

  return url != NULL ? (guint16) atoi (strrchr (url, ':') + 1) : 0;
}

void
fake_core_wait_pending (FakeCore *core, guint n)
{
  g_mutex_lock (&core->lock);
  while (core->pending.length < n)
    g_cond_wait (&core->changed, &core->lock);
  g_mutex_unlock (&core->lock);
}

void
fake_core_release (FakeCore *core)
{
  GQueue all = G_QUEUE_INIT;

  g_mutex_lock (&core->lock);
  all = core->pending;
  g_queue_init (&core->pending);
  g_mutex_unlock (&core->lock);
  g_queue_foreach (&all, pending_answer, NULL);
  g_queue_clear (&all);
}

gint64
fake_core_count (FakeCore *core, const char *counter)
{
  gint64 value;

  g_mutex_lock (&core->lock);
  value = (gint64) GPOINTER_TO_SIZE (g_hash_table_lookup (core->counts, counter));
  g_mutex_unlock (&core->lock);
  return value;
}

char *
fake_core_dup_credential (FakeCore *core)
{
  char *copy;

  g_mutex_lock (&core->lock);
  copy = g_strdup (core->credential_id);
  g_mutex_unlock (&core->lock);
  return copy;
}

guint
fake_core_dispatched (FakeCore *core)
{
  return (guint) g_atomic_int_get (&core->dispatched);
}

void
fake_core_set_log (FakeCore *core, FILE *log)
{
  core->log = log;
}
