/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-filter.h"

#include "service/gh-labels-query.h"

#include <string.h>

#define OPERATION_OR    2
#define USAGE_DISCOVERY 1

typedef enum {
  NOT_GIVEN,
  FAILS,
  HOLDS,
} Verdict;

typedef struct {
  const GhFilterCriteria *filter;
  const GhFilterSubject *about;
  const GhResource *resource;
  const GhCounters *counters;
} Subject;

static Verdict
verdict (gboolean holds)
{
  return holds ? HOLDS : FAILS;
}

/* from <= value < before; 0 stands for a bound that was not given. */
static Verdict
time_between (gint64 value_us, gint64 from_us, gint64 before_us)
{
  if (from_us == 0 && before_us == 0)
    return NOT_GIVEN;
  return verdict ((from_us == 0 || value_us >= from_us)
                  && (before_us == 0 || value_us < before_us));
}

/* The same for numbers, of which -1 is no bound and no value. */
static Verdict
number_between (gint64 value, gint64 from, gint64 below)
{
  if (from < 0 && below < 0)
    return NOT_GIVEN;
  return verdict (value >= 0 && (from < 0 || value >= from) && (below < 0 || value < below));
}

static Verdict
created (const Subject *s)
{
  return time_between (s->resource->identity.creation_us, s->filter->created_after_us,
                       s->filter->created_before_us);
}

static Verdict
modified (const Subject *s)
{
  return time_between (s->resource->identity.modified_us, s->filter->modified_since_us,
                       s->filter->unmodified_since_us);
}

static Verdict
expires (const Subject *s)
{
  return time_between (s->resource->identity.expiration_us, s->filter->expire_after_us,
                       s->filter->expire_before_us);
}

static Verdict
state_tag (const Subject *s)
{
  const gboolean counted = s->counters != NULL && s->counters->has_counters;
  const gint64 value = counted ? (gint64) s->counters->state_tag
                               : gh_resource_get_integer (s->resource, "st", -1);

  return number_between (value, s->filter->state_tag_bigger, s->filter->state_tag_smaller);
}

static Verdict
size (const Subject *s)
{
  return number_between (gh_resource_get_integer (s->resource, "cs", -1), s->filter->size_above,
                         s->filter->size_below);
}

/* @wanted: what the criterion lists; @resource: NULL when there is none or it may not be seen. */
static Verdict
has_label (const char *const *wanted, const GhResource *resource)
{
  const GhValue *list = resource != NULL ? gh_resource_get (resource, "lbl") : NULL;

  if (wanted == NULL)
    return NOT_GIVEN;
  for (guint i = 0; list != NULL && i < list->length; i++)
    if (g_strv_contains (wanted, list->items[i].text))
      return HOLDS;
  return FAILS;
}

static Verdict
has_type (const gint *wanted, const GhResource *resource)
{
  if (wanted == NULL)
    return NOT_GIVEN;
  for (; resource != NULL && *wanted != 0; wanted++)
    if (*wanted == resource->type->number)
      return HOLDS;
  return FAILS;
}

static Verdict
labels (const Subject *s)
{
  return has_label (s->filter->labels, s->resource);
}

static Verdict
parent_labels (const Subject *s)
{
  return has_label (s->filter->parent_labels, s->about->parent);
}

static Verdict
resource_types (const Subject *s)
{
  return has_type (s->filter->resource_types, s->resource);
}

static Verdict
parent_types (const Subject *s)
{
  return has_type (s->filter->parent_types, s->about->parent);
}

static Verdict
labels_query (const Subject *s)
{
  if (s->filter->labels_query == NULL)
    return NOT_GIVEN;
  return verdict (
    gh_labels_query_matches (s->filter->labels_query, gh_resource_get (s->resource, "lbl")));
}

static Verdict
child_condition (const Subject *s, guint condition)
{
  if ((gh_filter_child_conditions (s->filter) & condition) == 0)
    return NOT_GIVEN;
  return verdict ((s->about->child_holds & condition) != 0);
}

static Verdict
child_labels (const Subject *s)
{
  return child_condition (s, GH_FILTER_CHILD_LABELS);
}

static Verdict
child_types (const Subject *s)
{
  return child_condition (s, GH_FILTER_CHILD_TYPES);
}

