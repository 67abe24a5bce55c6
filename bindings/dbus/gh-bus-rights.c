/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-rights.h"

#include "base/gh-log.h"
#include "gh-bus-callers.h"
#include "gh-bus-polkit.h"

#include <unistd.h>

#define PROPERTIES_INTERFACE "org.freedesktop.DBus.Properties"
#define BASE                 "org.gatehouse.Gatehouse1"
#define CREDENTIALS          BASE ".Credentials"
#define MANAGER              "org.freedesktop.DBus.ObjectManager"
#define AUDIT                BASE ".Audit"
#define ASSOCIATIONS         BASE ".Associations"
#define RESOURCES            BASE ".Resources"
#define APPLICATIONS         BASE ".Applications"
#define ACCESS               BASE ".Access"
#define BACKUP               BASE ".Backup"

/* A peer decides how often it is refused: so many lines of the log a minute. */
#define MAX_LOGGED_A_MINUTE 30

static const char *const action_ids[] = {
  [GH_BUS_READ_STATUS] = BASE ".read-status",
  [GH_BUS_USE_RESOURCES] = BASE ".use-resources",
  [GH_BUS_MANAGE_CREDENTIALS] = BASE ".manage-credentials",
  [GH_BUS_EXPORT_SECRETS] = BASE ".export-secrets",
  [GH_BUS_CONFIGURE] = BASE ".configure",
  [GH_BUS_READ_AUDIT] = BASE ".read-audit",
  [GH_BUS_MANAGE_ASSOCIATIONS] = BASE ".manage-associations",
};
G_STATIC_ASSERT (G_N_ELEMENTS (action_ids) == GH_BUS_N_ACTIONS);

/* Everything that can be called, read and written; what does not stand here is denied to everybody.
 * A test compares it with the description of the interfaces. */
