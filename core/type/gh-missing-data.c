/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "type/gh-missing-data.h"

#include <string.h>

#include "base/gh-clock.h"

#define MS 1000

/* Timestamps lie within 2^58 microseconds of 1970, relative times are bounded to 10^15 ms. */
#define ABSOLUTE_ORIGIN (G_GINT64_CONSTANT (1) << 60)
#define RELATIVE_ORIGIN (G_GINT64_CONSTANT (3) << 60)
#define RELATIVE_MOST   G_GINT64_CONSTANT (1000000000000000)

static gboolean
is_relative (gint64 moment)
{
  return moment > 2 * ABSOLUTE_ORIGIN;
}

gboolean
gh_moment_parse (const GhValue *value, gint64 *out, GhFault *fault)
{
  gint64 wall_us;

  if (value->kind == GH_VALUE_INTEGER && ABS (value->integer / 2) <= RELATIVE_MOST / 2)
    {
      *out = RELATIVE_ORIGIN + value->integer * MS;
      return TRUE;
    }
  if (value->kind != GH_VALUE_STRING
      || !gh_timestamp_parse (value->text, value->length, &wall_us))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "dgt: expected a timestamp, or at most 10^15 milliseconds");
  *out = ABSOLUTE_ORIGIN + wall_us;
  return TRUE;
}

void
gh_moment_format (gint64 moment, char out[GH_MISSING_DATA_MOMENT])
{
  G_STATIC_ASSERT (GH_MISSING_DATA_MOMENT >= GH_TIMESTAMP_SIZE);
  if (is_relative (moment))
    g_snprintf (out, GH_MISSING_DATA_MOMENT, "%" G_GINT64_FORMAT, (moment - RELATIVE_ORIGIN) / MS);
  else
    gh_timestamp_format (moment - ABSOLUTE_ORIGIN, out);
}

static GhMissingWindow *
window_new (guint64 subscription)
{
  GhMissingWindow *window = g_new0 (GhMissingWindow, 1);
  window->subscription = subscription;
  window->untold = g_array_new (FALSE, FALSE, sizeof (gint64));
  return window;
}

static void
window_free (gpointer data)
{
  GhMissingWindow *window = data;
  g_array_unref (window->untold);
  g_free (window);
}

static gpointer
window_copy (gconstpointer source, gpointer data)
{
  const GhMissingWindow *from = source;
  GhMissingWindow *window = g_memdup2 (from, sizeof *from);
  (void) data;
  window->untold = g_array_copy (from->untold);
  return window;
}

static void
monitor_free (GhCompiled *compiled)
{
  GhMonitor *monitor = (GhMonitor *) compiled;
  g_array_unref (monitor->early);
  g_ptr_array_unref (monitor->windows);
  g_free (monitor);
}

/* Milliseconds of an attribute in microseconds; what nobody lives to see is as good as never. */
static gint64
milliseconds (const GhResource *resource, const char *name)
{
  return CLAMP (gh_resource_get_integer (resource, name, 0), 0, RELATIVE_MOST) * MS;
}

GhMonitor *
gh_monitor_new (const GhResource *resource, gint64 now_us)
{
  GhMonitor *monitor = g_new0 (GhMonitor, 1);
  const gint64 most = gh_resource_get_integer (resource, "mdn", GH_MISSING_DATA_LIST);

  monitor->base.ref_count = 1;
  monitor->base.free = monitor_free;
  monitor->made_us = now_us;
  monitor->interval_us = milliseconds (resource, "pei");
  monitor->delta_us = milliseconds (resource, "peid");
  monitor->wait_us = milliseconds (resource, "mdt");
  monitor->most = (guint) CLAMP (most, 1, GH_MISSING_DATA_LIST);
  monitor->on = monitor->interval_us > 0 && gh_resource_get_boolean (resource, "mdd", FALSE);
  monitor->early = g_array_new (FALSE, FALSE, sizeof (guint64));
  monitor->windows = g_ptr_array_new_with_free_func (window_free);
  return monitor;
}

