/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/gh-resource.h"
#include "primitive/gh-json-reader.h"
#include "primitive/gh-primitive.h"

#include "model/gh-syntax.h"
#include "tests/model/model-samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the model costs: one line of CSV a case and round, so that the spread can be seen.
 * bench-model [ROUNDS [ITERATIONS]]
 * The rows "by-hand" are the validation of a container as one would write it without a table.
 * Those of each type, with every attribute that a create may hold, have a tenth of the iterations.
 */

static const struct {
  const char *name;
  gint type;
  const char *json;
} cases[] = {
  { "container-8", GH_TYPE_CONTAINER,
    "{\"m2m:cnt\":{\"acpi\":[\"acp-1\",\"acp-2\"],\"lbl\":[\"kind:sensor\",\"floor:2\"],"
    "\"at\":[\"/in-cse\"],\"aa\":[\"lbl\"],\"mni\":1000,\"mbs\":100000,\"or\":\"http://o/x\","
    "\"disr\":false}}" },
  { "ae", GH_TYPE_AE,
    "{\"m2m:ae\":{\"api\":\"N01.example\",\"rr\":true,\"srv\":[\"2a\",\"3\"],\"apn\":\"app\","
    "\"poa\":[\"http://192.0.2.1:8080/x\"]}}" },
  { "acp-2-rules", GH_TYPE_ACCESS_CONTROL_POLICY,
    "{\"m2m:acp\":{\"pv\":{\"acr\":[{\"acor\":[\"CAdmin\",\"/cse/CA\"],\"acop\":63},"
    "{\"acor\":[\"all\"],\"acop\":34}]},"
    "\"pvs\":{\"acr\":[{\"acor\":[\"CAdmin\"],\"acop\":63}]}}}" },
  { "instance", GH_TYPE_CONTENT_INSTANCE,
    "{\"m2m:cin\":{\"con\":\"21.5\",\"cnf\":\"text/plain:0\"}}" },
};

static volatile gsize sink;

static gint64
now_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);
  return (gint64) now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
}

static void
report (const char *name, const char *what, gint64 start_ns, guint n, guint attributes)
{
  const double each = (double) (now_ns () - start_ns) / n;

  printf ("%s,%s,%.1f,%.1f\n", name, what, each, each / MAX (attributes, 1));
}

typedef struct {
  const char *name;
  const GhType *type;
  GhArena *scratch;
  GhValue content;
  GhDraft draft;
  GhResource *resource;
  guint n;
} Subject;

static const GhIdentity identity = {
  .number = 1, .resource_id = "r-12345", .parent_id = "p-12345", .name = "temperature",
  .owner = "/cse/CAdmin", .creation_us = G_GINT64_CONSTANT (1600000000000000),
  .modified_us = G_GINT64_CONSTANT (1600000000000000),
  .expiration_us = G_GINT64_CONSTANT (1900000000000000),
};
static const GhCounters counters = { .has_counters = TRUE, .state_tag = 5, .count = 5, .bytes = 9 };

static void
time_validation (Subject *subject)
{
  const gint64 start_ns = now_ns ();

  for (guint i = 0; i < subject->n; i++)
    {
      GhFault fault = { 0 };

      gh_arena_clear (subject->scratch);
      if (!gh_draft_parse (subject->type, GH_OPERATION_CREATE, 3, &subject->content,
                           subject->scratch, &subject->draft, &fault))
        g_error ("%s: %s", subject->name, fault.text);
      sink += subject->draft.n_values;
    }
  report (subject->name, "validate", start_ns, subject->n, subject->draft.n_values);
}

static void
time_copies (const Subject *subject)
{
  const gint64 start_ns = now_ns ();

  for (guint i = 0; i < subject->n; i++)
    {
      g_autoptr (GhResource) one = gh_resource_new (subject->type, &identity, subject->draft.values,
                                                    subject->draft.n_values);

      sink += gh_resource_size (one);
    }
  report (subject->name, "new", start_ns, subject->n, subject->resource->n_values);
}

static void
time_rendering (const Subject *subject)
{
  const gint64 start_ns = now_ns ();

  for (guint i = 0; i < subject->n; i++)
    {
      g_autoptr (GhBuffer) one = gh_render_resource (subject->resource, &counters);

      sink += one->length;
    }
  report (subject->name, "render", start_ns, subject->n, subject->resource->n_values);
}

static void
time_reading (const Subject *subject)
{
  g_autoptr (GhBuffer) buffer = gh_render_resource (subject->resource, &counters);
  const gint64 start_ns = now_ns ();

  for (guint i = 0; i < subject->n; i++)
    {
      GhFault fault = { 0 };
      g_autoptr (GhResource) one = gh_resource_from_json (&identity, subject->type, buffer->data,
                                                          buffer->length, &fault);

      sink += gh_resource_size (one);
    }
  report (subject->name, "from-json", start_ns, subject->n, subject->resource->n_values);
}

/* A container without a table: what it may hold, one after the other. */

typedef struct {
  const GhValue *acpi, *lbl, *at, *aa, *mni, *mbs, *mia, *or, *disr, *rn, *et, *daci, *li, *cr;
} Container;

static gboolean
is_text_list (const GhValue *value, GhDataType data)
{
  if (value->kind != GH_VALUE_LIST || value->length == 0 || value->length > GH_LIST_MAX_ITEMS)
    return FALSE;
  for (guint i = 0; i < value->length; i++)
    if (value->items[i].kind != GH_VALUE_STRING
        || !gh_syntax_check (data, value->items[i].text, value->items[i].length))
      return FALSE;
  return TRUE;
}

