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

/** gh_cse_renew_server: the local authority signs the server's certificate anew, for the same key,
 * or with @new_key for another one; also in the place of somebody else's. gh_cse_request_server,
 * gh_cse_install_server: somebody else's authority signs it, see gh-server-key.h; @hosts: NULL:
 * those of the configuration, or of the machine. What they bring is shown in the handshakes that
 * begin afterwards. Of a CSE that runs; block. */
gboolean gh_cse_renew_server (GhCse *cse, gboolean new_key, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
char *gh_cse_request_server (GhCse *cse, const char *const *hosts, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
gboolean gh_cse_install_server (GhCse *cse, const char *certificate, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_cse_tend_server: renews the server's certificate when it ends soon by the clock of the CSE;
 * done every minute. Of a CSE that runs; blocks. */
void gh_cse_tend_server (GhCse *cse);

/**
 * gh_cse_reload:
 * @config: (nullable): the configuration as it stands now; only what gh_cse_config_is_live() says
 * is taken from it; borrowed; NULL: as it was
 *
 * Reads the servers' certificate, the OCSP answer that they staple, and revocation lists again.
 * What cannot be read stays as it was, and @error says all that went wrong. Associations whose
 * certificates are no longer admitted are ended, the others go on. Of a CSE that runs; blocks.
 */
gboolean gh_cse_reload (GhCse *cse, const GhConfig *config, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_cse_close_association: in whichever transport it is; nothing when there is none. Any thread.
 */
void gh_cse_close_association (GhCse *cse, guint64 association);
/** gh_cse_close_those: every association of which @ends is TRUE, which must not call back. Of a CSE
 * that runs; any thread. */
void gh_cse_close_those (GhCse *cse,
                         gboolean (*ends) (const GhAssociationInfo *info, gpointer user_data),
                         gpointer user_data);

G_END_DECLS
