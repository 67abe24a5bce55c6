/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "security/gh-security.h"

#include <string.h>

#include "base/gh-log.h"
#include "security/gh-originator.h"
#include "security/gh-provers.h"
#include "security/gh-security-shown.h"
#include "security/gh-strength.h"

/* A live association; its texts are its own. */
typedef struct {
  GhAssociationInfo info;
} Association;

struct _GhSecurity {
  const GhConfig *config;
  GhClock *clock;
  GhVault *vault;
  GhAudit *audit;
  GhServerKeys *server_keys;
  char *cse_id, *sp_domain, *administrator;
  GhProvers *provers;
  guint64 last_association; /* atomic */
  guint64 trust;            /* atomic: grows when revocation lists are read again */
  GMutex lock;              /* of the associations */
  GTree *associations;      /* id -> Association */
  GhWatch *watch;           /* NULL: nobody; fixed before the first handshake */
  GhAssociationClosedFunc closed; /* the same */
  gpointer closed_data;
  GHashTable *counts;       /* number of a credential -> how many of them */
  guint associations_each;  /* of one credential; 0: no bound */
};

static gint
compare_ids (gconstpointer a, gconstpointer b, gpointer data)
{
  (void) data;
  const guint64 left = *(const guint64 *) a, right = *(const guint64 *) b;
  return (left > right) - (left < right);
}

static void
association_free (gpointer data)
{
  Association *association = data;
  g_free ((char *) association->info.peer);
  g_free ((char *) association->info.suite);
  g_free ((char *) association->info.credential_id);
  g_clear_pointer (&association->info.shown, gh_shown_unref);
  g_free (association);
}

GhSecurity *
gh_security_new (const GhSecurityOptions *options)
{
  GhSecurity *security = g_new0 (GhSecurity, 1);
  security->config = options->config;
  security->clock = gh_clock_ref (options->clock);
  security->vault = options->vault;
  security->audit = options->audit;
  security->server_keys = gh_server_keys_new (options->vault, options->clock);
  security->cse_id = g_strdup (options->cse_id);
  security->sp_domain = g_strdup (options->sp_domain);
  security->administrator = g_strdup (options->administrator);
  security->associations = g_tree_new_full (compare_ids, NULL, NULL, association_free);
  security->counts = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  security->associations_each = options->associations_each;
  g_mutex_init (&security->lock);
  security->provers = gh_provers_new (security, security->cse_id, security->sp_domain);
  return security;
}

void
gh_security_free (GhSecurity *security)
{
  gh_provers_free (security->provers);
  g_tree_unref (security->associations);
  g_hash_table_unref (security->counts);
  gh_server_keys_free (security->server_keys);
  gh_vault_close (security->vault);
  if (security->audit != NULL)
    gh_audit_close (security->audit);
  gh_clock_unref (security->clock);
  g_free (security->cse_id);
  g_free (security->sp_domain);
  g_free (security->administrator);
  g_mutex_clear (&security->lock);
  g_free (security);
}

GhVault *
gh_security_get_vault (GhSecurity *security)
{
  return security->vault;
}

GhAudit *
gh_security_get_audit (GhSecurity *security)
{
  return security->audit;
}

GhClock *
gh_security_get_clock (GhSecurity *security)
{
  return security->clock;
}

GhServerKeys *
gh_security_get_server_keys (GhSecurity *security)
{
  return security->server_keys;
}

const GhConfig *
gh_security_get_config (GhSecurity *security)
{
  return security->config;
}

gboolean
gh_security_add_plugin (GhSecurity *security, const GhSecurityOps *ops, const GhConfig *config,
                        GError **error)
{
  return gh_provers_add (security->provers, ops, config != NULL ? config : security->config, error);
}

void
gh_security_stop_plugin (GhSecurity *security, const GhSecurityOps *ops)
{
  gh_provers_stop (security->provers, ops);
  __atomic_add_fetch (&security->trust, 1, __ATOMIC_RELEASE);
}