static gboolean
is_text (const GhValue *value, GhDataType data)
{
  return value->kind == GH_VALUE_STRING && gh_syntax_check (data, value->text, value->length);
}

static gboolean
is_count (const GhValue *value)
{
  return value->kind == GH_VALUE_INTEGER && value->integer >= 0;
}

static gboolean
take_member (Container *c, const char *name, const GhValue *value)
{
  if (strcmp (name, "rn") == 0 && c->rn == NULL)
    return is_text (c->rn = value, GH_DATA_NAME);
  if (strcmp (name, "acpi") == 0 && c->acpi == NULL)
    return is_text_list (c->acpi = value, GH_DATA_URI);
  if (strcmp (name, "et") == 0 && c->et == NULL)
    return is_text (c->et = value, GH_DATA_TIMESTAMP);
  if (strcmp (name, "lbl") == 0 && c->lbl == NULL)
    return is_text_list (c->lbl = value, GH_DATA_TOKEN);
  if (strcmp (name, "at") == 0 && c->at == NULL)
    return is_text_list (c->at = value, GH_DATA_URI);
  if (strcmp (name, "aa") == 0 && c->aa == NULL)
    return is_text_list (c->aa = value, GH_DATA_NCNAME);
  if (strcmp (name, "daci") == 0 && c->daci == NULL)
    return is_text_list (c->daci = value, GH_DATA_URI);
  if (strcmp (name, "cr") == 0 && c->cr == NULL)
    return (c->cr = value)->kind == GH_VALUE_NULL;
  if (strcmp (name, "mni") == 0 && c->mni == NULL)
    return is_count (c->mni = value);
  if (strcmp (name, "mbs") == 0 && c->mbs == NULL)
    return is_count (c->mbs = value);
  if (strcmp (name, "mia") == 0 && c->mia == NULL)
    return is_count (c->mia = value);
  if (strcmp (name, "li") == 0 && c->li == NULL)
    return is_text (c->li = value, GH_DATA_URI);
  if (strcmp (name, "or") == 0 && c->or == NULL)
    return is_text (c->or = value, GH_DATA_URI);
  if (strcmp (name, "disr") == 0 && c->disr == NULL)
    return (c->disr = value)->kind == GH_VALUE_BOOLEAN;
  return FALSE;
}

static void
time_by_hand (const Subject *subject)
{
  const GhValue *root = &subject->content.members[0].value;
  const gint64 start_ns = now_ns ();

  for (guint i = 0; i < subject->n; i++)
    {
      Container container = { NULL };

      for (guint j = 0; j < root->length; j++)
        if (!take_member (&container, root->members[j].name, &root->members[j].value))
          g_error ("%s: refused by hand", subject->name);
      sink += container.mni != NULL;
    }
  report (subject->name, "by-hand", start_ns, subject->n, root->length);
}

static void
run_case (const char *name, const GhType *type, const char *json, guint n)
{
  g_autoptr (GhArena) arena = gh_arena_new (1 << 20);
  g_autoptr (GhArena) scratch = gh_arena_new (1 << 20);
  g_autoptr (GhResource) resource = NULL;
  Subject subject = { .name = name, .type = type, .scratch = scratch, .n = n };
  GhFault fault = { 0 };

  if (!gh_json_parse (json, strlen (json), arena, &subject.content, &fault))
    g_error ("%s: %s", subject.name, fault.text);
  time_validation (&subject);
  if (type->number == GH_TYPE_CONTAINER)
    time_by_hand (&subject);
  resource = gh_resource_new (subject.type, &identity, subject.draft.values,
                              subject.draft.n_values);
  subject.resource = resource;
  time_copies (&subject);
  time_rendering (&subject);
  time_reading (&subject);
}

static gboolean
may_be_created (const GhAttribute *row, gpointer user_data)
{
  (void) user_data;
  return row->create != GH_PRESENCE_NP;
}

static void
run_types (guint n)
{
  guint n_types;
  const GhType *const *types = gh_types (&n_types);

  for (guint i = 0; i < n_types; i++)
    {
      g_autofree char *json = sample_representation (types[i], may_be_created, NULL);

      if (types[i]->creatable)
        run_case (types[i]->long_name, types[i], json, n);
    }
}

static void
run_look_ups (guint n)
{
  const GhType *type = gh_type_by_number (GH_TYPE_AE);
  const gint64 start_ns = now_ns ();

  for (guint i = 0; i < n; i++)
    sink += gh_type_attribute (type, type->attributes[i % type->n_attributes].short_name)->id;
  report ("ae", "look-up", start_ns, n, 1);
}

int
main (int argc, char **argv)
{
  const guint rounds = argc > 1 ? (guint) strtoul (argv[1], NULL, 10) : 5;
  const guint n = argc > 2 ? (guint) strtoul (argv[2], NULL, 10) : 200000;

  printf ("case,what,cpu_ns,cpu_ns_per_attribute\n");
  for (guint round = 0; round < MAX (rounds, 1); round++)
    {
      for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
        run_case (cases[i].name, gh_type_by_number (cases[i].type), cases[i].json, MAX (n, 1));
      run_types (MAX (n / 10, 1));
      run_look_ups (MAX (n, 1) * 10);
    }
  return 0;
}
