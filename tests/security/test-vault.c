/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "base/gh-log.h"
#include "security/gh-local-ca.h"
#include "vault-fixture.h"

#define N_MANY  100000
#define N_BATCH 1000

static GhCredential *
get (VaultFixture *fixture, guint64 number)
{
  GhCredential *credential = gh_vault_find_number (fixture->vault, number);

  g_assert_nonnull (credential);
  return credential;
}

static void
assert_generation (VaultFixture *fixture, guint64 number, guint generation)
{
  g_autoptr (GhCredential) credential = get (fixture, number);

  g_assert_cmpuint (credential->generation, ==, generation);
}

static void
set_state (VaultFixture *fixture, guint64 number, GhCredentialState state)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (gh_vault_set_state (fixture->vault, number, state, &error));
  g_assert_no_error (error);
}

static void
assert_add_refused (VaultFixture *fixture, const GhVaultDraft *draft, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (gh_vault_add (fixture->vault, draft, &error));
  g_assert_error (error, GH_ERROR, code);
}

static void
test_found_by_everything (VaultFixture *fixture, gconstpointer data)
{
  const char *const targets[] = { "192.0.2.1:5684", NULL };
  g_autoptr (GhSecret) secret = NULL;
  GhVaultDraft draft = vault_fixture_draft ("b@example.org", &secret);
  const guint64 number = vault_fixture_add (fixture, "a@example.org", "Ann", "Ca");
  g_autoptr (GhCredential) b = NULL;

  draft.targets = targets;
  b = gh_vault_add (fixture->vault, &draft, NULL);
  for (guint i = 0; i < 4; i++)
    {
      g_autoptr (GhCredential) found = i == 0   ? gh_vault_find (fixture->vault, GH_CREDENTIAL_PSK,
                                                                 "a@example.org")
                                       : i == 1 ? gh_vault_find_number (fixture->vault, number)
                                       : i == 2
                                         ? gh_vault_find_id (fixture->vault, "12-a@example.org")
                                         : gh_vault_find_identity (fixture->vault, "Ca");

      g_assert_nonnull (found);
      g_assert_cmpuint (found->number, ==, number);
    }
  {
    g_autoptr (GhCredential) found = gh_vault_find_target (fixture->vault, "192.0.2.1:5684");

    g_assert_true (found == b);
    set_state (fixture, b->number, GH_CREDENTIAL_SUSPENDED);
    g_assert_null (gh_vault_find_target (fixture->vault, "192.0.2.1:5684"));
  }
  g_assert_null (gh_vault_find (fixture->vault, GH_CREDENTIAL_X509, "a@example.org"));
  g_assert_null (gh_vault_find (fixture->vault, GH_CREDENTIAL_PSK, "A@example.org"));
  g_assert_null (gh_vault_find_number (fixture->vault, 0));
  g_assert_null (gh_vault_find_identity (fixture->vault, "Cb"));
  g_assert_null (gh_vault_find_target (fixture->vault, "192.0.2.1"));
}

static void
test_revoked_stays_revoked (VaultFixture *fixture, gconstpointer data)
{
  const guint64 number = vault_fixture_add (fixture, "a@example.org", NULL, "Ca");
  g_autoptr (GhSecret) key = gh_secret_new_random (16, NULL);

  set_state (fixture, number, GH_CREDENTIAL_REVOKED);
  for (guint round = 0; round < 2; round++)
    {
      g_autoptr (GhCredential) found = get (fixture, number);
      GhFault fault = { 0 };

      g_assert_false (gh_credential_check_usable (found, FIXTURE_NOW_US, &fault));
      g_assert_cmpstr (fault.text, ==, "12-a@example.org: revoked");
      for (guint state = 0; state < GH_CREDENTIAL_REVOKED; state++)
        {
          g_autoptr (GError) error = NULL;

          g_assert_false (gh_vault_set_state (fixture->vault, number, state, &error));
          g_assert_error (error, GH_ERROR, GH_ERROR_CONFLICT);
        }
      g_assert_false (gh_vault_rotate (fixture->vault, number, key, NULL, NULL));
      g_assert_false (gh_vault_set_validity (fixture->vault, number, 0, GH_NEVER_US, NULL));
      g_assert_false (gh_vault_bind_identity (fixture->vault, number, "Cx", NULL));
      vault_fixture_open (fixture);
    }
  assert_generation (fixture, number, 2);
}

