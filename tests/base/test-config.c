/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/gh-config.h"

#include <glib/gstdio.h>

#include <string.h>

static const GhConfigKey keys[] = {
  { "cse", "id", GH_CONFIG_STRING, "gatehouse", 0, 0, NULL, "CSE-ID" },
  { "cse", "type", GH_CONFIG_CHOICE, "in", 0, 0, "in|mn|asn", "CSE type" },
  { "cse", "registrar", GH_CONFIG_STRING, NULL, 0, 0, NULL, "URL" },
  { "http", "port", GH_CONFIG_INTEGER, "8080", 0, 65535, NULL, "port" },
  { "http", "offset", GH_CONFIG_INTEGER, NULL, 0, 0, NULL, "any number" },
  { "http", "origins", GH_CONFIG_LIST, "a; b", 0, 0, NULL, "list" },
  { "limits", "body", GH_CONFIG_SIZE, "64K", 1024, 16777216, NULL, "octets" },
  { "limits", "timeout", GH_CONFIG_DURATION, "30s", 0, 0, NULL, "seconds" },
  { "access", "hide", GH_CONFIG_BOOLEAN, "no", 0, 0, NULL, "flag" },
  { NULL, NULL, GH_CONFIG_STRING, NULL, 0, 0, NULL, NULL },
};

static GhConfig *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  GhConfig *config = gh_config_parse (text, strlen (text), "t.conf", keys, &error);

  g_assert_no_error (error);
  return config;
}

static void
assert_refused (const char *text, gsize length, const char *message)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GhConfig) config = gh_config_parse (text, length, "t.conf", keys, &error);

  g_assert_null (config);
  g_assert_error (error, GH_ERROR, GH_ERROR_CONFIG);
  g_assert_cmpstr (error->message, ==, message);
}

static void
test_defaults_hold_without_a_file (void)
{
  g_autoptr (GhConfig) config = gh_config_new (keys);

  g_assert_cmpstr (gh_config_get_string (config, "cse", "id"), ==, "gatehouse");
  g_assert_cmpstr (gh_config_get_string (config, "cse", "type"), ==, "in");
  g_assert_null (gh_config_get_string (config, "cse", "registrar"));
  g_assert_cmpint (gh_config_get_integer (config, "http", "port"), ==, 8080);
  g_assert_cmpint (gh_config_get_integer (config, "http", "offset"), ==, 0);
  g_assert_cmpint (gh_config_get_integer (config, "limits", "body"), ==, 65536);
  g_assert_cmpint (gh_config_get_integer (config, "limits", "timeout"), ==, 30);
  g_assert_false (gh_config_get_boolean (config, "access", "hide"));
  g_assert_cmpuint (g_strv_length ((char **) gh_config_get_list (config, "http", "origins")), ==,
                    2);
  g_assert_false (gh_config_is_set (config, "http", "port"));
}

static void
test_file_is_read (void)
{
  g_autoptr (GhConfig) config = parse (
    "# comment\n; another\n\n[cse]\n  id =  my cse \r\ntype=mn\n[http]\nport=0\n"
    "origins = x , y;z;\noffset = -9\n[limits]\nbody = 1M\ntimeout = 2h\n"
    "[access]\nhide = on\n[cse]\nregistrar = a=b # no comment");
  const char *const *list = gh_config_get_list (config, "http", "origins");

  g_assert_cmpstr (gh_config_get_string (config, "cse", "id"), ==, "my cse");
  g_assert_cmpstr (gh_config_get_string (config, "cse", "type"), ==, "mn");
  g_assert_cmpstr (gh_config_get_string (config, "cse", "registrar"), ==, "a=b # no comment");
  g_assert_cmpint (gh_config_get_integer (config, "http", "port"), ==, 0);
  g_assert_cmpint (gh_config_get_integer (config, "http", "offset"), ==, -9);
  g_assert_cmpint (gh_config_get_integer (config, "limits", "body"), ==, 1048576);
  g_assert_cmpint (gh_config_get_integer (config, "limits", "timeout"), ==, 7200);
  g_assert_true (gh_config_get_boolean (config, "access", "hide"));
  g_assert_true (gh_config_is_set (config, "access", "hide"));
  g_assert_cmpstr (list[0], ==, "x");
  g_assert_cmpstr (list[1], ==, "y");
  g_assert_cmpstr (list[2], ==, "z");
  g_assert_null (list[3]);
}

