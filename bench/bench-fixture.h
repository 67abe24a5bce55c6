/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-cse-private.h"

G_BEGIN_DECLS

/** Bench: a CSE in this process, on SQLite with synchronous=FULL in a folder of its own. */
typedef struct {
  GhCse *cse;
  char *folder;
  GhPrincipal *principal;
  const GhTransportOps *transport; /* set before bench_start(); NULL: none */
} Bench;

/** bench_start: @cache: octets of the caches, "64M". Zeroed, or paused: then in the same folder.
 * Ends the program when it fails. bench_pause: stops, and keeps the folder. */
void bench_start (Bench *bench, const char *cache);
void bench_pause (Bench *bench);
void bench_stop (Bench *bench);
void bench_fail (const char *what, const GError *error) G_GNUC_NORETURN;
/** bench_row: one line of CSV. */
void bench_row (const char *name, const char *parameter, double value, const char *unit);
/** bench_cpu_us: of the process; bench_thread_ns: of this thread. */
gint64 bench_cpu_us (void);
gint64 bench_thread_ns (void);
/** bench_resident_kib: memory of the process. */
gint64 bench_resident_kib (void);
/** bench_request: one request of CAdmin. */
GhRequest *bench_request (GhOperation operation, const char *to, gint type, const char *body);
/**
 * bench_writes: keeps @width requests under way until @n are answered: the batches that so many
 * clients would make. Ends the program when one is refused.
 * bench_try_writes: returns how many were refused.
 */
void bench_writes (Bench *bench, guint n, guint width,
                   GhRequest *(*make) (guint i, gconstpointer data), gconstpointer data);
guint bench_try_writes (Bench *bench, guint n, guint width,
                        GhRequest *(*make) (guint i, gconstpointer data), gconstpointer data);

G_END_DECLS