gboolean
gh_security_has_plugin (GhSecurity *security, const GhSecurityOps *ops)
{
  return gh_provers_has (security->provers, ops);
}

gboolean
gh_security_can_prove (GhSecurity *security, GhCredentialKind kind)
{
  return gh_provers_can_prove (security->provers, kind);
}

gboolean
gh_security_is_silent (GhSecurity *security, GhProof proof)
{
  return gh_provers_is_silent (security->provers, proof);
}

gboolean
gh_security_reload (GhSecurity *security, const GhConfig *config, GError **error)
{
  const gboolean done = gh_provers_reload (security->provers, config, error);
  __atomic_add_fetch (&security->trust, 1, __ATOMIC_RELEASE);
  return done;
}

GhKeyStatus
gh_security_find_key (GhSecurity *security, const GhKeyQuery *query, GhSecret **key, GhClaim *claim)
{
  return gh_provers_find_key (security->provers, query, key, claim);
}

gboolean
gh_security_judge_peer (GhSecurity *security, const GhPeerEvidence *evidence, GhClaim *claim,
                        GhFault *fault)
{
  const guint64 trust = __atomic_load_n (&security->trust, __ATOMIC_ACQUIRE);
  if (!gh_provers_judge_peer (security->provers, evidence, claim, fault))
    return FALSE;
  claim->shown = gh_shown_new (evidence, trust);
  return TRUE;
}

/* Under the lock nothing is judged: it is copied, and what has gone meanwhile is closed in vain. */
GArray *
gh_security_list_refused (GhSecurity *security)
{
  const guint64 trust = __atomic_load_n (&security->trust, __ATOMIC_ACQUIRE);
  g_autoptr (GArray) live = g_array_new (FALSE, FALSE, sizeof (GhAssociationInfo));
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (guint64));

  g_mutex_lock (&security->lock);
  for (GTreeNode *node = g_tree_node_first (security->associations); node != NULL;
       node = g_tree_node_next (node))
    {
      const GhAssociationInfo *info = &((const Association *) g_tree_node_value (node))->info;
      if (info->shown == NULL || gh_shown_get_trust (info->shown) >= trust)
        continue;
      gh_shown_ref (info->shown);
      g_array_append_vals (live, info, 1);
    }
  g_mutex_unlock (&security->lock);
  for (guint i = 0; i < live->len; i++)
    {
      const GhAssociationInfo *info = &g_array_index (live, GhAssociationInfo, i);
      GhFault fault = { 0 };
      if (!gh_shown_judge (info->shown, security, info->credential, &fault))
        {
          g_array_append_val (ids, info->id);
          if (gh_log_has_room (GH_LOG_NOTICE))
            gh_log (GH_LOG_NOTICE, "security", "association is no longer admitted", "reason",
                    fault.text, NULL);
        }
      gh_shown_unref (info->shown);
    }
  return ids;
}

void
gh_claim_clear (GhClaim *claim)
{
  g_clear_pointer (&claim->credential, gh_credential_unref);
  g_clear_pointer (&claim->anchor, gh_credential_unref);
  g_clear_pointer (&claim->identity, g_free);
  g_clear_pointer (&claim->app_id, g_free);
  g_clear_pointer (&claim->shown, gh_shown_unref);
}

void
gh_admission_clear (GhAdmission *admission)
{
  g_clear_pointer (&admission->principal, gh_principal_unref);
  g_clear_pointer (&admission->app_id, g_free);
  g_clear_pointer (&admission->shown, gh_shown_unref);
}

/* Who the peer is, in the words of the vault; @identity only where an anchor admits it. */
typedef struct {
  const GhCredential *credential;
  const char *identity, *app_id;
  GhProof proof;
  guint strength;
  GInetAddress *peer;
  const guint8 *peer_address;
  guint64 association;
} Person;

