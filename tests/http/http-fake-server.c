/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "http-fake-core.h"

#include "../../plugins/http/gh-http-transport.h"

#include <unistd.h>

/* The HTTP transport before a core that answers from a table, as a program for other programs to
 * talk to: http-fake-server [--log FILE] [KEY=VALUE of [http]]... It prints its listeners, one a
 * line, then "ready", and ends with its standard input. */

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  const gboolean logs = argc > 2 && g_str_equal (argv[1], "--log");
  FakeCore *core = fake_core_new ((const char *const *) argv + (logs ? 3 : 1));
  FILE *log = logs ? fopen (argv[2], "we") : NULL;
  GhTransport *transport = gh_http_transport_ops.create (fake_core_host (core), &error);
  char c;

  fake_core_set_log (core, log);
  if (transport == NULL || !gh_http_transport_ops.start (transport, &error))
    {
      fprintf (stderr, "http-fake-server: %s\n", error->message);
      return 1;
    }
  for (guint i = 0; fake_core_url (core, i) != NULL; i++)
    printf ("%s\n", fake_core_url (core, i));
  printf ("ready\n");
  fflush (stdout);
  while (read (STDIN_FILENO, &c, 1) > 0)
    ;
  gh_http_transport_ops.stop (transport);
  gh_http_transport_ops.free (transport);
  fake_core_free (core);
  if (log != NULL)
    fclose (log);
  return 0;
}
