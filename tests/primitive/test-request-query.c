/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "primitive/gh-primitive.h"

#include <string.h>

#define ARENA_LIMIT (1024 * 1024)

static void
set (GhRequest *request, const char *name, const char *value)
{
  GhFault fault = { 0 };

  if (!gh_request_set_query (request, name, value, &fault))
    g_error ("%s=%s: %s", name, value, fault.text);
  g_assert_false (fault.set);
}

static void
assert_refused (GhRequest *request, const char *name, const char *value, const char *message)
{
  GhFault fault = { 0 };

  g_assert_false (gh_request_set_query (request, name, value, &fault));
  g_assert_cmpint (fault.code, ==, GH_ERROR_BAD_REQUEST);
  g_assert_cmpstr (fault.text, ==, message);
}

static void
assert_list (const char *const *list, const char *joined)
{
  g_autofree char *text = g_strjoinv (" ", (char **) list);

  g_assert_cmpstr (text, ==, joined);
}

static void
test_new_request_has_nothing (void)
{
  g_autoptr (GhRequest) request = gh_request_new (0);

  g_assert_cmpint (request->operation, ==, GH_OPERATION_NONE);
  g_assert_cmpint (request->result_content, ==, GH_RCN_ABSENT);
  g_assert_cmpint (request->response_type, ==, GH_RT_ABSENT);
  g_assert_cmpint (request->delivery_aggregation, ==, -1);
  g_assert_cmpint (request->filter.limit, ==, -1);
  g_assert_cmpint (request->filter.size_above, ==, -1);
  g_assert_cmpint (request->filter.size_below, ==, -1);
  g_assert_cmpint (request->filter.state_tag_bigger, ==, -1);
  g_assert_cmpint (request->filter.state_tag_smaller, ==, -1);
  g_assert_false (request->filter.present);
  g_assert_null (request->to);
  gh_request_free (NULL);
}

static void
test_parameters_are_no_filter (void)
{
  g_autoptr (GhRequest) request = gh_request_new (ARENA_LIMIT);

  set (request, "rt", "3");
  set (request, "rp", "3600000");
  set (request, "rcn", "0");
  set (request, "da", "false");
  set (request, "drt", "2");
  set (request, "rids", "r1+r2");
  set (request, "tids", "t1");
  set (request, "ltids", "l1+l2+l3");
  set (request, "tkns", "a.b.c");
  set (request, "atrl", "ri+lbl");
  set (request, "tqi", "true");
  set (request, "asi", "0");
  set (request, "auri", "1");
  set (request, "sqi", "false");
  g_assert_false (request->filter.present);
  g_assert_cmpint (request->response_type, ==, GH_RT_BLOCKING);
  g_assert_cmpstr (request->result_persistence, ==, "3600000");
  g_assert_cmpint (request->result_content, ==, GH_RCN_NOTHING);
  g_assert_cmpint (request->delivery_aggregation, ==, 0);
  g_assert_cmpint (request->desired_identifier_type, ==, 2);
  assert_list (request->role_ids, "r1 r2");
  assert_list (request->token_ids, "t1");
  assert_list (request->local_token_ids, "l1 l2 l3");
  assert_list (request->tokens, "a.b.c");
  assert_list (request->attribute_list, "ri lbl");
}

