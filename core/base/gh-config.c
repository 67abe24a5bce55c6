/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/gh-config.h"

#include <gio/gio.h>

#include <stdarg.h>
#include <string.h>

#define MAX_SHOWN 80 /* octets of a wrong word that an error repeats */

/* The value of the row of the table at the same index. */
typedef struct {
  gboolean set;  /* in the file or overridden */
  guint line;    /* where it stood in the file; 0: nowhere */
  char *text;    /* NULL: none */
  gint64 number; /* of BOOLEAN, INTEGER, SIZE, DURATION */
  char **list;
} Slot;

struct _GhConfig {
  gint ref_count;
  const GhConfigKey *keys;
  guint n_keys;
  Slot *slots;
};

static gboolean wrong (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
wrong (GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_propagate_error (error, g_error_new_valist (GH_ERROR, GH_ERROR_CONFIG, format, args));
  va_end (args);
  return FALSE;
}

/* Values. */

static gboolean
read_boolean (const char *text, gint64 *out, GError **error)
{
  static const char *const words[] = { "no", "yes", "false", "true", "off", "on" };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    {
      if (strcmp (text, words[i]) == 0)
        {
          *out = i % 2;
          return TRUE;
        }
    }
  return wrong (error, "\"%.*s\" is neither yes nor no", MAX_SHOWN, text);
}

/* What one unit of @suffix is worth; 0 when the type does not have it. */
static gint64
unit_of (GhConfigType type, char suffix)
{
  static const struct {
    GhConfigType type;
    char suffix;
    gint64 worth;
  } units[] = {
    { GH_CONFIG_SIZE, 'K', 1024 },
    { GH_CONFIG_SIZE, 'M', 1024 * 1024 },
    { GH_CONFIG_SIZE, 'G', 1024 * 1024 * 1024 },
    { GH_CONFIG_DURATION, 's', 1 },
    { GH_CONFIG_DURATION, 'm', 60 },
    { GH_CONFIG_DURATION, 'h', 3600 },
    { GH_CONFIG_DURATION, 'd', 86400 },
  };

  if (suffix == '\0')
    return 1;
  for (guint i = 0; i < G_N_ELEMENTS (units); i++)
    {
      if (units[i].type == type && units[i].suffix == suffix)
        return units[i].worth;
    }
  return 0;
}

static const char *
number_syntax (GhConfigType type)
{
  if (type == GH_CONFIG_SIZE)
    return "a number of octets, which may end in K, M or G";
  if (type == GH_CONFIG_DURATION)
    return "a number of seconds, or a number that ends in s, m, h or d";
  return "a whole number";
}

gboolean
gh_config_read_number (const GhConfigKey *key, const char *text, gint64 *out, GError **error)
{
  const gboolean negative = key->type == GH_CONFIG_INTEGER && *text == '-';
  const char *digits = text + negative;
  const gsize n = strspn (digits, "0123456789");
  const gint64 unit = n > 0 && (digits[n] == '\0' || digits[n + 1] == '\0')
                        ? unit_of (key->type, digits[n])
                        : 0;
  gint64 value;

  if (unit == 0)
    return wrong (error, "\"%.*s\" is not %s", MAX_SHOWN, text, number_syntax (key->type));
  value = n <= 18 ? g_ascii_strtoll (digits, NULL, 10) : G_MAXINT64;
  if (n > 18 || value > G_MAXINT64 / unit)
    return wrong (error, "\"%.*s\" is too large", MAX_SHOWN, text);
  value *= negative ? -unit : unit;
  if ((key->minimum != 0 || key->maximum != 0) && (value < key->minimum || value > key->maximum))
    return wrong (error, "%" G_GINT64_FORMAT " is outside %" G_GINT64_FORMAT "..%" G_GINT64_FORMAT,
                  value, key->minimum, key->maximum);
  *out = value;
  return TRUE;
}

static gboolean
read_list (const char *text, char ***out, GError **error)
{
  g_auto (GStrv) list = g_strsplit_set (text, ";,", -1);
  guint n;

  for (n = 0; list[n] != NULL; n++)
    g_strstrip (list[n]);
  /* Nothing at all is an empty list, and a separator may stand behind the last entry. */
  if (n > 0 && *list[n - 1] == '\0')
    {
      n--;
      g_clear_pointer (&list[n], g_free);
    }
  for (guint i = 0; i < n; i++)
    {
      if (*list[i] == '\0')
        return wrong (error, "entry %u of the list is empty", i + 1);
    }
  *out = g_steal_pointer (&list);
  return TRUE;
}

static gboolean
read_choice (const GhConfigKey *key, const char *text, GError **error)
{
  g_auto (GStrv) choices = g_strsplit (key->choices, "|", -1);

  if (g_strv_contains ((const char *const *) choices, text))
    return TRUE;
  return wrong (error, "\"%.*s\" is not one of %s", MAX_SHOWN, text, key->choices);
}

static void
slot_clear (Slot *slot)
{
  g_free (slot->text);
  g_strfreev (slot->list);
  memset (slot, 0, sizeof *slot);
}

/* Fills @slot from @text; it keeps its value when that is refused. */
static gboolean
slot_read (Slot *slot, const GhConfigKey *key, const char *text, GError **error)
{
  Slot fresh = { 0 };
  gboolean good = TRUE;

  switch (key->type)
    {
    case GH_CONFIG_STRING:
      break;
    case GH_CONFIG_BOOLEAN:
      good = read_boolean (text, &fresh.number, error);
      break;
    case GH_CONFIG_INTEGER:
    case GH_CONFIG_SIZE:
    case GH_CONFIG_DURATION:
      good = gh_config_read_number (key, text, &fresh.number, error);
      break;
    case GH_CONFIG_LIST:
      good = read_list (text, &fresh.list, error);
      break;
    case GH_CONFIG_CHOICE:
      good = read_choice (key, text, error);
      break;
    }
  if (!good)
    return FALSE;
  slot_clear (slot);
  *slot = fresh;
  slot->text = g_strdup (text);
  return TRUE;
}

/* Names. */

/* How many octets must be put in, taken out or changed to make @a of @b (Levenshtein). */
static guint
distance (const char *a, const char *b)
{
  const gsize length_a = strlen (a), length_b = strlen (b);
  g_autofree guint *row = g_new (guint, length_b + 1);

  for (gsize j = 0; j <= length_b; j++)
    row[j] = (guint) j;
  for (gsize i = 1; i <= length_a; i++)
    {
      guint diagonal = row[0];

      row[0] = (guint) i;
      for (gsize j = 1; j <= length_b; j++)
        {
          const guint above = row[j];

          row[j] = MIN (MIN (above, row[j - 1]) + 1, diagonal + (a[i - 1] != b[j - 1]));
          diagonal = above;
        }
    }
  return row[length_b];
}

/* The declared name nearest to @name, of groups when @group is NULL, else of keys in @group; NULL
 * when none is near. */
static const char *
nearest (const GhConfig *config, const char *group, const char *name)
{
  const gsize length = strlen (name);
  guint best = (guint) MIN (length / 3 + 1, 4) + 1;
  const char *result = NULL;

  if (length > MAX_SHOWN)
    return NULL;
  for (guint i = 0; i < config->n_keys; i++)
    {
      const char *known = group == NULL ? config->keys[i].group : config->keys[i].key;
      guint far;

      if (group != NULL && strcmp (group, config->keys[i].group) != 0)
        continue;
      far = distance (name, known);
      if (far < best)
        {
          best = far;
          result = known;
        }
    }
  return result;
}

static int
find (const GhConfig *config, const char *group, const char *key)
{
  for (guint i = 0; i < config->n_keys; i++)
    {
      if (strcmp (config->keys[i].group, group) == 0
          && (key == NULL || strcmp (config->keys[i].key, key) == 0))
        return (int) i;
    }
  return -1;
}

static gboolean
wrong_group (const GhConfig *config, const char *group, GError **error)
{
  const char *near = nearest (config, NULL, group);

  if (near != NULL)
    return wrong (error, "[%.*s]: unknown group; did you mean [%s]?", MAX_SHOWN, group, near);
  return wrong (error, "[%.*s]: unknown group", MAX_SHOWN, group);
}

static gboolean
wrong_key (const GhConfig *config, const char *group, const char *key, GError **error)
{
  const char *near = nearest (config, group, key);

  if (near != NULL)
    return wrong (error, "[%s] %.*s: unknown key; did you mean %s?", group, MAX_SHOWN, key, near);
  for (guint i = 0; i < config->n_keys; i++)
    {
      if (strcmp (config->keys[i].key, key) == 0)
        return wrong (error, "[%s] %.*s: unknown key; it stands in [%s]", group, MAX_SHOWN, key,
                      config->keys[i].group);
    }
  return wrong (error, "[%s] %.*s: unknown key", group, MAX_SHOWN, key);
}

static gboolean
set_value (GhConfig *config, int index, const char *text, guint line, GError **error)
{
  const GhConfigKey *key = &config->keys[index];
  Slot *slot = &config->slots[index];

  if (!slot_read (slot, key, text, error))
    {
      g_prefix_error (error, "[%s] %s: ", key->group, key->key);
      return FALSE;
    }
  slot->set = TRUE;
  slot->line = line;
  return TRUE;
}

/* The object. */

GhConfig *
gh_config_new (const GhConfigKey *keys)
{
  GhConfig *config;

  g_return_val_if_fail (keys != NULL, NULL);

  config = g_new0 (GhConfig, 1);
  config->ref_count = 1;
  config->keys = keys;
  while (keys[config->n_keys].group != NULL)
    config->n_keys++;
  config->slots = g_new0 (Slot, config->n_keys);
  for (guint i = 0; i < config->n_keys; i++)
    {
      g_autoptr (GError) error = NULL;

      /* The table is part of the program, so a wrong default is a bug. */
      if (keys[i].fallback != NULL
          && !slot_read (&config->slots[i], &keys[i], keys[i].fallback, &error))
        g_error ("default of [%s] %s: %s", keys[i].group, keys[i].key, error->message);
    }
  return config;
}

GhConfig *
gh_config_copy (const GhConfig *config)
{
  GhConfig *copy;

  g_return_val_if_fail (config != NULL, NULL);
  copy = gh_config_new (config->keys);
  for (guint i = 0; i < config->n_keys; i++)
    {
      const Slot *from = &config->slots[i];
      Slot *to = &copy->slots[i];

      slot_clear (to);
      *to = *from;
      to->text = g_strdup (from->text);
      to->list = g_strdupv (from->list);
    }
  return copy;
}

void
gh_config_each_set (const GhConfig *config,
                    void (*func) (const char *group, const char *key, const char *text,
                                  gpointer user_data),
                    gpointer user_data)
{
  g_return_if_fail (config != NULL);

  for (guint i = 0; i < config->n_keys; i++)
    if (config->slots[i].set)
      func (config->keys[i].group, config->keys[i].key, config->slots[i].text, user_data);
}

gboolean
gh_config_has_key (const GhConfig *config, const char *group, const char *key, GError **error)
{
  g_return_val_if_fail (config != NULL && group != NULL && key != NULL, FALSE);

  if (find (config, group, NULL) < 0)
    return wrong_group (config, group, error);
  return find (config, group, key) >= 0 || wrong_key (config, group, key, error);
}

GhConfig *
gh_config_ref (GhConfig *config)
{
  g_return_val_if_fail (config != NULL, NULL);

  g_atomic_int_inc (&config->ref_count);
  return config;
}

void
gh_config_unref (GhConfig *config)
{
  if (config == NULL || !g_atomic_int_dec_and_test (&config->ref_count))
    return;
  for (guint i = 0; i < config->n_keys; i++)
    slot_clear (&config->slots[i]);
  g_free (config->slots);
  g_free (config);
}

static gboolean
is_plain_text (const char *text, gsize length)
{
  if (!g_utf8_validate_len (text, length, NULL))
    return FALSE;
  for (gsize i = 0; i < length; i++)
    {
      if (((guchar) text[i] < 0x20 && text[i] != '\t') || text[i] == 0x7f)
        return FALSE;
    }
  return TRUE;
}

gboolean
gh_config_set (GhConfig *config, const char *group, const char *key, const char *value,
               GError **error)
{
  int index;

  g_return_val_if_fail (config != NULL && group != NULL && key != NULL && value != NULL, FALSE);

  if (find (config, group, NULL) < 0)
    return wrong_group (config, group, error);
  index = find (config, group, key);
  if (index < 0)
    return wrong_key (config, group, key, error);
  if (strlen (value) > GH_CONFIG_MAX_LINE || !is_plain_text (value, strlen (value)))
    return wrong (error, "[%s] %s: too long, or not plain UTF-8 text", group, key);
  return set_value (config, index, value, 0, error);
}

void
gh_config_compare (const GhConfig *a, const GhConfig *b,
                   void (*func) (const char *group, const char *key, gpointer user_data),
                   gpointer user_data)
{
  g_return_if_fail (a->keys == b->keys);

  for (guint i = 0; i < a->n_keys; i++)
    if (g_strcmp0 (a->slots[i].text, b->slots[i].text) != 0)
      func (a->keys[i].group, a->keys[i].key, user_data);
}

/* Lines. */

typedef struct {
  GhConfig *config;
  const char *group; /* of the table; NULL before the first one */
  guint number;      /* of the line, from 1 */
} Parser;

static gboolean
parse_group (Parser *parser, char *line, GError **error)
{
  const gsize length = strlen (line);
  int index;

  if (length < 3 || line[length - 1] != ']')
    return wrong (error, "\"%.*s\" is not a [group]", MAX_SHOWN, line);
  line[length - 1] = '\0';
  index = find (parser->config, line + 1, NULL);
  if (index < 0)
    return wrong_group (parser->config, line + 1, error);
  parser->group = parser->config->keys[index].group;
  return TRUE;
}

static gboolean
parse_key (Parser *parser, char *line, GError **error)
{
  char *equals = strchr (line, '=');
  const Slot *slot;
  int index;

  if (equals == NULL || equals == line)
    return wrong (error, "\"%.*s\" is neither a [group] nor key = value", MAX_SHOWN, line);
  *equals = '\0';
  g_strchomp (line);
  if (parser->group == NULL)
    return wrong (error, "%.*s: a key before the first [group]", MAX_SHOWN, line);
  index = find (parser->config, parser->group, line);
  if (index < 0)
    return wrong_key (parser->config, parser->group, line, error);
  slot = &parser->config->slots[index];
  if (slot->set)
    return wrong (error, "[%s] %s: given twice, first in line %u", parser->group, line, slot->line);
  return set_value (parser->config, index, g_strchug (equals + 1), parser->number, error);
}

static gboolean
parse_line (Parser *parser, const char *text, gsize length, GError **error)
{
  g_autofree char *line = NULL;

  if (parser->number > GH_CONFIG_MAX_LINES)
    return wrong (error, "more than %d lines", GH_CONFIG_MAX_LINES);
  if (length > GH_CONFIG_MAX_LINE)
    return wrong (error, "the line is longer than %d octets", GH_CONFIG_MAX_LINE);
  if (length > 0 && text[length - 1] == '\r')
    length--;
  if (!is_plain_text (text, length))
    return wrong (error, "the line is not plain UTF-8 text");
  line = g_strndup (text, length);
  g_strstrip (line);
  if (*line == '\0' || *line == '#' || *line == ';')
    return TRUE;
  return *line == '[' ? parse_group (parser, line, error) : parse_key (parser, line, error);
}

GhConfig *
gh_config_parse (const char *text, gsize length, const char *name, const GhConfigKey *keys,
                 GError **error)
{
  g_autoptr (GhConfig) config = NULL;
  Parser parser = { NULL, NULL, 0 };
  const char *end = text + length;

  g_return_val_if_fail ((text != NULL || length == 0) && name != NULL && keys != NULL, NULL);

  if (length > GH_CONFIG_MAX_SIZE)
    {
      wrong (error, "%s: larger than %d octets", name, GH_CONFIG_MAX_SIZE);
      return NULL;
    }
  config = gh_config_new (keys);
  parser.config = config;
  while (text < end)
    {
      const char *newline = memchr (text, '\n', (gsize) (end - text));
      const char *line_end = newline != NULL ? newline : end;

      parser.number++;
      if (!parse_line (&parser, text, (gsize) (line_end - text), error))
        {
          g_prefix_error (error, "%s:%u: ", name, parser.number);
          return NULL;
        }
      text = newline != NULL ? newline + 1 : end;
    }
  return g_steal_pointer (&config);
}

/* At most one octet more than is accepted, so that a device or a pipe cannot fill the memory. */
static GBytes *
read_file (const char *path, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInputStream) stream = g_file_read (file, NULL, error);
  g_autofree char *data = NULL;
  gsize length;

  if (stream == NULL)
    return NULL;
  data = g_malloc (GH_CONFIG_MAX_SIZE + 1);
  if (!g_input_stream_read_all (G_INPUT_STREAM (stream), data, GH_CONFIG_MAX_SIZE + 1, &length,
                                NULL, error))
    return NULL;
  return g_bytes_new (data, length);
}

