/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-command.h"
#include "ghctl-json.h"

#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

#define INTERFACE "org.gatehouse.Gatehouse1.Credentials"

typedef struct {
  gboolean replace, administrator, new_key;
  char *output, *request, *owner, *label;
  char **identities, **stems, **hosts;
  gint days;
} Options;

#define AT(member) offsetof (Options, member)

static gboolean
run_init (GhctlRun *run, GError **error)
{
  const Options *options = run->options;

  return ghctl_done (run, ghctl_call_plain (run->connection, INTERFACE, "InitAuthority",
                                            g_variant_new ("(b)", options->replace), error));
}

static gboolean
run_revoke (GhctlRun *run, GError **error)
{
  return ghctl_done (run, ghctl_call_plain (run->connection, INTERFACE, "RevokeCertificate",
                                            g_variant_new ("(s)", run->arguments[0]), error));
}

/* Public text, to a file or to standard output; there, with --json, as the member @name. */
static gboolean
print_text (GhctlRun *run, const char *name, const char *method, GVariant *arguments,
            GError **error)
{
  const Options *options = run->options;
  g_autoptr (GVariant) answer = ghctl_call_simple (run->connection, INTERFACE, method, arguments,
                                                   "(s)", error);
  g_autoptr (GError) problem = NULL;
  const char *text;

  if (answer == NULL)
    return FALSE;
  g_variant_get (answer, "(&s)", &text);
  if (options->output != NULL && strcmp (options->output, "-") != 0)
    return ghctl_done (run, g_file_set_contents (options->output, text, -1, &problem)
                              || ghctl_usage (problem->message, error));
  if (run->json)
    ghctl_json_print_text (name, text);
  else
    g_print ("%s", text);
  return TRUE;
}

static gboolean
run_certificates (GhctlRun *run, GError **error)
{
  return print_text (run, "certificates", "GetAuthority", NULL, error);
}

static gboolean
run_lists (GhctlRun *run, GError **error)
{
  return print_text (run, "crl", "GetRevocationLists", NULL, error);
}

static gboolean
run_renew_server (GhctlRun *run, GError **error)
{
  const Options *options = run->options;

  return ghctl_done (run, ghctl_call_plain (run->connection, INTERFACE, "RenewServer",
                                            g_variant_new ("(b)", options->new_key), error));
}

static gboolean
run_request_server (GhctlRun *run, GError **error)
{
  static const char *const none[] = { NULL };
  const Options *options = run->options;
  const char *const *hosts = options->hosts != NULL ? (const char *const *) options->hosts : none;

  return print_text (run, "request", "RequestServer", g_variant_new ("(^as)", hosts), error);
}

/* A certificate is no secret, but comes from a file or from standard input like one. */
static gboolean
run_install_server (GhctlRun *run, GError **error)
{
  g_auto (GhctlSecret) input = { NULL, 0 };
  g_autofree char *text = NULL;

  if (!ghctl_secret_read (run->arguments[0] != NULL ? run->arguments[0] : "-", &input, error))
    return FALSE;
  text = g_strndup ((const char *) input.data, input.length);
  if (!g_str_is_ascii (text) || strlen (text) != input.length)
    return ghctl_usage (_ ("install-server: certificates as PEM are expected"), error);
  return ghctl_done (run, ghctl_call_plain (run->connection, INTERFACE, "InstallServer",
                                            g_variant_new ("(s)", text), error));
}

static GVariant *
order_properties (const Options *options)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  if (options->days > 0)
    g_variant_dict_insert (&dict, "days", "u", (guint32) options->days);
  if (options->request != NULL)
    g_variant_dict_insert (&dict, "request", "h", 0);
  if (options->owner != NULL)
    g_variant_dict_insert (&dict, "owner", "s", options->owner);
  if (options->label != NULL)
    g_variant_dict_insert (&dict, "label", "s", options->label);
  if (options->identities != NULL)
    g_variant_dict_insert (&dict, "identities", "^as", options->identities);
  if (options->stems != NULL)
    g_variant_dict_insert (&dict, "stems", "^as", options->stems);
  if (options->administrator)
    g_variant_dict_insert (&dict, "administrator", "b", TRUE);
  return g_variant_dict_end (&dict);
}

static gboolean
open_request (const char *path, int *out_fd, GError **error)
{
  g_auto (GhctlSecret) request = { NULL, 0 };

  *out_fd = -1;
  if (path == NULL)
    return TRUE;
  if (!ghctl_secret_read (path, &request, error))
    return FALSE;
  *out_fd = ghctl_secret_to_fd (&request, error);
  return *out_fd >= 0;
}

/* The key, which is kept nowhere else, and its certificate. */
static gboolean
deliver (const GhctlRun *run, const char *id, const GhctlSecret *certificate, GhctlSecretFile *out,
         GError **error)
{
  const Options *options = run->options;
  const gboolean file = strcmp (options->output, "-") != 0;
  g_autoptr (JsonObject) object = json_object_new ();

  json_object_set_string_member (object, "id", id);
  if (!file && run->json)
    return ghctl_secret_print_json (object, "certificate", certificate, error);
  if (!ghctl_secret_file_write (out, certificate, error))
    return FALSE;
  if (run->json)
    ghctl_json_print_text ("id", id);
  else if (file)
    g_print ("%s\n", id);
  return TRUE;
}

