/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-bus-job.h"

G_BEGIN_DECLS

#define GH_BUS_CREDENTIALS_INTERFACE "org.gatehouse.Gatehouse1.Credentials"

/* The methods of the interface of the vault, and of the local certification authority. */
gboolean gh_bus_credentials_add (GhBusJob *job, GError **error);
gboolean gh_bus_credentials_generate (GhBusJob *job, GError **error);
gboolean gh_bus_credentials_import (GhBusJob *job, GError **error);
gboolean gh_bus_credentials_list (GhBusJob *job, GError **error);
gboolean gh_bus_credentials_show (GhBusJob *job, GError **error);
gboolean gh_bus_credentials_set_state (GhBusJob *job, GError **error);
gboolean gh_bus_credentials_change (GhBusJob *job, GError **error);
gboolean gh_bus_credentials_rotate (GhBusJob *job, GError **error);
gboolean gh_bus_credentials_renew (GhBusJob *job, GError **error);
gboolean gh_bus_credentials_remove (GhBusJob *job, GError **error);
gboolean gh_bus_credentials_export (GhBusJob *job, GError **error);

gboolean gh_bus_authority_init (GhBusJob *job, GError **error);
gboolean gh_bus_authority_issue (GhBusJob *job, GError **error);
gboolean gh_bus_authority_revoke (GhBusJob *job, GError **error);
gboolean gh_bus_authority_certificates (GhBusJob *job, GError **error);
gboolean gh_bus_authority_lists (GhBusJob *job, GError **error);
gboolean gh_bus_authority_renew_server (GhBusJob *job, GError **error);
gboolean gh_bus_authority_request_server (GhBusJob *job, GError **error);
gboolean gh_bus_authority_install_server (GhBusJob *job, GError **error);

/** gh_bus_find_first: the credential whose Credential-ID is the first argument of the call.
 * (transfer full); NULL with @error */
GhCredential *gh_bus_find_first (const GhBusJob *job, GError **error);
/** gh_bus_read_handle: everything that a descriptor of the call holds; NULL when it is empty. */
gboolean gh_bus_read_handle (const GhBusJob *job, gint32 handle, GhSecret **out, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
