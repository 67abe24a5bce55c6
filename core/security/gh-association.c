/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <gnutls/dtls.h>
#include <string.h>

#include "base/gh-log.h"
#include "security/gh-datagram-private.h"

#define FIRST_WAIT_US   (1 * G_USEC_PER_SEC) /* RFC 6347 4.2.4.1 */
#define LONGEST_WAIT_US (60 * (gint64) G_USEC_PER_SEC)
#define HELD_US         (5 * G_USEC_PER_SEC)
#define POLL_US         (G_USEC_PER_SEC / 10)
/* The end of a credential is wall time, which may be set: look again. */
#define LOOK_AGAIN_US (3600 * (gint64) G_USEC_PER_SEC)

enum {
  MAX_HELD = 4,
  /* The Finished of a wrong key cannot be read, and GnuTLS is silent about it; but so can a forged
   * one not be. */
  MAX_UNREADABLE = 4,
  MAX_TURNS = 64,
};

static ssize_t
push (gnutls_transport_ptr_t pointer, const void *octets, size_t length)
{
  GhAssociation *association = pointer;
  GhDatagramLayer *layer = association->layer;
  layer->ops.send (layer->user_data, &association->slot->peer, octets, length);
  return (ssize_t) length;
}

/* GnuTLS reads the one datagram that was fed, then nothing: with a socket of its own a handshake
 * can stall for ever. */
static ssize_t
pull (gnutls_transport_ptr_t pointer, void *out, size_t size)
{
  GhAssociation *association = pointer;
  GhDatagramLayer *layer = association->layer;
  if (layer->mail == NULL)
    {
      gnutls_transport_set_errno (association->session, EAGAIN);
      return -1;
    }
  gsize length = MIN (size, layer->mail_length);
  memcpy (out, layer->mail, length);
  layer->mail = NULL;
  return (ssize_t) length;
}

/* GnuTLS measures retransmission by a clock of its own. With a time of 0 it sends a flight again
 * whenever it is told that nothing has come; it is told so only when our clock says that it is
 * time, and finds nothing to read otherwise. */
static int
pull_timeout (gnutls_transport_ptr_t pointer, unsigned milliseconds)
{
  const GhAssociation *association = pointer;
  (void) milliseconds;
  return !association->layer->repeats;
}

static gboolean
set_up_session (GhAssociation *association, GhTlsContext *context, GError **error)
{
  int status = gnutls_init (&association->session, gh_tls_context_init_flags (context));
  if (status < 0)
    {
      g_set_error_literal (error, GH_ERROR, GH_ERROR_FAILED, gnutls_strerror (status));
      association->session = NULL;
      return FALSE;
    }
  gnutls_session_t session = association->session;
  gnutls_transport_set_ptr (session, association);
  gnutls_transport_set_push_function (session, push);
  gnutls_transport_set_pull_function (session, pull);
  gnutls_transport_set_pull_timeout_function (session, pull_timeout);
  gnutls_dtls_set_mtu (session, association->layer->options.mtu);
  gnutls_dtls_set_timeouts (session, 0, G_MAXINT32);
  return TRUE;
}

GhAssociation *
gh_association_new (GhDatagramLayer *layer, GhTlsContext *context, const GhPeer *peer,
                    const char *server_name, const char *authority, GError **error)
{
  GhAssociation *association = g_new0 (GhAssociation, 1);
  association->layer = layer;
  association->client = context->role == GH_TLS_CLIENT;
  if (set_up_session (association, context, error))
    association->tls = gh_tls_session_new (context, association->session, server_name, authority,
                                           error);
  if (association->tls == NULL)
    {
      gh_association_free (association);
      return NULL;
    }
  gint64 now_us = gh_clock_monotonic_us (layer->clock);
  association->id = gh_security_next_association_id (layer->options.security);
  association->active_us = now_us;
  association->handshake = g_new0 (GhHandshake, 1);
  association->handshake->deadline_us = now_us + layer->options.handshake_us;
  association->handshake->wait_us = FIRST_WAIT_US;
  association->handshake->retry_us = now_us + FIRST_WAIT_US;
  layer->n_handshakes++;
  gh_datagram_table_add (association, peer);
  gh_datagram_table_wake (association, association->handshake->retry_us);
  return association;
}

static void
end_handshake (GhAssociation *association)
{
  if (association->handshake == NULL)
    return;
  g_clear_pointer (&association->handshake->held, g_ptr_array_unref);
  g_clear_pointer (&association->handshake, g_free);
  association->layer->n_handshakes--;
}

void
gh_association_free (GhAssociation *association)
{
  if (association->session != NULL)
    gnutls_deinit (association->session);
  if (association->tls != NULL)
    gh_tls_session_free (association->tls);
  gh_admission_clear (&association->admission);
  g_free (association);
}

