/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-subscription.h"

#include "base/gh-clock.h"
#include "model/gh-syntax.h"
#include "primitive/gh-address.h"
#include "service/gh-subscription-private.h"

#include <string.h>

static const GhConditionTag condition_tags[GH_N_CONDITION_TAGS] = {
  { "crb", "ct", TRUE, GH_TEST_BELOW },     { "cra", "ct", TRUE, GH_TEST_ABOVE },
  { "ms", "lt", TRUE, GH_TEST_ABOVE },      { "us", "lt", TRUE, GH_TEST_BELOW },
  { "sts", "st", FALSE, GH_TEST_BELOW },    { "stb", "st", FALSE, GH_TEST_ABOVE },
  { "exb", "et", TRUE, GH_TEST_BELOW },     { "exa", "et", TRUE, GH_TEST_ABOVE },
  { "sza", "cs", FALSE, GH_TEST_AT_LEAST }, { "szb", "cs", FALSE, GH_TEST_BELOW },
};

const GhValue *
gh_subscription_source_get (const GhSubscriptionSource *source, const char *name)
{
  const GhValue *value = source->resource != NULL ? gh_resource_get (source->resource, name)
                         : source->draft != NULL  ? gh_draft_get (source->draft, name)
                                                  : gh_value_member (source->value, name);

  return value != NULL && value->kind != GH_VALUE_NULL ? value : NULL;
}

gboolean
gh_subscription_refuse (GhSubscriptionCompiler *compiler, const char *name, const char *expected)
{
  return gh_fault_set (compiler->fault, GH_ERROR_BAD_REQUEST, "%s: %s", name, expected);
}

static const char *
keep_text (GhSubscriptionCompiler *compiler, const char *text)
{
  return g_string_chunk_insert (compiler->subscription->strings, text);
}

/* Printable ASCII only: a target ends up in request lines. */
static gboolean
is_plain (const char *text)
{
  for (; *text != '\0'; text++)
    {
      if (!g_ascii_isgraph (*text))
        return FALSE;
    }
  return TRUE;
}

