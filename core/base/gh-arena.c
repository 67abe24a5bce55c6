/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/gh-arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ALIGNMENT     (2 * sizeof (gpointer)) /* as malloc has it: 16, and 8 on 32 bits */
#define FIRST_BLOCK   4096
#define LARGEST_BLOCK 65536
#define ALIGN_UP(n)   (((n) + (ALIGNMENT - 1)) & ~(gsize) (ALIGNMENT - 1))

typedef struct _Block Block;

/* The header is a multiple of the alignment, so what follows it is aligned like malloc's result. */
struct _Block {
  Block *previous;
  gsize size;
};

struct _GhArena {
  gsize limit, used;
  char *cursor, *end;
  Block *blocks; /* newest first; NULL while the inline block is enough */
  gsize first_size;
  gsize next_size;
};

G_STATIC_ASSERT (sizeof (Block) % ALIGNMENT == 0);

/* The first block follows the arena in one allocation: most messages need no second one. */
static char *
first_block (GhArena *arena)
{
  return (char *) arena + ALIGN_UP (sizeof (GhArena));
}

GhArena *
gh_arena_new (gsize limit_bytes)
{
  const gsize first_size = FIRST_BLOCK - ALIGN_UP (sizeof (GhArena));
  GhArena *arena = g_malloc (FIRST_BLOCK);

  arena->limit = limit_bytes;
  arena->first_size = first_size;
  arena->blocks = NULL;
  gh_arena_clear (arena);
  return arena;
}

void
gh_arena_free (GhArena *arena)
{
  if (arena == NULL)
    return;
  gh_arena_clear (arena);
  g_free (arena);
}

void
gh_arena_clear (GhArena *arena)
{
  g_return_if_fail (arena != NULL);

  while (arena->blocks != NULL)
    {
      Block *block = arena->blocks;

      arena->blocks = block->previous;
      g_free (block);
    }
  arena->used = 0;
  arena->cursor = first_block (arena);
  arena->end = arena->cursor + arena->first_size;
  arena->next_size = 2 * FIRST_BLOCK;
}

/* A large allocation gets a block of its own size; the tail of the block before it is given up. */
static gboolean
add_block (GhArena *arena, gsize at_least)
{
  const gsize size = MAX (arena->next_size - sizeof (Block), at_least);
  Block *block = g_try_malloc (sizeof (Block) + size);

  if (block == NULL)
    return FALSE;
  block->previous = arena->blocks;
  block->size = size;
  arena->blocks = block;
  arena->cursor = (char *) (block + 1);
  arena->end = arena->cursor + size;
  arena->next_size = MIN (2 * arena->next_size, LARGEST_BLOCK);
  return TRUE;
}

/* @size octets at a multiple of @alignment (1 or ALIGNMENT), with whatever they held before. */
static inline char *
take (GhArena *arena, gsize size, gsize alignment)
{
  const gsize gap = -(gsize) arena->cursor & (alignment - 1);
  char *result;

  /* Gaps count too: else many tiny allocations could take a multiple of the bound. */
  if (size > G_MAXSIZE / 2 || size + gap > arena->limit - arena->used)
    return NULL;
  if (size + gap <= (gsize) (arena->end - arena->cursor))
    {
      result = arena->cursor + gap;
    }
  else
    {
      if (!add_block (arena, size))
        return NULL;
      result = arena->cursor;
    }
  arena->cursor = result + size;
  arena->used += size + gap;
  return result;
}

gpointer
gh_arena_alloc (GhArena *arena, gsize size)
{
  char *result;

  g_return_val_if_fail (arena != NULL, NULL);

  /* An empty array is still told from a failure. */
  result = take (arena, MAX (size, 1), ALIGNMENT);
  if (result != NULL)
    memset (result, 0, size);
  return result;
}

gpointer
gh_arena_alloc_n (GhArena *arena, gsize size, gsize n)
{
  gsize total;

  if (!g_size_checked_mul (&total, size, n))
    return NULL;
  return gh_arena_alloc (arena, total);
}

char *
gh_arena_strndup (GhArena *arena, const char *text, gsize length)
{
  char *result;

  g_return_val_if_fail (arena != NULL && (text != NULL || length == 0), NULL);

  result = length < G_MAXSIZE ? take (arena, length + 1, 1) : NULL;
  if (result == NULL)
    return NULL;
  if (length > 0)
    memcpy (result, text, length);
  result[length] = '\0';
  return result;
}

char *
gh_arena_strdup (GhArena *arena, const char *text)
{
  g_return_val_if_fail (text != NULL, NULL);

  return gh_arena_strndup (arena, text, strlen (text));
}

char *
gh_arena_printf (GhArena *arena, const char *format, ...)
{
  va_list args;
  int length;
  char *result;

  va_start (args, format);
  length = vsnprintf (NULL, 0, format, args);
  va_end (args);
  result = length >= 0 ? take (arena, (gsize) length + 1, 1) : NULL;
  if (result == NULL)
    return NULL;
  va_start (args, format);
  vsnprintf (result, (gsize) length + 1, format, args);
  va_end (args);
  return result;
}

gsize
gh_arena_used (const GhArena *arena)
{
  g_return_val_if_fail (arena != NULL, 0);

  return arena->used;
}

gsize
gh_arena_available (const GhArena *arena)
{
  g_return_val_if_fail (arena != NULL, 0);

  return arena->limit - arena->used;
}
