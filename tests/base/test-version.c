/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-version.h"

static void
test_version_is_that_of_the_package (void)
{
  g_assert_cmpstr (gh_version_string (), ==, PACKAGE_VERSION);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/version/is-that-of-the-package", test_version_is_that_of_the_package);
  return g_test_run ();
}
