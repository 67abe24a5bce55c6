/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-error.h"
#include "primitive/gh-value.h"

G_BEGIN_DECLS

/*
 * labelsQuery (TS-0004 7.3.3.17.16): expressions over labels of the form "key" and "key:value", of
 * which one has to hold. The clause does not say what stands between two expressions; here it is a
 * comma outside of brackets.
 */

#define GH_LABELS_QUERY_MAX_EXPRESSIONS 32
#define GH_LABELS_QUERY_MAX_VALUES      32 /* of one IN or NI */

typedef enum {
  GH_LABELS_HAS,   /* "key": some label has it, with a value or without */
  GH_LABELS_LACKS, /* "NT key" */
  GH_LABELS_IS,    /* "key EQ value", "key:value", "key IN (value, ...)" */
  GH_LABELS_OTHER, /* "key NE value", "key NI (value, ...)": it has values, none of these */
} GhLabelsKind;

/** GhLabelsExpression: one of them; its texts point into the query and do not end in NUL. */
typedef struct {
  GhLabelsKind kind;
  const char *key;
  gsize key_length;
  const char *values; /* of IS and OTHER, joined by commas */
  gsize values_length;
} GhLabelsExpression;

/**
 * gh_labels_query_next:
 * @cursor: at first the query; moved behind the expression
 * Returns: FALSE at the end, or with @fault (4000) for what is no expression. Pure, any thread.
 */
gboolean gh_labels_query_next (const char **cursor, GhLabelsExpression *out, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;
/** gh_labels_expression_next_value: @cursor: NULL at first. FALSE: there are no more. */
gboolean gh_labels_expression_next_value (const GhLabelsExpression *expression, const char **cursor,
                                          const char **out_value, gsize *out_length)
  G_GNUC_WARN_UNUSED_RESULT;
/** gh_labels_query_check: every expression can be read, and there are not too many. */
gboolean gh_labels_query_check (const char *query, GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;
/** gh_labels_query_matches: @labels: (nullable): the attribute; without it nothing holds. */
gboolean gh_labels_query_matches (const char *query, const GhValue *labels);

G_END_DECLS
