/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "gh-cse-request.h"

G_BEGIN_DECLS

#define GH_BUS_RESOURCES_INTERFACE "org.gatehouse.Gatehouse1.Resources"

/** gh_bus_resources_call: carries out a method of the interface, for a caller who may. Takes
 * @invocation. Main context. */
void gh_bus_resources_call (GhCse *cse, GDBusMethodInvocation *invocation);

/** gh_bus_take_answer: ends gh_cse_send_async(). Returns: (transfer full): the answer; NULL when
 * that was a refusal, or none: then @invocation was taken and answered with the error. */
GhCseAnswer *gh_bus_take_answer (GObject *source, GAsyncResult *result,
                                 GDBusMethodInvocation *invocation);
/** gh_bus_return_primitive: ends what asked for a primitive in JSON: a callback, whose user data is
 * the invocation, which it takes. */
void gh_bus_return_primitive (GObject *source, GAsyncResult *result, gpointer invocation);
/** gh_bus_return_status: the error of the bus for the response status code @status, with the
 * reason that @content (JSON; NULL: none) gives. Takes @invocation. */
void gh_bus_return_status (GDBusMethodInvocation *invocation, guint status, const char *content);
/** gh_bus_return_fault: the same for what became no request. Takes @invocation. */
void gh_bus_return_fault (GDBusMethodInvocation *invocation, const GhFault *fault);

G_END_DECLS
