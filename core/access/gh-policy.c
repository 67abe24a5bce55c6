/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "access/gh-policy.h"

#include "access/gh-pattern.h"
#include "access/gh-policy-private.h"
#include "security/gh-principal.h"
#include "security/gh-strength.h"

#include <string.h>

typedef struct {
  GhPolicy *policy;
  const GhHome *home;
  GhFault *fault;
  guint rule; /* the one being compiled */
  guint n_entries;
  GArray *pairs; /* GhExact with the rule in rules.first: sorted and merged at the end */
} Compiler;

guint64
gh_text_prefix (const char *text, gsize length)
{
  guint64 prefix = 0;

  memcpy (&prefix, text, MIN (length, sizeof prefix));
  return prefix;
}

guint64
gh_text_suffix (const char *text, gsize length)
{
  guint64 suffix = 0;
  gsize n = MIN (length, sizeof suffix);

  memcpy ((char *) &suffix + sizeof suffix - n, text + length - n, n);
  return suffix;
}

int
gh_exact_compare (const GhExact *a, const char *key, gsize length)
{
  if (a->length != length)
    return a->length < length ? -1 : 1;
  return memcmp (a->key, key, length);
}

static gboolean
refuse (Compiler *compiler, const char *what)
{
  return gh_fault_set (compiler->fault, GH_ERROR_BAD_REQUEST, "acr[%u]: %s", compiler->rule, what);
}

/* Puts the place before what a parser below said. */
static gboolean
refuse_entry (Compiler *compiler, const GhFault *reason)
{
  return gh_fault_set (compiler->fault, reason->code, "acr[%u].acco: %s", compiler->rule,
                       reason->text);
}

static const char *
keep_text (Compiler *compiler, const char *text)
{
  return g_string_chunk_insert_const (compiler->policy->strings, text);
}

static gboolean
take_list (Compiler *compiler, const GhValue *value, const char *name)
{
  if (value->kind == GH_VALUE_LIST)
    {
      compiler->n_entries += value->length;
      if (compiler->n_entries <= GH_POLICY_MAX_ENTRIES)
        return TRUE;
      return refuse (compiler, "the policy has too many entries, at most 65536 in all lists");
    }
  return gh_fault_set (compiler->fault, GH_ERROR_BAD_REQUEST, "acr[%u].%s: must be a list",
                       compiler->rule, name);
}

static const char *
take_text (Compiler *compiler, const GhValue *value, const char *name)
{
  const char *text = gh_value_text (value);

  if (text == NULL)
    (void) gh_fault_set (compiler->fault, GH_ERROR_BAD_REQUEST, "acr[%u].%s: must hold texts",
                         compiler->rule, name);
  return text;
}

/* The octets of the last part before its first star and behind its last one. Without a star all
 * must be equal, and the NUL behind them too. */
static void
set_masks (GhWildcard *wildcard)
{
  static const char ones[8] = "\377\377\377\377\377\377\377\377";
  const char *last = wildcard->ae_id != NULL ? wildcard->ae_id : wildcard->cse_id;
  const char *first_star = strchr (last, '*'), *last_star = strrchr (last, '*');
  gsize length = strlen (last);
  gsize before = first_star != NULL ? (gsize) (first_star - last) : length + 1;
  gsize behind = last_star != NULL ? length - (gsize) (last_star + 1 - last) : 0;

  wildcard->prefix = gh_text_prefix (last, before);
  wildcard->prefix_mask = gh_text_prefix (ones, MIN (before, sizeof ones));
  wildcard->suffix = gh_text_suffix (last + length - behind, behind);
  wildcard->suffix_mask = gh_text_suffix (ones, MIN (behind, sizeof ones));
}

