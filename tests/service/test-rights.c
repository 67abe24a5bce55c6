/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cse-fixture.h"

#include <string.h>

/* CDevice owns everything here; COther and CThird come from outside. */

static void
set_up (CseFixture *fixture, gconstpointer data)
{
  cse_fixture_set_up (fixture, data);
  g_free (cse_create (
    fixture, "CDevice", "gatehouse", 2,
    "{\"m2m:ae\":{\"rn\":\"device\",\"api\":\"Ndevice\",\"rr\":true,\"srv\":[\"3\"]}}"));
}

static void
tear_down (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  cse_fixture_tear_down (fixture);
}

#define RULE(originators, acop) "{\"acor\":[" originators "],\"acop\":" #acop "}"
#define OWNER                   RULE ("\"CDevice\"", 63)
/* a policy below the AE of CDevice, who may change it */
#define POLICY(name, rules) \
  "{\"m2m:acp\":{\"rn\":\"" name "\",\"pv\":{\"acr\":[" rules "]},\"pvs\":{\"acr\":[" OWNER "]}}}"

static char *
make_policy (CseFixture *fixture, const char *content)
{
  return cse_create (fixture, "CDevice", "CDevice", 1, content);
}

/* A container called @name below the AE, under the policies named by @acpi ("\"a\",\"b\""). */
static char *
make_container (CseFixture *fixture, const char *name, const char *acpi)
{
  g_autofree char *content = g_strdup_printf ("{\"m2m:cnt\":{\"rn\":\"%s\"%s%s%s}}", name,
                                              acpi != NULL ? ",\"acpi\":[" : "",
                                              acpi != NULL ? acpi : "", acpi != NULL ? "]" : "");
  return cse_create (fixture, "CDevice", "CDevice", 3, content);
}

#define UPDATE_LABELS "\"pc\":{\"m2m:cnt\":{\"lbl\":[\"x\"]}}"
#define CREATE_CIN    "\"ty\":4,\"pc\":{\"m2m:cin\":{\"con\":\"x\"}}"
#define CREATE_CNT    "\"ty\":3,\"pc\":{\"m2m:cnt\":{}}"

static void
test_without_policy_only_the_creator_has_rights (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *container = make_container (fixture, "load", NULL);
  static const char *const forms[] = { "CDevice", "/gatehouse/CDevice",
                                       "//localhost/gatehouse/CDevice" };
  for (guint i = 0; i < G_N_ELEMENTS (forms); i++)
    cse_expect (fixture, 2000, CSE_RETRIEVE, forms[i], container, NULL);
  cse_expect (fixture, 2004, CSE_UPDATE, "CDevice", container, UPDATE_LABELS);
  cse_expect (fixture, 4103, CSE_RETRIEVE, "COther", container, NULL);
  cse_expect (fixture, 4103, CSE_UPDATE, "COther", container, UPDATE_LABELS);
  cse_expect (fixture, 4103, CSE_DELETE, "COther", container, NULL);
  cse_expect (fixture, 4103, CSE_CREATE, "COther", container, CREATE_CIN);
  cse_expect (fixture, 4103, CSE_RETRIEVE, "COther", container, "\"fc\":{\"fu\":1}");
  cse_expect (fixture, 2000, CSE_RETRIEVE, "CAdmin", container, NULL);
  cse_expect (fixture, 2002, CSE_DELETE, "CAdmin", container, NULL);
}

static void
set_members (CseFixture *fixture, const char *members)
{
  g_autofree char *content = g_strdup_printf ("\"pc\":{\"m2m:grp\":{\"mid\":[%s]}}", members);
  cse_expect (fixture, 2004, CSE_UPDATE, "CDevice", "gatehouse/device/people", content);
}

static void
make_named_group (CseFixture *fixture, const char *name, const char *members)
{
  g_autofree char *content = g_strdup_printf (
    "{\"m2m:grp\":{\"rn\":\"%s\",\"mnm\":9,\"mid\":[%s]}}", name, members);
  g_free (cse_create (fixture, "CDevice", "CDevice", 9, content));
}

#define PEOPLE POLICY ("p", RULE ("\"gatehouse/device/people\"", 2) "," OWNER)

