/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-coap-discovery.h"

#include "gh-coap-map.h"

#include "primitive/gh-json-reader.h"

#include <string.h>

#define IDENTIFIER   "well-known-core"
#define ARENA_FACTOR 16 /* nodes and texts of a parsed list, an octet */

static gboolean
is_segment (const GhCoapOption *option, const char *text)
{
  return option->number == COAP_OPTION_URI_PATH && option->length == strlen (text)
         && memcmp (gh_coap_option_value (option), text, option->length) == 0;
}

gboolean
gh_coap_discovery_is_for (const GhCoapMessage *message)
{
  guint at = 0;

  while (at < message->n_options && message->options[at].number < COAP_OPTION_URI_PATH)
    at++;
  return message->code == COAP_REQUEST_CODE_GET && at + 2 <= message->n_options
         && is_segment (&message->options[at], ".well-known")
         && is_segment (&message->options[at + 1], "core")
         && (at + 2 == message->n_options
             || message->options[at + 2].number != COAP_OPTION_URI_PATH);
}

static const char *
originator_of (const GhCoapMessage *message, const GhPrincipal *principal, GhArena *arena)
{
  const GhCoapOption *from = gh_coap_message_find (message, GH_COAP_OPTION_FR);
  const char *identity = gh_principal_get_identities (principal)[0];

  if (from == NULL)
    from = gh_coap_message_find (message, GH_COAP_OPTION_OLD_FR);
  if (from == NULL)
    return identity != NULL ? gh_arena_strdup (arena, identity) : NULL;
  if (!gh_coap_text_is_clean (gh_coap_option_value (from), from->length))
    return NULL;
  return gh_arena_strndup (arena, (const char *) gh_coap_option_value (from), from->length);
}

GhRequest *
gh_coap_discovery_request (const GhTransportHost *host, const GhPrincipal *principal,
                           const GhCoapMessage *message, gsize arena_limit)
{
  g_autoptr (GhRequest) request = gh_request_new (arena_limit);
  char limit[16];

  g_snprintf (limit, sizeof limit, "%u", GH_COAP_MAX_LINKS);
  request->operation = GH_OPERATION_RETRIEVE;
  request->to = gh_arena_strdup (request->arena, host->cse_name);
  request->from = originator_of (message, principal, request->arena);
  request->request_identifier = IDENTIFIER;
  request->release_version = "3";
  request->received_us = gh_clock_wall_us (host->clock);
  if (request->from == NULL || request->to == NULL
      || !gh_request_set_query (request, "fu", "1", NULL)
      || !gh_request_set_query (request, "lim", limit, NULL))
    return NULL;
  return g_steal_pointer (&request);
}

static gboolean
is_unreserved (guchar c)
{
  return g_ascii_isalnum (c) || c == '-' || c == '.' || c == '_' || c == '~' || c == '/';
}

static void
add_link (GString *out, const char *address)
{
  g_string_append (out, out->len > 0 ? ",<" : "<");
  if (g_str_has_prefix (address, "//"))
    {
      g_string_append (out, "/_");
      address++;
    }
  else
    g_string_append (out, address[0] == '/' ? "/~" : "/");
  for (const char *p = address; *p != '\0'; p++)
    if (is_unreserved ((guchar) *p))
      g_string_append_c (out, *p);
    else
      g_string_append_printf (out, "%%%02X", (guchar) *p);
  g_string_append_c (out, '>');
}

GhBuffer *
gh_coap_discovery_links (const char *body, gsize length)
{
  g_autoptr (GhArena) arena = gh_arena_new (4096 + ARENA_FACTOR * length);
  g_autoptr (GString) out = g_string_new (NULL);
  const GhValue *list = NULL;
  GhValue root;

  if (length > 0 && gh_json_parse (body, length, arena, &root, NULL))
    list = gh_value_member (&root, "m2m:uril");
  for (guint i = 0;
       list != NULL && list->kind == GH_VALUE_LIST && i < list->length && i < GH_COAP_MAX_LINKS;
       i++)
    {
      const char *address = gh_value_text (&list->items[i]);

      if (address != NULL && address[0] != '\0')
        add_link (out, address);
    }
  return gh_buffer_new (out->str, out->len);
}
