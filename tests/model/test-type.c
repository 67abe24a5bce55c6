/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/gh-attribute.h"
#include "primitive/gh-json-reader.h"

#include <string.h>

/* Base types, specialisations, and types that are added at start. */

static const GhType *
find_of_content (gint number, const char *json, GhFault *fault)
{
  g_autoptr (GhArena) arena = gh_arena_new (65536);
  GhValue content;

  *fault = (GhFault){ 0 };
  g_assert_true (gh_json_parse (json, strlen (json), arena, &content, fault));
  return gh_type_of_content (number, &content, fault);
}

static void
test_the_content_names_the_specialisation (void)
{
  GhFault fault;
  const GhType *memory = find_of_content (GH_TYPE_MGMT_OBJ, "{\"m2m:mem\":{}}", &fault);

  g_assert_nonnull (memory);
  g_assert_cmpstr (memory->long_name, ==, "memory");
  g_assert_cmpint (memory->number, ==, GH_TYPE_MGMT_OBJ);
  g_assert_true (memory->specialization);
  g_assert_true (gh_type_by_number (GH_TYPE_MGMT_OBJ)->abstract);
  g_assert_cmpstr (memory->announced->long_name, ==, "memoryAnnc");
  g_assert_cmpint (memory->announced->original, ==, GH_TYPE_MGMT_OBJ);
  g_assert_true (find_of_content (GH_TYPE_CONTAINER, "{\"m2m:ae\":{}}", &fault)
                 == gh_type_by_number (GH_TYPE_CONTAINER)); /* what is wrong there says the draft */
}

