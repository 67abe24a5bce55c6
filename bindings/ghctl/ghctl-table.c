/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-command.h"

/* The one list of commands; each is described in the file that is named like it. */
extern const GhctlGroup ghctl_export_group, ghctl_import_group, ghctl_status_group, ghctl_get_group,
  ghctl_create_group, ghctl_update_group, ghctl_delete_group, ghctl_tree_group,
  ghctl_discover_group, ghctl_credential_group, ghctl_ca_group, ghctl_association_group,
  ghctl_audit_group, ghctl_reload_group;

const GhctlGroup *const ghctl_groups[] = {
  &ghctl_status_group,     &ghctl_tree_group,   &ghctl_discover_group,
  &ghctl_get_group,        &ghctl_create_group, &ghctl_update_group,
  &ghctl_delete_group,     &ghctl_export_group, &ghctl_import_group,
  &ghctl_credential_group, &ghctl_ca_group,     &ghctl_association_group,
  &ghctl_audit_group,      &ghctl_reload_group, NULL,
};
