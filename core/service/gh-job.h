/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "primitive/gh-address.h"
#include "service/gh-service.h"

G_BEGIN_DECLS

/**
 * GhJob:
 * A request on its way through the service: first on its transport's thread, where nothing may
 * block, and when that does not suffice, once more on a worker with a store reader. Owned by
 * whoever handles it now.
 */
typedef struct _GhJob GhJob;
struct _GhJob {
  GhService *service;
  void (*task) (GhJob *job); /* work of the CSE itself for a worker, with no request; else NULL */
  GhRequest *request;
  GhPrincipal *principal;
  GhReplyFunc reply;
  gpointer user_data;
  gint release; /* 1, 2, 3 */
  GhOriginator originator;
  const char *originator_text; /* canonical; NULL: AE registration without a stem */
  gboolean asked; /* From is only asked for, to register under; it may be another's */
  gboolean unproven;     /* somebody behind a CSE: rq_authn is FALSE whatever the CSE proved */
  GhStoreReader *reader; /* on a worker; else NULL */
  GhBuffer *prepared;    /* the body of a delete's answer with children, read before */
  gint prepared_status;  /* its Content Status and Content Offset */
  gint64 prepared_offset;
  guint64 known_instance, known_parent; /* what a worker looked up before its read section */
  GhFanOut *fan_out;  /* to the members of a group, while they answer; else NULL */
  GhFanOut *above;    /* of the group that this request, to a member, comes from; else NULL */
  guint depth;        /* groups above this request */
  gboolean monitored; /* the operation monitors of its target have been told */
  GhReading *reading; /* a discovery or retrieve with children under way; else NULL */
  gboolean begun;    /* its identifier is among those under way */
  gboolean waited;   /* for its execution time: what was checked is checked again */
  GhRequestMode *mode; /* how it is answered, when that is not by its answer; kept by reply */
  gint64 refill_us;  /* until when it waits for an instance; 0: it does not */
  guint64 refill_of; /* number of the container that is empty */
  guint64 refill_ticket;
  gboolean unheard;  /* nobody waits for its answer */
  gboolean resumed;  /* an earlier process had promised it, and nothing of it had left */
  /* goes into the intent */
  gboolean (*executed) (GhWriter *writer, GhIntent *intent, GError **error);
};

typedef enum {
  GH_STEP_DONE,
  GH_STEP_NEEDS_STORE,
  GH_STEP_READING,   /* job->reading has begun: its slices answer */
  GH_STEP_ELSEWHERE, /* job->request has another target now */
  GH_STEP_TAKEN,     /* the job belongs to somebody else, and may be gone */
} GhStep;

/** gh_request_release: 1, 2 or 3 by its release version. 0: none that this CSE serves. */
static inline gint
gh_request_release (const GhRequest *request)
{
  const char *text = request->release_version;
  if (text == NULL || g_str_equal (text, "1"))
    return 1;
  if (g_str_equal (text, "2") || g_str_equal (text, "2a"))
    return 2;
  return g_str_equal (text, "3") ? 3 : 0;
}

/** gh_job_free: with the request. */
void gh_job_free (GhJob *job);

/**
 * gh_job_get_owner: the originator in canonical form; %NULL for a registration, as long as nobody
 * has proven what it asks for. Whatever is kept, counted or sent on in somebody's name takes this
 * name. Any thread.
 */
const char *gh_job_get_owner (const GhJob *job);

/** gh_job_is_late: the Request Expiration Timestamp has passed. Any thread. */
gboolean gh_job_is_late (const GhJob *job);

/** gh_render_childless: what @body, the representation of an instance, becomes where the request is
 * for what has children (rcn 4, 5, 6, 8) or lies below it (a discovery): it has none. Returns:
 * (transfer full) */
GhBuffer *gh_render_childless (const GhRequest *request, const GhBuffer *body);

