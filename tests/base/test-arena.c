/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/gh-arena.h"
#include "base/gh-buffer.h"

#include <string.h>

static void
test_memory_is_zeroed_and_aligned (void)
{
  g_autoptr (GhArena) arena = gh_arena_new (1 << 20);

  for (gsize size = 0; size < 3000; size += 7)
    {
      g_autofree char *zero = g_malloc0 (size + 1);
      char *memory = gh_arena_alloc (arena, size);

      g_assert_nonnull (memory);
      g_assert_cmpuint ((gsize) memory % (2 * sizeof (gpointer)), ==, 0);
      g_assert_cmpmem (memory, size, zero, size);
      memset (memory, 0xff, size);
      g_assert_nonnull (gh_arena_strdup (arena, "odd"));
    }
}

static void
test_cleared_memory_is_zeroed_again (void)
{
  g_autoptr (GhArena) arena = gh_arena_new (100000);
  char *memory;

  for (int i = 0; i < 3; i++)
    {
      memory = gh_arena_alloc (arena, 20000);
      g_assert_cmpint (memory[0], ==, 0);
      g_assert_cmpint (memory[19999], ==, 0);
      memset (memory, 1, 20000);
      memory = gh_arena_alloc (arena, 64);
      g_assert_cmpint (memory[0], ==, 0);
      memset (memory, 1, 64);
      gh_arena_clear (arena);
      g_assert_cmpuint (gh_arena_used (arena), ==, 0);
    }
}

static void
test_bound_holds (void)
{
  g_autoptr (GhArena) arena = gh_arena_new (1000);

  g_assert_null (gh_arena_alloc (arena, 1001));
  g_assert_nonnull (gh_arena_alloc (arena, 1000));
  g_assert_cmpuint (gh_arena_available (arena), ==, 0);
  g_assert_null (gh_arena_alloc (arena, 1));
  g_assert_null (gh_arena_alloc (arena, 0));
  g_assert_null (gh_arena_strdup (arena, ""));
  g_assert_null (gh_arena_printf (arena, "%d", 1));
  gh_arena_clear (arena);
  g_assert_nonnull (gh_arena_alloc (arena, 1000));
}

static void
test_many_small_allocations_stay_within_bound (void)
{
  g_autoptr (GhArena) arena = gh_arena_new (1600);
  guint n = 0;

  while (gh_arena_alloc (arena, 1) != NULL)
    n++;
  g_assert_cmpuint (n, <=, 1600 / (2 * sizeof (gpointer)) + 1);
  g_assert_cmpuint (gh_arena_used (arena), <=, 1600);
}

static void
test_overflow_is_refused (void)
{
  g_autoptr (GhArena) arena = gh_arena_new (G_MAXSIZE);

  g_assert_null (gh_arena_alloc (arena, G_MAXSIZE));
  g_assert_null (gh_arena_alloc (arena, G_MAXSIZE - 8));
  g_assert_null (gh_arena_alloc_n (arena, 16, G_MAXSIZE / 8));
  g_assert_null (gh_arena_strndup (arena, "x", G_MAXSIZE));
  g_assert_nonnull (gh_arena_alloc (arena, 10));
}

static void
test_texts_are_copied (void)
{
  g_autoptr (GhArena) arena = gh_arena_new (100000);
  char source[] = "hello";
  const char *copy = gh_arena_strndup (arena, source, 4);
  const char *all = gh_arena_strdup (arena, source);
  const char *printed = gh_arena_printf (arena, "%s-%05d", source, 42);

  source[0] = 'J';
  g_assert_cmpstr (copy, ==, "hell");
  g_assert_cmpstr (all, ==, "hello");
  g_assert_cmpstr (printed, ==, "hello-00042");
  g_assert_cmpstr (gh_arena_strndup (arena, NULL, 0), ==, "");
}

static gpointer
drop_references (gpointer data)
{
  for (int i = 0; i < 10000; i++)
    gh_buffer_unref (gh_buffer_ref (data));
  gh_buffer_unref (data);
  return NULL;
}

static void
test_buffer_is_shared_between_threads (void)
{
  GhBuffer *buffer = gh_buffer_new ("ab\0c", 4);
  GThread *threads[4];

  g_assert_cmpmem (buffer->data, buffer->length + 1, "ab\0c\0", 5);
  for (int i = 0; i < 4; i++)
    threads[i] = g_thread_new ("ref", drop_references, gh_buffer_ref (buffer));
  for (int i = 0; i < 4; i++)
    g_thread_join (threads[i]);
  g_assert_cmpint (buffer->ref_count, ==, 1);
  gh_buffer_unref (buffer);
  gh_buffer_unref (NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/arena/memory-is-zeroed-and-aligned", test_memory_is_zeroed_and_aligned);
  g_test_add_func ("/arena/cleared-memory-is-zeroed-again", test_cleared_memory_is_zeroed_again);
  g_test_add_func ("/arena/bound-holds", test_bound_holds);
  g_test_add_func ("/arena/many-small-allocations-stay-within-bound",
                   test_many_small_allocations_stay_within_bound);
  g_test_add_func ("/arena/overflow-is-refused", test_overflow_is_refused);
  g_test_add_func ("/arena/texts-are-copied", test_texts_are_copied);
  g_test_add_func ("/buffer/is-shared-between-threads", test_buffer_is_shared_between_threads);
  return g_test_run ();
}
