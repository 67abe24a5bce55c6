/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-labels-query.h"

#include <string.h>

/* A part of the query. */
typedef struct {
  const char *text;
  gsize length;
} Piece;

static Piece
trimmed (const char *text, gsize length)
{
  for (; length > 0 && *text == ' '; length--)
    text++;
  while (length > 0 && text[length - 1] == ' ')
    length--;
  return (Piece){ text, length };
}

/* Takes the first word off @rest. */
static Piece
take_word (Piece *rest)
{
  const char *end = memchr (rest->text, ' ', rest->length);
  const gsize length = end != NULL ? (gsize) (end - rest->text) : rest->length;
  const Piece word = { rest->text, length };

  *rest = trimmed (rest->text + length, rest->length - length);
  return word;
}

static gboolean
is_word (Piece piece, const char *word)
{
  return piece.length == strlen (word) && memcmp (piece.text, word, piece.length) == 0;
}

static gboolean
refuse (Piece expression, GhFault *fault)
{
  return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                       "lbq: \"%.*s\" is not KEY, NT KEY, KEY EQ VALUE, KEY NE VALUE, KEY IN "
                       "(VALUE, ...) or KEY NI (VALUE, ...)",
                       (int) MIN (expression.length, 60), expression.text);
}

static gboolean
read_values (Piece rest, gboolean list, Piece *out)
{
  if (list)
    {
      if (rest.length < 2 || rest.text[0] != '(' || rest.text[rest.length - 1] != ')')
        return FALSE;
      rest = trimmed (rest.text + 1, rest.length - 2);
    }
  *out = rest;
  return rest.length > 0;
}

/* "key" or "key:value" */
static gboolean
read_label (Piece label, GhLabelsExpression *out)
{
  const char *colon = memchr (label.text, ':', label.length);

  out->kind = colon != NULL ? GH_LABELS_IS : GH_LABELS_HAS;
  out->key = label.text;
  out->key_length = colon != NULL ? (gsize) (colon - label.text) : label.length;
  out->values = colon != NULL ? colon + 1 : NULL;
  out->values_length = colon != NULL ? label.length - out->key_length - 1 : 0;
  return out->key_length > 0 && (colon == NULL || out->values_length > 0);
}

static gboolean
read_expression (Piece expression, GhLabelsExpression *out)
{
  Piece rest = expression, values;
  const Piece key = take_word (&rest);
  const gboolean negation = is_word (key, "NT") && rest.length > 0;

  *out = (GhLabelsExpression){ .kind = GH_LABELS_LACKS, .key = key.text, .key_length = key.length };
  if (negation)
    {
      out->key = rest.text;
      out->key_length = rest.length;
      return memchr (rest.text, ' ', rest.length) == NULL
             && memchr (rest.text, ':', rest.length) == NULL;
    }
  if (rest.length == 0)
    return read_label (key, out);
  const Piece operation = take_word (&rest);
  const gboolean list = is_word (operation, "IN") || is_word (operation, "NI");
  const gboolean is = is_word (operation, "EQ") || is_word (operation, "IN");
  const gboolean other = is_word (operation, "NE") || is_word (operation, "NI");
  if ((!is && !other) || memchr (key.text, ':', key.length) != NULL
      || !read_values (rest, list, &values))
    return FALSE;
  out->kind = is ? GH_LABELS_IS : GH_LABELS_OTHER;
  out->values = values.text;
  out->values_length = values.length;
  return TRUE;
}

/* Up to a comma outside of brackets. */
static gsize
expression_length (const char *text)
{
  gsize n = 0;

  for (gboolean inside = FALSE; text[n] != '\0' && (inside || text[n] != ','); n++)
    inside = text[n] == '(' || (inside && text[n] != ')');
  return n;
}

