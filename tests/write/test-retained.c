/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "write/gh-retained.h"

#include <string.h>

/* The memory of past events. */

#define LIMIT 65536

static void
add (GhRetained *retained, guint64 subject, const char *text)
{
  g_autoptr (GhBuffer) body = gh_buffer_new (text, strlen (text));
  const GhPastEvent event = { .body = body, .sequence = subject };
  gh_retained_add (retained, subject, &event);
}

static void
add_numbers (GhRetained *retained, guint64 subject, guint from, guint to)
{
  for (guint i = from; i <= to; i++)
    {
      char text[16];
      g_snprintf (text, sizeof text, "%u", i);
      add (retained, subject, text);
    }
}

/* @subject has the events @from to @to, in order; @from 0: none. */
static void
expect (GhRetained *retained, guint64 subject, guint from, guint to)
{
  g_autoptr (GPtrArray) events = gh_retained_get (retained, subject);
  g_assert_cmpuint (events->len, ==, from == 0 ? 0 : to - from + 1);
  for (guint i = 0; i < events->len; i++)
    {
      const GhPastEvent *event = events->pdata[i];
      char text[16];
      g_snprintf (text, sizeof text, "%u", from + i);
      g_assert_cmpstr (event->body->data, ==, text);
      g_assert_cmpuint (event->sequence, ==, subject);
    }
}

static void
test_each_resource_keeps_its_newest (void)
{
  GhRetained *retained = gh_retained_new (LIMIT);
  g_assert_true (gh_retained_is_on (retained));
  add_numbers (retained, 1, 1, GH_RETAINED_PER_SUBJECT + 5);
  add_numbers (retained, 2, 7, 8);
  expect (retained, 1, 6, GH_RETAINED_PER_SUBJECT + 5);
  expect (retained, 2, 7, 8);
  expect (retained, 3, 0, 0);
  gh_retained_free (retained);
}

static void
test_of_all_resources_the_oldest_goes (void)
{
  GhRetained *retained = gh_retained_new (LIMIT);
  add_numbers (retained, 1, 1, 3);
  for (guint64 subject = 2; subject < LIMIT; subject++)
    add_numbers (retained, subject, 1, 1);
  expect (retained, 1, 0, 0);
  expect (retained, LIMIT - 1, 1, 1);
  gh_retained_free (retained);
}

static void
test_one_that_is_large_leaves_no_gap (void)
{
  GhRetained *retained = gh_retained_new (LIMIT);
  g_autofree char *text = g_strnfill (LIMIT / 16, 'x');
  add_numbers (retained, 1, 1, 3);
  add_numbers (retained, 2, 1, 3);
  add (retained, 1, text);
  expect (retained, 1, 0, 0);
  expect (retained, 2, 1, 3);
  gh_retained_free (retained);
}

static void
test_what_never_was_is_forgotten (void)
{
  GhRetained *retained = gh_retained_new (LIMIT);
  add_numbers (retained, 1, 1, 2);
  gh_retained_settle (retained, TRUE);
  add_numbers (retained, 1, 3, 4);
  add_numbers (retained, 2, 1, 1);
  expect (retained, 1, 1, 4);
  gh_retained_settle (retained, FALSE);
  expect (retained, 1, 1, 2);
  expect (retained, 2, 0, 0);
  gh_retained_settle (retained, FALSE);
  expect (retained, 1, 1, 2);
  gh_retained_free (retained);
}

static void
test_nothing_is_kept_without_memory (void)
{
  GhRetained *retained = gh_retained_new (0);
  g_assert_false (gh_retained_is_on (retained));
  add_numbers (retained, 1, 1, 1);
  expect (retained, 1, 0, 0);
  gh_retained_free (retained);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/retained/each-resource-keeps-its-newest", test_each_resource_keeps_its_newest);
  g_test_add_func ("/retained/of-all-resources-the-oldest-goes",
                   test_of_all_resources_the_oldest_goes);
  g_test_add_func ("/retained/one-that-is-large-leaves-no-gap",
                   test_one_that_is_large_leaves_no_gap);
  g_test_add_func ("/retained/what-never-was-is-forgotten", test_what_never_was_is_forgotten);
  g_test_add_func ("/retained/nothing-is-kept-without-memory", test_nothing_is_kept_without_memory);
  return g_test_run ();
}
