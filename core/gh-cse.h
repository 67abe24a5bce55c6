/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define GH_TYPE_CSE (gh_cse_get_type ())
/**
 * GhCse:
 * The front door of the library: one Common Services Entity (TS-0001 6). Created on, and calling
 * back on, the thread-default main context of its creator. It owns its threads; none exists before
 * gh_cse_start_async(). Several instances in one process work; after fork the child must not touch
 * it.
 */
G_DECLARE_FINAL_TYPE (GhCse, gh_cse, GH, CSE, GObject)

/**
 * gh_cse_new:
 * @config_path: (nullable): a strict keyfile (gatehouse.conf(5)); %NULL: the defaults
 * @development: the rules of `gatehoused --dev`: plain loopback listeners, claimed originators
 * @error: %GH_ERROR_CONFIG with file and line
 * Returns: (transfer full) (nullable): a CSE that is not yet started, or %NULL with @error set
 */
GhCse *gh_cse_new (const char *config_path, gboolean development, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_cse_set_option:
 * @group: a group of the configuration
 * @key: a key of it
 * @value: its value, as it would stand in the file
 * Overrides one value before start. Returns: %FALSE with %GH_ERROR_CONFIG
 */
gboolean gh_cse_set_option (GhCse *cse, const char *group, const char *key, const char *value,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_cse_set_local_identities:
 * @identities: (array zero-terminated=1): the originators that gh_cse_request_async() may use;
 * before start
 */
void gh_cse_set_local_identities (GhCse *cse, const char *const *identities);

/** gh_cse_start_async: opens the store, loads plugins, binds listeners; errors name what failed.
 * Creator's context. */
void gh_cse_start_async (GhCse *cse, GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data);
gboolean gh_cse_start_finish (GhCse *cse, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_cse_stop_async: closes listeners, finishes what was accepted; returns when the last batch is
 * durable. Creator's context. */
void gh_cse_stop_async (GhCse *cse, GCancellable *cancellable, GAsyncReadyCallback callback,
                        gpointer user_data);
gboolean gh_cse_stop_finish (GhCse *cse, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_cse_request_async:
 * @primitive: a request primitive as JSON with short names (TS-0004 6.4.1), e.g.
 * {"op":2,"to":"cse","fr":"CAdmin","rqi":"1","rvi":"3"} The principal is `local`. May be called
 * from any thread; the callback runs on the creator's main context.
 */
void gh_cse_request_async (GhCse *cse, const char *primitive, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data);
/** gh_cse_request_finish: Returns: (transfer full) (nullable): the response primitive as JSON; a
 * refusal is a response, not an error */
char *gh_cse_request_finish (GhCse *cse, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_cse_dup_urls: Returns: (transfer full) (array zero-terminated=1): the listeners that are
 * open, with their real ports */
char **gh_cse_dup_urls (GhCse *cse);

/** gh_cse_take_statistics: Returns: (transfer full): aa{sv}: the records that statsCollect
 * resources asked for and that nobody has taken yet, oldest first: collection, collecting,
 * collected, resource, event (1 operation, 2 storage, 3 timer), operation, start and end in
 * microseconds since 1970, size in octets, count. Any thread. */
GVariant *gh_cse_take_statistics (GhCse *cse);
/** gh_cse_dup_status: Returns: (transfer full) (element-type utf8 GVariant): a{sv}: state, schema,
 * cse-id, cse-name, counters, plugins. Any thread. */
GVariant *gh_cse_dup_status (GhCse *cse);

/**
 * GhCseCommandFunc:
 * @cse: the CSE
 * @id: what gh_cse_report_command() calls the command
 * @command: "reboot", "factory-reset", "update-firmware", "install-software" ...
 * @details: a{sv} of strings: originator, and where they mean something url, version, name
 * @user_data: of gh_cse_set_command_func()
 * Carries out what somebody with the right to do so has ordered of this machine by an update of a
 * mgmtObj (TS-0004 annex D), and reports how it went. Creator's context.
 */
typedef void (*GhCseCommandFunc) (GhCse *cse, const char *id, const char *command,
                                  GVariant *details, gpointer user_data);

/**
 * gh_cse_set_command_func:
 * @func: (nullable) (scope notified) (closure user_data) (destroy destroy): %NULL: nobody carries
 * commands out, and those who order some are refused
 * @user_data: for @func
 * @destroy: (nullable): for @user_data
 * After start. Creator's context.
 */
void gh_cse_set_command_func (GhCse *cse, GhCseCommandFunc func, gpointer user_data,
                              GDestroyNotify destroy);

/**
 * gh_cse_report_command:
 * @id: of the command; still valid after a restart, so that the machine may have been rebooted
 * @status: "started", "succeeded" or "failed"
 * @message: (nullable): for people
 * @error: %GH_ERROR_BAD_REQUEST when there is no such command or status
 * Writes the status into the mgmtObj, and a line into the eventLog of the node. Creator's context.
 * Returns: %FALSE with @error set
 */
gboolean gh_cse_report_command (GhCse *cse, const char *id, const char *status,
                                const char *message, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_cse_set_position:
 * @latitude: of this machine, in degrees (WGS 84)
 * @longitude: in degrees
 * @accuracy: radius in metres; negative: not known
 * @error: %GH_ERROR_BAD_REQUEST when this is nowhere on Earth, or the CSE is not running
 * Where the machine is now, for its locationPolicy resources. Creator's context.
 * Returns: %FALSE with @error set
 */
gboolean gh_cse_set_position (GhCse *cse, double latitude, double longitude, double accuracy,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_cse_dup_option:
 * @group: a group of the configuration
 * @key: a key of it that is a text or a choice
 * Returns: (transfer full) (nullable): the value that is in force
 */
char *gh_cse_dup_option (GhCse *cse, const char *group, const char *key);

G_END_DECLS
