/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Notifications, on SQLite with synchronous=FULL, all in this process.
 * bench-notify fan [N] [SINK]   N subscriptions of one container, each with a target of its own:
 *                               what a create costs, and when the last one is told
 * bench-notify burst [N] [SINK] the same, and 30 creates as fast as they are taken
 * bench-notify rate [N] [SINK]  N notifications to each of 64 targets
 * bench-notify storm [N]        N subscriptions that are told of each other's creation
 * bench-notify restart [N]      N events wait for dead targets while it restarts
 * SINK: none (in the process, takes everything at once), or http or coap: one server of that kind
 * in this process, on loopback
 * Raw values are printed as CSV: row,parameter,value,unit
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gio/gio.h>

#include "bench-fixture.h"

#include "../plugins/coap/gh-coap-transport.h"
#include "../plugins/http/gh-http-transport.h"

#define TARGETS    64 /* of rate */
#define FAN_ROUNDS 5
#define BURST      30 /* creates of burst */
/* of restart: notifications that wait for one target, subscriptions that ended in each container,
 * and instances that those are told of */
#define QUEUE 1000
#define ENDED 100
#define TOLD  10

/* Where notifications go. */
typedef struct {
  const char *name;
  const GhTransportOps *ops;
  void (*start) (void);
  const char *url;
} Sink;

static char url[64];

/* Notifications that a sink has taken, of whatever kind it is; atomic. */
static gint n_taken;

/* A transport for "bench://", which takes everything at once, or nothing. */
struct _GhTransport {
  gint dead; /* atomic */
};

static GhTransport sink;

static GhTransport *
sink_create (const GhTransportHost *host, GError **error)
{
  (void) host;
  (void) error;
  return &sink;
}

static gboolean
sink_start (GhTransport *transport, GError **error)
{
  (void) transport;
  (void) error;
  return TRUE;
}

static void
sink_stop (GhTransport *transport)
{
  (void) transport;
}

static void
sink_send (GhTransport *transport, const GhDelivery *delivery, GhDeliveryFunc done,
           gpointer user_data)
{
  const GhDeliveryResult taken = { .status = GH_DELIVERY_DONE, .rsc = GH_RSC_OK };
  const GhDeliveryResult dead = { .status = GH_DELIVERY_UNREACHABLE, .reason = "dead" };
  const gboolean takes = !g_atomic_int_get (&transport->dead);
  (void) delivery;
  if (takes)
    g_atomic_int_inc (&n_taken);
  done (takes ? &taken : &dead, user_data);
}

static const char *const sink_schemes[] = { "bench", NULL };

static const GhTransportOps sink_ops = { .struct_size = sizeof (GhTransportOps),
                                         .name = "bench",
                                         .schemes = sink_schemes,
                                         .create = sink_create,
                                         .start = sink_start,
                                         .stop = sink_stop,
                                         .free = sink_stop,
                                         .send = sink_send };

static GhRequest *
make_container (guint i, gconstpointer data)
{
  (void) i;
  (void) data;
  return bench_request (GH_OPERATION_CREATE, "gatehouse", GH_TYPE_CONTAINER,
                        "{\"m2m:cnt\":{\"rn\":\"full\",\"mni\":1000}}");
}

static GhRequest *
make_instance (guint i, gconstpointer data)
{
  (void) i;
  (void) data;
  return bench_request (GH_OPERATION_CREATE, "gatehouse/full", GH_TYPE_CONTENT_INSTANCE,
                        "{\"m2m:cin\":{\"con\":\"21.5 degrees\"}}");
}

/* @data: the beginning of the targets' URLs; told of instances only. */
static GhRequest *
make_subscription (guint i, gconstpointer data)
{
  g_autofree char *body = g_strdup_printf (
    "{\"m2m:sub\":{\"nu\":[\"%s%u\"],\"enc\":{\"net\":[3],\"chty\":[4]}}}", (const char *) data, i);
  return bench_request (GH_OPERATION_CREATE, "gatehouse/full", GH_TYPE_SUBSCRIPTION, body);
}

static GhRequest *
make_told_subscription (guint i, gconstpointer data)
{
  (void) data;
  g_autofree char *body = g_strdup_printf (
    "{\"m2m:sub\":{\"nu\":[\"bench://t%u\"],\"enc\":{\"net\":[3]}}}", i);
  return bench_request (GH_OPERATION_CREATE, "gatehouse/full", GH_TYPE_SUBSCRIPTION, body);
}

static void
wait_for (guint n)
{
  const gint64 until_us = g_get_monotonic_time () + 600 * (gint64) G_USEC_PER_SEC;
  while ((guint) g_atomic_int_get (&n_taken) < n)
    {
      if (g_get_monotonic_time () > until_us)
        bench_fail ("notifications are missing", NULL);
      g_usleep (200);
    }
}

