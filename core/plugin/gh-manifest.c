/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "plugin/gh-manifest.h"

#include <string.h>

#include "base/gh-error.h"

#define GROUP "Plugin"

static const GhConfigKey manifest_keys[] = {
  { GROUP, "Name", GH_CONFIG_STRING, NULL, 0, 0, NULL, "name of the plugin" },
  { GROUP, "Module", GH_CONFIG_STRING, NULL, 0, 0, NULL, "file name of its module" },
  { GROUP, "Abi", GH_CONFIG_STRING, NULL, 0, 0, NULL, "MAJOR.MINOR it was built for" },
  { GROUP, "Capabilities", GH_CONFIG_LIST, NULL, 0, 0, NULL, "what it is for" },
  { GROUP, "Requires", GH_CONFIG_LIST, NULL, 0, 0, NULL, "plugins that it needs" },
  { GROUP, "After", GH_CONFIG_LIST, NULL, 0, 0, NULL, "plugins that come before it" },
  { GROUP, "Sha256", GH_CONFIG_STRING, NULL, 0, 0, NULL, "digest of its module" },
  { NULL }
};

static const char *const mandatory_keys[] = { "Name", "Module", "Abi", "Capabilities", "Sha256" };

static const struct {
  const char *name;
  guint32 bit;
} capabilities[] = {
  { "transport", GH_CAPABILITY_TRANSPORT }, { "store", GH_CAPABILITY_STORE },
  { "security", GH_CAPABILITY_SECURITY },   { "enrol", GH_CAPABILITY_ENROL },
  { "primitive", GH_CAPABILITY_PRIMITIVE }, { "serializer", GH_CAPABILITY_SERIALIZER },
};

/* What one parse carries around: the octets, for the line of a complaint. */
typedef struct {
  const char *text;
  gsize length;
  const char *name;
  const GhConfig *config;
} ManifestSource;

gboolean
gh_plugin_name_is_valid (const char *name)
{
  gsize length;

  g_return_val_if_fail (name != NULL, FALSE);
  length = strlen (name);
  if (length == 0 || length > GH_MANIFEST_MAX_NAME || name[0] == '-')
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_islower (name[i]) && !g_ascii_isdigit (name[i]) && name[i] != '-')
      return FALSE;
  return TRUE;
}

guint32
gh_capability_from_string (const char *text)
{
  g_return_val_if_fail (text != NULL, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (capabilities); i++)
    if (strcmp (capabilities[i].name, text) == 0)
      return capabilities[i].bit;
  return 0;
}

char **
gh_capabilities_to_strv (guint32 bits)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (capabilities); i++)
    if (bits & capabilities[i].bit)
      g_strv_builder_add (builder, capabilities[i].name);
  return g_strv_builder_end (builder);
}

guint32
gh_capabilities_mask (void)
{
  guint32 mask = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (capabilities); i++)
    mask |= capabilities[i].bit;
  return mask;
}

/* An empty value may be NULL to the parser; here both are refused by the check that follows. */
static const char *
string_of (const ManifestSource *source, const char *key)
{
  const char *value = gh_config_get_string (source->config, GROUP, key);

  return value != NULL ? value : "";
}

/* The line that @key stands on: the configuration parser has seen to it that there is only one. */
static guint
line_of_key (const ManifestSource *source, const char *key)
{
  const char *at = source->text, *end = source->text + source->length;
  gsize key_length = strlen (key);

  for (guint line = 1; at < end; line++)
    {
      const char *eol = memchr (at, '\n', end - at);

      while (at < end && (*at == ' ' || *at == '\t'))
        at++;
      if ((gsize) (end - at) > key_length && memcmp (at, key, key_length) == 0
          && (at[key_length] == '=' || at[key_length] == ' ' || at[key_length] == '\t'))
        return line;
      at = eol == NULL ? end : eol + 1;
    }
  return 0;
}

static gboolean refuse (const ManifestSource *source, const char *key, GError **error,
                        const char *format, ...) G_GNUC_PRINTF (4, 5);

static gboolean
refuse (const ManifestSource *source, const char *key, GError **error, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, GH_ERROR, GH_ERROR_PLUGIN, "%s:%u: [" GROUP "] %s: %s", source->name,
               line_of_key (source, key), key, text);
  return FALSE;
}

static gboolean
module_name_is_plain (const char *module)
{
  gsize length = strlen (module);

  if (length == 0 || length > GH_MANIFEST_MAX_NAME + 8 || module[0] == '.' || module[0] == '-')
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isalnum (module[i]) && strchr (".-_+", module[i]) == NULL)
      return FALSE;
  return TRUE;
}

static gboolean
read_names (const ManifestSource *source, GhManifest *manifest, GError **error)
{
  const char *name = string_of (source, "Name");
  const char *module = string_of (source, "Module");

  if (!gh_plugin_name_is_valid (name))
    return refuse (source, "Name", error,
                   "'%s' is not a name: 1 to %d of a-z, 0-9 and '-' were expected", name,
                   GH_MANIFEST_MAX_NAME);
  if (!module_name_is_plain (module))
    return refuse (source, "Module", error,
                   "'%s' is not a plain file name beside the manifest, such as %s.so", module,
                   name);
  manifest->name = g_strdup (name);
  manifest->module = g_strdup (module);
  return TRUE;
}

