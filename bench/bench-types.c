/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "bench-fixture.h"

#include <stdlib.h>

#include "primitive/gh-json-reader.h"
#include "tests/model/walk-plan.h"

/*
 * What a create and a retrieve of each resource type cost, in a CSE of this process on SQLite with
 * synchronous=FULL: CPU of the whole process for a create (64 under way), of the thread that asks
 * for a retrieve. The contents hold what is mandatory. bench-types [CREATES [RETRIEVES]]
 * Prints CSV: row,parameter,value,unit; a type of which only one may stand below its parent has no
 * create row.
 */

#define ROUNDS 3

typedef struct {
  Bench *bench;
  GPtrArray *plan;
  GPtrArray *ids; /* of the steps; NULL: not there */
} Walk;

typedef struct {
  char *id;
  gint done;
  GMutex lock;
  GCond cond;
} Created;

typedef struct {
  const WalkStep *step;
  const char *parent;
  const char *body;
} Making;

static void
created (const GhResponse *response, gpointer user_data)
{
  Created *answer = user_data;
  g_autoptr (GhArena) arena = gh_arena_new (1 << 20);
  GhFault fault = { 0 };
  GhValue content;

  if (response->status == GH_RSC_CREATED
      && gh_json_parse (response->body, response->body_length, arena, &content, &fault))
    answer->id = g_strdup (gh_value_text (gh_value_member (&content.members[0].value, "ri")));
  g_mutex_lock (&answer->lock);
  answer->done = 1;
  g_cond_signal (&answer->cond);
  g_mutex_unlock (&answer->lock);
}

static GhRequest *
make_create (guint i, gconstpointer data)
{
  const Making *making = data;
  GhRequest *request = bench_request (GH_OPERATION_CREATE, making->parent,
                                      making->step->type->number, making->body);

  (void) i;
  /* an AE registers itself, with an identifier that the CSE chooses */
  if (making->step->type->number == GH_TYPE_AE)
    request->from = "C";
  return request;
}

/* The one that the types below it and the retrieves need. */
static char *
create_one (Walk *walk, const WalkStep *step)
{
  const Making making = { step, walk->ids->pdata[step->parent], step->create };
  Created answer = { 0 };

  if (step->create == NULL || making.parent == NULL)
    return NULL;
  g_mutex_init (&answer.lock);
  g_cond_init (&answer.cond);
  gh_dispatch (walk->bench->cse->service, make_create (0, &making), walk->bench->principal,
               created, &answer);
  g_mutex_lock (&answer.lock);
  while (!answer.done)
    g_cond_wait (&answer.cond, &answer.lock);
  g_mutex_unlock (&answer.lock);
  g_mutex_clear (&answer.lock);
  g_cond_clear (&answer.cond);
  return answer.id;
}

static void
time_creates (Walk *walk, const WalkStep *step, guint n)
{
  g_autofree char *body = walk_create (step->type, NULL, NULL, NULL, NULL);
  const Making making = { step, walk->ids->pdata[step->parent], body };
  double best = G_MAXDOUBLE;

  for (guint round = 0; round < ROUNDS; round++)
    {
      const gint64 before = bench_cpu_us ();

      if (bench_try_writes (walk->bench, n, 64, make_create, &making) > 0)
        return;
      best = MIN (best, (double) (bench_cpu_us () - before) / n);
    }
  bench_row ("create", step->type->long_name, best, "us CPU");
}

static void
answered (const GhResponse *response, gpointer user_data)
{
  if (response->status != GH_RSC_OK)
    (*(guint *) user_data)++;
}

static void
time_retrieves (Walk *walk, const WalkStep *step, const char *id, guint n)
{
  double best = G_MAXDOUBLE;
  guint failed = 0;

  for (guint round = 0; round < ROUNDS; round++)
    {
      const gint64 before = bench_thread_ns ();

      for (guint i = 0; i < n; i++)
        gh_dispatch (walk->bench->cse->service, bench_request (GH_OPERATION_RETRIEVE, id, 0, NULL),
                     walk->bench->principal, answered, &failed);
      best = MIN (best, (double) (bench_thread_ns () - before) / n);
    }
  if (failed == 0)
    bench_row ("retrieve", step->type->long_name, best / 1000, "us CPU");
}

static gboolean
is_late (const WalkStep *step)
{
  static const gint late[] = { GH_TYPE_SUBSCRIPTION, GH_TYPE_CROSS_RESOURCE_SUBSCRIPTION,
                               GH_TYPE_STATS_COLLECT, GH_TYPE_STATS_CONFIG, GH_TYPE_EVENT_CONFIG };

  for (gsize i = 0; i < G_N_ELEMENTS (late); i++)
    if (step->type->number == late[i])
      return TRUE;
  return FALSE;
}

int
main (int argc, char **argv)
{
  const guint n_creates = argc > 1 ? (guint) strtoul (argv[1], NULL, 10) : 1280;
  const guint n_retrieves = argc > 2 ? (guint) strtoul (argv[2], NULL, 10) : 20000;
  Bench bench = { 0 };
  g_autoptr (GPtrArray) plan = walk_plan ();
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  Walk walk = { &bench, plan, ids };

  g_print ("row,parameter,value,unit\n");
  bench_start (&bench, "64M");
  g_ptr_array_add (ids, g_strdup ("gatehouse"));
  for (guint i = 1; i < plan->len; i++)
    g_ptr_array_add (ids, create_one (&walk, plan->pdata[i]));
  for (guint i = 0; i < plan->len; i++)
    if (ids->pdata[i] != NULL)
      time_retrieves (&walk, plan->pdata[i], ids->pdata[i], MAX (n_retrieves, 1));
  /* What every later request looks at, subscriptions and statistics, comes last. */
  for (guint last = 0; last < 2; last++)
    for (guint i = 1; i < plan->len; i++)
      if (ids->pdata[i] != NULL && is_late (plan->pdata[i]) == (last != 0))
        time_creates (&walk, plan->pdata[i], last ? 64 : MAX (n_creates, 1));
  bench_stop (&bench);
  return 0;
}
