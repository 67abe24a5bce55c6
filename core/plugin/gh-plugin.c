/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "plugin/gh-plugin.h"

#include "base/gh-log.h"
#include "plugin/gh-plugin-private.h"

struct _GhPlugin {
  GObject parent_instance;
  char *name;
  gboolean required;

  /*
   * Read by any thread for the status; written, under the lock, by the thread that starts the CSE.
   */
  GMutex lock;
  GhPluginState state;
  gboolean quiet; /* started, but does not listen */
  char *error;
  GhPluginBinding *binding; /* NULL before it is verified */

  gpointer data;            /* what load gave */
  gboolean loaded, started; /* unload and stop are owed, whatever the state */
};

G_DEFINE_FINAL_TYPE (GhPlugin, gh_plugin, G_TYPE_OBJECT)

static const char *const state_names[] = {
  "found", "verified", "loaded", "configured", "started", "stopped", "unloaded", "failed",
};
G_STATIC_ASSERT (G_N_ELEMENTS (state_names) == GH_PLUGIN_FAILED + 1);

#define STATE(state) (1u << GH_PLUGIN_##state)

static void
plugin_finalize (GObject *object)
{
  GhPlugin *plugin = GH_PLUGIN (object);

  gh_plugin_unload (plugin);
  gh_plugin_binding_free (plugin->binding);
  g_free (plugin->error);
  g_free (plugin->name);
  g_mutex_clear (&plugin->lock);
  G_OBJECT_CLASS (gh_plugin_parent_class)->finalize (object);
}

static void
gh_plugin_class_init (GhPluginClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = plugin_finalize;
}

static void
gh_plugin_init (GhPlugin *plugin)
{
  g_mutex_init (&plugin->lock);
}

GhPlugin *
gh_plugin_new (const char *name, gboolean required)
{
  GhPlugin *plugin = g_object_new (GH_TYPE_PLUGIN, NULL);

  plugin->name = g_strdup (name);
  plugin->required = required;
  return plugin;
}

const char *
gh_plugin_get_name (GhPlugin *plugin)
{
  g_return_val_if_fail (GH_IS_PLUGIN (plugin), NULL);
  return plugin->name;
}

gboolean
gh_plugin_is_required (GhPlugin *plugin)
{
  g_return_val_if_fail (GH_IS_PLUGIN (plugin), FALSE);
  return plugin->required;
}

GhPluginState
gh_plugin_get_state (GhPlugin *plugin)
{
  g_autoptr (GMutexLocker) locker = NULL;

  g_return_val_if_fail (GH_IS_PLUGIN (plugin), GH_PLUGIN_FAILED);
  locker = g_mutex_locker_new (&plugin->lock);
  return plugin->state;
}

const char *
gh_plugin_state_to_string (GhPluginState state)
{
  g_return_val_if_fail ((guint) state < G_N_ELEMENTS (state_names), NULL);
  return state_names[state];
}

void
gh_plugin_set_quiet (GhPlugin *plugin, gboolean quiet)
{
  g_autoptr (GMutexLocker) locker = NULL;

  g_return_if_fail (GH_IS_PLUGIN (plugin));
  locker = g_mutex_locker_new (&plugin->lock);
  plugin->quiet = quiet;
}

gboolean
gh_plugin_is_quiet (GhPlugin *plugin)
{
  g_autoptr (GMutexLocker) locker = NULL;

  g_return_val_if_fail (GH_IS_PLUGIN (plugin), FALSE);
  locker = g_mutex_locker_new (&plugin->lock);
  return plugin->quiet;
}

char *
gh_plugin_dup_version (GhPlugin *plugin)
{
  g_autoptr (GMutexLocker) locker = NULL;

  g_return_val_if_fail (GH_IS_PLUGIN (plugin), NULL);
  locker = g_mutex_locker_new (&plugin->lock);
  return plugin->binding != NULL ? g_strdup (plugin->binding->version) : NULL;
}

