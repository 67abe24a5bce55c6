/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cse-fixture.h"

#include <string.h>

#include "tests/model/model-samples.h"
#include "tests/model/walk-plan.h"

/* Wrong requests made from the rows of the table, for every attribute of every type, to a CSE of
 * this process: each is answered with the right status and a reason that names what was wrong, and
 * leaves nothing behind. */

typedef enum {
  CASE_MISSING,
  CASE_UNKNOWN,
  CASE_WRONG_VALUE,
  CASE_TOO_MANY,
  CASE_READ_ONLY,
  CASE_NULL,
  CASE_TWICE,
  CASE_ROOT,
  CASE_WRONG_CHILD,
  CASE_NOT_BY_REQUEST,
  N_CASES
} CaseKind;

static const char *const case_names[N_CASES] = {
  "missing mandatory", "unknown", "wrong type or out of range", "too many",   "read-only",
  "null",              "twice",   "wrong root",                 "wrong child", "not by request",
};

typedef struct {
  CseFixture cse;
  GPtrArray *plan;
  GPtrArray *ids; /* of the steps; NULL: not there */
  guint counts[N_CASES];
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  (void) data;
  cse_fixture_set_up (&fixture->cse, NULL);
  memset (fixture->counts, 0, sizeof fixture->counts);
  fixture->cse.quiet = TRUE;
  fixture->plan = walk_plan ();
  fixture->ids = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (fixture->ids, g_strdup ("gatehouse"));
  for (guint i = 1; i < fixture->plan->len; i++)
    {
      const WalkStep *step = fixture->plan->pdata[i];
      const gint type = step->type->number;
      const char *from = type == GH_TYPE_AE || type == GH_TYPE_POLLING_CHANNEL ? "CWalk" : "CAdmin";

      g_ptr_array_add (fixture->ids,
                       step->create == NULL
                         ? NULL
                         : cse_create (&fixture->cse, from, fixture->ids->pdata[step->parent],
                                       step->type->number, step->create));
    }
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  guint sum = 0;

  (void) data;
  for (guint i = 0; i < N_CASES; i++)
    {
      if (fixture->counts[i] > 0)
        g_test_message ("%s: %u cases", case_names[i], fixture->counts[i]);
      sum += fixture->counts[i];
    }
  g_test_message ("%u cases", sum);
  g_ptr_array_unref (fixture->ids);
  g_ptr_array_unref (fixture->plan);
  cse_fixture_tear_down (&fixture->cse);
}

/* One subject of wrong requests: a type, and the resource that a create or update addresses. */
typedef struct {
  Fixture *fixture;
  const GhType *type;
  gint operation;
  const char *to;
} Subject;

static const char *
originator (const Subject *subject)
{
  /* an AE makes its own channel */
  if (subject->type->number == GH_TYPE_POLLING_CHANNEL && subject->operation == CSE_CREATE
      && g_str_equal (subject->to, "CWalk"))
    return "CWalk";
  /* whoever registers an AE is one; elsewhere the right to create is looked at first */
  return subject->type->number == GH_TYPE_AE && subject->operation == CSE_CREATE
             && g_str_equal (subject->to, "gatehouse")
           ? "CWrong"
           : "CAdmin";
}

static void
refuse (const Subject *subject, CaseKind kind, gint rsc, const char *reason, const char *content)
{
  CseFixture *cse = &subject->fixture->cse;
  g_autoptr (GString) members = g_string_new (NULL);
  g_auto (CseAnswer) answer = { 0 };
  const char *text;

  if (subject->operation == CSE_CREATE)
    g_string_append_printf (members, "\"ty\":%d,", subject->type->number);
  g_string_append_printf (members, "\"pc\":%s", content);
  answer = cse_request (cse, subject->operation, originator (subject), subject->to, members->str);
  text = answer.content == NULL
           ? ""
           : json_object_get_string_member_with_default (answer.content, "m2m:dbg", "");
  if (answer.rsc != rsc || strstr (text, reason) == NULL)
    g_error ("%s: expected %d and \"%s\", found %d and \"%s\" for %.500s", case_names[kind], rsc,
             reason, answer.rsc, text, content);
  subject->fixture->counts[kind]++;
}

