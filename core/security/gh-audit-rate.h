/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "security/gh-audit.h"

G_BEGIN_DECLS

/**
 * GhAuditRate:
 * How much of what peers cause is recorded. Whoever registers, connects or is refused decides how
 * often, so such records have a rate: for each credential, for all credentials together, and for
 * all that comes without one, so that no peer pushes out, or shuts out, what others did. What goes
 * beyond is counted. Memory is fixed: credentials share a table by keyed hash. Not locked.
 */
typedef struct _GhAuditRate GhAuditRate;

GhAuditRate *gh_audit_rate_new (GhClock *clock);
void gh_audit_rate_free (GhAuditRate *rate);

/** gh_audit_rate_take: @credential: Credential-ID, NULL: nobody proved anything. FALSE: left out,
 * and counted. */
gboolean gh_audit_rate_take (GhAuditRate *rate, GhAuditKind kind, const char *credential);
/** gh_audit_rate_is_due: something was left out, and the last summary is ten seconds old. */
gboolean gh_audit_rate_is_due (const GhAuditRate *rate);
/** gh_audit_rate_has_left: something was left out since it was last asked for. */
gboolean gh_audit_rate_has_left (const GhAuditRate *rate);
/** gh_audit_rate_next: a kind of which something was left out, and how often; it counts from zero
 * again. FALSE: none is left. */
gboolean gh_audit_rate_next (GhAuditRate *rate, GhAuditKind *out_kind, guint64 *out_count);

G_END_DECLS
