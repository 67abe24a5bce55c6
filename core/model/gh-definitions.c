/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/gh-definitions.h"

#include "model/gh-syntax.h"
#include "primitive/gh-json-reader.h"

#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

#define PREFIX_MOST 8 /* octets of "hd" in "hd:binSh" */
#define NAME_MOST   8 /* of "binSh", and of the short name of an attribute */

/* One allocation chain: the type is its first member, and everything lies in the arena. */
typedef struct {
  GhType type;
  GhType instance; /* of its flexContainerInstances */
  GhArena *arena;
} Definition;

typedef struct {
  Definition *definition;
  GhFault *fault;
  const GhType *base, *instance_base;
} Reader;

static const struct {
  const char *name;
  GhDataType data;
} data_types[] = {
  { "xs:anyURI", GH_DATA_URI },
  { "xs:base64Binary", GH_DATA_BASE64 },
  { "xs:boolean", GH_DATA_BOOLEAN },
  { "xs:double", GH_DATA_NUMBER },
  { "xs:duration", GH_DATA_DURATION },
  { "xs:float", GH_DATA_NUMBER },
  { "xs:integer", GH_DATA_INTEGER },
  { "xs:nonNegativeInteger", GH_DATA_NON_NEGATIVE },
  { "xs:positiveInteger", GH_DATA_POSITIVE },
  { "xs:string", GH_DATA_STRING },
  { "m2m:ID", GH_DATA_ID },
  { "m2m:timestamp", GH_DATA_TIMESTAMP },
  { "enumeration", GH_DATA_ENUM },
};

static gboolean
no_room (Reader *reader)
{
  return gh_fault_set (reader->fault, GH_ERROR_CONFIG, "the definition is too large");
}

static gboolean
expected (Reader *reader, const char *where, const char *what)
{
  return gh_fault_set (reader->fault, GH_ERROR_CONFIG, "%s: expected %s", where, what);
}

/* Every member is one of @names, NULL-terminated. */
static gboolean
check_members (Reader *reader, const char *where, const GhValue *object, const char *const *names)
{
  char quoted[GH_QUOTE_SIZE];

  if (object->kind != GH_VALUE_OBJECT)
    return expected (reader, where, "an object");
  for (guint i = 0; i < object->length; i++)
    if (!g_strv_contains (names, object->members[i].name))
      return gh_fault_set (reader->fault, GH_ERROR_CONFIG, "%s: there is no member \"%s\"", where,
                           gh_syntax_quote (object->members[i].name, quoted));
  return TRUE;
}

static gboolean
is_name (const char *text, gsize most)
{
  const gsize length = strlen (text);

  if (length == 0 || length > most || !g_ascii_isalpha (text[0]))
    return FALSE;
  for (; *text != '\0'; text++)
    if (!g_ascii_isalnum (*text) && *text != '_' && *text != '-')
      return FALSE;
  return TRUE;
}

/* A text member that has to be there, copied. */
static const char *
take_text (Reader *reader, const char *where, const GhValue *object, const char *name)
{
  const char *text = gh_value_text (gh_value_member (object, name));
  char place[64];

  g_snprintf (place, sizeof place, "%s%s%s", where, where[0] != '\0' ? "." : "", name);
  if (text == NULL || text[0] == '\0' || strlen (text) > 128)
    {
      expected (reader, place, "a text of 1 to 128 octets");
      return NULL;
    }
  const char *copy = gh_arena_strdup (reader->definition->arena, text);
  if (copy == NULL)
    no_room (reader);
  return copy;
}

static gboolean
take_presence (Reader *reader, const char *where, const GhValue *object, const char *name,
               guint8 *out)
{
  const GhValue *value = gh_value_member (object, name);
  const char *text = gh_value_text (value);
  char place[64];

  *out = GH_PRESENCE_O;
  if (value == NULL || g_strcmp0 (text, "O") == 0)
    return TRUE;
  if (g_strcmp0 (text, "NP") == 0)
    *out = GH_PRESENCE_NP;
  else if (g_strcmp0 (text, "M") == 0 && strcmp (name, "create") == 0)
    *out = GH_PRESENCE_M;
  else
    {
      g_snprintf (place, sizeof place, "%s.%s", where, name);
      return expected (reader, place,
                       strcmp (name, "create") == 0 ? "M, O or NP" : "O or NP");
    }
  return TRUE;
}

