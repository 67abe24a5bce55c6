/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cse-fixture.h"

#include <string.h>

#include "fake-transport.h"
#include "gh-cse-private.h"
#include "service/gh-fan-out.h"
#include "service/gh-group-request.h"

/* CDevice owns an AE with the containers a, b and c, and the groups; COther comes from outside. */

static void
set_up (CseFixture *fixture, gconstpointer data)
{
  const CseParts parts = { .clock = gh_clock_new_fake (G_GINT64_CONSTANT (1700000000000000)),
                           .transport = &fake_transport_ops };
  static const char *const names[] = { "a", "b", "c" };
  fake_transport_reset ();
  cse_fixture_set_up_with (fixture, data, &parts);
  gh_clock_unref (parts.clock);
  g_free (cse_create (fixture, "CDevice", "gatehouse", 2,
                      "{\"m2m:ae\":{\"rn\":\"device\",\"api\":\"Ndevice\",\"rr\":true,"
                      "\"srv\":[\"3\"],\"poa\":[\"fake://device\"]}}"));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *content = g_strdup_printf ("{\"m2m:cnt\":{\"rn\":\"%s\"}}", names[i]);
      g_free (cse_create (fixture, "CDevice", "CDevice", 3, content));
    }
}

static void
tear_down (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  cse_fixture_tear_down (fixture);
}

#define A "gatehouse/device/a"
#define B "gatehouse/device/b"
#define C "gatehouse/device/c"

/* A group below the AE; @members: JSON of further attributes */
static char *
group_content (const char *name, const char *members)
{
  return g_strdup_printf ("{\"m2m:grp\":{\"rn\":\"%s\",%s}}", name, members);
}

static void
make_group (CseFixture *fixture, const char *name, const char *members)
{
  g_autofree char *content = group_content (name, members);
  g_free (cse_create (fixture, "CDevice", "CDevice", 9, content));
}

static void
refuse_group (CseFixture *fixture, gint rsc, const char *reason, const char *members)
{
  g_autofree char *content = group_content ("refused", members);
  g_autofree char *all = g_strdup_printf ("\"ty\":9,\"pc\":%s", content);
  cse_refuse (fixture, rsc, reason, CSE_CREATE, "CDevice", "CDevice", all);
}

static void
expect_attribute (CseFixture *fixture, const char *to, const char *name, const char *expected)
{
  g_autofree char *value = cse_attribute (fixture, "CDevice", to, name);
  g_assert_cmpstr (value, ==, expected);
}

/* The answer of member @at of an aggregated answer. */
static JsonObject *
member (const CseAnswer *answer, guint at)
{
  JsonObject *all = json_object_get_object_member (answer->content, "m2m:agr");
  g_assert_nonnull (all);
  JsonArray *answers = json_object_get_array_member (all, "m2m:rsp");
  g_assert_cmpuint (at, <, json_array_get_length (answers));
  return json_array_get_object_element (answers, at);
}

static guint
n_members (const CseAnswer *answer)
{
  g_assert_cmpint (answer->rsc, ==, 2000);
  JsonObject *all = json_object_get_object_member (answer->content, "m2m:agr");
  return json_array_get_length (json_object_get_array_member (all, "m2m:rsp"));
}

static void
expect_member (const CseAnswer *answer, guint at, const char *from, gint rsc)
{
  JsonObject *object = member (answer, at);
  g_assert_cmpstr (json_object_get_string_member (object, "fr"), ==, from);
  g_assert_cmpint (json_object_get_int_member (object, "rsc"), ==, rsc);
  g_assert_true (json_object_has_member (object, "rqi"));
}

#define UPDATE_LABELS "\"pc\":{\"m2m:cnt\":{\"lbl\":[\"x\"]}}"
#define CREATE_CIN    "\"ty\":4,\"pc\":{\"m2m:cin\":{\"con\":\"x\"}}"

static void
test_members_are_counted_and_stand_once (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  make_group (fixture, "g", "\"mnm\":3,\"mid\":[\"" A "\",\"/gatehouse/" A "\",\"" B "\"]");
  expect_attribute (fixture, "gatehouse/device/g", "cnm", "2");
  expect_attribute (fixture, "gatehouse/device/g", "mt", "0");
  expect_attribute (fixture, "gatehouse/device/g", "csy", "1");
  expect_attribute (fixture, "gatehouse/device/g", "mid", "[\"" A "\",\"" B "\"]");
  expect_attribute (fixture, "gatehouse/device/g", "mtv", NULL);
  cse_expect (fixture, 2004, CSE_UPDATE, "CDevice", "gatehouse/device/g",
              "\"pc\":{\"m2m:grp\":{\"mid\":[\"" C "\",\"" C "\"]}}");
  expect_attribute (fixture, "gatehouse/device/g", "cnm", "1");
}

