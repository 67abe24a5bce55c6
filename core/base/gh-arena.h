/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * GhArena:
 * A bump allocator for what lives as long as one message. One thread at a time. The total is
 * bounded: an allocation beyond the bound returns NULL, which the caller reports as
 * GH_ERROR_TOO_LARGE.
 */
typedef struct _GhArena GhArena;

/** gh_arena_new: @limit_bytes bounds everything ever allocated from it. Returns: (transfer full) */
GhArena *gh_arena_new (gsize limit_bytes);
void gh_arena_free (GhArena *arena);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GhArena, gh_arena_free)

/** gh_arena_alloc: zeroed, aligned as malloc does (16; 8 on 32 bits); NULL when the bound is
 * reached. Owned by the arena. */
gpointer gh_arena_alloc (GhArena *arena, gsize size) G_GNUC_MALLOC G_GNUC_WARN_UNUSED_RESULT;

/** gh_arena_strndup: a NUL-terminated copy of @length octets; NULL when the bound is reached. */
char *gh_arena_strndup (GhArena *arena, const char *text, gsize length) G_GNUC_WARN_UNUSED_RESULT;
char *gh_arena_strdup (GhArena *arena, const char *text) G_GNUC_WARN_UNUSED_RESULT;
char *gh_arena_printf (GhArena *arena, const char *format, ...) G_GNUC_PRINTF (2, 3)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_arena_used: octets handed out so far. */
gsize gh_arena_used (const GhArena *arena);
/** gh_arena_available: octets that may still be handed out before the bound is reached. */
gsize gh_arena_available (const GhArena *arena);

/** gh_arena_clear: everything allocated from it is gone, the first block is kept for the next
 * message. */
void gh_arena_clear (GhArena *arena);

#define gh_arena_new_array(arena, type, n) ((type *) gh_arena_alloc_n ((arena), sizeof (type), (n)))
/** gh_arena_alloc_n: like gh_arena_alloc for @n items of @size; NULL on overflow. */
gpointer gh_arena_alloc_n (GhArena *arena, gsize size, gsize n) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
