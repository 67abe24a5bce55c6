/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "faulty-store.h"
#include "cse-fixture.h"

#include <string.h>

#define NOW_US (G_GINT64_CONSTANT (1800000000) * G_USEC_PER_SEC)

typedef struct {
  CseFixture cse;
  GhClock *clock;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  (void) data;
  fixture->clock = gh_clock_new_fake (NOW_US);
  const CseParts parts = { .clock = fixture->clock, .store = &faulty_store_ops };
  cse_fixture_set_up_with (&fixture->cse, NULL, &parts);
  g_free (cse_create (
    &fixture->cse, "CDevice", "gatehouse", 2,
    "{\"m2m:ae\":{\"rn\":\"device\",\"api\":\"Ndevice\",\"rr\":true,\"srv\":[\"3\"]}}"));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void) data;
  faulty_store_disarm ();
  cse_fixture_tear_down (&fixture->cse);
  faulty_store_keep (FALSE);
  gh_clock_unref (fixture->clock);
}

static char *
container (Fixture *fixture, const char *members)
{
  g_autofree char *content = g_strdup_printf ("{\"m2m:cnt\":{%s}}", members);
  return cse_create (&fixture->cse, "CDevice", "CDevice", 3, content);
}

static void
expect_sent (Fixture *fixture, guint place, gint rsc)
{
  g_auto (CseAnswer) answer = cse_take (&fixture->cse, place);
  g_assert_cmpint (answer.rsc, ==, rsc);
}

/* Of all that was sent, how many were answered with @rsc; the others with @other. */
static guint
count_sent (Fixture *fixture, gint rsc, gint other)
{
  guint n = 0;
  for (guint i = 0; i < fixture->cse.sent->len; i++)
    {
      g_auto (CseAnswer) answer = cse_take (&fixture->cse, i);
      if (answer.rsc == rsc)
        n++;
      else
        g_assert_cmpint (answer.rsc, ==, other);
    }
  cse_forget_sent (&fixture->cse);
  return n;
}

#define PARALLEL 64

static void
test_one_of_many_creators_of_a_name_succeeds (Fixture *fixture, gconstpointer data)
{
  static const char *const requests[] = {
    "\"ty\":3,\"pc\":{\"m2m:cnt\":{\"rn\":\"same\"}}",
    "\"ty\":4,\"pc\":{\"m2m:cin\":{\"rn\":\"same\",\"con\":\"x\"}}",
  };
  const gboolean in_one_batch = GPOINTER_TO_INT (data);
  for (guint kind = 0; kind < G_N_ELEMENTS (requests); kind++)
    {
      g_autofree char *parent = container (fixture, "");
      const guint64 before = cse_counter (&fixture->cse, "batches");
      if (in_one_batch)
        cse_hold (&fixture->cse);
      for (guint i = 0; i < PARALLEL; i++)
        cse_send (&fixture->cse, CSE_CREATE, "CDevice", parent, requests[kind]);
      if (in_one_batch)
        cse_release (&fixture->cse);
      g_assert_cmpuint (count_sent (fixture, 2001, 4105), ==, 1);
      if (in_one_batch)
        g_assert_cmpuint (cse_counter (&fixture->cse, "batches") - before, ==, 2);
      g_autofree char *address = g_strdup_printf ("%s/same", parent);
      cse_expect (&fixture->cse, 2000, CSE_RETRIEVE, "CDevice", address, NULL);
    }
}

static void
test_a_name_is_shared_by_instances_and_containers (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *parent = container (fixture, "");
  cse_hold (&fixture->cse);
  for (guint i = 0; i < PARALLEL; i++)
    cse_send (&fixture->cse, CSE_CREATE, "CDevice", parent,
              i % 2 == 0 ? "\"ty\":4,\"pc\":{\"m2m:cin\":{\"rn\":\"same\",\"con\":\"x\"}}"
                         : "\"ty\":3,\"pc\":{\"m2m:cnt\":{\"rn\":\"same\"}}");
  cse_release (&fixture->cse);
  g_assert_cmpuint (count_sent (fixture, 2001, 4105), ==, 1);
}

