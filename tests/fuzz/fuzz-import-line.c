/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-draft.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GError) error = NULL;
  GhImportLine line;
  const gboolean done = gh_import_line_parse ((const char *) data, size, &line, &error);

  if (done == (error != NULL))
    g_error ("a result and an error, or neither");
  if (!done && (line.subject != NULL || line.key != NULL))
    g_error ("something of a line that was refused");
  if (done && (line.subject == NULL) != (line.key == NULL))
    g_error ("half of a line");
  gh_import_line_clear (&line);
  return 0;
}
