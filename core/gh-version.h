/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * gh_version_string:
 *
 * Any thread.
 *
 * Returns: (transfer none): the version of the library, for example "0.1.0"
 */
const char *gh_version_string (void);

G_END_DECLS
