/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "plugin/gh-plugin-binding.h"

#include <string.h>

#define MAX_VERSION 64

/* The smallest tables of ABI 1: those of 1.0. They never shrink, later minors append. */
#define DESC_MIN      (G_STRUCT_OFFSET (GhPluginDesc, ops) + sizeof (gpointer))
#define OPS_MIN       (G_STRUCT_OFFSET (GhPluginOps, security) + sizeof (gpointer))
#define TRANSPORT_MIN (G_STRUCT_OFFSET (GhTransportOps, close_association) + sizeof (gpointer))
#define STORE_MIN     (G_STRUCT_OFFSET (GhStoreOps, read_children) + sizeof (gpointer))
#define SECURITY_MIN  (G_STRUCT_OFFSET (GhSecurityOps, reload) + sizeof (gpointer))

static gboolean refuse (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
refuse (GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  if (error != NULL)
    *error = g_error_new_valist (GH_ERROR, GH_ERROR_PLUGIN, format, args);
  va_end (args);
  return FALSE;
}

/*
 * A table of our minor or an older one: not smaller than the first of its major, not larger than
 * ours.
 */
static gboolean
size_is_sane (gsize size, gsize minimum, gsize ours, const char *what, GError **error)
{
  if (size < minimum)
    return refuse (error,
                   "%s has %" G_GSIZE_FORMAT " octets, at least %" G_GSIZE_FORMAT " were expected",
                   what, size, minimum);
  if (size > ours)
    return refuse (error,
                   "%s has %" G_GSIZE_FORMAT " octets, more than the %" G_GSIZE_FORMAT
                   " that its ABI version has",
                   what, size, ours);
  if (size % sizeof (gpointer) != 0)
    return refuse (error, "%s has %" G_GSIZE_FORMAT " octets, not a whole number of members", what,
                   size);
  return TRUE;
}

static gboolean
check_head (const GhPluginDesc *desc, gsize symbol_size, GError **error)
{
  if ((gsize) desc % G_ALIGNOF (GhPluginDesc) != 0)
    return refuse (error, "the descriptor is not aligned");
  if (symbol_size != 0 && symbol_size < 2 * sizeof (guint32))
    return refuse (error, "the descriptor is truncated: the symbol has %" G_GSIZE_FORMAT " octets",
                   symbol_size);
  if (desc->magic != GH_PLUGIN_MAGIC)
    return refuse (error, "wrong magic 0x%08x, 0x%08x was expected: not a plugin of Gatehouse",
                   desc->magic, GH_PLUGIN_MAGIC);
  if (symbol_size != 0 && symbol_size < desc->struct_size)
    return refuse (
      error, "the descriptor is truncated: it claims %u octets, the symbol has %" G_GSIZE_FORMAT,
      desc->struct_size, symbol_size);
  if (desc->struct_size < DESC_MIN)
    return refuse (error,
                   "the descriptor has %u octets, at least %" G_GSIZE_FORMAT " were expected",
                   desc->struct_size, (gsize) DESC_MIN);
  /*
   * The version comes before the other limits of size, so that the reason named is the first one.
   */
  if (desc->abi_major != GH_PLUGIN_ABI_MAJOR)
    return refuse (error, "ABI major %u, this host has %u", desc->abi_major, GH_PLUGIN_ABI_MAJOR);
  if (desc->abi_minor > GH_PLUGIN_ABI_MINOR)
    return refuse (error, "ABI %u.%u is newer than this host's %u.%u", desc->abi_major,
                   desc->abi_minor, GH_PLUGIN_ABI_MAJOR, GH_PLUGIN_ABI_MINOR);
  return size_is_sane (desc->struct_size, DESC_MIN, sizeof *desc, "the descriptor", error);
}

static gboolean
text_is_sane (const char *text, const char *what, GError **error)
{
  gsize length = text != NULL ? strnlen (text, MAX_VERSION + 1) : 0;

  if (length == 0 || length > MAX_VERSION)
    return refuse (error, "%s of the descriptor is missing or longer than %d octets", what,
                   MAX_VERSION);
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isgraph (text[i]))
      return refuse (error, "%s of the descriptor has characters other than printable ASCII", what);
  return TRUE;
}

static gboolean
check_identity (const GhPluginDesc *desc, const char *name, guint32 capabilities, GError **error)
{
  g_auto (GStrv) declared = gh_capabilities_to_strv (desc->capabilities);
  g_auto (GStrv) expected = gh_capabilities_to_strv (capabilities);
  g_autofree char *declared_text = g_strjoinv (";", declared);
  g_autofree char *expected_text = g_strjoinv (";", expected);

  if (!text_is_sane (desc->name, "the name", error)
      || !text_is_sane (desc->version, "the version", error))
    return FALSE;
  if (strcmp (desc->name, name) != 0)
    return refuse (error, "the descriptor's name is '%s', '%s' was expected", desc->name, name);
  if (desc->capabilities == 0 || (desc->capabilities & ~gh_capabilities_mask ()))
    return refuse (error, "capabilities 0x%x, a set of known ones was expected",
                   desc->capabilities);
  if (capabilities != 0 && desc->capabilities != capabilities)
    return refuse (error, "the descriptor declares '%s', the manifest '%s'", declared_text,
                   expected_text);
  return TRUE;
}

