/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-cse-applications.h"

#include <string.h>

#include "base/gh-log.h"
#include "gh-cse-private.h"
#include "primitive/gh-json-reader.h"
#include "primitive/gh-json-writer.h"

/* A transport without a socket: what is sent to an application goes to the creator's context, where
 * the program hands it over. */

/* Octets of an arena for an octet of JSON, and the least. */
#define PARSED_FACTOR 32
#define PARSED_LEAST  16384

struct _GhCseDelivery {
  gint ref_count; /* atomic */
  GhCse *cse;     /* a reference */
  char *holder, *primitive, *notification, *subscription, *request_identifier;
  guint timeout_ms;
  GhDeliveryFunc done; /* under the lock of the applications until it was called */
  gpointer user_data;
};

struct _GhCseApplications {
  GhCse *cse;
  const GhCseApplicationOps *ops; /* creator's context */
  gpointer user_data;
  GMutex lock;         /* of the rest */
  GHashTable *waiting; /* GhCseDelivery: each a reference */
  gboolean stopped;
};

static void
delivery_unref (gpointer data)
{
  GhCseDelivery *delivery = data;
  if (!g_atomic_int_dec_and_test (&delivery->ref_count))
    return;
  g_object_unref (delivery->cse);
  g_free (delivery->holder);
  g_free (delivery->primitive);
  g_free (delivery->notification);
  g_free (delivery->subscription);
  g_free (delivery->request_identifier);
  g_free (delivery);
}

GhCseApplications *
gh_cse_applications_new (GhCse *cse)
{
  GhCseApplications *applications = g_new0 (GhCseApplications, 1);
  applications->cse = cse;
  applications->waiting = g_hash_table_new (NULL, NULL);
  g_mutex_init (&applications->lock);
  return applications;
}

void
gh_cse_applications_free (GhCseApplications *applications)
{
  g_hash_table_unref (applications->waiting);
  g_mutex_clear (&applications->lock);
  g_free (applications);
}

void
gh_cse_set_applications (GhCse *cse, const GhCseApplicationOps *ops, gpointer user_data)
{
  g_return_if_fail (GH_IS_CSE (cse));
  cse->applications->ops = ops;
  cse->applications->user_data = user_data;
}

/* Whoever takes it out of those that wait tells the sender, once. */
static void
end (GhCseDelivery *delivery, const GhDeliveryResult *result)
{
  GhCseApplications *applications = delivery->cse->applications;
  g_mutex_lock (&applications->lock);
  const gboolean open = g_hash_table_remove (applications->waiting, delivery);
  g_mutex_unlock (&applications->lock);
  if (!open)
    return;
  delivery->done (result, delivery->user_data);
  delivery_unref (delivery);
}

/* The content as one value of JSON: what came from a peer must not become a part of what is around
 * it. NULL with FALSE: it is none. */
static gboolean
read_content (const GhDelivery *delivery, GhArena *arena, GhValue *out)
{
  *out = (GhValue){ .kind = GH_VALUE_NONE };
  return delivery->body == NULL || delivery->body->length == 0
         || gh_json_parse (delivery->body->data, delivery->body->length, arena, out, NULL);
}

static void
put_text (GhJsonWriter *json, const char *name, const char *text)
{
  if (text == NULL)
    return;
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  gh_json_name (json, name);
  gh_json_string (json, valid, strlen (valid));
}

static char *
take_json (GhJsonWriter *json)
{
  g_autoptr (GhBuffer) text = gh_json_writer_finish (json);
  return g_strndup (text->data, text->length);
}

static char *
make_primitive (const GhDelivery *delivery, const GhValue *content)
{
  GhJsonWriter json;
  gh_json_writer_init (&json, 512);
  gh_json_begin_object (&json);
  gh_json_name (&json, "op");
  gh_json_integer (&json, delivery->operation);
  put_text (&json, "to", delivery->to);
  put_text (&json, "fr", delivery->from);
  put_text (&json, "rqi", delivery->request_identifier);
  put_text (&json, "rvi", delivery->release_version);
  if (delivery->event_category != NULL)
    {
      gh_json_name (&json, "ec");
      gh_json_integer (&json, g_ascii_strtoll (delivery->event_category, NULL, 10));
    }
  if (content->kind != GH_VALUE_NONE)
    {
      gh_json_name (&json, "pc");
      gh_json_value (&json, content);
    }
  gh_json_end_object (&json);
  return take_json (&json);
}

static char *
value_to_text (const GhValue *value)
{
  GhJsonWriter json;
  gh_json_writer_init (&json, 256);
  gh_json_value (&json, value);
  return take_json (&json);
}

