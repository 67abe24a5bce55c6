/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/gh-attribute.h"

#include <stdlib.h>
#include <string.h>

/* The compiled table against the facts of the standard: every type, attribute, member and value is
 * there as the standard has it, or core/model/differences.tsv lists the difference and why. */

static GHashTable *reasons; /* "what": why */
static GHashTable *used;    /* of reasons */
static GHashTable *seen;    /* differences that are not listed: printed once */
static guint n_compared;

/* A difference that has to be listed. */
static void G_GNUC_PRINTF (1, 2)
differs (const char *format, ...)
{
  g_autofree char *what = NULL;
  va_list arguments;

  va_start (arguments, format);
  what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  if (g_hash_table_contains (reasons, what))
    g_hash_table_add (used, g_strdup (what));
  else if (g_hash_table_add (seen, g_strdup (what)))
    g_test_message ("not listed: %s", what);
}

static char *
read_file (const char *folder, const char *name)
{
  const char *top = g_getenv ("GH_TOP_SRCDIR");
  g_autofree char *path = g_build_filename (top != NULL ? top : ".", folder, name, NULL);
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

typedef void (*LineFunc) (char **fields);

/* Calls @func for every line behind the head. */
static void
for_each_line (const char *folder, const char *name, guint n_fields, LineFunc func)
{
  g_autofree char *text = read_file (folder, name);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 1; lines[i] != NULL && lines[i][0] != '\0'; i++)
    {
      g_auto (GStrv) fields = g_strsplit (lines[i], "\t", -1);

      g_assert_cmpuint (g_strv_length (fields), ==, n_fields);
      func (fields);
      n_compared++;
    }
}

static void
add_reason (char **fields)
{
  g_assert_cmpuint (strlen (fields[1]), >, 10);
  if (!g_hash_table_insert (reasons, g_strdup (fields[0]), g_strdup (fields[1])))
    g_error ("listed twice: %s", fields[0]);
}

static const GhType *
find_type (const char *long_name)
{
  guint n;
  const GhType *const *types = gh_types (&n);

  for (guint i = 0; i < n; i++)
    if (g_str_equal (types[i]->long_name, long_name))
      return types[i];
  return NULL;
}

/* Types */

static GHashTable *expected_types; /* long names */
static GHashTable *numbers;        /* short or long name: number */

static void
collect_number (char **fields)
{
  if (!g_str_equal (fields[1], "-"))
    g_hash_table_insert (numbers, g_strdup (fields[1]), GINT_TO_POINTER (atoi (fields[2])));
  g_hash_table_insert (numbers, g_strdup (fields[0]), GINT_TO_POINTER (atoi (fields[2])));
}

static void
check_children (const GhType *type, const char *names)
{
  g_auto (GStrv) children = g_strsplit (names, ",", -1);
  g_autoptr (GHashTable) wanted = g_hash_table_new (NULL, NULL);

  for (char **child = children; *child != NULL; child++)
    {
      const gint number = GPOINTER_TO_INT (g_hash_table_lookup (numbers, *child));

      /* virtual ones have no number */
      if (number == 0)
        continue;
      g_hash_table_add (wanted, GINT_TO_POINTER (number));
      if (!gh_type_may_hold (type, number))
        differs ("child %d of %s is missing", number, type->long_name);
    }
  for (const gint *child = type->children; *child != 0; child++)
    if (type->original == 0 && !g_hash_table_contains (wanted, GINT_TO_POINTER (*child)))
      differs ("child %d of %s is more", *child, type->long_name);
}

static void
check_type (char **fields)
{
  const GhType *type = find_type (fields[0]);
  const gboolean special = strstr (fields[3], "specialisation") != NULL;

  g_hash_table_add (expected_types, g_strdup (fields[0]));
  if (type == NULL)
    {
      differs ("type %s is missing", fields[0]);
      return;
    }
  if (g_strcmp0 (type->short_name, fields[1]) != 0)
    differs ("short name of %s is %s", fields[0], type->short_name);
  g_assert_cmpint (type->number, ==, atoi (fields[2]));
  g_assert_true (type->specialization == special);
  g_assert_true ((type->original != 0) == g_str_has_prefix (fields[3], "announced"));
  if (!g_str_equal (fields[4], "-"))
    {
      const GhAttribute *mgd = gh_type_attribute (type, "mgd");

      g_assert_cmpuint (mgd->enumeration->n_values, ==, 1);
      g_assert_cmpint (mgd->enumeration->values[0], ==, atoi (fields[4]));
    }
  check_children (type, fields[5]);
}

