/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/gh-error.h"
#include "security/gh-audit.h"

#define NOW_US (G_GINT64_CONSTANT (1800000000) * G_USEC_PER_SEC)

typedef struct {
  char *folder;
  GhClock *clock;
  GhAudit *audit;
  GPtrArray *records;
} Fixture;

static void
open_log (Fixture *f, guint64 bytes)
{
  g_autoptr (GError) error = NULL;
  f->audit = gh_audit_open (f->folder, bytes, f->clock, &error);
  g_assert_no_error (error);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  (void) data;
  f->folder = g_dir_make_tmp ("gh-audit-XXXXXX", NULL);
  f->clock = gh_clock_new_fake (NOW_US);
  f->records = g_ptr_array_new_with_free_func (g_free);
  open_log (f, 1 << 20);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  (void) data;
  g_autoptr (GDir) dir = g_dir_open (f->folder, 0, NULL);
  const char *name;
  g_clear_pointer (&f->audit, gh_audit_close);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (f->folder, name, NULL);
      g_unlink (path);
    }
  g_rmdir (f->folder);
  g_free (f->folder);
  gh_clock_unref (f->clock);
  g_ptr_array_unref (f->records);
}

static void
keep (guint64 number, const char *record, gpointer user_data)
{
  Fixture *f = user_data;
  (void) number;
  g_ptr_array_add (f->records, g_strdup (record));
}

static guint
read_after (Fixture *f, guint64 after, guint limit)
{
  g_autoptr (GError) error = NULL;
  g_ptr_array_set_size (f->records, 0);
  g_assert_true (gh_audit_read (f->audit, after, limit, keep, f, &error));
  g_assert_no_error (error);
  return f->records->len;
}

static GhAuditState
verify (Fixture *f)
{
  GhAuditState state;
  g_autoptr (GError) error = NULL;
  g_assert_true (gh_audit_verify (f->audit, &state, &error));
  g_assert_no_error (error);
  return state;
}

static void
refuse (Fixture *f, const char *from)
{
  gh_audit_record (f->audit, GH_AUDIT_REFUSAL, "refused", "from", from, "absent", NULL, "rsc",
                   "4106", NULL);
}

static void
reopen (Fixture *f)
{
  g_clear_pointer (&f->audit, gh_audit_close);
  open_log (f, 1 << 20);
}

/* Of the first file. */
static char *
file_of (Fixture *f)
{
  g_autoptr (GDir) dir = g_dir_open (f->folder, 0, NULL);
  const char *name = g_dir_read_name (dir);
  g_assert_nonnull (name);
  return g_build_filename (f->folder, name, NULL);
}

static void
a_record_is_one_line_of_json (Fixture *f, gconstpointer data)
{
  (void) data;
  refuse (f, "CEve");
  g_assert_cmpuint (read_after (f, 0, 10), ==, 1);
  g_assert_cmpstr (f->records->pdata[0], ==,
                   "{\"n\":1,\"t\":\"20270115T080000\",\"kind\":\"refusal\",\"event\":\"refused\","
                   "\"from\":\"CEve\",\"rsc\":\"4106\"}");
}

static void
a_value_cannot_forge_a_record (Fixture *f, gconstpointer data)
{
  (void) data;
  gh_audit_record (f->audit, GH_AUDIT_REFUSAL, "refused", "from",
                   "x\"}\n0000 {\"n\":99,\"kind\":\"registration\"}\xff", NULL);
  refuse (f, "CEve");
  g_assert_cmpuint (read_after (f, 0, 10), ==, 2);
  g_assert_null (strchr (f->records->pdata[0], '\n'));
  g_assert_true (verify (f).intact);
}

static void
a_long_value_is_cut (Fixture *f, gconstpointer data)
{
  (void) data;
  g_autofree char *longer = g_strnfill (100000, '\1');
  gh_audit_record (f->audit, GH_AUDIT_REFUSAL, "refused", "from", longer, NULL);
  g_assert_cmpuint (read_after (f, 0, 10), ==, 1);
  g_assert_cmpuint (strlen (f->records->pdata[0]), <, 2000);
  g_assert_true (verify (f).intact);
}

static void
reading_goes_on_after_a_number (Fixture *f, gconstpointer data)
{
  (void) data;
  for (guint i = 0; i < 100; i++)
    refuse (f, "CEve");
  g_assert_cmpuint (read_after (f, 90, 1000), ==, 10);
  g_assert_true (g_str_has_prefix (f->records->pdata[0], "{\"n\":91,"));
  g_assert_cmpuint (read_after (f, 0, 7), ==, 7);
  g_assert_cmpuint (read_after (f, 100, 7), ==, 0);
}

