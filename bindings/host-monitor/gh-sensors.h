/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a Linux machine says about itself below /proc and /sys, as text that fits into a
 * contentInstance. Any thread. */

/**
 * gh_sensors_load / gh_sensors_memory:
 * @root: "/" or, in tests, a folder with proc/ and sys/ in it
 * Returns: (transfer full): a JSON object such as
 * {"load1":0.52,"load5":0.40,"load15":0.31,"processors":2} or
 *   {"total-kib":8050000,"available-kib":6100000,"used-percent":24.2}; "no sensor" when the machine
 * does not tell
 */
char *gh_sensors_load (const char *root);
char *gh_sensors_memory (const char *root);

/**
 * gh_sensors_temperature:
 * Returns: (transfer full): a JSON object of names and degrees Celsius, from thermal zones and
 * hwmon chips, such as
 *   {"acpitz":41.0,"coretemp Core 0":47.5}; "no sensor" when there is none, as on most virtual
 * machines
 */
char *gh_sensors_temperature (const char *root);

G_END_DECLS
