/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-watch.h"
#include "gh-cse.h"

G_BEGIN_DECLS

/** gh_cse_watch: @func is told what changes in a CSE, until it is set to NULL; see gh-watch.h. */
void gh_cse_watch (GhCse *cse, GhWatchFunc func, gpointer user_data);

/** gh_cse_list_applications: Returns: (transfer full): the AE-ID-Stems of at most @limit registered
 * AEs, in no order. Looks at all resources. Of a CSE that runs; any thread. */
char **gh_cse_list_applications (GhCse *cse, guint limit);
/** gh_cse_dup_application: Returns: (transfer full) (nullable): a{sv} about the AE with the stem
 * @id: ae-id, app-id, app-name, name, points-of-access, reachable, created and expires (seconds
 * since 1970; 0: never). Of a CSE that runs; any thread. */
GVariant *gh_cse_dup_application (GhCse *cse, const char *id);

G_END_DECLS
