/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "base/gh-log.h"
#include "security/gh-local-ca.h"
#include "security/gh-security.h"

/* What an association may do depends on the vault as it is, not as it was. */

#define WALL_US (G_GINT64_CONSTANT (1790000000) * G_USEC_PER_SEC)
#define SUBJECT "//example.org/in/Cpump7"

typedef struct {
  GhClock *clock;
  GhVault *vault;
  GhSecurity *security;
  GhCredential *entry, *anchor;
} Fixture;

static void
fixture_begin (Fixture *f)
{
  const char *const hosts[] = { "localhost", NULL };
  const char *const identities[] = { "Cpump7", NULL };
  const GhCaSite site = { .sp_domain = "example.org", .cse_id = "in", .hosts = hosts };
  const GhVaultDraft draft = {
    .kind = GH_CREDENTIAL_X509, .subject = SUBJECT, .owner = "pump7", .identities = identities
  };
  g_autoptr (GPtrArray) anchors = NULL;
  g_autoptr (GError) error = NULL;

  f->clock = gh_clock_new_fake (WALL_US);
  f->vault = gh_vault_open (NULL, NULL, f->clock, &error);
  g_assert_no_error (error);
  g_assert_true (gh_local_ca_init (f->vault, f->clock, &site, FALSE, &error));
  f->entry = gh_vault_add (f->vault, &draft, &error);
  g_assert_no_error (error);
  anchors = gh_vault_list (f->vault, GH_CREDENTIAL_ANCHOR, 0, 10);
  g_assert_cmpuint (anchors->len, >, 0);
  f->anchor = gh_credential_ref (anchors->pdata[0]);
  f->security = gh_security_new (&(GhSecurityOptions){
    .clock = f->clock, .vault = f->vault, .cse_id = "in", .sp_domain = "example.org" });
}

static void
fixture_end (Fixture *f)
{
  gh_credential_unref (f->entry);
  gh_credential_unref (f->anchor);
  gh_security_free (f->security);
  gh_clock_unref (f->clock);
}

static gboolean
admit (Fixture *f, gboolean vouched, GhAdmission *out, GhFault *fault)
{
  const GhClaim claim = { .proof = GH_PROOF_X509,
                          .credential = f->entry,
                          .anchor = vouched ? f->anchor : NULL,
                          .identity = (char *) SUBJECT,
                          .not_after_us = GH_NEVER_US };

  return gh_security_admit (f->security, &claim, NULL, NULL, 7, out, fault);
}

static void
open_association (Fixture *f, const GhAdmission *admission)
{
  GhAssociationInfo info = { .id = 7, .transport = "https", .peer = "", .suite = "" };

  gh_admission_describe (admission, &info);
  gh_security_association_opened (f->security, &info);
}

static guint
count_ended (Fixture *f, const GhCredential *credential, guint generation)
{
  g_autoptr (GArray) ids = gh_security_associations_of (f->security, credential, generation);

  return ids->len;
}

static void
set_state (Fixture *f, const GhCredential *credential, GhCredentialState state)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (gh_vault_set_state (f->vault, credential->number, state, &error));
  g_assert_no_error (error);
}

static void
test_an_anchor_takes_its_certificates_along (void)
{
  Fixture f;
  GhAdmission admission;
  GhFault fault = { 0 };

  fixture_begin (&f);
  g_assert_true (admit (&f, TRUE, &admission, &fault));
  open_association (&f, &admission);
  g_assert_true (gh_security_still_admitted (f.security, &admission, &fault));
  g_assert_cmpuint (count_ended (&f, f.anchor, f.anchor->generation), ==, 0);
  set_state (&f, f.anchor, GH_CREDENTIAL_SUSPENDED);
  g_assert_cmpuint (count_ended (&f, f.anchor, G_MAXUINT), ==, 1);
  g_assert_false (gh_security_still_admitted (f.security, &admission, &fault));
  g_assert_nonnull (strstr (fault.text, "suspended"));
  gh_admission_clear (&admission);
  fault = (GhFault){ 0 };
  g_assert_false (admit (&f, TRUE, &admission, &fault));
  gh_security_association_closed (f.security, 7, "test");
  fixture_end (&f);
}

