/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * GhHostFacts:
 * What the machine says about itself. Texts are UTF-8 without control characters, at most
 * GH_HOST_MAX_TEXT octets; NULL: not said. No serial numbers, which only root may read.
 */
#define GH_HOST_MAX_TEXT 128
typedef struct {
  char *node_id;      /* of /etc/machine-id, which it does not tell; NULL: there is none */
  char *name;         /* host name */
  char *manufacturer, *model, *device_type, *hardware_version, *firmware_version;
  char *os_id, *os_version, *os_url;
  guint64 memory_total, memory_available; /* octets */
  gboolean has_battery;
  guint battery_level;  /* percent */
  guint battery_status; /* m2m:batteryStatus */
  gint64 up_s;          /* seconds since the host started; 0: not known */
} GhHostFacts;

/**
 * gh_host_facts_read:
 * @root: (nullable): a folder that stands for "/", for tests
 * Reads a few small files of /etc, /proc and /sys, each to a bound; what is missing or no text is
 * left out. Any thread that may block for a moment: a battery may be asked over a slow bus.
 */
void gh_host_facts_read (const char *root, GhHostFacts *out);
void gh_host_facts_clear (GhHostFacts *facts);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GhHostFacts, gh_host_facts_clear)

G_END_DECLS
