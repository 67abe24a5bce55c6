/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "base/gh-log.h"
#include "plugin/gh-plugin-private.h"

/* A verified plugin that never touched a file: "name requires,requires after,after". */
static GhPlugin *
make_plugin (const char *text)
{
  g_auto (GStrv) words = g_strsplit (text, " ", 3);
  GhPlugin *plugin = gh_plugin_new (words[0], FALSE);
  GhPluginBinding *binding = g_new0 (GhPluginBinding, 1);
  guint count = g_strv_length (words);

  binding->version = g_strdup ("1");
  binding->path = g_strdup ("nowhere");
  binding->requires_names = g_strsplit (count > 1 ? words[1] : "", ",", -1);
  binding->after_names = g_strsplit (count > 2 ? words[2] : "", ",", -1);
  gh_plugin_bind (plugin, binding);
  return plugin;
}

static GPtrArray *
make_plugins (const char *const *texts)
{
  GPtrArray *plugins = g_ptr_array_new_with_free_func (g_object_unref);

  for (gsize i = 0; texts[i] != NULL; i++)
    g_ptr_array_add (plugins, make_plugin (texts[i]));
  return plugins;
}

static void
assert_order (const char *const *texts, const char *expected)
{
  g_autoptr (GPtrArray) plugins = make_plugins (texts);
  g_autoptr (GPtrArray) order = gh_plugin_order (plugins);
  g_autoptr (GString) found = g_string_new (NULL);

  for (guint i = 0; i < order->len; i++)
    g_string_append_printf (found, "%s%s", i > 0 ? " " : "", gh_plugin_get_name (order->pdata[i]));
  g_assert_cmpstr (found->str, ==, expected);
}

static void
assert_failed (const char *const *texts, guint index, const char *message)
{
  g_autoptr (GPtrArray) plugins = make_plugins (texts);
  g_autoptr (GPtrArray) order = gh_plugin_order (plugins);
  g_autofree char *error = gh_plugin_dup_error (plugins->pdata[index]);

  g_assert_cmpint (gh_plugin_get_state (plugins->pdata[index]), ==, GH_PLUGIN_FAILED);
  g_assert_cmpstr (error, ==, message);
  g_assert_false (g_ptr_array_find (order, plugins->pdata[index], NULL));
}

static void
test_keeps_the_order_of_the_configuration (void)
{
  assert_order ((const char *[]){ "c", "a", "b", NULL }, "c a b");
  assert_order ((const char *[]){ NULL }, "");
}

static void
test_requires_and_after_come_first (void)
{
  assert_order ((const char *[]){ "a b", "b c", "c", "d", NULL }, "c b a d");
  assert_order ((const char *[]){ "a  c", "b", "c", NULL }, "b c a");
  assert_order ((const char *[]){ "a b,c d", "b d", "c", "d", NULL }, "c d b a");
}

static void
test_after_an_absent_one_is_no_obstacle (void)
{
  assert_order ((const char *[]){ "a  nowhere", "b nothing", NULL }, "a b");
}

static void
test_cycles_fail_alone (void)
{
  const char *const two[] = { "x", "a b", "b  a", "y", NULL };
  const char *const self[] = { "a a", "b", NULL };
  const char *const three[] = { "d a", "a b", "b c", "c a", "e  a", NULL };

  assert_order (two, "x y");
  assert_failed (two, 1, "plugin a: its order is a cycle: a after b after a");
  assert_failed (two, 2, "plugin b: its order is a cycle: a after b after a");
  assert_order (self, "b");
  assert_failed (self, 0, "plugin a: its order is a cycle: a after a");
  /* Who waits for a cycle is not in it; whether it can go on is not a question of order. */
  assert_order (three, "d e");
  assert_failed (three, 3, "plugin c: its order is a cycle: a after b after c after a");
}

static void
test_two_cycles_are_both_named (void)
{
  const char *const texts[] = { "a b", "b a", "c d", "d c", "e", NULL };

  assert_order (texts, "e");
  assert_failed (texts, 0, "plugin a: its order is a cycle: a after b after a");
  assert_failed (texts, 3, "plugin d: its order is a cycle: c after d after c");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gh_log_set_level (GH_LOG_ERROR);
  g_test_add_func ("/plugin-order/keeps-the-order-of-the-configuration",
                   test_keeps_the_order_of_the_configuration);
  g_test_add_func ("/plugin-order/requires-and-after-come-first",
                   test_requires_and_after_come_first);
  g_test_add_func ("/plugin-order/after-an-absent-one-is-no-obstacle",
                   test_after_an_absent_one_is_no_obstacle);
  g_test_add_func ("/plugin-order/cycles-fail-alone", test_cycles_fail_alone);
  g_test_add_func ("/plugin-order/two-cycles-are-both-named", test_two_cycles_are_both_named);
  return g_test_run ();
}
