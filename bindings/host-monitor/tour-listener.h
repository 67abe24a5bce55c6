/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * TourListener:
 * Where the notifications of the tour arrive: an HTTP server on a free port of the loopback
 * interface, on a thread of its own. Each notification is answered 2000 and put into a queue.
 */
typedef struct _TourListener TourListener;

/** tour_listener_new: Returns: (transfer full), or %NULL with a %G_IO_ERROR */
TourListener *tour_listener_new (GError **error) G_GNUC_WARN_UNUSED_RESULT;
void tour_listener_free (TourListener *listener);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TourListener, tour_listener_free)

/** tour_listener_get_url: "http://127.0.0.1:41234/notify"; owned by @listener. */
const char *tour_listener_get_url (const TourListener *listener);

/**
 * tour_listener_pop:
 * @timeout_ms: how long to wait; below 0: as long as it takes
 * Returns: (transfer full) (nullable): the body of the next notification, in the order of arrival
 */
char *tour_listener_pop (TourListener *listener, gint timeout_ms);

G_END_DECLS