char *
gh_plugin_dup_path (GhPlugin *plugin)
{
  g_autoptr (GMutexLocker) locker = NULL;

  g_return_val_if_fail (GH_IS_PLUGIN (plugin), NULL);
  locker = g_mutex_locker_new (&plugin->lock);
  return plugin->binding != NULL ? g_strdup (plugin->binding->path) : NULL;
}

char *
gh_plugin_dup_error (GhPlugin *plugin)
{
  g_autoptr (GMutexLocker) locker = NULL;

  g_return_val_if_fail (GH_IS_PLUGIN (plugin), NULL);
  locker = g_mutex_locker_new (&plugin->lock);
  return g_strdup (plugin->error);
}

GVariant *
gh_plugin_dup_status (GhPlugin *plugin)
{
  g_autoptr (GMutexLocker) locker = NULL;
  GVariantDict dict;

  g_return_val_if_fail (GH_IS_PLUGIN (plugin), NULL);
  locker = g_mutex_locker_new (&plugin->lock);
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "name", "s", plugin->name);
  g_variant_dict_insert (&dict, "state", "s",
                         plugin->quiet && plugin->state == GH_PLUGIN_STARTED
                           ? state_names[GH_PLUGIN_STOPPED]
                           : state_names[plugin->state]);
  g_variant_dict_insert (&dict, "required", "b", plugin->required);
  if (plugin->binding != NULL)
    {
      g_auto (GStrv) capabilities = gh_capabilities_to_strv (plugin->binding->capabilities);

      g_variant_dict_insert (&dict, "version", "s", plugin->binding->version);
      g_variant_dict_insert (&dict, "path", "s", plugin->binding->path);
      g_variant_dict_insert (&dict, "capabilities", "^as", capabilities);
    }
  if (plugin->error != NULL)
    g_variant_dict_insert (&dict, "error", "s", plugin->error);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static void
set_state (GhPlugin *plugin, GhPluginState state, const char *error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&plugin->lock);

  plugin->state = state;
  g_free (plugin->error);
  plugin->error = g_strdup (error);
}

void
gh_plugin_reset (GhPlugin *plugin)
{
  g_autoptr (GMutexLocker) locker = NULL;

  g_return_if_fail (!plugin->loaded && !plugin->started);
  locker = g_mutex_locker_new (&plugin->lock);
  g_clear_pointer (&plugin->binding, gh_plugin_binding_free);
  g_clear_pointer (&plugin->error, g_free);
  plugin->state = GH_PLUGIN_FOUND;
}

void
gh_plugin_bind (GhPlugin *plugin, GhPluginBinding *binding)
{
  g_autoptr (GMutexLocker) locker = NULL;

  g_return_if_fail (plugin->binding == NULL);
  locker = g_mutex_locker_new (&plugin->lock);
  plugin->binding = binding;
  plugin->state = GH_PLUGIN_VERIFIED;
}

void
gh_plugin_fail (GhPlugin *plugin, const GError *reason)
{
  set_state (plugin, GH_PLUGIN_FAILED, reason->message);
  gh_log (plugin->required ? GH_LOG_ERROR : GH_LOG_WARNING, "plugin", "plugin failed", "plugin",
          plugin->name, "error", reason->message, NULL);
}

static const char *const no_names[] = { NULL };

const char *const *
gh_plugin_get_requires (GhPlugin *plugin)
{
  return plugin->binding != NULL ? (const char *const *) plugin->binding->requires_names : no_names;
}

const char *const *
gh_plugin_get_after (GhPlugin *plugin)
{
  return plugin->binding != NULL ? (const char *const *) plugin->binding->after_names : no_names;
}

/* Whether @call may be made now; @states: bits of the states that it may be made in. */
static gboolean
may_call (GhPlugin *plugin, const char *call, guint states, GError **error)
{
  if ((1u << plugin->state) & states)
    return TRUE;
  g_set_error (error, GH_ERROR, GH_ERROR_PLUGIN,
               "plugin %s: %s cannot be called while it is %s%s%s", plugin->name, call,
               state_names[plugin->state], plugin->error != NULL ? ": " : "",
               plugin->error != NULL ? plugin->error : "");
  return FALSE;
}

