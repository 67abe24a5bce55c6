/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-coap-endpoint-private.h"

#include "gh-coap-observe.h"
#include "gh-coap-request.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_ROUNDS    8 /* batches before timers and answers have their turn */
#define REPORT_US     G_USEC_PER_SEC
#define MAX_WAIT_MS   60000
#define MAX_EVENTS    64
#define DRAIN_STEP_US 2000

static const char *const count_names[GH_COAP_N_COUNTS] = {
  "coap.requests", "coap.refused",     "coap.datagrams",
  "coap.lost",     "coap.connections", "coap.turned-away",
};

void
gh_coap_endpoint_count (GhCoapEndpoint *endpoint, GhCoapCount count)
{
  endpoint->counts[count]++;
  endpoint->dirty = TRUE;
}

static void
report_counts (GhCoapEndpoint *endpoint)
{
  const GhTransportHost *host = endpoint->settings.host;

  endpoint->dirty = FALSE;
  for (guint i = 0; i < GH_COAP_N_COUNTS; i++)
    {
      if (endpoint->counts[i] != 0 && host->count != NULL)
        host->count (host->core, count_names[i], endpoint->counts[i]);
      endpoint->counts[i] = 0;
    }
}

/* Sending. */

static void
flush (GhCoapEndpoint *endpoint)
{
  GhCoapBatch *out = endpoint->out; /* NULL over TCP, where n_out is 0 */
  guint at = 0;

  while (at < endpoint->n_out)
    {
      int sent = sendmmsg (endpoint->fd, out->headers + at, endpoint->n_out - at, 0);

      if (sent < 0 && errno == EINTR)
        continue;
      /* One that cannot be sent is as good as lost on the way; the others still go. */
      if (sent <= 0)
        {
          gh_coap_endpoint_count (endpoint, GH_COAP_COUNT_LOST);
          sent = 1;
        }
      at += (guint) sent;
    }
  endpoint->n_out = 0;
}

void
gh_coap_endpoint_send (GhCoapEndpoint *endpoint, const GhPeer *peer, gconstpointer octets,
                       gsize length)
{
  GhCoapBatch *out = endpoint->out;
  guint i;

  if (length > GH_COAP_SLOT)
    return;
  if (endpoint->n_out == GH_COAP_BATCH)
    flush (endpoint);
  i = endpoint->n_out++;
  memcpy (out->octets[i], octets, length);
  out->peers[i] = *peer;
  out->vectors[i] = (struct iovec){ out->octets[i], length };
  out->headers[i].msg_hdr = (struct msghdr){ .msg_name = &out->peers[i].address,
                                             .msg_namelen = peer->length,
                                             .msg_iov = &out->vectors[i],
                                             .msg_iovlen = 1 };
}

static void
layer_send (gpointer user_data, GhCoapLink *link, const guint8 *octets, gsize length)
{
  const GhCoapPeer *peer = gh_coap_link_get_data (link);

  if (peer->stream != NULL)
    gh_coap_stream_send (peer->stream, octets, length);
  else if (peer->association != NULL)
    (void) gh_association_send (peer->association, octets, length);
  else
    gh_coap_endpoint_send (user_data, &peer->address, octets, length);
}

static void
layer_request (gpointer user_data, GhCoapExchange *exchange, const GhCoapMessage *message)
{
  GhCoapEndpoint *endpoint = user_data;

  gh_coap_endpoint_count (endpoint, GH_COAP_COUNT_REQUESTS);
  gh_coap_request_take (endpoint, exchange, message);
}

static void
layer_ended (gpointer user_data, GhCoapLink *link)
{
  const GhCoapPeer *peer = gh_coap_link_get_data (link);

  gh_coap_stream_ended (peer->stream);
}

static const GhCoapLayerOps layer_ops = { layer_send, layer_request, layer_ended };

/* Receiving. */

