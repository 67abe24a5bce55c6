/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cse-fixture.h"

#include <string.h>

#include "gh-cse-private.h"

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

static void
set_options (GhCse *cse, const char *const *options)
{
  g_autoptr (GError) error = NULL;
  g_assert_true (gh_cse_set_option (cse, "plugins", "load", "", &error));
  g_assert_true (gh_cse_set_option (cse, "store", "type", "memory", &error));
  g_assert_true (gh_cse_set_option (cse, "node", "describe", "no", &error));
  for (; options != NULL && *options != NULL; options++)
    {
      g_auto (GStrv) parts = g_strsplit_set (*options, ".=", 3);
      g_assert_true (gh_cse_set_option (cse, parts[0], parts[1], parts[2], &error));
    }
}

void
cse_fixture_set_up_with (CseFixture *fixture, const char *const *options, const CseParts *parts)
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
  fixture->held = FALSE;
  fixture->quiet = FALSE;
  g_mutex_init (&fixture->lock);
  g_cond_init (&fixture->cond);
  fixture->sent = g_ptr_array_new_with_free_func (g_object_unref);
  fixture->arrived = g_array_new (FALSE, FALSE, sizeof (guint));
  fixture->context = g_main_context_new ();
  g_main_context_push_thread_default (fixture->context);
  fixture->cse = gh_cse_new (NULL, TRUE, &error);
  g_assert_no_error (error);
  set_options (fixture->cse, options);
  gh_cse_set_local_identities (fixture->cse, identities);
  if (parts != NULL && parts->clock != NULL)
    gh_cse_set_clock (fixture->cse, parts->clock);
  if (parts != NULL)
    gh_cse_set_store (fixture->cse, parts->store);
  if (parts != NULL)
    gh_cse_set_transport (fixture->cse, parts->transport);
  if (parts != NULL)
    gh_cse_set_host_root (fixture->cse, parts->host_root);
  gh_cse_start_async (fixture->cse, NULL, take_result, &result);
  wait_for (fixture, &result);
  const gboolean started = gh_cse_start_finish (fixture->cse, result, &error);
  g_assert_no_error (error);
  g_assert_true (started);
}

void
cse_fixture_set_up (CseFixture *fixture, const char *const *options)
{
  cse_fixture_set_up_with (fixture, options, NULL);
}

void
cse_fixture_drop (CseFixture *fixture)
{
  g_ptr_array_unref (fixture->sent);
  g_array_unref (fixture->arrived);
  g_mutex_clear (&fixture->lock);
  g_cond_clear (&fixture->cond);
  g_clear_object (&fixture->cse);
  g_main_context_pop_thread_default (fixture->context);
  g_main_context_unref (fixture->context);
}

void
cse_fixture_tear_down (CseFixture *fixture)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  gh_cse_stop_async (fixture->cse, NULL, take_result, &result);
  wait_for (fixture, &result);
  g_assert_true (gh_cse_stop_finish (fixture->cse, result, &error));
  cse_fixture_drop (fixture);
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

static char *
primitive (CseFixture *fixture, gint operation, const char *from, const char *to,
           const char *members)
{
  g_autoptr (GString) json = g_string_new (NULL);
  g_string_append_printf (json, "{\"op\":%d", operation);
  fixture->n++;
  if (members == NULL || !g_str_has_prefix (members, "\"rqi\""))
    g_string_append_printf (json, ",\"rqi\":\"r%u\"", fixture->n);
  const char *content = members != NULL ? strstr (members, "\"pc\"") : NULL;
  const char *release = members != NULL ? strstr (members, "\"rvi\"") : NULL;
  if (release == NULL || (content != NULL && release > content))
    g_string_append (json, ",\"rvi\":\"3\"");
  append_text (json, "to", to);
  append_text (json, "fr", from);
  if (members != NULL)
    g_string_append_printf (json, ",%s", members);
  g_string_append_c (json, '}');
  return g_string_free (g_steal_pointer (&json), FALSE);
}

static CseAnswer
answer_of (CseFixture *fixture, GAsyncResult *result, const char *request)
{
  g_autoptr (GError) error = NULL;
  CseAnswer answer = { 0 };
  g_autofree char *text = gh_cse_request_finish (fixture->cse, result, &error);
  g_assert_no_error (error);
  if (!fixture->quiet)
    g_test_message ("%.300s -> %.300s", request, text);
  answer.root = json_from_string (text, &error);
  g_assert_no_error (error);
  JsonObject *object = json_node_get_object (answer.root);
  answer.rsc = (gint) json_object_get_int_member (object, "rsc");
  if (json_object_has_member (object, "pc")
      && JSON_NODE_HOLDS_OBJECT (json_object_get_member (object, "pc")))
    answer.content = json_object_get_object_member (object, "pc");
  return answer;
}

