/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-service.h"

G_BEGIN_DECLS

/* m2m:eventType (TS-0004 6.3.4.2) */
typedef enum {
  GH_STATISTICS_OPERATION = 1,
  GH_STATISTICS_STORAGE = 2,
  GH_STATISTICS_TIMER = 3,
} GhStatisticsEvent;

/** GhStatisticsRecord: one Service Statistics Collection Record (TS-0001 10.2.11.14). */
typedef struct {
  char *collect_id;        /* statsCollectID */
  char *collecting_entity; /* collectingEntityID */
  char *collected_entity;  /* whose requests they were */
  char *resource_id;       /* what was operated on; NULL with TIMER */
  GhStatisticsEvent event;
  gint operation;          /* GhOperation; 0 with TIMER */
  gint64 start_us, end_us; /* both the moment of the request, but with TIMER */
  guint64 size;            /* octets of data */
  guint64 count;           /* operations */
} GhStatisticsRecord;

/**
 * GhStatistics:
 * What statsCollect and eventConfig resources ask to have counted. Records are kept until they are
 * taken, in a bounded queue whose oldest go first. Without an active rule a request costs one
 * atomic read. Any thread.
 */
GhStatistics *gh_statistics_new (guint limit);
void gh_statistics_free (GhStatistics *statistics);

/** GhCollection: what an active statsCollect compiles to; its life tells whether there is any. */
GhCompiled *gh_statistics_compile (GhService *service, const GhResource *collect, GhFault *fault);

/** GhObservation: a request that was carried out. */
typedef struct {
  GhOperation operation;
  const char *originator; /* canonical */
  const char *target;     /* unstructured identifier of what was addressed */
  const char *subject;    /* of what was created; else NULL */
  gint type;              /* of the subject or else of the target */
  guint64 size;           /* contentSize or currentByteSize; 0: none */
} GhObservation;

static inline gboolean
gh_statistics_is_active (const GhService *service)
{
  return __atomic_load_n (&service->collections, __ATOMIC_RELAXED) > 0;
}

/** gh_statistics_observe: counts @observation and records it where a rule asks for it. Opens a read
 * section. */
void gh_statistics_observe (GhService *service, const GhObservation *observation);

/** gh_statistics_observe_growth: the same for what holds the instance that was created: for storage
 * rules only. */
void gh_statistics_observe_growth (GhService *service, const GhObservation *observation);

/** gh_statistics_elapse: the time of @event_config has passed: records what was counted during it.
 * Thread of the view. */
void gh_statistics_elapse (GhService *service, const GhView *view, const GhNode *event_config);

/** gh_statistics_take: the records so far, oldest first. (transfer full): GhStatisticsRecord.
 * @out_lost: (nullable): how many had to go before they were taken */
GPtrArray *gh_statistics_take (GhStatistics *statistics, guint64 *out_lost);

G_END_DECLS