static void
test_a_group_has_as_many_members_as_it_may (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  refuse_group (fixture, 6010, "maxNrOfMembers is 1",
                "\"mnm\":1,\"mid\":[\"" A "\",\"" B "\"]");
  make_group (fixture, "g", "\"mnm\":2,\"mid\":[\"" A "\",\"" B "\"]");
  cse_refuse (fixture, 6010, "mid: 3 members", CSE_UPDATE, "CDevice", "gatehouse/device/g",
              "\"pc\":{\"m2m:grp\":{\"mid\":[\"" A "\",\"" B "\",\"" C "\"]}}");
  cse_refuse (fixture, 6010, "mnm: 1 is below the 2", CSE_UPDATE, "CDevice", "gatehouse/device/g",
              "\"pc\":{\"m2m:grp\":{\"mnm\":1}}");
  cse_expect (fixture, 2004, CSE_UPDATE, "CDevice", "gatehouse/device/g",
              "\"pc\":{\"m2m:grp\":{\"mnm\":3,\"mid\":[\"" A "\",\"" B "\",\"" C "\"]}}");
}

static void
test_members_have_the_type_of_the_group (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  refuse_group (fixture, 4110, "mid: gatehouse/device is not of the memberType 3",
                "\"mt\":3,\"csy\":2,\"mnm\":9,\"mid\":[\"" A "\",\"gatehouse/device\"]");
  refuse_group (fixture, 4110, "mid: gatehouse/none",
                "\"mt\":3,\"csy\":2,\"mnm\":9,\"mid\":[\"gatehouse/none\"]");
  make_group (fixture, "g",
              "\"mt\":3,\"csy\":1,\"mnm\":9,\"mid\":[\"" A "\",\"gatehouse/device\"]");
  expect_attribute (fixture, "gatehouse/device/g", "mid", "[\"" A "\"]");
  expect_attribute (fixture, "gatehouse/device/g", "mtv", "true");
  make_group (fixture, "m",
              "\"mt\":3,\"csy\":3,\"mnm\":9,\"mid\":[\"" A "\",\"gatehouse/device\"]");
  expect_attribute (fixture, "gatehouse/device/m", "cnm", "2");
  expect_attribute (fixture, "gatehouse/device/m", "mt", "0");
  expect_attribute (fixture, "gatehouse/device/m", "mtv", "true");
  cse_expect (fixture, 2004, CSE_UPDATE, "CDevice", "gatehouse/device/g",
              "\"pc\":{\"m2m:grp\":{\"mid\":[\"CDevice\",\"" B "\"]}}");
  expect_attribute (fixture, "gatehouse/device/g", "mid", "[\"" B "\"]");
}

static void
test_virtual_members_have_a_type_too (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  make_group (fixture, "l", "\"mt\":20002,\"csy\":2,\"mnm\":9,\"mid\":[\"" A "/la\"]");
  refuse_group (fixture, 4110, A "/ol",
                "\"mt\":20002,\"csy\":2,\"mnm\":9,\"mid\":[\"" A "/ol\"]");
  refuse_group (fixture, 4110, "gatehouse/device/la",
                "\"mt\":20002,\"csy\":2,\"mnm\":9,\"mid\":[\"gatehouse/device/la\"]");
}

static void
test_groups_in_groups_have_the_type_too (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  make_group (fixture, "inner", "\"mt\":3,\"mnm\":9,\"mid\":[\"" A "\"]");
  make_group (fixture, "outer",
              "\"mt\":3,\"csy\":2,\"mnm\":9,\"mid\":[\"gatehouse/device/inner/fopt\"]");
  refuse_group (fixture, 4110, "inner",
                "\"mt\":3,\"csy\":2,\"mnm\":9,\"mid\":[\"gatehouse/device/inner\"]");
  refuse_group (fixture, 4110, "inner/fopt",
                "\"mt\":4,\"csy\":2,\"mnm\":9,\"mid\":[\"gatehouse/device/inner/fopt\"]");
}

