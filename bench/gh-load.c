/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <glib.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* A small HTTP/1.1 load generator: one thread, one epoll, keep-alive connections to loopback, one
 * request under way on each. It says how many requests were answered in a second, how long they
 * took, and how much processor time the server used for each. */

#define MAX_CONNECTIONS 10000
#define MAX_HEAD        16384
#define HISTOGRAM       200000 /* one a microsecond */

typedef struct {
  int fd;
  gsize sent;
  char head[MAX_HEAD];
  char *request;
  gsize head_length;
  gint64 body_left; /* -1: the head is not whole */
  gint64 began_us;
} Connection;

typedef struct {
  guint16 port;
  gboolean ipv6;
  char *request;
  gsize request_length;
  guint connections, status;
  gint64 warm_us, run_us;
  pid_t pid;
} Plan;

typedef struct {
  guint64 answered, failed, octets;
  guint32 histogram[HISTOGRAM + 1];
  gint64 longest_us;
} Tally;

static int
dial (const Plan *plan)
{
  struct sockaddr_in v4 = { .sin_family = AF_INET,
                            .sin_port = htons (plan->port),
                            .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
                             .sin6_port = htons (plan->port),
                             .sin6_addr = in6addr_loopback };
  const int one = 1;
  const int fd = socket (plan->ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int failed = plan->ipv6 ? connect (fd, (struct sockaddr *) &v6, sizeof v6)
                                : connect (fd, (struct sockaddr *) &v4, sizeof v4);

  if (fd < 0 || failed != 0 || setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) != 0)
    {
      fprintf (stderr, "gh-load: no connection to port %u: %s\n", plan->port, g_strerror (errno));
      exit (1);
    }
  return fd;
}

/* User and system time of a process, in microseconds (fields 14 and 15 of /proc/PID/stat). */
static gint64
processor_us (pid_t pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", (int) pid);
  g_autofree char *text = NULL;
  const char *at;
  unsigned long user = 0, kernel = 0;

  if (pid <= 0 || !g_file_get_contents (path, &text, NULL, NULL))
    return 0;
  at = strrchr (text, ')');
  if (at == NULL
      || sscanf (at + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &kernel)
           != 2)
    return 0;
  return (gint64) (user + kernel) * G_USEC_PER_SEC / sysconf (_SC_CLK_TCK);
}

static void
begin_request (const Plan *plan, Connection *c)
{
  const gssize n = send (c->fd, c->request, plan->request_length, MSG_NOSIGNAL);

  c->sent = n > 0 ? (gsize) n : 0;
  while (c->sent < plan->request_length)
    {
      const gssize more = send (c->fd, c->request + c->sent, plan->request_length - c->sent,
                                MSG_NOSIGNAL);

      if (more <= 0)
        break;
      c->sent += (gsize) more;
    }
  c->head_length = 0;
  c->body_left = -1;
  c->began_us = g_get_monotonic_time ();
}

static void
end_request (const Plan *plan, Connection *c, Tally *tally)
{
  const gint64 took_us = g_get_monotonic_time () - c->began_us;

  tally->histogram[CLAMP (took_us, 0, HISTOGRAM)]++;
  tally->longest_us = MAX (tally->longest_us, took_us);
  if ((guint) atoi (c->head + 9) == plan->status)
    tally->answered++;
  else if (tally->failed++ == 0)
    fprintf (stderr, "gh-load: unexpected answer: %.*s\n", (int) strcspn (c->head, "\r"), c->head);
}

