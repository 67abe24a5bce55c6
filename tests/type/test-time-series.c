/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cse-fixture.h"
#include "fake-transport.h"
#include "faulty-store.h"

#include <string.h>

#define NOW_US (G_GINT64_CONSTANT (1800000000) * G_USEC_PER_SEC)
#define MS     1000
#define TS     "gatehouse/device/ts"

typedef struct {
  CseFixture cse;
  GhClock *clock;
  GPtrArray *early; /* FakeDelivery that came before their turn */
} Fixture;

static void
start (Fixture *fixture)
{
  const CseParts parts = { .clock = fixture->clock,
                           .store = &faulty_store_ops,
                           .transport = &fake_transport_ops };
  cse_fixture_set_up_with (&fixture->cse, NULL, &parts);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  (void) data;
  fixture->clock = gh_clock_new_fake (NOW_US);
  fixture->early = g_ptr_array_new_with_free_func ((GDestroyNotify) fake_delivery_free);
  fake_transport_reset ();
  start (fixture);
  g_free (cse_create (
    &fixture->cse, "CDevice", "gatehouse", 2,
    "{\"m2m:ae\":{\"rn\":\"device\",\"api\":\"Ndevice\",\"rr\":true,\"srv\":[\"3\"]}}"));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void) data;
  cse_fixture_tear_down (&fixture->cse);
  faulty_store_keep (FALSE);
  fake_transport_reset ();
  g_ptr_array_unref (fixture->early);
  gh_clock_unref (fixture->clock);
}

static void
make (Fixture *fixture, const char *members)
{
  g_autofree char *content = g_strdup_printf ("{\"m2m:ts\":{\"rn\":\"ts\"%s%s}}",
                                              members[0] != '\0' ? "," : "", members);
  g_free (cse_create (&fixture->cse, "CDevice", "gatehouse/device", 29, content));
}

/* A timestamp so many milliseconds from the start. */
static char *
at (gint64 ms)
{
  char text[GH_TIMESTAMP_SIZE];
  gh_timestamp_format (NOW_US + ms * MS, text);
  return g_strdup (text);
}

static char *
instance_at (gint64 ms, const char *content)
{
  g_autofree char *time = at (ms);
  return g_strdup_printf ("\"ty\":30,\"pc\":{\"m2m:tsi\":{\"dgt\":\"%s\",\"con\":%s}}", time,
                          content);
}

static void
publish (Fixture *fixture, gint64 ms)
{
  g_autofree char *members = instance_at (ms, "\"x\"");
  cse_expect (&fixture->cse, 2001, CSE_CREATE, "CDevice", TS, members);
}

static void
advance_to (Fixture *fixture, gint64 ms)
{
  gh_clock_advance (fixture->clock, NOW_US + ms * MS - gh_clock_wall_us (fixture->clock));
  cse_settle (&fixture->cse);
}

static void
assert_attribute (Fixture *fixture, const char *name, const char *expected)
{
  g_autofree char *found = cse_attribute (&fixture->cse, "CDevice", TS, name);
  g_assert_cmpstr (found, ==, expected);
}

/* missingDataList is the given milliseconds, the newest first. */
static void
assert_missing (Fixture *fixture, guint n, const gint64 *ms)
{
  g_auto (CseAnswer) answer = cse_request (&fixture->cse, CSE_RETRIEVE, "CDevice", TS, NULL);
  g_assert_cmpint (answer.rsc, ==, 2000);
  g_assert_cmpint (json_node_get_int (cse_member (&answer, "mdc")), ==, n);
  JsonNode *node = cse_member (&answer, "mdlt");
  if (n == 0)
    {
      g_assert_null (node);
      return;
    }
  JsonArray *list = json_node_get_array (node);
  g_assert_cmpuint (json_array_get_length (list), ==, n);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *expected = at (ms[i]);
      g_assert_cmpstr (json_array_get_string_element (list, i), ==, expected);
    }
}

