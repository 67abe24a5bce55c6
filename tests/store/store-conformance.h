/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store/gh-store.h"

/* What every store must do. A store's test adds these cases to its own. */
typedef struct {
  const char *name;
  const GhStoreOps *ops;
  gboolean durable; /* close and open again keeps what was committed */
  /* @folder: empty at first, of the one test */
  GhStore *(*open) (const char *folder, GError **error);
} StoreKind;

void store_conformance_add (const StoreKind *kind);

/* Also of use to other tests: rows that were read, copied. */
typedef struct {
  GhStoreRow row;
  char *resource_id, *name, *owner, *body;
} RowCopy;

GPtrArray *row_copies_new (void);
/* A GhStoreRowFunc; user_data: the array */
gboolean row_copies_add (const GhStoreRow *row, gpointer user_data);
const GhStoreRow *row_copies_get (GPtrArray *rows, guint i);
void assert_rows_equal (const GhStoreRow *a, const GhStoreRow *b);
void remove_folder (const char *path);
