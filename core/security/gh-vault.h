/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "security/gh-credential.h"

G_BEGIN_DECLS

/**
 * GhVault:
 * The one place of credentials and of the CSE's own secrets (its keys, those of session tickets).
 * Look-ups take no lock and never touch the disk: everything is in memory, secrets in locked
 * memory. Changes are serialised, durable (fsync) when they return, and encrypted at rest under a
 * key that is not in the same file. Any thread; changes block on the disk.
 */
typedef struct _GhVault GhVault;

/** GhVaultDraft: what a new credential is to be; borrowed by the call. */
typedef struct {
  GhCredentialKind kind;
  const char *subject; /* NULL with all but PSK: taken from @public_data */
  const char *owner; /* NULL: its own Credential-ID; with that of others: it gets their identities,
                      * and they its new ones */
  const char *label; /* may be NULL */
  const char *const *identities, *const *stems, *const *app_ids, *const *targets;
  guint suid; /* 0: 12 of a PSK, 42 of all others */
  guint purposes;
  gboolean administrator, admits_any, pending;
  gint64 not_before_us, not_after_us; /* 0: from now on; GH_NEVER_US or 0: no end */
  GhSecret *secret;
  GBytes *public_data;
} GhVaultDraft;

/**
 * gh_vault_open:
 * @path: the file, made with mode 0600 when it is missing; NULL: in memory only (tests, embedders)
 * @key: 32 octets, from gh_vault_key_load(); NULL with @path NULL
 * Refuses a file that is not ours alone, that another process has open, that @key does not open, or
 * that was changed; a record cut off at the end (power loss) is dropped and said so in the log.
 */
