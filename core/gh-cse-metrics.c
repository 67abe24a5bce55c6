/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-cse-metrics.h"

#include "gh-cse-counters.h"
#include "gh-version.h"
#include "service/gh-meter.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* The text format 0.0.4: one family after the other, each with its HELP and TYPE. Names are
 * "gatehouse_" and what `ghctl status` calls it; what only grows ends in "_total". */
#define PREFIX "gatehouse_"

/** What one association counts for. */
typedef struct {
  const char *transport;
  GhProof proof;
  guint64 n;
} AssociationGroup;

static void
family (GString *out, const char *name, const char *type, const char *help)
{
  g_string_append_printf (out, "# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s %s\n", name, help, name,
                          type);
}

static void
single (GString *out, const char *name, const char *type, const char *help, guint64 value)
{
  family (out, name, type, help);
  g_string_append_printf (out, PREFIX "%s %" G_GUINT64_FORMAT "\n", name, value);
}

/* The value of a label may hold anything but what would end it. */
static void
label (GString *out, const char *value)
{
  for (const char *p = value; *p != '\0'; p++)
    if (*p == '\\' || *p == '"')
      g_string_append_printf (out, "\\%c", *p);
    else if (*p == '\n')
      g_string_append (out, "\\n");
    else
      g_string_append_c (out, *p);
}

static void
put_counter (const GhCseCounter *counter, gpointer user_data)
{
  g_autofree char *name = g_strconcat (counter->name, counter->gauge ? NULL : "_total", NULL);

  g_strdelimit (name, ".-", '_');
  single (user_data, name, counter->gauge ? "gauge" : "counter", counter->help, counter->value);
}

static void
put_identity (GhCse *cse, GString *out)
{
  family (out, "build_info", "gauge", "Always 1; what runs here.");
  g_string_append (out, PREFIX "build_info{version=\"");
  label (out, gh_version_string ());
  g_string_append (out, "\",cse=\"/");
  label (out, cse->service->options.cse_id);
  g_string_append_printf (out, "\",schema=\"%u\"} 1\n", gh_cse_schema (cse));
}

static const char *const operation_names[GH_METER_OPERATIONS] = { "none",   "create", "retrieve",
                                                                  "update", "delete", "notify" };

static void
put_answers (const GhMeterTotals *totals, GString *out)
{
  family (out, "answers_total", "counter", "Answers by operation and class of their status code.");
  for (guint op = 0; op < GH_METER_OPERATIONS; op++)
    for (guint class = 0; class < GH_METER_CLASSES; class ++)
      if (totals->answers[op][class] > 0)
        g_string_append_printf (
          out, PREFIX "answers_total{operation=\"%s\",class=\"%uxxx\"} %" G_GUINT64_FORMAT "\n",
          operation_names[op], class, totals->answers[op][class]);
}

/* A number of seconds as it is written whatever the locale. */
static void
put_seconds (GString *out, guint64 us)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append (out, g_ascii_formatd (text, sizeof text, "%.6f", (double) us / G_USEC_PER_SEC));
}

static void
put_durations_of (const GhMeterTotals *totals, guint op, GString *out)
{
  guint64 below = 0;

  for (guint i = 0; i < GH_METER_BUCKETS; i++)
    {
      below += totals->buckets[op][i];
      g_string_append_printf (out, PREFIX "answer_seconds_bucket{operation=\"%s\",le=\"",
                              operation_names[op]);
      if (i < GH_METER_BUCKETS - 1)
        put_seconds (out, (guint64) gh_meter_bounds_us[i]);
      else
        g_string_append (out, "+Inf");
      g_string_append_printf (out, "\"} %" G_GUINT64_FORMAT "\n", below);
    }
  g_string_append_printf (out, PREFIX "answer_seconds_sum{operation=\"%s\"} ", operation_names[op]);
  put_seconds (out, totals->total_us[op]);
  g_string_append_printf (
    out, "\n" PREFIX "answer_seconds_count{operation=\"%s\"} %" G_GUINT64_FORMAT "\n",
    operation_names[op], below);
}

static void
put_meter (const GhMeter *meter, GString *out)
{
  GhMeterTotals totals;

  gh_meter_read (meter, &totals);
  put_answers (&totals, out);
  family (out, "answer_seconds", "histogram", "Time from a request's arrival to its answer.");
  for (guint op = GH_OPERATION_CREATE; op < GH_METER_OPERATIONS; op++)
    put_durations_of (&totals, op, out);
}

