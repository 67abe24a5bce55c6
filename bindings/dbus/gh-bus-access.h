/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-bus-job.h"
#include "gh-cse-explain.h"

G_BEGIN_DECLS

/** GhBusExplain: a question; its texts are those of the parameters that it was read from. */
typedef struct {
  GhExplainQuestion question;
  GVariant *context;
  guint8 address[16]; /* that of the question, when it has one */
} GhBusExplain;

/** gh_bus_explain_parse: @parameters: (sssa{sv}), which must live as long as @out. FALSE with
 * @error (BAD_REQUEST), which names what is wrong; @out is to be cleared also then. Pure. */
gboolean gh_bus_explain_parse (GVariant *parameters, GhBusExplain *out, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
void gh_bus_explain_clear (GhBusExplain *explain);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GhBusExplain, gh_bus_explain_clear)

/** gh_bus_access_explain: the method Explain. */
gboolean gh_bus_access_explain (GhBusJob *job, GError **error);

G_END_DECLS
