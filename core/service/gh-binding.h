/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-service.h"

G_BEGIN_DECLS

/*
 * Registration makes an identity its owner's (design section 6), in a resource of the store and in
 * the vault, which are two files. So the identity is reserved in memory while the request is
 * checked, written beside the resource in the same batch of the store, and bound in the vault once
 * that is committed, with one write for the whole batch. What a crash leaves between the two is
 * bound at the next start; what was never committed was never bound. All on the writer's thread,
 * but for gh_bindings_recover().
 */

GhBindings *gh_bindings_new (void);
void gh_bindings_free (GhBindings *bindings);

/**
 * gh_bindings_reserve: @principal registers @identity, an AE-ID stem or a CSE-ID: nobody else may
 * have it, and it will be its owner's when gh_bindings_keep() is called for the same request.
 * Nothing to do for principals without a credential. Touches no disk. FALSE with @fault: 4106 when
 * it is somebody else's.
 */
gboolean gh_bindings_reserve (GhService *service, const GhPrincipal *principal,
                              const char *identity, GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;
/** gh_bindings_keep: the resource of @identity is in the batch. */
void gh_bindings_keep (GhService *service, const char *identity);
/** gh_bindings_write: what the batch is about to bind goes into it. FALSE with GH_ERROR_STORE. */
gboolean gh_bindings_write (GhService *service, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/** gh_bindings_settle: @kept: the batch is committed, and bound; else it is gone. */
void gh_bindings_settle (GhService *service, gboolean kept);
/** gh_bindings_recover: before the writer starts: binds what the last batch wrote. FALSE with
 * GH_ERROR_STORE. */
gboolean gh_bindings_recover (GhService *service, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
