/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "base/gh-log.h"
#include "gh-cse-private.h"
#include "gh-cse-security.h"
#include "service/gh-channel.h"

char *
gh_cse_state_folder (GhCse *cse)
{
  const char *path = gh_config_get_string (cse->config, "store", "path");
  if (path != NULL)
    return g_path_get_dirname (path);
  return geteuid () == 0 ? g_strdup (GH_STATE_DIR)
                         : g_build_filename (g_get_user_state_dir (), "gatehouse", NULL);
}

/* A CSE whose resources are in memory keeps its credentials there, too, unless told otherwise. */
gboolean
gh_cse_is_volatile (const GhCse *cse)
{
  return cse->given_store != NULL
         || strcmp (gh_config_get_string (cse->config, "store", "type"), "memory") == 0;
}

/* The configured path, or @name in the state folder; NULL: in memory. */
static char *
path_of (GhCse *cse, const char *group, const char *key, const char *name)
{
  const char *path = gh_config_get_string (cse->config, group, key);
  if (path != NULL && *path != '\0')
    return g_strdup (path);
  if (gh_cse_is_volatile (cse))
    return NULL;
  g_autofree char *folder = gh_cse_state_folder (cse);
  return g_build_filename (folder, name, NULL);
}

char *
gh_cse_vault_path (GhCse *cse)
{
  return path_of (cse, "vault", "path", "vault");
}

static GhSecret *
load_key (GhCse *cse, const char *vault_path, gboolean may_create, GError **error)
{
  g_autofree char *key_path = path_of (cse, "vault", "key-file", "vault.key");

  if (key_path == NULL)
    key_path = g_strconcat (vault_path, ".key", NULL);
  return gh_vault_key_load (key_path, may_create, error);
}

GhSecret *
gh_cse_load_vault_key (GhCse *cse, GError **error)
{
  g_autofree char *path = gh_cse_vault_path (cse);

  return load_key (cse, path, FALSE, error);
}

static GhVault *
open_vault (GhCse *cse, GError **error)
{
  g_autofree char *path = gh_cse_vault_path (cse);
  if (path == NULL)
    return gh_vault_open (NULL, NULL, cse->clock, error);
  g_autofree char *folder = g_path_get_dirname (path);
  if (g_mkdir_with_parents (folder, 0700) != 0)
    {
      g_set_error (error, GH_ERROR, GH_ERROR_CONFIG, "[vault] path: cannot make the folder %s",
                   folder);
      return NULL;
    }
  const gboolean first = !g_file_test (path, G_FILE_TEST_EXISTS);
  g_autoptr (GhSecret) key = load_key (cse, path, first, error);
  return key != NULL ? gh_vault_open (path, key, cse->clock, error) : NULL;
}

static GhAudit *
open_audit (GhCse *cse, GError **error)
{
  g_autofree char *folder = path_of (cse, "audit", "folder", "audit");
  return gh_audit_open (folder, (guint64) gh_config_get_integer (cse->config, "audit", "size"),
                        cse->clock, error);
}

/* Ends at once what a credential no longer proves. The associations renew the rest by themselves,
 * at their next request. */
static void
vault_changed (GhVaultEvent event, const GhCredential *credential, gpointer user_data)
{
  GhCse *cse = user_data;
  const gint64 now_us = gh_clock_wall_us (cse->clock);
  static const char *const names[] = {
    [GH_VAULT_ADDED] = "added", [GH_VAULT_CHANGED] = "changed", [GH_VAULT_REMOVED] = "removed"
  };
  gh_audit_record (gh_security_get_audit (cse->security), GH_AUDIT_CREDENTIAL, names[event],
                   "credential", credential->id, "state",
                   gh_credential_state_name (credential->state), "owner", credential->owner, NULL);
  gh_watch_tell_number (cse->watch, GH_WATCH_CREDENTIAL, credential->number);
  if (event == GH_VAULT_ADDED)
    return;
  const gboolean usable = event != GH_VAULT_REMOVED
                          && gh_credential_check_usable (credential, now_us, NULL);
  g_autoptr (GArray) ids = gh_security_associations_of (
    cse->security, credential, usable ? credential->generation : G_MAXUINT);
  for (guint i = 0; i < ids->len; i++)
    gh_cse_close_association (cse, g_array_index (ids, guint64, i));
}

