/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * gh_bus_polkit_ask_async:
 * @sender: a unique name of the system bus
 * @action: as in the policy file
 * @interactive: somebody may be asked, which takes as long as it takes
 *
 * Asks polkit. Without it in the build, on the bus, or while it dies: an error. Main context.
 */
void gh_bus_polkit_ask_async (const char *sender, const char *action, gboolean interactive,
                              GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data);
/**
 * gh_bus_polkit_ask_finish: Returns: it is allowed. FALSE with @error: G_IO_ERROR_WOULD_BLOCK
 * when somebody could be asked, and the caller has not said that he is ready for it;
 * G_IO_ERROR_PERMISSION_DENIED otherwise.
 */
gboolean gh_bus_polkit_ask_finish (GAsyncResult *result, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