static gboolean
take_type (Reader *reader, const char *where, const GhValue *object, GhAttribute *row)
{
  const char *text = gh_value_text (gh_value_member (object, "type"));
  const GhValue *list = gh_value_member (object, "list");
  char place[64];

  g_snprintf (place, sizeof place, "%s.list", where);
  if (list != NULL && list->kind != GH_VALUE_BOOLEAN)
    return expected (reader, place, "true or false");
  row->list = list != NULL && list->boolean;
  for (gsize i = 0; text != NULL && i < G_N_ELEMENTS (data_types); i++)
    if (strcmp (data_types[i].name, text) == 0)
      {
        row->data = data_types[i].data;
        return TRUE;
      }
  g_snprintf (place, sizeof place, "%s.type", where);
  return expected (reader, place, "a data type that docs/flexcontainer-definitions.md lists");
}

static gboolean
take_values (Reader *reader, const char *where, const GhValue *object, GhAttribute *row)
{
  GhArena *arena = reader->definition->arena;
  const GhValue *list = gh_value_member (object, "values");
  char place[64];

  g_snprintf (place, sizeof place, "%s.values", where);
  if ((row->data == GH_DATA_ENUM) != (list != NULL))
    return gh_fault_set (reader->fault, GH_ERROR_CONFIG,
                         "%s: an enumeration has values, and nothing else does", place);
  if (list == NULL)
    return TRUE;
  if (list->kind != GH_VALUE_LIST || list->length == 0 || list->length > GH_DEFINITION_MAX_VALUES)
    return expected (reader, place, "a list of 1 to 256 numbers");
  gint *values = gh_arena_new_array (arena, gint, list->length);
  GhEnumeration *enumeration = gh_arena_new_array (arena, GhEnumeration, 1);
  if (values == NULL || enumeration == NULL)
    return no_room (reader);
  for (guint i = 0; i < list->length; i++)
    {
      const GhValue *item = &list->items[i];
      if (item->kind != GH_VALUE_INTEGER || item->integer < G_MININT || item->integer > G_MAXINT
          || (i > 0 && item->integer <= values[i - 1]))
        return expected (reader, place, "ascending numbers");
      values[i] = (gint) item->integer;
    }
  *enumeration = (GhEnumeration){ row->long_name, values, list->length };
  row->enumeration = enumeration;
  return TRUE;
}

static gboolean
take_range (Reader *reader, const char *where, const GhValue *object, GhAttribute *row)
{
  const GhValue *low = gh_value_member (object, "minimum"),
                *high = gh_value_member (object, "maximum");
  char place[64];

  if (low == NULL && high == NULL)
    return TRUE;
  g_snprintf (place, sizeof place, "%s.minimum, maximum", where);
  if (low == NULL || high == NULL || low->kind != GH_VALUE_INTEGER
      || high->kind != GH_VALUE_INTEGER || low->integer >= high->integer
      || (low->integer == 0 && high->integer == 0))
    return expected (reader, place, "both, as whole numbers, the smaller one first");
  if (row->data != GH_DATA_INTEGER && row->data != GH_DATA_NON_NEGATIVE
      && row->data != GH_DATA_POSITIVE && row->data != GH_DATA_NUMBER)
    return gh_fault_set (reader->fault, GH_ERROR_CONFIG, "%s: only numbers have a range", place);
  row->minimum = low->integer;
  row->maximum = high->integer;
  return TRUE;
}

