/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-sensors.h"

#include <glib/gstdio.h>

typedef struct {
  char *root;
} Fixture;

static void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  fixture->root = g_dir_make_tmp ("test-sensors-XXXXXX", NULL);
  g_assert_nonnull (fixture->root);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  const char *const arguments[] = { "rm", "-r", fixture->root, NULL };

  g_spawn_sync (NULL, (char **) arguments, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL,
                NULL);
  g_free (fixture->root);
}

static void
put (Fixture *fixture, const char *path, const char *text)
{
  g_autofree char *full = g_build_filename (fixture->root, path, NULL);
  g_autofree char *folder = g_path_get_dirname (full);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (full, text, -1, NULL));
}

static void
test_load_is_read (Fixture *fixture, gconstpointer data)
{
  g_autofree char *expected = g_strdup_printf (
    "{\"load1\":0.52,\"load5\":12.00,\"load15\":0.30,\"processors\":%u}", g_get_num_processors ());

  put (fixture, "proc/loadavg", "0.52 12.00 0.30 1/234 5678\n");
  g_autofree char *load = gh_sensors_load (fixture->root);
  g_assert_cmpstr (load, ==, expected);
}

static void
test_load_that_is_no_load_is_no_sensor (Fixture *fixture, gconstpointer data)
{
  static const char *const texts[] = { "", "\n", "0.52 0.40\n", "x y z\n", "0.5" };
  g_autofree char *missing = gh_sensors_load (fixture->root);

  g_assert_cmpstr (missing, ==, "no sensor");
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      put (fixture, "proc/loadavg", texts[i]);
      g_autofree char *load = gh_sensors_load (fixture->root);
      g_assert_cmpstr (load, ==, "no sensor");
    }
}

static void
test_memory_is_read (Fixture *fixture, gconstpointer data)
{
  put (fixture, "proc/meminfo",
       "MemTotal:        8000000 kB\nMemFree:  1 kB\nMemAvailable:    6000000 kB\n");
  g_autofree char *memory = gh_sensors_memory (fixture->root);
  g_assert_cmpstr (memory, ==,
                   "{\"total-kib\":8000000,\"available-kib\":6000000,\"used-percent\":25.0}");
}

static void
test_memory_that_contradicts_itself_is_no_sensor (Fixture *fixture, gconstpointer data)
{
  static const char *const texts[] = { "",
                                       "MemTotal: 10 kB\n",
                                       "MemAvailable: 10 kB\n",
                                       "MemTotal: 10 kB\nMemAvailable: 11 kB\n",
                                       "MemTotal: 0 kB\nMemAvailable: 0 kB\n",
                                       "XMemTotal: 10 kB\nMemAvailable: 1 kB\n" };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      put (fixture, "proc/meminfo", texts[i]);
      g_autofree char *memory = gh_sensors_memory (fixture->root);
      g_assert_cmpstr (memory, ==, "no sensor");
    }
}

static void
test_temperatures_come_from_zones_and_chips (Fixture *fixture, gconstpointer data)
{
  put (fixture, "sys/class/thermal/thermal_zone0/type", "acpitz\n");
  put (fixture, "sys/class/thermal/thermal_zone0/temp", "41000\n");
  put (fixture, "sys/class/thermal/thermal_zone1/type", "acpitz\n");
  put (fixture, "sys/class/thermal/thermal_zone1/temp", "-5250\n");
  put (fixture, "sys/class/thermal/cooling_device0/temp", "1000\n");
  put (fixture, "sys/class/hwmon/hwmon0/name", "coretemp\n");
  put (fixture, "sys/class/hwmon/hwmon0/temp2_label", "Core 0\n");
  put (fixture, "sys/class/hwmon/hwmon0/temp2_input", "47500\n");
  g_autofree char *text = gh_sensors_temperature (fixture->root);
  g_assert_cmpstr (text, ==,
                   "{\"acpitz\":41.0,\"acpitz (thermal_zone1)\":-5.2,\"coretemp Core 0\":47.5}");
}

static void
test_temperatures_that_are_none_are_left_out (Fixture *fixture, gconstpointer data)
{
  g_autofree char *nothing = gh_sensors_temperature (fixture->root);

  put (fixture, "sys/class/thermal/thermal_zone0/temp", "");
  put (fixture, "sys/class/thermal/thermal_zone1/temp", "-274000\n");
  put (fixture, "sys/class/thermal/thermal_zone2/temp", "off\n");
  put (fixture, "sys/class/hwmon/hwmon0/fan1_input", "1200\n");
  g_autofree char *unusable = gh_sensors_temperature (fixture->root);
  g_assert_cmpstr (nothing, ==, "no sensor");
  g_assert_cmpstr (unusable, ==, "no sensor");
}

#define ADD(path, function) \
  g_test_add (path, Fixture, NULL, fixture_set_up, function, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/sensors/load/is-read", test_load_is_read);
  ADD ("/sensors/load/none", test_load_that_is_no_load_is_no_sensor);
  ADD ("/sensors/memory/is-read", test_memory_is_read);
  ADD ("/sensors/memory/contradiction", test_memory_that_contradicts_itself_is_no_sensor);
  ADD ("/sensors/temperature/zones-and-chips", test_temperatures_come_from_zones_and_chips);
  ADD ("/sensors/temperature/none", test_temperatures_that_are_none_are_left_out);
  return g_test_run ();
}
