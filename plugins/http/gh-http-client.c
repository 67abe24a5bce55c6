/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-http-client.h"

#include "gh-http-answer.h"
#include "gh-http-lines.h"
#include "gh-http-map.h"

#include <curl/curl.h>
#include <string.h>

#define MAX_URL            8192
#define IDLE_POLL_MS       60000
#define WAITING_POLL_MS    250
#define DEFAULT_TIMEOUT_MS 10000
#define MAX_FORWARDED      (4 * 1024 * 1024) /* octets of an answer that is passed on */

typedef struct {
  char *key;      /* "https://host:port" */
  GQueue waiting; /* Job */
  guint active;   /* under way */
  guint total;    /* those, waiting and in the inbox; under the client's lock */
  gboolean ready; /* in GhHttpClient.ready */
} Target;

typedef struct {
  GhDeliveryFunc done;
  gpointer user_data;
  Target *target;      /* NULL: refused before it had one */
  const char *refusal; /* static */
  GhDeliveryStatus refused_as;
  char *url;
  GhOperation operation;
  struct curl_slist *headers;
  GhBuffer *body;
  gint64 deadline_us; /* monotonic */
  CURL *easy;
  GhHttpAnswer answer;
  GString *text; /* body of the answer */
  gsize text_limit;
  GList running; /* in GhHttpClient.running */
  gboolean too_large;
  GhHttpLineUser line; /* of https */
  char error[CURL_ERROR_SIZE];
} Job;

struct _GhHttpClient {
  const GhTransportHost *host;
  guint queue_limit, per_target, in_all;
  long connect_timeout_s;
  gsize max_answer;
  gboolean secure;
  GhHttpLines *lines; /* of https; NULL: refused */
  CURLM *multi;
  GThread *thread;

  GMutex lock;    /* of what follows, and of Target.total */
  GQueue inbox;   /* Job */
  GTree *targets; /* by key: a tree, because peers choose the keys */
  gboolean stopping;

  /* The thread's own. */
  GQueue ready;     /* Target with something waiting and a connection left */
  GQueue idle;      /* CURL */
  GQueue running;   /* Job */
  guint waiting;    /* in all targets */
  gint64 expire_us; /* when waiting jobs are looked at again */
};

static void
job_free (Job *job)
{
  g_free (job->url);
  g_free (job->line.server_name);
  g_free (job->line.authority);
  g_free (job->line.cse_id);
  gh_http_answer_clear (&job->answer);
  curl_slist_free_all (job->headers);
  g_clear_pointer (&job->body, gh_buffer_unref);
  if (job->text != NULL)
    g_string_free (job->text, TRUE);
  g_free (job);
}

/* The URL. */

static char *
url_part (CURLU *url, CURLUPart part)
{
  char *text = NULL, *copy;

  if (curl_url_get (url, part, &text, part == CURLUPART_PORT ? CURLU_DEFAULT_PORT : 0) != CURLUE_OK)
    return NULL;
  copy = g_strdup (text);
  curl_free (text);
  return copy;
}

/* TS-0009 6.2.2.1: a point of access names the next hop only; the request-target is To. */
static gboolean
add_path (CURLU *url, const GhDelivery *delivery)
{
  g_autofree char *path = url_part (url, CURLUPART_PATH);
  char mapped[GH_HTTP_MAX_LOCATION];
  const char *to = delivery->to;
  const gboolean has_path = path != NULL && strcmp (path, "/") != 0;

  if (to == NULL || *to == '\0' || strstr (to, "://") != NULL)
    return TRUE;
  /* of an AE it is all that there is to say; behind one of a CSE the resource follows */
  if (has_path && to[0] != '/')
    return TRUE;
  if (gh_http_path_from_address (to, mapped, sizeof mapped) == 0)
    return FALSE;
  g_autofree char *all = g_strconcat (has_path ? path : "", mapped, NULL);
  return curl_url_set (url, CURLUPART_PATH, all, 0) == CURLUE_OK;
}