static void
test_generation_grows_when_proof_is_void (VaultFixture *fixture, gconstpointer data)
{
  const guint64 number = vault_fixture_add (fixture, "a@example.org", NULL, "Ca");
  g_autoptr (GhSecret) key = gh_secret_new_random (32, NULL);
  g_autoptr (GhCredential) rotated = NULL;

  assert_generation (fixture, number, 1);
  set_state (fixture, number, GH_CREDENTIAL_SUSPENDED);
  assert_generation (fixture, number, 2);
  set_state (fixture, number, GH_CREDENTIAL_SUSPENDED);
  set_state (fixture, number, GH_CREDENTIAL_ACTIVE);
  assert_generation (fixture, number, 2);
  g_assert_true (gh_vault_set_validity (fixture->vault, number, 0, FIXTURE_NOW_US + 1, NULL));
  assert_generation (fixture, number, 3);
  g_assert_true (gh_vault_bind_identity (fixture->vault, number, "Cb", NULL));
  g_assert_true (gh_vault_unbind_identity (fixture->vault, "Ca", NULL));
  assert_generation (fixture, number, 3);
  g_assert_true (gh_vault_rotate (fixture->vault, number, key, NULL, NULL));
  assert_generation (fixture, number, 4);
  vault_fixture_open (fixture);
  assert_generation (fixture, number, 4);
  rotated = get (fixture, number);
  g_assert_true (gh_secret_equal (rotated->secret, key));
  g_assert_cmpstr (rotated->identities[0], ==, "Cb");
}

static void
change (VaultFixture *fixture, guint64 number, const GhVaultChange *how, guint generation)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (gh_vault_change (fixture->vault, number, how, &error));
  g_assert_no_error (error);
  assert_generation (fixture, number, generation);
}

static void
test_what_is_taken_away_voids_proof (VaultFixture *fixture, gconstpointer data)
{
  static const char *const two[] = { "Ca", "Cb", NULL }, *const one[] = { "Cb", NULL };
  static const char *const stems[] = { "C", NULL }, *const apps[] = { "Nx", NULL };
  static const char *const none[] = { NULL };
  const guint64 a = vault_fixture_add (fixture, "a@example.org", "Ann", "Ca");
  const guint64 b = vault_fixture_add (fixture, "b@example.org", "Ann", NULL);
  g_autoptr (GhCredential) other = NULL;

  change (fixture, a, &(GhVaultChange){ .identities = two }, 1);
  assert_generation (fixture, b, 1);
  change (fixture, a, &(GhVaultChange){ .identities = one }, 2);
  assert_generation (fixture, b, 2);
  other = get (fixture, b);
  g_assert_cmpstr (other->identities[0], ==, "Cb");
  change (fixture, a, &(GhVaultChange){ .stems = stems }, 2);
  change (fixture, a, &(GhVaultChange){ .stems = none }, 3);
  /* No App-ID stands for all of them. */
  change (fixture, a, &(GhVaultChange){ .app_ids = apps }, 4);
  change (fixture, a, &(GhVaultChange){ .app_ids = none }, 4);
  change (fixture, a, &(GhVaultChange){ TRUE, 10, 20, NULL, NULL, NULL }, 5);
  assert_generation (fixture, b, 2);
  vault_fixture_open (fixture);
  assert_generation (fixture, a, 5);
}

static void
test_a_change_is_refused_as_a_whole (VaultFixture *fixture, gconstpointer data)
{
  static const char *const others[] = { "Ca", "Cb", NULL }, *const bad[] = { "Ca", "b c", NULL };
  const guint64 a = vault_fixture_add (fixture, "a@example.org", "Ann", "Ca");
  const guint64 b = vault_fixture_add (fixture, "b@example.org", "Bob", "Cb");
  const GhVaultChange cases[] = { { .identities = others },
                                  { .identities = bad },
                                  { .stems = bad },
                                  { TRUE, 20, 20, NULL, NULL, NULL } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_assert_false (gh_vault_change (fixture->vault, a, &cases[i], NULL));
      assert_generation (fixture, a, 1);
    }
  set_state (fixture, b, GH_CREDENTIAL_REVOKED);
  g_assert_false (gh_vault_change (fixture->vault, b, &(GhVaultChange){ TRUE, 1, 2 }, NULL));
  g_assert_false (gh_vault_change (fixture->vault, 99, &(GhVaultChange){ TRUE, 1, 2 }, NULL));
}

