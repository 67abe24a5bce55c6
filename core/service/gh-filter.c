/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-filter.h"

#include <string.h>

#define OPERATION_OR 2

typedef enum {
  NOT_GIVEN,
  FAILS,
  HOLDS,
} Verdict;

typedef struct {
  const GhFilterCriteria *filter;
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

static Verdict
labels (const Subject *s)
{
  const GhValue *list = gh_resource_get (s->resource, "lbl");

  if (s->filter->labels == NULL)
    return NOT_GIVEN;
  for (guint i = 0; list != NULL && i < list->length; i++)
    if (g_strv_contains (s->filter->labels, list->items[i].text))
      return HOLDS;
  return FAILS;
}

static Verdict
resource_types (const Subject *s)
{
  if (s->filter->resource_types == NULL)
    return NOT_GIVEN;
  for (const gint *type = s->filter->resource_types; *type != 0; type++)
    if (*type == s->resource->type->number)
      return HOLDS;
  return FAILS;
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
computed_attribute (const Subject *s, const char *name, GhValue *out)
{
  const GhIdentity *identity = &s->resource->identity;
  const gboolean counted = s->counters != NULL && s->counters->has_counters;
  const char *text = NULL;

  if (strcmp (name, "rn") == 0)
    text = identity->name;
  else if (strcmp (name, "ri") == 0)
    text = identity->resource_id;
  else if (strcmp (name, "pi") == 0)
    text = identity->parent_id;
  else if (counted && strcmp (name, "cni") == 0)
    *out = gh_value_integer ((gint64) s->counters->count);
  else if (counted && strcmp (name, "cbs") == 0)
    *out = gh_value_integer ((gint64) s->counters->bytes);
  else
    return FALSE;
  if (text != NULL)
    *out = gh_value_string (text, strlen (text));
  return out->kind != GH_VALUE_NONE;
}

static Verdict
attributes (const Subject *s)
{
  if (s->filter->n_attributes == 0)
    return NOT_GIVEN;
  for (guint i = 0; i < s->filter->n_attributes; i++)
    {
      const GhMember *criterion = &s->filter->attributes[i];
      const GhValue *value = gh_resource_get (s->resource, criterion->name);
      GhValue computed = { .kind = GH_VALUE_NONE };
      char digits[24];
      const char *pattern = scalar_text (&criterion->value, digits);

      if (value == NULL && computed_attribute (s, criterion->name, &computed))
        value = &computed;
      if (value != NULL && pattern != NULL && value_matches (value, pattern))
        return HOLDS;
    }
  return FAILS;
}

static Verdict (*const conditions[]) (const Subject *s) = {
  resource_types, created, modified, expires, state_tag, size, labels, content_types, attributes,
};

gboolean
gh_filter_matches (const GhFilterCriteria *filter, const GhResource *resource,
                   const GhCounters *counters)
{
  const Subject subject = { filter, resource, counters };
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

gboolean
gh_filter_has_conditions (const GhFilterCriteria *filter)
{
  const gboolean times = filter->created_before_us != 0 || filter->created_after_us != 0
                         || filter->modified_since_us != 0 || filter->unmodified_since_us != 0
                         || filter->expire_before_us != 0 || filter->expire_after_us != 0;
  const gboolean numbers = filter->state_tag_smaller >= 0 || filter->state_tag_bigger >= 0
                           || filter->size_above >= 0 || filter->size_below >= 0;

  return times || numbers || filter->labels != NULL || filter->resource_types != NULL
         || filter->content_types != NULL || filter->n_attributes > 0;
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
  for (guint i = 0; i < filter->n_attributes; i++)
    {
      const GhMember *criterion = &filter->attributes[i];
      const guint kind = criterion->value.kind;

      if (!gh_attribute_is_known (criterion->name))
        return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                             "%s: neither a parameter nor an attribute", criterion->name);
      if (kind == GH_VALUE_LIST || kind == GH_VALUE_OBJECT || kind == GH_VALUE_NULL)
        return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                             "atr: the value for %s is not a text, number or boolean",
                             criterion->name);
    }
  return TRUE;
}
