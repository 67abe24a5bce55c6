/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/gh-attribute.h"

G_BEGIN_DECLS

/* The lexical rules of the scalar types that are strings (TS-0004 6.3.2, 6.3.3). Pure functions
 * over untrusted octets; limits in octets: */
#define GH_SYNTAX_MAX_STRING 65535   /* xs:string, xs:base64Binary */
#define GH_SYNTAX_MAX_URI 2048       /* xs:anyURI, m2m:pointOfAccess */
#define GH_SYNTAX_MAX_ID 1024        /* m2m:ID, m2m:nhURI */
#define GH_SYNTAX_MAX_TOKEN 1024     /* xs:token, xs:NCName, m2m:roleID, m2m:contentInfo */
#define GH_SYNTAX_MAX_SCHEDULE 512   /* m2m:scheduleEntry */

/**
 * gh_syntax_check:
 * @data: a type whose values are strings; of any other, nothing is valid
 * @text: NUL-terminated UTF-8 of @length octets
 * Returns: whether @text is a value of @data. Any thread.
 */
gboolean gh_syntax_check (GhDataType data, const char *text, gsize length)
  G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_syntax_expectation: "a URI", "a non-negative integer": what @data wants, for faults; static.
 */
const char *gh_syntax_expectation (GhDataType data);

/** GH_QUOTE_SIZE: what gh_syntax_quote writes at most, with its NUL. */
#define GH_QUOTE_SIZE 44

/**
 * gh_syntax_quote:
 * What a peer sent, short and printable enough for one line of a fault; "..." where more followed.
 * Returns: @out. Any thread.
 */
const char *gh_syntax_quote (const char *text, char out[GH_QUOTE_SIZE]);

/**
 * gh_duration_parse:
 * @text: NUL-terminated, an xs:duration that is not negative ("PT10S", "P1DT2.5S")
 * @out_us: microseconds; a month counts 30 days and a year 365
 * Returns: FALSE for anything else, and beyond 64 bits. Any thread.
 */
gboolean gh_duration_parse (const char *text, gsize length, gint64 *out_us)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
