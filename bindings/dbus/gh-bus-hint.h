/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define GH_BUS_MAX_HINT_FILE 4096 /* octets that are read of a file of /proc */

/** GhBusHint: what the system says about a process. It can be influenced by other processes of the
 * same user, so that it proves nothing. */
typedef struct {
  char *unit;    /* a service of the system, "clock.service", escaped as it always is; NULL: none */
  char *flatpak; /* "org.example.Clock"; NULL: none */
} GhBusHint;

void gh_bus_hint_clear (GhBusHint *hint);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GhBusHint, gh_bus_hint_clear)

/** gh_bus_hint_from_cgroup: @text: /proc/PID/cgroup. A unit counts below /system.slice alone, where
 * users cannot make any. What is not understood is no hint. Pure. */
void gh_bus_hint_from_cgroup (const char *text, GhBusHint *out);
/** gh_bus_start_time: of /proc/PID/stat, in clock ticks since the boot; 0: not understood. Pure. */
guint64 gh_bus_start_time (const char *text);

/**
 * gh_bus_hint_read:
 * @proc: "/proc", or what looks like it
 * @pid: of a process that the bus says to be of @uid
 *
 * The process is the same before and after (its start time), and is the user's; otherwise, and when
 * anything cannot be read, there is no hint. Reads /proc; any thread.
 */
void gh_bus_hint_read (const char *proc, guint32 pid, guint32 uid, GhBusHint *out);

G_END_DECLS
