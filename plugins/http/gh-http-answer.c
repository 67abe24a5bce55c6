/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-http-answer.h"

#include "gh-http-map.h"
#include "gh-http-status.h"

#include <string.h>

#define RSC_FIELD "x-m2m-rsc:"

/* Exactly @digits digits, and then nothing or a blank. */
static gboolean
read_number (const char *text, gsize length, gsize digits, guint *out)
{
  guint value = 0;

  if (length < digits || (length > digits && text[digits] != ' '))
    return FALSE;
  for (gsize i = 0; i < digits; i++)
    {
      if (!g_ascii_isdigit (text[i]))
        return FALSE;
      value = value * 10 + (guint) (text[i] - '0');
    }
  *out = value;
  return TRUE;
}

static void
take_status_line (GhHttpAnswer *answer, const char *line, gsize length)
{
  static const char version[] = "HTTP/1.";
  const gsize at = sizeof version - 1;

  answer->rsc = 0;
  answer->status = 0;
  answer->broken = length < at + 2 || memcmp (line, version, at) != 0 || line[at + 1] != ' '
                   || !read_number (line + at + 2, length - at - 2, 3, &answer->status)
                   || answer->status < 100 || answer->status > 599;
}

static void
take_rsc (GhHttpAnswer *answer, const char *text, gsize length)
{
  guint rsc = 0;

  while (length > 0 && (*text == ' ' || *text == '\t'))
    {
      text++;
      length--;
    }
  if (!read_number (text, length, 4, &rsc) || rsc < 1000 || rsc > 6999
      || (answer->rsc != 0 && answer->rsc != rsc))
    answer->broken = TRUE;
  else
    answer->rsc = rsc;
}

static const char *const field_names[] = {
  [GH_HTTP_ANSWER_ORIGIN] = "x-m2m-origin:", [GH_HTTP_ANSWER_RI] = "x-m2m-ri:",
  [GH_HTTP_ANSWER_RVI] = "x-m2m-rvi:",       [GH_HTTP_ANSWER_OT] = "x-m2m-ot:",
  [GH_HTTP_ANSWER_VSI] = "x-m2m-vsi:",       [GH_HTTP_ANSWER_ATI] = "x-m2m-ati:",
  [GH_HTTP_ANSWER_ASRI] = "x-m2m-asri:",     [GH_HTTP_ANSWER_CTS] = "x-m2m-cts:",
  [GH_HTTP_ANSWER_CTO] = "x-m2m-cto:",       [GH_HTTP_ANSWER_LOCATION] = "content-location:",
};

G_STATIC_ASSERT (G_N_ELEMENTS (field_names) == GH_HTTP_N_ANSWER_FIELDS);

/* What is too long or no text is left out: it is not needed to understand the answer. */
static void
take_field (GhHttpAnswer *answer, const char *line, gsize length)
{
  for (guint i = 0; i < GH_HTTP_N_ANSWER_FIELDS; i++)
    {
      const gsize name = strlen (field_names[i]);

      if (length <= name || g_ascii_strncasecmp (line, field_names[i], name) != 0)
        continue;
      line += name;
      length -= name;
      while (length > 0 && (*line == ' ' || *line == '\t'))
        {
          line++;
          length--;
        }
      if (length == 0 || length > GH_HTTP_ANSWER_MAX_VALUE || answer->fields[i] != NULL
          || !gh_http_text_is_clean (line, length))
        return;
      answer->fields[i] = g_strndup (line, length);
      return;
    }
}

void
gh_http_answer_clear (GhHttpAnswer *answer)
{
  for (guint i = 0; i < GH_HTTP_N_ANSWER_FIELDS; i++)
    g_clear_pointer (&answer->fields[i], g_free);
}

void
gh_http_answer_line (GhHttpAnswer *answer, const char *line, gsize length)
{
  const gsize name = sizeof RSC_FIELD - 1;

  while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r'))
    length--;
  if (length >= 5 && memcmp (line, "HTTP/", 5) == 0)
    {
      gh_http_answer_clear (answer);
      take_status_line (answer, line, length);
      return;
    }
  if (answer->status == 0 || ++answer->lines > GH_HTTP_ANSWER_MAX_LINES)
    answer->broken = TRUE;
  else if (length > name && g_ascii_strncasecmp (line, RSC_FIELD, name) == 0)
    take_rsc (answer, line + name, length - name);
  else if (answer->all)
    take_field (answer, line, length);
}

void
gh_http_answer_result (const GhHttpAnswer *answer, const char *body, gsize length,
                       GhDeliveryResult *out)
{
  *out = (GhDeliveryResult){ .status = GH_DELIVERY_UNREACHABLE };
  if (answer->broken || answer->status < 200)
    out->reason = "the target's answer is not one of HTTP, or contradicts itself";
  else if (answer->status >= 300 && answer->status < 400)
    {
      out->status = GH_DELIVERY_REFUSED;
      out->reason = "the target redirects, which is not followed";
    }
  else if (answer->rsc == 0 && answer->status >= 502 && answer->status <= 504)
    out->reason = "the target is not available (502, 503 or 504)";
  else
    {
      out->status = GH_DELIVERY_DONE;
      out->rsc = answer->rsc != 0 ? answer->rsc : gh_http_status_to_rsc (answer->status);
      out->body = length > 0 ? body : NULL;
      out->body_length = length;
    }
}

/* "/~/csi/a" of TS-0009 6.2.2.1 as oneM2M writes it, in place. */
static const char *
address_of_path (char *path)
{
  if (strncmp (path, "/~/", 3) == 0)
    return path + 2;
  if (strncmp (path, "/_/", 3) == 0)
    {
      path[1] = '/';
      memmove (path + 2, path + 3, strlen (path + 3) + 1);
      return path;
    }
  return path[0] == '/' ? path + 1 : path;
}

void
gh_http_answer_response (const GhHttpAnswer *answer, const GhDeliveryResult *result,
                         GhResponse *out)
{
  char *const *fields = answer->fields;

  *out = (GhResponse){
    .status = result->rsc,
    .request_identifier = fields[GH_HTTP_ANSWER_RI],
    .release_version = fields[GH_HTTP_ANSWER_RVI],
    .from = fields[GH_HTTP_ANSWER_ORIGIN],
    .originating_timestamp = fields[GH_HTTP_ANSWER_OT],
    .vendor_information = fields[GH_HTTP_ANSWER_VSI],
    .assigned_token_ids = fields[GH_HTTP_ANSWER_ATI],
    .signature_requested = g_strcmp0 (fields[GH_HTTP_ANSWER_ASRI], "true") == 0,
    .body = result->body,
    .body_length = result->body_length,
  };
  if (fields[GH_HTTP_ANSWER_LOCATION] != NULL)
    out->content_location = address_of_path (fields[GH_HTTP_ANSWER_LOCATION]);
  if (g_strcmp0 (fields[GH_HTTP_ANSWER_CTS], "1") == 0)
    out->content_status = 1;
  else if (g_strcmp0 (fields[GH_HTTP_ANSWER_CTS], "2") == 0)
    out->content_status = 2;
  if (out->content_status == 1 && fields[GH_HTTP_ANSWER_CTO] != NULL)
    out->content_offset = g_ascii_strtoll (fields[GH_HTTP_ANSWER_CTO], NULL, 10);
}
