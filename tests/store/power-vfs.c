/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "power-vfs.h"

#include <sqlite3.h>

#include <string.h>

#define SECTOR 512
#define HOLD(disk)                                                            \
  g_autoptr (GRecMutexLocker) locker G_GNUC_UNUSED = g_rec_mutex_locker_new ( \
    (GRecMutex *) &(disk)->lock)
#define N_SHM_LOCKS SQLITE_SHM_NLOCK

/* A write, or (data NULL) a truncation to @offset. */
typedef struct {
  gsize offset, length;
  guint8 *data;
} Change;

typedef struct _Handle Handle;

typedef struct {
  GByteArray *now, *durable;
  GPtrArray *changes; /* since the last sync */
  GPtrArray *regions; /* shared memory, gone with the power and with who maps it last */
  guint n_maps;
  guint n_shared;
  Handle *reserved, *exclusive;
  guint shm_shared[N_SHM_LOCKS];
  Handle *shm_exclusive[N_SHM_LOCKS];
} Inode;

/* A name of the folder, as it is and as it would be after a power cut for sure. */
typedef struct {
  Inode *now, *durable;
} Name;

struct _PowerDisk {
  GRecMutex lock; /* everything below */
  sqlite3_vfs vfs;
  char *name;
  GRand *rand;
  GHashTable *names;
  GPtrArray *inodes;
  guint calls, cut_at, fail_at, n_fail;
  gboolean full, off;
  guint epoch; /* handles of an older one are dead */
};

struct _Handle {
  sqlite3_file base;
  PowerDisk *disk;
  Inode *inode;
  gboolean sync_folder; /* with its first sync */
  guint epoch;
  int lock;
  guint16 shm_shared, shm_exclusive; /* bits of the locks held */
  gboolean maps;
};

/* Contents. */

static void
change_free (gpointer data)
{
  Change *change = data;

  g_free (change->data);
  g_free (change);
}

static void
region_free (gpointer data)
{
  g_free (data);
}

static void
inode_free (gpointer data)
{
  Inode *inode = data;

  g_byte_array_unref (inode->now);
  g_byte_array_unref (inode->durable);
  g_ptr_array_unref (inode->changes);
  g_ptr_array_unref (inode->regions);
  g_free (inode);
}

static Inode *
inode_new (PowerDisk *disk)
{
  Inode *inode = g_new0 (Inode, 1);

  inode->now = g_byte_array_new ();
  inode->durable = g_byte_array_new ();
  inode->changes = g_ptr_array_new_with_free_func (change_free);
  inode->regions = g_ptr_array_new_with_free_func (region_free);
  g_ptr_array_add (disk->inodes, inode);
  return inode;
}

static void
resize (GByteArray *bytes, gsize size)
{
  const guint old = bytes->len;

  g_byte_array_set_size (bytes, (guint) size);
  if (size > old)
    memset (bytes->data + old, 0, size - old);
}

static void
apply_range (GByteArray *bytes, const Change *change, gsize from, gsize to)
{
  if (bytes->len < change->offset + to)
    resize (bytes, change->offset + to);
  memcpy (bytes->data + change->offset + from, change->data + from, to - from);
}

static void
apply (GByteArray *bytes, const Change *change)
{
  if (change->data == NULL)
    resize (bytes, change->offset);
  else
    apply_range (bytes, change, 0, change->length);
}

static void
note_change (Inode *inode, gsize offset, const void *data, gsize length)
{
  Change *change = g_new0 (Change, 1);

  change->offset = offset;
  change->length = length;
  change->data = g_memdup2 (data, length);
  apply (inode->now, change);
  g_ptr_array_add (inode->changes, change);
}

static void
make_durable (Inode *inode)
{
  for (guint i = 0; i < inode->changes->len; i++)
    apply (inode->durable, inode->changes->pdata[i]);
  g_ptr_array_set_size (inode->changes, 0);
}

/* The power goes. */

