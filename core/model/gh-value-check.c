/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/gh-attribute.h"
#include "model/gh-syntax.h"

#include <string.h>

/* Where the check stands: one a nested attribute, from the leaf outwards. Only a fault reads it. */
typedef struct _Place Place;
struct _Place {
  const Place *outer;
  const GhAttribute *attribute;
  gint item;                  /* of a list; -1: the attribute itself */
  GhFault *fault;
};

static gboolean check_value (const Place *place, const GhValue *value);

static void
append_path (const Place *place, GString *path)
{
  if (place->outer != NULL)
    {
      append_path (place->outer, path);
      g_string_append_c (path, '.');
    }
  g_string_append (path, place->attribute->short_name);
  if (place->item >= 0)
    g_string_append_printf (path, "[%d]", place->item);
}

/* Sets "acop: MESSAGE in pv.acr[1]". Always FALSE. */
static gboolean G_GNUC_PRINTF (2, 3)
fail (const Place *place, const char *format, ...)
{
  g_autoptr (GString) path = g_string_new (NULL);
  g_autofree char *message = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  if (place->item >= 0)
    append_path (place, path);
  else if (place->outer != NULL)
    append_path (place->outer, path);
  return gh_fault_set (place->fault, GH_ERROR_BAD_REQUEST, "%s: %s%s%s",
                       place->attribute->short_name, message, path->len > 0 ? " in " : "",
                       path->str);
}

static const char *
kind_name (const GhValue *value)
{
  static const char *const names[] = {
    [GH_VALUE_NONE] = "nothing", [GH_VALUE_NULL] = "null", [GH_VALUE_BOOLEAN] = "a boolean",
    [GH_VALUE_INTEGER] = "an integer", [GH_VALUE_DECIMAL] = "a decimal number",
    [GH_VALUE_STRING] = "a string", [GH_VALUE_LIST] = "a list", [GH_VALUE_OBJECT] = "an object",
  };

  return value->kind < G_N_ELEMENTS (names) ? names[value->kind] : "nothing";
}

static gboolean
fail_kind (const Place *place, const GhValue *value)
{
  return fail (place, "expected %s, found %s", gh_syntax_expectation (place->attribute->data),
               kind_name (value));
}

static gboolean
check_length (const Place *place, const GhValue *value)
{
  const gint64 most = place->attribute->maximum;

  if (most == 0 || place->attribute->data != GH_DATA_STRING
      || g_utf8_strlen (value->text, value->length) <= most)
    return TRUE;
  return fail (place, "longer than %" G_GINT64_FORMAT " characters", most);
}

static gboolean
check_text (const Place *place, const GhValue *value)
{
  char quoted[GH_QUOTE_SIZE];

  if (value->kind != GH_VALUE_STRING)
    return fail_kind (place, value);
  if (gh_syntax_check (place->attribute->data, value->text, value->length))
    return check_length (place, value);
  return fail (place, "expected %s, found \"%s\"",
               gh_syntax_expectation (place->attribute->data),
               gh_syntax_quote (value->text, quoted));
}

static gboolean
check_range (const Place *place, const GhValue *value, gint64 low, gint64 high)
{
  if (value->kind != GH_VALUE_INTEGER)
    return fail_kind (place, value);
  if (value->integer >= low && value->integer <= high)
    return TRUE;
  if (high == G_MAXINT64)
    return fail (place, "%" G_GINT64_FORMAT " is below %" G_GINT64_FORMAT, value->integer, low);
  return fail (place, "%" G_GINT64_FORMAT " is outside %" G_GINT64_FORMAT "..%" G_GINT64_FORMAT,
               value->integer, low, high);
}

static gboolean
check_integer (const Place *place, const GhValue *value)
{
  const GhAttribute *attribute = place->attribute;
  gint64 low = attribute->minimum, high = attribute->maximum;

  if (low == 0 && high == 0)
    {
      low = attribute->data == GH_DATA_INTEGER    ? G_MININT64
            : attribute->data == GH_DATA_POSITIVE ? 1
                                                  : 0;
      high = attribute->data == GH_DATA_UNSIGNED_INT ? (gint64) G_MAXUINT32 : G_MAXINT64;
    }
  return check_range (place, value, low, high);
}

