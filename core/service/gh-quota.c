/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-quota.h"

#include "base/gh-config.h"
#include "base/gh-hash.h"
#include "security/gh-originator.h"

#include <string.h>

/* Parts with a lock each, so that threads seldom meet; far more than processors. */
#define PARTS        64
#define PART_ENTRIES 1024 /* above it those that are at rest go */
#define NS_PER_S     G_GINT64_CONSTANT (1000000000)
#define MAX_LIMIT    1000000
#define MAX_STORED   G_MAXINT64

struct _GhQuota {
  gint ref_count;
  gint waiting;  /* atomic */
  gint64 due_ns; /* when all its tokens are back; under the lock of the part */
  GhQuotaLimits limits;
};

typedef struct {
  GMutex lock;
  GHashTable *entries; /* originator -> GhQuota */
} Part;

/* Never changed. */
typedef struct {
  GhQuotaLimits limits;
  GHashTable *exceptions; /* originator -> GhQuotaLimits */
} Rules;

struct _GhQuotas {
  GhClock *clock;
  Rules *rules;         /* atomic: the last of those */
  GPtrArray *all_rules; /* Rules: readers take no lock, so none goes before the CSE */
  guint64 slowed, held; /* atomic */
  Part parts[PARTS];
};

void
gh_quota_unref (GhQuota *quota)
{
  if (g_atomic_int_dec_and_test (&quota->ref_count))
    g_free (quota);
}

/* "octets=10M" */
static gboolean
parse_limit (const char *text, GhQuotaLimits *limits)
{
  const struct {
    const char *name;
    guint *count;
    guint64 *amount;
  } rows[] = {
    { "requests", &limits->rate, NULL },
    { "burst", &limits->burst, NULL },
    { "waiting", &limits->waiting, NULL },
    { "resources", NULL, &limits->stored.resources },
    { "octets", NULL, &limits->stored.octets },
    { "subscriptions", NULL, &limits->stored.subscriptions },
  };
  const char *equals = strchr (text, '=');
  const gsize length = equals != NULL ? (gsize) (equals - text) : 0;

  for (guint i = 0; equals != NULL && i < G_N_ELEMENTS (rows); i++)
    {
      const GhConfigKey key = { .type = rows[i].amount == &limits->stored.octets
                                          ? GH_CONFIG_SIZE
                                          : GH_CONFIG_INTEGER,
                                .minimum = 0,
                                .maximum = rows[i].count != NULL ? MAX_LIMIT : MAX_STORED };
      gint64 value;

      if (strlen (rows[i].name) != length || strncmp (text, rows[i].name, length) != 0)
        continue;
      if (!gh_config_read_number (&key, equals + 1, &value, NULL))
        return FALSE;
      if (rows[i].count != NULL)
        *rows[i].count = (guint) value;
      else
        *rows[i].amount = (guint64) value;
      return TRUE;
    }
  return FALSE;
}

static gboolean
add_exception (const Rules *rules, const char *text, GError **error)
{
  g_auto (GStrv) words = g_strsplit_set (text, " \t", -1);
  GhQuotaLimits limits = rules->limits;
  gboolean good = words[0] != NULL && gh_originator_is_well_formed (words[0]);

  for (guint i = 1; good && words[i] != NULL; i++)
    good = words[i][0] == '\0' || parse_limit (words[i], &limits);
  if (!good)
    {
      g_set_error (error, GH_ERROR, GH_ERROR_CONFIG,
                   "[quota] exceptions: \"%.80s\" is not an originator with requests=, burst= or "
                   "waiting= of 0 to %d, or resources=, octets= or subscriptions=",
                   text, MAX_LIMIT);
      return FALSE;
    }
  g_hash_table_replace (rules->exceptions, g_strdup (words[0]), g_memdup2 (&limits, sizeof limits));
  return TRUE;
}

static void
rules_free (gpointer data)
{
  Rules *rules = data;

  g_hash_table_unref (rules->exceptions);
  g_free (rules);
}

static Rules *
rules_new (const GhQuotaLimits *limits, const char *const *exceptions, GError **error)
{
  Rules *rules = g_new0 (Rules, 1);

  rules->limits = *limits;
  rules->exceptions = g_hash_table_new_full (gh_text_hash, g_str_equal, g_free, g_free);
  for (; exceptions != NULL && *exceptions != NULL; exceptions++)
    if (!add_exception (rules, *exceptions, error))
      {
        rules_free (rules);
        return NULL;
      }
  return rules;
}

static const Rules *
rules_of (const GhQuotas *quotas)
{
  return __atomic_load_n (&quotas->rules, __ATOMIC_ACQUIRE);
}

