/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/gh-config.h"

#include <string.h>

/* A file is refused with its name and a line, or every value is within what the table says. */

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static const GhConfigKey keys[] = {
  { "cse", "id", GH_CONFIG_STRING, "gatehouse", 0, 0, NULL, "CSE-ID" },
  { "cse", "type", GH_CONFIG_CHOICE, "in", 0, 0, "in|mn|asn", "CSE type" },
  { "http", "port", GH_CONFIG_INTEGER, "8080", 0, 65535, NULL, "port" },
  { "http", "offset", GH_CONFIG_INTEGER, "0", -10, 10, NULL, "signed" },
  { "http", "origins", GH_CONFIG_LIST, NULL, 0, 0, NULL, "list" },
  { "limits", "body", GH_CONFIG_SIZE, "64K", 1024, 16777216, NULL, "octets" },
  { "limits", "timeout", GH_CONFIG_DURATION, "30s", 0, 0, NULL, "seconds" },
  { "access", "hide", GH_CONFIG_BOOLEAN, "no", 0, 0, NULL, "flag" },
  { NULL, NULL, GH_CONFIG_STRING, NULL, 0, 0, NULL, NULL },
};

static void
check_values (const GhConfig *config)
{
  static const char *const types[] = { "in", "mn", "asn", NULL };
  const char *const *list = gh_config_get_list (config, "http", "origins");
  gint64 value;

  g_assert_true (g_utf8_validate (gh_config_get_string (config, "cse", "id"), -1, NULL));
  g_assert_true (g_strv_contains (types, gh_config_get_string (config, "cse", "type")));
  value = gh_config_get_integer (config, "http", "port");
  g_assert_true (value >= 0 && value <= 65535);
  value = gh_config_get_integer (config, "http", "offset");
  g_assert_true (value >= -10 && value <= 10);
  value = gh_config_get_integer (config, "limits", "body");
  g_assert_true (value >= 1024 && value <= 16777216);
  g_assert_cmpint (gh_config_get_integer (config, "limits", "timeout"), >=, 0);
  for (; *list != NULL; list++)
    g_assert_true (**list != '\0');
  gh_config_get_boolean (config, "access", "hide");
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GhConfig) config = gh_config_parse ((const char *) data, size, "fuzz.conf", keys,
                                                 &error);

  if (config != NULL)
    {
      g_assert_no_error (error);
      check_values (config);
      return 0;
    }
  g_assert_error (error, GH_ERROR, GH_ERROR_CONFIG);
  g_assert_true (g_str_has_prefix (error->message, "fuzz.conf:"));
  return 0;
}
