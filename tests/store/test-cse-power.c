/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-cse-private.h"
#include "gh-sqlite-store.h"
#include "power-vfs.h"

#include "base/gh-log.h"

#include <string.h>

/*
 * A whole CSE on a disk that loses power: what was answered with success is there after a restart,
 * what was answered as deleted is not, and the store's own check at start finds counters that equal
 * their children; and who subscribed is told, before or after, of all that was answered. --long:
 * 2,000 points.
 */

#define GROUP        12
#define MAX_GROUPS   40
#define N_CONTAINERS 3

typedef struct {
  char *path;
  gboolean created, deleting, deleted; /* answered; asked; answered */
  gboolean subscribed;                 /* somebody was to be told when it was asked for */
} Item;

typedef struct {
  Item *item;
  GAsyncResult *result;
} Request;

static gboolean long_run;
static guint n_to_be_told; /* answered creates that somebody had to be told of, of all points */
/* The disk of the point that runs: a store's open gets only the configuration. */
static PowerDisk *disk;
static gboolean commit_later, commit_is_due;

/* A target that takes a few notifications and then none, until the power was off. */
struct _GhTransport {
  GMutex lock;
  GHashTable *told; /* names of instances */
  guint takes;
};

static GhTransport target;

static GhTransport *
target_create (const GhTransportHost *host, GError **error)
{
  return &target;
}

static gboolean
target_start (GhTransport *transport, GError **error)
{
  return TRUE;
}

static void
target_stop (GhTransport *transport)
{
}

static char *
name_in (const char *body)
{
  const char *name = strstr (body, "\"rn\":\"");
  return name != NULL ? g_strndup (name + 6, strcspn (name + 6, "\"")) : g_strdup ("");
}

static void
target_send (GhTransport *transport, const GhDelivery *delivery, GhDeliveryFunc done,
             gpointer user_data)
{
  const GhDeliveryResult taken = { .status = GH_DELIVERY_DONE, .rsc = GH_RSC_OK };
  const GhDeliveryResult dead = { .status = GH_DELIVERY_UNREACHABLE, .reason = "dead" };

  g_mutex_lock (&transport->lock);
  const gboolean takes = transport->takes > 0;
  if (takes)
    {
      transport->takes--;
      g_hash_table_add (transport->told, name_in (delivery->body->data));
    }
  g_mutex_unlock (&transport->lock);
  done (takes ? &taken : &dead, user_data);
}

static const char *const target_schemes[] = { "power", NULL };

static const GhTransportOps target_ops = { .struct_size = sizeof (GhTransportOps),
                                           .name = "power",
                                           .schemes = target_schemes,
                                           .create = target_create,
                                           .start = target_start,
                                           .stop = target_stop,
                                           .free = target_stop,
                                           .send = target_send };

static gboolean
was_told (const char *name)
{
  g_mutex_lock (&target.lock);
  const gboolean told = g_hash_table_contains (target.told, name);
  g_mutex_unlock (&target.lock);
  return told;
}

static GhStore *
open_on_disk (const GhConfig *config, GError **error)
{
  GhSqliteOptions options = GH_SQLITE_OPTIONS_DEFAULT;

  options.path = "cse.db";
  options.vfs = power_disk_name (disk);
  options.checkpoint_size = 100000;
  return gh_sqlite_store_open (&options, error);
}

/* The fault that the test must see: the answer goes first, COMMIT comes with the next batch. */
static GhCommit
answer_before_commit (GhStore *store, GError **error)
{
  if (!commit_later)
    return gh_sqlite_store_ops.commit (store, error);
  commit_is_due = TRUE;
  return GH_COMMIT_DONE;
}

static gboolean
begin_after_commit (GhStore *store, GError **error)
{
  if (commit_is_due && gh_sqlite_store_ops.commit (store, NULL) != GH_COMMIT_DONE)
    gh_sqlite_store_ops.rollback (store);
  commit_is_due = FALSE;
  return gh_sqlite_store_ops.begin (store, error);
}

static const GhStoreOps *
ops_on_disk (void)
{
  static GhStoreOps ops;

  ops = gh_sqlite_store_ops;
  ops.open = open_on_disk;
  ops.commit = answer_before_commit;
  ops.begin = begin_after_commit;
  return &ops;
}

