/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tour-processes.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixinputstream.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define STOP_LIMIT_MS 10000

struct _TourProcesses {
  GMutex lock;  /* the signal thread and the main one may stop at the same time */
  GArray *pids; /* GPid */
  char *folder;
  gboolean stopped;
  gint exit_status; /* atomic */
};

static void
fill_signals (sigset_t *set)
{
  sigemptyset (set);
  sigaddset (set, SIGINT);
  sigaddset (set, SIGTERM);
  sigaddset (set, SIGHUP);
}

static gpointer
wait_for_signals (gpointer user_data)
{
  TourProcesses *processes = user_data;
  sigset_t set;
  int number = 0;

  fill_signals (&set);
  while (sigwait (&set, &number) != 0)
    continue;
  printf ("\n");
  fflush (stdout);
  tour_processes_stop (processes);
  _exit (number == SIGINT ? g_atomic_int_get (&processes->exit_status) : 128 + number);
}

TourProcesses *
tour_processes_new (GError **error)
{
  g_autofree char *folder = g_dir_make_tmp ("gatehouse-tour-XXXXXX", error);
  sigset_t set;

  if (folder == NULL)
    return NULL;
  TourProcesses *processes = g_new0 (TourProcesses, 1);
  g_mutex_init (&processes->lock);
  processes->pids = g_array_new (FALSE, FALSE, sizeof (GPid));
  processes->folder = g_steal_pointer (&folder);
  processes->exit_status = 128 + SIGINT;
  fill_signals (&set);
  pthread_sigmask (SIG_BLOCK, &set, NULL);
  g_thread_unref (g_thread_new ("signals", wait_for_signals, processes));
  return processes;
}

const char *
tour_processes_get_folder (const TourProcesses *processes)
{
  return processes->folder;
}

/* Whoever presses Ctrl-C at the end of the tour has done nothing wrong. */
void
tour_processes_set_exit_status (TourProcesses *processes, int status)
{
  g_atomic_int_set (&processes->exit_status, status);
}

/* Runs in the child between fork and exec: system calls only. */
static void
prepare_child (gpointer user_data)
{
  sigset_t set;

  /* Ctrl-C is for the tour, which then stops its programs in order. */
  setpgid (0, 0);
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  fill_signals (&set);
  sigprocmask (SIG_UNBLOCK, &set, NULL);
}

gboolean
tour_processes_start (TourProcesses *processes, const char *const *arguments, const char *log_name,
                      GInputStream **out_output, GError **error)
{
  GPid pid = 0;
  int output[2] = { -1, -1 };
  int log_fd = STDERR_FILENO;

  if (log_name != NULL)
    {
      g_autofree char *log_path = g_build_filename (processes->folder, log_name, NULL);
      log_fd = g_open (log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    }
  if (log_fd < 0 || (out_output != NULL && pipe2 (output, O_CLOEXEC) != 0))
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s: %s", arguments[0],
                   g_strerror (errno));
      return FALSE;
    }
  gboolean started = g_spawn_async_with_pipes_and_fds (
    NULL, arguments, NULL, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH, prepare_child, NULL, -1,
    out_output != NULL ? output[1] : log_fd, log_fd, NULL, NULL, 0, &pid, NULL, NULL, NULL, error);
  if (log_name != NULL)
    close (log_fd);
  if (out_output != NULL)
    close (output[1]);
  if (!started)
    {
      if (out_output != NULL)
        close (output[0]);
      return FALSE;
    }
  if (out_output != NULL)
    *out_output = g_unix_input_stream_new (output[0], TRUE);
  g_mutex_lock (&processes->lock);
  g_array_append_val (processes->pids, pid);
  g_mutex_unlock (&processes->lock);
  return TRUE;
}

/* A process that does not end when asked is ended after a while; a pidfd is what can be waited for
 * with a limit. */
static void
end_process (GPid pid)
{
  int pidfd = (int) syscall (SYS_pidfd_open, pid, 0);
  struct pollfd descriptor = { .fd = pidfd, .events = POLLIN };

  kill (pid, SIGTERM);
  if (pidfd >= 0)
    {
      if (poll (&descriptor, 1, STOP_LIMIT_MS) == 0)
        kill (pid, SIGKILL);
      close (pidfd);
    }
  while (waitpid (pid, NULL, 0) < 0 && errno == EINTR)
    continue;
}

/* The folder holds files only, and folders of files that the daemon made. */
static void
remove_tree (const char *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);
      if (g_file_test (child, G_FILE_TEST_IS_DIR) && !g_file_test (child, G_FILE_TEST_IS_SYMLINK))
        remove_tree (child);
      else
        g_unlink (child);
    }
  g_rmdir (path);
}

void
tour_processes_stop (TourProcesses *processes)
{
  g_mutex_lock (&processes->lock);
  if (!processes->stopped)
    {
      processes->stopped = TRUE;
      for (guint i = processes->pids->len; i > 0; i--)
        end_process (g_array_index (processes->pids, GPid, i - 1));
      remove_tree (processes->folder);
    }
  g_mutex_unlock (&processes->lock);
}

char *
tour_read_line (GInputStream *stream, guint timeout_ms, GError **error)
{
  g_autoptr (GString) line = g_string_new (NULL);
  gint64 deadline = g_get_monotonic_time () + (gint64) timeout_ms * 1000;
  struct pollfd descriptor = { .fd = g_unix_input_stream_get_fd (G_UNIX_INPUT_STREAM (stream)),
                               .events = POLLIN };

  for (;;)
    {
      char octet;
      gint64 left_ms = (deadline - g_get_monotonic_time ()) / 1000;
      int ready = left_ms > 0 ? poll (&descriptor, 1, (int) left_ms) : 0;
      if (ready < 0 && errno == EINTR)
        continue;
      if (ready <= 0)
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "it says nothing for %u s",
                       timeout_ms / 1000);
          return NULL;
        }
      gssize n = read (descriptor.fd, &octet, 1);
      if (n <= 0)
        {
          g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "it has ended");
          return NULL;
        }
      if (octet == '\n')
        return g_string_free (g_steal_pointer (&line), FALSE);
      g_string_append_c (line, octet);
    }
}