static void
test_members_of_a_group_have_its_rights (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (make_policy (fixture, PEOPLE));
  g_autofree char *container = make_container (fixture, "load", "\"gatehouse/device/p\"");
  cse_expect (fixture, 4103, CSE_RETRIEVE, "COther", container, NULL);
  make_named_group (fixture, "people", "\"CThird\"");
  cse_expect (fixture, 4103, CSE_RETRIEVE, "COther", container, NULL);
  cse_expect (fixture, 2000, CSE_RETRIEVE, "CThird", container, NULL);
  cse_expect (fixture, 4103, CSE_UPDATE, "CThird", container, UPDATE_LABELS);
  set_members (fixture, "\"/gatehouse/COther\"");
  cse_expect (fixture, 2000, CSE_RETRIEVE, "COther", container, NULL);
  cse_expect (fixture, 4103, CSE_RETRIEVE, "CThird", container, NULL);
  g_free (cse_create (fixture, "COther", "gatehouse", 2,
                      "{\"m2m:ae\":{\"rn\":\"o\",\"api\":\"No\",\"rr\":false,"
                      "\"srv\":[\"3\"]}}"));
  set_members (fixture, "\"gatehouse/o\"");
  cse_expect (fixture, 2000, CSE_RETRIEVE, "COther", container, NULL);
  cse_expect (fixture, 2002, CSE_DELETE, "CDevice", "gatehouse/device/people", NULL);
  cse_expect (fixture, 4103, CSE_RETRIEVE, "COther", container, NULL);
}

/* Groups within groups count when their fan-out point is the member; those that hold each other
 * end. */
static void
test_members_of_groups_in_groups_count (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (make_policy (fixture, PEOPLE));
  g_autofree char *container = make_container (fixture, "load", "\"gatehouse/device/p\"");
  make_named_group (fixture, "few", "\"gatehouse/device/people/fopt\",\"CThird\"");
  make_named_group (fixture, "people", "\"gatehouse/device/few/fopt\"");
  cse_expect (fixture, 2000, CSE_RETRIEVE, "CThird", container, NULL);
  cse_expect (fixture, 4103, CSE_RETRIEVE, "COther", container, NULL);
  set_members (fixture, "\"gatehouse/device/few\"");
  cse_expect (fixture, 4103, CSE_RETRIEVE, "CThird", container, NULL);
}

static void
test_several_policies_permit_together (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *reading = make_policy (fixture, POLICY ("reading", RULE ("\"COther\"", 2)));
  g_autofree char *writing = make_policy (
    fixture, POLICY ("writing", RULE ("\"CThird\"", 5) "," RULE ("\"COther\"", 4)));
  g_autofree char *acpi = g_strdup_printf ("\"%s\",\"gatehouse/device/writing\"", reading);
  g_autofree char *container = make_container (fixture, "load", acpi);

  cse_expect (fixture, 2000, CSE_RETRIEVE, "COther", container, NULL);
  cse_expect (fixture, 2004, CSE_UPDATE, "COther", container, UPDATE_LABELS);
  cse_expect (fixture, 4103, CSE_CREATE, "COther", container, CREATE_CIN);
  cse_expect (fixture, 4103, CSE_RETRIEVE, "CThird", container, NULL);
  cse_expect (fixture, 2001, CSE_CREATE, "CThird", container, CREATE_CIN);
  cse_expect (fixture, 4103, CSE_DELETE, "CThird", container, NULL);
  /* with policies the creator has only what they say */
  cse_expect (fixture, 4103, CSE_RETRIEVE, "CDevice", container, NULL);
}

static void
test_types_without_policies_follow_their_parent (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (make_policy (fixture, POLICY ("p", OWNER "," RULE ("\"COther\"", 2))));
  g_autofree char *container = make_container (fixture, "load", "\"gatehouse/device/p\"");
  g_autofree char *instance = cse_create (fixture, "CDevice", container, 4,
                                          "{\"m2m:cin\":{\"rn\":\"first\",\"con\":\"x\"}}");
  static const char *const addresses[] = { "gatehouse/device/load/first",
                                           "gatehouse/device/load/la", "gatehouse/device/load/ol" };
  for (guint i = 0; i < G_N_ELEMENTS (addresses); i++)
    {
      cse_expect (fixture, 2000, CSE_RETRIEVE, "COther", addresses[i], NULL);
      cse_expect (fixture, 4103, CSE_RETRIEVE, "CThird", addresses[i], NULL);
      cse_expect (fixture, 4103, CSE_DELETE, "COther", addresses[i], NULL);
    }
  cse_expect (fixture, 2000, CSE_RETRIEVE, "COther", instance, NULL);
  cse_expect (fixture, 4103, CSE_RETRIEVE, "CThird", instance, NULL);
  /* a container has policies of its own, or the default; those above do not matter */
  g_autofree char *inner = cse_create (fixture, "CDevice", container, 3, "{\"m2m:cnt\":{}}");
  cse_expect (fixture, 4103, CSE_RETRIEVE, "COther", inner, NULL);
}

