/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "primitive/gh-json-reader.h"
#include "primitive/gh-primitive.h"

#include <string.h>

static GhRequest *
parse (const char *json)
{
  GhFault fault = { 0 };
  GhRequest *request = gh_request_from_json (json, strlen (json), &fault);

  if (request == NULL)
    g_error ("%s: %s", json, fault.text);
  return request;
}

static void
assert_refused (const char *json, GhError code, const char *message)
{
  GhFault fault = { 0 };

  g_assert_null (gh_request_from_json (json, strlen (json), &fault));
  g_assert_cmpint (fault.code, ==, code);
  g_assert_cmpstr (fault.text, ==, message);
}

static void
test_create_is_read (void)
{
  g_autoptr (GhRequest) request = parse (
    "{\"op\":1,\"fr\":\"CAdmin\",\"to\":\"gatehouse\",\"rqi\":\"A1\",\"rvi\":\"3\",\"ty\":3,"
    "\"pc\":{\"m2m:cnt\":{\"rn\":\"x\"}},\"ot\":\"20240229T120000\",\"rqet\":\"5000\","
    "\"rset\":6000,\"oet\":\"20990101T000000\",\"ec\":2,\"gid\":\"g\",\"vsi\":\"v\",\"rcn\":9,"
    "\"da\":true,\"rp\":1,\"aus\":[\"s\"]}");

  g_assert_cmpint (request->operation, ==, GH_OPERATION_CREATE);
  g_assert_cmpstr (request->from, ==, "CAdmin");
  g_assert_cmpstr (request->to, ==, "gatehouse");
  g_assert_cmpstr (request->request_identifier, ==, "A1");
  g_assert_cmpstr (request->release_version, ==, "3");
  g_assert_cmpint (request->resource_type, ==, 3);
  g_assert_nonnull (gh_value_member (request->content, "m2m:cnt"));
  g_assert_cmpstr (request->originating_timestamp, ==, "20240229T120000");
  g_assert_cmpstr (request->request_expiration, ==, "5000");
  g_assert_cmpstr (request->result_expiration, ==, "6000");
  g_assert_cmpstr (request->execution_time, ==, "20990101T000000");
  g_assert_cmpstr (request->event_category, ==, "2");
  g_assert_cmpstr (request->group_request_id, ==, "g");
  g_assert_cmpstr (request->vendor_information, ==, "v");
  g_assert_cmpint (request->result_content, ==, GH_RCN_MODIFIED);
  g_assert_cmpint (request->delivery_aggregation, ==, 1);
  g_assert_cmpstr (request->result_persistence, ==, "1");
  g_assert_cmpstr (request->signatures[0], ==, "s");
  g_assert_false (request->filter.present);
}

static void
test_filter_is_read (void)
{
  g_autoptr (GhRequest) request = parse (
    "{\"m2m:rqp\":{\"op\":2,\"fr\":\"\",\"to\":\"gatehouse\",\"drt\":1,\"fc\":{\"fu\":1,"
    "\"ty\":[3,4],\"lbl\":[\"a b\",\"c+d\"],\"crb\":\"19700101T000001\",\"lim\":5,\"cty\":[\"x\"],"
    "\"atr\":[{\"nm\":\"cr\",\"val\":\"CAE*\"},{\"nm\":\"mni\",\"val\":10}]}}}");
  const GhFilterCriteria *filter = &request->filter;

  g_assert_cmpstr (request->from, ==, "");
  g_assert_null (request->request_identifier);
  g_assert_true (filter->present);
  g_assert_cmpint (filter->filter_usage, ==, 1);
  g_assert_cmpint (filter->resource_types[1], ==, 4);
  g_assert_cmpstr (filter->labels[0], ==, "a b");
  g_assert_cmpstr (filter->labels[1], ==, "c+d");
  g_assert_cmpint (filter->created_before_us, ==, 1000000);
  g_assert_cmpint (filter->limit, ==, 5);
  g_assert_cmpuint (filter->n_attributes, ==, 2);
  g_assert_cmpint (filter->attributes[1].value.integer, ==, 10);
}

static void
test_empty_filter_is_a_filter (void)
{
  g_autoptr (GhRequest) request = parse ("{\"op\":2,\"to\":\"a\",\"fc\":{}}");

  g_assert_true (request->filter.present);
}

static void
test_response_type_has_targets (void)
{
  g_autoptr (GhRequest) request = parse (
    "{\"op\":2,\"to\":\"a\",\"rt\":{\"rtv\":2,\"nu\":[\"http://h.example\"]}}");
  g_autoptr (GhRequest) empty = parse ("{\"op\":2,\"to\":\"a\",\"rt\":{\"rtv\":2,\"nu\":[]}}");

  g_assert_cmpint (request->response_type, ==, GH_RT_NON_BLOCKING_ASYNCH);
  g_assert_cmpstr (request->notification_uris[0], ==, "http://h.example");
  g_assert_null (request->notification_uris[1]);
  g_assert_null (empty->notification_uris[0]);
}

