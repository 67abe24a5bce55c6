/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-credentials.h"

#include "base/gh-log.h"
#include "gh-bus-change.h"
#include "gh-bus-draft.h"
#include "gh-bus-secret.h"

#include <gio/gunixfdlist.h>
#include <string.h>
#include <unistd.h>

#define MAX_LIST         1000
#define MAX_IMPORT_LINES 1000

/* --- descriptors --- */

/* Returns: a descriptor of the caller's, to be closed; -1 with @error */
static int
take_fd (const GhBusJob *job, gint32 handle, GError **error)
{
  GDBusMessage *message = g_dbus_method_invocation_get_message (job->invocation);
  GUnixFDList *list = g_dbus_message_get_unix_fd_list (message);

  if (list != NULL && handle >= 0 && handle < g_unix_fd_list_get_length (list))
    return g_unix_fd_list_get (list, handle, error);
  g_set_error_literal (error, GH_ERROR, GH_ERROR_BAD_REQUEST, "a descriptor is missing");
  return -1;
}

gboolean
gh_bus_read_handle (const GhBusJob *job, gint32 handle, GhSecret **out, GError **error)
{
  const int fd = take_fd (job, handle, error);
  gboolean done;

  *out = NULL;
  if (fd < 0)
    return FALSE;
  done = gh_bus_read_secret (fd, out, error);
  close (fd);
  return done;
}

/* The reply's only descriptor. */
static gboolean
answer_secret (GhBusJob *job, const GhSecret *secret, GError **error)
{
  gsize length;
  gconstpointer data = gh_secret_data (secret, &length);

  job->reply_fd = gh_bus_write_secret (data, length, error);
  return job->reply_fd >= 0;
}

/* What a credential is made of: a key, or certificates and perhaps a key. @handle: of a descriptor;
 * when nothing is in it, nothing comes out. */
static gboolean
read_material (const GhBusJob *job, GhCredentialKind kind, gint32 handle, GhSecret **out_secret,
               GBytes **out_public, GError **error)
{
  g_autoptr (GhSecret) input = NULL;

  if (!gh_bus_read_handle (job, handle, &input, error))
    return FALSE;
  if (kind == GH_CREDENTIAL_PSK)
    *out_secret = g_steal_pointer (&input);
  return input == NULL || gh_bus_parse_material (kind, input, out_secret, out_public, error);
}

/* --- credentials --- */

GhCredential *
gh_bus_find_first (const GhBusJob *job, GError **error)
{
  GhCredential *found;
  const char *id;

  g_variant_get_child (job->parameters, 0, "&s", &id);
  found = gh_vault_find_id (job->vault, id);
  if (found == NULL)
    g_set_error (error, GH_ERROR, GH_ERROR_NOT_FOUND, "there is no credential \"%.128s\"", id);
  return found;
}

static gboolean
tell (const char *what, const GhCredential *credential)
{
  gh_log (GH_LOG_NOTICE, "vault", what, "credential", credential->id, "owner", credential->owner,
          NULL);
  return TRUE;
}

static GhCredential *
add_draft (GhBusJob *job, const GhVaultDraft *draft, GError **error)
{
  GhCredential *added = gh_vault_add (job->vault, draft, error);

  if (added != NULL)
    tell ("credential added", added);
  return added;
}

gboolean
gh_bus_credentials_add (GhBusJob *job, GError **error)
{
  g_auto (GhBusDraft) said = { .draft.kind = GH_CREDENTIAL_PSK };
  g_autoptr (GVariant) properties = NULL;
  g_autoptr (GhSecret) secret = NULL;
  g_autoptr (GBytes) public_data = NULL;
  g_autoptr (GhCredential) added = NULL;
  gint32 handle;

  g_variant_get (job->parameters, "(@a{sv}h)", &properties, &handle);
  if (!gh_bus_draft_parse (properties, &said, error)
      || !read_material (job, said.draft.kind, handle, &secret, &public_data, error))
    return FALSE;
  said.draft.secret = secret;
  said.draft.public_data = public_data;
  added = add_draft (job, &said.draft, error);
  if (added == NULL)
    return FALSE;
  job->reply = g_variant_new ("(s)", added->id);
  return TRUE;
}

gboolean
gh_bus_credentials_generate (GhBusJob *job, GError **error)
{
  g_auto (GhBusDraft) said = { .draft.kind = GH_CREDENTIAL_PSK };
  g_autoptr (GVariant) properties = NULL;
  g_autoptr (GhSecret) secret = NULL;
  g_autoptr (GhCredential) added = NULL;
  guint length;

  g_variant_get (job->parameters, "(@a{sv}u)", &properties, &length);
  if (!gh_bus_draft_parse (properties, &said, error))
    return FALSE;
  if (said.draft.kind != GH_CREDENTIAL_PSK)
    {
      g_set_error_literal (error, GH_ERROR, GH_ERROR_BAD_REQUEST,
                           "only symmetric keys are generated; IssueCertificate makes others");
      return FALSE;
    }
  secret = gh_secret_new_random (length, error);
  said.draft.secret = secret;
  added = secret != NULL ? add_draft (job, &said.draft, error) : NULL;
  if (added == NULL || !answer_secret (job, secret, error))
    return FALSE;
  job->reply = g_variant_new ("(sh)", added->id, 0);
  return TRUE;
}

