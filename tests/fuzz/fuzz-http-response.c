/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "../../plugins/http/gh-http-answer.h"

#include <stdint.h>
#include <string.h>

/* An answer of a target: status line, header lines, an empty line, a body. */

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const char *at = (const char *) data;
  gsize left = size;
  GhHttpAnswer answer = { 0 };
  GhDeliveryResult result;

  while (left > 0 && *at != '\r' && *at != '\n')
    {
      const char *end = memchr (at, '\n', left);
      const gsize length = end != NULL ? (gsize) (end - at) + 1 : left;
      g_autofree char *line = g_memdup2 (at, length);

      gh_http_answer_line (&answer, line, length);
      at += length;
      left -= length;
    }
  gh_http_answer_result (&answer, at, left, &result);
  if (result.status == GH_DELIVERY_DONE)
    g_assert_true (result.rsc >= 1000 && result.rsc <= 6999);
  else
    g_assert_nonnull (result.reason);
  g_assert_true (result.body_length <= left);
  return 0;
}
