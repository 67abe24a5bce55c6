/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "type/gh-type-semantics.h"

#include "primitive/gh-json-reader.h"

static gboolean
is_xml (const char *text, gsize length)
{
  static const GMarkupParser nothing = { 0 };
  GMarkupParseContext *context = g_markup_parse_context_new (&nothing, 0, NULL, NULL);
  const gboolean good = g_markup_parse_context_parse (context, text, (gssize) length, NULL)
                        && g_markup_parse_context_end_parse (context, NULL);
  g_markup_parse_context_free (context);
  return good;
}

static gboolean
is_json (const char *text, gsize length)
{
  g_autoptr (GhArena) arena = gh_arena_new (length * 32 + 65536);
  GhValue root;
  return gh_json_parse (text, length, arena, &root, NULL)
         && (root.kind == GH_VALUE_OBJECT || root.kind == GH_VALUE_LIST);
}

gboolean
gh_semantics_check (const char *name, gint64 format, const char *base64, GhFault *fault)
{
  gsize length = 0;
  g_autofree char *text = (char *) g_base64_decode (base64, &length);
  if (length == 0 || !g_utf8_validate (text, (gssize) length, NULL))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%s: expected text in base64", name);
  if ((format == GH_SEMANTICS_OWL_XML || format == GH_SEMANTICS_RDF_XML) && !is_xml (text, length))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%s: expected well-formed XML in base64",
                         name);
  if (format == GH_SEMANTICS_JSON_LD && !is_json (text, length))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%s: expected JSON-LD in base64", name);
  return TRUE;
}

gboolean
gh_semantics_refuse_execution (const GhChange *change, const char *content, GhFault *fault)
{
  const GhValue *execution = gh_draft_get (change->draft, "soe");
  if (execution == NULL || execution->kind == GH_VALUE_NULL)
    return TRUE;
  if (gh_draft_get (change->draft, content) != NULL)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "soe: not in one update with %s", content);
  return gh_fault_set (fault, GH_ERROR_NOT_IMPLEMENTED,
                       "soe: SPARQL updates are not carried out by this CSE");
}