static gboolean
take_attribute (Reader *reader, guint index, const GhValue *object, GhAttribute *row)
{
  static const char *const names[] = { "name",    "short",  "type",    "list",
                                       "create",  "update", "minimum", "maximum",
                                       "values",  "comment", NULL };
  char where[32];

  g_snprintf (where, sizeof where, "attributes[%u]", index);
  *row = (GhAttribute){ .id = GH_N_ATTRIBUTES,
                        .announced = GH_ANNOUNCED_OA,
                        .release = 2,
                        .clause = "TS-0004 7.4.37" };
  if (!check_members (reader, where, object, names))
    return FALSE;
  row->long_name = take_text (reader, where, object, "name");
  row->short_name = row->long_name != NULL ? take_text (reader, where, object, "short") : NULL;
  if (row->short_name == NULL)
    return FALSE;
  if (!is_name (row->short_name, NAME_MOST))
    return gh_fault_set (reader->fault, GH_ERROR_CONFIG,
                         "%s.short: expected a letter and up to 7 letters and digits", where);
  if (gh_type_attribute (reader->base, row->short_name) != NULL
      || gh_type_attribute (reader->instance_base, row->short_name) != NULL)
    return gh_fault_set (reader->fault, GH_ERROR_CONFIG,
                         "%s.short: every flexContainer or instance has an attribute %s", where,
                         row->short_name);
  if (!take_presence (reader, where, object, "create", &row->create)
      || !take_presence (reader, where, object, "update", &row->update)
      || !take_type (reader, where, object, row) || !take_values (reader, where, object, row)
      || !take_range (reader, where, object, row))
    return FALSE;
  row->required = row->create == GH_PRESENCE_M;
  row->min_items = row->list && row->required;
  return TRUE;
}

static int
compare_keys (gconstpointer a, gconstpointer b, gpointer rows)
{
  const GhAttribute *all = rows;
  const guint64 x = gh_attribute_key (all[*(const guint8 *) a].short_name);
  const guint64 y = gh_attribute_key (all[*(const guint8 *) b].short_name);

  return x < y ? -1 : x > y;
}

/* @type gets the rows of @base and then the @n of @own, and their index. */
static gboolean
set_rows (Reader *reader, GhType *type, const GhType *base, const GhAttribute *own, guint n)
{
  GhArena *arena = reader->definition->arena;
  const guint all = base->n_attributes + n;
  GhAttribute *rows = gh_arena_new_array (arena, GhAttribute, all);
  guint64 *keys = gh_arena_new_array (arena, guint64, all);
  guint8 *order = gh_arena_new_array (arena, guint8, all);

  if (rows == NULL || keys == NULL || order == NULL)
    return no_room (reader);
  memcpy (rows, base->attributes, base->n_attributes * sizeof *rows);
  if (n > 0)
    memcpy (rows + base->n_attributes, own, n * sizeof *rows);
  for (guint i = 0; i < all; i++)
    {
      order[i] = (guint8) i;
      if (type->instance)
        rows[i].create = rows[i].update = GH_PRESENCE_NP;
    }
  g_qsort_with_data (order, (gint) all, sizeof *order, compare_keys, rows);
  for (guint i = 0; i < all; i++)
    keys[i] = gh_attribute_key (rows[order[i]].short_name);
  type->attributes = rows;
  type->n_attributes = all;
  type->index = (GhAttributeIndex){ keys, order };
  return TRUE;
}

static gboolean
take_attributes (Reader *reader, const GhValue *root)
{
  const GhValue *list = gh_value_member (root, "attributes");
  GhAttribute own[GH_DEFINITION_MAX_ATTRIBUTES];
  const guint n = list != NULL ? list->length : 0;

  if (list != NULL && (list->kind != GH_VALUE_LIST || n > GH_DEFINITION_MAX_ATTRIBUTES))
    return expected (reader, "attributes", "a list of at most 38");
  for (guint i = 0; i < n; i++)
    {
      if (!take_attribute (reader, i, &list->items[i], &own[i]))
        return FALSE;
      for (guint j = 0; j < i; j++)
        if (strcmp (own[j].short_name, own[i].short_name) == 0)
          return gh_fault_set (reader->fault, GH_ERROR_CONFIG,
                               "attributes[%u].short: %s stands twice", i, own[i].short_name);
    }
  return set_rows (reader, &reader->definition->type, reader->base, own, n)
         && set_rows (reader, &reader->definition->instance, reader->instance_base, own, n);
}

