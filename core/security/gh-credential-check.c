/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "security/gh-credential-private.h"

#include <string.h>

#include "security/gh-originator.h"

typedef gboolean (*TextCheck) (const char *text, GhFault *fault);

/* m2m:suid (TS-0004 6.3.4.2.39). */
static gboolean
suid_is_known (guint suid)
{
  return (suid >= 10 && suid <= 15) || (suid >= 21 && suid <= 25) || (suid >= 32 && suid <= 35)
         || (suid >= 40 && suid <= 45);
}

static gboolean
text_check (const char *what, const char *text, GhFault *fault)
{
  const gsize length = text != NULL ? strlen (text) : 0;

  if (length < 1 || length > GH_CREDENTIAL_MAX_TEXT)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "%s: %" G_GSIZE_FORMAT " octets are outside 1..%d", what, length,
                         GH_CREDENTIAL_MAX_TEXT);
  if (!g_utf8_validate (text, (gssize) length, NULL))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%s: not UTF-8", what);
  for (const char *p = text; *p != '\0'; p++)
    if (g_ascii_iscntrl (*p))
      return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%s: a control character at %u", what,
                           (guint) (p - text));
  return TRUE;
}

gboolean
gh_credential_check_identity (const char *identity, GhFault *fault)
{
  const gboolean cse = identity[0] == '/';
  const char *name = identity + (cse ? 1 : 0);
  const gsize length = strlen (name);

  if (strlen (identity) <= GH_ORIGINATOR_MAX_LENGTH && gh_identifier_is_unreserved (name, length)
      && (cse || ((name[0] == 'C' || name[0] == 'S') && length > 1)))
    return TRUE;
  return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                       "identity %.64s: an AE-ID stem like CMonitor or a CSE-ID like /mn1 is "
                       "expected",
                       identity);
}

/* "C", "S", "Cpump7", "Cpump*". */
static gboolean
stem_check (const char *stem, GhFault *fault)
{
  gsize length = strlen (stem);

  if (length > 1 && length <= GH_CREDENTIAL_MAX_TEXT && stem[length - 1] == '*')
    length--;
  if ((stem[0] == 'C' || stem[0] == 'S') && length <= GH_CREDENTIAL_MAX_TEXT
      && gh_identifier_is_unreserved (stem, length))
    return TRUE;
  return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                       "stem %.64s: C, S or the beginning of an AE-ID, like Cpump*, is expected",
                       stem);
}

static gboolean
app_id_check (const char *app_id, GhFault *fault)
{
  const gsize length = strlen (app_id);

  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isgraph (app_id[i]) || (app_id[i] == '*' && i + 1 < length))
      return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                           "App-ID %.64s: octet 0x%02x at %u; a * is allowed at the end", app_id,
                           (guchar) app_id[i], (guint) i);
  return text_check ("App-ID", app_id, fault);
}

static gboolean
target_check (const char *target, GhFault *fault)
{
  const char *colon = strrchr (target, ':');
  guint64 port = 0;

  for (const char *p = target; *p != '\0'; p++)
    if (!g_ascii_isgraph (*p) || *p == '/' || *p == '@')
      return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "target %.64s: octet 0x%02x at %u", target,
                           (guchar) *p, (guint) (p - target));
  if (colon == NULL || colon == target
      || !g_ascii_string_to_unsigned (colon + 1, 10, 1, 65535, &port, NULL))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "target %.64s: host:port is expected",
                         target);
  return text_check ("target", target, fault);
}

static gboolean
list_check (const char *const *list, guint limit, TextCheck check, GhFault *fault)
{
  for (guint i = 0; list != NULL && list[i] != NULL; i++)
    {
      if (i >= limit)
        return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "more than %u entries in a list", limit);
      if (!check (list[i], fault))
        return FALSE;
      for (guint k = 0; k < i; k++)
        if (strcmp (list[i], list[k]) == 0)
          return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%.64s stands twice in a list",
                               list[i]);
    }
  return TRUE;
}

static gboolean
identities_check (const char *const *identities, GhFault *fault)
{
  if (!list_check (identities, GH_CREDENTIAL_MAX_IDENTITIES, gh_credential_check_identity, fault))
    return FALSE;
  if (identities == NULL || identities[0] == NULL || identities[1] == NULL)
    return TRUE;
  for (guint i = 0; identities[i] != NULL; i++)
    if (identities[i][0] == '/')
      return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "identity %.64s: a CSE-ID stands alone",
                           identities[i]);
  return TRUE;
}

