/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-bus-exports.h"
#include "gh-cse-watch.h"

G_BEGIN_DECLS

/** GhBusKind: what all objects in a folder of ours have in common. */
typedef struct {
  GhWatchKind watch;
  const char *path; /* of the folder; of the CSE, which is alone: of the object */
  const GDBusInterfaceInfo *info;
  /* a{sv} with names in small letters; NULL: there is none (any more). (transfer full) */
  GVariant *(*describe) (GhCse *cse, const char *id);
  /* ids of at most @limit; NULL: there is one, "" */
  char **(*list) (GhCse *cse, guint limit);
  const GhBusMember *members; /* NULL: none */
  gsize n_members;
} GhBusKind;

extern const GhBusKind gh_bus_kinds[];
extern const guint gh_bus_n_kinds;

/** gh_bus_kind_of_watch: Returns: (nullable) */
const GhBusKind *gh_bus_kind_of_watch (GhWatchKind watch);
/** gh_bus_kind_path: of the object of @id. (transfer full) */
char *gh_bus_kind_path (const GhBusKind *kind, const char *id);
/** gh_bus_kind_of_path: Returns: (nullable): the kind of the object at @path, which may exist;
 * @out_id: (transfer full) */
const GhBusKind *gh_bus_kind_of_path (const char *path, char **out_id);
/** gh_bus_kind_properties: Returns: (transfer full) (nullable): a{sv}: all properties of the object
 * of @id as its interface describes them; NULL: there is none. */
GVariant *gh_bus_kind_properties (const GhBusKind *kind, GhCse *cse, const char *id);

G_END_DECLS