static void
the_chain_goes_on_after_a_restart (Fixture *f, gconstpointer data)
{
  (void) data;
  for (guint i = 0; i < 20; i++)
    {
      refuse (f, "CEve");
      reopen (f);
    }
  const GhAuditState state = verify (f);
  g_assert_true (state.intact);
  g_assert_cmpuint (state.first, ==, 1);
  g_assert_cmpuint (state.last, ==, 20);
}

static void
a_changed_record_is_found (Fixture *f, gconstpointer data)
{
  (void) data;
  gsize length;
  g_autofree char *contents = NULL;
  for (guint i = 0; i < 5; i++)
    refuse (f, "CEve");
  g_assert_true (verify (f).intact);
  g_autofree char *path = file_of (f);
  g_assert_true (g_file_get_contents (path, &contents, &length, NULL));
  char *third = strstr (contents, "{\"n\":3");
  g_assert_nonnull (third);
  memcpy (strstr (third, "CEve"), "CBob", 4);
  g_assert_true (g_file_set_contents (path, contents, (gssize) length, NULL));
  const GhAuditState state = verify (f);
  g_assert_false (state.intact);
  g_assert_cmpuint (state.broken, ==, 3);
}

static void
a_removed_record_is_found (Fixture *f, gconstpointer data)
{
  (void) data;
  g_autofree char *contents = NULL;
  for (guint i = 0; i < 5; i++)
    refuse (f, "CEve");
  g_assert_true (verify (f).intact);
  g_autofree char *path = file_of (f);
  g_assert_true (g_file_get_contents (path, &contents, NULL, NULL));
  g_auto (GStrv) lines = g_strsplit (contents, "\n", -1);
  g_autofree char *without = g_strjoin ("\n", lines[0], lines[1], lines[3], lines[4], lines[5], "",
                                        NULL);
  g_assert_true (g_file_set_contents (path, without, -1, NULL));
  g_assert_false (verify (f).intact);
}

/* Nor does it hide what follows. */
static void
a_foreign_line_is_found (Fixture *f, gconstpointer data)
{
  static const char *const lines[] = { "nothing of ours\n", "\n", NULL };
  (void) data;
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *longer = g_strnfill (200000, 'x');
      g_autofree char *contents = NULL;
      refuse (f, "CEve");
      g_assert_true (gh_audit_verify (f->audit, &(GhAuditState){ 0 }, NULL));
      g_clear_pointer (&f->audit, gh_audit_close);
      g_autofree char *path = file_of (f);
      g_assert_true (g_file_get_contents (path, &contents, NULL, NULL));
      g_autofree char *more = g_strconcat (contents, lines[i] != NULL ? lines[i] : longer, "\n",
                                           NULL);
      g_assert_true (g_file_set_contents (path, more, -1, NULL));
      open_log (f, 1 << 20);
      refuse (f, "CLater");
      const GhAuditState state = verify (f);
      g_assert_false (state.intact);
      g_assert_cmpuint (state.broken, ==, 2);
      g_assert_cmpuint (read_after (f, 0, 1000), >=, 2);
      g_assert_nonnull (strstr (f->records->pdata[f->records->len - 1], "CLater"));
    }
}

/* Every length that power loss can leave: what is whole stays, and the chain goes on from there. */
static void
a_torn_end_is_dropped (Fixture *f, gconstpointer data)
{
  (void) data;
  gsize length;
  g_autofree char *contents = NULL;
  for (guint i = 0; i < 2; i++)
    refuse (f, "CEve");
  g_assert_cmpuint (read_after (f, 0, 10), ==, 2);
  g_clear_pointer (&f->audit, gh_audit_close);
  g_autofree char *path = file_of (f);
  g_assert_true (g_file_get_contents (path, &contents, &length, NULL));
  for (gsize cut = 0; cut < length; cut++)
    {
      g_assert_true (g_file_set_contents (path, contents, (gssize) cut, NULL));
      open_log (f, 1 << 20);
      refuse (f, "CNew");
      const GhAuditState state = verify (f);
      g_assert_true (state.intact);
      g_assert_cmpuint (state.last, >=, 1);
      g_clear_pointer (&f->audit, gh_audit_close);
    }
}

