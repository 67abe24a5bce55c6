/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-cse.h"

G_BEGIN_DECLS

#define GH_BUS_CREDENTIALS_INTERFACE "org.gatehouse.Gatehouse1.Credentials"

/**
 * GhBusCredentials:
 * The interface of the vault and of the local certification authority. Who may call is decided
 * before, by the table of rights of gh-bus-object.c. Changes wait for the disk, and secrets are
 * read from descriptors, so each call has a thread of its own.
 */
typedef struct _GhBusCredentials GhBusCredentials;

GhBusCredentials *gh_bus_credentials_new (GhCse *cse);
/** gh_bus_credentials_stop: waits for the call that is under way; those to come are refused. */
void gh_bus_credentials_stop (GhBusCredentials *credentials);
void gh_bus_credentials_unref (GhBusCredentials *credentials);

/** gh_bus_credentials_handle: answers @invocation, a call of any method of the interface. */
void gh_bus_credentials_handle (GhBusCredentials *credentials, GDBusMethodInvocation *invocation);

/** gh_bus_return_error: an error of ours has a bus name of its own; others are translated by GLib.
 * Takes @invocation. */
void gh_bus_return_error (GDBusMethodInvocation *invocation, const GError *error);

G_END_DECLS
