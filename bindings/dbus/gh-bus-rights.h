/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/** GhBusAction: what somebody may be allowed to do on the bus; each is an action of polkit,
 * described in data/org.gatehouse.Gatehouse1.policy. */
typedef enum {
  GH_BUS_NOBODY,
  GH_BUS_ANYBODY, /* whom the bus vouches for: the vault decides; no action of polkit */
  GH_BUS_READ_STATUS,
  GH_BUS_USE_RESOURCES,
  GH_BUS_MANAGE_CREDENTIALS,
  GH_BUS_EXPORT_SECRETS,
  GH_BUS_CONFIGURE,
  GH_BUS_READ_AUDIT,
  GH_BUS_MANAGE_ASSOCIATIONS,
  GH_BUS_N_ACTIONS
} GhBusAction;

/** GhBusAccess: the ways in. @GH_BUS_READ and @GH_BUS_WRITE are of properties. */
typedef enum { GH_BUS_CALL, GH_BUS_READ, GH_BUS_WRITE } GhBusAccess;

/** gh_bus_action_id: its name in polkit; NULL of the first two. */
const char *gh_bus_action_id (GhBusAction action);

/**
 * gh_bus_rights_find:
 * @member: a method or property; NULL with @GH_BUS_READ: all properties of @interface at once,
 * which needs that they ask for the same action Returns: what its row asks for; @GH_BUS_NOBODY when
 * there is none. Any thread.
 */
GhBusAction gh_bus_rights_find (const char *interface, const char *member, GhBusAccess access);

/**
 * GhBusRights:
 * The only place where it is decided who may do what. On a session bus the user who runs the daemon
 * may do everything in the table and nobody else anything. On the system bus so may root, and
 * others what polkit allows them; without polkit in the build, or on the bus, nothing. Main
 * context.
 */
typedef struct _GhBusRights GhBusRights;

/** gh_bus_rights_new: @system: @connection is the system bus. */
GhBusRights *gh_bus_rights_new (GDBusConnection *connection, gboolean system);
/** gh_bus_rights_unref: decisions under way are still told. */
void gh_bus_rights_unref (GhBusRights *rights);
/** gh_bus_rights_close: whoever is still being decided about is denied. */
void gh_bus_rights_close (GhBusRights *rights);

/** GhBusAllowedFunc: takes @invocation, which is allowed. */
typedef void (*GhBusAllowedFunc) (GDBusMethodInvocation *invocation, gpointer user_data);

/**
 * gh_bus_rights_check:
 * @invocation: (transfer full): any method call, also of org.freedesktop.DBus.Properties
 * @allowed: gets @invocation; otherwise it is answered AccessDenied, in the same words whether what
 * it asks about exists or not
 * @user_data: stays until @allowed was called or @destroy is
 *
 * The bus, and polkit, are asked anew for each call: nothing goes stale. A dialog is only opened
 * for callers that said that they are ready for one.
 */
void gh_bus_rights_check (GhBusRights *rights, GDBusMethodInvocation *invocation,
                          GhBusAllowedFunc allowed, gpointer user_data, GDestroyNotify destroy);

/** GhBusAskedFunc: @sender may, or not. */
typedef void (*GhBusAskedFunc) (const char *sender, gboolean allowed, gpointer user_data);
/** gh_bus_rights_ask: may @sender, whom nobody asks in person, do @action (now)? @asked is called
 * once, unless @rights are closed before. */
void gh_bus_rights_ask (GhBusRights *rights, const char *sender, GhBusAction action,
                        GhBusAskedFunc asked, gpointer user_data);

/** GhBusRightsFunc: what was allowed may not be any more. */
typedef void (*GhBusRightsFunc) (gpointer user_data);
/** gh_bus_rights_watch: @changed: (nullable): is told when polkit says that something has changed,
 * comes or goes, until gh_bus_rights_close(). For what lasts longer than a call. */
void gh_bus_rights_watch (GhBusRights *rights, GhBusRightsFunc changed, gpointer user_data);

G_END_DECLS
