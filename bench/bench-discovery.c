/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "bench-fixture.h"

#include "gh-sqlite-store.h"
#include "tree/gh-instance-cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * bench-discovery [SIZE ...]: a CSE with so many resources (default 1000 100000 1000000), one in a
 * hundred structural and the rest instances of 96 octets, one in a thousand of these with a label.
 * Rows: the start; for each criterion the time of a discovery from the CSEBase, and what it found;
 * what a search that no index serves takes, and meanwhile the requests of another client that need
 * a worker, too. CSV: name,size,value,unit
 */

#define ROUNDS    5
#define BATCH     10000
#define STEP_US   1000 /* between two instances */
#define ONE_LABEL 1000 /* instances for each that has one */
#define OTHERS    300

typedef struct {
  guint64 number;
  guint64 count, oldest, latest, bytes;
  char *id;
} Container;

typedef struct {
  GArray *containers;
  guint64 sequence, number, event;
  guint n_instances;
  gint64 begin_us; /* creation of the first instance */
} Filling;

static const GhStoreOps *const ops = &gh_sqlite_store_ops;

static GhRequest *
make_container (guint i, gconstpointer data)
{
  g_autofree char *body = g_strdup_printf (
    "{\"m2m:cnt\":{\"rn\":\"c%u\",\"lbl\":[\"room:%u\",\"kind:%s\"]}}", i, i,
    i % 50 == 0 ? "pump" : "door");
  (void) data;
  return bench_request (GH_OPERATION_CREATE, "gatehouse", GH_TYPE_CONTAINER, body);
}

static gboolean
take_container (const GhStoreRow *row, gpointer user_data)
{
  Filling *filling = user_data;
  const Container container = { .number = row->number, .id = g_strdup (row->resource_id) };

  if (row->type == GH_TYPE_CONTAINER)
    g_array_append_val (filling->containers, container);
  return TRUE;
}

static void
put_instance (GhStore *store, Filling *filling, guint i, GError **error)
{
  static const char *const labels[] = { "rare", NULL };
  Container *container = &g_array_index (filling->containers, Container,
                                         i % filling->containers->len);
  const gboolean labelled = i % ONE_LABEL == 0;
  const gint64 time_us = filling->begin_us + (gint64) i * STEP_US;
  char id[GH_INSTANCE_ID_SIZE], time[GH_TIMESTAMP_SIZE];
  const guint64 number = ++filling->number;

  gh_instance_id_format (gh_type_by_number (GH_TYPE_CONTENT_INSTANCE), number, id);
  gh_timestamp_format (time_us, time);
  container->count++;
  container->bytes += 96;
  container->latest = number;
  container->oldest = container->oldest == 0 ? number : container->oldest;
  g_autofree char *body = g_strdup_printf (
    "{\"m2m:cin\":{\"rn\":\"%s\",\"ty\":4,\"ri\":\"%s\",\"pi\":\"%s\",\"ct\":\"%s\",\"lt\":\"%s\","
    "%s\"st\":%" G_GUINT64_FORMAT ",\"cs\":96,\"con\":\"%096u\"}}",
    id, id, container->id, time, time, labelled ? "\"lbl\":[\"rare\"]," : "", container->count, i);
  const GhStoreRow row = { .number = number,
                           .parent = container->number,
                           .type = GH_TYPE_CONTENT_INSTANCE,
                           .resource_id = id,
                           .creation_us = time_us,
                           .modified_us = time_us,
                           .expiration_us = G_MAXINT64,
                           .size = 96,
                           .body = body,
                           .body_length = strlen (body),
                           .labels = labelled ? labels : NULL };
  if (!ops->put_instance (store, &row, error))
    bench_fail ("filling", *error);
}

static void
put_ends (GhStore *store, Filling *filling, GError **error)
{
  gboolean done = TRUE;

  for (guint i = 0; i < filling->containers->len && done; i++)
    {
      const Container *container = &g_array_index (filling->containers, Container, i);
      const GhStoreCounters counters = { container->number, container->count,  container->count,
                                         container->bytes,  container->oldest, container->latest };
      done = ops->put_counters (store, &counters, error);
    }
  if (!done || !ops->put_marks (store, filling->sequence, filling->number, filling->event, error))
    bench_fail ("filling", *error);
}

