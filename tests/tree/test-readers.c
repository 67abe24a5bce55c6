/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cse-fixture.h"
#include "gh-cse-private.h"

#include <string.h>

/*
 * Readers on threads of their own, as those of a transport, against a writer at full speed: what
 * they see is always one moment. TEST_READERS_WRITES in the environment makes the run longer or
 * shorter.
 */
#define WRITES 5000
#define WINDOW 64 /* writes under way */

typedef struct {
  CseFixture *fixture;
  const char *primitive;
  /* judges one answer; the text of what is wrong with it, or NULL. (transfer full) */
  char *(*judge) (JsonObject *response);
  gint *go_on;
  guint n;
  char *wrong;
} Reader;

typedef struct {
  GMutex lock;
  GCond cond;
  char *json;
} Answer;

static void
take_answer (const GhResponse *response, gpointer user_data)
{
  Answer *answer = user_data;
  g_autoptr (GhBuffer) json = gh_response_to_json (response);
  g_mutex_lock (&answer->lock);
  answer->json = g_strndup (json->data, json->length);
  g_cond_signal (&answer->cond);
  g_mutex_unlock (&answer->lock);
}

static JsonNode *
ask (CseFixture *fixture, GhPrincipal *principal, const char *primitive)
{
  GhFault fault = { 0 };
  Answer answer = { 0 };
  g_mutex_init (&answer.lock);
  g_cond_init (&answer.cond);
  GhRequest *request = gh_request_from_json (primitive, strlen (primitive), &fault);
  g_assert_nonnull (request);
  gh_dispatch (fixture->cse->service, request, principal, take_answer, &answer);
  g_mutex_lock (&answer.lock);
  while (answer.json == NULL)
    g_cond_wait (&answer.cond, &answer.lock);
  g_mutex_unlock (&answer.lock);
  JsonNode *root = json_from_string (answer.json, NULL);
  g_mutex_clear (&answer.lock);
  g_cond_clear (&answer.cond);
  g_free (answer.json);
  return root;
}

static gpointer
reader_thread (gpointer data)
{
  Reader *reader = data;
  static const char *const identities[] = { "CDevice", NULL };
  g_autoptr (GhPrincipal) principal = gh_principal_new_local (GH_PROOF_LOCAL, identities);
  while (g_atomic_int_get (reader->go_on) && reader->wrong == NULL)
    {
      g_autoptr (JsonNode) root = ask (reader->fixture, principal, reader->primitive);
      reader->wrong = reader->judge (json_node_get_object (root));
      reader->n++;
    }
  return NULL;
}

static char *
say (JsonObject *response, const char *what)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), response);
  g_autofree char *text = json_to_string (node, FALSE);
  return g_strdup_printf ("%s: %s", what, text);
}

static JsonObject *
content_of (JsonObject *response, const char *root)
{
  if (json_object_get_int_member (response, "rsc") != 2000)
    return NULL;
  return json_object_get_object_member (json_object_get_object_member (response, "pc"), root);
}

/* cni and cbs are those of the children that came with them. */
static char *
judge_children (JsonObject *response)
{
  JsonObject *container = content_of (response, "m2m:cnt");
  if (container == NULL)
    return say (response, "no container");
  gint64 bytes = 0, n = 0;
  const char *id = json_object_get_string_member (container, "ri");
  if (json_object_has_member (container, "m2m:cin"))
    {
      JsonArray *children = json_object_get_array_member (container, "m2m:cin");
      n = json_array_get_length (children);
      for (guint i = 0; i < n; i++)
        {
          JsonObject *child = json_array_get_object_element (children, i);
          bytes += json_object_get_int_member (child, "cs");
          if (strcmp (json_object_get_string_member (child, "pi"), id) != 0)
            return say (response, "a child of another parent");
        }
    }
  if (json_object_get_int_member (container, "cni") != n)
    return say (response, "a count that is not that of the children");
  if (json_object_get_int_member (container, "cbs") != bytes)
    return say (response, "a size that is not that of the children");
  return NULL;
}

static char *
judge_latest (JsonObject *response)
{
  JsonObject *instance = content_of (response, "m2m:cin");
  if (instance == NULL)
    return say (response, "no latest");
  /* the name of the parent is the content */
  if (strcmp (json_object_get_string_member (instance, "con"),
              json_object_get_string_member (instance, "pi"))
      != 0)
    return say (response, "an instance of another parent");
  return NULL;
}

/* Both containers get a child, or lose all, in the same batch. */
static char *
judge_twins (JsonObject *response)
{
  JsonObject *twins = content_of (response, "m2m:cnt");
  if (twins == NULL)
    return say (response, "no container");
  if (!json_object_has_member (twins, "m2m:cnt"))
    return NULL;
  JsonArray *children = json_object_get_array_member (twins, "m2m:cnt");
  return json_array_get_length (children) % 2 == 0 ? NULL
                                                   : say (response, "half of a batch was seen");
}

static void
set_up (CseFixture *fixture, gconstpointer data)
{
  cse_fixture_set_up (fixture, data);
  g_free (cse_create (
    fixture, "CDevice", "gatehouse", 2,
    "{\"m2m:ae\":{\"rn\":\"device\",\"api\":\"Ndevice\",\"rr\":true,\"srv\":[\"3\"]}}"));
}

