/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "policy-reference.h"

#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

typedef enum { NO, YES, UNKNOWN } Answer;

static gboolean
has_form (const char *text, const char *form)
{
  return g_regex_match_simple (form, text, G_REGEX_RAW | G_REGEX_DOLLAR_ENDONLY, 0);
}

/* The unreserved characters and the star, no two stars together, no dots alone. */
#define WORD "(?!\\.{1,2}(?:/|$))(?!(?:[^/]*)\\*\\*)[A-Za-z0-9._~*-]+"

static char *
originator_text (const GhOriginator *originator)
{
  if (originator->ae_id != NULL && originator->ae_id[0] == 'S')
    return g_strdup_printf ("%s|ae|%s", originator->sp_domain, originator->ae_id);
  if (originator->ae_id != NULL)
    return g_strdup_printf ("%s|%s|ae|%s", originator->sp_domain, originator->cse_id,
                            originator->ae_id);
  return g_strdup_printf ("%s|cse|%s", originator->sp_domain, originator->cse_id);
}

/* The pattern in the form of originator_text(), or NULL when it is none of an AE or CSE. */
static char *
pattern_text (const char *absolute, const GhHome *home)
{
  g_auto (GStrv) parts = g_strsplit (absolute + 2, "/", -1);
  guint n = g_strv_length (parts);
  g_autofree char *home_text = g_strdup_printf ("//%s/%s", home->sp_domain, home->cse_id);

  if (n == 2 && has_form (parts[1], "^S.") && strcmp (absolute, home_text) != 0)
    return g_strdup_printf ("%s|ae|%s", parts[0], parts[1]);
  if (n == 2)
    return g_strdup_printf ("%s|cse|%s", parts[0], parts[1]);
  if (n == 3 && has_form (parts[2], "^S."))
    return has_form (parts[1], "\\*") || has_form (parts[2], "\\*")
             ? g_strdup ("never")
             : g_strdup_printf ("%s|ae|%s", parts[0], parts[2]);
  if (n == 3 && has_form (parts[2], "^(C.|\\*)"))
    return g_strdup_printf ("%s|%s|ae|%s", parts[0], parts[1], parts[2]);
  return NULL;
}

static Answer
fact_answer (GhFactKind kind, const char *name, const GhKnownFacts *known, GHashTable *unknown)
{
  for (guint i = 0; known != NULL && i < known->n_facts; i++)
    {
      if (known->facts[i].kind == kind && g_str_equal (known->facts[i].name, name))
        return known->facts[i].holds ? YES : NO;
    }
  g_hash_table_add (unknown, g_strdup_printf ("%d:%s", kind, name));
  return UNKNOWN;
}

static gboolean
star_match (const char *pattern, const char *text)
{
  g_autofree char *escaped = g_regex_escape_string (pattern, -1);
  g_auto (GStrv) pieces = g_strsplit (escaped, "\\*", -1);
  g_autofree char *joined = g_strjoinv ("[^|]*", pieces);
  g_autofree char *form = g_strdup_printf ("^%s$", joined);

  return has_form (text, form);
}

static Answer
entry_answer (const char *entry, const GhHome *home, const GhRequestFacts *request,
              const GhKnownFacts *known, GHashTable *unknown)
{
  g_autofree char *text = originator_text (&request->originator);
  g_autofree char *absolute = NULL;
  g_autofree char *pattern = NULL;

  if (strlen (entry) > 255)
    return NO;
  if (g_str_equal (entry, "all"))
    return YES;
  if (strchr (entry, '@') != NULL)
    return has_form (entry, "^[A-Za-z0-9._-]+@(?!.*\\.\\.)(?!\\.)[a-z0-9.-]*[a-z0-9-]$")
             ? fact_answer (GH_FACT_ROLE, entry, known, unknown)
             : NO;
  if (!has_form (entry, "^/{0,2}" WORD "(?:/" WORD ")*$"))
    return NO;
  if (has_form (entry, "^//[^/]+$"))
    return !has_form (entry, "\\*") && g_str_equal (entry + 2, request->originator.sp_domain);
  if (has_form (entry, "^//"))
    absolute = g_strdup (entry);
  else if (entry[0] == '/')
    absolute = g_strdup_printf ("//%s%s", home->sp_domain, entry);
  else if (has_form (entry, "^C[^/]+$"))
    absolute = g_strdup_printf ("//%s/%s/%s", home->sp_domain, home->cse_id, entry);
  else if (has_form (entry, "^S[^/]+$"))
    {
      pattern = g_strdup_printf ("%s|ae|%s", home->sp_domain, entry);
      return star_match (pattern, text);
    }
  if (absolute != NULL)
    pattern = pattern_text (absolute, home);
  if (pattern != NULL)
    return star_match (pattern, text);
  return has_form (entry, "\\*") ? NO : fact_answer (GH_FACT_GROUP_MEMBER, entry, known, unknown);
}

