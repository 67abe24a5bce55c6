/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "../../plugins/http/gh-http-map.h"
#include "../../plugins/http/gh-http-status.h"

#include <string.h>

typedef struct {
  GhRequest *request;
  GhHttpMapping mapping;
} Mapped;

/* @headers: "Name: value" lines, each ended by "\n". */
static gboolean
map (Mapped *mapped, const char *method, const char *target, const char *headers, gboolean body)
{
  g_auto (GStrv) lines = g_strsplit (headers, "\n", -1);

  mapped->request = gh_request_new (65536);
  gh_http_mapping_begin (&mapped->mapping, mapped->request, target);
  for (guint i = 0; lines[i] != NULL && lines[i][0] != '\0'; i++)
    {
      const char *colon = strchr (lines[i], ':');

      gh_http_mapping_header (&mapped->mapping, lines[i], (gsize) (colon - lines[i]), colon + 1,
                              strlen (colon + 1));
    }
  return gh_http_mapping_end (&mapped->mapping, method, FALSE, body);
}

static void
assert_maps (Mapped *mapped, const char *method, const char *target, const char *headers,
             gboolean body)
{
  if (!map (mapped, method, target, headers, body))
    g_error ("%s %s: %s", method, target, mapped->mapping.fault.text);
}

static void
test_paths (void)
{
  static const struct {
    const char *target, *to;
  } rows[] = {
    { "/cse/ae12/cont27", "cse/ae12/cont27" },
    { "/cse/ae12/cont27/", "cse/ae12/cont27" },
    { "/cin00856", "cin00856" },
    { "/~/CSE178/cse/ae12", "/CSE178/cse/ae12" },
    { "/%7e/CSE178/cse/ae12", "/CSE178/cse/ae12" },
    { "/~/CSE178/cin00856", "/CSE178/cin00856" },
    { "/~/CSE178", "/CSE178" },
    { "/_/sp.org/CSE178/cse/ae12", "//sp.org/CSE178/cse/ae12" },
    { "/_/sp.org/CSE178/cin00856", "//sp.org/CSE178/cin00856" },
    { "/~a/b", "~a/b" },
    { "/_a/b", "_a/b" },
    { "http://host:8080/cse/a", "cse/a" },
    { "HTTP://host/~/CSE178/a", "/CSE178/a" },
    { "/a%20b", "a b" },
    { "/a%2520b", "a%20b" },
    { "/%C3%A9", "\303\251" },
    { "/-/a", "-/a" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      Mapped m;

      assert_maps (&m, "GET", rows[i].target, "X-M2M-RI: 1\n", FALSE);
      g_assert_cmpstr (m.request->to, ==, rows[i].to);
      g_assert_cmpint (m.request->operation, ==, GH_OPERATION_RETRIEVE);
      gh_request_free (m.request);
    }
}

static void
test_refused_targets (void)
{
  static const char *const targets[] = {
    "",
    "/",
    "cse",
    "*",
    "//",
    "/~",
    "/~/",
    "/_",
    "/_/",
    "/a%2Fb",
    "/a%2fb",
    "/a%23b",
    "/a%",
    "/a%4",
    "/a%zz",
    "/a%00",
    "/a%0d%0aX",
    "/a%7f",
    "/%ff",
    "/\xc3",
    "http://host",
    "/a?=b",
    "/a?b",
    "/a?rcn=%",
    "/a?rcn=1&rcn=1",
    "/a?lim=-1",
    "/a?crb=yesterday",
    "/a?%00=1",
    "/a?fu=9",
    "/a#",
    "/a?atrl=ri#lbl",
    "/a#%",
  };

  for (guint i = 0; i < G_N_ELEMENTS (targets); i++)
    {
      Mapped m;

      if (map (&m, "GET", targets[i], "X-M2M-RI: 1\n", FALSE) && strcmp (targets[i], "//") != 0)
        g_error ("%s was taken as \"%s\"", targets[i], m.request->to);
      if (m.mapping.fault.set)
        g_assert_cmpint (m.mapping.fault.code, ==, GH_ERROR_BAD_REQUEST);
      gh_request_free (m.request);
    }
}

static void
test_limits (void)
{
  g_autofree char *filler = g_strnfill (GH_HTTP_MAX_TARGET, 'a');
  g_autofree char *target = g_strconcat ("/", filler, NULL);
  g_autofree char *identifier = g_strnfill (GH_HTTP_MAX_IDENTIFIER + 1, 'a');
  g_autofree char *header = g_strconcat ("X-M2M-RI: ", identifier, "\n", NULL);
  g_autoptr (GString) query = g_string_new ("/a?");
  g_autoptr (GString) list = g_string_new ("X-M2M-RI: 1\nX-M2M-AS: ");
  Mapped m;

  for (guint i = 0; i <= GH_HTTP_MAX_PARAMETERS; i++)
    g_string_append_printf (query, "ty=%u&", i + 1);
  for (guint i = 0; i <= GH_HTTP_MAX_LIST; i++)
    g_string_append (list, "a+");
  g_string_append (list, "a\n");
  g_assert_false (map (&m, "GET", target, "X-M2M-RI: 1\n", FALSE));
  gh_request_free (m.request);
  g_assert_false (map (&m, "GET", "/a", header, FALSE));
  gh_request_free (m.request);
  g_assert_false (map (&m, "GET", query->str, "X-M2M-RI: 1\n", FALSE));
  gh_request_free (m.request);
  g_assert_false (map (&m, "GET", "/a", list->str, FALSE));
  gh_request_free (m.request);
}

static void
test_headers (void)
{
  Mapped m;
  const GhRequest *r;

  assert_maps (
    &m, "POST", "/cse",
    "x-m2m-ri:  r 1 \nX-M2M-ORIGIN: C1\nX-M2M-RVI: 2a\nX-M2M-OT: 20240101T000000\n"
    "X-M2M-RST: 1000\nX-M2M-RET: 2000\nX-M2M-OET: 3000\nX-M2M-EC: 2\nX-M2M-GID: g\nX-M2M-VSI: v\n"
    "X-M2M-RTU: http://a&http://b\nX-M2M-AS: aa==+ bb==\nAuthorization: a.b.c+ d.e.f.g.h\n"
    "X-M2M-RSC: 2000\nX-Other: x\nContent-Type: application/vnd.onem2m-res+json ; TY=4\n",
    TRUE);
  r = m.request;
  g_assert_cmpint (r->operation, ==, GH_OPERATION_CREATE);
  g_assert_cmpint (r->resource_type, ==, 4);
  g_assert_cmpstr (r->request_identifier, ==, "r 1");
  g_assert_cmpstr (r->from, ==, "C1");
  g_assert_cmpstr (r->release_version, ==, "2a");
  g_assert_cmpstr (r->originating_timestamp, ==, "20240101T000000");
  g_assert_cmpstr (r->result_expiration, ==, "1000");
  g_assert_cmpstr (r->request_expiration, ==, "2000");
  g_assert_cmpstr (r->execution_time, ==, "3000");
  g_assert_cmpstr (r->event_category, ==, "2");
  g_assert_cmpstr (r->group_request_id, ==, "g");
  g_assert_cmpstr (r->vendor_information, ==, "v");
  g_assert_cmpstr (r->notification_uris[0], ==, "http://a");
  g_assert_cmpstr (r->notification_uris[1], ==, "http://b");
  g_assert_null (r->notification_uris[2]);
  g_assert_cmpstr (r->signatures[1], ==, "bb==");
  g_assert_cmpstr (r->tokens[0], ==, "a.b.c");
  g_assert_cmpstr (r->tokens[1], ==, "d.e.f.g.h");
  gh_request_free (m.request);

  /* Absent is not empty. */
  assert_maps (&m, "GET", "/cse", "X-M2M-RI: 1\n", FALSE);
  g_assert_null (m.request->from);
  g_assert_null (m.request->release_version);
  gh_request_free (m.request);
  assert_maps (&m, "GET", "/cse", "X-M2M-RI: 1\nX-M2M-Origin:\nAuthorization: Basic YTpi\n", FALSE);
  g_assert_cmpstr (m.request->from, ==, "");
  g_assert_null (m.request->tokens);
  gh_request_free (m.request);
  assert_maps (&m, "GET", "/cse", "X-M2M-RI: 1\nAuthorization: bearer a.b.c\n", FALSE);
  g_assert_cmpstr (m.request->tokens[0], ==, "a.b.c");
  gh_request_free (m.request);
}

static void
test_queries (void)
{
  Mapped m;
  const GhFilterCriteria *filter;

  assert_maps (
    &m, "GET",
    "/cse?rcn=6&fu=1&ty=2+3&ty=4&lbl=a%20b+c&lim=10&lvl=2&ofst=3&cr=Sam&drt=2&rt=3&da=1&rids=x+y",
    "X-M2M-RI: 1\n", FALSE);
  filter = &m.request->filter;
  g_assert_cmpint (m.request->result_content, ==, 6);
  g_assert_true (filter->present);
  g_assert_cmpint (filter->filter_usage, ==, 1);
  g_assert_cmpint (filter->resource_types[0], ==, 2);
  g_assert_cmpint (filter->resource_types[2], ==, 4);
  g_assert_cmpstr (filter->labels[0], ==, "a b");
  g_assert_cmpstr (filter->labels[1], ==, "c");
  g_assert_cmpint (filter->limit, ==, 10);
  g_assert_cmpint (filter->level, ==, 2);
  g_assert_cmpint (filter->offset, ==, 3);
  g_assert_cmpuint (filter->n_attributes, ==, 1);
  g_assert_cmpstr (filter->attributes[0].name, ==, "cr");
  g_assert_cmpint (m.request->desired_identifier_type, ==, 2);
  g_assert_cmpint (m.request->response_type, ==, 3);
  g_assert_cmpint (m.request->delivery_aggregation, ==, 1);
  g_assert_cmpstr (m.request->role_ids[1], ==, "y");
  gh_request_free (m.request);
  assert_maps (&m, "GET", "/cse?atrl=ri+lbl", "X-M2M-RI: 1\n", FALSE);
  g_assert_cmpstr (m.request->attribute_list[1], ==, "lbl");
  gh_request_free (m.request);
  assert_maps (&m, "GET", "/cse#rr", "X-M2M-RI: 1\n", FALSE);
  g_assert_cmpstr (m.request->to, ==, "cse");
  g_assert_cmpstr (m.request->attribute_list[0], ==, "rr");
  gh_request_free (m.request);
}

static void
test_content_types (void)
{
  static const struct {
    const char *method, *type;
    GhOperation operation; /* NONE: refused */
    GhError code;
  } rows[] = {
    { "POST", "application/json;ty=3", GH_OPERATION_CREATE, 0 },
    { "POST", "Application/JSON; charset=UTF-8; ty=3", GH_OPERATION_CREATE, 0 },
    { "POST", "application/vnd.onem2m-res+json;ty=10001", GH_OPERATION_CREATE, 0 },
    { "POST", "application/json", GH_OPERATION_NOTIFY, 0 },
    { "POST", "application/vnd.onem2m-ntfy+json", GH_OPERATION_NOTIFY, 0 },
    { "PUT", "application/json", GH_OPERATION_UPDATE, 0 },
    { "PUT", "application/vnd.onem2m-res+json;charset=\"utf-8\"", GH_OPERATION_UPDATE, 0 },
    { "POST", "application/json;ty=0", 0, GH_ERROR_BAD_REQUEST },
    { "POST", "application/json;ty=", 0, GH_ERROR_BAD_REQUEST },
    { "POST", "application/json;ty=-3", 0, GH_ERROR_BAD_REQUEST },
    { "POST", "application/json;ty=3x", 0, GH_ERROR_BAD_REQUEST },
    { "POST", "application/json;ty=99999999999999999999", 0, GH_ERROR_BAD_REQUEST },
    { "POST", "application/json;ty=3;ty=4", 0, GH_ERROR_BAD_REQUEST },
    { "POST", "application/vnd.onem2m-res+json", 0, GH_ERROR_BAD_REQUEST },
    { "POST", "application/vnd.onem2m-ntfy+json;ty=3", 0, GH_ERROR_BAD_REQUEST },
    { "PUT", "application/vnd.onem2m-ntfy+json", 0, GH_ERROR_BAD_REQUEST },
    { "PUT", "application/json;ty=3", 0, GH_ERROR_BAD_REQUEST },
    { "POST", "application/xml;ty=3", 0, GH_ERROR_MEDIA },
    { "POST", "application/vnd.onem2m-res+cbor;ty=3", 0, GH_ERROR_MEDIA },
    { "POST", "application/vnd.onem2m-preq+json", 0, GH_ERROR_MEDIA },
    { "POST", "application/json;charset=latin1;ty=3", 0, GH_ERROR_MEDIA },
    { "POST", "application/jsonx;ty=3", 0, GH_ERROR_MEDIA },
    { "PUT", "text/plain", 0, GH_ERROR_MEDIA },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *headers = g_strdup_printf ("X-M2M-RI: 1\nContent-Type: %s\n", rows[i].type);
      Mapped m;
      const gboolean ok = map (&m, rows[i].method, "/cse", headers, TRUE);

      g_test_message ("%s %s: %s", rows[i].method, rows[i].type, m.mapping.fault.text);
      g_assert_cmpint (ok, ==, rows[i].operation != GH_OPERATION_NONE);
      if (ok)
        g_assert_cmpint (m.request->operation, ==, rows[i].operation);
      else
        g_assert_cmpint (m.mapping.fault.code, ==, rows[i].code);
      gh_request_free (m.request);
    }
}

static void
test_accept (void)
{
  static const struct {
    const char *accept;
    gboolean ok;
    GhHttpAnswerMedia media;
  } rows[] = {
    { "*/*", TRUE, GH_HTTP_MEDIA_JSON },
    { "application/json", TRUE, GH_HTTP_MEDIA_JSON },
    { "application/*;q=0.1", TRUE, GH_HTTP_MEDIA_JSON },
    { "application/vnd.onem2m-res+json", TRUE, GH_HTTP_MEDIA_RESOURCE_JSON },
    { "application/vnd.onem2m-res+json, */*", TRUE, GH_HTTP_MEDIA_RESOURCE_JSON },
    { "application/vnd.onem2m-res+json, application/json", TRUE, GH_HTTP_MEDIA_JSON },
    { "application/json;q=0, */*", TRUE, GH_HTTP_MEDIA_RESOURCE_JSON },
    { "text/html, application/xml;q=0.9, */*;q=0.8", TRUE, GH_HTTP_MEDIA_JSON },
    { "", TRUE, GH_HTTP_MEDIA_JSON },
    { "application/xml", FALSE, 0 },
    { "application/json;q=0", FALSE, 0 },
    { "application/json; q=0.000, application/vnd.onem2m-res+json;q=0", FALSE, 0 },
    { "*/*;q=0", FALSE, 0 },
    { "text/*", FALSE, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *headers = g_strdup_printf ("X-M2M-RI: 1\nAccept: %s\n", rows[i].accept);
      Mapped m;
      const gboolean ok = map (&m, "GET", "/cse", headers, FALSE);

      g_test_message ("%s", rows[i].accept);
      g_assert_cmpint (ok, ==, rows[i].ok);
      if (ok)
        g_assert_cmpint (gh_http_mapping_media (&m.mapping), ==, rows[i].media);
      else
        g_assert_cmpint (m.mapping.fault.code, ==, GH_ERROR_NOT_ACCEPTABLE);
      gh_request_free (m.request);
    }
}

static const char *
field (const GhHttpHead *head, const char *name)
{
  for (guint i = 0; i < head->n_fields; i++)
    if (strcmp (head->fields[i].name, name) == 0)
      return head->fields[i].value;
  return NULL;
}

static void
test_hosts (void)
{
  static const struct {
    const char *host;
    gboolean local;
  } rows[] = {
    { "localhost", TRUE },   { "LOCALHOST:8080", TRUE },  { "127.0.0.1", TRUE },
    { "127.1.2.3:1", TRUE }, { "[::1]", TRUE },           { "[::1]:8080", TRUE },
    { "", FALSE },           { "localhost.evil", FALSE }, { "127.0.0.1.evil", FALSE },
    { "127.0.0.1x", FALSE }, { "128.0.0.1", FALSE },      { "[::1]x", FALSE },
    { "[::2]", FALSE },      { "evil:127.0.0.1", FALSE }, { "127.", FALSE },
    { "::1", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *headers = g_strdup_printf ("X-M2M-RI: 1\nHost: %s\n", rows[i].host);
      Mapped m;

      assert_maps (&m, "GET", "/cse", headers, FALSE);
      g_test_message ("%s", rows[i].host);
      g_assert_cmpint (m.mapping.host_local, ==, rows[i].local);
      gh_request_free (m.request);
    }
}

static void
test_responses (void)
{
  GhHttpHead head;
  GhResponse response = {
    .status = 2000,
    .request_identifier = "r",
    .release_version = "3",
    .from = "/id-in",
    .originating_timestamp = "t",
    .result_expiration = "60000",
    .vendor_information = "v",
    .content_location = "//sp/id-in/cse/\303\251 x",
    .body = "{}",
    .body_length = 2,
    .content_status = 1,
    .content_offset = 70,
    .assigned_token_ids = "a:b",
    .signature_requested = TRUE,
  };

  gh_http_map_response (&response, GH_HTTP_MEDIA_JSON, &head);
  g_assert_cmpuint (head.status, ==, 200);
  g_assert_cmpstr (field (&head, "X-M2M-RSC"), ==, "2000");
  g_assert_cmpstr (field (&head, "X-M2M-RI"), ==, "r");
  g_assert_cmpstr (field (&head, "X-M2M-RVI"), ==, "3");
  g_assert_cmpstr (field (&head, "X-M2M-Origin"), ==, "/id-in");
  g_assert_cmpstr (field (&head, "X-M2M-OT"), ==, "t");
  g_assert_cmpstr (field (&head, "X-M2M-RST"), ==, "60000");
  g_assert_cmpstr (field (&head, "X-M2M-VSI"), ==, "v");
  g_assert_cmpstr (field (&head, "X-M2M-CTS"), ==, "1");
  g_assert_cmpstr (field (&head, "X-M2M-CTO"), ==, "70");
  g_assert_cmpstr (field (&head, "X-M2M-ATI"), ==, "a:b");
  g_assert_cmpstr (field (&head, "X-M2M-ASRI"), ==, "true");
  g_assert_cmpstr (field (&head, "Content-Type"), ==, "application/json");
  g_assert_cmpstr (field (&head, "Content-Location"), ==, "/_/sp/id-in/cse/%C3%A9%20x");
  response = (GhResponse){
    .status = 5000, .http_status = 503, .retry_after_s = 3, .request_identifier = "a\r\nb"
  };
  gh_http_map_response (&response, GH_HTTP_MEDIA_RESOURCE_JSON, &head);
  g_assert_cmpuint (head.status, ==, 503);
  g_assert_cmpstr (field (&head, "X-M2M-RSC"), ==, "5000");
  g_assert_cmpstr (field (&head, "Retry-After"), ==, "3");
  g_assert_null (field (&head, "X-M2M-RI"));
  g_assert_null (field (&head, "Content-Type"));
}

/* TS-0009 table 6.3.2-1, by HTTP status as the table is laid out. */
static void
test_status_map (void)
{
  static const struct {
    guint status;
    guint rsc[26];
  } rows[] = {
    { 200, { 2000, 2002, 2004 } },
    { 201, { 2001 } },
    { 202, { 1000, 1001, 1002 } },
    { 400, { 4000, 4102, 4110, 4120, 4122, 4123, 4143, 6010, 6022, 6023, 6024 } },
    { 403, { 4101, 4103, 5105, 5203, 5205, 4106, 4107, 4108, 4109, 4111, 4112, 4113,
             4114, 4115, 4116, 4117, 4126, 4127, 5208, 5214, 5215, 5218, 5222 } },
    { 404, { 4004, 4118, 4119, 4121, 5103, 5107, 6003, 6005 } },
    { 405, { 4005 } },
    { 406, { 5207 } },
    { 409, { 4104, 4105, 4124, 5106, 5219, 5220, 6028, 6029 } },
    { 415, { 4015 } },
    { 500, { 5000, 5204, 5209, 5210, 5211, 5212, 5216, 5217, 5221, 6020, 6021, 6025, 6026 } },
    { 501, { 4001, 4125, 5001, 5206 } },
    { 504, { 4008, 6030, 6031 } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    for (guint k = 0; rows[i].rsc[k] != 0; k++)
      g_assert_cmpuint (gh_http_status_from_rsc (rows[i].rsc[k]), ==, rows[i].status);
  g_assert_cmpuint (gh_http_status_from_rsc (4999), ==, 400);
  g_assert_cmpuint (gh_http_status_from_rsc (0), ==, 500);
  g_assert_cmpuint (gh_http_status_to_rsc (404), ==, 4004);
  g_assert_cmpuint (gh_http_status_to_rsc (302), ==, 0);
}

static void
test_hops (void)
{
  static const struct {
    const char *headers;
    gint hops; /* -2: refused */
  } rows[] = {
    { "", -1 },
    { "Max-Forwards: 0\n", 0 },
    { "Max-Forwards: 7\n", 7 },
    { "Max-Forwards: 255\n", 255 },
    { "Max-Forwards: 256\n", -2 },
    { "Max-Forwards: 0001\n", -2 },
    { "Max-Forwards: \n", -2 },
    { "Max-Forwards: -1\n", -2 },
    { "Max-Forwards: x99\n", -2 },
    { "Max-Forwards: 9x9\n", -2 },
    { "Max-Forwards: 99x\n", -2 },
    { "Max-Forwards: 1\nMax-Forwards: 1\n", -2 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      Mapped m;
      g_autofree char *headers = g_strconcat ("X-M2M-RI: 1\n", rows[i].headers, NULL);
      const gboolean maps = map (&m, "GET", "/cse", headers, FALSE);

      g_assert_cmpint (maps, ==, rows[i].hops != -2);
      if (maps)
        g_assert_cmpint (m.request->hops, ==, rows[i].hops);
      gh_request_free (m.request);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/http/map/paths", test_paths);
  g_test_add_func ("/http/map/refused-targets", test_refused_targets);
  g_test_add_func ("/http/map/limits", test_limits);
  g_test_add_func ("/http/map/headers", test_headers);
  g_test_add_func ("/http/map/hops", test_hops);
  g_test_add_func ("/http/map/queries", test_queries);
  g_test_add_func ("/http/map/content-types", test_content_types);
  g_test_add_func ("/http/map/accept", test_accept);
  g_test_add_func ("/http/map/hosts", test_hosts);
  g_test_add_func ("/http/map/responses", test_responses);
  g_test_add_func ("/http/map/status-map", test_status_map);
  return g_test_run ();
}