static void
prepare_batch (GhCoapBatch *batch)
{
  for (guint i = 0; i < GH_COAP_BATCH; i++)
    {
      batch->vectors[i] = (struct iovec){ batch->octets[i], GH_COAP_SLOT };
      batch->headers[i].msg_hdr = (struct msghdr){ .msg_name = &batch->peers[i].address,
                                                   .msg_namelen = sizeof batch->peers[i].address,
                                                   .msg_iov = &batch->vectors[i],
                                                   .msg_iovlen = 1 };
    }
}

static void
take_datagram (GhCoapEndpoint *endpoint, const GhPeer *address, const guint8 *octets, gsize length)
{
  GhCoapPeer *peer;

  gh_coap_endpoint_count (endpoint, GH_COAP_COUNT_DATAGRAMS);
  if (endpoint->datagrams != NULL)
    {
      gh_datagram_layer_feed (endpoint->datagrams, address, octets, length);
      return;
    }
  peer = gh_coap_endpoint_find_peer (endpoint, address);
  if (peer != NULL)
    gh_coap_link_receive (peer->link, octets, length);
}

static void
receive (GhCoapEndpoint *endpoint)
{
  GhCoapBatch *in = endpoint->in;

  for (guint round = 0; round < MAX_ROUNDS; round++)
    {
      int n;

      prepare_batch (in);
      n = recvmmsg (endpoint->fd, in->headers, GH_COAP_BATCH, MSG_DONTWAIT, NULL);
      for (int i = 0; i < n; i++)
        {
          in->peers[i].length = in->headers[i].msg_hdr.msg_namelen;
          take_datagram (endpoint, &in->peers[i], in->octets[i], in->headers[i].msg_len);
        }
      flush (endpoint);
      if (n < GH_COAP_BATCH)
        return;
    }
}

/* The thread. */

static void
run_tasks (GhCoapEndpoint *endpoint)
{
  GQueue tasks;
  guint64 ignored;
  GList *node;

  (void) !read (endpoint->wake_fd, &ignored, sizeof ignored);
  g_mutex_lock (&endpoint->lock);
  tasks = endpoint->inbox;
  g_queue_init (&endpoint->inbox);
  g_mutex_unlock (&endpoint->lock);
  while ((node = g_queue_pop_head_link (&tasks)) != NULL)
    {
      GhCoapTask *task = node->data;

      task->func (endpoint, task, TRUE);
    }
}

static int
wait_ms (const GhCoapEndpoint *endpoint, gint64 now_us)
{
  gint64 next_us = MIN (gh_coap_layer_next_us (endpoint->layer),
                        gh_coap_observe_next_us (endpoint));

  if (endpoint->datagrams != NULL)
    next_us = MIN (next_us, gh_datagram_layer_next_us (endpoint->datagrams));
  if (endpoint->streams != NULL)
    next_us = MIN (next_us, gh_coap_streams_next_us (endpoint->streams));
  if (endpoint->dirty)
    next_us = MIN (next_us, endpoint->report_us);
  if (next_us <= now_us)
    return 0;
  return (int) MIN ((next_us - now_us) / 1000 + 1, MAX_WAIT_MS);
}

static void
take_event (GhCoapEndpoint *endpoint, const struct epoll_event *event)
{
  if (event->data.ptr == &endpoint->wake_fd)
    run_tasks (endpoint);
  else if (event->data.ptr != &endpoint->fd)
    gh_coap_stream_ready (event->data.ptr, event->events);
  else if (endpoint->streams != NULL)
    gh_coap_streams_accept (endpoint->streams);
  else
    receive (endpoint);
}

/* What was said since the last time leaves. */
static void
end_turn (GhCoapEndpoint *endpoint)
{
  if (endpoint->streams != NULL)
    gh_coap_streams_turn (endpoint->streams);
  else
    flush (endpoint);
}

