/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "write/gh-ledger.h"

#include "base/gh-hash.h"
#include "base/gh-log.h"

/* One holder. What is not yet published counts, too, when another request of the batch asks. */
typedef struct {
  char *holder;
  GhHolding has, pending; /* pending: differences, modulo 2^64 */
  gboolean changed;            /* in this batch */
} Account;

/* What a slot counts for in the batch under way. */
typedef struct {
  Account *account;
  GhHolding now;
} Charge;

/* Instances of one writer in a shared container have come or gone in the batch under way. */
typedef struct {
  guint64 container;
  Account *account;
  GhHolding change; /* modulo 2^64 */
} Move;

struct _GhLedger {
  GhLedgerBounds bounds;
  gpointer data;
  guint64 refused;      /* atomic */
  GMutex lock;          /* of the next one, for those that read from elsewhere */
  GHashTable *accounts; /* holder -> Account */
  GHashTable *charges; /* GhSlot -> Charge, of this batch */
  GPtrArray *changed;  /* Account */
  GHashTable *shared;  /* number of a container -> table of Account -> GhHolding, as noted */
  GArray *moves;       /* Move, of this batch */
};

static void
account_free (gpointer data)
{
  Account *account = data;
  g_free (account->holder);
  g_free (account);
}

GhLedger *
gh_ledger_new (GhLedgerBounds bounds, gpointer data)
{
  GhLedger *ledger = g_new0 (GhLedger, 1);
  ledger->bounds = bounds;
  ledger->data = data;
  ledger->accounts = g_hash_table_new_full (gh_text_hash, g_str_equal, NULL, account_free);
  ledger->charges = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  ledger->changed = g_ptr_array_new ();
  ledger->shared = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free,
                                          (GDestroyNotify) g_hash_table_unref);
  ledger->moves = g_array_new (FALSE, FALSE, sizeof (Move));
  g_mutex_init (&ledger->lock);
  return ledger;
}

void
gh_ledger_free (GhLedger *ledger)
{
  g_hash_table_unref (ledger->shared);
  g_array_unref (ledger->moves);
  g_hash_table_unref (ledger->charges);
  g_hash_table_unref (ledger->accounts);
  g_ptr_array_unref (ledger->changed);
  g_mutex_clear (&ledger->lock);
  g_free (ledger);
}

static void
add (GhHolding *to, const GhHolding *more)
{
  to->resources += more->resources;
  to->octets += more->octets;
  to->subscriptions += more->subscriptions;
}

static void
subtract (GhHolding *from, const GhHolding *less)
{
  from->resources -= less->resources;
  from->octets -= less->octets;
  from->subscriptions -= less->subscriptions;
}

static gboolean
is_nothing (const GhHolding *holding)
{
  return (holding->resources | holding->octets | holding->subscriptions) == 0;
}

static GhHolding
holding_of (const GhResource *resource, const GhCounters *counters)
{
  return (GhHolding){ .resources = 1 + counters->count,
                      .octets = gh_resource_size (resource) + counters->bytes,
                      .subscriptions = resource->type->number == GH_TYPE_SUBSCRIPTION };
}

static gboolean
bounds_of (const GhLedger *ledger, const char *holder, GhHolding *out)
{
  *out = (GhHolding){ 0 };
  return ledger->bounds == NULL || ledger->bounds (ledger->data, holder, out);
}

/* With the lock held. */
static Account *
account_of (GhLedger *ledger, const char *holder)
{
  Account *account = g_hash_table_lookup (ledger->accounts, holder);
  GhHolding unused;
  if (account != NULL || !bounds_of (ledger, holder, &unused))
    return account;
  account = g_new0 (Account, 1);
  account->holder = g_strdup (holder);
  g_hash_table_insert (ledger->accounts, account->holder, account);
  return account;
}

/* "/mn/Ccam" counts for "/mn", "//sp/mn/Ccam" for "//sp/mn". */
static gsize
length_of_cse (const char *owner)
{
  const char *end = owner;
  for (guint segments = owner[1] == '/' ? 2 : 1; segments > 0; segments--)
    {
      end += strspn (end, "/");
      end += strcspn (end, "/");
    }
  return (gsize) (end - owner);
}

