/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-error.h"
#include "primitive/gh-value.h"

G_BEGIN_DECLS

/* The strict JSON reader of the network side (design section 4). Limits, each refused with the
 * octet position: */
#define GH_JSON_MAX_DEPTH   16    /* nested lists and objects */
#define GH_JSON_MAX_MEMBERS 1024  /* members of one object */
#define GH_JSON_MAX_ITEMS   65536 /* items of one list */
#define GH_JSON_MAX_NAME    128   /* octets of a member name */
#define GH_JSON_MAX_NUMBER  64    /* characters of a number */

/**
 * gh_json_parse:
 * @data: one JSON text of @length octets; need not be NUL-terminated, need not outlive the call
 * @arena: holds everything below @out. The text is copied into it once, and names and strings stand
 *   in that copy; a text that does not fit is GH_ERROR_TOO_LARGE
 * @out: (out caller-allocates): the root
 * @fault: (nullable): GH_ERROR_BAD_REQUEST, "octet 17: ..."
 *
 * RFC 8259 only: no trailing octets, no duplicate members, no invalid UTF-8 or lone surrogates, no
 * U+0000, no numbers that a double cannot hold, no leading zeros. Pure, any thread.
 * Returns: FALSE with @fault set
 */
gboolean gh_json_parse (const char *data, gsize length, GhArena *arena, GhValue *out,
                        GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
