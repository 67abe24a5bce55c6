/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "base/gh-log.h"
#include "gh-cse-config.h"
#include "gh-cse-metrics.h"
#include "gh-cse-settings.h"
#include "gh-data-dir.h"
#include "model/gh-definitions.h"
#include "model/gh-syntax.h"
#include "service/gh-binding.h"
#include "service/gh-channel.h"
#include "service/gh-forward.h"
#include "service/gh-own-node.h"
#include "service/gh-quota.h"
#include "service/gh-registrar.h"
#include "type/gh-behaviours.h"

static void
host_dispatch (gpointer core, GhRequest *request, const GhPrincipal *principal, GhReplyFunc reply,
               gpointer user_data)
{
  gh_dispatch (((GhCse *) core)->service, request, principal, reply, user_data);
}

static GhPrincipal *
host_authenticate_plain (gpointer core, GInetAddress *peer)
{
  const GhCse *cse = core;
  return cse->development && peer != NULL && g_inet_address_get_is_loopback (peer)
           ? gh_principal_new_claimed (peer)
           : NULL;
}

static void
host_listening (gpointer core, const char *url)
{
  GhCse *cse = core;
  g_mutex_lock (&cse->lock);
  /* the two families of one host name */
  if (!g_ptr_array_find_with_equal_func (cse->urls, url, g_str_equal, NULL))
    g_ptr_array_add (cse->urls, g_strdup (url));
  g_mutex_unlock (&cse->lock);
  gh_log (GH_LOG_NOTICE, "cse", "listening", "url", url, NULL);
}

static void
host_count (gpointer core, const char *counter, gint64 by)
{
  GhCse *cse = core;
  g_mutex_lock (&cse->lock);
  gint64 *value = g_hash_table_lookup (cse->counters, counter);
  if (value == NULL)
    {
      value = g_new0 (gint64, 1);
      g_hash_table_insert (cse->counters, g_strdup (counter), value);
    }
  g_mutex_unlock (&cse->lock);
  __atomic_fetch_add (value, by, __ATOMIC_RELAXED);
}

static guint64
host_changes (gpointer core)
{
  const GhCse *cse = core;
  return gh_tree_sequence (cse->tree);
}

static GhBuffer *
host_metrics (gpointer core, const GhPrincipal *principal)
{
  return gh_cse_metrics (core, principal);
}

static int
host_take_socket (gpointer core, const char *scheme, int type)
{
  return gh_cse_take_socket (core, scheme, type);
}

static gboolean
host_has_socket (gpointer core, const char *scheme)
{
  return gh_cse_has_socket (core, scheme);
}

static gboolean
identifier_is_valid (const char *group, const char *key, const char *value, GError **error)
{
  if (value != NULL && strlen (value) <= 64 && gh_identifier_is_unreserved (value, strlen (value)))
    return TRUE;
  g_set_error (error, GH_ERROR, GH_ERROR_CONFIG,
               "[%s] %s: expected 1 to 64 letters, digits, '-', '.', '_' or '~'", group, key);
  return FALSE;
}

/* Those in the tree the store would not read again at the next start. @except: what else may stand
 * there. */
static gboolean
addresses_are_valid (const GhConfig *config, const char *group, const char *key,
                     const char *except, GError **error)
{
  const char *const *addresses = gh_config_get_list (config, group, key);
  for (; addresses != NULL && *addresses != NULL; addresses++)
    if (strcmp (*addresses, except) != 0
        && !gh_syntax_check (GH_DATA_POA, *addresses, strlen (*addresses)))
      {
        g_set_error (error, GH_ERROR, GH_ERROR_CONFIG,
                     "[%s] %s: %.80s is not a URI with its protocol; entries of the list are "
                     "separated by ;",
                     group, key, *addresses);
        return FALSE;
      }
  return TRUE;
}