static const struct {
  const char *interface, *member;
  GhBusAccess access;
  GhBusAction action;
} rights[] = {
  { BASE, "Request", GH_BUS_CALL, GH_BUS_USE_RESOURCES },
  { BASE, "GetStatus", GH_BUS_CALL, GH_BUS_READ_STATUS },
  { BASE, "SetLogLevel", GH_BUS_CALL, GH_BUS_CONFIGURE },
  { BASE, "RegisterAgent", GH_BUS_CALL, GH_BUS_CONFIGURE },
  { BASE, "UnregisterAgent", GH_BUS_CALL, GH_BUS_CONFIGURE },
  { BASE, "ReportCommand", GH_BUS_CALL, GH_BUS_CONFIGURE },
  { BASE, "Reload", GH_BUS_CALL, GH_BUS_CONFIGURE },
  { BASE, "Version", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE, "State", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE, "CseId", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE, "CseName", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE, "Administrator", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE, "Urls", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE, "Plugins", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE, "LogLevel", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE, "LogLevel", GH_BUS_WRITE, GH_BUS_CONFIGURE },
  { RESOURCES, "Create", GH_BUS_CALL, GH_BUS_USE_RESOURCES },
  { RESOURCES, "Retrieve", GH_BUS_CALL, GH_BUS_USE_RESOURCES },
  { RESOURCES, "Update", GH_BUS_CALL, GH_BUS_USE_RESOURCES },
  { RESOURCES, "Delete", GH_BUS_CALL, GH_BUS_USE_RESOURCES },
  { RESOURCES, "Discover", GH_BUS_CALL, GH_BUS_USE_RESOURCES },
  { RESOURCES, "Notify", GH_BUS_CALL, GH_BUS_USE_RESOURCES },
  { ACCESS, "Explain", GH_BUS_CALL, GH_BUS_USE_RESOURCES },
  { BACKUP, "Save", GH_BUS_CALL, GH_BUS_EXPORT_SECRETS },
  { APPLICATIONS, "Register", GH_BUS_CALL, GH_BUS_ANYBODY },
  { APPLICATIONS, "Unregister", GH_BUS_CALL, GH_BUS_ANYBODY },
  { APPLICATIONS, "Request", GH_BUS_CALL, GH_BUS_ANYBODY },
  { APPLICATIONS, "Subscribe", GH_BUS_CALL, GH_BUS_ANYBODY },
  { APPLICATIONS, "Unsubscribe", GH_BUS_CALL, GH_BUS_ANYBODY },
  { APPLICATIONS, "Admit", GH_BUS_CALL, GH_BUS_MANAGE_CREDENTIALS },
  { AUDIT, "Read", GH_BUS_CALL, GH_BUS_READ_AUDIT },
  { AUDIT, "Verify", GH_BUS_CALL, GH_BUS_READ_AUDIT },
  { ASSOCIATIONS, "List", GH_BUS_CALL, GH_BUS_READ_STATUS },
  { ASSOCIATIONS, "Close", GH_BUS_CALL, GH_BUS_MANAGE_ASSOCIATIONS },
  { CREDENTIALS, "Add", GH_BUS_CALL, GH_BUS_MANAGE_CREDENTIALS },
  { CREDENTIALS, "Generate", GH_BUS_CALL, GH_BUS_MANAGE_CREDENTIALS },
  { CREDENTIALS, "Import", GH_BUS_CALL, GH_BUS_MANAGE_CREDENTIALS },
  { CREDENTIALS, "List", GH_BUS_CALL, GH_BUS_READ_STATUS },
  { CREDENTIALS, "Show", GH_BUS_CALL, GH_BUS_READ_STATUS },
  { CREDENTIALS, "SetState", GH_BUS_CALL, GH_BUS_MANAGE_CREDENTIALS },
  { CREDENTIALS, "Change", GH_BUS_CALL, GH_BUS_MANAGE_CREDENTIALS },
  { CREDENTIALS, "Rotate", GH_BUS_CALL, GH_BUS_MANAGE_CREDENTIALS },
  { CREDENTIALS, "Renew", GH_BUS_CALL, GH_BUS_MANAGE_CREDENTIALS },
  { CREDENTIALS, "Remove", GH_BUS_CALL, GH_BUS_MANAGE_CREDENTIALS },
  { CREDENTIALS, "Export", GH_BUS_CALL, GH_BUS_EXPORT_SECRETS },
  { CREDENTIALS, "InitAuthority", GH_BUS_CALL, GH_BUS_MANAGE_CREDENTIALS },
  { CREDENTIALS, "IssueCertificate", GH_BUS_CALL, GH_BUS_MANAGE_CREDENTIALS },
  { CREDENTIALS, "RevokeCertificate", GH_BUS_CALL, GH_BUS_MANAGE_CREDENTIALS },
  { CREDENTIALS, "GetAuthority", GH_BUS_CALL, GH_BUS_READ_STATUS },
  { CREDENTIALS, "GetRevocationLists", GH_BUS_CALL, GH_BUS_READ_STATUS },
  { CREDENTIALS, "RenewServer", GH_BUS_CALL, GH_BUS_MANAGE_CREDENTIALS },
  { CREDENTIALS, "RequestServer", GH_BUS_CALL, GH_BUS_MANAGE_CREDENTIALS },
  { CREDENTIALS, "InstallServer", GH_BUS_CALL, GH_BUS_MANAGE_CREDENTIALS },
  { BASE ".Plugins", "Load", GH_BUS_CALL, GH_BUS_CONFIGURE },
  { BASE ".Plugin", "Start", GH_BUS_CALL, GH_BUS_CONFIGURE },
  { BASE ".Plugin", "Stop", GH_BUS_CALL, GH_BUS_CONFIGURE },
  { BASE ".Plugin", "Configure", GH_BUS_CALL, GH_BUS_CONFIGURE },
  { BASE ".Plugin", "Reset", GH_BUS_CALL, GH_BUS_CONFIGURE },
  { BASE ".Plugin", "Keep", GH_BUS_CALL, GH_BUS_CONFIGURE },
  { MANAGER, "GetManagedObjects", GH_BUS_CALL, GH_BUS_READ_STATUS },
  { BASE ".Cse", "CseId", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Cse", "CseName", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Cse", "State", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Cse", "Version", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Cse", "Development", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Cse", "Administrator", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Cse", "Urls", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Cse", "Registration", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Cse", "Counters", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Application", "AeId", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Application", "AppId", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Application", "AppName", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Application", "Name", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Application", "PointsOfAccess", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Application", "Reachable", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Application", "Created", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Application", "Expires", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Plugin", "Name", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Plugin", "State", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Plugin", "Required", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Plugin", "Version", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Plugin", "Path", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Plugin", "Capabilities", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Plugin", "Error", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Plugin", "Kept", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Plugin", "Settings", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Plugin", "Changed", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Plugin", "Pending", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Credential", "Id", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Credential", "Number", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Credential", "Kind", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Credential", "State", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Credential", "Subject", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Credential", "Owner", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Credential", "Label", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Credential", "Identities", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Credential", "Administrator", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Credential", "Generation", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Credential", "NotBefore", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Credential", "NotAfter", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Association", "Id", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Association", "Transport", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Association", "Peer", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Association", "Suite", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Association", "Credential", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Association", "Resumed", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Association", "Outgoing", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Association", "Since", GH_BUS_READ, GH_BUS_READ_STATUS },
  { BASE ".Association", "Ends", GH_BUS_READ, GH_BUS_READ_STATUS },
};

#define POLKIT      "org.freedesktop.PolicyKit1"
#define POLKIT_PATH "/org/freedesktop/PolicyKit1/Authority"

struct _GhBusRights {
  GDBusConnection *connection;
  guint polkit_changed, polkit_owner; /* subscriptions; 0: none */
  GhBusRightsFunc changed;
  gpointer changed_data;
  GCancellable *closed;
  GhBusCallers *users; /* for whom polkit is asked: a dialog may stay open for long */
  gboolean system;
  gint64 minute; /* of the lines in the log */
  guint logged;
};

/* A question on its way. */
typedef struct {
  GhBusRights *rights;
  char *sender;
  GhBusAction action;
  GDBusMethodInvocation *invocation; /* NULL: of gh_bus_rights_ask() */
  GhBusAllowedFunc allowed;
  GhBusAskedFunc asked;
  gpointer user_data;
  GDestroyNotify destroy;
} Check;

/* --- the table --- */

const char *
gh_bus_action_id (GhBusAction action)
{
  return action < GH_BUS_N_ACTIONS ? action_ids[action] : NULL;
}

GhBusAction
gh_bus_rights_find (const char *interface, const char *member, GhBusAccess access)
{
  GhBusAction found = GH_BUS_NOBODY;

  for (gsize i = 0; i < G_N_ELEMENTS (rights); i++)
    {
      if (rights[i].access != access || !g_str_equal (rights[i].interface, interface)
          || (member != NULL && !g_str_equal (rights[i].member, member)))
        continue;
      if (found != GH_BUS_NOBODY && found != rights[i].action)
        return GH_BUS_NOBODY;
      found = rights[i].action;
    }
  return found;
}

static GhBusAction
action_of (GDBusMethodInvocation *invocation)
{
  const char *interface = g_dbus_method_invocation_get_interface_name (invocation);
  const char *member = g_dbus_method_invocation_get_method_name (invocation);
  GVariant *parameters = g_dbus_method_invocation_get_parameters (invocation);
  const char *of = NULL, *property = NULL;

  if (!g_str_equal (interface, PROPERTIES_INTERFACE))
    return gh_bus_rights_find (interface, member, GH_BUS_CALL);
  /* GLib has looked at the type of the arguments. */
  g_variant_get_child (parameters, 0, "&s", &of);
  if (g_str_equal (member, "GetAll"))
    return gh_bus_rights_find (of, NULL, GH_BUS_READ);
  g_variant_get_child (parameters, 1, "&s", &property);
  return gh_bus_rights_find (of, property,
                             g_str_equal (member, "Set") ? GH_BUS_WRITE : GH_BUS_READ);
}

/* --- life --- */

GhBusRights *
gh_bus_rights_new (GDBusConnection *connection, gboolean system)
{
  GhBusRights *self = g_rc_box_new0 (GhBusRights);

  self->connection = g_object_ref (connection);
  self->closed = g_cancellable_new ();
  self->users = gh_bus_callers_new ();
  self->system = system;
  return self;
}

static void
rights_clear (gpointer data)
{
  GhBusRights *self = data;

  g_object_unref (self->connection);
  g_object_unref (self->closed);
  gh_bus_callers_unref (self->users);
}

void
gh_bus_rights_unref (GhBusRights *self)
{
  g_rc_box_release_full (self, rights_clear);
}

void
gh_bus_rights_close (GhBusRights *self)
{
  g_cancellable_cancel (self->closed);
  gh_bus_rights_watch (self, NULL, NULL);
}

static void
polkit_changed (GDBusConnection *connection, const char *sender, const char *path,
                const char *interface, const char *signal, GVariant *parameters, gpointer user_data)
{
  GhBusRights *self = user_data;

  (void) connection;
  (void) sender;
  (void) path;
  (void) interface;
  (void) signal;
  (void) parameters;
  if (self->changed != NULL)
    self->changed (self->changed_data);
}

static void
unsubscribe (GhBusRights *self, guint *subscription)
{
  if (*subscription != 0)
    g_dbus_connection_signal_unsubscribe (self->connection, *subscription);
  *subscription = 0;
}

void
gh_bus_rights_watch (GhBusRights *self, GhBusRightsFunc changed, gpointer user_data)
{
  self->changed = changed;
  self->changed_data = user_data;
  unsubscribe (self, &self->polkit_changed);
  unsubscribe (self, &self->polkit_owner);
  if (changed == NULL || !self->system)
    return;
  self->polkit_changed = g_dbus_connection_signal_subscribe (
    self->connection, POLKIT, POLKIT ".Authority", "Changed", POLKIT_PATH, NULL,
    G_DBUS_SIGNAL_FLAGS_NONE, polkit_changed, self, NULL);
  self->polkit_owner = g_dbus_connection_signal_subscribe (
    self->connection, "org.freedesktop.DBus", "org.freedesktop.DBus", "NameOwnerChanged",
    "/org/freedesktop/DBus", POLKIT, G_DBUS_SIGNAL_FLAGS_NONE, polkit_changed, self, NULL);
}

static void
check_free (Check *check)
{
  gh_bus_rights_unref (check->rights);
  if (check->destroy != NULL)
    check->destroy (check->user_data);
  g_free (check->sender);
  g_free (check);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Check, check_free)

/* --- decision --- */

static void
log_denial (GhBusRights *self, const Check *check, const char *reason)
{
  const gint64 minute = g_get_monotonic_time () / G_USEC_PER_SEC / 60;

  if (minute != self->minute)
    {
      if (self->logged > MAX_LOGGED_A_MINUTE)
        gh_logf (GH_LOG_NOTICE, "bus", "%u more refusals were not logged",
                 self->logged - MAX_LOGGED_A_MINUTE);
      self->minute = minute;
      self->logged = 0;
    }
  if (self->logged++ < MAX_LOGGED_A_MINUTE)
    gh_log (GH_LOG_NOTICE, "bus", "a caller was refused", "sender", check->sender, "member",
            g_dbus_method_invocation_get_method_name (check->invocation), "reason", reason, NULL);
}

/* @reason is for the log, @told for the caller. */
static void
deny (const Check *check, const char *error_name, const char *reason, const char *told)
{
  if (check->invocation != NULL)
    {
      log_denial (check->rights, check, reason);
      g_dbus_method_invocation_return_dbus_error (check->invocation, error_name, told);
    }
  else if (!g_cancellable_is_cancelled (check->rights->closed))
    check->asked (check->sender, FALSE, check->user_data);
}

static void
deny_access (const Check *check, const char *reason)
{
  deny (check, "org.freedesktop.DBus.Error.AccessDenied", reason, reason);
}

static void
allow (const Check *check)
{
  if (g_cancellable_is_cancelled (check->rights->closed))
    deny_access (check, "gatehoused is stopping");
  else if (check->invocation == NULL)
    check->asked (check->sender, TRUE, check->user_data);
  else
    check->allowed (check->invocation, check->user_data);
}

static void
polkit_said (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Check) check = user_data;
  g_autoptr (GError) error = NULL;

  (void) source;
  if (gh_bus_polkit_ask_finish (result, &error))
    {
      allow (check);
      return;
    }
  g_autofree char *told = g_strdup_printf ("polkit does not allow this: %s",
                                           gh_bus_action_id (check->action));
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    deny (check, "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired", error->message,
          error->message);
  else
    deny (check, "org.freedesktop.DBus.Error.AccessDenied", error->message, told);
}

