/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "modes-fixture.h"

#include "gh-cse-private.h"
#include "security/gh-security.h"
#include "service/gh-request-resource.h"

#include <string.h>

/* What was promised before a restart. */

static void
test_promises_survive_a_restart (ModesFixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *waits = modes_ask (
    fixture, 1002, CSE_UPDATE,
    "\"rt\":{\"rtv\":2,\"nu\":[\"fake://one/\"]},\"oet\":\"3600000\"," LABEL);
  g_autofree char *done = modes_ask (fixture, 1001, CSE_RETRIEVE, "\"rt\":{\"rtv\":1}");
  modes_wait_until_over (fixture, done);
  for (guint i = 0; i < 2; i++)
    {
      modes_restart (fixture);
      g_assert_cmpint (modes_status_of (fixture, waits), ==, GH_REQUEST_PENDING);
      modes_expect_result (fixture, done, GH_REQUEST_COMPLETED, 2000);
      g_assert_false (modes_has_label (fixture));
    }
  modes_advance (fixture, 3601);
  modes_expect_told ("fake://one/", "\"rsc\":2004");
  modes_expect_result (fixture, waits, GH_REQUEST_COMPLETED, 2004);
  g_assert_true (modes_has_label (fixture));
  /* and only once */
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CDevice", LOAD,
              "\"pc\":{\"m2m:cnt\":{\"lbl\":null}}");
  modes_restart (fixture);
  g_assert_false (modes_has_label (fixture));
}

/* Whatever a request says is still said after a restart. */
static void
test_each_operation_is_kept (ModesFixture *fixture, gconstpointer data)
{
#define LATER "\"rt\":{\"rtv\":1},\"oet\":\"60000\","
  static const struct {
    gint operation, rsc;
    const char *members, *result;
  } rows[] = {
    { CSE_CREATE, 2001, LATER "\"ty\":3,\"rcn\":2,\"pc\":{\"m2m:cnt\":{\"rn\":\"new\"}}",
      "\"m2m:uri\":\"" LOAD "/new\"" },
    { CSE_RETRIEVE, 2000, LATER "\"pc\":{\"m2m:atrl\":[\"cni\"]}", "{\"m2m:cnt\":{\"cni\":0}}" },
    { CSE_RETRIEVE, 2000, LATER "\"fc\":{\"fu\":1,\"lbq\":\"x\",\"arp\":\"la\",\"pty\":[2]}",
      "\"m2m:uril\":[]" },
    { CSE_UPDATE, 2004, LATER "\"rcn\":9,\"pc\":{\"m2m:cnt\":{\"mni\":3}}", "\"lt\"" },
    { CSE_UPDATE, 4004, LATER "\"fc\":{\"lbl\":[\"no\"]},\"pc\":{\"m2m:cnt\":{\"mni\":4}}", "fc" },
    { CSE_RETRIEVE, 4008, LATER "\"rqet\":\"60001\"", "RQET" },
  };
  g_autofree char *addresses[G_N_ELEMENTS (rows)] = { NULL };
  (void) data;
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    addresses[i] = modes_ask (fixture, 1001, rows[i].operation, rows[i].members);
  modes_restart (fixture);
  modes_advance (fixture, 61);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const gint status = rows[i].rsc < 4000 ? GH_REQUEST_COMPLETED : GH_REQUEST_FAILED;
      modes_wait_until_over (fixture, addresses[i]);
      g_auto (CseAnswer) answer = modes_look (fixture, addresses[i]);
      g_autofree char *text = json_to_string (answer.root, FALSE);
      g_assert_nonnull (strstr (text, rows[i].result));
      modes_expect_result (fixture, addresses[i], status, rows[i].rsc);
    }
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_free (g_steal_pointer (&addresses[i]));
#undef LATER
}

/* The rights are those of the time when it is carried out. */
static void
test_rights_are_those_of_then (ModesFixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (cse_create (&fixture->cse, "CAdmin", "gatehouse", 1,
                      "{\"m2m:acp\":{\"rn\":\"rule\",\"pv\":{\"acr\":[{\"acor\":[\"COther\"],"
                      "\"acop\":63}]},\"pvs\":{\"acr\":[{\"acor\":[\"CAdmin\"],\"acop\":63}]}}}"));
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CDevice", LOAD,
              "\"pc\":{\"m2m:cnt\":{\"acpi\":[\"gatehouse/rule\"]}}");
  g_auto (CseAnswer) answer = cse_request (&fixture->cse, CSE_UPDATE, "COther", LOAD,
                                           "\"rt\":{\"rtv\":1},\"oet\":\"60000\"," LABEL);
  g_assert_cmpint (answer.rsc, ==, 1001);
  const char *uri = json_object_get_string_member (answer.content, "m2m:uri");
  cse_expect (&fixture->cse, 2002, CSE_DELETE, "CAdmin", "gatehouse/rule", NULL);
  modes_restart (fixture);
  modes_advance (fixture, 61);
  while (TRUE)
    {
      g_auto (CseAnswer) now = cse_request (&fixture->cse, CSE_RETRIEVE, "COther", uri, NULL);
      JsonObject *result = json_node_get_object (cse_member (&now, "ors"));
      if (json_node_get_int (cse_member (&now, "rs")) == GH_REQUEST_PENDING)
        continue;
      g_assert_cmpint (json_object_get_int_member (result, "rsc"), ==, 4103);
      break;
    }
}

