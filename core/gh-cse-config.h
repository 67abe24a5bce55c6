/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-config.h"

G_BEGIN_DECLS

/** gh_cse_config_keys: every group and key of gatehouse.conf(5), ended by a row whose group is
 * NULL. Static. */
extern const GhConfigKey gh_cse_config_keys[];

G_END_DECLS