void
gh_association_close (GhAssociation *association, const char *reason)
{
  GhDatagramLayer *layer = association->layer;
  gboolean was_open = association->state == GH_ASSOCIATION_OPEN;
  if (association->state == GH_ASSOCIATION_CLOSED)
    return;
  association->state = GH_ASSOCIATION_CLOSED;
  if (was_open)
    gnutls_bye (association->session, GNUTLS_SHUT_WR);
  end_handshake (association);
  if (association->admitted)
    gh_security_association_closed (layer->options.security, association->id, reason);
  if (was_open || association->client)
    layer->ops.closed (layer->user_data, association, reason);
  gh_datagram_table_remove (association);
  if (layer->busy > 0)
    g_ptr_array_add (layer->dead, association);
  else
    gh_association_free (association);
}

void
gh_association_doom (GhAssociation *association, const char *reason)
{
  if (association->doomed == NULL && association->state != GH_ASSOCIATION_CLOSED)
    {
      association->doomed = reason;
      gh_datagram_table_wake (association, 0);
    }
}

/* One line for each cause, the same for a wrong key and for an unknown identity. */
static void
fail (GhAssociation *association, const char *reason)
{
  char peer[64];
  gh_peer_to_text (&association->slot->peer, peer, sizeof peer);
  if (gh_log_has_room (GH_LOG_INFO))
    gh_log (GH_LOG_INFO, association->layer->options.transport, "a handshake failed", "peer", peer,
            "reason", reason, NULL);
  gh_association_close (association, "the handshake failed");
}

static void
report_open (GhAssociation *association)
{
  GhDatagramLayer *layer = association->layer;
  char suite[96], peer[64];
  gh_tls_session_describe (association->tls, suite, sizeof suite);
  gh_peer_to_text (&association->slot->peer, peer, sizeof peer);
  GhAssociationInfo info = { .id = association->id,
                             .transport = layer->options.transport,
                             .peer = peer,
                             .suite = suite,
                             .resumed = gh_tls_session_is_resumed (association->tls),
                             .client = association->client,
                             .since_us = gh_clock_wall_us (layer->clock) };
  gh_admission_describe (&association->admission, &info);
  gh_security_association_opened (layer->options.security, &info);
}

/* Now that the new one is admitted, the peer has no use for those that it made before. */
static void
close_replaced (GhAssociation *association)
{
  GhAssociation *next;
  for (GhAssociation *other = association->slot->first; other != NULL; other = next)
    {
      next = other->next;
      if (other != association && other->client == association->client
          && other->state == GH_ASSOCIATION_OPEN)
        gh_association_close (other, "replaced by a new handshake");
    }
}

static gint64
next_wake (const GhAssociation *association)
{
  const GhDatagramLayer *layer = association->layer;
  gint64 now_us = gh_clock_monotonic_us (layer->clock);
  gint64 left_us = association->admission.ends_us - gh_clock_wall_us (layer->clock);
  gint64 end_us = now_us + CLAMP (left_us, 0, LOOK_AGAIN_US);
  return MIN (end_us, association->active_us + layer->options.idle_us);
}

static void
open_association (GhAssociation *association)
{
  GhDatagramLayer *layer = association->layer;
  GhFault fault = { 0 };
  g_autoptr (GInetAddress) address = gh_peer_to_address (&association->slot->peer);
  if (!gh_tls_session_admit (association->tls, address, association->id, &association->admission,
                             &fault))
    {
      gnutls_alert_send (association->session, GNUTLS_AL_FATAL, GNUTLS_A_ACCESS_DENIED);
      fail (association, fault.text);
      return;
    }
  association->admitted = TRUE;
  association->state = GH_ASSOCIATION_OPEN;
  association->active_us = gh_clock_monotonic_us (layer->clock);
  end_handshake (association);
  report_open (association);
  close_replaced (association);
  gh_datagram_table_wake (association, next_wake (association));
  layer->ops.opened (layer->user_data, association);
}

static void
shake (GhAssociation *association)
{
  int status;
  guint turns = 0;
  do
    status = gnutls_handshake (association->session);
  while (status < 0 && gnutls_error_is_fatal (status) == 0 && association->layer->mail != NULL
         && ++turns < MAX_TURNS);
  if (status >= 0)
    {
      open_association (association);
    }
  else if (gnutls_error_is_fatal (status) != 0)
    {
      gnutls_alert_send_appropriate (association->session, status);
      fail (association, gnutls_strerror (status));
    }
}

