/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cse-fixture.h"

#include <string.h>

static void
take_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  (void) source;
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static GAsyncResult *
wait_for (CseFixture *fixture, GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (fixture->context, TRUE);
  return *result;
}

#define READ_BASE "{\"op\":2,\"rqi\":\"r\",\"rvi\":\"3\",\"fr\":\"CAdmin\",\"to\":\"gatehouse\"}"

static void
expect_start_refused (CseFixture *fixture)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  gh_cse_start_async (fixture->cse, NULL, take_result, &result);
  g_assert_false (gh_cse_start_finish (fixture->cse, wait_for (fixture, &result), &error));
  g_assert_error (error, GH_ERROR, GH_ERROR_FAILED);
}

static void
expect_request_refused (CseFixture *fixture)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  gh_cse_request_async (fixture->cse, READ_BASE, NULL, take_result, &result);
  g_autofree char *answer = gh_cse_request_finish (fixture->cse, wait_for (fixture, &result),
                                                   &error);
  g_assert_null (answer);
  g_assert_error (error, GH_ERROR, GH_ERROR_CANCELLED);
}

static void
test_a_cse_is_started_once (void)
{
  CseFixture fixture;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) again = NULL;
  g_autoptr (GError) error = NULL;

  cse_fixture_set_up (&fixture, NULL);
  g_autoptr (GhCse) cse = g_object_ref (fixture.cse);
  expect_start_refused (&fixture);
  cse_expect (&fixture, 2000, CSE_RETRIEVE, "CAdmin", "gatehouse", NULL);
  gh_cse_stop_async (cse, NULL, take_result, &result);
  gh_cse_stop_async (cse, NULL, take_result, &again);
  g_assert_true (gh_cse_stop_finish (cse, wait_for (&fixture, &result), &error));
  g_assert_no_error (error);
  g_assert_false (gh_cse_stop_finish (cse, wait_for (&fixture, &again), &error));
  g_assert_error (error, GH_ERROR, GH_ERROR_FAILED);
  expect_start_refused (&fixture);
  expect_request_refused (&fixture);
  g_autoptr (GVariant) status = gh_cse_dup_status (cse);
  const char *state = NULL;
  g_assert_true (g_variant_lookup (status, "state", "&s", &state));
  g_assert_cmpstr (state, ==, "stopped");
  cse_fixture_drop (&fixture);
}

static void
test_nothing_runs_before_the_start (void)
{
  CseFixture fixture = { .context = g_main_context_new () };
  g_autoptr (GError) error = NULL;
  g_main_context_push_thread_default (fixture.context);
  fixture.cse = gh_cse_new (NULL, TRUE, &error);
  g_assert_no_error (error);
  expect_request_refused (&fixture);
  g_clear_object (&fixture.cse);
  g_main_context_pop_thread_default (fixture.context);
  g_main_context_unref (fixture.context);
}

static void
test_a_start_that_fails_says_why (void)
{
  CseFixture fixture = { .context = g_main_context_new () };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_main_context_push_thread_default (fixture.context);
  fixture.cse = gh_cse_new (NULL, TRUE, &error);
  g_assert_true (gh_cse_set_option (fixture.cse, "plugins", "load", "", &error));
  g_assert_true (gh_cse_set_option (fixture.cse, "store", "type", "sqlite", &error));
  gh_cse_start_async (fixture.cse, NULL, take_result, &result);
  g_assert_false (gh_cse_start_finish (fixture.cse, wait_for (&fixture, &result), &error));
  g_assert_error (error, GH_ERROR, GH_ERROR_CONFIG);
  g_assert_nonnull (strstr (error->message, "sqlite"));
  expect_start_refused (&fixture);
  expect_request_refused (&fixture);
  g_clear_object (&fixture.cse);
  g_main_context_pop_thread_default (fixture.context);
  g_main_context_unref (fixture.context);
}

static void
test_several_run_beside_each_other (void)
{
  CseFixture fixtures[3];
  static const char *const others[] = { "cse.id=other", NULL };
  for (guint i = 0; i < G_N_ELEMENTS (fixtures); i++)
    cse_fixture_set_up (&fixtures[i], i == 1 ? others : NULL);
  for (guint i = 0; i < G_N_ELEMENTS (fixtures); i++)
    g_free (cse_create (&fixtures[i], "CAdmin", "gatehouse", 3, "{\"m2m:cnt\":{\"rn\":\"a\"}}"));
  cse_expect (&fixtures[0], 2002, CSE_DELETE, "CAdmin", "gatehouse/a", NULL);
  cse_expect (&fixtures[0], 4004, CSE_RETRIEVE, "CAdmin", "gatehouse/a", NULL);
  cse_expect (&fixtures[1], 2000, CSE_RETRIEVE, "CAdmin", "/other/gatehouse/a", NULL);
  cse_expect (&fixtures[2], 4004, CSE_RETRIEVE, "CAdmin", "/other/gatehouse/a", NULL);
  cse_expect (&fixtures[2], 2000, CSE_RETRIEVE, "CAdmin", "/gatehouse/gatehouse/a", NULL);
  for (guint i = G_N_ELEMENTS (fixtures); i > 0; i--)
    cse_fixture_tear_down (&fixtures[i - 1]);
}

