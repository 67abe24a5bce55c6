/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "security/gh-audit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/gh-error.h"
#include "base/gh-file.h"
#include "base/gh-log.h"
#include "primitive/gh-json-writer.h"
#include "security/gh-audit-rate.h"

#define FILES        8    /* the bound is shared by so many files */
#define QUEUE_LIMIT  4096 /* records that wait for the disk */
#define MEMORY_LIMIT 1024 /* records that are kept without a folder */
#define MAX_FIELDS   24
#define MAX_VALUE    255 /* octets of a value; longer ones are cut */
#define MAX_LINE     65536
#define HASH_LENGTH  64 /* of SHA-256 in hexadecimal */
#define SUMMARY_S    10 /* after which what was left out is said, though nothing else happens */

/*
 * A file holds lines "HASH JSON\n"; HASH is SHA-256 over the hash before and the JSON. Files are
 * named by the number of their first record; the hash before that one is the first line of the
 * file, "HASH start\n", so that a file whose predecessors are gone can still be verified.
 */

typedef struct {
  guint64 number;
  char *json;
} Record;

struct _GhAudit {
  char *folder; /* NULL: in memory */
  guint64 file_bytes;
  GhClock *clock;
  GMutex lock; /* of the queue and the numbers */
  GCond changed, written;
  GQueue queue; /* Record */
  guint64 last; /* number of the newest record */
  guint64 lost; /* since the last record of a loss */
  GhAuditRate *rate;
  guint64 done; /* number of the newest record that is on the disk */
  gboolean stopping;
  GThread *thread;
  GMutex disk; /* of what follows: the writing thread, and those who read */
  int fd;
  guint64 bytes; /* of the open file */
  char head[HASH_LENGTH + 1];
  GQueue kept; /* Record, "HASH JSON" each; without a folder */
};

static const char *const kinds[GH_N_AUDIT_KINDS] = {
  [GH_AUDIT_REGISTRATION] = "registration",
  [GH_AUDIT_DEREGISTRATION] = "deregistration",
  [GH_AUDIT_REFUSAL] = "refusal",
  [GH_AUDIT_CREDENTIAL] = "credential",
  [GH_AUDIT_ASSOCIATION] = "association",
  [GH_AUDIT_POLICY] = "policy",
  [GH_AUDIT_PLUGIN] = "plugin",
  [GH_AUDIT_SERVICE] = "service",
};

const char *
gh_audit_kind_name (GhAuditKind kind)
{
  return (guint) kind < GH_N_AUDIT_KINDS ? kinds[kind] : "unknown";
}

static void
record_free (gpointer data)
{
  Record *record = data;
  g_free (record->json);
  g_free (record);
}

static void
hash_next (const char *before, const char *json, gsize length, char out[HASH_LENGTH + 1])
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_checksum_update (sum, (const guchar *) before, HASH_LENGTH);
  g_checksum_update (sum, (const guchar *) json, (gssize) length);
  g_strlcpy (out, g_checksum_get_string (sum), HASH_LENGTH + 1);
}

static void
add_text (GhJsonWriter *writer, const char *name, const char *value)
{
  g_autofree char *valid = NULL;
  gsize length = strnlen (value, MAX_VALUE);
  while (length > 0 && value[length] != '\0' && ((guchar) value[length] & 0xc0) == 0x80)
    length--;
  valid = g_utf8_make_valid (value, (gssize) length);
  gh_json_name (writer, name);
  gh_json_string (writer, valid, strlen (valid));
}

