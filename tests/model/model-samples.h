/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/gh-attribute.h"

/* JSON values made from the rows of the attribute table, for tests that go through all of them. */

/* Appends a value that @row accepts, of a list with one item, of an object with every member. */
void sample_good (const GhAttribute *row, GString *out);

/* Values that @row refuses: wrong kinds, out of range, malformed, wrong at a leaf. */
GPtrArray *sample_bad (const GhAttribute *row);

/* The representation of @type with the attributes for which @keep is TRUE. */
typedef gboolean (*SampleFunc) (const GhAttribute *row, gpointer user_data);
char *sample_representation (const GhType *type, SampleFunc keep, gpointer user_data);
