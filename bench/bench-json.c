/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "primitive/gh-json-reader.h"
#include "primitive/gh-json-writer.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What reading and writing a typical body costs: the best and the median of some runs, as CSV. The
 * processor time of the thread is taken, so that other load disturbs less. */

#define RUNS       15
#define ITERATIONS 200000
#define ARENA      65536

typedef struct {
  const char *name;
  const char *text;
} Body;

static const Body bodies[] = {
  { "container",
    "{\"m2m:cnt\":{\"rn\":\"temperature\",\"ri\":\"cnt-5f2c9a\",\"pi\":\"ae-1b77\",\"ty\":3,"
    "\"ct\":\"20240229T120000\",\"lt\":\"20240229T120000\",\"et\":\"20991231T235959\","
    "\"lbl\":[\"room:kitchen\",\"kind:temperature\"],\"acpi\":[\"acp-1\"],\"st\":17,\"cr\":"
    "\"CAE1\","
    "\"mni\":1000,\"mbs\":1048576,\"mia\":86400,\"cni\":12,\"cbs\":4711}}" },
  { "instance", "{\"m2m:cin\":{\"cnf\":\"application/json:0\",\"lbl\":[\"unit:celsius\"],\"con\":"
                "\"{\\\"t\\\":21.5,\\\"h\\\":40.25,\\\"battery\\\":97,\\\"at\\\":"
                "\\\"20240229T120000\\\"}\"}}" },
  { "text",
    "{\"m2m:cin\":{\"con\":\"The quick brown fox jumps over the lazy dog, and does so again and "
    "again until everybody has lost interest in foxes, in dogs, and in the sentences that are made "
    "of all letters; then it goes home, has its supper, and sleeps until the next morning.\"}}" },
};

static gint64
cpu_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
}

static void
read_body (const char *text, gsize length, GhArena *arena)
{
  GhFault fault = { 0 };
  GhValue value;

  gh_arena_clear (arena);
  if (!gh_json_parse (text, length, arena, &value, &fault))
    g_error ("%s", fault.text);
}

static void
write_body (const GhValue *value)
{
  g_autoptr (GhBuffer) buffer = NULL;
  GhJsonWriter writer;

  gh_json_writer_init (&writer, 512);
  gh_json_value (&writer, value);
  buffer = gh_json_writer_finish (&writer);
}

static int
compare (const void *a, const void *b)
{
  const double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

static void
report (const char *what, const Body *body, double *ns)
{
  const gsize length = strlen (body->text);

  qsort (ns, RUNS, sizeof *ns, compare);
  g_print ("%s,%s,%" G_GSIZE_FORMAT ",%.0f,%.0f,%.0f\n", what, body->name, length, ns[0],
           ns[RUNS / 2], (double) length * 1000 / ns[RUNS / 2]);
}

static void
measure (const Body *body)
{
  g_autoptr (GhArena) arena = gh_arena_new (ARENA);
  g_autoptr (GhArena) kept = gh_arena_new (ARENA);
  const gsize length = strlen (body->text);
  double reading[RUNS], writing[RUNS];
  GhValue value;

  if (!gh_json_parse (body->text, length, kept, &value, NULL))
    g_error ("%s is no JSON", body->name);
  for (int run = 0; run < RUNS; run++)
    {
      const gint64 start_ns = cpu_ns ();
      gint64 middle_ns;

      for (int i = 0; i < ITERATIONS; i++)
        read_body (body->text, length, arena);
      middle_ns = cpu_ns ();
      for (int i = 0; i < ITERATIONS; i++)
        write_body (&value);
      reading[run] = (double) (middle_ns - start_ns) / ITERATIONS;
      writing[run] = (double) (cpu_ns () - middle_ns) / ITERATIONS;
    }
  report ("read", body, reading);
  report ("write", body, writing);
}

int
main (void)
{
  g_print ("operation,body,octets,best ns,median ns,MB/s\n");
  for (gsize i = 0; i < G_N_ELEMENTS (bodies); i++)
    measure (&bodies[i]);
  return 0;
}
