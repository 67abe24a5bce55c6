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

static void
wait_for (CseFixture *fixture, GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (fixture->context, TRUE);
}

void
cse_fixture_set_up (CseFixture *fixture, const char *const *options)
{
  static const char *const identities[] = { "CAdmin",
                                            "COther",
                                            "CThird",
                                            "CDevice",
                                            "C",
                                            "S",
                                            "/gatehouse/CDevice",
                                            "//localhost/gatehouse/CDevice",
                                            NULL };
  GError *error = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  fixture->n = 0;
  fixture->context = g_main_context_new ();
  g_main_context_push_thread_default (fixture->context);
  fixture->cse = gh_cse_new (NULL, TRUE, &error);
  g_assert_no_error (error);
  g_assert_true (gh_cse_set_option (fixture->cse, "plugins", "load", "", &error));
  g_assert_true (gh_cse_set_option (fixture->cse, "store", "type", "memory", &error));
  for (; options != NULL && *options != NULL; options++)
    {
      g_auto (GStrv) parts = g_strsplit_set (*options, ".=", 3);
      g_assert_true (gh_cse_set_option (fixture->cse, parts[0], parts[1], parts[2], &error));
    }
  gh_cse_set_local_identities (fixture->cse, identities);
  gh_cse_start_async (fixture->cse, NULL, take_result, &result);
  wait_for (fixture, &result);
  g_assert_true (gh_cse_start_finish (fixture->cse, result, &error));
  g_assert_no_error (error);
}

void
cse_fixture_tear_down (CseFixture *fixture)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  gh_cse_stop_async (fixture->cse, NULL, take_result, &result);
  wait_for (fixture, &result);
  g_assert_true (gh_cse_stop_finish (fixture->cse, result, &error));
  g_clear_object (&fixture->cse);
  g_main_context_pop_thread_default (fixture->context);
  g_main_context_unref (fixture->context);
}

static void
append_text (GString *json, const char *name, const char *value)
{
  if (value == NULL)
    return;
  g_autoptr (JsonNode) node = json_node_init_string (json_node_alloc (), value);
  g_autofree char *quoted = json_to_string (node, FALSE);
  g_string_append_printf (json, ",\"%s\":%s", name, quoted);
}

CseAnswer
cse_request (CseFixture *fixture, gint operation, const char *from, const char *to,
             const char *members)
{
  g_autoptr (GString) json = g_string_new (NULL);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  CseAnswer answer = { 0 };

  g_string_append_printf (json, "{\"op\":%d,\"rqi\":\"r%u\",\"rvi\":\"3\"", operation,
                          ++fixture->n);
  append_text (json, "to", to);
  append_text (json, "fr", from);
  if (members != NULL)
    g_string_append_printf (json, ",%s", members);
  g_string_append_c (json, '}');
  gh_cse_request_async (fixture->cse, json->str, NULL, take_result, &result);
  wait_for (fixture, &result);
  g_autofree char *text = gh_cse_request_finish (fixture->cse, result, &error);
  g_assert_no_error (error);
  g_test_message ("%.300s -> %.300s", json->str, text);
  answer.root = json_from_string (text, &error);
  g_assert_no_error (error);
  JsonObject *object = json_node_get_object (answer.root);
  answer.rsc = (gint) json_object_get_int_member (object, "rsc");
  if (json_object_has_member (object, "pc")
      && JSON_NODE_HOLDS_OBJECT (json_object_get_member (object, "pc")))
    answer.content = json_object_get_object_member (object, "pc");
  return answer;
}

void
cse_answer_clear (CseAnswer *answer)
{
  g_clear_pointer (&answer->root, json_node_unref);
}

void
cse_expect (CseFixture *fixture, gint rsc, gint operation, const char *from, const char *to,
            const char *members)
{
  g_auto (CseAnswer) answer = cse_request (fixture, operation, from, to, members);
  g_assert_cmpint (answer.rsc, ==, rsc);
}

JsonNode *
cse_member (const CseAnswer *answer, const char *name)
{
  g_assert_nonnull (answer->content);
  g_autoptr (GList) roots = json_object_get_values (answer->content);
  g_assert_nonnull (roots);
  JsonObject *resource = json_node_get_object (roots->data);
  return json_object_get_member (resource, name);
}

char *
cse_create (CseFixture *fixture, const char *from, const char *to, gint type, const char *content)
{
  g_autofree char *members = g_strdup_printf ("\"ty\":%d,\"pc\":%s", type, content);
  g_auto (CseAnswer) answer = cse_request (fixture, CSE_CREATE, from, to, members);
  g_assert_cmpint (answer.rsc, ==, 2001);
  return g_strdup (json_node_get_string (cse_member (&answer, "ri")));
}

char *
cse_attribute (CseFixture *fixture, const char *from, const char *to, const char *name)
{
  g_auto (CseAnswer) answer = cse_request (fixture, CSE_RETRIEVE, from, to, NULL);
  g_assert_cmpint (answer.rsc, ==, 2000);
  JsonNode *member = cse_member (&answer, name);
  if (member == NULL)
    return NULL;
  if (JSON_NODE_HOLDS_VALUE (member) && json_node_get_value_type (member) == G_TYPE_STRING)
    return json_node_dup_string (member);
  return json_to_string (member, FALSE);
}
