/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cse-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

#include "gh-cse-private.h"
#include "service/gh-host-facts.h"
#include "service/gh-management.h"
#include "service/gh-own-node.h"

#define OWN "gatehouse/" GH_OWN_NODE_NAME

/* A machine that is a folder, and the agent that its commands are handed to. */
typedef struct {
  CseFixture cse;
  GhClock *clock;
  char *root;
  GAsyncQueue *commands; /* char*: id, name, url */
} Fixture;

static void
write_file (const char *root, const char *path, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *full = g_build_filename (root, path, NULL);
  g_autofree char *folder = g_path_get_dirname (full);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (full, text, -1, &error));
  g_assert_no_error (error);
}

static char *
make_machine (void)
{
  g_autoptr (GError) error = NULL;
  char *root = g_dir_make_tmp ("gh-machine-XXXXXX", &error);
  g_assert_no_error (error);
  write_file (root, "etc/machine-id", "0123456789abcdef0123456789abcdef\n");
  write_file (root, "etc/os-release",
              "ID=penguix\nPRETTY_NAME=\"Penguix 7 (Bürzel)\"\n"
              "HOME_URL=https://penguix.example/\n");
  write_file (root, "proc/meminfo", "MemTotal:  1000 kB\nMemFree: 10 kB\nMemAvailable: 600 kB\n");
  write_file (root, "proc/uptime", "4711.20 100.00\n");
  write_file (root, "proc/sys/kernel/hostname", "attic\n");
  write_file (root, "sys/class/dmi/id/sys_vendor", "Acme\001 Works\n");
  write_file (root, "sys/class/dmi/id/product_name", "To Be Filled By O.E.M.\n");
  write_file (root, "sys/class/dmi/id/bios_version", "F12\n");
  write_file (root, "sys/class/dmi/id/chassis_type", "36\n");
  write_file (root, "sys/class/power_supply/AC/type", "Mains\n");
  write_file (root, "sys/class/power_supply/BAT0/type", "Battery\n");
  write_file (root, "sys/class/power_supply/BAT0/capacity", "42\n");
  write_file (root, "sys/class/power_supply/BAT0/status", "Charging\n");
  return root;
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char *name;
  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);
      remove_tree (child);
    }
  g_assert_cmpint (g_remove (path), ==, 0);
}

static void
take_command (const GhCommand *command, gpointer user_data)
{
  g_async_queue_push (user_data, g_strdup_printf ("%s %s %s %s", command->id, command->name,
                                                  command->originator,
                                                  command->url != NULL ? command->url : "-"));
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  static const char *const options[] = { "node.describe=yes", "node.refresh=60", NULL };
  fixture->clock = gh_clock_new_fake (G_GINT64_CONSTANT (1700000000000000));
  fixture->root = make_machine ();
  fixture->commands = g_async_queue_new_full (g_free);
  const CseParts parts = { .clock = fixture->clock, .host_root = fixture->root };
  cse_fixture_set_up_with (&fixture->cse, data != NULL ? data : options, &parts);
  cse_settle (&fixture->cse);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void) data;
  cse_fixture_tear_down (&fixture->cse);
  g_async_queue_unref (fixture->commands);
  gh_clock_unref (fixture->clock);
  remove_tree (fixture->root);
  g_free (fixture->root);
}

static void
register_agent (Fixture *fixture)
{
  gh_management_set_agent (fixture->cse.cse->service->management, take_command, fixture->commands);
}

static void
expect_command (Fixture *fixture, const char *expected)
{
  g_autofree char *command = g_async_queue_pop (fixture->commands);
  g_assert_cmpstr (command, ==, expected);
}

static void
expect (Fixture *fixture, const char *to, const char *name, const char *expected)
{
  g_autofree char *value = cse_attribute (&fixture->cse, "CAdmin", to, name);
  g_assert_cmpstr (value, ==, expected);
}