/* "scheme://x" */
static gboolean
is_url (const char *text)
{
  const char *colon = strstr (text, "://");

  if (colon == NULL || !g_ascii_isalpha (text[0]) || colon[3] == '\0')
    return FALSE;
  for (; text < colon; text++)
    {
      if (!g_ascii_isalnum (*text) && *text != '+' && *text != '-' && *text != '.')
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_resource (const char *text)
{
  g_autoptr (GhArena) arena = gh_arena_new (16 << 10);
  GhFault ignored = { 0 };
  GhAddress address;

  return gh_address_parse (text, arena, &address, &ignored) && address.fragment == NULL;
}

/* Takes "ct=..." out of the query of @target (TS-0004 Table 7.4.8.1-3). */
static gboolean
strip_serialization (GhSubscriptionCompiler *compiler, const char *name, char *target)
{
  char *query = strchr (target, '?');
  g_auto (GStrv) items = query != NULL ? g_strsplit (query + 1, "&", -1) : NULL;
  gboolean found = FALSE;
  char separator = '?';

  if (query == NULL)
    return TRUE;
  *query = '\0';
  for (char **item = items; *item != NULL; item++)
    {
      if (!g_str_has_prefix (*item, "ct="))
        {
          char *end = target + strlen (target);

          *end++ = separator;
          memmove (end, *item, strlen (*item) + 1);
          separator = '&';
          continue;
        }
      if (found)
        return gh_subscription_refuse (compiler, name, "ct is given twice");
      if (strcmp (*item, "ct=xml") == 0 || strcmp (*item, "ct=cbor") == 0)
        return gh_fault_set (compiler->fault, GH_ERROR_NOT_IMPLEMENTED,
                             "%s: notifications are sent as json only", name);
      if (strcmp (*item, "ct=json") != 0)
        return gh_subscription_refuse (compiler, name, "ct must be json, xml or cbor");
      found = TRUE;
    }
  return TRUE;
}

static gboolean
compile_target (GhSubscriptionCompiler *compiler, const char *name, const GhValue *value,
                GhNotificationTarget *out)
{
  const char *text = gh_value_text (value);
  g_autofree char *target = NULL;

  if (text == NULL || text[0] == '\0'
      || strnlen (text, GH_SUBSCRIPTION_MAX_TARGET_LENGTH + 1) > GH_SUBSCRIPTION_MAX_TARGET_LENGTH
      || !is_plain (text))
    return gh_subscription_refuse (compiler, name,
                                   "a target must be 1..1024 printable characters without blanks");
  target = g_strdup (text);
  if (!strip_serialization (compiler, name, target))
    return FALSE;
  out->is_url = is_url (target);
  if (!out->is_url && !is_resource (target))
    return gh_subscription_refuse (compiler, name,
                                   "a target must be a URL or the identifier of an AE or CSE");
  out->address = keep_text (compiler, target);
  return TRUE;
}

static gboolean
compile_targets (GhSubscriptionCompiler *compiler)
{
  const GhValue *list = gh_subscription_source_get (&compiler->source, "nu");
  const GhValue *subscriber = gh_subscription_source_get (&compiler->source, "su");

  if (list == NULL || list->kind != GH_VALUE_LIST || list->length == 0)
    return gh_subscription_refuse (compiler, "nu", "must be a list of at least one target");
  if (list->length > GH_SUBSCRIPTION_MAX_TARGETS)
    return gh_subscription_refuse (compiler, "nu", "more than 64 targets");
  for (guint i = 0; i < list->length; i++)
    {
      GhNotificationTarget target;

      if (!compile_target (compiler, "nu", &list->items[i], &target))
        return FALSE;
      g_array_append_val (compiler->subscription->targets, target);
    }
  return subscriber == NULL
         || compile_target (compiler, "su", subscriber, &compiler->subscription->subscriber);
}

static gboolean
compile_events (GhSubscriptionCompiler *compiler, const GhValue *list)
{
  if (list->kind != GH_VALUE_LIST || list->length == 0)
    return gh_subscription_refuse (compiler, "enc.net",
                                   "must be a list of at least one event type");
  compiler->subscription->events = 0;
  for (guint i = 0; i < list->length; i++)
    {
      gint64 type = list->items[i].kind == GH_VALUE_INTEGER ? list->items[i].integer : 0;

      if (type < 1 || type > 8)
        return gh_subscription_refuse (compiler, "enc.net", "an event type must be in 1..8");
      if (type > GH_NET_NO_CHILD && type < GH_NET_BLOCKING_UPDATE)
        return gh_fault_set (compiler->fault, GH_ERROR_NOT_IMPLEMENTED,
                             "enc.net: events of type %d are not served by this CSE", (int) type);
      compiler->subscription->events |= 1u << type;
    }
  if ((compiler->subscription->events & 1u << GH_NET_MISSING_DATA) != 0 && list->length > 1)
    return gh_subscription_refuse (compiler, "enc.net", "8 (missing data) stands alone");
  if ((compiler->subscription->events & 1u << GH_NET_BLOCKING_UPDATE) != 0 && list->length > 1)
    return gh_subscription_refuse (compiler, "enc.net", "7 (blocking update) stands alone");
  return TRUE;
}

static gboolean
compile_child_types (GhSubscriptionCompiler *compiler, const GhValue *list)
{
  GArray *types = g_array_new (FALSE, FALSE, sizeof (gint));

  compiler->subscription->child_types = types;
  if (list->kind != GH_VALUE_LIST || list->length == 0)
    return gh_subscription_refuse (compiler, "enc.chty",
                                   "must be a list of at least one resource type");
  for (guint i = 0; i < list->length; i++)
    {
      const GhValue *item = &list->items[i];
      gint type = (gint) item->integer;

      if (item->kind != GH_VALUE_INTEGER || item->integer < 1 || item->integer > G_MAXINT)
        return gh_subscription_refuse (compiler, "enc.chty", "must hold resource types");
      g_array_append_val (types, type);
    }
  return TRUE;
}

static gboolean
compile_attributes (GhSubscriptionCompiler *compiler, const GhValue *list)
{
  GPtrArray *names = g_ptr_array_new ();

  compiler->subscription->attributes = names;
  if (list->kind != GH_VALUE_LIST || list->length == 0)
    return gh_subscription_refuse (compiler, "enc.atr", "must be a list of at least one attribute");
  for (guint i = 0; i < list->length; i++)
    {
      const char *name = gh_value_text (&list->items[i]);

      if (name == NULL || name[0] == '\0')
        return gh_subscription_refuse (compiler, "enc.atr", "must hold short names of attributes");
      g_ptr_array_add (names, (gpointer) keep_text (compiler, name));
    }
  return TRUE;
}

static gboolean
compile_operation (GhSubscriptionCompiler *compiler, const GhValue *value)
{
  if (value->kind != GH_VALUE_INTEGER || value->integer < 1 || value->integer > 2)
    return gh_subscription_refuse (compiler, "enc.fo", "must be 1 (AND) or 2 (OR)");
  compiler->subscription->any_condition = value->integer == 2;
  return TRUE;
}

static gboolean
compile_condition (GhSubscriptionCompiler *compiler, const GhMember *member)
{
  GhSubscription *subscription = compiler->subscription;
  GhCondition condition = { 0 };

  for (guint i = 0; i < GH_N_CONDITION_TAGS; i++)
    {
      if (strcmp (condition_tags[i].name, member->name) == 0)
        condition.tag = &condition_tags[i];
    }
  if (condition.tag == NULL || subscription->n_conditions == GH_N_CONDITION_TAGS)
    return gh_subscription_refuse (compiler, "enc", "holds a condition that is not known");
  if (condition.tag->is_time)
    {
      if (member->value.kind != GH_VALUE_STRING
          || !gh_timestamp_parse (member->value.text, member->value.length, &condition.value))
        return gh_subscription_refuse (compiler, member->name, "must be a timestamp");
    }
  else if (member->value.kind == GH_VALUE_INTEGER && member->value.integer >= 0)
    condition.value = member->value.integer;
  else
    return gh_subscription_refuse (compiler, member->name, "must be a number that is not negative");
  subscription->conditions[subscription->n_conditions++] = condition;
  return TRUE;
}

static gboolean
compile_missing_data (GhSubscriptionCompiler *compiler, const GhValue *value)
{
  GhSubscription *subscription = compiler->subscription;
  const GhValue *number = value->kind == GH_VALUE_OBJECT ? gh_value_member (value, "num") : NULL;
  const GhValue *duration = number != NULL ? gh_value_member (value, "dur") : NULL;

  if (number == NULL || number->kind != GH_VALUE_INTEGER || number->integer < 1
      || number->integer > G_MAXINT)
    return gh_subscription_refuse (compiler, "enc.md.num", "must be a positive number");
  if (duration == NULL || duration->kind != GH_VALUE_STRING
      || !gh_duration_parse (duration->text, duration->length, &subscription->missing_window_us))
    return gh_subscription_refuse (compiler, "enc.md.dur", "must be a duration such as PT60S");
  subscription->missing_number = (guint) number->integer;
  return TRUE;
}

/* TS-0004 6.3.5.57 */
static gboolean
compile_monitor (GhSubscriptionCompiler *compiler, const GhValue *list)
{
  GhSubscription *subscription = compiler->subscription;
  GArray *monitored = subscription->monitored = g_array_new (FALSE, TRUE, sizeof (GhMonitored));

  if (list->kind != GH_VALUE_LIST || list->length == 0
      || list->length > GH_SUBSCRIPTION_MAX_TARGETS)
    return gh_subscription_refuse (compiler, "enc.om", "must be a list of 1..64 monitors");
  subscription->events = 1u << GH_NET_OPERATION;
  for (guint i = 0; i < list->length; i++)
    {
      const GhValue *operations = gh_value_member (&list->items[i], "ops");
      const GhValue *originator = gh_value_member (&list->items[i], "or");
      GhMonitored entry = { 0 };
      if (operations == NULL && originator == NULL)
        return gh_subscription_refuse (compiler, "enc.om", "must have ops, or, or both");
      if (operations != NULL
          && (operations->kind != GH_VALUE_INTEGER || operations->integer < 1
              || operations->integer > 63))
        return gh_subscription_refuse (compiler, "enc.om.ops",
                                       "must be a sum of operations, 1..63");
      if (originator != NULL && gh_value_text (originator) == NULL)
        return gh_subscription_refuse (compiler, "enc.om.or", "must be an identifier");
      entry.operations = operations != NULL ? (guint) operations->integer : 0;
      entry.originator = originator != NULL ? keep_text (compiler, gh_value_text (originator))
                                            : NULL;
      g_array_append_val (monitored, entry);
    }
  return TRUE;
}

static gboolean
compile_criterion (GhSubscriptionCompiler *compiler, const GhMember *member, gboolean has_events)
{
  const char *name = member->name;

  if (strcmp (name, "net") == 0)
    return compile_events (compiler, &member->value);
  if (strcmp (name, "chty") == 0)
    return compile_child_types (compiler, &member->value);
  if (strcmp (name, "atr") == 0)
    return compile_attributes (compiler, &member->value);
  if (strcmp (name, "fo") == 0)
    return compile_operation (compiler, &member->value);
  if (strcmp (name, "om") == 0)
    return has_events ? gh_subscription_refuse (compiler, "enc.om", "may not stand beside net")
                      : compile_monitor (compiler, &member->value);
  if (strcmp (name, "md") == 0)
    return compile_missing_data (compiler, &member->value);
  return compile_condition (compiler, member);
}

static gboolean
compile_criteria (GhSubscriptionCompiler *compiler)
{
  const GhValue *criteria = gh_subscription_source_get (&compiler->source, "enc");
  gboolean has_events;

  compiler->subscription->events = 1u << GH_NET_UPDATE; /* the default (TS-0004 7.5.1.2.2) */
  if (criteria == NULL)
    return TRUE;
  if (criteria->kind != GH_VALUE_OBJECT)
    return gh_subscription_refuse (compiler, "enc", "must be an object");
  has_events = gh_value_member (criteria, "net") != NULL;
  for (guint i = 0; i < criteria->length; i++)
    {
      if (!compile_criterion (compiler, &criteria->members[i], has_events))
        return FALSE;
    }
  if (compiler->subscription->events == 1u << GH_NET_MISSING_DATA
      && compiler->subscription->missing_number == 0)
    return gh_subscription_refuse (compiler, "enc.md", "must be given with net 8 (missing data)");
  return TRUE;
}

/* One that is asked has nothing but a target and attributes to be asked about (TS-0004
 * 7.4.8.2.1). */
static gboolean
compile_blocking (GhSubscriptionCompiler *compiler)
{
  static const char *const excluded[] = { "exc", "gpi", "nfu", "bn",  "rl", "psn",
                                          "pn",  "nsp", "ln",  "nec", "su", "acrs" };
  const GhSubscription *subscription = compiler->subscription;
  const GhValue *criteria = gh_subscription_source_get (&compiler->source, "enc");

  if (!gh_subscription_is_blocking (subscription))
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (excluded); i++)
    if (gh_subscription_source_get (&compiler->source, excluded[i]) != NULL)
      return gh_subscription_refuse (compiler, excluded[i],
                                     "may not stand beside net 7 (blocking update)");
  for (guint i = 0; i < criteria->length; i++)
    if (strcmp (criteria->members[i].name, "net") != 0
        && strcmp (criteria->members[i].name, "atr") != 0)
      return gh_subscription_refuse (compiler, "enc",
                                     "has only net and atr with 7 (blocking update)");
  if (subscription->targets->len != 1
      || g_array_index (subscription->targets, GhNotificationTarget, 0).is_url)
    return gh_subscription_refuse (compiler, "nu",
                                   "must be one identifier with net 7 (blocking update)");
  return TRUE;
}

/* TS-0001 Table 9.6.8-4 */
static gboolean
compile_content_type (GhSubscriptionCompiler *compiler)
{
  const GhValue *value = gh_subscription_source_get (&compiler->source, "nct");
  GhSubscription *subscription = compiler->subscription;

  subscription->content_type = subscription->events == 1u << GH_NET_MISSING_DATA
                                 ? GH_NCT_TIME_SERIES
                               : gh_subscription_is_blocking (subscription)
                                 ? GH_NCT_MODIFIED_ATTRIBUTES
                                 : GH_NCT_ALL_ATTRIBUTES;
  if (value == NULL)
    return TRUE;
  if (subscription->content_type == GH_NCT_TIME_SERIES)
    return (value->kind == GH_VALUE_INTEGER && value->integer == GH_NCT_TIME_SERIES)
           || gh_subscription_refuse (compiler, "nct", "must be 5 with net 8 (missing data)");
  if (subscription->content_type == GH_NCT_MODIFIED_ATTRIBUTES)
    return (value->kind == GH_VALUE_INTEGER && value->integer == GH_NCT_MODIFIED_ATTRIBUTES)
           || gh_subscription_refuse (compiler, "nct", "must be 2 with net 7 (blocking update)");
  if (value->kind != GH_VALUE_INTEGER || value->integer < GH_NCT_ALL_ATTRIBUTES
      || value->integer > GH_NCT_RESOURCE_ID)
    return gh_subscription_refuse (compiler, "nct", "must be 1, 2 or 3 for these events");
  subscription->content_type = (GhNotificationContentType) value->integer;
  if (subscription->content_type == GH_NCT_MODIFIED_ATTRIBUTES
      && subscription->events != 1u << GH_NET_UPDATE)
    return gh_subscription_refuse (compiler, "nct",
                                   "2 (modified attributes) is for updates (net 1) only");
  return TRUE;
}

static GhSubscription *
compile (const GhSubscriptionSource *source, GhFault *fault)
{
  g_autoptr (GhSubscription) subscription = g_new0 (GhSubscription, 1);
  GhSubscriptionCompiler compiler = { subscription, *source, fault };

  g_atomic_ref_count_init (&subscription->ref_count);
  subscription->strings = g_string_chunk_new (128);
  subscription->targets = g_array_new (FALSE, FALSE, sizeof (GhNotificationTarget));
  if (!compile_targets (&compiler) || !compile_criteria (&compiler) || !compile_blocking (&compiler)
      || !compile_content_type (&compiler) || !gh_subscription_compile_policies (&compiler))
    return NULL;
  return g_steal_pointer (&subscription);
}

GhSubscription *
gh_subscription_compile (const GhResource *resource, GhFault *fault)
{
  const GhSubscriptionSource source = { .resource = resource };

  return compile (&source, fault);
}

GhSubscription *
gh_subscription_compile_draft (const GhDraft *draft, const char *creator, GhFault *fault)
{
  const GhSubscriptionSource source = { .draft = draft };
  GhSubscription *subscription = compile (&source, fault);

  if (subscription != NULL && creator != NULL)
    subscription->creator = g_string_chunk_insert (subscription->strings, creator);
  return subscription;
}

GhSubscription *
gh_subscription_compile_value (const GhValue *attributes, GhFault *fault)
{
  const GhSubscriptionSource source = { .value = attributes };

  return compile (&source, fault);
}

GhSubscription *
gh_subscription_ref (GhSubscription *subscription)
{
  g_atomic_ref_count_inc (&subscription->ref_count);
  return subscription;
}

void
gh_subscription_unref (GhSubscription *subscription)
{
  if (!g_atomic_ref_count_dec (&subscription->ref_count))
    return;
  g_clear_pointer (&subscription->child_types, g_array_unref);
  g_clear_pointer (&subscription->monitored, g_array_unref);
  g_clear_pointer (&subscription->attributes, g_ptr_array_unref);
  g_array_unref (subscription->targets);
  g_string_chunk_free (subscription->strings);
  g_free (subscription);
}

gboolean
gh_subscription_check_subject (const GhSubscription *subscription, const GhType *subject,
                               GhFault *fault)
{
  if (subscription->missing_number > 0 && subject->number != GH_TYPE_TIME_SERIES)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "enc.md: a %s is no time series, whose data could be missing",
                         subject->long_name);
  if (gh_subscription_is_told_of_emptiness (subscription) && subject->number != GH_TYPE_CONTAINER)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "enc.net: 5 is for containers (TS-0001 9.6.8), not for a %s",
                         subject->long_name);
  if (!gh_type_may_hold (subject, GH_TYPE_SUBSCRIPTION))
    return gh_fault_set (fault, GH_ERROR_NOT_SUBSCRIBABLE,
                         "a resource of type %s cannot be subscribed to", subject->long_name);
  for (guint i = 0; subscription->child_types != NULL && i < subscription->child_types->len; i++)
    {
      gint type = g_array_index (subscription->child_types, gint, i);

      if (!gh_type_may_hold (subject, type))
        return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                             "enc.chty: %d is no type of child of a %s", type, subject->long_name);
    }
  return TRUE;
}

