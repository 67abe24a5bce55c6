/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-coap-message.h"

#include "gh-coap-option.h"

#include <string.h>

#define COAP_VERSION   1
#define HEADER         4 /* octets */
#define PAYLOAD_MARKER 0xff
/* How a frame says its length (RFC 8323 3.2): a nibble, or 13, 14, 15 and more octets. */
#define FRAME_LENGTH_8  13
#define FRAME_LENGTH_16 14
#define FRAME_LENGTH_32 15
#define FRAME_BASE_8    13u
#define FRAME_BASE_16   269u
#define FRAME_BASE_32   65805u
/* Octets of an option beside its value, and of a message beside options and payload. */
#define OPTION_OVERHEAD  5
#define MESSAGE_OVERHEAD (7 + GH_COAP_MAX_TOKEN + 1)

/* Whether the option is to be kept; else it is left out or refused. */
static gboolean
is_understood (const GhCoapMessage *message, guint16 number, gsize length)
{
  const GhCoapOptionRow *row = gh_coap_option_find (number);

  if (row == NULL || length < row->minimum || length > row->maximum)
    return FALSE;
  return row->repeatable || message->n_options == 0
         || message->options[message->n_options - 1].number != number;
}

/* The options of a signal have numbers of their own (RFC 8323 5.2). */
static gboolean
take_option (GhCoapMessage *message, guint16 number, const guint8 *value, gsize length)
{
  GhCoapOption *option;

  if (!GH_COAP_IS_SIGNAL (message->code) ? !is_understood (message, number, length)
                                         : gh_coap_option_is_critical (number))
    {
      if (gh_coap_option_is_critical (number) && message->refused_option == 0)
        message->refused_option = number;
      return TRUE;
    }
  if (message->n_options == GH_COAP_MAX_OPTIONS)
    return FALSE;
  option = &message->options[message->n_options++];
  option->number = number;
  option->length = (guint16) length;
  option->value = value;
  return TRUE;
}

static gboolean
parse_options (GhCoapMessage *message, const guint8 *at, gsize left)
{
  guint32 number = 0;

  while (left > 0 && *at != PAYLOAD_MARKER)
    {
      coap_option_t option;
      gsize size = coap_opt_parse (at, left, &option);

      if (size == 0 || size > left)
        return FALSE;
      number += option.delta;
      if (number > G_MAXUINT16
          || !take_option (message, (guint16) number, option.value, option.length))
        return FALSE;
      at += size;
      left -= size;
    }
  if (left == 0)
    return TRUE;
  message->payload = at + 1;
  message->payload_length = left - 1;
  return left > 1;
}

static gboolean
take_token (GhCoapMessage *message, const guint8 *at, gsize left)
{
  if (message->token_length > GH_COAP_MAX_TOKEN || message->token_length > left)
    {
      message->token_length = 0;
      return FALSE;
    }
  memcpy (message->token, at, message->token_length);
  return TRUE;
}

/* Token, options and payload. */
static GhCoapParse
parse_rest (GhCoapMessage *message, const guint8 *at, gsize left)
{
  guint class = GH_COAP_CODE_CLASS (message->code);

  if (!take_token (message, at, left) || class == 1 || class == 6
      || (message->code == COAP_EMPTY_CODE && left > 0))
    return GH_COAP_BROKEN;
  return parse_options (message, at + message->token_length, left - message->token_length)
           ? GH_COAP_PARSED
           : GH_COAP_BROKEN;
}

static void
clear (GhCoapMessage *message)
{
  message->n_options = 0;
  message->refused_option = 0;
  message->payload = NULL;
  message->payload_length = 0;
}

GhCoapParse
gh_coap_message_parse (GhCoapMessage *message, const guint8 *octets, gsize length)
{
  clear (message);
  if (length < HEADER || octets[0] >> 6 != COAP_VERSION)
    return GH_COAP_IGNORED;
  message->type = octets[0] >> 4 & 3;
  message->token_length = octets[0] & 0xf;
  message->code = octets[1];
  message->message_id = (guint16) (octets[2] << 8 | octets[3]);
  if (GH_COAP_IS_SIGNAL (message->code))
    return GH_COAP_BROKEN;
  if (length > GH_COAP_MAX_DATAGRAM && take_token (message, octets + HEADER, length - HEADER))
    return GH_COAP_TOO_LARGE;
  return parse_rest (message, octets + HEADER, length - HEADER);
}

/* Reads the head of a frame: octets of the head up to and with the code, and those behind the
 * token. */