/* Octets of the answer. FALSE when the connection is broken. */
static gboolean
take (Connection *c, Tally *tally)
{
  char part[65536];
  const gssize n = c->body_left >= 0
                     ? recv (c->fd, part, sizeof part, 0)
                     : recv (c->fd, c->head + c->head_length, MAX_HEAD - 1 - c->head_length, 0);
  const char *end, *field;

  if (n <= 0)
    return FALSE;
  tally->octets += (guint64) n;
  if (c->body_left >= 0)
    {
      c->body_left -= n;
      return TRUE;
    }
  c->head_length += (gsize) n;
  c->head[c->head_length] = '\0';
  end = strstr (c->head, "\r\n\r\n");
  if (end == NULL)
    return c->head_length < MAX_HEAD - 1;
  field = strcasestr (c->head, "\r\nContent-Length:");
  c->body_left = field != NULL && field < end ? strtoll (field + 17, NULL, 10) : 0;
  c->body_left -= (gint64) (c->head_length - (gsize) (end + 4 - c->head));
  return TRUE;
}

static void
reopen (const Plan *plan, Connection *c, int epoll, Tally *tally)
{
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };

  if (c->fd >= 0)
    {
      tally->failed++;
      close (c->fd);
    }
  c->fd = dial (plan);
  if (epoll_ctl (epoll, EPOLL_CTL_ADD, c->fd, &event) != 0)
    g_error ("epoll_ctl: %s", g_strerror (errno));
  begin_request (plan, c);
}

static void
run_until (const Plan *plan, int epoll, gint64 until_us, Tally *tally)
{
  struct epoll_event events[256];

  while (g_get_monotonic_time () < until_us)
    {
      const int n = epoll_wait (epoll, events, G_N_ELEMENTS (events), 100);

      for (int i = 0; i < n; i++)
        {
          Connection *c = events[i].data.ptr;

          if (!take (c, tally))
            reopen (plan, c, epoll, tally);
          else if (c->body_left == 0)
            {
              end_request (plan, c, tally);
              begin_request (plan, c);
            }
        }
    }
}

static gint64
quantile_us (const Tally *tally, double share)
{
  guint64 total = 0, seen = 0;

  for (guint i = 0; i <= HISTOGRAM; i++)
    total += tally->histogram[i];
  for (guint i = 0; i <= HISTOGRAM; i++)
    {
      seen += tally->histogram[i];
      if ((double) seen >= share * (double) total)
        return i;
    }
  return 0;
}

static void
report (const Plan *plan, const Tally *tally, gint64 took_us, gint64 server_us)
{
  const double seconds = (double) took_us / G_USEC_PER_SEC;
  const guint64 n = MAX (tally->answered + tally->failed, 1);

  printf ("%" G_GUINT64_FORMAT ",%.2f,%.0f,%.2f,%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT
          ",%" G_GINT64_FORMAT ",%" G_GUINT64_FORMAT "\n",
          tally->answered, seconds, (double) tally->answered / seconds,
          (double) server_us / (double) n, quantile_us (tally, 0.5), quantile_us (tally, 0.99),
          tally->longest_us, tally->failed);
}

static void
pin (int processor)
{
  cpu_set_t set;

  if (processor < 0)
    return;
  CPU_ZERO (&set);
  CPU_SET (processor, &set);
  if (sched_setaffinity (0, sizeof set, &set) != 0)
    fprintf (stderr, "gh-load: not pinned: %s\n", g_strerror (errno));
}

/* Its own request identifier where a field has room for one: of those under way no two are the
 * same. */
static char *
request_of (const Plan *plan, guint connection)
{
  static const char room[] = "NNNN";
  char digits[sizeof room];
  char *request = g_memdup2 (plan->request, plan->request_length + 1);
  char *at = strstr (request, room);

  if (at != NULL)
    {
      g_snprintf (digits, sizeof digits, "%04u", connection % 10000);
      memcpy (at, digits, sizeof room - 1);
    }
  return request;
}