static void
test_instances_are_counted_and_bounded (Fixture *fixture, gconstpointer data)
{
  (void) data;
  CseFixture *cse = &fixture->cse;
  make (fixture, "\"mni\":2,\"mbs\":10");
  g_autofree char *large = instance_at (9, "\"12345678901\"");
  assert_attribute (fixture, "cni", "0");
  publish (fixture, 1);
  publish (fixture, 2);
  publish (fixture, 3);
  assert_attribute (fixture, "cni", "2");
  assert_attribute (fixture, "cbs", "2");
  assert_attribute (fixture, "st", NULL);
  g_autofree char *oldest = cse_attribute (cse, "CDevice", TS "/ol", "dgt");
  g_autofree char *latest = cse_attribute (cse, "CDevice", TS "/la", "dgt");
  g_autofree char *two = at (2);
  g_autofree char *three = at (3);
  g_assert_cmpstr (oldest, ==, two);
  g_assert_cmpstr (latest, ==, three);
  cse_refuse (cse, 5207, "maxByteSize", CSE_CREATE, "CDevice", TS, large);
  cse_expect (cse, 2002, CSE_DELETE, "CDevice", TS "/la", NULL);
  assert_attribute (fixture, "cni", "1");
  cse_expect (cse, 2004, CSE_UPDATE, "CDevice", TS, "\"pc\":{\"m2m:ts\":{\"mni\":0}}");
  assert_attribute (fixture, "cni", "0");
  g_autofree char *one = instance_at (10, "1");
  cse_refuse (cse, 5207, "maxNrOfInstances", CSE_CREATE, "CDevice", TS, one);
}

static void
test_an_instance_is_reached_by_every_address (Fixture *fixture, gconstpointer data)
{
  (void) data;
  CseFixture *cse = &fixture->cse;
  make (fixture, "");
  g_autofree char *id = cse_create (
    cse, "CDevice", TS, 30,
    "{\"m2m:tsi\":{\"rn\":\"mine\",\"dgt\":\"20270115T080000\",\"con\":17,\"snr\":3}}");
  g_assert_true (g_str_has_prefix (id, "tsi."));
  g_autofree char *structured = cse_attribute (cse, "CDevice", TS "/mine", "snr");
  g_autofree char *unstructured = cse_attribute (cse, "CDevice", id, "con");
  g_assert_cmpstr (structured, ==, "3");
  g_assert_cmpstr (unstructured, ==, "17");
  g_autofree char *wrong = g_strconcat ("cin", strchr (id, '.'), NULL);
  cse_expect (cse, 4004, CSE_RETRIEVE, "CDevice", wrong, NULL);
  g_autofree char *below = g_strconcat (TS "/", wrong, NULL);
  cse_expect (cse, 4004, CSE_RETRIEVE, "CDevice", below, NULL);
  cse_expect (cse, 4005, CSE_UPDATE, "CDevice", id, "\"pc\":{\"m2m:tsi\":{\"con\":18}}");
  cse_expect (cse, 4108, CSE_CREATE, "CDevice", id, "\"ty\":3,\"pc\":{\"m2m:cnt\":{}}");
}

static void
test_one_instance_a_moment (Fixture *fixture, gconstpointer data)
{
  (void) data;
  CseFixture *cse = &fixture->cse;
  make (fixture, "\"mni\":2");
  g_autofree char *first = instance_at (1, "\"a\"");
  publish (fixture, 1);
  cse_refuse (cse, 4105, "dgt", CSE_CREATE, "CDevice", TS, first);
  assert_attribute (fixture, "cni", "1");
  publish (fixture, 2);
  publish (fixture, 3);
  /* the first has been evicted, so its moment is free */
  cse_expect (cse, 2001, CSE_CREATE, "CDevice", TS, first);
  cse_expect (cse, 2002, CSE_DELETE, "CDevice", TS "/la", NULL);
  cse_expect (cse, 2001, CSE_CREATE, "CDevice", TS, first);
  cse_expect (cse, 2001, CSE_CREATE, "CDevice", TS,
              "\"ty\":30,\"pc\":{\"m2m:tsi\":{\"dgt\":1000,\"con\":\"relative\"}}");
  cse_refuse (cse, 4105, "dgt", CSE_CREATE, "CDevice", TS,
              "\"ty\":30,\"pc\":{\"m2m:tsi\":{\"dgt\":1000,\"con\":\"relative\"}}");
}

