/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "primitive/gh-primitive.h"

#include "base/gh-clock.h"

#include <string.h>

/* What a value must look like. */
typedef enum {
  KIND_ENUM,        /* gint, within the row's range */
  KIND_NUMBER,      /* gint64, within the row's range */
  KIND_FLAG,        /* boolean into a gint, or only checked */
  KIND_TIME,        /* m2m:timestamp into a gint64 */
  KIND_ABSREL,      /* m2m:absRelTimestamp, kept as text */
  KIND_TEXT,        /* kept as it is, not empty */
  KIND_TEXTS,       /* list into a NULL-terminated vector */
  KIND_TYPES,       /* list of resource types into a 0-terminated vector */
  KIND_UNSUPPORTED, /* a criterion that this build does not evaluate */
  KIND_REFUSED,     /* may not stand in a query at all */
} Kind;

enum {
  CRITERION = 1, /* belongs to the filter criteria */
  REPEATABLE = 2,
};

#define NOWHERE G_MAXUINT16

typedef struct {
  const char *name;
  guint8 kind, flags;
  guint16 offset; /* in GhRequest */
  gint64 minimum, maximum;
  const char *remark; /* of REFUSED */
} Row;

#define AT(member) ((guint16) offsetof (GhRequest, member))
#define ANY        G_MAXINT64