static void
run (const Plan *plan)
{
  g_autofree Connection *connections = g_new0 (Connection, plan->connections);
  g_autofree Tally *tally = g_new0 (Tally, 1);
  const int epoll = epoll_create1 (EPOLL_CLOEXEC);
  gint64 began_us, server_us;

  for (guint i = 0; i < plan->connections; i++)
    {
      connections[i].fd = -1;
      connections[i].request = request_of (plan, i);
      reopen (plan, &connections[i], epoll, tally);
    }
  run_until (plan, epoll, g_get_monotonic_time () + plan->warm_us, tally);
  memset (tally, 0, sizeof *tally);
  server_us = processor_us (plan->pid);
  began_us = g_get_monotonic_time ();
  run_until (plan, epoll, began_us + plan->run_us, tally);
  server_us = processor_us (plan->pid) - server_us;
  report (plan, tally, g_get_monotonic_time () - began_us, server_us);
  for (guint i = 0; i < plan->connections; i++)
    {
      close (connections[i].fd);
      g_free (connections[i].request);
    }
  close (epoll);
}

int
main (int argc, char **argv)
{
  int port = 0, connections = 64, pid = 0, processor = -1, status = 200;
  double seconds = 5, warm = 1;
  gboolean ipv6 = FALSE, header = FALSE;
  g_autofree char *method = g_strdup ("GET"), *path = g_strdup ("/"), *body = g_strdup ("");
  g_auto (GStrv) fields = NULL;
  g_autofree char *joined = NULL, *request = NULL;
  g_autoptr (GError) error = NULL;
  const GOptionEntry entries[] = {
    { "port", 'p', 0, G_OPTION_ARG_INT, &port, "port on loopback", "PORT" },
    { "ipv6", '6', 0, G_OPTION_ARG_NONE, &ipv6, "use ::1", NULL },
    { "method", 'X', 0, G_OPTION_ARG_STRING, &method, "method", "METHOD" },
    { "path", 'u', 0, G_OPTION_ARG_STRING, &path, "request-target", "PATH" },
    { "field", 'H', 0, G_OPTION_ARG_STRING_ARRAY, &fields,
      "header field; NNNN in it is the number of the connection",
      "NAME: VALUE" },
    { "body", 'd', 0, G_OPTION_ARG_STRING, &body, "body", "TEXT" },
    { "connections", 'c', 0, G_OPTION_ARG_INT, &connections, "connections", "N" },
    { "seconds", 't', 0, G_OPTION_ARG_DOUBLE, &seconds, "measured time", "S" },
    { "warm", 'w', 0, G_OPTION_ARG_DOUBLE, &warm, "time before it", "S" },
    { "status", 's', 0, G_OPTION_ARG_INT, &status, "HTTP status that is expected", "STATUS" },
    { "pid", 'P', 0, G_OPTION_ARG_INT, &pid, "the server, for its processor time", "PID" },
    { "cpu", 'C', 0, G_OPTION_ARG_INT, &processor, "run on this processor", "N" },
    { "header", 0, 0, G_OPTION_ARG_NONE, &header, "print the names of the columns", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("- load an HTTP server on loopback");
  Plan plan;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      fprintf (stderr, "gh-load: %s\n", error->message);
      return 2;
    }
  if (header)
    {
      printf ("answered,seconds,requests/s,server us/request,p50 us,p99 us,max us,failed\n");
      return 0;
    }
  if (port <= 0 || port > 65535 || connections <= 0 || connections > MAX_CONNECTIONS)
    {
      fprintf (stderr, "gh-load: --port and --connections are out of range\n");
      return 2;
    }
  joined = fields != NULL ? g_strjoinv ("\r\n", fields) : g_strdup ("X-None: 1");
  request = *body != '\0' ? g_strdup_printf ("%s %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n"
                                             "Content-Length: %zu\r\n\r\n%s",
                                             method, path, joined, strlen (body), body)
                          : g_strdup_printf ("%s %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n\r\n",
                                             method, path, joined);
  plan = (Plan){ .port = (guint16) port,
                 .ipv6 = ipv6,
                 .request = request,
                 .request_length = strlen (request),
                 .connections = (guint) connections,
                 .status = (guint) status,
                 .warm_us = (gint64) (warm * G_USEC_PER_SEC),
                 .run_us = (gint64) (seconds * G_USEC_PER_SEC),
                 .pid = pid };
  pin (processor);
  run (&plan);
  return 0;
}