static void
test_one_of_many_registrations_of_an_identity_succeeds (Fixture *fixture, gconstpointer data)
{
  (void) data;
  cse_hold (&fixture->cse);
  for (guint i = 0; i < PARALLEL; i++)
    cse_send (&fixture->cse, CSE_CREATE, "COther", "gatehouse",
              "\"ty\":2,\"pc\":{\"m2m:ae\":{\"api\":\"Nx\",\"rr\":true,\"srv\":[\"3\"]}}");
  cse_release (&fixture->cse);
  g_assert_cmpuint (count_sent (fixture, 2001, 4117), ==, 1);
}

static void
test_a_parent_is_updated_and_deleted_in_one_batch (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *parent = container (fixture, "\"rn\":\"p\"");
  g_autofree char *child = cse_create (&fixture->cse, "CDevice", parent, 3, "{\"m2m:cnt\":{}}");
  static const char update[] = "\"pc\":{\"m2m:cnt\":{\"lbl\":[\"x\"]}}";
  static const char create[] = "\"ty\":3,\"pc\":{\"m2m:cnt\":{}}";
  static const char instance[] = "\"ty\":4,\"pc\":{\"m2m:cin\":{\"con\":\"x\"}}";
  static const struct {
    gint operation;
    gboolean on_child;
    const char *members;
    gint rsc;
  } requests[] = { { CSE_UPDATE, FALSE, update, 2004 },   { CSE_CREATE, FALSE, instance, 2001 },
                   { CSE_CREATE, TRUE, instance, 2001 },  { CSE_DELETE, FALSE, NULL, 2002 },
                   { CSE_UPDATE, FALSE, update, 4004 },   { CSE_UPDATE, TRUE, update, 4004 },
                   { CSE_CREATE, FALSE, create, 4004 },   { CSE_CREATE, TRUE, create, 4004 },
                   { CSE_CREATE, FALSE, instance, 4004 }, { CSE_CREATE, TRUE, instance, 4004 },
                   { CSE_DELETE, TRUE, NULL, 4004 },      { CSE_DELETE, FALSE, NULL, 4004 } };
  cse_hold (&fixture->cse);
  for (guint i = 0; i < G_N_ELEMENTS (requests); i++)
    cse_send (&fixture->cse, requests[i].operation, "CDevice",
              requests[i].on_child ? child : parent, requests[i].members);
  cse_release (&fixture->cse);
  for (guint i = 0; i < G_N_ELEMENTS (requests); i++)
    expect_sent (fixture, i, requests[i].rsc);
  cse_settle (&fixture->cse);
  g_assert_cmpuint (faulty_store_count (), ==, 2);
}

static void
test_a_name_is_free_again_in_the_batch_that_deletes_it (Fixture *fixture, gconstpointer data)
{
  (void) data;
  static const char same[] = "\"ty\":3,\"pc\":{\"m2m:cnt\":{\"rn\":\"same\"}}";
  static const char instance[] = "\"ty\":4,\"pc\":{\"m2m:cin\":{\"rn\":\"i\",\"con\":\"xy\"}}";
  g_autofree char *parent = container (fixture, "\"rn\":\"p\"");
  g_free (cse_create (&fixture->cse, "CDevice", parent, 3, "{\"m2m:cnt\":{\"rn\":\"same\"}}"));
  cse_hold (&fixture->cse);
  for (guint i = 0; i < 3; i++)
    {
      cse_send (&fixture->cse, CSE_CREATE, "CDevice", "gatehouse/device/p/same", instance);
      cse_send (&fixture->cse, CSE_CREATE, "CDevice", "gatehouse/device/p", instance);
      cse_send (&fixture->cse, CSE_DELETE, "CDevice", "gatehouse/device/p/la", NULL);
      cse_send (&fixture->cse, CSE_CREATE, "CDevice", "gatehouse/device/p", same);
      cse_send (&fixture->cse, CSE_DELETE, "CDevice", "gatehouse/device/p/same", NULL);
      cse_send (&fixture->cse, CSE_CREATE, "CDevice", "gatehouse/device/p", same);
    }
  cse_release (&fixture->cse);
  static const gint expected[] = { 2001, 2001, 2002, 4105, 2002, 2001,
                                   /* the address was resolved to the first one */
                                   4004, 2001, 2002, 4105, 4004, 4105, 4004, 2001, 2002, 4105, 4004,
                                   4105 };
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    expect_sent (fixture, i, expected[i]);
  g_autofree char *count = cse_attribute (&fixture->cse, "CDevice", parent, "cni");
  g_assert_cmpstr (count, ==, "0");
  cse_settle (&fixture->cse);
  g_assert_cmpuint (faulty_store_count (), ==, 4);
}

