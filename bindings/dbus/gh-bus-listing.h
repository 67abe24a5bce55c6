/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "gh-bus-kind.h"

G_BEGIN_DECLS

#define GH_BUS_MAX_LISTED 50000 /* objects of a kind */

/**
 * GhBusListing:
 * Answers GetManagedObjects on a thread of its own: with ten thousand objects that takes a second,
 * which the main loop must not be held.
 */
typedef struct _GhBusListing GhBusListing;

/** GhBusListedFunc: all are answered; @listing is to be freed. */
typedef void (*GhBusListedFunc) (gpointer user_data);

/**
 * gh_bus_listing_start:
 * @known: path -> a{sv} of what there is, which is looked up first when it is empty; the thread's
 * until @done is called
 * @invocations: (transfer full): of GetManagedObjects; each is answered with all of @known
 * @done: on the thread-default context of the caller
 */
GhBusListing *gh_bus_listing_start (GhCse *cse, GHashTable *known, GPtrArray *invocations,
                                    GhBusListedFunc done, gpointer user_data);
/** gh_bus_listing_free: waits for it; @done is not called any more. */
void gh_bus_listing_free (GhBusListing *listing);

/** GhBusPathFunc: takes @path. */
typedef void (*GhBusPathFunc) (char *path, gpointer user_data);
/** gh_bus_listing_each: the paths of all objects that there are. Any thread. */
void gh_bus_listing_each (GhCse *cse, GhBusPathFunc func, gpointer user_data);

G_END_DECLS
