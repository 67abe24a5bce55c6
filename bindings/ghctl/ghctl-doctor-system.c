/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-doctor.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <unistd.h>

/* The part of the doctor that looks at the machine and at the daemon. */

#define LITTLE_MEMLOCK (8 * 1024 * 1024)
#define SOON_S         (30 * 24 * 3600)
#define EARLIEST_S     G_GINT64_CONSTANT (1767225600) /* 2026-01-01: before this was written */

/* --- clock --- */

/* A file of ours from the future: the clock was put back. */
static gint64
seconds_ahead (GhctlDoctor *doctor, gint64 now_s)
{
  static const char *const names[] = { "gatehouse.db", "gatehouse.db-wal", "vault" };
  gint64 ahead = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (doctor->folder, names[i], NULL);
      struct stat status;
      if (stat (path, &status) == 0)
        ahead = MAX (ahead, (gint64) status.st_mtime - now_s);
    }
  return ahead;
}

void
ghctl_doctor_clock (GhctlDoctor *doctor)
{
  const gint64 now_s = g_get_real_time () / G_USEC_PER_SEC;
  const gint64 ahead = seconds_ahead (doctor, now_s);
  struct timex state = { 0 };
  const char *topic = N_ ("clock");

  if (now_s < EARLIEST_S)
    ghctl_doctor_find (doctor, GHCTL_FINDING_ERROR, topic,
                       g_strdup (_ ("it stands before this program was made")),
                       g_strdup ("timedatectl set-ntp true"));
  else if (ahead > 60)
    ghctl_doctor_find (doctor, GHCTL_FINDING_ERROR, topic,
                       g_strdup_printf (_ ("it was put back: files are %lld seconds ahead of it"),
                                        (long long) ahead),
                       g_strdup ("timedatectl set-ntp true"));
  else if (adjtimex (&state) == TIME_ERROR || (state.status & STA_UNSYNC) != 0)
    ghctl_doctor_find (doctor, GHCTL_FINDING_WARNING, topic,
                       g_strdup (_ ("nothing keeps it right; certificates and expiration need it")),
                       g_strdup ("timedatectl set-ntp true"));
  else
    ghctl_doctor_find (doctor, GHCTL_FINDING_OK, topic, g_strdup (_ ("it is synchronised")), NULL);
}

/* --- memory --- */

