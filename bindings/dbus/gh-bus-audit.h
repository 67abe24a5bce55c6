/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-cse.h"

G_BEGIN_DECLS

#define GH_BUS_AUDIT_INTERFACE        "org.gatehouse.Gatehouse1.Audit"
#define GH_BUS_ASSOCIATIONS_INTERFACE "org.gatehouse.Gatehouse1.Associations"

/**
 * GhBusAudit:
 * The interfaces of the audit log and of the live associations. Who may call is decided before, by
 * the table of rights of gh-bus-object.c. The log is read from the disk, so each call of it has a
 * thread of its own.
 */
typedef struct _GhBusAudit GhBusAudit;

GhBusAudit *gh_bus_audit_new (GhCse *cse);
/** gh_bus_audit_stop: waits for the calls that are under way; those to come are refused. */
void gh_bus_audit_stop (GhBusAudit *audit);
void gh_bus_audit_unref (GhBusAudit *audit);

/** gh_bus_audit_handle: answers @invocation, a call of any method of the two interfaces. Takes it.
 */
void gh_bus_audit_handle (GhBusAudit *audit, GDBusMethodInvocation *invocation);

G_END_DECLS