static void
test_attribute_list_is_content (void)
{
  g_autoptr (GhRequest) request = parse (
    "{\"op\":2,\"to\":\"a\",\"pc\":{\"m2m:atrl\":[\"ri\",\"lbl\"]}}");
  g_autoptr (GhRequest) other = parse ("{\"op\":5,\"to\":\"a\",\"pc\":{\"m2m:atrl\":1}}");

  g_assert_cmpstr (request->attribute_list[1], ==, "lbl");
  g_assert_null (other->attribute_list);
}

static void
test_unsupported_criteria_are_marked (void)
{
  g_autoptr (GhRequest) request = parse (
    "{\"op\":2,\"to\":\"a\",\"fc\":{\"smf\":[\"x\"],\"lbl\":[\"y\"]}}");

  g_assert_true (request->filter.unsupported);
  g_assert_cmpstr (request->filter.unsupported_name, ==, "smf");
}

typedef struct {
  const char *json, *message;
} Refusal;

static const Refusal refusals[] = {
  { "", "octet 0: the text ends early" },
  { "[]", "octet 0: a request primitive is an object" },
  { "{\"m2m:rqp\":1}", "octet 0: a request primitive is an object" },
  { "{\"m2m:rqp\":{\"op\":2,\"to\":\"a\"},\"op\":2}", "m2m:rqp: unknown parameter" },
  { "{}", "op: missing" },
  { "{\"op\":2}", "to: missing" },
  { "{\"to\":\"a\"}", "op: missing" },
  { "{\"op\":0,\"to\":\"a\"}", "op: 0 is outside 1..5" },
  { "{\"op\":6,\"to\":\"a\"}", "op: 6 is outside 1..5" },
  { "{\"op\":\"2\",\"to\":\"a\"}", "op: not a whole number" },
  { "{\"op\":2.0,\"to\":\"a\"}", "op: not a whole number" },
  { "{\"op\":2,\"to\":1}", "to: not a string" },
  { "{\"op\":2,\"to\":\"a\",\"fr\":null}", "fr: not a string" },
  { "{\"op\":2,\"op\":2,\"to\":\"a\"}", "octet 8: the member op occurs twice" },
  { "{\"op\":2,\"to\":\"a\",\"ty\":3}", "ty: only a CREATE has it, not a RETRIEVE" },
  { "{\"op\":1,\"to\":\"a\",\"ty\":0}", "ty: 0 is outside 1..65535" },
  { "{\"op\":1,\"to\":\"a\",\"pc\":null}", "pc: null is no content" },
  { "{\"op\":2,\"to\":\"a\",\"nm\":\"x\"}", "nm: unknown parameter" },
  { "{\"op\":2,\"to\":\"a\",\"cr\":\"x\"}", "cr: unknown parameter" },
  { "{\"op\":2,\"to\":\"a\",\"lbl\":[\"x\"]}", "lbl: unknown parameter" },
  { "{\"op\":2,\"to\":\"a\",\"atrl\":[\"x\"]}", "atrl: belongs into pc" },
  { "{\"op\":2,\"to\":\"a\",\"fc\":[]}", "fc: not an object" },
  { "{\"op\":2,\"to\":\"a\",\"fc\":{\"cr\":\"x\"}}", "cr: unknown parameter" },
  { "{\"op\":2,\"to\":\"a\",\"fc\":{\"rcn\":1}}", "rcn: unknown parameter" },
  { "{\"op\":2,\"to\":\"a\",\"fc\":{\"ct\":\"x\"}}", "ct: unknown parameter" },
  { "{\"op\":2,\"to\":\"a\",\"fc\":{\"lim\":\"5\"}}", "lim: not a number" },
  { "{\"op\":2,\"to\":\"a\",\"fc\":{\"lim\":-1}}",
    "lim: \"-1\" is not a whole number of at most 18 digits" },
  { "{\"op\":2,\"to\":\"a\",\"fc\":{\"ty\":3}}", "ty: not a list" },
  { "{\"op\":2,\"to\":\"a\",\"fc\":{\"ty\":[\"3\"]}}", "ty: entry 1 of the list is not a number" },
  { "{\"op\":2,\"to\":\"a\",\"fc\":{\"ty\":[]}}", "ty: the list is empty" },
  { "{\"op\":2,\"to\":\"a\",\"fc\":{\"lbl\":[1]}}", "lbl: entry 1 of the list is not a string" },
  { "{\"op\":2,\"to\":\"a\",\"fc\":{\"crb\":5}}", "crb: not a string" },
  { "{\"op\":2,\"to\":\"a\",\"fc\":{\"atr\":[{\"nm\":\"cr\"}]}}",
    "atr: entry 1 is not {\"nm\": attribute, \"val\": value}" },
  { "{\"op\":2,\"to\":\"a\",\"fc\":{\"atr\":[{\"nm\":\"ct\",\"val\":1}]}}",
    "atr: ct may not be a criterion; use cra or crb" },
  { "{\"op\":2,\"to\":\"a\",\"fc\":{\"atr\":1}}", "atr: unknown parameter" },
  { "{\"op\":2,\"to\":\"a\",\"rcn\":\"1\"}", "rcn: not a number" },
  { "{\"op\":2,\"to\":\"a\",\"rcn\":11}", "rcn: 11 is outside 0..10" },
  { "{\"op\":2,\"to\":\"a\",\"da\":1}", "da: not true or false" },
  { "{\"op\":2,\"to\":\"a\",\"rt\":3}",
    "rt: not an object of the number rtv and perhaps the list nu" },
  { "{\"op\":2,\"to\":\"a\",\"rt\":{\"rtv\":6}}", "rt: rtv 6 is outside 1..5" },
  { "{\"op\":2,\"to\":\"a\",\"rt\":{\"rtv\":2,\"x\":1}}",
    "rt: not an object of the number rtv and perhaps the list nu" },
  { "{\"op\":2,\"to\":\"a\",\"rt\":{\"rtv\":2,\"nu\":[1]}}",
    "nu: entry 1 of the list is not a string" },
  { "{\"op\":2,\"to\":\"a\",\"ot\":\"now\"}", "ot: \"now\" is not a time like 20240229T120000" },
  { "{\"op\":2,\"to\":\"a\",\"rqet\":-5}", "rqet: \"-5\" is neither a time nor milliseconds" },
  { "{\"op\":2,\"to\":\"a\",\"ec\":\"2\"}", "ec: not a number" },
  { "{\"op\":2,\"to\":\"a\",\"pc\":{\"m2m:atrl\":\"ri\"}}",
    "atrl: not a list of at most 256 strings" },
  { "{\"op\":2,\"to\":\"a\",\"grtm\":\"x\"}", "grtm: not a list of at most 256 strings" },
  { "{\"op\":2,\"to\":\"a\",\"grtm\":[1]}", "grtm: entry 1 of the list is not a string" },
};