/* TS-0009 table 6.2.2.2-1, and what TS-0004 7.3.3.17.9 keeps out. Sorted by name. */
static const Row rows[] = {
  { "arp", KIND_TEXT, CRITERION, AT (filter.relative_path), 0, 0, NULL },
  { "asi", KIND_FLAG, 0, NOWHERE, 0, 0, NULL },
  { "atr", KIND_REFUSED, 0, NOWHERE, 0, 0, "the short name of the attribute stands in its place" },
  { "atrl", KIND_TEXTS, 0, AT (attribute_list), 0, 0, NULL },
  { "auri", KIND_FLAG, 0, NOWHERE, 0, 0, NULL },
  { "catr", KIND_REFUSED, CRITERION, NOWHERE, 0, 0, "use c. and the attribute's short name" },
  { "cfq", KIND_UNSUPPORTED, CRITERION, NOWHERE, 0, 0, NULL },
  { "cfs", KIND_UNSUPPORTED, CRITERION, NOWHERE, 0, 0, NULL },
  { "chty", KIND_TYPES, CRITERION | REPEATABLE, AT (filter.child_types), 0, 0, NULL },
  { "clbl", KIND_TEXTS, CRITERION | REPEATABLE, AT (filter.child_labels), 0, 0, NULL },
  { "cnf", KIND_REFUSED, 0, NOWHERE, 0, 0, "use cty" },
  { "cra", KIND_TIME, CRITERION, AT (filter.created_after_us), 0, 0, NULL },
  { "crb", KIND_TIME, CRITERION, AT (filter.created_before_us), 0, 0, NULL },
  { "cs", KIND_REFUSED, 0, NOWHERE, 0, 0, "use sza or szb" },
  { "ct", KIND_REFUSED, 0, NOWHERE, 0, 0, "use cra or crb" },
  { "cty", KIND_TEXTS, CRITERION | REPEATABLE, AT (filter.content_types), 0, 0, NULL },
  { "da", KIND_FLAG, 0, AT (delivery_aggregation), 0, 0, NULL },
  { "drt", KIND_ENUM, 0, AT (desired_identifier_type), 1, 2, NULL },
  { "et", KIND_REFUSED, 0, NOWHERE, 0, 0, "use exa or exb" },
  { "exa", KIND_TIME, CRITERION, AT (filter.expire_after_us), 0, 0, NULL },
  { "exb", KIND_TIME, CRITERION, AT (filter.expire_before_us), 0, 0, NULL },
  { "fo", KIND_ENUM, CRITERION, AT (filter.filter_operation), 1, 2, NULL },
  { "fu", KIND_ENUM, CRITERION, AT (filter.filter_usage), 1, 3, NULL },
  { "lbl", KIND_TEXTS, CRITERION | REPEATABLE, AT (filter.labels), 0, 0, NULL },
  { "lbq", KIND_TEXT, CRITERION, AT (filter.labels_query), 0, 0, NULL },
  { "lim", KIND_NUMBER, CRITERION, AT (filter.limit), 0, ANY, NULL },
  { "lt", KIND_REFUSED, 0, NOWHERE, 0, 0, "use ms or us" },
  { "ltids", KIND_TEXTS, 0, AT (local_token_ids), 0, 0, NULL },
  { "lvl", KIND_NUMBER, CRITERION, AT (filter.level), 1, GH_REQUEST_MAX_LEVEL, NULL },
  { "ms", KIND_TIME, CRITERION, AT (filter.modified_since_us), 0, 0, NULL },
  { "ofst", KIND_NUMBER, CRITERION, AT (filter.offset), 1, GH_REQUEST_MAX_OFFSET, NULL },
  { "palb", KIND_TEXTS, CRITERION | REPEATABLE, AT (filter.parent_labels), 0, 0, NULL },
  { "patr", KIND_REFUSED, CRITERION, NOWHERE, 0, 0, "use p. and the attribute's short name" },
  { "pty", KIND_TYPES, CRITERION | REPEATABLE, AT (filter.parent_types), 0, 0, NULL },
  { "rcn", KIND_ENUM, 0, AT (result_content), GH_RCN_NOTHING, GH_RCN_SEMANTIC, NULL },
  { "rids", KIND_TEXTS, 0, AT (role_ids), 0, 0, NULL },
  { "rp", KIND_ABSREL, 0, AT (result_persistence), 0, 0, NULL },
  { "rt", KIND_ENUM, 0, AT (response_type), GH_RT_NON_BLOCKING_SYNCH, GH_RT_NO_RESPONSE, NULL },
  { "smf", KIND_UNSUPPORTED, CRITERION | REPEATABLE, NOWHERE, 0, 0, NULL },
  { "sqi", KIND_FLAG, 0, NOWHERE, 0, 0, NULL },
  { "st", KIND_REFUSED, 0, NOWHERE, 0, 0, "use stb or sts" },
  { "stb", KIND_NUMBER, CRITERION, AT (filter.state_tag_bigger), 0, ANY, NULL },
  { "sts", KIND_NUMBER, CRITERION, AT (filter.state_tag_smaller), 1, ANY, NULL },
  { "sza", KIND_NUMBER, CRITERION, AT (filter.size_above), 0, ANY, NULL },
  { "szb", KIND_NUMBER, CRITERION, AT (filter.size_below), 1, ANY, NULL },
  { "tids", KIND_TEXTS, 0, AT (token_ids), 0, 0, NULL },
  { "tkns", KIND_TEXTS, 0, AT (tokens), 0, 0, NULL },
  { "tqi", KIND_FLAG, 0, NOWHERE, 0, 0, NULL },
  { "ty", KIND_TYPES, CRITERION | REPEATABLE, AT (filter.resource_types), 0, 0, NULL },
  { "us", KIND_TIME, CRITERION, AT (filter.unmodified_since_us), 0, 0, NULL },
};

/* GhRequest.seen has a bit a row. */
G_STATIC_ASSERT (G_N_ELEMENTS (rows) <= 64);
G_STATIC_ASSERT (sizeof (GhRequest) < NOWHERE);

static const Row *
find_row (const char *name)
{
  gsize low = 0, high = G_N_ELEMENTS (rows);

  while (low < high)
    {
      const gsize middle = (low + high) / 2;
      const int order = strcmp (name, rows[middle].name);

      if (order == 0)
        return &rows[middle];
      if (order < 0)
        high = middle;
      else
        low = middle + 1;
    }
  return NULL;
}

static gboolean
no_memory (const char *name, GhFault *fault)
{
  return gh_fault_set (fault, GH_ERROR_TOO_LARGE,
                       "%s: the request needs more memory than a message may have", name);
}

/* Digits only, as every number of a query: no sign, no blanks. */
static gboolean
read_digits (const char *text, gsize length, gint64 *out)
{
  gint64 value = 0;

  if (length == 0 || length > 18)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    {
      if (!g_ascii_isdigit (text[i]))
        return FALSE;
      value = 10 * value + (text[i] - '0');
    }
  *out = value;
  return TRUE;
}

