/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cse-fixture.h"

#include <string.h>

/* Access control through the front door. CDevice owns what is tried, COther and CThird try. */

#define LOAD "gatehouse/device/load"

static void
set_up (CseFixture *fixture, gconstpointer data)
{
  static const char ae[] =
    "{\"m2m:ae\":{\"rn\":\"device\",\"api\":\"Ndevice\",\"rr\":true,\"srv\":[\"3\"]}}";

  cse_fixture_set_up (fixture, data);
  g_free (cse_create (fixture, "CDevice", "gatehouse", 2, ae));
  g_free (
    cse_create (fixture, "CDevice", "gatehouse/device", 3, "{\"m2m:cnt\":{\"rn\":\"load\"}}"));
  g_free (cse_create (fixture, "CDevice", LOAD, 4, "{\"m2m:cin\":{\"rn\":\"one\",\"con\":\"1\"}}"));
}

static void
tear_down (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  cse_fixture_tear_down (fixture);
}

/* ' stands for ". */
static char *members (const char *format, ...) G_GNUC_PRINTF (1, 2);

static char *
members (const char *format, ...)
{
  va_list arguments;
  char *text;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  return g_strdelimit (text, "'", '"');
}

/* A policy of CDevice with the rules @privileges; returns what came of it. */
static gint
try_policy (CseFixture *fixture, const char *name, const char *privileges)
{
  g_autofree char *json = members ("'ty':1,'pc':{'m2m:acp':{'rn':'%s','pv':{'acr':[%s]},"
                                   "'pvs':{'acr':[{'acor':['CDevice'],'acop':63}]}}}",
                                   name, privileges);
  g_auto (CseAnswer) answer = cse_request (fixture, CSE_CREATE, "CDevice", "gatehouse/device",
                                           json);

  return answer.rsc;
}

static void
add_policy (CseFixture *fixture, const char *name, const char *privileges)
{
  g_assert_cmpint (try_policy (fixture, name, privileges), ==, 2001);
}

static void
set_policies (CseFixture *fixture, const char *from, const char *to, const char *list)
{
  g_autofree char *json = members ("'pc':{'m2m:cnt':{'acpi':[%s]}}", list);

  cse_expect (fixture, 2004, CSE_UPDATE, from, to, json);
}

/* The container "load" under one policy with these rules. */
static void
govern (CseFixture *fixture, const char *privileges)
{
  add_policy (fixture, "rules", privileges);
  set_policies (fixture, "CDevice", LOAD, "'gatehouse/device/rules'");
}

#define UPDATE_LABELS       "\"pc\":{\"m2m:cnt\":{\"lbl\":[\"x\"]}}"
#define CREATE_CONTAINER    "\"ty\":3,\"pc\":{\"m2m:cnt\":{}}"
#define CREATE_SUBSCRIPTION "\"ty\":23,\"pc\":{\"m2m:sub\":{\"nu\":[\"COther\"]}}"

static void
test_without_policy_only_the_creator (CseFixture *fixture, gconstpointer data)
{
  static const char *const targets[] = { "gatehouse/device", LOAD, LOAD "/la", LOAD "/one" };

  (void) data;
  for (gsize i = 0; i < G_N_ELEMENTS (targets); i++)
    {
      cse_expect (fixture, 2000, CSE_RETRIEVE, "CDevice", targets[i], NULL);
      cse_expect (fixture, 2000, CSE_RETRIEVE, "/gatehouse/CDevice", targets[i], NULL);
      cse_expect (fixture, 2000, CSE_RETRIEVE, "CAdmin", targets[i], NULL);
      cse_expect (fixture, 4103, CSE_RETRIEVE, "COther", targets[i], NULL);
    }
  cse_expect (fixture, 4103, CSE_CREATE, "COther", LOAD, CREATE_CONTAINER);
  cse_expect (fixture, 4103, CSE_UPDATE, "COther", LOAD, UPDATE_LABELS);
  cse_expect (fixture, 4103, CSE_DELETE, "COther", LOAD, NULL);
  cse_expect (fixture, 4103, CSE_DELETE, "COther", LOAD "/la", NULL);
  cse_expect (fixture, 2000, CSE_RETRIEVE, "CDevice", LOAD, NULL);
}

static void
test_refusal_says_nothing (CseFixture *fixture, gconstpointer data)
{
  g_auto (CseAnswer) answer = cse_request (fixture, CSE_RETRIEVE, "COther", LOAD, NULL);

  (void) data;
  g_assert_cmpint (answer.rsc, ==, 4103);
  g_assert_null (answer.content);
}

