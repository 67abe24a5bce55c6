/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-bus-job.h"

G_BEGIN_DECLS

/** GhBusUser: a caller, in the words of the bus. */
typedef struct {
  guint32 uid, pid; /* pid 0: not known */
  gboolean system;  /* on the system bus, where hints count */
} GhBusUser;

/**
 * gh_bus_admit_user:
 * @user: whom the bus vouches for
 * @association: identifier that the principal gets
 * @out: (out caller-allocates): what gh_security_admit() says
 *
 * Finds the credential of the user: that for his program, or else his own. The user of this process
 * gets one when he has none. FALSE with @error (ACCESS_DENIED). Waits for the disk.
 */
gboolean gh_bus_admit_user (GhSecurity *security, const GhBusUser *user, guint64 association,
                            GhAdmission *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** gh_bus_applications_admit: the method Admit. */
gboolean gh_bus_applications_admit (GhBusJob *job, GError **error);

G_END_DECLS
