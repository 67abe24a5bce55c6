/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-cse-explain.h"

#include "gh-cse-private.h"

gboolean
gh_cse_explain (GhCse *cse, const GhExplainQuestion *question, GhExplanation *out, GError **error)
{
  GhExplainQuestion asked = *question;
  GhFault fault = { 0 };
  if (asked.wall_us == 0)
    asked.wall_us = gh_clock_wall_us (cse->clock);
  if (gh_explain (cse->service, &asked, out, &fault))
    return TRUE;
  gh_fault_propagate (&fault, error);
  return FALSE;
}
