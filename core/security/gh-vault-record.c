/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "security/gh-vault-record.h"

#include <string.h>

#define FORMAT          1
#define FORMAT_ANCHORED 2 /* the anchor of the entry follows */
/* The flags of a credential. */
#define FLAG_ADMITS_ANY    1
#define FLAG_ADMINISTRATOR 2
#define FLAG_ALL           3

typedef struct {
  guint8 *data;
  gsize length, capacity;
  gboolean full;
} Writer;

typedef struct {
  const guint8 *data;
  gsize left;
  gboolean bad;
} Reader;

void
gh_vault_op_clear (GhVaultOp *op)
{
  g_clear_pointer (&op->credential, gh_credential_unref);
  g_clear_pointer (&op->name, g_free);
  g_clear_pointer (&op->secret, gh_secret_unref);
}

GhVaultOp *
gh_vault_op_new (GhVaultOpKind kind)
{
  GhVaultOp *op = g_new0 (GhVaultOp, 1);

  op->kind = kind;
  return op;
}

void
gh_vault_op_free (GhVaultOp *op)
{
  if (op == NULL)
    return;
  gh_vault_op_clear (op);
  g_free (op);
}

static void
write_octets (Writer *writer, gconstpointer octets, gsize length)
{
  if (writer->capacity - writer->length < length)
    {
      writer->full = TRUE;
      return;
    }
  if (length > 0)
    memcpy (writer->data + writer->length, octets, length);
  writer->length += length;
}

static void
write_number (Writer *writer, guint64 number, guint size)
{
  guint8 octets[8];

  for (guint i = 0; i < size; i++)
    octets[i] = (guint8) (number >> (8 * (size - 1 - i)));
  write_octets (writer, octets, size);
}

/* Of at most GH_CREDENTIAL_MAX_TEXT octets; NULL is written like "". */
static void
write_text (Writer *writer, const char *text)
{
  const gsize length = text != NULL ? strlen (text) : 0;

  write_number (writer, length, 2);
  write_octets (writer, text, length);
}

static void
write_texts (Writer *writer, const char *const *texts)
{
  const guint n = texts != NULL ? g_strv_length ((char **) texts) : 0;

  write_number (writer, n, 2);
  for (guint i = 0; i < n; i++)
    write_text (writer, texts[i]);
}

static void
write_blob (Writer *writer, gconstpointer data, gsize length)
{
  write_number (writer, length, 4);
  write_octets (writer, data, length);
}

static void
write_secret (Writer *writer, const GhSecret *secret)
{
  gsize length = 0;
  gconstpointer data = secret != NULL ? gh_secret_data (secret, &length) : NULL;

  write_blob (writer, data, length);
}

static void
write_credential (Writer *writer, const GhCredential *credential)
{
  gsize length = 0;
  gconstpointer data = credential->public_data != NULL
                         ? g_bytes_get_data (credential->public_data, &length)
                         : NULL;

  write_number (writer, credential->anchor != 0 ? FORMAT_ANCHORED : FORMAT, 1);
  write_number (writer, credential->number, 8);
  write_number (writer, credential->kind, 1);
  write_number (writer, credential->state, 1);
  write_number (writer, credential->generation, 4);
  write_number (writer, credential->suid, 1);
  write_number (writer, credential->purposes, 1);
  write_number (writer,
                (credential->admits_any ? FLAG_ADMITS_ANY : 0)
                  | (credential->administrator ? FLAG_ADMINISTRATOR : 0),
                1);
  write_text (writer, credential->subject);
  write_text (writer, credential->owner);
  write_text (writer, credential->label);
  write_texts (writer, credential->identities);
  write_texts (writer, credential->stems);
  write_texts (writer, credential->app_ids);
  write_texts (writer, credential->targets);
  write_number (writer, (guint64) credential->not_before_us, 8);
  write_number (writer, (guint64) credential->not_after_us, 8);
  write_number (writer, (guint64) credential->created_us, 8);
  write_number (writer, (guint64) credential->changed_us, 8);
  write_secret (writer, credential->secret);
  write_blob (writer, data, length);
  if (credential->anchor != 0)
    write_number (writer, credential->anchor, 8);
}