static void
test_an_identity_is_free_again_in_the_batch_that_deletes_it (Fixture *fixture, gconstpointer data)
{
  static const char ae[] =
    "\"ty\":2,\"pc\":{\"m2m:ae\":{\"rn\":\"device\",\"api\":\"Nx\",\"rr\":true,\"srv\":[\"3\"]}}";
  (void) data;
  g_free (container (fixture, "\"rn\":\"old\""));
  cse_hold (&fixture->cse);
  for (guint i = 0; i < 4; i++)
    {
      cse_send (&fixture->cse, CSE_DELETE, "CDevice", "CDevice", NULL);
      cse_send (&fixture->cse, CSE_CREATE, "CDevice", "gatehouse", ae);
    }
  cse_release (&fixture->cse);
  for (guint i = 0; i < 8; i++)
    expect_sent (fixture, i, i % 2 == 0 ? 2002 : 2001);
  cse_expect (&fixture->cse, 4004, CSE_RETRIEVE, "CDevice", "gatehouse/device/old", NULL);
  cse_settle (&fixture->cse);
  cse_expect (&fixture->cse, 2000, CSE_RETRIEVE, "CDevice", "CDevice", NULL);
  g_autofree char *made = container (fixture, "\"rn\":\"old\"");
  cse_expect (&fixture->cse, 2000, CSE_RETRIEVE, "CDevice", made, NULL);
  g_assert_cmpuint (faulty_store_count (), ==, 3);
}

#define POLICY(originator, acop)                                              \
  "{\"m2m:acp\":{\"rn\":\"policy\",\"pv\":{\"acr\":[{\"acor\":[\"" originator \
  "\"],\"acop\":" #acop "}]},\"pvs\":{\"acr\":[{\"acor\":[\"CDevice\"],\"acop\":63}]}}}"

static void
test_a_policy_revoked_before_the_commit_counts (Fixture *fixture, gconstpointer data)
{
  const char *how = data;
  static const char instance[] = "\"ty\":4,\"pc\":{\"m2m:cin\":{\"con\":\"x\"}}";
  g_autofree char *policy = cse_create (&fixture->cse, "CDevice", "CDevice", 1,
                                        POLICY ("COther", 63));
  g_autofree char *parent = container (fixture, "\"acpi\":[\"gatehouse/device/policy\"]");
  cse_expect (&fixture->cse, 2001, CSE_CREATE, "COther", parent, instance);
  cse_hold (&fixture->cse);
  /* carried out before; decided before and carried out after; all three in one batch */
  cse_send (&fixture->cse, CSE_CREATE, "COther", parent, instance);
  if (strcmp (how, "delete") == 0)
    cse_send (&fixture->cse, CSE_DELETE, "CDevice", policy, NULL);
  else if (strcmp (how, "update") == 0)
    cse_send (&fixture->cse, CSE_UPDATE, "CDevice", policy,
              "\"pc\":{\"m2m:acp\":{\"pv\":{\"acr\":[]}}}");
  else if (strcmp (how, "acpi") == 0)
    cse_send (&fixture->cse, CSE_UPDATE, "CDevice", parent, "\"pc\":{\"m2m:cnt\":{\"acpi\":null}}");
  else
    cse_send (&fixture->cse, CSE_DELETE, "CDevice", "CDevice", NULL);
  for (guint i = 0; i < 5; i++)
    cse_send (&fixture->cse, CSE_CREATE, "COther", parent, instance);
  cse_send (&fixture->cse, CSE_UPDATE, "COther", parent, "\"pc\":{\"m2m:cnt\":{\"lbl\":[\"x\"]}}");
  cse_send (&fixture->cse, CSE_DELETE, "COther", parent, NULL);
  cse_release (&fixture->cse);
  expect_sent (fixture, 0, 2001);
  g_auto (CseAnswer) revoked = cse_take (&fixture->cse, 1);
  g_assert_true (revoked.rsc == 2002 || revoked.rsc == 2004);
  for (guint i = 2; i < fixture->cse.sent->len; i++)
    expect_sent (fixture, i, strcmp (how, "above") == 0 ? 4004 : 4103);
}

