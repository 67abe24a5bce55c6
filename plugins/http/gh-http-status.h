/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * gh_http_status_from_rsc: the HTTP status of a response status code (TS-0009 table 6.3.2-1).
 * @rsc: of a response primitive
 * A code that the table does not hold takes the status of its class: 1xxx 202, 2xxx 200, 4xxx and
 * 6xxx 400, else 500. Pure, any thread.
 */
guint gh_http_status_from_rsc (guint rsc);

/**
 * gh_http_status_to_rsc: what an answer without X-M2M-RSC says, for targets that are plain web
 * servers.
 * @status: HTTP status
 * Returns: the class's most general response status code; 0 for a status that is no final answer
 * (1xx, 3xx). Pure, any thread.
 */
guint gh_http_status_to_rsc (guint status);

G_END_DECLS