gboolean
gh_bus_credentials_list (GhBusJob *job, GError **error)
{
  g_autoptr (GPtrArray) list = NULL;
  g_auto (GVariantBuilder) all = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));
  GhCredentialKind kind = 0;
  const char *name;
  guint64 after;
  guint32 limit;

  g_variant_get (job->parameters, "(&stu)", &name, &after, &limit);
  if (name[0] != '\0' && !gh_credential_kind_parse (name, &kind))
    {
      g_set_error (error, GH_ERROR, GH_ERROR_BAD_REQUEST,
                   "kind: \"%.32s\" is not psk, x509, rpk or anchor", name);
      return FALSE;
    }
  list = gh_vault_list (job->vault, kind, after, MIN (limit, MAX_LIST));
  for (guint i = 0; i < list->len; i++)
    g_variant_builder_add_value (&all, gh_bus_describe (list->pdata[i]));
  job->reply = g_variant_new ("(@aa{sv})", g_variant_builder_end (&all));
  return TRUE;
}

gboolean
gh_bus_credentials_show (GhBusJob *job, GError **error)
{
  g_autoptr (GhCredential) found = gh_bus_find_first (job, error);

  if (found == NULL)
    return FALSE;
  job->reply = g_variant_new ("(@a{sv})", gh_bus_describe (found));
  return TRUE;
}

gboolean
gh_bus_credentials_set_state (GhBusJob *job, GError **error)
{
  g_autoptr (GhCredential) found = NULL;
  const char *name;
  GhCredentialState state;

  g_variant_get_child (job->parameters, 1, "&s", &name);
  if (!gh_credential_state_parse (name, &state))
    {
      g_set_error (error, GH_ERROR, GH_ERROR_BAD_REQUEST,
                   "state: \"%.32s\" is not active, suspended or revoked", name);
      return FALSE;
    }
  found = gh_bus_find_first (job, error);
  if (found == NULL || !gh_vault_set_state (job->vault, found->number, state, error))
    return FALSE;
  gh_log (GH_LOG_NOTICE, "vault", "credential changed", "credential", found->id, "state", name,
          NULL);
  return TRUE;
}

gboolean
gh_bus_credentials_change (GhBusJob *job, GError **error)
{
  g_autoptr (GhCredential) found = gh_bus_find_first (job, error);
  g_autoptr (GVariant) changes = g_variant_get_child_value (job->parameters, 1);
  g_auto (GhBusChange) change = { .lists = { NULL } };

  return found != NULL && gh_bus_change_parse (changes, found, &change, error)
         && gh_vault_change (job->vault, found->number, &change.change, error)
         && tell ("credential changed", found);
}

gboolean
gh_bus_credentials_rotate (GhBusJob *job, GError **error)
{
  g_autoptr (GhCredential) found = gh_bus_find_first (job, error);
  g_autoptr (GhSecret) secret = NULL;
  g_autoptr (GBytes) public_data = NULL;
  gint32 handle;

  g_variant_get_child (job->parameters, 1, "h", &handle);
  return found != NULL && read_material (job, found->kind, handle, &secret, &public_data, error)
         && gh_vault_rotate (job->vault, found->number, secret, public_data, error)
         && tell ("credential rotated", found);
}

gboolean
gh_bus_credentials_renew (GhBusJob *job, GError **error)
{
  g_autoptr (GhCredential) found = gh_bus_find_first (job, error);
  g_autoptr (GhSecret) secret = NULL;
  guint32 length;

  g_variant_get_child (job->parameters, 1, "u", &length);
  if (found == NULL)
    return FALSE;
  if (found->kind != GH_CREDENTIAL_PSK)
    {
      g_set_error (error, GH_ERROR, GH_ERROR_BAD_REQUEST, "%.128s: not a symmetric key", found->id);
      return FALSE;
    }
  secret = gh_secret_new_random (length, error);
  if (secret == NULL || !gh_vault_rotate (job->vault, found->number, secret, NULL, error)
      || !answer_secret (job, secret, error))
    return FALSE;
  job->reply = g_variant_new ("(h)", 0);
  return tell ("credential rotated", found);
}

gboolean
gh_bus_credentials_remove (GhBusJob *job, GError **error)
{
  g_autoptr (GhCredential) found = gh_bus_find_first (job, error);

  return found != NULL && gh_vault_remove (job->vault, found->number, error)
         && tell ("credential removed", found);
}