static void
test_empty_values_are_values (void)
{
  g_autoptr (GhConfig) config = parse ("[cse]\nid =\n[http]\norigins=\n");

  g_assert_cmpstr (gh_config_get_string (config, "cse", "id"), ==, "");
  g_assert_null (gh_config_get_list (config, "http", "origins")[0]);
  g_assert_true (gh_config_is_set (config, "http", "origins"));
}

typedef struct {
  const char *text, *message;
} Refusal;

static const Refusal refusals[] = {
  { "[http]\nprot = 80\n", "t.conf:2: [http] prot: unknown key; did you mean port?" },
  { "[http]\nbody = 80\n", "t.conf:2: [http] body: unknown key; it stands in [limits]" },
  { "[http]\nsomething = 80\n", "t.conf:2: [http] something: unknown key" },
  { "\n[htp]\n", "t.conf:2: [htp]: unknown group; did you mean [http]?" },
  { "[elsewhere]\n", "t.conf:1: [elsewhere]: unknown group" },
  { "[http\n", "t.conf:1: \"[http\" is not a [group]" },
  { "[]\n", "t.conf:1: \"[]\" is not a [group]" },
  { "port = 1\n", "t.conf:1: port: a key before the first [group]" },
  { "[http]\nport\n", "t.conf:2: \"port\" is neither a [group] nor key = value" },
  { "[http]\n= 1\n", "t.conf:2: \"= 1\" is neither a [group] nor key = value" },
  { "[http]\nport=1\n[cse]\n[http]\nport=1\n",
    "t.conf:5: [http] port: given twice, first in line 2" },
  { "[http]\nport = 65536\n", "t.conf:2: [http] port: 65536 is outside 0..65535" },
  { "[http]\nport = -1\n", "t.conf:2: [http] port: -1 is outside 0..65535" },
  { "[http]\nport = 80x\n", "t.conf:2: [http] port: \"80x\" is not a whole number" },
  { "[http]\nport = 1K\n", "t.conf:2: [http] port: \"1K\" is not a whole number" },
  { "[http]\nport =\n", "t.conf:2: [http] port: \"\" is not a whole number" },
  { "[http]\nport = +1\n", "t.conf:2: [http] port: \"+1\" is not a whole number" },
  { "[http]\noffset = 99999999999999999999\n",
    "t.conf:2: [http] offset: \"99999999999999999999\" is too large" },
  { "[limits]\nbody = 10\n", "t.conf:2: [limits] body: 10 is outside 1024..16777216" },
  { "[limits]\nbody = 1KB\n",
    "t.conf:2: [limits] body: \"1KB\" is not a number of octets, which may end in K, M or G" },
  { "[limits]\ntimeout = -5s\n", "t.conf:2: [limits] timeout: \"-5s\" is not a number of seconds, "
                                 "or a number that ends in s, m, h or d" },
  { "[limits]\ntimeout = 999999999999999999d\n",
    "t.conf:2: [limits] timeout: \"999999999999999999d\" is too large" },
  { "[cse]\ntype = xn\n", "t.conf:2: [cse] type: \"xn\" is not one of in|mn|asn" },
  { "[cse]\ntype = in|mn\n", "t.conf:2: [cse] type: \"in|mn\" is not one of in|mn|asn" },
  { "[access]\nhide = maybe\n", "t.conf:2: [access] hide: \"maybe\" is neither yes nor no" },
  { "[http]\norigins = a,,b\n", "t.conf:2: [http] origins: entry 2 of the list is empty" },
  { "[http]\norigins = ,\n", "t.conf:2: [http] origins: entry 1 of the list is empty" },
  { "[cse]\nid = a\x01"
    "b\n",
    "t.conf:2: the line is not plain UTF-8 text" },
  { "[cse]\nid = caf\xe9\n", "t.conf:2: the line is not plain UTF-8 text" },
  { "[cse]\nid = a\rb\n", "t.conf:2: the line is not plain UTF-8 text" },
};

static void
test_what_the_table_does_not_declare_is_refused (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (refusals); i++)
    assert_refused (refusals[i].text, strlen (refusals[i].text), refusals[i].message);
}

static void
test_nul_is_refused (void)
{
  assert_refused ("[cse]\nid=a\0b\n", 13, "t.conf:2: the line is not plain UTF-8 text");
}

