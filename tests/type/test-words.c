/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "type/gh-behaviours.h"

#include <string.h>

/* What docs/resources.md says of each type is what the lists of behaviours say, and nothing else is
 * only stored than what may be. A behaviour that is taken out fails here. */

/* Types that later parts of the project give behaviour. */
static const gint may_be_stored[] = {
  GH_TYPE_DELIVERY, GH_TYPE_REMOTE_CSE, GH_TYPE_REQUEST,
  GH_TYPE_SEMANTIC_DESCRIPTOR, GH_TYPE_ROLE, GH_TYPE_TOKEN,
  GH_TYPE_DYNAMIC_AUTHORIZATION_CONSULTATION, GH_TYPE_AUTHORIZATION_DECISION,
  GH_TYPE_AUTHORIZATION_POLICY, GH_TYPE_AUTHORIZATION_INFORMATION, GH_TYPE_ONTOLOGY_REPOSITORY,
  GH_TYPE_ONTOLOGY, GH_TYPE_MASHUP_JOB_PROFILE, GH_TYPE_MASHUP_INSTANCE, GH_TYPE_MASHUP_RESULT,
  GH_TYPE_LOCAL_MULTICAST_GROUP, GH_TYPE_MULTIMEDIA_SESSION, GH_TYPE_TRIGGER_REQUEST,
  GH_TYPE_BACKGROUND_DATA_TRANSFER, GH_TYPE_TRANSACTION_MGMT, GH_TYPE_TRANSACTION,
};

static gboolean
behaves (gint number)
{
  for (const GhBehaviour *const *behaviour = gh_behaviours; *behaviour != NULL; behaviour++)
    if ((*behaviour)->type == number && !(*behaviour)->stored)
      return TRUE;
  for (const GhCoreBehaviour *core = gh_core_behaviours; core->type != 0; core++)
    if (core->type == number)
      return TRUE;
  return FALSE;
}

static gboolean
may_only_be_stored (gint number)
{
  for (gsize i = 0; i < G_N_ELEMENTS (may_be_stored); i++)
    if (may_be_stored[i] == number)
      return TRUE;
  return number >= GH_TYPE_ANNOUNCED;
}

static void
test_every_type_behaves_that_has_to (void)
{
  guint n, n_behaving = 0;
  const GhType *const *types = gh_types (&n);

  for (guint i = 0; i < n; i++)
    if (behaves (types[i]->number))
      n_behaving++;
    else if (!may_only_be_stored (types[i]->number))
      g_error ("%s is only stored", types[i]->long_name);
  g_test_message ("%u types behave, %u are stored", n_behaving, n - n_behaving);
}

static void
test_a_type_has_one_behaviour (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);

  for (const GhBehaviour *const *behaviour = gh_behaviours; *behaviour != NULL; behaviour++)
    {
      g_assert_nonnull (gh_type_by_number ((*behaviour)->type));
      g_assert_true (g_hash_table_add (seen, GINT_TO_POINTER ((*behaviour)->type)));
    }
  for (const GhCoreBehaviour *core = gh_core_behaviours; core->type != 0; core++)
    {
      g_assert_nonnull (gh_type_by_number (core->type));
      g_assert_true (g_hash_table_add (seen, GINT_TO_POINTER (core->type)));
    }
}

/* The lines of the overview: | type | number | `member` | word | `file` | attributes | */
static void
check_line (const GhType *type, char *const *lines)
{
  g_autofree char *head = g_strdup_printf ("| %s | %d | `%s` | ", type->long_name, type->number,
                                           type->root_name);
  const gboolean wanted = behaves (type->number);

  for (; *lines != NULL; lines++)
    if (g_str_has_prefix (*lines, head))
      {
        const char *word = *lines + strlen (head);
        g_auto (GStrv) cells = g_strsplit (word, " | ", -1);
        g_autofree char *path = NULL;

        if (!g_str_has_prefix (word, wanted ? "behaves | `core/" : "stored |  | "))
          g_error ("docs/resources.md is not of this code, write it again: %s", *lines);
        if (!wanted)
          return;
        cells[1][strlen (cells[1]) - 1] = '\0';
        path = g_build_filename (g_getenv ("GH_TOP_SRCDIR"), cells[1] + 1, NULL);
        if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
          g_error ("docs/resources.md: no file %s", path);
        return;
      }
  g_error ("docs/resources.md has no line %s", head);
}

static void
test_the_reference_says_what_the_code_does (void)
{
  const char *top = g_getenv ("GH_TOP_SRCDIR");
  g_autofree char *path = NULL;
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  guint n;
  const GhType *const *types = gh_types (&n);

  if (top == NULL)
    {
      g_test_skip ("GH_TOP_SRCDIR is not set");
      return;
    }
  path = g_build_filename (top, "docs", "resources.md", NULL);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; i < n; i++)
    check_line (types[i], lines);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/words/every-type-behaves-that-has-to", test_every_type_behaves_that_has_to);
  g_test_add_func ("/words/a-type-has-one-behaviour", test_a_type_has_one_behaviour);
  g_test_add_func ("/words/the-reference-says-what-the-code-does",
                   test_the_reference_says_what_the_code_does);
  return g_test_run ();
}