/* A content that is good but for @row, which has @value; NULL: which is missing. */
static char *
make_content (const Subject *subject, const GhAttribute *row, const char *value)
{
  if (subject->operation == CSE_CREATE)
    return walk_create (subject->type, NULL, value != NULL ? row : NULL, value,
                        value == NULL ? row : NULL);
  return g_strdup_printf ("{\"%s\":{\"%s\":%s}}", subject->type->root_name, row->short_name, value);
}

static void
check_values (const Subject *subject, const GhAttribute *row)
{
  g_autoptr (GPtrArray) values = sample_bad (row);
  g_autofree char *reason = g_strdup_printf ("%s: ", row->short_name);

  for (guint i = 0; i < values->len; i++)
    {
      const char *value = values->pdata[i];
      const gboolean null = g_str_equal (value, "null");
      g_autofree char *content = make_content (subject, row, value);

      if (null && (row->fill || subject->operation == CSE_UPDATE))
        continue;
      /* of a wrong member the reason names the member and says in which attribute it is */
      refuse (subject, null ? CASE_NULL : strlen (value) > 1000 ? CASE_TOO_MANY : CASE_WRONG_VALUE,
              4000, row->data == GH_DATA_OBJECT ? row->short_name : reason, content);
    }
}

static void
check_twice (const Subject *subject, const GhAttribute *row)
{
  g_autoptr (GString) value = g_string_new (NULL);
  g_autofree char *content = NULL;

  walk_value (subject->type, row, value);
  content = g_strdup_printf ("{\"%s\":{\"%s\":%s,\"%s\":%s}}", subject->type->root_name,
                             row->short_name, value->str, row->short_name, value->str);
  refuse (subject, CASE_TWICE, 4000, row->short_name, content);
}

static void
check_row (const Subject *subject, const GhAttribute *row)
{
  const guint presence = subject->operation == CSE_CREATE ? row->create : row->update;
  g_autofree char *reason = g_strdup_printf ("%s: ", row->short_name);
  g_autoptr (GString) good = g_string_new (NULL);
  g_autofree char *content = NULL;

  walk_value (subject->type, row, good);
  content = make_content (subject, row, good->str);
  if (presence == GH_PRESENCE_NP)
    {
      refuse (subject, CASE_READ_ONLY, 4000, reason, content);
      return;
    }
  check_values (subject, row);
  check_twice (subject, row);
  if (subject->operation == CSE_CREATE && row->create == GH_PRESENCE_M)
    {
      g_autofree char *without = make_content (subject, row, NULL);

      refuse (subject, CASE_MISSING, 4000, reason, without);
    }
  if (subject->operation == CSE_UPDATE && row->required)
    {
      g_autofree char *null = make_content (subject, row, "null");

      refuse (subject, CASE_NULL, 4000, reason, null);
    }
}

static void
check_unknown (const Subject *subject)
{
  static const char *const unknown[] = { "xyz", "resourceName", "RN", "", "rn ", "con\\u0000" };

  for (gsize i = 0; i < G_N_ELEMENTS (unknown); i++)
    {
      g_autofree char *content = g_strdup_printf ("{\"%s\":{\"%s\":1}}", subject->type->root_name,
                                                  unknown[i]);
      refuse (subject, CASE_UNKNOWN, 4000, i < 4 ? unknown[i] : "", content);
    }
}