/* N subscriptions with a target of their own each, which all are at @to. */
static void
fan (guint n, const Sink *to)
{
  Bench bench = { .transport = to->ops };
  double create_us = G_MAXDOUBLE, last_us = G_MAXDOUBLE, cpu_us = G_MAXDOUBLE;
  bench_start (&bench, "64M");
  bench_writes (&bench, 1, 1, make_container, NULL);
  gint64 before_us = g_get_monotonic_time ();
  bench_writes (&bench, 1000, 1, make_instance, NULL);
  bench_row ("create instance", "no subscription",
             (double) (g_get_monotonic_time () - before_us) / 1000, "us");
  bench_writes (&bench, n, 64, make_subscription, to->url);
  bench_row ("resident before", to->name, (double) bench_resident_kib () / 1024, "MiB");
  for (guint i = 0; i < FAN_ROUNDS; i++)
    {
      const guint taken = (guint) g_atomic_int_get (&n_taken);
      const gint64 cpu = bench_cpu_us ();
      before_us = g_get_monotonic_time ();
      bench_writes (&bench, 1, 1, make_instance, NULL);
      create_us = MIN (create_us, (double) (g_get_monotonic_time () - before_us));
      wait_for (taken + n);
      last_us = MIN (last_us, (double) (g_get_monotonic_time () - before_us));
      cpu_us = MIN (cpu_us, (double) (bench_cpu_us () - cpu));
    }
  bench_row ("create instance", "subscriptions there", create_us, "us");
  bench_row ("last notification", to->name, last_us / 1000, "ms");
  bench_row ("a notification, sink included", to->name, cpu_us / n, "us CPU");
  bench_row ("resident", to->name, (double) bench_resident_kib () / 1024, "MiB");
  bench_stop (&bench);
}

/* Waits, and looks at the memory. Returns: KiB at most */
static gint64
watch_for (guint n)
{
  const gint64 until_us = g_get_monotonic_time () + 3600 * (gint64) G_USEC_PER_SEC;
  gint64 most_kib = 0;
  while ((guint) g_atomic_int_get (&n_taken) < n)
    {
      if (g_get_monotonic_time () > until_us)
        bench_fail ("notifications are missing", NULL);
      most_kib = MAX (most_kib, bench_resident_kib ());
      g_usleep (20000);
    }
  return most_kib;
}

/* More notifications than may wait: what is not sent yet stays events. */
static void
burst (guint n, const Sink *to)
{
  Bench bench = { .transport = to->ops };
  bench_start (&bench, "64M");
  bench_writes (&bench, 1, 1, make_container, NULL);
  bench_writes (&bench, n, 64, make_subscription, to->url);
  const gint64 before_us = g_get_monotonic_time (), cpu = bench_cpu_us ();
  bench_writes (&bench, BURST, 1, make_instance, NULL);
  bench_row ("burst, a create", to->name,
             (double) (g_get_monotonic_time () - before_us) / 1000 / BURST, "ms");
  const gint64 most_kib = watch_for (n * BURST);
  bench_row ("burst, the last is told", to->name,
             (double) (g_get_monotonic_time () - before_us) / 1e6, "s");
  bench_row ("burst, a notification, sink included", to->name,
             (double) (bench_cpu_us () - cpu) / n / BURST, "us CPU");
  bench_row ("burst, resident at most", to->name, (double) most_kib / 1024, "MiB");
  bench_stop (&bench);
}

static void
storm (guint n)
{
  Bench bench = { .transport = &sink_ops };
  bench_start (&bench, "64M");
  bench_writes (&bench, 1, 1, make_container, NULL);
  const gint64 before_us = g_get_monotonic_time (), cpu = bench_cpu_us ();
  bench_writes (&bench, n, 64, make_told_subscription, NULL);
  bench_row ("storm", "subscriptions are there",
             (double) (g_get_monotonic_time () - before_us) / 1e6, "s");
  const guint expected = (guint) ((guint64) n * (n - 1) / 2);
  const gint64 most_kib = watch_for (expected);
  bench_row ("storm", "the last is told", (double) (g_get_monotonic_time () - before_us) / 1e6,
             "s");
  bench_row ("storm", "a notification", (double) (bench_cpu_us () - cpu) / expected, "us CPU");
  bench_row ("storm", "resident at most", (double) most_kib / 1024, "MiB");
  bench_stop (&bench);
}

/* The server: a thread for each connection, of which there is one a target. */
static gboolean
answer (GSocketConnection *connection, GString *received)
{
  static const char text[] = "HTTP/1.1 200 OK\r\nX-M2M-RSC: 2000\r\nContent-Length: 0\r\n\r\n";
  const char *end = strstr (received->str, "\r\n\r\n");
  const char *length = end != NULL ? strcasestr (received->str, "content-length:") : NULL;
  const gsize whole = end == NULL ? G_MAXSIZE
                                  : (gsize) (end - received->str) + 4
                                      + (length != NULL ? strtoul (length + 15, NULL, 10) : 0);
  if (received->len < whole)
    return FALSE;
  g_string_erase (received, 0, (gssize) whole);
  g_atomic_int_inc (&n_taken);
  return g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), text,
                                    sizeof text - 1, NULL, NULL, NULL);
}

