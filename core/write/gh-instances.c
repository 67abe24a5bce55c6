/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "write/gh-writer-private.h"

#include <string.h>

static gint64
bound_of (const GhResource *container, const char *name, gint64 fallback)
{
  return gh_resource_get_integer (container, name, fallback > 0 ? fallback : G_MAXINT64);
}

/* What the parent itself says is looked at by the behaviour of the instance. */
static gboolean
check_limit (const GhWriter *writer, const GhResource *parent, guint64 size, GhFault *fault)
{
  const gint64 bytes = writer->config.maximum_bytes;
  return bytes <= 0 || (gint64) size <= bytes || gh_resource_get (parent, "mbs") != NULL
         || gh_fault_set (fault, GH_ERROR_NOT_ACCEPTABLE,
                          "con: %" G_GUINT64_FORMAT
                          " octets are more than this CSE keeps of a parent, %" G_GINT64_FORMAT,
                          size, bytes);
}

typedef struct {
  guint64 parent, size, ended;
  gint type;
  char *owner;
  GhBuffer *body;
} Found;

static void
found_clear (Found *found)
{
  g_free (found->owner);
  gh_buffer_unref (found->body);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Found, found_clear)

static gboolean
found_row (const GhStoreRow *row, gpointer user_data)
{
  Found *found = user_data;
  found->parent = row->parent;
  found->size = row->size;
  found->type = row->type;
  found->ended = row->ended_sequence;
  found->owner = g_strdup (row->owner);
  found->body = gh_buffer_new (row->body, row->body_length);
  return FALSE;
}

/* Its oldest instance makes way for a new one: what of @claim that gives back. */
static gboolean
make_way (GhWriter *writer, const GhNode *parent, gboolean shared, GhLedgerClaim *claim,
          GError **error)
{
  const GhStoreOps *ops = writer->config.ops;
  guint64 oldest, size;
  gint64 created_us;
  g_auto (Found) found = { 0 };
  if (!ops->next_instance (writer->config.store, parent->slot->number,
                           parent->counters->oldest - 1, TRUE, &oldest, &size, &created_us, error))
    return FALSE;
  if (shared && !ops->get_instance (writer->config.store, oldest, found_row, &found, error))
    return FALSE;
  /* another's gives nothing back to who writes */
  if (shared && g_strcmp0 (found.owner, claim->owner) != 0)
    return TRUE;
  claim->more.resources = 0;
  claim->more.octets -= MIN (claim->more.octets, size);
  return TRUE;
}

gboolean
gh_instances_check_room (GhWriter *writer, const GhIntent *intent, const GhNode *parent,
                         guint64 size, GhFault *fault, GError **error)
{
  const GhCounters *counters = parent->counters;
  const gint64 most = bound_of (parent->resource, "mni", writer->config.maximum_instances);
  const guint64 bytes = (guint64) bound_of (parent->resource, "mbs", writer->config.maximum_bytes);
  const gboolean rotates = counters->count > 0 && (gint64) counters->count >= most;
  const guint64 grown = MIN (counters->bytes + size, bytes);
  const char *owner = parent->resource->identity.owner;
  const gboolean shared = gh_ledger_shares (writer->ledger, parent->slot, owner);
  GhLedgerClaim claim = { .originator = intent->originator,
                          .owner = shared ? intent->originator : owner,
                          .parent = shared ? NULL : parent->slot->parent,
                          .more = { .resources = shared || !rotates,
                                    .octets = shared ? size
                                                     : grown - MIN (grown, counters->bytes) } };

  /* what goes is asked for only where it matters */
  if (gh_ledger_has_room (writer->ledger, &claim, NULL))
    return TRUE;
  if (rotates && !make_way (writer, parent, shared, &claim, error))
    return FALSE;
  gh_ledger_has_room (writer->ledger, &claim, fault);
  return TRUE;
}

/* The name that the originator chose, or NULL; *out_ok FALSE with a fault or (*error) a failure of
 * the store. */
