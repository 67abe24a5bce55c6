/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "base/gh-log.h"
#include "gh-cse-private.h"
#include "gh-cse-security.h"
#include "security/gh-local-ca.h"
#include "security/gh-tls.h"

GhSecurity *
gh_cse_get_security (GhCse *cse)
{
  g_return_val_if_fail (GH_IS_CSE (cse), NULL);

  return g_atomic_int_get (&cse->state) == GH_CSE_RUNNING ? cse->security : NULL;
}

/* A host name that could be somebody's domain name; others stay out of certificates. */
static gboolean
is_host_name (const char *name)
{
  g_autofree char *as_kpsa = g_strconcat ("x@", name, NULL);

  return gh_kpsa_id_check (as_kpsa, strlen (as_kpsa), NULL);
}

static void
add_host (GPtrArray *hosts, const char *name)
{
  if (is_host_name (name) && !g_ptr_array_find_with_equal_func (hosts, name, g_str_equal, NULL))
    g_ptr_array_add (hosts, (gpointer) name);
}

/* (element-type utf8) (transfer container): names of the configuration, or of the machine. */
static GPtrArray *
list_hosts (const GhConfig *config)
{
  const char *const *configured = gh_config_get_list (config, "vault", "hosts");
  GPtrArray *hosts = g_ptr_array_new ();

  for (guint i = 0; configured != NULL && configured[i] != NULL; i++)
    add_host (hosts, configured[i]);
  if (hosts->len == 0)
    add_host (hosts, g_get_host_name ());
  add_host (hosts, "localhost");
  g_ptr_array_add (hosts, NULL);
  return hosts;
}

/* Names of the machine, for whoever issues a certificate to it. */
typedef struct {
  GhCaSite site;
  GPtrArray *hosts;
  GInetAddress *addresses[3];
} Site;

static void
site_init (Site *site, const GhCse *cse)
{
  const GhServiceOptions *options = &cse->service->options;

  site->hosts = list_hosts (cse->config);
  site->addresses[0] = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  site->addresses[1] = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV6);
  site->addresses[2] = NULL;
  site->site = (GhCaSite){ options->sp_domain, options->cse_id,
                           (const char *const *) site->hosts->pdata, site->addresses };
}

static void
site_clear (Site *site)
{
  g_ptr_array_unref (site->hosts);
  g_object_unref (site->addresses[0]);
  g_object_unref (site->addresses[1]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Site, site_clear)

/* An RSA key is none of the profile onem2m: the certificate would never be shown. */
static void
warn_of_profiles (GhCse *cse)
{
  static const struct {
    const char *group, *key;
  } listeners[] = { { "http", "tls-profile" }, { "coap", "profile" } };

  for (guint i = 0; i < G_N_ELEMENTS (listeners); i++)
    {
      const char *name = gh_config_get_string (cse->config, listeners[i].group, listeners[i].key);
      GhFault fault = { 0 };

      if (!gh_tls_profile_takes_server (gh_tls_profile_find (name), cse->security, &fault))
        gh_log (GH_LOG_WARNING, "tls", "no client can be shown the servers' certificate",
                "listener", listeners[i].group, "profile", name, "reason", fault.text, NULL);
    }
}

/* What is in the vault, or in the files of the configuration, is shown from now on. */
static gboolean
show_server (GhCse *cse, GError **error)
{
  if (!gh_server_keys_load (gh_security_get_server_keys (cse->security), NULL, error))
    return FALSE;
  warn_of_profiles (cse);
  return TRUE;
}

static void
tell_server (GhCse *cse, const char *event)
{
  GhServerStatus status;
  char ends[GH_TIMESTAMP_SIZE] = "";

  gh_server_keys_describe (gh_security_get_server_keys (cse->security), &status);
  if (status.ends_us != GH_NEVER_US)
    gh_timestamp_format (status.ends_us, ends);
  gh_log (GH_LOG_NOTICE, "vault", event, "ends", ends, NULL);
  gh_audit_record (gh_security_get_audit (cse->security), GH_AUDIT_CREDENTIAL, event, "ends", ends,
                   NULL);
}

static gboolean
issue_server (GhCse *cse, gboolean new_key, GError **error)
{
  g_auto (Site) site;

  site_init (&site, cse);
  return gh_local_ca_issue_server (gh_security_get_vault (cse->security), cse->clock, &site.site,
                                   new_key, error);
}

static gboolean
make (GhCse *cse, gboolean replace, GError **error)
{
  GhVault *vault = gh_security_get_vault (cse->security);
  g_autoptr (GhSecret) certificate = gh_vault_get_item (vault, GH_CA_ITEM_SERVER_CERTIFICATE);
  /* That of somebody else stays: only its installer knows what it is for. */
  const gboolean foreign = certificate != NULL && !gh_local_ca_has_server (vault);
  g_auto (Site) site;

  site_init (&site, cse);
  return gh_local_ca_init (vault, cse->clock, &site.site, replace, error)
         && (foreign || issue_server (cse, certificate == NULL, error));
}

gboolean
gh_cse_make_authority (GhCse *cse, gboolean replace, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&cse->authority_lock);

  return make (cse, replace, error) && show_server (cse, error);
}

gboolean
gh_cse_renew_server (GhCse *cse, gboolean new_key, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&cse->authority_lock);

  if (!issue_server (cse, new_key, error) || !show_server (cse, error))
    return FALSE;
  tell_server (cse, "certificate of the server renewed");
  return TRUE;
}

