/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/gh-syntax.h"

#include <string.h>

static gboolean
check (GhDataType data, const char *text)
{
  return gh_syntax_check (data, text, strlen (text));
}

typedef struct {
  GhDataType data;
  gboolean valid;
  const char *text;
} Case;

static void
run (const Case *cases, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (check (cases[i].data, cases[i].text) != cases[i].valid)
      g_error ("\"%s\" as %s", cases[i].text, gh_syntax_expectation (cases[i].data));
}

static void
test_examples_of_the_standard_are_valid (void)
{
  static const Case cases[] = {
    { GH_DATA_NAME, TRUE, "myLightBulb" }, { GH_DATA_NAME, TRUE, "123Sensor" },
    { GH_DATA_ID, TRUE, "//globalm2m.org" }, { GH_DATA_ID, TRUE, "//globalm2m.org/CSE1/123A38ZZY" },
    { GH_DATA_ID, TRUE, "urn:gsma:imei:90420156-025763-0;svn=42" },
    { GH_DATA_ID, TRUE, "123456789@domain.com" },
    { GH_DATA_TOKEN, TRUE, "domain:home" }, { GH_DATA_TOKEN, TRUE, "networkwifi1" },
    { GH_DATA_TOKEN, TRUE, "audio:AVP" },
    { GH_DATA_URI, TRUE, "//IN-CSEID.m2m.myoperator.org/93405" },
    { GH_DATA_URI, TRUE, "*" }, { GH_DATA_URI, TRUE, "http://xn--q/\xc3\xa4" },
    { GH_DATA_POA, TRUE, "http://172.25.0.10:8080/xyz" },
    { GH_DATA_POA, TRUE, "ws://10.222.254.26:80" },
    { GH_DATA_POA, TRUE, "MQTT://host" }, { GH_DATA_POA, TRUE, "coaps+tcp://[::1]:5684/" },
    { GH_DATA_IPV4, TRUE, "122.77.12.1" }, { GH_DATA_IPV4, TRUE, "0.0.0.0/0" },
    { GH_DATA_IPV6, TRUE, "::/0" }, { GH_DATA_IPV6, TRUE, "Fadf:ddd0::/32" },
    { GH_DATA_IPV6, TRUE, "abcd:ffff:abb0:aaaa::/64" },
    { GH_DATA_TIMESTAMP, TRUE, "20141003T112032" },
    { GH_DATA_TIMESTAMP, TRUE, "20240229T235959,5" },
    { GH_DATA_CONTENT_INFO, TRUE, "application/xml:1" },
    { GH_DATA_CONTENT_INFO, TRUE, "application/xml:1:0" },
    { GH_DATA_CONTENT_INFO, TRUE, "application/vnd.onem2m-res+json:0" },
    { GH_DATA_CONTENT_INFO, TRUE, "text/plain;charset=utf-8:0" },
    { GH_DATA_SCHEDULE, TRUE, "* 0-5 2,6,10 * * * *" },
    { GH_DATA_SCHEDULE, TRUE, "* * 8-20 * * * *" },
    { GH_DATA_SCHEDULE, TRUE, "* * 0-23/2 * * * *" },
    { GH_DATA_SCHEDULE, TRUE, "*/2 * * * * * *" },
    { GH_DATA_SCHEDULE, TRUE, "0 0 0 1 1 0 2000-9999" },
    { GH_DATA_ROLE_ID, TRUE, "1234abcd@role-issuer.com" },
    { GH_DATA_RELEASE, TRUE, "1" }, { GH_DATA_RELEASE, TRUE, "2" }, { GH_DATA_RELEASE, TRUE, "2a" },
    { GH_DATA_RELEASE, TRUE, "3" }, { GH_DATA_RELEASE, TRUE, "4" }, { GH_DATA_RELEASE, TRUE, "5a" },
    { GH_DATA_SERIALIZATION, TRUE, "xml" }, { GH_DATA_SERIALIZATION, TRUE, "cbor" },
    { GH_DATA_STRING, TRUE, "" }, { GH_DATA_STRING, TRUE, "a\tb\r\n\xe2\x82\xac" },
    { GH_DATA_BASE64, TRUE, "TWFu" }, { GH_DATA_BASE64, TRUE, "TQ==" },
    { GH_DATA_NCNAME, TRUE, "poa" }, { GH_DATA_NCNAME, TRUE, "_x-1.y" },
  };

  run (cases, G_N_ELEMENTS (cases));
}