static gboolean
check_name (GhWriter *writer, GhIntent *intent, const GhNode *parent, const char **out_name,
            GError **error)
{
  const GhValue *rn = gh_draft_get (&intent->draft, "rn");
  const char *name = gh_value_text (rn);
  const GhType *type;
  guint64 number;
  *out_name = name;
  if (name == NULL)
    return TRUE;
  if (gh_instance_id_parse (name, &type, &number))
    {
      gh_fault_set (&intent->outcome.fault, GH_ERROR_BAD_REQUEST,
                    "rn: names of the form %s.number are given by the CSE", type->short_name);
      return TRUE;
    }
  GhView view = gh_batch_view (writer);
  GhNode child;
  if (!writer->config.ops->find_instance (writer->config.store, parent->slot->number, name, &number,
                                          error))
    return FALSE;
  /* a row below the oldest has been evicted and only waits for its purge */
  if ((number != 0 && parent->counters->count > 0 && number >= parent->counters->oldest)
      || gh_view_child (&view, parent->slot, name, &child))
    gh_fault_set (&intent->outcome.fault, GH_ERROR_CONFLICT, "rn: %s already has a child called %s",
                  parent->slot->name, name);
  return TRUE;
}

static gboolean
take_expiration (GhWriter *writer, const GhResource *container, const GhDraft *draft,
                 gint64 *out_us, GhFault *fault)
{
  const gint64 age = gh_resource_get_integer (container, "mia", -1);
  if (!gh_batch_take_expiration (writer, draft, container->identity.expiration_us, out_us, fault))
    return FALSE;
  /* TS-0004 7.4.7.2.1: not longer than maxInstanceAge, in seconds */
  if (age >= 0 && age < G_MAXINT64 / G_USEC_PER_SEC / 2)
    *out_us = MIN (*out_us, gh_clock_wall_us (writer->config.clock) + age * G_USEC_PER_SEC);
  return TRUE;
}

/* One instance on its way into the store, below @entry. */
typedef struct {
  GhOverlayEntry *entry;
  const GhType *type;
  const GhAttributeValue *values;
  guint n_values;
  const char *name; /* NULL: its identifier */
  const char *owner;
  guint64 size;
  gint64 now_us, expiration_us;
  gboolean has_moment;
  gint64 moment;
  /* out */
  GhResource *resource;
  GhBuffer *body;
} NewInstance;

static gboolean
instance_store (GhWriter *writer, NewInstance *new, const GhIdentity *identity, GError **error)
{
  new->resource = gh_resource_new (new->type, identity, new->values, new->n_values);
  new->body = gh_render_resource (new->resource, NULL);
  g_autofree const char **labels = gh_writer_labels (new->resource);
  const GhStoreRow row = {
    .number = identity->number,
    .parent = identity->parent_number,
    .type = new->type->number,
    .resource_id = identity->resource_id,
    .name = new->name,
    .owner = identity->owner,
    .creation_us = identity->creation_us,
    .modified_us = identity->modified_us,
    .expiration_us = identity->expiration_us,
    .size = new->size,
    .body = new->body->data,
    .body_length = new->body->length,
    .has_moment = new->has_moment,
    .moment = new->moment,
    .labels = labels,
  };
  g_ptr_array_add (writer->new_instances, gh_instance_new (&row, new->body));
  writer->dirty = TRUE;
  return writer->config.ops->put_instance (writer->config.store, &row, error);
}

static gboolean
is_shared (const GhWriter *writer, const GhOverlayEntry *entry)
{
  return gh_ledger_shares (writer->ledger, entry->slot, entry->resource->identity.owner);
}