/* sec:credIDTypeID (TS-0003 12.3.2.1): 32 of a CSE, 33 of an AE */
static char *
certificate_credential_id (const char *identity)
{
  return g_strdup_printf ("%s-%s", gh_originator_is_cse (identity, NULL) ? "32" : "33", identity);
}

static GhPrincipal *
principal_of (GhSecurity *security, const Person *person)
{
  const GhCredential *credential = person->credential;
  const gboolean vouched = credential->kind == GH_CREDENTIAL_ANCHOR;
  g_autoptr (GPtrArray) identities = g_ptr_array_new ();
  g_autofree char *vouched_id = vouched ? certificate_credential_id (person->identity) : NULL;
  const char *const own_app_id[] = { person->app_id, NULL };

  if (vouched)
    g_ptr_array_add (identities, (char *) person->identity);
  for (guint i = 0; !vouched && credential->identities[i] != NULL; i++)
    g_ptr_array_add (identities, (char *) credential->identities[i]);
  if (credential->administrator && !vouched && security->administrator != NULL)
    g_ptr_array_add (identities, security->administrator);
  g_ptr_array_add (identities, NULL);
  const GhPrincipalProof proof = {
    .proof = person->proof,
    .identities = (const char *const *) identities->pdata,
    .stems = credential->stems,
    .app_ids = person->app_id != NULL ? own_app_id : credential->app_ids,
    .credential_id = vouched ? vouched_id : credential->id,
    .owner = vouched ? NULL : credential->owner,
    /* an identity is bound to a credential of its own, never to the anchor of many */
    .credential = vouched ? 0 : credential->number,
    .anchor = vouched ? credential->number : 0,
    .generation = credential->generation,
    .association = person->association,
    .peer = person->peer,
    .peer_address = person->peer_address,
    .strength = person->strength,
  };
  return gh_principal_new_proven (&proof);
}

/* The credential as it is now; refused when it is not what was proven then. */
static GhCredential *
current (GhSecurity *security, guint64 number, guint generation, GhFault *fault)
{
  g_autoptr (GhCredential) credential = gh_vault_find_number (security->vault, number);
  if (credential == NULL)
    {
      gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION, "the credential was removed");
      return NULL;
    }
  if (!gh_credential_check_usable (credential, gh_clock_wall_us (security->clock), fault))
    return NULL;
  if (credential->generation != generation)
    {
      gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION,
                    "%s: has changed since it was proven; a full handshake is needed",
                    credential->id);
      return NULL;
    }
  return g_steal_pointer (&credential);
}

/* What an anchor vouched for when it was registered is worth as much as that anchor. */
static gboolean
has_usable_anchor (GhSecurity *security, const GhCredential *credential)
{
  GhFault ignored = { 0 };
  if (credential->anchor == 0)
    return TRUE;
  g_autoptr (GhCredential) anchor = gh_vault_find_number (security->vault, credential->anchor);
  return anchor != NULL
         && gh_credential_check_usable (anchor, gh_clock_wall_us (security->clock), &ignored);
}

GhPrincipal *
gh_security_recall (GhSecurity *security, const GhRecall *recall, GhFault *fault)
{
  GhFault reason = { 0 };
  g_autoptr (GhCredential) credential = current (security, recall->credential, recall->generation,
                                                 &reason);
  if (credential == NULL || credential->kind == GH_CREDENTIAL_ANCHOR
      || !has_usable_anchor (security, credential))
    {
      gh_fault_set (fault, GH_ERROR_NOT_AUTHENTICATED,
                    "From: the credential that proved it is valid no more");
      return NULL;
    }
  const Person person = { .credential = credential,
                          .proof = recall->proof,
                          .strength = recall->strength,
                          .peer_address = recall->peer_address };
  return principal_of (security, &person);
}

