/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-bus-job.h"

G_BEGIN_DECLS

/** gh_bus_backup_save: the method of org.gatehouse.Gatehouse1.Backup. */
gboolean gh_bus_backup_save (GhBusJob *job, GError **error);

G_END_DECLS