/* Instances straight into the store, as the writer would have put them. */
static void
fill (const Bench *bench, Filling *filling, guint n)
{
  g_autofree char *path = g_build_filename (bench->folder, "store.db", NULL);
  GhSqliteOptions options = GH_SQLITE_OPTIONS_DEFAULT;
  GError *error = NULL;

  options.path = path;
  GhStore *store = gh_sqlite_store_open (&options, &error);
  if (store == NULL || !ops->load_structural (store, take_container, filling, &error)
      || !ops->get_marks (store, &filling->sequence, &filling->number, &filling->event, &error))
    bench_fail ("filling", error);
  filling->n_instances = n;
  filling->begin_us = g_get_real_time () - (gint64) n * STEP_US;
  for (guint i = 0; i < n; i += BATCH)
    {
      if (!ops->begin (store, &error))
        bench_fail ("filling", error);
      for (guint k = i; k < MIN (n, i + BATCH); k++)
        put_instance (store, filling, k, &error);
      if (i + BATCH >= n)
        put_ends (store, filling, &error);
      if (ops->commit (store, &error) != GH_COMMIT_DONE)
        bench_fail ("filling", error);
      ops->maintain (store, 100000);
    }
  ops->close (store);
}

/* One request, and how long it took. */

typedef struct {
  GMutex lock;
  GCond done;
  gboolean answered, partial;
  guint found, status;
} Answer;

static void
take_answer (const GhResponse *response, gpointer user_data)
{
  Answer *answer = user_data;
  guint found = 0;

  for (gsize i = 0; i + 10 < response->body_length; i++)
    found += memcmp (response->body + i, "\"gatehouse/", 11) == 0 ? 1 : 0;
  g_mutex_lock (&answer->lock);
  answer->answered = TRUE;
  answer->partial = response->content_status == 1;
  answer->found = found;
  answer->status = response->status;
  g_cond_signal (&answer->done);
  g_mutex_unlock (&answer->lock);
}

static GhRequest *
make_query (const char *to, const char *query)
{
  GhRequest *request = bench_request (GH_OPERATION_RETRIEVE, to, 0, NULL);
  g_auto (GStrv) pairs = g_strsplit (query, "&", -1);
  GhFault fault = { 0 };

  for (char **pair = pairs; *pair != NULL; pair++)
    {
      char *equals = strchr (*pair, '=');
      *equals = '\0';
      if (!gh_request_set_query (request, *pair, equals + 1, &fault))
        bench_fail (fault.text, NULL);
    }
  return request;
}

static void
send_query (const Bench *bench, const char *to, const char *query, Answer *answer)
{
  *answer = (Answer){ .answered = FALSE };
  g_mutex_init (&answer->lock);
  g_cond_init (&answer->done);
  gh_dispatch (bench->cse->service, make_query (to, query), bench->principal, take_answer, answer);
}

static void
wait_for (Answer *answer)
{
  g_mutex_lock (&answer->lock);
  while (!answer->answered)
    g_cond_wait (&answer->done, &answer->lock);
  g_mutex_unlock (&answer->lock);
  if (answer->status != GH_RSC_OK)
    bench_fail ("a request was refused", NULL);
}