/* With the lock held. NULL: nobody. */
static Account *
find_account (GhLedger *ledger, const char *owner, const GhSlot *parent)
{
  Account *account = NULL;
  if (owner != NULL && owner[0] == '/')
    {
      g_autofree char *cse = g_strndup (owner, length_of_cse (owner));
      account = account_of (ledger, cse);
    }
  else if (owner != NULL)
    account = account_of (ledger, owner);
  for (; account == NULL && parent != NULL; parent = parent->parent)
    if (parent->type->number == GH_TYPE_AE)
      account = account_of (ledger, parent->id);
  return account;
}

/* With the lock held: an account that is empty is none. */
static void
drop_if_empty (GhLedger *ledger, Account *account)
{
  if (is_nothing (&account->has) && is_nothing (&account->pending) && !account->changed)
    g_hash_table_remove (ledger->accounts, account->holder);
}

/* With the lock held. */
static void
mark_changed (GhLedger *ledger, Account *account)
{
  if (account->changed)
    return;
  account->changed = TRUE;
  g_ptr_array_add (ledger->changed, account);
}

/* With the lock held: what @account has in @container. An entry never outlives its account, which
 * has at least as much. */
static void
part_change (GhLedger *ledger, guint64 container, Account *account, const GhHolding *change)
{
  GHashTable *parts = g_hash_table_lookup (ledger->shared, &container);
  GhHolding *holding = NULL;
  if (parts == NULL)
    {
      parts = g_hash_table_new_full (NULL, NULL, NULL, g_free);
      g_hash_table_insert (ledger->shared, g_memdup2 (&container, sizeof container), parts);
    }
  holding = g_hash_table_lookup (parts, account);
  if (holding == NULL)
    {
      holding = g_new0 (GhHolding, 1);
      g_hash_table_insert (parts, account, holding);
    }
  add (holding, change);
  if (is_nothing (holding))
    g_hash_table_remove (parts, account);
  if (g_hash_table_size (parts) == 0)
    g_hash_table_remove (ledger->shared, &container);
}

/* With the lock held. */
static void
move (GhLedger *ledger, guint64 container, Account *account, const GhHolding *change)
{
  const Move noted = { container, account, *change };
  mark_changed (ledger, account);
  part_change (ledger, container, account, change);
  add (&account->pending, change);
  g_array_append_val (ledger->moves, noted);
}

/* With the lock held: what a shared container holds goes. */
static void
empty (GhLedger *ledger, guint64 container)
{
  GHashTable *parts = g_hash_table_lookup (ledger->shared, &container);
  guint n = 0;
  if (parts == NULL)
    return;
  g_autofree gpointer *accounts = g_hash_table_get_keys_as_array (parts, &n);
  for (guint i = 0; i < n; i++)
    {
      GhHolding less = { 0 };
      subtract (&less, g_hash_table_lookup (parts, accounts[i]));
      /* removes @parts with the last one */
      move (ledger, container, accounts[i], &less);
    }
}

gboolean
gh_ledger_shares (GhLedger *ledger, const GhSlot *slot, const char *owner)
{
  g_mutex_lock (&ledger->lock);
  Account *account = find_account (ledger, owner, slot->parent);
  const gboolean shared = account == NULL;
  if (account != NULL)
    drop_if_empty (ledger, account);
  g_mutex_unlock (&ledger->lock);
  return shared;
}

void
gh_ledger_load_instance (GhLedger *ledger, const GhSlot *slot, const char *writer, guint64 size)
{
  const GhHolding holding = { .resources = 1, .octets = size };
  g_mutex_lock (&ledger->lock);
  Account *account = find_account (ledger, writer, NULL);
  if (account != NULL)
    {
      add (&account->has, &holding);
      part_change (ledger, slot->number, account, &holding);
    }
  g_mutex_unlock (&ledger->lock);
}