/* Counts, stores and tells of an instance, and brings its parent within its bounds. */
static gboolean
instance_add (GhWriter *writer, NewInstance *new, GError **error)
{
  GhOverlayEntry *entry = new->entry;
  GhCounters *counters = &entry->counters;
  const guint64 number = ++writer->next_number;
  char id[GH_INSTANCE_ID_SIZE];

  gh_instance_id_format (new->type, number, id);
  const GhIdentity identity = {
    .number = number,
    .parent_number = entry->slot->number,
    .resource_id = id,
    .parent_id = entry->slot->id,
    .name = new->name != NULL ? new->name : id,
    .owner = new->owner,
    .creation_us = new->now_us,
    .modified_us = new->now_us,
    .expiration_us = new->expiration_us,
  };
  counters->count++;
  counters->bytes += new->size;
  counters->latest = number;
  if (counters->oldest == 0)
    counters->oldest = number;
  entry->counters_changed = TRUE;
  if (is_shared (writer, entry))
    gh_ledger_note_instance (writer->ledger, entry->slot, new->owner, TRUE, new->size);
  if (!instance_store (writer, new, &identity, error)
      || !gh_instances_trim (writer, entry, new->now_us, error))
    return FALSE;
  const GhNode subject = { .slot = entry->slot,
                           .resource = entry->resource,
                           .subscriptions = entry->subscriptions,
                           .counters = counters };
  const GhEventDetails event = { .kind = GH_EVENT_CREATE_CHILD,
                                 .subject = &subject,
                                 .originator = new->owner,
                                 .type = new->type->number,
                                 .body = new->body->data,
                                 .body_length = new->body->length };
  return gh_events_add (writer, &event, error);
}

static gboolean
no_room (GhFault *fault)
{
  return gh_fault_set (fault, GH_ERROR_TOO_LARGE, "the request does not fit into its memory");
}

/* What the CSE itself writes down of an instance, and what its type has to say to it. */
static gboolean
complete (GhWriter *writer, GhIntent *intent, GhChange *change, guint64 state_tag, guint64 size)
{
  GhFault *fault = &intent->outcome.fault;
  const GhType *type = change->type;
  const GhBehaviour *behaviour = gh_writer_behaviour (writer, type->number);

  if (gh_type_attribute (type, "st") != NULL
      && !gh_draft_set (change->draft, change->arena, "st", gh_value_integer ((gint64) state_tag)))
    return no_room (fault);
  if (!gh_draft_set (change->draft, change->arena, "cs", gh_value_integer ((gint64) size)))
    return no_room (fault);
  return behaviour == NULL || behaviour->check_create == NULL
         || behaviour->check_create (change, fault);
}

/* The parent's behaviour sees the instance before it is counted. */
static gboolean
tell_parent (GhWriter *writer, const GhChange *change, GhOverlayEntry *entry, GError **error)
{
  const GhBehaviour *behaviour = gh_writer_behaviour (writer, entry->slot->type->number);
  GhCompiled *compiled = NULL;

  if (behaviour == NULL || behaviour->add_instance == NULL)
    return TRUE;
  if (!behaviour->add_instance (change, &entry->counters, &compiled, error))
    return FALSE;
  if (compiled != NULL)
    gh_overlay_set_compiled (entry, compiled);
  return TRUE;
}

gboolean
gh_instances_create (GhWriter *writer, GhIntent *intent, const GhNode *parent, GError **error)
{
  GhFault *fault = &intent->outcome.fault;
  const gint64 now_us = gh_clock_wall_us (writer->config.clock);
  const guint64 size = gh_value_octets (gh_draft_get (&intent->draft, "con"));
  const guint64 state_tag = parent->counters->state_tag + 1;
  GhChange change = { .writer = writer,
                      .view = gh_batch_view (writer),
                      .intent = intent,
                      .node = *parent,
                      .type = intent->draft.type,
                      .draft = &intent->draft,
                      .arena = intent->request->arena,
                      .now_us = now_us };
  NewInstance new = { .type = intent->draft.type,
                      .owner = intent->originator,
                      .size = size,
                      .now_us = now_us };

  if (!check_limit (writer, parent->resource, size, fault)
      || !gh_batch_take_creator (intent, fault)
      || !take_expiration (writer, parent->resource, &intent->draft, &new.expiration_us, fault))
    return TRUE;
  if (!check_name (writer, intent, parent, &new.name, error))
    return FALSE;
  if (fault->set || !complete (writer, intent, &change, state_tag, size))
    return TRUE;
  if (!gh_instances_check_room (writer, intent, parent, size, fault, error))
    return FALSE;
  if (fault->set)
    return TRUE;
  new.values = intent->draft.values;
  new.n_values = intent->draft.n_values;
  new.has_moment = change.has_moment;
  new.moment = change.moment;
  new.entry = gh_overlay_touch (writer->overlay, parent);
  if (gh_type_counts_state (parent->slot->type))
    new.entry->counters.state_tag = state_tag;
  gboolean added = tell_parent (writer, &change, new.entry, error)
                   && instance_add (writer, &new, error);
  intent->outcome.body = new.body;
  intent->outcome.resource = new.resource;
  if (new.resource != NULL)
    intent->outcome.id = gh_arena_strdup (intent->request->arena,
                                          new.resource->identity.resource_id);
  intent->outcome.status = GH_RSC_CREATED;
  return added;
}