static void
test_what_is_no_specialisation_is_refused (void)
{
  static const struct { gint number; const char *json; const char *reason; } refusals[] = {
    { GH_TYPE_MGMT_OBJ, "{\"m2m:mgo\":{}}", "m2m:mgo" },        /* the base itself */
    { GH_TYPE_MGMT_OBJ, "{\"m2m:cnt\":{}}", "m2m:cnt" },        /* another type */
    { GH_TYPE_MGMT_OBJ, "{\"m2m:memA\":{}}", "m2m:memA" },      /* its announced variant */
    { GH_TYPE_MGMT_OBJ, "{\"m2m:ajsw\":{}}", "m2m:ajsw" },      /* of another base */
    { GH_TYPE_MGMT_OBJ, "{\"m2m:nosuch\":{}}", "m2m:nosuch" },
    { GH_TYPE_MGMT_OBJ, "{}", "one member" },
    { GH_TYPE_MGMT_OBJ, "[]", "one member" },
    { GH_TYPE_MGMT_OBJ, "{\"m2m:mem\":{},\"m2m:bat\":{}}", "one member" },
    { 33, "{\"m2m:mem\":{}}", "ty: 33" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      GhFault fault;

      g_assert_null (find_of_content (refusals[i].number, refusals[i].json, &fault));
      g_assert_nonnull (strstr (fault.text, refusals[i].reason));
    }
}

static const GhType *
find_stored (gint number, const char *json)
{
  return gh_type_of_stored (number, json, strlen (json));
}

static void
test_the_store_names_the_specialisation (void)
{
  g_assert_cmpstr (find_stored (GH_TYPE_MGMT_OBJ, "{\"m2m:bat\":{}}")->long_name, ==, "battery");
  g_assert_cmpstr (find_stored (GH_TYPE_CONTAINER, "")->long_name, ==, "container");
  g_assert_null (find_stored (GH_TYPE_MGMT_OBJ, ""));
  g_assert_null (find_stored (GH_TYPE_MGMT_OBJ, "{\"m2m:bat"));
  g_assert_null (find_stored (GH_TYPE_MGMT_OBJ, "{\"m2m:cnt\":{}}"));
  g_assert_null (find_stored (GH_TYPE_MGMT_OBJ, "{\"m2m:mgo\":{}}"));
  g_assert_null (find_stored (33, "{\"m2m:bat\":{}}"));
}

static void
test_specialisations_stand_where_they_may (void)
{
  const GhType *policy = gh_type_by_root_name ("m2m:cmp");
  const GhType *wrapper = gh_type_by_root_name ("m2m:ajsw");

  g_assert_true (gh_type_may_hold_type (policy, gh_type_by_root_name ("m2m:cml")));
  g_assert_false (gh_type_may_hold_type (policy, gh_type_by_root_name ("m2m:mem")));
  g_assert_true (gh_type_may_hold_type (wrapper, gh_type_by_root_name ("m2m:ajap")));
  g_assert_false (gh_type_may_hold_type (wrapper, gh_type_by_root_name ("m2m:ajif")));
  g_assert_true (gh_type_may_hold_type (gh_type_by_number (GH_TYPE_NODE),
                                        gh_type_by_root_name ("m2m:mem")));
  g_assert_false (gh_type_may_hold_type (gh_type_by_number (GH_TYPE_CONTAINER),
                                         gh_type_by_root_name ("m2m:mem")));
}

/* A specialisation of one attribute, as a reader of definitions would make it. */
typedef struct {
  GhAttribute row;
  guint64 key;
  guint8 order;
  GhType type;
} Made;

static const GhType *
make (Made *made, gint number, const char *root_name, const char *attribute)
{
  static const gint no_children[] = { 0 };

  *made = (Made){ .row = { .long_name = attribute, .short_name = attribute,
                           .data = GH_DATA_INTEGER, .create = GH_PRESENCE_O,
                           .update = GH_PRESENCE_O, .release = 1, .clause = "test" },
                  .key = gh_attribute_key (attribute) };
  made->type = (GhType){ .number = number, .long_name = root_name, .short_name = root_name + 2,
                         .root_name = root_name, .attributes = &made->row, .n_attributes = 1,
                         .children = no_children, .specialization = TRUE, .creatable = TRUE,
                         .updatable = TRUE, .definition = "test", .clause = "test" };
  made->type.index = (GhAttributeIndex){ .keys = &made->key, .rows = &made->order };
  return &made->type;
}

static void
test_a_type_that_is_added_is_found (void)
{
  static Made z, a, same;
  g_autoptr (GError) error = NULL;
  const GhType *first = make (&z, GH_TYPE_FLEX_CONTAINER, "t:zoo", "zebra");
  const GhType *second = make (&a, GH_TYPE_FLEX_CONTAINER, "t:ant", "leg");

  g_assert_null (gh_type_by_root_name ("t:zoo"));
  g_assert_false (gh_attribute_is_known ("zebra"));
  g_assert_true (gh_types_add (first, &error));
  g_assert_true (gh_types_add (second, &error));
  g_assert_true (gh_type_by_root_name ("t:zoo") == first);
  g_assert_true (gh_type_by_root_name ("t:ant") == second);
  g_assert_true (gh_attribute_is_known ("zebra"));
  g_assert_true (gh_type_attribute (first, "zebra") == first->attributes);
  g_assert_null (gh_type_attribute (first, "leg"));
  g_assert_true (find_stored (GH_TYPE_FLEX_CONTAINER, "{\"t:zoo\":{}}") == first);
  /* the same again, as a second CSE of this process reads it, changes nothing */
  g_assert_true (gh_types_add (make (&same, GH_TYPE_FLEX_CONTAINER, "t:zoo", "zebra"), &error));
  g_assert_true (gh_type_by_root_name ("t:zoo") == first);
}

static void
test_what_cannot_be_added_is_refused (void)
{
  static Made made;
  static const struct { gint number; const char *root; const char *attribute; const char *why; }
  refusals[] = {
    { GH_TYPE_CONTAINER, "t:cont", "leg", "has no specialisations" },
    { 33, "t:void", "leg", "has no specialisations" },
    { GH_TYPE_FLEX_CONTAINER, "m2m:cnt", "leg", "stands for another type" },
    { GH_TYPE_FLEX_CONTAINER, "t:fox", "tail", NULL },
    { GH_TYPE_FLEX_CONTAINER, "t:fox", "leg", "stands for another type" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      static Made kept;
      g_autoptr (GError) error = NULL;
      const GhType *type = make (refusals[i].why == NULL ? &kept : &made, refusals[i].number,
                                 refusals[i].root, refusals[i].attribute);

      if (refusals[i].why == NULL)
        {
          g_assert_true (gh_types_add (type, &error));
          continue;
        }
      g_assert_false (gh_types_add (type, &error));
      g_assert_error (error, GH_ERROR, GH_ERROR_CONFIG);
      g_assert_nonnull (strstr (error->message, refusals[i].why));
      g_assert_nonnull (strstr (error->message, refusals[i].root));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/type/the-content-names-the-specialisation",
                   test_the_content_names_the_specialisation);
  g_test_add_func ("/type/what-is-no-specialisation-is-refused",
                   test_what_is_no_specialisation_is_refused);
  g_test_add_func ("/type/the-store-names-the-specialisation",
                   test_the_store_names_the_specialisation);
  g_test_add_func ("/type/specialisations-stand-where-they-may",
                   test_specialisations_stand_where_they_may);
  g_test_add_func ("/type/a-type-that-is-added-is-found", test_a_type_that_is_added_is_found);
  g_test_add_func ("/type/what-cannot-be-added-is-refused", test_what_cannot_be_added_is_refused);
  return g_test_run ();
}
