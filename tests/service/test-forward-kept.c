/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cse-fixture.h"
#include "fake-transport.h"
#include "faulty-store.h"
#include "gh-cse-private.h"
#include "security/gh-security.h"
#include "service/gh-pending.h"
#include "service/gh-request-resource.h"

#include <glib/gstdio.h>

#include <string.h>

/* What was promised for another CSE waits in the store while that is away. What
 * may have arrived is never sent again. */

#define NOW_US (G_GINT64_CONSTANT (1800000000) * G_USEC_PER_SEC)
#define MN1    "fake://mn1/"
#define BOX    "/mn1/base/box"

typedef struct {
  CseFixture cse;
  GhClock *clock;
  char *folder, *vault; /* the credentials stay over a restart, like the store */
} Fixture;

static void
start (Fixture *fixture)
{
  const CseParts parts = { .clock = fixture->clock,
                           .store = &faulty_store_ops,
                           .transport = &fake_transport_ops };
  const char *const options[] = { fixture->vault, NULL };
  cse_fixture_set_up_with (&fixture->cse, options, &parts);
}

static void
remove_folder (const char *path)
{
  const char *name;
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, name, NULL);
      g_assert_cmpint (g_remove (file), ==, 0);
    }
  g_assert_cmpint (g_rmdir (path), ==, 0);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_autoptr (GError) error = NULL;
  fixture->clock = gh_clock_new_fake (NOW_US);
  fixture->folder = g_dir_make_tmp ("gh-kept-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->vault = g_strdup_printf ("vault.path=%s/vault", fixture->folder);
  fake_transport_reset ();
  start (fixture);
  g_free (cse_create (&fixture->cse, "CDevice", "gatehouse", 2,
                      "{\"m2m:ae\":{\"rn\":\"device\",\"api\":\"Ndevice\",\"rr\":true,"
                      "\"srv\":[\"3\"]}}"));
  g_free (cse_create (&fixture->cse, "CAdmin", "gatehouse", 16,
                      "{\"m2m:csr\":{\"rn\":\"mn1\",\"csi\":\"/mn1\",\"cb\":\"/mn1/base\","
                      "\"rr\":true,\"srv\":[\"3\"],\"poa\":[\"" MN1 "\"]}}"));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void) data;
  fake_transport_release ();
  cse_fixture_tear_down (&fixture->cse);
  faulty_store_keep (FALSE);
  fake_transport_reset ();
  gh_clock_unref (fixture->clock);
  remove_folder (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->vault);
}

/* A delivery that is held ends with the transport, too late for the store. */
static void
restart (Fixture *fixture)
{
  faulty_store_keep (TRUE);
  cse_fixture_tear_down (&fixture->cse);
  start (fixture);
  cse_settle (&fixture->cse);
}

static void
move_on (Fixture *fixture, gint64 seconds)
{
  gh_clock_advance (fixture->clock, seconds * G_USEC_PER_SEC);
  gh_pendings_wake (fixture->cse.cse->service->pendings);
}

static void
wait_until_held (Fixture *fixture, guint64 n)
{
  while (cse_counter (&fixture->cse, "forwards-held") < n)
    g_thread_yield ();
}

/* A CREATE that nobody waits for, with an identifier that no other request has,
 * even after a restart. Returns the address of its <request>. (transfer full)
 */
static char *
promise (Fixture *fixture, const char *name, const char *more)
{
  g_autofree char *members = g_strdup_printf (
    "\"rqi\":\"promise-%s\",\"rvi\":\"3\",\"rt\":{\"rtv\":1},%s\"ty\":4,"
    "\"pc\":{\"m2m:cin\":{\"rn\":\"%s\",\"con\":\"1\"}}",
    name, more, name);
  g_auto (CseAnswer) answer = cse_request (&fixture->cse, CSE_CREATE, "CDevice", BOX, members);
  g_assert_cmpint (answer.rsc, ==, 1001);
  return g_strdup (json_object_get_string_member (answer.content, "m2m:uri"));
}

