/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-objects.h"

#include "base/gh-log.h"
#include "gh-bus-kind.h"
#include "gh-bus-listing.h"
#include "gh-bus-object.h"

#include <string.h>

#define PROPERTIES_INTERFACE "org.freedesktop.DBus.Properties"
#define COALESCE_MS          100
#define PACE_MS              5 /* between turns while there is more to look at */

struct _GhBusObjects {
  GhCse *cse;
  GDBusConnection *connection;
  GMainContext *context;
  GhBusRights *rights;
  GhBusFace *faces;      /* of the kinds */
  GHashTable *watchers;  /* unique name -> GUINT of the watch on it */
  GHashTable *known;     /* path -> a{sv}: what the watchers have been told */
  GPtrArray *asking;     /* invocations of GetManagedObjects that wait for the next listing */
  GhBusListing *listing; /* NULL: none is under way; otherwise @known is its own */

  GMutex lock;       /* of the rest, which any thread writes */
  GHashTable *dirty; /* paths of what may have changed */
  gboolean lost;     /* too many: look at everything */
  GSource *turn;     /* NULL: nothing to look at */
};

/* --- what may have changed --- */

static gboolean look (gpointer user_data);

/* Lock held. */
static void
schedule (GhBusObjects *objects, guint in_ms)
{
  if (objects->turn != NULL)
    return;
  objects->turn = g_timeout_source_new (in_ms);
  g_source_set_callback (objects->turn, look, objects, NULL);
  g_source_attach (objects->turn, objects->context);
}

static void
changed (GhWatchKind watch, const char *id, gpointer user_data)
{
  GhBusObjects *objects = user_data;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&objects->lock);

  for (guint i = 0; i < gh_bus_n_kinds; i++)
    if (gh_bus_kinds[i].watch == watch && g_hash_table_size (objects->dirty) < GH_BUS_MAX_LISTED)
      g_hash_table_add (objects->dirty, gh_bus_kind_path (&gh_bus_kinds[i], id));
    else if (gh_bus_kinds[i].watch == watch)
      objects->lost = TRUE;
  schedule (objects, COALESCE_MS);
}

/* --- signals, to the watchers alone --- */

static void
emit (GhBusObjects *objects, const char *path, const char *interface, const char *signal,
      GVariant *arguments)
{
  g_autoptr (GVariant) sunk = g_variant_ref_sink (arguments);
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, objects->watchers);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    {
      g_autoptr (GError) error = NULL;

      if (!g_dbus_connection_emit_signal (objects->connection, name, path, interface, signal, sunk,
                                          &error))
        gh_log (GH_LOG_DEBUG, "bus", "a signal was not sent", "reason", error->message, NULL);
    }
}

static void
tell_added (GhBusObjects *objects, const GhBusKind *kind, const char *path, GVariant *now)
{
  g_auto (GVariantBuilder) all = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{sa{sv}}"));

  g_variant_builder_add (&all, "{s@a{sv}}", kind->info->name, now);
  emit (objects, GH_BUS_PATH, GH_BUS_MANAGER_INTERFACE, "InterfacesAdded",
        g_variant_new ("(o@a{sa{sv}})", path, g_variant_builder_end (&all)));
}

static void
tell_removed (GhBusObjects *objects, const GhBusKind *kind, const char *path)
{
  const char *interfaces[] = { kind->info->name, NULL };

  emit (objects, GH_BUS_PATH, GH_BUS_MANAGER_INTERFACE, "InterfacesRemoved",
        g_variant_new ("(o^as)", path, interfaces));
}

/* Some properties, such as counters, change all the time: they are read, and not told. */
static gboolean
is_told (const GhBusKind *kind, const char *name)
{
  const GDBusPropertyInfo *property = g_dbus_interface_info_lookup_property (
    (GDBusInterfaceInfo *) kind->info, name);
  const char *how = g_dbus_annotation_info_lookup (
    property->annotations, "org.freedesktop.DBus.Property.EmitsChangedSignal");

  return g_strcmp0 (how, "false") != 0;
}