static void
test_validity_is_a_half_open_interval (VaultFixture *fixture, gconstpointer data)
{
  const guint64 number = vault_fixture_add (fixture, "a@example.org", NULL, NULL);
  g_autoptr (GhCredential) credential = NULL;
  GhFault early = { 0 }, late = { 0 };

  g_assert_true (gh_vault_set_validity (fixture->vault, number, 10, 20, NULL));
  credential = get (fixture, number);
  g_assert_false (gh_credential_check_usable (credential, 9, &early));
  g_assert_cmpstr (early.text, ==, "12-a@example.org: not valid yet");
  g_assert_true (gh_credential_check_usable (credential, 10, NULL));
  g_assert_true (gh_credential_check_usable (credential, 19, NULL));
  g_assert_false (gh_credential_check_usable (credential, 20, &late));
  g_assert_cmpstr (late.text, ==, "12-a@example.org: expired");
  g_assert_false (gh_vault_set_validity (fixture->vault, number, 20, 20, NULL));
}

static void
test_identities_belong_to_one_owner (VaultFixture *fixture, gconstpointer data)
{
  const guint64 a = vault_fixture_add (fixture, "a@example.org", "Ann", "Ca");
  const guint64 b = vault_fixture_add (fixture, "b@example.org", "Bob", NULL);
  const guint64 a2 = vault_fixture_add (fixture, "a2@example.org", "Ann", "Ca2");
  const char *const taken[] = { "Cnew", "Ca", NULL };
  g_autoptr (GhSecret) secret = NULL;
  GhVaultDraft draft = vault_fixture_draft ("c@example.org", &secret);
  g_autoptr (GError) error = NULL;
  g_autoptr (GhCredential) both = NULL, other = NULL;

  draft.identities = taken;
  assert_add_refused (fixture, &draft, GH_ERROR_CONFLICT);
  g_assert_null (gh_vault_find_identity (fixture->vault, "Cnew"));
  g_assert_false (gh_vault_bind_identity (fixture->vault, b, "Ca", &error));
  g_assert_error (error, GH_ERROR, GH_ERROR_CONFLICT);
  g_assert_true (gh_vault_bind_identity (fixture->vault, a2, "Ca3", NULL));
  g_assert_true (gh_vault_bind_identity (fixture->vault, a2, "Ca3", NULL));
  vault_fixture_open (fixture);
  both = get (fixture, a);
  other = get (fixture, a2);
  g_assert_cmpuint (g_strv_length ((char **) both->identities), ==, 3);
  g_assert_true (g_strv_equal (both->identities, other->identities));
  /* The last credential of an owner takes them along. */
  g_assert_true (gh_vault_remove (fixture->vault, a, NULL));
  g_assert_false (gh_vault_bind_identity (fixture->vault, b, "Ca", NULL));
  g_assert_true (gh_vault_remove (fixture->vault, a2, NULL));
  g_assert_true (gh_vault_bind_identity (fixture->vault, b, "Ca", NULL));
  g_clear_error (&error);
  g_assert_false (gh_vault_unbind_identity (fixture->vault, "Cnobody", &error));
  g_assert_error (error, GH_ERROR, GH_ERROR_NOT_FOUND);
}

static void
test_an_owner_has_so_many_identities (VaultFixture *fixture, gconstpointer data)
{
  const guint64 number = vault_fixture_add (fixture, "a@example.org", NULL, NULL);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 256; i++)
    {
      g_autofree char *identity = g_strdup_printf ("Cnode%u", i);

      g_assert_true (gh_vault_bind_identity (fixture->vault, number, identity, &error));
      g_assert_no_error (error);
    }
  g_assert_false (gh_vault_bind_identity (fixture->vault, number, "Cone-more", &error));
  g_assert_error (error, GH_ERROR, GH_ERROR_BAD_REQUEST);
}

