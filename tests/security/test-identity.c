/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "../service/cse-fixture.h"
#include "gh-cse-private.h"
#include "security/gh-security.h"

#define NOW_US (G_GINT64_CONSTANT (1800000000) * G_USEC_PER_SEC)

/* The rules of From and of registration, below any transport: what a credential of the vault
 * proved, against what a request claims. */

typedef struct {
  CseFixture cse;
  GhClock *clock;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  const CseParts parts = { .clock = f->clock = gh_clock_new_fake (NOW_US) };
  cse_fixture_set_up_with (&f->cse, data, &parts);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  (void) data;
  cse_fixture_tear_down (&f->cse);
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

/* Lists are texts with commas between. */
static GhCredential *
add_psk (Fixture *f, const char *subject, const char *identities, const char *stems)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GhSecret) secret = gh_secret_new_random (32, &error);
  g_auto (GStrv) identity_list = g_strsplit (identities, ",", -1);
  g_auto (GStrv) stem_list = g_strsplit (stems, ",", -1);
  const GhVaultDraft draft = { .kind = GH_CREDENTIAL_PSK,
                               .subject = subject,
                               .owner = subject,
                               .identities = (const char *const *) identity_list,
                               .stems = (const char *const *) stem_list,
                               .suid = 12,
                               .secret = secret };
  GhCredential *credential = gh_vault_add (vault_of (f), &draft, &error);
  g_assert_no_error (error);
  return credential;
}

static gboolean
try_admit (Fixture *f, GhCredential *credential, const GhTicketFacts *ticket, GhAdmission *out,
           GhFault *fault)
{
  GhClaim claim = { .proof = GH_PROOF_PSK,
                    .credential = gh_credential_ref (credential),
                    .not_after_us = GH_NEVER_US };
  const gboolean admitted = gh_security_admit (security_of (f), &claim, ticket, NULL, 7, out,
                                               fault);
  gh_claim_clear (&claim);
  return admitted;
}

static GhAdmission
admit (Fixture *f, GhCredential *credential)
{
  GhAdmission admission;
  GhFault fault = { 0 };
  g_assert_true (try_admit (f, credential, NULL, &admission, &fault));
  return admission;
}

