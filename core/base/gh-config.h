/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-error.h"

G_BEGIN_DECLS

/**
 * GhConfig:
 * A strict keyfile. Every group and key that may stand in it is declared by a table; an unknown
 * group or key, a value of the wrong type or out of range, and a key given twice are errors with
 * file and line. Immutable once loaded; any thread.
 */
typedef struct _GhConfig GhConfig;

/* Limits of a file, each refused by name: */
#define GH_CONFIG_MAX_SIZE  1048576 /* octets */
#define GH_CONFIG_MAX_LINES 4096
#define GH_CONFIG_MAX_LINE  4096 /* octets of a line */

typedef enum {
  GH_CONFIG_STRING,  /* UTF-8 without control characters; no escapes, no quotes */
  GH_CONFIG_BOOLEAN, /* yes, no, true, false, on, off */
  GH_CONFIG_INTEGER,
  GH_CONFIG_SIZE,
  GH_CONFIG_DURATION,
  GH_CONFIG_LIST,
  GH_CONFIG_CHOICE,
} GhConfigType;

/**
 * GhConfigKey: one row of a declaration table.
 * Sizes take the suffixes K, M and G (powers of 1024), durations s, m, h and d; plain numbers are
 * octets and seconds.
 */
typedef struct {
  const char *group;
  const char *key;
  GhConfigType type;
  const char *fallback;    /* as it would stand in the file; NULL: none */
  gint64 minimum, maximum; /* of INTEGER, SIZE, DURATION; both 0: no bound */
  const char *choices;     /* of CHOICE: "a|b|c" */
  const char *help;        /* one line, for the manual page and --print-config */
} GhConfigKey;

/** gh_config_new: an empty configuration with the defaults of @keys (a table ended by a row whose
 * group is NULL; static). */
GhConfig *gh_config_new (const GhConfigKey *keys);
/**
 * gh_config_load:
 * @path: read whole, at most 1 MiB
 * @keys: the table of all that may stand in it, ended by a NULL group; must outlive the result
 * Returns: (transfer full), or NULL with GH_ERROR_CONFIG ("PATH:LINE: [group] key: ...")
 */
GhConfig *gh_config_load (const char *path, const GhConfigKey *keys, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/** gh_config_parse: the pure part of gh_config_load; @name stands for the path in errors. */
GhConfig *gh_config_parse (const char *text, gsize length, const char *name,
                           const GhConfigKey *keys, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/** gh_config_set: before the configuration is shared; overrides one value as if it stood in the
 * file (command line options); same checks. */
gboolean gh_config_set (GhConfig *config, const char *group, const char *key, const char *value,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
/** gh_config_read_number: @text as a value of @key, INTEGER, SIZE or DURATION, which need not be of
 * a table. FALSE with GH_ERROR_CONFIG, which does not name the key. Any thread. */
gboolean gh_config_read_number (const GhConfigKey *key, const char *text, gint64 *out,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
/** gh_config_compare: @func for each key whose value is another one in @b than in @a, which have
 * the same table. */
void gh_config_compare (const GhConfig *a, const GhConfig *b,
                        void (*func) (const char *group, const char *key, gpointer user_data),
                        gpointer user_data);
/** gh_config_copy: one of the same values that is not shared yet. Returns: (transfer full) */
GhConfig *gh_config_copy (const GhConfig *config);
/** gh_config_each_set: @func for each key that stood in the file or was overridden, with its text.
 */
void gh_config_each_set (const GhConfig *config,
                         void (*func) (const char *group, const char *key, const char *text,
                                       gpointer user_data),
                         gpointer user_data);
/** gh_config_has_key: FALSE with GH_ERROR_CONFIG: the table declares no such key. */
gboolean gh_config_has_key (const GhConfig *config, const char *group, const char *key,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
GhConfig *gh_config_ref (GhConfig *config);
void gh_config_unref (GhConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GhConfig, gh_config_unref)

/* Getters: asking for a key that the table does not declare, or as another type, is a programming
 * error. */
/** gh_config_get_string: STRING and CHOICE; NULL when it was not given and has no default. Owned by
 * @config. */
const char *gh_config_get_string (const GhConfig *config, const char *group, const char *key);
gboolean gh_config_get_boolean (const GhConfig *config, const char *group, const char *key);
/** gh_config_get_integer: INTEGER, SIZE (octets) and DURATION (seconds). */
gint64 gh_config_get_integer (const GhConfig *config, const char *group, const char *key);
/** gh_config_get_list: NULL-terminated, owned by @config; split at ';' or ',' with blanks stripped.
 */
const char *const *gh_config_get_list (const GhConfig *config, const char *group, const char *key);
/** gh_config_is_set: the key stood in the file or was overridden. */
gboolean gh_config_is_set (const GhConfig *config, const char *group, const char *key);
/** gh_config_is_overridden: by gh_config_set(), whatever stood in the file. */
gboolean gh_config_is_overridden (const GhConfig *config, const char *group, const char *key);
/** gh_config_get_text: a key of any type as it stands in the file, or its default; NULL: neither.
 * Owned by @config. */
const char *gh_config_get_text (const GhConfig *config, const char *group, const char *key);

G_END_DECLS
