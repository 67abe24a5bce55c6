/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-coap-message.h"

G_BEGIN_DECLS

/* The signals of CoAP over TCP (RFC 8323 5), without a socket: pure functions. Codes and numbers of
 * options are those of libcoap's headers. */

/* Octets of a message that a peer takes which has not said otherwise (5.3.1). */
#define GH_COAP_MESSAGE_BASE 1152
/* A peer that takes less cannot be answered: its CSM is refused. */
#define GH_COAP_MESSAGE_SMALLEST 64

typedef enum {
  GH_COAP_SIGNAL_READ,
  GH_COAP_SIGNAL_UNKNOWN,    /* a code that is not assigned: to be ignored */
  GH_COAP_SIGNAL_BAD_OPTION, /* a critical option, or a capability that cannot be met */
} GhCoapSignalStatus;

/** GhCoapSignal: plain data; what the signal does not say is 0. */
typedef struct {
  guint8 code;
  guint32 max_message; /* of a CSM: octets */
  gboolean block_wise; /* of a CSM */
  gboolean custody;    /* of a Ping or Pong */
  guint32 hold_off_s;  /* of a Release */
  guint16 bad_option;  /* of an Abort; of what was refused with BAD_OPTION */
} GhCoapSignal;

/**
 * gh_coap_signal_read:
 * @message: parsed, with a code of class 7
 * Elective options that are not understood, or of a wrong length, are left out (5.2); a wrong
 * Max-Message-Size is BAD_OPTION. Pure, any thread.
 */
GhCoapSignalStatus gh_coap_signal_read (const GhCoapMessage *message, GhCoapSignal *out)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_coap_signal_csm: what is taken here: @max_message octets, bodies in blocks, and so BERT. */
void gh_coap_signal_csm (GhCoapMessage *out, guint32 max_message);
/** gh_coap_signal_pong: the answer to @ping; @custody: what came before it was processed. */
void gh_coap_signal_pong (GhCoapMessage *out, const guint8 *token, guint8 token_length,
                          gboolean custody);
/** gh_coap_signal_abort: @bad_option: 0: none; @text: static, borrowed. */
void gh_coap_signal_abort (GhCoapMessage *out, guint16 bad_option, const char *text);

G_END_DECLS
