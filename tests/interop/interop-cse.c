/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib-unix.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gh-cse-private.h"

/* A whole CSE for the tests with foreign peers, whose vault a script commands through standard
 * input, one line a command, one line an answer:
 *
 *   interop-cse FOLDER GROUP.KEY=VALUE...
 *
 * FOLDER gets the vault; server.key and server.pem in it become the server's. Prints "listening on
 * URL" for each listener, then "ready". */

typedef struct {
  GMainLoop *loop;
  GhCse *cse;
  GString *line;
  gboolean failed;
} Runner;

static void
answer (const GError *error, guint64 number)
{
  if (error != NULL)
    printf ("failed: %s\n", error->message);
  else
    printf ("ok %" G_GUINT64_FORMAT "\n", number);
  fflush (stdout);
}

static void
put_item (GhVault *vault, const char *folder, const char *file, const char *name)
{
  g_autofree char *path = g_build_filename (folder, file, NULL);
  g_autofree char *octets = NULL;
  g_autoptr (GhSecret) secret = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;

  if (!g_file_get_contents (path, &octets, &length, NULL))
    return;
  secret = gh_secret_new (octets, length, &error);
  if (secret == NULL || !gh_vault_put_item (vault, name, secret, &error))
    g_error ("%s: %s", path, error->message);
}

static void
prepare_vault (const char *path, const char *key_path, const char *folder)
{
  g_autoptr (GhClock) clock = gh_clock_new_system ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GhSecret) key = gh_vault_key_load (key_path, TRUE, &error);
  GhVault *vault = key != NULL ? gh_vault_open (path, key, clock, &error) : NULL;

  if (vault == NULL)
    g_error ("%s", error->message);
  put_item (vault, folder, "server.key", "server-key");
  put_item (vault, folder, "server.pem", "server-certificate");
  gh_vault_close (vault);
}

static GhSecret *
parse_key (const char *hex)
{
  guint8 octets[64];
  gsize length = strlen (hex) / 2;

  if (length == 0 || length > sizeof octets)
    return NULL;
  for (gsize i = 0; i < length; i++)
    octets[i] = (guint8) (g_ascii_xdigit_value (hex[2 * i]) << 4
                          | g_ascii_xdigit_value (hex[2 * i + 1]));
  return gh_secret_new (octets, length, NULL);
}

static void
add (GhVault *vault, const GhVaultDraft *draft)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GhCredential) credential = gh_vault_add (vault, draft, &error);

  answer (error, credential != NULL ? credential->number : 0);
}

/* psk SUBJECT HEX IDENTITY, x509 SUBJECT - IDENTITY: "CAdmin" makes it the administrator's */
static void
add_person (GhVault *vault, char **words)
{
  const gboolean psk = g_str_equal (words[0], "psk");
  const gboolean administrator = g_str_equal (words[3], "CAdmin");
  const char *const identities[] = { administrator ? NULL : words[3], NULL };
  g_autoptr (GhSecret) key = psk ? parse_key (words[2]) : NULL;

  add (vault, &(GhVaultDraft){ .kind = psk ? GH_CREDENTIAL_PSK : GH_CREDENTIAL_X509,
                               .subject = words[1],
                               .owner = words[1],
                               .identities = identities,
                               .administrator = administrator,
                               .secret = key });
}

/* anchor FILE PURPOSES ANY */
static void
add_anchor (GhVault *vault, char **words)
{
  g_autofree char *octets = NULL;
  g_autoptr (GBytes) der = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;

  if (!g_file_get_contents (words[1], &octets, &length, &error))
    {
      answer (error, 0);
      return;
    }
  der = g_bytes_new (octets, length);
  add (vault, &(GhVaultDraft){ .kind = GH_CREDENTIAL_ANCHOR,
                               .owner = "anchor",
                               .purposes = (guint) g_ascii_strtoull (words[2], NULL, 10),
                               .admits_any = g_str_equal (words[3], "any"),
                               .public_data = der });
}

/* state NUMBER NAME, ends NUMBER SECONDS, rotate NUMBER HEX */
static void
change (GhVault *vault, char **words)
{
  const guint64 number = g_ascii_strtoull (words[1], NULL, 10);
  const gint64 seconds = g_ascii_strtoll (words[2], NULL, 10);
  GhCredentialState state = GH_CREDENTIAL_ACTIVE;
  g_autoptr (GhSecret) key = NULL;
  g_autoptr (GError) error = NULL;
  gboolean ok = FALSE;

  if (g_str_equal (words[0], "state") && gh_credential_state_parse (words[2], &state))
    ok = gh_vault_set_state (vault, number, state, &error);
  else if (g_str_equal (words[0], "ends"))
    ok = gh_vault_set_validity (vault, number, 0, g_get_real_time () + seconds * G_USEC_PER_SEC,
                                &error);
  else if (g_str_equal (words[0], "rotate"))
    {
      key = parse_key (words[2]);
      ok = gh_vault_rotate (vault, number, key, NULL, &error);
    }
  if (!ok && error == NULL)
    g_set_error_literal (&error, GH_ERROR, GH_ERROR_BAD_REQUEST, "unknown command");
  answer (error, number);
}