static gboolean
registrar_is_valid (const GhConfig *config, const char *cse_id, GError **error)
{
  g_autofree char *own = g_strconcat ("/", gh_config_get_string (config, "cse", "id"), NULL);
  const GhHome home = { .sp_domain = gh_config_get_string (config, "cse", "sp-domain"),
                        .cse_id = gh_config_get_string (config, "cse", "id") };
  const char *const *urls = gh_config_get_list (config, "registrar", "urls");
  if (cse_id == NULL)
    return TRUE;
  if (cse_id[0] != '/' || !gh_originator_is_well_formed (cse_id)
      || gh_originator_same (cse_id, own, &home))
    g_set_error (error, GH_ERROR, GH_ERROR_CONFIG,
                 "[registrar] cse-id: %s is not the CSE-ID of another CSE, /in or //example.org/in",
                 cse_id);
  else if (urls == NULL || urls[0] == NULL)
    g_set_error (error, GH_ERROR, GH_ERROR_CONFIG,
                 "[registrar] urls: missing; %s is to be registered with", cse_id);
  else if (gh_config_is_set (config, "cse", "type")
           && strcmp (gh_config_get_string (config, "cse", "type"), "in") == 0)
    g_set_error (error, GH_ERROR, GH_ERROR_CONFIG,
                 "[cse] type: an IN-CSE registers with nobody, but [registrar] cse-id is %s",
                 cse_id);
  else
    return TRUE;
  return FALSE;
}

static gboolean
check_config (const GhConfig *config, GError **error)
{
  const char *administrator = gh_config_get_string (config, "cse", "administrator");
  static const char *const identifiers[] = { "id", "name", "sp-domain" };
  for (guint i = 0; i < G_N_ELEMENTS (identifiers); i++)
    if (!identifier_is_valid ("cse", identifiers[i],
                              gh_config_get_string (config, "cse", identifiers[i]), error))
      return FALSE;
  if (administrator != NULL && *administrator != '\0'
      && !gh_originator_is_well_formed (administrator))
    {
      g_set_error (error, GH_ERROR, GH_ERROR_CONFIG,
                   "[cse] administrator: %s is not an originator (C or S and a stem)",
                   administrator);
      return FALSE;
    }
  const char *registrar = gh_config_get_string (config, "registrar", "cse-id");
  return registrar_is_valid (config, registrar, error)
         && addresses_are_valid (config, "cse", "poa", "", error)
         && addresses_are_valid (config, "registrar", "urls", "", error)
         && addresses_are_valid (config, "request", "result-urls", "*", error);
}

/* The numbers. */
static void
read_limits (const GhConfig *config, GhServiceOptions *out)
{
  out->forward_timeout_ms = (guint) gh_config_get_integer (config, "forward", "timeout") * 1000;
  out->forward_limit = (guint) gh_config_get_integer (config, "forward", "in-flight");
  out->originator_share = (guint) gh_config_get_integer (config, "forward", "originator-share");
  out->max_children = (guint) gh_config_get_integer (config, "limits", "answer-resources");
  out->reading_slices = (guint) gh_config_get_integer (config, "limits", "reading-slices");
  out->statistics_records = (guint) gh_config_get_integer (config, "limits", "statistics-records");
  out->worker_threads = (guint) gh_config_get_integer (config, "limits", "workers");
  out->refill_us = gh_config_get_integer (config, "notify", "refill-timeout") * G_USEC_PER_SEC;
  out->verification_timeout_ms =
    (guint) gh_config_get_integer (config, "notify", "verification-timeout") * 1000;
  out->fan_out_members = (guint) gh_config_get_integer (config, "limits", "fan-out-members");
  out->fan_out_octets = (guint64) gh_config_get_integer (config, "limits", "fan-out-octets");
  out->fan_out_timeout_ms = (guint) gh_config_get_integer (config, "limits", "fan-out-timeout")
                            * 1000;
  out->pending_requests = (guint) gh_config_get_integer (config, "request", "pending");
  out->requests = (guint) gh_config_get_integer (config, "request", "resources");
  out->requests_each = (guint) gh_config_get_integer (config, "request", "resources-each");
  out->result_octets = (gsize) gh_config_get_integer (config, "request", "result-octets");
  out->request_lifetime_us = gh_config_get_integer (config, "request", "lifetime") * G_USEC_PER_SEC;
  out->request_longest_us = gh_config_get_integer (config, "request", "longest") * G_USEC_PER_SEC;
  out->blocking_us = gh_config_get_integer (config, "request", "blocking") * G_USEC_PER_SEC;
  out->flex_us = gh_config_get_integer (config, "request", "flexible") * G_USEC_PER_SEC;
  out->unique_ids = gh_config_get_boolean (config, "request", "unique-ids");
  out->unique_window_us = gh_config_get_integer (config, "request", "unique-window")
                          * G_USEC_PER_SEC;
  out->unique_limit = (guint) gh_config_get_integer (config, "request", "unique-limit");
}

