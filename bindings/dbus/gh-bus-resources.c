/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-resources.h"

#include "gh-bus-content.h"
#include "gh-bus-job.h"
#include "primitive/gh-json-reader.h"

#include <string.h>

#define ERROR_PREFIX "org.gatehouse.Gatehouse1.Error.Rsc"
/* Response status codes from here on are errors (TS-0004 6.6.3). */
#define FIRST_ERROR      4000
#define MAX_REASON       512 /* octets that are passed on */
#define ADDRESSES_FACTOR 32  /* an arena's octets for an octet of a list of addresses */

void
gh_bus_return_status (GDBusMethodInvocation *invocation, guint status, const char *content)
{
  const gsize length = content != NULL ? strlen (content) : 0;
  g_autoptr (GhArena) arena = gh_arena_new (length * 32 + 4096);
  g_autofree char *name = g_strdup_printf (ERROR_PREFIX "%u", status);
  g_autofree char *reason = NULL;
  const char *text = NULL;
  GhValue value;

  if (length > 0 && gh_json_parse (content, length, arena, &value, NULL))
    text = gh_value_text (gh_value_member (&value, "m2m:dbg"));
  if (text != NULL && strlen (text) <= MAX_REASON)
    reason = g_strdup (text);
  else
    reason = g_strdup_printf ("the response status code is %u", status);
  g_dbus_method_invocation_return_dbus_error (invocation, name, reason);
}

void
gh_bus_return_fault (GDBusMethodInvocation *invocation, const GhFault *fault)
{
  g_autofree char *name = g_strdup_printf (ERROR_PREFIX "%u", gh_error_status (fault->code));

  g_dbus_method_invocation_return_dbus_error (invocation, name, fault->text);
}

GhCseAnswer *
gh_bus_take_answer (GObject *source, GAsyncResult *result, GDBusMethodInvocation *invocation)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GhCseAnswer) answer = gh_cse_send_finish (GH_CSE (source), result, &error);

  if (answer == NULL)
    {
      gh_bus_return_error (invocation, error);
      return NULL;
    }
  if (answer->status < FIRST_ERROR)
    return g_steal_pointer (&answer);
  gh_bus_return_status (invocation, answer->status, answer->content);
  return NULL;
}

void
gh_bus_return_primitive (GObject *source, GAsyncResult *result, gpointer invocation)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *response = gh_cse_request_finish (GH_CSE (source), result, &error);

  if (response != NULL)
    g_dbus_method_invocation_return_value (invocation, g_variant_new ("(s)", response));
  else
    gh_bus_return_error (invocation, error);
}

static const char *
text_or_empty (const char *text)
{
  return text != NULL ? text : "";
}

static void
created (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GhCseAnswer) answer = gh_bus_take_answer (source, result, user_data);

  if (answer != NULL)
    g_dbus_method_invocation_return_value (
      user_data, g_variant_new ("(uss)", answer->status, text_or_empty (answer->location),
                                text_or_empty (answer->content)));
}

static void
answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GhCseAnswer) answer = gh_bus_take_answer (source, result, user_data);

  if (answer != NULL)
    g_dbus_method_invocation_return_value (
      user_data, g_variant_new ("(us)", answer->status, text_or_empty (answer->content)));
}

/* FALSE: that was no list of addresses. */
static gboolean
read_addresses (const char *content, GVariantBuilder *out)
{
  const gsize length = content != NULL ? strlen (content) : 0;
  g_autoptr (GhArena) arena = gh_arena_new (length * ADDRESSES_FACTOR + 4096);
  GhValue value;
  const GhValue *list;

  if (length == 0)
    return TRUE;
  if (!gh_json_parse (content, length, arena, &value, NULL))
    return FALSE;
  list = gh_value_member (&value, "m2m:uril");
  if (list == NULL || list->kind != GH_VALUE_LIST)
    return FALSE;
  for (guint i = 0; i < list->length; i++)
    if (gh_value_text (&list->items[i]) != NULL)
      g_variant_builder_add (out, "s", gh_value_text (&list->items[i]));
  return TRUE;
}

static void
discovered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GhCseAnswer) answer = gh_bus_take_answer (source, result, user_data);
  g_auto (GVariantBuilder) addresses = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_STRING_ARRAY);

  if (answer == NULL)
    return;
  if (read_addresses (answer->content, &addresses))
    g_dbus_method_invocation_return_value (
      user_data, g_variant_new ("(@asb)", g_variant_builder_end (&addresses), !answer->partial));
  else
    gh_bus_return_status (user_data, gh_error_status (GH_ERROR_FAILED), NULL);
}

static void
read_create (GVariant *parameters, GhBusQuestion *out)
{
  g_variant_get (parameters, "(&s&suv@a{sv})", &out->originator, &out->target, &out->type,
                 &out->content, &out->options);
}

static void
read_plain (GVariant *parameters, GhBusQuestion *out)
{
  g_variant_get (parameters, "(&s&s@a{sv})", &out->originator, &out->target, &out->options);
}

static void
read_content (GVariant *parameters, GhBusQuestion *out)
{
  g_variant_get (parameters, "(&s&sv@a{sv})", &out->originator, &out->target, &out->content,
                 &out->options);
}

static void
read_discovery (GVariant *parameters, GhBusQuestion *out)
{
  out->discovery = TRUE;
  g_variant_get (parameters, "(&s&s@a{sv}@a{sv})", &out->originator, &out->target, &out->filter,
                 &out->options);
}

static const struct {
  const char *name;
  GhOperation operation;
  void (*read) (GVariant *parameters, GhBusQuestion *out);
  GAsyncReadyCallback answered;
} methods[] = {
  { "Create", GH_OPERATION_CREATE, read_create, created },
  { "Retrieve", GH_OPERATION_RETRIEVE, read_plain, answered },
  { "Update", GH_OPERATION_UPDATE, read_content, answered },
  { "Delete", GH_OPERATION_DELETE, read_plain, answered },
  { "Discover", GH_OPERATION_RETRIEVE, read_discovery, discovered },
  { "Notify", GH_OPERATION_NOTIFY, read_content, answered },
};

void
gh_bus_resources_call (GhCse *cse, GDBusMethodInvocation *invocation)
{
  const char *name = g_dbus_method_invocation_get_method_name (invocation);
  guint row = 0;
  GhBusQuestion question = { 0 };
  GhFault fault = { 0 };

  while (row + 1 < G_N_ELEMENTS (methods) && !g_str_equal (methods[row].name, name))
    row++;
  question.operation = methods[row].operation;
  methods[row].read (g_dbus_method_invocation_get_parameters (invocation), &question);
  g_autofree char *primitive = gh_bus_question_to_json (&question, &fault);
  g_clear_pointer (&question.content, g_variant_unref);
  g_clear_pointer (&question.filter, g_variant_unref);
  g_clear_pointer (&question.options, g_variant_unref);
  if (primitive == NULL)
    gh_bus_return_fault (invocation, &fault);
  else
    gh_cse_send_async (cse, NULL, primitive, methods[row].answered, invocation);
}
