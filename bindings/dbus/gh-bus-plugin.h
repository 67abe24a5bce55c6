/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-bus-job.h"

G_BEGIN_DECLS

/* The methods of a plugin's object. */
gboolean gh_bus_plugin_start (GhBusJob *job, GError **error);
gboolean gh_bus_plugin_stop (GhBusJob *job, GError **error);
gboolean gh_bus_plugin_configure (GhBusJob *job, GError **error);
gboolean gh_bus_plugin_reset (GhBusJob *job, GError **error);
gboolean gh_bus_plugin_keep (GhBusJob *job, GError **error);
/* Of the daemon's object. */
gboolean gh_bus_plugins_load (GhBusJob *job, GError **error);

G_END_DECLS
