/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cse-fixture.h"

#include <string.h>

/* 2027-01-15 08:00:00 UTC */
#define NOW_US (G_GINT64_CONSTANT (1800000000) * G_USEC_PER_SEC)
#define SECOND ((gint64) G_USEC_PER_SEC)

typedef struct {
  CseFixture cse;
  GhClock *clock;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer options)
{
  fixture->clock = gh_clock_new_fake (NOW_US);
  const CseParts parts = { .clock = fixture->clock };
  cse_fixture_set_up_with (&fixture->cse, options, &parts);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void) data;
  cse_fixture_tear_down (&fixture->cse);
  gh_clock_unref (fixture->clock);
}

static void
create (Fixture *fixture, const char *from, const char *to, gint type, const char *content)
{
  g_free (cse_create (&fixture->cse, from, to, type, content));
}

static void
prepare (Fixture *fixture)
{
  create (fixture, "CDevice", "gatehouse", 2,
          "{\"m2m:ae\":{\"rn\":\"device\",\"api\":\"Napp\",\"rr\":false,\"srv\":[\"3\"]}}");
  create (fixture, "CDevice", "CDevice", 3, "{\"m2m:cnt\":{\"rn\":\"load\"}}");
  create (fixture, "CAdmin", "gatehouse", 22, "{\"m2m:stcg\":{\"rn\":\"config\"}}");
}

/* An eventConfig and an active statsCollect for it, gatehouse/collect. */
static void
collect (Fixture *fixture, const char *event, const char *rule)
{
  g_autofree char *event_content = g_strdup_printf ("{\"m2m:evcg\":{\"rn\":\"event\",%s}}", event);
  create (fixture, "CAdmin", "gatehouse/config", 7, event_content);
  g_autofree char *id = cse_attribute (&fixture->cse, "CAdmin", "gatehouse/config/event", "evi");
  g_autofree char *content = g_strdup_printf (
    "{\"m2m:stcl\":{\"rn\":\"collect\",\"cei\":\"CBilling\",\"srs\":1,\"sm\":1,\"evi\":\"%s\"%s}}",
    id, rule);
  create (fixture, "CAdmin", "gatehouse", 21, content);
}

/* The records since the last time: "operation entity event count size" each. */
static void
expect_records (Fixture *fixture, const char *expected)
{
  g_autoptr (GVariant) records = gh_cse_take_statistics (fixture->cse.cse);
  g_autoptr (GString) text = g_string_new (NULL);
  for (gsize i = 0; i < g_variant_n_children (records); i++)
    {
      g_autoptr (GVariant) record = g_variant_get_child_value (records, i);
      const char *entity = "", *collecting = "";
      gint32 operation = 0, event = 0;
      guint64 count = 0, size = 0;
      g_variant_lookup (record, "collected", "&s", &entity);
      g_variant_lookup (record, "collecting", "&s", &collecting);
      g_variant_lookup (record, "operation", "i", &operation);
      g_variant_lookup (record, "event", "i", &event);
      g_variant_lookup (record, "count", "t", &count);
      g_variant_lookup (record, "size", "t", &size);
      g_assert_cmpstr (collecting, ==, "CBilling");
      g_string_append_printf (text, "%d %s %d %" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT "; ",
                              operation, entity, event, count,
                              operation == CSE_RETRIEVE ? 0 : size);
    }
  g_assert_cmpstr (text->str, ==, expected);
}

static void
publish (Fixture *fixture, const char *content)
{
  g_autofree char *body = g_strdup_printf ("{\"m2m:cin\":{\"con\":\"%s\"}}", content);
  create (fixture, "CDevice", "gatehouse/device/load", 4, body);
}

#define READ(fixture, from, to) cse_expect (&(fixture)->cse, 2000, CSE_RETRIEVE, from, to, NULL)

static void
test_operations_are_recorded (Fixture *fixture, gconstpointer data)
{
  (void) data;
  prepare (fixture);
  READ (fixture, "CDevice", "gatehouse/device/load");
  expect_records (fixture, "");
  collect (fixture, "\"evt\":1,\"opt\":[2,4]", "");
  READ (fixture, "CDevice", "gatehouse/device/load");
  publish (fixture, "abc");
  READ (fixture, "CDevice", "gatehouse/device/load/la");
  cse_expect (&fixture->cse, 4103, CSE_RETRIEVE, "COther", "gatehouse/device/load", NULL);
  cse_expect (&fixture->cse, 2002, CSE_DELETE, "CAdmin", "gatehouse/device/load", NULL);
  expect_records (fixture, "2 CDevice 1 1/0; 2 CDevice 1 1/0; 4 CAdmin 1 1/3; ");
  expect_records (fixture, "");
}