/** gh_job_refuse: replies with the fault. The caller frees the job. */
void gh_job_refuse (GhJob *job, const GhFault *fault);
/** gh_job_reply_body: replies @status with @length octets of JSON; @buffer: their owner, or NULL to
 * copy. */
typedef struct {
  guint status;
  const char *body;
  gsize length;
  GhBuffer *buffer;
  const char *content_location;
  gint content_status;
  gint64 content_offset;
} GhAnswer;
void gh_job_reply (GhJob *job, const GhAnswer *answer);

/** GhResolved: what an address names in one view. */
typedef struct {
  GhNode node; /* the resource, or the container of the instance */
  GhWhich which;
  const char *name;
  guint64 number;
  gboolean self_reference; /* notificationTargetSelfReference of the node, "ntsr" */
} GhResolved;

/**
 * gh_resolve: FALSE with @fault (4004), or with @out_step NEEDS_STORE when only the store knows.
 * View's thread.
 */
gboolean gh_resolve (GhJob *job, const GhView *view, const GhAddress *address, GhResolved *out,
                     GhStep *out_step, GhFault *fault);

/** gh_resolved_instance_type: the type of the instance that is meant; 0: none is. */
static inline gint
gh_resolved_instance_type (const GhResolved *resolved)
{
  return resolved->which != GH_WHICH_RESOURCE ? resolved->node.slot->type->instances->number : 0;
}

/**
 * GhInstancePlan: which instance a view says is meant, kept beyond the read section: nothing of the
 * tree.
 */
typedef struct {
  guint64 sequence, parent, oldest, latest, number; /* number 0: by name */
  const char *name;
  GhInstance *cached; /* a reference, when the cache had it */
} GhInstancePlan;

/** gh_plan_instance: in a read section. FALSE with @fault (4004). */
gboolean gh_plan_instance (GhJob *job, const GhView *view, const GhResolved *resolved,
                           GhInstancePlan *out, GhFault *fault);
/** gh_fetch_instance: outside of read sections; from the store unless cached. NULL with @fault
 * (4004), or NEEDS_STORE. (transfer full) */
GhInstance *gh_fetch_instance (GhJob *job, GhInstancePlan *plan, GhStep *out_step, GhFault *fault);
/** gh_job_look_up: on a worker, before the read section: the container of an instance that is
 * addressed by its identifier. */
gboolean gh_job_look_up (GhJob *job, const GhAddress *address, GhFault *fault);

/* What stands in a 4004 when [access] hide is on: the same whether or not there is a resource. */
#define GH_NO_SUCH_RESOURCE "To: there is no such resource"

/** gh_strip_home: @text without the part that names this CSE: "//sp/csi/x" and "/csi/x" to "x".
 * NULL when it is the address of another CSE. Any thread. */
const char *gh_strip_home (const GhService *service, const char *text);
/** gh_find_local: a structural resource by any form of address of this CSE, kept in an attribute
 * (acpi, nu). Allocates nothing; FALSE when it is not here. View's thread. */
gboolean gh_find_local (const GhService *service, const GhView *view, const char *text,
                        GhNode *out);

/** gh_authorize: the access decision for @operation (one GH_ACOP bit) on @node. FALSE with @fault
 * 4103 (or 4004 under hide). */
typedef struct {
  const GhNode *node;
  guint operation;
  gint created_type;
  gint instance_type;       /* the target is an instance below @node, of this type; else 0 */
  gboolean self_privileges; /* an update of acpi: by the selfPrivileges of the policies in force */
  gboolean members;         /* the fan-out point of the group @node: by macp, if there is any */
} GhAccessQuestion;
gboolean gh_authorize (GhService *service, const GhView *view, const GhRequestFacts *facts,
                       const GhAccessQuestion *question, GhFault *fault);

/** gh_deny: refuses, by a rule that is no policy, what @facts ask of @slot: FALSE with @fault 4103
 * and @reason for the log, or, under hide, what gh_authorize() says. View's thread. */