/* A credential made and proven at once. */
static GhAdmission
person (Fixture *f, const char *subject, const char *identities, const char *stems)
{
  g_autoptr (GhCredential) credential = add_psk (f, subject, identities, stems);
  return admit (f, credential);
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

static char *
ask (Fixture *f, const GhPrincipal *principal, guint expected, const char *primitive)
{
  Answer answer = { .status = 0 };
  GhFault fault = { 0 };
  GhRequest *request = gh_request_from_json (primitive, strlen (primitive), &fault);
  g_assert_cmpstr (fault.text, ==, "");
  g_mutex_init (&answer.lock);
  g_cond_init (&answer.cond);
  gh_dispatch (f->cse.cse->service, request, principal, answered, &answer);
  g_mutex_lock (&answer.lock);
  while (answer.status == 0)
    g_cond_wait (&answer.cond, &answer.lock);
  g_mutex_unlock (&answer.lock);
  g_mutex_clear (&answer.lock);
  g_cond_clear (&answer.cond);
  if (answer.status != expected)
    g_test_message ("%s: %u %s", primitive, answer.status, answer.body);
  g_assert_cmpuint (answer.status, ==, expected);
  return answer.body;
}

static void
expect (Fixture *f, const GhPrincipal *principal, guint expected, const char *primitive)
{
  g_free (ask (f, principal, expected, primitive));
}

#define RQ(op, from, to) \
  "{\"op\":" #op ",\"fr\":\"" from "\",\"to\":\"" to "\",\"rqi\":\"1\",\"rvi\":\"3\""
#define READ(from) RQ (2, from, "gatehouse") "}"
#define REGISTER(from)      \
  RQ (1, from, "gatehouse") \
  ",\"ty\":2,\"pc\":{\"m2m:ae\":{\"api\":\"Npump\",\"rr\":false,\"srv\":[\"3\"]}}}"

static void
nobody_is_asked_for_a_credential (Fixture *f, gconstpointer data)
{
  (void) data;
  expect (f, NULL, 4107, READ ("CAdmin"));
  expect (f, NULL, 4107, REGISTER ("C"));
}

static void
an_ae_is_who_its_credential_says (Fixture *f, gconstpointer data)
{
  (void) data;
  g_auto (GhAdmission) pump = person (f, "pump@example.org", "Cpump", "");
  g_auto (GhAdmission) other = person (f, "other@example.org", "Cother", "");
  expect (f, pump.principal, 2001, REGISTER ("Cpump"));
  expect (f, pump.principal, 2000, RQ (2, "Cpump", "Cpump") "}");
  expect (f, other.principal, 4103, RQ (2, "Cother", "Cpump") "}");
}

static void
a_borrowed_ae_id_is_refused (Fixture *f, gconstpointer data)
{
  (void) data;
  g_auto (GhAdmission) pump = person (f, "pump@example.org", "Cpump", "");
  g_auto (GhAdmission) eve = person (f, "eve@example.org", "Ceve", "");
  expect (f, pump.principal, 2001, REGISTER ("Cpump"));
  expect (f, eve.principal, 4106, RQ (2, "Cpump", "Cpump") "}");
  expect (f, eve.principal, 4106, RQ (4, "Cpump", "Cpump") "}");
  expect (f, eve.principal, 4106, REGISTER ("Cpump"));
  expect (f, eve.principal, 4106, READ ("CAdmin"));
  expect (f, eve.principal, 4106, REGISTER ("CAdmin"));
  expect (f, eve.principal, 4106, REGISTER ("Cfree"));
}

static void
an_ae_speaks_in_stem_form (Fixture *f, gconstpointer data)
{
  (void) data;
  g_auto (GhAdmission) pump = person (f, "pump@example.org", "Cpump", "");
  expect (f, pump.principal, 2001, REGISTER ("Cpump"));
  expect (f, pump.principal, 4000, RQ (2, "/gatehouse/Cpump", "Cpump") "}");
  expect (f, pump.principal, 4000, RQ (2, "//localhost/gatehouse/Cpump", "Cpump") "}");
  expect (f, pump.principal, 4000, RQ (2, "/gatehouse", "Cpump") "}");
  expect (f, pump.principal, 4000, RQ (2, "", "Cpump") "}");
  expect (f, pump.principal, 4000, RQ (2, "C", "Cpump") "}");
  expect (f, pump.principal, 4000, RQ (2, ".*", "Cpump") "}");
}

static void
an_ae_id_is_given_only_where_the_credential_allows (Fixture *f, gconstpointer data)
{
  (void) data;
  g_auto (GhAdmission) closed = person (f, "closed@example.org", "", "");
  g_auto (GhAdmission) open = person (f, "open@example.org", "", "C");
  g_auto (GhAdmission) named = person (f, "named@example.org", "", "Cpump*");
  expect (f, closed.principal, 4126, REGISTER ("C"));
  expect (f, open.principal, 4126, REGISTER ("S"));
  expect (f, open.principal, 2001, REGISTER ("C"));
  expect (f, open.principal, 4106, REGISTER ("Cchosen"));
  expect (f, named.principal, 4126, REGISTER ("C"));
  expect (f, named.principal, 2001, REGISTER ("Cpump17"));
  expect (f, named.principal, 4106, REGISTER ("Cfan17"));
}

static char *
ae_id_of (char *body)
{
  g_autoptr (JsonNode) root = json_from_string (body, NULL);
  JsonObject *ae = json_object_get_object_member (json_node_get_object (root), "m2m:ae");
  char *id = g_strdup (json_object_get_string_member (ae, "aei"));
  g_free (body);
  return id;
}

static void
what_was_registered_belongs_to_the_owner (Fixture *f, gconstpointer data)
{
  (void) data;
  GhFault fault = { 0 };
  g_auto (GhAdmission) open = person (f, "open@example.org", "", "C");
  g_auto (GhAdmission) other = person (f, "other@example.org", "", "C*");
  g_autofree char *id = ae_id_of (ask (f, open.principal, 2001, REGISTER ("C")));
  g_autofree char *read = g_strdup_printf (RQ (2, "%s", "%s") "}", id, id);
  g_autofree char *drop = g_strdup_printf (RQ (4, "%s", "%s") "}", id, id);
  g_autofree char *take = g_strdup_printf (REGISTER ("%s"), id);

  /* the association learns it at its next request */
  expect (f, open.principal, 4106, read);
  g_assert_true (gh_security_still_admitted (security_of (f), &open, &fault));
  expect (f, open.principal, 2000, read);
  expect (f, other.principal, 4106, read);
  expect (f, open.principal, 2002, drop);
  /* even when nothing is registered under it */
  expect (f, other.principal, 4106, take);
  g_autofree char *again = ae_id_of (ask (f, open.principal, 2001, REGISTER ("C")));
  g_assert_cmpstr (again, ==, id);
}

static void
rotation_keeps_the_ae_id_and_ends_associations (Fixture *f, gconstpointer data)
{
  (void) data;
  g_autoptr (GError) error = NULL;
  GhFault fault = { 0 };
  g_autoptr (GhCredential) old = add_psk (f, "pump@example.org", "Cpump", "");
  g_autoptr (GhSecret) key = gh_secret_new_random (32, &error);
  g_auto (GhAdmission) before = admit (f, old);
  expect (f, before.principal, 2001, REGISTER ("Cpump"));
  (void) !gh_vault_rotate (vault_of (f), old->number, key, NULL, &error);
  g_assert_no_error (error);
  g_assert_false (gh_security_still_admitted (security_of (f), &before, &fault));
  g_assert_cmpint (fault.code, ==, GH_ERROR_NO_ASSOCIATION);
  g_autoptr (GhCredential) rotated = gh_vault_find_number (vault_of (f), old->number);
  g_auto (GhAdmission) after = admit (f, rotated);
  expect (f, after.principal, 2000, RQ (2, "Cpump", "Cpump") "}");
}

static void
expect_no_admission (Fixture *f, GhCredential *credential, const GhTicketFacts *ticket,
                     const char *reason)
{
  GhAdmission admission;
  GhFault fault = { 0 };
  g_assert_false (try_admit (f, credential, ticket, &admission, &fault));
  g_assert_cmpint (fault.code, ==, GH_ERROR_NO_ASSOCIATION);
  if (strstr (fault.text, reason) == NULL)
    g_test_message ("%s", fault.text);
  g_assert_nonnull (strstr (fault.text, reason));
}

static GhTicketFacts
ticket_of (const GhAdmission *admission)
{
  return (GhTicketFacts){ .credential = admission->credential,
                          .anchor = admission->anchor,
                          .generation = admission->generation,
                          .made_us = NOW_US,
                          .not_after_us = admission->not_after_us };
}

static void
a_ticket_does_not_survive_a_change (Fixture *f, gconstpointer data)
{
  (void) data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GhCredential) first = add_psk (f, "pump@example.org", "Cpump", "");
  g_auto (GhAdmission) before = admit (f, first);
  const GhTicketFacts ticket = ticket_of (&before);
  g_auto (GhAdmission) resumed = { 0 };
  GhFault fault = { 0 };
  g_assert_true (try_admit (f, first, &ticket, &resumed, &fault));
  (void) !gh_vault_set_state (vault_of (f), first->number, GH_CREDENTIAL_SUSPENDED, &error);
  g_assert_no_error (error);
  g_autoptr (GhCredential) suspended = gh_vault_find_number (vault_of (f), first->number);
  expect_no_admission (f, suspended, &ticket, "suspended");
  (void) !gh_vault_set_state (vault_of (f), first->number, GH_CREDENTIAL_ACTIVE, &error);
  g_assert_no_error (error);
  g_autoptr (GhCredential) active = gh_vault_find_number (vault_of (f), first->number);
  expect_no_admission (f, active, &ticket, "changed since the ticket");
  g_auto (GhAdmission) full = admit (f, active);
  (void) !gh_vault_set_state (vault_of (f), first->number, GH_CREDENTIAL_REVOKED, &error);
  g_assert_no_error (error);
  g_autoptr (GhCredential) revoked = gh_vault_find_number (vault_of (f), first->number);
  expect_no_admission (f, revoked, NULL, "revoked");
  g_assert_false (gh_security_still_admitted (security_of (f), &full, &fault));
}

