/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "security/gh-security.h"

G_BEGIN_DECLS

/* GhShown: the certificates that a peer showed, kept while its association lives: when revocation
 * lists are read again, they are judged again. Immutable, shared. Any thread. */

/** gh_shown_new: @evidence: copied; @trust: what was trusted when it was judged. NULL for what
 * lists say nothing about (raw keys). (transfer full) */
GhShown *gh_shown_new (const GhPeerEvidence *evidence, guint64 trust);
GhShown *gh_shown_ref (GhShown *shown);
void gh_shown_unref (GhShown *shown);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GhShown, gh_shown_unref)
guint64 gh_shown_get_trust (const GhShown *shown);

/** gh_shown_judge: as of now, and still for credential or anchor @number. FALSE with @fault. */
gboolean gh_shown_judge (const GhShown *shown, GhSecurity *security, guint64 number,
                         GhFault *fault);

G_END_DECLS