static void
test_subjects_are_not_given_twice (VaultFixture *fixture, gconstpointer data)
{
  g_autoptr (GhSecret) secret = NULL;
  const GhVaultDraft draft = vault_fixture_draft ("a@example.org", &secret);
  const guint64 number = vault_fixture_add (fixture, "a@example.org", NULL, NULL);

  assert_add_refused (fixture, &draft, GH_ERROR_CONFLICT);
  set_state (fixture, number, GH_CREDENTIAL_REVOKED);
  assert_add_refused (fixture, &draft, GH_ERROR_CONFLICT);
}

static void
test_malformed_drafts_are_refused (VaultFixture *fixture, gconstpointer data)
{
  static const char *const bad_subjects[] = {
    "", "a", "@example.org", "a@", "a b@example.org", "a@-x", "a@x..y", "a@b@c", "a/b@c"
  };
  static const char *const bad_identities[][3] = {
    { "" },  { "x" },           { "C" },       { "S" },          { "Ca b" },
    { "/" }, { "//sp/cse/Ca" }, { "/mn1/Ca" }, { "/mn1", "Ca" }, { "Ca", "Ca" }
  };
  static const char *const bad_stems[][2] = { { "" }, { "x" }, { "*" }, { "C*d" }, { "/C" } };
  static const char *const bad_targets[][2] = {
    { "" },       { "host" },       { ":5684" },         { "host:" },
    { "host:0" }, { "host:65536" }, { "coaps://host:1" }
  };
  g_autoptr (GhSecret) secret = NULL, short_key = gh_secret_new_random (15, NULL);
  g_autoptr (GhSecret) long_key = gh_secret_new_random (65, NULL);
  const GhVaultDraft good = vault_fixture_draft ("good@example.org", &secret);
  GhVaultDraft draft = good;

  for (guint i = 0; i < G_N_ELEMENTS (bad_subjects); i++)
    {
      draft.subject = bad_subjects[i];
      assert_add_refused (fixture, &draft, GH_ERROR_BAD_REQUEST);
    }
  draft = good;
  for (guint i = 0; i < G_N_ELEMENTS (bad_identities); i++)
    {
      draft.identities = bad_identities[i];
      assert_add_refused (fixture, &draft, GH_ERROR_BAD_REQUEST);
    }
  draft = good;
  for (guint i = 0; i < G_N_ELEMENTS (bad_stems); i++)
    {
      draft.stems = bad_stems[i];
      assert_add_refused (fixture, &draft, GH_ERROR_BAD_REQUEST);
    }
  draft = good;
  for (guint i = 0; i < G_N_ELEMENTS (bad_targets); i++)
    {
      draft.targets = bad_targets[i];
      assert_add_refused (fixture, &draft, GH_ERROR_BAD_REQUEST);
    }
  draft = good, draft.secret = NULL;
  assert_add_refused (fixture, &draft, GH_ERROR_BAD_REQUEST);
  draft.secret = short_key;
  assert_add_refused (fixture, &draft, GH_ERROR_BAD_REQUEST);
  draft.secret = long_key;
  assert_add_refused (fixture, &draft, GH_ERROR_BAD_REQUEST);
  draft = good, draft.suid = 16;
  assert_add_refused (fixture, &draft, GH_ERROR_BAD_REQUEST);
  draft = good, draft.purposes = GH_PURPOSE_AE;
  assert_add_refused (fixture, &draft, GH_ERROR_BAD_REQUEST);
  draft = good, draft.label = "two\nlines";
  assert_add_refused (fixture, &draft, GH_ERROR_BAD_REQUEST);
  draft = good, draft.not_before_us = 20, draft.not_after_us = 10;
  assert_add_refused (fixture, &draft, GH_ERROR_BAD_REQUEST);
  draft = good, draft.kind = GH_CREDENTIAL_ANCHOR, draft.secret = NULL, draft.purposes = 1;
  assert_add_refused (fixture, &draft, GH_ERROR_BAD_REQUEST);
}

