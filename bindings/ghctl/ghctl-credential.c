/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-credential.h"
#include "ghctl-json.h"

#include <glib/gi18n.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#define MIN_KEY     16
#define MAX_KEY     64
#define DEFAULT_KEY 16
#define AT(member)  offsetof (GhctlCredentialOptions, member)

/* --- properties --- */

static void
add_text (GVariantDict *dict, const char *key, const char *text)
{
  if (text != NULL)
    g_variant_dict_insert (dict, key, "s", text);
}

static void
add_texts (GVariantDict *dict, const char *key, char **texts)
{
  if (texts != NULL)
    g_variant_dict_insert (dict, key, "^as", texts);
}

static void
add_flag (GVariantDict *dict, const char *key, gboolean flag)
{
  if (flag)
    g_variant_dict_insert (dict, key, "b", TRUE);
}

/* "never" takes a bound away. */
static gboolean
add_time (GVariantDict *dict, const char *key, const char *option, const char *text, GError **error)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_utc ();
  g_autoptr (GDateTime) time = text != NULL ? g_date_time_new_from_iso8601 (text, zone) : NULL;

  if (text == NULL)
    return TRUE;
  if (time == NULL && strcmp (text, "never") != 0)
    {
      g_set_error (error, GHCTL_ERROR, GHCTL_USAGE,
                   _ ("%s: a date and time like 2030-12-31T00:00:00Z, or never, is expected"),
                   option);
      return FALSE;
    }
  g_variant_dict_insert (dict, key, "x", time != NULL ? g_date_time_to_unix (time) : (gint64) 0);
  return TRUE;
}

GVariant *
ghctl_credential_properties (const GhctlCredentialOptions *options, const char *subject,
                             GError **error)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  if (!add_time (&dict, "not-after", "--expires", options->expires, error)
      || !add_time (&dict, "not-before", "--begins", options->begins, error))
    return NULL;
  add_text (&dict, "kind", options->kind);
  add_text (&dict, "subject", subject);
  add_text (&dict, "owner", options->owner);
  add_text (&dict, "label", options->label);
  add_texts (&dict, "identities", options->identities);
  add_texts (&dict, "stems", options->stems);
  add_texts (&dict, "app-ids", options->app_ids);
  add_texts (&dict, "targets", options->targets);
  add_texts (&dict, "purposes", options->purposes);
  add_flag (&dict, "administrator", options->administrator);
  add_flag (&dict, "admits-any", options->admits_any);
  add_flag (&dict, "pending", options->pending);
  return g_variant_dict_end (&dict);
}

static gboolean
is_psk (const GhctlCredentialOptions *options)
{
  return options->kind == NULL || strcmp (options->kind, "psk") == 0;
}

/* --- secrets --- */

/* A symmetric key is text for people; everything else is a file as it is. Returns: a descriptor */
static int
input_fd (const GhctlCredentialOptions *options, gboolean psk, GError **error)
{
  g_auto (GhctlSecret) secret = { NULL, 0 };
  const gboolean read = psk ? ghctl_secret_ask (options->file, &secret, error)
                            : ghctl_secret_read (options->file != NULL ? options->file : "-",
                                                 &secret, error);

  return read ? ghctl_secret_to_fd (&secret, error) : -1;
}

/* "pump7@example.org 0123...": a line that import takes, and what a label needs. */
static gboolean
make_line (const char *subject, const GhctlSecret *key, GhctlSecret *out, GError **error)
{
  g_auto (GhctlSecret) hex = { NULL, 0 };
  const gsize length = strlen (subject);

  if (!ghctl_secret_to_hex (key, &hex, error))
    return FALSE;
  out->data = sodium_malloc (length + hex.length + 2);
  if (out->data == NULL)
    return ghctl_usage (_ ("no memory can be locked"), error);
  memcpy (out->data, subject, length);
  out->data[length] = ' ';
  memcpy (out->data + length + 1, hex.data, hex.length);
  out->data[length + 1 + hex.length] = '\n';
  out->length = length + hex.length + 2;
  return TRUE;
}

static gboolean
is_standard (const char *output)
{
  return output == NULL || strcmp (output, "-") == 0;
}

/* Where the secret will go, before there is one. */
static gboolean
open_output (const GhctlRun *run, GhctlSecretFile *out, GError **error)
{
  const GhctlCredentialOptions *options = run->options;
  const gboolean shown = run->json || (options->qr && options->output == NULL);

  if (options->length != 0 && (options->length < MIN_KEY || options->length > MAX_KEY))
    return ghctl_usage (_ ("--length: 16 to 64 octets are expected"), error);
  if (run->json && options->qr)
    return ghctl_usage (_ ("only one of --json and --qr can be given"), error);
  if (is_standard (options->output))
    return ghctl_secret_file_open (shown ? NULL : "-", out, error);
  return ghctl_secret_file_open (options->output, out, error);
}