/* One number of Abi: decimal, no sign, no leading zero, at most 65535. */
static gboolean
read_number (const char **at, guint16 *out_number)
{
  guint number = 0;
  const char *start = *at;

  while (g_ascii_isdigit (**at) && number <= G_MAXUINT16)
    number = number * 10 + (guint) g_ascii_digit_value (*(*at)++);
  if (*at == start || number > G_MAXUINT16 || (start[0] == '0' && *at - start > 1))
    return FALSE;
  *out_number = (guint16) number;
  return TRUE;
}

static gboolean
read_abi (const ManifestSource *source, GhManifest *manifest, GError **error)
{
  const char *text = string_of (source, "Abi");
  const char *at = text;

  if (!read_number (&at, &manifest->abi_major) || *at++ != '.'
      || !read_number (&at, &manifest->abi_minor) || *at != '\0')
    return refuse (source, "Abi", error, "'%s' is not MAJOR.MINOR, such as %d.%d", text,
                   GH_PLUGIN_ABI_MAJOR, GH_PLUGIN_ABI_MINOR);
  return TRUE;
}

static gboolean
read_capabilities (const ManifestSource *source, GhManifest *manifest, GError **error)
{
  const char *const *list = gh_config_get_list (source->config, GROUP, "Capabilities");

  for (gsize i = 0; list != NULL && list[i] != NULL; i++)
    {
      guint32 bit = gh_capability_from_string (list[i]);

      if (bit == 0)
        return refuse (source, "Capabilities", error,
                       "'%s' is not a capability that this host knows", list[i]);
      if (manifest->capabilities & bit)
        return refuse (source, "Capabilities", error, "'%s' stands there twice", list[i]);
      manifest->capabilities |= bit;
    }
  if (manifest->capabilities == 0)
    return refuse (source, "Capabilities", error, "at least one was expected");
  return TRUE;
}

static gboolean
read_plugins (const ManifestSource *source, const char *key, char ***out_names, GError **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  const char *const *list = gh_config_get_list (source->config, GROUP, key);

  for (gsize i = 0; list != NULL && list[i] != NULL; i++)
    {
      if (i >= GH_MANIFEST_MAX_LIST)
        return refuse (source, key, error, "more than %d names", GH_MANIFEST_MAX_LIST);
      if (!gh_plugin_name_is_valid (list[i]))
        return refuse (source, key, error, "'%s' is not the name of a plugin", list[i]);
      g_strv_builder_add (builder, list[i]);
    }
  *out_names = g_strv_builder_end (builder);
  return TRUE;
}

static gboolean
read_digest (const ManifestSource *source, GhManifest *manifest, GError **error)
{
  const char *text = string_of (source, "Sha256");

  if (strlen (text) != 2 * sizeof manifest->digest)
    return refuse (source, "Sha256", error, "%u characters, %u hexadecimal digits were expected",
                   (guint) strlen (text), (guint) (2 * sizeof manifest->digest));
  for (gsize i = 0; i < sizeof manifest->digest; i++)
    {
      int high = g_ascii_xdigit_value (text[2 * i]), low = g_ascii_xdigit_value (text[2 * i + 1]);

      if (high < 0 || low < 0)
        return refuse (source, "Sha256", error, "character %u is not a hexadecimal digit",
                       (guint) (high < 0 ? 2 * i + 1 : 2 * i + 2));
      manifest->digest[i] = (guint8) (high << 4 | low);
    }
  return TRUE;
}

static GhConfig *
parse_keyfile (const char *text, gsize length, const char *name, GError **error)
{
  g_autoptr (GError) inner = NULL;
  GhConfig *config;

  if (length > GH_MANIFEST_MAX_SIZE)
    {
      g_set_error (error, GH_ERROR, GH_ERROR_PLUGIN,
                   "%s: %" G_GSIZE_FORMAT " octets, a manifest has at most %d", name, length,
                   GH_MANIFEST_MAX_SIZE);
      return NULL;
    }
  config = gh_config_parse (text, length, name, manifest_keys, &inner);
  /* To the caller it is the plugin that is refused; the message already says where. */
  if (config == NULL)
    g_set_error_literal (error, GH_ERROR, GH_ERROR_PLUGIN, inner->message);
  return config;
}

GhManifest *
gh_manifest_parse (const char *text, gsize length, const char *name, GError **error)
{
  g_autoptr (GhManifest) manifest = g_new0 (GhManifest, 1);
  g_autoptr (GhConfig) config = parse_keyfile (text, length, name, error);
  ManifestSource source = { text, length, name, config };

  if (config == NULL)
    return NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (mandatory_keys); i++)
    if (!gh_config_is_set (config, GROUP, mandatory_keys[i]))
      {
        g_set_error (error, GH_ERROR, GH_ERROR_PLUGIN, "%s: [" GROUP "] %s is missing", name,
                     mandatory_keys[i]);
        return NULL;
      }
  if (!read_names (&source, manifest, error) || !read_abi (&source, manifest, error)
      || !read_capabilities (&source, manifest, error)
      || !read_plugins (&source, "Requires", &manifest->requires_names, error)
      || !read_plugins (&source, "After", &manifest->after_names, error)
      || !read_digest (&source, manifest, error))
    return NULL;
  return g_steal_pointer (&manifest);
}

void
gh_manifest_free (GhManifest *manifest)
{
  if (manifest == NULL)
    return;
  g_free (manifest->name);
  g_free (manifest->module);
  g_strfreev (manifest->requires_names);
  g_strfreev (manifest->after_names);
  g_free (manifest);
}
