/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-cse-plugins.h"

#include "base/gh-log.h"
#include "gh-cse-private.h"
#include "gh-cse-security.h"

#include <string.h>

#define HAS_RELEASE(ops)                                                                     \
  ((ops)->struct_size >= G_STRUCT_OFFSET (GhTransportOps, release) + sizeof ((ops)->release) \
   && (ops)->release != NULL)

/* Returns: (nullable): the plugin, when it is a transport and nothing else; *out_ops of it */
static GhPlugin *
find_transport (GhCse *cse, const char *name, const GhTransportOps **out_ops, GError **error)
{
  GhPlugin *plugin = gh_plugin_manager_get_plugin (cse->plugins, name);

  *out_ops = NULL;
  if (plugin == NULL)
    {
      g_set_error (
        error, GH_ERROR, GH_ERROR_NOT_FOUND,
        "plugin: \"%.64s\" is none of [plugins] load; to load another one, name it there "
        "and restart",
        name);
      return NULL;
    }
  *out_ops = gh_plugin_get_transport_ops (plugin);
  if (*out_ops != NULL && gh_plugin_get_store_ops (plugin) == NULL
      && gh_plugin_get_security_ops (plugin) == NULL)
    return plugin;
  g_set_error (error, GH_ERROR, GH_ERROR_BAD_REQUEST,
               "plugin %s: %s while the CSE runs; only transports can be stopped and started", name,
               *out_ops != NULL || gh_plugin_get_state (plugin) == GH_PLUGIN_STARTED
                 ? "it is in use"
                 : "it is not loaded, and cannot be");
  return NULL;
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

static void
tell (GhCse *cse, const char *what, const char *name)
{
  gh_log (GH_LOG_NOTICE, "plugin", what, "plugin", name, NULL);
  gh_audit_record (gh_security_get_audit (cse->security), GH_AUDIT_SERVICE, what, "plugin", name,
                   NULL);
  gh_watch_tell (cse->watch, GH_WATCH_PLUGIN, name);
  gh_watch_tell (cse->watch, GH_WATCH_CSE, "");
}

gboolean
gh_cse_stop_plugin (GhCse *cse, const char *name, GError **error)
{
  const GhTransportOps *ops;
  GhPlugin *plugin = find_transport (cse, name, &ops, error);
  GhCseTransport *transport;
  guint n;

  if (plugin == NULL)
    return FALSE;
  transport = newest (cse, ops, &n);
  if (transport == NULL || transport->stopped)
    {
      g_set_error (error, GH_ERROR, GH_ERROR_CONFLICT, "plugin %s: it has been stopped", name);
      return FALSE;
    }
  transport->stopped = TRUE;
  ops->stop (transport->transport);
  forget_urls (cse, ops);
  if (HAS_RELEASE (ops))
    ops->release (transport->transport);
  gh_cse_close_those (cse, came_through, (gpointer) ops);
  gh_plugin_set_quiet (plugin, TRUE);
  tell (cse, "transport stopped", name);
  return TRUE;
}

static GhTransport *
make_transport (GhCse *cse, const GhTransportOps *ops, const char *name, GError **error)
{
  GhTransport *transport = ops->create (&cse->host, error);

  if (transport != NULL && ops->start (transport, error))
    return transport;
  g_prefix_error (error, "plugin %s: ", name);
  forget_urls (cse, ops);
  if (transport != NULL)
    ops->free (transport);
  return NULL;
}

gboolean
gh_cse_start_plugin (GhCse *cse, const char *name, GError **error)
{
  const GhTransportOps *ops;
  GhPlugin *plugin = find_transport (cse, name, &ops, error);
  const GhCseTransport *transport;
  GhCseTransport another = { ops, NULL, FALSE };
  guint n;

  if (plugin == NULL)
    return FALSE;
  transport = newest (cse, ops, &n);
  if (transport != NULL && !transport->stopped)
    {
      g_set_error (error, GH_ERROR, GH_ERROR_CONFLICT, "plugin %s: it runs", name);
      return FALSE;
    }
  if (n >= GH_CSE_MAX_STARTS)
    {
      g_set_error (error, GH_ERROR, GH_ERROR_CONFLICT,
                   "plugin %s: it was started %u times; restart gatehoused", name, n);
      return FALSE;
    }
  another.transport = make_transport (cse, ops, name, error);
  if (another.transport == NULL)
    return FALSE;
  g_rw_lock_writer_lock (&cse->transports_lock);
  g_array_append_val (cse->transports, another);
  g_rw_lock_writer_unlock (&cse->transports_lock);
  gh_notifier_replace_transport (cse->service->notifier, ops, another.transport);
  gh_plugin_set_quiet (plugin, FALSE);
  tell (cse, "transport started", name);
  return TRUE;
}
