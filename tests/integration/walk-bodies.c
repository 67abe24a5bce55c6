/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdio.h>

#include "tests/model/walk-plan.h"

/* Prints the plan of the walk, one JSON object a line, parents first:
 * {"type":"container","ty":3,"root":"m2m:cnt","parent":0,"create":{...},"update":{...},"why":null}
 * @parent counts the lines from 0; create is null where no request creates the type, and why says
 * the reason then; update is null where nothing can be updated. */

static void
print_text (const char *name, const char *text)
{
  if (text == NULL)
    printf (",\"%s\":null", name);
  else
    printf (",\"%s\":\"%s\"", name, text);
}

static void
print_json (const char *name, const char *json)
{
  printf (",\"%s\":%s", name, json != NULL ? json : "null");
}

int
main (void)
{
  g_autoptr (GPtrArray) plan = walk_plan ();

  for (guint i = 0; i < plan->len; i++)
    {
      const WalkStep *step = plan->pdata[i];

      printf ("{\"type\":\"%s\",\"ty\":%d,\"root\":\"%s\",\"parent\":%u", step->type->long_name,
              step->type->number, step->type->root_name, step->parent);
      print_json ("create", step->create);
      print_json ("update", step->update);
      print_text ("why", step->why);
      printf ("}\n");
    }
  return fflush (stdout) == 0 ? 0 : 1;
}