static void
test_criteria_are_read (void)
{
  g_autoptr (GhRequest) request = gh_request_new (ARENA_LIMIT);
  const GhFilterCriteria *filter = &request->filter;

  set (request, "crb", "20240229T000000");
  set (request, "cra", "19700101T000001");
  set (request, "ms", "19700101T000002");
  set (request, "us", "19700101T000003");
  set (request, "exb", "19700101T000004,5");
  set (request, "exa", "19700101T000000");
  set (request, "sts", "1");
  set (request, "stb", "0");
  set (request, "sza", "0");
  set (request, "szb", "999999999999999999");
  set (request, "lim", "0");
  set (request, "lvl", "1");
  set (request, "ofst", "2");
  set (request, "fu", "1");
  set (request, "fo", "2");
  g_assert_true (filter->present);
  g_assert_cmpint (filter->created_before_us, ==, G_GINT64_CONSTANT (1709164800000000));
  g_assert_cmpint (filter->created_after_us, ==, 1000000);
  g_assert_cmpint (filter->modified_since_us, ==, 2000000);
  g_assert_cmpint (filter->unmodified_since_us, ==, 3000000);
  g_assert_cmpint (filter->expire_before_us, ==, 4500000);
  g_assert_cmpint (filter->expire_after_us, ==, 1);
  g_assert_cmpint (filter->state_tag_smaller, ==, 1);
  g_assert_cmpint (filter->state_tag_bigger, ==, 0);
  g_assert_cmpint (filter->size_above, ==, 0);
  g_assert_cmpint (filter->size_below, ==, G_GINT64_CONSTANT (999999999999999999));
  g_assert_cmpint (filter->limit, ==, 0);
  g_assert_cmpint (filter->level, ==, 1);
  g_assert_cmpint (filter->offset, ==, 2);
  g_assert_cmpint (filter->filter_usage, ==, 1);
  g_assert_cmpint (filter->filter_operation, ==, 2);
  g_assert_false (filter->unsupported);
}

static void
test_lists_grow_with_each_occurrence (void)
{
  g_autoptr (GhRequest) request = gh_request_new (ARENA_LIMIT);
  const GhFilterCriteria *filter = &request->filter;

  set (request, "lbl", "a+b");
  set (request, "lbl", "c d");
  set (request, "ty", "3");
  set (request, "ty", "4+28");
  set (request, "cty", "text/plain");
  set (request, "cty", "application/json");
  assert_list (filter->labels, "a b c d");
  g_assert_cmpstr (filter->labels[2], ==, "c d");
  assert_list (filter->content_types, "text/plain application/json");
  g_assert_cmpint (filter->resource_types[0], ==, 3);
  g_assert_cmpint (filter->resource_types[1], ==, 4);
  g_assert_cmpint (filter->resource_types[2], ==, 28);
  g_assert_cmpint (filter->resource_types[3], ==, 0);
}

static void
test_other_names_are_attributes (void)
{
  g_autoptr (GhRequest) request = gh_request_new (ARENA_LIMIT);

  set (request, "cr", "CAE*");
  set (request, "cr", "CAdmin");
  set (request, "mni", "10");
  set (request, "rr", "");
  g_assert_true (request->filter.present);
  g_assert_cmpuint (request->filter.n_attributes, ==, 4);
  g_assert_cmpstr (request->filter.attributes[0].name, ==, "cr");
  g_assert_cmpstr (gh_value_text (&request->filter.attributes[1].value), ==, "CAdmin");
  g_assert_cmpstr (gh_value_text (&request->filter.attributes[2].value), ==, "10");
  g_assert_cmpstr (gh_value_text (&request->filter.attributes[3].value), ==, "");
}

static void
test_values_are_copied (void)
{
  g_autoptr (GhRequest) request = gh_request_new (ARENA_LIMIT);
  char name[] = "cr", value[] = "CAdmin", label[] = "a+b";

  set (request, name, value);
  set (request, "lbl", label);
  memset (name, 'x', 2);
  memset (value, 'x', 6);
  memset (label, 'x', 3);
  g_assert_cmpstr (request->filter.attributes[0].name, ==, "cr");
  g_assert_cmpstr (gh_value_text (&request->filter.attributes[0].value), ==, "CAdmin");
  assert_list (request->filter.labels, "a b");
}

static void
test_what_is_not_evaluated_is_marked (void)
{
  static const char *const names[] = { "smf", "cfs", "cfq" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GhRequest) request = gh_request_new (ARENA_LIMIT);

      set (request, names[i], "x");
      g_assert_true (request->filter.present);
      g_assert_true (request->filter.unsupported);
      g_assert_cmpstr (request->filter.unsupported_name, ==, names[i]);
    }
}

