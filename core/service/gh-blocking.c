/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-blocking.h"

#include "base/gh-hash.h"
#include "base/gh-log.h"
#include "service/gh-notifier.h"

struct _GhBlocking {
  GMutex lock;
  GHashTable *resources; /* char* -> GQueue of GhIntent: those that wait for the blocked one */
  gint found;            /* atomic */
};

/* The update that is blocked. */
typedef struct {
  GhService *service;
  GhIntent *intent;
  char *id, *target;
} Blocked;

/* Where to ask, copied out of the view. */
typedef struct {
  char *target;
  GhBuffer *body;
} Question;

static void
waiting_free (gpointer data)
{
  g_queue_free_full (data, (GDestroyNotify) gh_intent_free);
}

GhBlocking *
gh_blocking_new (void)
{
  GhBlocking *blocking = g_new0 (GhBlocking, 1);
  g_mutex_init (&blocking->lock);
  blocking->resources = g_hash_table_new_full (gh_text_hash, g_str_equal, g_free, waiting_free);
  return blocking;
}

void
gh_blocking_free (GhBlocking *blocking)
{
  g_hash_table_unref (blocking->resources);
  g_mutex_clear (&blocking->lock);
  g_free (blocking);
}

void
gh_blocking_found (GhBlocking *blocking)
{
  g_atomic_int_set (&blocking->found, 1);
}

/* (nullable) */
static const GhSubscriptionResource *
find (const GhNode *node)
{
  const GhMembers *members = node->subscriptions;
  for (guint i = 0; members != NULL && i < members->n; i++)
    {
      const GhSubscriptionResource *resource =
        (const GhSubscriptionResource *) members->items[i].compiled;
      if (resource != NULL && gh_subscription_is_blocking (resource->subscription))
        return resource;
    }
  return NULL;
}

gboolean
gh_blocking_has (const GhNode *node)
{
  return find (node) != NULL;
}

gboolean
gh_blocking_check (GhJob *job, const GhView *view, const GhNode *node,
                   const GhSubscription *subscription, GhFault *fault)
{
  guint n;
  GhNode ae;
  GhRequestFacts facts;
  const char *target = gh_subscription_get_targets (subscription, &n)->address;
  const GhAccessQuestion question = { .node = node, .operation = GH_ACOP_UPDATE };
  GhFault reason = { 0 };
  gh_job_facts (job, &facts);
  if (gh_find_local (job->service, view, target, &ae) && ae.slot->type->number == GH_TYPE_AE)
    target = ae.slot->id;
  if (gh_originator_parse (target, &job->service->home, job->request->arena, &facts.originator,
                           &reason)
      && gh_authorize (job->service, view, &facts, &question, &reason))
    return TRUE;
  return gh_fault_set (fault, GH_ERROR_NO_PRIVILEGE,
                       "nu: %s may not update what it is to be asked about", target);
}

/* FALSE: nobody is to be asked about the update. */
static gboolean
ask (const GhService *service, const GhIntent *intent, Question *out)
{
  guint n;
  GhNode node;
  const GhSubscriptionResource *resource = NULL;
  GhView view = gh_view_begin (service->tree);
  if (gh_view_find (&view, intent->target.id, &node))
    resource = find (&node);
  if (resource != NULL && !gh_subscription_concerns (resource->subscription, &intent->draft))
    resource = NULL;
  if (resource != NULL)
    {
      g_autofree char *reference = g_strdup_printf ("/%s/%s", service->home.cse_id, resource->id);
      out->target = g_strdup (gh_subscription_get_targets (resource->subscription, &n)->address);
      out->body = gh_notification_render_blocking (resource->subscription, intent->request->content,
                                                   reference);
    }
  gh_view_end (&view);
  return resource != NULL;
}

static void send_question (GhService *service, GhIntent *intent, Question *question);

/* The next of those that wait, %NULL when there is none: then nobody waits for this resource any
 * more. As long as one is on its way to the writer, newcomers stay behind it. */
static GhIntent *
next_waiting (GhBlocking *blocking, const char *id)
{
  g_mutex_lock (&blocking->lock);
  GhIntent *intent = g_queue_pop_head (g_hash_table_lookup (blocking->resources, id));
  if (intent == NULL)
    g_hash_table_remove (blocking->resources, id);
  g_mutex_unlock (&blocking->lock);
  return intent;
}

