/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-http-map.h"

#include "gh-http-status.h"

#include <string.h>

#define PREFIX            "X-M2M-"
#define PREFIX_LENGTH     6
#define MAX_RANGE         128
#define MAX_RESOURCE_TYPE 65535

/* The X-M2M headers of a request (TS-0009 6.4.7 to 6.4.24) and where their value goes. Those that
 * only answers carry (RSC, ATI, CTS, CTO, ASRI) are ignored like unknown ones. */
typedef struct {
  const char *suffix;
  guint8 length;
  char separator; /* of a list; 0: text */
  guint16 maximum;
  gsize offset; /* in GhRequest */
} HeaderRow;

#define TEXT(suffix, maximum, member)                                            \
  {                                                                              \
    suffix, sizeof (suffix) - 1, 0, maximum, G_STRUCT_OFFSET (GhRequest, member) \
  }
#define LIST(suffix, separator, member)                              \
  {                                                                  \
    suffix, sizeof (suffix) - 1, separator, GH_HTTP_MAX_FIELD_VALUE, \
      G_STRUCT_OFFSET (GhRequest, member)                            \
  }

static const HeaderRow header_rows[] = {
  TEXT ("RI", GH_HTTP_MAX_IDENTIFIER, request_identifier),
  TEXT ("Origin", GH_HTTP_MAX_IDENTIFIER, from),
  TEXT ("RVI", 8, release_version),
  TEXT ("OT", 64, originating_timestamp),
  TEXT ("EC", 8, event_category),
  TEXT ("GID", GH_HTTP_MAX_IDENTIFIER, group_request_id),
  TEXT ("RST", 64, result_expiration),
  TEXT ("RET", 64, request_expiration),
  TEXT ("OET", 64, execution_time),
  TEXT ("VSI", GH_HTTP_MAX_FIELD_VALUE, vendor_information),
  LIST ("RTU", '&', notification_uris),
  LIST ("AS", '+', signatures),
};

/* Bits of GhHttpMapping.seen above those of the rows. */
#define SEEN_CONTENT_TYPE  (1u << 30)
#define SEEN_AUTHORIZATION (1u << 31)
G_STATIC_ASSERT (G_N_ELEMENTS (header_rows) < 30);

/* Eight octets at a time: whether one of them is below 0x20, is 0x7f, or has its high bit set. */
static gboolean
is_plain (guint64 octets)
{
  const guint64 ones = G_GUINT64_CONSTANT (0x0101010101010101), high = ones << 7;
  const guint64 del = octets ^ (ones * 0x7f);

  return ((octets | (octets - ones * 0x20) | (del - ones)) & high) == 0;
}

gboolean
gh_http_text_is_clean (const char *text, gsize length)
{
  gboolean ascii = TRUE;
  gsize i = 0;
  guint64 octets;

  for (; length - i >= sizeof octets; i += sizeof octets)
    {
      memcpy (&octets, text + i, sizeof octets);
      if (!is_plain (octets))
        break;
    }
  for (; i < length; i++)
    {
      const guchar c = (guchar) text[i];

      if (c < 0x20 || c == 0x7f)
        return FALSE;
      ascii = ascii && c < 0x80;
    }
  return ascii || g_utf8_validate_len (text, length, NULL);
}

static void
strip (const char **text, gsize *length)
{
  while (*length > 0 && (**text == ' ' || **text == '\t'))
    {
      (*text)++;
      (*length)--;
    }
  while (*length > 0 && ((*text)[*length - 1] == ' ' || (*text)[*length - 1] == '\t'))
    (*length)--;
}

/* Of ASCII, whatever the case; nearly every peer writes these words as the standard does. */
static inline gboolean
equal_case_n (const char *text, gsize length, const char *literal, gsize literal_length)
{
  return length == literal_length
         && (memcmp (text, literal, length) == 0
             || g_ascii_strncasecmp (text, literal, length) == 0);
}

#define equal_case(text, length, literal) equal_case_n (text, length, literal, sizeof (literal) - 1)

