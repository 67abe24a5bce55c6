/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gstdio.h>
#include <string.h>

#include "../service/cse-fixture.h"
#include "gh-cse-private.h"
#include "security/gh-security.h"

/* Whom an identity belongs to, and when: a resource of the store and an entry of the vault, which
 * have no transaction together. */

#define NOW_US (G_GINT64_CONSTANT (1800000000) * G_USEC_PER_SEC)
#define PUMP   "//localhost/gatehouse/Cpump7"

typedef struct {
  CseFixture cse;
  GhClock *clock;
  char *folder, *vault, *kept_vault;
  char *options[3];
} Fixture;

/* A store that outlives the CSE, and says when it commits. */

static GhStoreOps kept_ops;
static GhStore *kept_store;
static Fixture *current;
static gboolean power_fails; /* after the next commit with an AE: what the vault has then, counts */
static gboolean commit_fails;

static GhStore *
kept_open (const GhConfig *config, GError **error)
{
  if (kept_store == NULL)
    kept_store = gh_memory_store_ops.open (config, error);
  return kept_store;
}

static void
kept_close (GhStore *store)
{
  (void) store;
}

static void
copy_file (const char *from, const char *to)
{
  g_autofree char *octets = NULL;
  gsize length;
  g_assert_true (g_file_get_contents (from, &octets, &length, NULL));
  g_assert_true (
    g_file_set_contents_full (to, octets, (gssize) length, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
}

static GhCommit
kept_commit (GhStore *store, GError **error)
{
  if (commit_fails)
    {
      gh_memory_store_ops.rollback (store);
      g_set_error_literal (error, GH_ERROR, GH_ERROR_STORE, "busy");
      return GH_COMMIT_NOT_DONE;
    }
  const GhCommit outcome = gh_memory_store_ops.commit (store, error);
  if (power_fails)
    copy_file (current->vault, current->kept_vault);
  power_fails = FALSE;
  return outcome;
}

static void
start (Fixture *f)
{
  const CseParts parts = { .clock = f->clock, .store = &kept_ops };
  cse_fixture_set_up_with (&f->cse, (const char *const *) f->options, &parts);
}

static void
restart (Fixture *f)
{
  cse_fixture_tear_down (&f->cse);
  start (f);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  (void) data;
  kept_ops = gh_memory_store_ops;
  kept_ops.open = kept_open;
  kept_ops.close = kept_close;
  kept_ops.commit = kept_commit;
  current = f;
  f->clock = gh_clock_new_fake (NOW_US);
  f->folder = g_dir_make_tmp ("gh-binding-XXXXXX", NULL);
  f->vault = g_build_filename (f->folder, "vault", NULL);
  f->kept_vault = g_build_filename (f->folder, "vault.kept", NULL);
  f->options[0] = g_strconcat ("vault.path=", f->vault, NULL);
  f->options[1] = g_strdup_printf ("vault.key-file=%s/key", f->folder);
  start (f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  (void) data;
  g_autoptr (GDir) dir = g_dir_open (f->folder, 0, NULL);
  const char *name;
  cse_fixture_tear_down (&f->cse);
  gh_memory_store_ops.close (g_steal_pointer (&kept_store));
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (f->folder, name, NULL);
      g_unlink (path);
    }
  g_rmdir (f->folder);
  g_free (f->folder);
  g_free (f->vault);
  g_free (f->kept_vault);
  g_free (f->options[0]);
  g_free (f->options[1]);
  gh_clock_unref (f->clock);
}

static GhSecurity *
security_of (Fixture *f)
{
  return f->cse.cse->security;
}

static GhVault *
vault_of (Fixture *f)
{
  return gh_security_get_vault (security_of (f));
}

static GhCredential *
try_add_psk (Fixture *f, const char *subject, const char *owner, const char *identity,
             const char *stem, GError **error)
{
  g_autoptr (GhSecret) secret = gh_secret_new_random (32, error);
  const char *const identities[] = { identity, NULL }, *const stems[] = { stem, NULL };
  const GhVaultDraft draft = { .kind = GH_CREDENTIAL_PSK,
                               .subject = subject,
                               .owner = owner,
                               .identities = identities,
                               .stems = stems,
                               .secret = secret };
  return gh_vault_add (vault_of (f), &draft, error);
}

static GhAdmission
admit (Fixture *f, const char *subject)
{
  GhAdmission admission;
  GhFault fault = { 0 };
  GhClaim claim = { .proof = GH_PROOF_PSK,
                    .credential = gh_vault_find (vault_of (f), GH_CREDENTIAL_PSK, subject),
                    .not_after_us = GH_NEVER_US };
  g_assert_true (gh_security_admit (security_of (f), &claim, NULL, NULL, 7, &admission, &fault));
  gh_claim_clear (&claim);
  return admission;
}

static GhAdmission
person (Fixture *f, const char *subject, const char *stem)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GhCredential) added = try_add_psk (f, subject, NULL, NULL, stem, &error);
  g_assert_no_error (error);
  return admit (f, subject);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GhAdmission, gh_admission_clear)

