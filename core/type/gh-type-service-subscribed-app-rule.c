/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "security/gh-originator.h"
#include "type/gh-behaviours.h"
#include "type/gh-type-rules.h"

static gboolean
is_pattern (const char *text)
{
  for (; *text != '\0'; text++)
    if (!gh_octet_is_unreserved (*text) && *text != '*')
      return FALSE;
  return TRUE;
}

/* @first: what an entry may begin with */
static gboolean
check_patterns (const GhChange *change, const char *name, const char *first, GhFault *fault)
{
  const GhValue *patterns = gh_draft_get (change->draft, name);
  if (patterns == NULL || patterns->kind != GH_VALUE_LIST)
    return TRUE;
  for (guint i = 0; i < patterns->length; i++)
    {
      const char *text = patterns->items[i].text;
      if (*text == '\0' || strchr (first, *text) == NULL)
        return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%s: entry %u begins with none of \"%s\"",
                             name, i + 1, first);
      if (!is_pattern (text))
        return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                             "%s: entry %u holds more than letters, digits, '-', '.', '_', '~' "
                             "and '*'",
                             name, i + 1);
    }
  return TRUE;
}

/* TS-0004 7.4.29.2. An App-ID may also begin with r until Release 4 (TS-0001 table 7.2-1), but a
 * pattern for it may not. Of stems TS-0001 9.6.29 gives the forms. */
static gboolean
check (GhChange *change, GhFault *fault)
{
  return check_patterns (change, "aai", "*RN", fault)
         && check_patterns (change, "aae", "*CS", fault);
}

static gboolean
check_create (GhChange *change, GhFault *fault)
{
  return gh_rule_only_on_in_cse (change, fault) && check (change, fault);
}

const GhBehaviour gh_behaviour_service_subscribed_app_rule = {
  .type = GH_TYPE_SERVICE_SUBSCRIBED_APP_RULE,
  .check_create = check_create,
  .check_update = check,
};