gboolean
gh_bus_credentials_export (GhBusJob *job, GError **error)
{
  g_autoptr (GhCredential) found = gh_bus_find_first (job, error);

  if (found == NULL)
    return FALSE;
  if (found->kind != GH_CREDENTIAL_PSK)
    job->reply_fd = gh_bus_format_material (found->kind, found->secret, found->public_data, error);
  if (found->kind == GH_CREDENTIAL_PSK ? !answer_secret (job, found->secret, error)
                                       : job->reply_fd < 0)
    return FALSE;
  gh_audit_record (gh_security_get_audit (job->security), GH_AUDIT_CREDENTIAL, "exported",
                   "credential", found->id, NULL);
  job->reply = g_variant_new ("(h)", 0);
  return tell ("credential exported", found);
}

/* --- import --- */

static void
lines_free (GArray *lines)
{
  for (guint i = 0; i < lines->len; i++)
    gh_import_line_clear (&g_array_index (lines, GhImportLine, i));
  g_array_unref (lines);
}

/* @out_at: where each of them stands, counted from 1. */
static GArray *
parse_lines (const GhSecret *input, GArray *out_at, GError **error)
{
  GArray *lines = g_array_new (FALSE, TRUE, sizeof (GhImportLine));
  gsize left;
  const char *at = gh_secret_data (input, &left);

  for (guint number = 1; left > 0; number++)
    {
      const char *end = memchr (at, '\n', left);
      const gsize length = end != NULL ? (gsize) (end - at) : left;
      GhImportLine line;

      if (lines->len == MAX_IMPORT_LINES)
        g_set_error (error, GH_ERROR, GH_ERROR_TOO_LARGE, "more than %d at once", MAX_IMPORT_LINES);
      if (lines->len == MAX_IMPORT_LINES || !gh_import_line_parse (at, length, &line, error))
        {
          g_prefix_error (error, "line %u: ", number);
          lines_free (lines);
          return NULL;
        }
      if (line.subject != NULL)
        {
          g_array_append_val (lines, line);
          g_array_append_val (out_at, number);
        }
      at += MIN (length + 1, left);
      left -= MIN (length + 1, left);
    }
  return lines;
}

static gboolean
import_lines (GhBusJob *job, const GhVaultDraft *common, const GArray *lines, const GArray *at,
              GError **error)
{
  g_autofree GhVaultDraft *drafts = g_new0 (GhVaultDraft, lines->len + 1);
  g_autofree const char **identities = g_new0 (const char *, 2 * (gsize) lines->len + 1);
  g_autoptr (GPtrArray) added = NULL;
  guint failed;

  for (guint i = 0; i < lines->len; i++)
    {
      const GhImportLine *line = &g_array_index (lines, GhImportLine, i);

      drafts[i] = *common;
      drafts[i].subject = line->subject;
      drafts[i].secret = line->key;
      identities[2 * i] = line->identity;
      drafts[i].identities = identities + 2 * i;
    }
  added = gh_vault_add_many (job->vault, drafts, lines->len, &failed, error);
  if (added != NULL)
    return TRUE;
  if (failed < lines->len)
    g_prefix_error (error, "line %u: ", g_array_index (at, guint, failed));
  return FALSE;
}

gboolean
gh_bus_credentials_import (GhBusJob *job, GError **error)
{
  g_auto (GhBusDraft) said = { .draft.kind = GH_CREDENTIAL_PSK };
  g_autoptr (GVariant) properties = NULL;
  g_autoptr (GhSecret) input = NULL;
  g_autoptr (GArray) at = g_array_new (FALSE, FALSE, sizeof (guint));
  GArray *lines;
  gboolean done = TRUE;
  gint32 handle;

  g_variant_get (job->parameters, "(@a{sv}h)", &properties, &handle);
  if (!gh_bus_draft_parse (properties, &said, error)
      || !gh_bus_read_handle (job, handle, &input, error))
    return FALSE;
  if (said.draft.subject != NULL || said.draft.identities != NULL || said.draft.owner != NULL
      || said.draft.kind != GH_CREDENTIAL_PSK)
    {
      g_set_error_literal (error, GH_ERROR, GH_ERROR_BAD_REQUEST,
                           "an import has its subjects and identities in its lines");
      return FALSE;
    }
  lines = input != NULL ? parse_lines (input, at, error)
                        : g_array_new (FALSE, TRUE, sizeof (GhImportLine));
  if (lines == NULL)
    return FALSE;
  if (lines->len > 0)
    done = import_lines (job, &said.draft, lines, at, error);
  if (done)
    job->reply = g_variant_new ("(u)", lines->len);
  if (done && lines->len > 0)
    gh_logf (GH_LOG_NOTICE, "vault", "%u credentials imported", lines->len);
  lines_free (lines);
  return done;
}
