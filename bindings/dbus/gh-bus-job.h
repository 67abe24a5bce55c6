/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-cse-security.h"
#include "gh-reloader.h"

G_BEGIN_DECLS

/**
 * GhBusJobs:
 * Calls that wait for the disk, each on a thread of its own. Who may call is decided before, by the
 * table of gh-bus-rights.c. Main context.
 */
typedef struct _GhBusJobs GhBusJobs;

/** GhBusJob: one of them. */
typedef struct {
  GhBusJobs *jobs;
  GDBusMethodInvocation *invocation;
  GhCse *cse;
  GhReloader *reloader;
  GhSecurity *security;
  GhVault *vault;
  gboolean system;      /* on the system bus */
  GVariant *parameters; /* borrowed */
  GVariant *reply;      /* what it answers, floating or not; NULL: nothing */
  int reply_fd;         /* handle 0 of the answer, taken over; -1: none */
} GhBusJob;

/** GhBusJobFunc: on a thread of the job; FALSE with @error: that is answered. */
typedef gboolean (*GhBusJobFunc) (GhBusJob *job, GError **error);

/** gh_bus_jobs_new: @reloader must outlive the last job. */
GhBusJobs *gh_bus_jobs_new (GhCse *cse, GhReloader *reloader, gboolean system);
/** gh_bus_jobs_stop: waits for those under way; those to come are refused. */
void gh_bus_jobs_stop (GhBusJobs *jobs);
void gh_bus_jobs_unref (GhBusJobs *jobs);

/** gh_bus_jobs_run: answers @invocation, and takes it. @changes: one at a time. */
void gh_bus_jobs_run (GhBusJobs *jobs, GDBusMethodInvocation *invocation, GhBusJobFunc func,
                      gboolean changes);

/** gh_bus_return_error: an error of ours has a bus name of its own; others are translated by GLib.
 * Takes @invocation. */
void gh_bus_return_error (GDBusMethodInvocation *invocation, const GError *error);

G_END_DECLS