/* Somebody may only be asked when he waits for a call. */
static void
ask_polkit (Check *check)
{
  GDBusMessage *message = check->invocation != NULL
                            ? g_dbus_method_invocation_get_message (check->invocation)
                            : NULL;
  const gboolean interactive = message != NULL
                               && (g_dbus_message_get_flags (message)
                                   & G_DBUS_MESSAGE_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION)
                                    != 0;

  gh_bus_polkit_ask_async (check->sender, gh_bus_action_id (check->action), interactive,
                           check->rights->closed, polkit_said, check);
}

/* Takes @check. */
static void
ask_for_user (Check *check, guint32 uid)
{
  g_autoptr (GError) error = NULL;

  if (check->invocation == NULL
      || gh_bus_callers_enter_user (check->rights->users, check->invocation, uid, &error))
    {
      ask_polkit (check);
      return;
    }
  g_dbus_method_invocation_return_gerror (check->invocation, error);
  check_free (check);
}

static void
user_known (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Check) check = user_data;
  GhBusRights *self = check->rights;
  guint32 uid = G_MAXUINT32;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result,
                                                               &error);

  if (answer != NULL)
    g_variant_get (answer, "(u)", &uid);
  if (answer == NULL)
    deny_access (check, "the bus does not say who the caller is");
  else if (uid == (self->system ? 0 : geteuid ()))
    allow (check);
  else if (self->system)
    ask_for_user (g_steal_pointer (&check), uid);
  else
    deny_access (check, "only the user who runs gatehoused may use this");
}

