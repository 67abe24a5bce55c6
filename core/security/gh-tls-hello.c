/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "security/gh-tls-hello.h"

#include <string.h>

enum {
  RECORD_HEADER = 13,
  HANDSHAKE_HEADER = 12,
  CLIENT_HELLO = 1,
  CLIENT_KEY_EXCHANGE = 16,
  EXTENSION_SESSION_TICKET = 35,
  EXTENSION_PRE_SHARED_KEY = 41,
};

typedef struct {
  const guint8 *at;
  gsize left;
} Reader;

static gboolean
take (Reader *reader, gsize length, Reader *out)
{
  if (reader->left < length)
    return FALSE;
  *out = (Reader){ reader->at, length };
  reader->at += length;
  reader->left -= length;
  return TRUE;
}

static gboolean
take_number (Reader *reader, guint octets, guint *out)
{
  Reader part;
  if (!take (reader, octets, &part))
    return FALSE;
  *out = 0;
  for (guint i = 0; i < octets; i++)
    *out = *out << 8 | part.at[i];
  return TRUE;
}

/* A vector with its length in front of it in @octets octets. */
static gboolean
take_vector (Reader *reader, guint octets, Reader *out)
{
  guint length = 0;
  return take_number (reader, octets, &length) && take (reader, length, out);
}

static gboolean
read_suites (const GhTlsProfile *profile, Reader suites, GhTlsHello *out)
{
  if (suites.left == 0 || suites.left % 2 != 0)
    return FALSE;
  for (gsize i = 0; i < suites.left && !out->offers_psk; i += 2)
    {
      const GhTlsSuite *suite = gh_tls_profile_find_suite (profile, suites.at[i], suites.at[i + 1]);
      out->offers_psk = suite != NULL && gh_tls_suite_is_psk (suite);
    }
  return TRUE;
}

static void
add_ticket (GhTlsHello *out, Reader ticket)
{
  if (ticket.left >= GH_TLS_TICKET_NAME && out->n_tickets < GH_TLS_HELLO_TICKETS)
    out->tickets[out->n_tickets++] = ticket.at;
}

/* RFC 8446 4.2.11: identities, each with its age. */
static gboolean
read_pre_shared_keys (Reader data, GhTlsHello *out)
{
  Reader identities, identity;
  guint age;
  if (!take_vector (&data, 2, &identities))
    return FALSE;
  while (identities.left > 0)
    {
      if (!take_vector (&identities, 2, &identity) || !take_number (&identities, 4, &age))
        return FALSE;
      add_ticket (out, identity);
    }
  return TRUE;
}

static gboolean
read_extensions (Reader extensions, GhTlsHello *out)
{
  while (extensions.left > 0)
    {
      Reader data;
      guint type = 0;
      if (!take_number (&extensions, 2, &type) || !take_vector (&extensions, 2, &data))
        return FALSE;
      if (type == EXTENSION_SESSION_TICKET)
        add_ticket (out, data);
      else if (type == EXTENSION_PRE_SHARED_KEY && !read_pre_shared_keys (data, out))
        return FALSE;
    }
  return TRUE;
}

gboolean
gh_tls_hello_read (const GhTlsProfile *profile, gboolean datagram, const guint8 *octets,
                   gsize length, GhTlsHello *out)
{
  Reader reader = { octets, length };
  Reader part, suites, extensions = { NULL, 0 };
  guint version;
  memset (out, 0, sizeof *out);
  if (!take_number (&reader, 2, &version) || !take (&reader, 32, &part))
    return FALSE;
  out->random = part.at;
  if (!take_vector (&reader, 1, &part) || (datagram && !take_vector (&reader, 1, &part))
      || !take_vector (&reader, 2, &suites) || !take_vector (&reader, 1, &part))
    return FALSE;
  if (reader.left > 0 && !take_vector (&reader, 2, &extensions))
    return FALSE;
  return read_suites (profile, suites, out) && read_extensions (extensions, out);
}

gboolean
gh_tls_record_read (const guint8 *octets, gsize length, gsize *at, GhTlsRecord *out)
{
  if (*at >= length)
    return FALSE;
  Reader reader = { octets + *at, length - *at };
  Reader body;
  guint type = 0, major = 0, minor = 0, epoch = 0, sequence = 0;
  if (!take_number (&reader, 1, &type) || !take_number (&reader, 1, &major)
      || !take_number (&reader, 1, &minor) || !take_number (&reader, 2, &epoch)
      || !take_number (&reader, 2, &sequence) || !take_number (&reader, 4, &sequence)
      || !take_vector (&reader, 2, &body))
    return FALSE;
  if (type < 20 || type > 23 || major != 254)
    return FALSE;
  *out = (GhTlsRecord){ (guint8) type, (guint16) epoch, body.at, body.left };
  *at += RECORD_HEADER + body.left;
  return TRUE;
}

/* The body of the first message of @record when it has @type and is not in fragments. */
static gboolean
read_message (const GhTlsRecord *record, guint type, Reader *body)
{
  Reader reader = { record->body, record->length };
  guint is = 0, total = 0, sequence = 0, offset = 0, part = 0;
  if (record->type != GH_TLS_RECORD_HANDSHAKE || record->epoch != 0
      || record->length < HANDSHAKE_HEADER)
    return FALSE;
  return take_number (&reader, 1, &is) && is == type && take_number (&reader, 3, &total)
         && take_number (&reader, 2, &sequence) && take_number (&reader, 3, &offset) && offset == 0
         && take_number (&reader, 3, &part) && part == total && take (&reader, part, body);
}

const guint8 *
gh_tls_record_client_hello (const GhTlsRecord *record, gsize *out_length)
{
  Reader body;
  if (!read_message (record, CLIENT_HELLO, &body) || body.left < 2 + 32)
    return NULL;
  *out_length = body.left;
  return body.at;
}

const guint8 *
gh_tls_record_psk_identity (const GhTlsRecord *record, gsize *out_length)
{
  Reader body, identity;
  if (!read_message (record, CLIENT_KEY_EXCHANGE, &body) || !take_vector (&body, 2, &identity))
    return NULL;
  *out_length = identity.left;
  return identity.at;
}
