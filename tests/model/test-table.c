/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/gh-attribute.h"
#include "primitive/gh-json-reader.h"

#include <string.h>

typedef void (*RowsFunc) (const char *name, const GhAttribute *rows, guint n,
                          const GhAttributeIndex *index);

/* Calls @func for the members of @complex and of every type below it. Returns the depth. */
static guint
visit_complex (const GhComplexType *complex, guint depth, RowsFunc func)
{
  guint deepest = depth;

  g_assert_cmpuint (depth, <, 10); /* deeper would be a cycle */
  func (complex->name, complex->members, complex->n_members, &complex->index);
  for (guint i = 0; i < complex->n_members; i++)
    if (complex->members[i].complex != NULL)
      deepest = MAX (deepest, visit_complex (complex->members[i].complex, depth + 1, func));
  return deepest;
}

/* Calls @func for every type and every complex type that one of its attributes uses. */
static guint
visit_all (RowsFunc func)
{
  guint n, deepest = 0;
  const GhType *const *types = gh_types (&n);

  for (guint t = 0; t < n; t++)
    {
      func (types[t]->long_name, types[t]->attributes, types[t]->n_attributes, &types[t]->index);
      for (guint i = 0; i < types[t]->n_attributes; i++)
        if (types[t]->attributes[i].complex != NULL)
          deepest = MAX (deepest, visit_complex (types[t]->attributes[i].complex, 1, func));
    }
  return deepest;
}

static void
check_names (const char *name, const GhAttribute *rows, guint n, const GhAttributeIndex *index)
{
  guint64 seen = 0;

  g_assert_cmpuint (n, >, 0);
  g_assert_cmpuint (n, <=, GH_TYPE_MAX_ATTRIBUTES);
  for (guint i = 0; i < n; i++)
    {
      g_assert_cmpuint (index->rows[i], <, n);
      seen |= G_GUINT64_CONSTANT (1) << index->rows[i];
      g_assert_cmpuint (strlen (rows[i].short_name), >=, 1);
      g_assert_cmpuint (strlen (rows[i].short_name), <=, 8);
      g_assert_cmpuint (rows[i].id, <, GH_N_ATTRIBUTES);
      if (i > 0)
        {
          g_assert_cmpuint (index->keys[i - 1], <, index->keys[i]);
          g_assert_cmpstr (rows[index->rows[i - 1]].short_name, <,
                           rows[index->rows[i]].short_name);
        }
    }
  g_test_message ("%s: %u", name, n);
  g_assert_cmpuint (seen, ==, n == 64 ? G_MAXUINT64 : (G_GUINT64_CONSTANT (1) << n) - 1);
}

static void
test_names_are_unique_and_sorted (void)
{
  visit_all (check_names);
}

static void
check_leaves (const char *name, const GhAttribute *rows, guint n, const GhAttributeIndex *index)
{
  for (guint i = 0; i < n; i++)
    {
      const GhAttribute *row = &rows[i];

      g_assert_cmpuint (row->data, <, GH_N_DATA);
      g_assert_true ((row->data == GH_DATA_OBJECT) == (row->complex != NULL));
      g_assert_true ((row->data == GH_DATA_ENUM) == (row->enumeration != NULL));
      g_assert_cmpint (row->minimum, <=, row->maximum);
      g_assert_true (row->list || row->min_items == 0);
      g_assert_true (g_str_has_prefix (row->clause, "docs/") /* of our own */
                     || g_str_has_prefix (row->clause, "TS-0004 ")
                     || g_str_has_prefix (row->clause, "TS-0001 "));
      for (guint j = 1; row->enumeration != NULL && j < row->enumeration->n_values; j++)
        g_assert_cmpint (row->enumeration->values[j - 1], <, row->enumeration->values[j]);
    }
}

static void
test_every_object_and_enumeration_is_described_to_the_leaf (void)
{
  /* The root member, the type and a list around every object stand above a leaf. */
  g_assert_cmpuint (2 + 2 * visit_all (check_leaves), <=, GH_JSON_MAX_DEPTH);
}

static const char *id_names[GH_N_ATTRIBUTES];

static void
check_ids (const char *name, const GhAttribute *rows, guint n, const GhAttributeIndex *index)
{
  for (guint i = 0; i < n; i++)
    {
      if (id_names[rows[i].id] == NULL)
        id_names[rows[i].id] = rows[i].short_name;
      g_assert_cmpstr (id_names[rows[i].id], ==, rows[i].short_name);
    }
}