static guint32
daemon_pid (GhctlDoctor *doctor)
{
  g_autoptr (GVariant) answer = NULL;
  guint32 pid = 0;

  if (doctor->connection != NULL)
    answer = g_dbus_connection_call_sync (
      doctor->connection, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
      "GetConnectionUnixProcessID", g_variant_new ("(s)", "org.gatehouse.Gatehouse1"),
      G_VARIANT_TYPE ("(u)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
  if (answer != NULL)
    g_variant_get (answer, "(u)", &pid);
  return pid;
}

void
ghctl_doctor_memory (GhctlDoctor *doctor)
{
  const guint32 pid = daemon_pid (doctor);
  struct rlimit limit;

  if (prlimit (pid > 0 ? (pid_t) pid : 0, RLIMIT_MEMLOCK, NULL, &limit) != 0)
    return;
  g_autofree char *size = limit.rlim_cur == RLIM_INFINITY ? g_strdup (_ ("any amount"))
                                                          : ghctl_size ((gint64) limit.rlim_cur);
  if (limit.rlim_cur < LITTLE_MEMLOCK)
    ghctl_doctor_find (doctor, GHCTL_FINDING_WARNING, N_ ("memory"),
                       g_strdup_printf (_ ("only %s can be locked for secrets"), size),
                       g_strdup (_ ("LimitMEMLOCK=64M in the unit, or ulimit -l")));
  else
    ghctl_doctor_find (doctor, GHCTL_FINDING_OK, N_ ("memory"),
                       g_strdup_printf (_ ("%s can be locked for secrets"), size), NULL);
}

/* --- ports --- */

/* Is the daemon there itself? */
static gboolean
is_daemons (GhctlDoctor *doctor, guint16 port)
{
  g_autofree const char **urls = NULL;
  g_autofree char *end = g_strdup_printf (":%u", port);

  if (doctor->status == NULL || !g_variant_lookup (doctor->status, "urls", "^a&s", &urls))
    return FALSE;
  for (gsize i = 0; urls[i] != NULL; i++)
    if (g_str_has_suffix (urls[i], end))
      return TRUE;
  return FALSE;
}

static GSocketAddress *
parse_address (const char *text, guint16 *out_port)
{
  g_autoptr (GSocketConnectable) parsed = g_network_address_parse (text, 0, NULL);
  g_autoptr (GInetAddress) address = NULL;
  const char *host;

  if (parsed == NULL)
    return NULL;
  host = g_network_address_get_hostname (G_NETWORK_ADDRESS (parsed));
  *out_port = g_network_address_get_port (G_NETWORK_ADDRESS (parsed));
  address = strcmp (host, "*") == 0 ? g_inet_address_new_any (G_SOCKET_FAMILY_IPV6)
                                    : g_inet_address_new_from_string (host);
  return address != NULL ? g_inet_socket_address_new (address, *out_port) : NULL;
}

static void
check_port (GhctlDoctor *doctor, const char *key, const char *text, GSocketType type)
{
  guint16 port = 0;
  g_autoptr (GSocketAddress) address = parse_address (text, &port);
  g_autoptr (GError) error = NULL;

  if (address == NULL || port == 0)
    return;
  if (is_daemons (doctor, port))
    {
      ghctl_doctor_find (doctor, GHCTL_FINDING_OK, N_ ("ports"),
                         g_strdup_printf (_ ("%s: gatehoused listens at %s"), key, text), NULL);
      return;
    }
  g_autoptr (GSocket) socket = g_socket_new (g_socket_address_get_family (address), type,
                                             G_SOCKET_PROTOCOL_DEFAULT, &error);
  if (socket != NULL && g_socket_bind (socket, address, type == G_SOCKET_TYPE_STREAM, &error))
    ghctl_doctor_find (doctor, GHCTL_FINDING_OK, N_ ("ports"),
                       g_strdup_printf (_ ("%s: %s is free"), key, text), NULL);
  else
    ghctl_doctor_find (doctor, GHCTL_FINDING_ERROR, N_ ("ports"),
                       g_strdup_printf ("%s: %s: %s", key, text, error->message),
                       g_error_matches (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE)
                         ? g_strdup_printf (_ ("\"ss -lptun 'sport = :%u'\" says who has it"), port)
                         : NULL);
}

void
ghctl_doctor_ports (GhctlDoctor *doctor)
{
  static const struct {
    const char *group, *key;
    GSocketType type;
    const char *fallback; /* what is taken without the key */
  } keys[] = {
    { "http", "listen", G_SOCKET_TYPE_STREAM, NULL },
    { "http", "listen-secure", G_SOCKET_TYPE_STREAM, "*:8443" },
    { "coap", "listen", G_SOCKET_TYPE_DATAGRAM, NULL },
    { "coap", "listen-tcp", G_SOCKET_TYPE_STREAM, NULL },
    { "coap", "listen-secure", G_SOCKET_TYPE_DATAGRAM, "*:5684" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      const char *const *list = gh_config_get_list (doctor->config, keys[i].group, keys[i].key);
      g_autofree char *name = g_strdup_printf ("[%s] %s", keys[i].group, keys[i].key);
      if (!gh_config_is_set (doctor->config, keys[i].group, keys[i].key))
        {
          if (keys[i].fallback != NULL)
            check_port (doctor, name, keys[i].fallback, keys[i].type);
          continue;
        }
      for (; list != NULL && *list != NULL; list++)
        check_port (doctor, name, *list, keys[i].type);
    }
}

/* --- the daemon --- */

void
ghctl_doctor_bus (GhctlDoctor *doctor, GhctlBus bus)
{
  g_autoptr (GError) error = NULL;
  const char *version = "?", *state = "?";
  gboolean development = FALSE;

  doctor->connection = ghctl_connect (bus, &error);
  if (doctor->connection != NULL)
    doctor->status = ghctl_status (doctor->connection, &error);
  if (doctor->status == NULL)
    {
      ghctl_doctor_find (doctor, GHCTL_FINDING_WARNING, N_ ("bus"), g_strdup (error->message),
                         g_strdup ("systemctl start gatehoused; journalctl -u gatehoused"));
      return;
    }
  g_variant_lookup (doctor->status, "version", "&s", &version);
  g_variant_lookup (doctor->status, "state", "&s", &state);
  g_variant_lookup (doctor->status, "development", "b", &development);
  ghctl_doctor_find (doctor, GHCTL_FINDING_OK, N_ ("bus"),
                     g_strdup_printf (_ ("gatehoused %s answers: %s"), version, state), NULL);
  if (development)
    ghctl_doctor_find (doctor, GHCTL_FINDING_WARNING, N_ ("identities"),
                       g_strdup (_ ("they are only claimed, because it runs with --dev")),
                       g_strdup (_ ("start it without --dev where others can reach it")));
}

static guint64
judge_credential (GhctlDoctor *doctor, GVariant *credential, guint *soon)
{
  const gint64 now_s = g_get_real_time () / G_USEC_PER_SEC;
  const char *id = "?", *state = "";
  gint64 ends_s = 0;
  guint64 number = 0;

  g_variant_lookup (credential, "number", "t", &number);
  g_variant_lookup (credential, "id", "&s", &id);
  g_variant_lookup (credential, "state", "&s", &state);
  g_variant_lookup (credential, "not-after", "x", &ends_s);
  if (ends_s == 0 || ends_s > now_s + SOON_S || strcmp (state, "revoked") == 0)
    return number;
  (*soon)++;
  g_autoptr (GDateTime) ends = g_date_time_new_from_unix_utc (ends_s);
  g_autofree char *day = ends != NULL ? g_date_time_format (ends, "%F") : g_strdup ("?");
  ghctl_doctor_find (
    doctor, ends_s <= now_s ? GHCTL_FINDING_ERROR : GHCTL_FINDING_WARNING, N_ ("credentials"),
    g_strdup_printf (ends_s <= now_s ? _ ("%s ended on %s") : _ ("%s ends on %s"), id, day),
    g_strdup_printf (_ ("\"ghctl credential rotate %s\", or change --expires"), id));
  return number;
}

void
ghctl_doctor_credentials (GhctlDoctor *doctor)
{
  guint64 after = 0;
  guint soon = 0;
  gsize n;

  if (doctor->status == NULL)
    return;
  do
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) answer = ghctl_call_simple (
        doctor->connection, "org.gatehouse.Gatehouse1.Credentials", "List",
        g_variant_new ("(stu)", "", after, 500), "(aa{sv})", &error);
      if (answer == NULL)
        {
          ghctl_doctor_find (doctor, GHCTL_FINDING_WARNING, N_ ("credentials"),
                             g_strdup (error->message), NULL);
          return;
        }
      g_autoptr (GVariant) all = g_variant_get_child_value (answer, 0);
      n = g_variant_n_children (all);
      for (gsize i = 0; i < n; i++)
        {
          g_autoptr (GVariant) one = g_variant_get_child_value (all, i);
          after = MAX (after, judge_credential (doctor, one, &soon));
        }
    }
  while (n > 0);
  if (soon == 0)
    ghctl_doctor_find (doctor, GHCTL_FINDING_OK, N_ ("credentials"),
                       g_strdup (_ ("none of them ends within 30 days")), NULL);
}