static void
a_ticket_of_somebody_else_is_refused (Fixture *f, gconstpointer data)
{
  (void) data;
  g_autoptr (GhCredential) pump = add_psk (f, "pump@example.org", "Cpump", "");
  g_autoptr (GhCredential) eve = add_psk (f, "eve@example.org", "Ceve", "");
  g_auto (GhAdmission) hers = admit (f, eve);
  GhTicketFacts ticket = ticket_of (&hers);
  expect_no_admission (f, pump, &ticket, "changed since the ticket");
  ticket.made_us = NOW_US + G_USEC_PER_SEC;
  expect_no_admission (f, eve, &ticket, "future");
  ticket.made_us = NOW_US;
  ticket.not_after_us = NOW_US;
  expect_no_admission (f, eve, &ticket, "expired");
}

static void
validity_ends_an_association (Fixture *f, gconstpointer data)
{
  (void) data;
  g_autoptr (GError) error = NULL;
  GhFault fault = { 0 };
  g_autoptr (GhCredential) pump = add_psk (f, "pump@example.org", "Cpump", "");
  const gint64 end_us = NOW_US + G_TIME_SPAN_HOUR;
  g_auto (GhAdmission) admission = admit (f, pump);
  g_assert_cmpint (admission.ends_us, ==, GH_NEVER_US);
  (void) !gh_vault_set_validity (vault_of (f), pump->number, NOW_US - 1, end_us, &error);
  g_assert_no_error (error);
  g_autoptr (GhCredential) limited = gh_vault_find_number (vault_of (f), pump->number);
  g_auto (GhAdmission) shorter = admit (f, limited);
  g_assert_cmpint (shorter.ends_us, ==, end_us);
  gh_clock_advance (f->clock, G_TIME_SPAN_HOUR);
  g_assert_false (gh_security_still_admitted (security_of (f), &shorter, &fault));
  expect_no_admission (f, limited, NULL, "");
}

