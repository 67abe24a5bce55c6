/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-filter.h"
#include "service/gh-reading.h"

G_BEGIN_DECLS

/* Inside of a reading: gh-reading.c has its life and its answer, gh-reading-walk.c goes through a
 * subtree, gh-reading-judge.c decides what of it is found. Nothing of the tree is kept between two
 * read sections but identifiers and numbers. */

#define GH_READING_PAGE 32  /* rows read at once: less than a slice, even when each is parsed */
#define GH_READING_SKIP 512 /* that are only counted */

/* What one read section says of what holds instances: its rendered counters and its children must
 * be of the same moment. */
typedef struct {
  guint64 number, sequence;
  GhCounters counters;
  gint instance_type; /* 0: it holds none */
  gboolean readable;
} GhReadingMoment;

/* A child as the store lists it. */
typedef struct {
  guint64 number;
  const GhType *type; /* NULL: not known in this build */
  char *id;
} GhReadingChild;

/* One level of the walk: the children of one resource. */
typedef struct {
  GhReadingMoment moment;
  guint depth;      /* of the children */
  GArray *children; /* GhReadingChild: a page, or all for a nested answer */
  guint next;       /* of them */
  guint64 last_child, last_instance;
  gboolean listed;         /* there are no more children than these */
  const GhType *open_type; /* nested: the list of this type is open */
  gboolean instances_open, closes;
} GhReadingLevel;

/* A resource of which some child is as the criteria want it. */
typedef struct {
  guint holds; /* GH_FILTER_CHILD_* */
  char id[];
} GhReadingMark;

/* A part of an index that is searched. */
typedef struct {
  GhStoreRange range;
  gboolean holders; /* not the rows it finds, but the instances below them */
} GhReadingRange;

/* Where the candidates of a pass come from. */
typedef enum {
  GH_READING_PLANNING,
  GH_READING_WALK,  /* the whole subtree */
  GH_READING_INDEX, /* reading->ranges, one behind the other */
  GH_READING_MARKS, /* what the first pass has marked */
} GhReadingSource;

/* What goes into a list. */
typedef struct {
  char *path, *name;
  char *id;
  guint64 number;
  gint type;
} GhReadingFound;

/* A place in a nested answer that can be gone back to. */
typedef struct {
  gsize length;
  gboolean comma;
  const GhType *open_type; /* of the level of direct children */
} GhReadingPlace;

typedef enum {
  GH_READING_COLLECT, /* which resources have a child as the criteria want it */
  GH_READING_LIST,
} GhReadingPass;

typedef struct _GhReadingPlan GhReadingPlan;

struct _GhReading {
  GhJob *job;
  const GhFilterCriteria *filter;
  GhFault fault;
  GhJsonWriter json;
  GhRequestFacts facts;
  GhChildrenQuery query;
  GhReadingPass pass;
  gboolean nested, partial;
  gboolean incomplete; /* what was counted last does not stand in the answer, or not all of it */
  guint left;          /* resources that the answer may still hold */
  gint64 skip;         /* by the offset */
  gint64 taken; /* passed over or given: resources of a list, direct children of a nested answer */
  guint64 counted; /* nested: the direct instance that was counted last; 0: none yet */
  gint64 resumed;  /* the offset of the bookmark where the answer begins; 0: at the first child */
  GhReadingPlace last; /* where the direct child that was counted last begins */
  gint64 now_us;
  guint slices_left;
  int place; /* in the gate; -1: none */
  guint64 root_number;
  GArray *levels;    /* GhReadingLevel */
  GHashTable *marks; /* number -> GhReadingMark; NULL: no conditions on children */
  GPtrArray *found;  /* GhReadingFound: of one step, not yet in the answer */
  GhReadingSource source;
  GhReadingPlan *plan;
  GArray *ranges; /* GhReadingRange */
  guint range;    /* of them, or of the marks */
  GhStoreCursor cursor;
  GHashTable *given; /* what stands in the answer, where it could be found twice; else NULL */
};

