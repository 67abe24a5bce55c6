/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * GhHttpClient:
 * An AE's side of the HTTP binding (TS-0009), as small as the host monitor and the tour need it:
 * one connection, one request at a time, blocking. One thread.
 */
typedef struct _GhHttpClient GhHttpClient;

/** GhHttpAnswer: what a CSE answered. */
typedef struct {
  long http_status;
  guint rsc;      /* X-M2M-RSC; 0 when there was none */
  char *body;     /* never NULL after a successful request */
  char *location; /* Content-Location, or NULL */
} GhHttpAnswer;

void gh_http_answer_clear (GhHttpAnswer *answer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GhHttpAnswer, gh_http_answer_clear)

/**
 * gh_http_client_new:
 * @base_url: "http://127.0.0.1:8080"
 * @originator: the X-M2M-Origin of every request
 * Returns: (transfer full)
 */
GhHttpClient *gh_http_client_new (const char *base_url, const char *originator);
/**
 * gh_http_client_set_tls: of a client for https
 * @certificate: (nullable): PEM file with the certificate and the private key that prove who it is
 * @authority: PEM file with the certificates that vouch for the CSE
 */
void gh_http_client_set_tls (GhHttpClient *client, const char *certificate, const char *authority);
void gh_http_client_free (GhHttpClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GhHttpClient, gh_http_client_free)

/**
 * gh_http_client_request:
 * @method: "GET", "POST", "PUT" or "DELETE"
 * @path: the address of the target and its query, CSE-relative: "cse/sensor?rcn=4"
 * @type: ty of a create; 0: none
 * @body: (nullable): JSON
 * @answer: filled; what the CSE refuses is an answer, not an error
 * Returns: %FALSE with a %G_IO_ERROR when there was no answer within 10 s
 */
gboolean gh_http_client_request (GhHttpClient *client, const char *method, const char *path,
                                 gint type, const char *body, GhHttpAnswer *answer, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
