/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-host-facts.h"

#include <fcntl.h>
#include <gnutls/crypto.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#define MAX_FILE      16384
#define MAX_SUPPLIES  16
#define MACHINE_ID    32 /* hexadecimal digits */
#define LOW_BATTERY   10 /* percent */
#define NODE_ID_BYTES 16

/* m2m:batteryStatus (TS-0004 6.3.4.2.21) */
enum {
  BATTERY_NORMAL = 1,
  BATTERY_CHARGING = 2,
  BATTERY_COMPLETE = 3,
  BATTERY_DAMAGED = 4,
  BATTERY_LOW = 5,
  BATTERY_UNKNOWN = 7
};

/* The beginning of a file, without what is no text; NULL when it cannot be read. (transfer full) */
static char *
read_file (const char *root, const char *path)
{
  g_autofree char *full = g_strconcat (root != NULL ? root : "", path, NULL);
  char buffer[MAX_FILE];
  gsize length = 0;
  gssize n = 0;
  const int fd = open (full, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0)
    return NULL;
  while (length < sizeof buffer && (n = read (fd, buffer + length, sizeof buffer - length)) > 0)
    length += (gsize) n;
  close (fd);
  if (n < 0 && length == 0)
    return NULL;
  return g_utf8_make_valid (buffer, (gssize) strnlen (buffer, length));
}

/* One line of @text, as it may stand in an attribute; NULL when nothing is left. */
static char *
tidy (const char *text)
{
  g_autoptr (GString) line = g_string_new (NULL);
  for (const char *p = text; *p != '\0' && *p != '\n'; p = g_utf8_next_char (p))
    {
      const gunichar c = g_utf8_get_char (p);
      if (line->len + 4 > GH_HOST_MAX_TEXT)
        break;
      g_string_append_unichar (line, g_unichar_iscntrl (c) ? ' ' : c);
    }
  char *tidied = g_strstrip (g_strdup (line->str));
  if (*tidied == '\0')
    g_clear_pointer (&tidied, g_free);
  return tidied;
}

static char *
read_line (const char *root, const char *path)
{
  g_autofree char *text = read_file (root, path);
  return text != NULL ? tidy (text) : NULL;
}

/* What a manufacturer leaves in its tables when it has nothing to say. */
static char *
read_name (const char *root, const char *path)
{
  static const char *const nothing[] = { "To Be Filled By O.E.M.", "To be filled by O.E.M.",
                                         "System manufacturer", "System Product Name",
                                         "Default string", "Not Specified", "None" };
  char *name = read_line (root, path);
  for (guint i = 0; name != NULL && i < G_N_ELEMENTS (nothing); i++)
    if (strcmp (name, nothing[i]) == 0)
      g_clear_pointer (&name, g_free);
  return name;
}

/* The machine identifier is confidential: what is derived from it is the same every time, belongs
 * to this use only, and does not tell it (as machine-id(5) demands). */
static char *
derive_node_id (const char *root)
{
  static const char use[] = "org.gatehouse.Gatehouse1 M2M-Node-ID";
  guint8 digest[32];
  g_autofree char *id = read_line (root, "/etc/machine-id");
  if (id == NULL || strlen (id) != MACHINE_ID || strspn (id, "0123456789abcdef") != MACHINE_ID
      || gnutls_hmac_fast (GNUTLS_MAC_SHA256, id, MACHINE_ID, use, sizeof use - 1, digest) != 0)
    return NULL;
  GString *text = g_string_new ("gh-");
  for (guint i = 0; i < NODE_ID_BYTES; i++)
    g_string_append_printf (text, "%02x", digest[i]);
  return g_string_free (text, FALSE);
}

/* The value of NAME=value or NAME="value" of os-release(5). */
static char *
os_value (const char *text, const char *name)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", 256);
  for (char **line = lines; *line != NULL; line++)
    {
      const gsize length = strlen (name);
      if (strncmp (*line, name, length) != 0 || (*line)[length] != '=')
        continue;
      g_autofree char *value = g_shell_unquote (*line + length + 1, NULL);
      return value != NULL ? tidy (value) : NULL;
    }
  return NULL;
}

static void
read_os (const char *root, GhHostFacts *out)
{
  g_autofree char *text = read_file (root, "/etc/os-release");
  if (text == NULL)
    text = read_file (root, "/usr/lib/os-release");
  if (text == NULL)
    return;
  out->os_id = os_value (text, "ID");
  out->os_version = os_value (text, "PRETTY_NAME");
  out->os_url = os_value (text, "HOME_URL");
}

static guint64
kilobytes (const char *text, const char *name)
{
  const char *at = strstr (text, name);
  return at != NULL ? g_ascii_strtoull (at + strlen (name), NULL, 10) * 1024 : 0;
}

static void
read_memory (const char *root, GhHostFacts *out)
{
  g_autofree char *text = read_file (root, "/proc/meminfo");
  if (text == NULL)
    return;
  out->memory_total = kilobytes (text, "MemTotal:");
  out->memory_available = kilobytes (text, "MemAvailable:");
}