static char *
make_json (guint64 number, gint64 wall_us, GhAuditKind kind, const char *event, va_list *fields)
{
  GhJsonWriter writer;
  char stamp[GH_TIMESTAMP_SIZE];
  gh_json_writer_init (&writer, 256);
  gh_json_begin_object (&writer);
  gh_json_name (&writer, "n");
  gh_json_integer (&writer, (gint64) number);
  gh_timestamp_format (wall_us, stamp);
  add_text (&writer, "t", stamp);
  add_text (&writer, "kind", gh_audit_kind_name (kind));
  add_text (&writer, "event", event);
  for (guint i = 0; fields != NULL && i < MAX_FIELDS; i++)
    {
      const char *name = va_arg (*fields, const char *);
      const char *value = name != NULL ? va_arg (*fields, const char *) : NULL;
      if (name == NULL)
        break;
      if (value != NULL)
        add_text (&writer, name, value);
    }
  gh_json_end_object (&writer);
  g_autoptr (GhBuffer) buffer = gh_json_writer_finish (&writer);
  return g_strndup (buffer->data, buffer->length);
}

/* With the lock held. */
static void
push (GhAudit *audit, GhAuditKind kind, const char *event, va_list *fields)
{
  Record *record = g_new0 (Record, 1);
  record->number = ++audit->last;
  record->json = make_json (record->number, gh_clock_wall_us (audit->clock), kind, event, fields);
  g_queue_push_tail (&audit->queue, record);
}

/* With the lock held. va_list cannot be made without a caller. */
static void
push_own (GhAudit *audit, const char *event, ...)
{
  va_list fields;
  va_start (fields, event);
  push (audit, GH_AUDIT_SERVICE, event, &fields);
  va_end (fields);
}

/* With the lock held. */
static void
push_loss (GhAudit *audit)
{
  char count[24];
  if (audit->lost == 0)
    return;
  g_snprintf (count, sizeof count, "%" G_GUINT64_FORMAT, audit->lost);
  audit->lost = 0;
  push_own (audit, "records lost", "count", count, NULL);
}

/* With the lock held. */
static void
push_left_out (GhAudit *audit)
{
  GhAuditKind kind;
  guint64 n;
  while (gh_audit_rate_next (audit->rate, &kind, &n))
    {
      char count[24];
      g_snprintf (count, sizeof count, "%" G_GUINT64_FORMAT, n);
      push_own (audit, "records left out", "of", gh_audit_kind_name (kind), "count", count, NULL);
    }
}

static const char *
credential_of (va_list *fields)
{
  for (guint i = 0; i < MAX_FIELDS; i++)
    {
      const char *name = va_arg (*fields, const char *);
      const char *value = name != NULL ? va_arg (*fields, const char *) : NULL;
      if (name == NULL)
        break;
      if (strcmp (name, "credential") == 0)
        return value;
    }
  return NULL;
}

/* With the lock held. */
static gboolean
has_room (GhAudit *audit, GhAuditKind kind, const char *credential)
{
  const gboolean had_left = gh_audit_rate_has_left (audit->rate);
  if (g_queue_get_length (&audit->queue) >= QUEUE_LIMIT)
    {
      audit->lost++;
      return FALSE;
    }
  if (gh_audit_rate_take (audit->rate, kind, credential))
    return TRUE;
  /* the thread says so when nobody else does */
  if (!had_left)
    g_cond_signal (&audit->changed);
  return FALSE;
}

void
gh_audit_record (GhAudit *audit, GhAuditKind kind, const char *event, ...)
{
  va_list fields;
  if (audit == NULL)
    return;
  va_start (fields, event);
  const char *credential = credential_of (&fields);
  va_end (fields);
  g_mutex_lock (&audit->lock);
  if (has_room (audit, kind, credential))
    {
      push_loss (audit);
      if (gh_audit_rate_is_due (audit->rate))
        push_left_out (audit);
      va_start (fields, event);
      push (audit, kind, event, &fields);
      va_end (fields);
      g_cond_signal (&audit->changed);
    }
  g_mutex_unlock (&audit->lock);
}

static gboolean
fail_errno (GError **error, const char *what, const char *path)
{
  const int number = errno;
  g_set_error (error, GH_ERROR, GH_ERROR_FAILED, "audit log: %s %s: %s", what, path,
               g_strerror (number));
  return FALSE;
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Names of the files in their order: 20 digits each. */
static GPtrArray *
list_files (const char *folder, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, error);
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  const char *name;
  if (dir == NULL)
    {
      g_ptr_array_unref (names);
      return NULL;
    }
  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".audit"))
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  return names;
}