static gint
status_of (Fixture *fixture, const char *uri)
{
  g_auto (CseAnswer) answer = cse_request (&fixture->cse, CSE_RETRIEVE, "CDevice", uri, NULL);
  g_assert_cmpint (answer.rsc, ==, 2000);
  return (gint) json_node_get_int (cse_member (&answer, "rs"));
}

static void
wait_for_status (Fixture *fixture, const char *uri, gint status)
{
  while (status_of (fixture, uri) != status)
    g_thread_yield ();
}

static void
expect_result (Fixture *fixture, const char *uri, gint status, gint rsc, const char *reason)
{
  wait_for_status (fixture, uri, status);
  g_auto (CseAnswer) answer = cse_request (&fixture->cse, CSE_RETRIEVE, "CDevice", uri, NULL);
  g_autofree char *text = json_to_string (cse_member (&answer, "ors"), FALSE);
  JsonObject *result = json_node_get_object (cse_member (&answer, "ors"));
  g_assert_cmpint (json_object_get_int_member (result, "rsc"), ==, rsc);
  if (strstr (text, reason) == NULL)
    g_error ("expected %s in %s", reason, text);
}

static void
expect_probe (void)
{
  g_autoptr (FakeDelivery) sent = fake_transport_take ();
  g_assert_cmpint (sent->operation, ==, GH_OPERATION_RETRIEVE);
  g_assert_cmpstr (sent->to, ==, "/mn1/-");
  g_assert_cmpstr (sent->from, ==, "/gatehouse");
}

static void
expect_create (const char *name)
{
  g_autofree char *rn = g_strdup_printf ("\"rn\":\"%s\"", name);
  g_autoptr (FakeDelivery) sent = fake_transport_take ();
  g_assert_cmpint (sent->operation, ==, GH_OPERATION_CREATE);
  g_assert_cmpstr (sent->to, ==, BOX);
  g_assert_cmpstr (sent->from, ==, "/gatehouse/CDevice");
  g_assert_cmpint (sent->type, ==, 4);
  g_assert_nonnull (strstr (sent->body, rn));
}

static void
test_it_goes_out_after_a_restart (Fixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "one", "two", "three" };
  char *uris[G_N_ELEMENTS (names)];
  (void) data;
  fake_transport_shut (MN1);
  uris[0] = promise (fixture, names[0], "\"rqet\":\"900000000\",");
  expect_create (names[0]);
  wait_until_held (fixture, 1);
  for (guint i = 1; i < G_N_ELEMENTS (names); i++)
    {
      gh_clock_advance (fixture->clock, G_USEC_PER_SEC);
      uris[i] = promise (fixture, names[i], "\"rqet\":\"900000000\",");
      wait_until_held (fixture, i + 1);
    }
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    wait_for_status (fixture, uris[i], GH_REQUEST_PENDING);
  restart (fixture);
  wait_until_held (fixture, G_N_ELEMENTS (names));
  while (fake_transport_count () > 0)
    fake_delivery_free (fake_transport_take ());
  /* still away: it is asked, and nothing leaves */
  move_on (fixture, 15);
  expect_probe ();
  fake_transport_answer_with (MN1, GH_DELIVERY_DONE, 2001, "{\"m2m:cin\":{\"ri\":\"x\"}}");
  while (fake_transport_count () == 0)
    {
      move_on (fixture, 15);
      g_thread_yield ();
    }
  expect_probe ();
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      expect_create (names[i]);
      expect_result (fixture, uris[i], GH_REQUEST_COMPLETED, 2001, "\"ri\":\"x\"");
      g_free (uris[i]);
    }
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

static guint
count_requests (Fixture *fixture)
{
  return gh_requests_count (fixture->cse.cse->service->requests);
}

/* One that nobody waits for, and whose <request> nobody is told of. */
static void
send_unheard (Fixture *fixture)
{
  g_auto (CseAnswer) answer = cse_request (
    &fixture->cse, CSE_CREATE, "CDevice", BOX,
    "\"rqi\":\"unheard\",\"rvi\":\"3\",\"rt\":{\"rtv\":5},\"rqet\":\"900000000\",\"ty\":4,"
    "\"pc\":{\"m2m:cin\":{\"rn\":\"one\",\"con\":\"1\"}}");
  g_assert_cmpint (answer.rsc, ==, 1000);
  g_assert_null (answer.content);
}