static void
a_cse_speaks_for_its_branch_only (Fixture *f, gconstpointer data)
{
  (void) data;
  g_auto (GhAdmission) mn = person (f, "mn1@example.org", "/mn1", "");
  expect (f, mn.principal, 4103, RQ (2, "/mn1", "gatehouse") "}");
  expect (f, mn.principal, 4103, RQ (2, "/mn1/Cpump", "gatehouse") "}");
  expect (f, mn.principal, 4103, RQ (2, "Spump", "gatehouse") "}");
  expect (f, mn.principal, 4106, RQ (2, "/mn2", "gatehouse") "}");
  expect (f, mn.principal, 4106, RQ (2, "/gatehouse", "gatehouse") "}");
  expect (f, mn.principal, 4106, RQ (2, "Cpump", "gatehouse") "}");
  expect (f, mn.principal, 4106, RQ (2, "CAdmin", "gatehouse") "}");
  expect (f, mn.principal, 4106, RQ (2, "/mn2/Cpump", "gatehouse") "}");
  expect (f, mn.principal, 4106, RQ (2, "/gatehouse/CAdmin", "gatehouse") "}");
  expect (f, mn.principal, 4106, RQ (2, "//localhost/gatehouse/CAdmin", "gatehouse") "}");
}

#define REMOTE(from, csi)                                             \
  RQ (1, from, "gatehouse")                                           \
  ",\"ty\":16,\"pc\":{\"m2m:csr\":{\"csi\":\"" csi "\",\"cb\":\"" csi \
  "/base\",\"rr\":false,\"srv\":[\"3\"]}}}"

