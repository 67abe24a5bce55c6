/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cse-fixture.h"

#include <string.h>

static void
set_up (CseFixture *fixture, gconstpointer data)
{
  cse_fixture_set_up (fixture, data);
  g_free (cse_create (
    fixture, "CDevice", "gatehouse", 2,
    "{\"m2m:ae\":{\"rn\":\"device\",\"api\":\"Ndevice\",\"rr\":true,\"srv\":[\"3\"]}}"));
  g_free (cse_create (fixture, "CDevice", "CDevice", 3,
                      "{\"m2m:cnt\":{\"rn\":\"load\",\"lbl\":[\"a\",\"b\"]}}"));
}

static void
tear_down (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  cse_fixture_tear_down (fixture);
}

#define LOAD "gatehouse/device/load"

typedef struct {
  gint operation;
  const char *from, *to, *members;
  gint rsc;
  const char *reason;
} Refusal;

static void
check (CseFixture *fixture, const Refusal *refusals, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      const Refusal *r = &refusals[i];
      cse_refuse (fixture, r->rsc, r->reason, r->operation, r->from, r->to, r->members);
    }
}

static void
test_originators (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  static const Refusal refusals[] = {
    { CSE_RETRIEVE, NULL, LOAD, NULL, 4000, "From" },
    { CSE_RETRIEVE, "", LOAD, NULL, 4000, "From" },
    { CSE_RETRIEVE, "C", LOAD, NULL, 4000, "From" },
    { CSE_RETRIEVE, "X", LOAD, NULL, 4000, "From" },
    { CSE_RETRIEVE, "CNobody", LOAD, NULL, 4106, "From" },
    { CSE_RETRIEVE, "/other/CDevice", LOAD, NULL, 4106, "From" },
    { CSE_CREATE, NULL, LOAD, "\"ty\":3,\"pc\":{\"m2m:cnt\":{}}", 4000, "From" },
    { CSE_CREATE, "S", LOAD, "\"ty\":3,\"pc\":{\"m2m:cnt\":{}}", 4000, "From" },
    { CSE_UPDATE, NULL, LOAD, "\"pc\":{\"m2m:cnt\":{}}", 4000, "From" },
    { CSE_CREATE, "/gatehouse/CDevice", "gatehouse",
      "\"ty\":2,\"pc\":{\"m2m:ae\":{\"api\":\"Nx\",\"rr\":true,\"srv\":[\"3\"]}}", 4000, "From" },
    { CSE_CREATE, "CDevice", "gatehouse",
      "\"ty\":2,\"pc\":{\"m2m:ae\":{\"api\":\"Nx\",\"rr\":true,\"srv\":[\"3\"]}}", 4117, "From" },
  };
  check (fixture, refusals, G_N_ELEMENTS (refusals));
}

static void
test_release_and_times (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  static const Refusal refusals[] = {
    { CSE_RETRIEVE, "CDevice", LOAD, "\"rvi\":\"9\"", 4001, "RVI" },
    { CSE_RETRIEVE, "CDevice", LOAD, "\"rvi\":\"4\"", 4001, "RVI" },
    { CSE_RETRIEVE, "CDevice", LOAD, "\"rvi\":\"2b\"", 4001, "RVI" },
    { CSE_RETRIEVE, "CDevice", LOAD, "\"rqet\":\"20200101T000000\"", 4008, "RQET" },
    { CSE_RETRIEVE, "CDevice", LOAD, "\"rset\":\"20200101T000000\"", 4008, "RSET" },
    { CSE_RETRIEVE, "CDevice", LOAD, "\"rqet\":\"soon\"", 4000, "rqet" },
    { CSE_UPDATE, "CDevice", LOAD, "\"rqet\":\"20200101T000000\",\"pc\":{\"m2m:cnt\":{}}", 4008,
      "RQET" },
  };
  static const char *const served[] = { "1", "2", "2a", "3" };
  check (fixture, refusals, G_N_ELEMENTS (refusals));
  for (guint i = 0; i < G_N_ELEMENTS (served); i++)
    {
      g_autofree char *members = g_strdup_printf ("\"rvi\":\"%s\"", served[i]);
      cse_expect (fixture, 2000, CSE_RETRIEVE, "CDevice", LOAD, members);
    }
  cse_expect (fixture, 2000, CSE_RETRIEVE, "CDevice", LOAD, "\"rqet\":\"20990101T000000\"");
}