static gboolean
check_ticket (const GhCredential *credential, const GhTicketFacts *ticket, gint64 now_us,
              GhFault *fault)
{
  const gboolean anchor = credential->kind == GH_CREDENTIAL_ANCHOR;
  if (ticket == NULL)
    return TRUE;
  if ((anchor ? ticket->anchor : ticket->credential) != credential->number
      || ticket->generation != credential->generation)
    return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION,
                         "%s: has changed since the ticket was made", credential->id);
  if (ticket->made_us > now_us)
    return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION, "%s: the ticket is of the future",
                         credential->id);
  return ticket->not_after_us > now_us
         || gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION,
                          "%s: the certificate of the ticket has expired", credential->id);
}

static GhHome
home_of (const GhSecurity *security)
{
  return (GhHome){ .sp_domain = security->sp_domain, .cse_id = security->cse_id };
}

static gboolean
is_administrator (const GhSecurity *security, const char *identity)
{
  const GhHome home = home_of (security);
  return security->administrator != NULL
         && gh_originator_same (identity, security->administrator, &home);
}

/* An anchor vouches for nobody whose identity somebody has proved before it, by a key or under
 * another anchor: what was proven once belongs to that owner. */
static gboolean
check_vouched (GhSecurity *security, const char *identity, GhFault *fault)
{
  const GhHome home = home_of (security);
  g_autofree char *plain = gh_originator_shorten (identity, &home);
  g_autoptr (GhCredential) holder = plain != NULL ? gh_vault_find_identity (security->vault, plain)
                                                  : NULL;
  if (is_administrator (security, identity))
    return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION,
                         "%s: the administrator's certificate needs an entry of its own", identity);
  return holder == NULL
         || gh_fault_set (
           fault, GH_ERROR_NO_ASSOCIATION,
           "%s: belongs to %s; a certificate of that owner needs an entry of its own", identity,
           holder->id);
}

static gboolean
check_anchored (const GhCredential *entry, const GhCredential *anchor, GhFault *fault)
{
  return entry->anchor == 0 || (anchor != NULL && anchor->number == entry->anchor)
         || gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION,
                          "%s: was registered with a certificate of another authority; remove that "
                          "entry to give it away",
                          entry->id);
}

/* A server has been asked for by its name, and an anchor of servers vouches for that. */
static gboolean
check_claim (GhSecurity *security, const GhClaim *claim, const GhCredential *credential,
             const GhCredential *anchor, GhFault *fault)
{
  const gboolean vouched = credential->kind == GH_CREDENTIAL_ANCHOR;
  if (vouched && claim->identity[0] == '/' && !credential->admits_any)
    return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION,
                         "%s: the certificate has no entry of its own, and its anchor does not "
                         "admit all",
                         claim->identity);
  if (vouched ? claim->identity[0] == '/' && !check_vouched (security, claim->identity, fault)
              : !check_anchored (credential, anchor, fault))
    return FALSE;
  return claim->not_after_us > gh_clock_wall_us (security->clock)
         || gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION, "%s: the certificate has expired",
                          credential->id);
}

/* The first of the credential, the anchor that vouches beside it, and the certificates. */
static gint64
end_of (const GhCredential *credential, const GhCredential *anchor, gint64 not_after_us)
{
  const gint64 ends_us = MIN (credential->not_after_us, not_after_us);
  return anchor != NULL ? MIN (ends_us, anchor->not_after_us) : ends_us;
}

/* The bus proves by what the kernel says, and a key by what is in the vault. */
static guint
strength_of (const GhClaim *claim, const GhCredential *credential)
{
  if (claim->proof == GH_PROOF_BUS_UID || claim->proof == GH_PROOF_LOCAL)
    return GH_STRENGTH_MOST;
  return claim->strength != 0 ? claim->strength : gh_strength_of_secret (credential->secret);
}

/* Handshakes that end at the same moment may all find the last place free. A certificate that its
 * anchor admits has no credential of its own to count by. */
