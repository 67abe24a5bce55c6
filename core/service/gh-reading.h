/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-job.h"

G_BEGIN_DECLS

/**
 * GhReading:
 * A discovery, or a retrieve with children (rcn 4, 5, 6, 8), on its way through the workers. It
 * works in slices of a millisecond and queues again behind everybody else after each, holding no
 * transaction and no read section in between; after as many slices as [limits] reading-slices says
 * it answers with what it has, and says that this is a part.
 */

typedef struct {
  const char *id; /* the resource whose children are wanted; in the arena of the request */
  gint result_content;
  gboolean discovery;
  const char *observed; /* for statistics: what was addressed; NULL: not counted */
  gint observed_type;
  /* out */
  gint content_status;
  gint64 content_offset;
} GhChildrenQuery;

/** gh_reading_begin: job->reading is set, for gh_reading_slice(). FALSE with @fault. Worker. */
gboolean gh_reading_begin (GhJob *job, const GhChildrenQuery *query, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;
/** gh_reading_slice: works for a slice, then answers, or queues the job again; a DELETE goes on
 * with what was read in job->prepared. Takes the job. Worker. */
void gh_reading_slice (GhJob *job);
/** gh_reading_cancel: refuses: the workers have stopped. Takes the job. */
void gh_reading_cancel (GhJob *job);

G_END_DECLS
