/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/model/walk-plan.h"

#include "tests/model/model-samples.h"

/* Where any value of the data type will not do, because the CSE looks at what it means. */
static const struct {
  const char *root, *name, *value; /* root NULL: of every type */
} meanings[] = {
  { "m2m:ae", "api", "\"Nwalk\"" },
  { "m2m:ae", "srv", "[\"3\"]" },
  { "m2m:acp", "pv", "{\"acr\":[{\"acor\":[\"CWalk\"],\"acop\":63}]}" },
  { "m2m:acp", "pvs", "{\"acr\":[{\"acor\":[\"CWalk\"],\"acop\":63}]}" },
  { "m2m:sub", "nu", "[\"CAdmin\"]" },
  { "m2m:sub", "nct", "1" },
  { "m2m:ts", "mdd", "false" },
  { "m2m:tsi", "con", "\"x\"" },
  { "m2m:lcp", "los", "2" },
  { "m2m:acmp", "acmlk", "\"cmp-to-come\"" },
  { "m2m:trac", "rqp", "{\"op\":2,\"to\":\"gatehouse\",\"fr\":\"CAdmin\",\"rqi\":\"r\"}" },
  { "m2m:smd", "dcrp", "4" },
  { "m2m:smd", "dsp", "\"PGEvPg==\"" },
  { "m2m:smjp", "uptd", "\"PGEvPg==\"" },
  { "m2m:smjp", "fucd", "\"PGEvPg==\"" },
  { "m2m:smjp", "iptd", "\"PGEvPg==\"" },
  { "m2m:crs", "nu", "[\"CAdmin\"]" },
  { "m2m:crs", "tws", "\"PT10S\"" },
  { "m2m:crs", "rrat", "[\"gatehouse/w-cnt\"]" },
  { "m2m:crs", "encs", "{\"encn\":[{\"net\":[1]}]}" },
  { NULL, "et", "\"20991231T235959\"" },
  { NULL, "lbl", "[\"walked\"]" },
};

/* What a create must hold because of what else it holds: no row says so. */
static const struct {
  const char *root, *name;
} needed[] = {
  { "m2m:stcl", "evi" },
  { "m2m:crs", "rrat" },
  { "m2m:crs", "encs" },
};

static gboolean
is_needed (const GhType *type, const GhAttribute *row)
{
  for (gsize i = 0; i < G_N_ELEMENTS (needed); i++)
    if (g_str_equal (needed[i].root, type->root_name)
        && g_str_equal (needed[i].name, row->short_name))
      return TRUE;
  return row->create == GH_PRESENCE_M;
}

void
walk_value (const GhType *type, const GhAttribute *row, GString *out)
{
  for (gsize i = 0; i < G_N_ELEMENTS (meanings); i++)
    if (g_str_equal (row->short_name, meanings[i].name)
        && (meanings[i].root == NULL || g_str_equal (meanings[i].root, type->root_name)))
      {
        g_string_append (out, meanings[i].value);
        return;
      }
  if (row->fill)
    g_string_append (out, "null");
  else
    sample_good (row, out);
}

char *
walk_create (const GhType *type, const char *name, const GhAttribute *with, const char *value,
             const GhAttribute *without)
{
  GString *out = g_string_new (NULL);
  const char *separator = "";

  g_string_append_printf (out, "{\"%s\":{", type->root_name);
  for (guint i = 0; i < type->n_attributes; i++)
    {
      const GhAttribute *row = &type->attributes[i];
      const gboolean named = name != NULL && row->id == GH_ATTRIBUTE_RN
                             && row->create != GH_PRESENCE_NP;

      if (row == without || (row != with && !named && !is_needed (type, row)))
        continue;
      g_string_append_printf (out, "%s\"%s\":", separator, row->short_name);
      separator = ",";
      if (row == with)
        g_string_append (out, value);
      else if (named)
        g_string_append_printf (out, "\"%s\"", name);
      else
        walk_value (type, row, out);
    }
  g_string_append (out, "}}");
  return g_string_free (out, FALSE);
}

/* Labels where there are any, else the first attribute that an update may hold. */
static char *
make_update (const GhType *type)
{
  const GhAttribute *row = gh_type_attribute (type, "lbl");
  g_autoptr (GString) value = g_string_new (NULL);

  for (guint i = 0; (row == NULL || row->update == GH_PRESENCE_NP) && i < type->n_attributes; i++)
    row = &type->attributes[i];
  if (!type->updatable || row == NULL || row->update == GH_PRESENCE_NP)
    return NULL;
  walk_value (type, row, value);
  return g_strdup_printf ("{\"%s\":{\"%s\":%s}}", type->root_name, row->short_name, value->str);
}

static void
free_step (gpointer data)
{
  WalkStep *step = data;

  g_free (step->create);
  g_free (step->update);
  g_free (step);
}

static void
add_step (GPtrArray *plan, const GhType *type, guint parent)
{
  g_autofree char *name = g_strconcat ("w-", type->short_name, NULL);
  WalkStep *step = g_new0 (WalkStep, 1);

  step->type = type;
  step->parent = parent;
  step->create = walk_create (type, name, NULL, NULL, NULL);
  step->update = make_update (type);
  g_ptr_array_add (plan, step);
}

static void
add_left_out (GPtrArray *plan, const GhType *type)
{
  WalkStep *step = g_new0 (WalkStep, 1);

  step->type = type;
  step->why = type->abstract    ? "only its specialisations exist"
              : type->creatable ? "no resource holds it in the tables of the standard"
                                : "the CSE makes it itself";
  g_ptr_array_add (plan, step);
}

static gboolean
is_planned (const GPtrArray *plan, const GhType *type)
{
  for (guint i = 0; i < plan->len; i++)
    if (((const WalkStep *) plan->pdata[i])->type == type)
      return TRUE;
  return FALSE;
}

GPtrArray *
walk_plan (void)
{
  GPtrArray *plan = g_ptr_array_new_with_free_func (free_step);
  WalkStep *root = g_new0 (WalkStep, 1);
  guint n;
  const GhType *const *types = gh_types (&n);

  root->type = gh_type_by_number (GH_TYPE_CSE_BASE);
  root->why = "it is there when the CSE starts";
  g_ptr_array_add (plan, root);
  for (guint at = 0; at < plan->len; at++)
    for (guint t = 0; t < n; t++)
      if (types[t]->creatable && !is_planned (plan, types[t])
          && gh_type_may_hold_type (((const WalkStep *) plan->pdata[at])->type, types[t]))
        add_step (plan, types[t], at);
  for (guint t = 0; t < n; t++)
    if (!is_planned (plan, types[t]))
      add_left_out (plan, types[t]);
  return plan;
}
