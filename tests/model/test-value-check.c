/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/gh-attribute.h"
#include "primitive/gh-json-reader.h"

#include <string.h>

/* What no row of the present table has: data types, limits and values from elsewhere than JSON. */

static gboolean
check (const GhAttribute *row, const char *json, GhFault *fault)
{
  g_autoptr (GhArena) arena = gh_arena_new (1 << 20);
  GhValue value;

  *fault = (GhFault){ 0 };
  if (!gh_json_parse (json, strlen (json), arena, &value, fault))
    g_error ("%s: %s", json, fault->text);
  return gh_value_check (row, &value, fault);
}

static void
assert_fault (const GhAttribute *row, const char *json, const char *text)
{
  GhFault fault;

  g_assert_false (check (row, json, &fault));
  g_assert_cmpint (fault.code, ==, GH_ERROR_BAD_REQUEST);
  g_assert_cmpstr (fault.text, ==, text);
}

static void
test_numbers_may_have_a_fraction (void)
{
  const GhAttribute row = { .short_name = "x", .data = GH_DATA_NUMBER };
  GhFault fault;

  g_assert_true (check (&row, "1", &fault));
  g_assert_true (check (&row, "-1.5e300", &fault));
  assert_fault (&row, "\"1\"", "x: expected a number, found a string");
}

static void
test_ranges_are_inclusive (void)
{
  const GhAttribute port = { .short_name = "tri", .data = GH_DATA_UNSIGNED_INT, .maximum = 65535 };
  const GhAttribute integer = { .short_name = "i", .data = GH_DATA_INTEGER };
  const GhAttribute positive = { .short_name = "p", .data = GH_DATA_POSITIVE };
  const GhAttribute word = { .short_name = "w", .data = GH_DATA_UNSIGNED_INT };
  GhFault fault;

  g_assert_true (check (&port, "0", &fault));
  g_assert_true (check (&port, "65535", &fault));
  assert_fault (&port, "65536", "tri: 65536 is outside 0..65535");
  g_assert_true (check (&integer, "-9223372036854775808", &fault));
  g_assert_true (check (&integer, "9223372036854775807", &fault));
  assert_fault (&integer, "9223372036854775808", "i: expected an integer, found a decimal number");
  assert_fault (&positive, "0", "p: 0 is below 1");
  g_assert_true (check (&word, "4294967295", &fault));
  assert_fault (&word, "4294967296", "w: 4294967296 is outside 0..4294967295");
}

static void
test_a_circle_lies_on_the_earth (void)
{
  const GhAttribute row = { .short_name = "accr", .data = GH_DATA_CIRCLE };
  GhFault fault;

  g_assert_true (check (&row, "[90,-180,0]", &fault));
  g_assert_true (check (&row, "[-90.0,1.8e2,1e9]", &fault));
  assert_fault (&row, "[90.5,0,0]", "accr: the latitude is out of range");
  assert_fault (&row, "[0,180.01,0]", "accr: the longitude is out of range");
  assert_fault (&row, "[0,0,-0.1]", "accr: the radius is out of range");
  assert_fault (&row, "[0,null,1]", "accr: expected a number as longitude, found null");
  assert_fault (&row, "[1,2]", "accr: expected 3 numbers, found 2");
}

static void
test_relative_times_are_milliseconds (void)
{
  const GhAttribute row = { .short_name = "esrx", .data = GH_DATA_ABS_REL_TIMESTAMP };
  GhFault fault;

  g_assert_true (check (&row, "3600000", &fault));
  g_assert_true (check (&row, "-1", &fault));
  g_assert_true (check (&row, "\"20301231T235959\"", &fault));
  assert_fault (&row, "\"3600000\"",
                "esrx: expected a timestamp or milliseconds, found \"3600000\"");
}

