/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "link/gh-transport.h"

G_BEGIN_DECLS

#define GH_HTTP_ANSWER_MAX_VALUE 1024 /* octets of a header that is kept; longer ones are not */

/* The headers of an answer that are kept (TS-0009 6.4). */
typedef enum {
  GH_HTTP_ANSWER_ORIGIN,
  GH_HTTP_ANSWER_RI,
  GH_HTTP_ANSWER_RVI,
  GH_HTTP_ANSWER_OT,
  GH_HTTP_ANSWER_VSI,
  GH_HTTP_ANSWER_ATI,
  GH_HTTP_ANSWER_ASRI,
  GH_HTTP_ANSWER_CTS,
  GH_HTTP_ANSWER_CTO,
  GH_HTTP_ANSWER_LOCATION,
  GH_HTTP_N_ANSWER_FIELDS
} GhHttpAnswerField;

/**
 * GhHttpAnswer: the head of an answer to a request of ours, line by line; plain data, zeroed at its
 * start, cleared at its end. Pure, one thread.
 */
typedef struct {
  guint status; /* of the last status line; 0: none came */
  guint rsc;    /* X-M2M-RSC; 0: none came */
  guint lines;
  gboolean broken; /* not an answer of HTTP, or one that contradicts itself */
  gboolean all;    /* set by the caller: the fields are wanted, too */
  char *fields[GH_HTTP_N_ANSWER_FIELDS];
} GhHttpAnswer;

void gh_http_answer_clear (GhHttpAnswer *answer);

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

/** gh_http_answer_response: the answer as a primitive; strings are borrowed from @answer and
 * @result. */
void gh_http_answer_response (const GhHttpAnswer *answer, const GhDeliveryResult *result,
                              GhResponse *out);

G_END_DECLS
