/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Rows of the bench that need no socket: the service of a CSE in this process, on SQLite with
 * synchronous=FULL. bench-cse publication   a durable publication while four readers run at full
 * load: percentiles bench-cse growth        CPU and time of retrieve and create at 1,000 and at
 * 1,000,000 resources bench-cse memory        resident memory over millions of requests, and of one
 * structural resource Raw values are printed as CSV: row,parameter,value,unit
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench-fixture.h"

static GhRequest *
make_instance (guint i, gconstpointer data)
{
  (void) i;
  return bench_request (GH_OPERATION_CREATE, data, GH_TYPE_CONTENT_INSTANCE,
                        "{\"m2m:cin\":{\"con\":\"21.5 degrees\"}}");
}

static GhRequest *
make_named_instance (guint i, gconstpointer data)
{
  (void) i;
  g_autofree char *body = g_strdup_printf (
    "{\"m2m:cin\":{\"rn\":\"n%08x%08x\",\"con\":\"21.5 degrees\"}}", g_random_int (),
    g_random_int ());
  return bench_request (GH_OPERATION_CREATE, data, GH_TYPE_CONTENT_INSTANCE, body);
}

static GhRequest *
make_container (guint i, gconstpointer data)
{
  (void) i;
  return bench_request (GH_OPERATION_CREATE, data, GH_TYPE_CONTAINER,
                        "{\"m2m:cnt\":{\"lbl\":[\"bench\"],\"mni\":10,\"mbs\":1000,\"mia\":3600}}");
}

static GhRequest *
make_named_container (guint i, gconstpointer data)
{
  (void) i;
  g_autofree char *body = g_strdup_printf ("{\"m2m:cnt\":{\"rn\":\"%s\"}}", (const char *) data);
  return bench_request (GH_OPERATION_CREATE, "gatehouse", GH_TYPE_CONTAINER, body);
}

static void
answered (const GhResponse *response, gpointer user_data)
{
  if (response->status != GH_RSC_OK)
    (*(guint *) user_data)++;
}

/* CPU of one retrieve on this thread, in ns: the smallest of five rounds. */
static double
retrieve_ns (Bench *bench, const char *to)
{
  double best = G_MAXDOUBLE;
  guint failed = 0;
  for (guint round = 0; round < 5; round++)
    {
      const guint n = 100000;
      const gint64 before = bench_thread_ns ();
      for (guint i = 0; i < n; i++)
        gh_dispatch (bench->cse->service, bench_request (GH_OPERATION_RETRIEVE, to, 0, NULL),
                     bench->principal, answered, &failed);
      best = MIN (best, (double) (bench_thread_ns () - before) / n);
    }
  if (failed > 0)
    bench_fail ("a retrieve was refused", NULL);
  return best;
}

static double
create_us (Bench *bench, GhRequest *(*make) (guint, gconstpointer), gconstpointer parent)
{
  double best = G_MAXDOUBLE;
  for (guint round = 0; round < 5; round++)
    {
      const gint64 before = bench_cpu_us ();
      bench_writes (bench, 6400, 64, make, parent);
      best = MIN (best, (double) (bench_cpu_us () - before) / 6400);
    }
  return best;
}

static void
growth_at (Bench *bench, guint n, const char *label)
{
  gh_writer_sync (bench->cse->service->writer);
  bench_row ("growth", label, n, "resources");
  bench_row ("retrieve latest", label, retrieve_ns (bench, "gatehouse/full/la"), "ns CPU");
  bench_row ("retrieve container", label, retrieve_ns (bench, "gatehouse/full"), "ns CPU");
  bench_row ("create instance", label, create_us (bench, make_instance, "gatehouse/full"),
             "us CPU");
  bench_row ("create container", label, create_us (bench, make_container, "gatehouse/many"),
             "us CPU");
  bench_row ("create instance of random name", label,
       create_us (bench, make_named_instance, "gatehouse/named"), "us CPU");
}

static void
growth (guint most)
{
  Bench bench = { 0 };
  bench_start (&bench, "64M");
  bench_writes (&bench, 1, 1, make_named_container, "full");
  bench_writes (&bench, 1, 1, make_named_container, "many");
  bench_writes (&bench, 1, 1, make_named_container, "named");
  bench_writes (&bench, 400, 64, make_instance, "gatehouse/full");
  bench_writes (&bench, 300, 64, make_container, "gatehouse/many");
  bench_writes (&bench, 300, 64, make_named_instance, "gatehouse/named");
  growth_at (&bench, 1000, "small");
  bench_writes (&bench, most / 10 * 4, 64, make_instance, "gatehouse/full");
  fprintf (stderr, "bench-cse: instances are there\n");
  bench_writes (&bench, most / 10 * 3, 64, make_container, "gatehouse/many");
  fprintf (stderr, "bench-cse: containers are there\n");
  bench_writes (&bench, most / 10 * 3, 64, make_named_instance, "gatehouse/named");
  growth_at (&bench, most, "large");
  bench_row ("resident", "large", (double) bench_resident_kib () / 1024, "MiB");
  bench_stop (&bench);
}

