/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/model/model-samples.h"

#define MAX_BAD 12

static const struct {
  const char *good;
  const char *bad[MAX_BAD];
} samples[GH_N_DATA] = {
  [GH_DATA_ANY] = { "{\"a\":[1,null,\"x\"]}", { NULL } },
  [GH_DATA_STRING] = { "\"a b\\nc\"", { "1", "true", "[]", "{}", "\"a\\u0001b\"", "\"\\u007f\"" } },
  [GH_DATA_URI] = { "\"http://h/p?q=1#f\"", { "1", "true", "[]", "{}", "\"\"", "\"a b\"",
                                               "\"a\\tb\"", "\"<a>\"" } },
  [GH_DATA_ID] = { "\"/cse/CAdmin\"", { "1", "true", "[]", "{}", "\"\"", "\"a b\"", "\"a\\n\"" } },
  [GH_DATA_NAME] = { "\"a-b.c_d\"", { "1", "[]", "\"\"", "\"a/b\"", "\"a b\"", "\"la\"",
                                        "\"ol\"" } },
  [GH_DATA_NCNAME] = { "\"_a.b-c1\"", { "1", "[]", "\"\"", "\"1a\"", "\"a:b\"", "\"a b\"",
                                         "\"-a\"" } },
  [GH_DATA_TOKEN] = { "\"key:a value\"", { "1", "[]", "\"\"", "\" a\"", "\"a \"", "\"a  b\"",
                                            "\"a\\tb\"" } },
  [GH_DATA_BOOLEAN] = { "true", { "1", "0", "\"true\"", "[]", "{}" } },
  [GH_DATA_INTEGER] = { "-5", { "\"5\"", "1.5", "1e3", "true", "[]", "9223372036854775808" } },
  [GH_DATA_NON_NEGATIVE] = { "0", { "\"5\"", "-1", "1.0", "true", "[]", "{}",
                                     "9223372036854775808" } },
  [GH_DATA_POSITIVE] = { "1", { "\"5\"", "0", "-1", "1.0", "false", "[]" } },
  [GH_DATA_UNSIGNED_INT] = { "1", { "\"5\"", "-1", "1.0", "4294967296", "[]" } },
  [GH_DATA_NUMBER] = { "1.5e-3", { "\"5\"", "true", "[]", "{}" } },
  [GH_DATA_TIMESTAMP] = { "\"20301231T235959,123456\"",
                          { "1", "\"\"", "\"20301231\"", "\"20301331T000000\"",
                            "\"20300230T000000\"", "\"20301231T240000\"", "\"20301231T235959Z\"",
                            "\"2030-12-31T23:59:59\"", "\"20301231T235959,1234567\"" } },
  [GH_DATA_ABS_REL_TIMESTAMP] = { "3600000", { "\"\"", "1.5", "true", "[]", "\"soon\"" } },
  [GH_DATA_DURATION] = { "\"P1DT2H3.5S\"", { "1", "\"\"", "\"P\"", "\"PT\"", "\"-PT1S\"",
                                              "\"P1S\"", "\"PT1.5H\"", "\"PT1S1M\"", "\"1S\"" } },
  [GH_DATA_ENUM] = { NULL, { "\"1\"", "-1", "99999", "1.0", "true", "[]" } },
  [GH_DATA_BITS] = { "63", { "\"1\"", "-1", "64", "1.5", "[]" } },
  [GH_DATA_IPV4] = { "\"10.125.0.0/16\"", { "1", "\"\"", "\"10.0.0\"", "\"10.0.0.256\"",
                                             "\"10.0.0.0/33\"", "\"10.0.0.0/\"", "\"10.0.0.0/08\"",
                                             "\"::1\"" } },
  [GH_DATA_IPV6] = { "\"abcd:ffff::/64\"", { "1", "\"\"", "\"::1/129\"", "\"::g\"", "\"1.2.3.4\"",
                                              "\"::1/\"" } },
  [GH_DATA_COUNTRY] = { "\"KR\"", { "1", "\"\"", "\"K\"", "\"kr\"", "\"KOR\"", "\"K1\"" } },
  [GH_DATA_SCHEDULE] = { "\"* 0-5 2,6,10 * 1-12/2 0-6 2030\"",
                         { "1", "\"\"", "\"* * * * * *\"", "\"* * * * * * * *\"",
                           "\"60 * * * * * *\"", "\"* * * 0 * * *\"", "\"* * * * * 7 *\"",
                           "\"* * * * * * 1999\"", "\"5-1 * * * * * *\"", "\"1, * * * * * *\"",
                           "\"*/0 * * * * * *\"", "\"1/2 * * * * * *\"" } },
  [GH_DATA_CONTENT_INFO] = { "\"application/xml:1:5\"",
                             { "1", "\"\"", "\"text/plain\"", "\"text:0\"", "\"text/plain:3\"",
                               "\"text/plain:0:6\"", "\"text/plain:0:\"", "\"text/plain:00\"",
                               "\"/plain:0\"", "\"text/:0\"" } },
  [GH_DATA_POA] = { "\"coap://m2m.sp.com:5683\"", { "1", "\"\"", "\"host\"", "\"http:\"",
                                                     "\"ht tp://x\"", "\"http://a b\"",
                                                     "\"1http://x\"" } },
  [GH_DATA_SERIALIZATION] = { "\"json\"", { "1", "\"\"", "\"JSON\"", "\"text\"" } },
  [GH_DATA_RELEASE] = { "\"2a\"", { "3", "\"\"", "\"0\"", "\"2b\"", "\"3a\"", "\"v3\"" } },
  [GH_DATA_ROLE_ID] = { "\"1234abcd@role-issuer.com\"", { "1", "\"\"", "\"a\"", "\"@b\"",
                                                           "\"a@\"", "\"a@B.com\"", "\"a b@c\"" } },
  [GH_DATA_EVENT_CATEGORY] = { "100", { "\"2\"", "0", "1", "5", "99", "1000", "2.5" } },
  [GH_DATA_BASE64] = { "\"TWE=\"", { "1", "\"\"", "\"TWE\"", "\"T===\"", "\"TW-=\"", "\"=TWE\"" } },
  [GH_DATA_CIRCLE] = { "[-90,180.0,0.5]", { "1", "[]", "[1,2]", "[1,2,3,4]", "[91,0,1]",
                                             "[0,-181,1]", "[0,0,-1]", "[0,0,\"1\"]", "{}" } },
  [GH_DATA_OBJECT] = { NULL, { "1", "\"x\"", "true", "[1]", "{\"nosuch\":1}" } },
};

