/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "type/gh-behaviours.h"
#include "type/gh-type-rules.h"
#include "type/gh-type-semantics.h"

/* TS-0004 7.4.49.2: the descriptors are RDF/XML. */
static gboolean
check (GhChange *change, GhFault *fault)
{
  static const char *const descriptors[] = { "iptd", "uptd", "fucd" };
  for (guint i = 0; i < G_N_ELEMENTS (descriptors); i++)
    {
      const GhValue *value = gh_draft_get (change->draft, descriptors[i]);
      if (value != NULL && value->kind == GH_VALUE_STRING
          && !gh_semantics_check (descriptors[i], GH_SEMANTICS_RDF_XML, value->text, fault))
        return FALSE;
    }
  return TRUE;
}

const GhBehaviour gh_behaviour_mashup_job_profile = {
  .type = GH_TYPE_MASHUP_JOB_PROFILE,
  .stored = TRUE,
  .check_create = check,
  .check_update = check,
};
