/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sodium.h>

#include "security/gh-datagram.h"
#include "security/gh-tls-private.h"

G_BEGIN_DECLS

/* What gh-datagram.c (the layer), gh-association.c (one of its associations) and
 * gh-datagram-table.c (finding and waking them) share. */

/* Hashes of what peers choose are keyed, and kept in front of the keys. */
typedef struct {
  guint hash;
  GhPeer peer;
  GhAssociation *first; /* of those with this peer; the newest first */
} GhPeerSlot;

/* An IPv4 address, or the 64-bit prefix that one IPv6 host may have all of. */
typedef struct {
  guint hash;
  guint8 octets[16];
  guint count;
} GhSource;

typedef enum { GH_ASSOCIATION_HANDSHAKE, GH_ASSOCIATION_OPEN, GH_ASSOCIATION_CLOSED } GhState;

/* Only while the handshake lasts. */
typedef struct {
  gint64 deadline_us, retry_us, wait_us; /* monotonic: must end; send again; after how long */
  GPtrArray *held;                       /* (element-type GBytes): waiting for a key */
  gint64 held_until_us, poll_us;
  guint n_unreadable;
} GhHandshake;

struct _GhAssociation {
  GhDatagramLayer *layer;
  guint64 id;
  GhPeerSlot *slot;
  GhAssociation *next; /* with the same peer */
  GhSource *source;
  gnutls_session_t session;
  GhTlsSession *tls;
  GhHandshake *handshake;
  GhAdmission admission;
  gpointer data;
  const char *doomed; /* why it is closed at the next tick, or NULL */
  gint64 active_us;   /* monotonic: when something was received or sent last */
  gint64 wake_us;
  guint wake_index; /* in the layer's heap; 0: not in it */
  guint8 state;     /* GhState */
  gboolean client : 1, admitted : 1, remembered : 1;
  guint8 hello[16]; /* of the random of the ClientHello */
};

struct _GhDatagramLayer {
  GhDatagramOptions options;
  GhDatagramOps ops;
  gpointer user_data;
  GhClock *clock;
  guint8 cookie_keys[2][16]; /* the newer first */
  gint64 cookie_us;          /* monotonic: when it was made */
  GHashTable *peers;         /* set of GhPeerSlot */
  GHashTable *sources;       /* set of GhSource */
  GHashTable *ids;           /* id to GhAssociation */
  GPtrArray *wakes;          /* binary heap of GhAssociation by wake_us, from index 1 */
  guint n_associations, n_handshakes;
  guint busy;      /* calls that may close associations and still hold them */
  GPtrArray *dead; /* closed ones, freed when not busy */
  guint64 vault_epoch;
  const guint8 *mail; /* the datagram that GnuTLS may read next; NULL: none */
  gsize mail_length;
  gboolean repeats; /* GnuTLS is called to send a flight again */
  guint8 *buffer;   /* one record */
};

enum { GH_DATAGRAM_BUFFER = 16384 + 2048 };

/* gh-datagram-table.c */
void gh_datagram_table_init (GhDatagramLayer *layer);
void gh_datagram_table_clear (GhDatagramLayer *layer);
GhPeerSlot *gh_datagram_table_find (GhDatagramLayer *layer, const GhPeer *peer);
/** gh_datagram_table_count: associations with the source of @peer. */
guint gh_datagram_table_count (GhDatagramLayer *layer, const GhPeer *peer);
void gh_datagram_table_add (GhAssociation *association, const GhPeer *peer);
void gh_datagram_table_remove (GhAssociation *association);
/** gh_datagram_table_wake: at @wake_us, monotonic; G_MAXINT64: never. */
void gh_datagram_table_wake (GhAssociation *association, gint64 wake_us);
/** gh_datagram_table_due: the first that is to be woken; NULL: none. */
GhAssociation *gh_datagram_table_due (GhDatagramLayer *layer);

/* gh-association.c */
GhAssociation *gh_association_new (GhDatagramLayer *layer, GhTlsContext *context,
                                   const GhPeer *peer, const char *server_name,
                                   const char *authority, GError **error);
/** gh_association_feed: FALSE: nothing in the datagram was meant for it. */
gboolean gh_association_feed (GhAssociation *association, const guint8 *octets, gsize length);
void gh_association_wake (GhAssociation *association);
void gh_association_free (GhAssociation *association);
/** gh_association_doom: closes it at the next tick. */
void gh_association_doom (GhAssociation *association, const char *reason);

/* gh-datagram.c */
void gh_datagram_enter (GhDatagramLayer *layer);
void gh_datagram_leave (GhDatagramLayer *layer);
/** gh_peer_to_address: (transfer full) */
GInetAddress *gh_peer_to_address (const GhPeer *peer);
void gh_peer_to_text (const GhPeer *peer, char *out, gsize size);

G_END_DECLS