gsize
gh_vault_record_write (const GhVaultOp *op, guint8 *out, gsize capacity)
{
  Writer writer = { out, 0, MIN (capacity, GH_VAULT_MAX_RECORD), FALSE };
  Writer head = { out, 0, 4, FALSE };

  write_number (&writer, 0, 4);
  write_number (&writer, op->kind, 1);
  switch (op->kind)
    {
    case GH_VAULT_OP_CREDENTIAL:
      write_credential (&writer, op->credential);
      break;
    case GH_VAULT_OP_REMOVE:
    case GH_VAULT_OP_NEXT:
      write_number (&writer, op->number, 8);
      break;
    case GH_VAULT_OP_ITEM:
      write_text (&writer, op->name);
      write_secret (&writer, op->secret);
      break;
    case GH_VAULT_OP_ITEM_REMOVE:
      write_text (&writer, op->name);
      break;
    }
  if (writer.full)
    return 0;
  write_number (&head, writer.length, 4);
  return writer.length;
}

static const guint8 *
read_octets (Reader *reader, gsize length)
{
  const guint8 *at = reader->data;

  if (reader->bad || reader->left < length)
    {
      reader->bad = TRUE;
      return NULL;
    }
  reader->data += length;
  reader->left -= length;
  return at;
}

static guint64
read_number (Reader *reader, guint size)
{
  const guint8 *octets = read_octets (reader, size);
  guint64 number = 0;

  for (guint i = 0; octets != NULL && i < size; i++)
    number = number << 8 | octets[i];
  return number;
}

/* Returns: (transfer full), NULL for an empty text and for a bad one. */
static char *
read_text (Reader *reader)
{
  const gsize length = (gsize) read_number (reader, 2);
  const guint8 *octets;

  if (length > GH_CREDENTIAL_MAX_TEXT)
    reader->bad = TRUE;
  octets = read_octets (reader, length);
  if (octets == NULL || length == 0)
    return NULL;
  if (memchr (octets, 0, length) != NULL)
    {
      reader->bad = TRUE;
      return NULL;
    }
  return g_strndup ((const char *) octets, length);
}

static char **
read_texts (Reader *reader)
{
  const guint n = (guint) read_number (reader, 2);
  g_autoptr (GPtrArray) texts = NULL;

  if (n == 0 || n > GH_CREDENTIAL_MAX_IDENTITIES)
    {
      reader->bad |= n != 0;
      return NULL;
    }
  texts = g_ptr_array_new_full (n + 1, g_free);
  for (guint i = 0; i < n; i++)
    {
      char *text = read_text (reader);

      if (text == NULL)
        {
          reader->bad = TRUE;
          return NULL;
        }
      g_ptr_array_add (texts, text);
    }
  g_ptr_array_add (texts, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&texts), FALSE);
}

static GhSecret *
read_secret (Reader *reader, GhFault *fault)
{
  const gsize length = (gsize) read_number (reader, 4);
  const guint8 *octets = read_octets (reader, length);
  g_autoptr (GError) error = NULL;
  GhSecret *secret;

  if (octets == NULL || length == 0)
    return NULL;
  secret = gh_secret_new (octets, length, &error);
  if (secret == NULL)
    gh_fault_from_error (fault, error);
  return secret;
}

static GBytes *
read_bytes (Reader *reader)
{
  const gsize length = (gsize) read_number (reader, 4);
  const guint8 *octets = read_octets (reader, length);

  return octets == NULL || length == 0 ? NULL : g_bytes_new (octets, length);
}

/* A credential while it is read: what its fields point to is owned here. */
typedef struct {
  GhCredential fields;
  char *id, *subject, *owner, *label;
  char **identities, **stems, **app_ids, **targets;
} Parts;