static void
group_association (const GhAssociationInfo *info, gpointer user_data)
{
  GArray *groups = user_data;

  for (guint i = 0; i < groups->len; i++)
    {
      AssociationGroup *group = &g_array_index (groups, AssociationGroup, i);

      if (group->proof == info->proof && g_str_equal (group->transport, info->transport))
        {
          group->n++;
          return;
        }
    }
  const AssociationGroup first = { info->transport, info->proof, 1 };
  g_array_append_val (groups, first);
}

static const char *
proof_name (GhProof proof)
{
  switch (proof)
    {
    case GH_PROOF_PSK:
      return "psk";
    case GH_PROOF_X509:
      return "x509";
    case GH_PROOF_RPK:
      return "rpk";
    default:
      return "other";
    }
}

static void
put_associations (GhSecurity *security, GString *out)
{
  g_autoptr (GArray) groups = g_array_new (FALSE, FALSE, sizeof (AssociationGroup));

  gh_security_list_associations (security, 0, G_MAXUINT, group_association, groups);
  family (out, "associations", "gauge", "Live associations by transport and kind of proof.");
  for (guint i = 0; i < groups->len; i++)
    {
      const AssociationGroup *group = &g_array_index (groups, AssociationGroup, i);

      g_string_append_printf (
        out, PREFIX "associations{transport=\"%s\",proof=\"%s\"} %" G_GUINT64_FORMAT "\n",
        group->transport, proof_name (group->proof), group->n);
    }
}

static guint64
size_of_file (const char *path, const char *suffix)
{
  g_autofree char *full = g_strconcat (path, suffix, NULL);
  struct stat status;

  return stat (full, &status) == 0 ? (guint64) status.st_size : 0;
}

static void
put_store (GhCse *cse, GString *out)
{
  const char *path = gh_config_get_string (cse->config, "store", "path");

  if (path == NULL || gh_cse_is_volatile (cse))
    return;
  single (out, "store_bytes", "gauge", "The store's file, with the log that is not yet in it.",
          size_of_file (path, "") + size_of_file (path, "-wal"));
}

/* "VmLck:   64 kB" of @status. */
static guint64
octets_in (const char *status, const char *name)
{
  const char *line = strstr (status, name);

  return line != NULL ? g_ascii_strtoull (line + strlen (name), NULL, 10) * 1024 : 0;
}

static void
put_process (GString *out)
{
  g_autofree char *status = NULL;
  struct rusage usage;

  if (g_file_get_contents ("/proc/self/status", &status, NULL, NULL))
    {
      single (out, "resident_memory_bytes", "gauge", "Memory of the process.",
              octets_in (status, "\nVmRSS:"));
      single (out, "locked_memory_bytes", "gauge",
              "Of that, what is never swapped: secrets of the vault and of associations.",
              octets_in (status, "\nVmLck:"));
    }
  if (getrusage (RUSAGE_SELF, &usage) != 0)
    return;
  family (out, "cpu_seconds_total", "counter", "Processor time of the process.");
  g_string_append (out, PREFIX "cpu_seconds_total ");
  put_seconds (out, (guint64) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * G_USEC_PER_SEC
                      + (guint64) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec));
  g_string_append_c (out, '\n');
}

/* Nobody but who proves to be one of those that the configuration names; a claim is no proof, so
 * that with --dev there is no reader on a plain listener. */
static gboolean
is_reader (const GhCse *cse, const GhPrincipal *principal)
{
  const char *const *readers = gh_config_get_list (cse->config, "metrics", "readers");

  if (readers == NULL || principal == NULL || !gh_principal_is_authenticated (principal))
    return FALSE;
  for (; *readers != NULL; readers++)
    if (gh_principal_may_use_at (principal, *readers, &cse->service->home))
      return TRUE;
  return FALSE;
}

GhBuffer *
gh_cse_metrics (GhCse *cse, const GhPrincipal *principal)
{
  if (g_atomic_int_get (&cse->state) != GH_CSE_RUNNING || !is_reader (cse, principal))
    return NULL;
  g_autoptr (GString) out = g_string_sized_new (16384);
  put_identity (cse, out);
  gh_cse_counters (cse, put_counter, out);
  put_meter (cse->service->meter, out);
  put_associations (cse->security, out);
  put_store (cse, out);
  put_process (out);
  return gh_buffer_new (out->str, out->len);
}
