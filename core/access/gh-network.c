/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "access/gh-network.h"

#include <arpa/inet.h>
#include <string.h>

static const guint8 mapped_prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

static gboolean
is_mapped (const guint8 *address)
{
  return memcmp (address, mapped_prefix, sizeof mapped_prefix) == 0;
}

/* A decimal number without sign or leading zero. */
static gboolean
parse_bits (const char *text, guint maximum, guint *out)
{
  gsize length = strspn (text, "0123456789");

  if (length == 0 || length > 3 || text[length] != '\0' || (text[0] == '0' && length > 1))
    return FALSE;
  *out = (guint) g_ascii_strtoull (text, NULL, 10);
  return *out <= maximum;
}

static gboolean
is_clear_below (const guint8 address[16], guint bits)
{
  for (guint i = bits; i < 128; i++)
    {
      if (address[i / 8] & (0x80 >> i % 8))
        return FALSE;
    }
  return TRUE;
}

gboolean
gh_network_parse (const char *text, gboolean ipv6, GhNetwork *out, GhFault *fault)
{
  const char *slash = strchr (text, '/');
  gsize length = slash != NULL ? (gsize) (slash - text) : strlen (text);
  guint maximum = ipv6 ? 128 : 32, bits = maximum;
  const char *name = ipv6 ? "ipv6" : "ipv4";
  char host[INET6_ADDRSTRLEN];

  memset (out, 0, sizeof *out);
  if (length >= sizeof host)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%s: an entry is too long", name);
  memcpy (host, text, length);
  host[length] = '\0';
  if (!ipv6)
    memcpy (out->address, mapped_prefix, sizeof mapped_prefix);
  if (inet_pton (ipv6 ? AF_INET6 : AF_INET, host, out->address + (ipv6 ? 0 : 12)) != 1)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%s: an entry is no address", name);
  if (slash != NULL && !parse_bits (slash + 1, maximum, &bits))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%s: the prefix length must be in 0..%u",
                         name, maximum);
  bits += ipv6 ? 0 : 96;
  if (!is_clear_below (out->address, bits))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "%s: an entry has bits set below its prefix length", name);
  out->bits = (guint8) bits;
  out->ipv4 = bits >= 96 && is_mapped (out->address);
  return TRUE;
}

gboolean
gh_network_contains (const GhNetwork *network, const guint8 *address)
{
  guint octets = network->bits / 8, rest = network->bits % 8;

  if (is_mapped (address) != network->ipv4 || memcmp (network->address, address, octets) != 0)
    return FALSE;
  return rest == 0 || ((network->address[octets] ^ address[octets]) >> (8 - rest)) == 0;
}