static void
test_the_machine_is_described (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *id = cse_attribute (&fixture->cse, "CAdmin", OWN, "ni");
  g_autofree char *ri = cse_attribute (&fixture->cse, "CAdmin", OWN, "ri");
  g_assert_true (g_str_has_prefix (id, "gh-"));
  g_assert_null (strstr (id, "0123456789abcdef"));
  expect (fixture, "gatehouse", "nl", ri);
  expect (fixture, OWN, "hcl", "cb-1");
  expect (fixture, OWN "/device-info", "man", "Acme  Works");
  expect (fixture, OWN "/device-info", "mod", "unknown");
  expect (fixture, OWN "/device-info", "dty", "gateway");
  expect (fixture, OWN "/device-info", "dvnm", "attic");
  expect (fixture, OWN "/device-info", "osv", "Penguix 7 (Bürzel)");
  expect (fixture, OWN "/memory", "mmt", "1024000");
  expect (fixture, OWN "/memory", "mma", "614400");
  expect (fixture, OWN "/battery", "btl", "42");
  expect (fixture, OWN "/battery", "bts", "2");
  expect (fixture, OWN "/firmware", "vr", "F12");
  expect (fixture, OWN "/reboot", "mgd", "1009");
  g_autofree char *log = cse_attribute (&fixture->cse, "CAdmin", OWN "/event-log", "lgd");
  g_assert_nonnull (strstr (log, "20231114T221320 gatehouse "));
  g_assert_nonnull (strstr (log, "up for 4711 s"));
}

static void
test_others_do_not_see_the_machine (Fixture *fixture, gconstpointer data)
{
  (void) data;
  cse_expect (&fixture->cse, 4103, CSE_RETRIEVE, "COther", OWN, NULL);
  cse_expect (&fixture->cse, 4103, CSE_RETRIEVE, "COther", OWN "/device-info", NULL);
  cse_expect (&fixture->cse, 4103, CSE_UPDATE, "COther", OWN "/reboot",
              "\"pc\":{\"m2m:rbo\":{\"rbo\":true}}");
}

static void
test_the_node_identifier_stays_and_is_not_changed (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_auto (GhHostFacts) again = { 0 };
  g_autofree char *id = cse_attribute (&fixture->cse, "CAdmin", OWN, "ni");
  gh_host_facts_read (fixture->root, &again);
  g_assert_cmpstr (again.node_id, ==, id);
  cse_refuse (&fixture->cse, 4102, "ni: this node is the machine", CSE_UPDATE, "CAdmin", OWN,
              "\"pc\":{\"m2m:nod\":{\"ni\":\"mine\"}}");
}

static void
test_nothing_is_described_unless_wanted (Fixture *fixture, gconstpointer data)
{
  (void) data;
  cse_expect (&fixture->cse, 4004, CSE_RETRIEVE, "CAdmin", OWN, NULL);
}

/* The look at the machine is on a worker, and its outcome goes to the writer. */
static void
wait_for (Fixture *fixture, const char *to, const char *name, const char *expected)
{
  for (;;)
    {
      g_autofree char *value = cse_attribute (&fixture->cse, "CAdmin", to, name);
      if (g_strcmp0 (value, expected) == 0)
        return;
      g_thread_yield ();
    }
}

static void
test_the_machine_is_looked_at_again (Fixture *fixture, gconstpointer data)
{
  (void) data;
  expect (fixture, OWN "/battery", "btl", "42");
  write_file (fixture->root, "sys/class/power_supply/BAT0/capacity", "7\n");
  write_file (fixture->root, "sys/class/power_supply/BAT0/status", "Discharging\n");
  write_file (fixture->root, "proc/meminfo", "MemTotal:  1000 kB\nMemAvailable: 599 kB\n");
  gh_clock_advance (fixture->clock, 61 * G_USEC_PER_SEC);
  cse_wake (&fixture->cse);
  wait_for (fixture, OWN "/battery", "btl", "7");
  expect (fixture, OWN "/battery", "bts", "5");
  /* so little is not worth a write */
  expect (fixture, OWN "/memory", "mma", "614400");
  write_file (fixture->root, "proc/meminfo", "MemTotal:  1000 kB\nMemAvailable: 100 kB\n");
  gh_clock_advance (fixture->clock, 61 * G_USEC_PER_SEC);
  cse_wake (&fixture->cse);
  wait_for (fixture, OWN "/memory", "mma", "102400");
}