GhVault *gh_vault_open (const char *path, GhSecret *key, GhClock *clock, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/** gh_vault_close: readers and changes must have ended. */
void gh_vault_close (GhVault *vault);

/**
 * gh_vault_key_load: the key of the vault, 32 octets: the systemd credential "gatehouse-vault-key"
 * when $CREDENTIALS_DIRECTORY has it, else the file @path (mode 0600, ours).
 * @may_create: a missing file is made with a random key: only when the vault is missing, too
 * Returns: (transfer full)
 */
GhSecret *gh_vault_key_load (const char *path, gboolean may_create, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_vault_epoch: grows with every change; one load: what was looked up after this epoch was read
 * still holds while it stays the same. Any thread. */
guint64 gh_vault_epoch (GhVault *vault);

/* Look-ups. Returns: (transfer full), NULL when there is none. Revoked ones are found too: the
 * caller judges. */
GhCredential *gh_vault_find (GhVault *vault, GhCredentialKind kind, const char *subject);
GhCredential *gh_vault_find_number (GhVault *vault, guint64 number);
GhCredential *gh_vault_find_id (GhVault *vault, const char *credential_id);
/** gh_vault_find_target: the active one with @authority among its targets. */
GhCredential *gh_vault_find_target (GhVault *vault, const char *authority);
/** gh_vault_find_identity: an owner that has @identity, so that it is nobody else's: a credential
 * of him. */
GhCredential *gh_vault_find_identity (GhVault *vault, const char *identity);
/** gh_vault_list: (element-type GhCredential) (transfer full): by number, with number > @after, at
 * most @limit. @kind 0: all */
GPtrArray *gh_vault_list (GhVault *vault, GhCredentialKind kind, guint64 after, guint limit);
/** gh_vault_list_anchors: the same of all anchors, at a cost of the anchors alone, however many
 * credentials there are. */
GPtrArray *gh_vault_list_anchors (GhVault *vault);

/* Changes: FALSE with GH_ERROR_BAD_REQUEST, _CONFLICT (subject or identity is taken), _NOT_FOUND or
 * _STORE. */
/** gh_vault_add: Returns: (transfer full): the new credential */
GhCredential *gh_vault_add (GhVault *vault, const GhVaultDraft *draft, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/**
 * gh_vault_add_many: @n drafts, all of them or none, in one go to the disk: for imports; 1,000 at a
 * time are a good measure.
 * @out_failed: (out) (optional): the draft that was refused; @n when it was none of them
 * No two of them may have the same owner. Returns: (element-type GhCredential) (transfer full)
 */
GPtrArray *gh_vault_add_many (GhVault *vault, const GhVaultDraft *drafts, guint n,
                              guint *out_failed, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean gh_vault_set_state (GhVault *vault, guint64 number, GhCredentialState state,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
/** gh_vault_rotate: another key for the same subject and owner; what was proven with the old one
 * counts no more. Identities stay. */
gboolean gh_vault_rotate (GhVault *vault, guint64 number, GhSecret *secret, GBytes *public_data,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
/** gh_vault_set_validity: @not_after_us: GH_NEVER_US: no end */
gboolean gh_vault_set_validity (GhVault *vault, guint64 number, gint64 not_before_us,
                                gint64 not_after_us, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/** GhVaultChange: lists are whole ones; NULL: as it was. */
typedef struct {
  gboolean validity; /* the next two count */
  gint64 not_before_us, not_after_us;
  const char *const *identities; /* of all credentials of its owner */
  const char *const *stems, *const *app_ids;
} GhVaultChange;

/** gh_vault_change: what a credential may, and how long. The generation grows when something was
 * taken away, or with the validity, so that what was proven before counts no more; what is added is
 * found by the associations that live. */
gboolean gh_vault_change (GhVault *vault, guint64 number, const GhVaultChange *change,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
/** gh_vault_remove: also from the file, at its next compaction. */
gboolean gh_vault_remove (GhVault *vault, guint64 number, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * GhVaultBinding: an identity, in the form of GhCredential.identities, and what proved it: the
 * credential @number, or without one a certificate of @anchor with the name @subject, which then
 * gets an entry that only certificates of this anchor prove. Strings are borrowed.
 */
typedef struct {
  guint64 number, anchor;
  const char *subject, *identity;
} GhVaultBinding;

/** gh_vault_reserve: nobody but the owner of what proved it gets the identity until
 * gh_vault_release(). In memory; waits for no disk. FALSE with GH_ERROR_CONFLICT: somebody else's
 */
gboolean gh_vault_reserve (GhVault *vault, const GhVaultBinding *binding, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
void gh_vault_release (GhVault *vault, const GhVaultBinding *binding);
/** gh_vault_bind: the identities, which are reserved or of a start, belong to their owners from now
 * on (registration): they are added to all credentials of each. Durable, in one go, when it
 * returns; what is there already costs nothing. What cannot be bound is left out, with a line in
 * the log. Keeps the generation: principals are renewed from the vault when its epoch has changed,
 * so that the other AEs of an association need not be cut off. FALSE with GH_ERROR_STORE. */
gboolean gh_vault_bind (GhVault *vault, const GhVaultBinding *bindings, guint n, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/** gh_vault_bind_identity: one, reserved and bound at once.
 * gh_vault_unbind_identity: takes it from its owner; NOT_FOUND when nobody has it. */
gboolean gh_vault_bind_identity (GhVault *vault, guint64 number, const char *identity,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean gh_vault_unbind_identity (GhVault *vault, const char *identity, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_vault_get_item, gh_vault_put_item: the CSE's own secrets by name ("server-key",
 * "ticket-key"); put with NULL removes. get: (transfer full) (nullable) */
GhSecret *gh_vault_get_item (GhVault *vault, const char *name);
gboolean gh_vault_put_item (GhVault *vault, const char *name, GhSecret *item, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/** GhVaultItem: @secret NULL: removed. */
typedef struct {
  const char *name;
  GhSecret *secret;
} GhVaultItem;

/** gh_vault_put_items: all of them or none, also when the power fails. */
gboolean gh_vault_put_items (GhVault *vault, const GhVaultItem *items, guint n, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

typedef enum { GH_VAULT_ADDED, GH_VAULT_CHANGED, GH_VAULT_REMOVED } GhVaultEvent;
typedef void (*GhVaultFunc) (GhVaultEvent event, const GhCredential *credential,
                             gpointer user_data);
/** gh_vault_watch: @func after each change, on the thread that made it, in order; it must not
 * change the vault. */
void gh_vault_watch (GhVault *vault, GhVaultFunc func, gpointer user_data);

G_END_DECLS
