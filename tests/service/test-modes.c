/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "modes-fixture.h"
#include "fake-transport.h"
#include "faulty-store.h"
#include "gh-cse-private.h"
#include "security/gh-security.h"
#include "service/gh-exchange.h"
#include "service/gh-request-resource.h"

#include <string.h>

static void
test_synchronous (ModesFixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *uri = modes_ask (
    fixture, 1001, CSE_UPDATE, "\"rqi\":\"once\",\"rt\":{\"rtv\":1},\"vsi\":\"v\",\"ec\":3," LABEL);
  JsonObject *result = modes_result_of (fixture, uri, GH_REQUEST_COMPLETED, 2004);
  g_assert_cmpstr (json_object_get_string_member (result, "rqi"), ==, "once");
  g_assert_cmpint (json_object_get_int_member (result, "ec"), ==, 3);
  g_assert_true (json_object_has_member (json_object_get_object_member (result, "pc"), "m2m:cnt"));
  json_object_unref (result);
  g_assert_true (modes_has_label (fixture));
  g_auto (CseAnswer) answer = modes_look (fixture, uri);
  g_assert_cmpint (json_node_get_int (cse_member (&answer, "op")), ==, 3);
  g_assert_cmpstr (json_node_get_string (cse_member (&answer, "tg")), ==, LOAD);
  g_assert_cmpstr (json_node_get_string (cse_member (&answer, "org")), ==, "CDevice");
  g_assert_cmpstr (json_node_get_string (cse_member (&answer, "rid")), ==, "once");
  JsonObject *meta = json_node_get_object (cse_member (&answer, "mi"));
  g_assert_cmpstr (json_object_get_string_member (meta, "vsi"), ==, "v");
  g_assert_cmpstr (json_object_get_string_member (meta, "rvi"), ==, "3");
  g_assert_true (JSON_NODE_HOLDS_OBJECT (cse_member (&answer, "pc")));
}

static void
test_each_operation (ModesFixture *fixture, gconstpointer data)
{
  (void) data;
  static const struct {
    gint operation;
    const char *members;
    gint rsc, status;
  } operations[] = {
    { CSE_CREATE, "\"rt\":{\"rtv\":1},\"ty\":4,\"pc\":{\"m2m:cin\":{\"con\":\"1\"}}", 2001, 1 },
    { CSE_CREATE, "\"rt\":{\"rtv\":1},\"ty\":3,\"rcn\":2,\"pc\":{\"m2m:cnt\":{\"rn\":\"b\"}}", 2001,
      1 },
    { CSE_CREATE, "\"rt\":{\"rtv\":1},\"ty\":3,\"pc\":{\"m2m:cnt\":{\"rn\":\"b\"}}", 4105, 2 },
    { CSE_RETRIEVE, "\"rt\":{\"rtv\":1}", 2000, 1 },
    { CSE_RETRIEVE, "\"rt\":{\"rtv\":1},\"rcn\":4", 2000, 1 },
    { CSE_RETRIEVE, "\"rt\":{\"rtv\":1},\"fc\":{\"fu\":1,\"ty\":[4],\"lbl\":[\"a\"]}", 2000, 1 },
    { CSE_NOTIFY, "\"rt\":{\"rtv\":1},\"pc\":{\"m2m:sgn\":{}}", 4005, 2 },
    { CSE_UPDATE, "\"rt\":{\"rtv\":1},\"pc\":{\"m2m:cnt\":{\"st\":1}}", 4000, 2 },
    { CSE_DELETE, "\"rt\":{\"rtv\":1}", 2002, 1 },
    { CSE_DELETE, "\"rt\":{\"rtv\":1}", 4004, 2 },
  };
  for (guint i = 0; i < G_N_ELEMENTS (operations); i++)
    {
      g_autofree char *uri = modes_ask (fixture, 1001, operations[i].operation,
                                        operations[i].members);
      modes_expect_result (fixture, uri, operations[i].status, operations[i].rsc);
    }
  modes_restart (fixture);
  g_auto (CseAnswer) answer = cse_request (&fixture->cse, CSE_RETRIEVE, "CAdmin", "gatehouse",
                                           "\"rcn\":6,\"fc\":{\"ty\":[17]}");
  g_assert_cmpint (answer.rsc, ==, 2000);
  g_assert_cmpuint (gh_requests_count (fixture->cse.cse->service->requests), ==,
                    G_N_ELEMENTS (operations));
}

static void
test_only_the_originator (ModesFixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (cse_create (&fixture->cse, "COther", "gatehouse", 2,
                      "{\"m2m:ae\":{\"api\":\"Nother\",\"rr\":true,\"srv\":[\"3\"]}}"));
  g_autofree char *uri = modes_ask (fixture, 1001, CSE_UPDATE, "\"rt\":{\"rtv\":1}," LABEL);
  modes_wait_until_over (fixture, uri);
  cse_expect (&fixture->cse, 4103, CSE_RETRIEVE, "COther", uri, NULL);
  cse_expect (&fixture->cse, 4103, CSE_DELETE, "COther", uri, NULL);
  cse_refuse (&fixture->cse, 4000, "rs", CSE_UPDATE, "CDevice", uri,
              "\"pc\":{\"m2m:req\":{\"rs\":1}}");
  cse_refuse (&fixture->cse, 4005, "request", CSE_CREATE, "CDevice", "gatehouse",
              "\"ty\":17,\"pc\":{\"m2m:req\":{}}");
  static const char *const types[] = { "\"rt\":{\"rtv\":1}", "\"rt\":{\"rtv\":2}" };
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    cse_refuse (&fixture->cse, 4000, "7.4.12.2", CSE_RETRIEVE, "CDevice", uri, types[i]);
  cse_expect (&fixture->cse, 2000, CSE_RETRIEVE, "CDevice", uri, "\"rt\":{\"rtv\":4}");
  cse_expect (&fixture->cse, 2002, CSE_DELETE, "CDevice", uri, NULL);
  cse_expect (&fixture->cse, 4004, CSE_RETRIEVE, "CDevice", uri, NULL);
}

