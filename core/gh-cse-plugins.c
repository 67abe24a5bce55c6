/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-cse-plugins.h"

#include "base/gh-log.h"
#include "gh-cse-private.h"
#include "gh-cse-security.h"
#include "gh-cse-settings.h"

#include <string.h>

/* What a plugin is for. */
typedef struct {
  GhPlugin *plugin;
  const GhTransportOps *transport; /* NULL: it is none */
  const GhSecurityOps *security;   /* the same */
} Parts;

static gboolean
find_parts (GhCse *cse, const char *name, Parts *out, GError **error)
{
  GhPlugin *plugin = gh_plugin_manager_get_plugin (cse->plugins, name);

  if (plugin == NULL)
    {
      g_autofree char *shown = g_utf8_make_valid (name, -1);

      g_set_error (error, GH_ERROR, GH_ERROR_NOT_FOUND, "plugin: \"%.64s\" is not loaded", shown);
      return FALSE;
    }
  *out = (Parts){ plugin, gh_plugin_get_transport_ops (plugin),
                  gh_plugin_get_security_ops (plugin) };
  if (gh_plugin_get_store_ops (plugin) == NULL && (out->transport != NULL || out->security != NULL))
    return TRUE;
  g_set_error (error, GH_ERROR, GH_ERROR_BAD_REQUEST,
               "plugin %s: %s; only what carries requests or proves identities can be stopped and "
               "started",
               name,
               gh_plugin_get_store_ops (plugin) != NULL ? "the store is in use while the CSE runs"
                                                        : "it has not been loaded");
  return FALSE;
}

/* The newest of the plugin's transports, and how many there have been. Only who calls us adds some.
 */
static GhCseTransport *
newest (GhCse *cse, const GhTransportOps *ops, guint *out_n)
{
  GhCseTransport *found = NULL;

  *out_n = 0;
  for (guint i = 0; i < cse->transports->len; i++)
    {
      GhCseTransport *transport = &g_array_index (cse->transports, GhCseTransport, i);

      if (transport->ops != ops)
        continue;
      found = transport;
      (*out_n)++;
    }
  return found;
}

static gboolean
has_scheme (const GhTransportOps *ops, const char *text, gsize length)
{
  for (const char *const *scheme = ops->schemes; scheme != NULL && *scheme != NULL; scheme++)
    if (strlen (*scheme) == length && strncmp (*scheme, text, length) == 0)
      return TRUE;
  return FALSE;
}

static void
forget_urls (GhCse *cse, const GhTransportOps *ops)
{
  g_mutex_lock (&cse->lock);
  for (guint i = cse->urls->len; i-- > 0;)
    {
      const char *url = cse->urls->pdata[i];

      if (has_scheme (ops, url, strcspn (url, ":")))
        g_ptr_array_remove_index (cse->urls, i);
    }
  g_mutex_unlock (&cse->lock);
}

static gboolean
came_through (const GhAssociationInfo *info, gpointer user_data)
{
  return !info->client && info->transport != NULL
         && has_scheme (user_data, info->transport, strlen (info->transport));
}

/* Also of those that we have begun: the other side has proven itself by it. */
static gboolean
is_unproven (const GhAssociationInfo *info, gpointer user_data)
{
  return gh_security_is_silent (user_data, info->proof);
}

static void
tell (GhCse *cse, const char *what, const char *name)
{
  gh_log (GH_LOG_NOTICE, "plugin", what, "plugin", name, NULL);
  gh_audit_record (gh_security_get_audit (cse->security), GH_AUDIT_SERVICE, what, "plugin", name,
                   NULL);
  gh_watch_tell (cse->watch, GH_WATCH_PLUGIN, name);
  gh_watch_tell (cse->watch, GH_WATCH_CSE, "");
}

static void
stop_transport (GhCse *cse, const GhTransportOps *ops)
{
  guint n;
  GhCseTransport *transport = newest (cse, ops, &n);

  if (transport == NULL || transport->stopped)
    return;
  transport->stopped = TRUE;
  ops->stop (transport->transport);
  forget_urls (cse, ops);
  if (ops->release != NULL)
    {
      ops->release (transport->transport);
      gh_cse_return_sockets (cse, ops->schemes);
    }
  gh_cse_close_those (cse, came_through, (gpointer) ops);
}

