/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-service.h"
#include "type/gh-behaviours.h"
#include "type/gh-type-rules.h"

#define CONTROL_LOCK  2
#define STATE_INITIAL 1

/* TS-0004 7.4.61.2.1: nobody has a request carried out for somebody else. */
static gboolean
check_create (GhChange *change, GhFault *fault)
{
  const GhService *service = change->host;
  const GhValue *request = gh_draft_get (change->draft, "rqp");
  const char *from = request != NULL ? gh_value_text (gh_value_member (request, "fr")) : NULL;
  if (from == NULL || change->intent->originator == NULL
      || !gh_originator_same (from, change->intent->originator, &service->home))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "rqp: fr is not the originator of the transaction");
  return gh_rule_set_integer (change, "tctl", CONTROL_LOCK, fault)
         && gh_rule_set_integer (change, "trst", STATE_INITIAL, fault);
}

const GhBehaviour gh_behaviour_transaction = {
  .type = GH_TYPE_TRANSACTION,
  .stored = TRUE,
  .check_create = check_create,
};