static GhReachability
reachability_of (const char *polling)
{
  return strcmp (polling, "yes") == 0  ? GH_REACHED_BY_POLLING
         : strcmp (polling, "no") == 0 ? GH_REACHED_BY_POA
                                       : GH_REACHED_AS_DECLARED;
}

/* 1: IN, 2: MN, 3: ASN. Who registers with another CSE is no IN-CSE, unless the configuration says
 * so. */
static gint
cse_type (const GhConfig *config)
{
  const char *type = gh_config_get_string (config, "cse", "type");
  if (gh_config_get_string (config, "registrar", "cse-id") != NULL
      && !gh_config_is_set (config, "cse", "type"))
    return 2;
  return strcmp (type, "in") == 0 ? 1 : strcmp (type, "mn") == 0 ? 2 : 3;
}

static gboolean
options_from_config (GhCse *cse, GhServiceOptions *out, GError **error)
{
  const GhConfig *config = cse->config;
  const char *administrator = gh_config_get_string (config, "cse", "administrator");
  if (!check_config (config, error))
    return FALSE;
  *out = (GhServiceOptions){
    .cse_type = cse_type (config),
    .service_subscription =
      strcmp (gh_config_get_string (config, "registration", "service-subscription"), "required")
      == 0,
    .registrar = g_strdup (gh_config_get_string (config, "registrar", "cse-id")),
    .reachability = reachability_of (gh_config_get_string (config, "registrar", "polling")),
    .cse_id = g_strdup (gh_config_get_string (config, "cse", "id")),
    .cse_name = g_strdup (gh_config_get_string (config, "cse", "name")),
    .sp_domain = g_strdup (gh_config_get_string (config, "cse", "sp-domain")),
    .administrator = administrator != NULL && *administrator != '\0' ? g_strdup (administrator)
                                                                     : NULL,
    .hide = gh_config_get_boolean (config, "access", "hide"),
    .minimum_strength = (guint) gh_config_get_integer (config, "access", "minimum-strength"),
    .release_1 = gh_config_is_set (config, "compat", "release-1")
                   ? gh_config_get_boolean (config, "compat", "release-1")
                   : cse->development,
    .development = cse->development,
    .describe = gh_config_get_boolean (config, "node", "describe"),
    .describe_s = (guint) gh_config_get_integer (config, "node", "refresh"),
    .host_root = g_strdup (cse->host_root),
  };
  out->result_urls = g_strdupv ((char **) gh_config_get_list (config, "request", "result-urls"));
  read_limits (config, out);
  return TRUE;
}

static gboolean
load_plugins (GhCse *cse, GError **error)
{
  cse->plugins = gh_plugin_manager_new (cse->config);
  if (!gh_plugin_manager_load_all (cse->plugins, error)
      || !gh_plugin_manager_configure_all (cse->plugins, error)
      || !gh_plugin_manager_start_all (cse->plugins, error))
    return FALSE;
  const GPtrArray *plugins = gh_plugin_manager_get_plugins (cse->plugins);
  for (guint i = 0; i < plugins->len; i++)
    gh_cse_note_running (cse, gh_plugin_get_name (plugins->pdata[i]), cse->config);
  return TRUE;
}

/* Without [store] path: gatehouse.db in the state folder of the system's daemon or of the user. */
static gboolean
default_store_path (GhCse *cse, GError **error)
{
  if (gh_config_get_string (cse->config, "store", "path") != NULL)
    return TRUE;
  g_autofree char *folder = gh_cse_state_folder (cse);
  g_autofree char *path = g_build_filename (folder, "gatehouse.db", NULL);
  return gh_config_set (cse->config, "store", "path", path, error);
}

static gboolean
open_store (GhCse *cse, GError **error)
{
  const char *type = gh_config_get_string (cse->config, "store", "type");
  if (cse->given_store != NULL || strcmp (type, "memory") == 0)
    {
      cse->store_ops = cse->given_store != NULL ? cse->given_store : &gh_memory_store_ops;
      cse->store = cse->store_ops->open (cse->config, error);
      return cse->store != NULL;
    }
  GhPlugin *plugin = gh_plugin_manager_find_store (cse->plugins, type);
  if (plugin == NULL)
    {
      g_set_error (error, GH_ERROR, GH_ERROR_CONFIG,
                   "[store] type: no loaded plugin has a store called %s; [plugins] load names "
                   "those that are loaded",
                   type);
      return FALSE;
    }
  if (!default_store_path (cse, error))
    return FALSE;
  cse->store_ops = gh_plugin_get_store_ops (plugin);
  cse->store = gh_plugin_open_store (plugin, cse->config, error);
  return cse->store != NULL;
}