static gboolean
has_room_for (GhSecurity *security, const GhCredential *credential, GhFault *fault)
{
  guint n = 0;

  if (security->associations_each == 0)
    return TRUE;
  g_mutex_lock (&security->lock);
  n = GPOINTER_TO_UINT (g_hash_table_lookup (security->counts, &credential->number));
  g_mutex_unlock (&security->lock);
  return n < security->associations_each
         || gh_fault_set (fault, GH_ERROR_OVERLOADED, "%s: has %u associations, the limit",
                          credential->id, n);
}

static gboolean
check_silent (GhSecurity *security, GhProof proof, GhFault *fault)
{
  return G_LIKELY (!gh_security_is_silent (security, proof))
         || gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION,
                          "the plugin that judges such a proof is stopped");
}

gboolean
gh_security_admit (GhSecurity *security, const GhClaim *claim, const GhTicketFacts *ticket,
                   GInetAddress *peer, guint64 association, GhAdmission *out, GhFault *fault)
{
  const gint64 now_us = gh_clock_wall_us (security->clock);
  const guint64 epoch = gh_vault_epoch (security->vault);
  if (claim->credential == NULL)
    return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION, "the peer proved nothing");
  if (!check_silent (security, claim->proof, fault))
    return FALSE;
  g_autoptr (GhCredential) credential = current (security, claim->credential->number,
                                                 claim->credential->generation, fault);
  if (credential == NULL || !check_ticket (credential, ticket, now_us, fault))
    return FALSE;
  const gboolean vouched = credential->kind == GH_CREDENTIAL_ANCHOR;
  g_autoptr (GhCredential) anchor = claim->anchor != NULL
                                      ? current (security, claim->anchor->number,
                                                 claim->anchor->generation, fault)
                                      : NULL;
  if (claim->anchor != NULL && anchor == NULL)
    return FALSE;
  if (!check_claim (security, claim, credential, anchor, fault)
      || (!vouched && !has_room_for (security, credential, fault)))
    return FALSE;
  const Person person = { .credential = credential,
                          .identity = claim->identity,
                          .app_id = claim->app_id,
                          .proof = claim->proof,
                          .strength = strength_of (claim, credential),
                          .peer = peer,
                          .association = association };
  *out = (GhAdmission){
    .principal = principal_of (security, &person),
    .credential = vouched ? 0 : credential->number,
    .anchor = vouched          ? credential->number
              : anchor != NULL ? anchor->number
                               : 0,
    .generation = credential->generation,
    .anchor_generation = anchor != NULL ? anchor->generation : credential->generation,
    .epoch = epoch,
    .ends_us = end_of (credential, anchor, claim->not_after_us),
    .not_after_us = claim->not_after_us,
    .app_id = g_strdup (claim->app_id),
    .shown = claim->shown != NULL ? gh_shown_ref (claim->shown) : NULL,
    .trust = claim->shown != NULL ? gh_shown_get_trust (claim->shown) : 0,
  };
  return TRUE;
}

static void
renew (GhSecurity *security, GhAdmission *admission, const GhCredential *credential)
{
  GhPrincipal *old = admission->principal;
  const Person person = { .credential = credential,
                          .app_id = admission->app_id,
                          .proof = gh_principal_get_proof (old),
                          .strength = gh_principal_get_strength (old),
                          .peer_address = gh_principal_get_peer_address (old),
                          .association = gh_principal_get_association (old) };
  admission->principal = principal_of (security, &person);
  gh_principal_unref (old);
}

static gboolean
check_trust (GhSecurity *security, GhAdmission *admission, GhFault *fault)
{
  const guint64 trust = __atomic_load_n (&security->trust, __ATOMIC_ACQUIRE);
  const guint64 number = admission->credential != 0 ? admission->credential : admission->anchor;
  if (G_LIKELY (admission->shown == NULL || admission->trust == trust))
    return TRUE;
  if (!gh_shown_judge (admission->shown, security, number, fault))
    return FALSE;
  admission->trust = trust;
  return TRUE;
}

