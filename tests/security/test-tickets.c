/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "association-fixture.h"

/* What becomes of a session ticket when something happens to its credential before it is used. */

#define PUMP "pump@example.org"

typedef guint64 (*Share) (Net *net);

static guint64
share_psk (Net *net)
{
  return fixture_share_psk (net, PUMP);
}

static guint64
share_certificate (Net *net)
{
  return fixture_share_certificate (net, 0, 0);
}

static guint64
share_raw_key (Net *net)
{
  return fixture_share_raw_key (net, 0);
}

static void
keep_info (const GhAssociationInfo *info, gpointer user_data)
{
  *(gboolean *) user_data = info->resumed;
}

/* Of the newest association of @side. */
static gboolean
is_resumed (Side *side)
{
  gboolean resumed = FALSE;
  gh_security_list_associations (side->security, 0, 1000, keep_info, &resumed);
  return resumed;
}

/* A first association, through which something came back, so that its ticket is kept. */
static void
get_ticket (Net *net)
{
  net->sides[0]->echo = TRUE;
  GhAssociation *association = fixture_connected (net);
  g_assert_true (gh_association_send (association, "x", 1));
  fixture_pump (net);
  g_assert_cmpuint (net->sides[1]->n_received, >, 0);
  gh_association_close (association, "done");
  fixture_pump (net);
  g_assert_cmpuint (net->sides[0]->opened->len, ==, 0);
}

static void
test_resumed (gconstpointer data)
{
  Net *net = fixture_net_new (NULL);
  ((Share) data) (net);
  get_ticket (net);
  guint before = net->n_sent;
  fixture_connected (net);
  g_assert_true (is_resumed (net->sides[0]));
  g_assert_true (is_resumed (net->sides[1]));
  g_assert_cmpuint (net->n_sent - before, <=, 8);
  const GhPrincipal *principal = gh_association_get_principal (fixture_last (net->sides[0]));
  g_assert_true (gh_principal_may_use (principal, "CTester"));
  /* and once more, with what the second one brought or left */
  g_assert_true (gh_association_send (fixture_last (net->sides[1]), "x", 1));
  fixture_pump (net);
  gh_association_close (fixture_last (net->sides[1]), "done");
  fixture_pump (net);
  fixture_connected (net);
  g_assert_true (is_resumed (net->sides[0]));
  fixture_net_free (net);
}

typedef void (*Happen) (Net *net, guint64 number);

static void
take_away (Net *net, guint64 number)
{
  g_assert_true (gh_vault_set_state (net->sides[0]->vault, number, GH_CREDENTIAL_REVOKED, NULL));
}

static void
suspend (Net *net, guint64 number)
{
  g_assert_true (gh_vault_set_state (net->sides[0]->vault, number, GH_CREDENTIAL_SUSPENDED, NULL));
}

static void
suspend_and_resume (Net *net, guint64 number)
{
  suspend (net, number);
  g_assert_true (gh_vault_set_state (net->sides[0]->vault, number, GH_CREDENTIAL_ACTIVE, NULL));
}

static void
expire (Net *net, guint64 number)
{
  gint64 now_us = gh_clock_wall_us (net->clock);
  g_assert_true (
    gh_vault_set_validity (net->sides[0]->vault, number, 0, now_us + 10 * FIXTURE_SECOND, NULL));
  gh_clock_advance (net->clock, 10 * FIXTURE_SECOND);
}

static void
rotate (Net *net, guint64 number)
{
  g_autoptr (GhCredential) old = gh_vault_find_number (net->sides[0]->vault, number);
  g_autoptr (GhSecret) other = gh_secret_new ("quite another key", 17, NULL);
  g_assert_true (gh_vault_rotate (net->sides[0]->vault, number,
                                  old->kind == GH_CREDENTIAL_PSK ? other : NULL, old->public_data,
                                  NULL));
}

static void
remove_it (Net *net, guint64 number)
{
  g_assert_true (gh_vault_remove (net->sides[0]->vault, number, NULL));
}

/* The old key is not enough any more, and neither is the ticket that was got with it. */
static void
check_refused (Share share, Happen happen)
{
  Net *net = fixture_net_new (NULL);
  guint64 number = share (net);
  get_ticket (net);
  guint opened = net->sides[0]->n_opened;
  happen (net, number);
  for (guint i = 0; i < 2; i++)
    {
      fixture_connect (net);
      fixture_pass (net, 60 * FIXTURE_SECOND);
      g_assert_cmpuint (net->sides[0]->n_opened, ==, opened);
      g_assert_cmpuint (net->sides[0]->opened->len + net->sides[1]->opened->len, ==, 0);
    }
  fixture_net_free (net);
}

static void
test_revoked (gconstpointer share)
{
  check_refused ((Share) share, take_away);
}

static void
test_suspended (gconstpointer share)
{
  check_refused ((Share) share, suspend);
}

static void
test_expired (gconstpointer share)
{
  check_refused ((Share) share, expire);
}

static void
test_deleted (gconstpointer share)
{
  check_refused ((Share) share, remove_it);
}

static void
test_rotated (void)
{
  check_refused (share_psk, rotate);
}

/* The ticket is of an earlier generation: a full handshake is needed, and succeeds. */
static void
test_suspended_for_a_while (gconstpointer share)
{
  Net *net = fixture_net_new (NULL);
  guint64 number = ((Share) share) (net);
  get_ticket (net);
  suspend_and_resume (net, number);
  fixture_connect (net);
  fixture_pass (net, 60 * FIXTURE_SECOND);
  g_assert_cmpuint (net->sides[0]->opened->len, ==, 0);
  fixture_connected (net);
  g_assert_false (is_resumed (net->sides[0]));
  fixture_net_free (net);
}

