/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/gh-hash.h"

#include <string.h>

static void
test_same_text_same_hash (void)
{
  g_autofree char *copy = g_strdup ("CAE-1");
  g_assert_cmpuint (gh_hash_text (copy), ==, gh_hash_text ("CAE-1"));
  g_assert_cmpuint (gh_hash_text (copy), ==, gh_hash_octets ("CAE-1 and more", 5));
  g_assert_cmpuint (gh_text_hash (copy), ==, (guint) gh_hash_text (copy));
}

static void
test_other_text_other_hash (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  for (guint i = 0; i < 4096; i++)
    {
      g_autofree char *text = g_strdup_printf ("C%u", i);
      const guint64 hash = gh_hash_text (text);
      g_assert_true (g_hash_table_add (seen, g_memdup2 (&hash, sizeof hash)));
    }
  g_assert_cmpuint (gh_hash_octets ("", 0), !=, gh_hash_octets ("\0", 1));
}

/* Texts that meet under the function of GLib's tables must not meet under this one. */
static void
test_chosen_texts_do_not_meet (void)
{
  guint low_bits = 0;
  g_assert_cmpuint (g_str_hash ("Cb!"), ==, g_str_hash ("CaB"));
  g_assert_cmpuint (gh_hash_text ("Cb!"), !=, gh_hash_text ("CaB"));
  for (guint i = 0; i < 256; i++)
    {
      char text[18] = "C";
      for (guint bit = 0; bit < 8; bit++)
        memcpy (text + 1 + 2 * bit, i & 1u << bit ? "b!" : "aB", 2);
      low_bits |= gh_text_hash (text);
    }
  g_assert_cmpuint (low_bits & 0xff, ==, 0xff);
}

/* Where a key lies in a table must not be known from another run. */
static void
test_other_process_other_key (void)
{
  if (g_test_subprocess ())
    {
      g_print ("hash %" G_GUINT64_FORMAT "\n", gh_hash_text ("CAE-1"));
      return;
    }
  const guint64 ours = gh_hash_text ("CAE-1");
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stdout ("*hash *");
  g_autofree char *same = g_strdup_printf ("*hash %" G_GUINT64_FORMAT "*", ours);
  g_test_trap_assert_stdout_unmatched (same);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hash/same-text-same-hash", test_same_text_same_hash);
  g_test_add_func ("/hash/other-text-other-hash", test_other_text_other_hash);
  g_test_add_func ("/hash/chosen-texts-do-not-meet", test_chosen_texts_do_not_meet);
  g_test_add_func ("/hash/other-process-other-key", test_other_process_other_key);
  return g_test_run ();
}