static gboolean
serve (GThreadedSocketService *service, GSocketConnection *connection, GObject *source,
       gpointer user_data)
{
  g_autoptr (GString) received = g_string_new (NULL);
  GInputStream *input = g_io_stream_get_input_stream (G_IO_STREAM (connection));
  char octets[8192];
  gssize n;
  (void) service;
  (void) source;
  (void) user_data;
  g_socket_set_option (g_socket_connection_get_socket (connection), 6, 1, 1, NULL);
  while ((n = g_input_stream_read (input, octets, sizeof octets, NULL, NULL)) > 0)
    {
      g_string_append_len (received, octets, n);
      while (answer (connection, received))
        ;
    }
  return TRUE;
}

static gpointer
serve_thread (gpointer data)
{
  g_main_context_push_thread_default (g_main_loop_get_context (data));
  g_main_loop_run (data);
  return NULL;
}

static void
start_http (void)
{
  g_autoptr (GError) error = NULL;
  GMainContext *context = g_main_context_new ();
  GMainLoop *loop = g_main_loop_new (context, FALSE);
  g_main_context_push_thread_default (context);
  GSocketService *service = g_threaded_socket_service_new (TARGETS * 2);
  const guint16 port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (service), NULL,
                                                            &error);
  if (port == 0)
    bench_fail ("sink", error);
  g_signal_connect (service, "run", G_CALLBACK (serve), NULL);
  g_socket_service_start (service);
  g_main_context_pop_thread_default (context);
  (void) g_thread_new ("sink", serve_thread, loop);
  g_snprintf (url, sizeof url, "http://127.0.0.1:%u/t", port);
}

/* Answers each confirmable request at once: 2.04 with ONEM2M-RSC 2000 (option 265). */
static gpointer
serve_coap (gpointer data)
{
  static const guint8 rest[] = { 0xd2, 252, 0x07, 0xd0 };
  GSocket *socket = data;
  guint8 octets[2048];
  gssize n;
  GSocketAddress *peer = NULL;
  while ((n = g_socket_receive_from (socket, &peer, (char *) octets, sizeof octets, NULL, NULL))
         >= 4)
    {
      const gsize length = 4 + (octets[0] & 0x0f);
      if ((octets[0] & 0xf0) >> 4 == 4 && octets[1] != 0 && (gsize) n >= length)
        {
          octets[0] = (guint8) (0x60 | (octets[0] & 0x0f));
          octets[1] = 0x44;
          memcpy (octets + length, rest, sizeof rest);
          g_atomic_int_inc (&n_taken);
          g_socket_send_to (socket, peer, (const char *) octets, length + sizeof rest, NULL, NULL);
        }
      g_clear_object (&peer);
    }
  return NULL;
}

static void
start_coap (void)
{
  g_autoptr (GError) error = NULL;
  GSocket *socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM,
                                  G_SOCKET_PROTOCOL_UDP, &error);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  if (socket == NULL || !g_socket_bind (socket, any, FALSE, &error))
    bench_fail ("sink", error);
  g_autoptr (GSocketAddress) bound = g_socket_get_local_address (socket, &error);
  if (bound == NULL)
    bench_fail ("sink", error);
  (void) g_thread_new ("sink", serve_coap, socket);
  g_snprintf (url, sizeof url, "coap://127.0.0.1:%u/t",
              g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound)));
}

static void
start_nothing (void)
{
  g_snprintf (url, sizeof url, "bench://t");
}

static const Sink sinks[] = {
  { "none", &sink_ops, start_nothing, url },
  { "http", &gh_http_transport_ops, start_http, url },
  { "coap", &gh_coap_transport_ops, start_coap, url },
};

/* N notifications to each of a few targets at @to. */
static void
rate (guint n, const Sink *to)
{
  Bench bench = { .transport = to->ops };
  bench_start (&bench, "64M");
  bench_writes (&bench, 1, 1, make_container, NULL);
  bench_writes (&bench, TARGETS, 64, make_subscription, to->url);
  const gint64 before_us = g_get_monotonic_time (), cpu = bench_cpu_us ();
  guint sent = 0;
  while (sent < n)
    {
      const guint part = MIN (500, n - sent);
      bench_writes (&bench, part, 64, make_instance, NULL);
      sent += part;
      wait_for (sent * TARGETS);
    }
  const double all = (double) n * TARGETS;
  bench_row ("notifications to 64 targets", to->name,
             all / ((double) (g_get_monotonic_time () - before_us) / 1e6), "1/s");
  bench_row ("notifications to 64 targets, sink included", to->name,
             (double) (bench_cpu_us () - cpu) / all, "us CPU");
  bench_stop (&bench);
}

