/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-draft.h"

#include <sodium.h>
#include <string.h>

#define MAX_LINE 512
#define MAX_KEY  64

typedef enum { TYPE_TEXT, TYPE_TEXTS, TYPE_FLAG, TYPE_NUMBER, TYPE_TIME } KeyType;

static const char *const type_strings[] = { [TYPE_TEXT] = "s",
                                            [TYPE_TEXTS] = "as",
                                            [TYPE_FLAG] = "b",
                                            [TYPE_NUMBER] = "u",
                                            [TYPE_TIME] = "x" };

#define ROW(name, type, member)                        \
  {                                                    \
    name, type, G_STRUCT_OFFSET (GhVaultDraft, member) \
  }
static const struct {
  const char *name;
  KeyType type;
  gsize offset;
} rows[] = {
  ROW ("subject", TYPE_TEXT, subject),
  ROW ("owner", TYPE_TEXT, owner),
  ROW ("label", TYPE_TEXT, label),
  ROW ("identities", TYPE_TEXTS, identities),
  ROW ("stems", TYPE_TEXTS, stems),
  ROW ("app-ids", TYPE_TEXTS, app_ids),
  ROW ("targets", TYPE_TEXTS, targets),
  ROW ("suid", TYPE_NUMBER, suid),
  ROW ("administrator", TYPE_FLAG, administrator),
  ROW ("admits-any", TYPE_FLAG, admits_any),
  ROW ("pending", TYPE_FLAG, pending),
  ROW ("not-before", TYPE_TIME, not_before_us),
  ROW ("not-after", TYPE_TIME, not_after_us),
};

static const struct {
  const char *name;
  GhPurpose purpose;
} purposes[] = {
  { "ae", GH_PURPOSE_AE },         { "cse", GH_PURPOSE_CSE },       { "node", GH_PURPOSE_NODE },
  { "device", GH_PURPOSE_DEVICE }, { "server", GH_PURPOSE_SERVER },
};

static gboolean
refuse (const char *key, const char *expected, GError **error)
{
  g_set_error (error, GH_ERROR, GH_ERROR_BAD_REQUEST, "%.32s: %s is expected", key, expected);
  return FALSE;
}

void
gh_bus_draft_clear (GhBusDraft *draft)
{
  g_clear_pointer (&draft->lists, g_ptr_array_unref);
  g_clear_pointer (&draft->properties, g_variant_unref);
}

/* From seconds, which 0 leaves out. */
static gboolean
set_time (const char *key, gint64 seconds, gint64 *out_us, GError **error)
{
  if (seconds < 0 || seconds > G_MAXINT64 / G_USEC_PER_SEC)
    return refuse (key, "seconds since 1970", error);
  *out_us = seconds * G_USEC_PER_SEC;
  return TRUE;
}

static gboolean
set_member (GhBusDraft *draft, guint row, GVariant *value, GError **error)
{
  gpointer member = (char *) &draft->draft + rows[row].offset;

  switch (rows[row].type)
    {
    case TYPE_TEXT:
      *(const char **) member = g_variant_get_string (value, NULL);
      return TRUE;
    case TYPE_TEXTS:
      *(const char *const **) member = g_variant_get_strv (value, NULL);
      g_ptr_array_add (draft->lists, *(gpointer *) member);
      return TRUE;
    case TYPE_FLAG:
      *(gboolean *) member = g_variant_get_boolean (value);
      return TRUE;
    case TYPE_NUMBER:
      *(guint *) member = g_variant_get_uint32 (value);
      return TRUE;
    case TYPE_TIME:
      return set_time (rows[row].name, g_variant_get_int64 (value), member, error);
    }
  return FALSE;
}

static gboolean
set_kind (GhBusDraft *draft, GVariant *value, GError **error)
{
  return (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING)
          && gh_credential_kind_parse (g_variant_get_string (value, NULL), &draft->draft.kind))
         || refuse ("kind", "psk, x509, rpk, anchor or user", error);
}

static gboolean
set_purposes (GhBusDraft *draft, GVariant *value, GError **error)
{
  g_autofree const char **names = g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY)
                                    ? g_variant_get_strv (value, NULL)
                                    : NULL;

  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    {
      guint known = 0;

      for (guint k = 0; k < G_N_ELEMENTS (purposes); k++)
        if (strcmp (names[i], purposes[k].name) == 0)
          known = purposes[k].purpose;
      if (known == 0)
        return refuse ("purposes", "ae, cse, node, device or server", error);
      draft->draft.purposes |= known;
    }
  return names != NULL || refuse ("purposes", "a list of texts", error);
}

static gboolean
set_key (GhBusDraft *draft, const char *key, GVariant *value, GError **error)
{
  if (strcmp (key, "kind") == 0)
    return set_kind (draft, value, error);
  if (strcmp (key, "purposes") == 0)
    return set_purposes (draft, value, error);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (strcmp (key, rows[i].name) == 0)
      return g_variant_is_of_type (value, G_VARIANT_TYPE (type_strings[rows[i].type]))
               ? set_member (draft, i, value, error)
               : refuse (key, type_strings[rows[i].type], error);
  g_set_error (error, GH_ERROR, GH_ERROR_BAD_REQUEST, "%.32s: no property of a credential", key);
  return FALSE;
}