/* Splits at @separator; blanks around items are dropped, empty items are refused. */
static const char *const *
split_list (GhHttpMapping *mapping, const char *name, char separator, const char *value,
            gsize length)
{
  GhArena *arena = mapping->request->arena;
  const char **items;
  gsize n = 1, at = 0;

  for (gsize i = 0; i < length; i++)
    n += value[i] == separator;
  if (n > GH_HTTP_MAX_LIST)
    {
      gh_fault_set (&mapping->fault, GH_ERROR_BAD_REQUEST, "%s: %u items are over the limit of %u",
                    name, (guint) n, GH_HTTP_MAX_LIST);
      return NULL;
    }
  items = gh_arena_new_array (arena, const char *, n + 1);
  for (gsize i = 0; items != NULL && i < n; i++)
    {
      const char *end = memchr (value + at, separator, length - at);
      const char *item = value + at;
      gsize item_length = end != NULL ? (gsize) (end - item) : length - at;

      at += item_length + 1;
      strip (&item, &item_length);
      if (item_length == 0)
        {
          gh_fault_set (&mapping->fault, GH_ERROR_BAD_REQUEST, "%s: item %u is empty", name,
                        (guint) i + 1);
          return NULL;
        }
      items[i] = gh_arena_strndup (arena, item, item_length);
    }
  return items;
}

static void
store_header (GhHttpMapping *mapping, const HeaderRow *row, const char *value, gsize length)
{
  guint32 bit = 1u << (row - header_rows);
  char *place = (char *) mapping->request + row->offset;

  if (mapping->seen & bit)
    {
      gh_fault_set (&mapping->fault, GH_ERROR_BAD_REQUEST, PREFIX "%s: given twice", row->suffix);
      return;
    }
  mapping->seen |= bit;
  if (length > row->maximum)
    gh_fault_set (&mapping->fault, GH_ERROR_BAD_REQUEST, PREFIX "%s: longer than %u octets",
                  row->suffix, row->maximum);
  else if (!gh_http_text_is_clean (value, length))
    gh_fault_set (&mapping->fault, GH_ERROR_BAD_REQUEST,
                  PREFIX "%s: holds a control character or is not UTF-8", row->suffix);
  else if (row->separator == 0)
    *(const char **) place = gh_arena_strndup (mapping->request->arena, value, length);
  else if (length > 0)
    {
      char name[16];

      g_snprintf (name, sizeof name, PREFIX "%s", row->suffix);
      *(const char *const **) place = split_list (mapping, name, row->separator, value, length);
    }
  else if (row->offset == offsetof (GhRequest, notification_uris))
    {
      /* there and empty: nobody is to be told (TS-0004 7.5.1.2.5) */
      mapping->request->notification_uris = gh_arena_new_array (mapping->request->arena,
                                                                const char *, 1);
    }
}

/* Tokens (6.4.19): compact JWS or JWE joined by '+', or one behind "Bearer" (7.1). Another scheme
 * proves nothing here and is passed over. */
static void
store_tokens (GhHttpMapping *mapping, const char *value, gsize length)
{
  static const char bearer[] = "Bearer ";

  if (mapping->seen & SEEN_AUTHORIZATION)
    {
      gh_fault_set (&mapping->fault, GH_ERROR_BAD_REQUEST, "Authorization: given twice");
      return;
    }
  mapping->seen |= SEEN_AUTHORIZATION;
  if (length > GH_HTTP_MAX_FIELD_VALUE || !gh_http_text_is_clean (value, length))
    {
      gh_fault_set (&mapping->fault, GH_ERROR_BAD_REQUEST,
                    "Authorization: longer than %u octets or not text", GH_HTTP_MAX_FIELD_VALUE);
      return;
    }
  if (length > sizeof bearer - 1 && g_ascii_strncasecmp (value, bearer, sizeof bearer - 1) == 0)
    {
      value += sizeof bearer - 1;
      length -= sizeof bearer - 1;
      strip (&value, &length);
    }
  if (length > 0 && memchr (value, '.', length) != NULL)
    mapping->request->tokens = split_list (mapping, "Authorization", '+', value, length);
}

/* The next item up to @separator; FALSE at the end. Quoted strings are not taken apart: no
 * parameter that we read may hold a separator. */
static gboolean
next_item (const char **at, gsize *left, char separator, const char **item, gsize *length)
{
  const char *end;

  if (*left == 0)
    return FALSE;
  end = memchr (*at, separator, *left);
  *item = *at;
  *length = end != NULL ? (gsize) (end - *at) : *left;
  *at += *length;
  *left -= *length;
  if (end != NULL)
    {
      (*at)++;
      (*left)--;
    }
  strip (item, length);
  return TRUE;
}

