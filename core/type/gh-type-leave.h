/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "write/gh-behaviour.h"

G_BEGIN_DECLS

/** gh_leave_notification_targets: GhBehaviour.leave of what has a notificationURI. Without a target
 * left the resource goes too. */
gboolean gh_leave_notification_targets (GhChange *change, GhFault *fault, GError **error);

G_END_DECLS