static gboolean
run_issue (GhctlRun *run, GError **error)
{
  const Options *options = run->options;
  char **arguments = run->arguments;
  GhctlCall call = { INTERFACE, "IssueCertificate", NULL, "(sh)", -1, -1 };
  g_auto (GhctlSecret) certificate = { NULL, 0 };
  g_auto (GhctlSecretFile) out = { NULL, -1 };
  g_autoptr (GVariant) answer = NULL;
  const char *id;

  if (options->output == NULL)
    return ghctl_usage (
      _ ("issue: --output FILE must say where the private key and the certificate "
         "go; - is standard output"),
      error);
  if (options->days < 0)
    return ghctl_usage (_ ("issue: --days takes a number from 1 to 3650"), error);
  if (!ghctl_secret_file_open (options->output, &out, error)
      || !open_request (options->request, &call.fd_in, error))
    return FALSE;
  call.arguments = g_variant_new ("(ss@a{sv})", arguments[0], arguments[1],
                                  order_properties (options));
  answer = ghctl_call (run->connection, &call, error);
  if (call.fd_in >= 0)
    close (call.fd_in);
  if (answer == NULL || !ghctl_secret_read_fd (call.fd_out, &certificate, error))
    return FALSE;
  g_variant_get (answer, "(&sh)", &id, NULL);
  return deliver (run, id, &certificate, &out, error);
}

static const GhctlCommand commands[] = {
  { "init", "", N_ ("make the authority and a certificate of the servers"), 0, 0, run_init },
  { "issue", "FLAVOUR SUBJECT", N_ ("make a certificate: ae, cse, node or device"), 2, 2,
    run_issue },
  { "revoke", "ID", N_ ("revoke a certificate by its Credential-ID"), 1, 1, run_revoke },
  { "crl", "", N_ ("print the revocation lists"), 0, 0, run_lists },
  { "certificates", "", N_ ("print the authority's certificates, which peers must trust"), 0, 0,
    run_certificates },
  { "renew-server", "", N_ ("sign the certificate of the servers anew"), 0, 0, run_renew_server },
  { "request-server", "", N_ ("make a key, and print a request for another authority"), 0, 0,
    run_request_server },
  { "install-server", "[FILE]", N_ ("install the certificate that came for it"), 0, 1,
    run_install_server },
  { NULL, NULL, NULL, 0, 0, NULL },
};

static const GhctlOption option_table[] = {
  { "output", 'O', G_OPTION_ARG_FILENAME, AT (output),
    N_ ("Write to a new file that is ours alone; - is standard output"), "FILE", NULL },
  { "request", 0, G_OPTION_ARG_FILENAME, AT (request),
    N_ ("issue: take the key of this certificate request"), "FILE", NULL },
  { "days", 0, G_OPTION_ARG_INT, AT (days), N_ ("issue: validity, 1 to 3650"), "N", NULL },
  { "identity", 'i', G_OPTION_ARG_STRING_ARRAY, AT (identities),
    N_ ("issue: what From may be; may be repeated"), "ID", NULL },
  { "stem", 0, G_OPTION_ARG_STRING_ARRAY, AT (stems),
    N_ ("issue: stems that an AE may be registered under; may be repeated"), "STEM", NULL },
  { "owner", 0, G_OPTION_ARG_STRING, AT (owner), N_ ("issue: whom it belongs to"), "NAME", NULL },
  { "label", 0, G_OPTION_ARG_STRING, AT (label), N_ ("issue: for people"), "TEXT", NULL },
  { "administrator", 0, G_OPTION_ARG_NONE, AT (administrator),
    N_ ("issue: may use the administrator's originator"), NULL, NULL },
  { "replace", 0, G_OPTION_ARG_NONE, AT (replace),
    N_ ("init: make another authority when there is one"), NULL, NULL },
  { "host", 0, G_OPTION_ARG_STRING_ARRAY, AT (hosts),
    N_ ("request-server: a name of this machine; may be repeated"), "NAME", NULL },
  { "new-key", 0, G_OPTION_ARG_NONE, AT (new_key), N_ ("renew-server: for another key"), NULL,
    NULL },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};
const GhctlGroup ghctl_ca_group = {
  .name = "ca",
  .summary = N_ ("the certification authority of this CSE"),
  .commands = commands,
  .options = option_table,
  .notes = N_ (
    "An AE is named absolutely, //example.org/in/Cpump, or in short: Cpump, /in/Cpump, Spump.\n"),
  .examples = "  ghctl ca certificates >anchors.pem\n"
              "  ghctl ca issue ae Cpump7 --output pump7.pem\n",
  .size = sizeof (Options),
};
