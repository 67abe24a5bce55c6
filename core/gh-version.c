/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-version.h"

const char *
gh_version_string (void)
{
  return PACKAGE_VERSION;
}
