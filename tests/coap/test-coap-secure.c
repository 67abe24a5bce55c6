/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "../../plugins/coap/gh-coap-map.h"
#include "../../plugins/coap/gh-coap-transport.h"
#include "../http/http-fake-core.h"
#include "../security/association-fixture.h"
#include "coap-wire.h"

#include <string.h>
#include <unistd.h>

/* The transport over DTLS, before peers that keep to no rule (TS-0008 7). */

#define IDENTITY "12345@example.org"
#define KEY      "0123456789abcdef"

typedef struct {
  GhClock *clock;
  GhSecurity *ours, *theirs;
  FakeCore *core;
  GhTransport *transport;
  guint16 port; /* of coaps */
  Wire *wire;   /* knows the key */
} Bench;

static void
share_key (Bench *bench, const char *theirs)
{
  g_autofree char *target = g_strdup_printf ("127.0.0.1:%u", bench->port);
  g_autoptr (GhCredential) a = fixture_add_psk (gh_security_get_vault (bench->ours), IDENTITY, NULL,
                                                KEY);
  g_autoptr (GhCredential) b = fixture_add_psk (gh_security_get_vault (bench->theirs), IDENTITY,
                                                target, theirs);

  g_assert_nonnull (a);
  g_assert_nonnull (b);
}

static void
set_up_with (Bench *bench, const char *key)
{
  static const char *const options[] = { "coap.listen-secure=127.0.0.1:0", "coap.threads=1", NULL };
  g_autoptr (GError) error = NULL;

  memset (bench, 0, sizeof *bench);
  bench->clock = gh_clock_new_fake (FIXTURE_WALL_US);
  bench->ours = fixture_security (bench->clock, NULL);
  bench->theirs = fixture_security (bench->clock, NULL);
  bench->core = fake_core_new (options);
  fake_core_host_writable (bench->core)->security = bench->ours;
  fake_core_host_writable (bench->core)->development = FALSE;
  fake_core_host_writable (bench->core)->authenticate_plain = fake_core_refuse_plain;
  bench->transport = gh_coap_transport_ops.create (fake_core_host (bench->core), &error);
  gh_coap_transport_ops.start (bench->transport, &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (fake_core_url (bench->core, 0), "coaps://127.0.0.1:"));
  bench->port = fake_core_port (bench->core);
  share_key (bench, key);
  bench->wire = wire_new (bench->theirs);
}

static void
set_up (Bench *bench)
{
  set_up_with (bench, KEY);
}

static void
tear_down (Bench *bench)
{
  wire_free (bench->wire);
  gh_coap_transport_ops.stop (bench->transport);
  gh_coap_transport_ops.free (bench->transport);
  fake_core_free (bench->core);
  gh_security_free (bench->ours);
  gh_security_free (bench->theirs);
  gh_clock_unref (bench->clock);
}

static GhCoapMessage
request (guint8 code, guint16 id, const char *name)
{
  GhCoapMessage message;

  gh_coap_message_init (&message, COAP_MESSAGE_CON, code);
  message.message_id = id;
  gh_coap_message_set_token (&message, (const guint8 *) "abcd", 4);
  g_assert_true (gh_coap_message_add (&message, COAP_OPTION_URI_PATH, "cse", 3));
  g_assert_true (gh_coap_message_add (&message, COAP_OPTION_URI_PATH, name, strlen (name)));
  g_assert_true (gh_coap_message_add (&message, GH_COAP_OPTION_RQI, "r1", 2));
  g_assert_true (gh_coap_message_add (&message, GH_COAP_OPTION_FR, "CTester", 7));
  return message;
}

/* Asks over @association and returns the code of the answer that comes on it. */
static guint8
ask (Bench *bench, GhAssociation *association, const GhCoapMessage *message)
{
  GhCoapMessage answer;
  WireItem *item;
  guint64 id = gh_association_get_id (association);

  wire_put (bench->wire, association, NULL, message);
  item = wire_get (bench->wire, &answer);
  g_assert_cmpuint (item->association, ==, id);
  g_assert_cmpuint (answer.message_id, ==, message->message_id);
  wire_item_free (item);
  return answer.code;
}

