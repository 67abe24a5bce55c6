/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** GhWatchKind: what administrators see of a CSE. */
typedef enum {
  GH_WATCH_CSE,         /* id: "" */
  GH_WATCH_APPLICATION, /* id: AE-ID-Stem */
  GH_WATCH_PLUGIN,      /* id: its name */
  GH_WATCH_CREDENTIAL,  /* id: its number in the vault */
  GH_WATCH_ASSOCIATION, /* id: its number */
} GhWatchKind;

/**
 * GhWatchFunc: something about this one has changed, perhaps it is new or gone: the callee looks.
 * Any thread; must not block or call back.
 */
typedef void (*GhWatchFunc) (GhWatchKind kind, const char *id, gpointer user_data);

/**
 * GhWatch:
 * Where a CSE says that something has changed, to at most one who wants to know: without him it is
 * one load. Any thread.
 */
typedef struct _GhWatch GhWatch;

GhWatch *gh_watch_new (void);
void gh_watch_free (GhWatch *watch);
/** gh_watch_set: @func NULL: nobody; the one before is not being called when it returns. */
void gh_watch_set (GhWatch *watch, GhWatchFunc func, gpointer user_data);
/** gh_watch_tell, gh_watch_tell_number: @watch NULL: there is none. After the change can be seen.
 */
void gh_watch_tell (GhWatch *watch, GhWatchKind kind, const char *id);
void gh_watch_tell_number (GhWatch *watch, GhWatchKind kind, guint64 number);

G_END_DECLS