typedef struct {
  GMutex lock;
  GCond cond;
  guint status;
  char *body;
} Answer;

static void
answered (const GhResponse *response, gpointer user_data)
{
  Answer *answer = user_data;
  g_mutex_lock (&answer->lock);
  answer->body = g_strndup (response->body != NULL ? response->body : "", response->body_length);
  answer->status = response->status;
  g_cond_signal (&answer->cond);
  g_mutex_unlock (&answer->lock);
}

static void
ask (Fixture *f, const GhPrincipal *principal, const char *primitive, Answer *answer)
{
  GhFault fault = { 0 };
  GhRequest *request = gh_request_from_json (primitive, strlen (primitive), &fault);
  g_assert_cmpstr (fault.text, ==, "");
  *answer = (Answer){ .status = 0 };
  g_mutex_init (&answer->lock);
  g_cond_init (&answer->cond);
  gh_dispatch (f->cse.cse->service, request, principal, answered, answer);
}

static void
take (Answer *answer, guint expected)
{
  g_mutex_lock (&answer->lock);
  while (answer->status == 0)
    g_cond_wait (&answer->cond, &answer->lock);
  g_mutex_unlock (&answer->lock);
  g_mutex_clear (&answer->lock);
  g_cond_clear (&answer->cond);
  if (answer->status != expected)
    g_test_message ("%u %s", answer->status, answer->body);
  g_assert_cmpuint (answer->status, ==, expected);
  g_free (answer->body);
}

static void
expect (Fixture *f, GhAdmission *admission, guint expected, const char *primitive)
{
  Answer answer;
  GhFault fault = { 0 };
  g_assert_true (gh_security_still_admitted (security_of (f), admission, &fault));
  ask (f, admission->principal, primitive, &answer);
  take (&answer, expected);
}

#define RQ(op, from, to) \
  "{\"op\":" #op ",\"fr\":\"" from "\",\"to\":\"" to "\",\"rqi\":\"1\",\"rvi\":\"3\""
#define READ(from) RQ (2, from, from) "}"
#define REGISTER_AS(from, name)                  \
  RQ (1, from, "gatehouse")                      \
  ",\"ty\":2,\"pc\":{\"m2m:ae\":{\"rn\":\"" name \
  "\",\"api\":\"Npump\",\"rr\":false,\"srv\":[\"3\"]}}}"
#define REGISTER(from) REGISTER_AS (from, "ae-" from)

static void
assert_owner (Fixture *f, const char *identity, const char *owner)
{
  g_autoptr (GhCredential) holder = gh_vault_find_identity (vault_of (f), identity);
  g_assert_cmpstr (holder != NULL ? holder->owner : NULL, ==, owner);
}

static void
what_is_refused_is_nobodys (Fixture *f, gconstpointer data)
{
  (void) data;
  g_auto (GhAdmission) ann = person (f, "ann@x.y", "C*");
  g_auto (GhAdmission) bob = person (f, "bob@x.y", "C*");
  expect (f, &ann, 2001, REGISTER_AS ("Cann", "mine"));
  assert_owner (f, "Cann", "12-ann@x.y");
  /* the name is taken, which is found after the identity was reserved */
  expect (f, &ann, 4105, REGISTER_AS ("Cother", "mine"));
  assert_owner (f, "Cother", NULL);
  expect (f, &bob, 2001, REGISTER ("Cother"));
  assert_owner (f, "Cother", "12-bob@x.y");
}