static void
test_a_deleted_policy_permits_nothing (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *policy = make_policy (fixture, POLICY ("p", RULE ("\"COther\"", 63)));
  g_autofree char *container = make_container (fixture, "load", "\"gatehouse/device/p\"");
  cse_expect (fixture, 2000, CSE_RETRIEVE, "COther", container, NULL);
  cse_expect (fixture, 4103, CSE_RETRIEVE, "CDevice", container, NULL);
  cse_expect (fixture, 2002, CSE_DELETE, "CDevice", policy, NULL);
  cse_expect (fixture, 4103, CSE_RETRIEVE, "COther", container, NULL);
  cse_expect (fixture, 4103, CSE_RETRIEVE, "CDevice", container, NULL);
  cse_expect (fixture, 2000, CSE_RETRIEVE, "CAdmin", container, NULL);
  /* the address means what stands there now */
  g_free (make_policy (fixture, POLICY ("p", RULE ("\"CThird\"", 2))));
  cse_expect (fixture, 2000, CSE_RETRIEVE, "CThird", container, NULL);
  cse_expect (fixture, 4103, CSE_RETRIEVE, "CDevice", container, NULL);
}

static void
test_references_that_are_no_policies_permit_nothing (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  static const char *const references[] = {
    "\"gatehouse/device\"",      "\"nobody\"",       "\"/other/acp-1\"",
    "\"//elsewhere.org/x/acp\"", "\"gatehouse/..\"", "\"gatehouse//device\"",
  };
  for (guint i = 0; i < G_N_ELEMENTS (references); i++)
    {
      g_autofree char *container = make_container (fixture, "load", references[i]);
      cse_expect (fixture, 4103, CSE_RETRIEVE, "CDevice", container, NULL);
      cse_expect (fixture, 4103, CSE_RETRIEVE, "COther", container, NULL);
      cse_expect (fixture, 2002, CSE_DELETE, "CAdmin", container, NULL);
    }
}

static void
test_policies_are_found_by_every_form_of_address (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *policy = make_policy (fixture, POLICY ("p", OWNER "," RULE ("\"COther\"", 2)));
  const char *const forms[] = { "%s", "/gatehouse/%s", "//localhost/gatehouse/%s" };
  const char *const names[] = { policy, "gatehouse/device/p", "CDevice/p" };
  for (guint i = 0; i < G_N_ELEMENTS (forms) * G_N_ELEMENTS (names); i++)
    {
      const char *form = forms[i / G_N_ELEMENTS (names)], *mark = strstr (form, "%s");
      g_autofree char *acpi = g_strdup_printf ("\"%.*s%s\"", (int) (mark - form), form,
                                               names[i % G_N_ELEMENTS (names)]);
      g_autofree char *container = make_container (fixture, "load", acpi);
      cse_expect (fixture, 2000, CSE_RETRIEVE, "COther", container, NULL);
      cse_expect (fixture, 2002, CSE_DELETE, "CDevice", container, NULL);
    }
}

static void
test_a_policy_is_governed_by_its_self_privileges (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *policy = make_policy (
    fixture, "{\"m2m:acp\":{\"rn\":\"p\",\"pv\":{\"acr\":[" RULE (
               "\"COther\"", 63) "]},\"pvs\":{\"acr\":[" RULE ("\"CThird\"", 14) "]}}}");
#define NEW_RULES "\"pc\":{\"m2m:acp\":{\"pv\":{\"acr\":[" RULE ("\"COther\"", 0) "]}}}"
  cse_expect (fixture, 4103, CSE_RETRIEVE, "COther", policy, NULL);
  cse_expect (fixture, 4103, CSE_UPDATE, "COther", policy, NEW_RULES);
  cse_expect (fixture, 4103, CSE_DELETE, "COther", policy, NULL);
  /* not even its creator, when it does not name it */
  cse_expect (fixture, 4103, CSE_RETRIEVE, "CDevice", policy, NULL);
  cse_expect (fixture, 2000, CSE_RETRIEVE, "CThird", policy, NULL);
  cse_expect (fixture, 2004, CSE_UPDATE, "CThird", policy, NEW_RULES);
  cse_refuse (fixture, 4000, "pvs", CSE_UPDATE, "CThird", policy,
              "\"pc\":{\"m2m:acp\":{\"pvs\":{\"acr\":[]}}}");
  cse_refuse (fixture, 4000, "pvs", CSE_CREATE, "CDevice", "CDevice",
              "\"ty\":1,\"pc\":{\"m2m:acp\":{\"pv\":{\"acr\":[]},\"pvs\":{\"acr\":[]}}}");
  cse_expect (fixture, 2002, CSE_DELETE, "CThird", policy, NULL);
}