static GhHttpContent
content_from_media (const char *media, gsize length)
{
  if (equal_case (media, length, "application/json"))
    return GH_HTTP_CONTENT_JSON;
  if (equal_case (media, length, "application/vnd.onem2m-res+json"))
    return GH_HTTP_CONTENT_RESOURCE;
  if (equal_case (media, length, "application/vnd.onem2m-ntfy+json"))
    return GH_HTTP_CONTENT_NOTIFICATION;
  return GH_HTTP_CONTENT_OTHER;
}

static gboolean
parse_resource_type (GhHttpMapping *mapping, const char *value, gsize length)
{
  guint number = 0;

  if (mapping->resource_type != 0)
    return gh_fault_set (&mapping->fault, GH_ERROR_BAD_REQUEST, "Content-Type: ty is given twice");
  for (gsize i = 0; i < length && number <= MAX_RESOURCE_TYPE; i++)
    {
      if (!g_ascii_isdigit (value[i]))
        return gh_fault_set (&mapping->fault, GH_ERROR_BAD_REQUEST,
                             "Content-Type: ty is not a number");
      number = number * 10 + (guint) (value[i] - '0');
    }
  if (number == 0 || number > MAX_RESOURCE_TYPE)
    return gh_fault_set (&mapping->fault, GH_ERROR_BAD_REQUEST, "Content-Type: ty is outside 1..%u",
                         MAX_RESOURCE_TYPE);
  mapping->resource_type = (gint) number;
  return TRUE;
}

static void
store_content_type (GhHttpMapping *mapping, const char *value, gsize length)
{
  const char *item;
  gsize item_length;

  if (mapping->seen & SEEN_CONTENT_TYPE)
    {
      gh_fault_set (&mapping->fault, GH_ERROR_BAD_REQUEST, "Content-Type: given twice");
      return;
    }
  mapping->seen |= SEEN_CONTENT_TYPE;
  if (!next_item (&value, &length, ';', &item, &item_length))
    return;
  mapping->content = content_from_media (item, item_length);
  while (next_item (&value, &length, ';', &item, &item_length))
    {
      const char *equals = memchr (item, '=', item_length);
      gsize name_length = equals != NULL ? (gsize) (equals - item) : item_length;
      const char *text = equals != NULL ? equals + 1 : item + item_length;
      gsize text_length = item_length - name_length - (equals != NULL);

      strip (&item, &name_length);
      strip (&text, &text_length);
      if (equal_case (item, name_length, "ty"))
        {
          if (!parse_resource_type (mapping, text, text_length))
            return;
        }
      else if (equal_case (item, name_length, "charset") && !equal_case (text, text_length, "utf-8")
               && !equal_case (text, text_length, "\"utf-8\""))
        mapping->content = GH_HTTP_CONTENT_OTHER;
    }
}

/* How exactly a media range of Accept names each of the two media types that we write: 3 by name, 2
 * by "application", 1 by a bare star. The most exact range decides (RFC 9110 12.5.1). */
static void
rank_range (GhHttpMapping *mapping, const char *range, gsize length, gboolean accepted)
{
  guint8 json = 0, resource = 0;

  if (equal_case (range, length, "*/*"))
    json = resource = 1;
  else if (equal_case (range, length, "application/*"))
    json = resource = 2;
  else if (equal_case (range, length, "application/json"))
    json = 3;
  else if (equal_case (range, length, "application/vnd.onem2m-res+json"))
    resource = 3;
  if (json > 0 && json >= mapping->json_rank)
    {
      mapping->json_rank = json;
      mapping->json_accepted = accepted;
    }
  if (resource > 0 && resource >= mapping->resource_rank)
    {
      mapping->resource_rank = resource;
      mapping->resource_accepted = accepted;
    }
}

/* q=0, q=0. and q=0.000 mean "not this one"; anything else is taken as a wish for it. */
static gboolean
quality_is_zero (const char *text, gsize length)
{
  if (length < 3 || (text[0] != 'q' && text[0] != 'Q') || text[1] != '=' || text[2] != '0')
    return FALSE;
  for (gsize i = 3; i < length; i++)
    if (text[i] != '.' && text[i] != '0')
      return FALSE;
  return TRUE;
}

