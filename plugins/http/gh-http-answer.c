/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-http-answer.h"

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

void
gh_http_answer_line (GhHttpAnswer *answer, const char *line, gsize length)
{
  const gsize name = sizeof RSC_FIELD - 1;

  while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r'))
    length--;
  if (length >= 5 && memcmp (line, "HTTP/", 5) == 0)
    {
      take_status_line (answer, line, length);
      return;
    }
  if (answer->status == 0 || ++answer->lines > GH_HTTP_ANSWER_MAX_LINES)
    answer->broken = TRUE;
  else if (length > name && g_ascii_strncasecmp (line, RSC_FIELD, name) == 0)
    take_rsc (answer, line + name, length - name);
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