static void
parts_clear (Parts *parts)
{
  g_free (parts->id);
  g_free (parts->subject);
  g_free (parts->owner);
  g_free (parts->label);
  g_strfreev (parts->identities);
  g_strfreev (parts->stems);
  g_strfreev (parts->app_ids);
  g_strfreev (parts->targets);
  gh_secret_unref (parts->fields.secret);
  g_clear_pointer (&parts->fields.public_data, g_bytes_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Parts, parts_clear)

static void
read_numbers (Reader *reader, GhCredential *fields)
{
  guint flags;

  fields->number = read_number (reader, 8);
  fields->kind = (GhCredentialKind) read_number (reader, 1);
  fields->state = (GhCredentialState) read_number (reader, 1);
  fields->generation = (guint) read_number (reader, 4);
  fields->suid = (guint) read_number (reader, 1);
  fields->purposes = (guint) read_number (reader, 1);
  flags = (guint) read_number (reader, 1);
  fields->admits_any = (flags & FLAG_ADMITS_ANY) != 0;
  fields->administrator = (flags & FLAG_ADMINISTRATOR) != 0;
  if (fields->number == 0 || fields->number > G_MAXINT64 || (flags & ~(guint) FLAG_ALL))
    reader->bad = TRUE;
}

static void
read_texts_of (Reader *reader, Parts *parts)
{
  parts->subject = read_text (reader);
  parts->owner = read_text (reader);
  parts->label = read_text (reader);
  parts->identities = read_texts (reader);
  parts->stems = read_texts (reader);
  parts->app_ids = read_texts (reader);
  parts->targets = read_texts (reader);
  parts->fields.subject = parts->subject;
  parts->fields.owner = parts->owner;
  parts->fields.label = parts->label;
  parts->fields.identities = (const char *const *) parts->identities;
  parts->fields.stems = (const char *const *) parts->stems;
  parts->fields.app_ids = (const char *const *) parts->app_ids;
  parts->fields.targets = (const char *const *) parts->targets;
}

static GhCredential *
read_credential (Reader *reader, GhFault *fault)
{
  g_auto (Parts) parts = { 0 };
  GhCredential *fields = &parts.fields;

  const guint64 format = read_number (reader, 1);
  reader->bad |= format != FORMAT && format != FORMAT_ANCHORED;
  read_numbers (reader, fields);
  read_texts_of (reader, &parts);
  fields->not_before_us = (gint64) read_number (reader, 8);
  fields->not_after_us = (gint64) read_number (reader, 8);
  fields->created_us = (gint64) read_number (reader, 8);
  fields->changed_us = (gint64) read_number (reader, 8);
  fields->secret = read_secret (reader, fault);
  fields->public_data = read_bytes (reader);
  if (format == FORMAT_ANCHORED)
    {
      fields->anchor = read_number (reader, 8);
      reader->bad |= fields->anchor == 0 || fields->anchor > G_MAXINT64;
    }
  if (reader->bad || reader->left > 0 || fault->set || !gh_credential_check (fields, fault))
    return NULL;
  parts.id = gh_credential_make_id (fields->kind, fields->suid, fields->subject);
  fields->id = parts.id;
  return gh_credential_new (fields);
}

gboolean
gh_vault_item_name_check (const char *name, GhFault *fault)
{
  gsize length = 0;

  while (g_ascii_isalnum (name[length]) || (name[length] != '\0' && strchr ("._-", name[length])))
    length++;
  if (length >= 1 && length <= GH_VAULT_MAX_ITEM_NAME && name[length] == '\0')
    return TRUE;
  return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                       "item: 1 to %d letters, digits, '.', '_' or '-' are expected",
                       GH_VAULT_MAX_ITEM_NAME);
}

static gboolean
read_body (Reader *reader, GhVaultOp *op, GhFault *fault)
{
  switch (op->kind)
    {
    case GH_VAULT_OP_CREDENTIAL:
      op->credential = read_credential (reader, fault);
      return op->credential != NULL;
    case GH_VAULT_OP_REMOVE:
    case GH_VAULT_OP_NEXT:
      op->number = read_number (reader, 8);
      return op->number > 0 && op->number <= G_MAXINT64;
    case GH_VAULT_OP_ITEM:
      op->name = read_text (reader);
      op->secret = read_secret (reader, fault);
      return op->name != NULL && op->secret != NULL && gh_vault_item_name_check (op->name, fault);
    case GH_VAULT_OP_ITEM_REMOVE:
      op->name = read_text (reader);
      return op->name != NULL && gh_vault_item_name_check (op->name, fault);
    }
  return FALSE;
}

gboolean
gh_vault_record_parse (const guint8 *data, gsize length, gsize *out_used, GhVaultOp *out,
                       GhFault *fault)
{
  Reader head = { data, length, FALSE }, body;
  const gsize used = (gsize) read_number (&head, 4);
  GhFault why = { 0 };

  *out = (GhVaultOp){ 0 };
  if (head.bad || used < 5 || used > length || used > GH_VAULT_MAX_RECORD)
    return gh_fault_set (fault, GH_ERROR_STORE,
                         "a record of %" G_GSIZE_FORMAT " octets in %" G_GSIZE_FORMAT, used,
                         length);
  body = (Reader){ data + 4, used - 4, FALSE };
  out->kind = (GhVaultOpKind) read_number (&body, 1);
  if (!read_body (&body, out, &why) || body.bad || body.left > 0)
    {
      gh_vault_op_clear (out);
      return gh_fault_set (fault, GH_ERROR_STORE, "a record of kind %d is not understood%s%s",
                           (int) out->kind, why.set ? ": " : "", why.text);
    }
  *out_used = used;
  return TRUE;
}