static void
test_an_inactive_rule_records_nothing (Fixture *fixture, gconstpointer data)
{
  (void) data;
  prepare (fixture);
  collect (fixture, "\"evt\":1,\"opt\":[2]", "");
  READ (fixture, "CDevice", "gatehouse/device");
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CAdmin", "gatehouse/collect",
              "\"pc\":{\"m2m:stcl\":{\"srs\":2}}");
  READ (fixture, "CDevice", "gatehouse/device");
  expect_records (fixture, "2 CDevice 1 1/0; ");
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CAdmin", "gatehouse/collect",
              "\"pc\":{\"m2m:stcl\":{\"srs\":1}}");
  READ (fixture, "CDevice", "gatehouse/device");
  cse_expect (&fixture->cse, 2002, CSE_DELETE, "CAdmin", "gatehouse/config/event", NULL);
  READ (fixture, "CDevice", "gatehouse/device");
  expect_records (fixture, "2 CDevice 1 1/0; ");
}

static void
test_entities_are_chosen (Fixture *fixture, gconstpointer data)
{
  (void) data;
  prepare (fixture);
  collect (fixture, "\"evt\":1,\"opt\":[2]", ",\"cdi\":[\"COther\",\"/gatehouse/CDevice\"]");
  READ (fixture, "CAdmin", "gatehouse/device");
  READ (fixture, "CDevice", "gatehouse/device");
  expect_records (fixture, "2 CDevice 1 1/0; ");
}

static void
test_types_are_chosen (Fixture *fixture, gconstpointer data)
{
  (void) data;
  prepare (fixture);
  collect (fixture, "\"evt\":1,\"erts\":[4]", "");
  READ (fixture, "CDevice", "gatehouse/device/load");
  publish (fixture, "abc");
  READ (fixture, "CDevice", "gatehouse/device/load/la");
  expect_records (fixture, "1 CDevice 1 1/3; 2 CDevice 1 1/0; ");
}

static void
test_resources_are_chosen (Fixture *fixture, gconstpointer data)
{
  (void) data;
  prepare (fixture);
  collect (fixture, "\"evt\":1,\"eris\":[\"gatehouse/device/load\",\"cnt-none\"]", "");
  READ (fixture, "CDevice", "gatehouse/device");
  publish (fixture, "abcd");
  READ (fixture, "CDevice", "gatehouse/device/load");
  expect_records (fixture, "1 CDevice 1 1/4; 2 CDevice 1 1/0; ");
}

static void
test_large_data_is_recorded (Fixture *fixture, gconstpointer data)
{
  (void) data;
  prepare (fixture);
  collect (fixture, "\"evt\":2,\"ds\":5,\"erts\":[4]", "");
  publish (fixture, "12345");
  publish (fixture, "123456");
  expect_records (fixture, "1 CDevice 2 1/6; ");
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CAdmin", "gatehouse/config/event",
              "\"pc\":{\"m2m:evcg\":{\"erts\":[3],\"ds\":12}}");
  publish (fixture, "1");
  expect_records (fixture, "");
  publish (fixture, "1");
  READ (fixture, "CDevice", "gatehouse/device/load");
  expect_records (fixture, "1 CDevice 2 1/13; ");
}

static void
test_a_time_is_summed_up (Fixture *fixture, gconstpointer data)
{
  (void) data;
  prepare (fixture);
  collect (fixture, "\"evt\":3,\"evs\":\"20270115T080010\",\"eve\":\"20270115T080110\"", "");
  publish (fixture, "early");
  gh_clock_advance (fixture->clock, 20 * SECOND);
  publish (fixture, "12");
  publish (fixture, "345");
  cse_settle (&fixture->cse);
  expect_records (fixture, "");
  gh_clock_advance (fixture->clock, 60 * SECOND);
  publish (fixture, "late");
  cse_settle (&fixture->cse);
  expect_records (fixture, "0 CDevice 3 2/5; ");
  gh_clock_advance (fixture->clock, 3600 * SECOND);
  cse_settle (&fixture->cse);
  expect_records (fixture, "");
}

static void
test_only_in_the_period (Fixture *fixture, gconstpointer data)
{
  (void) data;
  prepare (fixture);
  collect (fixture, "\"evt\":1,\"opt\":[2]", ",\"cp\":{\"sce\":[\"* * 9 * * * *\"]}");
  READ (fixture, "CDevice", "gatehouse/device");
  expect_records (fixture, "");
  gh_clock_advance (fixture->clock, 3600 * SECOND);
  READ (fixture, "CDevice", "gatehouse/device");
  expect_records (fixture, "2 CDevice 1 1/0; ");
}

static void
test_records_are_bounded (Fixture *fixture, gconstpointer data)
{
  (void) data;
  prepare (fixture);
  collect (fixture, "\"evt\":1,\"opt\":[1]", "");
  publish (fixture, "1");
  publish (fixture, "22");
  publish (fixture, "333");
  expect_records (fixture, "1 CDevice 1 1/2; 1 CDevice 1 1/3; ");
}

