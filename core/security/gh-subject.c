/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "security/gh-subject.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <string.h>

#include "security/gh-originator.h"

#define MAX_OTHER_NAME  256
#define MAX_OBJECT_ID   128
#define DER_RELATIVE_ID 0x0d
#define DER_UTF8        0x0c
#define DER_IA5         0x16

void
gh_subject_clear (GhSubject *subject)
{
  g_clear_pointer (&subject->text, g_free);
}

static gboolean
refuse (GhFault *fault, const char *text)
{
  return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION, "%s", text);
}

/* A name ends where its length says: "good.example\0.evil.example" is neither of the two. */
static char *
clean_text (const guint8 *octets, gsize length, GhFault *fault)
{
  if (length == 0 || length > GH_SUBJECT_MAX_TEXT)
    {
      gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION,
                    "subjectAltName: a name of %" G_GSIZE_FORMAT " octets, 1..%d were expected",
                    length, GH_SUBJECT_MAX_TEXT);
      return NULL;
    }
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isgraph ((char) octets[i]) || octets[i] == '*')
      {
        gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION,
                      octets[i] == '*' ? "subjectAltName: a wildcard"
                                       : "subjectAltName: octet 0x%02x at %u in a name",
                      octets[i], (guint) i);
        return NULL;
      }
  return g_strndup ((const char *) octets, length);
}

/* The arcs of a RELATIVE-OID, whose octets are those of an OID without the rule for the first two.
 */
static char *
relative_id (const guint8 *octets, gsize length, GhFault *fault)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint64 arc = 0;

  for (gsize i = 0; i < length; i++)
    {
      if (arc > G_MAXUINT64 >> 7 || (arc == 0 && octets[i] == 0x80))
        break;
      arc = arc << 7 | (octets[i] & 0x7f);
      if (octets[i] & 0x80)
        continue;
      g_string_append_printf (text, "%s%" G_GUINT64_FORMAT, text->len > 0 ? "." : "", arc);
      arc = 0;
      if (i + 1 == length)
        return g_string_free (g_steal_pointer (&text), FALSE);
    }
  refuse (fault, "subjectAltName: an otherName that is not a hardware identifier");
  return NULL;
}

/* The value is one element of DER with a short length: hardware identifiers are short. */
static char *
other_value (const guint8 *octets, gsize length, GhFault *fault)
{
  if (length >= 3 && length <= 2 + 127 && octets[1] == length - 2)
    {
      if (octets[0] == DER_RELATIVE_ID)
        return relative_id (octets + 2, length - 2, fault);
      if (octets[0] == DER_UTF8 || octets[0] == DER_IA5)
        return clean_text (octets + 2, length - 2, fault);
    }
  refuse (fault, "subjectAltName: an otherName that is not a hardware identifier");
  return NULL;
}

static char *
read_other (gnutls_x509_crt_t certificate, guint index, const guint8 *octets, gsize length,
            GhFault *fault)
{
  char object_id[MAX_OBJECT_ID];
  gsize size = sizeof object_id;
  g_autofree char *value = NULL;

  if (gnutls_x509_crt_get_subject_alt_othername_oid (certificate, index, object_id, &size) < 0)
    {
      refuse (fault, "subjectAltName: an otherName without a type");
      return NULL;
    }
  value = other_value (octets, length, fault);
  return value != NULL ? g_strdup_printf ("%s:%s", object_id, value) : NULL;
}

gboolean
gh_subject_read_name (gnutls_x509_crt_t certificate, guint index, guint *out_type, char **out_text,
                      gboolean *out_end, GhFault *fault)
{
  guint8 octets[MAX_OTHER_NAME + 1];
  gsize length = sizeof octets - 1;
  int result = gnutls_x509_crt_get_subject_alt_name2 (certificate, index, octets, &length, out_type,
                                                      NULL);

  *out_text = NULL;
  *out_end = result == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE;
  if (*out_end)
    return TRUE;
  if (result == GNUTLS_E_SHORT_MEMORY_BUFFER)
    return refuse (fault, "subjectAltName: a name is too long");
  if (result < 0)
    return refuse (fault, "subjectAltName: cannot be read");
  switch (*out_type)
    {
    case GNUTLS_SAN_DNSNAME:
    case GNUTLS_SAN_URI:
      *out_text = clean_text (octets, length, fault);
      return *out_text != NULL;
    case GNUTLS_SAN_OTHERNAME:
    case GNUTLS_SAN_OTHERNAME_XMPP:
      *out_type = GNUTLS_SAN_OTHERNAME;
      *out_text = read_other (certificate, index, octets, length, fault);
      return *out_text != NULL;
    default:
      return TRUE;
    }
}

/* An Absolute AE-ID is an URI as it is, "//example.org/mn1/Cx" (TS-0001 7.2). */
static gboolean
is_ae_id (const char *text)
{
  const GhHome nowhere = { .sp_domain = "", .cse_id = "" };
  g_autoptr (GhArena) arena = gh_arena_new (4096);
  GhOriginator originator;

  return g_str_has_prefix (text, "//")
         && gh_originator_parse (text, &nowhere, arena, &originator, NULL)
         && originator.ae_id != NULL && originator.sp_domain != NULL;
}

