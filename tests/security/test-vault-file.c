/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/gh-log.h"
#include "vault-fixture.h"

static gboolean
has (VaultFixture *fixture, const char *subject)
{
  g_autoptr (GhCredential) found = gh_vault_find (fixture->vault, GH_CREDENTIAL_PSK, subject);

  return found != NULL;
}

/* A file of two changes; @cut: where the last one begins. */
static void
make_two (VaultFixture *fixture, char **out, gsize *out_length, gsize *out_cut)
{
  g_autofree char *before = NULL;

  vault_fixture_add (fixture, "first@example.org", NULL, "Cfirst");
  vault_fixture_read (fixture, &before, out_cut);
  vault_fixture_add (fixture, "second@example.org", NULL, "Csecond");
  vault_fixture_close (fixture);
  vault_fixture_read (fixture, out, out_length);
  g_assert_cmpuint (*out_length, >, *out_cut);
  g_assert_cmpmem (before, *out_cut, *out, *out_cut);
}

static void
test_everything_is_there_again (VaultFixture *fixture, gconstpointer data)
{
  g_autoptr (GhSecret) secret = NULL;
  GhVaultDraft draft = vault_fixture_draft ("a@example.org", &secret);
  const char *const identities[] = { "Ca", "Sb", NULL }, *const stems[] = { "Cpump*", "S", NULL };
  const char *const app_ids[] = { "Norg.demo*", NULL };
  const char *const targets[] = { "192.0.2.1:5684", "[::1]:443", NULL };
  g_autoptr (GhCredential) found = NULL, added = NULL;
  g_autoptr (GhSecret) item = gh_secret_new ("an item", 7, NULL), item_found = NULL;

  draft.label = "Pump in the cellar, größer";
  draft.owner = "somebody";
  draft.identities = identities;
  draft.stems = stems;
  draft.app_ids = app_ids;
  draft.targets = targets;
  draft.administrator = TRUE;
  draft.not_after_us = FIXTURE_NOW_US + 5;
  added = gh_vault_add (fixture->vault, &draft, NULL);
  g_assert_nonnull (added);
  g_assert_true (gh_vault_put_item (fixture->vault, "an-item", item, NULL));
  vault_fixture_open (fixture);
  found = gh_vault_find_id (fixture->vault, "12-a@example.org");
  g_assert_nonnull (found);
  g_assert_cmpuint (found->number, ==, added->number);
  g_assert_cmpint (found->kind, ==, GH_CREDENTIAL_PSK);
  g_assert_cmpint (found->state, ==, GH_CREDENTIAL_ACTIVE);
  g_assert_cmpuint (found->generation, ==, 1);
  g_assert_cmpuint (found->suid, ==, 12);
  g_assert_cmpstr (found->subject, ==, "a@example.org");
  g_assert_cmpstr (found->owner, ==, "somebody");
  g_assert_cmpstr (found->label, ==, draft.label);
  g_assert_true (g_strv_equal (found->identities, identities));
  g_assert_true (g_strv_equal (found->stems, stems));
  g_assert_true (g_strv_equal (found->app_ids, app_ids));
  g_assert_true (g_strv_equal (found->targets, targets));
  g_assert_true (found->administrator);
  g_assert_cmpint (found->not_before_us, ==, FIXTURE_NOW_US);
  g_assert_cmpint (found->not_after_us, ==, FIXTURE_NOW_US + 5);
  g_assert_cmpint (found->created_us, ==, FIXTURE_NOW_US);
  g_assert_true (gh_secret_equal (found->secret, secret));
  item_found = gh_vault_get_item (fixture->vault, "an-item");
  g_assert_true (gh_secret_equal (item, item_found));
}

static void
test_nothing_of_it_can_be_read (VaultFixture *fixture, gconstpointer data)
{
  static const char *const words[] = { "hidden", "example", "Cwho", "server-key", "of the item" };
  g_autoptr (GhSecret) item = gh_secret_new ("of the item", 11, NULL);
  g_autofree char *contents = NULL;
  gsize length;

  vault_fixture_add (fixture, "hidden@example.org", NULL, "Cwho");
  g_assert_true (gh_vault_put_item (fixture->vault, "server-key", item, NULL));
  vault_fixture_read (fixture, &contents, &length);
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    g_assert_null (memmem (contents, length, words[i], strlen (words[i])));
}

