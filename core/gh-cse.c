/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-cse.h"

#include "base/gh-log.h"
#include "gh-cse-config.h"
#include "gh-cse-counters.h"
#include "gh-cse-private.h"
#include "gh-cse-settings.h"
#include "service/gh-registrar.h"
#include "service/gh-statistics.h"

#include <string.h>

G_DEFINE_FINAL_TYPE (GhCse, gh_cse, G_TYPE_OBJECT)

static const char *const state_names[] = { "new",      "starting", "running",
                                           "stopping", "stopped",  "failed" };

static void
cse_finalize (GObject *object)
{
  GhCse *cse = GH_CSE (object);
  /* dropped without a stop: what was accepted is still carried out */
  if (cse->state == GH_CSE_RUNNING)
    gh_cse_parts_stop (cse);
  gh_cse_parts_free (cse);
  g_clear_pointer (&cse->config, gh_config_unref);
  g_clear_pointer (&cse->plugin_config, gh_config_unref);
  g_clear_pointer (&cse->file_config, gh_config_unref);
  gh_cse_settings_free (cse);
  g_clear_pointer (&cse->host_root, g_free);
  g_clear_pointer (&cse->metrics_path, g_free);
  gh_cse_sockets_clear (cse);
  gh_cse_commands_clear (cse);
  gh_cse_applications_free (cse->applications);
  g_clear_pointer (&cse->clock, gh_clock_unref);
  g_clear_pointer (&cse->local, gh_principal_unref);
  g_clear_pointer (&cse->context, g_main_context_unref);
  g_clear_pointer (&cse->watch, gh_watch_free);
  g_ptr_array_unref (cse->urls);
  g_hash_table_unref (cse->counters);
  g_mutex_clear (&cse->lock);
  g_rw_lock_clear (&cse->transports_lock);
  g_rw_lock_clear (&cse->door);
  g_mutex_clear (&cse->authority_lock);
  g_mutex_clear (&cse->tend_lock);
  g_cond_clear (&cse->tend_wake);
  G_OBJECT_CLASS (gh_cse_parent_class)->finalize (object);
}

static void
gh_cse_class_init (GhCseClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cse_finalize;
}

static void
gh_cse_init (GhCse *cse)
{
  g_mutex_init (&cse->lock);
  g_mutex_init (&cse->authority_lock);
  g_mutex_init (&cse->tend_lock);
  g_cond_init (&cse->tend_wake);
  g_rw_lock_init (&cse->transports_lock);
  g_rw_lock_init (&cse->door);
  cse->applications = gh_cse_applications_new (cse);
  cse->context = g_main_context_ref_thread_default ();
  cse->urls = g_ptr_array_new_with_free_func (g_free);
  cse->counters = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

GhCse *
gh_cse_new (const char *config_path, gboolean development, GError **error)
{
  g_autoptr (GhConfig) config = config_path != NULL
                                  ? gh_config_load (config_path, gh_cse_config_keys, error)
                                  : gh_config_new (gh_cse_config_keys);
  if (config == NULL)
    return NULL;
  GhCse *cse = g_object_new (GH_TYPE_CSE, NULL);
  cse->config = g_steal_pointer (&config);
  cse->clock = gh_clock_new_system ();
  cse->watch = gh_watch_new ();
  cse->development = development;
  return cse;
}

gboolean
gh_cse_set_option (GhCse *cse, const char *group, const char *key, const char *value,
                   GError **error)
{
  g_return_val_if_fail (GH_IS_CSE (cse) && cse->state == GH_CSE_NEW, FALSE);
  return gh_config_set (cse->config, group, key, value, error);
}

void
gh_cse_set_local_identities (GhCse *cse, const char *const *identities)
{
  g_return_if_fail (GH_IS_CSE (cse) && cse->state == GH_CSE_NEW);
  g_clear_pointer (&cse->local, gh_principal_unref);
  cse->local = gh_principal_new_local (GH_PROOF_LOCAL, identities);
}

void
gh_cse_set_clock (GhCse *cse, GhClock *clock)
{
  g_return_if_fail (GH_IS_CSE (cse) && cse->state == GH_CSE_NEW);
  gh_clock_unref (cse->clock);
  cse->clock = gh_clock_ref (clock);
}

void
gh_cse_set_store (GhCse *cse, const GhStoreOps *ops)
{
  g_return_if_fail (GH_IS_CSE (cse) && cse->state == GH_CSE_NEW);
  cse->given_store = ops;
}

void
gh_cse_set_transport (GhCse *cse, const GhTransportOps *ops)
{
  g_return_if_fail (GH_IS_CSE (cse) && cse->state == GH_CSE_NEW);
  cse->given_transport = ops;
}

void
gh_cse_set_host_root (GhCse *cse, const char *root)
{
  g_return_if_fail (GH_IS_CSE (cse) && cse->state == GH_CSE_NEW);
  g_free (cse->host_root);
  cse->host_root = g_strdup (root);
}

static void
start_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GhCse *cse = source;
  GError *error = NULL;
  (void) data;
  (void) cancellable;
  if (gh_cse_parts_start (cse, &error))
    {
      g_atomic_int_set (&cse->state, GH_CSE_RUNNING);
      g_task_return_boolean (task, TRUE);
      return;
    }
  gh_cse_parts_stop (cse);
  g_atomic_int_set (&cse->state, GH_CSE_FAILED);
  g_task_return_error (task, error);
}