GhMonitor *
gh_monitor_copy (const GhMonitor *monitor)
{
  GhMonitor *copy = g_memdup2 (monitor, sizeof *monitor);
  copy->base.ref_count = 1;
  copy->early = g_array_copy (monitor->early);
  copy->windows = g_ptr_array_copy (monitor->windows, window_copy, NULL);
  g_ptr_array_set_free_func (copy->windows, window_free);
  return copy;
}

void
gh_monitor_carry (GhMonitor *monitor, const GhMonitor *old, gboolean watching)
{
  g_ptr_array_unref (monitor->windows);
  monitor->windows = g_ptr_array_copy (old->windows, window_copy, NULL);
  g_ptr_array_set_free_func (monitor->windows, window_free);
  if (!watching)
    return;
  monitor->made_us = old->made_us;
  monitor->anchored = old->anchored;
  monitor->offset_us = old->offset_us;
  monitor->next = old->next;
  monitor->judged_us = old->judged_us;
  g_array_unref (monitor->early);
  monitor->early = g_array_copy (old->early);
}

static gboolean
find_offset (const GhMonitor *monitor, gint64 anchor, gint64 *out)
{
  *out = monitor->anchored ? monitor->offset_us : -ABSOLUTE_ORIGIN;
  return monitor->anchored || !is_relative (anchor);
}

/* After a restart: what was due before it is not judged, because nobody could have delivered it. */
static guint64
next_of (const GhMonitor *monitor, gint64 anchor)
{
  gint64 offset_us;

  if (monitor->next != 0 || !find_offset (monitor, anchor, &offset_us))
    return monitor->next;
  const gint64 since_us = monitor->made_us - (anchor + offset_us + monitor->wait_us);
  return since_us < 0 ? 1 : (guint64) (since_us / monitor->interval_us) + 1;
}

/* Leaves out the points from next on that are there. */
static void
pass_early (GhMonitor *monitor)
{
  while (monitor->early->len > 0
         && g_array_index (monitor->early, guint64, 0) <= monitor->next)
    {
      if (g_array_index (monitor->early, guint64, 0) == monitor->next)
        monitor->next++;
      g_array_remove_index (monitor->early, 0);
    }
}

static void
add_early (GhMonitor *monitor, guint64 point)
{
  guint at = monitor->early->len;

  while (at > 0 && g_array_index (monitor->early, guint64, at - 1) >= point)
    at--;
  if (monitor->early->len >= GH_MISSING_DATA_EARLY
      || (at < monitor->early->len && g_array_index (monitor->early, guint64, at) == point))
    return;
  g_array_insert_val (monitor->early, at, point);
}

void
gh_monitor_take (GhMonitor *monitor, gint64 moment, gint64 now_us, gint64 *anchor)
{
  gint64 offset_us;

  if (*anchor == 0 || is_relative (*anchor) != is_relative (moment)
      || !find_offset (monitor, *anchor, &offset_us))
    {
      *anchor = moment;
      monitor->anchored = TRUE;
      monitor->offset_us = is_relative (moment) ? now_us - moment : -ABSOLUTE_ORIGIN;
      monitor->next = 1;
      g_array_set_size (monitor->early, 0);
      return;
    }
  monitor->next = next_of (monitor, *anchor);
  const gint64 since = moment - *anchor + monitor->interval_us / 2;
  if (since < 0)
    return;
  const guint64 point = (guint64) (since / monitor->interval_us);
  const gint64 off_us = moment - *anchor - (gint64) point * monitor->interval_us;
  if (point < monitor->next || ABS (off_us) > monitor->delta_us)
    return;
  add_early (monitor, point);
  pass_early (monitor);
}

static gint64
due_of (const GhMonitor *monitor, gint64 anchor, gint64 offset_us, guint64 point)
{
  const gint64 start_us = anchor + offset_us + monitor->wait_us;
  const guint64 left = (guint64) (GH_NEVER_US - MAX (start_us, 0)) / (guint64) monitor->interval_us;

  return point < left ? start_us + (gint64) point * monitor->interval_us : GH_NEVER_US;
}