/* GhQueryFunc */
static void
add_parameter (const char *name, const char *value, gpointer user_data)
{
  g_autofree char *escaped = g_uri_escape_string (value, "+", FALSE);
  g_autofree char *pair = g_strdup_printf ("%s=%s", name, escaped);

  (void) curl_url_set (user_data, CURLUPART_QUERY, pair, CURLU_APPENDQUERY);
}

static void
add_header (Job *job, const char *name, const char *value)
{
  g_autofree char *line = NULL;
  struct curl_slist *list;

  if (value == NULL || *value == '\0')
    return;
  if (!gh_http_text_is_clean (value, strlen (value)))
    {
      job->refusal = "a parameter holds what no header can carry";
      return;
    }
  line = g_strconcat (name, ": ", value, NULL);
  list = curl_slist_append (job->headers, line);
  if (list != NULL)
    job->headers = list;
}

/* libcurl uses a connection again for what has the same host: of two CSE-IDs, or of one and none,
 * it must not. The name goes nowhere else. */
static void
set_apart (Job *job, CURLU *url, const char *cse_id)
{
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, cse_id, -1);
  g_autofree char *host = g_strdup_printf ("%.40s.%s", digest, job->line.server_name);

  job->line.cse_id = g_strdup (cse_id);
  (void) curl_url_set (url, CURLUPART_HOST, strchr (host, ':') != NULL ? digest : host, 0);
  add_header (job, "Host", job->line.authority);
}

/* For libcurl it is http: what makes it https is the pump behind its socket. */
static void
take_secure (Job *job, CURLU *url, const char *host, const char *port)
{
  const gsize length = strlen (host);

  job->line.authority = g_strdup_printf ("%s:%s", host, port);
  job->line.server_name = host[0] == '[' && length > 2 ? g_strndup (host + 1, length - 2)
                                                       : g_strdup (host);
  (void) curl_url_set (url, CURLUPART_PORT, port, 0);
  (void) curl_url_set (url, CURLUPART_SCHEME, "http", 0);
}

/* Fills the job's URL and returns the key of its target, or NULL with job->refusal. */
static char *
take_url (const GhHttpClient *client, Job *job, const GhDelivery *delivery)
{
  CURLU *url = curl_url ();
  g_autofree char *scheme = NULL, *host = NULL, *port = NULL;
  char *key = NULL;

  if (strnlen (delivery->url, MAX_URL + 1) > MAX_URL
      || !gh_http_text_is_clean (delivery->url, strlen (delivery->url))
      || curl_url_set (url, CURLUPART_URL, delivery->url,
                       CURLU_DISALLOW_USER | CURLU_NON_SUPPORT_SCHEME)
           != CURLUE_OK)
    job->refusal = "not a URL that can be used";
  else
    {
      scheme = url_part (url, CURLUPART_SCHEME);
      if (g_strcmp0 (scheme, client->secure ? "https" : "http") != 0)
        job->refusal = "not an http URL";
      else if (client->secure && client->lines == NULL)
        job->refusal = "https targets need a security plugin, and none is loaded";
      else if (!client->secure && delivery->cse_id != NULL && !client->host->development)
        job->refusal = "a CSE is told nothing over plain http, where it proves nothing";
    }
  if (job->refusal == NULL)
    {
      host = url_part (url, CURLUPART_HOST);
      port = url_part (url, CURLUPART_PORT);
      if (!add_path (url, delivery))
        job->refusal = "To is too long for a URL";
      if (delivery->forwarded != NULL)
        gh_request_list_query (delivery->forwarded, add_parameter, url);
      (void) curl_url_set (url, CURLUPART_FRAGMENT, NULL, 0);
      if (client->secure && host != NULL && port != NULL)
        take_secure (job, url, host, port);
      if (job->line.authority != NULL && delivery->cse_id != NULL)
        set_apart (job, url, delivery->cse_id);
      job->url = url_part (url, CURLUPART_URL);
      if (host == NULL || port == NULL || job->url == NULL)
        job->refusal = "not a URL that can be used";
      else if (job->refusal == NULL)
        key = g_strdup_printf ("%s://%s:%s", client->secure ? "https" : "http", host, port);
    }
  curl_url_cleanup (url);
  return key;
}