static void
add_pattern (Compiler *compiler, const char *text)
{
  GhPolicy *policy = compiler->policy;
  GhPattern pattern;
  GhExact exact;
  GhWildcard wildcard;
  GhRemote remote;

  gh_pattern_parse (text, compiler->home, &pattern);
  switch (pattern.kind)
    {
    case GH_PATTERN_INERT:
      policy->n_inert++;
      return;
    case GH_PATTERN_ALL:
      g_array_append_val (policy->everybody, compiler->rule);
      return;
    case GH_PATTERN_EXACT:
    case GH_PATTERN_DOMAIN:
      exact = (GhExact){ keep_text (compiler, pattern.key),
                         (guint32) strlen (pattern.key),
                         { compiler->rule, 1 } };
      g_array_append_val (compiler->pairs, exact);
      return;
    case GH_PATTERN_WILDCARD:
      wildcard = (GhWildcard){ .rule = compiler->rule };
      wildcard.sp_domain = keep_text (compiler, pattern.sp_domain);
      wildcard.cse_id = pattern.cse_id[0] != '\0' ? keep_text (compiler, pattern.cse_id) : NULL;
      wildcard.ae_id = pattern.ae_id[0] != '\0' ? keep_text (compiler, pattern.ae_id) : NULL;
      set_masks (&wildcard);
      g_array_append_val (policy->wildcards, wildcard);
      return;
    case GH_PATTERN_GROUP:
    case GH_PATTERN_ROLE:
      remote.kind = pattern.kind == GH_PATTERN_GROUP ? GH_FACT_GROUP_MEMBER : GH_FACT_ROLE;
      remote.name = keep_text (compiler, text);
      remote.rule = compiler->rule;
      g_array_append_val (policy->remotes, remote);
      policy->uses_context = TRUE;
      return;
    }
}

static gboolean
compile_originators (Compiler *compiler, const GhValue *list)
{
  if (list == NULL)
    return refuse (compiler, "acor is missing");
  if (!take_list (compiler, list, "acor"))
    return FALSE;
  for (guint i = 0; i < list->length; i++)
    {
      const char *text = take_text (compiler, &list->items[i], "acor");

      if (text == NULL)
        return FALSE;
      add_pattern (compiler, text);
    }
  return TRUE;
}

static gboolean
compile_windows (Compiler *compiler, const GhValue *list, GhContext *context)
{
  GArray *windows = compiler->policy->windows;

  if (!take_list (compiler, list, "acco.actw"))
    return FALSE;
  context->has_windows = TRUE;
  context->windows.first = windows->len;
  for (guint i = 0; i < list->length; i++)
    {
      const char *text = take_text (compiler, &list->items[i], "acco.actw");
      GhFault reason = { 0 };
      GhSchedule window;

      if (text == NULL)
        return FALSE;
      if (!gh_schedule_parse (text, &window, &reason))
        return refuse_entry (compiler, &reason);
      g_array_append_val (windows, window);
    }
  context->windows.count = list->length;
  return TRUE;
}

static gboolean
add_networks (Compiler *compiler, const GhValue *list, gboolean ipv6)
{
  if (!take_list (compiler, list, ipv6 ? "acco.acip.ipv6" : "acco.acip.ipv4"))
    return FALSE;
  for (guint i = 0; i < list->length; i++)
    {
      const char *text = take_text (compiler, &list->items[i], "acco.acip");
      GhFault reason = { 0 };
      GhNetwork network;

      if (text == NULL)
        return FALSE;
      if (!gh_network_parse (text, ipv6, &network, &reason))
        return refuse_entry (compiler, &reason);
      g_array_append_val (compiler->policy->networks, network);
    }
  return TRUE;
}

static gboolean
compile_networks (Compiler *compiler, const GhValue *value, GhContext *context)
{
  GArray *networks = compiler->policy->networks;

  if (value->kind != GH_VALUE_OBJECT)
    return refuse (compiler, "acco.acip: must be an object");
  context->has_networks = TRUE;
  context->networks.first = networks->len;
  for (guint i = 0; i < value->length; i++)
    {
      const GhMember *member = &value->members[i];
      gboolean ipv6 = strcmp (member->name, "ipv6") == 0;

      if (!ipv6 && strcmp (member->name, "ipv4") != 0)
        context->impossible = TRUE;
      else if (!add_networks (compiler, &member->value, ipv6))
        return FALSE;
    }
  context->networks.count = networks->len - context->networks.first;
  return TRUE;
}

/* Frameworks that this CSE does not know prove nobody here; nor does "none". */
static gboolean
compile_frameworks (Compiler *compiler, const GhValue *list, GhContext *context)
{
  if (!take_list (compiler, list, "acco." GH_POLICY_FRAMEWORKS))
    return FALSE;
  context->has_frameworks = TRUE;
  for (guint i = 0; i < list->length; i++)
    {
      const char *name = take_text (compiler, &list->items[i], "acco." GH_POLICY_FRAMEWORKS);
      GhProof proof = GH_PROOF_NONE;

      if (name == NULL)
        return FALSE;
      if (gh_proof_parse (name, &proof) && proof != GH_PROOF_NONE)
        context->frameworks |= 1u << proof;
      else
        compiler->policy->n_inert++;
    }
  return TRUE;
}

