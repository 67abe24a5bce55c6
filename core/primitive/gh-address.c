/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "primitive/gh-address.h"

#include <string.h>

#define MAX_NAME     128
#define MAX_FRAGMENT 64

/* "unreserved" of RFC 3986 2.3 */
static inline gboolean
is_unreserved (char c)
{
  return g_ascii_isalnum (c) || c == '-' || c == '.' || c == '_' || c == '~';
}

gboolean
gh_name_is_valid (const char *name)
{
  static const char *const virtual[] = { "la", "ol", "fopt", "pcu" };
  const char *p;

  g_return_val_if_fail (name != NULL, FALSE);

  /* TS-0004 6.3.3: m2m:resourceName begins with a letter or digit */
  if (!g_ascii_isalnum (*name))
    return FALSE;
  for (p = name; g_ascii_isalnum (*p) || *p == '-' || *p == '.' || *p == '_'; p++)
    ;
  if (*p != '\0' || p - name > MAX_NAME)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (virtual); i++)
    {
      if (strcmp (name, virtual[i]) == 0)
        return FALSE;
    }
  return TRUE;
}

/* Checks the segment that begins at @segment and ends it with a NUL in place; returns what follows
 * it. */
static char *
take_segment (char *segment, guint number, char *out_end, GhFault *fault)
{
  char *p = segment;

  while (is_unreserved (*p))
    p++;
  if (*p != '\0' && *p != '/')
    {
      gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                    "To: segment %u holds a character (0x%02x) that an address may not have",
                    number, (guint) (guchar) *p);
      return NULL;
    }
  if (p == segment)
    {
      gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "To: segment %u is empty", number);
      return NULL;
    }
  if (segment[0] == '.' && (p == segment + 1 || (p == segment + 2 && segment[1] == '.')))
    {
      gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "To: segment %u is a dot segment", number);
      return NULL;
    }
  *out_end = *p;
  *p = '\0';
  return p;
}

/* Splits @path into at most @max segments; returns their number, 0 with @fault set. */
static guint
split (char *path, const char **segments, guint max, GhFault *fault)
{
  char last = '/';
  guint n = 0;

  while (last == '/')
    {
      char *end;

      if (n == max)
        return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "To: more than %d segments",
                             GH_ADDRESS_MAX_SEGMENTS),
               0;
      end = take_segment (path, n + 1, &last, fault);
      if (end == NULL)
        return 0;
      segments[n++] = path;
      path = end + 1;
    }
  return n;
}

/* The attribute behind '#', which is cut off. */
static gboolean
take_fragment (char *text, const char **out, GhFault *fault)
{
  char *hash = strchr (text, '#');
  const char *p;

  *out = NULL;
  if (hash == NULL)
    return TRUE;
  for (p = hash + 1; g_ascii_isalnum (*p); p++)
    ;
  if (*p != '\0' || p == hash + 1 || p - hash > MAX_FRAGMENT)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "To: what follows '#' is no attribute name");
  *hash = '\0';
  *out = hash + 1;
  return TRUE;
}

gboolean
gh_address_parse (const char *to, GhArena *arena, GhAddress *out, GhFault *fault)
{
  const char *segments[GH_ADDRESS_MAX_SEGMENTS + 2];
  const char **copy;
  gsize length;
  guint n, prefix;
  char *text;

  g_return_val_if_fail (to != NULL && arena != NULL && out != NULL, FALSE);

  memset (out, 0, sizeof *out);
  length = strnlen (to, GH_ADDRESS_MAX_LENGTH + 1);
  if (length == 0)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "To: empty");
  if (length > GH_ADDRESS_MAX_LENGTH)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "To: longer than %d octets",
                         GH_ADDRESS_MAX_LENGTH);
  text = gh_arena_strndup (arena, to, length);
  if (text == NULL)
    return gh_fault_set (fault, GH_ERROR_TOO_LARGE,
                         "To: the request needs more memory than a message may have");
  if (!take_fragment (text, &out->fragment, fault))
    return FALSE;

  /* How many segments stand before those of the resource: none, the CSE's, or the domain's and the
   * CSE's. */
  prefix = text[0] != '/' ? 0 : text[1] != '/' ? 1 : 2;
  n = split (text + prefix, segments, GH_ADDRESS_MAX_SEGMENTS + prefix, fault);
  if (n == 0)
    return FALSE;
  if (n < prefix)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "To: the CSE-ID is missing behind the M2M-SP-ID");
  out->sp_domain = prefix == 2 ? segments[0] : NULL;
  out->cse_id = prefix > 0 ? segments[prefix - 1] : NULL;
  out->n_segments = n - prefix;
  copy = gh_arena_new_array (arena, const char *, out->n_segments + 1);
  if (copy == NULL)
    return gh_fault_set (fault, GH_ERROR_TOO_LARGE,
                         "To: the request needs more memory than a message may have");
  memcpy (copy, segments + prefix, out->n_segments * sizeof *copy);
  out->segments = copy;
  return TRUE;
}
