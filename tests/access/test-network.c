/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "access/gh-network.h"
#include "policy-fixture.h"

#include <string.h>

typedef struct {
  const char *block, *inside, *outside;
} Block;

static const Block blocks[] = {
  { "0.0.0.0/0", "0.0.0.0", "::1" },
  { "0.0.0.0/0", "255.255.255.255", "2001:db8::1" },
  { "0.0.0.0/0", "::ffff:10.1.2.3", "::" },
  { "10.0.0.0/8", "10.255.255.255", "11.0.0.0" },
  { "172.16.16.0/20", "172.16.31.255", "172.16.32.0" },
  { "172.16.16.0/20", "172.16.16.0", "172.16.15.255" },
  { "192.0.2.2/31", "192.0.2.3", "192.0.2.4" },
  { "192.0.2.2/31", "192.0.2.2", "192.0.2.1" },
  { "192.0.2.7/32", "192.0.2.7", "192.0.2.6" },
  { "192.0.2.7", "192.0.2.7", "192.0.2.8" },
  { "192.0.2.7", "::ffff:192.0.2.7", "::192.0.2.7" },
  { "128.0.0.0/1", "128.0.0.1", "127.255.255.255" },
  { "::/0", "2001:db8::1", "10.1.2.3" },
  { "::/0", "::1", "::ffff:10.1.2.3" },
  { "::/64", "::1", "10.1.2.3" },
  { "Fadf:ddd0::/32", "fadf:ddd0:1::1", "fadf:ddd1::1" },
  { "abcd:ffff:abb0:aaaa::/64", "abcd:ffff:abb0:aaaa:ffff::", "abcd:ffff:abb0:aaab::" },
  { "2001:db8::1", "2001:db8::1", "2001:db8::2" },
  { "2001:db8::/127", "2001:db8::1", "2001:db8::2" },
  { "2001:db8::1/128", "2001:db8::1", "2001:db8::" },
  { "::ffff:192.0.2.7", "192.0.2.7", "192.0.2.8" },
  { "::ffff:192.0.2.0/120", "192.0.2.255", "192.0.3.0" },
  { "::ffff:0:0/96", "203.0.113.9", "2001:db8::1" },
  { "::fffe:0:0/95", "::fffe:1:2", "203.0.113.9" }, /* a block of IPv6 around all of IPv4 */
};

static void
test_blocks_have_exact_edges (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (blocks); i++)
    {
      gboolean ipv6 = strchr (blocks[i].block, ':') != NULL;
      GhFault fault = { 0 };
      GhNetwork network;
      guint8 address[16];

      if (!gh_network_parse (blocks[i].block, ipv6, &network, &fault))
        g_error ("%s: %s", blocks[i].block, fault.text);
      fixture_address (blocks[i].inside, address);
      if (!gh_network_contains (&network, address))
        g_error ("%s is not in %s", blocks[i].inside, blocks[i].block);
      fixture_address (blocks[i].outside, address);
      if (gh_network_contains (&network, address))
        g_error ("%s is in %s", blocks[i].outside, blocks[i].block);
    }
}

static const char *const refused_v4[] = {
  "",
  "/",
  "/8",
  "10",
  "10.0",
  "10.0.0",
  "10.0.0.0.0",
  "10.0.0.256",
  "010.0.0.1",
  "0x0a.0.0.1",
  "10.0.0.0/",
  "10.0.0.0/33",
  "10.0.0.0/-1",
  "10.0.0.0/+8",
  "10.0.0.0/08",
  "10.0.0.0/8 ",
  " 10.0.0.0/8",
  "10.0.0.0/8/8",
  "10.0.0.0/255.0.0.0",
  "10.0.0.1/8",
  "10.0.0.1/31",
  "0.0.0.1/0",
  "10.0.0.0/4294967304",
  "*",
  "10.*",
  "all",
  "::1",
  "::ffff:10.0.0.1",
  "10.0.0.1\n",
  "10.0.0.1111111111111111111111111111111111111111111111111111111111111111111",
};
static const char *const refused_v6[] = {
  "",
  "10.0.0.0",
  "10.0.0.0/8",
  ":",
  ":::",
  "1::2::3",
  "12345::",
  "::1%lo",
  "fe80::1%eth0",
  "[::1]",
  "::/129",
  "::/-0",
  "::/00",
  "::/ 0",
  "::1/0",
  "2001:db8::1/32",
  "::ffff:10.0.0.1/104",
  "::ffff:0:0/95",
  "g::",
};

static void
test_what_is_no_block_is_refused (void)
{
  GhNetwork network;

  for (gsize i = 0; i < G_N_ELEMENTS (refused_v4); i++)
    {
      if (gh_network_parse (refused_v4[i], FALSE, &network, NULL))
        g_error ("IPv4 '%s' was accepted", refused_v4[i]);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (refused_v6); i++)
    {
      if (gh_network_parse (refused_v6[i], TRUE, &network, NULL))
        g_error ("IPv6 '%s' was accepted", refused_v6[i]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/network/blocks-have-exact-edges", test_blocks_have_exact_edges);
  g_test_add_func ("/network/what-is-no-block-is-refused", test_what_is_no_block_is_refused);
  return g_test_run ();
}