gboolean
gh_cse_stop_plugin (GhCse *cse, const char *name, GError **error)
{
  Parts parts;

  if (!find_parts (cse, name, &parts, error))
    return FALSE;
  if (gh_plugin_is_quiet (parts.plugin))
    {
      g_set_error (error, GH_ERROR, GH_ERROR_CONFLICT, "plugin %s: it has been stopped", name);
      return FALSE;
    }
  if (parts.security != NULL)
    {
      gh_security_stop_plugin (cse->security, parts.security);
      gh_cse_close_those (cse, is_unproven, cse->security);
    }
  if (parts.transport != NULL)
    stop_transport (cse, parts.transport);
  gh_plugin_set_quiet (parts.plugin, TRUE);
  gh_cse_note_running (cse, name, NULL);
  tell (cse, "plugin stopped", name);
  return TRUE;
}

GhConfig *
gh_cse_dup_plugin_config (GhCse *cse)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&cse->lock);

  return gh_config_ref (cse->plugin_config);
}

static void
host_free (GhTransportHost *host)
{
  gh_config_unref ((GhConfig *) host->config);
  g_free (host);
}

static gboolean
make_transport (GhCse *cse, const char *name, GhCseTransport *out, GError **error)
{
  GhTransportHost *host = g_new0 (GhTransportHost, 1);

  *host = cse->host;
  host->config = gh_cse_dup_plugin_config (cse);
  out->transport = out->ops->create (host, error);
  if (out->transport != NULL && out->ops->start (out->transport, error))
    {
      out->host = host;
      return TRUE;
    }
  g_prefix_error (error, "plugin %s: ", name);
  forget_urls (cse, out->ops);
  if (out->transport != NULL)
    out->ops->free (out->transport);
  gh_cse_return_sockets (cse, out->ops->schemes);
  host_free (host);
  return FALSE;
}

static void
unmake_transport (GhCse *cse, const GhCseTransport *transport)
{
  transport->ops->stop (transport->transport);
  forget_urls (cse, transport->ops);
  transport->ops->free (transport->transport);
  gh_cse_return_sockets (cse, transport->ops->schemes);
  host_free (transport->host);
}

static void
register_transport (GhCse *cse, const GhCseTransport *transport, gboolean first)
{
  g_rw_lock_writer_lock (&cse->transports_lock);
  g_array_append_vals (cse->transports, transport, 1);
  g_rw_lock_writer_unlock (&cse->transports_lock);
  if (first)
    gh_notifier_add_transport (cse->service->notifier, transport->ops, transport->transport);
  else
    gh_notifier_replace_transport (cse->service->notifier, transport->ops, transport->transport);
}

/* All that the plugin is for, or nothing of it. */
static gboolean
start_parts (GhCse *cse, const Parts *parts, GError **error)
{
  const char *name = gh_plugin_get_name (parts->plugin);
  g_autoptr (GhConfig) config = gh_cse_dup_plugin_config (cse);
  GhCseTransport transport = { .ops = parts->transport };
  guint n = 0;

  if (parts->transport != NULL)
    (void) newest (cse, parts->transport, &n);
  if (n >= GH_CSE_MAX_STARTS)
    {
      g_set_error (error, GH_ERROR, GH_ERROR_CONFLICT,
                   "plugin %s: it was started %u times; restart gatehoused", name, n);
      return FALSE;
    }
  if (transport.ops != NULL && !make_transport (cse, name, &transport, error))
    return FALSE;
  if (parts->security != NULL
      && !gh_security_add_plugin (cse->security, parts->security, config, error))
    {
      g_prefix_error (error, "plugin %s: ", name);
      if (transport.ops != NULL)
        unmake_transport (cse, &transport);
      return FALSE;
    }
  if (transport.ops != NULL)
    register_transport (cse, &transport, n == 0);
  gh_plugin_set_quiet (parts->plugin, FALSE);
  gh_cse_note_running (cse, name, config);
  return TRUE;
}

gboolean
gh_cse_start_plugin (GhCse *cse, const char *name, GError **error)
{
  Parts parts;

  if (!find_parts (cse, name, &parts, error))
    return FALSE;
  if (!gh_plugin_is_quiet (parts.plugin))
    {
      g_set_error (error, GH_ERROR, GH_ERROR_CONFLICT, "plugin %s: it runs", name);
      return FALSE;
    }
  if (!start_parts (cse, &parts, error))
    return FALSE;
  tell (cse, "plugin started", name);
  return TRUE;
}

gboolean
gh_cse_load_plugin (GhCse *cse, const char *name, GError **error)
{
  g_autoptr (GhConfig) config = gh_cse_dup_plugin_config (cse);
  GhPlugin *plugin = gh_plugin_manager_load (cse->plugins, name, config, error);
  Parts parts;

  if (plugin == NULL)
    return FALSE;
  if (!find_parts (cse, name, &parts, error) || !start_parts (cse, &parts, error))
    {
      gh_plugin_manager_drop (cse->plugins, plugin);
      return FALSE;
    }
  tell (cse, "plugin loaded", name);
  return TRUE;
}
