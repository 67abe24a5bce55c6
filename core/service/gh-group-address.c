/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-group-address.h"

#include <string.h>

#include "base/gh-log.h"
#include "service/gh-job.h"

/* On its way to the writer. */
typedef struct {
  GhService *service;
  char *id, *address;
  GhIntent *intent;
} Lesson;

gboolean
gh_group_address_is_good (const char *address)
{
  const gsize length = strlen (address);
  if (length == 0 || length > GH_GROUP_ADDRESS_MAX)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isgraph (address[i]))
      return FALSE;
  return TRUE;
}

static char *
key_of (const char *id)
{
  return g_strconcat ("forwarding ", id, NULL);
}

/* One a line, the newest last. */
GStrv
gh_group_address_get (GhService *service, const char *id, GError **error)
{
  g_autofree char *key = key_of (id), *text = NULL;
  if (!service->store_ops->get_meta (service->store, key, &text, error))
    return NULL;
  return g_strsplit (text != NULL ? text : "", "\n", -1);
}

static gboolean
add (GhWriter *writer, const Lesson *lesson, GError **error)
{
  g_auto (GStrv) known = gh_group_address_get (lesson->service, lesson->id, error);
  const guint n = known != NULL ? g_strv_length (known) : 0;
  if (known == NULL || (n > 0 && strcmp (known[n - 1], lesson->address) == 0))
    return known != NULL;
  g_autofree char *key = key_of (lesson->id);
  g_autoptr (GString) text = g_string_new (NULL);
  guint left = n;
  for (guint i = 0; i < n; i++, left--)
    if (left < GH_GROUP_ADDRESSES && strcmp (known[i], lesson->address) != 0)
      g_string_append_printf (text, "%s\n", known[i]);
  g_string_append (text, lesson->address);
  return gh_effect_keep (writer, key, text->str, error);
}

static void
learn (GhWriter *writer, gpointer data)
{
  const Lesson *lesson = data;
  const GhView view = gh_effect_view (writer);
  g_autoptr (GError) error = NULL;
  GhNode group;
  if (gh_view_find (&view, lesson->id, &group) && !add (writer, lesson, &error))
    gh_fault_set (&lesson->intent->outcome.fault, GH_ERROR_STORE, "%s", error->message);
}

static void
learned (const GhResponse *response, gpointer data)
{
  Lesson *lesson = data;
  (void) response;
  if (lesson->intent->outcome.fault.set)
    gh_log (GH_LOG_WARNING, "notifier", "a group has not learned where to forward to", "resource",
            lesson->id, "reason", lesson->intent->outcome.fault.text, NULL);
  g_free (lesson->id);
  g_free (lesson->address);
  g_free (lesson);
}

gboolean
gh_group_address_learn (GhService *service, const char *id, const char *address, GhFault *fault)
{
  GhIntent *intent = gh_intent_new (GH_INTENT_CALL);
  Lesson *lesson = g_new0 (Lesson, 1);
  lesson->service = service;
  lesson->id = g_strdup (id);
  lesson->address = g_strdup (address);
  lesson->intent = intent;
  intent->call = learn;
  intent->reply = learned;
  intent->user_data = lesson;
  if (gh_writer_push (service->writer, intent))
    return TRUE;
  gh_intent_free (intent);
  g_free (lesson->id);
  g_free (lesson->address);
  g_free (lesson);
  return gh_fault_set (fault, GH_ERROR_OVERLOADED, "too many requests are waiting to be written");
}

gboolean
gh_group_address_forget (GhWriter *writer, const char *id, GError **error)
{
  g_autofree char *key = key_of (id);
  return gh_effect_keep (writer, key, NULL, error);
}

/* What a group sends to a group would come back to it for ever. */
gboolean
gh_group_address_check (const GhService *service, const char *address,
                        GhFault *fault)
{
  GhNode node;
  if (address == NULL || strstr (address, "://") != NULL)
    return TRUE;
  GhView view = gh_view_begin (service->tree);
  const gboolean is_group = gh_find_local (service, &view, address, &node)
                            && node.slot->type->number == GH_TYPE_GROUP;
  gh_view_end (&view);
  return !is_group
         || gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "nfu: %.80s is a group; none forwards to it",
                          address);
}

