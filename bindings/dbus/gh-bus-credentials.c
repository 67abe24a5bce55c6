/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-credentials.h"

#include "base/gh-log.h"
#include "gh-bus-draft.h"
#include "gh-bus-secret.h"
#include "gh-cse-security.h"
#include "security/gh-local-ca.h"
#include "security/gh-originator.h"
#include "security/gh-subject.h"

#include <gio/gunixfdlist.h>
#include <string.h>
#include <unistd.h>

#define MAX_LIST         1000
#define MAX_IMPORT_LINES 1000

struct _GhBusCredentials {
  GhCse *cse;
  GMutex lock; /* one call at a time, and none after the stop */
  gboolean stopped;
};

/* One call, from the main context to its thread and back. */
typedef struct {
  GhBusCredentials *credentials;
  GDBusMethodInvocation *invocation;
  gboolean (*run) (gpointer job, GError **error);
  /* In the thread: */
  GhSecurity *security;
  GhVault *vault;
  GVariant *parameters; /* borrowed */
  GVariant *reply;      /* floating until it is sent */
  int reply_fd;
} Job;

static void
credentials_clear (gpointer data)
{
  GhBusCredentials *credentials = data;

  g_mutex_clear (&credentials->lock);
  g_clear_object (&credentials->cse);
}

GhBusCredentials *
gh_bus_credentials_new (GhCse *cse)
{
  GhBusCredentials *credentials = g_atomic_rc_box_new0 (GhBusCredentials);

  credentials->cse = g_object_ref (cse);
  g_mutex_init (&credentials->lock);
  return credentials;
}

void
gh_bus_credentials_stop (GhBusCredentials *credentials)
{
  g_mutex_lock (&credentials->lock);
  credentials->stopped = TRUE;
  g_mutex_unlock (&credentials->lock);
}

void
gh_bus_credentials_unref (GhBusCredentials *credentials)
{
  g_atomic_rc_box_release_full (credentials, credentials_clear);
}

static void
job_free (Job *job)
{
  if (job->reply_fd >= 0)
    close (job->reply_fd);
  if (job->reply != NULL)
    g_variant_unref (g_variant_ref_sink (job->reply));
  gh_bus_credentials_unref (job->credentials);
  g_free (job);
}

/* --- descriptors --- */

/* Returns: a descriptor of the caller's, to be closed; -1 with @error */
static int
take_fd (const Job *job, gint32 handle, GError **error)
{
  GDBusMessage *message = g_dbus_method_invocation_get_message (job->invocation);
  GUnixFDList *list = g_dbus_message_get_unix_fd_list (message);

  if (list != NULL && handle >= 0 && handle < g_unix_fd_list_get_length (list))
    return g_unix_fd_list_get (list, handle, error);
  g_set_error_literal (error, GH_ERROR, GH_ERROR_BAD_REQUEST, "a descriptor is missing");
  return -1;
}

static gboolean
read_handle (const Job *job, gint32 handle, GhSecret **out, GError **error)
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
answer_secret (Job *job, const GhSecret *secret, GError **error)
{
  gsize length;
  gconstpointer data = gh_secret_data (secret, &length);

  job->reply_fd = gh_bus_write_secret (data, length, error);
  return job->reply_fd >= 0;
}

/* --- credentials --- */

static GhCredential *
find (const Job *job, const char *id, GError **error)
{
  GhCredential *found = gh_vault_find_id (job->vault, id);

  if (found == NULL)
    g_set_error (error, GH_ERROR, GH_ERROR_NOT_FOUND, "there is no credential \"%.128s\"", id);
  return found;
}

static gboolean
add_draft (Job *job, const GhVaultDraft *draft, GError **error)
{
  g_autoptr (GhCredential) added = gh_vault_add (job->vault, draft, error);

  if (added == NULL)
    return FALSE;
  gh_log (GH_LOG_NOTICE, "vault", "credential added", "credential", added->id, "owner",
          added->owner, NULL);
  job->reply = g_variant_new ("(s)", added->id);
  return TRUE;
}

