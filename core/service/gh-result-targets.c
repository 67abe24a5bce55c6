/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-result-targets.h"

#include <string.h>

/* Of "scheme://authority", which is what stands before a path, query or fragment. */
static gsize
server_length (const char *url)
{
  const char *authority = strstr (url, "://");
  return authority != NULL ? (gsize) (authority + 3 - url) + strcspn (authority + 3, "/?#") : 0;
}

/* What is written otherwise, with the port that goes without saying or an escape, is another one:
 * to know better is left to who connects. */
static gboolean
is_same_server (const char *url, const char *other)
{
  const gsize length = server_length (url);
  return length > 0 && length == server_length (other)
         && g_ascii_strncasecmp (url, other, length) == 0;
}

static gboolean
is_listed (const GhService *service, const char *url)
{
  for (char **listed = service->options.result_urls; listed != NULL && *listed != NULL; listed++)
    if (strcmp (*listed, "*") == 0 || is_same_server (*listed, url))
      return TRUE;
  return FALSE;
}

/* Else whoever may ask for anything here could have the CSE call any host and port that it can
 * reach, those of its own machine too. */
static gboolean
may_call (const GhJob *job, const GhView *view, const char *url)
{
  GhNode node;
  if (is_listed (job->service, url))
    return TRUE;
  if (!gh_find_local (job->service, view, job->originator_text, &node)
      || node.slot->type->number != GH_TYPE_AE)
    return FALSE;
  const GhValue *poa = gh_resource_get (node.resource, "poa");
  for (guint32 i = 0; poa != NULL && i < poa->length; i++)
    if (is_same_server (poa->items[i].text, url))
      return TRUE;
  return FALSE;
}

static gboolean
may_notify (const GhJob *job, const GhView *view, const char *target)
{
  GhNode node;
  GhRequestFacts facts;
  const GhService *service = job->service;
  const GhAccessQuestion question = { .node = &node, .operation = GH_ACOP_NOTIFY };
  if (gh_strip_home (service, target) == NULL
      || gh_originator_is (&job->originator, target, &service->home))
    return TRUE;
  gh_job_facts (job, &facts);
  return gh_find_local (service, view, target, &node)
         && (gh_originator_is (&job->originator, node.slot->id, &service->home)
             || gh_authorize_quietly (service, view, &facts, &question));
}

static gboolean
check_target (const GhJob *job, const GhView *view, const char *target, GhFault *fault)
{
  const gboolean is_url = strstr (target, "://") != NULL;
  if (is_url ? may_call (job, view, target) : may_notify (job, view, target))
    return TRUE;
  gh_service_count (job->service, GH_COUNT_DENIED);
  return gh_fault_set (fault, GH_ERROR_NO_PRIVILEGE,
                       is_url ? "RTU: \"%s\" is neither a point of access of the originator nor in "
                                "[request] result-urls"
                              : "RTU: \"%s\" is not here, or may not be told",
                       target);
}

gboolean
gh_result_targets_check (const GhJob *job, GhFault *fault)
{
  const GhRequest *request = job->request;
  gboolean may = TRUE;
  if (request->notification_uris == NULL)
    return TRUE;
  if (request->response_type != GH_RT_NON_BLOCKING_ASYNCH && request->response_type != GH_RT_FLEX)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "RTU: only rt 2 and 4 have notification targets (TS-0004 6.3.5.30)");
  if (g_strv_length ((char **) request->notification_uris) > GH_REQUEST_MAX_TARGETS)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "RTU: more than %d notification targets",
                         GH_REQUEST_MAX_TARGETS);
  if (job->originator_text == NULL)
    return TRUE; /* a registration, which is refused: nobody could read its <request> */
  GhView view = gh_view_begin (job->service->tree);
  for (gsize i = 0; may && request->notification_uris[i] != NULL; i++)
    may = check_target (job, &view, request->notification_uris[i], fault);
  gh_view_end (&view);
  return may;
}
