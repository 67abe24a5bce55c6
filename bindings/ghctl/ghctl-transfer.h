/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The lines that `ghctl export` writes and `ghctl import` reads; ghctl(1) describes them.
 *
 * {"gatehouse-export":1,"root":"gatehouse/sensor","time":"2026-11-22T06:15:00Z","by":"0.1.0"}
 * {"path":"","pc":{"m2m:ae":{...}}}
 * {"path":"temperature","pc":{"m2m:cnt":{...}}}
 * {"end":2}
 */
#define GHCTL_EXPORT_MARK    "gatehouse-export"
#define GHCTL_EXPORT_VERSION 1

/** GHCTL_EXPORT_MAX_LINE: octets of one line. */
#define GHCTL_EXPORT_MAX_LINE (16 * 1024 * 1024)

G_END_DECLS