static void
test_asynchronous (ModesFixture *fixture, gconstpointer data)
{
  (void) data;
  /* absent: its originator; none; several */
  g_autofree char *own = modes_ask (fixture, 1002, CSE_UPDATE,
                                    "\"rqi\":\"a1\",\"rt\":{\"rtv\":2}," LABEL);
  modes_expect_told ("fake://device/", "\"rqi\":\"a1\"");
  g_autofree char *none = modes_ask (fixture, 1002, CSE_UPDATE,
                                     "\"rt\":{\"rtv\":2,\"nu\":[]}," LABEL);
  modes_expect_result (fixture, none, GH_REQUEST_COMPLETED, 2004);
  g_autofree char *several = modes_ask (
    fixture, 1002, CSE_RETRIEVE,
    "\"rqi\":\"a3\",\"rt\":{\"rtv\":2,\"nu\":[\"fake://one/\",\"CDevice\"]}");
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (FakeDelivery) delivery = fake_transport_take ();
      g_assert_true (strcmp (delivery->url, "fake://one/") == 0
                     || strcmp (delivery->url, "fake://device/") == 0);
      g_assert_nonnull (strstr (delivery->body, "\"pc\":{\"m2m:cnt\":"));
      g_assert_nonnull (strstr (delivery->body, "\"rvi\":\"3\""));
    }
  g_autofree char *refused = modes_ask (
    fixture, 1002, CSE_UPDATE,
    "\"rt\":{\"rtv\":2,\"nu\":[\"fake://one/\"]},\"pc\":{\"m2m:cnt\":{\"st\":1}}");
  modes_expect_told ("fake://one/", "\"rsc\":4000");
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

/* Else the CSE would say for one what it may not say itself. */
static void
test_results_are_told_to_whom_one_may_tell (ModesFixture *fixture, gconstpointer data)
{
  (void) data;
  static const char *const forbidden[] = { "CVictim", "gatehouse/victim", "CNobody", "1" };
  g_free (cse_create (&fixture->cse, "CAdmin", "gatehouse", 1,
                      "{\"m2m:acp\":{\"rn\":\"heard\",\"pv\":{\"acr\":[{\"acor\":[\"CDevice\"],"
                      "\"acop\":16}]},\"pvs\":{\"acr\":[{\"acor\":[\"CAdmin\"],\"acop\":63}]}}}"));
  g_free (cse_create (&fixture->cse, "CVictim", "gatehouse", 2,
                      "{\"m2m:ae\":{\"rn\":\"victim\",\"api\":\"Nvictim\",\"rr\":true,"
                      "\"srv\":[\"3\"],\"poa\":[\"fake://victim/\"]}}"));
  for (guint i = 0; i < G_N_ELEMENTS (forbidden); i++)
    for (guint type = 2; type <= 4; type += 2)
      {
        g_autofree char *mode = g_strdup_printf (
          "\"rt\":{\"rtv\":%u,\"nu\":[\"CDevice\",\"%s\"]}," LABEL, type, forbidden[i]);
        cse_expect (&fixture->cse, 4103, CSE_UPDATE, "CDevice", LOAD, mode);
      }
  g_assert_false (modes_has_label (fixture));
  g_assert_cmpuint (fake_transport_count (), ==, 0);
  g_assert_cmpuint (gh_requests_count (fixture->cse.cse->service->requests), ==, 0);
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CAdmin", "CVictim",
              "\"pc\":{\"m2m:ae\":{\"acpi\":[\"gatehouse/heard\"]}}");
  g_autofree char *other = modes_ask (fixture, 1002, CSE_UPDATE,
                                      "\"rt\":{\"rtv\":2,\"nu\":[\"gatehouse/victim\"]}," LABEL);
  modes_expect_told ("fake://victim/", "\"rsc\":2004");
  g_autofree char *own = modes_ask (fixture, 1002, CSE_UPDATE,
                                    "\"rt\":{\"rtv\":2,\"nu\":[\"gatehouse/device\"]}," LABEL);
  modes_expect_told ("fake://device/", "\"rsc\":2004");
}

static void
test_results_are_told_until_they_arrive (ModesFixture *fixture, gconstpointer data)
{
  (void) data;
  fake_transport_answer ("fake://one/", GH_DELIVERY_UNREACHABLE, 0);
  g_autofree char *uri = modes_ask (fixture, 1002, CSE_UPDATE,
                                    "\"rt\":{\"rtv\":2,\"nu\":[\"fake://one/\"]}," LABEL);
  modes_expect_told ("fake://one/", "\"rsc\":2004");
  modes_restart (fixture);
  fake_transport_answer ("fake://one/", GH_DELIVERY_DONE, 2000);
  modes_expect_told ("fake://one/", "\"rsc\":2004");
  modes_expect_result (fixture, uri, GH_REQUEST_COMPLETED, 2004);
}