static gboolean
make_writer (GhCse *cse, GError **error)
{
  const GhConfig *config = cse->config;
  GhService *service = cse->service;
  const GhWriterConfig writer = {
    .tree = cse->tree,
    .cache = cse->cache,
    .ops = cse->store_ops,
    .store = cse->store,
    .clock = cse->clock,
    .host = gh_service_writer_host (service, gh_behaviours),
    .queue_limit = (guint) gh_config_get_integer (config, "limits", "write-queue"),
    .default_lifetime_us = gh_config_get_integer (config, "cse", "default-lifetime")
                           * G_USEC_PER_SEC,
    .maximum_instances = gh_config_get_integer (config, "limits", "instances"),
    .maximum_bytes = gh_config_get_integer (config, "limits", "instance-bytes"),
    .maximum_depth = (guint) gh_config_get_integer (config, "limits", "depth"),
    .maximum_subscriptions = (guint) gh_config_get_integer (config, "limits", "subscriptions"),
    .retained_limit = (gsize) gh_config_get_integer (config, "notify", "retained"),
  };
  service->tree = cse->tree;
  service->cache = cse->cache;
  service->store_ops = cse->store_ops;
  service->store = cse->store;
  service->root_id = "cb-1";
  service->writer = gh_writer_new (&writer);
  return gh_writer_load (service->writer, error);
}

static void
make_channels (GhCse *cse)
{
  const GhConfig *config = cse->config;
  const GhChannelOptions options = {
    .wait_us = gh_config_get_integer (config, "polling", "wait") * G_USEC_PER_SEC,
    .longest_us = gh_config_get_integer (config, "polling", "longest") * G_USEC_PER_SEC,
    .polls = (guint) gh_config_get_integer (config, "polling", "polls"),
    .polls_each = (guint) gh_config_get_integer (config, "polling", "polls-each"),
    .requests_each = (guint) gh_config_get_integer (config, "polling", "requests-each"),
    .octets_each = (guint64) gh_config_get_integer (config, "polling", "octets-each"),
    .octets = (guint64) gh_config_get_integer (config, "polling", "octets"),
  };
  cse->service->channels = gh_channels_new (cse->service, &options);
}

static void
make_registrar (GhCse *cse)
{
  const GhConfig *config = cse->config;
  const GhRegistrarOptions options = {
    .urls = gh_config_get_list (config, "registrar", "urls"),
    .name = gh_config_get_string (config, "registrar", "name"),
    .lifetime_us = gh_config_get_integer (config, "registrar", "lifetime") * G_USEC_PER_SEC,
    .poll_s = (guint) gh_config_get_integer (config, "registrar", "poll"),
    .retry_s = (guint) gh_config_get_integer (config, "registrar", "retry"),
    .timeout_ms = (guint) gh_config_get_integer (config, "forward", "timeout") * 1000,
    .deregister = gh_config_get_boolean (config, "registrar", "deregister"),
    .poll_wait_s = (guint) gh_config_get_integer (config, "registrar", "polling-wait"),
  };
  cse->service->registrar = gh_registrar_new (cse->service, &options);
}

static GhQuotaLimits
quotas_of (const GhConfig *config)
{
  return (GhQuotaLimits){
    .rate = (guint) gh_config_get_integer (config, "quota", "requests"),
    .burst = (guint) gh_config_get_integer (config, "quota", "burst"),
    .waiting = (guint) gh_config_get_integer (config, "quota", "waiting"),
    .stored = { .resources = (guint64) gh_config_get_integer (config, "quota", "resources"),
                .octets = (guint64) gh_config_get_integer (config, "quota", "octets"),
                .subscriptions = (guint64) gh_config_get_integer (config, "quota",
                                                                  "subscriptions") },
  };
}

static gboolean
make_quotas (GhCse *cse, GError **error)
{
  const GhQuotaLimits limits = quotas_of (cse->config);

  cse->service->quotas = gh_quotas_new (
    cse->clock, &limits, gh_config_get_list (cse->config, "quota", "exceptions"), error);
  return cse->service->quotas != NULL;
}