static void
the_oldest_go_when_it_is_full (Fixture *f, gconstpointer data)
{
  (void) data;
  g_autofree char *value = g_strnfill (255, 'x');
  guint64 bytes = 0;
  const char *name;
  g_clear_pointer (&f->audit, gh_audit_close);
  open_log (f, 65536);
  for (guint i = 0; i < 1000; i++)
    {
      gh_audit_record (f->audit, GH_AUDIT_REFUSAL, "refused", "from", value, NULL);
      if (i % 16 == 0)
        read_after (f, G_MAXUINT64 - 1, 1); /* waits for the disk, so that files fill one by one */
    }
  const GhAuditState state = verify (f);
  g_assert_true (state.intact);
  g_assert_cmpuint (state.last, ==, 1000);
  g_assert_cmpuint (state.first, >, 1);
  g_autoptr (GDir) dir = g_dir_open (f->folder, 0, NULL);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      struct stat st;
      g_autofree char *path = g_build_filename (f->folder, name, NULL);
      g_assert_cmpint (stat (path, &st), ==, 0);
      g_assert_cmpuint (st.st_mode & 077, ==, 0);
      bytes += (guint64) st.st_size;
    }
  g_assert_cmpuint (bytes, <=, 2 * 65536 + 65536 / 2);
}

static void
a_folder_that_others_write_is_refused (Fixture *f, gconstpointer data)
{
  (void) data;
  g_autoptr (GError) error = NULL;
  g_clear_pointer (&f->audit, gh_audit_close);
  g_assert_cmpint (g_chmod (f->folder, 0777), ==, 0);
  g_assert_null (gh_audit_open (f->folder, 65536, f->clock, &error));
  g_assert_error (error, GH_ERROR, GH_ERROR_CONFIG);
  g_assert_nonnull (strstr (error->message, f->folder));
}

static void
without_a_folder_the_newest_are_kept (Fixture *f, gconstpointer data)
{
  (void) data;
  g_autoptr (GError) error = NULL;
  g_clear_pointer (&f->audit, gh_audit_close);
  f->audit = gh_audit_open (NULL, 0, f->clock, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < 3000; i++)
    {
      gh_audit_record (f->audit, GH_AUDIT_CREDENTIAL, "rotated", "credential", "12-a@b", NULL);
      if (i % 1000 == 0)
        read_after (f, 0, 1);
    }
  const GhAuditState state = verify (f);
  g_assert_true (state.intact);
  g_assert_cmpuint (state.last, ==, 3000);
  g_assert_cmpuint (read_after (f, 0, 10000), ==, 1024);
}

static void
note_revoked (Fixture *f, const char *credential)
{
  gh_audit_record (f->audit, GH_AUDIT_CREDENTIAL, "revoked", "credential", credential, NULL);
}

/* Nobody proved anything: all of them share what there is for that. */
static void
a_flood_of_refusals_leaves_room (Fixture *f, gconstpointer data)
{
  (void) data;
  note_revoked (f, "12-a@b");
  for (guint i = 0; i < 100000; i++)
    gh_audit_record (f->audit, GH_AUDIT_REFUSAL, "refused", "from", "Cflood", NULL);
  note_revoked (f, "12-c@d");
  const GhAuditState state = verify (f);
  g_assert_true (state.intact);
  g_assert_cmpuint (state.first, ==, 1);
  g_assert_cmpuint (state.last, ==, 1 + 1024 + 2);
  g_assert_cmpuint (read_after (f, state.last - 2, 2), ==, 2);
  g_assert_nonnull (strstr (f->records->pdata[0], "\"of\":\"refusal\",\"count\":\"98976\""));
  g_assert_nonnull (strstr (f->records->pdata[1], "12-c@d"));
  gh_clock_advance (f->clock, 5 * G_USEC_PER_SEC);
  for (guint i = 0; i < 100; i++)
    gh_audit_record (f->audit, GH_AUDIT_REFUSAL, "refused", "from", "Cflood", NULL);
  g_assert_cmpuint (verify (f).last, ==, state.last + 5 + 1);
  g_assert_cmpuint (read_after (f, state.last + 5, 2), ==, 1);
  g_assert_nonnull (strstr (f->records->pdata[0], "\"count\":\"95\""));
}

static void
connect_and_leave (Fixture *f, const char *credential)
{
  gh_audit_record (f->audit, GH_AUDIT_ASSOCIATION, "opened", "peer", "192.0.2.7:40000",
                   "credential", credential, NULL);
  gh_audit_record (f->audit, GH_AUDIT_ASSOCIATION, "closed", "peer", "192.0.2.7:40000",
                   "credential", credential, NULL);
}