static void
tear_down (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  cse_fixture_tear_down (fixture);
}

static guint
n_writes (void)
{
  const char *text = g_getenv ("TEST_READERS_WRITES");
  return text != NULL ? (guint) g_ascii_strtoull (text, NULL, 10) : WRITES;
}

static void
run_readers (Reader *readers, guint n, void (*write) (CseFixture *, guint), guint writes)
{
  GThread *threads[4];
  gint go_on = TRUE;
  CseFixture *fixture = readers[0].fixture;
  for (guint i = 0; i < n; i++)
    {
      readers[i].go_on = &go_on;
      threads[i] = g_thread_new ("reader", reader_thread, &readers[i]);
    }
  for (guint i = 0; i < writes; i++)
    {
      write (fixture, i);
      if (fixture->sent->len < WINDOW)
        continue;
      for (guint k = 0; k < fixture->sent->len; k++)
        {
          g_auto (CseAnswer) answer = cse_take (fixture, k);
          g_assert_cmpint (answer.rsc / 1000, ==, 2);
        }
      cse_forget_sent (fixture);
    }
  for (guint k = 0; k < fixture->sent->len; k++)
    {
      g_auto (CseAnswer) answer = cse_take (fixture, k);
      g_assert_cmpint (answer.rsc / 1000, ==, 2);
    }
  cse_forget_sent (fixture);
  g_atomic_int_set (&go_on, FALSE);
  for (guint i = 0; i < n; i++)
    {
      g_thread_join (threads[i]);
      g_test_message ("reader %u: %u answers", i, readers[i].n);
      g_assert_cmpstr (readers[i].wrong, ==, NULL);
      g_assert_cmpuint (readers[i].n, >, 0);
    }
}

/* Each reader has an identifier of its own: they are one originator. */
#define READ(id, to, more) \
  "{\"op\":2,\"rqi\":\"" id "\",\"rvi\":\"3\",\"fr\":\"CDevice\",\"to\":\"" to "\"" more "}"

static void
create_in_both (CseFixture *fixture, guint i)
{
  const char *to = i % 2 == 0 ? "gatehouse/device/many" : "gatehouse/device/one";
  const char *id = i % 2 == 0 ? "cnt-3" : "cnt-4";
  g_autofree char *members = g_strdup_printf ("\"ty\":4,\"pc\":{\"m2m:cin\":{\"con\":\"%s\"}}", id);
  cse_send (fixture, CSE_CREATE, "CDevice", to, members);
}

static void
make_both (CseFixture *fixture)
{
  g_autofree char *many = cse_create (fixture, "CDevice", "CDevice", 3,
                                      "{\"m2m:cnt\":{\"rn\":\"many\",\"mni\":50}}");
  g_autofree char *one = cse_create (fixture, "CDevice", "CDevice", 3,
                                     "{\"m2m:cnt\":{\"rn\":\"one\",\"mni\":1}}");
  g_assert_cmpstr (many, ==, "cnt-3");
  g_assert_cmpstr (one, ==, "cnt-4");
  for (guint i = 0; i < 2; i++)
    {
      create_in_both (fixture, i);
      g_auto (CseAnswer) answer = cse_take (fixture, i);
      g_assert_cmpint (answer.rsc, ==, 2001);
    }
  cse_forget_sent (fixture);
}

static void
test_counts_and_latest_are_of_one_moment (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  make_both (fixture);
  Reader readers[] = {
    { .fixture = fixture,
      .primitive = READ ("reader-1", "gatehouse/device/many", ",\"rcn\":4"),
      .judge = judge_children },
    { .fixture = fixture,
      .primitive = READ ("reader-2", "gatehouse/device/one/la", ""),
      .judge = judge_latest },
    { .fixture = fixture,
      .primitive = READ ("reader-3", "gatehouse/device/many/ol", ""),
      .judge = judge_latest },
  };
  run_readers (readers, G_N_ELEMENTS (readers), create_in_both, n_writes ());
}

/* Creates, and deletes from both ends and the middle; at least a few are always there. */
static void
create_and_delete (CseFixture *fixture, guint i)
{
  static const char create[] = "\"ty\":4,\"pc\":{\"m2m:cin\":{\"con\":\"cnt-3\"}}";
  switch (i % 8)
    {
    case 3:
      cse_send (fixture, CSE_DELETE, "CDevice", "gatehouse/device/many/la", NULL);
      break;
    case 5:
      cse_send (fixture, CSE_DELETE, "CDevice", "gatehouse/device/many/ol", NULL);
      break;
    case 6:
      cse_send (fixture, CSE_CREATE, "CDevice", "gatehouse/device/many",
                "\"ty\":4,\"pc\":{\"m2m:cin\":{\"rn\":\"mid\",\"con\":\"cnt-3\"}}");
      break;
    case 2:
      if (i > 8)
        {
          cse_send (fixture, CSE_DELETE, "CDevice", "gatehouse/device/many/mid", NULL);
          break;
        }
      /* fall through */
    default:
      cse_send (fixture, CSE_CREATE, "CDevice", "gatehouse/device/many", create);
      break;
    }
}

