/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "../../plugins/coap/gh-coap-message.h"
#include "../../plugins/coap/gh-coap-option.h"

#include <stdint.h>
#include <string.h>

/* A datagram and a frame; what was parsed and written again is the same message. */

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
assert_same (const GhCoapMessage *a, const GhCoapMessage *b)
{
  g_assert_cmpuint (a->code, ==, b->code);
  g_assert_cmpuint (a->token_length, ==, b->token_length);
  g_assert_true (memcmp (a->token, b->token, a->token_length) == 0);
  g_assert_cmpuint (a->n_options, ==, b->n_options);
  for (guint i = 0; i < a->n_options; i++)
    {
      g_assert_cmpuint (a->options[i].number, ==, b->options[i].number);
      g_assert_cmpmem (gh_coap_option_value (&a->options[i]), a->options[i].length,
                       gh_coap_option_value (&b->options[i]), b->options[i].length);
    }
  g_assert_cmpmem (a->payload, a->payload_length, b->payload, b->payload_length);
}

static void
check (const GhCoapMessage *message)
{
  for (guint i = 0; i < message->n_options; i++)
    {
      g_assert_true (i == 0 || message->options[i].number >= message->options[i - 1].number);
      g_assert_true (GH_COAP_IS_SIGNAL (message->code)
                     || gh_coap_option_find (message->options[i].number) != NULL);
    }
  g_assert_true (message->refused_option == 0
                 || gh_coap_option_is_critical (message->refused_option));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static GhCoapMessage message, again;
  /* A copy of this length, for the sanitizer. */
  g_autofree guint8 *octets = g_memdup2 (data, size);
  g_autofree guint8 *out = NULL;
  gsize bound, length;

  if (size > 0 && gh_coap_message_parse (&message, octets, size) == GH_COAP_PARSED)
    {
      check (&message);
      bound = gh_coap_message_bound (&message);
      out = g_malloc (bound);
      length = gh_coap_message_write (&message, out, bound);
      g_assert_cmpuint (length, >, 0);
      g_assert_true (gh_coap_message_parse (&again, out, length) == GH_COAP_PARSED);
      assert_same (&message, &again);
      g_assert_cmpuint (message.message_id, ==, again.message_id);
    }
  if (size > 0 && gh_coap_frame_parse (&message, octets, size) == GH_COAP_PARSED)
    {
      check (&message);
      bound = gh_coap_message_bound (&message);
      out = g_realloc (out, bound);
      length = gh_coap_frame_write (&message, out, bound);
      g_assert_cmpuint (length, >, 0);
      g_assert_cmpuint (gh_coap_frame_size (out, length), ==, length);
      g_assert_true (gh_coap_frame_parse (&again, out, length) == GH_COAP_PARSED);
      assert_same (&message, &again);
    }
  return 0;
}
