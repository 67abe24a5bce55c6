/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-fan-out.h"

#include <string.h>

#include "base/gh-secret.h"
#include "primitive/gh-json-reader.h"
#include "service/gh-group-notify.h"
#include "service/gh-group-request.h"
#include "service/gh-workers.h"

#define SLICE_US     1000
#define MEMBER_ARENA (1u << 20)

/* What a request and those it causes in groups within groups have in common. */
typedef struct {
  gint ref_count;
  GhService *service;
  gint asked;       /* members, of all groups */
  gint64 octets;    /* of their answers */
  char *id;         /* Group Request Identifier; NULL: none is needed */
  gboolean own_id;  /* made here, and forgotten when the last member has answered */
  gint64 expires_us;
} Origin;

typedef struct {
  GhFanOut *fan_out;
  char *id; /* as in memberIDs: what From of its answer says */
  GhBuffer *answer;
} Member;

struct _GhFanOut {
  gint ref_count; /* the one that runs or waits, and one a member under way */
  GhJob *job;
  GhFanOut *above; /* of the group that this group is a member of: its request has our texts */
  Origin *origin;
  char *below; /* what follows /fopt in To: "", "/la", "#lbl" */
  GMutex lock; /* of what follows; held for no longer than it takes to write it */
  Member *members;
  guint n, next, under_way, answered;
  gboolean waiting, late, finished;
  gint64 deadline_us; /* wall time */
  guint64 pending;    /* watches the deadline, with a reference */
};

static void
origin_unref (Origin *origin)
{
  if (!g_atomic_int_dec_and_test (&origin->ref_count))
    return;
  if (origin->own_id)
    gh_group_requests_forget (origin->service->group_requests, origin->id);
  g_free (origin->id);
  g_free (origin);
}

static void
fan_out_unref (GhFanOut *fan_out)
{
  if (!g_atomic_int_dec_and_test (&fan_out->ref_count))
    return;
  for (guint i = 0; i < fan_out->n; i++)
    {
      g_free (fan_out->members[i].id);
      g_clear_pointer (&fan_out->members[i].answer, gh_buffer_unref);
    }
  g_free (fan_out->members);
  g_free (fan_out->below);
  g_mutex_clear (&fan_out->lock);
  origin_unref (fan_out->origin);
  fan_out->job->fan_out = NULL;
  gh_job_free (fan_out->job);
  GhFanOut *above = fan_out->above;
  g_free (fan_out);
  if (above != NULL)
    fan_out_unref (above);
}

/* Goes on with one that waited: on a worker, or to its end when there are none any more. */
static void
resume (GhFanOut *fan_out)
{
  if (!gh_workers_push_again (fan_out->job->service->workers, fan_out->job))
    gh_fan_out_cancel (fan_out->job);
}

/* GhPendingFunc: one that runs sees for itself that it is late. */
static void
deadline_came (GhPendingEnd end, gpointer data)
{
  GhFanOut *fan_out = data;
  (void) end;
  g_mutex_lock (&fan_out->lock);
  const gboolean waited = fan_out->waiting;
  fan_out->waiting = FALSE;
  fan_out->late = TRUE;
  g_mutex_unlock (&fan_out->lock);
  if (waited)
    resume (fan_out);
  fan_out_unref (fan_out);
}

static gboolean
watch_deadline (GhFanOut *fan_out)
{
  const GhPending pending = { .deadline_us = fan_out->deadline_us,
                              .over = deadline_came,
                              .data = fan_out };
  g_atomic_int_inc (&fan_out->ref_count);
  fan_out->pending = gh_pendings_add (fan_out->job->service->pendings, &pending);
  if (fan_out->pending != 0)
    return TRUE;
  fan_out_unref (fan_out);
  return FALSE;
}

/* Answers */

/* Takes @answer. Returns TRUE when this is what the fan-out waited for. */
static gboolean
keep_answer (Member *member, GhBuffer *answer)
{
  GhFanOut *fan_out = member->fan_out;
  gboolean goes_on = FALSE;
  __atomic_fetch_add (&fan_out->origin->octets, (gint64) answer->length, __ATOMIC_RELAXED);
  g_mutex_lock (&fan_out->lock);
  fan_out->under_way--;
  fan_out->answered++;
  if (!fan_out->finished)
    {
      member->answer = g_steal_pointer (&answer);
      goes_on = fan_out->waiting
                && (fan_out->under_way == 0
                    || (fan_out->next < fan_out->n && fan_out->under_way <= GH_FAN_OUT_WINDOW / 2));
      fan_out->waiting &= !goes_on;
    }
  g_mutex_unlock (&fan_out->lock);
  g_clear_pointer (&answer, gh_buffer_unref);
  return goes_on;
}