static gboolean
run_add (gpointer data, GError **error)
{
  Job *job = data;
  g_auto (GhBusDraft) said = { .draft.kind = GH_CREDENTIAL_PSK };
  g_autoptr (GVariant) properties = NULL;
  g_autoptr (GhSecret) input = NULL, secret = NULL;
  g_autoptr (GBytes) public_data = NULL;
  gint32 handle;

  g_variant_get (job->parameters, "(@a{sv}h)", &properties, &handle);
  if (!gh_bus_draft_parse (properties, &said, error) || !read_handle (job, handle, &input, error))
    return FALSE;
  if (said.draft.kind == GH_CREDENTIAL_PSK)
    secret = g_steal_pointer (&input);
  else if (input != NULL
           && !gh_bus_parse_material (said.draft.kind, input, &secret, &public_data, error))
    return FALSE;
  said.draft.secret = secret;
  said.draft.public_data = public_data;
  return add_draft (job, &said.draft, error);
}

static gboolean
run_generate (gpointer data, GError **error)
{
  Job *job = data;
  g_auto (GhBusDraft) said = { .draft.kind = GH_CREDENTIAL_PSK };
  g_autoptr (GVariant) properties = NULL;
  g_autoptr (GhSecret) secret = NULL;
  guint length;
  const char *id;

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
  if (secret == NULL || !add_draft (job, &said.draft, error) || !answer_secret (job, secret, error))
    return FALSE;
  g_variant_get (job->reply, "(&s)", &id);
  g_variant_ref_sink (job->reply);
  {
    GVariant *reply = g_variant_new ("(sh)", id, 0);

    g_variant_unref (job->reply);
    job->reply = reply;
  }
  return TRUE;
}

