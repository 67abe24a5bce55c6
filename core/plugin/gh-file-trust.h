/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-error.h"

G_BEGIN_DECLS

/*
 * Who could have changed a file, decided before one octet of it is used (design section 6,
 * "Plugins"). Trusted is what belongs to root or to the user who runs us and cannot be written to
 * by group or others, with every folder above it. Nothing is looked up twice by name: each step
 * starts from the descriptor of the step before.
 */

#define GH_FILE_TRUST_MAX_MODULE (64 * 1024 * 1024)
#define GH_FILE_TRUST_MAX_LINKS  16

/**
 * gh_file_trust_open_folder:
 * @path: absolute, without "." and ".."
 *
 * Walks from / to @path, one folder at a time, following only links that root owns, and checks
 * each. A folder that others can write to is accepted on the way when it is sticky (its entries are
 * checked), but not as @path itself.
 * Returns: a descriptor (O_PATH) to close, or -1 with GH_ERROR_PLUGIN naming the folder that is not
 * trusted; GH_ERROR_NOT_FOUND when it or a folder above it does not exist. Any thread.
 */
int gh_file_trust_open_folder (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_file_trust_read:
 * @folder: from gh_file_trust_open_folder()
 * @folder_path: for errors
 * @name: a plain file name in it
 * @limit: octets
 * Returns: (transfer full) (nullable): the contents, followed by a NUL that is not counted; %NULL
 * with GH_ERROR_PLUGIN, or GH_ERROR_NOT_FOUND when there is no entry of that name. Any thread.
 */
char *gh_file_trust_read (int folder, const char *folder_path, const char *name, gsize limit,
                          gsize *out_length, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_file_trust_seal:
 * @out_digest: SHA-256 of exactly the octets that the descriptor holds
 *
 * Copies the file once into memory that nobody, we included, can change any more, and hashes that
 * copy.
 * Returns: its descriptor, or -1 with GH_ERROR_PLUGIN or GH_ERROR_NOT_FOUND. Any thread.
 */
int gh_file_trust_seal (int folder, const char *folder_path, const char *name,
                        guint8 out_digest[32], GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