gboolean
gh_labels_query_next (const char **cursor, GhLabelsExpression *out, GhFault *fault)
{
  if (**cursor == '\0')
    return FALSE;
  const gsize length = expression_length (*cursor);
  const Piece expression = trimmed (*cursor, length);

  *cursor += length + ((*cursor)[length] == ',');
  return (expression.length > 0 && read_expression (expression, out)) || refuse (expression, fault);
}

gboolean
gh_labels_expression_next_value (const GhLabelsExpression *expression, const char **cursor,
                                 const char **out_value, gsize *out_length)
{
  if (expression->values == NULL)
    return FALSE;
  const char *end = expression->values + expression->values_length;
  const char *begin = *cursor != NULL ? *cursor : expression->values;
  if (begin >= end)
    return FALSE;
  const char *comma = memchr (begin, ',', (gsize) (end - begin));
  const Piece value = trimmed (begin, (gsize) ((comma != NULL ? comma : end) - begin));
  *cursor = comma != NULL ? comma + 1 : end;
  *out_value = value.text;
  *out_length = value.length;
  return TRUE;
}

static gboolean
check_values (const GhLabelsExpression *expression, GhFault *fault)
{
  const char *cursor = NULL, *value;
  gsize length;
  guint n = 0;

  while (gh_labels_expression_next_value (expression, &cursor, &value, &length))
    {
      if (length == 0)
        return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "lbq: a value is empty");
      if (++n > GH_LABELS_QUERY_MAX_VALUES)
        return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "lbq: more than %d values in brackets",
                             GH_LABELS_QUERY_MAX_VALUES);
    }
  return TRUE;
}

gboolean
gh_labels_query_check (const char *query, GhFault *fault)
{
  GhLabelsExpression expression;
  guint n = 0;

  while (gh_labels_query_next (&query, &expression, fault))
    {
      if (!check_values (&expression, fault))
        return FALSE;
      if (++n > GH_LABELS_QUERY_MAX_EXPRESSIONS)
        return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "lbq: more than %d expressions",
                             GH_LABELS_QUERY_MAX_EXPRESSIONS);
    }
  if (!fault->set && n == 0)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "lbq: no expression");
  return !fault->set;
}

/* The part of @label behind the key and its colon; "" without one, NULL when the key is another. */
static const char *
value_of (const GhLabelsExpression *expression, const char *label)
{
  if (strncmp (label, expression->key, expression->key_length) != 0)
    return NULL;
  label += expression->key_length;
  return *label == ':' ? label + 1 : *label == '\0' ? label : NULL;
}

static gboolean
lists_value (const GhLabelsExpression *expression, const char *text)
{
  const char *cursor = NULL, *value;
  const gsize text_length = strlen (text);
  gsize length;

  while (gh_labels_expression_next_value (expression, &cursor, &value, &length))
    if (length == text_length && memcmp (value, text, length) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
expression_holds (const GhLabelsExpression *expression, const GhValue *labels)
{
  gboolean key = FALSE, pair = FALSE, listed = FALSE;

  for (guint i = 0; i < labels->length; i++)
    {
      const char *text = gh_value_text (&labels->items[i]);
      const char *value = text != NULL ? value_of (expression, text) : NULL;

      key = key || value != NULL;
      pair = pair || (value != NULL && *value != '\0');
      listed = listed || (value != NULL && *value != '\0' && lists_value (expression, value));
    }
  switch (expression->kind)
    {
    case GH_LABELS_HAS:
      return key;
    case GH_LABELS_LACKS:
      return !key;
    case GH_LABELS_IS:
      return listed;
    case GH_LABELS_OTHER:
      return pair && !listed;
    default:
      return FALSE;
    }
}

gboolean
gh_labels_query_matches (const char *query, const GhValue *labels)
{
  GhLabelsExpression expression;
  GhFault fault = { 0 };

  if (labels == NULL || labels->kind != GH_VALUE_LIST)
    return FALSE;
  while (gh_labels_query_next (&query, &expression, &fault))
    if (expression_holds (&expression, labels))
      return TRUE;
  return FALSE;
}