static gboolean
compile_strength (Compiler *compiler, const GhValue *value, GhContext *context)
{
  if (value->kind != GH_VALUE_INTEGER || value->integer < 1 || value->integer > GH_STRENGTH_MOST)
    return refuse (compiler, "acco." GH_POLICY_STRENGTH ": must be a number of bits in 1..256");
  context->strength = (guint) value->integer;
  return TRUE;
}

static gboolean
compile_context (Compiler *compiler, const GhValue *value, GhContext *context)
{
  if (value->kind != GH_VALUE_OBJECT)
    return refuse (compiler, "acco: must hold objects");
  for (guint i = 0; i < value->length; i++)
    {
      const GhMember *member = &value->members[i];
      gboolean done = TRUE;

      if (strcmp (member->name, "actw") == 0)
        done = compile_windows (compiler, &member->value, context);
      else if (strcmp (member->name, "acip") == 0)
        done = compile_networks (compiler, &member->value, context);
      else if (strcmp (member->name, GH_POLICY_FRAMEWORKS) == 0)
        done = compile_frameworks (compiler, &member->value, context);
      else if (strcmp (member->name, GH_POLICY_STRENGTH) == 0)
        done = compile_strength (compiler, &member->value, context);
      else
        context->impossible = TRUE; /* aclr too: nothing here knows where an originator is */
      if (!done)
        return FALSE;
    }
  compiler->policy->n_inert += context->impossible ? 1 : 0;
  return TRUE;
}

static gboolean
compile_contexts (Compiler *compiler, const GhValue *list, GhRule *rule)
{
  GArray *contexts = compiler->policy->contexts;

  if (!take_list (compiler, list, "acco"))
    return FALSE;
  rule->has_contexts = TRUE;
  rule->contexts = (GhRange){ contexts->len, list->length };
  compiler->policy->uses_context = TRUE;
  for (guint i = 0; i < list->length; i++)
    {
      GhContext context = { 0 };

      if (!compile_context (compiler, &list->items[i], &context))
        return FALSE;
      g_array_append_val (contexts, context);
    }
  return TRUE;
}

static gboolean
compile_child_types (Compiler *compiler, const GhValue *list, GhObjectDetail *detail)
{
  GArray *types = compiler->policy->child_types;

  if (list == NULL)
    return refuse (compiler, "acod: chty is missing");
  if (!take_list (compiler, list, "acod.chty"))
    return FALSE;
  detail->child_types = (GhRange){ types->len, list->length };
  for (guint i = 0; i < list->length; i++)
    {
      const GhValue *item = &list->items[i];
      gint type = (gint) item->integer;

      if (item->kind != GH_VALUE_INTEGER || item->integer < 1 || item->integer > G_MAXINT)
        return refuse (compiler, "acod.chty: must hold resource types");
      g_array_append_val (types, type);
    }
  return TRUE;
}

static gboolean
compile_specialization (Compiler *compiler, const GhValue *value, GhObjectDetail *detail)
{
  char number[24];

  if (value->kind == GH_VALUE_INTEGER) /* a m2m:mgmtDefinition */
    {
      g_snprintf (number, sizeof number, "%" G_GINT64_FORMAT, value->integer);
      detail->specialization = keep_text (compiler, number);
      return TRUE;
    }
  if (value->kind != GH_VALUE_STRING)
    return refuse (compiler, "acod.spty: must be a text or a number");
  detail->specialization = keep_text (compiler, value->text);
  return TRUE;
}

static gboolean
compile_object (Compiler *compiler, const GhValue *value, GhObjectDetail *detail, GhRule *rule)
{
  if (value->kind != GH_VALUE_OBJECT)
    return refuse (compiler, "acod: must hold objects");
  for (guint i = 0; i < value->length; i++)
    {
      const GhMember *member = &value->members[i];

      if (strcmp (member->name, "ty") == 0)
        {
          if (member->value.kind != GH_VALUE_INTEGER || member->value.integer < 1
              || member->value.integer > G_MAXINT)
            return refuse (compiler, "acod.ty: must be a resource type");
          detail->target_type = (gint) member->value.integer;
        }
      else if (strcmp (member->name, "spty") == 0)
        {
          if (!compile_specialization (compiler, &member->value, detail))
            return FALSE;
        }
      else if (strcmp (member->name, "chty") != 0)
        {
          /* A later release may restrict more than creates with it: the whole rule is out. */
          rule->operations = 0;
          compiler->policy->n_inert++;
        }
    }
  return compile_child_types (compiler, gh_value_member (value, "chty"), detail);
}