static void
test_operations_and_bodies (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  static const Refusal refusals[] = {
    { 0, "CDevice", LOAD, NULL, 4000, "op" },
    { 6, "CDevice", LOAD, NULL, 4000, "op" },
    { -1, "CDevice", LOAD, NULL, 4000, "op" },
    { CSE_CREATE, "CDevice", LOAD, "\"ty\":3", 4000, "content" },
    { CSE_UPDATE, "CDevice", LOAD, NULL, 4000, "content" },
    { CSE_CREATE, "CDevice", LOAD, "\"pc\":{\"m2m:cnt\":{}}", 4000, "ty" },
    { CSE_RETRIEVE, "CDevice", LOAD, "\"ty\":3", 4000, "ty" },
    { CSE_CREATE, "CDevice", LOAD, "\"ty\":3,\"pc\":{\"m2m:ae\":{}}", 4000, "m2m:cnt" },
    { CSE_CREATE, "CDevice", LOAD, "\"ty\":3,\"pc\":{\"m2m:cnt\":{\"mni\":\"x\"}}", 4000, "mni" },
    { CSE_CREATE, "CDevice", LOAD, "\"ty\":3,\"pc\":{\"m2m:cnt\":{\"mni\":-1}}", 4000, "mni" },
    { CSE_CREATE, "CDevice", LOAD, "\"ty\":3,\"pc\":{\"m2m:cnt\":{\"lbl\":\"x\"}}", 4000, "lbl" },
    { CSE_CREATE, "CDevice", LOAD, "\"ty\":3,\"pc\":{\"m2m:cnt\":{\"ri\":\"x\"}}", 4000, "ri" },
    { CSE_CREATE, "CDevice", LOAD, "\"ty\":3,\"pc\":{\"m2m:cnt\":{\"cr\":\"COther\"}}", 4000,
      "cr" },
    { CSE_CREATE, "CDevice", LOAD, "\"ty\":4,\"pc\":{\"m2m:cin\":{}}", 4000, "con" },
    { CSE_CREATE, "CDevice", LOAD, "\"ty\":4,\"pc\":{\"m2m:cin\":{\"con\":\"x\",\"cr\":\"CX\"}}",
      4000, "cr" },
    { CSE_UPDATE, "CDevice", LOAD, "\"pc\":{\"m2m:cnt\":{\"st\":4}}", 4000, "st" },
    { CSE_DELETE, "CAdmin", "gatehouse", NULL, 4005, "CSEBase" },
  };
  check (fixture, refusals, G_N_ELEMENTS (refusals));
}

static void
test_result_content_of_each_operation (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  /* bit n: rcn n is valid (TS-0001 table 8.1.2-1) */
  static const struct {
    gint operation;
    guint valid, served;
    const char *members;
  } rules[] = {
    { CSE_CREATE, 0x20f, 0x20f, ",\"ty\":3,\"pc\":{\"m2m:cnt\":{}}" },
    { CSE_UPDATE, 0x203, 0x203, ",\"pc\":{\"m2m:cnt\":{\"lbl\":[\"z\"]}}" },
    { CSE_RETRIEVE, 0x1f2, 0x172, "" },
  };
  static const gint odd[] = { -5, 11, 31, 32, 33, 64, 100000 };
  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    {
      for (gint rcn = 0; rcn < 10; rcn++)
        {
          g_autofree char *members = g_strdup_printf ("\"rcn\":%d%s", rcn, rules[i].members);
          g_auto (CseAnswer) answer = cse_request (fixture, rules[i].operation, "CDevice", LOAD,
                                                   members);
          if ((rules[i].served >> rcn & 1) != 0)
            g_assert_cmpint (answer.rsc / 1000, ==, 2);
          else
            g_assert_true (answer.rsc == 4000 || answer.rsc == 5001);
        }
      for (guint k = 0; k < G_N_ELEMENTS (odd); k++)
        {
          g_autofree char *members = g_strdup_printf ("\"rcn\":%d%s", odd[k], rules[i].members);
          cse_refuse (fixture, 4000, "rcn", rules[i].operation, "CDevice", LOAD, members);
        }
    }
  cse_refuse (fixture, 4000, "rcn", CSE_DELETE, "CDevice", LOAD, "\"rcn\":9");
  cse_refuse (fixture, 4000, "rcn", CSE_DELETE, "CDevice", LOAD, "\"rcn\":2");
  g_auto (CseAnswer) deleted = cse_request (fixture, CSE_DELETE, "CDevice", LOAD, "\"rcn\":4");
  g_assert_cmpint (deleted.rsc, ==, 2002);
  g_assert_nonnull (cse_member (&deleted, "ri"));
}