static void
test_events_must_make_sense (Fixture *fixture, gconstpointer data)
{
  static const struct {
    const char *members, *reason;
  } cases[] = {
    { "\"evt\":2", "ds" },
    { "\"evt\":2,\"ds\":0", "ds" },
    { "\"evt\":1,\"ds\":5", "ds" },
    { "\"evt\":2,\"ds\":5,\"opt\":[1]", "opt" },
    { "\"evt\":1,\"evs\":\"20270115T080010\"", "evs" },
    { "\"evt\":3,\"evs\":\"20270115T080010\",\"eve\":\"20270115T080009\"", "eve" },
    { "\"evt\":1,\"erts\":[3],\"eris\":[\"gatehouse\"]", "eris" },
    { "\"evt\":1,\"evi\":\"mine\"", "evi" },
    { "\"opt\":[1]", "evt" },
  };
  (void) data;
  prepare (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *members = g_strdup_printf ("\"ty\":7,\"pc\":{\"m2m:evcg\":{%s}}",
                                                  cases[i].members);
      cse_refuse (&fixture->cse, 4000, cases[i].reason, CSE_CREATE, "CAdmin", "gatehouse/config",
                  members);
    }
  create (fixture, "CAdmin", "gatehouse/config", 7,
          "{\"m2m:evcg\":{\"rn\":\"event\",\"evt\":1,\"erts\":[3]}}");
  cse_refuse (&fixture->cse, 4000, "eris", CSE_UPDATE, "CAdmin", "gatehouse/config/event",
              "\"pc\":{\"m2m:evcg\":{\"eris\":[\"gatehouse\"]}}");
  cse_refuse (&fixture->cse, 4000, "ds", CSE_UPDATE, "CAdmin", "gatehouse/config/event",
              "\"pc\":{\"m2m:evcg\":{\"evt\":2}}");
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CAdmin", "gatehouse/config/event",
              "\"pc\":{\"m2m:evcg\":{\"erts\":null,\"eris\":[\"gatehouse\"]}}");
}

static void
test_collections_refer_to_events (Fixture *fixture, gconstpointer data)
{
  (void) data;
  prepare (fixture);
  cse_refuse (&fixture->cse, 4000, "evi", CSE_CREATE, "CAdmin", "gatehouse",
              "\"ty\":21,\"pc\":{\"m2m:stcl\":{\"cei\":\"CBilling\",\"srs\":1,\"sm\":1}}");
  collect (fixture, "\"evt\":1,\"opt\":[2]", "");
  cse_refuse (&fixture->cse, 4000, "evi", CSE_UPDATE, "CAdmin", "gatehouse/collect",
              "\"pc\":{\"m2m:stcl\":{\"evi\":null}}");
  g_autofree char *id = cse_attribute (&fixture->cse, "CAdmin", "gatehouse/collect", "sci");
  g_assert_true (g_str_has_prefix (id, "/gatehouse/stcl-"));
  expect_records (fixture, "2 CAdmin 1 1/0; ");
  static const char *const nothing[] = { "nothing", "CDevice", "gatehouse/device/load" };
  for (guint i = 0; i < G_N_ELEMENTS (nothing); i++)
    {
      g_autofree char *members = g_strdup_printf ("\"pc\":{\"m2m:stcl\":{\"evi\":\"%s\"}}",
                                                  nothing[i]);
      cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CAdmin", "gatehouse/collect", members);
      READ (fixture, "CDevice", "gatehouse/device");
      expect_records (fixture, "");
    }
}

static void
test_statistics_are_for_an_in_cse (Fixture *fixture, gconstpointer data)
{
  (void) data;
  cse_refuse (&fixture->cse, 4005, "IN-CSE", CSE_CREATE, "CAdmin", "gatehouse",
              "\"ty\":22,\"pc\":{\"m2m:stcg\":{\"rn\":\"config\"}}");
  cse_refuse (&fixture->cse, 4005, "IN-CSE", CSE_CREATE, "CAdmin", "gatehouse",
              "\"ty\":21,\"pc\":{\"m2m:stcl\":{\"cei\":\"CBilling\",\"srs\":1,\"sm\":1,"
              "\"evi\":\"x\"}}");
}

int
main (int argc, char **argv)
{
  static const char *const two[] = { "limits.statistics-records=2", NULL };
  static const char *const middle[] = { "cse.type=mn", NULL };
  g_test_init (&argc, &argv, NULL);
#define ADD_TEST(path, options, func) \
  g_test_add ("/statistics/" path, Fixture, options, set_up, func, tear_down)
  ADD_TEST ("operations", NULL, test_operations_are_recorded);
  ADD_TEST ("inactive", NULL, test_an_inactive_rule_records_nothing);
  ADD_TEST ("entities", NULL, test_entities_are_chosen);
  ADD_TEST ("types", NULL, test_types_are_chosen);
  ADD_TEST ("resources", NULL, test_resources_are_chosen);
  ADD_TEST ("storage", NULL, test_large_data_is_recorded);
  ADD_TEST ("timer", NULL, test_a_time_is_summed_up);
  ADD_TEST ("period", NULL, test_only_in_the_period);
  ADD_TEST ("bounded", two, test_records_are_bounded);
  ADD_TEST ("events", NULL, test_events_must_make_sense);
  ADD_TEST ("collections", NULL, test_collections_refer_to_events);
  ADD_TEST ("not-in", middle, test_statistics_are_for_an_in_cse);
  return g_test_run ();
}
