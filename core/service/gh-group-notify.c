/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-group-notify.h"

#include <string.h>

#include "base/gh-log.h"
#include "primitive/gh-json-reader.h"
#include "primitive/gh-json-writer.h"
#include "service/gh-fan-out.h"
#include "service/gh-group-address.h"
#include "service/gh-notifier.h"
#include "write/gh-effect.h"

/* Receiving */

/* On its way to the writer. */
typedef struct {
  GhService *service;
  char *group;
  GhArena *arena;
  GhValue content;
  const GhValue **notifications; /* the values of m2m:sgn */
  guint n;
  GhBuffer *body;   /* of all */
  gboolean foreign; /* another CSE says so */
  gboolean unknown; /* it names an address that nobody has asked for */
  GhIntent *intent; /* until it has replied */
  gboolean kept;
  GhDeliveryFunc done;
  gpointer user_data;
} Arrival;

static void
arrival_free (Arrival *arrival)
{
  g_clear_pointer (&arrival->arena, gh_arena_free);
  g_clear_pointer (&arrival->body, gh_buffer_unref);
  g_free (arrival->notifications);
  g_free (arrival->group);
  g_free (arrival);
}

static const GhValue *
list_of (const GhValue *aggregated)
{
  const GhValue *list = gh_value_member (aggregated, "m2m:sgn");
  return list != NULL ? list : gh_value_member (aggregated, "sgn");
}

/* FALSE: neither an m2m:sgn nor an m2m:agn. */
static gboolean
collect (Arrival *arrival, GhFault *fault)
{
  const GhValue *one = gh_value_member (&arrival->content, "m2m:sgn");
  const GhValue *aggregated = gh_value_member (&arrival->content, "m2m:agn");
  const GhValue *list = aggregated != NULL ? list_of (aggregated) : NULL;
  if (one == NULL
      && (list == NULL || list->kind != GH_VALUE_LIST || list->length == 0
          || list->length > GH_GROUP_NOTIFY_MAX))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "content: must be an m2m:sgn, or an m2m:agn of 1..%d of them",
                         GH_GROUP_NOTIFY_MAX);
  arrival->n = one != NULL ? 1 : list->length;
  arrival->notifications = g_new0 (const GhValue *, arrival->n);
  for (guint i = 0; i < arrival->n; i++)
    arrival->notifications[i] = one != NULL ? one : &list->items[i];
  return TRUE;
}

/* @cse: CSE-ID of who sent it; NULL: this CSE; @alone: it is no part of an m2m:agn */
static gboolean
check_notification (const GhValue *notification, const char *cse, gboolean alone, GhFault *fault)
{
  const char *reference = gh_value_text (gh_value_member (notification, "sur"));
  const char *forwarding = gh_value_text (gh_value_member (notification, "nfu"));
  const gsize length = cse != NULL ? strlen (cse) : 0;
  if (reference == NULL)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "sur: missing");
  if (cse != NULL
      && (reference[0] != '/' || strncmp (reference + 1, cse, length) != 0
          || reference[length + 1] != '/'))
    return gh_fault_set (fault, GH_ERROR_NO_PRIVILEGE, "sur: %.80s is no subscription of /%s",
                         reference, cse);
  return forwarding != NULL || (alone && gh_value_member (notification, "vrq") != NULL)
         || gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                          "nfu: missing; a group forwards what says where to");
}

/* Takes a reference of @body, NULL: there is none. */
static Arrival *
arrival_new (GhService *service, const char *group, const GhBuffer *body)
{
  Arrival *arrival = g_new0 (Arrival, 1);
  arrival->service = service;
  arrival->group = g_strdup (group);
  arrival->body = body != NULL ? gh_buffer_ref ((GhBuffer *) body) : NULL;
  arrival->arena = gh_arena_new ((body != NULL ? body->length : 0) * 16 + 65536);
  return arrival;
}

static gboolean
read_arrival (Arrival *arrival, const char *cse, GhFault *fault)
{
  const GhBuffer *body = arrival->body;
  arrival->foreign = cse != NULL;
  if (body == NULL || body->length == 0)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "content: a notification is expected");
  if (!gh_json_parse (body->data, body->length, arrival->arena, &arrival->content, fault)
      || !collect (arrival, fault))
    return FALSE;
  for (guint i = 0; i < arrival->n; i++)
    if (!check_notification (arrival->notifications[i], cse, arrival->n == 1, fault)
        || !gh_group_address_check (arrival->service,
                           gh_value_text (gh_value_member (arrival->notifications[i], "nfu")),
                           fault))
      return FALSE;
  return TRUE;
}