static void
test_power_lost_at_any_octet (VaultFixture *fixture, gconstpointer data)
{
  g_autofree char *contents = NULL;
  gsize length, cut;

  make_two (fixture, &contents, &length, &cut);
  for (gsize at = cut; at <= length; at++)
    {
      g_test_message ("cut at %" G_GSIZE_FORMAT, at);
      vault_fixture_write (fixture, contents, at);
      vault_fixture_open (fixture);
      g_assert_true (has (fixture, "first@example.org"));
      g_assert_cmpint (has (fixture, "second@example.org"), ==, at == length);
      if (at % 8 != 0)
        continue;
      /* It can be used, and what is added stays. */
      vault_fixture_add (fixture, "third@example.org", NULL, NULL);
      vault_fixture_open (fixture);
      g_assert_true (has (fixture, "third@example.org"));
      vault_fixture_close (fixture);
    }
}

/* The length of a file may reach the disk before its octets do. */
static void
test_power_lost_leaves_zeros (VaultFixture *fixture, gconstpointer data)
{
  g_autofree char *contents = NULL;
  gsize length, cut;

  make_two (fixture, &contents, &length, &cut);
  memset (contents + cut, 0, length - cut);
  vault_fixture_write (fixture, contents, length);
  vault_fixture_open (fixture);
  g_assert_true (has (fixture, "first@example.org"));
  g_assert_false (has (fixture, "second@example.org"));
}

static void
test_every_flipped_bit_is_found (VaultFixture *fixture, gconstpointer data)
{
  g_autofree char *contents = NULL;
  gsize length, cut;

  make_two (fixture, &contents, &length, &cut);
  for (gsize at = 0; at < length; at++)
    {
      contents[at] = (char) (contents[at] ^ (1 << at % 8));
      vault_fixture_write (fixture, contents, length);
      vault_fixture_refused (fixture, NULL);
      contents[at] = (char) (contents[at] ^ (1 << at % 8));
    }
  vault_fixture_write (fixture, contents, length);
  vault_fixture_open (fixture);
  g_assert_true (has (fixture, "second@example.org"));
}

/* Frames of one file: the header, then four of equal size. */
static void
make_four (VaultFixture *fixture, char **out, gsize *out_start, gsize *out_size)
{
  g_autofree char *empty = NULL;
  gsize length;

  vault_fixture_read (fixture, &empty, out_start);
  vault_fixture_add (fixture, "a@example.org", NULL, NULL);
  vault_fixture_add (fixture, "b@example.org", NULL, NULL);
  vault_fixture_add (fixture, "c@example.org", NULL, NULL);
  vault_fixture_add (fixture, "d@example.org", NULL, NULL);
  vault_fixture_close (fixture);
  vault_fixture_read (fixture, out, &length);
  *out_size = (length - *out_start) / 4;
  g_assert_cmpuint (*out_start + 4 * *out_size, ==, length);
}

static void
test_records_keep_their_places (VaultFixture *fixture, gconstpointer data)
{
  static const char orders[][5] = { "1023", "0213", "0132", "023", "013", "0012", "123", "3210" };
  g_autofree char *contents = NULL;
  gsize start, size;

  make_four (fixture, &contents, &start, &size);
  for (guint i = 0; i < G_N_ELEMENTS (orders); i++)
    {
      g_autoptr (GByteArray) made = g_byte_array_new ();

      g_byte_array_append (made, (const guint8 *) contents, (guint) start);
      for (const char *p = orders[i]; *p != '\0'; p++)
        g_byte_array_append (made, (const guint8 *) contents + start + (gsize) (*p - '0') * size,
                             (guint) size);
      vault_fixture_write (fixture, (const char *) made->data, made->len);
      vault_fixture_refused (fixture, "not what was written");
    }
}

/* Of another vault with the same key. */
static void
test_records_stay_in_their_file (VaultFixture *fixture, gconstpointer data)
{
  g_autofree char *one = NULL, *two = NULL;
  gsize start, size, two_length;

  make_four (fixture, &one, &start, &size);
  g_assert_cmpint (g_remove (fixture->path), ==, 0);
  vault_fixture_open (fixture);
  vault_fixture_add (fixture, "a@example.org", NULL, NULL);
  vault_fixture_close (fixture);
  vault_fixture_read (fixture, &two, &two_length);
  memcpy (one + start, two + start, size);
  vault_fixture_write (fixture, one, start + 4 * size);
  vault_fixture_refused (fixture, "not what was written");
}

static void
test_wrong_key_opens_nothing (VaultFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  vault_fixture_close (fixture);
  gh_secret_unref (fixture->key);
  fixture->key = gh_secret_new_random (32, &error);
  vault_fixture_refused (fixture, "the key is not the one");
  gh_secret_unref (fixture->key);
  fixture->key = gh_secret_new_random (31, &error);
  g_assert_null (gh_vault_open (fixture->path, fixture->key, fixture->clock, &error));
  g_assert_error (error, GH_ERROR, GH_ERROR_CONFIG);
}