/** gh_reading_walk_begin: a walk from @moment, the root, whose children have depth 1. */
void gh_reading_walk_begin (GhReading *reading, const GhReadingMoment *moment);
/** gh_reading_walk_resume: goes on where an earlier answer ended, if that is known. */
void gh_reading_walk_resume (GhReading *reading);
/** gh_reading_walk_step: one page or one child. FALSE: the walk is over, or reading->fault. */
gboolean gh_reading_walk_step (GhReading *reading);
/** gh_reading_walk_end: closes what is open. */
void gh_reading_walk_end (GhReading *reading);
/** gh_reading_walk_undo: takes the direct child that is open out of a nested answer again. */
void gh_reading_walk_undo (GhReading *reading);

/** gh_reading_walk_instances: a level of the instances of @moment alone. */
void gh_reading_walk_instances (GhReading *reading, const GhReadingMoment *moment);

/** gh_reading_plan_step: estimates one way to the candidates. FALSE: reading->source is set, or
 * reading->fault. */
gboolean gh_reading_plan_step (GhReading *reading);
void gh_reading_plan_free (GhReadingPlan *plan);
/** gh_reading_index_step: one page of candidates. FALSE: there are no more, or reading->fault. */
gboolean gh_reading_index_step (GhReading *reading);

/** gh_reading_moment: View's thread. */
GhReadingMoment gh_reading_moment (const GhReading *reading, const GhView *view,
                                   const GhNode *node);
/** gh_reading_may_see: by DISCOVER in a discovery, by RETRIEVE in a retrieve or when @attributes
 * are tested: a pattern tells what an attribute holds. */
gboolean gh_reading_may_see (const GhReading *reading, const GhView *view, const GhNode *node,
                             gint instance_type, gboolean attributes);
/** gh_reading_skips: @node has expired, or is an AE that is not active: it is not there, nor what
 * lies below it (TS-0004 7.3.3.14). */
gboolean gh_reading_skips (const GhReading *reading, const GhNode *node);
/** gh_reading_is_in_reach: @node, or what is @below levels below it, lies below the root and not
 * deeper than the level that is asked for, and nothing on the way is skipped. */
gboolean gh_reading_is_in_reach (const GhReading *reading, const GhView *view, const GhNode *node,
                                 guint below);
/** gh_reading_judge_node: TRUE when the answer should hold it; in the collecting pass its parent is
 * marked instead. */
gboolean gh_reading_judge_node (GhReading *reading, const GhView *view, const GhNode *node);
/** gh_reading_find_node: into reading->found. */
void gh_reading_find_node (GhReading *reading, const GhNode *node);
/** gh_reading_judge_instances: @instances (GhInstance), one behind the other below the same parent
 * where possible. Outside of read sections. */
void gh_reading_judge_instances (GhReading *reading, const GPtrArray *instances);
/** gh_reading_instance_matches: of a nested answer; *out_resource when it had to be parsed.
 * (transfer full) */
gboolean gh_reading_instance_matches (GhReading *reading, const GhInstance *instance,
                                      const GhResource *parent, GhResource **out_resource);

/** gh_reading_misses_marks: not every condition on children holds yet for resource @number. */
gboolean gh_reading_misses_marks (const GhReading *reading, guint64 number);
/** gh_reading_follow: what stands at the relative path behind @found takes its place. FALSE: there
 * is nothing, or the originator may not discover it. Outside of read sections. */
gboolean gh_reading_follow (GhReading *reading, GhReadingFound *found);

/** gh_reading_take: whether the answer still takes a resource that matches and may be seen. In a
 * list the offset counts such resources; in a nested answer it counts direct children. */
gboolean gh_reading_take (GhReading *reading);
/** gh_reading_flush: from reading->found into the answer. Outside of read sections. */
void gh_reading_flush (GhReading *reading);

void gh_reading_found_free (gpointer found);

G_END_DECLS
