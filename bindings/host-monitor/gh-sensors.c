/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-sensors.h"

#include <json-glib/json-glib.h>
#include <string.h>

#define NO_SENSOR "no sensor"
/* A machine with more is asked for the first ones only. */
#define MAX_READINGS 64

static char *
read_file (const char *root, const char *path)
{
  g_autofree char *full = g_build_filename (root, path, NULL);
  char *text = NULL;

  return g_file_get_contents (full, &text, NULL, NULL) ? text : NULL;
}

/*
 * A JSON object in the making. By hand, because json-glib writes 0.3 with seventeen digits, which
 * nobody wants to read.
 */
typedef struct {
  GString *text;
  GHashTable *names;
} Readings;

static Readings
readings_begin (void)
{
  return (Readings){ g_string_new (NULL),
                     g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL) };
}

static void
readings_clear (Readings *readings)
{
  g_string_free (readings->text, TRUE);
  g_hash_table_unref (readings->names);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Readings, readings_clear)

static void
add_number (Readings *readings, const char *name, const char *format, double value)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  g_autoptr (JsonNode) node = json_node_init_string (json_node_alloc (), name);
  g_autofree char *quoted = json_to_string (node, FALSE);

  g_ascii_formatd (number, sizeof number, format, value);
  g_string_append_printf (readings->text, "%s%s:%s", readings->text->len > 0 ? "," : "", quoted,
                          number);
  g_hash_table_add (readings->names, g_strdup (name));
}

static char *
readings_finish (Readings *readings)
{
  return g_strdup_printf ("{%s}", readings->text->str);
}

char *
gh_sensors_load (const char *root)
{
  static const char *const names[] = { "load1", "load5", "load15" };
  g_autofree char *text = read_file (root, "proc/loadavg");
  g_auto (Readings) readings = readings_begin ();
  char *cursor = text;

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      char *end = cursor;
      double value = cursor != NULL ? g_ascii_strtod (cursor, &end) : 0;
      if (end == cursor)
        return g_strdup (NO_SENSOR);
      add_number (&readings, names[i], "%.2f", value);
      cursor = end;
    }
  add_number (&readings, "processors", "%.0f", g_get_num_processors ());
  return readings_finish (&readings);
}

/* The number behind "NAME:" at the start of a line, in KiB; -1 when it is not there */
static gint64
meminfo_value (const char *text, const char *name)
{
  gsize length = strlen (name);

  for (const char *line = text; line != NULL && *line != '\0'; line = strchr (line, '\n'))
    {
      line += *line == '\n';
      if (strncmp (line, name, length) == 0 && line[length] == ':')
        return g_ascii_strtoll (line + length + 1, NULL, 10);
    }
  return -1;
}

char *
gh_sensors_memory (const char *root)
{
  g_autofree char *text = read_file (root, "proc/meminfo");
  gint64 total = text != NULL ? meminfo_value (text, "MemTotal") : -1;
  gint64 available = text != NULL ? meminfo_value (text, "MemAvailable") : -1;
  g_auto (Readings) readings = readings_begin ();

  if (total <= 0 || available < 0 || available > total)
    return g_strdup (NO_SENSOR);
  add_number (&readings, "total-kib", "%.0f", (double) total);
  add_number (&readings, "available-kib", "%.0f", (double) available);
  add_number (&readings, "used-percent", "%.1f",
              100.0 * (double) (total - available) / (double) total);
  return readings_finish (&readings);
}

/* Millidegrees in a file; sensors that are switched off give an error or nothing. */
static gboolean
read_degrees (const char *root, const char *path, double *out)
{
  g_autofree char *text = read_file (root, path);
  char *end = text;
  gint64 value = text != NULL ? g_ascii_strtoll (text, &end, 10) : 0;

  *out = (double) value / 1000.0;
  return end != text && value > -273150 && value < 1000000;
}

static char *
read_label (const char *root, const char *path)
{
  char *text = read_file (root, path);

  if (text != NULL)
    g_strstrip (text);
  if (text == NULL || text[0] == '\0' || !g_utf8_validate (text, -1, NULL))
    g_clear_pointer (&text, g_free);
  return text;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static GPtrArray *
list_folder (const char *root, const char *path)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *full = g_build_filename (root, path, NULL);
  g_autoptr (GDir) folder = g_dir_open (full, 0, NULL);
  const char *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  return names;
}

/* Two sensors of one name are told apart by the name of their file. */
static void
add_reading (Readings *readings, const char *label, const char *file, double degrees)
{
  g_autofree char *name = g_hash_table_contains (readings->names, label)
                            ? g_strdup_printf ("%s (%s)", label, file)
                            : g_strdup (label);

  if (g_hash_table_size (readings->names) < MAX_READINGS)
    add_number (readings, name, "%.1f", degrees);
}

static void
add_thermal_zones (Readings *readings, const char *root)
{
  g_autoptr (GPtrArray) zones = list_folder (root, "sys/class/thermal");

  for (guint i = 0; i < zones->len; i++)
    {
      const char *zone = g_ptr_array_index (zones, i);
      g_autofree char *file = g_strdup_printf ("sys/class/thermal/%s/temp", zone);
      g_autofree char *type = g_strdup_printf ("sys/class/thermal/%s/type", zone);
      double degrees;
      if (!g_str_has_prefix (zone, "thermal_zone") || !read_degrees (root, file, &degrees))
        continue;
      g_autofree char *label = read_label (root, type);
      add_reading (readings, label != NULL ? label : zone, zone, degrees);
    }
}

static void
add_chip (Readings *readings, const char *root, const char *chip)
{
  g_autofree char *folder = g_strdup_printf ("sys/class/hwmon/%s", chip);
  g_autofree char *name_file = g_strdup_printf ("%s/name", folder);
  g_autofree char *chip_name = read_label (root, name_file);
  g_autoptr (GPtrArray) files = list_folder (root, folder);

  for (guint i = 0; i < files->len; i++)
    {
      const char *file = g_ptr_array_index (files, i);
      double degrees;
      if (!g_str_has_prefix (file, "temp") || !g_str_has_suffix (file, "_input"))
        continue;
      g_autofree char *path = g_strdup_printf ("%s/%s", folder, file);
      if (!read_degrees (root, path, &degrees))
        continue;
      g_autofree char *label_file = g_strdup_printf (
        "%s/%.*s_label", folder, (int) (strlen (file) - strlen ("_input")), file);
      g_autofree char *label = read_label (root, label_file);
      g_autofree char *full = g_strdup_printf ("%s%s%s", chip_name != NULL ? chip_name : chip,
                                               label != NULL ? " " : "",
                                               label != NULL ? label : "");
      add_reading (readings, full, file, degrees);
    }
}

char *
gh_sensors_temperature (const char *root)
{
  g_auto (Readings) readings = readings_begin ();
  g_autoptr (GPtrArray) chips = list_folder (root, "sys/class/hwmon");

  add_thermal_zones (&readings, root);
  for (guint i = 0; i < chips->len; i++)
    add_chip (&readings, root, g_ptr_array_index (chips, i));
  return readings.text->len > 0 ? readings_finish (&readings) : g_strdup (NO_SENSOR);
}