/* Its registration made an entry of what only the anchor had vouched for, or somebody else has the
 * identity now. */
static gboolean
take_entry (GhSecurity *security, GhAdmission *admission, GhFault *fault)
{
  const char *identity = gh_principal_get_identities (admission->principal)[0];
  if (admission->credential != 0 || identity[0] != '/')
    return TRUE;
  g_autoptr (GhCredential) entry = gh_vault_find (security->vault, GH_CREDENTIAL_X509, identity);
  if (entry == NULL)
    return check_vouched (security, identity, fault);
  g_autoptr (GhCredential) anchor = gh_vault_find_number (security->vault, admission->anchor);
  if (!check_anchored (entry, anchor, fault))
    return FALSE;
  admission->credential = entry->number;
  admission->generation = entry->generation;
  return TRUE;
}

gboolean
gh_security_still_admitted (GhSecurity *security, GhAdmission *admission, GhFault *fault)
{
  const guint64 epoch = gh_vault_epoch (security->vault);
  if (gh_clock_wall_us (security->clock) >= admission->ends_us)
    return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION, "%s: its validity has ended",
                         gh_principal_get_credential_id (admission->principal));
  /* a handshake that was under way when the plugin was stopped */
  if (!check_silent (security, gh_principal_get_proof (admission->principal), fault)
      || (epoch != admission->epoch && !take_entry (security, admission, fault))
      || !check_trust (security, admission, fault))
    return FALSE;
  if (G_LIKELY (epoch == admission->epoch))
    return TRUE;
  const guint64 number = admission->credential != 0 ? admission->credential : admission->anchor;
  g_autoptr (GhCredential) credential = current (security, number, admission->generation, fault);
  if (credential == NULL)
    return FALSE;
  const gboolean beside = admission->credential != 0 && admission->anchor != 0;
  g_autoptr (GhCredential) anchor =
    beside ? current (security, admission->anchor, admission->anchor_generation, fault) : NULL;
  if (beside && anchor == NULL)
    return FALSE;
  if (admission->credential != 0)
    renew (security, admission, credential);
  admission->ends_us = end_of (credential, anchor, admission->not_after_us);
  admission->epoch = epoch;
  return TRUE;
}

void
gh_admission_describe (const GhAdmission *admission, GhAssociationInfo *info)
{
  info->credential_id = gh_principal_get_credential_id (admission->principal);
  info->proof = gh_principal_get_proof (admission->principal);
  info->credential = admission->credential != 0 ? admission->credential : admission->anchor;
  info->generation = admission->generation;
  info->anchor = admission->anchor;
  info->anchor_generation = admission->anchor_generation;
  info->ends_us = admission->ends_us;
  info->shown = admission->shown;
}

guint64
gh_security_next_association_id (GhSecurity *security)
{
  return __atomic_add_fetch (&security->last_association, 1, __ATOMIC_RELAXED);
}

/* With the lock held. */
static void
count_association (GhSecurity *security, guint64 credential, gint by)
{
  const guint n = GPOINTER_TO_UINT (g_hash_table_lookup (security->counts, &credential));

  if (credential == 0 || security->associations_each == 0)
    return;
  if ((gint) n + by <= 0)
    g_hash_table_remove (security->counts, &credential);
  else
    g_hash_table_replace (security->counts, g_memdup2 (&credential, sizeof credential),
                          GUINT_TO_POINTER ((guint) ((gint) n + by)));
}

