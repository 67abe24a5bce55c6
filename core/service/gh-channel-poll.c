/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-channel-private.h"

#include "service/gh-forward.h"

#include <string.h>

/* The polls that wait in channels. */

static void
link_poll (GhParked *poll)
{
  GhChannels *channels = poll->channels;
  g_queue_push_tail_link (&poll->channel->polls, &poll->in_channel);
  channels->n_polls++;
  if (poll->association == 0)
    return;
  GQueue *comers = g_hash_table_lookup (channels->comers, &poll->association);
  if (comers == NULL)
    {
      comers = g_new0 (GQueue, 1);
      g_hash_table_insert (channels->comers,
                           g_memdup2 (&poll->association, sizeof poll->association), comers);
    }
  g_queue_push_tail_link (comers, &poll->in_association);
}

static void
unlink_poll (GhParked *poll)
{
  GhChannels *channels = poll->channels;
  g_queue_unlink (&poll->channel->polls, &poll->in_channel);
  channels->n_polls--;
  if (poll->association == 0)
    return;
  GQueue *comers = g_hash_table_lookup (channels->comers, &poll->association);
  g_queue_unlink (comers, &poll->in_association);
  if (comers->length == 0)
    g_hash_table_remove (channels->comers, &poll->association);
}

/* FALSE: its deadline is at work on it. */
gboolean
gh_channel_take_poll (GhParked *poll)
{
  if (gh_pendings_take (poll->channels->pendings, poll->pending) == NULL)
    return FALSE;
  unlink_poll (poll);
  return TRUE;
}

/* The newest first: who polls again may have lost what he polled with before. */
GhParked *
gh_channel_next_poll (const GhChannel *channel)
{
  for (GList *l = channel->polls.tail, *before; l != NULL; l = before)
    {
      before = l->prev;
      if (gh_channel_take_poll (l->data))
        return l->data;
    }
  return NULL;
}

static void
poll_free (GhParked *poll)
{
  gh_channel_drop (poll->channels, poll->channel);
  g_free (poll->identifier);
  g_free (poll->release);
  g_free (poll);
}

void
gh_channel_poll_end (GhGiven *given)
{
  GhParked *poll = given->poll;
  const gboolean got = given->body != NULL;
  if (!got)
    given->body = gh_reason_to_json (given->fault.text);
  const GhResponse response = { .status = got ? GH_RSC_OK : gh_error_status (given->fault.code),
                                .request_identifier = poll->identifier,
                                .release_version = poll->release,
                                .body = given->body->data,
                                .body_length = given->body->length,
                                .buffer = given->body,
                                .report = { .func = got ? gh_channel_arrived : NULL,
                                            .data = poll->channels,
                                            .number = given->number } };
  poll->reply (&response, poll->user_data);
  poll_free (poll);
}

/* GhPendingFunc */
static void
poll_over (GhPendingEnd end, gpointer data)
{
  GhGiven given = { .poll = data };
  GhChannels *channels = given.poll->channels;
  g_mutex_lock (&channels->lock);
  unlink_poll (given.poll);
  g_mutex_unlock (&channels->lock);
  if (end == GH_PENDING_LATE)
    gh_fault_set (&given.fault, GH_ERROR_TIMEOUT, "RQET: no request came in time; poll again");
  else
    gh_fault_set (&given.fault, GH_ERROR_CANCELLED, "the CSE stops");
  gh_channel_poll_end (&given);
  g_clear_pointer (&given.body, gh_buffer_unref);
}

/* Polls come in */

/* With the lock held. The same request again, over another association: what the first one came
 * over is likely gone. */
static gboolean
make_way (GhChannel *channel, const GhPoll *poll, GArray *givens, GhFault *fault)
{
  for (GList *l = channel->polls.head, *next; l != NULL; l = next)
    {
      GhGiven given = { .poll = l->data };
      next = l->next;
      if (strcmp (given.poll->identifier, poll->identifier) != 0)
        continue;
      if (poll->association == given.poll->association)
        return gh_fault_set (fault, GH_ERROR_CONFLICT,
                             "RI: a poll with this identifier is under way");
      if (!gh_channel_take_poll (given.poll))
        continue;
      gh_fault_set (&given.fault, GH_ERROR_TIMEOUT, "RQET: the poll was repeated elsewhere");
      g_array_append_val (givens, given);
    }
  return TRUE;
}