static gboolean
read_number (const Row *row, const char *value, gint64 *out, GhFault *fault)
{
  gint64 number;

  if (!read_digits (value, strlen (value), &number))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "%s: \"%.40s\" is not a whole number of at most 18 digits", row->name,
                         value);
  if (number < row->minimum || number > row->maximum)
    {
      if (row->maximum == ANY)
        return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                             "%s: %" G_GINT64_FORMAT " is less than %" G_GINT64_FORMAT, row->name,
                             number, row->minimum);
      return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                           "%s: %" G_GINT64_FORMAT " is outside %" G_GINT64_FORMAT
                           "..%" G_GINT64_FORMAT,
                           row->name, number, row->minimum, row->maximum);
    }
  *out = number;
  return TRUE;
}

static gboolean
read_flag (const Row *row, const char *value, gint *out, GhFault *fault)
{
  const gboolean yes = strcmp (value, "true") == 0 || strcmp (value, "1") == 0;

  if (!yes && strcmp (value, "false") != 0 && strcmp (value, "0") != 0)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%s: \"%.40s\" is not true, false, 1 or 0",
                         row->name, value);
  *out = yes;
  return TRUE;
}

static gboolean
read_time (const Row *row, const char *value, gint64 *out, GhFault *fault)
{
  if (!gh_timestamp_parse (value, strlen (value), out))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "%s: \"%.40s\" is not a time like 20240229T120000", row->name, value);
  /* 0 means absent, and nobody tells it from the microsecond after. */
  if (*out == 0)
    *out = 1;
  return TRUE;
}

/* Lists. */

/* Where the entries of a list come from: text joined by '+', or a value. */
typedef struct {
  const char *joined; /* the rest; NULL when it is a value */
  const GhValue *list;
  guint32 next;    /* index in @list */
  char digits[24]; /* of the last entry, when it was a number */
} Source;

/* Entries in the source; 0 with @fault when there are none or too many with @before. */
static gsize
count_entries (const Row *row, const Source *source, gsize before, GhFault *fault)
{
  gsize n = source->joined == NULL ? source->list->length : 1;

  for (const char *p = source->joined; p != NULL && (p = strchr (p, '+')) != NULL; p++)
    n++;
  if (n == 0)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%s: the list is empty", row->name), 0;
  if (before + n > GH_REQUEST_MAX_LIST)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%s: more than %d entries", row->name,
                         GH_REQUEST_MAX_LIST),
           0;
  return n;
}

static gboolean
next_item (const Row *row, Source *source, const char **out_text, gsize *out_length, GhFault *fault)
{
  const gboolean numbers = row->kind == KIND_TYPES;
  const GhValue *item = &source->list->items[source->next++];

  if (item->kind != (numbers ? GH_VALUE_INTEGER : GH_VALUE_STRING))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%s: entry %u of the list is not a %s",
                         row->name, source->next, numbers ? "number" : "string");
  if (numbers)
    {
      *out_length = (gsize) g_snprintf (source->digits, sizeof source->digits, "%" G_GINT64_FORMAT,
                                        item->integer);
      *out_text = source->digits;
      return TRUE;
    }
  *out_text = item->text;
  *out_length = item->length;
  return TRUE;
}

static gboolean
next_entry (const Row *row, Source *source, const char **out_text, gsize *out_length,
            GhFault *fault)
{
  if (source->joined == NULL)
    {
      if (!next_item (row, source, out_text, out_length, fault))
        return FALSE;
    }
  else
    {
      *out_text = source->joined;
      *out_length = strcspn (source->joined, "+");
      source->joined += *out_length + 1;
    }
  if (*out_length == 0 || *out_length > GH_REQUEST_MAX_TEXT)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%s: an entry of the list is %s", row->name,
                         *out_length == 0 ? "empty" : "too long");
  return TRUE;
}

