/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "../../plugins/coap/gh-coap-code.h"
#include "../../plugins/coap/gh-coap-map.h"

#include <string.h>

typedef struct {
  GhCoapMessage message;
  GhRequest *request;
  GhCoapStyle style;
  GhFault fault;
} Mapped;

static void
begin (Mapped *m, guint8 code)
{
  memset (m, 0, sizeof *m);
  gh_coap_message_init (&m->message, COAP_MESSAGE_CON, code);
}

static void
text (Mapped *m, guint16 number, const char *value)
{
  g_assert_true (gh_coap_message_add (&m->message, number, value, strlen (value)));
}

static void
number (Mapped *m, guint16 option, guint32 value)
{
  g_assert_true (gh_coap_message_add_uint (&m->message, option, value));
}

/* @path: segments separated by '|'. */
static void
path (Mapped *m, const char *segments, char **keep)
{
  g_auto (GStrv) split = g_strsplit (segments, "|", -1);

  *keep = g_strdup (segments);
  for (gsize i = 0, at = 0; split[i] != NULL; at += strlen (split[i]) + 1, i++)
    g_assert_true (
      gh_coap_message_add (&m->message, COAP_OPTION_URI_PATH, *keep + at, strlen (split[i])));
}

static gboolean
map (Mapped *m)
{
  m->request = gh_request_new (65536);
  return gh_coap_map_request (&m->message, m->request, &m->style, &m->fault);
}

static void
assert_maps (Mapped *m)
{
  if (!map (m))
    g_error ("%s", m->fault.text);
}

static void
assert_refused (Mapped *m, guint rsc, const char *about)
{
  g_assert_false (map (m));
  g_assert_cmpuint (gh_error_status (m->fault.code), ==, rsc);
  if (strstr (m->fault.text, about) == NULL)
    g_error ("\"%s\" does not speak of %s", m->fault.text, about);
  gh_request_free (m->request);
}

static void
test_paths (void)
{
  static const struct {
    const char *path, *to;
  } rows[] = {
    { "cse|ae12|cont27", "cse/ae12/cont27" },
    { "cse|ae12|", "cse/ae12" },
    { "cin00856", "cin00856" },
    { "~|CSE178|cse|ae12", "/CSE178/cse/ae12" },
    { "~|CSE178", "/CSE178" },
    { "_|sp.org|CSE178|cse", "//sp.org/CSE178/cse" },
    { "~a|b", "~a/b" },
    { "_a|b", "_a/b" },
    { "cse|~|b", "cse/~/b" },
    { "a b", "a b" },
    { "a%2Fb", "a%2Fb" },
    { "\303\251", "\303\251" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *keep = NULL;
      Mapped m;

      begin (&m, COAP_REQUEST_CODE_GET);
      path (&m, rows[i].path, &keep);
      text (&m, GH_COAP_OPTION_RQI, "1");
      assert_maps (&m);
      g_assert_cmpstr (m.request->to, ==, rows[i].to);
      gh_request_free (m.request);
    }
}

/* It is of the current set alone. */
static void
test_target_members (void)
{
  g_autofree char *lengthy = g_strnfill (300, 'a');
  g_autofree char *both = g_strconcat (lengthy, "+cse/b", NULL);
  Mapped m;

  begin (&m, COAP_REQUEST_CODE_POST);
  text (&m, COAP_OPTION_URI_PATH, "cse");
  text (&m, GH_COAP_OPTION_RQI, "1");
  text (&m, GH_COAP_OPTION_GTM, both);
  assert_maps (&m);
  g_assert_cmpstr (m.request->group_targets[0], ==, lengthy);
  g_assert_cmpstr (m.request->group_targets[1], ==, "cse/b");
  g_assert_null (m.request->group_targets[2]);
  gh_request_free (m.request);
  g_assert_cmpuint (gh_coap_option_in_set (GH_COAP_OPTION_GTM, GH_COAP_SET_OLD), ==, 0);
}

static void
test_refused_paths (void)
{
  static const char *const rows[] = { "",    "~",     "_",      "~|",     "a||b", "|a",
                                      "a/b", "a|b#c", "a|\x01", "a|\xff", "~||a", "_||a" };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *keep = NULL;
      Mapped m;

      g_test_message ("%s", rows[i]);
      begin (&m, COAP_REQUEST_CODE_GET);
      path (&m, rows[i], &keep);
      text (&m, GH_COAP_OPTION_RQI, "1");
      assert_refused (&m, 4000, "Uri-Path");
    }
  {
    Mapped m;

    begin (&m, COAP_REQUEST_CODE_GET);
    text (&m, GH_COAP_OPTION_RQI, "1");
    assert_refused (&m, 4000, "Uri-Path");
  }
}

