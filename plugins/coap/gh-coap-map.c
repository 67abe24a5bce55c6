/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-coap-map.h"

#include "gh-coap-code.h"

#include <string.h>

#define MAX_RESOURCE_TYPE 65535

/* The options of a request that are a text or a list (TS-0008 6.2.2.4) and where their value goes.
 * Those that only answers carry (RSC, ATI, CTS, CTO, ASRI) are passed over. */
typedef struct {
  guint16 number; /* in the current set */
  const char *name;
  char separator; /* of a list; 0: text */
  guint16 maximum;
  gsize offset; /* in GhRequest */
} TextRow;

#define TEXT(name, maximum, member)                                                         \
  {                                                                                         \
    GH_COAP_OPTION_##name, "oneM2M-" #name, 0, maximum, G_STRUCT_OFFSET (GhRequest, member) \
  }
#define LIST(name, separator, maximum, member)                  \
  {                                                             \
    GH_COAP_OPTION_##name, "oneM2M-" #name, separator, maximum, \
      G_STRUCT_OFFSET (GhRequest, member)                       \
  }

static const TextRow text_rows[] = {
  TEXT (RQI, 255, request_identifier), TEXT (FR, 255, from),
  TEXT (RVI, 8, release_version),      TEXT (OT, 64, originating_timestamp),
  TEXT (RQET, 64, request_expiration), TEXT (RSET, 64, result_expiration),
  TEXT (OET, 64, execution_time),      TEXT (GID, 255, group_request_id),
  TEXT (VSI, 255, vendor_information), LIST (RTURI, '&', 255, notification_uris),
  LIST (AUS, '+', 255, signatures),    LIST (GTM, '+', 512, group_targets),
};

gboolean
gh_coap_text_is_clean (const guint8 *text, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if (text[i] < 0x20 || text[i] == 0x7f)
      return FALSE;
  return g_utf8_validate_len ((const char *) text, length, NULL);
}

void
gh_coap_map_style (const GhCoapMessage *message, GhCoapStyle *style)
{
  *style = (GhCoapStyle){ .format = GH_COAP_FORMAT_JSON };
  for (guint i = 0; i < message->n_options; i++)
    {
      const GhCoapOptionRow *row = gh_coap_option_find (message->options[i].number);

      if (row == NULL || row->current == 0)
        continue;
      if (row->set == GH_COAP_SET_OLD)
        style->set = GH_COAP_SET_OLD;
      else if (style->set == GH_COAP_SET_NONE)
        style->set = GH_COAP_SET_CURRENT;
    }
}

/* The option that is parameter @current in the set of @style. */
static const GhCoapOption *
find_parameter (const GhCoapMessage *message, const GhCoapStyle *style, guint16 current)
{
  guint16 number = gh_coap_option_in_set (current, style->set);

  return number != 0 ? gh_coap_message_find (message, number) : NULL;
}

static const char *const *
split_list (GhRequest *request, const TextRow *row, const char *value, GhFault *fault)
{
  const char **items;
  gsize n = 1;

  for (const char *p = value; *p != '\0'; p++)
    n += *p == row->separator;
  if (n > GH_COAP_MAX_LIST)
    {
      gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%s: %u items are over the limit of %u", row->name,
                    (guint) n, GH_COAP_MAX_LIST);
      return NULL;
    }
  items = gh_arena_new_array (request->arena, const char *, n + 1);
  for (gsize i = 0; items != NULL && i < n; i++)
    {
      gsize length = strcspn (value, (const char[]){ row->separator, '\0' });

      if (length == 0)
        {
          gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%s: item %u is empty", row->name,
                        (guint) i + 1);
          return NULL;
        }
      items[i] = gh_arena_strndup (request->arena, value, length);
      value += length + 1;
    }
  return items;
}

