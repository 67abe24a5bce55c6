/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-hint.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SYSTEM_SLICE  "/system.slice/"
#define FLATPAK_SCOPE "app-flatpak-"
#define MAX_NAME      128
/* fields of /proc/PID/stat behind the name, which begin with the third (proc(5)) */
#define START_TIME_FIELD (22 - 3)

void
gh_bus_hint_clear (GhBusHint *hint)
{
  g_clear_pointer (&hint->unit, g_free);
  g_clear_pointer (&hint->flatpak, g_free);
}

/* The octet for which "\x2d" at @at stands, in the names of systemd; -1: none does. */
static int
escaped_octet (const char *at)
{
  return at[0] == '\\' && at[1] == 'x' && g_ascii_isxdigit (at[2]) && g_ascii_isxdigit (at[3])
           ? g_ascii_xdigit_value (at[2]) * 16 + g_ascii_xdigit_value (at[3])
           : -1;
}

/* @escapes: some of it may be escaped, and stays so. */
static gboolean
is_name (const char *text, gsize length, gboolean escapes)
{
  for (gsize i = 0; i < length; i++)
    if (escapes && i + 4 <= length && escaped_octet (text + i) >= 0)
      i += 3;
    else if (text[i] == '\0' || (!g_ascii_isalnum (text[i]) && strchr (":_.@-", text[i]) == NULL))
      return FALSE;
  return length > 0 && length <= MAX_NAME;
}

static gboolean
ends_in (const char *name, gsize length, const char *suffix)
{
  const gsize n = strlen (suffix);

  return length > n && strncmp (name + length - n, suffix, n) == 0;
}

/* "/system.slice/clock.service", "/system.slice/system-clock.slice/clock@home.service", and what
 * the service makes below itself. A name that the kernel might take for a file of its own has a "_"
 * in front of it there; what is escaped in the name of the unit is so everywhere. */
static char *
unit_of (const char *path)
{
  const char *name;
  gsize length;

  if (!g_str_has_prefix (path, SYSTEM_SLICE))
    return NULL;
  name = path + strlen (SYSTEM_SLICE);
  length = strcspn (name, "/");
  while (g_str_has_prefix (name, "system-") && ends_in (name, length, ".slice")
         && name[length] == '/')
    {
      name += length + 1;
      length = strcspn (name, "/");
    }
  if (name[0] == '_')
    {
      name++;
      length--;
    }
  if (!is_name (name, length, TRUE) || !ends_in (name, length, ".service"))
    return NULL;
  return g_strndup (name, length);
}

/* ".../app-flatpak-org.example.Clock-4242.scope"; the id is escaped in it, or not. */
static char *
flatpak_of (const char *path)
{
  const char *name = strrchr (path, '/');
  const char *dash;
  g_autoptr (GString) id = g_string_new (NULL);

  if (name == NULL || !g_str_has_prefix (name + 1, FLATPAK_SCOPE)
      || !g_str_has_suffix (name, ".scope"))
    return NULL;
  name += 1 + strlen (FLATPAK_SCOPE);
  dash = strrchr (name, '-');
  if (dash == NULL)
    return NULL;
  while (name < dash)
    {
      const int octet = escaped_octet (name);

      g_string_append_c (id, (char) (octet >= 0 ? octet : name[0]));
      name += octet >= 0 ? 4 : 1;
    }
  return is_name (id->str, id->len, FALSE) ? g_string_free (g_steal_pointer (&id), FALSE) : NULL;
}

void
gh_bus_hint_from_cgroup (const char *text, GhBusHint *out)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", 32);

  *out = (GhBusHint){ NULL };
  for (guint i = 0; lines[i] != NULL; i++)
    if (g_str_has_prefix (lines[i], "0::/"))
      {
        out->unit = unit_of (lines[i] + 3);
        out->flatpak = flatpak_of (lines[i] + 3);
        return;
      }
}

guint64
gh_bus_start_time (const char *text)
{
  /* the name of the program is in brackets and may hold any others */
  const char *at = strrchr (text, ')');
  guint64 ticks = 0;

  if (at == NULL || at[1] != ' ')
    return 0;
  g_auto (GStrv) fields = g_strsplit (at + 2, " ", START_TIME_FIELD + 2);
  if (g_strv_length (fields) <= START_TIME_FIELD
      || !g_ascii_string_to_unsigned (fields[START_TIME_FIELD], 10, 1, G_MAXUINT64, &ticks, NULL))
    return 0;
  return ticks;
}

static char *
read_at (int folder, const char *name)
{
  char buffer[GH_BUS_MAX_HINT_FILE + 1];
  gsize length = 0;
  gssize n;
  const int fd = openat (folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

  if (fd < 0)
    return NULL;
  while (length < GH_BUS_MAX_HINT_FILE
         && (n = read (fd, buffer + length, GH_BUS_MAX_HINT_FILE - length)) > 0)
    length += (gsize) n;
  close (fd);
  buffer[length] = '\0';
  return length < GH_BUS_MAX_HINT_FILE && strlen (buffer) == length ? g_strdup (buffer) : NULL;
}

static guint64
start_time_at (int folder)
{
  g_autofree char *text = read_at (folder, "stat");

  return text != NULL ? gh_bus_start_time (text) : 0;
}

void
gh_bus_hint_read (const char *proc, guint32 pid, guint32 uid, GhBusHint *out)
{
  g_autofree char *path = g_strdup_printf ("%s/%u", proc, pid);
  g_autofree char *cgroup = NULL;
  struct stat owner;
  guint64 before;
  const int folder = open (path, O_PATH | O_DIRECTORY | O_CLOEXEC);

  *out = (GhBusHint){ NULL };
  if (folder < 0)
    return;
  before = start_time_at (folder);
  if (before != 0 && fstat (folder, &owner) == 0 && owner.st_uid == uid)
    cgroup = read_at (folder, "cgroup");
  if (cgroup != NULL && start_time_at (folder) == before)
    gh_bus_hint_from_cgroup (cgroup, out);
  close (folder);
}