static void
store_accept (GhHttpMapping *mapping, const char *value, gsize length)
{
  const char *range;
  gsize range_length;

  while (next_item (&value, &length, ',', &range, &range_length))
    {
      const char *item, *media;
      gsize item_length, media_length;
      gboolean accepted = TRUE;

      if (range_length > MAX_RANGE || !next_item (&range, &range_length, ';', &media, &media_length)
          || media_length == 0)
        continue;
      mapping->accept_seen = TRUE;
      while (next_item (&range, &range_length, ';', &item, &item_length))
        accepted = accepted && !quality_is_zero (item, item_length);
      rank_range (mapping, media, media_length, accepted);
    }
}

/* The library that reads the socket takes the first of several lengths; a proxy before it may have
 * taken another one, and then the end of this message is the start of somebody else's. */
static void
store_framing (GhHttpMapping *mapping, gboolean is_length, const char *value, gsize length)
{
  if (is_length)
    {
      mapping->content_lengths++;
      mapping->content_length = 0;
      for (gsize i = 0; i < length && mapping->content_length < G_MAXUINT64 / 16; i++)
        if (g_ascii_isdigit (value[i]))
          mapping->content_length = mapping->content_length * 10 + (guint64) (value[i] - '0');
    }
  else
    {
      mapping->transfer_encodings++;
      if (!equal_case (value, length, "chunked"))
        mapping->framing_broken = TRUE;
    }
  if (mapping->content_lengths + mapping->transfer_encodings > 1)
    mapping->framing_broken = TRUE;
  if (mapping->framing_broken)
    gh_fault_set (
      &mapping->fault, GH_ERROR_BAD_REQUEST,
      "Content-Length and Transfer-Encoding: one of them once, and no coding but chunked");
}

/* RFC 3986 2: what is not printable ASCII must be percent-encoded. */
static gboolean
is_target (const char *target, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isgraph (target[i]))
      return FALSE;
  return TRUE;
}

void
gh_http_mapping_begin (GhHttpMapping *mapping, GhRequest *request, const char *target)
{
  gsize length = target != NULL ? strnlen (target, GH_HTTP_MAX_TARGET + 1) : 0;

  memset (mapping, 0, sizeof *mapping);
  mapping->request = request;
  if (length > GH_HTTP_MAX_TARGET)
    gh_fault_set (&mapping->fault, GH_ERROR_BAD_REQUEST, "request-target: longer than %u octets",
                  GH_HTTP_MAX_TARGET);
  else if (!is_target (target, length))
    gh_fault_set (&mapping->fault, GH_ERROR_BAD_REQUEST,
                  "request-target: holds an octet that must be percent-encoded");
  else if (length > 0)
    mapping->target = gh_arena_strndup (request->arena, target, length);
}

static gboolean
is_local_host (const char *value, gsize length)
{
  const char *colon = memchr (value, ':', length);

  if (length >= 5 && memcmp (value, "[::1]", 5) == 0)
    return length == 5 || value[5] == ':';
  if (colon != NULL)
    length = (gsize) (colon - value);
  if (equal_case (value, length, "localhost"))
    return TRUE;
  if (length < 9 || memcmp (value, "127.", 4) != 0)
    return FALSE;
  for (gsize i = 4; i < length; i++)
    if (!g_ascii_isdigit (value[i]) && value[i] != '.')
      return FALSE;
  return TRUE;
}

static void
store_host (GhHttpMapping *mapping, const char *value, gsize length)
{
  if (mapping->host_seen)
    gh_fault_set (&mapping->fault, GH_ERROR_BAD_REQUEST, "Host: given twice");
  mapping->host_seen = TRUE;
  mapping->host_local = is_local_host (value, length);
}

/* RFC 9110 7.6.2. */
static void
store_hops (GhHttpMapping *mapping, const char *value, gsize length)
{
  gboolean good = length > 0 && length <= 3 && mapping->request->hops < 0;
  gint hops = 0;

  for (gsize i = 0; good && i < length; i++)
    {
      good = g_ascii_isdigit (value[i]);
      hops = hops * 10 + (value[i] - '0');
    }
  if (good && hops <= 255)
    mapping->request->hops = hops;
  else
    gh_fault_set (&mapping->fault, GH_ERROR_BAD_REQUEST,
                  "Max-Forwards: expected one number from 0 to 255");
}