static void
test_acpi_is_updated_alone_and_by_self_privileges (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (make_policy (fixture, POLICY ("p", RULE ("\"COther\"", 63))));
  g_free (make_policy (fixture, POLICY ("q", RULE ("\"CThird\"", 2))));
  g_autofree char *container = make_container (fixture, "load", "\"gatehouse/device/p\"");
#define ACPI(list) "\"pc\":{\"m2m:cnt\":{\"acpi\":" list "}}"
  /* COther may update everything else; CDevice stands in pvs and may update nothing else */
  cse_expect (fixture, 2004, CSE_UPDATE, "COther", container, UPDATE_LABELS);
  cse_expect (fixture, 4103, CSE_UPDATE, "COther", container, ACPI ("[\"gatehouse/device/q\"]"));
  cse_expect (fixture, 4103, CSE_UPDATE, "COther", container, ACPI ("null"));
  cse_expect (fixture, 4103, CSE_UPDATE, "CDevice", container, UPDATE_LABELS);
  cse_refuse (fixture, 4000, "acpi", CSE_UPDATE, "CDevice", container,
              "\"pc\":{\"m2m:cnt\":{\"lbl\":[\"y\"],\"acpi\":[\"gatehouse/device/q\"]}}");
  cse_expect (fixture, 2004, CSE_UPDATE, "CDevice", container, ACPI ("[\"gatehouse/device/q\"]"));
  cse_expect (fixture, 4103, CSE_RETRIEVE, "COther", container, NULL);
  cse_expect (fixture, 2000, CSE_RETRIEVE, "CThird", container, NULL);
  cse_expect (fixture, 2004, CSE_UPDATE, "CDevice", container, ACPI ("null"));
  cse_expect (fixture, 4103, CSE_RETRIEVE, "CThird", container, NULL);
  /* without policies the creator sets them */
  cse_expect (fixture, 4103, CSE_UPDATE, "CThird", container, ACPI ("[\"gatehouse/device/q\"]"));
  cse_expect (fixture, 2004, CSE_UPDATE, "CDevice", container, ACPI ("[\"gatehouse/device/q\"]"));
}

static void
test_a_subscription_needs_retrieve_on_its_parent (CseFixture *fixture, gconstpointer data)
{
  (void) data;
#define SUBSCRIBE \
  "\"ty\":23,\"pc\":{\"m2m:sub\":{\"nu\":[\"http://127.0.0.1:1/\"],\"enc\":{\"net\":[3]}}}"
  g_free (make_policy (fixture, POLICY ("p", RULE ("\"COther\"", 1) "," RULE ("\"CThird\"", 3))));
  g_autofree char *container = make_container (fixture, "load", "\"gatehouse/device/p\"");
  cse_expect (fixture, 2001, CSE_CREATE, "COther", container, CREATE_CIN);
  cse_expect (fixture, 4103, CSE_CREATE, "COther", container, SUBSCRIBE);
  cse_expect (fixture, 2001, CSE_CREATE, "CThird", container, SUBSCRIBE);
}

static void
test_discovery_lists_what_may_be_discovered (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (make_policy (fixture, POLICY ("seen", OWNER "," RULE ("\"COther\"", 34))));
  g_free (make_policy (fixture, POLICY ("read", OWNER "," RULE ("\"COther\"", 2))));
  g_autofree char *top = make_container (fixture, "top", "\"gatehouse/device/seen\"");
  g_free (cse_create (fixture, "CDevice", top, 3,
                      "{\"m2m:cnt\":{\"rn\":\"a\",\"acpi\":[\"gatehouse/device/seen\"]}}"));
  g_autofree char *hidden = cse_create (
    fixture, "CDevice", top, 3,
    "{\"m2m:cnt\":{\"rn\":\"b\",\"acpi\":[\"gatehouse/device/read\"]}}");
  g_auto (CseAnswer) found = cse_request (fixture, CSE_RETRIEVE, "COther", top,
                                          "\"fc\":{\"fu\":1}");
  g_assert_cmpint (found.rsc, ==, 2000);
  g_autofree char *text = json_to_string (found.root, FALSE);
  g_assert_nonnull (strstr (text, "gatehouse/device/top/a"));
  g_assert_null (strstr (text, "gatehouse/device/top/b"));
  /* retrieve is not discovery, and the other way round */
  cse_expect (fixture, 4103, CSE_RETRIEVE, "COther", hidden, "\"fc\":{\"fu\":1}");
  cse_expect (fixture, 2000, CSE_RETRIEVE, "COther", hidden, NULL);
  g_auto (CseAnswer) nested = cse_request (fixture, CSE_RETRIEVE, "COther", top, "\"rcn\":4");
  g_assert_cmpuint (json_array_get_length (json_node_get_array (cse_member (&nested, "m2m:cnt"))),
                    ==, 2);
}

