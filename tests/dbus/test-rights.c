/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-rights.h"

#include <string.h>

/* The table of rights says something about everything that the description of the interfaces has,
 * and polkit knows every action of the table. */

static GDBusNodeInfo *
read_description (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "data",
                                                 "org.gatehouse.Gatehouse1.xml", NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  GDBusNodeInfo *node;

  g_assert_true (g_file_get_contents (path, &text, NULL, &error));
  node = g_dbus_node_info_new_for_xml (text, &error);
  g_assert_no_error (error);
  return node;
}

static void
assert_row (const char *interface, const char *member, GhBusAccess access)
{
  if (gh_bus_rights_find (interface, member, access) == GH_BUS_NOBODY)
    g_error ("%s.%s (%d) has no right", interface, member, access);
}

static void
test_everything_described_has_a_right (void)
{
  g_autoptr (GDBusNodeInfo) node = read_description ();

  for (guint i = 0; node->interfaces[i] != NULL; i++)
    {
      const GDBusInterfaceInfo *info = node->interfaces[i];

      /* programs have it, not the daemon */
      if (strcmp (info->name, "org.gatehouse.Gatehouse1.PointOfAccess") == 0)
        continue;
      for (guint k = 0; info->methods != NULL && info->methods[k] != NULL; k++)
        assert_row (info->name, info->methods[k]->name, GH_BUS_CALL);
      for (guint k = 0; info->properties != NULL && info->properties[k] != NULL; k++)
        {
          const GDBusPropertyInfo *property = info->properties[k];

          assert_row (info->name, property->name, GH_BUS_READ);
          if (property->flags & G_DBUS_PROPERTY_INFO_FLAGS_WRITABLE)
            assert_row (info->name, property->name, GH_BUS_WRITE);
        }
      if (info->properties != NULL && info->properties[0] != NULL)
        assert_row (info->name, NULL, GH_BUS_READ);
    }
}

static void
test_unknown_is_denied (void)
{
  const char *base = "org.gatehouse.Gatehouse1";

  g_assert_cmpint (gh_bus_rights_find (base, "Nothing", GH_BUS_CALL), ==, GH_BUS_NOBODY);
  g_assert_cmpint (gh_bus_rights_find (base, "", GH_BUS_CALL), ==, GH_BUS_NOBODY);
  g_assert_cmpint (gh_bus_rights_find ("org.gatehouse", "Request", GH_BUS_CALL), ==, GH_BUS_NOBODY);
  g_assert_cmpint (gh_bus_rights_find (base, "Request", GH_BUS_READ), ==, GH_BUS_NOBODY);
  g_assert_cmpint (gh_bus_rights_find (base, "Version", GH_BUS_WRITE), ==, GH_BUS_NOBODY);
  g_assert_cmpint (gh_bus_rights_find ("a.b", NULL, GH_BUS_READ), ==, GH_BUS_NOBODY);
}

static void
test_reading_everything_needs_one_action (void)
{
  const char *base = "org.gatehouse.Gatehouse1";

  g_assert_cmpint (gh_bus_rights_find (base, NULL, GH_BUS_READ), ==, GH_BUS_READ_STATUS);
  /* its methods ask for several */
  g_assert_cmpint (gh_bus_rights_find (base, NULL, GH_BUS_CALL), ==, GH_BUS_NOBODY);
}

static char *
read_data (const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "data", name, NULL);
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

static guint
count (const char *text, const char *part)
{
  guint n = 0;

  for (const char *at = strstr (text, part); at != NULL; at = strstr (at + 1, part))
    n++;
  return n;
}

/* polkit does not answer others what somebody may, but root. */
static void
test_the_daemon_owns_each_action (void)
{
  g_autofree char *policy = read_data ("org.gatehouse.Gatehouse1.policy");
  g_autofree char *unit = read_data ("gatehoused.service.in");
  g_auto (GStrv) behind = g_strsplit (unit, "\nUser=", 2);

  g_assert_cmpuint (g_strv_length (behind), ==, 2);
  behind[1][strcspn (behind[1], "\n")] = '\0';
  g_autofree char *owner = g_strdup_printf (
    "<annotate key=\"org.freedesktop.policykit.owner\">unix-user:%s</annotate>", behind[1]);
  g_assert_cmpuint (count (policy, owner), ==, GH_BUS_N_ACTIONS - 2);
}

static void
test_polkit_knows_each_action (void)
{
  g_autofree char *text = read_data ("org.gatehouse.Gatehouse1.policy");

  g_assert_cmpuint (count (text, "<action id="), ==, GH_BUS_N_ACTIONS - 2);
  g_assert_null (gh_bus_action_id (GH_BUS_NOBODY));
  g_assert_null (gh_bus_action_id (GH_BUS_ANYBODY));
  for (guint i = GH_BUS_ANYBODY + 1; i < GH_BUS_N_ACTIONS; i++)
    {
      g_autofree char *tag = g_strdup_printf ("<action id=\"%s\">", gh_bus_action_id (i));

      g_assert_nonnull (strstr (text, tag));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rights/everything-described-has-a-right",
                   test_everything_described_has_a_right);
  g_test_add_func ("/rights/unknown-is-denied", test_unknown_is_denied);
  g_test_add_func ("/rights/reading-everything-needs-one-action",
                   test_reading_everything_needs_one_action);
  g_test_add_func ("/rights/polkit-knows-each-action", test_polkit_knows_each_action);
  g_test_add_func ("/rights/the-daemon-owns-each-action", test_the_daemon_owns_each_action);
  return g_test_run ();
}