static void
store_oneM2M (GhHttpMapping *mapping, const char *suffix, gsize suffix_length, const char *value,
              gsize length)
{
  for (gsize i = 0; i < G_N_ELEMENTS (header_rows); i++)
    if (equal_case_n (suffix, suffix_length, header_rows[i].suffix, header_rows[i].length))
      {
        store_header (mapping, &header_rows[i], value, length);
        return;
      }
}

void
gh_http_mapping_header (GhHttpMapping *mapping, const char *name, gsize name_length,
                        const char *value, gsize value_length)
{
  /* RFC 9112 5.1: nothing between a name and its colon. What is ignored here may have been read by
   * a proxy before us. */
  if (memchr (name, ' ', name_length) != NULL || !gh_http_text_is_clean (name, name_length))
    {
      mapping->framing_broken = TRUE;
      gh_fault_set (&mapping->fault, GH_ERROR_BAD_REQUEST,
                    "header: a name holds a blank or a control character");
      return;
    }
  strip (&value, &value_length);
  if (name_length > PREFIX_LENGTH && equal_case (name, PREFIX_LENGTH, PREFIX))
    {
      store_oneM2M (mapping, name + PREFIX_LENGTH, name_length - PREFIX_LENGTH, value,
                    value_length);
      return;
    }
  switch (name_length)
    {
    case 4:
      if (equal_case (name, name_length, "Host"))
        store_host (mapping, value, value_length);
      break;
    case 6:
      if (equal_case (name, name_length, "Accept"))
        store_accept (mapping, value, value_length);
      break;
    case 12:
      if (equal_case (name, name_length, "Content-Type"))
        store_content_type (mapping, value, value_length);
      else if (equal_case (name, name_length, "Max-Forwards"))
        store_hops (mapping, value, value_length);
      break;
    case 13:
      if (equal_case (name, name_length, "Authorization"))
        store_tokens (mapping, value, value_length);
      break;
    case 14:
      if (equal_case (name, name_length, "Content-Length"))
        store_framing (mapping, TRUE, value, value_length);
      break;
    case 17:
      if (equal_case (name, name_length, "Transfer-Encoding"))
        store_framing (mapping, FALSE, value, value_length);
      break;
    default:
      break;
    }
}

static GhOperation
operation_from_method (const GhHttpMapping *mapping, const char *method)
{
  if (strcmp (method, "GET") == 0)
    return GH_OPERATION_RETRIEVE;
  if (strcmp (method, "POST") == 0)
    return mapping->resource_type != 0 ? GH_OPERATION_CREATE : GH_OPERATION_NOTIFY;
  if (strcmp (method, "PUT") == 0)
    return GH_OPERATION_UPDATE;
  if (strcmp (method, "DELETE") == 0)
    return GH_OPERATION_DELETE;
  return GH_OPERATION_NONE;
}

/* What Content-Type may say for this operation (TS-0009 6.2.1, 6.4.3). */
static gboolean
check_content (GhHttpMapping *mapping, gboolean has_body)
{
  GhFault *fault = &mapping->fault;
  GhOperation operation = mapping->request->operation;

  if (operation == GH_OPERATION_RETRIEVE || operation == GH_OPERATION_DELETE)
    return !has_body
           || gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "body: GET and DELETE take none");
  if (has_body && mapping->content == GH_HTTP_CONTENT_ABSENT)
    return gh_fault_set (fault, GH_ERROR_MEDIA,
                         "Content-Type: missing, expected application/json or "
                         "application/vnd.onem2m-res+json");
  if (mapping->content == GH_HTTP_CONTENT_OTHER)
    return gh_fault_set (fault, GH_ERROR_MEDIA,
                         "Content-Type: not read here, expected application/json, "
                         "application/vnd.onem2m-res+json or application/vnd.onem2m-ntfy+json");
  if (operation == GH_OPERATION_UPDATE && mapping->resource_type != 0)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "Content-Type: ty is for creating with POST, not for PUT");
  if (operation == GH_OPERATION_NOTIFY && mapping->content == GH_HTTP_CONTENT_RESOURCE)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "Content-Type: ty is missing, which a create needs "
                         "(application/vnd.onem2m-res+json;ty=3)");
  if (operation != GH_OPERATION_NOTIFY && mapping->content == GH_HTTP_CONTENT_NOTIFICATION)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "Content-Type: application/vnd.onem2m-ntfy+json is for POST "
                         "without ty");
  return TRUE;
}

