/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "link/gh-transport.h"

G_BEGIN_DECLS

/**
 * GhHttpAnswer: the head of an answer to a request of ours, line by line; plain data, zeroed at its
 * start. Pure, one thread.
 */
typedef struct {
  guint status; /* of the last status line; 0: none came */
  guint rsc;    /* X-M2M-RSC; 0: none came */
  guint lines;
  gboolean broken; /* not an answer of HTTP, or one that contradicts itself */
} GhHttpAnswer;

#define GH_HTTP_ANSWER_MAX_LINES 256

/**
 * gh_http_answer_line:
 * @line: one line of the head with or without its line break; no NUL needed. A status line begins
 * anew, so that interim answers (100) are forgotten.
 */
void gh_http_answer_line (GhHttpAnswer *answer, const char *line, gsize length);

/**
 * gh_http_answer_result: what the answer means for the delivery (TS-0009 6.3.2, 6.4.17).
 * X-M2M-RSC decides; without it the status does, and then 502, 503 and 504 are "try again": they
 * come from something between the target and us. A redirection is refused, never followed.
 * @body: (nullable): of the answer; borrowed by @out
 */
void gh_http_answer_result (const GhHttpAnswer *answer, const char *body, gsize length,
                            GhDeliveryResult *out);

G_END_DECLS
