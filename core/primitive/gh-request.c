/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "primitive/gh-primitive.h"

#include "base/gh-clock.h"

#include <string.h>

/* The request lives in its own arena; what that takes does not count against the caller's limit. */
#define OVERHEAD (sizeof (GhRequest) + 64)

GhRequest *
gh_request_new (gsize arena_limit)
{
  GhArena *arena = gh_arena_new (arena_limit > G_MAXSIZE - OVERHEAD ? G_MAXSIZE
                                                                    : arena_limit + OVERHEAD);
  GhRequest *request = gh_arena_alloc (arena, sizeof *request);

  /* There is room by the sum above; without it no error could be reported either. */
  g_assert (request != NULL);
  request->arena = arena;
  request->result_content = GH_RCN_ABSENT;
  request->delivery_aggregation = -1;
  request->hops = -1;
  request->filter.state_tag_smaller = -1;
  request->filter.state_tag_bigger = -1;
  request->filter.size_above = -1;
  request->filter.size_below = -1;
  request->filter.limit = -1;
  return request;
}

void
gh_request_free (GhRequest *request)
{
  if (request != NULL)
    gh_arena_free (request->arena);
}

const char *
gh_operation_name (GhOperation operation)
{
  static const char *const names[] = { "NONE", "CREATE", "RETRIEVE", "UPDATE", "DELETE", "NOTIFY" };

  return (guint) operation < G_N_ELEMENTS (names) ? names[operation] : "UNKNOWN";
}

gboolean
gh_absrel_timestamp_is_valid (const char *text)
{
  gint64 ignored;
  gsize length;

  g_return_val_if_fail (text != NULL, FALSE);

  length = strlen (text);
  if (length > 0 && length <= 18 && strspn (text, "0123456789") == length)
    return TRUE;
  return gh_timestamp_parse (text, length, &ignored);
}

gint64
gh_absrel_timestamp_moment (const char *text, gint64 received_us)
{
  gint64 us;

  if (text == NULL)
    return GH_NEVER_US;
  if (gh_timestamp_parse (text, strlen (text), &us))
    return us;
  us = g_ascii_strtoll (text, NULL, 10);
  return us < (GH_NEVER_US - received_us) / 1000 ? received_us + us * 1000 : GH_NEVER_US;
}

const char *
gh_absrel_timestamp_shorten (const char *text, gint64 passed_us,
                             char out[static GH_ABSREL_TIMESTAMP_SIZE])
{
  gint64 ignored;

  if (text == NULL || gh_timestamp_parse (text, strlen (text), &ignored))
    return text;
  const gint64 left = g_ascii_strtoll (text, NULL, 10) - MAX (passed_us, 0) / 1000;
  g_snprintf (out, GH_ABSREL_TIMESTAMP_SIZE, "%" G_GINT64_FORMAT, MAX (left, 1));
  return out;
}
