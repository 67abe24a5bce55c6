/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "security/gh-vault.h"

G_BEGIN_DECLS

/** GhBusDraft: what a caller says of a new credential, an a{sv}; the draft's texts are its own. */
typedef struct {
  GhVaultDraft draft;
  GVariant *properties; /* owned; the texts are in it */
  GPtrArray *lists;     /* owned; containers of the lists */
} GhBusDraft;

/** gh_bus_draft_parse: every key must be known and of its type; BAD_REQUEST names the one that is
 * not. @out is to be cleared also when it fails. */
gboolean gh_bus_draft_parse (GVariant *properties, GhBusDraft *out, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
void gh_bus_draft_clear (GhBusDraft *draft);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GhBusDraft, gh_bus_draft_clear)

/** gh_bus_describe: everything of a credential but its secret, as a{sv}. Floating. */
GVariant *gh_bus_describe (const GhCredential *credential);

/** GhImportLine: "KpsaID key [AE-ID]": the key in hexadecimal or base64, of 16 to 64 octets. */
typedef struct {
  char *subject, *identity; /* identity may be NULL */
  GhSecret *key;
} GhImportLine;

void gh_import_line_clear (GhImportLine *line);
/** gh_import_line_parse: @line: @length octets without the end of the line. FALSE with @error. An
 * empty line, or one that begins with #, has no subject. */
gboolean gh_import_line_parse (const char *line, gsize length, GhImportLine *out, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