/* As JSON; @secret is in it unless there was a file for it. */
static gboolean
tell_secret (const GhctlRun *run, const char *subject, const GhctlSecret *secret, GError **error)
{
  const GhctlCredentialOptions *options = run->options;
  g_autoptr (JsonObject) object = json_object_new ();

  json_object_set_string_member (object, "subject", subject);
  if (is_standard (options->output))
    return ghctl_secret_print_json (object, "secret", secret, error);
  json_object_set_string_member (object, "output", options->output);
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), object);
  ghctl_json_print_line (node);
  return TRUE;
}

/* Takes the key from @fd and brings it where it was asked for. */
static gboolean
deliver_key (const GhctlRun *run, const char *subject, int fd, GhctlSecretFile *out, GError **error)
{
  const GhctlCredentialOptions *options = run->options;
  g_auto (GhctlSecret) key = { NULL, 0 }, line = { NULL, 0 }, hex = { NULL, 0 };

  if (!ghctl_secret_read_fd (fd, &key, error) || !make_line (subject, &key, &line, error)
      || !ghctl_secret_file_write (out, &line, error))
    return FALSE;
  if (run->json)
    return ghctl_secret_to_hex (&key, &hex, error) && tell_secret (run, subject, &hex, error);
  line.length--; /* without the end of the line */
  return !options->qr || ghctl_print_qr_code (&line, error);
}

/* "12-pump7@example.org" -> "pump7@example.org" */
static const char *
subject_of (const char *id)
{
  const char *dash = strchr (id, '-');

  return dash != NULL ? dash + 1 : id;
}

/* What is no symmetric key is handed out as it is. */
static gboolean
deliver_file (const GhctlRun *run, int fd, GhctlSecretFile *out, GError **error)
{
  g_auto (GhctlSecret) secret = { NULL, 0 };

  return ghctl_secret_read_fd (fd, &secret, error) && ghctl_secret_file_write (out, &secret, error)
         && (!run->json || tell_secret (run, subject_of (run->arguments[0]), &secret, error));
}

/* --- commands --- */

static gboolean
run_add (GhctlRun *run, GError **error)
{
  const GhctlCredentialOptions *options = run->options;
  GhctlCall call = { GHCTL_CREDENTIALS, "Add", NULL, "(s)", -1, -1 };
  g_autoptr (GVariant) properties = ghctl_credential_properties (options, run->arguments[0], error);
  g_autoptr (GVariant) answer = NULL;
  const char *id;

  if (properties == NULL)
    return FALSE;
  g_variant_ref_sink (properties);
  call.fd_in = input_fd (options, is_psk (options), error);
  if (call.fd_in < 0)
    return FALSE;
  call.arguments = g_variant_new ("(@a{sv}h)", properties, 0);
  answer = ghctl_call (run->connection, &call, error);
  close (call.fd_in);
  if (answer == NULL)
    return FALSE;
  g_variant_get (answer, "(&s)", &id);
  if (run->json)
    ghctl_json_print_text ("id", id);
  else
    g_print ("%s\n", id);
  return TRUE;
}

static gboolean
run_generate (GhctlRun *run, GError **error)
{
  const GhctlCredentialOptions *options = run->options;
  GhctlCall call = { GHCTL_CREDENTIALS, "Generate", NULL, "(sh)", -1, -1 };
  g_auto (GhctlSecretFile) out = { NULL, -1 };
  g_autoptr (GVariant) answer = NULL;
  GVariant *properties = open_output (run, &out, error)
                           ? ghctl_credential_properties (options, run->arguments[0], error)
                           : NULL;

  if (properties == NULL)
    return FALSE;
  call.arguments = g_variant_new ("(@a{sv}u)", properties,
                                  options->length > 0 ? (guint32) options->length : DEFAULT_KEY);
  answer = ghctl_call (run->connection, &call, error);
  return answer != NULL && deliver_key (run, run->arguments[0], call.fd_out, &out, error);
}

static gboolean
is_symmetric (GDBusConnection *connection, const char *id, gboolean *out, GError **error)
{
  GhctlCall call = { GHCTL_CREDENTIALS, "Show", g_variant_new ("(s)", id), "(a{sv})", -1, -1 };
  g_autoptr (GVariant) answer = ghctl_call (connection, &call, error);
  g_autoptr (GVariant) credential = NULL;
  const char *kind = "";

  if (answer == NULL)
    return FALSE;
  credential = g_variant_get_child_value (answer, 0);
  g_variant_lookup (credential, "kind", "&s", &kind);
  *out = strcmp (kind, "psk") == 0;
  return TRUE;
}

