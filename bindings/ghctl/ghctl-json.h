/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Members of objects that somebody else wrote: what is not there, or of another kind, is NULL. */

/** ghctl_json_array: @object: (nullable). Borrowed. */
JsonArray *ghctl_json_array (JsonObject *object, const char *name);
/** ghctl_json_object: @object: (nullable). Borrowed. */
JsonObject *ghctl_json_object (JsonObject *object, const char *name);
/** ghctl_json_object_at: an element. Borrowed. */
JsonObject *ghctl_json_object_at (JsonArray *array, guint index);
/** ghctl_json_text: a string; @otherwise (nullable) when it is none. Borrowed. */
const char *ghctl_json_text (JsonObject *object, const char *name, const char *otherwise);
/** ghctl_json_number: an integer; @otherwise when it is none */
gint64 ghctl_json_number (JsonObject *object, const char *name, gint64 otherwise);
/** ghctl_json_texts: a list of strings; others as JSON. @object: (nullable). Returns: (transfer
 * full) (element-type utf8): empty when there is none */
GPtrArray *ghctl_json_texts (JsonObject *object, const char *name);
/** ghctl_json_list: @texts: (nullable). Returns: (transfer full) */
JsonArray *ghctl_json_list (char **texts);
/** ghctl_json_print_text: an object with one member, on a line of standard output */
void ghctl_json_print_text (const char *name, const char *text);
/** ghctl_json_print_variant: @value: a dictionary; on a line of standard output */
void ghctl_json_print_variant (GVariant *value);
/** ghctl_json_print_line: on standard output, without indentation */
void ghctl_json_print_line (JsonNode *node);

G_END_DECLS
