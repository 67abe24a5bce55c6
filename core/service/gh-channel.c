/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-channel-private.h"

#include "base/gh-hash.h"

#include <string.h>

static void
given_clear (gpointer data)
{
  GhGiven *given = data;
  g_clear_pointer (&given->body, gh_buffer_unref);
}

GArray *
gh_channel_givens_new (void)
{
  GArray *givens = g_array_new (FALSE, FALSE, sizeof (GhGiven));
  g_array_set_clear_func (givens, given_clear);
  return givens;
}

GhChannels *
gh_channels_new (GhService *service, const GhChannelOptions *options)
{
  GhChannels *channels = g_new0 (GhChannels, 1);
  channels->service = service;
  channels->options = *options;
  channels->pendings = gh_pendings_new (service->clock, G_MAXUINT);
  channels->channels = g_hash_table_new (gh_text_hash, g_str_equal);
  channels->handed = g_hash_table_new (g_int64_hash, g_int64_equal);
  channels->comers = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  channels->touched = g_ptr_array_new_with_free_func (g_free);
  g_mutex_init (&channels->lock);
  return channels;
}

const GhChannelOptions *
gh_channels_get_options (const GhChannels *channels)
{
  return &channels->options;
}

static void
channel_unref (GhChannel *channel)
{
  if (--channel->ref_count > 0)
    return;
  g_hash_table_unref (channel->out);
  gh_shares_free (channel->shares);
  g_free (channel->holder);
  g_free (channel);
}

void
gh_channels_free (GhChannels *channels)
{
  GHashTableIter iter;
  gpointer channel;
  gh_pendings_free (channels->pendings);
  g_hash_table_iter_init (&iter, channels->channels);
  while (g_hash_table_iter_next (&iter, NULL, &channel))
    channel_unref (channel);
  g_hash_table_unref (channels->channels);
  g_hash_table_unref (channels->handed);
  g_hash_table_unref (channels->comers);
  g_ptr_array_unref (channels->touched);
  g_mutex_clear (&channels->lock);
  g_free (channels);
}

static gboolean
find_channel (const GhService *service, const GhView *view, const GhNode *holder, GhNode *out)
{
  for (guint i = 0; holder->children != NULL && i < holder->children->n; i++)
    if (holder->children->items[i]->type->number == GH_TYPE_POLLING_CHANNEL
        && gh_view_node (view, holder->children->items[i], out)
        && out->resource->identity.expiration_us > gh_clock_wall_us (service->clock))
      return TRUE;
  return FALSE;
}

gboolean
gh_channel_has (GhService *service, const GhView *view, const GhNode *holder)
{
  GhNode ignored;
  return find_channel (service, view, holder, &ignored);
}

/* With the lock held: a channel that ends later is found here, and one that has ended is not. */
static gboolean
is_in_force (const GhChannels *channels, const char *id)
{
  GhNode holder;
  GhView view = gh_view_begin (channels->service->tree);
  const gboolean found = gh_view_find (&view, id, &holder)
                         && gh_channel_has (channels->service, &view, &holder);
  gh_view_end (&view);
  return found;
}

GhChannel *
gh_channel_of (GhChannels *channels, const char *holder)
{
  GhChannel *channel = g_hash_table_lookup (channels->channels, holder);
  if (channel != NULL || !is_in_force (channels, holder))
    return channel;
  channel = g_new0 (GhChannel, 1);
  channel->ref_count = 1;
  channel->holder = g_strdup (holder);
  channel->out = g_hash_table_new (gh_text_hash, g_str_equal);
  channel->shares = gh_shares_new ();
  g_hash_table_insert (channels->channels, channel->holder, channel);
  return channel;
}

/* Taking out, with the lock held. The caller then holds what it took, and one reference. */

static void
unlink_request (GhQueued *request)
{
  GhChannel *channel = request->channel;
  if (request->out)
    {
      g_hash_table_remove (channel->out, request->delivery.request_identifier);
      g_hash_table_remove (request->channels->handed, &request->number);
    }
  else
    g_queue_unlink (&channel->waiting, &request->in_channel);
  channel->octets -= request->octets;
  request->channels->octets -= request->octets;
  gh_shares_give_back (channel->shares, request->share, request->octets);
}

void
gh_channel_remember (GhQueued *request, GhEnded how)
{
  GhChannel *channel = request->channel;
  channel->past[channel->n_past++ % GH_CHANNEL_MANY_ENDED] =
    (GhPast){ gh_text_hash (request->delivery.request_identifier), how };
}

gboolean
gh_channel_take_request (GhQueued *request)
{
  if (gh_pendings_take (request->channels->pendings, request->pending) == NULL)
    return FALSE;
  unlink_request (request);
  return TRUE;
}