static void
test_retrieve (void)
{
  Bench b;
  GhCoapMessage message = request (COAP_REQUEST_CODE_GET, 1, "thing");
  GhCoapMessage large = request (COAP_REQUEST_CODE_GET, 2, "large");
  GhAssociation *association;

  set_up (&b);
  association = wire_connect (b.wire, b.port);
  g_assert_nonnull (association);
  g_assert_cmpuint (ask (&b, association, &message), ==, COAP_RESPONSE_CODE_CONTENT);
  g_assert_cmpuint (ask (&b, association, &large), ==, COAP_RESPONSE_CODE_CONTENT);
  g_assert_true (wire_is_silent (b.wire, association));
  tear_down (&b);
}

static void
test_a_wrong_key (void)
{
  Bench b;

  set_up_with (&b, "another key, not ours");
  g_assert_null (wire_connect (b.wire, b.port));
  g_assert_cmpuint (fake_core_dispatched (b.core), ==, 0);
  tear_down (&b);
}

/* What is not protected gets nothing at all on this port, not even a Reset. */
static void
test_plain_messages (void)
{
  Bench b;
  GhCoapMessage message = request (COAP_REQUEST_CODE_GET, 1, "thing");
  GhCoapMessage put = request (COAP_REQUEST_CODE_DELETE, 2, "thing");
  GhAssociation *association;
  GhPeer to;

  set_up (&b);
  to = wire_peer (b.port);
  association = wire_connect (b.wire, b.port);
  wire_put (b.wire, NULL, &to, &message);
  wire_put (b.wire, NULL, &to, &put);
  g_assert_true (wire_is_silent (b.wire, association));
  g_assert_cmpuint (fake_core_dispatched (b.core), ==, 0);
  tear_down (&b);
}

static void
test_replayed_records (void)
{
  Bench b;
  GhCoapMessage message = request (COAP_REQUEST_CODE_DELETE, 1, "thing");
  GhAssociation *association;
  const WireItem *captured;
  GhPeer to;
  Wire *elsewhere;

  set_up (&b);
  to = wire_peer (b.port);
  association = wire_connect (b.wire, b.port);
  g_assert_cmpuint (ask (&b, association, &message), ==, COAP_RESPONSE_CODE_CHANGED);
  captured = b.wire->sent->pdata[b.wire->sent->len - 1];
  elsewhere = wire_new (NULL);
  for (guint i = 0; i < 10; i++)
    {
      gsize length;
      const guint8 *octets = g_bytes_get_data (captured->octets, &length);
      g_autofree guint8 *changed = g_memdup2 (octets, length);

      wire_send (b.wire, &to, octets, length);
      wire_send (elsewhere, &to, octets, length);
      changed[length - 1 - i] ^= 1;
      wire_send (b.wire, &to, changed, length);
    }
  g_assert_true (wire_is_silent (b.wire, association));
  g_assert_cmpuint (fake_core_dispatched (b.core), ==, 1);
  wire_free (elsewhere);
  tear_down (&b);
}

/* A message that the peer sends again is another record: the message layer knows it. */
static void
test_duplicates (void)
{
  Bench b;
  GhCoapMessage message = request (COAP_REQUEST_CODE_DELETE, 1, "thing");
  GhAssociation *association;

  set_up (&b);
  association = wire_connect (b.wire, b.port);
  for (guint i = 0; i < 5; i++)
    g_assert_cmpuint (ask (&b, association, &message), ==, COAP_RESPONSE_CODE_CHANGED);
  g_assert_cmpuint (fake_core_dispatched (b.core), ==, 1);
  tear_down (&b);
}

/* The same peer, after another handshake from the same address and port: nothing of the old
 * association is known on the new one. */
