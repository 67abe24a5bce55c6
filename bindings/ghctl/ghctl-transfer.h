/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* The lines that `ghctl export` writes and `ghctl import` reads; ghctl(1) describes them.
 *
 * {"gatehouse-export":1,"root":"gatehouse/sensor","time":"2026-11-22T06:15:00Z","by":"0.1.0"}
 * {"path":"","pc":{"m2m:ae":{...}}}
 * {"path":"temperature","pc":{"m2m:cnt":{...}}}
 * {"end":2}
 */
#define GHCTL_EXPORT_MARK    "gatehouse-export"
#define GHCTL_EXPORT_VERSION 1

/** GHCTL_EXPORT_MAX_LINE: octets of one line. */
#define GHCTL_EXPORT_MAX_LINE (16 * 1024 * 1024)

/** GhctlExportLine: one line that was read. */
typedef struct {
  enum { GHCTL_LINE_HEADER, GHCTL_LINE_RESOURCE, GHCTL_LINE_END } kind;
  JsonNode *node; /* all of it; owned. The rest is borrowed from it. */
  const char *root;
  const char *path, *root_name;
  JsonObject *object;   /* the line */
  JsonObject *resource; /* of a type of this build */
  gint64 end;           /* how many resources there are */
} GhctlExportLine;

/**
 * ghctl_export_line_parse:
 * @text: UTF-8, of at most %GHCTL_EXPORT_MAX_LINE octets, not nested deeper than the reader of JSON
 * takes; it may come from anybody
 * @first: is it the first one?
 * Pure. FALSE with @error (%GHCTL_USAGE): what is wrong in it, and @out is cleared.
 */
gboolean ghctl_export_line_parse (const char *text, gboolean first, GhctlExportLine *out,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
void ghctl_export_line_clear (GhctlExportLine *line);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GhctlExportLine, ghctl_export_line_clear)

G_END_DECLS