static Verdict
child_attributes (const Subject *s)
{
  return child_condition (s, GH_FILTER_CHILD_ATTRIBUTES);
}

/* The media type is the part of contentInfo before its first colon. */
static Verdict
content_types (const Subject *s)
{
  const char *info = gh_resource_get_text (s->resource, "cnf");

  if (s->filter->content_types == NULL)
    return NOT_GIVEN;
  for (const char *const *type = s->filter->content_types; info != NULL && *type != NULL; type++)
    if (strlen (*type) == strcspn (info, ":") && g_str_has_prefix (info, *type))
      return HOLDS;
  return FAILS;
}

/* The text of a scalar, in @digits when it has none of its own; NULL for a list or an object. */
static const char *
scalar_text (const GhValue *value, char digits[24])
{
  switch ((GhValueKind) value->kind)
    {
    case GH_VALUE_STRING:
    case GH_VALUE_DECIMAL:
      return value->text;
    case GH_VALUE_BOOLEAN:
      return value->boolean ? "true" : "false";
    case GH_VALUE_INTEGER:
      g_snprintf (digits, 24, "%" G_GINT64_FORMAT, value->integer);
      return digits;
    default:
      return NULL;
    }
}

/* A star stands for any characters. The pieces between stars are looked for one behind the other,
 * so that no pattern takes longer than the two texts are long. */
static gboolean
pattern_matches (const char *pattern, const char *text)
{
  const char *star = strchr (pattern, '*');
  gsize length = strlen (text);
  const gsize head = star != NULL ? (gsize) (star - pattern) : 0;

  if (star == NULL)
    return strcmp (pattern, text) == 0;
  if (strncmp (pattern, text, head) != 0)
    return FALSE;
  text += head;
  length -= head;
  for (const char *piece = star + 1;; piece = star + 1)
    {
      const gsize piece_length = strcspn (piece, "*");
      const char *found;

      star = piece + piece_length;
      if (*star == '\0')
        return length >= piece_length && strcmp (text + length - piece_length, piece) == 0;
      found = memmem (text, length, piece, piece_length);
      if (found == NULL)
        return FALSE;
      length -= (gsize) (found - text) + piece_length;
      text = found + piece_length;
    }
}

static gboolean
value_matches (const GhValue *value, const char *pattern)
{
  char digits[24];
  const char *text = scalar_text (value, digits);

  if (text != NULL)
    return pattern_matches (pattern, text);
  for (guint i = 0; value->kind == GH_VALUE_LIST && i < value->length; i++)
    {
      text = scalar_text (&value->items[i], digits);
      if (text != NULL && pattern_matches (pattern, text))
        return TRUE;
    }
  return FALSE;
}

/* The attributes that stand in the identity or the counters and may be conditions. */
static gboolean
computed_attribute (const GhResource *resource, const GhCounters *counters, const char *name,
                    GhValue *out)
{
  const GhIdentity *identity = &resource->identity;
  const gboolean counted = counters != NULL && counters->has_counters;
  const char *text = NULL;

  if (strcmp (name, "rn") == 0)
    text = identity->name;
  else if (strcmp (name, "ri") == 0)
    text = identity->resource_id;
  else if (strcmp (name, "pi") == 0)
    text = identity->parent_id;
  else if (counted && strcmp (name, "cni") == 0)
    *out = gh_value_integer ((gint64) counters->count);
  else if (counted && strcmp (name, "cbs") == 0)
    *out = gh_value_integer ((gint64) counters->bytes);
  else
    return FALSE;
  if (text != NULL)
    *out = gh_value_string (text, strlen (text));
  return out->kind != GH_VALUE_NONE;
}

/* Some of the @n @pairs is what @resource has. */
static Verdict
has_pair (const GhMember *pairs, guint n, const GhResource *resource, const GhCounters *counters)
{
  if (n == 0)
    return NOT_GIVEN;
  for (guint i = 0; resource != NULL && i < n; i++)
    {
      const GhValue *value = gh_resource_get (resource, pairs[i].name);
      GhValue computed = { .kind = GH_VALUE_NONE };
      char digits[24];
      const char *pattern = scalar_text (&pairs[i].value, digits);

      if (value == NULL && computed_attribute (resource, counters, pairs[i].name, &computed))
        value = &computed;
      if (value != NULL && pattern != NULL && value_matches (value, pattern))
        return HOLDS;
    }
  return FAILS;
}