/*
 * Judges what a call returned: @ok, or not, and the error that it left (taken). The two must agree;
 * a plugin that says
 * both is broken, and one that fails in silence is made to speak.
 */
static gboolean
conclude (GhPlugin *plugin, const char *call, gboolean ok, GError *left, GError **error)
{
  if (ok && left == NULL)
    return TRUE;
  if (left == NULL)
    g_set_error (&left, GH_ERROR, GH_ERROR_PLUGIN,
                 "%s failed without an error: that is a fault of the plugin", call);
  else if (ok)
    {
      g_autofree char *said = g_strdup (left->message);

      g_clear_error (&left);
      g_set_error (&left, GH_ERROR, GH_ERROR_PLUGIN,
                   "%s succeeded, but set the error '%s': that is a fault of the plugin", call,
                   said);
    }
  g_prefix_error (&left, "plugin %s: ", plugin->name);
  gh_plugin_fail (plugin, left);
  g_propagate_error (error, left);
  return FALSE;
}

/* The same for a step of its life, which takes it to @next. */
static gboolean
conclude_step (GhPlugin *plugin, GhPluginState next, gboolean ok, GError *left, GError **error)
{
  static const char *const calls[] = {
    [GH_PLUGIN_LOADED] = "load",
    [GH_PLUGIN_CONFIGURED] = "configure",
    [GH_PLUGIN_STARTED] = "start",
  };

  if (!conclude (plugin, calls[next], ok, left, error))
    return FALSE;
  set_state (plugin, next, NULL);
  return TRUE;
}

gboolean
gh_plugin_load (GhPlugin *plugin, GError **error)
{
  const GhPluginOps *ops;
  GError *left = NULL;
  gboolean ok = TRUE;

  if (!may_call (plugin, "load", STATE (VERIFIED), error))
    return FALSE;
  ops = &plugin->binding->ops;
  plugin->data = NULL;
  if (ops->load != NULL)
    ok = ops->load (&plugin->data, &left);
  /* One that said TRUE made something, whatever else it said. */
  plugin->loaded = ok;
  return conclude_step (plugin, GH_PLUGIN_LOADED, ok, left, error);
}

gboolean
gh_plugin_configure (GhPlugin *plugin, const GhConfig *config, GError **error)
{
  const GhPluginOps *ops;
  GError *left = NULL;
  gboolean ok = TRUE;

  if (!may_call (plugin, "configure", STATE (LOADED), error))
    return FALSE;
  ops = &plugin->binding->ops;
  if (ops->configure != NULL)
    ok = ops->configure (plugin->data, config, &left);
  return conclude_step (plugin, GH_PLUGIN_CONFIGURED, ok, left, error);
}

gboolean
gh_plugin_start (GhPlugin *plugin, GError **error)
{
  const GhPluginOps *ops;
  GError *left = NULL;
  gboolean ok = TRUE;

  if (!may_call (plugin, "start", STATE (CONFIGURED), error))
    return FALSE;
  ops = &plugin->binding->ops;
  if (ops->start != NULL)
    ok = ops->start (plugin->data, &left);
  plugin->started = ok;
  return conclude_step (plugin, GH_PLUGIN_STARTED, ok, left, error);
}

void
gh_plugin_stop (GhPlugin *plugin)
{
  if (!plugin->started)
    return;
  plugin->started = FALSE;
  if (plugin->binding->ops.stop != NULL)
    plugin->binding->ops.stop (plugin->data);
  if (plugin->state != GH_PLUGIN_FAILED)
    set_state (plugin, GH_PLUGIN_STOPPED, NULL);
}

