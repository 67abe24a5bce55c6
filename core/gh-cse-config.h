/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-config.h"

G_BEGIN_DECLS

/** gh_cse_config_keys: every group and key of gatehouse.conf(5), ended by a row whose group is
 * NULL. Static. */
extern const GhConfigKey gh_cse_config_keys[];

/** gh_cse_config_is_live: a change of this key takes effect at a reload; that of any other after a
 * restart. */
gboolean gh_cse_config_is_live (const char *group, const char *key);
/** gh_cse_config_is_of_plugin: the keys of @group are those of the plugin of that name. */
gboolean gh_cse_config_is_of_plugin (const char *group);

G_END_DECLS