/* The values of @from that the instance type has rows for, too: in the order of those rows. */
static guint
take_values (const GhResource *from, const GhType *type, const char *originator,
             GhAttributeValue out[GH_TYPE_MAX_ATTRIBUTES])
{
  const GhAttribute *creator = gh_type_attribute (type, "org");
  guint n = 0;

  for (guint i = 0; i < type->n_attributes; i++)
    out[i] = (GhAttributeValue){ .attribute = &type->attributes[i] };
  for (guint i = 0; i < from->n_values; i++)
    {
      const GhAttribute *row = gh_type_attribute (type, from->values[i].attribute->short_name);
      if (row != NULL)
        out[row - type->attributes].value = from->values[i].value;
    }
  if (creator != NULL && originator != NULL)
    out[creator - type->attributes].value = gh_value_string (originator, strlen (originator));
  for (guint i = 0; i < type->n_attributes; i++)
    if (out[i].value.kind != GH_VALUE_NONE)
      out[n++] = out[i];
  return n;
}

static gboolean
snapshot (GhWriter *writer, GhOverlayEntry *entry, const char *originator, GError **error)
{
  const GhResource *resource = entry->resource;
  GhAttributeValue values[GH_TYPE_MAX_ATTRIBUTES];
  const gint64 age = gh_resource_get_integer (resource, "mia", -1);
  NewInstance new = { .entry = entry,
                      .type = resource->type->instances,
                      .values = values,
                      .owner = originator,
                      .size = (guint64) gh_resource_get_integer (resource, "cs", 0),
                      .now_us = gh_clock_wall_us (writer->config.clock),
                      .expiration_us = resource->identity.expiration_us };

  if (bound_of (resource, "mni", writer->config.maximum_instances) == 0)
    return TRUE;
  new.n_values = take_values (resource, new.type, originator, values);
  if (age >= 0 && age < G_MAXINT64 / G_USEC_PER_SEC / 2)
    new.expiration_us = MIN (new.expiration_us, new.now_us + age * G_USEC_PER_SEC);
  gboolean added = instance_add (writer, &new, error);
  g_clear_pointer (&new.body, gh_buffer_unref);
  g_clear_pointer (&new.resource, gh_resource_unref);
  return added;
}

/* The instances go without a word. */
static void
drop_all (GhWriter *writer, GhOverlayEntry *entry)
{
  GhCounters *counters = &entry->counters;
  const GhFrontPurge purge = { .parent = entry->slot->number, .below = counters->latest + 1 };

  if (counters->count > 0)
    {
      g_array_append_val (writer->gone_instances, counters->latest);
      g_array_append_val (writer->front_purges, purge);
    }
  counters->count = counters->bytes = counters->oldest = counters->latest = 0;
  gh_ledger_note_empty (writer->ledger, entry->slot);
}

static gboolean
forgets (const GhWriter *writer, const GhResource *before, const GhResource *now)
{
  const GhBehaviour *behaviour = gh_writer_behaviour (writer, now->type->number);

  return before != NULL && behaviour != NULL && behaviour->forgets_instances != NULL
         && behaviour->forgets_instances (before, now);
}

gboolean
gh_instances_will_follow (const GhResource *before, const GhResource *now)
{
  return gh_resource_holds_instances (now) && !now->type->instances->creatable
         && (before == NULL || !gh_resource_holds_instances (before)
             || gh_resource_get_integer (now, "st", 0)
                  != gh_resource_get_integer (before, "st", 0));
}

