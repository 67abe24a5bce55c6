/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-callers.h"

#define TICKET      "gh-bus-ticket"
#define USER_TICKET "gh-bus-user-ticket"

struct _GhBusCallers {
  GMutex lock;
  GHashTable *callers; /* unique name -> Caller */
};

typedef struct {
  guint calls, jobs;
  gsize octets;
} Caller;

/* Hangs on an invocation, which its answer ends. */
typedef struct {
  GhBusCallers *callers;
  char *name;
  gsize octets;
  gboolean job;
} Ticket;

GhBusCallers *
gh_bus_callers_new (void)
{
  GhBusCallers *callers = g_atomic_rc_box_new0 (GhBusCallers);

  g_mutex_init (&callers->lock);
  callers->callers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return callers;
}

static void
callers_clear (gpointer data)
{
  GhBusCallers *callers = data;

  g_mutex_clear (&callers->lock);
  g_hash_table_unref (callers->callers);
}

void
gh_bus_callers_unref (GhBusCallers *callers)
{
  g_atomic_rc_box_release_full (callers, callers_clear);
}

static void
leave (gpointer data)
{
  Ticket *ticket = data;
  GhBusCallers *callers = ticket->callers;

  g_mutex_lock (&callers->lock);
  Caller *caller = g_hash_table_lookup (callers->callers, ticket->name);
  caller->calls--;
  caller->octets -= ticket->octets;
  caller->jobs -= ticket->job ? 1 : 0;
  if (caller->calls == 0)
    g_hash_table_remove (callers->callers, ticket->name);
  g_mutex_unlock (&callers->lock);
  gh_bus_callers_unref (callers);
  g_free (ticket->name);
  g_free (ticket);
}

static gsize
size_of (GDBusMethodInvocation *invocation)
{
  return g_variant_get_size (g_dbus_method_invocation_get_parameters (invocation));
}

static gboolean
check_size (GDBusMethodInvocation *invocation, gsize most, GError **error)
{
  const gsize size = size_of (invocation);

  if (size <= most)
    return TRUE;
  g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED,
               "%s: %" G_GSIZE_FORMAT " octets of arguments; at most %" G_GSIZE_FORMAT
               " are allowed",
               g_dbus_method_invocation_get_method_name (invocation), size, most);
  return FALSE;
}

/* One more of @count, unless there are @most. */
static gboolean
take (guint *count, guint most, const char *what, GError **error)
{
  if (*count < most)
    {
      (*count)++;
      return TRUE;
    }
  g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED,
               "%u %s of yours are not answered yet: wait for their answers", most, what);
  return FALSE;
}

static gboolean
take_octets (const Caller *caller, gsize octets, GError **error)
{
  if (caller->octets + octets <= GH_BUS_MAX_OCTETS)
    return TRUE;
  g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED,
               "more than %d octets of arguments of yours are not answered yet: wait for their "
               "answers",
               GH_BUS_MAX_OCTETS);
  return FALSE;
}

/* Counts @invocation for @name, until its answer ends what hangs on it as @key. */
static gboolean
enter (GhBusCallers *callers, GDBusMethodInvocation *invocation, const char *name, const char *key,
       GError **error)
{
  g_autoptr (GMutexLocker) locker = NULL;
  Caller *caller;
  Ticket *ticket;

  if (!check_size (invocation, GH_BUS_MAX_OTHER_OCTETS, error))
    return FALSE;
  locker = g_mutex_locker_new (&callers->lock);
  caller = g_hash_table_lookup (callers->callers, name);
  if (caller == NULL)
    {
      caller = g_new0 (Caller, 1);
      g_hash_table_insert (callers->callers, g_strdup (name), caller);
    }
  const gsize octets = size_of (invocation);
  if (!take_octets (caller, octets, error)
      || !take (&caller->calls, GH_BUS_MAX_CALLS, "calls", error))
    return FALSE;
  caller->octets += octets;
  ticket = g_new0 (Ticket, 1);
  ticket->octets = octets;
  ticket->callers = g_atomic_rc_box_acquire (callers);
  ticket->name = g_strdup (name);
  g_object_set_data_full (G_OBJECT (invocation), key, ticket, leave);
  return TRUE;
}

gboolean
gh_bus_callers_enter (GhBusCallers *callers, GDBusMethodInvocation *invocation, GError **error)
{
  const char *sender = g_dbus_method_invocation_get_sender (invocation);

  return enter (callers, invocation, sender != NULL ? sender : "", TICKET, error);
}

gboolean
gh_bus_callers_enter_user (GhBusCallers *callers, GDBusMethodInvocation *invocation, guint32 uid,
                           GError **error)
{
  g_autofree char *name = g_strdup_printf ("%u", uid);

  return enter (callers, invocation, name, USER_TICKET, error);
}

gboolean
gh_bus_callers_enter_job (GhBusCallers *callers, GDBusMethodInvocation *invocation, GError **error)
{
  Ticket *ticket = g_object_get_data (G_OBJECT (invocation), TICKET);
  g_autoptr (GMutexLocker) locker = NULL;
  Caller *caller;

  if (!check_size (invocation, GH_BUS_MAX_JOB_OCTETS, error))
    return FALSE;
  locker = g_mutex_locker_new (&callers->lock);
  caller = g_hash_table_lookup (callers->callers, ticket->name);
  if (!take (&caller->jobs, GH_BUS_MAX_JOBS, "calls that wait for the disk", error))
    return FALSE;
  ticket->job = TRUE;
  return TRUE;
}
