/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "../../plugins/http/gh-http-map.h"

#include <stdint.h>
#include <string.h>

/* A request: "METHOD TARGET", header lines, an empty line, a body. */

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static char *
take_line (const char **at, gsize *left)
{
  const char *end = memchr (*at, '\n', *left);
  gsize length = end != NULL ? (gsize) (end - *at) : *left;
  char *line = g_strndup (*at, length);

  *at += length + (end != NULL);
  *left -= length + (end != NULL);
  return line;
}

static void
take_headers (GhHttpMapping *mapping, const char **at, gsize *left)
{
  while (*left > 0)
    {
      g_autofree char *line = take_line (at, left);
      /* A copy without a NUL, for the sanitizer. */
      gsize length = strlen (line);
      const char *colon = strchr (line, ':');
      gsize name_length = colon != NULL ? (gsize) (colon - line) : length;
      g_autofree char *exact = length > 0 ? g_memdup2 (line, length) : NULL;

      if (length == 0)
        return;
      gh_http_mapping_header (mapping, exact, name_length,
                              colon != NULL ? exact + name_length + 1 : exact + length,
                              colon != NULL ? length - name_length - 1 : 0);
    }
}

/* What the core is promised. */
static void
check (const GhHttpMapping *mapping, gboolean ok)
{
  const GhRequest *request = mapping->request;
  GhHttpHead head;
  GhResponse response = { .status = 2001,
                          .request_identifier = request->request_identifier,
                          .content_location = request->to };

  g_assert_true (ok == !mapping->fault.set);
  if (request->request_identifier != NULL)
    g_assert_true (
      gh_http_text_is_clean (request->request_identifier, strlen (request->request_identifier)));
  if (!ok)
    return;
  g_assert_nonnull (request->to);
  g_assert_cmpint (request->operation, !=, GH_OPERATION_NONE);
  g_assert_cmpint (request->operation == GH_OPERATION_CREATE, ==, request->resource_type > 0);
  g_assert_true (gh_http_text_is_clean (request->to, strlen (request->to)));
  gh_http_map_response (&response, gh_http_mapping_media (mapping), &head);
  g_assert_cmpuint (head.status, ==, 201);
  for (guint i = 0; i < head.n_fields; i++)
    g_assert_true (gh_http_text_is_clean (head.fields[i].value, strlen (head.fields[i].value)));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const char *at = (const char *) data;
  gsize left = size;
  g_autofree char *method = size > 0 ? take_line (&at, &left) : g_strdup ("");
  char *target = strchr (method, ' ');
  g_autoptr (GhRequest) request = gh_request_new (65536);
  GhHttpMapping mapping;

  if (target != NULL)
    *target++ = '\0';
  gh_http_mapping_begin (&mapping, request, target);
  take_headers (&mapping, &at, &left);
  request->body = left > 0 ? at : NULL;
  request->body_length = left;
  check (&mapping, gh_http_mapping_end (&mapping, method, size % 2 == 0, left > 0));
  return 0;
}
