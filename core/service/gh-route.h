/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-service.h"

G_BEGIN_DECLS

/** GhRoute: the next hop on the way to another CSE. */
typedef struct {
  GhNode node;        /* its <remoteCSE> */
  const char *cse_id; /* as it stands there; as long as the view */
  gboolean registrar; /* of this CSE */
} GhRoute;

/**
 * gh_route_find:
 * @sp_domain: (nullable): NULL is the domain of this CSE
 * @cse_id: without "/"
 *
 * A registree, the registree that lists it among its descendants, or else the registrar (TS-0001
 * 8.2.1.1, 8.2.1.2). FALSE: there is no way. View's thread.
 */
gboolean gh_route_find (const GhService *service, const GhView *view, const char *sp_domain,
                        const char *cse_id, GhRoute *out);

/** gh_route_is_branch: @cse_id of @sp_domain is the registree @registree or one of its descendants.
 * View's thread. */
gboolean gh_route_is_branch (const GhService *service, const GhView *view, const char *registree,
                             const GhOriginator *originator);

/** gh_route_is_registrar: @cse_id ("/in", or absolute) is the registrar of the configuration. */
gboolean gh_route_is_registrar (const GhService *service, const char *cse_id);

/** gh_route_find_cse: the <remoteCSE> of @cse_id ("/mn1", or absolute) itself. View's thread. */
gboolean gh_route_find_cse (const GhService *service, const GhView *view, const char *cse_id,
                            GhNode *out);

G_END_DECLS
