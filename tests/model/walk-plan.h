/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/gh-attribute.h"

/* A way through every resource type: where one of each can stand in an empty CSE, and the contents
 * that create and update it, made from the rows of the attribute table. */

/** WalkStep: one resource; its parent comes before it. Its address is what the CSE answers. */
typedef struct {
  const GhType *type;
  guint parent;       /* place of the parent in the plan; 0: the CSEBase, which is the first */
  char *create;       /* JSON: {"m2m:cnt":{...}}; NULL: not by a request */
  char *update;       /* NULL: nothing of it can be updated */
  const char *why;    /* of one that no request creates: the reason */
} WalkStep;

/** walk_plan: of WalkStep. (transfer full) */
GPtrArray *walk_plan (void);

/** walk_value: a value of @row that a CSE accepts in a resource of @type. */
void walk_value (const GhType *type, const GhAttribute *row, GString *out);
/**
 * walk_create: a content with what a create must hold, and @name; @with and its @value come in
 * addition, @without is left out. Any of the last four may be NULL. (transfer full)
 */
char *walk_create (const GhType *type, const char *name, const GhAttribute *with,
                   const char *value, const GhAttribute *without);