/* GhReplyFunc of a member's request: on this worker, the writer's thread or a transport's. */
static void
member_answered (const GhResponse *response, gpointer user_data)
{
  Member *member = user_data;
  GhFanOut *fan_out = member->fan_out;
  GhResponse copy = *response;
  copy.from = member->id;
  if (keep_answer (member, gh_response_to_json (&copy)))
    resume (fan_out);
  fan_out_unref (fan_out);
}

static GhBuffer *
aggregate (const GhFanOut *fan_out)
{
  GhJsonWriter json;
  gsize length = 64;
  for (guint i = 0; i < fan_out->n; i++)
    length += fan_out->members[i].answer != NULL ? fan_out->members[i].answer->length + 1 : 0;
  gh_json_writer_init (&json, length);
  gh_json_begin_object (&json);
  gh_json_name (&json, "m2m:agr");
  gh_json_begin_object (&json);
  gh_json_name (&json, "m2m:rsp");
  gh_json_begin_list (&json);
  for (guint i = 0; i < fan_out->n; i++)
    if (fan_out->members[i].answer != NULL)
      gh_json_raw (&json, fan_out->members[i].answer->data, fan_out->members[i].answer->length);
  gh_json_end_list (&json);
  gh_json_end_object (&json);
  gh_json_end_object (&json);
  return gh_json_writer_finish (&json);
}

/* With what is there; what comes later is dropped (7.4.14.2.5). Takes the reference of the run. */
static void
finish (GhFanOut *fan_out)
{
  GhFault fault = { 0 };
  g_mutex_lock (&fan_out->lock);
  const guint answered = fan_out->answered;
  fan_out->finished = TRUE;
  g_mutex_unlock (&fan_out->lock);
  if (gh_pendings_take (fan_out->job->service->pendings, fan_out->pending) != NULL)
    fan_out_unref (fan_out);
  if (answered == 0)
    {
      gh_fault_set (&fault, GH_ERROR_NO_RESPONSES, "To: no member of the group answered in time");
      gh_job_refuse (fan_out->job, &fault);
    }
  else
    {
      g_autoptr (GhBuffer) body = aggregate (fan_out);
      const GhAnswer answer = {
        .status = GH_RSC_OK, .body = body->data, .length = body->length, .buffer = body
      };
      gh_job_reply (fan_out->job, &answer);
    }
  fan_out_unref (fan_out);
}

void
gh_fan_out_cancel (GhJob *job)
{
  finish (job->fan_out);
}

/* Asking */

/* The request of the originator, for one member: everything but To and the identifier of the group
 * request is as it came (7.4.14.2.4). Its texts belong to the fan-out, which outlives it. */
static GhJob *
member_job (GhFanOut *fan_out, Member *member)
{
  const GhJob *all = fan_out->job;
  GhJob *job = g_new0 (GhJob, 1);
  GhRequest *request = gh_request_new (MEMBER_ARENA);
  GhArena *arena = request->arena;
  *request = *all->request;
  request->arena = arena;
  request->to = gh_arena_printf (arena, "%s%s", member->id, fan_out->below);
  request->group_request_id = fan_out->origin->id;
  /* who is asked for a group means all of it */
  if (request->group_targets != NULL && g_strv_contains (request->group_targets, member->id))
    request->group_targets = NULL;
  *job = (GhJob){ .service = all->service,
                  .request = request,
                  .principal = gh_principal_ref (all->principal),
                  .reply = member_answered,
                  .user_data = member,
                  .release = all->release,
                  .originator = all->originator,
                  .originator_text = all->originator_text,
                  .unproven = all->unproven,
                  .reader = all->reader,
                  .above = fan_out,
                  .depth = all->depth + 1,
                  .begun = TRUE };
  return job;
}

static gboolean
may_ask (const GhFanOut *fan_out, const GhRequest *request, GhFault *fault)
{
  const GhServiceOptions *options = &fan_out->job->service->options;
  Origin *origin = fan_out->origin;
  if (request->to == NULL)
    return gh_fault_set (fault, GH_ERROR_TOO_LARGE, "the request does not fit into its memory");
  if ((guint) g_atomic_int_add (&origin->asked, 1) >= options->fan_out_members)
    return gh_fault_set (fault, GH_ERROR_NOT_ACCEPTABLE,
                         "To: %u members are the limit of one request", options->fan_out_members);
  if ((guint64) __atomic_load_n (&origin->octets, __ATOMIC_RELAXED) >= options->fan_out_octets)
    return gh_fault_set (fault, GH_ERROR_NOT_ACCEPTABLE,
                         "To: the aggregated answer is full; name fewer members in grtm");
  return origin->id == NULL
         || gh_group_requests_admit (fan_out->job->service, origin->id, request->to,
                                     origin->expires_us, fault);
}

