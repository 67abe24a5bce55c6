/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "security/gh-principal.h"

static const GhHome home = { "m2msp.org", "gatehouse" };

static void
test_claimed_principal_may_use_what_is_well_formed (void)
{
  g_autoptr (GhPrincipal) principal = gh_principal_new_claimed (NULL);

  g_assert_cmpint (gh_principal_get_proof (principal), ==, GH_PROOF_NONE);
  g_assert_false (gh_principal_is_authenticated (principal));
  g_assert_null (gh_principal_get_peer_address (principal));
  g_assert_true (gh_principal_may_use (principal, "CAdmin"));
  g_assert_true (gh_principal_may_use_at (principal, "/other/C1", &home));
  g_assert_true (gh_principal_may_use (principal, "C"));
  g_assert_true (gh_principal_may_use (principal, "S"));
  g_assert_false (gh_principal_may_use (principal, ""));
  g_assert_false (gh_principal_may_use (principal, "*"));
  g_assert_false (gh_principal_may_use (principal, ".*"));
  g_assert_false (gh_principal_may_use (principal, "CAdmin\r\n"));
  g_assert_false (gh_principal_may_use (principal, "all"));
}

static void
test_peer_address_is_mapped (void)
{
  g_autoptr (GInetAddress) v4 = g_inet_address_new_from_string ("192.0.2.7");
  g_autoptr (GInetAddress) v6 = g_inet_address_new_from_string ("2001:db8::1");
  g_autoptr (GInetAddress) mapped = g_inet_address_new_from_string ("::ffff:192.0.2.7");
  g_autoptr (GhPrincipal) from_v4 = gh_principal_new_claimed (v4);
  g_autoptr (GhPrincipal) from_v6 = gh_principal_new_claimed (v6);
  g_autoptr (GhPrincipal) from_mapped = gh_principal_new_claimed (mapped);

  g_assert_cmpmem (gh_principal_get_peer_address (from_v4), 16,
                   "\0\0\0\0\0\0\0\0\0\0\377\377\300\0\2\7", 16);
  g_assert_cmpmem (gh_principal_get_peer_address (from_mapped), 16,
                   gh_principal_get_peer_address (from_v4), 16);
  g_assert_cmpmem (gh_principal_get_peer_address (from_v6), 16, g_inet_address_to_bytes (v6), 16);
}

static void
test_proven_principal_may_use_its_identities_only (void)
{
  const char *identities[] = { "CAdmin", "/Sabc", NULL };
  g_autoptr (GhPrincipal) principal = gh_principal_new_local (GH_PROOF_LOCAL, identities);
  static const char *const others[] = { "",
                                        "C",
                                        "S",
                                        "CAdmi",
                                        "CAdmin2",
                                        "cAdmin",
                                        "CADMIN",
                                        "*",
                                        "CAdmin ",
                                        "/other/CAdmin",
                                        "//else.org/gatehouse/CAdmin",
                                        "/gatehouse",
                                        "Sab",
                                        "//else.org/Sabc",
                                        "all" };

  g_assert_true (gh_principal_is_authenticated (principal));
  g_assert_true (gh_principal_may_use_at (principal, "CAdmin", &home));
  g_assert_true (gh_principal_may_use_at (principal, "/gatehouse/CAdmin", &home));
  g_assert_true (gh_principal_may_use_at (principal, "//m2msp.org/gatehouse/CAdmin", &home));
  g_assert_true (gh_principal_may_use_at (principal, "Sabc", &home));
  g_assert_true (gh_principal_may_use_at (principal, "//m2msp.org/other/Sabc", &home));
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    {
      if (gh_principal_may_use_at (principal, others[i], &home)
          || gh_principal_may_use (principal, others[i]))
        g_error ("may use '%s'", others[i]);
    }
  g_assert_true (gh_principal_may_use (principal, "CAdmin"));
  g_assert_false (gh_principal_may_use (principal, "/gatehouse/CAdmin"));
}

static void
test_identities_are_copied (void)
{
  char name[] = "CAdmin";
  const char *identities[] = { name, NULL };
  g_autoptr (GhPrincipal) principal = gh_principal_new_local (GH_PROOF_BUS_UID, identities);

  name[1] = 'B';
  g_assert_true (gh_principal_may_use (principal, "CAdmin"));
  g_assert_false (gh_principal_may_use (principal, "CBdmin"));
}

static void
test_more_identities_make_another_principal (void)
{
  g_autoptr (GInetAddress) peer = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GhPrincipal) first = gh_principal_new_local (GH_PROOF_BUS_UID, NULL);
  g_autoptr (GhPrincipal) second = gh_principal_with_identity (first, "C1");
  g_autoptr (GhPrincipal) claimed = gh_principal_new_claimed (peer);
  g_autoptr (GhPrincipal) claimed_more = gh_principal_with_identity (claimed, "C1");

  g_assert_false (gh_principal_may_use (first, "C1"));
  g_assert_true (gh_principal_may_use (second, "C1"));
  g_assert_cmpint (gh_principal_get_proof (second), ==, GH_PROOF_BUS_UID);
  g_assert_false (gh_principal_is_authenticated (claimed_more));
  g_assert_cmpmem (gh_principal_get_peer_address (claimed_more), 16,
                   gh_principal_get_peer_address (claimed), 16);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/principal/claimed-may-use-what-is-well-formed",
                   test_claimed_principal_may_use_what_is_well_formed);
  g_test_add_func ("/principal/peer-address-is-mapped", test_peer_address_is_mapped);
  g_test_add_func ("/principal/proven-may-use-its-identities-only",
                   test_proven_principal_may_use_its_identities_only);
  g_test_add_func ("/principal/identities-are-copied", test_identities_are_copied);
  g_test_add_func ("/principal/more-identities-make-another",
                   test_more_identities_make_another_principal);
  return g_test_run ();
}