static gboolean
is_verification (const Arrival *arrival)
{
  return arrival->n == 1 && gh_value_member (arrival->notifications[0], "vrq") != NULL;
}

/* What another CSE wants to be forwarded goes where somebody here has asked for it. */
static gboolean
goes_where_it_may (Arrival *arrival, GError **error)
{
  if (!arrival->foreign)
    return TRUE;
  g_auto (GStrv) known = gh_group_address_get (arrival->service, arrival->group, error);
  for (guint i = 0; known != NULL && i < arrival->n; i++)
    {
      const char *address = gh_value_text (gh_value_member (arrival->notifications[i], "nfu"));
      arrival->unknown |= address != NULL
                          && !g_strv_contains ((const char *const *) known, address);
    }
  return known != NULL && !arrival->unknown;
}

static void
write_arrival (GhWriter *writer, gpointer data)
{
  Arrival *arrival = data;
  const GhView view = gh_effect_view (writer);
  g_autoptr (GError) error = NULL;
  GhNode group;
  arrival->kept = gh_view_find (&view, arrival->group, &group)
                  && group.slot->type->number == GH_TYPE_GROUP
                  && goes_where_it_may (arrival, &error);
  for (guint i = 0; i < arrival->n && arrival->kept && !is_verification (arrival); i++)
    {
      const GhValue *notification = arrival->notifications[i];
      arrival->kept = gh_effect_notify_group (writer, &group, notification,
                                              gh_value_text (gh_value_member (notification, "nfu")),
                                              &error);
    }
  if (error != NULL)
    gh_log (GH_LOG_WARNING, "notifier", "a notification to a group is not kept", "resource",
            arrival->group, "reason", error->message, NULL);
}

/* Groups to be looked at, each once: they may hold each other. */
typedef struct {
  GPtrArray *slots;
  GHashTable *seen;
} Groups;

static void
add_group (const Groups *groups, GhSlot *slot)
{
  if (g_hash_table_add (groups->seen, slot))
    g_ptr_array_add (groups->slots, slot);
}

/* @slot is a member of @group, or below one. The groups in it are added when they are, too. */
static gboolean
has_member (const GhService *service, const GhView *view, const GhNode *group, const GhSlot *slot,
            const Groups *groups)
{
  const GhValue *members = gh_resource_get (group->resource, "mid");
  for (guint32 i = 0; members != NULL && i < members->length; i++)
    {
      const char *text = members->items[i].text;
      const gboolean is_point = g_str_has_suffix (text, "/fopt");
      g_autofree char *address = g_strndup (text, strlen (text) - (is_point ? 5 : 0));
      GhNode node;
      if (!gh_find_local (service, view, address, &node))
        continue;
      if (is_point && groups != NULL && node.slot->type->number == GH_TYPE_GROUP)
        add_group (groups, node.slot);
      for (const GhSlot *at = slot; !is_point && at != NULL; at = at->parent)
        if (at == node.slot)
          return TRUE;
    }
  return FALSE;
}

/* Also by way of groups within the group, level by level, as deep as a fan-out goes. */
static gboolean
is_below_member (const GhService *service, const GhView *view, const GhNode *group,
                 const GhSlot *slot)
{
  g_autoptr (GPtrArray) slots = g_ptr_array_new ();
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  const Groups groups = { slots, seen };
  guint depth = 0, level_end = 1;
  add_group (&groups, group->slot);
  for (guint i = 0; i < slots->len; i++)
    {
      GhNode node;
      if (i == level_end)
        {
          depth++;
          level_end = slots->len;
        }
      if (gh_view_node (view, slots->pdata[i], &node)
          && has_member (service, view, &node, slot,
                         depth < GH_FAN_OUT_MAX_DEPTH ? &groups : NULL))
        return TRUE;
    }
  return FALSE;
}

/* What a subscription of this CSE is about; of one that is about to be made the address ends with
 * the name that it will have. One that has ended was judged when it was there. */
static gboolean
check_member (const Arrival *arrival, const GhValue *notification, GhFault *fault)
{
  const GhService *service = arrival->service;
  g_autofree char *address = g_strdup (gh_value_text (gh_value_member (notification, "sur")));
  GhNode group, node = { 0 };
  GhView view = gh_view_begin (service->tree);
  gboolean found = gh_find_local (service, &view, address, &node);
  if (!found && strrchr (address, '/') > address)
    {
      *strrchr (address, '/') = '\0';
      found = gh_find_local (service, &view, address, &node) && node.slot->parent != NULL;
    }
  const GhSlot *subject = found && node.slot->type->number == GH_TYPE_SUBSCRIPTION
                            ? node.slot->parent
                            : node.slot;
  const gboolean belongs = !found
                           || (gh_view_find (&view, arrival->group, &group)
                               && is_below_member (service, &view, &group, subject));
  gh_view_end (&view);
  return belongs
         || gh_fault_set (fault, GH_ERROR_NO_PRIVILEGE, "sur: %.80s is of no member of the group",
                          gh_value_text (gh_value_member (notification, "sur")));
}

