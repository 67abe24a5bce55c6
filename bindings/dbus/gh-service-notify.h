/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * gh_service_notify:
 * @socket_path: what NOTIFY_SOCKET holds: a path, or "@" and an abstract name; %NULL or "": nobody
 * listens
 * @state: lines of VARIABLE=VALUE, such as "READY=1"
 *
 * Tells the service manager about the state of the process by one datagram, as Type=notify units
 * expect it. Returns: %FALSE with a %G_IO_ERROR when there is a socket that cannot be reached. Any
 * thread.
 */
gboolean gh_service_notify (const char *socket_path, const char *state, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_service_tell: like gh_service_notify() for the manager of this process, if it has one; that
 * it cannot be told is worth a line in the log and no more. Any thread. */
void gh_service_tell (const char *state);

G_END_DECLS
