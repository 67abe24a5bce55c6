/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-buffer.h"
#include "base/gh-error.h"
#include "primitive/gh-value.h"

G_BEGIN_DECLS

/* m2m:operation (TS-0004 6.3.4.2.4) */
typedef enum {
  GH_OPERATION_NONE = 0,
  GH_OPERATION_CREATE = 1,
  GH_OPERATION_RETRIEVE = 2,
  GH_OPERATION_UPDATE = 3,
  GH_OPERATION_DELETE = 4,
  GH_OPERATION_NOTIFY = 5,
} GhOperation;

/* m2m:resultContent (6.3.4.2.5); GH_RCN_ABSENT takes the operation's default */
typedef enum {
  GH_RCN_ABSENT = -1,
  GH_RCN_NOTHING = 0,
  GH_RCN_ATTRIBUTES = 1,
  GH_RCN_ADDRESS = 2,
  GH_RCN_ADDRESS_AND_ATTRIBUTES = 3,
  GH_RCN_ATTRIBUTES_AND_CHILDREN = 4,
  GH_RCN_ATTRIBUTES_AND_REFERENCES = 5,
  GH_RCN_REFERENCES = 6,
  GH_RCN_ORIGINAL = 7,
  GH_RCN_CHILDREN = 8,
  GH_RCN_MODIFIED = 9,
  GH_RCN_SEMANTIC = 10,
} GhResultContent;

/* m2m:responseType (6.3.4.2.6) */
typedef enum {
  GH_RT_ABSENT = 0,
  GH_RT_NON_BLOCKING_SYNCH = 1,
  GH_RT_NON_BLOCKING_ASYNCH = 2,
  GH_RT_BLOCKING = 3,
  GH_RT_FLEX = 4,
  GH_RT_NO_RESPONSE = 5
} GhResponseType;

/* m2m:responseStatusCode: the ones that are no error; errors come from gh_error_status() */
typedef enum {
  GH_RSC_ACCEPTED = 1000,
  GH_RSC_ACCEPTED_SYNCH = 1001,
  GH_RSC_ACCEPTED_ASYNCH = 1002,
  GH_RSC_OK = 2000,
  GH_RSC_CREATED = 2001,
  GH_RSC_DELETED = 2002,
  GH_RSC_UPDATED = 2004,
  GH_RSC_TARGET_NOT_REACHABLE = 5103
} GhStatusCode;

/**
 * GhFilterCriteria: as far as a request carries it (TS-0004 6.3.5.8). Times are UTC microseconds, 0
 * when absent; lists are in the request's arena.
 */
typedef struct {
  gboolean present;
  gint64 created_before_us, created_after_us;
  gint64 modified_since_us, unmodified_since_us;
  gint64 expire_before_us, expire_after_us;
  gint64 state_tag_smaller, state_tag_bigger, size_above, size_below; /* -1 when absent */
  const char *const *labels;                                          /* NULL-terminated, or NULL */
  const gint *resource_types;                                         /* 0-terminated, or NULL */
  const char *const *content_types;
  gint filter_usage;     /* 0 absent, 1 discovery, 2 conditional, 3 IPE discovery (unsupported) */
  gint filter_operation; /* 0 absent (AND), 1 AND, 2 OR */
  gint64 limit;          /* -1 absent */
  gint64 level;          /* 0 absent */
  gint64 offset;         /* 0 absent */
  const GhMember *attributes; /* name=value pairs, n_attributes */
  guint n_attributes;
  /* the same of some child and of the parent of a resource that matches */
  const char *const *child_labels, *const *parent_labels;
  const gint *child_types, *parent_types;
  const GhMember *child_attributes, *parent_attributes;
  guint n_child_attributes, n_parent_attributes;
  const char *labels_query;  /* gh-labels-query.h; NULL absent */
  const char *relative_path; /* put behind every match; NULL absent */
  gboolean unsupported; /* a criterion that this build does not evaluate was given */
  const char *unsupported_name;
} GhFilterCriteria;

/** GhQueryPair: a parameter of the query as it came, so that who passes the request on loses
 * nothing, whether or not this build knows what it means. */
typedef struct _GhQueryPair GhQueryPair;
struct _GhQueryPair {
  const GhQueryPair *next;
  const char *name, *value; /* entries of a list joined by '+' */
};

/**
 * GhRequest:
 * A request primitive, independent of its binding. Made by a transport with gh_request_new(),
 * filled by it, handed to dispatch, which frees it. Strings are NUL-terminated and live in @arena.
 * NULL means that the parameter was absent.
 */