/* The decision on the way in was right; the revocation is committed in a batch before. */
static void
test_a_policy_revoked_by_an_earlier_batch_counts (Fixture *fixture, gconstpointer data)
{
  (void) data;
  static const char instance[] = "\"ty\":4,\"pc\":{\"m2m:cin\":{\"con\":\"x\"}}";
  g_autofree char *policy = cse_create (&fixture->cse, "CDevice", "CDevice", 1,
                                        POLICY ("COther", 63));
  g_autofree char *parent = container (fixture, "\"acpi\":[\"gatehouse/device/policy\"]");
  g_autofree char *own = container (fixture, "");
  cse_hold (&fixture->cse);
  cse_send (&fixture->cse, CSE_DELETE, "CDevice", policy, NULL);
  for (guint i = 1; i < 64; i++)
    cse_send (&fixture->cse, CSE_CREATE, "CDevice", own, instance);
  cse_send (&fixture->cse, CSE_CREATE, "COther", parent, instance);
  cse_release (&fixture->cse);
  expect_sent (fixture, 64, 4103);
}

static void
test_a_refused_request_leaves_no_trace (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *parent = container (fixture, "\"rn\":\"p\",\"mni\":2,\"mbs\":10");
  g_free (cse_create (&fixture->cse, "CDevice", parent, 4,
                      "{\"m2m:cin\":{\"rn\":\"a\",\"con\":\"one\"}}"));
  cse_settle (&fixture->cse);
  g_autofree char *before = faulty_store_dump (TRUE);
  static const struct {
    gint operation;
    const char *to, *members;
    gint rsc;
  } requests[] = {
    { CSE_CREATE, "gatehouse/device/p", "\"ty\":4,\"pc\":{\"m2m:cin\":{\"con\":\"12345678901\"}}",
      5207 },
    { CSE_CREATE, "gatehouse/device/p",
      "\"ty\":4,\"pc\":{\"m2m:cin\":{\"rn\":\"a\",\"con\":\"x\"}}", 4105 },
    { CSE_CREATE, "gatehouse/device/p",
      "\"ty\":4,\"pc\":{\"m2m:cin\":{\"et\":\"20200101T000000\",\"con\":\"x\"}}", 4000 },
    { CSE_CREATE, "gatehouse/device", "\"ty\":3,\"pc\":{\"m2m:cnt\":{\"et\":\"20200101T000000\"}}",
      4000 },
    { CSE_CREATE, "gatehouse/device", "\"ty\":3,\"pc\":{\"m2m:cnt\":{\"rn\":\"p\"}}", 4105 },
    { CSE_CREATE, "gatehouse/device",
      "\"ty\":1,\"pc\":{\"m2m:acp\":{\"pv\":{\"acr\":[]},\"pvs\":{\"acr\":[]}}}", 4000 },
    { CSE_UPDATE, "gatehouse/device/p", "\"pc\":{\"m2m:cnt\":{\"et\":\"20200101T000000\"}}", 4000 },
    { CSE_DELETE, "gatehouse/device/p/nobody", NULL, 4004 },
  };
  cse_hold (&fixture->cse);
  for (guint i = 0; i < G_N_ELEMENTS (requests); i++)
    cse_send (&fixture->cse, requests[i].operation, "CDevice", requests[i].to, requests[i].members);
  cse_release (&fixture->cse);
  for (guint i = 0; i < G_N_ELEMENTS (requests); i++)
    expect_sent (fixture, i, requests[i].rsc);
  cse_settle (&fixture->cse);
  g_autofree char *after = faulty_store_dump (TRUE);
  g_assert_cmpstr (after, ==, before);
}