static void
drop_oldest (const GhChannel *channel, GArray *givens)
{
  for (GList *l = channel->polls.head; l != NULL; l = l->next)
    {
      GhGiven given = { .poll = l->data };
      if (!gh_channel_take_poll (given.poll))
        continue;
      gh_fault_set (&given.fault, GH_ERROR_TIMEOUT,
                    "RQET: newer polls take the place of this one ([polling] polls-each)");
      g_array_append_val (givens, given);
      return;
    }
}

/* With the lock held */
static gboolean
park (GhChannels *channels, GhChannel *channel, const GhPoll *poll)
{
  GhParked *parked = g_new0 (GhParked, 1);
  const GhPending pending = { .deadline_us = poll->deadline_us, .over = poll_over, .data = parked };
  *parked = (GhParked){ .channels = channels,
                        .channel = channel,
                        .association = poll->association,
                        .identifier = g_strdup (poll->identifier),
                        .release = g_strdup (poll->release),
                        .reply = poll->reply,
                        .user_data = poll->user_data,
                        .in_channel = { .data = parked },
                        .in_association = { .data = parked } };
  parked->pending = gh_pendings_add (channels->pendings, &pending);
  if (parked->pending == 0)
    {
      g_free (parked->identifier);
      g_free (parked->release);
      g_free (parked);
      return FALSE;
    }
  channel->ref_count++;
  link_poll (parked);
  return TRUE;
}

static gboolean
admit_poll (GhChannels *channels, const GhPoll *poll, GArray *givens, GhFault *fault)
{
  const GhChannelOptions *options = &channels->options;
  if (channels->stopped)
    return gh_fault_set (fault, GH_ERROR_CANCELLED, "the CSE stops");
  GhChannel *channel = gh_channel_of (channels, poll->holder);
  if (channel == NULL)
    return gh_fault_set (fault, GH_ERROR_NOT_FOUND, "To: the polling channel has ended");
  if (!make_way (channel, poll, givens, fault))
    return FALSE;
  if (channel->polls.length >= options->polls_each)
    drop_oldest (channel, givens);
  if (channels->n_polls >= options->polls && gh_channel_next_request (channel) == NULL)
    {
      channels->statistics.refused++;
      return gh_fault_set (fault, GH_ERROR_OVERLOADED,
                           "too many polls are waiting ([polling] polls); try again");
    }
  if (!park (channels, channel, poll))
    return gh_fault_set (fault, GH_ERROR_CANCELLED, "the CSE stops");
  gh_channel_match (channels, channel, givens);
  return TRUE;
}

gboolean
gh_channel_is_polled (GhService *service, const char *holder)
{
  GhChannels *channels = service->channels;
  g_mutex_lock (&channels->lock);
  const GhChannel *channel = g_hash_table_lookup (channels->channels, holder);
  const gboolean polled = channel != NULL && channel->polls.length > 0;
  g_mutex_unlock (&channels->lock);
  return polled;
}

gboolean
gh_channels_park (GhService *service, const GhPoll *poll, GhFault *fault)
{
  GhChannels *channels = service->channels;
  g_autoptr (GArray) givens = gh_channel_givens_new ();
  g_mutex_lock (&channels->lock);
  const gboolean taken = admit_poll (channels, poll, givens, fault);
  g_mutex_unlock (&channels->lock);
  gh_channel_give_out (givens);
  if (taken && gh_channel_is_polled (service, poll->holder))
    gh_forwards_polled (service, poll->holder);
  return taken;
}

/* GhPendingFunc */
static void
poll_gone (GhPendingEnd end, gpointer data)
{
  GhGiven given = { .poll = data };
  (void) end;
  gh_fault_set (&given.fault, GH_ERROR_NO_ASSOCIATION,
                "the association that the poll came over has ended");
  gh_channel_poll_end (&given);
  g_clear_pointer (&given.body, gh_buffer_unref);
}

/* Whoever closes the association is in the midst of it: another thread answers. */
void
gh_channels_close_association (GhService *service, guint64 association)
{
  GhChannels *channels = service->channels;
  const gint64 now_us = gh_clock_wall_us (service->clock);
  g_mutex_lock (&channels->lock);
  const GQueue *comers = g_hash_table_lookup (channels->comers, &association);
  for (GList *l = comers != NULL && !channels->stopped ? comers->head : NULL, *next; l != NULL;
       l = next)
    {
      GhParked *poll = l->data;
      const GhPending pending = { .deadline_us = now_us, .over = poll_gone, .data = poll };
      next = l->next;
      if (gh_channel_take_poll (poll))
        poll->pending = gh_pendings_add (channels->pendings, &pending);
    }
  g_mutex_unlock (&channels->lock);
}
