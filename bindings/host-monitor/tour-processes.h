/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * TourProcesses:
 * The programs that the tour starts, and the folder in which they keep what they must. All of it
 * goes when the tour ends, also when it ends by a signal: one thread waits for SIGINT and SIGTERM
 * and does the same as tour_processes_stop(). Make it before any other thread exists, so that all
 * of them leave the signals to that one.
 */
typedef struct _TourProcesses TourProcesses;

/** tour_processes_new: Returns: (transfer full), or %NULL with the reason why there is no temporary
 * folder */
TourProcesses *tour_processes_new (GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** tour_processes_get_folder: mode 0700; owned by @processes. */
const char *tour_processes_get_folder (const TourProcesses *processes);

/**
 * tour_processes_start:
 * @arguments: the program and what it is given
 * @log_name: (nullable): a file of the folder for its standard error; %NULL: the same as ours
 * @out_output: (out) (optional): its standard output; without it that goes to the file too
 * Starts a program that ends at the latest with this one. Returns: %FALSE with @error
 */
gboolean tour_processes_start (TourProcesses *processes, const char *const *arguments,
                               const char *log_name, GInputStream **out_output, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/** tour_processes_stop: ends the programs, the last one first, each with SIGTERM and after 10 s
 * with SIGKILL; removes the folder. */
void tour_processes_stop (TourProcesses *processes);

/** tour_processes_set_exit_status: what the program ends with when SIGINT ends it; before this is
 * called, 130. */
void tour_processes_set_exit_status (TourProcesses *processes, int status);

/**
 * tour_read_line:
 * @timeout_ms: for the whole line
 * Returns: (transfer full) (nullable): without its end; %NULL with @error at the end of the stream
 * or after the time
 */
char *tour_read_line (GInputStream *stream, guint timeout_ms, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
