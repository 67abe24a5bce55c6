/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "../../plugins/coap/gh-coap-signal.h"

#include <string.h>

static GhCoapSignalStatus
read_octets (const char *octets, gsize length, GhCoapSignal *out)
{
  /* A copy of this length, for the sanitizer. */
  g_autofree guint8 *copy = g_memdup2 (octets, length);
  GhCoapMessage message;

  g_assert_cmpuint (gh_coap_frame_size (copy, length), ==, length);
  g_assert_cmpint (gh_coap_frame_parse (&message, copy, length), ==, GH_COAP_PARSED);
  return gh_coap_signal_read (&message, out);
}

#define READ(text, out) read_octets (text, sizeof (text) - 1, out)

static void
test_read (void)
{
  GhCoapSignal signal;

  g_assert_cmpint (READ ("\x00\xe1", &signal), ==, GH_COAP_SIGNAL_READ);
  g_assert_cmpuint (signal.code, ==, COAP_SIGNALING_CSM);
  g_assert_cmpuint (signal.max_message, ==, 0);
  g_assert_false (signal.block_wise);
  g_assert_cmpint (READ ("\x40\xe1\x22\x08\x00\x20", &signal), ==, GH_COAP_SIGNAL_READ);
  g_assert_cmpuint (signal.max_message, ==, 2048);
  g_assert_true (signal.block_wise);
  g_assert_cmpint (READ ("\x01\xe2z", &signal), ==, GH_COAP_SIGNAL_READ);
  g_assert_false (signal.custody);
  g_assert_cmpint (READ ("\x11\xe2z\x20", &signal), ==, GH_COAP_SIGNAL_READ);
  g_assert_true (signal.custody);
  g_assert_cmpint (READ ("\x10\xe3\x20", &signal), ==, GH_COAP_SIGNAL_READ);
  g_assert_true (signal.custody);
  g_assert_cmpint (READ ("\x40\xe4\x21h\x21\x0a", &signal), ==, GH_COAP_SIGNAL_READ);
  g_assert_cmpuint (signal.hold_off_s, ==, 10);
  g_assert_cmpint (READ ("\x20\xe5\x21\x07", &signal), ==, GH_COAP_SIGNAL_READ);
  g_assert_cmpuint (signal.bad_option, ==, 7);
}

static void
test_elective_options_are_left_out (void)
{
  GhCoapSignal signal;

  /* 6: nobody's; a hold-off of four octets; a number of three */
  g_assert_cmpint (READ ("\x20\xe1\x61x", &signal), ==, GH_COAP_SIGNAL_READ);
  g_assert_cmpuint (signal.max_message, ==, 0);
  g_assert_cmpint (READ ("\x50\xe4\x44"
                         "abcd",
                         &signal),
                   ==, GH_COAP_SIGNAL_READ);
  g_assert_cmpuint (signal.hold_off_s, ==, 0);
  g_assert_cmpint (READ ("\x40\xe5\x23"
                         "abc",
                         &signal),
                   ==, GH_COAP_SIGNAL_READ);
  g_assert_cmpuint (signal.bad_option, ==, 0);
}

static void
test_refusals (void)
{
  GhCoapSignal signal;

  /* a critical option that nobody knows */
  g_assert_cmpint (READ ("\x10\xe1\x30", &signal), ==, GH_COAP_SIGNAL_BAD_OPTION);
  g_assert_cmpuint (signal.bad_option, ==, 3);
  g_assert_cmpint (READ ("\x10\xe2\x10", &signal), ==, GH_COAP_SIGNAL_BAD_OPTION);
  /* a size of five octets, of none, and below what can be answered */
  g_assert_cmpint (READ ("\x60\xe1\x25"
                         "abcde",
                         &signal),
                   ==, GH_COAP_SIGNAL_BAD_OPTION);
  g_assert_cmpuint (signal.bad_option, ==, COAP_SIGNALING_OPTION_MAX_MESSAGE_SIZE);
  g_assert_cmpint (READ ("\x10\xe1\x20", &signal), ==, GH_COAP_SIGNAL_BAD_OPTION);
  g_assert_cmpint (READ ("\x20\xe1\x21\x3f", &signal), ==, GH_COAP_SIGNAL_BAD_OPTION);
  g_assert_cmpint (READ ("\x20\xe1\x21\x40", &signal), ==, GH_COAP_SIGNAL_READ);
  /* codes that are not assigned */
  g_assert_cmpint (READ ("\x00\xe0", &signal), ==, GH_COAP_SIGNAL_UNKNOWN);
  g_assert_cmpint (READ ("\x00\xe6", &signal), ==, GH_COAP_SIGNAL_UNKNOWN);
  g_assert_cmpint (READ ("\x00\xff", &signal), ==, GH_COAP_SIGNAL_UNKNOWN);
}

/* What is written is read, and nothing shorter is. */
static void
check_written (const GhCoapMessage *message, GhCoapSignal *out)
{
  guint8 octets[256];
  gsize length = gh_coap_frame_write (message, octets, sizeof octets);
  GhCoapMessage again;

  g_assert_cmpuint (length, >, 0);
  g_assert_cmpint (read_octets ((const char *) octets, length, out), ==, GH_COAP_SIGNAL_READ);
  for (gsize i = 0; i < length; i++)
    {
      g_autofree guint8 *part = g_memdup2 (octets, i);
      guint64 size = gh_coap_frame_size (part, i);

      g_assert_true (size == 0 || size == length);
      g_assert_cmpint (gh_coap_frame_parse (&again, part, i), ==, GH_COAP_BROKEN);
    }
}

static void
test_written (void)
{
  GhCoapMessage message;
  GhCoapSignal signal;

  gh_coap_signal_csm (&message, 65536);
  check_written (&message, &signal);
  g_assert_cmpuint (signal.code, ==, COAP_SIGNALING_CSM);
  g_assert_cmpuint (signal.max_message, ==, 65536);
  g_assert_true (signal.block_wise);
  gh_coap_signal_pong (&message, (const guint8 *) "abc", 3, TRUE);
  check_written (&message, &signal);
  g_assert_cmpuint (signal.code, ==, COAP_SIGNALING_PONG);
  g_assert_true (signal.custody);
  gh_coap_signal_pong (&message, (const guint8 *) "", 0, FALSE);
  check_written (&message, &signal);
  g_assert_false (signal.custody);
  gh_coap_signal_abort (&message, 5, "no");
  check_written (&message, &signal);
  g_assert_cmpuint (signal.code, ==, COAP_SIGNALING_ABORT);
  g_assert_cmpuint (signal.bad_option, ==, 5);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/coap/signal/read", test_read);
  g_test_add_func ("/coap/signal/elective-options", test_elective_options_are_left_out);
  g_test_add_func ("/coap/signal/refusals", test_refusals);
  g_test_add_func ("/coap/signal/written", test_written);
  return g_test_run ();
}