/* "hd:binSh" */
static gboolean
is_root (const char *text)
{
  const char *colon = strchr (text, ':');
  char prefix[PREFIX_MOST + 2];

  if (colon == NULL || (gsize) (colon - text) > PREFIX_MOST)
    return FALSE;
  g_strlcpy (prefix, text, (gsize) (colon - text) + 1);
  return is_name (prefix, PREFIX_MOST) && is_name (colon + 1, 16);
}

static gboolean
take_children (Reader *reader, const GhValue *root)
{
  GhArena *arena = reader->definition->arena;
  const GhValue *list = gh_value_member (root, "children");

  if (list == NULL)
    return TRUE;
  if (list->kind != GH_VALUE_LIST || list->length > GH_DEFINITION_MAX_CHILDREN)
    return expected (reader, "children", "a list of at most 128 root names");
  const char **names = gh_arena_new_array (arena, const char *, list->length + 1);
  if (names == NULL)
    return no_room (reader);
  for (guint i = 0; i < list->length; i++)
    {
      const char *name = gh_value_text (&list->items[i]);
      if (name == NULL || !is_root (name))
        return gh_fault_set (reader->fault, GH_ERROR_CONFIG,
                             "children[%u]: expected a root name such as hd:binSh", i);
      names[i] = gh_arena_strdup (arena, name);
      if (names[i] == NULL)
        return no_room (reader);
    }
  reader->definition->type.special_children = names;
  return TRUE;
}

static gboolean
take_names (Reader *reader, const GhValue *root)
{
  GhType *type = &reader->definition->type;

  type->long_name = take_text (reader, "", root, "name");
  type->root_name = type->long_name != NULL ? take_text (reader, "", root, "root") : NULL;
  type->definition = type->root_name != NULL ? take_text (reader, "", root, "definition") : NULL;
  if (type->definition == NULL)
    return FALSE;
  if (!is_root (type->root_name))
    return expected (reader, "root", "a prefix, a colon and a name, such as hd:binSh");
  if (g_str_has_prefix (type->root_name, "m2m:"))
    return gh_fault_set (reader->fault, GH_ERROR_CONFIG,
                         "root: the prefix m2m belongs to the standard");
  type->short_name = strchr (type->root_name, ':') + 1;
  return gh_syntax_check (GH_DATA_URI, type->definition, strlen (type->definition))
         || expected (reader, "definition", "a URI");
}

static gboolean
read_definition (Reader *reader, const GhValue *root)
{
  static const char *const names[] = { "name",     "root",    "definition", "attributes",
                                       "children", "comment", NULL };
  GhType *type = &reader->definition->type, *instance = &reader->definition->instance;

  *type = *reader->base;
  *instance = *reader->instance_base;
  type->abstract = FALSE;
  type->specialization = instance->specialization = TRUE;
  type->creatable = type->updatable = TRUE;
  type->announced = NULL;
  type->instances = instance;
  if (!check_members (reader, "the definition", root, names) || !take_names (reader, root))
    return FALSE;
  instance->root_name = type->root_name;
  return take_attributes (reader, root) && take_children (reader, root);
}

static void
definition_free (Definition *definition)
{
  gh_arena_free (definition->arena);
  g_free (definition);
}

const GhType *
gh_definition_add (const char *data, gsize length, GhFault *fault)
{
  g_autoptr (GhArena) scratch = gh_arena_new (GH_DEFINITION_MAX_OCTETS * 32);
  g_autoptr (GError) error = NULL;
  GhValue root;

  if (length > GH_DEFINITION_MAX_OCTETS)
    {
      gh_fault_set (fault, GH_ERROR_CONFIG, "more than %d octets", GH_DEFINITION_MAX_OCTETS);
      return NULL;
    }
  if (!gh_json_parse (data, length, scratch, &root, fault))
    return NULL;
  Definition *definition = g_new0 (Definition, 1);
  definition->arena = gh_arena_new (GH_DEFINITION_MAX_OCTETS * 4);
  Reader reader = { .definition = definition,
                    .fault = fault,
                    .base = gh_type_by_number (GH_TYPE_FLEX_CONTAINER),
                    .instance_base = gh_type_by_number (GH_TYPE_FLEX_CONTAINER_INSTANCE) };
  if (!read_definition (&reader, &root) || !gh_types_add (&definition->type, &error))
    {
      if (error != NULL)
        gh_fault_set (fault, GH_ERROR_CONFIG, "%s", error->message);
      definition_free (definition);
      return NULL;
    }
  const GhType *added = gh_type_by_root_name (definition->type.root_name);
  if (added != &definition->type)
    definition_free (definition);
  return added;
}

