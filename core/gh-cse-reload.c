/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/gh-log.h"
#include "gh-cse-private.h"
#include "gh-cse-security.h"
#include "gh-cse-settings.h"

static const char *
path_of (const GhConfig *config, const char *key)
{
  const char *path = gh_config_get_string (config, "tls", key);

  return path != NULL && *path != '\0' ? path : NULL;
}

gboolean
gh_cse_load_server (GhCse *cse, const GhConfig *config, GError **error)
{
  const GhServerFiles files = { path_of (config, "certificate"), path_of (config, "key"),
                                path_of (config, "staple-file") };

  return gh_server_keys_load (gh_security_get_server_keys (cse->security), &files, error);
}

static void
end_refused (GhCse *cse)
{
  g_autoptr (GArray) refused = gh_security_list_refused (cse->security);

  for (guint i = 0; i < refused->len; i++)
    gh_cse_close_association (cse, g_array_index (refused, guint64, i));
  if (refused->len > 0)
    gh_logf (GH_LOG_NOTICE, "security", "%u associations are no longer admitted", refused->len);
}

/* Each part is tried, whatever became of the others. */
static void
note (GString *problems, const char *part, const GError *error)
{
  if (error == NULL)
    return;
  gh_log (GH_LOG_ERROR, "cse", "not reloaded; what there was stays", "part", part, "reason",
          error->message, NULL);
  if (problems->len > 0)
    g_string_append (problems, "; ");
  g_string_append (problems, error->message);
}

gboolean
gh_cse_reload (GhCse *cse, const GhConfig *config, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&cse->authority_lock);
  g_autoptr (GString) problems = g_string_new (NULL);
  g_autoptr (GError) of_server = NULL, of_status = NULL, of_settings = NULL, of_quotas = NULL;
  g_autoptr (GhConfig) both = NULL;

  both = gh_cse_take_config (cse, config != NULL ? config : cse->file_config, &of_settings);
  if (both == NULL)
    note (problems, "settings of plugins", of_settings);
  config = both != NULL ? both : cse->config;
  if (!gh_cse_load_server (cse, config, &of_server))
    note (problems, "certificate of the servers", of_server);
  if (!gh_security_reload (cse->security, config, &of_status))
    note (problems, "revocation lists", of_status);
  if (!gh_cse_reload_quotas (cse, config, &of_quotas))
    note (problems, "quotas", of_quotas);
  end_refused (cse);
  cse->warn_after_us = 0;
  gh_audit_record (gh_security_get_audit (cse->security), GH_AUDIT_SERVICE, "reloaded", "problem",
                   problems->len > 0 ? problems->str : NULL, NULL);
  if (problems->len == 0)
    return TRUE;
  g_set_error_literal (error, GH_ERROR, GH_ERROR_CONFIG, problems->str);
  return FALSE;
}
