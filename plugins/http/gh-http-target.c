/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-http-map.h"

#include <string.h>

/* Decodes "%XX" in place, once. FALSE for a broken escape, a control character, and what is not
 * UTF-8. */
static gboolean
percent_decode (char *text)
{
  const char *in = text;
  char *out = text;

  if (strchr (text, '%') == NULL)
    return gh_http_text_is_clean (text, strlen (text));
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
      if (low < 0 || high * 16 + low == 0)
        return FALSE;
      *out++ = (char) (high * 16 + low);
      in += 3;
    }
  *out = '\0';
  return gh_http_text_is_clean (text, (gsize) (out - text));
}

static gboolean
has_encoded_separator (const char *path)
{
  for (const char *p = strchr (path, '%'); p != NULL; p = strchr (p + 1, '%'))
    if (p[1] == '2' && (p[2] == 'F' || p[2] == 'f' || p[2] == '3'))
      return TRUE;
  return FALSE;
}

/* origin-form of an absolute-form target (RFC 9112 3.2.2). */
static char *
origin_form (char *target)
{
  gsize scheme = g_ascii_strncasecmp (target, "http://", 7) == 0    ? 7
                 : g_ascii_strncasecmp (target, "https://", 8) == 0 ? 8
                                                                    : 0;

  return scheme > 0 ? strchr (target + scheme, '/') : target;
}

static gboolean
map_path (GhRequest *request, char *path, GhFault *fault)
{
  gsize length;

  if (path == NULL || path[0] != '/')
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "path: does not begin with /");
  if (has_encoded_separator (path))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "path: %%2F and %%23 have no place in a resource address");
  if (!percent_decode (path))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "path: a broken percent escape, a control character or no UTF-8");
  length = strlen (path);
  if (length > 1 && path[length - 1] == '/')
    path[--length] = '\0';
  if (length == 1)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "path: names no resource, expected /name, /~/csi/... or /_/sp/csi/...");
  if (strcmp (path, "/~") == 0 || strcmp (path, "/_") == 0)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "path: nothing follows %s", path);
  if (strncmp (path, "/~/", 3) == 0)
    request->to = path + 2;
  else if (strncmp (path, "/_/", 3) == 0)
    {
      path[1] = '/';
      memmove (path + 2, path + 3, length - 2);
      request->to = path;
    }
  else
    request->to = path + 1;
  return TRUE;
}

/* One "name=value"; what a name may hold and how often it may come is known to
 * gh_request_set_query(). */
static gboolean
map_parameter (GhRequest *request, char *pair, guint number, GhFault *fault)
{
  char *equals = strchr (pair, '=');

  if (number > GH_HTTP_MAX_PARAMETERS)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "query: more than %u parameters",
                         GH_HTTP_MAX_PARAMETERS);
  if (equals == NULL || equals == pair)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "query: parameter %u is not name=value",
                         number);
  *equals = '\0';
  if (!percent_decode (pair) || !percent_decode (equals + 1))
    return gh_fault_set (
      fault, GH_ERROR_BAD_REQUEST,
      "query: parameter %u has a broken percent escape, a control character or no UTF-8", number);
  return gh_request_set_query (request, pair, equals + 1, fault);
}

static gboolean
map_query (GhRequest *request, char *text, GhFault *fault)
{
  guint number = 0;

  while (text != NULL && *text != '\0')
    {
      char *next = strchr (text, '&');

      if (next != NULL)
        *next++ = '\0';
      if (*text != '\0' && !map_parameter (request, text, ++number, fault))
        return FALSE;
      text = next;
    }
  return TRUE;
}

gboolean
gh_http_map_target (GhRequest *request, char *target, GhFault *fault)
{
  char *fragment = strchr (target, '#');
  char *query;

  if (fragment != NULL)
    *fragment++ = '\0';
  query = strchr (target, '?');
  if (query != NULL)
    *query++ = '\0';
  if (!map_path (request, origin_form (target), fault))
    return FALSE;
  if (query != NULL && !map_query (request, query, fault))
    return FALSE;
  if (fragment == NULL)
    return TRUE;
  /* 6.2.2.2: attributes of a partial retrieve may stand in the fragment, joined by '+' like those
   * of atrl. */
  if (*fragment == '\0' || !percent_decode (fragment))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "fragment: empty or broken, expected attribute names");
  return gh_request_set_query (request, "atrl", fragment, fault);
}

static gboolean
is_unreserved (char c)
{
  return g_ascii_isalnum (c) || c == '-' || c == '.' || c == '_' || c == '~' || c == '/';
}

gsize
gh_http_path_from_address (const char *address, char *out, gsize size)
{
  static const char digits[] = "0123456789ABCDEF";
  const char *prefix = "/";
  gsize used;

  if (g_str_has_prefix (address, "//"))
    {
      prefix = "/_";
      address++;
    }
  else if (address[0] == '/')
    prefix = "/~";
  used = g_strlcpy (out, prefix, size);
  for (const char *p = address; *p != '\0'; p++)
    {
      if (used + 4 > size)
        return 0;
      if (is_unreserved (*p))
        out[used++] = *p;
      else
        {
          out[used++] = '%';
          out[used++] = digits[(guchar) *p >> 4];
          out[used++] = digits[(guchar) *p & 15];
        }
    }
  if (used >= size)
    return 0;
  out[used] = '\0';
  return used;
}