/* Everything that was accepted is answered; what comes later is refused. */
static void
test_a_stop_answers_what_is_under_way (void)
{
  CseFixture fixture;
  cse_fixture_set_up (&fixture, NULL);
  for (guint round = 0; round < 100; round++)
    {
      cse_send (&fixture, CSE_CREATE, "CAdmin", "gatehouse", "\"ty\":3,\"pc\":{\"m2m:cnt\":{}}");
      cse_send (&fixture, CSE_RETRIEVE, "CAdmin", "gatehouse", "\"rcn\":4");
    }
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  gh_cse_stop_async (fixture.cse, NULL, take_result, &result);
  g_assert_true (gh_cse_stop_finish (fixture.cse, wait_for (&fixture, &result), &error));
  for (guint i = 0; i < fixture.sent->len; i++)
    {
      g_auto (CseAnswer) answer = cse_take (&fixture, i);
      g_assert_cmpint (answer.rsc, ==, i % 2 == 0 ? 2001 : 2000);
    }
  cse_fixture_drop (&fixture);
}

/* Dropped without a stop: what was accepted is carried out, and nobody waits for ever. */
static void
test_a_cse_may_just_be_dropped (void)
{
  CseFixture fixture;
  cse_fixture_set_up (&fixture, NULL);
  cse_expect (&fixture, 2000, CSE_RETRIEVE, "CAdmin", "gatehouse", NULL);
  cse_fixture_drop (&fixture);
}

#define CALLERS    4
#define PER_THREAD 200

typedef struct {
  GhCse *cse;
  gint *left;
} Caller;

static void
count_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = gh_cse_request_finish (GH_CSE (source), result, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (answer, "2000"));
  (void) g_atomic_int_dec_and_test ((gint *) user_data);
}

static gpointer
caller_thread (gpointer data)
{
  Caller *caller = data;
  for (guint i = 0; i < PER_THREAD; i++)
    gh_cse_request_async (caller->cse, READ_BASE, NULL, count_answer, caller->left);
  return NULL;
}

static void
test_requests_come_from_any_thread (void)
{
  CseFixture fixture;
  GThread *threads[CALLERS];
  gint left = CALLERS * PER_THREAD;
  cse_fixture_set_up (&fixture, NULL);
  Caller caller = { fixture.cse, &left };
  for (guint i = 0; i < CALLERS; i++)
    threads[i] = g_thread_new ("caller", caller_thread, &caller);
  while (g_atomic_int_get (&left) > 0)
    g_main_context_iteration (fixture.context, TRUE);
  for (guint i = 0; i < CALLERS; i++)
    g_thread_join (threads[i]);
  cse_fixture_tear_down (&fixture);
}

static void
test_garbage_is_answered (void)
{
  CseFixture fixture;
  cse_fixture_set_up (&fixture, NULL);
  static const char *const garbage[] = {
    "", "{", "[]", "null", "{}{}", "\"x\"", "{\"op\":2", "{\"op\":\"two\"}", "{\"op\":2,\"op\":2}"
  };
  for (guint i = 0; i < G_N_ELEMENTS (garbage); i++)
    {
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (GError) error = NULL;
      gh_cse_request_async (fixture.cse, garbage[i], NULL, take_result, &result);
      g_autofree char *answer = gh_cse_request_finish (fixture.cse, wait_for (&fixture, &result),
                                                       &error);
      g_assert_no_error (error);
      g_assert_nonnull (strstr (answer, "\"rsc\":4000"));
      g_assert_nonnull (strstr (answer, "m2m:dbg"));
    }
  cse_fixture_tear_down (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lifecycle/a-cse-is-started-once", test_a_cse_is_started_once);
  g_test_add_func ("/lifecycle/nothing-runs-before-the-start", test_nothing_runs_before_the_start);
  g_test_add_func ("/lifecycle/a-start-that-fails-says-why", test_a_start_that_fails_says_why);
  g_test_add_func ("/lifecycle/several-run-beside-each-other", test_several_run_beside_each_other);
  g_test_add_func ("/lifecycle/a-stop-answers-what-is-under-way",
                   test_a_stop_answers_what_is_under_way);
  g_test_add_func ("/lifecycle/a-cse-may-just-be-dropped", test_a_cse_may_just_be_dropped);
  g_test_add_func ("/lifecycle/requests-come-from-any-thread", test_requests_come_from_any_thread);
  g_test_add_func ("/lifecycle/garbage-is-answered", test_garbage_is_answered);
  return g_test_run ();
}
