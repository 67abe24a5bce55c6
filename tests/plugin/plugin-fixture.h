/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-config.h"
#include "base/gh-error.h"

/*
 * What the tests of the loader share: a private folder, modules to put into it, and the rights of
 * somebody who is not
 * root, without which modes and owners mean nothing.
 */

/* Somebody else than root and than the user that the tests run as. */
#define FIXTURE_OTHER_UID 1

/**
 * fixture_init:
 * @modules: NULL-terminated names of modules in tests/plugin/.libs, read before rights are dropped;
 * may be NULL
 *
 * Makes the private folder; under root, calls @as_root (may be NULL) with it and becomes nobody.
 */
void fixture_init (const char *const *modules, void (*as_root) (const char *folder));
/* Removes the private folder. */
void fixture_finish (void);
/* TRUE when the program was started by root, so that what @as_root made is there. */
gboolean fixture_was_root (void);
const char *fixture_folder (void);

/* A new, empty folder of mode 0755 in the private one. */
char *fixture_make_folder (const char *prefix);
char *fixture_hash (const void *octets, gsize length);
void fixture_write (const char *folder, const char *name, const void *octets, gsize length);
/* Octets of a module that fixture_init was told of. */
GBytes *fixture_module (const char *module);
/*
 * Puts @module into @folder as NAME.so with a manifest NAME.plugin that fits it, but for @changes:
 * keys and values,
 * NULL-terminated; a value of NULL leaves the key out.
 */
void fixture_install (const char *folder, const char *name, const char *module,
                      const char *const *changes);
/* A configuration of [plugins] only. @required may be NULL. */
GhConfig *fixture_config (const char *load, const char *path, const char *required);

/* @error is set, of that code, and its message holds @text. */
#define assert_refused(error, expected_code, text) \
  fixture_assert_refused (error, expected_code, text, __FILE__, __LINE__)
void fixture_assert_refused (const GError *error, int code, const char *text, const char *file,
                             int line);