static void
test_criteria_on_neighbours_are_kept_apart (void)
{
  g_autoptr (GhRequest) request = gh_request_new (ARENA_LIMIT);
  const GhFilterCriteria *filter = &request->filter;

  set (request, "clbl", "a+b");
  set (request, "palb", "c");
  set (request, "chty", "4+3");
  set (request, "pty", "2");
  set (request, "c.con", "x*");
  set (request, "p.rn", "y");
  set (request, "p.api", "z");
  set (request, "lbq", "color IN (red, green)");
  set (request, "arp", "../x/la");
  assert_list (filter->child_labels, "a b");
  assert_list (filter->parent_labels, "c");
  g_assert_cmpint (filter->child_types[0], ==, 4);
  g_assert_cmpint (filter->child_types[1], ==, 3);
  g_assert_cmpint (filter->child_types[2], ==, 0);
  g_assert_cmpint (filter->parent_types[0], ==, 2);
  g_assert_cmpuint (filter->n_attributes, ==, 0);
  g_assert_cmpuint (filter->n_child_attributes, ==, 1);
  g_assert_cmpstr (filter->child_attributes[0].name, ==, "con");
  g_assert_cmpuint (filter->n_parent_attributes, ==, 2);
  g_assert_cmpstr (filter->parent_attributes[1].name, ==, "api");
  g_assert_cmpstr (filter->labels_query, ==, "color IN (red, green)");
  g_assert_cmpstr (filter->relative_path, ==, "../x/la");
  g_assert_true (filter->present);
  g_assert_false (filter->unsupported);
}

static void
test_patterns_are_bounded (void)
{
  g_autoptr (GhRequest) request = gh_request_new (ARENA_LIMIT);
  g_autofree char *longest = g_strnfill (GH_REQUEST_MAX_PATTERN, 'x');
  g_autofree char *longer = g_strnfill (GH_REQUEST_MAX_PATTERN + 1, 'x');

  set (request, "con", longest);
  assert_refused (request, "con", longer, "atr: the value for con is longer than 256 octets");
  assert_refused (request, "c.con", longer, "catr: the value for con is longer than 256 octets");
  assert_refused (request, "p.con", longer, "patr: the value for con is longer than 256 octets");
}

static void
test_semantic_query_and_ipe_discovery_are_marked (void)
{
  g_autoptr (GhRequest) query = gh_request_new (ARENA_LIMIT);
  g_autoptr (GhRequest) discovery = gh_request_new (ARENA_LIMIT);

  set (query, "sqi", "true");
  g_assert_cmpstr (query->filter.unsupported_name, ==, "sqi");
  set (discovery, "fu", "3");
  g_assert_cmpstr (discovery->filter.unsupported_name, ==, "fu");
}

typedef struct {
  const char *name, *value, *message;
} Refusal;