/* Ends, without the lock */

void
gh_channel_drop (GhChannels *channels, GhChannel *channel)
{
  g_mutex_lock (&channels->lock);
  channel_unref (channel);
  g_mutex_unlock (&channels->lock);
}

void
gh_channel_give_out (GArray *givens)
{
  for (guint i = 0; i < givens->len; i++)
    gh_channel_poll_end (&g_array_index (givens, GhGiven, i));
}

void
gh_channel_request_end (GhQueued *request, const GhDeliveryResult *result)
{
  request->done (result, request->user_data);
  gh_channel_drop (request->channels, request->channel);
  g_free (request->share);
  g_free (request);
}

static void
request_fail (GhQueued *request, const char *reason)
{
  const GhDeliveryResult result = { .status = GH_DELIVERY_UNREACHABLE,
                                    .reason = reason,
                                    .unsent = !request->left };
  gh_channel_request_end (request, &result);
}

/* Handing out */

/* Until when it waits from now on. FALSE: its deadline is at work on it. */
static gboolean
set_deadline (GhQueued *request, gint64 deadline_us)
{
  GhChannels *channels = request->channels;
  if (request->delivery.wait_ms == 0)
    return TRUE;
  if (gh_pendings_take (channels->pendings, request->pending) == NULL)
    return FALSE;
  const GhPending pending = { .deadline_us = deadline_us,
                              .over = gh_channel_request_over,
                              .data = request };
  request->pending = gh_pendings_add (channels->pendings, &pending);
  return request->pending != 0;
}

/* The first that may leave: two under way with one identifier could not be told apart by their
 * answers, so that the second one waits. */
GhQueued *
gh_channel_next_request (const GhChannel *channel)
{
  for (GList *l = channel->waiting.head; l != NULL; l = l->next)
    {
      GhQueued *request = l->data;
      if (!g_hash_table_contains (channel->out, request->delivery.request_identifier))
        return request;
    }
  return NULL;
}

/* With the lock held: what waits meets whoever waits for it. */
void
gh_channel_match (GhChannels *channels, GhChannel *channel, GArray *givens)
{
  const gint64 now_us = gh_clock_wall_us (channels->service->clock);
  GhQueued *request;
  while (!channels->stopped && channel->polls.length > 0
         && (request = gh_channel_next_request (channel)) != NULL)
    {
      GhGiven given = { .poll = gh_channel_next_poll (channel) };
      if (given.poll == NULL)
        return;
      /* out of the queue whatever comes: a deadline that is at work finds it where it is then */
      g_queue_unlink (&channel->waiting, &request->in_channel);
      g_hash_table_insert (channel->out, (char *) request->delivery.request_identifier, request);
      request->out = request->left = TRUE;
      given.number = request->number = ++channels->last_number;
      g_hash_table_insert (channels->handed, &request->number, request);
      given.body = gh_channel_render (request, now_us);
      channels->statistics.handed_out++;
      (void) set_deadline (request, now_us + request->delivery.timeout_ms * (gint64) 1000);
      g_array_append_val (givens, given);
    }
}

/* What was handed out and did not arrive. */
typedef struct {
  GhChannels *channels;
  guint64 number;
  GhArrival arrival;
} Lost;

/* What may have arrived is handed out again only if it does no harm twice. */
static gboolean
may_repeat (const GhQueued *request, GhArrival arrival)
{
  const GhOperation operation = request->delivery.operation;
  return arrival == GH_NOT_ARRIVED || operation == GH_OPERATION_RETRIEVE
         || operation == GH_OPERATION_NOTIFY;
}

/* With the lock held: it waits again, before all others. */
static void
take_back (GhQueued *request)
{
  GhChannel *channel = request->channel;
  const gint64 wait_us = request->delivery.wait_ms * (gint64) 1000;
  if (!set_deadline (request, request->entered_us + wait_us))
    return;
  g_hash_table_remove (channel->out, request->delivery.request_identifier);
  g_hash_table_remove (request->channels->handed, &request->number);
  request->out = FALSE;
  g_queue_push_head_link (&channel->waiting, &request->in_channel);
  request->channels->statistics.taken_back++;
}

/* GhPendingFunc */
static void
lost (GhPendingEnd end, gpointer data)
{
  g_autofree Lost *what = data;
  GhChannels *channels = what->channels;
  g_autoptr (GArray) givens = gh_channel_givens_new ();
  (void) end;
  g_mutex_lock (&channels->lock);
  GhQueued *request = g_hash_table_lookup (channels->handed, &what->number);
  if (request != NULL && !channels->stopped && may_repeat (request, what->arrival))
    {
      take_back (request);
      gh_channel_match (channels, request->channel, givens);
    }
  g_mutex_unlock (&channels->lock);
  gh_channel_give_out (givens);
}

