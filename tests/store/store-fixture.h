/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store-conformance.h"

/* What the cases of the conformance suite share: one fresh store each, and short ways to fill it.
 */

typedef struct {
  const StoreKind *kind;
  const GhStoreOps *ops;
  char *folder;
  GhStore *store;
  GError *error;
} Fixture;

/* One case; a table of them ends with a NULL name. */
typedef struct {
  const char *name;
  void (*func) (Fixture *f, gconstpointer data);
} StoreCase;

extern const StoreCase store_look_up_cases[];
extern const StoreCase store_index_cases[];

/* Calls one function of the store and wants success or a refusal by the store. */
#define OK(call)                  \
  G_STMT_START                    \
  {                               \
    const gboolean ok_ = (call);  \
    g_assert_no_error (f->error); \
    g_assert_true (ok_);          \
  }                               \
  G_STMT_END
#define REFUSED(call)                                    \
  G_STMT_START                                           \
  {                                                      \
    g_assert_false (call);                               \
    g_assert_error (f->error, GH_ERROR, GH_ERROR_STORE); \
    g_clear_error (&f->error);                           \
  }                                                      \
  G_STMT_END
#define BEGIN             OK (f->ops->begin (f->store, &f->error))
#define COMMIT            OK (f->ops->commit (f->store, &f->error) == GH_COMMIT_DONE)
#define PUT_RESOURCE(...) put_row (f, FALSE, &(const GhStoreRow){ __VA_ARGS__ })
#define PUT_INSTANCE(...) put_row (f, TRUE, &(const GhStoreRow){ __VA_ARGS__ })

void fixture_set_up (Fixture *f, gconstpointer data);
void fixture_tear_down (Fixture *f, gconstpointer data);

void put_row (Fixture *f, gboolean instance, const GhStoreRow *given);
void assert_numbers (GPtrArray *rows, const char *expected);
void assert_structural (Fixture *f, const char *expected);
void assert_children (Fixture *f, GhStoreReader *reader, guint64 parent, gboolean instances,
                      const char *expected);
void assert_counters (Fixture *f, const char *expected);
void assert_events (Fixture *f, const char *expected);
void assert_cursors (Fixture *f, const char *expected);
void assert_marks (Fixture *f, guint64 sequence, guint64 number, guint64 event);
void assert_meta (Fixture *f, const char *key, const char *expected);
guint64 find_number (Fixture *f, guint64 parent, const char *name);
guint64 next_number (Fixture *f, guint64 parent, guint64 after, gboolean forward);
gboolean stop_at_once (const GhStoreRow *row, gpointer user_data);
void put_event (Fixture *f, guint64 number, guint64 sequence, guint64 subject, const char *body);
void assert_expired (Fixture *f, gint64 now_us, guint limit, const char *expected);
void put_base (Fixture *f);
void change_everything (Fixture *f);
void assert_base (Fixture *f);
void assert_changed (Fixture *f);