static gboolean
store_text (GhRequest *request, const TextRow *row, const GhCoapOption *option, GhFault *fault)
{
  const guint8 *value = gh_coap_option_value (option);
  gpointer place = (char *) request + row->offset;
  char *text;

  if (option->length > row->maximum)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%s: longer than %u octets", row->name,
                         row->maximum);
  if (!gh_coap_text_is_clean (value, option->length))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "%s: holds a control character or is not UTF-8", row->name);
  text = gh_arena_strndup (request->arena, (const char *) value, option->length);
  if (text == NULL)
    return gh_fault_set (fault, GH_ERROR_TOO_LARGE, "%s: no room", row->name);
  if (row->separator == 0)
    *(const char **) place = text;
  else if (option->length > 0)
    {
      const char *const *items = split_list (request, row, text, fault);

      *(const char *const **) place = items;
      return items != NULL;
    }
  return TRUE;
}

/* A peer that mixes the two sets would have one value here and another one at a hop that knows only
 * one of them. */
static gboolean
check_sets (const GhCoapMessage *message, const GhCoapStyle *style, GhFault *fault)
{
  for (guint i = 0; i < message->n_options && style->set == GH_COAP_SET_OLD; i++)
    {
      const GhCoapOptionRow *row = gh_coap_option_find (message->options[i].number);

      if (row != NULL && row->set == GH_COAP_SET_CURRENT)
        return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                             "option %u is of the current set of oneM2M, others of the older one",
                             row->number);
    }
  return TRUE;
}

static gboolean
store_parameters (const GhCoapMessage *message, GhRequest *request, const GhCoapStyle *style,
                  GhFault *fault)
{
  const GhCoapOption *option;

  for (gsize i = 0; i < G_N_ELEMENTS (text_rows); i++)
    {
      option = find_parameter (message, style, text_rows[i].number);
      if (option != NULL && !store_text (request, &text_rows[i], option, fault))
        return FALSE;
    }
  option = find_parameter (message, style, GH_COAP_OPTION_EC);
  if (option != NULL)
    request->event_category = gh_arena_printf (request->arena, "%u", gh_coap_option_uint (option));
  return TRUE;
}

/* Undoes the path forms of table 6.2.2.3-1: "a", "~/csi/a", "_/sp/csi/a". */
static gboolean
map_path (const GhCoapMessage *message, GhRequest *request, GhFault *fault)
{
  char to[GH_COAP_MAX_ADDRESS + 1];
  gsize at = 0;
  guint n = 0;

  for (guint i = 0; i < message->n_options; i++)
    {
      const GhCoapOption *option = &message->options[i];
      const guint8 *value = gh_coap_option_value (option);

      if (option->number != COAP_OPTION_URI_PATH)
        continue;
      /* A slash at the end of the URI. */
      if (option->length == 0 && n > 0
          && (i + 1 == message->n_options || message->options[i + 1].number != option->number))
        break;
      if (option->length == 0 || memchr (value, '/', option->length) != NULL
          || memchr (value, '#', option->length) != NULL
          || !gh_coap_text_is_clean (value, option->length))
        return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                             "Uri-Path: segment %u is empty, or holds /, #, a control character or "
                             "no UTF-8",
                             n + 1);
      if (at + 1 + option->length > GH_COAP_MAX_ADDRESS)
        return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "Uri-Path: longer than %u octets",
                             GH_COAP_MAX_ADDRESS);
      if (n == 0 && option->length == 1 && (value[0] == '~' || value[0] == '_'))
        to[at++] = value[0];
      else
        {
          if (n > 0)
            to[at++] = '/';
          memcpy (to + at, value, option->length);
          at += option->length;
        }
      n++;
    }
  to[at] = '\0';
  if (at == 0 || strcmp (to, "~") == 0 || strcmp (to, "_") == 0)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "Uri-Path: names no resource, expected name, ~ and csi, or _ and sp");
  if (strncmp (to, "_/", 2) == 0)
    to[0] = '/';
  request->to = gh_arena_strndup (request->arena, strncmp (to, "~/", 2) == 0 ? to + 1 : to,
                                  strncmp (to, "~/", 2) == 0 ? at - 1 : at);
  return request->to != NULL || gh_fault_set (fault, GH_ERROR_TOO_LARGE, "Uri-Path: no room");
}

