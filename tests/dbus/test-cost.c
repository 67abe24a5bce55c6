/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-cost.h"

#include <gio/gio.h>
#include <gio/gunixfdlist.h>
#include <string.h>
#include <unistd.h>

/* A call with @body, which it takes when that floats, and with what else a header has. */
static GDBusMessage *
call_new (GVariant *body, gboolean big)
{
  GDBusMessage *message = g_dbus_message_new_method_call (
    "org.gatehouse.Gatehouse1", "/org/gatehouse/Gatehouse1", "org.gatehouse.Gatehouse1", "Request");

  g_dbus_message_set_byte_order (message, big ? G_DBUS_MESSAGE_BYTE_ORDER_BIG_ENDIAN
                                              : G_DBUS_MESSAGE_BYTE_ORDER_LITTLE_ENDIAN);
  g_dbus_message_set_serial (message, 4711);
  g_dbus_message_set_sender (message, ":1.7");
  if (body != NULL)
    g_dbus_message_set_body (message, body);
  return message;
}

static guint8 *
blob_of (GDBusMessage *message, gsize *size)
{
  g_autoptr (GError) error = NULL;
  guint8 *blob = g_dbus_message_to_blob (message, size, G_DBUS_CAPABILITY_FLAGS_UNIX_FD_PASSING,
                                         &error);

  g_assert_no_error (error);
  return blob;
}

/* Its head says how large it is, and what is stripped of it is the same call. */
static gboolean
is_cheap (GVariant *body, gboolean big)
{
  g_autoptr (GDBusMessage) message = call_new (body, big);
  g_autoptr (GByteArray) stripped = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  gsize size = 0;
  g_autofree guint8 *blob = blob_of (message, &size);
  GhBusHead head;

  g_assert_true (gh_bus_head_parse (blob, &head));
  g_assert_cmpuint (head.complete, ==, size);
  g_assert_true (gh_bus_message_strip (blob, &head, stripped));
  g_autoptr (GDBusMessage) rest = g_dbus_message_new_from_blob (
    stripped->data, stripped->len, G_DBUS_CAPABILITY_FLAGS_UNIX_FD_PASSING, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (g_dbus_message_get_signature (rest), ==, GH_BUS_STRIPPED);
  g_assert_cmpuint (g_dbus_message_get_serial (rest), ==, 4711);
  g_assert_cmpuint (g_dbus_message_get_num_unix_fds (rest), ==, 0);
  g_assert_cmpstr (g_dbus_message_get_sender (rest), ==, ":1.7");
  g_assert_cmpstr (g_dbus_message_get_path (rest), ==, "/org/gatehouse/Gatehouse1");
  g_assert_cmpstr (g_dbus_message_get_interface (rest), ==, "org.gatehouse.Gatehouse1");
  g_assert_cmpstr (g_dbus_message_get_member (rest), ==, "Request");
  return gh_bus_message_is_cheap (blob, &head);
}

static void
test_calls_are_cheap (void)
{
  static const char *const bodies[] = {
    "()",
    "('text',)",
    "('CAdmin', 'gatehouse', uint32 3, <'{}'>, @a{sv} {})",
    "('a', <{'b': <[1, 2, 3]>, 'c': <@ay []>, 'd': <[(true, 1.5)]>}>, {'e': <<<'f'>>>})",
    "(byte 1, int16 2, uint16 3, 4, uint32 5, int64 6, uint64 7, 8.0, false)",
    "(objectpath '/a', signature 'a{sv}', [['x'], []], @a(tas) [], {byte 1: <'y'>})",
    "(@ax [], @aax [[]], [{'k': @ay []}])",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    for (int big = 0; big < 2; big++)
      {
        g_autoptr (GVariant) body = g_variant_parse (NULL, bodies[i], NULL, NULL, NULL);
        g_assert_true (is_cheap (body, big));
      }
  g_assert_true (is_cheap (NULL, FALSE));
}

static GVariant *
many (const char *type, guint n)
{
  g_auto (GVariantBuilder) all = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE (type));

  for (guint i = 0; i < n; i++)
    if (g_str_equal (type, "av"))
      g_variant_builder_add (&all, "v", g_variant_new_byte (1));
    else
      g_variant_builder_add (&all, "s", "");
  return g_variant_new ("(v)", g_variant_builder_end (&all));
}

static void
test_many_values_are_not_cheap (void)
{
  g_assert_true (is_cheap (many ("as", GH_BUS_MAX_VALUES - 16), FALSE));
  g_assert_false (is_cheap (many ("as", GH_BUS_MAX_VALUES), FALSE));
  g_assert_true (is_cheap (many ("av", GH_BUS_MAX_VALUES / 2 - 16), TRUE));
  g_assert_false (is_cheap (many ("av", GH_BUS_MAX_VALUES / 2 + 1), TRUE));
}

static void
test_octets_are_one_value (void)
{
  g_autofree char *octets = g_malloc0 (4 * GH_BUS_MAX_VALUES);
  GVariant *array = g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, octets, 4 * GH_BUS_MAX_VALUES,
                                               1);

  g_assert_true (is_cheap (g_variant_new ("(v)", array), FALSE));
}