/* Application data of what arrived, also of what came in one datagram with the last flight. */
static void
drain (GhAssociation *association)
{
  GhDatagramLayer *layer = association->layer;
  for (guint turns = 0; turns < MAX_TURNS && association->state == GH_ASSOCIATION_OPEN; turns++)
    {
      gssize n = gnutls_record_recv (association->session, layer->buffer, GH_DATAGRAM_BUFFER);
      if (n == GNUTLS_E_AGAIN && layer->mail == NULL)
        return;
      if (n == 0)
        {
          gh_association_close (association, "closed by the peer");
          return;
        }
      if (n > 0)
        {
          association->active_us = gh_clock_monotonic_us (layer->clock);
          if (association->client && !association->remembered)
            gh_tls_session_remember (association->tls);
          association->remembered = TRUE;
          layer->ops.received (layer->user_data, association, layer->buffer, (gsize) n);
        }
      else if (n != GNUTLS_E_REHANDSHAKE && gnutls_error_is_fatal ((int) n) != 0)
        {
          gh_association_close (association, "closed for an error");
          return;
        }
    }
}

static gboolean
has_pending_key (GhAssociation *association, const guint8 *octets, gsize length)
{
  GhTlsRecord record;
  gsize at = 0;
  while (gh_tls_record_read (octets, length, &at, &record))
    {
      gsize n = 0;
      const guint8 *identity = gh_tls_record_psk_identity (&record, &n);
      if (identity != NULL)
        return gh_tls_session_key_pending (association->tls, identity, n);
    }
  return FALSE;
}

/* The flight waits for its key; what does not fit is sent again by the client. */
static void
hold (GhAssociation *association, const guint8 *octets, gsize length)
{
  GhHandshake *handshake = association->handshake;
  gint64 now_us = gh_clock_monotonic_us (association->layer->clock);
  if (handshake->held == NULL)
    {
      handshake->held = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
      handshake->held_until_us = now_us + HELD_US;
    }
  handshake->poll_us = now_us + POLL_US;
  if (handshake->held->len < MAX_HELD)
    g_ptr_array_add (handshake->held, g_bytes_new (octets, length));
  gh_datagram_table_wake (association, handshake->poll_us);
}

static void
shake_with (GhAssociation *association, const guint8 *octets, gsize length)
{
  GhDatagramLayer *layer = association->layer;
  layer->mail = octets;
  layer->mail_length = length;
  shake (association);
  if (association->state == GH_ASSOCIATION_OPEN)
    drain (association);
  layer->mail = NULL;
  if (association->state != GH_ASSOCIATION_HANDSHAKE)
    return;
  GhHandshake *handshake = association->handshake;
  handshake->wait_us = FIRST_WAIT_US;
  handshake->retry_us = gh_clock_monotonic_us (layer->clock) + FIRST_WAIT_US;
  gh_datagram_table_wake (association, MIN (handshake->retry_us, handshake->deadline_us));
}

static void
release (GhAssociation *association)
{
  g_autoptr (GPtrArray) held = g_steal_pointer (&association->handshake->held);
  for (guint i = 0; i < held->len && association->state != GH_ASSOCIATION_CLOSED; i++)
    {
      gsize length;
      const guint8 *octets = g_bytes_get_data (g_ptr_array_index (held, i), &length);
      if (association->state == GH_ASSOCIATION_HANDSHAKE)
        shake_with (association, octets, length);
      else
        gh_association_feed (association, octets, length);
    }
}

static void
poll_held (GhAssociation *association, gint64 now_us)
{
  GhHandshake *handshake = association->handshake;
  GBytes *first = g_ptr_array_index (handshake->held, 0);
  gsize length;
  const guint8 *octets = g_bytes_get_data (first, &length);
  if (now_us < handshake->held_until_us && has_pending_key (association, octets, length))
    {
      handshake->poll_us = now_us + POLL_US;
      gh_datagram_table_wake (association, handshake->poll_us);
      return;
    }
  release (association);
}

static gboolean
feed_open (GhAssociation *association, const guint8 *octets, gsize length)
{
  GhDatagramLayer *layer = association->layer;
  if (gh_clock_wall_us (layer->clock) >= association->admission.ends_us)
    {
      gh_association_close (association, "its credential ends");
      return TRUE;
    }
  unsigned discarded = gnutls_record_get_discarded (association->session);
  layer->mail = octets;
  layer->mail_length = length;
  drain (association);
  layer->mail = NULL;
  return association->state == GH_ASSOCIATION_CLOSED
         || gnutls_record_get_discarded (association->session) == discarded;
}