static gboolean
read_texts (GhRequest *request, const Row *row, Source *source, const char *const **list,
            GhFault *fault)
{
  const gsize before = *list != NULL ? g_strv_length ((char **) *list) : 0;
  const gsize more = count_entries (row, source, before, fault);
  const char **entries;

  if (more == 0)
    return FALSE;
  entries = gh_arena_new_array (request->arena, const char *, before + more + 1);
  if (entries == NULL)
    return no_memory (row->name, fault);
  for (gsize i = 0; i < before; i++)
    entries[i] = (*list)[i];
  for (gsize i = 0; i < more; i++)
    {
      const char *text;
      gsize length;

      if (!next_entry (row, source, &text, &length, fault))
        return FALSE;
      entries[before + i] = gh_arena_strndup (request->arena, text, length);
      if (entries[before + i] == NULL)
        return no_memory (row->name, fault);
    }
  *list = entries;
  return TRUE;
}

static gboolean
read_types (GhRequest *request, const Row *row, Source *source, const gint **list, GhFault *fault)
{
  gsize before = 0, more;
  gint *types;

  while (*list != NULL && (*list)[before] != 0)
    before++;
  more = count_entries (row, source, before, fault);
  if (more == 0)
    return FALSE;
  types = gh_arena_new_array (request->arena, gint, before + more + 1);
  if (types == NULL)
    return no_memory (row->name, fault);
  if (before > 0)
    memcpy (types, *list, before * sizeof *types);
  for (gsize i = 0; i < more; i++)
    {
      const char *text;
      gsize length;
      gint64 type;

      if (!next_entry (row, source, &text, &length, fault))
        return FALSE;
      if (!read_digits (text, length, &type) || type < 1 || type > G_MAXUINT16)
        return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%s: \"%.*s\" is not a resource type",
                             row->name, (int) MIN (length, 40), text);
      types[before + i] = (gint) type;
    }
  *list = types;
  return TRUE;
}

/* Attributes. */

/* Short names of TS-0004 8.2.3: a small letter, then at most seven letters and digits. */
static gboolean
is_attribute_name (const char *name)
{
  gsize n = 0;

  if (!g_ascii_islower (name[0]))
    return FALSE;
  while (g_ascii_isalnum (name[n]))
    n++;
  return name[n] == '\0' && n <= 8;
}

/* The attribute criteria of one tag: of the resource, its children or its parent. */
typedef struct {
  const char *tag;
  const GhMember **members;
  guint *n;
} Pairs;

static Pairs
pairs_of (GhRequest *request, char prefix)
{
  GhFilterCriteria *filter = &request->filter;

  if (prefix == 'c')
    return (Pairs){ "catr", &filter->child_attributes, &filter->n_child_attributes };
  if (prefix == 'p')
    return (Pairs){ "patr", &filter->parent_attributes, &filter->n_parent_attributes };
  return (Pairs){ "atr", &filter->attributes, &filter->n_attributes };
}

/* @value must live as long as the request. */
static gboolean
add_attribute (GhRequest *request, const Pairs *pairs, const char *name, const GhValue *value,
               GhFault *fault)
{
  const guint n = *pairs->n;
  GhMember *members = (GhMember *) *pairs->members;
  char *copy;

  if (n == GH_REQUEST_MAX_ATTRIBUTES)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%s: more than %d attribute criteria",
                         pairs->tag, GH_REQUEST_MAX_ATTRIBUTES);
  if (value->kind == GH_VALUE_STRING && value->length > GH_REQUEST_MAX_PATTERN)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "%s: the value for %s is longer than %d octets", pairs->tag, name,
                         GH_REQUEST_MAX_PATTERN);
  if ((n & (n - 1)) == 0)
    {
      /* Full at every power of two, and at none. */
      members = gh_arena_new_array (request->arena, GhMember, MAX (2 * n, 1));
      if (members == NULL)
        return no_memory (name, fault);
      if (n > 0)
        memcpy (members, *pairs->members, n * sizeof *members);
    }
  copy = gh_arena_strdup (request->arena, name);
  if (copy == NULL)
    return no_memory (name, fault);
  members[n] = (GhMember){ copy, *value };
  *pairs->members = members;
  *pairs->n = n + 1;
  request->filter.present = TRUE;
  return TRUE;
}

static gboolean
set_unsupported (GhRequest *request, const char *name, GhFault *fault)
{
  GhFilterCriteria *filter = &request->filter;

  if (filter->unsupported_name == NULL)
    filter->unsupported_name = gh_arena_strdup (request->arena, name);
  if (filter->unsupported_name == NULL)
    return no_memory (name, fault);
  filter->present = TRUE;
  filter->unsupported = TRUE;
  return TRUE;
}

