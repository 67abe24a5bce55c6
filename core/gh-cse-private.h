/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-cse.h"
#include "link/gh-transport.h"
#include "plugin/gh-plugin-manager.h"
#include "service/gh-notifier.h"
#include "service/gh-workers.h"

G_BEGIN_DECLS

/* Shared by gh-cse.c (the object) and gh-cse-parts.c (what it is made of). */

typedef enum {
  GH_CSE_NEW,
  GH_CSE_STARTING,
  GH_CSE_RUNNING,
  GH_CSE_STOPPING,
  GH_CSE_STOPPED,
  GH_CSE_FAILED
} GhCseState;

typedef struct {
  const GhTransportOps *ops;
  GhTransport *transport;
  gboolean stopped;      /* by gh_cse_stop_plugin(): another one of the same plugin may follow */
  GhTransportHost *host; /* of its own, with its configuration; NULL: that of the CSE */
} GhCseTransport;

typedef struct _GhCseApplications GhCseApplications;
typedef struct _GhCseSettings GhCseSettings;

struct _GhCse {
  GObject parent_instance;
  GMainContext *context; /* of the creator */
  GhConfig *config;
  GhClock *clock;
  gboolean development;
  gint state;         /* GhCseState; atomic */
  GhPrincipal *local; /* under lock, because requests add identities */
  GMutex lock;        /* local, urls, counters */
  GRWLock door; /* held for reading while a local request is dispatched, for writing to shut it */
  GPtrArray *urls;      /* char* */
  GHashTable *counters; /* of transports: name -> gint64 */

  GhWatch *watch;

  GhPluginManager *plugins;
  GhConfig *plugin_config; /* under lock: what plugins are started with from now on */
  GhConfig *file_config;   /* under lock: without what was set */
  GhCseSettings *settings; /* NULL: before the start */
  GhTransportHost host;
  GArray *passed;          /* GhPassedSocket; NULL: none */
  char *metrics_path;      /* NULL: nobody reads them */
  GArray *transports;      /* GhCseTransport */
  GRWLock transports_lock; /* of the array: associations are closed from any thread */
  const GhStoreOps *store_ops;
  GhStore *store;
  GhTree *tree;
  GhInstanceCache *cache;
  GhService *service;
  GhSecurity *security;
  const GhStoreOps *given_store;         /* gh_cse_set_store() */
  const GhTransportOps *given_transport; /* gh_cse_set_transport() */
  GhCseApplications *applications;
  GhCseCommandFunc command_func; /* creator's context */
  gpointer command_data;
  GDestroyNotify command_destroy;
  char *host_root; /* gh_cse_set_host_root() */

  GMutex authority_lock;                /* of what the servers show: one change at a time */
  gint64 renew_after_us, warn_after_us; /* monotonic: a clock that is set back delays neither */
  GMutex tend_lock;                     /* of the next two */
  GCond tend_wake;
  gboolean tend_stop;
  GThread *tender; /* renews in time */
};

/** gh_cse_set_clock, gh_cse_set_store, gh_cse_set_transport: what tests put in the place of the
 * system's clock, of the configured store, and beside the transports of plugins; before start. The
 * tables must outlive the CSE. */
void gh_cse_set_clock (GhCse *cse, GhClock *clock);
void gh_cse_set_store (GhCse *cse, const GhStoreOps *ops);
void gh_cse_set_transport (GhCse *cse, const GhTransportOps *ops);
/** gh_cse_set_host_root: a folder that stands for "/" of the machine; before start. */
void gh_cse_set_host_root (GhCse *cse, const char *root);

/** gh_cse_call_creator: @func in the creator's context, never from here. Takes @data. Any thread.
 */
void gh_cse_call_creator (GhCse *cse, GSourceFunc func, gpointer data, GDestroyNotify destroy);