static Verdict
attributes (const Subject *s)
{
  return has_pair (s->filter->attributes, s->filter->n_attributes, s->resource, s->counters);
}

static Verdict
parent_attributes (const Subject *s)
{
  return has_pair (s->filter->parent_attributes, s->filter->n_parent_attributes, s->about->parent,
                   s->about->parent_counters);
}

#define N_ROW_CONDITIONS 4 /* of the first */

/* What is looked at in the resource itself comes first. */
static Verdict (*const conditions[]) (const Subject *s) = {
  resource_types,    created,     modified,     expires,
  state_tag,         size,        labels,       labels_query,
  content_types,     attributes,  parent_types, parent_labels,
  parent_attributes, child_types, child_labels, child_attributes,
};

gboolean
gh_filter_matches (const GhFilterCriteria *filter, const GhFilterSubject *about)
{
  const Subject subject = { filter, about, about->resource, about->counters };
  const gboolean any = filter->filter_operation == OPERATION_OR;
  gboolean given = FALSE;

  for (gsize i = 0; i < G_N_ELEMENTS (conditions); i++)
    {
      const Verdict result = conditions[i](&subject);

      if (result == (any ? HOLDS : FAILS))
        return any;
      given = given || result != NOT_GIVEN;
    }
  return !any || !given;
}

GhFilterGuess
gh_filter_guess (const GhFilterCriteria *filter, const GhResource *row)
{
  const GhFilterSubject about = { .resource = row };
  const Subject subject = { filter, &about, row, NULL };
  const gboolean any = filter->filter_operation == OPERATION_OR;
  gboolean given = FALSE, others = FALSE;

  for (gsize i = 0; i < G_N_ELEMENTS (conditions); i++)
    {
      const Verdict result = conditions[i](&subject);

      if (i < N_ROW_CONDITIONS && result == (any ? HOLDS : FAILS))
        return any ? GH_FILTER_HOLDS : GH_FILTER_FAILS;
      given = given || result != NOT_GIVEN;
      others = others || (i >= N_ROW_CONDITIONS && result != NOT_GIVEN);
    }
  if (others)
    return GH_FILTER_OPEN;
  return !any || !given ? GH_FILTER_HOLDS : GH_FILTER_FAILS;
}

gboolean
gh_filter_may_have_type (const GhFilterCriteria *filter, gint number)
{
  const gint *wanted = filter->resource_types;

  if (wanted == NULL || filter->filter_operation == OPERATION_OR)
    return TRUE;
  for (; *wanted != 0; wanted++)
    if (*wanted == number)
      return TRUE;
  return FALSE;
}

guint
gh_filter_child_conditions (const GhFilterCriteria *filter)
{
  return (filter->child_labels != NULL ? GH_FILTER_CHILD_LABELS : 0)
         | (filter->child_types != NULL ? GH_FILTER_CHILD_TYPES : 0)
         | (filter->n_child_attributes > 0 ? GH_FILTER_CHILD_ATTRIBUTES : 0);
}

guint
gh_filter_child_holds (const GhFilterCriteria *filter, const GhResource *child,
                       const GhCounters *counters)
{
  const gboolean pair =
    has_pair (filter->child_attributes, filter->n_child_attributes, child, counters) == HOLDS;

  return (has_label (filter->child_labels, child) == HOLDS ? GH_FILTER_CHILD_LABELS : 0)
         | (has_type (filter->child_types, child) == HOLDS ? GH_FILTER_CHILD_TYPES : 0)
         | (pair ? GH_FILTER_CHILD_ATTRIBUTES : 0);
}

gboolean
gh_filter_is_any (const GhFilterCriteria *filter)
{
  return filter->filter_operation == OPERATION_OR;
}

gboolean
gh_filter_may_match_instances (const GhFilterCriteria *filter)
{
  return gh_filter_is_any (filter) || gh_filter_child_conditions (filter) == 0;
}

gboolean
gh_filter_has_parent_conditions (const GhFilterCriteria *filter)
{
  return filter->parent_labels != NULL || filter->parent_types != NULL
         || filter->n_parent_attributes > 0;
}

