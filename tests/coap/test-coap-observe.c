/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "coap-served.h"

#include <string.h>

/* Observed resources (RFC 7641): what is sent, what is not, and what ends it. */

#define PING_ID 0xbeef

static GhCoapMessage
observe (Served *bench, const char *token, guint32 value)
{
  GhCoapMessage message = served_request (bench, COAP_REQUEST_CODE_GET, "mutable");

  gh_coap_message_set_token (&message, (const guint8 *) token, (guint8) strlen (token));
  g_assert_true (gh_coap_message_add_uint (&message, COAP_OPTION_OBSERVE, value));
  return message;
}

static const GhCoapMessage *
ask (Served *bench, const GhCoapMessage *message)
{
  served_put (bench->fd, message);
  return served_get (bench, bench->fd);
}

static void
answer_empty (Served *bench, guint8 type, guint16 id)
{
  GhCoapMessage message;

  gh_coap_message_init (&message, type, COAP_EMPTY_CODE);
  message.message_id = id;
  served_put (bench->fd, &message);
}

/* Time passes, and the listener notices: what comes before the answer to a ping, which is what a
 * look at the observed resources sends. NULL: nothing. A notification may come behind the first
 * ping's answer, but not behind that of the second. */
static const GhCoapMessage *
look (Served *bench)
{
  const GhCoapMessage *answer = NULL;

  /* what was sent before has arrived */
  answer_empty (bench, COAP_MESSAGE_CON, PING_ID);
  while (served_get (bench, bench->fd)->type != COAP_MESSAGE_RST)
    ;
  gh_clock_advance (fake_core_clock (bench->core), 20 * G_USEC_PER_SEC);
  for (guint i = 0; i < 2; i++)
    {
      answer_empty (bench, COAP_MESSAGE_CON, PING_ID);
      answer = served_get (bench, bench->fd);
      if (answer->type != COAP_MESSAGE_RST)
        {
          static GhCoapMessage notification;
          static guint8 octets[GH_COAP_MAX_DATAGRAM];
          gsize length = gh_coap_message_write (answer, octets, sizeof octets);

          g_assert_cmpint (gh_coap_message_parse (&notification, octets, length), ==,
                           GH_COAP_PARSED);
          while (served_get (bench, bench->fd)->type != COAP_MESSAGE_RST)
            ;
          return &notification;
        }
    }
  return NULL;
}

static void
test_notifications (void)
{
  Served b;
  GhCoapMessage message;
  const GhCoapMessage *answer;
  guint32 first, second;

  served_set_up (&b, "coap.threads=1");
  fake_core_set_answer (b.core, 2000, "{\"a\":1}");
  message = observe (&b, "tk", 0);
  answer = ask (&b, &message);
  g_assert_cmpuint (answer->type, ==, COAP_MESSAGE_ACK);
  g_assert_true (gh_coap_message_uint (answer, COAP_OPTION_OBSERVE, &first));
  g_assert_null (look (&b));
  fake_core_set_answer (b.core, 2000, "{\"a\":2}");
  answer = look (&b);
  g_assert_nonnull (answer);
  g_assert_cmpuint (answer->type, ==, COAP_MESSAGE_CON);
  g_assert_cmpuint (answer->code, ==, COAP_RESPONSE_CODE_CONTENT);
  g_assert_cmpmem (answer->token, answer->token_length, "tk", 2);
  g_assert_cmpmem (answer->payload, answer->payload_length, "{\"a\":2}", 7);
  g_assert_true (gh_coap_message_uint (answer, COAP_OPTION_OBSERVE, &second));
  g_assert_cmpuint (second, >, first);
  answer_empty (&b, COAP_MESSAGE_ACK, answer->message_id);
  g_assert_null (look (&b));
  served_tear_down (&b);
}