static void
test_attributes_are_selected (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  g_auto (CseAnswer) selected = cse_request (fixture, CSE_RETRIEVE, "CDevice", LOAD,
                                             "\"pc\":{\"m2m:atrl\":[\"lbl\",\"cni\"]}");
  g_assert_cmpint (selected.rsc, ==, 2000);
  g_assert_nonnull (cse_member (&selected, "lbl"));
  g_assert_nonnull (cse_member (&selected, "cni"));
  g_assert_null (cse_member (&selected, "ri"));
  cse_refuse (fixture, 4000, "nonsense", CSE_RETRIEVE, "CDevice", LOAD,
              "\"pc\":{\"m2m:atrl\":[\"nonsense\"]}");
  cse_refuse (fixture, 4000, "atrl", CSE_RETRIEVE, "CDevice", LOAD, "\"atrl\":[\"lbl\"]");
}

static void
test_modes_that_are_not_served (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  static const Refusal refusals[] = {
    { CSE_RETRIEVE, "CDevice", LOAD, "\"oet\":\"20990101T000000\"", 5207, "OET" },
    { CSE_RETRIEVE, "CDevice", LOAD, "\"tkns\":[\"x\"]", 5001, "token" },
  };
  check (fixture, refusals, G_N_ELEMENTS (refusals));
}

static void
test_addresses_that_lead_nowhere (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  static const char *const missing[] = {
    "gatehouse/nobody", "cnt-zzz",     "cin.zzz",   "/other/gatehouse",    "//other.org/x",
    LOAD "/la",         LOAD "/cin.3", LOAD "/x/y", "gatehouse/device/la", "cb-1/x"
  };
  static const char *const malformed[] = { "", "gatehouse//device", "gatehouse/", "a b" };
  for (guint i = 0; i < G_N_ELEMENTS (missing); i++)
    cse_refuse (fixture, 4004, "To", CSE_RETRIEVE, "CDevice", missing[i], NULL);
  for (guint i = 0; i < G_N_ELEMENTS (malformed); i++)
    {
      g_auto (CseAnswer) answer = cse_request (fixture, CSE_RETRIEVE, "CDevice", malformed[i],
                                               NULL);
      g_assert_true (answer.rsc == 4000 || answer.rsc == 4004);
    }
  cse_refuse (fixture, 4000, "to", CSE_RETRIEVE, "CDevice", NULL, NULL);
}

static void
add (const char *path, void (*test) (CseFixture *, gconstpointer))
{
  g_test_add (path, CseFixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/requests/originators", test_originators);
  add ("/requests/release-and-times", test_release_and_times);
  add ("/requests/operations-and-bodies", test_operations_and_bodies);
  add ("/requests/result-content-of-each-operation", test_result_content_of_each_operation);
  add ("/requests/attributes-are-selected", test_attributes_are_selected);
  add ("/requests/modes-that-are-not-served", test_modes_that_are_not_served);
  add ("/requests/addresses-that-lead-nowhere", test_addresses_that_lead_nowhere);
  return g_test_run ();
}
