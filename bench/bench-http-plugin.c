/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "../plugins/http/gh-http-config.h"
#include "../plugins/http/gh-http-transport.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The HTTP transport with nothing behind it: what the mapping costs. Every request is answered with
 * 2000 and a body of --size octets, at once, or (--suspend) by another thread. Prints its port;
 * ends when standard input does. */

typedef struct {
  GhReplyFunc reply;
  gpointer user_data;
  char identifier[64];
} Work;

typedef struct {
  GhBuffer *body;
  GAsyncQueue *work; /* NULL: at once */
} Core;

static void
answer (const Core *core, const char *identifier, GhReplyFunc reply, gpointer user_data)
{
  const GhResponse response = {
    .status = GH_RSC_OK,
    .request_identifier = identifier,
    .release_version = "3",
    .body = core->body->data,
    .body_length = core->body->length,
    .buffer = core->body,
  };

  reply (&response, user_data);
}

static void
dispatch (gpointer data, GhRequest *request, const GhPrincipal *principal, GhReplyFunc reply,
          gpointer user_data)
{
  Core *core = data;

  if (core->work == NULL)
    answer (core, request->request_identifier, reply, user_data);
  else
    {
      Work *work = g_new (Work, 1);

      work->reply = reply;
      work->user_data = user_data;
      g_strlcpy (work->identifier, request->request_identifier, sizeof work->identifier);
      g_async_queue_push (core->work, work);
    }
  gh_request_free (request);
}

static gpointer
run_worker (gpointer data)
{
  Core *core = data;
  Work *work;

  while ((work = g_async_queue_pop (core->work)) != data)
    {
      answer (core, work->identifier, work->reply, work->user_data);
      g_free (work);
    }
  return NULL;
}

static GhPrincipal *
authenticate (gpointer data, GInetAddress *peer)
{
  return gh_principal_new_claimed (peer);
}

static void
listening (gpointer data, const char *url)
{
  printf ("%s\n", strrchr (url, ':') + 1);
  fflush (stdout);
}

int
main (int argc, char **argv)
{
  static const GhConfigKey keys[] = { GH_HTTP_CONFIG_KEYS, { NULL } };
  int size = 300;
  gboolean suspend = FALSE;
  const GOptionEntry entries[] = {
    { "size", 's', 0, G_OPTION_ARG_INT, &size, "octets of a body", "N" },
    { "suspend", 0, 0, G_OPTION_ARG_NONE, &suspend, "answer from another thread", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("- answer oneM2M requests");
  g_autoptr (GError) error = NULL;
  g_autofree char *filler = NULL;
  Core core = { NULL };
  GThread *worker = NULL;
  GhTransportHost host = {
    .struct_size = sizeof host,
    .core = &core,
    .config = gh_config_new (keys),
    .clock = gh_clock_new_system (),
    .development = TRUE,
    .cse_id = "id-in",
    .cse_name = "cse",
    .dispatch = dispatch,
    .authenticate_plain = authenticate,
    .listening = listening,
  };
  GhTransport *transport;
  char c;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || size < 0)
    return 2;
  filler = g_strnfill ((gsize) size, 'x');
  core.body = gh_buffer_new (filler, (gsize) size);
  core.work = suspend ? g_async_queue_new () : NULL;
  worker = suspend ? g_thread_new ("worker", run_worker, &core) : NULL;
  if (!gh_config_set ((GhConfig *) host.config, "http", "listen", "127.0.0.1:0", &error))
    return 1;
  transport = gh_http_transport_ops.create (&host, &error);
  if (!gh_http_transport_ops.start (transport, &error))
    {
      fprintf (stderr, "bench-http-plugin: %s\n", error->message);
      return 1;
    }
  while (read (STDIN_FILENO, &c, 1) > 0)
    ;
  gh_http_transport_ops.stop (transport);
  gh_http_transport_ops.free (transport);
  if (worker != NULL)
    {
      g_async_queue_push (core.work, &core);
      g_thread_join (worker);
      g_async_queue_unref (core.work);
    }
  gh_buffer_unref (core.body);
  gh_config_unref ((GhConfig *) host.config);
  gh_clock_unref (host.clock);
  return 0;
}