static void
test_one_process_has_it (VaultFixture *fixture, gconstpointer data)
{
  vault_fixture_refused (fixture, "another process has it open");
  vault_fixture_add (fixture, "a@example.org", NULL, NULL);
  vault_fixture_refused (fixture, "another process has it open");
}

static void
test_nobody_else_may_use_it (VaultFixture *fixture, gconstpointer data)
{
  static const mode_t open_modes[] = { 0604, 0640, 0602, 0620, 0660, 0610, 0777 };
  g_autofree char *other = g_build_filename (fixture->folder, "other", NULL);

  vault_fixture_close (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (open_modes); i++)
    {
      g_assert_cmpint (g_chmod (fixture->path, open_modes[i]), ==, 0);
      vault_fixture_refused (fixture, "mode 0600 is expected");
    }
  g_assert_cmpint (g_chmod (fixture->path, 0600), ==, 0);
  g_assert_cmpint (link (fixture->path, other), ==, 0);
  vault_fixture_refused (fixture, "one name");
  g_assert_cmpint (g_remove (fixture->path), ==, 0);
  g_assert_cmpint (symlink ("other", fixture->path), ==, 0);
  vault_fixture_refused (fixture, NULL);
  g_assert_cmpint (g_remove (fixture->path), ==, 0);
  g_assert_cmpint (g_rename (other, fixture->path), ==, 0);
  g_assert_cmpint (g_chmod (fixture->folder, 0770), ==, 0);
  vault_fixture_refused (fixture, "others may change its folder");
  g_assert_cmpint (g_chmod (fixture->folder, 0700), ==, 0);
  if (geteuid () == 0)
    {
      g_assert_cmpint (chown (fixture->path, 65534, (gid_t) -1), ==, 0);
      vault_fixture_refused (fixture, "another user");
      g_assert_cmpint (chown (fixture->path, 0, (gid_t) -1), ==, 0);
    }
  vault_fixture_open (fixture);
}

static void
test_what_is_no_vault_is_left_alone (VaultFixture *fixture, gconstpointer data)
{
  g_autofree char *contents = NULL;
  gsize length;
  char text[4096];

  vault_fixture_close (fixture);
  memset (text, 'x', sizeof text);
  vault_fixture_write (fixture, text, sizeof text);
  vault_fixture_refused (fixture, "header was changed");
  vault_fixture_read (fixture, &contents, &length);
  g_assert_cmpmem (contents, length, text, sizeof text);
  vault_fixture_write (fixture, "", 0);
  vault_fixture_refused (fixture, "shorter than its header");
}

static void
test_removed_keys_leave_the_file (VaultFixture *fixture, gconstpointer data)
{
  g_autofree char *empty = NULL, *full = NULL, *after = NULL;
  gsize n_empty, n_full, n_after;
  guint64 number, again;

  vault_fixture_read (fixture, &empty, &n_empty);
  number = vault_fixture_add (fixture, "a@example.org", NULL, "Ca");
  g_assert_true (gh_vault_remove (fixture->vault, number, NULL));
  vault_fixture_read (fixture, &full, &n_full);
  vault_fixture_open (fixture);
  vault_fixture_read (fixture, &after, &n_after);
  g_assert_cmpuint (n_after, <, n_full);
  g_assert_false (has (fixture, "a@example.org"));
  again = vault_fixture_add (fixture, "b@example.org", NULL, "Ca");
  g_assert_cmpuint (again, >, number);
}

static void
test_the_file_does_not_grow_for_ever (VaultFixture *fixture, gconstpointer data)
{
  const guint64 number = vault_fixture_add (fixture, "a@example.org", NULL, NULL);
  struct stat seen;

  for (guint i = 0; i < 1000; i++)
    g_assert_true (gh_vault_set_validity (fixture->vault, number, 0, FIXTURE_NOW_US + 1 + i, NULL));
  g_assert_cmpint (stat (fixture->path, &seen), ==, 0);
  g_assert_cmpint (seen.st_size, <, 270 * 300);
  vault_fixture_refused (fixture, "another process has it open");
  vault_fixture_open (fixture);
  g_assert_true (has (fixture, "a@example.org"));
  g_assert_cmpint (stat (fixture->path, &seen), ==, 0);
  g_assert_cmpint (seen.st_size, <, 600);
}

