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
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "gh-cse-private.h"

typedef struct {
  GhCse *cse;
  char *folder;
  GhPrincipal *principal;
} Bench;

static void
fail (const char *what, const GError *error)
{
  fprintf (stderr, "bench-cse: %s%s%s\n", what, error != NULL ? ": " : "",
           error != NULL ? error->message : "");
  exit (1);
}

static void
row (const char *name, const char *parameter, double value, const char *unit)
{
  printf ("%s,%s,%.3f,%s\n", name, parameter, value, unit);
  fflush (stdout);
}

static gint64
cpu_us (void)
{
  struct rusage usage;
  getrusage (RUSAGE_SELF, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * G_USEC_PER_SEC + usage.ru_utime.tv_usec
         + usage.ru_stime.tv_usec;
}

static gint64
thread_cpu_ns (void)
{
  struct timespec now;
  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
}

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

static void
started (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  if (!gh_cse_start_finish (GH_CSE (source), result, &error))
    fail ("start", error);
  *(gboolean *) user_data = TRUE;
}

static void
stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  if (!gh_cse_stop_finish (GH_CSE (source), result, &error))
    fail ("stop", error);
  *(gboolean *) user_data = TRUE;
}

static void
set_option (Bench *bench, const char *group, const char *key, const char *value)
{
  g_autoptr (GError) error = NULL;
  if (!gh_cse_set_option (bench->cse, group, key, value, &error))
    fail ("option", error);
}

static void
bench_start (Bench *bench, const char *cache)
{
  gboolean done = FALSE;
  g_autoptr (GError) error = NULL;
  const char *const identities[] = { "CAdmin", NULL };
  bench->folder = g_dir_make_tmp ("gatehouse-bench-XXXXXX", &error);
  bench->cse = gh_cse_new (NULL, FALSE, &error);
  if (bench->folder == NULL || bench->cse == NULL)
    fail ("set-up", error);
  g_autofree char *path = g_build_filename (bench->folder, "store.db", NULL);
  set_option (bench, "plugins", "load", "sqlite");
  g_autofree char *plugins = g_canonicalize_filename ("plugins/uninstalled", NULL);
  set_option (bench, "plugins", "path", plugins);
  set_option (bench, "store", "path", path);
  set_option (bench, "limits", "instance-cache", cache);
  set_option (bench, "store", "cache-size", cache);
  bench->principal = gh_principal_new_local (GH_PROOF_LOCAL, identities);
  gh_cse_start_async (bench->cse, NULL, started, &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
}

static void
bench_stop (Bench *bench)
{
  gboolean done = FALSE;
  gh_cse_stop_async (bench->cse, NULL, stopped, &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
  g_clear_object (&bench->cse);
  gh_principal_unref (bench->principal);
  g_autoptr (GDir) dir = g_dir_open (bench->folder, 0, NULL);
  const char *name;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (bench->folder, name, NULL);
      g_unlink (path);
    }
  g_rmdir (bench->folder);
  g_free (bench->folder);
}

/* One request; the body is borrowed until the reply. */
static GhRequest *
request_new (GhOperation operation, const char *to, gint type, const char *body)
{
  GhRequest *request = gh_request_new (65536);
  request->operation = operation;
  request->to = gh_arena_strdup (request->arena, to);
  request->from = "CAdmin";
  request->request_identifier = "r";
  request->release_version = "3";
  request->resource_type = type;
  if (body != NULL)
    {
      request->body = gh_arena_strdup (request->arena, body);
      request->body_length = strlen (body);
    }
  return request;
}

typedef struct {
  gint left;
  guint failed;
  GMutex lock;
  GCond done;
} Flight;

static void
landed (const GhResponse *response, gpointer user_data)
{
  Flight *flight = user_data;
  if (response->status >= 3000)
    g_atomic_int_inc (&flight->failed);
  if (g_atomic_int_dec_and_test (&flight->left))
    {
      g_mutex_lock (&flight->lock);
      g_cond_signal (&flight->done);
      g_mutex_unlock (&flight->lock);
    }
}

/* Keeps @width requests under way until @n are answered: the batches that so many clients would
 * make. */
static void
run_writes (Bench *bench, guint n, guint width, GhRequest *(*make) (guint i, gconstpointer data),
            gconstpointer data)
{
  for (guint i = 0; i < n; i += width)
    {
      const guint now = MIN (width, n - i);
      Flight flight = { .left = (gint) now };
      g_mutex_init (&flight.lock);
      g_cond_init (&flight.done);
      for (guint j = 0; j < now; j++)
        gh_dispatch (bench->cse->service, make (i + j, data), bench->principal, landed, &flight);
      g_mutex_lock (&flight.lock);
      while (g_atomic_int_get (&flight.left) > 0)
        g_cond_wait (&flight.done, &flight.lock);
      g_mutex_unlock (&flight.lock);
      g_mutex_clear (&flight.lock);
      g_cond_clear (&flight.done);
      if (flight.failed > 0)
        fail ("a write was refused", NULL);
    }
}

static GhRequest *
make_instance (guint i, gconstpointer data)
{
  (void) i;
  return request_new (GH_OPERATION_CREATE, data, GH_TYPE_CONTENT_INSTANCE,
                      "{\"m2m:cin\":{\"con\":\"21.5 degrees\"}}");
}

static GhRequest *
make_named_instance (guint i, gconstpointer data)
{
  (void) i;
  g_autofree char *body = g_strdup_printf (
    "{\"m2m:cin\":{\"rn\":\"n%08x%08x\",\"con\":\"21.5 degrees\"}}", g_random_int (),
    g_random_int ());
  return request_new (GH_OPERATION_CREATE, data, GH_TYPE_CONTENT_INSTANCE, body);
}

static GhRequest *
make_container (guint i, gconstpointer data)
{
  (void) i;
  return request_new (GH_OPERATION_CREATE, data, GH_TYPE_CONTAINER,
                      "{\"m2m:cnt\":{\"lbl\":[\"bench\"],\"mni\":10,\"mbs\":1000,\"mia\":3600}}");
}

static GhRequest *
make_named_container (guint i, gconstpointer data)
{
  (void) i;
  g_autofree char *body = g_strdup_printf ("{\"m2m:cnt\":{\"rn\":\"%s\"}}", (const char *) data);
  return request_new (GH_OPERATION_CREATE, "gatehouse", GH_TYPE_CONTAINER, body);
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
      const gint64 before = thread_cpu_ns ();
      for (guint i = 0; i < n; i++)
        gh_dispatch (bench->cse->service, request_new (GH_OPERATION_RETRIEVE, to, 0, NULL),
                     bench->principal, answered, &failed);
      best = MIN (best, (double) (thread_cpu_ns () - before) / n);
    }
  if (failed > 0)
    fail ("a retrieve was refused", NULL);
  return best;
}

