/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "security/gh-audit-rate.h"

#include "base/gh-hash.h"

#include <string.h>

#define SLOTS      1024
#define SUMMARY_US (10 * (gint64) G_USEC_PER_SEC)

/* So many at once, then one in each step. */
typedef struct {
  guint burst;
  gint64 step_us;
} Allowance;

/* A month of one credential's flood, or two days of anybody's, fit into 64 MiB. */
static const Allowance of_one = { 128, 10 * (gint64) G_USEC_PER_SEC };
static const Allowance of_proven = { 1024, G_USEC_PER_SEC / 16 };
static const Allowance of_unproven = { 1024, G_USEC_PER_SEC };

typedef struct {
  guint used;
  gint64 since_us; /* @used was right then */
} Bucket;

typedef struct {
  Bucket proven, unproven;
  Bucket credentials[SLOTS];
  guint64 left;
} Kind;

struct _GhAuditRate {
  GhClock *clock;
  gint64 summary_us;
  guint64 left; /* of all kinds */
  Kind kinds[GH_N_AUDIT_KINDS];
};

GhAuditRate *
gh_audit_rate_new (GhClock *clock)
{
  GhAuditRate *rate = g_new0 (GhAuditRate, 1);
  rate->clock = gh_clock_ref (clock);
  rate->summary_us = gh_clock_monotonic_us (clock) - SUMMARY_US;
  return rate;
}

void
gh_audit_rate_free (GhAuditRate *rate)
{
  gh_clock_unref (rate->clock);
  g_free (rate);
}

static gboolean
is_full (Bucket *bucket, const Allowance *allowance, gint64 now_us)
{
  const gint64 steps = (now_us - bucket->since_us) / allowance->step_us;
  if (steps >= bucket->used)
    *bucket = (Bucket){ .since_us = now_us };
  else
    {
      bucket->used -= (guint) steps;
      bucket->since_us += steps * allowance->step_us;
    }
  return bucket->used >= allowance->burst;
}

/* By peers, not by who runs the CSE. */
static gboolean
is_bounded (GhAuditKind kind)
{
  return kind == GH_AUDIT_REGISTRATION || kind == GH_AUDIT_DEREGISTRATION
         || kind == GH_AUDIT_REFUSAL || kind == GH_AUDIT_ASSOCIATION || kind == GH_AUDIT_POLICY;
}

gboolean
gh_audit_rate_take (GhAuditRate *rate, GhAuditKind kind, const char *credential)
{
  const gint64 now_us = gh_clock_monotonic_us (rate->clock);
  Kind *of = &rate->kinds[kind];
  Bucket *all = credential != NULL ? &of->proven : &of->unproven, *own = NULL;
  if (!is_bounded (kind))
    return TRUE;
  gboolean full = is_full (all, credential != NULL ? &of_proven : &of_unproven, now_us);
  if (credential != NULL)
    {
      own = &of->credentials[gh_hash_text (credential) % SLOTS];
      full = is_full (own, &of_one, now_us) || full;
      own->used += !full;
    }
  all->used += !full;
  of->left += full;
  rate->left += full;
  return !full;
}

gboolean
gh_audit_rate_has_left (const GhAuditRate *rate)
{
  return rate->left > 0;
}

gboolean
gh_audit_rate_is_due (const GhAuditRate *rate)
{
  return rate->left > 0 && gh_clock_monotonic_us (rate->clock) - rate->summary_us >= SUMMARY_US;
}

gboolean
gh_audit_rate_next (GhAuditRate *rate, GhAuditKind *out_kind, guint64 *out_count)
{
  for (guint i = 0; rate->left > 0 && i < GH_N_AUDIT_KINDS; i++)
    if (rate->kinds[i].left > 0)
      {
        rate->summary_us = gh_clock_monotonic_us (rate->clock);
        *out_kind = (GhAuditKind) i;
        *out_count = rate->kinds[i].left;
        rate->left -= rate->kinds[i].left;
        rate->kinds[i].left = 0;
        return TRUE;
      }
  return FALSE;
}
