/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-backup.h"

#include "gh-cse-backup.h"

gboolean
gh_bus_backup_save (GhBusJob *job, GError **error)
{
  g_autoptr (GVariant) options = g_variant_get_child_value (job->parameters, 0);
  g_auto (GVariantDict) about = G_VARIANT_DICT_INIT (NULL);
  gboolean with_key = FALSE;
  GhCseBackup backup;

  g_variant_lookup (options, "key", "b", &with_key);
  job->reply_fd = gh_cse_backup (job->cse, with_key, &backup, error);
  if (job->reply_fd < 0)
    return FALSE;
  g_variant_dict_insert (&about, "store", "t", backup.store);
  g_variant_dict_insert (&about, "vault", "t", backup.vault);
  g_variant_dict_insert (&about, "key", "t", backup.key);
  g_variant_dict_insert (&about, "schema", "u", backup.schema);
  job->reply = g_variant_new ("(@a{sv}h)", g_variant_dict_end (&about), 0);
  return TRUE;
}
