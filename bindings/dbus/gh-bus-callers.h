/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Limits of one connection of the bus, and of a user who waits for polkit: calls that are not
 * answered yet, those of them that occupy a thread, octets of the arguments of one call: of those
 * that occupy a thread, and of others, which may carry resources; and octets of the arguments of
 * all that are not answered yet. */
#define GH_BUS_MAX_CALLS        64
#define GH_BUS_MAX_JOBS         8
#define GH_BUS_MAX_JOB_OCTETS   (256 * 1024)
#define GH_BUS_MAX_OTHER_OCTETS (8 * 1024 * 1024)
#define GH_BUS_MAX_OCTETS       (16 * 1024 * 1024)

/**
 * GhBusCallers:
 * How much each client has under way, so that one who floods is slowed alone. Nothing is kept of
 * those who have nothing under way. Any thread.
 */
typedef struct _GhBusCallers GhBusCallers;

GhBusCallers *gh_bus_callers_new (void);
/** gh_bus_callers_unref: what is under way is still counted. */
void gh_bus_callers_unref (GhBusCallers *callers);

/** gh_bus_callers_enter: counts @invocation until it is answered. FALSE with @error: its sender has
 * too many under way. */
gboolean gh_bus_callers_enter (GhBusCallers *callers, GDBusMethodInvocation *invocation,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
/** gh_bus_callers_enter_user: counts it for the user @uid, too, however many connections he has. */
gboolean gh_bus_callers_enter_user (GhBusCallers *callers, GDBusMethodInvocation *invocation,
                                    guint32 uid, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/** gh_bus_callers_enter_job: for one that was counted and needs a thread. FALSE with @error: its
 * sender has too many of them, or too large arguments. */
gboolean gh_bus_callers_enter_job (GhBusCallers *callers, GDBusMethodInvocation *invocation,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