typedef struct {
  GhArena *arena;
  GhOperation operation;
  const char *to;   /* "cse/ae", "/csi/...", "//sp/csi/..." (bindings undo ~ and _) */
  const char *from; /* NULL: absent; "" is an empty From */
  const char *request_identifier;
  const char *release_version; /* "1", "2", "2a", "3"; NULL: absent */
  gint resource_type;          /* ty of a create; 0 absent */
  const char *originating_timestamp;
  const char *request_expiration; /* this and the next two: m2m:absRelTimestamp as text */
  const char *result_expiration;
  const char *execution_time;
  const char *event_category;
  const char *group_request_id;
  const char *const *group_targets; /* Group Request Target Members; NULL-terminated, or NULL */
  const char *vendor_information;
  const char *const *notification_uris; /* X-M2M-RTU */
  const char *const *attribute_list;    /* atrl, or the #fragment */
  const char *const *role_ids, *const *token_ids, *const *local_token_ids, *const *tokens;
  const char *const *signatures; /* X-M2M-AS */
  gint response_type;            /* GhResponseType */
  const char *result_persistence;
  gint result_content;          /* GhResultContent */
  gint delivery_aggregation;    /* -1 absent, 0, 1 */
  gint desired_identifier_type; /* 0 absent, 1 structured, 2 unstructured */
  GhFilterCriteria filter;
  const GhQueryPair *query; /* what gh_request_set_query() was given, the last one first */
  const char *body;         /* content as it came (JSON), not NUL-terminated; NULL: no content */
  gsize body_length;
  const GhValue *content; /* content as a value, when the caller has it parsed; used before @body */
  gint hops;              /* CSEs that may pass it on yet; -1: it does not say */
  gint64 received_us;     /* wall time */
  guint64 seen;           /* private to gh_request_set_query(): parameters that were given */
} GhRequest;

/** gh_request_new: with an arena of its own, bounded by @arena_limit octets. result_content, limits
 * etc. are "absent". Returns: (transfer full) */
GhRequest *gh_request_new (gsize arena_limit);
void gh_request_free (GhRequest *request);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GhRequest, gh_request_free)

/** GhArrival: what became of an answer, as far as its transport can tell. */
typedef enum {
  GH_ARRIVED,         /* the peer has acknowledged it, or gone on */
  GH_ARRIVAL_UNKNOWN, /* the connection ended while it was not acknowledged */
  GH_NOT_ARRIVED,     /* not all of it has left */
} GhArrival;

/** GhReport: whoever answers wants to know what becomes of it. @func is called at most once, on any
 * thread; it must not block. A transport that cannot tell does not call it. */
typedef struct {
  void (*func) (GhArrival arrival, gpointer data, guint64 number); /* NULL: nobody does */
  gpointer data;
  guint64 number;
} GhReport;

/** gh_report_tell: once. */
static inline void
gh_report_tell (GhReport *report, GhArrival arrival)
{
  const GhReport told = *report;
  report->func = NULL;
  if (told.func != NULL)
    told.func (arrival, told.data, told.number);
}

/**
 * GhResponse:
 * A response primitive. Valid only during the reply call that hands it over; a transport copies
 * small bodies and takes a reference on large ones (@buffer).
 */
typedef struct {
  guint status;                   /* RSC */
  guint http_status;              /* 0: by the status map; else 503 or 413 */
  guint retry_after_s;            /* with 503 */
  const char *request_identifier; /* of the request; may be NULL */
  const char *release_version;
  const char *from, *to;        /* usually NULL */
  const char *content_location; /* address of a created resource, oneM2M form; NULL */
  const char *originating_timestamp;
  const char *result_expiration; /* as the request said it */
  const char *vendor_information;
  const char *body; /* JSON; NULL: none */
  gsize body_length;
  GhBuffer *buffer;               /* owner of @body when it is shared; NULL: copy */
  gint content_status;            /* 0 absent, 1 partial, 2 full */
  gint64 content_offset;          /* with a partial content */
  const char *assigned_token_ids; /* "lti:tkid" pairs joined by '+'; NULL */
  gboolean signature_requested;   /* authorSignReqInfo of a 4103 */
  GhReport report;
} GhResponse;

/**
 * GhReplyFunc:
 * Called exactly once a request: on the calling thread before gh_dispatch returns (retrieve,
 * refusals), or later on another thread of the core. Must not block.
 */
typedef void (*GhReplyFunc) (const GhResponse *response, gpointer user_data);

/** gh_operation_name: "CREATE" ... for logs; static. */
const char *gh_operation_name (GhOperation operation);

/* Limits of a request, each refused by name: */
#define GH_REQUEST_MAX_JSON       4194304 /* octets of a request primitive in JSON */
#define GH_REQUEST_MAX_TEXT       4096    /* octets of a text */
#define GH_REQUEST_MAX_LIST       256     /* entries of one list parameter */
#define GH_REQUEST_MAX_ATTRIBUTES 32      /* attribute criteria of one tag */
#define GH_REQUEST_MAX_PATTERN    256     /* octets of the value of an attribute criterion */
#define GH_REQUEST_MAX_LEVEL      1000
#define GH_REQUEST_MAX_OFFSET     10000000
#define GH_REQUEST_MAX_TARGETS    16 /* notification targets of a non-blocking request */