static void
test_near_misses_are_refused (void)
{
  static const Case cases[] = {
    { GH_DATA_TIMESTAMP, FALSE, "20230229T000000" },
    { GH_DATA_TIMESTAMP, FALSE, "20141003t112032" },
    { GH_DATA_TIMESTAMP, FALSE, "20141003T112032," }, { GH_DATA_TIMESTAMP, FALSE, "20141003T1120" },
    { GH_DATA_SCHEDULE, FALSE, " * * * * * * *" }, { GH_DATA_SCHEDULE, FALSE, "* * * * * * * " },
    { GH_DATA_SCHEDULE, FALSE, "*  * * * * * *" }, { GH_DATA_SCHEDULE, FALSE, "*,1 * * * * * *" },
    { GH_DATA_SCHEDULE, FALSE, "1,* * * * * * *" }, { GH_DATA_SCHEDULE, FALSE, "1- * * * * * *" },
    { GH_DATA_SCHEDULE, FALSE, "-1 * * * * * *" }, { GH_DATA_SCHEDULE, FALSE, "0-5/ * * * * * *" },
    { GH_DATA_SCHEDULE, FALSE, "*/99999 * * * * * *" },
    { GH_DATA_SCHEDULE, FALSE, "* * 24 * * * *" },
    { GH_DATA_SCHEDULE, FALSE, "* * * 32 * * *" }, { GH_DATA_SCHEDULE, FALSE, "* * * * 13 * *" },
    { GH_DATA_SCHEDULE, FALSE, "* * * * * * 12030" },
    { GH_DATA_SCHEDULE, FALSE, "00000 * * * * * *" },
    { GH_DATA_IPV4, FALSE, "1.2.3.4/-1" }, { GH_DATA_IPV4, FALSE, "1.2.3.4 " },
    { GH_DATA_IPV4, FALSE, "1.2.3.4/99999999999" }, { GH_DATA_IPV4, FALSE, "01.2.3.4.5.6.7.8" },
    { GH_DATA_IPV6, FALSE, "::1%eth0" },
    { GH_DATA_IPV6, FALSE, "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000" },
    { GH_DATA_CONTENT_INFO, FALSE, "text/plain;a=b:c:0" },
    { GH_DATA_CONTENT_INFO, FALSE, "a b/c:0" },
    { GH_DATA_CONTENT_INFO, FALSE, "text/plain:0:0:0" }, { GH_DATA_CONTENT_INFO, FALSE, ":0" },
    { GH_DATA_RELEASE, FALSE, "10" }, { GH_DATA_RELEASE, FALSE, "1a" },
    { GH_DATA_BASE64, FALSE, "TWF\n" }, { GH_DATA_BASE64, FALSE, "====" },
    { GH_DATA_URI, FALSE, "http://a\\b" }, { GH_DATA_URI, FALSE, "\x7f" },
    { GH_DATA_STRING, FALSE, "a\x1b[2J" },
    { GH_DATA_BOOLEAN, FALSE, "true" }, { GH_DATA_ENUM, FALSE, "1" },
    { GH_DATA_OBJECT, FALSE, "{}" },
  };

  run (cases, G_N_ELEMENTS (cases));
}

