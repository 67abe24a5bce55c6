/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-audit.h"

#define MAX_RECORDS      1000 /* of one answer */
#define MAX_ASSOCIATIONS 1000

static void
add_record (guint64 number, const char *record, gpointer user_data)
{
  (void) number;
  g_variant_builder_add (user_data, "s", record);
}

gboolean
gh_bus_audit_read (GhBusJob *job, GError **error)
{
  guint64 after;
  guint32 limit;
  g_auto (GVariantBuilder) records = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_STRING_ARRAY);

  g_variant_get (job->parameters, "(tu)", &after, &limit);
  if (!gh_audit_read (gh_security_get_audit (job->security), after, MIN (limit, MAX_RECORDS),
                      add_record, &records, error))
    return FALSE;
  job->reply = g_variant_new ("(@as)", g_variant_builder_end (&records));
  return TRUE;
}

gboolean
gh_bus_audit_verify (GhBusJob *job, GError **error)
{
  GhAuditState state;
  g_auto (GVariantDict) answer = G_VARIANT_DICT_INIT (NULL);

  if (!gh_audit_verify (gh_security_get_audit (job->security), &state, error))
    return FALSE;
  g_variant_dict_insert (&answer, "first", "t", state.first);
  g_variant_dict_insert (&answer, "last", "t", state.last);
  g_variant_dict_insert (&answer, "intact", "b", state.intact);
  if (!state.intact)
    g_variant_dict_insert (&answer, "broken", "t", state.broken);
  g_variant_dict_insert (&answer, "head", "s", state.head);
  job->reply = g_variant_new ("(@a{sv})", g_variant_dict_end (&answer));
  return TRUE;
}

GVariant *
gh_bus_describe_association (const GhAssociationInfo *info)
{
  g_auto (GVariantDict) one = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&one, "id", "t", info->id);
  g_variant_dict_insert (&one, "transport", "s", info->transport != NULL ? info->transport : "");
  g_variant_dict_insert (&one, "peer", "s", info->peer != NULL ? info->peer : "");
  g_variant_dict_insert (&one, "suite", "s", info->suite != NULL ? info->suite : "");
  g_variant_dict_insert (&one, "credential", "s",
                         info->credential_id != NULL ? info->credential_id : "");
  g_variant_dict_insert (&one, "resumed", "b", info->resumed);
  g_variant_dict_insert (&one, "outgoing", "b", info->client);
  g_variant_dict_insert (&one, "since", "x", info->since_us);
  if (info->ends_us != GH_NEVER_US)
    g_variant_dict_insert (&one, "ends", "x", info->ends_us);
  return g_variant_dict_end (&one);
}

static void
add_association (const GhAssociationInfo *info, gpointer user_data)
{
  g_variant_builder_add_value (user_data, gh_bus_describe_association (info));
}

gboolean
gh_bus_associations_list (GhBusJob *job, GError **error)
{
  guint64 after;
  guint32 limit;
  g_auto (GVariantBuilder) all = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));

  (void) error;
  g_variant_get (job->parameters, "(tu)", &after, &limit);
  gh_security_list_associations (job->security, after, MIN (limit, MAX_ASSOCIATIONS),
                                 add_association, &all);
  job->reply = g_variant_new ("(@aa{sv})", g_variant_builder_end (&all));
  return TRUE;
}

gboolean
gh_bus_associations_close (GhBusJob *job, GError **error)
{
  guint64 id;

  (void) error;
  g_variant_get (job->parameters, "(t)", &id);
  gh_cse_close_association (job->cse, id);
  return TRUE;
}