/* GhAssociationClosedFunc */
static void
association_closed (guint64 id, gpointer user_data)
{
  GhService *service = user_data;
  if (service->channels != NULL)
    gh_channels_close_association (service, id);
}

void
gh_cse_close_association (GhCse *cse, guint64 association)
{
  g_rw_lock_reader_lock (&cse->transports_lock);
  for (guint i = 0; cse->transports != NULL && i < cse->transports->len; i++)
    {
      const GhCseTransport *transport = &g_array_index (cse->transports, GhCseTransport, i);
      if (transport->ops->close_association != NULL)
        transport->ops->close_association (transport->transport, association);
    }
  g_rw_lock_reader_unlock (&cse->transports_lock);
  if (cse->service != NULL && cse->service->channels != NULL)
    gh_channels_close_association (cse->service, association);
}

typedef struct {
  gboolean (*ends) (const GhAssociationInfo *info, gpointer user_data);
  gpointer user_data;
  GArray *ids;
} Ending;

static void
take_ending (const GhAssociationInfo *info, gpointer user_data)
{
  const Ending *ending = user_data;
  if (ending->ends (info, ending->user_data))
    g_array_append_val (ending->ids, info->id);
}

void
gh_cse_close_those (GhCse *cse,
                    gboolean (*ends) (const GhAssociationInfo *info, gpointer user_data),
                    gpointer user_data)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint64));
  Ending ending = { ends, user_data, ids };
  gh_security_list_associations (cse->security, 0, G_MAXUINT, take_ending, &ending);
  for (guint i = 0; i < ids->len; i++)
    gh_cse_close_association (cse, g_array_index (ids, guint64, i));
}

static gboolean
add_plugins (GhCse *cse, GError **error)
{
  g_autoptr (GPtrArray) plugins = gh_plugin_manager_list_security (cse->plugins);
  for (guint i = 0; i < plugins->len; i++)
    if (!gh_security_add_plugin (cse->security, gh_plugin_get_security_ops (plugins->pdata[i]),
                                 cse->config, error))
      return FALSE;
  return TRUE;
}

gboolean
gh_cse_security_start (GhCse *cse, GError **error)
{
  const GhServiceOptions *options = &cse->service->options;
  GhVault *vault = open_vault (cse, error);
  GhAudit *audit = vault != NULL ? open_audit (cse, error) : NULL;
  if (audit == NULL)
    {
      g_clear_pointer (&vault, gh_vault_close);
      return FALSE;
    }
  const GhSecurityOptions security = {
    .config = cse->config,
    .clock = cse->clock,
    .vault = vault,
    .audit = audit,
    .cse_id = options->cse_id,
    .sp_domain = options->sp_domain,
    .administrator = options->administrator,
    .associations_each = (guint) gh_config_get_integer (cse->config, "quota", "associations"),
  };
  cse->security = gh_security_new (&security);
  cse->service->security = cse->security;
  gh_security_set_watch (cse->security, cse->watch);
  gh_security_set_closed (cse->security, association_closed, cse->service);
  gh_vault_watch (vault, vault_changed, cse);
  gh_audit_record (audit, GH_AUDIT_SERVICE, "started", "cse", options->cse_id, "mode",
                   cse->development ? "development" : NULL, NULL);
  return gh_cse_authority_start (cse, error) && add_plugins (cse, error);
}

void
gh_cse_security_stop (GhCse *cse)
{
  if (cse->security == NULL)
    return;
  gh_audit_record (gh_security_get_audit (cse->security), GH_AUDIT_SERVICE, "stopped", NULL);
  if (cse->service != NULL)
    cse->service->security = NULL;
  g_clear_pointer (&cse->security, gh_security_free);
}
