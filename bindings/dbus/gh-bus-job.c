/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-job.h"

#include "base/gh-error.h"

#include <gio/gunixfdlist.h>
#include <unistd.h>

struct _GhBusJobs {
  GhCse *cse;
  GhReloader *reloader;
  gboolean system;
  GMutex changing; /* held by the one that changes something */
  GMutex lock;     /* of the rest */
  GCond ended;
  guint under_way;
  gboolean stopping;
};

/* What a task knows beside the job. */
typedef struct {
  GhBusJob job;
  GhBusJobFunc func;
  gboolean changes;
} Call;

GhBusJobs *
gh_bus_jobs_new (GhCse *cse, GhReloader *reloader, gboolean system)
{
  GhBusJobs *jobs = g_atomic_rc_box_new0 (GhBusJobs);

  jobs->cse = g_object_ref (cse);
  jobs->reloader = reloader;
  jobs->system = system;
  g_mutex_init (&jobs->changing);
  g_mutex_init (&jobs->lock);
  g_cond_init (&jobs->ended);
  return jobs;
}

static void
jobs_clear (gpointer data)
{
  GhBusJobs *jobs = data;

  g_clear_object (&jobs->cse);
  g_mutex_clear (&jobs->changing);
  g_mutex_clear (&jobs->lock);
  g_cond_clear (&jobs->ended);
}

void
gh_bus_jobs_unref (GhBusJobs *jobs)
{
  g_atomic_rc_box_release_full (jobs, jobs_clear);
}

void
gh_bus_jobs_stop (GhBusJobs *jobs)
{
  g_mutex_lock (&jobs->lock);
  jobs->stopping = TRUE;
  while (jobs->under_way > 0)
    g_cond_wait (&jobs->ended, &jobs->lock);
  g_mutex_unlock (&jobs->lock);
}

void
gh_bus_return_error (GDBusMethodInvocation *invocation, const GError *error)
{
  /* what it cites may have been cut within a character */
  g_autofree char *message = g_utf8_make_valid (error->message, -1);
  g_autofree char *name = error->domain == GH_ERROR ? g_strdup (gh_error_bus_name (error->code))
                                                    : g_dbus_error_encode_gerror (error);

  g_dbus_method_invocation_return_dbus_error (invocation, name, message);
}

static void
call_free (gpointer data)
{
  Call *call = data;

  if (call->job.reply_fd >= 0)
    close (call->job.reply_fd);
  if (call->job.reply != NULL)
    g_variant_unref (g_variant_ref_sink (call->job.reply));
  gh_bus_jobs_unref (call->job.jobs);
  g_free (call);
}

/* FALSE: the object is being withdrawn. */
static gboolean
enter (GhBusJobs *jobs)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&jobs->lock);

  if (jobs->stopping)
    return FALSE;
  jobs->under_way++;
  return TRUE;
}

static void
leave (GhBusJobs *jobs)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&jobs->lock);

  jobs->under_way--;
  g_cond_broadcast (&jobs->ended);
}

static gboolean
run (Call *call, GError **error)
{
  GhBusJob *job = &call->job;
  g_autoptr (GMutexLocker) locker = call->changes ? g_mutex_locker_new (&job->jobs->changing)
                                                  : NULL;

  job->security = gh_cse_get_security (job->cse);
  if (job->security == NULL)
    {
      g_set_error_literal (error, GH_ERROR, GH_ERROR_CANCELLED, "the CSE does not run");
      return FALSE;
    }
  job->vault = gh_security_get_vault (job->security);
  return call->func (job, error);
}

static void
run_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Call *call = task_data;
  GhBusJobs *jobs = call->job.jobs;
  GError *error = NULL;
  const gboolean done = run (call, &error);

  (void) source;
  (void) cancellable;
  leave (jobs);
  if (done)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
answer (GhBusJob *job)
{
  g_autoptr (GUnixFDList) list = NULL;
  GVariant *reply = g_steal_pointer (&job->reply);

  if (job->reply_fd >= 0)
    {
      list = g_unix_fd_list_new_from_array (&job->reply_fd, 1);
      job->reply_fd = -1;
    }
  g_dbus_method_invocation_return_value_with_unix_fd_list (job->invocation, reply, list);
}

static void
done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;

  (void) source;
  (void) user_data;
  if (g_task_propagate_boolean (G_TASK (result), &error))
    answer (&call->job);
  else
    gh_bus_return_error (call->job.invocation, error);
}

void
gh_bus_jobs_run (GhBusJobs *jobs, GDBusMethodInvocation *invocation, GhBusJobFunc func,
                 gboolean changes)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, done, NULL);
  Call *call = g_new0 (Call, 1);

  *call = (Call){ .job = { .jobs = g_atomic_rc_box_acquire (jobs),
                           .invocation = invocation,
                           .cse = jobs->cse,
                           .reloader = jobs->reloader,
                           .system = jobs->system,
                           .parameters = g_dbus_method_invocation_get_parameters (invocation),
                           .reply_fd = -1 },
                  .func = func,
                  .changes = changes };
  g_task_set_task_data (task, call, call_free);
  if (enter (jobs))
    g_task_run_in_thread (task, run_in_thread);
  else
    g_task_return_new_error (task, GH_ERROR, GH_ERROR_CANCELLED, "gatehoused is stopping");
}