static void
test_operations_are_told_apart (CseFixture *fixture, gconstpointer data)
{
  static const struct {
    guint acop;
    gint create, retrieve, update;
  } rows[] = {
    { 0, 4103, 4103, 4103 },  { 1, 2001, 4103, 4103 },  { 2, 4103, 2000, 4103 },
    { 4, 4103, 4103, 2004 },  { 8, 4103, 4103, 4103 },  { 16, 4103, 4103, 4103 },
    { 32, 4103, 4103, 4103 }, { 63, 2001, 2000, 2004 },
  };

  (void) data;
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *name = g_strdup_printf ("rules%" G_GSIZE_FORMAT, i);
      g_autofree char *rules = g_strdup_printf ("{'acor':['COther'],'acop':%u}", rows[i].acop);
      g_autofree char *list = g_strdup_printf ("'gatehouse/device/%s'", name);

      add_policy (fixture, name, rules);
      set_policies (fixture, "CDevice", LOAD, list);
      cse_expect (fixture, rows[i].create, CSE_CREATE, "COther", LOAD, CREATE_CONTAINER);
      cse_expect (fixture, rows[i].retrieve, CSE_RETRIEVE, "COther", LOAD, NULL);
      cse_expect (fixture, rows[i].retrieve, CSE_RETRIEVE, "COther", LOAD "/la", NULL);
      cse_expect (fixture, rows[i].update, CSE_UPDATE, "COther", LOAD, UPDATE_LABELS);
      cse_expect (fixture, 4103, CSE_RETRIEVE, "CThird", LOAD, NULL);
      /* A resource with policies is not its creator's any more. */
      cse_expect (fixture, 4103, CSE_RETRIEVE, "CDevice", LOAD, NULL);
    }
  cse_expect (fixture, 2002, CSE_DELETE, "COther", LOAD, NULL);
}

static void
test_names_that_broke_others_permit_nobody (CseFixture *fixture, gconstpointer data)
{
  static const char *const entries[] = {
    "*",
    ".*",
    "**",
    "//*",
    "//*.org",
    "^COther$",
    "C?ther",
    "C[a-z]*",
    "COther|CThird",
    "COthe",
    "COther2",
    "ther",
    "cother",
    "COTHER",
    "\\u0421Other",
    "COther\\u200b",
    "COther ",
    " COther",
    "COther\\r\\nall",
    "All",
    "ALL",
    "all*",
    "/COther",
    "/other/COther",
    "//else.org/gatehouse/COther",
    "gatehouse/COther",
    "/gatehouse/../COther",
    "/gatehouse//COther",
    "COther/",
    "(COther)",
    "%43Other",
  };

  (void) data;
  for (gsize i = 0; i < G_N_ELEMENTS (entries); i++)
    {
      g_autofree char *name = g_strdup_printf ("rules%" G_GSIZE_FORMAT, i);
      g_autofree char *rules = g_strdup_printf ("{'acor':['%s'],'acop':63}", entries[i]);
      g_autofree char *list = g_strdup_printf ("'gatehouse/device/%s'", name);
      gint rsc = try_policy (fixture, name, rules);

      if (rsc == 4000)
        continue;
      g_assert_cmpint (rsc, ==, 2001);
      set_policies (fixture, "CDevice", LOAD, list);
      cse_expect (fixture, 4103, CSE_RETRIEVE, "COther", LOAD, NULL);
    }
}

static void
test_any_of_several_policies_permits (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  add_policy (fixture, "first", "{'acor':['COther'],'acop':2}");
  add_policy (fixture, "second", "{'acor':['CThird'],'acop':2},{'acor':['C*ther'],'acop':4}");
  set_policies (fixture, "CDevice", LOAD, "'gatehouse/device/first','gatehouse/device/second'");
  cse_expect (fixture, 2000, CSE_RETRIEVE, "COther", LOAD, NULL);
  cse_expect (fixture, 2000, CSE_RETRIEVE, "CThird", LOAD, NULL);
  cse_expect (fixture, 2004, CSE_UPDATE, "COther", LOAD, UPDATE_LABELS);
  cse_expect (fixture, 4103, CSE_UPDATE, "CThird", LOAD, UPDATE_LABELS);
  /* In another order, and by other spellings of their names. */
  set_policies (fixture, "CDevice", LOAD,
                "'/gatehouse/gatehouse/device/second',"
                "'//localhost/gatehouse/gatehouse/device/first'");
  cse_expect (fixture, 2000, CSE_RETRIEVE, "COther", LOAD, NULL);
  cse_expect (fixture, 2000, CSE_RETRIEVE, "CThird", LOAD, NULL);
}