static gboolean
field_holds (const char *field, int value, int minimum, int maximum)
{
  g_auto (GStrv) elements = g_strsplit (field, ",", -1);

  for (char **element = elements; *element != NULL; element++)
    {
      int low = minimum, high = maximum, step = 1;

      if (sscanf (*element, "*/%d", &step) != 1 && !g_str_equal (*element, "*"))
        {
          int n = sscanf (*element, "%d-%d/%d", &low, &high, &step);

          high = n == 1 ? low : high;
        }
      for (int i = low; i <= high; i += step)
        {
          if (i == value)
            return TRUE;
        }
    }
  return FALSE;
}

static gboolean
window_holds (const char *entry, gint64 wall_us)
{
  static const int limits[7][2] = { { 0, 59 }, { 0, 59 }, { 0, 23 },     { 1, 31 },
                                    { 1, 12 }, { 0, 6 },  { 2000, 9999 } };
  gint64 seconds = wall_us / G_USEC_PER_SEC - (wall_us % G_USEC_PER_SEC < 0);
  g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc (seconds);
  g_auto (GStrv) fields = g_regex_split_simple (" +", entry, 0, 0);
  int values[7];

  if (date == NULL)
    return FALSE;
  values[0] = g_date_time_get_second (date);
  values[1] = g_date_time_get_minute (date);
  values[2] = g_date_time_get_hour (date);
  values[3] = g_date_time_get_day_of_month (date);
  values[4] = g_date_time_get_month (date);
  values[5] = g_date_time_get_day_of_week (date) % 7;
  values[6] = g_date_time_get_year (date);
  for (int i = 0; i < 7; i++)
    {
      if (!field_holds (fields[i], values[i], limits[i][0], limits[i][1]))
        return FALSE;
    }
  return TRUE;
}

static gboolean
windows_hold (const GhValue *list, gint64 wall_us)
{
  for (guint i = 0; i < list->length; i++)
    {
      if (window_holds (gh_value_text (&list->items[i]), wall_us))
        return TRUE;
    }
  return FALSE;
}

/* As GLib sees it: a mapped address is made an IPv4 one on both sides. */
static gboolean
block_holds (const char *block, const guint8 *octets)
{
  gboolean mapped = memcmp (octets, "\0\0\0\0\0\0\0\0\0\0\377\377", 12) == 0;
  g_autoptr (GInetAddress) peer = mapped
                                    ? g_inet_address_new_from_bytes (octets + 12,
                                                                     G_SOCKET_FAMILY_IPV4)
                                    : g_inet_address_new_from_bytes (octets, G_SOCKET_FAMILY_IPV6);
  g_autoptr (GInetAddressMask) mask = g_inet_address_mask_new_from_string (block, NULL);
  const guint8 *of_mask;
  guint length;

  g_assert_nonnull (mask);
  of_mask = g_inet_address_to_bytes (g_inet_address_mask_get_address (mask));
  length = g_inet_address_mask_get_length (mask);
  if (g_inet_address_mask_get_family (mask) == G_SOCKET_FAMILY_IPV6 && length >= 96
      && memcmp (of_mask, "\0\0\0\0\0\0\0\0\0\0\377\377", 12) == 0)
    {
      g_autoptr (GInetAddress) base = g_inet_address_new_from_bytes (of_mask + 12,
                                                                     G_SOCKET_FAMILY_IPV4);
      g_autoptr (GInetAddressMask) inner = g_inet_address_mask_new (base, length - 96, NULL);

      return g_inet_address_mask_matches (inner, peer);
    }
  return g_inet_address_mask_matches (mask, peer);
}

static gboolean
blocks_hold (const GhValue *acip, const guint8 *octets)
{
  for (guint i = 0; octets != NULL && i < acip->length; i++)
    {
      const GhValue *list = &acip->members[i].value;

      for (guint j = 0; j < list->length; j++)
        {
          if (block_holds (gh_value_text (&list->items[j]), octets))
            return TRUE;
        }
    }
  return FALSE;
}

static gboolean
only_members (const GhValue *object, const char *names)
{
  g_auto (GStrv) allowed = g_strsplit (names, " ", -1);

  for (guint i = 0; i < object->length; i++)
    {
      if (!g_strv_contains ((const char *const *) allowed, object->members[i].name))
        return FALSE;
    }
  return TRUE;
}