gboolean
gh_instances_follow (GhWriter *writer, GhOverlayEntry *entry, const GhResource *before,
                     const char *originator, GError **error)
{
  const GhResource *now = entry->resource;
  const GhType *type = now->type;
  const gboolean held = entry->counters.has_counters;
  const gboolean holds = gh_resource_holds_instances (now);

  if (!held && !holds)
    return TRUE;
  if (!holds || forgets (writer, before, now))
    drop_all (writer, entry);
  entry->counters.has_counters = holds;
  entry->counters_changed = TRUE;
  if (before != NULL && gh_type_counts_state (type))
    entry->counters.state_tag++;
  /* instances that nobody creates are what the resource was after each change of its own state */
  if (gh_instances_will_follow (before, now))
    return snapshot (writer, entry, originator, error);
  return !holds
         || gh_instances_trim (writer, entry, gh_clock_wall_us (writer->config.clock), error);
}

/* Takes the oldest instance off the front: the counters say so, and the row is purged when no
 * reader is older. */
static gboolean
drop_oldest (GhWriter *writer, GhOverlayEntry *entry, GError **error)
{
  const GhStoreOps *ops = writer->config.ops;
  GhCounters *counters = &entry->counters;
  const guint64 parent = entry->slot->number;
  guint64 oldest, size, next;
  gint64 created_us;

  if (!ops->next_instance (writer->config.store, parent, counters->oldest - 1, TRUE, &oldest, &size,
                           &created_us, error))
    return FALSE;
  if (oldest == 0 || counters->count <= 1)
    {
      counters->count = counters->bytes = counters->oldest = counters->latest = 0;
      gh_ledger_note_empty (writer->ledger, entry->slot);
      return TRUE;
    }
  if (is_shared (writer, entry))
    {
      g_auto (Found) found = { 0 };
      if (!ops->get_instance (writer->config.store, oldest, found_row, &found, error))
        return FALSE;
      gh_ledger_note_instance (writer->ledger, entry->slot, found.owner, FALSE, size);
    }
  guint64 next_size;
  if (!ops->next_instance (writer->config.store, parent, oldest, TRUE, &next, &next_size,
                           &created_us, error))
    return FALSE;
  counters->count--;
  counters->bytes -= MIN (counters->bytes, size);
  counters->oldest = next;
  g_array_append_val (writer->gone_instances, oldest);
  const GhFrontPurge purge = { .parent = parent, .below = next };
  g_array_append_val (writer->front_purges, purge);
  return TRUE;
}

gboolean
gh_instances_trim (GhWriter *writer, GhOverlayEntry *entry, gint64 now_us, GError **error)
{
  (void) now_us;
  const gint64 instances = bound_of (entry->resource, "mni", writer->config.maximum_instances);
  const gint64 bytes = bound_of (entry->resource, "mbs", writer->config.maximum_bytes);
  GhCounters *counters = &entry->counters;
  while (counters->count > 0
         && ((gint64) counters->count > instances || (gint64) counters->bytes > bytes))
    {
      entry->counters_changed = TRUE;
      if (counters->count == 1)
        {
          /* only an update that lowered a bound empties a container */
          const GhFrontPurge purge = { .parent = entry->slot->number,
                                       .below = counters->latest + 1 };
          g_array_append_val (writer->gone_instances, counters->latest);
          g_array_append_val (writer->front_purges, purge);
        }
      if (!drop_oldest (writer, entry, error))
        return FALSE;
    }
  return TRUE;
}

/* The ends of the container after @number has ended. */
static gboolean
move_ends (GhWriter *writer, GhOverlayEntry *entry, guint64 number, GError **error)
{
  const GhStoreOps *ops = writer->config.ops;
  GhCounters *counters = &entry->counters;
  guint64 next, size;
  gint64 created_us;

  if (counters->count == 0)
    {
      counters->oldest = counters->latest = 0;
      return TRUE;
    }
  if (counters->latest == number)
    {
      if (!ops->next_instance (writer->config.store, entry->slot->number, number, FALSE, &next,
                               &size, &created_us, error))
        return FALSE;
      counters->latest = next;
    }
  if (counters->oldest == number)
    {
      if (!ops->next_instance (writer->config.store, entry->slot->number, number, TRUE, &next,
                               &size, &created_us, error))
        return FALSE;
      counters->oldest = next;
    }
  return TRUE;
}