static void
test_a_bare_machine_says_what_it_can (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *root = g_dir_make_tmp ("gh-machine-XXXXXX", &error);
  g_auto (GhHostFacts) facts = { 0 };
  gh_host_facts_read (root, &facts);
  g_assert_null (facts.node_id);
  g_assert_null (facts.model);
  g_assert_false (facts.has_battery);
  gh_host_facts_clear (&facts);
  write_file (root, "etc/machine-id", "short\n");
  write_file (root, "etc/os-release", "PRETTY_NAME=\"unterminated\nID\n=x\n");
  write_file (root, "sys/class/power_supply/mouse/type", "Battery\n");
  write_file (root, "sys/class/power_supply/mouse/scope", "Device\n");
  write_file (root, "sys/class/power_supply/mouse/capacity", "9\n");
  write_file (root, "proc/device-tree/model", "Raspberry\xff Pi\n");
  gh_host_facts_read (root, &facts);
  g_assert_null (facts.node_id);
  g_assert_null (facts.os_version);
  g_assert_false (facts.has_battery);
  g_assert_cmpstr (facts.model, ==, "Raspberry\357\277\275 Pi");
  remove_tree (root);
}

/* The machine that the test runs on, whatever it lets be read. */
static void
test_this_machine_says_something (void)
{
  g_auto (GhHostFacts) facts = { 0 };
  gh_host_facts_read (NULL, &facts);
  g_assert_cmpuint (facts.memory_total, >, 0);
  g_assert_cmpuint (facts.memory_available, <=, facts.memory_total);
  g_assert_cmpint (facts.up_s, >, 0);
  g_assert_nonnull (facts.name);
}

static void
test_without_an_agent_commands_are_refused (Fixture *fixture, gconstpointer data)
{
  (void) data;
  cse_refuse (&fixture->cse, 6020, "rbo: no agent has registered", CSE_UPDATE, "CAdmin",
              OWN "/reboot", "\"pc\":{\"m2m:rbo\":{\"rbo\":true}}");
  cse_refuse (&fixture->cse, 6020, "ud: no agent", CSE_UPDATE, "CAdmin", OWN "/firmware",
              "\"pc\":{\"m2m:fwr\":{\"ud\":true}}");
  expect (fixture, OWN "/reboot", "rbo", NULL);
  /* what orders nothing is no command */
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CAdmin", OWN "/firmware",
              "\"pc\":{\"m2m:fwr\":{\"ud\":false,\"vr\":\"F13\"}}");
}

static void
test_commands_are_handed_to_the_agent (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *reboot = cse_attribute (&fixture->cse, "CAdmin", OWN "/reboot", "ri");
  g_autofree char *firmware = cse_attribute (&fixture->cse, "CAdmin", OWN "/firmware", "ri");
  g_autofree char *first = g_strdup_printf ("%s/rbo reboot CAdmin -", reboot);
  g_autofree char *second = g_strdup_printf (
    "%s/ud update-firmware CAdmin https://fw.example/F13", firmware);
  register_agent (fixture);
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CAdmin", OWN "/reboot",
              "\"pc\":{\"m2m:rbo\":{\"rbo\":true}}");
  expect_command (fixture, first);
  cse_expect (
    &fixture->cse, 2004, CSE_UPDATE, "CAdmin", OWN "/firmware",
    "\"pc\":{\"m2m:fwr\":{\"ud\":true,\"vr\":\"F13\",\"url\":\"https://fw.example/F13\"}}");
  expect_command (fixture, second);
  expect (fixture, OWN "/firmware", "uds", "{\"acn\":\"update-firmware\",\"sus\":3}");
  /* an update that orders nothing hands nothing over, though rbo is still true */
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CAdmin", OWN "/reboot",
              "\"pc\":{\"m2m:rbo\":{\"lbl\":[\"x\"]}}");
  g_assert_cmpint (g_async_queue_length (fixture->commands), ==, 0);
}

static void
report (Fixture *fixture, const char *resource, const char *trigger, GhCommandStatus status,
        const char *message)
{
  GhFault fault = { 0 };
  g_autofree char *ri = cse_attribute (&fixture->cse, "CAdmin", resource, "ri");
  g_autofree char *id = g_strdup_printf ("%s/%s", ri, trigger);
  g_assert_true (gh_management_report (fixture->cse.cse->service, id, status, message, &fault));
  cse_settle (&fixture->cse);
}

static void
test_reports_of_the_agent_are_written_down (Fixture *fixture, gconstpointer data)
{
  (void) data;
  register_agent (fixture);
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CAdmin", OWN "/firmware",
              "\"pc\":{\"m2m:fwr\":{\"ud\":true}}");
  report (fixture, OWN "/firmware", "ud", GH_COMMAND_STARTED, NULL);
  expect (fixture, OWN "/firmware", "ud", "true");
  report (fixture, OWN "/firmware", "ud", GH_COMMAND_FAILED, "no space left");
  expect (fixture, OWN "/firmware", "uds", "{\"acn\":\"update-firmware\",\"sus\":2}");
  expect (fixture, OWN "/firmware", "ud", "false");
  report (fixture, OWN "/reboot", "rbo", GH_COMMAND_SUCCEEDED, NULL);
  g_autofree char *log = cse_attribute (&fixture->cse, "CAdmin", OWN "/event-log", "lgd");
  g_assert_nonnull (strstr (log, " update-firmware failed: no space left\n"));
  g_assert_nonnull (strstr (log, " reboot succeeded\n"));
}

