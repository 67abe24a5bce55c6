/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-job.h"
#include "write/gh-effect.h"

G_BEGIN_DECLS

/* m2m:requestStatus (TS-0004 6.3.4.2.10) */
typedef enum {
  GH_REQUEST_COMPLETED = 1,
  GH_REQUEST_FAILED = 2,
  GH_REQUEST_PENDING = 3,
  GH_REQUEST_FORWARDED = 4,
  GH_REQUEST_PARTIALLY_COMPLETED = 5,
} GhRequestStatus;

/**
 * GhRequests:
 * The <request> resources of this CSE: how many each originator has, and which of them this process
 * is still carrying out. All functions on any thread.
 */
GhRequests *gh_requests_new (guint most, guint most_each);
void gh_requests_free (GhRequests *requests);
/** gh_requests_reserve: room for one more of @originator. FALSE with @fault (5000, try later). */
gboolean gh_requests_reserve (GhRequests *requests, const char *originator, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;
/** gh_requests_release: a reservation that nothing was made of. */
void gh_requests_release (GhRequests *requests, const char *originator);
/** gh_requests_made: the reservation became @id, which @mode carries out. */
void gh_requests_made (GhRequests *requests, const char *id, const char *originator,
                       GhRequestMode *mode);
/** gh_requests_resumed: @mode carries out @id, which was found in the store. */
void gh_requests_resumed (GhRequests *requests, const char *id, GhRequestMode *mode);
/** gh_requests_over: nobody carries out @id any more. */
void gh_requests_over (GhRequests *requests, const char *id);
/** gh_requests_ended: there is no resource @id any more. */
void gh_requests_ended (GhRequests *requests, const char *id);
/** gh_requests_note: @id of @originator exists (it was found in the store). Returns: this process
 * carries it out. */
gboolean gh_requests_note (GhRequests *requests, const char *id, const char *originator);
/** gh_requests_cancel: @id is not carried out if that has not begun. FALSE: too late. */
gboolean gh_requests_cancel (GhRequests *requests, const char *id);
/** gh_requests_count: those there are, with reservations. */
guint gh_requests_count (GhRequests *requests);

/** GhRequestRecord: what a <request> is made of. */
typedef struct {
  char *originator;     /* canonical */
  GhBuffer *attributes; /* op, tg, org, rid, mi and perhaps pc as one object in JSON */
  gint64 expires_us;
  gboolean forwarded; /* it may leave for another CSE without a mark */
} GhRequestRecord;

/** gh_request_record_render: the attributes of the <request> of @job; content above @content_limit
 * octets is left out. (transfer full) */
GhBuffer *gh_request_record_render (const GhJob *job, gsize content_limit);

/** gh_request_record_check: they are what the types of the attributes allow, so that a store that
 * holds them can be read. FALSE with @fault (4000). */
gboolean gh_request_record_check (const GhBuffer *attributes, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;
/* Octets of memory that a text in JSON takes as values at most, and what comes on top. */
#define GH_REQUEST_GROWTH 16
#define GH_REQUEST_ROOM   65536

/** GhRequestResult: how a request ended. */
typedef struct {
  guint status;     /* RSC */
  const char *body; /* JSON; NULL: none */
  gsize length;
  gint content_status;
  gint64 content_offset;
} GhRequestResult;

/** gh_request_resource_make: a <request> below the CSEBase, PENDING (TS-0004 7.3.2.2). Writer's
 * thread, in a batch. (transfer full): @out_id. FALSE with @error: the batch is to be dropped. */
gboolean gh_request_resource_make (GhWriter *writer, const GhService *service,
                                   const GhRequestRecord *record, char **out_id, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_request_resource_mark: a <request> that is not over becomes PENDING or FORWARDED. Writer's
 * thread, in a batch. FALSE with @error: the batch is to be dropped. */
gboolean gh_request_resource_mark (GhWriter *writer, const char *id, GhRequestStatus status,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** gh_request_resource_finish: the result of the <request> @id, PENDING or FORWARDED (7.3.2.5), of
 * which its targets are told in the same batch; nothing when it has ended, or is over. One whose
 * result nobody wants is deleted. Writer's thread, in a batch. FALSE with @error: the batch is to
 * be dropped. */
gboolean gh_request_resource_finish (GhWriter *writer, const GhService *service, const char *id,
                                     const GhRequestResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_request_result_render: what the targets of a <request>, given by its representation, are
 * told; NULL: it has no result. (transfer full) */
GhBuffer *gh_request_result_render (const GhValue *attributes);
/** gh_request_result_targets: whom, as a list of @attributes; @own: for the originator, when it is
 * that. */
GhValue gh_request_result_targets (const GhValue *attributes, GhValue *own);

G_END_DECLS