static void
test_what_wants_no_response_goes_out_after_a_restart (Fixture *fixture, gconstpointer data)
{
  (void) data;
  fake_transport_shut (MN1);
  send_unheard (fixture);
  expect_create ("one");
  wait_until_held (fixture, 1);
  cse_settle (&fixture->cse);
  restart (fixture);
  wait_until_held (fixture, 1);
  g_assert_cmpuint (count_requests (fixture), ==, 1);
  while (fake_transport_count () > 0)
    fake_delivery_free (fake_transport_take ());
  fake_transport_answer (MN1, GH_DELIVERY_DONE, 2001);
  while (fake_transport_count () == 0)
    {
      move_on (fixture, 15);
      g_thread_yield ();
    }
  expect_probe ();
  expect_create ("one");
  while (count_requests (fixture) > 0)
    g_thread_yield ();
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

static void
test_what_wants_no_response_is_not_sent_again (Fixture *fixture, gconstpointer data)
{
  (void) data;
  fake_transport_hold (MN1);
  send_unheard (fixture);
  expect_create ("one");
  restart (fixture);
  while (count_requests (fixture) > 0)
    g_thread_yield ();
  move_on (fixture, 60);
  cse_settle (&fixture->cse);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

static void
test_what_has_left_is_not_sent_again (Fixture *fixture, gconstpointer data)
{
  (void) data;
  fake_transport_hold (MN1);
  g_autofree char *uri = promise (fixture, "one", "\"rqet\":\"900000000\",");
  expect_create ("one");
  g_assert_cmpint (status_of (fixture, uri), ==, GH_REQUEST_FORWARDED);
  restart (fixture);
  expect_result (fixture, uri, GH_REQUEST_FAILED, 5000, "is not known here");
  move_on (fixture, 60);
  cse_settle (&fixture->cse);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

static void
test_an_uncertain_end_is_not_repeated (Fixture *fixture, gconstpointer data)
{
  (void) data;
  fake_transport_answer (MN1, GH_DELIVERY_UNREACHABLE, 0);
  g_autofree char *uri = promise (fixture, "one", "\"rqet\":\"900000000\",");
  expect_create ("one");
  expect_result (fixture, uri, GH_REQUEST_FAILED, 5103, "as ordered");
  restart (fixture);
  move_on (fixture, 60);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

static void
test_its_time_ends_while_the_cse_is_away (Fixture *fixture, gconstpointer data)
{
  (void) data;
  fake_transport_shut (MN1);
  g_autofree char *uri = promise (fixture, "one", "\"rqet\":\"60000\",");
  expect_create ("one");
  wait_until_held (fixture, 1);
  wait_for_status (fixture, uri, GH_REQUEST_PENDING);
  gh_clock_advance (fixture->clock, 61 * G_USEC_PER_SEC);
  restart (fixture);
  expect_result (fixture, uri, GH_REQUEST_FAILED, 4008, "RQET");
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

static void
test_its_originator_may_be_gone (Fixture *fixture, gconstpointer data)
{
  (void) data;
  fake_transport_shut (MN1);
  g_autofree char *uri = promise (fixture, "one", "\"rqet\":\"900000000\",");
  expect_create ("one");
  wait_until_held (fixture, 1);
  wait_for_status (fixture, uri, GH_REQUEST_PENDING);
  cse_expect (&fixture->cse, 2002, CSE_DELETE, "CDevice", "CDevice", NULL);
  restart (fixture);
  move_on (fixture, 60);
  cse_settle (&fixture->cse);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

/* Who may speak as CDevice */

/* A key of @owner, NULL: of nobody else, that may speak as CDevice when @speaks. */
static guint64
add_key (GhVault *vault, const char *subject, gboolean speaks)
{
  static const char *const identities[] = { "CDevice", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GhSecret) secret = gh_secret_new_random (32, &error);
  const GhVaultDraft draft = { .kind = GH_CREDENTIAL_PSK,
                               .subject = subject,
                               .owner = speaks ? "device" : NULL,
                               .identities = speaks ? identities : NULL,
                               .secret = secret };
  g_autoptr (GhCredential) credential = gh_vault_add (vault, &draft, &error);
  g_assert_no_error (error);
  return credential->number;
}

static void
keep_location (const GhResponse *response, gpointer user_data)
{
  if (response->content_location != NULL)
    g_async_queue_push (user_data, g_strdup (response->content_location));
}

/* Like promise(), by somebody who proves himself with the key @number. (transfer full) */
static char *
promise_with (Fixture *fixture, guint64 number)
{
  static const char json[] = "{\"op\":1,\"to\":\"" BOX "\",\"fr\":\"CDevice\",\"rqi\":\"held\","
                             "\"rvi\":\"3\",\"rt\":{\"rtv\":1},\"rqet\":\"900000000\",\"ty\":4,"
                             "\"pc\":{\"m2m:cin\":{\"rn\":\"one\",\"con\":\"1\"}}}";
  GhService *service = fixture->cse.cse->service;
  GhVault *vault = gh_security_get_vault (service->security);
  GhFault fault = { 0 };
  g_autoptr (GAsyncQueue) locations = g_async_queue_new ();
  g_autoptr (GhCredential) key = gh_vault_find_number (vault, number);
  const GhRecall recall = { .proof = GH_PROOF_PSK,
                            .credential = number,
                            .generation = key->generation };
  g_autoptr (GhPrincipal) principal = gh_security_recall (service->security, &recall, &fault);
  GhRequest *request = gh_request_from_json (json, sizeof json - 1, &fault);
  g_assert_true (principal != NULL && request != NULL);
  gh_dispatch (service, request, principal, keep_location, locations);
  char *uri = g_async_queue_pop (locations);
  expect_create ("one");
  wait_until_held (fixture, 1);
  wait_for_status (fixture, uri, GH_REQUEST_PENDING);
  return uri;
}

typedef enum { TAKE_REVOKE, TAKE_REMOVE, TAKE_ROTATE, TAKE_SUSPEND, TAKE_UNBIND, N_TAKES } Take;

/* What the key proved is proven no more, and another key speaks for CDevice. */
static void
take_away (Fixture *fixture, guint64 number, Take take)
{
  static const char *const nobody[] = { "COther", NULL };
  const GhVaultChange change = { .identities = nobody };
  GhVault *vault = gh_security_get_vault (fixture->cse.cse->service->security);
  g_autoptr (GError) error = NULL;
  g_autoptr (GhSecret) secret = gh_secret_new_random (32, &error);
  gboolean done = FALSE;
  if (take != TAKE_UNBIND)
    add_key (vault, "another@example.org", TRUE);
  switch (take)
    {
    case TAKE_REVOKE:
      done = gh_vault_set_state (vault, number, GH_CREDENTIAL_REVOKED, &error);
      break;
    case TAKE_REMOVE:
      done = gh_vault_remove (vault, number, &error);
      break;
    case TAKE_ROTATE:
      done = gh_vault_rotate (vault, number, secret, NULL, &error);
      break;
    case TAKE_SUSPEND:
      done = gh_vault_set_state (vault, number, GH_CREDENTIAL_SUSPENDED, &error)
             && gh_vault_set_state (vault, number, GH_CREDENTIAL_ACTIVE, &error);
      break;
    case TAKE_UNBIND:
      done = gh_vault_change (vault, number, &change, &error)
             && gh_vault_bind_identity (vault, add_key (vault, "another@example.org", FALSE),
                                        "CDevice", &error);
      break;
    case N_TAKES:
    default:
      g_assert_not_reached ();
    }
  g_assert_no_error (error);
  g_assert_true (done);
}

static void
expect_refused (Fixture *fixture, const char *uri)
{
  fake_transport_answer (MN1, GH_DELIVERY_DONE, 2001);
  move_on (fixture, 60);
  while (cse_counter (&fixture->cse, "forwards-held") > 0)
    g_thread_yield ();
  expect_result (fixture, uri, GH_REQUEST_FAILED, 4106, "valid no more");
  while (fake_transport_count () > 0)
    {
      g_autoptr (FakeDelivery) sent = fake_transport_take ();
      g_assert_cmpint (sent->operation, !=, GH_OPERATION_CREATE);
    }
}

typedef enum { WHILE_IT_WAITS, WHILE_THE_CSE_IS_AWAY, AFTER_A_RESTART } Moment;

static void
try_with (Fixture *fixture, Take take, Moment moment)
{
  GhVault *vault = gh_security_get_vault (fixture->cse.cse->service->security);
  g_autofree char *subject = g_strdup_printf ("device-%d@example.org", take);
  const guint64 number = add_key (vault, subject, TRUE);
  fake_transport_shut (MN1);
  g_autofree char *uri = promise_with (fixture, number);
  if (moment == AFTER_A_RESTART)
    {
      restart (fixture);
      wait_until_held (fixture, 1);
    }
  take_away (fixture, number, take);
  if (moment == WHILE_THE_CSE_IS_AWAY)
    restart (fixture);
  expect_refused (fixture, uri);
}

static void
test_who_proves_nothing_any_more (Fixture *fixture, gconstpointer data)
{
  const gint which = GPOINTER_TO_INT (data);
  try_with (fixture, (Take) (which % N_TAKES), (Moment) (which / N_TAKES));
}

static void
test_who_still_proves_himself (Fixture *fixture, gconstpointer data)
{
  GhVault *vault = gh_security_get_vault (fixture->cse.cse->service->security);
  (void) data;
  fake_transport_shut (MN1);
  g_autofree char *uri = promise_with (fixture, add_key (vault, "device@example.org", TRUE));
  restart (fixture);
  wait_until_held (fixture, 1);
  fake_transport_answer (MN1, GH_DELIVERY_DONE, 2001);
  while (fake_transport_count () == 0)
    {
      move_on (fixture, 15);
      g_thread_yield ();
    }
  expect_probe ();
  expect_create ("one");
  wait_for_status (fixture, uri, GH_REQUEST_COMPLETED);
}

/* It does not say for how long. */
static void
test_others_do_not_wait (Fixture *fixture, gconstpointer data)
{
  (void) data;
  fake_transport_shut (MN1);
  g_auto (CseAnswer) answer = cse_request (&fixture->cse, CSE_RETRIEVE, "CDevice", BOX,
                                           "\"rt\":{\"rtv\":1}");
  g_assert_cmpint (answer.rsc, ==, 1001);
  expect_result (fixture, json_object_get_string_member (answer.content, "m2m:uri"),
                 GH_REQUEST_FAILED, 5103, "as ordered");
  g_assert_cmpuint (cse_counter (&fixture->cse, "forwards-held"), ==, 0);
}

/* Also what its <request> has no place for. */
static void
test_all_of_it_goes_out_after_a_restart (Fixture *fixture, gconstpointer data)
{
  (void) data;
  fake_transport_shut (MN1);
  g_auto (CseAnswer) answer = cse_request (
    &fixture->cse, CSE_RETRIEVE, "CDevice", BOX,
    "\"rqi\":\"whole\",\"rvi\":\"3\",\"rt\":{\"rtv\":1},\"rqet\":\"900000000\","
    "\"fc\":{\"fu\":1,\"clbl\":[\"x\"]}");
  g_assert_cmpint (answer.rsc, ==, 1001);
  wait_until_held (fixture, 1);
  while (fake_transport_count () > 0)
    fake_delivery_free (fake_transport_take ());
  wait_for_status (fixture, json_object_get_string_member (answer.content, "m2m:uri"),
                   GH_REQUEST_PENDING);
  restart (fixture);
  wait_until_held (fixture, 1);
  fake_transport_answer (MN1, GH_DELIVERY_DONE, 2000);
  while (fake_transport_count () == 0)
    {
      move_on (fixture, 15);
      g_thread_yield ();
    }
  expect_probe ();
  g_autoptr (FakeDelivery) sent = fake_transport_take ();
  g_assert_cmpstr (sent->to, ==, BOX);
  g_assert_nonnull (strstr (sent->query, "clbl=x"));
}

static guint
count_creates (void)
{
  guint n = 0;
  while (fake_transport_count () > 0)
    {
      g_autoptr (FakeDelivery) sent = fake_transport_take ();
      n += sent->operation == GH_OPERATION_CREATE;
    }
  return n;
}

/* Whatever fails at whatever commit, and with a restart at any moment: it is
 * sent once at most, and what is COMPLETED was sent. */
static void
test_the_store_fails (Fixture *fixture, gconstpointer data)
{
  static const FaultKind kinds[] = { FAULT_COMMIT, FAULT_DOUBT_KEPT, FAULT_DOUBT_LOST };
  (void) data;
  fake_transport_answer (MN1, GH_DELIVERY_DONE, 2001);
  for (guint kind = 0; kind < G_N_ELEMENTS (kinds); kind++)
    for (guint nth = 1; nth <= 3; nth++)
      {
        g_autofree char *members = g_strdup_printf (
          "\"rqi\":\"promise-%u-%u\",\"rvi\":\"3\",\"rt\":{"
          "\"rtv\":1},\"rqet\":\"900000000\","
          "\"ty\":4,\"pc\":{\"m2m:cin\":{\"con\":\"1\"}}",
          kind, nth);
        faulty_store_arm (kinds[kind], nth, 0);
        g_auto (CseAnswer) answer = cse_request (&fixture->cse, CSE_CREATE, "CDevice", BOX,
                                                 members);
        if (answer.rsc == 1001)
          faulty_store_wait ();
        (void) faulty_store_disarm ();
        restart (fixture);
        while (cse_counter (&fixture->cse, "forwards-held") > 0)
          move_on (fixture, 15);
        if (answer.rsc != 1001)
          {
            /* of what was in doubt the store may have kept it */
            while (cse_counter (&fixture->cse, "forwards-waiting") > 0)
              g_thread_yield ();
            g_assert_cmpuint (count_creates (), <=, kinds[kind] == FAULT_DOUBT_KEPT ? 1 : 0);
            continue;
          }
        const char *uri = json_object_get_string_member (answer.content, "m2m:uri");
        gint status = status_of (fixture, uri);
        while (status != GH_REQUEST_COMPLETED && status != GH_REQUEST_FAILED)
          {
            move_on (fixture, 15);
            cse_settle (&fixture->cse);
            status = status_of (fixture, uri);
          }
        const guint n = count_creates ();
        g_assert_cmpuint (n, <=, 1);
        if (status == GH_REQUEST_COMPLETED)
          g_assert_cmpuint (n, ==, 1);
      }
}

#define ADD(name) g_test_add ("/forward-kept/" #name, Fixture, NULL, set_up, test_##name, tear_down)

/* Each way to take a proof away at each moment. */
static void
add_takes (void)
{
  static const char *const names[] = {
    "/forward-kept/revoked-while-it-waits",          "/forward-kept/removed-while-it-waits",
    "/forward-kept/rotated-while-it-waits",          "/forward-kept/suspended-while-it-waits",
    "/forward-kept/unbound-while-it-waits",          "/forward-kept/revoked-while-the-cse-is-away",
    "/forward-kept/removed-while-the-cse-is-away",   "/forward-kept/rotated-while-the-cse-is-away",
    "/forward-kept/suspended-while-the-cse-is-away", "/forward-kept/unbound-while-the-cse-is-away",
    "/forward-kept/revoked-after-a-restart",         "/forward-kept/removed-after-a-restart",
    "/forward-kept/rotated-after-a-restart",         "/forward-kept/suspended-after-a-restart",
    "/forward-kept/unbound-after-a-restart",
  };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_test_add (names[i], Fixture, GUINT_TO_POINTER (i), set_up, test_who_proves_nothing_any_more,
                tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD (it_goes_out_after_a_restart);
  ADD (what_wants_no_response_goes_out_after_a_restart);
  ADD (what_wants_no_response_is_not_sent_again);
  ADD (what_has_left_is_not_sent_again);
  ADD (an_uncertain_end_is_not_repeated);
  ADD (who_still_proves_himself);
  add_takes ();
  ADD (its_time_ends_while_the_cse_is_away);
  ADD (its_originator_may_be_gone);
  ADD (others_do_not_wait);
  ADD (all_of_it_goes_out_after_a_restart);
  ADD (the_store_fails);
  return g_test_run ();
}