/* NULL: its content is no JSON. */
static GhCseDelivery *
delivery_new (GhCse *cse, const GhDelivery *from)
{
  const gsize length = from->body != NULL ? from->body->length : 0;
  g_autoptr (GhArena) arena = gh_arena_new (length * PARSED_FACTOR + PARSED_LEAST);
  GhValue content;
  const GhValue *notification;
  if (!read_content (from, arena, &content))
    return NULL;
  GhCseDelivery *delivery = g_new0 (GhCseDelivery, 1);
  notification = from->operation == GH_OPERATION_NOTIFY ? gh_value_member (&content, "m2m:sgn")
                                                        : NULL;
  delivery->ref_count = 1;
  delivery->cse = g_object_ref (cse);
  delivery->holder = g_strdup (from->holder);
  delivery->request_identifier = g_strdup (from->request_identifier);
  delivery->primitive = make_primitive (from, &content);
  if (notification != NULL)
    {
      delivery->notification = value_to_text (&content);
      delivery->subscription = g_strdup (gh_value_text (gh_value_member (notification, "sur")));
    }
  delivery->timeout_ms = from->timeout_ms;
  return delivery;
}

static gboolean
hand_over (gpointer data)
{
  GhCseDelivery *delivery = data;
  const GhCseApplications *applications = delivery->cse->applications;
  g_atomic_int_inc (&delivery->ref_count);
  if (applications->ops != NULL)
    applications->ops->deliver (delivery->cse, delivery, applications->user_data);
  else
    gh_cse_delivery_fail (delivery, TRUE, "applications are not served");
  return G_SOURCE_REMOVE;
}

typedef struct {
  GhDeliveryResult result;
  GhDeliveryFunc done;
  gpointer user_data;
} Refusal;

static gboolean
tell_refusal (gpointer data)
{
  const Refusal *refusal = data;
  refusal->done (&refusal->result, refusal->user_data);
  return G_SOURCE_REMOVE;
}

/* Never before send returns: so says GhTransportOps. */
static void
refuse (GhCse *cse, GhDeliveryFunc done, gpointer user_data, const char *reason)
{
  Refusal *refusal = g_new0 (Refusal, 1);
  *refusal = (Refusal){ { .status = GH_DELIVERY_REFUSED, .reason = reason, .unsent = TRUE },
                        done,
                        user_data };
  gh_cse_call_creator (cse, tell_refusal, refusal, g_free);
}

static void
transport_send (GhTransport *transport, const GhDelivery *delivery, GhDeliveryFunc done,
                gpointer user_data)
{
  GhCseApplications *applications = (GhCseApplications *) transport;
  if (delivery->holder == NULL || delivery->cse_id != NULL)
    {
      refuse (applications->cse, done, user_data, "an application is reached by its AE-ID alone");
      return;
    }
  GhCseDelivery *mine = delivery_new (applications->cse, delivery);
  if (mine == NULL)
    {
      refuse (applications->cse, done, user_data, "the content is no JSON");
      return;
    }
  mine->done = done;
  mine->user_data = user_data;
  g_atomic_int_inc (&mine->ref_count);
  g_mutex_lock (&applications->lock);
  const gboolean stopped = applications->stopped;
  if (!stopped)
    g_hash_table_add (applications->waiting, mine);
  g_mutex_unlock (&applications->lock);
  if (!stopped)
    {
      gh_cse_call_creator (applications->cse, hand_over, mine, delivery_unref);
      return;
    }
  delivery_unref (mine);
  delivery_unref (mine);
  refuse (applications->cse, done, user_data, "the CSE stops");
}

static GhTransport *
transport_create (const GhTransportHost *host, GError **error)
{
  GhCse *cse = host->core;
  (void) error;
  return (GhTransport *) cse->applications;
}

static gboolean
transport_start (GhTransport *transport, GError **error)
{
  (void) transport;
  (void) error;
  return TRUE;
}

static void
transport_stop (GhTransport *transport)
{
  GhCseApplications *applications = (GhCseApplications *) transport;
  const GhDeliveryResult stopped = { .status = GH_DELIVERY_UNREACHABLE, .reason = "the CSE stops" };
  g_autoptr (GPtrArray) open = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer key;
  g_mutex_lock (&applications->lock);
  applications->stopped = TRUE;
  g_hash_table_iter_init (&iter, applications->waiting);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      g_atomic_int_inc (&((GhCseDelivery *) key)->ref_count);
      g_ptr_array_add (open, key);
    }
  g_mutex_unlock (&applications->lock);
  for (guint i = 0; i < open->len; i++)
    {
      end (open->pdata[i], &stopped);
      delivery_unref (open->pdata[i]);
    }
}

/* It is the CSE's, from its beginning to its end. */
static void
transport_free (GhTransport *transport)
{
  (void) transport;
}