static gboolean
run_rotate (GhctlRun *run, GError **error)
{
  const GhctlCredentialOptions *options = run->options;
  GhctlCall renew = { GHCTL_CREDENTIALS, "Renew", NULL, "(h)", -1, -1 };
  GhctlCall rotate = { GHCTL_CREDENTIALS, "Rotate", NULL, "()", -1, -1 };
  g_auto (GhctlSecretFile) out = { NULL, -1 };
  g_autoptr (GVariant) answer = NULL;
  gboolean psk;

  if (!is_symmetric (run->connection, run->arguments[0], &psk, error))
    return FALSE;
  if (options->generate)
    {
      if (!open_output (run, &out, error))
        return FALSE;
      renew.arguments = g_variant_new (
        "(su)", run->arguments[0], options->length > 0 ? (guint32) options->length : DEFAULT_KEY);
      answer = ghctl_call (run->connection, &renew, error);
      return answer != NULL
             && deliver_key (run, subject_of (run->arguments[0]), renew.fd_out, &out, error);
    }
  rotate.fd_in = input_fd (options, psk, error);
  if (rotate.fd_in < 0)
    return FALSE;
  rotate.arguments = g_variant_new ("(sh)", run->arguments[0], 0);
  answer = ghctl_call (run->connection, &rotate, error);
  close (rotate.fd_in);
  return ghctl_done (run, answer != NULL);
}

static gboolean
run_export (GhctlRun *run, GError **error)
{
  const GhctlCredentialOptions *options = run->options;
  GhctlCall call = { GHCTL_CREDENTIALS, "Export", NULL, "(h)", -1, -1 };
  g_auto (GhctlSecretFile) out = { NULL, -1 };
  g_autoptr (GVariant) answer = NULL;
  gboolean psk;

  if (options->output == NULL && !options->qr)
    return ghctl_usage (
      _ ("export: --output FILE must say where the secret goes; - is standard output"), error);
  if (!open_output (run, &out, error)
      || !is_symmetric (run->connection, run->arguments[0], &psk, error))
    return FALSE;
  call.arguments = g_variant_new ("(s)", run->arguments[0]);
  answer = ghctl_call (run->connection, &call, error);
  if (answer == NULL)
    return FALSE;
  if (psk)
    return deliver_key (run, subject_of (run->arguments[0]), call.fd_out, &out, error);
  return deliver_file (run, call.fd_out, &out, error);
}

static gboolean
set_state (const GhctlRun *run, const char *state, GError **error)
{
  return ghctl_done (run,
                     ghctl_call_plain (run->connection, GHCTL_CREDENTIALS, "SetState",
                                       g_variant_new ("(ss)", run->arguments[0], state), error));
}

static gboolean
run_suspend (GhctlRun *run, GError **error)
{
  return set_state (run, "suspended", error);
}

static gboolean
run_resume (GhctlRun *run, GError **error)
{
  return set_state (run, "active", error);
}

static gboolean
run_revoke (GhctlRun *run, GError **error)
{
  return set_state (run, "revoked", error);
}

static gboolean
run_remove (GhctlRun *run, GError **error)
{
  return ghctl_done (run, ghctl_call_plain (run->connection, GHCTL_CREDENTIALS, "Remove",
                                            g_variant_new ("(s)", run->arguments[0]), error));
}

static gboolean
run_change (GhctlRun *run, GError **error)
{
  const GhctlCredentialOptions *options = run->options;
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  if (!add_time (&dict, "not-after", "--expires", options->expires, error)
      || !add_time (&dict, "not-before", "--begins", options->begins, error))
    return FALSE;
  add_texts (&dict, "add-identities", options->identities);
  add_texts (&dict, "remove-identities", options->no_identities);
  add_texts (&dict, "add-stems", options->stems);
  add_texts (&dict, "remove-stems", options->no_stems);
  add_texts (&dict, "add-app-ids", options->app_ids);
  add_texts (&dict, "remove-app-ids", options->no_app_ids);
  return ghctl_done (run, ghctl_call_plain (run->connection, GHCTL_CREDENTIALS, "Change",
                                            g_variant_new ("(s@a{sv})", run->arguments[0],
                                                           g_variant_dict_end (&dict)),
                                            error));
}

/* --- command line --- */

static const GhctlCommand commands[] = {
  { "add", "[SUBJECT]", N_ ("put a key or certificate into the vault"), 0, 1, run_add },
  { "generate", "KPSA-ID", N_ ("make a random symmetric key"), 1, 1, run_generate },
  { "import", "", N_ ("add lines \"KpsaID key [AE-ID]\" of standard input"), 0, 0,
    ghctl_credential_import },
  { "list", "", N_ ("list credentials"), 0, 0, ghctl_credential_list },
  { "show", "ID", N_ ("show one by its Credential-ID"), 1, 1, ghctl_credential_show },
  { "suspend", "ID", N_ ("refuse it until it is resumed"), 1, 1, run_suspend },
  { "resume", "ID", N_ ("admit it again"), 1, 1, run_resume },
  { "revoke", "ID", N_ ("refuse it for ever"), 1, 1, run_revoke },
  { "change", "ID", N_ ("change what it may, and how long, by the options"), 1, 1, run_change },
  { "rotate", "ID", N_ ("give it another key or certificate"), 1, 1, run_rotate },
  { "remove", "ID", N_ ("forget it"), 1, 1, run_remove },
  { "export", "ID", N_ ("hand out its secret"), 1, 1, run_export },
  { NULL, NULL, NULL, 0, 0, NULL },
};

