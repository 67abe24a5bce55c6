/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "security/gh-tls-tickets.h"

#include <gnutls/crypto.h>
#include <string.h>
#include <time.h>

#include "base/gh-log.h"

#define ITEM    "ticket-key"
#define PERIODS 96
#define NAMES   2
/* No ticket lives longer. */
#define ROOT_LIFE_US (604800 * (gint64) G_USEC_PER_SEC)

/* GnuTLS derives from the key that it is given another one for each stretch of three lifetimes of
 * its own time, and accepts that of the stretch before. */
#define STRETCH 3

typedef struct {
  gint64 since_us; /* wall clock: of the first period that it is for */
  guint8 key[GH_TICKET_KEY_SIZE];
} Root;

typedef struct {
  gint64 number; /* of the period, from 1970; -1: not known */
  guint8 names[NAMES][GH_TLS_TICKET_NAME];
} Period;

struct _GhTicketKeys {
  GMutex lock;
  GhVault *vault;
  GhClock *clock;
  char *label;
  guint lifetime_s;
  gint64 period_us;
  GhSecret *roots; /* one or two Root, the newest first */
  gint64 current;  /* period */
  guint64 stretch;
  Period periods[PERIODS + 1];
};

static guint
count_roots (const GhTicketKeys *keys, const Root **out)
{
  gsize length;
  *out = gh_secret_data (keys->roots, &length);
  return (guint) (length / sizeof (Root));
}

static gboolean
adopt (GhTicketKeys *keys, GhSecret *item)
{
  gsize length = 0;
  if (item != NULL)
    gh_secret_data (item, &length);
  if (length != sizeof (Root) && length != 2 * sizeof (Root))
    return FALSE;
  g_clear_pointer (&keys->roots, gh_secret_unref);
  keys->roots = gh_secret_ref (item);
  return TRUE;
}

/* Puts a new root in front, for the periods from @since_us on. */
static gboolean
renew (GhTicketKeys *keys, gint64 since_us, GError **error)
{
  Root roots[2] = { { .since_us = since_us } };
  g_autoptr (GhSecret) key = gh_secret_new_random (GH_TICKET_KEY_SIZE, error);
  gsize length = sizeof (Root);
  if (key == NULL)
    return FALSE;
  memcpy (roots[0].key, gh_secret_data (key, NULL), GH_TICKET_KEY_SIZE);
  const Root *old;
  if (keys->roots != NULL && count_roots (keys, &old) > 0)
    {
      roots[1] = old[0];
      length = sizeof roots;
    }
  g_autoptr (GhSecret) item = gh_secret_new (roots, length, error);
  gnutls_memset (roots, 0, sizeof roots);
  return item != NULL && gh_vault_put_item (keys->vault, ITEM, item, error) && adopt (keys, item);
}

static gboolean
derive (const GhTicketKeys *keys, gint64 period, guint8 out[GH_TICKET_KEY_SIZE])
{
  const Root *roots;
  guint n = count_roots (keys, &roots), i = 0;
  while (i + 1 < n && roots[i].since_us > period * keys->period_us)
    i++;
  g_autofree char *info = g_strdup_printf ("gatehouse ticket %s %" G_GINT64_FORMAT, keys->label,
                                           period);
  gnutls_datum_t key = { (guint8 *) roots[i].key, GH_TICKET_KEY_SIZE };
  gnutls_datum_t data = { (guint8 *) info, (unsigned) strlen (info) };
  return gnutls_hkdf_expand (GNUTLS_MAC_SHA512, &key, &data, out, GH_TICKET_KEY_SIZE) >= 0;
}

/* The name that GnuTLS writes in front of a ticket: of its key for the stretch of time. */
static gboolean
compute_names (const GhTicketKeys *keys, Period *period)
{
  guint8 message[8 + GH_TICKET_KEY_SIZE];
  guint8 digest[64];
  gboolean ok = derive (keys, period->number, message + 8);
  for (guint i = 0; ok && i < NAMES; i++)
    {
      guint64 stretch = GUINT64_TO_BE (keys->stretch - i);
      memcpy (message, &stretch, sizeof stretch);
      ok = gnutls_hash_fast (GNUTLS_DIG_SHA3_512, message, sizeof message, digest) >= 0;
      memcpy (period->names[i], digest, GH_TLS_TICKET_NAME);
    }
  gnutls_memset (message, 0, sizeof message);
  gnutls_memset (digest, 0, sizeof digest);
  return ok;
}