gboolean
gh_instances_remove (GhWriter *writer, GhOverlayEntry *entry, guint64 number,
                     const char *originator, GhBuffer **out_body, gboolean *out_found,
                     GError **error)
{
  const GhStoreOps *ops = writer->config.ops;
  GhCounters *counters = &entry->counters;
  g_auto (Found) found = { 0 };

  *out_found = FALSE;
  if (number < counters->oldest || number > counters->latest || counters->count == 0)
    return TRUE;
  if (!ops->get_instance (writer->config.store, number, found_row, &found, error))
    return FALSE;
  if (found.body == NULL || found.parent != entry->slot->number || found.ended != 0)
    return TRUE;
  if (!ops->end_row (writer->config.store, number, TRUE, writer->sequence + 1, error))
    return FALSE;
  writer->dirty = TRUE;
  counters->count--;
  counters->bytes -= MIN (counters->bytes, found.size);
  entry->counters_changed = TRUE;
  if (is_shared (writer, entry))
    gh_ledger_note_instance (writer->ledger, entry->slot, found.owner, FALSE, found.size);
  if (!move_ends (writer, entry, number, error))
    return FALSE;
  const GhFrontPurge dead = { .parent = number };
  g_array_append_val (writer->dead_rows, dead);
  g_array_append_val (writer->gone_instances, number);

  const GhNode subject = { .slot = entry->slot,
                           .resource = entry->resource,
                           .subscriptions = entry->subscriptions,
                           .counters = counters };
  const GhEventDetails event = { .kind = GH_EVENT_DELETE_CHILD,
                                 .subject = &subject,
                                 .originator = originator,
                                 .type = found.type,
                                 .body = found.body->data,
                                 .body_length = found.body->length };
  *out_found = TRUE;
  gboolean added = gh_events_add (writer, &event, error);
  *out_body = g_steal_pointer (&found.body);
  return added;
}

static gboolean
target_number (GhWriter *writer, const GhIntent *intent, const GhNode *parent, guint64 *out,
               GError **error)
{
  const GhType *type;
  *out = 0;
  switch (intent->target.which)
    {
    case GH_WHICH_LATEST:
      *out = parent->counters->latest;
      return TRUE;
    case GH_WHICH_OLDEST:
      *out = parent->counters->oldest;
      return TRUE;
    case GH_WHICH_NUMBER:
      *out = intent->target.number;
      return TRUE;
    case GH_WHICH_NAME:
      if (gh_instance_id_parse (intent->target.name, &type, out))
        {
          if (type->number != parent->slot->type->instances->number)
            *out = 0;
          return TRUE;
        }
      return writer->config.ops->find_instance (writer->config.store, parent->slot->number,
                                                intent->target.name, out, error);
    case GH_WHICH_RESOURCE:
    default:
      return TRUE;
    }
}

gboolean
gh_instances_delete (GhWriter *writer, GhIntent *intent, const GhNode *parent, GError **error)
{
  guint64 number;
  gboolean found = FALSE;
  if (gh_resource_get_boolean (parent->resource, "disr", FALSE))
    {
      gh_fault_set (&intent->outcome.fault, GH_ERROR_NOT_ALLOWED, "disableRetrieval of %s is true",
                    parent->slot->name);
      return TRUE;
    }
  if (!target_number (writer, intent, parent, &number, error))
    return FALSE;
  if (number != 0)
    {
      GhOverlayEntry *entry = gh_overlay_touch (writer->overlay, parent);
      if (!gh_instances_remove (writer, entry, number, intent->originator, &intent->outcome.body,
                                &found, error))
        return FALSE;
    }
  if (!found)
    gh_fault_set (&intent->outcome.fault, GH_ERROR_NOT_FOUND, "%s has no such instance",
                  parent->slot->name);
  else
    intent->outcome.status = GH_RSC_DELETED;
  return TRUE;
}
