/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "write/gh-intent.h"

GhIntent *
gh_intent_new (GhIntentKind kind)
{
  GhIntent *intent = g_new0 (GhIntent, 1);
  intent->kind = kind;
  return intent;
}

void
gh_intent_free (GhIntent *intent)
{
  g_clear_pointer (&intent->outcome.resource, gh_resource_unref);
  g_clear_pointer (&intent->outcome.body, gh_buffer_unref);
  g_clear_pointer (&intent->principal, gh_principal_unref);
  g_clear_pointer (&intent->cursor_targets, g_ptr_array_unref);
  g_clear_pointer (&intent->cursor_events, g_array_unref);
  g_clear_pointer (&intent->events_done, g_array_unref);
  g_clear_pointer (&intent->request, gh_request_free);
  g_free (intent);
}
