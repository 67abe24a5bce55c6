/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-http-lines.h"

#include "base/gh-log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define POLL_MS         1000
#define RESOLVE_POLL_MS 20
#define BACKLOG         64

/* libcurl connects its sockets itself, whatever a program hands it, and uses no connection of an
 * abstract name twice (both seen in 7.88). So it connects to a socket of ours, which has lost its
 * name in the file system again: the only way to it is a descriptor of this process. Each of
 * libcurl's sockets has a name that the kernel gave it, and only whoever arrives with such a name
 * is served. */

typedef struct {
  struct sockaddr_un name;
  socklen_t length;
  GhHttpLineUser *user;
} Expected;

typedef struct {
  GhHttpPump *pump;
  GhHttpLineUser *user; /* that it was made for, while it runs */
  struct sockaddr_un name; /* of libcurl's end */
  socklen_t length;
} Line;

struct _GhHttpLines {
  GhSecurity *security;
  GhTlsContext *context;
  gint64 connect_timeout_us;
  GThreadPool *resolvers;
  int listener;
  int place;        /* O_PATH of the listener's name */
  char path[40];    /* the way to it */
  GPtrArray *lines; /* Line */
  GArray *expected; /* Expected */

  GMutex lock;    /* of what follows */
  GArray *ending; /* guint64: associations to end */
};

static void
line_free (gpointer data)
{
  Line *line = data;

  gh_http_pump_free (line->pump);
  g_free (line);
}

/* Binds the listener to a name in @folder, and takes the name away again. */
static gboolean
bind_hidden (GhHttpLines *lines, const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "s", NULL);
  struct sockaddr_un name = { .sun_family = AF_UNIX };

  if (g_strlcpy (name.sun_path, path, sizeof name.sun_path) >= sizeof name.sun_path
      || bind (lines->listener, (const struct sockaddr *) &name, sizeof name) != 0)
    return FALSE;
  lines->place = open (path, O_PATH | O_CLOEXEC);
  (void) unlink (path);
  g_snprintf (lines->path, sizeof lines->path, "/proc/self/fd/%d", lines->place);
  return lines->place >= 0 && listen (lines->listener, BACKLOG) == 0;
}

static gboolean
open_listener (GhHttpLines *lines)
{
  g_autofree char *folder = g_dir_make_tmp ("gatehouse-XXXXXX", NULL);
  gboolean ok;

  lines->listener = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  ok = folder != NULL && lines->listener >= 0 && bind_hidden (lines, folder);
  if (folder != NULL)
    (void) rmdir (folder);
  return ok;
}

