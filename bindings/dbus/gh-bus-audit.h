/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-bus-job.h"
#include "security/gh-security.h"

G_BEGIN_DECLS

#define GH_BUS_AUDIT_INTERFACE        "org.gatehouse.Gatehouse1.Audit"
#define GH_BUS_ASSOCIATIONS_INTERFACE "org.gatehouse.Gatehouse1.Associations"

/* The methods of the audit log and of the live associations. */
gboolean gh_bus_audit_read (GhBusJob *job, GError **error);
gboolean gh_bus_audit_verify (GhBusJob *job, GError **error);
gboolean gh_bus_associations_list (GhBusJob *job, GError **error);
gboolean gh_bus_associations_close (GhBusJob *job, GError **error);

/** gh_bus_describe_association: a{sv} as List says it; floating. */
GVariant *gh_bus_describe_association (const GhAssociationInfo *info);

G_END_DECLS
