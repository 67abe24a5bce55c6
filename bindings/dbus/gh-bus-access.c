/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-access.h"

#include "security/gh-strength.h"

#include <string.h>

#define MAX_TYPE    65535
#define MAX_SECONDS (G_GINT64_CONSTANT (253402300799)) /* the end of the year 9999 */

static const struct {
  const char *name;
  guint operation;
} operations[] = {
  { "create", GH_ACOP_CREATE }, { "retrieve", GH_ACOP_RETRIEVE },  { "update", GH_ACOP_UPDATE },
  { "delete", GH_ACOP_DELETE }, { "discover", GH_ACOP_DISCOVERY }, { "notify", GH_ACOP_NOTIFY },
};

static const char *const outcomes[] = {
  [GH_OUTCOME_ORIGINATOR] = "originator", [GH_OUTCOME_MEMBERSHIP] = "membership",
  [GH_OUTCOME_OPERATION] = "operation",   [GH_OUTCOME_AUTHENTICATION] = "authentication",
  [GH_OUTCOME_OBJECT] = "object",         [GH_OUTCOME_NOT_UNDERSTOOD] = "not-understood",
  [GH_OUTCOME_ADDRESS] = "address",       [GH_OUTCOME_TIME] = "time",
  [GH_OUTCOME_FRAMEWORK] = "framework",   [GH_OUTCOME_STRENGTH] = "strength",
  [GH_OUTCOME_PERMITS] = "permits",
};
G_STATIC_ASSERT (G_N_ELEMENTS (outcomes) == GH_OUTCOME_PERMITS + 1);

static gboolean
refuse (GError **error, const char *what, const char *expected)
{
  g_set_error (error, GH_ERROR, GH_ERROR_BAD_REQUEST, "%.32s: %s is expected", what, expected);
  return FALSE;
}

static gboolean
take_operation (const char *name, guint *out, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (operations); i++)
    if (strcmp (operations[i].name, name) == 0)
      {
        *out = operations[i].operation;
        return TRUE;
      }
  return refuse (error, "operation", "create, retrieve, update, delete, discover or notify");
}

static gboolean
take_framework (GVariant *value, GhProof *out, GError **error)
{
  return (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING)
          && gh_proof_parse (g_variant_get_string (value, NULL), out))
         || refuse (error, "framework",
                    "none, local, bus-uid, psk, x509, rpk, maf, gba, group or esprim");
}

static gboolean
take_strength (GVariant *value, guint *out, GError **error)
{
  const guint32 bits = g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32)
                         ? g_variant_get_uint32 (value)
                         : 0;

  if (bits < 1 || bits > GH_STRENGTH_MOST)
    return refuse (error, "strength", "u: 1 to 256 bits");
  *out = bits;
  return TRUE;
}

/* IPv4 as mapped IPv6, as in the facts of a request. */
static gboolean
take_address (GVariant *value, guint8 out[16], GError **error)
{
  static const guint8 mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
  g_autoptr (GInetAddress) address = g_variant_is_of_type (value, G_VARIANT_TYPE_STRING)
                                       ? g_inet_address_new_from_string (
                                         g_variant_get_string (value, NULL))
                                       : NULL;

  if (address == NULL)
    return refuse (error, "address", "an IP address");
  if (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV4)
    {
      memcpy (out, mapped, sizeof mapped);
      memcpy (out + 12, g_inet_address_to_bytes (address), 4);
    }
  else
    memcpy (out, g_inet_address_to_bytes (address), 16);
  return TRUE;
}

static gboolean
take_time (GVariant *value, gint64 *out_us, GError **error)
{
  const gint64 seconds = g_variant_is_of_type (value, G_VARIANT_TYPE_INT64)
                           ? g_variant_get_int64 (value)
                           : 0;

  if (seconds < 1 || seconds > MAX_SECONDS)
    return refuse (error, "time", "x: seconds since 1970");
  *out_us = seconds * G_USEC_PER_SEC;
  return TRUE;
}

static gboolean
take_type (GVariant *value, gint *out, GError **error)
{
  const guint32 type = g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32)
                         ? g_variant_get_uint32 (value)
                         : 0;

  if (type < 1 || type > MAX_TYPE)
    return refuse (error, "type", "u: the number of a resource type");
  *out = (gint) type;
  return TRUE;
}

static gboolean
take_attributes (GVariant *value, gboolean *out_policies, GError **error)
{
  g_autofree const char **names = g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY)
                                    ? g_variant_get_strv (value, NULL)
                                    : NULL;

  if (names == NULL)
    return refuse (error, "attributes", "as");
  *out_policies = g_strv_contains (names, "acpi")
                  || g_strv_contains (names, "accessControlPolicyIDs");
  return TRUE;
}