static void
test_a_new_handshake (void)
{
  Bench b;
  GhCoapMessage message = request (COAP_REQUEST_CODE_POST, 1, "large");
  GhCoapMessage later = request (COAP_REQUEST_CODE_POST, 2, "large");
  const GhCoapBlock second = { 1, FALSE, 4 };
  GhAssociation *association;
  g_autoptr (GBytes) captured = NULL;
  GhPeer to;
  gsize length;
  gconstpointer octets;

  set_up (&b);
  to = wire_peer (b.port);
  g_assert_true (gh_coap_message_add_block (&later, COAP_OPTION_BLOCK2, &second));
  association = wire_connect (b.wire, b.port);
  g_assert_cmpuint (ask (&b, association, &message), ==, COAP_RESPONSE_CODE_CHANGED);
  g_assert_cmpuint (fake_core_dispatched (b.core), ==, 1);
  captured = g_bytes_ref (((WireItem *) b.wire->sent->pdata[b.wire->sent->len - 1])->octets);
  association = wire_connect (b.wire, b.port);
  g_assert_nonnull (association);
  /* a record of the old association */
  octets = g_bytes_get_data (captured, &length);
  wire_send (b.wire, &to, octets, length);
  g_assert_true (wire_is_silent (b.wire, association));
  /* the rest of an answer that the old one was given */
  g_assert_cmpuint (ask (&b, association, &later), ==, COAP_RESPONSE_CODE_INCOMPLETE);
  g_assert_cmpuint (fake_core_dispatched (b.core), ==, 1);
  /* the same octets are another request here */
  g_assert_cmpuint (ask (&b, association, &message), ==, COAP_RESPONSE_CODE_CHANGED);
  g_assert_cmpuint (fake_core_dispatched (b.core), ==, 2);
  tear_down (&b);
}

/* The message id of the next notification: time passes, and pings make the listener look. */
static guint16
next_told (Bench *bench, GhAssociation *association, gint64 after_us)
{
  GhCoapMessage ping, message;

  gh_coap_message_init (&ping, COAP_MESSAGE_CON, COAP_EMPTY_CODE);
  gh_clock_advance (fake_core_clock (bench->core), after_us);
  for (guint i = 0; i < 100; i++)
    {
      gboolean told = FALSE;
      guint16 id = 0;

      ping.message_id = (guint16) (0x5000 + i);
      wire_put (bench->wire, association, NULL, &ping);
      do
        {
          wire_item_free (wire_get (bench->wire, &message));
          if (message.type != COAP_MESSAGE_CON)
            continue;
          told = TRUE;
          id = message.message_id;
        }
      while (message.type != COAP_MESSAGE_RST);
      if (told)
        return id;
    }
  g_error ("no notification");
}

static void
put_empty (Bench *bench, GhAssociation *association, guint8 type, guint16 id)
{
  GhCoapMessage message;

  gh_coap_message_init (&message, type, COAP_EMPTY_CODE);
  message.message_id = id;
  wire_put (bench->wire, association, NULL, &message);
}

/* All that an association could say of any message of ours, kept; then another handshake of the
 * same address and port, a notification on the new association, and those of the old one that fit
 * it: neither ends its retransmission. */
static void
test_the_old_association_speaks (void)
{
  Bench b;
  GhCoapMessage message = request (COAP_REQUEST_CODE_GET, 1, "mutable");
  GhCoapMessage response;
  GhAssociation *association;
  GhPeer to;
  guint first;
  guint16 id;

  set_up (&b);
  to = wire_peer (b.port);
  g_assert_true (gh_coap_message_add_uint (&message, COAP_OPTION_OBSERVE, 0));
  fake_core_set_answer (b.core, 2000, "{\"a\":1}");
  association = wire_connect (b.wire, b.port);
  b.wire->held = TRUE;
  first = b.wire->sent->len;
  for (guint i = 0; i <= G_MAXUINT16; i++)
    {
      put_empty (&b, association, COAP_MESSAGE_ACK, (guint16) i);
      put_empty (&b, association, COAP_MESSAGE_RST, (guint16) i);
    }
  gh_coap_message_init (&response, COAP_MESSAGE_NON, COAP_RESPONSE_CODE_CHANGED);
  gh_coap_message_set_token (&response, message.token, message.token_length);
  wire_put (b.wire, association, NULL, &response);
  b.wire->held = FALSE;
  association = wire_connect (b.wire, b.port);
  g_assert_nonnull (association);
  g_assert_cmpuint (ask (&b, association, &message), ==, COAP_RESPONSE_CODE_CONTENT);
  fake_core_set_answer (b.core, 2000, "{\"a\":2}");
  id = next_told (&b, association, 20 * G_USEC_PER_SEC);
  for (guint i = 0; i < 3; i++)
    {
      const guint at = i < 2 ? 2 * (guint) id + i : 2 * (G_MAXUINT16 + 1);
      const WireItem *kept = b.wire->sent->pdata[first + at];
      gsize length;
      const guint8 *octets = g_bytes_get_data (kept->octets, &length);

      wire_send (b.wire, &to, octets, length);
    }
  g_assert_true (wire_is_silent (b.wire, association));
  g_assert_cmpuint (next_told (&b, association, 4 * G_USEC_PER_SEC), ==, id);
  /* said in its own association it counts */
  put_empty (&b, association, COAP_MESSAGE_ACK, id);
  g_assert_true (wire_is_silent (b.wire, association));
  fake_core_set_answer (b.core, 2000, "{\"a\":3}");
  g_assert_cmpuint (next_told (&b, association, 20 * G_USEC_PER_SEC), !=, id);
  tear_down (&b);
}

