/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-secret.h"
#include "security/gh-credential.h"

G_BEGIN_DECLS

/* Secrets cross the bus as descriptors only: what stands in a message lies about in buffers of the
 * bus and of both ends. */

/** Octets that are read from one descriptor at most. */
#define GH_BUS_MAX_INPUT 65536

/** gh_bus_read_secret: everything until the end; a pipe may keep us waiting for ten seconds. @out
 * stays NULL when there is nothing. Blocks. */
gboolean gh_bus_read_secret (int fd, GhSecret **out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/** gh_bus_write_secret: Returns: a sealed memory file, to be closed; -1 with @error */
int gh_bus_write_secret (gconstpointer data, gsize length, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_bus_parse_material:
 * @input: of a certificate or anchor: PEM (certificates, and a private key) or DER (one
 * certificate); of a raw key: PEM or DER of a public key
 * @out_secret: (transfer full): the private key, or NULL
 * @out_public: (transfer full): certificates or public key, DER
 */
gboolean gh_bus_parse_material (GhCredentialKind kind, const GhSecret *input, GhSecret **out_secret,
                                GBytes **out_public, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** gh_bus_format_material: the other way, as PEM, into a memory file. */
int gh_bus_format_material (GhCredentialKind kind, const GhSecret *secret, GBytes *public_data,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
