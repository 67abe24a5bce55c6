/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cse-fixture.h"

#include <string.h>

#include "gh-cse-private.h"
#include "service/gh-management.h"
#include "service/gh-own-node.h"

#define OWN    "gatehouse/" GH_OWN_NODE_NAME
#define SECOND ((gint64) G_USEC_PER_SEC)

/* A machine, and the agent that its commands are handed to. */
typedef struct {
  CseFixture cse;
  GhClock *clock;
  GAsyncQueue *commands; /* char*: name, originator, url */
  char *last;            /* id of the command that was taken last */
} Fixture;

static void
take_command (const GhCommand *command, gpointer user_data)
{
  g_async_queue_push (user_data, g_strdup_printf ("%s|%s %s %s", command->id, command->name,
                                                  command->originator,
                                                  command->url != NULL ? command->url : "-"));
}

static void
register_agent (Fixture *fixture, GhAgentFunc func)
{
  gh_management_set_agent (fixture->cse.cse->service->management, func, fixture->commands);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  static const char *const options[] = { "node.describe=yes", NULL };
  (void) data;
  fixture->clock = gh_clock_new_fake (G_GINT64_CONSTANT (1800000000) * SECOND);
  fixture->commands = g_async_queue_new_full (g_free);
  fixture->last = NULL;
  const CseParts parts = { .clock = fixture->clock };
  cse_fixture_set_up_with (&fixture->cse, options, &parts);
  cse_settle (&fixture->cse);
  register_agent (fixture, take_command);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void) data;
  cse_fixture_tear_down (&fixture->cse);
  g_async_queue_unref (fixture->commands);
  g_free (fixture->last);
  gh_clock_unref (fixture->clock);
}

static void
expect_command (Fixture *fixture, const char *expected)
{
  g_autofree char *command = g_async_queue_timeout_pop (fixture->commands, 20 * G_USEC_PER_SEC);
  g_assert_nonnull (command);
  char *text = strchr (command, '|');
  *text = '\0';
  g_assert_cmpstr (text + 1, ==, expected);
  g_free (fixture->last);
  fixture->last = g_steal_pointer (&command);
}

static void
settle (Fixture *fixture)
{
  cse_settle (&fixture->cse);
  cse_settle (&fixture->cse);
}

static void
expect_no_command (Fixture *fixture)
{
  settle (fixture);
  g_assert_cmpint (g_async_queue_length (fixture->commands), ==, 0);
}

static void
report (Fixture *fixture, GhCommandStatus status)
{
  GhFault fault = { 0 };
  g_assert_true (
    gh_management_report (fixture->cse.cse->service, fixture->last, status, NULL, &fault));
  cse_settle (&fixture->cse);
}

#define CMD "gatehouse/command"

static void
make_for (Fixture *fixture, const char *target, const char *members)
{
  g_autofree char *content = g_strdup_printf (
    "{\"m2m:mgc\":{\"rn\":\"command\",\"ext\":\"%s\",%s}}", target, members);
  g_free (cse_create (&fixture->cse, "CAdmin", "gatehouse", 12, content));
}

static void
make (Fixture *fixture, const char *members)
{
  g_autofree char *id = cse_attribute (&fixture->cse, "CAdmin", OWN, "ni");
  make_for (fixture, id, members);
}

#define UPDATE(fixture, rsc, members) \
  cse_expect (&(fixture)->cse, rsc, CSE_UPDATE, "CAdmin", CMD, "\"pc\":{\"m2m:mgc\":{" members "}}")
#define EXECUTE(fixture, rsc) UPDATE (fixture, rsc, "\"exe\":true")
#define UPLOAD                                                                 \
  "\"cmt\":3,\"exra\":{\"uld\":[{\"ftyp\":\"log\",\"url\":\"http://files/a\"," \
  "\"unm\":\"u\",\"pwd\":\"p\"}]}"

