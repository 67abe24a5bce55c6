/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-coap-message.h"
#include "gh-coap-option.h"

#include "primitive/gh-primitive.h"

G_BEGIN_DECLS

/* The mapping between CoAP messages and primitives (TS-0008 6), without a socket: pure
 * functions. */

/* Limits; what is beyond them is refused with 4000 and a reason. */
#define GH_COAP_MAX_LIST    64   /* items of an option that is a list */
#define GH_COAP_MAX_ADDRESS 4096 /* octets of a To */

/* Content-Formats (table 6.2.2.2-1) */
enum {
  GH_COAP_FORMAT_LINKS = 40,
  GH_COAP_FORMAT_JSON = 50,
  GH_COAP_FORMAT_RESOURCE_JSON = 10001,
  GH_COAP_FORMAT_NOTIFICATION_JSON = 10003,
};

/** GhCoapStyle: how a request wants to be answered; plain data. */
typedef struct {
  GhOperation operation;
  GhCoapSet set;  /* of the option numbers: CURRENT or OLD; NONE: no option of oneM2M was there */
  guint16 format; /* of the answer's content */
} GhCoapStyle;

/**
 * gh_coap_map_style: what can be told before anything else is looked at. Pure, any thread.
 */
void gh_coap_map_style (const GhCoapMessage *message, GhCoapStyle *style);

/**
 * gh_coap_map_request:
 * @message: a request without unknown critical options, its payload the whole body
 * @request: made by gh_request_new(); filled, with copies; the caller keeps it
 * @style: filled, also when FALSE is returned
 *
 * Returns: FALSE with @fault (4000, 4005, 4015, 5207), and then request_identifier and
 * release_version are filled as far as they are good. Pure, any thread.
 */
gboolean gh_coap_map_request (const GhCoapMessage *message, GhRequest *request, GhCoapStyle *style,
                              GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_coap_map_response:
 * @response: strings and body are borrowed by @out
 * @out: initialised; type, message id and token are left alone. Code, options and payload are set
 * (TS-0008 6.2.2.4, 6.2.3, 6.2.4). A value that no option can hold is left out. Pure, any thread.
 */
void gh_coap_map_response (const GhResponse *response, const GhCoapStyle *style,
                           GhCoapMessage *out);

/**
 * gh_coap_map_refusal: of what never reached the core (unknown option, broken blocks, no room):
 * @rsc stands in it when @request has an option of oneM2M. @text: static. Pure, any thread.
 */
void gh_coap_map_refusal (const GhCoapMessage *request, guint8 code, guint rsc, const char *text,
                          GhCoapMessage *out);

/**
 * gh_coap_map_answer: of a response to a request of ours: RSC of either set, else by its code.
 * Returns: the RSC; 0 when it is no response or contradicts itself. Pure, any thread.
 */
guint gh_coap_map_answer (const GhCoapMessage *message);

/** GhCoapResponse: an answer as a primitive, and the texts that it points to. */
typedef struct {
  GhResponse response;
  char request_identifier[256], release_version[16], from[256], originating_timestamp[72],
    vendor_information[256], assigned_token_ids[256], location[GH_COAP_MAX_ADDRESS + 1];
} GhCoapResponse;

/** gh_coap_map_answer_response: all that a response to a request of ours says; its payload is
 * borrowed. What is no text or too long is left out. Must not be moved. Pure, any thread. */
void gh_coap_map_answer_response (const GhCoapMessage *message, GhCoapResponse *out);

/** gh_coap_map_address: Uri-Path or Location-Path (@number) of a To or a resource address; borrowed
 * by @out. Returns: FALSE when it cannot be written. */
gboolean gh_coap_map_address (const char *address, guint16 number, GhCoapMessage *out);

/** gh_coap_text_is_clean: UTF-8 without control characters. */
gboolean gh_coap_text_is_clean (const guint8 *text, gsize length);

G_END_DECLS
