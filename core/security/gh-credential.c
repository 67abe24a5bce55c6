/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "security/gh-credential.h"

#include <string.h>

#include "security/gh-credential-private.h"

static const char *const no_texts[] = { NULL };

static const char *const kind_names[] = {
  [GH_CREDENTIAL_PSK] = "psk",
  [GH_CREDENTIAL_X509] = "x509",
  [GH_CREDENTIAL_RPK] = "rpk",
  [GH_CREDENTIAL_ANCHOR] = "anchor",
  [GH_CREDENTIAL_USER] = "user",
};
G_STATIC_ASSERT (G_N_ELEMENTS (kind_names) == GH_N_CREDENTIAL_KINDS);

static const char *const state_names[] = {
  [GH_CREDENTIAL_PENDING] = "pending",
  [GH_CREDENTIAL_ACTIVE] = "active",
  [GH_CREDENTIAL_SUSPENDED] = "suspended",
  [GH_CREDENTIAL_REVOKED] = "revoked",
};

/* Empty lists are one static one: most of 100,000 credentials have three of them. */
static const char *const *
texts_copy (const char *const *texts)
{
  return texts == NULL || texts[0] == NULL ? no_texts
                                           : (const char *const *) g_strdupv ((char **) texts);
}

static void
texts_free (const char *const *texts)
{
  if (texts != no_texts)
    g_strfreev ((char **) texts);
}

GhCredential *
gh_credential_new (const GhCredential *fields)
{
  GhCredential *copy = g_new (GhCredential, 1);

  *copy = *fields;
  copy->ref_count = 1;
  copy->id = g_strdup (fields->id);
  copy->subject = g_strdup (fields->subject);
  copy->owner = g_strdup (fields->owner);
  copy->label = g_strdup (fields->label);
  copy->identities = texts_copy (fields->identities);
  copy->stems = texts_copy (fields->stems);
  copy->app_ids = texts_copy (fields->app_ids);
  copy->targets = texts_copy (fields->targets);
  if (fields->secret != NULL)
    gh_secret_ref (copy->secret);
  if (fields->public_data != NULL)
    g_bytes_ref (copy->public_data);
  return copy;
}

GhCredential *
gh_credential_ref (GhCredential *credential)
{
  g_return_val_if_fail (credential != NULL, NULL);

  g_atomic_int_inc (&credential->ref_count);
  return credential;
}

void
gh_credential_unref (GhCredential *credential)
{
  if (credential == NULL || !g_atomic_int_dec_and_test (&credential->ref_count))
    return;
  g_free ((char *) credential->id);
  g_free ((char *) credential->subject);
  g_free ((char *) credential->owner);
  g_free ((char *) credential->label);
  texts_free (credential->identities);
  texts_free (credential->stems);
  texts_free (credential->app_ids);
  texts_free (credential->targets);
  gh_secret_unref (credential->secret);
  g_clear_pointer (&credential->public_data, g_bytes_unref);
  g_free (credential);
}

gboolean
gh_credential_check_usable (const GhCredential *credential, gint64 wall_us, GhFault *fault)
{
  const char *why = NULL;

  if (credential->state != GH_CREDENTIAL_ACTIVE)
    why = gh_credential_state_name (credential->state);
  else if (wall_us < credential->not_before_us)
    why = "not valid yet";
  else if (wall_us >= credential->not_after_us)
    why = "expired";
  if (why == NULL)
    return TRUE;
  return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION, "%s: %s", credential->id, why);
}

const char *
gh_credential_kind_name (GhCredentialKind kind)
{
  g_return_val_if_fail (kind >= GH_CREDENTIAL_PSK && kind < GH_N_CREDENTIAL_KINDS, "unknown");

  return kind_names[kind];
}

gboolean
gh_credential_kind_parse (const char *name, GhCredentialKind *out)
{
  for (guint i = GH_CREDENTIAL_PSK; i < GH_N_CREDENTIAL_KINDS; i++)
    if (strcmp (name, kind_names[i]) == 0)
      {
        *out = (GhCredentialKind) i;
        return TRUE;
      }
  return FALSE;
}

const char *
gh_credential_state_name (GhCredentialState state)
{
  g_return_val_if_fail ((guint) state < G_N_ELEMENTS (state_names), "unknown");

  return state_names[state];
}

