/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "base/gh-log.h"
#include "gh-cse.h"
#include "plugin-fixture.h"
#include "plugin/gh-plugin-manager.h"

/* The plugin of docs/writing-a-plugin.md, with the manifest that the installed helper wrote. */

#define DELIVERIES 100

static const char *const modules[] = { "journal", NULL };
static char *manifest;
static gsize manifest_length;

static gint counted;
static gint answered;

static void
count (gpointer core, const char *counter, gint64 by)
{
  g_assert_cmpstr (counter, ==, "journal.written");
  g_atomic_int_add (&counted, (gint) by);
}

static void
done (const GhDeliveryResult *result, gpointer user_data)
{
  g_assert_cmpint (result->status, ==, GH_DELIVERY_DONE);
  g_assert_cmpuint (result->rsc, ==, 2000);
  /* One thread, so in order. */
  g_assert_cmpint (g_atomic_int_add (&answered, 1), ==, GPOINTER_TO_INT (user_data));
}

static void
test_the_example_works (void)
{
  g_autofree char *folder = fixture_make_folder ("example");
  g_autoptr (GhConfig) config = fixture_config ("journal", folder, NULL);
  g_autoptr (GhPluginManager) manager = gh_plugin_manager_new (config);
  GhPlugin *plugin = gh_plugin_manager_get_plugin (manager, "journal");
  const GhTransportHost host = { .struct_size = sizeof host, .count = count };
  g_autoptr (GhBuffer) body = gh_buffer_new ("{\"m2m:sgn\":{}}", 14);
  const GhDelivery delivery = { .url = "journal://audit", .body = body };
  const GhTransportOps *ops;
  g_autoptr (GError) error = NULL;
  GhTransport *transport;

  fixture_install (folder, "journal", "journal", NULL);
  fixture_write (folder, "journal.plugin", manifest, manifest_length);
  if (!gh_plugin_manager_load_all (manager, &error)
      || !gh_plugin_manager_configure_all (manager, &error)
      || !gh_plugin_manager_start_all (manager, &error))
    g_error ("%s", error->message);
  transport = gh_plugin_create_transport (plugin, &host, &error);
  g_assert_no_error (error);
  g_assert_true (gh_plugin_start_transport (plugin, transport, &error));
  ops = gh_plugin_get_transport_ops (plugin);
  g_assert_true (g_strv_contains (ops->schemes, "journal"));
  for (gint i = 0; i < DELIVERIES; i++)
    ops->send (transport, &delivery, done, GINT_TO_POINTER (i));
  ops->stop (transport);
  ops->free (transport);
  g_assert_cmpint (answered, ==, DELIVERIES);
  g_assert_cmpint (counted, ==, DELIVERIES);
  gh_plugin_manager_stop_all (manager);
}

static void
keep_result (GObject *cse, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static GAsyncResult *
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

static void
assert_created (GhCse *cse, const char *primitive)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *response = NULL;

  gh_cse_request_async (cse, primitive, NULL, keep_result, &result);
  response = gh_cse_request_finish (cse, wait_for (&result), &error);
  g_assert_no_error (error);
  if (strstr (response, "\"rsc\":2001") == NULL)
    g_error ("%s answered with %s", primitive, response);
}

static guint64
written (GhCse *cse)
{
  g_autoptr (GVariant) status = gh_cse_dup_status (cse);
  g_autoptr (GVariant) counters = g_variant_lookup_value (status, "counters",
                                                          G_VARIANT_TYPE ("a{st}"));
  guint64 value = 0;

  g_variant_lookup (counters, "journal.written", "t", &value);
  return value;
}

#define CREATE(type, to, content)          \
  "{\"op\":1,\"ty\":" type ",\"to\":\"" to \
  "\",\"fr\":\"CAdmin\",\"rqi\":\"1\",\"rvi\":\"3\",\"pc\":{" content "}}"

/* What the document says of it: a subscription is enough. */
static void
test_the_example_hears_of_events (void)
{
  static const char *const identities[] = { "CAdmin", NULL };
  g_autofree char *folder = fixture_make_folder ("cse");
  g_autoptr (GAsyncResult) started = NULL, stopped = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GhCse) cse = gh_cse_new (NULL, FALSE, &error);

  fixture_install (folder, "journal", "journal", NULL);
  fixture_write (folder, "journal.plugin", manifest, manifest_length);
  if (!gh_cse_set_option (cse, "plugins", "load", "journal", &error)
      || !gh_cse_set_option (cse, "plugins", "path", folder, &error)
      || !gh_cse_set_option (cse, "store", "type", "memory", &error))
    g_error ("%s", error->message);
  gh_cse_set_local_identities (cse, identities);
  gh_cse_start_async (cse, NULL, keep_result, &started);
  if (!gh_cse_start_finish (cse, wait_for (&started), &error))
    g_error ("%s", error->message);
  assert_created (cse, CREATE ("3", "gatehouse", "\"m2m:cnt\":{\"rn\":\"hall\"}"));
  assert_created (cse, CREATE ("23", "gatehouse/hall",
                               "\"m2m:sub\":{\"nu\":[\"journal://audit\"],\"enc\":{\"net\":[3]}}"));
  assert_created (cse, CREATE ("4", "gatehouse/hall", "\"m2m:cin\":{\"con\":\"21.5\"}"));
  /* The plugin counts on a thread of its own; the driver's time-out bounds this. */
  while (written (cse) == 0)
    g_thread_yield ();
  gh_cse_stop_async (cse, NULL, keep_result, &stopped);
  g_assert_true (gh_cse_stop_finish (cse, wait_for (&stopped), &error));
  g_assert_cmpuint (written (cse), ==, 1);
}

int
main (int argc, char **argv)
{
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  gh_log_set_level (GH_LOG_ERROR);
  path = g_test_build_filename (G_TEST_BUILT, "plugin", "journal.plugin", NULL);
  if (!g_file_get_contents (path, &manifest, &manifest_length, &error))
    g_error ("%s", error->message);
  fixture_init (modules, NULL);
  g_test_add_func ("/plugin-example/works", test_the_example_works);
  g_test_add_func ("/plugin-example/hears-of-events", test_the_example_hears_of_events);
  status = g_test_run ();
  g_free (manifest);
  fixture_finish ();
  return status;
}