static void
test_what_is_no_request_is_refused (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (refusals); i++)
    assert_refused (refusals[i].json, GH_ERROR_BAD_REQUEST, refusals[i].message);
}

static void
test_size_is_bounded (void)
{
  g_autofree char *fill = g_strnfill (GH_REQUEST_MAX_JSON, ' ');
  g_autofree char *text = g_strnfill (GH_REQUEST_MAX_TEXT + 1, 'a');
  g_autofree char *wide = g_strdup_printf ("{\"op\":2,\"to\":\"%s\"}", text);
  GhFault fault = { 0 };

  memcpy (fill, "{\"op\":2,\"to\":\"a\"}", 17);
  gh_request_free (gh_request_from_json (fill, GH_REQUEST_MAX_JSON, &fault));
  g_assert_false (fault.set);
  g_assert_null (gh_request_from_json (fill, GH_REQUEST_MAX_JSON + 1, &fault));
  g_assert_cmpint (fault.code, ==, GH_ERROR_TOO_LARGE);
  assert_refused (wide, GH_ERROR_BAD_REQUEST, "to: longer than 4096 octets");
}

/* What grows most between text and value still fits. */
static void
test_memory_is_enough_for_every_text (void)
{
  static const char *const pieces[] = { "[]", "1", "{}", "\"\"", "{\"\":1}", "[[[]]]", "1e1" };

  for (gsize i = 0; i < G_N_ELEMENTS (pieces); i++)
    {
      g_autoptr (GString) json = g_string_new ("{\"op\":5,\"to\":\"a\",\"pc\":[");
      g_autoptr (GhRequest) request = NULL;

      for (int n = 0; n < GH_JSON_MAX_ITEMS; n++)
        g_string_append_printf (json, "%s%s", n > 0 ? "," : "", pieces[i]);
      g_string_append (json, "]}");
      request = parse (json->str);
      g_assert_cmpuint (request->content->length, ==, GH_JSON_MAX_ITEMS);
    }
}