static void
test_two_associations (void)
{
  Bench b;
  GhCoapMessage message = request (COAP_REQUEST_CODE_DELETE, 1, "never");
  GhCoapMessage answer;
  GhAssociation *one, *two;
  WireItem *item;
  guint64 id;
  Wire *other;

  set_up (&b);
  other = wire_new (b.theirs);
  one = wire_connect (b.wire, b.port);
  two = wire_connect (other, b.port);
  id = gh_association_get_id (one);
  wire_put (b.wire, one, NULL, &message);
  fake_core_wait_pending (b.core, 1);
  /* the same token and message id from another association: it is a request of its own, and gets
   * nothing of the first one's */
  wire_put (other, two, NULL, &message);
  fake_core_wait_pending (b.core, 2);
  g_assert_true (wire_is_silent (other, two));
  fake_core_release (b.core);
  item = wire_get (b.wire, &answer);
  g_assert_cmpuint (item->association, ==, id);
  g_assert_cmpuint (answer.message_id, ==, 1);
  wire_item_free (item);
  item = wire_get (other, &answer);
  wire_item_free (item);
  g_assert_true (wire_is_silent (b.wire, one));
  g_assert_true (wire_is_silent (other, two));
  wire_free (other);
  tear_down (&b);
}

static void
test_revocation (void)
{
  Bench b;
  GhCoapMessage message = request (COAP_REQUEST_CODE_GET, 1, "thing");
  GhAssociation *association;
  g_autoptr (GhCredential) credential = NULL;
  GhVault *vault;

  set_up (&b);
  vault = gh_security_get_vault (b.ours);
  association = wire_connect (b.wire, b.port);
  g_assert_cmpuint (ask (&b, association, &message), ==, COAP_RESPONSE_CODE_CONTENT);
  credential = gh_vault_find (vault, GH_CREDENTIAL_PSK, IDENTITY);
  g_assert_true (gh_vault_set_state (vault, credential->number, GH_CREDENTIAL_REVOKED, NULL));
  for (guint64 id = 1; id < 100; id++)
    gh_coap_transport_ops.close_association (b.transport, id);
  /* close_notify comes, and no new handshake succeeds */
  g_assert_null (wire_connect (b.wire, b.port));
  g_assert_cmpuint (fake_core_dispatched (b.core), ==, 1);
  tear_down (&b);
}

/* Requests of ours. */

typedef struct {
  GMutex lock;
  GCond changed;
  guint calls;
  GhDeliveryStatus status;
  guint rsc;
} Delivered;

static void
delivered (const GhDeliveryResult *result, gpointer user_data)
{
  Delivered *d = user_data;

  g_mutex_lock (&d->lock);
  d->calls++;
  d->status = result->status;
  d->rsc = result->rsc;
  g_cond_broadcast (&d->changed);
  g_mutex_unlock (&d->lock);
}

static void
send_to (Bench *bench, guint16 port, Delivered *d)
{
  g_autofree char *url = g_strdup_printf ("coaps://127.0.0.1:%u/n", port);
  const GhDelivery delivery = { .url = url,
                                .operation = GH_OPERATION_NOTIFY,
                                .from = "/id-in",
                                .request_identifier = "n1",
                                .release_version = "3",
                                .timeout_ms = 20000 };

  memset (d, 0, sizeof *d);
  gh_coap_transport_ops.send (bench->transport, &delivery, delivered, d);
}

static void
wait_for (Delivered *d)
{
  g_mutex_lock (&d->lock);
  while (d->calls == 0)
    g_cond_wait (&d->changed, &d->lock);
  g_mutex_unlock (&d->lock);
}