typedef enum { ALL, NONE, SOME, BEGINNING, N_FATES } Fate;

static void
survive_write (PowerDisk *disk, Inode *inode, const Change *change)
{
  gsize from = 0;

  while (from < change->length)
    {
      const gsize to = MIN (change->length, from + SECTOR - (change->offset + from) % SECTOR);
      const guint die = (guint) g_rand_int_range (disk->rand, 0, 10);
      if (die < 4)
        apply_range (inode->durable, change, from, to);
      else if (die == 4)
        apply_range (inode->durable, change, from,
                     from + (gsize) g_rand_int_range (disk->rand, 0, (gint) (to - from)));
      from = to;
    }
}

/* A sync has failed: some of it may have reached the disk, the rest never will. */
static void
forget (PowerDisk *disk, Inode *inode)
{
  for (guint i = 0; i < inode->changes->len; i++)
    {
      const Change *change = inode->changes->pdata[i];
      if (change->data != NULL)
        survive_write (disk, inode, change);
    }
  g_ptr_array_set_size (inode->changes, 0);
}

static void
survive_content (PowerDisk *disk, Inode *inode)
{
  const Fate fate = (Fate) g_rand_int_range (disk->rand, 0, N_FATES);
  const guint n = fate == BEGINNING
                    ? (guint) g_rand_int_range (disk->rand, 0, (gint) inode->changes->len + 1)
                    : inode->changes->len;

  for (guint i = 0; i < n && fate != NONE; i++)
    {
      const Change *change = inode->changes->pdata[i];
      if (fate != SOME)
        apply (inode->durable, change);
      else if (change->data != NULL)
        survive_write (disk, inode, change);
      else if (g_rand_boolean (disk->rand))
        apply (inode->durable, change);
    }
  g_ptr_array_set_size (inode->changes, 0);
  g_byte_array_set_size (inode->now, 0);
  g_byte_array_append (inode->now, inode->durable->data, inode->durable->len);
}

static void
cut (PowerDisk *disk)
{
  GHashTableIter iter;
  gpointer value;

  disk->off = TRUE;
  for (guint i = 0; i < disk->inodes->len; i++)
    survive_content (disk, disk->inodes->pdata[i]);
  g_hash_table_iter_init (&iter, disk->names);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Name *entry = value;
      if (g_rand_boolean (disk->rand))
        entry->durable = entry->now;
      entry->now = entry->durable;
    }
}

/* Counts a call that changes the disk. Returns what the call must return, or SQLITE_OK. */
static int
count_call (PowerDisk *disk, gboolean is_write, int failure)
{
  if (disk->off)
    return failure;
  disk->calls++;
  if (disk->fail_at == 0 || disk->calls < disk->fail_at
      || disk->calls - disk->fail_at >= disk->n_fail)
    return SQLITE_OK;
  if (disk->full)
    return is_write ? SQLITE_FULL : SQLITE_OK;
  return failure;
}

/* At the end of a call that was counted. */
static int
finish_call (PowerDisk *disk, int failure)
{
  if (disk->calls != disk->cut_at)
    return SQLITE_OK;
  cut (disk);
  return failure;
}

static gboolean
is_dead (const Handle *handle)
{
  return handle->disk->off || handle->epoch != handle->disk->epoch;
}

/* sqlite3_io_methods */

static int
file_close (sqlite3_file *file)
{
  return SQLITE_OK;
}

static int
file_read (sqlite3_file *file, void *data, int length, sqlite3_int64 offset)
{
  HOLD (((Handle *) file)->disk);
  const Handle *handle = (Handle *) file;
  const GByteArray *now = handle->inode->now;

  if (is_dead (handle))
    return SQLITE_IOERR_READ;
  const gsize from = MIN ((gsize) offset, now->len);
  const gsize there = MIN ((gsize) length, now->len - from);
  if (there > 0)
    memcpy (data, now->data + from, there);
  if (there == (gsize) length)
    return SQLITE_OK;
  memset ((guint8 *) data + there, 0, (gsize) length - there);
  return SQLITE_IOERR_SHORT_READ;
}

