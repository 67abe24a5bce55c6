/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-cse.h"

G_BEGIN_DECLS

/** GhCseCounter: one number of a CSE; strings are borrowed in the callback. */
typedef struct {
  const char *name; /* "notifications-lost", "http.requests" */
  const char *help; /* one line for people */
  gboolean gauge;   /* goes up and down; else it only grows */
  guint64 value;
} GhCseCounter;

typedef void (*GhCseCounterFunc) (const GhCseCounter *counter, gpointer user_data);

/** gh_cse_counters: calls @func with each; names are never the same twice. Of a CSE that is not
 * running only those of its transports. @func must not call the CSE. Any thread. */
void gh_cse_counters (GhCse *cse, GhCseCounterFunc func, gpointer user_data);

/** gh_cse_schema: version of the store's format; 0: it has none. Of a CSE that runs. */
guint gh_cse_schema (const GhCse *cse);

G_END_DECLS