static void
ask (GhFanOut *fan_out, Member *member)
{
  GhFault fault = { 0 };
  GhJob *job = member_job (fan_out, member);
  if (may_ask (fan_out, job->request, &fault))
    gh_service_run (job);
  else
    {
      gh_job_refuse (job, &fault);
      gh_job_free (job);
    }
}

/* What the next step of a slice is. */
typedef enum { NEXT_MEMBER, NEXT_WAIT, NEXT_FINISH } Next;

static Next
next_step (GhFanOut *fan_out, Member **out_member)
{
  Next next = NEXT_MEMBER;
  g_mutex_lock (&fan_out->lock);
  if (fan_out->late || (fan_out->next == fan_out->n && fan_out->under_way == 0))
    next = NEXT_FINISH;
  else if (fan_out->next == fan_out->n || fan_out->under_way >= GH_FAN_OUT_WINDOW)
    next = NEXT_WAIT;
  else
    {
      *out_member = &fan_out->members[fan_out->next++];
      fan_out->under_way++;
      g_atomic_int_inc (&fan_out->ref_count);
    }
  g_mutex_unlock (&fan_out->lock);
  return next;
}

/* An answer or the deadline may have come since next_step() looked: then it goes on at once. */
static gboolean
begin_waiting (GhFanOut *fan_out)
{
  g_mutex_lock (&fan_out->lock);
  const gboolean waits = !fan_out->late
                         && (fan_out->under_way >= GH_FAN_OUT_WINDOW
                             || (fan_out->next == fan_out->n && fan_out->under_way > 0));
  fan_out->waiting = waits;
  g_mutex_unlock (&fan_out->lock);
  return waits;
}

void
gh_fan_out_slice (GhJob *job)
{
  GhFanOut *fan_out = job->fan_out;
  const gint64 end_us = g_get_monotonic_time () + SLICE_US;
  Member *member = NULL;
  for (;;)
    {
      switch (next_step (fan_out, &member))
        {
        case NEXT_FINISH:
          finish (fan_out);
          return;
        case NEXT_WAIT:
          if (begin_waiting (fan_out))
            return;
          break;
        case NEXT_MEMBER:
        default:
          ask (fan_out, member);
          break;
        }
      if (g_get_monotonic_time () < end_us)
        continue;
      if (!gh_workers_push_again (job->service->workers, job))
        gh_fan_out_cancel (job);
      return;
    }
}

/* Beginning */

/* The "/fopt" of @to that ends the address of a group in the view; NULL: there is none. */
static const char *
find_point (const GhJob *job, const GhView *view, const char *to, GhNode *out_group)
{
  char head[512];
  for (const char *at = strstr (to, "/fopt"); at != NULL; at = strstr (at + 1, "/fopt"))
    {
      const gsize length = (gsize) (at - to);
      if ((at[5] != '\0' && at[5] != '/' && at[5] != '#') || length >= sizeof head)
        continue;
      memcpy (head, to, length);
      head[length] = '\0';
      if (gh_find_local (job->service, view, head, out_group)
          && out_group->slot->type->number == GH_TYPE_GROUP)
        return at;
    }
  return NULL;
}

static guint
operation_bit (const GhRequest *request)
{
  switch (request->operation)
    {
    case GH_OPERATION_CREATE:
      return GH_ACOP_CREATE;
    case GH_OPERATION_UPDATE:
      return GH_ACOP_UPDATE;
    case GH_OPERATION_DELETE:
      return GH_ACOP_DELETE;
    case GH_OPERATION_NOTIFY:
      return GH_ACOP_NOTIFY;
    case GH_OPERATION_NONE:
    case GH_OPERATION_RETRIEVE:
    default:
      return request->filter.filter_usage == 1 ? GH_ACOP_DISCOVERY : GH_ACOP_RETRIEVE;
    }
}

