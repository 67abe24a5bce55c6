/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-cse.h"
#include "security/gh-principal.h"

G_BEGIN_DECLS

/** GhCseSender: as whom gh_cse_send_async() sends. */
typedef struct {
  GhPrincipal *principal; /* NULL: the embedding program's own, `local` */
  const char *from;       /* the only originator; NULL: any that the principal may use */
  gboolean as_text;       /* the answer is a primitive in JSON: gh_cse_request_finish() */
} GhCseSender;

/** GhCseAnswer: what a response says. */
typedef struct {
  guint status;     /* RSC */
  char *location;   /* of a created resource; NULL */
  char *content;    /* JSON; NULL: none */
  gboolean partial; /* there is more */
} GhCseAnswer;

void gh_cse_answer_free (GhCseAnswer *answer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GhCseAnswer, gh_cse_answer_free)

/**
 * gh_cse_send_async:
 * @from: (nullable): NULL: the embedding program, like gh_cse_request_async()
 * @primitive: a request primitive as JSON; without "fr" it gets that of @from
 * For programs that speak for others whom they have admitted (gh_security_admit()). Any thread; the
 * callback runs on the creator's main context.
 */
void gh_cse_send_async (GhCse *cse, const GhCseSender *from, const char *primitive,
                        GAsyncReadyCallback callback, gpointer user_data);
/** gh_cse_send_finish: a refusal is an answer. Returns: (transfer full); NULL with @error when the
 * CSE does not run */
GhCseAnswer *gh_cse_send_finish (GhCse *cse, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