static void
what_is_not_committed_is_nobodys (Fixture *f, gconstpointer data)
{
  (void) data;
  g_auto (GhAdmission) ann = person (f, "ann@x.y", "C*");
  g_auto (GhAdmission) bob = person (f, "bob@x.y", "C*");
  const guint64 epoch = gh_vault_epoch (vault_of (f));
  commit_fails = TRUE;
  expect (f, &ann, 5000, REGISTER ("Cann"));
  commit_fails = FALSE;
  assert_owner (f, "Cann", NULL);
  g_assert_cmpuint (gh_vault_epoch (vault_of (f)), ==, epoch);
  expect (f, &bob, 2001, REGISTER ("Cann"));
  assert_owner (f, "Cann", "12-bob@x.y");
}

/* The store has the AE, and the vault does not know of it. */
static void
a_crash_between_the_two_is_made_good (Fixture *f, gconstpointer data)
{
  (void) data;
  {
    g_auto (GhAdmission) ann = person (f, "ann@x.y", "C*");
    g_auto (GhAdmission) bob = person (f, "bob@x.y", "C*");
    power_fails = TRUE;
    expect (f, &ann, 2001, REGISTER ("Cann"));
    g_assert_false (power_fails);
  }
  cse_fixture_tear_down (&f->cse);
  copy_file (f->kept_vault, f->vault);
  start (f);
  assert_owner (f, "Cann", "12-ann@x.y");
  {
    g_auto (GhAdmission) ann = admit (f, "ann@x.y");
    g_auto (GhAdmission) bob = admit (f, "bob@x.y");
    expect (f, &ann, 2000, READ ("Cann"));
    expect (f, &bob, 4106, READ ("Cann"));
    /* and what the store said is taken back with the next change */
    expect (f, &bob, 2001, REGISTER ("Cbob"));
    expect (f, &bob, 2004, RQ (3, "Cbob", "Cbob") ",\"pc\":{\"m2m:ae\":{\"lbl\":[\"x\"]}}}");
  }
  g_autofree char *said = NULL;
  g_assert_true (kept_ops.get_meta (kept_store, "bindings", &said, NULL));
  g_assert_null (said);
}

/* Nor is a credential of another vault that happens to have the number. */
static void
another_vault_gets_nothing (Fixture *f, gconstpointer data)
{
  (void) data;
  {
    g_auto (GhAdmission) ann = person (f, "ann@x.y", "C*");
    expect (f, &ann, 2001, REGISTER ("Cann"));
  }
  cse_fixture_tear_down (&f->cse);
  g_assert_cmpint (g_unlink (f->vault), ==, 0);
  start (f);
  g_auto (GhAdmission) eve = person (f, "eve@x.y", "C*");
  cse_fixture_tear_down (&f->cse);
  gh_admission_clear (&eve);
  start (f);
  assert_owner (f, "Cann", NULL);
}

/* With a request identifier of its own: the other one is still pending. */
#define TAKE_OVER                                                                       \
  "{\"op\":1,\"fr\":\"Cb1\",\"to\":\"gatehouse\",\"rqi\":\"2\",\"rvi\":\"3\",\"ty\":2," \
  "\"pc\":{\"m2m:ae\":{\"api\":\"Npump\",\"rr\":false,\"srv\":[\"3\"]}}}"

static void
a_batch_is_one_change_of_the_vault (Fixture *f, gconstpointer data)
{
  (void) data;
  g_auto (GhAdmission) ann = person (f, "ann@x.y", "C*");
  g_auto (GhAdmission) bob = person (f, "bob@x.y", "C*");
  const guint64 epoch = gh_vault_epoch (vault_of (f));
  Answer answers[5];
  cse_hold (&f->cse);
  ask (f, ann.principal, REGISTER ("Ca1"), &answers[0]);
  ask (f, bob.principal, REGISTER ("Cb1"), &answers[1]);
  ask (f, ann.principal, REGISTER ("Ca2"), &answers[2]);
  ask (f, ann.principal, TAKE_OVER, &answers[3]);
  ask (f, bob.principal, REGISTER ("Cb2"), &answers[4]);
  cse_release (&f->cse);
  for (guint i = 0; i < 5; i++)
    take (&answers[i], i == 3 ? 4117 : 2001);
  g_assert_cmpuint (gh_vault_epoch (vault_of (f)), ==, epoch + 1);
  assert_owner (f, "Ca1", "12-ann@x.y");
  assert_owner (f, "Ca2", "12-ann@x.y");
  assert_owner (f, "Cb1", "12-bob@x.y");
  assert_owner (f, "Cb2", "12-bob@x.y");
}