/* Takes @check. */
static void
ask_bus (Check *check)
{
  g_dbus_connection_call (check->rights->connection, "org.freedesktop.DBus",
                          "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetConnectionUnixUser",
                          g_variant_new ("(s)", check->sender), G_VARIANT_TYPE ("(u)"),
                          G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, user_known, check);
}

void
gh_bus_rights_check (GhBusRights *self, GDBusMethodInvocation *invocation, GhBusAllowedFunc allowed,
                     gpointer user_data, GDestroyNotify destroy)
{
  g_autoptr (Check) check = g_new0 (Check, 1);

  *check = (Check){ .rights = g_rc_box_acquire (self),
                    .sender = g_strdup (g_dbus_method_invocation_get_sender (invocation)),
                    .invocation = invocation,
                    .action = action_of (invocation),
                    .allowed = allowed,
                    .user_data = user_data,
                    .destroy = destroy };
  if (check->action == GH_BUS_NOBODY || check->sender == NULL)
    deny_access (check, "nobody may use this");
  else if (check->action == GH_BUS_ANYBODY)
    allow (check);
  else
    ask_bus (g_steal_pointer (&check));
}

void
gh_bus_rights_ask (GhBusRights *self, const char *sender, GhBusAction action, GhBusAskedFunc asked,
                   gpointer user_data)
{
  Check *check = g_new0 (Check, 1);

  *check = (Check){ .rights = g_rc_box_acquire (self),
                    .sender = g_strdup (sender),
                    .action = action,
                    .asked = asked,
                    .user_data = user_data };
  ask_bus (check);
}
