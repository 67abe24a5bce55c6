/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/gh-log.h"
#include "gh-cse-private.h"
#include "gh-cse-surroundings.h"
#include "service/gh-registrar.h"
#include "write/gh-effect.h"

#include <gio/gio.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

/* Where other CSEs and AEs reach this one: the pointOfAccess of its CSEBase. */

#define ARENA         65536
#define MAX_ADDRESSES 16 /* that are published; a machine with more names them in [cse] poa */

/* NULL: of no use to a peer. (transfer full) */
static char *
address_text (const struct ifaddrs *entry)
{
  const struct sockaddr *native = entry->ifa_addr;
  gsize length = sizeof (struct sockaddr_in);

  if (native == NULL || (entry->ifa_flags & IFF_UP) == 0 || (entry->ifa_flags & IFF_LOOPBACK) != 0
      || (native->sa_family != AF_INET && native->sa_family != AF_INET6))
    return NULL;
  if (native->sa_family == AF_INET6)
    length = sizeof (struct sockaddr_in6);
  g_autoptr (GSocketAddress) address = g_socket_address_new_from_native ((gpointer) native, length);
  if (address == NULL)
    return NULL;
  GInetAddress *inet = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address));
  return g_inet_address_get_is_loopback (inet) || g_inet_address_get_is_link_local (inet)
           ? NULL
           : g_inet_address_to_string (inet);
}

static gint
compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

char **
gh_cse_list_addresses (void)
{
  GPtrArray *texts = g_ptr_array_new_with_free_func (g_free);
  struct ifaddrs *list = NULL;

  if (getifaddrs (&list) != 0)
    list = NULL;
  for (const struct ifaddrs *entry = list; entry != NULL; entry = entry->ifa_next)
    {
      char *text = address_text (entry);

      if (text != NULL)
        g_ptr_array_add (texts, text);
    }
  if (list != NULL)
    freeifaddrs (list);
  g_ptr_array_sort (texts, compare);
  if (texts->len > MAX_ADDRESSES)
    g_ptr_array_set_size (texts, MAX_ADDRESSES);
  g_ptr_array_add (texts, NULL);
  g_ptr_array_set_free_func (texts, NULL);
  return (char **) g_ptr_array_free (texts, FALSE);
}

/* "https://gateway:8443", of a listener on every address, once for each of @addresses. */
static void
expand (const char *url, const char *const *addresses, GPtrArray *out)
{
  const char *host = strstr (url, "://");
  const char *name = g_get_host_name ();
  const gsize length = strlen (name);

  host = host != NULL ? host + strlen ("://") : url;
  if (addresses[0] == NULL || strncmp (host, name, length) != 0 || host[length] != ':')
    {
      g_ptr_array_add (out, g_strdup (url));
      return;
    }
  for (; *addresses != NULL; addresses++)
    g_ptr_array_add (out, g_strdup_printf (strchr (*addresses, ':') != NULL ? "%.*s[%s]%s"
                                                                            : "%.*s%s%s",
                                           (int) (host - url), url, *addresses, host + length));
}

char **
gh_cse_dup_points_of_access (GhCse *cse)
{
  const char *const *configured = gh_config_get_list (cse->config, "cse", "poa");
  g_auto (GStrv) urls = NULL, addresses = NULL;
  GPtrArray *all;

  if (configured != NULL && configured[0] != NULL)
    return g_strdupv ((char **) configured);
  if (strcmp (gh_config_get_string (cse->config, "cse", "poa-hosts"), "addresses") != 0)
    return gh_cse_dup_urls (cse);
  urls = gh_cse_dup_urls (cse);
  addresses = gh_cse_list_addresses ();
  all = g_ptr_array_new ();
  for (guint i = 0; urls[i] != NULL; i++)
    expand (urls[i], (const char *const *) addresses, all);
  g_ptr_array_add (all, NULL);
  return (char **) g_ptr_array_free (all, FALSE);
}

/* The new points of access, on their way to the writer. */
typedef struct {
  const GhService *service;
  char **urls;
} Publishing;

static gboolean
write_urls (GhWriter *writer, const Publishing *publishing, GError **error)
{
  const GhView view = gh_effect_view (writer);
  g_autoptr (GhArena) arena = gh_arena_new (ARENA);
  GhDraft draft = { .type = gh_type_by_number (GH_TYPE_CSE_BASE) };
  GhNode root;

  if (!gh_view_find (&view, publishing->service->root_id, &root))
    return TRUE;
  const GhValue now = gh_cse_urls_value (arena, (const char *const *) publishing->urls);
  const GhValue *before = gh_resource_get (root.resource, "poa");
  if (before == NULL ? now.kind == GH_VALUE_NULL : gh_value_equal (before, &now))
    return TRUE;
  if (!gh_draft_set (&draft, arena, "poa", now))
    {
      g_set_error_literal (error, GH_ERROR, GH_ERROR_TOO_LARGE, "they are too long");
      return FALSE;
    }
  gh_log (GH_LOG_NOTICE, "cse", "the points of access are others", "first",
          publishing->urls[0] != NULL ? publishing->urls[0] : "none", NULL);
  return gh_effect_update (writer, &root, &draft, NULL, error);
}

static void
publish (GhWriter *writer, gpointer data)
{
  g_autoptr (GError) error = NULL;

  if (!write_urls (writer, data, &error))
    gh_log (GH_LOG_WARNING, "cse", "the points of access could not be written", "reason",
            error->message, NULL);
}

static void
published (const GhResponse *response, gpointer user_data)
{
  Publishing *publishing = user_data;

  (void) response;
  g_strfreev (publishing->urls);
  g_free (publishing);
}

void
gh_cse_publish_addresses (GhCse *cse)
{
  Publishing *publishing = g_new0 (Publishing, 1);
  GhIntent *intent = gh_intent_new (GH_INTENT_CALL);

  publishing->service = cse->service;
  publishing->urls = gh_cse_dup_points_of_access (cse);
  intent->call = publish;
  intent->reply = published;
  intent->user_data = publishing;
  if (gh_writer_push (cse->service->writer, intent))
    return;
  gh_intent_free (intent);
  published (NULL, publishing);
}
