/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ghctl.h"

G_BEGIN_DECLS

/* Request and response primitives, as commands use them. */

/* m2m:operation */
enum { GHCTL_CREATE = 1, GHCTL_RETRIEVE, GHCTL_UPDATE, GHCTL_DELETE, GHCTL_NOTIFY };

/** ghctl_request_new: @from: "": nobody is named. Returns: (transfer full) */
JsonObject *ghctl_request_new (gint operation, const char *to, const char *from);

/** ghctl_request_send: Returns: (transfer full): the response, also a refusal; or %NULL with
 * %GHCTL_ERROR */
JsonNode *ghctl_request_send (GDBusConnection *connection, JsonObject *request, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/** ghctl_request_content: Returns: (transfer full): the content of the response, a null when there
 * is none; or %NULL with %GHCTL_ERROR, which a refusal is too (%GHCTL_REFUSED) */
JsonNode *ghctl_request_content (GDBusConnection *connection, JsonObject *request, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/** ghctl_retrieve: the same for a whole resource. */
JsonNode *ghctl_retrieve (GDBusConnection *connection, const char *to, const char *from,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** ghctl_request_start: sends it, and does not wait; requests are handled in the order in which
 * they are sent. ghctl_request_finish: in @callback, on the default main context; like
 * ghctl_request_send(). */
void ghctl_request_start (GDBusConnection *connection, JsonObject *request,
                          GAsyncReadyCallback callback, gpointer user_data);
JsonNode *ghctl_request_finish (GDBusConnection *connection, GAsyncResult *result, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

gint64 ghctl_response_code (JsonNode *response);
gboolean ghctl_response_is_accepted (JsonNode *response);
/** ghctl_response_content: borrowed; NULL: none */
JsonNode *ghctl_response_content (JsonNode *response);
/** ghctl_response_refusal: "4004 NOT_FOUND: to: there is no ...". Returns: (transfer full) */
char *ghctl_response_refusal (JsonNode *response);

/** ghctl_content_resource: what is in {"m2m:cnt":{...}}; NULL: it is no resource. Borrowed. */
JsonObject *ghctl_content_resource (JsonNode *content, const char **out_root_name);

/** ghctl_from: who asks: @option, or when that is NULL the administrator. Returns: (transfer full),
 * or %NULL with %GHCTL_ERROR */
char *ghctl_from (GDBusConnection *connection, const char *option, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/** ghctl_base_name: where structured addresses begin. Returns: (transfer full), or %NULL with
 * %GHCTL_ERROR */
char *ghctl_base_name (GDBusConnection *connection, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/** ghctl_response_require: FALSE with %GHCTL_REFUSED when it is a refusal. */
gboolean ghctl_response_require (JsonNode *response, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/** ghctl_response_references: the list of rcn 6, objects with nm, typ and val; NULL: none.
 * Borrowed. */
JsonArray *ghctl_response_references (JsonNode *response);
/** ghctl_response_next: the offset of what did not fit; 0: that was all */
gint64 ghctl_response_next (JsonNode *response);
/** ghctl_structural_types: the numbers of all types but those of instances. Returns: (transfer
 * full) */
JsonArray *ghctl_structural_types (void);

/** GhctlKind: commands about resources of one type, `ghctl ae` and `ghctl acp`. */
typedef struct {
  gint type;
  const char *root_name; /* "m2m:ae" */
  const char *mismatch;  /* what another resource is told to be; for gettext */
  /* prints one of a list as a line */
  void (*print) (const char *address, JsonObject *resource);
} GhctlKind;

/** ghctl_kind_fetch: retrieves a resource of the kind. @originator: who asks, or %NULL.
 * @out_resource: (out): borrowed from what is returned. Returns: (transfer full), or %NULL with
 * %GHCTL_ERROR */
JsonNode *ghctl_kind_fetch (GDBusConnection *connection, const GhctlKind *kind, const char *address,
                            const char *originator, JsonObject **out_resource, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/** ghctl_kind_list: prints all of the kind, as JSON one a line. */
gboolean ghctl_kind_list (GDBusConnection *connection, const GhctlKind *kind,
                          const char *originator, gboolean json, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