/* "cr", or "c.cr" and "p.cr": criteria on children and on the parent. */
static gboolean
set_unknown (GhRequest *request, const char *name, const char *value, GhFault *fault)
{
  const gboolean prefixed = (name[0] == 'c' || name[0] == 'p') && name[1] == '.';
  const Pairs pairs = pairs_of (request, prefixed ? name[0] : '\0');
  const char *attribute = prefixed ? name + 2 : name;
  const Row *row = find_row (attribute);
  GhValue criterion;
  const char *copy;
  gsize length;

  if (!is_attribute_name (attribute))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%.40s: unknown parameter", name);
  if (row != NULL && row->kind == KIND_REFUSED)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%s: %s may not be a criterion; %s",
                         pairs.tag, attribute, row->remark);
  length = strlen (value);
  copy = gh_arena_strndup (request->arena, value, length);
  if (copy == NULL)
    return no_memory (name, fault);
  criterion = gh_value_string (copy, length);
  return add_attribute (request, &pairs, attribute, &criterion, fault);
}

static gboolean
set_copy (GhRequest *request, const Row *row, const char *value, const char **out, GhFault *fault)
{
  if (*value == '\0' || strlen (value) > GH_REQUEST_MAX_TEXT)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%s: %s", row->name,
                         *value == '\0' ? "empty" : "too long");
  *out = gh_arena_strdup (request->arena, value);
  return *out != NULL || no_memory (row->name, fault);
}

static gboolean
set_absrel (GhRequest *request, const Row *row, const char *value, const char **out, GhFault *fault)
{
  if (!gh_absrel_timestamp_is_valid (value))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "%s: \"%.40s\" is neither a time nor milliseconds", row->name, value);
  *out = gh_arena_strdup (request->arena, value);
  return *out != NULL || no_memory (row->name, fault);
}

static gboolean
set_text (GhRequest *request, const Row *row, const char *value, GhFault *fault)
{
  Source source = { .joined = value };
  gpointer at = row->offset != NOWHERE ? (char *) request + row->offset : NULL;
  gint64 number = 0;
  gint flag = 0;

  switch ((Kind) row->kind)
    {
    case KIND_ENUM:
      if (!read_number (row, value, &number, fault))
        return FALSE;
      *(gint *) at = (gint) number;
      return TRUE;
    case KIND_NUMBER:
      return read_number (row, value, at, fault);
    case KIND_FLAG:
      return read_flag (row, value, at != NULL ? at : &flag, fault);
    case KIND_TIME:
      return read_time (row, value, at, fault);
    case KIND_ABSREL:
      return set_absrel (request, row, value, at, fault);
    case KIND_TEXT:
      return set_copy (request, row, value, at, fault);
    case KIND_TEXTS:
      return read_texts (request, row, &source, at, fault);
    case KIND_TYPES:
      return read_types (request, row, &source, at, fault);
    case KIND_UNSUPPORTED:
      return set_unsupported (request, row->name, fault);
    case KIND_REFUSED:
      return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%s: may not stand in a query; %s",
                           row->name, row->remark);
    }
  return FALSE;
}

/* What is well formed, but asks for what this build does not do. */
static gboolean
check_unsupported (GhRequest *request, const Row *row, gboolean semantic_query, GhFault *fault)
{
  const gboolean ipe_discovery = row->offset == AT (filter.filter_usage)
                                 && request->filter.filter_usage == 3;

  return (!semantic_query && !ipe_discovery) || set_unsupported (request, row->name, fault);
}

static gboolean
is_semantic_query (const Row *row, const char *value)
{
  return strcmp (row->name, "sqi") == 0 && (value[0] == 't' || value[0] == '1');
}

static gboolean
mark_seen (GhRequest *request, const Row *row, GhFault *fault)
{
  const guint64 bit = G_GUINT64_CONSTANT (1) << (row - rows);

  if ((request->seen & bit) != 0 && (row->flags & REPEATABLE) == 0)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%s: given twice", row->name);
  request->seen |= bit;
  if ((row->flags & CRITERION) != 0)
    request->filter.present = TRUE;
  return TRUE;
}

