/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "link/gh-transport.h"
#include "service/gh-meter.h"
#include "service/gh-pending.h"
#include "write/gh-writer.h"

G_BEGIN_DECLS

typedef struct _GhWorkers GhWorkers;
typedef struct _GhNotifier GhNotifier;
typedef struct _GhStatistics GhStatistics;
typedef struct _GhFanOut GhFanOut;
typedef struct _GhReading GhReading;
typedef struct _GhGroupRequests GhGroupRequests;
typedef struct _GhExchange GhExchange;
typedef struct _GhExchanges GhExchanges;
typedef struct _GhRequests GhRequests;
typedef struct _GhRequestMode GhRequestMode;
typedef struct _GhManagement GhManagement;
typedef struct _GhBlocking GhBlocking;
typedef struct _GhLocations GhLocations;
typedef struct _GhForwards GhForwards;
typedef struct _GhRegistrar GhRegistrar;
typedef struct _GhChannels GhChannels;
typedef struct _GhPoller GhPoller;
typedef struct _GhBindings GhBindings;
typedef struct _GhBookmarks GhBookmarks;
typedef struct _GhQuotas GhQuotas;

/** GhReachability: how the registrar gets requests to this CSE. */
typedef enum {
  GH_REACHED_BY_POA,     /* it calls */
  GH_REACHED_AS_DECLARED, /* it calls when there is a point of access, else this CSE polls */
  GH_REACHED_BY_POLLING, /* this CSE polls */
} GhReachability;

/** GhServiceOptions: what the configuration says about requests. Strings are owned by the service.
 */
typedef struct {
  char *cse_id;   /* "gatehouse", without "/" */
  char *cse_name; /* resource name of the CSEBase */
  char *sp_domain;
  char *administrator; /* originator with every right; NULL: nobody */
  gint cse_type;       /* m2m:cseTypeID: 1 IN, 2 MN, 3 ASN */
  char *registrar;     /* its CSE-ID, "/in"; NULL: there is none */
  GhReachability reachability;
  guint forward_timeout_ms; /* of a request that says nothing itself */
  guint forward_limit;      /* requests under way to one neighbour */
  guint originator_share;   /* percent of those that one originator may have */
  gboolean service_subscription; /* registration needs one */
  gboolean hide;       /* 4004 instead of 4103 for those without any right on the parent */
  guint minimum_strength; /* bits of what proves an originator; 0: any, also nothing */
  gboolean release_1;  /* requests without RVI */
  gboolean development;
  guint max_children;   /* resources in one answer */
  guint reading_slices; /* of a millisecond, for one discovery or retrieve with children */
  guint worker_threads;
  guint statistics_records; /* that are kept until they are taken */
  guint verification_timeout_ms;
  gint64 refill_us; /* that a retrieve waits for an instance */
  guint fan_out_members;    /* that one request may reach, groups within groups included */
  guint64 fan_out_octets;   /* of the answers of all members of one request */
  gboolean describe;        /* the machine, in a <node> */
  guint describe_s;         /* seconds between looks at it; 0: only at start */
  char *host_root;          /* a folder that stands for "/" of the machine; NULL: none */
  guint fan_out_timeout_ms; /* of a request that says nothing itself */
  guint pending_requests;   /* that may wait at a time */
  guint requests;           /* <request> resources */
  guint requests_each;      /* of one originator */
  gsize result_octets;      /* of a result, or of a content, that a <request> keeps */
  char **result_urls;       /* servers where anybody may have results told; "*": any */
  gint64 request_lifetime_us; /* of a <request> whose request does not say */
  gint64 request_longest_us;  /* that a request may ask for */
  gint64 blocking_us;       /* that a blocking request may ask to wait */
  gint64 flex_us;           /* until a flexible one goes on without its originator */
  gboolean unique_ids;
  gint64 unique_window_us;
  guint unique_limit;
} GhServiceOptions;

/**
 * GhService:
 * What a request meets between its transport and the tree: identity, address, decision, reading,
 * and the way to the writer. One a CSE; made and freed by gh-cse; used from any thread.
 */
typedef struct {
  GhServiceOptions options;
  GhHome home;
  const char *root_id; /* identifier of the CSEBase */
  GhTree *tree;
  GhInstanceCache *cache;
  GhWriter *writer;
  const GhStoreOps *store_ops;
  GhStore *store;
  GhClock *clock;
  GhWorkers *workers;
  GhNotifier *notifier;
  GhBlocking *blocking;
  gint monitors;   /* some subscription has an operation monitor, or had; atomic */
  gint monitoring; /* events of those on their way to the writer; atomic */
  GhStatistics *statistics;
  GhBookmarks *bookmarks; /* of answers that go on in another */
  gint collections; /* active statsCollect resources; atomic */
  GhPendings *pendings; /* what waits for an answer or a moment */
  struct _GhRefills *refills; /* of those, what waits for an instance */
  GhExchanges *exchanges;
  GhRequests *requests;
  GhGroupRequests *group_requests;
  GhSecurity *security; /* NULL: no credentials (tests) */
  GhPrincipal *local;   /* of the embedding program, as it was at start */
  GhManagement *management;
  GhLocations *locations;
  GhForwards *forwards;
  GhRegistrar *registrar; /* NULL: there is none */
  GhChannels *channels;   /* of who polls */
  GhBindings *bindings; /* of identities to their owners */
  char *node_id; /* of the machine; set before the writer starts, NULL: it is not described */
  GhQuotas *quotas; /* set before the first request */
  GhMeter *meter; /* of answers */
  GhWatch *watch; /* NULL: nobody is told what changes */
  GPtrArray *changed; /* of AE-ID-Stems: in the batch under way; writer's thread */
  guint64 counters[8]; /* GhServiceCounter; atomic */
} GhService;

typedef enum {
  GH_COUNT_REQUESTS,
  GH_COUNT_REFUSED,
  GH_COUNT_DENIED,
  GH_COUNT_SHED,
  GH_COUNT_WORKER,
  GH_COUNT_NOTIFIED,
  GH_COUNT_NOTIFICATIONS_LOST,
  GH_COUNT_INERT
} GhServiceCounter;

static inline void
gh_service_count (GhService *service, GhServiceCounter counter)
{
  __atomic_fetch_add (&service->counters[counter], 1, __ATOMIC_RELAXED);
}

/** gh_service_new: takes over the strings of @options. gh_service_free: workers and notifier must
 * have been stopped. */
GhService *gh_service_new (const GhServiceOptions *options, GhClock *clock);
void gh_service_free (GhService *service);

/**
 * gh_dispatch:
 * @request: (transfer full)
 * @principal: borrowed for the call
 * @reply: see GhReplyFunc; retrieves that memory can answer and refusals are answered before this
 * returns The way of a request (design section 3). Any thread.
 */
void gh_dispatch (GhService *service, GhRequest *request, const GhPrincipal *principal,
                  GhReplyFunc reply, gpointer user_data);

/** gh_service_writer_host: what the writer calls back. */
GhWriterHost gh_service_writer_host (GhService *service, const GhBehaviour *const *behaviours);

G_END_DECLS
