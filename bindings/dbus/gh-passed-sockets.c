/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-passed-sockets.h"

#include "base/gh-error.h"
#include "gh-cse-sockets.h"

#include <string.h>
#include <unistd.h>

/* What sd_listen_fds(3) says. */
#define FIRST_FD   3
#define MAX_PASSED 64

static gboolean
is_for_us (const char *pid_text)
{
  guint64 pid;

  return pid_text != NULL && g_ascii_string_to_unsigned (pid_text, 10, 1, G_MAXINT, &pid, NULL)
         && (pid_t) pid == getpid ();
}

static gboolean
pass_all (GhCse *cse, const char *count, const char *names, GError **error)
{
  g_auto (GStrv) name = g_strsplit (names != NULL ? names : "", ":", MAX_PASSED + 1);
  guint64 n;

  if (!g_ascii_string_to_unsigned (count, 10, 0, MAX_PASSED, &n, NULL)
      || g_strv_length (name) != n)
    {
      g_set_error (
        error, GH_ERROR, GH_ERROR_CONFIG,
        "LISTEN_FDS: %.16s sockets, and LISTEN_FDNAMES does not name as many; at most %d "
        "are taken",
        count, MAX_PASSED);
      return FALSE;
    }
  for (guint i = 0; i < n; i++)
    if (!gh_cse_pass_socket (cse, name[i], FIRST_FD + (int) i, error))
      return FALSE;
  return TRUE;
}

gboolean
gh_passed_sockets_take (GhCse *cse, GError **error)
{
  g_autofree char *count = g_strdup (g_getenv ("LISTEN_FDS"));
  g_autofree char *names = g_strdup (g_getenv ("LISTEN_FDNAMES"));
  const gboolean ours = count != NULL && is_for_us (g_getenv ("LISTEN_PID"));

  g_unsetenv ("LISTEN_PID");
  g_unsetenv ("LISTEN_FDS");
  g_unsetenv ("LISTEN_FDNAMES");
  return !ours || pass_all (cse, count, names, error);
}
