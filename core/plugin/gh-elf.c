/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "plugin/gh-elf.h"

#include <elf.h>
#include <link.h>
#include <string.h>

#define NATIVE_CLASS (sizeof (gpointer) == 8 ? ELFCLASS64 : ELFCLASS32)
#define NATIVE_DATA  (G_BYTE_ORDER == G_LITTLE_ENDIAN ? ELFDATA2LSB : ELFDATA2MSB)

static gboolean
refuse (GError **error, const char *reason)
{
  g_set_error_literal (error, GH_ERROR, GH_ERROR_PLUGIN, reason);
  return FALSE;
}

/* Whether @size octets at @offset lie in @length. */
static gboolean
lies_within (guint64 offset, guint64 size, gsize length)
{
  return offset <= length && size <= length - offset;
}

static gboolean
check_header (const ElfW (Ehdr) * header, gsize length, GError **error)
{
  guint64 table = (guint64) header->e_phnum * sizeof (ElfW (Phdr));

  if (header->e_ident[EI_CLASS] != NATIVE_CLASS || header->e_ident[EI_DATA] != NATIVE_DATA)
    return refuse (error, "built for another kind of machine");
  if (header->e_type != ET_DYN)
    return refuse (error, "not a shared object");
  if (header->e_phentsize != sizeof (ElfW (Phdr)) || header->e_phnum == 0
      || header->e_phnum > GH_ELF_MAX_HEADERS)
    return refuse (error, "its program headers are not those of a module");
  if (!lies_within (header->e_phoff, table, length))
    return refuse (error, "truncated: its program headers lie behind its end");
  return TRUE;
}

static gboolean
check_segment (const ElfW (Phdr) * segment, gsize length, GError **error)
{
  const guint32 both = PF_W | PF_X;

  if (segment->p_type == PT_GNU_STACK && (segment->p_flags & PF_X))
    return refuse (error, "asks for an executable stack");
  if (segment->p_type != PT_LOAD)
    return TRUE;
  if (!lies_within (segment->p_offset, segment->p_filesz, length))
    return refuse (error, "truncated: a segment lies behind its end");
  if ((segment->p_flags & both) == both)
    return refuse (error, "has memory that is both writable and executable");
  return TRUE;
}

gboolean
gh_elf_check (const guint8 *octets, gsize length, GError **error)
{
  gboolean stack = FALSE;
  ElfW (Ehdr) header;

  g_return_val_if_fail (octets != NULL || length == 0, FALSE);
  if (length < SELFMAG || memcmp (octets, ELFMAG, SELFMAG) != 0)
    return refuse (error, "not an ELF file");
  if (length < sizeof header)
    return refuse (error, "truncated: its header is not whole");
  /* Copied, because nothing says that the octets are aligned. */
  memcpy (&header, octets, sizeof header);
  if (!check_header (&header, length, error))
    return FALSE;
  for (guint i = 0; i < header.e_phnum; i++)
    {
      ElfW (Phdr) segment;

      memcpy (&segment, octets + header.e_phoff + i * sizeof segment, sizeof segment);
      if (!check_segment (&segment, length, error))
        return FALSE;
      stack |= segment.p_type == PT_GNU_STACK;
    }
  /* Without that header the linker assumes the worst. */
  return stack || refuse (error, "does not say that its stack is not executable");
}