static gpointer
run (gpointer data)
{
  GhCoapEndpoint *endpoint = data;
  GhClock *clock = endpoint->settings.host->clock;

  endpoint->self = g_thread_self ();
  while (!endpoint->ending)
    {
      struct epoll_event events[MAX_EVENTS];
      gint64 now_us = gh_clock_monotonic_us (clock);
      int n;

      if (endpoint->dirty && now_us >= endpoint->report_us)
        {
          report_counts (endpoint);
          endpoint->report_us = now_us + REPORT_US;
        }
      end_turn (endpoint);
      n = epoll_wait (endpoint->epoll_fd, events, G_N_ELEMENTS (events),
                      wait_ms (endpoint, now_us));
      for (int i = 0; i < n; i++)
        take_event (endpoint, &events[i]);
      gh_coap_layer_tick (endpoint->layer);
      gh_coap_observe_look (endpoint);
      if (endpoint->datagrams != NULL)
        gh_datagram_layer_tick (endpoint->datagrams);
    }
  end_turn (endpoint);
  report_counts (endpoint);
  return NULL;
}

/* @fd: a member of the endpoint, by whose address the event is known. */
static gboolean
watch (const GhCoapEndpoint *endpoint, int *fd)
{
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = fd };

  return *fd < 0 || epoll_ctl (endpoint->epoll_fd, EPOLL_CTL_ADD, *fd, &event) == 0;
}

/* What carries the messages. */
static void
make_carrier (GhCoapEndpoint *endpoint, const GhCoapContexts *contexts)
{
  gh_coap_connections_init (endpoint);
  if (contexts->stream)
    {
      endpoint->streams = gh_coap_streams_new (endpoint, contexts);
      return;
    }
  endpoint->in = g_new0 (GhCoapBatch, 1);
  endpoint->out = g_new0 (GhCoapBatch, 1);
  if (contexts->server != NULL || contexts->client != NULL)
    gh_coap_secure_init (endpoint, contexts);
}

static void
clear_carrier (GhCoapEndpoint *endpoint)
{
  gh_coap_peers_clear (endpoint);
  gh_coap_secure_clear (endpoint);
  g_clear_pointer (&endpoint->streams, gh_coap_streams_free);
}

GhCoapEndpoint *
gh_coap_endpoint_new (const GhCoapSettings *settings, const GhCoapContexts *contexts, int fd,
                      GError **error)
{
  GhCoapEndpoint *endpoint = g_new0 (GhCoapEndpoint, 1);

  endpoint->ref_count = 1;
  endpoint->settings = *settings;
  endpoint->fd = fd;
  endpoint->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  endpoint->wake_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  g_mutex_init (&endpoint->lock);
  g_cond_init (&endpoint->changed);
  gh_coap_peers_init (endpoint);
  endpoint->layer = gh_coap_layer_new (&settings->limits, settings->host->clock, &layer_ops,
                                       endpoint);
  make_carrier (endpoint, contexts);
  if (endpoint->epoll_fd < 0 || endpoint->wake_fd < 0 || !watch (endpoint, &endpoint->fd)
      || !watch (endpoint, &endpoint->wake_fd))
    g_set_error (error, GH_ERROR, GH_ERROR_FAILED, "coap: %s", g_strerror (errno));
  else
    endpoint->thread = g_thread_try_new ("gh-coap", run, endpoint, error);
  if (endpoint->thread == NULL)
    g_clear_pointer (&endpoint, gh_coap_endpoint_unref);
  return endpoint;
}

GhCoapEndpoint *
gh_coap_endpoint_ref (GhCoapEndpoint *endpoint)
{
  g_atomic_int_inc (&endpoint->ref_count);
  return endpoint;
}

void
gh_coap_endpoint_unref (GhCoapEndpoint *endpoint)
{
  if (!g_atomic_int_dec_and_test (&endpoint->ref_count))
    return;
  clear_carrier (endpoint);
  gh_coap_connections_clear (endpoint);
  g_tree_unref (endpoint->peers);
  gh_coap_layer_free (endpoint->layer);
  if (endpoint->epoll_fd >= 0)
    close (endpoint->epoll_fd);
  if (endpoint->wake_fd >= 0)
    close (endpoint->wake_fd);
  if (endpoint->fd >= 0)
    close (endpoint->fd);
  g_free (endpoint->in);
  g_free (endpoint->out);
  g_mutex_clear (&endpoint->lock);
  g_cond_clear (&endpoint->changed);
  g_free (endpoint);
}

