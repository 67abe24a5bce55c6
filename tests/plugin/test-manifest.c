/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "plugin/gh-manifest.h"

#include <string.h>

#define DIGEST "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"
#define HEAD   "[Plugin]\nName=http\nModule=http.so\nAbi=1.0\nCapabilities=transport\n"
#define GOOD   HEAD "Sha256=" DIGEST "\n"

static GhManifest *
parse (const char *text, GError **error)
{
  return gh_manifest_parse (text, strlen (text), "x.plugin", error);
}

static void
test_reads_every_key (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GhManifest) manifest = NULL;

  manifest = parse ("# a comment\n\n[Plugin]\nName=gba-2\nModule=libgba+2_x.so\nAbi=65535.0\n"
                    "Capabilities=security; enrol\nRequires=psk;http\nAfter=cert\n"
                    "Sha256=" DIGEST "\n",
                    &error);
  g_assert_no_error (error);
  g_assert_cmpstr (manifest->name, ==, "gba-2");
  g_assert_cmpstr (manifest->module, ==, "libgba+2_x.so");
  g_assert_cmpuint (manifest->abi_major, ==, 65535);
  g_assert_cmpuint (manifest->abi_minor, ==, 0);
  g_assert_cmpuint (manifest->capabilities, ==, GH_CAPABILITY_SECURITY | GH_CAPABILITY_ENROL);
  g_assert_cmpstr (manifest->requires_names[0], ==, "psk");
  g_assert_cmpstr (manifest->requires_names[1], ==, "http");
  g_assert_null (manifest->requires_names[2]);
  g_assert_cmpstr (manifest->after_names[0], ==, "cert");
  g_assert_cmphex (manifest->digest[1], ==, 0x11);
  g_assert_cmphex (manifest->digest[31], ==, 0xff);
}

static void
test_requires_and_after_may_be_absent (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GhManifest) manifest = parse (GOOD, &error);

  g_assert_no_error (error);
  g_assert_null (manifest->requires_names[0]);
  g_assert_null (manifest->after_names[0]);
}

static void
test_each_mandatory_key_is_missed (void)
{
  static const char *const keys[] = { "Name", "Module", "Abi", "Capabilities", "Sha256" };

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_auto (GStrv) lines = g_strsplit (GOOD, "\n", -1);
      g_autoptr (GString) text = g_string_new (NULL);
      g_autofree char *expected = g_strdup_printf ("x.plugin: [Plugin] %s is missing", keys[i]);
      g_autoptr (GError) error = NULL;

      for (gsize line = 0; lines[line] != NULL; line++)
        if (!g_str_has_prefix (lines[line], keys[i]))
          g_string_append_printf (text, "%s\n", lines[line]);
      g_assert_null (parse (text->str, &error));
      g_assert_error (error, GH_ERROR, GH_ERROR_PLUGIN);
      g_assert_cmpstr (error->message, ==, expected);
    }
}

static const struct {
  const char *text;
  const char *reason; /* part of the message */
} refusals[] = {
  { "", "is missing" },
  { "[Plugin]\n", "is missing" },
  { GOOD "Signed=yes\n", ":7:" },
  { GOOD "[Other]\n", ":7:" },
  { GOOD "Name=http\n", ":7:" },
  { "Name=http\n", ":1:" },
  { GOOD "nonsense\n", ":7:" },
  { "[Plugin]\nName=../x\n"
    "Module=a.so\nAbi=1.0\nCapabilities=store\nSha256=" DIGEST "\n",
    "x.plugin:2: [Plugin] Name: '../x' is not a name" },
  { "[Plugin]\nName=Http\n"
    "Module=a.so\nAbi=1.0\nCapabilities=store\nSha256=" DIGEST "\n",
    ":2: [Plugin] Name: 'Http'" },
  { "[Plugin]\nName=-x\n"
    "Module=a.so\nAbi=1.0\nCapabilities=store\nSha256=" DIGEST "\n",
    ":2: [Plugin] Name: '-x'" },
  { "[Plugin]\nName=x\nModule=../a.so\nAbi=1.0\nCapabilities=store\nSha256=" DIGEST "\n",
    ":3: [Plugin] Module: '../a.so' is not a plain file name" },
  { "[Plugin]\nName=x\nModule=/lib/a.so\nAbi=1.0\nCapabilities=store\nSha256=" DIGEST "\n",
    ":3: [Plugin] Module: '/lib/a.so'" },
  { "[Plugin]\nName=x\nModule=..\nAbi=1.0\nCapabilities=store\nSha256=" DIGEST "\n",
    ":3: [Plugin] Module: '..'" },
  { "[Plugin]\nName=x\nModule=.hidden\nAbi=1.0\nCapabilities=store\nSha256=" DIGEST "\n",
    ":3: [Plugin] Module: '.hidden'" },
  { "[Plugin]\nName=x\nModule=x.so\nAbi=1\nCapabilities=store\nSha256=" DIGEST "\n",
    ":4: [Plugin] Abi: '1' is not MAJOR.MINOR" },
  { "[Plugin]\nName=x\nModule=x.so\nAbi=1.0.0\nCapabilities=store\nSha256=" DIGEST "\n",
    ":4: [Plugin] Abi" },
  { "[Plugin]\nName=x\nModule=x.so\nAbi=01.0\nCapabilities=store\nSha256=" DIGEST "\n",
    ":4: [Plugin] Abi" },
  { "[Plugin]\nName=x\nModule=x.so\nAbi=+1.0\nCapabilities=store\nSha256=" DIGEST "\n",
    ":4: [Plugin] Abi" },
  { "[Plugin]\nName=x\nModule=x.so\nAbi=65536.0\nCapabilities=store\nSha256=" DIGEST "\n",
    ":4: [Plugin] Abi" },
  { "[Plugin]\nName=x\nModule=x.so\nAbi=1.99999999999999999999\nCapabilities=store\nSha256=" DIGEST
    "\n",
    ":4: [Plugin] Abi" },
  { "[Plugin]\nName=x\nModule=x.so\nAbi=1.0\nCapabilities=magic\nSha256=" DIGEST "\n",
    ":5: [Plugin] Capabilities: 'magic' is not a capability" },
  { "[Plugin]\nName=x\nModule=x.so\nAbi=1.0\nCapabilities=store;store\nSha256=" DIGEST "\n",
    ":5: [Plugin] Capabilities: 'store' stands there twice" },
  { "[Plugin]\nName=x\nModule=x.so\nAbi=1.0\nCapabilities=\nSha256=" DIGEST "\n", "Capabilities" },
  { GOOD "Requires=a b\n", ":7: [Plugin] Requires: 'a b' is not the name of a plugin" },
  { GOOD "After=A\n", ":7: [Plugin] After: 'A'" },
  { HEAD "Sha256=00\n", ":6: [Plugin] Sha256: 2 characters, 64 hexadecimal digits" },
  { HEAD "Sha256=" DIGEST "0\n", ":6: [Plugin] Sha256: 65 characters" },
  { HEAD "Sha256=0g112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF\n",
    ":6: [Plugin] Sha256: character 2 is not" },
  { HEAD "Sha256=\n", "Sha256" },
};