static void
tell_changed (GhBusObjects *objects, const GhBusKind *kind, const char *path, GVariant *before,
              GVariant *now)
{
  const char *none[] = { NULL };
  g_auto (GVariantBuilder) some = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  guint n = 0;

  for (gsize i = 0; i < g_variant_n_children (now); i++)
    {
      g_autoptr (GVariant) value = NULL, old = NULL;
      const char *name;

      g_variant_get_child (now, i, "{&sv}", &name, &value);
      old = g_variant_lookup_value (before, name, NULL);
      if (!is_told (kind, name) || (old != NULL && g_variant_equal (old, value)))
        continue;
      g_variant_builder_add (&some, "{sv}", name, value);
      n++;
    }
  if (n > 0)
    emit (objects, path, PROPERTIES_INTERFACE, "PropertiesChanged",
          g_variant_new ("(s@a{sv}^as)", kind->info->name, g_variant_builder_end (&some), none));
}

/* --- what is known --- */

static void
look_at (GhBusObjects *objects, const char *path)
{
  g_autofree char *id = NULL;
  const GhBusKind *kind = gh_bus_kind_of_path (path, &id);
  GVariant *now = gh_bus_kind_properties (kind, objects->cse, id);
  GVariant *before = g_hash_table_lookup (objects->known, path);

  if (now == NULL && before != NULL)
    tell_removed (objects, kind, path);
  else if (now != NULL && before == NULL)
    tell_added (objects, kind, path, now);
  else if (now != NULL)
    tell_changed (objects, kind, path, before, now);
  if (now != NULL)
    g_hash_table_replace (objects->known, g_strdup (path), now);
  else
    g_hash_table_remove (objects->known, path);
}

static void
mark (char *path, gpointer user_data)
{
  GhBusObjects *objects = user_data;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&objects->lock);

  g_hash_table_add (objects->dirty, path);
}

/* Whoever tells what has changed may hold the locks of what is listed here. */
static void
mark_all (GhBusObjects *objects)
{
  GHashTableIter iter;
  gpointer path;

  g_mutex_lock (&objects->lock);
  objects->lost = FALSE;
  g_mutex_unlock (&objects->lock);
  g_hash_table_iter_init (&iter, objects->known);
  while (g_hash_table_iter_next (&iter, &path, NULL))
    mark (g_strdup (path), objects);
  gh_bus_listing_each (objects->cse, mark, objects);
}

/* What is to be looked at in this turn. (transfer full) */
static GPtrArray *
take_turn (GhBusObjects *objects)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&objects->lock);
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer path;

  g_hash_table_iter_init (&iter, objects->dirty);
  while (paths->len < GH_BUS_MAX_TURN && g_hash_table_iter_next (&iter, &path, NULL))
    {
      g_ptr_array_add (paths, path);
      g_hash_table_iter_steal (&iter);
    }
  return paths;
}

/* So many that the main loop is not held for long. */
static void
look_at_some (GhBusObjects *objects)
{
  g_autoptr (GPtrArray) paths = NULL;
  gboolean lost;

  g_mutex_lock (&objects->lock);
  lost = objects->lost;
  g_mutex_unlock (&objects->lock);
  if (lost)
    mark_all (objects);
  paths = take_turn (objects);
  for (guint i = 0; i < paths->len; i++)
    look_at (objects, paths->pdata[i]);
}

/* What changes while there is a listing is told when it has ended. */
static gboolean
look (gpointer user_data)
{
  GhBusObjects *objects = user_data;

  if (objects->listing != NULL)
    return G_SOURCE_CONTINUE;
  look_at_some (objects);

  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&objects->lock);
  g_clear_pointer (&objects->turn, g_source_unref);
  if (g_hash_table_size (objects->dirty) > 0 || objects->lost)
    schedule (objects, PACE_MS);
  return G_SOURCE_REMOVE;
}

/* --- watchers --- */

static void
forget_all (GhBusObjects *objects)
{
  gh_cse_watch (objects->cse, NULL, NULL);

  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&objects->lock);
  if (objects->turn != NULL)
    g_source_destroy (objects->turn);
  g_clear_pointer (&objects->turn, g_source_unref);
  g_hash_table_remove_all (objects->dirty);
  g_hash_table_remove_all (objects->known);
  objects->lost = FALSE;
}