static void
test_lists_are_bounded (void)
{
  const GhAttribute row = { .short_name = "l", .data = GH_DATA_INTEGER, .list = 1 };
  const GhAttribute some = { .short_name = "l", .data = GH_DATA_INTEGER, .list = 1,
                             .min_items = 1 };
  g_autoptr (GString) json = g_string_new ("[0");
  GhFault fault;

  g_assert_true (check (&row, "[]", &fault));
  assert_fault (&some, "[]", "l: expected at least one item, found an empty list");
  assert_fault (&row, "0", "l: expected a list, found an integer");
  assert_fault (&row, "[0,[0]]", "l: expected an integer, found a list in l[1]");
  for (guint i = 1; i < GH_LIST_MAX_ITEMS; i++)
    g_string_append (json, ",0");
  g_string_append_c (json, ']');
  g_assert_true (check (&row, json->str, &fault));
  g_string_truncate (json, json->len - 1);
  g_string_append (json, ",0]");
  assert_fault (&row, json->str, "l: expected at most 1024 items, found 1025");
}

static void
test_a_member_that_stands_twice_is_refused (void)
{
  const GhAttribute *row = gh_type_attribute (gh_type_by_number (GH_TYPE_SUBSCRIPTION), "bn");
  const GhMember twice[] = { { "num", gh_value_integer (1) }, { "num", gh_value_integer (1) } };
  const GhValue value = { .kind = GH_VALUE_OBJECT, .length = 2, .members = twice };
  GhFault fault = { 0 };

  g_assert_false (gh_value_check (row, &value, &fault));
  g_assert_cmpstr (fault.text, ==, "num: stands twice in bn");
}

static void
test_a_value_of_no_kind_is_refused (void)
{
  const GhValue nothing = { .kind = GH_VALUE_NONE };
  const GhValue broken = { .kind = 99 };
  guint n;
  const GhType *const *types = gh_types (&n);

  for (guint t = 0; t < n; t++)
    for (guint i = 0; i < types[t]->n_attributes; i++)
      {
        const GhAttribute *row = &types[t]->attributes[i];
        GhFault fault = { 0 };

        if (row->data == GH_DATA_ANY)
          continue;
        g_assert_false (gh_value_check (row, &nothing, &fault));
        fault = (GhFault){ 0 };
        g_assert_false (gh_value_check (row, &broken, &fault));
        g_assert_nonnull (strstr (fault.text, "found nothing"));
      }
}

static void
test_a_location_is_a_circle_or_countries (void)
{
  const GhAttribute *pv = gh_type_attribute (
      gh_type_by_number (GH_TYPE_ACCESS_CONTROL_POLICY), "pv");
  const GhAttribute *acco = gh_complex_member (gh_complex_member (pv->complex, "acr")->complex,
                                               "acco");
  const GhAttribute *region = gh_complex_member (acco->complex, "aclr");
  GhFault fault;

  g_assert_true (check (region, "{\"accr\":[0,0,1]}", &fault));
  g_assert_true (check (region, "{\"accc\":[\"KR\",\"DE\"]}", &fault));
  assert_fault (region, "{}",
                "aclr: expected exactly one member of m2m:locationRegion, found 0");
  assert_fault (region, "{\"accr\":[0,0,1],\"accc\":[\"KR\"]}",
                "aclr: expected exactly one member of m2m:locationRegion, found 2");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/value-check/numbers-may-have-a-fraction", test_numbers_may_have_a_fraction);
  g_test_add_func ("/value-check/ranges-are-inclusive", test_ranges_are_inclusive);
  g_test_add_func ("/value-check/a-circle-lies-on-the-earth", test_a_circle_lies_on_the_earth);
  g_test_add_func ("/value-check/relative-times-are-milliseconds",
                   test_relative_times_are_milliseconds);
  g_test_add_func ("/value-check/lists-are-bounded", test_lists_are_bounded);
  g_test_add_func ("/value-check/a-member-that-stands-twice-is-refused",
                   test_a_member_that_stands_twice_is_refused);
  g_test_add_func ("/value-check/a-value-of-no-kind-is-refused",
                   test_a_value_of_no_kind_is_refused);
  g_test_add_func ("/value-check/a-location-is-a-circle-or-countries",
                   test_a_location_is_a_circle_or_countries);
  return g_test_run ();
}
