/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "bench-fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <glib/gstdio.h>

void
bench_fail (const char *what, const GError *error)
{
  fprintf (stderr, "bench-cse: %s%s%s\n", what, error != NULL ? ": " : "",
           error != NULL ? error->message : "");
  exit (1);
}

void
bench_row (const char *name, const char *parameter, double value, const char *unit)
{
  printf ("%s,%s,%.3f,%s\n", name, parameter, value, unit);
  fflush (stdout);
}

gint64
bench_cpu_us (void)
{
  struct rusage usage;
  getrusage (RUSAGE_SELF, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * G_USEC_PER_SEC + usage.ru_utime.tv_usec
         + usage.ru_stime.tv_usec;
}

gint64
bench_thread_ns (void)
{
  struct timespec now;
  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
}

gint64
bench_resident_kib (void)
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
    bench_fail ("start", error);
  *(gboolean *) user_data = TRUE;
}

static void
stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  if (!gh_cse_stop_finish (GH_CSE (source), result, &error))
    bench_fail ("stop", error);
  *(gboolean *) user_data = TRUE;
}

static void
set_option (Bench *bench, const char *group, const char *key, const char *value)
{
  g_autoptr (GError) error = NULL;
  if (!gh_cse_set_option (bench->cse, group, key, value, &error))
    bench_fail ("option", error);
}

void
bench_start (Bench *bench, const char *cache)
{
  gboolean done = FALSE;
  g_autoptr (GError) error = NULL;
  const char *const identities[] = { "CAdmin", "C", NULL };
  if (bench->folder == NULL)
    bench->folder = g_dir_make_tmp ("gatehouse-bench-XXXXXX", &error);
  bench->cse = gh_cse_new (NULL, FALSE, &error);
  if (bench->folder == NULL || bench->cse == NULL)
    bench_fail ("set-up", error);
  if (bench->transport != NULL)
    gh_cse_set_transport (bench->cse, bench->transport);
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

void
bench_pause (Bench *bench)
{
  gboolean done = FALSE;
  gh_cse_stop_async (bench->cse, NULL, stopped, &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
  g_clear_object (&bench->cse);
  g_clear_pointer (&bench->principal, gh_principal_unref);
}

void
bench_stop (Bench *bench)
{
  bench_pause (bench);
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

static guint bench_requests;

/* One request; the body is borrowed until the reply. */
GhRequest *
bench_request (GhOperation operation, const char *to, gint type, const char *body)
{
  GhRequest *request = gh_request_new (65536);
  request->operation = operation;
  request->to = gh_arena_strdup (request->arena, to);
  request->from = "CAdmin";
  /* one that is under way is refused */
  request->request_identifier = gh_arena_printf (
    request->arena, "r%u", __atomic_add_fetch (&bench_requests, 1, __ATOMIC_RELAXED));
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

guint
bench_try_writes (Bench *bench, guint n, guint width,
                  GhRequest *(*make) (guint i, gconstpointer data), gconstpointer data)
{
  guint failed = 0;
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
      failed += flight.failed;
    }
  return failed;
}

void
bench_writes (Bench *bench, guint n, guint width, GhRequest *(*make) (guint i, gconstpointer data),
              gconstpointer data)
{
  if (bench_try_writes (bench, n, width, make, data) > 0)
    bench_fail ("a write was refused", NULL);
}
