/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What libmicrohttpd can do with nothing behind it: the ceiling of the HTTP rows. Every request is
 * answered with a body of --size octets, at once, or (--suspend) by another thread, after the
 * connection was suspended. Prints its port; ends when standard input does. */

typedef struct {
  int size;
  gint suspend;
  GAsyncQueue *work;
  char *body;
} Echo;

static gpointer
run_worker (gpointer data)
{
  Echo *echo = data;
  gpointer item;

  while ((item = g_async_queue_pop (echo->work)) != echo)
    MHD_resume_connection (item);
  return NULL;
}

static enum MHD_Result
answer (const Echo *echo, struct MHD_Connection *connection)
{
  struct MHD_Response *response = MHD_create_response_from_buffer ((size_t) echo->size, echo->body,
                                                                   MHD_RESPMEM_MUST_COPY);
  enum MHD_Result result;

  MHD_add_response_header (response, "Content-Type", "application/json");
  result = MHD_queue_response (connection, MHD_HTTP_OK, response);
  MHD_destroy_response (response);
  return result;
}

static enum MHD_Result
handle (void *cls, struct MHD_Connection *connection, const char *url, const char *method,
        const char *version, const char *data, size_t *size, void **context)
{
  static const int seen, slept;
  Echo *echo = cls;

  if (*context == NULL)
    {
      *context = (void *) &seen;
      return MHD_YES;
    }
  if (*size > 0)
    {
      *size = 0;
      return MHD_YES;
    }
  if (g_atomic_int_get (&echo->suspend) && *context == &seen)
    {
      *context = (void *) &slept;
      MHD_suspend_connection (connection);
      g_async_queue_push (echo->work, connection);
      return MHD_YES;
    }
  return answer (echo, connection);
}

int
main (int argc, char **argv)
{
  Echo echo = { .size = 300 };
  int threads = (int) g_get_num_processors ();
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  const GOptionEntry entries[] = {
    { "size", 's', 0, G_OPTION_ARG_INT, &echo.size, "octets of a body", "N" },
    { "threads", 't', 0, G_OPTION_ARG_INT, &threads, "threads", "N" },
    { "suspend", 0, 0, G_OPTION_ARG_NONE, &echo.suspend, "answer from another thread", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("- answer HTTP requests");
  g_autoptr (GError) error = NULL;
  GThread *worker = NULL;
  struct MHD_Daemon *daemon;
  gpointer late;
  char c;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || echo.size < 0)
    {
      fprintf (stderr, "bench-http-echo: %s\n", error != NULL ? error->message : "--size");
      return 2;
    }
  echo.body = g_strnfill ((gsize) echo.size, 'x');
  echo.work = g_async_queue_new ();
  if (echo.suspend)
    worker = g_thread_new ("worker", run_worker, &echo);
  daemon = MHD_start_daemon (MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL,
                             NULL, handle, &echo, MHD_OPTION_SOCK_ADDR, &address,
                             MHD_OPTION_THREAD_POOL_SIZE, threads > 1 ? (guint) threads : 0u,
                             MHD_OPTION_END);
  if (daemon == NULL)
    return 1;
  printf ("%u\n", MHD_get_daemon_info (daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
  fflush (stdout);
  while (read (STDIN_FILENO, &c, 1) > 0)
    ;
  /* The library must not be stopped with connections asleep. */
  g_atomic_int_set (&echo.suspend, FALSE);
  if (worker != NULL)
    {
      g_async_queue_push (echo.work, &echo);
      g_thread_join (worker);
    }
  while ((late = g_async_queue_timeout_pop (echo.work, 10000)) != NULL)
    MHD_resume_connection (late);
  MHD_stop_daemon (daemon);
  g_async_queue_unref (echo.work);
  g_free (echo.body);
  return 0;
}
