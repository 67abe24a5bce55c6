/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-archive.h"
#include "ghctl-command.h"
#include "ghctl-file.h"
#include "ghctl-progress.h"

#include "gh-version.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

/* Takes the copy that the daemon makes of its store and vault, and puts it into one file. */

#define CHUNK 65536

typedef struct {
  gboolean encrypt, with_key, replace;
  char *passphrase_file;
} Options;
#define AT(member) offsetof (Options, member)

static JsonObject *
new_header (GhctlRun *run, GVariant *contents, GError **error)
{
  static const char *const lengths[] = { "store", "vault", "key" };
  g_autoptr (GVariant) status = ghctl_status (run->connection, error);
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *time = g_date_time_format (now, "%FT%TZ");
  const char *cse = "";
  guint32 schema = 0;
  JsonObject *header;

  if (status == NULL)
    return NULL;
  g_variant_lookup (status, "cse-id", "&s", &cse);
  g_variant_lookup (contents, "schema", "u", &schema);
  header = json_object_new ();
  json_object_set_string_member (header, "cse", cse);
  json_object_set_string_member (header, "time", time);
  json_object_set_string_member (header, "by", gh_version_string ());
  json_object_set_int_member (header, "schema", schema);
  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      guint64 length = 0;
      g_variant_lookup (contents, lengths[i], "t", &length);
      json_object_set_int_member (header, lengths[i], (gint64) length);
    }
  return header;
}

static gint64
total_of (JsonObject *header)
{
  return json_object_get_int_member (header, "store") + json_object_get_int_member (header, "vault")
         + json_object_get_int_member (header, "key");
}

static gboolean
copy (int in, GhctlArchive *archive, gint64 total, GError **error)
{
  g_autofree guint8 *chunk = g_malloc (CHUNK);
  GhctlProgress progress = { .what = _ ("backup"), .total = total };
  gint64 done = 0;

  while (done < total)
    {
      const gssize n = read (in, chunk, (gsize) MIN (CHUNK, total - done));
      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        {
          g_set_error (error, GHCTL_ERROR, GHCTL_UNREACHABLE, _ ("the copy of gatehoused: %s"),
                       n < 0 ? g_strerror (errno) : _ ("it ends early"));
          break;
        }
      if (!ghctl_archive_write (archive, chunk, (gsize) n, error))
        break;
      done += n;
      ghctl_progress_update (&progress, done, done);
    }
  ghctl_progress_end (&progress);
  return done == total;
}

static gboolean
write_file (int in, int out, JsonObject *header, const GhctlSecret *passphrase, GError **error)
{
  g_autoptr (GhctlArchive) archive = ghctl_archive_create (out, header, passphrase, error);

  return archive != NULL && copy (in, archive, total_of (header), error)
         && ghctl_archive_finish (archive, error);
}

static gboolean
save (GhctlRun *run, int in, JsonObject *header, const GhctlSecret *passphrase, GError **error)
{
  const Options *options = run->options;
  const char *file = run->arguments[0];
  g_autofree char *temporary = NULL;
  const int out = ghctl_file_begin (file, options->replace, &temporary, error);
  GError *problem = NULL;
  gboolean done;

  if (out < 0)
    return FALSE;
  done = write_file (in, out, header, passphrase, &problem);
  if (!done)
    g_propagate_prefixed_error (error, problem, "%s: ", file);
  done = done && ghctl_file_commit (out, temporary, file, error);
  if (!done)
    ghctl_file_abandon (temporary);
  close (out);
  return done;
}

static void
say_result (const GhctlRun *run, JsonObject *header, gboolean sealed)
{
  const char *file = run->arguments[0];
  g_autofree char *size = ghctl_size (total_of (header));

  if (strcmp (file, "-") == 0)
    return;
  if (run->json)
    {
      g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), header);
      ghctl_print_json (node);
      return;
    }
  g_print (sealed ? _ ("%s: %s, encrypted\n") : _ ("%s: %s, not encrypted\n"), file, size);
  if (json_object_get_int_member (header, "key") == 0)
    g_print ("%s", _ ("The key of the vault is not in it: keep that, too, or use --encrypt.\n"));
}

static gboolean
run_backup (GhctlRun *run, GError **error)
{
  const Options *options = run->options;
  const gboolean sealed = options->encrypt || options->passphrase_file != NULL;
  g_auto (GhctlSecret) passphrase = { NULL, 0 };
  g_auto (GVariantDict) wishes = G_VARIANT_DICT_INIT (NULL);
  GhctlCall call = { "org.gatehouse.Gatehouse1.Backup", "Save", NULL, "(a{sv}h)", -1, -1 };
  gboolean done = FALSE;

  if (sealed && !ghctl_secret_ask_passphrase (options->passphrase_file, TRUE, &passphrase, error))
    return FALSE;
  g_variant_dict_insert (&wishes, "key", "b", sealed || options->with_key);
  call.arguments = g_variant_new ("(@a{sv})", g_variant_dict_end (&wishes));
  g_autoptr (GVariant) answer = ghctl_call (run->connection, &call, error);
  if (answer == NULL)
    return FALSE;
  g_autoptr (GVariant) contents = g_variant_get_child_value (answer, 0);
  g_autoptr (JsonObject) header = new_header (run, contents, error);
  if (header != NULL)
    done = save (run, call.fd_out, header, sealed ? &passphrase : NULL, error);
  if (call.fd_out >= 0)
    close (call.fd_out);
  if (done)
    say_result (run, header, sealed);
  return done;
}

static const GhctlCommand commands[] = {
  { NULL, "FILE", NULL, 1, 1, run_backup },
  { NULL, NULL, NULL, 0, 0, NULL },
};

static const GhctlOption option_table[] = {
  { "encrypt", 'e', G_OPTION_ARG_NONE, AT (encrypt),
    N_ ("Seal it with a passphrase; it then holds the key of the vault, too"), NULL, NULL },
  { "passphrase-file", 0, G_OPTION_ARG_FILENAME, AT (passphrase_file),
    N_ ("Take the passphrase from here, not from the terminal"), "FILE", NULL },
  { "with-key", 0, G_OPTION_ARG_NONE, AT (with_key),
    N_ ("Put the key of the vault into a backup that is not encrypted"), NULL, NULL },
  { "replace", 0, G_OPTION_ARG_NONE, AT (replace), N_ ("Overwrite FILE when all is there"), NULL,
    NULL },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

const GhctlGroup ghctl_backup_group = {
  .name = "backup",
  .summary = N_ ("copy resources and credentials of a running gatehoused to a file"),
  .commands = commands,
  .options = option_table,
  .notes = N_ (
    "The store is copied as it is at one moment, while requests go on. The configuration\n"
    "and the audit log are not in it.\n"),
  .examples = "  ghctl backup --encrypt gatehouse.backup\n"
              "  ghctl backup --passphrase-file /etc/gatehouse/backup.key --replace daily.backup\n",
  .size = sizeof (Options),
};
