/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-pending.h"

#define START G_GINT64_CONSTANT (1700000000000000)
#define LIMIT 3

typedef struct {
  GhClock *clock;
  GhPendings *pendings;
} Fixture;

/* What waits here, and how it ended. */
typedef struct {
  GAsyncQueue *over;
  GhPendingEnd end;
  guint id;
} Waiting;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  (void) data;
  fixture->clock = gh_clock_new_fake (START);
  fixture->pendings = gh_pendings_new (fixture->clock, LIMIT);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_clear_pointer (&fixture->pendings, gh_pendings_free);
  gh_clock_unref (fixture->clock);
}

static void
over (GhPendingEnd end, gpointer data)
{
  Waiting *waiting = data;
  waiting->end = end;
  g_async_queue_push (waiting->over, waiting);
}

static guint64
add (Fixture *fixture, Waiting *waiting, gint64 after_us, const char *key)
{
  const GhPending pending = { .key = key,
                              .deadline_us = after_us == GH_NEVER_US ? after_us : START + after_us,
                              .over = over,
                              .data = waiting };
  return gh_pendings_add (fixture->pendings, &pending);
}

static void
test_taken_once (Fixture *fixture, gconstpointer data)
{
  (void) data;
  Waiting one = { 0 }, two = { 0 };
  const guint64 number = add (fixture, &one, GH_NEVER_US, NULL);
  g_assert_cmpuint (number, !=, 0);
  g_assert_cmpuint (add (fixture, &two, 1000, "key"), !=, 0);
  g_assert_cmpuint (gh_pendings_count (fixture->pendings), ==, 2);
  g_assert_true (gh_pendings_take (fixture->pendings, number) == &one);
  g_assert_null (gh_pendings_take (fixture->pendings, number));
  g_assert_null (gh_pendings_take (fixture->pendings, 0));
  g_assert_null (gh_pendings_take_key (fixture->pendings, "other"));
  g_assert_true (gh_pendings_take_key (fixture->pendings, "key") == &two);
  g_assert_null (gh_pendings_take_key (fixture->pendings, "key"));
  g_assert_cmpuint (gh_pendings_count (fixture->pendings), ==, 0);
}

static void
test_deadlines_in_their_order (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_autoptr (GAsyncQueue) queue = g_async_queue_new ();
  Waiting late = { queue, GH_PENDING_STOPPED, 1 }, later = { queue, GH_PENDING_STOPPED, 2 },
          never = { queue, GH_PENDING_LATE, 3 };
  (void) !add (fixture, &never, GH_NEVER_US, NULL);
  (void) !add (fixture, &later, G_USEC_PER_SEC * G_GINT64_CONSTANT (7200), NULL);
  const guint64 number = add (fixture, &late, G_USEC_PER_SEC * G_GINT64_CONSTANT (3600), "key");
  gh_clock_advance (fixture->clock, G_USEC_PER_SEC * G_GINT64_CONSTANT (7200));
  gh_pendings_wake (fixture->pendings);
  g_assert_true (g_async_queue_pop (queue) == &late);
  g_assert_true (g_async_queue_pop (queue) == &later);
  g_assert_cmpint (late.end, ==, GH_PENDING_LATE);
  g_assert_null (gh_pendings_take (fixture->pendings, number));
  g_assert_null (gh_pendings_take_key (fixture->pendings, "key"));
  g_assert_cmpuint (gh_pendings_count (fixture->pendings), ==, 1);
  gh_pendings_stop (fixture->pendings);
  g_assert_true (g_async_queue_try_pop (queue) == &never);
  g_assert_cmpint (never.end, ==, GH_PENDING_STOPPED);
}

static void
test_deadline_that_has_passed (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_autoptr (GAsyncQueue) queue = g_async_queue_new ();
  Waiting waiting = { .over = queue };
  g_assert_cmpuint (add (fixture, &waiting, -1, NULL), !=, 0);
  g_assert_true (g_async_queue_pop (queue) == &waiting);
}

