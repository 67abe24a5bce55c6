/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-job.h"

G_BEGIN_DECLS

/*
 * The AEContactList of an IN-CSE: which CSE has references to which AEs. The CSEs say so by a
 * NOTIFY to the CSEBase (TS-0004 7.5.1.2.17), and the IN-CSE keeps the list itself.
 */

/** gh_contact_list_may_notify: @originator is a CSE that has registered here, and @node the CSEBase
 * of an IN-CSE. Thread of the view. */
gboolean gh_contact_list_may_notify (const GhService *service, const GhView *view,
                                     const GhNode *node, const GhOriginator *originator);

/** gh_contact_list_notify: takes the change into the list and replies; frees the job. Any thread.
 */
void gh_contact_list_notify (GhJob *job);

G_END_DECLS