static void
test_a_taken_identifier_does_not_block_those_without_a_name (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *parent = container (fixture, "");
  guint64 next = g_ascii_strtoull (strchr (parent, '-') + 1, NULL, 36) + 5;
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *content = g_strdup_printf ("{\"m2m:cnt\":{\"rn\":\"cnt-%c\"}}",
                                                  "0123456789abcdefghijklmnopqrstuvwxyz"[next + i]);
      g_free (cse_create (&fixture->cse, "CDevice", parent, 3, content));
    }
  for (guint i = 0; i < 5; i++)
    g_free (cse_create (&fixture->cse, "CDevice", parent, 3, "{\"m2m:cnt\":{}}"));
}

/* Everything that a batch can write: structural rows, instances, evictions, tombstones, events. */
static void
send_workload (Fixture *fixture)
{
  CseFixture *cse = &fixture->cse;
  static const char instance[] = "\"ty\":4,\"pc\":{\"m2m:cin\":{\"con\":\"x\"}}";
  cse_send (cse, CSE_CREATE, "CDevice", "CDevice", "\"ty\":3,\"pc\":{\"m2m:cnt\":{\"rn\":\"n\"}}");
  for (guint i = 0; i < 3; i++)
    cse_send (cse, CSE_CREATE, "CDevice", "gatehouse/device/p", instance);
  cse_send (cse, CSE_CREATE, "CDevice", "gatehouse/device/p",
            "\"ty\":4,\"pc\":{\"m2m:cin\":{\"rn\":\"named\",\"con\":\"x\"}}");
  cse_send (cse, CSE_DELETE, "CDevice", "gatehouse/device/p/la", NULL);
  cse_send (cse, CSE_UPDATE, "CDevice", "gatehouse/device/p",
            "\"pc\":{\"m2m:cnt\":{\"lbl\":[\"x\"]}}");
  cse_send (cse, CSE_DELETE, "CDevice", "gatehouse/device/q", NULL);
}

static void
prepare_workload (Fixture *fixture)
{
  CseFixture *cse = &fixture->cse;
  g_free (container (fixture, "\"rn\":\"p\",\"mni\":2"));
  g_free (container (fixture, "\"rn\":\"q\""));
  g_free (cse_create (cse, "CDevice", "gatehouse/device/p", 4, "{\"m2m:cin\":{\"con\":\"x\"}}"));
  g_free (cse_create (cse, "CDevice", "gatehouse/device/q", 4, "{\"m2m:cin\":{\"con\":\"x\"}}"));
  /* nobody takes this scheme, so that its events stay in the outbox */
  g_free (cse_create (cse, "CDevice", "gatehouse/device/p", 23,
                      "{\"m2m:sub\":{\"nu\":[\"nowhere://x/\"],\"enc\":{\"net\":[1,2,3,4]}}}"));
  cse_settle (cse);
}

static char *
retrieve_all (Fixture *fixture)
{
  g_auto (CseAnswer) answer = cse_request (&fixture->cse, CSE_RETRIEVE, "CAdmin", "gatehouse",
                                           "\"rcn\":4");
  g_assert_cmpint (answer.rsc, ==, 2000);
  return json_to_string (json_object_get_member (json_node_get_object (answer.root), "pc"), FALSE);
}

static gboolean
try_workload (Fixture *fixture, FaultKind kind, guint nth)
{
  guint failed = 0;
  cse_hold (&fixture->cse);
  send_workload (fixture);
  faulty_store_arm (kind, nth, 0);
  cse_release (&fixture->cse);
  for (guint i = 0; i < fixture->cse.sent->len; i++)
    {
      g_auto (CseAnswer) answer = cse_take (&fixture->cse, i);
      if (answer.rsc == 5000)
        failed++;
      else
        g_assert_cmpint (answer.rsc / 1000, ==, 2);
    }
  g_assert_true (failed == 0 || failed == fixture->cse.sent->len);
  cse_forget_sent (&fixture->cse);
  /* after a batch that was kept the purge may have met the fault */
  g_assert_true (faulty_store_disarm () || failed == 0);
  return failed == 0;
}

