/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-exchange.h"

#include "base/gh-hash.h"

#include <string.h>

/* Threads of transports meet here with every write. */
#define N_SHARDS 16

typedef struct {
  guint64 hash;
  const char *originator, *id;
} Name;

struct _GhExchange {
  Name name; /* first: it is its own key */
  gint ref_count;
  GhService *service;
  GhReplyFunc reply;
  gpointer user_data;
  const char *release;
  guint64 pending; /* watches the Result Expiration Timestamp; 0: there is none */
  gint answered;
  char texts[];
};

typedef struct {
  GMutex lock;
  GHashTable *under_way; /* Name -> GhExchange */
} Shard;

/* An identifier that was used; the hash is enough: it is keyed, and 64 bits of it do not meet by
 * chance. */
typedef struct {
  guint64 hash;
  gint64 since_us;
} Used;

struct _GhExchanges {
  GhClock *clock;
  GhExchangeOptions options;
  Shard shards[N_SHARDS];
  gint n; /* under way */
  GMutex lock;      /* of what follows */
  GHashTable *seen; /* hash of a Used */
  GQueue used;      /* Used, oldest first */
};

static guint
name_hash (gconstpointer key)
{
  return (guint) ((const Name *) key)->hash;
}

static gboolean
name_equal (gconstpointer a, gconstpointer b)
{
  const Name *one = a, *other = b;
  return one->hash == other->hash && strcmp (one->id, other->id) == 0
         && strcmp (one->originator, other->originator) == 0;
}

GhExchanges *
gh_exchanges_new (GhClock *clock, const GhExchangeOptions *options)
{
  GhExchanges *exchanges = g_new0 (GhExchanges, 1);
  exchanges->clock = gh_clock_ref (clock);
  exchanges->options = *options;
  for (guint i = 0; i < N_SHARDS; i++)
    {
      g_mutex_init (&exchanges->shards[i].lock);
      exchanges->shards[i].under_way = g_hash_table_new (name_hash, name_equal);
    }
  g_mutex_init (&exchanges->lock);
  exchanges->seen = g_hash_table_new (g_int64_hash, g_int64_equal);
  g_queue_init (&exchanges->used);
  return exchanges;
}

void
gh_exchanges_free (GhExchanges *exchanges)
{
  for (guint i = 0; i < N_SHARDS; i++)
    {
      g_hash_table_unref (exchanges->shards[i].under_way);
      g_mutex_clear (&exchanges->shards[i].lock);
    }
  g_hash_table_unref (exchanges->seen);
  g_queue_clear_full (&exchanges->used, g_free);
  g_mutex_clear (&exchanges->lock);
  gh_clock_unref (exchanges->clock);
  g_free (exchanges);
}

guint
gh_exchanges_count (GhExchanges *exchanges)
{
  return (guint) g_atomic_int_get (&exchanges->n);
}

/* Clients choose both texts: behind a keyed hash they cannot choose where in a table they go. */
static Name
name_of (const char *originator, const char *id)
{
  const guint64 parts[] = { gh_hash_text (originator), gh_hash_text (id) };
  return (Name){
    .originator = originator, .id = id, .hash = gh_hash_octets (parts, sizeof parts)
  };
}

static Shard *
shard_of (GhExchanges *exchanges, const Name *name)
{
  return &exchanges->shards[(name->hash >> 32) % N_SHARDS];
}

static gboolean
refuse_pending (const char *id, GhFault *fault)
{
  return gh_fault_set (fault, GH_ERROR_CONFLICT,
                       "RI: %.80s is the identifier of a request of this originator that is still "
                       "pending (TS-0001 7.1.7)",
                       id);
}

static void
forget_old (GhExchanges *exchanges, gint64 now_us)
{
  for (Used *used = g_queue_peek_head (&exchanges->used);
       used != NULL && used->since_us + exchanges->options.window_us <= now_us;
       used = g_queue_peek_head (&exchanges->used))
    {
      g_hash_table_remove (exchanges->seen, used);
      g_free (g_queue_pop_head (&exchanges->used));
    }
}

static gboolean
remember (GhExchanges *exchanges, const Name *name, gint64 now_us, GhFault *fault)
{
  forget_old (exchanges, now_us);
  if (g_hash_table_contains (exchanges->seen, &name->hash))
    return gh_fault_set (fault, GH_ERROR_CONFLICT,
                         "RI: %.80s was used before by this originator ([request] unique-ids)",
                         name->id);
  if (g_queue_get_length (&exchanges->used) >= exchanges->options.remembered)
    return gh_fault_set (fault, GH_ERROR_OVERLOADED,
                         "RI: more identifiers than can be remembered ([request] unique-limit)");
  Used *used = g_new (Used, 1);
  *used = (Used){ name->hash, now_us };
  g_queue_push_tail (&exchanges->used, used);
  g_hash_table_add (exchanges->seen, used);
  return TRUE;
}

gboolean
gh_exchange_check (GhJob *job, GhFault *fault)
{
  GhExchanges *exchanges = job->service->exchanges;
  const char *owner = gh_job_get_owner (job);
  if (owner == NULL
      || (gh_exchanges_count (exchanges) == 0 && !exchanges->options.unique))
    return TRUE;
  const Name name = name_of (owner, job->request->request_identifier);
  Shard *shard = shard_of (exchanges, &name);
  g_mutex_lock (&shard->lock);
  const gboolean pending = g_hash_table_contains (shard->under_way, &name);
  g_mutex_unlock (&shard->lock);
  if (pending)
    return refuse_pending (name.id, fault);
  if (!exchanges->options.unique)
    return TRUE;
  g_mutex_lock (&exchanges->lock);
  const gboolean fresh = remember (exchanges, &name, gh_clock_wall_us (exchanges->clock), fault);
  g_mutex_unlock (&exchanges->lock);
  return fresh;
}