void
gh_plugin_unload (GhPlugin *plugin)
{
  gh_plugin_stop (plugin);
  if (!plugin->loaded)
    return;
  plugin->loaded = FALSE;
  if (plugin->binding->ops.unload != NULL)
    plugin->binding->ops.unload (plugin->data);
  plugin->data = NULL;
  if (plugin->state != GH_PLUGIN_FAILED)
    set_state (plugin, GH_PLUGIN_UNLOADED, NULL);
}

#define USABLE \
  (STATE (VERIFIED) | STATE (LOADED) | STATE (CONFIGURED) | STATE (STARTED) | STATE (STOPPED))

const GhTransportOps *
gh_plugin_get_transport_ops (GhPlugin *plugin)
{
  g_return_val_if_fail (GH_IS_PLUGIN (plugin), NULL);
  if (!((1u << plugin->state) & USABLE) || plugin->binding->transport.struct_size == 0)
    return NULL;
  return &plugin->binding->transport;
}

const GhStoreOps *
gh_plugin_get_store_ops (GhPlugin *plugin)
{
  g_return_val_if_fail (GH_IS_PLUGIN (plugin), NULL);
  if (!((1u << plugin->state) & USABLE) || plugin->binding->store.struct_size == 0)
    return NULL;
  return &plugin->binding->store;
}

const GhSecurityOps *
gh_plugin_get_security_ops (GhPlugin *plugin)
{
  g_return_val_if_fail (GH_IS_PLUGIN (plugin), NULL);
  if (!((1u << plugin->state) & USABLE) || plugin->binding->security.struct_size == 0)
    return NULL;
  return &plugin->binding->security;
}

#define CALLABLE (STATE (CONFIGURED) | STATE (STARTED))

static gpointer
refuse_capability (GhPlugin *plugin, const char *capability, GError **error)
{
  g_set_error (error, GH_ERROR, GH_ERROR_PLUGIN, "plugin %s: is not a %s", plugin->name,
               capability);
  return NULL;
}

GhTransport *
gh_plugin_create_transport (GhPlugin *plugin, const GhTransportHost *host, GError **error)
{
  const GhTransportOps *ops;
  GhTransport *transport;
  GError *left = NULL;

  g_return_val_if_fail (GH_IS_PLUGIN (plugin) && host != NULL, NULL);
  if (!may_call (plugin, "transport create", CALLABLE, error))
    return NULL;
  ops = gh_plugin_get_transport_ops (plugin);
  if (ops == NULL)
    return refuse_capability (plugin, "transport", error);
  transport = ops->create (host, &left);
  if (conclude (plugin, "transport create", transport != NULL, left, error))
    return transport;
  if (transport != NULL)
    ops->free (transport);
  return NULL;
}

gboolean
gh_plugin_start_transport (GhPlugin *plugin, GhTransport *transport, GError **error)
{
  const GhTransportOps *ops;
  GError *left = NULL;
  gboolean ok = TRUE;

  g_return_val_if_fail (GH_IS_PLUGIN (plugin) && transport != NULL, FALSE);
  if (!may_call (plugin, "transport start", CALLABLE, error))
    return FALSE;
  ops = gh_plugin_get_transport_ops (plugin);
  if (ops == NULL)
    return refuse_capability (plugin, "transport", error) != NULL;
  if (ops->start != NULL)
    ok = ops->start (transport, &left);
  return conclude (plugin, "transport start", ok, left, error);
}

GhStore *
gh_plugin_open_store (GhPlugin *plugin, const GhConfig *config, GError **error)
{
  const GhStoreOps *ops;
  GhStore *store;
  GError *left = NULL;

  g_return_val_if_fail (GH_IS_PLUGIN (plugin), NULL);
  if (!may_call (plugin, "store open", CALLABLE, error))
    return NULL;
  ops = gh_plugin_get_store_ops (plugin);
  if (ops == NULL)
    return refuse_capability (plugin, "store", error);
  store = ops->open (config, &left);
  if (conclude (plugin, "store open", store != NULL, left, error))
    return store;
  if (store != NULL)
    ops->close (store);
  return NULL;
}
