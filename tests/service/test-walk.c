/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cse-fixture.h"

#include <string.h>

#include "tests/model/walk-plan.h"

/* Every resource type through create, retrieve, update and delete, in a CSE of this process. */

typedef struct {
  CseFixture cse;
  GPtrArray *plan;
  GPtrArray *ids; /* of the steps; NULL: not there */
} Fixture;

static const char *
originator (const WalkStep *step)
{
  const gint type = step->type->number;
  return type == GH_TYPE_AE || type == GH_TYPE_POLLING_CHANNEL ? "CWalk" : "CAdmin";
}

static void
create_all (Fixture *fixture)
{
  g_ptr_array_add (fixture->ids, g_strdup ("gatehouse"));
  for (guint i = 1; i < fixture->plan->len; i++)
    {
      const WalkStep *step = fixture->plan->pdata[i];

      g_ptr_array_add (fixture->ids,
                       step->create == NULL
                         ? NULL
                         : cse_create (&fixture->cse, originator (step),
                                       fixture->ids->pdata[step->parent], step->type->number,
                                       step->create));
    }
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  (void) data;
  cse_fixture_set_up (&fixture->cse, NULL);
  fixture->plan = walk_plan ();
  fixture->ids = g_ptr_array_new_with_free_func (g_free);
  create_all (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_ptr_array_unref (fixture->ids);
  g_ptr_array_unref (fixture->plan);
  cse_fixture_tear_down (&fixture->cse);
}

typedef void (*StepFunc) (Fixture *fixture, const WalkStep *step, const char *id);

static guint
for_each (Fixture *fixture, StepFunc func)
{
  guint n = 0;

  for (guint i = 1; i < fixture->plan->len; i++)
    if (fixture->ids->pdata[i] != NULL)
      {
        func (fixture, fixture->plan->pdata[i], fixture->ids->pdata[i]);
        n++;
      }
  return n;
}

static void
check_retrieve (Fixture *fixture, const WalkStep *step, const char *id)
{
  g_auto (CseAnswer) answer = cse_request (&fixture->cse, CSE_RETRIEVE, "CAdmin", id, NULL);

  g_assert_cmpint (answer.rsc, ==, 2000);
  g_assert_true (json_object_has_member (answer.content, step->type->root_name));
  g_assert_cmpint (json_node_get_int (cse_member (&answer, "ty")), ==, step->type->number);
  g_assert_cmpstr (json_node_get_string (cse_member (&answer, "ri")), ==, id);
  for (guint i = 0; i < step->type->n_attributes; i++)
    if (step->type->attributes[i].create == GH_PRESENCE_M)
      g_assert_nonnull (cse_member (&answer, step->type->attributes[i].short_name));
}

static void
test_what_was_created_is_retrieved (Fixture *fixture, gconstpointer data)
{
  guint n;

  (void) data;
  n = for_each (fixture, check_retrieve);
  g_test_message ("%u types created and retrieved", n);
  g_assert_cmpuint (n, >=, 100);
}

static void
check_update (Fixture *fixture, const WalkStep *step, const char *id)
{
  g_autofree char *members = g_strdup_printf ("\"pc\":%s", step->update);

  if (step->update != NULL)
    cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CAdmin", id, members);
  else
    cse_expect (&fixture->cse, 4005, CSE_UPDATE, "CAdmin", id, "\"pc\":{\"m2m:x\":{}}");
  check_retrieve (fixture, step, id);
}

static void
test_what_was_created_is_updated (Fixture *fixture, gconstpointer data)
{
  (void) data;
  for_each (fixture, check_update);
}

static void
test_what_was_created_is_discovered_and_deleted (Fixture *fixture, gconstpointer data)
{
  (void) data;
  for (guint i = fixture->plan->len - 1; i > 0; i--)
    {
      const WalkStep *step = fixture->plan->pdata[i];
      const char *id = fixture->ids->pdata[i];
      g_autofree char *members = g_strdup_printf ("\"fc\":{\"fu\":1,\"ty\":[%d]},\"drt\":2",
                                                  step->type->number);

      if (id == NULL)
        continue;
      {
        g_auto (CseAnswer) found = cse_request (&fixture->cse, CSE_RETRIEVE, "CAdmin", "gatehouse",
                                                members);
        g_autofree char *text = json_to_string (found.root, FALSE);
        g_autofree char *quoted = g_strdup_printf ("\"%s\"", id);

        g_assert_cmpint (found.rsc, ==, 2000);
        if (strstr (text, quoted) == NULL)
          g_error ("%s: no %s in %s", step->type->long_name, id, text);
      }
      cse_expect (&fixture->cse, 2002, CSE_DELETE, "CAdmin", id, NULL);
      cse_expect (&fixture->cse, 4004, CSE_RETRIEVE, "CAdmin", id, NULL);
    }
}

static void
test_what_only_the_cse_makes_is_refused (Fixture *fixture, gconstpointer data)
{
  (void) data;
  for (guint i = 1; i < fixture->plan->len; i++)
    {
      const WalkStep *step = fixture->plan->pdata[i];
      g_autofree char *members = NULL;

      if (step->create != NULL || step->type->abstract || step->type->creatable)
        continue;
      members = g_strdup_printf ("\"ty\":%d,\"pc\":{\"%s\":{}}", step->type->number,
                                 step->type->root_name);
      cse_refuse (&fixture->cse, 4005, step->type->long_name, CSE_CREATE, "CAdmin", "gatehouse",
                  members);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/walk/what-was-created-is-retrieved", Fixture, NULL, set_up,
              test_what_was_created_is_retrieved, tear_down);
  g_test_add ("/walk/what-was-created-is-updated", Fixture, NULL, set_up,
              test_what_was_created_is_updated, tear_down);
  g_test_add ("/walk/what-was-created-is-discovered-and-deleted", Fixture, NULL, set_up,
              test_what_was_created_is_discovered_and_deleted, tear_down);
  g_test_add ("/walk/what-only-the-cse-makes-is-refused", Fixture, NULL, set_up,
              test_what_only_the_cse_makes_is_refused, tear_down);
  return g_test_run ();
}