static void
keep_result (GObject *cse, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static void
wait_for (GAsyncResult *const *result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
}

static GhCse *
start_cse (GError **error)
{
  static const char *const identities[] = { "CAdmin", NULL };
  g_autoptr (GAsyncResult) result = NULL;
  GhCse *cse = gh_cse_new (NULL, FALSE, NULL);

  g_assert_true (gh_cse_set_option (cse, "plugins", "load", "", NULL));
  gh_cse_set_local_identities (cse, identities);
  gh_cse_set_store (cse, ops_on_disk ());
  gh_cse_set_transport (cse, &target_ops);
  gh_cse_start_async (cse, NULL, keep_result, &result);
  wait_for (&result);
  if (!gh_cse_start_finish (cse, result, error))
    g_clear_object (&cse);
  return cse;
}

static void
stop_cse (GhCse *cse)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  gh_cse_stop_async (cse, NULL, keep_result, &result);
  wait_for (&result);
  if (!gh_cse_stop_finish (cse, result, &error))
    g_test_message ("stop: %s", error->message);
  g_object_unref (cse);
}

static guint
status_of (GhCse *cse, GAsyncResult *result)
{
  g_autofree char *text = gh_cse_request_finish (cse, result, NULL);
  const char *rsc = text != NULL ? strstr (text, "\"rsc\":") : NULL;

  return rsc != NULL ? (guint) g_ascii_strtoull (rsc + 6, NULL, 10) : 0;
}

static void
send (GhCse *cse, const char *primitive, Request *request)
{
  gh_cse_request_async (cse, primitive, NULL, keep_result, &request->result);
}

static void
send_create (GhCse *cse, guint type, const char *parent, const char *name, Request *request)
{
  g_autofree char *primitive = g_strdup_printf (
    "{\"op\":1,\"ty\":%u,\"to\":\"%s\",\"fr\":\"CAdmin\",\"rqi\":\"%s\",\"rvi\":\"3\",\"pc\":{"
    "\"m2m:%s\":{\"rn\":\"%s\"%s}}}",
    type, parent, name, type == 3 ? "cnt" : "cin", name, type == 3 ? "" : ",\"con\":\"21.5\"");

  request->item->path = g_strdup_printf ("%s/%s", parent, name);
  send (cse, primitive, request);
}

static void
send_plain (GhCse *cse, guint operation, Request *request)
{
  g_autofree char *primitive = g_strdup_printf (
    "{\"op\":%u,\"to\":\"%s\",\"fr\":\"CAdmin\",\"rqi\":\"%s\",\"rvi\":\"3\"}", operation,
    request->item->path, request->item->path);

  send (cse, primitive, request);
}

static Item *
add_item (GPtrArray *items)
{
  Item *item = g_new0 (Item, 1);

  g_ptr_array_add (items, item);
  return item;
}

static void
item_free (gpointer data)
{
  Item *item = data;

  g_free (item->path);
  g_free (item);
}

static void
take_answer (GhCse *cse, Request *request)
{
  wait_for (&request->result);
  const guint status = status_of (cse, request->result);
  g_clear_object (&request->result);
  request->item->created = request->item->created || status == 2001;
  request->item->deleted = request->item->deleted || status == 2002;
}

static gboolean
subscribe (GhCse *cse, const char *to)
{
  Item item = { NULL };
  Request request = { &item, NULL };
  g_autofree char *primitive = g_strdup_printf (
    "{\"op\":1,\"ty\":23,\"to\":\"%s\",\"fr\":\"CAdmin\",\"rqi\":\"s\",\"rvi\":\"3\",\"pc\":{"
    "\"m2m:sub\":{\"nu\":[\"power://t/\"],\"enc\":{\"net\":[3],\"chty\":[4]}}}}", to);

  send (cse, primitive, &request);
  take_answer (cse, &request);
  return item.created;
}

/* Whether somebody is told of what is created in all of them. */
static gboolean
make_containers (GhCse *cse, GPtrArray *items)
{
  gboolean subscribed = TRUE;

  for (guint i = 0; i < N_CONTAINERS; i++)
    {
      g_autofree char *name = g_strdup_printf ("c%u", i);
      Request request = { add_item (items), NULL };
      send_create (cse, 3, "gatehouse", name, &request);
      take_answer (cse, &request);
      subscribed = subscribe (cse, request.item->path) && subscribed;
    }
  return subscribed;
}

/* Some creates and a delete at once, so that they meet in batches. */
static void
send_group (GhCse *cse, GPtrArray *items, GRand *rand, gboolean subscribed)
{
  Request requests[GROUP];

  for (guint i = 0; i < GROUP; i++)
    {
      requests[i] = (Request){ NULL, NULL };
      Item *old = items->pdata[g_rand_int_range (rand, 0, (gint) items->len)];
      if (i % 4 == 3 && old->created && !old->deleting && strstr (old->path, "/i") != NULL)
        {
          old->deleting = TRUE;
          requests[i].item = old;
          send_plain (cse, 4, &requests[i]);
          continue;
        }
      g_autofree char *name = g_strdup_printf ("i%u", items->len);
      g_autofree char *parent = g_strdup_printf ("gatehouse/c%d",
                                                 g_rand_int_range (rand, 0, N_CONTAINERS));
      requests[i].item = add_item (items);
      requests[i].item->subscribed = subscribed;
      send_create (cse, 4, parent, name, &requests[i]);
    }
  for (guint i = 0; i < GROUP; i++)
    take_answer (cse, &requests[i]);
}