static const Refusal refusals[] = {
  { "rcn", "11", "rcn: 11 is outside 0..10" },
  { "rcn", "-1", "rcn: \"-1\" is not a whole number of at most 18 digits" },
  { "rcn", "", "rcn: \"\" is not a whole number of at most 18 digits" },
  { "rcn", "1 ", "rcn: \"1 \" is not a whole number of at most 18 digits" },
  { "rcn", "0x1", "rcn: \"0x1\" is not a whole number of at most 18 digits" },
  { "rt", "0", "rt: 0 is outside 1..5" },
  { "rt", "6", "rt: 6 is outside 1..5" },
  { "drt", "3", "drt: 3 is outside 1..2" },
  { "fu", "0", "fu: 0 is outside 1..3" },
  { "fo", "3", "fo: 3 is outside 1..2" },
  { "lvl", "0", "lvl: 0 is outside 1..1000" },
  { "lvl", "1001", "lvl: 1001 is outside 1..1000" },
  { "ofst", "0", "ofst: 0 is outside 1..10000000" },
  { "ofst", "10000001", "ofst: 10000001 is outside 1..10000000" },
  { "catr", "x", "catr: may not stand in a query; use c. and the attribute's short name" },
  { "patr", "x", "patr: may not stand in a query; use p. and the attribute's short name" },
  { "c.ct", "x", "catr: ct may not be a criterion; use cra or crb" },
  { "chty", "0", "chty: \"0\" is not a resource type" },
  { "lbq", "", "lbq: empty" },
  { "arp", "", "arp: empty" },
  { "sts", "0", "sts: 0 is less than 1" },
  { "szb", "0", "szb: 0 is less than 1" },
  { "lim", "9999999999999999999",
    "lim: \"9999999999999999999\" is not a whole number of at most 18 digits" },
  { "da", "yes", "da: \"yes\" is not true, false, 1 or 0" },
  { "da", "TRUE", "da: \"TRUE\" is not true, false, 1 or 0" },
  { "tqi", "", "tqi: \"\" is not true, false, 1 or 0" },
  { "cra", "20230229T000000", "cra: \"20230229T000000\" is not a time like 20240229T120000" },
  { "crb", "1000", "crb: \"1000\" is not a time like 20240229T120000" },
  { "rp", "soon", "rp: \"soon\" is neither a time nor milliseconds" },
  { "rp", "-5", "rp: \"-5\" is neither a time nor milliseconds" },
  { "lbl", "", "lbl: an entry of the list is empty" },
  { "lbl", "a++b", "lbl: an entry of the list is empty" },
  { "lbl", "+a", "lbl: an entry of the list is empty" },
  { "lbl", "a+", "lbl: an entry of the list is empty" },
  { "ty", "0", "ty: \"0\" is not a resource type" },
  { "ty", "3+x", "ty: \"x\" is not a resource type" },
  { "ty", "65536", "ty: \"65536\" is not a resource type" },
  { "atr", "x",
    "atr: may not stand in a query; the short name of the attribute stands in its place" },
  { "ct", "20240101T000000", "ct: may not stand in a query; use cra or crb" },
  { "lt", "x", "lt: may not stand in a query; use ms or us" },
  { "st", "x", "st: may not stand in a query; use stb or sts" },
  { "et", "x", "et: may not stand in a query; use exa or exb" },
  { "cs", "x", "cs: may not stand in a query; use sza or szb" },
  { "cnf", "x", "cnf: may not stand in a query; use cty" },
  { "", "x", ": unknown parameter" },
  { "Cr", "x", "Cr: unknown parameter" },
  { "1a", "x", "1a: unknown parameter" },
  { "a-b", "x", "a-b: unknown parameter" },
  { "abcdefghi", "x", "abcdefghi: unknown parameter" },
  { "c.", "x", "c.: unknown parameter" },
  { "x.lbl", "x", "x.lbl: unknown parameter" },
  { "cr", "\xff", "cr: not UTF-8" },
};

static void
test_wrong_values_are_named (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autoptr (GhRequest) request = gh_request_new (ARENA_LIMIT);

      assert_refused (request, refusals[i].name, refusals[i].value, refusals[i].message);
    }
}