static gboolean
compile_objects (Compiler *compiler, const GhValue *list, GhRule *rule)
{
  GArray *objects = compiler->policy->objects;

  if (!take_list (compiler, list, "acod"))
    return FALSE;
  rule->has_objects = TRUE;
  rule->objects = (GhRange){ objects->len, list->length };
  for (guint i = 0; i < list->length; i++)
    {
      GhObjectDetail detail = { 0 };

      if (!compile_object (compiler, &list->items[i], &detail, rule))
        return FALSE;
      g_array_append_val (objects, detail);
    }
  return TRUE;
}

static gboolean
compile_operations (Compiler *compiler, const GhValue *value, GhRule *rule)
{
  if (value == NULL)
    return refuse (compiler, "acop is missing");
  if (value->kind != GH_VALUE_INTEGER || value->integer < 0 || value->integer > GH_ACOP_ALL)
    return refuse (compiler, "acop: must be a number in 0..63");
  rule->operations = (guint8) value->integer;
  return TRUE;
}

static gboolean
compile_flag (Compiler *compiler, const GhValue *value, GhRule *rule)
{
  if (value->kind != GH_VALUE_BOOLEAN)
    return refuse (compiler, "acaf: must be true or false");
  rule->authenticated_only = value->boolean;
  return TRUE;
}

static gboolean
compile_member (Compiler *compiler, const GhMember *member, GhRule *rule)
{
  if (strcmp (member->name, "acor") == 0 || strcmp (member->name, "acop") == 0)
    return TRUE; /* mandatory: done by name */
  if (strcmp (member->name, "acco") == 0)
    return compile_contexts (compiler, &member->value, rule);
  if (strcmp (member->name, "acaf") == 0)
    return compile_flag (compiler, &member->value, rule);
  if (strcmp (member->name, "acod") == 0)
    return compile_objects (compiler, &member->value, rule);
  rule->operations = 0;
  compiler->policy->n_inert++;
  return TRUE;
}

static gboolean
compile_rule (Compiler *compiler, const GhValue *value)
{
  GhRule rule = { 0 };

  if (value->kind != GH_VALUE_OBJECT)
    return refuse (compiler, "must be an object");
  if (!compile_operations (compiler, gh_value_member (value, "acop"), &rule)
      || !compile_originators (compiler, gh_value_member (value, "acor")))
    return FALSE;
  for (guint i = 0; i < value->length; i++)
    {
      if (!compile_member (compiler, &value->members[i], &rule))
        return FALSE;
    }
  g_array_append_val (compiler->policy->rules, rule);
  return TRUE;
}

static int
compare_pairs (gconstpointer a, gconstpointer b)
{
  const GhExact *first = a, *second = b;
  int order = gh_exact_compare (first, second->key, second->length);

  if (order != 0)
    return order;
  return first->rules.first < second->rules.first ? -1 : first->rules.first > second->rules.first;
}

/* One entry a key, with its rules in order and each once. */
static void
merge_pairs (Compiler *compiler)
{
  GhPolicy *policy = compiler->policy;

  g_array_sort (compiler->pairs, compare_pairs);
  for (guint i = 0; i < compiler->pairs->len; i++)
    {
      GhExact pair = g_array_index (compiler->pairs, GhExact, i);
      guint32 rule = pair.rules.first;
      GhExact *last = policy->exact->len > 0
                        ? &g_array_index (policy->exact, GhExact, policy->exact->len - 1)
                        : NULL;

      if (last == NULL || gh_exact_compare (last, pair.key, pair.length) != 0)
        {
          pair.rules = (GhRange){ policy->exact_rules->len, 0 };
          g_array_append_val (policy->exact, pair);
          last = &g_array_index (policy->exact, GhExact, policy->exact->len - 1);
        }
      else if (g_array_index (policy->exact_rules, GhListed, policy->exact_rules->len - 1) == rule)
        continue;
      g_array_append_val (policy->exact_rules, rule);
      last->rules.count++;
    }
}

static GhListed
list_rule (const GhPolicy *policy, guint32 rule)
{
  guint32 operations = g_array_index (policy->rules, GhRule, rule).operations;

  return rule | operations << GH_LISTED_SHIFT;
}

static void
list_rules (const GhPolicy *policy, GArray *list)
{
  for (guint i = 0; i < list->len; i++)
    {
      GhListed *listed = &g_array_index (list, GhListed, i);

      *listed = list_rule (policy, *listed);
    }
}