static guint
count_lost (GhCse *cse, GPtrArray *items)
{
  guint lost = 0;

  for (guint i = 0; i < items->len; i++)
    {
      Item *item = items->pdata[i];
      Request request = { item, NULL };
      send_plain (cse, 2, &request);
      wait_for (&request.result);
      const guint status = status_of (cse, request.result);
      g_clear_object (&request.result);
      const gboolean wrong = (item->deleted && status != 4004)
                             || (item->created && !item->deleting && status != 2000)
                             || (status != 2000 && status != 4004);
      if (wrong)
        g_test_message ("%s: %u, created %d deleted %d", item->path, status, item->created,
                        item->deleted);
      lost += wrong;
    }
  return lost;
}

/* The target has what it was told in the order of the changes, so the last one comes last. */
static guint
count_untold (GhCse *cse, GPtrArray *items)
{
  Item last = { NULL };
  Request request = { &last, NULL };
  guint untold = 0;

  g_mutex_lock (&target.lock);
  target.takes = G_MAXUINT;
  g_mutex_unlock (&target.lock);
  send_create (cse, 4, "gatehouse/c0", "last", &request);
  take_answer (cse, &request);
  g_assert_true (last.created);
  g_free (last.path);
  while (!was_told ("last"))
    g_thread_yield ();
  for (guint i = 0; i < items->len; i++)
    {
      const Item *item = items->pdata[i];
      const gboolean expected = item->subscribed && item->created;
      const gboolean wrong = expected && !was_told (strrchr (item->path, '/') + 1);
      n_to_be_told += expected;
      if (wrong)
        g_test_message ("%s: nobody was told", item->path);
      untold += wrong;
    }
  return untold;
}

/* Returns: how many answers were not kept, or not told. */
static guint
run_point (guint32 seed)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (item_free);
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed ^ 0x2545f491);
  g_autoptr (GError) error = NULL;

  commit_is_due = FALSE;
  gboolean subscribed = FALSE;
  target.told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  target.takes = (guint) g_rand_int_range (rand, 0, 100);
  disk = power_disk_new (seed);
  power_disk_cut_at (disk, (guint) g_rand_int_range (rand, 1, seed % 4 == 0 ? 150 : 1500));
  GhCse *cse = start_cse (&error);
  if (cse != NULL)
    {
      subscribed = make_containers (cse, items);
      for (guint i = 0; i < MAX_GROUPS && !power_disk_is_off (disk); i++)
        send_group (cse, items, rand, subscribed);
      power_disk_kill (disk);
      stop_cse (cse);
    }
  commit_is_due = FALSE;
  power_disk_cut_at (disk, 0);
  power_disk_restart (disk);
  g_clear_error (&error);
  cse = start_cse (&error);
  g_assert_no_error (error);
  guint lost = count_lost (cse, items);
  if (subscribed && lost == 0)
    lost += count_untold (cse, items);
  stop_cse (cse);
  g_hash_table_unref (target.told);
  power_disk_free (disk);
  return lost;
}

static void
test_cse_answers_before_commit_are_seen (void)
{
  guint lost = 0;

  commit_later = TRUE;
  for (guint32 seed = 1; seed <= 10; seed++)
    lost += run_point (seed);
  commit_later = FALSE;
  g_test_message ("answers before COMMIT: %u are not kept in 10 points", lost);
  g_assert_cmpuint (lost, >, 0);
}

static void
test_cse_keeps_every_answer (void)
{
  for (guint32 seed = 1; seed <= (long_run ? 2000 : 25); seed++)
    if (run_point (seed) > 0)
      g_error ("seed %u: answers were not kept, or not told", seed);
  g_assert_cmpuint (n_to_be_told, >, 100);
}

int
main (int argc, char **argv)
{
  for (int i = 1; i < argc; i++)
    long_run = long_run || strcmp (argv[i], "--long") == 0;
  g_test_init (&argc, &argv, NULL);
  gh_log_set_level (GH_LOG_ERROR);
  g_test_add_func ("/cse-power/answers-before-commit-are-seen",
                   test_cse_answers_before_commit_are_seen);
  g_test_add_func ("/cse-power/every-answer-is-kept", test_cse_keeps_every_answer);
  return g_test_run ();
}
