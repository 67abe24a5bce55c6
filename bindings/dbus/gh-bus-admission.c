/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-admission.h"

#include "base/gh-log.h"
#include "gh-bus-draft.h"
#include "gh-bus-hint.h"

#include <string.h>
#include <unistd.h>

static GhCredential *
find_program (GhVault *vault, guint32 uid, const char *kind, const char *name)
{
  g_autofree char *subject = NULL;

  if (name == NULL)
    return NULL;
  subject = g_strdup_printf ("%u/%s/%s", uid, kind, name);
  return gh_vault_find (vault, GH_CREDENTIAL_USER, subject);
}

static GhCredential *
find_credential (GhVault *vault, const GhBusUser *user)
{
  g_auto (GhBusHint) hint = { NULL };
  g_autofree char *subject = g_strdup_printf ("%u", user->uid);
  GhCredential *found = NULL;

  if (user->system && user->pid != 0)
    gh_bus_hint_read ("/proc", user->pid, user->uid, &hint);
  found = find_program (vault, user->uid, "unit", hint.unit);
  if (found == NULL)
    found = find_program (vault, user->uid, "flatpak", hint.flatpak);
  return found != NULL ? found : gh_vault_find (vault, GH_CREDENTIAL_USER, subject);
}

/* Who runs the daemon may do everything there anyway. */
static GhCredential *
make_own (GhVault *vault, guint32 uid, GError **error)
{
  static const char *const stems[] = { "C*", "S*", NULL };
  g_autofree char *subject = g_strdup_printf ("%u", uid);
  const GhVaultDraft draft = { .kind = GH_CREDENTIAL_USER,
                               .subject = subject,
                               .label = "applications of the user who runs gatehoused",
                               .stems = stems };

  return gh_vault_add (vault, &draft, error);
}

gboolean
gh_bus_admit_user (GhSecurity *security, const GhBusUser *user, guint64 association,
                   GhAdmission *out, GError **error)
{
  GhVault *vault = gh_security_get_vault (security);
  g_autoptr (GhCredential) credential = find_credential (vault, user);
  GhFault fault = { 0 };

  if (credential == NULL && user->uid == geteuid ())
    {
      credential = make_own (vault, user->uid, error);
      if (credential == NULL)
        return FALSE;
    }
  const GhClaim claim = { .proof = GH_PROOF_BUS_UID,
                          .credential = credential,
                          .not_after_us = GH_NEVER_US };
  if (credential != NULL
      && gh_security_admit (security, &claim, NULL, NULL, association, out, &fault))
    return TRUE;
  gh_log (GH_LOG_NOTICE, "bus", "a user may not register applications", "reason",
          credential != NULL ? fault.text : "there is no credential of the kind user for him",
          NULL);
  g_set_error_literal (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED, "nobody may use this");
  return FALSE;
}

/* "1000", or for one program "1000/unit/clock.service"; takes those two out of @properties. */
static char *
take_subject (guint32 uid, GVariantDict *properties)
{
  static const char *const kinds[] = { "unit", "flatpak" };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      const char *name = NULL;
      char *subject;
      if (!g_variant_dict_lookup (properties, kinds[i], "&s", &name))
        continue;
      subject = g_strdup_printf ("%u/%s/%s", uid, kinds[i], name);
      g_variant_dict_remove (properties, kinds[i]);
      return subject;
    }
  return g_strdup_printf ("%u", uid);
}

gboolean
gh_bus_applications_admit (GhBusJob *job, GError **error)
{
  guint32 uid;
  g_autoptr (GVariant) given = NULL, properties = NULL;
  g_autofree char *subject = NULL;
  g_auto (GhBusDraft) said = { .draft.kind = GH_CREDENTIAL_USER };
  g_autoptr (GhCredential) added = NULL;

  g_variant_get (job->parameters, "(u@a{sv})", &uid, &given);
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (given);
  subject = take_subject (uid, &dict);
  properties = g_variant_ref_sink (g_variant_dict_end (&dict));
  if (!job->system && strchr (subject, '/') != NULL)
    {
      g_set_error_literal (error, GH_ERROR, GH_ERROR_BAD_REQUEST,
                           "unit, flatpak: such hints count on the system bus alone");
      return FALSE;
    }
  if (!gh_bus_draft_parse (properties, &said, error))
    return FALSE;
  if (said.draft.subject != NULL)
    {
      g_set_error_literal (error, GH_ERROR, GH_ERROR_BAD_REQUEST,
                           "subject: that is the user, here");
      return FALSE;
    }
  said.draft.kind = GH_CREDENTIAL_USER;
  said.draft.subject = subject;
  added = gh_vault_add (job->vault, &said.draft, error);
  if (added == NULL)
    return FALSE;
  gh_log (GH_LOG_NOTICE, "vault", "credential added", "credential", added->id, "owner",
          added->owner, NULL);
  job->reply = g_variant_new ("(s)", added->id);
  return TRUE;
}