void
gh_coap_endpoint_post (GhCoapEndpoint *endpoint, GhCoapTask *task)
{
  const guint64 one = 1;
  gboolean wake = FALSE, closed;

  task->node.data = task;
  g_mutex_lock (&endpoint->lock);
  closed = endpoint->closed;
  if (!closed)
    {
      wake = endpoint->inbox.length == 0;
      g_queue_push_tail_link (&endpoint->inbox, &task->node);
    }
  g_mutex_unlock (&endpoint->lock);
  if (closed)
    task->func (endpoint, task, FALSE);
  else if (wake)
    (void) !write (endpoint->wake_fd, &one, sizeof one);
}

static void
quiesce (GhCoapEndpoint *endpoint, GhCoapTask *task, gboolean run)
{
  endpoint->quiet = TRUE;
  g_free (task);
  g_mutex_lock (&endpoint->lock);
  endpoint->quiesced = TRUE;
  g_cond_broadcast (&endpoint->changed);
  g_mutex_unlock (&endpoint->lock);
}

void
gh_coap_endpoint_quiesce (GhCoapEndpoint *endpoint)
{
  GhCoapTask *task = g_new0 (GhCoapTask, 1);

  task->func = quiesce;
  gh_coap_endpoint_post (endpoint, task);
  g_mutex_lock (&endpoint->lock);
  while (!endpoint->quiesced)
    g_cond_wait (&endpoint->changed, &endpoint->lock);
  g_mutex_unlock (&endpoint->lock);
}

static void
abandon (GhCoapEndpoint *endpoint, GhCoapTask *task, gboolean run)
{
  if (run)
    gh_coap_layer_abandon (endpoint->layer);
  g_free (task);
}

void
gh_coap_endpoint_drain (GhCoapEndpoint *endpoint, gint64 until_us)
{
  GhCoapTask *task;

  /* Each request that the core has holds one reference. */
  while (g_atomic_int_get (&endpoint->ref_count) > 1 && g_get_monotonic_time () < until_us)
    g_usleep (DRAIN_STEP_US);
  task = g_new0 (GhCoapTask, 1);
  task->func = abandon;
  gh_coap_endpoint_post (endpoint, task);
}

static void
end (GhCoapEndpoint *endpoint, GhCoapTask *task, gboolean run)
{
  endpoint->ending = TRUE;
  g_free (task);
}

void
gh_coap_endpoint_end (GhCoapEndpoint *endpoint)
{
  GhCoapTask *task = g_new0 (GhCoapTask, 1);
  GQueue rest;
  GList *node;

  task->func = end;
  gh_coap_endpoint_post (endpoint, task);
  g_thread_join (g_steal_pointer (&endpoint->thread));
  clear_carrier (endpoint);
  flush (endpoint);
  g_mutex_lock (&endpoint->lock);
  endpoint->closed = TRUE;
  rest = endpoint->inbox;
  g_queue_init (&endpoint->inbox);
  g_mutex_unlock (&endpoint->lock);
  while ((node = g_queue_pop_head_link (&rest)) != NULL)
    ((GhCoapTask *) node->data)->func (endpoint, node->data, FALSE);
  /* What still holds a reference does not hold the port. */
  if (endpoint->fd >= 0)
    close (endpoint->fd);
  endpoint->fd = -1;
}

const GhCoapSettings *
gh_coap_endpoint_get_settings (const GhCoapEndpoint *endpoint)
{
  return &endpoint->settings;
}

GhCoapLayer *
gh_coap_endpoint_get_layer (GhCoapEndpoint *endpoint)
{
  return endpoint->layer;
}

gboolean
gh_coap_endpoint_is_own_thread (const GhCoapEndpoint *endpoint)
{
  return endpoint->self == g_thread_self ();
}

gboolean
gh_coap_endpoint_is_quiet (const GhCoapEndpoint *endpoint)
{
  return endpoint->quiet;
}
