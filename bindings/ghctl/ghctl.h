/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ghctl-terminal.h"

#include <gio/gio.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* What ghctl ends with; documented in ghctl(1). */
typedef enum {
  GHCTL_DONE = 0,
  GHCTL_REFUSED = 1, /* the CSE answered, and the answer is no */
  GHCTL_USAGE = 2,
  GHCTL_UNREACHABLE = 3, /* no bus, no gatehoused on it, or it went away */
  GHCTL_DENIED = 4,      /* the caller may not use gatehoused */
} GhctlExit;

#define GHCTL_ERROR (ghctl_error_quark ())
/** ghctl_error_quark: codes are GhctlExit. */
GQuark ghctl_error_quark (void);

/* Where to look for the daemon. */
typedef enum { GHCTL_BUS_EITHER, GHCTL_BUS_SESSION, GHCTL_BUS_SYSTEM } GhctlBus;

/**
 * ghctl_connect:
 * Finds the bus on which gatehoused is: with %GHCTL_BUS_EITHER the session's first, then the
 * system's. Blocks. Returns: (transfer full), or %NULL with %GHCTL_ERROR
 */
GDBusConnection *ghctl_connect (GhctlBus bus, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** ghctl_status: what GetStatus answers, as a{sv}. Blocks. Returns: (transfer full), or %NULL with
 * %GHCTL_ERROR */
GVariant *ghctl_status (GDBusConnection *connection, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** ghctl_originator: the administrator's originator. Blocks. Returns: (transfer full), or %NULL
 * with %GHCTL_ERROR */
char *ghctl_originator (GDBusConnection *connection, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * ghctl_request:
 * @request: a request primitive, an object
 * Sends it and waits. Returns: (transfer full): the response primitive, an object; or %NULL with
 * %GHCTL_ERROR
 */
JsonNode *ghctl_request (GDBusConnection *connection, JsonNode *request, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/** GhctlCall: one call of another interface of gatehoused's object. */
typedef struct {
  const char *interface, *method;
  GVariant *arguments; /* floating */
  const char *type;    /* of the answer */
  int fd_in;           /* handle 0 of the arguments; -1: none; not closed */
  int fd_out;          /* out: handle 0 of the answer, or -1; to be closed */
} GhctlCall;

/** ghctl_call: Blocks. Returns: (transfer full), or %NULL with %GHCTL_ERROR */
GVariant *ghctl_call (GDBusConnection *connection, GhctlCall *call, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/** ghctl_call_at: a call without descriptors, of another object. Blocks. Returns: (transfer full)
 */
GVariant *ghctl_call_at (GDBusConnection *connection, const char *path, GhctlCall *call,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Secrets, in ghctl-secret.c: never in arguments or the environment, and in locked memory only. */

/** GhctlSecret: octets in locked memory; wiped when cleared. */
typedef struct {
  guint8 *data;
  gsize length;
} GhctlSecret;

void ghctl_secret_clear (GhctlSecret *secret);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GhctlSecret, ghctl_secret_clear)

/** ghctl_secret_read: @path: a file; "-": standard input. At most 64 KiB. */
gboolean ghctl_secret_read (const char *path, GhctlSecret *out, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/** ghctl_secret_read_fd: until the end of @fd, which is closed. */
gboolean ghctl_secret_read_fd (int fd, GhctlSecret *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/** ghctl_secret_ask: a key in hexadecimal or base64: from @path, or, when that is %NULL, from the
 * terminal without echo, or from standard input when that is no terminal. */
gboolean ghctl_secret_ask (const char *path, GhctlSecret *out, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/** ghctl_secret_ask_passphrase: a line of at least 8 octets: from @path, or from the terminal
 * without echo, and there @twice. */
gboolean ghctl_secret_ask_passphrase (const char *path, gboolean twice, GhctlSecret *out,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
/** ghctl_secret_to_fd: Returns: a memory file, or -1 with @error */
int ghctl_secret_to_fd (const GhctlSecret *secret, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/** ghctl_secret_to_hex: (out) with a zero at the end */
gboolean ghctl_secret_to_hex (const GhctlSecret *secret, GhctlSecret *out, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/** GhctlSecretFile: where a secret will be written; opened before it is made, so that it is not
 * lost where nothing can be written. What is cleared before it was written is taken away. */
typedef struct {
  const char *path; /* NULL: nowhere; "-": standard output */
  int fd;           /* -1: not open */
} GhctlSecretFile;

void ghctl_secret_file_clear (GhctlSecretFile *file);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GhctlSecretFile, ghctl_secret_file_clear)

/** ghctl_secret_file_open: @path: a new file with mode 0600; "-": standard output; %NULL: nowhere;
 * kept, not copied */
gboolean ghctl_secret_file_open (const char *path, GhctlSecretFile *out, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/** ghctl_secret_file_write: all of @secret; nothing where it is nowhere. Closes. */
gboolean ghctl_secret_file_write (GhctlSecretFile *file, const GhctlSecret *secret, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/** ghctl_secret_print_json: on standard output, as one object: @others, and @secret, which is ASCII
 * text, as the member @name. */
gboolean ghctl_secret_print_json (JsonObject *others, const char *name, const GhctlSecret *secret,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** ghctl_print_qr_code: on standard output. FALSE with @error in a build without libqrencode. */
gboolean ghctl_print_qr_code (const GhctlSecret *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * ghctl_read_content:
 * @argument: JSON, or "@" and the name of a file with it, or "-" for standard input; at most 16 MiB
 * Returns: (transfer full): an object, or %NULL with %GHCTL_ERROR
 */
JsonNode *ghctl_read_content (const char *argument, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * ghctl_wrap_content:
 * @content: (transfer full): an object
 * @root_name: "m2m:cnt"
 * Returns: (transfer full): @content if its one member is named like a resource type, else an
 * object of which it is the member @root_name
 */
JsonNode *ghctl_wrap_content (JsonNode *content, const char *root_name);
gboolean ghctl_is_wrapped (JsonNode *content);

/** ghctl_parse_type: "cnt", "container" or "3". Returns: the number, or 0 with %GHCTL_ERROR */
gint ghctl_parse_type (const char *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/**
 * ghctl_root_name: "m2m:cnt" for what ghctl_parse_type() takes; "m2m:mem" for "memory". Returns:
 * %NULL for a type that this build does not know, or of which only specialisations exist. Static.
 */
const char *ghctl_root_name (const char *text);

/* Printing, on standard output; colours only where it is a terminal. */
/** ghctl_print_heading: bold, and @rest behind it */
void ghctl_print_heading (const char *text, const char *rest, guint indent);
/** ghctl_print_pair: "key     value", the value made printable */
void ghctl_print_pair (const char *key, const char *value, guint indent);
/** ghctl_print_content: the content of a response, for people: a resource with its children, or a
 * list of addresses. */
void ghctl_print_content (JsonNode *content);
/** ghctl_print_json: @node with two blanks of indentation. */
void ghctl_print_json (JsonNode *node);
/** ghctl_status_name: "NOT_FOUND" for 4004; %NULL for a code that is not in TS-0004 6.6.3. Static.
 */
const char *ghctl_status_name (gint64 code);

G_END_DECLS
