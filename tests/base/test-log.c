/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/gh-log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef void (*SpeakFunc) (void);

/* What @speak writes to standard error. */
static char *
captured (SpeakFunc speak)
{
  const int saved = dup (STDERR_FILENO);
  FILE *file = tmpfile ();
  g_autofree char *text = g_malloc0 (16384);
  gsize length;

  g_assert_nonnull (file);
  fflush (stderr);
  g_assert_cmpint (dup2 (fileno (file), STDERR_FILENO), >=, 0);
  speak ();
  g_assert_cmpint (dup2 (saved, STDERR_FILENO), >=, 0);
  close (saved);
  rewind (file);
  length = fread (text, 1, 16383, file);
  text[length] = '\0';
  fclose (file);
  return g_steal_pointer (&text);
}

static void
speak_fields (void)
{
  gh_log (GH_LOG_WARNING, "http", "request refused", "peer", "192.0.2.1", "nothing", NULL, "reason",
          "no such thing", NULL);
}

static void
test_line_has_level_area_message_and_fields (void)
{
  g_autofree char *line = captured (speak_fields);

  g_assert_cmpstr (line, ==,
                   "warning http: request refused peer=\"192.0.2.1\" reason=\"no such thing\"\n");
}

static void
speak_forgery (void)
{
  gh_log (GH_LOG_ERROR, "http", "refused", "from",
          "x\"\nerror writer: disk=\"\\full\x1b[1A\r\t\x7f\xff\xe2\x80\xae caf\xc3\xa9", NULL);
}

static void
test_value_cannot_forge_a_line (void)
{
  g_autofree char *line = captured (speak_forgery);

  g_assert_cmpstr (line, ==,
                   "error http: refused from=\"x\\\"\\nerror writer: "
                   "disk=\\\"\\\\full\\u{1b}[1A\\u{d}\\u{9}\\u{7f}\\xff\\u{202e} caf\xc3\xa9\"\n");
}

static void
speak_formatted (void)
{
  gh_logf (GH_LOG_ERROR, "cse", "%d \"resources\"\n in %s", 3, "a\\b");
}

static void
test_formatted_message_stays_on_one_line (void)
{
  g_autofree char *line = captured (speak_formatted);

  g_assert_cmpstr (line, ==, "error cse: 3 \"resources\"\\n in a\\b\n");
}

static void
speak_long (void)
{
  g_autofree char *value = g_strnfill (5000, 'a');

  gh_log (GH_LOG_ERROR, "http", "long", "value", value, NULL);
}

static void
test_long_value_is_cut (void)
{
  g_autofree char *line = captured (speak_long);

  g_assert_cmpuint (strlen (line), <, 1200);
  g_assert_true (g_str_has_suffix (line, "aaa...\"\n"));
}

static void
speak_all_levels (void)
{
  for (int level = GH_LOG_ERROR; level <= GH_LOG_DEBUG; level++)
    gh_log ((GhLogLevel) level, "x", "y", NULL);
  for (int level = GH_LOG_ERROR; level <= GH_LOG_DEBUG; level++)
    gh_logf ((GhLogLevel) level, "x", "z");
}

static void
test_less_urgent_levels_are_silent (void)
{
  const GhLogLevel before = gh_log_get_level ();
  g_autofree char *quiet = NULL;
  g_autofree char *loud = NULL;

  gh_log_set_level (GH_LOG_WARNING);
  quiet = captured (speak_all_levels);
  gh_log_set_level (GH_LOG_DEBUG);
  loud = captured (speak_all_levels);
  gh_log_set_level (before);
  g_assert_cmpstr (quiet, ==, "error x: y\nwarning x: y\nerror x: z\nwarning x: z\n");
  g_assert_true (g_str_has_suffix (loud, "debug x: z\n"));
}

static void
test_levels_have_names (void)
{
  GhLogLevel level;

  for (int i = GH_LOG_ERROR; i <= GH_LOG_DEBUG; i++)
    {
      g_assert_true (gh_log_level_from_string (gh_log_level_to_string ((GhLogLevel) i), &level));
      g_assert_cmpint (level, ==, i);
    }
  g_assert_false (gh_log_level_from_string ("", &level));
  g_assert_false (gh_log_level_from_string ("Error", &level));
  g_assert_false (gh_log_level_from_string ("trace", &level));
}

static guint
lines_in (const char *text)
{
  guint n = 0;

  for (; *text != '\0'; text++)
    n += *text == '\n';
  return n;
}

static void
speak_as_peers_do (void)
{
  gh_log_set_level (GH_LOG_INFO);
  for (guint i = 0; i < 100000; i++)
    if (gh_log_has_room (GH_LOG_INFO))
      gh_log (GH_LOG_INFO, "t", "x", NULL);
  gh_log (GH_LOG_INFO, "own", "said", NULL);
  gh_log_set_level (GH_LOG_NOTICE);
}

/* How fast the loop is decides only how much is refilled meanwhile. */
static void
test_a_flood_of_peers_is_cut (void)
{
  g_autofree char *text = captured (speak_as_peers_do);
  const guint lines = lines_in (text);

  g_assert_cmpuint (lines, >=, 1000);
  g_assert_cmpuint (lines, <, 100000);
  g_assert_nonnull (strstr (text, "info own: said\n"));
  g_assert_false (gh_log_has_room (GH_LOG_INFO));
}

static void
test_what_is_not_written_takes_no_room (void)
{
  gh_log_set_level (GH_LOG_NOTICE);
  for (guint i = 0; i < 5000; i++)
    g_assert_false (gh_log_has_room (GH_LOG_INFO));
  g_assert_true (gh_log_has_room (GH_LOG_NOTICE));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/log/line-has-level-area-message-and-fields",
                   test_line_has_level_area_message_and_fields);
  g_test_add_func ("/log/value-cannot-forge-a-line", test_value_cannot_forge_a_line);
  g_test_add_func ("/log/formatted-message-stays-on-one-line",
                   test_formatted_message_stays_on_one_line);
  g_test_add_func ("/log/long-value-is-cut", test_long_value_is_cut);
  g_test_add_func ("/log/less-urgent-levels-are-silent", test_less_urgent_levels_are_silent);
  g_test_add_func ("/log/levels-have-names", test_levels_have_names);
  g_test_add_func ("/log/what-is-not-written-takes-no-room",
                   test_what_is_not_written_takes_no_room);
  g_test_add_func ("/log/a-flood-of-peers-is-cut", test_a_flood_of_peers_is_cut);
  return g_test_run ();
}