/* "octet 17: ..." of the reader becomes a line. */
static void
set_error (GError **error, const char *path, const char *data, const GhFault *fault)
{
  const char *rest = strstr (fault->text, ": ");
  gsize octet;
  guint line = 1;

  if (rest == NULL || sscanf (fault->text, "octet %" G_GSIZE_FORMAT, &octet) != 1)
    {
      g_set_error (error, GH_ERROR, GH_ERROR_CONFIG, "%s: %s", path, fault->text);
      return;
    }
  for (gsize i = 0; i < octet && data[i] != '\0'; i++)
    line += data[i] == '\n';
  g_set_error (error, GH_ERROR, GH_ERROR_CONFIG, "%s: line %u%s", path, line, rest);
}

static gboolean
load_file (const char *path, GPtrArray *types, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInputStream) stream = g_file_read (file, NULL, error);
  g_autofree char *data = g_malloc0 (GH_DEFINITION_MAX_OCTETS + 2);
  GhFault fault = { 0 };
  gsize length = 0;

  if (stream == NULL
      || !g_input_stream_read_all (G_INPUT_STREAM (stream), data, GH_DEFINITION_MAX_OCTETS + 1,
                                   &length, NULL, error))
    return FALSE;
  const GhType *type = gh_definition_add (data, length, &fault);
  if (type == NULL)
    {
      set_error (error, path, data, &fault);
      return FALSE;
    }
  g_ptr_array_add (types, (gpointer) type);
  return TRUE;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static GPtrArray *
list_files (const char *folder, GError **error)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, error);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (name[0] != '.' && g_str_has_suffix (name, ".json"))
      g_ptr_array_add (paths, g_build_filename (folder, name, NULL));
  if (dir == NULL)
    return NULL;
  if (paths->len > GH_DEFINITION_MAX_FILES)
    {
      g_set_error (error, GH_ERROR, GH_ERROR_CONFIG, "%s: %u definitions, %d are the limit", folder,
                   paths->len, GH_DEFINITION_MAX_FILES);
      return NULL;
    }
  g_ptr_array_sort (paths, compare_names);
  return g_steal_pointer (&paths);
}

/* Once all are there: what may stand below each of them is there, too. */
static gboolean
check_children (const GhType *type, const char *path, GError **error)
{
  const char *const *names = type->special_children;

  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    if (gh_type_by_root_name (names[i]) == NULL)
      {
        g_set_error (error, GH_ERROR, GH_ERROR_CONFIG, "%s: children[%u]: %s is not defined", path,
                     i, names[i]);
        return FALSE;
      }
  return TRUE;
}

gboolean
gh_definitions_load (const char *folder, guint *out_n, GError **error)
{
  g_autoptr (GError) failed = NULL;
  g_autoptr (GPtrArray) types = g_ptr_array_new ();
  g_autoptr (GPtrArray) paths = list_files (folder, &failed);
  gboolean loaded = paths != NULL;

  for (guint i = 0; loaded && i < paths->len; i++)
    loaded = load_file (paths->pdata[i], types, &failed);
  for (guint i = 0; loaded && i < types->len; i++)
    loaded = check_children (types->pdata[i], paths->pdata[i], &failed);
  if (out_n != NULL)
    *out_n = types->len;
  if (!loaded)
    g_set_error (error, GH_ERROR, GH_ERROR_CONFIG, "[model] definitions: %s", failed->message);
  return loaded;
}
