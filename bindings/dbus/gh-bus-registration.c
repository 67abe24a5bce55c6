/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-registration.h"

#include "gh-cse-applications.h"
#include "primitive/gh-json-writer.h"
#include "primitive/gh-primitive.h"

#include <string.h>

#define MAX_TEXT  256 /* octets */
#define MAX_TEXTS 32

void
gh_bus_registration_clear (GhBusRegistration *registration)
{
  g_clear_pointer (&registration->app_id, g_free);
  g_clear_pointer (&registration->ae_id, g_free);
  g_clear_pointer (&registration->name, g_free);
  g_clear_pointer (&registration->object, g_free);
  g_clear_pointer (&registration->labels, g_strfreev);
  g_clear_pointer (&registration->versions, g_strfreev);
}

static gboolean
expected (const char *key, const char *what, GhFault *fault)
{
  return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%.32s: %s is expected", key, what);
}

static gboolean
take_text (const char *key, GVariant *value, char **out, GhFault *fault)
{
  gsize length;

  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return expected (key, "s", fault);
  g_free (*out);
  *out = g_variant_dup_string (value, &length);
  return (length > 0 && length <= MAX_TEXT) || expected (key, "a text of 1 to 256 octets", fault);
}

static gboolean
take_texts (const char *key, GVariant *value, GStrv *out, GhFault *fault)
{
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY)
      || g_variant_n_children (value) > MAX_TEXTS || g_variant_n_children (value) == 0)
    return expected (key, "as, of 1 to 32 texts,", fault);
  g_strfreev (*out);
  *out = g_variant_dup_strv (value, NULL);
  for (guint i = 0; (*out)[i] != NULL; i++)
    if ((*out)[i][0] == '\0' || strlen ((*out)[i]) > MAX_TEXT)
      return expected (key, "texts of 1 to 256 octets", fault);
  return TRUE;
}

static gboolean
take_flag (const char *key, GVariant *value, gboolean *out, GhFault *fault)
{
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
    return expected (key, "b", fault);
  *out = g_variant_get_boolean (value);
  return TRUE;
}

static gboolean
take_object (const char *key, GVariant *value, char **out, GhFault *fault)
{
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_OBJECT_PATH)
      || g_variant_get_size (value) > MAX_TEXT)
    return expected (key, "o, of at most 255 octets,", fault);
  g_free (*out);
  *out = g_variant_dup_string (value, NULL);
  return TRUE;
}

static gboolean
take_notifications (const char *key, GVariant *value, gboolean *out, GhFault *fault)
{
  const char *text = g_variant_is_of_type (value, G_VARIANT_TYPE_STRING)
                       ? g_variant_get_string (value, NULL)
                       : "";

  *out = g_str_equal (text, "call");
  return *out || g_str_equal (text, "signal") || expected (key, "'signal' or 'call'", fault);
}

static gboolean
take_option (const char *key, GVariant *value, GhBusRegistration *out, GhFault *fault)
{
  if (g_str_equal (key, "app-id"))
    return take_text (key, value, &out->app_id, fault);
  if (g_str_equal (key, "ae-id"))
    return take_text (key, value, &out->ae_id, fault);
  if (g_str_equal (key, "name"))
    return take_text (key, value, &out->name, fault);
  if (g_str_equal (key, "labels"))
    return take_texts (key, value, &out->labels, fault);
  if (g_str_equal (key, "versions"))
    return take_texts (key, value, &out->versions, fault);
  if (g_str_equal (key, "object"))
    return take_object (key, value, &out->object, fault);
  if (g_str_equal (key, "notifications"))
    return take_notifications (key, value, &out->by_call, fault);
  if (g_str_equal (key, "remove-on-exit"))
    return take_flag (key, value, &out->remove_on_exit, fault);
  return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%.32s: no option of a registration", key);
}

gboolean
gh_bus_registration_parse (GVariant *options, GhBusRegistration *out, GhFault *fault)
{
  const gsize n = g_variant_n_children (options);

  *out = (GhBusRegistration){ NULL };
  for (gsize i = 0; i < n; i++)
    {
      const char *key = NULL;
      g_autoptr (GVariant) value = NULL;
      g_variant_get_child (options, i, "{&sv}", &key, &value);
      if (!take_option (key, value, out, fault))
        return FALSE;
    }
  if (out->app_id == NULL)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "app-id: missing");
  return !out->by_call || out->object != NULL
         || gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "notifications: to call, object is needed");
}

static void
put_text (GhJsonWriter *json, const char *name, const char *text)
{
  if (text == NULL)
    return;
  gh_json_name (json, name);
  gh_json_string (json, text, strlen (text));
}

static void
put_texts (GhJsonWriter *json, const char *name, const char *const *texts)
{
  if (texts == NULL)
    return;
  gh_json_name (json, name);
  gh_json_begin_list (json);
  for (guint i = 0; texts[i] != NULL; i++)
    gh_json_string (json, texts[i], strlen (texts[i]));
  gh_json_end_list (json);
}

char *
gh_bus_registration_to_json (const GhBusRegistration *registration, const char *cse_name)
{
  static const char *const poa[] = { GH_CSE_APPLICATION_POA, NULL };
  static const char *const versions[] = { "3", NULL };
  GhJsonWriter json;

  gh_json_writer_init (&json, 512);
  gh_json_begin_object (&json);
  gh_json_name (&json, "op");
  gh_json_integer (&json, GH_OPERATION_CREATE);
  put_text (&json, "to", cse_name);
  put_text (&json, "rqi", "register");
  put_text (&json, "rvi", "3");
  gh_json_name (&json, "ty");
  gh_json_integer (&json, 2);
  gh_json_name (&json, "rcn");
  gh_json_integer (&json, GH_RCN_ATTRIBUTES);
  gh_json_name (&json, "pc");
  gh_json_begin_object (&json);
  gh_json_name (&json, "m2m:ae");
  gh_json_begin_object (&json);
  put_text (&json, "rn", registration->name);
  put_text (&json, "api", registration->app_id);
  gh_json_name (&json, "rr");
  gh_json_boolean (&json, TRUE);
  put_texts (&json, "poa", poa);
  put_texts (&json, "srv",
             registration->versions != NULL ? (const char *const *) registration->versions
                                            : versions);
  put_texts (&json, "lbl", (const char *const *) registration->labels);
  gh_json_end_object (&json);
  gh_json_end_object (&json);
  gh_json_end_object (&json);
  g_autoptr (GhBuffer) text = gh_json_writer_finish (&json);
  return g_strndup (text->data, text->length);
}