/* "1..3, 5": what may stand there, as far as it is short. */
static void
append_values (const GhEnumeration *enumeration, GString *out)
{
  guint runs = 0;

  for (guint i = 0, end; i < enumeration->n_values; i = end)
    {
      for (end = i + 1; end < enumeration->n_values
                        && enumeration->values[end] == enumeration->values[end - 1] + 1; end++)
        ;
      if (runs++ == 6)
        {
          g_string_append (out, ", ...");
          return;
        }
      g_string_append_printf (out, "%s%d", i > 0 ? ", " : "", enumeration->values[i]);
      if (end > i + 1)
        g_string_append_printf (out, "..%d", enumeration->values[end - 1]);
    }
}

static gboolean
fail_value (const Place *place, gint64 value)
{
  const GhEnumeration *enumeration = place->attribute->enumeration;
  g_autoptr (GString) values = g_string_new (NULL);

  append_values (enumeration, values);
  return fail (place, "%" G_GINT64_FORMAT " is no %s (%s)", value, enumeration->name, values->str);
}

static gboolean
check_enumeration (const Place *place, const GhValue *value)
{
  const GhEnumeration *enumeration = place->attribute->enumeration;
  guint low = 0, high = enumeration->n_values;

  if (value->kind != GH_VALUE_INTEGER)
    return fail_kind (place, value);
  while (low < high)
    {
      const guint middle = (low + high) / 2;

      if (enumeration->values[middle] == value->integer)
        return TRUE;
      if (enumeration->values[middle] < value->integer)
        low = middle + 1;
      else
        high = middle;
    }
  return fail_value (place, value->integer);
}

static gboolean
check_event_category (const Place *place, const GhValue *value)
{
  if (value->kind != GH_VALUE_INTEGER)
    return fail_kind (place, value);
  /* with a maximum: m2m:eventCatWithDef, where 0 stands for all others */
  if (place->attribute->maximum > 0 && value->integer == 0)
    return TRUE;
  if ((value->integer >= 2 && value->integer <= 4)
      || (value->integer >= 100 && value->integer <= 999))
    return TRUE;
  return fail (place, "%" G_GINT64_FORMAT " is none of 2, 3, 4 and 100..999", value->integer);
}

/* A number as a double: the reader lets only pass what one can hold. */
static gboolean
number_of (const GhValue *value, double *out)
{
  if (value->kind == GH_VALUE_INTEGER)
    *out = (double) value->integer;
  else if (value->kind == GH_VALUE_DECIMAL)
    *out = g_ascii_strtod (value->text, NULL);
  else
    return FALSE;
  return TRUE;
}

/* Latitude, longitude in degrees, radius in metres (TS-0004 6.3.5.28). */
static gboolean
check_circle (const Place *place, const GhValue *value)
{
  static const struct { const char *name; double low, high; } parts[] = {
    { "latitude", -90, 90 }, { "longitude", -180, 180 }, { "radius", 0, G_MAXDOUBLE },
  };

  if (value->kind != GH_VALUE_LIST)
    return fail_kind (place, value);
  if (value->length != G_N_ELEMENTS (parts))
    return fail (place, "expected 3 numbers, found %u", value->length);
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      double number;

      if (!number_of (&value->items[i], &number))
        return fail (place, "expected a number as %s, found %s", parts[i].name,
                     kind_name (&value->items[i]));
      if (!(number >= parts[i].low && number <= parts[i].high))
        return fail (place, "the %s is out of range", parts[i].name);
    }
  return TRUE;
}