/* "op" of a POST says which operation is meant when it is not the usual one (6.2.1). */
static gboolean
set_operation (GhRequest *request, const char *value, guint8 method, GhFault *fault)
{
  if (value[0] < '1' || value[0] > '5' || value[1] != '\0')
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "op: expected one of 1 to 5");
  if (method != COAP_REQUEST_CODE_POST && request->operation != (GhOperation) (value[0] - '0'))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "op: contradicts the method");
  request->operation = (GhOperation) (value[0] - '0');
  return TRUE;
}

static gboolean
map_query (const GhCoapMessage *message, GhRequest *request, GhFault *fault)
{
  gboolean operation_seen = FALSE;
  guint n = 0;

  for (guint i = 0; i < message->n_options; i++)
    {
      const GhCoapOption *option = &message->options[i];
      const guint8 *value = gh_coap_option_value (option);
      char pair[256];
      char *equals;

      if (option->number != COAP_OPTION_URI_QUERY)
        continue;
      n++;
      if (option->length >= sizeof pair || !gh_coap_text_is_clean (value, option->length))
        return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                             "Uri-Query: option %u holds a control character or no UTF-8", n);
      memcpy (pair, value, option->length);
      pair[option->length] = '\0';
      equals = strchr (pair, '=');
      if (equals == NULL || equals == pair)
        return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "Uri-Query: option %u is not name=value",
                             n);
      *equals = '\0';
      if (strcmp (pair, "op") != 0)
        {
          if (!gh_request_set_query (request, pair, equals + 1, fault))
            return FALSE;
          continue;
        }
      if (operation_seen)
        return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "op: given twice");
      operation_seen = TRUE;
      if (!set_operation (request, equals + 1, message->code, fault))
        return FALSE;
    }
  return TRUE;
}

static gboolean
set_method (const GhCoapMessage *message, GhRequest *request, GhFault *fault)
{
  switch (message->code)
    {
    case COAP_REQUEST_CODE_GET:
      request->operation = GH_OPERATION_RETRIEVE;
      return TRUE;
    case COAP_REQUEST_CODE_POST:
      request->operation = gh_coap_message_find (message, GH_COAP_OPTION_TY) != NULL
                             ? GH_OPERATION_CREATE
                             : GH_OPERATION_NOTIFY;
      return TRUE;
    case COAP_REQUEST_CODE_PUT:
      request->operation = GH_OPERATION_UPDATE;
      return TRUE;
    case COAP_REQUEST_CODE_DELETE:
      request->operation = GH_OPERATION_DELETE;
      return TRUE;
    default:
      return gh_fault_set (fault, GH_ERROR_NOT_ALLOWED,
                           "method: not one of GET, POST, PUT and DELETE");
    }
}

static gboolean
map_type (const GhCoapMessage *message, GhRequest *request, GhFault *fault)
{
  guint32 type;

  if (!gh_coap_message_uint (message, GH_COAP_OPTION_TY, &type))
    return request->operation != GH_OPERATION_CREATE
           || gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "oneM2M-TY: missing, a create needs it");
  if (request->operation != GH_OPERATION_CREATE)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "oneM2M-TY: is for creating with POST");
  if (type == 0 || type > MAX_RESOURCE_TYPE)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "oneM2M-TY: is outside 1..%u",
                         MAX_RESOURCE_TYPE);
  request->resource_type = (gint) type;
  return TRUE;
}

/* RFC 8768 3: the hop that finds 1 does not pass it on any more. */
static gboolean
map_hops (const GhCoapMessage *message, GhRequest *request, GhFault *fault)
{
  guint32 limit;

  if (!gh_coap_message_uint (message, COAP_OPTION_HOP_LIMIT, &limit))
    return TRUE;
  if (limit == 0)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "Hop-Limit: 0 is not allowed");
  request->hops = (gint) limit - 1;
  return TRUE;
}