static const GhctlOption option_table[] = {
  { "kind", 'k', G_OPTION_ARG_STRING, AT (kind), N_ ("psk (the default), x509, rpk or anchor"),
    "KIND", "psk x509 rpk anchor" },
  { "identity", 'i', G_OPTION_ARG_STRING_ARRAY, AT (identities),
    N_ ("What From may be: an AE-ID stem or a CSE-ID; may be repeated"), "ID", NULL },
  { "stem", 0, G_OPTION_ARG_STRING_ARRAY, AT (stems),
    N_ ("A stem that an AE may be registered under: C, S, Cpump*; may be repeated"), "STEM", NULL },
  { "app-id", 0, G_OPTION_ARG_STRING_ARRAY, AT (app_ids),
    N_ ("An App-ID that its AEs may have; may be repeated"), "ID", NULL },
  { "target", 0, G_OPTION_ARG_STRING_ARRAY, AT (targets),
    N_ ("Who it is shown to when we connect; may be repeated"), "HOST:PORT", NULL },
  { "purpose", 0, G_OPTION_ARG_STRING_ARRAY, AT (purposes),
    N_ ("Of an anchor: ae, cse, node, device or server; may be repeated"), "WHAT",
    "ae cse node device server" },
  { "admits-any", 0, G_OPTION_ARG_NONE, AT (admits_any),
    N_ ("Of an anchor: its certificates need no entry of their own"), NULL, NULL },
  { "administrator", 0, G_OPTION_ARG_NONE, AT (administrator),
    N_ ("It may use the administrator's originator"), NULL, NULL },
  { "pending", 0, G_OPTION_ARG_NONE, AT (pending), N_ ("Not in force until it is resumed"), NULL,
    NULL },
  { "owner", 0, G_OPTION_ARG_STRING, AT (owner),
    N_ ("Whom it belongs to; credentials of one owner share identities"), "NAME", NULL },
  { "label", 0, G_OPTION_ARG_STRING, AT (label), N_ ("For people"), "TEXT", NULL },
  { "begins", 0, G_OPTION_ARG_STRING, AT (begins), N_ ("Begin of its validity"), "TIME", NULL },
  { "expires", 0, G_OPTION_ARG_STRING, AT (expires), N_ ("End of its validity"), "TIME", NULL },
  { "no-identity", 0, G_OPTION_ARG_STRING_ARRAY, AT (no_identities),
    N_ ("change: takes an identity away; may be repeated"), "ID", NULL },
  { "no-stem", 0, G_OPTION_ARG_STRING_ARRAY, AT (no_stems),
    N_ ("change: takes a stem away; may be repeated"), "STEM", NULL },
  { "no-app-id", 0, G_OPTION_ARG_STRING_ARRAY, AT (no_app_ids),
    N_ ("change: takes an App-ID away; may be repeated"), "ID", NULL },
  { "file", 'f', G_OPTION_ARG_FILENAME, AT (file),
    N_ ("Read the key or certificate from here; default: the terminal or standard input"), "FILE",
    NULL },
  { "output", 'O', G_OPTION_ARG_FILENAME, AT (output),
    N_ ("Write the secret to a new file that is ours alone; - is standard output"), "FILE", NULL },
  { "length", 0, G_OPTION_ARG_INT, AT (length), N_ ("Octets of a new key, 16 to 64"), "N", NULL },
  { "generate", 0, G_OPTION_ARG_NONE, AT (generate), N_ ("rotate: with a random key"), NULL, NULL },
  { "qr", 0, G_OPTION_ARG_NONE, AT (qr), N_ ("Print the key as a QR code for a label"), NULL,
    NULL },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};
const GhctlGroup ghctl_credential_group = {
  .name = "credential",
  .summary = N_ ("keys and certificates that devices prove themselves with"),
  .commands = commands,
  .options = option_table,
  .notes = N_ ("Keys are never arguments: they are typed without echo, or read from standard input "
               "or a file.\n"),
  .examples = "  ghctl credential generate pump7@example.org --identity Cpump7\n"
              "  ghctl credential list\n"
              "  ghctl credential revoke 12-pump7@example.org\n",
  .size = sizeof (GhctlCredentialOptions),
};
