/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-doctor.h"

#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  char *config;
} Options;
#define AT(member) offsetof (Options, member)

static const char *const levels[] = { "ok", "warning", "error" };

static void
finding_free (gpointer data)
{
  GhctlFinding *finding = data;

  g_free (finding->text);
  g_free (finding->mend);
  g_free (finding);
}

void
ghctl_doctor_find (GhctlDoctor *doctor, GhctlFindingLevel level, const char *topic, char *text,
                   char *mend)
{
  GhctlFinding *finding = g_new0 (GhctlFinding, 1);

  *finding = (GhctlFinding){ level, topic, text, mend };
  g_ptr_array_add (doctor->findings, finding);
}

static void
print_finding (const GhctlFinding *finding)
{
  static const GhctlColour colours[] = { GHCTL_GREEN, GHCTL_YELLOW, GHCTL_RED };
  static const char *const marks[] = { "✓ ", "! ", "✗ " }, *const plain[] = { "ok ", "!! ", "XX " };

  ghctl_put (ghctl_unicode () ? marks[finding->level] : plain[finding->level],
             colours[finding->level], NULL);
  ghctl_put (_ (finding->topic), GHCTL_BOLD, NULL);
  g_print (": ");
  ghctl_put (finding->text, GHCTL_PLAIN, NULL);
  g_print ("\n");
  if (finding->mend == NULL)
    return;
  g_print ("    ");
  ghctl_put (finding->mend, GHCTL_CYAN, NULL);
  g_print ("\n");
}

static void
print_json (GPtrArray *findings)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_ARRAY);
  JsonArray *list = json_array_new ();

  json_node_take_array (node, list);
  for (guint i = 0; i < findings->len; i++)
    {
      const GhctlFinding *finding = findings->pdata[i];
      JsonObject *one = json_object_new ();
      json_object_set_string_member (one, "level", levels[finding->level]);
      json_object_set_string_member (one, "topic", finding->topic);
      json_object_set_string_member (one, "text", finding->text);
      if (finding->mend != NULL)
        json_object_set_string_member (one, "mend", finding->mend);
      json_array_add_object_element (list, one);
    }
  ghctl_print_json (node);
}

static guint
count (GPtrArray *findings, GhctlFindingLevel level)
{
  guint n = 0;

  for (guint i = 0; i < findings->len; i++)
    n += ((const GhctlFinding *) findings->pdata[i])->level == level;
  return n;
}

static void
report (const GhctlRun *run, GPtrArray *findings)
{
  const guint errors = count (findings, GHCTL_FINDING_ERROR);
  const guint warnings = count (findings, GHCTL_FINDING_WARNING);

  if (run->json)
    {
      print_json (findings);
      return;
    }
  for (guint i = 0; i < findings->len; i++)
    print_finding (findings->pdata[i]);
  if (errors == 0 && warnings == 0)
    g_print ("%s", _ ("Nothing is wrong.\n"));
  else
    g_print (_ ("Wrong: %u; to look at: %u\n"), errors, warnings);
}

static char *
default_path (void)
{
  return geteuid () == 0
           ? g_build_filename (GH_SYSCONF_DIR, "gatehouse", "gatehouse.conf", NULL)
           : g_build_filename (g_get_user_config_dir (), "gatehouse", "gatehouse.conf", NULL);
}

static gboolean
run_doctor (GhctlRun *run, GError **error)
{
  const Options *options = run->options;
  g_autoptr (GPtrArray) findings = g_ptr_array_new_with_free_func (finding_free);
  GhctlDoctor doctor = { .findings = findings };

  if (options->config != NULL && !g_file_test (options->config, G_FILE_TEST_EXISTS))
    return ghctl_usage (_ ("--config: there is no such file"), error);
  doctor.config_path = options->config != NULL ? g_strdup (options->config) : default_path ();
  ghctl_doctor_configuration (&doctor);
  ghctl_doctor_bus (&doctor, run->bus);
  ghctl_doctor_files (&doctor);
  ghctl_doctor_plugins (&doctor);
  ghctl_doctor_ports (&doctor);
  ghctl_doctor_credentials (&doctor);
  ghctl_doctor_clock (&doctor);
  ghctl_doctor_memory (&doctor);
  report (run, findings);
  run->exit = count (findings, GHCTL_FINDING_ERROR) > 0 ? GHCTL_REFUSED : GHCTL_DONE;
  g_clear_pointer (&doctor.status, g_variant_unref);
  g_clear_object (&doctor.connection);
  gh_config_unref (doctor.config);
  g_free (doctor.config_path);
  g_free (doctor.folder);
  return TRUE;
}

static const GhctlCommand commands[] = {
  { NULL, "", NULL, 0, 0, run_doctor },
  { NULL, NULL, NULL, 0, 0, NULL },
};

static const GhctlOption option_table[] = {
  { "config", 'c', G_OPTION_ARG_FILENAME, AT (config),
    N_ ("Look at this configuration; default: that of the system or of the user"), "FILE", NULL },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

const GhctlGroup ghctl_doctor_group = {
  .name = "doctor",
  .summary = N_ ("look for what is wrong, and say how to mend it"),
  .commands = commands,
  .options = option_table,
  .notes = N_ ("Looks at the configuration, files, plugins, ports, credentials, the clock and "
               "limits, and changes\nnothing. Ends with 1 when something is wrong.\n"),
  .examples = "  ghctl doctor\n"
              "  ghctl doctor --config /etc/gatehouse/gatehouse.conf --json\n",
  .size = sizeof (Options),
  .local = TRUE,
};