static void
test_an_entry_ends_its_associations (void)
{
  Fixture f;
  GhAdmission admission;
  GhFault fault = { 0 };

  fixture_begin (&f);
  g_assert_true (admit (&f, FALSE, &admission, &fault));
  open_association (&f, &admission);
  g_assert_cmpuint (count_ended (&f, f.entry, f.entry->generation), ==, 0);
  /* no business of this association */
  set_state (&f, f.anchor, GH_CREDENTIAL_SUSPENDED);
  g_assert_cmpuint (count_ended (&f, f.anchor, G_MAXUINT), ==, 0);
  g_assert_true (gh_security_still_admitted (f.security, &admission, &fault));
  set_state (&f, f.entry, GH_CREDENTIAL_REVOKED);
  g_assert_cmpuint (count_ended (&f, f.entry, G_MAXUINT), ==, 1);
  g_assert_false (gh_security_still_admitted (f.security, &admission, &fault));
  gh_admission_clear (&admission);
  gh_security_association_closed (f.security, 7, "test");
  fixture_end (&f);
}

static void
test_an_association_ends_with_the_first_of_them (void)
{
  const gint64 end_us = WALL_US + 3600 * (gint64) G_USEC_PER_SEC;
  Fixture f;
  GhAdmission admission;
  GhFault fault = { 0 };
  g_autoptr (GError) error = NULL;

  fixture_begin (&f);
  g_assert_true (admit (&f, TRUE, &admission, &fault));
  g_assert_true (gh_vault_set_validity (f.vault, f.entry->number, 0, end_us, &error));
  /* another validity is another generation or an earlier end, never a longer life */
  if (gh_security_still_admitted (f.security, &admission, &fault))
    g_assert_cmpint (admission.ends_us, <=, end_us);
  gh_clock_advance (f.clock, 3600 * (gint64) G_USEC_PER_SEC);
  g_assert_false (gh_security_still_admitted (f.security, &admission, &fault));
  gh_admission_clear (&admission);
  fixture_end (&f);
}

/* At its admission as when it is judged again. */
static void
test_an_association_ends_with_the_anchor_beside_it (void)
{
  const gint64 end_us = WALL_US + 3600 * (gint64) G_USEC_PER_SEC;
  Fixture f;
  GhAdmission admission;
  GhFault fault = { 0 };
  g_autoptr (GError) error = NULL;

  fixture_begin (&f);
  g_assert_true (gh_vault_set_validity (f.vault, f.anchor->number, 0, end_us, &error));
  g_autoptr (GhCredential) old = g_steal_pointer (&f.anchor);
  f.anchor = gh_vault_find_number (f.vault, old->number);
  g_assert_true (admit (&f, TRUE, &admission, &fault));
  g_assert_cmpint (admission.ends_us, ==, end_us);
  g_assert_true (gh_vault_bind_identity (f.vault, f.entry->number, "Cother", &error));
  g_assert_true (gh_security_still_admitted (f.security, &admission, &fault));
  g_assert_cmpint (admission.ends_us, ==, end_us);
  gh_clock_advance (f.clock, 3600 * (gint64) G_USEC_PER_SEC);
  g_assert_false (gh_security_still_admitted (f.security, &admission, &fault));
  gh_admission_clear (&admission);
  fixture_end (&f);
}

static void
test_servers_are_admitted_by_name (void)
{
  Fixture f;
  GhAdmission admission;
  GhFault fault = { 0 };
  GhClaim claim = { .proof = GH_PROOF_X509,
                    .identity = (char *) "host.example.org",
                    .not_after_us = GH_NEVER_US };

  fixture_begin (&f);
  claim.credential = f.anchor;
  g_assert_false (f.anchor->admits_any);
  g_assert_true (gh_security_admit (f.security, &claim, NULL, NULL, 7, &admission, &fault));
  gh_admission_clear (&admission);
  /* what is not a server's name needs an entry, or an anchor that admits all */
  claim.identity = (char *) SUBJECT;
  g_assert_false (gh_security_admit (f.security, &claim, NULL, NULL, 7, &admission, &fault));
  claim.identity = (char *) "/mn1";
  g_assert_false (gh_security_admit (f.security, &claim, NULL, NULL, 7, &admission, &fault));
  fixture_end (&f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gh_log_set_level (GH_LOG_ERROR);
  g_test_add_func ("/admission/an-anchor-takes-its-certificates-along",
                   test_an_anchor_takes_its_certificates_along);
  g_test_add_func ("/admission/an-entry-ends-its-associations",
                   test_an_entry_ends_its_associations);
  g_test_add_func ("/admission/an-association-ends-with-the-first-of-them",
                   test_an_association_ends_with_the_first_of_them);
  g_test_add_func ("/admission/an-association-ends-with-the-anchor-beside-it",
                   test_an_association_ends_with_the_anchor_beside_it);
  g_test_add_func ("/admission/servers-are-admitted-by-name", test_servers_are_admitted_by_name);
  return g_test_run ();
}