static void
test_refusals (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_autoptr (GAsyncQueue) queue = g_async_queue_new ();
  Waiting waiting = { .over = queue };
  g_assert_cmpuint (add (fixture, &waiting, GH_NEVER_US, "key"), !=, 0);
  g_assert_cmpuint (add (fixture, &waiting, GH_NEVER_US, "key"), ==, 0);
  for (guint i = 1; i < LIMIT; i++)
    g_assert_cmpuint (add (fixture, &waiting, GH_NEVER_US, NULL), !=, 0);
  g_assert_cmpuint (add (fixture, &waiting, GH_NEVER_US, NULL), ==, 0);
  g_assert_true (gh_pendings_take_key (fixture->pendings, "key") == &waiting);
  g_assert_cmpuint (add (fixture, &waiting, GH_NEVER_US, "key"), !=, 0);
  gh_pendings_stop (fixture->pendings);
  g_assert_cmpint (g_async_queue_length (queue), ==, LIMIT);
  g_assert_cmpuint (add (fixture, &waiting, GH_NEVER_US, NULL), ==, 0);
}

/* Answers and deadlines meet: each entry has one end. */
#define RACES 20000

static void
race_over (GhPendingEnd end, gpointer data)
{
  (void) end;
  g_atomic_int_inc ((gint *) data);
}

static void
test_one_end_for_each (Fixture *fixture, gconstpointer data)
{
  (void) data;
  gint late = 0, taken = 0;
  for (gint i = 0; i < RACES; i++)
    {
      const GhPending pending = { .deadline_us = START - i % 2, .over = race_over, .data = &late };
      guint64 number;
      while ((number = gh_pendings_add (fixture->pendings, &pending)) == 0)
        g_thread_yield ();
      taken += gh_pendings_take (fixture->pendings, number) != NULL;
    }
  gh_pendings_stop (fixture->pendings);
  g_assert_cmpint (g_atomic_int_get (&late) + taken, ==, RACES);
}

/* What waits for an answer does not wait an hour longer because the clock is set back; what waits
 * for a moment does. */
static void
test_clock_set_back (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_autoptr (GAsyncQueue) queue = g_async_queue_new ();
  Waiting timeout = { .over = queue, .id = 1 }, moment = { .over = queue, .id = 2 };
  const gint64 hour_us = 3600 * (gint64) G_USEC_PER_SEC;
  const GhPending at_noon = {
    .deadline_us = START + 5 * G_USEC_PER_SEC, .moment = TRUE, .over = over, .data = &moment
  };
  g_assert_cmpuint (add (fixture, &timeout, 10 * G_USEC_PER_SEC, NULL), !=, 0);
  const guint64 waits = gh_pendings_add (fixture->pendings, &at_noon);
  gh_clock_jump (fixture->clock, -hour_us);
  gh_pendings_wake (fixture->pendings);
  gh_clock_advance (fixture->clock, 10 * G_USEC_PER_SEC);
  gh_pendings_wake (fixture->pendings);
  g_assert_true (g_async_queue_pop (queue) == &timeout);
  g_assert_cmpint (timeout.end, ==, GH_PENDING_LATE);
  g_assert_null (g_async_queue_try_pop (queue));
  g_assert_true (gh_pendings_take (fixture->pendings, waits) == &moment);
}

/* The moment of the day comes when the clock says so, however it got there. */
static void
test_clock_set_forward (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_autoptr (GAsyncQueue) queue = g_async_queue_new ();
  Waiting waiting = { .over = queue };
  const gint64 hour_us = 3600 * (gint64) G_USEC_PER_SEC;
  g_assert_cmpuint (add (fixture, &waiting, hour_us, NULL), !=, 0);
  gh_clock_jump (fixture->clock, 2 * hour_us);
  gh_pendings_wake (fixture->pendings);
  g_assert_true (g_async_queue_pop (queue) == &waiting);
  g_assert_cmpint (waiting.end, ==, GH_PENDING_LATE);
}

#define ADD(name, func) g_test_add ("/pending/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("taken-once", test_taken_once);
  ADD ("deadlines-in-their-order", test_deadlines_in_their_order);
  ADD ("deadline-that-has-passed", test_deadline_that_has_passed);
  ADD ("refusals", test_refusals);
  ADD ("one-end-for-each", test_one_end_for_each);
  ADD ("clock-set-back", test_clock_set_back);
  ADD ("clock-set-forward", test_clock_set_forward);
  return g_test_run ();
}