static void
test_descriptors_are_stripped (void)
{
  g_autoptr (GDBusMessage) message = call_new (g_variant_new ("(h)", 0), FALSE);
  g_autoptr (GUnixFDList) list = g_unix_fd_list_new ();
  g_autoptr (GByteArray) stripped = g_byte_array_new ();
  gsize size = 0;
  GhBusHead head;

  g_assert_cmpint (g_unix_fd_list_append (list, STDIN_FILENO, NULL), ==, 0);
  g_dbus_message_set_unix_fd_list (message, list);
  g_autofree guint8 *blob = blob_of (message, &size);
  g_assert_true (gh_bus_head_parse (blob, &head));
  g_assert_true (gh_bus_message_is_cheap (blob, &head));
  g_assert_true (gh_bus_message_strip (blob, &head, stripped));
  g_autoptr (GDBusMessage) rest = g_dbus_message_new_from_blob (
    stripped->data, stripped->len, G_DBUS_CAPABILITY_FLAGS_UNIX_FD_PASSING, NULL);
  g_assert_nonnull (rest);
  g_assert_cmpuint (g_dbus_message_get_num_unix_fds (rest), ==, 0);
}

/* Each octet of it in turn is another one; nothing is read behind its end. */
static void
test_whatever_it_is (void)
{
  g_autoptr (GDBusMessage) message = call_new (
    g_variant_new_parsed ("('a', <{'b': <[1, 2, 3]>, 'c': <[(true, 1.5)]>}>)"), FALSE);
  gsize size = 0;
  g_autofree guint8 *blob = blob_of (message, &size);

  for (gsize at = 0; at < size; at++)
    for (guint value = 0; value < 256; value += 17)
      {
        g_autofree guint8 *other = g_memdup2 (blob, size);
        g_autoptr (GByteArray) stripped = g_byte_array_new ();
        GhBusHead head;

        other[at] = (guint8) value;
        if (!gh_bus_head_parse (other, &head) || head.complete > size)
          continue;
        (void) gh_bus_message_is_cheap (other, &head);
        if (gh_bus_message_strip (other, &head, stripped))
          g_assert_cmpuint (stripped->len, <=, size + 32);
      }
}

static void
test_other_protocols_are_none (void)
{
  static const char head[] = "l\1\0\1\0\0\0\0\1\0\0\0\0\0\0";
  guint8 octets[GH_BUS_HEAD];
  GhBusHead parsed;

  memcpy (octets, head, sizeof octets);
  g_assert_true (gh_bus_head_parse (octets, &parsed));
  g_assert_cmpuint (parsed.complete, ==, 16);
  octets[3] = 2;
  g_assert_false (gh_bus_head_parse (octets, &parsed));
  octets[3] = 1;
  octets[0] = 'x';
  g_assert_false (gh_bus_head_parse (octets, &parsed));
  octets[0] = 'B';
  memset (octets + 4, 0xff, 12);
  g_assert_true (gh_bus_head_parse (octets, &parsed));
  g_assert_cmpuint (parsed.header, >, GH_BUS_MAX_HEADER);
  g_assert_cmpuint (parsed.complete, >, G_MAXUINT32);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cost/calls-are-cheap", test_calls_are_cheap);
  g_test_add_func ("/cost/many-values-are-not-cheap", test_many_values_are_not_cheap);
  g_test_add_func ("/cost/octets-are-one-value", test_octets_are_one_value);
  g_test_add_func ("/cost/descriptors-are-stripped", test_descriptors_are_stripped);
  g_test_add_func ("/cost/whatever-it-is", test_whatever_it_is);
  g_test_add_func ("/cost/other-protocols-are-none", test_other_protocols_are_none);
  return g_test_run ();
}