static void
test_kpsa_ids_hold_no_zero_octet (void)
{
  GhFault fault = { 0 };
  g_autofree char *longest = g_strnfill (124, 'a'), *good = g_strconcat (longest, "@b.c", NULL);

  g_assert_true (gh_kpsa_id_check ("a.B_9-@x1.y-2.z", 15, NULL));
  g_assert_true (gh_kpsa_id_check (good, 128, NULL));
  g_assert_false (gh_kpsa_id_check ("good@x.y\0evil", 13, &fault));
  g_assert_false (gh_kpsa_id_check ("go\0od@x.y", 9, NULL));
  g_assert_false (gh_kpsa_id_check ("", 0, NULL));
  good[0] = '\0';
  g_assert_false (gh_kpsa_id_check (good, 129, NULL));
}

static void
test_a_batch_is_all_or_nothing (VaultFixture *fixture, gconstpointer data)
{
  g_autoptr (GhSecret) one = NULL, two = NULL, three = NULL;
  const char *const same[] = { "Csame", NULL };
  GhVaultDraft drafts[] = { vault_fixture_draft ("1@x.y", &one),
                            vault_fixture_draft ("2@x.y", &two),
                            vault_fixture_draft ("3@x.y", &three) };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) added = NULL;
  guint failed;

  drafts[0].identities = drafts[2].identities = same;
  g_assert_null (gh_vault_add_many (fixture->vault, drafts, 3, &failed, &error));
  g_assert_error (error, GH_ERROR, GH_ERROR_CONFLICT);
  g_assert_cmpuint (failed, ==, 2);
  drafts[2].identities = NULL, drafts[2].subject = "1@x.y";
  g_assert_null (gh_vault_add_many (fixture->vault, drafts, 3, &failed, NULL));
  g_assert_cmpuint (failed, ==, 2);
  g_assert_null (gh_vault_find (fixture->vault, GH_CREDENTIAL_PSK, "1@x.y"));
  added = gh_vault_add_many (fixture->vault, drafts, 2, &failed, NULL);
  g_assert_cmpuint (added->len, ==, 2);
}

static GPtrArray *
add_batch (GhVault *vault, guint from, guint n, const GhSecret *const *secrets)
{
  g_autofree GhVaultDraft *drafts = g_new0 (GhVaultDraft, n);
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  GPtrArray *added;

  for (guint i = 0; i < n; i++)
    {
      g_ptr_array_add (texts, g_strdup_printf ("node%u@example.org", from + i));
      drafts[i] = (GhVaultDraft){ .kind = GH_CREDENTIAL_PSK,
                                  .subject = texts->pdata[i],
                                  .secret = (GhSecret *) secrets[(from + i) % 7] };
    }
  added = gh_vault_add_many (vault, drafts, n, NULL, &error);
  g_assert_no_error (error);
  return added;
}

static void
test_a_hundred_thousand (VaultFixture *fixture, gconstpointer data)
{
  const GhSecret *secrets[7];
  g_autoptr (GPtrArray) page = NULL, last = NULL;
  gint64 started_us = g_get_monotonic_time ();

  for (guint i = 0; i < 7; i++)
    secrets[i] = gh_secret_new_random (16, NULL);
  for (guint from = 0; from < N_MANY; from += N_BATCH)
    g_ptr_array_unref (add_batch (fixture->vault, from, N_BATCH, secrets));
  g_test_message ("added in %.2f s", (double) (g_get_monotonic_time () - started_us) / 1e6);
  started_us = g_get_monotonic_time ();
  vault_fixture_open (fixture);
  g_test_message ("opened in %.2f s", (double) (g_get_monotonic_time () - started_us) / 1e6);
  started_us = g_get_monotonic_time ();
  for (guint i = 0; i < N_MANY; i++)
    {
      g_autoptr (GhCredential) found = NULL;
      char subject[40];

      g_snprintf (subject, sizeof subject, "node%u@example.org", i);
      found = gh_vault_find (fixture->vault, GH_CREDENTIAL_PSK, subject);
      g_assert_true (found != NULL && gh_secret_equal (found->secret, secrets[i % 7]));
    }
  g_test_message ("found all in %.2f s", (double) (g_get_monotonic_time () - started_us) / 1e6);
  page = gh_vault_list (fixture->vault, GH_CREDENTIAL_PSK, 500, 100);
  g_assert_cmpuint (page->len, ==, 100);
  g_assert_cmpuint (((GhCredential *) page->pdata[0])->number, ==, 501);
  last = gh_vault_list (fixture->vault, 0, N_MANY - 3, 100);
  g_assert_cmpuint (last->len, ==, 3);
  for (guint i = 0; i < 7; i++)
    gh_secret_unref ((GhSecret *) secrets[i]);
}

