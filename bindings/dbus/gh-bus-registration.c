/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-registration.h"

#include "base/gh-log.h"
#include "gh-bus-draft.h"
#include "gh-cse-applications.h"
#include "primitive/gh-json-writer.h"
#include "primitive/gh-primitive.h"

#include <string.h>
#include <unistd.h>

#define MAX_TEXT  256 /* octets */
#define MAX_TEXTS 32

void
gh_bus_registration_clear (GhBusRegistration *registration)
{
  g_clear_pointer (&registration->app_id, g_free);
  g_clear_pointer (&registration->ae_id, g_free);
  g_clear_pointer (&registration->name, g_free);
  g_clear_pointer (&registration->object, g_free);
  g_clear_pointer (&registration->labels, g_strfreev);
  g_clear_pointer (&registration->versions, g_strfreev);
}

/* --- what a program says --- */

static gboolean
expected (const char *key, const char *what, GhFault *fault)
{
  return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%.32s: %s is expected", key, what);
}

static gboolean
take_text (const char *key, GVariant *value, char **out, GhFault *fault)
{
  gsize length;

  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return expected (key, "s", fault);
  g_free (*out);
  *out = g_variant_dup_string (value, &length);
  return (length > 0 && length <= MAX_TEXT) || expected (key, "a text of 1 to 256 octets", fault);
}

static gboolean
take_texts (const char *key, GVariant *value, GStrv *out, GhFault *fault)
{
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY)
      || g_variant_n_children (value) > MAX_TEXTS || g_variant_n_children (value) == 0)
    return expected (key, "as, of 1 to 32 texts,", fault);
  g_strfreev (*out);
  *out = g_variant_dup_strv (value, NULL);
  for (guint i = 0; (*out)[i] != NULL; i++)
    if ((*out)[i][0] == '\0' || strlen ((*out)[i]) > MAX_TEXT)
      return expected (key, "texts of 1 to 256 octets", fault);
  return TRUE;
}

static gboolean
take_flag (const char *key, GVariant *value, gboolean *out, GhFault *fault)
{
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
    return expected (key, "b", fault);
  *out = g_variant_get_boolean (value);
  return TRUE;
}

static gboolean
take_object (const char *key, GVariant *value, char **out, GhFault *fault)
{
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_OBJECT_PATH)
      || g_variant_get_size (value) > MAX_TEXT)
    return expected (key, "o, of at most 255 octets,", fault);
  g_free (*out);
  *out = g_variant_dup_string (value, NULL);
  return TRUE;
}

static gboolean
take_notifications (const char *key, GVariant *value, gboolean *out, GhFault *fault)
{
  const char *text = g_variant_is_of_type (value, G_VARIANT_TYPE_STRING)
                       ? g_variant_get_string (value, NULL)
                       : "";

  *out = g_str_equal (text, "call");
  return *out || g_str_equal (text, "signal") || expected (key, "'signal' or 'call'", fault);
}

static gboolean
take_option (const char *key, GVariant *value, GhBusRegistration *out, GhFault *fault)
{
  if (g_str_equal (key, "app-id"))
    return take_text (key, value, &out->app_id, fault);
  if (g_str_equal (key, "ae-id"))
    return take_text (key, value, &out->ae_id, fault);
  if (g_str_equal (key, "name"))
    return take_text (key, value, &out->name, fault);
  if (g_str_equal (key, "labels"))
    return take_texts (key, value, &out->labels, fault);
  if (g_str_equal (key, "versions"))
    return take_texts (key, value, &out->versions, fault);
  if (g_str_equal (key, "object"))
    return take_object (key, value, &out->object, fault);
  if (g_str_equal (key, "notifications"))
    return take_notifications (key, value, &out->by_call, fault);
  if (g_str_equal (key, "remove-on-exit"))
    return take_flag (key, value, &out->remove_on_exit, fault);
  return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%.32s: no option of a registration", key);
}

gboolean
gh_bus_registration_parse (GVariant *options, GhBusRegistration *out, GhFault *fault)
{
  const gsize n = g_variant_n_children (options);

  *out = (GhBusRegistration){ NULL };
  for (gsize i = 0; i < n; i++)
    {
      const char *key = NULL;
      g_autoptr (GVariant) value = NULL;
      g_variant_get_child (options, i, "{&sv}", &key, &value);
      if (!take_option (key, value, out, fault))
        return FALSE;
    }
  if (out->app_id == NULL)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "app-id: missing");
  return !out->by_call || out->object != NULL
         || gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "notifications: to call, object is needed");
}

static void
put_text (GhJsonWriter *json, const char *name, const char *text)
{
  if (text == NULL)
    return;
  gh_json_name (json, name);
  gh_json_string (json, text, strlen (text));
}

static void
put_texts (GhJsonWriter *json, const char *name, const char *const *texts)
{
  if (texts == NULL)
    return;
  gh_json_name (json, name);
  gh_json_begin_list (json);
  for (guint i = 0; texts[i] != NULL; i++)
    gh_json_string (json, texts[i], strlen (texts[i]));
  gh_json_end_list (json);
}

char *
gh_bus_registration_to_json (const GhBusRegistration *registration, const char *cse_name)
{
  static const char *const poa[] = { GH_CSE_APPLICATION_POA, NULL };
  static const char *const versions[] = { "3", NULL };
  GhJsonWriter json;

  gh_json_writer_init (&json, 512);
  gh_json_begin_object (&json);
  gh_json_name (&json, "op");
  gh_json_integer (&json, GH_OPERATION_CREATE);
  put_text (&json, "to", cse_name);
  put_text (&json, "rqi", "register");
  put_text (&json, "rvi", "3");
  gh_json_name (&json, "ty");
  gh_json_integer (&json, 2);
  gh_json_name (&json, "rcn");
  gh_json_integer (&json, GH_RCN_ATTRIBUTES);
  gh_json_name (&json, "pc");
  gh_json_begin_object (&json);
  gh_json_name (&json, "m2m:ae");
  gh_json_begin_object (&json);
  put_text (&json, "rn", registration->name);
  put_text (&json, "api", registration->app_id);
  gh_json_name (&json, "rr");
  gh_json_boolean (&json, TRUE);
  put_texts (&json, "poa", poa);
  put_texts (&json, "srv",
             registration->versions != NULL ? (const char *const *) registration->versions
                                            : versions);
  put_texts (&json, "lbl", (const char *const *) registration->labels);
  gh_json_end_object (&json);
  gh_json_end_object (&json);
  gh_json_end_object (&json);
  g_autoptr (GhBuffer) text = gh_json_writer_finish (&json);
  return g_strndup (text->data, text->length);
}

/* --- who he is --- */

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
    gh_bus_hint_read (user->pid, user->uid, &hint);
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
