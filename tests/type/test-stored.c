/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cse-fixture.h"

#include <string.h>

/* Types that are only stored: what of them is looked at. */

static void
set_up (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  cse_fixture_set_up (fixture, NULL);
  g_free (cse_create (fixture, "CAdmin", "gatehouse", 3, "{\"m2m:cnt\":{\"rn\":\"cnt\"}}"));
}

static void
tear_down (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  cse_fixture_tear_down (fixture);
}

typedef struct {
  const char *text;
  gint format, rsc;
} Descriptor;

static void
describe (CseFixture *fixture, const Descriptor *descriptor)
{
  g_autofree char *base64 = g_base64_encode ((const guchar *) descriptor->text,
                                             strlen (descriptor->text));
  g_autofree char *members = g_strdup_printf (
    "\"ty\":24,\"pc\":{\"m2m:smd\":{\"dcrp\":%d,\"dsp\":\"%s\"}}", descriptor->format, base64);
  cse_expect (fixture, descriptor->rsc, CSE_CREATE, "CAdmin", "gatehouse/cnt", members);
}

static void
test_descriptors_have_the_syntax_that_they_name (CseFixture *fixture, gconstpointer data)
{
  static const Descriptor cases[] = {
    { "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"/>", 4, 2001 },
    { "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">", 4, 4000 },
    { "<a></b>", 3, 4000 },
    { "@prefix a: <http://a/> . a:b a:c a:d .", 4, 4000 },
    { "@prefix a: <http://a/> . a:b a:c a:d .", 5, 2001 },
    { "{\"@context\":{}}", 7, 2001 },
    { "{\"@context\":", 7, 4000 },
    { "\"text\"", 7, 4000 },
    { "\xff\xfe", 5, 4000 },
    { "http://a/b", 1, 4000 },
  };
  (void) data;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    describe (fixture, &cases[i]);
}

#define SMD "gatehouse/cnt/smd"

static void
test_descriptors_are_updated (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (cse_create (fixture, "CAdmin", "gatehouse/cnt", 24,
                      "{\"m2m:smd\":{\"rn\":\"smd\",\"dcrp\":4,\"dsp\":\"PGEvPg==\","
                      "\"vlde\":true}}"));
  g_autofree char *validated = cse_attribute (fixture, "CAdmin", SMD, "vlde");
  g_assert_null (validated);
  cse_refuse (fixture, 4000, "dsp", CSE_UPDATE, "CAdmin", SMD,
              "\"pc\":{\"m2m:smd\":{\"dsp\":\"PGE+\"}}");
  cse_refuse (fixture, 4000, "dsp", CSE_UPDATE, "CAdmin", SMD, "\"pc\":{\"m2m:smd\":{\"dcrp\":7}}");
  cse_refuse (fixture, 5001, "soe", CSE_UPDATE, "CAdmin", SMD,
              "\"pc\":{\"m2m:smd\":{\"soe\":\"DELETE WHERE {}\"}}");
  cse_refuse (fixture, 4000, "soe", CSE_UPDATE, "CAdmin", SMD,
              "\"pc\":{\"m2m:smd\":{\"soe\":\"DELETE WHERE {}\",\"dsp\":\"PGIvPg==\"}}");
  cse_expect (fixture, 2004, CSE_UPDATE, "CAdmin", SMD,
              "\"pc\":{\"m2m:smd\":{\"dcrp\":7,\"dsp\":\"e30=\"}}");
}

static void
test_job_profiles_are_xml (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  cse_refuse (fixture, 4000, "fucd", CSE_CREATE, "CAdmin", "gatehouse",
              "\"ty\":40,\"pc\":{\"m2m:smjp\":{\"mbft\":\"SELECT ?a WHERE {}\","
              "\"uptd\":\"PGEvPg==\",\"fucd\":\"PGE+\"}}");
  g_free (cse_create (fixture, "CAdmin", "gatehouse", 40,
                      "{\"m2m:smjp\":{\"rn\":\"job\",\"mbft\":\"SELECT ?a WHERE {}\","
                      "\"uptd\":\"PGEvPg==\",\"fucd\":\"PGEvPg==\"}}"));
  cse_refuse (fixture, 4000, "iptd", CSE_UPDATE, "CAdmin", "gatehouse/job",
              "\"pc\":{\"m2m:smjp\":{\"iptd\":\"e30=\"}}");
}

static void
test_transactions_are_the_originator_s (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  cse_refuse (
    fixture, 4000, "rqp", CSE_CREATE, "CAdmin", "gatehouse/cnt",
    "\"ty\":51,\"pc\":{\"m2m:trac\":{\"tid\":\"t\",\"rqp\":{\"op\":2,\"to\":\"gatehouse\","
    "\"fr\":\"COther\",\"rqi\":\"r\"}}}");
  g_free (cse_create (fixture, "CAdmin", "gatehouse/cnt", 51,
                      "{\"m2m:trac\":{\"rn\":\"trac\",\"tid\":\"t\",\"rqp\":{\"op\":2,"
                      "\"to\":\"gatehouse\",\"fr\":\"CAdmin\",\"rqi\":\"r\"}}}"));
  g_autofree char *control = cse_attribute (fixture, "CAdmin", "gatehouse/cnt/trac", "tctl");
  g_assert_cmpstr (control, ==, "2");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD_TEST(path, func) g_test_add ("/stored/" path, CseFixture, NULL, set_up, func, tear_down)
  ADD_TEST ("descriptor", test_descriptors_have_the_syntax_that_they_name);
  ADD_TEST ("descriptor-update", test_descriptors_are_updated);
  ADD_TEST ("job-profile", test_job_profiles_are_xml);
  ADD_TEST ("transaction", test_transactions_are_the_originator_s);
  return g_test_run ();
}