gboolean
gh_cse_reload_quotas (GhCse *cse, const GhConfig *config, GError **error)
{
  const GhQuotaLimits limits = quotas_of (config);

  return gh_quotas_set (cse->service->quotas, &limits,
                        gh_config_get_list (config, "quota", "exceptions"), error);
}

static gboolean
make_service (GhCse *cse, GError **error)
{
  const GhConfig *config = cse->config;
  GhServiceOptions options;
  if (!options_from_config (cse, &options, error))
    return FALSE;
  cse->service = gh_service_new (&options, cse->clock);
  if (!make_quotas (cse, error))
    return FALSE;
  make_channels (cse);
  cse->service->watch = cse->watch;
  cse->tree = gh_tree_new (
    (gsize) gh_config_get_integer (config, "limits", "representation-cache"));
  cse->cache = gh_instance_cache_new (
    (gsize) gh_config_get_integer (config, "limits", "instance-cache"));
  if (!make_writer (cse, error))
    return FALSE;
  cse->service->workers = gh_workers_new (
    cse->service, options.worker_threads,
    (guint) gh_config_get_integer (config, "limits", "read-queue"), error);
  if (cse->service->workers == NULL)
    return FALSE;
  const GhNotifierOptions notifier = {
    .queue_limit = (guint) gh_config_get_integer (config, "notify", "queue"),
    .total_limit = (guint64) gh_config_get_integer (config, "notify", "total"),
    .memory_limit = (guint64) gh_config_get_integer (config, "notify", "memory"),
    .timeout_ms = (guint) gh_config_get_integer (config, "notify", "timeout") * 1000,
    .maximum_age_us = gh_config_get_integer (config, "notify", "max-age") * G_USEC_PER_SEC,
  };
  cse->service->notifier = gh_notifier_new (cse->service, &notifier);
  if (cse->service->options.registrar != NULL)
    make_registrar (cse);
  return TRUE;
}

/* Where they are, when there is anybody who may read them. */
static gboolean
mount_metrics (GhCse *cse, GError **error)
{
  const char *const *readers = gh_config_get_list (cse->config, "metrics", "readers");
  const char *path = gh_config_get_string (cse->config, "metrics", "path");
  if (readers == NULL || readers[0] == NULL)
    return TRUE;
  for (; *readers != NULL; readers++)
    if (!gh_originator_is_well_formed (*readers))
      {
        g_set_error (error, GH_ERROR, GH_ERROR_CONFIG,
                     "[metrics] readers: %.80s is not an originator, CAdmin or /mn", *readers);
        return FALSE;
      }
  if (!identifier_is_valid ("metrics", "path", path, error))
    return FALSE;
  cse->metrics_path = g_strconcat ("/", path, NULL);
  return TRUE;
}

static void
add_transport (GhCse *cse, const GhCseTransport *transport)
{
  g_rw_lock_writer_lock (&cse->transports_lock);
  g_array_append_val (cse->transports, *transport);
  g_rw_lock_writer_unlock (&cse->transports_lock);
  gh_notifier_add_transport (cse->service->notifier, transport->ops, transport->transport);
}

static gboolean
start_own_transport (GhCse *cse, const GhTransportOps *ops, GError **error)
{
  GhCseTransport transport = { .ops = ops };
  if (transport.ops == NULL)
    return TRUE;
  transport.transport = transport.ops->create (&cse->host, error);
  if (transport.transport == NULL)
    return FALSE;
  add_transport (cse, &transport);
  return transport.ops->start (transport.transport, error);
}

static gboolean
start_transports (GhCse *cse, GError **error)
{
  g_autoptr (GPtrArray) plugins = gh_plugin_manager_list_transports (cse->plugins);
  if (!mount_metrics (cse, error))
    return FALSE;
  cse->host = (GhTransportHost){
    .struct_size = sizeof (GhTransportHost),
    .core = cse,
    .config = cse->config,
    .clock = cse->clock,
    .development = cse->development,
    .cse_id = cse->service->options.cse_id,
    .cse_name = cse->service->options.cse_name,
    .dispatch = host_dispatch,
    .authenticate_plain = host_authenticate_plain,
    .listening = host_listening,
    .count = host_count,
    .security = cse->security,
    .changes = host_changes,
    .take_socket = host_take_socket,
    .has_socket = host_has_socket,
    .metrics_path = cse->metrics_path,
    .metrics = host_metrics,
  };
  cse->transports = g_array_new (FALSE, FALSE, sizeof (GhCseTransport));
  for (guint i = 0; i < plugins->len; i++)
    {
      GhPlugin *plugin = plugins->pdata[i];
      GhCseTransport transport = { gh_plugin_get_transport_ops (plugin),
                                   gh_plugin_create_transport (plugin, &cse->host, error) };
      if (transport.transport == NULL)
        return FALSE;
      add_transport (cse, &transport);
      if (!gh_plugin_start_transport (plugin, transport.transport, error))
        return FALSE;
    }
  gh_cse_close_untaken_sockets (cse);
  return start_own_transport (cse, &gh_cse_application_transport, error)
         && start_own_transport (cse, cse->given_transport, error);
}