static guint
purposes_of (guint type, const char *text)
{
  if (type == GNUTLS_SAN_DNSNAME)
    return GH_PURPOSE_CSE | GH_PURPOSE_NODE;
  if (type == GNUTLS_SAN_OTHERNAME || g_str_has_prefix (text, "urn:oid:"))
    return GH_PURPOSE_DEVICE;
  if (is_ae_id (text))
    return GH_PURPOSE_AE;
  return g_str_has_prefix (text, "urn:") ? GH_PURPOSE_NODE : 0;
}

static gboolean
take_name (GhSubject *out, guint type, char *text, guint *io_type, GhFault *fault)
{
  g_autofree char *owned = text;

  if (out->text == NULL)
    {
      out->purposes = purposes_of (type, text);
      out->text = g_steal_pointer (&owned);
      *io_type = type;
      return out->purposes != 0
             || gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION,
                              "subjectAltName: %.96s names no AE, CSE, node or device", out->text);
    }
  if (*io_type == type && type == GNUTLS_SAN_OTHERNAME)
    return TRUE;
  return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION,
                       "subjectAltName: %.80s and %.80s contradict each other", out->text, text);
}

gboolean
gh_subject_read (gnutls_x509_crt_t certificate, GhSubject *out, GhFault *fault)
{
  guint first = 0;

  *out = (GhSubject){ 0 };
  for (guint i = 0; i <= GH_SUBJECT_MAX_NAMES; i++)
    {
      char *text;
      gboolean end;
      guint type = 0;

      if (!gh_subject_read_name (certificate, i, &type, &text, &end, fault))
        return FALSE;
      if (end)
        return out->text != NULL
               || refuse (fault, "subjectAltName: names no AE, CSE, node or device");
      if (text != NULL && !take_name (out, type, text, &first, fault))
        return FALSE;
    }
  return refuse (fault, "subjectAltName: too many names");
}

static void
crt_clear (gnutls_x509_crt_t *certificate)
{
  if (*certificate != NULL)
    gnutls_x509_crt_deinit (*certificate);
}

gboolean
gh_subject_read_der (gconstpointer der, gsize length, GhSubject *out, GhFault *fault)
{
  const gnutls_datum_t datum = { (unsigned char *) der, (unsigned) length };
  __attribute__ ((cleanup (crt_clear))) gnutls_x509_crt_t certificate = NULL;

  *out = (GhSubject){ 0 };
  if (length == 0 || length > GH_SUBJECT_MAX_DER)
    return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION,
                         "a certificate of %" G_GSIZE_FORMAT " octets, 1..%d were expected", length,
                         GH_SUBJECT_MAX_DER);
  if (gnutls_x509_crt_init (&certificate) < 0
      || gnutls_x509_crt_import (certificate, &datum, GNUTLS_X509_FMT_DER) < 0)
    return refuse (fault, "not a certificate");
  return gh_subject_read (certificate, out, fault);
}

static gboolean
is_public_key (gconstpointer spki, gsize length)
{
  const gnutls_datum_t datum = { (unsigned char *) spki, (unsigned) length };
  gnutls_pubkey_t key;
  gboolean ok;

  if (length == 0 || length > GH_SUBJECT_MAX_KEY || gnutls_pubkey_init (&key) < 0)
    return FALSE;
  ok = gnutls_pubkey_import (key, &datum, GNUTLS_X509_FMT_DER) >= 0;
  gnutls_pubkey_deinit (key);
  return ok;
}

char *
gh_subject_of_key (gconstpointer spki, gsize length, guint bits, GhFault *fault)
{
  const char *algorithm = bits == 120 ? "sha-256-120" : bits == 128 ? "sha-256-128" : "sha-256";
  guint8 digest[32];
  g_autofree char *text = NULL;

  if (!is_public_key (spki, length)
      || gnutls_hash_fast (GNUTLS_DIG_SHA256, spki, length, digest) < 0)
    {
      refuse (fault, "not a public key");
      return NULL;
    }
  text = g_base64_encode (digest, bits == 120 || bits == 128 ? bits / 8 : sizeof digest);
  g_strdelimit (text, "+", '-');
  g_strdelimit (text, "/", '_');
  text[strcspn (text, "=")] = '\0';
  return g_strdup_printf ("ni:///%s;%s", algorithm, text);
}

char *
gh_subject_cse_id (const char *domain_name, const char *sp_domain)
{
  const char *dot = strchr (domain_name, '.'), *rest, *next;

  if (dot == NULL || dot[1] == '\0'
      || !gh_identifier_is_unreserved (domain_name, (gsize) (dot - domain_name)))
    return NULL;
  rest = dot + 1;
  next = strchr (rest, '.');
  /* the IN's public domain name is CSE-ID.domain, and it is the domain of all other CSEs */
  if (g_ascii_strcasecmp (rest, sp_domain) == 0
      || (next != NULL && g_ascii_strcasecmp (next + 1, sp_domain) == 0))
    return g_strdup_printf ("/%.*s", (int) (dot - domain_name), domain_name);
  return g_strdup_printf ("//%s/%.*s", rest, (int) (dot - domain_name), domain_name);
}