/* The headers. */

static void
add_list (Job *job, const char *name, const char *separator, const char *const *items)
{
  g_autofree char *joined = items != NULL ? g_strjoinv (separator, (char **) items) : NULL;

  add_header (job, name, joined);
}

/* What only a request that is passed on has (TS-0009 6.4). */
static void
take_rare_headers (Job *job, const GhRequest *request)
{
  /* without it a fan-out would be for all members */
  if (request->group_targets != NULL && job->refusal == NULL)
    job->refusal = "Group Request Target Members have no place in HTTP (TS-0009)";
  add_header (job, "X-M2M-OT", request->originating_timestamp);
  add_header (job, "X-M2M-RST", request->result_expiration);
  add_header (job, "X-M2M-RET", request->request_expiration);
  add_header (job, "X-M2M-OET", request->execution_time);
  add_header (job, "X-M2M-GID", request->group_request_id);
  add_header (job, "X-M2M-VSI", request->vendor_information);
  add_list (job, "X-M2M-AS", "+", request->signatures);
  if (request->hops >= 0)
    {
      g_autofree char *hops = g_strdup_printf ("%d", request->hops);
      add_header (job, "Max-Forwards", hops);
    }
}

static void
add_content_type (Job *job, const GhDelivery *delivery)
{
  char type[48];

  if (delivery->operation == GH_OPERATION_NOTIFY)
    g_strlcpy (type, "application/vnd.onem2m-ntfy+json", sizeof type);
  else if (delivery->operation == GH_OPERATION_CREATE && delivery->forwarded != NULL)
    g_snprintf (type, sizeof type, "application/json;ty=%d", delivery->forwarded->resource_type);
  else
    g_strlcpy (type, "application/json", sizeof type);
  add_header (job, "Content-Type", type);
}

static void
take_headers (Job *job, const GhDelivery *delivery)
{
  add_header (job, "X-M2M-Origin", delivery->from);
  add_header (job, "X-M2M-RI", delivery->request_identifier);
  add_header (job, "X-M2M-RVI", delivery->release_version);
  add_header (job, "X-M2M-EC", delivery->event_category);
  add_header (job, "Accept", "application/json");
  if (delivery->forwarded != NULL)
    take_rare_headers (job, delivery->forwarded);
  if (delivery->body != NULL || delivery->operation == GH_OPERATION_CREATE)
    add_content_type (job, delivery);
  /* No wait for 100: bodies are small, and many small servers never answer it. */
  job->headers = curl_slist_append (job->headers, "Expect:");
}

/* Starting and ending a transfer; on the client's thread. */

static size_t
take_line (char *data, size_t size, size_t n, void *user_data)
{
  Job *job = user_data;

  gh_http_answer_line (&job->answer, data, size * n);
  return size * n;
}

static size_t
take_text (char *data, size_t size, size_t n, void *user_data)
{
  Job *job = user_data;

  if (size * n > job->text_limit - job->text->len)
    {
      job->too_large = TRUE;
      return 0;
    }
  g_string_append_len (job->text, data, (gssize) (size * n));
  return size * n;
}