/* The root is renewed ahead, for the next period, so that no ticket that was given out dies of it.
 * Another listener may have done it: what the vault has is newer. */
static void
check_roots (GhTicketKeys *keys)
{
  g_autoptr (GhSecret) item = gh_vault_get_item (keys->vault, ITEM);
  g_autoptr (GError) error = NULL;
  const Root *roots;
  adopt (keys, item);
  count_roots (keys, &roots);
  gint64 next_us = (keys->current + 1) * keys->period_us;
  if (next_us - roots[0].since_us < ROOT_LIFE_US)
    return;
  if (!renew (keys, next_us, &error))
    gh_log (GH_LOG_WARNING, "tls", "the ticket key cannot be renewed", "reason", error->message,
            NULL);
}

/* All names again when the period, or GnuTLS's stretch of time, is another. */
static void
refresh (GhTicketKeys *keys)
{
  gint64 current = gh_clock_wall_us (keys->clock) / keys->period_us;
  guint64 stretch = (guint64) time (NULL) / (keys->lifetime_s * (guint64) STRETCH);
  if (current == keys->current && stretch == keys->stretch)
    return;
  gboolean all = stretch != keys->stretch;
  keys->current = current;
  keys->stretch = stretch;
  check_roots (keys);
  for (guint i = 0; i <= PERIODS; i++)
    {
      gint64 number = MAX (current - i, 0);
      Period *period = &keys->periods[number % (PERIODS + 1)];
      if (!all && period->number == number)
        continue;
      period->number = number;
      if (!compute_names (keys, period))
        period->number = -1;
    }
}

static const Period *
find_period (const GhTicketKeys *keys, const guint8 *name)
{
  for (guint i = 0; i <= PERIODS; i++)
    for (guint j = 0; j < NAMES; j++)
      if (keys->periods[i].number > keys->current - PERIODS - 1
          && keys->periods[i].number <= keys->current
          && memcmp (keys->periods[i].names[j], name, GH_TLS_TICKET_NAME) == 0)
        return &keys->periods[i];
  return NULL;
}

gint64
gh_ticket_keys_pick (GhTicketKeys *keys, const GhTlsHello *hello, guint8 out[GH_TICKET_KEY_SIZE])
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&keys->lock);
  const Period *found = NULL;
  refresh (keys);
  for (guint i = 0; found == NULL && hello != NULL && i < hello->n_tickets; i++)
    found = find_period (keys, hello->tickets[i]);
  gint64 number = found != NULL ? found->number : keys->current;
  if (!derive (keys, number, out))
    gh_random_bytes (out, GH_TICKET_KEY_SIZE);
  return found != NULL ? MAX (number * keys->period_us, 1) : 0;
}

GhTicketKeys *
gh_ticket_keys_new (GhVault *vault, GhClock *clock, guint lifetime_s, const char *label,
                    GError **error)
{
  GhTicketKeys *keys = g_new0 (GhTicketKeys, 1);
  g_mutex_init (&keys->lock);
  keys->vault = vault;
  keys->clock = gh_clock_ref (clock);
  keys->label = g_strdup (label);
  keys->lifetime_s = CLAMP (lifetime_s, 60, 604800);
  keys->period_us = (gint64) keys->lifetime_s * G_USEC_PER_SEC / PERIODS;
  keys->current = -1;
  for (guint i = 0; i <= PERIODS; i++)
    keys->periods[i].number = -1;
  g_autoptr (GhSecret) item = gh_vault_get_item (vault, ITEM);
  gint64 since_us = gh_clock_wall_us (clock) / keys->period_us * keys->period_us;
  if (!adopt (keys, item) && !renew (keys, since_us, error))
    {
      gh_ticket_keys_free (keys);
      return NULL;
    }
  return keys;
}

void
gh_ticket_keys_free (GhTicketKeys *keys)
{
  g_clear_pointer (&keys->roots, gh_secret_unref);
  gh_clock_unref (keys->clock);
  g_mutex_clear (&keys->lock);
  g_free (keys->label);
  g_free (keys);
}
