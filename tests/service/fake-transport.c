/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fake-transport.h"

#include <string.h>

typedef struct {
  GhDeliveryStatus status;
  guint rsc;
  const char *body; /* static; NULL: none */
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

static void
fake_free (GhTransport *transport)
{
  g_async_queue_push (transport->jobs, &stop_mark);
  g_thread_join (transport->thread);
  g_async_queue_unref (transport->jobs);
  g_free (transport);
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
  copy->category = g_strdup (delivery->event_category);
  copy->body = g_strndup (delivery->body->data, delivery->body->length);
  job->done = done;
  job->user_data = user_data;
  g_mutex_lock (&network.lock);
  const Order *order = g_hash_table_lookup (network.orders, delivery->url);
  job->order = order != NULL ? *order : (Order){ .status = GH_DELIVERY_DONE, .rsc = 2000 };
  g_mutex_unlock (&network.lock);
  g_async_queue_push (network.taken, copy);
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

void
fake_transport_answer_with (const char *url, GhDeliveryStatus status, guint rsc, const char *body)
{
  Order *order = g_new0 (Order, 1);
  order->status = status;
  order->rsc = rsc;
  order->body = body;
  g_mutex_lock (&network.lock);
  g_hash_table_replace (network.orders, g_strdup (url), order);
  g_mutex_unlock (&network.lock);
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
  g_free (delivery->to);
  g_free (delivery->from);
  g_free (delivery->category);
  g_free (delivery->body);
  g_free (delivery);
}
