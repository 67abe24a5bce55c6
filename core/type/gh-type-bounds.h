/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "write/gh-behaviour.h"

G_BEGIN_DECLS

/** gh_type_check_bounds: an instance, whose contentSize stands in its draft, has room in the parent
 * by maxByteSize and maxNrOfInstances of that (TS-0004 7.4.7.2.1). FALSE with @fault (5207).
 * Writer's thread. */
gboolean gh_type_check_bounds (const GhChange *change, GhFault *fault);

G_END_DECLS