static void
test_children_that_may_not_be_read_are_left_out (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (make_policy (fixture, POLICY ("read", OWNER "," RULE ("\"COther\"", 2))));
  g_autofree char *top = make_container (fixture, "top", "\"gatehouse/device/read\"");
  g_free (cse_create (fixture, "CDevice", top, 3,
                      "{\"m2m:cnt\":{\"rn\":\"a\",\"acpi\":[\"gatehouse/device/read\"]}}"));
  g_autofree char *secret = cse_create (fixture, "CDevice", top, 3,
                                        "{\"m2m:cnt\":{\"rn\":\"secret\"}}");
  g_free (cse_create (fixture, "CDevice", secret, 4, "{\"m2m:cin\":{\"con\":\"hushhush\"}}"));
  static const char *const contents[] = { "\"rcn\":4", "\"rcn\":5", "\"rcn\":6", "\"rcn\":8" };
  for (guint i = 0; i < G_N_ELEMENTS (contents); i++)
    {
      g_auto (CseAnswer) answer = cse_request (fixture, CSE_RETRIEVE, "COther", top, contents[i]);
      g_autofree char *text = json_to_string (answer.root, FALSE);
      g_assert_cmpint (answer.rsc, ==, 2000);
      g_assert_null (strstr (text, "secret"));
      g_assert_null (strstr (text, "hush"));
    }
}

static void
test_notify_needs_its_privilege (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (make_policy (fixture, POLICY ("p", RULE ("\"COther\"", 16))));
  cse_expect (fixture, 2004, CSE_UPDATE, "CDevice", "CDevice",
              "\"pc\":{\"m2m:ae\":{\"acpi\":[\"gatehouse/device/p\"]}}");
#define NOTIFY "\"pc\":{\"m2m:sgn\":{}}"
  /* it may; the AE has nowhere to be reached */
  cse_expect (fixture, 5103, CSE_NOTIFY, "COther", "CDevice", NOTIFY);
  cse_expect (fixture, 4103, CSE_NOTIFY, "CThird", "CDevice", NOTIFY);
  cse_expect (fixture, 4103, CSE_NOTIFY, "CDevice", "CDevice", NOTIFY);
  g_autofree char *container = cse_create (fixture, "CAdmin", "CDevice", 3, "{\"m2m:cnt\":{}}");
  cse_expect (fixture, 4005, CSE_NOTIFY, "CAdmin", container, NOTIFY);
  cse_expect (fixture, 4004, CSE_NOTIFY, "CAdmin", "gatehouse/nobody", NOTIFY);
}

static void
test_object_details_limit_what_is_created (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (make_policy (
    fixture,
    POLICY ("p", "{\"acor\":[\"COther\"],\"acop\":3,\"acod\":[{\"ty\":3,\"chty\":[4]}]}")));
  g_autofree char *container = make_container (fixture, "load", "\"gatehouse/device/p\"");
  cse_expect (fixture, 2001, CSE_CREATE, "COther", container, CREATE_CIN);
  cse_expect (fixture, 4103, CSE_CREATE, "COther", container, CREATE_CNT);
  cse_expect (fixture, 4103, CSE_CREATE, "COther", container, SUBSCRIBE);
  cse_expect (fixture, 4103, CSE_CREATE, "CThird", container, CREATE_CIN);
  /* they are about creates only */
  cse_expect (fixture, 2000, CSE_RETRIEVE, "COther", container, NULL);
}