static void
remove_watcher (GhBusObjects *objects, const char *name)
{
  const guint watch = GPOINTER_TO_UINT (g_hash_table_lookup (objects->watchers, name));

  g_hash_table_remove (objects->watchers, name);
  if (g_hash_table_size (objects->watchers) == 0 && objects->listing == NULL)
    forget_all (objects);
  g_bus_unwatch_name (watch);
}

static void
vanished (GDBusConnection *connection, const char *name, gpointer user_data)
{
  (void) connection;
  remove_watcher (user_data, name);
}

/* The first one makes us listen; what changes meanwhile is looked at later. */
static void
add_watcher (GhBusObjects *objects, const char *name)
{
  const guint watch = g_bus_watch_name_on_connection (
    objects->connection, name, G_BUS_NAME_WATCHER_FLAGS_NONE, NULL, vanished, objects, NULL);

  g_hash_table_insert (objects->watchers, g_strdup (name), GUINT_TO_POINTER (watch));
  if (g_hash_table_size (objects->watchers) == 1)
    gh_cse_watch (objects->cse, changed, objects);
}

static void
asked_again (const char *name, gboolean allowed, gpointer user_data)
{
  GhBusObjects *objects = user_data;

  if (allowed || !g_hash_table_contains (objects->watchers, name))
    return;
  gh_log (GH_LOG_NOTICE, "bus", "a client is not told of changes any more: it may not ask",
          "sender", name, NULL);
  remove_watcher (objects, name);
}

void
gh_bus_objects_rights_changed (GhBusObjects *objects)
{
  g_autofree const char **names = (const char **) g_hash_table_get_keys_as_array (objects->watchers,
                                                                                  NULL);

  for (guint i = 0; names[i] != NULL; i++)
    gh_bus_rights_ask (
      objects->rights, names[i],
      gh_bus_rights_find (GH_BUS_MANAGER_INTERFACE, "GetManagedObjects", GH_BUS_CALL), asked_again,
      objects);
}

/* --- GetManagedObjects --- */

static void listed (gpointer user_data);

static void
start_listing (GhBusObjects *objects)
{
  GPtrArray *asking = g_steal_pointer (&objects->asking);

  objects->asking = g_ptr_array_new ();
  objects->listing = gh_bus_listing_start (objects->cse, objects->known, asking, listed, objects);
}

/* Changes are told between two listings, however often somebody asks. */
static void
listed (gpointer user_data)
{
  GhBusObjects *objects = user_data;

  g_clear_pointer (&objects->listing, gh_bus_listing_free);
  if (objects->asking->len > 0)
    {
      look_at_some (objects);
      start_listing (objects);
    }
  else if (g_hash_table_size (objects->watchers) == 0)
    forget_all (objects);
}

static void
handle_get_managed_objects (GDBusMethodInvocation *invocation, gpointer user_data)
{
  GhBusObjects *objects = user_data;
  const char *sender = g_dbus_method_invocation_get_sender (invocation);
  const gboolean watches = g_hash_table_contains (objects->watchers, sender);

  if (!watches && g_hash_table_size (objects->watchers) == GH_BUS_MAX_WATCHERS)
    {
      g_dbus_method_invocation_return_error (
        invocation, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED,
        "%d clients are told of changes already; one of them must leave", GH_BUS_MAX_WATCHERS);
      return;
    }
  if (!watches)
    add_watcher (objects, sender);
  g_ptr_array_add (objects->asking, invocation);
  if (objects->listing == NULL)
    start_listing (objects);
}

/* --- what is served --- */

static const GDBusArgInfo managed_argument = { -1, (char *) "objects", (char *) "a{oa{sa{sv}}}",
                                               NULL };
static const GDBusArgInfo added_path = { -1, (char *) "object", (char *) "o", NULL };
static const GDBusArgInfo added_argument = { -1, (char *) "interfaces", (char *) "a{sa{sv}}",
                                             NULL };
static const GDBusArgInfo removed_argument = { -1, (char *) "interfaces", (char *) "as", NULL };
static const GDBusArgInfo *const managed_out[] = { &managed_argument, NULL };
static const GDBusArgInfo *const added_out[] = { &added_path, &added_argument, NULL };
static const GDBusArgInfo *const removed_out[] = { &added_path, &removed_argument, NULL };
static const GDBusMethodInfo managed_method = { -1, (char *) "GetManagedObjects", NULL,
                                                (GDBusArgInfo **) managed_out, NULL };