typedef struct {
  const GhRequestFacts *facts;
  GhSlot *slot;
  const char *reason;
} GhDenial;
gboolean gh_deny (GhService *service, const GhView *view, const GhDenial *denial, GhFault *fault);

/** gh_authorize_quietly: the same decision, for what nobody has asked for: not counted, and no
 * reason. View's thread. */
gboolean gh_authorize_quietly (const GhService *service, const GhView *view,
                               const GhRequestFacts *facts, const GhAccessQuestion *question);

#define GH_PAST_NOW G_MAXUINT64

/** GhPastAccess: a resource as it was. */
typedef struct {
  const GhValue *acpi; /* NULL: none */
  const char *owner;   /* GhIdentity.owner */
  gint type;           /* of the resource, or of the instance in it that is meant */
  gint64 moment_us;    /* wall clock */
  guint64 before;      /* policies and groups that changed in this batch or a later one count for
                        * nothing: nobody knows what they were; 0: none counts; GH_PAST_NOW: all */
} GhPastAccess;

/**
 * gh_authorize_past: the originator had the right to retrieve it then, as far as that is still
 * known. What is not known is no right, so that nobody but the administrator had one to a policy.
 * Not counted. View's thread.
 */
gboolean gh_authorize_past (const GhService *service, const GhView *view,
                            const GhRequestFacts *facts, const GhPastAccess *past);

#define GH_POLICY_IN_FORCE "in-force"

/** GhAccessTrace: who wants to know how a decision came about. Calls in the read section. */
typedef struct {
  /* an entry of acpi; @state: static; @policy: what it names, NULL when that is not here */
  void (*reference) (const char *reference, const char *state, const GhNode *policy,
                     gpointer data);
  GhRuleFunc rule; /* its policies are those in force, in the order of @reference */
  gpointer data;
  const char *by; /* out: "administrator", "creator" or "policies"; static */
} GhAccessTrace;

/** gh_authorize_traced: the same decision, which is told and not counted. View's thread. */
gboolean gh_authorize_traced (GhService *service, const GhView *view, const GhRequestFacts *facts,
                              const GhAccessQuestion *question, GhAccessTrace *trace);
void gh_job_facts (const GhJob *job, GhRequestFacts *out);

/** gh_check_conditions: the addressed resource matches the filter criteria, if there are any
 * (TS-0004 7.3.3.1). FALSE with @fault (4004). */
gboolean gh_check_conditions (const GhRequest *request, const GhNode *node, GhFault *fault);

/** gh_check_result_content: rcn is one that goes with the operation (TS-0001 table 8.1.2-1). FALSE
 * with @fault (4000; 5001 for what semantic queries have). */
gboolean gh_check_result_content (const GhRequest *request, GhFault *fault);

/** gh_service_outcome: what answers the outcome of @intent, a success, in @view; texts in the arena
 * of its request. (transfer full): @out->buffer */
void gh_service_outcome (GhService *service, const GhIntent *intent, const GhView *view,
                         GhAnswer *out);

/** gh_retrieve: a retrieve or discovery, once everything is resolved. Replies when it returns DONE.
 */
GhStep gh_retrieve (GhJob *job);
/** gh_change: a create, update or delete up to the writer's queue. */
GhStep gh_change (GhJob *job);
/** gh_notify_target: a NOTIFY of an originator for an AE; takes the job unless it needs the store.
 */
GhStep gh_notify_target (GhJob *job);
/** gh_service_submit: to the writer, or refused when its queue is full. Takes the intent. Any
 * thread. */
void gh_service_submit (GhService *service, GhIntent *intent);
/** gh_service_answer: of an intent that is done; replies and frees it. GhWriterHost.answer. */
void gh_service_answer (gpointer data, GhIntent *intent);

/** gh_service_run: one step of the job; re-queues it for a worker when it needs the store. Takes
 * the job. */
void gh_service_run (GhJob *job);

G_END_DECLS