CseAnswer
cse_request (CseFixture *fixture, gint operation, const char *from, const char *to,
             const char *members)
{
  g_autofree char *json = primitive (fixture, operation, from, to, members);
  g_autoptr (GAsyncResult) result = NULL;
  gh_cse_request_async (fixture->cse, json, NULL, take_result, &result);
  wait_for (fixture, &result);
  return answer_of (fixture, result, json);
}

typedef struct {
  CseFixture *fixture;
  guint place;
} Sent;

static void
take_sent (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Sent *sent = user_data;
  (void) source;
  sent->fixture->sent->pdata[sent->place] = g_object_ref (result);
  g_array_append_val (sent->fixture->arrived, sent->place);
  g_free (sent);
}

guint
cse_send (CseFixture *fixture, gint operation, const char *from, const char *to,
          const char *members)
{
  g_autofree char *json = primitive (fixture, operation, from, to, members);
  Sent *sent = g_new0 (Sent, 1);
  sent->fixture = fixture;
  sent->place = fixture->sent->len;
  g_ptr_array_add (fixture->sent, NULL);
  gh_cse_request_async (fixture->cse, json, NULL, take_sent, sent);
  return sent->place;
}

CseAnswer
cse_take (CseFixture *fixture, guint place)
{
  while (fixture->sent->pdata[place] == NULL)
    g_main_context_iteration (fixture->context, TRUE);
  return answer_of (fixture, fixture->sent->pdata[place], "sent");
}

void
cse_forget_sent (CseFixture *fixture)
{
  g_ptr_array_set_size (fixture->sent, 0);
  g_array_set_size (fixture->arrived, 0);
}

static void
stand_still (GhWriter *writer, gpointer data)
{
  CseFixture *fixture = data;
  (void) writer;
  g_mutex_lock (&fixture->lock);
  fixture->held = TRUE;
  g_cond_broadcast (&fixture->cond);
  while (fixture->held)
    g_cond_wait (&fixture->cond, &fixture->lock);
  g_mutex_unlock (&fixture->lock);
}

void
cse_hold (CseFixture *fixture)
{
  GhIntent *intent = gh_intent_new (GH_INTENT_CALL);
  intent->call = stand_still;
  intent->user_data = fixture;
  g_assert_true (gh_writer_push (fixture->cse->service->writer, intent));
  g_mutex_lock (&fixture->lock);
  while (!fixture->held)
    g_cond_wait (&fixture->cond, &fixture->lock);
  g_mutex_unlock (&fixture->lock);
}

void
cse_release (CseFixture *fixture)
{
  g_mutex_lock (&fixture->lock);
  fixture->held = FALSE;
  g_cond_broadcast (&fixture->cond);
  g_mutex_unlock (&fixture->lock);
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

void
cse_refuse (CseFixture *fixture, gint rsc, const char *reason, gint operation, const char *from,
            const char *to, const char *members)
{
  g_auto (CseAnswer) answer = cse_request (fixture, operation, from, to, members);
  g_assert_cmpint (answer.rsc, ==, rsc);
  g_assert_nonnull (answer.content);
  const char *text = json_object_get_string_member (answer.content, "m2m:dbg");
  if (strstr (text, reason) == NULL)
    g_error ("expected \"%s\" in \"%s\"", reason, text);
}

guint64
cse_counter (CseFixture *fixture, const char *name)
{
  guint64 value = 0;
  g_autoptr (GVariant) status = gh_cse_dup_status (fixture->cse);
  g_autoptr (GVariant) counters = g_variant_lookup_value (status, "counters",
                                                          G_VARIANT_TYPE ("a{st}"));
  g_assert_true (g_variant_lookup (counters, name, "t", &value));
  return value;
}

void
cse_wake (CseFixture *fixture)
{
  gh_writer_wake (fixture->cse->service->writer);
  gh_notifier_wake (fixture->cse->service->notifier);
  gh_pendings_wake (fixture->cse->service->pendings);
}

void
cse_settle (CseFixture *fixture)
{
  gh_writer_wake (fixture->cse->service->writer);
  gh_writer_sync (fixture->cse->service->writer);
}

void
cse_wait_notifications (CseFixture *fixture, guint64 n)
{
  do
    cse_settle (fixture);
  while (cse_counter (fixture, "notifications-waiting") != n);
  cse_settle (fixture);
}

static void
take_row (const GhLedgerRow *row, gpointer user_data)
{
  g_ptr_array_add (user_data,
                   g_strdup_printf ("%s %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT
                                    " %" G_GUINT64_FORMAT,
                                    row->holder, row->has.resources, row->has.octets,
                                    row->has.subscriptions));
}

static gint
compare_rows (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

char *
cse_ledger (CseFixture *fixture)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (g_free);
  gh_ledger_each (gh_writer_get_ledger (fixture->cse->service->writer), take_row, rows);
  g_ptr_array_sort (rows, compare_rows);
  g_ptr_array_add (rows, NULL);
  return g_strjoinv ("\n", (char **) rows->pdata);
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