static void
test_reports_of_no_command_are_refused (Fixture *fixture, gconstpointer data)
{
  static const char *const wrong[] = { "", "/", "rbo", "none-1/rbo", "cb-1/rbo", "rbo-1/xx" };
  (void) data;
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      GhFault fault = { 0 };
      g_assert_false (gh_management_report (fixture->cse.cse->service, wrong[i],
                                            GH_COMMAND_FAILED, NULL, &fault));
      g_assert_cmpint (fault.code, ==, GH_ERROR_BAD_REQUEST);
    }
  cse_refuse (&fixture->cse, 4102, "uds: of this machine", CSE_UPDATE, "CAdmin", OWN "/firmware",
              "\"pc\":{\"m2m:fwr\":{\"uds\":{\"sus\":1}}}");
}

static void
test_the_log_can_be_stopped_and_is_bounded (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *message = g_strnfill (200, 'x');
  for (guint i = 0; i < 40; i++)
    report (fixture, OWN "/reboot", "rbo", GH_COMMAND_FAILED, message);
  g_autofree char *log = cse_attribute (&fixture->cse, "CAdmin", OWN "/event-log", "lgd");
  g_assert_cmpuint (strlen (log), <=, GH_OWN_LOG_MAX);
  g_assert_true (g_str_has_prefix (log, "20231114T221320 reboot failed: xxx"));
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CAdmin", OWN "/event-log",
              "\"pc\":{\"m2m:evl\":{\"lgo\":true}}");
  expect (fixture, OWN "/event-log", "lgst", "2");
  report (fixture, OWN "/reboot", "rbo", GH_COMMAND_FAILED, "unheard");
  g_autofree char *after = cse_attribute (&fixture->cse, "CAdmin", OWN "/event-log", "lgd");
  g_assert_cmpstr (after, ==, log);
}

/* A node of a device: its commands are for whoever is subscribed to them. */
static void
make_device (Fixture *fixture)
{
  g_free (cse_create (&fixture->cse, "CAdmin", "gatehouse", 14,
                      "{\"m2m:nod\":{\"rn\":\"lamp\",\"ni\":\"urn:lamp\"}}"));
}

#define MGMT(content) "\"ty\":13,\"pc\":" content

static void
test_commands_for_other_nodes_need_no_agent (Fixture *fixture, gconstpointer data)
{
  (void) data;
  make_device (fixture);
  g_free (cse_create (&fixture->cse, "CAdmin", "gatehouse/lamp", 13,
                      "{\"m2m:rbo\":{\"rn\":\"r\",\"mgd\":1009}}"));
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CAdmin", "gatehouse/lamp/r",
              "\"pc\":{\"m2m:rbo\":{\"rbo\":true}}");
  register_agent (fixture);
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CAdmin", "gatehouse/lamp/r",
              "\"pc\":{\"m2m:rbo\":{\"rbo\":true}}");
  g_assert_cmpint (g_async_queue_length (fixture->commands), ==, 0);
}

static void
test_opposites_are_not_ordered_together (Fixture *fixture, gconstpointer data)
{
  (void) data;
  make_device (fixture);
  cse_refuse (&fixture->cse, 4000, "far: not together with rbo", CSE_CREATE, "CAdmin",
              "gatehouse/lamp",
              MGMT ("{\"m2m:rbo\":{\"mgd\":1009,\"rbo\":true,\"far\":true}}"));
  cse_refuse (&fixture->cse, 4000, "rbo: is always true", CSE_CREATE, "CAdmin", "gatehouse/lamp",
              MGMT ("{\"m2m:rbo\":{\"mgd\":1009,\"rbo\":false}}"));
  g_free (cse_create (&fixture->cse, "CAdmin", "gatehouse/lamp", 13,
                      "{\"m2m:swr\":{\"rn\":\"s\",\"mgd\":1002,\"vr\":\"1\",\"swn\":\"a\","
                      "\"url\":\"https://a.example/\"}}"));
  cse_refuse (&fixture->cse, 4000, "un: not together with in", CSE_UPDATE, "CAdmin",
              "gatehouse/lamp/s", "\"pc\":{\"m2m:swr\":{\"in\":true,\"un\":true}}");
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CAdmin", "gatehouse/lamp/s",
              "\"pc\":{\"m2m:swr\":{\"in\":true,\"un\":false}}");
}