/* remove NUMBER */
static void
forget (GhVault *vault, const char *word)
{
  const guint64 number = g_ascii_strtoull (word, NULL, 10);
  g_autoptr (GError) error = NULL;

  if (!gh_vault_remove (vault, number, &error))
    g_assert_nonnull (error);
  answer (error, number);
}

static void
count_association (const GhAssociationInfo *info, gpointer user_data)
{
  guint64 *n = user_data;

  (*n)++;
}

static void
obey (Runner *runner, const char *line)
{
  GhVault *vault = gh_security_get_vault (runner->cse->security);
  g_auto (GStrv) words = g_strsplit (line, " ", -1);
  const guint n = g_strv_length (words);
  guint64 count = 0;

  if (n == 4 && (g_str_equal (words[0], "psk") || g_str_equal (words[0], "x509")))
    add_person (vault, words);
  else if (n == 4 && g_str_equal (words[0], "anchor"))
    add_anchor (vault, words);
  else if (n == 3)
    change (vault, words);
  else if (n == 2 && g_str_equal (words[0], "remove"))
    forget (vault, words[1]);
  else if (g_str_equal (line, "associations"))
    {
      gh_security_list_associations (runner->cse->security, 0, 1000, count_association, &count);
      answer (NULL, count);
    }
  else
    {
      printf ("failed: unknown command\n");
      fflush (stdout);
    }
}

static gboolean
take_input (int fd, GIOCondition condition, gpointer user_data)
{
  Runner *runner = user_data;
  char octets[512];
  const gssize n = read (fd, octets, sizeof octets);

  for (gssize i = 0; i < n; i++)
    if (octets[i] == '\n')
      {
        obey (runner, runner->line->str);
        g_string_truncate (runner->line, 0);
      }
    else
      g_string_append_c (runner->line, octets[i]);
  if (n > 0)
    return G_SOURCE_CONTINUE;
  g_main_loop_quit (runner->loop);
  return G_SOURCE_REMOVE;
}

static void
started (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Runner *runner = user_data;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) urls = NULL;

  if (!gh_cse_start_finish (runner->cse, result, &error))
    {
      printf ("failed: %s\n", error->message);
      runner->failed = TRUE;
      g_main_loop_quit (runner->loop);
      return;
    }
  urls = gh_cse_dup_urls (runner->cse);
  for (guint i = 0; urls[i] != NULL; i++)
    printf ("listening on %s\n", urls[i]);
  printf ("ready\n");
  fflush (stdout);
  g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP, take_input, runner);
}

static void
stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Runner *runner = user_data;

  runner->failed = !gh_cse_stop_finish (runner->cse, result, NULL);
  g_main_loop_quit (runner->loop);
}

static void
set_option (GhCse *cse, const char *option)
{
  const char *dot = strchr (option, '.'), *equals = strchr (option, '=');
  g_autofree char *group = g_strndup (option, (gsize) (dot - option));
  g_autofree char *key = g_strndup (dot + 1, (gsize) (equals - dot - 1));
  g_autoptr (GError) error = NULL;

  if (!gh_cse_set_option (cse, group, key, equals + 1, &error))
    g_error ("%s", error->message);
}

static void
set_path (GhCse *cse, const char *key, const char *path)
{
  g_autofree char *option = g_strdup_printf ("vault.%s=%s", key, path);

  set_option (cse, option);
}

int
main (int argc, char **argv)
{
  g_autofree char *path = g_build_filename (argv[1], "vault", NULL);
  g_autofree char *key_path = g_build_filename (argv[1], "vault.key", NULL);
  g_autoptr (GError) error = NULL;
  Runner runner = { .loop = g_main_loop_new (NULL, FALSE), .line = g_string_new (NULL) };

  prepare_vault (path, key_path, argv[1]);
  runner.cse = gh_cse_new (NULL, FALSE, &error);
  if (runner.cse == NULL)
    g_error ("%s", error->message);
  set_option (runner.cse, "store.type=memory");
  set_path (runner.cse, "path", path);
  set_path (runner.cse, "key-file", key_path);
  for (int i = 2; i < argc; i++)
    set_option (runner.cse, argv[i]);
  gh_cse_start_async (runner.cse, NULL, started, &runner);
  g_main_loop_run (runner.loop);
  if (!runner.failed)
    {
      gh_cse_stop_async (runner.cse, NULL, stopped, &runner);
      g_main_loop_run (runner.loop);
    }
  g_object_unref (runner.cse);
  g_main_loop_unref (runner.loop);
  g_string_free (runner.line, TRUE);
  return runner.failed;
}