static void
drop_oldest (GhAudit *audit)
{
  g_autoptr (GPtrArray) names = list_files (audit->folder, NULL);
  for (guint i = 0; names != NULL && i + FILES < names->len; i++)
    {
      g_autofree char *path = g_build_filename (audit->folder, names->pdata[i], NULL);
      unlink (path);
    }
}

/* A new file whose first record is @number; with the disk's lock held. */
static gboolean
begin_file (GhAudit *audit, guint64 number, GError **error)
{
  g_autofree char *name = g_strdup_printf ("%020" G_GUINT64_FORMAT ".audit", number);
  g_autofree char *path = g_build_filename (audit->folder, name, NULL);
  g_autofree char *start = g_strdup_printf ("%s start\n", audit->head);
  const int fd = open (path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_TRUNC,
                       0600);
  if (fd < 0)
    return fail_errno (error, "making", path);
  if (!gh_file_write_all (fd, start, strlen (start)) || fdatasync (fd) != 0
      || !gh_file_sync_folder (audit->folder))
    {
      fail_errno (error, "writing", path);
      close (fd);
      return FALSE;
    }
  if (audit->fd >= 0)
    close (audit->fd);
  audit->fd = fd;
  audit->bytes = strlen (start);
  drop_oldest (audit);
  return TRUE;
}

/* With the disk's lock held. */
static gboolean
put_on_disk (GhAudit *audit, GQueue *batch, GError **error)
{
  g_autoptr (GString) lines = g_string_new (NULL);
  char head[HASH_LENGTH + 1];
  const Record *first = g_queue_peek_head (batch);
  if ((audit->fd < 0 || audit->bytes >= audit->file_bytes)
      && !begin_file (audit, first->number, error))
    return FALSE;
  g_strlcpy (head, audit->head, sizeof head);
  for (const GList *l = batch->head; l != NULL; l = l->next)
    {
      const Record *record = l->data;
      hash_next (head, record->json, strlen (record->json), head);
      g_string_append_printf (lines, "%s %s\n", head, record->json);
    }
  if (!gh_file_write_all (audit->fd, lines->str, lines->len) || fdatasync (audit->fd) != 0)
    {
      fail_errno (error, "writing to", audit->folder);
      /* what a failed write left behind must not stand in the chain */
      if (ftruncate (audit->fd, (off_t) audit->bytes) != 0)
        gh_log (GH_LOG_ERROR, "audit", "a failed write could not be undone", NULL);
      return FALSE;
    }
  g_strlcpy (audit->head, head, sizeof audit->head);
  audit->bytes += lines->len;
  return TRUE;
}

static void
put_in_memory (GhAudit *audit, GQueue *batch)
{
  Record *record;
  while ((record = g_queue_pop_head (batch)) != NULL)
    {
      char *json = g_steal_pointer (&record->json);
      hash_next (audit->head, json, strlen (json), audit->head);
      record->json = g_strdup_printf ("%s %s", audit->head, json);
      g_free (json);
      g_queue_push_tail (&audit->kept, record);
      if (g_queue_get_length (&audit->kept) > MEMORY_LIMIT)
        record_free (g_queue_pop_head (&audit->kept));
    }
}

static void
write_batch (GhAudit *audit, GQueue *batch)
{
  g_autoptr (GError) error = NULL;
  g_mutex_lock (&audit->disk);
  if (audit->folder == NULL)
    put_in_memory (audit, batch);
  else if (!put_on_disk (audit, batch, &error))
    {
      gh_log (GH_LOG_ERROR, "audit", "records are lost", "error", error->message, NULL);
      if (audit->fd >= 0)
        close (audit->fd);
      audit->fd = -1;
    }
  g_mutex_unlock (&audit->disk);
  if (error == NULL)
    return;
  g_mutex_lock (&audit->lock);
  audit->lost += g_queue_get_length (batch);
  g_mutex_unlock (&audit->lock);
}

