/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * A disk in memory, below SQLite, that can lose power. What was written since a file's last sync
 * stands in a list; when the power goes, each sector of it survives, is lost or is torn, by a seed.
 * Names are like that, too: a file is sure to be there (or gone) only when its folder was synced.
 * A sync that fails forgets what it should have synced, as Linux does: a later one that succeeds
 * does not make it durable. Bytes around a write are never harmed, which is what SQLite's own
 * layer promises for disks of today (SQLITE_IOCAP_POWERSAFE_OVERWRITE).
 *
 * Any thread. Calls that change the disk are counted from 1.
 */
typedef struct _PowerDisk PowerDisk;

PowerDisk *power_disk_new (guint32 seed);
void power_disk_free (PowerDisk *disk);
/* The name of its VFS. */
const char *power_disk_name (const PowerDisk *disk);
guint power_disk_calls (const PowerDisk *disk);

/* The power goes in call @call; 0: stays. */
void power_disk_cut_at (PowerDisk *disk, guint call);
void power_disk_cut_now (PowerDisk *disk);
gboolean power_disk_is_off (const PowerDisk *disk);
/* Everything that is open is dead, what was written is there: a process that was killed. */
void power_disk_kill (PowerDisk *disk);
/* After a cut or a kill: new files can be opened. */
void power_disk_restart (PowerDisk *disk);
/* Calls @call and the @n - 1 after it fail; full: a write with SQLITE_FULL, nothing else. */
void power_disk_fail_at (PowerDisk *disk, guint call, guint n, gboolean full);

/* Changes one octet of a file as it stands: a rotten disk. FALSE: it is not so long. */
gboolean power_disk_flip (PowerDisk *disk, const char *name, gsize offset);

G_END_DECLS