static void
set_limits (GhHttpClient *client, CURL *easy, gint64 left_ms)
{
  curl_easy_setopt (easy, CURLOPT_PROTOCOLS_STR, "http");
  curl_easy_setopt (easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt (easy, CURLOPT_PROXY, "");
  curl_easy_setopt (easy, CURLOPT_NOPROXY, "*");
  curl_easy_setopt (easy, CURLOPT_NETRC, (long) CURL_NETRC_IGNORED);
  curl_easy_setopt (easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  curl_easy_setopt (easy, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
  curl_easy_setopt (easy, CURLOPT_NOSIGNAL, 1L);
  /* Without this a time-out waits for the thread that still resolves the host's name. */
  curl_easy_setopt (easy, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt (easy, CURLOPT_TIMEOUT_MS, (long) left_ms);
  curl_easy_setopt (easy, CURLOPT_CONNECTTIMEOUT, client->connect_timeout_s);
}

static void
set_method (CURL *easy, const Job *job)
{
  if (job->operation == GH_OPERATION_UPDATE)
    curl_easy_setopt (easy, CURLOPT_CUSTOMREQUEST, "PUT");
  else if (job->operation == GH_OPERATION_DELETE)
    curl_easy_setopt (easy, CURLOPT_CUSTOMREQUEST, "DELETE");
  if (job->operation == GH_OPERATION_RETRIEVE || job->operation == GH_OPERATION_DELETE)
    return;
  curl_easy_setopt (easy, CURLOPT_POST, 1L);
  curl_easy_setopt (easy, CURLOPT_POSTFIELDSIZE_LARGE,
                    (curl_off_t) (job->body != NULL ? job->body->length : 0));
  curl_easy_setopt (easy, CURLOPT_POSTFIELDS, job->body != NULL ? job->body->data : "");
}

static void
finish (GhHttpClient *client, Job *job, const GhDeliveryResult *result)
{
  Target *target = job->target;

  if (client->host->count != NULL)
    client->host->count (client->host->core,
                         result->status == GH_DELIVERY_DONE ? "http.sent" : "http.send-failed", 1);
  job->done (result, job->user_data);
  if (client->lines != NULL)
    gh_http_lines_leave (client->lines, &job->line);
  job_free (job);
  if (target == NULL)
    return;
  g_mutex_lock (&client->lock);
  if (--target->total == 0)
    {
      if (target->ready)
        g_queue_remove (&client->ready, target);
      g_tree_remove (client->targets, target->key);
    }
  g_mutex_unlock (&client->lock);
}

/* Of a request that has not left. */
static void
fail (GhHttpClient *client, Job *job, GhDeliveryStatus status, const char *reason)
{
  const GhDeliveryResult result = { .status = status, .reason = reason, .unsent = TRUE };

  finish (client, job, &result);
}

static void
start_job (GhHttpClient *client, Job *job)
{
  const gint64 left_ms = (job->deadline_us - g_get_monotonic_time ()) / 1000;
  CURL *easy;

  if (left_ms <= 0)
    {
      fail (client, job, GH_DELIVERY_UNREACHABLE, "time-out while waiting for earlier requests");
      return;
    }
  easy = g_queue_pop_head (&client->idle);
  if (easy == NULL)
    easy = curl_easy_init ();
  job->easy = easy;
  job->text = g_string_sized_new (256);
  job->text_limit = job->answer.all ? MAX (client->max_answer, MAX_FORWARDED) : client->max_answer;
  set_limits (client, easy, left_ms);
  set_method (easy, job);
  curl_easy_setopt (easy, CURLOPT_URL, job->url);
  curl_easy_setopt (easy, CURLOPT_HTTPHEADER, job->headers);
  curl_easy_setopt (easy, CURLOPT_ERRORBUFFER, job->error);
  curl_easy_setopt (easy, CURLOPT_HEADERFUNCTION, take_line);
  curl_easy_setopt (easy, CURLOPT_HEADERDATA, job);
  curl_easy_setopt (easy, CURLOPT_WRITEFUNCTION, take_text);
  curl_easy_setopt (easy, CURLOPT_WRITEDATA, job);
  curl_easy_setopt (easy, CURLOPT_PRIVATE, job);
  job->line.lines = client->lines;
  if (client->lines != NULL)
    gh_http_lines_prepare (easy, &job->line);
  job->target->active++;
  job->running.data = job;
  g_queue_push_tail_link (&client->running, &job->running);
  curl_multi_add_handle (client->multi, easy);
}

static void
make_ready (GhHttpClient *client, Target *target)
{
  if (target->ready || target->waiting.length == 0 || target->active >= client->per_target)
    return;
  target->ready = TRUE;
  g_queue_push_tail (&client->ready, target);
}

/* One job of each ready target in turn, so that none takes all connections. */
static void
start_ready (GhHttpClient *client)
{
  while (client->running.length < client->in_all && client->ready.length > 0)
    {
      Target *target = g_queue_pop_head (&client->ready);
      Job *job = g_queue_pop_head (&target->waiting);
      const gboolean more = target->waiting.length > 0;

      client->waiting--;
      target->ready = FALSE;
      start_job (client, job);
      /* Without more the job may have been the target's last, and have taken it along. */
      if (more)
        make_ready (client, target);
    }
}

/* Nothing of the request left: no connection, or none that was admitted. */
static gboolean
is_unsent (const Job *job, CURLcode code)
{
  long request_size = 0;

  if (code == CURLE_OK || job->too_large)
    return FALSE;
  if (job->line.refused)
    return TRUE;
  return curl_easy_getinfo (job->easy, CURLINFO_REQUEST_SIZE, &request_size) == CURLE_OK
         && request_size == 0;
}

static void
take_end (GhHttpClient *client, Job *job, CURLcode code)
{
  CURL *easy = job->easy;
  Target *target = job->target;
  GhDeliveryResult result = { .status = GH_DELIVERY_UNREACHABLE };
  GhResponse response;

  const GhPrincipal *peer = client->lines != NULL
                              ? gh_http_lines_find_peer (client->lines, easy)
                              : NULL;
  curl_multi_remove_handle (client->multi, easy);
  g_queue_unlink (&client->running, &job->running);
  target->active--;
  if (code == CURLE_OK || job->too_large)
    gh_http_answer_result (&job->answer, job->text->str, job->too_large ? 0 : job->text->len,
                           &result);
  else if (job->line.error[0] != '\0')
    result.reason = job->line.error;
  else
    result.reason = job->error[0] != '\0' ? job->error : curl_easy_strerror (code);
  if (job->answer.all && job->too_large)
    result = (GhDeliveryResult){ .status = GH_DELIVERY_UNREACHABLE,
                                 .reason = "the target's answer is too large" };
  if (job->answer.all && result.status == GH_DELIVERY_DONE)
    {
      gh_http_answer_response (&job->answer, &result, &response);
      result.response = &response;
    }
  if (result.status == GH_DELIVERY_DONE)
    result.peer = peer;
  result.unsent = is_unsent (job, code);
  make_ready (client, target);
  finish (client, job, &result);
  curl_easy_reset (easy);
  g_queue_push_head (&client->idle, easy);
}

static void
take_ends (GhHttpClient *client)
{
  CURLMsg *message;
  int left;

  while ((message = curl_multi_info_read (client->multi, &left)) != NULL)
    {
      Job *job = NULL;

      if (message->msg != CURLMSG_DONE)
        continue;
      curl_easy_getinfo (message->easy_handle, CURLINFO_PRIVATE, (char **) &job);
      take_end (client, job, message->data.result);
    }
}

/* Jobs whose time has passed while they waited. */
static gboolean
expire_waiting (gpointer key, gpointer value, gpointer user_data)
{
  Target *target = value;
  GQueue *expired = user_data;
  const gint64 now_us = g_get_monotonic_time ();
  GList *next;

  for (GList *l = target->waiting.head; l != NULL; l = next)
    {
      next = l->next;
      if (((Job *) l->data)->deadline_us > now_us)
        continue;
      g_queue_unlink (&target->waiting, l);
      g_queue_push_tail_link (expired, l);
    }
  return FALSE;
}

static void
expire (GhHttpClient *client)
{
  GQueue expired = G_QUEUE_INIT;
  Job *job;

  if (client->waiting == 0 || g_get_monotonic_time () < client->expire_us)
    return;
  client->expire_us = g_get_monotonic_time () + WAITING_POLL_MS * G_TIME_SPAN_MILLISECOND;
  g_mutex_lock (&client->lock);
  g_tree_foreach (client->targets, expire_waiting, &expired);
  g_mutex_unlock (&client->lock);
  client->waiting -= expired.length;
  for (GList *l = expired.head; l != NULL; l = l->next)
    {
      Target *target = ((Job *) l->data)->target;

      if (target->ready && target->waiting.length == 0)
        {
          target->ready = FALSE;
          g_queue_remove (&client->ready, target);
        }
    }
  while ((job = g_queue_pop_head (&expired)) != NULL)
    fail (client, job, GH_DELIVERY_UNREACHABLE, "time-out while waiting for earlier requests");
}

/* Moves new requests to their targets. FALSE when the client ends. */
static gboolean
take_inbox (GhHttpClient *client)
{
  GQueue inbox;
  gboolean go_on;
  Job *job;

  g_mutex_lock (&client->lock);
  inbox = client->inbox;
  g_queue_init (&client->inbox);
  go_on = !client->stopping;
  g_mutex_unlock (&client->lock);
  while ((job = g_queue_pop_head (&inbox)) != NULL)
    {
      if (job->target == NULL)
        fail (client, job, job->refused_as, job->refusal);
      else
        {
          client->waiting++;
          g_queue_push_tail (&job->target->waiting, job);
          make_ready (client, job->target);
        }
    }
  return go_on;
}

static gboolean
collect_waiting (gpointer key, gpointer value, gpointer user_data)
{
  Target *target = value;
  Job *job;

  while ((job = g_queue_pop_head (&target->waiting)) != NULL)
    g_queue_push_tail (user_data, job);
  return FALSE;
}

static void
end_all (GhHttpClient *client)
{
  GQueue rest = G_QUEUE_INIT;
  CURL *easy;
  Job *job;

  g_queue_clear (&client->ready);
  g_mutex_lock (&client->lock);
  g_tree_foreach (client->targets, collect_waiting, &rest);
  g_mutex_unlock (&client->lock);
  for (GList *l = rest.head; l != NULL; l = l->next)
    ((Job *) l->data)->target->ready = FALSE;
  while ((job = g_queue_pop_head (&rest)) != NULL)
    fail (client, job, GH_DELIVERY_UNREACHABLE, "stopped");
  while (client->running.length > 0)
    {
      job = client->running.head->data;
      curl_multi_remove_handle (client->multi, job->easy);
      curl_easy_cleanup (job->easy);
      g_queue_unlink (&client->running, &job->running);
      const GhDeliveryResult stopped = { .status = GH_DELIVERY_UNREACHABLE, .reason = "stopped" };
      finish (client, job, &stopped);
    }
  while ((easy = g_queue_pop_head (&client->idle)) != NULL)
    curl_easy_cleanup (easy);
}

static gpointer
run_client (gpointer data)
{
  GhHttpClient *client = data;
  int running, wait_ms;

  while (take_inbox (client))
    {
      start_ready (client);
      curl_multi_perform (client->multi, &running);
      wait_ms = client->waiting > 0 ? WAITING_POLL_MS : IDLE_POLL_MS;
      if (client->lines != NULL)
        wait_ms = gh_http_lines_run (client->lines, wait_ms);
      take_ends (client);
      expire (client);
      if (client->ready.length > 0 && client->running.length < client->in_all)
        continue;
      if (client->lines != NULL)
        gh_http_lines_poll (client->lines, client->multi, wait_ms);
      else
        curl_multi_poll (client->multi, NULL, 0, wait_ms, NULL);
    }
  end_all (client);
  return NULL;
}

static int
compare_keys (gconstpointer a, gconstpointer b, gpointer user_data)
{
  return strcmp (a, b);
}

static void
target_free (gpointer data)
{
  Target *target = data;

  g_free (target->key);
  g_free (target);
}

GhHttpClient *
gh_http_client_new (const GhTransportHost *host, gboolean secure)
{
  const GhConfig *config = host->config;
  GhHttpClient *client = g_new0 (GhHttpClient, 1);

  curl_global_init (CURL_GLOBAL_DEFAULT);
  client->host = host;
  client->secure = secure;
  if (secure && host->security != NULL)
    client->lines = gh_http_lines_new (host);
  client->queue_limit = (guint) gh_config_get_integer (config, "http", "notify-queue");
  client->per_target = (guint) gh_config_get_integer (config, "http", "notify-connections");
  client->in_all = (guint) gh_config_get_integer (config, "http", "notify-total-connections");
  client->connect_timeout_s = (long) gh_config_get_integer (config, "http",
                                                            "notify-connect-timeout");
  client->max_answer = (gsize) gh_config_get_integer (config, "http", "notify-max-answer");
  g_mutex_init (&client->lock);
  client->targets = g_tree_new_full (compare_keys, NULL, NULL, target_free);
  client->multi = curl_multi_init ();
  curl_multi_setopt (client->multi, CURLMOPT_MAXCONNECTS, (long) client->in_all);
  curl_multi_setopt (client->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long) client->per_target);
  curl_multi_setopt (client->multi, CURLMOPT_PIPELINING, (long) CURLPIPE_NOTHING);
  return client;
}

void
gh_http_client_free (GhHttpClient *client)
{
  GThread *thread;

  g_mutex_lock (&client->lock);
  client->stopping = TRUE;
  thread = client->thread;
  g_mutex_unlock (&client->lock);
  curl_multi_wakeup (client->multi);
  if (thread != NULL)
    g_thread_join (thread);
  curl_multi_cleanup (client->multi);
  g_clear_pointer (&client->lines, gh_http_lines_free);
  g_tree_unref (client->targets);
  g_mutex_clear (&client->lock);
  g_free (client);
  curl_global_cleanup ();
}

void
gh_http_client_end_association (GhHttpClient *client, guint64 id)
{
  if (client->lines == NULL)
    return;
  gh_http_lines_end_association (client->lines, id);
  curl_multi_wakeup (client->multi);
}

/* The lock is held. */
static void
join_target (GhHttpClient *client, Job *job, const char *key)
{
  Target *target = g_tree_lookup (client->targets, key);

  if (target == NULL)
    {
      target = g_new0 (Target, 1);
      target->key = g_strdup (key);
      g_tree_insert (client->targets, target->key, target);
    }
  if (target->total >= client->queue_limit)
    {
      job->refusal = "too many requests wait for this target ([http] notify-queue)";
      job->refused_as = GH_DELIVERY_UNREACHABLE;
      return;
    }
  target->total++;
  job->target = target;
}

void
gh_http_client_send (GhHttpClient *client, const GhDelivery *delivery, GhDeliveryFunc done,
                     gpointer user_data)
{
  Job *job = g_new0 (Job, 1);
  const guint timeout_ms = delivery->timeout_ms > 0 ? delivery->timeout_ms : DEFAULT_TIMEOUT_MS;
  g_autofree char *key = NULL;

  job->done = done;
  job->user_data = user_data;
  job->refused_as = GH_DELIVERY_REFUSED;
  job->operation = delivery->operation;
  job->answer.all = delivery->forwarded != NULL;
  job->deadline_us = g_get_monotonic_time () + timeout_ms * (gint64) 1000;
  job->body = delivery->body != NULL ? gh_buffer_ref (delivery->body) : NULL;
  key = take_url (client, job, delivery);
  take_headers (job, delivery);
  g_mutex_lock (&client->lock);
  if (job->refusal == NULL)
    join_target (client, job, key);
  g_queue_push_tail (&client->inbox, job);
  if (client->thread == NULL)
    client->thread = g_thread_new ("gh-http-send", run_client, client);
  g_mutex_unlock (&client->lock);
  curl_multi_wakeup (client->multi);
}