void
gh_cse_start_async (GhCse *cse, GCancellable *cancellable, GAsyncReadyCallback callback,
                    gpointer user_data)
{
  g_return_if_fail (GH_IS_CSE (cse));
  g_autoptr (GTask) task = g_task_new (cse, cancellable, callback, user_data);
  g_task_set_source_tag (task, gh_cse_start_async);
  if (cse->state != GH_CSE_NEW)
    {
      g_task_return_new_error (task, GH_ERROR, GH_ERROR_FAILED,
                               "the CSE is %s; a stopped one is not started again",
                               state_names[cse->state]);
      return;
    }
  g_atomic_int_set (&cse->state, GH_CSE_STARTING);
  g_task_run_in_thread (task, start_thread);
}

gboolean
gh_cse_start_finish (GhCse *cse, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, cse), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
stop_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GhCse *cse = source;
  (void) data;
  (void) cancellable;
  /* local requests that came through the door before it was shut have been dispatched */
  g_rw_lock_writer_lock (&cse->door);
  g_rw_lock_writer_unlock (&cse->door);
  gh_cse_parts_stop (cse);
  g_atomic_int_set (&cse->state, GH_CSE_STOPPED);
  g_task_return_boolean (task, TRUE);
}

void
gh_cse_stop_async (GhCse *cse, GCancellable *cancellable, GAsyncReadyCallback callback,
                   gpointer user_data)
{
  g_return_if_fail (GH_IS_CSE (cse));
  g_autoptr (GTask) task = g_task_new (cse, cancellable, callback, user_data);
  g_task_set_source_tag (task, gh_cse_stop_async);
  if (cse->state != GH_CSE_RUNNING)
    {
      g_task_return_new_error (task, GH_ERROR, GH_ERROR_FAILED, "the CSE is %s, not running",
                               state_names[cse->state]);
      return;
    }
  g_atomic_int_set (&cse->state, GH_CSE_STOPPING);
  g_task_run_in_thread (task, stop_thread);
}

gboolean
gh_cse_stop_finish (GhCse *cse, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, cse), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

char **
gh_cse_dup_urls (GhCse *cse)
{
  g_return_val_if_fail (GH_IS_CSE (cse), NULL);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_mutex_lock (&cse->lock);
  for (guint i = 0; i < cse->urls->len; i++)
    g_strv_builder_add (builder, cse->urls->pdata[i]);
  g_mutex_unlock (&cse->lock);
  return g_strv_builder_end (builder);
}

static void
add_counter (const GhCseCounter *counter, gpointer user_data)
{
  g_variant_builder_add (user_data, "{st}", counter->name, counter->value);
}

static GVariant *
counters_variant (GhCse *cse)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{st}"));
  gh_cse_counters (cse, add_counter, &builder);
  return g_variant_builder_end (&builder);
}