static gsize
frame_head (const guint8 *octets, gsize length, guint64 *out_rest)
{
  guint nibble;

  if (length == 0)
    return 0;
  nibble = octets[0] >> 4;
  if (nibble < FRAME_LENGTH_8)
    {
      *out_rest = nibble;
      return 2;
    }
  if (nibble == FRAME_LENGTH_8 && length >= 2)
    {
      *out_rest = (guint64) octets[1] + FRAME_BASE_8;
      return 3;
    }
  if (nibble == FRAME_LENGTH_16 && length >= 3)
    {
      *out_rest = ((guint64) octets[1] << 8 | octets[2]) + FRAME_BASE_16;
      return 4;
    }
  if (nibble == FRAME_LENGTH_32 && length >= 5)
    {
      *out_rest = ((guint64) octets[1] << 24 | (guint64) octets[2] << 16 | (guint64) octets[3] << 8
                   | octets[4])
                  + FRAME_BASE_32;
      return 6;
    }
  return 0;
}

guint64
gh_coap_frame_size (const guint8 *octets, gsize length)
{
  guint64 rest = 0;
  gsize head = frame_head (octets, length, &rest);

  return head > 0 ? head + (octets[0] & 0xf) + rest : 0;
}

GhCoapParse
gh_coap_frame_parse (GhCoapMessage *message, const guint8 *octets, gsize length)
{
  guint64 rest = 0;
  gsize head = frame_head (octets, length, &rest);

  clear (message);
  message->type = COAP_MESSAGE_NON;
  message->message_id = 0;
  message->token_length = length > 0 ? octets[0] & 0xf : 0;
  if (head == 0 || length < head || gh_coap_frame_size (octets, length) != length)
    return GH_COAP_BROKEN;
  message->code = octets[head - 1];
  /* An empty message may carry a token here; it means nothing (3.4). */
  if (message->code == COAP_EMPTY_CODE && rest == 0 && message->token_length <= GH_COAP_MAX_TOKEN)
    {
      message->token_length = 0;
      return GH_COAP_PARSED;
    }
  return parse_rest (message, octets + head, length - head);
}

void
gh_coap_message_init (GhCoapMessage *message, guint8 type, guint8 code)
{
  clear (message);
  message->type = type;
  message->code = code;
  message->message_id = 0;
  message->token_length = 0;
}

void
gh_coap_message_set_token (GhCoapMessage *message, const guint8 *token, guint8 length)
{
  g_return_if_fail (length <= GH_COAP_MAX_TOKEN);
  message->token_length = length;
  memcpy (message->token, token, length);
}

static GhCoapOption *
insert (GhCoapMessage *message, guint16 number)
{
  guint at = message->n_options;

  if (message->n_options == GH_COAP_MAX_OPTIONS)
    return NULL;
  while (at > 0 && message->options[at - 1].number > number)
    {
      message->options[at] = message->options[at - 1];
      at--;
    }
  message->n_options++;
  message->options[at].number = number;
  return &message->options[at];
}

gboolean
gh_coap_message_add (GhCoapMessage *message, guint16 number, gconstpointer value, gsize length)
{
  GhCoapOption *option = length <= G_MAXUINT16 ? insert (message, number) : NULL;

  if (option == NULL)
    return FALSE;
  option->length = (guint16) length;
  option->value = length > 0 ? value : (const guint8 *) "";
  return TRUE;
}

gboolean
gh_coap_message_add_uint (GhCoapMessage *message, guint16 number, guint32 value)
{
  GhCoapOption *option = insert (message, number);
  guint length = 0;

  if (option == NULL)
    return FALSE;
  while (length < 4 && value >> (8 * length) != 0)
    length++;
  for (guint i = 0; i < length; i++)
    option->small[i] = (guint8) (value >> (8 * (length - 1 - i)));
  option->length = (guint16) length;
  option->value = NULL;
  return TRUE;
}

void
gh_coap_message_remove (GhCoapMessage *message, guint16 number)
{
  guint kept = 0;

  for (guint i = 0; i < message->n_options; i++)
    if (message->options[i].number != number)
      message->options[kept++] = message->options[i];
  message->n_options = (guint16) kept;
}

const GhCoapOption *
gh_coap_message_find (const GhCoapMessage *message, guint16 number)
{
  for (guint i = 0; i < message->n_options && message->options[i].number <= number; i++)
    if (message->options[i].number == number)
      return &message->options[i];
  return NULL;
}

const guint8 *
gh_coap_option_value (const GhCoapOption *option)
{
  return option->value != NULL ? option->value : option->small;
}

guint32
gh_coap_option_uint (const GhCoapOption *option)
{
  const guint8 *value = gh_coap_option_value (option);
  guint32 number = 0;

  for (guint i = 0; i < MIN (option->length, 4); i++)
    number = number << 8 | value[i];
  return number;
}