/* The wire is the server now: it knows the key that we have for it. */
static void
trust_each_other (Bench *bench)
{
  g_autofree char *target = g_strdup_printf ("127.0.0.1:%u", wire_port (bench->wire));
  g_autoptr (GhCredential) a = fixture_add_psk (gh_security_get_vault (bench->theirs),
                                                "678@example.org", NULL, KEY);
  g_autoptr (GhCredential) b = fixture_add_psk (gh_security_get_vault (bench->ours),
                                                "678@example.org", target, KEY);

  g_assert_nonnull (a);
  g_assert_nonnull (b);
}

static GhCoapMessage
answer_to (const GhCoapMessage *message, guint8 type, guint8 code)
{
  GhCoapMessage answer;

  gh_coap_message_init (&answer, type, code);
  answer.message_id = message->message_id;
  if (code != COAP_EMPTY_CODE)
    {
      gh_coap_message_set_token (&answer, message->token, message->token_length);
      g_assert_true (gh_coap_message_add_uint (&answer, GH_COAP_OPTION_RSC, 2000));
    }
  return answer;
}

static void
test_only_the_association_answers (void)
{
  Bench b;
  GhCoapMessage message, answer;
  GhAssociation *association;
  WireItem *item;
  Delivered d;
  Wire *plain;

  set_up (&b);
  trust_each_other (&b);
  plain = wire_new (NULL);
  send_to (&b, wire_port (b.wire), &d);
  item = wire_get (b.wire, &message);
  g_assert_cmpuint (item->association, !=, 0);
  association = b.wire->open->pdata[0];
  /* plain answers: from the server's own port, and from another one */
  answer = answer_to (&message, COAP_MESSAGE_ACK, COAP_RESPONSE_CODE_FORBIDDEN);
  wire_put (b.wire, NULL, &item->from, &answer);
  wire_put (plain, NULL, &item->from, &answer);
  answer = answer_to (&message, COAP_MESSAGE_RST, COAP_EMPTY_CODE);
  wire_put (b.wire, NULL, &item->from, &answer);
  wire_put (plain, NULL, &item->from, &answer);
  answer = answer_to (&message, COAP_MESSAGE_ACK, COAP_EMPTY_CODE);
  wire_put (b.wire, NULL, &item->from, &answer);
  g_assert_true (wire_is_silent (b.wire, association));
  g_assert_cmpuint (d.calls, ==, 0);
  /* another token, over the association */
  answer = answer_to (&message, COAP_MESSAGE_NON, COAP_RESPONSE_CODE_FORBIDDEN);
  answer.token[0] ^= 1;
  wire_put (b.wire, association, NULL, &answer);
  g_assert_true (wire_is_silent (b.wire, association));
  g_assert_cmpuint (d.calls, ==, 0);
  answer = answer_to (&message, COAP_MESSAGE_ACK, COAP_RESPONSE_CODE_CHANGED);
  wire_put (b.wire, association, NULL, &answer);
  wait_for (&d);
  g_assert_cmpint (d.status, ==, GH_DELIVERY_DONE);
  g_assert_cmpuint (d.rsc, ==, 2000);
  wire_item_free (item);
  /* the next one takes the same association */
  send_to (&b, wire_port (b.wire), &d);
  item = wire_get (b.wire, &message);
  g_assert_cmpuint (b.wire->open->len, ==, 1);
  answer = answer_to (&message, COAP_MESSAGE_ACK, COAP_RESPONSE_CODE_CHANGED);
  wire_put (b.wire, association, NULL, &answer);
  wait_for (&d);
  g_assert_cmpint (d.status, ==, GH_DELIVERY_DONE);
  wire_item_free (item);
  wire_free (plain);
  tear_down (&b);
}