GhConfig *
gh_config_load (const char *path, const GhConfigKey *keys, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GBytes) bytes = NULL;
  const char *text;
  gsize length;

  g_return_val_if_fail (path != NULL && keys != NULL, NULL);

  bytes = read_file (path, &local);
  if (bytes == NULL)
    {
      wrong (error, "%s: %s", path, local->message);
      return NULL;
    }
  text = g_bytes_get_data (bytes, &length);
  return gh_config_parse (text, length, path, keys, error);
}

/* Getters. */

static const Slot *
slot_of (const GhConfig *config, const char *group, const char *key, guint types)
{
  const int index = find (config, group, key);

  if (index < 0 || (types & (1u << config->keys[index].type)) == 0)
    g_error ("[%s] %s is not declared, or as another type", group, key);
  return &config->slots[index];
}

const char *
gh_config_get_string (const GhConfig *config, const char *group, const char *key)
{
  g_return_val_if_fail (config != NULL && group != NULL && key != NULL, NULL);

  return slot_of (config, group, key, 1u << GH_CONFIG_STRING | 1u << GH_CONFIG_CHOICE)->text;
}

gboolean
gh_config_get_boolean (const GhConfig *config, const char *group, const char *key)
{
  g_return_val_if_fail (config != NULL && group != NULL && key != NULL, FALSE);

  return slot_of (config, group, key, 1u << GH_CONFIG_BOOLEAN)->number != 0;
}

