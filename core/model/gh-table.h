/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/gh-attribute.h"

G_BEGIN_DECLS

/* What gh-table-generated.c defines, for gh-attribute.c only. */

/* In ascending order of their numbers: all of them, and one a number. */
G_GNUC_INTERNAL extern const GhType *const gh_table_types[];
G_GNUC_INTERNAL extern const guint gh_table_n_types;
G_GNUC_INTERNAL extern const GhType *const gh_table_bases[];
G_GNUC_INTERNAL extern const guint gh_table_n_bases;

/* In the order of their root names. */
G_GNUC_INTERNAL extern const GhType *const gh_table_roots[];
G_GNUC_INTERNAL extern const guint gh_table_n_roots;

/* Packed short names of the attributes of all types, ascending. */
G_GNUC_INTERNAL extern const guint64 gh_table_keys[];
G_GNUC_INTERNAL extern const guint gh_table_n_keys;

G_END_DECLS