static void
test_a_batch_fails_at_every_statement (Fixture *fixture, gconstpointer data)
{
  (void) data;
  prepare_workload (fixture);
  g_autofree char *rows = faulty_store_dump (TRUE);
  g_autofree char *tree = retrieve_all (fixture);
  guint nth = 1;
  for (; !try_workload (fixture, FAULT_ANY, nth); nth++)
    {
      g_autofree char *rows_now = faulty_store_dump (TRUE);
      g_autofree char *tree_now = retrieve_all (fixture);
      g_assert_cmpstr (rows_now, ==, rows);
      g_assert_cmpstr (tree_now, ==, tree);
    }
  g_assert_cmpuint (nth, >, 25);
  g_autofree char *count = cse_attribute (&fixture->cse, "CDevice", "gatehouse/device/p", "cni");
  g_assert_cmpstr (count, ==, "1");
  cse_expect (&fixture->cse, 4004, CSE_RETRIEVE, "CDevice", "gatehouse/device/q", NULL);
  cse_settle (&fixture->cse);
}

/* The same from a store that is opened again, where only the rows tell. */
static void
assert_tree_is_what_the_store_says (Fixture *fixture)
{
  g_autofree char *live = retrieve_all (fixture);
  CseFixture *cse = &fixture->cse;
  cse_settle (cse);
  g_autofree char *ledger = cse_ledger (cse);
  faulty_store_keep (TRUE);
  cse_fixture_tear_down (cse);
  const CseParts parts = { .clock = fixture->clock, .store = &faulty_store_ops };
  cse_fixture_set_up_with (cse, NULL, &parts);
  faulty_store_keep (TRUE);
  g_autofree char *loaded = retrieve_all (fixture);
  g_assert_cmpstr (loaded, ==, live);
  cse_settle (cse);
  g_autofree char *counted = cse_ledger (cse);
  g_assert_cmpstr (counted, ==, ledger);
}

typedef struct {
  FaultKind kind;
  guint reopen_failures;
} Doubt;

static void
test_a_commit_in_doubt_is_settled_by_the_store (Fixture *fixture, gconstpointer data)
{
  const Doubt *doubt = data;
  CseFixture *cse = &fixture->cse;
  prepare_workload (fixture);
  const guint64 events = cse_counter (cse, "events");
  cse_hold (cse);
  send_workload (fixture);
  faulty_store_arm (doubt->kind, 1, doubt->reopen_failures);
  cse_release (cse);
  g_assert_cmpuint (count_sent (fixture, 5000, 0), ==, 8);
  g_assert_true (faulty_store_disarm ());
  /* while the store cannot be opened again nothing is written, but everything is read */
  for (guint i = 1; i < doubt->reopen_failures; i++)
    {
      cse_expect (cse, 2000, CSE_RETRIEVE, "CDevice", "gatehouse/device/p", NULL);
      cse_expect (cse, 5000, CSE_CREATE, "CDevice", "CDevice", "\"ty\":3,\"pc\":{\"m2m:cnt\":{}}");
    }
  g_free (container (fixture, "\"rn\":\"after\""));
  cse_settle (cse);
  const gboolean kept = doubt->kind == FAULT_DOUBT_KEPT;
  cse_expect (cse, kept ? 2000 : 4004, CSE_RETRIEVE, "CDevice", "gatehouse/device/n", NULL);
  cse_expect (cse, kept ? 4004 : 2000, CSE_RETRIEVE, "CDevice", "gatehouse/device/q", NULL);
  g_assert_cmpuint (cse_counter (cse, "events") > events, ==, kept);
  for (guint i = 0; i < 3; i++)
    g_free (cse_create (cse, "CDevice", "gatehouse/device/p", 4, "{\"m2m:cin\":{\"con\":\"y\"}}"));
  assert_tree_is_what_the_store_says (fixture);
}

