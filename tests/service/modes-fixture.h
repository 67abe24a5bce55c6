/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cse-fixture.h"

G_BEGIN_DECLS

/* 2027-01-15T08:00:00 */
#define NOW_US (G_GINT64_CONSTANT (1800000000) * G_USEC_PER_SEC)
#define LOAD   "gatehouse/device/load"
#define LABEL  "\"pc\":{\"m2m:cnt\":{\"lbl\":[\"x\"]}}"

/** ModesFixture: a CSE with an AE "CDevice" that has the container LOAD, on a store that a restart
 * keeps, with a clock of its own. */
typedef struct {
  CseFixture cse;
  GhClock *clock;
  const char *const *options;
} ModesFixture;

/** modes_set_up: @data: options, as for cse_fixture_set_up(). */
void modes_set_up (ModesFixture *fixture, gconstpointer data);
void modes_tear_down (ModesFixture *fixture, gconstpointer data);
/** modes_restart: stops the CSE and starts another on what it left. */
void modes_restart (ModesFixture *fixture);
void modes_advance (ModesFixture *fixture, guint seconds);

/** modes_acknowledged: the address of the <request> that @answer acknowledges. (transfer full) */
char *modes_acknowledged (const CseAnswer *answer, gint rsc);
/** modes_ask: of CDevice for LOAD; the same. (transfer full) */
char *modes_ask (ModesFixture *fixture, gint rsc, gint operation, const char *members);
CseAnswer modes_look (ModesFixture *fixture, const char *uri);
gint modes_status_of (ModesFixture *fixture, const char *uri);
void modes_wait_until_over (ModesFixture *fixture, const char *uri);
/** modes_result_of: what became of @uri. (transfer full) */
JsonObject *modes_result_of (ModesFixture *fixture, const char *uri, gint status, gint rsc);
void modes_expect_result (ModesFixture *fixture, const char *uri, gint status, gint rsc);
/** modes_has_label: what the content LABEL sets. */
gboolean modes_has_label (ModesFixture *fixture);
/** modes_expect_told: the next delivery is to @url and its body holds @part. */
void modes_expect_told (const char *url, const char *part);

G_END_DECLS
