/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-job.h"

G_BEGIN_DECLS

/*
 * What one originator may take: requests in a second, changes that wait for the writer at a time,
 * and what it has in the store (see write/gh-ledger.h). A CSE is one for all that it passes on. The
 * administrator has no bounds, being who mends it, nor have the embedding program and the bus but
 * for what their AEs store.
 */

/** GhQuotaLimits: 0: no bound. */
typedef struct {
  guint rate;    /* requests a second */
  guint burst;   /* that may come at once, after a silence */
  guint waiting; /* changes that wait for the writer */
  GhHolding stored;
} GhQuotaLimits;

/**
 * gh_quotas_new:
 * @limits: of everybody
 * @exceptions: (nullable): "Ccam requests=100 burst=200 waiting=10 resources=1000 octets=10M
 * subscriptions=5", of one originator each, in the form that the CSE has for it ("Ccam", "/mn")
 * Returns: (transfer full): or NULL with GH_ERROR_CONFIG
 */
GhQuotas *gh_quotas_new (GhClock *clock, const GhQuotaLimits *limits, const char *const *exceptions,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gh_quotas_free (GhQuotas *quotas);
/** gh_quotas_set: other bounds, from now on; who had used up the old ones begins anew. As
 * gh_quotas_new(); FALSE: the old ones stay. One call at a time; readers are not kept waiting, so
 * the old rules stay in memory until gh_quotas_free(). */
gboolean gh_quotas_set (GhQuotas *quotas, const GhQuotaLimits *limits,
                        const char *const *exceptions, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** gh_quota_admit: one request of the job's originator, whose identity has been checked. FALSE with
 * @fault: it has had its requests of this second. Any thread. */
gboolean gh_quota_admit (const GhJob *job, GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;

/** gh_quota_enter: @intent is about to wait for the writer. FALSE with @fault: too many of its
 * originator wait. gh_quota_leave: it waits no more; nothing to do when it never did. Any thread.
 */
gboolean gh_quota_enter (GhService *service, GhIntent *intent, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;
void gh_quota_leave (GhIntent *intent);

/** gh_quota_bounds: GhLedgerBounds of a GhService. */
gboolean gh_quota_bounds (gpointer service, const char *holder, GhHolding *out);

/** gh_quota_unref: of an intent that is freed. */
void gh_quota_unref (GhQuota *quota);

typedef struct {
  guint64 slowed; /* requests above their rate */
  guint64 held;   /* changes above what may wait */
  guint64 known;  /* originators that are kept in mind */
} GhQuotaStatistics;
void gh_quota_statistics (GhQuotas *quotas, GhQuotaStatistics *out);

G_END_DECLS
