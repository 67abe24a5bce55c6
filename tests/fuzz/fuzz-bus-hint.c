/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-hint.h"

#include <string.h>

/* What /proc says of a process: its cgroup, whose names other processes choose, and its stat, in
 * which the process chooses its own name. */

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
check_name (const char *name, const char *others)
{
  if (name == NULL)
    return;
  g_assert_cmpuint (strlen (name), >, 0);
  g_assert_cmpuint (strlen (name), <=, 128);
  for (const char *at = name; *at != '\0'; at++)
    g_assert_true (g_ascii_isalnum (*at) || strchr (others, *at) != NULL);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup (size > 0 ? (const char *) data : "",
                                     MIN (size, GH_BUS_MAX_HINT_FILE));
  g_auto (GhBusHint) hint = { NULL };

  gh_bus_hint_from_cgroup (text, &hint);
  check_name (hint.unit, ":_.@-\\");
  check_name (hint.flatpak, ":_.@-");
  if (hint.unit != NULL)
    g_assert_true (strstr (text, "0::/system.slice/") != NULL
                   && g_str_has_suffix (hint.unit, ".service"));
  (void) gh_bus_start_time (text);

  /* whatever a process calls itself, it does not choose when it began */
  g_autofree char *stat = g_strdup_printf ("7 (%s) S 1 7 7 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 "
                                           "4711 2 3 4",
                                           text);
  g_assert_cmpuint (gh_bus_start_time (stat), ==, 4711);
  return 0;
}