static void
test_types (void)
{
  guint n;
  const GhType *const *types = gh_types (&n);

  expected_types = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  numbers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for_each_line ("tests/model", "expected-types.tsv", 6, collect_number);
  n_compared = 0;
  for_each_line ("tests/model", "expected-types.tsv", 6, check_type);
  for (guint i = 0; i < n; i++)
    if (!g_hash_table_contains (expected_types, types[i]->long_name))
      differs ("type %s is more", types[i]->long_name);
  g_test_message ("%u types compared, %u in the table", n_compared, n);
  g_assert_cmpuint (g_hash_table_size (seen), ==, 0);
  g_hash_table_unref (expected_types);
  g_hash_table_unref (numbers);
}

/* Attributes */

static GHashTable *expected_rows; /* GhAttribute* */

static const struct { const char *name; gint data; gboolean list; } scalars[] = {
  { "xs:anyType", GH_DATA_ANY, FALSE }, { "xs:string", GH_DATA_STRING, FALSE },
  { "xs:boolean", GH_DATA_BOOLEAN, FALSE }, { "xs:anyURI", GH_DATA_URI, FALSE },
  { "xs:integer", GH_DATA_INTEGER, FALSE }, { "xs:long", GH_DATA_INTEGER, FALSE },
  { "xs:nonNegativeInteger", GH_DATA_NON_NEGATIVE, FALSE },
  { "xs:unsignedLong", GH_DATA_NON_NEGATIVE, FALSE },
  { "xs:positiveInteger", GH_DATA_POSITIVE, FALSE },
  { "xs:unsignedInt", GH_DATA_UNSIGNED_INT, FALSE }, { "xs:double", GH_DATA_NUMBER, FALSE },
  { "xs:duration", GH_DATA_DURATION, FALSE }, { "xs:base64Binary", GH_DATA_BASE64, FALSE },
  { "m2m:resourceName", GH_DATA_NAME, FALSE }, { "m2m:ID", GH_DATA_ID, FALSE },
  { "m2m:nhURI", GH_DATA_ID, FALSE }, { "m2m:nodeID", GH_DATA_ID, FALSE },
  { "m2m:externalID", GH_DATA_ID, FALSE }, { "m2m:timestamp", GH_DATA_TIMESTAMP, FALSE },
  { "m2m:absRelTimestamp", GH_DATA_ABS_REL_TIMESTAMP, FALSE },
  { "m2m:contentInfo", GH_DATA_CONTENT_INFO, FALSE },
  { "m2m:eventCat", GH_DATA_EVENT_CATEGORY, FALSE },
  { "m2m:scheduleEntry", GH_DATA_SCHEDULE, FALSE }, { "m2m:roleID", GH_DATA_ROLE_ID, FALSE },
  { "m2m:acpType", GH_DATA_URI, TRUE }, { "m2m:labels", GH_DATA_TOKEN, TRUE },
  { "m2m:poaList", GH_DATA_POA, TRUE }, { "m2m:listOfM2MID", GH_DATA_ID, TRUE },
  { "m2m:listOfURIs", GH_DATA_URI, TRUE }, { "m2m:serializations", GH_DATA_SERIALIZATION, TRUE },
  { "m2m:supportedReleaseVersions", GH_DATA_RELEASE, TRUE },
  { "m2m:resourceTypeList", GH_DATA_ENUM, TRUE }, { "m2m:listOfMinMax", GH_DATA_INTEGER, TRUE },
  { "list of xs:anyURI", GH_DATA_URI, TRUE }, { "list of xs:NCName", GH_DATA_NCNAME, TRUE },
  { "list of m2m:roleID", GH_DATA_ROLE_ID, TRUE }, { "list of 3 xs:float", GH_DATA_CIRCLE, FALSE },
  { "list of m2m:eventCat", GH_DATA_EVENT_CATEGORY, TRUE },
  { "list of m2m:eventCatWithDef", GH_DATA_EVENT_CATEGORY, TRUE },
};

