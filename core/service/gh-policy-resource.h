/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "access/gh-policy.h"
#include "tree/gh-tree.h"

G_BEGIN_DECLS

/** GhPolicyResource: what an <accessControlPolicy> compiles to. */
typedef struct {
  GhCompiled base;
  GhPolicy *privileges, *self_privileges;
} GhPolicyResource;

G_END_DECLS
