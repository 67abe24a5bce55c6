/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-coap-target.h"

#include "gh-coap-map.h"

#include <netdb.h>
#include <string.h>

/* Decodes "%XX" in place. FALSE for a broken escape, a control character, and what is not UTF-8. */
static gboolean
percent_decode (char *text)
{
  const char *in = text;
  char *out = text;

  while (*in != '\0')
    {
      int high, low;

      if (*in != '%')
        {
          *out++ = *in++;
          continue;
        }
      high = g_ascii_xdigit_value (in[1]);
      low = high >= 0 ? g_ascii_xdigit_value (in[2]) : -1;
      if (low < 0)
        return FALSE;
      *out++ = (char) (high * 16 + low);
      in += 3;
    }
  *out = '\0';
  return gh_coap_text_is_clean ((const guint8 *) text, (gsize) (out - text));
}

static gboolean
split (const char *text, const char *separator, char ***out)
{
  *out = g_strsplit (text, separator, -1);
  for (char **part = *out; *part != NULL; part++)
    if (!percent_decode (*part) || strlen (*part) > 255)
      return FALSE;
  return TRUE;
}

static char *
dup_part (const coap_str_const_t *part)
{
  return g_strndup ((const char *) part->s, part->length);
}

gboolean
gh_coap_target_parse (GhCoapTarget *target, const char *url, const char *to, const char **reason)
{
  coap_uri_t uri;
  gsize length = strnlen (url, GH_COAP_MAX_URL + 1);

  memset (target, 0, sizeof *target);
  *reason = "not a URL that can be used";
  if (length > GH_COAP_MAX_URL || !gh_coap_text_is_clean ((const guint8 *) url, length)
      || memchr (url, '#', length) != NULL
      || coap_split_uri ((const guint8 *) url, length, &uri) != 0 || uri.host.length == 0
      || memchr (uri.host.s, '@', uri.host.length) != NULL || uri.port == 0)
    return FALSE;
  target->stream = uri.scheme == COAP_URI_SCHEME_COAP_TCP
                   || uri.scheme == COAP_URI_SCHEME_COAPS_TCP;
  target->secure = uri.scheme == COAP_URI_SCHEME_COAPS || uri.scheme == COAP_URI_SCHEME_COAPS_TCP;
  if (!target->stream && !target->secure && uri.scheme != COAP_URI_SCHEME_COAP)
    {
      *reason = "not a URL of CoAP";
      return FALSE;
    }
  target->host = dup_part (&uri.host);
  target->port = uri.port;
  target->authority = g_strdup_printf (strchr (target->host, ':') != NULL ? "[%s]:%u" : "%s:%u",
                                       target->host, target->port);
  if (uri.path.length > 0)
    {
      g_autofree char *path = dup_part (&uri.path);

      if (!split (path, "/", &target->segments))
        return FALSE;
    }
  if (to != NULL && *to != '\0' && strstr (to, "://") == NULL
      && (uri.path.length == 0 || to[0] == '/'))
    target->to = g_strdup (to);
  if (uri.query.length > 0)
    {
      g_autofree char *query = dup_part (&uri.query);

      if (!split (query, "&", &target->parameters))
        return FALSE;
    }
  return TRUE;
}

void
gh_coap_target_clear (GhCoapTarget *target)
{
  g_clear_pointer (&target->host, g_free);
  g_clear_pointer (&target->authority, g_free);
  g_clear_pointer (&target->to, g_free);
  g_clear_pointer (&target->segments, g_strfreev);
  g_clear_pointer (&target->parameters, g_strfreev);
}

static gboolean
add_all (GhCoapMessage *message, guint16 number, char *const *values)
{
  for (; values != NULL && *values != NULL; values++)
    if (!gh_coap_message_add (message, number, *values, strlen (*values)))
      return FALSE;
  return TRUE;
}

gboolean
gh_coap_target_add (const GhCoapTarget *target, GhCoapMessage *message)
{
  GhPeer ignored;

  /* A literal address is what the option is by default (RFC 7252 5.10.1). */
  if (!gh_coap_target_is_literal (target, &ignored)
      && !gh_coap_message_add (message, COAP_OPTION_URI_HOST, target->host,
                               MIN (strlen (target->host), 255)))
    return FALSE;
  return add_all (message, COAP_OPTION_URI_PATH, target->segments)
         && (target->to == NULL || gh_coap_map_address (target->to, COAP_OPTION_URI_PATH, message))
         && add_all (message, COAP_OPTION_URI_QUERY, target->parameters);
}

static gboolean
look_up (const GhCoapTarget *target, int flags, GhPeer *out)
{
  const struct addrinfo hints = { .ai_flags = flags | AI_NUMERICSERV, .ai_socktype = SOCK_DGRAM };
  struct addrinfo *list = NULL;
  char port[8];
  gboolean ok;

  g_snprintf (port, sizeof port, "%u", target->port);
  if (getaddrinfo (target->host, port, &hints, &list) != 0)
    return FALSE;
  memset (out, 0, sizeof *out);
  ok = list != NULL && list->ai_addrlen <= sizeof out->address;
  if (ok)
    {
      out->length = list->ai_addrlen;
      memcpy (&out->address, list->ai_addr, list->ai_addrlen);
    }
  freeaddrinfo (list);
  return ok;
}

gboolean
gh_coap_target_is_literal (const GhCoapTarget *target, GhPeer *out)
{
  return look_up (target, AI_NUMERICHOST, out);
}

gboolean
gh_coap_target_resolve (const GhCoapTarget *target, GhPeer *out)
{
  return look_up (target, 0, out);
}
