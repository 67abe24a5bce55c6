/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-exports.h"

#include "gh-bus-callers.h"

#define PROPERTIES_INTERFACE "org.freedesktop.DBus.Properties"

struct _GhBusExports {
  GDBusConnection *connection;
  GhBusRights *rights;
  GhBusJobs *jobs;
  GhBusCallers *callers;
  GArray *registrations; /* of guint */
  GArray *folders;       /* of guint */
};

/* An interface at its place; a call on its way holds it. */
typedef struct {
  GhBusExports *exports;
  const GhBusFace *face;
  gpointer user_data;
} Place;

static void
exports_clear (gpointer data)
{
  GhBusExports *exports = data;

  gh_bus_rights_unref (exports->rights);
  gh_bus_jobs_unref (exports->jobs);
  gh_bus_callers_unref (exports->callers);
  g_object_unref (exports->connection);
  g_array_unref (exports->registrations);
  g_array_unref (exports->folders);
}

static void
exports_unref (GhBusExports *exports)
{
  g_rc_box_release_full (exports, exports_clear);
}

static void
place_clear (gpointer data)
{
  Place *place = data;

  exports_unref (place->exports);
}

static void
place_unref (gpointer place)
{
  g_rc_box_release_full (place, place_clear);
}

/* --- properties --- */

/* Returns: (transfer full): NULL when @invocation was answered: there is no such object */
static GVariant *
all_properties (const Place *place, GDBusMethodInvocation *invocation)
{
  const char *path = g_dbus_method_invocation_get_object_path (invocation);
  GVariant *all = place->face->get_all != NULL
                    ? place->face->get_all (path, place->user_data)
                    : g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0);

  if (all != NULL)
    return g_variant_take_ref (all);
  g_dbus_method_invocation_return_error (invocation, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_OBJECT,
                                         "there is no object \"%s\"", path);
  return NULL;
}

static void
get_property (const Place *place, GDBusMethodInvocation *invocation)
{
  g_autoptr (GVariant) all = all_properties (place, invocation), value = NULL;
  const char *name = NULL;

  if (all == NULL)
    return;
  g_variant_get_child (g_dbus_method_invocation_get_parameters (invocation), 1, "&s", &name);
  value = g_variant_lookup_value (all, name, NULL);
  if (value != NULL)
    g_dbus_method_invocation_return_value (invocation, g_variant_new ("(v)", value));
  else
    g_dbus_method_invocation_return_error (invocation, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_PROPERTY,
                                           "there is no property \"%s\"", name);
}

static void
get_all_properties (const Place *place, GDBusMethodInvocation *invocation)
{
  g_autoptr (GVariant) all = all_properties (place, invocation);

  if (all != NULL)
    g_dbus_method_invocation_return_value (invocation, g_variant_new ("(@a{sv})", all));
}

static void
set_property (const Place *place, GDBusMethodInvocation *invocation)
{
  g_autoptr (GVariant) value = NULL;
  g_autoptr (GError) error = NULL;
  const char *name = NULL;

  g_variant_get (g_dbus_method_invocation_get_parameters (invocation), "(s&sv)", NULL, &name,
                 &value);
  if (place->face->set == NULL)
    g_dbus_method_invocation_return_error (invocation, G_DBUS_ERROR,
                                           G_DBUS_ERROR_PROPERTY_READ_ONLY,
                                           "the property \"%s\" cannot be written", name);
  else if (place->face->set (name, value, place->user_data, &error))
    g_dbus_method_invocation_return_value (invocation, NULL);
  else
    gh_bus_return_error (invocation, error);
}

/* --- calls --- */

static void
call_member (const Place *place, const GhBusMember *member, GDBusMethodInvocation *invocation)
{
  g_autoptr (GError) error = NULL;

  if (member->job == NULL)
    member->handle (invocation, place->user_data);
  else if (gh_bus_callers_enter_job (place->exports->callers, invocation, &error))
    gh_bus_jobs_run (place->exports->jobs, invocation, member->job, member->changes);
  else
    gh_bus_return_error (invocation, error);
}

static void
call_method (const Place *place, GDBusMethodInvocation *invocation)
{
  const char *name = g_dbus_method_invocation_get_method_name (invocation);

  for (gsize i = 0; i < place->face->n_members; i++)
    if (g_str_equal (place->face->members[i].name, name))
      {
        call_member (place, &place->face->members[i], invocation);
        return;
      }
  g_dbus_method_invocation_return_error (invocation, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD,
                                         "there is no method \"%s\"", name);
}

static void
allowed (GDBusMethodInvocation *invocation, gpointer user_data)
{
  const Place *place = user_data;
  const char *interface = g_dbus_method_invocation_get_interface_name (invocation);
  const char *member = g_dbus_method_invocation_get_method_name (invocation);

  if (!g_str_equal (interface, PROPERTIES_INTERFACE))
    call_method (place, invocation);
  else if (g_str_equal (member, "Get"))
    get_property (place, invocation);
  else if (g_str_equal (member, "GetAll"))
    get_all_properties (place, invocation);
  else
    set_property (place, invocation);
}

