/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "type/gh-behaviours.h"

/* TS-0004 7.4.54.2.4: the IN-CSE keeps it itself (core/service/gh-contact-list.c). */
static gboolean
check_delete (GhChange *change, GhFault *fault)
{
  return gh_fault_set (fault, GH_ERROR_NOT_ALLOWED, "To: a request cannot delete an %s",
                       change->type->long_name);
}

const GhBehaviour gh_behaviour_ae_contact_list_per_cse = {
  .type = GH_TYPE_AE_CONTACT_LIST_PER_CSE,
  .listed = TRUE,
  .check_delete = check_delete,
};