/* What the group itself says about the request, before any member is asked (10.2.7.6 to .11). */
static gboolean
check_group (GhJob *job, const GhView *view, const GhNode *group, const char *below, GhFault *fault)
{
  const GhRequest *request = job->request;
  const GhAccessQuestion question = { .node = group,
                                      .operation = operation_bit (request),
                                      .created_type = request->resource_type,
                                      .members = TRUE };
  GhRequestFacts facts;
  if (gh_job_get_owner (job) == NULL)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "From: no AE registers through a group");
  gh_job_facts (job, &facts);
  if (!gh_authorize (job->service, view, &facts, &question, fault))
    return FALSE;
  if (group->resource->identity.expiration_us <= request->received_us)
    return gh_fault_set (fault, GH_ERROR_NOT_FOUND, "To: %s has expired", group->slot->name);
  const GhValue *members = gh_resource_get (group->resource, "mid");
  if (members == NULL || members->length == 0)
    return gh_fault_set (fault, GH_ERROR_NO_MEMBERS, "To: %s has no members", group->slot->name);
  const GhType *type = gh_type_by_number (request->resource_type);
  const GhType *parent = gh_type_by_number (
    (gint) gh_resource_get_integer (group->resource, "mt", 0));
  if (request->operation == GH_OPERATION_CREATE && *below == '\0' && type != NULL && parent != NULL
      && !gh_type_may_hold (parent, type->number))
    return gh_fault_set (fault, GH_ERROR_CHILD_TYPE, "ty: the members of %s, each a %s, hold no %s",
                         group->slot->name, parent->long_name, type->long_name);
  return TRUE;
}

static gboolean
names_group (const char *member)
{
  return g_str_has_suffix (member, "/fopt");
}

/* Whether @target is a member of the group or of one below it; @left bounds the search. */
static gboolean
is_member (const GhJob *job, const GhView *view, const GhValue *members, const char *target,
           guint *left)
{
  for (guint i = 0; members != NULL && i < members->length && *left > 0; i++)
    {
      const char *member = members->items[i].text;
      GhNode group;
      --*left;
      if (strcmp (member, target) == 0)
        return TRUE;
      if (names_group (member) && find_point (job, view, member, &group) != NULL
          && is_member (job, view, gh_resource_get (group.resource, "mid"), target, left))
        return TRUE;
    }
  return FALSE;
}

/* Whether the request is for @member: Group Request Target Members may name a few, of this group or
 * of groups within it. */
static gboolean
is_wanted (const GhJob *job, const GhView *view, const char *member)
{
  const char *const *targets = job->request->group_targets;
  GhNode group;
  if (targets == NULL || g_strv_contains (targets, member))
    return TRUE;
  if (!names_group (member) || find_point (job, view, member, &group) == NULL)
    return FALSE;
  for (; *targets != NULL; targets++)
    {
      guint left = job->service->options.fan_out_members;
      if (is_member (job, view, gh_resource_get (group.resource, "mid"), *targets, &left))
        return TRUE;
    }
  return FALSE;
}

static gboolean
check_targets (const GhJob *job, const GhView *view, const GhNode *group, GhFault *fault)
{
  const char *const *targets = job->request->group_targets;
  const GhValue *members = gh_resource_get (group->resource, "mid");
  for (; targets != NULL && job->above == NULL && *targets != NULL; targets++)
    {
      guint left = job->service->options.fan_out_members;
      if (!is_member (job, view, members, *targets, &left))
        return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "grtm: %.80s is not a member of %s",
                             *targets, group->slot->name);
    }
  return TRUE;
}

/* Returns whether a member is a fan-out point itself, or what follows makes one of it. */
static gboolean
copy_members (GhFanOut *fan_out, const GhView *view, const GhNode *group)
{
  const GhValue *members = gh_resource_get (group->resource, "mid");
  gboolean groups = strstr (fan_out->below, "/fopt") != NULL;
  fan_out->members = g_new0 (Member, members->length);
  for (guint i = 0; i < members->length; i++)
    {
      const char *text = members->items[i].text;
      if (!is_wanted (fan_out->job, view, text))
        continue;
      fan_out->members[fan_out->n].id = g_strdup (text);
      fan_out->members[fan_out->n++].fan_out = fan_out;
      groups |= names_group (text);
    }
  return groups;
}

/* A group within a group answers a little earlier, so that what it has is not lost. */
static gint64
deadline_of (const GhJob *job)
{
  const GhRequest *request = job->request;
  const gint64 now_us = gh_clock_wall_us (job->service->clock);
  if (job->above != NULL)
    return job->above->deadline_us - MAX (job->above->deadline_us - now_us, 0) / 8;
  const gint64 limit_us = now_us + (gint64) job->service->options.fan_out_timeout_ms * 1000;
  return MIN (limit_us,
              MIN (gh_absrel_timestamp_moment (request->request_expiration, now_us),
                   gh_absrel_timestamp_moment (request->result_expiration, now_us)));
}

