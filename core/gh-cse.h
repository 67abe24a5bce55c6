/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define GH_TYPE_CSE (gh_cse_get_type ())
/**
 * GhCse:
 *
 * The front door of the library: one Common Services Entity (TS-0001 6).
 *
 * Created on, and calling back on, the thread-default main context of its creator. It owns its
 * threads; none exists before [method@Cse.start_async]. Several instances in one process work;
 * after fork the child must not touch it.
 */
G_DECLARE_FINAL_TYPE (GhCse, gh_cse, GH, CSE, GObject)

/**
 * gh_cse_new:
 * @config_path: (nullable) (type filename): a strict keyfile (gatehouse.conf(5)); %NULL: the
 *   defaults
 * @development: the rules of `gatehoused --dev`: plain loopback listeners, claimed originators
 * @error: %GH_ERROR_CONFIG with file and line
 *
 * Makes a CSE that is not yet started.
 *
 * Returns: (transfer full) (nullable): the CSE, or %NULL with @error set
 */
GhCse *gh_cse_new (const char *config_path, gboolean development, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_cse_set_option:
 * @cse: a CSE that is not yet started
 * @group: a group of the configuration
 * @key: a key of it
 * @value: its value, as it would stand in the file
 * @error: %GH_ERROR_CONFIG
 *
 * Overrides one value of the configuration before start.
 *
 * Returns: %FALSE with @error set
 */
gboolean gh_cse_set_option (GhCse *cse, const char *group, const char *key, const char *value,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_cse_set_local_identities:
 * @cse: a CSE that is not yet started
 * @identities: (array zero-terminated=1): the originators that [method@Cse.request_async] may use
 *
 * Says who the program may be that embeds the CSE.
 */
void gh_cse_set_local_identities (GhCse *cse, const char *const *identities);

/**
 * gh_cse_start_async:
 * @cse: a CSE
 * @cancellable: (nullable): to give up
 * @callback: (nullable) (scope async): called on the creator's context
 * @user_data: for @callback
 *
 * Opens the store, loads plugins, binds listeners; errors name what failed. Creator's context.
 */
void gh_cse_start_async (GhCse *cse, GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data);

/**
 * gh_cse_start_finish:
 * @cse: a CSE
 * @result: what the callback was given
 * @error: in the domain of [error@Error], or of what failed
 *
 * Ends [method@Cse.start_async]. Creator's context.
 *
 * Returns: whether it runs; %FALSE with @error set
 */
gboolean gh_cse_start_finish (GhCse *cse, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_cse_stop_async:
 * @cse: a CSE that runs
 * @cancellable: (nullable): not used; what was accepted is finished
 * @callback: (nullable) (scope async): called on the creator's context, when the last batch is
 *   durable
 * @user_data: for @callback
 *
 * Closes listeners and finishes what was accepted. Creator's context.
 */
void gh_cse_stop_async (GhCse *cse, GCancellable *cancellable, GAsyncReadyCallback callback,
                        gpointer user_data);

/**
 * gh_cse_stop_finish:
 * @cse: a CSE
 * @result: what the callback was given
 * @error: what could not be kept
 *
 * Ends [method@Cse.stop_async]. Creator's context.
 *
 * Returns: %FALSE with @error set
 */
gboolean gh_cse_stop_finish (GhCse *cse, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_cse_request_async:
 * @cse: a CSE that runs
 * @primitive: a request primitive as JSON with short names (TS-0004 6.4.1), for example
 *   `{"op":2,"to":"cse","fr":"CAdmin","rqi":"1","rvi":"3"}`
 * @cancellable: (nullable): to wait no longer
 * @callback: (nullable) (scope async): called on the creator's context
 * @user_data: for @callback
 *
 * Hands a request to the CSE. The principal is `local`. Any thread.
 */
void gh_cse_request_async (GhCse *cse, const char *primitive, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data);

/**
 * gh_cse_request_finish:
 * @cse: a CSE
 * @result: what the callback was given
 * @error: when there was no CSE to ask
 *
 * A refusal is a response like any other, and not an error.
 *
 * Returns: (transfer full) (nullable): the response primitive as JSON, or %NULL with @error set
 */
char *gh_cse_request_finish (GhCse *cse, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_cse_dup_urls:
 * @cse: a CSE
 *
 * Where it listens, with the real ports. Creator's context.
 *
 * Returns: (transfer full) (array zero-terminated=1): the listeners that are open
 */
char **gh_cse_dup_urls (GhCse *cse);

/**
 * gh_cse_take_statistics:
 * @cse: a CSE
 *
 * The records that statsCollect resources asked for and that nobody has taken yet, oldest first:
 * collection, collecting, collected, resource, event (1 operation, 2 storage, 3 timer), operation,
 * start and end in microseconds since 1970, size in octets, count. Any thread.
 *
 * Returns: (transfer full): of type aa{sv}
 */
GVariant *gh_cse_take_statistics (GhCse *cse);

/**
 * gh_cse_dup_status:
 * @cse: a CSE
 *
 * What it knows about itself: state, schema, cse-id, cse-name, counters, plugins. Any thread.
 *
 * Returns: (transfer full): of type a{sv}
 */
GVariant *gh_cse_dup_status (GhCse *cse);

/**
 * GhCseCommandFunc:
 * @cse: the CSE
 * @id: what [method@Cse.report_command] calls the command
 * @command: "reboot", "factory-reset", "update-firmware", "install-software" ...
 * @details: a{sv} of strings: originator, and where they mean something url, version, name
 * @user_data: (closure): of [method@Cse.set_command_func]
 *
 * Carries out what somebody with the right to do so has ordered of this machine by an update of a
 * mgmtObj (TS-0004 annex D), and reports how it went. Creator's context.
 */
typedef void (*GhCseCommandFunc) (GhCse *cse, const char *id, const char *command,
                                  GVariant *details, gpointer user_data);

/**
 * gh_cse_set_command_func:
 * @cse: a CSE that runs
 * @func: (nullable) (scope notified) (closure user_data) (destroy destroy): %NULL: nobody carries
 *   commands out, and those who order some are refused
 * @user_data: for @func
 * @destroy: (nullable): for @user_data
 *
 * Says who carries commands out. After start. Creator's context.
 */
void gh_cse_set_command_func (GhCse *cse, GhCseCommandFunc func, gpointer user_data,
                              GDestroyNotify destroy);

/**
 * gh_cse_report_command:
 * @cse: a CSE that runs
 * @id: of the command; still valid after a restart, so that the machine may have been rebooted
 * @status: "started", "succeeded" or "failed"
 * @message: (nullable): for people
 * @error: %GH_ERROR_BAD_REQUEST when there is no such command or status
 *
 * Writes the status into the mgmtObj, and a line into the eventLog of the node. Creator's context.
 *
 * Returns: %FALSE with @error set
 */
gboolean gh_cse_report_command (GhCse *cse, const char *id, const char *status,
                                const char *message, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_cse_set_position:
 * @cse: a CSE
 * @latitude: of this machine, in degrees (WGS 84)
 * @longitude: in degrees
 * @accuracy: radius in metres; negative: not known
 * @error: %GH_ERROR_BAD_REQUEST when this is nowhere on Earth, or the CSE is not running
 *
 * Where the machine is now, for its locationPolicy resources. Creator's context.
 *
 * Returns: %FALSE with @error set
 */
gboolean gh_cse_set_position (GhCse *cse, double latitude, double longitude, double accuracy,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_cse_dup_option:
 * @cse: a CSE
 * @group: a group of the configuration
 * @key: a key of it that is a text or a choice
 *
 * What the configuration, its defaults and its overrides came to. Creator's context.
 *
 * Returns: (transfer full) (nullable): the value that is in force
 */
char *gh_cse_dup_option (GhCse *cse, const char *group, const char *key);

G_END_DECLS