static void
test_single_parameters_stand_once (void)
{
  static const char *const once[][2] = {
    { "rt", "3" },
    { "rcn", "1" },
    { "rp", "1" },
    { "da", "1" },
    { "drt", "1" },
    { "rids", "a" },
    { "atrl", "a" },
    { "lim", "1" },
    { "ofst", "1" },
    { "lvl", "1" },
    { "fu", "1" },
    { "fo", "1" },
    { "cra", "20240101T000000" },
    { "sza", "1" },
    { "cfq", "x" },
    { "tqi", "1" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (once); i++)
    {
      g_autoptr (GhRequest) request = gh_request_new (ARENA_LIMIT);
      g_autofree char *message = g_strdup_printf ("%s: given twice", once[i][0]);

      set (request, once[i][0], once[i][1]);
      assert_refused (request, once[i][0], once[i][1], message);
    }
}

static void
test_limits_hold (void)
{
  g_autoptr (GhRequest) request = gh_request_new (ARENA_LIMIT);
  g_autoptr (GString) list = g_string_new ("a");
  g_autofree char *most = g_strnfill (GH_REQUEST_MAX_TEXT, 'a');
  g_autofree char *more = g_strnfill (GH_REQUEST_MAX_TEXT + 1, 'a');

  for (int i = 1; i < GH_REQUEST_MAX_LIST; i++)
    g_string_append (list, "+a");
  set (request, "lbl", list->str);
  assert_refused (request, "lbl", "a", "lbl: more than 256 entries");
  set (request, "rids", list->str);
  g_string_append (list, "+a");
  assert_refused (request, "tids", list->str, "tids: more than 256 entries");
  set (request, "lbq", most);
  assert_refused (request, "cr", more, "cr: longer than 4096 octets");
  for (int i = 0; i < GH_REQUEST_MAX_ATTRIBUTES; i++)
    set (request, "cr", "x");
  assert_refused (request, "cr", "x", "atr: more than 32 attribute criteria");
}

static void
test_full_arena_is_an_error (void)
{
  for (gsize limit = 0; limit < 200; limit += 4)
    {
      g_autoptr (GhRequest) request = gh_request_new (limit);
      GhFault fault = { 0 };

      if (!gh_request_set_query (request, "lbl", "a+b+c", &fault)
          || !gh_request_set_query (request, "ty", "3+4", &fault)
          || !gh_request_set_query (request, "cr", "x", &fault)
          || !gh_request_set_query (request, "smf", "x", &fault)
          || !gh_request_set_query (request, "rp", "1", &fault))
        g_assert_cmpint (fault.code, ==, GH_ERROR_TOO_LARGE);
    }
}

static void
test_relative_times_are_milliseconds (void)
{
  g_assert_true (gh_absrel_timestamp_is_valid ("0"));
  g_assert_true (gh_absrel_timestamp_is_valid ("999999999999999999"));
  g_assert_true (gh_absrel_timestamp_is_valid ("20240229T120000"));
  g_assert_true (gh_absrel_timestamp_is_valid ("20240229T120000,5"));
  g_assert_false (gh_absrel_timestamp_is_valid (""));
  g_assert_false (gh_absrel_timestamp_is_valid ("-1"));
  g_assert_false (gh_absrel_timestamp_is_valid ("1s"));
  g_assert_false (gh_absrel_timestamp_is_valid ("9999999999999999999"));
  g_assert_false (gh_absrel_timestamp_is_valid ("20240230T120000"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/request/new-has-nothing", test_new_request_has_nothing);
  g_test_add_func ("/request/relative-times-are-milliseconds",
                   test_relative_times_are_milliseconds);
  g_test_add_func ("/query/parameters-are-no-filter", test_parameters_are_no_filter);
  g_test_add_func ("/query/criteria-are-read", test_criteria_are_read);
  g_test_add_func ("/query/lists-grow-with-each-occurrence", test_lists_grow_with_each_occurrence);
  g_test_add_func ("/query/other-names-are-attributes", test_other_names_are_attributes);
  g_test_add_func ("/query/values-are-copied", test_values_are_copied);
  g_test_add_func ("/query/what-is-not-evaluated-is-marked", test_what_is_not_evaluated_is_marked);
  g_test_add_func ("/query/criteria-on-neighbours-are-kept-apart",
                   test_criteria_on_neighbours_are_kept_apart);
  g_test_add_func ("/query/patterns-are-bounded", test_patterns_are_bounded);
  g_test_add_func ("/query/semantic-query-and-ipe-discovery-are-marked",
                   test_semantic_query_and_ipe_discovery_are_marked);
  g_test_add_func ("/query/wrong-values-are-named", test_wrong_values_are_named);
  g_test_add_func ("/query/single-parameters-stand-once", test_single_parameters_stand_once);
  g_test_add_func ("/query/limits-hold", test_limits_hold);
  g_test_add_func ("/query/full-arena-is-an-error", test_full_arena_is_an_error);
  return g_test_run ();
}
