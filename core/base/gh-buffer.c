/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/gh-buffer.h"

#include <string.h>

GhBuffer *
gh_buffer_alloc (gsize length)
{
  GhBuffer *buffer;

  g_return_val_if_fail (length < G_MAXSIZE - sizeof (GhBuffer), NULL);

  buffer = g_malloc (sizeof (GhBuffer) + length + 1);
  buffer->ref_count = 1;
  buffer->length = length;
  buffer->data[length] = '\0';
  return buffer;
}

GhBuffer *
gh_buffer_new (const char *data, gsize length)
{
  GhBuffer *buffer = gh_buffer_alloc (length);

  if (length > 0)
    memcpy (buffer->data, data, length);
  return buffer;
}

GhBuffer *
gh_buffer_ref (GhBuffer *buffer)
{
  g_return_val_if_fail (buffer != NULL, NULL);

  g_atomic_int_inc (&buffer->ref_count);
  return buffer;
}

void
gh_buffer_unref (GhBuffer *buffer)
{
  if (buffer != NULL && g_atomic_int_dec_and_test (&buffer->ref_count))
    g_free (buffer);
}