static void
test_a_member_elsewhere_is_not_validated (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  make_group (fixture, "g", "\"mt\":3,\"csy\":2,\"mnm\":9,\"mid\":[\"" A "\",\"/other/cnt-1\"]");
  expect_attribute (fixture, "gatehouse/device/g", "mtv", "false");
  expect_attribute (fixture, "gatehouse/device/g", "cnm", "2");
}

static void
test_a_group_tells_no_type_that_may_not_be_read (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (cse_create (fixture, "COther", "gatehouse", 2,
                      "{\"m2m:ae\":{\"rn\":\"other\",\"api\":\"Nother\",\"rr\":false,"
                      "\"srv\":[\"3\"]}}"));
  cse_refuse (fixture, 5105, "mid: the type of " A, CSE_CREATE, "COther", "COther",
              "\"ty\":9,\"pc\":{\"m2m:grp\":{\"mt\":3,\"mnm\":9,\"mid\":[\"" A "\"]}}");
  /* what it does not look at, it may name */
  cse_expect (fixture, 2001, CSE_CREATE, "COther", "COther",
              "\"ty\":9,\"pc\":{\"m2m:grp\":{\"mnm\":9,\"mid\":[\"" A "\"]}}");
}

static void
test_a_specialization_belongs_to_its_type (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  refuse_group (fixture, 4000, "spty: mgd needs memberType 13",
                "\"mt\":3,\"spty\":{\"mgd\":1001},\"mnm\":9,\"mid\":[]");
  make_group (fixture, "g", "\"mt\":13,\"spty\":{\"mgd\":1001},\"mnm\":9,\"mid\":[]");
}

static void
test_every_member_answers (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  make_group (fixture, "g", "\"mnm\":9,\"mid\":[\"" A "\",\"" B "\",\"" C "\"]");
  g_auto (CseAnswer) created = cse_request (fixture, CSE_CREATE, "CDevice",
                                            "gatehouse/device/g/fopt", CREATE_CIN);
  g_assert_cmpuint (n_members (&created), ==, 3);
  expect_member (&created, 0, A, 2001);
  expect_member (&created, 2, C, 2001);
  g_auto (CseAnswer) updated = cse_request (fixture, CSE_UPDATE, "CDevice",
                                            "gatehouse/device/g/fopt", UPDATE_LABELS);
  expect_member (&updated, 1, B, 2004);
  g_auto (CseAnswer) read = cse_request (fixture, CSE_RETRIEVE, "CDevice",
                                         "gatehouse/device/g/fopt", NULL);
  g_assert_cmpuint (n_members (&read), ==, 3);
  JsonObject *content = json_object_get_object_member (member (&read, 0), "pc");
  JsonObject *container = json_object_get_object_member (content, "m2m:cnt");
  g_assert_cmpstr (json_object_get_string_member (container, "rn"), ==, "a");
  g_assert_cmpint (json_object_get_int_member (container, "cni"), ==, 1);
  g_auto (CseAnswer) latest = cse_request (fixture, CSE_RETRIEVE, "CDevice",
                                           "gatehouse/device/g/fopt/la", NULL);
  g_assert_cmpuint (n_members (&latest), ==, 3);
  expect_member (&latest, 2, C, 2000);
  g_auto (CseAnswer) deleted = cse_request (fixture, CSE_DELETE, "CDevice",
                                            "gatehouse/device/g/fopt", NULL);
  expect_member (&deleted, 0, A, 2002);
  cse_expect (fixture, 4004, CSE_RETRIEVE, "CDevice", A, NULL);
}

static void
test_some_members_may_refuse (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  make_group (fixture, "g",
              "\"mnm\":9,\"mid\":[\"" A "\",\"gatehouse/none\",\"/other/cnt-1\","
              "\"gatehouse/device\"]");
  g_auto (CseAnswer) answer = cse_request (fixture, CSE_CREATE, "CDevice",
                                           "gatehouse/device/g/fopt", CREATE_CIN);
  g_assert_cmpuint (n_members (&answer), ==, 4);
  expect_member (&answer, 0, A, 2001);
  expect_member (&answer, 1, "gatehouse/none", 4004);
  expect_member (&answer, 2, "/other/cnt-1", 4004);
  expect_member (&answer, 3, "gatehouse/device", 4108);
}