static int
file_write (sqlite3_file *file, const void *data, int length, sqlite3_int64 offset)
{
  HOLD (((Handle *) file)->disk);
  const Handle *handle = (Handle *) file;

  if (is_dead (handle))
    return SQLITE_IOERR_WRITE;
  const int result = count_call (handle->disk, TRUE, SQLITE_IOERR_WRITE);
  /* a write that fails may have been done in part */
  if (result != SQLITE_OK)
    length = g_rand_int_range (handle->disk->rand, 0, length);
  if (length > 0)
    note_change (handle->inode, (gsize) offset, data, (gsize) length);
  if (result != SQLITE_OK)
    return result;
  return finish_call (handle->disk, SQLITE_IOERR_WRITE);
}

static int
file_truncate (sqlite3_file *file, sqlite3_int64 size)
{
  HOLD (((Handle *) file)->disk);
  const Handle *handle = (Handle *) file;

  if (is_dead (handle))
    return SQLITE_IOERR_TRUNCATE;
  const int result = count_call (handle->disk, FALSE, SQLITE_IOERR_TRUNCATE);
  if (result != SQLITE_OK)
    return result;
  note_change (handle->inode, (gsize) size, NULL, 0);
  return finish_call (handle->disk, SQLITE_IOERR_TRUNCATE);
}

static void
sync_names (PowerDisk *disk)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, disk->names);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    ((Name *) value)->durable = ((Name *) value)->now;
}

static int
file_sync (sqlite3_file *file, int flags)
{
  HOLD (((Handle *) file)->disk);
  Handle *handle = (Handle *) file;

  if (is_dead (handle))
    return SQLITE_IOERR_FSYNC;
  const int result = count_call (handle->disk, FALSE, SQLITE_IOERR_FSYNC);
  if (result != SQLITE_OK)
    {
      forget (handle->disk, handle->inode);
      return result;
    }
  /* a cut in a sync comes before its end */
  if (finish_call (handle->disk, SQLITE_IOERR_FSYNC) != SQLITE_OK)
    return SQLITE_IOERR_FSYNC;
  make_durable (handle->inode);
  if (handle->sync_folder)
    sync_names (handle->disk);
  handle->sync_folder = FALSE;
  return SQLITE_OK;
}

static int
file_size (sqlite3_file *file, sqlite3_int64 *out_size)
{
  HOLD (((Handle *) file)->disk);
  const Handle *handle = (Handle *) file;

  *out_size = handle->inode->now->len;
  return is_dead (handle) ? SQLITE_IOERR_FSTAT : SQLITE_OK;
}

static int
file_lock (sqlite3_file *file, int level)
{
  HOLD (((Handle *) file)->disk);
  Handle *handle = (Handle *) file;
  Inode *inode = handle->inode;

  if (handle->lock >= level)
    return SQLITE_OK;
  if (inode->exclusive != NULL && inode->exclusive != handle)
    return SQLITE_BUSY;
  if (level >= SQLITE_LOCK_RESERVED && inode->reserved != NULL && inode->reserved != handle)
    return SQLITE_BUSY;
  if (level == SQLITE_LOCK_EXCLUSIVE && inode->n_shared > 1)
    return SQLITE_BUSY;
  if (handle->lock == SQLITE_LOCK_NONE)
    inode->n_shared++;
  if (level >= SQLITE_LOCK_RESERVED)
    inode->reserved = handle;
  if (level == SQLITE_LOCK_EXCLUSIVE)
    inode->exclusive = handle;
  handle->lock = level;
  return SQLITE_OK;
}