static gboolean
secret_check (const GhCredential *credential, GhFault *fault)
{
  const gboolean psk = credential->kind == GH_CREDENTIAL_PSK;
  const gsize least = psk ? GH_CREDENTIAL_MIN_PSK : 1;
  const gsize most = psk ? GH_CREDENTIAL_MAX_PSK : GH_CREDENTIAL_MAX_PRIVATE_KEY;
  gsize length = 0;

  if (credential->secret != NULL)
    gh_secret_data (credential->secret, &length);
  if (credential->secret == NULL && !psk)
    return TRUE;
  if (credential->kind == GH_CREDENTIAL_ANCHOR || credential->kind == GH_CREDENTIAL_USER)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "an anchor or a user has no secret");
  if (length < least || length > most)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "key: %" G_GSIZE_FORMAT " octets are outside %" G_GSIZE_FORMAT
                         "..%" G_GSIZE_FORMAT,
                         length, least, most);
  return TRUE;
}

static gboolean
public_data_check (const GhCredential *credential, GhFault *fault)
{
  const gsize length = credential->public_data != NULL ? g_bytes_get_size (credential->public_data)
                                                       : 0;

  if (length > GH_CREDENTIAL_MAX_PUBLIC_DATA)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "certificate: %" G_GSIZE_FORMAT " octets; at most %d are allowed", length,
                         GH_CREDENTIAL_MAX_PUBLIC_DATA);
  if (credential->kind == GH_CREDENTIAL_PSK && credential->public_data != NULL)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "a symmetric key has no certificate");
  if (credential->kind == GH_CREDENTIAL_USER && credential->public_data != NULL)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "a user has no certificate");
  if (credential->kind == GH_CREDENTIAL_ANCHOR && length == 0)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "an anchor needs its certificate");
  return TRUE;
}

static gboolean
numbers_check (const GhCredential *credential, GhFault *fault)
{
  const gboolean anchor = credential->kind == GH_CREDENTIAL_ANCHOR;

  if (credential->kind < GH_CREDENTIAL_PSK || credential->kind >= GH_N_CREDENTIAL_KINDS
      || (guint) credential->state > GH_CREDENTIAL_REVOKED)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "unknown kind %d or state %d",
                         (int) credential->kind, (int) credential->state);
  if (!suid_is_known (credential->suid))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "suid: %u is no m2m:suid", credential->suid);
  if (credential->purposes & ~(guint) GH_PURPOSE_ALL)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "unknown purpose 0x%x", credential->purposes);
  if ((credential->purposes != 0) != anchor || (credential->admits_any && !anchor))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "an anchor, and nothing else, says what it vouches for");
  if (credential->anchor != 0 && credential->kind != GH_CREDENTIAL_X509)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "only certificates have an anchor");
  if (credential->not_before_us < 0 || credential->not_after_us <= credential->not_before_us)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "the validity ends before it begins");
  return TRUE;
}

gboolean
gh_credential_check (const GhCredential *credential, GhFault *fault)
{
  if (!numbers_check (credential, fault) || !text_check ("subject", credential->subject, fault)
      || !text_check ("owner", credential->owner, fault)
      || (credential->label != NULL && !text_check ("label", credential->label, fault)))
    return FALSE;
  if (credential->kind == GH_CREDENTIAL_PSK
      && !gh_kpsa_id_check (credential->subject, strlen (credential->subject), fault))
    return FALSE;
  if (credential->kind == GH_CREDENTIAL_USER
      && (!gh_user_subject_check (credential->subject, fault)
          || (credential->targets != NULL && credential->targets[0] != NULL
              && !gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "a user is shown to no server"))))
    return FALSE;
  return secret_check (credential, fault) && public_data_check (credential, fault)
         && identities_check (credential->identities, fault)
         && list_check (credential->stems, GH_CREDENTIAL_MAX_LIST, stem_check, fault)
         && list_check (credential->app_ids, GH_CREDENTIAL_MAX_LIST, app_id_check, fault)
         && list_check (credential->targets, GH_CREDENTIAL_MAX_LIST, target_check, fault);
}
