/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-polkit.h"

#ifdef HAVE_POLKIT
#include <polkit/polkit.h>

typedef struct {
  char *sender, *action;
  gboolean interactive;
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  g_free (question->sender);
  g_free (question->action);
  g_free (question);
}

/* Whatever goes wrong is a no; the reason is for our own log. */
static void
fail (GTask *task, const GError *reason)
{
  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                           "polkit cannot be asked: %s", reason->message);
}

static void
answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  const Question *question = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (PolkitAuthorizationResult) said = NULL;

  said = polkit_authority_check_authorization_finish (POLKIT_AUTHORITY (source), result, &error);
  if (said == NULL)
    fail (task, error);
  else if (polkit_authorization_result_get_is_authorized (said))
    g_task_return_boolean (task, TRUE);
  else if (polkit_authorization_result_get_is_challenge (said) && !question->interactive)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "%s needs an authentication",
                             question->action);
  else
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                             "polkit does not allow %s", question->action);
}

static void
found (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  const Question *question = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (PolkitAuthority) authority = polkit_authority_get_finish (result, &error);
  g_autoptr (PolkitSubject) subject = NULL;

  (void) source;
  if (authority == NULL)
    {
      fail (task, error);
      return;
    }
  subject = polkit_system_bus_name_new (question->sender);
  polkit_authority_check_authorization (
    authority, subject, question->action, NULL,
    question->interactive ? POLKIT_CHECK_AUTHORIZATION_FLAGS_ALLOW_USER_INTERACTION
                          : POLKIT_CHECK_AUTHORIZATION_FLAGS_NONE,
    g_task_get_cancellable (task), answered, g_object_ref (task));
}

void
gh_bus_polkit_ask_async (const char *sender, const char *action, gboolean interactive,
                         GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Question *question = g_new0 (Question, 1);

  question->sender = g_strdup (sender);
  question->action = g_strdup (action);
  question->interactive = interactive;
  g_task_set_task_data (task, question, question_free);
  polkit_authority_get_async (cancellable, found, task);
}

#else

void
gh_bus_polkit_ask_async (const char *sender, const char *action, gboolean interactive,
                         GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  (void) sender;
  (void) action;
  (void) interactive;
  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                           "this gatehoused was built without polkit: only root may use this");
}

#endif

gboolean
gh_bus_polkit_ask_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