static void
test_parameters_of_both_sets (void)
{
  static const guint16 currents[] = { GH_COAP_OPTION_FR,   GH_COAP_OPTION_RQI,  GH_COAP_OPTION_OT,
                                      GH_COAP_OPTION_RQET, GH_COAP_OPTION_RSET, GH_COAP_OPTION_OET,
                                      GH_COAP_OPTION_GID,  GH_COAP_OPTION_RVI,  GH_COAP_OPTION_VSI,
                                      GH_COAP_OPTION_RTURI };
  static const char *const values[] = {
    "CAE1", "r1", "20260101T000000",  "5000", "20260101T000000", "100", "g1",
    "3",    "v",  "http://a&http://b"
  };

  for (GhCoapSet set = GH_COAP_SET_CURRENT; set <= GH_COAP_SET_OLD; set++)
    {
      Mapped m;

      begin (&m, COAP_REQUEST_CODE_GET);
      text (&m, COAP_OPTION_URI_PATH, "cse");
      for (guint i = 0; i < G_N_ELEMENTS (currents); i++)
        text (&m, gh_coap_option_in_set (currents[i], set), values[i]);
      number (&m, gh_coap_option_in_set (GH_COAP_OPTION_EC, set), 999);
      assert_maps (&m);
      g_assert_cmpint (m.style.set, ==, set);
      g_assert_cmpstr (m.request->from, ==, "CAE1");
      g_assert_cmpstr (m.request->request_identifier, ==, "r1");
      g_assert_cmpstr (m.request->originating_timestamp, ==, "20260101T000000");
      g_assert_cmpstr (m.request->request_expiration, ==, "5000");
      g_assert_cmpstr (m.request->result_expiration, ==, "20260101T000000");
      g_assert_cmpstr (m.request->execution_time, ==, "100");
      g_assert_cmpstr (m.request->group_request_id, ==, "g1");
      g_assert_cmpstr (m.request->release_version, ==, "3");
      g_assert_cmpstr (m.request->vendor_information, ==, "v");
      g_assert_cmpstr (m.request->event_category, ==, "999");
      g_assert_cmpstr (m.request->notification_uris[0], ==, "http://a");
      g_assert_cmpstr (m.request->notification_uris[1], ==, "http://b");
      g_assert_null (m.request->notification_uris[2]);
      gh_request_free (m.request);
    }
}

static void
test_refuses_mixed_sets (void)
{
  Mapped m;

  begin (&m, COAP_REQUEST_CODE_GET);
  text (&m, COAP_OPTION_URI_PATH, "cse");
  text (&m, GH_COAP_OPTION_OLD_RQI, "1");
  text (&m, GH_COAP_OPTION_FR, "CAdmin");
  assert_refused (&m, 4000, "279");
}

static void
test_an_empty_from_is_not_an_absent_one (void)
{
  Mapped m;

  begin (&m, COAP_REQUEST_CODE_GET);
  text (&m, COAP_OPTION_URI_PATH, "cse");
  text (&m, GH_COAP_OPTION_RQI, "1");
  assert_maps (&m);
  g_assert_null (m.request->from);
  gh_request_free (m.request);
  begin (&m, COAP_REQUEST_CODE_GET);
  text (&m, COAP_OPTION_URI_PATH, "cse");
  text (&m, GH_COAP_OPTION_RQI, "1");
  text (&m, GH_COAP_OPTION_FR, "");
  assert_maps (&m);
  g_assert_cmpstr (m.request->from, ==, "");
  gh_request_free (m.request);
}