static int
file_unlock (sqlite3_file *file, int level)
{
  HOLD (((Handle *) file)->disk);
  Handle *handle = (Handle *) file;
  Inode *inode = handle->inode;

  if (handle->lock <= level || handle->epoch != handle->disk->epoch)
    return SQLITE_OK;
  if (inode->exclusive == handle)
    inode->exclusive = NULL;
  if (inode->reserved == handle)
    inode->reserved = NULL;
  if (level == SQLITE_LOCK_NONE)
    inode->n_shared--;
  handle->lock = level;
  return SQLITE_OK;
}

static int
file_check_reserved (sqlite3_file *file, int *out)
{
  HOLD (((Handle *) file)->disk);
  *out = ((Handle *) file)->inode->reserved != NULL;
  return SQLITE_OK;
}

static int
file_control (sqlite3_file *file, int op, void *argument)
{
  return SQLITE_NOTFOUND;
}

static int
file_sector_size (sqlite3_file *file)
{
  return 4096;
}

static int
file_characteristics (sqlite3_file *file)
{
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int
shm_map (sqlite3_file *file, int index, int size, int extend, void volatile **out)
{
  HOLD (((Handle *) file)->disk);
  Handle *handle = (Handle *) file;
  GPtrArray *regions = handle->inode->regions;

  *out = NULL;
  if (is_dead (handle))
    return SQLITE_IOERR_SHMMAP;
  handle->inode->n_maps += handle->maps ? 0 : 1;
  handle->maps = TRUE;
  while (extend && regions->len <= (guint) index)
    g_ptr_array_add (regions, g_malloc0 ((gsize) size));
  if ((guint) index < regions->len)
    *out = regions->pdata[index];
  return SQLITE_OK;
}

static void
shm_release (Handle *handle, guint i)
{
  Inode *inode = handle->inode;
  const guint16 bit = (guint16) (1u << i);

  if (handle->shm_shared & bit)
    inode->shm_shared[i]--;
  if (inode->shm_exclusive[i] == handle)
    inode->shm_exclusive[i] = NULL;
  handle->shm_shared = (guint16) (handle->shm_shared & ~bit);
  handle->shm_exclusive = (guint16) (handle->shm_exclusive & ~bit);
}

static gboolean
shm_can_lock (const Handle *handle, guint i, gboolean exclusive)
{
  const Inode *inode = handle->inode;
  const guint mine = (handle->shm_shared >> i) & 1;

  if (inode->shm_exclusive[i] != NULL && inode->shm_exclusive[i] != handle)
    return FALSE;
  return !exclusive || inode->shm_shared[i] == mine;
}

static int
shm_lock (sqlite3_file *file, int offset, int n, int flags)
{
  HOLD (((Handle *) file)->disk);
  Handle *handle = (Handle *) file;
  const gboolean exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;

  if (handle->epoch != handle->disk->epoch)
    return SQLITE_IOERR_SHMLOCK;
  for (guint i = (guint) offset; i < (guint) (offset + n); i++)
    {
      if (flags & SQLITE_SHM_UNLOCK)
        shm_release (handle, i);
      else if (!shm_can_lock (handle, i, exclusive))
        return SQLITE_BUSY;
    }
  for (guint i = (guint) offset; i < (guint) (offset + n) && (flags & SQLITE_SHM_LOCK); i++)
    {
      const guint16 bit = (guint16) (1u << i);
      if (exclusive)
        {
          handle->inode->shm_exclusive[i] = handle;
          handle->shm_exclusive = handle->shm_exclusive | bit;
        }
      else if (!(handle->shm_shared & bit))
        {
          handle->inode->shm_shared[i]++;
          handle->shm_shared = handle->shm_shared | bit;
        }
    }
  return SQLITE_OK;
}

static void
shm_barrier (sqlite3_file *file)
{
}

static int
shm_unmap (sqlite3_file *file, int remove)
{
  HOLD (((Handle *) file)->disk);
  Handle *handle = (Handle *) file;

  if (handle->epoch != handle->disk->epoch)
    return SQLITE_OK;
  for (guint i = 0; i < N_SHM_LOCKS; i++)
    shm_release (handle, i);
  handle->inode->n_maps -= handle->maps ? 1 : 0;
  handle->maps = FALSE;
  /* the one who maps it first again, on Linux, finds nothing of what was there */
  if (remove || handle->inode->n_maps == 0)
    g_ptr_array_set_size (handle->inode->regions, 0);
  return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
  .iVersion = 2,
  .xClose = file_close,
  .xRead = file_read,
  .xWrite = file_write,
  .xTruncate = file_truncate,
  .xSync = file_sync,
  .xFileSize = file_size,
  .xLock = file_lock,
  .xUnlock = file_unlock,
  .xCheckReservedLock = file_check_reserved,
  .xFileControl = file_control,
  .xSectorSize = file_sector_size,
  .xDeviceCharacteristics = file_characteristics,
  .xShmMap = shm_map,
  .xShmLock = shm_lock,
  .xShmBarrier = shm_barrier,
  .xShmUnmap = shm_unmap,
};

/* sqlite3_vfs */

static Name *
name_get (PowerDisk *disk, const char *name)
{
  Name *entry = g_hash_table_lookup (disk->names, name);

  if (entry == NULL)
    {
      entry = g_new0 (Name, 1);
      g_hash_table_insert (disk->names, g_strdup (name), entry);
    }
  return entry;
}

static int
disk_open (sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags, int *out_flags)
{
  HOLD ((PowerDisk *) vfs->pAppData);
  PowerDisk *disk = vfs->pAppData;
  Handle *handle = (Handle *) file;
  Name *entry = name != NULL ? name_get (disk, name) : NULL;

  memset (handle, 0, sizeof *handle);
  if (disk->off)
    return SQLITE_CANTOPEN;
  if (entry != NULL && entry->now == NULL)
    {
      if (!(flags & SQLITE_OPEN_CREATE))
        return SQLITE_CANTOPEN;
      entry->now = inode_new (disk);
      /* the store makes the file itself, and syncs its folder, before SQLite opens it */
      if (flags & SQLITE_OPEN_MAIN_DB)
        entry->durable = entry->now;
    }
  handle->base.pMethods = &methods;
  handle->disk = disk;
  /* as SQLite's own layer does for every journal or log that it may have made */
  handle->sync_folder = (flags & SQLITE_OPEN_CREATE) != 0
                        && (flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL)) != 0;
  handle->inode = entry != NULL ? entry->now : inode_new (disk);
  handle->epoch = disk->epoch;
  if (out_flags != NULL)
    *out_flags = flags;
  return SQLITE_OK;
}