/* GhReport.func. A transport may be in the midst of closing something: another thread goes on. */
void
gh_channel_arrived (GhArrival arrival, gpointer data, guint64 number)
{
  GhChannels *channels = data;
  if (arrival == GH_ARRIVED)
    return;
  Lost *what = g_new (Lost, 1);
  *what = (Lost){ channels, number, arrival };
  const GhPending now = { .deadline_us = gh_clock_wall_us (channels->service->clock),
                          .over = lost,
                          .data = what };
  if (gh_pendings_add (channels->pendings, &now) == 0)
    g_free (what);
}

/* GhPendingFunc */
void
gh_channel_request_over (GhPendingEnd end, gpointer data)
{
  GhQueued *request = data;
  GhChannels *channels = request->channels;
  g_autoptr (GArray) givens = gh_channel_givens_new ();
  g_mutex_lock (&channels->lock);
  unlink_request (request);
  gh_channel_remember (request, GH_ENDED_LATE);
  if (end == GH_PENDING_LATE)
    gh_channel_match (channels, request->channel, givens);
  g_mutex_unlock (&channels->lock);
  gh_channel_give_out (givens);
  request_fail (request, end != GH_PENDING_LATE ? "the CSE stops"
                         : request->out ? "no answer came through the polling channel in time"
                                        : "nobody polled the request in time");
}

/* Ends */

void
gh_channels_touch (GhService *service, const char *holder)
{
  g_ptr_array_add (service->channels->touched, g_strdup (holder));
}

/* With the lock held: what waits in @channel, as far as no deadline is at work on it. */
static void
empty (GhChannel *channel, GArray *givens, GPtrArray *requests)
{
  GHashTableIter iter;
  gpointer value;
  for (GList *l = channel->polls.head, *next; l != NULL; l = next)
    {
      GhGiven given = { .poll = l->data };
      next = l->next;
      if (!gh_channel_take_poll (given.poll))
        continue;
      gh_fault_set (&given.fault, GH_ERROR_NOT_FOUND, "To: the polling channel has ended");
      g_array_append_val (givens, given);
    }
  g_hash_table_iter_init (&iter, channel->out);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_ptr_array_add (requests, value);
  for (GList *l = channel->waiting.head; l != NULL; l = l->next)
    g_ptr_array_add (requests, l->data);
  for (guint i = requests->len; i > 0; i--)
    if (!gh_channel_take_request (requests->pdata[i - 1]))
      g_ptr_array_remove_index (requests, i - 1);
}

static void
settle (GhChannels *channels, const char *holder)
{
  g_autoptr (GArray) givens = gh_channel_givens_new ();
  g_autoptr (GPtrArray) requests = g_ptr_array_new ();
  g_mutex_lock (&channels->lock);
  GhChannel *channel = g_hash_table_lookup (channels->channels, holder);
  if (channel != NULL && !is_in_force (channels, holder))
    {
      g_hash_table_remove (channels->channels, holder);
      empty (channel, givens, requests);
      channel_unref (channel);
    }
  g_mutex_unlock (&channels->lock);
  gh_channel_give_out (givens);
  for (guint i = 0; i < requests->len; i++)
    request_fail (requests->pdata[i], "the polling channel has ended");
}

void
gh_channels_settle (GhService *service)
{
  GhChannels *channels = service->channels;
  for (guint i = 0; i < channels->touched->len; i++)
    settle (channels, channels->touched->pdata[i]);
  g_ptr_array_set_size (channels->touched, 0);
}

void
gh_channels_wake (GhService *service)
{
  gh_pendings_wake (service->channels->pendings);
}

void
gh_channels_stop (GhService *service)
{
  GhChannels *channels = service->channels;
  g_mutex_lock (&channels->lock);
  channels->stopped = TRUE;
  g_mutex_unlock (&channels->lock);
  gh_pendings_stop (channels->pendings);
}

void
gh_channel_statistics (GhService *service, GhChannelStatistics *out)
{
  GhChannels *channels = service->channels;
  GHashTableIter iter;
  gpointer value;
  g_mutex_lock (&channels->lock);
  *out = channels->statistics;
  out->polls = channels->n_polls;
  out->requests = 0;
  g_hash_table_iter_init (&iter, channels->channels);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const GhChannel *channel = value;
      out->requests += channel->waiting.length + g_hash_table_size (channel->out);
    }
  g_mutex_unlock (&channels->lock);
}