static void
assert_anchors (GhVault *vault, guint n, guint64 first)
{
  g_autoptr (GPtrArray) anchors = gh_vault_list_anchors (vault);

  g_assert_cmpuint (anchors->len, ==, n);
  for (guint i = 0; i < n; i++)
    g_assert_cmpint (((GhCredential *) anchors->pdata[i])->kind, ==, GH_CREDENTIAL_ANCHOR);
  if (n > 0)
    g_assert_cmpuint (((GhCredential *) anchors->pdata[0])->number, ==, first);
}

/* They are asked for in every handshake with a certificate. */
static void
test_anchors_are_found_among_many (VaultFixture *fixture, gconstpointer data)
{
  const char *const hosts[] = { "localhost", NULL };
  const GhCaSite site = { .sp_domain = "example.org", .cse_id = "in", .hosts = hosts };
  g_autoptr (GError) error = NULL;
  guint64 before;

  assert_anchors (fixture->vault, 0, 0);
  before = vault_fixture_add (fixture, "1@x.y", NULL, NULL);
  g_assert_true (gh_local_ca_init (fixture->vault, fixture->clock, &site, FALSE, &error));
  vault_fixture_add (fixture, "2@x.y", NULL, NULL);
  assert_anchors (fixture->vault, 2, before + 1);
  g_assert_true (gh_vault_set_state (fixture->vault, before + 1, GH_CREDENTIAL_SUSPENDED, &error));
  assert_anchors (fixture->vault, 2, before + 1);
  vault_fixture_open (fixture);
  assert_anchors (fixture->vault, 2, before + 1);
  g_assert_true (gh_vault_remove (fixture->vault, before + 1, &error));
  assert_anchors (fixture->vault, 1, before + 2);
}

typedef struct {
  GhVault *vault;
  guint64 stable, changing;
  gint stop, rounds;
} Readers;

/* What is there is found at every moment, and a version is whole. */
static gpointer
read_all_the_time (gpointer user_data)
{
  Readers *readers = user_data;

  do
    {
      g_autoptr (GhCredential) a = gh_vault_find (readers->vault, GH_CREDENTIAL_PSK, "s@x.y");
      g_autoptr (GhCredential) b = gh_vault_find_number (readers->vault, readers->changing);
      g_autoptr (GhCredential) c = gh_vault_find_identity (readers->vault, "Cch");

      g_assert_true (a != NULL && a->number == readers->stable);
      g_assert_true (b != NULL && c != NULL && c->number == readers->changing);
      g_assert_true (b->state == GH_CREDENTIAL_ACTIVE || b->generation % 2 == 0);
      g_atomic_int_inc (&readers->rounds);
    }
  while (!g_atomic_int_get (&readers->stop));
  return NULL;
}

static void
test_readers_during_changes (void)
{
  g_autoptr (GhClock) clock = gh_clock_new_fake (FIXTURE_NOW_US);
  VaultFixture fixture = { .clock = clock, .vault = gh_vault_open (NULL, NULL, clock, NULL) };
  Readers readers = { fixture.vault, vault_fixture_add (&fixture, "s@x.y", NULL, NULL),
                      vault_fixture_add (&fixture, "c@x.y", NULL, "Cch"), 0, 0 };
  GThread *threads[3];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("reader", read_all_the_time, &readers);
  for (guint i = 0; i < 3000 || g_atomic_int_get (&readers.rounds) < 3000; i++)
    {
      /* The generation of a suspended version is even. */
      set_state (&fixture, readers.changing, GH_CREDENTIAL_SUSPENDED);
      set_state (&fixture, readers.changing, GH_CREDENTIAL_ACTIVE);
      g_assert_true (gh_vault_set_validity (fixture.vault, readers.changing, 0, GH_NEVER_US, NULL));
    }
  g_atomic_int_set (&readers.stop, 1);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  gh_vault_close (fixture.vault);
}

static void
note_event (GhVaultEvent event, const GhCredential *credential, gpointer user_data)
{
  g_string_append_printf (user_data, "%c%" G_GUINT64_FORMAT " ", "ACR"[event],
                          credential -> number);
}