static void
called (GDBusConnection *connection, const char *sender, const char *path, const char *interface,
        const char *member, GVariant *parameters, GDBusMethodInvocation *invocation,
        gpointer user_data)
{
  Place *place = user_data;
  g_autoptr (GError) error = NULL;

  (void) connection;
  (void) sender;
  (void) path;
  (void) interface;
  (void) member;
  (void) parameters;
  if (gh_bus_callers_enter (place->exports->callers, invocation, &error))
    gh_bus_rights_check (place->exports->rights, invocation, allowed, g_rc_box_acquire (place),
                         place_unref);
  else
    gh_bus_return_error (invocation, error);
}

/* --- life --- */

GhBusExports *
gh_bus_exports_new (GDBusConnection *connection, GhBusRights *rights, GhBusJobs *jobs)
{
  GhBusExports *exports = g_rc_box_new0 (GhBusExports);

  exports->connection = g_object_ref (connection);
  exports->rights = g_rc_box_acquire (rights);
  exports->jobs = g_atomic_rc_box_acquire (jobs);
  exports->callers = gh_bus_callers_new ();
  exports->registrations = g_array_new (FALSE, FALSE, sizeof (guint));
  exports->folders = g_array_new (FALSE, FALSE, sizeof (guint));
  return exports;
}

void
gh_bus_exports_close (GhBusExports *exports)
{
  gh_bus_rights_close (exports->rights);
  for (guint i = 0; i < exports->registrations->len; i++)
    g_dbus_connection_unregister_object (exports->connection,
                                         g_array_index (exports->registrations, guint, i));
  for (guint i = 0; i < exports->folders->len; i++)
    g_dbus_connection_unregister_subtree (exports->connection,
                                          g_array_index (exports->folders, guint, i));
  exports_unref (exports);
}

/* Without accessors GLib sends Get, GetAll and Set to the same function as the methods. */
static const GDBusInterfaceVTable vtable = { .method_call = called };

static Place *
place_new (GhBusExports *exports, const GhBusFace *face, gpointer user_data)
{
  Place *place = g_rc_box_new (Place);

  *place = (Place){ .exports = g_rc_box_acquire (exports), .face = face, .user_data = user_data };
  return place;
}

static gboolean
has_member (const GhBusFace *face, const char *name)
{
  for (gsize i = 0; i < face->n_members; i++)
    if (g_str_equal (face->members[i].name, name))
      return TRUE;
  return FALSE;
}

/* What is described is served: a daemon that forgets something does not start. */
static gboolean
check_face (const GhBusFace *face, GError **error)
{
  GDBusMethodInfo **methods = face->info->methods;

  for (gsize i = 0; methods != NULL && methods[i] != NULL; i++)
    if (!has_member (face, methods[i]->name))
      {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "%s.%s: nothing serves it",
                     face->info->name, methods[i]->name);
        return FALSE;
      }
  return TRUE;
}

gboolean
gh_bus_exports_add (GhBusExports *exports, const char *path, const GhBusFace *face,
                    gpointer user_data, GError **error)
{
  Place *place;
  guint registration;

  if (!check_face (face, error))
    return FALSE;
  place = place_new (exports, face, user_data);

  registration = g_dbus_connection_register_object (exports->connection, path,
                                                    (GDBusInterfaceInfo *) face->info, &vtable,
                                                    place, place_unref, error);
  if (registration == 0)
    {
      place_unref (place);
      return FALSE;
    }
  g_array_append_val (exports->registrations, registration);
  return TRUE;
}

/* --- folders --- */

static char **
enumerate (GDBusConnection *connection, const char *sender, const char *path, gpointer user_data)
{
  (void) connection;
  (void) sender;
  (void) path;
  (void) user_data;
  return g_new0 (char *, 1);
}

static GDBusInterfaceInfo **
introspect (GDBusConnection *connection, const char *sender, const char *path, const char *node,
            gpointer user_data)
{
  const Place *place = user_data;
  GDBusInterfaceInfo **infos = g_new0 (GDBusInterfaceInfo *, 2);

  (void) connection;
  (void) sender;
  (void) path;
  if (node != NULL)
    infos[0] = g_dbus_interface_info_ref ((GDBusInterfaceInfo *) place->face->info);
  return infos;
}

static const GDBusInterfaceVTable *
dispatch (GDBusConnection *connection, const char *sender, const char *path, const char *interface,
          const char *node, gpointer *out_user_data, gpointer user_data)
{
  (void) connection;
  (void) sender;
  (void) path;
  (void) interface;
  *out_user_data = user_data;
  return node != NULL ? &vtable : NULL;
}

gboolean
gh_bus_exports_add_folder (GhBusExports *exports, const char *path, const GhBusFace *face,
                           gpointer user_data, GError **error)
{
  static const GDBusSubtreeVTable folder = { .enumerate = enumerate,
                                             .introspect = introspect,
                                             .dispatch = dispatch };
  Place *place;
  guint registration;

  if (!check_face (face, error))
    return FALSE;
  place = place_new (exports, face, user_data);

  registration = g_dbus_connection_register_subtree (
    exports->connection, path, &folder, G_DBUS_SUBTREE_FLAGS_DISPATCH_TO_UNENUMERATED_NODES, place,
    place_unref, error);
  if (registration == 0)
    {
      place_unref (place);
      return FALSE;
    }
  g_array_append_val (exports->folders, registration);
  return TRUE;
}