gboolean
gh_credential_state_parse (const char *name, GhCredentialState *out)
{
  for (guint i = 0; i < G_N_ELEMENTS (state_names); i++)
    if (strcmp (name, state_names[i]) == 0)
      {
        *out = (GhCredentialState) i;
        return TRUE;
      }
  return FALSE;
}

/* Labels of letters, digits and inner hyphens, at most 63 octets each (RFC 1123 2.1). */
static gboolean
is_domain_name (const char *text, gsize length)
{
  gsize label = 0;

  for (gsize i = 0; i < length; i++)
    {
      const char c = text[i];

      if (c == '.')
        {
          if (label == 0 || text[i - 1] == '-')
            return FALSE;
          label = 0;
        }
      else if ((!g_ascii_isalnum (c) && (c != '-' || label == 0)) || ++label > 63)
        return FALSE;
    }
  return label > 0 && text[length - 1] != '-';
}

gboolean
gh_kpsa_id_check (const char *text, gsize length, GhFault *fault)
{
  const char *at = length > 0 ? memchr (text, '@', length) : NULL;

  if (length > 128)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "KpsaID: %" G_GSIZE_FORMAT " octets; at most 128 are allowed", length);
  if (at == NULL || at == text)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "KpsaID: name@domain is expected (TS-0003 10.5)");
  for (const char *p = text; p < at; p++)
    if (!g_ascii_isalnum (*p) && *p != '.' && *p != '_' && *p != '-')
      return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                           "KpsaID: octet 0x%02x at %u; letters, digits, '.', '_' and '-' are "
                           "allowed before the @",
                           (guchar) *p, (guint) (p - text));
  if (!is_domain_name (at + 1, length - (gsize) (at + 1 - text)))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "KpsaID: no domain name follows the @ at %u",
                         (guint) (at - text));
  return TRUE;
}

gboolean
gh_user_subject_check (const char *subject, GhFault *fault)
{
  const char *slash = strchr (subject, '/');
  const gsize digits = slash != NULL ? (gsize) (slash - subject) : strlen (subject);
  const char *name = slash != NULL ? strchr (slash + 1, '/') : NULL;
  g_autofree char *number = g_strndup (subject, digits);
  guint64 uid;

  if (!g_ascii_string_to_unsigned (number, 10, 0, G_MAXUINT32 - 1, &uid, NULL)
      || (digits > 1 && number[0] == '0'))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "user %.64s: the number of a user id is expected", subject);
  if (slash == NULL)
    return TRUE;
  if (name == NULL || name[1] == '\0' || strchr (name + 1, '/') != NULL
      || (!g_str_has_prefix (slash, "/unit/") && !g_str_has_prefix (slash, "/flatpak/")))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "user %.64s: /unit/ or /flatpak/ and a name are expected after the number",
                         subject);
  for (const char *p = name + 1; *p != '\0'; p++)
    if (!g_ascii_isgraph (*p))
      return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "user %.64s: octet 0x%02x at %u", subject,
                           (guchar) *p, (guint) (p - subject));
  return TRUE;
}

/* sec:credIDTypeID (TS-0003 12.3.2.1): a symmetric key is 10 and its use, which is the last digit
 * of the SUID; certificates and raw keys have one number for each flavour. */
static guint
credential_type (GhCredentialKind kind, guint suid, const char *subject)
{
  if (kind == GH_CREDENTIAL_PSK)
    return 10 + suid % 10;
  if (kind == GH_CREDENTIAL_RPK)
    return 30;
  if (strstr (subject, "//") != NULL)
    return 33; /* AE-ID: a URI */
  if (g_str_has_prefix (subject, "urn:"))
    return 34; /* Node-ID */
  return g_ascii_isdigit (subject[0]) && strchr (subject, ':') != NULL ? 31 : 32;
}

char *
gh_credential_make_id (GhCredentialKind kind, guint suid, const char *subject)
{
  if (kind == GH_CREDENTIAL_ANCHOR)
    return g_strdup_printf ("anchor-%s", subject);
  if (kind == GH_CREDENTIAL_USER)
    return g_strdup_printf ("user-%s", subject);
  return g_strdup_printf ("%u-%s", credential_type (kind, suid, subject), subject);
}