static void
test_children_have_policies_of_their_own (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  govern (fixture, "{'acor':['COther'],'acop':63}");
  cse_expect (fixture, 2001, CSE_CREATE, "COther", LOAD,
              "\"ty\":3,\"pc\":{\"m2m:cnt\":{\"rn\":\"inner\"}}");
  cse_expect (fixture, 2001, CSE_CREATE, "COther", LOAD,
              "\"ty\":4,\"pc\":{\"m2m:cin\":{\"rn\":\"two\",\"con\":\"2\"}}");
  /* An instance has no acpi: those of its container. */
  cse_expect (fixture, 2000, CSE_RETRIEVE, "COther", LOAD "/two", NULL);
  cse_expect (fixture, 4103, CSE_RETRIEVE, "CThird", LOAD "/two", NULL);
  /* A container without acpi: its creator only, whatever its parent says. */
  cse_expect (fixture, 2000, CSE_RETRIEVE, "COther", LOAD "/inner", NULL);
  cse_expect (fixture, 4103, CSE_RETRIEVE, "CDevice", LOAD "/inner", NULL);
}

static void
test_policy_is_governed_by_self_privileges (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  govern (fixture, "{'acor':['all'],'acop':63}");
  cse_expect (fixture, 4103, CSE_RETRIEVE, "COther", "gatehouse/device/rules", NULL);
  cse_expect (fixture, 4103, CSE_UPDATE, "COther", "gatehouse/device/rules",
              "\"pc\":{\"m2m:acp\":{\"lbl\":[\"x\"]}}");
  cse_expect (fixture, 4103, CSE_DELETE, "COther", "gatehouse/device/rules", NULL);
  cse_expect (fixture, 2000, CSE_RETRIEVE, "CDevice", "gatehouse/device/rules", NULL);
  cse_expect (fixture, 2004, CSE_UPDATE, "CDevice", "gatehouse/device/rules",
              "\"pc\":{\"m2m:acp\":{\"lbl\":[\"x\"]}}");
}

static void
test_references_are_changed_by_self_privileges_alone (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  govern (fixture, "{'acor':['COther'],'acop':63}");
  add_policy (fixture, "open", "{'acor':['all'],'acop':63}");
  cse_expect (fixture, 4103, CSE_UPDATE, "COther", LOAD,
              "\"pc\":{\"m2m:cnt\":{\"acpi\":[\"gatehouse/device/open\"]}}");
  cse_expect (fixture, 4103, CSE_UPDATE, "COther", LOAD, "\"pc\":{\"m2m:cnt\":{\"acpi\":null}}");
  cse_expect (fixture, 4000, CSE_UPDATE, "CDevice", LOAD,
              "\"pc\":{\"m2m:cnt\":{\"acpi\":[\"gatehouse/device/open\"],\"lbl\":[\"x\"]}}");
  cse_expect (fixture, 4103, CSE_RETRIEVE, "CThird", LOAD, NULL);
  set_policies (fixture, "CDevice", LOAD, "'gatehouse/device/open'");
  cse_expect (fixture, 2000, CSE_RETRIEVE, "CThird", LOAD, NULL);
}

static void
test_changed_policy_holds_at_once (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  govern (fixture, "{'acor':['COther'],'acop':2}");
  cse_expect (fixture, 2000, CSE_RETRIEVE, "COther", LOAD, NULL);
  cse_expect (fixture, 2004, CSE_UPDATE, "CDevice", "gatehouse/device/rules",
              "\"pc\":{\"m2m:acp\":{\"pv\":{\"acr\":[{\"acor\":[\"CThird\"],\"acop\":2}]}}}");
  cse_expect (fixture, 4103, CSE_RETRIEVE, "COther", LOAD, NULL);
  cse_expect (fixture, 2000, CSE_RETRIEVE, "CThird", LOAD, NULL);
}

static void
test_deleted_policy_permits_nobody_else (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  govern (fixture, "{'acor':['COther'],'acop':63}");
  cse_expect (fixture, 2000, CSE_RETRIEVE, "COther", LOAD, NULL);
  cse_expect (fixture, 2002, CSE_DELETE, "CDevice", "gatehouse/device/rules", NULL);
  cse_expect (fixture, 4103, CSE_RETRIEVE, "COther", LOAD, NULL);
  cse_expect (fixture, 4103, CSE_RETRIEVE, "CThird", LOAD, NULL);
  cse_expect (fixture, 2000, CSE_RETRIEVE, "CAdmin", LOAD, NULL);
}