void
gh_ledger_note_instance (GhLedger *ledger, const GhSlot *slot, const char *writer, gboolean added,
                         guint64 size)
{
  const GhHolding holding = { .resources = 1, .octets = size };
  GhHolding change = { 0 };
  g_mutex_lock (&ledger->lock);
  Account *account = find_account (ledger, writer, NULL);
  (added ? add : subtract) (&change, &holding);
  if (account != NULL)
    move (ledger, slot->number, account, &change);
  g_mutex_unlock (&ledger->lock);
}

void
gh_ledger_note_empty (GhLedger *ledger, const GhSlot *slot)
{
  g_mutex_lock (&ledger->lock);
  empty (ledger, slot->number);
  g_mutex_unlock (&ledger->lock);
}

/* The newest version of @slot comes, or goes. */
static void
book (GhLedger *ledger, const GhSlot *slot, void (*change) (GhHolding *, const GhHolding *))
{
  const GhVersion *version = slot->newest;
  if (version->resource == NULL)
    return;
  const GhHolding holding = holding_of (version->resource, &version->counters);
  g_mutex_lock (&ledger->lock);
  Account *account = find_account (ledger, version->resource->identity.owner, slot->parent);
  if (account != NULL)
    {
      change (&account->has, &holding);
      drop_if_empty (ledger, account);
    }
  g_mutex_unlock (&ledger->lock);
}

void
gh_ledger_load (GhLedger *ledger, const GhSlot *slot)
{
  book (ledger, slot, add);
}

void
gh_ledger_forget (GhLedger *ledger, const GhSlot *slot)
{
  GHashTable *parts = NULL;
  GHashTableIter iter;
  gpointer account, holding;
  book (ledger, slot, subtract);
  g_mutex_lock (&ledger->lock);
  parts = g_hash_table_lookup (ledger->shared, &slot->number);
  if (parts != NULL)
    {
      g_hash_table_iter_init (&iter, parts);
      while (g_hash_table_iter_next (&iter, &account, &holding))
        {
          subtract (&((Account *) account)->has, holding);
          drop_if_empty (ledger, account);
        }
      g_hash_table_remove (ledger->shared, &slot->number);
    }
  g_mutex_unlock (&ledger->lock);
}

/* With the lock held. */
static Charge *
charge_of (GhLedger *ledger, const GhOverlayEntry *entry)
{
  Charge *charge = g_hash_table_lookup (ledger->charges, entry->slot);
  if (charge != NULL)
    return charge;
  charge = g_new0 (Charge, 1);
  charge->account = find_account (ledger, entry->resource->identity.owner, entry->slot->parent);
  if (!entry->created && entry->slot->newest->resource != NULL)
    charge->now = holding_of (entry->slot->newest->resource, &entry->slot->newest->counters);
  if (charge->account != NULL)
    mark_changed (ledger, charge->account);
  g_hash_table_insert (ledger->charges, entry->slot, charge);
  return charge;
}

void
gh_ledger_note (GhOverlayEntry *entry, gpointer user_data)
{
  GhLedger *ledger = user_data;
  GhHolding now = { 0 };
  if (!entry->ended)
    now = holding_of (entry->resource, &entry->counters);
  g_mutex_lock (&ledger->lock);
  Charge *charge = charge_of (ledger, entry);
  if (charge->account != NULL)
    {
      subtract (&charge->account->pending, &charge->now);
      add (&charge->account->pending, &now);
    }
  charge->now = now;
  if (entry->ended)
    empty (ledger, entry->slot->number);
  g_mutex_unlock (&ledger->lock);
}