static void
test_an_id_stands_for_one_short_name (void)
{
  visit_all (check_ids);
  for (guint i = 0; i < GH_N_ATTRIBUTES; i++)
    {
      g_assert_nonnull (id_names[i]);
      g_assert_true (i == 0 || strcmp (id_names[i - 1], id_names[i]) < 0);
    }
  g_assert_cmpstr (id_names[GH_ATTRIBUTE_ACPI], ==, "acpi");
}

static void
test_look_up_finds_every_row_and_nothing_else (void)
{
  static const char *const wrong[] = { "", "a", "acpix", "acp", "ACPI", "zzzzzzzz", "zzzzzzzzz",
                                       "accessControlPolicyIDs", "\xff\xff", "lb", "lbll" };
  guint n;
  const GhType *const *types = gh_types (&n);

  for (guint t = 0; t < n; t++)
    {
      g_assert_true ((gh_type_by_number (types[t]->number) == types[t])
                     == !types[t]->specialization);
      g_assert_true (gh_type_by_root_name (types[t]->root_name) == types[t]);
      for (guint i = 0; i < types[t]->n_attributes; i++)
        {
          const GhAttribute *row = &types[t]->attributes[i];

          g_assert_true (gh_type_attribute (types[t], row->short_name) == row);
          g_assert_true (gh_attribute_is_known (row->short_name));
          if (row->complex != NULL)
            g_assert_true (gh_complex_member (row->complex, row->complex->members[0].short_name)
                           == &row->complex->members[0]);
        }
      for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
        g_assert_null (gh_type_attribute (types[t], wrong[i]));
    }
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    g_assert_false (gh_attribute_is_known (wrong[i]));
  g_assert_false (gh_attribute_is_known ("acor")); /* a member, not an attribute */
  g_assert_null (gh_type_attribute (gh_type_by_number (GH_TYPE_CONTAINER), "con"));
  g_assert_null (gh_type_by_number (0));
  g_assert_null (gh_type_by_number (33));
  g_assert_null (gh_type_by_number (10006));
  g_assert_null (gh_type_by_root_name ("cnt"));
  g_assert_null (gh_type_by_root_name ("m2m:"));
}

static void
test_types_hold_what_they_may (void)
{
  guint n;
  const GhType *const *types = gh_types (&n);
  const GhType *cse = gh_type_by_number (GH_TYPE_CSE_BASE);
  const GhType *container = gh_type_by_number (GH_TYPE_CONTAINER);

  g_assert_false (cse->creatable);
  g_assert_false (cse->updatable);
  g_assert_true (gh_type_may_hold (cse, GH_TYPE_AE));
  g_assert_false (gh_type_may_hold (cse, GH_TYPE_CONTENT_INSTANCE));
  g_assert_true (gh_type_may_hold (container, GH_TYPE_CONTENT_INSTANCE));
  g_assert_true (gh_type_may_hold (container, GH_TYPE_CONTAINER));
  g_assert_false (gh_type_may_hold (container, GH_TYPE_ACCESS_CONTROL_POLICY));
  g_assert_false (gh_type_may_hold (container, 0));
  for (guint t = 0; t < n; t++)
    {
      g_assert_false (gh_type_may_hold (types[t], GH_TYPE_CSE_BASE));
      g_assert_true (!types[t]->abstract || !types[t]->creatable);
      g_assert_true (!types[t]->abstract || !types[t]->specialization);
      g_assert_true (!types[t]->specialization
                     || gh_type_by_number (types[t]->number)->abstract);
      for (const gint *child = types[t]->children; *child != 0; child++)
        g_assert_nonnull (gh_type_by_number (*child));
    }
}

static void
test_marks_agree_with_each_other (void)
{
  guint n;
  const GhType *const *types = gh_types (&n);

  for (guint t = 0; t < n; t++)
    for (guint i = 0; i < types[t]->n_attributes; i++)
      {
        const GhAttribute *row = &types[t]->attributes[i];
        const guint64 bit = G_GUINT64_CONSTANT (1) << i;
        g_assert_cmpuint (row->release, >=, 1);
        g_assert_cmpuint (row->release, <=, 3);
        g_assert_true ((types[t]->counter_rows & bit) == 0 || row->create == GH_PRESENCE_NP);
        /* A mandatory attribute cannot go away, except for srv, which Release 1 does not have. */
        g_assert_true (row->create != GH_PRESENCE_M || row->required
                       || row->id == GH_ATTRIBUTE_SRV);
        g_assert_true (row->update != GH_PRESENCE_M);
        g_assert_true (!row->fill || row->id == GH_ATTRIBUTE_CR);
      }
}