static void
test_operations (void)
{
  static const struct {
    guint8 method;
    guint type;
    const char *op;
    GhOperation operation; /* NONE: refused */
    guint rsc;
  } rows[] = {
    { COAP_REQUEST_CODE_GET, 0, NULL, GH_OPERATION_RETRIEVE, 0 },
    { COAP_REQUEST_CODE_POST, 3, NULL, GH_OPERATION_CREATE, 0 },
    { COAP_REQUEST_CODE_POST, 0, NULL, GH_OPERATION_NOTIFY, 0 },
    { COAP_REQUEST_CODE_PUT, 0, NULL, GH_OPERATION_UPDATE, 0 },
    { COAP_REQUEST_CODE_DELETE, 0, NULL, GH_OPERATION_DELETE, 0 },
    { COAP_REQUEST_CODE_POST, 0, "op=2", GH_OPERATION_RETRIEVE, 0 },
    { COAP_REQUEST_CODE_POST, 0, "op=4", GH_OPERATION_DELETE, 0 },
    { COAP_REQUEST_CODE_POST, 3, "op=1", GH_OPERATION_CREATE, 0 },
    { COAP_REQUEST_CODE_GET, 0, "op=2", GH_OPERATION_RETRIEVE, 0 },
    { COAP_REQUEST_CODE_GET, 0, "op=4", GH_OPERATION_NONE, 4000 },
    { COAP_REQUEST_CODE_POST, 0, "op=6", GH_OPERATION_NONE, 4000 },
    { COAP_REQUEST_CODE_POST, 0, "op=", GH_OPERATION_NONE, 4000 },
    { COAP_REQUEST_CODE_POST, 0, "op=1", GH_OPERATION_NONE, 4000 },
    { COAP_REQUEST_CODE_PUT, 3, NULL, GH_OPERATION_NONE, 4000 },
    { COAP_REQUEST_CODE_FETCH, 0, NULL, GH_OPERATION_NONE, 4005 },
    { COAP_REQUEST_CODE_PATCH, 0, NULL, GH_OPERATION_NONE, 4005 },
    { 31, 0, NULL, GH_OPERATION_NONE, 4005 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      Mapped m;

      begin (&m, rows[i].method);
      text (&m, COAP_OPTION_URI_PATH, "cse");
      text (&m, GH_COAP_OPTION_RQI, "1");
      if (rows[i].type != 0)
        number (&m, GH_COAP_OPTION_TY, rows[i].type);
      if (rows[i].op != NULL)
        text (&m, COAP_OPTION_URI_QUERY, rows[i].op);
      if (rows[i].operation == GH_OPERATION_NONE)
        {
          assert_refused (&m, rows[i].rsc, "");
          continue;
        }
      assert_maps (&m);
      g_assert_cmpint (m.request->operation, ==, rows[i].operation);
      g_assert_cmpint (m.style.operation, ==, rows[i].operation);
      g_assert_cmpint (m.request->resource_type, ==, (gint) rows[i].type);
      gh_request_free (m.request);
    }
}

static void
test_queries (void)
{
  static const char *const bad[] = { "rcn", "=1", "rcn=x", "lbl=\x01", "op=2=2" };
  Mapped m;

  begin (&m, COAP_REQUEST_CODE_GET);
  text (&m, COAP_OPTION_URI_PATH, "cse");
  text (&m, GH_COAP_OPTION_RQI, "1");
  text (&m, COAP_OPTION_URI_QUERY, "fu=1");
  text (&m, COAP_OPTION_URI_QUERY, "lbl=a&b");
  text (&m, COAP_OPTION_URI_QUERY, "ty=3+4");
  text (&m, COAP_OPTION_URI_QUERY, "rcn=6");
  assert_maps (&m);
  g_assert_cmpint (m.request->filter.filter_usage, ==, 1);
  g_assert_cmpstr (m.request->filter.labels[0], ==, "a&b");
  g_assert_cmpint (m.request->filter.resource_types[1], ==, 4);
  g_assert_cmpint (m.request->result_content, ==, GH_RCN_REFERENCES);
  gh_request_free (m.request);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      begin (&m, COAP_REQUEST_CODE_GET);
      text (&m, COAP_OPTION_URI_PATH, "cse");
      text (&m, GH_COAP_OPTION_RQI, "1");
      text (&m, COAP_OPTION_URI_QUERY, bad[i]);
      assert_refused (&m, 4000, "");
    }
}