static void
check_roots (const Subject *subject)
{
  static const char *const wrong[] = { "{}", "[]", "1", "\"m2m:cnt\"", "{\"m2m:nosuch\":{}}",
                                       "{\"m2m:cnt\":{},\"m2m:ae\":{}}" };
  g_autofree char *list = g_strdup_printf ("{\"%s\":[]}", subject->type->root_name);

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    refuse (subject, CASE_ROOT, 4000, "content: ", wrong[i]);
  refuse (subject, CASE_ROOT, 4000, subject->type->root_name, list);
}

static void
check_subject (const Subject *subject)
{
  for (guint i = 0; i < subject->type->n_attributes; i++)
    check_row (subject, &subject->type->attributes[i]);
  check_unknown (subject);
  check_roots (subject);
}

static void
test_creates_of_every_type (Fixture *fixture, gconstpointer data)
{
  (void) data;
  for (guint i = 1; i < fixture->plan->len; i++)
    {
      const WalkStep *step = fixture->plan->pdata[i];
      const char *to = fixture->ids->pdata[step->parent];
      const Subject subject = { fixture, step->type, CSE_CREATE, to };

      if (step->create != NULL)
        check_subject (&subject);
    }
}

static void
test_updates_of_every_type (Fixture *fixture, gconstpointer data)
{
  (void) data;
  for (guint i = 1; i < fixture->plan->len; i++)
    {
      const WalkStep *step = fixture->plan->pdata[i];
      const Subject subject = { fixture, step->type, CSE_UPDATE, fixture->ids->pdata[i] };

      if (step->create != NULL && step->type->updatable)
        check_subject (&subject);
      else if (step->create != NULL)
        refuse (&subject, CASE_NOT_BY_REQUEST, 4005, step->type->long_name, "{\"m2m:x\":{}}");
    }
}

static void
test_every_type_below_every_wrong_parent (Fixture *fixture, gconstpointer data)
{
  (void) data;
  for (guint i = 0; i < fixture->plan->len; i++)
    for (guint j = 1; j < fixture->plan->len; j++)
      {
        const WalkStep *parent = fixture->plan->pdata[i];
        const WalkStep *child = fixture->plan->pdata[j];
        const Subject subject = { fixture, child->type, CSE_CREATE, fixture->ids->pdata[i] };

        if (fixture->ids->pdata[i] == NULL || child->create == NULL
            || gh_type_may_hold_type (parent->type, child->type))
          continue;
        refuse (&subject, CASE_WRONG_CHILD,
                child->type->number == GH_TYPE_SUBSCRIPTION ? 5203 : 4108,
                child->type->long_name, child->create);
      }
}

static void
test_nothing_is_left_behind (Fixture *fixture, gconstpointer data)
{
  g_auto (CseAnswer) before = cse_request (&fixture->cse, CSE_RETRIEVE, "CAdmin", "gatehouse",
                                           "\"fc\":{\"fu\":1}");
  g_autofree char *wanted = json_to_string (json_object_get_member (before.content, "m2m:uril"),
                                            FALSE);

  test_creates_of_every_type (fixture, data);
  {
    g_auto (CseAnswer) after = cse_request (&fixture->cse, CSE_RETRIEVE, "CAdmin", "gatehouse",
                                            "\"fc\":{\"fu\":1}");
    g_autofree char *found = json_to_string (json_object_get_member (after.content, "m2m:uril"),
                                             FALSE);

    g_assert_cmpstr (found, ==, wanted);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/bad-input/creates-of-every-type", Fixture, NULL, set_up,
              test_creates_of_every_type, tear_down);
  g_test_add ("/bad-input/updates-of-every-type", Fixture, NULL, set_up,
              test_updates_of_every_type, tear_down);
  g_test_add ("/bad-input/every-type-below-every-wrong-parent", Fixture, NULL, set_up,
              test_every_type_below_every_wrong_parent, tear_down);
  g_test_add ("/bad-input/nothing-is-left-behind", Fixture, NULL, set_up,
              test_nothing_is_left_behind, tear_down);
  return g_test_run ();
}
