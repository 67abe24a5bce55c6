/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "base/gh-hash.h"
#include "service/gh-group-address.h"
#include "service/gh-job.h"
#include "type/gh-behaviours.h"

/* m2m:consistencyStrategy (TS-0004 6.3.4.2.12) */
enum { ABANDON_MEMBER = 1, ABANDON_GROUP = 2, SET_MIXED = 3 };

/* m2m:memberType beyond the numbers of the types (6.3.4.2.11) */
enum { MIXED = 0, OLDEST = 20001, LATEST = 20002 };

/* Whether a member is what the group says (TS-0004 7.4.13.2.1). */
typedef enum {
  CONFORMS,
  DIFFERS,   /* or is not there */
  ELSEWHERE, /* on another CSE: not known */
  HIDDEN,    /* its type is nothing for the originator to know */
} Conformity;

typedef struct {
  GhChange *change;
  const GhService *service;
  gint64 type;
  const GhValue *specialization; /* NULL: any */
  gint64 strategy;
} Rules;

static gboolean
no_room (GhFault *fault)
{
  return gh_fault_set (fault, GH_ERROR_TOO_LARGE, "the request does not fit into its memory");
}

/* The group would tell the originator what a member is, so that needs the right to retrieve it.
 * CONFORMS: he may know. DIFFERS: not even that it is there. */
static Conformity
may_know (const Rules *rules, const GhNode *node, gint instance_type)
{
  const GhAccessQuestion question = { .node = node,
                                      .operation = GH_ACOP_RETRIEVE,
                                      .instance_type = instance_type };
  GhFault refusal = { 0 };
  if (rules->change->intent->principal == NULL
      || gh_authorize ((GhService *) rules->service, &rules->change->view,
                       &rules->change->intent->facts, &question, &refusal))
    return CONFORMS;
  return refusal.code == GH_ERROR_NOT_FOUND ? DIFFERS : HIDDEN;
}

static gboolean
is_special (const Rules *rules, const GhResource *resource)
{
  const GhValue *mgd = rules->specialization != NULL
                         ? gh_value_member (rules->specialization, "mgd")
                         : NULL;
  const GhValue *cnd = rules->specialization != NULL
                         ? gh_value_member (rules->specialization, "cnd")
                         : NULL;
  if (mgd != NULL)
    return gh_resource_get_integer (resource, "mgd", -1) == mgd->integer;
  return cnd == NULL || g_strcmp0 (gh_resource_get_text (resource, "cnd"), cnd->text) == 0;
}

static Conformity
judge_resource (const Rules *rules, const GhNode *node)
{
  const Conformity known = may_know (rules, node, 0);
  if (known != CONFORMS)
    return known;
  return node->slot->type->number == rules->type && is_special (rules, node->resource) ? CONFORMS
                                                                                        : DIFFERS;
}

/* Members of the group that is a member have to be of the type, so that group has to say so. */
static Conformity
judge_group (const Rules *rules, const GhNode *node)
{
  const GhValue *special = gh_resource_get (node->resource, "spty");
  const Conformity known = may_know (rules, node, 0);
  if (known != CONFORMS)
    return known;
  if (node->slot->type->number != GH_TYPE_GROUP
      || gh_resource_get_integer (node->resource, "mt", MIXED) != rules->type)
    return DIFFERS;
  return rules->specialization == NULL
             || (special != NULL && gh_value_equal (special, rules->specialization))
           ? CONFORMS
           : DIFFERS;
}

/* The type of the instances of a resource, by what may stand below it. */
static gint
instance_type_of (const GhType *parent)
{
  for (const gint *child = parent->children; *child != 0; child++)
    {
      const GhType *type = gh_type_by_number (*child);
      if (type != NULL && type->instance)
        return type->number;
    }
  return 0;
}

