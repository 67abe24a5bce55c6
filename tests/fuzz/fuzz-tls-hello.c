/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "security/gh-tls-hello.h"

#include <string.h>

/* The first octet: 0 a ClientHello of a stream, 1 one of a datagram, else records of DTLS. What is
 * pointed to lies within the input, whose end is the end of its allocation. */

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
check_within (const guint8 *part, gsize length, const guint8 *data, gsize size)
{
  g_assert_true (part >= data && length <= size && part <= data + size - length);
}

static void
read_hello (const guint8 *data, gsize size, gboolean datagram)
{
  for (const char *const *name = gh_tls_profile_names (); *name != NULL; name++)
    {
      GhTlsHello hello;
      if (!gh_tls_hello_read (gh_tls_profile_find (*name), datagram, data, size, &hello))
        continue;
      check_within (hello.random, 32, data, size);
      g_assert_cmpuint (hello.n_tickets, <=, GH_TLS_HELLO_TICKETS);
      for (guint i = 0; i < hello.n_tickets; i++)
        check_within (hello.tickets[i], GH_TLS_TICKET_NAME, data, size);
    }
}

static void
read_records (const guint8 *data, gsize size)
{
  GhTlsRecord record;
  gsize at = 0;
  for (gsize before = 0; gh_tls_record_read (data, size, &at, &record); before = at)
    {
      gsize length = 0;
      g_assert_cmpuint (at, >, before);
      check_within (record.body, record.length, data, size);
      const guint8 *part = gh_tls_record_client_hello (&record, &length);
      if (part != NULL)
        check_within (part, length, record.body, record.length);
      if (part != NULL)
        read_hello (part, length, TRUE);
      part = gh_tls_record_psk_identity (&record, &length);
      if (part != NULL)
        check_within (part, length, record.body, record.length);
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  if (size == 0)
    return 0;
  g_autofree guint8 *copy = g_memdup2 (data + 1, size - 1);
  if (data[0] <= 1)
    read_hello (copy, size - 1, data[0] == 1);
  else
    read_records (copy, size - 1);
  return 0;
}
