/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "gh-cse.h"

G_BEGIN_DECLS

#define GH_BUS_APPLICATIONS_INTERFACE "org.gatehouse.Gatehouse1.Applications"
#define GH_BUS_ACCESS_POINT_INTERFACE "org.gatehouse.Gatehouse1.PointOfAccess"

#define GH_BUS_MAX_AES 16 /* of one connection */

/**
 * GhBusApplications:
 * The programs on a bus that are AEs of the CSE: who they are, what they send, and what is sent to
 * them. Main context.
 */
typedef struct _GhBusApplications GhBusApplications;

/** gh_bus_applications_new: of a CSE that runs; @system: @connection is the system bus. */
GhBusApplications *gh_bus_applications_new (GhCse *cse, GDBusConnection *connection,
                                            gboolean system);
/** gh_bus_applications_close: all of them are gone; calls under way are still answered. Takes
 * @applications. */
void gh_bus_applications_close (GhBusApplications *applications);

/** gh_bus_applications_register: the method Register, for whoever calls: what he may is decided
 * here, by what the bus says about him and by the vault. Takes @invocation. */
void gh_bus_applications_register (GhBusApplications *applications,
                                   GDBusMethodInvocation *invocation);
/** gh_bus_applications_call: a method whose first argument is an AE-ID: for him who has registered
 * it. Takes @invocation. */
void gh_bus_applications_call (GhBusApplications *applications, GDBusMethodInvocation *invocation);

G_END_DECLS