gboolean
gh_http_mapping_end (GhHttpMapping *mapping, const char *method, gboolean http_11,
                     gboolean has_body)
{
  GhRequest *request = mapping->request;
  GhFault *fault = &mapping->fault;

  if (fault->set)
    return FALSE;
  request->operation = operation_from_method (mapping, method);
  if (request->operation == GH_OPERATION_NONE)
    return gh_fault_set (fault, GH_ERROR_NOT_ALLOWED,
                         "method: not one of GET, POST, PUT and DELETE");
  if (request->request_identifier == NULL || request->request_identifier[0] == '\0')
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "X-M2M-RI: missing, a request identifier is mandatory");
  if (http_11 && !mapping->host_seen)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "Host: missing, it is mandatory in HTTP/1.1");
  if (mapping->accept_seen && !mapping->json_accepted && !mapping->resource_accepted)
    return gh_fault_set (fault, GH_ERROR_NOT_ACCEPTABLE,
                         "Accept: only application/json and "
                         "application/vnd.onem2m-res+json are written here");
  if (!check_content (mapping, has_body))
    return FALSE;
  if (request->operation == GH_OPERATION_CREATE)
    request->resource_type = mapping->resource_type;
  if (mapping->target == NULL)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "request-target: missing");
  return gh_http_map_target (request, mapping->target, fault);
}

GhHttpAnswerMedia
gh_http_mapping_media (const GhHttpMapping *mapping)
{
  gboolean resource = mapping->accept_seen && mapping->resource_accepted
                      && (!mapping->json_accepted || mapping->resource_rank > mapping->json_rank);

  return resource ? GH_HTTP_MEDIA_RESOURCE_JSON : GH_HTTP_MEDIA_JSON;
}

static void
add_field (GhHttpHead *head, const char *name, const char *value)
{
  if (value == NULL || head->n_fields == GH_HTTP_MAX_FIELDS
      || !gh_http_text_is_clean (value, strlen (value)))
    return;
  head->fields[head->n_fields].name = name;
  head->fields[head->n_fields].value = value;
  head->n_fields++;
}

static void
add_rare_fields (const GhResponse *response, GhHttpHead *head)
{
  add_field (head, "X-M2M-Origin", response->from);
  add_field (head, "X-M2M-OT", response->originating_timestamp);
  add_field (head, "X-M2M-RST", response->result_expiration);
  add_field (head, "X-M2M-VSI", response->vendor_information);
  add_field (head, "X-M2M-ATI", response->assigned_token_ids);
  add_field (head, "X-M2M-ASRI", response->signature_requested ? "true" : NULL);
  if (response->content_status != 0)
    {
      add_field (head, "X-M2M-CTS", response->content_status == 1 ? "1" : "2");
      g_snprintf (head->offset, sizeof head->offset, "%" G_GINT64_FORMAT, response->content_offset);
      add_field (head, "X-M2M-CTO", response->content_status == 1 ? head->offset : NULL);
    }
  if (response->content_location != NULL
      && gh_http_path_from_address (response->content_location, head->location,
                                    sizeof head->location)
           > 0)
    add_field (head, "Content-Location", head->location);
  if (response->retry_after_s > 0)
    {
      g_snprintf (head->retry_after, sizeof head->retry_after, "%u", response->retry_after_s);
      add_field (head, "Retry-After", head->retry_after);
    }
}

void
gh_http_map_response (const GhResponse *response, GhHttpAnswerMedia media, GhHttpHead *out)
{
  guint rsc = MIN (response->status, 9999);

  out->n_fields = 0;
  out->status = response->http_status >= 200 && response->http_status <= 599
                  ? response->http_status
                  : gh_http_status_from_rsc (rsc);
  out->rsc[0] = (char) ('0' + rsc / 1000);
  out->rsc[1] = (char) ('0' + rsc / 100 % 10);
  out->rsc[2] = (char) ('0' + rsc / 10 % 10);
  out->rsc[3] = (char) ('0' + rsc % 10);
  out->rsc[4] = '\0';
  add_field (out, "X-M2M-RSC", out->rsc);
  add_field (out, "X-M2M-RI", response->request_identifier);
  add_field (out, "X-M2M-RVI", response->release_version);
  if (response->body != NULL && response->body_length > 0)
    add_field (out, "Content-Type",
               media == GH_HTTP_MEDIA_RESOURCE_JSON ? "application/vnd.onem2m-res+json"
                                                    : "application/json");
  add_rare_fields (response, out);
}