static void
test_each_member_decides_for_itself (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *acp = cse_create (
    fixture, "CDevice", "CDevice", 1,
    "{\"m2m:acp\":{\"rn\":\"p\",\"pv\":{\"acr\":[{\"acor\":[\"COther\"],\"acop\":2},"
    "{\"acor\":[\"CDevice\"],\"acop\":63}]},"
    "\"pvs\":{\"acr\":[{\"acor\":[\"CDevice\"],\"acop\":63}]}}}");
  g_autofree char *acpi = g_strdup_printf ("\"pc\":{\"m2m:cnt\":{\"acpi\":[\"%s\"]}}", acp);
  cse_expect (fixture, 2004, CSE_UPDATE, "CDevice", A, acpi);
  g_autofree char *members = g_strdup_printf (
    "\"mnm\":9,\"macp\":[\"%s\"],\"mid\":[\"" A "\",\"" B "\"]", acp);
  make_group (fixture, "g", members);
  g_auto (CseAnswer) answer = cse_request (fixture, CSE_RETRIEVE, "COther",
                                           "gatehouse/device/g/fopt", NULL);
  expect_member (&answer, 0, A, 2000);
  expect_member (&answer, 1, B, 4103);
  g_assert_false (json_object_has_member (member (&answer, 1), "pc"));
  /* macp permits nothing else, and nothing of the group itself */
  cse_expect (fixture, 4103, CSE_UPDATE, "COther", "gatehouse/device/g/fopt", UPDATE_LABELS);
  cse_expect (fixture, 4103, CSE_RETRIEVE, "COther", "gatehouse/device/g", NULL);
}

static void
test_without_macp_the_group_decides (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  make_group (fixture, "g", "\"mnm\":9,\"mid\":[\"" A "\"]");
  cse_expect (fixture, 4103, CSE_RETRIEVE, "COther", "gatehouse/device/g/fopt", NULL);
  cse_expect (fixture, 2000, CSE_RETRIEVE, "CDevice", "gatehouse/device/g/fopt", NULL);
  cse_expect (fixture, 2000, CSE_RETRIEVE, "CAdmin", "gatehouse/device/g/fopt", NULL);
}

static void
test_what_cannot_be_fanned_out_is_refused (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  make_group (fixture, "empty", "\"mnm\":9,\"mid\":[]");
  make_group (fixture, "g", "\"mt\":3,\"mnm\":9,\"mid\":[\"" A "\"]");
  cse_refuse (fixture, 4109, "empty has no members", CSE_RETRIEVE, "CDevice",
              "gatehouse/device/empty/fopt", NULL);
  cse_refuse (fixture, 4108, "each a container, hold no AE", CSE_CREATE, "CDevice",
              "gatehouse/device/g/fopt",
              "\"ty\":2,\"pc\":{\"m2m:ae\":{\"api\":\"Nx\",\"rr\":false}}");
  cse_expect (fixture, 4004, CSE_RETRIEVE, "CDevice", "gatehouse/device/a/fopt", NULL);
  cse_expect (fixture, 4004, CSE_RETRIEVE, "CDevice", "gatehouse/device/g/foptx", NULL);
  cse_expect (fixture, 4004, CSE_RETRIEVE, "CDevice", "gatehouse/none/fopt", NULL);
}

static void
test_groups_in_groups_answer_for_themselves (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  make_group (fixture, "inner", "\"mnm\":9,\"mid\":[\"" A "\",\"" B "\"]");
  make_group (fixture, "outer",
              "\"mnm\":9,\"mid\":[\"gatehouse/device/inner/fopt\",\"" C "\"]");
  g_auto (CseAnswer) answer = cse_request (fixture, CSE_UPDATE, "CDevice",
                                           "gatehouse/device/outer/fopt", UPDATE_LABELS);
  g_assert_cmpuint (n_members (&answer), ==, 2);
  expect_member (&answer, 0, "gatehouse/device/inner/fopt", 2000);
  expect_member (&answer, 1, C, 2004);
  JsonObject *inner = json_object_get_object_member (member (&answer, 0), "pc");
  JsonObject *all = json_object_get_object_member (inner, "m2m:agr");
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (all, "m2m:rsp")), ==, 2);
  expect_attribute (fixture, B, "lbl", "[\"x\"]");
}