static void
test_response_is_written (void)
{
  const GhResponse full = {
    .status = 2000,
    .request_identifier = "a\"\xff",
    .release_version = "3",
    .to = "CAdmin",
    .from = "/csi",
    .originating_timestamp = "20240229T120000",
    .result_expiration = "60000",
    .vendor_information = "v",
    .body = "{\"m2m:cnt\":{}}",
    .body_length = 14,
    .content_status = 1,
    .content_offset = 7,
  };
  const GhResponse empty = { .status = 4103, .signature_requested = TRUE };
  g_autoptr (GhBuffer) long_text = gh_response_to_json (&full);
  g_autoptr (GhBuffer) short_text = gh_response_to_json (&empty);

  g_assert_cmpstr (
    long_text->data, ==,
    "{\"rsc\":2000,\"rqi\":\"a\\\"\xef\xbf\xbd\",\"rvi\":\"3\",\"to\":\"CAdmin\","
    "\"fr\":\"/csi\",\"ot\":\"20240229T120000\",\"rset\":\"60000\",\"vsi\":\"v\",\"cnst\":1,"
    "\"cnot\":7,"
    "\"pc\":{\"m2m:cnt\":{}}}");
  g_assert_cmpstr (short_text->data, ==, "{\"rsc\":4103,\"asri\":true}");
}

static void
test_operations_have_names (void)
{
  g_assert_cmpstr (gh_operation_name (GH_OPERATION_CREATE), ==, "CREATE");
  g_assert_cmpstr (gh_operation_name (GH_OPERATION_NOTIFY), ==, "NOTIFY");
  g_assert_cmpstr (gh_operation_name ((GhOperation) 6), ==, "UNKNOWN");
  g_assert_cmpstr (gh_operation_name ((GhOperation) -1), ==, "UNKNOWN");
}

/* What is written is what was read, member by member. */
static void
test_written_again (void)
{
  static const char *const primitives[] = {
    "{\"op\":2,\"to\":\"/mn1/cb\",\"fr\":\"/in/"
    "Cx\",\"rqi\":\"1\",\"rvi\":\"3\",\"rqet\":\"5000\",\"ec\":2,"
    "\"rcn\":4,\"fc\":{\"fu\":1,\"lbl\":[\"a\",\"b\"],\"ty\":[3,4],\"lim\":7,"
    "\"atr\":[{\"nm\":\"cr\",\"val\":\"C*\"}]}}",
    "{\"op\":1,\"to\":\"cb\",\"ty\":3,\"vsi\":\"v\",\"gid\":\"g\",\"rt\":{\"rtv\":2,\"nu\":[\"Cx\"]"
    "},"
    "\"pc\":{\"m2m:cnt\":{\"mni\":1,\"lbl\":[]}}}",
    "{\"op\":2,\"to\":\"cb\",\"pc\":{\"m2m:atrl\":[\"lbl\",\"mni\"]}}",
    "{\"op\":5,\"to\":\"Cx\",\"da\":true,\"pc\":{\"m2m:sgn\":{\"vrq\":true}}}",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (primitives); i++)
    {
      g_autoptr (GhArena) arena = gh_arena_new (1 << 20);
      GhFault fault = { 0 };
      GhValue before, after;
      g_autoptr (GhRequest) request = gh_request_from_json (primitives[i], strlen (primitives[i]),
                                                            &fault);
      g_assert_cmpstr (fault.text, ==, "");
      g_autoptr (GhBuffer) json = gh_request_to_json (request);
      g_test_message ("%.*s", (int) json->length, json->data);
      g_assert_true (gh_json_parse (primitives[i], strlen (primitives[i]), arena, &before, &fault));
      g_assert_true (gh_json_parse (json->data, json->length, arena, &after, &fault));
      g_assert_true (gh_value_equal (&before, &after));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/request-json/create-is-read", test_create_is_read);
  g_test_add_func ("/request-json/filter-is-read", test_filter_is_read);
  g_test_add_func ("/request-json/empty-filter-is-a-filter", test_empty_filter_is_a_filter);
  g_test_add_func ("/request-json/response-type-has-targets", test_response_type_has_targets);
  g_test_add_func ("/request-json/attribute-list-is-content", test_attribute_list_is_content);
  g_test_add_func ("/request-json/unsupported-criteria-are-marked",
                   test_unsupported_criteria_are_marked);
  g_test_add_func ("/request-json/what-is-no-request-is-refused",
                   test_what_is_no_request_is_refused);
  g_test_add_func ("/request-json/size-is-bounded", test_size_is_bounded);
  g_test_add_func ("/request-json/memory-is-enough-for-every-text",
                   test_memory_is_enough_for_every_text);
  g_test_add_func ("/response-json/is-written", test_response_is_written);
  g_test_add_func ("/operation/has-a-name", test_operations_have_names);
  g_test_add_func ("/request-json/written-again", test_written_again);
  return g_test_run ();
}