static void
test_authentication_flag_and_addresses (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (
    make_policy (fixture, POLICY ("authn", "{\"acor\":[\"COther\"],\"acop\":2,\"acaf\":true}")));
  g_free (make_policy (
    fixture,
    POLICY (
      "net",
      "{\"acor\":[\"COther\"],\"acop\":2,\"acco\":[{\"acip\":{\"ipv4\":[\"0.0.0.0/0\"]}}]}")));
  g_autofree char *proven = make_container (fixture, "proven", "\"gatehouse/device/authn\"");
  g_autofree char *near = make_container (fixture, "near", "\"gatehouse/device/net\"");
  /* the embedding program is proven, but has no address */
  cse_expect (fixture, 2000, CSE_RETRIEVE, "COther", proven, NULL);
  cse_expect (fixture, 4103, CSE_RETRIEVE, "COther", near, NULL);
}

static void
test_contexts_that_are_not_understood_deny (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (make_policy (
    fixture,
    POLICY ("place",
            "{\"acor\":[\"all\"],\"acop\":63,\"acco\":[{\"aclr\":{\"accc\":[\"DE\"]}}]}")));
  g_autofree char *container = make_container (fixture, "load", "\"gatehouse/device/place\"");
  cse_expect (fixture, 4103, CSE_RETRIEVE, "COther", container, NULL);
  cse_expect (fixture, 4103, CSE_RETRIEVE, "CDevice", container, NULL);
  cse_expect (fixture, 2000, CSE_RETRIEVE, "CAdmin", container, NULL);
}

static void
test_the_base_is_closed_but_registration_is_open (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  cse_expect (fixture, 4103, CSE_RETRIEVE, "COther", "gatehouse", NULL);
  cse_expect (fixture, 4103, CSE_RETRIEVE, "CDevice", "gatehouse", NULL);
  cse_expect (fixture, 4103, CSE_CREATE, "COther", "gatehouse", CREATE_CNT);
  cse_expect (fixture, 2001, CSE_CREATE, "CAdmin", "gatehouse", CREATE_CNT);
  cse_expect (fixture, 2000, CSE_RETRIEVE, "CAdmin", "gatehouse", NULL);
#define REGISTER "\"ty\":2,\"pc\":{\"m2m:ae\":{\"api\":\"Nx\",\"rr\":true,\"srv\":[\"3\"]}}"
  cse_expect (fixture, 2001, CSE_CREATE, "COther", "gatehouse", REGISTER);
  /* anywhere else an AE is a resource like any other: first the right, then the type */
  g_autofree char *container = make_container (fixture, "load", NULL);
  cse_expect (fixture, 4103, CSE_CREATE, "CThird", container, REGISTER);
  cse_expect (fixture, 4108, CSE_CREATE, "CDevice", container, REGISTER);
}

static void
test_a_refusal_has_no_body (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *container = make_container (fixture, "load", NULL);
  static const struct {
    gint operation;
    const char *members;
  } requests[] = { { CSE_RETRIEVE, NULL },
                   { CSE_RETRIEVE, "\"rcn\":4" },
                   { CSE_CREATE, CREATE_CIN },
                   { CSE_UPDATE, UPDATE_LABELS },
                   { CSE_UPDATE, "\"pc\":{\"m2m:cnt\":{\"nonsense\":1}}" },
                   { CSE_DELETE, NULL } };
  for (guint i = 0; i < G_N_ELEMENTS (requests); i++)
    {
      g_auto (CseAnswer) answer = cse_request (fixture, requests[i].operation, "COther", container,
                                               requests[i].members);
      g_assert_cmpint (answer.rsc, ==, 4103);
      g_assert_false (json_object_has_member (json_node_get_object (answer.root), "pc"));
    }
}

static void
test_what_is_missing_is_told_before_what_is_forbidden (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (make_container (fixture, "load", NULL));
  cse_expect (fixture, 4103, CSE_RETRIEVE, "COther", "gatehouse/device/load", NULL);
  cse_expect (fixture, 4004, CSE_RETRIEVE, "COther", "gatehouse/device/missing", NULL);
  cse_expect (fixture, 4004, CSE_DELETE, "COther", "gatehouse/device/load/la/x", NULL);
  cse_expect (fixture, 4103, CSE_RETRIEVE, "COther", "gatehouse/device/load/la", NULL);
  cse_expect (fixture, 4004, CSE_RETRIEVE, "CDevice", "gatehouse/device/load/la", NULL);
}