/* A subtree with instances and subscriptions that want to be told, purged while the store fails. */
static void
make_subtree (Fixture *fixture)
{
  CseFixture *cse = &fixture->cse;
  g_free (container (fixture, "\"rn\":\"tree\""));
  g_free (
    cse_create (cse, "CDevice", "gatehouse/device/tree", 3, "{\"m2m:cnt\":{\"rn\":\"inner\"}}"));
  g_free (cse_create (cse, "CDevice", "gatehouse/device/tree/inner", 23,
                      "{\"m2m:sub\":{\"nu\":[\"nowhere://x/\"],\"su\":\"nowhere://y/\"}}"));
  cse_hold (cse);
  for (guint i = 0; i < 64; i++)
    cse_send (cse, CSE_CREATE, "CDevice",
              i % 2 == 0 ? "gatehouse/device/tree" : "gatehouse/device/tree/inner",
              "\"ty\":4,\"pc\":{\"m2m:cin\":{\"con\":\"x\"}}");
  cse_release (cse);
  g_assert_cmpuint (count_sent (fixture, 2001, 0), ==, 64);
  cse_settle (cse);
}

static void
test_a_purge_survives_a_failing_store (Fixture *fixture, gconstpointer data)
{
  CseFixture *cse = &fixture->cse;
  static const FaultKind kinds[] = { FAULT_PURGE,  FAULT_PUT_EVENT,  FAULT_PUT_MARKS,
                                     FAULT_COMMIT, FAULT_DOUBT_LOST, FAULT_DOUBT_KEPT };
  const guint reopen_failures = GPOINTER_TO_UINT (data);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      make_subtree (fixture);
      cse_hold (cse);
      cse_send (cse, CSE_DELETE, "CDevice", "gatehouse/device/tree", NULL);
      /* the outbox and the delete have marks and commits of their own */
      if (kinds[i] >= FAULT_PUT_MARKS)
        faulty_store_arm_after (FAULT_PURGE, kinds[i], reopen_failures);
      else
        faulty_store_arm (kinds[i], 1, reopen_failures);
      cse_release (cse);
      expect_sent (fixture, 0, 2002);
      cse_forget_sent (cse);
      faulty_store_wait ();
      cse_expect (cse, 4004, CSE_RETRIEVE, "CDevice", "gatehouse/device/tree/inner", NULL);
      while (kinds[i] >= FAULT_DOUBT_KEPT && faulty_store_reopen_failures () > 0)
        {
          cse_wake (cse);
          g_thread_yield ();
        }
      cse_settle (cse);
      g_assert_cmpuint (faulty_store_count (), ==, 2);
      g_assert_cmpuint (cse_counter (cse, "structural-resources"), ==, 2);
      g_autofree char *dump = faulty_store_dump (TRUE);
      guint notices = 0;
      for (const char *p = dump; (p = strstr (p, "\"net\":100")) != NULL; p++)
        notices++;
      g_assert_cmpuint (notices, ==, i + 1);
    }
  assert_tree_is_what_the_store_says (fixture);
}

/* Evicted rows are purged along with later batches; a batch that fails must not forget them. */
static void
test_evicted_rows_are_purged_after_a_failed_batch (Fixture *fixture, gconstpointer data)
{
  (void) data;
  CseFixture *cse = &fixture->cse;
  static const char instance[] = "\"ty\":4,\"pc\":{\"m2m:cin\":{\"con\":\"x\"}}";
  g_autofree char *parent = container (fixture, "\"rn\":\"p\",\"mni\":1");
  for (guint round = 0; round < 5; round++)
    {
      cse_hold (cse);
      for (guint i = 0; i < 128; i++)
        cse_send (cse, CSE_CREATE, "CDevice", parent, instance);
      /* the second batch, or a slice between them, takes along what the first evicted */
      faulty_store_arm (FAULT_COMMIT, 2, 0);
      cse_release (cse);
      g_assert_cmpuint (count_sent (fixture, 2001, 5000) % 64, ==, 0);
      g_assert_true (faulty_store_disarm ());
      cse_settle (cse);
      g_assert_cmpuint (faulty_store_count (), ==, 4);
    }
}

