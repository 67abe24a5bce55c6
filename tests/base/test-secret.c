/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/gh-error.h"
#include "base/gh-secret.h"

#include <string.h>

static void
test_octets_are_copied (void)
{
  g_autoptr (GError) error = NULL;
  char key[] = "k\0ey";
  g_autoptr (GhSecret) secret = gh_secret_new (key, 4, &error);
  gconstpointer data;
  gsize length;

  g_assert_no_error (error);
  memset (key, 'x', sizeof key);
  data = gh_secret_data (secret, &length);
  g_assert_cmpmem (data, length, "k\0ey", 4);
}

static void
test_equality_looks_at_length_and_octets (void)
{
  g_autoptr (GhSecret) a = gh_secret_new ("secret", 6, NULL);
  g_autoptr (GhSecret) same = gh_secret_new ("secret", 6, NULL);
  g_autoptr (GhSecret) shorter = gh_secret_new ("secre", 5, NULL);
  g_autoptr (GhSecret) again = gh_secret_ref (a);

  g_assert_true (gh_secret_equal (a, same));
  g_assert_true (gh_secret_equal (a, again));
  g_assert_false (gh_secret_equal (a, shorter));
  for (gsize i = 0; i < 6; i++)
    {
      char text[] = "secret";
      g_autoptr (GhSecret) other = NULL;

      text[i] ^= 1;
      other = gh_secret_new (text, 6, NULL);
      g_assert_false (gh_secret_equal (a, other));
    }
}

static void
test_random_ones_differ (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GhSecret) a = gh_secret_new_random (32, &error);
  g_autoptr (GhSecret) b = gh_secret_new_random (32, &error);
  const guint8 zero[32] = { 0 };

  g_assert_no_error (error);
  g_assert_false (gh_secret_equal (a, b));
  g_assert_cmpint (memcmp (gh_secret_data (a, NULL), zero, 32), !=, 0);
}

static void
test_length_is_bounded (void)
{
  static const gsize wrong[] = { 0, 65537, G_MAXSIZE };

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (gh_secret_new_random (wrong[i], &error));
      g_assert_error (error, GH_ERROR, GH_ERROR_FAILED);
    }
  for (gsize length = 1; length <= 65536; length *= 2)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GhSecret) secret = gh_secret_new_random (length, &error);

      g_assert_no_error (error);
      g_assert_nonnull (secret);
    }
}

static void
test_octets_cannot_be_written (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (GhSecret) secret = gh_secret_new ("secret", 6, NULL);

      *(char *) gh_secret_data (secret, NULL) = 'x';
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
}

static void
test_random_octets_fill_the_buffer (void)
{
  guint8 octets[64] = { 0 };
  guint zeros = 0;

  gh_random_bytes (octets, sizeof octets);
  gh_random_bytes (NULL, 0);
  for (gsize i = 0; i < sizeof octets; i++)
    zeros += octets[i] == 0;
  g_assert_cmpuint (zeros, <, 16);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/secret/octets-are-copied", test_octets_are_copied);
  g_test_add_func ("/secret/equality-looks-at-length-and-octets",
                   test_equality_looks_at_length_and_octets);
  g_test_add_func ("/secret/random-ones-differ", test_random_ones_differ);
  g_test_add_func ("/secret/length-is-bounded", test_length_is_bounded);
  g_test_add_func ("/secret/octets-cannot-be-written", test_octets_cannot_be_written);
  g_test_add_func ("/random/octets-fill-the-buffer", test_random_octets_fill_the_buffer);
  return g_test_run ();
}