GhQuotas *
gh_quotas_new (GhClock *clock, const GhQuotaLimits *limits, const char *const *exceptions,
               GError **error)
{
  Rules *rules = rules_new (limits, exceptions, error);
  GhQuotas *quotas;

  if (rules == NULL)
    return NULL;
  quotas = g_new0 (GhQuotas, 1);
  quotas->clock = gh_clock_ref (clock);
  quotas->all_rules = g_ptr_array_new_with_free_func (rules_free);
  g_ptr_array_add (quotas->all_rules, rules);
  quotas->rules = rules;
  for (guint i = 0; i < PARTS; i++)
    {
      g_mutex_init (&quotas->parts[i].lock);
      quotas->parts[i].entries = g_hash_table_new_full (gh_text_hash, g_str_equal, g_free,
                                                        (GDestroyNotify) gh_quota_unref);
    }
  return quotas;
}

void
gh_quotas_free (GhQuotas *quotas)
{
  for (guint i = 0; i < PARTS; i++)
    {
      g_hash_table_unref (quotas->parts[i].entries);
      g_mutex_clear (&quotas->parts[i].lock);
    }
  g_ptr_array_unref (quotas->all_rules);
  gh_clock_unref (quotas->clock);
  g_free (quotas);
}

static gint64
now_ns (const GhQuotas *quotas)
{
  return gh_clock_monotonic_us (quotas->clock) * 1000;
}

static gboolean
is_at_rest (gpointer key, gpointer value, gpointer user_data)
{
  const GhQuota *quota = value;
  const gint64 *now = user_data;

  (void) key;
  return quota->due_ns <= *now && g_atomic_int_get (&quota->waiting) == 0;
}

static const GhQuotaLimits *
limits_of (const GhQuotas *quotas, const char *who)
{
  const Rules *rules = rules_of (quotas);
  const GhQuotaLimits *own = g_hash_table_lookup (rules->exceptions, who);

  return own != NULL ? own : &rules->limits;
}

static gboolean
limits_equal (const GhQuotaLimits *a, const GhQuotaLimits *b)
{
  return a->rate == b->rate && a->burst == b->burst && a->waiting == b->waiting
         && a->stored.resources == b->stored.resources && a->stored.octets == b->stored.octets
         && a->stored.subscriptions == b->stored.subscriptions;
}

static gboolean
rules_equal (const Rules *a, const Rules *b)
{
  GHashTableIter iter;
  gpointer who, limits;

  if (!limits_equal (&a->limits, &b->limits)
      || g_hash_table_size (a->exceptions) != g_hash_table_size (b->exceptions))
    return FALSE;
  g_hash_table_iter_init (&iter, a->exceptions);
  while (g_hash_table_iter_next (&iter, &who, &limits))
    {
      const GhQuotaLimits *other = g_hash_table_lookup (b->exceptions, who);

      if (other == NULL || !limits_equal (limits, other))
        return FALSE;
    }
  return TRUE;
}

/* Those that are known already; others ask when they come. */
static void
renew_entries (GhQuotas *quotas, Part *part)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&part->lock);
  GHashTableIter iter;
  gpointer who, value;

  g_hash_table_iter_init (&iter, part->entries);
  while (g_hash_table_iter_next (&iter, &who, &value))
    {
      GhQuota *quota = value;

      quota->limits = *limits_of (quotas, who);
      quota->due_ns = 0; /* a debt was counted in steps of the old rate */
    }
}

gboolean
gh_quotas_set (GhQuotas *quotas, const GhQuotaLimits *limits, const char *const *exceptions,
               GError **error)
{
  Rules *rules = rules_new (limits, exceptions, error);

  if (rules == NULL)
    return FALSE;
  if (rules_equal (rules, rules_of (quotas)))
    {
      rules_free (rules);
      return TRUE;
    }
  g_ptr_array_add (quotas->all_rules, rules);
  __atomic_store_n (&quotas->rules, rules, __ATOMIC_RELEASE);
  for (guint i = 0; i < PARTS; i++)
    renew_entries (quotas, &quotas->parts[i]);
  return TRUE;
}

gboolean
gh_quota_bounds (gpointer data, const char *holder, GhHolding *out)
{
  const GhService *service = data;

  if (g_strcmp0 (holder, service->options.administrator) == 0)
    return FALSE;
  *out = limits_of (service->quotas, holder)->stored;
  return TRUE;
}

/* With the lock held. Who is not at rest is kept, however many they are: each has had a request
 * admitted lately, and so an identity that was checked. */
static GhQuota *
entry_of (GhQuotas *quotas, Part *part, const char *who)
{
  GhQuota *quota = g_hash_table_lookup (part->entries, who);

  if (quota != NULL)
    return quota;
  if (g_hash_table_size (part->entries) >= PART_ENTRIES)
    {
      gint64 now = now_ns (quotas);
      g_hash_table_foreach_remove (part->entries, is_at_rest, &now);
    }
  quota = g_new0 (GhQuota, 1);
  quota->ref_count = 1;
  quota->limits = *limits_of (quotas, who);
  g_hash_table_insert (part->entries, g_strdup (who), quota);
  return quota;
}

