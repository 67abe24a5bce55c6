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

static gboolean
is_name (const char *text, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isalnum (text[i]) && strchr (":_.@-", text[i]) == NULL)
      return FALSE;
  return length > 0 && length <= MAX_NAME;
}

/* "/system.slice/clock.service", and what the service makes below itself. */
static char *
unit_of (const char *path)
{
  const char *name;
  gsize length;

  if (!g_str_has_prefix (path, SYSTEM_SLICE))
    return NULL;
  name = path + strlen (SYSTEM_SLICE);
  length = strcspn (name, "/");
  if (!is_name (name, length) || length <= 8
      || strncmp (name + length - 8, ".service", 8) != 0)
    return NULL;
  return g_strndup (name, length);
}

/* ".../app-flatpak-org.example.Clock-4242.scope" */
static char *
flatpak_of (const char *path)
{
  const char *name = strrchr (path, '/');
  const char *dash;

  if (name == NULL || !g_str_has_prefix (name + 1, FLATPAK_SCOPE)
      || !g_str_has_suffix (name, ".scope"))
    return NULL;
  name += 1 + strlen (FLATPAK_SCOPE);
  dash = strrchr (name, '-');
  if (dash == NULL || !is_name (name, (gsize) (dash - name)))
    return NULL;
  return g_strndup (name, (gsize) (dash - name));
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