/* With the lock held: until there is something to write or to say. FALSE: the end. */
static gboolean
wait_for_records (GhAudit *audit)
{
  gint64 until = 0;
  gboolean late = FALSE;
  while (g_queue_is_empty (&audit->queue) && !audit->stopping && !late)
    {
      if (!gh_audit_rate_has_left (audit->rate))
        {
          g_cond_wait (&audit->changed, &audit->lock);
          continue;
        }
      if (until == 0)
        until = g_get_monotonic_time () + SUMMARY_S * G_TIME_SPAN_SECOND;
      late = !g_cond_wait_until (&audit->changed, &audit->lock, until);
    }
  if (g_queue_is_empty (&audit->queue))
    push_left_out (audit);
  return !g_queue_is_empty (&audit->queue);
}

static gpointer
run (gpointer data)
{
  GhAudit *audit = data;
  g_mutex_lock (&audit->lock);
  while (wait_for_records (audit))
    {
      GQueue batch = audit->queue;
      const guint64 last = ((const Record *) g_queue_peek_tail (&batch))->number;
      g_queue_init (&audit->queue);
      g_mutex_unlock (&audit->lock);
      write_batch (audit, &batch);
      g_queue_clear_full (&batch, record_free);
      g_mutex_lock (&audit->lock);
      audit->done = last;
      g_cond_broadcast (&audit->written);
    }
  g_mutex_unlock (&audit->lock);
  return NULL;
}

/* One line of a file, taken apart; pointers into @line. */
typedef struct {
  char *hash, *json; /* NULL: this is no line of ours */
  guint64 number;
} Line;

static gboolean
take_apart (char *line, Line *out)
{
  const gsize length = strlen (line);
  if (length < HASH_LENGTH + 2 || line[HASH_LENGTH] != ' ')
    return FALSE;
  line[HASH_LENGTH] = '\0';
  out->hash = line;
  out->json = line + HASH_LENGTH + 1;
  out->number = g_str_has_prefix (out->json, "{\"n\":") ? g_ascii_strtoull (out->json + 5, NULL, 10)
                                                        : 0;
  return TRUE;
}

typedef gboolean (*LineFunc) (const Line *line, gpointer data); /* FALSE stops */

/* Takes the next line off @file; FALSE at its end, or at what power loss cut off, which has no end
 * of line. What nobody here has written is no end: else one such line would hide what follows. */
static gboolean
next_line (FILE *file, char *text, Line *out)
{
  if (fgets (text, MAX_LINE, file) == NULL)
    return FALSE;
  *out = (Line){ NULL, NULL, 0 };
  const gsize length = strlen (text);
  if (length == 0 || text[length - 1] != '\n')
    return !feof (file);
  text[length - 1] = '\0';
  if (!take_apart (text, out))
    *out = (Line){ NULL, NULL, 0 };
  return TRUE;
}

static gboolean
each_line (const char *path, LineFunc func, gpointer data, GError **error)
{
  const int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  FILE *file = fd >= 0 ? fdopen (fd, "r") : NULL;
  g_autofree char *text = g_malloc (MAX_LINE);
  Line line;
  if (file == NULL)
    {
      fail_errno (error, "opening", path);
      if (fd >= 0)
        close (fd);
      return FALSE;
    }
  while (next_line (file, text, &line) && func (&line, data))
    ;
  fclose (file);
  return TRUE;
}

typedef struct {
  char before[HASH_LENGTH + 1];
  GhAuditState state;
  guint64 expected; /* 0: any */
} Verification;

