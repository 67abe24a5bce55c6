/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a running gatehoused serves: its CSE, its plugins, the applications that have registered.
 * Then it is asked, as the administrator, for its root resource.
 *
 *   cc list-objects.c $(pkg-config --cflags --libs gatehouse-client-1)
 *   ./a.out            the daemon of this session
 *   ./a.out --system   that of the machine
 */
#include <gatehouse-client.h>
#include <string.h>

#define NAME "org.gatehouse.Gatehouse1"
#define PATH "/org/gatehouse/Gatehouse1"

static void
print_object (GhClientObject *object)
{
  GhClientCse *cse = gh_client_object_peek_cse (object);
  GhClientPlugin *plugin = gh_client_object_peek_plugin (object);
  GhClientApplication *application = gh_client_object_peek_application (object);

  if (cse != NULL)
    g_print ("CSE %s is %s\n", gh_client_cse_get_cse_id (cse), gh_client_cse_get_state (cse));
  if (plugin != NULL)
    g_print ("plugin %s is %s\n", gh_client_plugin_get_name (plugin),
             gh_client_plugin_get_state (plugin));
  if (application != NULL)
    g_print ("application %s runs %s\n", gh_client_application_get_ae_id (application),
             gh_client_application_get_app_id (application));
}

static gboolean
print_objects (GBusType bus, GError **error)
{
  g_autoptr (GDBusObjectManager) manager = gh_client_object_manager_client_new_for_bus_sync (
    bus, G_DBUS_OBJECT_MANAGER_CLIENT_FLAGS_NONE, NAME, PATH, NULL, error);

  if (manager == NULL)
    return FALSE;
  GList *objects = g_dbus_object_manager_get_objects (manager);
  for (GList *l = objects; l != NULL; l = l->next)
    print_object (GH_CLIENT_OBJECT (l->data));
  g_list_free_full (objects, g_object_unref);
  return TRUE;
}

static gboolean
print_root (GBusType bus, GError **error)
{
  g_autofree char *response = NULL;
  g_autoptr (GhClientDaemon) daemon = gh_client_daemon_proxy_new_for_bus_sync (
    bus, G_DBUS_PROXY_FLAGS_NONE, NAME, PATH, NULL, error);

  if (daemon == NULL)
    return FALSE;
  g_autofree char *request = g_strdup_printf (
    "{\"op\":2,\"to\":\"%s\",\"fr\":\"%s\",\"rqi\":\"1\",\"rvi\":\"3\"}",
    gh_client_daemon_get_cse_name (daemon), gh_client_daemon_get_administrator (daemon));
  if (!gh_client_daemon_call_request_sync (daemon, request, G_DBUS_CALL_FLAGS_NONE, -1, &response,
                                           NULL, error))
    return FALSE;
  g_print ("%s\n", response);
  return TRUE;
}

int
main (int argc, char **argv)
{
  const GBusType bus = argc > 1 && strcmp (argv[1], "--system") == 0 ? G_BUS_TYPE_SYSTEM
                                                                     : G_BUS_TYPE_SESSION;
  g_autoptr (GError) error = NULL;

  if (print_objects (bus, &error) && print_root (bus, &error))
    return 0;
  g_printerr ("%s\n", error->message);
  return 1;
}
