/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-error.h"
#include "tree/gh-overlay.h"

G_BEGIN_DECLS

/*
 * What each originator has in the store, kept as it changes: no request counts anything, and a
 * start finds it in what it loads anyway.
 *
 * A resource counts for who created it, wherever it stands; what the administrator or the CSE has
 * created below an <AE>, for that AE. Instances count for whom their container counts, as octets of
 * a file count for the file's owner: who opens his container to others bounds it. In a container
 * that counts for nobody, which is shared, each instance counts for who has written it. All that
 * came through another CSE counts for that CSE.
 */

/** GhHolding: resources with the instances among them; octets: contentSize of instances, and of
 * other resources what memory holds of them; subscriptions, which are resources, too. */
typedef struct {
  guint64 resources, octets, subscriptions;
} GhHolding;

typedef struct _GhLedger GhLedger;

/** GhLedgerBounds: what @holder may keep, 0: any number. FALSE: it is the administrator, for whom
 * nothing counts. Any thread. */
typedef gboolean (*GhLedgerBounds) (gpointer data, const char *holder, GhHolding *out);

/** gh_ledger_new: @bounds: (nullable): nobody has any */
GhLedger *gh_ledger_new (GhLedgerBounds bounds, gpointer data);
void gh_ledger_free (GhLedger *ledger);

/* Writer's thread, as is all but the last two. */

/** gh_ledger_load: the newest version of @slot, which was read from the store. */
void gh_ledger_load (GhLedger *ledger, const GhSlot *slot);
/** gh_ledger_forget: the rows of @slot, whatever it was, are gone. */
void gh_ledger_forget (GhLedger *ledger, const GhSlot *slot);
/** gh_ledger_note: what a request of the batch under way has made of @entry. */
void gh_ledger_note (GhOverlayEntry *entry, gpointer ledger);
/** gh_ledger_shares: instances below @slot, whose resource is of @owner, are to be told of by
 * the next three. */
gboolean gh_ledger_shares (GhLedger *ledger, const GhSlot *slot, const char *owner);
/** gh_ledger_load_instance: read from the store; @writer: (nullable): the CSE */
void gh_ledger_load_instance (GhLedger *ledger, const GhSlot *slot, const char *writer,
                              guint64 size);
/** gh_ledger_note_instance: the batch under way has put it there, @added, or taken it away. */
void gh_ledger_note_instance (GhLedger *ledger, const GhSlot *slot, const char *writer,
                              gboolean added, guint64 size);
/** gh_ledger_note_empty: the batch under way has taken all of them away. */
void gh_ledger_note_empty (GhLedger *ledger, const GhSlot *slot);
/** gh_ledger_settle: what was noted holds, @kept, or never was. */
void gh_ledger_settle (GhLedger *ledger, gboolean kept);

/** GhLedgerClaim: what a request is about to add. */
typedef struct {
  const char *originator; /* who asks; NULL: the CSE */
  const char *owner;      /* of the resource that counts; NULL: the CSE */
  const GhSlot *parent;   /* of that; NULL: the CSEBase has none */
  GhHolding more;
} GhLedgerClaim;

/** gh_ledger_has_room: FALSE with @fault, 5207: the holder has as much as it may. Refusals are
 * counted and logged when @fault is given. The administrator and the CSE are refused nothing. */
gboolean gh_ledger_has_room (GhLedger *ledger, const GhLedgerClaim *claim, GhFault *fault);

/** GhLedgerRow: one holder; the string is valid in the callback only. */
typedef struct {
  const char *holder;
  GhHolding has, may; /* may: 0: no bound */
} GhLedgerRow;
/** gh_ledger_each: in no order; @func must not call the ledger. Any thread. */
void gh_ledger_each (GhLedger *ledger, void (*func) (const GhLedgerRow *row, gpointer user_data),
                     gpointer user_data);
typedef struct {
  guint64 holders; /* that have something */
  guint64 refused; /* requests */
  guint64 fullest; /* hundredths of a bound that whoever is nearest to one has */
} GhLedgerStatistics;
/** gh_ledger_statistics: looks at every holder. Any thread. */
void gh_ledger_statistics (GhLedger *ledger, GhLedgerStatistics *out);

G_END_DECLS
