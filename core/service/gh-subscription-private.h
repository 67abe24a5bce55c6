/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-subscription.h"

G_BEGIN_DECLS

typedef enum { GH_TEST_BELOW, GH_TEST_ABOVE, GH_TEST_AT_LEAST } GhConditionTest;

/** GhConditionTag: one of the condition tags that compare an attribute (TS-0001 Table 9.6.8-3). */
typedef struct {
  const char *name;      /* in enc */
  const char *attribute; /* of the resource of the event */
  gboolean is_time;
  GhConditionTest test;
} GhConditionTag;

#define GH_N_CONDITION_TAGS 10

typedef struct {
  const GhConditionTag *tag;
  gint64 value; /* a number, or microseconds */
} GhCondition;

/* Where the attributes are: the one that is not NULL. */
typedef struct {
  const GhResource *resource;
  const GhDraft *draft;
  const GhValue *value;
} GhSubscriptionSource;

typedef struct {
  GhSubscription *subscription;
  GhSubscriptionSource source;
  GhFault *fault;
} GhSubscriptionCompiler;

/* One entry of om. */
typedef struct {
  guint operations;       /* bits; 0: any */
  const char *originator; /* NULL: any */
} GhMonitored;

struct _GhSubscription {
  gatomicrefcount ref_count;
  GStringChunk *strings;
  guint events; /* 1 << GhNotificationEventType, each */
  guint n_conditions;
  gboolean any_condition; /* fo is OR */
  GhCondition conditions[GH_N_CONDITION_TAGS];
  GArray *monitored;               /* GhMonitored; NULL: no operation monitor */
  GArray *child_types;             /* gint; NULL: any */
  GPtrArray *attributes;           /* short names; NULL: any */
  GArray *targets;                 /* GhNotificationTarget */
  GhNotificationTarget subscriber; /* address NULL: none */
  const char *creator;
  gint64 expiration_counter;
  gint event_category;
  guint past_events; /* psn; 0: none */
  guint missing_number; /* md; 0: none */
  gint64 missing_window_us;
  GhNotificationContentType content_type;
  GhNotificationPolicy policy;
  const char *forwarding; /* nfu; NULL: none */
};

/* gh-subscription.c */
/* NULL: it is not there, or null */
const GhValue *gh_subscription_source_get (const GhSubscriptionSource *source, const char *name);
/* 4000; FALSE */
gboolean gh_subscription_refuse (GhSubscriptionCompiler *compiler, const char *name,
                                 const char *expected);

/* gh-subscription-policy.c */
gboolean gh_subscription_compile_policies (GhSubscriptionCompiler *compiler);

G_END_DECLS
