/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-cert-path.h"

#include "security/gh-subject.h"

#include <string.h>

/* nameConstraints (RFC 5280 4.2.1.10). GnuTLS refuses every URI as soon as an authority constrains
 * one, and AE-IDs are URIs: so the names are compared here. */

#define MAX_SUBTREES 64
#define MAX_ADDRESS  32

typedef struct {
  guint type; /* GNUTLS_SAN_... */
  const char *text;
  const guint8 *octets; /* of an address */
  gsize length;
} Name;

typedef int (*Getter) (gnutls_x509_name_constraints_t constraints, unsigned index, unsigned *type,
                       gnutls_datum_t *name);

gboolean
gh_cert_uri_host (const char *uri, const char **out_host, gsize *out_length)
{
  const char *start = strstr (uri, "//"), *at, *end;

  if (start == NULL || (start != uri && start[-1] != ':'))
    return FALSE;
  start += 2;
  end = start + strcspn (start, "/?#");
  at = memchr (start, '@', (gsize) (end - start));
  if (at != NULL || end == start || start[0] == '[')
    return FALSE;
  at = memchr (start, ':', (gsize) (end - start));
  *out_host = start;
  *out_length = (gsize) ((at != NULL ? at : end) - start);
  return *out_length > 0;
}

static gboolean
equal (const char *a, gsize a_length, const char *b, gsize b_length)
{
  return a_length == b_length && g_ascii_strncasecmp (a, b, a_length) == 0;
}

/* @name ends with @domain, which begins with its dot. */
static gboolean
is_below (const char *name, gsize length, const char *domain, gsize domain_length)
{
  return length > domain_length
         && g_ascii_strncasecmp (name + length - domain_length, domain, domain_length) == 0;
}

/* "example.org" and all below it; ".example.org": only what is below it; empty: all */
static gboolean
domain_matches (const char *name, const char *subtree, gsize length)
{
  const gsize name_length = strlen (name);

  if (length == 0 || equal (name, name_length, subtree, length))
    return TRUE;
  if (subtree[0] == '.')
    return is_below (name, name_length, subtree, length);
  return is_below (name, name_length, subtree, length) && name[name_length - length - 1] == '.';
}

/* A host, or with a dot at its beginning all hosts below a domain. */
static gboolean
uri_matches (const char *uri, const char *subtree, gsize length)
{
  const char *host;
  gsize host_length;

  if (!gh_cert_uri_host (uri, &host, &host_length))
    return FALSE;
  if (length > 0 && subtree[0] == '.')
    return is_below (host, host_length, subtree, length);
  return equal (host, host_length, subtree, length);
}

/* An address and a mask of the same length. */
static gboolean
address_matches (const Name *name, const guint8 *subtree, gsize length)
{
  if (length != 2 * name->length)
    return FALSE;
  for (gsize i = 0; i < name->length; i++)
    if ((name->octets[i] & subtree[name->length + i]) != (subtree[i] & subtree[name->length + i]))
      return FALSE;
  return TRUE;
}

static gboolean
matches (const Name *name, const gnutls_datum_t *subtree)
{
  const char *text = (const char *) subtree->data;

  if (name->type == GNUTLS_SAN_DNSNAME)
    return domain_matches (name->text, text, subtree->size);
  if (name->type == GNUTLS_SAN_URI)
    return uri_matches (name->text, text, subtree->size);
  return address_matches (name, subtree->data, subtree->size);
}

static gboolean
is_understood (const Name *name)
{
  return name->type == GNUTLS_SAN_DNSNAME || name->type == GNUTLS_SAN_URI
         || name->type == GNUTLS_SAN_IPADDRESS;
}

