/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "primitive/gh-json-reader.h"
#include "service/gh-subscription.h"

#include <string.h>

/*
 * A list of two: the attributes of a subscription, and an event. What matches is rendered, and what
 * is rendered must be JSON whose targets can stand in a request line.
 */

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

#define MAX_SIZE (64 << 10)

static void
check_targets (const GhSubscription *subscription)
{
  guint n;
  const GhNotificationTarget *targets = gh_subscription_get_targets (subscription, &n);

  g_assert_cmpuint (n, >, 0);
  for (guint i = 0; i < n; i++)
    {
      g_assert_cmpuint (strlen (targets[i].address), >, 0);
      g_assert_null (strpbrk (targets[i].address, " \t\r\n"));
      g_assert_true (g_str_is_ascii (targets[i].address));
    }
}

static void
check_rendered (GhBuffer *body, GhArena *arena)
{
  GhFault fault = { 0 };
  GhValue value;

  if (!gh_json_parse (body->data, body->length, arena, &value, &fault))
    g_error ("%s: %s", fault.text, body->data);
  g_assert_nonnull (gh_value_member (gh_value_member (&value, "m2m:sgn"), "sur"));
  gh_buffer_unref (body);
}

/* The same one twice, and the question of a blocking subscription about it. */
static void
check_others (const GhSubscription *subscription, const GhEventFacts *facts, GhBuffer *body,
              GhArena *arena)
{
  GhBuffer *const twice[] = { body, body };
  g_autoptr (GhBuffer) batch = gh_notification_render_batch (twice, G_N_ELEMENTS (twice));
  GhFault fault = { 0 };
  GhValue value;

  if (!gh_json_parse (batch->data, batch->length, arena, &value, &fault))
    g_error ("%s: %s", fault.text, batch->data);
  const GhValue *list = gh_value_member (gh_value_member (&value, "m2m:agn"), "m2m:sgn");
  g_assert_true (list != NULL && list->kind == GH_VALUE_LIST && list->length == 2);
  check_rendered (
    gh_notification_render_blocking (subscription, facts->representation, "/gatehouse/sub-1"),
    arena);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  const GhNotificationAddresses addresses = { "/gatehouse/sub-1", NULL };
  g_autoptr (GhArena) arena = gh_arena_new (8 << 20);
  g_autoptr (GhSubscription) subscription = NULL;
  GhFault fault = { 0 };
  GhEventFacts facts;
  GhValue root;

  if (size > MAX_SIZE || !gh_json_parse ((const char *) data, size, arena, &root, &fault)
      || root.kind != GH_VALUE_LIST || root.length != 2)
    return 0;
  subscription = gh_subscription_compile_value (&root.items[0], &fault);
  if (subscription == NULL)
    {
      if (!fault.set)
        g_error ("refused without a reason");
      return 0;
    }
  check_targets (subscription);
  fault = (GhFault){ 0 };
  if (!gh_event_facts_from_value (&root.items[1], &facts, &fault))
    return 0;
  if (gh_subscription_matches (subscription, &facts))
    {
      GhBuffer *body = gh_notification_render (subscription, &facts, &addresses);
      check_others (subscription, &facts, body, arena);
      check_rendered (body, arena);
    }
  return 0;
}
