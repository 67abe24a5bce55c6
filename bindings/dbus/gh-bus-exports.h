/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-bus-job.h"
#include "gh-bus-rights.h"

G_BEGIN_DECLS

/**
 * GhBusExports:
 * What is served on the bus. Each call goes first through GhBusRights, and only then to its
 * handler. Main context.
 */
typedef struct _GhBusExports GhBusExports;

/** GhBusMember: a method, which has either @handle or @job. */
typedef struct {
  const char *name;
  /* takes the invocation; main context */
  void (*handle) (GDBusMethodInvocation *invocation, gpointer user_data);
  GhBusJobFunc job; /* when it waits for the disk */
  gboolean changes; /* of a job: one at a time */
} GhBusMember;

/** GhBusFace: an interface as it is served. */
typedef struct {
  const GDBusInterfaceInfo *info;
  const GhBusMember *members;
  gsize n_members;
  /* a{sv}: all its properties; NULL: there is no such object; absent: it has none */
  GVariant *(*get_all) (const char *path, gpointer user_data);
  /* absent: none can be written */
  gboolean (*set) (const char *name, GVariant *value, gpointer user_data, GError **error);
} GhBusFace;

/** gh_bus_exports_new: takes a reference of @rights and @jobs. */
GhBusExports *gh_bus_exports_new (GDBusConnection *connection, GhBusRights *rights,
                                  GhBusJobs *jobs);
/** gh_bus_exports_close: no call arrives any more; those under way are denied, or still answered
 * when they are allowed already. Their user_data is not used any more. */
void gh_bus_exports_close (GhBusExports *exports);

/** gh_bus_exports_add: @path: the only one at which it is; @user_data: of its handlers, must live
 * until gh_bus_exports_close(). FALSE with @error: there is one already, or @face has no member for
 * one of its methods. */
gboolean gh_bus_exports_add (GhBusExports *exports, const char *path, const GhBusFace *face,
                             gpointer user_data, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/** gh_bus_exports_add_folder: the same of everything right below @path. Which objects there are is
 * said by nothing but their own answers: introspection says the same whether there is one or not,
 * and does not list them. */
gboolean gh_bus_exports_add_folder (GhBusExports *exports, const char *path, const GhBusFace *face,
                                    gpointer user_data, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