static void
test_refuses_with_the_line (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (parse (refusals[i].text, &error));
      g_assert_error (error, GH_ERROR, GH_ERROR_PLUGIN);
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, refusals[i].reason));
    }
}

static void
test_refuses_every_truncation (void)
{
  /* Without its last line end the manifest is still whole. */
  for (gsize cut = 0; cut < strlen (GOOD) - 1; cut++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (gh_manifest_parse (GOOD, cut, "x.plugin", &error));
      g_assert_error (error, GH_ERROR, GH_ERROR_PLUGIN);
    }
}

static void
test_refuses_what_is_too_much (void)
{
  g_autofree char *comment = g_strnfill (GH_MANIFEST_MAX_SIZE, '#');
  g_autofree char *large = g_strconcat (GOOD, comment, "\n", NULL);
  g_autofree char *name = g_strnfill (GH_MANIFEST_MAX_NAME + 1, 'n');
  g_autoptr (GString) many = g_string_new (GOOD "Requires=");
  g_autoptr (GError) error = NULL;

  g_assert_null (parse (large, &error));
  g_assert_nonnull (strstr (error->message, "a manifest has at most 65536"));
  g_clear_error (&error);

  for (guint i = 0; i <= GH_MANIFEST_MAX_LIST; i++)
    g_string_append_printf (many, "p%u;", i);
  g_assert_null (parse (many->str, &error));
  g_assert_nonnull (strstr (error->message, "more than 32 names"));
  g_assert_false (gh_plugin_name_is_valid (name));
}

static void
test_refuses_octets_that_are_not_text (void)
{
  static const char nul[] = GOOD "After=a\0b\n", bad_utf8[] = GOOD "After=\xff\n";
  g_autoptr (GError) error = NULL;

  g_assert_null (gh_manifest_parse (nul, sizeof nul - 1, "x.plugin", &error));
  g_assert_error (error, GH_ERROR, GH_ERROR_PLUGIN);
  g_clear_error (&error);
  g_assert_null (gh_manifest_parse (bad_utf8, sizeof bad_utf8 - 1, "x.plugin", &error));
  g_assert_error (error, GH_ERROR, GH_ERROR_PLUGIN);
}

static void
test_capabilities_have_names (void)
{
  g_auto (GStrv) names = gh_capabilities_to_strv (gh_capabilities_mask ());
  guint32 bits = 0;

  g_assert_cmpuint (g_strv_length (names), ==, 6);
  for (gsize i = 0; names[i] != NULL; i++)
    bits |= gh_capability_from_string (names[i]);
  g_assert_cmphex (bits, ==, gh_capabilities_mask ());
  g_assert_cmpuint (gh_capability_from_string ("Store"), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/manifest/reads-every-key", test_reads_every_key);
  g_test_add_func ("/manifest/requires-and-after-may-be-absent",
                   test_requires_and_after_may_be_absent);
  g_test_add_func ("/manifest/each-mandatory-key-is-missed", test_each_mandatory_key_is_missed);
  g_test_add_func ("/manifest/refuses-with-the-line", test_refuses_with_the_line);
  g_test_add_func ("/manifest/refuses-every-truncation", test_refuses_every_truncation);
  g_test_add_func ("/manifest/refuses-what-is-too-much", test_refuses_what_is_too_much);
  g_test_add_func ("/manifest/refuses-octets-that-are-not-text",
                   test_refuses_octets_that_are_not_text);
  g_test_add_func ("/manifest/capabilities-have-names", test_capabilities_have_names);
  return g_test_run ();
}
