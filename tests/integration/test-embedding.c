/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-cse.h"

#include <string.h>
#include <unistd.h>

#include "base/gh-error.h"
#include "base/gh-log.h"

/* What docs/embedding.md promises. No plugins, no daemon, no bus, no port. */

static void
keep_result (GObject *cse, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **out = user_data;

  g_assert_true (g_main_context_is_owner (g_main_context_default ()));
  g_atomic_pointer_set (out, g_object_ref (result));
}

static GAsyncResult *
wait_for (GAsyncResult **result)
{
  while (g_atomic_pointer_get (result) == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

static GhCse *
make_cse (void)
{
  static const char *const identities[] = { "CAdmin", NULL };
  g_autoptr (GError) error = NULL;
  GhCse *cse = gh_cse_new (NULL, FALSE, &error);

  g_assert_no_error (error);
  if (!gh_cse_set_option (cse, "plugins", "load", "", &error)
      || !gh_cse_set_option (cse, "store", "type", "memory", &error))
    g_error ("%s", error->message);
  gh_cse_set_local_identities (cse, identities);
  return cse;
}

static void
start (GhCse *cse)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  gboolean ok;

  gh_cse_start_async (cse, NULL, keep_result, &result);
  ok = gh_cse_start_finish (cse, wait_for (&result), &error);
  g_assert_no_error (error);
  g_assert_true (ok);
}

static void
stop (GhCse *cse)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  gboolean ok;

  gh_cse_stop_async (cse, NULL, keep_result, &result);
  ok = gh_cse_stop_finish (cse, wait_for (&result), &error);
  g_assert_no_error (error);
  g_assert_true (ok);
}

static char *
ask (GhCse *cse, const char *primitive, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  gh_cse_request_async (cse, primitive, NULL, keep_result, &result);
  return gh_cse_request_finish (cse, wait_for (&result), error);
}

static void
assert_answer (GhCse *cse, const char *primitive, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *response = ask (cse, primitive, &error);

  g_assert_no_error (error);
  g_test_message ("%s", response);
  if (strstr (response, expected) == NULL)
    g_error ("%s answered with %s; expected: %s", primitive, response, expected);
}

#define CREATE_CONTAINER(name)                                                                     \
  "{\"op\":1,\"ty\":3,\"to\":\"gatehouse\",\"fr\":\"CAdmin\",\"rqi\":\"1\",\"rvi\":\"3\",\"pc\":{" \
  "\"m2m:cnt\":{\"rn\":\"" name "\"}}}"
#define RETRIEVE(to, from) \
  "{\"op\":2,\"to\":\"" to "\",\"fr\":\"" from "\",\"rqi\":\"2\",\"rvi\":\"3\"}"

/* How many entries of a folder in /proc lead to something that begins with @prefix; "" counts all.
 */
static guint
count_entries (const char *path, const char *prefix)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;
  guint count = 0;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *entry = g_build_filename (path, name, NULL);
      g_autofree char *target = *prefix != '\0' ? g_file_read_link (entry, NULL) : NULL;

      count += *prefix == '\0' || (target != NULL && g_str_has_prefix (target, prefix));
    }
  return count;
}

static void
test_no_thread_before_the_start_and_no_socket_after (void)
{
  guint threads = count_entries ("/proc/self/task", "");
  guint sockets = count_entries ("/proc/self/fd", "socket:");
  g_autoptr (GhCse) cse = make_cse ();
  g_auto (GStrv) urls = NULL;

  g_assert_cmpuint (count_entries ("/proc/self/task", ""), ==, threads);
  start (cse);
  g_assert_cmpuint (count_entries ("/proc/self/fd", "socket:"), ==, sockets);
  urls = gh_cse_dup_urls (cse);
  g_assert_null (urls[0]);
  assert_answer (cse, RETRIEVE ("gatehouse", "CAdmin"), "\"rsc\":2000");
  stop (cse);
}

