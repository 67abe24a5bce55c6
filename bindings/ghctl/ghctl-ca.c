/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl.h"

#include <string.h>
#include <unistd.h>

#define INTERFACE "org.gatehouse.Gatehouse1.Credentials"

typedef struct {
  gboolean session, system, replace, administrator;
  char *output, *request, *owner, *label;
  char **identities, **stems;
  gint days;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->output);
  g_free (options->request);
  g_free (options->owner);
  g_free (options->label);
  g_strfreev (options->identities);
  g_strfreev (options->stems);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

typedef gboolean (*Run) (GDBusConnection *connection, const Options *options, char **arguments,
                         GError **error);

static gboolean
call_plain (GDBusConnection *connection, const char *method, GVariant *arguments, GError **error)
{
  GhctlCall call = { INTERFACE, method, arguments, "()", -1, -1 };
  g_autoptr (GVariant) answer = ghctl_call (connection, &call, error);

  return answer != NULL;
}

static gboolean
run_init (GDBusConnection *connection, const Options *options, char **arguments, GError **error)
{
  return call_plain (connection, "InitAuthority", g_variant_new ("(b)", options->replace), error);
}

static gboolean
run_revoke (GDBusConnection *connection, const Options *options, char **arguments, GError **error)
{
  return call_plain (connection, "RevokeCertificate", g_variant_new ("(s)", arguments[0]), error);
}

/* Public text, to a file or to standard output. */
static gboolean
print_text (GDBusConnection *connection, const char *method, const Options *options, GError **error)
{
  GhctlCall call = { INTERFACE, method, NULL, "(s)", -1, -1 };
  g_autoptr (GVariant) answer = ghctl_call (connection, &call, error);
  GError *problem = NULL;
  const char *text;

  if (answer == NULL)
    return FALSE;
  g_variant_get (answer, "(&s)", &text);
  if (options->output == NULL || strcmp (options->output, "-") == 0)
    g_print ("%s", text);
  else if (!g_file_set_contents (options->output, text, -1, &problem))
    {
      g_set_error_literal (error, GHCTL_ERROR, GHCTL_USAGE, problem->message);
      g_error_free (problem);
      return FALSE;
    }
  return TRUE;
}

static gboolean
run_certificates (GDBusConnection *connection, const Options *options, char **arguments,
                  GError **error)
{
  return print_text (connection, "GetAuthority", options, error);
}

static gboolean
run_lists (GDBusConnection *connection, const Options *options, char **arguments, GError **error)
{
  return print_text (connection, "GetRevocationLists", options, error);
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

static gboolean
run_issue (GDBusConnection *connection, const Options *options, char **arguments, GError **error)
{
  GhctlCall call = { INTERFACE, "IssueCertificate", NULL, "(sh)", -1, -1 };
  g_auto (GhctlSecret) certificate = { NULL, 0 };
  g_autoptr (GVariant) answer = NULL;
  const char *id;

  if (options->output == NULL)
    {
      g_set_error_literal (error, GHCTL_ERROR, GHCTL_USAGE,
                           "issue: --output FILE must say where the private key and the "
                           "certificate go; - is standard output");
      return FALSE;
    }
  if (!open_request (options->request, &call.fd_in, error))
    return FALSE;
  call.arguments = g_variant_new ("(ss@a{sv})", arguments[0], arguments[1],
                                  order_properties (options));
  answer = ghctl_call (connection, &call, error);
  if (call.fd_in >= 0)
    close (call.fd_in);
  if (answer == NULL || !ghctl_secret_read_fd (call.fd_out, &certificate, error)
      || !ghctl_secret_write (options->output, &certificate, error))
    return FALSE;
  g_variant_get (answer, "(&sh)", &id, NULL);
  if (strcmp (options->output, "-") != 0)
    g_print ("%s\n", id);
  return TRUE;
}

static const struct {
  const char *name, *arguments, *help;
  int n_arguments;
  Run run;
} commands[] = {
  { "init", "", "make the authority and a certificate of the server", 0, run_init },
  { "issue", "FLAVOUR SUBJECT", "make a certificate: ae, cse, node or device", 2, run_issue },
  { "revoke", "ID", "revoke a certificate by its Credential-ID", 1, run_revoke },
  { "crl", "", "print the revocation lists", 0, run_lists },
  { "certificates", "", "print the authority's certificates, which peers must trust", 0,
    run_certificates },
};

static gboolean
parse (Options *options, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "output", 'O', 0, G_OPTION_ARG_FILENAME, &options->output,
      "Write to a new file that is ours alone; - is standard output", "FILE" },
    { "request", 0, 0, G_OPTION_ARG_FILENAME, &options->request,
      "issue: take the key of this certificate request", "FILE" },
    { "days", 0, 0, G_OPTION_ARG_INT, &options->days, "issue: validity, 1 to 3650", "N" },
    { "identity", 'i', 0, G_OPTION_ARG_STRING_ARRAY, &options->identities,
      "issue: what From may be; may be repeated", "ID" },
    { "stem", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->stems,
      "issue: stems that an AE may be registered under; may be repeated", "STEM" },
    { "owner", 0, 0, G_OPTION_ARG_STRING, &options->owner, "issue: whom it belongs to", "NAME" },
    { "label", 0, 0, G_OPTION_ARG_STRING, &options->label, "issue: for people", "TEXT" },
    { "administrator", 0, 0, G_OPTION_ARG_NONE, &options->administrator,
      "issue: may use the administrator's originator", NULL },
    { "replace", 0, 0, G_OPTION_ARG_NONE, &options->replace,
      "init: make another authority when there is one", NULL },
    { "session", 0, 0, G_OPTION_ARG_NONE, &options->session, "Only look on the session bus", NULL },
    { "system", 0, 0, G_OPTION_ARG_NONE, &options->system, "Only look on the system bus", NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("COMMAND [ARGUMENT…]");
  g_autoptr (GString) text = g_string_new ("Commands:\n");

  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    g_string_append_printf (text, "  %-12s %-16s %s\n", commands[i].name, commands[i].arguments,
                            commands[i].help);
  g_set_prgname ("ghctl ca");
  g_option_context_set_description (context, text->str);
  g_option_context_add_main_entries (context, entries, NULL);
  return g_option_context_parse (context, argc, argv, error);
}

static GhctlExit
report (const GError *error)
{
  g_printerr ("ghctl: %s\n", error->message);
  return error->domain == GHCTL_ERROR ? error->code : GHCTL_USAGE;
}

GhctlExit
ghctl_ca_main (int argc, char **argv)
{
  g_auto (Options) options = { .days = 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) connection = NULL;
  gsize at = 0;

  if (!parse (&options, &argc, &argv, &error))
    return report (error);
  while (at < G_N_ELEMENTS (commands) && (argc < 2 || strcmp (commands[at].name, argv[1]) != 0))
    at++;
  if (at == G_N_ELEMENTS (commands) || argc - 2 != commands[at].n_arguments)
    {
      g_printerr ("ghctl: ca %s %s\nTry \"ghctl ca --help\".\n",
                  at < G_N_ELEMENTS (commands) ? commands[at].name : "",
                  at < G_N_ELEMENTS (commands) ? commands[at].arguments
                                               : "init, issue, revoke, crl or certificates");
      return GHCTL_USAGE;
    }
  connection = ghctl_connect (options.session  ? GHCTL_BUS_SESSION
                              : options.system ? GHCTL_BUS_SYSTEM
                                               : GHCTL_BUS_EITHER,
                              &error);
  if (connection == NULL || !commands[at].run (connection, &options, argv + 2, &error))
    return report (error);
  return GHCTL_DONE;
}