/* The identifiers of the execInstances, oldest first; NULL-terminated. */
static char **
instances (Fixture *fixture)
{
  g_auto (CseAnswer) answer = cse_request (&fixture->cse, CSE_RETRIEVE, "CAdmin", CMD,
                                           "\"fc\":{\"fu\":1,\"ty\":[8]},\"drt\":2");
  g_autoptr (GPtrArray) ids = g_ptr_array_new ();
  JsonObject *object = json_node_get_object (answer.root);
  JsonObject *content = json_object_get_object_member (object, "pc");
  JsonArray *list = json_object_get_array_member (content, "m2m:uril");
  for (guint i = 0; list != NULL && i < json_array_get_length (list); i++)
    g_ptr_array_add (ids, g_strdup (json_array_get_string_element (list, i)));
  g_ptr_array_add (ids, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&ids), FALSE);
}

static void
expect_status (Fixture *fixture, const char *id, const char *status, const char *result)
{
  g_autofree char *exs = cse_attribute (&fixture->cse, "CAdmin", id, "exs");
  g_autofree char *exr = cse_attribute (&fixture->cse, "CAdmin", id, "exr");
  g_assert_cmpstr (exs, ==, status);
  if (result != NULL)
    g_assert_cmpstr (exr, ==, result);
}

static void
test_a_command_is_executed (Fixture *fixture, gconstpointer data)
{
  (void) data;
  make (fixture, UPLOAD);
  expect_no_command (fixture);
  UPDATE (fixture, 2004, "\"exe\":false");
  expect_no_command (fixture);
  EXECUTE (fixture, 2004);
  expect_command (fixture, "upload CAdmin http://files/a");
  g_auto (GStrv) ids = instances (fixture);
  g_assert_cmpuint (g_strv_length (ids), ==, 1);
  expect_status (fixture, ids[0], "2", "31");
  report (fixture, GH_COMMAND_STARTED);
  expect_status (fixture, ids[0], "2", "31");
  report (fixture, GH_COMMAND_SUCCEEDED);
  expect_status (fixture, ids[0], "3", "0");
  EXECUTE (fixture, 2004);
  expect_command (fixture, "upload CAdmin http://files/a");
  report (fixture, GH_COMMAND_FAILED);
  g_auto (GStrv) more = instances (fixture);
  g_assert_cmpuint (g_strv_length (more), ==, 2);
  expect_no_command (fixture);
}

static void
test_a_delay_is_waited_for (Fixture *fixture, gconstpointer data)
{
  (void) data;
  make (fixture, "\"cmt\":2,\"exm\":3,\"exy\":\"PT30S\"");
  EXECUTE (fixture, 2004);
  g_auto (GStrv) ids = instances (fixture);
  expect_status (fixture, ids[0], "1", "31");
  gh_clock_advance (fixture->clock, 29 * SECOND);
  expect_no_command (fixture);
  gh_clock_advance (fixture->clock, 1 * SECOND);
  cse_settle (&fixture->cse);
  expect_command (fixture, "reboot CAdmin -");
  expect_status (fixture, ids[0], "2", "31");
  report (fixture, GH_COMMAND_SUCCEEDED);
  gh_clock_advance (fixture->clock, 60 * SECOND);
  expect_no_command (fixture);
}

static void
test_a_command_is_repeated (Fixture *fixture, gconstpointer data)
{
  (void) data;
  make (fixture, "\"cmt\":2,\"exm\":2,\"exf\":\"PT10S\",\"exn\":3");
  EXECUTE (fixture, 2004);
  for (guint i = 0; i < 3; i++)
    {
      expect_command (fixture, "reboot CAdmin -");
      report (fixture, GH_COMMAND_SUCCEEDED);
      expect_no_command (fixture);
      gh_clock_advance (fixture->clock, 10 * SECOND);
      cse_settle (&fixture->cse);
    }
  gh_clock_advance (fixture->clock, 60 * SECOND);
  expect_no_command (fixture);
}