static void
test_flexible (ModesFixture *fixture, gconstpointer data)
{
  (void) data;
  g_auto (CseAnswer) fast = cse_request (&fixture->cse, CSE_UPDATE, "CDevice", LOAD,
                                         "\"rt\":{\"rtv\":4}," LABEL);
  g_assert_cmpint (fast.rsc, ==, 2004);
  /* what lasts is acknowledged: an AE that does not answer the NOTIFY in time */
  static const struct {
    const char *members;
    gint rsc;
  } kinds[] = {
    { "\"rt\":{\"rtv\":4},\"pc\":{\"m2m:sgn\":{}}", 1001 },
    { "\"rt\":{\"rtv\":4,\"nu\":[]},\"pc\":{\"m2m:sgn\":{}}", 1001 },
    { "\"rt\":{\"rtv\":4,\"nu\":[\"fake://one/\"]},\"pc\":{\"m2m:sgn\":{}}", 1002 },
  };
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      fake_transport_hold ("fake://device/");
      const guint place = cse_send (&fixture->cse, CSE_NOTIFY, "CDevice", "CDevice",
                                    kinds[i].members);
      g_autoptr (FakeDelivery) delivery = fake_transport_take ();
      modes_advance (fixture, 3);
      g_auto (CseAnswer) answer = cse_take (&fixture->cse, place);
      g_autofree char *uri = modes_acknowledged (&answer, kinds[i].rsc);
      g_assert_cmpint (modes_status_of (fixture, uri), ==, GH_REQUEST_PENDING);
      cse_refuse (&fixture->cse, 5220, "way", CSE_DELETE, "CDevice", uri, NULL);
      fake_transport_release ();
      modes_expect_result (fixture, uri, GH_REQUEST_COMPLETED, 2000);
      if (kinds[i].rsc == 1002)
        modes_expect_told ("fake://one/", "\"rsc\":2000");
    }
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

static void
test_no_response (ModesFixture *fixture, gconstpointer data)
{
  (void) data;
  g_auto (CseAnswer) answer = cse_request (&fixture->cse, CSE_UPDATE, "CDevice", LOAD,
                                           "\"rt\":{\"rtv\":5}," LABEL);
  g_assert_cmpint (answer.rsc, ==, 1000);
  g_assert_null (answer.content);
  cse_settle (&fixture->cse);
  g_assert_true (modes_has_label (fixture));
  cse_expect (&fixture->cse, 1000, CSE_UPDATE, "CDevice", LOAD,
              "\"rt\":{\"rtv\":5},\"pc\":{\"m2m:cnt\":{\"st\":1}}");
  cse_expect (&fixture->cse, 4106, CSE_UPDATE, "CNobody", LOAD, "\"rt\":{\"rtv\":5}," LABEL);
  g_assert_cmpuint (gh_requests_count (fixture->cse.cse->service->requests), ==, 0);
}

static void
test_execution_time (ModesFixture *fixture, gconstpointer data)
{
  (void) data;
  /* blocking: ten seconds from now */
  const guint place = cse_send (&fixture->cse, CSE_UPDATE, "CDevice", LOAD,
                                "\"oet\":\"10000\"," LABEL);
  g_assert_false (modes_has_label (fixture));
  g_assert_cmpuint (gh_pendings_count (fixture->cse.cse->service->pendings), ==, 1);
  modes_advance (fixture, 10);
  g_auto (CseAnswer) answer = cse_take (&fixture->cse, place);
  g_assert_cmpint (answer.rsc, ==, 2004);
  g_assert_true (modes_has_label (fixture));
  /* non-blocking: an hour */
  g_autofree char *uri = modes_ask (fixture, 1001, CSE_DELETE,
                                    "\"rt\":{\"rtv\":4},\"oet\":\"20270115T090010\"");
  g_assert_cmpint (modes_status_of (fixture, uri), ==, GH_REQUEST_PENDING);
  modes_advance (fixture, 3599);
  g_assert_cmpint (modes_status_of (fixture, uri), ==, GH_REQUEST_PENDING);
  cse_expect (&fixture->cse, 2000, CSE_RETRIEVE, "CDevice", LOAD, NULL);
  modes_advance (fixture, 1);
  modes_expect_result (fixture, uri, GH_REQUEST_COMPLETED, 2002);
  /* one that has passed is now */
  cse_expect (&fixture->cse, 2000, CSE_RETRIEVE, "CDevice", "CDevice",
              "\"oet\":\"20260101T000000\"");
}

/* What a credential is called that has the identities CDevice and COther. */
static GhCredential *
add_credential (GhVault *vault)
{
  static const char *const identities[] = { "CDevice", "COther", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GhSecret) secret = gh_secret_new_random (32, &error);
  const GhVaultDraft draft = { .kind = GH_CREDENTIAL_PSK,
                               .subject = "device@example.org",
                               .identities = identities,
                               .secret = secret };
  GhCredential *credential = gh_vault_add (vault, &draft, &error);
  g_assert_no_error (error);
  return credential;
}

static void
keep_status (const GhResponse *response, gpointer user_data)
{
  g_async_queue_push (user_data, GUINT_TO_POINTER (response->status));
}