/* Those that waited go on in their order; the first that is blocked itself lets the rest wait. */
static void
go_on (Blocked *blocked)
{
  GhService *service = blocked->service;
  Question question = { 0 };
  GhIntent *intent;
  while ((intent = next_waiting (service->blocking, blocked->id)) != NULL)
    {
      if (intent->request->operation == GH_OPERATION_UPDATE && ask (service, intent, &question))
        {
          send_question (service, intent, &question);
          break;
        }
      gh_service_submit (service, intent);
    }
  g_free (blocked->target);
  g_free (blocked->id);
  g_free (blocked);
}

static void
refuse (Blocked *blocked, GhError error, const char *reason)
{
  gh_log (GH_LOG_NOTICE, "notifier",
          "an update is refused, because its blocking subscription was not"
          " satisfied",
          "target", blocked->target, "reason", reason, NULL);
  gh_fault_set (&blocked->intent->outcome.fault, error,
                "the target of the blocking subscription: %s", reason);
  gh_service_answer (blocked->service, blocked->intent);
}

/* TS-0004 7.3.2.9 */
static void
answered (const GhDeliveryResult *result, gpointer user_data)
{
  Blocked *blocked = user_data;
  const char *reason = result->reason != NULL ? result->reason : "no answer";
  const gboolean done = result->status == GH_DELIVERY_DONE;
  char status[32];
  g_snprintf (status, sizeof status, "it answered %u", result->rsc);
  if (done && result->rsc >= 2000 && result->rsc < 3000)
    gh_service_submit (blocked->service, blocked->intent);
  else if (done && result->rsc != GH_RSC_TARGET_NOT_REACHABLE)
    refuse (blocked, GH_ERROR_REMOTE_DENIED,
            result->rsc != 0 ? status : "its answer has no response status code");
  else
    refuse (blocked, GH_ERROR_REMOTE_UNREACHABLE, done ? status : reason);
  go_on (blocked);
}

/* From now on @intent is the one that is blocked. Takes what is in @question. */
static void
send_question (GhService *service, GhIntent *intent, Question *question)
{
  Blocked *blocked = g_new0 (Blocked, 1);
  GhFault fault = { 0 };
  g_autoptr (GhBuffer) body = g_steal_pointer (&question->body);
  g_autofree char *from = g_strdup_printf ("/%s", service->home.cse_id);
  char identifier[GH_DIRECT_IDENTIFIER_SIZE];
  blocked->service = service;
  blocked->intent = intent;
  blocked->id = g_strdup (intent->target.id);
  blocked->target = g_steal_pointer (&question->target);
  gh_direct_identify ("blk", identifier);
  const GhDirect direct = { .target = blocked->target,
                            .from = from,
                            .request_identifier = identifier,
                            .body = body,
                            .timeout_ms = service->options.verification_timeout_ms };
  if (gh_notifier_send (service->notifier, &direct, answered, blocked, &fault))
    return;
  refuse (blocked, GH_ERROR_REMOTE_UNREACHABLE, fault.text);
  go_on (blocked);
}

/* Behind the one that is blocked. */
static gboolean
wait_behind (GhService *service, GQueue *waiting, GhIntent *intent)
{
  if (g_queue_get_length (waiting) < GH_BLOCKING_MAX_WAITING)
    {
      g_queue_push_tail (waiting, intent);
      return TRUE;
    }
  gh_service_count (service, GH_COUNT_SHED);
  return gh_fault_set (&intent->outcome.fault, GH_ERROR_OVERLOADED,
                       "too many requests wait for a blocked update of the same resource");
}

gboolean
gh_blocking_take (GhService *service, GhIntent *intent)
{
  GhBlocking *blocking = service->blocking;
  Question question = { 0 };
  const GhOperation operation = intent->request->operation;
  if (!g_atomic_int_get (&blocking->found) || operation == GH_OPERATION_CREATE
      || intent->target.which != GH_WHICH_RESOURCE)
    return FALSE;
  const gboolean asked = operation == GH_OPERATION_UPDATE && ask (service, intent, &question);
  g_mutex_lock (&blocking->lock);
  GQueue *waiting = g_hash_table_lookup (blocking->resources, intent->target.id);
  const gboolean behind = waiting != NULL;
  const gboolean refused = behind && !wait_behind (service, waiting, intent);
  if (!behind && asked)
    g_hash_table_insert (blocking->resources, g_strdup (intent->target.id), g_queue_new ());
  g_mutex_unlock (&blocking->lock);
  if (refused)
    gh_service_answer (service, intent);
  else if (!behind && asked)
    send_question (service, intent, &question);
  g_free (question.target);
  g_clear_pointer (&question.body, gh_buffer_unref);
  return behind || asked;
}