static int
disk_delete (sqlite3_vfs *vfs, const char *name, int sync_folder)
{
  HOLD ((PowerDisk *) vfs->pAppData);
  PowerDisk *disk = vfs->pAppData;
  Name *entry = name_get (disk, name);

  const int result = count_call (disk, FALSE, SQLITE_IOERR_DELETE);
  if (result != SQLITE_OK)
    return result;
  if (entry->now == NULL)
    return SQLITE_IOERR_DELETE_NOENT;
  entry->now = NULL;
  if (finish_call (disk, SQLITE_IOERR_DELETE) != SQLITE_OK)
    return SQLITE_IOERR_DELETE;
  if (sync_folder)
    sync_names (disk);
  return SQLITE_OK;
}

static int
disk_access (sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
  HOLD ((PowerDisk *) vfs->pAppData);
  PowerDisk *disk = vfs->pAppData;
  const Name *entry = name_get (disk, name);

  *out = entry->now != NULL && (flags != SQLITE_ACCESS_EXISTS || entry->now->now->len > 0);
  return disk->off ? SQLITE_IOERR_ACCESS : SQLITE_OK;
}

static int
disk_full_pathname (sqlite3_vfs *vfs, const char *name, int size, char *out)
{
  sqlite3_snprintf (size, out, "%s", name);
  return SQLITE_OK;
}