static GhValue
list_value (GhArena *arena, const char *const *texts)
{
  const guint n = g_strv_length ((char **) texts);
  GhValue *items = gh_arena_new_array (arena, GhValue, n + 1);
  for (guint i = 0; i < n; i++)
    items[i] = gh_value_string (texts[i], strlen (texts[i]));
  return (GhValue){ .kind = GH_VALUE_LIST, .length = n, .items = items };
}

static GhValue
types_value (GhArena *arena)
{
  guint n;
  const GhType *const *types = gh_types (&n);
  GhValue *items = gh_arena_new_array (arena, GhValue, n + 1);
  guint n_numbers = 0;
  for (guint i = 0; i < n; i++)
    if (!types[i]->specialization)
      items[n_numbers++] = gh_value_integer (types[i]->number);
  return (GhValue){ .kind = GH_VALUE_LIST, .length = n_numbers, .items = items };
}

GhValue
gh_cse_urls_value (GhArena *arena, const char *const *urls)
{
  /* a CSE that listens nowhere has no point of access; an empty list is none */
  return urls[0] != NULL ? list_value (arena, urls) : (GhValue){ .kind = GH_VALUE_NULL };
}

static gboolean
put_root (GhCse *cse, GError **error)
{
  const GhServiceOptions *options = &cse->service->options;
  g_autoptr (GhArena) arena = gh_arena_new (65536);
  g_auto (GStrv) poa = gh_cse_dup_points_of_access (cse);
  static const char *const serializations[] = { "json", NULL };
  static const char *const releases[] = { "1", "2", "2a", "3", NULL };
  const char *csi = gh_arena_printf (arena, "/%s", options->cse_id);
  const GhIdentity identity = { .number = 1,
                                .resource_id = cse->service->root_id,
                                .name = options->cse_name,
                                .creation_us = gh_clock_wall_us (cse->clock),
                                .modified_us = gh_clock_wall_us (cse->clock),
                                .expiration_us = GH_NEVER_US };
  GhDraft draft = { .type = gh_type_by_number (GH_TYPE_CSE_BASE) };
  gboolean set = gh_draft_set (&draft, arena, "cst", gh_value_integer (options->cse_type))
                 && gh_draft_set (&draft, arena, "csi", gh_value_string (csi, strlen (csi)))
                 && gh_draft_set (&draft, arena, "srt", types_value (arena))
                 && gh_draft_set (&draft, arena, "poa",
                                  gh_cse_urls_value (arena, (const char *const *) poa))
                 && gh_draft_set (&draft, arena, "csz", list_value (arena, serializations))
                 && gh_draft_set (&draft, arena, "srv", list_value (arena, releases));
  if (!set)
    {
      g_set_error_literal (error, GH_ERROR, GH_ERROR_CONFIG, "[cse] poa: too long");
      return FALSE;
    }
  return gh_writer_put_root (cse->service->writer, &identity, draft.values, draft.n_values, error);
}

static void
default_local (GhCse *cse)
{
  const char *identities[] = { cse->service->options.administrator, NULL };
  if (cse->local == NULL)
    cse->local = gh_principal_new_local (GH_PROOF_LOCAL, identities);
  cse->service->local = gh_principal_ref (cse->local);
}

/* Before the store is read: what it holds may need them. */
static gboolean
load_definitions (GhCse *cse, GError **error)
{
  const char *folder = gh_config_get_string (cse->config, "model", "definitions");
  guint n;

  if (folder == NULL && !g_file_test (GH_DEFINITION_DIR, G_FILE_TEST_IS_DIR))
    return TRUE;
  if (folder != NULL && folder[0] == '\0')
    return TRUE;
  if (!gh_definitions_load (folder != NULL ? folder : GH_DEFINITION_DIR, &n, error))
    return FALSE;
  gh_logf (GH_LOG_INFO, "cse", "%u definitions of specialisations", n);
  return TRUE;
}

