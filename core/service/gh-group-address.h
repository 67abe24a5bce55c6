/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-service.h"
#include "write/gh-effect.h"

G_BEGIN_DECLS

/* Of one group; of more the one goes that was asked for first. */
#define GH_GROUP_ADDRESSES   100
/* Octets of one. */
#define GH_GROUP_ADDRESS_MAX 1024

/*
 * Where a group forwards to: the notificationForwardingURI that somebody who may subscribe through
 * it has asked for. A member CSE repeats it with each notification, and is believed in nothing
 * else: it could have this CSE call any host. Kept in the store beside the tree, so that a restart
 * knows them.
 */

/** gh_group_address_is_good: short enough, and without blanks or controls. Any thread. */
gboolean gh_group_address_is_good (const char *address);

/** gh_group_address_check: none that is a group: what a group sends to a group would come back to
 * it for ever. @address: (nullable). FALSE with @fault (4000). Any thread. */
gboolean gh_group_address_check (const GhService *service, const char *address, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_group_address_learn: before the group @id asks its members to notify @address. Nothing to
 * be kept is looked at before that is. FALSE with @fault: the writer is busy. Any thread. */
gboolean gh_group_address_learn (GhService *service, const char *id, const char *address,
                                 GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;

/** gh_group_address_get: those of the group @id. (transfer full); NULL with @error. Writer. */
GStrv gh_group_address_get (GhService *service, const char *id, GError **error);

/** gh_group_address_forget: the group @id has ended. Writer. */
gboolean gh_group_address_forget (GhWriter *writer, const char *id, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