static gboolean
stands_alone (const GhComplexType *complex, guint member)
{
  return complex->rule != GH_COMPLEX_EXACTLY_ONE || member == 0;
}

/* An object of @complex. @changed, a member of it, gets the value @value instead of a good one, and
 * @missing is left out; either may be NULL. */
static void
append_object (const GhComplexType *complex, const GhAttribute *changed, const char *value,
               const GhAttribute *missing, GString *out)
{
  const char *separator = "";

  g_string_append_c (out, '{');
  for (guint i = 0; i < complex->n_members; i++)
    {
      const GhAttribute *member = &complex->members[i];
      const gboolean alone = complex->rule == GH_COMPLEX_EXACTLY_ONE && changed != NULL;

      if (member == missing || (alone ? member != changed : !stands_alone (complex, i)))
        continue;
      g_string_append_printf (out, "%s\"%s\":", separator, member->short_name);
      if (member == changed)
        g_string_append (out, value);
      else
        sample_good (member, out);
      separator = ",";
    }
  g_string_append_c (out, '}');
}

static void
append_item (const GhAttribute *row, GString *out)
{
  if (row->data == GH_DATA_ENUM)
    g_string_append_printf (out, "%d", row->enumeration->values[0]);
  else if (row->data == GH_DATA_OBJECT)
    append_object (row->complex, NULL, NULL, NULL, out);
  else if (row->minimum != 0)
    g_string_append_printf (out, "%" G_GINT64_FORMAT, row->minimum);
  else
    g_string_append (out, samples[row->data].good);
}

static void
append_list (const GhAttribute *row, guint n, GString *out)
{
  g_string_append_c (out, '[');
  for (guint i = 0; i < n; i++)
    {
      if (i > 0)
        g_string_append_c (out, ',');
      append_item (row, out);
    }
  g_string_append_c (out, ']');
}