static gboolean
framework_holds (const GhValue *names, GhProof proof)
{
  for (guint i = 0; proof != GH_PROOF_NONE && i < names->length; i++)
    {
      if (strcmp (gh_value_text (&names->items[i]), gh_proof_name (proof)) == 0)
        return TRUE;
    }
  return FALSE;
}

static gboolean
context_holds (const GhValue *context, const GhRequestFacts *request)
{
  const GhValue *windows = gh_value_member (context, "actw");
  const GhValue *blocks = gh_value_member (context, "acip");

  const GhValue *frameworks = gh_value_member (context, "ghfw");
  const GhValue *strength = gh_value_member (context, "ghst");

  return only_members (context, "actw acip ghfw ghst")
         && (frameworks == NULL || framework_holds (frameworks, request->proof))
         && (strength == NULL || strength->integer <= request->strength)
         && (blocks == NULL
             || (only_members (blocks, "ipv4 ipv6") && blocks_hold (blocks, request->peer_address)))
         && (windows == NULL || windows_hold (windows, request->wall_us));
}

static gboolean
contexts_hold (const GhValue *list, const GhRequestFacts *request)
{
  for (guint i = 0; list != NULL && i < list->length; i++)
    {
      if (context_holds (&list->items[i], request))
        return TRUE;
    }
  return list == NULL;
}

static gboolean
object_holds (const GhValue *detail, const GhRequestFacts *request)
{
  const GhValue *type = gh_value_member (detail, "ty");
  const GhValue *special = gh_value_member (detail, "spty");
  const GhValue *children = gh_value_member (detail, "chty");

  if (type != NULL && type->integer != request->target_type)
    return FALSE;
  if (special != NULL)
    {
      g_autofree char *text = special->kind == GH_VALUE_STRING
                                ? g_strdup (special->text)
                                : g_strdup_printf ("%" G_GINT64_FORMAT, special->integer);

      if (g_strcmp0 (text, request->target_specialization) != 0)
        return FALSE;
    }
  for (guint i = 0; i < children->length; i++)
    {
      if (children->items[i].integer == request->created_type)
        return TRUE;
    }
  return FALSE;
}

static gboolean
objects_hold (const GhValue *list, const GhRequestFacts *request)
{
  gboolean holds = FALSE;

  if (list == NULL)
    return TRUE;
  for (guint i = 0; i < list->length; i++)
    {
      if (!only_members (&list->items[i], "ty spty chty"))
        return FALSE;
      holds = holds || object_holds (&list->items[i], request);
    }
  return holds || request->operation != GH_ACOP_CREATE;
}

static gboolean
rest_holds (const GhValue *rule, const GhRequestFacts *request)
{
  const GhValue *flag = gh_value_member (rule, "acaf");

  return only_members (rule, "acor acop acco acaf acod")
         && (gh_value_member (rule, "acop")->integer & request->operation) != 0
         && (flag == NULL || !flag->boolean || request->proof != GH_PROOF_NONE)
         && contexts_hold (gh_value_member (rule, "acco"), request)
         && objects_hold (gh_value_member (rule, "acod"), request);
}

static void
add_all (GHashTable *into, GHashTable *from)
{
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, from);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_hash_table_add (into, g_strdup (key));
}

/* TRUE: the rule permits; what could make it permit is added to @needs. */
static gboolean
rule_permits (const GhValue *rule, const GhHome *home, const GhRequestFacts *request,
              const GhKnownFacts *known, GHashTable *needs)
{
  g_autoptr (GHashTable) unknown = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  const GhValue *entries = gh_value_member (rule, "acor");
  gboolean named = FALSE;

  if (!rest_holds (rule, request))
    return FALSE;
  for (guint i = 0; i < entries->length; i++)
    named |= entry_answer (gh_value_text (&entries->items[i]), home, request, known, unknown)
             == YES;
  add_all (needs, unknown);
  return named;
}

void
reference_decide (const GhValue *const *sets, guint n_sets, const GhHome *home,
                  const GhRequestFacts *request, const GhKnownFacts *known, Reference *out)
{
  gboolean permitted = FALSE;

  out->needs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < n_sets; i++)
    {
      const GhValue *rules = gh_value_member (sets[i], "acr");

      for (guint j = 0; rules != NULL && j < rules->length; j++)
        permitted |= rule_permits (&rules->items[j], home, request, known, out->needs);
    }
  if (permitted)
    g_hash_table_remove_all (out->needs);
  out->verdict = permitted ? GH_ALLOW : g_hash_table_size (out->needs) > 0 ? GH_NEED : GH_DENY;
}

void
reference_clear (Reference *reference)
{
  g_hash_table_unref (reference->needs);
}