static void
test_what_is_no_instance_is_refused (Fixture *fixture, gconstpointer data)
{
  (void) data;
  CseFixture *cse = &fixture->cse;
  make (fixture, "");
  cse_refuse (cse, 4000, "dgt", CSE_CREATE, "CDevice", TS,
              "\"ty\":30,\"pc\":{\"m2m:tsi\":{\"con\":1}}");
  cse_refuse (cse, 4000, "con", CSE_CREATE, "CDevice", TS,
              "\"ty\":30,\"pc\":{\"m2m:tsi\":{\"dgt\":\"20270115T080000\"}}");
  cse_refuse (cse, 4000, "con", CSE_CREATE, "CDevice", TS,
              "\"ty\":30,\"pc\":{\"m2m:tsi\":{\"dgt\":\"20270115T080000\",\"con\":{\"a\":1}}}");
  cse_refuse (cse, 4000, "dgt", CSE_CREATE, "CDevice", TS,
              "\"ty\":30,\"pc\":{\"m2m:tsi\":{\"dgt\":\"yesterday\",\"con\":1}}");
  cse_refuse (cse, 4000, "dgt", CSE_CREATE, "CDevice", TS,
              "\"ty\":30,\"pc\":{\"m2m:tsi\":{\"dgt\":-9223372036854775808,\"con\":1}}");
  cse_expect (cse, 4108, CSE_CREATE, "CDevice", TS, "\"ty\":4,\"pc\":{\"m2m:cin\":{\"con\":1}}");
  assert_attribute (fixture, "cni", "0");
}

static void
test_parameters_that_contradict_are_refused (Fixture *fixture, gconstpointer data)
{
  static const struct { const char *members, *reason; } wrong[] = {
    { "\"pei\":1000,\"peid\":501", "peid" },
    { "\"mdd\":true", "mdt" },
    { "\"pei\":1000,\"mdd\":true", "mdt" },
    { "\"pei\":1000,\"peid\":300,\"mdt\":300,\"mdd\":true", "mdt" },
    { "\"mdc\":1", "mdc" },
    { "\"mdlt\":[\"20270115T080000\"]", "mdlt" },
    { "\"mdn\":0", "mdn" },
    { "\"pei\":0", "pei" },
  };
  (void) data;
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autofree char *members = g_strdup_printf ("\"ty\":29,\"pc\":{\"m2m:ts\":{%s}}",
                                                  wrong[i].members);
      cse_refuse (&fixture->cse, 4000, wrong[i].reason, CSE_CREATE, "CDevice", "gatehouse/device",
                  members);
    }
}

static void
update (Fixture *fixture, gint rsc, const char *members)
{
  g_autofree char *content = g_strdup_printf ("\"pc\":{\"m2m:ts\":{%s}}", members);
  cse_expect (&fixture->cse, rsc, CSE_UPDATE, "CDevice", TS, content);
}

static void
test_parameters_stand_still_while_data_are_watched (Fixture *fixture, gconstpointer data)
{
  (void) data;
  make (fixture, "\"pei\":1000,\"mdt\":900,\"mdd\":true");
  assert_attribute (fixture, "peid", "250");
  update (fixture, 4000, "\"pei\":2000");
  update (fixture, 4000, "\"peid\":20");
  update (fixture, 4000, "\"mdt\":2000");
  update (fixture, 4000, "\"mdn\":2");
  update (fixture, 4000, "\"mdd\":false,\"mdn\":2");
  update (fixture, 2004, "\"mni\":5");
  update (fixture, 2004, "\"mdd\":false");
  update (fixture, 4000, "\"mdd\":true,\"mdn\":2");
  update (fixture, 4000, "\"peid\":501");
  update (fixture, 2004, "\"pei\":2000,\"mdt\":400");
  assert_attribute (fixture, "peid", "399");
  update (fixture, 2004, "\"peid\":1000");
  update (fixture, 4000, "\"mdd\":true");
  update (fixture, 2004, "\"mdt\":null");
  update (fixture, 4000, "\"mdd\":true");
  update (fixture, 2004, "\"mdt\":1001");
  update (fixture, 2004, "\"mdd\":true");
}

#define WATCHED "\"pei\":1000,\"peid\":200,\"mdt\":500,\"mdd\":true"