/* Whether a mandatory member is missing, and the rule over all members. */
static gboolean
check_members (const Place *place, const GhValue *value)
{
  const GhComplexType *complex = place->attribute->complex;

  for (guint i = 0; i < complex->n_members; i++)
    if (complex->members[i].create == GH_PRESENCE_M
        && gh_value_member (value, complex->members[i].short_name) == NULL)
      {
        const Place member = { place, &complex->members[i], -1, place->fault };

        return fail (&member, "mandatory member is missing");
      }
  if (complex->rule == GH_COMPLEX_EXACTLY_ONE && value->length != 1)
    return fail (place, "expected exactly one member of %s, found %u", complex->name,
                 value->length);
  if (complex->rule == GH_COMPLEX_AT_LEAST_ONE && value->length == 0)
    return fail (place, "expected at least one member of %s", complex->name);
  return TRUE;
}

static gboolean
check_object (const Place *place, const GhValue *value)
{
  const GhComplexType *complex = place->attribute->complex;
  guint64 seen = 0;

  if (value->kind != GH_VALUE_OBJECT)
    return fail_kind (place, value);
  for (guint i = 0; i < value->length; i++)
    {
      const GhMember *member = &value->members[i];
      const GhAttribute *row = gh_complex_member (complex, member->name);
      const Place inner = { place, row, -1, place->fault };
      guint64 bit;
      char quoted[GH_QUOTE_SIZE];

      if (row == NULL)
        return fail (place, "\"%s\" is no member of %s", gh_syntax_quote (member->name, quoted),
                     complex->name);
      bit = G_GUINT64_CONSTANT (1) << (row - complex->members);
      if ((seen & bit) != 0)
        return fail (&inner, "stands twice");
      seen |= bit;
      if (!check_value (&inner, &member->value))
        return FALSE;
    }
  return check_members (place, value);
}

static gboolean
check_item (const Place *place, const GhValue *value)
{
  switch ((GhDataType) place->attribute->data)
    {
    case GH_DATA_ANY:
      return TRUE;
    case GH_DATA_BOOLEAN:
      return value->kind == GH_VALUE_BOOLEAN || fail_kind (place, value);
    case GH_DATA_INTEGER:
    case GH_DATA_NON_NEGATIVE:
    case GH_DATA_POSITIVE:
    case GH_DATA_UNSIGNED_INT:
    case GH_DATA_BITS:
      return check_integer (place, value);
    case GH_DATA_NUMBER:
      return value->kind == GH_VALUE_INTEGER || value->kind == GH_VALUE_DECIMAL
             || fail_kind (place, value);
    case GH_DATA_ENUM:
      return check_enumeration (place, value);
    case GH_DATA_EVENT_CATEGORY:
      return check_event_category (place, value);
    case GH_DATA_ABS_REL_TIMESTAMP:
      return value->kind == GH_VALUE_INTEGER || check_text (place, value);
    case GH_DATA_CIRCLE:
      return check_circle (place, value);
    case GH_DATA_OBJECT:
      return check_object (place, value);
    default:
      return check_text (place, value);
    }
}

static gboolean
check_value (const Place *place, const GhValue *value)
{
  const GhAttribute *attribute = place->attribute;
  const guint most = attribute->max_items > 0 ? attribute->max_items : GH_LIST_MAX_ITEMS;
  Place item = *place;

  if (!attribute->list)
    return check_item (place, value);
  if (value->kind != GH_VALUE_LIST)
    return fail (place, "expected a list, found %s", kind_name (value));
  if (value->length < attribute->min_items)
    return value->length == 0 && attribute->min_items == 1
             ? fail (place, "expected at least one item, found an empty list")
             : fail (place, "expected at least %u items, found %u", attribute->min_items,
                     value->length);
  if (value->length > most)
    return fail (place, "expected at most %u items, found %u", most, value->length);
  for (guint i = 0; i < value->length; i++)
    {
      item.item = (gint) i;
      if (!check_item (&item, &value->items[i]))
        return FALSE;
    }
  return TRUE;
}

gboolean
gh_value_check (const GhAttribute *attribute, const GhValue *value, GhFault *fault)
{
  const Place place = { NULL, attribute, -1, fault };

  return check_value (&place, value);
}