static gboolean
verify_line (const Line *line, gpointer data)
{
  Verification *v = data;
  char hash[HASH_LENGTH + 1];
  const gboolean begins = v->before[0] == '\0';
  if (line->hash == NULL)
    {
      v->state.intact = FALSE;
      if (v->state.broken == 0)
        v->state.broken = MAX (v->expected, 1);
      return TRUE;
    }
  if (strcmp (line->json, "start") == 0)
    {
      if (begins)
        g_strlcpy (v->before, line->hash, sizeof v->before);
      v->state.intact = v->state.intact && strcmp (v->before, line->hash) == 0;
      if (!v->state.intact && v->state.broken == 0)
        v->state.broken = v->expected;
      g_strlcpy (v->before, line->hash, sizeof v->before);
      return TRUE;
    }
  hash_next (v->before, line->json, strlen (line->json), hash);
  /* the chain in memory begins with a record: it is taken as it is */
  if (!begins && strcmp (hash, line->hash) != 0)
    {
      v->state.intact = FALSE;
      if (v->state.broken == 0)
        v->state.broken = MAX (line->number, 1);
    }
  g_strlcpy (v->before, line->hash, sizeof v->before);
  g_strlcpy (v->state.head, line->hash, sizeof v->state.head);
  if (v->state.first == 0)
    v->state.first = line->number;
  v->state.last = line->number;
  v->expected = line->number + 1;
  return TRUE;
}

static gboolean
each_record (GhAudit *audit, LineFunc func, gpointer data, GError **error)
{
  if (audit->folder == NULL)
    {
      for (const GList *l = audit->kept.head; l != NULL; l = l->next)
        {
          Line line;
          g_autofree char *copy = g_strdup (((const Record *) l->data)->json);
          if (take_apart (copy, &line) && !func (&line, data))
            break;
        }
      return TRUE;
    }
  g_autoptr (GPtrArray) names = list_files (audit->folder, error);
  for (guint i = 0; names != NULL && i < names->len; i++)
    {
      g_autofree char *path = g_build_filename (audit->folder, names->pdata[i], NULL);
      if (!each_line (path, func, data, error))
        return FALSE;
    }
  return names != NULL;
}

static void
wait_until_written (GhAudit *audit)
{
  g_mutex_lock (&audit->lock);
  /* whoever reads is told what is missing */
  push_left_out (audit);
  g_cond_signal (&audit->changed);
  const guint64 last = audit->last;
  while (audit->done < last)
    g_cond_wait (&audit->written, &audit->lock);
  g_mutex_unlock (&audit->lock);
}

gboolean
gh_audit_verify (GhAudit *audit, GhAuditState *out, GError **error)
{
  Verification v = { .state = { .intact = TRUE } };
  wait_until_written (audit);
  g_mutex_lock (&audit->disk);
  const gboolean done = each_record (audit, verify_line, &v, error);
  g_mutex_unlock (&audit->disk);
  *out = v.state;
  return done;
}

typedef struct {
  guint64 after;
  guint left;
  GhAuditFunc func;
  gpointer data;
} Reading;

static gboolean
read_line (const Line *line, gpointer data)
{
  Reading *reading = data;
  if (line->hash == NULL || line->number <= reading->after)
    return TRUE;
  if (reading->left == 0)
    return FALSE;
  reading->left--;
  reading->func (line->number, line->json, reading->data);
  return TRUE;
}

gboolean
gh_audit_read (GhAudit *audit, guint64 after, guint limit, GhAuditFunc func, gpointer user_data,
               GError **error)
{
  Reading reading = { after, limit, func, user_data };
  wait_until_written (audit);
  g_mutex_lock (&audit->disk);
  const gboolean done = each_record (audit, read_line, &reading, error);
  g_mutex_unlock (&audit->disk);
  return done;
}

static gboolean
check_folder (const char *folder, GError **error)
{
  struct stat state;
  if (g_mkdir_with_parents (folder, 0700) != 0)
    return fail_errno (error, "making", folder);
  if (stat (folder, &state) != 0)
    return fail_errno (error, "reading", folder);
  if (state.st_uid == geteuid () && (state.st_mode & 022) == 0)
    return TRUE;
  g_set_error (error, GH_ERROR, GH_ERROR_CONFIG,
               "audit log: %s must belong to the user who runs this and be writable by nobody else",
               folder);
  return FALSE;
}

