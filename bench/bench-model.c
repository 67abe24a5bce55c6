/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/gh-resource.h"
#include "primitive/gh-json-reader.h"
#include "primitive/gh-primitive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the model costs: one line of CSV a case and round, so that the spread can be seen.
 * bench-model [ROUNDS [ITERATIONS]] */

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

static void
run_case (gsize which, guint n)
{
  const char *json = cases[which].json;
  g_autoptr (GhArena) arena = gh_arena_new (1 << 20);
  g_autoptr (GhArena) scratch = gh_arena_new (1 << 20);
  g_autoptr (GhResource) resource = NULL;
  Subject subject = { .name = cases[which].name, .type = gh_type_by_number (cases[which].type),
                      .scratch = scratch, .n = n };
  GhFault fault = { 0 };

  if (!gh_json_parse (json, strlen (json), arena, &subject.content, &fault))
    g_error ("%s: %s", subject.name, fault.text);
  time_validation (&subject);
  resource = gh_resource_new (subject.type, &identity, subject.draft.values,
                              subject.draft.n_values);
  subject.resource = resource;
  time_copies (&subject);
  time_rendering (&subject);
  time_reading (&subject);
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
        run_case (i, MAX (n, 1));
      run_look_ups (MAX (n, 1) * 10);
    }
  return 0;
}
