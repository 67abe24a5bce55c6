/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "primitive/gh-primitive.h"

G_BEGIN_DECLS

/* The mapping between HTTP messages and primitives (TS-0009 6), without a socket: pure functions
 * over octets. */

/* Limits; what is beyond them is refused with 4000 and a reason. */
#define GH_HTTP_MAX_TARGET      8192 /* octets of the request-target */
#define GH_HTTP_MAX_PARAMETERS  64   /* fields of the query */
#define GH_HTTP_MAX_LIST        64   /* items of a header or parameter that is a list */
#define GH_HTTP_MAX_FIELD_VALUE 8192 /* octets of a header that is a list or a text */
#define GH_HTTP_MAX_IDENTIFIER  1024 /* octets of X-M2M-Origin, X-M2M-RI and X-M2M-GID */

/* Media types of answers. */
typedef enum { GH_HTTP_MEDIA_JSON, GH_HTTP_MEDIA_RESOURCE_JSON } GhHttpAnswerMedia;

/* What Content-Type said. */
typedef enum {
  GH_HTTP_CONTENT_ABSENT,
  GH_HTTP_CONTENT_JSON,         /* application/json */
  GH_HTTP_CONTENT_RESOURCE,     /* application/vnd.onem2m-res+json */
  GH_HTTP_CONTENT_NOTIFICATION, /* application/vnd.onem2m-ntfy+json */
  GH_HTTP_CONTENT_OTHER,        /* a media type that is not read */
} GhHttpContent;

/**
 * GhHttpMapping:
 * The state of one request that is being mapped; plain data. begin, then header for each field,
 * then end.
 */
typedef struct {
  GhRequest *request; /* borrowed; filled */
  const char *method; /* borrowed until end */
  char *target;       /* in the request's arena */
  guint32 seen;       /* one bit a header */
  GhHttpContent content;
  gint resource_type; /* ty of Content-Type; 0 absent */
  gboolean host_seen, accept_seen;
  gboolean host_local; /* Host names this machine: localhost, 127.x.x.x or [::1] */
  guint8 json_rank,
    resource_rank; /* how exact the best range of Accept is that names the media type */
  gboolean json_accepted, resource_accepted;
  guint content_lengths, transfer_encodings;
  guint64 content_length;
  gboolean framing_broken; /* where the message ends is in doubt: answer and close */
  GhFault fault;           /* the first one */
} GhHttpMapping;

/**
 * gh_http_mapping_begin:
 * @request: made by gh_request_new(); the caller keeps it
 * @target: the request-target as it came, percent-encoded; copied
 */
void gh_http_mapping_begin (GhHttpMapping *mapping, GhRequest *request, const char *target);

/**
 * gh_http_mapping_header: one header field; the order does not matter, unknown ones are ignored
 * (TS-0009 6.4.0).
 * @name, @value: need no NUL at their end; copied where they are kept
 */
void gh_http_mapping_header (GhHttpMapping *mapping, const char *name, gsize name_length,
                             const char *value, gsize value_length);

/**
 * gh_http_mapping_end: what needs all of the message.
 * @method: "GET"; case-sensitive as RFC 9110 9.1 says
 * @http_11: the message is HTTP/1.1, where Host is mandatory
 * @has_body: at least one octet of body came; the caller sets request->body
 * Returns: FALSE with mapping->fault set (4000, 4005, 4015, 5207), and then request_identifier and
 * release_version are filled as far as they came. Pure, any thread.
 */
gboolean gh_http_mapping_end (GhHttpMapping *mapping, const char *method, gboolean http_11,
                              gboolean has_body) G_GNUC_WARN_UNUSED_RESULT;

/** gh_http_mapping_media: the media type that the answer takes. */
GhHttpAnswerMedia gh_http_mapping_media (const GhHttpMapping *mapping);

/**
 * gh_http_map_target:
 * Undoes the path forms of TS-0009 6.2.2.1 ("/a", "/~/csi/a", "/_/sp/csi/a") and hands every
 * parameter of the query to gh_request_set_query(). Percent-decoding is done once; "%2F" is no
 * separator and is refused.
 * @target: written over
 */
gboolean gh_http_map_target (GhRequest *request, char *target, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_http_path_from_address: the path of a To or a resource address, percent-encoded: "/csi/a"
 * becomes "/~/csi/a". Returns: octets written without the NUL, 0 when @out is too small.
 */
gsize gh_http_path_from_address (const char *address, char *out, gsize size);

#define GH_HTTP_MAX_FIELDS   14
#define GH_HTTP_MAX_LOCATION 2048

typedef struct {
  const char *name, *value;
} GhHttpField;

/** GhHttpHead: status and header fields of an answer; strings are static, of the response, or in
 * the struct itself. */
typedef struct {
  guint status;
  guint n_fields;
  GhHttpField fields[GH_HTTP_MAX_FIELDS];
  char rsc[12], retry_after[12], offset[24], location[GH_HTTP_MAX_LOCATION];
} GhHttpHead;

/**
 * gh_http_map_response: the head of the answer for @response (TS-0009 6.3, 6.4). A value that holds
 * a control character is left out, so that nothing can break a line. Must not be moved afterwards.
 * Pure, any thread.
 */
void gh_http_map_response (const GhResponse *response, GhHttpAnswerMedia media, GhHttpHead *out);

/** gh_http_text_is_clean: UTF-8 without control characters. */
gboolean gh_http_text_is_clean (const char *text, gsize length);

G_END_DECLS