GhHttpLines *
gh_http_lines_new (const GhTransportHost *host)
{
  static const char *const alpn[] = { "http/1.1", NULL };
  const GhConfig *config = host->config;
  const GhTlsContextConfig options = {
    .profile = gh_tls_profile_find (gh_config_get_string (config, "http", "tls-profile")),
    .role = GH_TLS_CLIENT,
    .raw_keys = TRUE,
    .ticket_lifetime_s = (guint) gh_config_get_integer (config, "http", "ticket-lifetime"),
    .alpn = alpn,
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (GhTlsContext) context = gh_tls_context_new (host->security, &options, &error);
  GhHttpLines *lines;

  if (context == NULL)
    {
      gh_log (GH_LOG_WARNING, "http", "no outgoing https", "reason", error->message, NULL);
      return NULL;
    }
  lines = g_new0 (GhHttpLines, 1);
  lines->security = host->security;
  lines->listener = lines->place = -1;
  lines->context = g_steal_pointer (&context);
  lines->connect_timeout_us = gh_config_get_integer (config, "http", "notify-connect-timeout")
                              * G_USEC_PER_SEC;
  lines->lines = g_ptr_array_new_with_free_func (line_free);
  lines->ending = g_array_new (FALSE, FALSE, sizeof (guint64));
  lines->expected = g_array_new (FALSE, FALSE, sizeof (Expected));
  lines->resolvers = gh_http_lookup_pool ();
  g_mutex_init (&lines->lock);
  if (open_listener (lines))
    return lines;
  gh_log (GH_LOG_WARNING, "http", "no outgoing https", "reason", g_strerror (errno), NULL);
  gh_http_lines_free (lines);
  return NULL;
}

void
gh_http_lines_free (GhHttpLines *lines)
{
  g_ptr_array_unref (lines->lines);
  g_array_unref (lines->ending);
  g_array_unref (lines->expected);
  g_thread_pool_free (lines->resolvers, FALSE, FALSE);
  if (lines->listener >= 0)
    close (lines->listener);
  if (lines->place >= 0)
    close (lines->place);
  gh_tls_context_unref (lines->context);
  g_mutex_clear (&lines->lock);
  g_free (lines);
}

static curl_socket_t
open_socket (void *user_data, curlsocktype purpose, struct curl_sockaddr *remote)
{
  GhHttpLineUser *user = user_data;
  const struct sockaddr_un unnamed = { .sun_family = AF_UNIX };
  Expected expected = { .length = sizeof expected.name, .user = user };
  int fd;

  if (remote->family != AF_UNIX)
    return CURL_SOCKET_BAD;
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return CURL_SOCKET_BAD;
  /* without a path the kernel chooses a name that nobody else has */
  if (bind (fd, (const struct sockaddr *) &unnamed, sizeof unnamed.sun_family) != 0
      || getsockname (fd, (struct sockaddr *) &expected.name, &expected.length) != 0)
    {
      close (fd);
      return CURL_SOCKET_BAD;
    }
  g_array_append_val (user->lines->expected, expected);
  return fd;
}

void
gh_http_lines_prepare (CURL *easy, GhHttpLineUser *user)
{
  curl_easy_setopt (easy, CURLOPT_UNIX_SOCKET_PATH, user->lines->path);
  curl_easy_setopt (easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  curl_easy_setopt (easy, CURLOPT_OPENSOCKETDATA, user);
}

static Line *
begin_line (GhHttpLines *lines, GhHttpLineUser *user, int inner)
{
  const GhHttpPumpOptions options = {
    .security = lines->security,
    .context = lines->context,
    .lookup = gh_http_lookup_new (lines->resolvers, user->server_name),
    .server_name = user->server_name,
    .authority = user->authority,
    .cse_id = user->cse_id,
    .deadline_us = g_get_monotonic_time () + lines->connect_timeout_us,
    .inner = inner,
  };
  Line *line = g_new0 (Line, 1);

  line->pump = gh_http_pump_new (&options);
  line->user = user;
  g_ptr_array_add (lines->lines, line);
  return line;
}

/* Whose socket has this name; forgotten by it. */
static GhHttpLineUser *
take_expected (GhHttpLines *lines, const struct sockaddr_un *name, socklen_t length)
{
  for (guint i = 0; i < lines->expected->len; i++)
    {
      const Expected *expected = &g_array_index (lines->expected, Expected, i);
      GhHttpLineUser *user = expected->user;

      if (expected->length != length || memcmp (&expected->name, name, length) != 0)
        continue;
      g_array_remove_index_fast (lines->expected, i);
      return user;
    }
  return NULL;
}

static void
accept_lines (GhHttpLines *lines)
{
  for (;;)
    {
      struct sockaddr_un name;
      socklen_t length = sizeof name;
      int fd = accept4 (lines->listener, (struct sockaddr *) &name, &length,
                        SOCK_CLOEXEC | SOCK_NONBLOCK);
      GhHttpLineUser *user;

      if (fd < 0)
        return;
      user = take_expected (lines, &name, length);
      if (user == NULL)
        {
          close (fd);
          continue;
        }
      Line *line = begin_line (lines, user, fd);
      line->name = name;
      line->length = length;
    }
}

void
gh_http_lines_leave (GhHttpLines *lines, const GhHttpLineUser *user)
{
  for (guint i = 0; i < lines->lines->len; i++)
    {
      Line *line = lines->lines->pdata[i];

      if (line->user == user)
        line->user = NULL;
    }
  for (guint i = lines->expected->len; i > 0; i--)
    if (g_array_index (lines->expected, Expected, i - 1).user == user)
      g_array_remove_index_fast (lines->expected, i - 1);
}

const GhPrincipal *
gh_http_lines_find_peer (const GhHttpLines *lines, CURL *easy)
{
  struct sockaddr_un name;
  socklen_t length = sizeof name;
  curl_socket_t fd = CURL_SOCKET_BAD;

  if (curl_easy_getinfo (easy, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK || fd == CURL_SOCKET_BAD
      || getsockname (fd, (struct sockaddr *) &name, &length) != 0)
    return NULL;
  for (guint i = 0; i < lines->lines->len; i++)
    {
      const Line *line = lines->lines->pdata[i];

      if (line->length == length && memcmp (&line->name, &name, length) == 0)
        return gh_http_pump_get_principal (line->pump);
    }
  return NULL;
}

static gboolean
holds (const GArray *ids, guint64 id)
{
  for (guint i = 0; id != 0 && i < ids->len; i++)
    if (g_array_index (ids, guint64, i) == id)
      return TRUE;
  return FALSE;
}

static void
end_associations (GhHttpLines *lines)
{
  g_autoptr (GArray) ending = NULL;

  g_mutex_lock (&lines->lock);
  if (lines->ending->len > 0)
    {
      ending = g_steal_pointer (&lines->ending);
      lines->ending = g_array_new (FALSE, FALSE, sizeof (guint64));
    }
  g_mutex_unlock (&lines->lock);
  for (guint i = lines->lines->len; ending != NULL && i > 0; i--)
    {
      const Line *line = lines->lines->pdata[i - 1];

      if (holds (ending, gh_http_pump_get_association (line->pump)))
        g_ptr_array_remove_index_fast (lines->lines, i - 1);
    }
}

int
gh_http_lines_run (GhHttpLines *lines, int wait_ms)
{
  accept_lines (lines);
  end_associations (lines);
  for (guint i = lines->lines->len; i > 0; i--)
    {
      Line *line = lines->lines->pdata[i - 1];

      wait_ms = MIN (wait_ms, POLL_MS);
      if (gh_http_pump_run (line->pump))
        {
          if (gh_http_pump_is_busy (line->pump))
            wait_ms = 0;
          else if (gh_http_pump_is_resolving (line->pump))
            wait_ms = MIN (wait_ms, RESOLVE_POLL_MS);
          continue;
        }
      if (line->user != NULL)
        {
          g_strlcpy (line->user->error, gh_http_pump_get_reason (line->pump),
                     sizeof line->user->error);
          line->user->refused = !gh_http_pump_was_open (line->pump);
        }
      g_ptr_array_remove_index_fast (lines->lines, i - 1);
      wait_ms = 0;
    }
  return wait_ms;
}

void
gh_http_lines_poll (const GhHttpLines *lines, CURLM *multi, int wait_ms)
{
  g_autofree struct curl_waitfd *waiting = g_new0 (
    struct curl_waitfd, lines->lines->len * GH_HTTP_PUMP_DESCRIPTORS + 1);
  guint n = 0;

  for (guint i = 0; i < lines->lines->len; i++)
    n += gh_http_pump_poll (((const Line *) lines->lines->pdata[i])->pump, &waiting[n]);
  curl_multi_poll (multi, waiting, n, wait_ms, NULL);
}

void
gh_http_lines_end_association (GhHttpLines *lines, guint64 id)
{
  g_mutex_lock (&lines->lock);
  g_array_append_val (lines->ending, id);
  g_mutex_unlock (&lines->lock);
}
