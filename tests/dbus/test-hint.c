/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-hint.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
assert_hint (const char *cgroup, const char *unit, const char *flatpak)
{
  g_auto (GhBusHint) hint = { NULL };

  gh_bus_hint_from_cgroup (cgroup, &hint);
  g_assert_cmpstr (hint.unit, ==, unit);
  g_assert_cmpstr (hint.flatpak, ==, flatpak);
}

static void
test_units_of_the_system_are_hints (void)
{
  assert_hint ("0::/system.slice/clock.service\n", "clock.service", NULL);
  assert_hint ("1:name=systemd:/x\n0::/system.slice/a@b.service/below\n", "a@b.service", NULL);
  assert_hint ("0::/user.slice/user-1000.slice/user@1000.service/app.slice/"
               "app-flatpak-org.example.Clock-4242.scope\n",
               NULL, "org.example.Clock");
}

/* As systemctl names it: what is escaped for the control group alone is not in the name. */
static void
test_units_have_the_names_of_systemd (void)
{
  assert_hint ("0::/system.slice/system-clock.slice/clock@home.service\n", "clock@home.service",
               NULL);
  assert_hint ("0::/system.slice/system-wall\\x2dclock.slice/wall-clock@home.service\n",
               "wall-clock@home.service", NULL);
  assert_hint ("0::/system.slice/system-a.slice/system-a-b.slice/c.service/below\n", "c.service",
               NULL);
  assert_hint ("0::/system.slice/clock@dev-tty\\x2da.service\n", "clock@dev-tty\\x2da.service",
               NULL);
  assert_hint ("0::/system.slice/_cpu.service\n", "cpu.service", NULL);
  assert_hint ("0::/system.slice/__clock.service/below\n", "_clock.service", NULL);
}

static void
test_flatpak_ids_may_be_escaped (void)
{
  assert_hint ("0::/app.slice/app-flatpak-org.example.Wall\\x2dclock-4242.scope\n", NULL,
               "org.example.Wall-clock");
  assert_hint ("0::/app.slice/app-flatpak-org.example.Wall-clock-4242.scope\n", NULL,
               "org.example.Wall-clock");
}

/* Users make units of their own, and files that only look like these. */
static void
test_what_users_make_is_none (void)
{
  static const char *const none[] = {
    "",
    "0::/",
    "garbage",
    "0::/user.slice/user-1000.slice/user@1000.service/app.slice/clock.service\n",
    "0::/user.slice/system.slice/clock.service\n",
    "0::/system.slice/.service\n",
    "0::/system.slice/clock.scope\n",
    "0::/system.slice/clock service.service\n",
    "0::/system.slice/a\\b.service\n",
    "0::/system.slice/a\\x2g.service\n",
    "0::/system.slice/a\\x2.service\n",
    "0::/system.slice/_.service\n",
    "0::/system.slice/_\n",
    "0::/system.slice/_",
    "0::/system.slice/system-clock.slice\n",
    "0::/system.slice/system-clock.slice/\n",
    "0::/system.slice/system-clock.slice/clock.scope/clock.service\n",
    "0::/system.slice/clock.slice/clock.service\n",
    "0::/system.slice/docker.scope/system.slice/clock.service\n",
    "1:cpu:/system.slice/clock.service\n",
    "0::/app.slice/app-flatpak-.scope\n",
    "0::/app.slice/app-flatpak--1.scope\n",
    "0::/app.slice/app-flatpak-org.example.Clock\n",
    "0::/app.slice/app-flatpak-a b-1.scope\n",
    "0::/app.slice/app-flatpak-a\\x00-1.scope\n",
    "0::/app.slice/app-flatpak-a\\x2fb-1.scope\n",
    "0::/app.slice/app-flatpak-a\\x5cx2d-1.scope\n",
    "0::/app.slice/app-flatpak-a\\x2-1.scope\n",
    "0::/app.slice/app-flatpak-\\x2d-.scope\\x2d\n",
  };

  for (guint i = 0; i < G_N_ELEMENTS (none); i++)
    assert_hint (none[i], NULL, NULL);
}

static void
test_long_names_are_none (void)
{
  g_autofree char *name = g_strnfill (200, 'x');
  g_autofree char *text = g_strdup_printf ("0::/system.slice/%s.service\n", name);

  assert_hint (text, NULL, NULL);
}

