/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-service.h"

G_BEGIN_DECLS

/* The <node> of the machine that this CSE runs on, with what the machine says about itself below it
 * (TS-0001 9.6.18, annex D). It belongs to the CSE: without accessControlPolicyIDs only the
 * administrator reads it. */
#define GH_OWN_NODE_NAME "host-node"
/* Octets of logData of its eventLog; older lines go. */
#define GH_OWN_LOG_MAX 4096

/** gh_own_node_start: writes it, or brings it up to date, and links it from the CSEBase. Once the
 * writer is there. */
void gh_own_node_start (GhService *service);
/** gh_own_node_refresh: reads the machine again on a worker, then writes what has changed. Any
 * thread. */
void gh_own_node_refresh (GhService *service);
/** gh_own_node_is: @node is the one the CSEBase links to. Writer's thread. */
gboolean gh_own_node_is (const GhService *service, const GhView *view, const GhSlot *node);
/** gh_own_node_log: a line into the eventLog, unless that has been stopped. Writer's thread, in a
 * batch. */
gboolean gh_own_node_log (GhService *service, const char *line, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
