/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "primitive/gh-primitive.h"

G_BEGIN_DECLS

/** GhBusRegistration: what a program says of its AE. */
typedef struct {
  char *app_id, *ae_id, *name, *object; /* all but app_id may be NULL */
  GStrv labels, versions;               /* may be NULL */
  gboolean by_call;                     /* notifications go to @object */
  gboolean remove_on_exit;
} GhBusRegistration;

void gh_bus_registration_clear (GhBusRegistration *registration);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GhBusRegistration, gh_bus_registration_clear)

/** gh_bus_registration_parse: @options: the a{sv} of Register. FALSE with @fault (4000). @out is to
 * be cleared also then. Pure. */
gboolean gh_bus_registration_parse (GVariant *options, GhBusRegistration *out, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;
/** gh_bus_registration_to_json: the primitive that creates the AE below @cse_name.
 * Returns: (transfer full) */
char *gh_bus_registration_to_json (const GhBusRegistration *registration, const char *cse_name);

G_END_DECLS
