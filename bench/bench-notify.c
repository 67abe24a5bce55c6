/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Notifications, on SQLite with synchronous=FULL, all in this process.
 * bench-notify fan [N]   N subscriptions of one container, each with a target of its own that takes
 *                        everything at once: what a create costs, and when the last one is told
 * bench-notify storm [N] N subscriptions that are told of each other's creation
 * bench-notify http [N]  N notifications to each of 64 targets on one HTTP server in this process
 * Raw values are printed as CSV: row,parameter,value,unit
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gio/gio.h>

#include "bench-fixture.h"

#include "../plugins/http/gh-http-transport.h"

#define HTTP_TARGETS 64

/* A transport for "bench://", which takes everything at once. */
struct _GhTransport {
  gint n; /* atomic */
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
  (void) delivery;
  g_atomic_int_inc (&transport->n);
  done (&taken, user_data);
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

static gint64
resident_kib (void)
{
  g_autofree char *text = NULL;
  long size, resident;
  if (!g_file_get_contents ("/proc/self/statm", &text, NULL, NULL)
      || sscanf (text, "%ld %ld", &size, &resident) != 2)
    return 0;
  return resident * (sysconf (_SC_PAGESIZE) / 1024);
}

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
wait_for (const gint *count, guint n)
{
  const gint64 until_us = g_get_monotonic_time () + 600 * (gint64) G_USEC_PER_SEC;
  while ((guint) g_atomic_int_get (count) < n)
    {
      if (g_get_monotonic_time () > until_us)
        bench_fail ("notifications are missing", NULL);
      g_usleep (200);
    }
}

static void
fan (guint n)
{
  Bench bench = { .transport = &sink_ops };
  const guint limit = n;
  const guint rounds = 5;
  double create_us = G_MAXDOUBLE, last_us = G_MAXDOUBLE, cpu_us = G_MAXDOUBLE;
  bench_start (&bench, "64M");
  bench_writes (&bench, 1, 1, make_container, NULL);
  gint64 before_us = g_get_monotonic_time ();
  bench_writes (&bench, 1000, 1, make_instance, NULL);
  bench_row ("create instance", "no subscription",
             (double) (g_get_monotonic_time () - before_us) / 1000, "us");
  bench_writes (&bench, limit, 64, make_subscription, "bench://t");
  for (guint i = 0; i < rounds; i++)
    {
      const guint taken = (guint) g_atomic_int_get (&sink.n);
      const gint64 cpu = bench_cpu_us ();
      before_us = g_get_monotonic_time ();
      bench_writes (&bench, 1, 1, make_instance, NULL);
      create_us = MIN (create_us, (double) (g_get_monotonic_time () - before_us));
      wait_for (&sink.n, taken + limit);
      last_us = MIN (last_us, (double) (g_get_monotonic_time () - before_us));
      cpu_us = MIN (cpu_us, (double) (bench_cpu_us () - cpu));
    }
  bench_row ("create instance", "subscriptions there", create_us, "us");
  bench_row ("last notification", "subscriptions there", last_us / 1000, "ms");
  bench_row ("a notification", "subscriptions there", cpu_us / limit, "us CPU");
  bench_row ("resident", "fan", (double) resident_kib () / 1024, "MiB");
  bench_stop (&bench);
}

static void
storm (guint n)
{
  Bench bench = { .transport = &sink_ops };
  gint64 most_kib = 0;
  bench_start (&bench, "64M");
  bench_writes (&bench, 1, 1, make_container, NULL);
  const gint64 before_us = g_get_monotonic_time (), cpu = bench_cpu_us ();
  bench_writes (&bench, n, 64, make_told_subscription, NULL);
  bench_row ("storm", "subscriptions are there",
             (double) (g_get_monotonic_time () - before_us) / 1e6, "s");
  const guint expected = (guint) ((guint64) n * (n - 1) / 2);
  while ((guint) g_atomic_int_get (&sink.n) < expected)
    {
      most_kib = MAX (most_kib, resident_kib ());
      g_usleep (20000);
    }
  bench_row ("storm", "the last is told", (double) (g_get_monotonic_time () - before_us) / 1e6,
             "s");
  bench_row ("storm", "a notification", (double) (bench_cpu_us () - cpu) / expected, "us CPU");
  bench_row ("storm", "resident at most", (double) most_kib / 1024, "MiB");
  bench_stop (&bench);
}

/* The server: a thread for each connection, of which there is one a target. */
static gint n_requests;

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
  g_atomic_int_inc (&n_requests);
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
http (guint n)
{
  Bench bench = { .transport = &gh_http_transport_ops };
  g_autoptr (GError) error = NULL;
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (context, FALSE);
  g_main_context_push_thread_default (context);
  GSocketService *service = g_threaded_socket_service_new (HTTP_TARGETS * 2);
  const guint16 port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (service), NULL,
                                                            &error);
  if (port == 0)
    bench_fail ("sink", error);
  g_signal_connect (service, "run", G_CALLBACK (serve), NULL);
  g_socket_service_start (service);
  g_main_context_pop_thread_default (context);
  GThread *thread = g_thread_new ("sink", serve_thread, loop);
  g_autofree char *url = g_strdup_printf ("http://127.0.0.1:%u/t", port);
  bench_start (&bench, "64M");
  bench_writes (&bench, 1, 1, make_container, NULL);
  bench_writes (&bench, HTTP_TARGETS, 64, make_subscription, url);
  const gint64 before_us = g_get_monotonic_time (), cpu = bench_cpu_us ();
  guint sent = 0;
  while (sent < n)
    {
      const guint part = MIN (500, n - sent);
      bench_writes (&bench, part, 64, make_instance, NULL);
      sent += part;
      wait_for (&n_requests, sent * HTTP_TARGETS);
    }
  const double all = (double) n * HTTP_TARGETS;
  bench_row ("http notifications", "64 targets",
             all / ((double) (g_get_monotonic_time () - before_us) / 1e6), "1/s");
  bench_row ("http notifications", "64 targets, sink included",
             (double) (bench_cpu_us () - cpu) / all, "us CPU");
  bench_stop (&bench);
  g_main_loop_quit (loop);
  g_thread_join (thread);
  g_object_unref (service);
}

int
main (int argc, char **argv)
{
  const char *which = argc > 1 ? argv[1] : "";
  const guint size = argc > 2 ? (guint) g_ascii_strtoull (argv[2], NULL, 10) : 0;
  printf ("row,parameter,value,unit\n");
  if (strcmp (which, "fan") == 0)
    fan (size > 0 ? size : 10000);
  else if (strcmp (which, "storm") == 0)
    storm (size > 0 ? size : 10000);
  else if (strcmp (which, "http") == 0)
    http (size > 0 ? size : 1000);
  else
    {
      fprintf (stderr, "Usage: bench-notify fan|storm|http [SIZE], in the build folder\n"
                       "SIZE: subscriptions (10000), notifications to each target (1000)\n");
      return 2;
    }
  return 0;
}