static const GDBusSignalInfo added_signal = { -1, (char *) "InterfacesAdded",
                                              (GDBusArgInfo **) added_out, NULL };
static const GDBusSignalInfo removed_signal = { -1, (char *) "InterfacesRemoved",
                                                (GDBusArgInfo **) removed_out, NULL };
static const GDBusMethodInfo *const manager_methods[] = { &managed_method, NULL };
static const GDBusSignalInfo *const manager_signals[] = { &added_signal, &removed_signal, NULL };
/* A part of the bus's own standard, and so not of our description. */
static const GDBusInterfaceInfo manager_interface = { -1,
                                                      (char *) GH_BUS_MANAGER_INTERFACE,
                                                      (GDBusMethodInfo **) manager_methods,
                                                      (GDBusSignalInfo **) manager_signals,
                                                      NULL,
                                                      NULL };

static const GhBusMember manager_members[] = {
  { "GetManagedObjects", handle_get_managed_objects, NULL, FALSE },
};

static const GhBusFace manager_face = { &manager_interface, manager_members,
                                        G_N_ELEMENTS (manager_members), NULL, NULL };

static GVariant *
get_all (const char *path, gpointer user_data)
{
  const GhBusObjects *objects = user_data;
  g_autofree char *id = NULL;
  const GhBusKind *kind = gh_bus_kind_of_path (path, &id);

  return kind != NULL ? gh_bus_kind_properties (kind, objects->cse, id) : NULL;
}

static gboolean
export_kinds (GhBusObjects *objects, GhBusExports *exports, GError **error)
{
  for (guint i = 0; i < gh_bus_n_kinds; i++)
    {
      const GhBusKind *kind = &gh_bus_kinds[i];

      objects->faces[i] = (GhBusFace){ .info = kind->info,
                                       .members = kind->members,
                                       .n_members = kind->n_members,
                                       .get_all = get_all };
      if (kind->list == NULL
            ? !gh_bus_exports_add (exports, kind->path, &objects->faces[i], objects, error)
            : !gh_bus_exports_add_folder (exports, kind->path, &objects->faces[i], objects, error))
        return FALSE;
    }
  return gh_bus_exports_add (exports, GH_BUS_PATH, &manager_face, objects, error);
}

GhBusObjects *
gh_bus_objects_export (GhCse *cse, GDBusConnection *connection, GhBusRights *rights,
                       GhBusExports *exports, GError **error)
{
  GhBusObjects *objects = g_new0 (GhBusObjects, 1);

  objects->cse = g_object_ref (cse);
  objects->connection = g_object_ref (connection);
  objects->context = g_main_context_ref_thread_default ();
  objects->rights = g_rc_box_acquire (rights);
  objects->asking = g_ptr_array_new ();
  objects->faces = g_new0 (GhBusFace, gh_bus_n_kinds);
  objects->watchers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  objects->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                          (GDestroyNotify) g_variant_unref);
  objects->dirty = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_mutex_init (&objects->lock);
  if (export_kinds (objects, exports, error))
    return objects;
  gh_bus_objects_free (objects);
  return NULL;
}

void
gh_bus_objects_free (GhBusObjects *objects)
{
  GHashTableIter iter;
  gpointer watch;

  g_clear_pointer (&objects->listing, gh_bus_listing_free);
  for (guint i = 0; i < objects->asking->len; i++)
    g_dbus_method_invocation_return_error (objects->asking->pdata[i], G_DBUS_ERROR,
                                           G_DBUS_ERROR_ACCESS_DENIED, "gatehoused is stopping");
  g_ptr_array_unref (objects->asking);
  forget_all (objects);
  g_hash_table_iter_init (&iter, objects->watchers);
  while (g_hash_table_iter_next (&iter, NULL, &watch))
    g_bus_unwatch_name (GPOINTER_TO_UINT (watch));
  g_hash_table_unref (objects->watchers);
  g_hash_table_unref (objects->known);
  g_hash_table_unref (objects->dirty);
  g_mutex_clear (&objects->lock);
  gh_bus_rights_unref (objects->rights);
  g_main_context_unref (objects->context);
  g_object_unref (objects->connection);
  g_object_unref (objects->cse);
  g_free (objects->faces);
  g_free (objects);
}