static void
test_an_unfinished_successor_is_no_harm (VaultFixture *fixture, gconstpointer data)
{
  g_autofree char *successor = g_strconcat (fixture->path, ".new", NULL);
  const guint64 number = vault_fixture_add (fixture, "a@example.org", NULL, NULL);

  g_assert_true (gh_vault_remove (fixture->vault, number, NULL));
  vault_fixture_add (fixture, "b@example.org", NULL, NULL);
  vault_fixture_close (fixture);
  g_assert_true (g_file_set_contents (successor, "half of a vault", -1, NULL));
  vault_fixture_open (fixture);
  g_assert_true (has (fixture, "b@example.org"));
  g_assert_false (g_file_test (successor, G_FILE_TEST_EXISTS));
}

static void
test_the_key_is_made_once (VaultFixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "key", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GhSecret) made = NULL, again = NULL;
  gsize length;

  g_assert_null (gh_vault_key_load (path, FALSE, &error));
  g_assert_error (error, GH_ERROR, GH_ERROR_STORE);
  g_clear_error (&error);
  made = gh_vault_key_load (path, TRUE, &error);
  g_assert_no_error (error);
  again = gh_vault_key_load (path, TRUE, &error);
  g_assert_no_error (error);
  g_assert_true (gh_secret_equal (made, again));
  gh_secret_data (made, &length);
  g_assert_cmpuint (length, ==, 32);
  g_assert_cmpint (g_chmod (path, 0644), ==, 0);
  g_assert_null (gh_vault_key_load (path, TRUE, &error));
  g_assert_error (error, GH_ERROR, GH_ERROR_STORE);
  g_clear_error (&error);
  g_assert_true (
    g_file_set_contents_full (path, "short", 5, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
  g_assert_null (gh_vault_key_load (path, TRUE, &error));
  g_assert_error (error, GH_ERROR, GH_ERROR_STORE);
}

static void
test_the_key_of_systemd_goes_first (VaultFixture *fixture, gconstpointer data)
{
  static const char octets[] = "0123456789abcdef0123456789abcdef";
  g_autofree char *path = g_build_filename (fixture->folder, "key", NULL);
  g_autofree char *given = g_build_filename (fixture->folder, "gatehouse-vault-key", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GhSecret) own = gh_vault_key_load (path, TRUE, &error), loaded = NULL;
  g_autoptr (GhSecret) expected = gh_secret_new (octets, 32, NULL);

  g_setenv ("CREDENTIALS_DIRECTORY", fixture->folder, TRUE);
  loaded = gh_vault_key_load (path, FALSE, &error);
  g_assert_no_error (error);
  g_assert_true (gh_secret_equal (loaded, own));
  g_clear_pointer (&loaded, gh_secret_unref);
  g_assert_true (
    g_file_set_contents_full (given, octets, 32, G_FILE_SET_CONTENTS_CONSISTENT, 0440, NULL));
  loaded = gh_vault_key_load (path, FALSE, &error);
  g_assert_no_error (error);
  g_assert_true (gh_secret_equal (loaded, expected));
  /* One that is wrong is not passed over. */
  g_assert_cmpint (g_chmod (given, 0444), ==, 0);
  g_assert_null (gh_vault_key_load (path, TRUE, &error));
  g_assert_error (error, GH_ERROR, GH_ERROR_STORE);
  g_unsetenv ("CREDENTIALS_DIRECTORY");
}

#define ADD(path, func)                                                            \
  g_test_add ("/vault-file/" path, VaultFixture, NULL, vault_fixture_set_up, func, \
              vault_fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gh_log_set_level (GH_LOG_ERROR);
  ADD ("everything-is-there-again", test_everything_is_there_again);
  ADD ("nothing-of-it-can-be-read", test_nothing_of_it_can_be_read);
  ADD ("power-lost-at-any-octet", test_power_lost_at_any_octet);
  ADD ("power-lost-leaves-zeros", test_power_lost_leaves_zeros);
  ADD ("every-flipped-bit-is-found", test_every_flipped_bit_is_found);
  ADD ("records-keep-their-places", test_records_keep_their_places);
  ADD ("records-stay-in-their-file", test_records_stay_in_their_file);
  ADD ("wrong-key-opens-nothing", test_wrong_key_opens_nothing);
  ADD ("one-process-has-it", test_one_process_has_it);
  ADD ("nobody-else-may-use-it", test_nobody_else_may_use_it);
  ADD ("what-is-no-vault-is-left-alone", test_what_is_no_vault_is_left_alone);
  ADD ("removed-keys-leave-the-file", test_removed_keys_leave_the_file);
  ADD ("the-file-does-not-grow-for-ever", test_the_file_does_not_grow_for_ever);
  ADD ("an-unfinished-successor-is-no-harm", test_an_unfinished_successor_is_no_harm);
  ADD ("the-key-is-made-once", test_the_key_is_made_once);
  ADD ("the-key-of-systemd-goes-first", test_the_key_of_systemd_goes_first);
  return g_test_run ();
}
