/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/gh-attribute.h"

G_BEGIN_DECLS

/*
 * Definition files: each is one specialisation of flexContainer as JSON
 * (docs/flexcontainer-definitions.md). They are configuration, written by who runs the CSE; their
 * sizes are bounded all the same.
 */
#define GH_DEFINITION_MAX_OCTETS     65536 /* of one file */
#define GH_DEFINITION_MAX_FILES      1024  /* of one folder */
#define GH_DEFINITION_MAX_ATTRIBUTES 38    /* of one, beside those of flexContainer */
#define GH_DEFINITION_MAX_CHILDREN   128
#define GH_DEFINITION_MAX_VALUES     256   /* of an enumeration */

/**
 * gh_definitions_load:
 * @folder: its files NAME.json are read in the order of their names, and added (gh_types_add)
 * @out_n: (nullable): how many
 * Returns: FALSE with @error (GH_ERROR_CONFIG), "FOLDER/x.json: line 3: ..." or
 *   "FOLDER/x.json: attributes[2].type: ...". What was read before stays added. Any thread.
 */
gboolean gh_definitions_load (const char *folder, guint *out_n, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_definition_add: one definition from memory.
 * @data: JSON of @length octets
 * Returns: the type, owned by the process; NULL with @fault, "attributes[2].type: ...". Any thread.
 */
const GhType *gh_definition_add (const char *data, gsize length, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
