/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-group-notify.h"

#include <string.h>

#include "service/gh-group-address.h"

/* Subscriptions that are made through a group: on their way to the members. */

static gboolean
no_room (GhFault *fault)
{
  return gh_fault_set (fault, GH_ERROR_TOO_LARGE, "the request does not fit into its memory");
}

/* TS-0001 table 9.6.8-2: who lets a group put notifications together wants them at one address. */
static gboolean
check_forwarding (const GhValue *attributes, const GhValue *forwarding, GhFault *fault)
{
  const GhValue *targets = gh_value_member (attributes, "nu");
  const char *address = gh_value_text (forwarding);
  const gboolean same = address != NULL && targets != NULL && targets->kind == GH_VALUE_LIST
                        && targets->length == 1
                        && g_strcmp0 (gh_value_text (&targets->items[0]), address) == 0;
  return same
         || gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                          "nfu: must be the one target in nu, to which the group forwards");
}

static gboolean
learn (GhService *service, const char *id, const GhValue *forwarding, GhFault *fault)
{
  const char *address = gh_value_text (forwarding);
  if (address == NULL)
    return TRUE;
  if (!gh_group_address_is_good (address))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "nfu: must be an address of 1..%d octets",
                         GH_GROUP_ADDRESS_MAX);
  return gh_group_address_check (service, address, fault)
         && gh_group_address_learn (service, id, address, fault);
}

static gboolean
is_replaced (const char *name)
{
  return strcmp (name, "gpi") == 0 || strcmp (name, "nu") == 0;
}

static gboolean
rewrite (GhRequest *request, const GhValue *attributes, const char *address, GhFault *fault)
{
  GhArena *arena = request->arena;
  GhMember *members = gh_arena_new_array (arena, GhMember, attributes->length + 2);
  GhMember *root = gh_arena_new_array (arena, GhMember, 1);
  GhValue *content = gh_arena_new_array (arena, GhValue, 2);
  guint32 n = 0;
  if (members == NULL || root == NULL || content == NULL)
    return no_room (fault);
  for (guint32 i = 0; i < attributes->length; i++)
    if (!is_replaced (attributes->members[i].name))
      members[n++] = attributes->members[i];
  content[1] = gh_value_string (address, strlen (address));
  members[n++] = (GhMember){ .name = "gpi", .value = content[1] };
  members[n++] = (GhMember){
    .name = "nu", .value = { .kind = GH_VALUE_LIST, .length = 1, .items = &content[1] }
  };
  root[0] = (GhMember){
    .name = "m2m:sub",
    .value = { .kind = GH_VALUE_OBJECT, .length = n, .members = members }
  };
  content[0] = (GhValue){ .kind = GH_VALUE_OBJECT, .length = 1, .members = root };
  request->content = &content[0];
  request->body = NULL;
  request->body_length = 0;
  return TRUE;
}

gboolean
gh_group_notify_prepare (GhService *service, GhRequest *request, const char *id,
                         GhFault *fault)
{
  const gboolean creates = request->operation == GH_OPERATION_CREATE
                           && request->resource_type == GH_TYPE_SUBSCRIPTION;
  const GhValue *attributes = (creates || request->operation == GH_OPERATION_UPDATE)
                                  && request->content != NULL
                                ? gh_value_member (request->content, "m2m:sub")
                                : NULL;
  const GhValue *forwarding = attributes != NULL && attributes->kind == GH_VALUE_OBJECT
                                ? gh_value_member (attributes, "nfu")
                                : NULL;
  if (forwarding == NULL)
    return TRUE;
  if (!creates)
    return learn (service, id, forwarding, fault);
  const char *address = gh_arena_printf (request->arena, "/%s/%s", service->home.cse_id, id);
  if (address == NULL)
    return no_room (fault);
  return check_forwarding (attributes, forwarding, fault)
         && learn (service, id, forwarding, fault) && rewrite (request, attributes, address, fault);
}