/* The association ends while its answer is awaited, and the answer comes in the next one. */
static void
test_an_answer_in_the_next_association (void)
{
  Bench b;
  GhCoapMessage first, second, answer;
  GhAssociation *association;
  WireItem *item;
  Delivered d, next;

  set_up (&b);
  trust_each_other (&b);
  send_to (&b, wire_port (b.wire), &d);
  item = wire_get (b.wire, &first);
  gh_association_close (b.wire->open->pdata[0], "test");
  wait_for (&d);
  g_assert_cmpint (d.status, ==, GH_DELIVERY_UNREACHABLE);
  send_to (&b, wire_port (b.wire), &next);
  wire_item_free (wire_get (b.wire, &second));
  association = b.wire->open->pdata[0];
  answer = answer_to (&first, COAP_MESSAGE_NON, COAP_RESPONSE_CODE_FORBIDDEN);
  wire_put (b.wire, association, NULL, &answer);
  answer = answer_to (&first, COAP_MESSAGE_RST, COAP_EMPTY_CODE);
  if (first.message_id != second.message_id)
    wire_put (b.wire, association, NULL, &answer);
  g_assert_true (wire_is_silent (b.wire, association));
  g_assert_cmpuint (next.calls, ==, 0);
  wire_item_free (item);
  answer = answer_to (&second, COAP_MESSAGE_ACK, COAP_RESPONSE_CODE_CHANGED);
  wire_put (b.wire, association, NULL, &answer);
  wait_for (&next);
  g_assert_cmpint (next.status, ==, GH_DELIVERY_DONE);
  tear_down (&b);
}

static void
test_a_target_without_credential (void)
{
  Bench b;
  Delivered d;

  set_up (&b);
  send_to (&b, wire_port (b.wire), &d);
  /* nobody answers: the wire is not pumped */
  gh_coap_transport_ops.stop (b.transport);
  gh_coap_transport_ops.free (b.transport);
  wait_for (&d);
  g_assert_cmpint (d.status, ==, GH_DELIVERY_UNREACHABLE);
  wire_free (b.wire);
  fake_core_free (b.core);
  gh_security_free (b.ours);
  gh_security_free (b.theirs);
  gh_clock_unref (b.clock);
}

/* libcoap's clients, with both of its TLS libraries. */
static void
test_other_peers (gconstpointer data)
{
  const char *program = data;
  g_autofree char *path = g_test_build_filename (G_TEST_BUILT, "peers", program, NULL);
  g_autofree char *key = NULL, *url = NULL, *out = NULL;
  g_autoptr (GError) error = NULL;
  gint status;
  Bench b;
  int fd;

  if (!g_file_test (path, G_FILE_TEST_IS_EXECUTABLE))
    {
      g_test_skip ("the peer was not built");
      return;
    }
  set_up (&b);
  fd = g_file_open_tmp ("gh-key-XXXXXX", &key, &error);
  g_assert_no_error (error);
  g_assert_cmpint (write (fd, KEY, strlen (KEY)), ==, (gssize) strlen (KEY));
  close (fd);
  url = g_strdup_printf ("coaps://127.0.0.1:%u/cse/thing", b.port);
  {
    const char *argv[] = { path, "-f", "CTester", "-v", "3", "-u", IDENTITY, "-k", key, url, NULL };

    g_spawn_sync (NULL, (char **) argv, NULL, 0, NULL, NULL, &out, NULL, &status, &error);
  }
  g_assert_no_error (error);
  g_test_message ("%s", out);
  g_assert_nonnull (strstr (out, "code 2.05\n"));
  g_assert_nonnull (strstr (out, "rsc 2000\n"));
  g_assert_nonnull (strstr (out, "\"fr\":\"CTester\""));
  unlink (key);
  tear_down (&b);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/coap/secure/retrieve", test_retrieve);
  g_test_add_func ("/coap/secure/wrong-key", test_a_wrong_key);
  g_test_add_func ("/coap/secure/plain", test_plain_messages);
  g_test_add_func ("/coap/secure/replay", test_replayed_records);
  g_test_add_func ("/coap/secure/duplicates", test_duplicates);
  g_test_add_func ("/coap/secure/new-handshake", test_a_new_handshake);
  g_test_add_func ("/coap/secure/old-association", test_the_old_association_speaks);
  g_test_add_func ("/coap/secure/two-associations", test_two_associations);
  g_test_add_func ("/coap/secure/revocation", test_revocation);
  g_test_add_func ("/coap/secure/call", test_only_the_association_answers);
  g_test_add_func ("/coap/secure/call/next-association", test_an_answer_in_the_next_association);
  g_test_add_func ("/coap/secure/call/no-credential", test_a_target_without_credential);
  g_test_add_data_func ("/coap/secure/peer/gnutls", "coap-om2m-gnutls", test_other_peers);
  g_test_add_data_func ("/coap/secure/peer/openssl", "coap-om2m-openssl", test_other_peers);
  return g_test_run ();
}