typedef struct {
  GhCse *cse;
  guint64 association;
} Closing;

static void
closing_free (gpointer data)
{
  Closing *closing = data;
  g_object_unref (closing->cse);
  g_free (closing);
}

static gboolean
hand_over_closing (gpointer data)
{
  const Closing *closing = data;
  const GhCseApplications *applications = closing->cse->applications;
  if (applications->ops != NULL)
    applications->ops->close (closing->cse, closing->association, applications->user_data);
  return G_SOURCE_REMOVE;
}

static void
transport_close_association (GhTransport *transport, guint64 association_id)
{
  const GhCseApplications *applications = (const GhCseApplications *) transport;
  Closing *closing = g_new0 (Closing, 1);
  closing->cse = g_object_ref (applications->cse);
  closing->association = association_id;
  gh_cse_call_creator (applications->cse, hand_over_closing, closing, closing_free);
}

static const char *const schemes[] = { "dbus", NULL };

const GhTransportOps gh_cse_application_transport = {
  .struct_size = sizeof (GhTransportOps),
  .name = "applications",
  .schemes = schemes,
  .create = transport_create,
  .start = transport_start,
  .stop = transport_stop,
  .free = transport_free,
  .send = transport_send,
  .close_association = transport_close_association,
};

const char *
gh_cse_delivery_get_holder (const GhCseDelivery *delivery)
{
  return delivery->holder;
}

const char *
gh_cse_delivery_get_primitive (const GhCseDelivery *delivery)
{
  return delivery->primitive;
}

const char *
gh_cse_delivery_get_notification (const GhCseDelivery *delivery)
{
  return delivery->notification;
}

const char *
gh_cse_delivery_get_subscription (const GhCseDelivery *delivery)
{
  return delivery->subscription;
}

guint
gh_cse_delivery_get_timeout_ms (const GhCseDelivery *delivery)
{
  return delivery->timeout_ms;
}

void
gh_cse_delivery_accept (GhCseDelivery *delivery)
{
  const GhDeliveryResult taken = { .status = GH_DELIVERY_DONE, .rsc = GH_RSC_OK };
  end (delivery, &taken);
  delivery_unref (delivery);
}

void
gh_cse_delivery_fail (GhCseDelivery *delivery, gboolean unsent, const char *reason)
{
  const GhDeliveryResult failed = { .status = GH_DELIVERY_UNREACHABLE,
                                    .reason = reason,
                                    .unsent = unsent };
  end (delivery, &failed);
  delivery_unref (delivery);
}

/* A response of the request alone, which is its last. */
static gboolean
check_response (const GhCseDelivery *delivery, const GhResponse *response, GhFault *fault)
{
  if (response->status < GH_RSC_OK)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "rsc: from %d on is expected", GH_RSC_OK);
  return response->request_identifier == NULL
         || g_strcmp0 (response->request_identifier, delivery->request_identifier) == 0
         || gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "rqi: not that of the request");
}

void
gh_cse_delivery_answer (GhCseDelivery *delivery, const char *text)
{
  const gsize length = strnlen (text, GH_CSE_MAX_REPLY + 1);
  g_autoptr (GhArena) arena = gh_arena_new (length * PARSED_FACTOR + PARSED_LEAST);
  GhResponse response = { 0 };
  GhFault fault = { 0 };
  gboolean understood = FALSE;
  if (length > GH_CSE_MAX_REPLY)
    gh_fault_set (&fault, GH_ERROR_TOO_LARGE, "more than %d octets", GH_CSE_MAX_REPLY);
  else
    understood = gh_response_from_json (text, length, arena, &response, &fault)
                 && check_response (delivery, &response, &fault);
  g_autoptr (GhBuffer) buffer = response.buffer;
  if (!understood)
    {
      gh_log (GH_LOG_NOTICE, "cse", "the response of an application is not understood", "ae",
              delivery->holder, "reason", fault.text, NULL);
      gh_cse_delivery_fail (delivery, FALSE, "the response of the application is not understood");
      return;
    }
  const GhDeliveryResult done = { .status = GH_DELIVERY_DONE,
                                  .rsc = response.status,
                                  .body = response.body,
                                  .body_length = response.body_length };
  end (delivery, &done);
  delivery_unref (delivery);
}

void
gh_cse_application_reached (GhCse *cse, const char *ae_id)
{
  g_return_if_fail (GH_IS_CSE (cse) && ae_id != NULL);
  g_rw_lock_reader_lock (&cse->door);
  if (g_atomic_int_get (&cse->state) == GH_CSE_RUNNING)
    gh_notifier_reached (cse->service->notifier, ae_id);
  g_rw_lock_reader_unlock (&cse->door);
}