gint64
gh_monitor_due (const GhMonitor *monitor, gint64 anchor)
{
  gint64 offset_us;

  if (!monitor->on || anchor == 0 || !find_offset (monitor, anchor, &offset_us))
    return GH_NEVER_US;
  const gint64 due_us = due_of (monitor, anchor, offset_us, next_of (monitor, anchor));
  /* an interval of a millisecond must not mean a thousand commits a second */
  return monitor->judged_us != 0 ? MAX (due_us, monitor->judged_us + GH_MISSING_DATA_PAUSE_US)
                                 : due_us;
}

gboolean
gh_monitor_judge (GhMonitor *monitor, gint64 anchor, gint64 now_us, GhMissingPoint *out)
{
  gint64 offset_us;

  if (!monitor->on || anchor == 0 || !find_offset (monitor, anchor, &offset_us))
    return FALSE;
  monitor->next = next_of (monitor, anchor);
  pass_early (monitor);
  if (due_of (monitor, anchor, offset_us, monitor->next) > now_us)
    return FALSE;
  /* after a long time without a look at the clock: more than a list holds are not looked for */
  const gint64 start_us = anchor + offset_us + monitor->wait_us;
  const guint64 last = (guint64) ((now_us - start_us) / monitor->interval_us);
  if (last - monitor->next >= GH_MISSING_DATA_LIST)
    monitor->next = last - GH_MISSING_DATA_LIST + 1;
  out->moment = anchor + (gint64) monitor->next * monitor->interval_us;
  out->due_us = due_of (monitor, anchor, offset_us, monitor->next);
  monitor->next++;
  return TRUE;
}

static GhMissingWindow *
find_window (const GhMonitor *monitor, guint64 subscription)
{
  for (guint i = 0; i < monitor->windows->len; i++)
    {
      GhMissingWindow *window = monitor->windows->pdata[i];
      if (window->subscription == subscription)
        return window;
    }
  return NULL;
}

gboolean
gh_monitor_count (GhMonitor *monitor, guint64 subscription, const GhSubscription *asked,
                  const GhMissingPoint *point)
{
  GhMissingWindow *window = find_window (monitor, subscription);
  guint number;
  gint64 window_us;

  if (!gh_subscription_get_missing_data (asked, &number, &window_us))
    return FALSE;
  if (window == NULL)
    {
      window = window_new (subscription);
      g_ptr_array_add (monitor->windows, window);
    }
  if (window->count == 0 || window->ends_us <= point->due_us || window->number != number
      || window->window_us != window_us)
    {
      window->number = number;
      window->window_us = window_us;
      window->ends_us = point->due_us < GH_NEVER_US - window_us ? point->due_us + window_us
                                                                  : GH_NEVER_US;
      window->count = 0;
      g_array_set_size (window->untold, 0);
    }
  window->count++;
  if (window->untold->len >= GH_MISSING_DATA_LIST)
    g_array_remove_index (window->untold, 0);
  g_array_append_val (window->untold, point->moment);
  return window->count >= number;
}

GhBuffer *
gh_monitor_tell (GhMonitor *monitor, guint64 subscription)
{
  GhMissingWindow *window = find_window (monitor, subscription);
  char text[GH_MISSING_DATA_MOMENT];
  GhJsonWriter json;

  gh_json_writer_init (&json, 256);
  gh_json_begin_object (&json);
  gh_json_name (&json, "m2m:tsn");
  gh_json_begin_object (&json);
  gh_json_name (&json, "mdlt");
  gh_json_begin_list (&json);
  for (guint i = window->untold->len; i > 0; i--)
    {
      gh_moment_format (g_array_index (window->untold, gint64, i - 1), text);
      gh_json_string (&json, text, strlen (text));
    }
  gh_json_end_list (&json);
  gh_json_name (&json, "mdc");
  gh_json_integer (&json, window->count);
  gh_json_end_object (&json);
  gh_json_end_object (&json);
  g_array_set_size (window->untold, 0);
  return gh_json_writer_finish (&json);
}
