/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-access.h"
#include "gh-bus-draft.h"
#include "gh-bus-registration.h"
#include "primitive/gh-json-reader.h"

#include <string.h>

/* The options of calls of the bus, serialized as GVariants: those of a registration, of a
 * credential, and a question about rights. The first octet says which. */

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
check_registration (GVariant *options)
{
  g_auto (GhBusRegistration) said = { NULL };
  g_autofree char *text = NULL;
  GhFault fault = { 0 };

  if (!gh_bus_registration_parse (options, &said, &fault))
    {
      g_assert_true (fault.set && g_utf8_validate (fault.text, -1, NULL));
      return;
    }
  g_assert_false (fault.set);
  text = gh_bus_registration_to_json (&said, "gatehouse");
  g_autoptr (GhArena) arena = gh_arena_new (4 * 1024 * 1024);
  GhValue root;
  g_assert_true (gh_json_parse (text, strlen (text), arena, &root, &fault));
  const GhValue *ae = gh_value_member (gh_value_member (&root, "pc"), "m2m:ae");
  g_assert_cmpstr (gh_value_text (gh_value_member (&root, "to")), ==, "gatehouse");
  g_assert_cmpstr (gh_value_text (gh_value_member (ae, "api")), ==, said.app_id);
}

static void
check_draft (GVariant *properties)
{
  g_auto (GhBusDraft) said = { .properties = NULL };
  g_autoptr (GError) error = NULL;

  if (gh_bus_draft_parse (properties, &said, &error) == (error != NULL))
    g_error ("a result and an error, or neither");
}

static void
check_explain (GVariant *parameters)
{
  g_auto (GhBusExplain) asked = { .context = NULL };
  g_autoptr (GError) error = NULL;

  if (gh_bus_explain_parse (parameters, &asked, &error) == (error != NULL))
    g_error ("a result and an error, or neither");
  if (error != NULL)
    return;
  g_assert_nonnull (asked.question.originator);
  g_assert_nonnull (asked.question.target);
  g_assert_cmpuint (asked.question.operation, !=, 0);
}

static const struct {
  const char *type;
  void (*check) (GVariant *value);
} kinds[] = {
  { "a{sv}", check_registration },
  { "a{sv}", check_draft },
  { "(sssa{sv})", check_explain },
};

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  if (size == 0)
    return 0;
  const guint kind = data[0] % G_N_ELEMENTS (kinds);
  g_autoptr (GBytes) bytes = g_bytes_new (data + 1, size - 1);
  g_autoptr (GVariant) value = g_variant_ref_sink (
    g_variant_new_from_bytes (G_VARIANT_TYPE (kinds[kind].type), bytes, FALSE));

  /* the bus itself hands over nothing else */
  if (g_variant_is_normal_form (value))
    kinds[kind].check (value);
  return 0;
}