static void
test_counts_are_those_of_the_standard (void)
{
  /* Rows of TS-0004 7.4.x, universal and common attributes included. TS-0001 gives the CSEBase four
   * more: holder and location belong to later releases, notificationCongestionPolicy has no data
   * type, currentTime no short name. */
  static const struct { gint number; guint attributes; } expected[] = {
    { GH_TYPE_ACCESS_CONTROL_POLICY, 15 }, { GH_TYPE_AE, 30 }, { GH_TYPE_CONTAINER, 22 },
    { GH_TYPE_CONTENT_INSTANCE, 17 }, { GH_TYPE_CSE_BASE, 17 }, { GH_TYPE_SUBSCRIPTION, 26 },
  };
  static const struct { const char *path[4]; guint members; } inner[] = {
    { { "pv" }, 1 },
    { { "pv", "acr" }, 5 },          /* 13 rows in 6.3.5.27, 8 of them below these */
    { { "pv", "acr", "acco" }, 5 },  /* with two of our own */
    { { "pv", "acr", "acod" }, 3 },
  };
  guint n;

  gh_types (&n);
  g_assert_cmpuint (n, ==, 118);
  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    g_assert_cmpuint (gh_type_by_number (expected[i].number)->n_attributes, ==,
                      expected[i].attributes);
  for (gsize i = 0; i < G_N_ELEMENTS (inner); i++)
    {
      const GhAttribute *row = gh_type_attribute (
          gh_type_by_number (GH_TYPE_ACCESS_CONTROL_POLICY), inner[i].path[0]);

      for (guint j = 1; j < 4 && inner[i].path[j] != NULL; j++)
        row = gh_complex_member (row->complex, inner[i].path[j]);
      g_assert_cmpuint (row->complex->n_members, ==, inner[i].members);
    }
  g_assert_cmpuint (gh_type_attribute (gh_type_by_number (GH_TYPE_SUBSCRIPTION), "enc")
                        ->complex->n_members, ==, 16);
}

/* The line of @row in the reference. */
static char *
reference_line (const GhAttribute *row)
{
  static const char *const presences[] = { "NP", "O", "M" };
  static const char *const announced[] = { "NA", "OA", "MA" };
  const gboolean fill = row->fill && row->create == GH_PRESENCE_O;

  return g_strdup_printf ("| %s | `%s` | * | %s | %s | %s | %s | %u | %s |", row->long_name,
                          row->short_name, !row->list ? "" : row->min_items > 0 ? "1..n" : "0..n",
                          fill ? "*null*" : presences[row->create], presences[row->update],
                          announced[row->announced], row->release, row->clause);
}

static void
test_the_reference_of_the_resource_types_is_that_of_the_table (void)
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
  for (guint t = 0; t < n; t++)
    {
      g_autofree char *head = g_strdup_printf ("## %s", types[t]->long_name);
      guint line = 0;

      while (lines[line] != NULL && strcmp (lines[line], head) != 0)
        line++;
      g_assert_nonnull (lines[line]);
      line += 6; /* behind the heads of section and table, with the blank lines */
      for (guint i = 0; i < types[t]->n_attributes; i++, line++)
        {
          g_autofree char *wanted = reference_line (&types[t]->attributes[i]);

          if (!g_pattern_match_simple (wanted, lines[line]))
            g_error ("%s: \"%s\" is not \"%s\"", types[t]->long_name, lines[line], wanted);
        }
      g_assert_cmpstr (lines[line], ==, "");
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/table/names-are-unique-and-sorted", test_names_are_unique_and_sorted);
  g_test_add_func ("/table/every-object-and-enumeration-is-described-to-the-leaf",
                   test_every_object_and_enumeration_is_described_to_the_leaf);
  g_test_add_func ("/table/an-id-stands-for-one-short-name", test_an_id_stands_for_one_short_name);
  g_test_add_func ("/table/look-up-finds-every-row-and-nothing-else",
                   test_look_up_finds_every_row_and_nothing_else);
  g_test_add_func ("/table/types-hold-what-they-may", test_types_hold_what_they_may);
  g_test_add_func ("/table/marks-agree-with-each-other", test_marks_agree_with_each_other);
  g_test_add_func ("/table/counts-are-those-of-the-standard",
                   test_counts_are_those_of_the_standard);
  g_test_add_func ("/table/the-reference-of-the-resource-types-is-that-of-the-table",
                   test_the_reference_of_the_resource_types_is_that_of_the_table);
  return g_test_run ();
}