/* Whether @getter has a subtree of the name's type, and whether one holds the name. */
static gboolean
look_through (gnutls_x509_name_constraints_t constraints, Getter getter, const Name *name,
              gboolean *out_any, gboolean *out_match)
{
  *out_any = *out_match = FALSE;
  for (unsigned i = 0; i <= MAX_SUBTREES; i++)
    {
      unsigned type;
      gnutls_datum_t subtree;
      int result = getter (constraints, i, &type, &subtree);

      if (result == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
        return TRUE;
      if (result < 0)
        return FALSE;
      if (type != name->type)
        continue;
      *out_any = TRUE;
      if (is_understood (name))
        *out_match = *out_match || matches (name, &subtree);
    }
  return FALSE;
}

static gboolean
check_name (gnutls_x509_name_constraints_t constraints, const Name *name, GhFault *fault)
{
  gboolean permits, permitted, excludes, excluded;
  const char *text = name->text != NULL ? name->text : "a name";

  if (!look_through (constraints, gnutls_x509_name_constraints_get_permitted, name, &permits,
                     &permitted)
      || !look_through (constraints, gnutls_x509_name_constraints_get_excluded, name, &excludes,
                        &excluded))
    return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION,
                         "nameConstraints of an authority cannot be read");
  if ((permits || excludes) && !is_understood (name))
    return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION,
                         "nameConstraints of an authority are for names of a kind that is not "
                         "compared here, and the certificate has one");
  if ((permits && !permitted) || excluded)
    return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION,
                         "%.96s violates the nameConstraints of an authority", text);
  return TRUE;
}

/* A subject that is not empty is a name, too. */
static gboolean
check_subject (gnutls_x509_name_constraints_t constraints, gnutls_x509_crt_t certificate,
               GhFault *fault)
{
  const Name name = { .type = GNUTLS_SAN_DN };
  gnutls_datum_t subject = { NULL, 0 };
  gsize size;

  if (gnutls_x509_crt_get_raw_dn (certificate, &subject) < 0)
    return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION, "a certificate without a subject");
  size = subject.size;
  gnutls_free (subject.data);
  return size <= 2 || check_name (constraints, &name, fault);
}

static gboolean
check_names (gnutls_x509_name_constraints_t constraints, gnutls_x509_crt_t certificate,
             GhFault *fault)
{
  for (guint i = 0; i <= GH_SUBJECT_MAX_NAMES; i++)
    {
      g_autofree char *text = NULL;
      guint8 address[MAX_ADDRESS];
      gsize length = sizeof address;
      gboolean end;
      Name name = { 0 };

      if (!gh_subject_read_name (certificate, i, &name.type, &text, &end, fault))
        return FALSE;
      if (end)
        return TRUE;
      name.text = text;
      if (name.type == GNUTLS_SAN_IPADDRESS)
        {
          if (gnutls_x509_crt_get_subject_alt_name (certificate, i, address, &length, NULL) < 0)
            return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION, "subjectAltName: no address");
          name.octets = address;
          name.length = length;
        }
      if (!check_name (constraints, &name, fault))
        return FALSE;
    }
  return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION, "subjectAltName: too many names");
}

gboolean
gh_cert_constraints_check (gnutls_x509_crt_t authority, gnutls_x509_crt_t certificate,
                           gboolean *out_any, GhFault *fault)
{
  gnutls_x509_name_constraints_t constraints;
  unsigned critical;
  gboolean ok;
  int result;

  *out_any = FALSE;
  if (gnutls_x509_name_constraints_init (&constraints) < 0)
    return gh_fault_set (fault, GH_ERROR_FAILED, "no memory for nameConstraints");
  result = gnutls_x509_crt_get_name_constraints (authority, constraints, 0, &critical);
  if (result == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
    ok = TRUE;
  else if (result < 0)
    ok = gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION,
                       "nameConstraints of an authority cannot be read");
  else
    {
      *out_any = TRUE;
      ok = check_subject (constraints, certificate, fault)
           && check_names (constraints, certificate, fault);
    }
  gnutls_x509_name_constraints_deinit (constraints);
  return ok;
}