static void
test_limits_hold (void)
{
  g_autofree char *lines = g_strnfill (GH_CONFIG_MAX_LINES + 1, '\n');
  g_autofree char *line = g_strnfill (GH_CONFIG_MAX_LINE + 1, '#');
  g_autofree char *large = g_strnfill (GH_CONFIG_MAX_SIZE + 1, '#');
  g_autoptr (GhConfig) most = NULL;

  assert_refused (line, GH_CONFIG_MAX_LINE + 1, "t.conf:1: the line is longer than 4096 octets");
  assert_refused (lines, GH_CONFIG_MAX_LINES + 1, "t.conf:4097: more than 4096 lines");
  assert_refused (large, GH_CONFIG_MAX_SIZE + 1, "t.conf: larger than 1048576 octets");
  lines[GH_CONFIG_MAX_LINES] = '\0';
  line[GH_CONFIG_MAX_LINE] = '\0';
  most = parse (lines);
  g_clear_pointer (&most, gh_config_unref);
  most = parse (line);
}

static void
test_values_can_be_overridden (void)
{
  g_autoptr (GhConfig) config = parse ("[http]\nport=1\n");
  g_autoptr (GError) error = NULL;

  g_assert_true (gh_config_set (config, "http", "port", "2", &error));
  g_assert_no_error (error);
  g_assert_cmpint (gh_config_get_integer (config, "http", "port"), ==, 2);
  g_assert_false (gh_config_set (config, "http", "port", "x", &error));
  g_assert_error (error, GH_ERROR, GH_ERROR_CONFIG);
  g_assert_cmpstr (error->message, ==, "[http] port: \"x\" is not a whole number");
  g_assert_cmpint (gh_config_get_integer (config, "http", "port"), ==, 2);
  g_clear_error (&error);
  g_assert_false (gh_config_set (config, "http", "prot", "1", &error));
  g_assert_cmpstr (error->message, ==, "[http] prot: unknown key; did you mean port?");
  g_clear_error (&error);
  g_assert_false (gh_config_set (config, "htp", "port", "1", &error));
  g_assert_cmpstr (error->message, ==, "[htp]: unknown group; did you mean [http]?");
  g_clear_error (&error);
  g_assert_false (gh_config_set (config, "cse", "id", "a\nb", &error));
  g_assert_error (error, GH_ERROR, GH_ERROR_CONFIG);
}

static void
test_file_on_disk_is_loaded (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("gh-config-XXXXXX", &error);
  g_autofree char *path = NULL;
  g_autoptr (GhConfig) config = NULL;

  g_assert_no_error (error);
  path = g_build_filename (folder, "gatehouse.conf", NULL);
  g_assert_null (gh_config_load (path, keys, &error));
  g_assert_error (error, GH_ERROR, GH_ERROR_CONFIG);
  g_assert_true (g_str_has_prefix (error->message, path));
  g_clear_error (&error);
  g_assert_true (g_file_set_contents (path, "[http]\nport = 99\n", -1, &error));
  config = gh_config_load (path, keys, &error);
  g_assert_no_error (error);
  g_assert_cmpint (gh_config_get_integer (config, "http", "port"), ==, 99);
  g_assert_null (gh_config_load (folder, keys, &error));
  g_assert_error (error, GH_ERROR, GH_ERROR_CONFIG);
  g_unlink (path);
  g_rmdir (folder);
}

static void
test_undeclared_key_is_a_bug_of_the_caller (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (GhConfig) config = gh_config_new (keys);

      gh_config_get_string (config, "http", "port");
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/config/defaults-hold-without-a-file", test_defaults_hold_without_a_file);
  g_test_add_func ("/config/file-is-read", test_file_is_read);
  g_test_add_func ("/config/empty-values-are-values", test_empty_values_are_values);
  g_test_add_func ("/config/what-the-table-does-not-declare-is-refused",
                   test_what_the_table_does_not_declare_is_refused);
  g_test_add_func ("/config/nul-is-refused", test_nul_is_refused);
  g_test_add_func ("/config/limits-hold", test_limits_hold);
  g_test_add_func ("/config/values-can-be-overridden", test_values_can_be_overridden);
  g_test_add_func ("/config/file-on-disk-is-loaded", test_file_on_disk_is_loaded);
  g_test_add_func ("/config/undeclared-key-is-a-bug-of-the-caller",
                   test_undeclared_key_is_a_bug_of_the_caller);
  return g_test_run ();
}