/** gh_cse_take_socket: a copy; see GhTransportHost. gh_cse_return_sockets: the transport of
 * @schemes has closed its copies: until they are taken again, who comes is turned away at once, by
 * the creator's context. gh_cse_close_untaken_sockets: after the start. gh_cse_sockets_clear:
 * closes all. One call of these at a time. */
int gh_cse_take_socket (GhCse *cse, const char *scheme, int type);
gboolean gh_cse_has_socket (const GhCse *cse, const char *scheme);
void gh_cse_return_sockets (GhCse *cse, const char *const *schemes);
void gh_cse_close_untaken_sockets (GhCse *cse);
void gh_cse_sockets_clear (GhCse *cse);

/** gh_cse_reload_quotas: the bounds of [quota] as @config has them, from now on. Of a CSE that
 * runs; with the lock of gh_cse_reload(). */
gboolean gh_cse_reload_quotas (GhCse *cse, const GhConfig *config, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_cse_commands_clear: nobody carries commands out any more. Creator's context. */
void gh_cse_commands_clear (GhCse *cse);

/** gh_cse_dup_points_of_access: what CSEBase is to publish now. (transfer full)
 * gh_cse_urls_value: a list of them, null when there is none; @urls must outlive it.
 * gh_cse_publish_addresses: writes them, when they are others. Of a CSE that runs. */
char **gh_cse_dup_points_of_access (GhCse *cse);
GhValue gh_cse_urls_value (GhArena *arena, const char *const *urls);
void gh_cse_publish_addresses (GhCse *cse);

/** gh_cse_applications_new, _free: with the CSE. */
GhCseApplications *gh_cse_applications_new (GhCse *cse);
void gh_cse_applications_free (GhCseApplications *applications);
/** gh_cse_application_transport: what reaches them. */
extern const GhTransportOps gh_cse_application_transport;

/** gh_cse_parts_start: makes and starts everything, in the order that needs nothing that is not
 * there. Start's thread. */
gboolean gh_cse_parts_start (GhCse *cse, GError **error);
/** gh_cse_parts_stop: in the reverse order; the last batch is durable when it returns. Also after a
 * start that failed half-way. */
void gh_cse_parts_stop (GhCse *cse);
void gh_cse_parts_free (GhCse *cse);

/** gh_cse_security_start: opens the vault and the audit log, hands the security plugins to those
 * who ask them. _stop: when no transport is left. */
gboolean gh_cse_security_start (GhCse *cse, GError **error);
void gh_cse_security_stop (GhCse *cse);
/** gh_cse_authority_start: at the first start a certification authority and a certificate of the
 * server; later another certificate when the old one ends soon. */
gboolean gh_cse_authority_start (GhCse *cse, GError **error);
/** gh_cse_load_server: what the servers show, from where [tls] of @config says. */
gboolean gh_cse_load_server (GhCse *cse, const GhConfig *config, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/** gh_cse_tend_start, gh_cse_tend_stop: the thread that renews the server's certificate in time. */
void gh_cse_tend_start (GhCse *cse);
void gh_cse_tend_stop (GhCse *cse);
/** gh_cse_state_folder: where the store, the vault and the audit log are. (transfer full) */
char *gh_cse_state_folder (GhCse *cse);

/** gh_cse_vault_path: the file of the credentials; NULL: they are in memory. (transfer full)
 * gh_cse_load_vault_key: what it is sealed with. (transfer full); blocks. */
char *gh_cse_vault_path (GhCse *cse);
GhSecret *gh_cse_load_vault_key (GhCse *cse, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** gh_cse_is_volatile: its store keeps nothing beyond the process. */
gboolean gh_cse_is_volatile (const GhCse *cse);
/** gh_cse_store_check: the store that was read is the one that the vault belongs to, or both are
 * new; before anything is served. FALSE with GH_ERROR_STORE: lost, truncated or exchanged. */
gboolean gh_cse_store_check (GhCse *cse, GError **error);

G_END_DECLS