/* For the container @data names. */
static GhRequest *
make_dead_subscription (guint i, gconstpointer data)
{
  g_autofree char *body = g_strdup_printf (
    "{\"m2m:sub\":{\"rn\":\"s%u\",\"nu\":[\"bench://%s/%u\"],"
    "\"enc\":{\"net\":[3],\"chty\":[4]}}}", i, (const char *) data, i);
  return bench_request (GH_OPERATION_CREATE, data, GH_TYPE_SUBSCRIPTION, body);
}

/* All but the first. */
static GhRequest *
make_end (guint i, gconstpointer data)
{
  g_autofree char *to = g_strdup_printf ("%s/s%u", (const char *) data, i + 1);
  return bench_request (GH_OPERATION_DELETE, to, 0, NULL);
}

static GhRequest *
make_named_container (guint i, gconstpointer data)
{
  (void) data;
  g_autofree char *body = g_strdup_printf ("{\"m2m:cnt\":{\"rn\":\"full%u\",\"mni\":9}}", i);
  return bench_request (GH_OPERATION_CREATE, "gatehouse", GH_TYPE_CONTAINER, body);
}

static GhRequest *
make_instance_in (guint i, gconstpointer data)
{
  (void) i;
  return bench_request (GH_OPERATION_CREATE, data, GH_TYPE_CONTENT_INSTANCE,
                        "{\"m2m:cin\":{\"con\":\"21.5 degrees\"}}");
}

/* N events wait for targets that were dead before the restart, and some of them for a hundred
 * subscriptions of each container that have ended since. */
static void
restart (guint n)
{
  Bench bench = { .transport = &sink_ops };
  const guint containers = MAX (n / QUEUE, 1);
  const guint expected = containers * (QUEUE + ENDED * TOLD);
  g_atomic_int_set (&sink.dead, 1);
  bench_start (&bench, "64M");
  bench_writes (&bench, containers, 64, make_named_container, NULL);
  for (guint i = 0; i < containers; i++)
    {
      g_autofree char *to = g_strdup_printf ("gatehouse/full%u", i);
      bench_writes (&bench, 1 + ENDED, 64, make_dead_subscription, to);
      bench_writes (&bench, TOLD, 64, make_instance_in, to);
      bench_writes (&bench, ENDED, 64, make_end, to);
      bench_writes (&bench, QUEUE - TOLD, 64, make_instance_in, to);
    }
  bench_row ("restart", "subscriptions that ended", (double) containers * ENDED, "");
  bench_row ("restart", "resident before", (double) bench_resident_kib () / 1024, "MiB");
  bench_pause (&bench);
  g_atomic_int_set (&sink.dead, 0);
  const gint64 before_us = g_get_monotonic_time ();
  bench_start (&bench, "64M");
  bench_row ("restart", "serving", (double) (g_get_monotonic_time () - before_us) / 1000, "ms");
  wait_for (expected);
  bench_row ("restart", "the last is told", (double) (g_get_monotonic_time () - before_us) / 1000,
             "ms");
  bench_row ("restart", "notifications", (double) g_atomic_int_get (&n_taken), "");
  bench_row ("restart", "resident", (double) bench_resident_kib () / 1024, "MiB");
  bench_stop (&bench);
}

int
main (int argc, char **argv)
{
  const char *which = argc > 1 ? argv[1] : "";
  const guint size = argc > 2 ? (guint) g_ascii_strtoull (argv[2], NULL, 10) : 0;
  const Sink *target = &sinks[0];
  for (gsize i = 0; argc > 3 && i < G_N_ELEMENTS (sinks); i++)
    if (strcmp (argv[3], sinks[i].name) == 0)
      target = &sinks[i];
  target->start ();
  printf ("row,parameter,value,unit\n");
  if (strcmp (which, "fan") == 0)
    fan (size > 0 ? size : 10000, target);
  else if (strcmp (which, "burst") == 0)
    burst (size > 0 ? size : 10000, target);
  else if (strcmp (which, "rate") == 0)
    rate (size > 0 ? size : 1000, target);
  else if (strcmp (which, "storm") == 0)
    storm (size > 0 ? size : 10000);
  else if (strcmp (which, "restart") == 0)
    restart (size > 0 ? size : 42000);
  else
    {
      fprintf (stderr, "Usage: bench-notify fan|burst|rate|storm|restart [SIZE [none|http|coap]], "
                       "in the build folder\n"
                       "SIZE: subscriptions (10000), notifications to each target (1000), events "
                       "that wait (42000)\n");
      return 2;
    }
  return 0;
}