static void
check_data (const char *what, const GhAttribute *row, const char *data_type, gboolean several)
{
  for (gsize i = 0; i < G_N_ELEMENTS (scalars); i++)
    if (g_str_equal (scalars[i].name, data_type))
      {
        if (row->data != scalars[i].data || (row->list != 0) != (scalars[i].list || several))
          differs ("data type of %s is not %s", what, data_type);
        return;
      }
  /* an enumeration or a complex type has the name; of a list, its items */
  if (g_str_has_prefix (data_type, "list of "))
    {
      if (!row->list)
        differs ("data type of %s is not %s", what, data_type);
      data_type += strlen ("list of ");
    }
  if ((row->enumeration != NULL && !g_str_has_prefix (row->enumeration->name, data_type))
      || (row->complex != NULL && !g_str_has_prefix (row->complex->name, data_type)))
    differs ("data type of %s is not %s", what, data_type);
}

static const char *
or_else (const char *text, const char *otherwise)
{
  return g_str_equal (text, "n/a") || g_str_equal (text, "-") ? otherwise : text;
}

static void
check_attribute (char **fields)
{
  static const char *const presences[] = { "NP", "O", "M" };
  static const char *const announced[] = { "NA", "OA", "MA" };
  const GhType *type = find_type (fields[0]);
  g_autofree char *what = g_strdup_printf ("%s.%s", fields[0], fields[1]);
  const GhAttribute *row = type != NULL ? gh_type_attribute (type, fields[2]) : NULL;

  if (row == NULL)
    {
      differs ("attribute %s is missing", what);
      return;
    }
  g_hash_table_add (expected_rows, (gpointer) row);
  g_assert_cmpstr (row->long_name, ==, fields[1]);
  check_data (what, row, fields[3], FALSE);
  if (!g_str_equal (presences[row->create], or_else (fields[5], "NP")))
    differs ("create of %s is %s", what, presences[row->create]);
  if (!g_str_equal (presences[row->update], or_else (fields[6], "NP")))
    differs ("update of %s is %s", what, presences[row->update]);
  if (!g_str_equal (announced[row->announced], or_else (fields[7], "NA")))
    differs ("announced mark of %s is %s", what, announced[row->announced]);
  if ((row->required != 0) != (fields[4][0] == '1'))
    differs ("multiplicity of %s is %s", what, row->required ? "1" : "0..1");
  if (!g_str_has_suffix (row->clause, fields[8]))
    differs ("clause of %s is %s", what, row->clause);
}

static void
test_attributes (void)
{
  guint n, n_rows = 0;
  const GhType *const *types = gh_types (&n);

  n_compared = 0;
  expected_rows = g_hash_table_new (NULL, NULL);
  for_each_line ("tests/model", "expected-attributes.tsv", 9, check_attribute);
  for (guint t = 0; t < n; t++)
    for (guint i = 0; i < types[t]->n_attributes; i++, n_rows++)
      if (!g_hash_table_contains (expected_rows, &types[t]->attributes[i])
          && types[t]->number % GH_TYPE_ANNOUNCED != GH_TYPE_FLEX_CONTAINER_INSTANCE)
        differs ("attribute %s.%s is more", types[t]->long_name,
                 types[t]->attributes[i].long_name);
  g_test_message ("%u attributes compared, %u in the table", n_compared, n_rows);
  g_assert_cmpuint (g_hash_table_size (seen), ==, 0);
  g_hash_table_unref (expected_rows);
}

/* Complex types and enumerations, as far as an attribute uses them */

static GHashTable *complexes;    /* name: GhComplexType */
static GHashTable *enumerations; /* name: GhEnumeration */
static GHashTable *n_values;     /* name: number of expected values that are there */

static void
collect_rows (const GhAttribute *rows, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      const GhComplexType *complex = rows[i].complex;

      if (rows[i].enumeration != NULL)
        g_hash_table_insert (enumerations, (gpointer) rows[i].enumeration->name,
                             (gpointer) rows[i].enumeration);
      if (complex != NULL
          && g_hash_table_insert (complexes, (gpointer) complex->name, (gpointer) complex))
        collect_rows (complex->members, complex->n_members);
    }
}

