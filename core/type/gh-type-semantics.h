/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "write/gh-behaviour.h"

G_BEGIN_DECLS

/* m2m:semanticFormat */
typedef enum {
  GH_SEMANTICS_IRI = 1,
  GH_SEMANTICS_OWL_XML = 3,
  GH_SEMANTICS_RDF_XML = 4,
  GH_SEMANTICS_JSON_LD = 7,
} GhSemanticFormat;

/**
 * gh_semantics_check:
 * @name: of the attribute, for the reason
 * @base64: a semantic description
 * Whether @base64 holds text of the syntax that @format names: XML is well-formed, JSON-LD is JSON,
 * every other is UTF-8. What it means is not looked at. Pure; its size is that of a request.
 * Returns: FALSE with @fault (4000).
 */
gboolean gh_semantics_check (const char *name, gint64 format, const char *base64, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_semantics_refuse_execution: SPARQL updates (soe) are not carried out here: FALSE with @fault
 * (4000 beside @content, else 5001) when one is asked for. */
gboolean gh_semantics_refuse_execution (const GhChange *change, const char *content, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
