/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tour-listener.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <string.h>

#define BODY_LIMIT (64 * 1024)

struct _TourListener {
  struct MHD_Daemon *server;
  GAsyncQueue *bodies;
  char *url;
};

static enum MHD_Result
answer (struct MHD_Connection *connection, unsigned status, const char *rsc)
{
  static char nothing[1];
  struct MHD_Response *response = MHD_create_response_from_buffer (0, nothing,
                                                                   MHD_RESPMEM_PERSISTENT);
  const char *identifier = MHD_lookup_connection_value (connection, MHD_HEADER_KIND, "X-M2M-RI");

  if (response == NULL)
    return MHD_NO;
  MHD_add_response_header (response, "X-M2M-RSC", rsc);
  if (identifier != NULL)
    MHD_add_response_header (response, "X-M2M-RI", identifier);
  enum MHD_Result result = MHD_queue_response (connection, status, response);
  MHD_destroy_response (response);
  return result;
}

/* Called first with the head, then with pieces of the body, then with none. */
static enum MHD_Result
handle (void *user_data, struct MHD_Connection *connection, const char *url, const char *method,
        const char *version, const char *data, size_t *data_size, void **connection_data)
{
  TourListener *listener = user_data;
  GString *body = *connection_data;

  if (body == NULL)
    {
      *connection_data = g_string_new (NULL);
      return MHD_YES;
    }
  if (*data_size > 0)
    {
      if (body->len + *data_size > BODY_LIMIT)
        return MHD_NO;
      g_string_append_len (body, data, *data_size);
      *data_size = 0;
      return MHD_YES;
    }
  if (strcmp (method, "POST") != 0)
    return answer (connection, MHD_HTTP_METHOD_NOT_ALLOWED, "4005");
  g_async_queue_push (listener->bodies, g_strdup (body->str));
  return answer (connection, MHD_HTTP_OK, "2000");
}

static void
completed (void *user_data, struct MHD_Connection *connection, void **connection_data,
           enum MHD_RequestTerminationCode code)
{
  GString *body = *connection_data;

  if (body != NULL)
    g_string_free (body, TRUE);
  *connection_data = NULL;
}

TourListener *
tour_listener_new (GError **error)
{
  const struct sockaddr_in address = { .sin_family = AF_INET,
                                       .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  g_autoptr (TourListener) listener = g_new0 (TourListener, 1);

  listener->bodies = g_async_queue_new_full (g_free);
  listener->server = MHD_start_daemon (MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, handle,
                                       listener, MHD_OPTION_SOCK_ADDR, &address,
                                       MHD_OPTION_NOTIFY_COMPLETED, completed, NULL,
                                       MHD_OPTION_CONNECTION_TIMEOUT, 30u, MHD_OPTION_END);
  const union MHD_DaemonInfo *info = listener->server != NULL ? MHD_get_daemon_info (
                                       listener->server, MHD_DAEMON_INFO_BIND_PORT)
                                                              : NULL;
  if (info == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                           "no port of 127.0.0.1 can be listened on");
      return NULL;
    }
  listener->url = g_strdup_printf ("http://127.0.0.1:%u/notify", (unsigned) info->port);
  return g_steal_pointer (&listener);
}

void
tour_listener_free (TourListener *listener)
{
  g_clear_pointer (&listener->server, MHD_stop_daemon);
  g_clear_pointer (&listener->bodies, g_async_queue_unref);
  g_free (listener->url);
  g_free (listener);
}

const char *
tour_listener_get_url (const TourListener *listener)
{
  return listener->url;
}

char *
tour_listener_pop (TourListener *listener, gint timeout_ms)
{
  if (timeout_ms < 0)
    return g_async_queue_pop (listener->bodies);
  return g_async_queue_timeout_pop (listener->bodies, (guint64) timeout_ms * 1000);
}
