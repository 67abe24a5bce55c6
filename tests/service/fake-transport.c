/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fake-transport.h"

#include <string.h>

typedef struct {
  GhDeliveryStatus status;
  guint rsc;
  const char *body; /* static; NULL: none */
  gboolean unsent, hold;
} Order;

typedef struct {
  GhDeliveryFunc done;
  gpointer user_data;
  Order order;
} Job;

struct _GhTransport {
  GThread *thread;
  GAsyncQueue *jobs;
};

/* Like a network, there is one for all. */
static struct {
  GMutex lock;
  GHashTable *orders; /* url -> Order */
  GAsyncQueue *taken; /* FakeDelivery */
  GQueue held;        /* Job */
  GhTransport *transport;
} network;

static Job stop_mark;

static gpointer
answer_thread (gpointer data)
{
  GhTransport *transport = data;
  for (;;)
    {
      Job *job = g_async_queue_pop (transport->jobs);
      if (job == &stop_mark)
        return NULL;
      const GhDeliveryResult result = { .status = job->order.status,
                                        .rsc = job->order.rsc,
                                        .reason = "as ordered",
                                        .unsent = job->order.unsent,
                                        .body = job->order.body,
                                        .body_length = job->order.body != NULL
                                                         ? strlen (job->order.body)
                                                         : 0 };
      job->done (&result, job->user_data);
      g_free (job);
    }
}

static GhTransport *
fake_create (const GhTransportHost *host, GError **error)
{
  (void) host;
  (void) error;
  GhTransport *transport = g_new0 (GhTransport, 1);
  transport->jobs = g_async_queue_new ();
  network.transport = transport;
  return transport;
}

static gboolean
fake_start (GhTransport *transport, GError **error)
{
  (void) error;
  transport->thread = g_thread_new ("fake", answer_thread, transport);
  return TRUE;
}

static void
fake_stop (GhTransport *transport)
{
  (void) transport;
}

/* What is held is answered too late. */
static void
fake_free (GhTransport *transport)
{
  fake_transport_release ();
  g_async_queue_push (transport->jobs, &stop_mark);
  g_thread_join (transport->thread);
  g_async_queue_unref (transport->jobs);
  g_free (transport);
}

static void
add_parameter (const char *name, const char *value, gpointer user_data)
{
  GString *query = user_data;
  g_string_append_printf (query, "%s%s=%s", query->len > 0 ? "&" : "", name, value);
}

static void
fake_send (GhTransport *transport, const GhDelivery *delivery, GhDeliveryFunc done,
           gpointer user_data)
{
  FakeDelivery *copy = g_new0 (FakeDelivery, 1);
  Job *job = g_new0 (Job, 1);
  copy->url = g_strdup (delivery->url);
  copy->to = g_strdup (delivery->to);
  copy->from = g_strdup (delivery->from);
  copy->cse_id = g_strdup (delivery->cse_id);
  copy->category = g_strdup (delivery->event_category);
  copy->operation = delivery->operation;
  copy->identifier = g_strdup (delivery->request_identifier);
  copy->release = g_strdup (delivery->release_version);
  if (delivery->body != NULL)
    copy->body = g_strndup (delivery->body->data, delivery->body->length);
  if (delivery->forwarded != NULL)
    {
      GString *query = g_string_new (NULL);
      gh_request_list_query (delivery->forwarded, add_parameter, query);
      copy->query = g_string_free (query, FALSE);
      copy->type = delivery->forwarded->resource_type;
      copy->hops = delivery->forwarded->hops;
    }
  job->done = done;
  job->user_data = user_data;
  g_mutex_lock (&network.lock);
  const Order *order = g_hash_table_lookup (network.orders, delivery->url);
  job->order = order != NULL ? *order : (Order){ .status = GH_DELIVERY_DONE, .rsc = 2000 };
  const gboolean held = job->order.hold;
  if (held)
    {
      g_hash_table_remove (network.orders, delivery->url);
      g_queue_push_tail (&network.held, job);
    }
  g_mutex_unlock (&network.lock);
  g_async_queue_push (network.taken, copy);
  if (!held)
    g_async_queue_push (transport->jobs, job);
}

static const char *const schemes[] = { "fake", NULL };

const GhTransportOps fake_transport_ops = {
  .struct_size = sizeof (GhTransportOps),
  .name = "fake",
  .schemes = schemes,
  .create = fake_create,
  .start = fake_start,
  .stop = fake_stop,
  .free = fake_free,
  .send = fake_send,
};

void
fake_transport_reset (void)
{
  g_clear_pointer (&network.orders, g_hash_table_unref);
  g_clear_pointer (&network.taken, g_async_queue_unref);
  network.orders = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  network.taken = g_async_queue_new_full ((GDestroyNotify) fake_delivery_free);
}

void
fake_transport_answer (const char *url, GhDeliveryStatus status, guint rsc)
{
  fake_transport_answer_with (url, status, rsc, NULL);
}

static void
set_order (const char *url, Order order)
{
  g_mutex_lock (&network.lock);
  g_hash_table_replace (network.orders, g_strdup (url), g_memdup2 (&order, sizeof order));
  g_mutex_unlock (&network.lock);
}

void
fake_transport_shut (const char *url)
{
  set_order (url, (Order){ .status = GH_DELIVERY_UNREACHABLE, .unsent = TRUE });
}

void
fake_transport_hold (const char *url)
{
  set_order (url, (Order){ .status = GH_DELIVERY_DONE, .rsc = 2000, .hold = TRUE });
}

void
fake_transport_silence (const char *url)
{
  set_order (url, (Order){ .status = GH_DELIVERY_UNREACHABLE, .hold = TRUE });
}

void
fake_transport_release (void)
{
  Job *job;
  g_mutex_lock (&network.lock);
  while ((job = g_queue_pop_head (&network.held)) != NULL)
    g_async_queue_push (network.transport->jobs, job);
  g_mutex_unlock (&network.lock);
}

void
fake_transport_answer_with (const char *url, GhDeliveryStatus status, guint rsc, const char *body)
{
  set_order (url, (Order){ .status = status, .rsc = rsc, .body = body });
}

FakeDelivery *
fake_transport_take (void)
{
  FakeDelivery *delivery = g_async_queue_timeout_pop (network.taken, 20 * G_USEC_PER_SEC);
  g_assert_nonnull (delivery);
  g_test_message ("delivered to %s: %s", delivery->url, delivery->body);
  return delivery;
}

guint
fake_transport_count (void)
{
  return (guint) MAX (g_async_queue_length (network.taken), 0);
}

void
fake_delivery_free (FakeDelivery *delivery)
{
  g_free (delivery->url);
  g_free (delivery->identifier);
  g_free (delivery->release);
  g_free (delivery->query);
  g_free (delivery->to);
  g_free (delivery->from);
  g_free (delivery->cse_id);
  g_free (delivery->category);
  g_free (delivery->body);
  g_free (delivery);
}
