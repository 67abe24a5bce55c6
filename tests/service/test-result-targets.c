/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "modes-fixture.h"
#include "fake-transport.h"
#include "gh-cse-private.h"
#include "service/gh-request-resource.h"

/* Whoever has the CSE tell his results elsewhere could have it call what only it can reach. */
static void
test_results_go_to_own_points_of_access (ModesFixture *fixture, gconstpointer data)
{
  (void) data;
  static const char *const forbidden[] = {
    "http://127.0.0.1:631/",      "http://[::1]:8080/",        "coap://169.254.169.254/",
    "fake://device.example/",     "fake://device:80/",         "fake://device@elsewhere/",
    "fake://elsewhere/#/device/", "fake://device\\\\@elsewhere/", "other://device/",
    "fake://elsewhere/?u=fake://device/",
    "://",
    "fake://one.elsewhere/",
    "fake://",
    "*://device/",
  };
  static const char *const allowed[] = { "fake://device/", "fake://device/results?a=1",
                                         "FAKE://Device/", "fake://listed/any" };
  for (guint i = 0; i < G_N_ELEMENTS (forbidden); i++)
    for (guint type = 2; type <= 4; type += 2)
      {
        g_autofree char *mode = g_strdup_printf (
          "\"rt\":{\"rtv\":%u,\"nu\":[\"CDevice\",\"%s\"]}," LABEL, type, forbidden[i]);
        cse_expect (&fixture->cse, 4103, CSE_UPDATE, "CDevice", LOAD, mode);
      }
  g_assert_false (modes_has_label (fixture));
  g_assert_cmpuint (fake_transport_count (), ==, 0);
  g_assert_cmpuint (gh_requests_count (fixture->cse.cse->service->requests), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (allowed); i++)
    {
      g_autofree char *mode = g_strdup_printf ("\"rt\":{\"rtv\":2,\"nu\":[\"%s\"]}," LABEL,
                                               allowed[i]);
      g_autofree char *uri = modes_ask (fixture, 1002, CSE_UPDATE, mode);
      modes_expect_told (allowed[i], "\"rsc\":2004");
    }
}

/* The points of access of others are not one's own, and who is not registered here has none. */
static void
test_points_of_access_are_those_of_the_originator (ModesFixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (cse_create (&fixture->cse, "CVictim", "gatehouse", 2,
                      "{\"m2m:ae\":{\"rn\":\"victim\",\"api\":\"Nvictim\",\"rr\":true,"
                      "\"srv\":[\"3\"],\"poa\":[\"fake://victim/\"]}}"));
  cse_expect (&fixture->cse, 4103, CSE_UPDATE, "CDevice", LOAD,
              "\"rt\":{\"rtv\":2,\"nu\":[\"fake://victim/\"]}," LABEL);
  cse_expect (&fixture->cse, 4103, CSE_RETRIEVE, "CAdmin", LOAD,
              "\"rt\":{\"rtv\":2,\"nu\":[\"fake://victim/\"]}");
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CDevice", "CDevice",
              "\"pc\":{\"m2m:ae\":{\"poa\":[\"fake://moved/\"]}}");
  cse_expect (&fixture->cse, 4103, CSE_UPDATE, "CDevice", LOAD,
              "\"rt\":{\"rtv\":2,\"nu\":[\"fake://device/\"]}," LABEL);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

static void
test_results_go_anywhere_when_told_so (ModesFixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *uri = modes_ask (fixture, 1002, CSE_UPDATE,
                                    "\"rt\":{\"rtv\":2,\"nu\":[\"fake://anywhere/\"]}," LABEL);
  modes_expect_told ("fake://anywhere/", "\"rsc\":2004");
}

static const char *const anywhere[] = { "request.result-urls=*", NULL };
static const char *const nowhere[] = { "request.result-urls=", NULL };

static void
test_results_of_the_administrator_go_nowhere_else (ModesFixture *fixture, gconstpointer data)
{
  (void) data;
  cse_expect (&fixture->cse, 4103, CSE_UPDATE, "CAdmin", LOAD,
              "\"rt\":{\"rtv\":2,\"nu\":[\"fake://anywhere/\"]}," LABEL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, options, func) \
  g_test_add ("/result-targets/" name, ModesFixture, options, modes_set_up, func, modes_tear_down)
  ADD ("own-points-of-access", NULL, test_results_go_to_own_points_of_access);
  ADD ("those-of-others-are-not-own", NULL, test_points_of_access_are_those_of_the_originator);
  ADD ("anywhere-when-told-so", anywhere, test_results_go_anywhere_when_told_so);
  ADD ("nowhere-else-when-told-so", nowhere, test_results_of_the_administrator_go_nowhere_else);
  return g_test_run ();
}