/* "/.well-known/core": the same in another dress, but not ten times a second. */
static void
test_links (void)
{
  Served b;
  GhCoapMessage message;
  const GhCoapMessage *answer;
  guint dispatched;

  served_set_up (&b, "coap.threads=1");
  fake_core_set_answer (b.core, 2000, "{\"m2m:uril\":[\"cse/a\"]}");
  gh_coap_message_init (&message, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET);
  gh_coap_message_set_token (&message, (const guint8 *) "tk", 2);
  g_assert_true (gh_coap_message_add_uint (&message, COAP_OPTION_OBSERVE, 0));
  g_assert_true (gh_coap_message_add (&message, COAP_OPTION_URI_PATH, ".well-known", 11));
  g_assert_true (gh_coap_message_add (&message, COAP_OPTION_URI_PATH, "core", 4));
  g_assert_true (gh_coap_message_add (&message, GH_COAP_OPTION_FR, "CAE", 3));
  answer = ask (&b, &message);
  g_assert_nonnull (gh_coap_message_find (answer, COAP_OPTION_OBSERVE));
  g_assert_cmpmem (answer->payload, answer->payload_length, "</cse/a>", 8);
  fake_core_set_answer (b.core, 2000, "{\"m2m:uril\":[\"cse/b\"]}");
  answer = look (&b);
  g_assert_nonnull (answer);
  g_assert_cmpmem (answer->payload, answer->payload_length, "</cse/b>", 8);
  g_assert_nonnull (gh_coap_message_find (answer, COAP_OPTION_OBSERVE));
  answer_empty (&b, COAP_MESSAGE_ACK, answer->message_id);
  g_assert_null (look (&b));
  /* a change half a second later waits */
  dispatched = fake_core_dispatched (b.core);
  fake_core_set_answer (b.core, 2000, "{\"m2m:uril\":[]}");
  gh_clock_advance (fake_core_clock (b.core), G_USEC_PER_SEC / 2);
  for (guint i = 0; i < 2; i++)
    {
      answer_empty (&b, COAP_MESSAGE_CON, PING_ID);
      g_assert_cmpuint (served_get (&b, b.fd)->type, ==, COAP_MESSAGE_RST);
    }
  g_assert_cmpuint (fake_core_dispatched (b.core), ==, dispatched);
  answer = look (&b);
  g_assert_nonnull (answer);
  g_assert_cmpuint (answer->payload_length, ==, 0);
  served_tear_down (&b);
}

/* Each notification is decided again. */
static void
test_ends (gconstpointer data)
{
  const guint status = GPOINTER_TO_UINT (data);
  Served b;
  GhCoapMessage message;
  const GhCoapMessage *answer;
  guint dispatched;

  served_set_up (&b, "coap.threads=1");
  fake_core_set_answer (b.core, 2000, "{\"a\":1}");
  message = observe (&b, "tk", 0);
  g_assert_nonnull (gh_coap_message_find (ask (&b, &message), COAP_OPTION_OBSERVE));
  fake_core_set_answer (b.core, status, NULL);
  answer = look (&b);
  g_assert_nonnull (answer);
  g_assert_cmpuint (answer->code, ==,
                    status == 4103 ? COAP_RESPONSE_CODE_FORBIDDEN : COAP_RESPONSE_CODE_NOT_FOUND);
  g_assert_null (gh_coap_message_find (answer, COAP_OPTION_OBSERVE));
  g_assert_cmpuint (gh_coap_map_answer (answer), ==, status);
  answer_empty (&b, COAP_MESSAGE_ACK, answer->message_id);
  dispatched = fake_core_dispatched (b.core);
  fake_core_set_answer (b.core, 2000, "{\"a\":3}");
  g_assert_null (look (&b));
  g_assert_cmpuint (fake_core_dispatched (b.core), ==, dispatched);
  served_tear_down (&b);
}

static void
test_reset_ends (void)
{
  Served b;
  GhCoapMessage message;
  const GhCoapMessage *answer;

  served_set_up (&b, "coap.threads=1");
  fake_core_set_answer (b.core, 2000, "{\"a\":1}");
  message = observe (&b, "tk", 0);
  ask (&b, &message);
  fake_core_set_answer (b.core, 2000, "{\"a\":2}");
  answer = look (&b);
  g_assert_nonnull (answer);
  answer_empty (&b, COAP_MESSAGE_RST, answer->message_id);
  fake_core_set_answer (b.core, 2000, "{\"a\":3}");
  g_assert_null (look (&b));
  served_tear_down (&b);
}

