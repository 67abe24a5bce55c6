/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "security/gh-tls-profile.h"

G_BEGIN_DECLS

/* What must be known of handshake messages before GnuTLS acts on them. Pure functions on octets
 * from the network. */

#define GH_TLS_HELLO_TICKETS 4
#define GH_TLS_TICKET_NAME   16

typedef struct {
  const guint8 *random;                        /* 32 octets */
  gboolean offers_psk;                         /* a suite of the profile with a pre-shared key */
  guint n_tickets;                             /* GH_TLS_HELLO_TICKETS at most, the others are not
                                                * looked at */
  const guint8 *tickets[GH_TLS_HELLO_TICKETS]; /* the name of the key of each: GH_TLS_TICKET_NAME
                                                * octets */
} GhTlsHello;

/** gh_tls_hello_read: a ClientHello without its handshake header. @out points into @octets. FALSE:
 * malformed. */
gboolean gh_tls_hello_read (const GhTlsProfile *profile, gboolean datagram, const guint8 *octets,
                            gsize length, GhTlsHello *out) G_GNUC_WARN_UNUSED_RESULT;

/* One record of a datagram. */
typedef struct {
  guint8 type; /* 20 change cipher spec, 21 alert, 22 handshake, 23 application data */
  guint16 epoch;
  const guint8 *body;
  gsize length;
} GhTlsRecord;

enum { GH_TLS_RECORD_HANDSHAKE = 22, GH_TLS_RECORD_DATA = 23 };

/** gh_tls_record_read: the record at *@at of a datagram; moves *@at behind it. FALSE at the end and
 * when it is no record of DTLS. */
gboolean gh_tls_record_read (const guint8 *octets, gsize length, gsize *at, GhTlsRecord *out)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_tls_record_client_hello: the body of a ClientHello that is whole in @record; NULL: it is
 * none. */
const guint8 *gh_tls_record_client_hello (const GhTlsRecord *record, gsize *out_length);

/** gh_tls_record_psk_identity: the identity in a ClientKeyExchange that is whole in @record; NULL:
 * none. */
const guint8 *gh_tls_record_psk_identity (const GhTlsRecord *record, gsize *out_length);

G_END_DECLS
