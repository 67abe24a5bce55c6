/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "coap-streamed.h"

#include <string.h>

void
streamed_set_up (Streamed *bench, const char *option)
{
  const char *const options[] = { "coap.listen-tcp=127.0.0.1:0", "coap.threads=1", option, NULL };
  g_autoptr (GError) error = NULL;

  bench->core = fake_core_new (options);
  bench->transport = gh_coap_transport_ops.create (fake_core_host (bench->core), &error);
  gh_coap_transport_ops.start (bench->transport, &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (fake_core_url (bench->core, 0), "coap+tcp://127.0.0.1:"));
  g_assert_null (fake_core_url (bench->core, 1));
  bench->port = fake_core_port (bench->core);
}

void
streamed_tear_down (Streamed *bench)
{
  gh_coap_transport_ops.stop (bench->transport);
  gh_coap_transport_ops.free (bench->transport);
  fake_core_free (bench->core);
}

GhCoapMessage
streamed_request (guint8 code, const char *token, const char *name)
{
  GhCoapMessage message;

  gh_coap_message_init (&message, COAP_MESSAGE_NON, code);
  gh_coap_message_set_token (&message, (const guint8 *) token, (guint8) strlen (token));
  g_assert_true (gh_coap_message_add (&message, COAP_OPTION_URI_PATH, "cse", 3));
  g_assert_true (gh_coap_message_add (&message, COAP_OPTION_URI_PATH, name, strlen (name)));
  g_assert_true (gh_coap_message_add (&message, GH_COAP_OPTION_RQI, "r1", 2));
  g_assert_true (gh_coap_message_add (&message, GH_COAP_OPTION_FR, "CAE", 3));
  return message;
}

void
streamed_put_signal (Line *line, guint8 code)
{
  GhCoapMessage message;

  gh_coap_message_init (&message, COAP_MESSAGE_NON, code);
  line_put (line, &message);
}

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

void
streamed_send (GhTransport *transport, const char *scheme, guint16 port, GhBuffer *body,
               Delivered *d)
{
  g_autofree char *url = g_strdup_printf ("%s://127.0.0.1:%u/n", scheme, port);
  const GhDelivery delivery = { .url = url,
                                .operation = GH_OPERATION_NOTIFY,
                                .from = "/id-in",
                                .request_identifier = "n1",
                                .release_version = "3",
                                .body = body,
                                .timeout_ms = 20000 };

  memset (d, 0, sizeof *d);
  gh_coap_transport_ops.send (transport, &delivery, delivered, d);
}

void
streamed_wait (Delivered *d)
{
  g_mutex_lock (&d->lock);
  while (d->calls == 0)
    g_cond_wait (&d->changed, &d->lock);
  g_mutex_unlock (&d->lock);
}

void
streamed_put_answer (Line *line, const guint8 *token, guint8 code)
{
  GhCoapMessage answer;

  gh_coap_message_init (&answer, COAP_MESSAGE_NON, code);
  gh_coap_message_set_token (&answer, token, GH_COAP_MAX_TOKEN);
  g_assert_true (gh_coap_message_add_uint (&answer, GH_COAP_OPTION_RSC,
                                           code == COAP_RESPONSE_CODE_FORBIDDEN ? 4103 : 2000));
  line_put (line, &answer);
}