static void
exchange_unref (GhExchange *exchange)
{
  if (g_atomic_int_dec_and_test (&exchange->ref_count))
    g_free (exchange);
}

/* The first of answer and deadline. */
static gboolean
take_answer (GhExchange *exchange)
{
  return g_atomic_int_compare_and_exchange (&exchange->answered, 0, 1);
}

/* GhPendingFunc. When the CSE stops, everything under way is still answered. */
static void
result_expired (GhPendingEnd end, gpointer data)
{
  static const char body[] = "{\"m2m:dbg\":\"RSET: there was no result in time\"}";
  GhExchange *exchange = data;
  const GhResponse response = { .status = gh_error_status (GH_ERROR_TIMEOUT),
                                .request_identifier = exchange->name.id,
                                .release_version = exchange->release,
                                .body = body,
                                .body_length = sizeof body - 1 };
  if (end == GH_PENDING_LATE && take_answer (exchange))
    exchange->reply (&response, exchange->user_data);
  exchange_unref (exchange);
}

/* GhReplyFunc. The identifier is free before the answer leaves: its receiver may use it again. */
static void
answered (const GhResponse *response, gpointer user_data)
{
  GhExchange *exchange = user_data;
  GhExchanges *exchanges = exchange->service->exchanges;
  Shard *shard = shard_of (exchanges, &exchange->name);
  g_mutex_lock (&shard->lock);
  g_hash_table_remove (shard->under_way, exchange);
  g_mutex_unlock (&shard->lock);
  (void) g_atomic_int_dec_and_test (&exchanges->n);
  if (take_answer (exchange))
    exchange->reply (response, exchange->user_data);
  else if (response != NULL)
    {
      GhReport report = response->report;
      gh_report_tell (&report, GH_NOT_ARRIVED);
    }
  if (exchange->pending != 0
      && gh_pendings_take (exchange->service->pendings, exchange->pending) != NULL)
    exchange_unref (exchange);
  exchange_unref (exchange);
}

static void
swallow (const GhResponse *response, gpointer user_data)
{
  (void) response;
  (void) user_data;
}

GhExchange *
gh_exchange_answer_early (GhJob *job, GhReplyFunc *reply, gpointer *user_data)
{
  GhExchange *exchange = job->reply == answered ? job->user_data : NULL;
  *reply = exchange != NULL ? exchange->reply : job->reply;
  *user_data = exchange != NULL ? exchange->user_data : job->user_data;
  if (exchange != NULL && !take_answer (exchange))
    *reply = swallow;
  return exchange;
}

void
gh_exchange_end (GhExchange *exchange)
{
  if (exchange != NULL)
    answered (NULL, exchange);
}

static GhExchange *
exchange_new (const GhJob *job, const Name *name)
{
  const gsize originator = strlen (name->originator) + 1, id = strlen (name->id) + 1;
  const char *release = job->request->release_version;
  GhExchange *exchange = g_malloc0 (sizeof (GhExchange) + originator + id
                                  + (release != NULL ? strlen (release) + 1 : 0));
  exchange->ref_count = 1;
  exchange->service = job->service;
  exchange->reply = job->reply;
  exchange->user_data = job->user_data;
  exchange->name.hash = name->hash;
  exchange->name.originator = memcpy (exchange->texts, name->originator, originator);
  exchange->name.id = memcpy (exchange->texts + originator, name->id, id);
  if (release != NULL)
    exchange->release = memcpy (exchange->texts + originator + id, release, strlen (release));
  return exchange;
}

/* Those that are answered early see to their results themselves. */
static void
watch_result (GhExchange *exchange, const GhRequest *request)
{
  const GhPending pending = {
    .deadline_us = gh_absrel_timestamp_moment (request->result_expiration, request->received_us),
    .over = result_expired,
    .data = exchange,
  };
  if (pending.deadline_us == GH_NEVER_US || request->response_type == GH_RT_NON_BLOCKING_SYNCH
      || request->response_type == GH_RT_NON_BLOCKING_ASYNCH
      || request->response_type == GH_RT_NO_RESPONSE)
    return;
  g_atomic_int_inc (&exchange->ref_count);
  exchange->pending = gh_pendings_add (exchange->service->pendings, &pending);
  if (exchange->pending == 0)
    exchange_unref (exchange);
}

gboolean
gh_exchange_begin (GhJob *job, GhFault *fault)
{
  GhExchanges *exchanges = job->service->exchanges;
  const char *owner = gh_job_get_owner (job);
  if (owner == NULL || job->begun)
    return TRUE;
  const Name name = name_of (owner, job->request->request_identifier);
  Shard *shard = shard_of (exchanges, &name);
  GhExchange *exchange = NULL;
  g_mutex_lock (&shard->lock);
  if (!g_hash_table_contains (shard->under_way, &name))
    {
      exchange = exchange_new (job, &name);
      g_hash_table_add (shard->under_way, exchange);
    }
  g_mutex_unlock (&shard->lock);
  if (exchange == NULL)
    return refuse_pending (name.id, fault);
  g_atomic_int_inc (&exchanges->n);
  watch_result (exchange, job->request);
  job->begun = TRUE;
  job->reply = answered;
  job->user_data = exchange;
  return TRUE;
}
