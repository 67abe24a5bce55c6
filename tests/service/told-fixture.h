/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cse-fixture.h"
#include "fake-transport.h"
#include "faulty-store.h"

/* A device with a container, whom it lets read it, and what subscribers are told of it. */

#define TOLD_LOAD       "gatehouse/device/load"

#define TOLD_CAN_ALL    "{\"acor\":[\"CDevice\"],\"acop\":63}"
#define TOLD_READS(who) "{\"acor\":[\"" who "\"],\"acop\":3}"

void told_set_up (CseFixture *cse, gconstpointer data);
void told_tear_down (CseFixture *cse, gconstpointer data);
/* an orderly one */
void told_restart (CseFixture *cse, gconstpointer data);
void told_make_device (CseFixture *cse);
/* instances "n1", "n2", ... */
void told_publish (CseFixture *cse, guint from, guint to);
char *told_subscribe (CseFixture *cse, const char *members);
/* the next delivery holds @text, and with @id the reference of that subscription */
void told_expect (const char *text, const char *id);
void told_expect_number (guint i, const char *id);
/* @rules: (nullable): beside what the device itself may */
void told_make_policy (CseFixture *cse, const char *name, const char *rules);
void told_set_policy (CseFixture *cse, const char *acpi);
void told_let_other_read (CseFixture *cse, const char *policy);
char *told_other_subscribes (CseFixture *cse, const char *criteria);