static Origin *
take_origin (const GhJob *job)
{
  Origin *origin;
  if (job->above != NULL)
    {
      origin = job->above->origin;
      g_atomic_int_inc (&origin->ref_count);
      return origin;
    }
  origin = g_new0 (Origin, 1);
  origin->ref_count = 1;
  origin->service = job->service;
  origin->id = g_strdup (job->request->group_request_id);
  return origin;
}

/* Groups within this one need to know where the request has been, this one first. */
static gboolean
make_id (GhFanOut *fan_out, GhFault *fault)
{
  Origin *origin = fan_out->origin;
  guint64 random[2];
  gh_random_bytes (random, sizeof random);
  origin->id = g_strdup_printf ("%s-%016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER "x",
                                fan_out->job->service->home.cse_id, random[0], random[1]);
  origin->own_id = TRUE;
  return gh_group_requests_admit (fan_out->job->service, origin->id, fan_out->job->request->to,
                                  origin->expires_us, fault);
}

static gboolean
read_content (GhRequest *request, GhFault *fault)
{
  const gboolean wanted = request->operation == GH_OPERATION_CREATE
                          || request->operation == GH_OPERATION_UPDATE;
  GhValue *content;
  if (!wanted || request->content != NULL || request->body_length == 0)
    return TRUE;
  content = gh_arena_new_array (request->arena, GhValue, 1);
  if (content == NULL)
    return gh_fault_set (fault, GH_ERROR_TOO_LARGE, "the request does not fit into its memory");
  request->content = content;
  return gh_json_parse (request->body, request->body_length, request->arena, content, fault);
}

static GhFanOut *
fan_out_new (GhJob *job, const char *below)
{
  GhFanOut *fan_out = g_new0 (GhFanOut, 1);
  fan_out->ref_count = 1;
  fan_out->job = job;
  fan_out->below = g_strdup (below);
  fan_out->deadline_us = deadline_of (job);
  fan_out->origin = take_origin (job);
  if (job->above != NULL)
    g_atomic_int_inc (&job->above->ref_count);
  else
    fan_out->origin->expires_us = fan_out->deadline_us;
  fan_out->above = job->above;
  g_mutex_init (&fan_out->lock);
  job->fan_out = fan_out;
  return fan_out;
}

static gboolean
begin (GhFanOut *fan_out, const char *group, gboolean groups, GhFault *fault)
{
  GhJob *job = fan_out->job;
  if (job->depth >= GH_FAN_OUT_MAX_DEPTH)
    return gh_fault_set (fault, GH_ERROR_NOT_ACCEPTABLE,
                         "To: groups within groups go %d levels deep", GH_FAN_OUT_MAX_DEPTH);
  if (!read_content (job->request, fault)
      || (job->above == NULL && fan_out->origin->id == NULL
          && !gh_group_notify_prepare (job->service, job->request, group, fault)))
    return FALSE;
  if (groups && fan_out->origin->id == NULL && !make_id (fan_out, fault))
    return FALSE;
  if (watch_deadline (fan_out) && gh_workers_push (job->service->workers, job))
    return TRUE;
  if (gh_pendings_take (job->service->pendings, fan_out->pending) != NULL)
    fan_out_unref (fan_out);
  gh_service_count (job->service, GH_COUNT_SHED);
  return gh_fault_set (fault, GH_ERROR_OVERLOADED, "too many requests are waiting; try again");
}

gboolean
gh_fan_out_begin (GhJob *job)
{
  GhFault fault = { 0 };
  GhFanOut *fan_out = NULL;
  gboolean groups = FALSE;
  g_autofree char *id = NULL;
  GhNode group;
  GhView view = gh_view_begin (job->service->tree);
  const char *point = find_point (job, &view, job->request->to, &group);
  if (point != NULL && check_group (job, &view, &group, point + strlen ("/fopt"), &fault)
      && check_targets (job, &view, &group, &fault))
    {
      fan_out = fan_out_new (job, point + strlen ("/fopt"));
      groups = copy_members (fan_out, &view, &group);
      id = g_strdup (group.slot->id);
    }
  gh_view_end (&view);
  if (point == NULL)
    return FALSE;
  if (fan_out != NULL && begin (fan_out, id, groups, &fault))
    return TRUE;
  gh_job_refuse (job, &fault);
  if (fan_out != NULL)
    fan_out_unref (fan_out);
  else
    gh_job_free (job);
  return TRUE;
}