typedef struct {
  Bench *bench;
  gint stop;
  gint64 reads;
} Readers;

static gpointer
reader_thread (gpointer data)
{
  Readers *readers = data;
  guint failed = 0;
  gint64 reads = 0;
  while (!g_atomic_int_get (&readers->stop))
    {
      for (guint i = 0; i < 100; i++)
        gh_dispatch (readers->bench->cse->service,
                     bench_request (GH_OPERATION_RETRIEVE, "gatehouse/full/la", 0, NULL),
                     readers->bench->principal, answered, &failed);
      reads += 100;
    }
  if (failed > 0)
    bench_fail ("a reader was refused", NULL);
  __atomic_fetch_add (&readers->reads, reads, __ATOMIC_RELAXED);
  return NULL;
}

static gint
compare_times (gconstpointer a, gconstpointer b)
{
  const gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;
  return x < y ? -1 : x > y;
}

static void
publication_row (Bench *bench, guint n_readers, guint n)
{
  Readers readers = { .bench = bench };
  GThread *threads[8];
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (gint64));
  char label[32];

  g_snprintf (label, sizeof label, "%u readers", n_readers);
  for (guint i = 0; i < n_readers; i++)
    threads[i] = g_thread_new ("reader", reader_thread, &readers);
  const gint64 start = g_get_monotonic_time ();
  for (guint i = 0; i < n; i++)
    {
      const gint64 before = g_get_monotonic_time ();
      bench_writes (bench, 1, 1, make_instance, "gatehouse/full");
      const gint64 took = g_get_monotonic_time () - before;
      g_array_append_val (times, took);
    }
  const double seconds = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
  g_atomic_int_set (&readers.stop, 1);
  for (guint i = 0; i < n_readers; i++)
    g_thread_join (threads[i]);
  g_array_sort (times, compare_times);
  const double parts[] = { 0.5, 0.99, 0.999, 1 };
  static const char *const names[] = { "publication p50", "publication p99", "publication p99.9",
                                       "publication max" };
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    bench_row (names[i], label,
               (double) g_array_index (times, gint64, (guint) (parts[i] * (n - 1))), "us");
  bench_row ("reads", label, (double) readers.reads / seconds, "1/s");
}

static void
publication (guint n)
{
  Bench bench = { 0 };
  bench_start (&bench, "64M");
  bench_writes (&bench, 1, 1, make_named_container, "full");
  bench_writes (&bench, 100, 64, make_instance, "gatehouse/full");
  publication_row (&bench, 0, n);
  publication_row (&bench, 4, n);
  bench_stop (&bench);
}

static void
memory (guint millions)
{
  Bench bench = { 0 };
  const guint n = 100000;
  bench_start (&bench, "1M");
  bench_writes (&bench, 1, 1, make_named_container, "full");
  bench_writes (&bench, 1, 1, make_named_container, "many");
  bench_writes (&bench, 50000, 64, make_instance, "gatehouse/full");
  gint64 before = bench_resident_kib ();
  bench_writes (&bench, n, 64, make_instance, "gatehouse/full");
  bench_row ("memory of an instance out of the cache", "100000",
       (double) (bench_resident_kib () - before) * 1024 / n, "octets");
  before = bench_resident_kib ();
  bench_writes (&bench, n, 64, make_container, "gatehouse/many");
  bench_row ("memory of a container of 8 attributes", "100000",
       (double) (bench_resident_kib () - before) * 1024 / n, "octets");
  guint failed = 0;
  for (guint million = 0; million <= millions; million++)
    {
      char label[32];
      g_snprintf (label, sizeof label, "after %u million", million);
      bench_row ("resident", label, (double) bench_resident_kib () / 1024, "MiB");
      if (million == millions)
        break;
      for (guint i = 0; i < 950000; i++)
        gh_dispatch (bench.cse->service,
                     bench_request (GH_OPERATION_RETRIEVE,
                                  i % 2 == 0 ? "gatehouse/full/la" : "gatehouse/full", 0, NULL),
                     bench.principal, answered, &failed);
      bench_writes (&bench, 50000, 64, make_instance, "gatehouse/full");
    }
  if (failed > 0)
    bench_fail ("a retrieve was refused", NULL);
  bench_stop (&bench);
}

int
main (int argc, char **argv)
{
  const char *which = argc > 1 ? argv[1] : "";
  const guint size = argc > 2 ? (guint) g_ascii_strtoull (argv[2], NULL, 10) : 0;
  printf ("row,parameter,value,unit\n");
  if (strcmp (which, "publication") == 0)
    publication (size > 0 ? size : 20000);
  else if (strcmp (which, "growth") == 0)
    growth (size > 0 ? size : 1000000);
  else if (strcmp (which, "memory") == 0)
    memory (size > 0 ? size : 10);
  else
    {
      fprintf (stderr,
               "Usage: bench-cse publication|growth|memory [SIZE], in the build folder\n"
               "SIZE: publications (20000), resources (1000000), millions of requests (10)\n");
      return 2;
    }
  return 0;
}
