/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "gh-cse.h"

G_BEGIN_DECLS

/**
 * GhGeoclue:
 * The position of this machine from GeoClue on the system bus, handed to the CSE whenever it
 * changes. A GeoClue that is not there, or says no, is told in the log; the CSE then has no
 * position. Main context.
 */
typedef struct _GhGeoclue GhGeoclue;

/** gh_geoclue_new: asks for a client of GeoClue's; returns at once. */
GhGeoclue *gh_geoclue_new (GhCse *cse);
/** gh_geoclue_free: GeoClue stops looking for us. Blocks until the bus has taken that. */
void gh_geoclue_free (GhGeoclue *geoclue);

G_END_DECLS