/* What Content-Format may say for this operation (6.2.2.2). */
static gboolean
check_content (const GhCoapMessage *message, const GhRequest *request, GhFault *fault)
{
  GhOperation operation = request->operation;
  guint32 format = 0;
  gboolean given = gh_coap_message_uint (message, COAP_OPTION_CONTENT_FORMAT, &format);

  if (operation == GH_OPERATION_RETRIEVE || operation == GH_OPERATION_DELETE)
    return message->payload_length == 0
           || gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "payload: this operation takes none");
  if (!given)
    return message->payload_length == 0
           || gh_fault_set (fault, GH_ERROR_MEDIA,
                            "Content-Format: missing, expected 50, 10001 or 10003");
  if (format != GH_COAP_FORMAT_JSON && format != GH_COAP_FORMAT_RESOURCE_JSON
      && format != GH_COAP_FORMAT_NOTIFICATION_JSON)
    return gh_fault_set (fault, GH_ERROR_MEDIA,
                         "Content-Format: %u is not read here, expected 50, 10001 or 10003",
                         format);
  if (operation == GH_OPERATION_NOTIFY && format == GH_COAP_FORMAT_RESOURCE_JSON)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "oneM2M-TY: missing, which a create needs (Content-Format 10001)");
  if (operation != GH_OPERATION_NOTIFY && format == GH_COAP_FORMAT_NOTIFICATION_JSON)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "Content-Format: 10003 is for POST without oneM2M-TY");
  return TRUE;
}

static gboolean
check_accept (const GhCoapMessage *message, GhCoapStyle *style, GhFault *fault)
{
  guint32 format;

  if (!gh_coap_message_uint (message, COAP_OPTION_ACCEPT, &format))
    return TRUE;
  if (format != GH_COAP_FORMAT_JSON && format != GH_COAP_FORMAT_RESOURCE_JSON)
    return gh_fault_set (fault, GH_ERROR_NOT_ACCEPTABLE,
                         "Accept: %u is not written here, expected 50 or 10001", format);
  style->format = (guint16) format;
  return TRUE;
}

gboolean
gh_coap_map_request (const GhCoapMessage *message, GhRequest *request, GhCoapStyle *style,
                     GhFault *fault)
{
  gboolean method_known;

  gh_coap_map_style (message, style);
  method_known = set_method (message, request, fault);
  style->operation = request->operation;
  if (!check_sets (message, style, fault) || !store_parameters (message, request, style, fault)
      || !method_known)
    return FALSE;
  if (request->request_identifier == NULL || request->request_identifier[0] == '\0')
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "oneM2M-RQI: missing, a request identifier is mandatory");
  if (!map_path (message, request, fault) || !map_query (message, request, fault))
    return FALSE;
  style->operation = request->operation;
  request->body = message->payload_length > 0 ? gh_arena_strndup (
                    request->arena, (const char *) message->payload, message->payload_length)
                                              : NULL;
  request->body_length = message->payload_length;
  if (request->body == NULL && message->payload_length > 0)
    return gh_fault_set (fault, GH_ERROR_TOO_LARGE, "payload: too large");
  return check_accept (message, style, fault) && map_type (message, request, fault)
         && map_hops (message, request, fault) && check_content (message, request, fault);
}

gboolean
gh_coap_map_address (const char *address, guint16 number, GhCoapMessage *out)
{
  if (g_str_has_prefix (address, "//"))
    {
      address += 2;
      if (!gh_coap_message_add (out, number, "_", 1))
        return FALSE;
    }
  else if (address[0] == '/')
    {
      address++;
      if (!gh_coap_message_add (out, number, "~", 1))
        return FALSE;
    }
  while (*address != '\0')
    {
      gsize length = strcspn (address, "/");

      if (length > 255 || !gh_coap_message_add (out, number, address, length))
        return FALSE;
      address += length + (address[length] == '/');
    }
  return TRUE;
}

static void
add_text (GhCoapMessage *out, const GhCoapStyle *style, guint16 current, const char *value)
{
  guint16 number = gh_coap_option_in_set (current, style->set);
  gsize length = value != NULL ? strlen (value) : 0;

  if (value != NULL && number != 0 && length <= 255
      && gh_coap_text_is_clean ((const guint8 *) value, length))
    (void) gh_coap_message_add (out, number, value, length);
}