gboolean
gh_cse_parts_start (GhCse *cse, GError **error)
{
  if (!gh_cse_settings_start (cse, error) || !load_definitions (cse, error))
    return FALSE;
  if (!load_plugins (cse, error) || !open_store (cse, error) || !make_service (cse, error))
    return FALSE;
  default_local (cse);
  if (!gh_cse_security_start (cse, error) || !gh_cse_store_check (cse, error)
      || !gh_bindings_recover (cse->service, error) || !start_transports (cse, error)
      || !put_root (cse, error))
    return FALSE;
  g_autoptr (GPtrArray) events = gh_writer_take_events (cse->service->writer);
  if (!gh_notifier_start (cse->service->notifier, events, error))
    return FALSE;
  gh_writer_start (cse->service->writer);
  gh_cse_tend_start (cse);
  if (cse->service->options.describe)
    gh_own_node_start (cse->service);
  if (cse->service->registrar != NULL)
    gh_registrar_start (cse->service->registrar);
  if (cse->development)
    gh_log (GH_LOG_WARNING, "cse",
            "development mode: on plain listeners an originator is only claimed, nothing is proven",
            NULL);
  else if (cse->urls->len == 0)
    gh_log (GH_LOG_NOTICE, "cse",
            "no listener is open: without --dev nothing listens without proof of identity", NULL);
  return TRUE;
}

static void
stop_transports (GhCse *cse)
{
  for (guint i = 0; cse->transports != NULL && i < cse->transports->len; i++)
    {
      const GhCseTransport *transport = &g_array_index (cse->transports, GhCseTransport, i);
      transport->ops->stop (transport->transport);
    }
}

static void
free_transports (GhCse *cse)
{
  g_rw_lock_writer_lock (&cse->transports_lock);
  g_autoptr (GArray) transports = g_steal_pointer (&cse->transports);
  g_rw_lock_writer_unlock (&cse->transports_lock);
  for (guint i = 0; transports != NULL && i < transports->len; i++)
    {
      const GhCseTransport *transport = &g_array_index (transports, GhCseTransport, i);
      transport->ops->free (transport->transport);
      if (transport->host != NULL)
        gh_config_unref ((GhConfig *) transport->host->config);
      g_free (transport->host);
    }
}

void
gh_cse_parts_stop (GhCse *cse)
{
  GhService *service = cse->service;
  gh_cse_tend_stop (cse);
  if (service != NULL && service->registrar != NULL)
    gh_registrar_stop (service->registrar);
  stop_transports (cse);
  if (service != NULL)
    gh_pendings_stop (service->pendings);
  if (service != NULL && service->workers != NULL)
    gh_workers_stop (service->workers);
  if (service != NULL && service->notifier != NULL)
    gh_notifier_stop (service->notifier);
  if (service != NULL && service->writer != NULL)
    gh_writer_stop (service->writer);
  if (service != NULL)
    {
      gh_forwards_stop (service);
      gh_channels_stop (service);
    }
  free_transports (cse);
  gh_cse_sockets_clear (cse);
  if (service != NULL)
    {
      g_clear_pointer (&service->registrar, gh_registrar_free);
      g_clear_pointer (&service->notifier, gh_notifier_free);
      g_clear_pointer (&service->workers, gh_workers_free);
      g_clear_pointer (&service->writer, gh_writer_free);
    }
  if (cse->store != NULL)
    cse->store_ops->close (g_steal_pointer (&cse->store));
  gh_cse_security_stop (cse);
  g_mutex_lock (&cse->lock);
  g_ptr_array_set_size (cse->urls, 0);
  g_mutex_unlock (&cse->lock);
  if (cse->plugins != NULL)
    {
      gh_plugin_manager_stop_all (cse->plugins);
      gh_plugin_manager_unload_all (cse->plugins);
    }
}

void
gh_cse_parts_free (GhCse *cse)
{
  g_clear_pointer (&cse->cache, gh_instance_cache_free);
  g_clear_pointer (&cse->tree, gh_tree_free);
  g_clear_pointer (&cse->service, gh_service_free);
  g_clear_object (&cse->plugins);
}