static void
test_what_was_taken_away_proves_nothing (ModesFixture *fixture, gconstpointer data)
{
  static const char later[] = "{\"op\":3,\"to\":\"" LOAD "\",\"fr\":\"CDevice\",\"rqi\":\"later\","
                              "\"rvi\":\"3\",\"oet\":\"10000\"," LABEL "}";
  static const char *const left[] = { "COther", NULL };
  const GhVaultChange change = { .identities = left };
  GhSecurity *security = fixture->cse.cse->service->security;
  GhVault *vault = gh_security_get_vault (security);
  g_autoptr (GhCredential) credential = add_credential (vault);
  g_autoptr (GError) error = NULL;
  GhFault fault = { 0 };
  g_autoptr (GAsyncQueue) answers = g_async_queue_new ();
  (void) data;
  const GhRecall recall = { .proof = GH_PROOF_PSK,
                            .credential = credential->number,
                            .generation = credential->generation };
  g_autoptr (GhPrincipal) before = gh_security_recall (security, &recall, &fault);
  g_assert_nonnull (before);
  GhRequest *request = gh_request_from_json (later, sizeof later - 1, &fault);
  g_assert_nonnull (request);
  gh_dispatch (fixture->cse.cse->service, request, before, keep_status, answers);
  /* CDevice is somebody else now */
  g_assert_true (gh_vault_change (vault, credential->number, &change, &error));
  g_assert_no_error (error);
  modes_advance (fixture, 10);
  g_assert_cmpuint (GPOINTER_TO_UINT (g_async_queue_pop (answers)), ==, 4106);
  g_assert_false (modes_has_label (fixture));
}