/* When all rules are known. */
static void
add_operations (GhPolicy *policy)
{
  list_rules (policy, policy->exact_rules);
  list_rules (policy, policy->everybody);
  for (guint i = 0; i < policy->wildcards->len; i++)
    {
      GhWildcard *wildcard = &g_array_index (policy->wildcards, GhWildcard, i);

      wildcard->rule = list_rule (policy, wildcard->rule);
    }
  for (guint i = 0; i < policy->remotes->len; i++)
    {
      GhRemote *remote = &g_array_index (policy->remotes, GhRemote, i);

      remote->rule = list_rule (policy, remote->rule);
    }
}

static GArray *
array_new (gsize size)
{
  return g_array_new (FALSE, FALSE, (guint) size);
}

static GhPolicy *
policy_new (void)
{
  GhPolicy *policy = g_new0 (GhPolicy, 1);

  g_atomic_ref_count_init (&policy->ref_count);
  policy->rules = array_new (sizeof (GhRule));
  policy->contexts = array_new (sizeof (GhContext));
  policy->windows = array_new (sizeof (GhSchedule));
  policy->networks = array_new (sizeof (GhNetwork));
  policy->objects = array_new (sizeof (GhObjectDetail));
  policy->child_types = array_new (sizeof (gint));
  policy->exact = array_new (sizeof (GhExact));
  policy->exact_rules = array_new (sizeof (GhListed));
  policy->everybody = array_new (sizeof (GhListed));
  policy->wildcards = array_new (sizeof (GhWildcard));
  policy->remotes = array_new (sizeof (GhRemote));
  policy->strings = g_string_chunk_new (128);
  return policy;
}

static gboolean
compile_rules (Compiler *compiler, const GhValue *set)
{
  const GhValue *rules = gh_value_member (set, "acr");

  if (set == NULL || set->kind != GH_VALUE_OBJECT)
    return gh_fault_set (compiler->fault, GH_ERROR_BAD_REQUEST,
                         "a set of access control rules must be an object");
  for (guint i = 0; i < set->length; i++)
    {
      if (strcmp (set->members[i].name, "acr") != 0)
        return gh_fault_set (compiler->fault, GH_ERROR_BAD_REQUEST,
                             "a set of access control rules holds acr and nothing else");
    }
  if (rules == NULL)
    return TRUE; /* an empty set: permits nothing */
  if (rules->kind != GH_VALUE_LIST || rules->length > GH_POLICY_MAX_RULES)
    return gh_fault_set (compiler->fault, GH_ERROR_BAD_REQUEST,
                         "acr: must be a list of at most %d rules", GH_POLICY_MAX_RULES);
  for (guint i = 0; i < rules->length; i++)
    {
      compiler->rule = i;
      if (!compile_rule (compiler, &rules->items[i]))
        return FALSE;
    }
  compiler->policy->n_rules = rules->length;
  return TRUE;
}

GhPolicy *
gh_policy_compile (const GhValue *set, const GhHome *home, GhFault *fault)
{
  g_autoptr (GhPolicy) policy = policy_new ();
  g_autoptr (GArray) pairs = array_new (sizeof (GhExact));
  Compiler compiler = { .policy = policy, .home = home, .fault = fault, .pairs = pairs };

  if (!compile_rules (&compiler, set))
    return NULL;
  merge_pairs (&compiler);
  add_operations (policy);
  return g_steal_pointer (&policy);
}

GhPolicy *
gh_policy_ref (GhPolicy *policy)
{
  g_atomic_ref_count_inc (&policy->ref_count);
  return policy;
}

void
gh_policy_unref (GhPolicy *policy)
{
  if (!g_atomic_ref_count_dec (&policy->ref_count))
    return;
  g_array_unref (policy->rules);
  g_array_unref (policy->contexts);
  g_array_unref (policy->windows);
  g_array_unref (policy->networks);
  g_array_unref (policy->objects);
  g_array_unref (policy->child_types);
  g_array_unref (policy->exact);
  g_array_unref (policy->exact_rules);
  g_array_unref (policy->everybody);
  g_array_unref (policy->wildcards);
  g_array_unref (policy->remotes);
  g_string_chunk_free (policy->strings);
  g_free (policy);
}

guint
gh_policy_get_n_rules (const GhPolicy *policy)
{
  return policy->n_rules;
}

guint
gh_policy_get_inert (const GhPolicy *policy)
{
  return policy->n_inert;
}

gboolean
gh_policy_uses_context (const GhPolicy *policy)
{
  return policy->uses_context;
}
