/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-cse-surroundings.h"

#include "gh-cse-private.h"
#include "gh-cse-security.h"
#include "service/gh-forward.h"
#include "service/gh-registrar.h"

typedef struct {
  void (*done) (gpointer user_data);
  gpointer user_data;
} Settling;

static void
do_nothing (GhWriter *writer, gpointer data)
{
  (void) writer;
  (void) data;
}

/* What stood before it in the queue is durable. */
static void
settled (const GhResponse *response, gpointer user_data)
{
  g_autofree Settling *settling = user_data;

  (void) response;
  settling->done (settling->user_data);
}

void
gh_cse_settle (GhCse *cse, void (*done) (gpointer user_data), gpointer user_data)
{
  g_return_if_fail (GH_IS_CSE (cse));
  if (g_atomic_int_get (&cse->state) != GH_CSE_RUNNING)
    {
      done (user_data);
      return;
    }
  Settling *settling = g_new0 (Settling, 1);
  GhIntent *mark = gh_intent_new (GH_INTENT_CALL);
  settling->done = done;
  settling->user_data = user_data;
  mark->call = do_nothing;
  mark->reply = settled;
  mark->user_data = settling;
  if (gh_writer_push (cse->service->writer, mark))
    return;
  gh_intent_free (mark);
  settled (NULL, settling);
}

static gboolean
has_ended (const GhAssociationInfo *info, gpointer user_data)
{
  const gint64 *now_us = user_data;

  return info->ends_us <= *now_us;
}

static void
close_ended (GhCse *cse)
{
  gint64 now_us = gh_clock_wall_us (cse->clock);

  gh_cse_close_those (cse, has_ended, &now_us);
}

void
gh_cse_look_again (GhCse *cse)
{
  g_return_if_fail (GH_IS_CSE (cse));
  if (g_atomic_int_get (&cse->state) != GH_CSE_RUNNING)
    return;
  gh_writer_wake (cse->service->writer);
  gh_pendings_wake (cse->service->pendings);
  close_ended (cse);
  gh_notifier_wake (cse->service->notifier);
  gh_cse_publish_addresses (cse);
  if (cse->service->registrar != NULL)
    gh_registrar_look (cse->service->registrar);
}