static gboolean
run_list (gpointer data, GError **error)
{
  Job *job = data;
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

static gboolean
run_show (gpointer data, GError **error)
{
  Job *job = data;
  g_autoptr (GhCredential) found = NULL;
  const char *id;

  g_variant_get (job->parameters, "(&s)", &id);
  found = find (job, id, error);
  if (found == NULL)
    return FALSE;
  job->reply = g_variant_new ("(@a{sv})", gh_bus_describe (found));
  return TRUE;
}

static gboolean
run_set_state (gpointer data, GError **error)
{
  Job *job = data;
  g_autoptr (GhCredential) found = NULL;
  const char *id, *name;
  GhCredentialState state;

  g_variant_get (job->parameters, "(&s&s)", &id, &name);
  if (!gh_credential_state_parse (name, &state))
    {
      g_set_error (error, GH_ERROR, GH_ERROR_BAD_REQUEST,
                   "state: \"%.32s\" is not active, suspended or revoked", name);
      return FALSE;
    }
  found = find (job, id, error);
  if (found == NULL || !gh_vault_set_state (job->vault, found->number, state, error))
    return FALSE;
  gh_log (GH_LOG_NOTICE, "vault", "credential changed", "credential", id, "state", name, NULL);
  return TRUE;
}

static gboolean
run_rotate (gpointer data, GError **error)
{
  Job *job = data;
  g_autoptr (GhCredential) found = NULL;
  g_autoptr (GhSecret) input = NULL, secret = NULL;
  g_autoptr (GBytes) public_data = NULL;
  const char *id;
  gint32 handle;

  g_variant_get (job->parameters, "(&sh)", &id, &handle);
  found = find (job, id, error);
  if (found == NULL || !read_handle (job, handle, &input, error))
    return FALSE;
  if (found->kind == GH_CREDENTIAL_PSK)
    secret = g_steal_pointer (&input);
  else if (input != NULL
           && !gh_bus_parse_material (found->kind, input, &secret, &public_data, error))
    return FALSE;
  if (!gh_vault_rotate (job->vault, found->number, secret, public_data, error))
    return FALSE;
  gh_log (GH_LOG_NOTICE, "vault", "credential rotated", "credential", id, NULL);
  return TRUE;
}

static gboolean
run_renew (gpointer data, GError **error)
{
  Job *job = data;
  g_autoptr (GhCredential) found = NULL;
  g_autoptr (GhSecret) secret = NULL;
  const char *id;
  guint32 length;

  g_variant_get (job->parameters, "(&su)", &id, &length);
  found = find (job, id, error);
  if (found == NULL)
    return FALSE;
  if (found->kind != GH_CREDENTIAL_PSK)
    {
      g_set_error (error, GH_ERROR, GH_ERROR_BAD_REQUEST, "%.128s: not a symmetric key", id);
      return FALSE;
    }
  secret = gh_secret_new_random (length, error);
  if (secret == NULL || !gh_vault_rotate (job->vault, found->number, secret, NULL, error)
      || !answer_secret (job, secret, error))
    return FALSE;
  gh_log (GH_LOG_NOTICE, "vault", "credential rotated", "credential", id, NULL);
  job->reply = g_variant_new ("(h)", 0);
  return TRUE;
}

static gboolean
run_remove (gpointer data, GError **error)
{
  Job *job = data;
  g_autoptr (GhCredential) found = NULL;
  const char *id;

  g_variant_get (job->parameters, "(&s)", &id);
  found = find (job, id, error);
  if (found == NULL || !gh_vault_remove (job->vault, found->number, error))
    return FALSE;
  gh_log (GH_LOG_NOTICE, "vault", "credential removed", "credential", id, NULL);
  return TRUE;
}

static gboolean
run_export (gpointer data, GError **error)
{
  Job *job = data;
  g_autoptr (GhCredential) found = NULL;
  const char *id;

  g_variant_get (job->parameters, "(&s)", &id);
  found = find (job, id, error);
  if (found == NULL)
    return FALSE;
  if (found->kind == GH_CREDENTIAL_PSK)
    {
      if (!answer_secret (job, found->secret, error))
        return FALSE;
    }
  else
    {
      job->reply_fd = gh_bus_format_material (found->kind, found->secret, found->public_data,
                                              error);
      if (job->reply_fd < 0)
        return FALSE;
    }
  gh_audit_record (gh_security_get_audit (job->security), GH_AUDIT_CREDENTIAL, "exported",
                   "credential", id, NULL);
  gh_log (GH_LOG_NOTICE, "vault", "credential exported", "credential", id, NULL);
  job->reply = g_variant_new ("(h)", 0);
  return TRUE;
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
import_lines (Job *job, const GhVaultDraft *common, const GArray *lines, const GArray *at,
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

static gboolean
run_import (gpointer data, GError **error)
{
  Job *job = data;
  g_auto (GhBusDraft) said = { .draft.kind = GH_CREDENTIAL_PSK };
  g_autoptr (GVariant) properties = NULL;
  g_autoptr (GhSecret) input = NULL;
  g_autoptr (GArray) at = g_array_new (FALSE, FALSE, sizeof (guint));
  GArray *lines;
  gboolean done = TRUE;
  gint32 handle;

  g_variant_get (job->parameters, "(@a{sv}h)", &properties, &handle);
  if (!gh_bus_draft_parse (properties, &said, error) || !read_handle (job, handle, &input, error))
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

/* --- local certification authority --- */

static gboolean
run_init_authority (gpointer data, GError **error)
{
  Job *job = data;
  gboolean replace;

  g_variant_get (job->parameters, "(b)", &replace);
  if (!gh_cse_make_authority (job->credentials->cse, replace, error))
    return FALSE;
  gh_audit_record (gh_security_get_audit (job->security), GH_AUDIT_CREDENTIAL, "authority made",
                   NULL);
  gh_log (GH_LOG_NOTICE, "vault", "certification authority made", NULL);
  return TRUE;
}

/* Splits what is for the certificate from what is for the credential: "days" and "request". */
static GVariant *
take_order (Job *job, GVariant *properties, GhCaOrder *order, GhSecret **out_request,
            GError **error)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (properties);
  g_autoptr (GVariant) request = g_variant_dict_lookup_value (&dict, "request",
                                                              G_VARIANT_TYPE_HANDLE);

  g_variant_dict_lookup (&dict, "days", "u", &order->days);
  g_variant_dict_remove (&dict, "days");
  g_variant_dict_remove (&dict, "request");
  if (request != NULL && !read_handle (job, g_variant_get_handle (request), out_request, error))
    return NULL;
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

/* A certificate has an entry of its own, which is what admits it; another one for the same subject
 * takes its place. */
static GhCredential *
keep_certificate (Job *job, GhVaultDraft *draft, GBytes *chain, GError **error)
{
  g_autoptr (GhCredential) old = gh_vault_find (job->vault, GH_CREDENTIAL_X509, draft->subject);

  draft->kind = GH_CREDENTIAL_X509;
  draft->public_data = chain;
  if (old == NULL)
    return gh_vault_add (job->vault, draft, error);
  if (!gh_vault_rotate (job->vault, old->number, NULL, chain, error))
    return NULL;
  return gh_vault_find_number (job->vault, old->number);
}

/* What From may be is what the certificate names, where it names an AE or CSE of ours. */
static char *
identity_of (const Job *job, const GhCaOrder *order)
{
  const GhConfig *config = gh_security_get_config (job->security);
  const GhHome home = { gh_config_get_string (config, "cse", "sp-domain"),
                        gh_config_get_string (config, "cse", "id") };
  const char *stem = strrchr (order->subject, '/');

  if (order->flavour == GH_CA_CSE)
    return gh_subject_cse_id (order->subject, home.sp_domain);
  if (order->flavour == GH_CA_AE && stem != NULL
      && gh_originator_same (stem + 1, order->subject, &home))
    return g_strdup (stem + 1);
  return NULL;
}

static gboolean
run_issue (gpointer data, GError **error)
{
  Job *job = data;
  g_auto (GhBusDraft) said = { .draft.kind = GH_CREDENTIAL_X509 };
  g_autoptr (GVariant) properties = NULL, rest = NULL;
  g_autoptr (GhSecret) request = NULL, key = NULL;
  g_autoptr (GBytes) chain = NULL, request_octets = NULL;
  g_autoptr (GhCredential) kept = NULL;
  g_autofree char *identity = NULL;
  const char *own[] = { NULL, NULL };
  GhCaOrder order = { 0 };
  const char *flavour;
  gconstpointer octets;
  gsize length;

  g_variant_get (job->parameters, "(&s&s@a{sv})", &flavour, &order.subject, &properties);
  if (!gh_ca_flavour_parse (flavour, &order.flavour))
    {
      g_set_error (error, GH_ERROR, GH_ERROR_BAD_REQUEST,
                   "flavour: \"%.32s\" is not ae, cse, node or device", flavour);
      return FALSE;
    }
  rest = take_order (job, properties, &order, &request, error);
  if (rest == NULL || !gh_bus_draft_parse (rest, &said, error))
    return FALSE;
  if (request != NULL)
    {
      octets = gh_secret_data (request, &length);
      request_octets = g_bytes_new (octets, length);
      order.request = request_octets;
    }
  if (!gh_local_ca_issue (job->vault, gh_security_get_clock (job->security), &order, &key, &chain,
                          error))
    return FALSE;
  said.draft.subject = order.subject;
  if (said.draft.identities == NULL)
    {
      own[0] = identity = identity_of (job, &order);
      said.draft.identities = own;
    }
  kept = keep_certificate (job, &said.draft, chain, error);
  if (kept == NULL)
    return FALSE;
  job->reply_fd = gh_bus_format_material (GH_CREDENTIAL_X509, key, chain, error);
  if (job->reply_fd < 0)
    return FALSE;
  gh_audit_record (gh_security_get_audit (job->security), GH_AUDIT_CREDENTIAL, "certificate issued",
                   "credential", kept->id, NULL);
  gh_log (GH_LOG_NOTICE, "vault", "certificate issued", "credential", kept->id, NULL);
  job->reply = g_variant_new ("(sh)", kept->id, 0);
  return TRUE;
}

static gboolean
run_revoke_certificate (gpointer data, GError **error)
{
  Job *job = data;
  g_autoptr (GhCredential) found = NULL;
  const char *id;

  g_variant_get (job->parameters, "(&s)", &id);
  found = find (job, id, error);
  if (found == NULL)
    return FALSE;
  if (found->kind != GH_CREDENTIAL_X509 || found->public_data == NULL)
    {
      g_set_error (error, GH_ERROR, GH_ERROR_BAD_REQUEST,
                   "%.128s: no certificate of it is in the vault", id);
      return FALSE;
    }
  /* First what takes effect here. */
  return gh_vault_set_state (job->vault, found->number, GH_CREDENTIAL_REVOKED, error)
         && gh_local_ca_revoke (job->vault, gh_security_get_clock (job->security),
                                found->public_data, error);
}

static gboolean
run_authority (gpointer data, GError **error)
{
  Job *job = data;
  g_autofree char *pem = gh_local_ca_export_certificates (job->vault, error);

  if (pem == NULL)
    return FALSE;
  job->reply = g_variant_new ("(s)", pem);
  return TRUE;
}

static gboolean
run_lists (gpointer data, GError **error)
{
  Job *job = data;
  g_autofree char *pem = gh_local_ca_export_lists (job->vault,
                                                   gh_security_get_clock (job->security), error);

  if (pem == NULL)
    return FALSE;
  job->reply = g_variant_new ("(s)", pem);
  return TRUE;
}

/* --- calls --- */

static const struct {
  const char *name;
  gboolean (*run) (gpointer job, GError **error);
} methods[] = {
  { "Add", run_add },
  { "Generate", run_generate },
  { "Import", run_import },
  { "List", run_list },
  { "Show", run_show },
  { "SetState", run_set_state },
  { "Rotate", run_rotate },
  { "Renew", run_renew },
  { "Remove", run_remove },
  { "Export", run_export },
  { "InitAuthority", run_init_authority },
  { "IssueCertificate", run_issue },
  { "RevokeCertificate", run_revoke_certificate },
  { "GetAuthority", run_authority },
  { "GetRevocationLists", run_lists },
};

static gboolean
run_locked (Job *job, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&job->credentials->lock);

  job->security = job->credentials->stopped ? NULL : gh_cse_get_security (job->credentials->cse);
  if (job->security == NULL)
    {
      g_set_error_literal (error, GH_ERROR, GH_ERROR_CANCELLED, "gatehoused is stopping");
      return FALSE;
    }
  job->vault = gh_security_get_vault (job->security);
  return job->run (job, error);
}

static void
run_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  GError *error = NULL;

  if (run_locked (task_data, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
answer (Job *job)
{
  g_autoptr (GUnixFDList) list = NULL;
  GVariant *reply = g_steal_pointer (&job->reply);

  if (job->reply_fd >= 0)
    {
      list = g_unix_fd_list_new_from_array (&job->reply_fd, 1);
      job->reply_fd = -1;
    }
  g_dbus_method_invocation_return_value_with_unix_fd_list (job->invocation, reply, list);
}

static void
job_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Job *job = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    answer (job);
  else
    gh_bus_return_error (job->invocation, error);
}

void
gh_bus_credentials_handle (GhBusCredentials *credentials, GDBusMethodInvocation *invocation)
{
  const char *name = g_dbus_method_invocation_get_method_name (invocation);
  g_autoptr (GTask) task = g_task_new (NULL, NULL, job_done, NULL);
  Job *job = g_new0 (Job, 1);

  job->credentials = g_atomic_rc_box_acquire (credentials);
  job->invocation = invocation;
  job->parameters = g_dbus_method_invocation_get_parameters (invocation);
  job->reply_fd = -1;
  for (gsize i = 0; i < G_N_ELEMENTS (methods); i++)
    if (g_str_equal (methods[i].name, name))
      job->run = methods[i].run;
  g_task_set_task_data (task, job, (GDestroyNotify) job_free);
  if (job->run != NULL)
    g_task_run_in_thread (task, run_in_thread);
  else
    g_task_return_new_error (task, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD,
                             "there is no method \"%s\"", name);
}
