/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-command.h"

/* The one list of commands; each is described in the file that is named like it. */
#define COMMANDS(X) \
  X (status)        \
  X (doctor)        \
  X (tree)          \
  X (discover)      \
  X (watch)         \
  X (get)           \
  X (create)        \
  X (update)        \
  X (delete)        \
  X (ae)            \
  X (acp)           \
  X (explain)       \
  X (export)        \
  X (import)        \
  X (backup)        \
  X (restore)       \
  X (plugin)        \
  X (credential)    \
  X (ca)            \
  X (association)   \
  X (audit)         \
  X (reload)

#define DECLARE(name) extern const GhctlGroup ghctl_##name##_group;
#define ROW(name)     &ghctl_##name##_group,

COMMANDS (DECLARE)

const GhctlGroup *const ghctl_groups[] = { COMMANDS (ROW) NULL };