static void
test_watchers_hear_of_changes (VaultFixture *fixture, gconstpointer data)
{
  g_autoptr (GString) events = g_string_new (NULL);
  const guint64 epoch = gh_vault_epoch (fixture->vault);
  guint64 number;

  gh_vault_watch (fixture->vault, note_event, events);
  number = vault_fixture_add (fixture, "a@x.y", "Ann", "Ca");
  vault_fixture_add (fixture, "b@x.y", "Ann", "Cb");
  set_state (fixture, number, GH_CREDENTIAL_SUSPENDED);
  set_state (fixture, number, GH_CREDENTIAL_SUSPENDED);
  g_assert_true (gh_vault_remove (fixture->vault, number, NULL));
  g_assert_false (gh_vault_remove (fixture->vault, number, NULL));
  g_assert_cmpstr (events->str, ==, "A1 A2 C1 C1 R1 ");
  g_assert_cmpuint (gh_vault_epoch (fixture->vault), ==, epoch + 4);
}

static void
test_items_come_and_go (VaultFixture *fixture, gconstpointer data)
{
  g_autoptr (GhSecret) a = gh_secret_new ("a", 1, NULL), b = gh_secret_new ("b", 1, NULL);
  g_autoptr (GhSecret) large = gh_secret_new_random (65536, NULL), found = NULL, none = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (gh_vault_put_item (fixture->vault, "ticket-key", a, NULL));
  g_assert_true (gh_vault_put_item (fixture->vault, "ticket-key", b, NULL));
  g_assert_true (gh_vault_put_item (fixture->vault, "gone", a, NULL));
  g_assert_true (gh_vault_put_item (fixture->vault, "gone", NULL, NULL));
  g_assert_true (gh_vault_put_item (fixture->vault, "never", NULL, NULL));
  g_assert_true (gh_vault_put_item (fixture->vault, "large", large, NULL));
  g_assert_false (gh_vault_put_item (fixture->vault, "a name", a, &error));
  g_assert_error (error, GH_ERROR, GH_ERROR_BAD_REQUEST);
  vault_fixture_open (fixture);
  found = gh_vault_get_item (fixture->vault, "ticket-key");
  g_assert_true (gh_secret_equal (found, b));
  g_assert_null (gh_vault_get_item (fixture->vault, "gone"));
  none = gh_vault_get_item (fixture->vault, "large");
  g_assert_true (gh_secret_equal (none, large));
}

#define ADD(path, func)                                                       \
  g_test_add ("/vault/" path, VaultFixture, NULL, vault_fixture_set_up, func, \
              vault_fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gh_log_set_level (GH_LOG_ERROR);
  ADD ("found-by-everything", test_found_by_everything);
  ADD ("revoked-stays-revoked", test_revoked_stays_revoked);
  ADD ("generation-grows-when-proof-is-void", test_generation_grows_when_proof_is_void);
  ADD ("what-is-taken-away-voids-proof", test_what_is_taken_away_voids_proof);
  ADD ("a-change-is-refused-as-a-whole", test_a_change_is_refused_as_a_whole);
  ADD ("validity-is-a-half-open-interval", test_validity_is_a_half_open_interval);
  ADD ("identities-belong-to-one-owner", test_identities_belong_to_one_owner);
  ADD ("an-owner-has-so-many-identities", test_an_owner_has_so_many_identities);
  ADD ("subjects-are-not-given-twice", test_subjects_are_not_given_twice);
  ADD ("malformed-drafts-are-refused", test_malformed_drafts_are_refused);
  g_test_add_func ("/credential/kpsa-ids-hold-no-zero-octet", test_kpsa_ids_hold_no_zero_octet);
  ADD ("a-batch-is-all-or-nothing", test_a_batch_is_all_or_nothing);
  ADD ("anchors-are-found-among-many", test_anchors_are_found_among_many);
  ADD ("a-hundred-thousand", test_a_hundred_thousand);
  g_test_add_func ("/vault/readers-during-changes", test_readers_during_changes);
  ADD ("watchers-hear-of-changes", test_watchers_hear_of_changes);
  ADD ("items-come-and-go", test_items_come_and_go);
  return g_test_run ();
}