static gint
compare_doubles (gconstpointer a, gconstpointer b)
{
  const double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

static void
measure (const Bench *bench, const char *size, const char *name, const char *query)
{
  g_autofree char *found = g_strconcat (name, " found", NULL);
  double times[ROUNDS];
  Answer answer;

  for (guint i = 0; i < ROUNDS; i++)
    {
      const gint64 begin_us = g_get_monotonic_time ();
      send_query (bench, "gatehouse", query, &answer);
      wait_for (&answer);
      times[i] = (double) (g_get_monotonic_time () - begin_us) / 1000;
    }
  qsort (times, ROUNDS, sizeof *times, compare_doubles);
  bench_row (name, size, times[ROUNDS / 2], "ms");
  bench_row (found, size, answer.found, answer.partial ? "resources, in part" : "resources");
}

static void
measure_criteria (const Bench *bench, const Filling *filling, const char *size)
{
  const gint64 middle_us = filling->begin_us + (gint64) filling->n_instances / 2 * STEP_US;
  char from[GH_TIMESTAMP_SIZE], below[GH_TIMESTAMP_SIZE];

  gh_timestamp_format (middle_us, from);
  gh_timestamp_format (middle_us + 100 * STEP_US, below);
  g_autofree char *created = g_strdup_printf ("fu=1&cra=%s&crb=%s", from, below);
  g_autofree char *modified = g_strdup_printf ("fu=1&ms=%s&us=%s", from, below);
  g_autofree char *both = g_strdup_printf ("fu=1&lbl=rare&cra=%s&crb=%s", from, below);

  measure (bench, size, "label", "fu=1&lbl=room:7");
  measure (bench, size, "label prefix and type", "fu=1&lbq=kind&ty=4");
  measure (bench, size, "label pair", "fu=1&lbq=kind EQ pump&lim=100");
  measure (bench, size, "labels of instances", "fu=1&lbl=rare&ty=4&lim=100");
  measure (bench, size, "type", "fu=1&ty=1+2+9");
  measure (bench, size, "100 by creation", created);
  measure (bench, size, "100 by modification", modified);
  measure (bench, size, "label and creation", both);
  measure (bench, size, "state tag", "fu=1&ty=3&stb=1000");
  measure (bench, size, "child label", "fu=1&clbl=room:7");
  measure (bench, size, "first 100", "fu=1&lim=100");
}

/* What another client sees, whose requests need a worker, while a long search goes on. */
static void
measure_others (const Bench *bench, const char *size, gboolean searching)
{
  g_autofree double *times = g_new (double, OTHERS);
  const gint64 begin_us = g_get_monotonic_time ();
  Answer search = { .answered = TRUE }, answer;
  guint n = 0;

  if (searching)
    send_query (bench, "gatehouse", "fu=1&con=*none*", &search);
  while (n < OTHERS)
    {
      const gint64 sent_us = g_get_monotonic_time ();
      send_query (bench, "gatehouse/c1", "fu=1&lim=5&lvl=1", &answer);
      wait_for (&answer);
      times[n++] = (double) (g_get_monotonic_time () - sent_us) / 1000;
      if (searching)
        {
          g_mutex_lock (&search.lock);
          const gboolean over = search.answered;
          g_mutex_unlock (&search.lock);
          if (over)
            break;
        }
    }
  qsort (times, n, sizeof *times, compare_doubles);
  bench_row (searching ? "another client, median" : "alone, median", size, times[n / 2], "ms");
  bench_row (searching ? "another client, 99 %" : "alone, 99 %", size, times[n * 99 / 100], "ms");
  bench_row (searching ? "another client, most" : "alone, most", size, times[n - 1], "ms");
  if (!searching)
    return;
  wait_for (&search);
  bench_row ("no index", size, (double) (g_get_monotonic_time () - begin_us) / 1000,
             search.partial ? "ms, in part" : "ms");
}

static void
container_clear (gpointer data)
{
  g_free (((Container *) data)->id);
}

static void
run (guint n)
{
  g_autofree char *size = g_strdup_printf ("%u", n);
  Filling filling = { .containers = g_array_new (FALSE, FALSE, sizeof (Container)) };
  Bench bench = { 0 };

  g_array_set_clear_func (filling.containers, container_clear);
  bench_start (&bench, "64M");
  bench_writes (&bench, MAX (n / 100, 10), 64, make_container, NULL);
  bench_pause (&bench);
  fill (&bench, &filling, n - MAX (n / 100, 10));
  const gint64 begin_us = g_get_monotonic_time ();
  bench_start (&bench, "64M");
  bench_row ("start", size, (double) (g_get_monotonic_time () - begin_us) / 1000, "ms");
  measure_criteria (&bench, &filling, size);
  measure_others (&bench, size, FALSE);
  measure_others (&bench, size, TRUE);
  g_array_unref (filling.containers);
  bench_stop (&bench);
}

int
main (int argc, char **argv)
{
  static const guint sizes[] = { 1000, 100000, 1000000 };

  for (int i = 1; i < argc; i++)
    run ((guint) strtoul (argv[i], NULL, 10));
  for (guint i = 0; argc < 2 && i < G_N_ELEMENTS (sizes); i++)
    run (sizes[i]);
  return 0;
}