static void
test_contexts_of_a_local_request (CseFixture *fixture, gconstpointer data)
{
  static const struct {
    const char *rule;
    gint expected;
  } rows[] = {
    { "'acaf':true", 2000 }, /* the bus and the program are proven */
    { "'acco':[{'actw':['* * * * * * *']}]", 2000 },
    { "'acco':[{'actw':['* * * * * * 2000']}]", 4103 },
    { "'acco':[{'acip':{'ipv4':['0.0.0.0/0'],'ipv6':['::/0']}}]", 4103 },
    { "'acco':[{'aclr':{'accc':['DE']}}]", 4103 },
    { "'acco':[{'aclr':{'accc':['DE']}},{'actw':['* * * * * * *']}]", 2000 },
  };

  (void) data;
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *name = g_strdup_printf ("rules%" G_GSIZE_FORMAT, i);
      g_autofree char *rules = g_strdup_printf ("{'acor':['COther'],'acop':63,%s}", rows[i].rule);
      g_autofree char *list = g_strdup_printf ("'gatehouse/device/%s'", name);

      add_policy (fixture, name, rules);
      set_policies (fixture, "CDevice", LOAD, list);
      cse_expect (fixture, rows[i].expected, CSE_RETRIEVE, "COther", LOAD, NULL);
      cse_expect (fixture, 4103, CSE_RETRIEVE, "CThird", LOAD, NULL);
    }
}

static void
test_object_details_restrict_creates (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  govern (fixture, "{'acor':['COther'],'acop':3,'acod':[{'ty':3,'chty':[4]}]}");
  cse_expect (fixture, 2001, CSE_CREATE, "COther", LOAD,
              "\"ty\":4,\"pc\":{\"m2m:cin\":{\"con\":\"x\"}}");
  cse_expect (fixture, 4103, CSE_CREATE, "COther", LOAD, CREATE_CONTAINER);
  cse_expect (fixture, 4103, CSE_CREATE, "COther", LOAD, CREATE_SUBSCRIPTION);
  cse_expect (fixture, 4103, CSE_CREATE, "CThird", LOAD,
              "\"ty\":4,\"pc\":{\"m2m:cin\":{\"con\":\"x\"}}");
  cse_expect (fixture, 2000, CSE_RETRIEVE, "COther", LOAD, NULL);
}

static void
test_subscription_needs_retrieve (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  govern (fixture, "{'acor':['COther'],'acop':1},{'acor':['CThird'],'acop':3}");
  cse_expect (fixture, 4103, CSE_CREATE, "COther", LOAD, CREATE_SUBSCRIPTION);
  cse_expect (fixture, 2001, CSE_CREATE, "CThird", LOAD,
              "\"ty\":23,\"pc\":{\"m2m:sub\":{\"nu\":[\"CThird\"]}}");
}

static gboolean
discovers (CseFixture *fixture, const char *from, const char *name)
{
  g_auto (CseAnswer) answer = cse_request (fixture, CSE_RETRIEVE, from, "gatehouse/device",
                                           "\"fc\":{\"fu\":1}");
  g_autofree char *text = json_to_string (answer.root, FALSE);

  return answer.rsc == 2000 && strstr (text, name) != NULL;
}

static void
test_discovery_is_not_retrieve (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  add_policy (fixture, "rules", "{'acor':['COther'],'acop':32},{'acor':['CThird'],'acop':2}");
  set_policies (fixture, "CDevice", LOAD, "'gatehouse/device/rules'");
  cse_expect (fixture, 2004, CSE_UPDATE, "CDevice", "gatehouse/device",
              "\"pc\":{\"m2m:ae\":{\"acpi\":[\"gatehouse/device/rules\"]}}");
  g_assert_true (discovers (fixture, "COther", LOAD));
  g_assert_false (discovers (fixture, "CThird", LOAD));
  cse_expect (fixture, 4103, CSE_RETRIEVE, "COther", LOAD, NULL);
  cse_expect (fixture, 2000, CSE_RETRIEVE, "CThird", LOAD, NULL);
}