static void
a_cse_registers_as_itself (Fixture *f, gconstpointer data)
{
  (void) data;
  g_auto (GhAdmission) mn = person (f, "mn1@example.org", "/mn1", "");
  g_auto (GhAdmission) ae = person (f, "pump@example.org", "Cpump", "C");
  expect (f, ae.principal, 4107, REMOTE ("Cpump", "/mn1"));
  expect (f, mn.principal, 4106, REMOTE ("/mn2", "/mn2"));
  expect (f, mn.principal, 4107, REMOTE ("/mn1/Cpump", "/mn1"));
  expect (f, mn.principal, 2001, REMOTE ("/mn1", "/mn1"));
}

static const char *const s_administrator[] = { "cse.administrator=SAdmin", NULL };

static void
a_cse_cannot_bring_the_administrator (Fixture *f, gconstpointer data)
{
  (void) data;
  g_auto (GhAdmission) mn = person (f, "mn1@example.org", "/mn1", "");
  for (guint development = 0; development <= 1; development++)
    {
      f->cse.cse->service->options.development = development != 0;
      expect (f, mn.principal, 4106, RQ (2, "SAdmin", "gatehouse") "}");
      expect (f, mn.principal, 4106, RQ (2, "/SAdmin", "gatehouse") "}");
      expect (f, mn.principal, 4106, RQ (2, "//localhost/SAdmin", "gatehouse") "}");
      expect (f, mn.principal, 4106, RQ (2, "//localhost/mn1/SAdmin", "gatehouse") "}");
      expect (f, mn.principal, 4106, RQ (2, "/mn1/SAdmin", "gatehouse") "}");
    }
}

/* Whatever its credential lets it register. */
static void
a_cse_registers_no_ae (Fixture *f, gconstpointer data)
{
  (void) data;
  g_auto (GhAdmission) mn = person (f, "mn1@example.org", "/mn1", "C,S,C*");
  expect (f, mn.principal, 4106, REGISTER ("C"));
  expect (f, mn.principal, 4106, REGISTER ("S"));
  expect (f, mn.principal, 4106, REGISTER ("Cpump"));
  expect (f, mn.principal, 4106, REGISTER ("/mn1/Cpump"));
}

static void
the_administrators_credential_may_use_his_originator (Fixture *f, gconstpointer data)
{
  (void) data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GhSecret) secret = gh_secret_new_random (32, &error);
  const GhVaultDraft draft = { .kind = GH_CREDENTIAL_PSK,
                               .subject = "root@example.org",
                               .suid = 12,
                               .secret = secret,
                               .administrator = TRUE };
  g_autoptr (GhCredential) credential = gh_vault_add (vault_of (f), &draft, &error);
  g_assert_no_error (error);
  g_auto (GhAdmission) root = admit (f, credential);
  expect (f, root.principal, 2000, READ ("CAdmin"));
}

static const char *const s_strong[] = { "access.minimum-strength=192", NULL };

static GhCredential *
add_octets (Fixture *f, const char *subject, const char *identity, gsize octets)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GhSecret) secret = gh_secret_new_random (octets, &error);
  const GhVaultDraft draft = { .kind = GH_CREDENTIAL_PSK,
                               .subject = subject,
                               .owner = subject,
                               .identities = (const char *const[]){ identity, NULL },
                               .stems = (const char *const[]){ "C*", NULL },
                               .suid = 12,
                               .secret = secret };
  GhCredential *credential = gh_vault_add (vault_of (f), &draft, &error);
  g_assert_no_error (error);
  return credential;
}

