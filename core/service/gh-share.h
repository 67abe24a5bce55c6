/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-service.h"

G_BEGIN_DECLS

/**
 * GhShares:
 * How much of something bounded each originator has, so that none fills it for all others. Whoever
 * speaks for others, a CSE for its AEs, counts as one, since nothing proves those apart. With the
 * lock of what is bounded.
 */
typedef struct _GTree GhShares;

typedef struct {
  guint n;
  guint64 octets;
} GhShare;

GhShares *gh_shares_new (void);
void gh_shares_free (GhShares *shares);
/** gh_share_name: as whom @from, in any form, counts. Any thread. (transfer full) */
char *gh_share_name (const GhService *service, const char *from);
/** gh_share_of: the part of @room that one originator may have, at least 1. Any thread. */
guint64 gh_share_of (const GhService *service, guint64 room);
GhShare gh_shares_get (GhShares *shares, const char *name);
/** gh_shares_take: one more. */
void gh_shares_take (GhShares *shares, const char *name, guint64 octets);
/** gh_shares_give_back: one less, that was taken with as many @octets. */
void gh_shares_give_back (GhShares *shares, const char *name, guint64 octets);

G_END_DECLS
