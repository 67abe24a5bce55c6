/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-registrar.h"

G_BEGIN_DECLS

/* What of the registrar's CSEBase is kept here. */
typedef struct {
  gint64 cse_type; /* m2m:cseTypeID; 0: not known */
  char *name;      /* resource name */
  char **releases; /* NULL: not known */
} GhRegistrarFacts;

void gh_registrar_facts_clear (GhRegistrarFacts *facts);

/** gh_registrar_describe: the attributes of this CSE's <remoteCSE> at the registrar; of an update
 * only those that may change. On any thread. (transfer full) */
GhBuffer *gh_registrar_describe (GhService *service, gboolean create, gint64 expires_us);

/** gh_registrar_mirror: makes or updates the <remoteCSE> of the registrar in this CSE; returns when
 * the writer has it. Not on the writer's thread. */
void gh_registrar_mirror (GhService *service, const GhRegistrarFacts *facts,
                          const char *const *urls);
/** gh_registrar_settle: what was in the writer's hands before is published when it returns. */
void gh_registrar_settle (GhService *service);
/** gh_registrar_forget: deletes the mirror. */
void gh_registrar_forget (GhService *service);

G_END_DECLS
