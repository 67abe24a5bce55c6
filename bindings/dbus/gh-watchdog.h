/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-cse.h"

G_BEGIN_DECLS

/**
 * GhWatchdog:
 * Tells the service manager that the CSE still answers: twice in the time that it allows
 * (WATCHDOG_USEC) the CSEBase is retrieved, and the answer to that, whatever it says, is what sends
 * WATCHDOG=1. So a main loop that turns while requests hang is not taken for a CSE that works.
 */
typedef struct _GhWatchdog GhWatchdog;

/** gh_watchdog_interval_us: how often to say so, of what WATCHDOG_USEC and WATCHDOG_PID hold (both
 * nullable). 0: nobody waits for it, or not for the process @pid. Any thread. */
gint64 gh_watchdog_interval_us (const char *usec, const char *pid_text, gint64 pid);

/** gh_watchdog_start: from the thread of @cse, once it has started. NULL: nobody waits for it.
 * (transfer full) */
GhWatchdog *gh_watchdog_start (GhCse *cse);
/** gh_watchdog_stop: frees it; an answer that is under way is ignored. The thread of the CSE. */
void gh_watchdog_stop (GhWatchdog *watchdog);

G_END_DECLS
