/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-transfer.h"

#include "ghctl-json.h"
#include "ghctl-request.h"
#include "model/gh-attribute.h"

#include <glib/gi18n.h>

static gboolean
refuse (const char *reason, GError **error)
{
  g_set_error_literal (error, GHCTL_ERROR, GHCTL_USAGE, reason);
  return FALSE;
}

static gboolean
take_header (GhctlExportLine *line, GError **error)
{
  const gint64 version = ghctl_json_number (line->object, GHCTL_EXPORT_MARK, 0);

  line->kind = GHCTL_LINE_HEADER;
  line->root = ghctl_json_text (line->object, "root", NULL);
  if (version < 1 || line->root == NULL)
    return refuse (_ ("this is not what \"ghctl export\" writes"), error);
  return version <= GHCTL_EXPORT_VERSION
         || refuse (_ ("written by a newer version of ghctl"), error);
}

static gboolean
take_resource (GhctlExportLine *line, GError **error)
{
  line->kind = GHCTL_LINE_RESOURCE;
  line->path = ghctl_json_text (line->object, "path", NULL);
  line->resource = ghctl_content_resource (json_object_get_member (line->object, "pc"),
                                           &line->root_name);
  if (line->path == NULL || line->resource == NULL)
    return refuse (_ ("expected \"path\" and \"pc\" with one resource"), error);
  if (gh_type_by_root_name (line->root_name) != NULL)
    return TRUE;
  g_set_error (error, GHCTL_ERROR, GHCTL_USAGE, _ ("%s is no resource type of this build"),
               line->root_name);
  return FALSE;
}

gboolean
ghctl_export_line_parse (const char *text, gboolean first, GhctlExportLine *out, GError **error)
{
  g_auto (GhctlExportLine) line = { 0 };
  g_autoptr (GError) problem = NULL;
  gboolean done;

  *out = line;
  line.node = json_from_string (text, &problem);
  if (line.node == NULL || !JSON_NODE_HOLDS_OBJECT (line.node))
    return refuse (problem != NULL ? problem->message : _ ("no JSON object"), error);
  line.object = json_node_get_object (line.node);
  line.end = ghctl_json_number (line.object, "end", -1);
  if (first)
    done = take_header (&line, error);
  else if (json_object_has_member (line.object, "end"))
    {
      line.kind = GHCTL_LINE_END;
      done = TRUE;
    }
  else
    done = take_resource (&line, error);
  if (!done)
    return FALSE;
  *out = line;
  line.node = NULL;
  return TRUE;
}

void
ghctl_export_line_clear (GhctlExportLine *line)
{
  g_clear_pointer (&line->node, json_node_unref);
}