static void
test_malformed_policies_are_refused (CseFixture *fixture, gconstpointer data)
{
  static const char *const rules[] = {
    "{'acor':['COther'],'acop':64}",
    "{'acor':['COther'],'acop':-1}",
    "{'acor':['COther']}",
    "{'acop':63}",
    "{'acor':'COther','acop':63}",
    "{'acor':['COther'],'acop':63,'x':1}",
    "{'acor':['COther'],'acop':63,'acco':[{'actw':['* * * * * *']}]}",
    "{'acor':['COther'],'acop':63,'acco':[{'actw':['* * 25 * * * *']}]}",
    "{'acor':['COther'],'acop':63,'acco':[{'acip':{'ipv4':['10.0.0.1/8']}}]}",
    "{'acor':['COther'],'acop':63,'acco':[{'acip':{'ipv4':['10.0.0.0/33']}}]}",
    "{'acor':['COther'],'acop':63,'acod':[{'ty':3}]}",
  };

  (void) data;
  for (gsize i = 0; i < G_N_ELEMENTS (rules); i++)
    g_assert_cmpint (try_policy (fixture, "rules", rules[i]), ==, 4000);
}

static void
test_existence_is_told (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  cse_expect (fixture, 4103, CSE_RETRIEVE, "COther", LOAD, NULL);
  cse_expect (fixture, 4004, CSE_RETRIEVE, "COther", "gatehouse/device/nothing", NULL);
}

static void
test_existence_is_hidden (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  cse_expect (fixture, 4004, CSE_RETRIEVE, "COther", LOAD, NULL);
  cse_expect (fixture, 4004, CSE_RETRIEVE, "COther", LOAD "/la", NULL);
  cse_expect (fixture, 4004, CSE_UPDATE, "COther", LOAD, UPDATE_LABELS);
  cse_expect (fixture, 4004, CSE_DELETE, "COther", LOAD, NULL);
  cse_expect (fixture, 4004, CSE_RETRIEVE, "COther", "gatehouse/device/nothing", NULL);
  cse_expect (fixture, 2000, CSE_RETRIEVE, "CDevice", LOAD, NULL);
  /* With any right on the parent it is told again. */
  add_policy (fixture, "rules", "{'acor':['COther'],'acop':16}");
  cse_expect (fixture, 2004, CSE_UPDATE, "CDevice", "gatehouse/device",
              "\"pc\":{\"m2m:ae\":{\"acpi\":[\"gatehouse/device/rules\"]}}");
  cse_expect (fixture, 4103, CSE_RETRIEVE, "COther", LOAD, NULL);
  cse_expect (fixture, 4004, CSE_RETRIEVE, "CThird", LOAD, NULL);
}

/* What may be an instance by its place is missed in the words for any other resource. */
static void
test_missing_child_is_named (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  cse_refuse (fixture, 4004, "To: there is no nothing", CSE_RETRIEVE, "CDevice", LOAD "/nothing",
              NULL);
}

static const char *const hide[] = { "access.hide=yes", NULL };

#define ADD(name, function) \
  g_test_add ("/access/" name, CseFixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("without-policy-only-the-creator", test_without_policy_only_the_creator);
  ADD ("refusal-says-nothing", test_refusal_says_nothing);
  ADD ("operations-are-told-apart", test_operations_are_told_apart);
  ADD ("names-that-broke-others", test_names_that_broke_others_permit_nobody);
  ADD ("any-of-several-policies-permits", test_any_of_several_policies_permits);
  ADD ("children-have-policies-of-their-own", test_children_have_policies_of_their_own);
  ADD ("policy-is-governed-by-self-privileges", test_policy_is_governed_by_self_privileges);
  ADD ("references-are-changed-by-self-privileges-alone",
       test_references_are_changed_by_self_privileges_alone);
  ADD ("changed-policy-holds-at-once", test_changed_policy_holds_at_once);
  ADD ("deleted-policy-permits-nobody-else", test_deleted_policy_permits_nobody_else);
  ADD ("contexts-of-a-local-request", test_contexts_of_a_local_request);
  ADD ("object-details-restrict-creates", test_object_details_restrict_creates);
  ADD ("subscription-needs-retrieve", test_subscription_needs_retrieve);
  ADD ("discovery-is-not-retrieve", test_discovery_is_not_retrieve);
  ADD ("malformed-policies-are-refused", test_malformed_policies_are_refused);
  ADD ("existence-is-told", test_existence_is_told);
  ADD ("missing-child-is-named", test_missing_child_is_named);
  g_test_add ("/access/existence-is-hidden", CseFixture, hide, set_up, test_existence_is_hidden,
              tear_down);
  return g_test_run ();
}
