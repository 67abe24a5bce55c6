/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-binding.h"

#include <string.h>

#include "base/gh-log.h"

#define META_KEY "bindings"

typedef enum {
  ASKED,     /* its request is being checked */
  KEPT,      /* its resource is in the batch under way */
  COMMITTED, /* its resource is in the store */
} Stage;

typedef struct {
  GhVaultBinding binding; /* owns its texts */
  char *owner;            /* of the credential; NULL: a certificate that its anchor admits */
  char *registered;       /* what the request registers: the identity, or for one more */
  Stage stage;
} Entry;

struct _GhBindings {
  GPtrArray *entries; /* Entry: those of the batch under way, and those that could not be bound */
  gboolean written;   /* the store names some */
};

static void
entry_free (gpointer data)
{
  Entry *entry = data;
  g_free ((char *) entry->binding.subject);
  g_free ((char *) entry->binding.identity);
  g_free (entry->owner);
  g_free (entry->registered);
  g_free (entry);
}

GhBindings *
gh_bindings_new (void)
{
  GhBindings *bindings = g_new0 (GhBindings, 1);
  bindings->entries = g_ptr_array_new_with_free_func (entry_free);
  return bindings;
}

static GhVault *
vault_of (const GhService *service)
{
  return service->security != NULL ? gh_security_get_vault (service->security) : NULL;
}

void
gh_bindings_free (GhBindings *bindings)
{
  g_ptr_array_unref (bindings->entries);
  g_free (bindings);
}

/* Those that are no further than @last. */
static void
drop (GhService *service, Stage last)
{
  GPtrArray *entries = service->bindings->entries;
  for (guint i = entries->len; i-- > 0;)
    {
      const Entry *entry = entries->pdata[i];
      if (entry->stage > last)
        continue;
      gh_vault_release (vault_of (service), &entry->binding);
      g_ptr_array_remove_index (entries, i);
    }
}

static void
raise_to (GhService *service, Stage stage)
{
  const GPtrArray *entries = service->bindings->entries;
  for (guint i = 0; i < entries->len; i++)
    ((Entry *) entries->pdata[i])->stage = stage;
}

/* @entry (transfer full) */
static gboolean
reserve (GhService *service, Entry *entry, GhFault *fault)
{
  g_autoptr (GError) error = NULL;
  if (gh_vault_reserve (vault_of (service), &entry->binding, &error))
    {
      g_ptr_array_add (service->bindings->entries, entry);
      return TRUE;
    }
  /* who it belongs to is nobody else's business */
  gh_log (GH_LOG_INFO, "service", "an identity was asked for that is not to be had", "reason",
          error->message, NULL);
  gh_fault_set (fault, GH_ERROR_NOT_AUTHENTICATED,
                "From: %s is not for the credential of this association", entry->registered);
  entry_free (entry);
  return FALSE;
}

static Entry *
entry_new (const GhPrincipal *principal, const char *identity, const char *registered)
{
  const guint64 anchor = gh_principal_get_anchor (principal);
  Entry *entry = g_new0 (Entry, 1);
  entry->binding = (GhVaultBinding){
    .number = gh_principal_get_credential (principal),
    .anchor = anchor,
    .subject = anchor != 0 ? g_strdup (gh_principal_get_identities (principal)[0]) : NULL,
    .identity = g_strdup (identity),
  };
  entry->owner = g_strdup (gh_principal_get_owner (principal));
  entry->registered = g_strdup (registered);
  return entry;
}

/* A certificate that its anchor alone admits gets an entry, which has to name its own identity
 * beside the one that it registers. */
static gboolean
reserve_own (GhService *service, const GhPrincipal *principal, const char *identity, GhFault *fault)
{
  g_autofree char *own = gh_originator_shorten (gh_principal_get_identities (principal)[0],
                                                &service->home);
  return own == NULL || own[0] == '/' || strcmp (own, identity) == 0
         || reserve (service, entry_new (principal, own, identity), fault);
}

gboolean
gh_bindings_reserve (GhService *service, const GhPrincipal *principal, const char *identity,
                     GhFault *fault)
{
  const gboolean vouched = gh_principal_get_anchor (principal) != 0;
  if (vault_of (service) == NULL)
    return TRUE;
  /* of a request that was refused */
  drop (service, ASKED);
  if (!vouched
      && (gh_principal_get_credential (principal) == 0
          || gh_principal_may_use_at (principal, identity, &service->home)))
    return TRUE;
  return reserve (service, entry_new (principal, identity, identity), fault)
         && (!vouched || reserve_own (service, principal, identity, fault));
}

void
gh_bindings_keep (GhService *service, const char *identity)
{
  const GPtrArray *entries = service->bindings->entries;
  for (guint i = 0; i < entries->len; i++)
    {
      Entry *entry = entries->pdata[i];
      if (entry->stage == ASKED && g_strcmp0 (entry->registered, identity) == 0)
        entry->stage = KEPT;
    }
}

/* A line each: credential, anchor, name of the certificate or "-", identity, owner or "-". Only the
 * last may have a blank. */