/* minimum-strength=192 */
static void
who_is_too_weak_is_not_served (Fixture *f, gconstpointer data)
{
  (void) data;
  g_autoptr (GhCredential) key = add_octets (f, "weak@example.org", "Cweak", 16);
  g_autoptr (GhCredential) edge = add_octets (f, "edge@example.org", "Cedge", 24);
  g_autoptr (GhCredential) branch = add_octets (f, "mn1@example.org", "/mn1", 16);
  g_auto (GhAdmission) weak = admit (f, key);
  g_auto (GhAdmission) enough = admit (f, edge);
  g_auto (GhAdmission) mn = admit (f, branch);
  expect (f, weak.principal, 4107, REGISTER ("Cweak"));
  expect (f, weak.principal, 4107, REGISTER ("C"));
  expect (f, weak.principal, 4107, READ ("Cweak"));
  expect (f, mn.principal, 4107, READ ("/mn1"));
  expect (f, mn.principal, 4107, READ ("/mn1/Cfar"));
  expect (f, enough.principal, 2001, REGISTER ("Cedge"));
  g_autoptr (GhPrincipal) claimed = gh_principal_new_claimed (NULL);
  expect (f, claimed, 4107, READ ("CAdmin"));
}

static void
count (guint64 number, const char *record, gpointer user_data)
{
  (void) number;
  if (strstr (record, "\"kind\":\"refusal\"") != NULL && strstr (record, "\"rsc\":\"4106\"") != NULL
      && strstr (record, "12-eve@example.org") != NULL)
    *(guint *) user_data += 1;
}

static void
a_refusal_stands_in_the_audit_log (Fixture *f, gconstpointer data)
{
  (void) data;
  guint n = 0;
  g_autoptr (GError) error = NULL;
  g_auto (GhAdmission) eve = person (f, "eve@example.org", "Ceve", "");
  expect (f, eve.principal, 4106, READ ("CAdmin"));
  g_assert_true (
    gh_audit_read (gh_security_get_audit (security_of (f)), 0, 1000, count, &n, &error));
  g_assert_cmpuint (n, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func) g_test_add ("/identity/" path, Fixture, NULL, set_up, func, tear_down)
  ADD ("nobody-is-asked-for-a-credential", nobody_is_asked_for_a_credential);
  ADD ("an-ae-is-who-its-credential-says", an_ae_is_who_its_credential_says);
  ADD ("a-borrowed-ae-id-is-refused", a_borrowed_ae_id_is_refused);
  ADD ("an-ae-speaks-in-stem-form", an_ae_speaks_in_stem_form);
  ADD ("an-ae-id-is-given-only-where-the-credential-allows",
       an_ae_id_is_given_only_where_the_credential_allows);
  ADD ("what-was-registered-belongs-to-the-owner", what_was_registered_belongs_to_the_owner);
  ADD ("rotation-keeps-the-ae-id-and-ends-associations",
       rotation_keeps_the_ae_id_and_ends_associations);
  ADD ("a-ticket-does-not-survive-a-change", a_ticket_does_not_survive_a_change);
  ADD ("a-ticket-of-somebody-else-is-refused", a_ticket_of_somebody_else_is_refused);
  ADD ("validity-ends-an-association", validity_ends_an_association);
  ADD ("a-cse-speaks-for-its-branch-only", a_cse_speaks_for_its_branch_only);
  ADD ("a-cse-registers-as-itself", a_cse_registers_as_itself);
  ADD ("a-cse-registers-no-ae", a_cse_registers_no_ae);
  g_test_add ("/identity/a-cse-cannot-bring-the-administrator", Fixture, s_administrator, set_up,
              a_cse_cannot_bring_the_administrator, tear_down);
  ADD ("the-administrators-credential-may-use-his-originator",
       the_administrators_credential_may_use_his_originator);
  g_test_add ("/identity/who-is-too-weak-is-not-served", Fixture, s_strong, set_up,
              who_is_too_weak_is_not_served, tear_down);
  ADD ("a-refusal-stands-in-the-audit-log", a_refusal_stands_in_the_audit_log);
  return g_test_run ();
}
