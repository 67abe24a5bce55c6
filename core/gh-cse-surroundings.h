/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-cse.h"

G_BEGIN_DECLS

/* What the program that runs the CSE tells it of the machine. Creator's context. */

/**
 * gh_cse_settle:
 * @done: called once, when everything that was accepted before is durable; at once when the CSE is
 * not running. On any thread; must not block
 * Before the machine sleeps.
 */
void gh_cse_settle (GhCse *cse, void (*done) (gpointer user_data), gpointer user_data);

/** gh_cse_list_addresses: of this machine, as text and in order, without those that only this
 * machine or its link can use. (transfer full) Any thread. */
char **gh_cse_list_addresses (void);

/**
 * gh_cse_look_again:
 * Time has passed that nobody has measured (the machine slept, the clock was set), or the network
 * is another one: what has expired goes, associations whose credential has ended are closed, what
 * waits for another CSE or a target is tried again, the points of access are published anew when
 * they are others, and the registrar is told of that, or asked whether it still knows us.
 */
void gh_cse_look_again (GhCse *cse);

G_END_DECLS