static void
test_deregistration (void)
{
  Served b;
  GhCoapMessage message;

  served_set_up (&b, "coap.threads=1");
  fake_core_set_answer (b.core, 2000, "{\"a\":1}");
  message = observe (&b, "tk", 0);
  ask (&b, &message);
  /* another token is another observation */
  message = observe (&b, "other", 1);
  g_assert_null (gh_coap_message_find (ask (&b, &message), COAP_OPTION_OBSERVE));
  message = observe (&b, "tk", 1);
  g_assert_null (gh_coap_message_find (ask (&b, &message), COAP_OPTION_OBSERVE));
  fake_core_set_answer (b.core, 2000, "{\"a\":2}");
  g_assert_null (look (&b));
  served_tear_down (&b);
}

static void
test_refused_ones_are_not_observed (void)
{
  Served b;
  GhCoapMessage message;

  served_set_up (&b, "coap.threads=1");
  fake_core_set_answer (b.core, 4103, NULL);
  message = observe (&b, "tk", 0);
  g_assert_null (gh_coap_message_find (ask (&b, &message), COAP_OPTION_OBSERVE));
  fake_core_set_answer (b.core, 2000, "{\"a\":1}");
  g_assert_null (look (&b));
  /* nor what is found anew each time */
  message = observe (&b, "tk", 0);
  g_assert_true (gh_coap_message_add (&message, COAP_OPTION_URI_QUERY, "fu=1", 4));
  g_assert_null (gh_coap_message_find (ask (&b, &message), COAP_OPTION_OBSERVE));
  message = observe (&b, "tk", 0);
  g_assert_true (gh_coap_message_add (&message, COAP_OPTION_URI_QUERY, "rcn=4", 5));
  g_assert_null (gh_coap_message_find (ask (&b, &message), COAP_OPTION_OBSERVE));
  served_tear_down (&b);
}

static void
test_bounded (void)
{
  Served b;
  GhCoapMessage message;

  served_set_up (&b, "coap.max-observations=1");
  fake_core_set_answer (b.core, 2000, "{\"a\":1}");
  message = observe (&b, "one", 0);
  g_assert_nonnull (gh_coap_message_find (ask (&b, &message), COAP_OPTION_OBSERVE));
  message = observe (&b, "two", 0);
  g_assert_null (gh_coap_message_find (ask (&b, &message), COAP_OPTION_OBSERVE));
  /* the same one again */
  message = observe (&b, "one", 0);
  g_assert_nonnull (gh_coap_message_find (ask (&b, &message), COAP_OPTION_OBSERVE));
  served_tear_down (&b);
}

static void
test_silent_peers_are_given_up (void)
{
  Served b;
  GhCoapMessage message;
  guint dispatched;

  served_set_up (&b, "coap.threads=1");
  fake_core_set_answer (b.core, 2000, "{\"a\":1}");
  message = observe (&b, "tk", 0);
  ask (&b, &message);
  fake_core_set_answer (b.core, 2000, "{\"a\":2}");
  g_assert_nonnull (look (&b));
  /* retransmitted, and then no more */
  for (guint i = 0; i < 8; i++)
    (void) look (&b);
  dispatched = fake_core_dispatched (b.core);
  fake_core_set_answer (b.core, 2000, "{\"a\":3}");
  g_assert_null (look (&b));
  g_assert_cmpuint (fake_core_dispatched (b.core), ==, dispatched);
  served_tear_down (&b);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/coap/observe/notifications", test_notifications);
  g_test_add_func ("/coap/observe/links", test_links);
  g_test_add_data_func ("/coap/observe/right-gone", GUINT_TO_POINTER (4103), test_ends);
  g_test_add_data_func ("/coap/observe/resource-gone", GUINT_TO_POINTER (4004), test_ends);
  g_test_add_func ("/coap/observe/reset", test_reset_ends);
  g_test_add_func ("/coap/observe/deregistration", test_deregistration);
  g_test_add_func ("/coap/observe/refused", test_refused_ones_are_not_observed);
  g_test_add_func ("/coap/observe/bounded", test_bounded);
  g_test_add_func ("/coap/observe/silent", test_silent_peers_are_given_up);
  return g_test_run ();
}