static void
test_an_execution_is_cancelled (Fixture *fixture, gconstpointer data)
{
  static const char *const disable = "\"pc\":{\"m2m:exin\":{\"exd\":true}}";
  (void) data;
  make (fixture, UPLOAD);
  EXECUTE (fixture, 2004);
  expect_command (fixture, "upload CAdmin http://files/a");
  g_auto (GStrv) ids = instances (fixture);
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CAdmin", ids[0], disable);
  expect_command (fixture, "cancel CAdmin -");
  expect_status (fixture, ids[0], "5", NULL);
  cse_expect (&fixture->cse, 6028, CSE_UPDATE, "CAdmin", ids[0], disable);
  report (fixture, GH_COMMAND_SUCCEEDED);
  expect_status (fixture, ids[0], "5", NULL);
  EXECUTE (fixture, 2004);
  expect_command (fixture, "upload CAdmin http://files/a");
  g_autofree char *second = g_strndup (fixture->last, strlen (fixture->last) - 4);
  register_agent (fixture, NULL);
  cse_expect (&fixture->cse, 6026, CSE_UPDATE, "CAdmin", second, disable);
  cse_expect (&fixture->cse, 6026, CSE_DELETE, "CAdmin", second, NULL);
  cse_expect (&fixture->cse, 6026, CSE_DELETE, "CAdmin", CMD, NULL);
  expect_status (fixture, second, "2", NULL);
  register_agent (fixture, take_command);
  cse_expect (&fixture->cse, 2002, CSE_DELETE, "CAdmin", second, NULL);
  expect_command (fixture, "cancel CAdmin -");
}

static void
test_what_has_not_begun_is_cancelled (Fixture *fixture, gconstpointer data)
{
  (void) data;
  make (fixture, "\"cmt\":2,\"exm\":3,\"exy\":\"PT30S\"");
  EXECUTE (fixture, 2004);
  g_auto (GStrv) ids = instances (fixture);
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CAdmin", ids[0],
              "\"pc\":{\"m2m:exin\":{\"exd\":true}}");
  gh_clock_advance (fixture->clock, 60 * SECOND);
  expect_no_command (fixture);
  expect_status (fixture, ids[0], "5", NULL);
}

static void
test_a_reboot_cannot_be_cancelled (Fixture *fixture, gconstpointer data)
{
  (void) data;
  make (fixture, "\"cmt\":2");
  EXECUTE (fixture, 2004);
  expect_command (fixture, "reboot CAdmin -");
  g_auto (GStrv) ids = instances (fixture);
  cse_expect (&fixture->cse, 6029, CSE_UPDATE, "CAdmin", ids[0],
              "\"pc\":{\"m2m:exin\":{\"exd\":true}}");
  expect_status (fixture, ids[0], "6", NULL);
  cse_expect (&fixture->cse, 6029, CSE_DELETE, "CAdmin", ids[0], NULL);
  cse_expect (&fixture->cse, 6029, CSE_DELETE, "CAdmin", CMD, NULL);
  report (fixture, GH_COMMAND_SUCCEEDED);
  expect_status (fixture, ids[0], "3", "0");
  cse_expect (&fixture->cse, 2002, CSE_DELETE, "CAdmin", CMD, NULL);
  expect_no_command (fixture);
}

static void
test_a_group_has_an_instance_each (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (cse_create (&fixture->cse, "CAdmin", "gatehouse", 14,
                      "{\"m2m:nod\":{\"rn\":\"far\",\"ni\":\"urn:far\"}}"));
  g_free (cse_create (&fixture->cse, "CAdmin", "gatehouse", 9,
                      "{\"m2m:grp\":{\"rn\":\"both\",\"mnm\":2,\"mt\":14,\"mid\":[\"" OWN
                      "\",\"gatehouse/far\"]}}"));
  make_for (fixture, "gatehouse/both", "\"cmt\":2");
  EXECUTE (fixture, 2004);
  expect_command (fixture, "reboot CAdmin -");
  g_auto (GStrv) ids = instances (fixture);
  g_assert_cmpuint (g_strv_length (ids), ==, 2);
  g_autofree char *own = g_strndup (fixture->last, strlen (fixture->last) - 4);
  expect_status (fixture, own, "2", "31");
  expect_status (fixture, strcmp (ids[0], own) == 0 ? ids[1] : ids[0], "3", "1");
  expect_no_command (fixture);
}