char *
gh_cse_request_server (GhCse *cse, const char *const *hosts, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&cse->authority_lock);
  const char *const *configured = gh_config_get_list (cse->config, "vault", "hosts");
  const char *own[] = { g_get_host_name (), NULL };
  char *request;

  if (hosts == NULL || hosts[0] == NULL)
    hosts = configured != NULL && configured[0] != NULL ? configured : own;
  request = gh_server_request_make (gh_security_get_vault (cse->security), hosts, error);
  if (request != NULL)
    gh_audit_record (gh_security_get_audit (cse->security), GH_AUDIT_CREDENTIAL,
                     "certificate of the server requested", "host", hosts[0], NULL);
  return request;
}

gboolean
gh_cse_install_server (GhCse *cse, const char *certificate, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&cse->authority_lock);

  if (!gh_server_install (gh_security_get_vault (cse->security), cse->clock, certificate,
                          strlen (certificate), error)
      || !show_server (cse, error))
    return FALSE;
  tell_server (cse, "certificate of the server installed");
  return TRUE;
}

/* A certificate that somebody else has put there is left alone: without an authority of ours there
 * is nothing to renew it with. */
gboolean
gh_cse_authority_start (GhCse *cse, GError **error)
{
  GhVault *vault = gh_security_get_vault (cse->security);
  g_autoptr (GhSecret) certificate = gh_vault_get_item (vault, GH_CA_ITEM_SERVER_CERTIFICATE);

  if (gh_config_get_boolean (cse->config, "vault", "local-authority"))
    {
      if (certificate == NULL && !gh_local_ca_exists (vault))
        {
          if (!make (cse, FALSE, error))
            return FALSE;
          gh_log (GH_LOG_NOTICE, "vault", "certificate of the server made", NULL);
        }
      else if (gh_local_ca_exists (vault) && gh_local_ca_server_due (vault, cse->clock)
               && !issue_server (cse, FALSE, error))
        return FALSE;
    }
  if (!gh_cse_load_server (cse, cse->config, error))
    return FALSE;
  warn_of_profiles (cse);
  return TRUE;
}

/* --- while it runs --- */

#define TEND_US  (60 * G_USEC_PER_SEC)
#define RETRY_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)
#define WARN_US  (30 * G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)
#define DAY_US   (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)

static gboolean
renew_when_due (GhCse *cse, GError **error)
{
  GhVault *vault = gh_security_get_vault (cse->security);

  if (!gh_config_get_boolean (cse->config, "vault", "local-authority")
      || !gh_local_ca_exists (vault) || !gh_local_ca_server_due (vault, cse->clock))
    return TRUE;
  if (!issue_server (cse, FALSE, error) || !show_server (cse, error))
    return FALSE;
  tell_server (cse, "certificate of the server renewed");
  return TRUE;
}

/* Once a day, while there is time to do something about it. */
static void
warn_of_end (GhCse *cse, gint64 now_us)
{
  const gint64 monotonic_us = gh_clock_monotonic_us (cse->clock);
  GhServerStatus status;
  char ends[GH_TIMESTAMP_SIZE];

  gh_server_keys_describe (gh_security_get_server_keys (cse->security), &status);
  if (status.ends_us == GH_NEVER_US || now_us < status.ends_us - WARN_US
      || monotonic_us < cse->warn_after_us)
    return;
  cse->warn_after_us = monotonic_us + DAY_US;
  gh_timestamp_format (status.ends_us, ends);
  gh_log (GH_LOG_WARNING, "tls",
          now_us < status.ends_us ? "the certificate of the servers ends soon"
                                  : "the certificate of the servers has ended",
          "ends", ends, "source", status.files ? "[tls] certificate" : "vault", NULL);
}

void
gh_cse_tend_server (GhCse *cse)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&cse->authority_lock);
  const gint64 now_us = gh_clock_wall_us (cse->clock);
  const gint64 monotonic_us = gh_clock_monotonic_us (cse->clock);
  g_autoptr (GError) error = NULL;

  if (monotonic_us < cse->renew_after_us)
    return;
  if (!renew_when_due (cse, &error))
    {
      cse->renew_after_us = monotonic_us + RETRY_US;
      gh_log (GH_LOG_ERROR, "vault", "the certificate of the server could not be renewed", "reason",
              error->message, NULL);
    }
  warn_of_end (cse, now_us);
}

static gpointer
tend (gpointer data)
{
  GhCse *cse = data;

  g_mutex_lock (&cse->tend_lock);
  while (!cse->tend_stop)
    {
      const gint64 until = g_get_monotonic_time () + TEND_US;

      g_mutex_unlock (&cse->tend_lock);
      gh_cse_tend_server (cse);
      g_mutex_lock (&cse->tend_lock);
      while (!cse->tend_stop && g_cond_wait_until (&cse->tend_wake, &cse->tend_lock, until))
        ;
    }
  g_mutex_unlock (&cse->tend_lock);
  return NULL;
}

void
gh_cse_tend_start (GhCse *cse)
{
  cse->tend_stop = FALSE;
  cse->tender = g_thread_new ("gh-tend", tend, cse);
}

void
gh_cse_tend_stop (GhCse *cse)
{
  if (cse->tender == NULL)
    return;
  g_mutex_lock (&cse->tend_lock);
  cse->tend_stop = TRUE;
  g_cond_signal (&cse->tend_wake);
  g_mutex_unlock (&cse->tend_lock);
  g_thread_join (g_steal_pointer (&cse->tender));
}
