/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "base/gh-log.h"
#include "gh-cse-private.h"
#include "gh-cse-security.h"
#include "security/gh-local-ca.h"

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

static gboolean
issue_server (GhCse *cse, const GhCaSite *site, GError **error)
{
  GhVault *vault = gh_security_get_vault (cse->security);

  if (!gh_local_ca_issue_server (vault, cse->clock, site, error))
    return FALSE;
  gh_log (GH_LOG_NOTICE, "vault", "certificate of the server made", "host", site->hosts[0], NULL);
  return TRUE;
}

static gboolean
with_site (GhCse *cse, gboolean (*func) (GhCse *cse, const GhCaSite *site, GError **error),
           GError **error)
{
  const GhServiceOptions *options = &cse->service->options;
  g_autoptr (GPtrArray) hosts = list_hosts (cse->config);
  g_autoptr (GInetAddress) four = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GInetAddress) six = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV6);
  GInetAddress *const addresses[] = { four, six, NULL };
  const GhCaSite site = { options->sp_domain, options->cse_id, (const char *const *) hosts->pdata,
                          addresses };

  return func (cse, &site, error);
}

static gboolean
make (GhCse *cse, const GhCaSite *site, GError **error)
{
  return gh_local_ca_init (gh_security_get_vault (cse->security), cse->clock, site, FALSE, error)
         && issue_server (cse, site, error);
}

static gboolean
make_again (GhCse *cse, const GhCaSite *site, GError **error)
{
  return gh_local_ca_init (gh_security_get_vault (cse->security), cse->clock, site, TRUE, error)
         && issue_server (cse, site, error);
}

gboolean
gh_cse_make_authority (GhCse *cse, gboolean replace, GError **error)
{
  return with_site (cse, replace ? make_again : make, error);
}

/* A certificate that somebody else has put there is left alone: without an authority of ours there
 * is nothing to renew it with. */
gboolean
gh_cse_authority_start (GhCse *cse, GError **error)
{
  GhVault *vault = gh_security_get_vault (cse->security);
  g_autoptr (GhSecret) certificate = gh_vault_get_item (vault, GH_CA_ITEM_SERVER_CERTIFICATE);

  if (!gh_config_get_boolean (cse->config, "vault", "local-authority"))
    return TRUE;
  if (certificate == NULL && !gh_local_ca_exists (vault))
    return with_site (cse, make, error);
  if (!gh_local_ca_exists (vault) || !gh_local_ca_server_due (vault, cse->clock))
    return TRUE;
  return with_site (cse, issue_server, error);
}