/* Each request moves the moment at which all tokens are back by one step; it is refused when that
 * would be more than a burst ahead. */
static gboolean
take_token (GhQuotas *quotas, GhQuota *quota)
{
  const gint64 step = NS_PER_S / MAX (quota->limits.rate, 1);
  const gint64 ahead = step * MAX (quota->limits.burst, 1);
  const gint64 now = now_ns (quotas);
  const gint64 due = MAX (quota->due_ns, now) + step;

  if (due - now > ahead)
    return FALSE;
  quota->due_ns = due;
  return TRUE;
}

/* NULL: nobody whom bounds hold for. */
static const char *
bounded (const GhService *service, const GhPrincipal *principal, const char *originator)
{
  const GhProof proof = gh_principal_get_proof (principal);
  const char *cse_id;

  if (proof == GH_PROOF_LOCAL || proof == GH_PROOF_BUS_UID)
    return NULL;
  cse_id = gh_principal_get_cse_id (principal);
  if (cse_id != NULL)
    return cse_id;
  if (originator == NULL)
    originator = gh_principal_get_credential_id (principal);
  if (originator == NULL)
    return "C";
  return service->options.administrator != NULL
             && strcmp (originator, service->options.administrator) == 0
           ? NULL
           : originator;
}

static Part *
part_of (GhQuotas *quotas, const char *who)
{
  return &quotas->parts[gh_text_hash (who) % PARTS];
}

gboolean
gh_quota_admit (const GhJob *job, GhFault *fault)
{
  GhQuotas *quotas = job->service->quotas;
  const char *who;
  gboolean admitted = TRUE;

  const Rules *rules = rules_of (quotas);
  if (rules->limits.rate == 0 && g_hash_table_size (rules->exceptions) == 0)
    return TRUE;
  who = bounded (job->service, job->principal, job->originator_text);
  if (who == NULL)
    return TRUE;
  Part *part = part_of (quotas, who);
  g_mutex_lock (&part->lock);
  GhQuota *quota = entry_of (quotas, part, who);
  const guint rate = quota->limits.rate;
  if (rate > 0)
    admitted = take_token (quotas, quota);
  g_mutex_unlock (&part->lock);
  if (admitted)
    return TRUE;
  __atomic_fetch_add (&quotas->slowed, 1, __ATOMIC_RELAXED);
  return gh_fault_set (fault, GH_ERROR_RATE, "From: more than %u requests a second", rate);
}

gboolean
gh_quota_enter (GhService *service, GhIntent *intent, GhFault *fault)
{
  GhQuotas *quotas = service->quotas;
  const char *who = intent->principal != NULL
                      ? bounded (service, intent->principal, intent->originator)
                      : NULL;

  if (who == NULL || intent->quota != NULL)
    return TRUE;
  Part *part = part_of (quotas, who);
  g_mutex_lock (&part->lock);
  GhQuota *quota = entry_of (quotas, part, who);
  const guint limit = quota->limits.waiting;
  g_atomic_int_inc (&quota->ref_count);
  g_mutex_unlock (&part->lock);
  /* counted first: of two that come at once only one has the last place */
  const gint before = g_atomic_int_add (&quota->waiting, 1);
  if (limit > 0 && before >= (gint) limit)
    {
      g_atomic_int_add (&quota->waiting, -1);
      gh_quota_unref (quota);
      __atomic_fetch_add (&quotas->held, 1, __ATOMIC_RELAXED);
      return gh_fault_set (fault, GH_ERROR_RATE,
                           "From: %u requests of this originator are waiting to be written", limit);
    }
  intent->quota = quota;
  return TRUE;
}

void
gh_quota_leave (GhIntent *intent)
{
  GhQuota *quota = g_steal_pointer (&intent->quota);

  if (quota == NULL)
    return;
  g_atomic_int_add (&quota->waiting, -1);
  gh_quota_unref (quota);
}

void
gh_quota_statistics (GhQuotas *quotas, GhQuotaStatistics *out)
{
  out->slowed = __atomic_load_n (&quotas->slowed, __ATOMIC_RELAXED);
  out->held = __atomic_load_n (&quotas->held, __ATOMIC_RELAXED);
  out->known = 0;
  for (guint i = 0; i < PARTS; i++)
    {
      g_mutex_lock (&quotas->parts[i].lock);
      out->known += g_hash_table_size (quotas->parts[i].entries);
      g_mutex_unlock (&quotas->parts[i].lock);
    }
}