static gboolean
remember (GhRequest *request, const char *name, const char *value, GhFault *fault)
{
  GhQueryPair *pair = gh_arena_alloc (request->arena, sizeof *pair);

  if (pair == NULL)
    return no_memory (name, fault);
  *pair = (GhQueryPair){ .next = request->query,
                         .name = gh_arena_strdup (request->arena, name),
                         .value = gh_arena_strdup (request->arena, value) };
  if (pair->name == NULL || pair->value == NULL)
    return no_memory (name, fault);
  request->query = pair;
  return TRUE;
}

gboolean
gh_request_set_query (GhRequest *request, const char *name, const char *value, GhFault *fault)
{
  const Row *row;

  g_return_val_if_fail (request != NULL && name != NULL && value != NULL, FALSE);

  if (strnlen (value, GH_REQUEST_MAX_TEXT + 1) > GH_REQUEST_MAX_TEXT)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%.40s: longer than %d octets", name,
                         GH_REQUEST_MAX_TEXT);
  if (!g_utf8_validate (value, -1, NULL))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%.40s: not UTF-8", name);
  row = find_row (name);
  if (row == NULL)
    return set_unknown (request, name, value, fault) && remember (request, name, value, fault);
  return mark_seen (request, row, fault) && set_text (request, row, value, fault)
         && check_unsupported (request, row, is_semantic_query (row, value), fault)
         && remember (request, name, value, fault);
}

/* The same parameters as members of an object. */

/* The text that a query would have for a scalar of the right kind; NULL for one of a wrong kind. */
static const char *
scalar_text (const Row *row, const GhValue *value, char digits[24])
{
  const gboolean number = value->kind == GH_VALUE_INTEGER
                          && (row->kind == KIND_ENUM || row->kind == KIND_NUMBER
                              || row->kind == KIND_ABSREL);

  if (number)
    {
      g_snprintf (digits, 24, "%" G_GINT64_FORMAT, value->integer);
      return digits;
    }
  if (row->kind == KIND_FLAG && value->kind == GH_VALUE_BOOLEAN)
    return value->boolean ? "true" : "false";
  if ((row->kind == KIND_TIME || row->kind == KIND_ABSREL || row->kind == KIND_TEXT)
      && value->kind == GH_VALUE_STRING)
    return value->text;
  return NULL;
}

static const char *
expected_kind (const Row *row)
{
  switch ((Kind) row->kind)
    {
    case KIND_ENUM:
    case KIND_NUMBER:
      return "a number";
    case KIND_FLAG:
      return "true or false";
    case KIND_TIME:
    case KIND_ABSREL:
    case KIND_TEXT:
      return "a string";
    default:
      return "a list";
    }
}

static void
append_value (GString *text, const GhValue *value)
{
  if (value->kind == GH_VALUE_STRING)
    g_string_append_len (text, value->text, value->length);
  else if (value->kind == GH_VALUE_INTEGER)
    g_string_append_printf (text, "%" G_GINT64_FORMAT, value->integer);
  else if (value->kind == GH_VALUE_BOOLEAN)
    g_string_append (text, value->boolean ? "true" : "false");
}

/* A value as a query would have it. */
static gboolean
remember_value (GhRequest *request, const char *name, const GhValue *value, GhFault *fault)
{
  g_autoptr (GString) text = g_string_new (NULL);
  const gboolean list = value->kind == GH_VALUE_LIST;

  for (guint32 i = 0; list && i < value->length; i++)
    {
      if (i > 0)
        g_string_append_c (text, '+');
      append_value (text, &value->items[i]);
    }
  if (!list)
    append_value (text, value);
  return remember (request, name, text->str, fault);
}

static gboolean
remember_attribute (GhRequest *request, const Pairs *pairs, const char *name, const GhValue *value,
                    GhFault *fault)
{
  char prefixed[16];

  if (pairs->tag[0] == 'a')
    return remember_value (request, name, value, fault);
  g_snprintf (prefixed, sizeof prefixed, "%c.%s", pairs->tag[0], name);
  return remember_value (request, prefixed, value, fault);
}

