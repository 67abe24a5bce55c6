/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-clock.h"

G_BEGIN_DECLS

/**
 * GhAudit:
 * What happened that somebody may have to answer for: registrations, refusals with their reason,
 * credential events and associations. Records are chained by SHA-256, appended to a bounded set of
 * files by a thread of its own, and never hold a secret or a body. gh_audit_record() takes a short
 * lock and copies; it never waits for the disk: when the queue is full the record is counted as
 * lost, and the loss itself is recorded. Any thread.
 */
typedef struct _GhAudit GhAudit;

typedef enum {
  GH_AUDIT_REGISTRATION,
  GH_AUDIT_DEREGISTRATION,
  GH_AUDIT_REFUSAL,
  GH_AUDIT_CREDENTIAL,
  GH_AUDIT_ASSOCIATION,
  GH_AUDIT_POLICY,
  GH_AUDIT_PLUGIN,
  GH_AUDIT_SERVICE, /* start, stop, records lost or left out */
  GH_N_AUDIT_KINDS
} GhAuditKind;

/** gh_audit_open: @folder: made with mode 0700; NULL: in memory, the last 1,024 records.
 * @max_bytes: of all files together; the oldest goes, and the chain says so */
GhAudit *gh_audit_open (const char *folder, guint64 max_bytes, GhClock *clock, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/** gh_audit_close: what was recorded is on the disk when it returns. */
void gh_audit_close (GhAudit *audit);

/** gh_audit_record: @event: static, "registered", "refused"; then pairs of names and values as in
 * gh_log(), NULL-terminated; values of NULL are left out, longer than 255 octets cut. What
 * peers cause (all but credential, plugin and service events) is recorded within rates: of one
 * "credential" 128 at once and one in ten seconds, of all of them 1,024 and 16 a second, without
 * one 1,024 and one a second, each kind by itself. What goes beyond is only counted, and the count
 * recorded ("records left out"). @audit may be NULL. */
void gh_audit_record (GhAudit *audit, GhAuditKind kind, const char *event,
                      ...) G_GNUC_NULL_TERMINATED;

typedef void (*GhAuditFunc) (guint64 number, const char *record, gpointer user_data);

/**
 * gh_audit_read:
 * @after: records with a greater number; 0: from the oldest
 * @limit: at most so many
 * @func: gets each as one line of JSON: {"n":7,"t":"20260101T000000","kind":"refusal",
 * "event":"refused", ...}
 * What is still in the queue is written first. Blocks on the disk. Any thread.
 */
gboolean gh_audit_read (GhAudit *audit, guint64 after, guint limit, GhAuditFunc func,
                        gpointer user_data, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** GhAuditState: what gh_audit_verify() found. */
typedef struct {
  guint64 first, last; /* numbers of the records that are kept; 0: none */
  gboolean intact;     /* each follows from the one before */
  guint64 broken;      /* the first that does not; 0: none */
  char head[65];       /* hash of the last one: whoever kept an older head can ask whether it is in
                        * the chain */
} GhAuditState;

/** gh_audit_verify: computes the whole chain again. Blocks on the disk. Any thread. */
gboolean gh_audit_verify (GhAudit *audit, GhAuditState *out, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_audit_kind_name: "refusal"; static. */
const char *gh_audit_kind_name (GhAuditKind kind);

G_END_DECLS