gboolean
gh_coap_message_uint (const GhCoapMessage *message, guint16 number, guint32 *out)
{
  const GhCoapOption *option = gh_coap_message_find (message, number);

  if (option == NULL)
    return FALSE;
  *out = gh_coap_option_uint (option);
  return TRUE;
}

/* Options and payload. Returns FALSE when they do not fit. */
static gboolean
write_rest (const GhCoapMessage *message, guint8 *out, gsize size, gsize *out_length)
{
  gsize at = 0;
  guint16 before = 0;

  for (guint i = 0; i < message->n_options; i++)
    {
      const GhCoapOption *option = &message->options[i];
      guint16 delta = (guint16) (option->number - before);
      gsize written = 0;

      if (coap_opt_encode_size (delta, option->length) <= size - at)
        written = coap_opt_encode (out + at, size - at, delta, gh_coap_option_value (option),
                                   option->length);
      if (written == 0)
        return FALSE;
      at += written;
      before = option->number;
    }
  if (message->payload_length > 0)
    {
      if (size - at < 1 || size - at - 1 < message->payload_length)
        return FALSE;
      out[at++] = PAYLOAD_MARKER;
      memcpy (out + at, message->payload, message->payload_length);
      at += message->payload_length;
    }
  *out_length = at;
  return TRUE;
}

gsize
gh_coap_message_write (const GhCoapMessage *message, guint8 *out, gsize size)
{
  gsize head = HEADER + message->token_length, rest;

  if (size < head)
    return 0;
  out[0] = (guint8) (COAP_VERSION << 6 | message->type << 4 | message->token_length);
  out[1] = message->code;
  out[2] = (guint8) (message->message_id >> 8);
  out[3] = (guint8) message->message_id;
  memcpy (out + HEADER, message->token, message->token_length);
  return write_rest (message, out + head, size - head, &rest) ? head + rest : 0;
}

/* Returns the octets of the length field with the first octet. */
static gsize
write_frame_length (guint8 *out, guint8 token_length, gsize rest)
{
  if (rest < FRAME_BASE_8)
    {
      out[0] = (guint8) (rest << 4 | token_length);
      return 1;
    }
  if (rest < FRAME_BASE_16)
    {
      out[0] = (guint8) (FRAME_LENGTH_8 << 4 | token_length);
      out[1] = (guint8) (rest - FRAME_BASE_8);
      return 2;
    }
  if (rest < FRAME_BASE_32)
    {
      out[0] = (guint8) (FRAME_LENGTH_16 << 4 | token_length);
      out[1] = (guint8) ((rest - FRAME_BASE_16) >> 8);
      out[2] = (guint8) (rest - FRAME_BASE_16);
      return 3;
    }
  rest -= FRAME_BASE_32;
  out[0] = (guint8) (FRAME_LENGTH_32 << 4 | token_length);
  for (guint i = 0; i < 4; i++)
    out[1 + i] = (guint8) (rest >> (8 * (3 - i)));
  return 5;
}

gsize
gh_coap_frame_write (const GhCoapMessage *message, guint8 *out, gsize size)
{
  /* The longest head first: where the rest begins is known only when its length is. */
  const gsize room = 5 + 1 + message->token_length;
  guint8 head[5];
  gsize rest, length;

  if (size < room || !write_rest (message, out + room, size - room, &rest)
      || rest > G_MAXUINT32 - FRAME_BASE_32)
    return 0;
  length = write_frame_length (head, message->token_length, rest);
  memcpy (out, head, length);
  out[length++] = message->code;
  memcpy (out + length, message->token, message->token_length);
  length += message->token_length;
  memmove (out + length, out + room, rest);
  return length + rest;
}

gsize
gh_coap_message_bound (const GhCoapMessage *message)
{
  gsize bound = MESSAGE_OVERHEAD + message->payload_length;

  for (guint i = 0; i < message->n_options; i++)
    bound += OPTION_OVERHEAD + message->options[i].length;
  return bound;
}

gboolean
gh_coap_message_block (const GhCoapMessage *message, guint16 number, GhCoapBlock *out)
{
  guint32 value;

  if (!gh_coap_message_uint (message, number, &value))
    return FALSE;
  out->number = value >> 4;
  out->more = (value & 8) != 0;
  out->szx = value & 7;
  return TRUE;
}

gboolean
gh_coap_message_add_block (GhCoapMessage *message, guint16 number, const GhCoapBlock *block)
{
  return gh_coap_message_add_uint (
    message, number, block->number << 4 | (block->more ? 8u : 0u) | (guint32) block->szx);
}