/* A subscription through a group wants to know whether its target agrees: that is who is told in
 * the end (TS-0004 7.5.1.2.3). Nobody asks the creator, or a URL. */
static gboolean
verify (const Arrival *arrival, GhFault *fault)
{
  const GhDeliveryResult agreed = { .status = GH_DELIVERY_DONE, .rsc = GH_RSC_OK };
  const GhService *service = arrival->service;
  const GhValue *notification = arrival->notifications[0];
  const char *target = gh_value_text (gh_value_member (notification, "nfu"));
  const char *creator = gh_value_text (gh_value_member (notification, "cr"));
  g_autofree char *from = g_strdup_printf ("/%s", service->home.cse_id);
  char identifier[GH_DIRECT_IDENTIFIER_SIZE];
  if (target == NULL || strstr (target, "://") != NULL
      || (creator != NULL && gh_originator_same (target, creator, &service->home)))
    {
      arrival->done (&agreed, arrival->user_data);
      return TRUE;
    }
  gh_direct_identify ("vrq", identifier);
  const GhDirect direct = { .target = target,
                            .from = from,
                            .request_identifier = identifier,
                            .body = arrival->body,
                            .timeout_ms = service->options.verification_timeout_ms };
  return gh_notifier_send (service->notifier, &direct, arrival->done, arrival->user_data, fault);
}

/* What is not kept is tried again by who sent it. */
static void
written (const GhResponse *response, gpointer data)
{
  Arrival *arrival = data;
  GhFault fault = { 0 };
  const gboolean kept = arrival->kept && !arrival->intent->outcome.fault.set;
  GhDeliveryResult result = { .status = kept ? GH_DELIVERY_DONE : GH_DELIVERY_UNREACHABLE,
                              .rsc = kept ? GH_RSC_OK : 0,
                              .reason = kept ? NULL : "the group has not kept it" };
  (void) response;
  if (arrival->unknown)
    {
      result.status = GH_DELIVERY_REFUSED;
      result.reason = "nobody has asked the group to forward there";
    }
  else if (kept && is_verification (arrival))
    {
      if (verify (arrival, &fault))
        {
          arrival_free (arrival);
          return;
        }
      result = (GhDeliveryResult){ .status = GH_DELIVERY_UNREACHABLE, .reason = fault.text };
    }
  arrival->done (&result, arrival->user_data);
  arrival_free (arrival);
}

/* Takes the arrival when it succeeds. */
static gboolean
deliver (Arrival *arrival, GhDeliveryFunc done, gpointer user_data, GhFault *fault)
{
  arrival->done = done;
  arrival->user_data = user_data;
  if (is_verification (arrival) && !arrival->foreign)
    {
      const gboolean sent = verify (arrival, fault);
      if (sent)
        arrival_free (arrival);
      return sent;
    }
  GhIntent *intent = gh_intent_new (GH_INTENT_CALL);
  arrival->intent = intent;
  intent->call = write_arrival;
  intent->reply = written;
  intent->user_data = arrival;
  if (gh_writer_push (arrival->service->writer, intent))
    return TRUE;
  gh_intent_free (intent);
  return gh_fault_set (fault, GH_ERROR_OVERLOADED, "too many requests are waiting to be written");
}

gboolean
gh_group_notify_deliver (GhService *service, const char *id, const GhBuffer *body,
                         GhDeliveryFunc done, gpointer user_data, GhFault *fault)
{
  Arrival *arrival = arrival_new (service, id, body);
  gboolean good = read_arrival (arrival, NULL, fault);
  for (guint i = 0; i < arrival->n && good; i++)
    good = check_member (arrival, arrival->notifications[i], fault);
  if (good && deliver (arrival, done, user_data, fault))
    return TRUE;
  arrival_free (arrival);
  return FALSE;
}