/* Whoever has no right on the parent cannot tell what is there. */
static void
test_hidden_resources_look_like_missing_ones (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (make_policy (fixture, POLICY ("p", OWNER "," RULE ("\"CThird\"", 2))));
  g_autofree char *top = make_container (fixture, "top", "\"gatehouse/device/p\"");
  g_autofree char *inner = cse_create (fixture, "CDevice", top, 3,
                                       "{\"m2m:cnt\":{\"rn\":\"inner\"}}");
  static const struct {
    gint operation;
    const char *members;
  } requests[] = { { CSE_RETRIEVE, NULL },        { CSE_RETRIEVE, "\"fc\":{\"fu\":1}" },
                   { CSE_CREATE, CREATE_CNT },    { CSE_CREATE, REGISTER },
                   { CSE_UPDATE, UPDATE_LABELS }, { CSE_DELETE, NULL },
                   { CSE_NOTIFY, NOTIFY } };
  for (guint i = 0; i < G_N_ELEMENTS (requests); i++)
    {
      const char *m = requests[i].members;
      g_auto (CseAnswer) there = cse_request (fixture, requests[i].operation, "COther",
                                              "gatehouse/device/top/inner", m);
      g_auto (CseAnswer) missing = cse_request (fixture, requests[i].operation, "COther",
                                                "gatehouse/device/top/other", m);
      g_auto (CseAnswer) deeper = cse_request (fixture, requests[i].operation, "COther",
                                               "gatehouse/device/no/other", m);
      JsonObject *objects[] = { json_node_get_object (there.root),
                                json_node_get_object (missing.root),
                                json_node_get_object (deeper.root) };
      for (guint k = 0; k < G_N_ELEMENTS (objects); k++)
        json_object_remove_member (objects[k], "rqi");
      g_assert_cmpint (there.rsc, ==, 4004);
      g_autofree char *a = json_to_string (there.root, FALSE);
      g_autofree char *b = json_to_string (missing.root, FALSE);
      g_autofree char *c = json_to_string (deeper.root, FALSE);
      g_assert_cmpstr (a, ==, b);
      g_assert_cmpstr (a, ==, c);
    }
  /* with a right on the parent one may know */
  cse_expect (fixture, 4103, CSE_RETRIEVE, "CThird", inner, NULL);
  cse_expect (fixture, 2000, CSE_RETRIEVE, "CDevice", inner, NULL);
}

/* What the rules of a type refuse says no more than what the policies do. */
static void
test_hidden_resources_are_not_told_by_rules_of_their_own (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  static const struct {
    const char *there;
    const char *missing;
    gint operation;
    const char *members;
  } requests[] = {
    { "gatehouse/device", "gatehouse/nobody", CSE_CREATE, "\"ty\":15,\"pc\":{\"m2m:pch\":{}}" },
    { "gatehouse/device/g", "gatehouse/device/none", CSE_NOTIFY, NOTIFY },
  };
  g_free (cse_create (fixture, "CDevice", "CDevice", 9,
                      "{\"m2m:grp\":{\"rn\":\"g\",\"mnm\":1,\"mid\":[\"CDevice\"]}}"));
  for (guint i = 0; i < G_N_ELEMENTS (requests); i++)
    {
      cse_expect (fixture, 4004, requests[i].operation, "COther", requests[i].there,
                  requests[i].members);
      cse_expect (fixture, 4004, requests[i].operation, "COther", requests[i].missing,
                  requests[i].members);
    }
}

/* A group that wants members of one type leaves a hidden one out like one that is not there, and
 * two names of it are two members. */
static void
test_hidden_members_look_like_missing_ones (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *hidden = make_container (fixture, "hidden", NULL);
  g_free (cse_create (fixture, "COther", "gatehouse", 2,
                      "{\"m2m:ae\":{\"rn\":\"o\",\"api\":\"No\",\"rr\":true,"
                      "\"srv\":[\"3\"]}}"));
  static const char *const members[] = { "gatehouse/device/hidden", "gatehouse/device/none",
                                         "gatehouse/device/hidden/la", "gatehouse/device/none/la" };
  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    {
      g_autofree char *abandon = g_strdup_printf (
        "\"ty\":9,\"pc\":{\"m2m:grp\":{\"mt\":3,\"mnm\":2,\"mid\":[\"%s\"]}}", members[i]);
      g_autofree char *refuse = g_strdup_printf (
        "\"ty\":9,\"pc\":{\"m2m:grp\":{\"mt\":3,\"csy\":2,\"mnm\":2,\"mid\":[\"%s\"]}}",
        members[i]);
      cse_expect (fixture, 2001, CSE_CREATE, "COther", "gatehouse/o", abandon);
      cse_expect (fixture, 4110, CSE_CREATE, "COther", "gatehouse/o", refuse);
    }
  g_autofree char *twice = g_strdup_printf (
    "\"ty\":9,\"pc\":{\"m2m:grp\":{\"mnm\":1,\"mid\":[\"%s\",\"gatehouse/device/hidden\"]}}",
    hidden);
  cse_expect (fixture, 6010, CSE_CREATE, "COther", "gatehouse/o", twice);
}

