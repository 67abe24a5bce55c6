/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <coap3/coap.h>
#include <glib.h>

G_BEGIN_DECLS

/* CoAP messages (RFC 7252 3) and frames of CoAP over TCP (RFC 8323 3), without a socket: pure
 * functions over octets. Numbers of options, codes and types are those of libcoap's headers, and
 * options are read and written by its codec. */

/* Limits; what is beyond them is not parsed. */
#define GH_COAP_MAX_OPTIONS   128  /* options of a message */
#define GH_COAP_MAX_DATAGRAM  4096 /* octets of a message over a datagram association */
#define GH_COAP_MAX_TOKEN     8    /* octets */
#define GH_COAP_FRAME_MINIMUM 2    /* octets of the shortest frame */

/* Codes: class and detail as "4.04". */
#define GH_COAP_CODE_CLASS(code)  ((code) >> 5)
#define GH_COAP_IS_REQUEST(code)  ((code) != 0 && GH_COAP_CODE_CLASS (code) == 0)
#define GH_COAP_IS_RESPONSE(code) (GH_COAP_CODE_CLASS (code) >= 2 && GH_COAP_CODE_CLASS (code) <= 5)
#define GH_COAP_IS_SIGNAL(code)   (GH_COAP_CODE_CLASS (code) == 7)

typedef struct {
  guint16 number, length;
  guint8 small[4];     /* the value when @value is NULL: a number that was added */
  const guint8 *value; /* borrowed */
} GhCoapOption;

/**
 * GhCoapMessage:
 * One message; plain data. What was parsed points into the octets, what was added into the caller's
 * memory.
 */
typedef struct {
  guint8 type;        /* COAP_MESSAGE_CON ...; no meaning in a frame */
  guint8 code;        /* 0: empty */
  guint16 message_id; /* no meaning in a frame */
  guint8 token_length;
  guint8 token[GH_COAP_MAX_TOKEN];
  guint16 n_options;
  guint16 refused_option; /* parsed: the first critical option that is not understood; 0: none */
  GhCoapOption options[GH_COAP_MAX_OPTIONS]; /* in the order of their numbers */
  const guint8 *payload;                     /* NULL: none */
  gsize payload_length;
} GhCoapMessage;

/* What parsing found. */
typedef enum {
  GH_COAP_PARSED,
  GH_COAP_IGNORED,   /* no message of this version: silence (RFC 7252 3) */
  GH_COAP_BROKEN,    /* format error; type and message_id are set: a CON is answered by a Reset */
  GH_COAP_TOO_LARGE, /* over GH_COAP_MAX_DATAGRAM; the token is set too: 4.13 */
} GhCoapParse;

/**
 * gh_coap_message_parse:
 * @octets: one datagram's; must outlive @message
 *
 * Strict: reserved token lengths and code classes, options that do not end with the datagram, a
 * payload marker without payload, and empty messages that are not empty are GH_COAP_BROKEN. An
 * option that is not understood, given too often, or of a wrong length is left out when it is
 * elective and reported in refused_option when it is critical (5.4.1, 5.4.3, 5.4.5). Pure, any
 * thread.
 */
GhCoapParse gh_coap_message_parse (GhCoapMessage *message, const guint8 *octets, gsize length)
  G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_coap_frame_size: how long the frame at the head of a stream is.
 * Returns: octets of the whole frame, 0 when more octets are needed to say. More than the receiver
 * takes is refused by the caller, before it is received. Pure, any thread.
 */
guint64 gh_coap_frame_size (const guint8 *octets, gsize length);

/** gh_coap_frame_parse: exactly one frame (RFC 8323 3.2), as gh_coap_message_parse(). Of signals
 * (7.xx) only unknown critical options are reported. */
GhCoapParse gh_coap_frame_parse (GhCoapMessage *message, const guint8 *octets, gsize length)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_coap_message_init: a message without token, options and payload. */
void gh_coap_message_init (GhCoapMessage *message, guint8 type, guint8 code);
void gh_coap_message_set_token (GhCoapMessage *message, const guint8 *token, guint8 length);

/** gh_coap_message_add: behind those of the same number. @value is borrowed until it was written.
 * Returns: FALSE when there is no room for another option. */
gboolean gh_coap_message_add (GhCoapMessage *message, guint16 number, gconstpointer value,
                              gsize length);
/** gh_coap_message_add_uint: in the shortest form (3.2). */
gboolean gh_coap_message_add_uint (GhCoapMessage *message, guint16 number, guint32 value);
/** gh_coap_message_remove: every option of this number. */
void gh_coap_message_remove (GhCoapMessage *message, guint16 number);

/** gh_coap_message_find: the first option of this number; NULL. */
const GhCoapOption *gh_coap_message_find (const GhCoapMessage *message, guint16 number);
const guint8 *gh_coap_option_value (const GhCoapOption *option);
/** gh_coap_option_uint: of at most 4 octets. */
guint32 gh_coap_option_uint (const GhCoapOption *option);
/** gh_coap_message_uint: FALSE when the option is absent. */
gboolean gh_coap_message_uint (const GhCoapMessage *message, guint16 number, guint32 *out);

/** gh_coap_message_write: Returns: octets written, 0 when @out is too small. Pure, any thread. */
gsize gh_coap_message_write (const GhCoapMessage *message, guint8 *out, gsize size);
/** gh_coap_frame_write: the same as a frame for a stream. */
gsize gh_coap_frame_write (const GhCoapMessage *message, guint8 *out, gsize size);
/** gh_coap_message_bound: octets that writing it in either form never exceeds. */
gsize gh_coap_message_bound (const GhCoapMessage *message);

/* Block options (RFC 7959 2.2) */
#define GH_COAP_BLOCK_SZX_MAX 6 /* 1024 octets */
#define GH_COAP_BLOCK_BERT    7 /* over a stream: several blocks of 1024 (RFC 8323 6) */
#define GH_COAP_BLOCK_NUM_MAX 0xfffff

typedef struct {
  guint32 number;
  gboolean more;
  guint8 szx; /* 16 << szx octets */
} GhCoapBlock;

/** gh_coap_message_block: FALSE when the option is absent. szx may be 7. */
gboolean gh_coap_message_block (const GhCoapMessage *message, guint16 number, GhCoapBlock *out);
gboolean gh_coap_message_add_block (GhCoapMessage *message, guint16 number,
                                    const GhCoapBlock *block);

G_END_DECLS
