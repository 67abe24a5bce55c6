/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/gh-definitions.h"

#include <glib/gstdio.h>
#include <string.h>

static void
test_the_shipped_definitions_are_sound (void)
{
  g_autofree char *folder = g_test_build_filename (G_TEST_DIST, "..", "data", "definitions", NULL);
  g_autoptr (GError) error = NULL;
  guint n;

  g_assert_true (gh_definitions_load (folder, &n, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (n, ==, 13);
  /* again: the same types are there already */
  g_assert_true (gh_definitions_load (folder, &n, &error));
  const GhType *type = gh_type_by_root_name ("hd:binSh");
  g_assert_nonnull (type);
  g_assert_cmpint (type->number, ==, GH_TYPE_FLEX_CONTAINER);
  g_assert_true (type->specialization && type->creatable && type->updatable);
  g_assert_false (type->abstract);
  g_assert_cmpstr (type->definition, ==, "org.onem2m.home.moduleclass.binarySwitch");
  g_assert_cmpint (type->instances->number, ==, GH_TYPE_FLEX_CONTAINER_INSTANCE);
  const GhAttribute *row = gh_type_attribute (type, "powSe");
  g_assert_nonnull (row);
  g_assert_cmpstr (row->long_name, ==, "powerState");
  g_assert_cmpint (row->data, ==, GH_DATA_BOOLEAN);
  g_assert_cmpint (row->create, ==, GH_PRESENCE_M);
  g_assert_cmpint (gh_type_attribute (type->instances, "powSe")->create, ==, GH_PRESENCE_NP);
  g_assert_nonnull (gh_type_attribute (type, "cnd"));
  g_assert_true (gh_attribute_is_known ("powSe"));
}

#define HEAD "\"name\":\"thing\",\"root\":\"x:thing\",\"definition\":\"org.example.thing\""

static void
test_a_definition_says_what_is_wrong (void)
{
  static const struct { const char *json, *reason; } wrong[] = {
    { "[]", "the definition: expected an object" },
    { "{" HEAD ",\"colour\":1}", "there is no member \"colour\"" },
    { "{\"root\":\"x:thing\",\"definition\":\"a\"}", "name: expected a text" },
    { "{\"name\":\"thing\",\"definition\":\"a\"}", "root: expected a text" },
    { "{\"name\":\"thing\",\"root\":\"thing\",\"definition\":\"a\"}", "root: expected a prefix" },
    { "{\"name\":\"thing\",\"root\":\"m2m:thing\",\"definition\":\"a\"}", "root: the prefix m2m" },
    { "{\"name\":\"thing\",\"root\":\"x:thing\"}", "definition: expected a text" },
    { "{\"name\":\"thing\",\"root\":\"x:thing\",\"definition\":\"a b\"}", "definition: expected" },
    { "{" HEAD ",\"attributes\":{}}", "attributes: expected a list" },
    { "{" HEAD ",\"attributes\":[1]}", "attributes[0]: expected an object" },
    { "{" HEAD ",\"attributes\":[{\"name\":\"a\",\"short\":\"a\",\"typ\":\"xs:float\"}]}",
      "attributes[0]: there is no member \"typ\"" },
    { "{" HEAD ",\"attributes\":[{\"name\":\"a\",\"short\":\"a\",\"type\":\"float\"}]}",
      "attributes[0].type: expected a data type" },
    { "{" HEAD ",\"attributes\":[{\"name\":\"a\",\"short\":\"toolongs9\",\"type\":\"xs:float\"}]}",
      "attributes[0].short: expected a letter" },
    { "{" HEAD ",\"attributes\":[{\"name\":\"a\",\"short\":\"st\",\"type\":\"xs:float\"}]}",
      "attributes[0].short: every flexContainer" },
    { "{" HEAD ",\"attributes\":[{\"name\":\"a\",\"short\":\"a\",\"type\":\"xs:float\"},"
      "{\"name\":\"b\",\"short\":\"a\",\"type\":\"xs:float\"}]}",
      "attributes[1].short: a stands twice" },
    { "{" HEAD ",\"attributes\":[{\"name\":\"a\",\"short\":\"a\",\"type\":\"xs:float\","
      "\"create\":\"yes\"}]}", "attributes[0].create: expected M, O or NP" },
    { "{" HEAD ",\"attributes\":[{\"name\":\"a\",\"short\":\"a\",\"type\":\"xs:float\","
      "\"update\":\"M\"}]}", "attributes[0].update: expected O or NP" },
    { "{" HEAD ",\"attributes\":[{\"name\":\"a\",\"short\":\"a\",\"type\":\"enumeration\"}]}",
      "attributes[0].values: an enumeration has values" },
    { "{" HEAD ",\"attributes\":[{\"name\":\"a\",\"short\":\"a\",\"type\":\"enumeration\","
      "\"values\":[2,1]}]}", "attributes[0].values: expected ascending" },
    { "{" HEAD ",\"attributes\":[{\"name\":\"a\",\"short\":\"a\",\"type\":\"xs:string\","
      "\"minimum\":1,\"maximum\":2}]}", "only numbers have a range" },
    { "{" HEAD ",\"attributes\":[{\"name\":\"a\",\"short\":\"a\",\"type\":\"xs:integer\","
      "\"minimum\":3,\"maximum\":2}]}", "attributes[0].minimum, maximum: expected both" },
    { "{" HEAD ",\"children\":[\"thing\"]}", "children[0]: expected a root name" },
    { "{" HEAD ",\"name\":\"twice\"}", "octet" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      GhFault fault = { 0 };
      g_assert_null (gh_definition_add (wrong[i].json, strlen (wrong[i].json), &fault));
      if (strstr (fault.text, wrong[i].reason) == NULL)
        g_error ("%s: expected \"%s\" in \"%s\"", wrong[i].json, wrong[i].reason, fault.text);
      g_assert_null (gh_type_by_root_name ("x:thing"));
    }
}

static void
test_too_much_is_refused (void)
{
  g_autoptr (GString) many = g_string_new ("{" HEAD ",\"attributes\":[");
  g_autofree char *large = g_strnfill (GH_DEFINITION_MAX_OCTETS + 1, ' ');
  GhFault fault = { 0 };

  for (guint i = 0; i <= GH_DEFINITION_MAX_ATTRIBUTES; i++)
    g_string_append_printf (many, "%s{\"name\":\"a%u\",\"short\":\"a%u\",\"type\":\"xs:float\"}",
                            i > 0 ? "," : "", i, i);
  g_string_append (many, "]}");
  g_assert_null (gh_definition_add (many->str, many->len, &fault));
  g_assert_nonnull (strstr (fault.text, "at most 38"));
  fault = (GhFault){ 0 };
  g_assert_null (gh_definition_add (large, strlen (large), &fault));
  g_assert_nonnull (strstr (fault.text, "octets"));
}

static void
test_all_kinds_of_attributes_can_be_defined (void)
{
  static const char json[] =
    "{\"name\":\"kinds\",\"root\":\"x:kinds\",\"definition\":\"org.example.kinds\","
    "\"comment\":\"for a test\",\"attributes\":["
    "{\"name\":\"mode\",\"short\":\"mode\",\"type\":\"enumeration\",\"values\":[1,2,5]},"
    "{\"name\":\"percent\",\"short\":\"pct\",\"type\":\"xs:integer\",\"minimum\":0,"
    "\"maximum\":100},"
    "{\"name\":\"serial\",\"short\":\"sn\",\"type\":\"xs:string\",\"create\":\"M\","
    "\"update\":\"NP\"},"
    "{\"name\":\"names\",\"short\":\"names\",\"type\":\"xs:string\",\"list\":true}]}";
  GhFault fault = { 0 };
  const GhType *type = gh_definition_add (json, strlen (json), &fault);

  g_assert_nonnull (type);
  g_assert_true (type == gh_type_by_root_name ("x:kinds"));
  g_assert_cmpuint (gh_type_attribute (type, "mode")->enumeration->n_values, ==, 3);
  g_assert_cmpint (gh_type_attribute (type, "pct")->maximum, ==, 100);
  g_assert_cmpint (gh_type_attribute (type, "sn")->update, ==, GH_PRESENCE_NP);
  g_assert_true (gh_type_attribute (type, "names")->list);
  /* another definition under the same root name */
  static const char other[] = "{\"name\":\"kinds\",\"root\":\"x:kinds\","
                              "\"definition\":\"org.example.kinds\"}";
  g_assert_null (gh_definition_add (other, strlen (other), &fault));
  g_assert_nonnull (strstr (fault.text, "x:kinds"));
}

static void
write_file (const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
assert_fails (const char *folder, const char *reason)
{
  g_autoptr (GError) error = NULL;
  g_assert_false (gh_definitions_load (folder, NULL, &error));
  g_assert_error (error, GH_ERROR, GH_ERROR_CONFIG);
  if (strstr (error->message, reason) == NULL)
    g_error ("expected \"%s\" in \"%s\"", reason, error->message);
}

static void
test_a_folder_is_read_or_refused_as_a_whole (void)
{
  g_autofree char *folder = g_dir_make_tmp ("gh-definitions-XXXXXX", NULL);
  g_autofree char *bad = g_build_filename (folder, "bad.json", NULL);
  g_autofree char *note = g_build_filename (folder, "README", NULL);
  g_autoptr (GError) error = NULL;
  guint n = 9;

  write_file (folder, "README", "no definition");
  g_assert_true (gh_definitions_load (folder, &n, &error));
  g_assert_cmpuint (n, ==, 0);
  write_file (folder, "bad.json", "{\n  \"name\": \"a\",\n  \"root\": oops\n}\n");
  assert_fails (folder, "bad.json: line 3: ");
  write_file (folder, "bad.json",
              "{\"name\":\"a\",\"root\":\"x:a\",\"definition\":\"org.example.a\","
              "\"children\":[\"x:nobody\"]}");
  assert_fails (folder, "bad.json: children[0]: x:nobody is not defined");
  g_assert_cmpint (g_unlink (bad), ==, 0);
  g_assert_cmpint (g_unlink (note), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
  assert_fails (folder, folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/definitions/the-shipped-definitions-are-sound",
                   test_the_shipped_definitions_are_sound);
  g_test_add_func ("/definitions/a-definition-says-what-is-wrong",
                   test_a_definition_says_what_is_wrong);
  g_test_add_func ("/definitions/too-much-is-refused", test_too_much_is_refused);
  g_test_add_func ("/definitions/all-kinds-of-attributes-can-be-defined",
                   test_all_kinds_of_attributes_can_be_defined);
  g_test_add_func ("/definitions/a-folder-is-read-or-refused-as-a-whole",
                   test_a_folder_is_read_or_refused_as_a_whole);
  return g_test_run ();
}
