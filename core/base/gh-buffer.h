/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * GhBuffer:
 * Immutable, reference-counted octets (a rendered representation, a body). NUL-terminated behind
 * @length. References may be taken and dropped on any thread.
 */
typedef struct {
  gint ref_count;
  gsize length;
  char data[];
} GhBuffer;

/** gh_buffer_new: copies @length octets. Returns: (transfer full) */
GhBuffer *gh_buffer_new (const char *data, gsize length);
/** gh_buffer_alloc: uninitialised, for one writer to fill before it is shared. Returns: (transfer
 * full) */
GhBuffer *gh_buffer_alloc (gsize length);
GhBuffer *gh_buffer_ref (GhBuffer *buffer);
void gh_buffer_unref (GhBuffer *buffer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GhBuffer, gh_buffer_unref)

G_END_DECLS