static double
create_us (Bench *bench, GhRequest *(*make) (guint, gconstpointer), gconstpointer parent)
{
  double best = G_MAXDOUBLE;
  for (guint round = 0; round < 5; round++)
    {
      const gint64 before = cpu_us ();
      run_writes (bench, 6400, 64, make, parent);
      best = MIN (best, (double) (cpu_us () - before) / 6400);
    }
  return best;
}

static void
growth_at (Bench *bench, guint n, const char *label)
{
  gh_writer_sync (bench->cse->service->writer);
  row ("growth", label, n, "resources");
  row ("retrieve latest", label, retrieve_ns (bench, "gatehouse/full/la"), "ns CPU");
  row ("retrieve container", label, retrieve_ns (bench, "gatehouse/full"), "ns CPU");
  row ("create instance", label, create_us (bench, make_instance, "gatehouse/full"), "us CPU");
  row ("create container", label, create_us (bench, make_container, "gatehouse/many"), "us CPU");
  row ("create instance of random name", label,
       create_us (bench, make_named_instance, "gatehouse/named"), "us CPU");
}

static void
growth (guint most)
{
  Bench bench = { 0 };
  bench_start (&bench, "64M");
  run_writes (&bench, 1, 1, make_named_container, "full");
  run_writes (&bench, 1, 1, make_named_container, "many");
  run_writes (&bench, 1, 1, make_named_container, "named");
  run_writes (&bench, 400, 64, make_instance, "gatehouse/full");
  run_writes (&bench, 300, 64, make_container, "gatehouse/many");
  run_writes (&bench, 300, 64, make_named_instance, "gatehouse/named");
  growth_at (&bench, 1000, "small");
  run_writes (&bench, most / 10 * 4, 64, make_instance, "gatehouse/full");
  fprintf (stderr, "bench-cse: instances are there\n");
  run_writes (&bench, most / 10 * 3, 64, make_container, "gatehouse/many");
  fprintf (stderr, "bench-cse: containers are there\n");
  run_writes (&bench, most / 10 * 3, 64, make_named_instance, "gatehouse/named");
  growth_at (&bench, most, "large");
  row ("resident", "large", (double) resident_kib () / 1024, "MiB");
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
                     request_new (GH_OPERATION_RETRIEVE, "gatehouse/full/la", 0, NULL),
                     readers->bench->principal, answered, &failed);
      reads += 100;
    }
  if (failed > 0)
    fail ("a reader was refused", NULL);
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
      run_writes (bench, 1, 1, make_instance, "gatehouse/full");
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
    row (names[i], label, (double) g_array_index (times, gint64, (guint) (parts[i] * (n - 1))),
         "us");
  row ("reads", label, (double) readers.reads / seconds, "1/s");
}

static void
publication (guint n)
{
  Bench bench = { 0 };
  bench_start (&bench, "64M");
  run_writes (&bench, 1, 1, make_named_container, "full");
  run_writes (&bench, 100, 64, make_instance, "gatehouse/full");
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
  run_writes (&bench, 1, 1, make_named_container, "full");
  run_writes (&bench, 1, 1, make_named_container, "many");
  run_writes (&bench, 50000, 64, make_instance, "gatehouse/full");
  gint64 before = resident_kib ();
  run_writes (&bench, n, 64, make_instance, "gatehouse/full");
  row ("memory of an instance out of the cache", "100000",
       (double) (resident_kib () - before) * 1024 / n, "octets");
  before = resident_kib ();
  run_writes (&bench, n, 64, make_container, "gatehouse/many");
  row ("memory of a container of 8 attributes", "100000",
       (double) (resident_kib () - before) * 1024 / n, "octets");
  guint failed = 0;
  for (guint million = 0; million <= millions; million++)
    {
      char label[32];
      g_snprintf (label, sizeof label, "after %u million", million);
      row ("resident", label, (double) resident_kib () / 1024, "MiB");
      if (million == millions)
        break;
      for (guint i = 0; i < 950000; i++)
        gh_dispatch (bench.cse->service,
                     request_new (GH_OPERATION_RETRIEVE,
                                  i % 2 == 0 ? "gatehouse/full/la" : "gatehouse/full", 0, NULL),
                     bench.principal, answered, &failed);
      run_writes (&bench, 50000, 64, make_instance, "gatehouse/full");
    }
  if (failed > 0)
    fail ("a retrieve was refused", NULL);
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