gboolean
gh_bindings_write (GhService *service, GError **error)
{
  GhBindings *bindings = service->bindings;
  g_autoptr (GString) text = g_string_new (NULL);
  if (bindings->entries->len > 0)
    drop (service, ASKED);
  for (guint i = 0; i < bindings->entries->len; i++)
    {
      const Entry *entry = bindings->entries->pdata[i];
      const GhVaultBinding *binding = &entry->binding;
      g_string_append_printf (text, "%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %s %s %s\n",
                              binding->number, binding->anchor,
                              binding->subject != NULL ? binding->subject : "-", binding->identity,
                              entry->owner != NULL ? entry->owner : "-");
    }
  if (text->len == 0 && !bindings->written)
    return TRUE;
  bindings->written = text->len > 0;
  return service->store_ops->put_meta (service->store, META_KEY, text->len > 0 ? text->str : NULL,
                                       error);
}

static gboolean
bind_all (GhService *service, GError **error)
{
  const GPtrArray *entries = service->bindings->entries;
  g_autofree GhVaultBinding *all = g_new (GhVaultBinding, entries->len + 1);
  for (guint i = 0; i < entries->len; i++)
    all[i] = ((const Entry *) entries->pdata[i])->binding;
  return gh_vault_bind (vault_of (service), all, entries->len, error);
}

void
gh_bindings_settle (GhService *service, gboolean kept)
{
  g_autoptr (GError) error = NULL;
  if (service->bindings->entries->len == 0 || vault_of (service) == NULL)
    return;
  drop (service, kept ? ASKED : KEPT);
  raise_to (service, COMMITTED);
  if (service->bindings->entries->len == 0)
    return;
  if (bind_all (service, &error))
    drop (service, COMMITTED);
  else
    /* they stay reserved, and stand in the store: the next batch, or the next start, tries again */
    gh_log (GH_LOG_ERROR, "service", "identities that were registered could not be bound", "reason",
            error->message, NULL);
}

static gboolean
parse_line (const char *line, GPtrArray *entries)
{
  g_auto (GStrv) parts = g_strsplit (line, " ", 5);
  guint64 number, anchor;
  if (g_strv_length (parts) != 5 || parts[2][0] == '\0' || parts[3][0] == '\0'
      || !g_ascii_string_to_unsigned (parts[0], 10, 0, G_MAXINT64, &number, NULL)
      || !g_ascii_string_to_unsigned (parts[1], 10, 0, G_MAXINT64, &anchor, NULL)
      || (number == 0) == (anchor == 0))
    return FALSE;
  Entry *entry = g_new0 (Entry, 1);
  entry->binding = (GhVaultBinding){ .number = number,
                                     .anchor = anchor,
                                     .subject = number == 0 ? g_strdup (parts[2]) : NULL,
                                     .identity = g_strdup (parts[3]) };
  entry->owner = number != 0 ? g_strdup (parts[4]) : NULL;
  entry->stage = COMMITTED;
  g_ptr_array_add (entries, entry);
  return TRUE;
}

/* The vault may be another one than that of the time when it was written. */
static gboolean
is_the_same (GhService *service, const Entry *entry)
{
  const guint64 number = entry->binding.number != 0 ? entry->binding.number : entry->binding.anchor;
  g_autoptr (GhCredential) found = gh_vault_find_number (vault_of (service), number);
  if (found == NULL || entry->owner == NULL)
    return found != NULL && found->kind == GH_CREDENTIAL_ANCHOR;
  return strcmp (found->owner, entry->owner) == 0;
}

/* Who has got one meanwhile, by the hand of an administrator, keeps it. */
static void
reserve_again (GhService *service)
{
  GPtrArray *entries = service->bindings->entries;
  for (guint i = entries->len; i-- > 0;)
    {
      g_autoptr (GError) error = NULL;
      Entry *entry = entries->pdata[i];
      if (is_the_same (service, entry)
          && gh_vault_reserve (vault_of (service), &entry->binding, &error))
        continue;
      gh_log (GH_LOG_WARNING, "service", "an identity that was registered is not bound", "identity",
              entry->binding.identity, "reason",
              error != NULL ? error->message : "its credential is gone", NULL);
      g_ptr_array_remove_index (entries, i);
    }
}

gboolean
gh_bindings_recover (GhService *service, GError **error)
{
  g_autofree char *text = NULL;
  if (vault_of (service) == NULL)
    return TRUE;
  if (!service->store_ops->get_meta (service->store, META_KEY, &text, error))
    return FALSE;
  if (text == NULL)
    return TRUE;
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL && lines[i][0] != '\0'; i++)
    if (!parse_line (lines[i], service->bindings->entries))
      {
        g_set_error (error, GH_ERROR, GH_ERROR_STORE, "bindings: line %u is not understood", i + 1);
        return FALSE;
      }
  service->bindings->written = TRUE;
  reserve_again (service);
  if (!bind_all (service, error))
    return FALSE;
  drop (service, COMMITTED);
  return TRUE;
}
