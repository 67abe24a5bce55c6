/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-cse-request.h"

#include <string.h>

#include "gh-cse-private.h"

/* Requests of the program that the CSE is in, of itself or of somebody whom it has admitted. */

/* What the embedding program registers, it may speak for afterwards. */
static void
remember_identity (GhCse *cse, const char *location)
{
  const char *identity = location != NULL ? strrchr (location, '/') : NULL;
  if (identity == NULL || (identity[1] != 'C' && identity[1] != 'S'))
    return;
  g_mutex_lock (&cse->lock);
  if (!gh_principal_may_use_at (cse->local, identity + 1, &cse->service->home))
    {
      GhPrincipal *old = cse->local;
      cse->local = gh_principal_with_identity (old, identity + 1);
      gh_principal_unref (old);
    }
  g_mutex_unlock (&cse->lock);
}

void
gh_cse_call_creator (GhCse *cse, GSourceFunc func, gpointer data, GDestroyNotify destroy)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, func, data, destroy);
  g_source_attach (source, cse->context);
}

/* What a task is about. */
typedef struct {
  GhPrincipal *principal; /* NULL: the program itself */
  char *from;
  gboolean as_text; /* answered with a primitive, not a GhCseAnswer */
} Sender;

static void
sender_free (gpointer data)
{
  Sender *sender = data;
  g_clear_pointer (&sender->principal, gh_principal_unref);
  g_free (sender->from);
  g_free (sender);
}

void
gh_cse_answer_free (GhCseAnswer *answer)
{
  g_free (answer->location);
  g_free (answer->content);
  g_free (answer);
}

/* An answer on its way to the creator's context: one of the two. */
typedef struct {
  GTask *task;
  char *json;
  GhCseAnswer *answer;
} LocalReply;

static void
local_reply_free (gpointer data)
{
  LocalReply *reply = data;
  g_object_unref (reply->task);
  g_free (reply->json);
  g_clear_pointer (&reply->answer, gh_cse_answer_free);
  g_free (reply);
}

static gboolean
carry_local_reply (gpointer data)
{
  LocalReply *reply = data;
  if (reply->answer != NULL)
    g_task_return_pointer (reply->task, g_steal_pointer (&reply->answer),
                           (GDestroyNotify) gh_cse_answer_free);
  else
    g_task_return_pointer (reply->task, g_steal_pointer (&reply->json), g_free);
  return G_SOURCE_REMOVE;
}

static GhCseAnswer *
answer_new (const GhResponse *response)
{
  GhCseAnswer *answer = g_new0 (GhCseAnswer, 1);
  answer->status = response->status;
  answer->location = g_strdup (response->content_location);
  answer->content = response->body != NULL ? g_strndup (response->body, response->body_length)
                                           : NULL;
  answer->partial = response->content_status == 1;
  return answer;
}

/*
 * Comes on a thread of the CSE, which must not be the one that drops the last reference to it: the
 * finalizer joins that thread. So the task leaves with the answer.
 */
static void
request_replied (const GhResponse *response, gpointer user_data)
{
  GTask *task = user_data;
  const Sender *sender = g_task_get_task_data (task);
  GhCse *cse = g_task_get_source_object (task);
  LocalReply *reply = g_new0 (LocalReply, 1);
  if (response->status == GH_RSC_CREATED && sender->principal == NULL)
    remember_identity (cse, response->content_location);
  reply->task = task;
  if (sender->as_text)
    {
      g_autoptr (GhBuffer) json = gh_response_to_json (response);
      reply->json = g_strndup (json->data, json->length);
    }
  else
    reply->answer = answer_new (response);
  gh_cse_call_creator (cse, carry_local_reply, reply, local_reply_free);
}

static void
reply_fault (GTask *task, const GhFault *fault)
{
  g_autoptr (GhBuffer) body = gh_reason_to_json (fault->text);
  const GhResponse response = { .status = gh_error_status (fault->code),
                                .body = body->data,
                                .body_length = body->length };
  request_replied (&response, task);
}

static GhPrincipal *
principal_of (GhCse *cse, const Sender *sender)
{
  if (sender->principal != NULL)
    return gh_principal_ref (sender->principal);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&cse->lock);
  return gh_principal_ref (cse->local);
}

