/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-draft.h"
#include "ghctl-transfer.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* A file of `ghctl export`: each line is parsed, and a request is made of it as by `ghctl import`.
 */

static void
make_request (GhctlDraft *draft, const GhctlExportLine *line)
{
  gboolean instance = FALSE;
  g_autoptr (JsonObject) request = ghctl_draft_request (draft, line->path, line->object, &instance);

  if (request == NULL)
    return;
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), request);
  g_autofree char *text = json_to_string (node, FALSE);
  if (json_object_get_int_member_with_default (request, "op", 0) != 1)
    g_error ("no create: %s", text);
  ghctl_draft_learn (draft, line->resource, json_object_get_member (line->object, "pc"));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = size > 0 ? g_strndup ((const char *) data, size) : g_strdup ("");
  g_auto (GStrv) lines = g_strsplit (text, "\n", 32);
  GhctlDraft *draft = ghctl_draft_new ("CAdmin", "gatehouse", NULL, size % 2 == 0);

  for (gsize i = 0; lines[i] != NULL; i++)
    {
      g_auto (GhctlExportLine) line = { 0 };
      g_autoptr (GError) error = NULL;
      if (!g_utf8_validate (lines[i], -1, NULL))
        break;
      const gboolean done = ghctl_export_line_parse (lines[i], i == 0, &line, &error);
      if (done == (error != NULL) || done != (line.node != NULL))
        g_error ("a line and an error, or neither");
      if (!done)
        break;
      if (line.kind == GHCTL_LINE_HEADER)
        ghctl_draft_set_root (draft, line.root);
      else if (line.kind == GHCTL_LINE_RESOURCE)
        make_request (draft, &line);
    }
  ghctl_draft_free (draft);
  return 0;
}