static void
test_originators_that_are_no_identities_are_refused (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  static const char *const attacks[] = {
    ".*",       "*",        "CDevice*", "CDevic",    "cdevice", "CDevice ", "CDevice\\r\\nX-A: b",
    "CDevicee", "/CDevice", "СDevice",  "CDevice/x", "all"
  };
  g_autofree char *container = make_container (fixture, "load", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (attacks); i++)
    {
      g_auto (CseAnswer) answer = cse_request (fixture, CSE_RETRIEVE, attacks[i], container, NULL);
      g_assert_true (answer.rsc == 4000 || answer.rsc == 4106);
    }
}

static void
add (const char *path, const char *const *options, void (*test) (CseFixture *, gconstpointer))
{
  g_test_add (path, CseFixture, options, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  static const char *const hide[] = { "access.hide=yes", NULL };
  g_test_init (&argc, &argv, NULL);
  add ("/rights/without-policy-only-the-creator-has-rights", NULL,
       test_without_policy_only_the_creator_has_rights);
  add ("/rights/several-policies-permit-together", NULL, test_several_policies_permit_together);
  add ("/rights/members-of-a-group-have-its-rights", NULL,
       test_members_of_a_group_have_its_rights);
  add ("/rights/members-of-groups-in-groups-count", NULL, test_members_of_groups_in_groups_count);
  add ("/rights/types-without-policies-follow-their-parent", NULL,
       test_types_without_policies_follow_their_parent);
  add ("/rights/a-deleted-policy-permits-nothing", NULL, test_a_deleted_policy_permits_nothing);
  add ("/rights/references-that-are-no-policies-permit-nothing", NULL,
       test_references_that_are_no_policies_permit_nothing);
  add ("/rights/policies-are-found-by-every-form-of-address", NULL,
       test_policies_are_found_by_every_form_of_address);
  add ("/rights/a-policy-is-governed-by-its-self-privileges", NULL,
       test_a_policy_is_governed_by_its_self_privileges);
  add ("/rights/acpi-is-updated-alone-and-by-self-privileges", NULL,
       test_acpi_is_updated_alone_and_by_self_privileges);
  add ("/rights/a-subscription-needs-retrieve-on-its-parent", NULL,
       test_a_subscription_needs_retrieve_on_its_parent);
  add ("/rights/discovery-lists-what-may-be-discovered", NULL,
       test_discovery_lists_what_may_be_discovered);
  add ("/rights/children-that-may-not-be-read-are-left-out", NULL,
       test_children_that_may_not_be_read_are_left_out);
  add ("/rights/notify-needs-its-privilege", NULL, test_notify_needs_its_privilege);
  add ("/rights/object-details-limit-what-is-created", NULL,
       test_object_details_limit_what_is_created);
  add ("/rights/authentication-flag-and-addresses", NULL, test_authentication_flag_and_addresses);
  add ("/rights/contexts-that-are-not-understood-deny", NULL,
       test_contexts_that_are_not_understood_deny);
  add ("/rights/the-base-is-closed-but-registration-is-open", NULL,
       test_the_base_is_closed_but_registration_is_open);
  add ("/rights/a-refusal-has-no-body", NULL, test_a_refusal_has_no_body);
  add ("/rights/what-is-missing-is-told-before-what-is-forbidden", NULL,
       test_what_is_missing_is_told_before_what_is_forbidden);
  add ("/rights/hidden-resources-look-like-missing-ones", hide,
       test_hidden_resources_look_like_missing_ones);
  add ("/rights/hidden-resources-are-not-told-by-rules-of-their-own", hide,
       test_hidden_resources_are_not_told_by_rules_of_their_own);
  add ("/rights/hidden-members-look-like-missing-ones", hide,
       test_hidden_members_look_like_missing_ones);
  add ("/rights/originators-that-are-no-identities-are-refused", NULL,
       test_originators_that_are_no_identities_are_refused);
  return g_test_run ();
}