/* A process ended before it had purged a subtree of which a part had been deleted before. */
static void
test_nested_tombstones_are_purged_after_a_restart (Fixture *fixture, gconstpointer data)
{
  (void) data;
  CseFixture *cse = &fixture->cse;
  make_subtree (fixture);
  cse_hold (cse);
  cse_send (cse, CSE_DELETE, "CDevice", "gatehouse/device/tree/inner", NULL);
  cse_send (cse, CSE_DELETE, "CDevice", "gatehouse/device/tree", NULL);
  faulty_store_arm (FAULT_PURGE, 1, 0);
  cse_release (cse);
  g_assert_cmpuint (count_sent (fixture, 2002, 0), ==, 2);
  faulty_store_wait ();
  assert_tree_is_what_the_store_says (fixture);
  cse_settle (cse);
  g_assert_cmpuint (faulty_store_count (), ==, 2);
  g_assert_cmpuint (cse_counter (cse, "structural-resources"), ==, 2);
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer), gconstpointer data)
{
  g_test_add (path, Fixture, data, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  static const Doubt doubts[] = { { FAULT_DOUBT_KEPT, 0 }, { FAULT_DOUBT_LOST, 0 },
                                  { FAULT_DOUBT_KEPT, 1 }, { FAULT_DOUBT_LOST, 1 },
                                  { FAULT_DOUBT_KEPT, 3 }, { FAULT_DOUBT_LOST, 3 } };
  g_test_init (&argc, &argv, NULL);
  add ("/batch/one-of-many-creators-of-a-name-succeeds",
       test_one_of_many_creators_of_a_name_succeeds, NULL);
  add ("/batch/one-of-many-creators-in-one-batch-succeeds",
       test_one_of_many_creators_of_a_name_succeeds, GINT_TO_POINTER (1));
  add ("/batch/a-name-is-shared-by-instances-and-containers",
       test_a_name_is_shared_by_instances_and_containers, NULL);
  add ("/batch/one-of-many-registrations-of-an-identity-succeeds",
       test_one_of_many_registrations_of_an_identity_succeeds, NULL);
  add ("/batch/a-parent-is-updated-and-deleted-in-one-batch",
       test_a_parent_is_updated_and_deleted_in_one_batch, NULL);
  add ("/batch/a-name-is-free-again-in-the-batch-that-deletes-it",
       test_a_name_is_free_again_in_the_batch_that_deletes_it, NULL);
  add ("/batch/an-identity-is-free-again-in-the-batch-that-deletes-it",
       test_an_identity_is_free_again_in_the_batch_that_deletes_it, NULL);
  add ("/batch/a-policy-updated-before-the-commit-counts",
       test_a_policy_revoked_before_the_commit_counts, "update");
  add ("/batch/a-policy-deleted-before-the-commit-counts",
       test_a_policy_revoked_before_the_commit_counts, "delete");
  add ("/batch/a-reference-removed-before-the-commit-counts",
       test_a_policy_revoked_before_the_commit_counts, "acpi");
  add ("/batch/a-policy-deleted-with-its-parent-counts",
       test_a_policy_revoked_before_the_commit_counts, "above");
  add ("/batch/a-policy-revoked-by-an-earlier-batch-counts",
       test_a_policy_revoked_by_an_earlier_batch_counts, NULL);
  add ("/batch/a-refused-request-leaves-no-trace", test_a_refused_request_leaves_no_trace, NULL);
  add ("/batch/a-taken-identifier-does-not-block-those-without-a-name",
       test_a_taken_identifier_does_not_block_those_without_a_name, NULL);
  add ("/batch/fails-at-every-statement", test_a_batch_fails_at_every_statement, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (doubts); i++)
    {
      g_autofree char *path = g_strdup_printf ("/batch/a-commit-in-doubt-is-%s-%u",
                                               i % 2 == 0 ? "kept" : "lost",
                                               doubts[i].reopen_failures);
      add (path, test_a_commit_in_doubt_is_settled_by_the_store, &doubts[i]);
    }
  add ("/batch/a-purge-survives-a-failing-store", test_a_purge_survives_a_failing_store, NULL);
  add ("/batch/a-purge-survives-a-store-that-stays-away", test_a_purge_survives_a_failing_store,
       GUINT_TO_POINTER (2));
  add ("/batch/evicted-rows-are-purged-after-a-failed-batch",
       test_evicted_rows_are_purged_after_a_failed_batch, NULL);
  add ("/batch/nested-tombstones-are-purged-after-a-restart",
       test_nested_tombstones_are_purged_after_a_restart, NULL);
  return g_test_run ();
}