static void
add_number (GhCoapMessage *out, const GhCoapStyle *style, guint16 current, gint64 value)
{
  guint16 number = gh_coap_option_in_set (current, style->set);

  if (number != 0 && value >= 0 && value <= G_MAXUINT16)
    (void) gh_coap_message_add_uint (out, number, (guint32) value);
}

static void
add_rare_options (const GhResponse *response, const GhCoapStyle *style, GhCoapMessage *out)
{
  const char *location = response->content_location;

  add_text (out, style, GH_COAP_OPTION_FR, response->from);
  add_text (out, style, GH_COAP_OPTION_OT, response->originating_timestamp);
  add_text (out, style, GH_COAP_OPTION_RSET, response->result_expiration);
  add_text (out, style, GH_COAP_OPTION_VSI, response->vendor_information);
  add_text (out, style, GH_COAP_OPTION_ATI, response->assigned_token_ids);
  add_text (out, style, GH_COAP_OPTION_ASRI, response->signature_requested ? "true" : NULL);
  if (response->content_status != 0)
    {
      add_number (out, style, GH_COAP_OPTION_CTS, response->content_status);
      if (response->content_status == 1)
        add_number (out, style, GH_COAP_OPTION_CTO, response->content_offset);
    }
  if (location != NULL
      && (!gh_coap_text_is_clean ((const guint8 *) location, strlen (location))
          || !gh_coap_map_address (location, COAP_OPTION_LOCATION_PATH, out)))
    gh_coap_message_remove (out, COAP_OPTION_LOCATION_PATH);
}

static guint8
code_of_response (const GhResponse *response, GhOperation operation)
{
  if (response->http_status == 413)
    return COAP_RESPONSE_CODE_REQUEST_TOO_LARGE;
  if (response->http_status == 503)
    return COAP_RESPONSE_CODE_SERVICE_UNAVAILABLE;
  if (response->http_status == 429)
    return COAP_RESPONSE_CODE_TOO_MANY_REQUESTS;
  /* with the address of a <request>, an acknowledgement is 2.01 (TS-0008 6.3.2) */
  if (response->status / 1000 == 1 && response->content_location != NULL)
    return COAP_RESPONSE_CODE_CREATED;
  return gh_coap_code_from_rsc (response->status, operation);
}

void
gh_coap_map_response (const GhResponse *response, const GhCoapStyle *style, GhCoapMessage *out)
{
  GhCoapStyle own = *style;

  if (own.set == GH_COAP_SET_NONE)
    own.set = GH_COAP_SET_CURRENT;
  out->code = code_of_response (response, style->operation);
  add_number (out, &own, GH_COAP_OPTION_RSC, response->status);
  add_text (out, &own, GH_COAP_OPTION_RQI, response->request_identifier);
  add_text (out, &own, GH_COAP_OPTION_RVI, response->release_version);
  add_rare_options (response, &own, out);
  if (out->code == COAP_RESPONSE_CODE_SERVICE_UNAVAILABLE
      || out->code == COAP_RESPONSE_CODE_TOO_MANY_REQUESTS)
    (void) gh_coap_message_add_uint (out, COAP_OPTION_MAXAGE, response->retry_after_s);
  /* What a cache would hand on was decided for one originator (6.4). */
  else if (out->code == COAP_RESPONSE_CODE_CONTENT)
    (void) gh_coap_message_add_uint (out, COAP_OPTION_MAXAGE, 0);
  if (response->body == NULL || response->body_length == 0
      || (response->status == GH_RSC_OK && style->operation == GH_OPERATION_NOTIFY))
    return;
  (void) gh_coap_message_add_uint (out, COAP_OPTION_CONTENT_FORMAT, style->format);
  out->payload = (const guint8 *) response->body;
  out->payload_length = response->body_length;
}

void
gh_coap_map_refusal (const GhCoapMessage *request, guint8 code, guint rsc, const char *text,
                     GhCoapMessage *out)
{
  const GhCoapOption *identifier;
  GhCoapStyle style;

  gh_coap_map_style (request, &style);
  out->code = code;
  out->payload = (const guint8 *) text;
  out->payload_length = strlen (text);
  if (style.set == GH_COAP_SET_NONE)
    return;
  add_number (out, &style, GH_COAP_OPTION_RSC, rsc);
  identifier = find_parameter (request, &style, GH_COAP_OPTION_RQI);
  if (identifier != NULL)
    (void) gh_coap_message_add (out, identifier->number, identifier->value, identifier->length);
}

