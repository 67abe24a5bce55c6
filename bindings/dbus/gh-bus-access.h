/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-bus-job.h"

G_BEGIN_DECLS

/** gh_bus_access_explain: the method Explain. */
gboolean gh_bus_access_explain (GhBusJob *job, GError **error);

G_END_DECLS