static void
test_targets_stay (Fixture *fixture, gconstpointer data)
{
  (void) data;
  make (fixture, UPLOAD);
  UPDATE (fixture, 2004, "\"exm\":1");
  EXECUTE (fixture, 2004);
  expect_command (fixture, "upload CAdmin http://files/a");
  UPDATE (fixture, 4005, "\"exm\":2");
  UPDATE (fixture, 4005, "\"ext\":\"other\"");
  UPDATE (fixture, 2004, "\"lbl\":[\"a\"]");
}

static void
test_what_cannot_be_executed_is_refused (Fixture *fixture, gconstpointer data)
{
  static const struct {
    const char *members;
    gint rsc;
  } cases[] = {
    { "\"cmt\":8", 4000 },
    { "\"cmt\":2,\"exra\":{\"uld\":[{\"ftyp\":\"l\",\"url\":\"u:\",\"unm\":\"\",\"pwd\":\"\"}]}",
      6023 },
    { "\"cmt\":3,\"exra\":{}", 6024 },
    { "\"cmt\":3,\"exra\":{\"uld\":[{\"ftyp\":\"log\"}]}", 4000 },
    { "\"cmt\":2,\"exm\":2,\"exn\":2", 4000 },
    { "\"cmt\":2,\"exm\":2,\"exn\":2,\"exf\":\"PT0.5S\"", 4000 },
  };
  (void) data;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *members = g_strdup_printf (
        "\"ty\":12,\"pc\":{\"m2m:mgc\":{\"ext\":\"node\",%s}}", cases[i].members);
      cse_expect (&fixture->cse, cases[i].rsc, CSE_CREATE, "CAdmin", "gatehouse", members);
    }
  cse_expect (&fixture->cse, 4005, CSE_CREATE, "CAdmin", "gatehouse",
              "\"ty\":8,\"pc\":{\"m2m:exin\":{\"lbl\":[\"a\"]}}");
  make (fixture, "\"cmt\":3");
  EXECUTE (fixture, 6025);
  cse_expect (&fixture->cse, 2002, CSE_DELETE, "CAdmin", CMD, NULL);
  make_for (fixture, "urn:somebody-else", "\"cmt\":2");
  EXECUTE (fixture, 6020);
  cse_expect (&fixture->cse, 2002, CSE_DELETE, "CAdmin", CMD, NULL);
  make (fixture, "\"cmt\":2");
  register_agent (fixture, NULL);
  EXECUTE (fixture, 6020);
  g_auto (GStrv) ids = instances (fixture);
  g_assert_cmpuint (g_strv_length (ids), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD_TEST(path, func) g_test_add ("/mgmt-cmd/" path, Fixture, NULL, set_up, func, tear_down)
  ADD_TEST ("execute", test_a_command_is_executed);
  ADD_TEST ("delay", test_a_delay_is_waited_for);
  ADD_TEST ("repeat", test_a_command_is_repeated);
  ADD_TEST ("cancel", test_an_execution_is_cancelled);
  ADD_TEST ("cancel-early", test_what_has_not_begun_is_cancelled);
  ADD_TEST ("reboot", test_a_reboot_cannot_be_cancelled);
  ADD_TEST ("group", test_a_group_has_an_instance_each);
  ADD_TEST ("targets", test_targets_stay);
  ADD_TEST ("refused", test_what_cannot_be_executed_is_refused);
  return g_test_run ();
}