/* SMBIOS 7.4.1: what stands on the desk, as far as it is of interest here */
static const char *
chassis (const char *root)
{
  g_autofree char *text = read_line (root, "/sys/class/dmi/id/chassis_type");
  switch (text != NULL ? g_ascii_strtoll (text, NULL, 10) : 0)
    {
    case 3: case 4: case 5: case 6: case 7: case 13: case 15: case 16:
      return "desktop";
    case 8: case 9: case 10: case 14: case 31: case 32:
      return "laptop";
    case 17: case 23: case 28: case 29:
      return "server";
    case 36:
      return "gateway";
    default:
      return "computer";
    }
}

static void
read_hardware (const char *root, GhHostFacts *out)
{
  out->manufacturer = read_name (root, "/sys/class/dmi/id/sys_vendor");
  out->model = read_name (root, "/sys/class/dmi/id/product_name");
  out->hardware_version = read_name (root, "/sys/class/dmi/id/product_version");
  out->firmware_version = read_name (root, "/sys/class/dmi/id/bios_version");
  if (out->model == NULL)
    out->model = read_name (root, "/proc/device-tree/model");
  out->device_type = g_strdup (chassis (root));
}

static char *
supply_value (const char *root, const char *supply, const char *name)
{
  g_autofree char *path = g_strdup_printf ("/sys/class/power_supply/%s/%s", supply, name);
  return read_line (root, path);
}

static guint
battery_status (const char *status, const char *health, guint level)
{
  if (g_strcmp0 (health, "Dead") == 0 || g_strcmp0 (health, "Overvoltage") == 0
      || g_strcmp0 (health, "Unspecified failure") == 0)
    return BATTERY_DAMAGED;
  if (g_strcmp0 (status, "Charging") == 0)
    return BATTERY_CHARGING;
  if (g_strcmp0 (status, "Full") == 0)
    return BATTERY_COMPLETE;
  if (g_strcmp0 (status, "Discharging") != 0 && g_strcmp0 (status, "Not charging") != 0)
    return BATTERY_UNKNOWN;
  return level <= LOW_BATTERY ? BATTERY_LOW : BATTERY_NORMAL;
}

/* Whether @supply is a battery of the machine, and not of a mouse. */
static gboolean
take_battery (const char *root, const char *supply, GhHostFacts *out)
{
  g_autofree char *type = supply_value (root, supply, "type");
  g_autofree char *scope = supply_value (root, supply, "scope");
  g_autofree char *capacity = supply_value (root, supply, "capacity");
  if (g_strcmp0 (type, "Battery") != 0 || g_strcmp0 (scope, "Device") == 0 || capacity == NULL)
    return FALSE;
  g_autofree char *status = supply_value (root, supply, "status");
  g_autofree char *health = supply_value (root, supply, "health");
  out->has_battery = TRUE;
  out->battery_level = (guint) CLAMP (g_ascii_strtoll (capacity, NULL, 10), 0, 100);
  out->battery_status = battery_status (status, health, out->battery_level);
  return TRUE;
}

static void
read_battery (const char *root, GhHostFacts *out)
{
  g_autofree char *path = g_strconcat (root != NULL ? root : "", "/sys/class/power_supply", NULL);
  g_autoptr (GDir) supplies = g_dir_open (path, 0, NULL);
  const char *name;
  guint n = 0;
  while (supplies != NULL && n++ < MAX_SUPPLIES && (name = g_dir_read_name (supplies)) != NULL)
    if (take_battery (root, name, out))
      return;
}

/* A unit file may hide all of /proc that is not about processes (ProcSubset=pid). */
static void
ask_kernel (GhHostFacts *out)
{
  struct sysinfo info;
  if (out->name == NULL)
    out->name = tidy (g_get_host_name ());
  if (sysinfo (&info) != 0)
    return;
  if (out->up_s == 0)
    out->up_s = info.uptime;
  if (out->memory_total != 0)
    return;
  out->memory_total = (guint64) info.totalram * info.mem_unit;
  out->memory_available = ((guint64) info.freeram + info.bufferram) * info.mem_unit;
}

void
gh_host_facts_read (const char *root, GhHostFacts *out)
{
  *out = (GhHostFacts){ .node_id = derive_node_id (root) };
  g_autofree char *up = read_line (root, "/proc/uptime");
  out->name = read_line (root, "/proc/sys/kernel/hostname");
  out->up_s = up != NULL ? g_ascii_strtoll (up, NULL, 10) : 0;
  read_hardware (root, out);
  read_os (root, out);
  read_memory (root, out);
  if (root == NULL)
    ask_kernel (out);
  read_battery (root, out);
}

void
gh_host_facts_clear (GhHostFacts *facts)
{
  g_free (facts->node_id);
  g_free (facts->name);
  g_free (facts->manufacturer);
  g_free (facts->model);
  g_free (facts->device_type);
  g_free (facts->hardware_version);
  g_free (facts->firmware_version);
  g_free (facts->os_id);
  g_free (facts->os_version);
  g_free (facts->os_url);
  *facts = (GhHostFacts){ 0 };
}