static void
check_member (char **fields)
{
  const char *slash = strrchr (fields[1], '/');
  g_autofree char *above = slash != NULL
                             ? g_strdup_printf ("%s/%.*s", fields[0], (int) (slash - fields[1]),
                                                fields[1])
                             : g_strdup (fields[0]);
  const GhComplexType *complex = g_hash_table_lookup (complexes, above);
  const char *dots = strstr (fields[4], "..");
  const gboolean several = dots != NULL && !g_str_equal (dots, "..1");
  const GhAttribute *row;

  if (complex == NULL)
    return;
  row = gh_complex_member (complex, fields[2]);
  if (row == NULL)
    {
      differs ("member %s of %s is missing", fields[1], fields[0]);
      return;
    }
  if ((row->create == GH_PRESENCE_M) != g_str_equal (fields[5], "Y"))
    differs ("presence of %s in %s", fields[1], fields[0]);
  if (several && !row->list)
    differs ("multiplicity of %s in %s", fields[1], fields[0]);
  if (!g_str_equal (fields[3], "(group)"))
    check_data (fields[1], row, fields[3], several);
}

static void
check_enumerated (char **fields)
{
  const GhEnumeration *enumeration = g_hash_table_lookup (enumerations, fields[0]);
  const gint value = atoi (fields[1]);

  if (enumeration == NULL)
    return;
  for (guint i = 0; i < enumeration->n_values; i++)
    if (enumeration->values[i] == value)
      {
        const guint n = GPOINTER_TO_UINT (g_hash_table_lookup (n_values, fields[0]));

        g_hash_table_insert (n_values, (gpointer) enumeration->name, GUINT_TO_POINTER (n + 1));
        return;
      }
  differs ("value %d of %s is missing", value, fields[0]);
}

static void
check_no_more_values (void)
{
  GHashTableIter iter;
  gpointer name, data;

  g_hash_table_iter_init (&iter, enumerations);
  while (g_hash_table_iter_next (&iter, &name, &data))
    {
      const guint there = GPOINTER_TO_UINT (g_hash_table_lookup (n_values, name));
      const guint n = ((const GhEnumeration *) data)->n_values;

      if (strstr (name, " of ") == NULL && there != n)
        differs ("%s has %u values more", (const char *) name, n - there);
    }
}

static void
test_members_and_values (void)
{
  guint n;
  const GhType *const *types = gh_types (&n);

  complexes = g_hash_table_new (g_str_hash, g_str_equal);
  enumerations = g_hash_table_new (g_str_hash, g_str_equal);
  n_values = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint t = 0; t < n; t++)
    collect_rows (types[t]->attributes, types[t]->n_attributes);
  for_each_line ("tests/model", "expected-members.tsv", 6, check_member);
  for_each_line ("tests/model", "expected-values.tsv", 2, check_enumerated);
  check_no_more_values ();
  g_test_message ("%u complex types, %u enumerations", g_hash_table_size (complexes),
                  g_hash_table_size (enumerations));
  g_assert_cmpuint (g_hash_table_size (seen), ==, 0);
  g_hash_table_unref (complexes);
  g_hash_table_unref (enumerations);
  g_hash_table_unref (n_values);
}

/* The last case: what is listed and no difference any more has to go from the list. */
static void
test_every_listed_difference_is_one (void)
{
  GHashTableIter iter;
  gpointer what;

  g_hash_table_iter_init (&iter, reasons);
  while (g_hash_table_iter_next (&iter, &what, NULL))
    if (!g_hash_table_contains (used, what))
      g_error ("listed, and no difference: %s", (const char *) what);
  g_test_message ("%u deliberate differences", g_hash_table_size (reasons));
}

int
main (int argc, char **argv)
{
  gint status;

  g_test_init (&argc, &argv, NULL);
  reasons = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  used = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for_each_line ("core/model", "differences.tsv", 2, add_reason);
  g_test_add_func ("/facts/types", test_types);
  g_test_add_func ("/facts/attributes", test_attributes);
  g_test_add_func ("/facts/members-and-values", test_members_and_values);
  g_test_add_func ("/facts/every-listed-difference-is-one", test_every_listed_difference_is_one);
  status = g_test_run ();
  g_hash_table_unref (reasons);
  g_hash_table_unref (used);
  g_hash_table_unref (seen);
  return status;
}