static guint
count_of (Fixture *f, const char *text)
{
  guint n = 0;
  read_after (f, 0, 100000);
  for (guint i = 0; i < f->records->len; i++)
    n += strstr (f->records->pdata[i], text) != NULL;
  return n;
}

/* A valid key that opens associations without end, for a day. */
static void
a_flood_of_one_key_is_its_own (Fixture *f, gconstpointer data)
{
  (void) data;
  note_revoked (f, "12-a@b");
  for (guint i = 0; i < 50000; i++)
    connect_and_leave (f, "12-flood@b");
  for (guint i = 0; i < 20; i++)
    {
      char credential[32];
      g_snprintf (credential, sizeof credential, "12-pump%u@b", i);
      connect_and_leave (f, credential);
    }
  g_assert_cmpuint (count_of (f, "12-flood@b"), ==, 128);
  g_assert_cmpuint (count_of (f, "12-pump"), >=, 38); /* two of them may share its place */
  g_assert_cmpuint (count_of (f, "\"of\":\"association\",\"count\":\"998"), ==, 1);
  for (guint hour = 0; hour < 24; hour++)
    {
      gh_clock_advance (f->clock, 3600 * (gint64) G_USEC_PER_SEC);
      for (guint i = 0; i < 1000; i++)
        connect_and_leave (f, "12-flood@b");
    }
  const GhAuditState state = verify (f);
  g_assert_true (state.intact);
  g_assert_cmpuint (state.first, ==, 1);
  g_assert_cmpuint (state.last, <, 25 * 128 + 200);
}

/* Kinds do not take from each other, and who runs the CSE is never left out. */
static void
registrations_have_a_rate_of_their_own (Fixture *f, gconstpointer data)
{
  (void) data;
  for (guint i = 0; i < 1000; i++)
    {
      connect_and_leave (f, "12-flood@b");
      gh_audit_record (f->audit, GH_AUDIT_REGISTRATION, "created", "resource", "Cx", "credential",
                       "12-flood@b", NULL);
      gh_audit_record (f->audit, GH_AUDIT_DEREGISTRATION, "deleted", "resource", "Cx", "credential",
                       "12-flood@b", NULL);
      note_revoked (f, "12-flood@b");
      if (i % 100 == 0)
        read_after (f, G_MAXUINT64 - 1, 1);
    }
  g_assert_cmpuint (count_of (f, "\"kind\":\"registration\""), ==, 128);
  g_assert_cmpuint (count_of (f, "\"kind\":\"deregistration\""), ==, 128);
  g_assert_cmpuint (count_of (f, "revoked"), ==, 1000);
}

/* What was left out is said at the end, though nothing else happens. */
static void
what_was_left_out_is_said_at_the_end (Fixture *f, gconstpointer data)
{
  (void) data;
  for (guint i = 0; i < 200; i++)
    connect_and_leave (f, "12-flood@b");
  reopen (f);
  g_assert_cmpuint (count_of (f, "\"of\":\"association\""), >=, 1);
  g_assert_true (verify (f).intact);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func) g_test_add ("/audit/" path, Fixture, NULL, set_up, func, tear_down)
  ADD ("a-record-is-one-line-of-json", a_record_is_one_line_of_json);
  ADD ("a-value-cannot-forge-a-record", a_value_cannot_forge_a_record);
  ADD ("a-long-value-is-cut", a_long_value_is_cut);
  ADD ("reading-goes-on-after-a-number", reading_goes_on_after_a_number);
  ADD ("the-chain-goes-on-after-a-restart", the_chain_goes_on_after_a_restart);
  ADD ("a-changed-record-is-found", a_changed_record_is_found);
  ADD ("a-removed-record-is-found", a_removed_record_is_found);
  ADD ("a-foreign-line-is-found", a_foreign_line_is_found);
  ADD ("a-torn-end-is-dropped", a_torn_end_is_dropped);
  ADD ("the-oldest-go-when-it-is-full", the_oldest_go_when_it_is_full);
  ADD ("a-folder-that-others-write-is-refused", a_folder_that_others_write_is_refused);
  ADD ("without-a-folder-the-newest-are-kept", without_a_folder_the_newest_are_kept);
  ADD ("a-flood-of-refusals-leaves-room", a_flood_of_refusals_leaves_room);
  ADD ("a-flood-of-one-key-is-its-own", a_flood_of_one_key_is_its_own);
  ADD ("registrations-have-a-rate-of-their-own", registrations_have_a_rate_of_their_own);
  ADD ("what-was-left-out-is-said-at-the-end", what_was_left_out_is_said_at_the_end);
  return g_test_run ();
}
