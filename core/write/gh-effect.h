/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "write/gh-behaviour.h"

G_BEGIN_DECLS

/*
 * What the hooks of a behaviour (after, after_child, tick) may do in the batch under way: changes
 * of the CSE itself. They are notified like any other, and the hooks of what they change are
 * called too. Writer's thread. FALSE with @error: the store failed or the result is no valid
 * resource, and the batch is dropped.
 */

/** gh_effect_view: the tree with the changes of the batch under way. */
GhView gh_effect_view (GhWriter *writer);

/** gh_effect_update: merges @draft (null deletes), which the caller vouches for, into @node; et in
 * it is the new end of its life. */
gboolean gh_effect_update (GhWriter *writer, const GhNode *node, const GhDraft *draft,
                           const char *originator, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_effect_create: a structural resource below @parent, which lives as long as that, or until et
 * of @draft.
 * @draft: its attributes, which the caller vouches for; a name that is taken is an error
 * @owner: (nullable): on whose behalf; NULL: the CSE
 * @out: (nullable): the resource
 */
gboolean gh_effect_create (GhWriter *writer, const GhNode *parent, const GhDraft *draft,
                           const char *owner, GhNode *out, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_effect_keep: a @value of the CSE's own, beside the tree, under @key; NULL: none any more. */
gboolean gh_effect_keep (GhWriter *writer, const char *key, const char *value, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_effect_delete: with everything below it. */
gboolean gh_effect_delete (GhWriter *writer, const GhNode *node, const char *originator,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** gh_effect_set_state: @compiled (transfer full) takes the place of what compile() made of @node,
 * and @mark that of its stateTag, which its type must not have. Of the two only the mark survives a
 * restart. */
void gh_effect_set_state (GhWriter *writer, const GhNode *node, GhCompiled *compiled,
                          guint64 mark);

/** gh_effect_notify: tells the one subscription @number of @node of an event whose representation
 * is @body, JSON. */
gboolean gh_effect_notify (GhWriter *writer, const GhNode *node, GhEventKind kind, guint64 number,
                           const GhBuffer *body, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** gh_effect_retains: past events are kept at all. Also in check_create(). */
gboolean gh_effect_retains (const GhWriter *writer);
/** gh_effect_retained: the newest events about @node, oldest first. (transfer container): const
 * GhPastEvent, until the next effect that is no gh_effect_repeat() */
GPtrArray *gh_effect_retained (GhWriter *writer, const GhNode *node);
/** gh_effect_repeat: tells the one subscription @number of @node of @event, one of those. */
gboolean gh_effect_repeat (GhWriter *writer, const GhNode *node, guint64 number,
                           const GhValue *event, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** gh_effect_find_moment: the newest instance of @node whose moment lies in [low, high]; 0: none.
 * Also in check_create(). */
gboolean gh_effect_find_moment (GhWriter *writer, const GhNode *node, gint64 low, gint64 high,
                                guint64 *out_number, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/** gh_effect_notify_cross_resource: tells the targets of a crossResourceSubscription that all its
 * subscriptions have notified. */
gboolean gh_effect_notify_cross_resource (GhWriter *writer, const GhNode *node, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/** gh_effect_notify_result: tells the targets of a request its operationResult. */
gboolean gh_effect_notify_result (GhWriter *writer, const GhNode *node, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/** gh_effect_notify_group: @node, a <group>, has been told @notification (the value of an m2m:sgn)
 * and sends it on to @address. */
gboolean gh_effect_notify_group (GhWriter *writer, const GhNode *node, const GhValue *notification,
                                 const char *address, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/** gh_effect_notify_ended: tells the subscriberURI (su) of @resource that it has ended. */
gboolean gh_effect_notify_ended (GhWriter *writer, const GhResource *resource, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
