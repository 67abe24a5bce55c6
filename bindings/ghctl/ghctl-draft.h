/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/**
 * GhctlDraft:
 * Makes create requests of exported resources: what only the CSE may give is left out, and what
 * named a resource of the export names the one that was made of it.
 */
typedef struct _GhctlDraft GhctlDraft;

/** ghctl_draft_new: @from: who asks; @parent: of the topmost resource; @name: (nullable): what that
 * is called; @new_ids: AEs get AE-IDs that the CSE chooses */
GhctlDraft *ghctl_draft_new (const char *from, const char *parent, const char *name,
                             gboolean new_ids);
void ghctl_draft_free (GhctlDraft *draft);
/** ghctl_draft_set_root: the address that the export was made of */
void ghctl_draft_set_root (GhctlDraft *draft, const char *root);

/**
 * ghctl_draft_request:
 * @path: of the resource in the export, "" for the topmost
 * @line: "pc" has the resource, of a type that this build has
 * Returns: (transfer full): a request; NULL when there is nothing to make (the CSEBase)
 */
JsonObject *ghctl_draft_request (GhctlDraft *draft, const char *path, JsonObject *line,
                                 gboolean *out_instance);
/** ghctl_draft_from: who asks. Borrowed. */
const char *ghctl_draft_from (const GhctlDraft *draft);
/** ghctl_draft_address: where the resource with @path is now. Returns: (transfer full) */
char *ghctl_draft_address (GhctlDraft *draft, const char *path);
/** ghctl_draft_learn: @exported was made, and is @content now. */
void ghctl_draft_learn (GhctlDraft *draft, JsonObject *exported, JsonNode *content);

G_END_DECLS