static void
test_lengths_are_bounded (void)
{
  static const struct { GhDataType data; gsize most; const char *head; } cases[] = {
    { GH_DATA_STRING, GH_SYNTAX_MAX_STRING, "" }, { GH_DATA_URI, GH_SYNTAX_MAX_URI, "" },
    { GH_DATA_POA, GH_SYNTAX_MAX_URI, "http:" }, { GH_DATA_ID, GH_SYNTAX_MAX_ID, "" },
    { GH_DATA_TOKEN, GH_SYNTAX_MAX_TOKEN, "" }, { GH_DATA_NCNAME, GH_SYNTAX_MAX_TOKEN, "" },
    { GH_DATA_ROLE_ID, GH_SYNTAX_MAX_TOKEN, "a@" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *tail = g_strnfill (cases[i].most - strlen (cases[i].head), 'a');
      g_autofree char *most = g_strconcat (cases[i].head, tail, NULL);
      g_autofree char *more = g_strconcat (most, "a", NULL);

      g_assert_true (check (cases[i].data, most));
      g_assert_false (check (cases[i].data, more));
    }
}

/* A string that is cut anywhere is only accepted where the standard gives it a meaning. */
static void
test_cut_strings (void)
{
  static const struct { GhDataType data; const char *text; guint accepted; } cases[] = {
    { GH_DATA_TIMESTAMP, "20141003T112032,123456", 6 },   /* no fraction, and 1 to 5 digits of it */
    { GH_DATA_SCHEDULE, "0 0 0 1 1 0 2000", 0 },
    { GH_DATA_CONTENT_INFO, "a/b:1:0", 1 },
    { GH_DATA_IPV4, "10.0.0.0/16", 2 },
    { GH_DATA_COUNTRY, "KR", 0 },
    { GH_DATA_ROLE_ID, "a@b", 0 },
    { GH_DATA_BASE64, "TWFuTQ==", 1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint accepted = 0;

      g_assert_true (check (cases[i].data, cases[i].text));
      for (gsize cut = 0; cut < strlen (cases[i].text); cut++)
        {
          g_autofree char *text = g_strndup (cases[i].text, cut);

          accepted += check (cases[i].data, text) ? 1 : 0;
        }
      g_assert_cmpuint (accepted, ==, cases[i].accepted);
    }
}

static void
test_durations (void)
{
  static const struct { const char *text; gint64 us; } good[] = {
    { "PT0S", 0 }, { "PT10S", 10000000 }, { "PT1M", 60000000 },
    { "P1D", G_GINT64_CONSTANT (86400000000) },
    { "P1DT1H1M1.5S", G_GINT64_CONSTANT (90061500000) }, { "PT0.000001S", 1 },
    { "PT0.0000001S", 0 }, { "P1M", G_GINT64_CONSTANT (2592000000000) },
    { "P1Y", G_GINT64_CONSTANT (31536000000000) },
  };
  static const char *const bad[] = {
    "", "P", "PT", "P1", "PT1", "1S", "P1S", "P1H", "PTS", "PT1.S", "PT.5S", "PT1.5M", "P1DT",
    "PT1ST",
    "P1D1Y", "PT1S1S", "-PT1S", "+PT1S", "PT-1S", "pt1s", "PT1s", "PT1S ", " PT1S", "P1W", "PTT1S",
    "PT99999999999999S", "P99999999999Y", "P292471209Y", "PT99999999999999999999999999999S",
  };
  gint64 us;

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_assert_true (gh_duration_parse (good[i].text, strlen (good[i].text), &us));
      g_assert_cmpint (us, ==, good[i].us);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    if (gh_duration_parse (bad[i], strlen (bad[i]), &us))
      g_error ("accepted: \"%s\"", bad[i]);
}

static void
test_quotes_are_short_and_printable (void)
{
  char out[GH_QUOTE_SIZE];
  g_autofree char *most = g_strnfill (GH_QUOTE_SIZE - 4, 'a');
  g_autofree char *more = g_strconcat (most, "a", NULL);
  g_autofree char *dotted = g_strconcat (most, "...", NULL);

  g_assert_cmpstr (gh_syntax_quote ("", out), ==, "");
  g_assert_cmpstr (gh_syntax_quote ("a\n\"\x1b\xc3\xa4", out), ==, "a?????");
  g_assert_cmpstr (gh_syntax_quote (most, out), ==, most);
  g_assert_cmpstr (gh_syntax_quote (more, out), ==, dotted);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/syntax/examples-of-the-standard-are-valid",
                   test_examples_of_the_standard_are_valid);
  g_test_add_func ("/syntax/near-misses-are-refused", test_near_misses_are_refused);
  g_test_add_func ("/syntax/lengths-are-bounded", test_lengths_are_bounded);
  g_test_add_func ("/syntax/cut-strings", test_cut_strings);
  g_test_add_func ("/syntax/durations", test_durations);
  g_test_add_func ("/syntax/quotes-are-short-and-printable", test_quotes_are_short_and_printable);
  return g_test_run ();
}