static void
add_registrar (GVariantBuilder *builder, GhCse *cse)
{
  if (g_atomic_int_get (&cse->state) != GH_CSE_RUNNING || cse->service->registrar == NULL)
    return;
  g_variant_builder_add (
    builder, "{sv}", "registration",
    g_variant_new_take_string (gh_registrar_dup_status (cse->service->registrar)));
}

static GVariant *
plugins_variant (GhCse *cse)
{
  g_autoptr (GVariant) plugins = gh_plugin_manager_dup_status (cse->plugins);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (gsize i = 0; i < g_variant_n_children (plugins); i++)
    {
      g_autoptr (GVariant) plugin = g_variant_get_child_value (plugins, i);
      g_autoptr (GVariant) whole = gh_cse_add_settings (cse, plugin);

      g_variant_builder_add_value (&builder, whole);
    }
  return g_variant_builder_end (&builder);
}

GVariant *
gh_cse_dup_status (GhCse *cse)
{
  g_return_val_if_fail (GH_IS_CSE (cse), NULL);
  GVariantBuilder builder;
  g_auto (GStrv) urls = gh_cse_dup_urls (cse);
  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "state",
                         g_variant_new_string (state_names[g_atomic_int_get (&cse->state)]));
  g_variant_builder_add (&builder, "{sv}", "development", g_variant_new_boolean (cse->development));
  g_variant_builder_add (&builder, "{sv}", "cse-id",
                         g_variant_new_string (gh_config_get_string (cse->config, "cse", "id")));
  g_variant_builder_add (&builder, "{sv}", "cse-name",
                         g_variant_new_string (gh_config_get_string (cse->config, "cse", "name")));
  g_variant_builder_add (
    &builder, "{sv}", "administrator",
    g_variant_new_string (gh_config_get_string (cse->config, "cse", "administrator")));
  if (g_atomic_int_get (&cse->state) == GH_CSE_RUNNING)
    g_variant_builder_add (&builder, "{sv}", "schema", g_variant_new_uint32 (gh_cse_schema (cse)));
  add_registrar (&builder, cse);
  g_variant_builder_add (&builder, "{sv}", "urls",
                         g_variant_new_strv ((const char *const *) urls, -1));
  g_variant_builder_add (&builder, "{sv}", "counters", counters_variant (cse));
  if (cse->plugins != NULL)
    g_variant_builder_add (&builder, "{sv}", "plugins", plugins_variant (cse));
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static void
add_text (GVariantBuilder *builder, const char *name, const char *text)
{
  if (text != NULL)
    g_variant_builder_add (builder, "{sv}", name, g_variant_new_string (text));
}

static GVariant *
statistics_variant (const GhStatisticsRecord *record)
{
  GVariantBuilder builder;
  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  add_text (&builder, "collection", record->collect_id);
  add_text (&builder, "collecting", record->collecting_entity);
  add_text (&builder, "collected", record->collected_entity);
  add_text (&builder, "resource", record->resource_id);
  g_variant_builder_add (&builder, "{sv}", "event", g_variant_new_int32 ((gint) record->event));
  g_variant_builder_add (&builder, "{sv}", "operation", g_variant_new_int32 (record->operation));
  g_variant_builder_add (&builder, "{sv}", "start", g_variant_new_int64 (record->start_us));
  g_variant_builder_add (&builder, "{sv}", "end", g_variant_new_int64 (record->end_us));
  g_variant_builder_add (&builder, "{sv}", "size", g_variant_new_uint64 (record->size));
  g_variant_builder_add (&builder, "{sv}", "count", g_variant_new_uint64 (record->count));
  return g_variant_builder_end (&builder);
}

GVariant *
gh_cse_take_statistics (GhCse *cse)
{
  g_return_val_if_fail (GH_IS_CSE (cse), NULL);
  GVariantBuilder builder;
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  if (cse->service != NULL)
    {
      g_autoptr (GPtrArray) records = gh_statistics_take (cse->service->statistics, NULL);
      for (guint i = 0; i < records->len; i++)
        g_variant_builder_add_value (&builder, statistics_variant (records->pdata[i]));
    }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}
