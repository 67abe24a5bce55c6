/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/gh-clock.h"
#include "primitive/gh-address.h"
#include "primitive/gh-primitive.h"
#include "service/gh-labels-query.h"

#include <string.h>

/* The first line is an address, each other one NAME=VALUE. What is accepted is within its bounds.
 */

#define ARENA_LIMIT 65536

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
check_fault (const GhFault *fault)
{
  g_assert_true (fault->set);
  g_assert_cmpuint (strlen (fault->text), >, 0);
  g_assert_true (g_utf8_validate (fault->text, -1, NULL));
  g_assert_true (fault->code == GH_ERROR_BAD_REQUEST || fault->code == GH_ERROR_TOO_LARGE);
}

/* Put together again, an address gives the text that it came from. */
static void
check_address (const char *text, GhArena *arena)
{
  g_autoptr (GString) joined = g_string_new (NULL);
  GhFault fault = { 0 };
  GhAddress address;

  if (!gh_address_parse (text, arena, &address, &fault))
    {
      check_fault (&fault);
      return;
    }
  g_assert_cmpuint (address.n_segments, <=, GH_ADDRESS_MAX_SEGMENTS);
  if (address.sp_domain != NULL)
    g_string_append_printf (joined, "//%s", address.sp_domain);
  if (address.cse_id != NULL)
    g_string_append_printf (joined, "/%s", address.cse_id);
  for (guint i = 0; i < address.n_segments; i++)
    g_string_append_printf (joined, "%s%s", joined->len > 0 ? "/" : "", address.segments[i]);
  if (address.fragment != NULL)
    g_string_append_printf (joined, "#%s", address.fragment);
  g_assert_cmpstr (joined->str, ==, text);
}

static void
check_list (const char *const *list)
{
  gsize n = 0;

  while (list != NULL && list[n] != NULL)
    g_assert_true (*list[n++] != '\0');
  g_assert_cmpuint (n, <=, GH_REQUEST_MAX_LIST);
}

static void
check_pairs (const GhMember *pairs, guint n)
{
  g_assert_cmpuint (n, <=, GH_REQUEST_MAX_ATTRIBUTES);
  for (guint i = 0; i < n; i++)
    {
      g_assert_cmpuint (strlen (pairs[i].name), <=, 8);
      g_assert_cmpuint (strlen (gh_value_text (&pairs[i].value)), <=, GH_REQUEST_MAX_PATTERN);
    }
}

static void
check_types (const gint *types)
{
  for (; types != NULL && *types != 0; types++)
    g_assert_true (*types > 0 && *types <= G_MAXUINT16);
}

/* What is accepted holds for some list of labels, or does not; no part of it lies outside of it. */
static void
check_labels_query (const char *query)
{
  const GhValue labels[] = { gh_value_string ("color:red", 9), gh_value_string ("room", 4) };
  const GhValue list = { .kind = GH_VALUE_LIST, .length = 2, .items = labels };
  const char *cursor = query, *value, *next = NULL;
  GhLabelsExpression expression;
  GhFault fault = { 0 };
  gsize length;

  if (query == NULL)
    return;
  if (!gh_labels_query_check (query, &fault))
    check_fault (&fault);
  fault = (GhFault){ 0 };
  for (; gh_labels_query_next (&cursor, &expression, &fault); next = NULL)
    {
      g_assert_cmpuint (expression.key_length, >, 0);
      g_assert_true (expression.key >= query && expression.key + expression.key_length <= cursor);
      while (gh_labels_expression_next_value (&expression, &next, &value, &length))
        g_assert_true (value >= query && value + length <= cursor);
    }
  gh_labels_query_matches (query, &list);
}

static void
check_request (const GhRequest *request)
{
  const GhFilterCriteria *filter = &request->filter;

  g_assert_true (request->result_content >= GH_RCN_ABSENT
                 && request->result_content <= GH_RCN_SEMANTIC);
  g_assert_true (request->response_type >= 0 && request->response_type <= GH_RT_NO_RESPONSE);
  g_assert_true (filter->filter_usage >= 0 && filter->filter_usage <= 3);
  g_assert_true (filter->limit >= -1 && filter->level >= 0 && filter->offset >= 0);
  g_assert_true (filter->level <= GH_REQUEST_MAX_LEVEL && filter->offset <= GH_REQUEST_MAX_OFFSET);
  g_assert_true (!filter->unsupported || filter->unsupported_name != NULL);
  check_pairs (filter->attributes, filter->n_attributes);
  check_pairs (filter->child_attributes, filter->n_child_attributes);
  check_pairs (filter->parent_attributes, filter->n_parent_attributes);
  check_types (filter->resource_types);
  check_types (filter->child_types);
  check_types (filter->parent_types);
  check_list (filter->labels);
  check_list (filter->child_labels);
  check_list (filter->parent_labels);
  check_labels_query (filter->labels_query);
  check_list (filter->content_types);
  check_list (request->attribute_list);
  check_list (request->role_ids);
  check_list (request->tokens);
}

static void
check_timestamp (const char *text)
{
  char again[GH_TIMESTAMP_SIZE];
  gint64 first_us, second_us;

  if (!gh_timestamp_parse (text, strlen (text), &first_us))
    return;
  gh_timestamp_format (first_us, again);
  g_assert_true (gh_timestamp_parse (again, strlen (again), &second_us));
  g_assert_cmpint (first_us, ==, second_us);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup (size > 0 ? (const char *) data : "", size);
  g_auto (GStrv) lines = g_strsplit (text, "\n", 2000);
  g_autoptr (GhRequest) request = gh_request_new (ARENA_LIMIT);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      char *equals = strchr (lines[i], '=');
      GhFault fault = { 0 };

      if (i == 0)
        {
          check_address (lines[i], request->arena);
          gh_name_is_valid (lines[i]);
          continue;
        }
      if (equals == NULL)
        continue;
      *equals = '\0';
      check_timestamp (equals + 1);
      if (!gh_request_set_query (request, lines[i], equals + 1, &fault))
        check_fault (&fault);
    }
  check_request (request);
  return 0;
}
