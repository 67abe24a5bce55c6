/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-cse.h"

G_BEGIN_DECLS

/**
 * GhSurroundings: tells the CSE that the machine sleeps and wakes (logind), that its network is
 * another one (NetworkManager), and that the clock was set. What is not there tells nothing. Main
 * context.
 */
typedef struct _GhSurroundings GhSurroundings;

/** gh_surroundings_new: of a CSE that runs; @bus: the system bus may be asked. */
GhSurroundings *gh_surroundings_new (GhCse *cse, gboolean bus);
void gh_surroundings_free (GhSurroundings *surroundings);

G_END_DECLS