/**
 * gh_request_from_json:
 * @json: the request primitive of TS-0004 6.4.1 as an object with the short names of 8.2.2 (fr, to,
 * op, rqi, ty, pc, rcn, fc ...), with or without an "m2m:rqp" around it; used by the bus, ESPrim
 * and MQTT
 *
 * Unknown and repeated parameters, wrong types and values out of range are a fault that
 * names the parameter. "op" and "to" must be there; whether the others may be absent is for
 * dispatch to say. Any thread.
 * Returns: (transfer full), or NULL with @fault set
 */
GhRequest *gh_request_from_json (const char *json, gsize length, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;
/**
 * gh_request_to_json: the request primitive as an object with the short names of 8.2.2, which
 * gh_request_from_json() reads. A body is taken over as it is: the caller knows that it is JSON.
 * Any thread. Returns: (transfer full)
 */
GhBuffer *gh_request_to_json (const GhRequest *request);
/** gh_reason_to_json: what an error response has as its content. Any thread. Returns: (transfer
 * full) */
GhBuffer *gh_reason_to_json (const char *reason);
/** gh_response_to_json: the response primitive {"rsc":2000,"rqi":...,"pc":{...}}. Any thread.
 * Returns: (transfer full) */
GhBuffer *gh_response_to_json (const GhResponse *response);
/**
 * gh_response_from_value:
 * @value: {"m2m:rsp":{"rsc":...,"rqi":...,"pc":{...}}}, as it stands in a NOTIFY to a polling
 * channel (TS-0004 7.5.1.2.7); must live as long as @out
 * @out: (out caller-allocates): its buffer holds the content and is the caller's
 * Unknown parameters, wrong types and values out of range are a fault that names the parameter;
 * status and request identifier must be there. Pure, any thread.
 */
gboolean gh_response_from_value (const GhValue *value, GhResponse *out, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;
/** gh_response_from_json: the same of a text with nothing around the primitive, whose request
 * identifier may be missing: whoever has asked knows it. @arena: must live as long as @out. */
gboolean gh_response_from_json (const char *json, gsize length, GhArena *arena, GhResponse *out,
                                GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_request_set_query:
 * @name: short name of a request parameter or filter criterion as a binding finds it in a query
 * (TS-0009 table 6.2.2.2-1: "rcn", "lbl", "ty", "cra" ...); any other name of one to eight letters
 * and digits is an attribute criterion
 * @value: NUL-terminated UTF-8, percent-decoded; entries of a list joined by '+'. Copied.
 * lbl, ty, cty, their like for children and parents, and attributes may be given several times,
 * every other parameter once; "c." and "p." before an attribute mean the child's and the parent's.
 * Criteria that
 * this build does not evaluate set filter.unsupported. Any thread.
 * Returns: FALSE with @fault (4000) naming the parameter
 */
gboolean gh_request_set_query (GhRequest *request, const char *name, const char *value,
                               GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_request_list_query: calls @func with every parameter that a binding writes into the query of
 * @request, in the form that gh_request_set_query() reads; not rt, rp and tokens, which concern the
 * CSE that the originator talks to. The texts are valid in the call. Any thread.
 */
typedef void (*GhQueryFunc) (const char *name, const char *value, gpointer user_data);
void gh_request_list_query (const GhRequest *request, GhQueryFunc func, gpointer user_data);

/** gh_request_query_kind: how a JSON primitive writes the parameter or criterion @name. */
typedef enum {
  GH_QUERY_ATTRIBUTE, /* an entry of atr */
  GH_QUERY_NUMBER,
  GH_QUERY_BOOLEAN,
  GH_QUERY_TEXT,
  GH_QUERY_TEXTS,
  GH_QUERY_NUMBERS,
} GhQueryKind;
GhQueryKind gh_request_query_kind (const char *name, gboolean *out_criterion);

/**
 * gh_request_set_member:
 * @member: the same parameters as they stand in a primitive in JSON: numbers, booleans and lists
 * instead of texts; must live as long as @request
 * @criterion: it is a member of the filter criteria "fc" (then "atr" holds the attribute criteria),
 * not of the primitive
 * Returns: FALSE with @fault (4000) naming the parameter. Any thread.
 */
gboolean gh_request_set_member (GhRequest *request, const GhMember *member, gboolean criterion,
                                GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;

/** gh_absrel_timestamp_moment: the wall time that a valid @text means in a request of
 * @received_us; NULL is GH_NEVER_US. Any thread. */
gint64 gh_absrel_timestamp_moment (const char *text, gint64 received_us);

#define GH_ABSREL_TIMESTAMP_SIZE 24
/** gh_absrel_timestamp_shorten: a valid @text after @passed_us: what is relative counts anew from
 * when a request is passed on, and is never less than a millisecond. NULL is NULL. Returns: @text
 * or @out. Any thread. */
const char *gh_absrel_timestamp_shorten (const char *text, gint64 passed_us,
                                         char out[static GH_ABSREL_TIMESTAMP_SIZE]);

/** gh_absrel_timestamp_is_valid: m2m:absRelTimestamp: a m2m:timestamp or milliseconds from now, not
 * negative (6.3.3). Any thread. */
gboolean gh_absrel_timestamp_is_valid (const char *text);

G_END_DECLS
