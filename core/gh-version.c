/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-version.h"

/**
 * gh_version_string:
 *
 * The version of the library that runs, which can differ from the one of the headers.
 * May be called from any thread.
 *
 * Returns: (transfer none): such as "0.1.0"
 */
const char *
gh_version_string (void)
{
  return PACKAGE_VERSION;
}