/* Criteria of m2m:attribute: [{"nm": "cr", "val": "CAdmin"}] (TS-0004 6.3.5.9) */
static gboolean
add_attributes (GhRequest *request, const Pairs *pairs, const GhValue *list, GhFault *fault)
{
  for (guint32 i = 0; i < list->length; i++)
    {
      const char *name = gh_value_text (gh_value_member (&list->items[i], "nm"));
      const GhValue *value = gh_value_member (&list->items[i], "val");
      const Row *row;

      if (name == NULL || value == NULL || list->items[i].length != 2 || !is_attribute_name (name))
        return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                             "%s: entry %u is not {\"nm\": attribute, \"val\": value}", pairs->tag,
                             i + 1);
      row = find_row (name);
      if (row != NULL && row->kind == KIND_REFUSED)
        return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%s: %s may not be a criterion; %s",
                             pairs->tag, name, row->remark);
      if (!add_attribute (request, pairs, name, value, fault)
          || !remember_attribute (request, pairs, name, value, fault))
        return FALSE;
    }
  return TRUE;
}

static gboolean
set_value (GhRequest *request, const Row *row, const GhValue *value, GhFault *fault)
{
  gpointer at = (char *) request + row->offset;
  Source source = { .list = value };
  char digits[24];
  const char *text;

  if (row->kind == KIND_UNSUPPORTED)
    return set_unsupported (request, row->name, fault);
  text = scalar_text (row, value, digits);
  if (text != NULL)
    return set_text (request, row, text, fault)
           && check_unsupported (request, row, is_semantic_query (row, text), fault);
  if (row->kind == KIND_TEXTS && value->kind == GH_VALUE_LIST)
    return read_texts (request, row, &source, at, fault);
  if (row->kind == KIND_TYPES && value->kind == GH_VALUE_LIST)
    return read_types (request, row, &source, at, fault);
  return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%s: not %s", row->name, expected_kind (row));
}

gboolean
gh_request_set_member (GhRequest *request, const GhMember *member, gboolean criterion,
                       GhFault *fault)
{
  static const char *const tags[] = { "atr", "catr", "patr", NULL };
  const Row *row;

  g_return_val_if_fail (request != NULL && member != NULL, FALSE);

  if (criterion && g_strv_contains (tags, member->name) && member->value.kind == GH_VALUE_LIST)
    {
      const Pairs pairs = pairs_of (request, member->name[0]);
      return add_attributes (request, &pairs, &member->value, fault);
    }
  row = find_row (member->name);
  if (row == NULL || row->kind == KIND_REFUSED || criterion != ((row->flags & CRITERION) != 0))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%.40s: unknown parameter", member->name);
  return mark_seen (request, row, fault) && set_value (request, row, &member->value, fault)
         && remember_value (request, row->name, &member->value, fault);
}

static gboolean
is_left_out (const char *name)
{
  static const char *const names[] = { "rt", "rp", "tkns", "tids", "ltids", NULL };

  return g_strv_contains (names, name);
}

void
gh_request_list_query (const GhRequest *request, GhQueryFunc func, gpointer user_data)
{
  gboolean attributes = FALSE;

  for (const GhQueryPair *pair = request->query; pair != NULL; pair = pair->next)
    {
      attributes |= strcmp (pair->name, "atrl") == 0;
      if (!is_left_out (pair->name))
        func (pair->name, pair->value, user_data);
    }
  /* the content of a primitive in JSON names them */
  if (request->attribute_list != NULL && !attributes)
    {
      g_autofree char *joined = g_strjoinv ("+", (char **) request->attribute_list);
      func ("atrl", joined, user_data);
    }
}

GhQueryKind
gh_request_query_kind (const char *name, gboolean *out_criterion)
{
  const Row *row = find_row (name);

  *out_criterion = row == NULL || (row->flags & CRITERION) != 0;
  if (row == NULL)
    return GH_QUERY_ATTRIBUTE;
  switch ((Kind) row->kind)
    {
    case KIND_ENUM:
    case KIND_NUMBER:
      return GH_QUERY_NUMBER;
    case KIND_FLAG:
      return GH_QUERY_BOOLEAN;
    case KIND_TEXTS:
      return GH_QUERY_TEXTS;
    case KIND_TYPES:
      return GH_QUERY_NUMBERS;
    default:
      return GH_QUERY_TEXT;
    }
}
