/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/gh-error.h"

#include <gio/gio.h>

#include <string.h>

typedef struct {
  int code;
  guint status, http_status;
} Expected;

/* Response status codes of TS-0004 6.6.3.5 and 6.6.3.6 */
static const Expected expected[] = {
  { GH_ERROR_FAILED, 5000, 0 },
  { GH_ERROR_OVERLOADED, 5000, 503 },
  { GH_ERROR_STORE, 5000, 0 },
  { GH_ERROR_BAD_REQUEST, 4000, 0 },
  { GH_ERROR_RELEASE, 4001, 0 },
  { GH_ERROR_NOT_FOUND, 4004, 0 },
  { GH_ERROR_NOT_ALLOWED, 4005, 0 },
  { GH_ERROR_TIMEOUT, 4008, 0 },
  { GH_ERROR_MEDIA, 4015, 0 },
  { GH_ERROR_CONTENTS, 4102, 0 },
  { GH_ERROR_NO_PRIVILEGE, 4103, 0 },
  { GH_ERROR_CONFLICT, 4105, 0 },
  { GH_ERROR_NOT_AUTHENTICATED, 4106, 0 },
  { GH_ERROR_NO_ASSOCIATION, 4107, 0 },
  { GH_ERROR_CHILD_TYPE, 4108, 0 },
  { GH_ERROR_REGISTERED, 4117, 0 },
  { GH_ERROR_APP_RULE, 4126, 0 },
  { GH_ERROR_NO_SUBSCRIPTION, 4128, 0 },
  { GH_ERROR_NOT_IMPLEMENTED, 5001, 0 },
  { GH_ERROR_UNREACHABLE, 5103, 0 },
  { GH_ERROR_NOT_SUBSCRIBABLE, 5203, 0 },
  { GH_ERROR_VERIFICATION, 5204, 0 },
  { GH_ERROR_HOST_NO_PRIVILEGE, 5205, 0 },
  { GH_ERROR_NON_BLOCKING, 5206, 0 },
  { GH_ERROR_NOT_ACCEPTABLE, 5207, 0 },
  { GH_ERROR_TOO_LARGE, 4000, 413 },
  { GH_ERROR_CONFIG, 5000, 0 },
  { GH_ERROR_PLUGIN, 5000, 0 },
  { GH_ERROR_ACCESS_DENIED, 4103, 0 },
  { GH_ERROR_CANCELLED, 5000, 0 },
  { GH_ERROR_GROUP_REQUEST, 4104, 0 },
  { GH_ERROR_NO_MEMBERS, 4109, 0 },
  { GH_ERROR_MEMBER_TYPE, 4110, 0 },
  { GH_ERROR_MEMBER_HIDDEN, 5105, 0 },
  { GH_ERROR_NO_RESPONSES, 5209, 0 },
  { GH_ERROR_TOO_MANY_MEMBERS, 6010, 0 },
  { GH_ERROR_MGMT_SESSION, 6020, 0 },
  { GH_ERROR_CROSS_RESOURCE, 5221, 0 },
  { GH_ERROR_MGMT_ARGUMENTS, 6023, 0 },
  { GH_ERROR_MGMT_INSUFFICIENT, 6024, 0 },
  { GH_ERROR_MGMT_CONVERSION, 6025, 0 },
  { GH_ERROR_MGMT_CANCELLATION, 6026, 0 },
  { GH_ERROR_MGMT_COMPLETE, 6028, 0 },
  { GH_ERROR_MGMT_BINDING, 6029, 0 },
  { GH_ERROR_NO_SCHEMA, 4125, 0 },
  { GH_ERROR_BLOCKING_EXISTS, 4124, 0 },
  { GH_ERROR_REMOTE_DENIED, 4127, 0 },
  { GH_ERROR_REMOTE_UNREACHABLE, 5107, 0 },
  { GH_ERROR_RECALL, 5220, 0 },
  { GH_ERROR_IN_USE, 5000, 0 },
  { GH_ERROR_RATE, 5000, 429 },
};

static void
test_every_code_has_its_status (void)
{
  g_assert_cmpuint (G_N_ELEMENTS (expected), ==, GH_N_ERRORS);
  for (int i = 0; i < GH_N_ERRORS; i++)
    {
      g_assert_cmpint (expected[i].code, ==, i);
      g_assert_cmpuint (gh_error_status (i), ==, expected[i].status);
      g_assert_cmpuint (gh_error_http_status (i), ==, expected[i].http_status);
    }
}

static void
test_every_code_has_its_own_bus_name (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (int i = 0; i < GH_N_ERRORS; i++)
    {
      const char *name = gh_error_bus_name (i);

      g_assert_true (g_dbus_is_interface_name (name));
      g_assert_true (g_hash_table_add (seen, (gpointer) name));
    }
}