static void
test_refusals_are_responses (void)
{
  g_autoptr (GhCse) cse = make_cse ();

  start (cse);
  assert_answer (cse, RETRIEVE ("gatehouse/nothing", "CAdmin"), "\"rsc\":4004");
  assert_answer (cse, RETRIEVE ("gatehouse", "CSomebody"), "\"rsc\":4106");
  assert_answer (cse, "{\"op\":2", "\"rsc\":4000");
  assert_answer (cse, "", "\"rsc\":4000");
  assert_answer (cse, "[]", "\"rsc\":4000");
  assert_answer (cse, CREATE_CONTAINER ("a"), "\"rsc\":2001");
  assert_answer (cse, CREATE_CONTAINER ("a"), "\"rsc\":4105");
  stop (cse);
}

/* The stem asks the CSE for an AE-ID; the program may speak for the one that it was given. */
static void
test_an_originator_that_was_given_may_be_used (void)
{
  g_autoptr (GhCse) cse = make_cse ();
  g_autoptr (GError) error = NULL;
  g_autofree char *response = NULL, *primitive = NULL;
  g_auto (GStrv) parts = NULL;

  start (cse);
  assert_answer (cse, RETRIEVE ("gatehouse", "CApp"), "\"rsc\":4106");
  response = ask (cse,
                  "{\"op\":1,\"ty\":2,\"to\":\"gatehouse\",\"fr\":\"C\",\"rqi\":\"1\",\"rvi\":"
                  "\"3\",\"pc\":{\"m2m:ae\":{\"api\":\"N.app\",\"rr\":false,\"srv\":[\"3\"]}}}",
                  &error);
  g_assert_no_error (error);
  g_test_message ("%s", response);
  parts = g_strsplit (response, "\"aei\":\"", 2);
  g_assert_cmpuint (g_strv_length (parts), ==, 2);
  *strchr (parts[1], '"') = '\0';
  primitive = g_strdup_printf ("{\"op\":2,\"to\":\"%s\",\"fr\":\"%s\",\"rqi\":\"2\",\"rvi\":\"3\"}",
                               parts[1], parts[1]);
  assert_answer (cse, primitive, "\"rsc\":2000");
  stop (cse);
}

static void
test_only_a_running_one_answers (void)
{
  g_autoptr (GhCse) cse = make_cse ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_null (ask (cse, RETRIEVE ("gatehouse", "CAdmin"), &error));
  g_assert_error (error, GH_ERROR, GH_ERROR_CANCELLED);
  g_clear_error (&error);
  start (cse);
  stop (cse);
  g_assert_null (ask (cse, RETRIEVE ("gatehouse", "CAdmin"), &error));
  g_assert_error (error, GH_ERROR, GH_ERROR_CANCELLED);
  g_clear_error (&error);
  gh_cse_start_async (cse, NULL, keep_result, &result);
  g_assert_false (gh_cse_start_finish (cse, wait_for (&result), &error));
  g_assert_error (error, GH_ERROR, GH_ERROR_FAILED);
}

static void
test_several_in_one_process (void)
{
  g_autoptr (GhCse) first = make_cse ();
  g_autoptr (GhCse) second = make_cse ();
  g_autoptr (GError) error = NULL;

  g_assert_true (gh_cse_set_option (second, "cse", "name", "other", &error));
  start (first);
  start (second);
  assert_answer (first, CREATE_CONTAINER ("mine"), "\"rsc\":2001");
  assert_answer (first, RETRIEVE ("gatehouse/mine", "CAdmin"), "\"rsc\":2000");
  assert_answer (second, RETRIEVE ("other/mine", "CAdmin"), "\"rsc\":4004");
  stop (first);
  assert_answer (second, RETRIEVE ("other", "CAdmin"), "\"rsc\":2000");
  stop (second);
}

#define ASKERS   4
#define REQUESTS 50

typedef struct {
  GhCse *cse;
  guint first;
  GAsyncResult *results[REQUESTS];
} Asker;