/* What power loss cut off has no end of line: such a record was never promised to be there. */
static gboolean
drop_torn_end (int fd, const char *path, off_t *size, GError **error)
{
  off_t whole = *size;
  char octet = '\n';
  while (whole > 0 && pread (fd, &octet, 1, whole - 1) == 1 && octet != '\n')
    whole--;
  if (whole == *size)
    return TRUE;
  gh_log (GH_LOG_WARNING, "audit", "an incomplete record at the end was dropped", "file", path,
          NULL);
  *size = whole;
  return ftruncate (fd, whole) == 0 || fail_errno (error, "shortening", path);
}

/* The newest file is continued, so that many short runs do not push the older ones out. */
static gboolean
open_newest (GhAudit *audit, GError **error)
{
  g_autoptr (GPtrArray) names = list_files (audit->folder, error);
  struct stat state;
  if (names == NULL || names->len == 0)
    return names != NULL;
  g_autofree char *path = g_build_filename (audit->folder, names->pdata[names->len - 1], NULL);
  const int fd = open (path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0 || fstat (fd, &state) != 0)
    {
      fail_errno (error, "opening", path);
      if (fd >= 0)
        close (fd);
      return FALSE;
    }
  audit->fd = fd;
  if (!drop_torn_end (fd, path, &state.st_size, error))
    return FALSE;
  audit->bytes = (guint64) state.st_size;
  /* not even its first line was whole: a new file takes its place */
  if (state.st_size == 0)
    {
      close (fd);
      audit->fd = -1;
    }
  return TRUE;
}

static gboolean
continue_chain (GhAudit *audit, GError **error)
{
  GhAuditState state;
  if (!check_folder (audit->folder, error) || !open_newest (audit, error)
      || !gh_audit_verify (audit, &state, error))
    return FALSE;
  if (state.last == 0)
    return TRUE;
  audit->last = audit->done = state.last;
  g_strlcpy (audit->head, state.head, sizeof audit->head);
  if (!state.intact)
    {
      g_autofree char *number = g_strdup_printf ("%" G_GUINT64_FORMAT, state.broken);
      gh_log (GH_LOG_ERROR, "audit", "the chain of the audit log is broken", "record", number,
              NULL);
      gh_audit_record (audit, GH_AUDIT_SERVICE, "chain broken", "record", number, NULL);
    }
  return TRUE;
}

GhAudit *
gh_audit_open (const char *folder, guint64 max_bytes, GhClock *clock, GError **error)
{
  GhAudit *audit = g_new0 (GhAudit, 1);
  audit->folder = g_strdup (folder);
  audit->file_bytes = MAX (max_bytes / FILES, 4096);
  audit->clock = gh_clock_ref (clock);
  audit->rate = gh_audit_rate_new (clock);
  audit->fd = -1;
  memset (audit->head, '0', HASH_LENGTH);
  g_mutex_init (&audit->lock);
  g_mutex_init (&audit->disk);
  g_cond_init (&audit->changed);
  g_cond_init (&audit->written);
  if (folder == NULL || continue_chain (audit, error))
    audit->thread = g_thread_try_new ("gh-audit", run, audit, error);
  if (audit->thread != NULL)
    return audit;
  gh_audit_close (audit);
  return NULL;
}

void
gh_audit_close (GhAudit *audit)
{
  g_mutex_lock (&audit->lock);
  audit->stopping = TRUE;
  g_cond_signal (&audit->changed);
  g_mutex_unlock (&audit->lock);
  if (audit->thread != NULL)
    g_thread_join (audit->thread);
  if (audit->fd >= 0)
    close (audit->fd);
  g_queue_clear_full (&audit->queue, record_free);
  g_queue_clear_full (&audit->kept, record_free);
  g_mutex_clear (&audit->lock);
  g_mutex_clear (&audit->disk);
  g_cond_clear (&audit->changed);
  g_cond_clear (&audit->written);
  gh_audit_rate_free (audit->rate);
  gh_clock_unref (audit->clock);
  g_free (audit->folder);
  g_free (audit);
}