/* Its <request> becomes durable while the CSE stops, when nothing can wait any more. */
static void
test_promised_as_the_cse_stops (ModesFixture *fixture, gconstpointer data)
{
  CseFixture *cse = &fixture->cse;
  (void) data;
  cse_hold (cse);
  const guint place = cse_send (cse, CSE_UPDATE, "CDevice", LOAD,
                                "\"rt\":{\"rtv\":1},\"oet\":\"60000\"," LABEL);
  gh_pendings_stop (cse->cse->service->pendings);
  cse_release (cse);
  g_auto (CseAnswer) answer = cse_take (cse, place);
  g_autofree char *uri = modes_acknowledged (&answer, 1001);
  /* twice: what the first batch asks for is in the second */
  cse_settle (cse);
  cse_settle (cse);
  g_assert_cmpint (modes_status_of (fixture, uri), ==, GH_REQUEST_PENDING);
  modes_restart (fixture);
  g_assert_cmpint (modes_status_of (fixture, uri), ==, GH_REQUEST_PENDING);
  modes_advance (fixture, 61);
  modes_expect_result (fixture, uri, GH_REQUEST_COMPLETED, 2004);
  g_assert_true (modes_has_label (fixture));
}

static void
keep_status (const GhResponse *response, gpointer user_data)
{
  g_async_queue_push (user_data, GUINT_TO_POINTER (response->status));
}

/* A key that is revoked, or becomes another one, before the time has come proves nobody then. */
static void
test_only_the_same_key_carries_it_out (ModesFixture *fixture, gconstpointer data)
{
  static const char json[] = "{\"op\":3,\"to\":\"" LOAD "\",\"fr\":\"CDevice\",\"rqi\":\"later\","
                             "\"rvi\":\"3\",\"oet\":\"10000\"," LABEL "}";
  static const char *const subjects[] = { "kept@example.org", "revoked@example.org",
                                          "rotated@example.org" };
  static const char *const identities[] = { "CDevice", NULL };
  GhService *service = fixture->cse.cse->service;
  GhVault *vault = gh_security_get_vault (service->security);
  g_autoptr (GError) error = NULL;
  g_autoptr (GhSecret) secret = gh_secret_new_random (32, &error);
  g_autoptr (GAsyncQueue) answers = g_async_queue_new ();
  GhFault fault = { 0 };
  (void) data;
  for (guint i = 0; i < G_N_ELEMENTS (subjects); i++)
    {
      g_autoptr (GhSecret) another = gh_secret_new_random (32, &error);
      const GhVaultDraft draft = { .kind = GH_CREDENTIAL_PSK,
                                   .subject = subjects[i],
                                   .owner = "device",
                                   .identities = identities,
                                   .secret = secret };
      g_autoptr (GhCredential) key = gh_vault_add (vault, &draft, &error);
      g_assert_no_error (error);
      const GhRecall recall = { .proof = GH_PROOF_PSK,
                                .credential = key->number,
                                .generation = key->generation };
      g_autoptr (GhPrincipal) principal = gh_security_recall (service->security, &recall, &fault);
      g_assert_nonnull (principal);
      gh_dispatch (service, gh_request_from_json (json, sizeof json - 1, &fault), principal,
                   keep_status, answers);
      if (i == 1)
        g_assert_true (gh_vault_set_state (vault, key->number, GH_CREDENTIAL_REVOKED, &error));
      else if (i == 2)
        g_assert_true (gh_vault_rotate (vault, key->number, another, NULL, &error));
      g_assert_no_error (error);
      modes_advance (fixture, 10);
      g_assert_cmpuint (GPOINTER_TO_UINT (g_async_queue_pop (answers)), ==, i > 0 ? 4106 : 2004);
    }
}

#define ADD(name, options, func) \
  g_test_add ("/promises/" name, ModesFixture, options, modes_set_up, func, modes_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("survive-a-restart", NULL, test_promises_survive_a_restart);
  ADD ("each-operation-is-kept", NULL, test_each_operation_is_kept);
  ADD ("rights-are-those-of-then", NULL, test_rights_are_those_of_then);
  ADD ("promised-as-the-cse-stops", NULL, test_promised_as_the_cse_stops);
  ADD ("only-the-same-key-carries-it-out", NULL, test_only_the_same_key_carries_it_out);
  return g_test_run ();
}