void
gh_ledger_settle (GhLedger *ledger, gboolean kept)
{
  g_mutex_lock (&ledger->lock);
  for (guint i = ledger->moves->len; i > 0 && !kept; i--)
    {
      const Move *noted = &g_array_index (ledger->moves, Move, i - 1);
      GhHolding back = { 0 };
      subtract (&back, &noted->change);
      part_change (ledger, noted->container, noted->account, &back);
    }
  g_array_set_size (ledger->moves, 0);
  for (guint i = 0; i < ledger->changed->len; i++)
    {
      Account *account = ledger->changed->pdata[i];
      if (kept)
        add (&account->has, &account->pending);
      account->pending = (GhHolding){ 0 };
      account->changed = FALSE;
      drop_if_empty (ledger, account);
    }
  g_ptr_array_set_size (ledger->changed, 0);
  g_hash_table_remove_all (ledger->charges);
  g_mutex_unlock (&ledger->lock);
}

static gboolean
fits (guint64 has, guint64 more, guint64 may)
{
  return may == 0 || more == 0 || (has <= may && more <= may - has);
}

/* The bounds are asked for each time: they change while the CSE runs. */
static gboolean
check (const GhLedger *ledger, const Account *account, const GhHolding *more, GhFault *fault)
{
  GhHolding has = account->has, may;
  (void) bounds_of (ledger, account->holder, &may);
  add (&has, &account->pending);
  const struct {
    guint64 has, more, may;
    const char *what;
  } rows[] = {
    { has.resources, more->resources, may.resources, "resources" },
    { has.octets, more->octets, may.octets, "octets" },
    { has.subscriptions, more->subscriptions, may.subscriptions, "subscriptions" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (!fits (rows[i].has, rows[i].more, rows[i].may))
      return gh_fault_set (fault, GH_ERROR_NOT_ACCEPTABLE,
                           "%s has %" G_GUINT64_FORMAT " %s here, and may have %" G_GUINT64_FORMAT,
                           account->holder, rows[i].has, rows[i].what, rows[i].may);
  return TRUE;
}

gboolean
gh_ledger_has_room (GhLedger *ledger, const GhLedgerClaim *claim, GhFault *fault)
{
  GhHolding unused;
  if (claim->originator == NULL || !bounds_of (ledger, claim->originator, &unused))
    return TRUE;
  g_mutex_lock (&ledger->lock);
  Account *account = find_account (ledger, claim->owner, claim->parent);
  const gboolean room = account == NULL || check (ledger, account, &claim->more, fault);
  if (account != NULL)
    drop_if_empty (ledger, account);
  g_mutex_unlock (&ledger->lock);
  if (room || fault == NULL)
    return room;
  __atomic_fetch_add (&ledger->refused, 1, __ATOMIC_RELAXED);
  if (gh_log_has_room (GH_LOG_NOTICE))
    gh_log (GH_LOG_NOTICE, "quota", fault->text, "originator", claim->originator, NULL);
  return FALSE;
}

void
gh_ledger_each (GhLedger *ledger, void (*func) (const GhLedgerRow *row, gpointer user_data),
                gpointer user_data)
{
  GHashTableIter iter;
  gpointer value;
  g_mutex_lock (&ledger->lock);
  g_hash_table_iter_init (&iter, ledger->accounts);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const Account *account = value;
      GhLedgerRow row = { .holder = account->holder, .has = account->has };
      (void) bounds_of (ledger, account->holder, &row.may);
      func (&row, user_data);
    }
  g_mutex_unlock (&ledger->lock);
}

static guint64
share (guint64 has, guint64 may)
{
  return may > 0 ? (guint64) ((double) has / (double) may * 100) : 0;
}

static void
take_share (const GhLedgerRow *row, gpointer user_data)
{
  GhLedgerStatistics *out = user_data;
  out->holders++;
  out->fullest = MAX (out->fullest, share (row->has.resources, row->may.resources));
  out->fullest = MAX (out->fullest, share (row->has.octets, row->may.octets));
  out->fullest = MAX (out->fullest, share (row->has.subscriptions, row->may.subscriptions));
}

void
gh_ledger_statistics (GhLedger *ledger, GhLedgerStatistics *out)
{
  *out = (GhLedgerStatistics){ .refused = __atomic_load_n (&ledger->refused, __ATOMIC_RELAXED) };
  gh_ledger_each (ledger, take_share, out);
}