gboolean
gh_subscription_is_blocking (const GhSubscription *subscription)
{
  return subscription->events == 1u << GH_NET_BLOCKING_UPDATE;
}

gboolean
gh_subscription_is_told_of_emptiness (const GhSubscription *subscription)
{
  return (subscription->events & 1u << GH_NET_NO_CHILD) != 0;
}

gboolean
gh_subscription_is_monitor (const GhSubscription *subscription)
{
  return subscription->monitored != NULL;
}

gboolean
gh_subscription_monitors (const GhSubscription *subscription, guint operation,
                          const GhOriginator *originator, const GhHome *home)
{
  for (guint i = 0; subscription->monitored != NULL && i < subscription->monitored->len; i++)
    {
      const GhMonitored *entry = &g_array_index (subscription->monitored, GhMonitored, i);
      const gboolean named = entry->originator == NULL
                             || (originator != NULL
                                 && gh_originator_is (originator, entry->originator, home));
      if (named && (entry->operations == 0 || (entry->operations & operation) != 0))
        return TRUE;
    }
  return FALSE;
}

gboolean
gh_subscription_concerns (const GhSubscription *subscription, const GhDraft *update)
{
  const GPtrArray *names = subscription->attributes;

  for (guint i = 0; names != NULL && i < names->len; i++)
    for (guint k = 0; k < update->n_values; k++)
      if (strcmp (names->pdata[i], update->values[k].attribute->short_name) == 0)
        return TRUE;
  return names == NULL;
}

const GhNotificationTarget *
gh_subscription_get_targets (const GhSubscription *subscription, guint *out_n)
{
  *out_n = subscription->targets->len;
  return (const GhNotificationTarget *) (const void *) subscription->targets->data;
}

const GhNotificationTarget *
gh_subscription_get_subscriber (const GhSubscription *subscription)
{
  return subscription->subscriber.address != NULL ? &subscription->subscriber : NULL;
}

const char *
gh_subscription_get_creator (const GhSubscription *subscription)
{
  return subscription->creator;
}

GhNotificationContentType
gh_subscription_get_content_type (const GhSubscription *subscription)
{
  return subscription->content_type;
}