static void
test_deletes_at_the_ends_and_in_the_middle (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  make_both (fixture);
  Reader readers[] = {
    { .fixture = fixture,
      .primitive = READ ("reader-4", "gatehouse/device/many", ",\"rcn\":4"),
      .judge = judge_children },
    { .fixture = fixture,
      .primitive = READ ("reader-5", "gatehouse/device/many/la", ""),
      .judge = judge_latest },
    { .fixture = fixture,
      .primitive = READ ("reader-6", "gatehouse/device/many/ol", ""),
      .judge = judge_latest },
  };
  run_readers (readers, G_N_ELEMENTS (readers), create_and_delete, n_writes () / 2);
}

/* Pairs of containers come and go, each pair in one batch. */
static void
write_pairs (CseFixture *fixture, guint i)
{
  const gboolean create = i % 2 == 0;
  cse_hold (fixture);
  for (guint k = 0; k < 2; k++)
    {
      g_autofree char *content = g_strdup_printf (
        "\"ty\":3,\"pc\":{\"m2m:cnt\":{\"rn\":\"pair-%u\"}}", k);
      g_autofree char *to = g_strdup_printf ("gatehouse/device/twins/pair-%u", k);
      if (create)
        cse_send (fixture, CSE_CREATE, "CDevice", "gatehouse/device/twins", content);
      else
        cse_send (fixture, CSE_DELETE, "CDevice", to, NULL);
    }
  cse_release (fixture);
  for (guint k = 0; k < 2; k++)
    {
      g_auto (CseAnswer) answer = cse_take (fixture, k);
      g_assert_cmpint (answer.rsc, ==, create ? 2001 : 2002);
    }
  cse_forget_sent (fixture);
}

typedef struct {
  CseFixture *fixture;
  gint *go_on;
  guint n, halves;
} Looker;

/* The same in one read section, without a store. */
static gpointer
look_thread (gpointer data)
{
  Looker *looker = data;
  while (g_atomic_int_get (looker->go_on))
    {
      GhNode twins, one, other;
      GhView view = gh_view_begin (looker->fixture->cse->tree);
      const gboolean there = gh_view_find (&view, "cnt-3", &twins);
      const gboolean first = there && gh_view_child (&view, twins.slot, "pair-0", &one);
      const gboolean second = there && gh_view_child (&view, twins.slot, "pair-1", &other);
      gh_view_end (&view);
      looker->halves += first != second || !there;
      looker->n++;
    }
  return NULL;
}

static void
test_batches_are_seen_whole (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (cse_create (fixture, "CDevice", "CDevice", 3, "{\"m2m:cnt\":{\"rn\":\"twins\"}}"));
  gint go_on = TRUE;
  Looker looker = { .fixture = fixture, .go_on = &go_on };
  GThread *thread = g_thread_new ("looker", look_thread, &looker);
  for (guint i = 0; i < n_writes () / 20; i++)
    write_pairs (fixture, i);
  g_atomic_int_set (&go_on, FALSE);
  g_thread_join (thread);
  g_test_message ("%u looks", looker.n);
  g_assert_cmpuint (looker.halves, ==, 0);
  g_assert_cmpuint (looker.n, >, 0);
}

/* A walk over children takes one read section each, and may see a pair half; the writer that holds
 * still between batches makes it whole again. */
static void
test_children_are_whole_when_nothing_is_written (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (cse_create (fixture, "CDevice", "CDevice", 3, "{\"m2m:cnt\":{\"rn\":\"twins\"}}"));
  for (guint i = 0; i < 51; i++)
    {
      write_pairs (fixture, i);
      g_auto (CseAnswer) answer = cse_request (fixture, CSE_RETRIEVE, "CDevice",
                                               "gatehouse/device/twins", "\"rcn\":4");
      g_autofree char *wrong = judge_twins (json_node_get_object (answer.root));
      g_assert_cmpstr (wrong, ==, NULL);
    }
}

static void
add (const char *path, const char *const *options, void (*test) (CseFixture *, gconstpointer))
{
  g_test_add (path, CseFixture, options, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  static const char *const uncached[] = { "limits.instance-cache=0", NULL };
  static const char *const small[] = { "limits.instance-cache=4096", NULL };
  g_test_init (&argc, &argv, NULL);
  add ("/readers/counts-and-latest-are-of-one-moment", NULL,
       test_counts_and_latest_are_of_one_moment);
  add ("/readers/counts-and-latest-without-a-cache", uncached,
       test_counts_and_latest_are_of_one_moment);
  add ("/readers/deletes-at-the-ends-and-in-the-middle", small,
       test_deletes_at_the_ends_and_in_the_middle);
  add ("/readers/deletes-without-a-cache", uncached, test_deletes_at_the_ends_and_in_the_middle);
  add ("/readers/batches-are-seen-whole", NULL, test_batches_are_seen_whole);
  add ("/readers/children-are-whole-when-nothing-is-written", NULL,
       test_children_are_whole_when_nothing_is_written);
  return g_test_run ();
}