/* Certificates that an anchor alone admits. */

static GhCredential *
add_anchor (Fixture *f, guint at)
{
  g_autoptr (GPtrArray) anchors = gh_vault_list_anchors (vault_of (f));
  g_autoptr (GError) error = NULL;
  g_assert_cmpuint (anchors->len, >, at);
  const GhCredential *old = anchors->pdata[at];
  const GhVaultDraft draft = { .kind = GH_CREDENTIAL_ANCHOR,
                               .purposes = GH_PURPOSE_ALL,
                               .admits_any = TRUE,
                               .public_data = old->public_data };
  g_assert_true (gh_vault_remove (vault_of (f), old->number, &error));
  GhCredential *added = gh_vault_add (vault_of (f), &draft, &error);
  g_assert_no_error (error);
  return added;
}

/* As the plugin claims it: with the entry, where there is one. */
static gboolean
show_certificate (Fixture *f, GhCredential *anchor, const char *identity, GhAdmission *out,
                  GhFault *fault)
{
  GhClaim claim = { .proof = GH_PROOF_X509,
                    .identity = g_strdup (identity),
                    .not_after_us = GH_NEVER_US };
  GhCredential *entry = gh_vault_find (vault_of (f), GH_CREDENTIAL_X509, identity);
  claim.credential = entry != NULL ? entry : gh_credential_ref (anchor);
  claim.anchor = entry != NULL ? gh_credential_ref (anchor) : NULL;
  const gboolean admitted = gh_security_admit (security_of (f), &claim, NULL, NULL, 8, out, fault);
  gh_claim_clear (&claim);
  return admitted;
}

static void
a_certificate_keeps_its_ae_id (Fixture *f, gconstpointer data)
{
  (void) data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GhCredential) ours = add_anchor (f, 0), theirs = add_anchor (f, 0);
  g_auto (GhAdmission) pump = { 0 }, again = { 0 }, other = { 0 };
  GhFault fault = { 0 };
  g_assert_cmpuint (ours->number, !=, theirs->number);
  g_assert_true (show_certificate (f, ours, PUMP, &pump, &fault));
  expect (f, &pump, 2001, REGISTER ("Cpump7"));
  assert_owner (f, "Cpump7", "33-" PUMP);
  /* a key that is issued later by mistake */
  g_assert_null (try_add_psk (f, "eve@x.y", NULL, "Cpump7", NULL, &error));
  g_assert_error (error, GH_ERROR, GH_ERROR_CONFLICT);
  g_assert_nonnull (strstr (error->message, "33-" PUMP));
  /* the certificate of another authority, and our own again */
  g_assert_false (show_certificate (f, theirs, PUMP, &other, &fault));
  g_assert_nonnull (strstr (fault.text, "another authority"));
  fault = (GhFault){ 0 };
  g_assert_true (show_certificate (f, ours, PUMP, &again, &fault));
  expect (f, &again, 2000, READ ("Cpump7"));
  /* whoever means it names the owner */
  g_clear_error (&error);
  g_autoptr (GhCredential) shared = try_add_psk (f, "pump@x.y", "33-" PUMP, NULL, NULL, &error);
  g_assert_no_error (error);
  g_auto (GhAdmission) by_key = admit (f, "pump@x.y");
  expect (f, &by_key, 2000, READ ("Cpump7"));
}