static gboolean
check_transport (const GhTransportOps *ops, GError **error)
{
  if (!size_is_sane (ops->struct_size, TRANSPORT_MIN, sizeof *ops, "the transport table", error))
    return FALSE;
  if (ops->name == NULL || ops->create == NULL || ops->free == NULL)
    return refuse (error, "the transport table lacks name, create or free");
  return TRUE;
}

/*
 * Every function of a store is part of one protocol; half a store would fail in the middle of a
 * batch.
 */
static gboolean
check_store (const GhStoreOps *ops, GError **error)
{
  const gsize first = G_STRUCT_OFFSET (GhStoreOps, open);

  if (!size_is_sane (ops->struct_size, STORE_MIN, sizeof *ops, "the store table", error))
    return FALSE;
  if (ops->name == NULL)
    return refuse (error, "the store table lacks its name");
  for (gsize at = first; at < STORE_MIN; at += sizeof (gpointer))
    {
      gpointer member;

      memcpy (&member, (const char *) ops + at, sizeof member);
      if (member == NULL)
        return refuse (error,
                       "the store table lacks a function: member %" G_GSIZE_FORMAT " is NULL",
                       (at - first) / sizeof (gpointer) + 1);
    }
  return TRUE;
}

/* A plugin that proves nothing has no business here: a listener would wait for it in vain. */
static gboolean
check_security (const GhSecurityOps *ops, GError **error)
{
  /* for a user the message bus vouches, no plugin */
  const guint known = ((1u << GH_N_CREDENTIAL_KINDS) - 1) & ~(1u | 1u << GH_CREDENTIAL_USER);

  if (!size_is_sane (ops->struct_size, SECURITY_MIN, sizeof *ops, "the security table", error))
    return FALSE;
  if (ops->name == NULL || ops->create == NULL || ops->free == NULL)
    return refuse (error, "the security table lacks name, create or free");
  if (ops->psk_lookup == NULL && ops->judge_peer == NULL)
    return refuse (error, "the security table lacks both psk_lookup and judge_peer");
  if (ops->credential_kinds == 0 || (ops->credential_kinds & ~known) != 0)
    return refuse (error, "the security table proves kinds 0x%x, a set of known ones was expected",
                   ops->credential_kinds);
  return TRUE;
}

static gboolean
check_tables (const GhPluginDesc *desc, GError **error)
{
  const GhPluginOps *ops = desc->ops;

  if (ops == NULL)
    return refuse (error, "the descriptor has no table of functions");
  if (!size_is_sane (ops->struct_size, OPS_MIN, sizeof *ops, "the plugin table", error))
    return FALSE;
  if ((ops->transport != NULL) != ((desc->capabilities & GH_CAPABILITY_TRANSPORT) != 0))
    return refuse (error, "the transport table and the capability do not agree");
  if ((ops->store != NULL) != ((desc->capabilities & GH_CAPABILITY_STORE) != 0))
    return refuse (error, "the store table and the capability do not agree");
  if ((ops->security != NULL) != ((desc->capabilities & GH_CAPABILITY_SECURITY) != 0))
    return refuse (error, "the security table and the capability do not agree");
  return (ops->transport == NULL || check_transport (ops->transport, error))
         && (ops->store == NULL || check_store (ops->store, error))
         && (ops->security == NULL || check_security (ops->security, error));
}

gboolean
gh_plugin_descriptor_check (const GhPluginDesc *desc, gsize symbol_size, const char *name,
                            guint32 capabilities, GError **error)
{
  return check_head (desc, symbol_size, error) && check_identity (desc, name, capabilities, error)
         && check_tables (desc, error);
}

GhPluginBinding *
gh_plugin_binding_new (const GhPluginDesc *desc, const GhManifest *manifest, const char *path)
{
  GhPluginBinding *binding = g_new0 (GhPluginBinding, 1);
  const GhPluginOps *ops = desc->ops;

  binding->path = g_strdup (path);
  binding->version = g_strdup (desc->version);
  binding->capabilities = desc->capabilities;
  binding->requires_names = manifest != NULL ? g_strdupv (manifest->requires_names)
                                             : g_new0 (char *, 1);
  binding->after_names = manifest != NULL ? g_strdupv (manifest->after_names) : g_new0 (char *, 1);
  memcpy (&binding->ops, ops, ops->struct_size);
  if (ops->transport != NULL)
    memcpy (&binding->transport, ops->transport, ops->transport->struct_size);
  if (ops->store != NULL)
    memcpy (&binding->store, ops->store, ops->store->struct_size);
  if (ops->security != NULL)
    memcpy (&binding->security, ops->security, ops->security->struct_size);
  return binding;
}

void
gh_plugin_binding_free (GhPluginBinding *binding)
{
  if (binding == NULL)
    return;
  g_free (binding->path);
  g_free (binding->version);
  g_strfreev (binding->requires_names);
  g_strfreev (binding->after_names);
  g_free (binding);
}