static void
test_a_specialisation_has_its_definition (Fixture *fixture, gconstpointer data)
{
  (void) data;
  make_device (fixture);
  cse_refuse (&fixture->cse, 4000, "mgd", CSE_CREATE, "CAdmin", "gatehouse/lamp",
              MGMT ("{\"m2m:rbo\":{\"mgd\":1001}}"));
  cse_expect (&fixture->cse, 4108, CSE_CREATE, "CAdmin", "gatehouse",
              MGMT ("{\"m2m:rbo\":{\"mgd\":1009}}"));
}

static void
test_an_active_policy_is_one_of_the_node (Fixture *fixture, gconstpointer data)
{
  (void) data;
  make_device (fixture);
  cse_refuse (&fixture->cse, 4102, "acmlk: gatehouse/lamp is no cmdhPolicy", CSE_CREATE, "CAdmin",
              "gatehouse/lamp",
              MGMT ("{\"m2m:acmp\":{\"mgd\":1012,\"acmlk\":\"gatehouse/lamp\"}}"));
  cse_expect (&fixture->cse, 2001, CSE_CREATE, "CAdmin", "gatehouse/lamp",
              MGMT ("{\"m2m:acmp\":{\"mgd\":1012,\"acmlk\":\"cmp-to-come\"}}"));
}

static void
test_links_of_a_node_name_what_is_there (Fixture *fixture, gconstpointer data)
{
  (void) data;
  cse_refuse (&fixture->cse, 4102, "hael: there is no CNone", CSE_CREATE, "CAdmin", "gatehouse",
              "\"ty\":14,\"pc\":{\"m2m:nod\":{\"ni\":\"x\",\"hael\":[\"CNone\"]}}");
  cse_refuse (&fixture->cse, 4102, "hael: cb-1 is a CSEBase", CSE_CREATE, "CAdmin", "gatehouse",
              "\"ty\":14,\"pc\":{\"m2m:nod\":{\"ni\":\"x\",\"hael\":[\"cb-1\"]}}");
  cse_refuse (&fixture->cse, 4102, "hcl: there is no", CSE_CREATE, "CAdmin", "gatehouse",
              "\"ty\":14,\"pc\":{\"m2m:nod\":{\"ni\":\"x\",\"hcl\":\"none\"}}");
  cse_expect (&fixture->cse, 2001, CSE_CREATE, "CAdmin", "gatehouse",
              "\"ty\":14,\"pc\":{\"m2m:nod\":{\"ni\":\"x\",\"hcl\":\"cb-1\","
              "\"hael\":[\"/other/C1\"]}}");
}

#define TEST_WITH(name, options)                                                            \
  g_test_add ("/node/" #name, Fixture, options, set_up, test_##name, tear_down)
#define TEST(name) TEST_WITH (name, NULL)

int
main (int argc, char **argv)
{
  static const char *const bare[] = { "node.describe=no", NULL };
  g_test_init (&argc, &argv, NULL);
  TEST (the_machine_is_described);
  TEST (others_do_not_see_the_machine);
  TEST (the_node_identifier_stays_and_is_not_changed);
  TEST_WITH (nothing_is_described_unless_wanted, bare);
  TEST (the_machine_is_looked_at_again);
  g_test_add_func ("/node/a_bare_machine_says_what_it_can", test_a_bare_machine_says_what_it_can);
  g_test_add_func ("/node/this_machine_says_something", test_this_machine_says_something);
  TEST (without_an_agent_commands_are_refused);
  TEST (commands_are_handed_to_the_agent);
  TEST (reports_of_the_agent_are_written_down);
  TEST (reports_of_no_command_are_refused);
  TEST (the_log_can_be_stopped_and_is_bounded);
  TEST (commands_for_other_nodes_need_no_agent);
  TEST (opposites_are_not_ordered_together);
  TEST (a_specialisation_has_its_definition);
  TEST (an_active_policy_is_one_of_the_node);
  TEST (links_of_a_node_name_what_is_there);
  return g_test_run ();
}