static void
test_groups_that_hold_each_other_end (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  make_group (fixture, "one",
              "\"mnm\":9,\"mid\":[\"gatehouse/device/two/fopt\",\"" A "\"]");
  make_group (fixture, "two",
              "\"mnm\":9,\"mid\":[\"gatehouse/device/one/fopt\",\"" A "\"]");
  g_auto (CseAnswer) answer = cse_request (fixture, CSE_CREATE, "CDevice",
                                           "gatehouse/device/one/fopt", CREATE_CIN);
  g_assert_cmpuint (n_members (&answer), ==, 2);
  expect_member (&answer, 0, "gatehouse/device/two/fopt", 2000);
  JsonObject *inner = json_object_get_object_member (member (&answer, 0), "pc");
  JsonObject *all = json_object_get_object_member (inner, "m2m:agr");
  JsonArray *two = json_object_get_array_member (all, "m2m:rsp");
  g_assert_cmpint (json_object_get_int_member (json_array_get_object_element (two, 0), "rsc"), ==,
                   4104);
  /* and no member is asked twice */
  expect_attribute (fixture, A, "cni", "1");
  /* what was kept of it goes when its last member is done with it */
  while (gh_group_requests_count (fixture->cse->service->group_requests) > 0)
    g_thread_yield ();
}

static void
test_a_group_request_comes_once (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  make_group (fixture, "g", "\"mnm\":9,\"mid\":[\"" A "\"]");
  cse_expect (fixture, 2000, CSE_RETRIEVE, "CDevice", "gatehouse/device/g/fopt", "\"gid\":\"x1\"");
  cse_refuse (fixture, 4104, "gid: this group request", CSE_RETRIEVE, "CDevice",
              "/gatehouse/gatehouse/device/g/fopt", "\"gid\":\"x1\"");
  cse_refuse (fixture, 4104, "gid: this group request", CSE_RETRIEVE, "CDevice", A,
              "\"gid\":\"x1\"");
  cse_expect (fixture, 2000, CSE_RETRIEVE, "CDevice", B, "\"gid\":\"x1\"");
  cse_expect (fixture, 2000, CSE_RETRIEVE, "CDevice", A, "\"gid\":\"x2\"");
}

static void
test_a_request_can_be_for_some_members (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  make_group (fixture, "inner", "\"mnm\":9,\"mid\":[\"" A "\",\"" B "\"]");
  make_group (fixture, "g", "\"mnm\":9,\"mid\":[\"gatehouse/device/inner/fopt\",\"" C "\"]");
  g_auto (CseAnswer) one = cse_request (fixture, CSE_UPDATE, "CDevice", "gatehouse/device/g/fopt",
                                        UPDATE_LABELS ",\"grtm\":[\"" C "\"]");
  g_assert_cmpuint (n_members (&one), ==, 1);
  expect_member (&one, 0, C, 2004);
  g_auto (CseAnswer) below = cse_request (fixture, CSE_UPDATE, "CDevice",
                                          "gatehouse/device/g/fopt",
                                          UPDATE_LABELS ",\"grtm\":[\"" B "\"]");
  g_assert_cmpuint (n_members (&below), ==, 1);
  expect_attribute (fixture, B, "lbl", "[\"x\"]");
  expect_attribute (fixture, A, "lbl", NULL);
  cse_refuse (fixture, 4000, "grtm: CDevice is not a member", CSE_UPDATE, "CDevice",
              "gatehouse/device/g/fopt", UPDATE_LABELS ",\"grtm\":[\"CDevice\"]");
}

static void
test_members_that_are_aes_are_notified (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  make_group (fixture, "g", "\"mnm\":9,\"mid\":[\"CDevice\",\"" A "\"]");
  g_auto (CseAnswer) answer = cse_request (fixture, CSE_NOTIFY, "CDevice",
                                           "gatehouse/device/g/fopt",
                                           "\"pc\":{\"m2m:sgn\":{\"vrq\":true}}");
  g_assert_cmpuint (n_members (&answer), ==, 2);
  expect_member (&answer, 0, "CDevice", 2000);
  expect_member (&answer, 1, A, 4005);
  g_autoptr (FakeDelivery) delivery = fake_transport_take ();
  g_assert_cmpstr (delivery->url, ==, "fake://device");
}