static void
test_what_does_not_come_is_missing (Fixture *fixture, gconstpointer data)
{
  (void) data;
  make (fixture, WATCHED);
  /* nothing is expected before the first one */
  advance_to (fixture, 5000);
  assert_missing (fixture, 0, NULL);
  publish (fixture, 5000);
  advance_to (fixture, 6499);
  assert_missing (fixture, 0, NULL);
  advance_to (fixture, 6500);
  assert_missing (fixture, 1, (gint64[]){ 6000 });
  publish (fixture, 7200); /* at the border of what is late */
  advance_to (fixture, 7500);
  assert_missing (fixture, 1, (gint64[]){ 6000 });
  publish (fixture, 8201); /* too late for the one, too early for the next */
  advance_to (fixture, 9499);
  assert_missing (fixture, 2, (gint64[]){ 8000, 6000 });
  advance_to (fixture, 11499);
  assert_missing (fixture, 4, (gint64[]){ 10000, 9000, 8000, 6000 });
}

static void
test_what_comes_in_any_order_is_there (Fixture *fixture, gconstpointer data)
{
  (void) data;
  make (fixture, WATCHED ",\"mni\":1");
  publish (fixture, 0);
  publish (fixture, 3000);
  publish (fixture, 1100);
  publish (fixture, 1900);
  publish (fixture, -1000);
  publish (fixture, 5000);
  advance_to (fixture, 3500);
  assert_missing (fixture, 0, NULL);
  advance_to (fixture, 5500);
  assert_missing (fixture, 1, (gint64[]){ 4000 });
  /* too late does not undo it */
  publish (fixture, 4000);
  assert_missing (fixture, 1, (gint64[]){ 4000 });
}

static void
test_the_list_keeps_the_newest (Fixture *fixture, gconstpointer data)
{
  (void) data;
  make (fixture, WATCHED ",\"mdn\":2");
  publish (fixture, 0);
  advance_to (fixture, 2500);
  assert_missing (fixture, 2, (gint64[]){ 2000, 1000 });
  advance_to (fixture, 3500);
  assert_missing (fixture, 2, (gint64[]){ 3000, 2000 });
  /* a look at the clock after a long time finds no more than a list holds */
  advance_to (fixture, G_GINT64_CONSTANT (5000000));
  assert_missing (fixture, 2, (gint64[]){ 4999000, 4998000 });
}

/* Points that are due soon after each other are found together. */
static void
test_a_short_interval_does_not_keep_the_writer_busy (Fixture *fixture, gconstpointer data)
{
  (void) data;
  make (fixture, "\"pei\":1,\"peid\":0,\"mdt\":1,\"mdd\":true");
  publish (fixture, 0);
  advance_to (fixture, 2);
  assert_missing (fixture, 1, (gint64[]){ 1 });
  advance_to (fixture, 101);
  assert_missing (fixture, 1, (gint64[]){ 1 });
  advance_to (fixture, 102);
  assert_attribute (fixture, "mdc", "101");
}

static void
test_watching_pauses_and_begins_anew (Fixture *fixture, gconstpointer data)
{
  (void) data;
  make (fixture, WATCHED);
  publish (fixture, 0);
  advance_to (fixture, 1500);
  update (fixture, 2004, "\"lbl\":[\"x\"]"); /* disturbs nothing */
  update (fixture, 2004, "\"mdd\":false");
  assert_missing (fixture, 1, (gint64[]){ 1000 });
  advance_to (fixture, 9000);
  assert_missing (fixture, 1, (gint64[]){ 1000 });
  update (fixture, 2004, "\"mdd\":true");
  assert_missing (fixture, 0, NULL);
  advance_to (fixture, 12000);
  assert_missing (fixture, 0, NULL);
  publish (fixture, 12100);
  advance_to (fixture, 13600);
  assert_missing (fixture, 1, (gint64[]){ 13100 });
  update (fixture, 2004, "\"mdd\":false");
  update (fixture, 2004, "\"mdn\":7");
  assert_missing (fixture, 0, NULL);
}