guint
gh_coap_map_answer (const GhCoapMessage *message)
{
  guint32 current = 0, old = 0;
  gboolean has_current = gh_coap_message_uint (message, GH_COAP_OPTION_RSC, &current);
  gboolean has_old = gh_coap_message_uint (message, GH_COAP_OPTION_OLD_RSC, &old);

  if (!GH_COAP_IS_RESPONSE (message->code) || (has_current && has_old && current != old))
    return 0;
  if (!has_current && !has_old)
    return gh_coap_code_to_rsc (message->code);
  if (!has_current)
    current = old;
  return current >= 1000 && current <= 6999 ? current : 0;
}

static const char *
copy_text (const GhCoapMessage *message, const GhCoapStyle *style, guint16 current, char *out,
           gsize size)
{
  const GhCoapOption *option = find_parameter (message, style, current);

  if (option == NULL || option->length >= size
      || !gh_coap_text_is_clean (gh_coap_option_value (option), option->length))
    return NULL;
  memcpy (out, gh_coap_option_value (option), option->length);
  out[option->length] = '\0';
  return out;
}

/* "~", "csi" and "a" of Location-Path as oneM2M writes it. */
static const char *
copy_location (const GhCoapMessage *message, char out[GH_COAP_MAX_ADDRESS + 1])
{
  gsize at = 0;
  guint n = 0;

  for (guint i = 0; i < message->n_options; i++)
    {
      const GhCoapOption *option = &message->options[i];
      const guint8 *value = gh_coap_option_value (option);

      if (option->number != COAP_OPTION_LOCATION_PATH)
        continue;
      if (option->length == 0 || memchr (value, '/', option->length) != NULL
          || !gh_coap_text_is_clean (value, option->length)
          || at + 2 + option->length > GH_COAP_MAX_ADDRESS)
        return NULL;
      if (n == 0 && option->length == 1 && value[0] == '_')
        out[at++] = '/';
      if (n == 0 && option->length == 1 && (value[0] == '_' || value[0] == '~'))
        {
          n++;
          continue;
        }
      if (n++ > 0)
        out[at++] = '/';
      memcpy (out + at, value, option->length);
      at += option->length;
    }
  out[at] = '\0';
  return at > 0 ? out : NULL;
}

void
gh_coap_map_answer_response (const GhCoapMessage *message, GhCoapResponse *out)
{
  GhResponse *response = &out->response;
  GhCoapStyle style;
  const GhCoapOption *option;
  char flag[8];

  gh_coap_map_style (message, &style);
  *response = (GhResponse){ .status = gh_coap_map_answer (message),
                            .body = message->payload_length > 0 ? (const char *) message->payload
                                                                : NULL,
                            .body_length = message->payload_length };
#define COPY(number, member) \
  response->member = copy_text (message, &style, number, out->member, sizeof out->member)
  COPY (GH_COAP_OPTION_RQI, request_identifier);
  COPY (GH_COAP_OPTION_RVI, release_version);
  COPY (GH_COAP_OPTION_FR, from);
  COPY (GH_COAP_OPTION_OT, originating_timestamp);
  COPY (GH_COAP_OPTION_VSI, vendor_information);
  COPY (GH_COAP_OPTION_ATI, assigned_token_ids);
#undef COPY
  response->signature_requested =
    copy_text (message, &style, GH_COAP_OPTION_ASRI, flag, sizeof flag) != NULL
    && strcmp (flag, "true") == 0;
  option = find_parameter (message, &style, GH_COAP_OPTION_CTS);
  if (option != NULL && gh_coap_option_uint (option) <= 2)
    response->content_status = (gint) gh_coap_option_uint (option);
  option = find_parameter (message, &style, GH_COAP_OPTION_CTO);
  if (option != NULL)
    response->content_offset = gh_coap_option_uint (option);
  response->content_location = copy_location (message, out->location);
}