static gpointer
ask_from_a_thread (gpointer data)
{
  Asker *asker = data;

  for (guint i = 0; i < REQUESTS; i++)
    {
      g_autofree char *primitive = g_strdup_printf (
        "{\"op\":1,\"ty\":3,\"to\":\"gatehouse\",\"fr\":\"CAdmin\",\"rqi\":\"%u\","
        "\"rvi\":\"3\",\"pc\":{\"m2m:cnt\":{\"rn\":\"c%u\"}}}",
        asker->first + i, asker->first + i);

      gh_cse_request_async (asker->cse, primitive, NULL, keep_result, &asker->results[i]);
    }
  return NULL;
}

/* keep_result asserts that it is called in the creator's context. */
static void
test_any_thread_may_ask (void)
{
  g_autoptr (GhCse) cse = make_cse ();
  Asker askers[ASKERS] = { 0 };
  GThread *threads[ASKERS];

  start (cse);
  for (guint i = 0; i < ASKERS; i++)
    {
      askers[i].cse = cse;
      askers[i].first = i * REQUESTS;
      threads[i] = g_thread_new ("asker", ask_from_a_thread, &askers[i]);
    }
  for (guint i = 0; i < ASKERS; i++)
    for (guint j = 0; j < REQUESTS; j++)
      {
        g_autoptr (GAsyncResult) result = wait_for (&askers[i].results[j]);
        g_autoptr (GError) error = NULL;
        g_autofree char *response = gh_cse_request_finish (cse, result, &error);

        g_assert_no_error (error);
        g_assert_nonnull (strstr (response, "\"rsc\":2001"));
      }
  for (guint i = 0; i < ASKERS; i++)
    g_thread_join (threads[i]);
  stop (cse);
}

/* Wherever the last reference goes: a thread that helped with the start may hold it a little
 * longer. */
static void
note_end (gpointer ended, GObject *where)
{
  g_atomic_int_set ((gint *) ended, TRUE);
  g_main_context_wakeup (NULL);
}

static void
test_dropping_a_running_one_stops_it (void)
{
  GhCse *cse = make_cse ();
  gint ended = FALSE;

  start (cse);
  assert_answer (cse, CREATE_CONTAINER ("a"), "\"rsc\":2001");
  g_object_weak_ref (G_OBJECT (cse), note_end, &ended);
  g_object_unref (cse);
  while (!g_atomic_int_get (&ended))
    g_main_context_iteration (NULL, TRUE);
}

static void
test_options_are_checked (void)
{
  g_autoptr (GhCse) cse = make_cse ();
  g_autoptr (GError) error = NULL;

  g_assert_false (gh_cse_set_option (cse, "cse", "nonsense", "1", &error));
  g_assert_error (error, GH_ERROR, GH_ERROR_CONFIG);
  g_clear_error (&error);
  g_assert_null (gh_cse_new ("/nonexistent/gatehouse.conf", FALSE, &error));
  g_assert_error (error, GH_ERROR, GH_ERROR_CONFIG);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gh_log_set_level (GH_LOG_ERROR);
  /* The callbacks run here, so that keep_result can tell. */
  g_assert_true (g_main_context_acquire (g_main_context_default ()));
  g_test_add_func ("/embedding/no-thread-before-the-start-and-no-socket-after",
                   test_no_thread_before_the_start_and_no_socket_after);
  g_test_add_func ("/embedding/refusals-are-responses", test_refusals_are_responses);
  g_test_add_func ("/embedding/an-originator-that-was-given-may-be-used",
                   test_an_originator_that_was_given_may_be_used);
  g_test_add_func ("/embedding/only-a-running-one-answers", test_only_a_running_one_answers);
  g_test_add_func ("/embedding/several-in-one-process", test_several_in_one_process);
  g_test_add_func ("/embedding/any-thread-may-ask", test_any_thread_may_ask);
  g_test_add_func ("/embedding/dropping-a-running-one-stops-it",
                   test_dropping_a_running_one_stops_it);
  g_test_add_func ("/embedding/options-are-checked", test_options_are_checked);
  return g_test_run ();
}