void
sample_good (const GhAttribute *row, GString *out)
{
  if (row->list)
    append_list (row, MAX (row->min_items, 1), out);
  else
    append_item (row, out);
}

/* Objects that are wrong in one member. */
static void
add_bad_objects (const GhComplexType *complex, GPtrArray *out)
{
  for (guint i = 0; i < complex->n_members; i++)
    {
      const GhAttribute *member = &complex->members[i];
      g_autoptr (GPtrArray) values = sample_bad (member);
      g_autoptr (GString) missing = g_string_new (NULL);

      for (guint j = 0; j < values->len; j++)
        {
          GString *object = g_string_new (NULL);

          append_object (complex, member, values->pdata[j], NULL, object);
          g_ptr_array_add (out, g_string_free (object, FALSE));
        }
      append_object (complex, NULL, NULL, member, missing);
      if (member->create == GH_PRESENCE_M || complex->n_members == 1)
        if (complex->rule != GH_COMPLEX_ANY || member->create == GH_PRESENCE_M)
          g_ptr_array_add (out, g_strdup (missing->str));
    }
  if (complex->rule != GH_COMPLEX_ANY)
    g_ptr_array_add (out, g_strdup ("{}"));
}

static void
add_bad_items (const GhAttribute *row, GPtrArray *out)
{
  const gboolean with_default = row->data == GH_DATA_EVENT_CATEGORY && row->maximum != 0;

  for (guint i = 0; i < MAX_BAD && samples[row->data].bad[i] != NULL; i++)
    if (!with_default || !g_str_equal (samples[row->data].bad[i], "0"))
      g_ptr_array_add (out, g_strdup (samples[row->data].bad[i]));
  if (row->data != GH_DATA_ANY)
    g_ptr_array_add (out, g_strdup ("null"));
  if (row->maximum != 0 && row->data == GH_DATA_STRING)
    g_ptr_array_add (out, g_strdup_printf ("\"%0*d\"", (int) row->maximum + 1, 0));
  else if (row->maximum != 0 && row->maximum != G_MAXINT64)
    g_ptr_array_add (out, g_strdup_printf ("%" G_GINT64_FORMAT, row->maximum + 1));
  if (row->minimum != 0)
    g_ptr_array_add (out, g_strdup_printf ("%" G_GINT64_FORMAT, row->minimum - 1));
  if (row->data == GH_DATA_OBJECT)
    add_bad_objects (row->complex, out);
}

GPtrArray *
sample_bad (const GhAttribute *row)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) out = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GString) item = g_string_new (NULL);
  g_autoptr (GString) many = g_string_new (NULL);
  const guint most = row->max_items > 0 ? row->max_items : GH_LIST_MAX_ITEMS;

  add_bad_items (row, items);
  if (!row->list)
    return g_steal_pointer (&items);
  append_item (row, item);
  for (guint i = 0; i < items->len; i++)
    {
      g_ptr_array_add (out, g_strdup_printf ("[%s]", (char *) items->pdata[i]));
      g_ptr_array_add (out, g_strdup_printf ("[%s,%s]", item->str, (char *) items->pdata[i]));
    }
  g_ptr_array_add (out, g_strdup ("null"));
  g_ptr_array_add (out, g_strdup (item->str));
  if (row->min_items > 0)
    g_ptr_array_add (out, g_strdup ("[]"));
  /* Items of objects would make the text, not the list, too large. */
  if (row->data != GH_DATA_OBJECT)
    {
      append_list (row, most + 1, many);
      g_ptr_array_add (out, g_strdup (many->str));
    }
  return g_steal_pointer (&out);
}

char *
sample_representation (const GhType *type, SampleFunc keep, gpointer user_data)
{
  GString *out = g_string_new (NULL);
  const char *separator = "";

  g_string_append_printf (out, "{\"%s\":{", type->root_name);
  for (guint i = 0; i < type->n_attributes; i++)
    {
      const GhAttribute *row = &type->attributes[i];

      if (!keep (row, user_data))
        continue;
      g_string_append_printf (out, "%s\"%s\":", separator, row->short_name);
      if (row->fill)
        g_string_append (out, "null");
      else
        sample_good (row, out);
      separator = ",";
    }
  g_string_append (out, "}}");
  return g_string_free (out, FALSE);
}