static void
test_numbers_outside_are_failures (void)
{
  g_assert_cmpuint (gh_error_status (-1), ==, 5000);
  g_assert_cmpuint (gh_error_status (GH_N_ERRORS), ==, 5000);
  g_assert_cmpuint (gh_error_http_status (G_MAXINT), ==, 0);
  g_assert_cmpstr (gh_error_bus_name (G_MININT), ==, gh_error_bus_name (GH_ERROR_FAILED));
}

static void
test_first_fault_wins (void)
{
  GhFault fault = { 0 };

  g_assert_false (gh_fault_set (NULL, GH_ERROR_FAILED, "nobody listens"));
  g_assert_false (gh_fault_set (&fault, GH_ERROR_NOT_FOUND, "no %s", "a"));
  g_assert_false (gh_fault_set (&fault, GH_ERROR_CONFLICT, "second"));
  g_assert_true (fault.set);
  g_assert_cmpint (fault.code, ==, GH_ERROR_NOT_FOUND);
  g_assert_cmpstr (fault.text, ==, "no a");
}

static void
test_fault_text_is_one_line_of_utf8 (void)
{
  GhFault fault = { 0 };

  gh_fault_set (&fault, GH_ERROR_BAD_REQUEST, "a\r\nb\x1b[2Jc\x7f \xff\xc3(\xe2\x82\xac)");
  g_assert_cmpstr (fault.text, ==, "a  b [2Jc  ?\?(\xe2\x82\xac)");
}

/* "é" has two octets, so one of two paddings cuts it in the middle. */
static void
test_fault_text_is_cut_between_characters (void)
{
  for (gsize padding = 0; padding < 4; padding++)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      GhFault fault = { 0 };

      for (gsize i = 0; i < padding; i++)
        g_string_append_c (text, 'x');
      for (int i = 0; i < 200; i++)
        g_string_append (text, "é");
      gh_fault_set (&fault, GH_ERROR_BAD_REQUEST, "%s", text->str);
      g_assert_true (g_utf8_validate (fault.text, -1, NULL));
      g_assert_true (g_str_has_prefix (text->str, fault.text));
      g_assert_cmpuint (strlen (fault.text), >=, sizeof fault.text - 2);
    }
}

static void
test_fault_and_error_turn_into_each_other (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) foreign = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_BUSY, "busy");
  GhFault none = { 0 }, fault = { 0 }, again = { 0 }, other = { 0 };

  gh_fault_propagate (&none, &error);
  g_assert_no_error (error);
  gh_fault_set (&fault, GH_ERROR_CONFLICT, "taken: 100%%");
  gh_fault_propagate (&fault, &error);
  g_assert_error (error, GH_ERROR, GH_ERROR_CONFLICT);
  gh_fault_from_error (&again, error);
  g_assert_cmpint (again.code, ==, GH_ERROR_CONFLICT);
  g_assert_cmpstr (again.text, ==, "taken: 100%");
  gh_fault_from_error (&other, foreign);
  g_assert_cmpint (other.code, ==, GH_ERROR_FAILED);
  g_assert_cmpstr (other.text, ==, "busy");
}

static void
test_older_releases_have_fewer_codes (void)
{
  /* what the tables of Release 1 end with: 4105, 5106, 5206, 6029 */
  for (guint status = 1000; status < 7000; status++)
    {
      const guint first = gh_error_status_at (status, 1), second = gh_error_status_at (status, 2);
      g_assert_cmpuint (gh_error_status_at (status, 3), ==, status);
      g_assert_cmpuint (gh_error_status_at (first, 1), ==, first);
      g_assert_cmpuint (gh_error_status_at (second, 2), ==, second);
      g_assert_true (second == status || first != status);
    }
  for (gint code = 0; code < GH_N_ERRORS; code++)
    {
      const guint status = gh_error_status_at (gh_error_status (code), 1);
      g_assert_true (status <= 4008 || (status >= 4101 && status <= 4105)
                     || (status >= 5000 && status <= 5206) || status >= 6003);
      g_assert_cmpuint (status, <=, 6029);
    }
  g_assert_cmpuint (gh_error_status_at (4117, 2), ==, 4105);
  g_assert_cmpuint (gh_error_status_at (4110, 2), ==, 4110);
  g_assert_cmpuint (gh_error_status_at (4107, 1), ==, 4103);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/error/every-code-has-its-status", test_every_code_has_its_status);
  g_test_add_func ("/error/every-code-has-its-own-bus-name", test_every_code_has_its_own_bus_name);
  g_test_add_func ("/error/numbers-outside-are-failures", test_numbers_outside_are_failures);
  g_test_add_func ("/error/older-releases-have-fewer-codes", test_older_releases_have_fewer_codes);
  g_test_add_func ("/fault/first-wins", test_first_fault_wins);
  g_test_add_func ("/fault/text-is-one-line-of-utf8", test_fault_text_is_one_line_of_utf8);
  g_test_add_func ("/fault/text-is-cut-between-characters",
                   test_fault_text_is_cut_between_characters);
  g_test_add_func ("/fault/and-error-turn-into-each-other",
                   test_fault_and_error_turn_into_each_other);
  return g_test_run ();
}