static void
test_execution_time_refusals (ModesFixture *fixture, gconstpointer data)
{
  (void) data;
  static const struct {
    const char *members;
    gint rsc;
    const char *reason;
  } refusals[] = {
    { "\"oet\":\"soon\"", 4000, "oet" },
    { "\"oet\":\"31000\"", 5207, "OET" },
    { "\"rt\":{\"rtv\":1},\"oet\":\"99990101T000000\"", 5207, "OET" },
    { "\"oet\":\"5000\",\"rqet\":\"5000\"", 4008, "OET" },
    { "\"rt\":{\"rtv\":1},\"oet\":\"5000\",\"rset\":\"4000\"", 4008, "OET" },
    { "\"rt\":{\"rtv\":1},\"rp\":\"99990101T000000\"", 5207, "rp" },
    { "\"rt\":{\"rtv\":1},\"rp\":\"P1Y\"", 4000, "rp" },
    { "\"rt\":{\"rtv\":1,\"nu\":[\"fake://one/\"]}", 4000, "RTU" },
    { "\"rt\":{\"rtv\":3,\"nu\":[\"fake://one/\"]}", 4000, "RTU" },
    { "\"rt\":{\"rtv\":2,\"nu\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\","
      "\"11\",\"12\",\"13\",\"14\",\"15\",\"16\",\"17\"]}",
      4000, "RTU" },
    { "\"rt\":{\"rtv\":6}", 4000, "rt" },
    { "\"ec\":7", 4000, "EC" },
    { "\"ec\":1000", 4000, "EC" },
    { "\"rqet\":\"0\"", 4008, "RQET" },
    { "\"rset\":\"0\"", 4008, "RSET" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    cse_refuse (&fixture->cse, refusals[i].rsc, refusals[i].reason, CSE_RETRIEVE, "CDevice", LOAD,
                refusals[i].members);
  cse_refuse (&fixture->cse, 4000, "a registration is blocking", CSE_CREATE, "C", "gatehouse",
              "\"rt\":{\"rtv\":1},\"ty\":2,"
              "\"pc\":{\"m2m:ae\":{\"api\":\"Nx\",\"rr\":true,\"srv\":[\"3\"]}}");
  g_assert_cmpuint (gh_requests_count (fixture->cse.cse->service->requests), ==, 0);
}

static void
test_what_waits_can_be_taken_back (ModesFixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *uri = modes_ask (fixture, 1001, CSE_UPDATE,
                                    "\"rqi\":\"back\",\"rt\":{\"rtv\":1},\"oet\":\"10000\"," LABEL);
  cse_refuse (&fixture->cse, 4105, "pending", CSE_RETRIEVE, "CDevice", LOAD, "\"rqi\":\"back\"");
  cse_expect (&fixture->cse, 2002, CSE_DELETE, "CDevice", uri, NULL);
  g_assert_cmpuint (gh_pendings_count (fixture->cse.cse->service->pendings), ==, 0);
  cse_expect (&fixture->cse, 2000, CSE_RETRIEVE, "CDevice", LOAD, "\"rqi\":\"back\"");
  modes_advance (fixture, 11);
  cse_settle (&fixture->cse);
  g_assert_false (modes_has_label (fixture));
}

/* The identity is looked at again when its time has come. */
static void
test_who_left_has_nothing_carried_out (ModesFixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *uri = NULL;
  {
    g_auto (CseAnswer) answer = cse_request (&fixture->cse, CSE_DELETE, "CAdmin", LOAD,
                                             "\"rt\":{\"rtv\":1},\"oet\":\"10000\","
                                             "\"rqet\":\"11000\"");
    uri = modes_acknowledged (&answer, 1001);
  }
  modes_advance (fixture, 12);
  for (;;)
    {
      g_auto (CseAnswer) answer = cse_request (&fixture->cse, CSE_RETRIEVE, "CAdmin", uri, NULL);
      if (json_node_get_int (cse_member (&answer, "rs")) == GH_REQUEST_PENDING)
        continue;
      JsonObject *result = json_node_get_object (cse_member (&answer, "ors"));
      g_assert_cmpint (json_object_get_int_member (result, "rsc"), ==, 4008);
      break;
    }
  cse_expect (&fixture->cse, 2000, CSE_RETRIEVE, "CDevice", LOAD, NULL);
}

static void
test_results_expire (ModesFixture *fixture, gconstpointer data)
{
  (void) data;
  fake_transport_hold ("fake://device/");
  const guint place = cse_send (&fixture->cse, CSE_NOTIFY, "CDevice", "CDevice",
                                "\"rset\":\"5000\",\"pc\":{\"m2m:sgn\":{}}");
  g_autoptr (FakeDelivery) blocking = fake_transport_take ();
  modes_advance (fixture, 5);
  g_auto (CseAnswer) answer = cse_take (&fixture->cse, place);
  g_assert_cmpint (answer.rsc, ==, 4008);
  fake_transport_hold ("fake://device/");
  g_auto (CseAnswer) ack = cse_request (&fixture->cse, CSE_NOTIFY, "CDevice", "CDevice",
                                        "\"rset\":\"5000\",\"rt\":{\"rtv\":1},"
                                        "\"pc\":{\"m2m:sgn\":{}}");
  g_autofree char *uri = modes_acknowledged (&ack, 1001);
  g_autoptr (FakeDelivery) delivery = fake_transport_take ();
  modes_advance (fixture, 5);
  modes_expect_result (fixture, uri, GH_REQUEST_FAILED, 4008);
  fake_transport_release ();
  cse_settle (&fixture->cse);
  /* what came later changes nothing */
  while (gh_exchanges_count (fixture->cse.cse->service->exchanges) > 0)
    g_thread_yield ();
  modes_expect_result (fixture, uri, GH_REQUEST_FAILED, 4008);
}

static void
assert_says (const CseAnswer *answer, gint rsc, const char *expiration)
{
  JsonObject *primitive = json_node_get_object (answer->root);
  g_assert_cmpint (answer->rsc, ==, rsc);
  g_assert_cmpstr (json_object_has_member (primitive, "rset")
                     ? json_object_get_string_member (primitive, "rset")
                     : NULL,
                   ==, expiration);
}

/* TS-0001 8.1.3: echoed by whatever answers. */
static void
test_answers_say_when_results_expire (ModesFixture *fixture, gconstpointer data)
{
  CseFixture *cse = &fixture->cse;
  (void) data;
  g_auto (CseAnswer) result = cse_request (cse, CSE_RETRIEVE, "CDevice", LOAD,
                                           "\"rset\":\"20300101T000000\"");
  assert_says (&result, 2000, "20300101T000000");
  g_auto (CseAnswer) written = cse_request (cse, CSE_UPDATE, "CDevice", LOAD,
                                            "\"rset\":\"60000\"," LABEL);
  assert_says (&written, 2004, "60000");
  g_auto (CseAnswer) refused = cse_request (cse, CSE_RETRIEVE, "CDevice", LOAD "/none",
                                            "\"rset\":\"60000\"");
  assert_says (&refused, 4004, "60000");
  g_auto (CseAnswer) plain = cse_request (cse, CSE_RETRIEVE, "CDevice", LOAD, NULL);
  assert_says (&plain, 2000, NULL);
  g_auto (CseAnswer) flexible = cse_request (cse, CSE_UPDATE, "CDevice", LOAD,
                                             "\"rset\":\"60000\",\"rt\":{\"rtv\":4}," LABEL);
  assert_says (&flexible, 2004, "60000");
  g_auto (CseAnswer) later = cse_request (cse, CSE_UPDATE, "CDevice", LOAD,
                                          "\"rset\":\"60000\",\"rt\":{\"rtv\":1}," LABEL);
  assert_says (&later, 1001, "60000");
  g_autofree char *uri = modes_acknowledged (&later, 1001);
  g_autoptr (JsonObject) kept = modes_result_of (fixture, uri, GH_REQUEST_COMPLETED, 2004);
  g_assert_cmpint (json_object_get_int_member (kept, "rset"), ==, 60000);
}

/* In the queue of the writer, too. */
static void
test_requests_expire (ModesFixture *fixture, gconstpointer data)
{
  (void) data;
  cse_hold (&fixture->cse);
  const guint late = cse_send (&fixture->cse, CSE_UPDATE, "CDevice", LOAD,
                               "\"rqet\":\"5000\"," LABEL);
  const guint timely = cse_send (&fixture->cse, CSE_DELETE, "CDevice", LOAD, "\"rqet\":\"7000\"");
  modes_advance (fixture, 6);
  cse_release (&fixture->cse);
  g_auto (CseAnswer) one = cse_take (&fixture->cse, late);
  g_assert_cmpint (one.rsc, ==, 4008);
  g_auto (CseAnswer) other = cse_take (&fixture->cse, timely);
  g_assert_cmpint (other.rsc, ==, 2002);
}

static void
test_lifetimes (ModesFixture *fixture, gconstpointer data)
{
  (void) data;
  static const struct {
    const char *members, *expires;
  } lives[] = {
    { "\"rt\":{\"rtv\":1}", "20270115T090000" },
    { "\"rt\":{\"rtv\":1},\"rp\":\"60000\"", "20270115T080100" },
    { "\"rt\":{\"rtv\":1},\"rp\":\"20270116T000000\"", "20270116T000000" },
    { "\"rt\":{\"rtv\":1},\"rp\":\"1000\",\"rset\":\"60000\"", "20270115T080100" },
    { "\"rt\":{\"rtv\":1},\"rset\":\"20270115T100000\"", "20270115T100000" },
    { "\"rt\":{\"rtv\":1},\"rset\":\"20990115T100000\"", "20270122T080000" },
  };
  g_autofree char *last = NULL;
  for (guint i = 0; i < G_N_ELEMENTS (lives); i++)
    {
      g_free (last);
      last = modes_ask (fixture, 1001, CSE_RETRIEVE, lives[i].members);
      modes_wait_until_over (fixture, last);
      g_auto (CseAnswer) answer = modes_look (fixture, last);
      g_assert_cmpstr (json_node_get_string (cse_member (&answer, "et")), ==, lives[i].expires);
    }
  modes_advance (fixture, 8 * 24 * 3600);
  cse_settle (&fixture->cse);
  cse_expect (&fixture->cse, 4004, CSE_RETRIEVE, "CDevice", last, NULL);
  g_assert_cmpuint (gh_requests_count (fixture->cse.cse->service->requests), ==, 0);
}

static void
test_results_are_kept_with_what_was_done (ModesFixture *fixture, gconstpointer data)
{
  (void) data;
  static const FaultKind kinds[] = { FAULT_COMMIT, FAULT_DOUBT_KEPT, FAULT_DOUBT_LOST };
  for (guint kind = 0; kind < G_N_ELEMENTS (kinds); kind++)
    for (guint nth = 1; nth <= 3; nth++)
      {
        g_autofree char *name = g_strdup_printf ("c%u-%u", kind, nth);
        g_autofree char *members = g_strdup_printf (
          "\"rt\":{\"rtv\":1},\"ty\":3,\"pc\":{\"m2m:cnt\":{\"rn\":\"%s\"}}", name);
        g_autofree char *path = g_strconcat (LOAD "/", name, NULL);
        faulty_store_arm (kinds[kind], nth, 0);
        g_auto (CseAnswer) ack = cse_request (&fixture->cse, CSE_CREATE, "CDevice", LOAD, members);
        if (ack.rsc == 1001)
          {
            const char *uri = json_object_get_string_member (ack.content, "m2m:uri");
            while (modes_status_of (fixture, uri) == GH_REQUEST_PENDING)
              modes_advance (fixture, 1);
            const gboolean completed = modes_status_of (fixture, uri) == GH_REQUEST_COMPLETED;
            (void) faulty_store_disarm ();
            cse_expect (&fixture->cse, completed ? 2000 : 4004, CSE_RETRIEVE, "CDevice", path,
                        NULL);
          }
        else
          {
            g_assert_cmpint (ack.rsc, ==, 5000);
            (void) faulty_store_disarm ();
            cse_expect (&fixture->cse, 4004, CSE_RETRIEVE, "CDevice", path, NULL);
          }
      }
}

static void
test_identifiers_under_way (ModesFixture *fixture, gconstpointer data)
{
  (void) data;
  cse_hold (&fixture->cse);
  const guint place = cse_send (&fixture->cse, CSE_UPDATE, "CDevice", LOAD,
                                "\"rqi\":\"same\"," LABEL);
  cse_refuse (&fixture->cse, 4105, "pending", CSE_UPDATE, "CDevice", LOAD,
              "\"rqi\":\"same\"," LABEL);
  cse_refuse (&fixture->cse, 4105, "pending", CSE_RETRIEVE, "CDevice", LOAD, "\"rqi\":\"same\"");
  cse_refuse (&fixture->cse, 4105, "pending", CSE_RETRIEVE, "/gatehouse/CDevice", LOAD,
              "\"rqi\":\"same\"");
  cse_expect (&fixture->cse, 2000, CSE_RETRIEVE, "CAdmin", LOAD, "\"rqi\":\"same\"");
  cse_expect (&fixture->cse, 2000, CSE_RETRIEVE, "CDevice", LOAD, "\"rqi\":\"other\"");
  cse_release (&fixture->cse);
  g_auto (CseAnswer) answer = cse_take (&fixture->cse, place);
  g_assert_cmpint (answer.rsc, ==, 2004);
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CDevice", LOAD, "\"rqi\":\"same\"," LABEL);
  cse_expect (&fixture->cse, 2000, CSE_RETRIEVE, "CDevice", LOAD, "\"rqi\":\"same\"");
}

static const char *const unique[] = { "request.unique-ids=yes", "request.unique-window=60",
                                      "request.unique-limit=5", NULL };

static void
test_unique_identifiers (ModesFixture *fixture, gconstpointer data)
{
  (void) data;
  gh_clock_advance (fixture->clock, 60 * G_USEC_PER_SEC);
  cse_expect (&fixture->cse, 2000, CSE_RETRIEVE, "CDevice", LOAD, "\"rqi\":\"u1\"");
  cse_refuse (&fixture->cse, 4105, "used before", CSE_RETRIEVE, "CDevice", LOAD, "\"rqi\":\"u1\"");
  cse_refuse (&fixture->cse, 4105, "used before", CSE_UPDATE, "CDevice", LOAD,
              "\"rqi\":\"u1\"," LABEL);
  for (guint i = 2; i < 6; i++)
    {
      g_autofree char *members = g_strdup_printf ("\"rqi\":\"u%u\"", i);
      cse_expect (&fixture->cse, 2000, CSE_RETRIEVE, "CDevice", LOAD, members);
    }
  cse_refuse (&fixture->cse, 5000, "remembered", CSE_RETRIEVE, "CDevice", LOAD, "\"rqi\":\"u6\"");
  gh_clock_advance (fixture->clock, 59 * G_USEC_PER_SEC);
  cse_refuse (&fixture->cse, 4105, "used before", CSE_RETRIEVE, "CDevice", LOAD, "\"rqi\":\"u1\"");
  gh_clock_advance (fixture->clock, G_USEC_PER_SEC);
  cse_expect (&fixture->cse, 2000, CSE_RETRIEVE, "CDevice", LOAD, "\"rqi\":\"u1\"");
}

static const char *const small[] = { "request.resources=3", "request.resources-each=2",
                                     "request.result-octets=300", "request.pending=2", NULL };

static void
test_bounds (ModesFixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *one = modes_ask (fixture, 1001, CSE_RETRIEVE, "\"rt\":{\"rtv\":1}");
  g_autofree char *two = modes_ask (fixture, 1001, CSE_RETRIEVE, "\"rt\":{\"rtv\":1}");
  cse_refuse (&fixture->cse, 5000, "originator has 2", CSE_RETRIEVE, "CDevice", LOAD,
              "\"rt\":{\"rtv\":1}");
  g_auto (CseAnswer) third = cse_request (&fixture->cse, CSE_RETRIEVE, "CAdmin", LOAD,
                                          "\"rt\":{\"rtv\":1}");
  g_assert_cmpint (third.rsc, ==, 1001);
  modes_wait_until_over (fixture, one);
  cse_expect (&fixture->cse, 2002, CSE_DELETE, "CDevice", one, NULL);
  g_autofree char *large = g_strnfill (400, 'x');
  g_autofree char *members = g_strdup_printf (
    "\"rt\":{\"rtv\":1},\"ty\":4,\"pc\":{\"m2m:cin\":{\"con\":\"%s\"}}", large);
  g_autofree char *created = modes_ask (fixture, 1001, CSE_CREATE, members);
  JsonObject *result = modes_result_of (fixture, created, GH_REQUEST_COMPLETED, 2001);
  g_assert_false (json_object_has_member (result, "pc"));
  json_object_unref (result);
  cse_refuse (&fixture->cse, 5000, "this CSE has 3", CSE_RETRIEVE, "CAdmin", LOAD,
              "\"rt\":{\"rtv\":1}");
  modes_wait_until_over (fixture, two);
  cse_expect (&fixture->cse, 2002, CSE_DELETE, "CDevice", two, NULL);
  g_autofree char *read = modes_ask (fixture, 1001, CSE_RETRIEVE, "\"rt\":{\"rtv\":1},\"rcn\":4");
  modes_expect_result (fixture, read, GH_REQUEST_FAILED, 5207);
}

static void
test_bounds_of_what_waits (ModesFixture *fixture, gconstpointer data)
{
  (void) data;
  (void) cse_send (&fixture->cse, CSE_RETRIEVE, "CDevice", LOAD, "\"oet\":\"10000\"");
  (void) cse_send (&fixture->cse, CSE_RETRIEVE, "CDevice", LOAD, "\"oet\":\"10000\"");
  while (gh_pendings_count (fixture->cse.cse->service->pendings) < 2)
    g_thread_yield ();
  cse_refuse (&fixture->cse, 5000, "too many", CSE_RETRIEVE, "CDevice", LOAD, "\"oet\":\"10000\"");
  g_autofree char *uri = modes_ask (fixture, 1001, CSE_UPDATE,
                                    "\"rt\":{\"rtv\":1},\"oet\":\"10000\"," LABEL);
  modes_expect_result (fixture, uri, GH_REQUEST_FAILED, 5000);
  g_assert_false (modes_has_label (fixture));
  modes_advance (fixture, 10);
  for (guint i = 0; i < 2; i++)
    {
      g_auto (CseAnswer) answer = cse_take (&fixture->cse, i);
      g_assert_cmpint (answer.rsc, ==, 2000);
    }
}

static void
test_groups (ModesFixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (cse_create (&fixture->cse, "CDevice", "CDevice", 9,
                      "{\"m2m:grp\":{\"rn\":\"g\",\"mnm\":2,\"mid\":[\"" LOAD "\"]}}"));
  g_auto (CseAnswer) ack = cse_request (&fixture->cse, CSE_UPDATE, "CDevice",
                                        "gatehouse/device/g/fopt",
                                        "\"rt\":{\"rtv\":2,\"nu\":[\"fake://one/\"]}," LABEL);
  g_autofree char *uri = modes_acknowledged (&ack, 1002);
  modes_expect_told ("fake://one/", "m2m:agr");
  JsonObject *result = modes_result_of (fixture, uri, GH_REQUEST_COMPLETED, 2000);
  g_assert_true (json_object_has_member (json_object_get_object_member (result, "pc"), "m2m:agr"));
  json_object_unref (result);
  g_assert_true (modes_has_label (fixture));
}

/* Release 1 knows one code for all of them. */
static void
test_release_1 (ModesFixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *one = modes_ask (fixture, 1000, CSE_RETRIEVE,
                                    "\"rvi\":\"1\",\"rt\":{\"rtv\":1}");
  g_autofree char *two = modes_ask (fixture, 1000, CSE_RETRIEVE,
                                    "\"rvi\":\"1\",\"rt\":{\"rtv\":2,\"nu\":[]}");
  g_autofree char *three = modes_ask (fixture, 1000, CSE_RETRIEVE,
                                      "\"rvi\":\"2a\",\"rt\":{\"rtv\":1}");
  g_autofree char *told = modes_ask (
    fixture, 1000, CSE_RETRIEVE,
    "\"rvi\":\"1\",\"rt\":{\"rtv\":2,\"nu\":[\"fake://one/\"]}");
  g_autoptr (FakeDelivery) delivery = fake_transport_take ();
  g_assert_nonnull (strstr (delivery->body, "\"rsc\":2000"));
  g_assert_null (strstr (delivery->body, "\"rvi\""));
  modes_expect_result (fixture, one, GH_REQUEST_COMPLETED, 2000);
  modes_expect_result (fixture, two, GH_REQUEST_COMPLETED, 2000);
  modes_expect_result (fixture, three, GH_REQUEST_COMPLETED, 2000);
}

static void
test_identifier_types (ModesFixture *fixture, gconstpointer data)
{
  (void) data;
  g_auto (CseAnswer) answer = cse_request (&fixture->cse, CSE_RETRIEVE, "CDevice", LOAD,
                                           "\"rt\":{\"rtv\":1},\"drt\":1");
  g_assert_cmpint (answer.rsc, ==, 1001);
  const char *uri = json_object_get_string_member (answer.content, "m2m:uri");
  g_assert_true (g_str_has_prefix (uri, "/gatehouse/gatehouse/req-"));
  modes_expect_result (fixture, uri, GH_REQUEST_COMPLETED, 2000);
}

static void
expect_members (const CseAnswer *answer, const char *const *names)
{
  g_autoptr (GList) roots = json_object_get_values (answer->content);
  JsonObject *attributes = json_node_get_object (roots->data);
  guint n = 0;
  for (; names[n] != NULL; n++)
    if (!json_object_has_member (attributes, names[n]))
      g_error ("%s is missing", names[n]);
  g_assert_cmpuint (json_object_get_size (attributes), ==, n);
}

static void
test_modified_attributes (ModesFixture *fixture, gconstpointer data)
{
  (void) data;
  static const char *const named[] = { "ty", "ri", "pi", "ct", "lt", "st", "cni", "cbs", NULL };
  static const char *const unnamed[] = { "ty", "ri",  "pi",  "rn", "ct", "lt",
                                         "st", "cni", "cbs", "cr", NULL };
  static const char *const updated[] = { "lt", "st", NULL };
  g_auto (CseAnswer) one = cse_request (
    &fixture->cse, CSE_CREATE, "CDevice", LOAD,
    "\"rcn\":9,\"ty\":3,\"pc\":{\"m2m:cnt\":{\"rn\":\"b\",\"mni\":7}}");
  g_assert_cmpint (one.rsc, ==, 2001);
  expect_members (&one, named);
  g_auto (CseAnswer) two = cse_request (&fixture->cse, CSE_CREATE, "CDevice", LOAD,
                                        "\"rcn\":9,\"ty\":3,\"pc\":{\"m2m:cnt\":{\"cr\":null}}");
  g_assert_cmpint (two.rsc, ==, 2001);
  expect_members (&two, unnamed);
  g_auto (CseAnswer) three = cse_request (&fixture->cse, CSE_UPDATE, "CDevice", LOAD,
                                          "\"rcn\":9," LABEL);
  g_assert_cmpint (three.rsc, ==, 2004);
  expect_members (&three, updated);
}

static void
test_stopping_answers_what_blocks (ModesFixture *fixture, gconstpointer data)
{
  (void) data;
  (void) cse_send (&fixture->cse, CSE_RETRIEVE, "CDevice", LOAD, "\"oet\":\"10000\"");
  g_autofree char *uri = modes_ask (fixture, 1001, CSE_UPDATE,
                                    "\"rt\":{\"rtv\":1},\"oet\":\"10000\"," LABEL);
  modes_restart (fixture);
  modes_advance (fixture, 11);
  modes_expect_result (fixture, uri, GH_REQUEST_COMPLETED, 2004);
}

#define ADD(name, options, func) \
  g_test_add ("/modes/" name, ModesFixture, options, modes_set_up, func, modes_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("synchronous", NULL, test_synchronous);
  ADD ("each-operation", NULL, test_each_operation);
  ADD ("only-the-originator", NULL, test_only_the_originator);
  ADD ("asynchronous", NULL, test_asynchronous);
  ADD ("results-are-told-to-whom-one-may-tell", NULL, test_results_are_told_to_whom_one_may_tell);
  ADD ("results-are-told-until-they-arrive", NULL, test_results_are_told_until_they_arrive);
  ADD ("flexible", NULL, test_flexible);
  ADD ("no-response", NULL, test_no_response);
  ADD ("execution-time", NULL, test_execution_time);
  ADD ("what-was-taken-away-proves-nothing", NULL, test_what_was_taken_away_proves_nothing);
  ADD ("execution-time-refusals", NULL, test_execution_time_refusals);
  ADD ("what-waits-can-be-taken-back", NULL, test_what_waits_can_be_taken_back);
  ADD ("who-left-has-nothing-carried-out", NULL, test_who_left_has_nothing_carried_out);
  ADD ("results-expire", NULL, test_results_expire);
  ADD ("answers-say-when-results-expire", NULL, test_answers_say_when_results_expire);
  ADD ("requests-expire", NULL, test_requests_expire);
  ADD ("lifetimes", NULL, test_lifetimes);
  ADD ("results-are-kept-with-what-was-done", NULL, test_results_are_kept_with_what_was_done);
  ADD ("identifiers-under-way", NULL, test_identifiers_under_way);
  ADD ("unique-identifiers", unique, test_unique_identifiers);
  ADD ("bounds", small, test_bounds);
  ADD ("bounds-of-what-waits", small, test_bounds_of_what_waits);
  ADD ("groups", NULL, test_groups);
  ADD ("release-1", NULL, test_release_1);
  ADD ("identifier-types", NULL, test_identifier_types);
  ADD ("modified-attributes", NULL, test_modified_attributes);
  ADD ("stopping-answers-what-blocks", NULL, test_stopping_answers_what_blocks);
  return g_test_run ();
}