gboolean
gh_filter_has_conditions (const GhFilterCriteria *filter)
{
  const gboolean times = filter->created_before_us != 0 || filter->created_after_us != 0
                         || filter->modified_since_us != 0 || filter->unmodified_since_us != 0
                         || filter->expire_before_us != 0 || filter->expire_after_us != 0;
  const gboolean numbers = filter->state_tag_smaller >= 0 || filter->state_tag_bigger >= 0
                           || filter->size_above >= 0 || filter->size_below >= 0;

  return times || numbers || filter->labels != NULL || filter->labels_query != NULL
         || filter->resource_types != NULL || filter->content_types != NULL
         || filter->n_attributes > 0 || gh_filter_child_conditions (filter) != 0
         || gh_filter_has_parent_conditions (filter);
}

gboolean
gh_filter_is_discovery (const GhRequest *request)
{
  return request->filter.filter_usage == USAGE_DISCOVERY;
}

gboolean
gh_filter_wants_children (const GhRequest *request)
{
  const gint rcn = request->result_content;

  return gh_filter_is_discovery (request) || rcn == GH_RCN_ATTRIBUTES_AND_CHILDREN
         || rcn == GH_RCN_ATTRIBUTES_AND_REFERENCES || rcn == GH_RCN_REFERENCES
         || rcn == GH_RCN_CHILDREN;
}

/* A list of addresses is asked for: discovery, rcn 5 or 6. */
static gboolean
wants_list (const GhRequest *request)
{
  return gh_filter_is_discovery (request)
         || request->result_content == GH_RCN_ATTRIBUTES_AND_REFERENCES
         || request->result_content == GH_RCN_REFERENCES;
}

static gboolean
check_pairs (const char *tag, const GhMember *pairs, guint n, GhFault *fault)
{
  for (guint i = 0; i < n; i++)
    {
      const guint kind = pairs[i].value.kind;

      if (!gh_attribute_is_known (pairs[i].name))
        return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                             "%s: neither a parameter nor an attribute", pairs[i].name);
      if (kind == GH_VALUE_LIST || kind == GH_VALUE_OBJECT || kind == GH_VALUE_NULL)
        return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                             "%s: the value for %s is not a text, number or boolean", tag,
                             pairs[i].name);
    }
  return TRUE;
}

/* What is about the neighbours of a resource that is searched for means nothing for one that is
 * addressed. */
static gboolean
check_neighbours (const GhRequest *request, GhFault *fault)
{
  const GhFilterCriteria *filter = &request->filter;
  const char *given = filter->child_labels != NULL      ? "clbl"
                      : filter->child_types != NULL     ? "chty"
                      : filter->n_child_attributes > 0  ? "catr"
                      : filter->parent_labels != NULL   ? "palb"
                      : filter->parent_types != NULL    ? "pty"
                      : filter->n_parent_attributes > 0 ? "patr"
                                                        : NULL;

  const gboolean retrieve = request->operation == GH_OPERATION_RETRIEVE;

  if (filter->relative_path != NULL && !(retrieve && wants_list (request)))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "arp: only in a discovery or a RETRIEVE of references");
  if (given == NULL || (retrieve && gh_filter_wants_children (request)))
    return TRUE;
  return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                       "%s: only in a discovery or a RETRIEVE with children", given);
}

gboolean
gh_filter_check (const GhRequest *request, GhFault *fault)
{
  const GhFilterCriteria *filter = &request->filter;

  if (!filter->present)
    return TRUE;
  if (request->operation == GH_OPERATION_CREATE || request->operation == GH_OPERATION_NOTIFY)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "fc: a %s has no filter criteria",
                         gh_operation_name (request->operation));
  if (filter->unsupported)
    return gh_fault_set (fault, GH_ERROR_NOT_IMPLEMENTED, "%s: not evaluated by this CSE",
                         filter->unsupported_name);
  return check_pairs ("atr", filter->attributes, filter->n_attributes, fault)
         && check_pairs ("catr", filter->child_attributes, filter->n_child_attributes, fault)
         && check_pairs ("patr", filter->parent_attributes, filter->n_parent_attributes, fault)
         && (filter->labels_query == NULL || gh_labels_query_check (filter->labels_query, fault))
         && check_neighbours (request, fault);
}
