/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ghctl-command.h"

G_BEGIN_DECLS

/* What the files of `ghctl credential` share. */

#define GHCTL_CREDENTIALS "org.gatehouse.Gatehouse1.Credentials"

/** GhctlCredentialOptions: its options. */
typedef struct {
  gboolean administrator, admits_any, pending, qr, generate;
  char *kind, *output, *file, *owner, *label, *subject, *expires, *begins;
  char **identities, **stems, **app_ids, **targets, **purposes;
  char **no_identities, **no_stems, **no_app_ids; /* change: taken away */
  gint length;
} GhctlCredentialOptions;

/** ghctl_credential_properties: what the options say of a credential. @subject: (nullable).
 * Returns: floating, or %NULL with %GHCTL_ERROR */
GVariant *ghctl_credential_properties (const GhctlCredentialOptions *options, const char *subject,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Commands, see GhctlCommand.run. */
gboolean ghctl_credential_list (GhctlRun *run, GError **error);
gboolean ghctl_credential_show (GhctlRun *run, GError **error);
gboolean ghctl_credential_import (GhctlRun *run, GError **error);

G_END_DECLS