static void
test_start_time_is_behind_the_name (void)
{
  g_assert_cmpuint (gh_bus_start_time ("7 (a) S 1 7 7 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 4711 "
                                       "2 3 4"),
                    ==, 4711);
  g_assert_cmpuint (gh_bus_start_time ("7 (a) 1 (b ) S 1 7 7 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 "
                                       "4712 2 3 4"),
                    ==, 4712);
  g_assert_cmpuint (gh_bus_start_time (""), ==, 0);
  g_assert_cmpuint (gh_bus_start_time ("7 (a"), ==, 0);
  g_assert_cmpuint (gh_bus_start_time ("7 (a)"), ==, 0);
  g_assert_cmpuint (gh_bus_start_time ("7 (a) S 1 2 3"), ==, 0);
  g_assert_cmpuint (gh_bus_start_time ("7 (a) S 1 7 7 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 x 2"),
                    ==, 0);
}

/* Whatever it says of this process: of somebody else's it says nothing. */
static void
test_other_users_processes_have_none (void)
{
  g_auto (GhBusHint) hint = { NULL };

  gh_bus_hint_read ("/proc", (guint32) getpid (), getuid () + 1, &hint);
  g_assert_null (hint.unit);
  g_assert_null (hint.flatpak);
  gh_bus_hint_read ("/proc", 0, getuid (), &hint);
  g_assert_null (hint.unit);
  gh_bus_hint_read ("/proc", G_MAXUINT32, getuid (), &hint);
  g_assert_null (hint.unit);
}

/* --- a /proc of our own, in which process 7 is another one from some moment on --- */

typedef struct {
  char *root, *folder;
  guint64 before, after; /* start times, until cgroup is read and from then on */
} Proc;

static void
write_stat (const Proc *proc, guint64 start_time)
{
  g_autofree char *path = g_build_filename (proc->folder, "stat", NULL);
  g_autofree char *text = g_strdup_printf ("7 (x) S 1 7 7 0 -1 0 1 0 0 0 0 0 0 0 20 0 1 0 "
                                           "%" G_GUINT64_FORMAT " 2",
                                           start_time);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

/* Whoever opens cgroup waits for this one. */
static gpointer
feed (gpointer data)
{
  static const char cgroup[] = "0::/system.slice/clock.service\n";
  const Proc *proc = data;
  g_autofree char *path = g_build_filename (proc->folder, "cgroup", NULL);
  const int fd = open (path, O_WRONLY | O_CLOEXEC);

  g_assert_cmpint (fd, >=, 0);
  write_stat (proc, proc->after);
  g_assert_cmpint (write (fd, cgroup, strlen (cgroup)), ==, (gssize) strlen (cgroup));
  close (fd);
  return NULL;
}

static char *
unit_when (guint64 before, guint64 after)
{
  g_autofree char *root = g_dir_make_tmp ("gatehouse-hint-XXXXXX", NULL);
  g_autofree char *folder = g_build_filename (root, "7", NULL);
  g_autofree char *cgroup = g_build_filename (folder, "cgroup", NULL);
  g_autofree char *stat = g_build_filename (folder, "stat", NULL);
  Proc proc = { root, folder, before, after };
  g_auto (GhBusHint) hint = { NULL };

  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  g_assert_cmpint (mkfifo (cgroup, 0600), ==, 0);
  write_stat (&proc, before);
  GThread *feeder = g_thread_new ("feeder", feed, &proc);
  gh_bus_hint_read (root, 7, getuid (), &hint);
  g_thread_join (feeder);
  g_assert_cmpint (g_unlink (cgroup) + g_unlink (stat) + g_rmdir (folder) + g_rmdir (root), ==, 0);
  return g_steal_pointer (&hint.unit);
}

static void
test_another_process_with_the_number_has_none (void)
{
  g_autofree char *same = unit_when (4711, 4711);
  g_autofree char *later = unit_when (4711, 4712);

  g_assert_cmpstr (same, ==, "clock.service");
  g_assert_null (later);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hint/units-of-the-system-are-hints", test_units_of_the_system_are_hints);
  g_test_add_func ("/hint/units-have-the-names-of-systemd", test_units_have_the_names_of_systemd);
  g_test_add_func ("/hint/flatpak-ids-may-be-escaped", test_flatpak_ids_may_be_escaped);
  g_test_add_func ("/hint/what-users-make-is-none", test_what_users_make_is_none);
  g_test_add_func ("/hint/long-names-are-none", test_long_names_are_none);
  g_test_add_func ("/hint/start-time-is-behind-the-name", test_start_time_is_behind_the_name);
  g_test_add_func ("/hint/other-users-processes-have-none", test_other_users_processes_have_none);
  g_test_add_func ("/hint/another-process-with-the-number-has-none",
                   test_another_process_with_the_number_has_none);
  return g_test_run ();
}