static void
test_relative_times_are_watched (Fixture *fixture, gconstpointer data)
{
  (void) data;
  CseFixture *cse = &fixture->cse;
  make (fixture, WATCHED);
  advance_to (fixture, 700);
  cse_expect (cse, 2001, CSE_CREATE, "CDevice", TS,
              "\"ty\":30,\"pc\":{\"m2m:tsi\":{\"dgt\":10000,\"con\":\"x\"}}");
  advance_to (fixture, 2199);
  assert_missing (fixture, 0, NULL);
  advance_to (fixture, 2200);
  g_auto (CseAnswer) answer = cse_request (cse, CSE_RETRIEVE, "CDevice", TS, NULL);
  JsonArray *list = json_node_get_array (cse_member (&answer, "mdlt"));
  g_assert_cmpuint (json_array_get_length (list), ==, 1);
  g_assert_cmpstr (json_array_get_string_element (list, 0), ==, "11000");
}

static void
test_watching_goes_on_after_a_restart (Fixture *fixture, gconstpointer data)
{
  (void) data;
  make (fixture, WATCHED);
  publish (fixture, 0);
  advance_to (fixture, 1500);
  faulty_store_keep (TRUE);
  cse_fixture_tear_down (&fixture->cse);
  /* nobody could deliver what was due meanwhile */
  gh_clock_advance (fixture->clock, 2500 * MS);
  start (fixture);
  cse_settle (&fixture->cse);
  assert_missing (fixture, 1, (gint64[]){ 1000 });
  publish (fixture, 5000);
  advance_to (fixture, 6500);
  assert_missing (fixture, 3, (gint64[]){ 6000, 4000, 1000 });
}

static void
test_a_series_that_is_gone_is_not_watched (Fixture *fixture, gconstpointer data)
{
  (void) data;
  make (fixture, WATCHED);
  publish (fixture, 0);
  cse_expect (&fixture->cse, 2002, CSE_DELETE, "CDevice", "gatehouse/device", NULL);
  advance_to (fixture, 9000);
  g_assert_cmpuint (cse_counter (&fixture->cse, "structural-resources"), ==, 1);
}

static void
subscribe (Fixture *fixture, const char *name, const char *criteria)
{
  g_autofree char *content = g_strdup_printf (
    "{\"m2m:sub\":{\"rn\":\"%s\",\"nu\":[\"fake://%s/\"],\"enc\":{%s}}}", name, name, criteria);
  g_free (cse_create (&fixture->cse, "CDevice", TS, 23, content));
}

/* Two targets have no order between them. */
static FakeDelivery *
take_for (Fixture *fixture, const char *url)
{
  for (guint i = 0; i < fixture->early->len; i++)
    if (strcmp (((FakeDelivery *) fixture->early->pdata[i])->url, url) == 0)
      return g_ptr_array_steal_index (fixture->early, i);
  for (;;)
    {
      FakeDelivery *delivery = fake_transport_take ();
      if (strcmp (delivery->url, url) == 0)
        return delivery;
      g_ptr_array_add (fixture->early, delivery);
    }
}

static void
expect (Fixture *fixture, const char *url, guint count, guint n, const gint64 *ms)
{
  g_autoptr (FakeDelivery) delivery = take_for (fixture, url);
  g_autoptr (GString) list = g_string_new ("\"rep\":{\"m2m:tsn\":{\"mdlt\":[");
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *text = at (ms[i]);
      g_string_append_printf (list, "%s\"%s\"", i > 0 ? "," : "", text);
    }
  g_string_append_printf (list, "],\"mdc\":%u}},\"net\":8", count);
  g_assert_cmpstr (delivery->url, ==, url);
  if (strstr (delivery->body, list->str) == NULL)
    g_error ("expected \"%s\" in \"%s\"", list->str, delivery->body);
}