/* @address: what the question points to when it has one */
static gboolean
take_context (GVariant *context, GhExplainQuestion *out, guint8 address[16], GError **error)
{
  const gsize n = g_variant_n_children (context);
  gboolean ok = TRUE;

  for (gsize i = 0; i < n && ok; i++)
    {
      const char *key = NULL;
      g_autoptr (GVariant) value = NULL;
      g_variant_get_child (context, i, "{&sv}", &key, &value);
      if (strcmp (key, "framework") == 0)
        ok = take_framework (value, &out->proof, error);
      else if (strcmp (key, "strength") == 0)
        ok = take_strength (value, &out->strength, error);
      else if (strcmp (key, "address") == 0)
        {
          ok = take_address (value, address, error);
          out->peer_address = address;
        }
      else if (strcmp (key, "time") == 0)
        ok = take_time (value, &out->wall_us, error);
      else if (strcmp (key, "type") == 0)
        ok = take_type (value, &out->created_type, error);
      else if (strcmp (key, "attributes") == 0)
        ok = take_attributes (value, &out->updates_policies, error);
      else
        ok = refuse (error, key, "framework, strength, address, time, type or attributes");
    }
  return ok;
}

/* What makes no sense together. */
static gboolean
check_context (GhExplainQuestion *question, GError **error)
{
  if (question->created_type != 0 && question->operation != GH_ACOP_CREATE)
    return refuse (error, "type", "no type, but with create,");
  if (question->proof == GH_PROOF_NONE)
    question->strength = 0;
  if (question->updates_policies && question->operation != GH_ACOP_UPDATE)
    question->updates_policies = FALSE;
  return TRUE;
}

static GVariant *
describe_rules (GArray *rules)
{
  g_auto (GVariantBuilder) all = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));

  for (guint i = 0; rules != NULL && i < rules->len; i++)
    {
      const GhExplainedRule *rule = &g_array_index (rules, GhExplainedRule, i);
      g_auto (GVariantDict) one = G_VARIANT_DICT_INIT (NULL);
      g_variant_dict_insert (&one, "number", "u", i);
      g_variant_dict_insert (&one, "rule", "s", rule->rule);
      g_variant_dict_insert (&one, "result", "s", outcomes[rule->outcome]);
      g_variant_builder_add_value (&all, g_variant_dict_end (&one));
    }
  return g_variant_builder_end (&all);
}

static GVariant *
describe_policies (GPtrArray *policies)
{
  g_auto (GVariantBuilder) all = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));

  for (guint i = 0; policies != NULL && i < policies->len; i++)
    {
      const GhExplainedPolicy *policy = policies->pdata[i];
      g_auto (GVariantDict) one = G_VARIANT_DICT_INIT (NULL);
      g_variant_dict_insert (&one, "reference", "s", policy->reference);
      g_variant_dict_insert (&one, "state", "s", policy->state);
      g_variant_dict_insert (&one, "resource", "s",
                             policy->resource != NULL ? policy->resource : "");
      g_variant_dict_insert_value (&one, "rules", describe_rules (policy->rules));
      g_variant_builder_add_value (&all, g_variant_dict_end (&one));
    }
  return g_variant_builder_end (&all);
}

static GVariant *
describe (const GhExplanation *explanation)
{
  g_auto (GVariantDict) all = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&all, "by", "s", explanation->by);
  g_variant_dict_insert (&all, "resource", "s", explanation->resource);
  g_variant_dict_insert (&all, "owner", "s", explanation->owner != NULL ? explanation->owner : "");
  if (explanation->privileges != NULL)
    g_variant_dict_insert (&all, "privileges", "s", explanation->privileges);
  g_variant_dict_insert_value (&all, "policies", describe_policies (explanation->policies));
  return g_variant_dict_end (&all);
}

gboolean
gh_bus_explain_parse (GVariant *parameters, GhBusExplain *out, GError **error)
{
  const char *operation = NULL;

  *out = (GhBusExplain){ .question.proof = GH_PROOF_LOCAL,
                          .question.strength = GH_STRENGTH_MOST };
  g_variant_get (parameters, "(&s&s&s@a{sv})", &out->question.originator, &operation,
                 &out->question.target, &out->context);
  return take_operation (operation, &out->question.operation, error)
         && take_context (out->context, &out->question, out->address, error)
         && check_context (&out->question, error);
}

void
gh_bus_explain_clear (GhBusExplain *explain)
{
  g_clear_pointer (&explain->context, g_variant_unref);
}

gboolean
gh_bus_access_explain (GhBusJob *job, GError **error)
{
  g_auto (GhBusExplain) asked = { 0 };
  g_auto (GhExplanation) explanation = { 0 };

  if (!gh_bus_explain_parse (job->parameters, &asked, error)
      || !gh_cse_explain (job->cse, &asked.question, &explanation, error))
    return FALSE;
  job->reply = g_variant_new ("(b@a{sv})", explanation.allowed, describe (&explanation));
  return TRUE;
}