gboolean
gh_bus_draft_parse (GVariant *properties, GhBusDraft *out, GError **error)
{
  const gsize n = g_variant_n_children (properties);

  *out = (GhBusDraft){ .draft.kind = GH_CREDENTIAL_PSK, .properties = g_variant_ref (properties) };
  out->lists = g_ptr_array_new_with_free_func (g_free);
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) value = NULL;
      const char *key;

      g_variant_get_child (properties, i, "{&sv}", &key, &value);
      if (!set_key (out, key, value, error))
        return FALSE;
    }
  return TRUE;
}

static void
add_texts (GVariantDict *dict, const char *key, const char *const *texts)
{
  g_variant_dict_insert_value (dict, key, g_variant_new_strv (texts, -1));
}

static void
add_time (GVariantDict *dict, const char *key, gint64 time_us)
{
  g_variant_dict_insert (dict, key, "x",
                         time_us == GH_NEVER_US ? (gint64) 0 : time_us / G_USEC_PER_SEC);
}

GVariant *
gh_bus_describe (const GhCredential *credential)
{
  const char *names[G_N_ELEMENTS (purposes) + 1] = { NULL };
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (purposes); i++)
    if (credential->purposes & purposes[i].purpose)
      names[n++] = purposes[i].name;
  g_variant_dict_insert (&dict, "id", "s", credential->id);
  g_variant_dict_insert (&dict, "number", "t", credential->number);
  g_variant_dict_insert (&dict, "kind", "s", gh_credential_kind_name (credential->kind));
  g_variant_dict_insert (&dict, "state", "s", gh_credential_state_name (credential->state));
  g_variant_dict_insert (&dict, "generation", "u", credential->generation);
  g_variant_dict_insert (&dict, "suid", "u", credential->suid);
  g_variant_dict_insert (&dict, "subject", "s", credential->subject);
  g_variant_dict_insert (&dict, "owner", "s", credential->owner);
  g_variant_dict_insert (&dict, "label", "s", credential->label != NULL ? credential->label : "");
  add_texts (&dict, "identities", credential->identities);
  add_texts (&dict, "stems", credential->stems);
  add_texts (&dict, "app-ids", credential->app_ids);
  add_texts (&dict, "targets", credential->targets);
  add_texts (&dict, "purposes", names);
  g_variant_dict_insert (&dict, "administrator", "b", credential->administrator);
  g_variant_dict_insert (&dict, "admits-any", "b", credential->admits_any);
  if (credential->anchor != 0)
    g_variant_dict_insert (&dict, "anchor", "t", credential->anchor);
  add_time (&dict, "not-before", credential->not_before_us);
  add_time (&dict, "not-after", credential->not_after_us);
  add_time (&dict, "created", credential->created_us);
  add_time (&dict, "changed", credential->changed_us);
  return g_variant_dict_end (&dict);
}

void
gh_import_line_clear (GhImportLine *line)
{
  g_clear_pointer (&line->subject, g_free);
  g_clear_pointer (&line->identity, g_free);
  g_clear_pointer (&line->key, gh_secret_unref);
}

/* The next word of a line; it does not copy, since one of them is secret. */
static gboolean
next_word (const char **at, gsize *left, const char **out, gsize *out_length)
{
  while (*left > 0 && (**at == ' ' || **at == '\t' || **at == '\r'))
    (*at)++, (*left)--;
  *out = *at;
  while (*left > 0 && **at != ' ' && **at != '\t' && **at != '\r')
    (*at)++, (*left)--;
  *out_length = (gsize) (*at - *out);
  return *out_length > 0;
}

/* Hexadecimal when it can be; 64 digits in base64 would be 48 octets, which nobody uses as a key
 * by chance. */
static GhSecret *
decode_key (const char *word, gsize length, GError **error)
{
  guint8 octets[MAX_KEY];
  gsize n = 0;
  const char *end = NULL;
  GhSecret *key = NULL;
  const gboolean hexadecimal = sodium_hex2bin (octets, sizeof octets, word, length, NULL, &n, &end)
                                 == 0
                               && end == word + length;

  if (hexadecimal
      || (sodium_base642bin (octets, sizeof octets, word, length, NULL, &n, &end,
                             sodium_base64_VARIANT_ORIGINAL)
            == 0
          && end == word + length))
    key = gh_secret_new (octets, n, error);
  else
    refuse ("key", "hexadecimal or base64, of at most 64 octets,", error);
  sodium_memzero (octets, sizeof octets);
  return key;
}

gboolean
gh_import_line_parse (const char *line, gsize length, GhImportLine *out, GError **error)
{
  const char *subject, *key, *identity, *rest;
  gsize subject_length, key_length, identity_length, rest_length;

  *out = (GhImportLine){ NULL };
  if (length > MAX_LINE)
    return refuse ("line", "at most 512 octets", error);
  if (!next_word (&line, &length, &subject, &subject_length) || subject[0] == '#')
    return TRUE;
  if (!next_word (&line, &length, &key, &key_length))
    return refuse ("line", "KpsaID key [AE-ID]", error);
  if (next_word (&line, &length, &identity, &identity_length)
      && next_word (&line, &length, &rest, &rest_length))
    return refuse ("line", "nothing after the AE-ID", error);
  if (memchr (subject, 0, subject_length) != NULL
      || (identity_length > 0 && memchr (identity, 0, identity_length) != NULL))
    return refuse ("line", "no zero octet", error);
  out->key = decode_key (key, key_length, error);
  if (out->key == NULL)
    return FALSE;
  out->subject = g_strndup (subject, subject_length);
  if (identity_length > 0)
    out->identity = g_strndup (identity, identity_length);
  return TRUE;
}