static void
test_subscriptions_are_told_by_their_own_count (Fixture *fixture, gconstpointer data)
{
  (void) data;
  make (fixture, WATCHED);
  subscribe (fixture, "two", "\"net\":[8],\"md\":{\"num\":2,\"dur\":\"PT3.5S\"}");
  publish (fixture, 0);
  advance_to (fixture, 1500);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
  advance_to (fixture, 2500);
  expect (fixture, "fake://two/", 2, 2, (gint64[]){ 2000, 1000 });
  advance_to (fixture, 3500);
  expect (fixture, "fake://two/", 3, 1, (gint64[]){ 3000 });
  subscribe (fixture, "one", "\"net\":[8],\"md\":{\"num\":1,\"dur\":\"PT1S\"}");
  advance_to (fixture, 4500);
  expect (fixture, "fake://two/", 4, 1, (gint64[]){ 4000 });
  expect (fixture, "fake://one/", 1, 1, (gint64[]){ 4000 });
  /* the timer of the one has ended, and that of the other begins again */
  advance_to (fixture, 5500);
  expect (fixture, "fake://one/", 1, 1, (gint64[]){ 5000 });
  advance_to (fixture, 6500);
  expect (fixture, "fake://two/", 2, 2, (gint64[]){ 6000, 5000 });
  expect (fixture, "fake://one/", 1, 1, (gint64[]){ 6000 });
  g_assert_cmpuint (fake_transport_count () + fixture->early->len, ==, 0);
}

static void
test_subscriptions_to_missing_data_that_make_no_sense (Fixture *fixture, gconstpointer data)
{
  static const struct { const char *members, *reason; } wrong[] = {
    { "\"enc\":{\"net\":[8]}", "enc.md" },
    { "\"enc\":{\"net\":[8,1],\"md\":{\"num\":1,\"dur\":\"PT1S\"}}", "enc.net" },
    { "\"enc\":{\"net\":[8],\"md\":{\"num\":0,\"dur\":\"PT1S\"}}", "num" },
    { "\"enc\":{\"net\":[8],\"md\":{\"num\":1,\"dur\":\"a while\"}}", "dur" },
    { "\"enc\":{\"net\":[8],\"md\":{\"num\":1,\"dur\":\"PT1S\"}},\"nct\":1", "nct" },
    { "\"enc\":{\"net\":[1]},\"nct\":5", "nct" },
  };
  (void) data;
  make (fixture, "");
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autofree char *members = g_strdup_printf (
        "\"ty\":23,\"pc\":{\"m2m:sub\":{\"nu\":[\"fake://a/\"],%s}}", wrong[i].members);
      cse_refuse (&fixture->cse, 4000, wrong[i].reason, CSE_CREATE, "CDevice", TS, members);
    }
  cse_refuse (&fixture->cse, 4000, "enc.md", CSE_CREATE, "CDevice", "gatehouse/device",
              "\"ty\":23,\"pc\":{\"m2m:sub\":{\"nu\":[\"fake://a/\"],\"enc\":{\"net\":[8],"
              "\"md\":{\"num\":1,\"dur\":\"PT1S\"}}}}");
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/time-series/instances-are-counted-and-bounded", test_instances_are_counted_and_bounded);
  add ("/time-series/an-instance-is-reached-by-every-address",
       test_an_instance_is_reached_by_every_address);
  add ("/time-series/one-instance-a-moment", test_one_instance_a_moment);
  add ("/time-series/what-is-no-instance-is-refused", test_what_is_no_instance_is_refused);
  add ("/time-series/parameters-that-contradict-are-refused",
       test_parameters_that_contradict_are_refused);
  add ("/time-series/parameters-stand-still-while-data-are-watched",
       test_parameters_stand_still_while_data_are_watched);
  add ("/time-series/what-does-not-come-is-missing", test_what_does_not_come_is_missing);
  add ("/time-series/what-comes-in-any-order-is-there", test_what_comes_in_any_order_is_there);
  add ("/time-series/the-list-keeps-the-newest", test_the_list_keeps_the_newest);
  add ("/time-series/a-short-interval-does-not-keep-the-writer-busy",
       test_a_short_interval_does_not_keep_the_writer_busy);
  add ("/time-series/watching-pauses-and-begins-anew", test_watching_pauses_and_begins_anew);
  add ("/time-series/relative-times-are-watched", test_relative_times_are_watched);
  add ("/time-series/watching-goes-on-after-a-restart", test_watching_goes_on_after_a_restart);
  add ("/time-series/a-series-that-is-gone-is-not-watched",
       test_a_series_that_is_gone_is_not_watched);
  add ("/time-series/subscriptions-are-told-by-their-own-count",
       test_subscriptions_are_told_by_their_own_count);
  add ("/time-series/subscriptions-to-missing-data-that-make-no-sense",
       test_subscriptions_to_missing_data_that_make_no_sense);
  return g_test_run ();
}