/* Who sends for one of several identities is held to that one. */
static gboolean
check_from (GhRequest *request, const Sender *sender, GhFault *fault)
{
  if (sender->from == NULL)
    return TRUE;
  if (request->from != NULL && strcmp (request->from, sender->from) != 0)
    return gh_fault_set (fault, GH_ERROR_NOT_AUTHENTICATED,
                         "From: not the identity that the request was sent as");
  request->from = gh_arena_strdup (request->arena, sender->from);
  return request->from != NULL
         || gh_fault_set (fault, GH_ERROR_TOO_LARGE, "the request does not fit into its memory");
}

static void
dispatch_local (GhCse *cse, const char *primitive, GTask *task)
{
  GhFault fault = { 0 };
  const Sender *sender = g_task_get_task_data (task);
  g_autoptr (GhRequest) request = gh_request_from_json (primitive, strlen (primitive), &fault);
  g_autoptr (GhPrincipal) principal = principal_of (cse, sender);
  if (request == NULL || !check_from (request, sender, &fault))
    reply_fault (task, &fault);
  else
    gh_dispatch (cse->service, g_steal_pointer (&request), principal, request_replied, task);
}

/* A request on its way from another thread to the creator's context. */
typedef struct {
  GhCse *cse;
  Sender *sender;
  char *primitive;
  GCancellable *cancellable;
  GAsyncReadyCallback callback;
  gpointer user_data;
} LocalRequest;

static void
local_request_free (gpointer data)
{
  LocalRequest *local = data;
  g_object_unref (local->cse);
  g_clear_pointer (&local->sender, sender_free);
  g_free (local->primitive);
  g_clear_object (&local->cancellable);
  g_free (local);
}

static gboolean
carry_local_request (gpointer data)
{
  LocalRequest *local = data;
  g_main_context_push_thread_default (local->cse->context);
  GTask *task = g_task_new (local->cse, local->cancellable, local->callback, local->user_data);
  g_main_context_pop_thread_default (local->cse->context);
  g_task_set_task_data (task, g_steal_pointer (&local->sender), sender_free);
  g_rw_lock_reader_lock (&local->cse->door);
  const gint state = g_atomic_int_get (&local->cse->state);
  if (state == GH_CSE_RUNNING)
    dispatch_local (local->cse, local->primitive, task);
  g_rw_lock_reader_unlock (&local->cse->door);
  if (state == GH_CSE_RUNNING)
    return G_SOURCE_REMOVE;
  g_task_return_new_error (task, GH_ERROR, GH_ERROR_CANCELLED, "the CSE is not running");
  g_object_unref (task);
  return G_SOURCE_REMOVE;
}

/*
 * A task answers in the context that is its maker's thread-default one, and that of the creator
 * cannot be borrowed while the creator runs it: so a request from another thread goes there first.
 */
static void
send (GhCse *cse, Sender *sender, const char *primitive, GCancellable *cancellable,
      GAsyncReadyCallback callback, gpointer user_data)
{
  LocalRequest *local = g_new0 (LocalRequest, 1);
  local->cse = g_object_ref (cse);
  local->sender = sender;
  local->primitive = g_strdup (primitive);
  local->cancellable = cancellable != NULL ? g_object_ref (cancellable) : NULL;
  local->callback = callback;
  local->user_data = user_data;
  if (!g_main_context_is_owner (cse->context))
    {
      gh_cse_call_creator (cse, carry_local_request, local, local_request_free);
      return;
    }
  carry_local_request (local);
  local_request_free (local);
}

void
gh_cse_request_async (GhCse *cse, const char *primitive, GCancellable *cancellable,
                      GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (GH_IS_CSE (cse) && primitive != NULL);
  Sender *sender = g_new0 (Sender, 1);
  sender->as_text = TRUE;
  send (cse, sender, primitive, cancellable, callback, user_data);
}

char *
gh_cse_request_finish (GhCse *cse, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, cse), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
gh_cse_send_async (GhCse *cse, const GhCseSender *from, const char *primitive,
                   GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (GH_IS_CSE (cse) && primitive != NULL);
  Sender *sender = g_new0 (Sender, 1);
  sender->principal = from != NULL && from->principal != NULL ? gh_principal_ref (from->principal)
                                                              : NULL;
  sender->from = from != NULL ? g_strdup (from->from) : NULL;
  sender->as_text = from != NULL && from->as_text;
  send (cse, sender, primitive, NULL, callback, user_data);
}

GhCseAnswer *
gh_cse_send_finish (GhCse *cse, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, cse), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
