/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-registrar-call.h"

#include "primitive/gh-json-reader.h"
#include "service/gh-notifier.h"

#define REQUEST_ARENA 65536
#define ANSWER_ARENA  (1024 * 1024)

void
gh_registrar_line_init (GhRegistrarLine *line, GhService *service, const char *const *urls)
{
  line->service = service;
  line->urls = g_ptr_array_new_with_free_func (g_free);
  for (const char *const *url = urls; url != NULL && *url != NULL; url++)
    g_ptr_array_add (line->urls, g_strdup (*url));
  line->own_id = g_strconcat ("/", service->options.cse_id, NULL);
  g_mutex_init (&line->lock);
  g_cond_init (&line->cond);
}

void
gh_registrar_line_clear (GhRegistrarLine *line)
{
  g_ptr_array_unref (line->urls);
  g_free (line->own_id);
  g_mutex_clear (&line->lock);
  g_cond_clear (&line->cond);
}

void
gh_registrar_call_free (GhRegistrarCall *call)
{
  g_clear_pointer (&call->request, gh_request_free);
  g_clear_pointer (&call->body, gh_buffer_unref);
  g_clear_pointer (&call->peer, gh_principal_unref);
  g_free (call->reason);
  g_free (call->location);
  g_free (call);
}

GhRequest *
gh_registrar_request_new (const GhRegistrarLine *line, const char *prefix, GhOperation operation,
                          const char *to)
{
  GhRequest *request = gh_request_new (REQUEST_ARENA);
  char identifier[GH_DIRECT_IDENTIFIER_SIZE];
  gh_direct_identify (prefix, identifier);
  request->operation = operation;
  request->to = gh_arena_strdup (request->arena, to);
  request->from = line->own_id;
  request->request_identifier = gh_arena_strdup (request->arena, identifier);
  request->release_version = "3";
  return request;
}

void
gh_registrar_send (const GhRegistrarLine *line, const GhRequest *request, GhBuffer *body,
                   guint timeout_ms, GhDeliveryFunc done, gpointer user_data)
{
  const GhWay way = { .name = line->service->options.registrar, .urls = line->urls };
  const GhDelivery delivery = { .operation = request->operation,
                                .to = request->to,
                                .from = request->from,
                                .request_identifier = request->request_identifier,
                                .release_version = request->release_version,
                                .body = body,
                                .timeout_ms = timeout_ms,
                                .forwarded = request };
  gh_way_send (line->service, &way, &delivery, done, user_data);
}

/* GhDeliveryFunc */
static void
answered (const GhDeliveryResult *result, gpointer user_data)
{
  GhRegistrarCall *call = user_data;
  GhRegistrarLine *line = call->line;
  g_mutex_lock (&line->lock);
  const gboolean abandoned = call->abandoned;
  if (!abandoned)
    {
      call->status = result->status;
      call->rsc = result->rsc;
      call->reason = g_strdup (result->reason);
      call->body = result->body != NULL ? gh_buffer_new (result->body, result->body_length) : NULL;
      call->peer = result->peer != NULL ? gh_principal_ref ((GhPrincipal *) result->peer) : NULL;
      if (result->response != NULL)
        call->location = g_strdup (result->response->content_location);
      call->over = TRUE;
      g_cond_broadcast (&line->cond);
    }
  g_mutex_unlock (&line->lock);
  if (abandoned)
    gh_registrar_call_free (call);
}

GhRegistrarCall *
gh_registrar_ask (GhRegistrarLine *line, GhRequest *request, GhBuffer *body, guint timeout_ms,
                  GhRegistrarWaitFunc waits, gconstpointer data)
{
  GhRegistrarCall *call = g_new0 (GhRegistrarCall, 1);
  call->line = line;
  call->request = request;
  gh_registrar_send (line, request, body, timeout_ms, answered, call);
  g_mutex_lock (&line->lock);
  while (!call->over && waits (data))
    g_cond_wait (&line->cond, &line->lock);
  const gboolean over = call->over;
  /* the answer of one that is abandoned frees it, as soon as the lock is free */
  call->abandoned = !over;
  g_mutex_unlock (&line->lock);
  return over ? call : NULL;
}

char *
gh_registrar_call_address (const GhRegistrarCall *call, const char *member)
{
  const char *cse_id = call->line->service->options.registrar;
  GhValue root;
  const char *id = NULL;
  g_autoptr (GhArena) arena = gh_arena_new (ANSWER_ARENA);
  if (call->location != NULL)
    return call->location[0] == '/' ? g_strdup (call->location)
                                    : g_strconcat (cse_id, "/", call->location, NULL);
  if (call->body != NULL
      && gh_json_parse (call->body->data, call->body->length, arena, &root, NULL))
    id = gh_value_text (gh_value_member (gh_value_member (&root, member), "ri"));
  return id != NULL ? g_strconcat (cse_id, "/", id, NULL) : NULL;
}
