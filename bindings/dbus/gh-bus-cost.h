/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Limits of a message that is handed to GLib: octets of all of it, and of its header, and values in
 * its body, each of which costs about 300 octets and some microseconds while there are many; octets
 * below which nobody counts. */
#define GH_BUS_MAX_MESSAGE   (8 * 1024 * 1024 + 64 * 1024)
#define GH_BUS_MAX_HEADER    (64 * 1024)
#define GH_BUS_MAX_VALUES    65536
#define GH_BUS_SMALL_MESSAGE (64 * 1024)
#define GH_BUS_HEAD          16 /* octets from which the size of a message is known */

/** GhBusHead: what the first octets of a message of the bus say. */
typedef struct {
  gboolean big;   /* endian */
  gsize header;   /* octets of the header, with those that fill it up to eight */
  gsize complete; /* octets of all of it; at most 2^33 */
} GhBusHead;

/** gh_bus_head_parse: @data: GH_BUS_HEAD octets. FALSE: of no message (version 1 of the protocol).
 * Pure, as all of this. */
gboolean gh_bus_head_parse (const guint8 *data, GhBusHead *out) G_GNUC_WARN_UNUSED_RESULT;

/** gh_bus_message_is_cheap: @data: a whole message of @head. FALSE: it has more than
 * GH_BUS_MAX_VALUES values, or is not formed as it says. */
gboolean gh_bus_message_is_cheap (const guint8 *data, const GhBusHead *head);

/**
 * gh_bus_message_strip:
 * @data: the header of a message of @head, at least
 * @out: gets the message with a body of one empty text of the type "g", which no method takes, and
 * without descriptors
 *
 * Returns: FALSE: the header is not formed as it says
 */
gboolean gh_bus_message_strip (const guint8 *data, const GhBusHead *head, GByteArray *out)
  G_GNUC_WARN_UNUSED_RESULT;
#define GH_BUS_STRIPPED "g"

G_END_DECLS
