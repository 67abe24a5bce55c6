/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-cost.h"

#include <gio/gio.h>
#include <string.h>

/* A message of the bus before GLib reads it: nothing is read behind its end; what GLib writes, and
 * is too small to be dear, passes; and what is left of one without its arguments is one that GLib
 * takes. */

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static GDBusMessage *
read_message (const guint8 *data, gsize size)
{
  return g_dbus_message_new_from_blob ((guchar *) data, size,
                                       G_DBUS_CAPABILITY_FLAGS_UNIX_FD_PASSING, NULL);
}

/* GLib also reads what the bus would not pass on; what it writes is right. */
static void
check_written (GDBusMessage *message)
{
  g_autoptr (GByteArray) stripped = g_byte_array_new ();
  g_autoptr (GDBusMessage) rest = NULL;
  gsize size = 0;
  g_autofree guint8 *blob = g_dbus_message_to_blob (message, &size,
                                                    G_DBUS_CAPABILITY_FLAGS_UNIX_FD_PASSING, NULL);
  GhBusHead head;

  if (blob == NULL)
    return;
  g_assert_true (gh_bus_head_parse (blob, &head) && head.complete == size);
  g_assert_true (size > GH_BUS_SMALL_MESSAGE || gh_bus_message_is_cheap (blob, &head));
  g_assert_true (gh_bus_message_strip (blob, &head, stripped));
  rest = read_message (stripped->data, stripped->len);
  g_assert_nonnull (rest);
  g_assert_cmpstr (g_dbus_message_get_signature (rest), ==, GH_BUS_STRIPPED);
  g_assert_cmpstr (g_dbus_message_get_member (rest), ==, g_dbus_message_get_member (message));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GByteArray) stripped = g_byte_array_new ();
  g_autoptr (GDBusMessage) whole = NULL;
  g_autofree guint8 *copy = NULL;
  GhBusHead head, rest;

  if (size < GH_BUS_HEAD || !gh_bus_head_parse (data, &head) || head.complete > size)
    return 0;
  /* exactly as long as it says, so that what is read behind it is seen */
  copy = g_memdup2 (data, head.complete);
  (void) gh_bus_message_is_cheap (copy, &head);
  if (gh_bus_message_strip (copy, &head, stripped)
      && (!gh_bus_head_parse (stripped->data, &rest) || rest.complete != stripped->len))
    g_error ("what was stripped is no message");
  whole = head.complete <= GH_BUS_SMALL_MESSAGE ? read_message (copy, head.complete) : NULL;
  if (whole != NULL)
    check_written (whole);
  return 0;
}
