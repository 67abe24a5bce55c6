/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-sqlite-store.h"
#include "power-vfs.h"
#include "power-workload.h"

/*
 * The SQLite store on a disk that loses power, fails or fills up, beside a memory store that is
 * told only what was acknowledged. After every restart the two must agree; a batch in flight is
 * there whole or not at all.
 */

typedef struct {
  gboolean sync_off;  /* PRAGMA synchronous = OFF */
  gboolean early_ack; /* the answer goes before COMMIT */
} Fault;

typedef struct {
  const Fault *fault;
  PowerDisk *disk;
  GRand *rand;
  GhStore *model;
  GhStore *store;
  GhStoreReader *reader;
  guint32 in_flight; /* seed of the batch that may or may not be there; 0: none */
  char *wrong;       /* what went wrong first */
} Run;

void run_note_wrong (Run *run, const char *what, const char *detail);
void run_start (Run *run, guint32 seed, const Fault *fault);
char *run_end (Run *run);
gboolean run_open (Run *run, GError **error);
void run_close_reader (Run *run);
void run_close (Run *run);
void run_turn_reader (Run *run);
void run_compare (Run *run);
void run_open_and_compare (Run *run);
GhCommit run_batch (Run *run, guint32 seed);
guint32 run_next_seed (Run *run);