static void
test_refused_requests (void)
{
  static const struct {
    guint16 option;
    const char *value;
    guint rsc;
    const char *about;
  } rows[] = {
    { GH_COAP_OPTION_FR, "C\nX", 4000, "oneM2M-FR" },
    { GH_COAP_OPTION_FR, "C\xff", 4000, "oneM2M-FR" },
    { GH_COAP_OPTION_RVI, "123456789", 4000, "oneM2M-RVI" },
    { GH_COAP_OPTION_RTURI, "a&&b", 4000, "oneM2M-RTURI" },
    { COAP_OPTION_ACCEPT, "\x29", 5207, "Accept" },
    { COAP_OPTION_CONTENT_FORMAT, "\x29", 4015, "Content-Format" },
    { COAP_OPTION_CONTENT_FORMAT, "\x3c", 4015, "Content-Format" },
    { COAP_OPTION_CONTENT_FORMAT, "\x27\x11", 4000, "oneM2M-TY" },
  };
  Mapped m;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      begin (&m, COAP_REQUEST_CODE_POST);
      text (&m, COAP_OPTION_URI_PATH, "cse");
      text (&m, GH_COAP_OPTION_RQI, "1");
      text (&m, rows[i].option, rows[i].value);
      assert_refused (&m, rows[i].rsc, rows[i].about);
    }
  begin (&m, COAP_REQUEST_CODE_GET);
  text (&m, COAP_OPTION_URI_PATH, "cse");
  assert_refused (&m, 4000, "oneM2M-RQI");
  begin (&m, COAP_REQUEST_CODE_GET);
  text (&m, COAP_OPTION_URI_PATH, "cse");
  text (&m, GH_COAP_OPTION_RQI, "1");
  m.message.payload = (const guint8 *) "{}";
  m.message.payload_length = 2;
  assert_refused (&m, 4000, "payload");
  m.message.code = COAP_REQUEST_CODE_PUT;
  memset (&m.fault, 0, sizeof m.fault);
  assert_refused (&m, 4015, "Content-Format");
}

static void
test_a_refusal_names_its_request (void)
{
  Mapped m;

  begin (&m, COAP_REQUEST_CODE_FETCH);
  text (&m, GH_COAP_OPTION_OLD_RQI, "r7");
  text (&m, GH_COAP_OPTION_RVI, "2a");
  g_assert_false (map (&m));
  g_assert_cmpstr (m.request->request_identifier, ==, "r7");
  g_assert_cmpstr (m.request->release_version, ==, "2a");
  g_assert_cmpint (m.style.set, ==, GH_COAP_SET_OLD);
  gh_request_free (m.request);
}