void
gh_security_association_opened (GhSecurity *security, const GhAssociationInfo *info)
{
  Association *association = g_new0 (Association, 1);
  association->info = *info;
  association->info.peer = g_strdup (info->peer);
  association->info.suite = g_strdup (info->suite);
  association->info.credential_id = g_strdup (info->credential_id);
  if (info->shown != NULL)
    gh_shown_ref (info->shown);
  g_mutex_lock (&security->lock);
  g_tree_replace (security->associations, &association->info.id, association);
  count_association (security, info->credential, 1);
  g_mutex_unlock (&security->lock);
  if (gh_log_has_room (GH_LOG_INFO))
    gh_log (GH_LOG_INFO, "security", info->resumed ? "association resumed" : "association opened",
            "transport", info->transport, "peer", info->peer, "credential", info->credential_id,
            "suite", info->suite, NULL);
  gh_audit_record (security->audit, GH_AUDIT_ASSOCIATION, info->resumed ? "resumed" : "opened",
                   "transport", info->transport, "peer", info->peer, "credential",
                   info->credential_id, "suite", info->suite, NULL);
  gh_watch_tell_number (security->watch, GH_WATCH_ASSOCIATION, info->id);
}

void
gh_security_association_closed (GhSecurity *security, guint64 id, const char *reason)
{
  g_autofree char *credential_id = NULL;
  g_autofree char *peer = NULL;
  g_mutex_lock (&security->lock);
  const Association *association = g_tree_lookup (security->associations, &id);
  if (association != NULL)
    {
      credential_id = g_strdup (association->info.credential_id);
      peer = g_strdup (association->info.peer);
      count_association (security, association->info.credential, -1);
      g_tree_remove (security->associations, &id);
    }
  g_mutex_unlock (&security->lock);
  if (peer == NULL)
    return;
  if (gh_log_has_room (GH_LOG_INFO))
    gh_log (GH_LOG_INFO, "security", "association closed", "peer", peer, "credential",
            credential_id, "reason", reason, NULL);
  gh_audit_record (security->audit, GH_AUDIT_ASSOCIATION, "closed", "peer", peer, "credential",
                   credential_id, "reason", reason, NULL);
  gh_watch_tell_number (security->watch, GH_WATCH_ASSOCIATION, id);
  if (security->closed != NULL)
    security->closed (id, security->closed_data);
}

void
gh_security_set_closed (GhSecurity *security, GhAssociationClosedFunc func, gpointer user_data)
{
  security->closed = func;
  security->closed_data = user_data;
}

void
gh_security_set_watch (GhSecurity *security, GhWatch *watch)
{
  security->watch = watch;
}

void
gh_security_list_associations (GhSecurity *security, guint64 after, guint limit,
                               void (*func) (const GhAssociationInfo *info, gpointer user_data),
                               gpointer user_data)
{
  g_mutex_lock (&security->lock);
  GTreeNode *node = g_tree_upper_bound (security->associations, &after);
  for (guint i = 0; node != NULL && i < limit; i++, node = g_tree_node_next (node))
    func (&((const Association *) g_tree_node_value (node))->info, user_data);
  g_mutex_unlock (&security->lock);
}

/* The entry of a certificate that its anchor alone had admitted: known by its Credential-ID. */
static gboolean
is_its_entry (const GhAssociationInfo *info, const GhCredential *credential)
{
  return info->credential == info->anchor && info->anchor != 0 && credential->anchor == info->anchor
         && strcmp (info->credential_id, credential->id) == 0;
}

GArray *
gh_security_associations_of (GhSecurity *security, const GhCredential *credential, guint generation)
{
  const guint64 number = credential->number;
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (guint64));
  g_mutex_lock (&security->lock);
  for (GTreeNode *node = g_tree_node_first (security->associations); node != NULL;
       node = g_tree_node_next (node))
    {
      const Association *association = g_tree_node_value (node);
      const GhAssociationInfo *info = &association->info;
      if ((info->credential == number && info->generation != generation)
          || (info->anchor == number && info->anchor_generation != generation)
          || (generation == G_MAXUINT && is_its_entry (info, credential)))
        g_array_append_val (ids, association->info.id);
    }
  g_mutex_unlock (&security->lock);
  return ids;
}