/* la, ol, or an instance by its name, of the resource before the last slash. */
static Conformity
judge_below (const Rules *rules, const GhNode *parent, const char *name)
{
  const gint instance = instance_type_of (parent->slot->type);
  if (instance == 0)
    return DIFFERS;
  const Conformity known = may_know (rules, parent, instance);
  if (known != CONFORMS)
    return known;
  if (strcmp (name, "la") == 0)
    return rules->type == LATEST ? CONFORMS : DIFFERS;
  if (strcmp (name, "ol") == 0)
    return rules->type == OLDEST ? CONFORMS : DIFFERS;
  return instance == rules->type ? CONFORMS : DIFFERS;
}

static Conformity
judge (const Rules *rules, const char *member)
{
  const GhView *view = &rules->change->view;
  const GhType *type;
  guint64 number;
  GhNode node;
  if (gh_strip_home (rules->service, member) == NULL)
    return ELSEWHERE;
  if (gh_find_local (rules->service, view, member, &node))
    return judge_resource (rules, &node);
  if (strchr (member, '/') == NULL && gh_instance_id_parse (member, &type, &number))
    return type->number == rules->type ? CONFORMS : DIFFERS;
  const char *slash = strrchr (member, '/');
  if (slash == NULL)
    return DIFFERS;
  g_autofree char *head = g_strndup (member, (gsize) (slash - member));
  if (!gh_find_local (rules->service, view, head, &node))
    return DIFFERS;
  if (strcmp (slash, "/fopt") == 0)
    return judge_group (rules, &node);
  return judge_below (rules, &node, slash + 1);
}

/* One spelling of a resource of this CSE. That two are the same tells that it is there. (transfer
 * full) */
static char *
canonical (const Rules *rules, const char *member)
{
  GhNode node;
  const char *suffix = g_str_has_suffix (member, "/fopt") ? "/fopt" : "";
  g_autofree char *head = g_strndup (member, strlen (member) - strlen (suffix));
  if (gh_find_local (rules->service, &rules->change->view, head, &node)
      && (!rules->service->options.hide || may_know (rules, &node, 0) != DIFFERS))
    return g_strconcat (node.slot->id, suffix, NULL);
  return g_strdup (member);
}

/* Copies @members without those that stand there twice. */
static gboolean
without_duplicates (const Rules *rules, const GhValue *members, GhValue **out_items, guint *out_n)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (gh_text_hash, g_str_equal, g_free, NULL);
  GhValue *items = gh_arena_new_array (rules->change->arena, GhValue, MAX (members->length, 1));
  *out_items = items;
  *out_n = 0;
  for (guint i = 0; items != NULL && i < members->length; i++)
    if (g_hash_table_add (seen, canonical (rules, members->items[i].text)))
      items[(*out_n)++] = members->items[i];
  return items != NULL;
}

static gboolean
may_stay (const Rules *rules, Conformity conformity, const char *member, GhFault *fault)
{
  if (conformity == HIDDEN)
    return gh_fault_set (fault, GH_ERROR_MEMBER_HIDDEN,
                         "mid: the type of %.80s may not be retrieved", member);
  if (conformity == DIFFERS && rules->strategy == ABANDON_GROUP)
    return gh_fault_set (fault, GH_ERROR_MEMBER_TYPE, "mid: %.80s is not of the memberType %d",
                         member, (gint) rules->type);
  return TRUE;
}

/* Keeps of @items those that conform, or makes the group a mixed one. */
static gboolean
validate (Rules *rules, GhValue *items, guint *n, gboolean *out_validated, GhFault *fault)
{
  const guint before = *n;
  guint kept = 0;
  *out_validated = TRUE;
  for (guint i = 0; i < before; i++)
    {
      const Conformity conformity = judge (rules, items[i].text);
      if (!may_stay (rules, conformity, items[i].text, fault))
        return FALSE;
      *out_validated &= conformity != ELSEWHERE;
      if (conformity != DIFFERS)
        items[kept++] = items[i];
      else if (rules->strategy == SET_MIXED)
        {
          rules->type = MIXED;
          *out_validated = TRUE;
          return TRUE;
        }
    }
  *n = kept;
  return TRUE;
}

static gboolean
set (GhChange *change, const char *name, GhValue value, GhFault *fault)
{
  return gh_draft_set (change->draft, change->arena, name, value) || no_room (fault);
}