/* The association that made the entry ends with it. */
static void
an_association_goes_over_to_its_entry (Fixture *f, gconstpointer data)
{
  (void) data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GhCredential) anchor = add_anchor (f, 0);
  g_auto (GhAdmission) pump = { 0 };
  GhFault fault = { 0 };
  GhAssociationInfo info = { .id = 8, .transport = "coaps", .peer = "", .suite = "" };
  g_assert_true (show_certificate (f, anchor, PUMP, &pump, &fault));
  gh_admission_describe (&pump, &info);
  gh_security_association_opened (security_of (f), &info);
  expect (f, &pump, 2001, REGISTER ("Cpump7"));
  g_assert_true (gh_security_still_admitted (security_of (f), &pump, &fault));
  expect (f, &pump, 2000, READ ("Cpump7"));
  g_autoptr (GhCredential) entry = gh_vault_find (vault_of (f), GH_CREDENTIAL_X509, PUMP);
  g_assert_cmpuint (pump.credential, ==, entry->number);
  g_assert_cmpuint (entry->anchor, ==, anchor->number);
  g_autoptr (GArray) none = gh_security_associations_of (security_of (f), entry, entry->generation);
  g_assert_cmpuint (none->len, ==, 0);
  g_assert_true (gh_vault_set_state (vault_of (f), entry->number, GH_CREDENTIAL_REVOKED, &error));
  g_autoptr (GArray) ended = gh_security_associations_of (security_of (f), entry, G_MAXUINT);
  g_assert_cmpuint (ended->len, ==, 1);
  g_assert_false (gh_security_still_admitted (security_of (f), &pump, &fault));
  gh_security_association_closed (security_of (f), 8, "test");
  /* and is read back from the file */
  restart (f);
  g_autoptr (GhCredential) read = gh_vault_find (vault_of (f), GH_CREDENTIAL_X509, PUMP);
  g_assert_cmpuint (read->anchor, ==, anchor->number);
  assert_owner (f, "Cpump7", "33-" PUMP);
}

static void
a_certificate_takes_nobodys_ae_id (Fixture *f, gconstpointer data)
{
  (void) data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GhCredential) anchor = add_anchor (f, 0);
  GhFault fault = { 0 };
  g_auto (GhAdmission) pump = { 0 }, early = { 0 };
  g_assert_true (show_certificate (f, anchor, PUMP, &early, &fault));
  g_autoptr (GhCredential) ann = try_add_psk (f, "ann@x.y", NULL, "Cpump7", NULL, &error);
  g_assert_no_error (error);
  g_assert_false (gh_security_still_admitted (security_of (f), &early, &fault));
  fault = (GhFault){ 0 };
  g_assert_false (show_certificate (f, anchor, PUMP, &pump, &fault));
  g_assert_nonnull (strstr (fault.text, "belongs to 12-ann@x.y"));
}

#define REMOTE(csi)                                                              \
  RQ (1, csi, "gatehouse")                                                       \
  ",\"ty\":16,\"pc\":{\"m2m:csr\":{\"csi\":\"" csi "\",\"cb\":\"" csi "/base\"," \
  "\"rr\":false,\"srv\":[\"3\"]}}}"

static void
a_cse_keeps_its_id (Fixture *f, gconstpointer data)
{
  (void) data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GhCredential) anchor = add_anchor (f, 0);
  g_auto (GhAdmission) mn = { 0 };
  GhFault fault = { 0 };
  g_assert_true (show_certificate (f, anchor, "/mn1", &mn, &fault));
  expect (f, &mn, 2001, REMOTE ("/mn1"));
  assert_owner (f, "/mn1", "32-/mn1");
  g_assert_null (try_add_psk (f, "eve@x.y", NULL, "/mn1", NULL, &error));
  g_assert_error (error, GH_ERROR, GH_ERROR_CONFLICT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func) g_test_add ("/binding/" path, Fixture, NULL, set_up, func, tear_down)
  ADD ("what-is-refused-is-nobodys", what_is_refused_is_nobodys);
  ADD ("what-is-not-committed-is-nobodys", what_is_not_committed_is_nobodys);
  ADD ("a-crash-between-the-two-is-made-good", a_crash_between_the_two_is_made_good);
  ADD ("another-vault-gets-nothing", another_vault_gets_nothing);
  ADD ("a-batch-is-one-change-of-the-vault", a_batch_is_one_change_of_the_vault);
  ADD ("a-certificate-keeps-its-ae-id", a_certificate_keeps_its_ae_id);
  ADD ("an-association-goes-over-to-its-entry", an_association_goes_over_to_its_entry);
  ADD ("a-certificate-takes-nobodys-ae-id", a_certificate_takes_nobodys_ae_id);
  ADD ("a-cse-keeps-its-id", a_cse_keeps_its_id);
  return g_test_run ();
}