gint64
gh_config_get_integer (const GhConfig *config, const char *group, const char *key)
{
  const guint numbers = 1u << GH_CONFIG_INTEGER | 1u << GH_CONFIG_SIZE | 1u << GH_CONFIG_DURATION;

  g_return_val_if_fail (config != NULL && group != NULL && key != NULL, 0);

  return slot_of (config, group, key, numbers)->number;
}

const char *const *
gh_config_get_list (const GhConfig *config, const char *group, const char *key)
{
  static const char *const none[] = { NULL };
  const Slot *slot;

  g_return_val_if_fail (config != NULL && group != NULL && key != NULL, none);

  slot = slot_of (config, group, key, 1u << GH_CONFIG_LIST);
  return slot->list != NULL ? (const char *const *) slot->list : none;
}

gboolean
gh_config_is_set (const GhConfig *config, const char *group, const char *key)
{
  g_return_val_if_fail (config != NULL && group != NULL && key != NULL, FALSE);

  return slot_of (config, group, key, ~0u)->set;
}

gboolean
gh_config_is_overridden (const GhConfig *config, const char *group, const char *key)
{
  const Slot *slot;

  g_return_val_if_fail (config != NULL && group != NULL && key != NULL, FALSE);

  slot = slot_of (config, group, key, ~0u);
  return slot->set && slot->line == 0;
}

const char *
gh_config_get_text (const GhConfig *config, const char *group, const char *key)
{
  g_return_val_if_fail (config != NULL && group != NULL && key != NULL, NULL);

  return slot_of (config, group, key, ~0u)->text;
}