gboolean
gh_group_notify_may (const GhJob *job, const GhView *view, const GhNode *group, GhFault *fault)
{
  GhRequestFacts facts;
  const GhValue *members = gh_resource_get (group->resource, "mid");
  const char *cse = job->originator_text != NULL && job->originator.ae_id == NULL
                      ? job->originator.cse_id
                      : NULL;
  const gsize length = cse != NULL ? strlen (cse) : 0;
  for (guint32 i = 0; cse != NULL && members != NULL && i < members->length; i++)
    {
      const char *member = members->items[i].text;
      if (member[0] == '/' && strncmp (member + 1, cse, length) == 0 && member[length + 1] == '/')
        return TRUE;
    }
  gh_job_facts (job, &facts);
  const GhDenial denial = { .facts = &facts,
                            .slot = group->slot,
                            .reason = "From: only a CSE that hosts a member notifies a group" };
  return gh_deny (job->service, view, &denial, fault);
}

static void
answer (const GhDeliveryResult *result, gpointer user_data)
{
  GhJob *job = user_data;
  GhFault fault = { 0 };
  const GhAnswer done = { .status = result->rsc != 0 ? result->rsc : GH_RSC_OK };
  if (result->status == GH_DELIVERY_DONE)
    gh_job_reply (job, &done);
  else
    {
      gh_fault_set (&fault,
                    result->status == GH_DELIVERY_REFUSED ? GH_ERROR_NO_PRIVILEGE
                                                          : GH_ERROR_UNREACHABLE,
                    "nfu: %s",
                    result->reason != NULL ? result->reason : "it could not be forwarded");
      gh_job_refuse (job, &fault);
    }
  gh_job_free (job);
}

void
gh_group_notify_take (GhJob *job, const char *id)
{
  const GhRequest *request = job->request;
  GhFault fault = { 0 };
  g_autoptr (GhBuffer) body = NULL;
  if (request->body != NULL)
    body = gh_buffer_new (request->body, request->body_length);
  else if (request->content != NULL)
    {
      GhJsonWriter json;
      gh_json_writer_init (&json, 512);
      gh_json_value (&json, request->content);
      body = gh_json_writer_finish (&json);
    }
  Arrival *arrival = arrival_new (job->service, id, body);
  if (read_arrival (arrival, job->originator.cse_id, &fault)
      && deliver (arrival, answer, job, &fault))
    return;
  arrival_free (arrival);
  gh_job_refuse (job, &fault);
  gh_job_free (job);
}

/* Sending on */

/* Each address of each group has a queue of its own: its number is none of a resource. */
static guint64
number_of (const char *group, const char *address)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 digest[32];
  gsize length = sizeof digest;
  guint64 number;
  g_checksum_update (checksum, (const guchar *) group, (gssize) strlen (group) + 1);
  g_checksum_update (checksum, (const guchar *) address, (gssize) strlen (address));
  g_checksum_get_digest (checksum, digest, &length);
  memcpy (&number, digest, sizeof number);
  return number | G_GUINT64_CONSTANT (1) << 63;
}

/* TS-0004 7.4.14.2.5: without notifyAggregation as many as there are members, for no longer than
 * the default. */
static GhValue
aggregation_of (const GhResource *group, GhMember members[2])
{
  const GhValue *given = group != NULL ? gh_resource_get (group, "nar") : NULL;
  const gint64 n = group != NULL ? gh_resource_get_integer (group, "cnm", 1) : 1;
  if (given != NULL && given->kind == GH_VALUE_OBJECT && given->length > 0)
    return *given;
  members[0] = (GhMember){ .name = "num", .value = gh_value_integer (MAX (n, 1)) };
  return (GhValue){ .kind = GH_VALUE_OBJECT, .length = 1, .members = members };
}

GhCompiled *
gh_group_notify_compile (const GhValue *event, const GhResource *group, GhFault *fault)
{
  const GhValue *address = gh_value_member (event, "nfu");
  const char *id = gh_value_text (gh_value_member (event, "subject"));
  GhMember aggregation[2];
  if (address == NULL || gh_value_text (address) == NULL || id == NULL)
    {
      gh_fault_set (fault, GH_ERROR_STORE, "a stored event of a group has no address");
      return NULL;
    }
  const GhMember members[] = {
    { "nu", { .kind = GH_VALUE_LIST, .length = 1, .items = (GhValue *) address } },
    { "bn", aggregation_of (group, aggregation) },
  };
  const GhValue like = {
    .kind = GH_VALUE_OBJECT, .length = G_N_ELEMENTS (members), .members = members
  };
  GhSubscription *subscription = gh_subscription_compile_value (&like, fault);
  if (subscription == NULL)
    return NULL;
  GhCompiled *compiled = gh_subscription_resource_new (subscription, id, NULL);
  ((GhSubscriptionResource *) compiled)->number = number_of (id, gh_value_text (address));
  ((GhSubscriptionResource *) compiled)->of_group = TRUE;
  return compiled;
}