static gboolean
take_members (Rules *rules, const GhValue *members, gint64 limit, GhFault *fault)
{
  GhChange *change = rules->change;
  const gint64 asked = rules->type;
  gboolean validated = FALSE;
  GhValue *items;
  guint n;
  if (!without_duplicates (rules, members, &items, &n))
    return no_room (fault);
  if ((gint64) n > limit)
    return gh_fault_set (fault, GH_ERROR_TOO_MANY_MEMBERS,
                         "mid: %u members, and maxNrOfMembers is %" G_GINT64_FORMAT, n, limit);
  if (asked != MIXED && !validate (rules, items, &n, &validated, fault))
    return FALSE;
  const GhValue list = { .kind = GH_VALUE_LIST, .length = n, .items = items };
  return set (change, "mid", list, fault) && set (change, "cnm", gh_value_integer (n), fault)
         && (asked == rules->type || set (change, "mt", gh_value_integer (MIXED), fault))
         && (asked == MIXED || set (change, "mtv", gh_value_boolean (validated), fault));
}

static gint64
integer_of (const GhDraft *draft, const char *name, gint64 fallback)
{
  const GhValue *value = gh_draft_get (draft, name);
  return value != NULL && value->kind == GH_VALUE_INTEGER ? value->integer : fallback;
}

/* specializationType says which kind of mgmtObj or flexContainer, and nothing of other types. */
static gboolean
check_specialization (const Rules *rules, GhFault *fault)
{
  if (rules->specialization == NULL)
    return TRUE;
  const gboolean mgmt = gh_value_member (rules->specialization, "mgd") != NULL;
  if (rules->type == (mgmt ? GH_TYPE_MGMT_OBJ : GH_TYPE_FLEX_CONTAINER))
    return TRUE;
  return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "spty: %s needs memberType %d",
                       mgmt ? "mgd" : "cnd", mgmt ? GH_TYPE_MGMT_OBJ : GH_TYPE_FLEX_CONTAINER);
}

static gboolean
check_create (GhChange *change, GhFault *fault)
{
  const GhDraft *draft = change->draft;
  Rules rules = { .change = change,
                  .service = change->host,
                  .type = integer_of (draft, "mt", MIXED),
                  .specialization = gh_draft_get (draft, "spty"),
                  .strategy = integer_of (draft, "csy", ABANDON_MEMBER) };
  return check_specialization (&rules, fault)
         && set (change, "mt", gh_value_integer (rules.type), fault)
         && set (change, "csy", gh_value_integer (rules.strategy), fault)
         && take_members (&rules, gh_draft_get (draft, "mid"), integer_of (draft, "mnm", 0), fault);
}

static gboolean
check_update (GhChange *change, GhFault *fault)
{
  const GhResource *group = change->node.resource;
  const GhValue *members = gh_draft_get (change->draft, "mid");
  const gint64 limit = integer_of (change->draft, "mnm",
                                   gh_resource_get_integer (group, "mnm", 0));
  const gint64 count = gh_resource_get_integer (group, "cnm", 0);
  Rules rules = { .change = change,
                  .service = change->host,
                  .type = gh_resource_get_integer (group, "mt", MIXED),
                  .specialization = gh_resource_get (group, "spty"),
                  .strategy = gh_resource_get_integer (group, "csy", ABANDON_MEMBER) };
  if (members == NULL && limit < count)
    return gh_fault_set (fault, GH_ERROR_TOO_MANY_MEMBERS,
                         "mnm: %" G_GINT64_FORMAT " is below the %" G_GINT64_FORMAT
                         " members there are", limit, count);
  return members == NULL || take_members (&rules, members, limit, fault);
}

static gboolean
after (const GhEffect *effect, GError **error)
{
  return effect->kind != GH_EFFECT_DELETED
         || gh_group_address_forget (effect->writer, effect->node.slot->id, error);
}

const GhBehaviour gh_behaviour_group = {
  .type = GH_TYPE_GROUP,
  .check_create = check_create,
  .check_update = check_update,
  .after = after,
};
