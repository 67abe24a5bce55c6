/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-cse.h"
#include "security/gh-security.h"

G_BEGIN_DECLS

/** gh_cse_get_security: of a CSE that runs, for the programs that administrate it; NULL before its
 * start and after its stop has begun. What is done with it must end before the CSE is stopped. */
GhSecurity *gh_cse_get_security (GhCse *cse);

/** gh_cse_make_authority: a certification authority of this CSE, and a certificate of its server;
 * see gh_local_ca_init(). Of a CSE that runs; blocks. */
gboolean gh_cse_make_authority (GhCse *cse, gboolean replace, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_cse_close_association: in whichever transport it is; nothing when there is none. Any thread.
 */
void gh_cse_close_association (GhCse *cse, guint64 association);

G_END_DECLS
