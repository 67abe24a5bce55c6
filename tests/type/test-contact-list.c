/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cse-fixture.h"

#include <string.h>

#include "gh-cse-private.h"

/* What a CSE would send. */
static GhRequest *
notification (const char *from, const char *content)
{
  GhRequest *request = gh_request_new (1 << 16);
  request->operation = GH_OPERATION_NOTIFY;
  request->to = "gatehouse";
  request->from = gh_arena_strdup (request->arena, from);
  request->request_identifier = "r";
  request->release_version = "3";
  request->body = gh_arena_strdup (request->arena, content);
  request->body_length = strlen (content);
  return request;
}

static void
take_status (const GhResponse *response, gpointer user_data)
{
  g_async_queue_push (user_data, GUINT_TO_POINTER (response->status));
}

static void
notify (CseFixture *fixture, guint rsc, const char *from, const char *members)
{
  const char *const identities[] = { from, NULL };
  g_autoptr (GhPrincipal) principal = gh_principal_new_local (GH_PROOF_LOCAL, identities);
  g_autofree char *content = g_strdup_printf ("{\"m2m:sgn\":{%s}}", members);
  g_autoptr (GAsyncQueue) answers = g_async_queue_new ();
  gh_dispatch (fixture->cse->service, notification (from, content), principal, take_status,
               answers);
  const gpointer status = g_async_queue_timeout_pop (answers, 20 * G_USEC_PER_SEC);
  g_assert_cmpuint (GPOINTER_TO_UINT (status), ==, rsc);
}

static void
set_up (CseFixture *fixture, gconstpointer options)
{
  cse_fixture_set_up (fixture, options);
  g_free (cse_create (fixture, "CAdmin", "gatehouse", 16,
                      "{\"m2m:csr\":{\"rn\":\"mn1\",\"csi\":\"/mn1\",\"cb\":\"/mn1/base\","
                      "\"rr\":false,\"srv\":[\"3\"]}}"));
}

static void
tear_down (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  cse_fixture_tear_down (fixture);
}

/* The identifier of the one resource of @type below the CSEBase; NULL: there is none. */
static char *
find (CseFixture *fixture, gint type)
{
  g_autofree char *members = g_strdup_printf ("\"fc\":{\"fu\":1,\"ty\":[%d]},\"drt\":2", type);
  g_auto (CseAnswer) answer = cse_request (fixture, CSE_RETRIEVE, "CAdmin", "gatehouse", members);
  JsonObject *content = json_object_get_object_member (json_node_get_object (answer.root), "pc");
  JsonArray *list = json_object_get_array_member (content, "m2m:uril");
  if (json_array_get_length (list) == 0)
    return NULL;
  g_assert_cmpuint (json_array_get_length (list), ==, 1);
  return g_strdup (json_array_get_string_element (list, 0));
}

static void
expect (CseFixture *fixture, const char *aes, const char *count)
{
  g_autofree char *list = find (fixture, 43), *entry = find (fixture, 44);
  g_autofree char *nic = cse_attribute (fixture, "CAdmin", list, "nic");
  g_autofree char *ail = entry != NULL ? cse_attribute (fixture, "CAdmin", entry, "ail") : NULL;
  g_assert_cmpstr (nic, ==, count);
  g_assert_cmpstr (ail, ==, aes);
}

static void
test_references_are_kept (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  g_assert_null (find (fixture, 43));
  notify (fixture, 2000, "/mn1", "\"aerid\":true,\"tid1\":null,\"tid2\":\"/mn1/Cone\"");
  expect (fixture, "[\"/mn1/Cone\"]", "1");
  g_autofree char *entry = find (fixture, 44);
  g_autofree char *cse = cse_attribute (fixture, "CAdmin", entry, "csi");
  g_assert_cmpstr (cse, ==, "/mn1");
  notify (fixture, 2000, "/mn1", "\"aerid\":true,\"tid2\":\"/mn2/Ctwo\"");
  notify (fixture, 2000, "/mn1", "\"aerid\":true,\"tid2\":\"/mn2/Ctwo\"");
  expect (fixture, "[\"/mn1/Cone\",\"/mn2/Ctwo\"]", "1");
  notify (fixture, 2000, "/mn1", "\"aerid\":true,\"tid1\":\"/mn1/Cone\",\"tid2\":\"/mn3/Cone\"");
  expect (fixture, "[\"/mn2/Ctwo\",\"/mn3/Cone\"]", "1");
  notify (fixture, 2000, "/mn1", "\"aerid\":true,\"tid1\":\"/mn2/Ctwo\",\"tid2\":null");
  notify (fixture, 2000, "/mn1", "\"aerid\":true,\"tid1\":\"/mn3/Cone\"");
  expect (fixture, NULL, "0");
}

static void
test_only_registered_cses_notify (CseFixture *fixture, gconstpointer data)
{
  static const char *const good = "\"aerid\":true,\"tid2\":\"/mn1/Cone\"";
  (void) data;
  notify (fixture, 4103, "/mn2", good);
  notify (fixture, 4103, "COther", good);
  notify (fixture, 4000, "/mn1", "\"aerid\":false,\"tid2\":\"/mn1/Cone\"");
  notify (fixture, 4000, "/mn1", "\"sur\":\"x\"");
  notify (fixture, 4000, "/mn1", "\"aerid\":true");
  notify (fixture, 4000, "/mn1", "\"aerid\":true,\"tid2\":\"Cone\"");
  notify (fixture, 4000, "/mn1", "\"aerid\":true,\"tid2\":7");
  notify (fixture, 4000, "/mn1", "\"aerid\":true,\"tid1\":\"/mn1/C*\"");
  g_assert_null (find (fixture, 43));
}

static void
test_the_list_is_the_cse_s_own (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  cse_expect (fixture, 4005, CSE_CREATE, "CAdmin", "gatehouse",
              "\"ty\":43,\"pc\":{\"m2m:alst\":{\"lbl\":[\"a\"]}}");
  notify (fixture, 2000, "/mn1", "\"aerid\":true,\"tid2\":\"/mn1/Cone\"");
  g_autofree char *list = find (fixture, 43), *entry = find (fixture, 44);
  cse_expect (fixture, 4005, CSE_UPDATE, "CAdmin", list, "\"pc\":{\"m2m:alst\":{}}");
  cse_expect (fixture, 4005, CSE_UPDATE, "CAdmin", entry, "\"pc\":{\"m2m:alpc\":{}}");
  cse_refuse (fixture, 4005, "AEContactListPerCSE", CSE_DELETE, "CAdmin", entry, NULL);
  cse_refuse (fixture, 4005, "AEContactList", CSE_DELETE, "CAdmin", list, NULL);
  expect (fixture, "[\"/mn1/Cone\"]", "1");
}

static void
test_only_an_in_cse_has_a_list (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  notify (fixture, 4103, "/mn1", "\"aerid\":true,\"tid2\":\"/mn1/Cone\"");
}

int
main (int argc, char **argv)
{
  static const char *const middle[] = { "cse.type=mn", NULL };
  g_test_init (&argc, &argv, NULL);
#define ADD_TEST(path, options, func) \
  g_test_add ("/contact-list/" path, CseFixture, options, set_up, func, tear_down)
  ADD_TEST ("references", NULL, test_references_are_kept);
  ADD_TEST ("refused", NULL, test_only_registered_cses_notify);
  ADD_TEST ("own", NULL, test_the_list_is_the_cse_s_own);
  ADD_TEST ("not-in", middle, test_only_an_in_cse_has_a_list);
  return g_test_run ();
}