static int
disk_randomness (sqlite3_vfs *vfs, int size, char *out)
{
  HOLD ((PowerDisk *) vfs->pAppData);
  PowerDisk *disk = vfs->pAppData;

  for (int i = 0; i < size; i++)
    out[i] = (char) g_rand_int (disk->rand);
  return size;
}

static int
disk_sleep (sqlite3_vfs *vfs, int microseconds)
{
  return microseconds;
}

static int
disk_time (sqlite3_vfs *vfs, double *out)
{
  *out = 2460000.5;
  return SQLITE_OK;
}

static int
disk_last_error (sqlite3_vfs *vfs, int size, char *out)
{
  return 0;
}

PowerDisk *
power_disk_new (guint32 seed)
{
  PowerDisk *disk = g_new0 (PowerDisk, 1);

  g_rec_mutex_init (&disk->lock);
  disk->name = g_strdup_printf ("power-%p", (void *) disk);
  disk->rand = g_rand_new_with_seed (seed);
  disk->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  disk->inodes = g_ptr_array_new_with_free_func (inode_free);
  disk->vfs = (sqlite3_vfs){
    .iVersion = 1,
    .szOsFile = sizeof (Handle),
    .mxPathname = 512,
    .zName = disk->name,
    .pAppData = disk,
    .xOpen = disk_open,
    .xDelete = disk_delete,
    .xAccess = disk_access,
    .xFullPathname = disk_full_pathname,
    .xRandomness = disk_randomness,
    .xSleep = disk_sleep,
    .xCurrentTime = disk_time,
    .xGetLastError = disk_last_error,
  };
  sqlite3_vfs_register (&disk->vfs, 0);
  return disk;
}

void
power_disk_free (PowerDisk *disk)
{
  sqlite3_vfs_unregister (&disk->vfs);
  g_hash_table_unref (disk->names);
  g_ptr_array_unref (disk->inodes);
  g_rand_free (disk->rand);
  g_rec_mutex_clear (&disk->lock);
  g_free (disk->name);
  g_free (disk);
}

const char *
power_disk_name (const PowerDisk *disk)
{
  return disk->name;
}

guint
power_disk_calls (const PowerDisk *disk)
{
  HOLD (disk);
  return disk->calls;
}

void
power_disk_cut_at (PowerDisk *disk, guint call)
{
  HOLD (disk);
  disk->cut_at = call;
}

void
power_disk_cut_now (PowerDisk *disk)
{
  HOLD (disk);
  cut (disk);
}

gboolean
power_disk_is_off (const PowerDisk *disk)
{
  HOLD (disk);
  return disk->off;
}

void
power_disk_kill (PowerDisk *disk)
{
  HOLD (disk);
  disk->off = TRUE;
}

void
power_disk_restart (PowerDisk *disk)
{
  HOLD (disk);
  disk->off = FALSE;
  disk->epoch++;
  for (guint i = 0; i < disk->inodes->len; i++)
    {
      Inode *inode = disk->inodes->pdata[i];
      g_ptr_array_set_size (inode->regions, 0);
      inode->n_maps = 0;
      inode->n_shared = 0;
      inode->reserved = inode->exclusive = NULL;
      memset (inode->shm_shared, 0, sizeof inode->shm_shared);
      memset (inode->shm_exclusive, 0, sizeof inode->shm_exclusive);
    }
}

void
power_disk_fail_at (PowerDisk *disk, guint call, guint n, gboolean full)
{
  HOLD (disk);
  disk->fail_at = call;
  disk->n_fail = n;
  disk->full = full;
}

gboolean
power_disk_flip (PowerDisk *disk, const char *name, gsize offset)
{
  HOLD (disk);
  const Name *entry = name_get (disk, name);

  if (entry->now == NULL || offset >= entry->now->now->len)
    return FALSE;
  entry->now->now->data[offset] ^= 0x40;
  return TRUE;
}