/* When it has passed, tickets are good again. */
static void
test_next_period (gconstpointer share)
{
  Net *net = fixture_net_new (NULL);
  guint64 number = ((Share) share) (net);
  suspend_and_resume (net, number);
  gh_clock_advance (net->clock, 3600 * FIXTURE_SECOND);
  get_ticket (net);
  fixture_connected (net);
  g_assert_true (is_resumed (net->sides[0]));
  fixture_net_free (net);
}

/* Identities that were given meanwhile are there, those that were taken are not. */
static void
test_identities_are_those_of_now (void)
{
  Net *net = fixture_net_new (NULL);
  guint64 number = share_psk (net);
  get_ticket (net);
  g_assert_true (gh_vault_bind_identity (net->sides[0]->vault, number, "CNewcomer", NULL));
  fixture_connected (net);
  g_assert_true (is_resumed (net->sides[0]));
  const GhPrincipal *principal = gh_association_get_principal (fixture_last (net->sides[0]));
  g_assert_true (gh_principal_may_use (principal, "CNewcomer"));
  fixture_net_free (net);
}

static void
test_lifetime_of_a_ticket (void)
{
  FixtureOptions options = { .ticket_s = 3600 };
  Net *net = fixture_net_new (&options);
  share_psk (net);
  get_ticket (net);
  gh_clock_advance (net->clock, 3700 * FIXTURE_SECOND);
  fixture_connected (net);
  g_assert_false (is_resumed (net->sides[0]));
  fixture_net_free (net);
}

static void
test_no_tickets (void)
{
  FixtureOptions options = { .ticket_s = G_MAXUINT };
  Net *net = fixture_net_new (&options);
  share_psk (net);
  get_ticket (net);
  fixture_connected (net);
  g_assert_false (is_resumed (net->sides[0]));
  fixture_net_free (net);
}

/* The server stops and starts again; the node that slept knows nothing of it. */
static void
test_outlives_restart (gconstpointer share)
{
  Net *net = fixture_net_new (NULL);
  ((Share) share) (net);
  get_ticket (net);
  Side *server = net->sides[0];
  GhDatagramOptions options = { .security = server->security,
                                .max_associations = 10,
                                .max_per_source = 10,
                                .max_handshakes = 10,
                                .transport = "coaps" };
  gh_datagram_layer_free (server->layer);
  gh_tls_context_unref (server->server);
  server->server = fixture_context (server->security, GH_TLS_SERVER, TRUE, NULL);
  options.server = server->server;
  fixture_net_restart (server, &options);
  fixture_connected (net);
  g_assert_true (is_resumed (server));
  fixture_net_free (net);
}

/* A listener that asks for certificates takes no ticket of one that is content with keys. */
static void
test_not_for_stricter_listener (void)
{
  Net *net = fixture_net_new (NULL);
  share_psk (net);
  get_ticket (net);
  FixtureOptions strict = { .require_certificate = TRUE };
  GhTlsContext *context = fixture_context (net->sides[0]->security, GH_TLS_SERVER, TRUE, &strict);
  gh_datagram_layer_set_server (net->sides[0]->layer, context);
  guint opened = net->sides[0]->n_opened;
  fixture_connect (net);
  fixture_pass (net, 60 * FIXTURE_SECOND);
  g_assert_cmpuint (net->sides[0]->n_opened, ==, opened);
  gh_tls_context_unref (context);
  fixture_net_free (net);
}

/* The client changes its own key: what it kept is not used. */
static void
test_client_forgets (void)
{
  Net *net = fixture_net_new (NULL);
  share_psk (net);
  get_ticket (net);
  g_autoptr (GhCredential) own = gh_vault_find_target (net->sides[1]->vault, "server:5684");
  g_autoptr (GhSecret) same = gh_secret_new ("0123456789abcdef", 16, NULL);
  g_assert_true (gh_vault_rotate (net->sides[1]->vault, own->number, same, NULL, NULL));
  fixture_connected (net);
  g_assert_false (is_resumed (net->sides[0]));
  fixture_net_free (net);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    Share share;
  } kinds[] = { { "psk", share_psk }, { "x509", share_certificate }, { "rpk", share_raw_key } };
  static const struct {
    const char *name;
    GTestDataFunc func;
  } cases[] = {
    { "resumed", test_resumed },         { "revoked", test_revoked },
    { "suspended", test_suspended },     { "expired", test_expired },
    { "deleted", test_deleted },         { "suspended-for-a-while", test_suspended_for_a_while },
    { "next-period", test_next_period }, { "outlives-restart", test_outlives_restart }
  };
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    for (guint j = 0; j < G_N_ELEMENTS (kinds); j++)
      {
        g_autofree char *path = g_strdup_printf ("/tickets/%s/%s", cases[i].name, kinds[j].name);
        g_test_add_data_func (path, (gconstpointer) kinds[j].share, cases[i].func);
      }
  g_test_add_func ("/tickets/rotated", test_rotated);
  g_test_add_func ("/tickets/identities-are-those-of-now", test_identities_are_those_of_now);
  g_test_add_func ("/tickets/lifetime", test_lifetime_of_a_ticket);
  g_test_add_func ("/tickets/none", test_no_tickets);
  g_test_add_func ("/tickets/not-for-stricter-listener", test_not_for_stricter_listener);
  g_test_add_func ("/tickets/client-forgets", test_client_forgets);
  return g_test_run ();
}
