/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-coap-signal.h"

#include <string.h>

#define MAX_HOLD_OFF 3 /* octets (RFC 8323 5.5) */

static GhCoapSignalStatus
refuse (GhCoapSignal *out, guint16 option)
{
  out->bad_option = option;
  return GH_COAP_SIGNAL_BAD_OPTION;
}

static GhCoapSignalStatus
read_csm (const GhCoapMessage *message, GhCoapSignal *out)
{
  const GhCoapOption *size = gh_coap_message_find (message, COAP_SIGNALING_OPTION_MAX_MESSAGE_SIZE);

  if (size != NULL && size->length > 4)
    return refuse (out, COAP_SIGNALING_OPTION_MAX_MESSAGE_SIZE);
  if (size != NULL)
    out->max_message = gh_coap_option_uint (size);
  if (size != NULL && out->max_message < GH_COAP_MESSAGE_SMALLEST)
    return refuse (out, COAP_SIGNALING_OPTION_MAX_MESSAGE_SIZE);
  out->block_wise = gh_coap_message_find (message, COAP_SIGNALING_OPTION_BLOCK_WISE_TRANSFER)
                    != NULL;
  return GH_COAP_SIGNAL_READ;
}

/* 0 when it is absent or longer than @maximum. */
static guint32
read_uint (const GhCoapMessage *message, guint16 number, guint maximum)
{
  const GhCoapOption *option = gh_coap_message_find (message, number);

  return option != NULL && option->length <= maximum ? gh_coap_option_uint (option) : 0;
}

GhCoapSignalStatus
gh_coap_signal_read (const GhCoapMessage *message, GhCoapSignal *out)
{
  memset (out, 0, sizeof *out);
  out->code = message->code;
  if (message->refused_option != 0)
    return refuse (out, message->refused_option);
  switch (message->code)
    {
    case COAP_SIGNALING_CSM:
      return read_csm (message, out);
    case COAP_SIGNALING_PING:
    case COAP_SIGNALING_PONG:
      out->custody = gh_coap_message_find (message, COAP_SIGNALING_OPTION_CUSTODY) != NULL;
      return GH_COAP_SIGNAL_READ;
    case COAP_SIGNALING_RELEASE:
      out->hold_off_s = read_uint (message, COAP_SIGNALING_OPTION_HOLD_OFF, MAX_HOLD_OFF);
      return GH_COAP_SIGNAL_READ;
    case COAP_SIGNALING_ABORT:
      out->bad_option = (guint16) read_uint (message, COAP_SIGNALING_OPTION_BAD_CSM_OPTION, 2);
      return GH_COAP_SIGNAL_READ;
    default:
      return GH_COAP_SIGNAL_UNKNOWN;
    }
}

void
gh_coap_signal_csm (GhCoapMessage *out, guint32 max_message)
{
  gh_coap_message_init (out, COAP_MESSAGE_NON, COAP_SIGNALING_CSM);
  (void) gh_coap_message_add_uint (out, COAP_SIGNALING_OPTION_MAX_MESSAGE_SIZE, max_message);
  (void) gh_coap_message_add (out, COAP_SIGNALING_OPTION_BLOCK_WISE_TRANSFER, NULL, 0);
}

void
gh_coap_signal_pong (GhCoapMessage *out, const guint8 *token, guint8 token_length, gboolean custody)
{
  gh_coap_message_init (out, COAP_MESSAGE_NON, COAP_SIGNALING_PONG);
  gh_coap_message_set_token (out, token, token_length);
  if (custody)
    (void) gh_coap_message_add (out, COAP_SIGNALING_OPTION_CUSTODY, NULL, 0);
}

void
gh_coap_signal_abort (GhCoapMessage *out, guint16 bad_option, const char *text)
{
  gh_coap_message_init (out, COAP_MESSAGE_NON, COAP_SIGNALING_ABORT);
  if (bad_option != 0)
    (void) gh_coap_message_add_uint (out, COAP_SIGNALING_OPTION_BAD_CSM_OPTION, bad_option);
  out->payload = (const guint8 *) text;
  out->payload_length = strlen (text);
}