/* Only a Finished is missing, and this might be it. */
static gboolean
is_unreadable (const GhAssociation *association, const guint8 *octets, gsize length)
{
  unsigned last = gnutls_handshake_get_last_in (association->session);
  if (last != GNUTLS_HANDSHAKE_CLIENT_KEY_EXCHANGE && last != GNUTLS_HANDSHAKE_CERTIFICATE_VERIFY)
    return FALSE;
  GhTlsRecord record;
  gsize at = 0;
  while (gh_tls_record_read (octets, length, &at, &record))
    if (record.type == GH_TLS_RECORD_HANDSHAKE && record.epoch != 0)
      return TRUE;
  return FALSE;
}

static gboolean
feed_handshake (GhAssociation *association, const guint8 *octets, gsize length)
{
  unsigned discarded = gnutls_record_get_discarded (association->session);
  shake_with (association, octets, length);
  if (association->state != GH_ASSOCIATION_HANDSHAKE
      || gnutls_record_get_discarded (association->session) == discarded)
    return TRUE;
  if (is_unreadable (association, octets, length)
      && ++association->handshake->n_unreadable == MAX_UNREADABLE)
    {
      gnutls_alert_send (association->session, GNUTLS_AL_FATAL, GNUTLS_A_BAD_RECORD_MAC);
      fail (association, gnutls_strerror (GNUTLS_E_DECRYPTION_FAILED));
      return TRUE;
    }
  return FALSE;
}

gboolean
gh_association_feed (GhAssociation *association, const guint8 *octets, gsize length)
{
  if (association->state == GH_ASSOCIATION_OPEN)
    return feed_open (association, octets, length);
  if (association->state == GH_ASSOCIATION_CLOSED)
    return FALSE;
  if (!association->client
      && (association->handshake->held != NULL || has_pending_key (association, octets, length)))
    {
      hold (association, octets, length);
      return TRUE;
    }
  return feed_handshake (association, octets, length);
}

static void
wake_handshake (GhAssociation *association, gint64 now_us)
{
  GhHandshake *handshake = association->handshake;
  if (now_us >= handshake->deadline_us)
    {
      fail (association, "it took too long");
      return;
    }
  if (handshake->held != NULL)
    {
      poll_held (association, now_us);
      return;
    }
  if (now_us >= handshake->retry_us)
    {
      handshake->wait_us = MIN (2 * handshake->wait_us, LONGEST_WAIT_US);
      handshake->retry_us = now_us + handshake->wait_us;
      association->layer->repeats = TRUE;
      shake (association);
      association->layer->repeats = FALSE;
    }
  if (association->state == GH_ASSOCIATION_HANDSHAKE)
    gh_datagram_table_wake (association, MIN (handshake->retry_us, handshake->deadline_us));
}

void
gh_association_wake (GhAssociation *association)
{
  GhDatagramLayer *layer = association->layer;
  gint64 now_us = gh_clock_monotonic_us (layer->clock);
  if (association->doomed != NULL)
    gh_association_close (association, association->doomed);
  else if (association->state == GH_ASSOCIATION_HANDSHAKE)
    wake_handshake (association, now_us);
  else if (gh_clock_wall_us (layer->clock) >= association->admission.ends_us)
    gh_association_close (association, "its credential ends");
  else if (now_us >= association->active_us + layer->options.idle_us)
    gh_association_close (association, "idle");
  else
    gh_datagram_table_wake (association, next_wake (association));
}

gsize
gh_association_max_length (const GhAssociation *association)
{
  return gnutls_dtls_get_data_mtu (association->session);
}

gboolean
gh_association_send (GhAssociation *association, gconstpointer octets, gsize length)
{
  GhDatagramLayer *layer = association->layer;
  if (association->state != GH_ASSOCIATION_OPEN || association->doomed != NULL
      || length > gh_association_max_length (association))
    return FALSE;
  gssize sent = gnutls_record_send (association->session, octets, length);
  if (sent < 0)
    {
      gh_association_doom (association, "closed for an error");
      return FALSE;
    }
  association->active_us = gh_clock_monotonic_us (layer->clock);
  return TRUE;
}

guint64
gh_association_get_id (const GhAssociation *association)
{
  return association->id;
}

const GhPeer *
gh_association_get_peer (const GhAssociation *association)
{
  return &association->slot->peer;
}

gboolean
gh_association_is_client (const GhAssociation *association)
{
  return association->client;
}

const GhPrincipal *
gh_association_get_principal (GhAssociation *association)
{
  GhFault fault = { 0 };
  if (association->doomed != NULL || association->state != GH_ASSOCIATION_OPEN)
    return NULL;
  if (gh_security_still_admitted (association->layer->options.security, &association->admission,
                                  &fault))
    return association->admission.principal;
  gh_association_doom (association, "no longer admitted");
  return NULL;
}

void
gh_association_set_data (GhAssociation *association, gpointer data)
{
  association->data = data;
}

gpointer
gh_association_get_data (const GhAssociation *association)
{
  return association->data;
}
