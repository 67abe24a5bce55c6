/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-meter.h"

#include <sched.h>

/* Threads of one processor share a part, so that processors do not fight for a cache line. */
#define PARTS 8

typedef struct {
  GhMeterTotals totals;
  /* what the next part begins with must not lie in the last line of this one */
  guint8 apart[64];
} Part;

struct _GhMeter {
  Part parts[PARTS];
};

const gint64 gh_meter_bounds_us[GH_METER_BUCKETS - 1] = { 100,   500,    1000,   5000,    10000,
                                                          50000, 100000, 500000, 1000000, 5000000 };

GhMeter *
gh_meter_new (void)
{
  return g_new0 (GhMeter, 1);
}

void
gh_meter_free (GhMeter *meter)
{
  g_free (meter);
}

static void
add (guint64 *to, guint64 by)
{
  __atomic_fetch_add (to, by, __ATOMIC_RELAXED);
}

void
gh_meter_answered (GhMeter *meter, GhOperation operation, guint status, gint64 took_us)
{
  const int processor = sched_getcpu ();
  GhMeterTotals *totals = &meter->parts[(guint) MAX (processor, 0) % PARTS].totals;
  const guint row = (guint) operation < GH_METER_OPERATIONS ? operation : 0;
  const guint class = status / 1000 < GH_METER_CLASSES ? status / 1000 : 0;
  guint bucket = 0;

  while (bucket < GH_METER_BUCKETS - 1 && took_us > gh_meter_bounds_us[bucket])
    bucket++;
  add (&totals->answers[row][class], 1);
  add (&totals->buckets[row][bucket], 1);
  if (took_us > 0)
    add (&totals->total_us[row], (guint64) took_us);
}

void
gh_meter_read (const GhMeter *meter, GhMeterTotals *out)
{
  guint64 *sums = (guint64 *) out;

  *out = (GhMeterTotals){ 0 };
  for (guint i = 0; i < PARTS; i++)
    {
      const guint64 *of_part = (const guint64 *) &meter->parts[i].totals;

      for (gsize j = 0; j < sizeof *out / sizeof *sums; j++)
        sums[j] += __atomic_load_n (&of_part[j], __ATOMIC_RELAXED);
    }
}
