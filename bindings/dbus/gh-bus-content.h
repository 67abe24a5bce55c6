/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "primitive/gh-json-writer.h"
#include "primitive/gh-primitive.h"

G_BEGIN_DECLS

#define GH_BUS_MAX_CONTENT GH_REQUEST_MAX_JSON /* octets of a variant that becomes JSON */
#define GH_BUS_MAX_DEPTH   16                  /* dictionaries, arrays and variants in each other */

/** GhBusQuestion: a request primitive in the making. */
typedef struct {
  GhOperation operation;
  const char *originator, *target;
  guint type;        /* of a create; else 0 */
  GVariant *content; /* s or a{sv}; NULL: none */
  GVariant *filter;  /* a{sv} that goes before that of @options; NULL: none */
  GVariant *options; /* a{sv} */
  gboolean discovery;
} GhBusQuestion;

/**
 * gh_bus_question_to_json:
 * The request primitive of what a caller of the bus gave. Texts of JSON are parsed before they
 * become a part of it, so that they stay one value. What is a well-formed parameter is for
 * gh_request_from_json() to say. NULL with @fault (4000, the argument is named). Pure.
 * Returns: (transfer full)
 */
char *gh_bus_question_to_json (const GhBusQuestion *question, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_bus_value_to_json: appends @value. FALSE with @fault (4000): a type without a form in JSON, a
 * name of a member that is none, too deep. Pure. */
gboolean gh_bus_value_to_json (GVariant *value, GhJsonWriter *json, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
