/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "../../plugins/coap/gh-coap-map.h"

#include <stdint.h>
#include <string.h>

/* A datagram that holds a request or an answer. */

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static gboolean
is_clean (const char *text)
{
  return gh_coap_text_is_clean ((const guint8 *) text, strlen (text));
}

/* What the core is promised, and that what it answers can be sent. */
static void
check (const GhRequest *request, const GhCoapStyle *style, gboolean ok, const GhFault *fault)
{
  GhResponse response = { .status = 2001,
                          .request_identifier = request->request_identifier,
                          .content_location = request->to };
  GhCoapMessage answer;
  guint8 out[16384];

  g_assert_true (ok == !fault->set);
  g_assert_true (request->request_identifier == NULL || is_clean (request->request_identifier));
  if (ok)
    {
      g_assert_nonnull (request->to);
      g_assert_true (is_clean (request->to));
      g_assert_cmpint (request->operation, !=, GH_OPERATION_NONE);
      g_assert_cmpint (request->operation == GH_OPERATION_CREATE, ==, request->resource_type > 0);
      g_assert_true (request->request_identifier[0] != '\0');
    }
  gh_coap_message_init (&answer, COAP_MESSAGE_ACK, 0);
  gh_coap_map_response (&response, style, &answer);
  g_assert_cmpuint (answer.code, ==, COAP_RESPONSE_CODE_CREATED);
  g_assert_cmpuint (gh_coap_message_write (&answer, out, sizeof out), >, 0);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static GhCoapMessage message;
  g_autoptr (GhRequest) request = gh_request_new (65536);
  g_autofree guint8 *octets = g_memdup2 (data, size);
  GhCoapStyle style;
  GhFault fault = { 0 };
  guint rsc;

  if (size == 0 || gh_coap_message_parse (&message, octets, size) != GH_COAP_PARSED)
    return 0;
  rsc = gh_coap_map_answer (&message);
  g_assert_true (rsc == 0 || (rsc >= 1000 && rsc <= 6999));
  if (GH_COAP_IS_REQUEST (message.code))
    check (request, &style, gh_coap_map_request (&message, request, &style, &fault), &fault);
  return 0;
}