static void
test_codes (void)
{
  static const struct {
    guint rsc;
    GhOperation operation;
    guint code;
  } rows[] = {
    { 1000, GH_OPERATION_CREATE, 204 },   { 1001, GH_OPERATION_CREATE, 201 },
    { 1002, GH_OPERATION_CREATE, 204 },   { 2000, GH_OPERATION_RETRIEVE, 205 },
    { 2000, GH_OPERATION_NOTIFY, 204 },   { 2000, GH_OPERATION_UPDATE, 204 },
    { 2001, GH_OPERATION_CREATE, 201 },   { 2002, GH_OPERATION_DELETE, 202 },
    { 2004, GH_OPERATION_UPDATE, 204 },   { 4000, GH_OPERATION_CREATE, 400 },
    { 4001, GH_OPERATION_CREATE, 501 },   { 4004, GH_OPERATION_RETRIEVE, 404 },
    { 4005, GH_OPERATION_CREATE, 405 },   { 4008, GH_OPERATION_CREATE, 504 },
    { 4015, GH_OPERATION_CREATE, 415 },   { 4102, GH_OPERATION_CREATE, 400 },
    { 4103, GH_OPERATION_RETRIEVE, 403 }, { 4104, GH_OPERATION_CREATE, 400 },
    { 4105, GH_OPERATION_CREATE, 403 },   { 4106, GH_OPERATION_CREATE, 403 },
    { 4117, GH_OPERATION_CREATE, 403 },   { 4120, GH_OPERATION_CREATE, 402 },
    { 4126, GH_OPERATION_CREATE, 403 },   { 4128, GH_OPERATION_CREATE, 403 },
    { 5000, GH_OPERATION_CREATE, 500 },   { 5103, GH_OPERATION_CREATE, 404 },
    { 5106, GH_OPERATION_CREATE, 400 },   { 5206, GH_OPERATION_CREATE, 501 },
    { 5207, GH_OPERATION_CREATE, 406 },   { 6031, GH_OPERATION_CREATE, 504 },
    { 4999, GH_OPERATION_CREATE, 400 },   { 5999, GH_OPERATION_CREATE, 500 },
    { 2999, GH_OPERATION_CREATE, 204 },   { 0, GH_OPERATION_CREATE, 500 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpuint (gh_coap_code_from_rsc (rows[i].rsc, rows[i].operation), ==,
                      COAP_RESPONSE_CODE (rows[i].code));
  for (guint rsc = 4000; rsc < 7000; rsc++)
    g_assert_cmpuint (gh_coap_code_from_rsc (rsc, GH_OPERATION_CREATE) >> 5, >=, 4);
  g_assert_cmpuint (gh_coap_code_to_rsc (COAP_RESPONSE_CODE_FORBIDDEN), ==, 4103);
  g_assert_cmpuint (gh_coap_code_to_rsc (COAP_REQUEST_CODE_GET), ==, 0);
}

static void
test_answers_in_kind (void)
{
  static const GhCoapSet sets[] = { GH_COAP_SET_NONE, GH_COAP_SET_CURRENT, GH_COAP_SET_OLD };

  for (guint i = 0; i < G_N_ELEMENTS (sets); i++)
    {
      GhCoapSet set = sets[i];
      GhCoapSet used = set == GH_COAP_SET_OLD ? GH_COAP_SET_OLD : GH_COAP_SET_CURRENT;
      const GhCoapStyle style = { GH_OPERATION_CREATE, set, GH_COAP_FORMAT_RESOURCE_JSON };
      const GhResponse response = { .status = 2001,
                                    .request_identifier = "r1",
                                    .release_version = "3",
                                    .result_expiration = "60000",
                                    .content_location = "/id-in/cse/new one",
                                    .body = "{}",
                                    .body_length = 2 };
      GhCoapMessage m;
      guint32 value;

      gh_coap_message_init (&m, COAP_MESSAGE_ACK, 0);
      gh_coap_map_response (&response, &style, &m);
      g_assert_cmpuint (m.code, ==, COAP_RESPONSE_CODE_CREATED);
      g_assert_true (
        gh_coap_message_uint (&m, gh_coap_option_in_set (GH_COAP_OPTION_RSC, used), &value));
      g_assert_cmpuint (value, ==, 2001);
      g_assert_nonnull (
        gh_coap_message_find (&m, gh_coap_option_in_set (GH_COAP_OPTION_RQI, used)));
      g_assert_nonnull (
        gh_coap_message_find (&m, gh_coap_option_in_set (GH_COAP_OPTION_RSET, used)));
      g_assert_true (gh_coap_message_uint (&m, COAP_OPTION_CONTENT_FORMAT, &value));
      g_assert_cmpuint (value, ==, 10001);
      g_assert_cmpmem (m.options[0].value, m.options[0].length, "~", 1);
      g_assert_cmpmem (m.options[3].value, m.options[3].length, "new one", 7);
      g_assert_cmpuint (m.payload_length, ==, 2);
      g_assert_cmpuint (gh_coap_map_answer (&m), ==, 2001);
    }
}

static void
test_answers_that_stand_alone (void)
{
  GhCoapStyle style = { GH_OPERATION_NOTIFY, GH_COAP_SET_CURRENT, GH_COAP_FORMAT_JSON };
  GhResponse response = { .status = 2000, .body = "{}", .body_length = 2 };
  GhCoapMessage m;
  guint32 value;

  gh_coap_message_init (&m, COAP_MESSAGE_ACK, 0);
  gh_coap_map_response (&response, &style, &m);
  g_assert_cmpuint (m.code, ==, COAP_RESPONSE_CODE_CHANGED);
  g_assert_null (m.payload);
  response = (GhResponse){ .status = 5000, .http_status = 503, .retry_after_s = 7 };
  gh_coap_message_init (&m, COAP_MESSAGE_ACK, 0);
  gh_coap_map_response (&response, &style, &m);
  g_assert_cmpuint (m.code, ==, COAP_RESPONSE_CODE_SERVICE_UNAVAILABLE);
  g_assert_true (gh_coap_message_uint (&m, COAP_OPTION_MAXAGE, &value));
  g_assert_cmpuint (value, ==, 7);
  response = (GhResponse){ .status = 5000, .http_status = 429, .retry_after_s = 1 };
  gh_coap_message_init (&m, COAP_MESSAGE_ACK, 0);
  gh_coap_map_response (&response, &style, &m);
  g_assert_cmpuint (m.code, ==, COAP_RESPONSE_CODE_TOO_MANY_REQUESTS);
  g_assert_true (gh_coap_message_uint (&m, COAP_OPTION_MAXAGE, &value));
  g_assert_cmpuint (value, ==, 1);
  response = (GhResponse){ .status = 4000, .http_status = 413 };
  gh_coap_message_init (&m, COAP_MESSAGE_ACK, 0);
  gh_coap_map_response (&response, &style, &m);
  g_assert_cmpuint (m.code, ==, COAP_RESPONSE_CODE_REQUEST_TOO_LARGE);
  /* What no option can hold is left out. */
  response = (GhResponse){ .status = 2001,
                           .from = "a\nb",
                           .content_location = "/csi/a\nb",
                           .content_status = 1,
                           .content_offset = 70000 };
  gh_coap_message_init (&m, COAP_MESSAGE_ACK, 0);
  gh_coap_map_response (&response, &style, &m);
  g_assert_null (gh_coap_message_find (&m, GH_COAP_OPTION_FR));
  g_assert_null (gh_coap_message_find (&m, COAP_OPTION_LOCATION_PATH));
  g_assert_null (gh_coap_message_find (&m, GH_COAP_OPTION_CTO));
  g_assert_nonnull (gh_coap_message_find (&m, GH_COAP_OPTION_CTS));
}

static void
test_reads_answers (void)
{
  GhCoapMessage m;

  gh_coap_message_init (&m, COAP_MESSAGE_ACK, COAP_RESPONSE_CODE_CHANGED);
  g_assert_cmpuint (gh_coap_map_answer (&m), ==, 2000);
  g_assert_true (gh_coap_message_add_uint (&m, GH_COAP_OPTION_OLD_RSC, 2004));
  g_assert_cmpuint (gh_coap_map_answer (&m), ==, 2004);
  g_assert_true (gh_coap_message_add_uint (&m, GH_COAP_OPTION_RSC, 4103));
  g_assert_cmpuint (gh_coap_map_answer (&m), ==, 0);
  gh_coap_message_init (&m, COAP_MESSAGE_ACK, COAP_REQUEST_CODE_GET);
  g_assert_cmpuint (gh_coap_map_answer (&m), ==, 0);
  gh_coap_message_init (&m, COAP_MESSAGE_ACK, COAP_RESPONSE_CODE_CHANGED);
  g_assert_true (gh_coap_message_add_uint (&m, GH_COAP_OPTION_RSC, 7000));
  g_assert_cmpuint (gh_coap_map_answer (&m), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/coap/map/paths", test_paths);
  g_test_add_func ("/coap/map/target-members", test_target_members);
  g_test_add_func ("/coap/map/refused-paths", test_refused_paths);
  g_test_add_func ("/coap/map/parameters", test_parameters_of_both_sets);
  g_test_add_func ("/coap/map/mixed-sets", test_refuses_mixed_sets);
  g_test_add_func ("/coap/map/empty-from", test_an_empty_from_is_not_an_absent_one);
  g_test_add_func ("/coap/map/operations", test_operations);
  g_test_add_func ("/coap/map/queries", test_queries);
  g_test_add_func ("/coap/map/refused", test_refused_requests);
  g_test_add_func ("/coap/map/refusal-named", test_a_refusal_names_its_request);
  g_test_add_func ("/coap/map/codes", test_codes);
  g_test_add_func ("/coap/map/in-kind", test_answers_in_kind);
  g_test_add_func ("/coap/map/alone", test_answers_that_stand_alone);
  g_test_add_func ("/coap/map/answers", test_reads_answers);
  return g_test_run ();
}
