/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-error.h"

G_BEGIN_DECLS

/* Program headers that are looked at; a module has about ten. */
#define GH_ELF_MAX_HEADERS 256

/**
 * gh_elf_check: a pure function.
 * @octets: a whole file
 *
 * What the dynamic linker takes on trust: that every segment lies in the file (it maps what is
 * missing and dies of it later), that no memory is writable and executable at once, and that
 * loading does not make the stacks of this process executable. Everything else it checks itself.
 * Returns: FALSE with GH_ERROR_PLUGIN. Any thread.
 */
gboolean gh_elf_check (const guint8 *octets, gsize length, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