/* More members than are asked at once, and than one batch of the writer has. */
static void
test_large_groups_are_served_in_windows (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  g_autoptr (GString) members = g_string_new ("\"mnm\":1000,\"mid\":[");
  for (guint i = 0; i < 500; i++)
    {
      g_autofree char *content = g_strdup_printf ("{\"m2m:cnt\":{\"rn\":\"m%u\"}}", i);
      g_free (cse_create (fixture, "CDevice", A, 3, content));
      g_string_append_printf (members, "%s\"" A "/m%u\"", i > 0 ? "," : "", i);
    }
  g_string_append_c (members, ']');
  make_group (fixture, "g", members->str);
  g_auto (CseAnswer) created = cse_request (fixture, CSE_CREATE, "CDevice",
                                            "gatehouse/device/g/fopt", CREATE_CIN);
  g_assert_cmpuint (n_members (&created), ==, 500);
  for (guint i = 0; i < 500; i++)
    g_assert_cmpint (json_object_get_int_member (member (&created, i), "rsc"), ==, 2001);
  g_auto (CseAnswer) read = cse_request (fixture, CSE_RETRIEVE, "CDevice",
                                         "gatehouse/device/g/fopt/la", NULL);
  g_assert_cmpuint (n_members (&read), ==, 500);
}

static void
test_answers_are_bounded (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  make_group (fixture, "g", "\"mnm\":9,\"mid\":[\"" A "\",\"" B "\",\"" C "\"]");
  g_auto (CseAnswer) answer = cse_request (fixture, CSE_RETRIEVE, "CDevice",
                                           "gatehouse/device/g/fopt", NULL);
  g_assert_cmpuint (n_members (&answer), ==, 3);
  expect_member (&answer, 1, B, 2000);
  expect_member (&answer, 2, C, 5207);
}

/* The writer stands still, so that no member answers. */
static void
test_who_does_not_answer_in_time_is_left_out (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  make_group (fixture, "g", "\"mnm\":9,\"mid\":[\"" A "\"]");
  cse_hold (fixture);
  const guint place = cse_send (fixture, CSE_UPDATE, "CDevice", "gatehouse/device/g/fopt",
                                UPDATE_LABELS);
  while (gh_pendings_count (fixture->cse->service->pendings) == 0)
    g_thread_yield ();
  gh_clock_advance (fixture->cse->service->clock, G_GINT64_CONSTANT (11000000));
  cse_wake (fixture);
  g_auto (CseAnswer) answer = cse_take (fixture, place);
  cse_release (fixture);
  g_assert_cmpint (answer.rsc, ==, 5209);
}

static void
test_stopping_answers_what_is_under_way (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  make_group (fixture, "g", "\"mnm\":9,\"mid\":[\"" A "\",\"" B "\"]");
  for (guint i = 0; i < 20; i++)
    (void) cse_send (fixture, CSE_UPDATE, "CDevice", "gatehouse/device/g/fopt", UPDATE_LABELS);
  cse_fixture_tear_down (fixture);
}

static const char *const three_members[] = { "limits.fan-out-members=2", NULL };

#define TEST_WITH(name, options)                                                            \
  g_test_add ("/group/" #name, CseFixture, options, set_up, test_##name, tear_down)
#define TEST(name) TEST_WITH (name, NULL)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST (members_are_counted_and_stand_once);
  TEST (a_group_has_as_many_members_as_it_may);
  TEST (members_have_the_type_of_the_group);
  TEST (virtual_members_have_a_type_too);
  TEST (groups_in_groups_have_the_type_too);
  TEST (a_member_elsewhere_is_not_validated);
  TEST (a_group_tells_no_type_that_may_not_be_read);
  TEST (a_specialization_belongs_to_its_type);
  TEST (every_member_answers);
  TEST (some_members_may_refuse);
  TEST (each_member_decides_for_itself);
  TEST (without_macp_the_group_decides);
  TEST (what_cannot_be_fanned_out_is_refused);
  TEST (groups_in_groups_answer_for_themselves);
  TEST (groups_that_hold_each_other_end);
  TEST (a_group_request_comes_once);
  TEST (a_request_can_be_for_some_members);
  TEST (members_that_are_aes_are_notified);
  TEST (large_groups_are_served_in_windows);
  TEST_WITH (answers_are_bounded, three_members);
  TEST (who_does_not_answer_in_time_is_left_out);
  g_test_add ("/group/stopping_answers_what_is_under_way", CseFixture, NULL, set_up,
              test_stopping_answers_what_is_under_way, NULL);
  return g_test_run ();
}
